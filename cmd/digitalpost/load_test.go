package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/post"
	"digitalpost/memo"
)

// load is senders at work, and what they were told.
type load struct {
	// size is the greatest size of a letter's document, in bytes.
	size int

	mu       sync.Mutex
	accepted map[*letter]bool
	unsure   map[*letter]bool // letters that nobody said are accepted
}

func newLoad() *load {
	return &load{size: 48 << 10, accepted: map[*letter]bool{}, unsure: map[*letter]bool{}}
}

// letter is a letter on its way.
type letter struct {
	id    post.UUID
	title string
	to    string
	body  []byte
}

// anybody is one of those who get post.
func anybody(s *localserve) string {
	all := registered(s)
	return all[rand.IntN(len(all))]
}

func (l *load) letter(t testing.TB, s *localserve, to string) *letter {
	content := bytes.Repeat([]byte("0123456789abcdef"), l.size/16+1)[:1+rand.IntN(l.size)]
	letter := newLetter(t, s, to, content, nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsure[letter] = true
	return letter
}

func (l *load) keep(letter *letter) (accepted int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.unsure, letter)
	l.accepted[letter] = true
	return len(l.accepted)
}

// until sends letters from several senders until so many more are accepted. The
// senders go on until they are not answered any more; ended waits for that.
func (l *load) until(t testing.TB, s *localserve, more int) (ended func()) {
	t.Helper()
	goal := len(l.accepted) + more
	enough := make(chan struct{})
	var once sync.Once
	ended = l.senders(t, s, func(client *http.Client) bool {
		letter := l.letter(t, s, anybody(s))
		if s.post(client, letter) != nil {
			return false
		}
		if l.keep(letter) >= goal {
			once.Do(func() { close(enough) })
		}
		return true
	})
	<-enough
	return ended
}

// senders has several senders act, each as long as its act returns true.
func (l *load) senders(t testing.TB, s *localserve, act func(*http.Client) bool) (ended func()) {
	t.Helper()
	var all sync.WaitGroup
	for range 8 {
		client, err := s.HTTPClient(&s.SenderSystem)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer client.CloseIdleConnections()
			for act(client) {
			}
		})
	}
	return all.Wait
}

// again sends what is not accepted yet, as a careful sender does.
func (l *load) again(t testing.TB, s *localserve) {
	t.Helper()
	client, err := s.HTTPClient(&s.SenderSystem)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for letter := range maps.Clone(l.unsure) {
		if err := s.post(client, letter); err != nil {
			t.Fatalf("a letter that was sent again: %v", err)
		}
		l.keep(letter)
	}
}

// verify looks for every accepted letter in its recipient's inbox, and for its
// receipt.
func (l *load) verify(t testing.TB, s *localserve) {
	t.Helper()
	there := map[string]map[string]int{}
	for _, p := range registered(s) {
		there[p] = newReader(t, s, p).titles(t)
	}
	receipts := s.receipts(t)
	for letter := range l.accepted {
		if n := there[letter.to][letter.title]; n != 1 {
			t.Errorf("the accepted letter %s is there %d times", letter.id, n)
		}
		delete(there[letter.to], letter.title)
		if got := receipts[letter.id]; !slices.Equal(got, []string{"COMPLETED"}) {
			t.Errorf("the accepted letter %s has the receipts %v", letter.id, got)
		}
		delete(receipts, letter.id)
	}
	for _, rest := range there {
		for title := range rest {
			t.Errorf("letter %q was never accepted", title)
		}
	}
	for id := range receipts {
		t.Errorf("there is a receipt for letter %s, which was never accepted", id)
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

// newLetter writes a letter with a document; change adapts it before.
func newLetter(t testing.TB, s *localserve, to string, content []byte, change func(*memo.Message)) *letter {
	t.Helper()
	m := &memo.Message{Header: memo.Header{
		MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(),
		Sender:    memo.Sender{SenderID: s.SenderSystem.CVR, IDType: memo.CVR, Label: s.SenderSystem.Name},
		Recipient: memo.Recipient{RecipientID: to, IDType: memo.CPR},
	}, Body: &memo.Body{CreatedDateTime: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), MainDocument: document("brev.txt", content)}}
	m.Header.Label = "Brev " + m.Header.MessageUUID.String()
	if change != nil {
		change(m)
	}
	var body bytes.Buffer
	err := memo.Write(&body, m, memo.V12, func(f *memo.File) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil })
	if err != nil {
		t.Error(err)
	}
	return &letter{m.Header.MessageUUID, m.Header.Label, to, body.Bytes()}
}

// notAccepted is an answer other than 201.
type notAccepted struct {
	status int
	header http.Header
	body   []byte
}

func (r *notAccepted) Error() string { return fmt.Sprintf("%d: %s", r.status, r.body) }

// post hands in a letter. An answer that does not accept it is *notAccepted;
// other errors mean that there was no answer.
func (s *localserve) post(client *http.Client, l *letter) error {
	request, err := s.handIn(l)
	if err != nil {
		return err
	}
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
		return &notAccepted{response.StatusCode, response.Header, answer}
	}
	return nil
}

// handIn is the request that hands in a letter.
func (s *localserve) handIn(l *letter) (*http.Request, error) {
	request, err := http.NewRequest(http.MethodPost, s.API+"/memos/?memo-message-uuid="+l.id.String(), bytes.NewReader(l.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/xml")
	request.SetBasicAuth(s.SenderSystem.ID, s.SenderSystem.APIKey)
	return request, nil
}
