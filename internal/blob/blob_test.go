package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

// store is a store in a new folder with small limits, so that every place is
// reached with few bytes.
func store(t testing.TB, d *db.DB) *Store {
	t.Helper()
	s, err := Open(d, Config{Dir: t.TempDir(), InlineMax: 1000, SegmentMax: 200_000})
	if err != nil {
		t.Fatal(err)
	}
	s.segments.size, s.segments.step = 1<<20, 1<<18
	t.Cleanup(func() { s.Close() })
	return s
}

// content is bytes that differ everywhere.
func content(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func draft(t testing.TB, s *Store, plain []byte) *Draft {
	t.Helper()
	w := s.Create()
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	d, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func insert(s *Store, drafts ...*Draft) error {
	return s.db.Update(context.Background(), func(tx *db.Tx) error {
		var b db.Batch
		s.Insert(tx, &b, drafts)
		return tx.Run(&b)
	})
}

func keep(t testing.TB, s *Store, plain []byte) *Draft {
	t.Helper()
	d := draft(t, s, plain)
	if err := insert(s, d); err != nil {
		t.Fatal(err)
	}
	return d
}

func open(s *Store, id post.UUID, key [32]byte) (r *Reader, err error) {
	err = s.db.Read(context.Background(), func(tx *db.Tx) error {
		r, err = s.Open(tx, id, key)
		return err
	})
	return r, err
}

func read(s *Store, d *Draft) ([]byte, error) {
	r, err := open(s, d.ID, d.Key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

var sizes = []int{
	0, 1, 999, 1000, 1001, 20_000, // inline, segment
	chunkSize - 1, chunkSize, chunkSize + 1, 2*chunkSize - 1, 2 * chunkSize, 2*chunkSize + 1,
	199_999, 200_000, 200_001, 3*chunkSize + 5, 4 * chunkSize, 4*chunkSize + 1, 1_500_000, // segment, object
}

func TestRoundTrip(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		for _, size := range sizes {
			for _, step := range []int{1 << 30, 9_973} {
				t.Run(fmt.Sprintf("%d by %d", size, step), func(t *testing.T) {
					plain := content(size)
					w := s.Create()
					for rest := plain; len(rest) > 0; {
						n := min(step, len(rest))
						if _, err := w.Write(rest[:n]); err != nil {
							t.Fatal(err)
						}
						rest = rest[n:]
					}
					b, err := w.Close()
					if err != nil {
						t.Fatal(err)
					}
					if err := insert(s, b); err != nil {
						t.Fatal(err)
					}
					got, err := read(s, b)
					if err != nil || !bytes.Equal(got, plain) || b.Size != int64(size) {
						t.Fatalf("wrote %d bytes, read %d: %v", size, len(got), err)
					}
				})
			}
		}
		checkClean(t, s)
	})
}

func checkClean(t testing.TB, s *Store) {
	t.Helper()
	err := s.Check(context.Background(), func(id post.UUID, problem string) { t.Errorf("blob %s %s", id, problem) })
	if err != nil {
		t.Fatal(err)
	}
}

// Ranges are read as a browser asks for them.
func TestSeek(t *testing.T) {
	s := store(t, testkit.SQLite(t))
	for _, size := range []int{900, 3*chunkSize - 9, 4 * chunkSize} {
		plain := content(size)
		d := keep(t, s, plain)
		r, err := open(s, d.ID, d.Key)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if r.Size() != int64(size) {
			t.Errorf("size is %d, want %d", r.Size(), size)
		}
		for _, from := range []int{0, 1, 800, chunkSize - 1, chunkSize, chunkSize + 1, size - 1, size, 5} {
			if from > size {
				continue
			}
			if at, err := r.Seek(int64(from-size), io.SeekEnd); err != nil || at != int64(from) {
				t.Fatal(at, err)
			}
			length := min(70_000, size-from)
			got := make([]byte, length)
			if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, plain[from:from+length]) {
				t.Errorf("%d bytes: reading %d from %d: %v", size, length, from, err)
			}
		}
		if at, err := r.Seek(10, io.SeekEnd); err != nil || at != int64(size)+10 {
			t.Error(at, err)
		}
		if n, err := r.Read(make([]byte, 10)); n != 0 || err != io.EOF {
			t.Error("reading behind the end gave", n, err)
		}
		if _, err := r.Seek(-1, io.SeekStart); err == nil {
			t.Error("seeking before the beginning is allowed")
		}
	}
}

// Documents stream after the transaction, also when they are deleted meanwhile.
func TestReaderOutlivesItsTransaction(t *testing.T) {
	s := store(t, testkit.SQLite(t))
	for _, size := range []int{900, 500_000} {
		d := keep(t, s, content(size))
		r, err := open(s, d.ID, d.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.Update(t.Context(), func(tx *db.Tx) error { return s.Delete(tx, d.ID) }); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content(size)) {
			t.Errorf("read %d of %d bytes, %v", len(got), size, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := r.Read(make([]byte, 1)); err == nil {
			t.Error("a closed reader reads")
		}
	}
}

// A start after a crash begins a new segment and leaves the old ones as they are.
func TestNewSegmentAtStart(t *testing.T) {
	d := testkit.SQLite(t)
	dir := t.TempDir()
	var kept []*Draft
	for i := range 3 {
		s, err := Open(d, Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		b := keep(t, s, content(30_000))
		if b.place.segment != int64(i+1) || b.place.position != 0 {
			t.Errorf("start %d wrote to %+v", i, b.place)
		}
		kept = append(kept, b)
		s.Close()
		for _, b := range kept {
			if _, err := read(s, b); err != nil {
				t.Error(err)
			}
		}
		if _, err := write(s, content(30_000)); err != nil {
			t.Error(err)
		}
	}
}

// Whoever else has an account on the machine reads nothing.
func TestFilesArePrivate(t *testing.T) {
	s := store(t, testkit.SQLite(t))
	keep(t, s, content(30_000))
	keep(t, s, content(300_000))
	err := filepath.WalkDir(s.config.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == s.config.Dir {
			return err
		}
		info, err := entry.Info()
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
