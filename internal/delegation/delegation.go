// Package delegation is access between people (ACC-01 to ACC-15): one gives another
// access to their post, or asks for it, and the other says yes or no. What is
// approved becomes a right, which rights keeps; what is offered, asked for or was
// declined is a request, which is kept here and never gives access.
//
// It owns access_request, access_request_sender, access_notice and access_review.
// Everybody works in their own mailbox, which is locked; access is asked in that
// transaction. Who asks sees the name that they wrote until the other has
// approved: what the register knows beyond that is the other's.
package delegation

import (
	"context"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Config is what the capability is made of.
type Config struct {
	DB        *db.DB
	Keys      *keys.Ring
	Registry  *registry.Registry
	Rights    *rights.Rights
	Mailboxes *mailbox.Mailboxes
	Intake    *intake.Intake
	// Site is the address of the citizens' portal without a path, for links in
	// letters; "" leaves them out.
	Site string
	// Private are the sources whose private post one may give access to: those
	// whose platform there is (ACC-09).
	Private []post.Source
}

// Delegations is the capability.
type Delegations struct {
	Config
}

// New makes the capability on a migrated database.
func New(c Config) *Delegations {
	d := &Delegations{c}
	c.Registry.OnClose(d.close)
	c.Rights.OnEnd(d.unoffer)
	return d
}

// Status is how an access or a request stands.
type Status string

const (
	Asked    Status = "SUBMITTED" // awaits the answer of who did not send it
	Active   Status = "APPROVED"  // a right in force; of a request, that it became one
	Declined Status = "REJECTED"
	Revoked  Status = "REVOKED" // who sent it took it back
	Expired  Status = "EXPIRED" // its last day is over, or nobody answered; no such thing is stored
)

// Access is one person's access to another's post, or a request for it, seen from
// either side.
type Access struct {
	ID      post.UUID // of the right, or of the request
	Request bool      // it is a request, which gives no access
	Owner   post.PartyID
	Helper  post.PartyID
	Asker   post.PartyID   // who sent the request
	Mailbox post.PartyID   // the side it is seen from
	Party   registry.Party // the other side. Of one who has not approved only the name is to be shown
	Name    string         // of the other side, as the one who sees it may know it

	Relation access.Relation
	Source   post.Source      // of a PrivateReader (ACC-09)
	Senders  []registry.Party // of a SenderReader (ACC-15), in Danish order
	Code     bool             // the helper approves it with a code
	ByStaff  bool             // created by staff on the owner's behalf (ACC-11)

	Status  Status
	Expires time.Time // the first moment after, the zero time for never
	Answer  time.Time // until when a request can be answered
	Used    time.Time // when it was last used, to the day, as the owner sees it
	Created time.Time
	Updated time.Time
	Version int64
	// Right is what a request became.
	Right post.UUID

	said    []byte
	code    []byte
	tries   int
	senders []post.PartyID
}

// Mine tells an access that the one who sees it has to another's post.
func (a Access) Mine() bool { return a.Helper == a.Mailbox }

// Awaits tells that the one who sees it is to answer.
func (a Access) Awaits() bool { return a.Request && a.Status == Asked && a.Asker != a.Mailbox }

// LastDay is the last Danish day, as midnight UTC of that date; the zero time for
// never.
func (a Access) LastDay() time.Time { return post.LastDay(a.Expires) }

// other is the side that does not see it.
func (a Access) other() post.PartyID {
	if a.Mine() {
		return a.Owner
	}
	return a.Helper
}

// extentOf names the rights of which two people have one at most: reading and
// writing are one, so that the one replaces the other.
func extentOf(relation access.Relation, source post.Source) string {
	switch relation {
	case access.SenderReader:
		return "senders"
	case access.PrivateReader:
		return "private." + string(source)
	}
	return "public"
}

func (a Access) extent() string { return extentOf(a.Relation, a.Source) }

// side is somebody at work in their own mailbox.
type side struct {
	*Delegations
	tx *db.Tx
	*mailbox.Opened
	via access.Relation
}

// work runs fn for somebody who may manage the accesses of a mailbox: its owner.
func (d *Delegations) work(ctx context.Context, actor post.Actor, box post.UUID, fn func(s *side) error) error {
	return d.Mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.AccessManage)
		if err != nil {
			return err
		}
		return fn(&side{d, tx, o, via})
	})
}

// look runs fn for somebody who may see them.
func (d *Delegations) look(ctx context.Context, actor post.Actor, box post.UUID, fn func(s *side) error) error {
	return d.Mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.AccessSee)
		if err != nil {
			return err
		}
		return fn(&side{d, tx, o, via})
	})
}

// Lists are both directions, what awaits the answer of who sees it first, then what
// awaits another's, then the newest first (ACC-03).
type Lists struct {
	Others []Access // "Andres adgang til din post"
	Mine   []Access // "Din læseadgang/læse- og skriveadgang til andres post"
}

// List shows both lists: the rights there are, also those whose last day is over,
// and the requests that were not approved.
func (d *Delegations) List(ctx context.Context, actor post.Actor, box post.UUID) (Lists, error) {
	var lists Lists
	err := d.look(ctx, actor, box, func(s *side) error {
		all, err := s.requests("state IN ('SUBMITTED', 'REJECTED') AND (owner = $1 OR helper = $1)", s.Mailbox.ID)
		if err != nil {
			return err
		}
		held, err := s.rights()
		if err != nil {
			return err
		}
		all, err = s.named(append(all, held...))
		lists = Lists{}
		for _, a := range all {
			if a.Mine() {
				lists.Mine = append(lists.Mine, a)
			} else {
				lists.Others = append(lists.Others, a)
			}
		}
		return err
	})
	slices.SortStableFunc(lists.Others, inOrder)
	slices.SortStableFunc(lists.Mine, inOrder)
	return lists, err
}

func inOrder(a, b Access) int {
	if n := a.rank() - b.rank(); n != 0 {
		return n
	}
	return b.Created.Compare(a.Created)
}

func (a Access) rank() int {
	switch {
	case a.Awaits():
		return 0
	case a.Status == Asked:
		return 1
	case a.Status == Active:
		return 2
	}
	return 3
}

// Requests are all requests that somebody has sent or was sent, the newest first,
// also those that were approved or taken back in the last year.
func (d *Delegations) Requests(ctx context.Context, actor post.Actor, box post.UUID) ([]Access, error) {
	var all []Access
	err := d.look(ctx, actor, box, func(s *side) (err error) {
		if all, err = s.requests("owner = $1 OR helper = $1", s.Mailbox.ID); err == nil {
			all, err = s.named(all)
		}
		return err
	})
	return all, err
}

// InForce are the rights in force to somebody's post and those they have to others',
// the oldest first.
func (d *Delegations) InForce(ctx context.Context, actor post.Actor, box post.UUID) ([]Access, error) {
	var all []Access
	err := d.look(ctx, actor, box, func(s *side) error {
		held, err := s.rights()
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(a Access) bool { return a.Status != Active })
		all, err = s.named(held)
		return err
	})
	return all, err
}

// Get is one that the mailbox's owner is on either side of.
func (d *Delegations) Get(ctx context.Context, actor post.Actor, box, id post.UUID) (Access, error) {
	var found Access
	err := d.look(ctx, actor, box, func(s *side) (err error) {
		found, err = s.one(id)
		return err
	})
	return found, err
}

// Waiting is how many requests await an answer of the mailbox's owner.
func (d *Delegations) Waiting(ctx context.Context, actor post.Actor, box post.UUID) (int, error) {
	n := 0
	err := d.look(ctx, actor, box, func(s *side) error {
		all, err := s.requests("state = 'SUBMITTED' AND asker <> $1 AND (owner = $1 OR helper = $1)", s.Mailbox.ID)
		n = 0
		for _, a := range all {
			if a.Awaits() {
				n++
			}
		}
		return err
	})
	return n, err
}

const columns = "id, owner, helper, asker, relation, said, state, code, tries, expires, answer_by, privilege, created, updated, version"

// requests reads requests; the mailbox is a side of them.
func (s *side) requests(where string, args ...any) ([]Access, error) {
	rows, err := s.tx.Query("SELECT "+columns+" FROM access_request WHERE "+where+" ORDER BY created DESC, id", args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Access, error) {
		a := Access{Request: true, Mailbox: s.Mailbox.ID}
		var relation string
		err := rows.Scan(&a.ID, &a.Owner, &a.Helper, &a.Asker, &relation, &a.said, &a.Status, &a.code, &a.tries, db.Time(&a.Expires), db.Time(&a.Answer), &a.Right,
			db.Time(&a.Created), db.Time(&a.Updated), &a.Version)
		if err == nil {
			a.Relation, err = access.ParseRelation(relation)
		}
		a.Code = a.code != nil
		if a.Status == Asked && (!s.tx.Now.Before(a.Answer) || over(a.Expires, s.tx.Now)) {
			a.Status = Expired
		}
		return a, err
	})
	if err != nil {
		return nil, err
	}
	at := map[post.UUID]int{}
	var ids []any
	for i, a := range all {
		if a.Relation == access.SenderReader {
			at[a.ID] = i
			ids = append(ids, a.ID)
		}
	}
	return all, s.tx.QueryIn("SELECT request, sender FROM access_request_sender WHERE request IN ($IN) ORDER BY sender", ids, nil, func(rows *db.Rows) error {
		var id post.UUID
		var sender post.PartyID
		err := rows.Scan(&id, &sender)
		all[at[id]].senders = append(all[at[id]].senders, sender)
		return err
	})
}

// over tells that a last day has ended.
func over(expires, now time.Time) bool { return !expires.IsZero() && !now.Before(expires) }

// rights are those between people to the mailbox, and those that its owner has.
func (s *side) rights() ([]Access, error) {
	to, err := s.Rights.To(s.tx, s.Mailbox.ID)
	if err != nil {
		return nil, err
	}
	of, err := s.Rights.Of(s.tx, s.Mailbox.ID, 0)
	if err != nil {
		return nil, err
	}
	var all []Access
	for _, r := range append(to, of...) {
		if r.BetweenPeople() && r.Organisation == 0 {
			all = append(all, s.right(r))
		}
	}
	return all, nil
}

func (s *side) right(r rights.Right) Access {
	a := Access{ID: r.ID, Owner: r.Mailbox, Helper: r.Holder, Asker: r.Mailbox, Mailbox: s.Mailbox.ID, Relation: r.Relation, Source: r.Source, ByStaff: r.Origin == rights.Manual,
		Status: Active, Expires: r.To, Used: r.Used, Created: r.Created, Updated: r.Updated, Version: r.Version, Right: r.ID, senders: r.Senders}
	if r.Over(s.tx.Now) {
		a.Status = Expired
	}
	if a.Mine() {
		a.Used = time.Time{} // the owner's to know
	}
	return a
}

// named fills in the other side, as this side may know it, and the senders.
func (s *side) named(all []Access) ([]Access, error) {
	var ids []post.PartyID
	for _, a := range all {
		ids = append(append(ids, a.other()), a.senders...)
	}
	slices.Sort(ids)
	parties, err := s.Registry.Parties(s.tx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	for i := range all {
		a := &all[i]
		a.Party = parties[a.other()]
		a.Name = a.Party.Name
		if a.Request && a.Asker == s.Mailbox.ID && a.Status != Active {
			name, err := s.Unseal(a.said, a.ID[:])
			if err != nil {
				return nil, err
			}
			a.Name = string(name)
		}
		if a.Mine() && a.Request {
			continue // whose post is told with the code
		}
		for _, sender := range a.senders {
			a.Senders = append(a.Senders, parties[sender])
		}
		registry.SortDanish(a.Senders, func(p registry.Party) string { return p.Name })
	}
	return all, nil
}

// ErrUnknown is about what is nothing to the mailbox.
var ErrUnknown = errs.NotFound("access.unknown")

// one is a request or a right, by its id.
func (s *side) one(id post.UUID) (Access, error) {
	found, err := s.requests("id = $1 AND (owner = $2 OR helper = $2)", id, s.Mailbox.ID)
	if err != nil {
		return Access{}, err
	}
	if len(found) == 0 {
		r, err := s.Rights.Get(s.tx, id)
		if errs.KindOf(err) == errs.KindNotFound || err == nil && (!r.BetweenPeople() || r.Organisation != 0 || r.Mailbox != s.Mailbox.ID && r.Holder != s.Mailbox.ID) {
			err = ErrUnknown
		}
		if err != nil {
			return Access{}, err
		}
		found = []Access{s.right(r)}
	}
	if found, err = s.named(found); err != nil {
		return Access{}, err
	}
	return found[0], nil
}

// changing is one that this side is about to change, as they know it; version 0 is
// any. A request is locked first: the other side may be at it too.
func (s *side) changing(id post.UUID, version int64) (Access, error) {
	var locked int64
	err := s.tx.QueryRow("SELECT version FROM access_request WHERE id = $1"+s.tx.ForUpdate(), id).Scan(&locked)
	if err != nil && !isNone(err) {
		return Access{}, err
	}
	a, err := s.one(id)
	if err == nil && version != 0 && version != a.Version {
		err = errs.ErrStale
	}
	return a, err
}

// tell writes an event in both mailboxes. Its party is whose post it is about.
func (s *side) tell(name audit.Name, a Access) error {
	own := audit.Event{Name: name, Mailbox: s.Mailbox.ID, Actor: s.Actor, Via: s.via.String(), Props: []audit.Prop{
		audit.ID(audit.Access, a.ID), audit.Number(audit.Party, a.Owner), {Key: audit.Change, Value: a.Relation.String()}}}
	theirs := own
	theirs.Mailbox = a.other()
	return audit.Append(s.tx, own, theirs)
}
