package bench

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/app"
)

// localserve runs one for the test and returns its folder.
func localserve(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := app.Localserve(ctx, app.LocalOptions{Data: dir, Web: "127.0.0.1:0", API: "127.0.0.1:0", Out: in}, slog.New(slog.DiscardHandler))
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	if _, err := out.Read(make([]byte, 1)); err != nil { // it greets when it is ready
		t.Fatal("the localserve ended before it was ready")
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // the rest of the greeting
	return dir
}

// Each measurement does its work against a real server, and the check finds all
// letters, once.
func TestMeasurementsOfALocalserve(t *testing.T) {
	target, err := OpenLocal(localserve(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, since := t.Context(), time.Now()
	good := func(name string, r Result, want int, err error) {
		t.Helper()
		if err != nil || r.Requests != want || len(r.Errors) != 0 {
			t.Errorf("%s: %d of %d requests, errors %v, %v", name, r.Requests, want, r.Errors, err)
		}
	}
	load := Load{Connections: 4, Duration: time.Hour, Requests: 40}
	result, accepted, err := target.Letters(ctx, load, target.SenderSystem, 2<<10)
	good("letters", result, 40, err)

	answered, seen, alone, err := target.Alone(ctx, Load{Duration: time.Hour, Requests: 3}, 2<<10)
	good("answered", answered, 3, err)
	good("seen", seen, 3, err) // SND-01
	accepted = append(accepted, alone...)

	people := target.Some(3)
	if err := target.Enter(ctx, people); err != nil {
		t.Fatal(err)
	}
	result, err = target.Inbox(ctx, load, people, ListFields, nil)
	good("inbox", result, 40, err)
	result, err = target.Page(ctx, load, people)
	good("page", result, 40, err)

	found, err := target.Check(ctx, target.SenderSystem, accepted, since, len(target.People))
	if err != nil || !found.Fine() || found.Accepted != 43 || found.Looked != 43 || found.Opened != found.Mailboxes {
		t.Errorf("the check found %+v %v", found, err)
	}

	// What was never sent, or was sent in part only, is missed.
	ghost := Accepted{ID: markID, To: target.People[0]}
	found, err = target.Check(ctx, target.SenderSystem, []Accepted{ghost}, since, 1)
	if err != nil || found.Fine() || found.Missing != 1 || found.ReceiptMissing != 1 {
		t.Errorf("the check of a letter that was never sent found %+v %v", found, err)
	}
	var out bytes.Buffer
	found.Print(&out)
	if !strings.Contains(out.String(), "receipts: 1 missing") {
		t.Errorf("the findings read %q", out.String())
	}
}
