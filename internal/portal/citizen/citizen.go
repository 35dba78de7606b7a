// Package citizen is the portal where citizens read their post, keep it in order,
// search it, and write and forward (docs/pages.md). Each area has a file with its
// routes and one with its words. It holds pages, no rules about post.
//
// A document is shown on an origin of its own, which has no cookies and no other
// pages, so that nothing a sender writes can reach the reader's session.
package citizen

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/activity"
	"digitalpost/internal/appointment"
	"digitalpost/internal/calendar"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/extract"
	"digitalpost/internal/login"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/portal/activitylog"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/support"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/trustee"
	"digitalpost/internal/web"
)

// Config is what the portal is made of.
type Config struct {
	// Web says how pages are set up; the portal fills in Documents and Bare.
	Web          web.Config
	DB           *db.DB
	Activity     *activity.Log
	Mailboxes    *mailbox.Mailboxes
	Calendars    *calendar.Calendars
	Compose      *compose.Composer
	Browser      *session.Browser
	Login        *login.Login
	Support      *support.Desk
	Registry     *registry.Registry
	Trustees     *trustee.Trustees
	Team         *teamwork.Team
	Appointments *appointment.Appointments
	Extracts     *extract.Extracts
	Accesses     *delegation.Delegations
	// Base is the portal's address without a path, https://borger.example.dk, and
	// Documents that of the origin where documents are shown: another host.
	Base, Documents string
	// Rights is the address of the rights portal, without a path.
	Rights string
	// Key signs the addresses of documents; 32 bytes that all processes share.
	Key []byte
}

// Portal is the citizens' portal.
type Portal struct {
	config    Config
	site      *web.Site
	pages     *web.Pages
	inquiries *web.Limiter // of the contact form
	// feeds holds back who guesses at calendars' links, and readings who reads one
	// again and again.
	feeds, readings *web.Limiter
	open            context.Context // ends when open pages are to be let go
	letGo           context.CancelFunc
	patterns        []string // of all pages, for the test that holds each to access
}

//go:embed templates/*.html
var templates embed.FS

// New makes the portal.
func New(c Config) (*Portal, error) {
	if len(c.Key) < 32 {
		return nil, errors.New("the key for addresses of documents is shorter than 32 bytes")
	}
	if origin(c.Documents) == "" || origin(c.Documents) == origin(c.Base) {
		return nil, errors.New("documents need an origin of their own")
	}
	c.Base, c.Documents = origin(c.Base), origin(c.Documents)
	if c.Browser.Platform == post.PlatformVirk {
		c.Web.Brand = "virk"
	}
	c.Web.Documents, c.Web.Bare, c.Web.Now, c.Web.Key = c.Documents, false, c.DB.Now, c.Key
	site, err := web.New(c.Web)
	if err != nil {
		return nil, err
	}
	own, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(own, slices.Concat(texts, []web.Texts{activitylog.Texts})...)
	if err != nil {
		return nil, err
	}
	p := &Portal{config: c, site: site, pages: pages, inquiries: web.NewLimiter(10, 2*time.Minute, c.DB.Now),
		feeds: web.NewLimiter(30, time.Minute, c.DB.Now), readings: web.NewLimiter(30, time.Minute, c.DB.Now)}
	p.open, p.letGo = context.WithCancel(context.Background())
	return p, nil
}

// origin is an address without path and query, "" for what is none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// LetGo ends the streams of open pages, so that a server can stop; browsers come
// back by themselves.
func (p *Portal) LetGo() { p.letGo() }

// Handler serves the portal's host.
func (p *Portal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", web.Assets())
	mux.Handle("GET /favicon.ico", http.RedirectHandler(web.AssetURL("img/mark.svg"), http.StatusSeeOther))
	p.config.Login.Routes(mux, &login.Portal{Browser: p.config.Browser, Base: p.config.Base, Takes: p.takes()}, p.site)
	mux.HandleFunc("/postkasse/{mailbox}/", func(w http.ResponseWriter, r *http.Request) { p.another(w, r, mux) })
	on := routes{p, mux, map[string]ownPage{}}
	for _, area := range []func(routes){p.frontRoutes, p.boxesRoutes, p.helpRoutes, p.settingsRoutes, p.writeRoutes, p.listRoutes, p.foldersRoutes, p.bulkRoutes, p.searchRoutes, p.letterRoutes, p.deadlineRoutes, p.trusteeRoutes, p.activityRoutes, p.teamRoutes, p.appointRoutes, p.extractRoutes, p.accessRoutes} {
		area(on)
	}
	on.open("/", func(http.ResponseWriter, *http.Request) error { return errs.NotFound("page.unknown") })
	return p.site.Serve(p.site.LimitLogIn(p.config.Browser.Load(mux)))
}

// visit is a logged-in person at a mailbox: their own, or the one that the address
// names.
type visit struct {
	session session.Session
	actor   post.Actor
	box     mailbox.Mailbox
	words   *web.Words
	now     time.Time
	// settings are how the reader wants pages to look here.
	settings web.Settings
	// works tell how a company works with the letters that the page lists.
	works map[post.UUID]teamwork.Work
	// open and over are what choices has found, once for each page.
	open, over []mailbox.Mailbox
}

// visited runs fn for a logged-in person; others are sent to log in and come
// back.
func (p *Portal) visited(w http.ResponseWriter, r *http.Request, fn ownPage) error {
	n, err := session.Of(r)
	back := url.Values{"retur": {web.At(r, r.URL.RequestURI())}}
	switch {
	case errors.Is(err, session.ErrExpired):
		back.Set("udloebet", "1")
		http.Redirect(w, r, "/?"+back.Encode(), http.StatusSeeOther)
		return nil
	case errs.KindOf(err) == errs.KindUnauthenticated && err != nil:
		http.Redirect(w, r, "/log-ind?"+back.Encode(), http.StatusSeeOther)
		return nil
	case err != nil:
		return err
	}
	if p.company() && named(r) == (post.UUID{}) && !isAlone(r.URL.Path) {
		return p.noCompany(w, r, n, p.toFirst(w, r, n))
	}
	v, err := p.enter(r, n)
	if err != nil {
		return p.noCompany(w, r, n, err)
	}
	if named(r) != (post.UUID{}) && v.own() {
		return p.atTop(w, r)
	}
	return fn(w, r, v)
}

// enter is the visit of who is logged in. The first page after log-in enters the
// mailbox, which may make it.
func (p *Portal) enter(r *http.Request, n session.Session) (*visit, error) {
	v := &visit{session: n, actor: n.Actor(), words: p.pages.In(r), now: p.config.DB.Now(), settings: web.SettingsOf(r)}
	if named := named(r); named != (post.UUID{}) {
		return v, p.enterAnother(r, v, named)
	}
	var err error
	if p.company() {
		v.box, err = p.firstCompany(r, v.actor)
		return v, err
	}
	v.box, err = p.config.Mailboxes.Own(r.Context(), v.actor)
	if errs.KindOf(err) == errs.KindNotFound && err != nil || err == nil && v.box.Accessed.Before(n.LoggedIn) {
		v.box, err = p.config.Mailboxes.Enter(r.Context(), v.actor)
	}
	return v, err
}

// visitor is the visit of who is logged in and has a mailbox, nil for others.
func (p *Portal) visitor(r *http.Request) (*visit, error) {
	n, err := session.Of(r)
	if errs.KindOf(err) == errs.KindUnauthenticated && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := p.enter(r, n)
	if errs.KindOf(err) == errs.KindForbidden && err != nil {
		return nil, nil // a child, who may read about it all the same
	}
	return v, err
}

// show writes a page in the frame, which knows the name at the top and the
// mailboxes to switch to; v is nil for who is not logged in.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, v *visit, status int, name string, view web.View, data any) error {
	if v == nil {
		return p.site.Render(w, r, status, p.pages, name, view, data)
	}
	view.Accesses = !p.company() && v.own()
	view.Person, view.Organisation = v.owner(), v.box.Owner.Kind == post.Organisation
	view.Rules, view.Extracts = v.files(), v.extracted()
	if err := p.choose(r, v, &view); err != nil {
		return err
	}
	return p.site.Render(w, r, status, p.pages, name, view, data)
}

// said is what a script is told of a form that it sent (data-said): what to say,
// with a button to take it back, or the page to go to.
type said struct {
	Text string    `json:"text,omitempty"`
	Undo *web.Undo `json:"undo,omitempty"`
	To   string    `json:"to,omitempty"`
}

// byScript tells a form that a script has sent and whose answer it understands.
func byScript(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// answer tells a page's script something.
func answer(w http.ResponseWriter, status int, body any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// leave ends what a form has asked for at another page.
func (p *Portal) leave(w http.ResponseWriter, r *http.Request, to string) error {
	if byScript(r) {
		return answer(w, http.StatusOK, said{To: web.At(r, to)})
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// done ends what a form has asked for: the next page says it, with a button to
// take it back where undo is not nil. A script that sent the form says it itself.
func (p *Portal) done(w http.ResponseWriter, r *http.Request, next, text string, undo *web.Undo) error {
	if byScript(r) {
		if undo != nil {
			undo.Action = web.At(r, undo.Action)
		}
		return answer(w, http.StatusOK, said{Text: text, Undo: undo})
	}
	return p.site.Leave(w, r, next, web.Flash{Text: text, Undo: undo})
}
