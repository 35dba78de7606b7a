package citizen

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"digitalpost/internal/calendar"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/web"
)

// serve opens a court summons, which serves it: its reader has said yes (SND-08).
func (p *Portal) serve(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	if _, err := p.config.Mailboxes.Open(r.Context(), v.actor, v.box.UUID, message); err != nil {
		return err
	}
	http.Redirect(w, r, "/post/"+message.String(), http.StatusSeeOther)
	return nil
}

// picked is one letter as forms about several have it.
func (p *Portal) picked(r *http.Request, v *visit, l mailbox.Letter) (chosen, error) {
	all, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	return chosen{Selection: mailbox.Selection{Messages: []mailbox.Picked{{ID: l.Message.ID}}}, count: 1, folder: l.Folder, all: all, next: back(r, folderHref(l.Folder))}, err
}

// moveForm asks where a letter is to lie (MBX-08).
func (p *Portal) moveForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := p.lookAt(r, v)
	if err != nil {
		return err
	}
	c, err := p.picked(r, v, l)
	if err != nil {
		return err
	}
	_, _, err = p.target(w, r, v, &c)
	return err
}

// deleteForm asks before a letter is deleted, and again before it is gone for good
// (MBX-06). A court summons is served by it, which the question says (SND-08).
func (p *Portal) deleteForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := p.lookAt(r, v)
	if err != nil {
		return err
	}
	c, err := p.picked(r, v, l)
	if err != nil {
		return err
	}
	if l.Folder.ID == mailbox.Deleted {
		return p.askDestroy(w, r, v, c)
	}
	ask := web.Confirm{Heading: v.words.T("delete.h"), Text: []string{v.words.T("delete.p")}, Action: "/post/handling", Yes: v.words.T("delete.yes"), No: v.words.T("delete.no"),
		Back: "/post/" + l.Message.ID.String(), Said: true, Hidden: c.hidden(web.Hidden{Name: "handling", Value: "slet"})}
	if l.Message.Unserved() {
		if ask.Text = append(ask.Text, v.words.T("summons.delete")); !v.own() {
			ask.Text[len(ask.Text)-1] = v.words.T("summons.for.delete", v.owner())
		}
		ask.Hidden = append(ask.Hidden, web.Hidden{Name: "forkynd", Value: "1"})
	}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: ask.Heading, Form: true, Tab: "none", Scripts: []string{"js/list.js"}}, ask)
}

// noteForm is the form of a note, on the letter and on a page of its own.
type noteForm struct {
	Action, Back string
	Text         string
	Subject      string
	Problems     web.Problems
}

func (p *Portal) noteForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := p.lookAt(r, v)
	if err != nil {
		return err
	}
	return p.noteAgain(w, r, v, l, l.Note, nil)
}

func (p *Portal) noteAgain(w http.ResponseWriter, r *http.Request, v *visit, l mailbox.Letter, text string, problems web.Problems) error {
	base := "/post/" + l.Message.ID.String()
	page := noteForm{Action: base + "/note", Back: back(r, base), Text: text, Subject: l.Message.Label, Problems: problems}
	title, status := v.words.T("note.add"), http.StatusOK
	if l.Note != "" {
		title = v.words.T("note.edit")
	}
	if problems != nil {
		status = http.StatusUnprocessableEntity
	}
	return p.show(w, r, v, status, "note", web.View{Title: title, Form: true, Failed: problems != nil, Tab: "none"}, page)
}

// note keeps a note that only its writer sees (MBX-10). What is too long comes back
// with what to do, whole.
func (p *Portal) note(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := p.lookAt(r, v)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("note"), "\r\n", "\n"))
	if r.PostFormValue("slet") != "" {
		text = ""
	}
	if n := utf8.RuneCountInString(text); n > mailbox.MaxNote {
		var problems web.Problems
		problems.Add("note", v.words.T("note.long", v.words.Number(int64(n)), v.words.Number(mailbox.MaxNote)))
		return p.noteAgain(w, r, v, l, text, problems)
	}
	if _, err := p.config.Mailboxes.Patch(r.Context(), v.actor, v.box.UUID, l.Message.ID, 0, mailbox.Change{Note: &text}); err != nil {
		return err
	}
	said, undo := v.words.T("note.saved"), (*web.Undo)(nil)
	if text == "" {
		said = v.words.T("note.removed")
	}
	if l.Note != text {
		undo = &web.Undo{Action: "/post/" + l.Message.ID.String() + "/note", Fields: map[string]string{"note": l.Note}}
	}
	return p.done(w, r, back(r, "/post/"+l.Message.ID.String()), said, undo)
}

// settle marks one thing that a letter asks for as done, or not done after all.
func (p *Portal) settle(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := web.ID(r, "message")
	if err != nil {
		return err
	}
	document, err := strconv.Atoi(r.PostFormValue("dokument"))
	at, err2 := strconv.Atoi(r.PostFormValue("handling"))
	done := r.PostFormValue("klaret")
	if err != nil || err2 != nil || done != "0" && done != "1" {
		return errs.NotFound("page.unknown")
	}
	code, other, said := mailbox.ActionCompleted, "0", v.words.T("settled")
	if done == "0" {
		code, other, said = mailbox.ActionReceived, "1", v.words.T("unsettled")
	}
	if _, err := p.config.Mailboxes.SetAction(r.Context(), v.actor, v.box.UUID, message, document, at, 0, code, ""); err != nil {
		return err
	}
	next := back(r, "/post/"+message.String())
	return p.done(w, r, next, said, &web.Undo{Action: "/post/" + message.String() + "/klaret", Fields: map[string]string{
		"dokument": strconv.Itoa(document), "handling": strconv.Itoa(at), "klaret": other, "tilbage": next}})
}

// askedFor finds the action that an address names, of a letter whose reader may see
// what is in it. Where that is not to be seen yet, ok is false and the answer given.
func (p *Portal) askedFor(w http.ResponseWriter, r *http.Request, v *visit) (l mailbox.Letter, t thing, ok bool, err error) {
	l, ok, err = p.served(w, r, v)
	if err != nil || !ok {
		return l, t, false, err
	}
	document, err := strconv.Atoi(r.URL.Query().Get("dokument"))
	at, err2 := strconv.Atoi(r.URL.Query().Get("handling"))
	if err != nil || err2 != nil {
		return l, t, false, errs.NotFound("page.unknown")
	}
	for _, t := range things(l) {
		if t.action != nil && t.document == document && t.place == at {
			return l, t, true, nil
		}
	}
	return l, t, false, errs.NotFound("page.unknown")
}

// leavePage says that its reader leaves Digital Post, and for where.
type leavePage struct{ From, Host, Href, Back string }

// leaving names the place that an action leads to before its reader goes there
// (SND-03).
func (p *Portal) leaving(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, t, ok, err := p.askedFor(w, r, v)
	if err != nil || !ok {
		return err
	}
	to, host := leads(t.action)
	if to == "" {
		return errs.NotFound("page.unknown")
	}
	page := leavePage{l.Message.SenderName, host, to, "/post/" + l.Message.ID.String()}
	return p.show(w, r, v, http.StatusOK, "leave", web.View{Title: v.words.T("leave.title"), Form: true, Tab: "none"}, page)
}

// appointment is the file by which a calendar takes an appointment.
func (p *Portal) appointment(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, t, ok, err := p.askedFor(w, r, v)
	if err != nil || !ok {
		return err
	}
	if t.action.Reservation == nil {
		return errs.NotFound("page.unknown")
	}
	e := event(v.words, p.config.Base+web.At(r, "/post/"+l.Message.ID.String()), mailbox.Deadline{Message: l.Message, At: t.at, Code: t.code(), Document: t.document, Place: t.place, Action: t.action})
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", web.Disposition("attachment", t.action.Label+".ics"))
	return calendar.File{Events: []calendar.Event{e}}.Write(w)
}

// state tells an open page what was done to its letter elsewhere since it was drawn
// (MBX-15). The page asks by itself; nothing is marked by it.
func (p *Portal) state(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := p.lookAt(r, v)
	gone := errs.KindOf(err) == errs.KindNotFound && err != nil
	if err != nil && !gone {
		return err
	}
	known, m := r.URL.Query(), l.Message
	out := struct {
		Known string `json:"known"` // what to ask with from now on
		Said  string `json:"said"`  // "" where nothing changed
		Gone  bool   `json:"gone"`
		// Away is set for what is not to be shown again by itself: it lies elsewhere, or
		// would be marked read by it.
		Away bool `json:"away"`
	}{Gone: gone, Away: gone}
	switch {
	case gone:
		out.Said = v.words.T("elsewhere.gone")
	case known.Get("version") == strconv.FormatInt(m.Version, 10):
	case known.Get("mappe") != l.Folder.UUID.String():
		out.Said, out.Away = v.words.T("elsewhere.moved", v.folderName(l.Folder)), true
	case known.Get("vigtig") != strconv.FormatBool(m.Flag):
		out.Said = v.words.T("elsewhere.flag." + map[bool]string{true: "1", false: "0"}[m.Flag])
	case known.Get("laest") != strconv.FormatBool(m.Read):
		out.Said = v.words.T("elsewhere.read." + map[bool]string{true: "1", false: "0"}[m.Read])
	default:
		out.Said = v.words.T("elsewhere.changed")
	}
	out.Away = out.Away || !m.Read
	if !gone {
		out.Known = v.letter(l, looks{zoom: 100}).Follow.Version
	}
	return answer(w, http.StatusOK, out)
}
