package delegation_test

import (
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
)

// sealed are terms of post from some senders, with a code.
func (w *family) sealed(code string, senders ...registry.Party) delegation.Terms {
	t := w.to(w.jonas, access.SenderReader)
	t.Code = code
	for _, s := range senders {
		t.Senders = append(t.Senders, s.UUID)
	}
	return t
}

func (w *family) activate(id post.UUID, code string) error {
	_, err := w.Accesses.Activate(w.T.Context(), actor(w.jonas), w.box(w.jonas), id, code)
	return err
}

// subjects are whose letters jonas sees in birthe's mailbox.
func (w *family) from() map[string]bool {
	w.T.Helper()
	page, err := w.Mailboxes.Messages(w.T.Context(), actor(w.jonas), w.box(w.birthe), mailbox.Query{Inbox: true, Limit: 50})
	w.must(err)
	all := map[string]bool{}
	for _, m := range page.Messages {
		all[m.SenderName] = true
	}
	return all
}

// Access to chosen senders' post needs the code that the owner tells, and reaches
// theirs alone (ACC-15).
func TestCode(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		stranger := w.Authority("Fremmed Kommune")
		w.Deliver(w.town, w.birthe, nil)
		w.Deliver(w.bank, w.birthe, nil)
		for _, c := range []struct {
			terms delegation.Terms
			code  string
		}{
			{w.sealed("kort", w.town), delegation.CodeShortCode},
			{w.sealed("hemmelig-1"), delegation.CodeSenders},
			{w.sealed("hemmelig-1", w.town, stranger), delegation.CodeSenders},
		} {
			_, err := w.Accesses.Give(t.Context(), actor(w.birthe), w.box(w.birthe), c.terms)
			w.refused(err, c.code)
		}
		_, err := w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), w.sealed("hemmelig-1", w.town))
		w.refused(err, delegation.CodeRelation) // it is not asked for

		a := w.give(w.sealed("Rød-Ged 17", w.town))
		if mine := w.lists(w.jonas).Mine; len(mine) != 1 || !mine[0].Code || len(mine[0].Senders) != 0 {
			t.Errorf("the receiver sees %+v", mine)
		}
		if others := w.lists(w.birthe).Others; len(others[0].Senders) != 1 {
			t.Errorf("the owner sees %+v", others)
		}
		w.refused(w.answer(w.jonas, a.ID, true), delegation.CodeNeedsCode)
		for range delegation.MaxTries - 1 {
			w.refused(w.activate(a.ID, "rødko17"), delegation.CodeWrongCode)
		}
		w.wants("")
		w.must(w.activate(a.ID, "rødged17"))
		w.wants("reader.sender")
		if from := w.from(); len(from) != 1 || !from[w.town.Name] {
			t.Errorf("%v", from)
		}
		w.refused(w.activate(a.ID, "rødged17"), delegation.CodeAnswered)
		w.must(w.remove(w.birthe, w.right().ID))
		w.refused(w.activate(a.ID, "rødged17"), delegation.CodeAnswered)
		w.wants("")

		// The owner chooses other senders later.
		b := w.give(w.sealed("rødged17", w.town))
		w.must(w.activate(post.UUID{}, "rød ged 17")) // by the code alone
		_, err = w.Accesses.Change(t.Context(), actor(w.birthe), w.box(w.birthe), w.right().ID, 0, delegation.Change{Senders: []post.UUID{w.bank.UUID}})
		w.must(err)
		if from := w.from(); len(from) != 1 || !from[w.bank.Name] {
			t.Errorf("%v", from)
		}
		w.refused(w.activate(b.ID, "rødged17"), delegation.CodeAnswered)
	})
}

// Wrong codes end an offer; so does time. The right code is none after that.
func TestCodeIsNotGuessed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.Deliver(w.town, w.birthe, nil)
		a := w.give(w.sealed("rødged17", w.town))
		for range delegation.MaxTries - 1 {
			w.refused(w.activate(post.UUID{}, "gulgris18"), delegation.CodeWrongCode)
		}
		w.refused(w.activate(a.ID, "gulgris18"), delegation.CodeSpent)
		w.refused(w.activate(a.ID, "rødged17"), delegation.CodeAnswered)
		w.refused(w.activate(post.UUID{}, "rødged17"), delegation.CodeWrongCode)
		w.wants("")
		if titles, _ := w.letters(w.birthe); !strings.Contains(titles[0], "forkert for mange gange") {
			t.Errorf("%q", titles)
		}
		b := w.give(w.sealed("rødged17", w.town))
		w.Clock.Set(b.Answer)
		w.refused(w.activate(b.ID, "rødged17"), delegation.CodeAnswered)
		w.wants("")
		if a, b := delegation.NewCode(), delegation.NewCode(); len(a) != 9 || a == b {
			t.Error(a, b)
		}
	})
}

// Access to private post is given by its owner and works at once, on its platform
// and there alone; it is not asked for, and not given where there is no such
// platform (ACC-09).
func TestPrivate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		terms := w.to(w.jonas, access.PrivateReader)
		terms.Source = post.SourceMit
		give := func() error {
			_, err := w.Accesses.Give(t.Context(), actor(w.birthe), w.box(w.birthe), terms)
			return err
		}
		w.refused(give(), delegation.CodePlatform)
		w.Accesses.Private = []post.Source{post.SourceMit}
		_, err := w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), terms)
		w.refused(err, delegation.CodeRelation)
		w.must(give())
		w.refused(give(), delegation.CodeThere)
		w.wants("") // at borger.
		at := actor(w.jonas)
		at.Platform = post.PlatformMit
		if box, err := w.Mailboxes.Get(t.Context(), at, w.box(w.birthe)); err != nil || box.Via != access.PrivateReader || box.May(access.MessageWrite) {
			t.Error(box.Via, err)
		}
		// It stands beside the access to public post.
		w.must(w.answer(w.jonas, w.give(w.to(w.jonas, access.Writer)).ID, true))
		w.wants("writer")
		for _, a := range w.lists(w.birthe).Others {
			w.must(w.remove(w.birthe, a.ID))
		}
		if _, err := w.Mailboxes.Get(t.Context(), at, w.box(w.birthe)); err == nil {
			t.Error("it was removed, and works")
		}
	})
}

// Both sides are reminded 14 days and 1 day before the end, and told of it, once
// each, however often the jobs run and however long none did.
func TestReminders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.Clock.Set(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)) // over the change to summer time
		terms := w.to(w.jonas, access.Reader)
		terms.LastDay = time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC)
		w.must(w.answer(w.jonas, w.give(terms).ID, true))
		w.Work() // the first slot is still to come
		titles := func() string {
			w.T.Helper()
			w.Clock.Advance(time.Hour)
			w.Work()
			w.Work()
			all, _ := w.letters(w.birthe)
			theirs, _ := w.letters(w.jonas)
			if len(all) != len(theirs) {
				t.Errorf("%q %q", all, theirs)
			}
			return all[0]
		}
		at := func(month time.Month, day int) { w.Clock.Set(post.StartOfDay(2026, month, day)) }
		const soon, over = "Jonas Holm har snart ikke længere adgang til din post", "Jonas Holm har ikke længere adgang til din post"
		at(3, 21)
		if got := titles(); got == soon {
			t.Error("reminded 15 days before")
		}
		at(3, 22)
		if got := titles(); got != soon {
			t.Errorf("14 days before: %q", got)
		}
		n, _ := w.letters(w.birthe)
		at(4, 3)
		titles()
		at(4, 4)
		if got, _ := titles(), 0; got != soon {
			t.Errorf("1 day before: %q", got)
		}
		at(4, 5)
		titles()
		if m, _ := w.letters(w.birthe); len(m) != len(n)+1 {
			t.Errorf("%q", m)
		}
		at(4, 6)
		if got := titles(); got != over {
			t.Errorf("ended: %q", got)
		}
		w.wants("")
		m, _ := w.letters(w.birthe)
		at(4, 20)
		titles()
		if again, _ := w.letters(w.birthe); len(again) != len(m) {
			t.Errorf("told again: %q", again)
		}
		// A year later it is forgotten.
		w.Clock.Set(time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC))
		titles()
		if l := w.lists(w.birthe).Others; len(l) != 0 {
			t.Errorf("%+v", l)
		}
	})
}

// Where nothing ran for long the nearest reminder comes, not all; and an access that
// is renewed is told of anew.
func TestLateReminder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.Work()
		terms := w.to(w.jonas, access.Reader)
		terms.LastDay = day(w, 40)
		w.must(w.answer(w.jonas, w.give(terms).ID, true))
		before, _ := w.letters(w.jonas)
		w.Clock.Set(terms.LastDay.Add(15 * time.Hour))
		w.Work()
		after, _ := w.letters(w.jonas)
		if len(after) != len(before)+1 || !strings.Contains(after[0], "udløber snart") {
			t.Errorf("%q", after)
		}
		_, err := w.Accesses.Change(t.Context(), actor(w.birthe), w.box(w.birthe), w.right().ID, 0, delegation.Change{LastDay: day(w, 20)})
		w.must(err)
		w.Clock.Set(day(w, 6).Add(5 * time.Hour))
		w.Work()
		last, _ := w.letters(w.jonas)
		if len(last) != len(after)+2 || !strings.Contains(last[0], "udløber snart") { // changed, reminded
			t.Errorf("%q", last)
		}
	})
}

// Once a year each owner is reminded to look through who has access, and nobody who
// gave none.
func TestReview(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.Work()
		w.Give(rights.Right{Mailbox: w.birthe.ID, Holder: w.jonas.ID, Relation: access.Reader, Origin: rights.Manual})
		reviews := func() (n int) {
			w.Clock.Advance(24 * time.Hour)
			w.Work()
			titles, texts := w.letters(w.birthe)
			for _, title := range titles {
				if title == "Har de rigtige adgang til din Digital Post?" {
					n++
				}
			}
			if n > 0 && !strings.Contains(texts, "<li>Jonas Holm</li>") {
				t.Error(texts)
			}
			return n
		}
		for _, c := range []struct{ days, want int }{{0, 0}, {300, 0}, {70, 1}, {0, 1}, {360, 1}, {10, 2}} {
			w.Clock.Advance(time.Duration(c.days) * 24 * time.Hour)
			if got := reviews(); got != c.want {
				t.Errorf("after %d days more: %d, want %d", c.days, got, c.want)
			}
		}
		if titles, _ := w.letters(w.jonas); len(titles) != 0 {
			t.Errorf("%q", titles)
		}
		if l := w.lists(w.birthe).Others; len(l) != 1 || !l[0].ByStaff {
			t.Errorf("%+v", l)
		}
	})
}
