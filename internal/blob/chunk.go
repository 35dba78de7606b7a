package blob

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"sync"
)

// A blob is encrypted in chunks: 64 KiB of plain bytes become 64 KiB and a tag
// of 16. Only the last is shorter, and only an empty blob has an empty chunk.
// The nonce is the chunk's number and whether it is the last (the STREAM
// construction, as in age), so chunks that were exchanged, left out or cut off do
// not open. A key encrypts one blob, so no nonce is used twice.
const (
	chunkSize   = 64 << 10
	tagSize     = 16
	sealedChunk = chunkSize + tagSize
)

// sealedSize is the number of encrypted bytes of a blob.
func sealedSize(size int64) int64 { return size + tagSize*chunkCount(size) }

func chunkCount(size int64) int64 { return max(1, (size+chunkSize-1)/chunkSize) }

// chunk is a buffer for a chunk, plain or sealed.
type chunk struct {
	bytes [sealedChunk]byte
	n     int // bytes in use
}

func (c *chunk) content() []byte { return c.bytes[:c.n] }

var chunks = sync.Pool{New: func() any { return new(chunk) }}

func newChunk() *chunk {
	c := chunks.Get().(*chunk)
	c.n = 0
	return c
}

func release(list []*chunk) {
	for _, c := range list {
		chunks.Put(c)
	}
}

// sealer seals and opens the chunks of one blob.
type sealer struct {
	aead  cipher.AEAD
	nonce [12]byte
}

func newSealer(key *[32]byte) *sealer {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the length is right
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // the block size is right
	}
	return &sealer{aead: aead}
}

func (s *sealer) at(number int64, last bool) []byte {
	binary.BigEndian.PutUint64(s.nonce[3:11], uint64(number))
	s.nonce[11] = 0
	if last {
		s.nonce[11] = 1
	}
	return s.nonce[:]
}

// seal encrypts plain into c. plain may be the content of c itself.
func (s *sealer) seal(c *chunk, plain []byte, number int64, last bool) {
	c.n = len(s.aead.Seal(c.bytes[:0], s.at(number, last), plain, nil))
}

// open decrypts sealed in place.
func (s *sealer) open(sealed []byte, number int64, last bool) ([]byte, error) {
	plain, err := s.aead.Open(sealed[:0], s.at(number, last), sealed, nil)
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}
