package appointment_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// A draft is put together piece by piece and is the agency's when it is put in, and not
// before (ORG-04, ORG-05).
func TestDraft(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		late, son, other := a.Person("Aage", 85, nil), a.Person("Søren", 50, nil), world.Actor(a.Person("Gry", 30, nil))
		me, readOnly := world.Actor(son), world.Actor(son)
		readOnly.ReadOnly = true
		want := appointment.Wanted{Relation: access.Heir, CPR: a.person(late), FirstName: "Aage", LastName: "Prøvesen", Text: "Vi er to arvinger"}
		certificate := appointment.Paper{Place: -1, Kind: appointment.ProbateCertificate, Name: "attest.pdf"}
		power := appointment.Paper{Place: -1, Kind: appointment.PowerOfAttorney, Name: "fuldmagt.pdf"}
		code := func(err error, want string) {
			t.Helper()
			if errs.CodeOf(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		_, err := a.Appointments.Begin(t.Context(), readOnly, want, nil)
		code(err, "access.read.only.token")
		_, err = a.Appointments.Begin(t.Context(), me, want, []appointment.Paper{{Place: -1, Kind: "DRIVING_LICENCE", Name: "kort.pdf"}})
		code(err, agency.CodeFiles)
		wrong := want
		wrong.FirstName = "Bent" // no draft can come of it: whether the name is right is not told, as no log would tell of it
		_, err = a.Appointments.Begin(t.Context(), me, wrong, []appointment.Paper{{Place: -1, Kind: "DRIVING_LICENCE", Name: "kort.pdf"}})
		code(err, agency.CodeFiles)
		_, err = a.Appointments.Begin(t.Context(), me, want, make([]appointment.Paper, agency.MaxFiles+1))
		code(err, agency.CodeFiles)
		made, err := a.Appointments.Begin(t.Context(), me, want, []appointment.Paper{certificate, {Place: -1, Kind: appointment.Other, Name: "kladde.pdf"}})
		if err != nil || made.State != appointment.Draft || len(made.Files) != 2 || made.Files[0].Whole() {
			t.Fatalf("%+v %v", made, err)
		}
		_, err = a.Appointments.Begin(t.Context(), me, want, nil)
		code(err, agency.CodeThere)

		// It is nobody else's: not even that it exists is told.
		for _, who := range []post.Actor{other, a.manager} {
			_, err := a.Appointments.Get(t.Context(), who, made.ID)
			code(err, agency.CodeUnknown)
			_, _, err = a.Appointments.Content(t.Context(), who, made.ID, 0)
			code(err, agency.CodeUnknown)
			_, err = a.Appointments.Attach(t.Context(), who, made.ID, 0, 0, bytes.NewReader(pdf))
			code(err, agency.CodeUnknown)
			_, err = a.Appointments.Edit(t.Context(), who, made.ID, 0, appointment.Edit{Submit: true})
			code(err, agency.CodeUnknown)
		}
		_, err = a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Approve: true, Reason: "Ja"})
		code(err, agency.CodeUnknown)
		for _, state := range []appointment.State{appointment.Draft, appointment.Submitted} {
			if all, err := a.Appointments.All(t.Context(), a.manager, state); err != nil || len(all) != 0 {
				t.Errorf("the agency sees %+v %v", all, err)
			}
			if seen, err := a.Appointments.Seen(t.Context(), a.manager, state); err != nil || len(seen) != 0 {
				t.Errorf("the agency sees %+v %v", seen, err)
			}
		}
		if all := a.letters(son); len(all) != 0 {
			t.Errorf("told before it was put in: %q", all)
		}

		_, err = a.Appointments.Attach(t.Context(), readOnly, made.ID, 0, 0, bytes.NewReader(pdf))
		code(err, "access.read.only.token")
		_, err = a.Appointments.Attach(t.Context(), me, made.ID, 7, 0, bytes.NewReader(pdf))
		code(err, agency.CodeUnknown)
		_, err = a.Appointments.Attach(t.Context(), me, made.ID, 0, 2, bytes.NewReader(pdf))
		code(err, errs.CodeStale)
		_, err = a.Appointments.Attach(t.Context(), me, made.ID, 0, 1, strings.NewReader("ikke en pdf"))
		code(err, agency.CodeFileType)
		if _, _, err := a.Appointments.Content(t.Context(), me, made.ID, 0); errs.CodeOf(err) != agency.CodeUnknown {
			t.Error("a document that has not come is read", err)
		}
		for version := int64(1); version <= 2; version++ { // and another in its place
			if made, err = a.Appointments.Attach(t.Context(), me, made.ID, 0, version, bytes.NewReader(append(pdf, byte('0'+version)))); err != nil {
				t.Fatal(err)
			}
		}
		if f := made.Files[0]; !f.Whole() || f.Version != 3 || f.Type != "application/pdf" || f.Size != int64(len(pdf))+1 || made.Version != 1 {
			t.Errorf("%+v", made)
		}
		_, r, err := a.Appointments.Content(t.Context(), me, made.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(r); got[len(got)-1] != '2' {
			t.Error("the bytes that were replaced")
		}
		r.Close()

		submit := func(papers ...appointment.Paper) error {
			e := appointment.Edit{Submit: true}
			if papers != nil {
				e.Papers = &papers
			}
			done, err := a.Appointments.Edit(t.Context(), me, made.ID, made.Version, e)
			if err == nil {
				made = done
			}
			return err
		}
		code(submit(), agency.CodeFiles) // one has not come
		there := appointment.Paper{Place: 0, Kind: appointment.ProbateCertificate}
		there.Name = "attest.pdf"
		code(submit(there), agency.CodeFiles) // one is missing
		edited, err := a.Appointments.Edit(t.Context(), me, made.ID, 1, appointment.Edit{Text: new("Vi er tre"), Papers: &[]appointment.Paper{there, power}})
		if err != nil || edited.Version != 2 || edited.Text != "Vi er tre" || len(edited.Files) != 2 || !edited.Files[0].Whole() || edited.Files[1].Whole() {
			t.Fatalf("%+v %v", edited, err)
		}
		code(submit(), errs.CodeStale)
		if made, err = a.Appointments.Attach(t.Context(), me, made.ID, edited.Files[1].Place, 1, bytes.NewReader(pdf)); err != nil {
			t.Fatal(err)
		}
		if err := submit(); err != nil || made.State != appointment.Submitted {
			t.Fatalf("%+v %v", made, err)
		}
		code(submit(), agency.CodeDecided)
		_, err = a.Appointments.Attach(t.Context(), me, made.ID, 0, 0, bytes.NewReader(pdf))
		code(err, agency.CodeDecided)
		if got := a.letters(son); len(got) != 1 || got[0] != "Vi har modtaget din ansøgning om udpeget adgang" {
			t.Errorf("%q", got)
		}
		seen, err := a.Appointments.Seen(t.Context(), a.manager, appointment.Submitted)
		if err != nil || len(seen) != 1 || seen[0].Text != "Vi er tre" {
			t.Errorf("%+v %v", seen, err)
		}
		if seen, err := a.Appointments.Seen(t.Context(), other, appointment.Submitted); err != nil || len(seen) != 0 {
			t.Errorf("others see %+v %v", seen, err)
		}
		if done, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, made.Version, appointment.Decision{Approve: true, Reason: "I orden"}); err != nil || done.State != appointment.Approved {
			t.Errorf("%+v %v", done, err)
		}
		a.Finds(a.Appointments.Check, map[string]string{"UPDATE appointment_file SET file = NULL": "document without its bytes"})
	})
}

// Drafts are few, and one that nobody puts in is gone some time, with its documents.
func TestDraftsEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		a.Work() // the night's job is on its schedule
		me := world.Actor(a.Person("Lone", 50, nil))
		begin := func() (appointment.Application, error) {
			firm := a.Company("Bageriet ApS")
			return a.Appointments.Begin(t.Context(), me, appointment.Wanted{Relation: access.Liquidator, CVR: a.company(firm)},
				[]appointment.Paper{{Place: -1, Kind: appointment.LiquidatorCertificate, Name: "attest.pdf"}})
		}
		var all []appointment.Application
		for range appointment.MaxDrafts {
			one, err := begin()
			if err == nil {
				one, err = a.Appointments.Attach(t.Context(), me, one.ID, 0, 0, bytes.NewReader(pdf))
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, one)
		}
		if _, err := begin(); errs.CodeOf(err) != appointment.CodeDrafts {
			t.Error("one too many", err)
		}
		documents := func() (n int) {
			a.Update(func(tx *db.Tx) error {
				return tx.QueryRow("SELECT COUNT(*) FROM blob WHERE id IN (SELECT file FROM appointment_file)").Scan(&n)
			})
			return n
		}
		kept := documents()
		if err := a.Appointments.Withdraw(t.Context(), me, all[0].ID, 7); errs.CodeOf(err) != errs.CodeStale {
			t.Error(err)
		}
		if err := a.Appointments.Withdraw(t.Context(), me, all[0].ID, all[0].Version); err != nil || documents() != kept-1 {
			t.Error(err, documents())
		}
		if _, err := a.Appointments.Get(t.Context(), me, all[0].ID); !errors.Is(err, agency.ErrUnknown) {
			t.Error("taken back, and there", err)
		}
		a.Clock.Advance(time.Duration(appointment.DraftDays-1) * 24 * time.Hour)
		newest, err := begin()
		if err != nil {
			t.Fatal(err)
		}
		a.Clock.Advance(49 * time.Hour)
		a.Work()
		mine, err := a.Appointments.Mine(t.Context(), me)
		if err != nil || len(mine) != 1 || mine[0].ID != newest.ID || documents() != 0 {
			t.Errorf("%d are left, with %d documents: %v", len(mine), documents(), err)
		}
	})
}
