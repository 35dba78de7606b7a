package citizen_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/memo"
)

var oneAccess = regexp.MustCompile(`/adgang/[0-9a-f]{8}-[0-9a-f-]{27}`)

func (s *stack) two() (anna, bent registry.Party, mine, theirs *http.Cookie) {
	anna, bent = s.Person("Anna", 40, nil), s.Person("Bent", 50, nil)
	return anna, bent, s.login(anna), s.login(bent)
}

// form is what the form of an access says of a person.
func (s *stack) form(of registry.Party, first, kind string) url.Values {
	return url.Values{"adgang": {kind}, "fornavn": {first}, "efternavn": {"Prøvesen"}, "cpr": {s.Number(of)}, "hvorlaenge": {"aldrig"}}
}

func (a answer) to(t *testing.T, location string) {
	t.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != location {
		t.Fatalf("%d to %q: %s", a.status, a.header.Get("Location"), a.text)
	}
}

// ACC-02, ACC-10: given, approved, changed, removed; what either side sees
// meanwhile, and that no page shows anything before and after.
func TestAccessGiven(t *testing.T) {
	s := newStack(t)
	anna, bent, mine, theirs := s.two()
	letter := s.send(anna, nil)
	box := "/postkasse/" + s.box(anna).String()
	shut := func() {
		t.Helper()
		for _, path := range []string{"/post", "/post/" + letter.String(), "/frister", "/soeg?q=tand", "/aktivitet", "/post/aendringer"} {
			if a := s.get(theirs, box+path); a.status != http.StatusNotFound || strings.Contains(a.text, "tandl") {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	}
	s.get(mine, "/adgang").has(t, "Ingen har adgang til din post.", "Du har ikke adgang til andres post.", "En adgang er ikke en fuldmagt", "Andres adgang til din post", "Din læseadgang/læse- og skriveadgang til andres post")
	bad := s.post(mine, "/adgang/giv", url.Values{"adgang": {"laes"}, "fornavn": {"Bent"}, "cpr": {"123"}, "hvorlaenge": {"dato"}, "dag-dag": {"31"}, "dag-maaned": {"2"}, "dag-aar": {"2027"}})
	bad.has(t, "<title>Fejl: ", "Skriv et efternavn", "CPR-nummeret skal have 10 cifre", "Datoen findes ikke", `href="#dag-dag"`)
	bad.lacks(t, `value="123"`)
	s.post(mine, "/adgang/giv", s.form(bent, "Bo", "laes")).has(t, "Navn og CPR-nummer passer ikke sammen. Spørg personen, og prøv igen.")
	s.post(mine, "/adgang/giv", s.form(bent, "Bent", "laes")).to(t, "/adgang")
	list := s.get(mine, "/adgang")
	list.has(t, "Mangler godkendelse", "Bent Prøvesen")
	one := oneAccess.FindString(list.text)
	shut()
	s.get(theirs, "/adgang").has(t, "Mangler din godkendelse", "1 adgang mangler din godkendelse.", "Vil give dig læseadgang · udløber aldrig")
	s.get(theirs, "/post").has(t, "1 adgang mangler din godkendelse.")
	s.get(theirs, one).has(t, `value="godkend"`, `value="afvis"`, "Anna Prøvesen vil give dig adgang til sin post.")
	s.get(mine, one).lacks(t, `value="godkend"`)
	for _, version := range []string{"", "2", "x"} {
		if a := s.post(theirs, one, url.Values{"svar": {"godkend"}, "version": {version}}); a.status != http.StatusConflict {
			t.Errorf("version %q: %d", version, a.status)
		}
	}
	if a := s.post(mine, one, url.Values{"svar": {"godkend"}, "version": {"1"}}); a.status != http.StatusForbidden {
		t.Errorf("the giver approves: %d", a.status)
	}
	shut()
	approved := s.post(theirs, one, url.Values{"svar": {"godkend"}, "version": {"1"}})
	s.get(theirs, approved.header.Get("Location")).has(t, "Gå til postkassen", box+"/post") // the next step
	s.get(theirs, box+"/post").has(t, "Tid hos tandlægen")
	s.get(theirs, one).to(t, oneAccess.FindString(s.get(mine, "/adgang").text))
	one = oneAccess.FindString(s.get(mine, "/adgang").text)
	s.get(mine, "/adgang").has(t, "Aktiv læseadgang", "sidst brugt")
	s.get(theirs, one).has(t, "Gå til postkassen", box+"/post", "Bed om en anden adgang")
	s.get(mine, one).has(t, "Ret adgangen")

	s.post(mine, one+"/ret", url.Values{"adgang": {"skriv"}, "hvorlaenge": {"dato"}, "dag-dag": {"1"}, "dag-maaned": {"1"}, "dag-aar": {"2001"}, "version": {"1"}}).has(t, "Datoen skal ligge i fremtiden")
	s.post(mine, one+"/ret", url.Values{"adgang": {"skriv"}, "hvorlaenge": {"aldrig"}, "version": {"1"}}).to(t, "/adgang")
	if a := s.post(theirs, one+"/ret", url.Values{"adgang": {"skriv"}, "hvorlaenge": {"aldrig"}, "version": {"2"}}); a.status != http.StatusForbidden {
		t.Errorf("the helper changes it: %d", a.status)
	}
	s.get(theirs, "/adgang").has(t, "Aktiv læse- og skriveadgang")
	s.get(mine, one+"/fjern").has(t, "Vil du fjerne adgangen?", "Bent Prøvesen kan ikke længere læse din post. Det gælder med det samme.", "Behold adgangen")
	s.post(mine, one+"/fjern", url.Values{"version": {"2"}}).to(t, "/adgang")
	shut()
	s.post(theirs, one+"/fjern", url.Values{"version": {"2"}}).to(t, "/adgang") // it is gone, as was wanted
	s.get(theirs, "/adgang").lacks(t, "Anna Prøvesen")
	if log := s.log.String(); strings.Contains(log, s.Number(bent)) {
		t.Error("a CPR number is in the log")
	}
}

// ACC-03: asked for, declined, asked for again.
func TestAccessAsked(t *testing.T) {
	s := newStack(t)
	anna, _, mine, theirs := s.two()
	s.post(theirs, "/adgang/bed-om", s.form(anna, "anna", "skriv")).to(t, "/adgang")
	list := s.get(theirs, "/adgang")
	list.has(t, "anna Prøvesen", "Mangler godkendelse")
	list.lacks(t, "Anna Prøvesen")
	one := oneAccess.FindString(list.text)
	s.get(mine, "/adgang").has(t, "Bent Prøvesen", "Har bedt om læse- og skriveadgang", "Mangler din godkendelse")
	s.post(mine, one, url.Values{"svar": {"afvis"}, "version": {"1"}}).to(t, "/adgang")
	s.get(theirs, one).has(t, "Afvist", "anna Prøvesen har afvist.", "/adgang/bed-om?med=")
	s.post(theirs, "/adgang/bed-om", url.Values{"adgang": {"laes"}, "med": {strings.TrimPrefix(one, "/adgang/")}, "hvorlaenge": {"aldrig"}}).to(t, "/adgang")
	again := oneAccess.FindString(s.get(theirs, "/adgang").text)
	s.get(theirs, again+"/fjern").has(t, "Vil du trække anmodningen tilbage?")
	s.post(theirs, again+"/fjern", url.Values{"version": {"1"}}).to(t, "/adgang")
	s.get(mine, "/adgang").lacks(t, "Bent Prøvesen")
	if a := s.post(mine, again, url.Values{"svar": {"godkend"}, "version": {"2"}}); a.status != http.StatusConflict {
		t.Errorf("what was taken back is approved: %d", a.status)
	}
	stranger := s.login(s.Person("Carl", 60, nil))
	for _, path := range []string{one, one + "/fjern", again} {
		if a := s.get(stranger, path); a.status != http.StatusNotFound {
			t.Errorf("a stranger sees %s: %d", path, a.status)
		}
	}
}

// ACC-15: chosen senders' post, with a code.
func TestAccessWithCode(t *testing.T) {
	s := newStack(t)
	anna, bent, mine, theirs := s.two()
	s.send(anna, nil)
	s.Deliver(s.Authority("Skattestyrelsen"), anna, func(m *memo.Message) { m.Header.Label = "Din årsopgørelse" })
	s.get(mine, "/adgang/giv?post=udvalgt").has(t, "Ålhavn Kommune", "Skattestyrelsen", `name="kode"`)
	form := s.form(bent, "Bent", "")
	form.Set("post", "udvalgt")
	form.Set("kode", "kort")
	s.post(mine, "/adgang/giv", form).has(t, "Vælg mindst én afsender")
	form.Set("afsender", s.authority.UUID.String())
	s.post(mine, "/adgang/giv", form).has(t, "Koden skal have mindst 6 tegn")
	form.Set("kode", "rød ged 17")
	s.post(mine, "/adgang/giv", form).to(t, "/adgang")
	one := oneAccess.FindString(s.get(theirs, "/adgang").text)
	s.get(theirs, one).has(t, "Skriv den kode, du har fået af Anna Prøvesen.")
	s.get(theirs, one).lacks(t, `value="godkend"`, "Ålhavn", "rød")
	s.get(mine, one).lacks(t, "rød")
	s.post(theirs, one+"/kode", url.Values{"kode": {"gul ko 18"}}).has(t, "Koden passer ikke. Spørg personen, og prøv igen.")
	taken := s.post(theirs, one+"/kode", url.Values{"kode": {"RødGed17"}}).header.Get("Location")
	s.get(theirs, taken).has(t, "Du har adgang til noget af Anna Prøvesens post.", "Gå til postkassen")
	s.get(mine, taken).has(t, "Bent Prøvesen har adgang til noget af din post.")
	box := "/postkasse/" + s.box(anna).String()
	list := s.get(theirs, box+"/post")
	list.has(t, "Tid hos tandlægen")
	list.lacks(t, "Din årsopgørelse", "Skattestyrelsen")
	s.get(theirs, box+"/soeg?q=årsopgørelse").lacks(t, "Skattestyrelsen")
}

// What the owner hides is nowhere to be seen for who helps: a letter, then all of a
// sender's.
func TestHiddenFromHelpers(t *testing.T) {
	s := newStack(t)
	anna, bent, mine, theirs := s.two()
	secret := s.send(anna, func(m *memo.Message) { m.Header.Label = "Svar fra sygehuset" })
	s.Deliver(s.Authority("Skattestyrelsen"), anna, func(m *memo.Message) { m.Header.Label = "Din årsopgørelse" })
	s.Work()
	s.Give(rights.Right{Mailbox: anna.ID, Holder: bent.ID, Relation: access.Writer})
	box := "/postkasse/" + s.box(anna).String()
	letter := "/post/" + secret.String()
	pages := []string{"/post", "/post/vigtige", "/frister", "/soeg?q=sygehuset", "/post/aendringer?set=0", "/aktivitet", "/mapper"}
	seen := func() (n int) {
		for _, path := range pages {
			if strings.Contains(s.get(theirs, box+path).text, "Svar fra sygehuset") {
				n++
			}
		}
		return n
	}
	if s.get(theirs, box+letter).status != http.StatusOK || seen() == 0 {
		t.Fatal("nothing is hidden yet, and not seen")
	}
	frame := regexp.MustCompile(`src="(http://dokument.localhost/[^"]+)"`).FindStringSubmatch(s.get(theirs, box+letter).text)
	if frame == nil {
		t.Fatal("the letter is not shown in a frame")
	}
	document := html.UnescapeString(frame[1])
	if a := call(s.documents, http.MethodGet, document); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	s.get(mine, letter).has(t, "Skjul for dem med adgang")
	s.get(theirs, box+letter).lacks(t, "Skjul for dem med adgang")
	if a := s.post(theirs, box+letter+"/skjul", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("a helper hides: %d", a.status)
	}
	hide := func(form url.Values) {
		t.Helper()
		s.post(mine, letter+"/skjul", form).to(t, letter)
	}
	hide(url.Values{})
	s.get(mine, letter).has(t, `<span class="badge">Skjult for andre</span>`, "Vis igen for dem med adgang")
	s.get(mine, "/post").has(t, "Skjult", "Svar fra sygehuset")
	gone := func() {
		t.Helper()
		if a := call(s.documents, http.MethodGet, document); a.status == http.StatusOK {
			t.Error("the document is still shown at the address from before")
		}
		for _, part := range []string{"", "/udskriv", "/alle.zip", "/tilstand", "/note", "/videresend", "/besvar", "/dokument/0/0"} {
			if a := s.get(theirs, box+letter+part); strings.Contains(a.text, "sygehuset") || part == "" && a.status != http.StatusNotFound {
				t.Errorf("%s: %d", part, a.status)
			}
		}
		if n := seen(); n != 0 {
			t.Errorf("it is seen on %d pages", n)
		}
		s.get(theirs, box+"/post").has(t, "Din årsopgørelse", "1 af 1 besked")
		s.get(theirs, "/postkasser").has(t, "Anna Prøvesen")
	}
	gone()
	hide(url.Values{"vis": {"1"}})
	if seen() == 0 {
		t.Error("shown again, and not seen")
	}
	s.get(mine, "/adgang/skjulte").has(t, "Du skjuler ingen afsendere.", "Ålhavn Kommune")
	s.post(mine, "/adgang/skjulte", url.Values{"afsender": {""}}).has(t, "Vælg en afsender")
	s.post(mine, "/adgang/skjulte", url.Values{"afsender": {s.authority.UUID.String()}}).to(t, "/adgang/skjulte")
	s.get(mine, "/adgang").has(t, "Ålhavn Kommune")
	gone()
	s.send(anna, func(m *memo.Message) { m.Header.Label = "Mere fra sygehuset" }) // what comes later too
	s.get(theirs, box+"/post").lacks(t, "sygehuset")
	gone()
	s.post(mine, "/adgang/skjulte", url.Values{"afsender": {s.authority.UUID.String()}, "vis": {"1"}}).to(t, "/adgang/skjulte")
	if seen() == 0 {
		t.Error("shown again, and not seen")
	}
}
