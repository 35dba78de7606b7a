package citizen

import (
	"net/http"
	"net/url"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// frontRoutes enters what everybody sees: the start page, the menu,
// and what is said once.
func (p *Portal) frontRoutes(on routes) {
	on.open("GET /{$}", p.start)
	on.either("GET /menu", p.menu)
	on.own("GET /velkommen", p.welcome)
	on.open("GET /tilstede", p.present)
}

// startPage is what the start page shows.
type startPage struct {
	Expired bool
	LogIn   string
	Support web.Support
}

func (p *Portal) start(w http.ResponseWriter, r *http.Request) error {
	if _, err := session.Of(r); err == nil {
		http.Redirect(w, r, "/post", http.StatusSeeOther)
		return nil
	}
	page := startPage{Expired: r.URL.Query().Has("udloebet"), LogIn: "/log-ind", Support: p.config.Web.Support.In(web.LangOf(r))}
	if back := r.URL.Query().Get("retur"); strings.HasPrefix(back, "/") {
		page.LogIn += "?" + url.Values{"retur": {back}}.Encode()
	}
	name := "start"
	if p.company() {
		name = "virk.start"
	}
	return p.site.Render(w, r, http.StatusOK, p.pages, name, web.View{Title: p.pages.In(r).T("start.title"), Wide: true}, page)
}

// menuPage is all that the other pages' heads lead to, for phones.
type menuPage struct {
	Signed     bool
	Language   string
	NoTrustees bool
	NoLog      bool
	Rules      bool
	Extracts   bool
	Accesses   bool
}

func (p *Portal) menu(w http.ResponseWriter, r *http.Request, v *visit) error {
	_, err := session.Of(r)
	other := map[web.Lang]string{web.Danish: "en", web.English: "da"}[web.LangOf(r)]
	return p.show(w, r, v, http.StatusOK, "menu", web.View{Title: p.pages.In(r).T("menu"), Tab: "menu"}, menuPage{err == nil, other, v != nil && !v.may(access.TrusteeSee), v != nil && !v.may(access.LogRead), v != nil && v.files(), v != nil && v.extracted(), v != nil && v.own() && !p.company()})
}

// introduce shows a person around who sees their inbox for the first time, and
// never again, whatever they do then. It tells whether it did.
func (p *Portal) introduce(w http.ResponseWriter, r *http.Request, v *visit) (bool, error) {
	if !v.own() || !v.box.Introduced.IsZero() || session.ByPage(r) {
		return false, nil
	}
	if err := p.config.Mailboxes.Introduced(r.Context(), v.actor); err != nil {
		return false, err
	}
	http.Redirect(w, r, "/velkommen", http.StatusSeeOther)
	return true, nil
}

// welcome says in three short steps what this is.
func (p *Portal) welcome(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.show(w, r, v, http.StatusOK, "welcome", web.View{Title: v.words.T("welcome.h"), Tab: "none"}, nil)
}
