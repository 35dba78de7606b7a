package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Kind is what a draft will be.
type Kind string

const (
	KindNew     Kind = "NEW"
	KindReply   Kind = "REPLY"
	KindForward Kind = "FORWARD"
)

// To is whom a draft is to: an authority, or Digital Post recipients, or e-mail
// addresses; the latter two only of what is forwarded.
type To struct {
	Authority post.UUID // a party's outside id
	Point     post.UUID // its contact point, the category; nil for the authority as a whole
	// Recipients are Digital Post recipients of the mailbox, by their outside ids.
	Recipients []post.UUID
	EMails     []string
}

// Answer is what the writer tells a contact point that asks.
type Answer struct {
	Question string // the name of a registry.Ask
	Text     string
}

// Edit is what a client changes of what is typed; nil stays as it is.
type Edit struct {
	Subject *string
	Text    *string // HTML of any browser; what is not simple formatting is left out
	To      *To     // not of a reply
	Answers *[]Answer
	Comment *string // of what is forwarded
	Code    *string // the writer's own kind of letter (messageCode)
}

// Known is what a client has read of a draft before it changes it; a zero field
// takes any. Pages say the edition: attaching a file does not change that.
type Known struct {
	Version int64 // the message's
	Edition int64
}

// Draft is a letter that somebody writes.
type Draft struct {
	Mailbox mailbox.Mailbox
	Message mailbox.Message
	Memo    *memo.Message // as far as it is written

	Kind     Kind
	Original post.UUID // the message that is answered or forwarded, nil for a new letter
	ReplyBy  time.Time // until when it can be answered, the zero time for always
	Edition  int64     // rises with each Save
	Subject  string
	Text     string // simple HTML, see htmldoc.Simple
	To       To
	Answers  []Answer
	Comment  string
	Code     string

	// Recipients are whom To names, as far as they are known.
	Recipients []Recipient
	// Main is the text as a document, Attachments are the others.
	Main        Document
	Attachments []Document
	Limits      Limits
	// Problems are what stands in the way of sending it, none where it can be sent.
	Problems []errs.Field
}

// content is what of a draft is sealed in its row.
type content struct {
	Kind      Kind        `cbor:"1,keyasint"`
	Original  post.UUID   `cbor:"2,keyasint"`
	ReplyBy   time.Time   `cbor:"3,keyasint"`
	To        To          `cbor:"4,keyasint"`
	Answers   []Answer    `cbor:"5,keyasint"`
	Subject   string      `cbor:"6,keyasint"`
	Text      string      `cbor:"7,keyasint"`
	Comment   string      `cbor:"8,keyasint"`
	Code      string      `cbor:"9,keyasint"`
	Edition   int64       `cbor:"10,keyasint"`
	Main      storedDoc   `cbor:"11,keyasint"`
	Documents []storedDoc `cbor:"12,keyasint"` // each is the AdditionalDocument in its place
	Thread    post.UUID   `cbor:"13,keyasint"`
}

// storedDoc is a document of a draft; storedFile a file of it. The whole ones are
// the files of the letter's document, in order.
type storedDoc struct {
	ID      post.UUID    `cbor:"1,keyasint"`
	Version int64        `cbor:"2,keyasint"`
	Label   string       `cbor:"3,keyasint"`
	Files   []storedFile `cbor:"4,keyasint"`
}

type storedFile struct {
	ID       post.UUID `cbor:"1,keyasint"`
	Version  int64     `cbor:"2,keyasint"`
	Name     string    `cbor:"3,keyasint"`
	Type     string    `cbor:"4,keyasint"`
	Language string    `cbor:"5,keyasint"`
	Size     int64     `cbor:"6,keyasint"` // as declared, -1 where that is not known
	Whole    bool      `cbor:"7,keyasint"`
}

// draft is a draft in a transaction.
type draft struct {
	content
	mailbox.Letter
	received map[post.UUID]int64 // of the files that have not come whole
}

// action is what access is asked about.
func (c *content) action() access.Action { return actionOf(c.Kind, c.To) }

func actionOf(kind Kind, to To) access.Action {
	switch {
	case kind != KindForward:
		return access.MessageWrite
	case to.Authority != (post.UUID{}):
		return access.MessageForwardAuthority
	case len(to.Recipients) > 0:
		return access.MessageForwardRecipient
	}
	return access.MessageForwardEmail
}

// Writable tells that the asker may write and send it, not only read it.
func (d Draft) Writable() bool { return d.Mailbox.May(actionOf(d.Kind, d.To)) }

// bound is what a sealed draft belongs to.
func bound(message post.UUID) []byte { return append([]byte("draft"), message[:]...) }

// sentAlready says that a draft was sent: the message is what it became.
type sentAlready struct{ mailbox.Message }

func (sentAlready) Error() string { return "the draft was sent" }

// load reads a draft. action is what is done with it, 0 to write it. Where it was
// sent meanwhile the error is a sentAlready.
func (c *Composer) load(tx *db.Tx, o *mailbox.Opened, message post.UUID, action access.Action) (*draft, error) {
	d := &draft{received: map[post.UUID]int64{}}
	var sealed []byte
	err := tx.QueryRow("SELECT sealed FROM draft WHERE mailbox = $1 AND message = $2", o.Mailbox.ID, message).Scan(&sealed)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return nil, c.noDraft(o, message, action)
	case err != nil:
		return nil, err
	}
	plain, err := o.Unseal(sealed, bound(message))
	if err != nil {
		return nil, fmt.Errorf("read draft: %w", err)
	}
	if err := cbor.Unmarshal(plain, &d.content); err != nil {
		return nil, fmt.Errorf("read draft: %w", err)
	}
	if action == 0 {
		action = d.action()
	}
	if d.Letter, err = o.Message(message, action); err != nil {
		return nil, err
	}
	rows, err := tx.Query("SELECT id, received FROM upload WHERE mailbox = $1 AND message = $2", o.Mailbox.ID, message)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id post.UUID
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		d.received[id] = n
	}
	d.dropSwept()
	return d, rows.Err()
}

// noDraft is why there is no draft with an id.
func (c *Composer) noDraft(o *mailbox.Opened, message post.UUID, action access.Action) error {
	if action == 0 {
		action = access.MessageList
	}
	l, err := o.Message(message, action)
	if err != nil {
		return err
	}
	if l.Message.State == mailbox.Sent && l.Message.ID != message {
		return sentAlready{l.Message}
	}
	return errNoDraft
}

var errNoDraft = errs.New(errs.KindConflict, mailbox.CodeNoDraft, "the message is no draft, or no draft any more")

// dropSwept forgets the files that never came whole and were cleared away.
func (d *draft) dropSwept() {
	for i := len(d.Documents) - 1; i >= 0; i-- {
		doc := &d.Documents[i]
		had := len(doc.Files)
		doc.Files = slices.DeleteFunc(doc.Files, func(f storedFile) bool {
			_, coming := d.received[f.ID]
			return !f.Whole && !coming
		})
		if had > 0 && len(doc.Files) == 0 {
			d.removeDocument(i)
		}
	}
}

func (d *draft) removeDocument(i int) {
	d.Documents = slices.Delete(d.Documents, i, i+1)
	body := d.Memo.Body
	body.AdditionalDocument = slices.Delete(body.AdditionalDocument, i, i+1)
}

// meets tells whether the draft is as a client knew it.
func (d *draft) meets(k Known) error {
	switch {
	case d.Message.Folder == mailbox.Deleted:
		return errs.New(errs.KindConflict, CodeDiscarded, "the draft was discarded; move it back from the trash first")
	case k.Version != 0 && k.Version != d.Message.Version, k.Edition != 0 && k.Edition != d.Edition:
		return errs.New(errs.KindConflict, CodeEdition, "somebody changed this meanwhile; read it again")
	}
	return nil
}

// save stores a draft: its message, and our row.
func (c *Composer) save(tx *db.Tx, o *mailbox.Opened, d *draft) error {
	r, err := c.resolve(tx, o, &d.content)
	if err != nil {
		return err
	}
	if err := c.write(o, d, r); err != nil {
		return err
	}
	d.Memo.Body.CreatedDateTime = tx.Now
	msg, err := o.SaveDraft(mailbox.DraftLetter{ID: d.Message.ID, Letter: d.Memo, RecipientName: names(r), Thread: d.Thread, Of: d.Original, Action: d.action()})
	if err != nil {
		return err
	}
	d.Message = msg
	return c.saveContent(tx, o, d)
}

// saveContent stores our row alone: what other clients do not see.
func (c *Composer) saveContent(tx *db.Tx, o *mailbox.Opened, d *draft) error {
	plain, err := cbor.Marshal(d.content)
	if err != nil {
		return err
	}
	sealed, err := o.Seal(plain, bound(d.Message.ID))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO draft (mailbox, message, sealed) VALUES ($1, $2, $3)
		ON CONFLICT (mailbox, message) DO UPDATE SET sealed = excluded.sealed`, o.Mailbox.ID, d.Message.ID, sealed)
	return err
}

// show is a draft for a client.
func (c *Composer) show(tx *db.Tx, o *mailbox.Opened, d *draft) (Draft, error) {
	r, err := c.resolve(tx, o, &d.content)
	if err != nil {
		return Draft{}, err
	}
	out := Draft{Mailbox: o.Mailbox, Message: d.Message, Memo: d.Memo, Kind: d.Kind, Original: d.Original, ReplyBy: d.ReplyBy, Edition: d.Edition,
		Subject: d.Subject, Text: d.Text, To: d.To, Answers: d.Answers, Comment: d.Comment, Code: d.Code, Recipients: shown(r), Limits: c.limits(o, r)}
	out.Main = d.document(d.Main, 0, memo.MainDocument)
	for i, doc := range d.Documents {
		out.Attachments = append(out.Attachments, d.document(doc, i+1, memo.AdditionalDocument))
	}
	out.Problems, err = c.problems(tx, o, d, r)
	return out, err
}

// Create begins a new letter (MBX-03).
func (c *Composer) Create(ctx context.Context, actor post.Actor, box post.UUID, e Edit) (Draft, error) {
	d := newDraft(KindNew)
	return c.begin(ctx, actor, box, &e, d, false, func(*db.Tx, *mailbox.Opened, *draft) error { return nil })
}

func newDraft(kind Kind) content {
	main := storedDoc{ID: post.NewUUID(), Version: 1, Files: []storedFile{
		{ID: post.NewUUID(), Version: 1, Name: htmlName, Type: "text/html", Language: language},
		{ID: post.NewUUID(), Version: 1, Name: textName, Type: "text/plain", Language: language},
	}}
	return content{Kind: kind, Main: main}
}

// begin stores a new draft. fill is given it empty, with a message of its own.
// Where it must be whole, one that cannot be sent is refused and not stored.
func (c *Composer) begin(ctx context.Context, actor post.Actor, box post.UUID, e *Edit, fresh content, whole bool, fill func(*db.Tx, *mailbox.Opened, *draft) error) (Draft, error) {
	if err := check(e); err != nil {
		return Draft{}, err
	}
	var out Draft
	uuid := post.NewUUID()
	p := pages{blobs: c.blobs}
	defer p.drop()
	if e.Text != nil {
		if err := p.render(*e.Text); err != nil {
			return out, err
		}
	}
	err := c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		var drafts int
		if err := tx.QueryRow("SELECT COUNT(*) FROM draft WHERE mailbox = $1", o.Mailbox.ID).Scan(&drafts); err != nil {
			return err
		}
		if drafts >= MaxDrafts {
			return errs.New(errs.KindConflict, CodeDraftsMany, "a mailbox has at most %d drafts; send some, or delete them for good", MaxDrafts)
		}
		d := &draft{content: fresh}
		d.Memo = &memo.Message{Version: memo.V12, Header: memo.Header{MessageType: memo.DigitalPost, MessageUUID: uuid}, Body: &memo.Body{}}
		if err := fill(tx, o, d); err != nil {
			return err
		}
		if err := d.apply(e, &p); err != nil {
			return err
		}
		d.Edition = 1
		if err := c.save(tx, o, d); err != nil {
			return err
		}
		var err error
		if out, err = c.show(tx, o, d); err == nil && whole && len(out.Problems) > 0 {
			err = refusedAs(out.Problems)
		}
		return err
	})
	return out, p.kept(err)
}

// Draft is a draft as it is now. Where it was sent the error is a Conflict with
// code mailbox.CodeNoDraft.
func (c *Composer) Draft(ctx context.Context, actor post.Actor, box, message post.UUID) (Draft, error) {
	var out Draft
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		d, err := c.load(tx, o, message, access.MessageRead)
		if err == nil {
			out, err = c.show(tx, o, d)
		}
		return err
	})
	return out, notSent(err)
}

// notSent makes of a sentAlready the error that callers know.
func notSent(err error) error {
	if _, sent := errors.AsType[sentAlready](err); sent {
		return errNoDraft
	}
	return err
}

// Save stores what was typed. Where the draft is not as known says, nothing is
// changed: the error is a Conflict, with code CodeEdition where somebody else
// typed, CodeDiscarded where it lies in the trash, mailbox.CodeNoDraft where it
// was sent. The draft is returned as it is then, so that one sees what is new.
func (c *Composer) Save(ctx context.Context, actor post.Actor, box, message post.UUID, known Known, e Edit) (Draft, error) {
	if err := check(&e); err != nil {
		return Draft{}, err
	}
	p := pages{blobs: c.blobs}
	defer p.drop()
	if e.Text != nil {
		if err := p.render(*e.Text); err != nil {
			return Draft{}, err
		}
	}
	return c.change(ctx, actor, box, message, func(_ *db.Tx, _ *mailbox.Opened, d *draft) error {
		if err := d.meets(known); err != nil {
			return err
		}
		if err := d.apply(&e, &p); err != nil {
			return err
		}
		d.Edition++
		return nil
	}, &p)
}

// change runs fn on a draft and stores it. Where fn finds a Conflict the draft is
// returned as it is.
func (c *Composer) change(ctx context.Context, actor post.Actor, box, message post.UUID, fn func(*db.Tx, *mailbox.Opened, *draft) error, p *pages) (Draft, error) {
	var out Draft
	err := c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		d, err := c.load(tx, o, message, 0)
		if err != nil {
			return err
		}
		if err := fn(tx, o, d); err != nil {
			if errs.KindOf(err) == errs.KindConflict {
				if fresh, again := c.load(tx, o, message, 0); again == nil {
					out, _ = c.show(tx, o, fresh) //nolint:errcheck // the conflict is what is told
				}
			}
			return err
		}
		if err := c.save(tx, o, d); err != nil {
			return err
		}
		out, err = c.show(tx, o, d)
		return err
	})
	if p != nil {
		err = p.kept(err)
	}
	return out, notSent(err)
}

// Discard moves a draft to the trash, from where it can be moved back.
func (c *Composer) Discard(ctx context.Context, actor post.Actor, box, message post.UUID, version int64) error {
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		d, err := c.load(tx, o, message, 0)
		if err == nil && d.Message.Folder == mailbox.Deleted {
			err = d.meets(Known{})
		}
		return err
	})
	if err != nil {
		return notSent(err)
	}
	return c.mailboxes.Delete(ctx, actor, box, message, version)
}
