package mailbox

import (
	"context"
	"errors"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Letter is a message with all that is in it but its files' bytes. The Content
// of each of Memo's files is a Stored.
type Letter struct {
	Mailbox Mailbox
	Message Message
	Memo    *memo.Message
	// Note is the asker's own note, "" for none (MBX-10).
	Note string
	// Folder is where the message lies.
	Folder Folder
}

// Read shows a letter without opening it: nothing changes.
func (m *Mailboxes) Read(ctx context.Context, actor post.Actor, mailbox, message post.UUID) (Letter, error) {
	var l Letter
	err := m.read(ctx, func(tx *db.Tx) error {
		v, d, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		if err != nil {
			return err
		}
		l, err = m.letter(tx, v, d)
		return err
	})
	return l, err
}

// Open shows a letter and marks it read for every client (MBX-01, MBX-15), where
// the asker may mark it: a token that only reads leaves it as it is. A court
// summons is served by it (SND-08).
func (m *Mailboxes) Open(ctx context.Context, actor post.Actor, mailbox, message post.UUID) (Letter, error) {
	l, err := m.Read(ctx, actor, mailbox, message)
	if err != nil || actor.ReadOnly || l.Message.Read && !l.Message.unserved() {
		return l, err
	}
	err = m.update(ctx, func(tx *db.Tx) error {
		v, d, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		if err != nil {
			return err
		}
		if err := m.opened(tx, v, &d); err != nil {
			return err
		}
		l, err = m.letter(tx, v, d)
		return err
	})
	return l, err
}

// found is a message that somebody may act on, and by which right.
type found struct {
	Message
	via access.Relation
}

// message finds a message and asks access about it.
func (m *Mailboxes) message(tx *db.Tx, actor post.Actor, mailbox, message post.UUID, action access.Action) (view, found, error) {
	v, err := m.open(tx, actor, mailbox)
	if err != nil {
		return v, found{}, err
	}
	msg, err := scanMessage(tx.QueryRow("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id = $2", v.id, message))
	if errors.Is(err, db.ErrNoRows) {
		return v, found{}, errNotFound
	}
	if err != nil {
		return v, found{}, err
	}
	d, err := v.check(tx.Now, action, &msg)
	return v, found{msg, d.Via}, err
}

func (m *Mailboxes) letter(tx *db.Tx, v view, f found) (Letter, error) {
	l := Letter{Message: f.Message, Mailbox: v.mailbox(access.Decision{Via: f.via})}
	var err error
	if l.Memo, err = v.letter(tx, m.keys, f.ID); err != nil {
		return l, err
	}
	if l.Note, err = m.note(tx, v, f.ID); err != nil {
		return l, err
	}
	folders, err := m.folders(tx, v)
	for _, folder := range folders {
		if folder.ID == f.Folder {
			l.Folder = folder
		}
	}
	return l, err
}

// opened does what opening does: the message is read and, where it is a court
// summons, served.
func (m *Mailboxes) opened(tx *db.Tx, v view, f *found) error {
	if f.unserved() {
		f.Served = tx.Now
		event := audit.Event{Name: audit.MessageLegallyNotified, Mailbox: v.id, Actor: v.actor, Via: f.via.String(), Message: f.ID}
		if err := audit.Append(tx, event); err != nil {
			return err
		}
	}
	if _, err := v.check(tx.Now, access.MessageMark, &f.Message); err != nil {
		return m.change(tx, v, f, Change{})
	}
	return m.change(tx, v, f, Change{Read: new(true)})
}

// File is one file of a message, with where its bytes are.
type File struct {
	memo.File
	Stored
	Document     int // place among the letter's documents, from 0
	Place        int // place among the document's files, from 0
	DocumentKind memo.DocumentKind
}

// Files lists the files of a letter that a reader sees, in order. Technical
// documents are for programs (facts 2.1).
func (l Letter) Files() []File {
	var all []File
	i := 0
	for kind, doc := range l.Memo.Documents() {
		if kind != memo.TechnicalDocument {
			for place, f := range doc.Files {
				stored, _ := f.Content.(Stored)
				all = append(all, File{*f, stored, i, place, kind})
			}
		}
		i++
	}
	return all
}

// Content opens a file's bytes. The reader outlives the transaction; close it.
func (m *Mailboxes) Content(ctx context.Context, actor post.Actor, mailbox, message post.UUID, document, place int) (File, *blob.Reader, error) {
	var file File
	var reader *blob.Reader
	err := m.read(ctx, func(tx *db.Tx) error {
		v, d, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		if err != nil {
			return err
		}
		l := Letter{Message: d.Message}
		if l.Memo, err = v.letter(tx, m.keys, d.ID); err != nil {
			return err
		}
		for _, f := range l.Files() {
			if f.Document == document && f.Place == place {
				file = f
				reader, err = m.blobs.Open(tx, f.Blob, f.Key)
				return err
			}
		}
		return errNotFound
	})
	if err != nil && reader != nil {
		reader.Close()
	}
	return file, reader, err
}

func (m *Mailboxes) note(tx *db.Tx, v view, message post.UUID) (string, error) {
	var sealed []byte
	err := tx.QueryRow("SELECT sealed FROM note WHERE mailbox = $1 AND message = $2 AND writer = $3", v.id, message, v.actor.Party).Scan(&sealed)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	c, err := v.cipher(m.keys)
	if err != nil {
		return "", err
	}
	text, err := c.Open(sealed, noteBound(message, v.actor.Party))
	return string(text), err
}

// noteBound binds a sealed note to its message and writer.
func noteBound(message post.UUID, writer post.PartyID) []byte {
	bound := append([]byte("note"), message[:]...)
	for i := range 8 {
		bound = append(bound, byte(writer>>(8*i)))
	}
	return bound
}

// errStale says that the version in If-Match is not the newest.
var errStale = errs.New(errs.KindConflict, "version.conflict", "somebody changed this meanwhile")
