package company

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Wish is what an employee asks for.
type Wish struct {
	Relations []access.Relation
	To        time.Time // the last Danish day, as midnight UTC of the date; the zero time is never
	Note      string
}

// maxOpen is how many requests of one employee wait at most.
const maxOpen = 20

// errReadOnly refuses what an employee does for themselves, about which access is not
// asked.
var errReadOnly = errs.New(errs.KindForbidden, "access.read.only.token", "The token has no WRITE scope.")

// AskNumber is Ask about the organisation with a number.
func (c *Companies) AskNumber(ctx context.Context, actor post.Actor, cvr post.CVR, w Wish) (Request, error) {
	return c.ask(ctx, actor, w, func(s *side) (registry.Party, error) { return s.registry.OrganisationByCVR(s.tx, cvr) })
}

// Ask sends a request about a unit: the actor's own organisation, or one that somebody
// of it administers. It is told to the unit.
func (c *Companies) Ask(ctx context.Context, actor post.Actor, unit post.UUID, w Wish) (Request, error) {
	return c.ask(ctx, actor, w, func(s *side) (registry.Party, error) { return s.registry.PartyByUUID(s.tx, unit) })
}

func (c *Companies) ask(ctx context.Context, actor post.Actor, w Wish, unit func(*side) (registry.Party, error)) (Request, error) {
	if actor.ReadOnly {
		return Request{}, errReadOnly
	}
	if utf8.RuneCountInString(w.Note) > MaxNote {
		return Request{}, errs.Invalid(CodeNote, "note", "a note has at most %d characters", MaxNote)
	}
	var made Request
	err := c.work(ctx, actor, func(s *side) error {
		employee, err := s.employee()
		if err != nil {
			return err
		}
		about, err := unit(s)
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			return err
		}
		if err := s.reachable(about); err != nil {
			return err
		}
		made, err = s.submit(employee, about, w)
		return err
	})
	return made, err
}

func (s *side) reachable(unit registry.Party) error {
	if unit.ID != 0 && unit.ID == s.actor.Organisation {
		return nil
	}
	administrators, err := s.rights.Administrators(s.tx, unit.ID)
	if err == nil && !slices.ContainsFunc(administrators, func(r rights.Right) bool { return r.Organisation == s.actor.Organisation }) {
		err = errs.Invalid(CodeNoUnit, "accessTo", "nobody of the employee's organisation administers that one")
	}
	return err
}

func (s *side) submit(employee registry.Member, unit registry.Party, w Wish) (Request, error) {
	l := line{To: dayOf(w.To)}
	to := l.ends()
	if !to.IsZero() && !s.tx.Now.Before(to) {
		return Request{}, errs.Invalid(CodeDays, "privilegeEndDate", "the last day is over already")
	}
	has, err := s.held(unit.ID)
	if err != nil {
		return Request{}, err
	}
	r := Request{ID: s.tx.NewID(), Unit: unit, Employee: employee, To: to, Note: strings.TrimSpace(w.Note), State: Submitted, Created: s.tx.Now, Updated: s.tx.Now, Version: 1}
	var names []string
	for _, relation := range Relations {
		if !slices.Contains(w.Relations, relation) {
			continue
		}
		if !slices.ContainsFunc(has[who{employee.Organisation, employee.Person}], func(h Held) bool { return h.Relation == relation && !h.Over(s.tx.Now) }) {
			r.Relations, names = append(r.Relations, relation), append(names, relation.String())
		}
	}
	switch {
	case len(w.Relations) == 0 || slices.ContainsFunc(w.Relations, func(r access.Relation) bool { return !slices.Contains(Relations, r) }):
		return r, errs.Invalid(CodeRelation, "privileges", "no right of employees is asked for")
	case len(r.Relations) == 0:
		return r, errs.New(errs.KindConflict, CodeHas, "they have it already")
	}
	var waiting int
	if err := s.tx.QueryRow("SELECT COUNT(*) FROM rights_request WHERE person = $1 AND state = $2", employee.Person, Submitted).Scan(&waiting); err != nil {
		return r, err
	}
	if waiting >= maxOpen {
		return r, errs.New(errs.KindConflict, CodeOpen, "%d requests wait for an answer", waiting)
	}
	sealed, err := s.seal(r)
	if err != nil {
		return r, err
	}
	n, err := s.tx.Exec("INSERT INTO rights_request ("+requestColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, NULL, $9, $9, 1) ON CONFLICT DO NOTHING",
		r.ID, unit.ID, employee.Organisation, employee.Person, strings.Join(names, " "), r.To, sealed, r.State, r.Created)
	if err == nil && n == 0 {
		err = errs.New(errs.KindConflict, CodeAsked, "they have asked, and wait for the answer")
	}
	if err != nil {
		return r, err
	}
	if r.Employer, err = s.registry.Party(s.tx, employee.Organisation); err != nil {
		return r, err
	}
	if err := s.tellRequest(audit.AccessRequestSubmitted, r, 0); err != nil {
		return r, err
	}
	return r, s.announceRequest(r)
}

// Withdraw takes back a request that the actor sent.
func (c *Companies) Withdraw(ctx context.Context, actor post.Actor, id post.UUID, version int64) (Request, error) {
	if actor.ReadOnly {
		return Request{}, errReadOnly
	}
	var one Request
	err := c.work(ctx, actor, func(s *side) (err error) {
		if one, err = s.request(id); err != nil {
			return err
		}
		if !s.sent(one) {
			return errs.New(errs.KindForbidden, "rights.request.not.yours", "only who sent it takes it back")
		}
		if err := s.waits(one, version); err != nil {
			return err
		}
		one.State = Revoked
		if err := s.answered(&one); err != nil {
			return err
		}
		return s.tellRequest(audit.AccessRequestWithdrawn, one, 0)
	})
	return one, err
}
