package calendar_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/calendar"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// town is an authority that writes to a citizen who has a calendar.
type town struct {
	*world.World
	calendars *calendar.Calendars
	authority registry.Party
	system    registry.System
	citizen   registry.Party
	box       post.UUID
}

func newTown(t *testing.T, d *db.DB) *town {
	t.Helper()
	w := &town{World: world.New(t, d)}
	w.calendars = calendar.New(d, w.Mailboxes)
	w.authority = w.Authority("Ålhavn Kommune")
	w.system = w.Sender(w.authority).System
	w.citizen = w.Person("Signe", 40, nil)
	w.box = w.enter(w.citizen)
	return w
}

var actor = world.Actor

func (w *town) enter(p registry.Party) post.UUID {
	w.T.Helper()
	box, err := w.Mailboxes.Enter(w.T.Context(), actor(p))
	if err != nil {
		w.T.Fatal(err)
	}
	return box.UUID
}

// send delivers a letter to the citizen that asks for a payment in nine days.
func (w *town) send(change func(*memo.Message)) mailbox.Message {
	w.T.Helper()
	_, xml := w.Letter(w.authority, w.citizen, func(m *memo.Message) {
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal 100 kr.", ActionCode: memo.Betaling, EndDateTime: w.Clock.Now().AddDate(0, 0, 9), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.dk"}}}
		if change != nil {
			change(m)
		}
	})
	if _, err := w.Intake.Accept(w.T.Context(), intake.Submission{System: w.system, Body: bytes.NewReader(xml), Length: int64(len(xml))}); err != nil {
		w.T.Fatal(err)
	}
	page, err := w.Mailboxes.Messages(w.T.Context(), actor(w.citizen), w.box, mailbox.Query{Limit: 1})
	if err != nil {
		w.T.Fatal(err)
	}
	return page.Messages[0]
}

func (w *town) make(name string) (calendar.Link, string) {
	w.T.Helper()
	l, token, err := w.calendars.Make(w.T.Context(), actor(w.citizen), w.box, name, false)
	if err != nil {
		w.T.Fatal(err)
	}
	return l, token
}

func (w *town) events(name audit.Name) int { return w.Events(w.citizen.ID, name) }

// SND-03: a link shows what is open, at each reading as it is then, until it is
// ended.
func TestLink(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		l, token := w.make(" Min telefon ")
		if len(token) < 43 || l.Name != "Min telefon" {
			t.Errorf("%q %+v", token, l)
		}
		f, err := w.calendars.Fetch(t.Context(), token)
		if err != nil || len(f.Dates) != 1 || f.Dates[0].Message.ID != m.ID || f.Dates[0].Code != memo.Betaling || f.Owner != w.citizen.Name {
			t.Fatalf("%+v %v", f, err)
		}
		all, err := w.calendars.Links(t.Context(), actor(w.citizen), w.box)
		if err != nil || len(all) != 1 || all[0].ID != l.ID || !all[0].Fetched.Equal(w.Clock.Now()) {
			t.Errorf("%+v %v", all, err)
		}

		// What is done is there no more.
		if _, err := w.Mailboxes.SetAction(t.Context(), actor(w.citizen), w.box, m.ID, 0, 0, 0, mailbox.ActionCompleted, ""); err != nil {
			t.Fatal(err)
		}
		if f, err := w.calendars.Fetch(t.Context(), token); err != nil || len(f.Dates) != 0 {
			t.Errorf("%+v %v", f.Dates, err)
		}

		// The log tells once a day.
		if n := w.events(audit.CalendarFetched); n != 1 {
			t.Errorf("%d events of one day", n)
		}
		w.Clock.Advance(24 * time.Hour)
		if _, err := w.calendars.Fetch(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if n := w.events(audit.CalendarFetched); n != 2 {
			t.Errorf("%d events of two days", n)
		}

		if err := w.calendars.End(t.Context(), actor(w.citizen), w.box, l.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.calendars.Fetch(t.Context(), token); errs.KindOf(err) != errs.KindNotFound {
			t.Error("a link that was ended:", err)
		}
		if w.events(audit.CalendarLinkCreated) != 1 || w.events(audit.CalendarLinkEnded) != 1 {
			t.Error("the log does not tell of the link")
		}
	})
}

// SND-08: a link neither serves a court summons nor shows anything of it.
func TestLinkAndSummons(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(func(m *memo.Message) { m.Header.LegalNotification = true })
		l, token := w.make("")
		if f, err := w.calendars.Fetch(t.Context(), token); err != nil || len(f.Dates) != 0 {
			t.Errorf("%+v %v", f.Dates, err)
		}
		if _, err := w.Mailboxes.Open(t.Context(), l.Actor(), w.box, m.ID); errs.KindOf(err) != errs.KindForbidden {
			t.Error("opened by the link's right:", err)
		}
		now, err := w.Mailboxes.Read(t.Context(), actor(w.citizen), w.box, m.ID)
		if err != nil || !now.Message.Unserved() || now.Message.Read {
			t.Errorf("%+v %v", now.Message, err)
		}
		if _, err := w.Mailboxes.Open(t.Context(), actor(w.citizen), w.box, m.ID); err != nil {
			t.Fatal(err)
		}
		if f, err := w.calendars.Fetch(t.Context(), token); err != nil || len(f.Dates) != 1 {
			t.Errorf("once it is served: %+v %v", f.Dates, err)
		}
	})
}

// Who reads by a link changes nothing: not even that a letter is read.
func TestLinkOnlyReads(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		l, _ := w.make("")
		by := l.Actor()
		if !by.ReadOnly || by.Assurance != post.AssuranceSubstantial || by.Party != w.citizen.ID {
			t.Errorf("%+v", by)
		}
		trash := mailbox.Selection{Messages: []mailbox.Picked{{ID: m.ID}}}
		for name, err := range map[string]error{
			"flag": func() error {
				_, err := w.Mailboxes.Patch(t.Context(), by, w.box, m.ID, 0, mailbox.Change{Flag: new(true)})
				return err
			}(),
			"note": func() error {
				_, err := w.Mailboxes.Patch(t.Context(), by, w.box, m.ID, 0, mailbox.Change{Note: new("x")})
				return err
			}(),
			"done": func() error {
				_, err := w.Mailboxes.SetAction(t.Context(), by, w.box, m.ID, 0, 0, 0, mailbox.ActionCompleted, "")
				return err
			}(),
			"delete": w.Mailboxes.Delete(t.Context(), by, w.box, m.ID, 0),
			"trash": func() error {
				op, err := w.Mailboxes.Apply(t.Context(), by, w.box, trash, mailbox.Task{Delete: true})
				if err == nil {
					err = op.Results[0].Err
				}
				return err
			}(),
			"another link": func() error {
				_, _, err := w.calendars.Make(t.Context(), by, w.box, "", false)
				return err
			}(),
			"end": w.calendars.End(t.Context(), by, w.box, l.ID),
		} {
			if errs.KindOf(err) != errs.KindForbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.Mailboxes.Open(t.Context(), by, w.box, m.ID); err != nil {
			t.Fatal(err)
		}
		if now, err := w.Mailboxes.Read(t.Context(), actor(w.citizen), w.box, m.ID); err != nil || now.Message.Read || now.Message.Version != m.Version {
			t.Errorf("%+v %v", now.Message, err)
		}
	})
}

// A link is its owner's: others neither make one for them nor see or end theirs,
// and one of a dead person shows nothing.
func TestWhoseLink(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.send(nil)
		l, token := w.make("")
		bo := w.Person("Bo", 40, nil)
		other := w.enter(bo)
		if _, _, err := w.calendars.Make(t.Context(), actor(bo), w.box, "", false); errs.KindOf(err) != errs.KindNotFound {
			t.Error("made for another's mailbox:", err)
		}
		if _, err := w.calendars.Links(t.Context(), actor(bo), w.box); errs.KindOf(err) != errs.KindNotFound {
			t.Error("listed of another's mailbox:", err)
		}
		if all, err := w.calendars.Links(t.Context(), actor(bo), other); err != nil || len(all) != 0 {
			t.Error(all, err)
		}
		if err := w.calendars.End(t.Context(), actor(bo), other, l.ID); errs.KindOf(err) != errs.KindNotFound {
			t.Error("another's link was ended:", err)
		}
		weak := actor(w.citizen)
		weak.Assurance = post.AssuranceLow
		if _, _, err := w.calendars.Make(t.Context(), weak, w.box, "", false); err == nil {
			t.Error("made with a weak log-in")
		}
		for _, guess := range []string{"", "x", strings.Repeat("A", 43), strings.ToLower(token) + "x"} {
			if _, err := w.calendars.Fetch(t.Context(), guess); errs.KindOf(err) != errs.KindNotFound {
				t.Errorf("%q: %v", guess, err)
			}
		}
		if _, err := w.calendars.Fetch(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		number := w.Number(w.citizen)
		w.Update(func(tx *db.Tx) error {
			return w.Registry.Save(tx, []registry.Record{{Type: "person", CPR: number, FirstName: "Signe", LastName: "Prøvesen", BirthDate: w.citizen.Born.Format(time.DateOnly), Status: registry.Dead}})
		})
		if _, err := w.calendars.Fetch(t.Context(), token); errs.KindOf(err) != errs.KindNotFound {
			t.Error("a dead person's link:", err)
		}
	})
}

// There are at most so many links, with names of a bounded length.
func TestBounds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, name := range []string{strings.Repeat("æ", calendar.MaxName+1), "a\nb"} {
			if _, _, err := w.calendars.Make(t.Context(), actor(w.citizen), w.box, name, false); errs.CodeOf(err) != calendar.CodeName {
				t.Errorf("%q: %v", name, err)
			}
		}
		for range calendar.MaxLinks {
			w.make(strings.Repeat("æ", calendar.MaxName))
		}
		if _, _, err := w.calendars.Make(t.Context(), actor(w.citizen), w.box, "", false); errs.CodeOf(err) != calendar.CodeTooMany {
			t.Error(err)
		}
	})
}
