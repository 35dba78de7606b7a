package citizen

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// bulkRoutes enters what is done to several letters at once (MBX-18).
func (p *Portal) bulkRoutes(on routes) {
	on.own("POST /post/handling", p.handle)
	on.own("GET /post/handling/{operation}", p.operation)
	on.own("POST /post/handling/{operation}/fortryd", p.undo)
	on.own("GET /post/toem", needs(access.MessageDestroy, p.askEmpty))
}

// maxPicks is the largest form about letters, in bytes: as many as can be picked.
const maxPicks = 128 << 10

// chosen are the letters that a form is about.
type chosen struct {
	mailbox.Selection
	count  int64
	folder mailbox.Folder // they are all from there; zero where that is not known
	all    []mailbox.Folder
	next   string // where to go afterwards
}

// chosen reads the letters that were picked in a list: one by one, or all that the
// reader saw in its folder.
func (p *Portal) chosen(w http.ResponseWriter, r *http.Request, v *visit) (chosen, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPicks)
	if err := r.ParseForm(); err != nil {
		return chosen{}, errs.Wrap(err, errs.KindTooLarge, "form.too.large")
	}
	c := chosen{next: back(r, "/post")}
	var err error
	if c.all, err = p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID); err != nil {
		return c, err
	}
	if from, err := post.ParseUUID(r.PostFormValue("fra")); err == nil {
		i := slices.IndexFunc(c.all, func(f mailbox.Folder) bool { return f.UUID == from })
		if i < 0 {
			return c, errs.NotFound("page.unknown")
		}
		c.folder = c.all[i]
	}
	if r.PostFormValue("alle") != "" {
		if c.folder.ID == 0 {
			return c, errs.NotFound("page.unknown")
		}
		c.Folder, c.count = c.folder.UUID, c.folder.Total
		c.Seen, err = strconv.ParseInt(r.PostFormValue("set"), 10, 64)
		if err != nil || c.Seen < 1 {
			return c, errs.Invalid("seen.not.valid", "set", "it says not how far its reader had seen")
		}
		return c, nil
	}
	for _, text := range r.PostForm["besked"] {
		one, err := post.ParseUUID(text)
		if err != nil {
			return c, errs.NotFound("page.unknown")
		}
		c.Messages = append(c.Messages, mailbox.Picked{ID: one})
	}
	c.count = int64(len(c.Messages))
	return c, nil
}

// hidden are the fields that say the same in the next form.
func (c chosen) hidden(more ...web.Hidden) []web.Hidden {
	fields := append([]web.Hidden{{Name: "tilbage", Value: c.next}}, more...)
	if c.folder.ID != 0 {
		fields = append(fields, web.Hidden{Name: "fra", Value: c.folder.UUID.String()})
	}
	if c.Folder != (post.UUID{}) {
		return append(fields, web.Hidden{Name: "alle", Value: "1"}, web.Hidden{Name: "set", Value: strconv.FormatInt(c.Seen, 10)})
	}
	for _, m := range c.Messages {
		fields = append(fields, web.Hidden{Name: "besked", Value: m.ID.String()})
	}
	return fields
}

// handle does to letters what a form says.
func (p *Portal) handle(w http.ResponseWriter, r *http.Request, v *visit) error {
	c, err := p.chosen(w, r, v)
	if err != nil {
		return err
	}
	what := r.PostFormValue("handling")
	if c.count == 0 {
		return p.nothingChosen(w, r, v, c)
	}
	var task mailbox.Task
	switch what {
	case "laest", "ulaest":
		task.Read = new(what == "laest")
	case "vigtig", "ikke-vigtig":
		task.Flag = new(what == "vigtig")
	case "flyt":
		to, asked, err := p.target(w, r, v, &c)
		if asked || err != nil {
			return err
		}
		task.Folder = &to
	case "slet":
		task.Delete = true
	case "gendan":
		task.Restore = true
	case "slet-for-altid":
		if r.PostFormValue("bekraeft") == "" {
			return p.askDestroy(w, r, v, c)
		}
		task.Destroy = true
	case "download", "udskriv":
	default:
		return errs.NotFound("page.unknown")
	}
	if task.Read == nil && task.Flag == nil && r.PostFormValue("forkynd") == "" {
		if asked, err := p.askServe(w, r, v, c, what); asked || err != nil {
			return err
		}
	}
	switch what {
	case "download":
		return p.downloadChosen(w, r, v, c)
	case "udskriv":
		return p.printChosen(w, r, v, c)
	}
	op, err := p.config.Mailboxes.Apply(r.Context(), v.actor, v.box.UUID, c.Selection, task)
	if err != nil {
		return err
	}
	if op.Total > 0 && op.Skipped == op.Total && len(op.Results) > 0 {
		return op.Results[0].Err // none was done: say why
	}
	return p.began(w, r, v, op, c)
}

// nothingChosen answers a form without letters.
func (p *Portal) nothingChosen(w http.ResponseWriter, r *http.Request, v *visit, c chosen) error {
	heading := v.words.T("pick.none")
	return p.show(w, r, v, http.StatusUnprocessableEntity, "receipt.page", web.View{Title: heading, Failed: true},
		receipt{Heading: heading, Text: []string{v.words.T("pick.none.p")}, Href: c.next, Link: v.words.T("back.list"), Open: true})
}

// receipt is a page that says what was done, or what was not.
type receipt struct {
	Heading    string
	Text       []string
	Href, Link string
	Undo       *web.Undo
	Open       bool // nothing was done
}

// began says what was done, or leads to the page that follows what goes on.
func (p *Portal) began(w http.ResponseWriter, r *http.Request, v *visit, op mailbox.Operation, c chosen) error {
	from := ""
	if c.folder.ID != 0 {
		from = c.folder.UUID.String()
	}
	if op.Finished.IsZero() {
		to := address("/post/handling/"+op.ID.String(), url.Values{"tilbage": {c.next}, "fra": {from}})
		return p.leave(w, r, to)
	}
	return p.done(w, r, c.next, v.did(op, c.all, c.folder), undoOf(op, c.next, from))
}

// undoOf is the button that takes an operation back, nil where nothing can.
func undoOf(op mailbox.Operation, next, from string) *web.Undo {
	if !op.Undoable {
		return nil
	}
	return &web.Undo{Action: "/post/handling/" + op.ID.String() + "/fortryd", Fields: map[string]string{"tilbage": next, "fra": from}}
}

// did says in words what an operation has done.
func (v *visit) did(op mailbox.Operation, all []mailbox.Folder, from mailbox.Folder) string {
	n := op.Done - op.Skipped
	text := v.deed(op, n, all, from)
	if op.Skipped > 0 {
		text += " " + v.words.N("did.skipped", op.Skipped)
	}
	return text
}

func (v *visit) deed(op mailbox.Operation, n int64, all []mailbox.Folder, from mailbox.Folder) string {
	moved := op.Task.Read == nil && op.Task.Flag == nil
	switch t := op.Task; {
	case op.Undoes && moved && n == 1 && from.ID != 0:
		return v.words.T("undone.one", v.folderName(from))
	case op.Undoes && moved:
		return v.words.N("undone", n)
	case op.Undoes:
		return v.words.T("undone")
	case t.Read != nil && *t.Read:
		return v.words.N("did.read", n)
	case t.Read != nil:
		return v.words.N("did.unread", n)
	case t.Flag != nil && *t.Flag:
		return v.words.N("did.flag", n)
	case t.Flag != nil:
		return v.words.N("did.unflag", n)
	case t.Delete:
		return v.words.N("did.delete", n)
	case t.Restore:
		return v.words.N("did.restore", n)
	case t.Destroy:
		return v.words.N("did.destroy", n)
	}
	for _, f := range all {
		if op.Task.Folder != nil && f.UUID == *op.Task.Folder {
			return v.counted("did.move", n, v.folderName(f))
		}
	}
	return v.words.N("did.moved", n)
}

// movePage asks where to move letters.
type movePage struct {
	Heading  string
	Back     string
	Hidden   []web.Hidden
	Problems web.Problems
	Places   []place
	Name     string
	Asks     bool // a new folder is chosen
}

// place is a folder that letters can be moved to.
type place struct {
	ID, Name, Icon string
	Depth          int
	Chosen         bool
}

// target is the folder that letters are to be moved to; asked tells that the page
// has been answered with the question.
func (p *Portal) target(w http.ResponseWriter, r *http.Request, v *visit, c *chosen) (to post.UUID, asked bool, err error) {
	page := movePage{Heading: v.words.N("move.ask", c.count), Back: c.next, Hidden: c.hidden(web.Hidden{Name: "handling", Value: "flyt"}), Name: r.PostFormValue("navn")}
	chosen := r.PostFormValue("mappe")
	switch chosen {
	case "":
		if r.PostForm.Has("spurgt") {
			page.Problems.Add("mappe", v.words.T("move.problem.none"))
		}
	case "ny":
		page.Asks = true
		made, err := p.config.Mailboxes.CreateFolder(r.Context(), v.actor, v.box.UUID, page.Name, post.UUID{})
		if err == nil {
			c.all = append(c.all, made)
			return made.UUID, false, nil
		}
		text := v.folderProblem(err)
		if text == "" {
			return post.UUID{}, false, err
		}
		page.Problems.Add("navn", text)
	default:
		to, err = uuidOrNone(chosen)
		return to, false, err
	}
	for _, f := range c.all {
		if f.ID == mailbox.Inbox && c.folder.ID != mailbox.Inbox {
			page.Places = append(page.Places, place{ID: f.UUID.String(), Name: v.folderName(f), Icon: "email"})
		}
	}
	for _, b := range v.tree(c.all, func(f mailbox.Folder) bool { return f.ID > mailbox.Deleted }) {
		if b.ID != c.folder.UUID.String() {
			page.Places = append(page.Places, place{ID: b.ID, Name: b.Name, Icon: "folder", Depth: min(b.depth, 6)})
		}
	}
	page.Asks = page.Asks || len(page.Places) == 0
	status := http.StatusOK
	if page.Problems != nil {
		status = http.StatusUnprocessableEntity
	}
	view := web.View{Title: page.Heading, Form: true, Failed: page.Problems != nil, Tab: "none", Scripts: []string{"js/list.js"}}
	return to, true, p.show(w, r, v, status, "move.page", view, page)
}

// askServe asks before court summonses are served by what is about to be done
// (SND-08); asked tells that there are some.
func (p *Portal) askServe(w http.ResponseWriter, r *http.Request, v *visit, c chosen, what string) (asked bool, err error) {
	n, err := p.config.Mailboxes.Unserved(r.Context(), v.actor, v.box.UUID, c.Selection)
	if err != nil || n == 0 {
		return false, err
	}
	more := []web.Hidden{{Name: "handling", Value: what}, {Name: "forkynd", Value: "1"}}
	for _, name := range []string{"mappe", "bekraeft"} {
		if value := r.PostFormValue(name); value != "" {
			more = append(more, web.Hidden{Name: name, Value: value})
		}
	}
	text := v.words.T("serve.text")
	if !v.own() {
		text = v.words.T("serve.for.text", v.owner())
	}
	ask := web.Confirm{Heading: v.words.N("serve.ask", n), Text: []string{text, v.words.T("serve.keep")}, Action: "/post/handling",
		Hidden: c.hidden(more...), Yes: v.words.T("continue"), No: v.words.T("cancel"), Back: c.next, Said: what != "download" && what != "udskriv"}
	return true, p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: ask.Heading, Form: true, Tab: "none", Scripts: []string{"js/list.js"}}, ask)
}

// askDestroy asks before letters are deleted for good (MBX-06).
func (p *Portal) askDestroy(w http.ResponseWriter, r *http.Request, v *visit, c chosen) error {
	if !v.may(access.MessageDestroy) {
		return errMayNot
	}
	ask := web.Confirm{Action: "/post/handling", Hidden: c.hidden(web.Hidden{Name: "handling", Value: "slet-for-altid"}, web.Hidden{Name: "bekraeft", Value: "1"}),
		Yes: v.words.T("delete.yes"), No: v.words.T("delete.no"), Back: c.next, Danger: true, Said: true}
	if len(c.Messages) == 1 {
		l, err := p.config.Mailboxes.Read(r.Context(), v.actor, v.box.UUID, c.Messages[0].ID)
		if err != nil {
			return err
		}
		ask.Heading, ask.Text = v.words.T("destroy.ask.one"), []string{v.lost(l)}
	} else {
		ask.Heading, ask.Text = v.words.T("destroy.ask.many", v.words.Number(c.count)), []string{v.words.T("destroy.text.many")}
		ask.Yes, ask.No = v.words.T("delete.yes.many"), v.words.T("delete.no.many")
	}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: ask.Heading, Form: true, Tab: "none", Scripts: []string{"js/list.js"}}, ask)
}

// lost says what goes when a letter is deleted for good.
func (v *visit) lost(l mailbox.Letter) string {
	subject, from := l.Message.Label, l.Message.SenderName
	if subject == "" {
		subject = v.words.T("subject.none")
	}
	n := int64(l.Message.Documents)
	switch {
	case n > 0 && l.Note != "":
		return v.words.T("destroy.text.both", subject, from, v.words.N("documents", n))
	case n > 0:
		return v.words.T("destroy.text.documents", subject, from, v.words.N("documents", n))
	case l.Note != "":
		return v.words.T("destroy.text.note", subject, from)
	}
	return v.words.T("destroy.text.one", subject, from)
}

// askEmpty asks before the trash is emptied. What comes into it meanwhile stays.
func (p *Portal) askEmpty(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, mailbox.Query{Inbox: true, Limit: 1})
	if err != nil {
		return err
	}
	c := chosen{all: page.Folders}
	for _, f := range page.Folders {
		if f.ID == mailbox.Deleted {
			c.folder, c.count, c.next = f, f.Total, folderHref(f)
		}
	}
	c.Folder, c.Seen = c.folder.UUID, page.Mailbox.Modseq
	if c.count == 0 {
		http.Redirect(w, r, c.next, http.StatusSeeOther)
		return nil
	}
	return p.askDestroy(w, r, v, c)
}

// operationPage follows something that takes a while.
type operationPage struct {
	Heading string
	Text    string
	Going   bool
	Done    int64
	Of      int64
	Counted string
	Back    string
	Undo    *web.Undo
}

// operation shows how far something is that is done to many letters.
func (p *Portal) operation(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "operation")
	if err != nil {
		return err
	}
	op, err := p.config.Mailboxes.Operation(r.Context(), v.actor, v.box.UUID, which)
	if err != nil {
		return err
	}
	all, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	var from mailbox.Folder
	for _, f := range all {
		if f.UUID.String() == r.FormValue("fra") {
			from = f
		}
	}
	page := operationPage{Going: op.Finished.IsZero(), Done: op.Done, Of: op.Total, Back: back(r, "/post")}
	if page.Going {
		page.Heading, page.Text = v.words.T("operation.going"), v.words.T("operation.going.p")
		page.Counted = v.words.T("list.counted", v.words.Number(op.Done), v.words.N("messages", op.Total))
	} else {
		page.Heading, page.Undo = v.did(op, all, from), undoOf(op, page.Back, r.FormValue("fra"))
	}
	return p.show(w, r, v, http.StatusOK, "operation.page", web.View{Title: page.Heading, Tab: "inbox", Scripts: []string{"js/list.js"}}, page)
}

// undo takes back what was done.
func (p *Portal) undo(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := web.ID(r, "operation")
	if err != nil {
		return err
	}
	op, err := p.config.Mailboxes.Undo(r.Context(), v.actor, v.box.UUID, which)
	if code := errs.CodeOf(err); code == "operation.not.undoable" || code == mailbox.CodeOperationUnknown {
		heading := v.words.T("undo.late")
		return p.show(w, r, v, http.StatusConflict, "receipt.page", web.View{Title: heading, Failed: true},
			receipt{Heading: heading, Text: []string{v.words.T("undo.late.p")}, Href: back(r, "/post"), Link: v.words.T("back.list"), Open: true})
	}
	if err != nil {
		return err
	}
	c := chosen{next: back(r, "/post")}
	if c.all, err = p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID); err != nil {
		return err
	}
	for _, f := range c.all {
		if f.UUID.String() == r.FormValue("fra") {
			c.folder = f
		}
	}
	if op.Total == 0 && op.Task.Delete {
		return p.done(w, r, c.next, v.words.T("undone"), nil) // a folder without letters
	}
	return p.began(w, r, v, op, c)
}
