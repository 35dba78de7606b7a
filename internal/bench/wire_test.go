package bench

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWireReadsEveryKindOfAnswer(t *testing.T) {
	long := strings.Repeat("brev ", 20_000)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/length":
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "hello")
		case "/chunked":
			io.WriteString(w, long[:50_000])
			w.(http.Flusher).Flush()
			io.WriteString(w, long[50_000:])
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		case "/last":
			w.Header().Set("Connection", "close")
			io.WriteString(w, "bye")
		case "/echo":
			io.Copy(w, r.Body)
		default:
			http.Error(w, `{"code": "path.unknown", "fieldErrors": [{"code": "other"}]}`, http.StatusNotFound)
		}
	}))
	defer server.Close()
	w, err := newWire(server.URL, server.Client().Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	w.config.ServerName = "example.com" // whom httptest's certificate names

	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/length", 200, "hello"},
		{"/chunked", 200, long},
		{"/nothing", 204, ""},
		{"/last", 200, "bye"},
		{"/length", 200, "hello"}, // on a new connection
		{"/length", 200, "hello"}, // and on the same
	} {
		status, body, err := w.do([]byte("GET " + c.path + " HTTP/1.1\r\nHost: a\r\n\r\n"))
		if err != nil || status != c.status || string(body) != c.body {
			t.Errorf("%s: status %d, %d bytes, %v; want %d, %d bytes", c.path, status, len(body), err, c.status, len(c.body))
		}
	}
	status, body, err := w.do([]byte("GET /other HTTP/1.1\r\nHost: a\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := expect(status, 200, body).Error(); got != "status 404 path.unknown (other)" {
		t.Errorf("an answer of another status is %q", got)
	}
	status, body, err = w.stream(func(out io.Writer) error {
		_, err := io.WriteString(out, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nde")
		_, again := io.WriteString(out, "rned")
		return errors.Join(err, again)
	})
	if err != nil || status != 200 || string(body) != "derned" {
		t.Errorf("a streamed request is answered with %d %q %v", status, body, err)
	}
}

func TestWireFindsNamesUnderLocalhost(t *testing.T) {
	for base, want := range map[string]string{
		"http://borger.localhost:8080": "127.0.0.1:8080", // RFC 6761, 6.3
		"https://localhost/apis/v1":    "127.0.0.1:443",
		"https://[::1]:8443":           "[::1]:8443",
		"http://post.example.dk":       "post.example.dk:80",
	} {
		w, err := newWire(base, &tls.Config{})
		if err != nil || w.address != want {
			t.Errorf("%s is at %s (%v), want %s", base, w.address, err, want)
		}
	}
}

func TestReasonHasNoPorts(t *testing.T) {
	err := &net.OpError{Op: "read", Net: "tcp", Source: &net.TCPAddr{Port: 40001}, Err: errors.New("connection reset by peer")}
	if got := reason(err); got != "read: connection reset by peer" {
		t.Errorf("reason %q", got)
	}
}
