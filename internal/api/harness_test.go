package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"digitalpost/internal/activity"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// stack is a world with the API in front of it, on a real TLS connection.
type stack struct {
	*world.World
	server *httptest.Server
	log    *bytes.Buffer

	town     registry.Party // an authority
	anna     registry.Party // a person
	sender   world.System   // of the town
	receiver world.System   // of the town, once something is to reach it

	// connections serve all callers with the same certificate, "" for none: a TLS
	// handshake costs more than most calls.
	connections map[string]*http.Client

	matrix
}

// calls numbers callers' addresses, so that one's failures do not slow another.
var calls atomic.Uint32

func start(t *testing.T, d *db.DB, change ...func(*api.Config)) *stack {
	t.Helper()
	s := &stack{World: world.New(t, d), log: new(bytes.Buffer), connections: map[string]*http.Client{}}
	config := api.Config{ClientCAs: s.CA.Pool, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	for _, c := range change {
		c(&config)
	}
	site, err := web.New(web.Config{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	a := api.New(api.Deps{DB: d, Registry: s.Registry, Intake: s.Intake, Outbound: s.Outbound, Mailboxes: s.Mailboxes, Compose: s.Compose, Sessions: s.Sessions, Trustees: s.Trustees, Team: s.Team, Accesses: s.Accesses, Staff: s.Staff, Companies: s.Companies, Appointments: s.Appointments, Activity: activity.New(s.Mailboxes, s.Registry),
		Site: site, Log: slog.New(slog.NewTextHandler(s.log, nil))}, config)
	s.server = httptest.NewUnstartedServer(a.Handler())
	api.Prepare(s.server.Config)
	s.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.server.TLS, s.server.Config.TLSConfig = s.server.Config.TLSConfig, nil
	s.server.EnableHTTP2 = true
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	t.Cleanup(a.LetGo)
	s.town, s.anna = s.Authority("Prøvekøbing Kommune"), s.Person("Anna", 40, nil)
	s.sender = s.Sender(s.town)
	return s
}

// caller is somebody who calls.
type caller struct {
	s             *stack
	client        *http.Client
	authorization string
	address       string
}

func (s *stack) caller(certificate *tls.Certificate, authorization string) caller {
	return caller{s, s.client(certificate), authorization, "192.0.2." + strconv.Itoa(int(calls.Add(1)%250+1))}
}

func (s *stack) client(certificate *tls.Certificate) *http.Client {
	var leaf string // a certificate is the same wherever it lies
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AddCert(s.server.Certificate())
	if certificate != nil {
		leaf, config.Certificates = string(certificate.Certificate[0]), []tls.Certificate{*certificate}
	}
	if s.connections[leaf] == nil {
		transport := &http.Transport{TLSClientConfig: config, DisableCompression: true}
		s.T.Cleanup(transport.CloseIdleConnections)
		s.connections[leaf] = &http.Client{Transport: transport}
	}
	return s.connections[leaf]
}

func basic(system post.UUID, key string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(system.String(), key)
	return r.Header.Get("Authorization")
}

func (s *stack) system(x world.System) caller {
	return s.caller(&x.Certificate, basic(x.UUID, x.Key))
}

func (s *stack) person(p registry.Party, scopes ...string) caller {
	return s.caller(nil, "Bearer "+s.Token(p, scopes...))
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call is a request; a header is given as "Name: value".
func (c caller) call(method, path string, body []byte, headers ...string) answer {
	c.s.T.Helper()
	a, err := c.try(c.s.T.Context(), method, path, body, headers...)
	if err != nil {
		c.s.T.Fatal(err)
	}
	return a
}

func (c caller) try(ctx context.Context, method, path string, body []byte, headers ...string) (answer, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.s.server.URL+api.Base+path, reader)
	if err != nil {
		return answer{}, err
	}
	if c.authorization != "" {
		r.Header.Set("Authorization", c.authorization)
	}
	r.Header.Set("X-Forwarded-For", c.address)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := c.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	got := answer{res.StatusCode, res.Header, raw}
	if err == nil {
		if wrong := theContract().holds(method, path, got); wrong != nil {
			c.s.T.Errorf("%s %s: %v", method, path, wrong)
		}
	}
	return got, err
}

const (
	xmlType  = "Content-Type: application/xml"
	jsonType = "Content-Type: application/json"
)

// send posts a letter.
func (c caller) send(id post.UUID, letter []byte) answer {
	c.s.T.Helper()
	return c.call("POST", "/memos/?memo-message-uuid="+id.String(), letter, xmlType)
}

// object is the answer as a JSON object.
func (a answer) object(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.body, &m); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return m
}

func (a answer) list(t testing.TB, name string) []map[string]any {
	t.Helper()
	all := []map[string]any{}
	for _, v := range a.object(t)[name].([]any) {
		all = append(all, v.(map[string]any))
	}
	return all
}

// is asserts the status, and the code where one is given: an ErrorMessage with a
// sentence.
func (a answer) is(t testing.TB, status int, code string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if code == "" {
		return
	}
	m := a.object(t)
	if m["code"] != code || m["message"] == "" || m["fieldErrors"] == nil {
		t.Fatalf("%s\nwant code %s", a.body, code)
	}
}

// delivered has a letter lie in anna's mailbox.
func (s *stack) delivered(change func(*memo.Message)) {
	s.T.Helper()
	id, letter := s.Letter(s.town, s.anna, change)
	town := s.system(s.sender)
	town.send(id, letter).is(s.T, 201, "")
	for _, r := range town.call("GET", "/receipts-bulk/", nil).list(s.T, "receipts") {
		if r["receiptStatus"] != "COMPLETED" {
			s.T.Fatalf("%v", r)
		}
	}
}

// mailbox is the path of a person's mailbox, and message that of its newest
// message.
func (c caller) mailbox() string {
	c.s.T.Helper()
	all := c.call("GET", "/mailboxes/", nil)
	all.is(c.s.T, 200, "")
	return "/mailboxes/" + all.list(c.s.T, "mailboxes")[0]["id"].(string)
}

func (c caller) messages(query string) []map[string]any {
	c.s.T.Helper()
	all := c.call("GET", c.mailbox()+"/messages/"+query, nil)
	all.is(c.s.T, 200, "")
	return all.list(c.s.T, "messages")
}

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// ask is a request as the table tests make it: a stream is not waited for.
func (c caller) ask(r api.Operation, path string, body []byte, headers ...string) answer {
	c.s.T.Helper()
	method := r.Method
	if r.Name == "FollowMailbox" {
		method = "HEAD"
	}
	return c.call(method, path, body, headers...)
}
