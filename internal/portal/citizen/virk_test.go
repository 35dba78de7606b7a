package citizen_test

import (
	"net/http"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/portal/citizen"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// virk is the companies' portal, with a company that a person signs for and another
// reads the post of at work.
type virk struct {
	*stack
	handler         http.Handler
	documents       http.Handler
	company, shared registry.Party
	signs, clerk    registry.Party
}

const virkBase = "http://virk.localhost"

func newVirk(t *testing.T) *virk {
	t.Helper()
	s := newStack(t)
	config := s.config
	config.Base, config.Browser = virkBase, &session.Browser{Sessions: s.Sessions, DB: s.DB, Platform: post.PlatformVirk}
	portal, err := citizen.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(portal.LetGo)
	v := &virk{stack: s, handler: portal.Handler(), documents: portal.DocumentsHandler(), company: s.Company("Holm & Ørum Snedkeri ApS"), shared: s.Company("Aalborg Afdeling ApS"),
		signs: s.Person("Signe", 37, nil), clerk: s.Person("Jonas", 41, nil)}
	s.Member(v.company, v.signs, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	s.Member(v.company, v.clerk, nil)
	return v
}

// logIn begins a session at virk, for an employer or on one's own behalf.
func (v *virk) logIn(p registry.Party, employer post.PartyID) *http.Cookie {
	v.t.Helper()
	var secret string
	v.Update(func(tx *db.Tx) (err error) {
		_, secret, err = v.Sessions.Start(tx, session.Session{Party: p.ID, Organisation: employer, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial})
		return err
	})
	return &http.Cookie{Name: "session", Value: secret}
}

func (v *virk) at(who *http.Cookie, path string) answer {
	return call(v.handler, http.MethodGet, virkBase+path, func(r *http.Request) {
		if who != nil {
			r.AddCookie(who)
		}
	})
}

// first is where an address without a mailbox leads.
func (v *virk) first(who *http.Cookie, path string) string {
	v.t.Helper()
	a := v.at(who, path)
	if a.status != http.StatusSeeOther {
		v.t.Fatalf("%s answers %d: %s", path, a.status, a.text)
	}
	return a.header.Get("Location")
}

func TestVirkStartPage(t *testing.T) { // SYS-04, SYS-09
	v := newVirk(t)
	a := v.at(nil, "/")
	a.has(t, `data-brand="virk"`, "dkfds-virk.css", "Post til virksomheder og foreninger", "Brug MitID Erhverv", `href="/log-ind"`)
	a.lacks(t, "Din post fra det offentlige")
	v.get(nil, "/").lacks(t, "data-brand", "dkfds-virk.css", "MitID Erhverv")
	if a := v.at(nil, "/post"); a.header.Get("Location") != "/log-ind?retur=%2Fpost" {
		t.Error("not logged in:", a.status, a.header)
	}
}

// The private MitID of who signs for a company alone opens its mailbox, before its
// first letter, and no person's (SYS-04, ORG-03).
func TestSignatoryAtVirk(t *testing.T) {
	v := newVirk(t)
	v.login(v.signs) // has a mailbox of her own
	who := v.logIn(v.signs, 0)
	to := v.first(who, "/post?side=2")
	if !strings.HasPrefix(to, "/postkasse/") || !strings.HasSuffix(to, "/post?side=2") {
		t.Fatal("led to", to)
	}
	box := strings.TrimSuffix(to, "/post?side=2")
	inbox := v.at(who, box+"/post")
	inbox.has(t, "Holm &amp; Ørum Snedkeri ApS", "MitID Privat til Erhverv", `data-brand="virk"`, `href="https://rettigheder.test/enheder"`) // she administers
	inbox.lacks(t, "Signe Prøvesen", "Gå til din egen post")
	if got := v.first(who, "/frister"); got != box+"/frister" {
		t.Error("the deadlines lead to", got)
	}
	own, err := v.Mailboxes.Own(t.Context(), world.Actor(v.signs))
	if err != nil {
		t.Fatal(err)
	}
	if a := v.at(who, "/postkasse/"+own.UUID.String()+"/post"); a.status != http.StatusNotFound {
		t.Error("her own post at virk:", a.status, a.text)
	}
	if a := call(v.handler, http.MethodPost, virkBase+"/post", func(r *http.Request) { r.AddCookie(who) }); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
		t.Error("a change without a mailbox:", a.status)
	}
	if a := v.at(who, "/indstillinger"); a.status != http.StatusOK {
		t.Error("settings:", a.status)
	}
}

// An employee reads the mailboxes that they have a right to, in their employer's name
// only, and at once no more when they have left (SYS-09, ORG-01).
func TestEmployeeAtVirk(t *testing.T) {
	v := newVirk(t)
	who := v.logIn(v.clerk, v.company.ID)
	none := v.at(who, "/post")
	none.has(t, "Du har ikke adgang til nogen postkasse", "Holm &amp; Ørum Snedkeri ApS", "rettighedsadministrator", `href="https://rettigheder.test/mine/bed"`)
	if a := v.at(who, "/postkasser"); a.status != http.StatusOK || !strings.Contains(a.text, "Du har ikke adgang til nogen postkasse") {
		t.Error("mailboxes without a mailbox:", a.status)
	}
	if a := v.at(who, "/menu"); a.status != http.StatusOK || !strings.Contains(a.text, "/log-ud") {
		t.Error("the menu without a mailbox:", a.status)
	}

	v.Give(rights.Right{Mailbox: v.company.ID, Holder: v.clerk.ID, Organisation: v.company.ID, Relation: access.Administrator})
	v.at(who, "/post").has(t, "Du er rettighedsadministrator", `href="https://rettigheder.test/enheder"`)

	for _, box := range []registry.Party{v.company, v.shared} {
		v.Give(rights.Right{Mailbox: box.ID, Holder: v.clerk.ID, Organisation: v.company.ID, Relation: access.EmployeeBasic})
	}
	to := v.first(who, "/post")
	inbox := v.at(who, to)
	inbox.has(t, "Aalborg Afdeling ApS", "Holm &amp; Ørum Snedkeri ApS", "Læseadgang", `href="https://rettigheder.test/enheder"`) // both to switch to, and where rights are asked for
	inbox.lacks(t, "Jonas Prøvesen")

	private := v.logIn(v.clerk, 0)
	alone := v.at(private, "/post")
	alone.has(t, "Du er logget ind med dit private MitID")
	alone.lacks(t, "rettigheder.test")
	if a := v.at(private, to); a.status != http.StatusNotFound {
		t.Error("with the private log-in:", a.status)
	}

	v.Update(func(tx *db.Tx) error {
		return v.Registry.Save(tx, []registry.Record{{Type: "member", Organisation: v.Number(v.company), CPR: v.Number(v.clerk), Number: "1"}})
	})
	if a := v.at(who, to); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/log-ind?") {
		t.Error("one who left:", a.status, a.header)
	}
}

// A document of a company's letter is framed by virk and by no other portal, and not
// shown to who has left.
func TestDocumentsAtVirk(t *testing.T) {
	v := newVirk(t)
	v.Give(rights.Right{Mailbox: v.company.ID, Holder: v.clerk.ID, Organisation: v.company.ID, Relation: access.EmployeeBasic})
	v.Deliver(v.authority, v.company, func(m *memo.Message) {
		m.Body.MainDocument.Files[0] = &memo.File{EncodingFormat: "text/html", Filename: "brev.html", Language: "da", Content: []byte("<p>Til snedkeriet</p>")}
	})
	who := v.logIn(v.clerk, v.company.ID)
	to := v.first(who, "/post")
	list := v.at(who, to)
	letter := strings.SplitN(strings.SplitN(list.text, `data-id="`, 2)[1], `"`, 2)[0]
	page := v.at(who, to+"/"+letter)
	address, _, ok := strings.Cut(strings.SplitN(page.text+`src="`, `<iframe class="dp-frame" src="`, 2)[1], `"`)
	if !ok || !strings.HasPrefix(address, documents+"/virk/da/") {
		t.Fatal("the document is at", address)
	}
	shown := call(v.documents, http.MethodGet, address)
	shown.has(t, "Til snedkeriet")
	if p := shown.header.Get("Content-Security-Policy"); !strings.HasSuffix(p, "frame-ancestors "+virkBase) {
		t.Error(p)
	}
	if a := call(v.stack.documents, http.MethodGet, address); a.status == http.StatusOK {
		t.Error("the citizens' portal shows it")
	}
	v.Update(func(tx *db.Tx) error {
		return v.Registry.Save(tx, []registry.Record{{Type: "member", Organisation: v.Number(v.company), CPR: v.Number(v.clerk), Number: "1"}})
	})
	if a := call(v.documents, http.MethodGet, address); a.status == http.StatusOK {
		t.Error("one who left reads it")
	}
}
