package rights

import (
	"context"
	"io"
	"net/http"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/errs"
	"digitalpost/internal/web"
)

// An employee of an organisation that has nobody who gives rights applies to do so, with
// documents (ORG-01). The agency decides at the counter.

// applied are an employee's applications to give rights to their employer's post, the
// newest first.
func (p *Portal) applied(ctx context.Context, v *visit) (rows []appliedRow, err error) {
	all, err := p.config.Appointments.Mine(ctx, v.actor)
	for i := len(all) - 1; i >= 0; i-- {
		a := all[i]
		if a.Relation != access.Administrator {
			continue
		}
		row := appliedRow{Unit: a.Called, Said: v.words.T("asked.on", v.words.Short(a.Made, v.now)), Status: v.words.T("vacant.state." + string(a.State)), Class: appliedClasses[a.State],
			Reason: a.Reason, Action: "/mine/ansoegning/" + a.ID.String(), Version: a.Version, Waits: a.State == appointment.Submitted}
		rows = append(rows, row)
	}
	return rows, err
}

type appliedRow struct {
	Unit, Said, Status, Class, Reason, Action string
	Version                                   int64
	Waits                                     bool
}

var appliedClasses = map[appointment.State]string{appointment.Submitted: "badge-warning", appointment.Approved: "badge-success"}

// vacantPage applies.
type vacantPage struct {
	Employer, Why string
	Problems      web.Problems
}

// theEmployer is in whose name an employee is logged in, where it has nobody who gives
// rights.
func (p *Portal) theEmployer(r *http.Request, v *visit) (vacantPage, error) {
	vacant, err := p.config.Appointments.Vacant(r.Context(), v.actor)
	if err == nil && !vacant {
		err = errs.NotFound("page.unknown")
	}
	return vacantPage{Employer: v.desk.Employer}, err
}

func (p *Portal) vacant(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := p.theEmployer(r, v)
	if err != nil {
		return err
	}
	return p.showVacant(w, r, v, http.StatusOK, page)
}

func (p *Portal) showVacant(w http.ResponseWriter, r *http.Request, v *visit, status int, page vacantPage) error {
	return p.show(w, r, status, "vacant", web.View{Title: v.words.T("vacant.h"), Form: true, Failed: len(page.Problems) > 0}, page)
}

// proofs are what the documents of the form prove, by their fields.
var proofs = map[string]appointment.Kind{"fuldmagt": appointment.PowerOfAttorney, "andet": appointment.Other}

func (p *Portal) applyVacant(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := p.theEmployer(r, v)
	if err != nil {
		return err
	}
	web.AllowBody(w, r, int64(len(proofs))*agency.MaxFile+1<<20)
	var files []*appointment.Upload
	defer func() { p.config.Appointments.Drop(files...) }() // those that no application has taken
	fields, err := web.Papers(r, v.words, 4*agency.MaxText+1, &page.Problems, func(field string) bool { return proofs[field] != "" }, func(field, name string, body io.Reader) error {
		if len(files) >= len(proofs) {
			return nil
		}
		u, err := p.config.Appointments.Take(proofs[field], name, body)
		if err == nil {
			files = append(files, u)
		}
		return err
	})
	if err != nil {
		return err
	}
	page.Why = strings.TrimSpace(fields.Get("begrundelse"))
	want := appointment.Wanted{Relation: access.Administrator, Text: page.Why, Files: files}
	if want.CVR, err = p.config.Companies.Employer(r.Context(), v.actor); err != nil {
		return err
	}
	if len(page.Problems) == 0 {
		_, err = p.config.Appointments.Apply(r.Context(), v.actor, want)
	}
	switch errs.CodeOf(err) {
	case agency.CodeFiles:
		page.Problems.Add("fuldmagt", v.words.T("vacant.proof.missing"))
	case agency.CodeText:
		page.Problems.Add("begrundelse", v.words.T("vacant.why.long", v.words.Number(agency.MaxText)))
	case agency.CodeThere:
		page.Problems.Add("fuldmagt", v.words.T("vacant.there"))
	}
	if len(page.Problems) > 0 {
		return p.showVacant(w, r, v, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/mine", v.words.T("vacant.sent"))
}

func (p *Portal) withdrawVacant(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	if err := p.config.Appointments.Withdraw(r.Context(), v.actor, which, web.SeenVersion(r)); err != nil {
		return err
	}
	return p.done(w, r, "/mine", v.words.T("vacant.withdrawn"))
}
