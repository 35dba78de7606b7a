package mailbox

import (
	"errors"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// This file is the door for those who make a company's mailbox shared work: who has
// opened what, where rules file new letters, and dates of the readers' own.

// Openings keeps who has opened a company's letters.
type Openings interface {
	// Opened tells whether somebody has opened a message before.
	Opened(tx *db.Tx, mailbox post.PartyID, message post.UUID, who post.Actor) (bool, error)
	// Note writes down that they open it now.
	Note(tx *db.Tx, b *db.Batch, mailbox post.PartyID, message post.UUID, who post.Actor) error
}

// Files is asked where new letters of one mailbox belong, in the transaction that
// delivers them; it sets their Folder. It is asked only of mailboxes that Opened.
// SetFiles said have rules.
type Files func(tx *db.Tx, b *db.Batch, owner View, letters []*Delivery) error

// Share has a company's letters be shared work. It is said before anything runs.
func (m *Mailboxes) Share(openings Openings, files Files) { m.openings, m.files = openings, files }

// View tells what others may do in a mailbox, for who works in it without asking
// for themselves.
type View struct {
	m  *Mailboxes
	tx *db.Tx
	v  view
}

// May tells whether somebody may do something to a message, by which right; no
// refusal is written down, as nobody has asked for it.
func (o View) May(who post.Actor, action access.Action, message *Message) (bool, error) {
	held, err := o.m.rights.Grants(o.tx, who, o.v.id)
	if err != nil {
		return false, err
	}
	v := o.v
	v.actor = who
	v.know(held.Grants, o.tx.Now)
	v.facts.Administered = held.Administered
	_, refused := v.check(o.tx.Now, action, message)
	return refused == nil, nil
}

// View tells what others may do in the mailbox.
func (o *Opened) View() View { return View{o.c.m, o.c.tx, o.c.view} }

// ViewOf is the view of a mailbox that nobody has opened, such as in a job.
func (m *Mailboxes) ViewOf(tx *db.Tx, mailbox post.PartyID) (View, error) {
	v, err := m.find(tx, post.Program, "id = $1", mailbox)
	return View{m, tx, v}, err
}

// Company tells that the mailbox is an organisation's.
func (o View) Company() bool { return o.v.owner.Kind == post.Organisation }

// unopened tells that a company's letter is opened for the first time by somebody
// of the company: for others, and in people's mailboxes, nothing is noted.
func (m *Mailboxes) unopened(tx *db.Tx, v view, f *found) (bool, error) {
	if m.openings == nil || f.State == Draft || f.Unserved() {
		return false, nil
	}
	if _, refused := v.check(tx.Now, access.CommentSee, &f.Message); refused != nil {
		return false, nil
	}
	opened, err := m.openings.Opened(tx, v.id, f.ID, v.actor)
	return !opened, err
}

// fileNew asks the recipients' rules where letters belong. Most have none and cost
// nothing.
func (m *Mailboxes) fileNew(tx *db.Tx, b *db.Batch, boxes map[post.PartyID]row, letters []*Delivery) error {
	of := map[post.PartyID][]*Delivery{}
	for _, d := range letters {
		d.folder, d.Folder = Inbox, post.UUID{}
		if boxes[d.Recipient].files {
			of[d.Recipient] = append(of[d.Recipient], d)
		}
	}
	for id, all := range of {
		owner, err := m.ViewOf(tx, id)
		if err != nil {
			return err
		}
		if err := m.files(tx, b, owner, all); err != nil {
			return err
		}
		for _, d := range all {
			if d.Folder == (post.UUID{}) {
				continue
			}
			err := tx.QueryRow("SELECT id FROM folder WHERE mailbox = $1 AND uuid = $2 AND deleted IS NULL", id, d.Folder).Scan(&d.folder)
			if errors.Is(err, db.ErrNoRows) || err == nil && d.folder <= Deleted {
				d.folder, d.Folder, err = Inbox, post.UUID{}, nil // the folder is gone: the letter lies where all do
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Settled tells that no letter comes any more to lie before a message: clocks of those
// that deliver differ by less than its age.
func Settled(message post.UUID, now time.Time) bool { return timeOf(message).Before(now.Add(-skew)) }

// Beside is the received letter next to a message, the newer or the older one; nil
// where there is none.
func (m *Mailboxes) Beside(tx *db.Tx, mailbox post.PartyID, message post.UUID, newer bool) (post.UUID, error) {
	query := "SELECT id FROM message WHERE mailbox = $1 AND id < $2 AND state = $3 ORDER BY id DESC LIMIT 1"
	if newer {
		query = "SELECT id FROM message WHERE mailbox = $1 AND id > $2 AND state = $3 ORDER BY id LIMIT 1"
	}
	var id post.UUID
	err := tx.QueryRow(query, mailbox, message, Received).Scan(&id)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return id, err
}

// Shown is a letter on its way as a message, for View.May.
func (d *Delivery) Shown(now time.Time) Message { return d.message(now, 0) }

// SetFiles tells whether the mailbox has rules that file its new letters.
func (o *Opened) SetFiles(files bool) {
	o.c.batch.Add("UPDATE mailbox SET files = $1 WHERE id = $2", files, o.c.id)
}

// Folder is a folder of the mailbox into which letters can be moved.
func (o *Opened) Folder(id post.UUID) (Folder, error) {
	all, err := o.c.m.folders(o.c.tx, o.c.view)
	for _, f := range all {
		if f.UUID == id && f.ID > Deleted {
			return f, nil
		}
	}
	if err == nil {
		err = errs.Invalid("folder.unknown", "folderId", "the mailbox has no such folder")
	}
	return Folder{}, err
}

// Folders are the mailbox's folders with their counts.
func (o *Opened) Folders() ([]Folder, error) { return o.c.m.folders(o.c.tx, o.c.view) }

// Ask is a message on which an action is allowed, and the right by which it is.
func (o *Opened) Ask(id post.UUID, action access.Action) (Message, access.Relation, error) {
	f, err := o.found(id, action)
	return f.Message, f.via, err
}

// Allowed tells whether an action on a message is allowed; nothing is written down
// where it is not.
func (o *Opened) Allowed(m *Message, action access.Action) bool {
	_, refused := o.c.check(o.c.tx.Now, action, m)
	return refused == nil
}

// List lists messages without words, as far as the asker may see them.
func (o *Opened) List(q Query) ([]Message, error) {
	folders, err := o.c.m.folders(o.c.tx, o.c.view)
	if err != nil {
		return nil, err
	}
	folder, err := q.folder(folders)
	if err != nil {
		return nil, err
	}
	where, args := o.c.where(o.c.tx.Now, folder, q)
	all, _, err := list(o.c.tx, where, args, q)
	return all, err
}

// Count is how many messages a query without words chooses.
func (o *Opened) Count(q Query) (int64, error) {
	folders, err := o.c.m.folders(o.c.tx, o.c.view)
	if err != nil {
		return 0, err
	}
	folder, err := q.folder(folders)
	if err != nil {
		return 0, err
	}
	where, args := o.c.where(o.c.tx.Now, folder, q)
	return o.c.total(o.c.tx, folders, folder, where, args, q)
}

// Follow has those who follow the mailbox see that something beside a message has
// changed.
func (o *Opened) Follow(m Message) error {
	return o.c.save(m, &found{Message: m})
}

// Move moves a message to a folder, as access allows it.
func (o *Opened) Move(id, folder post.UUID) error {
	f, err := o.found(id, access.MessageMove)
	if err != nil {
		return err
	}
	return o.c.apply(&f, Change{Folder: &folder})
}

// SetDue gives a message a date of its readers' own among the deadlines, the end of
// a Danish day; the zero time removes it. done tells that it is no more to be done.
func (o *Opened) SetDue(id post.UUID, at time.Time, done bool) {
	o.c.batch.Add("DELETE FROM deadline WHERE mailbox = $1 AND message = $2 AND document = $3", o.c.id, id, theirOwn)
	if at.IsZero() {
		return
	}
	var finished any
	if done {
		finished = o.c.tx.Now
	}
	o.c.batch.Add(insertDeadlineDone, o.c.id, at, id, theirOwn, 0, OwnCode, finished)
}

const insertDeadlineDone = "INSERT INTO deadline (mailbox, at, message, document, action, code, done) VALUES ($1, $2, $3, $4, $5, $6, $7)"
