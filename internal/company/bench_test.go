package company_test

import (
	"fmt"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// BenchmarkLarge is the rights portal of a large company (docs/performance.md): a page
// of 5,000 employees, every second of whom has a right, and one employee's rights to
// 900 units, given and taken. Run it with -benchtime 20x.
func BenchmarkLarge(b *testing.B) {
	const people, units = 5000, 900
	b.Run("sqlite", func(b *testing.B) { large(b, testkit.SQLite(b), people, units) })
	b.Run("postgres", func(b *testing.B) { large(b, testkit.Postgres(b), people, units) })
}

func large(b *testing.B, d *db.DB, people, units int) {
	w := world.New(b, d)
	f := &firm{World: w, company: w.Company("Firma ApS"), anna: w.Person("Anna", 40, nil)}
	w.Member(f.company, f.anna, func(r *registry.Record) { r.Number = "1" })
	f.Give(rights.Right{Mailbox: f.company.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.Administrator})
	for from := 0; from < people; from += 500 {
		var records []registry.Record
		for i := from; i < from+500; i++ {
			birthday := w.Clock.Now().AddDate(-20-i%40, 0, -i%300)
			cpr := fmt.Sprintf("%s2%03d", birthday.Format("020106"), i%1000)
			records = append(records,
				registry.Record{Type: "person", CPR: cpr, FirstName: fmt.Sprintf("Medarbejder%05d", i*7919%people), LastName: "Ærø", BirthDate: birthday.Format(time.DateOnly)},
				registry.Record{Type: "member", Organisation: w.Number(f.company), CPR: cpr, Number: fmt.Sprint(10_000 + i), Employed: true, Department: fmt.Sprintf("Afdeling %d", i%40)})
		}
		w.Update(func(tx *db.Tx) error { return w.Registry.Save(tx, records) })
	}
	var ids []post.UUID
	w.Update(func(tx *db.Tx) error {
		members, err := w.Registry.Members(tx, f.company.ID)
		for i, m := range members {
			if err == nil && i%2 == 0 && m.Person != f.anna.ID {
				_, err = w.Rights.Give(tx, post.Program, 0, rights.Right{Mailbox: f.company.ID, Holder: m.Person, Organisation: f.company.ID, Relation: access.EmployeeBasic})
			}
		}
		return err
	})
	for i := range units {
		unit := w.Company(fmt.Sprintf("Enhed %03d", i))
		ids = append(ids, unit.UUID)
		f.Give(rights.Right{Mailbox: unit.ID, Holder: f.anna.ID, Organisation: f.company.ID, Relation: access.Administrator})
	}
	by, ctx := f.at(f.anna), b.Context()
	whom := f.employee(f.anna).UUID
	for name, fn := range map[string]func() error{
		"a page of 5000 employees": func() error {
			found, err := f.Companies.People(ctx, by, f.company.UUID, company.PeopleQuery{Page: 3, Size: 50})
			if err == nil && len(found.Page) != 50 {
				err = fmt.Errorf("%d of %d", len(found.Page), found.Total)
			}
			return err
		},
		"a search among them": func() error {
			_, err := f.Companies.People(ctx, by, f.company.UUID, company.PeopleQuery{Text: "medarbejder0123", Page: 1, Size: 50})
			return err
		},
		"the list of 900 units": func() error {
			all, err := f.Companies.Units(ctx, by)
			if err == nil && len(all) != units+1 {
				err = fmt.Errorf("%d units", len(all))
			}
			return err
		},
		"a right to 900 units given and taken": func() error {
			for _, change := range []company.Change{{Give: []access.Relation{access.EmployeeWrite}}, {Take: []access.Relation{access.EmployeeWrite}}} {
				change.Units, change.Employee = ids, whom
				if _, err := f.Companies.Set(ctx, by, change); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
