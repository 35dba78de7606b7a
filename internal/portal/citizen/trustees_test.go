package citizen_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// post sends a form with a cookie.
func (s *stack) post(who *http.Cookie, path string, form url.Values) answer {
	r := httptest.NewRequest(http.MethodPost, base+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(who)
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

// RCP-01: what was typed comes back with the mistakes, but never the CPR number, and
// no number is in a log or an address.
func TestTrusteeForm(t *testing.T) {
	s := newStack(t)
	anna, bent := s.Person("Anna", 40, nil), s.Person("Bent", 50, nil)
	who := s.login(anna)
	s.get(who, "/post") // enters
	number := s.Number(bent)
	form := url.Values{"hvem": {"person"}, "fornavn": {"Bent <b>"}, "efternavn": {"Prøvesen"}, "cpr": {number[:6] + "-" + number[6:]}, "udloeb-dag": {"31"}, "udloeb-maaned": {"2"}, "udloeb-aar": {"2027"}}
	bad := s.post(who, "/modtagere/ny", form)
	bad.has(t, "<title>Fejl: ", `value="Bent &lt;b&gt;"`, `value="31"`, "Datoen findes ikke", `href="#udloeb-dag"`)
	bad.lacks(t, number, number[6:])
	if bad.status != http.StatusUnprocessableEntity {
		t.Error(bad.status)
	}
	form.Set("udloeb-maaned", "1")
	mismatch := s.post(who, "/modtagere/ny", form) // »Bent b« is not his name
	mismatch.has(t, "Navn og CPR-nummer passer ikke sammen. Spørg personen, og prøv igen.", `href="#cpr"`)
	mismatch.lacks(t, number, number[6:])
	form.Set("fornavn", "Bent")
	if done := s.post(who, "/modtagere/ny", form); done.status != http.StatusSeeOther || done.header.Get("Location") != "/modtagere" {
		t.Fatalf("%d %s", done.status, done.text)
	}
	s.post(who, "/modtagere/ny", form).has(t, "Modtageren er allerede på din liste")
	s.post(who, "/modtagere/ny", url.Values{"hvem": {"virksomhed"}}).has(t, "CVR-nummeret skal have 8 cifre", "Skriv en e-mailadresse", "Skriv en udløbsdato")
	s.post(who, "/modtagere/ny", url.Values{"hvem": {"person"}, "ingen": {"1"}}).has(t, "Skriv et fornavn", "Skriv et efternavn", "CPR-nummeret skal have 10 cifre")
	if log := s.log.String(); strings.Contains(log, number) || strings.Contains(log, number[6:]) {
		t.Error("a CPR number is in the log")
	}
	form.Set("fornavn", "Carl")
	for range 4 { // one before
		s.post(who, "/modtagere/ny", form).has(t, "passer ikke sammen")
	}
	if slow := s.post(who, "/modtagere/ny", form); slow.status != http.StatusTooManyRequests || !strings.Contains(slow.text, "Vent 1 minut, og prøv igen.") {
		t.Errorf("%d %s", slow.status, slow.text)
	}
}

// RCP-02, RCP-03, RCP-05: the recipient's side, and that an old page does nothing.
func TestTrusteePages(t *testing.T) {
	s := newStack(t)
	anna, bent, carl := s.Person("Anna", 40, nil), s.Person("Bent", 50, nil), s.Person("Carl", 60, nil)
	mine, theirs, stranger := s.login(anna), s.login(bent), s.login(carl)
	for _, who := range []*http.Cookie{mine, theirs, stranger} {
		s.get(who, "/post")
	}
	s.get(mine, "/modtagere").has(t, "Du har ingen Digital Post-modtagere.", "Ingen har dig som Digital Post-modtager.", `href="/modtagere/ny"`)
	s.post(mine, "/modtagere/ny", url.Values{"hvem": {"person"}, "fornavn": {"bent"}, "efternavn": {"Prøvesen"}, "cpr": {s.Number(bent)}, "ingen": {"1"}})
	list := s.get(mine, "/modtagere")
	list.has(t, "Mangler godkendelse", "bent Prøvesen", "ingen udløbsdato")
	one := regexp.MustCompile(`/modtagere/[0-9a-f-]{36}`).FindString(list.text)
	s.get(mine, one).has(t, "bent Prøvesen har ikke godkendt endnu. Du kan videresende, når det er sket.", one+"/fjern")
	s.get(theirs, "/modtagere").has(t, "1 anmodning mangler din godkendelse.", "Mangler din godkendelse", "Anna Prøvesen")
	s.get(theirs, one).has(t, `value="godkend"`, `value="afvis"`)
	for _, path := range []string{one, one + "/fjern"} {
		if a := s.get(stranger, path); a.status != http.StatusNotFound {
			t.Errorf("a stranger sees %s: %d", path, a.status)
		}
	}
	if a := s.post(mine, one, url.Values{"svar": {"godkend"}, "version": {"1"}}); a.status != http.StatusForbidden {
		t.Errorf("the owner approves: %d", a.status)
	}
	for _, version := range []string{"", "2", "x"} {
		if a := s.post(theirs, one, url.Values{"svar": {"godkend"}, "version": {version}}); a.status != http.StatusConflict {
			t.Errorf("version %q: %d", version, a.status)
		}
	}
	if a := s.post(theirs, one, url.Values{"svar": {"godkend"}, "version": {"1"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text)
	}
	s.get(mine, "/modtagere").has(t, "Aktiv", "Bent Prøvesen")
	s.get(mine, one).has(t, "Du kan videresende din post til Bent Prøvesen.")
	s.get(theirs, one+"/fjern").has(t, "Vil du ikke længere være Digital Post-modtager for Anna Prøvesen?", "Behold modtageren")
	if a := s.post(theirs, one+"/fjern", url.Values{"version": {"2"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.text)
	}
	if a := s.post(mine, one+"/fjern", url.Values{"version": {"2"}}); a.status != http.StatusSeeOther { // it is gone already, as was wanted
		t.Errorf("%d", a.status)
	}
	s.get(mine, "/modtagere", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sprog", Value: "en"}) }).has(t, "You have no Digital Post recipients.")
}
