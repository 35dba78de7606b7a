package staff

import (
	"net/http"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/appointment"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// appointRoutes enters where the agency's system managers decide on appointed access
// (ORG-04, ORG-05).
func (p *Portal) appointRoutes(on routes) {
	on.as(access.SystemManager, "GET /udpeget", p.appointments)
	on.as(access.SystemManager, "GET /udpeget/{application}", p.appointment)
	on.as(access.SystemManager, "GET /udpeget/{application}/dokument/{file}", p.appointFile)
	on.as(access.SystemManager, "POST /udpeget/{application}/afgoer", p.decideAppointment)
	on.as(access.SystemManager, "POST /udpeget/{application}/ophoer", p.endAppointment)
}

type appointRow struct{ Href, About, As, Said string }

type appointmentsPage struct {
	Views []web.Option
	Rows  []appointRow
}

// appointViews are the lists, by their word in the address.
var appointViews = []struct {
	key   string
	state appointment.State
}{{"", appointment.Submitted}, {"godkendt", appointment.Approved}, {"afvist", appointment.Rejected}, {"ophoert", appointment.Ended}}

func (p *Portal) appointments(w http.ResponseWriter, r *http.Request, v *visit) error {
	chosen := r.URL.Query().Get("vis")
	var page appointmentsPage
	known := false
	for _, one := range appointViews {
		href := "/udpeget"
		if one.key != "" {
			href += "?vis=" + one.key
		}
		page.Views = append(page.Views, web.Option{Value: href, Text: v.words.T("appoint.view." + string(one.state)), Selected: one.key == chosen})
		if one.key != chosen {
			continue
		}
		known = true
		all, err := p.config.Appointments.All(r.Context(), v.actor, one.state)
		if err != nil {
			return err
		}
		for _, a := range all {
			page.Rows = append(page.Rows, appointRow{"/udpeget/" + a.ID.String(), a.About.Name, v.words.T("appoint.as." + a.Relation.String()), v.words.T("appoint.by", a.Applicant.Name, v.words.Short(a.Made, v.now))})
		}
	}
	if !known {
		return errs.NotFound("page.unknown")
	}
	return p.show(w, r, http.StatusOK, "appointments", web.View{Title: v.words.T("appoint"), Wide: true}, page)
}

type appointDocument struct{ Href, Name, Kind, Size string }

type appointmentPage struct {
	Here, About, As, Status, Applicant, For, Made, Text, Reason, Until string
	Number                                                             string // of the one whose post it is, a company's
	Documents                                                          []appointDocument
	Open, Ends                                                         bool
	Version                                                            int64
	Why                                                                string
	Day                                                                web.Date
	Problems                                                           web.Problems
}

func (p *Portal) appointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showAppointment(w, r, v, http.StatusOK, "", web.Date{}, nil)
}

func (p *Portal) showAppointment(w http.ResponseWriter, r *http.Request, v *visit, status int, why string, day web.Date, problems web.Problems) error {
	which, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	a, err := p.config.Appointments.Get(r.Context(), v.actor, which)
	if err != nil {
		return err
	}
	page := appointmentPage{Here: "/udpeget/" + a.ID.String(), About: a.About.Name, As: v.words.T("appoint.as." + a.Relation.String()), Status: v.words.T("appoint.state." + string(a.State)),
		Applicant: a.Applicant.Name, For: a.Organisation.Name, Made: v.words.Moment(a.Made, v.now), Text: a.Text, Reason: a.Reason, Open: a.State == appointment.Submitted, Ends: a.State == appointment.Approved,
		Version: a.Version, Why: why, Day: day, Problems: problems}
	if a.State == appointment.Approved {
		page.Until = v.words.T("appoint.forever")
		if !a.Ends.IsZero() {
			page.Until = v.words.Long(a.LastDay(), v.now)
		}
	}
	for _, f := range a.Files {
		page.Documents = append(page.Documents, appointDocument{page.Here + "/dokument/" + strconv.Itoa(f.Place), f.Name, v.words.T("appoint.document." + string(f.Kind)), v.words.Size(f.Size)})
	}
	return p.show(w, r, status, "appointment", web.View{Title: page.As + ", " + page.About, Form: true, Failed: len(problems) > 0}, page)
}

func (p *Portal) appointFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(r.PathValue("file"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	file, content, err := p.config.Appointments.Content(r.Context(), v.actor, which, place)
	if err != nil {
		return err
	}
	defer content.Close()
	web.Download(w, r, file.Name, file.Type, content)
	return nil
}

func (p *Portal) decideAppointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	d := appointment.Decision{Approve: r.PostFormValue("svar") == "godkend", Reason: r.PostFormValue("hvorfor")}
	day := web.DateForm(r, "udloeb")
	var problems web.Problems
	if d.Approve && !day.Empty() {
		there := false
		if d.LastDay, there = day.Time(); !there {
			problems.Add("udloeb-dag", v.words.T("problem.date"))
		}
		d.LastDay = post.Today(d.LastDay)
	}
	var done appointment.Application
	if len(problems) == 0 {
		done, err = p.config.Appointments.Decide(r.Context(), v.actor, which, web.SeenVersion(r), d)
	}
	switch errs.CodeOf(err) {
	case appointment.CodeReason:
		problems.Add("hvorfor", v.words.T("appoint.why.missing"))
	case appointment.CodeLastDay:
		problems.Add("udloeb-dag", v.words.T("appoint.day.past"))
	}
	if len(problems) > 0 {
		return p.showAppointment(w, r, v, http.StatusUnprocessableEntity, d.Reason, day, problems)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/udpeget", v.words.T("appoint.done."+string(done.State), done.Applicant.Name))
}

func (p *Portal) endAppointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	done, err := p.config.Appointments.End(r.Context(), v.actor, which, web.SeenVersion(r), r.PostFormValue("hvorfor"))
	if errs.CodeOf(err) == appointment.CodeReason {
		var problems web.Problems
		problems.Add("hvorfor", v.words.T("appoint.why.missing"))
		return p.showAppointment(w, r, v, http.StatusUnprocessableEntity, "", web.Date{}, problems)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/udpeget?vis=ophoert", v.words.T("appoint.done.ENDED", done.Applicant.Name))
}
