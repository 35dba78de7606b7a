package company

import (
	"context"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Direct is one right of an employee of their own, as programs know it.
type Direct struct {
	rights.Right
	Grantee registry.Member
	Scope   registry.Party
	Issuer  registry.Party // who gave it; empty for the program
}

// Grant is a right to be given to one employee in one unit.
type Grant struct {
	Unit, Employee post.UUID
	Relation       access.Relation
	To             time.Time // the last Danish day, as midnight UTC of the date; the zero time is never
}

// Removal is a right to be ended. Version is the one that the asker knows, 0 for any.
type Removal struct {
	ID      post.UUID
	Version int64
}

// Bulk gives and ends rights, all or none. A right that is there already is a
// Conflict. It returns those that were given, beside them none that came with the
// right to administer.
func (c *Companies) Bulk(ctx context.Context, actor post.Actor, give []Grant, end []Removal) ([]Direct, error) {
	var made []Direct
	err := c.work(ctx, actor, func(s *side) error {
		made = nil
		var lines []line
		for _, g := range give {
			l, err := s.granted(g)
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		gives := len(lines)
		for _, r := range end {
			l, err := s.removed(r)
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		if len(lines) == 0 {
			return errs.Invalid(CodeNothing, "", "nothing is given and nothing is ended")
		}
		was, err := s.stored(lines[:gives])
		if err != nil {
			return err
		}
		for _, l := range lines[:gives] {
			if old, there := was[l.key()]; there && !over(old, s.tx.Now) {
				return errs.New(errs.KindConflict, rights.CodeExists, "they have this right already")
			}
		}
		plan, err := s.plan(lines)
		if err != nil {
			return err
		}
		if err := s.carry(plan); err != nil {
			return err
		}
		if was, err = s.stored(lines[:gives]); err != nil {
			return err
		}
		for _, l := range lines[:gives] {
			one, err := s.rights.Get(s.tx, was[l.key()].id)
			if err != nil {
				return err
			}
			d, err := s.direct(one)
			if err != nil {
				return err
			}
			made = append(made, d)
		}
		return nil
	})
	return made, err
}

func (s *side) granted(g Grant) (line, error) {
	units, err := s.manage([]post.UUID{g.Unit})
	if err != nil {
		return line{}, err
	}
	m, err := s.registry.MemberByID(s.tx, g.Employee)
	if errs.KindOf(err) == errs.KindNotFound {
		err = errs.Invalid(CodeNobody, "granteeId", "no employee has this id")
	}
	return line{Unit: units[0].ID, Employer: m.Organisation, Person: m.Person, Relation: g.Relation.String(), To: dayOf(g.To)}, err
}

func (s *side) removed(r Removal) (line, error) {
	one, err := s.rights.Get(s.tx, r.ID)
	if err == nil && one.Relation&employees == 0 {
		err = rights.ErrUnknown
	}
	if err != nil {
		return line{}, err
	}
	scope, err := s.registry.Party(s.tx, one.Mailbox)
	if err != nil {
		return line{}, err
	}
	if _, err := s.mayAt(scope, s.manages); err != nil {
		return line{}, err
	}
	if r.Version != 0 && r.Version != one.Version {
		return line{}, errs.ErrStale
	}
	return line{Unit: one.Mailbox, Employer: one.Organisation, Person: one.Holder, Relation: one.Relation.String(), Take: true}, nil
}

func (s *side) direct(one rights.Right) (Direct, error) {
	d := Direct{Right: one}
	members, err := s.registry.MembersAmong(s.tx, one.Organisation, []post.PartyID{one.Holder})
	if err != nil {
		return d, err
	}
	parties, err := s.registry.Parties(s.tx, []post.PartyID{one.Mailbox, one.GivenBy})
	d.Grantee, d.Scope, d.Issuer = members[one.Holder], parties[one.Mailbox], parties[one.GivenBy]
	return d, err
}

// DirectOf are the rights of an employee that the actor may see: to the units that
// they administer, or all where it is their own. It is empty for who is nobody's
// employee.
func (c *Companies) DirectOf(ctx context.Context, actor post.Actor, employee post.UUID) ([]Direct, error) {
	var all []Direct
	err := c.look(ctx, actor, func(s *side) error {
		m, err := s.registry.MemberByID(s.tx, employee)
		if err != nil && errs.KindOf(err) == errs.KindNotFound {
			all, err = s.signedFor(employee)
			return err
		}
		if err != nil {
			return err
		}
		managed, err := s.managed()
		if err != nil {
			return err
		}
		held, err := s.rights.Of(s.tx, m.Person, m.Organisation)
		if err != nil {
			return err
		}
		own := m.Person == actor.Party && m.Organisation == actor.Organisation
		held = slices.DeleteFunc(held, func(r rights.Right) bool {
			_, manages := managed[r.Mailbox]
			return r.Relation&employees == 0 || !manages && !own
		})
		for _, one := range held {
			d, err := s.direct(one)
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		if _, manages := managed[m.Organisation]; manages || own {
			all, err = s.withSignatory(all, m)
		}
		return err
	})
	return all, err
}

// signedFor are the organisations for which the actor signs alone, where who is asked
// about is the actor as a private person.
func (s *side) signedFor(person post.UUID) ([]Direct, error) {
	if s.actor.Organisation != 0 {
		return nil, nil
	}
	me, err := s.registry.Party(s.tx, s.actor.Party)
	if err != nil || me.UUID != person {
		return nil, err
	}
	members, err := s.registry.MemberOf(s.tx, me.ID)
	if err != nil {
		return nil, err
	}
	var all []Direct
	for _, m := range members {
		if all, err = s.withSignatory(all, m); err != nil {
			return nil, err
		}
	}
	for i := range all {
		all[i].Grantee.UUID = me.UUID
	}
	return all, nil
}

// withSignatory adds that a member signs for the organisation alone, which the
// business register says and nobody gives or ends here: no right has its id.
func (s *side) withSignatory(all []Direct, m registry.Member) ([]Direct, error) {
	if !m.Signs {
		return all, nil
	}
	scope, err := s.registry.Party(s.tx, m.Organisation)
	if err != nil || scope.Closed() {
		return all, err
	}
	one := rights.Right{ID: m.UUID, Version: m.Version, Mailbox: scope.ID, Holder: m.Person, Relation: access.Signatory}
	return append(all, Direct{one, m, scope, scope}), nil
}

// Lookup is what one is told of an organisation before one asks for rights to its
// post: what the business register tells everybody, and whether somebody is appointed.
type Lookup struct {
	registry.Party
	Curator, Executor, Liquidator bool
}

// LookUp finds an organisation by its number, for anybody who has logged in with MitID.
func (c *Companies) LookUp(ctx context.Context, actor post.Actor, cvr post.CVR) (Lookup, error) {
	var found Lookup
	err := c.look(ctx, actor, func(s *side) (err error) {
		if actor.Assurance < post.AssuranceSubstantial {
			return errs.New(errs.KindForbidden, "access.assurance.too.low", "this takes a log-in with MitID")
		}
		if found.Party, err = s.registry.OrganisationByCVR(s.tx, cvr); err != nil {
			return err
		}
		held, err := s.rights.To(s.tx, found.ID)
		has := func(relation access.Relation) bool {
			return slices.ContainsFunc(held, func(r rights.Right) bool {
				return r.Relation == relation && !s.tx.Now.Before(r.From) && !r.Over(s.tx.Now)
			})
		}
		found.Curator, found.Executor, found.Liquidator = has(access.Curator), has(access.EstateAdministrator), has(access.Liquidator)
		return err
	})
	return found, err
}
