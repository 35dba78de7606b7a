// Package rights is the rights portal (SYS-10): where a company's rights
// administrator gives employees access to its post, and employees ask for it. It
// shows no post. It holds pages, no rules about rights.
//
// A unit's pages lie under /enhed/{unit}; which unit is chosen first where there are
// several (docs/pages.md says how a page is made; this portal has the frame of desks).
package rights

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
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/login"
	"digitalpost/internal/portal/activitylog"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// Config is what the portal is made of.
type Config struct {
	Web       web.Config // how pages are set up; the portal fills in the rest
	DB        *db.DB
	Companies *company.Companies
	// Appointments is where an employee applies to give rights.
	Appointments *appointment.Appointments
	Browser      *session.Browser
	Login        *login.Login
	Base         string // the portal's address without a path
	Post         string // that of the portal of companies and associations, where their post is
	Key          []byte // seals what one page tells the next; 32 bytes that all processes share
}

// Portal is the rights portal.
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
	c.Web.Bare, c.Web.Brand, c.Web.Now, c.Web.Key = true, "virk", c.DB.Now, c.Key
	site, err := web.New(c.Web)
	if err != nil {
		return nil, err
	}
	own, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(own, texts, activitylog.Texts)
	if err != nil {
		return nil, err
	}
	return &Portal{config: c, site: site, pages: pages}, nil
}

// Handler serves the portal's host.
func (p *Portal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", web.Assets())
	mux.Handle("GET /favicon.ico", http.RedirectHandler(web.AssetURL("img/mark.svg"), http.StatusSeeOther))
	p.config.Login.Routes(mux, &login.Portal{Browser: p.config.Browser, Base: p.config.Base, Takes: login.Either}, p.site)
	open := func(pattern string, fn func(http.ResponseWriter, *http.Request) error) {
		p.patterns = append(p.patterns, pattern)
		mux.Handle(pattern, p.site.Handle(fn))
	}
	own := func(pattern string, fn page) {
		open(pattern, func(w http.ResponseWriter, r *http.Request) error { return p.visited(w, r, fn) })
	}
	open("GET /{$}", p.start)
	open("/", func(http.ResponseWriter, *http.Request) error { return errs.NotFound("page.unknown") })
	own("GET /enheder", p.units)

	own("GET /enhed/{unit}", p.people)
	own("GET /enhed/{unit}/medarbejder/{employee}", p.employee)
	own("POST /enhed/{unit}/medarbejder/{employee}", p.giveEmployee)
	own("GET /enhed/{unit}/medarbejder/{employee}/fjern", p.askTakeEmployee)
	own("POST /enhed/{unit}/medarbejder/{employee}/fjern", p.takeEmployee)
	own("GET /enhed/{unit}/medarbejder/{employee}/flere", p.manyOfEmployee)
	own("POST /enhed/{unit}/medarbejder/{employee}/flere", p.prepareEmployee)

	own("GET /enhed/{unit}/grupper", p.groups)
	own("POST /enhed/{unit}/grupper", p.makeGroup)
	own("GET /enhed/{unit}/gruppe/{group}", p.group)
	own("POST /enhed/{unit}/gruppe/{group}", p.renameGroup)
	own("POST /enhed/{unit}/gruppe/{group}/ind", p.joinGroup)
	own("POST /enhed/{unit}/gruppe/{group}/ud", p.partGroup)
	own("GET /enhed/{unit}/gruppe/{group}/slet", p.askDropGroup)
	own("POST /enhed/{unit}/gruppe/{group}/slet", p.dropGroup)
	own("GET /enhed/{unit}/gruppe/{group}/flere", p.manyOfGroup)
	own("POST /enhed/{unit}/gruppe/{group}/flere", p.prepareGroup)

	own("GET /enhed/{unit}/anmodninger", p.requests)
	own("GET /enhed/{unit}/anmodning/{request}", p.request)
	own("POST /enhed/{unit}/anmodning/{request}", p.answerRequest)

	own("GET /enhed/{unit}/liste", p.list)
	own("GET /enhed/{unit}/rettigheder.csv", p.exportUnit)
	own("GET /rettigheder.csv", p.exportAll)
	own("POST /enhed/{unit}/liste", p.importList)
	own("GET /enhed/{unit}/aendring/{draft}", p.draft)
	own("POST /enhed/{unit}/aendring/{draft}", p.applyDraft)

	own("GET /enhed/{unit}/log", p.log)

	own("GET /mine", p.mine)
	own("GET /mine/bed", p.wish)
	own("POST /mine/bed", p.ask)
	own("POST /mine/anmodning/{request}", p.withdraw)
	own("GET /mine/administrator", p.vacant)
	own("POST /mine/administrator", p.applyVacant)
	own("POST /mine/ansoegning/{application}", p.withdrawVacant)
	return p.site.Serve(p.site.LimitLogIn(p.config.Browser.Load(mux)))
}

// visit is somebody who is logged in.
type visit struct {
	actor post.Actor
	words *web.Words
	now   time.Time
	desk  company.Desk
	unit  company.Unit // of the pages under it
}

type page func(http.ResponseWriter, *http.Request, *visit) error

// visited runs fn for who is logged in; others are sent to log in and come back.
func (p *Portal) visited(w http.ResponseWriter, r *http.Request, fn page) error {
	n, err := session.Of(r)
	back := url.Values{"retur": {r.URL.RequestURI()}}
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
	v := &visit{actor: n.Actor(), words: p.pages.In(r), now: p.config.DB.Now()}
	if v.desk, err = p.config.Companies.Desk(r.Context(), v.actor); err != nil {
		return err
	}
	p.atDesk(r, v)
	if r.PathValue("unit") != "" {
		id, err := web.ID(r, "unit")
		if err != nil {
			return err
		}
		if v.unit, err = p.config.Companies.Unit(r.Context(), v.actor, id); err != nil {
			return err
		}
		p.atDesk(r, v)
	}
	return fn(w, r, v)
}

// atDesk says who works, for whom, and where the portal's areas are.
func (p *Portal) atDesk(r *http.Request, v *visit) {
	desk := web.Desk{Person: v.desk.Name, Place: v.desk.Employer}
	if desk.Place == "" {
		desk.Place = v.words.T("desk.private")
	}
	area := func(href, key string) {
		path := r.URL.Path
		here := path == href || key != "area.people" && strings.HasPrefix(path, href+"/") ||
			key == "area.people" && strings.HasPrefix(path, href+"/medarbejder/") || key == "area.groups" && strings.HasPrefix(path, v.at("gruppe")+"/") ||
			key == "area.requests" && strings.HasPrefix(path, v.at("anmodning")+"/") || key == "area.list" && strings.HasPrefix(path, v.at("aendring")+"/")
		desk.Areas = append(desk.Areas, web.Option{Value: href, Text: v.words.T(key), Selected: here})
	}
	if v.unit.ID != 0 {
		area(v.at(""), "area.people")
		area(v.at("grupper"), "area.groups")
		area(v.at("anmodninger"), "area.requests")
		area(v.at("liste"), "area.list")
		area(v.at("log"), "area.log")
	}
	if v.desk.Units > 1 || v.unit.ID == 0 && v.desk.Units > 0 {
		area("/enheder", "area.units")
	}
	if v.actor.Organisation != 0 {
		area("/mine", "area.mine")
	}
	if v.desk.Reads {
		area(p.config.Post+"/post", "area.post")
	}
	web.AtDesk(r, desk)
}

// at is the address of a page of the unit.
func (v *visit) at(parts ...string) string {
	path := "/enhed/" + v.unit.UUID.String()
	for _, part := range parts {
		if part != "" {
			path += "/" + part
		}
	}
	return path
}

func (p *Portal) show(w http.ResponseWriter, r *http.Request, status int, name string, view web.View, data any) error {
	return p.site.Render(w, r, status, p.pages, name, view, data)
}

// done ends what a form has asked for: the next page says it.
func (p *Portal) done(w http.ResponseWriter, r *http.Request, next, text string) error {
	return p.site.Leave(w, r, next, web.Flash{Text: text})
}

// startPage is what who is not logged in sees.
type startPage struct {
	Expired bool
	LogIn   string
}

func (p *Portal) start(w http.ResponseWriter, r *http.Request) error {
	if _, err := session.Of(r); err == nil {
		http.Redirect(w, r, "/enheder", http.StatusSeeOther)
		return nil
	}
	page := startPage{Expired: r.URL.Query().Has("udloebet"), LogIn: "/log-ind"}
	if back := r.URL.Query().Get("retur"); strings.HasPrefix(back, "/") {
		page.LogIn += "?" + url.Values{"retur": {back}}.Encode()
	}
	return p.show(w, r, http.StatusOK, "start", web.View{Title: p.pages.In(r).T("portal"), Wide: true}, page)
}

// unitsPage is all units that one administers.
type unitsPage struct {
	Words string
	Units []unitRow
	Count string
	Empty *web.Empty
	Many  bool
}

type unitRow struct{ Href, Name, Letters, About string }

// units lists the units to choose among. Who has one is led to it, and who has none
// to what they have themself.
func (p *Portal) units(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := p.config.Companies.Units(r.Context(), v.actor)
	if err != nil {
		return err
	}
	switch {
	case len(all) == 1:
		http.Redirect(w, r, "/enhed/"+all[0].UUID.String(), http.StatusSeeOther)
		return nil
	case len(all) == 0 && v.actor.Organisation != 0:
		http.Redirect(w, r, "/mine", http.StatusSeeOther)
		return nil
	}
	page := unitsPage{Words: strings.TrimSpace(r.URL.Query().Get("q")), Many: len(all) > 0}
	for _, u := range all {
		if !matches(u.Name+" "+u.CVR.Reveal(), page.Words) {
			continue
		}
		about := v.words.T("cvr", u.CVR.Reveal())
		if u.Via == access.Signatory {
			about += " · " + v.words.T("unit.signs")
		}
		page.Units = append(page.Units, unitRow{"/enhed/" + u.UUID.String(), u.Name, web.Initials(u.Name), about})
	}
	page.Count = v.words.T("units.count", v.words.Number(int64(len(page.Units))), v.words.Number(int64(len(all))))
	switch {
	case len(all) == 0:
		page.Empty = &web.Empty{Heading: v.words.T("units.none.h"), Text: v.words.T("units.none.p"), Icon: "lock"}
	case len(page.Units) == 0:
		page.Empty = &web.Empty{Heading: v.words.T("found.none.h"), Text: v.words.T("found.none.p"), Icon: "search"}
	}
	return p.show(w, r, http.StatusOK, "units", web.View{Title: v.words.T("units"), Wide: true}, page)
}

// matches tells that all words stand in a text.
func matches(text, words string) bool {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// rightName is what a right is called.
func rightName(w *web.Words, relation access.Relation) string {
	if _, there := texts["right."+relation.String()]; !there {
		return w.T("right") // none that is given here
	}
	return w.T("right." + relation.String())
}

// days says from when until when a right holds, in lists.
func (v *visit) days(from, to time.Time, lastDay time.Time) string {
	short := func(t time.Time) string { return v.words.Short(t, v.now) }
	switch {
	case !to.IsZero() && !v.now.Before(to):
		return v.words.T("days.over", short(lastDay))
	case from.After(v.now) && !to.IsZero():
		return v.words.T("days.from.to", short(from), short(lastDay))
	case from.After(v.now):
		return v.words.T("days.from", short(from))
	case !to.IsZero():
		return v.words.T("days.to", short(lastDay))
	}
	return v.words.T("days.always")
}

// about is what tells an employee from others with their name.
func about(v *visit, m registry.Member, employer registry.Party) string {
	var all []string
	if m.Number != "" {
		all = append(all, v.words.T("number", m.Number))
	}
	for _, text := range []string{m.Title, m.Department} {
		if text != "" {
			all = append(all, text)
		}
	}
	if m.Signs && m.Organisation == v.unit.ID {
		all = append(all, v.words.T("signs"))
	}
	if v.unit.ID != 0 && employer.ID != v.unit.ID {
		all = append(all, employer.Name)
	}
	return strings.Join(all, " · ")
}

// chosen are the rights that are ticked in a form.
func chosen(r *http.Request) (all []access.Relation) {
	for _, relation := range company.Relations {
		if r.PostFormValue("ret-"+relation.String()) != "" {
			all = append(all, relation)
		}
	}
	return all
}

// rightsForm is the fields by which rights are chosen, with days.
type rightsForm struct {
	Rights   []rightField
	From, To web.Date
	Never    bool
	Problems web.Problems
}

type rightField struct {
	Name, Text, About string
	Checked           bool
}

func (f *rightsForm) fields(w *web.Words, checked []access.Relation) {
	for _, relation := range company.Relations {
		one := rightField{Name: "ret-" + relation.String(), Text: rightName(w, relation), About: w.T("right." + relation.String() + ".about")}
		for _, c := range checked {
			one.Checked = one.Checked || c == relation
		}
		f.Rights = append(f.Rights, one)
	}
}

// read is what the form says.
func (f *rightsForm) read(r *http.Request, v *visit) (all []access.Relation, from, to time.Time) {
	all = chosen(r)
	f.fields(v.words, all)
	f.From, f.To, f.Never = web.DateForm(r, "fra"), web.DateForm(r, "til"), r.PostFormValue("aldrig") != ""
	if len(all) == 0 {
		f.Problems.Add(f.Rights[0].Name, v.words.T("right.missing"))
	}
	day := func(d web.Date, field string) time.Time {
		if d.Empty() {
			return time.Time{}
		}
		at, there := d.Time()
		if !there {
			f.Problems.Add(field, v.words.T("problem.date"))
			return time.Time{}
		}
		return post.Today(at)
	}
	from = day(f.From, "fra-dag")
	switch {
	case f.Never:
	case f.To.Empty():
		f.Problems.Add("til-dag", v.words.T("to.missing"))
	default:
		to = day(f.To, "til-dag")
	}
	return all, from, to
}

// refused notes what the capability said; false where that is no matter of a form.
func (f *rightsForm) refused(v *visit, err error) bool {
	switch errs.CodeOf(err) {
	case company.CodeLast:
		f.Problems.Add(f.Rights[len(f.Rights)-1].Name, v.words.T("last.administrator"))
	case company.CodeDays:
		f.Problems.Add("til-dag", v.words.T("days.wrong"))
	case company.CodeNobody:
		f.Problems.Add(f.Rights[0].Name, v.words.T("employee.left"))
	case company.CodeEmployer:
		f.Problems.Add(f.Rights[0].Name, v.words.T("employer.wrong"))
	default:
		return false
	}
	return true
}
