package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// How long an endpoint may take. A letter may be 99.5 MB, a receipt is a line.
const (
	dialTime    = 5 * time.Second
	receiptTime = 10 * time.Second
	letterTime  = 2 * time.Minute
)

// maxAnswer is the number of bytes read of an endpoint's answer.
const maxAnswer = 4 << 10

// client calls the endpoints of systems. It follows no redirect, uses no proxy
// and reads little of what comes back: whoever runs an endpoint chooses its
// address and its answers.
type client struct{ http *http.Client }

func newClient(c Config) *client {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots}
	if c.Certificate != nil {
		config.Certificates = []tls.Certificate{*c.Certificate}
	}
	return &client{&http.Client{
		Transport: &http.Transport{
			DialContext:            newDialer(c.AllowInternal).DialContext,
			TLSClientConfig:        config,
			TLSHandshakeTimeout:    dialTime,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // nothing to unpack
			MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConnsPerHost:    1, // each system is called by one job at a time
			MaxIdleConns:           100,
			IdleConnTimeout:        time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// receipt posts one receipt; any 2xx takes it.
func (c *client) receipt(ctx context.Context, endpoint string, r Receipt) error {
	ctx, cancel := context.WithTimeout(ctx, receiptTime)
	defer cancel()
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = c.post(ctx, endpoint, "application/json", bytes.NewReader(body))
	return err
}

// letter posts one letter as the form field "file", named by its messageUUID.
// The receiver answers with a UUID (facts 3.5): a 200 of another kind, such as a
// maintenance page, has taken nothing. write renders the letter.
func (c *client) letter(ctx context.Context, endpoint string, memo post.UUID, write func(context.Context, io.Writer) error) error {
	ctx, cancel := context.WithTimeout(ctx, letterTime)
	defer cancel()
	body, pipe := io.Pipe()
	out := &call{w: pipe}
	form := multipart.NewWriter(out)
	rendered := make(chan error, 1)
	go func() {
		err := writeForm(ctx, form, memo, write)
		pipe.CloseWithError(err)
		if out.ended {
			err = nil // the call itself tells why
		}
		rendered <- err
	}()
	answer, err := c.post(ctx, endpoint, form.FormDataContentType(), body)
	body.Close()
	if ours := <-rendered; ours != nil && ctx.Err() == nil {
		return errOurs{ours}
	}
	if err != nil {
		return err
	}
	if _, err := post.ParseUUID(string(bytes.Trim(answer, "\" \t\r\n"))); err != nil {
		return errAnswer
	}
	return nil
}

// call is what a letter is written to. It remembers that the call ended before
// the letter did, whatever the renderer makes of that.
type call struct {
	w     io.Writer
	ended bool
}

func (c *call) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.ended = c.ended || err != nil
	return n, err
}

// writeForm writes the form's one field.
func writeForm(ctx context.Context, form *multipart.Writer, memo post.UUID, write func(context.Context, io.Writer) error) error {
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, memo)},
		"Content-Type":        {"application/xml"},
	})
	if err != nil {
		return err
	}
	if err := write(ctx, part); err != nil {
		return err
	}
	return form.Close()
}

// errOurs marks a letter that we could not render: the endpoint is not to blame.
type errOurs struct{ error }

func (e errOurs) Unwrap() error { return e.error }

var errAnswer = errors.New("the answer is not a UUID")

// errStatus is an answer that does not take what was posted.
type errStatus int

func (e errStatus) Error() string { return fmt.Sprintf("status %d", int(e)) }

func (c *client) post(ctx context.Context, endpoint, contentType string, body io.Reader) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("User-Agent", "digitalpost")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, errStatus(response.StatusCode)
	}
	return answer, err
}

// reason is the code of why a call failed. It tells neither the endpoint's
// address, which may hold a secret, nor the endpoint's own words.
func reason(err error) string {
	status, answered := errors.AsType[errStatus](err)
	_, unknown := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, ours := errors.AsType[errOurs](err)
	switch {
	case ours:
		return "letter.not.rendered"
	case errs.KindOf(err) == errs.KindInvalid:
		return errs.CodeOf(err)
	case answered:
		return fmt.Sprintf("endpoint.status.%d", int(status))
	case errors.Is(err, errAnswer):
		return "endpoint.answer.not.valid"
	case errors.Is(err, errInternalAddress):
		return "endpoint.address.internal"
	case errors.Is(err, context.DeadlineExceeded):
		return "endpoint.timeout"
	case unknown:
		return "endpoint.host.unknown"
	case untrusted:
		return "endpoint.certificate.not.trusted"
	default:
		return "endpoint.unreachable"
	}
}
