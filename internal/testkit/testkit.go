// Package testkit is for tests only: fresh databases of both kinds, a clock that
// obeys, the shared inputs. It starts what it needs and leaves nothing behind.
package testkit

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"digitalpost/internal/db"
)

// Checks are the invariants that must hold at the end of every test on a
// database. A package that knows some appends them in an init function.
var Checks []func(ctx context.Context, d *db.DB) error

// EachDB runs test on a fresh, migrated database of each kind, and Checks after
// it.
func EachDB(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// EachEmptyDB runs test on a fresh database of each kind without a schema.
func EachEmptyDB(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, EmptySQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, open(t, PostgresDSN(t))) })
}

// EmptySQLite opens a fresh database in a file of the test's own, without a schema.
func EmptySQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "post.db"))
}

// SQLite opens a fresh, migrated database in a file of the test's own.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	d := EmptySQLite(t)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// Postgres opens a fresh, migrated database on a server of the test binary's
// own.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, postgresServer(t).create(t, "migrated"))
}

// PostgresDSN makes a fresh and empty PostgreSQL database, for tests of the
// program as a whole, and returns its address.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	return postgresServer(t).create(t, "template1")
}

// Second opens the database of d once more, as another process would.
func Second(t testing.TB, d *db.DB) *db.DB {
	t.Helper()
	dsn, ok := opened.Load(d)
	if !ok {
		t.Fatal("testkit did not open this database")
	}
	return open(t, dsn.(string))
}

// opened holds the address of each open *db.DB.
var opened sync.Map

func open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	opened.Store(d, dsn)
	t.Cleanup(func() {
		if !t.Failed() {
			for _, check := range Checks {
				if err := check(context.Background(), d); err != nil {
					t.Error(err)
				}
			}
		}
		opened.Delete(d)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Shared is the folder of documents from outside: official schemas, examples and
// interface descriptions. They are not ours to publish, so it stands beside the
// repository, and a test that needs it is skipped where it is absent.
func Shared(t testing.TB) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		if root == filepath.Dir(root) {
			t.Fatal("the test does not run inside the repository")
		}
		root = filepath.Dir(root)
	}
	shared := filepath.Join(filepath.Dir(root), "shared")
	if !exists(shared) {
		t.Skip("../shared is absent: the official documents this test reads stand beside the repository")
	}
	return shared
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
