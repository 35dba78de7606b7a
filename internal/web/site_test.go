package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/errs"
)

// site is a site with its log.
func site(t *testing.T, change func(*Config)) (*Site, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c := Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Support: Support{Phone: "70 20 00 00"}}
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, &log
}

func call(h http.Handler, method, address string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, address, nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Each kind of error has one status and one text; a cause is never shown and
// always logged.
func TestErrorsBecomePages(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		text   string
	}{
		"unknown":         {errors.New("secret cause"), 500, "Fejlen er vores, og dine breve er i god behold."},
		"invalid":         {errs.New(errs.KindInvalid, "x", "secret cause"), 400, "Gå tilbage, og prøv igen."},
		"not found":       {errs.Wrap(errors.New("secret cause"), errs.KindNotFound, "x"), 404, "Brevet kan være slettet"},
		"forbidden":       {errs.New(errs.KindForbidden, "x", "secret cause"), 403, "Din adgang giver ikke ret til det her."},
		"unauthenticated": {errs.New(errs.KindUnauthenticated, "x", "secret cause"), 401, "Du er ikke logget ind."},
		"conflict":        {errs.New(errs.KindConflict, "x", "secret cause"), 409, "Se det nye, og prøv igen."},
		"too large":       {errs.New(errs.KindTooLarge, "x", "secret cause"), 413, "Det fylder for meget"},
		"rate limited":    {errs.New(errs.KindRateLimited, "x", "secret cause"), 429, "Vent 60 sekunder, og prøv igen."},
		"unavailable":     {errs.New(errs.KindUnavailable, "x", "secret cause"), 503, "70 20 00 00"},
		"no mailbox":      {errs.New(errs.KindForbidden, "recipient.is.not.registered", "secret cause"), 403, "Du har ikke Digital Post endnu"},
	} {
		t.Run(name, func(t *testing.T) {
			s, log := site(t, nil)
			h := s.Serve(s.Handle(func(http.ResponseWriter, *http.Request) error { return c.err }))
			w := call(h, "GET", "http://a.example/x", nil)
			id := w.Header().Get("X-Request-Id")
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.text) || !strings.Contains(w.Body.String(), id) || id == "" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Error("the cause is shown")
			}
			if !strings.Contains(log.String(), "secret cause") || !strings.Contains(log.String(), id) {
				t.Error("the log does not tell:", log)
			}
			if w := call(h, "GET", "http://a.example/x", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sprog", Value: "en"}) }); !strings.Contains(w.Body.String(), `<html lang="en">`) {
				t.Error("not in English")
			}
		})
	}
}

// On a host that people and programs share, a program gets no page.
func TestErrorForProgram(t *testing.T) {
	s, _ := site(t, func(c *Config) { c.Bare = true })
	h := s.Serve(s.Handle(func(http.ResponseWriter, *http.Request) error {
		return errs.New(errs.KindUnauthenticated, "token.unknown", "the token is unknown")
	}))
	w := call(h, "GET", "http://a.example/", nil)
	if got := strings.TrimSpace(w.Body.String()); w.Code != 401 || got != `{"code":"token.unknown","message":"the token is unknown","fieldErrors":[]}` {
		t.Error(w.Code, got)
	}
	if w := call(h, "GET", "http://a.example/", func(r *http.Request) { r.Header.Set("Accept", "text/html,*/*") }); !strings.Contains(w.Body.String(), "<!doctype html>") {
		t.Error("a person gets no page:", w.Body)
	}
}

// A handler that breaks gives a page; one that breaks half-way gives no whole
// answer.
func TestPanic(t *testing.T) {
	s, log := site(t, nil)
	w := call(s.Serve(s.Handle(func(http.ResponseWriter, *http.Request) error { panic("broken by the test") })), "GET", "http://a.example/", nil)
	if w.Code != 500 || !strings.Contains(w.Body.String(), "Fejlen er vores") || !strings.Contains(log.String(), "broken by the test") {
		t.Errorf("%d %s %s", w.Code, w.Body, log)
	}
	half := httptest.NewServer(s.Serve(s.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		return errors.New("the rest is lost")
	})))
	defer half.Close()
	r, err := http.Get(half.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadAll(r.Body); err == nil {
		t.Error("half an answer looks whole")
	}
	half.Close() // the log is written
	if !strings.Contains(log.String(), "the rest is lost") {
		t.Error(log)
	}
}

func TestShowPutsContentInTheFrame(t *testing.T) {
	s, _ := site(t, func(c *Config) { c.Bare = true })
	content := template.Must(template.New("").Parse(`<h1>{{.}}</h1>`))
	w := call(s.Serve(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Show(w, r, http.StatusTeapot, "A & B", content, "<x>")
	})), "GET", "http://a.example/", nil)
	for _, part := range []string{"<title>A &amp; B – Digital Post</title>", "<h1>&lt;x&gt;</h1>", `<main id="main-content"`, "skipnav", `role="status"`, "70 20 00 00"} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("%s is missing in %s", part, w.Body)
		}
	}
	if w.Code != http.StatusTeapot || strings.Contains(w.Body.String(), `href="/post"`) {
		t.Error(w.Code, w.Body)
	}
}

func TestLanguageIsKept(t *testing.T) {
	s, _ := site(t, nil)
	h := s.Serve(http.NotFoundHandler())
	for address, want := range map[string]string{
		"http://a.example/post?sprog=en": "/post", "http://a.example/soeg?q=a+b&sprog=da": "/soeg?q=a+b",
		"http://a.example//ond.example/?sprog=en": "/ond.example/", "http://a.example/%5Cond.example?sprog=en": "/ond.example",
	} {
		w := call(h, "GET", address, nil)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want || !strings.HasPrefix(w.Header().Get("Set-Cookie"), "sprog=") {
			t.Errorf("%s: %d %v", address, w.Code, w.Header())
		}
	}
	if w := call(h, "GET", "http://a.example/?sprog=xx", nil); w.Header().Get("Set-Cookie") != "" {
		t.Error("a language we do not speak is kept")
	}
}

// What proxies tell counts only where they are trusted.
func TestOrigin(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		remote, forwarded, proto string
		client                   string
		https                    bool
	}{
		"direct":                 {"203.0.113.5:99", "", "", "203.0.113.5", false},
		"a stranger pretends":    {"203.0.113.5:99", "198.51.100.1", "https", "203.0.113.5", false},
		"a proxy":                {"10.0.0.1:99", "198.51.100.1", "https", "198.51.100.1", true},
		"two proxies":            {"10.0.0.1:99", "198.51.100.1, 10.0.0.2", "https", "198.51.100.1", true},
		"a forged chain":         {"10.0.0.1:99", "1.2.3.4, 198.51.100.1", "http", "198.51.100.1", false},
		"nonsense":               {"10.0.0.1:99", "x", "", "10.0.0.1", false},
		"IPv4 written as IPv6":   {"[::ffff:10.0.0.1]:99", "198.51.100.1", "", "198.51.100.1", false},
		"a proxy with no header": {"10.0.0.1:99", "", "", "10.0.0.1", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := site(t, func(c *Config) { c.Proxies = trusted })
			var got netip.Addr
			h := s.Serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Client(r) }))
			w := call(h, "GET", "http://a.example/", func(r *http.Request) {
				r.RemoteAddr = c.remote
				r.Header.Set("X-Forwarded-For", c.forwarded)
				r.Header.Set("X-Forwarded-Proto", c.proto)
			})
			if got.String() != c.client || (w.Header().Get("Strict-Transport-Security") != "") != c.https {
				t.Error(got, w.Header())
			}
		})
	}
}

// Assets may be kept for ever, under an address that changes with them.
func TestAssets(t *testing.T) {
	h := Assets()
	css := call(h, "GET", AssetURL("css/app.css"), func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip;q=0.8") })
	if css.Code != 200 || css.Header().Get("Content-Encoding") != "gzip" || !strings.Contains(css.Header().Get("Cache-Control"), "immutable") || css.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Error(css.Code, css.Header())
	}
	unpacked, err := gzip.NewReader(css.Body)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(unpacked)
	plain := call(h, "GET", AssetURL("css/app.css"), func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=0") })
	if err != nil || !bytes.Equal(packed, plain.Body.Bytes()) || plain.Header().Get("Content-Encoding") != "" {
		t.Error("packed and plain differ", err)
	}
	for path, want := range map[string]int{
		AssetURL("js/app.js"): 200, AssetURL("img/icons.svg"): 200, AssetURL("js/pdf.worker.mjs"): 200, "/assets/another/css/app.css": 200,
		AssetURL("css/app.css.gz"): 404, AssetURL("../site.go"): 404, "/assets/": 404, AssetBase(): 404,
	} {
		w := call(h, "GET", path, nil)
		if w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
		if strings.Contains(path, "another") && w.Header().Get("Cache-Control") != "no-store" {
			t.Error("another edition is kept")
		}
	}
	if script := call(h, "GET", AssetURL("js/pdf.worker.mjs"), nil); !strings.HasPrefix(script.Header().Get("Content-Type"), "text/javascript") {
		t.Error(script.Header())
	}
}

// A page is compressed for who takes it so, and its length tells nothing.
func TestPagesAreCompressed(t *testing.T) {
	s, _ := site(t, nil)
	h := s.Serve(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, http.StatusOK, s.pages, "error", View{Title: "Æ"}, failurePage{Heading: strings.Repeat("a", 3000)})
	}))
	plain := call(h, "GET", "/", nil)
	lengths := map[int]bool{}
	for range 20 {
		packed := call(h, "GET", "/", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
		if packed.Header().Get("Content-Encoding") != "gzip" || packed.Header().Get("Vary") != "Accept-Encoding" {
			t.Fatal(packed.Header())
		}
		lengths[packed.Body.Len()] = true
		unpacked, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || string(text) != plain.Body.String() {
			t.Fatal("packed and plain differ", err)
		}
	}
	if len(lengths) < 3 {
		t.Error("the same length each time:", lengths)
	}
}

// Every icon that a page names is among those that browsers get.
func TestIconsAreThere(t *testing.T) {
	named := regexp.MustCompile(`(?:\bicon |\bsign |"Icon" |\bIcon: |\bicon\(|\bsign\()"([a-z-]+)"|icons.svg"}}#([a-z-]+)"`)
	found := 0
	for _, pattern := range []string{"*.go", "templates/*.html", "templates/parts/*.html", "../portal/*/*.go", "../portal/*/templates/*.html"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range named.FindAllStringSubmatch(string(source), -1) {
				found++
				if icon := m[1] + m[2]; !bytes.Contains(loaded().files["img/icons.svg"].plain, []byte(`id="`+icon+`"`)) {
					t.Errorf("%s: there is no icon %q (npm run build takes over those that pages name)", name, icon)
				}
			}
		}
	}
	if found < 30 {
		t.Error("only", found, "icons found")
	}
}

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := NewLimiter(3, time.Second, func() time.Time { return now })
	for i := range 3 {
		if _, ok := l.Allow("a"); !ok {
			t.Fatal("refused at try", i)
		}
	}
	if wait, ok := l.Allow("a"); ok || wait != time.Second {
		t.Error(wait, ok)
	}
	if _, ok := l.Allow("b"); !ok {
		t.Error("another key is refused")
	}
	now = now.Add(time.Second)
	if _, ok := l.Allow("a"); !ok {
		t.Error("refused after waiting")
	}
	if _, ok := l.Allow("a"); ok {
		t.Error("one wait gave two")
	}
	for i := range maxKeys + 10 {
		l.Allow(string(rune(i)) + "x")
	}
	if len(l.full) > maxKeys {
		t.Error("remembers", len(l.full), "keys")
	}
}

// An address that fails too often waits before anything is done for it; one that
// does nothing wrong is not counted, and the addresses of one network of IPv6 are
// one caller.
func TestLimits(t *testing.T) {
	now := time.Unix(0, 0)
	s, _ := site(t, nil)
	status, served := http.StatusBadRequest, 0
	work := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served++
		w.WriteHeader(status)
	})
	limiter := func() *Limiter { return NewLimiter(3, time.Second, func() time.Time { return now }) }
	from := func(address string) func(*http.Request) {
		return func(r *http.Request) {
			r.RemoteAddr = address
			r.Header.Set("X-Forwarded-For", "192.0.2.99") // nobody trusts the caller's word
		}
	}
	failing := s.Serve(s.LimitFailures(limiter(), work))
	status = http.StatusOK
	for range 10 {
		call(failing, "POST", "/", from("192.0.2.1:1"))
	}
	status, served = http.StatusBadRequest, 0
	for i := range 5 {
		want := http.StatusBadRequest
		if i >= 3 {
			want = http.StatusTooManyRequests
		}
		if a := call(failing, "POST", "/", from("192.0.2.1:1")); a.Code != want || (a.Header().Get("Retry-After") == "1") != (i >= 3) {
			t.Errorf("try %d: %d %v", i, a.Code, a.Header())
		}
	}
	if served != 3 {
		t.Error("served", served)
	}
	if a := call(failing, "POST", "/", from("192.0.2.2:1")); a.Code != http.StatusBadRequest {
		t.Error("another address:", a.Code)
	}
	now = now.Add(time.Second)
	if a := call(failing, "POST", "/", from("192.0.2.1:1")); a.Code != http.StatusBadRequest {
		t.Error("after waiting:", a.Code)
	}

	all := s.Serve(s.Limit(limiter(), work))
	for i, address := range []string{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::ffff]:1", "[2001:db8::3]:1", "[2001:db8:0:1::1]:1"} {
		if a := call(all, "GET", "/", from(address)); (a.Code == http.StatusTooManyRequests) != (i == 3) {
			t.Error(address, a.Code)
		}
	}
}

func TestDisposition(t *testing.T) {
	if got, want := Disposition("attachment", `å".pdf`), `attachment; filename="__.pdf"; filename*=UTF-8''%C3%A5_.pdf`; got != want {
		t.Error(got)
	}
}

// A page that asks for a field reads no endless form to the disk for it; one that
// takes files says how much.
func TestBodiesHaveAnEnd(t *testing.T) {
	s, _ := site(t, nil)
	const large = 8 << 20
	for name, test := range map[string]struct {
		page http.HandlerFunc
		most int64
	}{
		"a field":    {func(_ http.ResponseWriter, r *http.Request) { r.PostFormValue("emne") }, 2 * maxBody},
		"with files": {func(w http.ResponseWriter, r *http.Request) { AllowBody(w, r, 4<<20); r.PostFormValue("emne") }, 5 << 20},
	} {
		form := io.MultiReader(strings.NewReader("--x\r\nContent-Disposition: form-data; name=fil; filename=a\r\n\r\n"), io.LimitReader(endless{}, large), strings.NewReader("\r\n--x--\r\n"))
		read := &counted{Reader: form}
		call(s.Serve(test.page), "POST", "/", func(r *http.Request) {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			r.Body = io.NopCloser(read)
		})
		if read.n > test.most || read.n < test.most/4 {
			t.Errorf("%s: %d bytes were read", name, read.n)
		}
	}
}

// endless is bytes without end, and counted counts what is read.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// An office has one address: its people's pages are not counted, what asks for log-in is.
func TestLogInIsLimitedAndPagesAreNot(t *testing.T) {
	s, _ := site(t, func(c *Config) { now := time.Now(); c.Now = func() time.Time { return now } })
	h := s.Serve(s.LimitLogIn(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})))
	for range 400 {
		if got := call(h, "GET", "http://staff.test/", nil).Code; got != http.StatusOK {
			t.Fatalf("a page answers %d", got)
		}
	}
	var last int
	for range 301 {
		last = call(h, "GET", "http://staff.test/log-ind", nil).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 301st log-in answers %d", last)
	}
}
