package staff_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/login"
	portal "digitalpost/internal/portal/staff"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/web"
)

const base = "http://borgerservice.localhost"

// clerk is somebody at the counter's portal.
type clerk struct {
	name   string
	actor  post.Actor
	roles  access.Relation // that they have
	cookie *http.Cookie
	flash  *http.Cookie // what the page before has to tell
}

// stack is the portal on a running world: a municipality with two clerks, another with
// one, the agency, and a citizen who lives in the first.
type stack struct {
	*world.World
	t           *testing.T
	portal      *portal.Portal
	pages       http.Handler
	here, there registry.Party
	karen       registry.Party

	tove, rasmus     *clerk // citizen service here
	helle            *clerk // citizen service there
	manager, support *clerk // of the agency
	employee         *clerk // works here, without a role
	citizen          *clerk // Karen, with her private MitID
	nobody           *clerk
}

func start(t *testing.T, d *db.DB) *stack {
	t.Helper()
	w := world.New(t, d)
	s := &stack{World: w, t: t, here: w.Authority("Ålhavn Kommune"), there: w.Authority("Fjordby Kommune"), nobody: &clerk{name: "nobody"}}
	s.karen = s.inhabitant("Karen", nil)
	l, err := login.New(login.Config{Issuer: "http://id.localhost", ClientID: "borgerservice", Local: true, HTTP: &http.Client{Timeout: time.Second},
		Claims: login.Claims{CPR: "cpr", Assurance: "loa"}}, w.DB, w.Keys, w.Sessions, w.Registry)
	if err != nil {
		t.Fatal(err)
	}
	s.portal, err = portal.New(portal.Config{
		Web: web.Config{Log: slog.New(slog.DiscardHandler), LogIn: "http://id.localhost", Support: web.Support{Phone: "70 20 00 00", Hours: "hverdage 8-20"}},
		DB:  w.DB, Staff: w.Staff, Support: w.Support, Appointments: w.Appointments, Extracts: w.Extracts, Login: l, Base: base, Key: bytes.Repeat([]byte{7}, 32),
		Browser: &session.Browser{Sessions: w.Sessions, DB: w.DB, Platform: post.PlatformStaff}})
	if err != nil {
		t.Fatal(err)
	}
	s.pages = s.portal.Handler()
	s.tove, s.rasmus = s.clerk("Tove", s.here, access.CitizenService), s.clerk("Rasmus", s.here, access.CitizenService)
	s.helle = s.clerk("Helle", s.there, access.CitizenService)
	s.manager, s.support = s.clerk("Pernille", w.Operator, access.SystemManager), s.clerk("Emil", w.Operator, access.Support)
	plain := w.Person("Asger", 30, nil)
	w.Member(s.here, plain, nil)
	s.employee = s.logIn("employee", post.Actor{Party: plain.ID, Organisation: s.here.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial})
	s.citizen = s.logIn("citizen", post.Actor{Party: s.karen.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial})
	return s
}

// inhabitant is somebody who lives in the first municipality.
func (s *stack) inhabitant(name string, change func(*registry.Record)) registry.Party {
	s.t.Helper()
	return s.Person(name, 81, func(r *registry.Record) {
		r.LastName = "Prøvesen-Ærø"
		r.Address = json.RawMessage(`{"municipality":"` + s.Number(s.here) + `","addressLabel":"Strandvejen","houseNumber":"4","zipCode":"9999","city":"Ålhavn","country":"DK"}`)
		if change != nil {
			change(r)
		}
	})
}

func (s *stack) clerk(name string, employer registry.Party, role access.Relation) *clerk {
	s.t.Helper()
	c := s.logIn(strings.ToLower(name), s.Clerk(name, employer, role))
	c.roles = role
	return c
}

func (s *stack) logIn(name string, a post.Actor) *clerk {
	s.t.Helper()
	var secret string
	s.Update(func(tx *db.Tx) (err error) {
		_, secret, err = s.Sessions.Start(tx, session.Session{Party: a.Party, Organisation: a.Organisation, Platform: a.Platform, Assurance: a.Assurance})
		return err
	})
	return &clerk{name: name, actor: a, cookie: &http.Cookie{Name: "session", Value: secret}}
}

// answer is what the portal answered.
type answer struct {
	status int
	header http.Header
	text   string
}

func (a answer) has(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.text, part) {
			t.Errorf("%q is missing in %d %s:\n%s", part, a.status, a.header.Get("Location"), a.text)
		}
	}
}

func (a answer) lacks(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(a.text, part) {
			t.Errorf("%q stands in %d:\n%s", part, a.status, a.text)
		}
	}
}

// ask asks for a page, or sends a form to it; a file goes with it where the form is to
// have one.
func (s *stack) ask(who *clerk, method, path, form string, file []byte) answer {
	s.t.Helper()
	var body bytes.Buffer
	kind := "application/x-www-form-urlencoded"
	if file != nil {
		parts := multipart.NewWriter(&body)
		part, err := parts.CreateFormFile("fil", "blanket.pdf")
		if err != nil {
			s.t.Fatal(err)
		}
		part.Write(file) //nolint:errcheck // into a Buffer
		parts.Close()    //nolint:errcheck // as above
		kind = parts.FormDataContentType()
	} else {
		body.WriteString(form)
	}
	r := httptest.NewRequest(method, base+path, &body)
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range []*http.Cookie{who.cookie, who.flash} {
		if c != nil {
			r.AddCookie(c)
		}
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

func (s *stack) get(who *clerk, path string) answer { return s.ask(who, http.MethodGet, path, "", nil) }

func (s *stack) post(who *clerk, path string, form url.Values) answer {
	return s.ask(who, http.MethodPost, path, form.Encode(), nil)
}

// names are what a form says of who somebody is.
func (s *stack) names(p registry.Party) url.Values {
	s.t.Helper()
	first, last, _ := strings.Cut(p.Name, " ")
	return url.Values{"cpr": {s.Number(p)}, "fornavn": {first}, "efternavn": {last}}
}

// named are the same as the capability takes them.
func (s *stack) named(p registry.Party) staff.Citizen {
	s.t.Helper()
	cpr, err := s.Registry.CPR(p)
	if err != nil {
		s.t.Fatal(err)
	}
	first, last, _ := strings.Cut(p.Name, " ")
	return staff.Citizen{CPR: cpr, FirstName: first, LastName: last}
}

var scan = []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
