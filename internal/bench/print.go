package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Print writes the result for people.
func (r Result) Print(w io.Writer) {
	failed := 0
	for _, n := range r.Errors {
		failed += n
	}
	fmt.Fprintf(w, "%s: %.0f/s, p50 %s, p99 %s, p99.9 %s (%d in %.1f s, %d errors)\n", r.Name, r.PerSecond(),
		millis(r.Quantile(.5)), millis(r.Quantile(.99)), millis(r.Quantile(.999)), r.Requests, r.Took.Seconds(), failed)
	if r.Late > 0 {
		fmt.Fprintf(w, "  %d requests were due and never began: the rate is too high for the server\n", r.Late)
	}
	for _, reason := range slices.SortedFunc(maps.Keys(r.Errors), func(a, b string) int { return r.Errors[b] - r.Errors[a] }) {
		fmt.Fprintf(w, "  %d times: %s\n", r.Errors[reason], reason)
	}
	if r.Usage != (Usage{}) {
		r.Usage.print(w, r.Took, r.Requests)
	}
}

func (u Usage) print(w io.Writer, took time.Duration, requests int) {
	share := func(name string, cpu time.Duration) {
		fmt.Fprintf(w, "  CPU of %s: %.0f %% of a core, %d us each\n", name, 100*cpu.Seconds()/took.Seconds(), cpu.Microseconds()/int64(max(requests, 1)))
	}
	share("the server", u.Server)
	if u.Postgres > 0 {
		share("PostgreSQL", u.Postgres)
	}
	share("this load", u.Load)
	if others := u.Machine - u.Server - u.Postgres - u.Load; others > took/10 {
		fmt.Fprintf(w, "  others on this machine took %.0f %% of a core: the figures are lower for it\n", 100*others.Seconds()/took.Seconds())
	}
	fmt.Fprintf(w, "  memory of the server: %s now, %s at most\n", megabytes(u.Memory), megabytes(u.Peak))
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f ms", d.Seconds()*1000) }

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/(1<<20)) }
