package api

import (
	"github.com/google/uuid"

	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// deliveryJSON is what became of a sent letter with one recipient.
type deliveryJSON struct {
	Recipient       string        `json:"recipient" doc:"The name, or the e-mail address."`
	ContactPoint    string        `json:"contactPoint,omitempty"`
	Way             compose.Way   `json:"way"`
	State           compose.State `json:"state" doc:"DELIVERED is in the recipient's mailbox; where hasSystem is true it waits for the recipient's system, which then gets it (HANDED) and takes it (TAKEN) or not (REFUSED). An e-mail is WAITING, SENT or FAILED."`
	HasSystem       bool          `json:"hasSystem"`
	HandedDateTime  moment        `json:"handedDateTime,omitempty"`
	EndedDateTime   moment        `json:"endedDateTime,omitempty"`
	ErrorCode       string        `json:"errorCode,omitempty"`
	MessageDateTime moment        `json:"messageDateTime"`
}

// whole is a message with all that a single one has.
func (c *call) whole(box post.UUID, l mailbox.Letter) (messageJSON, error) {
	m := messageOf(box.String(), l.Folder.UUID.String(), &l.Message)
	m.add(l.Message.ID, l.Memo)
	m.Documents = documentsWithStatus(l)
	m.Note = l.Note
	switch l.Message.State {
	case mailbox.Draft:
		d, err := c.api.Compose.Draft(c.r.Context(), c.actor, box, l.Message.ID)
		if err != nil {
			return m, err
		}
		m.draft(d)
	case mailbox.Sent:
		all, err := c.api.Compose.Status(c.r.Context(), c.actor, box, l.Message.ID)
		if err != nil {
			return m, err
		}
		for _, o := range all {
			m.Deliveries = append(m.Deliveries, deliveryJSON{Recipient: o.Name, ContactPoint: o.Category, Way: o.Way, State: o.State, HasSystem: o.System,
				HandedDateTime: momentOf(o.Handed), EndedDateTime: momentOf(o.Ended), ErrorCode: o.Code, MessageDateTime: momentOf(o.Sent)})
		}
	}
	return m, nil
}

// draft shows what only those who write a draft know of it.
func (out *messageJSON) draft(d compose.Draft) {
	out.Documents = draftDocuments(d)
	out.Problems = []fieldErrorResource{}
	for _, p := range d.Problems {
		out.Problems = append(out.Problems, fieldErrorResource{Resource: "messages", Field: p.Path, Code: p.Code, Message: p.Detail})
	}
}

// draftDocuments are a draft's documents: the text, where there is one, and the
// attachments, with the files that are still coming.
func draftDocuments(d compose.Draft) []documentJSON {
	all := []documentJSON{}
	for _, doc := range append([]compose.Document{d.Main}, d.Attachments...) {
		one := documentJSON{ID: doc.ID, Version: doc.Version, DocumentType: "ADDITIONAL", Label: doc.Label, Files: []fileJSON{}, Actions: []actionJSON{}}
		if doc.Kind == memo.MainDocument {
			one.DocumentType = "MAIN"
		}
		for _, f := range doc.Files {
			if f.Whole || doc.Kind != memo.MainDocument {
				one.Files = append(one.Files, draftFile(f))
			}
		}
		all = append(all, one)
	}
	return all
}

func draftFile(f compose.File) fileJSON {
	out := fileJSON{ID: f.ID, Version: f.Version, EncodingFormat: f.Type, Filename: f.Name, Language: f.Language, FileSize: max(f.Size, 0), place: f.Place}
	if !f.Whole {
		out.Incomplete, out.ReceivedSize = true, f.Received
	}
	return out
}

// shown answers with a draft or a sent message.
func (c *call) shown(box, id post.UUID) error {
	l, err := c.api.Mailboxes.Read(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	return c.message(box, l)
}

// edit is what a command changes of a draft.
func (c *call) edit(p messagePatchCommand) (compose.Edit, error) {
	e := compose.Edit{Subject: p.Label, Code: p.MessageCode}
	if p.Recipient == nil {
		return e, nil
	}
	to, answers, err := c.recipient(p.Recipient.RecipientID, p.Recipient.RecipientIDType, p.Recipient.ContactPoint)
	e.To, e.Answers = &to, &answers
	return e, err
}

// nobody is the id of no party. A CPR number that nobody has is answered as one of
// somebody to whom nothing may be forwarded: this is no place to look numbers up.
var nobody = uuid.Max

// recipient finds whom a number or an address is.
func (c *call) recipient(id, kind string, point *messageContactPoint) (to compose.To, answers []compose.Answer, err error) {
	n := registry.Number{Kind: post.Organisation, Digits: id}
	switch kind {
	case "EMAIL":
		to.EMails = []string{id}
		return to, nil, nil
	case "CPR":
		n.Kind = post.Person
	case "CVR":
	default:
		return to, nil, errs.Invalid(memo.CodeIDType, "recipient.recipientIdType", "the type is CPR, CVR or EMAIL")
	}
	party := registry.Party{UUID: nobody}
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
		found, err := c.api.Registry.ByNumbers(tx, []registry.Number{n})
		if p, known := found[n]; known {
			party = p
		}
		return err
	})
	if err != nil {
		return to, nil, err
	}
	if n.Kind == post.Person || party.Authority == "" && point == nil {
		to.Recipients = []post.UUID{party.UUID}
		return to, nil, nil
	}
	to.Authority = party.UUID
	if point == nil {
		return to, nil, nil
	}
	if to.Point, err = post.ParseUUID(point.ContactPointID); err != nil {
		return to, nil, errs.Invalid(memo.CodeContactPointID, "recipient.contactPoint.contactPointId", "a contact point's id is a UUID")
	}
	for _, i := range point.ContactInfo {
		answers = append(answers, compose.Answer{Question: i.Label, Text: i.Value})
	}
	return to, answers, nil
}

// draftCommand is the API's Message, as far as a caller can say what a new one is.
type draftCommand struct {
	Label       *string           `json:"label" doc:"The subject, at most 256 characters."`
	MessageCode *string           `json:"messageCode"`
	Recipient   *recipientCommand `json:"recipient"`
}

func (c *call) createMessage() error {
	box, err := c.id("mailboxId")
	if err != nil {
		return err
	}
	var p draftCommand
	if err := c.readJSON(&p); err != nil {
		return err
	}
	e, err := c.edit(messagePatchCommand{Label: p.Label, MessageCode: p.MessageCode, Recipient: p.Recipient})
	if err != nil {
		return err
	}
	d, err := c.api.Compose.Create(c.r.Context(), c.actor, box, writable(e))
	if err != nil {
		return err
	}
	return c.shown(box, d.Message.ID)
}

// writable takes one who is no authority for an authority, so that the answer says
// that one writes to authorities.
func writable(e compose.Edit) compose.Edit {
	if e.To != nil && len(e.To.Recipients) == 1 {
		e.To = &compose.To{Authority: e.To.Recipients[0]}
	}
	return e
}

// save changes a draft.
func (c *call) save(box, id post.UUID, version int64, p messagePatchCommand) (int64, error) {
	e, err := c.edit(p)
	if err != nil {
		return 0, err
	}
	now, err := c.api.Compose.Draft(c.r.Context(), c.actor, box, id)
	if err != nil {
		return 0, err
	}
	if now.Kind != compose.KindForward {
		e = writable(e)
	}
	d, err := c.api.Compose.Save(c.r.Context(), c.actor, box, id, compose.Known{Version: version}, e)
	return d.Message.Version, err
}

func (c *call) replyToMessage() error {
	box, id, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	d, err := c.api.Compose.Reply(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	return c.shown(box, d.Message.ID)
}

// boxAnd is the mailbox in the path, and what else is there.
func (c *call) boxAnd(name string) (box, id post.UUID, err error) {
	if box, err = c.id("mailboxId"); err != nil {
		return box, id, err
	}
	id, err = c.id(name)
	return box, id, err
}

// forwardCommand is the API's ForwardCommand.
type forwardCommand struct {
	RecipientID     string     `json:"recipientId" required:"" doc:"A CPR or CVR number, or an e-mail address."`
	RecipientIDType string     `json:"recipientIdType" enum:"CPR CVR EMAIL" required:""`
	ContactPointID  *post.UUID `json:"contactPointId" doc:"Of an authority."`
	Comment         string     `json:"comment" doc:"At most 512 characters. It goes with the letter."`
	SenderLabel     string     `json:"senderLabel" doc:"Taken and not used: names are as the registers have them."`
	RecipientLabel  string     `json:"recipientLabel" doc:"As senderLabel."`
}

func (c *call) forwardMessage() error {
	box, id, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	var f forwardCommand
	if err := c.readJSON(&f); err != nil {
		return err
	}
	var point *messageContactPoint
	if f.ContactPointID != nil {
		point = &messageContactPoint{ContactPointID: f.ContactPointID.String()}
	}
	to, _, err := c.recipient(f.RecipientID, f.RecipientIDType, point)
	if err != nil {
		return err
	}
	sent, err := c.api.Compose.ForwardNow(c.r.Context(), c.actor, box, id, compose.Edit{To: &to, Comment: &f.Comment})
	if err != nil {
		return err
	}
	return c.shown(box, sent.ID)
}

func (c *call) sendMessage() error { return c.dispatch(0) }

func (c *call) sendMessageChecked() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.dispatch(version)
}

func (c *call) dispatch(version int64) error {
	box, id, err := c.boxAnd("messageId")
	if err != nil {
		return err
	}
	sent, err := c.api.Compose.Send(c.r.Context(), c.actor, box, id, compose.Known{Version: version})
	if err != nil {
		return err
	}
	return c.shown(box, sent.ID)
}
