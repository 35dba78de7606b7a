package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Swept is what Sweep removed.
type Swept struct {
	Objects  int // objects that no row names
	Segments int // segment files of which no row names any part
}

// Sweep removes bytes that no row names and that are older than the grace time:
// what crashes and failed transactions left. It works beside readers and writers.
func (s *Store) Sweep(ctx context.Context) (Swept, error) {
	before := s.db.Now().Add(-s.config.Grace)
	objects, err := s.sweepObjects(ctx, before)
	if err != nil {
		return Swept{}, fmt.Errorf("sweep objects: %w", err)
	}
	segments, err := s.sweepSegments(ctx, before)
	if err != nil {
		return Swept{}, fmt.Errorf("sweep segments: %w", err)
	}
	return Swept{objects, segments}, nil
}

const page = 512 // how many blobs are looked up at a time

func (s *Store) sweepObjects(ctx context.Context, before time.Time) (removed int, err error) {
	old := map[post.UUID]bool{}
	sweep := func() error {
		if err := s.removeNamed(ctx, old); err != nil {
			return err
		}
		for id := range old {
			if err := s.bucket.remove(id); err != nil {
				return err
			}
			removed++
		}
		clear(old)
		return nil
	}
	err = s.bucket.list(before, func(id post.UUID) error {
		old[id] = true
		if len(old) < page {
			return nil
		}
		return sweep()
	})
	if err == nil {
		err = sweep()
	}
	return removed, err
}

// removeNamed takes those out of ids that have a row.
func (s *Store) removeNamed(ctx context.Context, ids map[post.UUID]bool) error {
	keys := make([]any, 0, len(ids))
	for id := range ids {
		keys = append(keys, id)
	}
	return s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryIn("SELECT id FROM blob WHERE id IN ($IN)", keys, nil, func(r *db.Rows) error {
			var id post.UUID
			if err := r.Scan(&id); err != nil {
				return err
			}
			delete(ids, id)
			return nil
		})
	})
}

func (s *Store) sweepSegments(ctx context.Context, before time.Time) (removed int, err error) {
	err = s.segments.list(func(number int64, entry fs.DirEntry) error {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process swept it
		}
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		f, err := s.segments.open(s.segments.path(number), os.O_RDWR)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // nothing was written
		if mine, err := f.lock(); err != nil || !mine {
			return err // somebody still appends to it
		}
		gone, err := s.sweepSegment(ctx, number, f, info.Size())
		if gone {
			removed++
		}
		return err
	})
	return removed, err
}

// sweepSegment gives back the gaps between what rows name, and the end of the
// file behind them.
func (s *Store) sweepSegment(ctx context.Context, number int64, f file, size int64) (gone bool, err error) {
	type piece struct{ position, size int64 }
	var used []piece
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query("SELECT position, size FROM blob WHERE segment = $1 ORDER BY position", number)
		used, err = db.Collect(rows, err, func(r *db.Rows) (piece, error) {
			var p piece
			err := r.Scan(&p.position, &p.size)
			return p, err
		})
		return err
	})
	if err != nil {
		return false, err
	}
	if len(used) == 0 {
		return true, os.Remove(s.segments.path(number))
	}
	end := int64(0)
	for _, p := range used {
		if p.position > end {
			if err := f.punch(end, p.position-end); err != nil {
				return false, err
			}
		}
		end = p.position + sealedSize(p.size)
	}
	if end < size {
		return false, f.Truncate(end)
	}
	return false, nil
}

// Check looks whether the bytes of every row are there in their full length, and
// calls report for each blob of which they are not. Whether they open, only
// somebody with the keys can tell.
func (s *Store) Check(ctx context.Context, report func(id post.UUID, problem string)) error {
	sizes := map[int64]int64{} // of segment files; what is committed is in them
	after := []byte{}
	for {
		rows, err := s.pageAfter(ctx, after)
		if err != nil {
			return fmt.Errorf("check blobs: %w", err)
		}
		for _, b := range rows {
			if problem := s.problem(b, sizes); problem != "" {
				report(b.id, problem)
			}
		}
		if len(rows) < page {
			return nil
		}
		after = rows[len(rows)-1].id[:]
		clear(sizes)
	}
}

// extent is where a blob lies, without its bytes.
type extent struct {
	stored
	inlined int64 // how many bytes are in the row
}

func (s *Store) pageAfter(ctx context.Context, after []byte) (found []extent, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(`SELECT id, size, segment, position, LENGTH(inline) FROM blob
			WHERE id > $1 ORDER BY id LIMIT $2`, after, page)
		found, err = db.Collect(rows, err, func(r *db.Rows) (extent, error) {
			var b extent
			err := r.Scan(&b.id, &b.size, db.Null(&b.segment), db.Null(&b.position), db.Null(&b.inlined))
			return b, err
		})
		return err
	})
	return found, err
}

func (s *Store) problem(b extent, sizes map[int64]int64) string {
	want := sealedSize(b.size)
	switch {
	case b.inlined != 0:
		if b.inlined != want {
			return fmt.Sprintf("has %d bytes in the database, should have %d", b.inlined, want)
		}
	case b.segment != 0:
		if _, known := sizes[b.segment]; !known {
			info, err := os.Stat(s.segments.path(b.segment))
			if err != nil {
				return fmt.Sprintf("segment %d cannot be read: %v", b.segment, err)
			}
			sizes[b.segment] = info.Size()
		}
		if end := b.position + want; end > sizes[b.segment] {
			return fmt.Sprintf("ends at %d of segment %d, which ends at %d", end, b.segment, sizes[b.segment])
		}
	default:
		size, err := s.bucket.size(b.id)
		if err != nil {
			return fmt.Sprintf("its object cannot be read: %v", err)
		}
		if size != want {
			return fmt.Sprintf("its object has %d bytes, should have %d", size, want)
		}
	}
	return ""
}
