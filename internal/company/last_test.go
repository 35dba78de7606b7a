package company_test

import (
	"slices"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

const vacant, ending = "Virksomheden har ingen rettighedsadministrator", "Virksomhedens sidste rettighedsadministrator udløber"

// told counts the letters with a title in the company's mailbox, as Cecilie reads them.
func (f *firm) told(title string) (n int) {
	f.T.Helper()
	reader := world.Employee(f.cecile, f.company)
	boxes, err := f.Mailboxes.List(f.T.Context(), reader)
	if err != nil || len(boxes) != 1 {
		f.T.Fatal(boxes, err)
	}
	page, err := f.Mailboxes.Messages(f.T.Context(), reader, boxes[0].UUID, mailbox.Query{})
	if err != nil {
		f.T.Fatal(err)
	}
	for _, m := range page.Messages {
		if m.Label == title {
			n++
		}
	}
	return n
}

// unsigned is a company that nobody signs for alone; Cecilie reads its post.
func unsigned(t *testing.T, d *db.DB) *firm {
	f := start(t, d)
	f.Member(f.company, f.boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", false })
	f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.cecile.ID, Organisation: f.company.ID, Relation: access.EmployeeBasic})
	return f
}

func (f *firm) leaves(p registry.Party) {
	f.Member(f.company, p, func(r *registry.Record) { r.Employed, r.Number = false, "" })
}

// An organisation hears that its last rights administrator has left or died, by whatever
// right they were it, once; and nothing where another is left (ORG-01).
func TestTheLastAdministratorLeaves(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := unsigned(t, d)
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.Administrator})
		f.Update(func(tx *db.Tx) error { // Bo by a group
			g, err := f.Rights.MakeGroup(tx, post.Program, 0, f.company.ID, "Ledelse")
			if err == nil {
				_, err = f.Rights.GiveGroup(tx, post.Program, 0, rights.GroupRight{Group: g.ID, Mailbox: f.company.ID, Relation: access.Administrator})
			}
			if err == nil {
				_, err = f.Rights.Join(tx, post.Program, 0, g.ID, f.bo.ID)
			}
			return err
		})
		f.leaves(f.anna)
		if n := f.told(vacant); n != 0 {
			t.Error("Bo is left", n)
		}
		f.leaves(f.bo)
		f.Clock.Advance(24 * time.Hour)
		f.Work()
		if n := f.told(vacant); n != 1 {
			t.Error("told", n)
		}
		f.Member(f.company, f.anna, nil)
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.Administrator})
		f.Status(f.anna, registry.Dead)
		if n := f.told(vacant); n != 2 {
			t.Error("the next has died", n)
		}
		f.Status(f.anna, registry.Alive)
		f.Update(func(tx *db.Tx) error {
			administered, err := f.Rights.Administered(tx, f.company.ID)
			if administered {
				t.Error("a right has come back")
			}
			return err
		})
	})
}

// An organisation whose last rights administrator has a last day, which only somebody
// else's leaving or the agency can bring about, is warned 30 days before, and told when
// it is over (ORG-01).
func TestTheLastAdministratorExpires(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := unsigned(t, d)
		last := post.Today(f.Clock.Now()).AddDate(0, 0, 40)
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.Administrator})
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.bo.ID, Organisation: f.company.ID, Relation: access.Administrator, To: post.DayAfter(last)})
		day := func(n int) { // before the last
			f.T.Helper()
			f.Clock.Set(last.AddDate(0, 0, -n).Add(12 * time.Hour))
			f.Work()
		}
		day(20)
		if n := f.told(ending); n != 0 {
			t.Error("Anna has no last day", n)
		}
		f.leaves(f.anna)
		day(19)
		day(18)
		if n := f.told(ending); n != 1 {
			t.Error("warned", n)
		}
		if _, err := f.set(f.at(f.bo), f.bo, company.Change{Take: []access.Relation{access.Administrator}}); err == nil {
			t.Error("the last removes themselves")
		}
		day(-1)
		day(-2)
		if e, v := f.told(ending), f.told(vacant); e != 1 || v != 1 {
			t.Error("warned and told", e, v)
		}
		f.Member(f.company, f.boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
		units, err := f.Companies.Units(t.Context(), f.signs())
		if err != nil || !slices.ContainsFunc(units, func(u company.Unit) bool { return u.ID == f.company.ID }) {
			t.Error("who signs alone is administrator again", units, err)
		}
	})
}
