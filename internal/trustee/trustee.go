// Package trustee knows to whom people forward their post within Digital Post:
// "Digital Post-modtagere" (RCP-01 to RCP-05). Who wants to forward letters to
// somebody sets them up; nothing can be forwarded before they approve, after the
// last day, or once either side has removed it.
//
// It owns trustee. The rows are written with the mailbox of the
// one who acts locked, and access is asked in that transaction. The owner sees
// the name that they wrote themselves until the recipient has approved: what the
// register knows beyond that is the recipient's.
package trustee

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Trustees is the capability.
type Trustees struct {
	mailboxes *mailbox.Mailboxes
	registry  *registry.Registry
	letters   *intake.Intake
}

// New makes the capability on a migrated database.
func New(boxes *mailbox.Mailboxes, people *registry.Registry, letters *intake.Intake) *Trustees {
	return &Trustees{boxes, people, letters}
}

// Status is what is to be seen of a recipient (RCP-03).
type Status string

const (
	Asked    Status = "ASKED" // awaits the recipient's answer
	Approved Status = "APPROVED"
	Declined Status = "DECLINED"
	Expired  Status = "EXPIRED" // its last day is over, whatever the answer was; no such thing is stored
)

// Trustee is one owner's recipient, seen from either side.
type Trustee struct {
	ID      post.UUID
	Owner   post.PartyID
	Mailbox post.PartyID   // the side it is seen from
	Party   registry.Party // the other side. Of a recipient who has not approved only what the owner wrote is to be shown
	Name    string         // of the other side, as the one who sees it may know it
	Email   string         // as the owner wrote it of an organisation; only the owner's side has it
	Status  Status
	Expires time.Time // the first moment after, the zero time for never
	Created time.Time
	Version int64

	recipient post.PartyID
}

// LastDay is the last Danish day, as midnight UTC of that date; the zero time for
// never.
func (t Trustee) LastDay() time.Time { return post.LastDay(t.Expires) }

// said is what the owner wrote.
type said struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

const columns = "id, owner, recipient, said, state, expires, created, version"

func (s *side) scan(rows interface{ Scan(...any) error }) (Trustee, []byte, error) {
	var t Trustee
	var sealed []byte
	err := rows.Scan(&t.ID, &t.Owner, &t.recipient, &sealed, &t.Status, db.Time(&t.Expires), db.Time(&t.Created), &t.Version)
	if err == nil && t.over(s.tx.Now) {
		t.Status = Expired
	}
	return t, sealed, err
}

// over tells that the last day has ended. What was declined stays so.
func (t Trustee) over(now time.Time) bool {
	return t.Status != Declined && !t.Expires.IsZero() && !now.Before(t.Expires)
}

// side is somebody at work on their side of things.
type side struct {
	*Trustees
	tx *db.Tx
	*mailbox.Opened
	via access.Relation
}

// work runs fn for somebody who may manage a mailbox's recipients.
func (t *Trustees) work(ctx context.Context, actor post.Actor, box post.UUID, fn func(s *side) error) error {
	return t.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.TrusteeManage)
		if err != nil {
			return err
		}
		return fn(&side{t, tx, o, via})
	})
}

func (s *side) tell(name audit.Name, t Trustee) error {
	own := audit.Event{Name: name, Mailbox: s.Mailbox.ID, Actor: s.Actor, Via: s.via.String(), Props: []audit.Prop{audit.ID(audit.Access, t.ID)}}
	other := own
	if other.Mailbox = t.recipient; s.Mailbox.ID == t.recipient {
		other.Mailbox = t.Owner
	}
	return audit.Append(s.tx, own, other)
}

// Lists are a mailbox's recipients and those whose recipient it is, what awaits an
// answer of this side first, then the newest first (RCP-03).
type Lists struct {
	Mailbox    post.PartyID
	Recipients []Trustee // "Dine Digital Post-modtagere"
	Others     []Trustee // "Andre, der har dig som Digital Post-modtager"
}

// List shows both lists to whoever may forward the mailbox's post.
func (t *Trustees) List(ctx context.Context, actor post.Actor, box post.UUID) (Lists, error) {
	var lists Lists
	err := t.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.TrusteeSee)
		if err != nil {
			return err
		}
		s := &side{t, tx, o, via}
		lists.Mailbox = s.Mailbox.ID
		if lists.Recipients, err = s.rows("owner = $1", s.Mailbox.ID); err != nil {
			return err
		}
		lists.Others, err = s.rows("recipient = $1", s.Mailbox.ID)
		return err
	})
	return lists, err
}

// Get is one that the mailbox is on either side of.
func (t *Trustees) Get(ctx context.Context, actor post.Actor, box, id post.UUID) (Trustee, error) {
	var found Trustee
	err := t.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.TrusteeSee)
		if err != nil {
			return err
		}
		found, err = (&side{t, tx, o, via}).one(id)
		return err
	})
	return found, err
}

func (s *side) rows(where string, args ...any) ([]Trustee, error) {
	type row struct {
		Trustee
		sealed []byte
	}
	rows, err := s.tx.Query("SELECT "+columns+" FROM trustee WHERE "+where+" ORDER BY CASE WHEN state = 'ASKED' THEN 0 ELSE 1 END, created DESC, id", args...)
	found, err := db.Collect(rows, err, func(rows *db.Rows) (r row, err error) {
		r.Trustee, r.sealed, err = s.scan(rows)
		return r, err
	})
	if err != nil {
		return nil, err
	}
	ids := make([]post.PartyID, len(found))
	for i, r := range found {
		ids[i] = s.other(r.Trustee)
	}
	parties, err := s.registry.Parties(s.tx, ids)
	all := make([]Trustee, len(found))
	for i, r := range found {
		if err == nil {
			r.Party = parties[ids[i]]
			all[i], err = s.shown(r.Trustee, r.sealed)
		}
	}
	return all, err
}

// other is who stands on the other side.
func (s *side) other(t Trustee) post.PartyID {
	if t.Owner == s.Mailbox.ID {
		return t.recipient
	}
	return t.Owner
}

// shown fills in what this side may know.
func (s *side) shown(t Trustee, sealed []byte) (Trustee, error) {
	t.Name, t.Mailbox = t.Party.Name, s.Mailbox.ID
	if t.Owner != s.Mailbox.ID {
		return t, nil
	}
	plain, err := s.Unseal(sealed, t.ID[:])
	if err != nil {
		return t, err
	}
	var wrote said
	if err := json.Unmarshal(plain, &wrote); err != nil {
		return t, err
	}
	t.Email = wrote.Email
	if t.Party.Kind == post.Person && t.Status != Approved {
		t.Name = wrote.Name
	}
	return t, nil
}

// errUnknown is about one that the mailbox is on neither side of.
var errUnknown = errs.NotFound("trustee.unknown")

func (s *side) one(id post.UUID) (Trustee, error) {
	all, err := s.rows("id = $1 AND (owner = $2 OR recipient = $2)", id, s.Mailbox.ID)
	if err == nil && len(all) == 0 {
		err = errUnknown
	}
	if err != nil {
		return Trustee{}, err
	}
	return all[0], nil
}

// changing is one whose version the asker knows, 0 for any.
func (s *side) changing(id post.UUID, version int64) (Trustee, error) {
	t, err := s.one(id)
	if err == nil && version != 0 && version != t.Version {
		err = errs.ErrStale
	}
	return t, err
}

// Codes of why something cannot be forwarded to a recipient (RCP-04).
const (
	CodeNotApproved   = "trustee.not.approved"
	CodeExpired       = "trustee.expired"
	CodeCannotReceive = "trustee.cannot.receive" // they are exempt or dead, or have ceased
)

// Active is the party that an owner's recipient is, where something may be
// forwarded to them now: they have approved, the last day is not over, neither
// side has removed it, and they can receive post. Otherwise the error is NotFound,
// or Invalid with one of the codes above. The caller has asked access whether it
// may forward; it asks this in the transaction that forwards.
func (t *Trustees) Active(tx *db.Tx, owner post.PartyID, id post.UUID) (registry.Party, error) {
	return t.active(tx, "owner = $1 AND id = $2", owner, id)
}

// ActiveParty is Active for a recipient who is known by number, as clients forward
// (ForwardCommand).
func (t *Trustees) ActiveParty(tx *db.Tx, owner, recipient post.PartyID) (registry.Party, error) {
	return t.active(tx, "owner = $1 AND recipient = $2", owner, recipient)
}

func (t *Trustees) active(tx *db.Tx, where string, args ...any) (registry.Party, error) {
	var one Trustee
	err := tx.QueryRow("SELECT recipient, state, expires FROM trustee WHERE "+where, args...).Scan(&one.recipient, &one.Status, db.Time(&one.Expires))
	if errors.Is(err, db.ErrNoRows) {
		return registry.Party{}, errUnknown
	}
	if err != nil {
		return registry.Party{}, err
	}
	switch {
	case one.over(tx.Now):
		return registry.Party{}, errs.Invalid(CodeExpired, "recipientId", "the recipient's last day is over")
	case one.Status != Approved:
		return registry.Party{}, errs.Invalid(CodeNotApproved, "recipientId", "the recipient has not approved")
	}
	p, err := t.registry.Party(tx, one.recipient)
	if err == nil && p.Refusal(tx.Now, false) != "" {
		return registry.Party{}, errs.Invalid(CodeCannotReceive, "recipientId", "the recipient cannot receive digital post")
	}
	return p, err
}
