package staff

import (
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/web"
)

// appointRoutes enters where the agency's system managers decide on appointed access
// (ORG-04, ORG-05).
func (p *Portal) appointRoutes(on routes) {
	on.as(access.SystemManager, "GET /udpeget", p.requests(p.appointments()))
	on.as(access.SystemManager, "GET /udpeget/{request}", p.appointment)
	on.as(access.SystemManager, "GET /udpeget/{request}/dokument/{file}", p.appointFile)
	on.as(access.SystemManager, "POST /udpeget/{request}/afgoer", p.decideAppointment)
	on.as(access.SystemManager, "POST /udpeget/{request}/ophoer", p.endAppointment)
}

func (p *Portal) appointments() requestKind {
	return requestKind{path: "/udpeget", words: "appoint",
		views: []requestView{{"", []agency.State{appointment.Submitted}}, {"godkendt", []agency.State{appointment.Approved}},
			{"afvist", []agency.State{appointment.Rejected}}, {"ophoert", []agency.State{appointment.Ended}}},
		rows: func(r *http.Request, v *visit, states []agency.State) (rows []requestRow, err error) {
			all, err := p.config.Appointments.All(r.Context(), v.actor, states[0])
			for _, a := range all {
				rows = append(rows, requestRow{"/udpeget/" + a.ID.String(), a.About.Name, v.words.T("appoint.as." + a.Relation.String()), v.words.T("request.by", a.Applicant.Name, v.words.Short(a.Made, v.now))})
			}
			return rows, err
		}}
}

func (p *Portal) appointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "request")
	if err != nil {
		return err
	}
	return p.showAppointment(w, r, v, decision{id: which}, web.Date{})
}

func (p *Portal) showAppointment(w http.ResponseWriter, r *http.Request, v *visit, d decision, day web.Date) error {
	a, err := p.config.Appointments.Get(r.Context(), v.actor, d.id)
	if err != nil {
		return err
	}
	page := p.appointments().page(v, a.Request)
	page.Heading, page.Dated, page.Day, page.Ends = v.words.T("appoint.as."+a.Relation.String())+": "+a.About.Name, true, day, a.State == appointment.Approved
	if page.Ends {
		page.Until = v.words.T("appoint.forever")
		if !a.Ends.IsZero() {
			page.Until = v.words.Long(a.LastDay(), v.now)
		}
	}
	if a.Relation == access.Administrator {
		page.Approve, page.Effect = v.words.T("appoint.approve.administrator"), v.words.T("appoint.effect.administrator")
	}
	return p.showRequest(w, r, page, d)
}

func (p *Portal) appointFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	return web.HandedIn(w, r, "request", v.actor, p.config.Appointments.Content)
}

func (p *Portal) decideAppointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, err := decisionOf(r)
	if err != nil {
		return err
	}
	how := appointment.Decision{Approve: d.approve, Reason: d.why}
	day := web.DateForm(r, "udloeb")
	if d.approve && !day.Empty() {
		there := false
		if how.LastDay, there = day.Time(); !there {
			d.problems.Add("udloeb-dag", v.words.T("problem.date"))
		}
		how.LastDay = post.Today(how.LastDay)
	}
	var done appointment.Application
	if len(d.problems) == 0 {
		done, err = p.config.Appointments.Decide(r.Context(), v.actor, d.id, d.version, how)
	}
	switch errs.CodeOf(err) {
	case appointment.CodeLastDay:
		d.problems.Add("udloeb-dag", v.words.T("appoint.day.past"))
	case appointment.CodeGoverned:
		d.problems.Add("hvorfor", v.words.T("appoint.governed"))
	case appointment.CodeEmployee, rights.CodeEmployee:
		d.problems.Add("hvorfor", v.words.T("appoint.left"))
	}
	if d.refused(v, err) {
		return p.showAppointment(w, r, v, d, day)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/udpeget", v.words.T("appoint.done."+string(done.State), done.Applicant.Name))
}

func (p *Portal) endAppointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, err := decisionOf(r)
	if err != nil {
		return err
	}
	done, err := p.config.Appointments.End(r.Context(), v.actor, d.id, d.version, d.why)
	if d.refused(v, err) {
		return p.showAppointment(w, r, v, d, web.Date{})
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/udpeget?vis=ophoert", v.words.T("appoint.done.ENDED", done.Applicant.Name))
}
