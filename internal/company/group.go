package company

import (
	"context"
	"slices"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// A group belongs to the organisation whose employees are in it, and has rights to
// its post and to that of other units. Whoever administers the organisation makes,
// names and ends its groups and takes people out. Who puts somebody in gives them
// all that the group has, and so must administer each of those units; who gives the
// group a right must administer that unit.

// Groups are the groups of an organisation.
func (c *Companies) Groups(ctx context.Context, actor post.Actor, organisation post.UUID) (Unit, []rights.Group, error) {
	var u Unit
	var all []rights.Group
	err := c.look(ctx, actor, func(s *side) (err error) {
		if u, err = s.may(organisation, s.manages); err != nil {
			return err
		}
		all, err = s.rights.Groups(s.tx, u.ID)
		return err
	})
	registry.SortDanish(all, func(g rights.Group) string { return g.Name })
	return u, all, err
}

// Group is a group with its people and what it has.
type Group struct {
	rights.Group
	Owner   Unit
	Members []GroupMember
	Rights  []GroupRight
}

// GroupMember is an employee in a group.
type GroupMember struct {
	rights.GroupMember
	Employee registry.Member
}

// GroupRight is a right of a group. Of a unit that the reader does not administer
// they see the name.
type GroupRight struct {
	rights.GroupRight
	Unit    registry.Party
	Manages bool
}

// group is a group of an organisation that the actor administers.
func (s *side) group(id post.UUID) (rights.Group, error) {
	g, err := s.rights.Group(s.tx, id)
	if err != nil {
		return g, err
	}
	owner, err := s.registry.Party(s.tx, g.Organisation)
	if err != nil {
		return g, err
	}
	if _, err := s.mayAt(owner, s.manages); err != nil {
		return rights.Group{}, err
	}
	return g, nil
}

// Group is one group with all of it.
func (c *Companies) Group(ctx context.Context, actor post.Actor, id post.UUID) (Group, error) {
	var found Group
	err := c.look(ctx, actor, func(s *side) (err error) {
		found, err = s.whole(id)
		return err
	})
	return found, err
}

func (s *side) whole(id post.UUID) (Group, error) {
	g, err := s.group(id)
	if err != nil {
		return Group{}, err
	}
	found := Group{Group: g}
	managed, err := s.managed()
	if err != nil {
		return found, err
	}
	found.Owner = managed[g.Organisation]
	members, err := s.rights.GroupMembers(s.tx, id)
	if err != nil {
		return found, err
	}
	people := make([]post.PartyID, len(members))
	for i, m := range members {
		people[i] = m.Person
	}
	employees, err := s.registry.MembersAmong(s.tx, g.Organisation, people)
	if err != nil {
		return found, err
	}
	for _, m := range members {
		found.Members = append(found.Members, GroupMember{m, employees[m.Person]})
	}
	registry.SortDanish(found.Members, func(m GroupMember) string { return m.Employee.Name })
	held, err := s.rights.GroupRights(s.tx, id)
	if err != nil {
		return found, err
	}
	var ids []post.PartyID
	for _, r := range held {
		ids = append(ids, r.Mailbox)
	}
	units, err := s.registry.Parties(s.tx, ids)
	if err != nil {
		return found, err
	}
	for _, r := range held {
		_, manages := managed[r.Mailbox]
		found.Rights = append(found.Rights, GroupRight{r, units[r.Mailbox], manages})
	}
	registry.SortDanish(found.Rights, func(r GroupRight) string { return r.Unit.Name })
	return found, nil
}

// MakeGroup makes a group that has nobody and nothing.
func (c *Companies) MakeGroup(ctx context.Context, actor post.Actor, organisation post.UUID, name string) (rights.Group, error) {
	var g rights.Group
	err := c.work(ctx, actor, func(s *side) error {
		u, err := s.may(organisation, s.manages)
		if err != nil {
			return err
		}
		g, err = s.rights.MakeGroup(s.tx, s.actor, u.Via, u.ID, name)
		return err
	})
	return g, err
}

// owned is a group with the relation by which the actor administers it.
func (s *side) owned(id post.UUID) (rights.Group, access.Relation, error) {
	g, err := s.group(id)
	if err != nil {
		return g, 0, err
	}
	managed, err := s.managed()
	return g, managed[g.Organisation].Via, err
}

// RenameGroup gives a group another name. version is the one that the asker knows, 0
// for any.
func (c *Companies) RenameGroup(ctx context.Context, actor post.Actor, id post.UUID, version int64, name string) (rights.Group, error) {
	var g rights.Group
	err := c.work(ctx, actor, func(s *side) error {
		_, via, err := s.owned(id)
		if err != nil {
			return err
		}
		g, err = s.rights.RenameGroup(s.tx, s.actor, via, id, version, name)
		return err
	})
	return g, err
}

// DropGroup ends a group: its people lose what they had by it, at once.
func (c *Companies) DropGroup(ctx context.Context, actor post.Actor, id post.UUID, version int64) error {
	return c.work(ctx, actor, func(s *side) error {
		_, via, err := s.owned(id)
		if err != nil {
			return err
		}
		return s.guardGroup(id, func() error { return s.rights.DropGroup(s.tx, s.actor, via, id, version) })
	})
}

// guardGroup is guard for the units that a group administers.
func (s *side) guardGroup(id post.UUID, do func() error) error {
	held, err := s.rights.GroupRights(s.tx, id)
	if err != nil {
		return err
	}
	var units []post.PartyID
	for _, r := range held {
		if r.Relation == access.Administrator {
			units = append(units, r.Mailbox)
		}
	}
	return s.guard(units, do)
}

// Join puts employees into a group, all or none. Who is in it stays.
func (c *Companies) Join(ctx context.Context, actor post.Actor, id post.UUID, employees []post.UUID) error {
	return c.work(ctx, actor, func(s *side) error {
		_, err := s.join(id, employees)
		return err
	})
}

// JoinOne puts one employee into a group; one who is in it is a Conflict.
func (c *Companies) JoinOne(ctx context.Context, actor post.Actor, id, employee post.UUID) (GroupMember, error) {
	var made GroupMember
	err := c.work(ctx, actor, func(s *side) error {
		all, err := s.join(id, []post.UUID{employee})
		if err == nil && len(all) == 0 {
			err = errs.New(errs.KindConflict, rights.CodeGroupMember, "they are in this group already")
		}
		if err == nil {
			made = all[0]
		}
		return err
	})
	return made, err
}

func (s *side) join(id post.UUID, employees []post.UUID) ([]GroupMember, error) {
	g, via, err := s.owned(id)
	if err != nil {
		return nil, err
	}
	held, err := s.rights.GroupRights(s.tx, id)
	if err != nil {
		return nil, err
	}
	managed, err := s.managed()
	if err != nil {
		return nil, err
	}
	for _, r := range held { // nobody gives what is not theirs to give
		if _, manages := managed[r.Mailbox]; manages || r.Over(s.tx.Now) {
			continue
		}
		owner, err := s.registry.Party(s.tx, r.Mailbox)
		if err == nil {
			_, err = s.mayAt(owner, s.manages)
		}
		if err != nil {
			return nil, err
		}
	}
	members, err := s.rights.GroupMembers(s.tx, id)
	if err != nil {
		return nil, err
	}
	var made []GroupMember
	for _, employee := range employees {
		m, err := s.registry.MemberByID(s.tx, employee)
		if errs.KindOf(err) == errs.KindNotFound || err == nil && (m.Organisation != g.Organisation || !m.Employed) {
			err = errs.Invalid(CodeNobody, "identityId", "a group has employees of its organisation")
		}
		if err != nil {
			return nil, err
		}
		in := func(g rights.GroupMember) bool { return g.Person == m.Person }
		if slices.ContainsFunc(members, in) || slices.ContainsFunc(made, func(g GroupMember) bool { return in(g.GroupMember) }) {
			continue
		}
		joined, err := s.rights.Join(s.tx, s.actor, via, id, m.Person)
		if err != nil {
			return nil, err
		}
		made = append(made, GroupMember{joined, m})
	}
	return made, nil
}

// Part takes somebody out of a group, by the id of their membership.
func (c *Companies) Part(ctx context.Context, actor post.Actor, id, membership post.UUID) error {
	return c.work(ctx, actor, func(s *side) error {
		_, via, err := s.owned(id)
		if err != nil {
			return err
		}
		members, err := s.rights.GroupMembers(s.tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(members, func(m rights.GroupMember) bool { return m.ID == membership })
		if i < 0 {
			return ErrNobody
		}
		return s.guardGroup(id, func() error { return s.rights.Part(s.tx, s.actor, via, id, members[i].Person) })
	})
}
