package delegation

import (
	"context"
	"errors"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// The jobs that come round by themselves. What they have done is written down with
// each letter, in its transaction: one that is cut short goes on where it was, and
// one that was late makes good for it.
const (
	endsJob   jobs.Kind = "access.ends"
	reviewJob jobs.Kind = "access.review"
)

// Register adds the jobs.
func (d *Delegations) Register(r *jobs.Runner) {
	jobs.Handle(r, endsJob, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return d.end(ctx) })
	r.Every(endsJob, jobs.Interval(time.Hour))
	jobs.Handle(r, reviewJob, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return d.review(ctx) })
	r.Every(reviewJob, jobs.DailyAt("06:00", post.Denmark))
}

// reminders are how many days before the last one both sides are reminded.
var reminders = []int{14, 1}

// keepDays is how long what is over is shown before it is forgotten.
const keepDays = 365

// end reminds of rights that end, tells of those that have ended, and forgets what
// was over long ago. That a right ends does not depend on it.
func (d *Delegations) end(ctx context.Context) error {
	var due []rights.Right
	err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = d.Rights.Ending(tx, tx.Now.AddDate(0, 0, reminders[0]+2))
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range due { // one that fails does not keep the others waiting
		err = errors.Join(err, d.DB.Update(ctx, func(tx *db.Tx) error { return d.remind(tx, r.ID) }))
	}
	return errors.Join(err, d.DB.Update(ctx, d.forgetOld))
}

// remind tells both sides of a right what is to be told now.
func (d *Delegations) remind(tx *db.Tx, id post.UUID) error {
	r, err := d.Rights.Get(tx, id)
	if err != nil || r.To.IsZero() {
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			return err
		}
		return nil // ended or renewed meanwhile
	}
	today := post.Today(tx.Now)
	if r.Over(tx.Now) {
		if r.To.AddDate(0, 0, keepDays).Before(tx.Now) {
			_, err := d.Rights.End(tx, post.Program, 0, id, 0)
			return err
		}
		return d.notice(tx, r, 0)
	}
	left := int(r.LastDay().Sub(today) / (24 * time.Hour))
	agreed := int(r.LastDay().Sub(post.Today(r.Updated)) / (24 * time.Hour)) // who chose the day that lately knows it
	for i := len(reminders) - 1; i >= 0; i-- {                               // the nearest only
		if days := reminders[i]; left <= days {
			if agreed <= days {
				return nil
			}
			return d.notice(tx, r, days)
		}
	}
	return nil
}

// notice tells both sides once.
func (d *Delegations) notice(tx *db.Tx, r rights.Right, days int) error {
	n, err := tx.Exec("INSERT INTO access_notice (privilege, ends, days) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", r.ID, r.To, days)
	if err != nil || n == 0 {
		return err
	}
	return d.announceEnd(tx, r, days)
}

// forgetOld removes requests that were dealt with, and notes of what was told, when
// they are a year old.
func (d *Delegations) forgetOld(tx *db.Tx) error {
	old := tx.Now.AddDate(0, 0, -keepDays)
	const over = "(state <> 'SUBMITTED' AND updated < $1 OR state = 'SUBMITTED' AND answer_by < $1)"
	if _, err := tx.Exec("DELETE FROM access_request_sender WHERE request IN (SELECT id FROM access_request WHERE "+over+")", old); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM access_request WHERE "+over, old); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM access_notice WHERE ends < $1", old.AddDate(0, 0, -7)) // not before the right itself is gone
	return err
}

// together is how many owners are looked at in one go.
const together = 500

// review reminds each owner once a year to look through who has access to their
// post, the first time a year after the oldest access was given.
func (d *Delegations) review(ctx context.Context) error {
	var after post.PartyID
	for {
		var owners []rights.Owner
		err := d.DB.Read(ctx, func(tx *db.Tx) (err error) {
			owners, err = d.Rights.Owners(tx, after, together)
			return err
		})
		if err != nil || len(owners) == 0 {
			return err
		}
		for _, o := range owners {
			if err := d.DB.Update(ctx, func(tx *db.Tx) error { return d.reviewed(tx, o) }); err != nil {
				return err
			}
			after = o.ID
		}
	}
}

func (d *Delegations) reviewed(tx *db.Tx, o rights.Owner) error {
	var due time.Time
	err := tx.QueryRow("SELECT due FROM access_review WHERE owner = $1", o.ID).Scan(db.Time(&due))
	if isNone(err) {
		err = nil
	}
	if first := o.Since.AddDate(1, 0, 0); due.Before(first) { // nobody had access for a while
		due = first
	}
	if err != nil || tx.Now.Before(due) {
		return err
	}
	_, err = tx.Exec("INSERT INTO access_review (owner, due) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET due = excluded.due", o.ID, tx.Now.AddDate(1, 0, 0))
	if err != nil {
		return err
	}
	all, err := d.Rights.To(tx, o.ID)
	if err != nil {
		return err
	}
	var ids []post.PartyID
	for _, r := range all {
		if r.BetweenPeople() && !r.Over(tx.Now) {
			ids = append(ids, r.Holder)
		}
	}
	parties, err := d.Registry.Parties(tx, ids)
	if err != nil || len(parties) == 0 {
		return err
	}
	var names []string
	for _, p := range parties {
		names = append(names, p.Name)
	}
	registry.SortDanish(names, func(name string) string { return name })
	return d.announceReview(tx, o.ID, names)
}
