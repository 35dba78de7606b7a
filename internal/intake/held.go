package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// heldJob delivers a letter on its date.
const heldJob jobs.Kind = "intake.held"

type heldArgs struct {
	Message post.UUID
	Sender  post.PartyID
}

// deliverAt is the first moment of the date that a letter waits for, in Danish
// time; the zero time where it waits for none.
func deliverAt(h *memo.Header) time.Time {
	if h.DoNotDeliverUntilDate.IsZero() {
		return time.Time{}
	}
	return post.StartOfDay(h.DoNotDeliverUntilDate.Date())
}

// hold keeps a letter until its date. Its files are stored now.
func (d *delivery) hold(l *letter, s sender, at time.Time) error {
	plain, err := mailbox.Encode(l.memo)
	if err != nil {
		return err
	}
	uuid := l.memo.Header.MessageUUID
	d.batch.Add("INSERT INTO held_letter (message_uuid, sender, system, transmission, deliver_at, sealed) VALUES ($1, $2, $3, $4, $5, $6)",
		uuid, s.owner.ID, l.system.ID, l.transmission, at, d.in.keys.Seal(keys.HeldSeal, plain, uuid[:]))
	var drafts []*blob.Draft
	for _, doc := range l.memo.Documents() {
		for _, f := range doc.Files {
			drafts = append(drafts, f.Content.(*blob.Draft))
		}
	}
	d.in.blobs.Insert(d.tx, &d.batch, drafts)
	_, err = jobs.Enqueue(d.tx, jobs.Job{Kind: heldJob, Queue: DateQueue, Key: heldKey(uuid, s.owner.ID), Args: heldArgs{uuid, s.owner.ID}, RunAt: at})
	if err != nil {
		return err
	}
	d.event(l, audit.DelayedMemoSendValidatedAwaitingDelay,
		audit.Prop{Key: audit.DoNotDeliverUntilDate, Value: l.memo.Header.DoNotDeliverUntilDate.Format(time.DateOnly)})
	return nil
}

func heldKey(message post.UUID, sender post.PartyID) string {
	return fmt.Sprintf("%s/%d", message, sender)
}

// deliverHeld delivers a letter whose date has come.
func (in *Intake) deliverHeld(ctx context.Context, _ jobs.Running, args heldArgs) error {
	l, err := in.held(ctx, args)
	if errors.Is(err, db.ErrNoRows) {
		return nil // delivered or recalled already
	}
	if err != nil {
		return fmt.Errorf("read held letter: %w", err)
	}
	return in.submit(ctx, in.single, l)
}

func (in *Intake) held(ctx context.Context, args heldArgs) (*letter, error) {
	l := &letter{from: hold, result: make(chan error, 1)}
	return l, in.db.Read(ctx, func(tx *db.Tx) error {
		var system post.SystemID
		var sealed []byte
		err := tx.QueryRow("SELECT system, transmission, sealed FROM held_letter WHERE message_uuid = $1 AND sender = $2", args.Message, args.Sender).
			Scan(&system, &l.transmission, &sealed)
		if err != nil {
			return err
		}
		if l.system, err = in.registry.System(tx, system); err != nil {
			return err
		}
		l.memo, err = in.unseal(args.Message, sealed)
		return err
	})
}

// takeHeld ends a letter's waiting, in the transaction that delivers it or refuses
// it: the recipient is looked at again, for much can happen in a year. It tells
// whether it still waited: another process may have delivered it, or its sender
// recalled it, since it was read.
func (d *delivery) takeHeld(l *letter, s sender) (there bool, err error) {
	n, err := d.tx.Exec("DELETE FROM held_letter WHERE message_uuid = $1 AND sender = $2", l.memo.Header.MessageUUID, s.owner.ID)
	return n > 0, err
}

// Recall takes back a letter that still waits for its date. NotFound where the
// sender has none such: it was never held, is delivered, or was recalled before.
func (in *Intake) Recall(ctx context.Context, system registry.System, message post.UUID) error {
	return in.db.Update(ctx, func(tx *db.Tx) error {
		var sealed []byte
		err := tx.QueryRow("DELETE FROM held_letter WHERE message_uuid = $1 AND sender = $2 RETURNING sealed", message, system.Organisation).Scan(&sealed)
		if errors.Is(err, db.ErrNoRows) {
			return errs.NotFound("memo.not.found")
		}
		if err != nil {
			return err
		}
		letter, err := in.unseal(message, sealed)
		if err != nil {
			return err
		}
		if err := in.forget(tx, letter); err != nil {
			return err
		}
		if _, err := jobs.Cancel(tx, heldJob, heldKey(message, system.Organisation)); err != nil {
			return err
		}
		return audit.Append(tx, audit.Event{Name: audit.DelayedMemoMessageRecalled, Actor: post.Actor{System: system.ID, Organisation: system.Organisation},
			Props: []audit.Prop{{Key: audit.MessageUUID, Value: message.String()}}})
	})
}

func (in *Intake) unseal(message post.UUID, sealed []byte) (*memo.Message, error) {
	plain, err := in.keys.Open(keys.HeldSeal, sealed, message[:])
	if err != nil {
		return nil, err
	}
	return mailbox.Decode(plain)
}

// forget removes the files of a held letter.
func (in *Intake) forget(tx *db.Tx, letter *memo.Message) error {
	for _, doc := range letter.Documents() {
		for _, f := range doc.Files {
			if err := in.blobs.Delete(tx, f.Content.(mailbox.Stored).Blob); err != nil {
				return err
			}
		}
	}
	return nil
}
