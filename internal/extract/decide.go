package extract

import (
	"context"

	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
)

// All are the requests that a system manager sees, the oldest first.
func (c *Extracts) All(ctx context.Context, actor post.Actor, states ...State) (all []Extract, err error) {
	err = c.desk.Look(ctx, func(tx *db.Tx) error {
		all = nil
		err := c.desk.Lists(tx, actor)
		for _, s := range states {
			if err != nil {
				return err
			}
			var some []Extract
			some, err = c.rows(tx, "state = $1", s)
			all = append(all, some...)
		}
		return err
	})
	return all, err
}

// Get is one request, for a system manager.
func (c *Extracts) Get(ctx context.Context, actor post.Actor, id post.UUID) (e Extract, err error) {
	err = c.desk.Look(ctx, func(tx *db.Tx) (err error) {
		if e, err = c.one(tx, id); err == nil {
			_, err = c.desk.Sees(tx, actor, e.About)
		}
		return err
	})
	return e, err
}

// Content is a document of a request, for a system manager. Close it.
func (c *Extracts) Content(ctx context.Context, actor post.Actor, id post.UUID, place int) (file agency.File, content *blob.Reader, err error) {
	err = c.desk.Look(ctx, func(tx *db.Tx) error {
		e, err := c.one(tx, id)
		if err == nil {
			_, err = c.desk.Sees(tx, actor, e.About)
		}
		if err == nil {
			file, content, err = c.desk.Open(tx, e.Request, place)
		}
		return err
	})
	return file, content, err
}

// Decide approves or rejects a request with a reason; version is the one that was seen,
// 0 for any. What came before the decision is what the extract holds.
func (c *Extracts) Decide(ctx context.Context, actor post.Actor, id post.UUID, version int64, approve bool, reason string) (Extract, error) {
	reason, err := agency.Reason(reason)
	if err != nil {
		return Extract{}, err
	}
	var e Extract
	err = c.desk.Work(ctx, func(tx *db.Tx) (err error) {
		if e, err = c.one(tx, id); err != nil {
			return err
		}
		via, err := c.desk.Decides(tx, actor, e.Request)
		if err != nil {
			return err
		}
		if err := e.Meets(version, Submitted); err != nil {
			return err
		}
		name := audit.ExtractRejected
		e.State, e.Reason, e.Decided = Rejected, reason, tx.Now
		if approve {
			name = audit.ExtractApproved
			e.State, e.through = Approved, tx.NewID()
			if _, err := jobs.Enqueue(tx, jobs.Job{Kind: writeJob, Queue: Queue, Key: e.ID.String(), Args: e.ID}); err != nil {
				return err
			}
		}
		sealed, err := c.desk.Seal(e.ID, said{e.Text, e.Reason})
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE extract SET sealed = $1, decided = $2, decided_by = $3 WHERE id = $4", sealed, tx.Now, actor.Party, e.ID); err != nil {
			return err
		}
		if err := c.save(tx, &e); err != nil {
			return err
		}
		if err := c.desk.Tell(tx, actor, via, name, e.Request); err != nil {
			return err
		}
		return c.write(tx, e, decided(e))
	})
	return e, err
}
