// Package blob keeps the bytes of documents, encrypted.
//
// Small blobs lie in the database; larger ones one after the other in segment
// files; the largest as objects of their own in a bucket. In every place the
// bytes are on disk before the row that names them is committed, so a row is
// never without its bytes; bytes without a row are removed by Sweep.
//
// Each blob has a random key of its own, which this package hands out and does
// not keep: whoever may read the blob stores the key, wrapped. Destroying all
// copies of the key destroys the blob.
package blob

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// ErrDamaged says that the bytes of a blob are not those that were written.
var ErrDamaged = errors.New("the bytes of a blob are damaged, or the key is another's")

// Config says where blobs are kept. Zero values are replaced by the defaults.
type Config struct {
	// Dir is the folder of segments and objects. It is made when it is missing.
	Dir string
	// InlineMax is the largest blob kept in the database, in bytes before
	// encryption: 8 KiB, at most 64 KiB.
	InlineMax int
	// SegmentMax is the largest blob kept in a segment, in bytes before
	// encryption: 1 MiB. So much of a blob is held in memory while it is written.
	SegmentMax int
	// Grace is how long bytes without a row are left alone by Sweep, for the
	// transactions under way: 1 hour. The time of a file is compared with the
	// clock of the database handle.
	Grace time.Duration
}

// Store writes and reads blobs. It is used by many goroutines. Several stores,
// also of several processes, can share a folder.
type Store struct {
	db       *db.DB
	config   Config
	bucket   bucket
	segments *segments
}

// Open prepares a store. Nothing is written before the first blob is.
func Open(d *db.DB, c Config) (*Store, error) {
	if c.Dir == "" {
		return nil, errors.New("open blobs: no folder is configured")
	}
	if c.InlineMax == 0 {
		c.InlineMax = 8 << 10
	}
	if c.SegmentMax == 0 {
		c.SegmentMax = 1 << 20
	}
	if c.Grace == 0 {
		c.Grace = time.Hour
	}
	if c.InlineMax > chunkSize || c.SegmentMax > 1<<25 {
		return nil, errors.New("open blobs: InlineMax is at most 64 KiB, SegmentMax at most 32 MiB")
	}
	for _, dir := range []string{"segments", "objects"} {
		if err := os.MkdirAll(filepath.Join(c.Dir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("open blobs: %w", err)
		}
	}
	return &Store{
		db:       d,
		config:   c,
		bucket:   &folder{dir: filepath.Join(c.Dir, "objects"), openFile: openFile},
		segments: &segments{dir: filepath.Join(c.Dir, "segments"), open: openFile, size: segmentSize, step: fillStep},
	}, nil
}

// Close ends writing. It waits for writes under way.
func (s *Store) Close() error { return s.segments.close() }

// Draft is a blob that was written and is not yet part of any transaction. It
// belongs to one goroutine. What becomes of it is either Insert or Drop.
type Draft struct {
	ID   post.UUID
	Key  [32]byte
	Size int64 // bytes before encryption

	// Where the bytes are: inline; or chunks, which Stage gives a place in a
	// segment; or neither, and an object was written.
	inline []byte
	chunks []*chunk
	place  *place

	inserted bool
}

// Create begins a blob.
func (s *Store) Create() *Writer {
	w := &Writer{store: s, draft: &Draft{ID: s.db.NewID()}}
	rand.Read(w.draft.Key[:]) //nolint:errcheck // it never fails
	w.sealer = newSealer(&w.draft.Key)
	return w
}

// Drop forgets drafts that no transaction was given and removes what was written.
// Of a draft that was given to Insert it does not know how the transaction
// ended, and leaves it to Sweep.
func (s *Store) Drop(drafts ...*Draft) {
	for _, d := range drafts {
		if d.inserted {
			continue
		}
		switch {
		case d.inline != nil:
		case d.place != nil:
			<-d.place.flush.done
			s.segments.punch(d.place.segment, d.place.position, sealedSize(d.Size))
		case d.chunks != nil:
			release(d.chunks)
			d.chunks = nil
		default:
			s.bucket.remove(d.ID) //nolint:errcheck // Sweep tries again
		}
	}
}
