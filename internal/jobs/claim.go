package jobs

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Running is a job at work.
type Running struct {
	ID   post.UUID
	Kind Kind
	Key  string
	// Attempt is the number of this try, from 1; after MaxAttempts the job is
	// dead.
	Attempt, MaxAttempts int
	// Created is when it was enqueued.
	Created time.Time
	// Stopping is closed when the runner is to stop. A job that works long in steps
	// returns Snooze(0) then, so that nobody waits for it.
	Stopping <-chan struct{}

	queue string
	lease post.UUID
	args  string
}

// claim takes up to n due jobs of a queue, and returns them in the order they were
// enqueued. A job whose lease ran out is due too:
// whoever had it is dead or has lost it.
func (r *Runner) claim(ctx context.Context, queue string, n int) (claimed []Running, err error) {
	err = r.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		lease := tx.NewID()
		rows, err := tx.Query(`WITH ready AS MATERIALIZED (
				SELECT id FROM job WHERE queue = $1 AND due <= $2 ORDER BY due, id LIMIT $3`+tx.SkipLocked()+`
			)
			UPDATE job SET lease = $4, due = $5, attempts = attempts + 1, again = FALSE WHERE id IN (SELECT id FROM ready)
			RETURNING id, kind, COALESCE(key, ''), attempts, max_attempts, created, args`,
			queue, tx.Now, n, lease, tx.Now.Add(r.options.Lease))
		claimed, err = db.Collect(rows, err, func(rows *db.Rows) (Running, error) {
			j := Running{queue: queue, lease: lease}
			err := rows.Scan(&j.ID, &j.Kind, &j.Key, &j.Attempt, &j.MaxAttempts, db.Time(&j.Created), &j.args)
			return j, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs of %s: %w", queue, err)
	}
	slices.SortFunc(claimed, func(a, b Running) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return claimed, nil
}

// What follows does nothing, and says so, where the lease is no longer ours.

// keep makes the lease longer.
func (r *Runner) keep(ctx context.Context, j Running) (ours bool, err error) {
	err = r.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE job SET due = $1 WHERE id = $2 AND lease = $3", tx.Now.Add(r.options.Lease), j.ID, j.lease)
		ours = n > 0
		return err
	})
	return ours, err
}

// done removes a job, or has it wait again where it was enqueued while it ran.
func (r *Runner) done(ctx context.Context, j Running) (ours bool, err error) {
	err = r.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM job WHERE id = $1 AND lease = $2 AND NOT again", j.ID, j.lease)
		if ours = n > 0; ours || err != nil {
			return err
		}
		n, err = tx.Exec("UPDATE job SET lease = NULL, due = $1, attempts = 0, error = '' WHERE id = $2 AND lease = $3", tx.Now, j.ID, j.lease)
		if ours = n > 0; ours {
			tx.OnCommit(func() { wake(j.queue) })
		}
		return err
	})
	return ours, err
}

// later has a job wait; attempts is how many of its tries count.
func (r *Runner) later(ctx context.Context, j Running, wait time.Duration, attempts int, reason string) (ours bool, err error) {
	err = r.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE job SET lease = NULL, due = $1, attempts = $2, error = $3 WHERE id = $4 AND lease = $5",
			tx.Now.Add(wait), attempts, reason, j.ID, j.lease)
		ours = n > 0
		return err
	})
	return ours, err
}

// bury makes a job dead. Where it was enqueued while it ran, it begins anew
// after a wait.
func (r *Runner) bury(ctx context.Context, j Running, wait time.Duration, reason string) (ours bool, err error) {
	err = r.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE job SET lease = NULL, error = $1, due = CASE WHEN again THEN CAST($2 AS BIGINT) END,
			attempts = CASE WHEN again THEN 0 ELSE attempts END WHERE id = $3 AND lease = $4`, reason, tx.Now.Add(wait), j.ID, j.lease)
		ours = n > 0
		return err
	})
	return ours, err
}

// giveBack has jobs wait that were not finished, as if they had not been tried.
func (r *Runner) giveBack(ctx context.Context, unfinished []Running) error {
	return r.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		var b db.Batch
		for _, j := range unfinished {
			b.Add("UPDATE job SET lease = NULL, due = $1, attempts = attempts - 1 WHERE id = $2 AND lease = $3", tx.Now, j.ID, j.lease)
		}
		return tx.Run(&b)
	})
}
