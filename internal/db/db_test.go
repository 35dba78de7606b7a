package db_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/testkit"
)

func TestAClosedDatabaseIsUnavailable(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		for range 2 { // Close may be called twice
			must(t, d.Close())
		}
		nothing := func(*db.Tx) error { t.Error("it ran"); return nil }
		if err := d.Update(t.Context(), nothing); errs.KindOf(err) != errs.KindUnavailable {
			t.Errorf("update: %v", err)
		}
		if err := d.Read(t.Context(), nothing); errs.KindOf(err) != errs.KindUnavailable {
			t.Errorf("read: %v", err)
		}
	})
}

func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		again := testkit.Second(t, d)
		begun, release, result, closed := make(chan bool), make(chan bool), make(chan error), make(chan error)
		go func() {
			result <- d.Update(context.Background(), func(tx *db.Tx) error {
				begun <- true
				<-release
				return insert(tx, 1)
			})
		}()
		<-begun
		go func() { closed <- d.Close() }()
		release <- true
		must(t, <-result)
		must(t, <-closed)
		if got := stored(t, again); got != "[1]" {
			t.Error(got)
		}
	})
}

func TestAClosedFileIsTidy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "post.db")
	d, err := db.Open(t.Context(), path)
	must(t, err)
	must(t, d.Migrate(t.Context()))
	must(t, d.Close())
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Error("the write-ahead log is still there", err)
	}
}

// The folder may be one that everybody reads.
func TestAFileIsReadableByItsOwnerAlone(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), filepath.Join(dir, "post.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s: %o", f.Name(), mode)
		}
	}
}

func TestAFileMayHaveAnOddName(t *testing.T) {
	for _, name := range []string{"post æøå.db", "100%.db", "a?b=c.db", "a#b.db", "a%20b.db", "a&b.db", "a+b:c.db"} {
		path := filepath.Join(t.TempDir(), name)
		d, err := db.Open(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		must(t, d.Close())
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Chdir(t.TempDir())
	d, err := db.Open(t.Context(), "relative.db")
	must(t, err)
	must(t, d.Close())
	if _, err := os.Stat("relative.db"); err != nil {
		t.Error(err)
	}
}

func TestWhoHasLeftIsNotServed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		nothing := func(*db.Tx) error { t.Error("it ran"); return nil }
		if err := d.Update(ctx, nothing); !errors.Is(err, context.Canceled) {
			t.Errorf("update: %v", err)
		}
		if err := d.Read(ctx, nothing); !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
	})
}

// A commit whose outcome nobody knows helps nobody.
func TestWorkThatBeganIsFinishedThoughItsCallerLeaves(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		ctx, leave := context.WithCancel(t.Context())
		must(t, d.Update(ctx, func(tx *db.Tx) error {
			leave()
			return insert(tx, 1)
		}))
		if got := stored(t, d); got != "[1]" {
			t.Error(got)
		}
	})
}

func TestAReadSeesOneMomentAndWritesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		count := func(tx *db.Tx) (n int) {
			must(t, tx.QueryRow("SELECT COUNT(*) FROM x").Scan(&n))
			return n
		}
		must(t, d.Read(t.Context(), func(tx *db.Tx) error {
			before := count(tx)
			must(t, d.Update(t.Context(), func(tx *db.Tx) error { return insert(tx, 1) }))
			if after := count(tx); after != before {
				t.Errorf("saw %d and then %d", before, after)
			}
			return nil
		}))
		if err := d.Read(t.Context(), func(tx *db.Tx) error { return insert(tx, 2) }); err == nil {
			t.Error("a read wrote")
		}
		if got := stored(t, d); got != "[1]" {
			t.Error(got)
		}
	})
}

func TestAMigratedDatabaseIsMigratedOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		must(t, d.Migrate(t.Context()))
		must(t, testkit.Second(t, d).Migrate(t.Context()))
	})
}

// Several processes of one release start at the same time.
func TestProcessesMayMigrateAtOnce(t *testing.T) {
	dsn := testkit.PostgresDSN(t) // an SQLite file has one process
	var processes []*db.DB
	for range 4 {
		d, err := db.Open(t.Context(), dsn)
		must(t, err)
		defer d.Close()
		processes = append(processes, d)
	}
	results := make(chan error)
	for _, d := range processes {
		go func() { results <- d.Migrate(t.Context()) }()
	}
	for range processes {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		must(t, d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", 9999, true)
			return err
		}))
		if err := d.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "use a newer program") {
			t.Error(err)
		}
	})
}

// A rule that holds for one update at a time holds for many at once: the last
// free place is given once.
func TestARuleHoldsForManyUpdatesAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		const callers, places = 16, 5
		var runs atomic.Int64
		full := errors.New("full")
		results := make(chan error)
		for n := range callers {
			go func() {
				results <- d.Update(t.Context(), func(tx *db.Tx) error {
					runs.Add(1)
					var taken int
					if err := tx.QueryRow("SELECT COUNT(*) FROM x").Scan(&taken); err != nil {
						return err
					}
					if taken >= places {
						return full
					}
					return insert(tx, n)
				})
			}()
		}
		got := 0
		for range callers {
			switch err := <-results; {
			case err == nil:
				got++
			case !errors.Is(err, full):
				t.Error(err)
			}
		}
		if got != places {
			t.Errorf("%d got a place, in %d runs", got, runs.Load())
		}
	})
}

func TestALostConflictIsRunAgain(t *testing.T) {
	d := testkit.Postgres(t)
	withTable(t, d)
	must(t, d.Update(t.Context(), func(tx *db.Tx) error { return insert(tx, 1) }))
	// Both read the row before either writes it.
	var both sync.WaitGroup
	both.Add(2)
	var runs, commits atomic.Int64
	results := make(chan error)
	for range 2 {
		go func() {
			var once sync.Once
			results <- d.Update(t.Context(), func(tx *db.Tx) error {
				runs.Add(1)
				tx.OnCommit(func() { commits.Add(1) })
				var n int
				if err := tx.QueryRow("SELECT MAX(n) FROM x").Scan(&n); err != nil {
					return err
				}
				once.Do(func() { both.Done(); both.Wait() })
				return insert(tx, n+1)
			})
		}()
	}
	must(t, <-results)
	must(t, <-results)
	if got := stored(t, d); got != "[1 2 3]" {
		t.Error(got)
	}
	if runs.Load() != 3 || commits.Load() != 2 {
		t.Errorf("%d runs, %d told of their commit", runs.Load(), commits.Load())
	}
}

func TestAConnectionThatBreaksIsUnavailableAndReplaced(t *testing.T) {
	d := testkit.Postgres(t)
	withTable(t, d)
	other := testkit.Second(t, d)
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		var pid int
		if err := tx.QueryRow("SELECT pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		must(t, other.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("SELECT pg_terminate_backend($1)", pid)
			return err
		}))
		// It is told a moment later.
		for err := error(nil); ; {
			if _, err = tx.Exec("SELECT 1"); err != nil {
				return err
			}
		}
	})
	if errs.KindOf(err) != errs.KindUnavailable {
		t.Errorf("%v", err)
	}
	must(t, d.Update(t.Context(), func(tx *db.Tx) error { return insert(tx, 1) }))
}

// The wire is cut, and nobody says goodbye.
func TestAWireThatIsCutIsUnavailable(t *testing.T) {
	address, err := url.Parse(testkit.PostgresDSN(t))
	must(t, err)
	query := address.Query()
	server := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	wire, err := net.Listen("unix", filepath.Join(t.TempDir(), ".s.PGSQL.5432"))
	must(t, err)
	defer wire.Close()
	var ends sync.Map
	go func() {
		for {
			near, err := wire.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", server)
			if err != nil {
				t.Error(err)
				return
			}
			ends.Store(near, far)
			forward := func(to, from net.Conn) {
				io.Copy(to, from) //nolint:errcheck // until it is cut
				to.Close()
			}
			go forward(far, near)
			go forward(near, far)
		}
	}()
	cut := func() {
		ends.Range(func(near, far any) bool {
			near.(net.Conn).Close()
			far.(net.Conn).Close()
			ends.Delete(near)
			return true
		})
	}
	query.Set("host", filepath.Dir(wire.Addr().String()))
	address.RawQuery = query.Encode()
	d, err := db.Open(t.Context(), address.String())
	must(t, err)
	defer d.Close()
	for name, work := range map[string]func(*db.Tx) error{
		"in a statement": func(tx *db.Tx) error { cut(); _, err := tx.Exec("SELECT 1"); return err },
		"in a query":     func(tx *db.Tx) error { cut(); var n int; return tx.QueryRow("SELECT 1").Scan(&n) },
		"in an answer": func(tx *db.Tx) error {
			time.AfterFunc(20*time.Millisecond, cut) // whenever it comes, the answer does not
			_, err := tx.Exec("SELECT pg_sleep(60)")
			return err
		},
		"in the commit": func(*db.Tx) error { cut(); return nil },
	} {
		if err := d.Update(t.Context(), work); errs.KindOf(err) != errs.KindUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("SELECT 1"); return err }))
}

func TestNobodyAtTheOtherEnd(t *testing.T) {
	_, err := db.Open(t.Context(), "postgres://postgres@/post?host="+t.TempDir())
	if err == nil {
		t.Fatal("opened")
	}
	if _, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder.db")); err == nil {
		t.Fatal("opened")
	}
}

func TestADuplicateIsToldFromOtherErrors(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		err := d.Update(t.Context(), func(tx *db.Tx) error { return errors.Join(insert(tx, 1), insert(tx, 1)) })
		if !db.IsDuplicate(err) {
			t.Errorf("%v", err)
		}
		err = d.Update(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("INSERT INTO x (n) VALUES (NULL)"); return err })
		if err != nil && db.IsDuplicate(err) {
			t.Errorf("%v", err)
		}
		if db.IsDuplicate(nil) || db.IsDuplicate(db.ErrNoRows) {
			t.Error("what is no duplicate")
		}
	})
}

func TestTheTimeOfATransactionStandsStill(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		clock.Advance(1234 * time.Nanosecond)
		d.Now = clock.Now
		look := func(tx *db.Tx) error {
			before := tx.Now
			clock.Advance(time.Hour)
			if tx.Now != before || tx.Now.Location() != time.UTC || tx.Now.Nanosecond()%1000 != 0 {
				t.Errorf("%v, then %v", before, tx.Now)
			}
			return nil
		}
		must(t, d.Update(t.Context(), look))
		must(t, d.Read(t.Context(), look))
	})
}

// A refusal that is kept is told, and what was written with it stays; any other error
// undoes it.
func TestKeep(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		withTable(t, d)
		wrong := errors.New("wrong")
		try := func(n int, refuse func(error) error) {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				if err := insert(tx, n); err != nil {
					return err
				}
				return refuse(wrong)
			})
			if !errors.Is(err, wrong) || err.Error() != "wrong" {
				t.Errorf("%d: %v", n, err)
			}
		}
		try(1, func(err error) error { return err })
		try(2, db.Keep)
		if got := stored(t, d); got != "[2]" {
			t.Error(got)
		}
	})
}
