package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
)

// Guessing at the authorization server ends soon for the address that guesses;
// who does nothing wrong is not counted.
func TestGuessingIsHeldBack(t *testing.T) {
	s := start(t, filepath.Join(t.TempDir(), "data"), "--population", "0")
	client, err := s.HTTPClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	status := func(r *http.Response, err error) int {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	for range 400 {
		if got := status(client.Get(s.API + "/oauth/jwks.json")); got != http.StatusOK {
			t.Fatal("in order:", got)
		}
	}
	guess := func(i int) int {
		return status(client.PostForm(s.API+"/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {strconv.Itoa(i)}, "client_id": {s.Client}}))
	}
	for i := range 3000 {
		if guess(i) == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("3000 tokens guessed, and nobody minds")
}
