package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"digitalpost/internal/post"
)

// Reader reads a blob from any place. Every chunk is checked before a byte of it
// is given out. A Reader is used by one goroutine and must be closed.
type Reader struct {
	id     post.UUID
	source source
	base   int64 // where the blob begins in its source
	size   int64
	sealer *sealer

	at    int64  // where the next Read begins
	held  int64  // the number of the chunk in plain, -1 for none
	plain []byte // lies in chunk
	chunk *chunk
}

// Size is the number of plain bytes.
func (r *Reader) Size() int64 { return r.size }

// Read implements io.Reader. It returns an error that is ErrDamaged where the
// bytes are not those that were written.
func (r *Reader) Read(p []byte) (int, error) {
	if r.at >= r.size && r.size > 0 {
		return 0, io.EOF
	}
	if err := r.load(r.at / chunkSize); err != nil {
		return 0, err
	}
	if r.size == 0 {
		return 0, io.EOF // the empty chunk was checked
	}
	n := copy(p, r.plain[r.at%chunkSize:])
	r.at += int64(n)
	return n, nil
}

// load reads a chunk and opens it.
func (r *Reader) load(number int64) error {
	if number == r.held {
		return nil
	}
	if r.source == nil {
		return errClosed
	}
	if r.chunk == nil {
		r.chunk = newChunk()
	}
	r.held = -1
	last := number == chunkCount(r.size)-1
	length := int64(sealedChunk)
	if last {
		length = sealedSize(r.size) - number*sealedChunk
	}
	sealed := r.chunk.bytes[:length]
	n, err := r.source.ReadAt(sealed, r.base+number*sealedChunk)
	if n < len(sealed) {
		if errors.Is(err, io.EOF) {
			err = ErrDamaged
		}
		return fmt.Errorf("read blob %s: %w", r.id, err)
	}
	if r.plain, err = r.sealer.open(sealed, number, last); err != nil {
		return fmt.Errorf("read blob %s: %w", r.id, err)
	}
	r.held = number
	return nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning of a blob")
	}
	r.at = offset
	return offset, nil
}

// Close ends reading.
func (r *Reader) Close() error {
	if r.source == nil {
		return nil
	}
	err := r.source.Close()
	if r.chunk != nil {
		release([]*chunk{r.chunk})
	}
	r.source, r.chunk, r.plain, r.held = nil, nil, nil, -1
	return err
}

// memory is a source that lies in memory.
type memory struct{ *bytes.Reader }

func inMemory(b []byte) source { return memory{bytes.NewReader(b)} }

func (memory) Close() error { return nil }
