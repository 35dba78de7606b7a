package citizen

import (
	"net/http"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/web"
)

// teamRoutes enters what makes a company's mailbox shared work (SYS-04, ORG-01): what
// is done about a letter together, and the rules that file new ones.
func (p *Portal) teamRoutes(on routes) {
	on.letter("GET", "tildel", p.assignForm)
	on.letter("POST", "tildel", p.assign)
	on.letter("POST", "status", p.setStatus)
	on.letter("GET", "frist", p.dueForm)
	on.letter("POST", "frist", p.setDue)
	on.letter("POST", "kommentar", p.comment)
	on.letter("POST", "kommentar-fjern", p.uncomment)
	p.ruleRoutes(on)
}

// shared tells that the mailbox is a company's and the reader of the company.
func (v *visit) shared() bool {
	return v.box.Owner.Kind == post.Organisation && v.may(access.CommentSee)
}

// jobs are the filters of a company's lists, by their word in the address.
var teamFilters = []struct {
	key, text string
	filter    teamwork.Filter
}{
	{"", "team.all", teamwork.Filter{}},
	{"mig", "team.mine", teamwork.Filter{Mine: true}},
	{"ingen", "team.nobody", teamwork.Filter{Unassigned: true}},
	{"ulaest-for-mig", "team.unopened", teamwork.Filter{Unopened: true}},
	{"ny", "team.status.NEW", teamwork.Filter{Status: teamwork.Fresh}},
	{"i-gang", "team.status.IN_PROGRESS", teamwork.Filter{Status: teamwork.InProgress}},
	{"klaret", "team.status.DONE", teamwork.Filter{Status: teamwork.Done}},
}

// teamFilter is the filter of a word in an address.
func teamFilter(key string) (f teamwork.Filter, known bool) {
	for _, t := range teamFilters {
		if t.key == key {
			return t.filter, true
		}
	}
	return f, false
}

// chips are the filters as links above a list, nil where there are none.
func (v *visit) chips(at listing) []web.Option {
	if !v.shared() {
		return nil
	}
	var all []web.Option
	for _, t := range teamFilters {
		to := at.top()
		to.team = t.key
		all = append(all, web.Option{Value: to.href(), Text: v.words.T(t.text), Selected: t.key == at.team})
	}
	return all
}

// messages lists letters, those of a company by how it works with them, and finds out
// how it works with each.
func (p *Portal) messages(r *http.Request, v *visit, at listing) (mailbox.Page, error) {
	if !v.shared() {
		if at.team != "" {
			return mailbox.Page{}, errs.NotFound("page.unknown")
		}
		return p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, at.query())
	}
	filter, _ := teamFilter(at.team)
	page, err := p.config.Team.Messages(r.Context(), v.actor, v.box.UUID, at.query(), filter)
	if err != nil {
		return page, err
	}
	return page, p.works(r, v, page.Messages)
}

// works finds out how a company works with letters, for their rows.
func (p *Portal) works(r *http.Request, v *visit, messages []mailbox.Message) (err error) {
	if v.shared() {
		v.works, err = p.config.Team.Works(r.Context(), v.actor, v.box.UUID, messages)
	}
	return err
}

// teamRow is what a row of a list says of how a company works with a letter.
type teamRow struct {
	Assigned string // to whom, "" for nobody
	Lost     bool   // who may not read it any more
	Status   string // "" for new
	Done     bool
	Comments int64
	Unopened bool // others have opened it, the reader not
}

func (v *visit) teamRow(m mailbox.Message) *teamRow {
	w, there := v.works[m.ID]
	if !there || m.Unserved() {
		return nil
	}
	row := &teamRow{Assigned: w.Name, Lost: w.Lost, Comments: w.Comments, Done: w.Status == teamwork.Done, Unopened: m.Read && !w.Opened && m.State == mailbox.Received}
	if w.Status != teamwork.Fresh {
		row.Status = v.words.T("team.status." + string(w.Status))
	}
	if *row == (teamRow{}) {
		return nil
	}
	return row
}

// team is the part of a letter's page about how the company works with it.
type team struct {
	ID       string
	Back     string
	Version  int64
	Assigned string
	Lost     bool
	By       string // "Tildelt af Dorte 24. nov."
	Mine     bool
	Statuses []web.Option
	Due      string
	Said     []comment
	Readers  string // "Åbnet af Carl 24. nov., Dorte 25. nov."
	Rule     string // address of a new rule for its sender, "" for who makes none
	Problems web.Problems
	Text     string
}

type comment struct {
	ID, Name, Letters, When, Time, Text string
	Mine                                bool
}

// mostReaders is how many of those who opened a letter are named.
const mostReaders = 20

func (p *Portal) team(r *http.Request, v *visit, m mailbox.Message, back string) (*team, error) {
	if !v.shared() || m.State == mailbox.Draft {
		return nil, nil
	}
	l, err := p.config.Team.Letter(r.Context(), v.actor, v.box.UUID, m.ID)
	if kind := errs.KindOf(err); err != nil && (kind == errs.KindForbidden || kind == errs.KindNotFound) {
		return nil, nil // the reader may know the letter and not this
	}
	if err != nil {
		return nil, err
	}
	out := &team{ID: m.ID.String(), Back: back, Version: max(l.Version, 1), Assigned: l.Name, Lost: l.Lost, Mine: l.Assignee.Person == v.actor.Party && !l.Lost}
	switch {
	case l.Assignee.Person == 0:
	case l.AssignedBy == l.Name:
		out.By = v.words.T("team.by.self", v.words.Short(l.Assigned, v.now))
	case l.AssignedBy == "":
		out.By = v.words.T("team.by.rule", v.words.Short(l.Assigned, v.now))
	default:
		out.By = v.words.T("team.by", l.AssignedBy, v.words.Short(l.Assigned, v.now))
	}
	for _, s := range teamwork.Statuses {
		out.Statuses = append(out.Statuses, web.Option{Value: string(s), Text: v.words.T("team.status." + string(s)), Selected: s == l.Status})
	}
	if !l.Due.IsZero() {
		out.Due = v.words.Long(l.Due, v.now)
	}
	for _, c := range l.Said {
		out.Said = append(out.Said, comment{c.ID.String(), c.Name, web.Initials(c.Name), v.words.Moment(c.Created, v.now), stamp(c.Created), c.Text, c.Mine})
	}
	var names []string
	for i, o := range l.Readers {
		if i == mostReaders {
			names = append(names, v.words.N("team.readers.more", int64(len(l.Readers)-i)))
			break
		}
		names = append(names, v.words.T("team.reader", o.Name, v.words.Short(o.Opened, v.now)))
	}
	if len(names) > 0 {
		out.Readers = v.words.T("team.opened", strings.Join(names, ", "))
	}
	if m.State == mailbox.Received && v.may(access.FilingManage) {
		out.Rule = "/regler/ny?brev=" + m.ID.String()
	}
	return out, nil
}

// colleague finds the one colleague that somebody has written the name or the number
// of, as a list of suggestions writes it or by themselves.
func (p *Portal) colleague(r *http.Request, v *visit, message post.UUID, text string) (found teamwork.Colleague, problem string, err error) {
	text = strings.TrimSpace(text)
	if open := strings.LastIndex(text, "("); open > 0 && strings.HasSuffix(text, ")") {
		text = text[open+1 : len(text)-1]
	}
	if text == "" {
		return found, v.words.T("team.who.missing"), nil
	}
	all, err := p.config.Team.Colleagues(r.Context(), v.actor, v.box.UUID, message, text)
	switch {
	case err != nil:
		return found, "", err
	case len(all) == 0:
		return found, v.words.T("team.who.none"), nil
	case len(all) == 1:
		return all[0], "", nil
	}
	var names []string
	for _, c := range all[:min(5, len(all))] {
		if strings.EqualFold(c.Name, text) && found.Person == 0 {
			found = c
		} else if strings.EqualFold(c.Name, text) {
			found.Person = -1
		}
		names = append(names, colleagueText(c))
	}
	if found.Person > 0 {
		return found, "", nil
	}
	return teamwork.Colleague{}, v.words.T("team.who.many", strings.Join(names, ", ")), nil
}

// colleagueText is a colleague as a list of suggestions writes them.
func colleagueText(c teamwork.Colleague) string {
	if c.Number == "" {
		return c.Name
	}
	return c.Name + " (" + c.Number + ")"
}

// suggestions are colleagues to choose among, as far as there are few.
func (p *Portal) suggestions(r *http.Request, v *visit, message post.UUID) ([]web.Option, error) {
	all, err := p.config.Team.Colleagues(r.Context(), v.actor, v.box.UUID, message, "")
	var out []web.Option
	for _, c := range all {
		out = append(out, web.Option{Value: colleagueText(c), Text: c.Department})
	}
	return out, err
}

type assignPage struct {
	ID, Back, Subject string
	Version           int64
	Who               string
	Known             []web.Option
	Problems          web.Problems
}

func (p *Portal) assignForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.assignAgain(w, r, v, http.StatusOK, "", "")
}

func (p *Portal) assignAgain(w http.ResponseWriter, r *http.Request, v *visit, status int, who, problem string) error {
	l, err := p.lookAt(r, v)
	if err != nil {
		return err
	}
	page := assignPage{ID: l.Message.ID.String(), Subject: l.Message.Label, Who: who, Back: back(r, "/post/"+l.Message.ID.String())}
	if page.Known, err = p.suggestions(r, v, l.Message.ID); err != nil {
		return err
	}
	if problem != "" {
		page.Problems.Add("kollega", problem)
	}
	return p.show(w, r, v, status, "team.assign", web.View{Title: v.words.T("team.assign"), Form: true, Tab: "none", Failed: problem != ""}, page)
}

func (p *Portal) assign(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	var to rights.Holder
	text := v.words.T("team.unassigned")
	switch r.PostFormValue("til") {
	case "mig":
		to, text = teamwork.Myself(v.actor), v.words.T("team.assigned.me")
	case "ingen":
	default:
		c, problem, err := p.colleague(r, v, message, r.PostFormValue("kollega"))
		if err != nil {
			return err
		}
		if problem != "" {
			return p.assignAgain(w, r, v, http.StatusUnprocessableEntity, r.PostFormValue("kollega"), problem)
		}
		to, text = c.Holder, v.words.T("team.assigned", c.Name)
	}
	if _, err := p.config.Team.Assign(r.Context(), v.actor, v.box.UUID, message, 0, to); err != nil {
		return err
	}
	return p.done(w, r, back(r, "/post/"+message.String()), text, nil)
}

func (p *Portal) setStatus(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	status := teamwork.Status(r.PostFormValue("status"))
	before, err := p.config.Team.Letter(r.Context(), v.actor, v.box.UUID, message)
	if err != nil {
		return err
	}
	if _, err := p.config.Team.SetStatus(r.Context(), v.actor, v.box.UUID, message, 0, status); err != nil {
		return err
	}
	var undo *web.Undo
	if before.Status != status {
		undo = &web.Undo{Action: "/post/" + message.String() + "/status", Fields: map[string]string{"status": string(before.Status)}}
	}
	return p.done(w, r, back(r, "/post/"+message.String()), v.words.T("team.status.set", v.words.T("team.status."+string(status))), undo)
}

type duePage struct {
	ID, Back, Subject string
	Day               web.Date
	There             bool
	Problems          web.Problems
}

func (p *Portal) dueForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	l, err := p.config.Team.Letter(r.Context(), v.actor, v.box.UUID, message)
	if err != nil {
		return err
	}
	return p.dueAgain(w, r, v, http.StatusOK, web.DateOf(l.Due), !l.Due.IsZero(), "")
}

func (p *Portal) dueAgain(w http.ResponseWriter, r *http.Request, v *visit, status int, day web.Date, there bool, problem string) error {
	l, err := p.lookAt(r, v)
	if err != nil {
		return err
	}
	page := duePage{ID: l.Message.ID.String(), Subject: l.Message.Label, Back: back(r, "/post/"+l.Message.ID.String()), Day: day, There: there}
	if problem != "" {
		page.Problems.Add("frist-dag", problem)
	}
	return p.show(w, r, v, status, "team.due", web.View{Title: v.words.T("team.due"), Form: true, Tab: "none", Failed: problem != ""}, page)
}

func (p *Portal) setDue(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	form := web.DateForm(r, "frist")
	var day time.Time
	text := v.words.T("team.due.removed")
	if r.PostFormValue("fjern") == "" {
		var there bool
		if day, there = form.Time(); !there {
			return p.dueAgain(w, r, v, http.StatusUnprocessableEntity, form, false, v.words.T("problem.date"))
		}
		day = post.Today(day)
		text = v.words.T("team.due.set", v.words.Long(day, v.now))
	}
	_, err = p.config.Team.SetDue(r.Context(), v.actor, v.box.UUID, message, 0, day)
	if errs.CodeOf(err) == teamwork.CodeDue {
		return p.dueAgain(w, r, v, http.StatusUnprocessableEntity, form, false, v.words.T("team.due.wrong"))
	}
	if err != nil {
		return err
	}
	return p.done(w, r, back(r, "/post/"+message.String()), text, nil)
}

func (p *Portal) comment(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	_, err = p.config.Team.Comment(r.Context(), v.actor, v.box.UUID, message, r.PostFormValue("kommentar"))
	if errs.CodeOf(err) == teamwork.CodeComment {
		l, err := p.lookAt(r, v)
		if err != nil {
			return err
		}
		page := noteForm{Action: "/post/" + message.String() + "/kommentar", Back: back(r, "/post/"+message.String()), Text: r.PostFormValue("kommentar"), Subject: l.Message.Label}
		page.Problems.Add("kommentar", v.words.T("team.comment.wrong", v.words.Number(teamwork.MaxComment)))
		return p.show(w, r, v, http.StatusUnprocessableEntity, "team.comment", web.View{Title: v.words.T("team.comment"), Form: true, Tab: "none", Failed: true}, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, back(r, "/post/"+message.String()), v.words.T("team.commented"), nil)
}

func (p *Portal) uncomment(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	which, err := post.ParseUUID(r.PostFormValue("kommentar"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	if err := p.config.Team.Uncomment(r.Context(), v.actor, v.box.UUID, message, which); err != nil {
		return err
	}
	return p.done(w, r, back(r, "/post/"+message.String()), v.words.T("team.uncommented"), nil)
}

// ownDate is a date that the company has set itself, among the deadlines.
func (v *visit) ownDate(d mailbox.Deadline) todo {
	t := todo{Title: v.words.T("team.due.todo", d.Message.Label), Href: "/post/" + d.Message.ID.String()}
	v.sheet(&t, d.At, false)
	key, off := "todo.by", v.words.InDays(d.At, v.now)
	if t.Late {
		key, off = "todo.late", v.ago(d.At)
	}
	t.About = v.words.T(key, v.words.Long(d.At, v.now), off) + " · " + d.Message.SenderName
	if !d.Done.IsZero() {
		t.Soon, t.Late, t.Done = false, false, v.words.T("done.at", v.words.Short(d.Done, v.now))
	}
	return t
}
