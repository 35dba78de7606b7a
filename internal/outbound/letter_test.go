package outbound

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

// deliver has a letter wait for a system and returns its messageUUID.
func (w *outside) deliver(s registry.System, xml string) post.UUID {
	message, memo := post.NewUUID(), post.NewUUID()
	w.deliverAs(s, message, memo, xml)
	return memo
}

func (w *outside) deliverAs(s registry.System, message, memo post.UUID, xml string) {
	w.letters[message] = xml
	w.update(func(tx *db.Tx) error {
		var b db.Batch
		if err := w.ReadyForFetch(tx, &b, s, 100, message, memo); err != nil {
			return err
		}
		return tx.Run(&b)
	})
}

// listed is the letters that wait for a system.
func (w *outside) listed(system post.SystemID) []post.UUID {
	var p Page[post.UUID]
	w.read(func(tx *db.Tx) (err error) {
		p, err = w.Memos(tx, system, 0, MaxPageSize)
		return err
	})
	return p.Content
}

func (w *outside) fetch(s registry.System, id post.UUID) (string, error) {
	var xml strings.Builder
	err := w.FetchMemo(w.t.Context(), &xml, s, id)
	return xml.String(), err
}

// facts 3.5, REST_PULL
func TestSystemFetchesItsLetters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		mine, theirs := w.add(1, registry.System{Protocol: registry.RESTPull}), w.add(2, registry.System{Protocol: registry.RESTPull})
		first, second, third := w.deliver(mine, "Hej"), w.deliver(mine, "Farvel"), w.deliver(mine, "Igen")
		if got := w.listed(1); !slices.Equal(got, []post.UUID{first, second, third}) {
			t.Errorf("listed: %v", got)
		}
		if len(w.listed(2)) != 0 {
			t.Error("another system sees the letters")
		}
		if xml, err := w.fetch(mine, first); err != nil || xml != `<memo version="1.1">Hej</memo>` {
			t.Errorf("fetched %q, %v", xml, err)
		}
		if _, err := w.fetch(mine, first); err != nil {
			t.Error(err)
		}
		if n := w.events(audit.MemoSendFetchedByRecipientSystem); n != 1 {
			t.Errorf("%d events of a letter fetched twice, want 1", n)
		}
		if len(w.listed(1)) != 3 {
			t.Error("a fetched letter is no longer listed before its receipt")
		}
		_, err := w.fetch(theirs, first)
		wantKind(t, err, errs.KindNotFound)
		w.update(func(tx *db.Tx) error {
			wantKind(t, w.DeleteMemo(tx, theirs, first), errs.KindNotFound)
			wantKind(t, w.BusinessReceipt(tx, theirs, first, Receipt{Status: Completed}), errs.KindNotFound)
			wantKind(t, w.BusinessReceipt(tx, mine, first, Receipt{Status: Received}), errs.KindInvalid)
			wantKind(t, w.BusinessReceipt(tx, mine, first, Receipt{}), errs.KindInvalid)
			wantKind(t, w.BusinessReceipt(tx, mine, first, Receipt{Status: Completed, MessageUUID: second}), errs.KindInvalid)
			return nil
		})
		w.update(func(tx *db.Tx) error {
			return w.BusinessReceipt(tx, mine, first, Receipt{Status: Completed, MessageUUID: first})
		})
		w.update(func(tx *db.Tx) error { return w.DeleteMemo(tx, mine, second) })
		w.update(func(tx *db.Tx) error {
			return w.BusinessReceipt(tx, mine, third, Receipt{Status: Invalid, Code: "case\x00unknown", Detail: strings.Repeat("æ", 999)})
		})
		if got := w.listed(1); len(got) != 0 {
			t.Errorf("still listed: %v", got)
		}
		if w.events(audit.BusinessReceiptReceivedByRecipientSystem) != 2 || w.events(audit.MemoSystemFetched) != 1 || w.events(audit.MemoSendReadyForFetch) != 3 {
			t.Error("events are missing")
		}
		w.read(func(tx *db.Tx) error {
			p, err := w.Refused(tx, 1, 0, 10)
			if err != nil || len(p.Content) != 1 || p.Content[0].Memo != third || p.Content[0].Code != "case unknown" ||
				p.Content[0].Mailbox != 100 || p.Content[0].Detail != strings.Repeat("æ", 500) {
				t.Errorf("refused: %+v, %v", p, err)
			}
			return nil
		})
		_, err = w.fetch(mine, third)
		wantKind(t, err, errs.KindNotFound)
	})
}

// Two senders used the same messageUUID: neither letter is lost.
func TestSameMessageUUIDFromTwoSenders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		s := w.add(1, registry.System{Protocol: registry.RESTPull})
		memo := post.NewUUID()
		w.deliverAs(s, post.NewUUID(), memo, "A")
		w.deliverAs(s, post.NewUUID(), memo, "B")
		for _, want := range []string{"A", "B"} {
			if xml, err := w.fetch(s, memo); err != nil || !strings.Contains(xml, want) {
				t.Errorf("fetched %q, %v", xml, err)
			}
			w.update(func(tx *db.Tx) error { return w.DeleteMemo(tx, s, memo) })
		}
		_, err := w.fetch(s, memo)
		wantKind(t, err, errs.KindNotFound)
	})
}

// receiver is an endpoint for letters.
type receiver struct {
	mu     sync.Mutex
	refuse map[string]bool // letters by their text
	down   bool
	answer string
	got    []string // "name of the file: content"
	calls  int
}

func (in *receiver) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.calls++
	if in.down {
		out.WriteHeader(http.StatusBadGateway)
		return
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	xml, _ := io.ReadAll(file)
	if in.refuse[string(xml)] {
		out.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	in.got = append(in.got, header.Filename+": "+string(xml))
	if in.answer == "" {
		in.answer = `"` + strings.ToUpper(post.NewUUID().String()) + `"` + "\n"
	}
	fmt.Fprint(out, in.answer)
}

// facts 3.5, REST_PUSH
func TestLettersArePushed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &receiver{}
		s := w.add(1, registry.System{Protocol: registry.RESTPush, Endpoint: w.endpoint(in.ServeHTTP).URL})
		first, second := w.deliver(s, "Hej"), w.deliver(s, "Farvel")
		w.work()
		want := []string{first.String() + `: <memo version="1.1">Hej</memo>`, second.String() + `: <memo version="1.1">Farvel</memo>`}
		if !slices.Equal(in.got, want) {
			t.Errorf("got %q, want %q", in.got, want)
		}
		w.clock.Advance(day)
		w.work()
		if in.calls != 2 || w.events(audit.MemoSendSentToRecipientSystem) != 2 {
			t.Errorf("%d calls, %d events; want 2", in.calls, w.events(audit.MemoSendSentToRecipientSystem))
		}
		// Its receipt ends the matter, by the name the letter was pushed under.
		w.update(func(tx *db.Tx) error { return w.BusinessReceipt(tx, s, first, Receipt{Status: Completed}) })
		if got := w.listed(1); !slices.Equal(got, []post.UUID{second}) {
			t.Errorf("listed %v", got)
		}
	})
}

func TestLetterThatIsNotTakenHoldsUpNoOther(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &receiver{refuse: map[string]bool{`<memo version="1.1">stor</memo>`: true}}
		s := w.add(1, registry.System{Protocol: registry.RESTPush, Endpoint: w.endpoint(in.ServeHTTP).URL})
		large := w.deliver(s, "stor")
		w.deliver(s, "damaged")
		gone := post.NewUUID()
		w.deliverAs(s, gone, post.NewUUID(), "slettet")
		delete(w.letters, gone)
		w.deliver(s, "lille")
		for range 3 {
			w.work()
			w.clock.Advance(longestWait)
		}
		if len(in.got) != 1 || !strings.HasSuffix(in.got[0], "lille</memo>") {
			t.Fatalf("got %q", in.got)
		}
		if got := w.listed(1); len(got) != 3 || !slices.Contains(got, large) {
			t.Errorf("listed %d letters, want all but the deleted one", len(got))
		}
		in.refuse = nil
		w.work()
		w.clock.Advance(longestWait)
		w.work()
		if len(in.got) != 2 {
			t.Errorf("got %q after the receiver was mended", in.got)
		}
	})
}

func TestAnswerThatIsNoUUIDTookNothing(t *testing.T) {
	w := start(t, testkit.SQLite(t))
	in := &receiver{answer: "<html>Vi holder lukket</html>"}
	s := w.add(1, registry.System{Protocol: registry.RESTPush, Endpoint: w.endpoint(in.ServeHTTP).URL})
	w.deliver(s, "Hej")
	w.work()
	if f := w.failures(); len(f) != 1 || f[0].Reason != "endpoint.answer.not.valid" {
		t.Errorf("failures: %+v", f)
	}
}

// facts 3.5: after 7 days without a delivery; one success resets the clock.
func TestDeadRecipientSystemIsSwitchedOff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &receiver{down: true}
		s := w.add(1, registry.System{Protocol: registry.RESTPush, Endpoint: w.endpoint(in.ServeHTTP).URL})
		active := func() bool { return w.systems[1].ActiveAt(w.clock.Now()) }
		w.deliver(s, "Hej")
		w.work()
		w.clock.Advance(6 * day)
		w.work()
		in.down = false
		w.clock.Advance(longestWait)
		w.work()
		if len(in.got) != 1 {
			t.Fatal("not delivered")
		}
		in.down = true
		w.deliver(s, "Farvel")
		w.work()
		w.clock.Advance(6 * day)
		w.work()
		if !active() {
			t.Error("switched off before 7 days were over")
		}
		w.clock.Advance(day)
		w.work()
		if active() {
			t.Error("not switched off after 7 days")
		}
		calls := in.calls
		w.clock.Advance(day)
		w.work()
		if in.calls != calls {
			t.Error("called after it was switched off")
		}
		in.down = false
		w.change(1, func(s *registry.System) { s.ActiveTo = w.clock.Now().Add(day) })
		w.update(func(tx *db.Tx) error { return w.Resume(tx, 1) })
		w.work()
		if len(in.got) != 2 {
			t.Error("not delivered after it was switched on again")
		}
	})
}

// A letter whose receiver hangs up half-way is the receiver's failure.
func TestReceiverHangsUp(t *testing.T) {
	w := start(t, testkit.SQLite(t))
	s := w.add(1, registry.System{Protocol: registry.RESTPush, Endpoint: w.endpoint(func(out http.ResponseWriter, r *http.Request) {
		panic(http.ErrAbortHandler)
	}).URL})
	w.deliver(s, strings.Repeat("x", 8<<20))
	w.work()
	if f := w.failures(); len(f) != 1 || f[0].Reason != "endpoint.unreachable" {
		t.Errorf("failures: %+v", f)
	}
}
