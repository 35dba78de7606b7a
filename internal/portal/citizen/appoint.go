package citizen

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// appointRoutes enters where somebody applies for access to the post of a company or
// a person that cannot act any more (ORG-04, ORG-05). It belongs to the reader.
func (p *Portal) appointRoutes(on routes) {
	on.own("GET /udpeget", p.appointments)
	on.own("GET /udpeget/ny", p.appointForm)
	on.own("POST /udpeget/ny", p.appoint)
	on.own("POST /udpeget/{application}/fortryd", p.withdrawAppointment)
	on.own("GET /udpeget/{application}/dokument/{file}", p.appointFile)
}

// appointWords are what is applied for in an address.
var appointWords = map[string]access.Relation{"likvidator": access.Liquidator, "kurator": access.Curator, "tidligere-ejer": access.FormerOwner,
	"bobestyrer": access.EstateAdministrator, "arving": access.Heir, "rettighedsadministrator": access.Administrator}

func appointWord(r access.Relation) string {
	for word, one := range appointWords {
		if one == r {
			return word
		}
	}
	return ""
}

type appointRow struct {
	ID, About, As, Said, Status, Badge, Reason string
	Open                                       bool
	Version                                    int64
}

type appointmentsPage struct{ Mine []appointRow }

var appointBadges = map[appointment.State]string{appointment.Submitted: "badge-info", appointment.Approved: "badge-success"}

func (p *Portal) appointments(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := p.config.Appointments.Mine(r.Context(), v.actor)
	if err != nil {
		return err
	}
	var page appointmentsPage
	for i := len(all) - 1; i >= 0; i-- {
		a := all[i]
		row := appointRow{ID: a.ID.String(), About: a.Called, As: v.words.T("appoint.as." + a.Relation.String()), Said: v.words.T("appoint.sent", v.words.Short(a.Made, v.now)),
			Status: v.words.T("appoint.state." + string(a.State)), Badge: appointBadges[a.State], Reason: a.Reason, Open: a.State == appointment.Submitted || a.State == appointment.Draft, Version: a.Version}
		if a.State == appointment.Draft {
			row.Said = v.words.T("appoint.begun", v.words.Short(a.Made, v.now))
		}
		if a.State == appointment.Approved && !a.Ends.IsZero() {
			row.Said += " · " + v.words.T("appoint.until", v.words.Short(a.LastDay(), v.now))
		}
		page.Mine = append(page.Mine, row)
	}
	return p.show(w, r, v, http.StatusOK, "appointments", web.View{Title: v.words.T("appoint"), Wide: true, Tab: "menu"}, page)
}

// needed is a document that an application must have.
type needed struct{ Name, Label, Error string }

type appointForm struct {
	Kinds                 []web.Option
	Kind, Title           string // "" chooses it first
	Steps                 []string
	Person, Company       bool
	Whose                 string // of a curator: "person" or "virksomhed"
	CVR, First, Last, Why string
	Needs                 []needed
	Problems              web.Problems
}

func (p *Portal) appointForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	form := appointForm{Kind: r.URL.Query().Get("som")}
	if (r.URL.Query().Has("som") || r.URL.Query().Has("videre")) && appointWords[form.Kind] == 0 {
		form.Kind = ""
		form.Problems.Add("som", v.words.T("appoint.kind.missing"))
		return p.showAppointForm(w, r, v, http.StatusUnprocessableEntity, form)
	}
	return p.showAppointForm(w, r, v, http.StatusOK, form)
}

func (p *Portal) showAppointForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form appointForm) error {
	form.Steps = []string{v.words.T("appoint.step.kind"), v.words.T("appoint.step.documents")}
	relation := appointWords[form.Kind]
	if relation == 0 {
		for _, one := range appointment.Relations {
			form.Kinds = append(form.Kinds, web.Option{Value: appointWord(one), Text: v.words.T("appoint.as." + one.String()), About: v.words.T("appoint.about." + one.String())})
		}
	} else {
		form.Title = v.words.T("appoint.h." + relation.String())
		form.Person, form.Company = appointment.AboutPerson(relation), appointment.AboutCompany(relation)
		if form.Whose == "" {
			form.Whose = "virksomhed"
		}
		for _, k := range appointment.Needs(relation) {
			name := "fil-" + string(k)
			form.Needs = append(form.Needs, needed{name, documentName(v, relation, k), form.Problems.Of(name)})
		}
		form.Needs = append(form.Needs, needed{"fil-" + string(appointment.Other), v.words.T("appoint.document.OTHER"), form.Problems.Of("fil-OTHER")})
	}
	return p.show(w, r, v, status, "appoint.new", web.View{Title: v.words.T("appoint.new"), Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
}

// documentName is what a document is called to who applies for something.
func documentName(v *visit, applied access.Relation, k appointment.Kind) string {
	if applied == access.Administrator && k == appointment.PowerOfAttorney {
		return v.words.T("appoint.proof.administrator")
	}
	return v.words.T("appoint.document." + string(k))
}

// appoint takes in an application with its documents, as the browser sends it.
func (p *Portal) appoint(w http.ResponseWriter, r *http.Request, v *visit) error {
	web.AllowBody(w, r, agency.MaxFiles*agency.MaxFile)
	form := appointForm{}
	var files []*appointment.Upload
	defer func() { p.config.Appointments.Drop(files...) }() // those that no application has taken
	fields, err := web.Papers(r, v.words, 4*agency.MaxText+1, &form.Problems, func(field string) bool { return strings.HasPrefix(field, "fil-") },
		func(field, name string, body io.Reader) error {
			if len(files) >= agency.MaxFiles {
				return nil
			}
			u, err := p.config.Appointments.Take(appointment.Kind(strings.TrimPrefix(field, "fil-")), name, body)
			if err == nil {
				files = append(files, u)
			}
			return err
		})
	if err != nil {
		return err
	}
	form.Kind, form.Whose, form.CVR, form.First, form.Last, form.Why = fields.Get("som"), fields.Get("hvis"), fields.Get("cvr"), fields.Get("fornavn"), fields.Get("efternavn"), fields.Get("begrundelse")
	want := appointment.Wanted{Relation: appointWords[form.Kind], Text: form.Why, Files: files}
	if want.Relation == 0 {
		return errs.NotFound("page.unknown")
	}
	if company := appointment.AboutCompany(want.Relation) && (!appointment.AboutPerson(want.Relation) || form.Whose != "person"); company {
		if want.CVR, err = post.ParseCVR(digitsOf(form.CVR)); err != nil {
			form.Problems.Add("cvr", v.words.T("trustees.cvr.wrong"))
		}
	} else {
		want.FirstName, want.LastName = strings.TrimSpace(form.First), strings.TrimSpace(form.Last)
		if want.FirstName == "" {
			form.Problems.Add("fornavn", v.words.T("trustees.first.missing"))
		}
		if want.LastName == "" {
			form.Problems.Add("efternavn", v.words.T("trustees.last.missing"))
		}
		if want.CPR, err = post.ParseCPR(digitsOf(fields.Get("cpr"))); err != nil {
			form.Problems.Add("cpr", v.words.T("trustees.cpr.wrong"))
		}
	}
	for _, k := range appointment.Needs(want.Relation) {
		there := form.Problems.Of("fil-"+string(k)) != ""
		for _, u := range files {
			there = there || u.Kind == k
		}
		if !there {
			form.Problems.Add("fil-"+string(k), v.words.T("appoint.file.missing", documentName(v, want.Relation, k)))
		}
	}
	if len(form.Problems) == 0 {
		made, err := p.config.Appointments.Apply(r.Context(), v.actor, want)
		if err == nil {
			return p.done(w, r, "/udpeget", v.words.T("appoint.made", made.Called), nil)
		}
		if status, known := form.refused(v, err); known {
			return p.showAppointForm(w, r, v, status, form)
		}
		return err
	}
	return p.showAppointForm(w, r, v, http.StatusUnprocessableEntity, form)
}

// refused notes what the capability said; false where that is no matter of the form.
func (f *appointForm) refused(v *visit, err error) (status int, known bool) {
	var e *errs.Error
	errors.As(err, &e)
	switch errs.CodeOf(err) {
	case registry.CodeNameMismatch:
		f.Problems.Add("cpr", v.words.T("trustees.mismatch"))
	case registry.CodeTooManyTries, registry.CodeTooManyAsked:
		f.Problems.Add("cpr", v.words.N("trustees.slow", int64(math.Ceil(e.Wait.Minutes()))))
		return http.StatusTooManyRequests, true
	case appointment.CodeCompany:
		f.Problems.Add("cvr", v.words.T("appoint.company.unknown"))
	case appointment.CodeEmployee:
		f.Problems.Add("cvr", v.words.T("appoint.employee"))
	case appointment.CodeGoverned:
		f.Problems.Add("cvr", v.words.T("appoint.governed"))
	case appointment.CodeWhom:
		f.Problems.Add("cpr", v.words.T("appoint.own"))
	case agency.CodeText:
		f.Problems.Add("begrundelse", v.words.T("appoint.why.long", v.words.Number(agency.MaxText)))
	case agency.CodeThere:
		f.Problems.Add(map[bool]string{true: "cpr", false: "cvr"}[f.Whose == "person" || f.CVR == ""], v.words.T("appoint.there"))
	default:
		return 0, false
	}
	return http.StatusUnprocessableEntity, true
}

func (p *Portal) withdrawAppointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	if err := p.config.Appointments.Withdraw(r.Context(), v.actor, which, web.SeenVersion(r)); err != nil {
		return err
	}
	return p.done(w, r, "/udpeget", v.words.T("appoint.withdrawn"), nil)
}

// appointFile is a document that the reader has sent, never shown on this origin.
func (p *Portal) appointFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	return web.HandedIn(w, r, "application", v.actor, p.config.Appointments.Content)
}
