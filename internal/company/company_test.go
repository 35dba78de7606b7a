package company_test

import (
	"slices"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// firm is a company with somebody who signs for it alone and three employees, none of
// whom has a right yet.
type firm struct {
	*world.World
	company          registry.Party
	boss             registry.Party
	anna, bo, cecile registry.Party
}

func start(t *testing.T, d *db.DB) *firm {
	w := world.New(t, d)
	f := &firm{World: w, company: w.Company("Firma ApS"), boss: w.Person("Bodil", 50, nil),
		anna: w.Person("Anna", 40, nil), bo: w.Person("Bo", 41, nil), cecile: w.Person("Cecilie", 42, nil)}
	w.Deliver(w.Operator, f.company, nil)
	w.Member(f.company, f.boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	for i, p := range []registry.Party{f.anna, f.bo, f.cecile} {
		w.Member(f.company, p, func(r *registry.Record) {
			r.Number, r.Department = []string{"1001", "1002", "1003"}[i], []string{"Salg", "Salg", "Lager"}[i]
		})
	}
	return f
}

// at is an employee who logged in at the rights portal.
func (f *firm) at(p registry.Party) post.Actor {
	a := world.Employee(p, f.company)
	a.Platform = post.PlatformRights
	return a
}

// signs is the signatory there, with their private log-in.
func (f *firm) signs() post.Actor {
	a := world.Actor(f.boss)
	a.Platform = post.PlatformRights
	return a
}

func (f *firm) employee(p registry.Party) (m registry.Member) {
	f.T.Helper()
	f.Update(func(tx *db.Tx) (err error) { m, err = f.Registry.Member(tx, f.company.ID, p.ID); return err })
	return m
}

func (f *firm) set(by post.Actor, p registry.Party, change company.Change) (company.Plan, error) {
	f.T.Helper()
	if change.Units == nil {
		change.Units = []post.UUID{f.company.UUID}
	}
	if change.Group == (post.UUID{}) {
		change.Employee = f.employee(p).UUID
	}
	return f.Companies.Set(f.T.Context(), by, change)
}

func (f *firm) must(by post.Actor, p registry.Party, change company.Change) company.Plan {
	f.T.Helper()
	plan, err := f.set(by, p, change)
	if err != nil {
		f.T.Fatal(err)
	}
	return plan
}

func give(all ...access.Relation) company.Change { return company.Change{Give: all} }
func take(all ...access.Relation) company.Change { return company.Change{Take: all} }

// has is what somebody has to the firm's post, as its administrator sees it.
func (f *firm) has(by post.Actor, p registry.Party) (all []access.Relation) {
	f.T.Helper()
	_, person, _, err := f.Companies.Person(f.T.Context(), by, f.company.UUID, f.employee(p).UUID)
	if err != nil {
		f.T.Fatal(err)
	}
	for _, h := range person.Rights {
		all = append(all, h.Relation)
	}
	return all
}

// sees tells that an employee who logs in at virk.dk is shown a company's post.
func (f *firm) sees(p, of registry.Party) bool {
	f.T.Helper()
	boxes, err := f.Mailboxes.List(f.T.Context(), world.Employee(p, f.company))
	if err != nil {
		f.T.Fatal(err)
	}
	return slices.ContainsFunc(boxes, func(b mailbox.Mailbox) bool { return b.ID == of.ID })
}

func code(t *testing.T, what string, err error, want string) {
	t.Helper()
	if errs.CodeOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// A rights administrator sees all employees, and gives and removes their rights,
// which hold at once (ORG-01).
func TestRightsAreGivenAndRemoved(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		if f.sees(f.bo, f.company) {
			t.Fatal("before the right")
		}
		f.must(by, f.bo, give(access.EmployeeBasic, access.EmployeeWrite))
		if !f.sees(f.bo, f.company) {
			t.Error("not in force")
		}
		again := f.must(by, f.bo, give(access.EmployeeBasic, access.EmployeeWrite))
		if len(again.Steps) != 0 || again.Same != 2 {
			t.Errorf("twice is not once: %+v", again)
		}
		for name, q := range map[string]struct {
			company.PeopleQuery
			want []string
		}{
			"everybody":       {company.PeopleQuery{}, []string{"Anna Prøvesen", "Bo Prøvesen", "Bodil Prøvesen", "Cecilie Prøvesen"}},
			"by number":       {company.PeopleQuery{Text: "1003"}, []string{"Cecilie Prøvesen"}},
			"by words":        {company.PeopleQuery{Text: "prøvesen CEC"}, []string{"Cecilie Prøvesen"}},
			"by department":   {company.PeopleQuery{Department: "Salg"}, []string{"Anna Prøvesen", "Bo Prøvesen"}},
			"with a right":    {company.PeopleQuery{Filter: company.WithRight}, []string{"Anna Prøvesen", "Bo Prøvesen", "Bodil Prøvesen"}},
			"without":         {company.PeopleQuery{Filter: company.Without}, []string{"Cecilie Prøvesen"}},
			"by right":        {company.PeopleQuery{Filter: "employee.write"}, []string{"Bo Prøvesen"}},
			"the second page": {company.PeopleQuery{Page: 2, Size: 3}, []string{"Cecilie Prøvesen"}},
			"after the last":  {company.PeopleQuery{Page: 9, Size: 3}, nil},
		} {
			if q.Size == 0 {
				q.Size = 50
			}
			found, err := f.Companies.People(t.Context(), by, f.company.UUID, q.PeopleQuery)
			var names []string
			for _, p := range found.Page {
				names = append(names, p.Name)
			}
			if err != nil || !slices.Equal(names, q.want) || found.Total != 4 || !slices.Equal(found.Departments, []string{"Lager", "Salg"}) {
				t.Errorf("%s: %v %+v", name, err, names)
			}
		}
		f.must(by, f.bo, take(access.EmployeeBasic, access.EmployeeWrite, access.EmployeeAdvanced))
		if f.sees(f.bo, f.company) {
			t.Error("it holds after it was taken")
		}
		log, err := f.Companies.Log(t.Context(), by, f.company.UUID, post.UUID{}, 50)
		if err != nil || len(log) != 3+2+2 || log[0].Who.Name != "Anna Prøvesen" || log[0].Other.Name != "Bo Prøvesen" || log[0].Change == "" || log[0].Platform != post.PlatformRights {
			t.Errorf("%v %+v", err, log)
		}
	})
}

// A right begins on its first and ends with its last day, Danish time (ACC-01).
func TestDays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		today := post.Today(f.Clock.Now())
		change := give(access.EmployeeBasic)
		change.From, change.To = today.AddDate(0, 0, 1), today.AddDate(0, 0, 2)
		f.must(f.signs(), f.bo, change)
		for i, c := range []struct {
			at   time.Time
			sees bool
		}{
			{f.Clock.Now(), false},
			{post.StartOfDay(change.From.Date()).Add(-time.Second), false},
			{post.StartOfDay(change.From.Date()), true},
			{post.StartOfDay(change.To.AddDate(0, 0, 1).Date()).Add(-time.Second), true},
			{post.StartOfDay(change.To.AddDate(0, 0, 1).Date()), false},
		} {
			f.Clock.Set(c.at)
			if f.sees(f.bo, f.company) != c.sees {
				t.Errorf("%d: sees %v", i, !c.sees)
			}
		}
		again := give(access.EmployeeBasic) // one whose last day is over is given anew
		if plan := f.must(f.signs(), f.bo, again); plan.Count(company.Alter) != 1 || !f.sees(f.bo, f.company) {
			t.Errorf("%+v", plan)
		}
		for name, c := range map[string]company.Change{
			"over":            {Give: change.Give, To: today},
			"before it began": {Give: change.Give, From: today.AddDate(0, 1, 0), To: today.AddDate(0, 0, 20)},
		} {
			_, err := f.set(f.signs(), f.bo, c)
			code(t, name, err, company.CodeDays)
		}
	})
}

// The signatory is administrator until others are named. Who is named reads from then
// on, too (facts 5.2).
func TestSignatoryUntilOthersAreNamed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		units, err := f.Companies.Units(t.Context(), f.signs())
		if err != nil || len(units) != 1 || units[0].ID != f.company.ID || units[0].Via != access.Signatory || units[0].Administered {
			t.Fatal(err, units)
		}
		plan := f.must(f.signs(), f.anna, give(access.Administrator))
		if len(plan.Steps) != 3 || plan.Steps[0].Automatic || !plan.Steps[1].Automatic {
			t.Errorf("%+v", plan)
		}
		if got := f.has(f.at(f.anna), f.anna); !slices.Equal(got, []access.Relation{access.EmployeeBasic, access.EmployeeAdvanced, access.Administrator}) {
			t.Errorf("a new administrator has %v", got)
		}
		if units, err = f.Companies.Units(t.Context(), f.signs()); err != nil || len(units) != 0 {
			t.Error("the signatory still administers", units, err)
		}
		_, err = f.set(f.signs(), f.bo, give(access.EmployeeBasic))
		code(t, "the signatory", err, "access.not.covered")
		f.must(f.at(f.anna), f.anna, take(access.EmployeeBasic, access.EmployeeAdvanced)) // they may be taken
		if got := f.has(f.at(f.anna), f.anna); !slices.Equal(got, []access.Relation{access.Administrator}) {
			t.Error(got)
		}
		f.Member(f.company, f.anna, func(r *registry.Record) { r.Employed = false }) // she leaves
		if units, err = f.Companies.Units(t.Context(), f.signs()); err != nil || len(units) != 1 {
			t.Error("nobody administers", err)
		}
		if units, err = f.Companies.Units(t.Context(), f.at(f.anna)); err != nil || len(units) != 0 {
			t.Error("who has left administers", units, err)
		}
	})
}

// The last administrator without an end date stays, whatever way one tries (ORG-01).
func TestLastAdministratorStays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		ctx := t.Context()
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		dated := give(access.Administrator)
		dated.To = post.Today(f.Clock.Now()).AddDate(0, 1, 0)
		later := give(access.Administrator)
		later.From = post.Today(f.Clock.Now()).AddDate(0, 1, 0)
		tries := func(when string) {
			t.Helper()
			_, err := f.set(by, f.anna, take(access.Administrator))
			code(t, when+", removed", err, company.CodeLast)
			_, err = f.set(by, f.anna, dated)
			code(t, when+", given an end", err, company.CodeLast)
			_, err = f.set(by, f.anna, later)
			code(t, when+", put off", err, company.CodeLast)
			id, err := f.Companies.Prepare(ctx, by, company.Change{Units: []post.UUID{f.company.UUID}, Employee: f.employee(f.anna).UUID, Take: []access.Relation{access.Administrator}})
			if err != nil {
				t.Fatal(err)
			}
			plan, err := f.Companies.Draft(ctx, by, id)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Companies.Apply(ctx, by, id, plan.Digest)
			code(t, when+", prepared", err, company.CodeLast)
		}
		tries("alone")
		f.must(by, f.bo, dated) // one with an end date does not count
		tries("beside one with an end date")
		f.must(by, f.cecile, later)
		tries("beside one who has not begun")

		// An administrator by a group counts, and is as hard to lose.
		g, err := f.Companies.MakeGroup(ctx, by, f.company.UUID, "Administratorer")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Companies.Join(ctx, by, g.ID, []post.UUID{f.employee(f.bo).UUID}); err != nil {
			t.Fatal(err)
		}
		f.must(by, f.bo, company.Change{Group: g.ID, Give: []access.Relation{access.Administrator}})
		f.must(by, f.anna, take(access.Administrator))
		by = f.at(f.bo)
		whole, err := f.Companies.Group(ctx, by, g.ID)
		if err != nil || len(whole.Members) != 1 || len(whole.Rights) != 3 {
			t.Fatal(err, whole)
		}
		code(t, "the last leaves the group", f.Companies.Part(ctx, by, g.ID, whole.Members[0].ID), company.CodeLast)
		code(t, "the group ends", f.Companies.DropGroup(ctx, by, g.ID, 0), company.CodeLast)
		_, err = f.set(by, f.bo, company.Change{Group: g.ID, Take: []access.Relation{access.Administrator}})
		code(t, "the group's right ends", err, company.CodeLast)
		f.must(by, f.anna, give(access.Administrator))
		if err := f.Companies.DropGroup(ctx, f.at(f.anna), g.ID, 0); err != nil {
			t.Error(err)
		}
	})
}

// Two administrators who remove each other at once do not both succeed.
func TestTwoRemoveEachOtherAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		f.must(f.signs(), f.anna, give(access.Administrator))
		for range 5 {
			f.must(f.last(), f.anna, give(access.Administrator))
			f.must(f.last(), f.bo, give(access.Administrator))
			done := make(chan error, 2)
			ids := map[post.PartyID]post.UUID{f.anna.ID: f.employee(f.anna).UUID, f.bo.ID: f.employee(f.bo).UUID}
			for _, pair := range [][2]registry.Party{{f.anna, f.bo}, {f.bo, f.anna}} {
				go func() {
					_, err := f.Companies.Set(t.Context(), f.at(pair[0]), company.Change{Units: []post.UUID{f.company.UUID}, Employee: ids[pair[1].ID], Take: []access.Relation{access.Administrator}})
					done <- err
				}()
			}
			first, second := <-done, <-done
			if (first == nil) == (second == nil) {
				t.Fatalf("%v and %v", first, second)
			}
		}
	})
}

// last is the one of Anna and Bo who administers.
func (f *firm) last() post.Actor {
	f.T.Helper()
	for _, p := range []registry.Party{f.anna, f.bo} {
		if units, err := f.Companies.Units(f.T.Context(), f.at(p)); err == nil && len(units) == 1 {
			return f.at(p)
		}
	}
	f.T.Fatal("nobody administers")
	return post.Actor{}
}

// A change for many units is made in all or in none, by who administers each (ORG-01).
func TestManyUnitsAllOrNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		units := []post.UUID{f.company.UUID}
		var others []registry.Party
		for _, name := range []string{"Afdeling Nord", "Afdeling Syd", "Afdeling Øst"} {
			unit := f.Company(name)
			f.Deliver(f.Operator, unit, nil)
			f.Give(rights.Right{Mailbox: unit.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.Administrator})
			others, units = append(others, unit), append(units, unit.UUID)
		}
		all, err := f.Companies.Units(t.Context(), by)
		if err != nil || len(all) != 4 || all[0].Name != "Afdeling Nord" || all[3].Name != "Firma ApS" {
			t.Fatal(err, all)
		}
		foreign := f.Company("En anden ApS")
		f.Deliver(f.Operator, foreign, nil)
		_, err = f.set(by, f.bo, company.Change{Units: append(slices.Clone(units), foreign.UUID), Give: []access.Relation{access.EmployeeWrite}})
		code(t, "with one that is not theirs", err, access.CodeNotFound)
		for _, unit := range append(others, f.company) {
			if f.sees(f.bo, unit) {
				t.Error("half of it was done:", unit.Name)
			}
		}
		plan := f.must(by, f.bo, company.Change{Units: units, Give: []access.Relation{access.EmployeeWrite}})
		if plan.Count(company.Give) != 4 || plan.Units != 4 {
			t.Errorf("%+v", plan)
		}
		for _, unit := range append(others, f.company) {
			if !f.sees(f.bo, unit) {
				t.Error("not given:", unit.Name)
			}
		}
		// One of them would lose its last administrator: nothing is taken anywhere.
		_, err = f.set(by, f.anna, company.Change{Units: units, Take: []access.Relation{access.Administrator}})
		code(t, "the last of each", err, company.CodeLast)
		if all, err = f.Companies.Units(t.Context(), by); err != nil || len(all) != 4 {
			t.Error(err, all)
		}
	})
}

// Who leaves loses all at once, and gets nothing back by being employed again.
func TestEmployeeLeaves(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		ctx := t.Context()
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		f.must(by, f.bo, give(access.EmployeeBasic))
		g, err := f.Companies.MakeGroup(ctx, by, f.company.UUID, "Posten")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Companies.Join(ctx, by, g.ID, []post.UUID{f.employee(f.bo).UUID, f.employee(f.cecile).UUID}); err != nil {
			t.Fatal(err)
		}
		f.must(by, f.bo, company.Change{Group: g.ID, Give: []access.Relation{access.EmployeeWrite}})
		if !f.sees(f.bo, f.company) || !f.sees(f.cecile, f.company) {
			t.Fatal("not in force")
		}
		leaver := f.employee(f.bo)
		employ := func(yes bool) {
			f.Member(f.company, f.bo, func(r *registry.Record) { r.Employed, r.Number = yes, leaver.Number })
		}
		employ(false)
		if f.sees(f.bo, f.company) || !f.sees(f.cecile, f.company) {
			t.Error("the wrong one has left")
		}
		found, err := f.Companies.People(ctx, by, f.company.UUID, company.PeopleQuery{Size: 50})
		if err != nil || found.Total != 3 {
			t.Error(err, found.Total)
		}
		_, err = f.Companies.Set(ctx, by, company.Change{Units: []post.UUID{f.company.UUID}, Employee: leaver.UUID, Give: []access.Relation{access.EmployeeBasic}})
		code(t, "given to who has left", err, company.CodeNobody)
		code(t, "put into a group", f.Companies.Join(ctx, by, g.ID, []post.UUID{leaver.UUID}), company.CodeNobody)
		employ(true)
		if f.sees(f.bo, f.company) || len(f.has(by, f.bo)) != 0 {
			t.Error("a right came back by itself")
		}
	})
}

// What a group has, each in it has from that moment and as long as they are in it;
// an open page or stream is told (ORG-01).
func TestGroupReachesOpenStreams(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		ctx := t.Context()
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		g, err := f.Companies.MakeGroup(ctx, by, f.company.UUID, " Posten  i Nord ")
		if err != nil || g.Name != "Posten i Nord" {
			t.Fatal(err, g)
		}
		_, err = f.Companies.MakeGroup(ctx, by, f.company.UUID, "posten i nord")
		code(t, "the same name", err, rights.CodeGroupName)
		for _, name := range []string{"Nord\x00vest", "Nord\xff", "Nord\x1b[2J"} {
			_, err = f.Companies.MakeGroup(ctx, by, f.company.UUID, name)
			code(t, "what is no text", err, rights.CodeGroupName)
		}
		f.must(by, f.bo, company.Change{Group: g.ID, Give: []access.Relation{access.EmployeeBasic}})
		if err := f.Companies.Join(ctx, by, g.ID, []post.UUID{f.employee(f.bo).UUID}); err != nil {
			t.Fatal(err)
		}
		_, err = f.Companies.JoinOne(ctx, by, g.ID, f.employee(f.bo).UUID)
		code(t, "in it already", err, rights.CodeGroupMember)
		boxes, err := f.Mailboxes.List(ctx, world.Employee(f.bo, f.company))
		if err != nil || len(boxes) != 1 {
			t.Fatal(err, boxes)
		}
		whole, err := f.Companies.Group(ctx, by, g.ID)
		if err != nil || len(whole.Members) != 1 || whole.Members[0].Employee.Name != "Bo Prøvesen" || len(whole.Rights) != 1 || !whole.Rights[0].Manages {
			t.Fatal(err, whole)
		}
		ended := make(chan error)
		seen := make(chan bool, 10)
		go func() {
			ended <- f.Mailboxes.Watch(ctx, world.Employee(f.bo, f.company), boxes[0].UUID, func() error { return nil }, func(mailbox.Glance) error { seen <- true; return nil })
		}()
		<-seen
		if err := f.Companies.Part(ctx, by, g.ID, whole.Members[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; errs.KindOf(err) != errs.KindNotFound {
			t.Error("the stream goes on:", err)
		}
		if f.sees(f.bo, f.company) {
			t.Error("the group's right holds for who is out")
		}
	})
}

// Nobody gets more than is theirs by any way round.
func TestNobodyGivesThemselfMore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		ctx := t.Context()
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		f.must(by, f.bo, give(access.EmployeeBasic, access.EmployeeAdvanced, access.EmployeeWrite))
		private := world.Actor(f.anna)
		private.Platform = post.PlatformRights
		low, readOnly, elsewhere := by, by, f.at(f.anna)
		low.Assurance, readOnly.ReadOnly = post.AssuranceLow, true
		other := f.Company("En anden ApS")
		elsewhere.Organisation = other.ID
		for name, c := range map[string]struct {
			by   post.Actor
			code string
		}{
			"an employee who reads and writes": {f.at(f.bo), "access.not.covered"},
			"an employee without a right":      {f.at(f.cecile), access.CodeNotFound},
			"the administrator, privately":     {private, access.CodeNotFound},
			"with a weak log-in":               {low, "access.assurance.too.low"},
			"with a token that reads":          {readOnly, "access.read.only.token"},
			"for another company":              {elsewhere, access.CodeNotFound},
			"nobody":                           {post.Actor{}, access.CodeNotFound},
		} {
			_, err := f.set(c.by, f.cecile, give(access.EmployeeBasic))
			code(t, name, err, c.code)
		}
		_, err := f.set(by, f.bo, give(access.Liquidator))
		code(t, "a right that is no employee's", err, company.CodeRelation)

		// A group that reaches a unit one does not administer takes nobody in.
		unit := f.Company("Afdeling Nord")
		f.Deliver(f.Operator, unit, nil)
		f.Give(rights.Right{Mailbox: unit.ID, Holder: f.cecile.ID, Organisation: f.company.ID, Relation: access.Administrator})
		f.must(by, f.cecile, give(access.Administrator))
		g, err := f.Companies.MakeGroup(ctx, f.at(f.cecile), f.company.UUID, "Nord")
		if err != nil {
			t.Fatal(err)
		}
		f.must(f.at(f.cecile), f.bo, company.Change{Units: []post.UUID{unit.UUID}, Group: g.ID, Give: []access.Relation{access.EmployeeWrite}})
		code(t, "into a group that has more", f.Companies.Join(ctx, by, g.ID, []post.UUID{f.employee(f.anna).UUID}), access.CodeNotFound)
		_, err = f.set(by, f.bo, company.Change{Units: []post.UUID{unit.UUID}, Group: g.ID, Give: []access.Relation{access.Administrator}})
		code(t, "the group gets more", err, access.CodeNotFound)
		if err := f.Companies.Join(ctx, f.at(f.cecile), g.ID, []post.UUID{f.employee(f.bo).UUID}); err != nil {
			t.Error(err)
		}
		if !f.sees(f.bo, unit) || f.sees(f.anna, unit) {
			t.Error("the group has the wrong people")
		}

		// The log-in of the rights portal opens no post (SYS-10).
		boxes, err := f.Mailboxes.List(ctx, world.Employee(f.bo, f.company))
		if err != nil || len(boxes) != 2 {
			t.Fatal(err, boxes)
		}
		page, err := f.Mailboxes.Messages(ctx, f.at(f.bo), boxes[0].UUID, mailbox.Query{Inbox: true, Limit: 10})
		if err == nil && len(page.Messages) > 0 {
			t.Error("post is read in the rights portal")
		}
		for _, b := range boxes {
			theirs, err := f.Mailboxes.Messages(ctx, world.Employee(f.bo, f.company), b.UUID, mailbox.Query{Inbox: true, Limit: 10})
			if err != nil || len(theirs.Messages) == 0 {
				t.Fatal(err)
			}
			_, err = f.Mailboxes.Open(ctx, f.at(f.bo), b.UUID, theirs.Messages[0].ID)
			code(t, "a letter in the rights portal", err, access.CodeNotFound)
		}
	})
}

// An employee asks, the administrator answers, both are told (SYS-10).
func TestRequests(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		ctx := t.Context()
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)
		if _, err := f.Mailboxes.Enter(ctx, world.Actor(f.bo)); err != nil {
			t.Fatal(err)
		}
		wish := company.Wish{Relations: []access.Relation{access.EmployeeWrite, access.EmployeeBasic}, Note: "Jeg passer posten fra <mandag>."}
		ask := func() company.Request {
			t.Helper()
			r, err := f.Companies.Ask(ctx, f.at(f.bo), f.company.UUID, wish)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		one := ask()
		if f.sees(f.bo, f.company) {
			t.Fatal("a wish gives a right")
		}
		_, err := f.Companies.Ask(ctx, f.at(f.bo), f.company.UUID, wish)
		code(t, "twice", err, company.CodeAsked)
		_, all, err := f.Companies.Requests(ctx, by, f.company.UUID, 50)
		if err != nil || len(all) != 1 || all[0].Note != wish.Note || all[0].Employee.Name != "Bo Prøvesen" || all[0].Employer.ID != f.company.ID {
			t.Fatalf("%v %+v", err, all)
		}
		_, err = f.Companies.Answer(ctx, f.at(f.bo), one.ID, 0, true, "")
		code(t, "the one who asks answers", err, access.CodeNotFound)
		_, err = f.Companies.Answer(ctx, by, one.ID, 7, true, "")
		code(t, "a stale version", err, "version.conflict")
		if _, err = f.Companies.Answer(ctx, by, one.ID, one.Version, true, ""); err != nil {
			t.Fatal(err)
		}
		if got := f.has(by, f.bo); !slices.Equal(got, []access.Relation{access.EmployeeBasic, access.EmployeeWrite}) || !f.sees(f.bo, f.company) {
			t.Error(got)
		}
		_, err = f.Companies.Answer(ctx, by, one.ID, 0, false, "")
		code(t, "answered", err, company.CodeAnswered)
		_, err = f.Companies.Ask(ctx, f.at(f.bo), f.company.UUID, wish)
		code(t, "has it", err, company.CodeHas)
		if titles := f.titles(f.bo); !slices.Contains(titles, "Din anmodning til Firma ApS er godkendt") {
			t.Error(titles)
		}
		if titles := f.companyTitles(); !slices.Contains(titles, "Bo Prøvesen beder om adgang til virksomhedens post") {
			t.Error(titles)
		}

		f.must(by, f.bo, take(access.EmployeeBasic, access.EmployeeWrite))
		two := ask()
		if _, err = f.Companies.Answer(ctx, by, two.ID, 0, false, "Spørg din leder"); err != nil {
			t.Fatal(err)
		}
		three := ask()
		mine, err := f.Companies.Mine(ctx, f.at(f.bo))
		if err != nil || len(mine.Requests) != 3 || mine.Requests[0].ID != three.ID || mine.Requests[1].Reply != "Spørg din leder" || mine.Requests[1].AnsweredBy != "Anna Prøvesen" || len(mine.Units) != 0 {
			t.Error(err, len(mine.Requests), len(mine.Units))
		}
		if _, err := f.Companies.Withdraw(ctx, f.at(f.bo), three.ID, 0); err != nil {
			t.Error(err)
		}
		_, err = f.Companies.Answer(ctx, by, three.ID, 0, true, "")
		code(t, "taken back", err, company.CodeAnswered)
		if f.sees(f.bo, f.company) {
			t.Error("a declined or withdrawn wish gives a right")
		}

		own, err := f.Companies.Ask(ctx, by, f.company.UUID, company.Wish{Relations: []access.Relation{access.EmployeeWrite}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Companies.Answer(ctx, by, own.ID, 0, true, "")
		code(t, "their own", err, company.CodeOwn)
		_, err = f.Companies.Ask(ctx, f.at(f.bo), f.Company("En anden ApS").UUID, wish)
		code(t, "a stranger's company", err, company.CodeNoUnit)
		_, err = f.Companies.Ask(ctx, f.signs(), f.company.UUID, wish)
		code(t, "who is no employee", err, registry.ErrNoMember.Code)
		_, err = f.Companies.Request(ctx, f.at(f.cecile), own.ID)
		code(t, "another's request", err, access.CodeNotFound)
	})
}

func (f *firm) titles(p registry.Party) []string { return f.inbox(world.Actor(p)) }

func (f *firm) companyTitles() []string { return f.inbox(world.Actor(f.boss)) }

// inbox are the titles in the first mailbox that somebody sees beside their own, or
// else in their own.
func (f *firm) inbox(actor post.Actor) (titles []string) {
	f.T.Helper()
	boxes, err := f.Mailboxes.List(f.T.Context(), actor)
	if err != nil || len(boxes) == 0 {
		f.T.Fatal(err, boxes)
	}
	page, err := f.Mailboxes.Messages(f.T.Context(), actor, boxes[len(boxes)-1].UUID, mailbox.Query{Inbox: true, Limit: 50})
	if err != nil {
		f.T.Fatal(err)
	}
	for _, m := range page.Messages {
		titles = append(titles, m.Label)
	}
	return titles
}

// SYS-10: the portal leads to the post those who may read some, and nobody else.
func TestDeskTellsWhoReads(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		reads := func(who post.Actor) bool {
			t.Helper()
			desk, err := f.Companies.Desk(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			return desk.Reads
		}
		if !reads(f.signs()) || reads(f.at(f.anna)) {
			t.Error("at first the signatory reads, and no employee")
		}
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.bo.ID, Organisation: f.company.ID, Relation: access.Administrator})
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.EmployeeBasic, To: f.Clock.Now().Add(24 * time.Hour)})
		if reads(f.at(f.bo)) || !reads(f.at(f.anna)) {
			t.Error("who administers does not read by it; who has a right to read does")
		}
		f.Clock.Advance(24 * time.Hour)
		if reads(f.at(f.anna)) {
			t.Error("the right is over")
		}
	})
}
