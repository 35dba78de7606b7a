package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"digitalpost/internal/post"
)

// Senders that break off, stall and lie about the length leave nothing behind: no
// memory, no goroutine, no file.
func TestAbortedUploadsLeaveNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := start(t, dir, "--population", "0")
	accepted := map[post.UUID]bool{}
	like := newLetter(t, s, s.Persons[0].CPR, bytes.Repeat([]byte("0123456789abcdef"), 3<<15), nil)
	abort := func(n int) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				l := &letter{id: post.NewUUID()}
				l.body = bytes.ReplaceAll(like.body, []byte(like.id.String()), []byte(l.id.String()))
				if abortUpload(t, s, l, i) {
					mu.Lock()
					accepted[l.id] = true
					mu.Unlock()
				}
			})
			if i%20 == 19 {
				all.Wait() // so many at a time
			}
		}
		all.Wait()
	}
	abort(20)
	goroutines, heap := s.metric(t, "go_goroutines"), s.metric(t, "go_memstats_heap_alloc_bytes")
	abort(200)
	for s.metric(t, "go_goroutines") > goroutines+10 { // those of the last connections end soon
		t.Logf("%v goroutines, %v at first", s.metric(t, "go_goroutines"), goroutines)
	}
	// The uploads were of 300 MB. What is not kept is gone after a garbage collection, which
	// asking for the metric brings about too; meanwhile those that were accepted are indexed.
	for now := s.metric(t, "go_memstats_heap_alloc_bytes"); now > heap+64<<20; now = s.metric(t, "go_memstats_heap_alloc_bytes") {
		t.Logf("%.0f MB of memory, %.0f MB at first", now/1e6, heap/1e6)
	}
	if n := objects(t, dir); n != len(accepted) {
		t.Errorf("%d files, but %d letters were accepted", n, len(accepted))
	}
	if receipts := s.receipts(t); len(receipts) != len(accepted) {
		t.Errorf("%d receipts, but %d letters were accepted", len(receipts), len(accepted))
	}
	s.stop(t)
	checkClean(t, dir)
}

// abortUpload hands in a letter in one of several wrong ways, and tells whether
// it was accepted nevertheless.
func abortUpload(t *testing.T, s *localserve, l *letter, way int) (accepted bool) {
	at, err := url.Parse(s.API)
	if err != nil {
		t.Error(err)
		return false
	}
	client, err := s.HTTPClient(&s.SenderSystem)
	if err != nil {
		t.Error(err)
		return false
	}
	config := client.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.ServerName = at.Hostname()
	c, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", at.Port()), config)
	if err != nil {
		t.Error(err)
		return false
	}
	defer c.Close()
	request, err := s.handIn(l)
	if err != nil {
		t.Error(err)
		return false
	}
	length, sent, answered := len(l.body), l.body, true
	switch way % 4 {
	case 0: // breaks off in the middle of the document
		sent, answered = sent[:length/2], false
	case 1: // says that more would come, and stops
		length += 1 << 20
		defer c.CloseWrite()
		answered = false
	case 2: // ends the connection's sending half before the body's end
		sent = sent[:length-100]
	case 3: // as it should be
	}
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nAuthorization: %s\r\n\r\n",
		request.URL.RequestURI(), at.Host, length, request.Header.Get("Authorization"))
	if _, err := c.Write(sent); err != nil {
		t.Error(err)
		return false
	}
	if way%4 == 2 {
		c.CloseWrite()
	}
	if !answered {
		return false
	}
	response, err := http.ReadResponse(bufio.NewReader(c), request)
	if err != nil {
		return false // who ends the sending half may be taken for gone
	}
	defer response.Body.Close()
	if want := map[int]int{2: http.StatusBadRequest, 3: http.StatusCreated}[way%4]; response.StatusCode != want {
		t.Errorf("answer %s, not %d", response.Status, want)
	}
	return response.StatusCode == http.StatusCreated
}

// metric is a number that the program tells of itself.
func (s *localserve) metric(t *testing.T, name string) float64 {
	t.Helper()
	client, err := s.HTTPClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, s.Metrics, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (.*)$`).FindSubmatch(fetch(t, client, request))
	if found == nil {
		t.Fatalf("there is no metric %s", name)
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// objects counts the files of large documents, those being written too.
func objects(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "blobs", "objects"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
			if strings.HasSuffix(path, ".part") {
				t.Errorf("%s is left", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
