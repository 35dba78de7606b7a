// Package staff is the portal of the counter (SYS-11): where employees of citizen
// service help the citizen in front of them, where support answers, and where system
// managers decide. It holds pages, no rules. Nothing of anybody's post is shown here.
//
// Each area has a file with its routes and one with its words. An area is added by a
// function in areas and, where a role has it in its head, by a line in heads.
package staff

import (
	"embed"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/appointment"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/extract"
	"digitalpost/internal/login"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/support"
	"digitalpost/internal/web"
)

// Config is what the portal is made of.
type Config struct {
	// Web says how pages are set up; the portal fills in Bare.
	Web          web.Config
	DB           *db.DB
	Staff        *staff.Counter
	Support      *support.Desk
	Appointments *appointment.Appointments
	Extracts     *extract.Extracts
	Browser      *session.Browser
	Login        *login.Login
	// Base is the portal's address without a path.
	Base string
	// Key seals what one page tells the next; 32 bytes that all processes share.
	Key []byte
}

// Portal is the portal of the counter.
type Portal struct {
	config   Config
	site     *web.Site
	pages    *web.Pages
	patterns []string // of all pages, for the test that holds each to access
}

//go:embed templates/*.html
var templates embed.FS

// New makes the portal.
func New(c Config) (*Portal, error) {
	c.Web.Bare, c.Web.Now, c.Web.Key, c.Web.Documents = true, c.DB.Now, c.Key, ""
	site, err := web.New(c.Web)
	if err != nil {
		return nil, err
	}
	own, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(own, texts...)
	if err != nil {
		return nil, err
	}
	return &Portal{config: c, site: site, pages: pages}, nil
}

// texts are the words of all areas.
var texts = []web.Texts{frontTexts, citizenTexts, applyTexts, supportTexts, requestTexts, appointTexts, extractTexts}

// areas are where each area enters its pages.
func (p *Portal) areas() []func(routes) {
	return []func(routes){p.frontRoutes, p.citizenRoutes, p.applyRoutes, p.supportRoutes, p.appointRoutes, p.extractRoutes}
}

// heads are the areas in the head of the pages, for the roles that have them.
var heads = []struct {
	href, text string
	roles      access.Relation
}{
	{"/", "staff.citizens", access.CitizenService | access.SystemManager},
	{"/venter", "staff.waits", access.CitizenService},
	{"/udpeget", "appoint", access.SystemManager},
	{"/dataudtraek", "extract", access.SystemManager},
	{"/henvendelser", "staff.inquiries", access.Support},
}

// Handler serves the portal's host.
func (p *Portal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", web.Assets())
	mux.Handle("GET /favicon.ico", http.RedirectHandler(web.AssetURL("img/mark.svg"), http.StatusSeeOther))
	p.config.Login.Routes(mux, &login.Portal{Browser: p.config.Browser, Base: p.config.Base, Takes: login.Professional}, p.site)
	on := routes{p, mux}
	for _, area := range p.areas() {
		area(on)
	}
	on.open("/", func(http.ResponseWriter, *http.Request) error { return errs.NotFound("page.unknown") })
	return p.site.Serve(p.site.LimitLogIn(p.config.Browser.Load(mux)))
}

// visit is an employee at work.
type visit struct {
	actor post.Actor
	staff.Employee
	words *web.Words
	now   time.Time
}

// does tells that the employee has one of some roles.
func (v *visit) does(roles access.Relation) bool { return v.Roles&roles != 0 }

// page is a page for an employee at work.
type page func(http.ResponseWriter, *http.Request, *visit) error

// routes is where each area enters its pages.
type routes struct {
	portal *Portal
	mux    *http.ServeMux
}

// open enters a page for everybody.
func (on routes) open(pattern string, fn func(http.ResponseWriter, *http.Request) error) {
	on.portal.patterns = append(on.portal.patterns, pattern)
	on.mux.Handle(pattern, on.portal.site.Handle(fn))
}

// as enters a page for employees with one of some roles; others do not find it.
// What they may do there their capability asks access about.
func (on routes) as(roles access.Relation, pattern string, fn page) {
	on.open(pattern, func(w http.ResponseWriter, r *http.Request) error {
		v, err := on.portal.visitor(r)
		if errs.KindOf(err) == errs.KindUnauthenticated && err != nil {
			back := url.Values{"retur": {r.URL.RequestURI()}}
			if r.Method != http.MethodGet {
				back = url.Values{}
			}
			if errors.Is(err, session.ErrExpired) {
				back.Set("udloebet", "1")
			}
			http.Redirect(w, r, "/?"+back.Encode(), http.StatusSeeOther)
			return nil
		}
		if err != nil {
			return err
		}
		if !v.does(roles) {
			return errs.NotFound("page.unknown")
		}
		return fn(w, r, v)
	})
}

// visitor is who is logged in, with the roles they have now.
func (p *Portal) visitor(r *http.Request) (*visit, error) {
	n, err := session.Of(r)
	if err != nil {
		return nil, err
	}
	v := &visit{actor: n.Actor(), words: p.pages.In(r), now: p.config.DB.Now()}
	v.Employee, err = p.config.Staff.Who(r.Context(), v.actor)
	if err != nil {
		web.AtDesk(r, web.Desk{}) // so that one can log out
		return v, err
	}
	web.AtDesk(r, p.desk(r, v))
	return v, nil
}

// desk is the head of the pages.
func (p *Portal) desk(r *http.Request, v *visit) web.Desk {
	d := web.Desk{Person: v.Name, Place: v.Employer.Name}
	for _, h := range heads {
		if v.does(h.roles) {
			in := r.URL.Path == h.href || strings.HasPrefix(r.URL.Path, h.href+"/") || h.href == "/" && strings.HasPrefix(r.URL.Path, "/sag/")
			d.Areas = append(d.Areas, web.Option{Value: h.href, Text: v.words.T(h.text), Selected: in})
		}
	}
	return d
}

func (p *Portal) show(w http.ResponseWriter, r *http.Request, status int, name string, view web.View, data any) error {
	return p.site.Render(w, r, status, p.pages, name, view, data)
}

// done ends what a form has asked for: the next page says it.
func (p *Portal) done(w http.ResponseWriter, r *http.Request, next, text string) error {
	return p.site.Leave(w, r, next, web.Flash{Text: text})
}

// digits is a number as people write it, without what they part it with.
func digits(text string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(text)
}
