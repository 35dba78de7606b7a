package bench

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// wire is one kept-alive HTTP/1.1 connection. It writes requests that are ready
// and reads as little as it can of the answer, so that the load costs little
// beside the server it measures.
type wire struct {
	address string
	config  *tls.Config // nil is plain HTTP
	conn    net.Conn
	in      *bufio.Reader
	body    []byte
}

// patience is how long one request may take.
const patience = time.Minute

func newWire(base string, config *tls.Config) (*wire, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	// Not every resolver knows that names under localhost are this machine
	// (RFC 6761, 6.3).
	name := host
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1"
	}
	w := &wire{address: net.JoinHostPort(host, port)}
	if u.Scheme == "https" {
		w.config = config.Clone()
		w.config.ServerName = name
		w.config.NextProtos = []string{"http/1.1"}
		w.config.DynamicRecordSizingDisabled = true // records as large as they can be cost least
	}
	return w, nil
}

func (w *wire) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := net.DialTimeout("tcp", w.address, patience)
	if err != nil {
		return err
	}
	if w.config != nil {
		conn = tls.Client(conn, w.config)
	}
	w.conn, w.in = conn, bufio.NewReaderSize(conn, 16<<10)
	return nil
}

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}

// do sends a request and returns its answer. The body is good until the next.
func (w *wire) do(request []byte) (status int, body []byte, err error) {
	return w.stream(func(out io.Writer) error {
		_, err := out.Write(request)
		return err
	})
}

// stream is do for a request that is made while it is sent.
func (w *wire) stream(send func(io.Writer) error) (status int, body []byte, err error) {
	if err := w.connect(); err != nil {
		return 0, nil, err
	}
	keep := false
	defer func() {
		if !keep {
			w.close()
		}
	}()
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if err := send(w.conn); err != nil {
		return 0, nil, err
	}
	h, err := w.head()
	if err != nil {
		return 0, nil, err
	}
	if err := w.readBody(h); err != nil {
		return 0, nil, err
	}
	keep = !h.last
	return h.status, w.body, nil
}

// head is what a load needs to know of the head of an answer.
type head struct {
	status  int
	length  int64 // -1 where it is not told
	chunked bool
	last    bool // the connection ends with this answer
}

var errAnswer = errors.New("the answer is not HTTP/1.1")

func (w *wire) head() (head, error) {
	h := head{length: -1}
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return h, err
	}
	if len(line) < 13 || string(line[:9]) != "HTTP/1.1 " {
		return h, errAnswer
	}
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return h, errAnswer
	}
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return h, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return h, nil
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case is(name, "Content-Length"):
			if h.length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return h, errAnswer
			}
		case is(name, "Transfer-Encoding"):
			h.chunked = is(value, "chunked")
		case is(name, "Connection"):
			h.last = is(value, "close")
		}
	}
}

func is(got []byte, want string) bool {
	return len(got) == len(want) && bytes.EqualFold(got, []byte(want))
}

func (w *wire) readBody(h head) error {
	w.body = w.body[:0]
	switch {
	case h.status == http.StatusNoContent || h.status == http.StatusNotModified:
		return nil
	case h.length >= 0:
		return w.read(int(h.length))
	case !h.chunked:
		return errAnswer
	}
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return errAnswer
		}
		if err := w.read(int(n)); err != nil {
			return err
		}
		if _, err := w.in.Discard(2); err != nil { // the line's end
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// read adds n bytes to the body.
func (w *wire) read(n int) error {
	from := len(w.body)
	if cap(w.body) < from+n {
		w.body = append(make([]byte, 0, 2*(from+n)), w.body...)
	}
	w.body = w.body[:from+n]
	_, err := io.ReadFull(w.in, w.body[from:])
	return err
}

// refused is an answer with another status than was hoped for.
type refused struct {
	status int
	code   string // the API's, where there is one
}

func (r refused) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", r.status, r.code))
}

func expect(status, want int, body []byte) error {
	if status == want {
		return nil
	}
	var answer struct {
		Code        string `json:"code"`
		FieldErrors []struct {
			Code string `json:"code"`
		} `json:"fieldErrors"`
	}
	_ = json.Unmarshal(body, &answer) // what is not JSON has no code
	r := refused{status, answer.Code}
	if len(answer.FieldErrors) > 0 {
		r.code += " (" + answer.FieldErrors[0].Code + ")"
	}
	return r
}

// reason is what an error has in common with others of its kind: no port and no
// id.
func reason(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}
