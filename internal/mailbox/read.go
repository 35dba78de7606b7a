package mailbox

import (
	"context"
	"errors"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
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
	// ServedTo is the name of the person to whom a court summons was served, and
	// ServedVia the relation by which they were: access.Relation's name (SND-08).
	ServedTo, ServedVia string

	actions  map[actionPlace]ActionStatus
	unopened bool // its reader opens it for the first time, and that is to be noted
}

// Action is what has become of an action of the letter; document -1 is the answer
// that the sender waits for. Version 1 and RECEIVED is what nobody has touched.
func (l Letter) Action(document, place int) ActionStatus {
	if s, ok := l.actions[actionPlace{document, place}]; ok {
		return s
	}
	return ActionStatus{Code: ActionReceived, Created: l.Message.Received, Updated: l.Message.Received, Version: 1}
}

// Read shows what a letter has beside its files' bytes, without opening it:
// nothing changes, and a court summons is not served.
func (m *Mailboxes) Read(ctx context.Context, actor post.Actor, mailbox, message post.UUID) (Letter, error) {
	return m.look(ctx, actor, mailbox, message, access.MessageList)
}

func (m *Mailboxes) look(ctx context.Context, actor post.Actor, mailbox, message post.UUID, action access.Action) (Letter, error) {
	var l Letter
	err := m.read(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, action)
		if err != nil {
			return err
		}
		if l, err = m.letter(tx, v, f); err != nil || action != access.MessageRead {
			return err
		}
		l.unopened, err = m.unopened(tx, v, &f)
		return err
	})
	return l, err
}

// Open shows a letter and marks it read for every client (MBX-01, MBX-15), where
// the asker may mark it: a token that only reads leaves it as it is. A court
// summons is served by it (SND-08).
func (m *Mailboxes) Open(ctx context.Context, actor post.Actor, mailbox, message post.UUID) (Letter, error) {
	l, err := m.look(ctx, actor, mailbox, message, access.MessageRead)
	if err != nil {
		return l, err
	}
	if actor.ReadOnly || l.Message.Read && !l.Message.Unserved() && !l.unopened {
		return l, m.readAgain(ctx, actor, l.Mailbox, message, audit.MessageRead)
	}
	return m.touch(ctx, actor, mailbox, message)
}

// Visit is Open for a page that must not serve a court summons by being looked
// at: one that is not served yet stays as it is, and its Message says so.
func (m *Mailboxes) Visit(ctx context.Context, actor post.Actor, mailbox, message post.UUID) (Letter, error) {
	l, err := m.look(ctx, actor, mailbox, message, access.MessageRead)
	if err != nil || l.Message.Unserved() {
		return l, err
	}
	if actor.ReadOnly || l.Message.Read && !l.unopened {
		return l, m.readAgain(ctx, actor, l.Mailbox, message, audit.MessageRead)
	}
	return m.touch(ctx, actor, mailbox, message)
}

// ReadAgain is for how long a letter that somebody has opened counts as open.
const ReadAgain = time.Hour

// readAgain has the owner's log tell that somebody else has read a letter, also where
// that changes nothing (ACC-16). What one does with it within the hour is one reading.
func (m *Mailboxes) readAgain(ctx context.Context, actor post.Actor, box Mailbox, message post.UUID, name audit.Name) error {
	if box.Via == access.Owner {
		return nil
	}
	e := audit.Event{Name: name, Mailbox: box.ID, Actor: actor, Via: box.Via.String(), Message: message}
	known := false
	err := m.db.Read(ctx, func(tx *db.Tx) error {
		found, err := audit.Find(tx, audit.Query{Mailbox: box.ID, Message: message, By: e.Doer(), Kinds: []audit.Kind{audit.KindRead}, From: tx.Now.Add(-ReadAgain), Limit: 1})
		known = len(found) > 0
		return err
	})
	if err != nil || known {
		return err
	}
	return m.db.Update(ctx, func(tx *db.Tx) error { return audit.Append(tx, e) })
}

// touch marks a letter read, and serves a court summons.
func (m *Mailboxes) touch(ctx context.Context, actor post.Actor, mailbox, message post.UUID) (Letter, error) {
	var l Letter
	err := m.update(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageRead)
		if err != nil {
			return err
		}
		c := Change{opens: true}
		if _, refused := v.check(tx.Now, access.MessageMark, &f.Message); refused == nil {
			c.Read = new(true)
		}
		all := v.changes(m, tx)
		if (c.Read == nil || f.Read) && f.via != access.Owner { // marking it read tells it otherwise
			all.event(&f, audit.MessageRead)
		}
		if err := all.apply(&f, c); err != nil {
			return err
		}
		first, err := m.unopened(tx, v, &f)
		if err != nil {
			return err
		}
		if first {
			if err := m.openings.Note(tx, &all.batch, v.id, f.ID, actor); err != nil {
				return err
			}
			if err := all.raise(); err != nil {
				return err
			}
			if all.modseq != f.Modseq { // open lists tell who has opened it
				before := f.Message
				if err := all.save(before, &f); err != nil {
					return err
				}
			}
		}
		if err := all.write(); err != nil {
			return err
		}
		l, err = m.letter(tx, all.view, f)
		return err
	})
	return l, err
}

func (m *Mailboxes) letter(tx *db.Tx, v view, f found) (Letter, error) {
	l := Letter{Message: f.Message, Mailbox: v.mailbox(access.Decision{Via: f.via, Grant: f.grant}, tx.Now)}
	var err error
	if l.Memo, err = v.letter(tx, m.keys, f.ID); err != nil {
		return l, err
	}
	if f.Unserved() {
		withhold(l.Memo)
	}
	if l.Note, err = m.note(tx, v, f.ID); err != nil {
		return l, err
	}
	if l.actions, err = m.actions(tx, v, f.ID); err != nil {
		return l, err
	}
	if l.ServedTo, l.ServedVia, err = m.service(tx, v, f); err != nil {
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

// withhold leaves out of a court summons what only opening it tells: what it asks
// for, when and where (SND-08).
func withhold(letter *memo.Message) {
	body := letter.Body
	if body == nil {
		return
	}
	body.MainDocument.Actions = nil
	for i := range body.AdditionalDocument {
		body.AdditionalDocument[i].Actions = nil
	}
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

// file finds a file of a message by its place.
func (m *Mailboxes) file(tx *db.Tx, v view, f found, document, place int) (File, error) {
	letter, err := v.letter(tx, m.keys, f.ID)
	if err != nil {
		return File{}, err
	}
	for _, file := range (Letter{Memo: letter}).Files() {
		if file.Document == document && file.Place == place {
			return file, nil
		}
	}
	return File{}, errNotFound
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
