package citizen_test

import (
	"encoding/base64"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// frame is the address of the document that a letter's page shows.
func (s *stack) frame(who *http.Cookie, path string) string {
	s.t.Helper()
	page := s.get(who, path)
	found := regexp.MustCompile(`<iframe class="dp-frame" src="([^"]+)"[^>]* sandbox="allow-popups allow-popups-to-escape-sandbox"`).FindStringSubmatch(page.text)
	if found == nil {
		s.t.Fatalf("no frame on %s: %d %s", path, page.status, page.text)
	}
	return html.UnescapeString(found[1])
}

func (s *stack) document(address string) answer {
	return call(s.documents, http.MethodGet, address)
}

const hostile = `<html><head><title>x</title><script>alert(1)</script><style>@import "//ond.example"</style></head>
<body onload="alert(2)"><h1>Kære Anna</h1><img src="https://ond.example/spy.png"><a href="javascript:alert(3)">tryk</a><iframe src="//ond.example"></iframe><form action="//ond.example"><input></form></body></html>`

// HTML is shown cleaned, on an origin of its own, in a sandbox; so are text and
// images.
func TestDocumentsAreShownApart(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
	letter := "/post/" + s.send(anna, with(file("text/html", "brev.html", hostile), file("text/plain", "brev.txt", "Blåbær <b>koster</b> 5 kr."), file("image/png", "kort.png", png))).String()
	who := s.login(anna)

	address := s.frame(who, letter)
	if !strings.HasPrefix(address, documents+"/borger/da/") {
		t.Fatal(address)
	}
	a := s.document(address)
	a.has(t, "<h1>Kære Anna</h1>", `<html lang="da">`)
	a.lacks(t, "<script", "onload", "javascript:", "ond.example", "<iframe", "<form", "alert(")
	policy := a.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "sandbox allow-popups", "frame-ancestors " + base, "form-action 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("%s is missing in %s", part, policy)
		}
	}
	if strings.Contains(policy, "allow-scripts") || strings.Contains(policy, "allow-same-origin") || a.header.Get("Set-Cookie") != "" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error(a.header)
	}
	s.document(s.frame(who, letter+"?dokument=1.0")).has(t, "<pre>Blåbær &lt;b&gt;koster&lt;/b&gt; 5 kr.</pre>")

	image := s.frame(who, letter+"?dokument=2.0")
	s.document(image).has(t, `<img src="`+image+`/fil" alt="kort.png">`)
	if raw := s.document(image + "/fil"); raw.text != png || raw.header.Get("Content-Type") != "image/png" {
		t.Error(raw.status, raw.header)
	}
	if raw := s.document(address + "/fil"); raw.status != http.StatusNotFound {
		t.Error("HTML is served as it came:", raw.status)
	}
}

// A file whose bytes are not what it says is never shown.
func TestDisguisedDocumentIsNotShown(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, with(file("image/png", "kort.png", "<html><script>alert(1)</script>"))).String()
	page := s.get(s.login(anna), "/post/"+id)
	page.lacks(t, "<iframe", "data-pdf")
	page.has(t, "Vi kan ikke vise Brev her. Download den i stedet.")
}

// The address of a document is worth something for five minutes, to one session
// that lasts, for one file, as long as the right to read it does.
func TestDocumentAddressEnds(t *testing.T) {
	start := func(t *testing.T) (*stack, registry.Party, *http.Cookie, string) {
		s := newStack(t)
		anna := s.Person("Anna", 40, nil)
		id := s.send(anna, with(file("text/html", "brev.html", "<p>Hemmeligt</p>"))).String()
		who := s.login(anna)
		address := s.frame(who, "/post/"+id)
		s.document(address).has(t, "Hemmeligt")
		return s, anna, who, address
	}
	refused := func(t *testing.T, s *stack, address string) {
		t.Helper()
		a := s.document(address)
		if a.status != http.StatusNotFound {
			t.Error(a.status)
		}
		a.lacks(t, "Hemmeligt")
	}
	t.Run("after five minutes", func(t *testing.T) {
		s, _, who, address := start(t)
		s.Clock.Advance(5 * time.Minute)
		s.get(who, "/post") // the session goes on
		refused(t, s, address)
		s.document(address).has(t, "Åbn brevet igen")
	})
	t.Run("changed", func(t *testing.T) {
		s, _, _, address := start(t)
		at := strings.LastIndexByte(address, '/') + 1
		raw, err := base64.RawURLEncoding.DecodeString(address[at:])
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			changed := append([]byte{}, raw...)
			changed[i] ^= 1
			if a := s.document(address[:at] + base64.RawURLEncoding.EncodeToString(changed)); a.status != http.StatusNotFound {
				t.Fatalf("byte %d: %d", i, a.status)
			}
		}
		for _, other := range []string{"", "x", address[at:] + "AAAA", address[at : len(address)-4]} {
			if a := s.document(address[:at] + other); a.status == http.StatusOK {
				t.Errorf("%q: %d", other, a.status)
			}
		}
	})
	t.Run("with the session", func(t *testing.T) {
		s, anna, who, address := start(t)
		s.login(anna) // another session of the same person does not help
		s.Update(func(tx *db.Tx) error { _, err := s.Sessions.End(tx, who.Value); return err })
		refused(t, s, address)
	})
	t.Run("with all sessions of the person", func(t *testing.T) {
		s, anna, _, address := start(t)
		s.Update(func(tx *db.Tx) error { return s.Sessions.EndAll(tx, post.Actor{Party: anna.ID}, anna.ID) })
		refused(t, s, address)
	})
	t.Run("with the right to read", func(t *testing.T) {
		s, anna, _, address := start(t)
		number := s.Number(anna)
		s.Update(func(tx *db.Tx) error {
			return s.Registry.Save(tx, []registry.Record{{Type: "person", CPR: number, FirstName: "Anna", LastName: "Prøvesen", BirthDate: anna.Born.Format(time.DateOnly), Status: registry.Dead}})
		})
		a := s.document(address)
		if a.status == http.StatusOK {
			t.Error(a.status)
		}
		a.lacks(t, "Hemmeligt")
	})
}

// The documents' origin has nothing but documents.
func TestDocumentsOriginHasNoPages(t *testing.T) {
	s := newStack(t)
	for _, path := range []string{"/", "/post", "/da/", "/borger/da/", "/log-ind", "/assets/x/css/app.css"} {
		if a := s.document(documents + path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}
