package mailbox

import (
	"context"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Letters reads the letters of several messages at once, as Read does one. Those
// that the asker may not see are missing from the result.
func (m *Mailboxes) Letters(ctx context.Context, actor post.Actor, mailbox post.UUID, messages []post.UUID) (map[post.UUID]*memo.Message, error) {
	keys := make([]any, len(messages))
	for i, id := range messages {
		keys[i] = id
	}
	letters := make(map[post.UUID]*memo.Message, len(messages))
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		c, err := v.cipher(m.keys)
		if err != nil {
			return err
		}
		return tx.QueryIn("SELECT letter.sealed, "+messageColumns+` FROM message JOIN letter ON letter.message = message.id AND letter.mailbox = message.mailbox
			WHERE message.mailbox = $1 AND message.id IN ($IN)`, keys, []any{v.id}, func(rows *db.Rows) error {
			var sealed []byte
			msg, err := scanMessage(prefixed{rows, []any{&sealed}})
			if err != nil {
				return err
			}
			if _, refused := v.check(tx.Now, access.MessageList, &msg); refused != nil {
				return nil
			}
			plain, err := c.Open(sealed, msg.ID[:])
			if err != nil {
				return err
			}
			letter, err := Decode(plain)
			if err == nil && msg.Unserved() {
				withhold(letter)
			}
			letters[msg.ID] = letter
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return letters, nil
}

// prefixed scans columns before those of a message.
type prefixed struct {
	rows  *db.Rows
	first []any
}

func (p prefixed) Scan(dest ...any) error { return p.rows.Scan(append(p.first, dest...)...) }
