package mailbox

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Stored is where a file's bytes lie and the key to them. In a letter read from
// the database each memo.File's Content is one.
type Stored struct {
	Blob post.UUID
	Key  [32]byte
}

// storedLetter is the form in which a letter is sealed.
type storedLetter struct {
	Memo  *memo.Message
	Files []Stored // in the order of Memo's documents and their files
}

// Encode writes a letter, with where its files are, in the form in which it is
// sealed.
func Encode(m *memo.Message) ([]byte, error) {
	s := storedLetter{Memo: m}
	for f := range allFiles(m) {
		switch c := f.Content.(type) {
		case *blob.Draft:
			s.Files = append(s.Files, Stored{c.ID, c.Key})
		case Stored:
			s.Files = append(s.Files, c)
		default:
			return nil, fmt.Errorf("file content is a %T", c)
		}
	}
	return cbor.Marshal(s)
}

// Decode reads what Encode wrote. The Content of each file is a Stored.
func Decode(plain []byte) (*memo.Message, error) {
	var s storedLetter
	if err := cbor.Unmarshal(plain, &s); err != nil {
		return nil, err
	}
	i := 0
	for f := range allFiles(s.Memo) {
		if i >= len(s.Files) {
			return nil, errors.New("a letter has more files than keys")
		}
		f.Content = s.Files[i]
		i++
	}
	return s.Memo, nil
}

func allFiles(m *memo.Message) func(func(*memo.File) bool) {
	return func(yield func(*memo.File) bool) {
		for _, d := range m.Documents() {
			for _, f := range d.Files {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// letter reads the whole letter of a message.
func (v view) letter(tx *db.Tx, ring *keys.Ring, id post.UUID) (*memo.Message, error) {
	var sealed []byte
	if err := tx.QueryRow("SELECT sealed FROM letter WHERE message = $1 AND mailbox = $2", id, v.id).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	c, err := v.cipher(ring)
	if err != nil {
		return nil, err
	}
	plain, err := c.Open(sealed, id[:])
	if err != nil {
		return nil, err
	}
	return Decode(plain)
}
