package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/jobs"
	"digitalpost/internal/testkit"
)

// never is a time that no test reaches: what happens sooner was not polled for.
const never = 24 * time.Hour

func TestAStartedRunnerRunsAJobWhenItsTransactionIsCommitted(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Poll: never})
		ran := make(chan string)
		jobs.Handle(r, note, func(_ context.Context, _ jobs.Running, text string) error {
			ran <- text
			return nil
		})
		r.Start()
		for n := range 10 {
			w.enqueue(jobs.Job{Kind: note, Args: fmt.Sprint(n)})
			if got := <-ran; got != fmt.Sprint(n) {
				w.Errorf("ran %s, not %d", got, n)
			}
		}
		w.stop(r)
		if got := w.counts(); got != "[]" {
			w.Error(got)
		}
	})
}

func (w *world) stop(r *jobs.Runner) {
	w.Helper()
	for range 2 { // Stop may be called twice
		if err := r.Stop(w.Context()); err != nil {
			w.Error(err)
		}
	}
}

func TestAJobThatWasThereBeforeStartRuns(t *testing.T) {
	each(t, func(w *world) {
		w.enqueue(jobs.Job{Kind: note, Args: "x"})
		r := w.newRunner(w.db, jobs.Options{Poll: never})
		ran := make(chan bool)
		jobs.Handle(r, note, func(context.Context, jobs.Running, string) error { ran <- true; return nil })
		r.Start()
		<-ran
		w.stop(r)
	})
}

func TestARunnerFindsByItselfWhatAnotherProcessEnqueued(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Poll: time.Millisecond})
		ran := make(chan bool)
		jobs.Handle(r, note, func(context.Context, jobs.Running, string) error { ran <- true; return nil })
		r.Start()
		w.enqueue(jobs.Job{Kind: note, Args: "x", RunAt: w.clock.Now().Add(time.Hour)})
		w.clock.Advance(time.Hour)
		<-ran
		w.stop(r)
	})
}

func TestAFloodInOneQueueLeavesTheOthersTheirWorkers(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Poll: never, Queues: map[string]int{"flood": 3, "calm": 1}})
		var busy, most atomic.Int64
		release, all := make(chan struct{}), sync.WaitGroup{}
		jobs.Handle(r, "flood", func(context.Context, jobs.Running, any) error {
			defer all.Done()
			defer busy.Add(-1)
			if n := busy.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-release
			return nil
		})
		calm := make(chan bool)
		jobs.Handle(r, "calm", func(context.Context, jobs.Running, any) error { calm <- true; return nil })
		r.Start()
		all.Add(20)
		for range 20 {
			w.enqueue(jobs.Job{Kind: "flood", Queue: "flood"})
		}
		for range 5 {
			w.enqueue(jobs.Job{Kind: "calm", Queue: "calm"})
			<-calm
		}
		close(release)
		all.Wait()
		if most.Load() > 3 {
			w.Errorf("%d at once with three workers", most.Load())
		}
		w.stop(r)
	})
}

func TestEachJobRunsInOneOfSeveralProcesses(t *testing.T) {
	each(t, func(w *world) {
		const n = 200
		var mu sync.Mutex
		times := map[int]int{}
		var all sync.WaitGroup
		all.Add(n)
		var runners []*jobs.Runner
		for range 3 {
			d := testkit.Second(w.T, w.db)
			d.Now = w.clock.Now
			r := w.newRunner(d, jobs.Options{Poll: time.Millisecond})
			jobs.Handle(r, "number", func(_ context.Context, _ jobs.Running, number int) error {
				mu.Lock()
				defer mu.Unlock()
				if times[number]++; times[number] == 1 {
					all.Done()
				}
				return nil
			})
			r.Start()
			runners = append(runners, r)
		}
		for number := range n {
			w.enqueue(jobs.Job{Kind: "number", Args: number})
		}
		all.Wait()
		for _, r := range runners {
			w.stop(r)
		}
		for number, count := range times {
			if count != 1 {
				w.Errorf("job %d ran %d times", number, count)
			}
		}
		if got := w.counts(); got != "[]" {
			w.Error(got)
		}
	})
}

func TestStopWaitsForWhatRunsAndTakesNothingNew(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Poll: never, Queues: map[string]int{jobs.Default: 1}})
		begun, release := make(chan string, 10), make(chan struct{})
		jobs.Handle(r, note, func(_ context.Context, _ jobs.Running, text string) error {
			begun <- text
			<-release
			return nil
		})
		r.Start()
		w.enqueue(jobs.Job{Kind: note, Args: "first"})
		<-begun
		w.enqueue(jobs.Job{Kind: note, Args: "second"})
		stopped := make(chan error)
		go func() { stopped <- r.Stop(w.Context()) }()
		select {
		case <-stopped:
			w.Error("stopped while a job ran")
		default:
		}
		close(release)
		if err := <-stopped; err != nil {
			w.Error(err)
		}
		// It may have taken the second before it was told to stop, not after.
		if n := len(begun); n == 0 {
			w.wantRan("second")
		}
	})
}

func TestALongJobIsToldToStop(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Poll: never})
		begun := make(chan bool, 1)
		jobs.Handle(r, note, func(_ context.Context, job jobs.Running, _ string) error {
			select {
			case begun <- true:
			default: // it may be taken once more before the runner has stopped
			}
			<-job.Stopping
			return jobs.Snooze(0)
		})
		r.Start()
		w.enqueue(jobs.Job{Kind: note, Args: "x"})
		<-begun
		if err := r.Stop(w.Context()); err != nil {
			w.Error(err)
		}
		w.wantRan("x")
	})
}

func TestStopGivesBackWhatItCannotWaitFor(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Poll: never})
		begun, ended := make(chan bool), make(chan bool)
		jobs.Handle(r, note, func(ctx context.Context, _ jobs.Running, _ string) error {
			begun <- true
			<-ctx.Done()
			<-ended
			return nil
		})
		r.Start()
		w.enqueue(jobs.Job{Kind: note, Args: "x"})
		<-begun
		over, cancel := context.WithCancel(w.Context())
		cancel()
		if err := r.Stop(over); err == nil {
			w.Error("nothing said of the job that was not finished")
		}
		close(ended)
		w.outcome = func(job jobs.Running) error {
			if job.Attempt != 1 {
				w.Errorf("attempt %d", job.Attempt)
			}
			return nil
		}
		w.wantRan("x")
	})
}

func TestALeaseIsKeptWhileAJobRuns(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Lease: 15 * time.Millisecond, Poll: never})
		jobs.Handle(r, "long", func(ctx context.Context, job jobs.Running, _ any) error {
			until := w.clock.Now()
			for kept := 0; kept < 3; {
				w.clock.Advance(time.Millisecond)
				if err := w.db.Read(ctx, func(tx *db.Tx) error {
					var due time.Time
					err := tx.QueryRow("SELECT due FROM job WHERE id = $1", job.ID).Scan(db.Time(&due))
					if due.After(until) {
						until = due
						kept++
					}
					return err
				}); err != nil {
					return err
				}
			}
			return nil
		})
		w.enqueue(jobs.Job{Kind: "long"})
		if n, err := r.RunDue(w.Context()); n != 1 || err != nil {
			w.Error(n, err)
		}
	})
}

func TestAJobThatLostItsLeaseIsEnded(t *testing.T) {
	each(t, func(w *world) {
		r := w.newRunner(w.db, jobs.Options{Lease: 15 * time.Millisecond, Poll: never})
		jobs.Handle(r, "long", func(ctx context.Context, job jobs.Running, _ any) error {
			w.update(func(tx *db.Tx) error { // as if another had taken it
				_, err := tx.Exec("UPDATE job SET lease = $1, due = $2", tx.NewID(), tx.Now.Add(time.Hour))
				return err
			})
			<-ctx.Done()
			return errors.New("too late")
		})
		w.enqueue(jobs.Job{Kind: "long"})
		if n, err := r.RunDue(w.Context()); n != 1 || err != nil {
			w.Error(n, err)
		}
		if got := w.counts(); got != fmt.Sprint([]jobs.Count{{Queue: jobs.Default, Running: 1}}) {
			w.Error(got)
		}
	})
}

func TestAStartedRunnerRunsPeriodicJobs(t *testing.T) {
	each(t, func(w *world) {
		// The lease outlives the leaps of the clock: a job that is just ending is not
		// taken for one whose process died.
		r := w.newRunner(w.db, jobs.Options{Poll: time.Millisecond, Lease: 24 * time.Hour})
		ran := make(chan bool)
		jobs.Handle(r, "tick", func(context.Context, jobs.Running, any) error { ran <- true; return nil })
		r.Every("tick", jobs.Interval(time.Hour))
		if _, err := r.RunDue(w.Context()); err != nil { // makes the schedule known
			w.Fatal(err)
		}
		r.Start()
		for range 3 {
			w.clock.Advance(time.Hour)
			<-ran
		}
		w.stop(r)
	})
}
