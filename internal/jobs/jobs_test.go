package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/testkit"
)

// world is a database with a clock, and a runner that does what a test says.
type world struct {
	*testing.T
	db     *db.DB
	clock  *testkit.Clock
	runner *jobs.Runner
	// ran lists the arguments of the "note" jobs that ran.
	ran []string
	// outcome is what the "note" jobs return.
	outcome func(jobs.Running) error
}

const note jobs.Kind = "note"

func each(t *testing.T, test func(w *world)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := &world{T: t, db: d, clock: testkit.NewClock()}
		d.Now = w.clock.Now
		w.runner = w.newRunner(d, jobs.Options{})
		jobs.Handle(w.runner, note, func(_ context.Context, job jobs.Running, text string) error {
			w.ran = append(w.ran, text)
			if w.outcome != nil {
				return w.outcome(job)
			}
			return nil
		})
		test(w)
	})
}

func (w *world) newRunner(d *db.DB, o jobs.Options) *jobs.Runner {
	o.Jitter = func() float64 { return 0.5 }
	return jobs.NewRunner(d, slog.New(slog.NewTextHandler(w.Output(), nil)), o)
}

func (w *world) update(fn func(tx *db.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) enqueue(job jobs.Job) (created bool) {
	w.Helper()
	w.update(func(tx *db.Tx) (err error) { created, err = jobs.Enqueue(tx, job); return err })
	return created
}

// wantRan runs what is due and compares all that ran since the last call.
func (w *world) wantRan(want ...string) {
	w.Helper()
	if _, err := w.runner.RunDue(w.Context()); err != nil {
		w.Fatal(err)
	}
	if fmt.Sprint(w.ran) != fmt.Sprint(want) {
		w.Errorf("ran %q, want %q", w.ran, want)
	}
	w.ran = nil
}

func (w *world) dead() (dead []jobs.DeadJob) {
	w.Helper()
	w.update(func(tx *db.Tx) (err error) { dead, err = jobs.Dead(tx, 10); return err })
	return dead
}

func (w *world) counts() string {
	w.Helper()
	var counts []jobs.Count
	w.update(func(tx *db.Tx) (err error) { counts, err = jobs.Counts(tx); return err })
	return fmt.Sprint(counts)
}

func TestAJobRunsOnceAfterItsTransaction(t *testing.T) {
	each(t, func(w *world) {
		if !w.enqueue(jobs.Job{Kind: note, Args: "æ"}) {
			w.Error("not created")
		}
		failed := w.db.Update(w.Context(), func(tx *db.Tx) error {
			if _, err := jobs.Enqueue(tx, jobs.Job{Kind: note, Args: "undone"}); err != nil {
				return err
			}
			return errors.New("no")
		})
		if failed == nil {
			w.Fatal("the transaction went through")
		}
		w.wantRan("æ")
		w.wantRan()
		if got := w.counts(); got != "[]" {
			w.Error(got)
		}
	})
}

func TestAJobWaitsForItsTime(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(jobs.Job{Kind: note, Args: "later", RunAt: w.clock.Now().Add(time.Hour)})
		w.clock.Advance(time.Hour - time.Microsecond)
		w.wantRan()
		w.clock.Advance(time.Microsecond)
		w.wantRan("later")
	})
}

func TestJobsRunInTheOrderTheyAreDue(t *testing.T) {
	each(t, func(w *world) {
		for _, minutes := range []int{3, 1, 2} {
			w.enqueue(jobs.Job{Kind: note, Args: fmt.Sprint(minutes), RunAt: w.clock.Now().Add(time.Duration(minutes) * time.Minute)})
		}
		for want := range 3 {
			w.clock.Advance(time.Minute)
			w.wantRan(fmt.Sprint(want + 1))
		}
	})
}

func TestAKeyIsUniqueAmongWaitingJobsOfAKind(t *testing.T) {
	each(t, func(w *world) {
		jobs.Handle(w.runner, "other", func(context.Context, jobs.Running, any) error { return nil })
		for _, c := range []struct {
			kind    jobs.Kind
			key     string
			created bool
		}{{note, "a", true}, {note, "a", false}, {note, "b", true}, {"other", "a", true}, {note, "", true}, {note, "", true}} {
			if got := w.enqueue(jobs.Job{Kind: c.kind, Key: c.key, Args: c.key}); got != c.created {
				w.Errorf("%+v: created %v", c, got)
			}
		}
		w.wantRan("a", "b", "", "")
		if !w.enqueue(jobs.Job{Kind: note, Key: "a", Args: "again"}) {
			w.Error("the key was not free after its job was done")
		}
		w.wantRan("again")
	})
}

// What is enqueued while its job runs may have come too late for it to see.
func TestAJobThatIsEnqueuedWhileItRunsRunsOnceMore(t *testing.T) {
	for name, first := range map[string]error{"done": nil, "failed for the last time": errors.New("no"), "cancelled": jobs.Cancelled(errors.New("no"))} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				w.outcome = func(job jobs.Running) error {
					if len(w.ran) > 1 {
						return nil
					}
					for range 2 {
						if w.enqueue(jobs.Job{Kind: note, Key: "k", Args: "second"}) {
							w.Error("a second job was made")
						}
					}
					return first
				}
				w.enqueue(jobs.Job{Kind: note, Key: "k", Args: "x", MaxAttempts: 1})
				if first == nil || name == "cancelled" {
					w.wantRan("x", "x")
				} else {
					w.wantRan("x")
					w.clock.Advance(time.Minute)
					w.ran = append(w.ran, "")
					w.wantRan("", "x")
				}
				if got := w.counts(); got != "[]" {
					w.Error(got)
				}
			})
		})
	}
}

func TestAWaitingJobCanBeCancelled(t *testing.T) {
	each(t, func(w *world) {
		cancel := func(kind jobs.Kind, key string) (found bool) {
			w.update(func(tx *db.Tx) (err error) { found, err = jobs.Cancel(tx, kind, key); return err })
			return found
		}
		w.enqueue(jobs.Job{Kind: note, Key: "a", Args: "a"})
		w.enqueue(jobs.Job{Kind: note, Key: "b", Args: "b"})
		if cancel("other", "a") || cancel(note, "c") || cancel(note, "") {
			w.Error("cancelled what is not there")
		}
		if !cancel(note, "a") || cancel(note, "a") {
			w.Error("not cancelled once")
		}
		w.outcome = func(jobs.Running) error {
			if cancel(note, "b") {
				w.Error("cancelled a job that runs")
			}
			return nil
		}
		w.wantRan("b")
	})
}

func TestAFailedJobIsTriedAgainEverLater(t *testing.T) {
	each(t, func(w *world) {
		w.outcome = func(jobs.Running) error { return errors.New("no luck") }
		w.enqueue(jobs.Job{Kind: note, Args: "x"})
		w.wantRan("x")
		waits := []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second}
		for len(waits) < 24 {
			waits = append(waits, min(6*time.Hour, 2*waits[len(waits)-1]))
		}
		for _, wait := range waits {
			w.clock.Advance(wait - time.Microsecond)
			w.wantRan()
			w.clock.Advance(time.Microsecond)
			w.wantRan("x")
		}
		if len(w.dead()) != 1 {
			w.Error("not dead after 25 attempts")
		}
	})
}

func TestAJobThatFailsTooOftenIsDeadAndCanBeRetried(t *testing.T) {
	each(t, func(w *world) {
		w.outcome = func(jobs.Running) error { return errors.New("no luck\x00 " + strings.Repeat("ø", 1000)) }
		w.enqueue(jobs.Job{Kind: note, Key: "k", Args: "x", MaxAttempts: 2})
		w.wantRan("x")
		w.clock.Advance(time.Hour)
		w.wantRan("x")
		w.clock.Advance(1000 * time.Hour)
		w.wantRan()
		dead := w.dead()
		if len(dead) != 1 || dead[0].Kind != note || dead[0].Key != "k" || dead[0].Args != `"x"` || dead[0].Attempts != 2 ||
			!strings.HasPrefix(dead[0].Error, "no luck øøø") || len(dead[0].Error) > 500 {
			w.Fatalf("%+v", dead)
		}

		retry := func() (ok bool) {
			w.update(func(tx *db.Tx) (err error) { ok, err = jobs.Retry(tx, dead[0].ID); return err })
			return ok
		}
		w.enqueue(jobs.Job{Kind: note, Key: "k", Args: "its successor", RunAt: w.clock.Now().Add(time.Hour)})
		if retry() {
			w.Error("retried beside its successor")
		}
		w.outcome = nil
		w.clock.Advance(time.Hour)
		w.wantRan("its successor")
		if !retry() || retry() {
			w.Error("not retried once")
		}
		w.wantRan("x")
		if len(w.dead()) != 0 {
			w.Error("still dead")
		}
	})
}

func TestAPanicIsAFailure(t *testing.T) {
	each(t, func(w *world) {
		w.outcome = func(jobs.Running) error { panic("oh") }
		w.enqueue(jobs.Job{Kind: note, Args: "x", MaxAttempts: 1})
		w.wantRan("x")
		if dead := w.dead(); len(dead) != 1 || dead[0].Error != "panic: oh" {
			w.Errorf("%+v", dead)
		}
	})
}

func TestArgumentsThatDoNotFitAreAFailure(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(jobs.Job{Kind: note, Args: 7, MaxAttempts: 1})
		w.wantRan()
		if len(w.dead()) != 1 {
			w.Error("not dead")
		}
	})
}

// A full disk is no fault of a job: it does not die of one, however long that
// lasts, and runs soon after.
func TestAFullDiskCountsAsNoAttempt(t *testing.T) {
	each(t, func(w *world) {
		full := errs.New(errs.KindUnavailable, "storage.unavailable", "")
		w.outcome = func(jobs.Running) error { return fmt.Errorf("deliver: %w", full) }
		w.enqueue(jobs.Job{Kind: note, Args: "x", MaxAttempts: 2})
		for range 5 {
			w.wantRan("x")
			w.wantRan()
			w.clock.Advance(time.Minute)
		}
		w.outcome = nil
		w.wantRan("x")
		if got := w.counts(); got != "[]" {
			w.Error(got)
		}
	})
}

func TestSnoozeCountsAsNoAttempt(t *testing.T) {
	each(t, func(w *world) {
		w.outcome = func(job jobs.Running) error {
			if job.Attempt != 1 {
				w.Errorf("attempt %d", job.Attempt)
			}
			return fmt.Errorf("wrapped: %w", jobs.Snooze(time.Hour))
		}
		w.enqueue(jobs.Job{Kind: note, Args: "x", MaxAttempts: 1})
		for range 3 {
			w.wantRan("x")
			w.clock.Advance(time.Hour - time.Second)
			w.wantRan()
			w.clock.Advance(time.Second)
		}
	})
}

func TestACancelledJobIsGone(t *testing.T) {
	each(t, func(w *world) {
		w.outcome = func(jobs.Running) error { return jobs.Cancelled(errors.New("no such system")) }
		w.enqueue(jobs.Job{Kind: note, Args: "x"})
		w.wantRan("x")
		if got := w.counts(); got != "[]" {
			w.Error(got)
		}
	})
}

// A newer program enqueues what an older one does not know.
func TestAJobOfUnknownKindWaitsForAnotherProgram(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(jobs.Job{Kind: "new", Args: "x", MaxAttempts: 1})
		for range 3 {
			w.wantRan()
			w.clock.Advance(time.Hour)
		}
		jobs.Handle(w.runner, "new", func(_ context.Context, job jobs.Running, text string) error {
			w.ran = append(w.ran, fmt.Sprint(text, job.Attempt))
			return nil
		})
		w.wantRan("x1")
	})
}

func TestTheJobOfAProcessThatDiedIsTakenOver(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(jobs.Job{Kind: note, Args: "x"})
		other := w.newRunner(w.db, jobs.Options{})
		lastSign, err := other.Abandon(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		w.clock.Advance(59 * time.Second)
		w.wantRan()
		w.clock.Advance(time.Second)
		w.outcome = func(job jobs.Running) error {
			if job.Attempt != 2 {
				w.Errorf("attempt %d", job.Attempt)
			}
			if ours, err := lastSign(); ours || err != nil {
				w.Error("the first process still had a say", err)
			}
			return errors.New("no")
		}
		w.wantRan("x")
		w.outcome = nil
		w.clock.Advance(time.Hour)
		w.wantRan("x")
	})
}

func TestAJobThatKillsItsProcessesDies(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(jobs.Job{Kind: note, Args: "x", MaxAttempts: 2})
		for range 2 {
			if lastSign, err := w.runner.Abandon(w.Context()); err != nil || lastSign == nil {
				w.Fatal("not claimed", err)
			}
			w.clock.Advance(time.Hour)
		}
		w.wantRan()
		if len(w.dead()) != 1 {
			w.Error("not dead")
		}
	})
}

func TestCountsTellTheStateOfEachQueue(t *testing.T) {
	each(t, func(w *world) {
		start := w.clock.Now().UTC()
		w.outcome = func(jobs.Running) error { return errors.New("no") }
		w.enqueue(jobs.Job{Kind: note, Args: "dies", MaxAttempts: 1})
		w.wantRan("dies")
		w.enqueue(jobs.Job{Kind: note, Args: "runs", RunAt: start.Add(-time.Hour)})
		w.enqueue(jobs.Job{Kind: note, Args: "waits"})
		w.enqueue(jobs.Job{Kind: note, Queue: "slow", RunAt: start.Add(time.Hour)})
		if _, err := w.runner.Abandon(w.Context()); err != nil {
			w.Fatal(err)
		}
		want := []jobs.Count{
			{Queue: jobs.Default, Waiting: 1, Running: 1, Dead: 1, Oldest: start},
			{Queue: "slow", Waiting: 1, Oldest: start.Add(time.Hour)},
		}
		if got := w.counts(); got != fmt.Sprint(want) {
			w.Errorf("\n%s\n%s", got, fmt.Sprint(want))
		}
	})
}
