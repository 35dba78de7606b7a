package company

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Person is somebody of the organisations whose people can have a right to a unit,
// with their rights to it.
type Person struct {
	registry.Member
	Employer registry.Party
	Rights   []Held
}

// Has tells that they have a right, of their own or by a group.
func (p Person) Has(relation access.Relation) bool {
	return slices.ContainsFunc(p.Rights, func(h Held) bool { return h.Relation == relation })
}

// Held is one right of a person, or of a group they are in.
type Held struct {
	ID       post.UUID
	Relation access.Relation
	From, To time.Time // To is the first moment without it
	Used     time.Time // the day it was last used; not known of a group's
	Group    post.UUID // nil for a right of their own
	Name     string    // the group's
	Version  int64
}

// LastDay is the last Danish day; the zero time for never.
func (h Held) LastDay() time.Time { return rights.Right{To: h.To}.LastDay() }

// Over tells that the last day has ended.
func (h Held) Over(now time.Time) bool { return rights.Right{To: h.To}.Over(now) }

// Filter chooses people by what they have.
type Filter string

// Filters beside the names of Relations.
const (
	Everybody Filter = ""
	WithRight Filter = "any"
	Without   Filter = "none"
)

// PeopleQuery chooses a page of a unit's people.
type PeopleQuery struct {
	Text       string // words of name, number, title or e-mail
	Department string
	Filter     Filter
	Page       int // from 1
	Size       int
}

// People is a page of a unit's people, in Danish order.
type People struct {
	Unit        Unit
	Page        []Person
	Matched     int // by the query
	Total       int
	Departments []string
	Requests    int // that wait for an answer
}

// People finds those of a unit (ORG-01).
func (c *Companies) People(ctx context.Context, actor post.Actor, unit post.UUID, q PeopleQuery) (People, error) {
	var found People
	err := c.look(ctx, actor, func(s *side) error {
		u, err := s.may(unit, s.manages)
		if err != nil {
			return err
		}
		all, err := s.people(u.ID)
		if err != nil {
			return err
		}
		found = People{Unit: u, Total: len(all)}
		departments := map[string]bool{}
		words := strings.Fields(strings.ToLower(q.Text))
		var matched []Person
		for _, p := range all {
			if p.Department != "" {
				departments[p.Department] = true
			}
			if q.matches(p, words) {
				matched = append(matched, p)
			}
		}
		for d := range departments {
			found.Departments = append(found.Departments, d)
		}
		registry.SortDanish(found.Departments, func(d string) string { return d })
		found.Matched = len(matched)
		from := min(max(q.Page-1, 0)*q.Size, len(matched))
		found.Page = matched[from:min(from+q.Size, len(matched))]
		found.Requests, err = s.open(u.ID)
		return err
	})
	return found, err
}

func (q PeopleQuery) matches(p Person, words []string) bool {
	if q.Department != "" && p.Department != q.Department {
		return false
	}
	switch q.Filter {
	case Everybody:
	case WithRight:
		if len(p.Rights) == 0 && !p.Signs {
			return false
		}
	case Without:
		if len(p.Rights) > 0 || p.Signs {
			return false
		}
	default:
		if !slices.ContainsFunc(p.Rights, func(h Held) bool { return h.Relation.String() == string(q.Filter) }) {
			return false
		}
	}
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(p.Name + " " + p.Number + " " + p.Title + " " + p.Email)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// who is a person in the name of an employer.
type who struct{ employer, person post.PartyID }

// people are all who can have a right to a unit, or have one, in Danish order.
func (s *side) people(unit post.PartyID) ([]Person, error) {
	var all []Person
	at := map[who]int{}
	add := func(m registry.Member) {
		at[who{m.Organisation, m.Person}] = len(all)
		all = append(all, Person{Member: m})
	}
	for _, employer := range s.employers(unit) {
		members, err := s.registry.Members(s.tx, employer)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if m.Employed || employer == unit { // who signs for another organisation is nothing here
				add(m)
			}
		}
	}
	inOrder := len(all)
	held, err := s.held(unit)
	if err != nil {
		return nil, err
	}
	missing := map[post.PartyID][]post.PartyID{}
	for w := range held {
		if _, there := at[w]; !there {
			missing[w.employer] = append(missing[w.employer], w.person)
		}
	}
	for employer, people := range missing {
		slices.Sort(people)
		members, err := s.registry.MembersAmong(s.tx, employer, people)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if m.Employed || m.Signs {
				add(m)
			}
		}
	}
	for w, rights := range held {
		if i, there := at[w]; there {
			all[i].Rights = rights
		}
	}
	employers := map[post.PartyID]bool{}
	for _, p := range all {
		employers[p.Organisation] = true
	}
	parties, err := s.registry.Parties(s.tx, slices.Collect(maps.Keys(employers)))
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Employer = parties[all[i].Organisation]
	}
	if len(all) > inOrder || len(s.employers(unit)) > 1 {
		registry.SortDanish(all, func(p Person) string { return p.Name })
	}
	return all, nil
}

// held are the rights of employees to a unit, by who has them, own ones first.
func (s *side) held(unit post.PartyID) (map[who][]Held, error) {
	all := map[who][]Held{}
	own, err := s.rights.To(s.tx, unit)
	if err != nil {
		return nil, err
	}
	for _, r := range own {
		if r.Relation&employees != 0 {
			w := who{r.Organisation, r.Holder}
			all[w] = append(all[w], ownRight(r))
		}
	}
	groups, err := s.rights.GroupRightsTo(s.tx, unit)
	if err != nil || len(groups) == 0 {
		return ordered(all), err
	}
	people, err := s.rights.GroupPeopleTo(s.tx, unit)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, person := range people[g.Group] {
			w := who{g.Organisation, person}
			all[w] = append(all[w], Held{g.ID, g.Relation, g.From, g.To, time.Time{}, g.Group, g.Name, g.Version})
		}
	}
	return ordered(all), nil
}

func ownRight(r rights.Right) Held {
	return Held{r.ID, r.Relation, r.From, r.To, r.Used, post.UUID{}, "", r.Version}
}

func ordered(all map[who][]Held) map[who][]Held {
	for _, held := range all {
		slices.SortStableFunc(held, func(a, b Held) int {
			return cmp.Or(cmp.Compare(slices.Index(Relations, a.Relation), slices.Index(Relations, b.Relation)), strings.Compare(a.Name, b.Name))
		})
	}
	return all
}

// ErrNobody says that nobody of those an administrator sees has the id.
var ErrNobody = errs.NotFound("employee.unknown")

// Person is one of a unit's people, by the id of the employee.
func (c *Companies) Person(ctx context.Context, actor post.Actor, unit, employee post.UUID) (Unit, Person, []rights.Group, error) {
	var u Unit
	var found Person
	var groups []rights.Group
	err := c.look(ctx, actor, func(s *side) (err error) {
		if u, err = s.may(unit, s.manages); err != nil {
			return err
		}
		if found, err = s.person(u.ID, employee); err != nil {
			return err
		}
		groups, err = s.rights.GroupsOf(s.tx, found.Organisation, found.Member.Person)
		return err
	})
	return u, found, groups, err
}

func (s *side) person(unit post.PartyID, employee post.UUID) (Person, error) {
	m, err := s.registry.MemberByID(s.tx, employee)
	if errs.KindOf(err) == errs.KindNotFound {
		return Person{}, ErrNobody
	}
	if err != nil {
		return Person{}, err
	}
	held, err := s.held(unit)
	if err != nil {
		return Person{}, err
	}
	p := Person{Member: m, Rights: held[who{m.Organisation, m.Person}]}
	if !slices.Contains(s.employers(unit), m.Organisation) && len(p.Rights) == 0 || !p.Employed && !p.Signs {
		return Person{}, ErrNobody
	}
	p.Employer, err = s.registry.Party(s.tx, m.Organisation)
	return p, err
}

// entries are what was done with the rights to a unit, with the names of groups.
func (s *side) entries(found []audit.Record) ([]activity.Entry, error) {
	people := map[post.PartyID]bool{}
	for _, r := range found {
		people[r.Actor.Party], people[r.Actor.Organisation], people[partyOf(r)] = true, true, true
	}
	delete(people, 0)
	names, err := s.registry.Parties(s.tx, slices.Collect(maps.Keys(people)))
	if err != nil {
		return nil, err
	}
	called := func(kind activity.Kind, id post.PartyID) activity.Who {
		if id == s.actor.Party && kind == activity.Person {
			kind = activity.You
		}
		return activity.Who{Kind: kind, Party: names[id], Name: names[id].Name}
	}
	groups := map[post.UUID]*string{}
	all := make([]activity.Entry, len(found))
	for i, r := range found {
		e := activity.Entry{ID: r.ID, Time: r.Time, Name: r.Name, Who: activity.Who{Kind: activity.Program}, Platform: r.Actor.Platform, Device: r.Actor.Device}
		switch {
		case r.Actor.Platform == post.PlatformStaff:
			e.Who = called(activity.Staff, r.Actor.Organisation)
		case r.Actor.Party != 0:
			e.Who = called(activity.Person, r.Actor.Party)
		}
		// What was done by no right has none. With which device somebody applies, of whom
		// there may be nothing else here, is theirs.
		if e.Via, _ = access.ParseRelation(r.Via); e.Via == 0 {
			e.Device = ""
		}
		if id := partyOf(r); id != 0 {
			e.Other = called(activity.Person, id)
		}
		for _, p := range r.Props {
			switch p.Key {
			case audit.Change:
				e.Change = p.Value
			case audit.Group:
				if e.Group, err = s.groupName(p.Value, groups); err != nil {
					return nil, err
				}
			}
		}
		all[i] = e
	}
	return all, nil
}

func (s *side) groupName(text string, known map[post.UUID]*string) (*string, error) {
	id, err := post.ParseUUID(text)
	if err != nil {
		return nil, err
	}
	if known[id] == nil {
		g, err := s.rights.Group(s.tx, id)
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			return nil, err
		}
		known[id] = &g.Name
	}
	return known[id], nil
}

func partyOf(r audit.Record) post.PartyID {
	for _, p := range r.Props {
		if p.Key == audit.Party {
			n, err := strconv.ParseInt(p.Value, 10, 64)
			if err != nil {
				return 0
			}
			return post.PartyID(n)
		}
	}
	return 0
}
