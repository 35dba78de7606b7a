package mailbox

import (
	"context"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// SenderCount is how much of a mailbox's post came from a sender.
type SenderCount struct {
	Sender        registry.Party
	Total, Unread int64
	Latest        time.Time // when the newest came
}

// MaxSenders is how many senders are told of at most, those with the most post.
const MaxSenders = 1000

// Senders tells who has sent the received messages that the asker may see, those
// with the most first. It reads the whole mailbox.
func (m *Mailboxes) Senders(ctx context.Context, actor post.Actor, mailbox post.UUID) ([]SenderCount, error) {
	var all []SenderCount
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		where, args := v.where(tx.Now, 0, Query{})
		if where == "FALSE" {
			return nil
		}
		rows, err := tx.Query("SELECT sender, COUNT(*) AS total, SUM(CASE WHEN read THEN 0 ELSE 1 END), MAX(received) FROM message WHERE "+where+
			" AND state = "+next(&args, Received)+" GROUP BY sender ORDER BY total DESC, sender LIMIT "+next(&args, MaxSenders), args...)
		type count struct {
			id post.PartyID
			SenderCount
		}
		counts, err := db.Collect(rows, err, func(rows *db.Rows) (c count, err error) {
			err = rows.Scan(&c.id, &c.Total, &c.Unread, db.Time(&c.Latest))
			return c, err
		})
		if err != nil {
			return err
		}
		all = all[:0]
		for _, c := range counts {
			if c.Sender, err = m.registry.Party(tx, c.id); err != nil {
				return err
			}
			all = append(all, c.SenderCount)
		}
		return nil
	})
	return all, err
}
