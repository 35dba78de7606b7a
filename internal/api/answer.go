package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"digitalpost/internal/post"
)

// Every answer may be kept by the client that asked for it and by nobody on the
// way: the tag of an answer is its own hash, so two people's, or one person's
// with different rights, have different tags. Rights are asked and the answer is
// made before a tag is looked at. The tag of a thing with a version begins with
// the version, and is taken in If-Match.
//
// Cache-Control says no-store, since many programs keep what they may on disk in
// the clear, and this is people's post: a client that wants to keep an answer does
// so itself, with the care it needs, and sends If-None-Match.

// json writes an answer.
func (c *call) json(status int, v any) { c.write(status, 0, v) }

// one writes a single thing with its version.
func (c *call) one(version int64, v any) { c.write(c.route.gives.status, version, v) }

func (c *call) write(status int, version int64, v any) {
	body, err := json.Marshal(v)
	if err != nil { // a mistake in this program
		c.api.log.Error("write answer", slog.String("operation", c.operation()), slog.Any("error", err))
		status, body = http.StatusInternalServerError, []byte(`{"code":"`+codeInternal+`","message":"Something failed on our side.","fieldErrors":[]}`)
	}
	h := c.w.Header()
	if status < 300 && (version > 0 || c.route.tagged()) {
		tag := tagOf(version, body)
		h.Set("ETag", tag)
		if c.route.tagged() && matches(c.r.Header.Values("If-None-Match"), tag) {
			c.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	c.w.Write(body) //nolint:errcheck // the caller has left
}

// still is an answer that tells of a mailbox. When it is ready and not yet sent it is
// asked whether the caller may still see the mailbox: the right may have ended while the
// answer was made, and then nothing of it leaves (ACC-10).
type still struct {
	http.ResponseWriter
	ask     func() error // nil once it was asked
	refused error
	fresh   http.Header
}

// still has the answer asked about where it shows something of the mailbox in the path.
func (c *call) still() *still {
	w := &still{ResponseWriter: c.w}
	if c.route == nil || c.route.changes() {
		return w
	}
	if box, err := post.ParseUUID(c.r.PathValue("mailboxId")); err == nil {
		w.ask, w.fresh = func() error { return c.api.Mailboxes.Still(c.r.Context(), c.actor, box) }, c.w.Header().Clone()
	}
	return w
}

// refuses tells that the answer must not begin. An error may always be answered.
func (w *still) refuses(status int) bool {
	if status < 400 && w.ask != nil {
		ask := w.ask
		w.ask = nil
		if w.refused = ask(); w.refused != nil {
			clear(w.Header())
			maps.Copy(w.Header(), w.fresh)
		}
	}
	return status < 400 && w.refused != nil
}

func (w *still) WriteHeader(status int) {
	if !w.refuses(status) {
		w.ask = nil
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *still) Write(p []byte) (int, error) {
	if w.refuses(http.StatusOK) {
		return 0, w.refused
	}
	return w.ResponseWriter.Write(p)
}

// FlushError sends what was written, which may begin the answer.
func (w *still) FlushError() error {
	if w.refuses(http.StatusOK) {
		return w.refused
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *still) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func tagOf(version int64, body []byte) string {
	hash := sha256.Sum256(body)
	text := hex.EncodeToString(hash[:8])
	if version > 0 {
		text = strconv.FormatInt(version, 10) + "." + text
	}
	return `"` + text + `"`
}

// matches holds a tag against If-None-Match (RFC 9110, 13.1.2).
func matches(header []string, tag string) bool {
	for _, list := range header {
		for one := range strings.SplitSeq(list, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// current is the version that a thing has now, 0 where that cannot be told. The
// answer carries its tag: reading the thing itself tells both, and asks for the
// right to do so.
func (c *call) current() int64 {
	read := c.path.routes[http.MethodGet]
	if read == nil || !read.tagged() {
		return 0
	}
	look := &probe{header: http.Header{}}
	r := c.r.Clone(c.r.Context())
	r.Header.Del("If-None-Match")
	again := &call{api: c.api, w: look, r: r, path: c.path, route: read, address: c.address, actor: c.actor, scopes: c.scopes}
	if err := read.handle(again); err != nil {
		return 0
	}
	tag := look.header.Get("ETag")
	c.w.Header().Set("ETag", tag)
	number, _, _ := strings.Cut(strings.Trim(tag, `"`), ".")
	version, _ := strconv.ParseInt(number, 10, 64)
	return version
}

// probe is an answer of which only the head is wanted.
type probe struct{ header http.Header }

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(int)             {}
