package compose

import (
	"context"
	"fmt"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// Way is how a letter reaches a recipient.
type Way string

const (
	ToAuthority Way = "AUTHORITY"
	ToRecipient Way = "RECIPIENT" // a Digital Post recipient
	ToEMail     Way = "EMAIL"
)

// Recipient is one of those that a draft is to.
type Recipient struct {
	Way      Way
	Party    registry.Party // not of an e-mail
	Name     string         // the authority's, the recipient's, or the e-mail address
	Category string         // the contact point's name, "" for none
}

// Limits are what one may write to a draft's recipient. They are shown before one
// writes.
type Limits struct {
	Files     int      // attachments
	Bytes     int64    // of all attachments together
	Types     []string // the endings that files may have: pdf, docx
	Questions []registry.Ask
}

// recipient is one of those that a draft is to, with what sending needs.
type recipient struct {
	Recipient
	number  registry.Number
	point   registry.ContactPoint // with a nil id for none
	group   string
	system  *registry.System // that gets the letter too, nil for none
	limit   registry.Limit
	address outbound.Address
	refused *errs.Error // why it cannot be sent to
}

// shown are the recipients as clients see them.
func shown(all []recipient) []Recipient {
	out := make([]Recipient, len(all))
	for i, r := range all {
		out[i] = r.Recipient
	}
	return out
}

// names is whom a letter is to, in one line.
func names(all []recipient) string {
	each := make([]string, len(all))
	for i, r := range all {
		each[i] = r.Name
	}
	return cut(strings.Join(each, ", "), MaxSubject)
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// resolve finds whom a draft is to. What is in the way of sending to one of them
// is kept with it: only errors of ours are errors.
func (c *Composer) resolve(tx *db.Tx, o *mailbox.Opened, d *content) ([]recipient, error) {
	var all []recipient
	if d.To.Authority != (post.UUID{}) {
		r, err := c.authority(tx, o, d)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	for _, id := range d.To.Recipients {
		r, err := c.trustee(tx, o, id)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	for _, text := range d.To.EMails {
		r := recipient{Recipient: Recipient{Way: ToEMail, Name: strings.TrimSpace(text)}}
		var err error
		if r.address, err = outbound.ParseAddress(text); err != nil {
			if r.refused, err = told(err); err != nil {
				return nil, err
			}
		} else {
			r.Name = r.address.Reveal()
		}
		all = append(all, r)
	}
	return all, nil
}

// told divides errors into what the writer is told and what is ours.
func told(err error) (*errs.Error, error) {
	switch errs.KindOf(err) {
	case errs.KindInternal, errs.KindUnavailable:
		return nil, err
	}
	return errs.New(errs.KindInvalid, errs.CodeOf(err), "%s", detail(err)), nil
}

func detail(err error) string {
	for e := err; e != nil; {
		if known, ok := e.(*errs.Error); ok { //nolint:errorlint // the first of the chain
			return known.Detail
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			break
		}
		e = u.Unwrap()
	}
	return ""
}

// authority is the authority that a draft is to. An answer reaches it also where
// its contact point is none of those that one chooses.
func (c *Composer) authority(tx *db.Tx, o *mailbox.Opened, d *content) (recipient, error) {
	r := recipient{Recipient: Recipient{Way: ToAuthority}, limit: registry.StandardLimit(o.Mailbox.Owner.Target())}
	found, err := c.registry.Addressee(tx, o.Mailbox.Owner.Target(), d.To.Authority, d.To.Point)
	if d.Kind == KindReply && errs.CodeOf(err) == registry.CodePointUnknown {
		found, err = c.registry.Addressee(tx, o.Mailbox.Owner.Target(), d.To.Authority, post.UUID{})
	}
	switch code := errs.CodeOf(err); {
	case code == registry.CodeNotAuthority || code == errs.CodeOf(registry.ErrNobody): // nothing is told of others, not even that they are there
		r.refused = errs.Invalid(registry.CodeNotAuthority, "to", "one writes to authorities only")
		return r, nil
	case code == registry.CodePointUnknown:
		found.Authority, _ = c.registry.PartyByUUID(tx, d.To.Authority) //nolint:errcheck // it is known, or nobody
		r.refused = errs.Invalid(registry.CodePointUnknown, "to", "the authority has no such contact point, or it takes no letters")
	case err != nil:
		if r.refused, err = told(err); err != nil {
			return r, err
		}
	default:
		r.system, r.limit = &found.System, found.Limit
	}
	if found.Authority.ID == 0 {
		return r, nil
	}
	r.Party, r.Name, r.point, r.Category = found.Authority, found.Authority.Name, found.Point, found.Point.Name
	if found.Point.Group != (post.UUID{}) {
		if g, err := c.registry.ContactGroup(tx, found.Point.Group); err == nil {
			r.group = g.Name
		} else if errs.KindOf(err) != errs.KindNotFound {
			return r, err
		}
	}
	if d.Kind != KindReply && r.refused == nil && found.Point.ID != (post.UUID{}) && !found.Point.For(o.Mailbox.Owner.Target()) {
		r.refused = errs.Invalid(registry.CodePointUnknown, "to", "the contact point is for other writers")
	}
	return c.able(tx, r)
}

// trustee is a Digital Post recipient that a draft is to (RCP-04).
func (c *Composer) trustee(tx *db.Tx, o *mailbox.Opened, id post.UUID) (recipient, error) {
	r := recipient{Recipient: Recipient{Way: ToRecipient}}
	p, err := c.registry.PartyByUUID(tx, id)
	if err == nil || errs.KindOf(err) == errs.KindNotFound { // whom nobody is, is told no other than a stranger
		p, err = c.trustees.ActiveParty(tx, o.Mailbox.ID, p.ID)
	}
	if err != nil { // nothing is told of somebody whom one may not forward to, not even the name
		r.refused, err = told(err)
		return r, err
	}
	r.Party, r.Name = p, p.Name
	if p.Kind == post.Organisation {
		system, err := c.registry.RecipientSystemFor(tx, p.ID, post.UUID{})
		switch {
		case err == nil:
			r.system = &system
		case errs.CodeOf(err) != registry.CodeUnreachable:
			return r, err
		}
	}
	return c.able(tx, r)
}

// able adds the number of a recipient, and that it can receive nothing where that
// is so.
func (c *Composer) able(tx *db.Tx, r recipient) (recipient, error) {
	var err error
	if r.number, err = c.registry.Number(r.Party); err != nil {
		return r, err
	}
	if code := r.Party.Refusal(tx.Now, false); code != "" && r.refused == nil {
		r.refused = errs.Invalid(code, "to", "the recipient cannot receive digital post")
	}
	return r, nil
}

// types are the endings that files may have.
var types = func() []string {
	all := make([]string, len(memo.DefaultFileTypes))
	for i, t := range memo.DefaultFileTypes {
		all[i] = t.Extension
	}
	return all
}()

func (c *Composer) limits(o *mailbox.Opened, all []recipient) Limits {
	limit := registry.StandardLimit(o.Mailbox.Owner.Target())
	out := Limits{Types: types}
	if len(all) > 0 && all[0].Way == ToAuthority {
		limit, out.Questions = all[0].limit, all[0].point.Questions
	}
	out.Files, out.Bytes = limit.Files, min(limit.Bytes, mostBytes)
	return out
}

// Limits are what one may write to somebody: an authority, with or without a
// contact point. An error says that nothing can be sent there, before anything is
// written: registry.CodeUnreachable and others.
func (c *Composer) Limits(ctx context.Context, actor post.Actor, box post.UUID, to To) (Limits, error) {
	if err := to.check(); err != nil {
		return Limits{}, err
	}
	var out Limits
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		if _, err := o.May(access.MessageWrite); err != nil {
			return err
		}
		r, err := c.resolve(tx, o, &content{Kind: KindNew, To: to})
		if err != nil {
			return err
		}
		for _, one := range r {
			if one.refused != nil {
				return one.refused
			}
		}
		out = c.limits(o, r)
		return nil
	})
	return out, err
}

// problems are what stands in the way of sending a draft.
func (c *Composer) problems(tx *db.Tx, o *mailbox.Opened, d *draft, all []recipient) ([]errs.Field, error) {
	var list []errs.Field
	add := func(path, code, why string, args ...any) {
		list = append(list, errs.Field{Path: path, Code: code, Detail: fmt.Sprintf(why, args...)})
	}
	if len(all) == 0 {
		add("to", CodeNoRecipient, "the letter is to nobody yet")
	}
	for _, r := range all {
		if r.refused != nil {
			add("to", r.refused.Code, "%s", r.refused.Detail)
		}
	}
	if d.Subject == "" {
		add("subject", memo.CodeLabelEmpty, "a letter has a subject")
	}
	if d.Kind == KindForward {
		if err := c.forwardProblems(tx, o, d, all, add); err != nil {
			return nil, err
		}
	} else if d.Text == "" {
		add("text", CodeNoText, "a letter has a text")
	}
	if d.Kind == KindReply && !d.ReplyBy.IsZero() && tx.Now.After(d.ReplyBy) {
		add("to", CodeReplyTooLate, "the time to answer is out")
	}
	limits := c.limits(o, all)
	if d.Kind != KindReply {
		for _, q := range limits.Questions {
			if q.Required && d.answer(q.Name) == "" {
				add("answers", CodeAnswerMissing, "the contact point asks: %s", q.Name)
			}
		}
	}
	if n := len(d.Documents); n > limits.Files {
		add("attachments", memo.CodeTooManyAttachments, "there are %d attachments; at most %d are taken", n, limits.Files)
	}
	if n := d.bytes(post.UUID{}); n > limits.Bytes {
		add("attachments", memo.CodeTooLarge, "the attachments have %d bytes; at most %d are taken", n, limits.Bytes)
	}
	for _, doc := range d.Documents {
		for _, f := range doc.Files {
			if !f.Whole {
				add("attachments", CodeFileIncomplete, "a file has not come whole")
			}
		}
	}
	return list, nil
}

// forwardProblems are those of a letter that is forwarded.
func (c *Composer) forwardProblems(tx *db.Tx, o *mailbox.Opened, d *draft, all []recipient, add func(path, code, why string, args ...any)) error {
	l, err := o.Message(d.Original, d.action())
	switch {
	case errs.KindOf(err) == errs.KindNotFound:
		add("original", CodeOriginalGone, "the letter has been deleted")
		return nil
	case err != nil:
		return err
	case l.Message.Unserved():
		add("original", CodeUnserved, "a court summons is opened before it is forwarded")
	}
	switch {
	case len(all) == 0:
		return nil
	case all[0].Way == ToAuthority: // its limits hold for what others wrote too
		c.forwardLimits(o, forwarded(l), all, add)
		return nil
	case all[0].Way != ToEMail:
		return nil
	}
	if err := c.outbound.CheckEMail(tx, o.Mailbox.ID, l.Message.ID); err != nil {
		if errs.KindOf(err) == errs.KindInternal {
			return err
		}
		add("to", errs.CodeOf(err), "%s", detail(err))
	}
	return nil
}

// forwardLimits holds the documents of a letter to the limits of the authority that
// it is forwarded to.
func (c *Composer) forwardLimits(o *mailbox.Opened, body *memo.Body, all []recipient, add func(path, code, why string, args ...any)) {
	limits := c.limits(o, all)
	var size int64
	for _, f := range files(body) {
		size += f.Size
	}
	if size > limits.Bytes {
		add("original", memo.CodeTooLarge, "the letter's documents have %d bytes; at most %d are taken", size, limits.Bytes)
	}
	if n := len(body.AdditionalDocument); n > limits.Files {
		add("original", memo.CodeTooManyAttachments, "the letter has %d attachments; at most %d are taken", n, limits.Files)
	}
}

func (d *content) answer(question string) string {
	for _, a := range d.Answers {
		if a.Question == question {
			return a.Text
		}
	}
	return ""
}

// bytes is how many the attachments have, with what is still to come; but is a
// file that is not counted.
func (d *draft) bytes(but post.UUID) int64 {
	var n int64
	for i, doc := range d.Documents {
		whole := d.Memo.Body.AdditionalDocument[i].Files
		for _, f := range doc.Files {
			size := max(f.Size, d.received[f.ID])
			if f.Whole {
				size = whole[0].Size
				whole = whole[1:]
			}
			if f.ID != but {
				n += size
			}
		}
	}
	return n
}
