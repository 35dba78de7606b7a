package mailbox_test

import (
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// An organisation has a mailbox as soon as somebody may look into it, before its
// first letter; one in its waiting period has none for those of other companies, and
// nobody makes one by having no right (SYS-04, facts 5.2).
func TestCompaniesHaveMailboxesBeforeTheirFirstLetter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		clerk, stranger := w.Person("Bo", 40, nil), w.Person("Ib", 41, nil)
		company, unit, ceased := w.Company("Firma ApS"), w.Company("Afdeling ApS"), w.Company("Ophørt ApS")
		for _, p := range []registry.Party{clerk, stranger} {
			w.Member(company, p, nil)
		}
		for _, box := range []registry.Party{company, unit, ceased} {
			w.Give(rights.Right{Mailbox: box.ID, Holder: clerk.ID, Organisation: company.ID, Relation: access.EmployeeBasic})
		}
		cvr := w.Number(ceased)
		w.Update(func(tx *db.Tx) error {
			return w.Registry.Save(tx, []registry.Record{{Type: "organisation", CVR: cvr, Name: ceased.Name, Status: registry.Closed}})
		})
		names := func(a post.Actor) (all []string) {
			boxes, err := w.Mailboxes.List(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range boxes {
				all = append(all, b.Owner.Name)
			}
			return all
		}
		if got := names(world.Employee(stranger, company)); len(got) != 0 {
			t.Error("a colleague without a right sees", got)
		}
		if got := names(world.Actor(clerk)); len(got) != 0 {
			t.Error("on their own behalf they see", got)
		}
		for range 2 {
			if got := names(world.Employee(clerk, company)); len(got) != 2 || got[0] != "Afdeling ApS" || got[1] != "Firma ApS" {
				t.Error("the clerk sees", got)
			}
		}
		// An employee has no mailbox of their own at work, and asking is no event.
		before := w.events(clerk.ID, audit.AccessRefused)
		if _, err := w.Mailboxes.Enter(t.Context(), world.Employee(clerk, company)); errs.KindOf(err) != errs.KindNotFound {
			t.Error("entered their own mailbox at work:", err)
		}
		if w.events(clerk.ID, audit.AccessRefused) != before {
			t.Error("that is in their own log")
		}
	})
}
