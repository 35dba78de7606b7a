package rights

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"digitalpost/internal/company"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// listPage takes a list out and in.
type listPage struct {
	Export, ExportAll string
	Action            string
	Problems          web.Problems
}

func (p *Portal) list(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showList(w, r, v, http.StatusOK, nil)
}

func (p *Portal) showList(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	page := listPage{Export: v.at("rettigheder.csv"), Action: v.at("liste"), Problems: problems}
	if v.desk.Units > 1 {
		page.ExportAll = "/rettigheder.csv"
	}
	return p.show(w, r, status, "list", web.View{Title: v.words.T("area.list"), Failed: len(problems) > 0}, page)
}

func (p *Portal) exportUnit(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.export(w, r, v, []post.UUID{v.unit.UUID})
}

func (p *Portal) exportAll(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := p.config.Companies.Units(r.Context(), v.actor)
	if err != nil {
		return err
	}
	var units []post.UUID
	for _, u := range all {
		units = append(units, u.UUID)
	}
	return p.export(w, r, v, units)
}

func (p *Portal) export(w http.ResponseWriter, r *http.Request, v *visit, units []post.UUID) error {
	return p.config.Companies.Export(r.Context(), v.actor, units, headed{w, "rettigheder-" + v.now.In(post.Denmark).Format(time.DateOnly) + ".csv"})
}

// headed says what comes before the first of it.
type headed struct {
	http.ResponseWriter
	name string
}

func (h headed) Write(b []byte) (int, error) {
	if h.Header().Get("Content-Disposition") == "" {
		h.Header().Set("Content-Type", "text/csv; charset=utf-8")
		h.Header().Set("Content-Disposition", web.Disposition("attachment", h.name))
	}
	return h.ResponseWriter.Write(b)
}

func (p *Portal) importList(w http.ResponseWriter, r *http.Request, v *visit) error {
	web.AllowBody(w, r, company.MaxList+1<<20)
	file, _, err := r.FormFile("fil")
	problem := func(key string) error {
		return p.showList(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "fil", Text: v.words.T(key)}})
	}
	if err != nil {
		return problem("list.missing")
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, company.MaxList+1))
	if err != nil {
		return problem("list.missing")
	}
	made, err := p.config.Companies.Import(r.Context(), v.actor, raw, r.PostFormValue("hele") != "")
	switch errs.CodeOf(err) {
	case "":
	case company.CodeHeading:
		return problem("list.heading")
	case company.CodeEmpty:
		return problem("list.empty")
	case company.CodeList:
		return problem("list.unreadable")
	case company.CodeTooMany:
		return problem("list.large")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, v.at("aendring", made.String()), http.StatusSeeOther)
	return nil
}

// draftPage shows a change before it is made.
type draftPage struct {
	Action, Back, Digest string
	Give, Alter, End     string
	Same, Units          string
	Steps                []stepRow
	Rest                 string
	Wrong                []stepRow
	WrongRest            string
	Nothing              bool
	Problems             web.Problems
}

type stepRow struct{ Do, Class, Name, What, Unit, Days, Line string }

// mostSteps is how many steps, and how many problems, the page shows.
const mostSteps = 200

func (p *Portal) draft(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showDraft(w, r, v, http.StatusOK, nil)
}

func (p *Portal) showDraft(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	which, err := web.ID(r, "draft")
	if err != nil {
		return err
	}
	plan, err := p.config.Companies.Draft(r.Context(), v.actor, which)
	if err != nil {
		return err
	}
	page := draftPage{Action: v.at("aendring", which.String()), Back: v.at(""), Digest: plan.Digest, Nothing: len(plan.Steps) == 0, Problems: problems}
	counted := func(do company.Do) string {
		if n := plan.Count(do); n > 0 {
			return v.words.N("draft."+string(do), int64(n))
		}
		return ""
	}
	page.Give, page.Alter, page.End = counted(company.Give), counted(company.Alter), counted(company.End)
	if plan.Same > 0 {
		page.Same = v.words.N("draft.same", int64(plan.Same))
	}
	page.Units = v.words.N("draft.units", int64(plan.Units))
	classes := map[company.Do]string{company.Give: "badge-success", company.Alter: "badge-info", company.End: "badge-warning"}
	for _, s := range plan.Steps[:min(len(plan.Steps), mostSteps)] {
		row := stepRow{Do: v.words.T("draft.do." + string(s.Do)), Class: classes[s.Do], Name: s.Name, What: rightName(v.words, s.Relation), Unit: s.Unit.Name}
		if s.Do != company.End {
			row.Days = v.days(s.From, s.To, s.LastDay())
		}
		if s.Automatic {
			row.Days += " · " + v.words.T("draft.automatic")
		}
		page.Steps = append(page.Steps, row)
	}
	if n := len(plan.Steps) - mostSteps; n > 0 {
		page.Rest = v.words.T("draft.rest", v.words.Number(int64(n)))
	}
	for _, one := range plan.Problems[:min(len(plan.Problems), mostSteps)] {
		text := v.words.T("wrong." + one.Code)
		if one.Text != "" {
			text += " (" + one.Text + ")"
		}
		page.Wrong = append(page.Wrong, stepRow{Line: v.words.T("draft.line", strconv.Itoa(one.Line)), What: text})
	}
	if n := len(plan.Problems) - mostSteps; n > 0 {
		page.WrongRest = v.words.T("draft.rest", v.words.Number(int64(n)))
	}
	return p.show(w, r, status, "draft", web.View{Title: v.words.T("draft.h"), Failed: len(problems) > 0}, page)
}

func (p *Portal) applyDraft(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "draft")
	if err != nil {
		return err
	}
	plan, err := p.config.Companies.Apply(r.Context(), v.actor, which, r.PostFormValue("aftryk"))
	again := func(key string) error {
		return p.showDraft(w, r, v, http.StatusUnprocessableEntity, web.Problems{{Field: "main-content", Text: v.words.T(key)}})
	}
	switch errs.CodeOf(err) {
	case company.CodeLast:
		return again("last.administrator")
	case company.CodeStale:
		return again("draft.stale")
	case company.CodeProblems:
		return again("draft.problems")
	}
	if err != nil {
		return err
	}
	next := v.at("")
	if _, err := p.config.Companies.Unit(r.Context(), v.actor, v.unit.UUID); err != nil { // they have given it up
		next = "/enheder"
	}
	return p.done(w, r, next, v.words.N("draft.done", int64(len(plan.Steps))))
}
