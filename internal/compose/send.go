package compose

import (
	"context"
	"errors"
	"fmt"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// Reply begins the answer to a letter (MBX-04).
func (c *Composer) Reply(ctx context.Context, actor post.Actor, box, message post.UUID) (Draft, error) {
	return c.begin(ctx, actor, box, &Edit{}, newDraft(KindReply), false, func(tx *db.Tx, o *mailbox.Opened, d *draft) error {
		return c.answering(tx, o, d, message)
	})
}

// Forward begins the forwarding of a letter (MBX-05), to somebody or to nobody
// yet.
func (c *Composer) Forward(ctx context.Context, actor post.Actor, box, message post.UUID, e Edit) (Draft, error) {
	return c.forward(ctx, actor, box, message, e, false)
}

// ForwardNow forwards a letter at once. Where it cannot be forwarded no draft is
// made of it.
func (c *Composer) ForwardNow(ctx context.Context, actor post.Actor, box, message post.UUID, e Edit) (mailbox.Message, error) {
	d, err := c.forward(ctx, actor, box, message, e, true)
	if err != nil {
		return mailbox.Message{}, err
	}
	return c.Send(ctx, actor, box, d.Message.ID, Known{})
}

func (c *Composer) forward(ctx context.Context, actor post.Actor, box, message post.UUID, e Edit, whole bool) (Draft, error) {
	return c.begin(ctx, actor, box, &e, newDraft(KindForward), whole, func(tx *db.Tx, o *mailbox.Opened, d *draft) error {
		if e.To != nil {
			d.To = *e.To
		}
		l, err := o.Message(message, d.action())
		switch {
		case err != nil:
			return err
		case l.Message.State == mailbox.Draft:
			return errs.New(errs.KindConflict, CodeNotForwardable, "a draft is sent, not forwarded")
		case l.Message.Unserved():
			return errs.New(errs.KindConflict, CodeUnserved, "a court summons is opened before it is forwarded")
		}
		d.forwardOf(l)
		return nil
	})
}

// Ways are what somebody may do with a message.
type Ways struct {
	// Reply is why it cannot be answered, "" where it can: CodeReplyNotAllowed,
	// CodeReplyTooLate, or a code of access, where the asker may only read.
	Reply string
	// The ways to forward it.
	ForwardAuthority, ForwardRecipient, ForwardEMail bool
}

// Ways tells what the asker may do with a message, so that a page can show it.
func (c *Composer) Ways(ctx context.Context, actor post.Actor, box, message post.UUID) (Ways, error) {
	var w Ways
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		l, err := o.Message(message, access.MessageList)
		if err != nil {
			return err
		}
		w = Ways{Reply: errs.CodeOf(replyProblem(l.Message, tx.Now))}
		if _, refused := o.Message(message, access.MessageWrite); refused != nil && w.Reply == "" {
			w.Reply = errs.CodeOf(refused)
		}
		if l.Message.State == mailbox.Draft {
			return nil
		}
		for action, may := range map[access.Action]*bool{access.MessageForwardAuthority: &w.ForwardAuthority,
			access.MessageForwardRecipient: &w.ForwardRecipient, access.MessageForwardEmail: &w.ForwardEMail} {
			_, refused := o.Message(message, action)
			*may = refused == nil
		}
		return nil
	})
	return w, err
}

// Send sends a draft, and returns the message that it becomes. It is sent once:
// whoever sends it again, because the answer was lost, is given the message that
// it became the first time. Where it cannot be sent the error says all that is
// wrong, and the draft is as it was.
func (c *Composer) Send(ctx context.Context, actor post.Actor, box, message post.UUID, k Known) (mailbox.Message, error) {
	const tries = 4
	for try := 1; ; try++ {
		s := &sending{c: c, actor: actor, box: box, message: message, known: k}
		err := s.send(ctx)
		s.drop()
		if sent, again := errors.AsType[sentAlready](err); again {
			return sent.Message, nil
		}
		if errors.Is(err, errChanged) && try < tries {
			continue
		}
		return s.sent, err
	}
}

// errChanged says that the draft is not as it was when its files were copied.
var errChanged = errs.New(errs.KindConflict, CodeEdition, "somebody changed this meanwhile; read it again")

// sending is the sending of a draft. Its files are copied first, for each who gets
// them; then everything is looked at again and done in one transaction.
type sending struct {
	c            *Composer
	actor        post.Actor
	box, message post.UUID
	known        Known

	version int64      // of the draft that was looked at
	body    *memo.Body // what is sent, its files where they are
	readers map[*memo.File]*blob.Reader
	copies  []*memo.Body // for each recipient in a mailbox; and one for ourselves of what is forwarded
	own     *memo.Body   // our own copy; nil is the draft's files
	drafts  []*blob.Draft

	sent mailbox.Message
}

func (s *sending) send(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	defer s.close()
	return s.c.mailboxes.Work(ctx, s.actor, s.box, s.deliver)
}

// prepared is a draft that can be sent.
type prepared struct {
	*draft
	to       []recipient
	original *mailbox.Letter // that is forwarded, or answered and still there
}

// prepare looks at everything that has to be so.
func (s *sending) prepare(tx *db.Tx, o *mailbox.Opened) (*prepared, error) {
	d, err := s.c.load(tx, o, s.message, 0)
	if err != nil {
		return nil, err
	}
	if err := d.meets(s.known); err != nil {
		return nil, err
	}
	p := &prepared{draft: d}
	if p.to, err = s.c.resolve(tx, o, &d.content); err != nil {
		return nil, err
	}
	problems, err := s.c.problems(tx, o, d, p.to)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, refusedAs(problems)
	}
	if d.Original != (post.UUID{}) {
		l, err := o.Message(d.Original, d.action())
		switch {
		case err == nil:
			p.original = &l
		case errs.KindOf(err) != errs.KindNotFound: // an answer is sent also where the letter was deleted
			return nil, err
		}
	}
	if d.Kind == KindReply && p.original != nil {
		if err := replyProblem(p.original.Message, tx.Now); err != nil {
			return nil, err
		}
	}
	return p, s.c.write(o, d, p.to)
}

// look reads the draft and opens the files that are to be copied.
func (s *sending) look(ctx context.Context) error {
	s.readers = map[*memo.File]*blob.Reader{}
	mailboxes := 0
	own := false
	err := s.c.mailboxes.Look(ctx, s.actor, s.box, func(tx *db.Tx, o *mailbox.Opened) error {
		p, err := s.prepare(tx, o)
		if err != nil {
			return err
		}
		s.version = p.Message.Version
		if p.Kind == KindForward {
			s.body, own = forwarded(*p.original), true
		} else {
			s.body = copyOf(p.Memo).Body
			emptied(s.body)
		}
		for _, r := range p.to {
			if r.Way != ToEMail {
				mailboxes++
			}
		}
		for _, f := range files(s.body) {
			stored, ok := f.Content.(mailbox.Stored)
			if !ok {
				return fmt.Errorf("a file's content is a %T", f.Content)
			}
			r, err := s.c.blobs.Open(tx, stored.Blob, stored.Key)
			if err != nil {
				return err
			}
			s.readers[f] = r
		}
		return nil
	})
	if err != nil {
		s.close()
		return err
	}
	for range mailboxes {
		body, err := s.copy()
		if err != nil {
			s.close()
			return err
		}
		s.copies = append(s.copies, body)
	}
	if own {
		if s.own, err = s.copy(); err != nil {
			s.close()
			return err
		}
	}
	return nil
}

func files(b *memo.Body) []*memo.File {
	all := append([]*memo.File(nil), b.MainDocument.Files...)
	for _, d := range b.AdditionalDocument {
		all = append(all, d.Files...)
	}
	return all
}

// copy stores all files once more.
func (s *sending) copy() (*memo.Body, error) {
	out := copyOf(&memo.Message{Body: s.body}).Body
	from := files(s.body)
	for i, f := range files(out) {
		r := s.readers[from[i]]
		if _, err := r.Seek(0, 0); err != nil {
			return nil, err
		}
		copied, err := copyFile(s.c.blobs, f, r)
		if err != nil {
			return nil, err
		}
		s.drafts = append(s.drafts, copied.Content.(*blob.Draft))
		*f = *copied
	}
	return out, nil
}

func (s *sending) close() {
	for _, r := range s.readers {
		r.Close()
	}
	s.readers = nil
}

// drop forgets the copies that no transaction got.
func (s *sending) drop() { s.c.blobs.Drop(s.drafts...) }

// deliver sends the draft, in the transaction.
func (s *sending) deliver(tx *db.Tx, o *mailbox.Opened) error {
	p, err := s.prepare(tx, o)
	if err != nil {
		return err
	}
	if p.Message.Version != s.version {
		return errChanged
	}
	writer, err := s.c.registry.Party(tx, s.actor.Party)
	if err != nil {
		return err
	}
	h := &p.Memo.Header
	if h.Sender.Representative, err = s.c.representative(o, writer); err != nil {
		return err
	}
	p.Memo.Body.CreatedDateTime = tx.Now
	if s.own != nil {
		p.Memo.Body = copyOf(&memo.Message{Body: s.own}).Body
		p.Memo.Body.CreatedDateTime = tx.Now
	} else {
		emptied(p.Memo.Body)
	}
	outcomes, err := s.hand(tx, o, p)
	if err != nil {
		return err
	}
	thread := p.Thread
	if thread == (post.UUID{}) && p.to[0].Way == ToAuthority {
		thread = h.MessageUUID // its answer joins it
	}
	if s.sent, err = o.Sent(mailbox.DraftLetter{ID: p.Message.ID, Letter: p.Memo, RecipientName: names(p.to), Thread: thread, Of: p.Original, Action: p.action()}); err != nil {
		return err
	}
	if err := s.c.forgetDraft(tx, o.Mailbox.ID, p.Message.ID); err != nil {
		return err
	}
	if err := s.mark(o, p); err != nil {
		return err
	}
	return s.record(tx, o, p, outcomes)
}

// mark tells of it on the letter that was answered or forwarded.
func (s *sending) mark(o *mailbox.Opened, p *prepared) error {
	if p.original == nil {
		return nil
	}
	m := p.original.Message
	if p.Kind == KindReply {
		via, err := o.May(p.action())
		if err != nil {
			return err
		}
		o.Tell(audit.MessageAnswered, via, m.ID)
		return o.Mark(m.ID, true, false, thread(m))
	}
	name := audit.MessageForwardedToAuthority
	switch p.to[0].Way {
	case ToRecipient:
		name = audit.MessageForwardedToTrusted
	case ToEMail: // outbound tells of each e-mail
		return o.Mark(m.ID, false, true, post.UUID{})
	}
	via, err := o.May(p.action())
	if err != nil {
		return err
	}
	for _, r := range p.to {
		o.Tell(name, via, m.ID, audit.Number(audit.Party, int(r.Party.ID)))
	}
	return o.Mark(m.ID, false, true, post.UUID{})
}

// hand delivers the letter to each recipient that has a mailbox.
func (s *sending) hand(tx *db.Tx, o *mailbox.Opened, p *prepared) ([]Outcome, error) {
	outcomes := make([]Outcome, len(p.to))
	place := 0
	for i, r := range p.to {
		outcomes[i] = Outcome{Recipient: r.Recipient, System: r.system != nil}
		if r.Way == ToEMail {
			continue
		}
		letter := copyOf(p.Memo)
		letter.Body = copyOf(&memo.Message{Body: s.copies[place]}).Body
		letter.Body.CreatedDateTime = tx.Now
		place++
		if i > 0 { // every letter has a name of its own
			letter.Header.MessageUUID = post.NewUUID()
			letter.Header.Recipient = r.memo(p.draft)
		}
		if err := invalid(letter); err != nil {
			return nil, err
		}
		id, err := s.c.intake.Deliver(tx, intake.Written{From: o.Mailbox.Owner, To: r.Party, Actor: s.actor, System: r.system, Letter: letter})
		if err != nil {
			return nil, err
		}
		if r.Way == ToRecipient { // their mailbox is locked from now on: whoever ends it now waits for us, and who was before us is seen
			if again, err := s.c.trustee(tx, o, r.Party.UUID); err != nil || again.refused != nil {
				return nil, firstOf(err, again.refused)
			}
		}
		outcomes[i].delivered = id
	}
	return outcomes, nil
}

// record stores what became of the letter, and has the e-mails sent.
func (s *sending) record(tx *db.Tx, o *mailbox.Opened, p *prepared, outcomes []Outcome) error {
	via, err := o.May(p.action())
	if err != nil {
		return err
	}
	sent := s.sent.ID
	o.Then(func() error { // the e-mail's letter is there now
		for i, r := range p.to {
			if r.Way == ToEMail {
				var err error
				outcomes[i].email, err = s.c.outbound.EMail(tx, outbound.EMail{Mailbox: o.Mailbox.ID, Message: sent, Actor: s.actor, Via: via.String(),
					To: r.address, Comment: p.Comment, Subject: p.Subject})
				if err != nil {
					return err
				}
			}
			if err := s.c.insert(tx, o, sent, i, outcomes[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// party is the inside id of a recipient, for the table.
func party(r registry.Party) any {
	if r.ID == 0 {
		return nil
	}
	return int64(r.ID)
}
