package outbound

import (
	"context"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/jobs"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

// facts 3.4
func TestReceiptsArePushedInOrder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &inbox{status: http.StatusNoContent}
		w.add(1, registry.System{ReceiptEndpoint: w.endpoint(in.ServeHTTP).URL})
		w.add(2, registry.System{})
		all := w.receipts(1, receiptBatch+5)
		w.receipts(2, 1)
		w.work()
		if !slices.Equal(in.all(), messages(all)) {
			t.Errorf("%d receipts arrived, or not in their order; want %d", len(in.all()), len(all))
		}
		if len(w.waiting(1)) != 0 || len(w.waiting(2)) != 1 {
			t.Error("only what was pushed may be gone")
		}
		if n := w.events(audit.BusinessReceiptSent); n != len(all) {
			t.Errorf("%d events, want %d", n, len(all))
		}
		more := w.receipts(1, 1)
		w.work()
		if got := in.all(); got[len(got)-1] != more[0].MessageUUID {
			t.Error("the job did not wake again")
		}
	})
}

func TestFailingEndpointIsTriedForDays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &inbox{status: http.StatusServiceUnavailable}
		w.add(1, registry.System{ReceiptEndpoint: w.endpoint(in.ServeHTTP).URL})
		began := w.clock.Now()
		all := w.receipts(1, 3)
		w.work()
		w.work()
		if n := len(in.all()); n != 1 {
			t.Fatalf("%d calls without a wait, want 1", n)
		}
		for calls := 2; calls <= 12; calls++ {
			w.clock.Advance(min(firstWait<<(calls-2), longestWait))
			w.work()
			if n := len(in.all()); n != calls {
				t.Fatalf("%d calls after the wait, want %d", n, calls)
			}
		}
		w.clock.Advance(3 * day)
		w.receipts(1, 1)
		w.work()
		f := w.failures()
		if len(f) != 1 || f[0].Reason != "endpoint.status.503" || f[0].Attempts != 13 || !f[0].Since.Equal(began) {
			t.Errorf("failures: %+v", f)
		}
		if n := w.events(audit.BusinessReceiptSendToSenderSystemFailed); n != 13 {
			t.Errorf("%d events of failures", n)
		}
		in.answer(http.StatusOK)
		w.clock.Advance(longestWait)
		w.work()
		if got := in.all(); !slices.Equal(got[13:16], messages(all)) || len(got) != 17 || len(w.waiting(1)) != 0 {
			t.Error("after the endpoint came back not all arrived in order")
		}
		if len(w.failures()) != 0 {
			t.Error("one success does not end the failure")
		}
	})
}

// A receipt may arrive twice; it never gets lost.
func TestKilledBetweenCallAndRecord(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &inbox{}
		w.add(1, registry.System{ReceiptEndpoint: w.endpoint(in.ServeHTTP).URL})
		all := w.receipts(1, 2)
		if sent, err := w.postReceipts(t.Context(), t.Context(), w.systems[1].ReceiptEndpoint, all); err != nil || sent != 2 {
			t.Fatal(sent, err)
		}
		w.work() // the next process
		if got := in.all(); !slices.Equal(got, append(messages(all), messages(all)...)) {
			t.Errorf("arrived: %v", got)
		}
		if len(w.waiting(1)) != 0 {
			t.Error("still waiting")
		}
	})
}

// The end of the program in the middle of a run counts as nobody's failure, and
// what was taken is recorded.
func TestStoppedInTheMiddle(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &inbox{}
		ctx, stop := context.WithCancel(t.Context())
		w.add(1, registry.System{ReceiptEndpoint: w.endpoint(func(out http.ResponseWriter, r *http.Request) {
			if len(in.all()) == 1 {
				_, _ = io.Copy(io.Discard, r.Body)
				stop()
				<-r.Context().Done()
				return
			}
			in.ServeHTTP(out, r)
		}).URL})
		all := w.receipts(1, 3)
		if err := w.sendReceipts(ctx, 1); err == nil {
			t.Error("the run ended as if all were sent")
		}
		if len(w.waiting(1)) != 2 || w.waiting(1)[0] != all[1].ID || len(w.failures()) != 0 {
			t.Errorf("waiting %v, failures %v", w.waiting(1), w.failures())
		}
	})
}

// One failing or slow system does not slow another.
func TestSlowSystemHoldsUpNobody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		release, hangs := make(chan struct{}), make(chan struct{}, 10)
		w.add(1, registry.System{ReceiptEndpoint: w.endpoint(func(out http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			hangs <- struct{}{}
			<-release
		}).URL})
		w.add(2, registry.System{ReceiptEndpoint: "https://localhost:1/"})
		done := make(chan struct{}, 10)
		w.add(3, registry.System{ReceiptEndpoint: w.endpoint(func(out http.ResponseWriter, r *http.Request) { done <- struct{}{} }).URL})
		w.receipts(1, 1)
		w.receipts(2, 1)
		w.runner.Start()
		defer func() {
			close(release)
			if err := w.runner.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		<-hangs
		w.receipts(3, 3)
		for range 3 {
			<-done
		}
	})
}

// A run ends after its time even though more waits, and goes to the end of the
// queue.
func TestRunIsBounded(t *testing.T) {
	w := start(t, testkit.SQLite(t))
	in := &inbox{}
	w.add(1, registry.System{ReceiptEndpoint: w.endpoint(in.ServeHTTP).URL})
	w.receipts(1, 3)
	w.runTime = 0
	for n := 1; n <= 3; n++ {
		if err := w.sendReceipts(t.Context(), 1); err == nil || len(in.all()) != n {
			t.Fatalf("run %d: %d arrived, %v", n, len(in.all()), err)
		}
	}
}

func TestEndpointsAreNotBelieved(t *testing.T) {
	elsewhere := false
	tests := []struct {
		name   string
		answer http.HandlerFunc
		reason string // "" is taken
	}{
		{"200", func(http.ResponseWriter, *http.Request) {}, ""},
		{"an endless answer", func(out http.ResponseWriter, r *http.Request) {
			for {
				if _, err := out.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		}, ""},
		{"a redirect", func(out http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				elsewhere = true
			}
			http.Redirect(out, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "endpoint.status.307"},
		{"404", http.NotFound, "endpoint.status.404"},
		{"endless headers", func(out http.ResponseWriter, r *http.Request) {
			out.Header().Set("X", string(make([]byte, 64<<10)))
		}, "endpoint.unreachable"},
		{"a broken answer", func(out http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, "endpoint.unreachable"},
	}
	w := start(t, testkit.SQLite(t))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.add(1, registry.System{ReceiptEndpoint: w.endpoint(test.answer).URL})
			err := w.client.receipt(t.Context(), w.systems[1].ReceiptEndpoint, Receipt{Status: Completed})
			if test.reason == "" && err != nil || test.reason != "" && (err == nil || reason(err) != test.reason) {
				t.Errorf("got %v, want %q", err, test.reason)
			}
		})
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
	stranger := New(Config{AllowInternal: true})
	err := stranger.client.receipt(t.Context(), w.systems[1].ReceiptEndpoint, Receipt{})
	if err == nil || reason(err) != "endpoint.certificate.not.trusted" {
		t.Errorf("an unknown certificate: %v", err)
	}
}

func TestResumeAndSweep(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		in := &inbox{}
		w.add(1, registry.System{ReceiptEndpoint: "https://localhost:1/"})
		w.receipts(1, 1)
		w.work()
		w.change(1, func(s *registry.System) { s.ReceiptEndpoint = w.endpoint(in.ServeHTTP).URL })
		w.work()
		if len(in.all()) != 0 {
			t.Error("pushed before the wait was over")
		}
		w.update(func(tx *db.Tx) error { return w.Resume(tx, 1) })
		w.work()
		if len(in.all()) != 1 || len(w.failures()) != 0 {
			t.Error("not pushed after the endpoint was mended")
		}

		// Nobody was woken: the system was not active.
		w.change(1, func(s *registry.System) { s.ActiveTo = w.clock.Now() })
		w.receipts(1, 1)
		w.work()
		w.clock.Advance(sweepEvery)
		w.work()
		if len(in.all()) != 1 {
			t.Error("pushed to a system that is not active")
		}
		w.change(1, func(s *registry.System) { s.ActiveTo = time.Time{} })
		w.clock.Advance(sweepEvery)
		w.work()
		if len(in.all()) != 2 {
			t.Error("not found by the sweep")
		}
	})
}

func TestOneJobForEachSystem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.add(1, registry.System{ReceiptEndpoint: "https://localhost:1/"})
		for range 3 {
			w.receipts(1, 5)
			w.clock.Advance(2 * wakeEvery)
		}
		w.read(func(tx *db.Tx) error {
			counts, err := jobs.Counts(tx)
			if err != nil || len(counts) != 1 || counts[0].Waiting != 1 {
				t.Errorf("jobs: %+v, %v", counts, err)
			}
			return nil
		})
	})
}
