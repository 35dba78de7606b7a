package api

import (
	"strconv"

	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// messageJSON is the API's Message. What stands before Sender a list has by
// itself; the rest needs the letter.
type messageJSON struct {
	ID                      string        `json:"id" format:"uuid"`
	Version                 int64         `json:"version"`
	CreatedDateTime         moment        `json:"createdDateTime"`
	LastUpdated             moment        `json:"lastUpdated"`
	MessageDateTime         moment        `json:"messageDateTime"`
	MailboxID               string        `json:"mailboxId" format:"uuid"`
	FolderID                string        `json:"folderId" format:"uuid"`
	MessageType             mailbox.Type  `json:"messageType"`
	MessageState            mailbox.State `json:"messageState"`
	ReceivedDateTime        moment        `json:"receivedDateTime"`
	Label                   string        `json:"label"`
	Reply                   bool          `json:"reply"`
	ReplyByDateTime         moment        `json:"replyByDateTime,omitempty"`
	Flag                    bool          `json:"flag"`
	LegallyNotified         bool          `json:"legallyNotified"`
	LegallyNotifiedDateTime moment        `json:"legallyNotifiedDateTime,omitempty"`
	Read                    bool          `json:"read"`
	AnsweredDateTime        moment        `json:"answeredDateTime,omitempty"`
	ForwardedDateTime       moment        `json:"forwardedDateTime,omitempty"`
	DoneDateTime            moment        `json:"doneDateTime,omitempty" doc:"When the last of what the letter asks for was done."`
	ThreadID                post.UUID     `json:"threadId,omitzero" doc:"What a letter, its answer and the answer to that have in common; left out of a letter by itself."`

	Sender              senderJSON       `json:"sender"`
	Recipient           *recipientJSON   `json:"recipient,omitempty"`
	MessageIdentifier   string           `json:"messageIdentifier,omitempty"`
	MessageCode         string           `json:"messageCode,omitempty"`
	MemoCreatedDateTime moment           `json:"memoCreatedDateTime,omitempty"`
	Forward             *bool            `json:"forward,omitempty"`
	Documents           []documentJSON   `json:"documents,omitzero"`
	ReplyData           []replyDataJSON  `json:"replyData,omitempty"`
	ForwardData         *forwardDataJSON `json:"forwardData,omitempty"`
	ContentData         *contentDataJSON `json:"contentData,omitempty"`
	PostType            string           `json:"postType,omitempty"`
	Note                string           `json:"note,omitempty"`

	Problems   []fieldErrorResource `json:"problems,omitempty" doc:"Of a single draft: what stands in the way of sending it."`
	Deliveries []deliveryJSON       `json:"deliveries,omitempty" doc:"Of a single sent message: what became of it, for each recipient."`
}

// messageOf shows what a list knows of a message.
func messageOf(box, folder string, m *mailbox.Message) messageJSON {
	received, updated, replyBy := momentOf(m.Received), momentOf(m.Updated), momentOf(m.ReplyBy)
	if m.Unserved() {
		replyBy = "" // its dates are part of what opening it tells (SND-08)
	}
	return messageJSON{ID: m.ID.String(), Version: m.Version, CreatedDateTime: received, LastUpdated: updated, MessageDateTime: received,
		MailboxID: box, FolderID: folder, MessageType: m.Type, MessageState: m.State, ReceivedDateTime: received, Label: m.Label,
		Reply: m.Reply, ReplyByDateTime: replyBy, Flag: m.Flag, LegallyNotified: !m.Served.IsZero(),
		LegallyNotifiedDateTime: momentOf(m.Served), Read: m.Read,
		AnsweredDateTime: momentOf(m.Answered), ForwardedDateTime: momentOf(m.Forwarded), DoneDateTime: momentOf(m.Done), ThreadID: m.Thread, Sender: senderJSON{Label: m.SenderName}}
}

// add shows what only the letter knows.
func (out *messageJSON) add(id post.UUID, m *memo.Message) {
	h := &m.Header
	out.Sender = senderJSON{SenderID: h.Sender.SenderID, IDType: string(h.Sender.IDType), IDTypeLabel: h.Sender.IDTypeLabel, Label: h.Sender.Label,
		AttentionData: attentionOf(h.Sender.AttentionData), ContactPoint: contactPointOf(h.Sender.ContactPoint)}
	out.Recipient = &recipientJSON{RecipientID: h.Recipient.RecipientID, IDType: string(h.Recipient.IDType), IDTypeLabel: h.Recipient.IDTypeLabel,
		Label: h.Recipient.Label, AttentionData: attentionOf(h.Recipient.AttentionData), ContactPoint: contactPointOf(h.Recipient.ContactPoint)}
	if h.Recipient.RecipientID == "" { // a draft to nobody yet
		out.Recipient = nil
	}
	out.MessageIdentifier, out.MessageCode, out.PostType = h.MessageID, h.MessageCode, h.PostType
	if m.Body != nil {
		out.MemoCreatedDateTime = momentOf(m.Body.CreatedDateTime)
	}
	out.Documents = documentsOf(id, m)
	for _, r := range h.ReplyData {
		out.ReplyData = append(out.ReplyData, replyDataOf(r))
	}
	out.Forward = new(h.ForwardData != nil)
	if f := h.ForwardData; f != nil {
		out.ForwardData = &forwardDataJSON{OriginalMessageID: f.MessageUUID, OriginalSender: f.OriginalSender, OriginalContentResponsible: f.OriginalContentResponsible,
			ContactPointID: f.ContactPointID, Comment: f.Comment, OriginalMessageDateTime: momentOf(f.OriginalMessageDateTime)}
	}
	out.ContentData = contentDataOf(h.ContentData)
}

// senderJSON is the API's Sender.
type senderJSON struct {
	SenderID      string               `json:"senderId,omitempty"`
	IDType        string               `json:"senderIdType,omitempty"`
	IDTypeLabel   string               `json:"senderIdTypeLabel,omitempty"`
	Label         string               `json:"label"`
	AttentionData *attentionDataJSON   `json:"attentionData,omitempty"`
	ContactPoint  *messageContactPoint `json:"contactPoint,omitempty"`
}

// recipientJSON is the API's Recipient.
type recipientJSON struct {
	RecipientID   string               `json:"recipientId"`
	IDType        string               `json:"recipientIdType"`
	IDTypeLabel   string               `json:"recipientIdTypeLabel,omitempty"`
	Label         string               `json:"label,omitempty"`
	AttentionData *attentionDataJSON   `json:"attentionData,omitempty"`
	ContactPoint  *messageContactPoint `json:"contactPoint,omitempty"`
}

// messageContactPoint is the API's MessageContactPoint.
type messageContactPoint struct {
	ContactGroup   string            `json:"contactGroup,omitempty"`
	ContactPointID string            `json:"contactPointId"`
	Label          string            `json:"label,omitempty"`
	ContactInfo    []contactInfoJSON `json:"contactInfo,omitempty"`
}

type contactInfoJSON struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

func contactPointOf(p *memo.ContactPoint) *messageContactPoint {
	if p == nil {
		return nil
	}
	out := &messageContactPoint{ContactGroup: p.ContactGroup, ContactPointID: p.ContactPointID, Label: p.Label}
	for _, i := range p.ContactInfo {
		out.ContactInfo = append(out.ContactInfo, contactInfoJSON(i))
	}
	return out
}

// replyDataJSON is the API's ReplyData.
type replyDataJSON struct {
	ChildMessageID      post.UUID         `json:"childMessageId"`
	ParentMessageID     post.UUID         `json:"parentMessageId,omitzero"`
	MessageIdentifier   string            `json:"messageIdentifier,omitempty"`
	SenderID            string            `json:"senderId,omitempty"`
	RecipientID         string            `json:"recipientId,omitempty"`
	CaseID              string            `json:"caseId,omitempty"`
	ContactPointID      string            `json:"contactPointId,omitempty"`
	GeneratingSystemID  string            `json:"generatingSystemId,omitempty"`
	Comment             string            `json:"comment,omitempty"`
	AdditionalReplyData []contactInfoJSON `json:"additionalReplyData,omitempty"`
}

func replyDataOf(r memo.ReplyData) replyDataJSON {
	out := replyDataJSON{ChildMessageID: r.MessageUUID, ParentMessageID: r.ReplyUUID, MessageIdentifier: r.MessageID, SenderID: r.SenderID,
		RecipientID: r.RecipientID, CaseID: r.CaseID, ContactPointID: r.ContactPointID, GeneratingSystemID: r.GeneratingSystemID, Comment: r.Comment}
	for _, a := range r.AdditionalReplyData {
		out.AdditionalReplyData = append(out.AdditionalReplyData, contactInfoJSON(a))
	}
	return out
}

// forwardDataJSON is the API's ForwardData.
type forwardDataJSON struct {
	OriginalMessageID          post.UUID `json:"originalMessageId"`
	OriginalSender             string    `json:"originalSender"`
	OriginalContentResponsible string    `json:"originalContentResponsible,omitempty"`
	ContactPointID             string    `json:"contactPointId,omitempty"`
	Comment                    string    `json:"comment,omitempty"`
	OriginalMessageDateTime    moment    `json:"originalMessageDateTime,omitempty"`
}

// digits is a number where it is set.
func digits(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
