package company

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// State is what became of a request: the API's RequestStateType.
type State string

// The states.
const (
	Submitted State = "SUBMITTED"
	Approved  State = "APPROVED"
	Rejected  State = "REJECTED"
	Revoked   State = "REVOKED" // the employee took it back
)

// Request is an employee's wish of rights to an organisation's post. It gives
// nothing until a rights administrator approves it.
type Request struct {
	ID         post.UUID
	Unit       registry.Party
	Employee   registry.Member
	Employer   registry.Party
	Relations  []access.Relation
	To         time.Time // the first moment without them; the zero time is never
	Note       string    // why, in the employee's words
	Reply      string    // what the administrator answered
	State      State
	AnsweredBy string // name
	Answered   time.Time
	Created    time.Time
	Updated    time.Time
	Version    int64
}

// LastDay is the last Danish day; the zero time for never.
func (r Request) LastDay() time.Time { return rights.Right{To: r.To}.LastDay() }

// MaxNote is how many characters a note or a reply has at most.
const MaxNote = 1000

// Codes of requests.
const (
	CodeAsked    = "rights.asked"            // they have asked, and wait for the answer
	CodeHas      = "rights.has"              // they have all of it already
	CodeNote     = "rights.note"             // longer than MaxNote
	CodeAnswered = "rights.answered"         // it was answered or taken back
	CodeOwn      = "rights.request.own"      // nobody answers their own request
	CodeOpen     = "rights.too.many.asked"   // maxOpen wait
	CodeNoUnit   = "rights.unit.unreachable" // nobody of the employee's organisation administers it
)

// ErrNoRequest says that there is no such request for the one who asks.
var ErrNoRequest = errs.NotFound("rights.request.unknown")

const requestColumns = "id, mailbox, organisation, person, relations, ends, said, state, answered_by, answered, created, updated, version"

// said is what people wrote of a request.
type said struct {
	Note  string `json:"note,omitempty"`
	Reply string `json:"reply,omitempty"`
}

func (s *side) requests(where string, args ...any) ([]Request, error) {
	type row struct {
		Request
		unit, employer, person, by post.PartyID
	}
	rows, err := s.tx.Query("SELECT "+requestColumns+" FROM rights_request WHERE "+where+" ORDER BY CASE WHEN state = 'SUBMITTED' THEN 0 ELSE 1 END, created DESC, id DESC", args...)
	found, err := db.Collect(rows, err, func(rows *db.Rows) (r row, err error) {
		var relations string
		var sealed []byte
		err = rows.Scan(&r.ID, &r.unit, &r.employer, &r.person, &relations, db.Time(&r.To), &sealed, &r.State, &r.by, db.Time(&r.Answered), db.Time(&r.Created), db.Time(&r.Updated), &r.Version)
		if err != nil {
			return r, err
		}
		for _, text := range strings.Fields(relations) {
			relation, err := access.ParseRelation(text)
			if err != nil {
				return r, err
			}
			r.Relations = append(r.Relations, relation)
		}
		plain, err := s.keys.Open(keys.CompanySeal, sealed, r.ID[:])
		if err != nil {
			return r, err
		}
		var wrote said
		err = json.Unmarshal(plain, &wrote)
		r.Note, r.Reply = wrote.Note, wrote.Reply
		return r, err
	})
	if err != nil {
		return nil, err
	}
	ids := map[post.PartyID]bool{}
	people := map[post.PartyID][]post.PartyID{}
	for _, r := range found {
		ids[r.unit], ids[r.employer], ids[r.by] = true, true, true
		people[r.employer] = append(people[r.employer], r.person)
	}
	parties, err := s.registry.Parties(s.tx, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	members := map[who]registry.Member{}
	for employer, of := range people {
		among, err := s.registry.MembersAmong(s.tx, employer, of)
		if err != nil {
			return nil, err
		}
		for _, m := range among {
			members[who{employer, m.Person}] = m
		}
	}
	all := make([]Request, len(found))
	for i, r := range found {
		r.Unit, r.Employer, r.AnsweredBy, r.Employee = parties[r.unit], parties[r.employer], parties[r.by].Name, members[who{r.employer, r.person}]
		all[i] = r.Request
	}
	return all, nil
}

// open is how many requests about a unit wait.
func (s *side) open(unit post.PartyID) (n int, err error) {
	err = s.tx.QueryRow("SELECT COUNT(*) FROM rights_request WHERE mailbox = $1 AND state = $2", unit, Submitted).Scan(&n)
	return n, err
}

// Requests are those about a unit, the ones that wait first, then the newest, at most
// limit.
func (c *Companies) Requests(ctx context.Context, actor post.Actor, unit post.UUID, limit int) (Unit, []Request, error) {
	var u Unit
	var all []Request
	err := c.look(ctx, actor, func(s *side) (err error) {
		if u, err = s.may(unit, s.manages); err != nil {
			return err
		}
		all, err = s.requests("mailbox = $1 AND id IN (SELECT id FROM rights_request WHERE mailbox = $1 ORDER BY CASE WHEN state = 'SUBMITTED' THEN 0 ELSE 1 END, created DESC, id DESC LIMIT $2)", u.ID, limit)
		return err
	})
	return u, all, err
}

// keptInLists is how long a request that was dealt with is listed.
const keptInLists = 365 * 24 * time.Hour

// AllRequests are an employee's own, and those about all units whose rights the actor
// administers, the newest first: those that wait, and those that were dealt with in
// the last year.
func (c *Companies) AllRequests(ctx context.Context, actor post.Actor) ([]Request, error) {
	var all []Request
	err := c.look(ctx, actor, func(s *side) error {
		seen := map[post.UUID]bool{}
		add := func(where string, args ...any) error {
			found, err := s.requests("("+where+") AND (state = 'SUBMITTED' OR updated > $1)", append([]any{s.tx.Now.Add(-keptInLists)}, args...)...)
			for _, r := range found {
				if !seen[r.ID] {
					seen[r.ID], all = true, append(all, r)
				}
			}
			return err
		}
		_, err := s.employee()
		if err == nil {
			err = add("person = $2 AND organisation = $3", actor.Party, actor.Organisation)
		}
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			return err
		}
		managed, err := s.managed()
		if err != nil {
			return err
		}
		for id := range managed {
			if err := add("mailbox = $2", id); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Request) int { return cmp.Or(b.Created.Compare(a.Created), bytes.Compare(b.ID[:], a.ID[:])) })
	return all, err
}

// Request is one that the actor sent, or may answer.
func (c *Companies) Request(ctx context.Context, actor post.Actor, id post.UUID) (Request, error) {
	var found Request
	err := c.look(ctx, actor, func(s *side) (err error) {
		found, err = s.request(id)
		return err
	})
	return found, err
}

func (s *side) request(id post.UUID) (Request, error) {
	all, err := s.requests("id = $1", id)
	if err == nil && len(all) == 0 {
		err = ErrNoRequest
	}
	if err != nil {
		return Request{}, err
	}
	if one := all[0]; s.sent(one) {
		return one, nil
	}
	if _, err := s.mayAt(all[0].Unit, s.manages); err != nil {
		return Request{}, err
	}
	return all[0], nil
}

// sent tells that a request is the actor's own.
func (s *side) sent(r Request) bool {
	return r.Employee.Person == s.actor.Party && r.Employer.ID == s.actor.Organisation && s.actor.Organisation != 0
}

func (s *side) seal(r Request) ([]byte, error) {
	plain, err := json.Marshal(said{r.Note, r.Reply})
	return s.keys.Seal(keys.CompanySeal, plain, r.ID[:]), err
}

func (s *side) tellRequest(name audit.Name, r Request, via access.Relation) error {
	return audit.Append(s.tx, audit.Event{Name: name, Mailbox: r.Unit.ID, Actor: s.actor, Via: via.String(), Props: []audit.Prop{
		audit.ID(audit.Access, r.ID), audit.Number(audit.Party, r.Employee.Person)}})
}
