package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// elsewhere are the capabilities of another process on the same database.
func (s *stack) elsewhere() *delegation.Delegations {
	s.T.Helper()
	d := testkit.Second(s.T, s.DB)
	d.Now = s.Clock.Now
	people := registry.New(d, s.Keys)
	held := rights.New(people)
	boxes := mailbox.New(d, s.Keys, s.Blobs, people, held)
	return delegation.New(delegation.Config{DB: d, Keys: s.Keys, Registry: people, Rights: held, Mailboxes: boxes, Intake: s.Intake})
}

// ACC-10: while many requests of a helper go on, the owner ends the right in another
// process. Each request that began after that was answered is refused, whatever it
// asks for; the stream ends, and so does a file that is being sent.
func TestRightEndsAmongRequests(t *testing.T) {
	const (
		size  = 32 << 20 // more than lies between two ends of a connection
		each  = 2        // callers of a kind
		after = 3        // requests that each makes after the end
	)
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		bo := s.Person("Bo", 40, nil)
		s.delivered(func(m *memo.Message) {
			m.Header.Label = "Et " + theWord
			m.Body.MainDocument.Files[0].Content = bytes.Repeat([]byte("Tekst. "), 3<<20/7)
		})
		s.delivered(func(m *memo.Message) {
			m.Body.MainDocument.Files[0].Content = bytes.Repeat([]byte("0123456\n"), size/8)
		})
		right := s.give(bo, access.Writer)
		anna, helper := s.person(s.anna), s.person(bo)
		box := anna.mailbox()
		id, err := post.ParseUUID(strings.TrimPrefix(box, "/mailboxes/"))
		s.must(err)
		content := func(message map[string]any) string {
			document := message["documents"].([]any)[0].(map[string]any)
			return fmt.Sprintf("%s/messages/%s/documents/%s/files/%s/content", box, message["id"], document["id"], document["files"].([]any)[0].(map[string]any)["id"])
		}
		letters := anna.messages("") // the newest first
		large, small := content(letters[0]), content(letters[1])
		letter := fmt.Sprintf("%s/messages/%s", box, letters[1]["id"])
		kinds := []struct {
			method, path, body string
		}{
			{"GET", box + "/messages/", ""},
			{"GET", box + "/messages/?any=" + theWord, ""},
			{"GET", letter, ""},
			{"GET", letter + "/documents/", ""},
			{"GET", small, ""},
			{"GET", box + "/changes?since=0", ""},
			{"HEAD", box + "/events", ""},
			{"POST", box + "/messages/", `{"label":"Hej"}`},
			{"POST", "/bulk", fmt.Sprintf(`{"requests":[{"id":1,"method":"GET","path":"%s"}]}`, letter)},
		}

		// over is set once the owner was told that it has ended.
		var over atomic.Bool
		var begun, done sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		for _, k := range kinds {
			for range each {
				who := s.person(bo)
				begun.Add(1)
				done.Go(func() {
					first := sync.OnceFunc(begun.Done)
					defer first()
					for left := after; left > 0 && ctx.Err() == nil; {
						late := over.Load() // before anything is sent
						var body []byte
						var headers []string
						if k.body != "" {
							body, headers = []byte(k.body), []string{jsonType}
						}
						a, err := who.try(ctx, k.method, k.path, body, headers...)
						status := a.status
						if inner := ofBulk.FindSubmatch(a.body); k.path == "/bulk" && inner != nil {
							_, err = fmt.Sscan(string(inner[1]), &status)
						}
						switch {
						case late && (err != nil || status != 404):
							t.Errorf("%s %s began after the end: %d %v", k.method, k.path, status, err)
							return
						case late:
							left--
						case err == nil && status/100 == 2:
							first()
						case err == nil && status != 404: // err: a file that stopped
							t.Errorf("%s %s: %d %s", k.method, k.path, status, a.body)
							return
						}
					}
				})
			}
		}
		next := helper.follow(box)
		if next() == "" {
			t.Error("the stream says nothing")
		}
		file, read := s.open(bo, large)
		begun.Wait() // each kind was answered at least once

		if _, err := s.elsewhere().Remove(t.Context(), world.Actor(s.anna), id, right.ID, 0); err != nil {
			t.Fatal(err)
		}
		over.Store(true)
		done.Wait()
		for next() != "" { // it ends by itself, or the test does not
		}
		rest, err := io.Copy(io.Discard, file)
		if whole := read + rest; whole >= size || err == nil {
			t.Errorf("%d bytes of %d came: %v", whole, size, err)
		}
		if got := anna.call("GET", small, nil); got.status != 200 || len(got.body) < 3<<20-7 {
			t.Error("the owner reads", got.status, len(got.body))
		}
	})
}

// open begins to read a file as somebody, and tells how much of it they have.
func (s *stack) open(who registry.Party, path string) (io.Reader, int64) {
	s.T.Helper()
	c := s.person(who)
	r, err := http.NewRequestWithContext(s.T.Context(), http.MethodGet, s.server.URL+api.Base+path, nil)
	s.must(err)
	r.Header.Set("Authorization", c.authorization)
	res, err := c.client.Do(r)
	s.must(err)
	s.T.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 {
		s.T.Fatal(res.StatusCode)
	}
	n, err := io.ReadFull(res.Body, make([]byte, 64<<10))
	s.must(err)
	return res.Body, int64(n)
}
