package mailbox_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// MBX-08, MBX-11, MBX-12, MBX-15: each change is there for every client, has its
// event, a new version and a new place in the order of changes; what changes
// nothing has none.
func TestPatch(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		trash := w.folder(mailbox.Deleted).UUID
		for _, c := range []struct {
			name   string
			change mailbox.Change
			event  audit.Name // "" where nothing changes
			is     func(mailbox.Letter) bool
		}{
			{"read", mailbox.Change{Read: new(true)}, audit.MessageRead, func(l mailbox.Letter) bool { return l.Message.Read }},
			{"read again", mailbox.Change{Read: new(true)}, "", func(l mailbox.Letter) bool { return l.Message.Read }},
			{"unread", mailbox.Change{Read: new(false)}, audit.MessageUpdated, func(l mailbox.Letter) bool { return !l.Message.Read }},
			{"flag", mailbox.Change{Flag: new(true)}, audit.FlagChanged, func(l mailbox.Letter) bool { return l.Message.Flag }},
			{"trash", mailbox.Change{Folder: &trash}, audit.MessageDeleted, func(l mailbox.Letter) bool { return l.Folder.ID == mailbox.Deleted }},
			{"nothing", mailbox.Change{}, "", func(l mailbox.Letter) bool { return l.Message.Flag }},
		} {
			before, box := w.read(m.ID), w.enter(w.citizen)
			events := w.events(w.citizen.ID, c.event)
			w.Clock.Advance(time.Second)
			got, now := w.patch(m.ID, c.change), w.read(m.ID)
			if !c.is(now) || got.Message != now.Message || got.Folder != now.Folder {
				t.Errorf("%s: %+v, read as %+v", c.name, got.Message, now.Message)
			}
			changed := int64(1)
			if c.event == "" {
				changed = 0
			}
			if now.Message.Version-before.Message.Version != changed || w.enter(w.citizen).Modseq-box.Modseq != changed {
				t.Errorf("%s: version %d after %d", c.name, now.Message.Version, before.Message.Version)
			}
			if n := w.events(w.citizen.ID, c.event) - events; n != int(changed) {
				t.Errorf("%s: %d events", c.name, n)
			}
		}
	})
}

// A client that has not seen the newest version changes nothing.
func TestVersionConflict(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	m := w.send(nil)
	w.patch(m.ID, mailbox.Change{Read: new(true)})
	_, err := w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, m.ID, m.Version, mailbox.Change{Flag: new(true)})
	if errs.KindOf(err) != errs.KindConflict || w.read(m.ID).Message.Flag {
		t.Errorf("%v", err)
	}
	if _, err := w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, m.ID, m.Version+1, mailbox.Change{Flag: new(true)}); err != nil {
		t.Error(err)
	}
}

func TestFoldersThatTakeNoLetter(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	m := w.send(nil)
	for name, folder := range map[string]post.UUID{"drafts": w.folder(mailbox.Drafts).UUID, "sent": w.folder(mailbox.SentBox).UUID, "none": post.NewUUID(), "nil": {}} {
		_, err := w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, m.ID, 0, mailbox.Change{Folder: &folder})
		if errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("moved to %s: %v", name, err)
		}
	}
	if now := w.read(m.ID).Message; now != m {
		t.Errorf("changed: %+v", now)
	}
}

// Two clients at once: each change is kept, and the one whose version is old is
// told.
func TestTwoClientsAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		trash := w.folder(mailbox.Deleted).UUID
		var all sync.WaitGroup
		for _, c := range []mailbox.Change{{Read: new(true)}, {Flag: new(true)}, {Folder: &trash}, {Note: new("ring til dem")}} {
			all.Go(func() { w.patch(m.ID, c) })
		}
		all.Wait()
		now := w.read(m.ID)
		if !now.Message.Read || !now.Message.Flag || now.Folder.ID != mailbox.Deleted || now.Note == "" || now.Message.Version != m.Version+4 {
			t.Errorf("%+v", now.Message)
		}
		conflicts := make(chan bool, 8)
		for range cap(conflicts) {
			all.Go(func() {
				_, err := w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, m.ID, now.Message.Version, mailbox.Change{Flag: new(false)})
				if err != nil && errs.KindOf(err) != errs.KindConflict {
					t.Error(err)
				}
				conflicts <- err != nil
			})
		}
		all.Wait()
		lost := 0
		for range cap(conflicts) {
			if <-conflicts {
				lost++
			}
		}
		if lost != cap(conflicts)-1 {
			t.Errorf("%d of %d were told", lost, cap(conflicts))
		}
	})
}

// MBX-10: a note is its writer's, and sealed.
func TestNotes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		w.patch(m.ID, mailbox.Change{Note: new("Husk ærmet 💉")})
		if l := w.read(m.ID); l.Note != "Husk ærmet 💉" {
			t.Errorf("%q", l.Note)
		}
		w.patch(m.ID, mailbox.Change{Note: new("Husk begge")})
		if l := w.read(m.ID); l.Note != "Husk begge" {
			t.Errorf("%q", l.Note)
		}
		w.patch(m.ID, mailbox.Change{Note: new("")})
		if l := w.read(m.ID); l.Note != "" {
			t.Errorf("%q", l.Note)
		}
		_, err := w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, m.ID, 0, mailbox.Change{Note: new(strings.Repeat("æ", mailbox.MaxNote+1))})
		if errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("too long: %v", err)
		}
		w.patch(m.ID, mailbox.Change{Note: new(strings.Repeat("æ", mailbox.MaxNote))})
	})
}

// SND-08: a court summons is served by opening it, reading its bytes, moving it or
// deleting it, once; not by listing it, looking at what it has, flagging it, or
// writing a note.
func TestCourtSummons(t *testing.T) {
	cases := map[string]struct {
		serves bool
		do     func(*town, mailbox.Message) error
	}{
		"open": {true, func(w *town, m mailbox.Message) error {
			_, err := w.Mailboxes.Open(w.T.Context(), actor(w.citizen), w.box.UUID, m.ID)
			return err
		}},
		"open what was marked read": {true, func(w *town, m mailbox.Message) error {
			w.patch(m.ID, mailbox.Change{Read: new(true)})
			_, err := w.Mailboxes.Open(w.T.Context(), actor(w.citizen), w.box.UUID, m.ID)
			return err
		}},
		"content": {true, func(w *town, m mailbox.Message) error {
			_, r, err := w.Mailboxes.Content(w.T.Context(), actor(w.citizen), w.box.UUID, m.ID, 0, 0)
			if err == nil {
				r.Close()
			}
			return err
		}},
		"delete": {true, func(w *town, m mailbox.Message) error {
			w.patch(m.ID, mailbox.Change{Folder: new(w.folder(mailbox.Deleted).UUID)})
			return nil
		}},
		"content that is not there": {false, func(w *town, m mailbox.Message) error {
			if _, _, err := w.Mailboxes.Content(w.T.Context(), actor(w.citizen), w.box.UUID, m.ID, 7, 0); errs.KindOf(err) != errs.KindNotFound {
				return err
			}
			return nil
		}},
		"move to where it is": {false, func(w *town, m mailbox.Message) error {
			w.patch(m.ID, mailbox.Change{Folder: new(w.folder(mailbox.Inbox).UUID)})
			return nil
		}},
		"visit": {false, func(w *town, m mailbox.Message) error {
			l, err := w.Mailboxes.Visit(w.T.Context(), actor(w.citizen), w.box.UUID, m.ID)
			if err == nil && (!l.Message.Unserved() || l.Message.Read) {
				w.T.Errorf("a visit: %+v", l.Message)
			}
			return err
		}},
		"list its dates": {false, func(w *town, m mailbox.Message) error {
			all, n, err := w.Mailboxes.Deadlines(w.T.Context(), actor(w.citizen), w.box.UUID, mailbox.DeadlineQuery{})
			for _, d := range all {
				if d.Message.ID == m.ID {
					w.T.Errorf("%d dates, of an unserved summons %+v", n, d)
				}
			}
			return err
		}},
		"look": {false, func(w *town, m mailbox.Message) error { w.read(m.ID); return nil }},
		"flag, mark and note": {false, func(w *town, m mailbox.Message) error {
			w.patch(m.ID, mailbox.Change{Flag: new(true), Read: new(true), Note: new("hov")})
			return nil
		}},
	}
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for name, c := range cases {
			m := w.send(summons)
			before := w.events(w.citizen.ID, audit.MessageLegallyNotified)
			for range 2 {
				if err := c.do(w, m); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			l := w.read(m.ID)
			events := w.events(w.citizen.ID, audit.MessageLegallyNotified) - before
			if l.Message.Served.IsZero() == c.serves || (events == 1) != c.serves || events > 1 {
				t.Errorf("%s: served %v, %d events", name, l.Message.Served, events)
			}
			if c.serves != (l.ServedTo == w.citizen.Name && l.ServedVia == "owner") {
				t.Errorf("%s: served to %q as %q", name, l.ServedTo, l.ServedVia)
			}
		}
	})
}

// MBX-15, MBX-01: what is opened at one place is read at all.
func TestOpen(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		app := actor(w.citizen)
		app.Platform = post.PlatformApp
		for range 2 {
			l, err := w.Mailboxes.Open(t.Context(), app, w.box.UUID, m.ID)
			if err != nil || !l.Message.Read || l.Memo.Header.Label != m.Label || l.Folder.Unread != 0 || l.Folder.Total != 1 {
				t.Fatalf("%+v %v", l, err)
			}
		}
		if page := w.list(mailbox.Query{Inbox: true}); !page.Messages[0].Read || page.Folders[0].Unread != 0 {
			t.Errorf("%+v", page)
		}
		if n := w.events(w.citizen.ID, audit.MessageRead); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

// REG-01, facts 3.6: who may have a mailbox, and that logging in ends a waiting
// period.
func TestEnter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for name, c := range map[string]struct {
			age          int
			registration registry.Registration
			code         string
			then         registry.Registration
		}{
			"an adult":                      {40, registry.Automatic, "", registry.Automatic},
			"in the waiting period":         {40, registry.Unconfirmed, "", registry.Automatic},
			"one who has turned 15":         {15, registry.Awaiting, "", registry.Automatic},
			"the exempt, for what is old":   {40, registry.ExemptOther, "", registry.ExemptOther},
			"a child":                       {14, registry.Awaiting, registry.CodeNotRegistered, registry.Awaiting},
			"a child in the last 21 days":   {14, registry.BeforeUnconfirmed, registry.CodeNotRegistered, registry.BeforeUnconfirmed},
			"a child said to be an adult":   {14, registry.Automatic, registry.CodeNotRegistered, registry.Automatic},
			"a child in the waiting period": {14, registry.Unconfirmed, registry.CodeNotRegistered, registry.Unconfirmed},
		} {
			p := w.Person("Nogen", c.age, func(r *registry.Record) { r.RegistrationStatus = c.registration })
			for range 2 {
				box, err := w.Mailboxes.Enter(t.Context(), actor(p))
				if errs.CodeOf(err) != c.code || (err == nil) != (box.ID == p.ID && !box.Accessed.IsZero()) {
					t.Errorf("%s: %+v %v", name, box, err)
				}
			}
			var now registry.Party
			if err := d.Read(t.Context(), func(tx *db.Tx) (err error) { now, err = w.Registry.Party(tx, p.ID); return err }); err != nil {
				t.Fatal(err)
			}
			if now.Registration != c.then {
				t.Errorf("%s: %s afterwards", name, now.Registration)
			}
			all, err := w.Mailboxes.List(t.Context(), actor(p))
			if err != nil || (len(all) == 1) != (c.code == "") {
				t.Errorf("%s: %v %v", name, all, err)
			}
		}
	})
}

// SND-08: whoever has not opened a court summons learns neither what it asks for nor
// when, not by what a client reads beside the letter, not by a filter, and not by
// marking it as done.
func TestSummonsTellsNothingBeforeItIsServed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(func(m *memo.Message) {
			summons(m)
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, m.Body.MainDocument)
		})
		me, box := actor(w.citizen), w.box.UUID
		told := func() (actions, due int) {
			t.Helper()
			letters, err := w.Mailboxes.Letters(t.Context(), me, box, []post.UUID{m.ID})
			if err != nil {
				t.Fatal(err)
			}
			for _, letter := range []*memo.Message{w.read(m.ID).Memo, letters[m.ID]} {
				for _, doc := range letter.Documents() {
					actions += len(doc.Actions)
				}
			}
			return actions, len(w.list(mailbox.Query{Due: true}).Messages)
		}
		if actions, due := told(); actions != 0 || due != 0 {
			t.Errorf("%d actions, %d dates ahead before it is served", actions, due)
		}
		_, err := w.Mailboxes.SetAction(t.Context(), me, box, m.ID, 0, 0, 0, mailbox.ActionCompleted, "")
		if errs.KindOf(err) != errs.KindNotFound || w.read(m.ID).Message.Version != m.Version {
			t.Errorf("an action of it was done: %v", err)
		}
		if _, err := w.Mailboxes.Open(t.Context(), me, box, m.ID); err != nil {
			t.Fatal(err)
		}
		if actions, due := told(); actions != 4 || due != 1 {
			t.Errorf("%d actions, %d dates ahead once it is served", actions, due)
		}
	})
}
