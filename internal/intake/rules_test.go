package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// receipts are the business receipts that wait for the authority's system.
func (w *world) receipts(t testing.TB) []outbound.Receipt {
	t.Helper()
	var all []outbound.Receipt
	err := w.db.Read(t.Context(), func(tx *db.Tx) error {
		page, err := w.outbound.ReceiptsInBulk(tx, w.system.ID, 0, 1000)
		all = page.Content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// inbox is what lies in a person's inbox.
func (w *world) inbox(t testing.TB, person registry.Party) []mailbox.Message {
	t.Helper()
	actor := post.Actor{Party: person.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
	boxes, err := w.mailboxes.List(t.Context(), actor)
	if err != nil {
		t.Fatal(err)
	}
	if len(boxes) == 0 {
		return nil
	}
	page, err := w.mailboxes.Messages(t.Context(), actor, boxes[0].UUID, mailbox.Query{Inbox: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return page.Messages
}

// person registers somebody more.
func (w *world) person(t testing.TB, cpr, born, status, registration string) registry.Party {
	t.Helper()
	line := fmt.Sprintf(`{"type":"person","cpr":%q,"firstName":"En","lastName":"Anden","birthDate":%q,"status":%q,"registrationStatus":%q}`, cpr, born, status, registration)
	if _, err := w.registry.Import(t.Context(), cpr, strings.NewReader(line)); err != nil {
		t.Fatal(err)
	}
	number, err := post.ParseCPR(cpr)
	if err != nil {
		t.Fatal(err)
	}
	var p registry.Party
	if err := w.db.Read(t.Context(), func(tx *db.Tx) (err error) { p, err = w.registry.PersonByCPR(tx, number); return err }); err != nil {
		t.Fatal(err)
	}
	return p
}

// SND-05, SND-06, REG-01: who can receive, and what the sender is told. The clock
// stands at 22 November 2026.
func TestWhoCanReceive(t *testing.T) {
	for _, c := range []struct {
		name, born, status, registration string
		extra                            string
		want                             outbound.Status
		code                             string
	}{
		{"an adult", "1970-05-02", "ALIVE", "AUTOMATIC_REGISTRATION", "", outbound.Completed, ""},
		{"one who registered though they need not", "1970-05-02", "ALIVE", "VOLUNTARY_REGISTRATION", "", outbound.Completed, ""},
		{"one who moved abroad and stayed registered", "1970-05-02", "EMIGRATED", "AUTOMATIC_REGISTRATION", "", outbound.Completed, ""},
		{"the day one turns 15", "2011-11-22", "ALIVE", "CREATED_AWAITING_REGISTRATION", "", outbound.Completed, ""},
		{"the day before one turns 15", "2011-11-23", "ALIVE", "CREATED_AWAITING_REGISTRATION", "", outbound.NotAllowed, registry.CodeNotRegistered},
		{"in the waiting period", "1970-05-02", "ALIVE", "UNCONFIRMED_REGISTRATION", "", outbound.NotAllowed, registry.CodeNotRegistered},
		{"the dead", "1940-05-02", "DEAD", "AUTOMATIC_REGISTRATION", "", outbound.NotAllowed, registry.CodeClosed},
		{"the exempt", "1940-05-02", "ALIVE", "EXEMPT_OTHER_REASON", "", outbound.NotAllowed, registry.CodeExempt},
		{"the exempt, a mandatory letter without the right to it", "1940-05-02", "ALIVE", "EXEMPT_OTHER_REASON", "<memo:mandatory>true</memo:mandatory>", outbound.NotAllowed, intake.CodeMandatory},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, testkit.SQLite(t))
			born, err := time.Parse(time.DateOnly, c.born)
			if err != nil {
				t.Fatal(err)
			}
			serial := "1212"
			if born.Year() >= 2000 {
				serial = "4212"
			}
			cpr := born.Format("020106") + serial
			person := w.person(t, cpr, c.born, c.status, c.registration)
			if _, err := w.send(t, letterXML(post.NewUUID(), cpr, c.extra, []byte("Kære borger"))); err != nil {
				t.Fatal(err)
			}
			got := w.receipts(t)
			if len(got) != 1 || got[0].Status != c.want || got[0].Code != c.code {
				t.Fatalf("receipts %+v", got)
			}
			if in := w.inbox(t, person); (len(in) == 1) != (c.want == outbound.Completed) {
				t.Fatalf("inbox %+v", in)
			}
		})
	}
}

// What the sender is told about letters that are wrong or not allowed.
func TestRefusedLetters(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	good := letterXML(post.NewUUID(), citizenCPR, "", []byte("x"))
	for _, c := range []struct {
		name, xml string
		kind      errs.Kind // of the answer, where the letter leaves no trace
		code      string    // of the answer or of the receipt
		status    outbound.Status
	}{
		{name: "not XML", xml: "brev", kind: errs.KindInvalid, code: memo.CodeInvalid},
		{name: "another namespace", xml: strings.Replace(good, "https://DigitalPost.dk/MeMo-1", "urn:other", 1), kind: errs.KindInvalid, code: memo.CodeInvalid},
		{name: "cut off", xml: good[:len(good)-40], kind: errs.KindInvalid, code: memo.CodeInvalid},
		{name: "another authority's number", xml: strings.Replace(good, authorityCVR, "12345674", 1), kind: errs.KindForbidden, code: intake.CodeSender},
		{name: "an unknown recipient", xml: letterXML(post.NewUUID(), "0202701234", "", []byte("x")), code: registry.CodeUnknown, status: outbound.NotAllowed},
		{name: "a court summons without the right to it", xml: letterXML(post.NewUUID(), citizenCPR, "<memo:legalNotification>true</memo:legalNotification>", []byte("x")), code: intake.CodeLegal, status: outbound.NotAllowed},
		{name: "an empty document", xml: letterXML(post.NewUUID(), citizenCPR, "", nil), code: memo.CodeFileEmpty, status: outbound.Invalid},
		{name: "a program", xml: letterXML(post.NewUUID(), citizenCPR, "", []byte("#!/bin/sh\nrm -rf /\n")), code: memo.CodeFileContent, status: outbound.Invalid},
		{name: "a date that has passed", xml: letterXML(post.NewUUID(), citizenCPR, "<memo:doNotDeliverUntilDate>2026-11-01</memo:doNotDeliverUntilDate>", []byte("x")), code: memo.CodeDeliverTooEarly, status: outbound.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(w.receipts(t))
			_, err := w.send(t, c.xml)
			if c.kind != errs.KindInternal {
				if errs.KindOf(err) != c.kind || errs.CodeOf(err) != c.code {
					t.Fatalf("answer %v", err)
				}
				if len(w.receipts(t)) != before {
					t.Fatal("a letter that was refused has a receipt")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := w.receipts(t)
			if last := got[len(got)-1]; last.Code != c.code || last.Status != c.status || last.Detail == "" {
				t.Fatalf("receipt %+v", last)
			}
		})
	}
	if in := w.inbox(t, w.citizen); len(in) != 0 {
		t.Fatalf("inbox %+v", in)
	}
}

func TestSameLetterAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := post.NewUUID()
		letter := letterXML(id, citizenCPR, "", bytes.Repeat([]byte("side "), 4000))
		answers := make([]outbound.Receipt, 16)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				var err error
				if answers[i], err = w.send(t, letter); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, a := range answers {
			if a.Transmission != answers[0].Transmission || !a.At.Equal(answers[0].At) {
				t.Fatalf("answers differ: %+v and %+v", answers[0], a)
			}
		}
		if n := len(w.inbox(t, w.citizen)); n != 1 {
			t.Fatalf("%d letters", n)
		}
		if n := len(w.receipts(t)); n != 1 {
			t.Fatalf("%d receipts", n)
		}
		_, err := w.send(t, letterXML(id, citizenCPR, "", []byte("noget andet")))
		if errs.CodeOf(err) != intake.CodeUUIDUsed {
			t.Fatalf("another letter with the same messageUUID: %v", err)
		}
	})
}

func TestOneBadLetterSpoilsNoOther(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				recipient := citizenCPR
				if i%4 == 0 {
					recipient = "0202701234" // nobody
				}
				if _, err := w.send(t, letterXML(post.NewUUID(), recipient, "", []byte("x"))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(w.inbox(t, w.citizen)); n != 30 {
			t.Fatalf("%d letters", n)
		}
		if n := len(w.receipts(t)); n != 40 {
			t.Fatalf("%d receipts", n)
		}
	})
}

// doNotDeliverUntilDate: held, recallable, delivered on the date in Danish time.
func TestHeldLetter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		until := "<memo:doNotDeliverUntilDate>2026-12-24</memo:doNotDeliverUntilDate>"
		kept, recalled := post.NewUUID(), post.NewUUID()
		for _, id := range []post.UUID{kept, recalled} {
			if _, err := w.send(t, letterXML(id, citizenCPR, until, bytes.Repeat([]byte("jul "), 5000))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.intake.Recall(t.Context(), w.system, recalled); err != nil {
			t.Fatal(err)
		}
		if err := w.intake.Recall(t.Context(), w.system, recalled); errs.KindOf(err) != errs.KindNotFound {
			t.Fatalf("recalled twice: %v", err)
		}
		// 23:59:59 on 23 December in Denmark is 22:59:59 UTC.
		w.clock.Set(time.Date(2026, 12, 23, 22, 59, 59, 0, time.UTC))
		run(t, w)
		if n := len(w.inbox(t, w.citizen)) + len(w.receipts(t)); n != 0 {
			t.Fatal("delivered before its date")
		}
		w.clock.Set(time.Date(2026, 12, 23, 23, 0, 0, 0, time.UTC))
		run(t, w)
		in := w.inbox(t, w.citizen)
		if len(in) != 1 || in[0].MemoUUID != kept {
			t.Fatalf("inbox %+v", in)
		}
		if got := w.receipts(t); len(got) != 1 || got[0].Status != outbound.Completed || got[0].MessageUUID != kept {
			t.Fatalf("receipts %+v", got)
		}
	})
}

// run does the jobs that are due.
func run(t testing.TB, w *world) {
	t.Helper()
	if _, err := w.runner.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A recipient who dies while a letter waits does not get it, and the sender is told.
func TestHeldLetterToOneWhoDied(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	until := "<memo:doNotDeliverUntilDate>2026-12-24</memo:doNotDeliverUntilDate>"
	if _, err := w.send(t, letterXML(post.NewUUID(), citizenCPR, until, []byte("x"))); err != nil {
		t.Fatal(err)
	}
	dead := fmt.Sprintf(`{"type":"person","cpr":%q,"firstName":"Signe","lastName":"Holm","birthDate":"1977-11-22","status":"DEAD"}`, citizenCPR)
	if _, err := w.registry.Import(t.Context(), "deaths", strings.NewReader(dead)); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC))
	run(t, w)
	if got := w.receipts(t); len(got) != 1 || got[0].Code != registry.CodeClosed {
		t.Fatalf("receipts %+v", got)
	}
}

// A mass mailing: every letter gets its receipt, also the one that cannot be read.
func TestContainer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := newContainer(t)
		want := map[post.UUID]outbound.Status{}
		add := func(id post.UUID, xml string, status outbound.Status) {
			c.add(id, xml)
			want[id] = status
		}
		for range 40 {
			id := post.NewUUID()
			add(id, letterXML(id, citizenCPR, "", bytes.Repeat([]byte("til alle "), 2000)), outbound.Completed)
		}
		add(post.NewUUID(), "ikke et brev", outbound.Invalid)
		nobody := post.NewUUID()
		add(nobody, letterXML(nobody, "0202701234", "", []byte("x")), outbound.NotAllowed)
		answer := w.mass(t, c.close())
		run(t, w)
		got := map[post.UUID]outbound.Status{}
		for _, r := range w.receipts(t) {
			if r.Transmission != answer.Transmission {
				t.Errorf("receipt of another transmission: %+v", r)
			}
			got[r.MessageUUID] = r.Status
		}
		for id, status := range want {
			if got[id] != status {
				t.Errorf("%s: %q, want %q", id, got[id], status)
			}
		}
		if n := len(w.inbox(t, w.citizen)); n != 40 {
			t.Errorf("%d letters", n)
		}
	})
}

func TestContainerThatIsNone(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	if _, err := w.intake.AcceptContainer(t.Context(), w.system, strings.NewReader("ikke en beholder")); err != nil {
		t.Fatal(err)
	}
	run(t, w)
	if got := w.receipts(t); len(got) != 1 || got[0].Status != outbound.Invalid || got[0].Code != memo.CodeContainerInvalid {
		t.Fatalf("receipts %+v", got)
	}
}

func TestBodyThatEndsTooSoon(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	broken := errors.New("connection lost")
	_, err := w.intake.Accept(context.Background(), intake.Submission{System: w.system, Body: errReader{broken}, Length: 100})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }
