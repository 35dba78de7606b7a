package mailbox_test

import (
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// A ceased company's post is kept for ten years and a dead person's for five, and not
// a day less; then its content is destroyed. Those who live, and of whom the register
// does not tell since when they do not, lose nothing (facts 5.2, 5.3).
func TestRetention(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		town := w.Authority("Ålhavn Kommune")
		firm, going := w.Company("Bageriet ApS"), w.Company("Smedjen ApS")
		dead, alive := w.Person("Aksel", 70, nil), w.Person("Bodil", 70, nil)
		parties := map[string]registry.Party{"firm": firm, "going": going, "dead": dead, "alive": alive}
		for _, p := range parties {
			w.Deliver(town, p, nil)
		}
		today := post.Today(w.Clock.Now())
		employee := w.Person("Erna", 40, nil)
		w.Member(firm, employee, nil)
		w.Give(rights.Right{Mailbox: firm.ID, Holder: employee.ID, Organisation: firm.ID, Relation: access.EmployeeAdvanced})
		lawyer := w.Person("Lone", 50, nil)
		w.Give(rights.Right{Mailbox: firm.ID, Holder: lawyer.ID, Relation: access.Liquidator, Origin: rights.Appointed})
		save := func(rec registry.Record) {
			w.Update(func(tx *db.Tx) error { return w.Registry.Save(tx, []registry.Record{rec}) })
		}
		closed := registry.Record{Type: "organisation", CVR: w.Number(firm), Name: firm.Name, Kind: "ApS", Status: registry.Closed, StatusDate: today.Format(time.DateOnly)}
		save(closed)
		save(registry.Record{Type: "person", CPR: w.Number(dead), FirstName: "Aksel", LastName: "Prøvesen", BirthDate: dead.Born.Format(time.DateOnly), Status: registry.Dead, StatusDate: today.Format(time.DateOnly)})

		// The rights to a ceased company end with it, but for the appointed one's; they do
		// not come back where the register was wrong (ORG-04).
		sees := func(who post.Actor) bool {
			boxes, err := w.Mailboxes.List(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range boxes {
				if b.ID == firm.ID && b.May(access.MessageList) {
					return true
				}
			}
			return false
		}
		if sees(world.Employee(employee, firm)) || !sees(world.Actor(lawyer)) {
			t.Error("who reads a ceased company's post")
		}
		again := closed
		again.Status, again.StatusDate = registry.Active, ""
		save(again)
		if sees(world.Employee(employee, firm)) {
			t.Error("a right came back with the company")
		}
		save(closed)

		left := func() (has map[string]int) {
			has = map[string]int{}
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				for name, p := range parties {
					var n, letters int
					if err := tx.QueryRow("SELECT COUNT(*) FROM message WHERE mailbox = $1", p.ID).Scan(&n); err != nil {
						return err
					}
					if err := tx.QueryRow("SELECT COUNT(*) FROM letter WHERE mailbox = $1", p.ID).Scan(&letters); err != nil || letters != n {
						t.Errorf("%s has %d messages and %d letters: %v", name, n, letters, err)
					}
					has[name] = n
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return has
		}
		at := func(day time.Time) map[string]int {
			w.Clock.Set(post.StartOfDay(day.Date()).Add(4 * time.Hour))
			if err := w.Mailboxes.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
			return left()
		}
		first := left()
		if n := at(today.AddDate(5, 0, -1)); n["dead"] != first["dead"] || n["firm"] != first["firm"] {
			t.Error("a day too early", n)
		}
		if n := at(today.AddDate(5, 0, 0)); n["dead"] != 0 || n["firm"] != first["firm"] || n["alive"] != first["alive"] {
			t.Error("after five years", n)
		}
		if n := at(today.AddDate(10, 0, -1)); n["firm"] != first["firm"] {
			t.Error("a day too early", n)
		}
		if n := at(today.AddDate(10, 0, 0)); n["firm"] != 0 || n["going"] != first["going"] || n["alive"] != first["alive"] {
			t.Error("after ten years", n)
		}
		var why string
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.QueryRow("SELECT props FROM event WHERE mailbox = $1 AND name = 'MESSAGE_DESTROYED'", dead.ID).Scan(&why)
		})
		if err != nil || why == "" {
			t.Error("no event tells of it", err)
		}
	})
}
