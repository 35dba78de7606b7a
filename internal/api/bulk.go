package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// A bulk is several calls in one, as the web client of borger.dk makes them (facts
// 4.1): the same operations, with the same rights, answers and versions, one after
// the other.

// bulkCommand is the body of a bulk.
type bulkCommand struct {
	Timeout  int                  `json:"time-out" doc:"Milliseconds, at most 60000, which is also what none means. Calls that have not begun by then are answered 503, as are those after 32 MB of answers."`
	Requests []bulkRequestCommand `json:"requests" required:"" doc:"At most 1000."`
}

type bulkRequestCommand struct {
	ID      json.RawMessage     `json:"id" required:"" doc:"Any text or number. The answer to this call carries it."`
	Method  string              `json:"method" enum:"GET POST PUT PATCH DELETE" required:""`
	Path    string              `json:"path" required:"" doc:"Such as /mailboxes/…; what stands before that does not matter."`
	Headers []bulkHeaderCommand `json:"headers" doc:"If-Match and If-None-Match."`
	Body    json.RawMessage     `json:"body"`
}

type bulkHeaderCommand struct {
	Key   string          `json:"key" required:""`
	Value json.RawMessage `json:"value" required:"" doc:"A text, or a version as a number."`
}

// bulkResult is the answer to a bulk: one to each call, in the same order.
type bulkResult struct {
	Responses []bulkResponse `json:"responses"`
}

type bulkResponse struct {
	ID      json.RawMessage `json:"id"`
	Status  int             `json:"status"`
	Headers []bulkHeader    `json:"headers" doc:"ETag, which begins with the new version, and Location."`
	Body    json.RawMessage `json:"body,omitempty"`

	box post.UUID // the mailbox it tells of, nil where it changes something
}

type bulkHeader struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

const (
	mostBulk = 1000
	longBulk = time.Minute
	// largeBulk is how many bytes of answers a bulk gathers: calls after that are
	// for another.
	largeBulk = 32 << 20
)

// insideKey marks a call of a bulk: who asks is known.
type insideKey struct{}

func (c *call) bulk() error {
	var b bulkCommand
	if err := c.readJSON(&b); err != nil {
		return err
	}
	if len(b.Requests) > mostBulk {
		return badRequest(CodeBulk, "requests", "a bulk has at most %d calls", mostBulk)
	}
	limit := longBulk
	if given := time.Duration(b.Timeout) * time.Millisecond; given > 0 {
		limit = min(limit, given)
	}
	until := time.Now().Add(limit)
	result := bulkResult{make([]bulkResponse, 0, len(b.Requests))}
	size := 0
	for _, r := range b.Requests {
		var one bulkResponse
		switch {
		case c.r.Context().Err() != nil:
			return c.r.Context().Err()
		case time.Now().After(until):
			one = refused(http.StatusServiceUnavailable, errs.New(errs.KindUnavailable, CodeBulkTime, "the time was over before this call began; nothing of it was done"))
		case size > largeBulk:
			one = refused(http.StatusServiceUnavailable, errs.New(errs.KindUnavailable, CodeBulkSize, "the answers before this call are large enough for one bulk; nothing of it was done"))
		default:
			one = c.inside(r)
		}
		size += len(one.Body)
		one.ID = r.ID
		if one.ID == nil {
			one.ID = json.RawMessage("null")
		}
		result.Responses = append(result.Responses, one)
	}
	if err := c.stillAll(result.Responses); err != nil {
		return err
	}
	c.json(http.StatusOK, result)
	return nil
}

// stillAll takes back the answers about mailboxes that the caller may not see any
// more: a bulk lasts, and a right may have ended after a call of it was answered
// (ACC-10).
func (c *call) stillAll(responses []bulkResponse) error {
	ended := map[post.UUID]error{}
	for i, one := range responses {
		if one.box == (post.UUID{}) || one.Status >= 300 {
			continue
		}
		err, known := ended[one.box]
		if !known {
			err = c.api.Mailboxes.Still(c.r.Context(), c.actor, one.box)
			ended[one.box] = err
		}
		e, refusal := errors.AsType[*errs.Error](err)
		switch {
		case refusal:
			responses[i] = refused(http.StatusNotFound, e)
			responses[i].ID = one.ID
		case err != nil:
			return err
		}
	}
	return nil
}

func refused(status int, e *errs.Error) bulkResponse {
	body, err := json.Marshal(errorMessage{Code: e.Code, Message: e.Detail, FieldErrors: []fieldErrorResource{}})
	if err != nil {
		body = nil
	}
	return bulkResponse{Status: status, Headers: []bulkHeader{}, Body: body}
}

// inside makes one call of a bulk.
func (c *call) inside(b bulkRequestCommand) bulkResponse {
	i := strings.Index(b.Path, "/mailboxes")
	if i < 0 {
		return refused(http.StatusBadRequest, errs.New(errs.KindInvalid, CodeBulk, "the calls of a bulk are about mailboxes"))
	}
	body := []byte(b.Body)
	if bytes.Equal(body, []byte("null")) {
		body = nil
	}
	r, err := http.NewRequestWithContext(context.WithValue(c.r.Context(), insideKey{}, c), b.Method, Base+b.Path[i:], bytes.NewReader(body))
	if err != nil {
		return refused(http.StatusBadRequest, errs.New(errs.KindInvalid, CodeBulk, "the method or the path has a wrong form"))
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range b.Headers {
		value := string(h.Value)
		if text := ""; json.Unmarshal(h.Value, &text) == nil {
			value = text
		}
		if strings.EqualFold(h.Key, "If-Match") || strings.EqualFold(h.Key, "If-None-Match") {
			r.Header.Set(h.Key, value)
		}
	}
	w := &kept{header: http.Header{}}
	c.api.mux.ServeHTTP(w, r)
	one := bulkResponse{Status: w.status, Headers: []bulkHeader{}}
	if name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Base+"/mailboxes/"), "/"); r.Method == http.MethodGet {
		one.box, _ = post.ParseUUID(name) //nolint:errcheck // a list of mailboxes names none
	}
	for _, name := range []string{"ETag", "Location"} {
		if value := w.header.Get(name); value != "" {
			one.Headers = append(one.Headers, bulkHeader{name, value})
		}
	}
	if json.Valid(w.body.Bytes()) {
		one.Body = w.body.Bytes()
	}
	return one
}

// kept is an answer that is kept.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) { k.status = status }

func (k *kept) Write(p []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	return k.body.Write(p)
}
