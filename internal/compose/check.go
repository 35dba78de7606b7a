package compose

import (
	"context"
	"fmt"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// Check calls found for everything that is not as it must be.
func (c *Composer) Check(ctx context.Context, found func(problem string)) error {
	return c.db.Read(ctx, func(tx *db.Tx) error {
		type place struct {
			mailbox post.PartyID
			message post.UUID
		}
		each := func(query string, args ...any) ([]place, error) {
			rows, err := tx.Query(query, args...)
			return db.Collect(rows, err, func(rows *db.Rows) (p place, err error) {
				err = rows.Scan(&p.mailbox, &p.message)
				return p, err
			})
		}
		rows, err := each("SELECT mailbox, message FROM draft")
		if err != nil {
			return fmt.Errorf("check drafts: %w", err)
		}
		ours := make(map[place]bool, len(rows))
		for _, p := range rows {
			ours[p] = true
		}
		err = c.mailboxes.Drafts(tx, func(box post.PartyID, message post.UUID) error {
			p := place{box, message}
			if !ours[p] {
				found(message.String() + ": draft cannot be written on")
			}
			delete(ours, p)
			return nil
		})
		if err != nil {
			return err
		}
		for p := range ours {
			found(p.message.String() + ": draft has no message")
		}
		for _, look := range []struct {
			query, problem string
			bad            func(mailbox.State, bool) bool
		}{
			{"SELECT DISTINCT mailbox, message FROM sent", "what became of a message that was never sent",
				func(s mailbox.State, _ bool) bool { return s != mailbox.Sent }},
			{"SELECT recipient, delivered FROM sent WHERE delivered IS NOT NULL", "sent message never reached its recipient",
				func(s mailbox.State, gone bool) bool { return s != mailbox.Received && !gone }},
			{"SELECT mailbox, message FROM upload", "file comes to no draft", func(s mailbox.State, _ bool) bool { return s != mailbox.Draft }},
		} {
			rows, err := each(look.query)
			if err != nil {
				return fmt.Errorf("check %q: %w", look.problem, err)
			}
			for _, p := range rows {
				state, gone, err := c.mailboxes.Fate(tx, p.mailbox, p.message)
				if err != nil {
					return err
				}
				if look.bad(state, gone) {
					found(p.message.String() + ": " + look.problem)
				}
			}
		}
		rows, err = each("SELECT 0, p.upload FROM upload_part p LEFT JOIN upload u ON u.id = p.upload WHERE u.id IS NULL")
		for _, p := range rows {
			found(p.message.String() + ": piece of a file that does not come")
		}
		return err
	})
}
