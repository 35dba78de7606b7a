package citizen_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/compose"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

var (
	// leads are the attributes by which a page leads on.
	leads  = regexp.MustCompile(` (?:href|src|data-pdf)="([^"]*)"`)
	aForm  = regexp.MustCompile(`(?s)<form[^>]* method="post" action="([^"]+)"[^>]*>(.*?)</form>`)
	hidden = regexp.MustCompile(`type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// Who follows every link of every page finds a page behind it, and from each a way
// back to their post; every form goes to an address that takes forms.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	s := newStack(t)
	s.Recipient(s.authority)
	anna, bent := s.Person("Anna", 40, nil), s.Person("Bent", 50, nil)
	who := s.login(anna)
	s.post(who, "/mapper/ny", url.Values{"navn": {"Bolig"}})
	s.send(anna, summons(s.Clock.Now()))
	s.send(anna, asks("Betal 100 kr.", memo.Betaling, s.Clock.Now().AddDate(0, 0, 9)))
	ids := s.letters(who, 2, func(int) { s.send(anna, func(m *memo.Message) { m.Header.Reply = true }) })
	s.post(who, "/post/handling", url.Values{"handling": {"slet"}, "besked": ids[1:2]})
	s.post(who, "/post/"+ids[0]+"/note", url.Values{"note": {"Husk det"}})
	s.post(who, "/modtagere/ny", url.Values{"hvem": {"person"}, "fornavn": {"Bent"}, "efternavn": {"Prøvesen"}, "cpr": {s.Number(bent)}, "ingen": {"1"}})
	s.submit(who, "/kalender", url.Values{"navn": {"Annas ur"}})
	// A letter sent, and a draft of each kind.
	answered, err := post.ParseUUID(ids[0])
	if err != nil {
		t.Fatal(err)
	}
	actor, box := world.Actor(anna), s.state(anna, answered).Mailbox.UUID
	to := compose.To{Authority: s.authority.UUID}
	for range 2 {
		d, err := s.Compose.Create(t.Context(), actor, box, compose.Edit{To: &to, Subject: new("Spørgsmål"), Text: new("Hej")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Compose.Send(t.Context(), actor, box, d.Message.ID, compose.Known{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Compose.Create(t.Context(), actor, box, compose.Edit{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Compose.Reply(t.Context(), actor, box, answered); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Compose.Forward(t.Context(), actor, box, answered, compose.Edit{To: &compose.To{EMails: []string{"bo@example.dk"}}}); err != nil {
		t.Fatal(err)
	}

	from, forms := map[string]string{}, map[string]url.Values{}
	todo := []string{"/post", "/velkommen"}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		a := s.get(who, at)
		switch {
		case a.status == http.StatusSeeOther:
			a.text = ` href="` + html.EscapeString(a.header.Get("Location")) + `"`
		case a.status != http.StatusOK:
			t.Errorf("%s, to which %s leads, is %d", at, from[at], a.status)
			continue
		case !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") || strings.Contains(at, "/dokument/"):
			continue
		}
		here, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		back := a.status == http.StatusSeeOther
		for _, found := range leads.FindAllStringSubmatch(a.text, -1) {
			link, err := here.Parse(html.UnescapeString(found[1]))
			if err != nil {
				t.Errorf("%s leads to %q: %v", at, found[1], err)
				continue
			}
			back = back || link.Path == "/post" || link.Path == "/"
			if strings.HasPrefix(found[1], "#") && !strings.Contains(a.text, ` id="`+link.Fragment+`"`) {
				t.Errorf("%s has no #%s", at, link.Fragment)
			}
			again := here.Query().Has("sorter") || here.Query().Has("zoom") // sorted or enlarged, it leads to the same
			if link.Host != "" || strings.HasPrefix(link.Path, "/assets/") || again {
				continue
			}
			link.Fragment = ""
			if next := link.String(); from[next] == "" {
				from[next] = at
				todo = append(todo, next)
			}
		}
		for _, form := range aForm.FindAllStringSubmatch(a.text, -1) {
			fields := url.Values{}
			for _, f := range hidden.FindAllStringSubmatch(form[2], -1) {
				fields.Set(f[1], html.UnescapeString(f[2]))
			}
			forms[html.UnescapeString(form[1])] = fields
		}
		if !back {
			t.Errorf("%s has no way back", at)
		}
		if len(from) > 2000 {
			t.Fatal("the walk has no end: ", at)
		}
	}
	delete(forms, "/log-ud")
	for _, path := range slices.Sorted(maps.Keys(forms)) {
		if a := s.do(who, path, forms[path]); a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed || a.status >= 500 {
			t.Errorf("the form %s is answered %d", path, a.status)
		}
	}
	for _, page := range []string{"/post/vigtige", "/frister", "/kalender", "/mapper", "/soeg", "/ny", "/modtagere", "/indstillinger", "/menu", "/hjaelp", "/kontakt"} {
		if from[page] == "" {
			t.Error("no page leads to", page)
		}
	}
}
