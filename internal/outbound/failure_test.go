package outbound

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

// listen collects what organisations are told.
func (w *outside) listen() *[]Announcement {
	var all []Announcement
	w.SetAnnouncer(func(tx *db.Tx, a Announcement) error {
		tx.OnCommit(func() { all = append(all, a) })
		return nil
	})
	return &all
}

// pass lets time go by, with all the work of it.
func (w *outside) pass(d time.Duration) {
	w.t.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		w.clock.Advance(min(6*longestWait, end.Sub(w.clock.Now())))
		w.work()
	}
}

func (w *outside) health(system post.SystemID) Health {
	w.t.Helper()
	var h Health
	w.read(func(tx *db.Tx) (err error) {
		h, err = w.Health(tx, system)
		return err
	})
	return h
}

func holds(t *testing.T, a Announcement, to post.PartyID, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if a.To != to || !strings.Contains(a.Label+a.HTML, text) {
			t.Errorf("to %d, without %q: %s %s", a.To, text, a.Label, a.HTML)
		}
	}
}

// facts 3.5: the owner is told of a system that fails, and of its end.
func TestFailingSystemIsToldToItsOwner(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		told := w.listen()
		in := &receiver{down: true}
		s := w.add(1, registry.System{Organisation: 77, Name: "Sag & <Arkiv>", Protocol: registry.RESTPush, Endpoint: w.endpoint(in.ServeHTTP).URL})
		w.deliver(s, "Hej")
		w.deliver(s, "Igen")
		w.work()
		w.pass(23 * time.Hour)
		if len(*told) != 0 {
			t.Fatalf("told after 23 hours: %+v", *told)
		}
		w.pass(3 * day)
		if len(*told) != 1 {
			t.Fatalf("told %d times, want once", len(*told))
		}
		holds(t, (*told)[0], 77, "Sag &amp; &lt;Arkiv&gt;", "2 breve venter, den første siden den 22. november 2026", "fejl 502", "29. november 2026 kl. 12.00", "the first since 22 November 2026", "endpoint.status.502")
		h := w.health(1)
		if h.Letters.Waiting != 2 || len(h.Failures) != 1 || h.Failures[0].Told.IsZero() || !h.Failures[0].SwitchedOff.IsZero() || h.Letters.Oldest != h.Failures[0].Since {
			t.Errorf("%+v", h)
		}
		w.pass(4 * day)
		if len(*told) != 2 || w.systems[1].ActiveAt(w.clock.Now()) {
			t.Fatalf("told %d times", len(*told))
		}
		holds(t, (*told)[1], 77, "er slået fra", "is switched off", "Intet er gået tabt")
		if f := w.health(1).Failures; len(f) != 1 || f[0].SwitchedOff.IsZero() {
			t.Errorf("%+v", f)
		}

		// It is switched on again and fails as before: all begins anew.
		w.change(1, func(s *registry.System) { s.ActiveTo = time.Time{} })
		w.pass(23 * time.Hour)
		if f := w.health(1).Failures; len(*told) != 2 || len(f) != 1 || !f[0].SwitchedOff.IsZero() || w.clock.Now().Sub(f[0].Since) > day {
			t.Errorf("told %d times, %+v", len(*told), f)
		}
		in.down = false
		w.pass(2 * time.Hour)
		if h := w.health(1); len(h.Failures) != 0 || h.Letters.Waiting != 0 || h.Unreceipted != 2 || len(*told) != 2 {
			t.Errorf("%+v", h)
		}
	})
}

// A system that fetches nothing is told of and switched off like one that takes
// nothing.
func TestIdleSystem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		told := w.listen()
		s := w.add(1, registry.System{Organisation: 77, Name: "Sagssystem", Protocol: registry.RESTPull})
		busy := w.add(2, registry.System{Organisation: 78, Protocol: registry.RESTPull})
		first := w.deliver(s, "Hej")
		second := w.deliver(s, "Igen")
		w.pass(3 * day)
		if len(*told) != 1 || w.health(2).Failures != nil {
			t.Fatalf("told %d times", len(*told))
		}
		holds(t, (*told)[0], 77, "henter ikke de breve", "2 breve venter", "Få systemet til at hente")
		if _, err := w.fetch(s, first); err != nil {
			t.Fatal(err)
		}
		if f := w.health(1).Failures; len(f) != 0 {
			t.Errorf("one success does not reset the clock: %+v", f)
		}
		w.pass(6 * day)
		if len(*told) != 2 || !w.systems[1].ActiveAt(w.clock.Now()) {
			t.Fatalf("told %d times", len(*told))
		}
		w.pass(2 * day)
		if len(*told) != 3 || w.systems[1].ActiveAt(w.clock.Now()) {
			t.Fatalf("told %d times, not switched off", len(*told))
		}
		holds(t, (*told)[2], 77, "er slået fra")
		w.pass(2 * day)
		if len(*told) != 3 {
			t.Errorf("told %d times", len(*told))
		}
		// What is deleted without being fetched is no longer waited for.
		w.deliver(busy, "Hej")
		w.pass(2 * time.Hour)
		if f := w.health(2).Failures; len(f) != 1 || f[0].Reason != reasonIdle {
			t.Errorf("%+v", f)
		}
		w.update(func(tx *db.Tx) error { return w.DeleteMemo(tx, busy, w.listedIn(tx, 2)[0]) })
		if f := w.health(2).Failures; len(f) != 0 || w.listed(1)[1] != second {
			t.Errorf("%+v", f)
		}
	})
}

func (w *outside) listedIn(tx *db.Tx, system post.SystemID) []post.UUID {
	p, err := w.Memos(tx, system, 0, MaxPageSize)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.Content
}

// In a localserve, where nobody may be there to fetch, such a system stays on.
func TestIdleSystemIsKept(t *testing.T) {
	w := start(t, testkit.SQLite(t))
	w.keepIdle = true
	told := w.listen()
	s := w.add(1, registry.System{Organisation: 77, Protocol: registry.RESTPull})
	w.deliver(s, "Hej")
	w.pass(9 * day)
	if len(*told) != 1 || !w.systems[1].ActiveAt(w.clock.Now()) {
		t.Errorf("told %d times", len(*told))
	}
}

// A sender's system that takes no receipts is told of, and stays on: it can send.
func TestReceiptsThatAreNotTaken(t *testing.T) {
	w := start(t, testkit.SQLite(t))
	told := w.listen()
	in := &inbox{status: http.StatusServiceUnavailable}
	w.add(1, registry.System{Organisation: 77, Name: "Afsender", Sends: true, ReceiptEndpoint: w.endpoint(in.ServeHTTP).URL})
	w.receipts(1, 3)
	w.work()
	w.pass(9 * day)
	if len(*told) != 1 || !w.systems[1].ActiveAt(w.clock.Now()) {
		t.Fatalf("told %d times", len(*told))
	}
	holds(t, (*told)[0], 77, "3 kvitteringer venter", "fejl 503")
	if strings.Contains((*told)[0].HTML, "slået fra") {
		t.Error((*told)[0].HTML)
	}
	if h := w.health(1); h.Receipts.Waiting != 3 || h.Receipts.Oldest.IsZero() {
		t.Errorf("%+v", h)
	}
}
