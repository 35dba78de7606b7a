package rights

import (
	"net/http"
	"net/url"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/errs"
	"digitalpost/internal/portal/activitylog"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// pageSize is how many employees a page shows.
const pageSize = 50

// peoplePage is the employees of a unit.
type peoplePage struct {
	Unit, CVR     string
	Unnamed       bool // no administrator is named yet
	Waiting       int64
	WaitingHref   string
	Action, Words string
	Departments   []web.Option
	Filters       []web.Option
	People        []personRow
	Count         string
	Before, After string
	Empty         *web.Empty
}

type personRow struct {
	Href, Name, Letters, About string
	Rights                     []badge
}

type badge struct{ Text, Class string }

func (p *Portal) people(w http.ResponseWriter, r *http.Request, v *visit) error {
	query := r.URL.Query()
	q := company.PeopleQuery{Text: query.Get("q"), Department: query.Get("afdeling"), Filter: company.Filter(query.Get("ret")), Page: 1, Size: pageSize}
	if n, err := strconv.Atoi(query.Get("side")); err == nil && n > 1 && n < 1_000_000 {
		q.Page = n
	}
	found, err := p.config.Companies.People(r.Context(), v.actor, v.unit.UUID, q)
	if err != nil {
		return err
	}
	page := peoplePage{Unit: v.unit.Name, CVR: v.unit.CVR.Reveal(), Unnamed: !v.unit.Administered, Waiting: int64(found.Requests), WaitingHref: v.at("anmodninger"), Action: v.at(""), Words: q.Text}
	page.Departments = []web.Option{{Text: v.words.T("department.all"), Selected: q.Department == ""}}
	for _, d := range found.Departments {
		page.Departments = append(page.Departments, web.Option{Value: d, Text: d, Selected: d == q.Department})
	}
	for _, f := range filters() {
		text := "filter." + string(f)
		if f == company.Everybody {
			text = "filter.all"
		}
		page.Filters = append(page.Filters, web.Option{Value: string(f), Text: v.words.T(text), Selected: f == q.Filter})
	}
	for _, person := range found.Page {
		row := personRow{v.at("medarbejder", person.UUID.String()), person.Name, web.Initials(person.Name), about(v, person.Member, person.Employer), nil}
		if person.Signs && person.Organisation == v.unit.ID {
			row.Rights = append(row.Rights, badge{v.words.T("signs.all"), "badge-success"})
		}
		row.Rights = append(row.Rights, badges(v, person)...)
		page.People = append(page.People, row)
	}
	from := (q.Page - 1) * q.Size
	page.Count = v.words.T("people.count", v.words.Number(int64(min(from+1, found.Matched))), v.words.Number(int64(from+len(found.Page))), v.words.Number(int64(found.Matched)))
	side := func(n int) string {
		to := url.Values{}
		for _, key := range []string{"q", "afdeling", "ret"} {
			if query.Get(key) != "" {
				to.Set(key, query.Get(key))
			}
		}
		to.Set("side", strconv.Itoa(n))
		return v.at("") + "?" + to.Encode()
	}
	if q.Page > 1 {
		page.Before = side(q.Page - 1)
	}
	if from+len(found.Page) < found.Matched {
		page.After = side(q.Page + 1)
	}
	if len(page.People) == 0 {
		page.Empty = &web.Empty{Heading: v.words.T("found.none.h"), Text: v.words.T("found.none.p"), Icon: "search"}
	}
	return p.show(w, r, http.StatusOK, "people", web.View{Title: v.words.T("people"), Wide: true}, page)
}

func filters() []company.Filter {
	all := []company.Filter{company.Everybody, company.WithRight, company.Without}
	for _, relation := range company.Relations {
		all = append(all, company.Filter(relation.String()))
	}
	return all
}

// badges are the rights of somebody, each once.
func badges(v *visit, person company.Person) (all []badge) {
	for _, relation := range company.Relations {
		there, active := false, false
		for _, h := range person.Rights {
			if h.Relation == relation {
				there, active = true, active || !h.Over(v.now) && !h.From.After(v.now)
			}
		}
		switch {
		case active && relation == access.Administrator:
			all = append(all, badge{rightName(v.words, relation), "badge-info"})
		case active:
			all = append(all, badge{rightName(v.words, relation), "badge-success"})
		case there:
			all = append(all, badge{v.words.T("right.inactive", rightName(v.words, relation)), ""})
		}
	}
	return all
}

// employeePage is one employee, what they have here, and the form that gives more.
type employeePage struct {
	Name, About, Email, Unit string
	Back, Action             string
	Rights                   []heldRow
	Groups                   []link
	Signs, Works             bool
	Many                     string // where rights are given for several units
	Form                     rightsForm
}

type heldRow struct {
	Name, Days, Used, Group, GroupHref, Remove string
	Over                                       bool
}

type link struct{ Href, Text string }

func (p *Portal) theEmployee(r *http.Request, v *visit) (company.Person, []link, error) {
	who, err := web.ID(r, "employee")
	if err != nil {
		return company.Person{}, nil, err
	}
	_, person, groups, err := p.config.Companies.Person(r.Context(), v.actor, v.unit.UUID, who)
	var links []link
	for _, g := range groups {
		links = append(links, link{v.at("gruppe", g.ID.String()), g.Name})
	}
	return person, links, err
}

func (p *Portal) employee(w http.ResponseWriter, r *http.Request, v *visit) error {
	form := rightsForm{Never: true}
	form.fields(v.words, nil)
	return p.showEmployee(w, r, v, http.StatusOK, form)
}

func (p *Portal) showEmployee(w http.ResponseWriter, r *http.Request, v *visit, status int, form rightsForm) error {
	person, groups, err := p.theEmployee(r, v)
	if err != nil {
		return err
	}
	here := v.at("medarbejder", person.UUID.String())
	page := employeePage{Name: person.Name, About: about(v, person.Member, person.Employer), Email: person.Email, Unit: v.unit.Name, Back: v.at(""), Action: here,
		Signs: person.Signs && person.Organisation == v.unit.ID, Works: person.Employed, Form: form}
	if person.Organisation == v.unit.ID || person.Organisation == v.actor.Organisation {
		page.Groups = groups
	}
	if v.desk.Units > 1 {
		page.Many = here + "/flere"
	}
	for _, h := range person.Rights {
		row := heldRow{Name: rightName(v.words, h.Relation), Days: v.days(h.From, h.To, h.LastDay()), Over: h.Over(v.now)}
		switch {
		case h.Group != post.UUID{}:
			row.Group = h.Name
			if person.Organisation == v.unit.ID {
				row.GroupHref = v.at("gruppe", h.Group.String())
			}
		case h.Used.IsZero():
			row.Used, row.Remove = v.words.T("used.never"), here+"/fjern?ret="+h.Relation.String()
		default:
			row.Used, row.Remove = v.words.T("used", v.words.Short(h.Used, v.now)), here+"/fjern?ret="+h.Relation.String()
		}
		page.Rights = append(page.Rights, row)
	}
	return p.show(w, r, status, "employee", web.View{Title: person.Name, Failed: len(form.Problems) > 0}, page)
}

func (p *Portal) giveEmployee(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, _, err := p.theEmployee(r, v)
	if err != nil {
		return err
	}
	var form rightsForm
	give, from, to := form.read(r, v)
	if len(form.Problems) > 0 {
		return p.showEmployee(w, r, v, http.StatusUnprocessableEntity, form)
	}
	plan, err := p.config.Companies.Set(r.Context(), v.actor, company.Change{Units: []post.UUID{v.unit.UUID}, Employee: person.UUID, Give: give, From: from, To: to})
	if err != nil {
		if !form.refused(v, err) {
			return err
		}
		return p.showEmployee(w, r, v, http.StatusUnprocessableEntity, form)
	}
	text := v.words.T("given", person.Name)
	if len(plan.Steps) == 0 {
		text = v.words.T("given.same", person.Name)
	}
	return p.done(w, r, v.at("medarbejder", person.UUID.String()), text)
}

func (p *Portal) askTakeEmployee(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, _, err := p.theEmployee(r, v)
	if err != nil {
		return err
	}
	relation, err := access.ParseRelation(r.URL.Query().Get("ret"))
	if err != nil || !person.Has(relation) {
		return errs.NotFound("page.unknown")
	}
	return p.showTake(w, r, v, http.StatusOK, person, relation, nil)
}

// takePage asks before a right is taken.
type takePage struct {
	web.Confirm
	Problems web.Problems
}

func (p *Portal) showTake(w http.ResponseWriter, r *http.Request, v *visit, status int, person company.Person, relation access.Relation, problems web.Problems) error {
	here := v.at("medarbejder", person.UUID.String())
	page := takePage{web.Confirm{
		Heading: v.words.T("take.h", rightName(v.words, relation)), Text: []string{v.words.T("take.p", person.Name, v.unit.Name)},
		Action: here + "/fjern", Hidden: []web.Hidden{{Name: "ret", Value: relation.String()}}, Yes: v.words.T("take"), No: v.words.T("keep"), Back: here}, problems}
	if relation == access.Administrator {
		page.Text = []string{v.words.T("take.administrator.p", person.Name, v.unit.Name)}
	}
	return p.show(w, r, status, "take", web.View{Title: page.Heading, Form: true, Failed: len(problems) > 0}, page)
}

func (p *Portal) takeEmployee(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, _, err := p.theEmployee(r, v)
	if err != nil {
		return err
	}
	relation, err := access.ParseRelation(r.PostFormValue("ret"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	_, err = p.config.Companies.Set(r.Context(), v.actor, company.Change{Units: []post.UUID{v.unit.UUID}, Employee: person.UUID, Take: []access.Relation{relation}})
	if errs.CodeOf(err) == company.CodeLast {
		return p.showTake(w, r, v, http.StatusUnprocessableEntity, person, relation, web.Problems{{Field: "main-content", Text: v.words.T("last.administrator")}})
	}
	if err != nil {
		return err
	}
	next := v.at("medarbejder", person.UUID.String())
	if person.Member.Person == v.actor.Party && relation == access.Administrator { // they administer no more
		next = "/enheder"
	}
	return p.done(w, r, next, v.words.T("taken", rightName(v.words, relation), person.Name))
}

// log is what was done with rights.
func (p *Portal) log(w http.ResponseWriter, r *http.Request, v *visit) error {
	var before post.UUID
	if text := r.URL.Query().Get("foer"); text != "" {
		var err error
		if before, err = post.ParseUUID(text); err != nil {
			return errs.NotFound("page.unknown")
		}
	}
	found, err := p.config.Companies.Log(r.Context(), v.actor, v.unit.UUID, before, pageSize)
	if err != nil {
		return err
	}
	older := ""
	if len(found) == pageSize {
		older = v.at("log") + "?foer=" + found[len(found)-1].ID.String()
	}
	page := activitylog.Of(v.words, v.now, v.unit.Party, found, older)
	page.Heading, page.Lead = v.words.T("area.log"), v.words.T("log.rights.lead")
	return p.show(w, r, http.StatusOK, "log", web.View{Title: page.Heading, Wide: true}, page)
}
