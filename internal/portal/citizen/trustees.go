package citizen

import (
	"net/http"
	"strconv"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/trustee"
	"digitalpost/internal/web"
)

// trusteeRoutes enters the Digital Post recipients: both lists, the form that sets
// one up, and what can be done with one (RCP-01 to RCP-05).
func (p *Portal) trusteeRoutes(on routes) {
	on.own("GET /modtagere", needs(access.TrusteeSee, p.trustees))
	on.own("GET /modtagere/ny", needs(access.TrusteeManage, p.newTrustee))
	on.own("POST /modtagere/ny", needs(access.TrusteeManage, p.askTrustee))
	on.own("GET /modtagere/{trustee}", p.trustee)
	on.own("POST /modtagere/{trustee}", p.answerTrustee)
	on.own("GET /modtagere/{trustee}/fjern", needs(access.TrusteeManage, p.askRemoveTrustee))
	on.own("POST /modtagere/{trustee}/fjern", p.removeTrustee)
}

// trusteeRow is one in a list, and on its own page.
type trusteeRow struct {
	Href, Name, Letters string
	Round               bool // a person
	About               string
	Status, Badge       string
}

// trusteesPage is both lists.
type trusteesPage struct {
	Waiting    int64 // how many wait for the reader's answer
	Manages    bool  // the reader sets them up and removes them
	Recipients []trusteeRow
	Others     []trusteeRow
}

func (p *Portal) trustees(w http.ResponseWriter, r *http.Request, v *visit) error {
	lists, err := p.config.Trustees.List(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	page := trusteesPage{Manages: v.may(access.TrusteeManage)}
	for _, t := range lists.Recipients {
		page.Recipients = append(page.Recipients, trusteeRowOf(v, t))
	}
	for _, t := range lists.Others {
		page.Others = append(page.Others, trusteeRowOf(v, t))
		if t.Status == trustee.Asked && page.Manages {
			page.Waiting++
		}
	}
	return p.show(w, r, v, http.StatusOK, "trustees", web.View{Title: v.words.T("trustees"), Wide: true, Tab: "menu"}, page)
}

func trusteeRowOf(v *visit, t trustee.Trustee) trusteeRow {
	row := trusteeRow{Href: "/modtagere/" + t.ID.String(), Name: t.Name, Letters: web.Initials(t.Name), Round: t.Party.Kind == post.Person}
	row.About = v.words.T("trustees.sent", v.words.Short(t.Created, v.now)) + " · " + strings.ToLower(validity(v, t))
	stands := standings[t.Status]
	if t.Status == trustee.Asked && !isMine(t) {
		stands.status, stands.badge = "trustees.status.yours", "badge-warning"
	}
	row.Status, row.Badge = v.words.T(stands.status), stands.badge
	return row
}

// isMine tells a recipient of the reader's from one whose recipient the reader is.
func isMine(t trustee.Trustee) bool { return t.Owner == t.Mailbox }

// standings is how each status looks, and what it means for either side.
var standings = map[trustee.Status]struct{ status, badge, mine, others string }{
	trustee.Asked:    {"trustees.status.asked", "badge-info", "trustees.mine.asked", "trustees.others.asked"},
	trustee.Approved: {"trustees.status.approved", "badge-success", "trustees.mine.approved", "trustees.others.approved"},
	trustee.Declined: {"trustees.status.declined", "", "trustees.mine.declined", "trustees.others.declined"},
	trustee.Expired:  {"trustees.status.expired", "", "trustees.mine.expired", "trustees.others.expired"},
}

// validity is how long it holds.
func validity(v *visit, t trustee.Trustee) string {
	day := t.LastDay()
	switch {
	case day.IsZero():
		return v.words.T("trustees.forever")
	case t.Status == trustee.Expired:
		return v.words.T("trustees.expired", v.words.Short(day, v.now))
	}
	return v.words.T("trustees.until", v.words.Short(day, v.now))
}

// trusteeForm is the form that sets one up, with what was typed; the CPR number is
// not kept.
type trusteeForm struct {
	Kinds                   []web.Option
	Kind                    string // "" chooses it first
	Steps                   []string
	First, Last, CVR, Email string
	Day                     web.Date
	Forever                 bool
	Problems                web.Problems
}

// The kinds of recipients in the address of the form.
const (
	trusteePerson  = "person"
	trusteeCompany = "virksomhed"
)

func (p *Portal) newTrustee(w http.ResponseWriter, r *http.Request, v *visit) error {
	form := trusteeForm{Kind: r.URL.Query().Get("hvem")}
	if r.URL.Query().Has("hvem") && form.Kind != trusteePerson && form.Kind != trusteeCompany {
		form.Kind = ""
		form.Problems.Add("hvem", v.words.T("trustees.kind.missing"))
		return p.showTrusteeForm(w, r, v, http.StatusUnprocessableEntity, form)
	}
	return p.showTrusteeForm(w, r, v, http.StatusOK, form)
}

func (p *Portal) showTrusteeForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form trusteeForm) error {
	form.Steps = []string{v.words.T("trustees.step.kind"), v.words.T("trustees.step.who")}
	form.Kinds = []web.Option{
		{Value: trusteePerson, Text: v.words.T("trustees.kind.person"), About: v.words.T("trustees.kind.person.about"), Selected: true},
		{Value: trusteeCompany, Text: v.words.T("trustees.kind.company"), About: v.words.T("trustees.kind.company.about")},
	}
	return p.show(w, r, v, status, "trustees.new", web.View{Title: v.words.T("trustees.new"), Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
}

func (p *Portal) askTrustee(w http.ResponseWriter, r *http.Request, v *visit) error {
	form := trusteeForm{
		Kind: r.PostFormValue("hvem"), First: r.PostFormValue("fornavn"), Last: r.PostFormValue("efternavn"), CVR: r.PostFormValue("cvr"), Email: r.PostFormValue("email"),
		Day: web.DateForm(r, "udloeb"), Forever: r.PostFormValue("ingen") != "",
	}
	request := form.request(v, r.PostFormValue("cpr"))
	if len(form.Problems) > 0 {
		return p.showTrusteeForm(w, r, v, http.StatusUnprocessableEntity, form)
	}
	made, err := p.config.Trustees.Ask(r.Context(), v.actor, v.box.UUID, request)
	if err != nil {
		status, known := form.refused(v, err)
		if !known {
			return err
		}
		return p.showTrusteeForm(w, r, v, status, form)
	}
	return p.done(w, r, "/modtagere", v.words.T("trustees.asked", made.Name), nil)
}

// request is what the form asks for; what is wrong with it is noted.
func (f *trusteeForm) request(v *visit, cpr string) trustee.Request {
	wrong := func(field, key string) { f.Problems.Add(field, v.words.T(key)) }
	request := trustee.Request{FirstName: f.First, LastName: f.Last, Email: strings.TrimSpace(f.Email)}
	var err error
	if f.Kind == trusteeCompany {
		if request.CVR, err = post.ParseCVR(digitsOf(f.CVR)); err != nil {
			wrong("cvr", "trustees.cvr.wrong")
		}
		switch {
		case request.Email == "":
			wrong("email", "trustees.email.missing")
		case !strings.Contains(request.Email, "@"):
			wrong("email", "trustees.email.at")
		}
	} else {
		f.Kind = trusteePerson
		if strings.TrimSpace(f.First) == "" {
			wrong("fornavn", "trustees.first.missing")
		}
		if strings.TrimSpace(f.Last) == "" {
			wrong("efternavn", "trustees.last.missing")
		}
		if request.CPR, err = post.ParseCPR(digitsOf(cpr)); err != nil {
			wrong("cpr", "trustees.cpr.wrong")
		}
	}
	if f.Forever {
		return request
	}
	day, there := f.Day.Time()
	switch {
	case f.Day.Empty():
		wrong("udloeb-dag", "trustees.day.missing")
	case !there:
		wrong("udloeb-dag", "problem.date")
	case post.Today(day).Before(post.Today(v.now)):
		wrong("udloeb-dag", "trustees.day.past")
	}
	request.LastDay = day
	return request
}

// digitsOf is a number as people write it, without what they part it with.
func digitsOf(text string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(text)
}

// refused notes what the capability said; false where that is no matter of the
// form.
func (f *trusteeForm) refused(v *visit, err error) (status int, known bool) {
	number := "cpr"
	if f.Kind == trusteeCompany {
		number = "cvr"
	}
	if text, status := lookupRefused(v, err); text != "" {
		f.Problems.Add(number, text)
		return status, true
	}
	words := v.words
	switch errs.CodeOf(err) {
	case trustee.CodeCompany:
		f.Problems.Add(number, words.T("trustees.company.unknown"))
	case trustee.CodeYourself:
		f.Problems.Add(number, words.T("trustees.yourself"))
	case trustee.CodeThere:
		f.Problems.Add(number, words.T("trustees.there"))
	case trustee.CodeEmail:
		f.Problems.Add("email", words.T("trustees.email.wrong"))
	case trustee.CodeLastDay:
		f.Problems.Add("udloeb-dag", words.T("trustees.day.past"))
	default:
		return 0, false
	}
	return http.StatusUnprocessableEntity, true
}

// trusteePage is one recipient, from either side.
type trusteePage struct {
	trusteeRow
	Says    string
	Sent    string
	Until   string
	Email   string
	Answers bool // the reader is asked
	Manages bool // the reader sets them up and removes them
	Again   bool // it can be set up again
	Action  string
	Version int64
}

// theTrustee is the one in the path.
func (p *Portal) theTrustee(r *http.Request, v *visit) (trustee.Trustee, error) {
	who, err := web.ID(r, "trustee")
	if err != nil {
		return trustee.Trustee{}, err
	}
	return p.config.Trustees.Get(r.Context(), v.actor, v.box.UUID, who)
}

func (p *Portal) trustee(w http.ResponseWriter, r *http.Request, v *visit) error {
	t, err := p.theTrustee(r, v)
	if err != nil {
		return err
	}
	page := trusteePage{trusteeRow: trusteeRowOf(v, t), Manages: v.may(access.TrusteeManage), Sent: v.words.Long(t.Created, v.now), Until: validity(v, t), Email: t.Email, Version: t.Version}
	page.Action = page.Href
	if isMine(t) {
		page.Says = v.words.T(standings[t.Status].mine, t.Name)
		page.Again = t.Status == trustee.Declined || t.Status == trustee.Expired
	} else {
		page.Says = v.words.T(standings[t.Status].others, t.Name)
		page.Answers = t.Status == trustee.Asked
	}
	return p.show(w, r, v, http.StatusOK, "trustee", web.View{Title: t.Name, Form: true, Tab: "menu"}, page)
}

func (p *Portal) answerTrustee(w http.ResponseWriter, r *http.Request, v *visit) error {
	t, err := p.theTrustee(r, v)
	if err != nil {
		return err
	}
	approve := r.PostFormValue("svar") == "godkend"
	if !approve && r.PostFormValue("svar") != "afvis" {
		return errs.Invalid("trustee.answer", "svar", "the answer is godkend or afvis")
	}
	if _, err := p.config.Trustees.Answer(r.Context(), v.actor, v.box.UUID, t.ID, web.SeenVersion(r), approve); err != nil {
		return err
	}
	text := "trustees.declined"
	if approve {
		text = "trustees.approved"
	}
	return p.done(w, r, "/modtagere", v.words.T(text, t.Name), nil)
}

func (p *Portal) askRemoveTrustee(w http.ResponseWriter, r *http.Request, v *visit) error {
	t, err := p.theTrustee(r, v)
	if err != nil {
		return err
	}
	heading, text := "trustees.remove.others.h", "trustees.remove.others.p"
	if isMine(t) {
		heading, text = "trustees.remove.mine.h", "trustees.remove.mine.p"
	}
	page := web.Confirm{
		Heading: v.words.T(heading, t.Name), Text: []string{v.words.T(text, t.Name)},
		Action: "/modtagere/" + t.ID.String() + "/fjern", Hidden: []web.Hidden{{Name: "version", Value: strconv.FormatInt(t.Version, 10)}},
		Yes: v.words.T("trustees.remove"), No: v.words.T("trustees.keep"), Back: "/modtagere/" + t.ID.String(),
	}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: page.Heading, Form: true, Tab: "none"}, page)
}

func (p *Portal) removeTrustee(w http.ResponseWriter, r *http.Request, v *visit) error {
	t, err := p.theTrustee(r, v)
	if errs.KindOf(err) == errs.KindNotFound { // the other side was quicker: it is as the reader wants it
		return p.done(w, r, "/modtagere", v.words.T("trustees.gone"), nil)
	}
	if err != nil {
		return err
	}
	if _, err := p.config.Trustees.Remove(r.Context(), v.actor, v.box.UUID, t.ID, web.SeenVersion(r)); err != nil {
		return err
	}
	text := "trustees.removed.others"
	if isMine(t) {
		text = "trustees.removed.mine"
	}
	return p.done(w, r, "/modtagere", v.words.T(text, t.Name), nil)
}
