package login

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"digitalpost/internal/keys"
	"digitalpost/internal/session"
)

// attempt is a log-in under way. The browser keeps it, sealed, so that anybody
// may begin a log-in without costing us a row, and the answer counts only in the
// browser that asked.
type attempt struct {
	State    string    `json:"state"`    // comes back with the answer (RFC 6749, 10.12)
	Nonce    string    `json:"nonce"`    // comes back in the ID token (OpenID Connect Core, 15.5.2)
	Verifier string    `json:"verifier"` // goes with the code (RFC 7636)
	Return   string    `json:"return"`   // the page to go on to
	Expires  time.Time `json:"expires"`
}

// attemptLasts is the time to log in at the provider.
const attemptLasts = 10 * time.Minute

func newAttempt(returnTo string, now time.Time) attempt {
	return attempt{session.NewSecret(), session.NewSecret(), oauth2.GenerateVerifier(), localPath(returnTo), now.Add(attemptLasts)}
}

// answers tells whether an answer with a state belongs to the attempt.
func (a attempt) answers(state string, now time.Time) bool {
	return subtle.ConstantTimeCompare([]byte(a.State), []byte(state)) == 1 && now.Before(a.Expires)
}

// cookie is the name of the attempt's cookie.
func (p *Portal) cookie() string {
	if p.Browser.Secure {
		return "__Host-login"
	}
	return "login"
}

// keep gives the attempt to the browser.
func (p *Portal) keep(ring *keys.Ring, w http.ResponseWriter, a attempt) error {
	plain, err := json.Marshal(a)
	if err != nil {
		return err
	}
	sealed := ring.Seal(keys.SessionCookie, plain, []byte(p.Base))
	p.setCookie(w, base64.RawURLEncoding.EncodeToString(sealed), int(attemptLasts.Seconds()))
	return nil
}

// take reads the browser's attempt and removes it: an answer counts once.
func (p *Portal) take(ring *keys.Ring, w http.ResponseWriter, r *http.Request) (attempt, error) {
	c, err := r.Cookie(p.cookie())
	if err != nil {
		return attempt{}, err
	}
	p.setCookie(w, "", -1)
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return attempt{}, err
	}
	plain, err := ring.Open(keys.SessionCookie, sealed, []byte(p.Base))
	if err != nil {
		return attempt{}, err
	}
	var a attempt
	return a, json.Unmarshal(plain, &a)
}

func (p *Portal) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: p.cookie(), Value: value, Path: "/", MaxAge: maxAge,
		Secure: p.Browser.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// localPath is a page of this host, "/" where to is anything else: a log-in must
// not end on another's page. A browser reads "\" as "/" and drops tabs and line
// breaks, so none of them may be there.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil ||
		!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }) ||
		strings.HasPrefix(u.Path, "//") || strings.HasPrefix(u.Path, "/log-ind") {
		return "/"
	}
	return to
}
