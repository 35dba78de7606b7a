package rights_test

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/login"
	portal "digitalpost/internal/portal/rights"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/web"
)

const base = "http://rettigheder.localhost"

// worker is somebody at the rights portal.
type worker struct {
	name   string
	person registry.Party
	actor  post.Actor
	cookie *http.Cookie
}

// stack is the portal on a running world: a company with an administrator, a signatory
// and an employee; another company with an administrator; an association that has
// nobody who gives rights.
type stack struct {
	*world.World
	t                 *testing.T
	portal            *portal.Portal
	pages             http.Handler
	firm, other, club registry.Party

	anna   *worker // administers the firm
	bo     *worker // works there
	boss   *worker // signs for it alone, logged in privately
	elsa   *worker // administers the other
	vera   *worker // works in the club
	nobody *worker
}

func start(t *testing.T, d *db.DB) *stack {
	t.Helper()
	w := world.New(t, d)
	s := &stack{World: w, t: t, firm: w.Company("Hemmeligt Firma ApS"), other: w.Company("Anden ApS"), club: w.Company("Ålhavn Badminton"), nobody: &worker{name: "nobody"}}
	l, err := login.New(login.Config{Issuer: "http://id.localhost", ClientID: "rettigheder", Local: true, HTTP: &http.Client{Timeout: time.Second},
		Claims: login.Claims{CPR: "cpr", Assurance: "loa"}}, w.DB, w.Keys, w.Sessions, w.Registry)
	if err != nil {
		t.Fatal(err)
	}
	s.portal, err = portal.New(portal.Config{
		Web: web.Config{Log: slog.New(slog.DiscardHandler), LogIn: "http://id.localhost", Support: web.Support{Phone: "70 20 00 00", Hours: "hverdage 8-20"}},
		DB:  w.DB, Companies: w.Companies, Appointments: w.Appointments, Login: l, Base: base, Post: "http://virk.localhost", Key: bytes.Repeat([]byte{7}, 32),
		Browser: &session.Browser{Sessions: w.Sessions, DB: w.DB, Platform: post.PlatformRights}})
	if err != nil {
		t.Fatal(err)
	}
	s.pages = s.portal.Handler()
	s.anna, s.bo, s.elsa, s.vera = s.employee("Anna", s.firm, "1001"), s.employee("Bo", s.firm, "1002"), s.employee("Elsa", s.other, "1001"), s.employee("Vera", s.club, "1001")
	s.Give(rights.Right{Mailbox: s.firm.ID, Holder: s.anna.person.ID, Organisation: s.firm.ID, Relation: access.Administrator})
	s.Give(rights.Right{Mailbox: s.other.ID, Holder: s.elsa.person.ID, Organisation: s.other.ID, Relation: access.Administrator})
	boss := w.Person("Bodil", 50, nil)
	w.Member(s.firm, boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	s.boss = s.logIn("boss", boss, 0)
	return s
}

func (s *stack) employee(name string, of registry.Party, number string) *worker {
	s.t.Helper()
	p := s.Person(name, 40, nil)
	s.Member(of, p, func(r *registry.Record) { r.Number = number })
	return s.logIn(strings.ToLower(name), p, of.ID)
}

func (s *stack) logIn(name string, p registry.Party, organisation post.PartyID) *worker {
	s.t.Helper()
	a := post.Actor{Party: p.ID, Organisation: organisation, Platform: post.PlatformRights, Assurance: post.AssuranceSubstantial}
	var secret string
	s.Update(func(tx *db.Tx) (err error) {
		_, secret, err = s.Sessions.Start(tx, session.Session{Party: a.Party, Organisation: a.Organisation, Platform: a.Platform, Assurance: a.Assurance})
		return err
	})
	return &worker{name, p, a, &http.Cookie{Name: "session", Value: secret}}
}

// member is an employee as their employer has them.
func (s *stack) member(who *worker) (m registry.Member) {
	s.t.Helper()
	s.Update(func(tx *db.Tx) (err error) {
		m, err = s.Registry.Member(tx, who.actor.Organisation, who.person.ID)
		return err
	})
	return m
}

// has tells whether somebody has a right to the firm's post of their own.
func (s *stack) has(who *worker, relation access.Relation) bool {
	s.t.Helper()
	there := false
	s.Update(func(tx *db.Tx) error {
		all, err := s.Rights.To(tx, s.firm.ID)
		there = slices.ContainsFunc(all, func(r rights.Right) bool { return r.Holder == who.person.ID && r.Relation == relation })
		return err
	})
	return there
}

// answer is what the portal answered.
type answer struct {
	status int
	header http.Header
	text   string
}

func (a answer) is(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("the answer is %d, not %d:\n%s", a.status, status, a.text)
	}
	for _, part := range parts {
		if !strings.Contains(a.text, part) {
			t.Errorf("%q is missing in:\n%s", part, a.text)
		}
	}
}

func (a answer) lacks(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(a.text, part) {
			t.Errorf("%q stands in:\n%s", part, a.text)
		}
	}
}

// ask asks for a page, or sends a form to it, with a file in the field of a name where
// one is given.
func (s *stack) ask(who *worker, method, path string, form url.Values, field string, file []byte) answer {
	s.t.Helper()
	body, kind := bytes.NewBufferString(form.Encode()), "application/x-www-form-urlencoded"
	if field != "" {
		body = new(bytes.Buffer)
		parts := multipart.NewWriter(body)
		for name, values := range form {
			parts.WriteField(name, values[0]) //nolint:errcheck // into a Buffer
		}
		part, err := parts.CreateFormFile(field, map[bool]string{true: "liste.csv", false: "fuldmagt.pdf"}[field == "fil"])
		if err != nil {
			s.t.Fatal(err)
		}
		part.Write(file) //nolint:errcheck // into a Buffer
		parts.Close()    //nolint:errcheck // as above
		kind = parts.FormDataContentType()
	}
	r := httptest.NewRequest(method, base+path, body)
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if who.cookie != nil {
		r.AddCookie(who.cookie)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

func (s *stack) get(who *worker, path string) answer {
	return s.ask(who, http.MethodGet, path, nil, "", nil)
}

func (s *stack) post(who *worker, path string, form url.Values) answer {
	return s.ask(who, http.MethodPost, path, form, "", nil)
}

// at is a page of the firm.
func (s *stack) at(page string) string { return "/enhed/" + s.firm.UUID.String() + page }

// proof is a document on paper.
var proof = []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
