package mailbox

import (
	"context"
	"errors"
	"io"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// WriteMemo writes a letter's XML for its recipient system: it is the system's
// own organisation's letter. NotFound where the message is no more.
func (m *Mailboxes) WriteMemo(ctx context.Context, w io.Writer, mailbox post.PartyID, message post.UUID, version string) error {
	readers := map[*memo.File]*blob.Reader{}
	defer func() {
		for _, r := range readers {
			r.Close()
		}
	}()
	var letter *memo.Message
	err := m.db.Read(ctx, func(tx *db.Tx) error {
		r, err := scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE id = $1", mailbox))
		if errors.Is(err, db.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		letter, err = view{row: r}.letter(tx, m.keys, message)
		if errors.Is(err, db.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		for f := range allFiles(letter) {
			stored := f.Content.(Stored)
			if readers[f], err = m.blobs.Open(tx, stored.Blob, stored.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	v := memo.V12
	if version == "1.1" {
		v = memo.V11
	}
	return memo.Write(w, letter, v, func(f *memo.File) (io.ReadCloser, error) { return readers[f], nil })
}
