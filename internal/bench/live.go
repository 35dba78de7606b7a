package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Live measures how long it takes until a change that one client makes has come
// to all open event streams of that mailbox, with so many streams open in all,
// spread over people who have entered. Each change counts for each stream that
// follows its mailbox.
func (t *Target) Live(ctx context.Context, load Load, people []*Person, streams int) (Result, error) {
	clients := make([]*mailboxClient, len(people))
	for i, p := range people {
		c, err := t.mailboxClient(ctx, p, 0)
		if err != nil {
			return Result{}, err
		}
		defer c.wire.close()
		clients[i] = c
	}
	followed := make([][]*stream, len(people))
	var mu sync.Mutex
	var open errgroup.Group
	open.SetLimit(parallel)
	for i := range streams {
		open.Go(func() error {
			s, err := t.stream(people[i%len(people)])
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			followed[i%len(people)] = append(followed[i%len(people)], s)
			return nil
		})
	}
	err := open.Wait()
	defer func() {
		for _, s := range slices.Concat(followed...) {
			s.wire.close()
		}
	}()
	if err != nil {
		return Result{}, fmt.Errorf("open event streams: %w", err)
	}
	result := Result{Name: fmt.Sprintf("a change seen in %d event streams of %d mailboxes", streams, len(people)), Errors: map[string]int{}}
	t.Server.begin()
	start := time.Now()
	for n := 0; time.Since(start) < load.Duration && ctx.Err() == nil; n++ {
		turn := time.Now()
		took, err := clients[n%len(clients)].seen(followed[n%len(clients)])
		if err != nil {
			result.Errors[reason(err)]++
		}
		result.latencies = append(result.latencies, took...)
		if load.Rate > 0 {
			wait(ctx, time.Duration(float64(time.Second)/load.Rate)-time.Since(turn))
		}
	}
	result.Took, result.Requests = time.Since(start), len(result.latencies)
	result.Usage = t.Server.end()
	slices.Sort(result.latencies)
	return result, nil
}

// seen makes a change and waits until every stream tells of it.
func (c *mailboxClient) seen(all []*stream) ([]time.Duration, error) {
	start := time.Now()
	m := c.next()
	if err := c.patch(m, fmt.Sprintf(`{"read":%t}`, !m.Read)); err != nil {
		return nil, err
	}
	var box struct {
		Version int64 `json:"version"`
	}
	took := make([]time.Duration, len(all))
	failed := make([]error, len(all))
	var waiting sync.WaitGroup
	answered := time.Now()
	if err := c.get("", &box); err != nil {
		return nil, err
	}
	asked := time.Since(answered) // is not part of it
	for i, s := range all {
		waiting.Go(func() {
			at, err := s.until(box.Version)
			took[i], failed[i] = at.Sub(start)-asked, err
			took[i] = max(took[i], 0)
		})
	}
	waiting.Wait()
	return took, errors.Join(failed...)
}

// stream is an open event stream.
type stream struct {
	wire   *wire
	modseq int64
	seen   time.Time // when it told of modseq
}

func (t *Target) stream(p *Person) (*stream, error) {
	config, err := t.tls(nil)
	if err != nil {
		return nil, err
	}
	c, err := t.bare(p, config)
	if err != nil {
		return nil, err
	}
	s := &stream{wire: c.wire}
	if err := s.wire.connect(); err != nil {
		return nil, err
	}
	request := fmt.Appendf(nil, "GET %s/mailboxes/%s/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n\r\n",
		c.api.Path, p.mailbox, c.api.Host, p.Token)
	if _, err := s.wire.conn.Write(request); err != nil {
		return nil, err
	}
	h, err := s.wire.head()
	if err != nil {
		return nil, err
	}
	if h.status != 200 {
		return nil, refused{status: h.status}
	}
	_, err = s.until(0)
	return s, err
}

// until reads the stream until it tells of a modseq, and tells when it did.
func (s *stream) until(modseq int64) (time.Time, error) {
	if err := s.wire.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return time.Time{}, err
	}
	for s.modseq < max(modseq, 1) {
		line, err := s.wire.in.ReadSlice('\n')
		if err != nil {
			return time.Time{}, err
		}
		if id, ok := bytes.CutPrefix(line, []byte("id:")); ok {
			n, err := strconv.ParseInt(string(bytes.TrimSpace(id)), 10, 64)
			if err != nil {
				return time.Time{}, err
			}
			s.modseq, s.seen = n, time.Now()
		}
	}
	return s.seen, nil
}
