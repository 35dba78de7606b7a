// Package mailbox keeps what a party has received: mailboxes, folders, messages
// and notes. One mailbox per party holds all its post, whatever platform shows
// it (SYS-01), and what one client does is seen by all (MBX-15).
//
// It owns mailbox, folder, folder_count, message, hidden_sender, letter, note, deadline,
// action_status, service, tombstone, operation and operation_item. Capabilities
// that work in a mailbox in their own transaction do it by Opened. Whatever a
// person reads or writes is asked of access in the same transaction; what comes
// from a sender (Deliver) or goes to a recipient's own system (WriteMemo) is no
// person's. Invariants: a message lies in exactly one folder of its mailbox,
// folder_count tells how many, modseq rises with every change.
package mailbox

import (
	"context"
	"maps"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Mailboxes is the capability.
type Mailboxes struct {
	db       *db.DB
	keys     *keys.Ring
	blobs    *blob.Store
	registry *registry.Registry
	rights   *rights.Rights
	watchers watchers
	uses     uses
	owners   owners

	destroyed []Destroyed
	files     Files
	openings  Openings
	onServe   []func(tx *db.Tx, s Service) error
}

// New makes the capability on a migrated database.
func New(d *db.DB, ring *keys.Ring, blobs *blob.Store, people *registry.Registry, held *rights.Rights) *Mailboxes {
	m := &Mailboxes{db: d, keys: ring, blobs: blobs, registry: people, rights: held}
	held.OnChange(m.lookAgain)
	return m
}

// lookAgain has those who follow a mailbox ask anew what they may see. It locks the
// mailbox: what is under way by the right that changes comes before it, in whatever
// process.
func (m *Mailboxes) lookAgain(tx *db.Tx, mailbox post.PartyID) error {
	_, err := tx.Exec("UPDATE mailbox SET modseq = modseq + 1 WHERE id = $1", mailbox)
	tx.OnCommit(func() { m.watchers.wake(mailbox) })
	return err
}

// Mailbox is one party's mailbox as somebody who may see it sees it.
type Mailbox struct {
	ID       post.PartyID
	UUID     post.UUID
	Owner    registry.Party
	Modseq   int64
	Created  time.Time
	Accessed time.Time
	// Introduced is when the owner was shown around, the zero time for not yet.
	Introduced time.Time
	// Via is the right by which the asker sees it, and Grant its row, nil for who
	// needs none.
	Via   access.Relation
	Grant post.UUID
	// Until is the first moment without that right, the zero time for never.
	Until time.Time
	// Inbox is what the inbox shows to the asker, in a list of mailboxes only.
	Inbox Glance

	facts access.Facts
	actor post.Actor
	now   time.Time
}

// May tells whether the asker may do something in the mailbox, as far as it
// depends on no single message: pages offer only what they may.
func (b Mailbox) May(action access.Action) bool {
	senders := []post.PartyID{b.ID}
	for _, g := range b.facts.Grants {
		senders = append(senders, g.Senders...)
	}
	for _, source := range []post.Source{post.SourcePublic, post.SourceMit, post.SourceEboks, ""} {
		for _, sender := range senders {
			if access.Check(b.actor, action, access.Resource{Mailbox: b.ID, Source: source, Sender: sender}, b.facts, b.now).Allowed {
				return true
			}
		}
	}
	return false
}

// row is a mailbox as it is stored.
type row struct {
	id       post.PartyID
	uuid     post.UUID
	sealed   []byte
	modseq   int64
	created  time.Time
	accessed time.Time

	introduced time.Time
	hides      bool // senders from helpers
	files      bool // new letters, by rules
}

const mailboxColumns = "id, uuid, sealed, modseq, created, accessed, introduced, hides, files"

func scanMailbox(rows interface{ Scan(...any) error }) (row, error) {
	var r row
	err := rows.Scan(&r.id, &r.uuid, &r.sealed, &r.modseq, db.Time(&r.created), db.Time(&r.accessed), db.Time(&r.introduced), &r.hides, &r.files)
	return r, err
}

func (r row) cipher(ring *keys.Ring) (*keys.Cipher, error) {
	key, err := ring.Open(keys.MailboxSeal, r.sealed, r.uuid[:])
	if err != nil {
		return nil, err
	}
	return keys.NewCipher(key), nil
}

// Get is one mailbox.
func (m *Mailboxes) Get(ctx context.Context, actor post.Actor, mailbox post.UUID) (Mailbox, error) {
	var box Mailbox
	err := m.read(ctx, func(tx *db.Tx) error {
		v, d, err := m.see(tx, actor, mailbox)
		if err == nil {
			box = v.mailbox(d, tx.Now)
		}
		return err
	})
	return box, err
}

func (v view) mailbox(d access.Decision, now time.Time) Mailbox {
	box := Mailbox{ID: v.id, UUID: v.uuid, Owner: v.owner, Modseq: v.modseq, Created: v.created, Accessed: v.accessed, Introduced: v.introduced, Via: d.Via, Grant: d.Grant,
		facts: v.facts, actor: v.actor, now: now}
	for _, g := range v.facts.Grants {
		if g.Key == d.Grant && g.Relation == d.Via {
			box.Until = g.To
		}
	}
	return box
}

// Enter makes a person's mailbox where there is none yet and notes that it was
// opened. A portal calls it after log-in; it also ends a waiting period (facts
// 3.6). A party that may have no mailbox gets none: the error carries the code
// of registry. An employee at work has none of their own.
func (m *Mailboxes) Enter(ctx context.Context, actor post.Actor) (Mailbox, error) {
	var box Mailbox
	if actor.Organisation != 0 {
		return box, errNotFound
	}
	err := m.db.Update(ctx, func(tx *db.Tx) error {
		if err := m.registry.Confirm(tx, actor, actor.Party); err != nil {
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
		v, err := m.own(tx, actor)
		if err != nil {
			return err
		}
		d, err := v.check(tx.Now, access.MailboxSee, nil)
		if err == nil {
			box = v.mailbox(d, tx.Now)
		}
		return err
	})
	return box, m.remember(ctx, err)
}

// Introduced notes that somebody has been shown around in their own mailbox.
func (m *Mailboxes) Introduced(ctx context.Context, actor post.Actor) error {
	return m.update(ctx, func(tx *db.Tx) error {
		v, err := m.own(tx, actor)
		if err != nil {
			return err
		}
		d, err := v.check(tx.Now, access.MailboxSee, nil)
		if err != nil || !v.introduced.IsZero() {
			return err
		}
		if _, err := tx.Exec("UPDATE mailbox SET introduced = $1 WHERE id = $2", tx.Now, v.id); err != nil {
			return err
		}
		return audit.Append(tx, audit.Event{Name: audit.IntroductionCompleted, Mailbox: v.id, Actor: actor, Via: d.Via.String()})
	})
}

// ensure makes the mailboxes that are missing, each with its four folders. Where
// another transaction makes one at the same moment, that one stays.
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
	for _, id := range slices.Sorted(maps.Keys(missing)) { // rows are locked in one order everywhere
		uuid := post.NewUUID()
		sealed := m.keys.Seal(keys.MailboxSeal, keys.NewKey(), uuid[:])
		boxes = append(boxes, []any{id, uuid, sealed, 1, tx.Now, nil, nil, false, false})
		for _, f := range systemFolders {
			folders = append(folders, []any{id, f.id, post.NewUUID(), nil, f.kind, "", 1, 1, nil, 1, tx.Now, tx.Now})
			counts = append(counts, []any{id, f.id, post.SourcePublic, 0, 0})
		}
	}
	const keep = "ON CONFLICT DO NOTHING"
	var b db.Batch
	b.InsertMany("mailbox ("+mailboxColumns+")", boxes, keep)
	b.InsertMany("folder (mailbox, "+folderColumns+")", folders, keep)
	b.InsertMany("folder_count (mailbox, folder, source, total, unread)", counts, keep)
	return tx.Run(&b)
}
