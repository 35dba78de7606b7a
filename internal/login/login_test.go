package login_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/login"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

const (
	anna    = "0702701234" // in the register
	unknown = "0703701234"
)

// The titles of the pages for log-ins that fail.
const (
	stale    = "Log ind igen"
	declined = "Du er ikke logget ind"
	refused  = "Vi kunne ikke logge dig ind"
	level    = "Dit log-in er ikke sikkert nok"
	nobody   = "Vi kan ikke finde dig"
)

// provider is an identity provider that a test can make lie.
type provider struct {
	*httptest.Server
	key       *ecdsa.PrivateKey
	now       func() time.Time
	challenge string         // of the log-in under way
	claims    map[string]any // of the next ID token
	info      map[string]any // what userinfo tells
	signWith  *ecdsa.PrivateKey
	exchanged int
}

func newProvider(t *testing.T, now func() time.Time) *provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, signWith: key, now: now}
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/jwks",
			"userinfo_endpoint": p.URL + "/userinfo", "end_session_endpoint": p.URL + "/end", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		p.exchanged++
		proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(proof[:]) != p.challenge {
			w.WriteHeader(http.StatusBadRequest)
			reply(w, map[string]string{"error": "invalid_grant"})
			return
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.signWith, KeyID: "k"}}, nil)
		if err != nil {
			t.Error(err)
		}
		token, err := jwt.Signed(signer).Claims(p.claims).Serialize()
		if err != nil {
			t.Error(err)
		}
		reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": token})
	})
	mux.HandleFunc("/userinfo", func(w http.ResponseWriter, _ *http.Request) { reply(w, p.info) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// pages is a site that shows errors by their code.
type pages struct{}

func (pages) Handle(fn func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := fn(w, r); err != nil {
			http.Error(w, errs.CodeOf(err), http.StatusForbidden)
		}
	})
}

func (pages) Show(w http.ResponseWriter, _ *http.Request, status int, title string, content *template.Template, data any) error {
	w.WriteHeader(status)
	io.WriteString(w, title+"\n")
	return content.Execute(w, data)
}

// portal is borger with its log-in, and a browser.
type portal struct {
	t *testing.T
	*httptest.Server
	provider *provider
	browser  *http.Client
	sessions *session.Sessions
	people   *registry.Registry
	db       *db.DB
	clock    *testkit.Clock
}

func newPortal(t *testing.T, d *db.DB, claims login.Claims, takes login.Kind) *portal {
	clock := testkit.NewClock()
	d.Now = clock.Now
	ring, err := keys.Open(t.Context(), d, filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	people := registry.New(d, ring)
	record := `{"type":"person","cpr":"` + anna + `","firstName":"Anna","lastName":"Test","birthDate":"1970-02-07"}`
	if _, err := people.Import(t.Context(), "test", strings.NewReader(record)); err != nil {
		t.Fatal(err)
	}
	p := &portal{t: t, people: people, db: d, clock: clock, provider: newProvider(t, clock.Now), sessions: session.New(ring, people, session.Limits{})}
	l, err := login.New(login.Config{Issuer: p.provider.URL, ClientID: "us", Claims: claims, Local: true}, d, ring, p.sessions, people)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	browser := &session.Browser{Sessions: p.sessions, DB: d, Platform: post.PlatformBorger}
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		if actor := session.Actor(r); actor.Party != 0 {
			io.WriteString(w, "logged in")
		}
	})
	p.Server = httptest.NewServer(browser.Load(mux))
	t.Cleanup(p.Close)
	l.Routes(mux, &login.Portal{Browser: browser, Base: p.URL, Takes: takes}, pages{})
	p.browser = newBrowser(t)
	return p
}

func newBrowser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (p *portal) get(browser *http.Client, path string) (status int, location, title string) {
	p.t.Helper()
	r, err := browser.Get(p.URL + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	title, _, _ = strings.Cut(strings.TrimSpace(string(raw)), "\n")
	return r.StatusCode, r.Header.Get("Location"), title
}

// begin starts a log-in in a browser and has the provider ready to vouch for
// Anna. It returns the state.
func (p *portal) begin(browser *http.Client, path string) (state string) {
	p.t.Helper()
	_, to, _ := p.get(browser, path)
	u, err := url.Parse(to)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") != p.URL+"/log-ind/svar" || len(q.Get("state")) < 40 || len(q.Get("nonce")) < 40 {
		p.t.Fatal("what is sent to the provider:", to)
	}
	p.provider.challenge = q.Get("code_challenge")
	p.provider.claims = map[string]any{
		"iss": p.provider.URL, "aud": "us", "sub": "anna", "nonce": q.Get("nonce"), "acr": "Substantial",
		"exp": p.clock.Now().Add(time.Minute).Unix(), "iat": p.clock.Now().Unix(),
	}
	p.provider.info = map[string]any{"sub": "anna", "cpr": anna}
	return q.Get("state")
}

func (p *portal) finish(browser *http.Client, state string) (status int, location, title string) {
	p.t.Helper()
	return p.get(browser, "/log-ind/svar?"+url.Values{"code": {"c"}, "state": {state}}.Encode())
}

func (p *portal) loggedIn(browser *http.Client) bool {
	_, _, body := p.get(browser, "/who")
	return body == "logged in"
}

func (p *portal) cookie() string {
	at, err := url.Parse(p.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range p.browser.Jar.Cookies(at) {
		if c.Name == "session" {
			return c.Value
		}
	}
	return ""
}

func each(t *testing.T, test func(t *testing.T, p *portal)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) { test(t, newPortal(t, d, login.Claims{}, login.Private)) })
}

func one(t *testing.T) *portal { return newPortal(t, testkit.SQLite(t), login.Claims{}, login.Private) }

func TestLogInAndOut(t *testing.T) { // SYS-08, MBX-20
	each(t, func(t *testing.T, p *portal) {
		status, to, body := p.finish(p.browser, p.begin(p.browser, "/log-ind?retur=/besked/1%3Fvis%3Dalt"))
		if status != http.StatusSeeOther || to != "/besked/1?vis=alt" || !p.loggedIn(p.browser) {
			t.Fatal(status, to, body)
		}
		secret := p.cookie()
		err := p.db.Read(t.Context(), func(tx *db.Tx) error {
			n, err := p.sessions.Find(tx, secret)
			if n.Actor().Device != post.DeviceProgram { // Go's own client says so
				t.Errorf("from a %q", n.Device)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.browser.Post(p.URL+"/log-ud", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		out, err := url.Parse(strings.TrimPrefix(r.Header.Get("Refresh"), "0; url="))
		if err != nil || !strings.HasPrefix(out.String(), p.provider.URL+"/end?") {
			t.Fatal("sent on to", out, err)
		}
		if q := out.Query(); q.Get("client_id") != "us" || q.Get("post_logout_redirect_uri") != p.URL+"/log-ud" || q.Get("id_token_hint") == "" {
			t.Error("sent on with", q)
		}
		if p.loggedIn(p.browser) {
			t.Error("still logged in")
		}
		err = p.db.Read(t.Context(), func(tx *db.Tx) error { _, err := p.sessions.Find(tx, secret); return err })
		if errs.CodeOf(err) != "session.none" {
			t.Error("the old cookie still works on the server:", err)
		}
		if _, _, body := p.get(p.browser, "/log-ud"); !strings.Contains(body, "Du er logget ud") {
			t.Error(body)
		}
	})
}

func TestLogOutCannotBeForged(t *testing.T) {
	p := one(t)
	p.finish(p.browser, p.begin(p.browser, "/log-ind"))
	r, err := http.NewRequest("POST", p.URL+"/log-ud", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := p.browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) != 0 || !p.loggedIn(p.browser) {
		t.Error("another site logged the person out")
	}
}

func TestRefusedLogIns(t *testing.T) {
	p := one(t)
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		lie   func()
		title string
	}{
		{"nonce of another log-in", func() { p.provider.claims["nonce"] = "another" }, refused},
		{"no nonce", func() { delete(p.provider.claims, "nonce") }, refused},
		{"another issuer", func() { p.provider.claims["iss"] = "https://other.example" }, refused},
		{"another audience", func() { p.provider.claims["aud"] = "them" }, refused},
		{"made for another client among several", func() { p.provider.claims["aud"] = []string{"us", "them"}; p.provider.claims["azp"] = "them" }, refused},
		{"expired", func() { p.provider.claims["exp"] = p.clock.Now().Add(-time.Minute).Unix() }, refused},
		{"signed by a stranger", func() { p.provider.signWith = stranger }, refused},
		{"code of another challenge", func() { p.provider.challenge = "another" }, refused},
		{"level low", func() { p.provider.claims["acr"] = "Low" }, level},
		{"level unknown", func() { p.provider.claims["acr"] = "Ultimate" }, level},
		{"no level", func() { delete(p.provider.claims, "acr") }, level},
		{"userinfo of another", func() { p.provider.info["sub"] = "bo" }, refused},
		{"no number", func() { delete(p.provider.info, "cpr") }, refused},
		{"not in the register", func() { p.provider.info["cpr"] = unknown }, nobody},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := p.begin(p.browser, "/log-ind")
			p.provider.signWith = p.provider.key
			test.lie()
			if _, _, body := p.finish(p.browser, state); body != test.title {
				t.Errorf("answer %q, want %q", body, test.title)
			}
			if p.loggedIn(p.browser) {
				t.Error("logged in")
			}
		})
	}
	p.provider.signWith = p.provider.key
	if status, _, body := p.finish(p.browser, p.begin(p.browser, "/log-ind")); status != http.StatusSeeOther {
		t.Error("after all that, a good one:", status, body)
	}
}

func TestStateMixUp(t *testing.T) {
	p := one(t)
	attacker, victim := newBrowser(t), p.browser
	stolen := p.begin(attacker, "/log-ind")
	if _, _, body := p.finish(victim, stolen); body != stale {
		t.Error("a browser that began nothing:", body)
	}
	p.begin(victim, "/log-ind")
	if _, _, body := p.finish(victim, stolen); body != stale {
		t.Error("the answer to another browser's log-in:", body)
	}
	if p.provider.exchanged != 0 {
		t.Error("the code went to the provider all the same")
	}
	if p.loggedIn(victim) {
		t.Error("logged in as the attacker")
	}
}

func TestAnswerCountsOnce(t *testing.T) {
	p := one(t)
	state := p.begin(p.browser, "/log-ind")
	if status, _, body := p.finish(p.browser, state); status != http.StatusSeeOther {
		t.Fatal(status, body)
	}
	if _, _, body := p.finish(p.browser, state); body != stale {
		t.Error("a second time:", body)
	}
}

func TestAttemptRunsOut(t *testing.T) {
	p := one(t)
	state := p.begin(p.browser, "/log-ind")
	p.clock.Advance(11 * time.Minute)
	if _, _, body := p.finish(p.browser, state); body != stale {
		t.Error(body)
	}
}

func TestAnswerOfAnotherProvider(t *testing.T) { // RFC 9207
	p := one(t)
	state := p.begin(p.browser, "/log-ind")
	_, _, body := p.get(p.browser, "/log-ind/svar?"+url.Values{"code": {"c"}, "state": {state}, "iss": {"https://other.example"}}.Encode())
	if body != refused || p.provider.exchanged != 0 {
		t.Error(body)
	}
}

func TestPersonBreaksOff(t *testing.T) {
	p := one(t)
	state := p.begin(p.browser, "/log-ind")
	if _, _, body := p.get(p.browser, "/log-ind/svar?"+url.Values{"error": {"access_denied"}, "state": {state}}.Encode()); body != declined {
		t.Error(body)
	}
}

func TestSessionFixation(t *testing.T) {
	p := one(t)
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.browser.Jar.SetCookies(at, []*http.Cookie{{Name: "session", Value: "planted", Path: "/"}})
	p.finish(p.browser, p.begin(p.browser, "/log-ind"))
	first := p.cookie()
	if first == "planted" || !p.loggedIn(p.browser) {
		t.Fatal("the planted cookie was kept")
	}
	p.finish(p.browser, p.begin(p.browser, "/log-ind"))
	if p.cookie() == first {
		t.Error("a second log-in kept the first's cookie")
	}
	err = p.db.Read(context.Background(), func(tx *db.Tx) error { _, err := p.sessions.Find(tx, first); return err })
	if errs.CodeOf(err) != "session.none" {
		t.Error("the first session lives on:", err)
	}
}

func TestOpenRedirect(t *testing.T) {
	p := one(t)
	for retur, want := range map[string]string{
		"/mapper/2?side=3":        "/mapper/2?side=3",
		"":                        "/",
		"https://evil.example":    "/",
		"//evil.example":          "/",
		"/\\evil.example":         "/",
		"\\/evil.example":         "/",
		"/\t/evil.example":        "/",
		"/%2f/evil.example":       "/",
		"javascript:alert(1)":     "/",
		"evil.example":            "/",
		"/log-ind?retur=/log-ind": "/",
		"///evil.example":         "/",
		"http:/evil.example":      "/",
		"/a\r\nSet-Cookie: x=y":   "/",
	} {
		_, to, _ := p.finish(p.browser, p.begin(p.browser, "/log-ind?"+url.Values{"retur": {retur}}.Encode()))
		if to != want {
			t.Errorf("%q leads to %q, want %q", retur, to, want)
		}
	}
}

func TestProviderThatDoesNotAnswer(t *testing.T) {
	p := one(t)
	p.provider.Close()
	if status, _, title := p.get(p.browser, "/log-ind"); status != http.StatusServiceUnavailable || title != "MitID svarer ikke lige nu" {
		t.Error(status, title)
	}
}

// The ID token goes into an address at log-out, and a CPR number never does:
// neither the claim that is read nor another.
func TestIDTokenWithANumberIsNotKept(t *testing.T) {
	for name, test := range map[string]struct {
		claims, info map[string]any
		kept         bool
	}{
		"the claim that is read":     {claims: map[string]any{"dk": map[string]any{"cpr": anna}}},
		"another claim":              {claims: map[string]any{"ssn": anna}, info: map[string]any{"dk": map[string]any{"cpr": anna}}},
		"another, with a hyphen":     {claims: map[string]any{"x": []string{anna[:6] + "-" + anna[6:]}}, info: map[string]any{"dk.cpr": anna}},
		"none, the number elsewhere": {info: map[string]any{"dk.cpr": anna}, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, testkit.SQLite(t), login.Claims{CPR: "dk.cpr", Assurance: "loa", Levels: map[string]string{"S3": "substantial"}}, login.Private)
			state := p.begin(p.browser, "/log-ind")
			p.provider.claims["loa"] = "S3"
			maps.Copy(p.provider.claims, test.claims)
			p.provider.info = map[string]any{"sub": p.provider.claims["sub"]}
			maps.Copy(p.provider.info, test.info)
			if status, _, body := p.finish(p.browser, state); status != http.StatusSeeOther {
				t.Fatal("claims mapped by configuration:", status, body)
			}
			r, err := p.browser.Post(p.URL+"/log-ud", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if to := r.Header.Get("Refresh"); to == "" || strings.Contains(to, "id_token_hint") != test.kept {
				t.Error("the address at log-out has an ID token:", !test.kept)
			}
		})
	}
}

func TestProviderMustBeSafe(t *testing.T) {
	for issuer, local := range map[string]bool{
		"http://login.example.dk":  false, // not https
		"http://id.localhost:8080": false, // the test log-in, in serve
		"https://id.localhost":     false,
		"https://127.0.0.1":        false,
		"https://login.example.dk": true, // a real one, in localserve
		"":                         false,
	} {
		if _, err := login.New(login.Config{Issuer: issuer, ClientID: "us", Local: local}, nil, nil, nil, nil); errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("%q local %v: %v", issuer, local, err)
		}
	}
	if _, err := login.New(login.Config{Issuer: "https://login.example.dk", ClientID: "us"}, nil, nil, nil, nil); err != nil {
		t.Error(err)
	}
}
