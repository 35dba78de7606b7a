package outbound

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Bounds of one run of a job. After it the job goes to the end of its queue, so
// that systems take turns.
const (
	runTime      = 15 * time.Second
	receiptBatch = 100 // receipts posted before they are recorded as sent
)

// Back-off after a failed call: doubled from the first to the longest wait, which
// then repeats for as long as something waits.
const (
	firstWait   = 15 * time.Second
	longestWait = time.Hour
)

// backOff is how long to leave something alone after so many failed calls. The
// last fifth is left to chance, so that what failed together does not come back
// together.
func backOff(attempts int) time.Duration {
	d := longestWait
	if attempts < 16 {
		d = min(firstWait<<(attempts-1), longestWait)
	}
	return d - rand.N(d/5)
}

// sendReceipts posts the receipts that wait for a system, in their order, until
// none is left, one fails, or the run has lasted long enough. A receipt that is
// not taken holds up those behind it; the system can fetch or delete it.
func (o *Outbound) sendReceipts(ctx context.Context, id post.SystemID) error {
	run, cancel := context.WithTimeout(ctx, o.runTime)
	defer cancel()
	for first := true; first || run.Err() == nil; first = false {
		o.asleep(ReceiptQueue, id)
		s, waiting, err := o.nextReceipts(ctx, id)
		if err != nil || len(waiting) == 0 {
			return err
		}
		sent, cause := o.postReceipts(ctx, run, s.ReceiptEndpoint, waiting)
		var f Failure
		err = o.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) (err error) {
			f, err = o.recordReceipts(tx, s, waiting, sent, cause)
			return err
		})
		switch {
		case err != nil:
			return err
		case cause != nil:
			return jobs.Snooze(f.wait())
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
	return jobs.Snooze(0)
}

// nextReceipts reads what to post, nothing where the system wants no pushing.
func (o *Outbound) nextReceipts(ctx context.Context, id post.SystemID) (s registry.System, waiting []Receipt, err error) {
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		if s, err = o.systems.System(tx, id); err != nil {
			return err
		}
		if !pushes(s, ReceiptQueue, tx.Now) {
			return nil
		}
		rows, err := tx.Query("SELECT "+receiptColumns+" FROM receipt WHERE system = $1 ORDER BY id LIMIT $2", id, receiptBatch)
		waiting, err = db.Collect(rows, err, func(rows *db.Rows) (Receipt, error) { return scanReceipt(rows) })
		return err
	})
	return s, waiting, err
}

// postReceipts posts until one fails, the run is over or the program stops, and
// tells how many were taken. That the program stops is no failure.
func (o *Outbound) postReceipts(ctx, run context.Context, endpoint string, waiting []Receipt) (sent int, cause error) {
	if err := o.CheckEndpoint(endpoint); err != nil {
		return 0, err
	}
	for _, r := range waiting {
		if sent > 0 && run.Err() != nil {
			break
		}
		if err := o.client.receipt(ctx, endpoint, r); err != nil {
			if ctx.Err() == nil {
				cause = err
			}
			break
		}
		sent++
	}
	return sent, cause
}

// recordReceipts removes those that were sent and counts the failure of the one
// after them.
func (o *Outbound) recordReceipts(tx *db.Tx, s registry.System, waiting []Receipt, sent int, cause error) (f Failure, err error) {
	to := audit.ID(audit.SenderSystem, s.UUID)
	if sent > 0 {
		var b db.Batch
		for _, r := range waiting[:sent] {
			removeReceipt(tx, &b, r, post.Program, to)
		}
		if err := tx.Run(&b); err != nil {
			return f, err
		}
		if err := succeeded(tx, s.ID, ReceiptQueue); err != nil {
			return f, err
		}
	}
	if cause == nil {
		return f, nil
	}
	if f, err = failed(tx, s.ID, ReceiptQueue, cause); err != nil {
		return f, err
	}
	props := append(waiting[sent].props(), to)
	err = audit.Append(tx, audit.Event{Name: audit.BusinessReceiptSendToSenderSystemFailed, Actor: post.Program, Props: append(props, f.props()...)})
	if err != nil {
		return f, err
	}
	return f, o.endure(tx, s, f)
}

// sendLetters posts the letters that wait for a system until none is left, one
// fails, or the run has lasted long enough.
func (o *Outbound) sendLetters(ctx context.Context, id post.SystemID) error {
	run, cancel := context.WithTimeout(ctx, o.runTime)
	defer cancel()
	for first := true; first || run.Err() == nil; first = false {
		o.asleep(LetterQueue, id)
		s, l, err := o.nextLetter(ctx, id)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		cause := o.postLetter(ctx, s, l)
		if ctx.Err() != nil && cause != nil {
			return ctx.Err() // the program stops: no failure of the system's
		}
		var again time.Duration
		err = o.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) (err error) {
			again, err = o.recordLetter(tx, s, l, cause)
			return err
		})
		if err != nil {
			return err
		}
		if again > 0 {
			return jobs.Snooze(again)
		}
	}
	return jobs.Snooze(0)
}

// nextLetter reads which letter to post; ErrNoRows where there is none, or the
// system wants no pushing.
func (o *Outbound) nextLetter(ctx context.Context, id post.SystemID) (s registry.System, l Letter, err error) {
	err = o.db.Read(ctx, func(tx *db.Tx) error {
		if s, err = o.systems.System(tx, id); err != nil {
			return err
		}
		if !pushes(s, LetterQueue, tx.Now) {
			return db.ErrNoRows
		}
		l, err = scanLetter(tx.QueryRow("SELECT "+letterColumns+" FROM waiting_letter WHERE system = $1 AND handed IS NULL ORDER BY id LIMIT 1", id))
		return err
	})
	return s, l, err
}

func (o *Outbound) postLetter(ctx context.Context, s registry.System, l Letter) error {
	if err := o.CheckEndpoint(s.Endpoint); err != nil {
		return err
	}
	return o.client.letter(ctx, s.Endpoint, l.Memo, func(ctx context.Context, w io.Writer) error {
		return o.letters.WriteMemo(ctx, w, l.Mailbox, l.Message, s.MemoVersion)
	})
}

// recordLetter records the outcome of a call. It returns how long to leave the
// endpoint alone, 0 for not at all.
func (o *Outbound) recordLetter(tx *db.Tx, s registry.System, l Letter, cause error) (time.Duration, error) {
	if cause == nil {
		return 0, o.hand(tx, l, l.event(audit.MemoSendSentToRecipientSystem, post.Program, s))
	}
	ours, isOurs := errors.AsType[errOurs](cause)
	if isOurs && errs.KindOf(ours) == errs.KindNotFound { // deleted for good meanwhile
		if err := o.progress.LetterEnded(tx, l, CodeMemoUnknown); err != nil {
			return 0, err
		}
		return 0, remove(tx, l, l.event(audit.MemoSendSentToRecipientSystemFailed, post.Program, s, audit.Prop{Key: audit.ErrorCode, Value: CodeMemoUnknown}))
	}
	if isOurs {
		tx.OnCommit(func() { o.log.Error("a letter cannot be rendered", "message", l.Message, "err", ours) })
	}
	f, err := failed(tx, s.ID, LetterQueue, cause)
	if err != nil {
		return 0, err
	}
	if err := audit.Append(tx, l.event(audit.MemoSendSentToRecipientSystemFailed, post.Program, s, f.props()...)); err != nil {
		return 0, err
	}
	// To the back of the queue: a letter that this system cannot take holds up no
	// other.
	if _, err := tx.Exec("UPDATE waiting_letter SET id = $1 WHERE system = $2 AND id = $3", tx.NewID(), l.System, l.id); err != nil {
		return 0, err
	}
	if isOurs { // the system is not to blame
		return f.wait(), nil
	}
	return f.wait(), o.endure(tx, s, f)
}
