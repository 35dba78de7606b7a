package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"digitalpost/internal/post"
)

func TestDate(t *testing.T) {
	for text, want := range map[string]string{"31-12-2026": "2026-12-31", "1-2-2027": "2027-02-01", "29-2-2028": "2028-02-29", "31-2-2027": "", "0-1-2027": "", "x-1-2027": "", "1-1-27": "", "--": ""} {
		part := strings.Split(text, "-")
		form := url.Values{"slut-dag": {part[0]}, "slut-maaned": {" " + part[1]}, "slut-aar": {part[2]}}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		d := DateForm(r, "slut")
		got, ok := d.Time()
		if ok != (want != "") || ok && got.In(post.Denmark).Format(time.DateOnly) != want {
			t.Errorf("%s: %v %v", text, got, ok)
		}
		if ok && DateOf(got) != (Date{strings.TrimLeft(part[0], "0"), strings.TrimLeft(part[1], "0"), part[2]}) {
			t.Errorf("%s came back as %v", text, DateOf(got))
		}
		if d.Empty() != (text == "--") {
			t.Errorf("%s: empty %v", text, d.Empty())
		}
	}
}

// Fields tell their mistakes to who hears the page: invalid, and described by the
// text; the summary leads to each (MBX-19).
func TestFields(t *testing.T) {
	page := `{{define "p"}}{{template "problems" .P}}{{template "input" (dict "Name" "emne" "Label" "Emne" "Hint" "Kort" "Value" .V "Error" (.P.Of "emne"))}}` +
		`{{template "textarea" (dict "Name" "tekst" "Label" "Besked" "Value" .V)}}{{template "select" (dict "Name" "kat" "Label" "Kategori" "Options" .O)}}` +
		`{{template "choices" (dict "Name" "valg" "Legend" "Hvad" "Options" .O)}}{{template "radios" (dict "Name" "rad" "Legend" "Hvad" "Options" .O)}}{{template "check" (dict "Name" "ja" "Label" "Ja" "Checked" true)}}` +
		`{{template "date" (dict "Name" "slut" "Legend" "Sidste dag" "Value" .D "Error" (.P.Of "slut-dag"))}}{{template "steps" (dict "At" 2 "Steps" (list "Modtager" "Besked" "Send"))}}` +
		`{{template "pills" (dict "Label" "Type" "Options" .O)}}{{template "filters" (dict "Options" .O "Clear" "/x")}}{{template "confirm" .C}}{{template "toast"}}` +
		`{{template "progress" (dict "Name" "p" "Label" "Fil" "Done" 3 "Of" 10 "Text" "30 %")}}{{template "receipt" (dict "Heading" "Sendt" "Text" (list "a"))}}{{template "more" (dict "Counted" "8 af 214")}}{{end}}`
	pages, err := NewPages(fstest.MapFS{"p.html": {Data: []byte(page)}})
	if err != nil {
		t.Fatal(err)
	}
	var problems Problems
	problems.Add("emne", "Skriv et emne")
	problems.Add("slut-dag", "Datoen findes ikke")
	var out strings.Builder
	err = pages.sets[voice{Danish, false}].ExecuteTemplate(&out, "p", map[string]any{"P": problems, "V": `<script>"`, "D": Date{"31", "2", "2027"}, "O": []Option{{Value: "/1", Text: "En", About: "Om"}, {Value: "/2", Text: "To", Selected: true}},
		"C": Confirm{Heading: "Vil du slette beskeden?", Text: []string{"Den flyttes."}, Action: "/post/1/slet", Hidden: []Hidden{{"a", "b"}}, Yes: "Slet besked", No: "Behold beskeden", Back: "/post/1", Danger: true, Swap: "app"}})
	if err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, part := range []string{
		"Der er 2 fejl i formularen", `<a href="#emne">Skriv et emne</a>`, `aria-describedby="emne-h emne-e" aria-invalid="true"`, `id="slut-dag"`, `id="slut-e"`, "&lt;script&gt;&#34;",
		`<li class="is-done">1. <span>Modtager`, `<li aria-current="step">2. `, `<option value="/2" selected>To`, `name="valg" id="valg"`, `id="valg-1" value="/2" checked`, `value="1" checked`,
		`<a href="/2" aria-current="true">To`, `data-swap="app" data-dialog-body`, `button-warning`, `data-close data-focus`, `<progress id="p" max="10" value="3">`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is missing", part)
		}
	}
	for _, part := range []string{"no value", "<script>", "ZgotmplZ"} {
		if strings.Contains(text, part) {
			t.Errorf("%s stands in %s", part, text)
		}
	}
}

// Settings are kept in the browser, and nothing else is believed to be one.
func TestSettings(t *testing.T) {
	s, _ := site(t, nil)
	want := Settings{Theme: "dark", NoPane: true, Keys: true, Text: "large"}
	w := call(s.Serve(s.Handle(func(w http.ResponseWriter, r *http.Request) error { s.KeepSettings(w, r, want); return nil })), "POST", "/", nil)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(w.Result().Cookies()[0])
	if got := SettingsOf(r); got != want {
		t.Error(got)
	}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: settingsCookie, Value: "farver=<script>&tekst=huge&taster=%zz"})
	if got := SettingsOf(r); got != (Settings{}) {
		t.Error(got)
	}
}

func TestGenitive(t *testing.T) {
	danish, english := newWords(voice{Danish, false}, shared), newWords(voice{English, false}, shared)
	if danish.Genitive("Birthe Åkjær") != "Birthe Åkjærs" || danish.Genitive("Jens") != "Jens'" || danish.Genitive("Fjordlys A/S") != "Fjordlys A/S'" || danish.Genitive("") != "s" || english.Genitive("Jens") != "Jens's" {
		t.Error("whose")
	}
}
