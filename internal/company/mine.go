package company

import (
	"context"
	"maps"
	"slices"
	"time"

	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Mine is what an employee has, in the name of their organisation, and has asked for.
type Mine struct {
	Employee registry.Member
	Employer registry.Party
	Units    []MyUnit
	Requests []Request
}

// MyUnit is an organisation to whose post an employee has rights.
type MyUnit struct {
	registry.Party
	Rights []Held
}

// Mine is what the actor has. Who has logged in on their own behalf is no employee.
func (c *Companies) Mine(ctx context.Context, actor post.Actor) (Mine, error) {
	var mine Mine
	err := c.look(ctx, actor, func(s *side) (err error) {
		if mine.Employee, err = s.employee(); err != nil {
			return err
		}
		if mine.Employer, err = s.registry.Party(s.tx, s.actor.Organisation); err != nil {
			return err
		}
		if mine.Units, err = s.mine(); err != nil {
			return err
		}
		mine.Requests, err = s.requests("person = $1 AND organisation = $2", s.actor.Party, s.actor.Organisation)
		return err
	})
	return mine, err
}

// Employer is the number of the organisation in whose name an employee is logged in.
func (c *Companies) Employer(ctx context.Context, actor post.Actor) (post.CVR, error) {
	var cvr post.CVR
	err := c.look(ctx, actor, func(s *side) error {
		if _, err := s.employee(); err != nil {
			return err
		}
		employer, err := s.registry.Party(s.tx, actor.Organisation)
		if err == nil {
			cvr, err = s.registry.CVR(employer)
		}
		return err
	})
	return cvr, err
}

func (s *side) mine() ([]MyUnit, error) {
	own, err := s.rights.Of(s.tx, s.actor.Party, s.actor.Organisation)
	if err != nil {
		return nil, err
	}
	held := map[post.PartyID][]Held{}
	for _, r := range own {
		if r.Relation&employees != 0 {
			held[r.Mailbox] = append(held[r.Mailbox], ownRight(r))
		}
	}
	groups, err := s.rights.GroupsOf(s.tx, s.actor.Organisation, s.actor.Party)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		has, err := s.rights.GroupRights(s.tx, g.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range has {
			held[r.Mailbox] = append(held[r.Mailbox], Held{r.ID, r.Relation, r.From, r.To, time.Time{}, r.Group, r.Name, r.Version})
		}
	}
	units, err := s.registry.Parties(s.tx, slices.Collect(maps.Keys(held)))
	if err != nil {
		return nil, err
	}
	var all []MyUnit
	for id, rights := range held {
		all = append(all, MyUnit{units[id], ordered(map[who][]Held{{}: rights})[who{}]})
	}
	slices.SortFunc(all, func(a, b MyUnit) int { return int(a.ID - b.ID) })
	registry.SortDanish(all, func(u MyUnit) string { return u.Name })
	return all, nil
}

// employee is who asks, as an employee. To ask for a right is open to every employee
// and to nobody else: it touches nobody's post, so package access has no action for
// it.
func (s *side) employee() (registry.Member, error) {
	if s.actor.Organisation == 0 || s.actor.Assurance < post.AssuranceSubstantial {
		return registry.Member{}, registry.ErrNoMember
	}
	m, err := s.registry.Member(s.tx, s.actor.Organisation, s.actor.Party)
	if err == nil && !m.Employed {
		err = registry.ErrNoMember
	}
	return m, err
}
