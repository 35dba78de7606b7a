package mailbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Outgoing is a letter that leaves the house, with its files open. Close it.
type Outgoing struct {
	Message Message
	Memo    *memo.Message

	readers map[*memo.File]*blob.Reader
}

// Content is the bytes of a file of the letter from the first on, closed with the
// letter.
func (o *Outgoing) Content(f *memo.File) io.Reader {
	r := o.readers[f]
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return failing{err}
	}
	return r
}

// failing is a file that cannot be read.
type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

// Write writes the letter's XML.
func (o *Outgoing) Write(w io.Writer, v memo.Version) error {
	return memo.Write(w, o.Memo, v, func(f *memo.File) (io.ReadCloser, error) { return io.NopCloser(o.Content(f)), nil })
}

// Close closes all files.
func (o *Outgoing) Close() {
	for _, r := range o.readers {
		r.Close()
	}
}

// Files are the files that a reader sees, in order.
func (o *Outgoing) Files() []*memo.File {
	var all []*memo.File
	for kind, doc := range o.Memo.Documents() {
		if kind != memo.TechnicalDocument {
			all = append(all, doc.Files...)
		}
	}
	return all
}

// Outgoing opens a letter that is to leave the house. Whoever asks knows that it
// may: it was asked for by somebody with the right, or goes to the system of the
// organisation whose letter it is. NotFound where the message is no more.
func (m *Mailboxes) Outgoing(ctx context.Context, mailbox post.PartyID, message post.UUID) (*Outgoing, error) {
	o := &Outgoing{readers: map[*memo.File]*blob.Reader{}}
	err := m.db.Read(ctx, func(tx *db.Tx) (err error) {
		if o.Message, o.Memo, err = m.outgoing(tx, mailbox, message); err != nil {
			return err
		}
		for f := range allFiles(o.Memo) {
			stored := f.Content.(Stored)
			if o.readers[f], err = m.blobs.Open(tx, stored.Blob, stored.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// LookOutgoing is a letter that is to leave the house, without its files' bytes,
// in the caller's transaction. NotFound where the message is no more.
func (m *Mailboxes) LookOutgoing(tx *db.Tx, mailbox post.PartyID, message post.UUID) (*Outgoing, error) {
	var o Outgoing
	var err error
	o.Message, o.Memo, err = m.outgoing(tx, mailbox, message)
	return &o, err
}

func (m *Mailboxes) outgoing(tx *db.Tx, mailbox post.PartyID, message post.UUID) (msg Message, letter *memo.Message, err error) {
	r, err := scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE id = $1", mailbox))
	if err == nil {
		msg, err = scanMessage(tx.QueryRow("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id = $2", mailbox, message))
	}
	if err == nil {
		letter, err = view{row: r}.letter(tx, m.keys, message)
	}
	if errors.Is(err, db.ErrNoRows) {
		err = errNotFound
	}
	return msg, letter, err
}

// WriteMemo writes a letter's XML for its recipient system: it is the system's
// own organisation's letter. NotFound where the message is no more.
func (m *Mailboxes) WriteMemo(ctx context.Context, w io.Writer, mailbox post.PartyID, message post.UUID, version string) error {
	o, err := m.Outgoing(ctx, mailbox, message)
	if err != nil {
		return err
	}
	defer o.Close()
	v := memo.V12
	if version == "1.1" {
		v = memo.V11
	}
	return o.Write(w, v)
}

// NewFile is a file of ours for a letter: its bytes are stored, and are the
// letter's once that is delivered or saved.
func NewFile(blobs *blob.Store, name, mediaType, language string, content []byte) (*memo.File, error) {
	w := blobs.Create()
	if _, err := w.Write(content); err != nil {
		w.Discard()
		return nil, fmt.Errorf("write a file: %w", err)
	}
	stored, err := w.Close()
	if err != nil {
		return nil, fmt.Errorf("write a file: %w", err)
	}
	return &memo.File{EncodingFormat: mediaType, Filename: name, Language: language, Content: stored, Size: stored.Size, SHA256: sha256.Sum256(content),
		Sniffed: memo.Sniff(name, content)}, nil
}
