package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

// afterChristmas is a letter that waits, with a file that lies outside the database.
func afterChristmas(id post.UUID) string {
	return letterXML(id, citizenCPR, "<memo:doNotDeliverUntilDate>2026-12-27</memo:doNotDeliverUntilDate>", bytes.Repeat([]byte("jul "), 5000))
}

var dateHasCome = time.Date(2026, 12, 27, 12, 0, 0, 0, time.UTC)

// A held letter that two processes deliver at the same time is delivered once.
func TestHeldLetterDeliveredTwice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := post.NewUUID()
		if _, err := w.send(t, afterChristmas(id)); err != nil {
			t.Fatal(err)
		}
		w.clock.Set(dateHasCome)
		deliveries := make([]func() error, 8)
		for i := range deliveries {
			var err error
			if deliveries[i], err = w.intake.Waiting(t.Context(), id, w.system.Organisation); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		for _, deliver := range deliveries {
			all.Go(func() {
				if err := deliver(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		run(t, w)
		if n, receipts := len(w.inbox(t, w.citizen)), w.receipts(t); n != 1 || len(receipts) != 1 {
			t.Fatalf("%d letters, receipts %+v", n, receipts)
		}
	})
}

// A held letter that is recalled while it is being delivered is either.
func TestRecallWhileDelivering(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := post.NewUUID()
		if _, err := w.send(t, afterChristmas(id)); err != nil {
			t.Fatal(err)
		}
		w.clock.Set(dateHasCome)
		deliver, err := w.intake.Waiting(t.Context(), id, w.system.Organisation)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.intake.Recall(t.Context(), w.system, id); err != nil {
			t.Fatal(err)
		}
		if err := deliver(); err != nil {
			t.Error(err)
		}
		if n := len(w.inbox(t, w.citizen)) + len(w.receipts(t)); n != 0 {
			t.Error("a letter was delivered that had been recalled")
		}
	})
}

// A held letter that is refused on its date waits no more, and its files are gone.
func TestHeldLetterRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := post.NewUUID()
		if _, err := w.send(t, afterChristmas(id)); err != nil {
			t.Fatal(err)
		}
		dead := fmt.Sprintf(`{"type":"person","cpr":%q,"firstName":"Signe","lastName":"Holm","birthDate":"1977-11-22","status":"DEAD"}`, citizenCPR)
		if _, err := w.registry.Import(t.Context(), "deaths", strings.NewReader(dead)); err != nil {
			t.Fatal(err)
		}
		w.clock.Set(dateHasCome)
		run(t, w)
		if got := w.receipts(t); len(got) != 1 || got[0].Code != registry.CodeClosed {
			t.Fatalf("receipts %+v", got)
		}
		if err := w.intake.Recall(t.Context(), w.system, id); errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("it still waits: %v", err)
		}
		if n := w.blobs(t); n != 0 {
			t.Errorf("%d files are left", n)
		}
	})
}

func (w *world) blobs(t testing.TB) (n int) {
	t.Helper()
	err := w.db.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM blob").Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A transaction that is run again decides anew, and keeps nothing of the first
// run: the same letter twice in a group, one that is refused, one that waits.
func TestGroupRunAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		same, waits, other := post.NewUUID(), post.NewUUID(), post.NewUUID()
		content := bytes.Repeat([]byte("side "), 4000)
		receipts, answers, err := w.intake.Group(t.Context(), w.system, errors.New("lost"),
			letterXML(same, citizenCPR, "", content),
			letterXML(same, citizenCPR, "", content),
			letterXML(same, citizenCPR, "", []byte("noget andet")),
			letterXML(post.NewUUID(), "0202701234", "", content),
			afterChristmas(waits),
			replaceCVR(letterXML(other, citizenCPR, "", content)))
		if err != nil {
			t.Fatal(err)
		}
		kept, used := 0, 0
		for _, i := range []int{0, 1, 2} { // whichever was first
			if errs.CodeOf(answers[i]) == intake.CodeUUIDUsed {
				used++
			} else if answers[i] == nil && receipts[i].Status == outbound.Received {
				kept++
			}
		}
		if kept+used != 3 || used == 0 || answers[3] != nil || answers[4] != nil || errs.CodeOf(answers[5]) != intake.CodeSender {
			t.Fatalf("answers %v", answers)
		}
		if n, receipts := len(w.inbox(t, w.citizen)), w.receipts(t); n != 1 || len(receipts) != 2 {
			t.Fatalf("%d letters, receipts %+v", n, receipts)
		}
		w.clock.Set(dateHasCome)
		run(t, w)
		if n := len(w.inbox(t, w.citizen)); n != 2 {
			t.Fatalf("%d letters", n)
		}
	})
}

// Where documents cannot be written, a letter is not accepted and nothing of it is
// kept; when they can be, it is delivered by sending it again.
func TestDocumentsCannotBeWritten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		large, small := letterXML(post.NewUUID(), citizenCPR, "", bytes.Repeat([]byte("stor "), 10_000)), letterXML(post.NewUUID(), citizenCPR, "", []byte("lille"))
		w.breakDisk()
		if _, err := w.send(t, large); errs.KindOf(err) != errs.KindUnavailable {
			t.Fatalf("accepted: %v", err)
		}
		if _, err := w.send(t, small); err != nil {
			t.Fatalf("a letter that needs no disk of its own: %v", err)
		}
		if n, r := len(w.inbox(t, w.citizen)), len(w.receipts(t)); n != 1 || r != 1 {
			t.Fatalf("%d letters, %d receipts", n, r)
		}
		w.mendDisk(t)
		if _, err := w.send(t, large); err != nil {
			t.Fatal(err)
		}
		if n, r := len(w.inbox(t, w.citizen)), len(w.receipts(t)); n != 2 || r != 2 {
			t.Fatalf("%d letters, %d receipts", n, r)
		}
	})
}

// A letter of many files goes to disk while it comes, and is whole.
func TestLetterOfManyFiles(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	file := func(i int) string {
		one := letterXML(post.NewUUID(), citizenCPR, "", bytes.Repeat([]byte{byte('a' + i)}, 900_000))
		return one[strings.Index(one, "<memo:File>") : strings.Index(one, "</memo:File>")+len("</memo:File>")]
	}
	var files strings.Builder
	for i := range 8 {
		files.WriteString(file(i))
	}
	id := post.NewUUID()
	xml := strings.Replace(letterXML(id, citizenCPR, "", []byte("kort")), "</memo:MainDocument>", files.String()+"</memo:MainDocument>", 1)
	if _, err := w.send(t, xml); err != nil {
		t.Fatal(err)
	}
	m := w.inbox(t, w.citizen)
	if len(m) != 1 || m[0].Size != 4+8*900_000 {
		t.Fatalf("%+v", m)
	}
	// Again, and refused for its last file: what went to disk is given back.
	if _, err := w.send(t, xml); err != nil {
		t.Fatal(err)
	}
	if _, err := w.send(t, strings.Replace(strings.Replace(xml, id.String(), post.NewUUID().String(), 1), "</memo:MainDocument>",
		strings.Replace(file(0), "brev.txt", "brev.exe", 1)+"</memo:MainDocument>", 1)); err != nil {
		t.Fatal(err)
	}
	if got := w.receipts(t); len(got) != 2 || got[1].Status != outbound.Invalid || w.blobs(t) != 9 {
		t.Fatalf("receipts %+v, %d files", got, w.blobs(t))
	}
}

// What is handed in while the program stops is either delivered or refused as
// Unavailable, never both or neither.
func TestStopWhileLettersWait(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		accepted := make(chan post.UUID, 100)
		var all sync.WaitGroup
		for i := range cap(accepted) {
			all.Go(func() {
				id := post.NewUUID()
				_, err := w.send(t, letterXML(id, citizenCPR, "", []byte("x")))
				if err == nil {
					accepted <- id
				} else if errs.KindOf(err) != errs.KindUnavailable {
					t.Error(err)
				}
				if i == 20 {
					w.intake.Stop()
				}
			})
		}
		all.Wait()
		close(accepted)
		there := map[post.UUID]int{}
		for _, m := range w.inbox(t, w.citizen) {
			there[m.MemoUUID]++
		}
		for id := range accepted {
			if there[id] != 1 {
				t.Errorf("an accepted letter is there %d times", there[id])
			}
			delete(there, id)
		}
		if len(there) > 0 {
			t.Errorf("%d letters are there that were refused", len(there))
		}
	})
}

// Two processes deliver the same letters, to the same people who have no mailbox
// yet, in different orders and through both lanes: each letter is there once.
func TestTwoProcesses(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		both := []*world{w, w.second(t)}
		var people []registry.Party
		var letters []string
		container := newContainer(t)
		for i := range 24 {
			cpr := fmt.Sprintf("020770%04d", 1000+i)
			people = append(people, w.person(t, cpr, "1970-07-02", "ALIVE", "AUTOMATIC_REGISTRATION"))
			id := post.NewUUID()
			letters = append(letters, letterXML(id, cpr, "", bytes.Repeat([]byte("til alle "), 2000)))
			container.add(id, letters[i])
		}
		if _, err := w.intake.AcceptContainer(t.Context(), w.system, container.close()); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() { run(t, both[1]) })
		for p, w := range both {
			for i := range letters {
				if p == 1 {
					i = len(letters) - 1 - i
				}
				all.Go(func() {
					if _, err := w.send(t, letters[i]); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		for _, p := range people {
			if n := len(w.inbox(t, p)); n != 1 {
				t.Errorf("%d letters", n)
			}
		}
		if n := len(w.receipts(t)); n != len(letters) {
			t.Errorf("%d receipts for %d letters", n, len(letters))
		}
	})
}
