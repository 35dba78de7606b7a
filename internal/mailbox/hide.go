package mailbox

import (
	"context"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Hiding tells why a message is hidden from those who help its owner, as bits.
type Hiding int

const (
	hiddenItself   Hiding = 1 << iota // the owner hid this message
	hiddenBySender                    // the owner hides all its sender's post
)

// Itself tells that the owner hid this message, whoever sent it.
func (h Hiding) Itself() bool { return h&hiddenItself != 0 }

// BySender tells that the owner hides all post of its sender.
func (h Hiding) BySender() bool { return h&hiddenBySender != 0 }

// hide finds the letters on their way that are of senders whose post the recipient
// hides, or tell about a letter that is hidden. Most recipients hide none, and cost
// nothing.
func hide(tx *db.Tx, boxes map[post.PartyID]row, letters []*Delivery) error {
	for _, d := range letters {
		if d.hidden = 0; d.Alone {
			d.hidden = hiddenItself
		}
		var n int
		if d.Of != (post.UUID{}) {
			if err := tx.QueryRow("SELECT COUNT(*) FROM message WHERE mailbox = $1 AND id = $2 AND hidden <> 0", d.Recipient, d.Of).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				d.hidden = hiddenItself
			}
		}
		if !boxes[d.Recipient].hides {
			continue
		}
		if err := tx.QueryRow("SELECT COUNT(*) FROM hidden_sender WHERE mailbox = $1 AND sender = $2", d.Recipient, d.Sender).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			d.hidden |= hiddenBySender
		}
	}
	return nil
}

// HiddenSenders are the senders whose post an owner hides from those with access to
// the mailbox, in Danish order.
func (m *Mailboxes) HiddenSenders(ctx context.Context, actor post.Actor, mailbox post.UUID) ([]registry.Party, error) {
	var all []registry.Party
	err := m.read(ctx, func(tx *db.Tx) error {
		v, err := m.open(tx, actor, mailbox)
		if err != nil {
			return err
		}
		if _, err := v.check(tx.Now, access.MessageHide, &Message{Source: post.SourcePublic, Sender: v.id}); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT sender FROM hidden_sender WHERE mailbox = $1", v.id)
		ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.PartyID, err error) { err = rows.Scan(&id); return id, err })
		if err != nil {
			return err
		}
		parties, err := m.registry.Parties(tx, ids)
		all = all[:0]
		for _, p := range parties {
			all = append(all, p)
		}
		registry.SortDanish(all, func(p registry.Party) string { return p.Name })
		return err
	})
	return all, err
}

// HideSender hides all that a sender has sent and will send from those with access
// to the mailbox, or shows it to them again. What the owner has written to the sender
// stays as it is; what they make of it from now on is hidden with it (Opened.hideAs).
func (m *Mailboxes) HideSender(ctx context.Context, actor post.Actor, mailbox, sender post.UUID, hidden bool) error {
	return m.update(ctx, func(tx *db.Tx) error {
		v, err := m.open(tx, actor, mailbox)
		if err != nil {
			return err
		}
		d, err := v.check(tx.Now, access.MessageHide, &Message{Source: post.SourcePublic, Sender: v.id})
		if err != nil {
			return err
		}
		party, err := m.registry.PartyByUUID(tx, sender)
		if err != nil {
			return err
		}
		if party.ID == v.id {
			return errs.Invalid("sender.own", "sender", "one's own letters are hidden one by one")
		}
		statement := "DELETE FROM hidden_sender WHERE mailbox = $1 AND sender = $2"
		args := []any{v.id, party.ID}
		if hidden {
			statement = "INSERT INTO hidden_sender (mailbox, sender, created) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
			args = append(args, tx.Now)
		}
		if n, err := tx.Exec(statement, args...); err != nil || n == 0 {
			return err
		}
		if _, err := tx.Exec("UPDATE mailbox SET hides = EXISTS (SELECT 1 FROM hidden_sender WHERE mailbox = $1) WHERE id = $1", v.id); err != nil {
			return err
		}
		c := v.changes(m, tx)
		if err := c.hideSender(party.ID, hidden); err != nil {
			return err
		}
		c.events = append(c.events, audit.Event{Name: audit.SenderHidden, Mailbox: v.id, Actor: actor, Via: d.Via.String(), Props: []audit.Prop{
			audit.Number(audit.Party, party.ID), {Key: audit.Change, Value: strconv.FormatBool(hidden)}}})
		return c.write()
	})
}

// hideSender marks what the sender has sent, all at once, and counts it.
func (c *changes) hideSender(sender post.PartyID, hidden bool) error {
	if err := c.raise(); err != nil {
		return err
	}
	by, was := hiddenBySender, Hiding(0)
	if !hidden {
		by, was = -hiddenBySender, hiddenBySender
	}
	// What the owner hid by itself is hidden before and after.
	rows, err := c.tx.Query("SELECT folder, source, COUNT(*), SUM(CASE WHEN read THEN 0 ELSE 1 END) FROM message WHERE mailbox = $1 AND sender = $2 AND hidden = $3 GROUP BY folder, source",
		c.id, sender, was)
	if err != nil {
		return err
	}
	for rows.Next() {
		var at pile
		var total, unread int64
		if err := rows.Scan(&at.folder, &at.source, &total, &unread); err != nil {
			rows.Close()
			return err
		}
		n := c.counts[at]
		if !hidden {
			total, unread = -total, -unread
		}
		n.hidden, n.hiddenUnread = n.hidden+total, n.hiddenUnread+unread
		c.counts[at] = n
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	for { // in groups, as many as may share a modseq
		n, err := c.tx.Exec(`UPDATE message SET hidden_at = CASE WHEN hidden = 0 THEN $2 ELSE hidden_at END, hidden = hidden + $1, modseq = $2, version = version + 1, updated = $3
			WHERE mailbox = $4 AND id IN (SELECT id FROM message WHERE mailbox = $4 AND sender = $5 AND hidden IN ($6, $7) LIMIT $8)`,
			by, c.modseq, c.tx.Now, c.id, sender, was, was|hiddenItself, together)
		if err != nil || n < together {
			return err
		}
		c.modseq = 0
		if err := c.raise(); err != nil {
			return err
		}
	}
}
