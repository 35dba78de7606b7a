package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/testkit"
)

// withTable makes a table x (id, n) to play with.
func withTable(t *testing.T, d *db.DB) {
	t.Helper()
	must(t, d.Update(t.Context(), func(tx *db.Tx) error {
		blob := "BLOB"
		if d.Postgres() {
			blob = "BYTEA"
		}
		_, err := tx.Exec("CREATE TABLE x (n BIGINT PRIMARY KEY, content " + blob + ")")
		return err
	}))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func insert(tx *db.Tx, n int) error {
	_, err := tx.Exec("INSERT INTO x (n) VALUES ($1)", n)
	return err
}

// stored lists the numbers in x.
func stored(t *testing.T, d *db.DB) string {
	t.Helper()
	var all []int
	must(t, d.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query("SELECT n FROM x ORDER BY n")
		all, err = db.Collect(rows, err, func(rows *db.Rows) (n int, err error) { return n, rows.Scan(&n) })
		return err
	}))
	return fmt.Sprint(all)
}

// together has updates wait for the writer at the same time, so that they come
// into one group, in their order.
func together(t *testing.T, d *db.DB, updates ...func(*db.Tx) error) []error {
	t.Helper()
	busy, release := make(chan bool), make(chan bool)
	first := make(chan error)
	go func() {
		var once sync.Once
		first <- d.Update(t.Context(), func(*db.Tx) error {
			once.Do(func() { busy <- true; <-release })
			return nil
		})
	}()
	<-busy
	results := make([]chan error, len(updates))
	for i, fn := range updates {
		results[i] = make(chan error)
		go func() { results[i] <- d.Update(t.Context(), fn) }()
		db.AwaitQueue(d, i+1)
	}
	release <- true
	<-first
	var outcome []error
	for _, result := range results {
		outcome = append(outcome, <-result)
	}
	return outcome
}

func TestConcurrentUpdatesShareACommit(t *testing.T) {
	d := testkit.SQLite(t)
	withTable(t, d)
	var did []string // by the writer alone
	update := func(n int) func(*db.Tx) error {
		return func(tx *db.Tx) error {
			did = append(did, fmt.Sprint("work ", n))
			tx.BeforeCommit(func() error { did = append(did, fmt.Sprint("commit ", n)); return nil })
			return insert(tx, n)
		}
	}
	for _, err := range together(t, d, update(1), update(2), update(3)) {
		must(t, err)
	}
	if got := strings.Join(did, ", "); got != "work 1, work 2, work 3, commit 1, commit 2, commit 3" {
		t.Error(got)
	}
	if got := stored(t, d); got != "[1 2 3]" {
		t.Error(got)
	}
}

func TestAnUpdateAloneWaitsForNobody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		for n := range 3 {
			must(t, d.Update(t.Context(), func(tx *db.Tx) error { return insert(tx, n) }))
		}
		if got := stored(t, d); got != "[0 1 2]" {
			t.Error(got)
		}
	})
}

func TestAnUpdateThatFailsTakesNothingOfItsNeighboursWithIt(t *testing.T) {
	no := errs.New(errs.KindInvalid, "no", "")
	gone, leave := context.WithCancel(context.Background())
	leave()
	for name, c := range map[string]struct {
		update func(*db.Tx) error
		fits   func(error) bool
	}{
		"error":     {func(*db.Tx) error { return no }, func(err error) bool { return errors.Is(err, no) }},
		"panic":     {func(*db.Tx) error { panic("oh") }, func(err error) bool { return errs.KindOf(err) == errs.KindInternal }},
		"bad SQL":   {func(tx *db.Tx) error { _, err := tx.Exec("SELEC"); return err }, func(err error) bool { return errs.KindOf(err) == errs.KindInternal }},
		"duplicate": {func(tx *db.Tx) error { return insert(tx, 1) }, db.IsDuplicate},
		"an error before the commit": {func(tx *db.Tx) error { tx.BeforeCommit(func() error { return no }); return nil },
			func(err error) bool { return errors.Is(err, no) }},
		"a panic before the commit": {func(tx *db.Tx) error { tx.BeforeCommit(func() error { panic("oh") }); return nil },
			func(err error) bool { return errs.KindOf(err) == errs.KindInternal }},
		// SQLite does this by itself when a disk is full at a bad moment.
		"an end of the whole transaction": {func(tx *db.Tx) error { _, err := tx.Exec("ROLLBACK"); return err },
			func(err error) bool { return errs.KindOf(err) == errs.KindUnavailable }},
		"its caller left": {nil, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		t.Run(name, func(t *testing.T) {
			d := testkit.SQLite(t)
			withTable(t, d)
			commits := make(chan int, 10)
			neighbour := func(n int) func(*db.Tx) error {
				return func(tx *db.Tx) error {
					tx.OnCommit(func() { commits <- n })
					return insert(tx, n)
				}
			}
			bad := func(tx *db.Tx) error {
				tx.OnCommit(func() { commits <- -1 })
				return errors.Join(insert(tx, 99), c.update(tx))
			}
			var outcome []error
			if c.update == nil {
				outcome = []error{nil, d.Update(gone, neighbour(99)), nil}
				must(t, d.Update(t.Context(), neighbour(1)))
				must(t, d.Update(t.Context(), neighbour(2)))
			} else {
				outcome = together(t, d, neighbour(1), bad, neighbour(2))
			}
			if outcome[0] != nil || outcome[2] != nil {
				t.Errorf("the neighbours: %v, %v", outcome[0], outcome[2])
			}
			if !c.fits(outcome[1]) {
				t.Errorf("the one that failed: %v", outcome[1])
			}
			if got := stored(t, d); got != "[1 2]" {
				t.Errorf("stored %s", got)
			}
			if a, b := <-commits, <-commits; a+b != 3 || len(commits) != 0 {
				t.Errorf("told of the commits %d and %d, and %d more", a, b, len(commits))
			}
		})
	}
}

func TestAFullDiskIsUnavailableAndPasses(t *testing.T) {
	d := testkit.SQLite(t)
	withTable(t, d)
	limit := func(pages int) {
		t.Helper()
		must(t, d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
			return err
		}))
	}
	limit(1) // SQLite makes it what is in use
	big := func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO x VALUES (99, $1)", bytes.Repeat([]byte{1}, 1<<20))
		return err
	}
	swallowed := func(tx *db.Tx) error { big(tx); return insert(tx, 98) } //nolint:errcheck
	outcome := together(t, d, func(tx *db.Tx) error { return insert(tx, 1) }, big, func(tx *db.Tx) error { return insert(tx, 2) }, swallowed)
	if errs.KindOf(outcome[1]) != errs.KindUnavailable {
		t.Errorf("%v", outcome[1])
	}
	want := []int{}
	for i, n := range map[int]int{0: 1, 2: 2, 3: 98} {
		if outcome[i] == nil {
			want = append(want, n)
		} else if errs.KindOf(outcome[i]) != errs.KindUnavailable {
			t.Errorf("%d: %v", n, outcome[i])
		}
	}
	for _, n := range want {
		if !strings.Contains(stored(t, d), fmt.Sprint(n)) {
			t.Errorf("%d was acknowledged and is not there: %s", n, stored(t, d))
		}
	}
	if strings.Contains(stored(t, d), "99") {
		t.Error("what failed was stored")
	}
	limit(1 << 30)
	must(t, d.Update(t.Context(), func(tx *db.Tx) error { return insert(tx, 3) }))
	must(t, d.Update(t.Context(), big))
}

func TestManyUpdatesAtOnceAllArrive(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		const n = 600 // more than a group
		results := make(chan error)
		for i := range n {
			go func() { results <- d.Update(t.Context(), func(tx *db.Tx) error { return insert(tx, i) }) }()
		}
		for range n {
			must(t, <-results)
		}
		if got := strings.Count(stored(t, d), " ") + 1; got != n {
			t.Errorf("%d arrived", got)
		}
	})
}
