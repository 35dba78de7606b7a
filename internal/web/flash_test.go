package web

import (
	"net/http"
	"strings"
	"testing"
)

// What a form did is said on the next page, once, and nowhere else: it is in no
// address, cannot be read in the cookie and cannot be forged.
func TestFlash(t *testing.T) {
	s, _ := site(t, nil)
	f := Flash{Text: "2 beskeder flyttet til Børn", Undo: &Undo{Action: "/post/fortryd", Fields: map[string]string{"handling": "42"}}}
	moved := call(s.Serve(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.Flash(w, r, f); err != nil {
			return err
		}
		http.Redirect(w, r, "/post", http.StatusSeeOther)
		return nil
	})), "POST", "/post", nil)
	cookies := moved.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != flashCookie || !cookies[0].HttpOnly || strings.Contains(cookies[0].Value, "Børn") || moved.Header().Get("Location") != "/post" {
		t.Fatal(cookies, moved.Header())
	}
	page := s.Serve(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, http.StatusOK, s.pages, "error", View{Title: "x"}, failurePage{})
	}))
	with := func(value string, more func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: flashCookie, Value: value})
			if more != nil {
				more(r)
			}
		}
	}
	said := call(page, "GET", "/post", with(cookies[0].Value, nil))
	for _, part := range []string{f.Text, `action="/post/fortryd"`, `name="handling" value="42"`, "Fortryd"} {
		if !strings.Contains(said.Body.String(), part) {
			t.Errorf("%q is not said", part)
		}
	}
	if after := said.Result().Cookies(); len(after) != 1 || after[0].MaxAge >= 0 {
		t.Error("it would be said twice:", after)
	}
	byItself := call(page, "GET", "/post", with(cookies[0].Value, func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") }))
	if strings.Contains(byItself.Body.String(), f.Text) || len(byItself.Result().Cookies()) != 0 {
		t.Error("a page that looks by itself has taken what a person was to read")
	}
	other := "A"
	if cookies[0].Value[:1] == other {
		other = "B"
	}
	forged := call(page, "GET", "/post", with(other+cookies[0].Value[1:], nil))
	if strings.Contains(forged.Body.String(), f.Text) {
		t.Error("a forged message is said")
	}
	if err := s.Flash(nil, nil, Flash{Text: "x", Undo: &Undo{Action: "https://example.com"}}); err == nil {
		t.Error("undo leads to another host")
	}
}

// A message that is too long for a cookie loses its undo, then its end.
func TestLongFlash(t *testing.T) {
	s, _ := site(t, nil)
	for name, f := range map[string]Flash{"undo": {Text: "kort", Undo: &Undo{Action: "/", Fields: map[string]string{"a": strings.Repeat("x", 5000)}}}, "text": {Text: strings.Repeat("æ", 5000)}} {
		w := call(s.Serve(s.Handle(func(w http.ResponseWriter, r *http.Request) error { return s.Flash(w, r, f) })), "POST", "/", nil)
		if c := w.Result().Cookies(); len(c) != 1 || len(c[0].Value) > flashMax {
			t.Error(name, c)
		}
	}
}
