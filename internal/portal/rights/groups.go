package rights

import (
	"net/http"
	"strconv"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/web"
)

// groupsPage is the groups of a unit's employees.
type groupsPage struct {
	Action   string
	Groups   []groupRow
	Name     string
	Problems web.Problems
	Empty    *web.Empty
}

type groupRow struct{ Href, Name, Letters, About string }

func (p *Portal) groups(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showGroups(w, r, v, http.StatusOK, groupsPage{})
}

func (p *Portal) showGroups(w http.ResponseWriter, r *http.Request, v *visit, status int, page groupsPage) error {
	_, all, err := p.config.Companies.Groups(r.Context(), v.actor, v.unit.UUID)
	if err != nil {
		return err
	}
	page.Action = v.at("grupper")
	for _, g := range all {
		page.Groups = append(page.Groups, groupRow{v.at("gruppe", g.ID.String()), g.Name, web.Initials(g.Name),
			v.words.N("group.people", int64(g.People)) + " · " + v.words.N("group.units", int64(g.Mailboxes))})
	}
	if len(all) == 0 {
		page.Empty = &web.Empty{Heading: v.words.T("groups.none.h"), Text: v.words.T("groups.none.p"), Icon: "persons"}
	}
	return p.show(w, r, status, "groups", web.View{Title: v.words.T("area.groups"), Failed: len(page.Problems) > 0}, page)
}

func (p *Portal) makeGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	name := r.PostFormValue("navn")
	g, err := p.config.Companies.MakeGroup(r.Context(), v.actor, v.unit.UUID, name)
	if errs.CodeOf(err) == rights.CodeGroupName {
		return p.showGroups(w, r, v, http.StatusUnprocessableEntity, groupsPage{Name: name, Problems: web.Problems{{Field: "navn", Text: v.words.T("group.name.wrong")}}})
	}
	if err != nil {
		return err
	}
	return p.done(w, r, v.at("gruppe", g.ID.String()), v.words.T("group.made", g.Name))
}

// groupPage is one group.
type groupPage struct {
	Back, Action string
	Name, Named  string
	Version      int64
	Members      []memberRow
	Rights       []groupRight
	Words        string
	Searched     bool
	Found        []web.Option
	More         string
	Problems     web.Problems
}

type memberRow struct{ ID, Name, Letters, About, Href string }

type groupRight struct{ Unit, Name, Days string }

// theGroup is the one in the path, where it is of the unit.
func (p *Portal) theGroup(r *http.Request, v *visit) (company.Group, error) {
	which, err := web.ID(r, "group")
	if err != nil {
		return company.Group{}, err
	}
	g, err := p.config.Companies.Group(r.Context(), v.actor, which)
	if err == nil && g.Organisation != v.unit.ID {
		err = rights.ErrNoGroup
	}
	return g, err
}

func (p *Portal) group(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showGroup(w, r, v, http.StatusOK, nil)
}

// found is how many employees a search on a group's page shows.
const mostFound = 25

func (p *Portal) showGroup(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	page := groupPage{Back: v.at("grupper"), Action: v.at("gruppe", g.ID.String()), Name: g.Name, Named: g.Name, Version: g.Version, Problems: problems}
	if len(problems) > 0 {
		page.Named = r.PostFormValue("navn")
	}
	in := map[post.PartyID]bool{}
	for _, m := range g.Members {
		in[m.Person] = true
		page.Members = append(page.Members, memberRow{m.ID.String(), m.Employee.Name, web.Initials(m.Employee.Name), about(v, m.Employee, v.unit.Party), v.at("medarbejder", m.Employee.UUID.String())})
	}
	for _, one := range g.Rights {
		page.Rights = append(page.Rights, groupRight{one.Unit.Name, rightName(v.words, one.Relation), v.days(one.From, one.To, rights.Right{To: one.To}.LastDay())})
	}
	if page.Words = r.URL.Query().Get("q"); r.URL.Query().Has("q") {
		page.Searched = true
		found, err := p.config.Companies.People(r.Context(), v.actor, v.unit.UUID, company.PeopleQuery{Text: page.Words, Page: 1, Size: mostFound + len(g.Members)})
		if err != nil {
			return err
		}
		for _, one := range found.Page {
			if one.Employed && one.Organisation == v.unit.ID && !in[one.Member.Person] && len(page.Found) < mostFound {
				page.Found = append(page.Found, web.Option{Value: one.UUID.String(), Text: one.Name, About: about(v, one.Member, one.Employer)})
			}
		}
		if found.Matched > len(found.Page) {
			page.More = v.words.T("found.more")
		}
	}
	return p.show(w, r, status, "group", web.View{Title: g.Name, Failed: len(problems) > 0}, page)
}

func (p *Portal) renameGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	_, err = p.config.Companies.RenameGroup(r.Context(), v.actor, g.ID, web.SeenVersion(r), r.PostFormValue("navn"))
	if errs.CodeOf(err) == rights.CodeGroupName {
		return p.showGroup(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "navn", Text: v.words.T("group.name.wrong")}})
	}
	if err != nil {
		return err
	}
	return p.done(w, r, v.at("gruppe", g.ID.String()), v.words.T("group.renamed"))
}

func (p *Portal) joinGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errs.Wrap(err, errs.KindInvalid, "form.unreadable")
	}
	var who []post.UUID
	for _, text := range r.PostForm["medarbejder"] {
		one, err := post.ParseUUID(text)
		if err != nil {
			return errs.NotFound("page.unknown")
		}
		who = append(who, one)
	}
	err = p.config.Companies.Join(r.Context(), v.actor, g.ID, who)
	if errs.CodeOf(err) == company.CodeNobody {
		return p.showGroup(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "q", Text: v.words.T("employee.left")}})
	}
	if err != nil {
		return err
	}
	return p.done(w, r, v.at("gruppe", g.ID.String()), v.words.N("group.joined", int64(len(who))))
}

func (p *Portal) partGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	which, err := post.ParseUUID(r.PostFormValue("medlem"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	switch err := p.config.Companies.Part(r.Context(), v.actor, g.ID, which); {
	case errs.CodeOf(err) == company.CodeLast:
		return p.showGroup(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "medlemmer", Text: v.words.T("last.administrator")}})
	case err != nil && errs.KindOf(err) != errs.KindNotFound: // who is out already is as the reader wants it
		return err
	}
	return p.done(w, r, v.at("gruppe", g.ID.String()), v.words.T("group.parted"))
}

func (p *Portal) askDropGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showDrop(w, r, v, http.StatusOK, nil)
}

func (p *Portal) showDrop(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	here := v.at("gruppe", g.ID.String())
	page := takePage{web.Confirm{Heading: v.words.T("group.drop.h", g.Name), Text: []string{v.words.N("group.drop.p", int64(len(g.Members)))},
		Action: here + "/slet", Hidden: []web.Hidden{{Name: "version", Value: strconv.FormatInt(g.Version, 10)}}, Yes: v.words.T("group.drop"), No: v.words.T("group.keep"), Back: here, Danger: true}, problems}
	return p.show(w, r, status, "take", web.View{Title: page.Heading, Form: true, Failed: len(problems) > 0}, page)
}

func (p *Portal) dropGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	err = p.config.Companies.DropGroup(r.Context(), v.actor, g.ID, web.SeenVersion(r))
	if errs.CodeOf(err) == company.CodeLast {
		return p.showDrop(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "main-content", Text: v.words.T("last.administrator")}})
	}
	if err != nil {
		return err
	}
	return p.done(w, r, v.at("grupper"), v.words.T("group.dropped", g.Name))
}

// manyPage gives or takes rights in several units.
type manyPage struct {
	Who, Back, Action string
	Group             bool
	All               bool
	Do                []web.Option
	Units             []web.Option
	Chosen            string // how many units there are
	Form              rightsForm
}

func (p *Portal) manyOfEmployee(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, _, err := p.theEmployee(r, v)
	if err != nil {
		return err
	}
	here := v.at("medarbejder", person.UUID.String())
	return p.newMany(w, r, v, manyPage{Who: person.Name, Back: here, Action: here + "/flere"})
}

func (p *Portal) manyOfGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	here := v.at("gruppe", g.ID.String())
	return p.newMany(w, r, v, manyPage{Who: g.Name, Back: here, Action: here + "/flere", Group: true})
}

func (p *Portal) newMany(w http.ResponseWriter, r *http.Request, v *visit, page manyPage) error {
	page.Form.Never = true
	page.Form.fields(v.words, nil)
	return p.showMany(w, r, v, http.StatusOK, page, map[string]bool{v.unit.UUID.String(): true}, false)
}

func (p *Portal) showMany(w http.ResponseWriter, r *http.Request, v *visit, status int, page manyPage, picked map[string]bool, take bool) error {
	all, err := p.config.Companies.Units(r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, u := range all {
		page.Units = append(page.Units, web.Option{Value: u.UUID.String(), Text: u.Name, About: v.words.T("cvr", u.CVR.Reveal()), Selected: picked[u.UUID.String()]})
	}
	page.Chosen = v.words.T("many.all", v.words.Number(int64(len(all))))
	page.Do = []web.Option{{Value: "giv", Text: v.words.T("many.give"), Selected: !take}, {Value: "fjern", Text: v.words.T("many.take"), Selected: take}}
	return p.show(w, r, status, "many", web.View{Title: v.words.T("many.h", page.Who), Failed: len(page.Form.Problems) > 0}, page)
}

func (p *Portal) prepareEmployee(w http.ResponseWriter, r *http.Request, v *visit) error {
	person, _, err := p.theEmployee(r, v)
	if err != nil {
		return err
	}
	here := v.at("medarbejder", person.UUID.String())
	return p.prepare(w, r, v, manyPage{Who: person.Name, Back: here, Action: here + "/flere"}, company.Change{Employee: person.UUID})
}

func (p *Portal) prepareGroup(w http.ResponseWriter, r *http.Request, v *visit) error {
	g, err := p.theGroup(r, v)
	if err != nil {
		return err
	}
	here := v.at("gruppe", g.ID.String())
	return p.prepare(w, r, v, manyPage{Who: g.Name, Back: here, Action: here + "/flere", Group: true}, company.Change{Group: g.ID})
}

func (p *Portal) prepare(w http.ResponseWriter, r *http.Request, v *visit, page manyPage, change company.Change) error {
	if err := r.ParseForm(); err != nil {
		return errs.Wrap(err, errs.KindInvalid, "form.unreadable")
	}
	take := r.PostFormValue("goer") == "fjern"
	if take { // whatever stands in the days does not matter
		r.PostForm.Set("aldrig", "1")
		r.Form.Set("aldrig", "1")
	}
	var rights []access.Relation
	rights, change.From, change.To = page.Form.read(r, v)
	picked := map[string]bool{}
	for _, text := range r.PostForm["enhed"] {
		picked[text] = true
	}
	page.All = r.PostFormValue("alle") != ""
	all, err := p.config.Companies.Units(r.Context(), v.actor)
	if err != nil {
		return err
	}
	for _, u := range all {
		if page.All || picked[u.UUID.String()] {
			change.Units = append(change.Units, u.UUID)
		}
	}
	if len(change.Units) == 0 {
		page.Form.Problems.Add("alle", v.words.T("many.missing"))
	}
	if len(page.Form.Problems) > 0 {
		return p.showMany(w, r, v, http.StatusUnprocessableEntity, page, picked, take)
	}
	if take {
		change.Take, change.From = rights, time.Time{}
	} else {
		change.Give = rights
	}
	made, err := p.config.Companies.Prepare(r.Context(), v.actor, change)
	if err != nil {
		if !page.Form.refused(v, err) {
			return err
		}
		return p.showMany(w, r, v, http.StatusUnprocessableEntity, page, picked, take)
	}
	http.Redirect(w, r, v.at("aendring", made.String()), http.StatusSeeOther)
	return nil
}
