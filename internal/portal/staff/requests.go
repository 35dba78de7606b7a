package staff

import (
	"net/http"
	"strconv"

	"digitalpost/internal/agency"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// What the agency's system managers decide on has one list and one page, whatever it is
// (ORG-04 to ORG-06).

// requestKind is a kind of requests: where its pages are, and what begins the keys of
// its words.
type requestKind struct {
	path, words string
	views       []requestView
	// rows are the requests in some states.
	rows func(r *http.Request, v *visit, states []agency.State) ([]requestRow, error)
}

// requestView is a list, by its word in the address; its words are those of its first
// state.
type requestView struct {
	key    string
	states []agency.State
}

type requestRow struct{ Href, About, As, Said string }

type requestsPage struct {
	Title, Lead, None string
	Views             []web.Option
	Rows              []requestRow
}

// requests is the page that lists requests of a kind.
func (p *Portal) requests(kind requestKind) page {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		page := requestsPage{Title: v.words.T(kind.words), Lead: v.words.T(kind.words + ".lead"), None: v.words.T(kind.words + ".none")}
		chosen := r.URL.Query().Get("vis")
		known := false
		for _, one := range kind.views {
			href := kind.path
			if one.key != "" {
				href += "?vis=" + one.key
			}
			page.Views = append(page.Views, web.Option{Value: href, Text: v.words.T(kind.words + ".view." + string(one.states[0])), Selected: one.key == chosen})
			if one.key != chosen {
				continue
			}
			known = true
			var err error
			if page.Rows, err = kind.rows(r, v, one.states); err != nil {
				return err
			}
		}
		if !known {
			return errs.NotFound("page.unknown")
		}
		return p.show(w, r, http.StatusOK, "requests", web.View{Title: page.Title, Wide: true}, page)
	}
}

type requestDocument struct{ Href, Name, Kind, Size string }

// requestPage is the page of a request, with what its reader has written so far.
type requestPage struct {
	Here, List, Area, Heading, Status         string
	Applicant, For, Made, Text, Until, Reason string
	Documents                                 []requestDocument
	Open                                      bool   // for a decision
	Decide, Effect, Approve                   string // what deciding is called, and what approving does
	Dated                                     bool   // who approves may choose a last day
	Ends                                      bool   // what was approved can be ended
	Version                                   int64
	Why                                       string
	Day                                       web.Date
	Problems                                  web.Problems
}

// page is what the pages of all kinds show of a request.
func (kind requestKind) page(v *visit, e agency.Request) requestPage {
	page := requestPage{Here: kind.path + "/" + e.ID.String(), List: kind.path, Area: v.words.T(kind.words), Status: v.words.T(kind.words + ".state." + string(e.State)),
		Applicant: e.Applicant.Name, For: e.Organisation.Name, Made: v.words.Moment(e.Made, v.now), Text: e.Text, Reason: e.Reason,
		Open: e.State == agency.Submitted, Decide: v.words.T(kind.words + ".decide"), Approve: v.words.T(kind.words + ".approve"), Version: e.Version}
	for _, f := range e.Files {
		one := requestDocument{Href: page.Here + "/dokument/" + strconv.Itoa(f.Place), Name: f.Name, Size: v.words.Size(f.Size)}
		if f.Kind != "" {
			one.Kind = v.words.T(kind.words + ".document." + string(f.Kind))
		}
		page.Documents = append(page.Documents, one)
	}
	return page
}

// decision is what a form says of a request.
type decision struct {
	id       post.UUID
	version  int64
	approve  bool
	why      string
	problems web.Problems
}

func decisionOf(r *http.Request) (d decision, err error) {
	d.id, err = web.ID(r, "request")
	d.version, d.approve, d.why = web.SeenVersion(r), r.PostFormValue("svar") == "godkend", r.PostFormValue("hvorfor")
	return d, err
}

// refused notes what the capability said; false where that is no matter of the form.
func (d *decision) refused(v *visit, err error) bool {
	if errs.CodeOf(err) == agency.CodeReason {
		d.problems.Add("hvorfor", v.words.T("request.why.missing"))
	}
	return len(d.problems) > 0
}

// showRequest shows a request, anew with what is wrong where d is a decision that was
// refused.
func (p *Portal) showRequest(w http.ResponseWriter, r *http.Request, page requestPage, d decision) error {
	status := http.StatusOK
	if page.Why, page.Problems = d.why, d.problems; len(d.problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, r, status, "request", web.View{Title: page.Heading, Form: true, Failed: len(d.problems) > 0}, page)
}
