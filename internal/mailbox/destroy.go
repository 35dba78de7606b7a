package mailbox

import (
	"context"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
)

// Destroyed is called when messages are deleted for good, in the transaction that
// does it: whoever keeps something beside a message removes it too.
type Destroyed func(tx *db.Tx, mailbox post.PartyID, messages []post.UUID) error

// OnDestroy has fn called; it is said before anything runs.
func (m *Mailboxes) OnDestroy(fn Destroyed) { m.destroyed = append(m.destroyed, fn) }

// CodeNotDeleted says that only what lies in the trash is deleted for good.
const CodeNotDeleted = "message.not.deleted"

// Delete moves a message to the trash, and what lies there already it deletes for
// good (MBX-06). Where version is not the newest it does nothing and returns a
// Conflict; 0 takes any.
func (m *Mailboxes) Delete(ctx context.Context, actor post.Actor, mailbox, message post.UUID, version int64) error {
	return m.update(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageList)
		if err != nil {
			return err
		}
		if version != 0 && version != f.Version {
			return errs.ErrStale
		}
		c := v.changes(m, tx)
		if err := c.loadFolders(); err != nil {
			return err
		}
		if f.Folder == Deleted || c.folders[f.Folder].deleted {
			err = c.destroy(&f)
		} else {
			err = c.apply(&f, Change{delete: true})
		}
		if err != nil {
			return err
		}
		return c.write()
	})
}

// destroy deletes a message of the trash for good: its letter, with the keys of
// its files, the files, and all that was kept beside it.
func (c *changes) destroy(f *found) error {
	if _, err := c.check(c.tx.Now, access.MessageDestroy, &f.Message); err != nil {
		return err
	}
	if c.folders == nil {
		if err := c.loadFolders(); err != nil {
			return err
		}
	}
	if f.Folder != Deleted && !c.folders[f.Folder].deleted {
		return errs.New(errs.KindConflict, CodeNotDeleted, "only what lies in the trash is deleted for good")
	}
	if f.Unserved() {
		if err := c.serve(f); err != nil {
			return err
		}
	}
	c.event(f, audit.MessageDestroyed)
	return c.remove(f, post.UUID{})
}

// remove takes a message out of the mailbox. became is the message it lives on
// as, nil for none: then the files go too.
func (c *changes) remove(f *found, became post.UUID) error {
	if err := c.raise(); err != nil {
		return err
	}
	if became == (post.UUID{}) {
		letter, err := c.letter(c.tx, c.m.keys, f.ID)
		if err != nil {
			return err
		}
		for file := range allFiles(letter) {
			if err := c.m.blobs.Delete(c.tx, file.Content.(Stored).Blob); err != nil {
				return err
			}
		}
		for _, fn := range c.m.destroyed {
			if err := fn(c.tx, c.id, []post.UUID{f.ID}); err != nil {
				return err
			}
		}
	}
	for _, table := range []string{"DELETE FROM letter WHERE mailbox = $1 AND message = $2", "DELETE FROM note WHERE mailbox = $1 AND message = $2",
		"DELETE FROM deadline WHERE mailbox = $1 AND message = $2", "DELETE FROM action_status WHERE mailbox = $1 AND message = $2",
		"DELETE FROM service WHERE mailbox = $1 AND message = $2", "DELETE FROM message WHERE mailbox = $1 AND id = $2"} {
		c.batch.Add(table, c.id, f.ID)
	}
	search.Remove(c.tx, &c.batch, c.id, f.ID)
	c.batch.Add("INSERT INTO tombstone (mailbox, message, modseq, source, sender, hidden, became) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		c.id, f.ID, c.modseq, f.Source, f.Sender, f.Hidden, became)
	c.counted(f.Message, -1)
	return nil
}
