// Package keys owns the master key and the data keys it wraps.
//
// The master key lies in one file, which the operator keeps apart from the
// database. It does nothing but wrap the data keys, each of which has one name
// and one purpose and never changes. So a new master key (Rotate) means new
// wrapping, and nothing else has to be encrypted again.
//
// The file and the database change together in an order that a crash cannot
// spoil: a master key is in the file before a row needs it, and leaves the file
// when no row does.
package keys

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
)

// The data keys. A name stands in the database: it is never used again for
// another purpose.
const (
	CPRHash         = "cpr-hash"         // looks up a CPR number
	CPRSeal         = "cpr-seal"         // encrypts a CPR number
	MailboxSeal     = "mailbox-seal"     // wraps the key of each mailbox
	HeldSeal        = "held-seal"        // encrypts what waits to be delivered
	SessionCookie   = "session-cookie"   // protects log-in state in a browser
	DocumentLink    = "document-link"    // signs the addresses at which documents are shown
	OAuthSign       = "oauth-sign"       // protects the codes and tokens of our authorization server
	EMailSeal       = "email-seal"       // encrypts whom an e-mail is for, and what it says
	SupportSeal     = "support-seal"     // encrypts what people write to support
	PrintSeal       = "print-seal"       // encrypts where letters on paper go
	AppointmentSeal = "appointment-seal" // encrypts applications for appointed access, and their documents' keys
	ExtractSeal     = "extract-seal"     // encrypts what is written about data extracts, and the keys of their parts
	StaffSeal       = "staff-seal"       // encrypts cases and applications at the counter
	CompanySeal     = "company-seal"     // encrypts what employees write of the rights they ask for, and changes not made yet
	EMailReturn     = "email-return"     // signs the addresses to which e-mails come back
	AccessCode      = "access-code"      // hashes the codes by which an offered access is taken up
)

var names = []string{CPRHash, CPRSeal, MailboxSeal, HeldSeal, SessionCookie, DocumentLink, OAuthSign, EMailSeal, EMailReturn, SupportSeal, PrintSeal, StaffSeal, AppointmentSeal, ExtractSeal, AccessCode, CompanySeal}

// Ring holds the data keys of an open database. It is used by many goroutines.
type Ring struct {
	secrets map[string][]byte
	ciphers map[string]*Cipher
}

// turn keeps Open and Rotate of one process out of each other's way: on SQLite
// concurrent updates share a commit, and one would act on what the other has
// not committed yet. Processes are kept apart by the row locks of locked.
var turn sync.Mutex

// Open reads the data keys and makes those that are missing. The file is made
// when neither it nor any data key is there yet. Errors name the file and say
// what to do: Invalid with code keys.file.missing, keys.file.damaged,
// keys.file.wrong or keys.data.damaged.
func Open(ctx context.Context, d *db.DB, file string) (*Ring, error) {
	turn.Lock()
	defer turn.Unlock()
	return open(ctx, d, file)
}

func open(ctx context.Context, d *db.DB, file string) (*Ring, error) {
	var secrets map[string][]byte
	err := d.Update(ctx, func(tx *db.Tx) error {
		rows, err := locked(tx)
		if err != nil {
			return err
		}
		m, others, err := fitting(file, rows)
		if err != nil {
			return err
		}
		if secrets, err = unwrap(file, m, rows); err != nil {
			return err
		}
		if err := addMissing(tx, m, secrets); err != nil {
			return err
		}
		if others && len(rows) > 0 { // what a rotation left that did not get to its end
			return replaceFile(file, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	r := &Ring{secrets: secrets, ciphers: map[string]*Cipher{}}
	for name, secret := range secrets {
		r.ciphers[name] = NewCipher(secret)
	}
	return r, nil
}

// Rotate exchanges the master key and wraps all data keys anew, in one
// transaction. Until that is committed the file holds both master keys; one
// interrupted by a crash is tidied up by the next Open. Programs that run keep
// their data keys; other machines need a copy of the new file before they start
// again, and so does whoever keeps a copy of the old one.
func Rotate(ctx context.Context, d *db.DB, file string) error {
	turn.Lock()
	defer turn.Unlock()
	if _, err := open(ctx, d, file); err != nil {
		return err
	}
	if err := rewrap(ctx, d, file, newMaster()); err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	_, err := open(ctx, d, file)
	return err
}

func rewrap(ctx context.Context, d *db.DB, file string, next master) error {
	return d.Update(ctx, func(tx *db.Tx) error { return rewrapIn(tx, file, next) })
}

func rewrapIn(tx *db.Tx, file string, next master) error {
	rows, err := locked(tx)
	if err != nil {
		return err
	}
	m, _, err := fitting(file, rows)
	if err != nil {
		return err
	}
	secrets, err := unwrap(file, m, rows)
	if err != nil {
		return err
	}
	if err := replaceFile(file, m, next); err != nil {
		return err
	}
	var b db.Batch
	for name, secret := range secrets {
		b.Add("UPDATE data_key SET master = $1, wrapped = $2 WHERE name = $3",
			next.id, next.Seal(secret, []byte(name)), name)
	}
	return tx.Run(&b)
}

// row is a data key as it is stored.
type row struct {
	name, master string
	wrapped      []byte
}

// locked reads the data keys and keeps other processes from changing them, or
// the file on their account, until the transaction ends.
func locked(tx *db.Tx) ([]row, error) {
	if _, err := tx.Exec("UPDATE data_key SET master = master"); err != nil {
		return nil, err
	}
	rows, err := tx.Query("SELECT name, master, wrapped FROM data_key ORDER BY name")
	return db.Collect(rows, err, func(r *db.Rows) (row, error) {
		var k row
		err := r.Scan(&k.name, &k.master, &k.wrapped)
		return k, err
	})
}

// fitting finds the master key that wraps the rows, and tells whether the file
// holds others. Without rows any key of the file will do.
func fitting(file string, rows []row) (m master, others bool, err error) {
	held, err := readFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if len(rows) > 0 {
			return m, false, errs.New(errs.KindInvalid, "keys.file.missing",
				"the key file %s is missing, and the database cannot be read without it: put it back from your copy (master key %s)", file, rows[0].master)
		}
		held, err = makeFile(file, newMaster())
	}
	if err != nil {
		return m, false, err
	}
	for _, m := range held {
		if len(rows) == 0 || m.id == rows[0].master {
			return m, len(held) > 1, nil
		}
	}
	return m, false, errs.New(errs.KindInvalid, "keys.file.wrong",
		"the key file %s holds master key %s, but this database needs master key %s: start with the key file that belongs to this database",
		file, held[0].id, rows[0].master)
}

func unwrap(file string, m master, rows []row) (map[string][]byte, error) {
	secrets := map[string][]byte{}
	for _, k := range rows {
		secret, err := m.Open(k.wrapped, []byte(k.name))
		if k.master != m.id || err != nil || len(secret) != keySize {
			return nil, errs.New(errs.KindInvalid, "keys.data.damaged",
				"the data key %s in the database is damaged: the master key in %s does not open it; restore the database from a backup", k.name, file)
		}
		secrets[k.name] = secret
	}
	return secrets, nil
}

// addMissing makes the data keys that are not there: all of them at the first
// start, later those that a newer program brings.
func addMissing(tx *db.Tx, m master, secrets map[string][]byte) error {
	var fresh [][]any
	for _, name := range names {
		if secrets[name] == nil {
			secret := NewKey()
			secrets[name] = secret
			fresh = append(fresh, []any{name, m.id, m.Seal(secret, []byte(name)), tx.Now})
		}
	}
	var b db.Batch
	b.InsertMany("data_key (name, master, wrapped, made)", fresh, "")
	return tx.Run(&b)
}

// Secret is a copy of the 32 bytes of a data key, for libraries that want the
// key itself. It is the same for the life of the database.
func (r *Ring) Secret(name string) []byte { return bytes.Clone(r.secret(name)) }

// Seal encrypts plain with a data key. bound is not encrypted, and must be given
// to Open again: it ties the result to its place, such as a row's id.
func (r *Ring) Seal(name string, plain, bound []byte) []byte {
	r.secret(name)
	return r.ciphers[name].Seal(plain, bound)
}

// Open decrypts what Seal made. It returns ErrSealed where the bytes, the name
// or bound differ.
func (r *Ring) Open(name string, sealed, bound []byte) ([]byte, error) {
	r.secret(name)
	return r.ciphers[name].Open(sealed, bound)
}

// Hash is a value's HMAC-SHA-256 under a data key, 32 bytes: equal values can
// be looked up, and nobody without the key can try them out.
func (r *Ring) Hash(name, value string) []byte {
	h := hmac.New(sha256.New, r.secret(name))
	h.Write([]byte(value))
	return h.Sum(nil)
}

// secret panics for a name that is not in the list above, which is a mistake in
// the program.
func (r *Ring) secret(name string) []byte {
	s, ok := r.secrets[name]
	if !ok {
		panic("no data key is called " + name)
	}
	return s
}
