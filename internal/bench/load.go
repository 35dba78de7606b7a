// Package bench measures a running Digital Post from outside, over the real
// network interface: letters in, pages out, and both at once. It checks
// afterwards that what was accepted is there.
package bench

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Load is how much is asked for.
type Load struct {
	Connections int
	// Warmup comes before the measurement and is not part of it.
	Warmup   time.Duration
	Duration time.Duration
	// Rate is how many requests begin each second, however long answers take (an
	// open model); 0 is as many as the connections can carry.
	Rate float64
	// Requests ends the load early, 0 for never.
	Requests int
}

// Call does one request on a connection of its own.
type Call func() error

// Result is what a load came to.
type Result struct {
	Name     string
	Requests int            // answered as they should be
	Errors   map[string]int // what went wrong, and how often
	// Late is how many requests were due and had not begun when time was up: the
	// server was too slow for the rate.
	Late      int
	Took      time.Duration
	Usage     Usage
	latencies []time.Duration // in order
}

// Run puts a load on calls, one for each connection. Latency counts from the
// moment a request was due, so that a server that stalls does not hide the
// requests it kept from beginning.
func Run(ctx context.Context, name string, load Load, calls []Call, server *Server) Result {
	if load.Warmup > 0 {
		run(ctx, &turns{end: load.Warmup, rate: load.Rate}, calls)
	}
	server.begin()
	result := run(ctx, &turns{end: load.Duration, rate: load.Rate, most: load.Requests}, calls)
	result.Usage = server.end()
	result.Name = name
	return result
}

func run(ctx context.Context, t *turns, calls []Call) Result {
	result := Result{Errors: map[string]int{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	t.start = time.Now()
	for _, call := range calls {
		all.Go(func() {
			latencies, failed := worker(ctx, t, call)
			mu.Lock()
			defer mu.Unlock()
			result.latencies = append(result.latencies, latencies...)
			for reason, n := range failed {
				result.Errors[reason] += n
			}
		})
	}
	all.Wait()
	result.Took = time.Since(t.start)
	result.Requests = len(result.latencies)
	result.Late = int(t.late.Load())
	slices.Sort(result.latencies)
	return result
}

// pause follows a request that failed, so that a server that is gone does not
// make the load spin.
const pause = 10 * time.Millisecond

func worker(ctx context.Context, t *turns, call Call) (latencies []time.Duration, failed map[string]int) {
	latencies = make([]time.Duration, 0, 1<<14)
	failed = map[string]int{}
	for {
		due, ok := t.next(ctx)
		if !ok {
			return latencies, failed
		}
		if err := call(); err != nil {
			failed[reason(err)]++
			time.Sleep(pause)
			continue
		}
		latencies = append(latencies, time.Since(due))
	}
}

// turns hands out the moments at which requests are due.
type turns struct {
	start time.Time
	end   time.Duration // nothing begins later
	rate  float64       // a second; 0 is always now
	most  int           // 0 is any number

	taken, late atomic.Int64
}

// next waits for the next request to be due. It is false when there is none.
func (t *turns) next(ctx context.Context) (due time.Time, ok bool) {
	for ctx.Err() == nil {
		n := t.taken.Add(1) - 1
		if t.most > 0 && n >= int64(t.most) {
			return due, false
		}
		now := time.Now()
		due = now
		if t.rate > 0 {
			due = t.start.Add(time.Duration(float64(n) / t.rate * float64(time.Second)))
		}
		switch {
		case due.Sub(t.start) >= t.end:
			return due, false
		case now.Sub(t.start) >= t.end:
			t.late.Add(1)
			continue
		}
		wait(ctx, due.Sub(now))
		return due, ctx.Err() == nil
	}
	return due, false
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// Quantile is the latency that a part q of the requests stayed within.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(int(q*float64(len(r.latencies))), len(r.latencies)-1)]
}

// PerSecond is the throughput.
func (r Result) PerSecond() float64 { return float64(r.Requests) / r.Took.Seconds() }
