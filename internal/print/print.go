// Package print sends letters on paper: what Digital Post writes to somebody who
// does not get their post digitally, and the unread letters of one who has just been
// exempted (REG-02). A letter is queued in the transaction that makes it necessary,
// rendered as PDF and handed to a print house. Nobody who works with Digital Post
// sees what is in it.
//
// It owns print_letter. Whoever queues a letter has asked access.
package print

import (
	"context"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/pdfdoc"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Queue is the queue of the jobs that hand letters to the print house.
const Queue = "prints"

const sendKind jobs.Kind = "print.send"

// CodeNoAddress says that there is no address to send paper to.
const CodeNoAddress = "print.address.missing"

// Config is what a Printer works with.
type Config struct {
	DB        *db.DB
	Keys      *keys.Ring
	Blobs     *blob.Store
	Registry  *registry.Registry
	Mailboxes *mailbox.Mailboxes
	// House takes the letters; nil where no print house is configured: then they wait.
	House House
}

// Printer is the capability.
type Printer struct{ config Config }

// New makes the capability.
func New(c Config) *Printer { return &Printer{c} }

// Use says who takes the letters. It is called before anything runs.
func (p *Printer) Use(h House) { p.config.House = h }

// Register has jobs sent.
func (p *Printer) Register(r *jobs.Runner) {
	jobs.Handle(r, sendKind, func(ctx context.Context, _ jobs.Running, a sending) error { return p.send(ctx, a.ID) })
}

// sending is the argument of a job that hands over a letter.
type sending struct {
	ID post.UUID `json:"id"`
}

// Letter is a letter to be sent on paper.
type Letter struct {
	To    post.PartyID
	Title string
	// Name and Address are what stands on the envelope; empty ones are the register's.
	Name    string
	Address []string
	// Blocks are the text of a letter of our own, in Lang, and From who signs it.
	From, Lang string
	Blocks     []pdfdoc.Block
	// Message is the letter of their mailbox that is printed, in the place of a text.
	Message post.UUID
	// Unopened tells that the message lay unread when they became exempt.
	Unopened bool
}

// note is what of a letter is sealed.
type note struct {
	Name    string   `cbor:"1,keyasint"`
	Address []string `cbor:"2,keyasint"`
	Title   string   `cbor:"3,keyasint"`
	Key     [32]byte `cbor:"4,keyasint"`
}

// Send has a letter sent once tx is committed. It is Invalid with CodeNoAddress
// where nobody knows where to.
func (p *Printer) Send(tx *db.Tx, l Letter) error {
	to, err := p.config.Registry.Party(tx, l.To)
	if err != nil {
		return err
	}
	n := note{Name: l.Name, Address: l.Address, Title: l.Title}
	if n.Name == "" {
		n.Name = to.Name
	}
	if len(n.Address) == 0 {
		registered, err := p.config.Registry.Address(tx, l.To)
		if err != nil {
			return err
		}
		n.Address = registered.Lines()
	}
	if len(n.Address) == 0 {
		return errs.Invalid(CodeNoAddress, "recipient", "there is no address to send paper to")
	}
	id := tx.NewID()
	var content, message any = nil, l.Message
	if l.Message == (post.UUID{}) {
		stored, err := p.store(tx, l, n)
		if err != nil {
			return err
		}
		content, message, n.Key = stored.ID, nil, stored.Key
	}
	plain, err := cbor.Marshal(n)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO print_letter (id, party, message, content, unopened, created, sent, sealed) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7)",
		id, l.To, message, content, l.Unopened, tx.Now, p.config.Keys.Seal(keys.PrintSeal, plain, id[:]))
	if err != nil {
		return err
	}
	_, err = jobs.Enqueue(tx, jobs.Job{Kind: sendKind, Queue: Queue, Key: id.String(), Args: sending{id}})
	return err
}

// store writes a letter of our own as PDF.
func (p *Printer) store(tx *db.Tx, l Letter, n note) (*blob.Draft, error) {
	doc := pdfdoc.Document{Title: l.Title, Author: l.From, Lang: l.Lang, Foot: l.From, Page: "%d / %d", Made: tx.Now,
		Blocks: append([]pdfdoc.Block{pdfdoc.Window(append([]string{n.Name}, n.Address...))}, l.Blocks...)}
	w := p.config.Blobs.Create()
	if _, err := w.Write(doc.Bytes()); err != nil {
		w.Discard()
		return nil, fmt.Errorf("write a letter on paper: %w", err)
	}
	stored, err := w.Close()
	if err != nil {
		return nil, fmt.Errorf("write a letter on paper: %w", err)
	}
	var b db.Batch
	p.config.Blobs.Insert(tx, &b, []*blob.Draft{stored})
	return stored, tx.Run(&b)
}

// row is a letter as it is stored.
type row struct {
	id       post.UUID
	party    post.PartyID
	message  post.UUID
	content  post.UUID
	unopened bool
	created  time.Time
	sent     time.Time
	note
}

func (p *Printer) row(tx *db.Tx, id post.UUID) (row, error) {
	r := row{id: id}
	var sealed []byte
	err := tx.QueryRow("SELECT party, message, content, unopened, created, sent, sealed FROM print_letter WHERE id = $1"+tx.ForUpdate(), id).
		Scan(&r.party, db.Null(&r.message), db.Null(&r.content), &r.unopened, db.Time(&r.created), db.Time(&r.sent), &sealed)
	if err != nil {
		return r, err
	}
	plain, err := p.config.Keys.Open(keys.PrintSeal, sealed, id[:])
	if err != nil {
		return r, err
	}
	return r, cbor.Unmarshal(plain, &r.note)
}

// Waiting is how many letters to somebody are not sent yet.
func (p *Printer) Waiting(tx *db.Tx, party post.PartyID) (n int, err error) {
	err = tx.QueryRow("SELECT COUNT(*) FROM print_letter WHERE party = $1 AND sent IS NULL", party).Scan(&n)
	return n, err
}

// send hands a letter to the print house. One that was handed over by a program that
// was killed before it knew goes again, with the same id.
func (p *Printer) send(ctx context.Context, id post.UUID) error {
	var r row
	var own *blob.Reader
	err := p.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if r, err = p.row(tx, id); err != nil || !r.sent.IsZero() || r.content == (post.UUID{}) {
			return err
		}
		own, err = p.config.Blobs.Open(tx, r.content, r.Key)
		return err
	})
	if err != nil || !r.sent.IsZero() {
		return err
	}
	if own != nil {
		defer own.Close()
	}
	if p.config.House == nil {
		return errs.New(errs.KindUnavailable, "print.house.missing", "no print house is configured; set print.url")
	}
	parcel, err := p.parcel(ctx, r, own)
	if err != nil {
		return fmt.Errorf("render a letter for paper: %w", err)
	}
	if parcel != nil { // else the letter is gone, and so is what was to be printed
		if err := p.config.House.Print(ctx, id, parcel); err != nil {
			return err
		}
	}
	return p.config.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error { return p.sent(tx, id, parcel != nil) })
}

// sent records that the print house took a letter, or that there is none any more.
func (p *Printer) sent(tx *db.Tx, id post.UUID, printed bool) error {
	r, err := p.row(tx, id)
	if err != nil || !r.sent.IsZero() {
		return err
	}
	if r.content != (post.UUID{}) {
		if err := p.config.Blobs.Delete(tx, r.content); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("UPDATE print_letter SET sent = $1, content = NULL WHERE id = $2", tx.Now, id); err != nil {
		return err
	}
	name := audit.PhysicalLetterSent
	switch {
	case !printed:
		name = audit.UnopenedMailNotAsPhysicalPost
	case r.unopened:
		name = audit.UnopenedMailSentAsPhysicalPost
	}
	return audit.Append(tx, audit.Event{Name: name, Mailbox: r.party, Actor: post.Program, Message: r.message})
}
