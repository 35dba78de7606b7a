package blob

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Stage begins to write drafts that belong in a segment, and returns at once:
// their place is known, and wait joins the write. Many stages share one write
// and one sync. Other drafts are passed over, and so are those staged before.
func (s *Store) Stage(drafts []*Draft) (wait func() error) {
	var failed error
	for _, d := range drafts {
		if d.place != nil || d.chunks == nil {
			continue
		}
		if failed = s.segments.stage(d); failed != nil {
			break
		}
	}
	return func() error {
		for _, d := range drafts {
			if d.place == nil {
				continue
			}
			<-d.place.flush.done
			if err := d.place.flush.err; err != nil {
				return err
			}
		}
		return failed
	}
}

// Insert adds the rows of drafts to a batch. It stages them, and the commit waits
// until they are on disk: where that fails, the transaction fails as Unavailable.
// A transaction that is run again inserts the same drafts again.
func (s *Store) Insert(tx *db.Tx, b *db.Batch, drafts []*Draft) {
	if len(drafts) == 0 {
		return
	}
	tx.BeforeCommit(s.Stage(drafts))
	rows := make([][]any, 0, len(drafts))
	for _, d := range drafts {
		d.inserted = true
		row := []any{d.ID, d.Size, nil, nil, nil}
		if d.place != nil {
			row[2], row[3] = d.place.segment, d.place.position
		}
		if d.inline != nil {
			row[4] = d.inline
		}
		rows = append(rows, row)
	}
	b.InsertMany("blob (id, size, segment, position, inline)", rows, "")
}

// stored is a row: a blob and where it lies.
type stored struct {
	id       post.UUID
	size     int64
	segment  int64 // 0 where it lies elsewhere
	position int64
	inline   []byte
}

func find(tx *db.Tx, id post.UUID) (stored, error) {
	b := stored{id: id}
	err := tx.QueryRow("SELECT size, segment, position, inline FROM blob WHERE id = $1", id).
		Scan(&b.size, db.Null(&b.segment), db.Null(&b.position), &b.inline)
	if err == nil && b.size < 0 {
		err = ErrDamaged
	}
	if err != nil {
		return b, fmt.Errorf("find blob %s: %w", id, err)
	}
	return b, nil
}

// Open opens a blob for reading. The Reader is used after the transaction, too,
// and is not disturbed by a Delete that comes later, unless the blob lies in a
// segment: then it ends with ErrDamaged.
func (s *Store) Open(tx *db.Tx, id post.UUID, key [32]byte) (*Reader, error) {
	b, err := find(tx, id)
	if err != nil {
		return nil, err
	}
	r := &Reader{id: id, size: b.size, sealer: newSealer(&key), held: -1}
	switch {
	case b.inline != nil:
		r.source = inMemory(b.inline)
	case b.segment != 0:
		r.base = b.position
		r.source, err = s.segments.open(s.segments.path(b.segment), os.O_RDONLY)
	default:
		r.source, err = s.bucket.open(id)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", id, err)
	}
	return r, nil
}

// Delete removes a blob: its row in the transaction, its bytes when that is
// committed. A blob that is not there is an error.
func (s *Store) Delete(tx *db.Tx, id post.UUID) error {
	b, err := find(tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM blob WHERE id = $1", id); err != nil {
		return fmt.Errorf("delete blob %s: %w", id, err)
	}
	tx.OnCommit(func() {
		switch {
		case b.inline != nil:
		case b.segment != 0:
			s.segments.punch(b.segment, b.position, sealedSize(b.size))
		default:
			s.bucket.remove(id) //nolint:errcheck // Sweep tries again
		}
	})
	return nil
}
