package mailbox

import (
	"context"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
)

// How long post is kept after its owner: a ceased company's 10 years (facts 5.2), a
// dead person's 5 (facts 5.3). Nothing goes earlier, and nothing of an owner of whom
// the register does not tell since when.
const (
	yearsOfCompany = 10
	yearsOfPerson  = 5
)

const retainJob jobs.Kind = "mailbox.retain"

// retain destroys the content of mailboxes whose time is over, in steps: letters with
// their files and all that is kept beside them, and the folders that the owner named.
// That somebody had a mailbox, and its log, stay.
func (m *Mailboxes) retain(ctx context.Context, job jobs.Running, _ struct{}) error {
	for _, of := range []struct {
		kind  post.PartyKind
		years int
	}{{post.Organisation, yearsOfCompany}, {post.Person, yearsOfPerson}} {
		var after post.PartyID
		for {
			var owners, full []post.PartyID
			err := m.db.Read(ctx, func(tx *db.Tx) error {
				var err error
				if owners, err = m.registry.Closed(tx, of.kind, tx.Now.AddDate(-of.years, 0, 0), after, 500); err != nil {
					return err
				}
				full = full[:0]
				return tx.QueryIn("SELECT id FROM mailbox WHERE id IN ($IN) AND EXISTS (SELECT 1 FROM message WHERE message.mailbox = mailbox.id)", anys(owners), nil, func(rows *db.Rows) error {
					var id post.PartyID
					err := rows.Scan(&id)
					full = append(full, id)
					return err
				})
			})
			if err != nil {
				return err
			}
			for _, id := range full {
				for more := true; more; {
					select {
					case <-job.Stopping:
						return jobs.Snooze(0)
					default:
					}
					if more, err = m.empty(ctx, id, of.kind, of.years); err != nil {
						return err
					}
				}
			}
			if len(owners) == 0 {
				break
			}
			after = owners[len(owners)-1]
		}
	}
	return nil
}

// empty destroys some of what lies in a mailbox; more tells that there is more. The
// register is asked again: it may have said meanwhile that the owner lives.
func (m *Mailboxes) empty(ctx context.Context, id post.PartyID, kind post.PartyKind, years int) (more bool, err error) {
	err = m.update(ctx, func(tx *db.Tx) error {
		v, err := m.find(tx, post.Program, "id = $1", id)
		if err != nil {
			return err
		}
		over := v.owner.Closed() && v.owner.Kind == kind && !v.owner.StatusSince.IsZero() && !tx.Now.Before(v.owner.StatusSince.AddDate(years, 0, 0))
		if !over {
			more = false
			return nil
		}
		rows, err := tx.Query("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 ORDER BY id LIMIT $2", id, chunk)
		all, err := db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
		if err != nil {
			return err
		}
		c := v.changes(m, tx)
		for _, msg := range all {
			c.events = append(c.events, audit.Event{Name: audit.MessageDestroyed, Mailbox: id, Actor: post.Program, Message: msg.ID, Props: []audit.Prop{{Key: audit.Reason, Value: CodeRetained}}})
			if err := c.remove(&found{Message: msg}, post.UUID{}); err != nil {
				return err
			}
		}
		if more = len(all) == chunk; !more {
			for _, statement := range []string{"DELETE FROM folder WHERE mailbox = $1 AND id > $2", "DELETE FROM folder_count WHERE mailbox = $1 AND folder > $2"} {
				c.batch.Add(statement, id, Deleted)
			}
			for _, statement := range []string{"DELETE FROM operation_item WHERE mailbox = $1", "DELETE FROM operation WHERE mailbox = $1", "DELETE FROM hidden_sender WHERE mailbox = $1"} {
				c.batch.Add(statement, id)
			}
		}
		return c.write()
	})
	return more, err
}

// CodeRetained is the reason of what was destroyed because its time was over.
const CodeRetained = "retention.over"

// retainAt is when it is looked at, in Denmark.
var retainAt = jobs.DailyAt("02:20", post.Denmark)
