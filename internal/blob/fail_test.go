package blob

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/testkit"
)

// disk is a disk with little room, on which a sync can fail.
type disk struct {
	room     atomic.Int64 // bytes by which files may still grow
	syncFail atomic.Bool
}

func (d *disk) open(path string, flag int) (file, error) {
	f, err := openFile(path, flag)
	if err != nil {
		return nil, err
	}
	return &smallFile{f, d}, nil
}

func (d *disk) under(s *Store) {
	s.segments.open = d.open
	s.bucket.(*folder).openFile = d.open
}

// smallFile is a file on a disk. Like a real one it writes what fits before it
// fails.
type smallFile struct {
	file
	disk *disk
}

func (f *smallFile) WriteAt(p []byte, at int64) (int, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	grow := max(0, at+int64(len(p))-info.Size())
	if left := f.disk.room.Add(-grow); left < 0 {
		f.disk.room.Add(grow)
		n, _ := f.file.WriteAt(p[:max(0, len(p)+int(left))], at) //nolint:errcheck // it fails anyway
		return n, syscall.ENOSPC
	}
	return f.file.WriteAt(p, at)
}

func (f *smallFile) Write(p []byte) (int, error) {
	if left := f.disk.room.Add(-int64(len(p))); left < 0 {
		f.disk.room.Add(int64(len(p)))
		n, _ := f.file.Write(p[:max(0, len(p)+int(left))]) //nolint:errcheck // it fails anyway
		return n, syscall.ENOSPC
	}
	return f.file.Write(p)
}

func (f *smallFile) datasync() error {
	if f.disk.syncFail.Load() {
		return syscall.EIO
	}
	return f.file.datasync()
}

func (f *smallFile) Sync() error {
	if f.disk.syncFail.Load() {
		return syscall.EIO
	}
	return f.file.Sync()
}

// onDisk is how many bytes the files of a store take, and their names.
func onDisk(t testing.TB, s *Store) (total int64, files []string) {
	t.Helper()
	err := filepath.Walk(s.config.Dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		total += info.Size()
		files = append(files, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return total, files
}

func write(s *Store, plain []byte) (*Draft, error) {
	w := s.Create()
	if _, err := w.Write(plain); err != nil {
		w.Discard()
		return nil, err
	}
	return w.Close()
}

func TestFullDisk(t *testing.T) {
	for place, size := range map[string]int{"segment": 100_000, "object": 900_000} {
		t.Run(place, func(t *testing.T) {
			var disk disk
			s := store(t, testkit.SQLite(t))
			disk.under(s)
			attempt := func() (*Draft, error) {
				d, err := write(s, content(size))
				if err == nil {
					err = insert(s, d)
				}
				return d, err
			}
			disk.room.Store(1 << 20)
			before, err := attempt()
			if err != nil {
				t.Fatal(err)
			}
			disk.room.Store(0)
			for range 20 { // the first fill what is left of the segment
				_, err = attempt()
			}
			if errs.KindOf(err) != errs.KindUnavailable || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("writing to a full disk gave %v", err)
			}
			used, files := onDisk(t, s)
			for range 20 {
				attempt() //nolint:errcheck // it fails as before
			}
			if more, now := onDisk(t, s); more > used {
				t.Errorf("writing to a full disk left files: %v, before %v", now, files)
			}
			disk.room.Store(10 << 20)
			after, err := attempt()
			if err != nil {
				t.Fatalf("with room again, writing gave %v", err)
			}
			for _, d := range []*Draft{before, after} {
				if got, err := read(s, d); err != nil || !bytes.Equal(got, content(size)) {
					t.Errorf("reading gave %v", err)
				}
			}
			checkClean(t, s)
		})
	}
}

// A transaction whose bytes could not be synced is not committed, and what comes
// after goes to another segment.
func TestFailedSync(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var disk disk
		disk.room.Store(100 << 20)
		s := store(t, d)
		disk.under(s)
		first := keep(t, s, content(50_000))
		disk.syncFail.Store(true)
		lost := draft(t, s, content(50_000))
		if err := insert(s, lost); errs.KindOf(err) != errs.KindUnavailable {
			t.Errorf("a failed sync gave %v", err)
		}
		if _, err := write(s, content(400_000)); errs.KindOf(err) != errs.KindUnavailable {
			t.Errorf("a failed sync of an object gave %v", err)
		}
		disk.syncFail.Store(false)
		if err := insert(s, lost); errs.KindOf(err) != errs.KindUnavailable {
			t.Errorf("bytes whose sync failed were accepted later: %v", err)
		}
		if _, err := open(s, lost.ID, lost.Key); !errors.Is(err, db.ErrNoRows) {
			t.Errorf("what was not committed is readable: %v", err)
		}
		next := keep(t, s, content(50_000))
		if next.place.segment == first.place.segment {
			t.Error("a segment whose sync failed is written on")
		}
		if _, err := read(s, first); err != nil {
			t.Error(err)
		}
		checkClean(t, s)
	})
}

func TestFailedTransactionLeavesNothingReadable(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		clock.Set(time.Now())
		d.Now = clock.Now
		s := store(t, d)
		kept := []*Draft{keep(t, s, content(10)), keep(t, s, content(50_000)), keep(t, s, content(400_000))}
		failed := []*Draft{draft(t, s, content(10)), draft(t, s, content(50_000)), draft(t, s, content(400_000))}
		no := errors.New("no")
		err := s.db.Update(context.Background(), func(tx *db.Tx) error {
			var b db.Batch
			s.Insert(tx, &b, failed)
			return errors.Join(tx.Run(&b), no)
		})
		if !errors.Is(err, no) {
			t.Fatal(err)
		}
		for _, d := range failed {
			if _, err := open(s, d.ID, d.Key); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("what was not committed is readable: %v", err)
			}
		}
		s.Drop(failed...) // leaves to Sweep what a transaction was given
		sweep := func(want Swept) {
			t.Helper()
			if got, err := s.Sweep(t.Context()); err != nil || got != want {
				t.Errorf("swept %+v, %v; want %+v", got, err, want)
			}
		}
		sweep(Swept{}) // too young
		clock.Advance(2 * time.Hour)
		sweep(Swept{Objects: 1})
		sweep(Swept{})
		for _, d := range kept {
			if _, err := read(s, d); err != nil {
				t.Error(err)
			}
		}
		checkClean(t, s)
	})
}

// Sweep gives back whole segments, ends and gaps, and leaves alone the segment
// that is being written.
func TestSweepOfSegments(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		clock.Set(time.Now().Add(2 * time.Hour))
		d.Now = clock.Now
		dir := t.TempDir()
		crashed := func() *Store { // its lock goes and its file stays as it is
			s, err := Open(d, Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			s.segments.size, s.segments.step = 1<<20, 1<<18
			return s
		}
		one, two, live := crashed(), crashed(), crashed()
		defer live.Close()
		lost := draft(t, one, content(50_000))
		if err := one.Stage([]*Draft{lost})(); err != nil {
			t.Fatal(err)
		}
		gap := draft(t, two, content(50_000))
		if err := two.Stage([]*Draft{gap})(); err != nil {
			t.Fatal(err)
		}
		kept := keep(t, two, content(60_000))
		for _, s := range []*Store{one, two} {
			s.segments.mu.Lock()
			s.segments.current.file.Close()
			s.segments.current = nil
			s.segments.mu.Unlock()
		}
		fresh := draft(t, live, content(50_000))
		if err := live.Stage([]*Draft{fresh})(); err != nil {
			t.Fatal(err)
		}
		got, err := live.Sweep(t.Context())
		if err != nil || got != (Swept{Segments: 1}) {
			t.Errorf("swept %+v, %v", got, err)
		}
		if err := insert(live, fresh); err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Draft{kept, fresh} {
			if _, err := read(live, d); err != nil {
				t.Error(err)
			}
		}
		all, err := os.ReadFile(live.segments.path(2))
		if err != nil || int64(len(all)) != kept.place.position+sealedSize(kept.Size) {
			t.Errorf("the segment has %d bytes, %v", len(all), err)
		}
		checkClean(t, live)
	})
}

func TestDropAndDiscardLeaveNoFile(t *testing.T) {
	s := store(t, testkit.SQLite(t))
	for _, size := range []int{0, 10, 50_000, 400_000} {
		s.Drop(draft(t, s, content(size)))
		w := s.Create()
		w.Write(content(size)) //nolint:errcheck // checked elsewhere
		w.Discard()
		if _, err := w.Write([]byte{1}); err == nil {
			t.Error("a discarded blob takes bytes")
		}
		if _, err := w.Close(); err == nil {
			t.Error("a discarded blob can be closed")
		}
	}
	staged := draft(t, s, content(50_000))
	if err := s.Stage([]*Draft{staged})(); err != nil {
		t.Fatal(err)
	}
	s.Drop(staged)
	s.Close()
	_, files := onDisk(t, s)
	if len(files) != 1 { // the segment
		t.Errorf("files are left: %v", files)
	}
	if b := raw(t, s, staged); !bytes.Equal(b, make([]byte, len(b))) {
		t.Error("the bytes of a dropped draft are still there")
	}
}

func TestDelete(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		for _, size := range []int{10, 50_000, 400_000} {
			b := keep(t, s, content(size))
			remove := func(end error) error {
				return s.db.Update(t.Context(), func(tx *db.Tx) error {
					if err := s.Delete(tx, b.ID); err != nil {
						return err
					}
					return end
				})
			}
			no := errors.New("no")
			if err := remove(no); !errors.Is(err, no) {
				t.Fatal(err)
			}
			if _, err := read(s, b); err != nil {
				t.Errorf("a deletion that was undone lost the bytes: %v", err)
			}
			if err := remove(nil); err != nil {
				t.Fatal(err)
			}
			if _, err := open(s, b.ID, b.Key); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("a deleted blob opens: %v", err)
			}
			if err := remove(nil); !errors.Is(err, db.ErrNoRows) {
				t.Errorf("deleting twice gave %v", err)
			}
			switch path, _ := pathOf(s, b); {
			case b.place != nil:
				if got := raw(t, s, b); !bytes.Equal(got, make([]byte, len(got))) {
					t.Error("the bytes are still in the segment")
				}
			case b.inline == nil:
				if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("the object is still there: %v", err)
				}
			}
		}
	})
}

// Many at once share segments, writes and syncs, and each gets its own bytes.
func TestManyAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := store(t, d)
		second, err := Open(d, s.config) // as another process on the same folder
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		second.segments.size, second.segments.step = 1<<20, 1<<18
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				mine := []*Store{s, second}[i%2]
				for j := range 12 {
					plain := bytes.Repeat([]byte{byte(i), byte(j)}, 10_000+i)
					early := draft(t, mine, plain)
					if j%3 == 0 {
						mine.Stage([]*Draft{early}) // and joined by the commit
					}
					if err := insert(mine, early, draft(t, mine, plain[:100])); err != nil {
						t.Error(err)
						return
					}
					if got, err := read(s, early); err != nil || !bytes.Equal(got, plain) {
						t.Errorf("read %d bytes, %v", len(got), err)
					}
				}
			})
		}
		wait.Wait()
		checkClean(t, s)
	})
}
