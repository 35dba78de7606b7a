package web

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"digitalpost/internal/session"
)

// request is what this package knows of a request under way.
type request struct {
	id      string
	client  netip.Addr
	https   bool
	route   string // the pattern that served it, so that no id of a letter is logged
	session string
	failure error
	body    io.ReadCloser // as it comes, before a limit
	mount   *Mount        // under which the page lies, nil at the top
	desk    *Desk         // who works, nil for who does not
	behalf  *Behalf       // whose mailbox it is about, nil for the reader's own
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{}
}

// RequestID names a request in the log and on error pages. It is "" outside
// Serve.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Client is the address of whoever asks, as far as the trusted proxies tell.
func Client(r *http.Request) netip.Addr { return requestOf(r.Context()).client }

// crockford has no letters that are taken for others when read out loud.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newRequestID makes an id that a person can say on the phone: 7F3K-29QD-M5.
func newRequestID() string {
	var raw [7]byte
	rand.Read(raw[:])
	text := crockford.EncodeToString(raw[:])[:10]
	return text[:4] + "-" + text[4:8] + "-" + text[8:]
}

// Front is what stands before every handler of a listener: it names the request,
// finds out who asks, answers for a handler that breaks, and writes the log.
type Front struct {
	Log *slog.Logger
	// Proxies are believed about whom they ask for.
	Proxies []netip.Prefix
	Now     func() time.Time
	// Broken answers a request whose handler panicked before it answered.
	Broken func(w http.ResponseWriter, r *http.Request)
}

// Serve puts the front before a handler.
func (f Front) Serve(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{id: newRequestID(), body: r.Body}
		q.client, q.https = f.origin(r)
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		w.Header().Set("X-Request-Id", q.id)
		answer := &recorder{ResponseWriter: w, request: q}
		begun := f.Now()
		defer f.finish(answer, r, q, begun)
		next.ServeHTTP(answer, r)
	})
}

// finish writes the one line that the log holds of a request: ids, never a path,
// a query or a name.
func (f Front) finish(answer *recorder, r *http.Request, q *request, begun time.Time) {
	problem := recover()
	aborted := problem == http.ErrAbortHandler
	if aborted {
		problem = nil
	}
	level := slog.LevelInfo
	attrs := []slog.Attr{slog.String("request", q.id), slog.String("method", r.Method), slog.String("route", q.route)}
	if problem != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("panic", fmt.Sprint(problem)), slog.String("stack", string(debug.Stack())))
		if answer.status == 0 {
			f.Broken(answer, r)
		}
	}
	if q.failure != nil {
		if answer.status >= 500 {
			level = slog.LevelError
		}
		attrs = append(attrs, slog.String("error", q.failure.Error()))
	}
	if q.session != "" {
		attrs = append(attrs, slog.String("session", q.session))
	}
	attrs = append(attrs, slog.Int("status", max(answer.status, http.StatusOK)), slog.Int64("bytes", answer.written), slog.Duration("took", f.Now().Sub(begun)))
	f.Log.LogAttrs(r.Context(), level, "request", attrs...)
	if aborted || problem != nil && answer.status < 500 {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
}

// origin is who asks, and whether by https. A proxy's word counts only where the
// proxy is trusted; of a chain the last stranger is the client.
func (f Front) origin(r *http.Request) (client netip.Addr, https bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	client, _ = netip.ParseAddr(host)
	client = client.Unmap()
	if !f.trusted(client) {
		return client, r.TLS != nil
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; i >= 0 && f.trusted(client); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break
		}
		client = next.Unmap()
	}
	return client, r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

func (f Front) trusted(a netip.Addr) bool {
	for _, p := range f.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// noteRoute tells the log which route served the request, and in which session.
func noteRoute(r *http.Request) {
	q := requestOf(r.Context())
	q.route = r.Pattern
	if n, err := session.Of(r); err == nil {
		q.session = n.ID.String()
	}
}

// recorder knows what was answered. Where the page lies under a mount, what it leads
// to does too.
type recorder struct {
	http.ResponseWriter
	request *request
	status  int
	written int64

	ask     func() error // see Ask
	fresh   http.Header  // as it was then
	refused error
}

// Ask has a question asked when the answer is ready and not yet sent, such as whether
// the reader may still see it: where ask gives an error, nothing of the answer leaves,
// and the error is answered instead.
func Ask(w http.ResponseWriter, ask func() error) {
	if w, ok := w.(*recorder); ok {
		w.ask, w.fresh = ask, w.Header().Clone()
	}
}

// refuses tells that the answer must not begin. Once that is known an error may be
// answered, which shows nothing.
func (w *recorder) refuses(status int) bool {
	if w.ask == nil || w.status != 0 {
		return w.refused != nil && status < 400
	}
	ask := w.ask
	w.ask = nil
	if w.refused = ask(); w.refused == nil {
		return false
	}
	clear(w.Header())
	maps.Copy(w.Header(), w.fresh)
	w.request.mount, w.request.behalf = nil, nil // which name whose post it was
	return true
}

// refusal is why an answer did not begin, nil where it did or where nothing speaks
// against it.
func refusal(w http.ResponseWriter) error {
	if w, ok := w.(*recorder); ok && w.status == 0 {
		return w.refused
	}
	return nil
}

func (w *recorder) WriteHeader(status int) {
	if to := w.Header().Get("Location"); to != "" {
		w.Header().Set("Location", w.request.mount.at(to))
	}
	if status >= 200 && w.refuses(status) {
		return
	}
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		if w.refuses(http.StatusOK) {
			return 0, w.refused
		}
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	return n, err
}

// FlushError sends what was written, which may begin the answer.
func (w *recorder) FlushError() error {
	if w.status == 0 && w.refuses(http.StatusOK) {
		return w.refused
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
