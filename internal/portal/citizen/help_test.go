package citizen_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/registry"
	"digitalpost/internal/support"
)

// contact sends the contact form: fields, and files as name and content.
func (s *stack) contact(who *http.Cookie, fields map[string]string, files ...string) answer {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			s.t.Fatal(err)
		}
	}
	for i := 0; i+1 < len(files); i += 2 {
		part, err := form.CreateFormFile("fil", files[i])
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := part.Write([]byte(files[i+1])); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, base+"/kontakt", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if who != nil {
		r.AddCookie(who)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

// MBX-20: who is logged in writes to support with a document, gets a number, and
// finds a copy in the inbox.
func TestContact(t *testing.T) {
	s := newStack(t)
	anna := s.login(s.Person("Anna", 40, nil))
	s.get(anna, "/kontakt").has(t, "Du får en kopi i din postkasse", `name="fil"`, `enctype="multipart/form-data"`)
	sent := s.contact(anna, map[string]string{"slags": "request", "emne": "Luk en profil", "tekst": "Hej\n\nLuk den."}, "attest.txt", "En attest", "", "")
	if sent.status != http.StatusSeeOther || !regexp.MustCompile(`^/kontakt/[0-9A-Z]{4}-[0-9A-Z]{4}$`).MatchString(sent.header.Get("Location")) {
		t.Fatal(sent)
	}
	number := strings.TrimPrefix(sent.header.Get("Location"), "/kontakt/")
	s.get(anna, sent.header.Get("Location")).has(t, "Vi har modtaget din henvendelse", number, "kopi i din indbakke")
	s.get(anna, "/post").has(t, "Kopi af din henvendelse "+number+": Luk en profil")
	if a := s.get(anna, "/kontakt/0000-0000"); a.status != http.StatusNotFound {
		t.Error("a receipt of nothing", a.status)
	}
}

// A form with mistakes comes back with what was typed and says what to do; nothing
// is sent. Files are to be chosen again, and the form says so.
func TestContactMistakes(t *testing.T) {
	s := newStack(t)
	whole := map[string]string{"slags": "question", "navn": "Else", "email": "else@example.com", "emne": "Hjælp", "tekst": "Hvordan?"}
	for field, c := range map[string]struct{ value, want string }{
		"slags": {"", "Vælg, hvad det drejer sig om"}, "navn": {"", "Skriv dit navn"}, "email": {"", "Skriv e-mail eller telefon"}, "telefon": {"1", "Telefonnummeret skal have 8 cifre"},
		"emne": {"", "Skriv et emne"}, "tekst": {"", "Skriv en besked"}, "hjemmeside": {"http://spam.example", "skal være tomt"},
	} {
		form := map[string]string{}
		for k, v := range whole {
			form[k] = v
		}
		form[field] = c.value
		a := s.contact(nil, form)
		if a.status != http.StatusUnprocessableEntity {
			t.Error(field, a.status)
		}
		a.has(t, c.want, "<title>Fejl: ", "Der er 1 fejl i formularen")
		if field != "emne" {
			a.has(t, `value="Hjælp"`)
		}
		s.Clock.Advance(3 * 60 * 1e9)
	}
	for name, c := range map[string]struct {
		file, content, want string
	}{
		"a program": {"x.exe", "MZ", "Filtypen kan ikke sendes"}, "nothing": {"x.txt", "", "Filen er tom"},
		"too large": {"x.txt", strings.Repeat("x", support.MaxBytes+1), "Der er plads til 10 MB"},
	} {
		a := s.contact(nil, whole, c.file, c.content)
		if a.status != http.StatusUnprocessableEntity {
			t.Error(name, a.status)
		}
		a.has(t, c.want, `value="Hjælp"`)
		s.Clock.Advance(3 * 60 * 1e9)
	}
	a := s.contact(nil, map[string]string{"slags": "question", "navn": "Else", "email": "else@example.com", "tekst": "x"}, "x.txt", "ja")
	a.has(t, "Skriv et emne", "Vælg filerne igen")
	s.Clock.Advance(3 * 60 * 1e9)
	many := slices.Repeat([]string{"x.txt", "ja"}, support.MaxFiles+1)
	s.contact(nil, whole, many...).has(t, "Vælg højst 5 filer")
	s.Clock.Advance(3 * 60 * 1e9)
	if a := s.contact(nil, whole); a.status != http.StatusSeeOther {
		t.Error("the whole form is refused:", a)
	}
}

// A stranger does not flood support.
func TestContactIsLimited(t *testing.T) {
	s := newStack(t)
	for i := range 11 {
		a := s.contact(nil, map[string]string{"emne": "x"})
		if (a.status == http.StatusTooManyRequests) != (i == 10) {
			t.Fatal(i, a.status)
		}
		if i == 10 {
			a.has(t, "Vent 120 sekunder")
		}
	}
}

// The help page has an answer to every question in both languages, under the same
// address, and how to reach people.
func TestHelp(t *testing.T) {
	s := newStack(t)
	danish := s.get(nil, "/hjaelp")
	english := s.get(nil, "/hjaelp", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sprog", Value: "en"}) })
	danish.has(t, "70 20 00 00", "hverdage 8-20", `href="/kontakt"`, "Hvad er Digital Post?")
	english.has(t, "What is Digital Post?")
	ids := regexp.MustCompile(`id="(svar-[a-z]+)"`)
	one, other := ids.FindAllString(danish.text, -1), ids.FindAllString(english.text, -1)
	if len(one) < 30 || !slices.Equal(one, other) {
		t.Error(len(one), len(other))
	}
	danish.lacks(t, " open>")
	s.get(nil, "/hjaelp?alle").has(t, " open>")
	s.get(s.login(s.Person("Anna", 40, nil)), "/hjaelp").has(t, "Anna")
	// A child has no mailbox, and may read all the same.
	child := s.get(s.login(s.Person("Bo", 12, func(r *registry.Record) { r.RegistrationStatus = registry.Awaiting })), "/hjaelp")
	child.has(t, "Hvem får Digital Post?")
}
