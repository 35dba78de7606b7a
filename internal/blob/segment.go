package blob

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

const (
	// segmentSize is the size of a segment file.
	segmentSize = 256 << 20
	// fillStep is how far ahead a segment is filled with zeros. Writing where
	// bytes lie already is what makes fdatasync fast: it has no new size or
	// place to record.
	fillStep = 4 << 20
)

var errLocked = errors.New("another process holds it")

// segments is the folder of segment files and the one segment that this store
// appends to. A store begins a segment of its own when it first needs one, and
// never appends to one that another process, or an earlier run, has begun.
type segments struct {
	dir        string
	open       opener
	size, step int64

	mu      sync.Mutex // for what follows and for the fields of a segment that say so
	current *segment
	last    int64 // the highest number seen
	closed  bool
	writing sync.WaitGroup
}

// segment is a segment being written. Its file is locked while it is open. One on
// which anything failed is given up: after a failed sync nobody knows which
// bytes are on disk.
type segment struct {
	number int64
	file   file

	// Guarded by segments.mu.
	used    int64  // how much is allotted
	next    *flush // what waits to be written
	busy    bool   // whether the goroutine that writes is at work
	retired bool   // whether nothing is to come

	// Of the goroutine that writes; failed is set under segments.mu too.
	failed  error
	filled  int64    // how much is written, at least with zeros
	filling *filling // of the next step, nil when none is under way
}

// place is where in a segment a blob lies, and the write that brings it there.
type place struct {
	segment  int64
	position int64
	flush    *flush
}

// flush is one write and one sync for all who came while the former was under way.
type flush struct {
	drafts []*Draft
	end    int64
	done   chan struct{}
	err    error // set before done is closed
}

// stage allots a place to the chunks of a draft and has them written.
func (s *segments) stage(d *Draft) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	length := sealedSize(d.Size)
	seg, err := s.room(length)
	if err != nil {
		return unavailable("begin segment", err)
	}
	if seg.next == nil {
		seg.next = &flush{done: make(chan struct{})}
	}
	d.place = &place{seg.number, seg.used, seg.next}
	seg.used += length
	seg.next.drafts = append(seg.next.drafts, d)
	seg.next.end = seg.used
	s.wake(seg)
	return nil
}

// room is the segment that takes length more bytes.
func (s *segments) room(length int64) (*segment, error) {
	if s.closed {
		return nil, errors.New("the store is closed")
	}
	if seg := s.current; seg != nil && seg.failed == nil && seg.used+length <= s.size {
		return seg, nil
	}
	s.retire()
	seg, err := s.begin()
	if err != nil {
		return nil, err
	}
	s.current = seg
	return seg, nil
}

// retire has the current segment finished when all that waits is written.
func (s *segments) retire() {
	if s.current != nil {
		s.current.retired = true
		s.wake(s.current)
		s.current = nil
	}
}

// begin makes a segment file and fills its first step, so that a full disk shows
// before anything was allotted in it.
func (s *segments) begin() (*segment, error) {
	if s.last == 0 {
		err := s.list(func(number int64, _ fs.DirEntry) error {
			s.last = max(s.last, number)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for {
		s.last++
		f, err := s.open(s.path(s.last), os.O_RDWR|os.O_CREATE|os.O_EXCL)
		if errors.Is(err, fs.ErrExist) {
			continue // another process was faster
		}
		if err != nil {
			return nil, err
		}
		seg := &segment{number: s.last, file: f}
		if err = s.prepare(seg); err != nil {
			f.Close()                 //nolint:errcheck // the first error counts
			os.Remove(s.path(s.last)) //nolint:errcheck // Sweep tries again
			s.last--
			return nil, err
		}
		return seg, nil
	}
}

func (s *segments) prepare(seg *segment) error {
	if mine, err := seg.file.lock(); err != nil || !mine {
		return fmt.Errorf("lock segment %d: %w", seg.number, cmp.Or(err, errLocked))
	}
	seg.fill(s.step)
	if err := seg.await(); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// wake sets the goroutine that writes a segment to work.
func (s *segments) wake(seg *segment) {
	if !seg.busy {
		seg.busy = true
		s.writing.Add(1)
		go s.write(seg)
	}
}

// write writes what waits, until nothing does.
func (s *segments) write(seg *segment) {
	defer s.writing.Done()
	s.mu.Lock()
	for seg.next != nil {
		f := seg.next
		seg.next = nil
		s.mu.Unlock()
		f.err = seg.failed
		if f.err == nil {
			f.err = unavailable("write segment", seg.write(f, s.size, s.step))
		}
		for _, d := range f.drafts {
			release(d.chunks)
			d.chunks = nil
		}
		s.mu.Lock()
		seg.failed = f.err
		close(f.done)
	}
	seg.busy = false
	retired, used := seg.retired, seg.used
	s.mu.Unlock()
	if retired {
		seg.finish(used)
	}
}

// write brings chunks to their place and waits until they are on disk.
func (seg *segment) write(f *flush, size, step int64) error {
	if seg.filling != nil && len(seg.filling.done) > 0 {
		seg.await() //nolint:errcheck // it is tried again when it is needed
	}
	for seg.filled < f.end {
		if seg.filling == nil {
			seg.fill(min(step, size-seg.filled))
		}
		if err := seg.await(); err != nil {
			return err
		}
	}
	if seg.filling == nil && seg.filled-f.end < step/2 && seg.filled < size {
		seg.fill(min(step, size-seg.filled))
	}
	for _, d := range f.drafts {
		at := d.place.position
		for _, c := range d.chunks {
			if _, err := seg.file.WriteAt(c.content(), at); err != nil {
				return err
			}
			at += int64(c.n)
		}
	}
	return seg.file.datasync()
}

// filling is the writing of zeros up to end.
type filling struct {
	end  int64
	done chan error
}

var zeros [256 << 10]byte

// fill begins to write zeros behind what is filled.
func (seg *segment) fill(length int64) {
	f := &filling{seg.filled + length, make(chan error, 1)}
	seg.filling = f
	go func(at int64) {
		for at < f.end {
			n, err := seg.file.WriteAt(zeros[:min(int64(len(zeros)), f.end-at)], at)
			if err != nil {
				f.done <- err
				return
			}
			at += int64(n)
		}
		f.done <- seg.file.datasync()
	}(seg.filled)
}

// await waits for the filling under way.
func (seg *segment) await() error {
	err := <-seg.filling.done
	if err == nil {
		seg.filled = seg.filling.end
	}
	seg.filling = nil
	return err
}

// finish gives back what was filled and not used, and closes the file.
func (seg *segment) finish(used int64) {
	if seg.filling != nil {
		seg.await() //nolint:errcheck // nothing more comes
	}
	seg.file.Truncate(used) //nolint:errcheck // Sweep tries again
	seg.file.Close()        //nolint:errcheck // all that counts is synced
}

// close finishes the current segment and waits for writes under way.
func (s *segments) close() error {
	s.mu.Lock()
	s.closed = true
	s.retire()
	s.mu.Unlock()
	s.writing.Wait()
	return nil
}

func (s *segments) path(number int64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%08d", number))
}

// list calls each for every segment file.
func (s *segments) list(each func(number int64, entry fs.DirEntry) error) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		number, err := strconv.ParseInt(entry.Name(), 10, 64)
		if err != nil {
			continue // not ours
		}
		if err := each(number, entry); err != nil {
			return err
		}
	}
	return nil
}

// punch gives the room of a range back. What does not succeed is left to Sweep.
func (s *segments) punch(number, position, length int64) {
	f, err := s.open(s.path(number), os.O_RDWR)
	if err != nil {
		return
	}
	f.punch(position, length) //nolint:errcheck // left to Sweep
	f.Close()                 //nolint:errcheck // nothing was written
}
