package staff

import (
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/extract"
	"digitalpost/internal/web"
)

// extractRoutes enters where the agency's system managers decide on data extracts of
// companies' post (ORG-06).
func (p *Portal) extractRoutes(on routes) {
	on.as(access.SystemManager, "GET /dataudtraek", p.requests(p.extracts()))
	on.as(access.SystemManager, "GET /dataudtraek/{request}", p.extract)
	on.as(access.SystemManager, "GET /dataudtraek/{request}/dokument/{file}", p.extractFile)
	on.as(access.SystemManager, "POST /dataudtraek/{request}/afgoer", p.decideExtract)
}

func (p *Portal) extracts() requestKind {
	return requestKind{path: "/dataudtraek", words: "extract",
		views: []requestView{{"", []agency.State{extract.Submitted}}, {"godkendt", []agency.State{extract.Approved, extract.Ready}},
			{"slut", []agency.State{extract.Fetched, extract.Expired, extract.Rejected, extract.Withdrawn}}},
		rows: func(r *http.Request, v *visit, states []agency.State) (rows []requestRow, err error) {
			all, err := p.config.Extracts.All(r.Context(), v.actor, states...)
			for _, e := range all {
				rows = append(rows, requestRow{Href: "/dataudtraek/" + e.ID.String(), About: e.About.Name,
					Said: v.words.T("request.by", e.Applicant.Name, v.words.Short(e.Made, v.now)) + " · " + v.words.T("extract.state."+string(e.State))})
			}
			return rows, err
		}}
}

func (p *Portal) extract(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "request")
	if err != nil {
		return err
	}
	return p.showExtract(w, r, v, decision{id: which})
}

func (p *Portal) showExtract(w http.ResponseWriter, r *http.Request, v *visit, d decision) error {
	e, err := p.config.Extracts.Get(r.Context(), v.actor, d.id)
	if err != nil {
		return err
	}
	page := p.extracts().page(v, e.Request)
	page.Heading, page.Effect = v.words.T("extract")+": "+e.About.Name, v.words.T("extract.decide.p")
	return p.showRequest(w, r, page, d)
}

func (p *Portal) extractFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	return web.HandedIn(w, r, "request", v.actor, p.config.Extracts.Content)
}

func (p *Portal) decideExtract(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, err := decisionOf(r)
	if err != nil {
		return err
	}
	done, err := p.config.Extracts.Decide(r.Context(), v.actor, d.id, d.version, d.approve, d.why)
	if d.refused(v, err) {
		return p.showExtract(w, r, v, d)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/dataudtraek", v.words.T("extract.done."+string(done.State), done.About.Name))
}
