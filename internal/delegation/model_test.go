package delegation_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// model says who may read what, in as few words as can be. It knows no database, no
// rows and no jobs: only what people have said to each other, and what day it is.
type model struct {
	now      func() time.Time
	dead     map[post.PartyID]bool // persons, and companies that have ceased
	agreed   map[pair]term         // owner, helper
	waiting  map[post.UUID]wish
	employed map[pair]bool // company, person
	signs    map[pair]bool
	work     map[pair]term // an employee's right: company, person
}

type pair [2]post.PartyID

// term is a right until its end; the zero time is never.
type term struct {
	relation access.Relation
	end      time.Time
}

type wish struct {
	pair  // owner, helper
	asker post.PartyID
	term
	answer time.Time
}

// reads is by which right somebody who logs in, for a company or for themself, reads
// a mailbox; 0 is by none.
func (m *model) reads(person, company, owner post.PartyID) access.Relation {
	switch {
	case m.dead[person] || m.dead[owner]:
		return 0
	case company == 0 && person == owner:
		return access.Owner
	case company == 0 && m.signs[pair{owner, person}]:
		return access.Signatory
	case company == 0:
		return m.in(m.agreed[pair{owner, person}])
	case !m.employed[pair{company, person}]:
		return 0
	case company == owner && m.signs[pair{owner, person}]:
		return access.Signatory
	case company == owner:
		return m.in(m.work[pair{owner, person}])
	}
	return 0
}

func (m *model) in(t term) access.Relation {
	if !t.end.IsZero() && !m.now().Before(t.end) {
		return 0
	}
	return t.relation
}

func (m *model) die(p post.PartyID) {
	m.dead[p] = true
	gone := func(of pair) bool { return of[0] == p || of[1] == p }
	maps.DeleteFunc(m.agreed, func(of pair, _ term) bool { return gone(of) })
	maps.DeleteFunc(m.waiting, func(_ post.UUID, w wish) bool { return gone(w.pair) })
}

// play is the model and the program, to which the same things happen.
type play struct {
	*world.World
	model
	t         *testing.T
	random    *rand.Rand
	people    []registry.Party
	companies []registry.Party
	boxes     map[post.PartyID]post.UUID
	// program is what a process has: a restart makes it anew.
	boxesOf *mailbox.Mailboxes
	deleg   *delegation.Delegations
	held    *rights.Rights
	said    []string
}

func (p *play) note(format string, args ...any) {
	p.said = append(p.said, fmt.Sprintf(format, args...))
}

// restart forgets all that a process has in memory, and goes on with the database as
// another process sees it.
func (p *play) restart() {
	d := testkit.Second(p.t, p.DB)
	d.Now = p.Clock.Now
	people := registry.New(d, p.Keys)
	p.held = rights.New(people)
	p.boxesOf = mailbox.New(d, p.Keys, p.Blobs, people, p.held)
	p.deleg = delegation.New(delegation.Config{DB: d, Keys: p.Keys, Registry: people, Rights: p.held, Mailboxes: p.boxesOf, Intake: p.Intake})
}

func (p *play) anyone() registry.Party { return p.people[p.random.IntN(len(p.people))] }

// days is the last day of a new right: today, soon, around a change of the clock, or
// none.
func (p *play) days() time.Time {
	if p.random.IntN(3) == 0 {
		return time.Time{}
	}
	return post.Today(p.Clock.Now()).AddDate(0, 0, p.random.IntN(40))
}

func endOf(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return post.StartOfDay(day.AddDate(0, 0, 1).Date()).UTC()
}

var kinds = []access.Relation{access.Reader, access.Writer}

// request has one offer another access, or ask for it.
func (p *play) request(gives bool) {
	me, other, day, relation := p.anyone(), p.anyone(), p.days(), kinds[p.random.IntN(2)]
	cpr, err := p.Registry.CPR(other)
	if err != nil {
		p.t.Fatal(err)
	}
	first, last, _ := strings.Cut(other.Name, " ")
	terms := delegation.Terms{FirstName: first, LastName: last, CPR: cpr, Relation: relation, LastDay: day}
	ask, of := p.deleg.Ask, pair{other.ID, me.ID}
	if gives {
		ask, of = p.deleg.Give, pair{me.ID, other.ID}
	}
	a, err := ask(p.t.Context(), world.Actor(me), p.boxes[me.ID], terms)
	p.note("%d asks for %s of %v until %v: %v", me.ID, relation, of, day, err)
	if err == nil {
		for id, w := range p.waiting { // one at a time, whatever it is
			if w.pair == of {
				delete(p.waiting, id)
			}
		}
		p.waiting[a.ID] = wish{of, me.ID, term{relation, endOf(day)}, a.Answer}
	}
}

// answer has somebody say yes or no to something that waits, mostly who should.
func (p *play) answer() {
	for id, w := range p.waiting {
		who := w.pair[0]
		if w.asker == who {
			who = w.pair[1]
		}
		if p.random.IntN(4) == 0 {
			who = p.anyone().ID
		}
		yes := p.random.IntN(3) > 0
		_, err := p.deleg.Answer(p.t.Context(), p.actor(who), p.boxes[who], id, 0, yes)
		p.note("%d answers %v to %v: %v", who, yes, w, err)
		mayAnswer := who != w.asker && (who == w.pair[0] || who == w.pair[1]) && p.now().Before(w.answer)
		switch {
		case err == nil && !mayAnswer:
			p.t.Errorf("somebody who may not has answered")
		case err == nil && yes:
			p.agreed[w.pair] = w.term
			fallthrough
		case err == nil:
			delete(p.waiting, id)
		}
		return
	}
}

// remove has one side, or somebody else, end what is agreed or take back what waits.
func (p *play) remove() {
	me := p.anyone()
	if p.random.IntN(4) > 0 {
		for of := range p.agreed {
			me = p.party(of[p.random.IntN(2)])
			break
		}
	}
	lists, err := p.deleg.List(p.t.Context(), world.Actor(me), p.boxes[me.ID])
	if err != nil {
		return
	}
	for _, a := range append(lists.Others, lists.Mine...) {
		if p.random.IntN(2) == 0 {
			continue
		}
		_, err := p.deleg.Remove(p.t.Context(), world.Actor(me), p.boxes[me.ID], a.ID, a.Version)
		p.note("%d removes %v %s: %v", me.ID, pair{a.Owner, a.Helper}, a.Status, err)
		if err == nil && !a.Request {
			delete(p.agreed, pair{a.Owner, a.Helper})
		}
		if err == nil && a.Request {
			delete(p.waiting, a.ID)
		}
		return
	}
}

// change has an owner change what they have given.
func (p *play) change() {
	me := p.anyone()
	lists, err := p.deleg.List(p.t.Context(), world.Actor(me), p.boxes[me.ID])
	if err != nil {
		return
	}
	all := append(lists.Others, lists.Mine...)
	if len(all) == 0 {
		return
	}
	a, day, relation := all[p.random.IntN(len(all))], p.days(), kinds[p.random.IntN(2)]
	_, err = p.deleg.Change(p.t.Context(), world.Actor(me), p.boxes[me.ID], a.ID, a.Version, delegation.Change{Relation: relation, LastDay: day, Forever: day.IsZero()})
	p.note("%d changes %v to %s until %v: %v", me.ID, pair{a.Owner, a.Helper}, relation, day, err)
	if err == nil {
		p.agreed[pair{a.Owner, a.Helper}] = term{relation, endOf(day)}
	}
}

// register has the registers tell something: somebody dies, or is alive after all,
// begins or leaves work, signs or does not any more, a company ceases.
func (p *play) register() {
	person, company := p.anyone(), p.companies[p.random.IntN(len(p.companies))]
	of := pair{company.ID, person.ID}
	switch n := p.random.IntN(12); {
	case n == 0:
		p.note("%d dies", person.ID)
		p.Status(person, registry.Dead)
		p.die(person.ID)
	case n < 4:
		p.note("%d is alive", person.ID)
		p.Status(person, registry.Alive)
		p.dead[person.ID] = false
	case n == 4 && !p.dead[company.ID]:
		p.note("%d ceases", company.ID)
		p.Status(company, registry.Closed)
		p.dead[company.ID] = true
	default:
		p.employed[of], p.signs[of] = p.random.IntN(3) > 0, p.random.IntN(4) == 0
		p.note("%v works: %v, signs: %v", of, p.employed[of], p.signs[of])
		if !p.employed[of] { // whoever comes back is given rights anew
			delete(p.work, of)
		}
		p.Member(company, person, func(r *registry.Record) { r.Employed, r.Signs = p.employed[of], p.signs[of] })
	}
}

// employ has a company give an employee a right, or end it.
func (p *play) employ() {
	person, company, day := p.anyone(), p.companies[p.random.IntN(len(p.companies))], p.days()
	of := pair{company.ID, person.ID}
	if !p.employed[of] {
		return // rights ends what they had when they left
	}
	err := p.DB.Update(p.t.Context(), func(tx *db.Tx) error {
		all, err := p.held.Of(tx, person.ID, company.ID)
		if err != nil {
			return err
		}
		for _, r := range all {
			if _, err := p.held.End(tx, post.Program, access.Administrator, r.ID, 0); err != nil {
				return err
			}
		}
		if len(all) > 0 {
			return nil
		}
		_, err = p.held.Give(tx, post.Program, access.Administrator, rights.Right{Mailbox: company.ID, Holder: person.ID, Organisation: company.ID, Relation: access.EmployeeBasic, To: endOf(day)})
		return err
	})
	p.note("the right of %v is turned, until %v: %v", of, day, err)
	if _, there := p.work[of]; there && err == nil {
		delete(p.work, of)
	} else if err == nil {
		p.work[of] = term{access.EmployeeBasic, endOf(day)}
	}
}

// pass lets time pass: a little, some days, or to the very moment at which a right
// ends, or the microsecond before it.
func (p *play) pass() {
	to := p.now().Add(time.Duration(p.random.Int64N(int64(10 * 24 * time.Hour))))
	for _, t := range p.agreed {
		if p.random.IntN(2) == 0 && t.end.After(p.now()) {
			to = t.end.Add(-time.Duration(p.random.IntN(2)) * time.Microsecond)
		}
	}
	p.note("it is %v", to)
	p.Clock.Set(to)
}

func (p *play) actor(id post.PartyID) post.Actor { return world.Actor(registry.Party{ID: id}) }

func (p *play) party(id post.PartyID) registry.Party {
	i := slices.IndexFunc(p.people, func(one registry.Party) bool { return one.ID == id })
	return p.people[i]
}

// compare asks the program about everybody and every mailbox.
func (p *play) compare() bool {
	for _, person := range p.people {
		for _, company := range append([]registry.Party{{}}, p.companies...) {
			actor := world.Actor(person)
			if company.ID != 0 {
				actor = world.Employee(person, company)
			}
			list, err := p.boxesOf.List(p.t.Context(), actor)
			if err != nil {
				p.t.Fatal(err)
			}
			listed := map[post.PartyID]mailbox.Mailbox{}
			for _, b := range list {
				listed[b.ID] = b
			}
			for owner, box := range p.boxes {
				want := p.reads(person.ID, company.ID, owner)
				page, err := p.boxesOf.Messages(p.t.Context(), actor, box, mailbox.Query{})
				got := page.Mailbox.Via
				if err != nil {
					got = 0
				}
				if got != want || listed[owner].Via != want || want != 0 && len(page.Messages) == 0 {
					p.t.Errorf("%d for %d reads %d: %q, listed %q, with %d letters; the model says %q", person.ID, company.ID, owner, got, listed[owner].Via, len(page.Messages), want)
				}
			}
		}
	}
	return !p.t.Failed()
}

// Whatever people, companies, registers, clocks and restarts do, in whatever order,
// the program and the model agree on who reads what (ACC-01 to ACC-10, ORG-01,
// ORG-03, REG-04). DIGITALPOST_SOAK_STEPS=n plays so many
// steps more, each time others.
func TestModel(t *testing.T) {
	steps := 150
	if more, err := strconv.Atoi(os.Getenv("DIGITALPOST_SOAK_STEPS")); err == nil {
		steps += more
	}
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		seed := uint64(2026)
		if os.Getenv("DIGITALPOST_SOAK_STEPS") != "" {
			seed = rand.Uint64()
		}
		p := &play{World: world.New(t, d), t: t, random: rand.New(rand.NewPCG(seed, 11)), boxes: map[post.PartyID]post.UUID{}}
		p.model = model{p.Clock.Now, map[post.PartyID]bool{}, map[pair]term{}, map[post.UUID]wish{}, map[pair]bool{}, map[pair]bool{}, map[pair]term{}}
		for i := range 4 {
			p.people = append(p.people, p.Person(fmt.Sprintf("Person%c", 'A'+i), 30+i, nil))
		}
		p.companies = []registry.Party{p.Company("Et ApS"), p.Company("To ApS")}
		for _, owner := range append(slices.Clone(p.people), p.companies...) {
			p.Deliver(p.Operator, owner, nil)
		}
		p.Update(func(tx *db.Tx) error {
			rows, err := tx.Query("SELECT id, uuid FROM mailbox")
			_, err = db.Collect(rows, err, func(rows *db.Rows) (struct{}, error) {
				var id post.PartyID
				var box post.UUID
				err := rows.Scan(&id, &box)
				p.boxes[id] = box
				return struct{}{}, err
			})
			return err
		})
		delete(p.boxes, p.Operator.ID)
		p.restart()
		p.Clock.Set(post.StartOfDay(2026, time.October, 10)) // the clocks change on the 25th
		for range steps {
			switch n := p.random.IntN(20); {
			case n < 3:
				p.request(true)
			case n < 6:
				p.request(false)
			case n < 10:
				p.answer()
			case n < 12:
				p.remove()
			case n < 13:
				p.change()
			case n < 15:
				p.register()
			case n < 16:
				p.employ()
			case n < 18:
				p.pass()
			case n < 19:
				p.restart()
			default:
				p.note("jobs run")
				p.Work()
			}
			if !p.compare() {
				t.Fatalf("seed %d:\n%s", seed, strings.Join(p.said[max(0, len(p.said)-40):], "\n"))
			}
		}
		if len(p.said) < steps/2 {
			t.Errorf("%d things happened in %d steps", len(p.said), steps)
		}
	})
}
