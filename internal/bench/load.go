// Package bench measures a running Digital Post from outside, over the real
// network interface: letters in, pages out, and both at once. It checks
// afterwards that what was accepted is there.
package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Load is how much is asked for.
type Load struct {
	Connections int
	Duration    time.Duration
	// Rate is how many requests begin each second, however long answers take (an
	// open model); 0 is as many as the connections can carry.
	Rate float64
}

// Call does one request on a connection of its own.
type Call func(ctx context.Context, n int) error

// Result is what a load came to.
type Result struct {
	Name      string
	Requests  int
	Errors    map[string]int
	Took      time.Duration
	latencies []time.Duration
	Server    Usage
}

// Run puts a load on calls, one for each connection. Latency counts from the
// moment a request was due, so that a server that stalls does not hide the
// requests it kept from beginning.
func Run(ctx context.Context, name string, load Load, calls []Call, server *Process) Result {
	result := Result{Name: name, Errors: map[string]int{}}
	var mu sync.Mutex
	due := make(chan time.Time, 1<<16)
	ctx, cancel := context.WithTimeout(ctx, load.Duration)
	defer cancel()
	before := server.usage()
	start := time.Now()
	if load.Rate > 0 {
		go schedule(ctx, due, load.Rate, start)
	}
	var all sync.WaitGroup
	for _, call := range calls {
		all.Go(func() {
			mine := make([]time.Duration, 0, 1<<14)
			failed := map[string]int{}
			for n := 0; ; n++ {
				at := time.Now()
				if load.Rate > 0 {
					select {
					case at = <-due:
					case <-ctx.Done():
					}
				}
				if ctx.Err() != nil {
					break
				}
				if err := call(context.WithoutCancel(ctx), n); err != nil {
					failed[err.Error()]++
					continue
				}
				mine = append(mine, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			result.latencies = append(result.latencies, mine...)
			for reason, n := range failed {
				result.Errors[reason] += n
			}
		})
	}
	all.Wait()
	result.Took = time.Since(start)
	result.Requests = len(result.latencies)
	result.Server = server.usage().since(before)
	slices.Sort(result.latencies)
	return result
}

func schedule(ctx context.Context, due chan<- time.Time, rate float64, start time.Time) {
	gap := time.Duration(float64(time.Second) / rate)
	for next := start; ; next = next.Add(gap) {
		if wait := time.Until(next); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
		}
		select {
		case due <- next:
		case <-ctx.Done():
			return
		}
	}
}

// Quantile is the latency that a part q of the requests stayed within.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[min(int(q*float64(len(r.latencies))), len(r.latencies)-1)]
}

// Print writes the result for people.
func (r Result) Print(w io.Writer) {
	failed := 0
	for _, n := range r.Errors {
		failed += n
	}
	perSecond := float64(r.Requests) / r.Took.Seconds()
	fmt.Fprintf(w, "%-28s %8.0f/s  p50 %s  p99 %s  p99.9 %s  (%d in %.1f s, %d errors)\n", r.Name, perSecond,
		millis(r.Quantile(.5)), millis(r.Quantile(.99)), millis(r.Quantile(.999)), r.Requests, r.Took.Seconds(), failed)
	if r.Server.known {
		each := time.Duration(0)
		if r.Requests > 0 {
			each = r.Server.CPU / time.Duration(r.Requests)
		}
		fmt.Fprintf(w, "%-28s server: %d %% CPU, %d us each, %d MB memory now, %d MB at most\n", "",
			int(100*r.Server.CPU.Seconds()/r.Took.Seconds()), each.Microseconds(), r.Server.Memory>>20, r.Server.Peak>>20)
	}
	for reason, n := range r.Errors {
		fmt.Fprintf(w, "%-28s %d times: %s\n", "", n, reason)
	}
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
