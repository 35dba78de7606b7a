package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// ErrSealed says that sealed bytes cannot be opened: they were changed, or
// sealed with another key, or bound to something else.
var ErrSealed = errors.New("sealed bytes do not open: damaged, another key, or another place")

// Cipher seals with one key: AES-256-GCM with a random nonce in front. It is used
// by many goroutines. One key seals at most 2^32 times.
type Cipher struct{ aead cipher.AEAD }

const keySize = 32

// NewKey makes 32 random bytes.
func NewKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) //nolint:errcheck // it never fails
	return key
}

// NewCipher makes a Cipher from a key of 32 bytes; another length is a mistake
// in the program.
func NewCipher(key []byte) *Cipher {
	if len(key) != keySize {
		panic("a key has 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &Cipher{aead}
}

// Seal encrypts plain. bound is not encrypted, and must be given to Open again.
// The result is 28 bytes longer than plain.
func (c *Cipher) Seal(plain, bound []byte) []byte { return c.aead.Seal(nil, nil, plain, bound) }

// Open decrypts what Seal made.
func (c *Cipher) Open(sealed, bound []byte) ([]byte, error) {
	plain, err := c.aead.Open(nil, nil, sealed, bound)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
