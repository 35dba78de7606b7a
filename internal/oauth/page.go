package oauth

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/session"
)

//go:embed consent.html
var files embed.FS

var consentPage = template.Must(template.ParseFS(files, "consent.html"))

// question is what the consent page asks.
type question struct {
	Client  string
	For     string // the organisation that an employee is logged in for, "" for a person
	Device  string
	Allows  []wish
	Request string // the client's request, handed on through the form
	Action  string
}

// wish is a scope in words.
type wish struct{ Danish, English string }

var wishes = map[string]wish{
	session.ScopeOpenID: {"se dit navn", "see your name"},
	session.ScopeRead:   {"læse din post", "read your mail"},
	session.ScopeWrite:  {"flytte, slette og sende post for dig", "move, delete and send mail for you"},
	session.ScopeCPR:    {"se dit CPR-nummer", "see your CPR number"},
}

// ask shows the person what the client wants and asks for a yes or a no.
func (s *Server) ask(w http.ResponseWriter, r *http.Request, a request, person session.Session) error {
	q := question{Client: a.client.Name, Device: label(a.form.Get("deviceName")), Request: a.form.Encode(), Action: strings.TrimSuffix(r.URL.Path, "/authorize") + "/godkend"}
	if person.Organisation != 0 {
		err := s.db.Read(r.Context(), func(tx *db.Tx) error {
			organisation, err := s.people.Party(tx, person.Organisation)
			q.For = organisation.Name
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, scope := range session.Scopes {
		if words, ok := wishes[scope]; ok && a.GetRequestedScopes().Has(scope) {
			q.Allows = append(q.Allows, words)
		}
	}
	answerMayLeadTo(w, a.GetRedirectURI())
	return s.pages.Show(w, r, http.StatusOK, q.Client+" vil have adgang", consentPage, q)
}

// answerMayLeadTo names where the form's answer redirects to: browsers hold a
// page's form-action also against what comes after its own host (CSP 3, 6.4.2).
func answerMayLeadTo(w http.ResponseWriter, to *url.URL) {
	const own = "form-action 'self'"
	policy := w.Header().Get("Content-Security-Policy")
	w.Header().Set("Content-Security-Policy", strings.Replace(policy, own, own+" "+to.Scheme+"://"+to.Host, 1))
}
