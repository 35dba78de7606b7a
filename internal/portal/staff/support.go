package staff

import (
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/outbound"
	"digitalpost/internal/support"
	"digitalpost/internal/web"
)

// supportRoutes enters what people have written by the contact form (MBX-20).
func (p *Portal) supportRoutes(on routes) {
	on.as(access.Support, "GET /henvendelser", p.inquiries)
	on.as(access.Support, "GET /henvendelser/{number}", p.inquiry)
	on.as(access.Support, "POST /henvendelser/{number}/tag", p.takeInquiry)
	on.as(access.Support, "POST /henvendelser/{number}/svar", p.answerInquiry)
}

type inquiryRow struct {
	Href, Title, About, Status, Badge string
}

type inquiriesPage struct {
	Pills []web.Option
	Rows  []inquiryRow
	None  string
	Most  bool
}

func (p *Portal) inquiries(w http.ResponseWriter, r *http.Request, v *visit) error {
	chosen := r.URL.Query().Get("vis")
	state, mine := support.Waiting, false
	switch chosen {
	case "mine":
		mine = true
	case "besvaret":
		state = support.Answered
	default:
		chosen = ""
	}
	rows, err := p.config.Support.Queue(r.Context(), v.actor, state, mine)
	if err != nil {
		return err
	}
	page := inquiriesPage{None: v.words.T("inquiries.none." + map[string]string{"": "open", "mine": "mine", "besvaret": "answered"}[chosen]), Most: len(rows) == support.MaxQueue}
	for _, o := range []struct{ value, text string }{{"", "inquiries.open"}, {"mine", "inquiries.mine"}, {"besvaret", "inquiries.answered"}} {
		href := "/henvendelser"
		if o.value != "" {
			href += "?vis=" + o.value
		}
		page.Pills = append(page.Pills, web.Option{Value: href, Text: v.words.T(o.text), Selected: o.value == chosen})
	}
	for _, one := range rows {
		row := inquiryRow{"/henvendelser/" + one.Number, one.Subject, v.words.T("inquiries.about", one.Number, v.words.T("inquiries.kind."+string(one.Kind)), v.words.Moment(one.Created, v.now)), "", ""}
		row.Status, row.Badge = inquiryStatus(v, one)
		page.Rows = append(page.Rows, row)
	}
	return p.show(w, r, http.StatusOK, "inquiries", web.View{Title: v.words.T("staff.inquiries"), Wide: true}, page)
}

func inquiryStatus(v *visit, one support.Row) (status, badge string) {
	switch {
	case one.State == support.Answered:
		return v.words.T("inquiries.status.answered", one.Taken), "badge-success"
	case one.Mine:
		return v.words.T("inquiries.status.mine"), "badge-warning"
	case one.Taken != "":
		return v.words.T("inquiries.status.taken", one.Taken), "badge-info"
	}
	return v.words.T("inquiries.status.open"), "badge-warning"
}

type inquiryPage struct {
	support.Read
	Here, Status, Badge string
	When, Sort          string
	Open, ReadByMe      bool
	Options             []web.Option
	Text, Typed, How    string
	Problems            web.Problems
}

func (p *Portal) inquiry(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showInquiry(w, r, v, http.StatusOK, "", "", nil)
}

func (p *Portal) showInquiry(w http.ResponseWriter, r *http.Request, v *visit, status int, way support.Way, typed string, problems web.Problems) error {
	one, err := p.config.Support.Inquiry(r.Context(), v.actor, r.PathValue("number"))
	if err != nil {
		return err
	}
	page := inquiryPage{Read: one, Here: "/henvendelser/" + one.Number, When: v.words.Moment(one.Created, v.now), Sort: v.words.T("inquiries.kind." + string(one.Kind)), Open: one.State == support.Waiting,
		ReadByMe: one.Mine, Text: one.Text, Typed: typed, Problems: problems}
	page.Status, page.Badge = inquiryStatus(v, one.Row)
	for i, w := range one.Ways {
		page.Options = append(page.Options, web.Option{Value: string(w), Text: v.words.T("inquiries.way." + string(w)), About: map[support.Way]string{support.ByEMail: one.EMail, support.ByPhone: one.Phone}[w],
			Selected: w == way || way == "" && i == 0})
	}
	if one.Way != "" {
		page.How = v.words.T("inquiries.way." + string(one.Way))
	}
	return p.show(w, r, status, "inquiry", web.View{Title: one.Number, Form: true, Failed: len(problems) > 0}, page)
}

func (p *Portal) takeInquiry(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := p.config.Support.Take(r.Context(), v.actor, r.PathValue("number")); err != nil {
		return err
	}
	http.Redirect(w, r, "/henvendelser/"+r.PathValue("number"), http.StatusSeeOther)
	return nil
}

func (p *Portal) answerInquiry(w http.ResponseWriter, r *http.Request, v *visit) error {
	number, way, text := r.PathValue("number"), support.Way(r.PostFormValue("hvordan")), r.PostFormValue("svar")
	err := p.config.Support.Answer(r.Context(), v.actor, number, web.SeenVersion(r), way, text)
	var problems web.Problems
	switch errs.CodeOf(err) {
	case "":
		if err != nil {
			return err
		}
		return p.done(w, r, "/henvendelser", v.words.T("inquiries.done", number))
	case support.CodeAnswer:
		problems.Add("svar", v.words.T("inquiries.answer.missing"))
	case support.CodeWay:
		problems.Add("hvordan", v.words.T("inquiries.way.missing"))
	case outbound.CodeNoEMail:
		problems.Add("hvordan", v.words.T("inquiries.email.none"))
	case support.CodeAnswered, "inquiry.not.taken", errs.CodeStale:
		return p.done(w, r, "/henvendelser/"+number, v.words.T("inquiries.taken"))
	default:
		return err
	}
	return p.showInquiry(w, r, v, http.StatusUnprocessableEntity, way, text, problems)
}
