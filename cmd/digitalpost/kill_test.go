package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// kills is how often the server is killed for each engine: three times in an
// ordinary test, more in a soak.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("DIGITALPOST_SOAK_KILLS")); err == nil {
		return n
	}
	return 3
}

// What was accepted is there once, whenever the power goes.
func TestKilledUnderLoad(t *testing.T) {
	engines(t, func(t *testing.T, args ...string) {
		dir := filepath.Join(t.TempDir(), "data")
		args = append(args, "--population", "0")
		load := &load{accepted: map[string]string{}}
		s := start(t, dir, args...)
		for range kills() {
			ended := load.until(t, s, 50+rand.IntN(400))
			s.kill(t)
			ended()
			s = start(t, dir, args...)
			load.repeat(t, s)
		}
		load.verify(t, s)
		s.stop(t)
		checkClean(t, dir)
	})
}

// load is senders at work, and what they were told.
type load struct {
	mu       sync.Mutex
	accepted map[string]string        // title of each accepted letter, with its recipient
	unsure   map[*memo.Message][]byte // letters without an answer
}

// until sends letters from several senders until some are accepted. The senders
// go on until the server is gone; ended waits for that.
func (l *load) until(t testing.TB, s *localserve, accepted int) (ended func()) {
	t.Helper()
	l.unsure = map[*memo.Message][]byte{}
	var n atomic.Int64
	enough := make(chan struct{})
	var once sync.Once
	var senders sync.WaitGroup
	for range 8 {
		client, err := s.HTTPClient(&s.SenderSystem)
		if err != nil {
			t.Fatal(err)
		}
		senders.Go(func() {
			defer client.CloseIdleConnections()
			for {
				m, body := newLetter(t, s)
				l.mu.Lock()
				l.unsure[m] = body
				l.mu.Unlock()
				if post1(client, s, m, body) != nil {
					return // killed
				}
				l.keep(m)
				if n.Add(1) == int64(accepted) {
					once.Do(func() { close(enough) })
				}
			}
		})
	}
	<-enough
	return senders.Wait
}

func (l *load) keep(m *memo.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unsure, m)
	l.accepted[m.Header.Label] = m.Header.Recipient.RecipientID
}

// repeat sends again what had no answer, as a careful sender does.
func (l *load) repeat(t testing.TB, s *localserve) {
	t.Helper()
	client, err := s.HTTPClient(&s.SenderSystem)
	if err != nil {
		t.Fatal(err)
	}
	for m, body := range maps.Clone(l.unsure) {
		if err := post1(client, s, m, body); err != nil {
			t.Fatalf("sent again: %v", err)
		}
		l.keep(m)
	}
}

// verify looks for every accepted letter in its recipient's inbox.
func (l *load) verify(t testing.TB, s *localserve) {
	t.Helper()
	there := map[string]map[string]int{}
	for _, p := range registered(s) {
		there[p] = newReader(t, s, p).titles(t)
	}
	for title, recipient := range l.accepted {
		if n := there[recipient][title]; n != 1 {
			t.Errorf("an accepted letter is there %d times", n)
		}
		delete(there[recipient], title)
	}
	for _, rest := range there {
		for title := range rest {
			t.Errorf("letter %q was never accepted", title)
		}
	}
	t.Logf("%d letters accepted", len(l.accepted))
}

func registered(s *localserve) []string {
	var all []string
	for _, p := range s.Persons {
		if p.Status == "registered" {
			all = append(all, p.CPR)
		}
	}
	return all
}

func newLetter(t testing.TB, s *localserve) (*memo.Message, []byte) {
	to := registered(s)
	id := post.NewUUID()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1+rand.IntN(3000))
	m := &memo.Message{Header: memo.Header{
		MessageType: memo.DigitalPost, MessageUUID: id, Label: "Brev " + id.String(),
		Sender:    memo.Sender{SenderID: s.SenderSystem.CVR, IDType: memo.CVR, Label: s.SenderSystem.Name},
		Recipient: memo.Recipient{RecipientID: to[rand.IntN(len(to))], IDType: memo.CPR},
	}, Body: &memo.Body{CreatedDateTime: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), MainDocument: document("brev.txt", content)}}
	var body bytes.Buffer
	err := memo.Write(&body, m, memo.V12, func(f *memo.File) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil })
	if err != nil {
		t.Error(err)
	}
	return m, body.Bytes()
}

func post1(client *http.Client, s *localserve, m *memo.Message, body []byte) error {
	request, err := http.NewRequest(http.MethodPost, s.API+"/memos/?memo-message-uuid="+m.Header.MessageUUID.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/xml")
	request.SetBasicAuth(s.SenderSystem.ID, s.SenderSystem.APIKey)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s", response.Status, answer)
	}
	return nil
}

// reader reads somebody's post through the view API.
type reader struct {
	local  app.Local
	client *http.Client
	token  string
}

func newReader(t testing.TB, s *localserve, cpr string) *reader {
	t.Helper()
	token, err := output(t, "token", "--localserve", s.dir, "--cpr", cpr)
	if err != nil {
		t.Fatal(err)
	}
	client, err := s.HTTPClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{s.Local, client, strings.TrimSpace(token)}
}

func (r *reader) get(t testing.TB, path string, into any) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, r.local.API+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// titles counts the titles of all messages in the reader's own mailbox.
func (r *reader) titles(t testing.TB) map[string]int {
	t.Helper()
	var boxes struct{ Mailboxes []struct{ ID string } }
	r.get(t, "/mailboxes/", &boxes)
	all := map[string]int{}
	for _, box := range boxes.Mailboxes {
		for page := 0; ; page++ {
			var list struct{ Messages []struct{ Label string } }
			r.get(t, fmt.Sprintf("/mailboxes/%s/messages/?size=1000&page=%d", box.ID, page), &list)
			for _, m := range list.Messages {
				all[m.Label]++
			}
			if len(list.Messages) < 1000 {
				break
			}
		}
	}
	return all
}
