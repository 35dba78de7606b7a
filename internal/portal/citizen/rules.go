package citizen

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/web"
)

// ruleRoutes enters the rules that file a company's new letters (ORG-01).
func (p *Portal) ruleRoutes(on routes) {
	on.own("GET /regler", p.rules)
	on.own("GET /regler/ny", p.newRule)
	on.own("POST /regler/ny", p.makeRule)
	on.own("GET /regler/{rule}", p.rule)
	on.own("POST /regler/{rule}/anvend", p.applyRule)
	on.own("POST /regler/{rule}/flyt", p.moveRule)
	on.own("GET /regler/{rule}/fjern", p.askRemoveRule)
	on.own("POST /regler/{rule}/fjern", p.removeRule)
}

type ruleRow struct {
	ID, Href    string
	Who, Does   string // "Post fra Skattestyrelsen", "lægges i Skat og tildeles Carl"
	Wrong       string // what of it is not done any more
	Run         string // "Anvendt på 12 breve 24. nov."
	First, Last bool
	Version     int64
}

type rulesPage struct{ Rules []ruleRow }

func (p *Portal) rules(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, names, err := p.ruleList(r, v)
	if err != nil {
		return err
	}
	var page rulesPage
	for i, rule := range all {
		row := v.ruleRow(rule, names)
		row.First, row.Last = i == 0, i == len(all)-1
		page.Rules = append(page.Rules, row)
	}
	return p.show(w, r, v, http.StatusOK, "rules", web.View{Title: v.words.T("rules"), Wide: true, Tab: "menu"}, page)
}

// ruleList are the rules, and the folders' names.
func (p *Portal) ruleList(r *http.Request, v *visit) ([]teamwork.Rule, map[post.UUID]string, error) {
	if !v.shared() {
		return nil, nil, errs.NotFound("page.unknown")
	}
	all, err := p.config.Team.Rules(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return nil, nil, err
	}
	folders, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	names := map[post.UUID]string{}
	for _, f := range folders {
		names[f.UUID] = v.folderName(f)
	}
	return all, names, err
}

func (v *visit) ruleRow(rule teamwork.Rule, names map[post.UUID]string) ruleRow {
	row := ruleRow{ID: rule.ID.String(), Href: "/regler/" + rule.ID.String(), Version: rule.Version}
	point := rule.PointName
	if point == "" {
		point = v.words.T("rules.point.unnamed")
	}
	switch {
	case rule.Point == (post.UUID{}):
		row.Who = v.words.T("rules.from", rule.Sender.Name)
	case rule.Sender.ID == 0:
		row.Who = v.words.T("rules.point", point)
	default:
		row.Who = v.words.T("rules.from.point", rule.Sender.Name, point)
	}
	var does, wrong []string
	if rule.Folder != (post.UUID{}) {
		if rule.NoFolder {
			wrong = append(wrong, v.words.T("rules.no.folder"))
		} else {
			does = append(does, v.words.T("rules.folder", names[rule.Folder]))
		}
	}
	if rule.Assignee.Person != 0 {
		if rule.Lost {
			wrong = append(wrong, v.words.T("rules.lost", rule.Name))
		} else {
			does = append(does, v.words.T("rules.assign", rule.Name))
		}
	}
	if rule.Status != "" {
		does = append(does, v.words.T("rules.status", v.words.T("team.status."+string(rule.Status))))
	}
	row.Does, row.Wrong = strings.Join(does, ", "), strings.Join(wrong, " ")
	switch run := rule.Run; {
	case run.Started.IsZero():
	case run.Finished.IsZero():
		row.Run = v.words.T("rules.running", v.words.Number(run.Looked))
	default:
		row.Run = v.words.T("rules.ran", v.words.N("rules.letters", run.Filed), v.words.Moment(run.Finished, v.now))
	}
	return row
}

// ruleForm is a new rule under way: first whose letters, then what is done.
type ruleForm struct {
	Search     string
	Found      []web.Option // senders, each with the address that chooses it
	Sought     bool
	Sender     string // its id, "" before it is chosen
	SenderName string
	Points     []web.Option
	Folders    []web.Option
	Statuses   []web.Option
	Who        string
	Known      []web.Option
	Counted    string // how many letters in the inbox fit
	Letter     string // that the rule is made from
	Problems   web.Problems
}

func (p *Portal) newRule(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.shared() {
		return errs.NotFound("page.unknown")
	}
	q := r.URL.Query()
	form := ruleForm{Search: q.Get("navn"), Sender: q.Get("afsender"), Letter: q.Get("brev")}
	return p.showRuleForm(w, r, v, http.StatusOK, form, teamwork.Wanted{})
}

func (p *Portal) showRuleForm(w http.ResponseWriter, r *http.Request, v *visit, status int, form ruleForm, chosen teamwork.Wanted) error {
	if _, err := p.config.Team.Rules(r.Context(), v.actor, v.box.UUID); err != nil { // who makes no rules sees no form
		return err
	}
	var points []web.Option
	if letter, err := post.ParseUUID(form.Letter); err == nil {
		l, err := p.config.Mailboxes.Read(r.Context(), v.actor, v.box.UUID, letter)
		if err != nil {
			return err
		}
		err = p.config.DB.Read(r.Context(), func(tx *db.Tx) error {
			party, err := p.config.Registry.Party(tx, l.Message.Sender)
			form.Sender = party.UUID.String()
			return err
		})
		if err != nil {
			return err
		}
		if c := l.Memo.Header.Sender.ContactPoint; c != nil {
			if point, err := post.ParseUUID(c.ContactPointID); err == nil {
				points = append(points, web.Option{Value: point.String(), Text: c.Label, Selected: point == chosen.Point})
			}
		}
	}
	sender, err := post.ParseUUID(form.Sender)
	if err != nil {
		form.Sender = ""
		if form.Search != "" {
			form.Sought = true
			if form.Found, err = p.findSenders(r, form.Search); err != nil {
				return err
			}
		}
		return p.show(w, r, v, status, "rules.new", web.View{Title: v.words.T("rules.new"), Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
	}
	err = p.config.DB.Read(r.Context(), func(tx *db.Tx) error {
		party, err := p.config.Registry.PartyByUUID(tx, sender)
		if err != nil {
			return err
		}
		form.SenderName = party.Name
		groups, err := p.config.Registry.Structure(tx, party.ID, v.box.Owner.Target())
		for _, g := range groups {
			for _, c := range g.Points {
				if len(points) == 0 || points[0].Value != c.ID.String() {
					points = append(points, web.Option{Value: c.ID.String(), Text: c.Name, Selected: c.ID == chosen.Point})
				}
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(points) > 0 {
		form.Points = append([]web.Option{{Text: v.words.T("rules.point.any"), Selected: chosen.Point == (post.UUID{})}}, points...)
	}
	folders, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	form.Folders = []web.Option{{Text: v.words.T("rules.folder.none")}}
	for _, f := range folders {
		if f.ID > mailbox.Deleted {
			form.Folders = append(form.Folders, web.Option{Value: f.UUID.String(), Text: f.Name, Selected: f.UUID == chosen.Folder})
		}
	}
	form.Statuses = []web.Option{{Text: v.words.T("rules.status.none")}}
	for _, s := range teamwork.Statuses[1:] {
		form.Statuses = append(form.Statuses, web.Option{Value: string(s), Text: v.words.T("team.status." + string(s)), Selected: s == chosen.Status})
	}
	if form.Known, err = p.suggestions(r, v, post.UUID{}); err != nil {
		return err
	}
	return p.show(w, r, v, status, "rules.new", web.View{Title: v.words.T("rules.new"), Form: true, Tab: "none", Failed: len(form.Problems) > 0}, form)
}

// findSenders are authorities by name, or one organisation by its CVR number.
func (p *Portal) findSenders(r *http.Request, text string) ([]web.Option, error) {
	var out []web.Option
	add := func(party registry.Party) {
		out = append(out, web.Option{Value: "/regler/ny?" + url.Values{"afsender": {party.UUID.String()}}.Encode(), Text: party.Name})
	}
	err := p.config.DB.Read(r.Context(), func(tx *db.Tx) error {
		out = nil
		if cvr, err := post.ParseCVR(digitsOf(text)); err == nil {
			party, err := p.config.Registry.OrganisationByCVR(tx, cvr)
			if err == nil {
				add(party)
			}
			if errs.KindOf(err) == errs.KindNotFound {
				err = nil
			}
			return err
		}
		found, err := p.config.Registry.FindAuthorities(tx, text, 20)
		seen := map[post.PartyID]bool{}
		for _, f := range found {
			if !seen[f.Party.ID] {
				seen[f.Party.ID] = true
				add(f.Party)
			}
		}
		return err
	})
	return out, err
}

func (p *Portal) makeRule(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.shared() {
		return errs.NotFound("page.unknown")
	}
	form := ruleForm{Sender: r.PostFormValue("afsender"), Letter: r.PostFormValue("brev"), Who: r.PostFormValue("kollega")}
	wanted := teamwork.Wanted{Status: teamwork.Status(r.PostFormValue("saet"))}
	for name, to := range map[string]*post.UUID{"afsender": &wanted.Sender, "punkt": &wanted.Point, "mappe": &wanted.Folder} {
		if text := r.PostFormValue(name); text != "" {
			var err error
			if *to, err = post.ParseUUID(text); err != nil {
				return errs.NotFound("page.unknown")
			}
		}
	}
	if strings.TrimSpace(form.Who) != "" {
		c, problem, err := p.colleague(r, v, post.UUID{}, form.Who)
		if err != nil {
			return err
		}
		if problem != "" {
			form.Problems.Add("kollega", problem)
			return p.showRuleForm(w, r, v, http.StatusUnprocessableEntity, form, wanted)
		}
		wanted.Who = c.UUID
	}
	var err error
	var rule teamwork.Rule
	if r.PostFormValue("handling") == "vis" {
		var n int64
		var more bool
		if n, more, err = p.config.Team.Preview(r.Context(), v.actor, v.box.UUID, wanted); err == nil {
			form.Counted = v.fitting(n, more)
			return p.showRuleForm(w, r, v, http.StatusOK, form, wanted)
		}
	} else {
		rule, err = p.config.Team.AddRule(r.Context(), v.actor, v.box.UUID, wanted)
	}
	switch errs.CodeOf(err) {
	case teamwork.CodeRuleNothing:
		form.Problems.Add("mappe", v.words.T("rules.nothing"))
		return p.showRuleForm(w, r, v, http.StatusUnprocessableEntity, form, wanted)
	case teamwork.CodeRules:
		form.Problems.Add("mappe", v.words.T("rules.too.many"))
		return p.showRuleForm(w, r, v, http.StatusConflict, form, wanted)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/regler/"+rule.ID.String(), v.words.T("rules.made"), nil)
}

// fitting tells how many letters in the inbox a rule fits.
func (v *visit) fitting(n int64, more bool) string {
	if more {
		return v.words.T("rules.fits.some", v.words.N("rules.letters", n))
	}
	return v.words.T("rules.fits", v.words.N("rules.letters", n))
}

type rulePage struct {
	ruleRow
	Fits    int64
	Counted string
	Runs    bool
}

func (p *Portal) rule(w http.ResponseWriter, r *http.Request, v *visit) error {
	rule, names, err := p.theRule(r, v)
	if err != nil {
		return err
	}
	page := rulePage{ruleRow: v.ruleRow(rule, names), Runs: !rule.Run.Started.IsZero() && rule.Run.Finished.IsZero()}
	wanted := teamwork.Wanted{Sender: rule.Sender.UUID, Point: rule.Point, Status: teamwork.Done}
	n, more, err := p.config.Team.Preview(r.Context(), v.actor, v.box.UUID, wanted)
	if err != nil {
		return err
	}
	page.Fits, page.Counted = n, v.fitting(n, more)
	return p.show(w, r, v, http.StatusOK, "rule", web.View{Title: page.Who, Form: true, Tab: "menu"}, page)
}

func (p *Portal) theRule(r *http.Request, v *visit) (teamwork.Rule, map[post.UUID]string, error) {
	which, err := web.ID(r, "rule")
	if err != nil {
		return teamwork.Rule{}, nil, err
	}
	all, names, err := p.ruleList(r, v)
	for _, rule := range all {
		if rule.ID == which {
			return rule, names, nil
		}
	}
	if err == nil {
		err = errs.NotFound(teamwork.CodeRuleUnknown)
	}
	return teamwork.Rule{}, nil, err
}

func (p *Portal) applyRule(w http.ResponseWriter, r *http.Request, v *visit) error {
	rule, _, err := p.theRule(r, v)
	if err != nil {
		return err
	}
	if err := p.config.Team.Apply(r.Context(), v.actor, v.box.UUID, rule.ID); err != nil {
		return err
	}
	return p.done(w, r, "/regler/"+rule.ID.String(), v.words.T("rules.applied"), nil)
}

func (p *Portal) moveRule(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "rule")
	if err != nil {
		return err
	}
	if err := p.config.Team.MoveRule(r.Context(), v.actor, v.box.UUID, which, r.PostFormValue("vej") == "op"); err != nil {
		return err
	}
	return p.done(w, r, "/regler", v.words.T("rules.moved"), nil)
}

func (p *Portal) askRemoveRule(w http.ResponseWriter, r *http.Request, v *visit) error {
	rule, names, err := p.theRule(r, v)
	if err != nil {
		return err
	}
	row := v.ruleRow(rule, names)
	page := web.Confirm{Heading: v.words.T("rules.remove.h"), Text: []string{row.Who + ".", v.words.T("rules.remove.p")}, Action: row.Href + "/fjern",
		Hidden: []web.Hidden{{Name: "version", Value: strconv.FormatInt(rule.Version, 10)}}, Yes: v.words.T("rules.remove"), No: v.words.T("rules.keep"), Back: row.Href}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: page.Heading, Form: true, Tab: "none"}, page)
}

func (p *Portal) removeRule(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "rule")
	if err != nil {
		return err
	}
	if err := p.config.Team.RemoveRule(r.Context(), v.actor, v.box.UUID, which, web.SeenVersion(r)); err != nil && errs.KindOf(err) != errs.KindNotFound {
		return err
	}
	return p.done(w, r, "/regler", v.words.T("rules.removed"), nil)
}

// files tells who makes rules.
func (v *visit) files() bool { return v.shared() && v.may(access.FilingManage) }
