package staff

import (
	"net/http"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/extract"
	"digitalpost/internal/web"
)

// extractRoutes enters where the agency's system managers decide on data extracts of
// companies' post (ORG-06).
func (p *Portal) extractRoutes(on routes) {
	on.as(access.SystemManager, "GET /dataudtraek", p.extracts)
	on.as(access.SystemManager, "GET /dataudtraek/{extract}", p.extract)
	on.as(access.SystemManager, "GET /dataudtraek/{extract}/dokument/{file}", p.extractFile)
	on.as(access.SystemManager, "POST /dataudtraek/{extract}/afgoer", p.decideExtract)
}

type extractRow struct{ Href, About, Said string }

type extractsPage struct {
	Views []web.Option
	Rows  []extractRow
}

// extractViews are the lists, by their word in the address.
var extractViews = []struct {
	key    string
	states []extract.State
}{{"", []extract.State{extract.Submitted}}, {"godkendt", []extract.State{extract.Approved, extract.Ready}},
	{"slut", []extract.State{extract.Fetched, extract.Expired, extract.Rejected, extract.Withdrawn}}}

func (p *Portal) extracts(w http.ResponseWriter, r *http.Request, v *visit) error {
	chosen := r.URL.Query().Get("vis")
	var page extractsPage
	known := false
	for _, one := range extractViews {
		href := "/dataudtraek"
		if one.key != "" {
			href += "?vis=" + one.key
		}
		page.Views = append(page.Views, web.Option{Value: href, Text: v.words.T("extract.view." + string(one.states[0])), Selected: one.key == chosen})
		if one.key != chosen {
			continue
		}
		known = true
		all, err := p.config.Extracts.All(r.Context(), v.actor, one.states...)
		if err != nil {
			return err
		}
		for _, e := range all {
			page.Rows = append(page.Rows, extractRow{"/dataudtraek/" + e.ID.String(), e.About.Name, e.Applicant.Name + " · " + v.words.Short(e.Made, v.now) + " · " + v.words.T("extract.state."+string(e.State))})
		}
	}
	if !known {
		return errs.NotFound("page.unknown")
	}
	return p.show(w, r, http.StatusOK, "extracts", web.View{Title: v.words.T("extract"), Wide: true}, page)
}

type extractPage struct {
	Here, About, Applicant, For, Made, Text, Reason, Status string
	Documents                                               []appointDocument
	Open                                                    bool
	Version                                                 int64
	Why                                                     string
	Problems                                                web.Problems
}

func (p *Portal) extract(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showExtract(w, r, v, http.StatusOK, "", nil)
}

func (p *Portal) showExtract(w http.ResponseWriter, r *http.Request, v *visit, status int, why string, problems web.Problems) error {
	which, err := web.ID(r, "extract")
	if err != nil {
		return err
	}
	e, err := p.config.Extracts.Get(r.Context(), v.actor, which)
	if err != nil {
		return err
	}
	page := extractPage{Here: "/dataudtraek/" + e.ID.String(), About: e.About.Name, Applicant: e.Applicant.Name, For: e.Organisation.Name, Made: v.words.Long(e.Made, v.now), Text: e.Text, Reason: e.Reason,
		Status: v.words.T("extract.state." + string(e.State)), Open: e.State == extract.Submitted, Version: e.Version, Why: why, Problems: problems}
	for _, f := range e.Files {
		page.Documents = append(page.Documents, appointDocument{page.Here + "/dokument/" + strconv.Itoa(f.Place), f.Name, "", v.words.Size(f.Size)})
	}
	return p.show(w, r, status, "extract", web.View{Title: v.words.T("extract") + ", " + page.About, Form: true, Failed: len(problems) > 0}, page)
}

func (p *Portal) extractFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "extract")
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(r.PathValue("file"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	file, content, err := p.config.Extracts.Document(r.Context(), v.actor, which, place)
	if err != nil {
		return err
	}
	defer content.Close()
	web.Download(w, r, file.Name, file.Type, content)
	return nil
}

func (p *Portal) decideExtract(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "extract")
	if err != nil {
		return err
	}
	why := r.PostFormValue("hvorfor")
	done, err := p.config.Extracts.Decide(r.Context(), v.actor, which, web.SeenVersion(r), r.PostFormValue("svar") == "godkend", why)
	if errs.CodeOf(err) == extract.CodeReason {
		var problems web.Problems
		problems.Add("hvorfor", v.words.T("appoint.why.missing"))
		return p.showExtract(w, r, v, http.StatusUnprocessableEntity, why, problems)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/dataudtraek", v.words.T("extract.done."+string(done.State), done.About.Name))
}
