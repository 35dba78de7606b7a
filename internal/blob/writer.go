package blob

import (
	"bytes"
	"errors"
	"fmt"

	"digitalpost/internal/errs"
)

var errClosed = errors.New("the blob was closed")

// Writer encrypts a blob as it comes. What is too large for a segment goes to
// the bucket while it comes, so memory is bounded by Config.SegmentMax. A Writer
// is used by one goroutine, and ends with Close or Discard.
type Writer struct {
	store  *Store
	draft  *Draft
	sealer *sealer

	number int64    // of the chunk being filled
	last   *chunk   // being filled; sealed when it is known whether more comes
	sealed []*chunk // in memory, until they are too many
	object object   // where they go then
	err    error
}

// Write takes plain bytes. Errors are Unavailable where the disk is full.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	taken := 0
	for taken < len(p) {
		if w.last == nil {
			w.last = newChunk()
		}
		rest := p[taken:]
		switch {
		case w.last.n == 0 && len(rest) > chunkSize:
			// A whole chunk with more behind it is not copied first.
			w.sealer.seal(w.last, rest[:chunkSize], w.number, false)
			taken += chunkSize
		case w.last.n == chunkSize:
			w.sealer.seal(w.last, w.last.content(), w.number, false)
		default:
			n := copy(w.last.bytes[w.last.n:chunkSize], rest)
			w.last.n += n
			taken += n
			continue
		}
		if w.err = w.put(); w.err != nil {
			w.draft.Size += int64(taken)
			return taken, w.err
		}
	}
	w.draft.Size += int64(taken)
	return taken, nil
}

// put passes on the chunk that was sealed.
func (w *Writer) put() error {
	w.sealed = append(w.sealed, w.last)
	w.last = nil
	w.number++
	if w.object == nil && w.number*chunkSize < int64(w.store.config.SegmentMax) {
		return nil
	}
	return w.spill()
}

// spill writes to the bucket what is in memory.
func (w *Writer) spill() (err error) {
	if w.object == nil {
		if w.object, err = w.store.bucket.create(w.draft.ID); err != nil {
			return unavailable("create object", err)
		}
	}
	for _, c := range w.sealed {
		if _, err := w.object.Write(c.content()); err != nil {
			return unavailable("write object", err)
		}
	}
	release(w.sealed)
	w.sealed = w.sealed[:0]
	return nil
}

// Close ends the blob. What went to the bucket is on disk when it returns. After
// an error nothing is left of the blob.
func (w *Writer) Close() (*Draft, error) {
	if w.err != nil {
		w.Discard()
		return nil, w.err
	}
	if w.last == nil {
		w.last = newChunk()
	}
	w.sealer.seal(w.last, w.last.content(), w.number, true)
	w.sealed = append(w.sealed, w.last)
	w.last = nil

	d := w.draft
	switch {
	case d.Size <= int64(w.store.config.InlineMax):
		d.inline = bytes.Clone(w.sealed[0].content())
		release(w.sealed)
	case w.object == nil && d.Size <= int64(w.store.config.SegmentMax):
		d.chunks = w.sealed
	default:
		w.err = w.spill()
		if w.err == nil {
			w.err = unavailable("store object", w.object.commit())
		}
		if w.err != nil {
			w.Discard()
			return nil, w.err
		}
	}
	w.object, w.sealed, w.err = nil, nil, errClosed
	return d, nil
}

// Discard forgets the blob and removes what was written of it. After Close it
// does nothing.
func (w *Writer) Discard() {
	if w.object != nil {
		w.object.abort()
	}
	if w.last != nil {
		release([]*chunk{w.last})
	}
	release(w.sealed)
	w.object, w.last, w.sealed = nil, nil, nil
	if w.err == nil {
		w.err = errClosed
	}
}

// unavailable says that bytes could not be put on disk; nil stays nil. A full
// disk is the usual reason, and it passes.
func unavailable(what string, err error) error {
	if err == nil {
		return nil
	}
	return errs.Wrap(fmt.Errorf("%s: %w", what, err), errs.KindUnavailable, "storage.unavailable")
}
