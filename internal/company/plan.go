package company

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
)

// Change is what is to be given and taken, of one employee or one group, in one or
// many units at once: all of it or nothing. What is so already stays as it is, so
// that doing it twice is doing it once.
type Change struct {
	Units    []post.UUID
	Employee post.UUID // or
	Group    post.UUID
	Give     []access.Relation
	Take     []access.Relation
	// From is the first, To the last Danish day of what is given, as midnight UTC of the
	// date; the zero time is at once, and for ever.
	From, To time.Time
}

// Codes of why a change cannot be made.
const (
	CodeLast     = "rights.last.administrator" // the unit would have no rights administrator without an end date
	CodeNobody   = "rights.employee.unknown"   // nobody has the number, or they work there no more
	CodeEmployer = "rights.employer"           // the unit's rights are not given to employees of that organisation
	CodeUnit     = "rights.unit"               // not a unit whose rights the asker administers
	CodeRelation = "rights.relation"           // not a right of employees
	CodeDays     = "rights.days"               // the last day is over, or before the first
	CodeNothing  = "rights.nothing"            // nothing is asked for
	CodeTwice    = "rights.twice"              // the same right of the same person stands there twice
	CodeTooMany  = "rights.too.many"           // more than MaxLines
)

// MaxLines is how many rights one change or list is about at most. It is one
// transaction; 900 units for an administrator and their read rights are 2,700.
const MaxLines = 20_000

// line is one right of one person or group to one unit, that is to be or not to be.
type line struct {
	At       int          `cbor:"1,keyasint,omitempty"` // of a list, 0 elsewhere
	Unit     post.PartyID `cbor:"2,keyasint"`
	Employer post.PartyID `cbor:"3,keyasint,omitempty"`
	Person   post.PartyID `cbor:"4,keyasint,omitempty"`
	Group    post.UUID    `cbor:"5,keyasint,omitempty"`
	Relation string       `cbor:"6,keyasint"`
	From     int64        `cbor:"7,keyasint,omitempty"` // a Danish day as Unix seconds, 0 for none
	To       int64        `cbor:"8,keyasint,omitempty"`
	Take     bool         `cbor:"9,keyasint,omitempty"`
}

// key is what a line is about.
type key struct {
	unit     post.PartyID
	who      who
	group    post.UUID
	relation string
}

func (l line) key() key { return key{l.Unit, who{l.Employer, l.Person}, l.Group, l.Relation} }

func dayOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// begins is the first moment of a first day, the zero time where it has begun.
func (l line) begins(now time.Time) time.Time {
	if l.From == 0 {
		return time.Time{}
	}
	first := post.StartOfDay(time.Unix(l.From, 0).UTC().Date()).UTC()
	if !now.Before(first) {
		return time.Time{}
	}
	return first
}

// ends is the first moment after a last day, the zero time for never.
func (l line) ends() time.Time {
	if l.To == 0 {
		return time.Time{}
	}
	return post.DayAfter(time.Unix(l.To, 0).UTC())
}

// Do is what a step does.
type Do string

// What a step does.
const (
	Give  Do = "give"
	Alter Do = "alter" // other days
	End   Do = "end"
)

// Step is one right that comes, changes or goes.
type Step struct {
	Do       Do
	Line     int // of the list it comes from, 0 for none
	Unit     Unit
	Name     string // the person's or the group's
	Number   string // the employee's
	Relation access.Relation
	From, To time.Time // as they will be; To is the first moment without it
	// Automatic tells that it comes with the right to administer.
	Automatic bool

	line
	id      post.UUID
	version int64
}

// LastDay is the last Danish day; the zero time for never.
func (s Step) LastDay() time.Time { return rights.Right{To: s.To}.LastDay() }

// Problem is what is wrong with a line of a list.
type Problem struct {
	Line int // from 1; the first is that of the headings
	Code string
	Text string // what stood there
}

// Plan is what a change comes to.
type Plan struct {
	Steps    []Step
	Same     int // rights that are so already
	Problems []Problem
	Units    int // how many it is about
	// Digest names exactly these steps.
	Digest string
}

// Count is how many steps do something.
func (p Plan) Count(do Do) (n int) {
	for _, s := range p.Steps {
		if s.Do == do {
			n++
		}
	}
	return n
}

// Set makes a change.
func (c *Companies) Set(ctx context.Context, actor post.Actor, change Change) (Plan, error) {
	var plan Plan
	err := c.work(ctx, actor, func(s *side) error {
		lines, err := s.lines(change)
		if err != nil {
			return err
		}
		if plan, err = s.plan(lines); err != nil {
			return err
		}
		return s.carry(plan)
	})
	return plan, err
}

// lines are what a change is about, one by one.
func (s *side) lines(change Change) ([]line, error) {
	if len(change.Units) == 0 || len(change.Give)+len(change.Take) == 0 {
		return nil, errs.Invalid(CodeNothing, "", "a change names units, and rights that are given or taken")
	}
	if len(change.Units)*(len(change.Give)+len(change.Take)) > MaxLines {
		return nil, errs.New(errs.KindTooLarge, CodeTooMany, "a change is about at most %d rights", MaxLines)
	}
	units, err := s.manage(change.Units)
	if err != nil {
		return nil, err
	}
	var base line
	if change.Group != (post.UUID{}) {
		if _, err := s.group(change.Group); err != nil {
			return nil, err
		}
		base.Group = change.Group
	} else {
		m, err := s.registry.MemberByID(s.tx, change.Employee)
		if errs.KindOf(err) == errs.KindNotFound {
			return nil, ErrNobody
		}
		if err != nil {
			return nil, err
		}
		base.Employer, base.Person = m.Organisation, m.Person
	}
	var all []line
	for _, u := range units {
		for i, relation := range slices.Concat(change.Give, change.Take) {
			l := base
			l.Unit, l.Relation, l.Take = u.ID, relation.String(), i >= len(change.Give)
			if !l.Take {
				l.From, l.To = dayOf(change.From), dayOf(change.To)
			}
			all = append(all, l)
		}
	}
	return all, nil
}

// manage are units, each of which the actor administers.
func (s *side) manage(ids []post.UUID) ([]Unit, error) {
	managed, err := s.managed()
	if err != nil {
		return nil, err
	}
	byID := make(map[post.UUID]Unit, len(managed))
	for _, u := range managed {
		byID[u.UUID] = u
	}
	var all []Unit
	seen := map[post.PartyID]bool{}
	for _, id := range ids {
		u, known := byID[id]
		if !known {
			if u, err = s.may(id, s.manages); err != nil {
				return nil, err
			}
		}
		if !seen[u.ID] {
			seen[u.ID] = true
			all = append(all, u)
		}
	}
	return all, nil
}

// now is a right as it is stored.
type now struct {
	id       post.UUID
	version  int64
	from, to time.Time
}

// stored are the rights that lines are about, as they are. Few are looked up by who
// has them, many by what they are to.
func (s *side) stored(lines []line) (map[key]now, error) {
	people, units, groups := map[who]bool{}, map[post.PartyID]bool{}, map[post.UUID]bool{}
	for _, l := range lines {
		if l.Group != (post.UUID{}) {
			groups[l.Group] = true
			continue
		}
		people[who{l.Employer, l.Person}] = true
		units[l.Unit] = true
	}
	all := map[key]now{}
	add := func(found []rights.Right, err error) error {
		for _, r := range found {
			all[key{r.Mailbox, who{r.Organisation, r.Holder}, post.UUID{}, r.Relation.String()}] = now{r.ID, r.Version, r.From, r.To}
		}
		return err
	}
	if len(people) <= len(units) {
		for w := range people {
			if err := add(s.rights.Of(s.tx, w.person, w.employer)); err != nil {
				return nil, err
			}
		}
	} else {
		for u := range units {
			if err := add(s.rights.To(s.tx, u)); err != nil {
				return nil, err
			}
		}
	}
	for g := range groups {
		held, err := s.rights.GroupRights(s.tx, g)
		if err != nil {
			return nil, err
		}
		for _, r := range held {
			all[key{unit: r.Mailbox, group: g, relation: r.Relation.String()}] = now{r.ID, r.Version, r.From, r.To}
		}
	}
	return all, nil
}

// plan works out what lines come to. What a list has wrong is noted with its line;
// elsewhere the first thing wrong is the answer.
func (s *side) plan(lines []line) (Plan, error) {
	var plan Plan
	managed, err := s.managed()
	if err != nil {
		return plan, err
	}
	names, err := s.names(lines)
	if err != nil {
		return plan, err
	}
	was, err := s.stored(lines)
	if err != nil {
		return plan, err
	}
	asked := map[key]bool{}
	units := map[post.PartyID]bool{}
	for _, l := range lines {
		code := s.wrong(l, managed, names)
		if code == "" && asked[l.key()] {
			code = CodeTwice
		}
		asked[l.key()] = true
		if code == "" {
			units[l.Unit] = true
			continue
		}
		if l.At == 0 {
			return plan, errs.Invalid(code, fieldOf[code], "this change cannot be made")
		}
		plan.Problems = append(plan.Problems, Problem{Line: l.At, Code: code})
	}
	plan.Units = len(units)
	if len(plan.Problems) > 0 {
		return plan, nil
	}
	for _, l := range lines {
		step, same := s.step(l, was)
		if same {
			plan.Same++
			continue
		}
		plan.add(step, managed, names)
		if l.Relation != access.Administrator.String() || step.Do != Give && !over(was[l.key()], s.tx.Now) {
			continue
		}
		for _, more := range rights.WithAdministrator { // whoever becomes an administrator reads from then on
			with := l
			with.Relation = more.String()
			if asked[with.key()] {
				continue
			}
			if _, has := was[with.key()]; has && !over(was[with.key()], s.tx.Now) {
				continue
			}
			if step, same := s.step(with, was); !same {
				step.Automatic = true
				plan.add(step, managed, names)
			}
		}
	}
	plan.sort()
	return plan, nil
}

func over(n now, at time.Time) bool {
	return n.id != post.UUID{} && rights.Right{To: n.to}.Over(at)
}

// fieldOf names the field of the API that a code is about.
var fieldOf = map[string]string{CodeNobody: "granteeId", CodeEmployer: "granteeId", CodeUnit: "scopeId", CodeRelation: "type", CodeDays: "activeToDateTime", CodeTwice: "type"}

// wrong is the code of what is wrong with a line, "" for nothing.
func (s *side) wrong(l line, managed map[post.PartyID]Unit, names map[key]name) string {
	relation, err := access.ParseRelation(l.Relation)
	n, known := names[l.named()]
	_, manages := managed[l.Unit]
	switch {
	case !manages:
		return CodeUnit
	case err != nil || relation&employees == 0:
		return CodeRelation
	case l.Take: // what is gone may be taken
		return ""
	case l.Group == post.UUID{} && (!known || !n.employed):
		return CodeNobody
	case l.Group == post.UUID{} && !slices.Contains(s.employers(l.Unit), l.Employer):
		return CodeEmployer
	case l.To != 0 && (l.To < l.From || !s.tx.Now.Before(l.ends())):
		return CodeDays
	}
	return ""
}

func (s *side) step(l line, was map[key]now) (step Step, same bool) {
	old, there := was[l.key()]
	step = Step{Do: Give, Line: l.At, line: l, id: old.id, version: old.version}
	step.Relation, _ = access.ParseRelation(l.Relation) // wrong has read it
	if l.Take {
		step.Do, step.From, step.To = End, old.from, old.to
		return step, !there
	}
	step.From, step.To = l.begins(s.tx.Now), l.ends()
	if !there {
		return step, false
	}
	step.Do = Alter
	begun := old.from.IsZero() || !s.tx.Now.Before(old.from)
	return step, step.To.Equal(old.to) && (step.From.Equal(old.from) || step.From.IsZero() && begun)
}

// name is who a line is about.
type name struct {
	text, number string
	employed     bool
}

// named is what a line's name is found by.
func (l line) named() key { return key{who: who{l.Employer, l.Person}, group: l.Group} }

func (s *side) names(lines []line) (map[key]name, error) {
	names := map[key]name{}
	people := map[post.PartyID][]post.PartyID{}
	for _, l := range lines {
		k := l.named()
		if _, seen := names[k]; seen {
			continue
		}
		names[k] = name{}
		if l.Group == (post.UUID{}) {
			people[l.Employer] = append(people[l.Employer], l.Person)
			continue
		}
		g, err := s.rights.Group(s.tx, l.Group)
		if err != nil {
			return nil, err
		}
		names[k] = name{text: g.Name}
	}
	for employer, ids := range people {
		members, err := s.registry.MembersAmong(s.tx, employer, ids)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			names[key{who: who{employer, m.Person}}] = name{m.Name, m.Number, m.Employed}
		}
	}
	return names, nil
}

func (p *Plan) add(step Step, managed map[post.PartyID]Unit, names map[key]name) {
	n := names[step.named()]
	step.Unit, step.Name, step.Number = managed[step.line.Unit], n.text, n.number
	p.Steps = append(p.Steps, step)
}

// sort puts steps in the order of their units, so that changes that meet lock them in
// the same order, and names the whole.
func (p *Plan) sort() {
	slices.SortStableFunc(p.Steps, func(a, b Step) int { return cmp.Compare(a.line.Unit, b.line.Unit) })
	sum := sha256.New()
	for _, s := range p.Steps {
		fmt.Fprintln(sum, s.Do, s.line.Unit, s.line.Employer, s.line.Person, s.line.Group, s.Relation, s.From.Unix(), s.To.Unix(), s.version)
	}
	p.Digest = hex.EncodeToString(sum.Sum(nil)[:16])
}

// carry makes the steps.
func (s *side) carry(plan Plan) error {
	administered := map[post.PartyID]bool{}
	for _, step := range plan.Steps {
		if step.Relation == access.Administrator {
			administered[step.line.Unit] = true
		}
	}
	return s.guard(slices.Collect(maps.Keys(administered)), func() error {
		giving := s.rights.Giving(s.tx, s.actor)
		for _, step := range plan.Steps {
			if err := s.do(step, giving); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *side) do(step Step, giving *rights.Giving) error {
	via := step.Unit.Via
	grouped := step.Group != post.UUID{}
	var err error
	switch {
	case step.Do == Give && grouped:
		_, err = s.rights.GiveGroup(s.tx, s.actor, via, rights.GroupRight{Group: step.Group, Mailbox: step.line.Unit, Relation: step.Relation, From: step.From, To: step.To})
	case step.Do == Give:
		_, err = giving.Give(via, rights.Right{Mailbox: step.line.Unit, Holder: step.Person, Organisation: step.Employer, Relation: step.Relation, From: step.From, To: step.To})
	case step.Do == Alter && grouped:
		_, err = s.rights.ChangeGroup(s.tx, s.actor, via, step.id, step.version, step.From, step.To)
	case step.Do == Alter:
		_, err = s.rights.Change(s.tx, s.actor, via, step.id, step.version, func(r *rights.Right) { r.From, r.To = step.From, step.To })
	case grouped:
		_, err = s.rights.EndGroup(s.tx, s.actor, via, step.id, step.version)
	default:
		_, err = s.rights.End(s.tx, s.actor, via, step.id, step.version)
	}
	return err
}
