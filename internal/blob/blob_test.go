package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
			for _, step := range []int{1 << 30, 4096, chunkSize, 100_003} {
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
