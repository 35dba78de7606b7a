package citizen_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

// What somebody chooses holds on every page of this browser, and is said.
func TestSettings(t *testing.T) {
	s := newStack(t)
	anna := s.login(s.Person("Anna", 40, nil))
	s.get(anna, "/indstillinger").has(t, `id="ved-siden" name="ved-siden" value="1" checked`, `id="taster" name="taster" value="1" aria`)
	form := url.Values{"farver": {"dark"}, "tekst": {"large"}, "sprog": {"en"}, "taster": {"1"}}
	r := httptest.NewRequest(http.MethodPost, base+"/indstillinger", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(anna)
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/indstillinger" {
		t.Fatal(w.Code, w.Header())
	}
	with := func(r *http.Request) {
		for _, c := range w.Result().Cookies() {
			r.AddCookie(c)
		}
	}
	page := s.get(anna, "/indstillinger", with)
	page.has(t, `<html lang="en" data-theme="dark" data-text="large" data-keys>`, "Your choices are saved.", `content="dark"`, `href="/indstillinger/taster" data-key="?"`)
	s.get(anna, "/post", with).has(t, `dp-app--wide`, `data-key="n"`, `data-key="g i"`, `data-key="/"`)
	s.get(anna, "/post").lacks(t, `dp-app--wide`, `data-key="?"`)
	s.get(nil, "/indstillinger/taster").has(t, "<kbd>j</kbd>", "data-dialog-body")
}

// Who comes for the first time is shown around, once.
func TestWelcome(t *testing.T) {
	s := newStack(t)
	p := s.Person("Anna", 40, nil)
	var secret string
	s.Update(func(tx *db.Tx) (err error) {
		_, secret, err = s.Sessions.Start(tx, session.Session{Party: p.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial})
		return err
	})
	anna := &http.Cookie{Name: "session", Value: secret}
	if first := s.get(anna, "/post"); first.status != http.StatusSeeOther || first.header.Get("Location") != "/velkommen" {
		t.Fatal(first)
	}
	s.get(anna, "/velkommen").has(t, "Velkommen til Digital Post", `href="/post"`)
	if again := s.get(anna, "/post"); again.status != http.StatusOK {
		t.Error("shown around twice:", again.status)
	}
}
