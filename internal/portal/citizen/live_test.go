package citizen_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"digitalpost/internal/db"
)

// follow opens the stream of an inbox. next waits for one of its events and
// returns its name and data, "" where the stream has ended.
func (s *stack) follow(who *http.Cookie) (next func() string) {
	s.t.Helper()
	server := httptest.NewServer(s.pages)
	s.t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/post/haendelser", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	r.AddCookie(who)
	answer, err := server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatal(answer.StatusCode, answer.Header)
	}
	lines := bufio.NewScanner(answer.Body)
	return func() string {
		event := ""
		for lines.Scan() {
			switch line := lines.Text(); {
			case line == "" && event != "":
				return event
			case strings.HasPrefix(line, ":"):
			default:
				event += line + " "
			}
		}
		return ""
	}
}

// MBX-15: an open inbox hears of new letters, and of what is read elsewhere.
func TestOpenInboxFollows(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	s.send(anna, nil)
	who := s.login(anna)
	next := s.follow(who)
	if e := next(); e != `event: post data: {"total":1,"unread":"1 ulæst","count":1} ` {
		t.Fatal(e)
	}
	id := s.send(anna, nil)
	if e := next(); e != `event: post data: {"total":2,"unread":"2 ulæste","count":2} ` {
		t.Fatal(e)
	}
	s.get(s.login(anna), "/post/"+id.String())
	if e := next(); e != `event: post data: {"total":2,"unread":"1 ulæst","count":1} ` {
		t.Fatal(e)
	}
	s.Update(func(tx *db.Tx) error { _, err := s.Sessions.End(tx, who.Value); return err })
	s.send(anna, nil) // wakes the stream
	if e := next(); e != "event: slut data: {} " {
		t.Fatal(e)
	}
	if e := next(); e != "" {
		t.Fatal("after the end:", e)
	}
}

// A server that stops is not held up by open pages.
func TestStopEndsStreams(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	s.send(anna, nil)
	next := s.follow(s.login(anna))
	next()
	s.portal.LetGo()
	if e := next(); e != "" {
		t.Fatal(e)
	}
}
