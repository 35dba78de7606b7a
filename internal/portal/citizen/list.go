package citizen

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// listRoutes enters the lists of letters.
func (p *Portal) listRoutes(on routes) {
	on.own("GET /post", p.inbox)
	on.own("GET /post/mappe/{folder}", p.folder)
	on.own("GET /soeg", p.search)
	on.open("GET /post/haendelser", p.events)
}

// rows is how many letters a list shows at a time.
const rows = 50

// folderLink is a folder in the column at the side.
type folderLink struct {
	Href, Name, Icon string
	Unread           int64
	Inbox            bool
	Current          bool
	Children         []folderLink
}

// column is a list of letters with what stands around it.
type column struct {
	Heading string
	Unread  string // "3 ulæste", "" for none
	Live    bool   // the list is the inbox from its top: new post is announced on it
	Total   int64
	Counted string // "8 af 214 beskeder"
	Groups  []group
	More    string // address of the next letters, "" for none
	Newest  string // address of the list's top, "" on it
	Empty   string // key of the words for an empty list
	Words   string // what was searched for
	Own     []folderLink
	Sub     []folderLink
	Alone   bool // the reader wants no pane beside the list
}

// group is the letters under one heading.
type group struct {
	Heading string
	Items   []item
}

// item is a row of a list.
type item struct {
	Mark                      mark
	Href, From, Subject, When string
	Time                      string
	Unread, Open, Important   bool
	Due                       *due
	Documents                 int64
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

// inboxPage is the list with the pane beside it.
type inboxPage struct {
	List     column
	Greeting string
	Summary  string
	Next     []todo
}

func (p *Portal) inbox(w http.ResponseWriter, r *http.Request, v *visit) error {
	if introduced, err := p.introduce(w, r, v); introduced || err != nil {
		return err
	}
	return p.list(w, r, v, mailbox.Query{Inbox: true})
}

func (p *Portal) folder(w http.ResponseWriter, r *http.Request, v *visit) error {
	folder, err := id(r, "folder")
	if err != nil {
		return err
	}
	return p.list(w, r, v, mailbox.Query{Folder: folder})
}

// search finds letters by their title and sender, however old (MBX-16).
func (p *Portal) search(w http.ResponseWriter, r *http.Request, v *visit) error {
	words := strings.TrimSpace(r.URL.Query().Get("q"))
	if len(words) > 200 {
		return errs.New(errs.KindInvalid, "search.too.long", "more than 200 bytes to search for")
	}
	return p.list(w, r, v, mailbox.Query{Words: words})
}

func (p *Portal) list(w http.ResponseWriter, r *http.Request, v *visit, q mailbox.Query) error {
	searching := !q.Inbox && q.Folder == (post.UUID{})
	before := r.URL.Query().Get("foer")
	if before != "" {
		var err error
		if q.Before, err = post.ParseUUID(before); err != nil {
			return errs.NotFound("page.unknown")
		}
	}
	q.Limit, q.Ahead = rows, true
	page, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, q)
	if err != nil {
		return err
	}
	list := v.column(page, q, before, post.UUID{})
	out := inboxPage{List: list}
	v.ahead(page, &out)
	title := list.Heading
	if list.Unread != "" {
		title += " (" + list.Unread + ")"
	}
	view := web.View{Title: title, Mailbox: true, Search: q.Words, Scripts: []string{"js/list.js"}}
	if q.Inbox {
		view.Tab = "inbox"
	}
	name := "inbox"
	if searching {
		name = "search"
	}
	return p.show(w, r, v, http.StatusOK, name, view, out)
}

// ahead fills in the pane: who reads, and what is to be done next.
func (v *visit) ahead(page mailbox.Page, out *inboxPage) {
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

// column makes the list and the folders beside it.
func (v *visit) column(page mailbox.Page, q mailbox.Query, before string, open post.UUID) column {
	c := column{Alone: v.settings.NoPane, Total: page.Total, Words: q.Words, Heading: v.words.T("search.title"), Empty: "empty.search"}
	here := "/soeg"
	params := url.Values{}
	if q.Words != "" {
		params.Set("q", q.Words)
	}
	own, custom := v.folders(page.Folders, func(f mailbox.Folder) bool {
		return q.Inbox && f.ID == mailbox.Inbox || f.UUID == q.Folder
	})
	c.Own, c.Sub = own, custom
	for _, f := range page.Folders {
		if q.Inbox && f.ID == mailbox.Inbox || f.UUID == q.Folder {
			c.Heading, here, c.Empty = v.folderName(f), folderHref(f), emptyKey(f)
			if f.Unread > 0 {
				c.Unread = v.words.N("unread", f.Unread)
			}
		}
	}
	c.Live = q.Inbox && before == ""
	if before != "" {
		c.Newest = address(here, params)
	}
	if page.More {
		params.Set("foer", page.Messages[len(page.Messages)-1].ID.String())
		c.More = address(here, params)
	}
	c.Counted = v.words.T("list.counted", v.words.Number(int64(len(page.Messages))), v.words.N("messages", page.Total))
	for _, m := range page.Messages {
		heading := v.words.Group(m.Received, v.now)
		if n := len(c.Groups); n == 0 || c.Groups[n-1].Heading != heading {
			c.Groups = append(c.Groups, group{Heading: heading})
		}
		last := &c.Groups[len(c.Groups)-1]
		last.Items = append(last.Items, v.item(m, before, m.ID == open))
	}
	return c
}

func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func (v *visit) item(m mailbox.Message, before string, open bool) item {
	href := "/post/" + m.ID.String()
	if before != "" {
		href += "?foer=" + url.QueryEscape(before)
	}
	return item{
		Mark: markOf(m.SenderName, m.SenderKind), Href: href, From: m.SenderName, Subject: m.Label,
		When: v.words.Stamp(m.Received, v.now), Time: m.Received.In(post.Denmark).Format("2006-01-02T15:04"),
		Unread: !m.Read, Open: open, Important: m.Flag, Due: v.due(m), Documents: int64(m.Documents),
	}
}

// folders are the links to folders: those that every mailbox has, and the
// reader's own. Drafts and sent post have nothing to show before there is some.
func (v *visit) folders(all []mailbox.Folder, current func(mailbox.Folder) bool) (own, custom []folderLink) {
	link := func(f mailbox.Folder, icon string) folderLink {
		unread := f.Unread
		if f.ID != mailbox.Inbox && f.ID <= mailbox.Deleted {
			unread = 0
		}
		return folderLink{Href: folderHref(f), Name: v.folderName(f), Icon: icon, Unread: unread, Inbox: f.ID == mailbox.Inbox, Current: current(f)}
	}
	var under func(parent post.UUID) []folderLink
	under = func(parent post.UUID) []folderLink {
		var links []folderLink
		for _, f := range all {
			if f.ID > mailbox.Deleted && f.Parent == parent {
				l := link(f, "folder")
				l.Children = under(f.UUID)
				links = append(links, l)
			}
		}
		return links
	}
	for _, f := range all {
		switch {
		case f.ID == mailbox.Inbox:
			own = append(own, link(f, "email"), folderLink{Href: "/frister", Name: v.words.T("deadlines"), Icon: "calendar-month"})
		case f.ID == mailbox.Drafts && f.Total > 0:
			own = append(own, link(f, "edit"))
		case f.ID == mailbox.SentBox && f.Total > 0:
			own = append(own, link(f, "send"))
		case f.ID == mailbox.Deleted:
			own = append(own, link(f, "delete"))
		}
	}
	return own, under(post.UUID{})
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

func emptyKey(f mailbox.Folder) string {
	switch f.ID {
	case mailbox.Inbox:
		return "empty.inbox"
	case mailbox.Drafts:
		return "empty.drafts"
	case mailbox.SentBox:
		return "empty.sent"
	case mailbox.Deleted:
		return "empty.deleted"
	}
	return "empty.folder"
}
