package citizen

import (
	"net/http"
	"net/url"
	"strings"

	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// frontRoutes enters what everybody sees: the start page, help, the menu.
func (p *Portal) frontRoutes(on routes) {
	on.open("GET /{$}", p.start)
	on.open("GET /hjaelp", p.help)
	on.open("GET /menu", p.menu)
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
	page := startPage{Expired: r.URL.Query().Has("udloebet"), LogIn: "/log-ind", Support: p.config.Web.Support}
	if back := r.URL.Query().Get("retur"); strings.HasPrefix(back, "/") {
		page.LogIn += "?" + url.Values{"retur": {back}}.Encode()
	}
	return p.site.Render(w, r, http.StatusOK, p.pages, "start", web.View{Title: p.pages.In(r).T("start.title"), Wide: true}, page)
}

func (p *Portal) help(w http.ResponseWriter, r *http.Request) error {
	return p.site.Render(w, r, http.StatusOK, p.pages, "help", web.View{Title: p.pages.In(r).T("help.title")}, p.config.Web.Support)
}

// menuPage is all that the other pages' heads lead to, for phones.
type menuPage struct {
	Signed   bool
	Language string
	Support  web.Support
}

func (p *Portal) menu(w http.ResponseWriter, r *http.Request) error {
	_, err := session.Of(r)
	other := map[web.Lang]string{web.Danish: "en", web.English: "da"}[web.LangOf(r)]
	return p.site.Render(w, r, http.StatusOK, p.pages, "menu", web.View{Title: p.pages.In(r).T("menu"), Tab: "menu"},
		menuPage{err == nil, other, p.config.Web.Support})
}
