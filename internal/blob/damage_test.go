package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

// raw is the encrypted bytes of a blob where they lie, and setRaw writes others
// in their place.
func raw(t testing.TB, s *Store, d *Draft) []byte {
	t.Helper()
	if d.inline != nil {
		return bytes.Clone(d.inline)
	}
	path, base := pathOf(s, d)
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return all[base : base+sealedSize(d.Size)]
}

func setRaw(t testing.TB, s *Store, d *Draft, bytes []byte) {
	t.Helper()
	if d.inline != nil {
		err := s.db.Update(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE blob SET inline = $1 WHERE id = $2", bytes, d.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	path, base := pathOf(s, d)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(base); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes, base); err != nil {
		t.Fatal(err)
	}
}

func pathOf(s *Store, d *Draft) (path string, base int64) {
	if d.place != nil {
		return s.segments.path(d.place.segment), d.place.position
	}
	return s.bucket.(*folder).path(d.ID), 0
}

func TestDamageIsSeen(t *testing.T) {
	places := map[string]int{"inline": 900, "segment": 3*chunkSize - 7, "object": 4 * chunkSize}
	damages := map[string]func(b []byte) []byte{
		"first bit":     func(b []byte) []byte { b[0] ^= 1; return b },
		"middle bit":    func(b []byte) []byte { b[len(b)/2] ^= 0x80; return b },
		"last bit":      func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"zeros":         func(b []byte) []byte { clear(b[len(b)-20:]); return b },
		"one byte less": func(b []byte) []byte { return b[:len(b)-1] },
		"nothing":       func(b []byte) []byte { return b[:0:0] },
		"first and second chunk exchanged": func(b []byte) []byte {
			if len(b) < 2*sealedChunk {
				return b[:1]
			}
			c := append(bytes.Clone(b[sealedChunk:2*sealedChunk]), b[:sealedChunk]...)
			return append(c, b[2*sealedChunk:]...)
		},
		"last chunk gone": func(b []byte) []byte { return b[:(len(b)-1)/sealedChunk*sealedChunk] },
	}
	s := store(t, testkit.SQLite(t))
	for place, size := range places {
		for damage, change := range damages {
			t.Run(place+"/"+damage, func(t *testing.T) {
				d := keep(t, s, content(size))
				if err := s.Close(); err != nil { // nothing is to follow in the segment
					t.Fatal(err)
				}
				s.segments.closed = false
				whole := raw(t, s, d)
				setRaw(t, s, d, change(bytes.Clone(whole)))
				if _, err := read(s, d); !errors.Is(err, ErrDamaged) {
					t.Errorf("reading gave %v, want ErrDamaged", err)
				}
				setRaw(t, s, d, whole)
				if got, err := read(s, d); err != nil || len(got) != size {
					t.Errorf("reading what was put right gave %v", err)
				}
			})
		}
	}
}

// A blob that was cut at the end of a chunk is not taken for a shorter one, also
// where its row was changed with it.
func TestShortenedRowIsSeen(t *testing.T) {
	s := store(t, testkit.SQLite(t))
	d := keep(t, s, content(3*chunkSize))
	err := s.db.Update(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE blob SET size = $1 WHERE id = $2", 2*chunkSize, d.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(s, d); !errors.Is(err, ErrDamaged) {
		t.Errorf("reading gave %v, want ErrDamaged", err)
	}
}

func TestAnotherKeyReadsNothing(t *testing.T) {
	s := store(t, testkit.SQLite(t))
	for _, size := range []int{0, 10, 20_000, 300_000} {
		d := keep(t, s, content(size))
		d.Key[7]++
		if got, err := read(s, d); !errors.Is(err, ErrDamaged) || len(got) != 0 {
			t.Errorf("%d bytes: reading gave %d bytes and %v", size, len(got), err)
		}
	}
}

func TestCheckFindsWhatIsMissing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		inline, segment, object := keep(t, s, content(10)), keep(t, s, content(100_000)), keep(t, s, content(400_000))
		gone := keep(t, s, content(400_000))
		checkClean(t, s)
		s.Close()
		for _, d := range []*Draft{inline, segment, object} {
			b := raw(t, s, d)
			setRaw(t, s, d, b[:len(b)-1])
		}
		path, _ := pathOf(s, gone)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		found := map[post.UUID]string{}
		err := s.Check(t.Context(), func(id post.UUID, problem string) { found[id] = problem })
		if err != nil || len(found) != 4 {
			t.Errorf("found %v, %v; want four problems", found, err)
		}
	})
}

// FuzzRead: whatever lies in the place of a blob, reading it ends, and gives out
// nothing but what was written.
func FuzzRead(f *testing.F) {
	var key [32]byte
	plain := content(chunkSize + 24)
	var whole []byte
	seal := newSealer(&key)
	for i := range int64(2) {
		c := newChunk()
		seal.seal(c, plain[i*chunkSize:min(int64(len(plain)), (i+1)*chunkSize)], i, i == 1)
		whole = append(whole, c.content()...)
	}
	f.Add(whole, int64(len(plain)), int64(0))
	f.Add(whole[:sealedChunk], int64(chunkSize), int64(5))
	f.Add([]byte{}, int64(0), int64(0))
	f.Add(whole[sealedChunk:], int64(24), int64(3))
	f.Fuzz(func(t *testing.T, sealed []byte, size, offset int64) {
		if size < 0 {
			return // find refuses it
		}
		r := &Reader{source: inMemory(sealed), size: size, sealer: newSealer(&key), held: -1}
		defer r.Close()
		at, err := r.Seek(offset, io.SeekStart)
		if err != nil {
			return
		}
		got, err := io.ReadAll(r)
		if len(got) > 0 && !bytes.HasPrefix(plain[min(at, int64(len(plain))):], got) {
			t.Fatal("reading gave bytes that were never written")
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("reading gave %v", err)
		}
	})
}
