package staff

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/web"
)

// frontRoutes enters the start page, at which a case is opened, and the applications
// that wait for another employee.
func (p *Portal) frontRoutes(on routes) {
	on.open("GET /{$}", p.start)
	on.as(access.CitizenService|access.SystemManager, "POST /sag", p.openCase)
	on.as(access.CitizenService, "GET /venter", p.waits)
	on.as(access.CitizenService, "POST /venter/{application}", p.review)
	on.open("GET /tilstede", func(w http.ResponseWriter, r *http.Request) error {
		_, err := session.Of(r)
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	})
}

// startPage is what who is not logged in sees.
type startPage struct {
	Expired bool
	LogIn   string
	Support web.Support
}

func (p *Portal) start(w http.ResponseWriter, r *http.Request) error {
	v, err := p.visitor(r)
	if errs.KindOf(err) != errs.KindUnauthenticated || err == nil {
		if errs.CodeOf(err) == staff.CodeNoRole {
			return p.show(w, r, http.StatusForbidden, "norole", web.View{Title: p.pages.In(r).T("staff.norole.h")}, nil)
		}
		if err != nil {
			return err
		}
		if !v.does(access.CitizenService | access.SystemManager) {
			http.Redirect(w, r, "/henvendelser", http.StatusSeeOther)
			return nil
		}
		return p.front(w, r, v, http.StatusOK, caseForm{})
	}
	page := startPage{Expired: r.URL.Query().Has("udloebet"), LogIn: "/log-ind", Support: p.config.Web.Support.In(web.LangOf(r))}
	if back := r.URL.Query().Get("retur"); strings.HasPrefix(back, "/") {
		page.LogIn += "?" + url.Values{"retur": {back}}.Encode()
	}
	return p.show(w, r, http.StatusOK, "start", web.View{Title: p.pages.In(r).T("staff.role.citizen")}, page)
}

// caseForm is what opens a case, with what was typed; the CPR number is not kept.
type caseForm struct {
	First, Last, Text string
	Reasons           []web.Option
	Problems          web.Problems
	Reason            staff.Reason
}

type caseRow struct{ Href, Name, Letters, About string }

type frontPage struct {
	caseForm
	Place, Role string
	Cases       []caseRow
	Waits       int64
}

func (p *Portal) front(w http.ResponseWriter, r *http.Request, v *visit, status int, form caseForm) error {
	page := frontPage{caseForm: form, Place: v.Employer.Name, Role: v.words.T("staff.role.citizen")}
	if v.does(access.SystemManager) {
		page.Role = v.words.T("staff.role.manager")
	}
	for _, reason := range staff.Reasons {
		page.Reasons = append(page.Reasons, web.Option{Value: string(reason), Text: v.words.T("staff.reason." + string(reason)), Selected: reason == form.Reason})
	}
	cases, err := p.config.Staff.Cases(r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, c := range cases {
		page.Cases = append(page.Cases, caseRow{"/sag/" + c.ID.String(), c.Name, web.Initials(c.Name), v.words.T("staff.case.about", v.words.T("staff.reason."+string(c.Reason)), v.words.Clock(c.Ends))})
	}
	if v.does(access.CitizenService) {
		waits, err := p.config.Staff.Waits(r.Context(), v.actor)
		if err != nil {
			return err
		}
		for _, one := range waits {
			if !one.Mine {
				page.Waits++
			}
		}
	}
	return p.show(w, r, status, "front", web.View{Title: v.words.T("staff.citizens"), Wide: true, Failed: len(form.Problems) > 0}, page)
}

func (p *Portal) openCase(w http.ResponseWriter, r *http.Request, v *visit) error {
	form := caseForm{First: r.PostFormValue("fornavn"), Last: r.PostFormValue("efternavn"), Text: r.PostFormValue("begrundelse"), Reason: staff.Reason(r.PostFormValue("grund"))}
	who := p.citizen(r, v, &form.Problems)
	if !known(form.Reason) {
		form.Problems.Add("grund", v.words.T("staff.reason.missing"))
	}
	if strings.TrimSpace(form.Text) == "" {
		form.Problems.Add("begrundelse", v.words.T("staff.text.missing"))
	}
	if len(form.Problems) > 0 {
		return p.front(w, r, v, http.StatusUnprocessableEntity, form)
	}
	made, err := p.config.Staff.OpenCase(r.Context(), v.actor, who, form.Reason, form.Text)
	status, told := refusedName(v, err, "cpr", &form.Problems)
	switch {
	case err == nil:
		http.Redirect(w, r, "/sag/"+made.ID.String(), http.StatusSeeOther)
		return nil
	case told:
		return p.front(w, r, v, status, form)
	case errs.CodeOf(err) == staff.CodeText:
		form.Problems.Add("begrundelse", v.words.T("staff.text.long"))
		return p.front(w, r, v, http.StatusUnprocessableEntity, form)
	}
	return err
}

func known(r staff.Reason) bool {
	for _, one := range staff.Reasons {
		if one == r {
			return true
		}
	}
	return false
}

// citizen is who a form names by number and name.
func (p *Portal) citizen(r *http.Request, v *visit, problems *web.Problems) staff.Citizen {
	who := staff.Citizen{FirstName: strings.TrimSpace(r.PostFormValue("fornavn")), LastName: strings.TrimSpace(r.PostFormValue("efternavn"))}
	var err error
	if who.CPR, err = post.ParseCPR(digits(r.PostFormValue("cpr"))); err != nil {
		problems.Add("cpr", v.words.T("staff.cpr.wrong"))
	}
	if who.FirstName == "" {
		problems.Add("fornavn", v.words.T("staff.first.missing"))
	}
	if who.LastName == "" {
		problems.Add("efternavn", v.words.T("staff.last.missing"))
	}
	return who
}

// refusedName notes why a person named in a form is none; false where the error is
// another.
func refusedName(v *visit, err error, field string, problems *web.Problems) (status int, told bool) {
	e, _ := errors.AsType[*errs.Error](err)
	switch errs.CodeOf(err) {
	case registry.CodeNameMismatch:
		problems.Add(field, v.words.T("staff.mismatch"))
	case staff.CodeOwn:
		problems.Add(field, v.words.T("staff.own"))
		return http.StatusForbidden, true
	case staff.CodeTooManyLooks:
		problems.Add(field, v.words.T("staff.enough"))
		return http.StatusTooManyRequests, true
	case registry.CodeTooManyTries:
		problems.Add(field, v.words.N("staff.slow", int64(math.Ceil(e.Wait.Minutes()))))
		return http.StatusTooManyRequests, true
	default:
		return 0, false
	}
	return http.StatusUnprocessableEntity, true
}

type waitRow struct {
	Action, Kind, About string
	Mine                bool
}

func (p *Portal) waits(w http.ResponseWriter, r *http.Request, v *visit) error {
	waits, err := p.config.Staff.Waits(r.Context(), v.actor)
	if err != nil {
		return err
	}
	var rows []waitRow
	for _, one := range waits {
		rows = append(rows, waitRow{"/venter/" + one.ID.String(), v.words.T("staff.kind." + string(one.Kind)), v.words.T("staff.waits.about", one.By, v.words.Moment(one.Made, v.now)), one.Mine})
	}
	return p.show(w, r, http.StatusOK, "waits", web.View{Title: v.words.T("staff.waits"), Wide: true}, rows)
}

// review opens a case on who a colleague has applied for.
func (p *Portal) review(w http.ResponseWriter, r *http.Request, v *visit) error {
	application, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	made, err := p.config.Staff.Review(r.Context(), v.actor, application)
	if errs.KindOf(err) == errs.KindNotFound {
		return p.done(w, r, "/venter", v.words.T("staff.waits.gone"))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/sag/"+made.ID.String()+"/ansoegning/"+application.String(), http.StatusSeeOther)
	return nil
}
