package staff

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/staff"
	"digitalpost/internal/web"
)

// applyRoutes enters what a citizen applies for: the two forms, and an application on
// its way from the printed form over the signed one to the decision.
func (p *Portal) applyRoutes(on routes) {
	const role = access.CitizenService
	on.as(role, "GET /sag/{case}/adgang", p.accessForm)
	on.as(role, "POST /sag/{case}/adgang", p.applyAccess)
	on.as(role, "GET /sag/{case}/fritagelse", p.exemptionForm)
	on.as(role, "POST /sag/{case}/fritagelse", p.applyExemption)
	on.as(role, "GET /sag/{case}/ansoegning/{application}", p.application)
	on.as(role, "POST /sag/{case}/ansoegning/{application}/underskrevet", p.attach)
	on.as(role, "GET /sag/{case}/ansoegning/{application}/underskrevet", p.scanned)
	on.as(role, "POST /sag/{case}/ansoegning/{application}/afgoer", p.decide)
	on.as(role, "GET /sag/{case}/ansoegning/{application}/{file}", p.paper)
}

// bearer is who brings a form.
type bearer struct {
	Bearers []web.Option
	Bearer  string
	Proxy   bool
}

func (b *bearer) read(r *http.Request, v *visit, problems *web.Problems) {
	b.Proxy, b.Bearer = r.PostFormValue("hvem") == "fuldmagt", strings.TrimSpace(r.PostFormValue("fuldmagt"))
	if b.Proxy && b.Bearer == "" {
		problems.Add("fuldmagt", v.words.T("staff.bearer.missing"))
	}
	if !b.Proxy {
		b.Bearer = ""
	}
}

func (b *bearer) options(v *visit) {
	b.Bearers = []web.Option{
		{Value: "selv", Text: v.words.T("staff.bearer.self"), About: v.words.T("staff.bearer.self.about"), Selected: !b.Proxy},
		{Value: "fuldmagt", Text: v.words.T("staff.bearer.proxy"), About: v.words.T("staff.bearer.proxy.about"), Selected: b.Proxy},
	}
}

// accessFormPage is the form for an access, with what was typed; the CPR number is not
// kept.
type accessFormPage struct {
	caseHead
	bearer
	First, Last string
	Kinds       []web.Option
	Write       bool
	Day         web.Date
	Never       bool
	Problems    web.Problems
}

func (p *Portal) accessForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showAccessForm(w, r, v, http.StatusOK, accessFormPage{})
}

func (p *Portal) showAccessForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form accessFormPage) error {
	s, err := p.sight(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	form.caseHead = p.head(v, s)
	form.Kinds = []web.Option{
		{Value: "laes", Text: v.words.T("staff.right.reader"), About: v.words.T("staff.read.about"), Selected: !form.Write},
		{Value: "skriv", Text: v.words.T("staff.right.writer"), About: v.words.T("staff.write.about"), Selected: form.Write},
	}
	form.options(v)
	return p.show(w, r, status, "access", web.View{Title: v.words.T("staff.give.h"), Form: true, Failed: len(form.Problems) > 0}, form)
}

func (p *Portal) applyAccess(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := web.ID(r, "case")
	if err != nil {
		return err
	}
	form := accessFormPage{First: r.PostFormValue("fornavn"), Last: r.PostFormValue("efternavn"), Write: r.PostFormValue("slags") == "skriv",
		Day: web.DateForm(r, "udloeb"), Never: r.PostFormValue("aldrig") != ""}
	f := staff.ForAnother{Helper: p.citizen(r, v, &form.Problems), Write: form.Write}
	if !form.Never {
		f.LastDay = lastDay(v, form.Day, &form.Problems)
	}
	form.bearer.read(r, v, &form.Problems)
	f.Bearer = form.Bearer
	if len(form.Problems) > 0 {
		return p.showAccessForm(w, r, v, http.StatusUnprocessableEntity, form)
	}
	made, err := p.config.Staff.ApplyAccess(r.Context(), v.actor, one, f)
	status, told := refusedName(v, err, "cpr", &form.Problems)
	switch code := errs.CodeOf(err); {
	case err == nil:
		http.Redirect(w, r, "/sag/"+one.String()+"/ansoegning/"+made.ID.String(), http.StatusSeeOther)
		return nil
	case told:
	case code == staff.CodeHelper:
		form.Problems.Add("cpr", v.words.T("staff.helper.wrong"))
	case code == staff.CodeSelf:
		form.Problems.Add("cpr", v.words.T("staff.self"))
	case code == staff.CodeThere:
		form.Problems.Add("cpr", v.words.T("staff.there"))
	case code == staff.CodeLastDay:
		form.Problems.Add("udloeb-dag", v.words.T("staff.day.past"))
	default:
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	if status == 0 {
		status = http.StatusUnprocessableEntity
	}
	return p.showAccessForm(w, r, v, status, form)
}

// lastDay is the last day that was written.
func lastDay(v *visit, d web.Date, problems *web.Problems) time.Time {
	day, there := d.Time()
	switch {
	case d.Empty():
		problems.Add("udloeb-dag", v.words.T("staff.day.missing"))
	case !there:
		problems.Add("udloeb-dag", v.words.T("problem.date"))
	case post.Today(day).Before(post.Today(v.now)):
		problems.Add("udloeb-dag", v.words.T("staff.day.past"))
	}
	return day
}

// exemptionFormPage is the form for an exemption.
type exemptionFormPage struct {
	caseHead
	bearer
	Grounds           []web.Option
	Ground            staff.Ground
	Text              string
	Letters           []web.Option
	Months            int
	Address           []string
	Envelope          string // the name on it, where another address is written
	Street, Zip, City string
	Problems          web.Problems
}

// months are the choices of how far back unread letters are printed.
var months = []int{0, 1, 3, staff.Oldest}

func (p *Portal) exemptionForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showExemptionForm(w, r, v, http.StatusOK, exemptionFormPage{Months: 3})
}

func (p *Portal) showExemptionForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form exemptionFormPage) error {
	s, err := p.sight(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	form.caseHead, form.Address = p.head(v, s), s.Address.Lines()
	english := web.LangOf(r) == web.English
	for _, g := range staff.Grounds {
		form.Grounds = append(form.Grounds, web.Option{Value: string(g), Text: g.Text(english), Selected: g == form.Ground})
	}
	for _, n := range months {
		text := v.words.T("staff.letters.none")
		if n > 0 {
			text = v.words.T("staff.letters." + strconv.Itoa(n))
		}
		form.Letters = append(form.Letters, web.Option{Value: strconv.Itoa(n), Text: text, Selected: n == form.Months})
	}
	form.options(v)
	return p.show(w, r, status, "exemption", web.View{Title: v.words.T("staff.exempt.h"), Form: true, Failed: len(form.Problems) > 0}, form)
}

func (p *Portal) applyExemption(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := web.ID(r, "case")
	if err != nil {
		return err
	}
	form := exemptionFormPage{Ground: staff.Ground(r.PostFormValue("grund")), Text: r.PostFormValue("uddybning"),
		Street: tidy(r.PostFormValue("vej")), Zip: tidy(r.PostFormValue("postnummer")), City: tidy(r.PostFormValue("by")), Envelope: tidy(r.PostFormValue("modtager"))}
	form.Months, _ = strconv.Atoi(r.PostFormValue("breve"))
	form.bearer.read(r, v, &form.Problems)
	f := staff.ForExempt{Ground: form.Ground, Text: form.Text, Bearer: form.Bearer}
	if form.Months > 0 {
		f.Since = post.StartOfDay(post.Today(v.now).AddDate(0, -form.Months, 0).Date()).UTC()
	}
	switch whole := form.Street != "" && form.Zip != "" && form.City != ""; {
	case whole:
		f.ToName, f.ToAddress = form.Envelope, []string{form.Street, form.Zip + " " + form.City}
	case form.Street+form.Zip+form.City+form.Envelope != "":
		form.Problems.Add("vej", v.words.T("staff.address.half"))
	}
	if len(form.Problems) > 0 {
		return p.showExemptionForm(w, r, v, http.StatusUnprocessableEntity, form)
	}
	made, err := p.config.Staff.ApplyExemption(r.Context(), v.actor, one, f)
	switch errs.CodeOf(err) {
	case staff.CodeGround:
		form.Problems.Add("grund", v.words.T("staff.ground.missing"))
	case staff.CodeGroundText:
		form.Problems.Add("uddybning", v.words.T("staff.ground.text"))
	case staff.CodeSince:
		form.Problems.Add("breve", v.words.T("staff.letters.wrong"))
	case staff.CodeResidence:
		return p.done(w, r, "/sag/"+one.String(), v.words.T("staff.elsewhere"))
	case registry.CodeIsExempt:
		return p.done(w, r, "/sag/"+one.String(), v.words.T("staff.exempt.already"))
	default:
		if err == nil {
			http.Redirect(w, r, "/sag/"+one.String()+"/ansoegning/"+made.ID.String(), http.StatusSeeOther)
			return nil
		}
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	return p.showExemptionForm(w, r, v, http.StatusUnprocessableEntity, form)
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// applicationPage is an application on its way.
type applicationPage struct {
	caseHead
	Here      string // its address
	Title     string
	Status    string
	Badge     string
	Facts     [][2]string
	Open      bool
	Signed    bool
	Scan      string
	FourEyes  bool
	MayDecide bool
	Approved  bool
	Decided   bool // there is a decision to print
	Approve   string
	Version   int64
	Why       string // what was typed for a refusal
	Problems  web.Problems
}

func (p *Portal) application(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showApplication(w, r, v, http.StatusOK, "", nil)
}

func (p *Portal) showApplication(w http.ResponseWriter, r *http.Request, v *visit, status int, why string, problems web.Problems) error {
	s, err := p.sight(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	_, a, err := p.theApplication(r, v)
	if err != nil {
		return err
	}
	page := applicationPage{caseHead: p.head(v, s), Status: applicationStatus(v, a), Badge: applicationBadges[a.State], Open: a.State == staff.Opened, Signed: a.Signed, Scan: a.Scan,
		FourEyes: a.FourEyes(), Version: a.Version, Why: why, Problems: problems}
	page.Here = page.Case + "/ansoegning/" + a.ID.String()
	page.MayDecide = !a.FourEyes() || !a.Mine
	page.Approved, page.Decided = a.State == staff.Approved, a.Kind == staff.Exemption && a.State != staff.Opened
	page.Title, page.Approve = v.words.T("staff.kind."+string(a.Kind)), v.words.T("staff.approve."+string(a.Kind))
	page.Facts = p.facts(r, v, a)
	return p.show(w, r, status, "application", web.View{Title: page.Title, Failed: len(problems) > 0}, page)
}

func (p *Portal) facts(r *http.Request, v *visit, a staff.Application) [][2]string {
	var facts [][2]string
	add := func(key, value string) { facts = append(facts, [2]string{v.words.T(key), value}) }
	if a.Kind == staff.ForOther {
		add("staff.fact.owner", a.Name)
		add("staff.fact.helper", a.OtherName)
		add("staff.fact.right", v.words.T("staff.right."+map[bool]string{false: "reader", true: "writer"}[a.Write]))
		ends := v.words.T("staff.never")
		if !a.Until.IsZero() {
			ends = v.words.T("staff.until", v.words.Date(post.LastDay(a.Until)))
		}
		add("staff.fact.until", ends)
	} else {
		add("staff.fact.citizen", a.Name)
		add("staff.fact.ground", a.Ground.Text(web.LangOf(r) == web.English))
		if a.Text != "" {
			add("staff.fact.text", a.Text)
		}
		letters := v.words.T("staff.letters.none")
		if !a.Since.IsZero() {
			letters = v.words.T("staff.letters.since", v.words.Date(a.Since))
		}
		add("staff.fact.letters", letters)
		if len(a.ToAddress) > 0 {
			add("staff.fact.address", strings.Join(a.ToAddress, ", "))
		}
	}
	if a.Proxy {
		add("staff.fact.bearer", a.Bearer)
	}
	add("staff.fact.made", v.words.T("staff.made", v.words.Moment(a.Made, v.now), a.MadeName))
	if a.State == staff.Declined {
		add("staff.fact.why", a.Reason)
	}
	return facts
}

// maxForm is as much of the form with a scan as is read: what is too large for us is
// read to its end, so that the page can say so.
const maxForm = 40_000_000

func (p *Portal) attach(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, a, err := p.theApplication(r, v)
	if err != nil {
		if over, err := p.over(w, r, v, err); over {
			return err
		}
		return err
	}
	web.AllowBody(w, r, maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return errs.New(errs.KindInvalid, "form.unreadable", "not a form with files")
	}
	err = errs.Invalid(staff.CodeScanEmpty, "fil", "no file")
	for {
		part, end := parts.NextPart()
		if errors.Is(end, io.EOF) {
			break
		}
		if end != nil {
			return errs.Wrap(end, errs.KindInvalid, "form.unreadable")
		}
		if part.FormName() == "fil" && part.FileName() != "" {
			if err = p.config.Staff.Attach(r.Context(), v.actor, one, a.ID, part.FileName(), part); err == nil {
				break
			}
		}
		io.Copy(io.Discard, part) //nolint:errcheck // the next part says so
	}
	var problems web.Problems
	switch errs.CodeOf(err) {
	case staff.CodeScanEmpty:
		problems.Add("fil", v.words.T("staff.scan.empty"))
	case staff.CodeScanSize:
		problems.Add("fil", v.words.T("staff.scan.size"))
	case staff.CodeScanType:
		problems.Add("fil", v.words.T("staff.scan.type"))
	default:
		if err != nil {
			return err
		}
		return p.done(w, r, "/sag/"+one.String()+"/ansoegning/"+a.ID.String(), v.words.T("staff.scan.done"))
	}
	return p.showApplication(w, r, v, http.StatusUnprocessableEntity, "", problems)
}

// scanned is the signed form, never shown on this origin: somebody else made it.
func (p *Portal) scanned(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, a, err := p.theApplication(r, v)
	if err != nil {
		return err
	}
	name, kind, content, err := p.config.Staff.Scanned(r.Context(), v.actor, one, a.ID)
	if err != nil {
		return err
	}
	defer content.Close()
	web.Download(w, r, name, kind, content)
	return nil
}

// paper is the form to sign, or the decision, as PDF in one of the languages.
func (p *Portal) paper(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, a, err := p.theApplication(r, v)
	if err != nil {
		return err
	}
	write := p.config.Staff.Form
	file := r.PathValue("file")
	switch file {
	case "blanket-da.pdf", "blanket-en.pdf":
	case "afgoerelse-da.pdf", "afgoerelse-en.pdf":
		write = p.config.Staff.Decision
	default:
		return errs.NotFound("page.unknown")
	}
	pdf, err := write(r.Context(), v.actor, one, a.ID, strings.HasSuffix(file, "-en.pdf"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", web.Disposition("inline", file))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(pdf))
	return nil
}

func (p *Portal) decide(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := web.ID(r, "case")
	if err != nil {
		return err
	}
	application, err := web.ID(r, "application")
	if err != nil {
		return err
	}
	approve, why := r.PostFormValue("svar") == "godkend", r.PostFormValue("hvorfor")
	if !approve && r.PostFormValue("svar") != "afslaa" {
		return errs.Invalid("application.answer", "svar", "the answer is godkend or afslaa")
	}
	here := "/sag/" + one.String() + "/ansoegning/" + application.String()
	a, err := p.config.Staff.Decide(r.Context(), v.actor, one, application, web.SeenVersion(r), approve, why)
	told := map[string]string{staff.CodeNotSigned: "staff.unsigned", staff.CodeFourEyes: "staff.four.eyes", staff.CodeDecided: "staff.decided.already", staff.CodeSelf: "staff.self",
		staff.CodeThere: "staff.there", staff.CodeHelper: "staff.helper.wrong", staff.CodeResidence: "staff.elsewhere", registry.CodeIsExempt: "staff.exempt.already", errs.CodeStale: "staff.stale"}
	switch code := errs.CodeOf(err); {
	case err == nil && approve:
		return p.done(w, r, here, v.words.T("staff.approved."+string(a.Kind)))
	case err == nil:
		return p.done(w, r, here, v.words.T("staff.declined"))
	case code == staff.CodeWhy:
		var problems web.Problems
		problems.Add("hvorfor", v.words.T("staff.why.missing"))
		return p.showApplication(w, r, v, http.StatusUnprocessableEntity, why, problems)
	case told[code] != "":
		return p.done(w, r, here, v.words.T(told[code]))
	}
	if over, err := p.over(w, r, v, err); over {
		return err
	}
	return err
}
