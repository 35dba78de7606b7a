package citizen

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

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
	case a.Mine() && a.Relation == access.SenderReader:
		return v.words.T("access.says.some.mine", v.words.Genitive(a.Name))
	case a.Mine():
		return v.words.T("access.says.mine", v.words.Genitive(a.Name))
	case a.Relation == access.SenderReader:
		return v.words.T("access.says.some", a.Name)
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
	return p.done(w, r, after(done), answered(v, done), nil)
}

// after is the page after an answer: who has got an access goes on to the mailbox from it.
func after(a delegation.Access) string {
	switch {
	case a.Status != delegation.Active || !a.Mine():
		return "/adgang"
	case a.Request:
		return "/adgang/" + a.Right.String()
	}
	return "/adgang/" + a.ID.String()
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
		return p.done(w, r, after(done), answered(v, done), nil)
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
