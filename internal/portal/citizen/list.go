package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// listRoutes enters the lists of letters, and what keeps an open one true.
func (p *Portal) listRoutes(on routes) {
	on.own("GET /post", p.inbox)
	on.own("GET /post/vigtige", p.list)
	on.own("GET /post/mappe/{folder}", p.list)
	on.own("POST /post/visning", p.widen)
	on.own("GET /post/aendringer", p.changes)
	on.open("GET /post/haendelser", p.events)
}

// rows is how many letters a list shows at a time.
const rows = 50

// listing is a list of letters as an address names it: which it is, in which
// order, and from where on.
type listing struct {
	folder    post.UUID // nil is the inbox, or no folder with important
	important bool
	sort      sorting
	before    post.UUID
	unread    bool   // how before was marked, in the order of that
	team      string // the filter of a company's list, "" for all (teamFilters)
}

// sorting is an order in which letters can be listed.
type sorting struct {
	key   string // in the address, "" for the usual one
	by    mailbox.Sort
	up    bool
	text  string // key of its words
	names bool   // it is about names of senders, which what one writes oneself does not have
}

var sortings = []sorting{
	{"", mailbox.SortReceived, false, "sort.newest", false},
	{"aeldste", mailbox.SortReceived, true, "sort.oldest", false},
	{"ulaeste", mailbox.SortRead, true, "sort.unread", false},
	{"afsender", mailbox.SortSender, true, "sort.sender", true},
	{"titel", mailbox.SortLabel, true, "sort.title", false},
	{"stoerrelse", mailbox.SortSize, false, "sort.size", false},
}

// listingOf reads a list's address; that of a letter has the same, so that the
// list stands beside it as it was.
func listingOf(q url.Values) (listing, error) {
	l := listing{important: q.Get("liste") == "vigtige", sort: sortings[0], unread: q.Has("ulaest")}
	unknown := errs.NotFound("page.unknown")
	l.team = q.Get("samarbejde")
	if _, known := teamFilter(l.team); !known {
		return listing{sort: sortings[0]}, unknown
	}
	for _, s := range sortings {
		if s.key == q.Get("sorter") {
			l.sort = s
		}
	}
	if l.sort.key != q.Get("sorter") {
		return l, unknown
	}
	if before := q.Get("foer"); before != "" {
		var err error
		if l.before, err = post.ParseUUID(before); err != nil {
			l.before = post.UUID{}
			return l, unknown
		}
	}
	return l, nil
}

// query is what the list asks of the mailbox.
func (l listing) query() mailbox.Query {
	q := mailbox.Query{Limit: rows, Ahead: true, Sort: l.sort.by, Up: l.sort.up, Before: l.before, BeforeRead: !l.unread}
	switch {
	case l.important:
		q.Flag, q.Kept = true, true
	case l.folder == (post.UUID{}):
		q.Inbox = true
	default:
		q.Folder = l.folder
	}
	if l.sort.by != mailbox.SortReceived {
		q.Then = []mailbox.Order{{Sort: mailbox.SortReceived}}
	}
	return q
}

// params are what an address needs to say beside which folder it is.
func (l listing) params() url.Values {
	q := url.Values{}
	if l.sort.key != "" {
		q.Set("sorter", l.sort.key)
	}
	if l.before != (post.UUID{}) {
		q.Set("foer", l.before.String())
	}
	if l.unread {
		q.Set("ulaest", "1")
	}
	if l.team != "" {
		q.Set("samarbejde", l.team)
	}
	return q
}

// href is the list's own address.
func (l listing) href() string { return address(l.path(), l.params()) }

func (l listing) path() string {
	switch {
	case l.important:
		return "/post/vigtige"
	case l.folder == (post.UUID{}):
		return "/post"
	}
	return "/post/mappe/" + l.folder.String()
}

// letter is the address of a letter that is opened from the list.
func (l listing) letter(id post.UUID) string {
	q := l.params()
	if l.important {
		q.Set("liste", "vigtige")
	}
	return address("/post/"+id.String(), q)
}

// top is the list from its beginning.
func (l listing) top() listing {
	l.before, l.unread = post.UUID{}, false
	return l
}

// has tells whether a letter belongs on the list, wherever on it.
func (l listing) has(m mailbox.Message, folders []mailbox.Folder) bool {
	at, known := folderOf(m, folders)
	switch {
	case !known:
		return false
	case l.important:
		return m.Flag && at.ID != mailbox.Deleted
	case l.folder == (post.UUID{}):
		return at.ID == mailbox.Inbox
	}
	return at.UUID == l.folder
}

// folderOf is the folder in which a letter counts as lying: what a deleted folder
// held is on its way to the trash.
func folderOf(m mailbox.Message, folders []mailbox.Folder) (mailbox.Folder, bool) {
	var trash mailbox.Folder
	for _, f := range folders {
		if f.ID == m.Folder {
			return f, true
		}
		if f.ID == mailbox.Deleted {
			trash = f
		}
	}
	return trash, trash.ID != 0
}

// column is a list of letters with what stands around it.
type column struct {
	Heading string
	Unread  string // "3 ulæste", "" for none
	Folder  string // its id, "" where it is no folder
	Trash   bool
	Own     bool // of what the reader writes: drafts, sent post
	Drafts  bool
	Beside  bool // a letter is open: the list stands beside it
	Groups  []group
	Total   int64
	Counted string // "8 af 214 beskeder"
	More    string // address of the next letters, "" for none
	Newest  string // address of the list's top, "" on it
	Empty   web.Empty
	Sorted  []web.Option
	Here    string // its address
	Live    string // where its changes are told
	Modseq  int64  // as far as it is true
	Picked  string // what is picked beforehand: "side", "alle" or ""
	// PickPage and PickAll are the addresses that pick all on the page, or in the
	// folder; All is what the second is called, "" where all are on the page.
	PickPage, PickAll, All string
	PickedText             string // "214 valgt"
	Folders                side
	Alone                  bool // the reader wants no pane beside the list
	Can                    can
	Chips                  []web.Option // filters of a company's list
	Rules                  bool         // the reader makes rules
}

// group is the letters under one heading.
type group struct {
	Heading string
	Items   []item
}

// item is a row of a list.
type item struct {
	ID                        string
	Mark                      mark
	Href, From, Subject, When string
	Time                      string
	Unread, Open, Important   bool
	Due                       *due
	Documents                 int64
	Noted, Answered           bool
	Hidden                    bool // from those with access, as its owner sees it
	Forwarded, Draft, Private bool
	Done                      string // "Klaret 20. nov.", "" for what is not
	Summons                   bool   // a court summons that was not served: nothing in it is shown
	Team                      *teamRow
	Picked                    bool
	Pick                      bool // it can be picked
}

type mark struct{ Kind, Letters string }

// markOf is a sender's mark: its letters, and the colour of its kind (SYS-13).
func markOf(name, kind string) mark {
	colour, ok := map[string]string{"STATE": "stat", "REGION": "region", "MUNICIPALITY": "kommune"}[kind]
	if !ok {
		colour = "andre"
	}
	return mark{colour, web.Initials(name)}
}

// listPage is a list with the pane beside it.
type listPage struct {
	List     column
	Greeting string
	Summary  string
	Waiting  int64 // requests of access that wait for the reader's answer
	Next     []todo
}

// inbox shows the inbox; who comes for the first time is shown around.
func (p *Portal) inbox(w http.ResponseWriter, r *http.Request, v *visit) error {
	if introduced, err := p.introduce(w, r, v); introduced || err != nil {
		return err
	}
	return p.list(w, r, v)
}

// list shows the inbox, a folder, or what is important (MBX-01, MBX-07, MBX-12).
func (p *Portal) list(w http.ResponseWriter, r *http.Request, v *visit) error {
	at, err := listingOf(r.URL.Query())
	if err != nil {
		return err
	}
	at.important = strings.HasSuffix(r.URL.Path, "/vigtige")
	if r.PathValue("folder") != "" {
		if at.folder, err = web.ID(r, "folder"); err != nil {
			return err
		}
	}
	page, err := p.messages(r, v, at)
	if err != nil {
		return err
	}
	out := listPage{List: v.column(page, at, post.UUID{})}
	out.List.pick(v, r.URL.Query().Get("valgt"))
	v.ahead(page, &out)
	if out.Waiting, err = p.waiting(r, v); err != nil {
		return err
	}
	view := web.View{Title: v.listTitle(out.List.Heading, out.List.Unread), Mailbox: true, Scripts: []string{"js/list.js"}}
	if out.List.Folder != "" && at.query().Inbox {
		view.Tab = "inbox"
	}
	return p.show(w, r, v, http.StatusOK, "list.page", view, out)
}

// listTitle is a list's title in the browser's bar, with its count.
func (v *visit) listTitle(heading, unread string) string {
	if unread != "" {
		return heading + " (" + unread + ")"
	}
	return heading
}

// ahead fills in the pane: who reads, and what is to be done next.
func (v *visit) ahead(page mailbox.Page, out *listPage) {
	for _, d := range page.Ahead[:min(3, len(page.Ahead))] {
		out.Next = append(out.Next, v.next(d))
	}
	var unread int64
	for _, f := range page.Folders {
		if f.ID == mailbox.Inbox {
			unread = f.Unread
		}
	}
	first, _, _ := strings.Cut(page.Mailbox.Owner.Name, " ")
	out.Greeting = v.words.T(greeting(v.now), first)
	if !v.own() {
		out.Greeting = v.words.T("pane.whose", v.words.Genitive(v.owner()))
	}
	out.Summary = v.words.T("pane.summary", v.spelled("pane.unread", unread), v.spelled("pane.dated", page.AheadTotal))
}

func greeting(now time.Time) string {
	switch hour := now.In(post.Denmark).Hour(); {
	case hour < 5, hour >= 18:
		return "greeting.evening"
	case hour < 10:
		return "greeting.morning"
	}
	return "greeting.day"
}

// spelled writes a small number in words, as a sentence does.
func (v *visit) spelled(key string, n int64) string {
	small := strings.Fields(v.words.T("numbers"))
	number := v.words.Number(n)
	if n < int64(len(small)) {
		number = small[n]
	}
	if n == 1 {
		return v.words.T(key+".one", number)
	}
	return v.words.T(key+".many", number)
}

// column makes the list and the folders beside it; open is the letter that stands
// beside the list, nil for none.
func (v *visit) column(page mailbox.Page, at listing, open post.UUID) column {
	c := column{Can: v.can(), Alone: v.settings.NoPane, Total: page.Total, Here: at.href(), Modseq: page.Mailbox.Modseq, Beside: open != (post.UUID{})}
	c.Chips, c.Rules = v.chips(at), v.files()
	c.Folders = v.side(page.Folders, page.AheadTotal, func(f mailbox.Folder) bool { return !at.important && at.is(f) })
	c.Folders.Important, c.Folders.Back = at.important, at.top().href()
	c.Heading, c.Empty = v.words.T("folder.important"), v.empty("empty.important", "flag")
	for _, f := range page.Folders {
		if at.important || !at.is(f) {
			continue
		}
		c.Heading, c.Empty, c.Folder = v.folderName(f), v.emptyFolder(f), f.UUID.String()
		c.Trash, c.Own, c.Drafts = f.ID == mailbox.Deleted, f.ID == mailbox.Drafts || f.ID == mailbox.SentBox, f.ID == mailbox.Drafts
		if f.Unread > 0 && !c.Own {
			c.Unread = v.words.N("unread", f.Unread)
		}
	}
	live := at.params()
	live.Set("liste", listName(at))
	c.Live = address("/post/aendringer", live)
	if at.before != (post.UUID{}) {
		c.Newest = at.top().href()
	}
	if page.More {
		more := at
		last := page.Messages[len(page.Messages)-1]
		more.before, more.unread = last.ID, at.sort.by == mailbox.SortRead && !last.Read
		c.More = more.href()
	}
	for _, s := range sortings {
		if to := at.top(); !s.names || !c.Own {
			to.sort = s
			c.Sorted = append(c.Sorted, web.Option{Value: to.href(), Text: v.words.T(s.text), Selected: s.key == at.sort.key})
		}
	}
	c.Counted = v.words.T("list.counted", v.words.Number(int64(len(page.Messages))), v.words.N("messages", page.Total))
	if page.AtLeast {
		c.Counted = v.words.T("list.counted", v.words.Number(int64(len(page.Messages))), v.words.T("list.over", v.words.N("messages", page.Total)))
	}
	if at.team != "" {
		c.Empty = v.empty("team.empty", "persons")
	}
	if at.team == "" && (page.More || at.before != (post.UUID{})) && c.Folder != "" {
		c.All = v.words.T("pick.folder", v.words.N("messages", page.Total), c.Heading)
	}
	pick := at.params()
	pick.Set("valgt", "side")
	c.PickPage = address(at.path(), pick)
	pick.Set("valgt", "alle")
	c.PickAll = address(at.path(), pick)
	for _, m := range page.Messages {
		heading := v.heading(m, at)
		if n := len(c.Groups); n == 0 || c.Groups[n-1].Heading != heading {
			c.Groups = append(c.Groups, group{Heading: heading})
		}
		last := &c.Groups[len(c.Groups)-1]
		last.Items = append(last.Items, v.item(m, at, m.ID == open))
	}
	return c
}

// is tells whether the list is that of a folder.
func (l listing) is(f mailbox.Folder) bool {
	return l.folder == (post.UUID{}) && f.ID == mailbox.Inbox || f.UUID == l.folder
}

// listName names a list where no path does.
func listName(at listing) string {
	switch {
	case at.important:
		return "vigtige"
	case at.folder == (post.UUID{}):
		return "indbakke"
	}
	return at.folder.String()
}

// heading is what a letter stands under: the day it came, or the order of the
// list.
func (v *visit) heading(m mailbox.Message, at listing) string {
	if at.sort.by == mailbox.SortReceived {
		return v.words.Group(m.Received, v.now)
	}
	return v.words.T("sort.by", small(v.words.T(at.sort.text)))
}

// small begins a text with a small letter.
func small(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[size:]
}

// pick ticks letters beforehand: those on the page, or all of the folder.
func (c *column) pick(v *visit, what string) {
	if what != "side" && (what != "alle" || c.All == "") {
		return
	}
	c.Picked = what
	n := c.Total
	if what == "side" {
		n = 0
	}
	for _, g := range c.Groups {
		for i := range g.Items {
			g.Items[i].Picked = true
			if what == "side" {
				n++
			}
		}
	}
	c.PickedText = v.words.N("picked.count", n)
}

func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func (v *visit) item(m mailbox.Message, at listing, open bool) item {
	i := item{
		ID: m.ID.String(), Pick: true, Mark: markOf(m.SenderName, m.SenderKind), Href: at.letter(m.ID), From: m.SenderName, Subject: m.Label,
		When: v.words.Stamp(m.Received, v.now), Time: stamp(m.Received),
		Unread: !m.Read, Open: open, Important: m.Flag, Due: v.due(m), Documents: int64(m.Documents),
		Noted: m.Noted, Answered: !m.Answered.IsZero(), Forwarded: !m.Forwarded.IsZero(), Private: m.Source != post.SourcePublic, Hidden: m.Hidden != 0,
	}
	i.Team = v.teamRow(m)
	if i.Subject == "" {
		i.Subject = v.words.T("subject.none")
	}
	if !m.Done.IsZero() {
		i.Done = v.words.T("done.at", v.words.Short(m.Done, v.now))
		if next(m, v.now).code != replyCode {
			i.Due = nil
		}
	}
	if m.Unserved() {
		i.Summons, i.Due = true, nil // its dates are part of what opening it tells (SND-08)
	}
	if m.State == mailbox.Received {
		return i
	}
	i.Unread, i.Due, i.Done = false, nil, ""
	i.From, i.Mark = v.words.T("to", m.RecipientName), markOf(m.RecipientName, "")
	if m.RecipientName == "" {
		i.From = v.words.T("to.nobody")
	}
	if m.State == mailbox.Draft {
		i.Draft, i.Href = true, "/ny/"+m.ID.String()
	}
	return i
}

// emptyFolder is what an empty folder says, and where to go from there.
func (v *visit) emptyFolder(f mailbox.Folder) web.Empty {
	switch f.ID {
	case mailbox.Inbox:
		return v.empty("empty.inbox", "check")
	case mailbox.Drafts:
		return v.orWrite(v.empty("empty.drafts", "edit"))
	case mailbox.SentBox:
		return v.orWrite(v.empty("empty.sent", "send"))
	case mailbox.Deleted:
		return v.empty("empty.deleted", "delete")
	}
	e := v.empty("empty.folder", "folder")
	e.Href, e.Link = "/post", v.words.T("to.inbox")
	return e
}

// orWrite leads from what is empty to writing, for who may write.
func (v *visit) orWrite(e web.Empty) web.Empty {
	if v.may(access.MessageWrite) {
		e.Href, e.Link = "/ny", v.words.T("write")
	}
	return e
}

func (v *visit) empty(key, icon string) web.Empty {
	return web.Empty{Heading: v.words.T(key), Text: v.words.T(key + ".p"), Icon: icon}
}

// widen gives the list the whole width, without the pane, or takes it back.
func (p *Portal) widen(w http.ResponseWriter, r *http.Request, v *visit) error {
	to := v.settings
	to.NoPane = !to.NoPane
	p.site.KeepSettings(w, r, to)
	http.Redirect(w, r, back(r, "/post"), http.StatusSeeOther)
	return nil
}

// back is the page that a form stood on, as it says itself: an address of this
// portal's own, else the other.
func back(r *http.Request, otherwise string) string {
	to := r.FormValue("tilbage")
	if u, err := url.Parse(to); err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return otherwise
	}
	return to
}
