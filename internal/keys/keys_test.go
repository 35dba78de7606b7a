package keys

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/testkit"
)

func mustOpen(t *testing.T, d *db.DB, file string) *Ring {
	t.Helper()
	r, err := Open(t.Context(), d, file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// same fails unless two rings hold the same data keys.
func same(t *testing.T, a, b *Ring) {
	t.Helper()
	for _, name := range names {
		if !bytes.Equal(a.Secret(name), b.Secret(name)) || len(a.Secret(name)) != 32 {
			t.Errorf("the data key %s changed", name)
		}
	}
}

func held(t *testing.T, file string) (ids []string) {
	t.Helper()
	masters, err := readFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range masters {
		ids = append(ids, m.id)
	}
	return ids
}

func TestFirstStart(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "new", "master.key")
		first := mustOpen(t, d, file)
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the key file has mode %v, %v", info.Mode(), err)
		}
		entries, err := os.ReadDir(filepath.Dir(file))
		if err != nil || len(entries) != 1 {
			t.Errorf("the key file is not alone: %v, %v", entries, err)
		}
		same(t, first, mustOpen(t, d, file))
		if bytes.Equal(first.Secret(CPRHash), first.Secret(CPRSeal)) {
			t.Error("two data keys are the same")
		}
	})
}

// Processes that start at the same moment agree on the keys.
func TestFirstStartOfMany(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		rings := make([]*Ring, 6)
		var wait sync.WaitGroup
		for i := range rings {
			process := testkit.Second(t, d)
			wait.Go(func() {
				r, err := open(t.Context(), process, file)
				if err != nil {
					t.Error(err)
					return
				}
				rings[i] = r
			})
		}
		wait.Wait()
		for _, r := range rings[1:] {
			if r != nil && rings[0] != nil {
				same(t, rings[0], r)
			}
		}
	})
}

// A newer program brings a new data key.
func TestMissingDataKeyIsMade(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		before := mustOpen(t, d, file)
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("DELETE FROM data_key WHERE name = $1", OAuthSign)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		after := mustOpen(t, d, file)
		if !bytes.Equal(before.Secret(CPRHash), after.Secret(CPRHash)) || bytes.Equal(before.Secret(OAuthSign), after.Secret(OAuthSign)) {
			t.Error("want one new key, and the others as they were")
		}
		same(t, after, mustOpen(t, d, file))
	})
}

func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		spoil func(t *testing.T, d *db.DB, file string)
		code  string
		says  string
	}{
		"no file": {func(t *testing.T, d *db.DB, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}, "keys.file.missing", "put it back from your copy"},
		"the file of another database": {func(t *testing.T, d *db.DB, file string) {
			if err := replaceFile(file, newMaster()); err != nil {
				t.Fatal(err)
			}
		}, "keys.file.wrong", "start with the key file that belongs to this database"},
		"a slip in copying": {func(t *testing.T, d *db.DB, file string) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if i := len(raw) - 10; raw[i] == 'A' {
				raw[i] = 'B'
			} else {
				raw[i] = 'A'
			}
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "keys.file.damaged", "is damaged: put it back from your copy"},
		"an empty file": {func(t *testing.T, d *db.DB, file string) {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "keys.file.damaged", "is damaged: put it back from your copy"},
		"a damaged row": {func(t *testing.T, d *db.DB, file string) {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE data_key SET wrapped = $1 WHERE name = $2", make([]byte, 60), CPRSeal)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}, "keys.data.damaged", "restore the database from a backup"},
		"two rows exchanged": {func(t *testing.T, d *db.DB, file string) {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE name = $1) WHERE name = $2", CPRSeal, CPRHash)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}, "keys.data.damaged", "restore the database from a backup"},
	}
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		mustOpen(t, d, file)
		masters, err := readFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rows := dataKeys(t, d)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				c.spoil(t, d, file)
				for what, try := range map[string]func() error{
					"open":   func() error { _, err := Open(t.Context(), d, file); return err },
					"rotate": func() error { return Rotate(t.Context(), d, file) },
				} {
					err := try()
					if errs.KindOf(err) != errs.KindInvalid || errs.CodeOf(err) != c.code {
						t.Fatalf("%s gave %v", what, err)
					}
					if s := err.Error(); !strings.Contains(s, file) || !strings.Contains(s, c.says) {
						t.Errorf("%s says %q, want the file and %q", what, s, c.says)
					}
				}
				if _, err := os.Stat(file); c.code == "keys.file.missing" && err == nil {
					t.Error("a key file was made though the database has another's keys")
				}
			})
			if err := replaceFile(file, masters...); err != nil {
				t.Fatal(err)
			}
			restore(t, d, rows)
		}
		mustOpen(t, d, file)
	})
}

func dataKeys(t *testing.T, d *db.DB) (rows []row) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) (err error) {
		rows, err = locked(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func restore(t *testing.T, d *db.DB, rows []row) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		var b db.Batch
		for _, r := range rows {
			b.Add("UPDATE data_key SET wrapped = $1 WHERE name = $2", r.wrapped, r.name)
		}
		return tx.Run(&b)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRotate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		before := mustOpen(t, d, file)
		old := held(t, file)
		former, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := Rotate(t.Context(), d, file); err != nil {
			t.Fatal(err)
		}
		now := held(t, file)
		if len(now) != 1 || now[0] == old[0] {
			t.Errorf("the file holds %v, held %v", now, old)
		}
		same(t, before, mustOpen(t, d, file))
		if err := os.WriteFile(file, former, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), d, file); errs.CodeOf(err) != "keys.file.wrong" {
			t.Errorf("the former file gave %v", err)
		}
	})
}

// Whenever a rotation is cut off, the next start finds the key that fits and
// drops the other.
func TestRotationCutOff(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		before := mustOpen(t, d, file)
		old, next := held(t, file)[0], newMaster()
		masters, err := readFile(file)
		if err != nil {
			t.Fatal(err)
		}

		// The file holds both, and nothing is committed.
		if err := replaceFile(file, masters[0], next); err != nil {
			t.Fatal(err)
		}
		same(t, before, mustOpen(t, d, file))
		if now := held(t, file); len(now) != 1 || now[0] != old {
			t.Errorf("before the commit: the file holds %v, want %s", now, old)
		}

		// The commit fails when all the work is done.
		no := errors.New("no")
		err = d.Update(t.Context(), func(tx *db.Tx) error {
			return errors.Join(rewrapIn(tx, file, next), no)
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		if now := held(t, file); len(now) != 2 {
			t.Errorf("the file holds %v, want both", now)
		}
		same(t, before, mustOpen(t, d, file))
		if now := held(t, file); len(now) != 1 || now[0] != old {
			t.Errorf("after a failed commit: the file holds %v, want %s", now, old)
		}

		// It is committed, and the file still holds both.
		if err := rewrap(t.Context(), d, file, next); err != nil {
			t.Fatal(err)
		}
		if now := held(t, file); len(now) != 2 {
			t.Errorf("the file holds %v, want both", now)
		}
		same(t, before, mustOpen(t, d, file))
		if now := held(t, file); len(now) != 1 || now[0] != next.id {
			t.Errorf("after the commit: the file holds %v, want %s", now, next.id)
		}
	})
}

// Starting and rotating at the same time never loses the key.
func TestRotationAmongStarts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		file := filepath.Join(t.TempDir(), "master.key")
		before := mustOpen(t, d, file)
		other := testkit.Second(t, d)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 4 {
					if _, err := Open(context.Background(), d, file); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 4 { // another process: kept apart by the database alone
			if err := rewrap(t.Context(), other, file, newMaster()); err != nil {
				t.Fatal(err)
			}
		}
		wait.Wait()
		same(t, before, mustOpen(t, d, file))
	})
}

func TestSealAndHash(t *testing.T) {
	r := mustOpen(t, testkit.SQLite(t), filepath.Join(t.TempDir(), "master.key"))
	sealed := r.Seal(CPRSeal, []byte("secret"), []byte("row 1"))
	if bytes.Contains(sealed, []byte("secret")) || bytes.Equal(sealed, r.Seal(CPRSeal, []byte("secret"), []byte("row 1"))) {
		t.Error("sealing hides nothing, or is not random")
	}
	if plain, err := r.Open(CPRSeal, sealed, []byte("row 1")); err != nil || string(plain) != "secret" {
		t.Errorf("opening gave %q, %v", plain, err)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for what, try := range map[string]func() ([]byte, error){
		"another place": func() ([]byte, error) { return r.Open(CPRSeal, sealed, []byte("row 2")) },
		"another name":  func() ([]byte, error) { return r.Open(MailboxSeal, sealed, []byte("row 1")) },
		"a changed bit": func() ([]byte, error) { return r.Open(CPRSeal, damaged, []byte("row 1")) },
		"too few bytes": func() ([]byte, error) { return r.Open(CPRSeal, sealed[:20], []byte("row 1")) },
		"no bytes":      func() ([]byte, error) { return r.Open(CPRSeal, nil, []byte("row 1")) },
	} {
		if plain, err := try(); !errors.Is(err, ErrSealed) || plain != nil {
			t.Errorf("%s: opening gave %q, %v", what, plain, err)
		}
	}
	if !bytes.Equal(r.Hash(CPRHash, "a"), r.Hash(CPRHash, "a")) || bytes.Equal(r.Hash(CPRHash, "a"), r.Hash(CPRHash, "b")) ||
		bytes.Equal(r.Hash(CPRHash, "a"), r.Hash(CPRSeal, "a")) {
		t.Error("a hash tells values or names not apart")
	}
	r.Secret(CPRHash)[0] ^= 1
	if !bytes.Equal(r.Secret(CPRHash), mustSecret(r)) {
		t.Error("a caller changed a data key")
	}
}

func mustSecret(r *Ring) []byte { return r.secrets[CPRHash] }

func BenchmarkSeal(b *testing.B) {
	c := NewCipher(NewKey())
	plain, bound := make([]byte, 32), make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Open(c.Seal(plain, bound), bound); err != nil {
			b.Fatal(err)
		}
	}
}
