package compose

import (
	"cmp"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// write puts into a draft's letter what follows from what was typed.
func (c *Composer) write(o *mailbox.Opened, d *draft, to []recipient) error {
	owner, err := c.registry.Number(o.Mailbox.Owner)
	if err != nil {
		return err
	}
	h := &d.Memo.Header
	h.Label, h.MessageCode = d.Subject, d.Code
	h.Sender.SenderID, h.Sender.IDType, h.Sender.Label = owner.Digits, idType(owner), cut(o.Mailbox.Owner.Name, MaxSubject)
	kept := h.Recipient // an answer's contact point is as the letter gave it
	h.Recipient = memo.Recipient{}
	if len(to) > 0 {
		h.Recipient = to[0].memo(d)
	}
	if d.Kind == KindReply {
		h.Recipient.ContactPoint, h.Recipient.AttentionData = kept.ContactPoint, kept.AttentionData
	}
	if f := h.ForwardData; f != nil {
		f.Comment, f.ContactPointID = d.Comment, ""
		if h.Recipient.ContactPoint != nil {
			f.ContactPointID = h.Recipient.ContactPoint.ContactPointID
		}
	}
	body := d.Memo.Body
	body.MainDocument.ID, body.MainDocument.Label = d.Main.ID.String(), cmp.Or(d.Main.Label, d.Subject)
	for i, doc := range d.Documents {
		body.AdditionalDocument[i].ID, body.AdditionalDocument[i].Label = doc.ID.String(), doc.Label
	}
	return nil
}

func idType(n registry.Number) memo.IDType {
	if n.Kind == post.Organisation {
		return memo.CVR
	}
	return memo.CPR
}

// memo is a recipient as a letter names it.
func (r recipient) memo(d *draft) memo.Recipient {
	out := memo.Recipient{RecipientID: r.number.Digits, IDType: idType(r.number), Label: cut(r.Name, MaxSubject)}
	if r.Way == ToEMail { // it leaves by e-mail, never as MeMo
		out.RecipientID, out.IDType = r.Name, idEMail
	}
	if r.point.ID == (post.UUID{}) {
		return out
	}
	out.ContactPoint = &memo.ContactPoint{ContactGroup: cut(r.group, MaxSubject), ContactPointID: r.point.ID.String(), Label: cut(r.point.Name, MaxSubject)}
	for _, q := range r.point.Questions {
		if text := d.answer(q.Name); text != "" {
			out.ContactPoint.ContactInfo = append(out.ContactPoint.ContactInfo, memo.ContactInfo{Label: cut(q.Name, MaxAnswer), Value: text})
		}
	}
	return out
}

// idEMail is the API's RecipientIdType of an e-mail address.
const idEMail memo.IDType = "EMAIL"

// replyProblem is why a message cannot be answered, nil where it can (SND-04).
func replyProblem(m mailbox.Message, now time.Time) error {
	switch {
	case m.State != mailbox.Received:
		return errs.New(errs.KindConflict, CodeNotReceived, "one answers letters that one got")
	case !m.Reply:
		return errs.New(errs.KindForbidden, CodeReplyNotAllowed, "the sender takes no answer to this letter")
	case !m.ReplyBy.IsZero() && now.After(m.ReplyBy):
		return errs.New(errs.KindForbidden, CodeReplyTooLate, "the time to answer is out")
	case m.Unserved():
		return errs.New(errs.KindConflict, CodeUnserved, "a court summons is opened before it is answered")
	}
	return nil
}

// answerTo makes of a new draft the answer to a letter: its recipient, what the
// authority's systems know the case by, and the thread (facts 2.7).
func (d *draft) answerTo(l mailbox.Letter, authority post.UUID, owner, sender registry.Number) {
	from := &l.Memo.Header
	h := &d.Memo.Header
	d.Original, d.ReplyBy, d.To.Authority = l.Message.ID, l.Message.ReplyBy, authority
	if p := from.Sender.ContactPoint; p != nil {
		h.Recipient.ContactPoint = &memo.ContactPoint{ContactGroup: p.ContactGroup, ContactPointID: p.ContactPointID, Label: p.Label}
		if id, err := post.ParseUUID(p.ContactPointID); err == nil {
			d.To.Point = id
		}
	}
	h.Recipient.AttentionData = from.Sender.AttentionData
	h.ContentData = from.ContentData
	h.ReplyData = replyData(from, h.MessageUUID, owner.Digits, sender.Digits)
	d.Thread = thread(l.Message)
	d.Subject = prefixed("SV: ", from.Label)
}

// thread is the thread of a letter: its own where it begins one.
func thread(m mailbox.Message) post.UUID {
	if m.Thread == (post.UUID{}) {
		return m.MemoUUID
	}
	return m.Thread
}

// replyData is all that the letter had, so that the thread lives on, and the
// answer's own entry. What the case is known by is as the letter's own entry gives
// it, or else as the letter does.
func replyData(from *memo.Header, answer post.UUID, sender, recipient string) []memo.ReplyData {
	all := slices.Clone(from.ReplyData)
	own := memo.ReplyData{MessageUUID: answer, ReplyUUID: from.MessageUUID, SenderID: sender, RecipientID: recipient}
	i := slices.IndexFunc(all, func(r memo.ReplyData) bool { return r.MessageUUID == from.MessageUUID })
	if i >= 0 {
		own.CaseID, own.ContactPointID, own.GeneratingSystemID = all[i].CaseID, all[i].ContactPointID, all[i].GeneratingSystemID
	} else {
		// A receiving program finds the letter that is answered by its entry.
		first := memo.ReplyData{MessageID: from.MessageID, MessageUUID: from.MessageUUID, SenderID: from.Sender.SenderID, RecipientID: from.Recipient.RecipientID}
		all = append(all, described(first, from))
	}
	return append(all, described(own, from))
}

// described fills what is missing from the letter itself.
func described(r memo.ReplyData, from *memo.Header) memo.ReplyData {
	if c := from.ContentData; c != nil && c.CaseID != nil {
		r.CaseID = cmp.Or(r.CaseID, c.CaseID.CaseID)
	}
	if p := from.Sender.ContactPoint; p != nil {
		r.ContactPointID = cmp.Or(r.ContactPointID, p.ContactPointID)
	}
	if a := from.Sender.AttentionData; a != nil && a.GeneratingSystem != nil {
		r.GeneratingSystemID = cmp.Or(r.GeneratingSystemID, a.GeneratingSystem.GeneratingSystemID)
	}
	return r
}

func prefixed(prefix, label string) string {
	if len(label) >= len(prefix) && label[:len(prefix)] == prefix {
		return label
	}
	return cut(prefix+label, MaxSubject)
}

// forwardOf makes of a new draft one that forwards a letter: what it says of the
// letter, and what the letter is about. Its documents are copied when it is sent.
func (d *draft) forwardOf(l mailbox.Letter) {
	from := &l.Memo.Header
	f := &memo.ForwardData{MessageUUID: from.MessageUUID, OriginalMessageDateTime: l.Message.Received, OriginalSender: cut(from.Sender.Label, MaxSubject)}
	if l.Memo.Body != nil && !l.Memo.Body.CreatedDateTime.IsZero() {
		f.OriginalMessageDateTime = l.Memo.Body.CreatedDateTime
	}
	if a := from.Sender.AttentionData; a != nil && a.ContentResponsible != nil {
		f.OriginalContentResponsible = cmp.Or(a.ContentResponsible.Label, a.ContentResponsible.ContentResponsibleID)
	}
	if r := from.Sender.Representative; r != nil {
		f.OriginalRepresentative = r.Label
	}
	d.Original, d.Memo.Header.ForwardData, d.Memo.Header.ContentData = l.Message.ID, f, from.ContentData
	d.Subject = prefixed("VS: ", from.Label)
}

// forwarded are the documents of a letter as they are forwarded. What only the
// two organisations' programs read stays behind, and so do its actions: a view
// client sets none (facts 2.6), and they were for the one who got the letter.
func forwarded(l mailbox.Letter) *memo.Body {
	from := l.Memo.Body
	out := &memo.Body{MainDocument: from.MainDocument, AdditionalDocument: slices.Clone(from.AdditionalDocument)}
	out.MainDocument.Actions = nil
	for i := range out.AdditionalDocument {
		out.AdditionalDocument[i].Actions = nil
	}
	return out
}

// representative is who writes for the owner (MeMo 1.2), nil where the owner does.
func (c *Composer) representative(o *mailbox.Opened, writer registry.Party) (*memo.Representative, error) {
	if o.Mailbox.Via == access.Owner {
		return nil, nil //nolint:nilnil // nobody is somebody here
	}
	number, err := c.registry.Number(writer)
	if err != nil {
		return nil, err
	}
	return &memo.Representative{RepresentativeID: number.Digits, IDType: idType(number), Label: cut(writer.Name, MaxSubject)}, nil
}

// copyOf is a letter that shares nothing with another that is changed of either.
func copyOf(m *memo.Message) *memo.Message {
	out := *m
	body := *m.Body
	body.MainDocument.Files = cloneFiles(body.MainDocument.Files)
	body.AdditionalDocument = slices.Clone(body.AdditionalDocument)
	for i := range body.AdditionalDocument {
		body.AdditionalDocument[i].Files = cloneFiles(body.AdditionalDocument[i].Files)
	}
	out.Body = &body
	if f := m.Header.ForwardData; f != nil {
		copied := *f
		out.Header.ForwardData = &copied
	}
	return &out
}

// emptied drops documents without files: ones that were made and never filled.
func emptied(b *memo.Body) {
	b.AdditionalDocument = slices.DeleteFunc(b.AdditionalDocument, func(d memo.Document) bool { return len(d.Files) == 0 })
}

// refusedAs is an error with all problems of a draft.
func refusedAs(problems []errs.Field) error {
	e := errs.New(errs.KindInvalid, problems[0].Code, "%s", problems[0].Detail)
	e.Fields = problems
	return e
}

// invalid is what is wrong with a letter by the rules of MeMo.
func invalid(m *memo.Message) error {
	err := memo.Validate(m, memo.Rules{})
	p, wrong := err.(*memo.Problems) //nolint:errorlint // Validate returns nothing else
	if !wrong {
		return err
	}
	list := make([]errs.Field, len(p.List))
	for i, problem := range p.List {
		list[i] = errs.Field{Path: problem.Path, Code: problem.Code, Detail: problem.Detail}
	}
	return refusedAs(list)
}
