package compose

import (
	"context"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// ReplySubject is the subject that an answer to a letter begins with.
func ReplySubject(label string) string { return prefixed("SV: ", label) }

// ReplyLimits are what one may write in answer to a letter, before anything is
// stored. The error says why it cannot be answered, as that of Limits does.
func (c *Composer) ReplyLimits(ctx context.Context, actor post.Actor, box, message post.UUID) (Limits, error) {
	var out Limits
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		d := &draft{content: newDraft(KindReply)}
		d.Memo = &memo.Message{Body: &memo.Body{}}
		if err := c.answering(tx, o, d, message); err != nil {
			return err
		}
		all, err := c.resolve(tx, o, &d.content)
		if err != nil {
			return err
		}
		out = c.limits(o, all)
		for _, one := range all {
			if one.refused != nil {
				return one.refused
			}
		}
		return nil
	})
	return out, err
}

// answering makes of a new draft the answer to a letter.
func (c *Composer) answering(tx *db.Tx, o *mailbox.Opened, d *draft, message post.UUID) error {
	l, err := o.Message(message, access.MessageWrite)
	if err != nil {
		return err
	}
	if err := replyProblem(l.Message, tx.Now); err != nil {
		return err
	}
	sender, err := c.registry.Party(tx, l.Message.Sender)
	if err != nil {
		return err
	}
	number, err := c.registry.Number(sender)
	if err != nil {
		return err
	}
	owner, err := c.registry.Number(o.Mailbox.Owner)
	if err != nil {
		return err
	}
	d.answerTo(l, sender.UUID, owner, number)
	return nil
}
