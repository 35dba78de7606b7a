package citizen_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"digitalpost/internal/db"
)

// follow opens the stream of an inbox. next waits for one of its events and
// returns its name and data, "" where the stream has ended.
func (s *stack) follow(who *http.Cookie) (next func() string) {
	s.t.Helper()
	return s.followAt(who, "/post/haendelser")
}

func (s *stack) followAt(who *http.Cookie, path string) (next func() string) {
	s.t.Helper()
	server := httptest.NewServer(s.pages)
	s.t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
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

// MBX-15: an open page hears of every change, until its session ends.
func TestOpenPageHears(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	s.send(anna, nil)
	who := s.login(anna)
	next := s.follow(who)
	if e := next(); e != `event: post data: {"modseq":2} ` {
		t.Fatal(e)
	}
	id := s.send(anna, nil)
	if e := next(); e != `event: post data: {"modseq":3} ` {
		t.Fatal(e)
	}
	s.get(s.login(anna), "/post/"+id.String())
	if e := next(); e != `event: post data: {"modseq":4} ` {
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

// MBX-15: an open list is told what belongs on it and what does not, with counts,
// title and folders; nothing of other lists, and nobody else's.
func TestChangesOfAList(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	first := s.send(anna, nil)
	who := s.login(anna)
	since := modseqOf(t, s.get(who, "/post").text)
	second := s.send(anna, nil)
	s.do(who, "/post/handling", url.Values{"handling": {"slet"}, "besked": {first.String()}})
	var got struct {
		Modseq int64
		Rows   []struct {
			ID, HTML, Group string
			Came            bool
		}
		Gone                      []string
		Title, Unread, Total      string
		Empty, Folders, Tree, Tag string
	}
	ask := func(cookie *http.Cookie, query string) answer {
		return s.get(cookie, "/post/aendringer?siden="+since+"&"+query, func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") })
	}
	a := ask(who, "liste=indbakke")
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		t.Fatal(err, a.text)
	}
	if len(got.Rows) != 1 || got.Rows[0].ID != second.String() || !got.Rows[0].Came || got.Rows[0].Group != "I dag" || !strings.Contains(got.Rows[0].HTML, "is-unread") {
		t.Errorf("%+v", got.Rows)
	}
	if len(got.Gone) != 1 || got.Gone[0] != first.String() || got.Title != "Indbakke (1 ulæst)" || got.Unread != "1 ulæst" || got.Total != "1 besked" || !strings.Contains(got.Folders, `href="/post" aria-current="page"`) {
		t.Errorf("%+v", got)
	}
	if again := ask(who, "liste=indbakke&mapper="+got.Tag); strings.Contains(again.text, `"folders"`) {
		t.Error("folders that look the same are told again")
	}
	if tree := ask(who, "liste=mapper"); !strings.Contains(tree.text, `"tree"`) || strings.Contains(tree.text, second.String()) {
		t.Error(tree.text)
	}
	if dates := ask(who, "liste=frister"); !strings.Contains(dates.text, `\"/frister\" aria-current`) || strings.Contains(dates.text, `"rows"`) {
		t.Error(dates.text)
	}
	if flagged := ask(who, "liste=vigtige"); strings.Contains(flagged.text, `"rows"`) {
		t.Error(flagged.text)
	}
	s.send(bo, nil)
	stranger := ask(s.login(bo), "liste=indbakke")
	if strings.Contains(stranger.text, second.String()) || strings.Contains(stranger.text, first.String()) {
		t.Error("a stranger is told of", stranger.text)
	}
	trash := regexp.MustCompile(`data-takes="([0-9a-f-]+)"`).FindAllStringSubmatch(s.get(who, "/post").text, -1)[1][1]
	for _, wrong := range []string{"liste=x", "liste=indbakke&sorter=x", "liste=indbakke&foer=x"} {
		if a := ask(who, wrong); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, a.status)
		}
	}
	if a := ask(s.login(bo), "liste="+trash); a.status != http.StatusNotFound {
		t.Error("a stranger follows a folder:", a.status)
	}
	if a := s.get(who, "/post/aendringer?siden=99999&liste=indbakke"); a.status != http.StatusBadRequest {
		t.Error("from a modseq that never was:", a.status)
	}
}

func modseqOf(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`data-modseq="(\d+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("no list that is followed")
	}
	return found[1]
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
