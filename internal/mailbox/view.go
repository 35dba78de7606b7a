package mailbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// view is a mailbox opened by somebody: the row, what access knows of it, and
// who asks. A mailbox or message that is not there is asked about like any other:
// access refuses it as it refuses a stranger's, with the same answer and the same
// event, so that nothing tells the two apart.
type view struct {
	row
	owner  registry.Party
	facts  access.Facts
	unused map[post.UUID]bool // grants not used yet today
	actor  post.Actor
}

// open finds a mailbox and the facts that access decides on. It does not decide.
// In an update the mailbox is locked: whoever changes it comes one after the
// other, and deliveries wait too.
func (m *Mailboxes) open(tx *db.Tx, actor post.Actor, mailbox post.UUID) (view, error) {
	return m.find(tx, actor, "uuid = $1", mailbox)
}

// own finds the asker's own mailbox.
func (m *Mailboxes) own(tx *db.Tx, actor post.Actor) (view, error) {
	return m.find(tx, actor, "id = $1", actor.Party)
}

func (m *Mailboxes) find(tx *db.Tx, actor post.Actor, where string, arg any) (view, error) {
	v := view{actor: actor}
	var err error
	v.row, err = scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE "+where+tx.ForUpdate(), arg))
	if errors.Is(err, db.ErrNoRows) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	if v.id == actor.Party {
		m.owners.note(v.id, v.uuid)
	}
	v.owner, err = m.registry.Party(tx, v.id)
	if err != nil {
		return v, err
	}
	held, err := m.rights.Grants(tx, actor, v.id)
	v.know(held.Grants, tx.Now)
	v.facts.Administered, v.unused = held.Administered, held.Unused
	return v, err
}

// know fills in the facts.
func (v *view) know(grants []access.Grant, now time.Time) {
	v.facts = access.Facts{Mailbox: v.id, Status: rights.StatusOf(v.owner, now), Grants: grants}
}

// see finds a mailbox that the asker may know of.
func (m *Mailboxes) see(tx *db.Tx, actor post.Actor, mailbox post.UUID) (view, access.Decision, error) {
	v, err := m.open(tx, actor, mailbox)
	if err != nil {
		return v, access.Decision{}, err
	}
	d, err := v.check(tx.Now, access.MailboxSee, nil)
	if err == nil && v.unused[d.Grant] {
		m.uses.note(d.Grant, audit.Event{Name: audit.MailboxReadByPartyRepresentative, Mailbox: v.id, Actor: actor, Via: d.Via.String()})
	}
	return v, d, err
}

// uses are rights that were used for the first time today, to be written down when
// the work at hand is done.
type uses struct {
	mu     sync.Mutex
	grants map[post.UUID]audit.Event
}

func (u *uses) note(grant post.UUID, e audit.Event) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.grants == nil {
		u.grants = map[post.UUID]audit.Event{}
	}
	u.grants[grant] = e
}

func (u *uses) take() map[post.UUID]audit.Event {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.grants
	u.grants = nil
	return all
}

// writeUses writes down which rights were used. It is for owners to see and nothing
// depends on it, so that a failure is passed over.
func (m *Mailboxes) writeUses(ctx context.Context) {
	if all := m.uses.take(); len(all) > 0 {
		m.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error { //nolint:errcheck
			var told []audit.Event
			for grant, e := range all {
				first, err := m.rights.Use(tx, grant)
				if err != nil {
					return err
				}
				if first {
					told = append(told, e)
				}
			}
			return audit.Append(tx, told...)
		})
	}
}

// found is a message that somebody may act on, and by which right.
type found struct {
	Message
	via   access.Relation
	grant post.UUID
}

// message finds a message and asks access about it.
func (m *Mailboxes) message(tx *db.Tx, actor post.Actor, mailbox, message post.UUID, action access.Action) (view, found, error) {
	v, err := m.open(tx, actor, mailbox)
	if err != nil {
		return v, found{}, err
	}
	return m.messageIn(tx, v, message, action)
}

func (m *Mailboxes) messageIn(tx *db.Tx, v view, message post.UUID, action access.Action) (view, found, error) {
	msg, err := scanMessage(tx.QueryRow("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id = $2", v.id, message))
	if errors.Is(err, db.ErrNoRows) {
		msg, err = became(tx, v, message)
	}
	if err != nil {
		return v, found{}, err
	}
	d, err := v.check(tx.Now, action, &msg)
	return v, found{msg, d.Via, d.Grant}, err
}

// became is the sent message that a draft has become, or else nobody's post, which
// no right reaches.
func became(tx *db.Tx, v view, draft post.UUID) (Message, error) {
	msg, err := scanMessage(tx.QueryRow("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id = (SELECT became FROM tombstone WHERE mailbox = $1 AND message = $2)", v.id, draft))
	if errors.Is(err, db.ErrNoRows) {
		return Message{ID: draft}, nil
	}
	return msg, err
}

// errNotFound is about what is missing in a mailbox or message that may be seen.
var errNotFound = errs.NotFound(access.CodeNotFound)

// check asks access about an action on a message, or on the mailbox itself where
// message is nil.
func (v view) check(now time.Time, action access.Action, message *Message) (access.Decision, error) {
	res := access.Resource{Mailbox: v.id}
	var about post.UUID
	if message != nil {
		res.Source, res.Sender = message.Source, message.Sender
		res.Unserved, res.Hidden = message.Unserved(), message.Hidden != 0
		about = message.ID
	}
	d := access.Check(v.actor, action, res, v.facts, now)
	if d.Allowed {
		return d, nil
	}
	return d, audit.Refuse(d.Err(), v.actor, v.id, about, action.String(), d.Reason.String())
}

// read runs fn on a snapshot, and update in a transaction; both write down a
// refusal by itself, so that it stays when the work is undone.
func (m *Mailboxes) read(ctx context.Context, fn func(*db.Tx) error) error {
	return m.remember(ctx, m.db.Read(ctx, fn))
}

func (m *Mailboxes) update(ctx context.Context, fn func(*db.Tx) error) error {
	return m.remember(ctx, m.db.UpdateAt(ctx, db.ReadCommitted, fn)) // open has locked the mailbox
}

func (m *Mailboxes) remember(ctx context.Context, err error) error {
	m.writeUses(ctx)
	return audit.Remember(ctx, m.db, err)
}
