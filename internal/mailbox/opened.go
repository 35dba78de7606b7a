package mailbox

import (
	"cmp"
	"context"
	"fmt"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/memo"
)

// Opened is a mailbox that somebody works on in a transaction: the door for
// capabilities that keep something of their own beside its messages. What it is
// asked for it asks access about; what it is told to change is written when the
// work ends, so it is not read back before that.
type Opened struct {
	// Mailbox is what the asker sees of it. Who may not even see it gets no Opened.
	Mailbox Mailbox
	Actor   post.Actor

	c    *changes
	then []func() error
}

// Work opens a mailbox and runs fn in a transaction, with the mailbox locked; as
// of db.Update, fn may run more than once. A refusal is written down also where
// it undoes the work.
func (m *Mailboxes) Work(ctx context.Context, actor post.Actor, mailbox post.UUID, fn func(tx *db.Tx, o *Opened) error) error {
	return m.update(ctx, func(tx *db.Tx) error {
		o, err := m.opened(tx, actor, mailbox)
		if err != nil {
			return err
		}
		if err := fn(tx, o); err != nil {
			return err
		}
		if err := o.c.write(); err != nil {
			return err
		}
		for _, fn := range o.then {
			if err := fn(); err != nil {
				return err
			}
		}
		return nil
	})
}

// Then has fn run in the same transaction when the changes are written: what it
// reads is as it will be.
func (o *Opened) Then(fn func() error) { o.then = append(o.then, fn) }

// Look opens a mailbox and runs fn on a snapshot.
func (m *Mailboxes) Look(ctx context.Context, actor post.Actor, mailbox post.UUID, fn func(tx *db.Tx, o *Opened) error) error {
	return m.read(ctx, func(tx *db.Tx) error {
		o, err := m.opened(tx, actor, mailbox)
		if err != nil {
			return err
		}
		return fn(tx, o)
	})
}

func (m *Mailboxes) opened(tx *db.Tx, actor post.Actor, mailbox post.UUID) (*Opened, error) {
	v, d, err := m.see(tx, actor, mailbox)
	return &Opened{Mailbox: v.mailbox(d, tx.Now), Actor: actor, c: v.changes(m, tx)}, err
}

// May asks whether something may be done that is about the mailbox itself, or about
// no message yet, such as to write one. It returns the right by which it may.
func (o *Opened) May(action access.Action) (access.Relation, error) {
	if action.OnMailbox() {
		d, err := o.c.check(o.c.tx.Now, action, nil)
		return d.Via, err
	}
	d, err := o.c.check(o.c.tx.Now, action, &Message{Source: post.SourcePublic, Sender: o.c.id})
	return d.Via, err
}

// Message is a message with its letter, where the action on it is allowed.
func (o *Opened) Message(id post.UUID, action access.Action) (Letter, error) {
	f, err := o.found(id, action)
	if err != nil {
		return Letter{}, err
	}
	return o.c.m.letter(o.c.tx, o.c.view, f)
}

func (o *Opened) found(id post.UUID, action access.Action) (found, error) {
	_, f, err := o.c.m.messageIn(o.c.tx, o.c.view, id, action)
	return f, err
}

// Seal encrypts something with the mailbox's key, bound to what it belongs to.
func (o *Opened) Seal(plain, bound []byte) ([]byte, error) {
	c, err := o.c.cipher(o.c.m.keys)
	if err != nil {
		return nil, err
	}
	return c.Seal(plain, bound), nil
}

// Unseal reads what Seal wrote.
func (o *Opened) Unseal(sealed, bound []byte) ([]byte, error) {
	c, err := o.c.cipher(o.c.m.keys)
	if err != nil {
		return nil, err
	}
	return c.Open(sealed, bound)
}

// Tell appends an event about a message of the mailbox.
func (o *Opened) Tell(name audit.Name, via access.Relation, message post.UUID, props ...audit.Prop) {
	o.c.events = append(o.c.events, audit.Event{Name: name, Mailbox: o.c.id, Actor: o.Actor, Via: via.String(), Message: message, Props: props})
}

// DraftLetter is a draft as it is stored: a letter that is not whole yet.
type DraftLetter struct {
	// ID is nil for a new draft.
	ID post.UUID
	// Version is the one that the writer knew, 0 for any.
	Version int64
	// Letter's files have as Content a Stored, or a *blob.Draft for one that is new.
	Letter        *memo.Message
	RecipientName string
	// Thread is the thread it will be part of, nil for none.
	Thread post.UUID
	// Of is the message that it answers or forwards, nil for none. What the owner makes
	// of a letter that is hidden from helpers is hidden as it is: it says what that
	// says.
	Of post.UUID
	// Action is what access is asked about; the zero value is access.MessageWrite.
	// One who only reads may forward, and so keeps a draft of that.
	Action access.Action
}

func (d DraftLetter) action() access.Action { return cmp.Or(d.Action, access.MessageWrite) }

// CodeNoDraft says that a message is sent or was received: it is no draft any more.
const CodeNoDraft = "message.not.draft"

// SaveDraft stores a draft. Files that it had and has no more are removed. Where
// the version is not the newest it is a Conflict.
func (o *Opened) SaveDraft(d DraftLetter) (Message, error) {
	via, err := o.May(d.action())
	if err != nil {
		return Message{}, err
	}
	if err := o.c.raise(); err != nil {
		return Message{}, err
	}
	h := &d.Letter.Header
	shown, size := extent(d.Letter)
	if d.ID == (post.UUID{}) {
		msg := Message{ID: o.c.tx.NewID(), Folder: Drafts, Source: post.SourcePublic, State: Draft, Type: Regular, MemoUUID: h.MessageUUID, Received: o.c.tx.Now,
			Label: h.Label, Sender: o.c.id, SenderName: o.c.owner.Name, SenderKind: string(o.c.owner.Authority), RecipientName: d.RecipientName, Read: true,
			Documents: shown, Size: size, Thread: d.Thread, Born: o.c.modseq, Modseq: o.c.modseq, Version: 1, Updated: o.c.tx.Now}
		if err := o.hideAs(&msg, d.Of); err != nil {
			return msg, err
		}
		o.Tell(audit.DraftSaved, via, msg.ID)
		return msg, o.put(msg, d.Letter)
	}
	f, err := o.draft(d)
	if err != nil {
		return f.Message, err
	}
	old, err := o.c.letter(o.c.tx, o.c.m.keys, f.ID)
	if err != nil {
		return Message{}, err
	}
	kept := map[post.UUID]bool{}
	for file := range allFiles(d.Letter) {
		if s, ok := file.Content.(Stored); ok {
			kept[s.Blob] = true
		}
	}
	for file := range allFiles(old) {
		if s := file.Content.(Stored); !kept[s.Blob] {
			if err := o.c.m.blobs.Delete(o.c.tx, s.Blob); err != nil {
				return Message{}, err
			}
		}
	}
	before := f.Message
	f.Label, f.RecipientName, f.Documents, f.Size = h.Label, d.RecipientName, shown, size
	sealed, err := o.sealLetter(f.ID, d.Letter)
	if err != nil {
		return Message{}, err
	}
	o.c.batch.Add("UPDATE letter SET sealed = $1 WHERE message = $2 AND mailbox = $3", sealed, f.ID, o.c.id)
	search.Changed(o.c.tx, &o.c.batch, o.c.id, f.ID)
	err = o.c.save(before, &f)
	return f.Message, err
}

// hideAs hides a message that answers or forwards another as that is hidden. Its
// writer sees the other, so that nobody hides from themselves what they wrote.
func (o *Opened) hideAs(msg *Message, of post.UUID) error {
	if of == (post.UUID{}) {
		return nil
	}
	f, err := o.found(of, access.MessageList)
	if _, _, refused := audit.Refused(err); refused {
		return nil // it is gone, or hidden from the writer
	}
	if f.Hidden != 0 && msg.Hidden == 0 {
		msg.Hidden, msg.hiddenAt = hiddenItself, o.c.modseq
	}
	return err
}

// draft finds the draft that is there, as its writer knew it.
func (o *Opened) draft(d DraftLetter) (found, error) {
	f, err := o.found(d.ID, d.action())
	switch {
	case err != nil:
		return found{}, err
	case f.State != Draft:
		return f, errs.New(errs.KindConflict, CodeNoDraft, "the message is no draft any more")
	case d.Version != 0 && d.Version != f.Version:
		return f, errs.ErrStale
	}
	return f, nil
}

// put stores a new message with its letter.
func (o *Opened) put(msg Message, letter *memo.Message) error {
	sealed, err := o.sealLetter(msg.ID, letter)
	if err != nil {
		return err
	}
	o.c.batch.InsertMany(insertMessage, [][]any{msg.row(o.c.id)}, "")
	o.c.batch.InsertMany("letter (message, mailbox, sealed)", [][]any{{msg.ID, o.c.id, sealed}}, "")
	o.c.counted(msg, 1)
	return nil
}

// sealLetter seals a letter for a message, and has its new files stored.
func (o *Opened) sealLetter(id post.UUID, letter *memo.Message) ([]byte, error) {
	var drafts []*blob.Draft
	for f := range allFiles(letter) {
		if draft, ok := f.Content.(*blob.Draft); ok {
			drafts = append(drafts, draft)
		}
	}
	o.c.m.blobs.Insert(o.c.tx, &o.c.batch, drafts)
	plain, err := Encode(letter)
	if err != nil {
		return nil, err
	}
	return o.Seal(plain, id[:])
}

// Sent turns a draft into a sent message, which lies in "Sendt post" from now on,
// with an id of its own: whoever asks for the draft is shown it. The letter is as
// it was sent; its files are the draft's.
func (o *Opened) Sent(d DraftLetter) (Message, error) {
	f, err := o.draft(d)
	if err != nil {
		return f.Message, err
	}
	if err := o.c.raise(); err != nil {
		return Message{}, err
	}
	h := &d.Letter.Header
	shown, size := extent(d.Letter)
	msg := f.Message
	msg.ID, msg.Folder, msg.Origin, msg.State, msg.MemoUUID, msg.Received, msg.Label = o.c.tx.NewID(), SentBox, 0, Sent, h.MessageUUID, o.c.tx.Now, h.Label
	msg.RecipientName, msg.Documents, msg.Size, msg.Thread = d.RecipientName, shown, size, d.Thread
	msg.Born, msg.Modseq, msg.Version, msg.Updated = o.c.modseq, o.c.modseq, 1, o.c.tx.Now
	if err := o.hideAs(&msg, d.Of); err != nil {
		return msg, err
	}
	if err := o.c.remove(&f, msg.ID); err != nil {
		return msg, err
	}
	o.Tell(audit.MessageSentMailbox, f.via, msg.ID, audit.ID(audit.MessageUUID, h.MessageUUID))
	return msg, o.put(msg, d.Letter)
}

// Mark notes that a message was answered or forwarded, and puts it into a thread.
func (o *Opened) Mark(id post.UUID, answered, forwarded bool, thread post.UUID) error {
	f, err := o.found(id, access.MessageList)
	if err != nil {
		return err
	}
	before := f.Message
	if answered {
		f.Answered = o.c.tx.Now
		o.c.batch.Add("UPDATE deadline SET done = $1 WHERE mailbox = $2 AND message = $3 AND document = $4 AND done IS NULL", o.c.tx.Now, o.c.id, f.ID, theReply)
	}
	if forwarded {
		f.Forwarded = o.c.tx.Now
	}
	if thread != (post.UUID{}) {
		f.Thread = thread
	}
	if before == f.Message {
		return nil
	}
	return o.c.save(before, &f)
}

// Touch tells those who follow a mailbox that something beside a message has
// changed, such as what became of it after it was sent. It is the program's doing.
func (m *Mailboxes) Touch(tx *db.Tx, mailbox post.PartyID, message post.UUID) error {
	var modseq int64
	if err := tx.QueryRow("UPDATE mailbox SET modseq = modseq + 1 WHERE id = $1 RETURNING modseq", mailbox).Scan(&modseq); err != nil {
		return fmt.Errorf("raise modseq: %w", err)
	}
	_, err := tx.Exec("UPDATE message SET modseq = $1, version = version + 1, updated = $2 WHERE mailbox = $3 AND id = $4", modseq, tx.Now, mailbox, message)
	tx.OnCommit(func() { m.watchers.wake(mailbox) })
	return err
}
