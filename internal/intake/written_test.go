package intake_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	town "digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// What Digital Post itself writes lies in the mailbox like any letter, when the
// transaction that wrote it is committed, and not otherwise.
func TestAnnounce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := town.New(t, d)
		anna := w.Person("Anna", 40, nil)
		exempt := w.Person("Else", 80, func(r *registry.Record) { r.RegistrationStatus = registry.ExemptOther })
		announce := func(to registry.Party) error {
			return d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := w.Intake.Announce(tx, intake.Announcement{To: to.ID, Label: "Du er blevet Digital Post-modtager", HTML: "<p>Hej</p>"})
				return err
			})
		}
		for _, p := range []registry.Party{anna, exempt} {
			if err := announce(p); err != nil {
				t.Fatal(p.Name, err)
			}
		}
		actor := post.Actor{Party: anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
		boxes, err := w.Mailboxes.List(t.Context(), actor)
		if err != nil {
			t.Fatal(err)
		}
		page, err := w.Mailboxes.Messages(t.Context(), actor, boxes[0].UUID, mailbox.Query{Inbox: true})
		if err != nil || len(page.Messages) != 1 || page.Messages[0].SenderName != w.Operator.Name || page.Messages[0].Type != mailbox.Regular {
			t.Fatal(page.Messages, err)
		}
		_, content, err := w.Mailboxes.Content(t.Context(), actor, boxes[0].UUID, page.Messages[0].ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		if text, err := io.ReadAll(content); err != nil || !strings.Contains(string(text), "<p>Hej</p>") {
			t.Fatal(string(text), err)
		}
		child := w.Person("Bo", 12, nil)
		if err := announce(child); errs.CodeOf(err) != registry.CodeNotRegistered {
			t.Error("a child got it:", err)
		}
	})
}

// SYS-13: a letter from another organisation's system goes to the system of the
// contact point that it names, else to the default one.
func TestLetterGoesToItsContactPointsSystem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := town.New(t, d)
		from, to := w.Authority("Fjordby Kommune"), w.Authority("Ålhavn Kommune")
		standard, special := w.Recipient(to).System, w.System(to, registry.System{Receives: true}).System
		point := post.NewUUID()
		line := fmt.Sprintf(`{"type":"contactPoint","id":%q,"organisation":%q,"name":"Byggesag","active":true}`, point, w.Number(to))
		if _, err := w.Registry.Import(t.Context(), "points", strings.NewReader(line)); err != nil {
			t.Fatal(err)
		}
		w.Update(func(tx *db.Tx) error { return w.Registry.Connect(tx, post.Program, point, special.ID) })
		sender := w.Sender(from).System
		for id, want := range map[post.UUID]post.SystemID{point: special.ID, post.NewUUID(): standard.ID, {}: standard.ID} {
			memoID, xml := w.Letter(from, to, func(m *memo.Message) {
				if id != (post.UUID{}) {
					m.Header.Recipient.ContactPoint = &memo.ContactPoint{ContactPointID: id.String()}
				}
			})
			if _, err := w.Intake.Accept(t.Context(), intake.Submission{System: sender, Body: bytes.NewReader(xml), Length: int64(len(xml))}); err != nil {
				t.Fatal(err)
			}
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				_, err := w.Outbound.Memo(tx, want, memoID)
				return err
			})
			if err != nil {
				t.Errorf("contact point %s: %v", id, err)
			}
		}
	})
}
