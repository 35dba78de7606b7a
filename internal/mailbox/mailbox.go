// Package mailbox keeps what a party has received: mailboxes, folders, messages
// and notes. One mailbox per party holds all its post, whatever platform shows
// it (SYS-01), and what one client does is seen by all (MBX-15).
//
// It owns mailbox, folder, folder_count, message, letter and note. Every read
// and write of a message asks access in the same transaction. Invariants: a
// message lies in exactly one folder of its mailbox, folder_count tells how
// many, modseq rises with every change.
package mailbox

import (
	"context"
	"errors"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Mailboxes is the capability.
type Mailboxes struct {
	db       *db.DB
	keys     *keys.Ring
	blobs    *blob.Store
	registry *registry.Registry
	watchers watchers
}

// New makes the capability on a migrated database.
func New(d *db.DB, ring *keys.Ring, blobs *blob.Store, people *registry.Registry) *Mailboxes {
	return &Mailboxes{db: d, keys: ring, blobs: blobs, registry: people}
}

// Mailbox is one party's mailbox as somebody who may see it sees it.
type Mailbox struct {
	ID       post.PartyID
	UUID     post.UUID
	Owner    registry.Party
	Modseq   int64
	Created  time.Time
	Accessed time.Time
	// Via is the right by which the asker sees it.
	Via access.Relation
}

var errNotFound = errs.NotFound(access.CodeNotFound)

// row is a mailbox as it is stored.
type row struct {
	id       post.PartyID
	uuid     post.UUID
	sealed   []byte
	modseq   int64
	created  time.Time
	accessed time.Time
}

const mailboxColumns = "id, uuid, sealed, modseq, created, accessed"

func scanMailbox(rows interface{ Scan(...any) error }) (row, error) {
	var r row
	err := rows.Scan(&r.id, &r.uuid, &r.sealed, &r.modseq, db.Time(&r.created), db.Time(&r.accessed))
	return r, err
}

func (r row) cipher(ring *keys.Ring) (*keys.Cipher, error) {
	key, err := ring.Open(keys.MailboxSeal, r.sealed, r.uuid[:])
	if err != nil {
		return nil, err
	}
	return keys.NewCipher(key), nil
}

// view is a mailbox opened by somebody: the row, what access knows of it, and
// who asks.
type view struct {
	row
	owner registry.Party
	facts access.Facts
	actor post.Actor
}

// open finds a mailbox and the facts that access decides on. It does not decide.
func (m *Mailboxes) open(tx *db.Tx, actor post.Actor, mailbox post.UUID) (view, error) {
	r, err := scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE uuid = $1", mailbox))
	return m.view(tx, actor, r, err)
}

func (m *Mailboxes) view(tx *db.Tx, actor post.Actor, r row, err error) (view, error) {
	v := view{row: r, actor: actor}
	if errors.Is(err, db.ErrNoRows) {
		return v, errNotFound
	}
	if err != nil {
		return v, err
	}
	v.owner, err = m.registry.Party(tx, r.id)
	v.facts = access.Facts{Mailbox: r.id, Status: statusOf(v.owner, tx.Now)}
	return v, err
}

func statusOf(owner registry.Party, now time.Time) access.Status {
	switch owner.Refusal(now, false) {
	case registry.CodeClosed:
		if owner.Kind == post.Person {
			return access.StatusDead
		}
		return access.StatusCeased
	case registry.CodeExempt:
		return access.StatusExempt
	}
	return access.StatusActive
}

// refusal is an answer of no that has to be written down: the transaction that
// found it may have been undone.
type refusal struct {
	error
	event audit.Event
}

func (r *refusal) Unwrap() error { return r.error }

// check asks access about an action on a message, or on the mailbox itself where
// message is nil.
func (v view) check(now time.Time, action access.Action, message *Message) (access.Decision, error) {
	res := access.Resource{Mailbox: v.id}
	event := audit.Event{Name: audit.AccessRefused, Mailbox: v.id, Actor: v.actor}
	if message != nil {
		res.Source, res.Sender = message.Source, message.Sender
		res.Unserved = message.unserved()
		event.Message = message.ID
	}
	d := access.Check(v.actor, action, res, v.facts, now)
	if d.Allowed {
		return d, nil
	}
	event.Props = []audit.Prop{{Key: audit.Action, Value: action.String()}, {Key: audit.Reason, Value: d.Reason.String()}}
	return d, &refusal{d.Err(), event}
}

// read runs fn on a snapshot, and update in a transaction; both write down a
// refusal by itself, so that it stays when the work is undone.
func (m *Mailboxes) read(ctx context.Context, fn func(*db.Tx) error) error {
	return m.remember(ctx, m.db.Read(ctx, fn))
}

func (m *Mailboxes) update(ctx context.Context, fn func(*db.Tx) error) error {
	return m.remember(ctx, m.db.Update(ctx, fn))
}

func (m *Mailboxes) remember(ctx context.Context, err error) error {
	r, refused := errors.AsType[*refusal](err)
	if !refused {
		return err
	}
	write := m.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error { return audit.Append(tx, r.event) })
	return errors.Join(r.error, write)
}

// List is the mailboxes that somebody may see: their own first.
func (m *Mailboxes) List(ctx context.Context, actor post.Actor) ([]Mailbox, error) {
	var all []Mailbox
	err := m.read(ctx, func(tx *db.Tx) error {
		r, err := scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE id = $1", actor.Party))
		v, err := m.view(tx, actor, r, err)
		if errs.KindOf(err) == errs.KindNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if d, refused := v.check(tx.Now, access.MailboxSee, nil); refused == nil {
			all = append(all, v.mailbox(d))
		}
		return nil
	})
	return all, err
}

// Get is one mailbox.
func (m *Mailboxes) Get(ctx context.Context, actor post.Actor, mailbox post.UUID) (Mailbox, error) {
	var box Mailbox
	err := m.read(ctx, func(tx *db.Tx) error {
		v, err := m.open(tx, actor, mailbox)
		if err != nil {
			return err
		}
		d, err := v.check(tx.Now, access.MailboxSee, nil)
		box = v.mailbox(d)
		return err
	})
	if err != nil {
		return Mailbox{}, err
	}
	return box, nil
}

func (v view) mailbox(d access.Decision) Mailbox {
	return Mailbox{ID: v.id, UUID: v.uuid, Owner: v.owner, Modseq: v.modseq, Created: v.created, Accessed: v.accessed, Via: d.Via}
}

// Enter makes a person's mailbox where there is none yet and notes that it was
// opened. A portal calls it after log-in; it also ends a waiting period (facts
// 3.6). A party that may have no mailbox gets none: the error carries the code
// of registry.
func (m *Mailboxes) Enter(ctx context.Context, actor post.Actor) (Mailbox, error) {
	var box Mailbox
	err := m.update(ctx, func(tx *db.Tx) error {
		if err := m.registry.Confirm(tx, actor.Party); err != nil {
			return err
		}
		owner, err := m.registry.Party(tx, actor.Party)
		if err != nil {
			return err
		}
		if code := owner.Refusal(tx.Now, true); code == registry.CodeNotRegistered {
			return errs.New(errs.KindForbidden, code, "this person has no mailbox")
		}
		if err := m.ensure(tx, []post.PartyID{actor.Party}); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE mailbox SET accessed = $1 WHERE id = $2", tx.Now, actor.Party); err != nil {
			return err
		}
		r, err := scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE id = $1", actor.Party))
		v, err := m.view(tx, actor, r, err)
		if err != nil {
			return err
		}
		d, err := v.check(tx.Now, access.MailboxSee, nil)
		box = v.mailbox(d)
		return err
	})
	return box, err
}

// ensure makes the mailboxes that are missing, each with its four folders.
func (m *Mailboxes) ensure(tx *db.Tx, owners []post.PartyID) error {
	missing := make(map[post.PartyID]bool, len(owners))
	ids := make([]any, 0, len(owners))
	for _, o := range owners {
		if !missing[o] {
			missing[o] = true
			ids = append(ids, o)
		}
	}
	err := tx.QueryIn("SELECT id FROM mailbox WHERE id IN ($IN)", ids, nil, func(rows *db.Rows) error {
		var id post.PartyID
		err := rows.Scan(&id)
		delete(missing, id)
		return err
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	var boxes, folders, counts [][]any
	for id := range missing {
		uuid := post.NewUUID()
		sealed := m.keys.Seal(keys.MailboxSeal, keys.NewKey(), uuid[:])
		boxes = append(boxes, []any{id, uuid, sealed, 1, tx.Now, nil})
		for _, f := range systemFolders {
			folders = append(folders, []any{id, f.id, post.NewUUID(), nil, f.kind, "", 1, 1, tx.Now, tx.Now})
			counts = append(counts, []any{id, f.id, post.SourcePublic, 0, 0})
		}
	}
	var b db.Batch
	b.InsertMany("mailbox ("+mailboxColumns+")", boxes, "")
	b.InsertMany("folder (mailbox, id, uuid, parent, type, name, modseq, version, created, updated)", folders, "")
	b.InsertMany("folder_count (mailbox, folder, source, total, unread)", counts, "")
	return tx.Run(&b)
}
