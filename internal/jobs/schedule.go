package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"digitalpost/internal/db"
)

// Schedule tells when a periodic job is due. Its slots are fixed points in time,
// not distances from the last run.
type Schedule interface {
	// Next is the first slot after a time.
	Next(after time.Time) time.Time
}

// Interval has a slot every d, counted from midnight UTC where d divides a day.
// The runner looks once in Options.Poll, so d is not shorter.
func Interval(d time.Duration) Schedule { return interval(d) }

type interval time.Duration

func (i interval) Next(after time.Time) time.Time {
	return after.Truncate(time.Duration(i)).Add(time.Duration(i))
}

// DailyAt has one slot on each date of a zone, at a clock time such as "02:30".
// On the day the clock skips that time, the slot is an hour beside it; on the
// day that has it twice, it is one of the two. It panics on what is no clock
// time.
func DailyAt(clock string, zone *time.Location) Schedule {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		panic(fmt.Sprintf("jobs: %q is not a clock time", clock))
	}
	return daily{t.Hour(), t.Minute(), zone}
}

type daily struct {
	hour, minute int
	zone         *time.Location
}

func (d daily) Next(after time.Time) time.Time {
	year, month, day := after.In(d.zone).Date()
	for {
		slot := time.Date(year, month, day, d.hour, d.minute, 0, 0, d.zone)
		if slot.After(after) {
			return slot
		}
		day++
	}
}

// periodic is the key of the jobs that schedules make: of each kind there is one
// at most, however long it runs.
const periodic = "periodic"

// clockSkew is how far apart the clocks of processes may be.
const clockSkew = time.Minute

// enqueuePeriodic makes the periodic jobs whose slot has come. Each slot is dealt
// with once among all processes; slots that went by while no process ran are made
// good for by one run.
func (r *Runner) enqueuePeriodic(ctx context.Context) error {
	if len(r.schedules) == 0 {
		return nil
	}
	return r.db.Update(ctx, func(tx *db.Tx) error {
		for kind, schedule := range r.schedules {
			if err := enqueueSlot(tx, kind, schedule); err != nil {
				return fmt.Errorf("schedule of %s: %w", kind, err)
			}
		}
		return nil
	})
}

func enqueueSlot(tx *db.Tx, kind Kind, schedule Schedule) error {
	var done time.Time
	err := tx.QueryRow("SELECT done FROM job_schedule WHERE kind = $1", string(kind)).Scan(db.Time(&done))
	if errors.Is(err, db.ErrNoRows) { // new: its first slot is still to come
		_, err := tx.Exec("INSERT INTO job_schedule (kind, done) VALUES ($1, $2) ON CONFLICT DO NOTHING", string(kind), tx.Now)
		return err
	}
	if err != nil {
		return err
	}
	// What is done lies further ahead than clocks may differ: ours was wrong then.
	wasWrong := done.After(schedule.Next(tx.Now).Add(clockSkew))
	if !wasWrong && schedule.Next(done).After(tx.Now) {
		return nil
	}
	n, err := tx.Exec("UPDATE job_schedule SET done = $1 WHERE kind = $2 AND done = $3", tx.Now, string(kind), done)
	if err != nil || n == 0 || wasWrong {
		return err
	}
	created, err := Enqueue(tx, Job{Kind: kind, Key: periodic})
	if err != nil || created {
		return err
	}
	// The last one still waits after a failure; it waits no longer than a slot.
	n, err = tx.Exec("UPDATE job SET due = $1 WHERE kind = $2 AND key = $3 AND lease IS NULL AND due > $1", tx.Now, string(kind), periodic)
	if n > 0 {
		tx.OnCommit(func() { wake(Default) })
	}
	return err
}
