package citizen

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// accessRoutes enters "Læse- og skriveadgang": who reads whose post, the forms that
// give it and ask for it, what can be done with one (ACC-01 to ACC-15), and whose
// letters are hidden from all who help. It is the reader's own, whichever mailbox
// they are in, and companies' rights are elsewhere.
func (p *Portal) accessRoutes(on routes) {
	if p.company() {
		return
	}
	on.own("GET /adgang", p.accesses)
	on.own("GET /adgang/giv", p.accessForm(true))
	on.own("POST /adgang/giv", p.sendAccess(true))
	on.own("GET /adgang/bed-om", p.accessForm(false))
	on.own("POST /adgang/bed-om", p.sendAccess(false))
	on.own("GET /adgang/skjulte", p.hiddenSenders)
	on.own("POST /adgang/skjulte", p.hideSender)
	on.own("GET /adgang/{access}", p.access)
	on.own("POST /adgang/{access}", p.answerAccess)
	on.own("POST /adgang/{access}/kode", p.activateAccess)
	on.own("POST /adgang/{access}/ret", p.changeAccess)
	on.own("GET /adgang/{access}/fjern", p.askRemoveAccess)
	on.own("POST /adgang/{access}/fjern", p.removeAccess)
	on.letter("POST", "skjul", p.hideLetter)
}

// accessRow is one in a list, and on its own page.
type accessRow struct {
	Href, Name, Letters string
	About               string
	Status, Badge       string
}

// accessesPage is both lists.
type accessesPage struct {
	Waiting int64 // how many wait for the reader's answer
	Others  []accessRow
	Mine    []accessRow
	Hidden  []string // the senders that are hidden
}

func (p *Portal) accesses(w http.ResponseWriter, r *http.Request, v *visit) error {
	lists, err := p.config.Accesses.List(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	hidden, err := p.config.Mailboxes.HiddenSenders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	var page accessesPage
	for _, a := range lists.Others {
		page.Others = append(page.Others, accessRowOf(v, a))
	}
	for _, a := range lists.Mine {
		page.Mine = append(page.Mine, accessRowOf(v, a))
	}
	for _, a := range append(lists.Others, lists.Mine...) {
		if a.Awaits() {
			page.Waiting++
		}
	}
	for _, s := range hidden {
		page.Hidden = append(page.Hidden, s.Name)
	}
	return p.show(w, r, v, http.StatusOK, "accesses", web.View{Title: v.words.T("access"), Wide: true, Tab: "menu"}, page)
}

func accessRowOf(v *visit, a delegation.Access) accessRow {
	row := accessRow{Href: "/adgang/" + a.ID.String(), Name: a.Name, Letters: web.Initials(a.Name)}
	row.Status, row.Badge = accessStatus(v, a)
	row.About = strings.Join(accessAbout(v, a), " · ")
	return row
}

// accessStatus is how it stands, in the words of ACC-03.
func accessStatus(v *visit, a delegation.Access) (text, badge string) {
	switch {
	case a.Awaits():
		return v.words.T("access.status.yours"), "badge-warning"
	case a.Status == delegation.Asked:
		return v.words.T("access.status.asked"), "badge-info"
	case a.Status == delegation.Active && a.Relation == access.Writer:
		return v.words.T("access.status.write"), "badge-success"
	case a.Status == delegation.Active:
		return v.words.T("access.status.read"), "badge-success"
	case a.Status == delegation.Declined:
		return v.words.T("access.status.declined"), ""
	}
	return v.words.T("access.status.expired"), ""
}

// accessKind is what an access is called, in the middle of a sentence.
func accessKind(v *visit, a delegation.Access) string {
	switch a.Relation {
	case access.Writer:
		return v.words.T("access.kind.write")
	case access.SenderReader:
		return v.words.T("access.kind.senders")
	case access.PrivateReader:
		return v.words.T("access.kind.private")
	}
	return v.words.T("access.kind.read")
}

// accessAbout says in a few words what it is and how long it holds.
func accessAbout(v *visit, a delegation.Access) []string {
	until := v.words.T("access.never")
	if day := a.LastDay(); !day.IsZero() {
		until = v.words.T("access.to", v.words.Date(day))
	}
	var about []string
	switch {
	case a.Request && a.Status == delegation.Asked && a.Asker == a.Owner && a.Awaits():
		about = []string{v.words.T("access.offers", accessKind(v, a)), until}
	case a.Request && a.Status == delegation.Asked && a.Awaits():
		about = []string{v.words.T("access.asks", accessKind(v, a)), until}
	case a.Request && a.Status == delegation.Asked:
		about = []string{v.words.T("access.sent", v.words.Date(a.Created)), accessKind(v, a), until}
	case a.Request:
		return []string{v.words.T("access.sent", v.words.Date(a.Created))}
	case a.Status == delegation.Expired:
		return []string{v.words.T("access.expired", v.words.Date(a.LastDay()))}
	case a.Mine():
		if about = []string{v.words.T("access.holds.never")}; !a.Expires.IsZero() {
			about = []string{v.words.T("access.holds", v.words.Date(a.LastDay()))}
		}
	default:
		about = []string{v.words.T("access.given", v.words.Date(a.Created)), until}
	}
	if !a.Request && a.Relation == access.SenderReader {
		about = append(about, v.words.T("access.some"))
	}
	if !a.Request && a.Relation == access.PrivateReader {
		about = append(about, v.words.T("access.private"))
	}
	if !a.Request && a.ByStaff {
		about = append(about, v.words.T("access.staff"))
	}
	if !a.Request && !a.Mine() {
		about = append(about, accessUsed(v, a))
	}
	return about
}

// accessUsed is when it was last used, for its owner.
func accessUsed(v *visit, a delegation.Access) string {
	if a.Used.IsZero() {
		return v.words.T("access.unused")
	}
	return v.words.T("access.used", v.words.Short(a.Used, v.now))
}

// accessFormPage is the form that gives access or asks for it, with what was typed;
// the CPR number is not kept.
type accessFormPage struct {
	Action  string
	Gives   bool
	Some    bool // chosen senders' post only (ACC-15)
	With    string
	Name    string // of the one with whom there is or was an access
	Kinds   []web.Option
	First   string
	Last    string
	Never   bool
	Day     web.Date
	Senders []web.Option
	Code    string

	Problems web.Problems
}

// Values of the form's choices.
const (
	kindRead  = "laes"
	kindWrite = "skriv"
	never     = "aldrig"
)

func (p *Portal) accessForm(gives bool) ownPage {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		form := accessFormPage{Gives: gives, Some: gives && r.URL.Query().Get("post") == "udvalgt", With: r.URL.Query().Get("med")}
		return p.showAccessForm(w, r, v, http.StatusOK, form, kindRead, nil)
	}
}

// showAccessForm draws the form; senders are those that are ticked.
func (p *Portal) showAccessForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form accessFormPage, kind string, senders []string) error {
	title := v.words.T("access.ask")
	form.Action = "/adgang/bed-om"
	if form.Gives {
		title, form.Action = v.words.T("access.give"), "/adgang/giv"
	}
	if form.With != "" {
		with, err := post.ParseUUID(form.With)
		if err != nil {
			return errs.NotFound("page.unknown")
		}
		a, err := p.config.Accesses.Get(r.Context(), v.actor, v.box.UUID, with)
		if err != nil {
			return err
		}
		form.Name = a.Name
	}
	about := []string{v.words.T("access.read.theirs"), v.words.T("access.write.theirs")}
	if form.Gives {
		about = []string{v.words.T("access.read.yours"), v.words.T("access.write.yours")}
	}
	form.Kinds = []web.Option{
		{Value: kindRead, Text: v.words.T("access.read"), About: about[0], Selected: kind != kindWrite},
		{Value: kindWrite, Text: v.words.T("access.write"), About: about[1], Selected: kind == kindWrite},
	}
	if form.Some {
		all, err := p.config.Mailboxes.Senders(r.Context(), v.actor, v.box.UUID)
		if err != nil {
			return err
		}
		form.Senders = senderOptions(all, func(id string) bool { return slices.Contains(senders, id) })
		if form.Code == "" {
			form.Code = delegation.NewCode()
		}
	}
	return p.show(w, r, v, status, "access.form", web.View{Title: title, Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
}

// senderOptions are senders to choose among, in Danish order.
func senderOptions(all []mailbox.SenderCount, chosen func(id string) bool) []web.Option {
	var options []web.Option
	for _, s := range all {
		if s.Sender.Kind == post.Organisation {
			options = append(options, web.Option{Value: s.Sender.UUID.String(), Text: s.Sender.Name, Selected: chosen(s.Sender.UUID.String())})
		}
	}
	registry.SortDanish(options, func(o web.Option) string { return o.Text })
	return options
}

func (p *Portal) sendAccess(gives bool) ownPage {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		form := accessFormPage{Gives: gives, Some: gives && r.PostFormValue("post") == "udvalgt", With: r.PostFormValue("med"),
			First: r.PostFormValue("fornavn"), Last: r.PostFormValue("efternavn"), Never: r.PostFormValue("hvorlaenge") == never, Day: web.DateForm(r, "dag"), Code: r.PostFormValue("kode")}
		kind, senders := r.PostFormValue("adgang"), r.PostForm["afsender"]
		terms := form.terms(v, r.PostFormValue("cpr"), kind, senders)
		if len(form.Problems) > 0 {
			return p.showAccessForm(w, r, v, http.StatusUnprocessableEntity, form, kind, senders)
		}
		send := p.config.Accesses.Ask
		if gives {
			send = p.config.Accesses.Give
		}
		made, err := send(r.Context(), v.actor, v.box.UUID, terms)
		if err != nil {
			status, known := form.refused(v, err)
			if !known {
				return err
			}
			return p.showAccessForm(w, r, v, status, form, kind, senders)
		}
		if made.Code {
			return p.done(w, r, "/adgang", v.words.T("access.sent.code", made.Name), nil)
		}
		return p.done(w, r, "/adgang", v.words.T("access.sent.said", made.Name), nil)
	}
}

// terms are what the form says; what is wrong with it is noted.
func (f *accessFormPage) terms(v *visit, cpr, kind string, senders []string) delegation.Terms {
	wrong := func(field, key string) { f.Problems.Add(field, v.words.T(key)) }
	t := delegation.Terms{FirstName: f.First, LastName: f.Last, Relation: access.Reader}
	if kind == kindWrite {
		t.Relation = access.Writer
	}
	if f.Some {
		t.Relation, t.Code = access.SenderReader, f.Code
		for _, s := range senders {
			if id, err := post.ParseUUID(s); err == nil {
				t.Senders = append(t.Senders, id)
			}
		}
		if len(t.Senders) == 0 {
			wrong("afsender", "access.senders.missing")
		}
	}
	var err error
	if f.With != "" {
		if t.With, err = post.ParseUUID(f.With); err != nil {
			wrong("adgang", "access.with.gone")
		}
	} else {
		if strings.TrimSpace(f.First) == "" {
			wrong("fornavn", "trustees.first.missing")
		}
		if strings.TrimSpace(f.Last) == "" {
			wrong("efternavn", "trustees.last.missing")
		}
		if t.CPR, err = post.ParseCPR(digitsOf(cpr)); err != nil {
			wrong("cpr", "trustees.cpr.wrong")
		}
	}
	t.LastDay = f.lastDay(v)
	return t
}

// lastDay is the last day that the form says, the zero time for never.
func (f *accessFormPage) lastDay(v *visit) time.Time {
	if f.Never {
		return time.Time{}
	}
	day, there := f.Day.Time()
	switch {
	case f.Day.Empty():
		f.Problems.Add("dag-dag", v.words.T("access.day.missing"))
	case !there:
		f.Problems.Add("dag-dag", v.words.T("problem.date"))
	case post.Today(day).Before(post.Today(v.now)):
		f.Problems.Add("dag-dag", v.words.T("trustees.day.past"))
	}
	return day
}

// lookupRefused is what is said where a name and a number find nobody, or too often
// nobody; "" for another error.
func lookupRefused(v *visit, err error) (text string, status int) {
	e := (*errs.Error)(nil)
	errors.As(err, &e)
	switch errs.CodeOf(err) {
	case registry.CodeNameMismatch:
		return v.words.T("trustees.mismatch"), http.StatusUnprocessableEntity
	case registry.CodeTooManyAsked:
		return v.words.T("trustees.enough"), http.StatusTooManyRequests
	case registry.CodeTooManyTries:
		return v.words.N("trustees.slow", int64(math.Ceil(e.Wait.Minutes()))), http.StatusTooManyRequests
	}
	return "", 0
}

// refused notes what the capability said; false where that is no matter of the form.
func (f *accessFormPage) refused(v *visit, err error) (status int, known bool) {
	whom := "cpr"
	if f.With != "" {
		whom = "adgang"
	}
	if text, status := lookupRefused(v, err); text != "" {
		f.Problems.Add(whom, text)
		return status, true
	}
	field, key := whom, ""
	switch errs.CodeOf(err) {
	case delegation.CodeYourself:
		key = "access.yourself"
	case delegation.CodeThere:
		key = "access.there"
	case delegation.CodePending:
		key = "access.pending"
	case delegation.CodeLastDay:
		field, key = "dag-dag", "trustees.day.past"
	case delegation.CodeShortCode:
		field, key = "kode", "access.code.short"
	case delegation.CodeSenders:
		field, key = "afsender", "access.senders.missing"
	case delegation.ErrUnknown.Code:
		key = "access.with.gone"
	default:
		return 0, false
	}
	f.Problems.Add(field, v.words.T(key))
	return http.StatusUnprocessableEntity, true
}

// accessPage is one, from either side.
type accessPage struct {
	accessRow
	Says    string
	Kind    string
	Since   string
	SinceDT string
	Until   string
	Used    string
	Senders []string
	Version int64

	Answers bool // the reader is asked
	Code    bool // with a code
	Takes   bool // the reader may take it back
	Changes bool // the reader gave it
	Removes bool
	Again   string // the form that gives it or asks for it anew, "" where it cannot be
	AgainIs string // what that is called
	Box     string // the mailbox that it is to, "" where it is not open

	Form accessFormPage // of changing it
}

// theAccess is the one in the path.
func (p *Portal) theAccess(r *http.Request, v *visit) (delegation.Access, error) {
	which, err := web.ID(r, "access")
	if err != nil {
		return delegation.Access{}, err
	}
	return p.config.Accesses.Get(r.Context(), v.actor, v.box.UUID, which)
}

func (p *Portal) access(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := p.theAccess(r, v)
	if err != nil {
		return err
	}
	if a.Request && a.Status == delegation.Active { // what became of it
		http.Redirect(w, r, "/adgang/"+a.Right.String(), http.StatusSeeOther)
		return nil
	}
	if a.Status == delegation.Revoked {
		http.Redirect(w, r, "/adgang", http.StatusSeeOther)
		return nil
	}
	form := accessFormPage{Never: a.Expires.IsZero(), Day: web.DateOf(a.LastDay())}
	kind := kindRead
	if a.Relation == access.Writer {
		kind = kindWrite
	}
	return p.showAccess(w, r, v, http.StatusOK, a, form, kind, nil)
}

func (p *Portal) showAccess(w http.ResponseWriter, r *http.Request, v *visit, status int, a delegation.Access, form accessFormPage, kind string, senders []string) error {
	page := accessPage{accessRow: accessRowOf(v, a), Kind: capital(accessKind(v, a)), Since: v.words.Long(a.Created, v.now), SinceDT: v.words.T("access.dt.sent"), Version: a.Version, Form: form}
	page.Until = v.words.T("access.dt.never")
	if day := a.LastDay(); !day.IsZero() {
		page.Until = v.words.T("access.dt.to", v.words.Date(day))
	}
	for _, s := range a.Senders {
		page.Senders = append(page.Senders, s.Name)
	}
	if !a.Request {
		page.SinceDT = v.words.T("access.dt.given")
		if a.ByStaff {
			page.Since += ", " + v.words.T("access.staff")
		}
	}
	switch {
	case a.Awaits():
		page.Answers, page.Code = true, a.Code
	case a.Request && a.Status == delegation.Asked:
		page.Takes = true
	case a.Request:
		page.Removes = true
		if a.Asker == a.Mailbox {
			page.again(v, a)
		}
	case a.Status == delegation.Expired:
		page.Removes = true
		page.again(v, a)
	case a.Mine():
		page.Removes = true
		page.again(v, a)
		boxes, err := p.config.Mailboxes.List(r.Context(), v.actor)
		if err != nil {
			return err
		}
		for _, b := range boxes {
			if b.ID == a.Owner {
				page.Box = under + b.UUID.String() + "/post"
			}
		}
	default:
		page.Removes, page.Changes, page.Used = true, true, capital(accessUsed(v, a))
		page.Form.Some = a.Relation == access.SenderReader
		if page.Form.Some {
			all, err := p.config.Mailboxes.Senders(r.Context(), v.actor, v.box.UUID)
			if err != nil {
				return err
			}
			page.Form.Senders = senderOptions(all, func(id string) bool {
				return slices.Contains(senders, id) || senders == nil && slices.ContainsFunc(a.Senders, func(s registry.Party) bool { return s.UUID.String() == id })
			})
		} else if a.Relation != access.PrivateReader {
			page.Form.Kinds = []web.Option{{Value: kindRead, Text: v.words.T("access.read"), Selected: kind != kindWrite}, {Value: kindWrite, Text: v.words.T("access.write"), Selected: kind == kindWrite}}
		}
	}
	page.Says = accessSays(v, a)
	return p.show(w, r, v, status, "access", web.View{Title: a.Name, Form: true, Tab: "menu", Failed: len(form.Problems) > 0}, page)
}

// again leads to the form that gives it anew, or asks for it or for more.
func (page *accessPage) again(v *visit, a delegation.Access) {
	q := url.Values{"med": {a.ID.String()}}
	switch {
	case a.Relation == access.PrivateReader || a.Mine() && a.Relation == access.SenderReader:
		return
	case a.Mine():
		page.Again, page.AgainIs = address("/adgang/bed-om", q), v.words.T("access.again.ask")
		if a.Status == delegation.Active {
			page.AgainIs = v.words.T("access.again.more")
		}
	default:
		if a.Relation == access.SenderReader {
			q.Set("post", "udvalgt")
		}
		page.Again, page.AgainIs = address("/adgang/giv", q), v.words.T("access.again.give")
	}
}

// accessSays tells what it means for the reader.
func accessSays(v *visit, a delegation.Access) string {
	offer := a.Asker == a.Owner
	switch {
	case a.Awaits() && a.Code:
		return v.words.T("access.says.code", a.Name, a.Name)
	case a.Awaits() && offer:
		return v.words.T("access.says.offer", a.Name)
	case a.Awaits():
		return v.words.T("access.says.wish", a.Name)
	case a.Request && a.Status == delegation.Asked && a.Code:
		return v.words.T("access.says.code.sent", a.Name)
	case a.Request && a.Status == delegation.Asked:
		return v.words.T("access.sent.said", a.Name)
	case a.Request && a.Status == delegation.Declined && a.Asker == a.Mailbox:
		return v.words.T("access.says.declined", a.Name)
	case a.Request && a.Status == delegation.Declined:
		return v.words.T("access.says.you.declined")
	case a.Request:
		return v.words.T("access.says.late")
	case a.Status == delegation.Expired && a.Mine():
		return v.words.T("access.says.over.mine", v.words.Genitive(a.Name))
	case a.Status == delegation.Expired:
		return v.words.T("access.says.over", a.Name)
	case a.Mine():
		return v.words.T("access.says.mine", v.words.Genitive(a.Name))
	}
	return v.words.T("access.says.others", a.Name)
}

func (p *Portal) answerAccess(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := p.theAccess(r, v)
	if err != nil {
		return err
	}
	approve := r.PostFormValue("svar") == "godkend"
	if !approve && r.PostFormValue("svar") != "afvis" {
		return errs.Invalid("access.answer", "svar", "the answer is godkend or afvis")
	}
	done, err := p.config.Accesses.Answer(r.Context(), v.actor, v.box.UUID, a.ID, web.SeenVersion(r), approve)
	if err != nil {
		return err
	}
	return p.done(w, r, "/adgang", answered(v, done), nil)
}

// answered says what an answer has done.
func answered(v *visit, a delegation.Access) string {
	switch {
	case a.Status != delegation.Active:
		return v.words.T("access.declined.said")
	case a.Mine():
		return v.words.T("access.approved.mine", v.words.Genitive(a.Name))
	}
	return v.words.T("access.approved.others", a.Name)
}

// activateAccess takes up an offer with the code that its owner has told (ACC-15).
func (p *Portal) activateAccess(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := p.theAccess(r, v)
	if err != nil {
		return err
	}
	done, err := p.config.Accesses.Activate(r.Context(), v.actor, v.box.UUID, a.ID, r.PostFormValue("kode"))
	var form accessFormPage
	switch errs.CodeOf(err) {
	case delegation.CodeWrongCode:
		form.Problems.Add("kode", v.words.T("access.code.wrong"))
	case delegation.CodeSpent:
		return p.done(w, r, "/adgang", v.words.T("access.code.spent", a.Name), nil)
	default:
		if err != nil {
			return err
		}
		return p.done(w, r, "/adgang", answered(v, done), nil)
	}
	return p.showAccess(w, r, v, http.StatusUnprocessableEntity, a, form, "", nil)
}

// changeAccess gives less or more of one's own.
func (p *Portal) changeAccess(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := p.theAccess(r, v)
	if err != nil {
		return err
	}
	form := accessFormPage{Never: r.PostFormValue("hvorlaenge") == never, Day: web.DateForm(r, "dag")}
	kind, senders := r.PostFormValue("adgang"), r.PostForm["afsender"]
	c := delegation.Change{Forever: form.Never, LastDay: form.lastDay(v)}
	switch a.Relation {
	case access.SenderReader:
		for _, s := range senders {
			if id, err := post.ParseUUID(s); err == nil {
				c.Senders = append(c.Senders, id)
			}
		}
		if len(c.Senders) == 0 {
			form.Problems.Add("afsender", v.words.T("access.senders.missing"))
			senders = []string{}
		}
	case access.Reader, access.Writer:
		if c.Relation = access.Reader; kind == kindWrite {
			c.Relation = access.Writer
		}
	}
	if len(form.Problems) > 0 {
		return p.showAccess(w, r, v, http.StatusUnprocessableEntity, a, form, kind, senders)
	}
	if _, err := p.config.Accesses.Change(r.Context(), v.actor, v.box.UUID, a.ID, web.SeenVersion(r), c); err != nil {
		return err
	}
	return p.done(w, r, "/adgang", v.words.T("access.changed.said", a.Name), nil)
}

func (p *Portal) askRemoveAccess(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := p.theAccess(r, v)
	if err != nil {
		return err
	}
	page := web.Confirm{Action: "/adgang/" + a.ID.String() + "/fjern", Hidden: []web.Hidden{{Name: "version", Value: strconv.FormatInt(a.Version, 10)}},
		Back: "/adgang/" + a.ID.String(), Heading: v.words.T("access.remove.h"), Yes: v.words.T("access.remove"), No: v.words.T("access.keep")}
	switch {
	case a.Request && a.Status == delegation.Asked:
		page.Heading, page.Yes, page.No = v.words.T("access.takeback.h"), v.words.T("access.takeback"), v.words.T("access.takeback.no")
		page.Text = []string{v.words.T("access.takeback.p", a.Name)}
	case a.Request, a.Status != delegation.Active:
		page.Heading, page.Yes, page.No = v.words.T("access.off.h"), v.words.T("access.off"), v.words.T("access.off.no")
		page.Text = []string{v.words.T("access.off.p")}
	case a.Mine():
		page.Text = []string{v.words.T("access.remove.mine", v.words.Genitive(a.Name))}
	default:
		page.Text = []string{v.words.T("access.remove.others", a.Name)}
	}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: page.Heading, Form: true, Tab: "none"}, page)
}

func (p *Portal) removeAccess(w http.ResponseWriter, r *http.Request, v *visit) error {
	a, err := p.theAccess(r, v)
	if err == nil {
		_, err = p.config.Accesses.Remove(r.Context(), v.actor, v.box.UUID, a.ID, web.SeenVersion(r))
	}
	switch {
	case err != nil && errs.KindOf(err) == errs.KindNotFound: // the other side was quicker: it is as the reader wants it
		return p.done(w, r, "/adgang", v.words.T("access.gone.said"), nil)
	case err != nil:
		return err
	case a.Request && a.Status == delegation.Asked:
		return p.done(w, r, "/adgang", v.words.T("access.takeback.said"), nil)
	case a.Request || a.Status != delegation.Active:
		return p.done(w, r, "/adgang", v.words.T("access.off.said"), nil)
	case a.Mine():
		return p.done(w, r, "/adgang", v.words.T("access.removed.mine", v.words.Genitive(a.Name)), nil)
	}
	return p.done(w, r, "/adgang", v.words.T("access.removed.others", a.Name), nil)
}

// hiddenPage is the senders whose letters those with access do not see.
type hiddenPage struct {
	Hidden  []web.Option
	Senders []web.Option // that can be hidden
	Problem web.Problems
}

func (p *Portal) hiddenSenders(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showHidden(w, r, v, http.StatusOK, nil)
}

func (p *Portal) showHidden(w http.ResponseWriter, r *http.Request, v *visit, status int, problems web.Problems) error {
	hidden, err := p.config.Mailboxes.HiddenSenders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	all, err := p.config.Mailboxes.Senders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	page := hiddenPage{Problem: problems}
	for _, s := range hidden {
		page.Hidden = append(page.Hidden, web.Option{Value: s.UUID.String(), Text: s.Name})
	}
	for _, o := range senderOptions(all, func(string) bool { return false }) {
		if !slices.ContainsFunc(hidden, func(s registry.Party) bool { return s.UUID.String() == o.Value }) {
			page.Senders = append(page.Senders, o)
		}
	}
	return p.show(w, r, v, status, "access.hidden", web.View{Title: v.words.T("access.hidden.h"), Form: true, Tab: "none", Failed: len(problems) > 0}, page)
}

func (p *Portal) hideSender(w http.ResponseWriter, r *http.Request, v *visit) error {
	sender, err := post.ParseUUID(r.PostFormValue("afsender"))
	if err != nil {
		var problems web.Problems
		problems.Add("afsender", v.words.T("access.hidden.missing"))
		return p.showHidden(w, r, v, http.StatusUnprocessableEntity, problems)
	}
	hide := r.PostFormValue("vis") == ""
	if err := p.config.Mailboxes.HideSender(r.Context(), v.actor, v.box.UUID, sender, hide); err != nil {
		return err
	}
	text := "access.hidden.shown"
	if hide {
		text = "access.hidden.said"
	}
	return p.done(w, r, "/adgang/skjulte", v.words.T(text), nil)
}

// hideLetter hides one letter from all who help its owner, or shows it again.
func (p *Portal) hideLetter(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	hide := r.PostFormValue("vis") == ""
	if _, err := p.config.Mailboxes.Patch(r.Context(), v.actor, v.box.UUID, message, 0, mailbox.Change{Hide: &hide}); err != nil {
		return err
	}
	text, undo := "letter.shown.said", map[string]string{}
	if hide {
		text, undo = "letter.hidden.said", map[string]string{"vis": "1"}
	}
	undo["tilbage"] = back(r, "/post/"+message.String())
	return p.done(w, r, undo["tilbage"], v.words.T(text), &web.Undo{Action: "/post/" + message.String() + "/skjul", Fields: undo})
}

// waiting is how many requests of access wait for the reader, in their own mailbox.
func (p *Portal) waiting(r *http.Request, v *visit) (int64, error) {
	if p.company() || !v.own() {
		return 0, nil
	}
	n, err := p.config.Accesses.Waiting(r.Context(), v.actor, v.box.UUID)
	return int64(n), err
}
