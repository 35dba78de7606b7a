package api

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"digitalpost/internal/errs"
)

// upload is the body of a request. It tells a body that ends early from one
// that stalls, and gives a client that sends on as long as it keeps a least
// speed: a pause longer than Config.Stall, or less than Config.MinRate over all,
// ends the reading. No timer of our own runs for it; the connection has the deadline.
type upload struct {
	body     io.ReadCloser
	control  *http.ResponseController
	stall    time.Duration
	whole    time.Duration // for the body as a whole
	deadline time.Time     // of the whole, from the first byte that was asked for
	done     bool          // read to its end, or as far as it can be
}

// newUpload prepares the body of a call. Where nobody asks for it, what the
// server reads of it by itself has its time too.
func (a *API) newUpload(w http.ResponseWriter, r *http.Request) *upload {
	u := &upload{body: r.Body, control: http.NewResponseController(w), stall: a.config.Stall, whole: a.config.Stall}
	if r.ContentLength > 0 {
		u.whole += time.Duration(r.ContentLength/a.config.MinRate) * time.Second
	}
	u.control.SetReadDeadline(time.Now().Add(u.stall)) //nolint:errcheck // a test's recorder has none
	return u
}

// allow gives the next read its time.
func (u *upload) allow() {
	now := time.Now()
	if u.deadline.IsZero() {
		u.deadline = now.Add(u.whole)
	}
	d := now.Add(u.stall)
	if d.After(u.deadline) {
		d = u.deadline
	}
	u.control.SetReadDeadline(d) //nolint:errcheck // as above
}

// Read implements io.Reader. Its errors are *errs.Error, but for io.EOF.
func (u *upload) Read(p []byte) (int, error) {
	u.allow()
	n, err := u.body.Read(p)
	u.done = u.done || err != nil
	switch {
	case err == nil:
	case err == io.EOF:
		// A deadline that passes later would look as if the caller had left.
		u.control.SetReadDeadline(time.Time{})               //nolint:errcheck // as above
		u.control.SetWriteDeadline(time.Now().Add(sendTime)) //nolint:errcheck // as above
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errs.New(errs.KindInvalid, CodeBodyStalled, "the body came too slowly, or stopped coming")
	default:
		err = &errs.Error{Kind: errs.KindInvalid, Code: CodeBodyIncomplete, Detail: "the body ended before its Content-Length", Err: err}
	}
	return n, err
}

// Of a body that is not wanted, so much is read after the answer and for so long:
// a caller who is still sending would lose the answer if the connection were
// closed on them.
const (
	lingerSize = 256 << 20
	lingerTime = 5 * time.Second
)

// linger sends off the answer and reads what the caller still sends.
func (u *upload) linger() {
	if u.control.Flush() != nil {
		return
	}
	u.control.SetReadDeadline(time.Now().Add(min(lingerTime, u.stall))) //nolint:errcheck // as above
	io.Copy(io.Discard, io.LimitReader(u.body, lingerSize))             //nolint:errcheck // the caller has left
}

// Close implements io.Closer.
func (u *upload) Close() error { return u.body.Close() }

// sendTime is how long an answer, or a piece of a long one, may take to leave.
const sendTime = time.Minute

// steady is a ResponseWriter for long answers: each piece has its own time to
// leave.
type steady struct {
	http.ResponseWriter
	control *http.ResponseController
}

func newSteady(w http.ResponseWriter) steady { return steady{w, http.NewResponseController(w)} }

func (s steady) Write(p []byte) (int, error) {
	s.control.SetWriteDeadline(time.Now().Add(sendTime)) //nolint:errcheck // a test's recorder has none
	return s.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the writer.
func (s steady) Unwrap() http.ResponseWriter { return s.ResponseWriter }
