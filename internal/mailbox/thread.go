package mailbox

import (
	"context"
	"slices"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// threads finds the thread of each letter that answers one which lies in its
// recipient's mailbox (MeMo ReplyData). Most letters answer none.
func threads(tx *db.Tx, letters []*Delivery) error {
	for _, d := range letters {
		d.thread = post.UUID{}
		if len(d.Letter.Header.ReplyData) == 0 {
			continue
		}
		var err error
		if d.thread, err = threadOf(tx, d.Recipient, &d.Letter.Header); err != nil {
			return err
		}
	}
	return nil
}

// threadOf is the thread that a letter belongs to in a mailbox, nil where none of
// the letters that it names is part of one there.
func threadOf(tx *db.Tx, mailbox post.PartyID, h *memo.Header) (post.UUID, error) {
	named := map[post.UUID]bool{}
	for _, r := range h.ReplyData {
		named[r.ReplyUUID], named[r.MessageUUID] = true, true
	}
	delete(named, h.MessageUUID)
	delete(named, post.UUID{})
	keys := make([]any, 0, len(named))
	for id := range named {
		keys = append(keys, id)
	}
	var thread post.UUID
	err := tx.QueryIn("SELECT thread FROM message WHERE mailbox = $1 AND thread IS NOT NULL AND memo IN ($IN)", keys, []any{mailbox}, func(rows *db.Rows) error {
		return rows.Scan(&thread)
	})
	return thread, err
}

// MaxThread is how many messages of a thread are shown at most, the newest.
const MaxThread = 100

// Thread is a message with all that belong to it: a letter, the answer, the
// answer to that, oldest first. Drafts are among them; what lies in the trash is not.
func (m *Mailboxes) Thread(ctx context.Context, actor post.Actor, mailbox, message post.UUID) ([]Message, error) {
	var all []Message
	err := m.read(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageList)
		if err != nil {
			return err
		}
		if all = []Message{f.Message}; f.Thread == (post.UUID{}) {
			return nil
		}
		where, args := v.where(tx.Now, 0, Query{})
		if where == "FALSE" {
			return nil
		}
		rows, err := tx.Query("SELECT "+messageColumns+" FROM message WHERE "+where+" AND thread = "+next(&args, f.Thread)+
			" AND (folder <> "+next(&args, Deleted)+" OR id = "+next(&args, f.ID)+") ORDER BY id DESC LIMIT "+next(&args, MaxThread), args...)
		all, err = db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
		slices.Reverse(all)
		return err
	})
	return all, err
}
