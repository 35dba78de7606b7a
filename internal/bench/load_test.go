package bench

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestRequestsAreDueAtTheRateHoweverLateTheyBegin(t *testing.T) {
	turns := &turns{start: time.Now().Add(-time.Minute), end: time.Hour, rate: 1000}
	for n := range 5 {
		due, ok := turns.next(t.Context())
		if want := turns.start.Add(time.Duration(n) * time.Millisecond); !ok || !due.Equal(want) {
			t.Errorf("request %d is due %v after the start, want %v", n, due.Sub(turns.start), want.Sub(turns.start))
		}
	}
}

func TestRequestsThatNeverBeganAreCounted(t *testing.T) {
	turns := &turns{start: time.Now().Add(-time.Hour), end: time.Second, rate: 10}
	if _, ok := turns.next(t.Context()); ok {
		t.Error("a request begins after the end")
	}
	if got := turns.late.Load(); got != 10 {
		t.Errorf("%d requests were late, want 10", got)
	}
}

func TestLoadEndsAfterItsRequests(t *testing.T) {
	for _, rate := range []float64{0, 1e6} {
		var made atomic.Int64
		call := func() error { made.Add(1); return nil }
		result := Run(t.Context(), "", Load{Duration: time.Hour, Rate: rate, Requests: 1000}, []Call{call, call, call}, nil)
		if made.Load() != 1000 || result.Requests != 1000 || result.Late != 0 {
			t.Errorf("rate %v: %d requests made, %d counted, %d late, want 1000, 1000, 0", rate, made.Load(), result.Requests, result.Late)
		}
	}
}

func TestFailuresAreCountedByReasonAndNotMeasured(t *testing.T) {
	n := 0
	call := func() error {
		if n++; n%2 == 0 {
			return refused{503, "intake.busy"}
		}
		return nil
	}
	result := Run(t.Context(), "", Load{Duration: time.Hour, Requests: 6}, []Call{call}, nil)
	if result.Requests != 3 || result.Errors["status 503 intake.busy"] != 3 {
		t.Errorf("%d requests counted, errors %v, want 3 of each", result.Requests, result.Errors)
	}
}

func TestWarmupIsNotMeasured(t *testing.T) {
	n := 0
	call := func() error {
		if n++; n == 1 {
			return errors.New("cold")
		}
		return nil
	}
	result := Run(t.Context(), "", Load{Warmup: time.Nanosecond, Duration: time.Hour, Rate: 1e9, Requests: 4}, []Call{call}, nil)
	if result.Requests+result.Errors["cold"] != 4 {
		t.Errorf("%d requests and errors %v, want 4 in all", result.Requests, result.Errors)
	}
}

func TestQuantiles(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, c := range []struct {
		name      string
		latencies []time.Duration
		q         float64
		want      time.Duration
	}{
		{"none", nil, .5, 0},
		{"one", hundred[:1], .999, 1},
		{"the middle", hundred, .5, 51},
		{"the slowest of a hundred", hundred, .99, 100},
		{"beyond the last", hundred, 1, 100},
	} {
		if got := (Result{latencies: c.latencies}).Quantile(c.q); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
