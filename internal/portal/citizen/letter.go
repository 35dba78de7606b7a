package citizen

import (
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/idna"

	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// letterRoutes enters the letter and its documents.
func (p *Portal) letterRoutes(on routes) {
	on.own("GET /post/{message}", p.letter)
	on.own("GET /post/{message}/dokument/{document}/{file}", p.download)
	on.letter("GET", "alle.zip", p.downloadAll)
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
	When      string
	Time      string
	Important bool
	Late      *due
	Note      string
	Reply     string
	Todo      []todo
	Documents []document
	All       string // "Download alle (3)", "" for fewer than two
	Viewer    *viewer
}

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
}

// letter opens a letter: it is read from then on, everywhere (MBX-01, MBX-15).
func (p *Portal) letter(w http.ResponseWriter, r *http.Request, v *visit) error {
	message, err := id(r, "message")
	if err != nil {
		return err
	}
	l, err := p.config.Mailboxes.Open(r.Context(), v.actor, v.box.UUID, message)
	if err != nil {
		return err
	}
	at, err := listingOf(r.URL.Query())
	if err != nil {
		at = listing{sort: sortings[0]}
	}
	if l.Folder.ID != mailbox.Inbox && !at.important {
		at.folder = l.Folder.UUID
	}
	page, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, at.query())
	if err != nil {
		return err
	}
	out := v.letter(l)
	out.List = v.column(page, at, message)
	out.Back = at.href()
	p.documents(&out, l, r, v)
	view := web.View{Title: l.Message.Label, Mailbox: true, Tab: "none", Scripts: []string{"js/list.js"}}
	if out.Viewer != nil && out.Viewer.PDF {
		view.Scripts = append(view.Scripts, "js/pdf.js")
	}
	return p.show(w, r, v, http.StatusOK, "letter", view, out)
}

// letter is what the page says of a letter, but for its documents.
func (v *visit) letter(l mailbox.Letter) letterPage {
	m, sender := l.Message, l.Memo.Header.Sender
	page := letterPage{
		ID: m.ID.String(), Subject: m.Label, Mark: markOf(m.SenderName, m.SenderKind), From: m.SenderName, Important: m.Flag, Note: l.Note,
		When: v.words.Moment(m.Received, v.now), Time: m.Received.In(post.Denmark).Format("2006-01-02T15:04"),
		Reply: v.words.T("reply.no"),
	}
	if sender.ContactPoint != nil && sender.ContactPoint.Label != m.SenderName {
		page.Unit = sender.ContactPoint.Label
	}
	if d := v.due(m); d != nil && d.Late {
		page.Late = d
	}
	if m.Reply {
		page.Reply = v.words.T("reply.yes")
		if !m.ReplyBy.IsZero() {
			key := "reply.by"
			if m.ReplyBy.Before(v.now) {
				key = "reply.late"
			}
			page.Reply = v.words.T(key, v.words.Long(m.ReplyBy, v.now))
		}
	}
	for kind, doc := range l.Memo.Documents() {
		if kind == memo.TechnicalDocument {
			continue
		}
		for _, a := range doc.Actions {
			page.Todo = append(page.Todo, v.action(a))
		}
	}
	return page
}

// action is something to do (SND-03), with where its link leads said in words.
func (v *visit) action(a memo.Action) todo {
	t := todo{Title: a.Label}
	if r := a.Reservation; r != nil {
		v.sheet(&t, r.StartDateTime, true)
		when := v.words.T("date.at", capital(v.words.Long(r.StartDateTime, v.now)), v.words.Clock(r.StartDateTime))
		switch {
		case r.EndDateTime.IsZero():
		case post.Today(r.EndDateTime).Equal(post.Today(r.StartDateTime)):
			when += "–" + v.words.Clock(r.EndDateTime)
		default:
			when += " – " + v.words.Moment(r.EndDateTime, v.now)
		}
		t.About = when
		if place := strings.TrimSpace(r.Location); place != "" {
			t.About += ", " + place
		}
		for _, text := range []string{r.Description, r.Abstract} {
			if text = strings.TrimSpace(text); text != "" && !strings.EqualFold(text, a.Label) {
				t.More = append(t.More, text)
			}
		}
		t.Title = v.words.T("todo.appointment", a.Label)
	} else if !a.EndDateTime.IsZero() {
		v.sheet(&t, a.EndDateTime, false)
		key := "todo.by"
		if t.Late {
			key = "todo.late"
		}
		t.About = v.words.T(key, v.words.Long(a.EndDateTime, v.now), v.words.InDays(a.EndDateTime, v.now))
	}
	if a.EntryPoint != nil {
		if u, err := url.Parse(a.EntryPoint.URL); err == nil && strings.EqualFold(u.Scheme, "https") {
			if host := plainHost(u.Hostname()); host != "" {
				u.User = nil
				t.Link = &link{Href: u.String(), Text: v.words.T(linkKey(a.ActionCode)), To: v.words.T("todo.leads", host)}
			}
		}
	}
	return t
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

// documents lists the files of a letter and opens the one that was asked for, or
// the first that can be shown.
func (p *Portal) documents(page *letterPage, l mailbox.Letter, r *http.Request, v *visit) {
	files := l.Files()
	labels := map[int]string{}
	i := 0
	for _, doc := range l.Memo.Documents() {
		labels[i] = doc.Label
		i++
	}
	asked := r.URL.Query().Get("dokument")
	chosen := -1
	for i, f := range files {
		if filePlace(f) == asked {
			chosen = i
			break
		}
		if chosen < 0 && showable(f) != nothing {
			chosen = i
		}
	}
	if chosen < 0 && len(files) > 0 {
		chosen = 0
	}
	for i, f := range files {
		query := r.URL.Query() // the list beside it stays as it is
		query.Set("dokument", filePlace(f))
		page.Documents = append(page.Documents, document{
			Href: "?" + query.Encode(), Icon: fileIcon(f), Name: fileName(f, labels[f.Document]), Current: i == chosen,
			About: v.kind(f) + ", " + v.words.Size(f.Size),
		})
	}
	if len(files) > 1 {
		page.All = v.words.T("documents.all", len(files))
	}
	if chosen >= 0 {
		f := files[chosen]
		show := &viewer{Name: page.Documents[chosen].Name, Download: downloadHref(l.Message.ID, f)}
		switch showable(f) {
		case asPDF:
			show.PDF = true
		case asHTML, asText, asImage:
			show.Frame = p.frameURL(v, l.Message.ID, f)
		}
		page.Viewer = show
	}
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
