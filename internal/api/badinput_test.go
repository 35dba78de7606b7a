package api_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// Each kind of bad input has a clear answer, and nothing is kept of it.
func TestBadInput(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town, other := s.system(s.sender), s.Sender(s.Authority("Andenby Kommune"))
		id, letter := s.Letter(s.town, s.anna, nil)
		path := "/memos/?memo-message-uuid=" + id.String()
		laughs := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + strings.TrimPrefix(string(letter), `<?xml version="1.0" encoding="UTF-8"?>`)
		for _, test := range []struct {
			name   string
			caller caller
			path   string
			body   []byte
			header string
			status int
			code   string
		}{
			{"malformed XML", town, path, letter[:len(letter)-30], xmlType, 400, memo.CodeInvalid},
			{"wrong namespace", town, path, bytes.ReplaceAll(letter, []byte("DigitalPost.dk/MeMo-1"), []byte("example.org")), xmlType, 400, memo.CodeInvalid},
			{"100 MB of spaces", town, path, bytes.Repeat([]byte(" "), 100<<20), xmlType, 413, api.CodeBodyTooLarge},
			{"90 MB of spaces", town, path, bytes.Repeat([]byte(" "), 90<<20), xmlType, 400, memo.CodeInvalid},
			{"billion laughs", town, path, []byte(laughs), xmlType, 400, memo.CodeInvalid},
			{"another authority's CVR as sender", s.system(other), path, letter, xmlType, 403, intake.CodeSender},
			{"no memo-message-uuid", town, "/memos/", letter, xmlType, 400, api.CodeParameter},
			{"another memo-message-uuid", town, "/memos/?memo-message-uuid=" + post.NewUUID().String(), letter, xmlType, 400, intake.CodeUUIDMismatch},
			{"no content type", town, path, letter, "X: y", 415, api.CodeContentType},
			{"JSON", town, path, letter, jsonType, 415, api.CodeContentType},
			{"no body", town, path, []byte{}, xmlType, 400, memo.CodeInvalid},
		} {
			t.Run(test.name, func(t *testing.T) {
				test.caller.call("POST", test.path, test.body, test.header).is(t, test.status, test.code)
			})
		}
		if n := len(s.person(s.anna).messages("")) + len(town.call("GET", "/receipts-bulk/", nil).list(t, "receipts")); n != 0 {
			t.Errorf("%d messages and receipts were kept", n)
		}
		town.send(id, letter).is(t, 201, "") // the same id is still free
	})
}

// A system proves who it is by its id and key, its certificate and its address.
func TestAuthenticationOfSystems(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		good := basic(s.sender.UUID, s.sender.Key)
		own := world.Certificate{CVR: s.Number(s.town)}
		with := func(c world.Certificate) *tls.Certificate {
			issued := s.CA.Issue(t, c)
			return &issued
		}
		foreign := s.NewCA().Issue(t, own)
		other := s.Sender(s.Authority("Andenby Kommune"))
		vendor := s.System(s.town, registry.System{Sends: true, DelegatedCVR: s.Number(s.Company("Leverandør ApS"))})
		revoked := s.Sender(s.town)
		ended := s.System(s.town, registry.System{Sends: true, ActiveTo: s.Clock.Now().Add(-time.Hour)})
		fixed := s.System(s.town, registry.System{Sends: true, AllowedIPs: prefixes("198.51.100.0/28")})
		s.Update(func(tx *db.Tx) error { _, err := s.Registry.RenewKey(tx, revoked.ID); return err })
		for _, test := range []struct {
			name        string
			certificate *tls.Certificate
			authorize   string
			status      int
			code        string
		}{
			{"all as it should be", &s.sender.Certificate, good, 200, ""},
			{"the scheme in small letters", &s.sender.Certificate, strings.Replace(good, "Basic", "basic", 1), 200, ""},
			{"a vendor's certificate with the authority's key", with(world.Certificate{CVR: vendor.DelegatedCVR}), basic(vendor.UUID, vendor.Key), 200, ""},
			{"nothing", nil, "", 401, api.CodeCredentials},
			{"the key alone", nil, good, 401, api.CodeCertificate},
			{"the certificate alone", &s.sender.Certificate, "", 401, api.CodeCredentials},
			{"a certificate of another issuer", &foreign, good, 401, registry.CodeSystemCertificate},
			{"a certificate that has ended", with(world.Certificate{CVR: own.CVR, NotAfter: s.Clock.Now().Add(-time.Hour)}), good, 401, registry.CodeSystemCertificate},
			{"a certificate that has not begun", with(world.Certificate{CVR: own.CVR, NotBefore: s.Clock.Now().Add(time.Hour)}), good, 401, registry.CodeSystemCertificate},
			{"a server's certificate", with(world.Certificate{CVR: own.CVR, Usage: 1}), good, 401, registry.CodeSystemCertificate},
			{"another authority's certificate", &other.Certificate, good, 401, registry.CodeSystemCertificate},
			{"another system's key", &s.sender.Certificate, basic(s.sender.UUID, other.Key), 401, registry.CodeSystemKey},
			{"a revoked key", &revoked.Certificate, basic(revoked.UUID, revoked.Key), 401, registry.CodeSystemKey},
			{"an unknown system", &s.sender.Certificate, basic(post.NewUUID(), s.sender.Key), 401, registry.CodeSystemUnknown},
			{"a token", &s.sender.Certificate, "Bearer " + s.Token(s.anna), 401, api.CodeCredentials},
			{"a system that has ended", &ended.Certificate, basic(ended.UUID, ended.Key), 403, registry.CodeSystemInactive},
			{"another address", &fixed.Certificate, basic(fixed.UUID, fixed.Key), 403, registry.CodeSystemAddress},
		} {
			t.Run(test.name, func(t *testing.T) {
				c := s.caller(test.certificate, test.authorize)
				a := c.call("GET", "/receipts/", nil)
				a.is(t, test.status, test.code)
				if got := a.header.Get("WWW-Authenticate"); (test.status == 401) != strings.HasPrefix(got, "Basic ") {
					t.Errorf("WWW-Authenticate: %q", got)
				}
				if test.status != 200 { // sending asks the same
					id, letter := s.Letter(s.town, s.anna, nil)
					c.send(id, letter).is(t, test.status, test.code)
				}
			})
		}
		fixedFrom := s.system(fixed)
		fixedFrom.address = "198.51.100.3"
		fixedFrom.call("GET", "/receipts/", nil).is(t, 200, "")
	})
}

// That somebody tried to be a system, and could not, is an event of that system.
func TestRefusedSystemsAreWrittenDown(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		fixed := s.System(s.town, registry.System{Sends: true, AllowedIPs: prefixes("198.51.100.0/28")})
		other := s.Sender(s.Authority("Andenby Kommune"))
		events := func(system post.SystemID) (n int) {
			s.Update(func(tx *db.Tx) error {
				return tx.QueryRow("SELECT COUNT(*) FROM event WHERE name = $1 AND system = $2", string(audit.SystemRefused), system).Scan(&n)
			})
			return n
		}
		for _, test := range []struct {
			name   string
			caller caller
			system post.SystemID
			status int
			events int
		}{
			{"a wrong key", s.caller(&s.sender.Certificate, basic(s.sender.UUID, "wrong")), s.sender.ID, 401, 1},
			{"another's certificate", s.caller(&other.Certificate, basic(s.sender.UUID, s.sender.Key)), s.sender.ID, 401, 2},
			{"no certificate", s.caller(nil, basic(s.sender.UUID, s.sender.Key)), s.sender.ID, 401, 2},
			{"another address", s.system(fixed), fixed.ID, 403, 1},
			{"an unknown system", s.caller(&s.sender.Certificate, basic(post.NewUUID(), "wrong")), s.sender.ID, 401, 2},
			{"all as it should be", s.system(s.sender), s.sender.ID, 200, 2},
		} {
			test.caller.call("GET", "/receipts/", nil).is(t, test.status, "")
			if n := events(test.system); n != test.events {
				t.Errorf("%s: %d events", test.name, n)
			}
		}
	})
}

// A certificate that was put in another's place ends at once, also on a
// connection that just sent.
func TestReplacedCertificateEndsAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		id, letter := s.Letter(s.town, s.anna, nil)
		town.send(id, letter).is(t, 201, "")
		next := s.CA.Issue(t, world.Certificate{CVR: s.Number(s.town)})
		s.Update(func(tx *db.Tx) error { return s.Registry.SetCertificate(tx, s.sender.ID, next.Leaf) })
		id, letter = s.Letter(s.town, s.anna, nil)
		town.send(id, letter).is(t, 503, api.CodeSystemChanged)
		town.send(id, letter).is(t, 401, registry.CodeSystemCertificate)
		s.caller(&next, basic(s.sender.UUID, s.sender.Key)).send(id, letter).is(t, 201, "")
		if n := len(s.person(s.anna).messages("")); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

// A key that was renewed ends at once, also on a connection that just sent.
func TestRevokedKeyEndsAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		id, letter := s.Letter(s.town, s.anna, nil)
		town.send(id, letter).is(t, 201, "")
		s.Update(func(tx *db.Tx) error { _, err := s.Registry.RenewKey(tx, s.sender.ID); return err })
		id, letter = s.Letter(s.town, s.anna, nil)
		town.send(id, letter).is(t, 503, api.CodeSystemChanged) // what the system may now is looked up at the next call
		town.send(id, letter).is(t, 401, registry.CodeSystemKey)
		if n := len(s.person(s.anna).messages("")); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// Who fails too often waits; who does not fail is not stopped by others.
func TestTooManyFailures(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	bad, good := s.caller(nil, "Bearer wrong"), s.person(s.anna)
	bad.address, good.address = "192.0.2.251", "192.0.2.251"
	for range 20 {
		bad.call("GET", "/mailboxes/", nil).is(t, 401, "token.unknown")
	}
	limited := bad.call("GET", "/mailboxes/", nil)
	limited.is(t, 429, api.CodeTooManyFailed)
	if limited.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	good.call("GET", "/mailboxes/", nil).is(t, 200, "")
	bad.address = "192.0.2.252"
	bad.call("GET", "/mailboxes/", nil).is(t, 401, "token.unknown")
	bad.address = "192.0.2.251"
	s.Clock.Advance(time.Minute)
	bad.call("GET", "/mailboxes/", nil).is(t, 401, "token.unknown")
}

// raw sends bytes as they are and returns the answers that come; hold keeps the
// connection open until the server ends it.
func (c caller) raw(t *testing.T, certificate tls.Certificate, request []byte, hold bool) []answer {
	t.Helper()
	conn, err := tls.Dial("tcp", c.s.server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	if !hold {
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	var all []answer
	in := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return all
		}
		body, _ := io.ReadAll(res.Body)
		all = append(all, answer{res.StatusCode, res.Header, body})
	}
}

// A body that is not as long as it says, or that stalls, has a clear answer and
// leaves nothing behind: no letter, no file, no goroutine.
func TestBodiesOfAnotherLength(t *testing.T) {
	// What does not stall is not taken to, however slow the machine is.
	for stalls, patience := range map[bool]time.Duration{true: 250 * time.Millisecond, false: time.Minute} {
		bodiesOfAnotherLength(t, stalls, patience)
	}
}

func bodiesOfAnotherLength(t *testing.T, stalls bool, patience time.Duration) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d, func(c *api.Config) { c.Stall = patience })
		town := s.system(s.sender)
		id, letter := s.Letter(s.town, s.anna, nil)
		head := func(contentType, length string) []byte {
			return fmt.Appendf(nil, "POST %s/memos/?memo-message-uuid=%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: %s\r\n%s\r\n\r\n",
				api.Base, id, town.authorization, contentType, length)
		}
		exact := fmt.Sprintf("Content-Length: %d", len(letter))
		before := runtime.NumGoroutine()
		for _, test := range []struct {
			name    string
			request []byte
			hold    bool
			status  []int
			code    string
		}{
			{"shorter than it says", append(head("text/xml", exact), letter[:len(letter)/2]...), false, []int{400}, api.CodeBodyIncomplete},
			{"a container shorter than it says", append(head("application/x-lzma", exact), letter[:len(letter)/2]...), false, []int{400}, api.CodeBodyIncomplete},
			{"stalls at once", head("text/xml", exact), true, []int{408}, api.CodeBodyStalled},
			{"stalls", append(head("text/xml", exact), letter[:len(letter)/2]...), true, []int{408}, api.CodeBodyStalled},
			{"a container stalls", append(head("application/x-lzma", exact), letter[:len(letter)/2]...), true, []int{408}, api.CodeBodyStalled},
			{"without a length", append(head("text/xml", "Transfer-Encoding: chunked"), "0\r\n\r\n"...), false, []int{411}, api.CodeLength},
			{"a key that is wrong, and stalls", bytes.Replace(head("text/xml", exact), []byte("Basic "), []byte("Basic x"), 1), true, []int{401}, ""},
			{"longer than it says", append(append(head("text/xml", exact), letter...), "and more\r\n\r\n"...), true, []int{201, 400}, ""},
		} {
			if stalls != strings.Contains(test.name, "stalls") {
				continue
			}
			t.Run(test.name, func(t *testing.T) {
				answers := town.raw(t, s.sender.Certificate, test.request, test.hold)
				if len(answers) != len(test.status) {
					t.Fatalf("%d answers %v", len(answers), answers)
				}
				for i, a := range answers {
					code := test.code
					if i > 0 {
						code = ""
					}
					a.is(t, test.status[i], code)
				}
			})
		}
		want := 1 // the one before "and more"
		if stalls {
			want = 0
		}
		if n := len(s.person(s.anna).messages("")); n != want {
			t.Errorf("%d messages", n)
		}
		settle(t, s, before)
	})
}

// A client that leaves in the middle leaves nothing behind either.
func TestAbortedUploads(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	before := runtime.NumGoroutine()
	for range 20 {
		conn, err := tls.Dial("tcp", s.server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{s.sender.Certificate}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s/memos/?memo-message-uuid=%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\nContent-Type: text/xml\r\nContent-Length: 90000000\r\n\r\n<Message",
			api.Base, post.NewUUID(), basic(s.sender.UUID, s.sender.Key))
		conn.NetConn().Close()
	}
	settle(t, s, before)
}

// settle waits until the server's goroutines have gone: else the test does not end, and
// shows them when its time is over.
func settle(t *testing.T, s *stack, before int) {
	t.Helper()
	s.server.CloseClientConnections()
	for runtime.NumGoroutine() > before+4 {
		runtime.Gosched()
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	anyone := s.caller(nil, "")
	anyone.call("GET", "/nothing/", nil).is(t, 404, api.CodePathUnknown)
	wrong := anyone.call("DELETE", "/mailboxes/", nil)
	wrong.is(t, 405, api.CodeMethod)
	if wrong.header.Get("Allow") != "GET, HEAD" {
		t.Error(wrong.header)
	}
	s.person(s.anna).call("GET", "/mailboxes/not-a-uuid", nil).is(t, 404, "not.found")
	for _, path := range []string{"/mailboxes", "/mailboxes/"} { // with and without a slash
		s.person(s.anna).call("GET", path, nil).is(t, 200, "")
	}
}

// The same bodies over HTTP/2.
func TestBodiesOverHTTP2(t *testing.T) {
	s := start(t, testkit.SQLite(t), func(c *api.Config) { c.Stall = 250 * time.Millisecond })
	town := s.system(s.sender)
	town.client.Transport.(*http.Transport).ForceAttemptHTTP2 = true
	id, letter := s.Letter(s.town, s.anna, nil)
	path := s.server.URL + api.Base + "/memos/?memo-message-uuid=" + id.String()
	send := func(body io.Reader, length int64) answer {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", path, body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header = http.Header{"Authorization": {town.authorization}, "Content-Type": {"text/xml"}}
		res, err := town.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.ProtoMajor != 2 {
			t.Fatal(res.Proto)
		}
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer{res.StatusCode, res.Header, raw}
	}
	stalled, end := io.Pipe()
	go end.Write(letter[:10]) //nolint:errcheck // the test ends it
	send(stalled, int64(len(letter))).is(t, 408, api.CodeBodyStalled)
	end.Close()
	send(bytes.NewReader(letter), -1).is(t, 411, api.CodeLength)
	send(io.LimitReader(neverEnds{}, 120<<20), 120<<20).is(t, 413, api.CodeBodyTooLarge)
	send(bytes.NewReader(letter), int64(len(letter))).is(t, 201, "")
}

type neverEnds struct{}

func (neverEnds) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
