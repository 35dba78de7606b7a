package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
)

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
	return newReaderWith(t, s, strings.TrimSpace(token))
}

func newReaderWith(t testing.TB, s *localserve, token string) *reader {
	t.Helper()
	client, err := s.HTTPClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{s.Local, client, token}
}

// get reads JSON from the view API.
func (r *reader) get(t testing.TB, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(r.bytes(t, path), into); err != nil {
		t.Fatal(err)
	}
}

func (r *reader) bytes(t testing.TB, path string) []byte {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, r.local.API+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	return fetch(t, r.client, request)
}

// fetch is the whole answer to a request that succeeds.
func fetch(t testing.TB, client *http.Client, request *http.Request) []byte {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %s", request.Method, response.Status, answer)
	}
	return answer
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

// read is the main document of the newest message in the reader's own mailbox.
func (r *reader) read(t testing.TB) (title string, document []byte) {
	t.Helper()
	var boxes struct{ Mailboxes []struct{ ID string } }
	r.get(t, "/mailboxes/", &boxes)
	messages := "/mailboxes/" + boxes.Mailboxes[0].ID + "/messages/"
	var list struct {
		Messages []struct {
			ID, Label string
			Documents []struct {
				ID    string
				Files []struct{ ID string }
			}
		}
	}
	r.get(t, messages+"?size=1", &list)
	if len(list.Messages) == 0 {
		t.Fatal("the mailbox is empty")
	}
	m := list.Messages[0]
	d := m.Documents[0]
	return m.Label, r.bytes(t, messages+m.ID+"/documents/"+d.ID+"/files/"+d.Files[0].ID+"/content")
}

// receipts are the statuses of the business receipts that wait for the sender, by
// letter.
func (s *localserve) receipts(t testing.TB) map[post.UUID][]string {
	t.Helper()
	client, err := s.HTTPClient(&s.SenderSystem)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	all := map[post.UUID][]string{}
	for page := 0; ; page++ {
		request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/receipts-bulk/?page=%d", s.API, page), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth(s.SenderSystem.ID, s.SenderSystem.APIKey)
		var result struct {
			TotalPages int
			Receipts   []struct {
				MessageUUID   post.UUID
				ReceiptStatus string
			}
		}
		if err := json.Unmarshal(fetch(t, client, request), &result); err != nil {
			t.Fatal(err)
		}
		for _, r := range result.Receipts {
			all[r.MessageUUID] = append(all[r.MessageUUID], r.ReceiptStatus)
		}
		if page+1 >= result.TotalPages {
			return all
		}
	}
}
