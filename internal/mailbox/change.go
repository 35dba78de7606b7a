package mailbox

import (
	"context"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Change is what is to change of a message; nil leaves a thing as it is.
type Change struct {
	Read   *bool      // MBX-11
	Flag   *bool      // MBX-12
	Folder *post.UUID // MBX-08
	Note   *string    // MBX-10, the asker's own; "" removes it

	folder FolderID // Folder's key, found by Patch
	opens  bool     // shows what is in it, which serves a court summons (SND-08)
}

// MaxNote is the longest note, in characters.
const MaxNote = 4000

// Patch changes a message whose version is known. Where version is not the
// newest it changes nothing and returns a Conflict; 0 takes any version.
func (m *Mailboxes) Patch(ctx context.Context, actor post.Actor, mailbox, message post.UUID, version int64, c Change) (Letter, error) {
	if c.Note != nil && utf8.RuneCountInString(*c.Note) > MaxNote {
		return Letter{}, errs.Invalid("note.too.long", "note", "a note has at most %d characters", MaxNote)
	}
	var l Letter
	err := m.update(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageList)
		if err != nil {
			return err
		}
		if version != 0 && version != f.Version {
			return errStale
		}
		c := c // the transaction may run again
		if c.Folder != nil {
			if c.folder, err = m.target(tx, v, *c.Folder); err != nil {
				return err
			}
		}
		for _, action := range c.actions() {
			if _, err := v.check(tx.Now, action, &f.Message); err != nil {
				return err
			}
		}
		if err := m.change(tx, v, &f, c); err != nil {
			return err
		}
		l, err = m.letter(tx, v, f)
		return err
	})
	return l, err
}

// actions is what access is asked about for a change.
func (c Change) actions() []access.Action {
	var all []access.Action
	if c.Read != nil {
		all = append(all, access.MessageMark)
	}
	if c.Flag != nil {
		all = append(all, access.MessageFlag)
	}
	switch c.folder {
	case 0:
	case Deleted:
		all = append(all, access.MessageDelete)
	default:
		all = append(all, access.MessageMove)
	}
	if c.Note != nil {
		all = append(all, access.NoteWrite)
	}
	return all
}

// target is the folder that a message is to be moved to.
func (m *Mailboxes) target(tx *db.Tx, v view, id post.UUID) (FolderID, error) {
	folder, err := m.folder(tx, v, id)
	if errs.KindOf(err) == errs.KindNotFound {
		return 0, errs.Invalid("folder.unknown", "folderId", "the mailbox has no such folder")
	}
	if folder == Drafts || folder == SentBox {
		return 0, errs.Invalid("folder.not.allowed", "folderId", "a received message cannot be moved there")
	}
	return folder, err
}

// change writes a change that access has allowed, its events, and the counts and
// versions that follow from it.
func (m *Mailboxes) change(tx *db.Tx, v view, f *found, c Change) error {
	before := f.Message
	event := func(name audit.Name, props ...audit.Prop) error {
		return audit.Append(tx, audit.Event{Name: name, Mailbox: v.id, Actor: v.actor, Via: f.via.String(), Message: f.ID, Props: props})
	}
	if c.Read != nil && *c.Read != f.Read {
		f.Read = *c.Read
		name := audit.MessageUpdated
		if f.Read {
			name = audit.MessageRead
		}
		if err := event(name); err != nil {
			return err
		}
	}
	if c.Flag != nil && *c.Flag != f.Flag {
		f.Flag = *c.Flag
		if err := event(audit.FlagChanged); err != nil {
			return err
		}
	}
	moves := c.folder != 0 && c.folder != f.Folder
	if moves {
		f.Folder = c.folder
		if err := event(audit.MessageMoved, audit.ID(audit.Folder, *c.Folder)); err != nil {
			return err
		}
	}
	if f.unserved() && (moves || c.opens) { // SND-08: by opening, moving or deleting
		f.Served = tx.Now
		if err := event(audit.MessageLegallyNotified); err != nil {
			return err
		}
	}
	if c.Note != nil {
		if err := m.writeNote(tx, v, f.ID, *c.Note); err != nil {
			return err
		}
	}
	if c.Note == nil && before == f.Message {
		return nil
	}
	return m.save(tx, v, before, f)
}

// save stores a changed message with a new version, and moves the counts.
func (m *Mailboxes) save(tx *db.Tx, v view, before Message, f *found) error {
	var modseq int64
	if err := tx.QueryRow("UPDATE mailbox SET modseq = modseq + 1 WHERE id = $1 RETURNING modseq", v.id).Scan(&modseq); err != nil {
		return err
	}
	f.Version, f.Updated = before.Version+1, tx.Now
	if _, err := tx.Exec(`UPDATE message SET folder = $1, read = $2, flag = $3, served = $4, modseq = $5, version = $6, updated = $7
		WHERE mailbox = $8 AND id = $9`, f.Folder, f.Read, f.Flag, f.Served, modseq, f.Version, f.Updated, v.id, f.ID); err != nil {
		return err
	}
	if before.Folder != f.Folder || before.Read != f.Read {
		if err := recount(tx, v.id, before, -1); err != nil {
			return err
		}
		if err := recount(tx, v.id, f.Message, 1); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { m.watchers.wake(v.id) })
	return nil
}

// raiseCount adds to a count that is there.
const raiseCount = `ON CONFLICT (mailbox, folder, source) DO UPDATE
	SET total = folder_count.total + excluded.total, unread = folder_count.unread + excluded.unread`

// recount adds n messages like this one to the counts of its folder.
func recount(tx *db.Tx, mailbox post.PartyID, message Message, n int) error {
	unread := n
	if message.Read {
		unread = 0
	}
	_, err := tx.Exec("INSERT INTO folder_count (mailbox, folder, source, total, unread) VALUES ($1, $2, $3, $4, $5) "+raiseCount,
		mailbox, message.Folder, message.Source, n, unread)
	return err
}

// errStale says that the version in If-Match is not the newest.
var errStale = errs.New(errs.KindConflict, "version.conflict", "somebody changed this meanwhile")

func (m *Mailboxes) writeNote(tx *db.Tx, v view, message post.UUID, text string) error {
	if text == "" {
		_, err := tx.Exec("DELETE FROM note WHERE mailbox = $1 AND message = $2 AND writer = $3", v.id, message, v.actor.Party)
		return err
	}
	c, err := v.cipher(m.keys)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO note (mailbox, message, writer, sealed, updated) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (mailbox, message, writer) DO UPDATE SET sealed = excluded.sealed, updated = excluded.updated`,
		v.id, message, v.actor.Party, c.Seal([]byte(text), noteBound(message, v.actor.Party)), tx.Now)
	return err
}
