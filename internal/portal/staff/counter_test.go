package staff_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/appointment"
	"digitalpost/internal/db"
	"digitalpost/internal/doctext"
	"digitalpost/internal/portal/activitylog"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/web"
)

// What is told of the counter, over HTTP, in one world: each story has citizens of its
// own.
func TestCounter(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		for name, story := range map[string]func(*stack){
			"a look has a reason and is in the citizen's log": aLook, "four eyes are two people": fourEyes, "nobody decides on their own request": ownRequest,
			"the form of an access": accessForm, "the form and the decision of an exemption": exemptionPapers,
		} {
			t.Run(name, func(t *testing.T) {
				outer := s.t
				defer func() { s.t, s.T = outer, outer }()
				s.t, s.T = t, t
				story(s)
			})
		}
	})
}

// log is what somebody reads in the log of their own mailbox, a line each, the newest
// first.
func (s *stack) log(of registry.Party) (lines []string) {
	s.t.Helper()
	box, err := s.Mailboxes.Enter(s.t.Context(), world.Actor(of))
	if err != nil {
		s.t.Fatal(err)
	}
	pages, err := web.NewPages(fstest.MapFS{}, activitylog.Texts)
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := activitylog.Reader{Log: activity.New(s.Mailboxes, s.Registry), Actor: world.Actor(of), Box: box, Words: pages.Words(web.Danish), Now: s.Clock.Now(), At: "/aktivitet"}.Page(s.t.Context(), url.Values{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, day := range page.Days {
		for _, row := range day.Rows {
			lines = append(lines, row.Who+": "+row.Before+row.After+" "+row.Why)
		}
	}
	return lines
}

// follow is the page that an answer leads to.
func (s *stack) follow(who *clerk, a answer) answer {
	s.t.Helper()
	if a.status != http.StatusSeeOther {
		s.t.Fatalf("%d leads nowhere:\n%s", a.status, a.text)
	}
	r := *who
	for _, c := range a.header["Set-Cookie"] { // what one page tells the next
		if parsed, err := http.ParseSetCookie(c); err == nil {
			r.flash = parsed
		}
	}
	return s.get(&r, a.header.Get("Location"))
}

// open opens a case and returns its address.
func (s *stack) open(who *clerk, about registry.Party) string {
	s.t.Helper()
	form := s.names(about)
	form.Set("grund", "guidance")
	form.Set("begrundelse", "Står ved skranken")
	a := s.post(who, "/sag", form)
	if a.status != http.StatusSeeOther {
		s.t.Fatal(a.status, a.text)
	}
	return a.header.Get("Location")
}

// SYS-11: without a reason, with another's name, and after the case is over nobody sees
// anything; each look is told to the citizen, and none is when there was none.
func aLook(s *stack) {
	ellen := s.inhabitant("Ellen", nil)
	before := s.log(ellen)
	whole := func() url.Values {
		form := s.names(ellen)
		form.Set("grund", "exemption")
		form.Set("begrundelse", "Sag 4711")
		return form
	}
	for field, wrong := range map[string]struct{ value, says string }{
		"grund": {"", "Vælg, hvad du skal hjælpe med"}, "begrundelse": {"  ", "Skriv en begrundelse"}, "cpr": {"123", "10 cifre"}, "efternavn": {"", "efternavn"}, "fornavn": {"Birthe", "passer ikke"},
	} {
		form := whole()
		form.Set(field, wrong.value)
		got := s.post(s.tove, "/sag", form)
		if got.status != http.StatusUnprocessableEntity {
			s.t.Errorf("%s %q: %d", field, wrong.value, got.status)
		}
		got.has(s.t, wrong.says)
		got.lacks(s.t, s.Number(ellen)[6:], "Strandvejen")
	}
	// Of these only the number with another's name was looked up at all: that is told.
	tried := s.log(ellen)
	if len(tried) != len(before)+1 || tried[0] != "Borgerservice, Ålhavn Kommune: Slog dit CPR-nummer op " {
		s.t.Errorf("what was no look is told of as %q", tried)
	}
	got := s.post(s.tove, "/sag", whole())
	in := got.header.Get("Location")
	s.follow(s.tove, got).has(s.t, "Sag om "+ellen.Name, "Fritagelse", s.Number(ellen)[:6]+"-"+s.Number(ellen)[6:], "Strandvejen 4")
	told := s.log(ellen)
	if len(told) != len(tried)+2 || told[0] != "Borgerservice, Ålhavn Kommune: Så dine oplysninger Grund: fritagelse" {
		s.t.Errorf("one look is told of as %q", told)
	}
	// The page is the same look until the case is over.
	s.get(s.tove, in).has(s.t, ellen.Name)
	if again := s.log(ellen); !slices.Equal(again, told) {
		s.t.Errorf("%q", again)
	}
	s.post(s.tove, in+"/luk", nil)
	for range 2 {
		over := s.get(s.tove, in)
		over.lacks(s.t, ellen.Name, "Strandvejen")
		s.follow(s.tove, over).has(s.t, "Sagen er slut")
		in = s.open(s.tove, ellen) // and one that nobody closes
		s.Clock.Advance(61 * time.Minute)
		for _, c := range []*clerk{s.tove, s.rasmus, s.helle, s.manager} {
			c.cookie = s.logIn(c.name, c.actor).cookie // so long ago that they have logged in again
		}
	}
	// Nobody looks at themselves.
	self := s.names(s.self(s.tove))
	self.Set("grund", "guidance")
	self.Set("begrundelse", "Mig selv")
	if got := s.post(s.tove, "/sag", self); got.status != http.StatusForbidden {
		s.t.Error(got.status)
	}
}

// self is who an employee is.
func (s *stack) self(c *clerk) (p registry.Party) {
	s.t.Helper()
	s.Update(func(tx *db.Tx) (err error) {
		p, err = s.Registry.Party(tx, c.actor.Party)
		return err
	})
	return p
}

// apply applies for an access for a helper, and attaches the signed form. It returns the
// application's address.
func (s *stack) apply(who *clerk, in string, helper registry.Party, more url.Values) string {
	s.t.Helper()
	form := s.names(helper)
	form.Set("slags", "skriv")
	form.Set("aldrig", "1")
	for key, values := range more {
		form[key] = values
	}
	a := s.post(who, in+"/adgang", form)
	if a.status != http.StatusSeeOther {
		s.t.Fatal(a.status, a.text)
	}
	here := a.header.Get("Location")
	if a := s.ask(who, http.MethodPost, here+"/underskrevet", "", scan); a.status != http.StatusSeeOther {
		s.t.Fatal(a.status, a.text)
	}
	return here
}

// helpers are who has an access to somebody's post.
func (s *stack) helpers(of registry.Party) (held []post.PartyID) {
	s.t.Helper()
	s.Update(func(tx *db.Tx) error {
		all, err := s.Rights.To(tx, of.ID)
		held = nil
		for _, r := range all {
			held = append(held, r.Holder)
		}
		return err
	})
	return held
}

var approve = url.Values{"svar": {"godkend"}, "version": {"2"}}

// ACC-11, REG-02: where somebody else brings the form, who applied does not decide, in
// no session and by no other way in; another employee of the municipality does, and the
// citizen reads of both. Nobody decides on an access to themselves.
func fourEyes(s *stack) {
	owner, helper := s.inhabitant("Frode", nil), s.Person("Gitte", 40, nil)
	in := s.open(s.tove, owner)
	here := s.apply(s.tove, in, helper, url.Values{"hvem": {"fuldmagt"}, "fuldmagt": {"Børge Åsen"}})
	review := "/venter/" + here[strings.LastIndex(here, "/")+1:]
	again := s.logIn("tove in another session", s.tove.actor)
	other := s.logIn("tove of another municipality", s.second(s.tove, s.there))
	for _, who := range []*clerk{s.tove, again, other, s.helle, s.manager} {
		s.post(who, here+"/afgoer", approve)
		s.post(who, review, nil)
		if held := s.helpers(owner); held != nil {
			s.t.Fatalf("%s has approved it alone", who.name)
		}
	}
	s.follow(s.tove, s.post(s.tove, here+"/afgoer", approve)).has(s.t, "En anden medarbejder skal godkende")
	if got := s.post(s.tove, review, nil); got.status != http.StatusForbidden {
		s.t.Error(got.status)
	}
	s.get(s.rasmus, "/venter").lacks(s.t, owner.Name, helper.Name, "Børge")
	opened := s.post(s.rasmus, review, nil)
	theirs := opened.header.Get("Location")
	s.follow(s.rasmus, opened).has(s.t, owner.Name, helper.Name, "Børge Åsen")
	if log := s.log(owner); log[0] != "Borgerservice, Ålhavn Kommune: Så dine oplysninger Grund: en ansøgning skulle godkendes" {
		s.t.Errorf("the colleague's look is not told of: %q", log)
	}
	s.post(s.rasmus, theirs+"/afgoer", approve)
	if held := s.helpers(owner); !slices.Equal(held, []post.PartyID{helper.ID}) {
		s.t.Error("it was not given:", held)
	}
	// A power of attorney to whom the helper is, where the helper works at the counter.
	clerks := s.apply(s.tove, in, s.self(s.rasmus), url.Values{"hvem": {"fuldmagt"}, "fuldmagt": {"Rasmus"}})
	s.post(s.rasmus, "/venter/"+clerks[strings.LastIndex(clerks, "/")+1:], nil)
	s.post(s.rasmus, s.open(s.rasmus, owner)+clerks[strings.Index(clerks, "/ansoegning"):]+"/afgoer", approve)
	if held := s.helpers(owner); len(held) != 1 {
		s.t.Error("an employee has given an access to themselves")
	}
}

// second is an employee in a second job at another counter.
func (s *stack) second(c *clerk, employer registry.Party) post.Actor {
	s.t.Helper()
	s.Member(employer, s.self(c), nil)
	s.Give(rights.Right{Holder: c.actor.Party, Organisation: employer.ID, Relation: access.CitizenService})
	a := c.actor
	a.Organisation = employer.ID
	return a
}

// ORG-04: a system manager who has applied themselves does not decide.
func ownRequest(s *stack) {
	u, err := s.Appointments.Take(appointment.LiquidatorCertificate, "bevis.pdf", bytes.NewReader(scan))
	if err != nil {
		s.t.Fatal(err)
	}
	company := s.Company("Det Lukkede ApS")
	cvr, err := post.ParseCVR(s.Number(company))
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.Appointments.Apply(s.t.Context(), post.Actor{Party: s.manager.actor.Party, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial},
		appointment.Wanted{Relation: access.Liquidator, CVR: cvr, Files: []*appointment.Upload{u}})
	if err != nil {
		s.t.Fatal(err)
	}
	here := "/udpeget/" + a.ID.String()
	form := url.Values{"svar": {"godkend"}, "version": {"1"}, "hvorfor": {"I orden"}}
	if got := s.post(s.manager, here+"/afgoer", form); got.status != http.StatusForbidden || s.helpers(company) != nil {
		s.t.Error(got.status, got.text)
	}
	colleague := s.clerk("Sara", s.Operator, access.SystemManager)
	form.Set("hvorfor", " ")
	got := s.post(colleague, here+"/afgoer", form)
	if got.status != http.StatusUnprocessableEntity || s.helpers(company) != nil {
		s.t.Error(got.status)
	}
	got.has(s.t, "Skriv en begrundelse", "bevis.pdf", "Bevis for, at ansøgeren er likvidator", "Det Lukkede ApS")
	form.Set("hvorfor", "I orden")
	if got := s.post(colleague, here+"/afgoer", form); got.status != http.StatusSeeOther || len(s.helpers(company)) != 1 {
		s.t.Error(got.status, got.text)
	}
}

// paper is the text of a PDF that the portal shows, and nobody's number stands in it
// but of those who it is about.
func (s *stack) paper(who *clerk, path string, about ...registry.Party) string {
	s.t.Helper()
	got := s.get(who, path)
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/pdf" || got.header.Get("Cache-Control") != "no-store" {
		s.t.Fatal(path, got.status, got.header)
	}
	text := doctext.Text("application/pdf", []byte(got.text))
	bare := text
	for _, p := range about {
		number := s.Number(p)
		if !strings.Contains(text, number[:6]+"-"+number[6:]) {
			s.t.Errorf("%s: the number of %s is missing:\n%s", path, p.Name, text)
		}
		bare = strings.ReplaceAll(bare, number[:6]+"-"+number[6:], "")
	}
	for _, p := range append([]registry.Party{s.karen, s.self(s.tove), s.self(s.rasmus)}, about...) {
		number := s.Number(p)
		if strings.Contains(bare, number[6:]) || strings.Contains(bare, number) {
			s.t.Errorf("%s: the number of %s stands in it:\n%s", path, p.Name, text)
		}
	}
	return text
}

func (s *stack) holds(path, text string, parts ...string) {
	s.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			s.t.Errorf("%s lacks %q:\n%s", path, part, text)
		}
	}
}

// ACC-11: the form of an access says in both languages whose post it is, who gets it,
// what they may and until when, and where to sign.
func accessForm(s *stack) {
	owner, helper := s.inhabitant("Åse", nil), s.Person("Øjvind", 40, nil)
	here := s.apply(s.tove, s.open(s.tove, owner), helper, url.Values{"hvem": {"fuldmagt"}, "fuldmagt": {"Ægir Sørensen"}})
	day := s.Clock.Now().AddDate(1, 0, 0)
	ends := s.apply(s.tove, s.open(s.tove, owner), s.Person("Hjælper", 40, nil), url.Values{"aldrig": nil, "slags": {"laes"},
		"udloeb-dag": {fmt.Sprint(day.Day())}, "udloeb-maaned": {fmt.Sprint(int(day.Month()))}, "udloeb-aar": {fmt.Sprint(day.Year())}})
	for file, parts := range map[string][]string{
		"/blanket-da.pdf": {"Læse- og skriveadgang til Digital Post", "Postkassens ejer", "Hvem får adgang", "udløber aldrig", "skrive og besvare post på ejerens vegne", "Fuldmagt", "Ægir Sørensen fuldmagt", "Ejerens underskrift", "Ålhavn Kommune · Sagsbehandlingsblanket"},
		"/blanket-en.pdf": {"Read and write access to Digital Post", "Owner of the mailbox", "Who gets access", "never expires", "write and answer on the owner’s behalf", "Power of attorney", "I authorise Ægir Sørensen", "The owner’s signature", "Ålhavn Kommune · Case form"},
	} {
		text := s.paper(s.tove, here+file, owner, helper)
		s.holds(file, text, append(parts, "Åse Prøvesen-Ærø", "Øjvind Prøvesen")...)
	}
	text := doctext.Text("application/pdf", []byte(s.get(s.tove, ends+"/blanket-da.pdf").text))
	s.holds(ends, text, "Læseadgang til Digital Post", post.DateText(day, false), "Jeg vil give adgangen:")
	if strings.Contains(text, "skrive og besvare") || strings.Contains(text, "Fuldmagt") {
		s.t.Errorf("the form says more than what is applied for:\n%s", text)
	}
	for _, file := range []string{"/afgoerelse-da.pdf", "/blanket-de.pdf", "/blanket-da.html"} { // an access has no decision on paper
		if got := s.get(s.tove, here+file); got.status != http.StatusNotFound {
			s.t.Error(file, got.status)
		}
	}
}

// REG-02: the form of an exemption names its ground; the decision, which lies in an
// envelope's window, says what was decided, by whom and why, and holds no number.
func exemptionPapers(s *stack) {
	citizen := s.inhabitant("Søren", nil)
	in := s.open(s.tove, citizen)
	apply := func() string {
		a := s.post(s.tove, in+"/fritagelse", url.Values{"grund": {"other"}, "uddybning": {"Bor på en ø uden dækning"}, "breve": {"3"}, "hvem": {"selv"}})
		if a.status != http.StatusSeeOther {
			s.t.Fatal(a.status, a.text)
		}
		here := a.header.Get("Location")
		s.ask(s.tove, http.MethodPost, here+"/underskrevet", "", scan)
		return here
	}
	here := apply()
	for file, parts := range map[string][]string{
		"/blanket-da.pdf": {"Fritagelse for Digital Post", "Hvem søger", "Andre grunde, der gør det umuligt", "Uddybning", "Papirpost sendes til", "Ulæste breve på papir", "Underskrift"},
		"/blanket-en.pdf": {"Exemption from Digital Post", "Who applies", "Other reasons that make it impossible", "Details", "Paper mail goes to", "Unread letters on paper", "Signature"},
	} {
		s.holds(file, s.paper(s.tove, here+file, citizen), append(parts, "Søren Prøvesen-Ærø", "Bor på en ø uden dækning", "Strandvejen 4", "9999 Ålhavn", "Ålhavn Kommune")...)
	}
	if got := s.get(s.tove, here+"/afgoerelse-da.pdf"); got.status != http.StatusNotFound {
		s.t.Error("there is a decision before somebody decided:", got.status)
	}
	s.post(s.tove, here+"/afgoer", url.Values{"svar": {"afslaa"}, "version": {"2"}, "hvorfor": {"Der er dækning på øen"}})
	for file, parts := range map[string][]string{
		"/afgoerelse-da.pdf": {"Din ansøgning om fritagelse er afslået", "Afgjort", "Derfor", "Der er dækning på øen", "Er du ikke enig", "Du får stadig post fra det offentlige"},
		"/afgoerelse-en.pdf": {"Your application for an exemption was declined", "Decided", "Why", "Der er dækning på øen", "If you do not agree", "You still get mail from the public sector"},
	} {
		s.holds(file, s.paper(s.tove, here+file), append(parts, "Søren Prøvesen-Ærø", "Strandvejen 4", "9999 Ålhavn", "Ålhavn Kommune")...)
	}
	here = apply()
	s.post(s.tove, here+"/afgoer", approve)
	for file, parts := range map[string][]string{
		"/afgoerelse-da.pdf": {"Du er fritaget for Digital Post", "breve fra det offentlige på papir", "ikke har læst", "Fritagelsen har ingen udløbsdato"},
		"/afgoerelse-en.pdf": {"You are exempt from Digital Post", "letters from the public sector on paper", "have not read", "The exemption has no end"},
	} {
		s.holds(file, s.paper(s.tove, here+file), append(parts, "Søren Prøvesen-Ærø", "Strandvejen 4", "Ålhavn Kommune")...)
	}
}
