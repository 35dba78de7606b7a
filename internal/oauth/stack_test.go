package oauth_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"html/template"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/login"
	"digitalpost/internal/oauth"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

const anna, bo, company = "0702701234", "0803801234", "10000009"

// pages is a site that shows errors by their code.
type pages struct{}

func (pages) Handle(fn func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "form-action 'self'")
		if err := fn(w, r); err != nil {
			status := map[errs.Kind]int{errs.KindUnauthenticated: 401, errs.KindForbidden: 403, errs.KindNotFound: 404, errs.KindInvalid: 400}[errs.KindOf(err)]
			http.Error(w, errs.CodeOf(err), max(status, 400))
		}
	})
}

func (pages) Show(w http.ResponseWriter, _ *http.Request, status int, title string, content *template.Template, data any) error {
	w.WriteHeader(status)
	return content.Execute(w, data)
}

// stack is the API host with its authorization server, the test log-in, and a
// folder as localserve leaves it.
type stack struct {
	t        *testing.T
	db       *db.DB
	sessions *session.Sessions
	people   *registry.Registry
	api      *httptest.Server
	later    atomic.Int64 // how far the server's clock is ahead
	dir      string
}

func newStack(t *testing.T, d *db.DB) *stack {
	s := &stack{t: t, db: d, dir: t.TempDir()}
	d.Now = func() time.Time { return time.Now().Add(time.Duration(s.later.Load())) }
	ring, err := keys.Open(t.Context(), d, filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	s.people = registry.New(d, ring)
	s.sessions = session.New(ring, s.people, session.Limits{})
	register := `{"type":"person","cpr":"` + anna + `","firstName":"Anna","lastName":"Test","birthDate":"1970-02-07"}
		{"type":"person","cpr":"` + bo + `","firstName":"Bo","lastName":"Test","birthDate":"1980-03-08"}
		{"type":"organisation","cvr":"` + company + `","name":"Holm & Ørum"}
		{"type":"member","organisation":"` + company + `","cpr":"` + anna + `","number":"1001","employed":true}`
	if _, err := s.people.Import(t.Context(), "test", strings.NewReader(register)); err != nil {
		t.Fatal(err)
	}
	s.update(func(tx *db.Tx) error { return s.sessions.SaveClient(tx, testid.DemoClient()) })

	mux := http.NewServeMux()
	browser := &session.Browser{Sessions: s.sessions, DB: d, Secure: true}
	s.api = httptest.NewTLSServer(browser.Load(mux))
	t.Cleanup(s.api.Close)

	web := httptest.NewUnstartedServer(nil)
	ground, err := testid.Stand(web.Listener)
	if err != nil {
		t.Fatal(err)
	}
	id, err := testid.New(ground, testid.Config{Portals: []string{s.api.URL}, Now: d.Now, People: func(context.Context) ([]testid.Person, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	web.Config.Handler = id.Handler()
	web.Start()
	t.Cleanup(web.Close)

	l, err := login.New(login.Config{
		Issuer: ground.Issuer(), ClientID: testid.ClientID, Local: true, HTTP: ground.Client(),
		Claims: login.Claims{CPR: "dk.cpr", Assurance: "loa", CVR: "nemlogin.cvr", Number: "nemlogin.nemid.rid", EmployeeCPR: "nemlogin.cpr"},
	}, d, ring, s.sessions, s.people)
	if err != nil {
		t.Fatal(err)
	}
	l.Routes(mux, &login.Portal{Browser: browser, Base: s.api.URL, Takes: login.Either}, pages{})
	server, err := oauth.New(t.Context(), s.api.URL+"/apis/v1/oauth", d, s.sessions, s.people, pages{})
	if err != nil {
		t.Fatal(err)
	}
	server.Routes(mux, "/apis/v1")

	ca := filepath.Join(s.dir, "ca.pem")
	s.write(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.api.Certificate().Raw}))
	at, err := json.Marshal(map[string]string{"api": s.api.URL + "/apis/v1", "ca": ca})
	if err != nil {
		t.Fatal(err)
	}
	s.write(filepath.Join(s.dir, "localserve.json"), at)
	return s
}

func (s *stack) write(path string, content []byte) {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stack) update(fn func(tx *db.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(context.Background(), fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stack) fetch(cpr string) *oauth2.Token {
	s.t.Helper()
	token, err := testid.FetchToken(s.t.Context(), s.dir, testid.Identity{CPR: number(s.t, cpr)}, "demo")
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func number(t *testing.T, digits string) post.CPR {
	cpr, err := post.ParseCPR(digits)
	if err != nil {
		t.Fatal(err)
	}
	return cpr
}

// browser is a browser in which somebody is logged in on the API's host.
func (s *stack) browser(cpr string) *http.Client {
	s.t.Helper()
	var secret string
	s.update(func(tx *db.Tx) error {
		person, err := s.people.PersonByCPR(tx, number(s.t, cpr))
		if err != nil {
			return err
		}
		_, secret, err = s.sessions.Start(tx, session.Session{Party: person.ID, Assurance: post.AssuranceSubstantial})
		return err
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	at, err := url.Parse(s.api.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	jar.SetCookies(at, []*http.Cookie{{Name: "__Host-session", Value: secret, Path: "/", Secure: true}})
	return &http.Client{Transport: s.api.Client().Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// reply is what an endpoint answered.
type reply struct {
	status   int
	location *url.URL
	header   http.Header
	text     string
	json     map[string]any
}

func (s *stack) read(r *http.Response, err error) reply {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := reply{status: r.StatusCode, header: r.Header, text: strings.TrimSpace(string(raw)), location: &url.URL{}}
	if to, err := r.Location(); err == nil {
		a.location = to
	}
	json.Unmarshal(raw, &a.json)
	return a
}

const verifier = "a-verifier-of-at-least-forty-three-characters"

// wants is what the demo client asks for, with changes.
func wants(changes ...string) url.Values {
	v := url.Values{
		"response_type": {"code"}, "client_id": {"demo"}, "redirect_uri": {"http://127.0.0.1:7777/callback"}, "scope": {"openid read"},
		"state": {"a-state-of-the-client"}, "nonce": {"a-nonce-of-the-client"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return v
}

func (s *stack) authorize(b *http.Client, v url.Values) reply {
	s.t.Helper()
	return s.read(b.Get(s.api.URL + "/apis/v1/oauth/authorize?" + v.Encode()))
}

func (s *stack) decide(b *http.Client, v url.Values, answer string) reply {
	s.t.Helper()
	return s.read(b.PostForm(s.api.URL+"/apis/v1/oauth/godkend", url.Values{"anmodning": {v.Encode()}, "svar": {answer}}))
}

// code has a person say yes and returns the code.
func (s *stack) code(b *http.Client, v url.Values) string {
	s.t.Helper()
	a := s.decide(b, v, "ja")
	code := a.location.Query().Get("code")
	if code == "" {
		s.t.Fatal("no code: ", a.status, a.location, a.text)
	}
	return code
}

func (s *stack) token(v url.Values) reply {
	s.t.Helper()
	return s.read(s.api.Client().PostForm(s.api.URL+"/apis/v1/oauth/token", v))
}

// exchange asks for tokens for a code, with changes.
func (s *stack) exchange(code string, changes ...string) reply {
	s.t.Helper()
	v := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "client_id": {"demo"},
		"redirect_uri": {"http://127.0.0.1:7777/callback"}, "code_verifier": {verifier},
	}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return s.token(v)
}

func (s *stack) refresh(token string) reply {
	s.t.Helper()
	return s.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {"demo"}})
}

// as calls an endpoint with an access token.
func (s *stack) as(access, method, path string) reply {
	s.t.Helper()
	r, err := http.NewRequest(method, s.api.URL+"/apis/v1"+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	return s.read(s.api.Client().Do(r))
}

func each(t *testing.T, test func(t *testing.T, s *stack)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) { test(t, newStack(t, d)) })
}
