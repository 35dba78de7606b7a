package intake_test

import (
	"bytes"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	kit "digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// SND-08: the system that sent a court summons gets a receipt when it is served,
// once, with the time; one that pushes is woken.
func TestServedGivesAReceipt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := kit.New(t, d)
		court := w.Authority("Retten i Ålhavn")
		system := w.System(court, registry.System{Sends: true, ReceiptEndpoint: "https://ret.example.dk/kvittering"})
		anna := w.Person("Anna", 40, nil)
		actor := post.Actor{Party: anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
		box, err := w.Mailboxes.Enter(t.Context(), actor)
		if err != nil {
			t.Fatal(err)
		}
		send := func(change func(*memo.Message)) (post.UUID, outbound.Receipt) {
			id, xml := w.Letter(court, anna, change)
			technical, err := w.Intake.Accept(t.Context(), intake.Submission{System: system.System, Body: bytes.NewReader(xml), Length: int64(len(xml))})
			if err != nil {
				t.Fatal(err)
			}
			return id, technical
		}
		id, technical := send(func(m *memo.Message) { m.Header.LegalNotification, m.Header.MessageID = true, "BS-1" })
		receipts := func() []outbound.Receipt {
			var page outbound.Page[outbound.Receipt]
			err := d.Read(t.Context(), func(tx *db.Tx) (err error) { page, err = w.Outbound.ReceiptsInBulk(tx, system.ID, 0, 10); return err })
			if err != nil {
				t.Fatal(err)
			}
			return page.Content
		}
		if all := receipts(); len(all) != 1 || all[0].Detail != "" {
			t.Fatalf("after the delivery: %+v", all)
		}
		page, err := w.Mailboxes.Messages(t.Context(), actor, box.UUID, mailbox.Query{Inbox: true})
		if err != nil {
			t.Fatal(err)
		}
		message := page.Messages[0].ID
		if _, err := w.Mailboxes.Read(t.Context(), actor, box.UUID, message); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Hour)
		for range 2 {
			if _, err := w.Mailboxes.Open(t.Context(), actor, box.UUID, message); err != nil {
				t.Fatal(err)
			}
		}
		all := receipts()
		if len(all) != 2 {
			t.Fatalf("%d receipts", len(all))
		}
		got := all[1]
		if got.MessageUUID != id || got.MessageID != "BS-1" || got.Transmission != technical.Transmission || got.Status != outbound.Completed || got.Code != "" ||
			got.Detail != intake.DetailServed || !got.At.Equal(w.Clock.Now()) {
			t.Errorf("%+v", got)
		}

		// Deleting serves too, and gone for good nothing comes again. What is no summons
		// gives none.
		send(func(m *memo.Message) { m.Header.LegalNotification = true })
		send(nil)
		page, err = w.Mailboxes.Messages(t.Context(), actor, box.UUID, mailbox.Query{Inbox: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			for range 2 {
				if err := w.Mailboxes.Delete(t.Context(), actor, box.UUID, m.ID, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		served := 0
		for _, r := range receipts() {
			if r.Detail == intake.DetailServed {
				served++
			}
		}
		if served != 2 {
			t.Errorf("%d receipts for two services", served)
		}
	})
}
