package rights

import (
	"net/http"
	"slices"
	"strings"

	"digitalpost/internal/company"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// requestsPage is what employees have asked for.
type requestsPage struct {
	Waiting, Answered []requestRow
	Empty             *web.Empty
}

type requestRow struct{ Href, Name, Letters, About, Rights, Status, Class string }

// mostRequests is how many requests a page shows: all that wait, up to there.
const mostRequests = 200

func (p *Portal) requests(w http.ResponseWriter, r *http.Request, v *visit) error {
	_, all, err := p.config.Companies.Requests(r.Context(), v.actor, v.unit.UUID, mostRequests)
	if err != nil {
		return err
	}
	var page requestsPage
	for _, one := range all {
		row := requestRowOf(v, one)
		row.Href = v.at("anmodning", one.ID.String())
		if one.State == company.Submitted {
			page.Waiting = append(page.Waiting, row)
		} else {
			page.Answered = append(page.Answered, row)
		}
	}
	if len(all) == 0 {
		page.Empty = &web.Empty{Heading: v.words.T("requests.none.h"), Text: v.words.T("requests.none.p"), Icon: "check"}
	}
	return p.show(w, r, http.StatusOK, "requests", web.View{Title: v.words.T("area.requests"), Wide: true}, page)
}

var stateClasses = map[company.State]string{company.Submitted: "badge-warning", company.Approved: "badge-success", company.Rejected: "", company.Revoked: ""}

func requestRowOf(v *visit, one company.Request) requestRow {
	return requestRow{Name: one.Employee.Name, Letters: web.Initials(one.Employee.Name), About: about(v, one.Employee, one.Employer) + " · " + v.words.T("asked.on", v.words.Short(one.Created, v.now)),
		Rights: wanted(v.words, one), Status: v.words.T("state." + string(one.State)), Class: stateClasses[one.State]}
}

func wanted(w *web.Words, one company.Request) string {
	var names []string
	for _, relation := range one.Relations {
		names = append(names, rightName(w, relation))
	}
	return strings.Join(names, ", ")
}

// requestPage is one request, and the form that answers it.
type requestPage struct {
	requestRow
	Back, Action, Employee string
	Until, Note, Reply     string
	Answered, By           string
	Version                int64
	Answers, Own           bool
	Problems               web.Problems
}

func (p *Portal) theRequest(r *http.Request, v *visit) (company.Request, error) {
	which, err := web.ID(r, "request")
	if err != nil {
		return company.Request{}, err
	}
	one, err := p.config.Companies.Request(r.Context(), v.actor, which)
	if err == nil && v.unit.ID != 0 && one.Unit.ID != v.unit.ID {
		err = company.ErrNoRequest
	}
	return one, err
}

func (p *Portal) request(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showRequest(w, r, v, http.StatusOK, nil)
}

func (p *Portal) showRequest(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	one, err := p.theRequest(r, v)
	if err != nil {
		return err
	}
	page := requestPage{requestRow: requestRowOf(v, one), Back: v.at("anmodninger"), Action: v.at("anmodning", one.ID.String()), Employee: v.at("medarbejder", one.Employee.UUID.String()),
		Note: one.Note, Reply: one.Reply, By: one.AnsweredBy, Version: one.Version, Problems: problems}
	page.Own = one.Employee.Person == v.actor.Party
	page.Answers = one.State == company.Submitted && !page.Own
	page.Until = v.words.T("days.always")
	if day := one.LastDay(); !day.IsZero() {
		page.Until = v.words.T("days.to", v.words.Short(day, v.now))
	}
	if !one.Answered.IsZero() {
		page.Answered = v.words.Long(one.Answered, v.now)
	}
	if len(problems) > 0 {
		page.Reply = r.PostFormValue("svar-tekst")
	}
	return p.show(w, r, status, "request", web.View{Title: v.words.T("request.h", one.Employee.Name), Form: true, Failed: len(problems) > 0}, page)
}

func (p *Portal) answerRequest(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := p.theRequest(r, v)
	if err != nil {
		return err
	}
	approve := r.PostFormValue("svar") == "godkend"
	if !approve && r.PostFormValue("svar") != "afvis" {
		return errs.Invalid("rights.request.answer", "svar", "the answer is godkend or afvis")
	}
	_, err = p.config.Companies.Answer(r.Context(), v.actor, one.ID, web.SeenVersion(r), approve, r.PostFormValue("svar-tekst"))
	switch errs.CodeOf(err) {
	case company.CodeNote:
		return p.showRequest(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "svar-tekst", Text: v.words.T("note.long")}})
	case company.CodeNobody, company.CodeDays, company.CodeEmployer:
		return p.showRequest(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "main-content", Text: v.words.T("wrong." + errs.CodeOf(err))}})
	}
	if err != nil {
		return err
	}
	text := "request.declined"
	if approve {
		text = "request.approved"
	}
	return p.done(w, r, v.at("anmodninger"), v.words.T(text, one.Employee.Name))
}

// minePage is what an employee has and has asked for.
type minePage struct {
	Employer string
	Units    []myUnit
	Requests []myRequest
	Vacant   bool // the employer has nobody who gives rights
	Applied  []appliedRow
}

type myUnit struct {
	Name   string
	Rights []heldRow
}

type myRequest struct {
	requestRow
	Unit, Reply, Action string
	Version             int64
	Waits               bool
}

func (p *Portal) mine(w http.ResponseWriter, r *http.Request, v *visit) error {
	mine, err := p.config.Companies.Mine(r.Context(), v.actor)
	if err != nil {
		return err
	}
	page := minePage{Employer: mine.Employer.Name}
	if page.Vacant, err = p.config.Appointments.Vacant(r.Context(), v.actor); err != nil {
		return err
	}
	if page.Applied, err = p.applied(r.Context(), v); err != nil {
		return err
	}
	page.Vacant = page.Vacant && !slices.ContainsFunc(page.Applied, func(a appliedRow) bool { return a.Waits })
	for _, u := range mine.Units {
		one := myUnit{Name: u.Name}
		for _, h := range u.Rights {
			one.Rights = append(one.Rights, heldRow{Name: rightName(v.words, h.Relation), Days: v.days(h.From, h.To, h.LastDay()), Group: h.Name, Over: h.Over(v.now)})
		}
		page.Units = append(page.Units, one)
	}
	for _, one := range mine.Requests {
		row := requestRowOf(v, one)
		row.Name, row.Letters, row.About = one.Unit.Name, web.Initials(one.Unit.Name), v.words.T("asked.on", v.words.Short(one.Created, v.now))
		page.Requests = append(page.Requests, myRequest{row, one.Unit.Name, one.Reply, "/mine/anmodning/" + one.ID.String(), one.Version, one.State == company.Submitted})
	}
	return p.show(w, r, http.StatusOK, "mine", web.View{Title: v.words.T("area.mine")}, page)
}

// wishPage asks for rights.
type wishPage struct {
	Employer string
	CVR      string
	Note     string
	Form     rightsForm
}

func (p *Portal) wish(w http.ResponseWriter, r *http.Request, v *visit) error {
	page := wishPage{Form: rightsForm{Never: true}}
	page.Form.fields(v.words, nil)
	return p.showWish(w, r, v, http.StatusOK, page)
}

func (p *Portal) showWish(w http.ResponseWriter, r *http.Request, v *visit, status int, page wishPage) error {
	mine, err := p.config.Companies.Mine(r.Context(), v.actor)
	if err != nil {
		return err
	}
	page.Employer = mine.Employer.Name
	return p.show(w, r, status, "wish", web.View{Title: v.words.T("wish.h"), Form: true, Failed: len(page.Form.Problems) > 0}, page)
}

func (p *Portal) ask(w http.ResponseWriter, r *http.Request, v *visit) error {
	page := wishPage{CVR: strings.TrimSpace(r.PostFormValue("cvr")), Note: r.PostFormValue("note")}
	rights, _, to := page.Form.read(r, v)
	var cvr post.CVR
	if page.CVR != "" {
		var err error
		if cvr, err = post.ParseCVR(strings.ReplaceAll(page.CVR, " ", "")); err != nil {
			page.Form.Problems.Add("cvr", v.words.T("cvr.wrong"))
		}
	}
	if len(page.Form.Problems) > 0 {
		return p.showWish(w, r, v, http.StatusUnprocessableEntity, page)
	}
	wish := company.Wish{Relations: rights, To: to, Note: page.Note}
	var err error
	if cvr.IsZero() {
		var mine company.Mine
		if mine, err = p.config.Companies.Mine(r.Context(), v.actor); err == nil {
			_, err = p.config.Companies.Ask(r.Context(), v.actor, mine.Employer.UUID, wish)
		}
	} else {
		_, err = p.config.Companies.AskNumber(r.Context(), v.actor, cvr, wish)
	}
	wrong := func(field, key string) error {
		page.Form.Problems.Add(field, v.words.T(key))
		return p.showWish(w, r, v, http.StatusUnprocessableEntity, page)
	}
	switch errs.CodeOf(err) {
	case company.CodeAsked:
		return wrong(page.Form.Rights[0].Name, "wish.asked")
	case company.CodeHas:
		return wrong(page.Form.Rights[0].Name, "wish.has")
	case company.CodeOpen:
		return wrong(page.Form.Rights[0].Name, "wish.many")
	case company.CodeNoUnit:
		return wrong("cvr", "wish.unit")
	case company.CodeDays:
		return wrong("til-dag", "days.wrong")
	case company.CodeNote:
		return wrong("note", "note.long")
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/mine", v.words.T("wish.sent"))
}

func (p *Portal) withdraw(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := p.theRequest(r, v)
	if err != nil {
		return err
	}
	if _, err := p.config.Companies.Withdraw(r.Context(), v.actor, one.ID, web.SeenVersion(r)); err != nil {
		return err
	}
	return p.done(w, r, "/mine", v.words.T("wish.withdrawn"))
}
