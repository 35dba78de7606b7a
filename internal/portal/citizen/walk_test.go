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

	"digitalpost/internal/access"
	"digitalpost/internal/compose"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

var (
	// leads are the attributes by which a page leads on.
	leads  = regexp.MustCompile(` (?:href|src|data-pdf)="([^"]*)"`)
	aForm  = regexp.MustCompile(`(?s)<form[^>]* method="post" action="([^"]+)"[^>]*>(.*?)</form>`)
	hidden = regexp.MustCompile(`type="hidden" name="([^"]+)" value="([^"]*)"`)
)

// attributes are all that a page's elements say that looks like a path.
var attributes = regexp.MustCompile(` ([a-z-]+)="(/[^"/][^"]*|/)"`)

// top are the addresses that another's mailbox's pages lead to and that lie at the
// top: they are the reader's own.
var top = []string{"/assets/", "/postkasser", "/indstillinger", "/hjaelp", "/kontakt", "/log-ud", "/tilstede"}

func isTop(path string) bool {
	return slices.ContainsFunc(top, func(one string) bool { return strings.HasPrefix(path, one) })
}

// furnished is a mailbox with something on every page.
func furnished(t *testing.T, s *stack, owner registry.Party) *http.Cookie {
	t.Helper()
	s.Recipient(s.authority)
	bent := s.Person("Bent", 50, nil)
	who := s.login(owner)
	s.post(who, "/mapper/ny", url.Values{"navn": {"Bolig"}})
	s.send(owner, summons(s.Clock.Now()))
	s.send(owner, asks("Betal 100 kr.", memo.Betaling, s.Clock.Now().AddDate(0, 0, 9)))
	ids := s.letters(who, 2, func(int) { s.send(owner, func(m *memo.Message) { m.Header.Reply = true }) })
	s.post(who, "/post/handling", url.Values{"handling": {"slet"}, "besked": ids[1:2]})
	s.post(who, "/post/"+ids[0]+"/note", url.Values{"note": {"Husk det"}})
	s.post(who, "/modtagere/ny", url.Values{"hvem": {"person"}, "fornavn": {"Bent"}, "efternavn": {"Prøvesen"}, "cpr": {s.Number(bent)}, "ingen": {"1"}})
	s.submit(who, "/kalender", url.Values{"navn": {"Annas ur"}})
	// A letter sent, and a draft of each kind.
	answered, err := post.ParseUUID(ids[0])
	if err != nil {
		t.Fatal(err)
	}
	actor, box := world.Actor(owner), s.state(owner, answered).Mailbox.UUID
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
	return who
}

// walk follows every link of every page from some on, and sends every form. Under a
// prefix it stays there: whatever a page or an answer leads to lies there too, but for
// what is at the top. It returns which page leads to each.
func walk(t *testing.T, s *stack, who *http.Cookie, prefix string, begin ...string) map[string]string {
	t.Helper()
	stays := func(at, to string) {
		if path, _, _ := strings.Cut(to, "?"); prefix != "" && path != prefix && !strings.HasPrefix(path, prefix+"/") && !isTop(path) {
			t.Errorf("%s leads out of the mailbox, to %s", at, to)
		}
	}
	from, forms := map[string]string{}, map[string]url.Values{}
	todo := begin
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		a := s.get(who, at)
		switch {
		case a.status == http.StatusSeeOther:
			stays(at, a.header.Get("Location"))
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
		for _, found := range attributes.FindAllStringSubmatch(switcher.ReplaceAllString(a.text, ""), -1) {
			if found[1] != "value" && found[1] != "data-key" && found[1] != "data-under" { // what a form says to the portal has no prefix
				stays(at, html.UnescapeString(found[2]))
			}
		}
		back := a.status == http.StatusSeeOther
		for _, found := range leads.FindAllStringSubmatch(a.text, -1) {
			link, err := here.Parse(html.UnescapeString(found[1]))
			if err != nil {
				t.Errorf("%s leads to %q: %v", at, found[1], err)
				continue
			}
			back = back || link.Path == prefix+"/post" || link.Path == "/"
			if strings.HasPrefix(found[1], "#") && !strings.Contains(a.text, ` id="`+link.Fragment+`"`) {
				t.Errorf("%s has no #%s", at, link.Fragment)
			}
			again := here.Query().Has("sorter") || here.Query().Has("zoom") // sorted or enlarged, it leads to the same
			if link.Host != "" || strings.HasPrefix(link.Path, "/assets/") || again || prefix != "" && !strings.HasPrefix(link.Path, prefix) {
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
		for _, accept := range []string{"text/html", "application/json, text/html;q=0.9"} {
			a := s.do(who, path, forms[path], func(r *http.Request) { r.Header.Set("Accept", accept) })
			if a.status == http.StatusNotFound && accept == "text/html" || a.status == http.StatusForbidden || a.status == http.StatusMethodNotAllowed || a.status >= 500 {
				t.Errorf("the form %s is answered %d", path, a.status)
			}
			if to := a.header.Get("Location"); to != "" {
				stays(path, to)
			}
			for _, found := range jsonPath.FindAllStringSubmatch(a.text, -1) {
				stays(path, found[1])
			}
		}
	}
	return from
}

// jsonPath is an address in an answer to a script; switcher is where mailboxes are
// chosen, which leads to others.
var (
	jsonPath = regexp.MustCompile(`"(?:to|action)":"(/[^"]*)"`)
	switcher = regexp.MustCompile(`(?s)<div class="dp-panel" data-part="boxes">.*?</nav>`)
)

// Who follows every link of every page finds a page behind it, and from each a way
// back to their post; every form goes to an address that takes forms.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	s := newStack(t)
	who := furnished(t, s, s.Person("Anna", 40, nil))
	from := walk(t, s, who, "", "/post", "/velkommen")
	for _, page := range []string{"/post/vigtige", "/frister", "/kalender", "/mapper", "/soeg", "/ny", "/modtagere", "/indstillinger", "/menu", "/hjaelp", "/kontakt"} {
		if from[page] == "" {
			t.Error("no page leads to", page)
		}
	}
}

// Every page of another's mailbox lies under its address, and whatever it leads to
// stays there, but for what is the reader's own (ACC-12). Nothing is offered that the
// right does not cover (ACC-05…08): no link and no form is refused.
func TestEveryLinkStaysInTheMailbox(t *testing.T) {
	for relation, pages := range map[access.Relation][]string{
		access.Writer:       {"/post/vigtige", "/frister", "/mapper", "/soeg", "/ny", "/modtagere", "/menu"},
		access.Reader:       {"/post/vigtige", "/frister", "/mapper", "/soeg", "/modtagere", "/menu"},
		access.SenderReader: {"/post/vigtige", "/frister", "/mapper", "/soeg", "/menu"},
	} {
		t.Run(relation.String(), func(t *testing.T) {
			s := newStack(t)
			anna, carl := s.Person("Anna", 40, nil), s.Person("Carl", 45, nil)
			furnished(t, s, anna)
			one := rights.Right{Mailbox: anna.ID, Holder: carl.ID, Relation: relation}
			if relation == access.SenderReader {
				one.Senders = []post.PartyID{s.authority.ID}
			}
			s.Give(one)
			prefix := "/postkasse/" + s.box(anna).String()
			from := walk(t, s, s.login(carl), prefix, prefix+"/", prefix+"/post")
			for _, page := range pages {
				if from[prefix+page] == "" {
					t.Error("no page leads to", page)
				}
			}
			for at := range from {
				if relation != access.Writer && (at == prefix+"/ny" || strings.HasPrefix(at, prefix+"/ny?")) {
					t.Errorf("%s leads to writing, %s", from[at], at)
				}
			}
		})
	}
}
