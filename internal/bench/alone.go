package bench

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"digitalpost/internal/post"
)

// Alone measures one letter at a time on one connection: until it is answered,
// and until its recipient has seen it in the mailbox, which must be on the first
// look.
func (t *Target) Alone(ctx context.Context, load Load, size int) (answered, seen Result, accepted []Accepted, err error) {
	reader := t.Some(1)[0]
	if err := t.Enter(ctx, []*Person{reader}); err != nil {
		return answered, seen, nil, err
	}
	api, err := url.Parse(t.API)
	if err != nil {
		return answered, seen, nil, err
	}
	config, err := t.tls(&t.SenderSystem)
	if err != nil {
		return answered, seen, nil, err
	}
	out, err := newWire(t.API, config)
	if err != nil {
		return answered, seen, nil, err
	}
	defer out.close()
	in, err := newWire(t.API, config)
	if err != nil {
		return answered, seen, nil, err
	}
	defer in.close()
	request, err := t.prepare(t.SenderSystem, size)
	if err != nil {
		return answered, seen, nil, err
	}
	look := reader.listRequest(api, 5, ListFields)
	var answers []time.Duration
	call := func() error {
		a := Accepted{post.NewUUID(), reader}
		start := time.Now()
		status, body, err := out.do(request.with(a))
		if err != nil {
			return err
		}
		if err := expect(status, http.StatusCreated, body); err != nil {
			return err
		}
		answers = append(answers, time.Since(start))
		accepted = append(accepted, a)
		if status, body, err = in.do(look); err != nil {
			return err
		}
		if err := expect(status, http.StatusOK, body); err != nil {
			return err
		}
		if !bytes.Contains(body, []byte(a.ID.String())) {
			return fmt.Errorf("a letter was answered and not in the mailbox")
		}
		return nil
	}
	load.Connections, load.Rate = 1, 0
	if load.Warmup > 0 {
		run(ctx, &turns{end: load.Warmup}, []Call{call})
		answers, load.Warmup = nil, 0
	}
	seen = Run(ctx, "one letter at a time, seen in the mailbox", load, []Call{call}, &t.Server)
	slices.Sort(answers)
	answered = Result{Name: "one letter at a time, answered", Requests: len(answers), Took: seen.Took, latencies: answers}
	return answered, seen, accepted, nil
}
