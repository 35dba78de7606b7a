package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Options of a runner. The zero value is usable.
type Options struct {
	// Queues has the number of workers of each queue, so that a flood in one
	// leaves the others theirs. Nil is four for Default.
	Queues map[string]int
	// Lease is after how long the job of a process that died is taken over; it
	// is kept up while a job runs. 0 is one minute.
	Lease time.Duration
	// Poll is how often each queue is looked at beside being woken by Enqueue.
	// 0 is one second.
	Poll time.Duration
	// Jitter gives numbers in [0, 1) that spread retries. Nil is random.
	Jitter func() float64
}

// Runner runs jobs. Handle and Every come before Start.
type Runner struct {
	db        *db.DB
	log       *slog.Logger
	options   Options
	handlers  map[Kind]func(context.Context, Running) error
	schedules map[Kind]Schedule
	queues    map[string]*queue

	// stopping ends the claiming; ctx is that of the handlers and ends later.
	stopping chan struct{}
	stop     sync.Once
	ctx      context.Context
	cut      context.CancelFunc
	loops    sync.WaitGroup
	idle     sync.WaitGroup // the handlers at work

	mu      sync.Mutex
	running map[post.UUID]Running
}

type queue struct {
	name  string
	slots chan struct{} // one for each worker that is busy
	wake  chan struct{}
}

func (q *queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default: // it is awake
	}
}

// NewRunner makes a runner that stands still.
func NewRunner(d *db.DB, log *slog.Logger, options Options) *Runner {
	if options.Queues == nil {
		options.Queues = map[string]int{Default: 4}
	}
	if options.Lease == 0 {
		options.Lease = time.Minute
	}
	if options.Poll == 0 {
		options.Poll = time.Second
	}
	if options.Jitter == nil {
		options.Jitter = rand.Float64
	}
	r := &Runner{
		db: d, log: log, options: options,
		handlers:  map[Kind]func(context.Context, Running) error{},
		schedules: map[Kind]Schedule{},
		queues:    map[string]*queue{},
		stopping:  make(chan struct{}),
		running:   map[post.UUID]Running{},
	}
	r.ctx, r.cut = context.WithCancel(context.Background())
	for name, workers := range options.Queues {
		r.queues[name] = &queue{name, make(chan struct{}, workers), make(chan struct{}, 1)}
	}
	return r
}

// Handle says what runs the jobs of a kind. fn returns nil when the work is done,
// Snooze or Cancelled, or another error to be tried again later. Its context ends
// when the lease is lost or the runner cannot wait any longer.
func Handle[A any](r *Runner, kind Kind, fn func(ctx context.Context, job Running, args A) error) {
	if r.handlers[kind] != nil {
		panic("jobs: two handlers for " + string(kind))
	}
	r.handlers[kind] = func(ctx context.Context, job Running) error {
		var args A
		if err := json.Unmarshal([]byte(job.args), &args); err != nil {
			return fmt.Errorf("read arguments: %w", err)
		}
		return fn(ctx, job, args)
	}
}

// Every has a job of a kind, without arguments and in the Default queue, run in
// each slot of a schedule: once among all processes that say so. It never runs
// beside itself; one that failed is tried again in the next slot at the latest.
func (r *Runner) Every(kind Kind, schedule Schedule) { r.schedules[kind] = schedule }

// Start begins to run jobs and does not block.
func (r *Runner) Start() {
	started.Lock()
	if started.runners == nil {
		started.runners = map[*Runner]bool{}
	}
	started.runners[r] = true
	started.Unlock()

	r.loops.Go(r.watchSchedules)
	for _, q := range r.queues {
		r.loops.Go(func() { r.work(q) })
	}
}

// Stop takes no more jobs and waits for those that run. When ctx ends first, it
// ends their contexts, and another process may run them at once; the error says
// how many there were.
func (r *Runner) Stop(ctx context.Context) error {
	r.stop.Do(func() { close(r.stopping) })
	started.Lock()
	delete(started.runners, r)
	started.Unlock()

	r.loops.Wait()
	finished := make(chan struct{})
	go func() {
		r.idle.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		r.cut()
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut()
	unfinished := slices.Collect(maps.Values(r.running))
	if len(unfinished) == 0 {
		return nil
	}
	err := r.giveBack(context.WithoutCancel(ctx), unfinished)
	return errors.Join(fmt.Errorf("%d jobs were not finished and will run again", len(unfinished)), err)
}

// RunDue runs what is due, one job after the other, until nothing is, and returns
// how many it ran. Tests drive a runner by it that was not started.
func (r *Runner) RunDue(ctx context.Context) (int, error) {
	for ran := 0; ; {
		if err := r.enqueuePeriodic(ctx); err != nil {
			return ran, err
		}
		before := ran
		for _, name := range slices.Sorted(maps.Keys(r.queues)) {
			claimed, err := r.claim(ctx, name, cap(r.queues[name].slots))
			if err != nil {
				return ran, err
			}
			for _, j := range claimed {
				r.begin(j)
				r.run(j)
				ran++
			}
		}
		if ran == before {
			return ran, nil
		}
	}
}

func (r *Runner) watchSchedules() {
	tick := time.NewTicker(r.options.Poll)
	defer tick.Stop()
	for {
		if err := r.enqueuePeriodic(r.ctx); err != nil {
			r.log.Error("periodic jobs were not enqueued", "error", err)
		}
		select {
		case <-tick.C:
		case <-r.stopping:
			return
		}
	}
}

// work claims jobs for the idle workers of a queue and hands them out.
func (r *Runner) work(q *queue) {
	tick := time.NewTicker(r.options.Poll)
	defer tick.Stop()
	for {
		free := r.freeSlots(q)
		if free == 0 {
			return
		}
		claimed, err := r.claim(r.ctx, q.name, free)
		if err != nil {
			r.log.Error("no jobs could be claimed", "queue", q.name, "error", err)
		}
		for _, j := range claimed {
			r.begin(j)
			go func() {
				r.run(j)
				<-q.slots
			}()
		}
		if len(claimed) == free {
			continue // there may be more
		}
		for range free - len(claimed) {
			<-q.slots
		}
		select {
		case <-q.wake:
		case <-tick.C:
		case <-r.stopping:
			return
		}
	}
}

// freeSlots waits for an idle worker and takes all that are idle; 0 is the end.
func (r *Runner) freeSlots(q *queue) int {
	select {
	case <-r.stopping:
		return 0
	default:
	}
	select {
	case q.slots <- struct{}{}:
	case <-r.stopping:
		return 0
	}
	for n := 1; ; n++ {
		select {
		case q.slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (r *Runner) begin(j Running) {
	r.idle.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running[j.ID] = j
}

// run works on a job and records how it went.
func (r *Runner) run(j Running) {
	defer r.idle.Done()
	ctx, end := context.WithCancel(r.ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		r.keepLease(ctx, end, j)
	}()
	begun := r.db.Now()
	err := r.handle(ctx, j)
	end()
	<-kept

	r.mu.Lock()
	delete(r.running, j.ID)
	givenBack := r.ctx.Err() != nil
	r.mu.Unlock()
	if !givenBack {
		r.record(j, r.db.Now().Sub(begun), err)
	}
}

// handle calls the handler. A panic is an error like others.
func (r *Runner) handle(ctx context.Context, j Running) (err error) {
	if j.Attempt > j.MaxAttempts {
		return errors.New("the process that ran it died, once too often")
	}
	handler := r.handlers[j.Kind]
	if handler == nil {
		return errNoHandler
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			r.log.Error("a job panicked", "kind", j.Kind, "job", j.ID, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	j.Stopping = r.stopping
	return handler(ctx, j)
}

// keepLease makes the lease longer until the job ends, and ends the job when the
// lease was lost all the same.
func (r *Runner) keepLease(ctx context.Context, end context.CancelFunc, j Running) {
	tick := time.NewTicker(r.options.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		ours, err := r.keep(ctx, j)
		if err != nil {
			r.log.Warn("a lease could not be kept", "kind", j.Kind, "job", j.ID, "error", err)
		} else if !ours {
			end()
			return
		}
	}
}

// record stores how a job ended and logs it.
func (r *Runner) record(j Running, took time.Duration, err error) {
	ctx := context.Background()
	log := r.log.With("kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "took", took)
	var ours bool
	var failed error
	var snoozed *snooze
	var cancelled *cancelledError
	switch {
	case err == nil:
		log.Debug("job done")
		ours, failed = r.done(ctx, j)
	case errors.As(err, &snoozed):
		log.Debug("job snoozed", "wait", snoozed.wait)
		ours, failed = r.later(ctx, j, snoozed.wait, j.Attempt-1, "")
	case errors.Is(err, errNoHandler):
		log.Warn("this program does not know the kind of a job; it waits for another")
		ours, failed = r.later(ctx, j, time.Minute, j.Attempt-1, err.Error())
	case errors.As(err, &cancelled):
		log.Info("job cancelled", "error", err)
		ours, failed = r.done(ctx, j)
	case errs.KindOf(err) == errs.KindUnavailable: // such as a full disk
		log.Warn("job could not be done now", "error", err)
		ours, failed = r.later(ctx, j, time.Minute, j.Attempt-1, reason(err))
	case j.Attempt >= j.MaxAttempts:
		log.Error("job failed for the last time", "error", err)
		ours, failed = r.bury(ctx, j, r.backoff(1), reason(err))
	default:
		wait := r.backoff(j.Attempt)
		log.Warn("job failed", "error", err, "wait", wait)
		ours, failed = r.later(ctx, j, wait, j.Attempt, reason(err))
	}
	if failed != nil {
		log.Error("the end of a job was not stored; it will run again", "error", failed)
	} else if !ours {
		log.Warn("a job ended after its lease had run out; it may have run twice")
	}
}

// reason is an error as it is stored: short, and text that both databases take.
func reason(err error) string {
	const most = 500
	s := err.Error()
	s = strings.ReplaceAll(s[:min(len(s), most)], "\x00", "")
	return strings.ToValidUTF8(s, "")
}

const firstWait, longestWait = 5 * time.Second, 6 * time.Hour

// backoff is the wait after the n-th failure: it doubles from five seconds to six
// hours, give or take a quarter.
func (r *Runner) backoff(n int) time.Duration {
	wait := longestWait
	if n < 14 {
		wait = min(longestWait, firstWait<<(n-1))
	}
	return time.Duration(float64(wait) * (0.75 + r.options.Jitter()/2))
}
