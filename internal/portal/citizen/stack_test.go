package citizen_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/activity"
	"digitalpost/internal/calendar"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/login"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/portal/citizen"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

const (
	base      = "http://borger.localhost"
	documents = "http://dokument.localhost"
)

// stack is the portal on a running world, with one authority that sends.
type stack struct {
	*world.World
	t         *testing.T
	config    citizen.Config
	portal    *citizen.Portal
	pages     http.Handler
	documents http.Handler
	authority registry.Party
	sender    world.System
	log       *syncBuffer
}

// syncBuffer is a log that a test reads while servers write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newStack(t *testing.T) *stack {
	t.Helper()
	return newStackAt(t, base, documents)
}

func newStackAt(t *testing.T, base, documents string) *stack {
	t.Helper()
	return newStackOn(t, testkit.SQLite(t), base, documents)
}

func newStackOn(t *testing.T, d *db.DB, base, documents string) *stack {
	t.Helper()
	w := world.New(t, d)
	s := &stack{World: w, t: t, log: &syncBuffer{}}
	l, err := login.New(login.Config{Issuer: "http://id.localhost", ClientID: "borger", Local: true, HTTP: &http.Client{Timeout: time.Second},
		Claims: login.Claims{CPR: "cpr", Assurance: "loa"}}, w.DB, w.Keys, w.Sessions, w.Registry)
	if err != nil {
		t.Fatal(err)
	}
	s.config = citizen.Config{
		Web: web.Config{Log: slog.New(slog.NewTextHandler(s.log, nil)), LogIn: "http://id.localhost", Support: web.Support{Phone: "70 20 00 00", Hours: "hverdage 8-20"}},
		DB:  w.DB, Activity: activity.New(w.Mailboxes, w.Registry), Mailboxes: w.Mailboxes, Login: l, Support: w.Support, Base: base, Documents: documents, Rights: "https://rettigheder.test", Key: bytes.Repeat([]byte{7}, 32),
		Calendars: calendar.New(w.DB, w.Mailboxes), Compose: w.Compose, Registry: w.Registry, Trustees: w.Trustees, Team: w.Team, Appointments: w.Appointments, Extracts: w.Extracts, Accesses: w.Accesses,
		Browser: &session.Browser{Sessions: w.Sessions, DB: w.DB, Platform: post.PlatformBorger},
	}
	s.at(post.PlatformBorger)
	s.authority = w.Authority("Ålhavn Kommune")
	s.sender = w.Sender(s.authority)
	return s
}

// at has the pages be those of a platform's portal.
func (s *stack) at(platform post.Platform) {
	s.t.Helper()
	browser := *s.config.Browser
	browser.Platform = platform
	s.config.Browser = &browser
	var err error
	if s.portal, err = citizen.New(s.config); err != nil {
		s.t.Fatal(err)
	}
	s.pages, s.documents = s.portal.Handler(), s.portal.DocumentsHandler()
	s.t.Cleanup(s.portal.LetGo)
}

// login begins a session and returns its cookie.
func (s *stack) login(p registry.Party) *http.Cookie {
	s.t.Helper()
	var secret string
	s.Update(func(tx *db.Tx) (err error) {
		_, secret, err = s.Sessions.Start(tx, session.Session{Party: p.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial})
		return err
	})
	// They have been here before: nobody shows them around.
	actor := world.Actor(p)
	if _, err := s.Mailboxes.Enter(s.t.Context(), actor); err == nil {
		if err := s.Mailboxes.Introduced(s.t.Context(), actor); err != nil {
			s.t.Fatal(err)
		}
	}
	return &http.Cookie{Name: "session", Value: secret}
}

// send delivers a letter and returns its id in the mailbox.
func (s *stack) send(to registry.Party, change func(*memo.Message)) post.UUID {
	s.t.Helper()
	_, letter := s.Letter(s.authority, to, change)
	receipt, err := s.Intake.Accept(s.t.Context(), intake.Submission{System: s.sender.System, Body: bytes.NewReader(letter), Length: int64(len(letter))})
	if err != nil || receipt.Code != "" {
		s.t.Fatal(receipt, err)
	}
	actor := world.Actor(to)
	boxes, err := s.Mailboxes.List(s.t.Context(), actor)
	if err != nil || len(boxes) == 0 {
		s.t.Fatal(boxes, err)
	}
	page, err := s.Mailboxes.Messages(s.t.Context(), actor, boxes[0].UUID, mailbox.Query{Inbox: true, Limit: 1})
	if err != nil || len(page.Messages) != 1 {
		s.t.Fatal(page.Messages, err)
	}
	return page.Messages[0].ID
}

// box is the id of somebody's own mailbox.
func (s *stack) box(p registry.Party) post.UUID {
	s.t.Helper()
	boxes, err := s.Mailboxes.List(s.t.Context(), world.Actor(p))
	if err != nil || len(boxes) == 0 {
		s.t.Fatal(boxes, err)
	}
	return boxes[0].UUID
}

// answer is what a handler answered.
type answer struct {
	status int
	header http.Header
	text   string
}

func (a answer) has(t *testing.T, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(a.text, part) {
			t.Errorf("%q is missing in %d:\n%s", part, a.status, a.text)
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

// call asks a handler.
func call(h http.Handler, method, address string, change ...func(*http.Request)) answer {
	r := httptest.NewRequest(method, address, nil)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	text, _ := io.ReadAll(w.Result().Body)
	return answer{w.Code, w.Result().Header, string(text)}
}

// get asks for a page with a cookie, nil for nobody.
func (s *stack) get(who *http.Cookie, path string, change ...func(*http.Request)) answer {
	return call(s.pages, http.MethodGet, base+path, append(change, func(r *http.Request) {
		if who != nil {
			r.AddCookie(who)
		}
	})...)
}
