package citizen

import (
	"net/http"
	"slices"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// foldersRoutes enters what is done with folders (MBX-07).
func (p *Portal) foldersRoutes(on routes) {
	on.own("GET /mapper", p.folders)
	on.own("GET /mapper/ny", needs(access.FolderManage, p.newFolder))
	on.own("POST /mapper/ny", p.createFolder)
	on.own("GET /mapper/{folder}/{what}", p.askFolder)
	on.own("POST /mapper/{folder}/{what}", p.changeFolder)
}

// side is the folders, as they stand in the column and on their own page.
type side struct {
	Own []folderLink // those of every mailbox
	Sub []folderLink // the reader's, in their tree
	// Important is set where the list of what is important is shown.
	Important bool
	Back      string // the address that shows them
	Can       can
}

// folderLink is a folder among others.
type folderLink struct {
	ID, Href, Name, Icon string
	Count                int64  // what its number says: unread, for drafts how many
	About                string // what the number counts
	Total                string // "12 beskeder", on the page of folders
	Takes                bool   // letters can be dragged into it
	Key                  string // the key that leads there
	Current              bool
	Children             []folderLink
}

// side lists the folders; ahead is how many deadlines lie ahead.
func (v *visit) side(all []mailbox.Folder, ahead int64, current func(mailbox.Folder) bool) side {
	link := func(f mailbox.Folder, icon string) folderLink {
		l := folderLink{ID: f.UUID.String(), Href: folderHref(f), Name: v.folderName(f), Icon: icon, Current: current(f),
			Count: f.Unread, About: v.words.T("unread.word"), Total: v.words.N("messages", f.Total), Takes: true}
		switch f.ID {
		case mailbox.Inbox:
			l.Key = "g i"
		case mailbox.Drafts:
			l.Count, l.About, l.Takes = f.Total, v.words.T("folder.drafts.count"), false
		case mailbox.SentBox:
			l.Count, l.Takes = 0, false
		case mailbox.Deleted:
			l.Count = 0
		}
		l.Takes = l.Takes && v.may(access.MessageMove) && (f.ID != mailbox.Deleted || v.may(access.MessageDelete))
		return l
	}
	var under func(parent post.UUID) []folderLink
	under = func(parent post.UUID) []folderLink {
		var links []folderLink
		for _, f := range all {
			if f.ID > mailbox.Deleted && f.Parent == parent {
				l := link(f, "folder")
				if l.Children = under(f.UUID); l.Children != nil {
					l.Icon = "folder-open"
				}
				links = append(links, l)
			}
		}
		slices.SortStableFunc(links, func(a, b folderLink) int { return compareDanish(a.Name, b.Name) })
		return links
	}
	s := side{Sub: under(post.UUID{}), Back: "/mapper", Can: v.can()}
	for _, f := range all {
		switch f.ID {
		case mailbox.Inbox:
			s.Own = append(s.Own, link(f, "email"),
				folderLink{Href: "/frister", Name: v.words.T("deadlines"), Icon: "calendar-month", Key: "g f", Count: ahead, About: v.words.T("folder.ahead")},
				folderLink{Href: "/post/vigtige", Name: v.words.T("folder.important"), Icon: "flag", Key: "g v"})
		case mailbox.Drafts:
			s.Own = append(s.Own, link(f, "edit"))
		case mailbox.SentBox:
			s.Own = append(s.Own, link(f, "send"))
		case mailbox.Deleted:
			s.Own = append(s.Own, link(f, "delete"))
		}
	}
	return s
}

// compareDanish compares names as a Danish list does: Æ, Ø, Å last, in this
// order, and small letters as capital ones.
func compareDanish(a, b string) int {
	fold := strings.NewReplacer("æ", "{", "ä", "{", "ø", "|", "ö", "|", "å", "}", "aa", "}")
	return strings.Compare(fold.Replace(strings.ToLower(a)), fold.Replace(strings.ToLower(b)))
}

func folderHref(f mailbox.Folder) string {
	if f.ID == mailbox.Inbox {
		return "/post"
	}
	return "/post/mappe/" + f.UUID.String()
}

func (v *visit) folderName(f mailbox.Folder) string {
	switch f.ID {
	case mailbox.Inbox:
		return v.words.T("inbox")
	case mailbox.Drafts:
		return v.words.T("folder.drafts")
	case mailbox.SentBox:
		return v.words.T("folder.sent")
	case mailbox.Deleted:
		return v.words.T("folder.deleted")
	}
	return f.Name
}

// foldersPage is the folders on a page of their own; on a phone it is the way to
// all of them.
type foldersPage struct {
	Folders side
	Live    string
	Modseq  int64
}

func (p *Portal) folders(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, mailbox.Query{Inbox: true, Limit: 1, Ahead: true})
	if err != nil {
		return err
	}
	out := foldersPage{Folders: v.side(page.Folders, page.AheadTotal, func(mailbox.Folder) bool { return false }), Live: "/post/aendringer?liste=mapper", Modseq: page.Mailbox.Modseq}
	return p.show(w, r, v, http.StatusOK, "folders.page", web.View{Title: v.words.T("folders"), Mailbox: true, Scripts: []string{"js/list.js"}}, out)
}

// folderForm is a form about one folder.
type folderForm struct {
	Heading  string
	Action   string
	Back     string
	Problems web.Problems
	Name     string
	Naming   bool // it asks for a name
	Places   []web.Option
	Send     string
}

func (p *Portal) newFolder(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	chosen, _ := post.ParseUUID(r.URL.Query().Get("i"))
	return p.showFolderForm(w, r, v, http.StatusOK, p.folderNew(r, v, all, chosen))
}

func (p *Portal) folderNew(r *http.Request, v *visit, all []mailbox.Folder, parent post.UUID) folderForm {
	f := folderForm{Heading: v.words.T("folder.new"), Action: "/mapper/ny", Back: back(r, "/mapper"), Naming: true, Send: v.words.T("folder.create")}
	if hasOwn(all) {
		f.Places = v.places(all, parent, post.UUID{})
	}
	return f
}

func hasOwn(all []mailbox.Folder) bool {
	return slices.ContainsFunc(all, func(f mailbox.Folder) bool { return f.ID > mailbox.Deleted })
}

func (p *Portal) showFolderForm(w http.ResponseWriter, r *http.Request, v *visit, status int, f folderForm) error {
	return p.show(w, r, v, status, "folders.form", web.View{Title: f.Heading, Form: true, Failed: f.Problems != nil, Tab: "none", Scripts: []string{"js/list.js"}}, f)
}

// places are the folders that a folder can be put in, as a tree in one list;
// without is left out with all that lies in it.
func (v *visit) places(all []mailbox.Folder, chosen, without post.UUID) []web.Option {
	options := []web.Option{{Value: "", Text: v.words.T("folder.top"), Selected: chosen == (post.UUID{})}}
	for _, l := range v.tree(all, func(f mailbox.Folder) bool { return f.ID > mailbox.Deleted && f.UUID != without }) {
		options = append(options, web.Option{Value: l.ID, Text: strings.Repeat("\u2003", l.depth) + l.Name, Selected: l.ID == chosen.String()})
	}
	return options
}

// branch is a folder in a tree that is told as a list.
type branch struct {
	folderLink
	depth int
}

// tree lists the reader's own folders, each after the one it lies in.
func (v *visit) tree(all []mailbox.Folder, keep func(mailbox.Folder) bool) []branch {
	kept := slices.Clone(all)
	kept = slices.DeleteFunc(kept, func(f mailbox.Folder) bool { return !keep(f) })
	var list []branch
	var walk func(links []folderLink, depth int)
	walk = func(links []folderLink, depth int) {
		for _, l := range links {
			list = append(list, branch{l, depth})
			walk(l.Children, depth+1)
		}
	}
	walk(v.side(kept, 0, func(mailbox.Folder) bool { return false }).Sub, 0)
	return list
}

func (p *Portal) createFolder(w http.ResponseWriter, r *http.Request, v *visit) error {
	parent, err := uuidOrNone(r.PostFormValue("i"))
	if err != nil {
		return err
	}
	made, err := p.config.Mailboxes.CreateFolder(r.Context(), v.actor, v.box.UUID, r.PostFormValue("navn"), parent)
	if text := v.folderProblem(err); text != "" {
		all, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
		if err != nil {
			return err
		}
		f := p.folderNew(r, v, all, parent)
		f.Name = r.PostFormValue("navn")
		f.Problems.Add("navn", text)
		return p.showFolderForm(w, r, v, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, back(r, "/mapper"), v.words.T("folder.created", made.Name), nil)
}

// folderProblem says what is wrong with a folder as it was wished, and what to do;
// "" for an error that is about something else.
func (v *visit) folderProblem(err error) string {
	switch errs.CodeOf(err) {
	case mailbox.CodeFolderName:
		return v.words.T("folder.problem.name", mailbox.MaxFolderName)
	case mailbox.CodeFolderTaken:
		return v.words.T("folder.problem.taken")
	case mailbox.CodeFolderParent:
		return v.words.T("folder.problem.place", mailbox.MaxFolderDepth)
	case mailbox.CodeTooMany:
		return v.words.T("folder.problem.many", mailbox.MaxFolders)
	}
	return ""
}

// uuidOrNone reads an id that may be left out.
func uuidOrNone(text string) (post.UUID, error) {
	if text == "" {
		return post.UUID{}, nil
	}
	u, err := post.ParseUUID(text)
	if err != nil {
		return u, errs.NotFound("page.unknown")
	}
	return u, nil
}

// ownFolder finds the reader's own folder that a page is about.
func (p *Portal) ownFolder(r *http.Request, v *visit) (mailbox.Folder, []mailbox.Folder, error) {
	wanted, err := web.ID(r, "folder")
	if err != nil {
		return mailbox.Folder{}, nil, err
	}
	all, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return mailbox.Folder{}, nil, err
	}
	for _, f := range all {
		if f.UUID == wanted && f.ID > mailbox.Deleted {
			return f, all, nil
		}
	}
	return mailbox.Folder{}, nil, errs.NotFound("page.unknown")
}

// askFolder shows the form to rename, move or delete a folder.
func (p *Portal) askFolder(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, all, err := p.ownFolder(r, v)
	if err != nil {
		return err
	}
	if r.PathValue("what") == "slet" {
		if !v.may(access.FolderDelete) {
			return errMayNot
		}
		return p.askDelete(w, r, v, f, all)
	}
	if !v.may(access.FolderManage) {
		return errMayNot
	}
	form, ok := p.folderForm(r, v, f, all)
	if !ok {
		return errs.NotFound("page.unknown")
	}
	return p.showFolderForm(w, r, v, http.StatusOK, form)
}

func (p *Portal) folderForm(r *http.Request, v *visit, f mailbox.Folder, all []mailbox.Folder) (folderForm, bool) {
	form := folderForm{Action: r.URL.Path, Back: back(r, "/mapper"), Name: f.Name, Send: v.words.T("save")}
	switch r.PathValue("what") {
	case "omdoeb":
		form.Heading, form.Naming = v.words.T("folder.rename.ask", f.Name), true
	case "flyt":
		form.Heading, form.Places, form.Send = v.words.T("folder.move.ask", f.Name), v.places(all, f.Parent, f.UUID), v.words.T("move")
	default:
		return form, false
	}
	return form, true
}

// askDelete asks before a folder goes, with how much lies in it and in those below.
func (p *Portal) askDelete(w http.ResponseWriter, r *http.Request, v *visit, f mailbox.Folder, all []mailbox.Folder) error {
	n, inner := f.Total, int64(0)
	for _, l := range v.tree(all, func(o mailbox.Folder) bool { return o.ID > mailbox.Deleted }) {
		if within(all, l.ID, f.UUID) {
			inner++
			for _, o := range all {
				if o.UUID.String() == l.ID {
					n += o.Total
				}
			}
		}
	}
	text := []string{v.counted("folder.delete.text", n)}
	if n == 0 {
		text = []string{v.words.T("folder.delete.empty")}
	}
	if inner > 0 {
		text = append(text, v.counted("folder.delete.inner", inner))
	}
	ask := web.Confirm{Heading: v.words.T("folder.delete.ask", f.Name), Text: text, Action: r.URL.Path, Said: true,
		Yes: v.words.T("folder.delete"), No: v.words.T("folder.keep"), Back: back(r, "/mapper")}
	ask.Hidden = []web.Hidden{{Name: "tilbage", Value: ask.Back}}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: ask.Heading, Form: true, Tab: "none", Scripts: []string{"js/list.js"}}, ask)
}

// within tells whether a folder lies in another, however deep.
func within(all []mailbox.Folder, folder string, in post.UUID) bool {
	parents := map[string]post.UUID{}
	for _, f := range all {
		parents[f.UUID.String()] = f.Parent
	}
	for range len(all) {
		up := parents[folder]
		if up == in {
			return true
		}
		if up == (post.UUID{}) {
			return false
		}
		folder = up.String()
	}
	return false
}

// counted is the text of a number of things that says more than the number.
func (v *visit) counted(key string, n int64, more ...any) string {
	args := append([]any{v.words.Number(n)}, more...)
	if n == 1 {
		return v.words.T(key+".one", args...)
	}
	return v.words.T(key+".many", args...)
}

// changeFolder renames, moves or deletes a folder.
func (p *Portal) changeFolder(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, all, err := p.ownFolder(r, v)
	if err != nil {
		return err
	}
	next := back(r, "/mapper")
	var change mailbox.FolderChange
	var text string
	undo := &web.Undo{Action: r.URL.Path, Fields: map[string]string{"tilbage": next}}
	switch r.PathValue("what") {
	case "slet":
		op, err := p.config.Mailboxes.DeleteFolder(r.Context(), v.actor, v.box.UUID, f.UUID, 0)
		if err != nil {
			return err
		}
		if next == folderHref(f) || strings.HasPrefix(next, folderHref(f)+"?") {
			next = "/mapper"
		}
		return p.done(w, r, next, v.words.T("folder.deleted.said", f.Name), undoOf(op, next, ""))
	case "omdoeb":
		name := r.PostFormValue("navn")
		change.Name, text = &name, v.words.T("folder.renamed", strings.Join(strings.Fields(name), " "))
		undo.Fields["navn"] = f.Name
	case "flyt":
		parent, err := uuidOrNone(r.PostFormValue("i"))
		if err != nil {
			return err
		}
		change.Parent, text = &parent, v.words.T("folder.moved", f.Name)
		if f.Parent != (post.UUID{}) {
			undo.Fields["i"] = f.Parent.String()
		}
	default:
		return errs.NotFound("page.unknown")
	}
	_, err = p.config.Mailboxes.UpdateFolder(r.Context(), v.actor, v.box.UUID, f.UUID, 0, change)
	if problem := v.folderProblem(err); problem != "" {
		form, _ := p.folderForm(r, v, f, all)
		field := "i"
		if form.Naming {
			form.Name, field = r.PostFormValue("navn"), "navn"
		}
		form.Problems.Add(field, problem)
		return p.showFolderForm(w, r, v, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, next, text, undo)
}
