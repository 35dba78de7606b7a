package bench

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// wire is one kept-alive HTTP/1.1 connection. It writes prepared bytes and reads
// as little as it can of the answer, so that the load costs little beside the
// server it measures.
type wire struct {
	address string
	config  *tls.Config // nil is plain HTTP
	conn    net.Conn
	in      *bufio.Reader
}

// patience is how long one answer may take.
const patience = 30 * time.Second

func dial(base string, config *tls.Config) (*wire, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	w := &wire{address: u.Host}
	if u.Scheme == "https" {
		w.config = config.Clone()
		w.config.ServerName = u.Hostname()
		w.config.NextProtos = []string{"http/1.1"}
	}
	return w, nil
}

func (w *wire) connect() error {
	if w.conn != nil {
		return nil
	}
	host, port, err := net.SplitHostPort(w.address)
	if err != nil {
		return err
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1"
	}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), patience)
	if err != nil {
		return err
	}
	if w.config != nil {
		conn = tls.Client(conn, w.config)
	}
	w.conn, w.in = conn, bufio.NewReaderSize(conn, 64<<10)
	return nil
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}

// do sends a request, given as its parts, and returns the status and, where body
// is set, what was answered.
func (w *wire) do(body bool, parts ...[]byte) (status int, answer []byte, err error) {
	if err := w.connect(); err != nil {
		return 0, nil, err
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	w.conn.SetDeadline(time.Now().Add(patience))
	buffers := net.Buffers(parts)
	if _, err := buffers.WriteTo(w.conn); err != nil {
		return 0, nil, err
	}
	response, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	if body {
		answer, err = io.ReadAll(response.Body)
	} else {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if response.Close {
		w.close()
	}
	return response.StatusCode, answer, err
}

func expect(status, want int, answer []byte) error {
	if status == want {
		return nil
	}
	if len(answer) > 200 {
		answer = answer[:200]
	}
	return fmt.Errorf("status %d: %s", status, answer)
}
