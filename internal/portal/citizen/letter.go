package citizen

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"digitalpost/internal/access"
	"digitalpost/internal/compose"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// letterRoutes enters the letter, its documents, and what can be done with it.
func (p *Portal) letterRoutes(on routes) {
	on.own("GET /post/{message}", p.letter)
	on.own("GET /post/{message}/dokument/{document}/{file}", p.download)
	on.letter("GET", "alle.zip", p.downloadAll)
	on.letter("GET", "udskriv", p.print)
	on.letter("GET", "tilstand", p.state)
	on.letter("POST", "forkyndelse", p.serve)
	on.letter("GET", "flyt", needs(access.MessageMove, p.moveForm))
	on.letter("GET", "slet", needs(access.MessageDelete, p.deleteForm))
	on.letter("GET", "note", needs(access.NoteWrite, p.noteForm))
	on.letter("POST", "note", p.note)
	on.letter("POST", "klaret", p.settle)
	on.letter("GET", "gaa-til", p.leaving)
	on.letter("GET", "aftale.ics", p.appointment)
}

// letterPage is a letter, with the list it lies in beside it.
type letterPage struct {
	List      column
	Back      string
	ID        string
	Subject   string
	Mark      mark
	From      string
	Unit      string
	To        string // "til dig", "til Ålhavn Kommune"
	When      string
	Time      string
	Important bool
	Unread    bool
	Folder    string // where it lies
	Deleted   bool   // it lies in the trash
	Sent      bool   // its owner wrote it
	Hidden    bool   // from those with access
	HidItself bool   // its owner hid this letter
	Late      *due
	Outcomes  []outcome
	Served    string // to whom a court summons was served, and when
	Answered  string
	Note      noteForm
	Reply     reply
	Todo      []todo
	Thread    []threadRow
	Talk      string // "2 andre beskeder i samtalen"
	Documents []document
	All       string // "Download alle (3)", "" for fewer than two
	Viewers   []viewer
	Team      *team // how the company works with it, nil in people's mailboxes
	Follow    follow
	Can       can
}

// reply tells whether the letter can be answered, or why not (MBX-04).
type reply struct {
	Can  bool
	Why  string
	To   string // the authority one can write to instead, "" for nobody
	Href string
}

// threadRow is one message of a conversation.
type threadRow struct {
	Href, Who, When, Time, Subject string
	Own, Current                   bool
}

// follow is how the page knows whether the letter was changed elsewhere since.
type follow struct{ Href, Version string }

// document is a file in the list of a letter's documents.
type document struct {
	Href, Icon, Name, About string
	Current                 bool
}

// viewer shows one file: as PDF in the page, or in a frame of the documents'
// origin, or not at all.
type viewer struct {
	Name     string
	Download string
	PDF      bool
	Frame    string
	Zoom     int    // percent
	In, Out  string // addresses of the page with another zoom, "" at the end
	Full     string // address of the page in full screen, "" in it
	Print    string
}

// zooms are the sizes in which a document is shown, in percent (MBX-02).
var zooms = []int{50, 75, 100, 125, 150, 200, 300}

// looks are how the page shows the documents: beside the letter, alone on the
// screen (MBX-02), or two of them side by side.
type looks struct {
	document string // the place of the one that was asked for, "" for the first
	zoom     int
	view     string     // "", fuld, side
	list     url.Values // what says which list stands beside it
}

func looksOf(r *http.Request) looks {
	q := r.URL.Query()
	l := looks{document: q.Get("dokument"), view: q.Get("visning"), list: url.Values{}, zoom: 100}
	for _, name := range []string{"liste", "sorter", "foer", "ulaest", "samarbejde"} {
		if q.Has(name) {
			l.list.Set(name, q.Get(name))
		}
	}
	if n, err := strconv.Atoi(q.Get("zoom")); err == nil && slices.Contains(zooms, n) {
		l.zoom = n
	}
	if l.view != "fuld" && l.view != "side" {
		l.view = ""
	}
	return l
}

// href is the letter's page in these looks.
func (l looks) href(message post.UUID) string {
	q := url.Values{}
	maps.Copy(q, l.list)
	for name, value := range map[string]string{"dokument": l.document, "visning": l.view} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if l.zoom != 100 {
		q.Set("zoom", strconv.Itoa(l.zoom))
	}
	return address("/post/"+message.String(), q)
}

// zoomed are the looks one step larger or smaller, "" where there is none.
func (l looks) zoomed(message post.UUID, step int) string {
	at := slices.Index(zooms, l.zoom) + step
	if at < 0 || at >= len(zooms) {
		return ""
	}
	l.zoom = zooms[at]
	return l.href(message)
}

// summonsPage asks before a court summons is opened (SND-08).
type summonsPage struct {
	List          column
	ID            string
	Subject, From string
	Mark          mark
	When, Time    string
	Back          string
	Owner         string // on whose behalf it is opened, "" for one's own
	May           bool   // it may be opened
}

// letter opens a letter: it is read from then on, everywhere (MBX-01, MBX-15). A
// court summons is not opened before its reader has said so (SND-08).
func (p *Portal) letter(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, err := p.visitLetter(r, v)
	if errs.KindOf(err) == errs.KindForbidden && err != nil && !v.may(access.MessageServe) {
		// A court summons that another may be served is there; nothing in it is shown.
		if closed, failed := p.lookAt(r, v); failed == nil && closed.Message.Unserved() {
			l, err = closed, nil
		}
	}
	if err != nil {
		return err
	}
	m, how := l.Message, looksOf(r)
	if m.State == mailbox.Draft {
		http.Redirect(w, r, "/ny/"+m.ID.String(), http.StatusSeeOther)
		return nil
	}
	view := web.View{Title: m.Label, Mailbox: true, Tab: "none", Scripts: []string{"js/list.js"}}
	if how.view != "" && !m.Unserved() {
		return p.alone(w, r, v, l, how, view)
	}
	list, back, err := p.beside(r, v, l)
	if err != nil {
		return err
	}
	if m.Unserved() {
		return p.show(w, r, v, http.StatusOK, "summons", view, summonsPage{List: list, ID: m.ID.String(), Subject: m.Label, From: m.SenderName,
			Mark: markOf(m.SenderName, m.SenderKind), When: v.words.Moment(m.Received, v.now), Time: stamp(m.Received), Back: back, Owner: v.behalf(), May: v.may(access.MessageServe)})
	}
	out := v.letter(l, how)
	out.List, out.Back = list, back
	if out.Team, err = p.team(r, v, m, how.href(m.ID)); err != nil {
		return err
	}
	if out.Thread, err = p.thread(r, v, l); err != nil {
		return err
	}
	if out.Sent {
		if out.Outcomes, err = p.outcomes(r, v, l); err != nil {
			return err
		}
	}
	if n := len(out.Thread) - 1; n > 0 {
		out.Talk = v.words.N("thread", int64(n))
	}
	p.documents(&out, l, how, v)
	view.Scripts = append(view.Scripts, scripts(out.Viewers)...)
	return p.show(w, r, v, http.StatusOK, "letter", view, out)
}

func scripts(shown []viewer) []string {
	all := []string{"js/letter.js"}
	if slices.ContainsFunc(shown, func(w viewer) bool { return w.PDF }) {
		all = append(all, "js/pdf.js")
	}
	return all
}

// alone shows documents on the whole screen (MBX-02).
func (p *Portal) alone(w http.ResponseWriter, r *http.Request, v *visit, l mailbox.Letter, how looks, view web.View) error {
	out := v.letter(l, how)
	p.documents(&out, l, how, v)
	if len(out.Viewers) == 0 {
		return errs.NotFound("page.unknown")
	}
	back := how
	back.view, back.zoom = "", 100
	out.Back = back.href(l.Message.ID)
	view.Title, view.Scripts = out.Viewers[0].Name+", "+view.Title, scripts(out.Viewers)
	return p.show(w, r, v, http.StatusOK, "full", view, out)
}

// visitLetter is the letter of a page's address, read from now on; but a court
// summons that was not served stays as it is.
func (p *Portal) visitLetter(r *http.Request, v *visit) (mailbox.Letter, error) {
	message, err := web.ID(r, "message")
	if err != nil {
		return mailbox.Letter{}, err
	}
	return p.config.Mailboxes.Visit(r.Context(), v.actor, v.box.UUID, message)
}

// lookAt is the letter of a page's address, which stays as it is.
func (p *Portal) lookAt(r *http.Request, v *visit) (mailbox.Letter, error) {
	message, err := web.ID(r, "message")
	if err != nil {
		return mailbox.Letter{}, err
	}
	return p.config.Mailboxes.Read(r.Context(), v.actor, v.box.UUID, message)
}

// served finds the letter of a page that shows what is in it. A court summons that
// was not served leads to the page that asks first, and ok is false.
func (p *Portal) served(w http.ResponseWriter, r *http.Request, v *visit) (l mailbox.Letter, ok bool, err error) {
	l, err = p.visitLetter(r, v)
	if err != nil || !l.Message.Unserved() {
		return l, err == nil, err
	}
	http.Redirect(w, r, "/post/"+l.Message.ID.String(), http.StatusSeeOther)
	return l, false, nil
}

// beside is the list that a letter was opened from, and its address.
func (p *Portal) beside(r *http.Request, v *visit, l mailbox.Letter) (column, string, error) {
	at := v.from(r, l)
	page, err := p.messages(r, v, at)
	if err != nil {
		return column{}, "", err
	}
	return v.column(page, at, l.Message.ID), at.href(), nil
}

// from is the list that a letter was opened from, as its address says; else the
// folder that it lies in.
func (v *visit) from(r *http.Request, l mailbox.Letter) listing {
	at, err := listingOf(r.URL.Query())
	if err != nil {
		at = listing{sort: sortings[0]}
	}
	if l.Folder.ID != mailbox.Inbox && !at.important {
		at.folder = l.Folder.UUID
	}
	return at
}

// stamp is a moment for programs.
func stamp(t time.Time) string { return t.In(post.Denmark).Format("2006-01-02T15:04") }

// letter is what the page says of a letter, but for its documents.
func (v *visit) letter(l mailbox.Letter, how looks) letterPage {
	m, sender := l.Message, l.Memo.Header.Sender
	page := letterPage{
		Can: v.can(), ID: m.ID.String(), Subject: m.Label, Mark: markOf(m.SenderName, m.SenderKind), From: m.SenderName, To: v.to(), Important: m.Flag, Hidden: m.Hidden != 0, HidItself: m.Hidden.Itself(), Unread: !m.Read,
		When: v.words.Moment(m.Received, v.now), Time: stamp(m.Received), Folder: l.Folder.UUID.String(), Deleted: m.Folder == mailbox.Deleted, Sent: m.State == mailbox.Sent,
		Note: noteForm{Action: "/post/" + m.ID.String() + "/note", Text: l.Note, Back: how.href(m.ID)},
		Follow: follow{"/post/" + m.ID.String() + "/tilstand", url.Values{"version": {strconv.FormatInt(m.Version, 10)}, "mappe": {l.Folder.UUID.String()},
			"vigtig": {strconv.FormatBool(m.Flag)}, "laest": {strconv.FormatBool(m.Read)}}.Encode()},
	}
	if page.Sent {
		page.From, page.To = v.writer(), v.words.T("letter.sent.to", m.RecipientName)
	}
	if sender.ContactPoint != nil && sender.ContactPoint.Label != m.SenderName && !page.Sent {
		page.Unit = sender.ContactPoint.Label
	}
	if !m.Served.IsZero() {
		page.Served = v.servedTo(l)
	}
	if !m.Answered.IsZero() {
		page.Answered = v.words.T("letter.answered", v.words.Moment(m.Answered, v.now))
	}
	page.Reply = v.reply(m)
	for _, t := range things(l) {
		page.Todo = append(page.Todo, v.todo(t, how.href(m.ID)))
	}
	if d := v.due(m); d != nil && d.Late {
		page.Late = d
	}
	return page
}

// to is to whom a letter came, in a letter's head.
func (v *visit) to() string {
	if v.own() {
		return v.words.T("letter.to")
	}
	return v.words.T("letter.sent.to", v.owner())
}

// writer is who wrote what was sent from the mailbox, as its owner is called there.
func (v *visit) writer() string {
	if v.own() {
		return v.words.T("letter.you")
	}
	return v.owner()
}

// wrote says that it was written in the mailbox.
func (v *visit) wrote() string {
	if v.own() {
		return v.words.T("thread.you")
	}
	return v.words.T("thread.wrote", v.owner())
}

// behalf is on whose behalf the visitor acts, "" for themselves.
func (v *visit) behalf() string {
	if v.own() {
		return ""
	}
	return v.owner()
}

// servedTo says when a court summons was served, and who opened it where that was not
// its owner (SND-08).
func (v *visit) servedTo(l mailbox.Letter) string {
	when := v.words.Moment(l.Message.Served, v.now)
	if l.ServedVia == access.Owner.String() {
		return v.words.T("served", when, l.ServedTo)
	}
	return v.words.T("served.by", when, v.owner(), l.ServedTo)
}

// reply tells whether a letter can be answered now, or why not and what instead.
func (v *visit) reply(m mailbox.Message) reply {
	out := reply{Can: true}
	switch {
	case m.State != mailbox.Received:
		return reply{}
	case !v.may(access.MessageWrite):
		return reply{Why: v.words.T("reply.reader", v.words.Genitive(v.owner()))}
	case !m.Reply:
		out = reply{Why: v.words.T("reply.no")}
	case m.ReplyBy.IsZero():
	case m.ReplyBy.Before(v.now):
		out = reply{Why: v.words.T("reply.late", v.words.Long(m.ReplyBy, v.now))}
	}
	if !out.Can && m.SenderKind != "" {
		out.To, out.Href = m.SenderName, "/ny?"+url.Values{"q": {m.SenderName}}.Encode()
	}
	return out
}

// outcome is what became of a sent letter with one recipient.
type outcome struct {
	Text string
	Kind string // ok, wait or bad
}

// outcomes tell what became of a sent letter.
func (p *Portal) outcomes(r *http.Request, v *visit, l mailbox.Letter) ([]outcome, error) {
	all, err := p.config.Compose.Status(r.Context(), v.actor, v.box.UUID, l.Message.ID)
	if err != nil {
		return nil, err
	}
	out := make([]outcome, len(all))
	for i, o := range all {
		whose := v.words.Genitive(o.Name)
		switch o.State {
		case compose.Handed:
			out[i] = outcome{v.words.T("sent.handed", whose, v.words.Moment(o.Handed, v.now)), "ok"}
		case compose.Taken:
			out[i] = outcome{v.words.T("sent.taken", whose, v.words.Moment(o.Ended, v.now)), "ok"}
		case compose.Refused:
			out[i] = outcome{v.words.T("sent.refused", whose, v.words.Moment(o.Ended, v.now)), "bad"}
		case compose.Waiting:
			out[i] = outcome{v.words.T("sent.waiting", o.Name), "wait"}
		case compose.Mailed:
			out[i] = outcome{v.words.T("sent.mailed", o.Name, v.words.Moment(o.Handed, v.now)), "ok"}
		case compose.Failed:
			out[i] = outcome{v.words.T("sent.failed", o.Name), "bad"}
		default:
			out[i] = outcome{v.words.T("sent.delivered", whose, v.words.Moment(o.Sent, v.now)), "ok"}
			if o.System {
				out[i] = outcome{v.words.T("sent.queued", whose, v.words.Moment(o.Sent, v.now)), "wait"}
			}
		}
	}
	return out, nil
}

// thread is the conversation that a letter is part of, oldest first; nil for a
// letter by itself.
func (p *Portal) thread(r *http.Request, v *visit, l mailbox.Letter) ([]threadRow, error) {
	if l.Message.Thread == (post.UUID{}) {
		return nil, nil
	}
	all, err := p.config.Mailboxes.Thread(r.Context(), v.actor, v.box.UUID, l.Message.ID)
	if err != nil || len(all) < 2 {
		return nil, err
	}
	out := make([]threadRow, len(all))
	for i, m := range all {
		out[i] = threadRow{Href: messageHref(m), Who: v.words.T("thread.wrote", m.SenderName), When: v.words.Moment(m.Received, v.now), Time: stamp(m.Received),
			Subject: m.Label, Own: m.State != mailbox.Received, Current: m.ID == l.Message.ID}
		switch m.State {
		case mailbox.Sent:
			out[i].Who = v.wrote()
		case mailbox.Draft:
			out[i].Who = v.words.T("thread.draft")
		}
	}
	return out, nil
}

// messageHref is the page of a message: a draft's is where it is written.
func messageHref(m mailbox.Message) string {
	if m.State == mailbox.Draft {
		return "/ny/" + m.ID.String()
	}
	return "/post/" + m.ID.String()
}

var danishHost = regexp.MustCompile(`^[a-z0-9.æøåéöäü-]+$`)

// plainHost is a host's name as it can be trusted when it is read: in letters
// that Danes know, else in the form for machines, so that no letter looks like
// another. It is "" for what is no host's name.
func plainHost(name string) string {
	name = strings.ToLower(name)
	if danishHost.MatchString(name) {
		return name
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return ""
	}
	return ascii
}

func linkKey(code memo.ActionCode) string {
	switch code {
	case memo.Betaling:
		return "link.pay"
	case memo.Underskriv:
		return "link.sign"
	case memo.Bekraeft:
		return "link.confirm"
	case memo.Tilmelding:
		return "link.enrol"
	case memo.Selvbetjening:
		return "link.service"
	case memo.Forberedelse:
		return "link.prepare"
	}
	return "link.read"
}

func capital(s string) string {
	runes := []rune(s)
	return strings.ToUpper(string(runes[:1])) + string(runes[1:])
}

// documents lists the files of a letter and shows the one that was asked for, or
// the first that can be shown; side by side, it stands beside the first.
func (p *Portal) documents(page *letterPage, l mailbox.Letter, how looks, v *visit) {
	files, names := l.Files(), fileNames(l)
	chosen, first := -1, -1
	for i, f := range files {
		if filePlace(f) == how.document {
			chosen = i
		}
		if first < 0 && showable(f) != nothing {
			first = i
		}
	}
	if len(files) > 0 {
		first = max(first, 0)
	}
	if chosen < 0 {
		chosen = first
	}
	for i, f := range files {
		to := how
		to.document, to.zoom = filePlace(f), 100
		page.Documents = append(page.Documents, document{
			Href: to.href(l.Message.ID), Icon: fileIcon(f), Name: names[i], Current: i == chosen, About: v.kind(f) + ", " + v.words.Size(f.Size),
		})
	}
	if len(files) > 1 {
		page.All = v.words.T("documents.all", len(files))
	}
	if chosen < 0 {
		return
	}
	shown := []int{chosen}
	if how.view == "side" && len(files) > 1 {
		if chosen == first {
			chosen = (first + 1) % len(files)
		}
		shown = []int{first, chosen}
	}
	for _, i := range shown {
		page.Viewers = append(page.Viewers, p.viewer(l.Message.ID, files[i], names[i], how, v))
	}
}

func (p *Portal) viewer(message post.UUID, f mailbox.File, name string, how looks, v *visit) viewer {
	how.document = filePlace(f)
	show := viewer{Name: name, Download: downloadHref(message, f), Zoom: how.zoom, In: how.zoomed(message, 1), Out: how.zoomed(message, -1),
		Print: "/post/" + message.String() + "/udskriv?dokument=" + filePlace(f)}
	if how.view == "" {
		full := how
		full.view, full.zoom = "fuld", 100
		show.Full = full.href(message)
	}
	switch showable(f) {
	case asPDF:
		show.PDF = true
	case asHTML, asText, asImage:
		show.Frame = p.frameURL(v, message, f, how.zoom)
	}
	return show
}

// fileNames is what the files of a letter are called in lists.
func fileNames(l mailbox.Letter) []string {
	labels := map[int]string{}
	i := 0
	for _, doc := range l.Memo.Documents() {
		labels[i] = doc.Label
		i++
	}
	var names []string
	for _, f := range l.Files() {
		names = append(names, fileName(f, labels[f.Document]))
	}
	return names
}

// kind says what a file is.
func (v *visit) kind(f mailbox.File) string {
	if kind := showable(f); kind != nothing {
		return v.words.T("file." + string(kind))
	}
	if ext := path.Ext(f.Filename); len(ext) > 1 {
		return strings.ToUpper(ext[1:])
	}
	return v.words.T("file.unknown")
}

// fileName is what a file is called in the list: its document's name where it has
// one, else its own without the ending.
func fileName(f mailbox.File, label string) string {
	if label != "" {
		return label
	}
	name := strings.TrimSuffix(f.Filename, path.Ext(f.Filename))
	if name == "" {
		return f.Filename
	}
	return name
}
