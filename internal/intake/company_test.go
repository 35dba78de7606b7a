package intake_test

import (
	"bytes"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	town "digitalpost/internal/testkit/world"
)

// A letter to a new company is refused until 12 days after its registration, or
// until somebody has logged in for it (facts 5.2).
func TestLetterToANewCompany(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := town.New(t, d)
		authority := w.Authority("Ålhavn Kommune")
		sender := w.Sender(authority)
		fresh := func(number, name string) (p registry.Party) {
			t.Helper()
			w.Update(func(tx *db.Tx) error {
				err := w.Registry.Save(tx, []registry.Record{{Type: "organisation", CVR: number, Name: name, Status: registry.Active, StatusDate: tx.Now.Format(time.DateOnly)}})
				if err != nil {
					return err
				}
				cvr, err := post.ParseCVR(number)
				if err == nil {
					p, err = w.Registry.OrganisationByCVR(tx, cvr)
				}
				return err
			})
			return p
		}
		send := func(to registry.Party) string {
			t.Helper()
			_, letter := w.Letter(authority, to, nil)
			if _, err := w.Intake.Accept(t.Context(), intake.Submission{System: sender.System, Body: bytes.NewReader(letter), Length: int64(len(letter))}); err != nil {
				t.Fatal(err)
			}
			var last outbound.Receipt
			w.Update(func(tx *db.Tx) error {
				page, err := w.Outbound.ReceiptsInBulk(tx, sender.System.ID, 0, 100)
				last = page.Content[len(page.Content)-1]
				return err
			})
			return last.Code
		}
		waits, enters := fresh("10000009", "Venter ApS"), fresh("10000017", "Logger Ind ApS")
		for _, company := range []registry.Party{waits, enters} {
			if code := send(company); code != registry.CodeNotRegistered {
				t.Errorf("to %s on its first day: %q", company.Name, code)
			}
		}
		w.Update(func(tx *db.Tx) error {
			return w.Registry.Confirm(tx, post.Actor{Party: 7, Organisation: enters.ID}, enters.ID)
		})
		if code := send(enters); code != "" {
			t.Errorf("after a log-in: %q", code)
		}
		w.Clock.Advance(11 * 24 * time.Hour)
		if code := send(waits); code != registry.CodeNotRegistered {
			t.Errorf("on the twelfth day: %q", code)
		}
		w.Clock.Advance(24 * time.Hour)
		if code := send(waits); code != "" {
			t.Errorf("after 12 days: %q", code)
		}
	})
}
