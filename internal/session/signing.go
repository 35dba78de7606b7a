package session

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// SigningKey signs ID tokens. It is RSA because RS256 is what every client must
// understand (OpenID Connect Core, 15.1).
type SigningKey struct {
	ID  string
	Key *rsa.PrivateKey
}

// ErrNoSigningKey says that the database has no signing key yet.
var ErrNoSigningKey = errors.New("no signing key")

// SigningKeys are all signing keys, the newest first: that one signs, the others
// still verify.
func (s *Sessions) SigningKeys(tx *db.Tx) ([]SigningKey, error) {
	rows, err := tx.Query("SELECT id, sealed FROM signing_key ORDER BY created DESC, id DESC")
	return db.Collect(rows, err, func(r *db.Rows) (SigningKey, error) {
		var id post.UUID
		var sealed []byte
		if err := r.Scan(&id, &sealed); err != nil {
			return SigningKey{}, err
		}
		der, err := s.keys.Open(keys.OAuthSign, sealed, id[:])
		if err != nil {
			return SigningKey{}, fmt.Errorf("open signing key %s: %w", id, err)
		}
		key, err := x509.ParsePKCS1PrivateKey(der)
		return SigningKey{id.String(), key}, err
	})
}

// NewSigningKey makes a key and puts it before the others. It takes a moment:
// call it before the transaction that keeps the key (AddSigningKey).
func NewSigningKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// AddSigningKey keeps a key and has it sign from now on.
func (s *Sessions) AddSigningKey(tx *db.Tx, key *rsa.PrivateKey) error {
	id := tx.NewID()
	sealed := s.keys.Seal(keys.OAuthSign, x509.MarshalPKCS1PrivateKey(key), id[:])
	_, err := tx.Exec("INSERT INTO signing_key (id, sealed, created) VALUES ($1, $2, $3)", id, sealed, tx.Now)
	if err != nil {
		return fmt.Errorf("keep a signing key: %w", err)
	}
	return nil
}
