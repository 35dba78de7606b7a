package web

import (
	"net/http"
	"net/url"
)

// Settings are how a reader wants pages to look and behave in this browser. The
// zero value is how they are before anybody chooses.
type Settings struct {
	// Theme is light or dark, "" as the device says.
	Theme string
	// NoPane opens a letter on a page of its own, not beside the list.
	NoPane bool
	// Keys switches single-letter keys on (WCAG 2.1.4: off until then).
	Keys bool
	// Text is large or larger, "" as the browser says.
	Text string
}

// settingsCookie keeps the choices in the browser. They say nothing about the
// reader's post.
const settingsCookie = "visning"

// SettingsOf are the choices of the browser that asks.
func SettingsOf(r *http.Request) Settings {
	c, err := r.Cookie(settingsCookie)
	if err != nil {
		return Settings{}
	}
	q, err := url.ParseQuery(c.Value)
	if err != nil {
		return Settings{}
	}
	return Settings{Theme: oneOf(q.Get("farver"), "light", "dark"), NoPane: q.Has("alene"), Keys: q.Has("taster"), Text: oneOf(q.Get("tekst"), "large", "larger")}
}

// oneOf is the value where it is one of those that are known, else "".
func oneOf(value string, known ...string) string {
	for _, k := range known {
		if value == k {
			return value
		}
	}
	return ""
}

// SettingsForm reads the choices from a form with the fields farver, tekst,
// ved-siden and taster.
func SettingsForm(r *http.Request) Settings {
	return Settings{Theme: oneOf(r.PostFormValue("farver"), "light", "dark"), Text: oneOf(r.PostFormValue("tekst"), "large", "larger"),
		NoPane: r.PostFormValue("ved-siden") == "", Keys: r.PostFormValue("taster") != ""}
}

// KeepSettings keeps the choices in the browser for a year.
func (s *Site) KeepSettings(w http.ResponseWriter, r *http.Request, to Settings) {
	q := url.Values{}
	if to.Theme != "" {
		q.Set("farver", to.Theme)
	}
	if to.NoPane {
		q.Set("alene", "1")
	}
	if to.Keys {
		q.Set("taster", "1")
	}
	if to.Text != "" {
		q.Set("tekst", to.Text)
	}
	http.SetCookie(w, &http.Cookie{Name: settingsCookie, Value: q.Encode(), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: requestOf(r.Context()).https, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
