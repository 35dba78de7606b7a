package citizen

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/internal/web"
)

// searchRoutes enters search (MBX-16).
func (p *Portal) searchRoutes(on routes) {
	on.own("GET /soeg", p.search)
	on.own("GET /soeg/forslag", p.suggest)
}

// maxSearched is the longest text that can be searched for, in bytes.
const maxSearched = 200

// searchPage is what was found, with the filters beside it.
type searchPage struct {
	Heading  string
	About    string
	Words    string
	Set      []web.Option // filters that are set, each the address without it
	Clear    string
	Hits     []hit
	Counted  string
	More     string
	Newest   string
	Empty    web.Empty
	Problems web.Problems
	Folders  []web.Option
	Senders  []web.Option
	From, To web.Date
	Only     []web.Option // Value is the field's name
	Sorted   []web.Option
	Modseq   int64
}

// hit is a letter that was found.
type hit struct {
	item
	About   string // "3. september 2026 · Børn › Institution"
	Sender  []piece
	Title   []piece
	Excerpt []piece
	In      string // "Fundet i Tilbud om plads.pdf"
	Icon    string
}

// piece is a part of a text; some are marked.
type piece struct {
	Text string
	Mark bool
}

// pieces cuts a text where words were found in it.
func pieces(text string, marks []search.Span) []piece {
	var all []piece
	at := 0
	for _, m := range marks {
		if m.Start < at || m.End > len(text) {
			continue
		}
		if m.Start > at {
			all = append(all, piece{Text: text[at:m.Start]})
		}
		all = append(all, piece{text[m.Start:m.End], true})
		at = m.End
	}
	if at < len(text) {
		all = append(all, piece{Text: text[at:]})
	}
	return all
}

// only are the filters that are ticked: the field's name and the key of its words.
var only = []struct {
	field, text string
	set         func(*mailbox.Query)
}{
	{"ulaeste", "filter.unread", func(q *mailbox.Query) { q.Unread = true }},
	{"vigtige", "folder.important", func(q *mailbox.Query) { q.Flag = true }},
	{"dokumenter", "filter.documents", func(q *mailbox.Query) { q.Documents = true }},
	{"frist", "filter.due", func(q *mailbox.Query) { q.Due = true }},
}

// search finds letters by all they say, however old (MBX-16).
func (p *Portal) search(w http.ResponseWriter, r *http.Request, v *visit) error {
	asked := r.URL.Query()
	words := strings.Join(strings.Fields(asked.Get("q")), " ")
	if len(words) > maxSearched {
		return errs.New(errs.KindInvalid, "search.too.long", "more than %d bytes to search for", maxSearched)
	}
	folders, err := p.config.Mailboxes.Folders(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	page := searchPage{Words: words, Clear: address("/soeg", url.Values{"q": {words}})}
	q := mailbox.Query{Words: words, Hits: true, Limit: rows}
	// The address says what is set, without what is empty.
	set := url.Values{}
	if words != "" {
		set.Set("q", words)
	}
	keep := func(key, value, text string) {
		set.Set(key, value)
		page.Set = append(page.Set, web.Option{Value: key, Text: text})
	}
	page.Folders = []web.Option{{Value: "", Text: v.words.T("filter.everywhere")}}
	for _, f := range v.allFolders(folders) {
		o := web.Option{Value: f.ID, Text: strings.Repeat("\u2003", f.depth) + f.Name, Selected: f.ID == asked.Get("mappe")}
		page.Folders = append(page.Folders, o)
		if o.Selected {
			q.Folder, _ = post.ParseUUID(f.ID)
			keep("mappe", f.ID, v.words.T("filter.in", f.Name))
		}
	}
	if asked.Get("mappe") != "" && q.Folder == (post.UUID{}) {
		return errs.NotFound("page.unknown")
	}
	if err := p.searchDates(v, asked, &q, &page, keep); err != nil {
		return err
	}
	for _, o := range only {
		on := asked.Get(o.field) != ""
		page.Only = append(page.Only, web.Option{Value: o.field, Text: v.words.T(o.text), Selected: on})
		if on {
			o.set(&q)
			keep(o.field, "1", v.words.T(o.text))
		}
	}
	if err := p.searchSenders(r, v, asked, &q, &page, keep); err != nil {
		return err
	}
	if before := asked.Get("foer"); before != "" {
		if q.Before, err = post.ParseUUID(before); err != nil {
			return errs.NotFound("page.unknown")
		}
		page.Newest = address("/soeg", set)
	}
	q.Up = asked.Get("sorter") == "aeldste"
	oldest := withValue(set, "sorter", "aeldste")
	page.Sorted = []web.Option{{Value: address("/soeg", set), Text: v.words.T("sort.newest"), Selected: !q.Up}, {Value: address("/soeg", oldest), Text: v.words.T("sort.oldest"), Selected: q.Up}}
	if q.Up {
		set = oldest
	}
	for i := range page.Set { // the address without this one
		less := withValue(set, page.Set[i].Value, "")
		if page.Set[i].Value == "fra" || page.Set[i].Value == "til" {
			for _, part := range []string{"dag", "maaned", "aar"} {
				less.Del(page.Set[i].Value + "-" + part)
			}
		}
		page.Set[i].Value = address("/soeg", less)
	}
	view := web.View{Title: v.words.T("search.label"), Wide: true, Search: words, Failed: page.Problems != nil, Scripts: []string{"js/list.js"}}
	page.Heading, page.About = view.Title, v.words.T("search.where")
	status := http.StatusOK
	switch {
	case page.Problems != nil:
		status = http.StatusUnprocessableEntity
	case words != "" || len(page.Set) > 0:
		if err := p.found(r, v, q, folders, set, &page); err != nil {
			return err
		}
		view.Title = page.Heading
	}
	return p.show(w, r, v, status, "search.page", view, page)
}

// found asks the mailbox and fills in what it finds.
func (p *Portal) found(r *http.Request, v *visit, q mailbox.Query, folders []mailbox.Folder, set url.Values, page *searchPage) error {
	got, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, q)
	if err != nil {
		return err
	}
	if err := p.works(r, v, got.Messages); err != nil {
		return err
	}
	page.Modseq = got.Mailbox.Modseq
	count := v.words.N("messages", got.Total)
	if got.AtLeast {
		count = v.words.T("search.least", v.words.Number(got.Total))
	}
	page.Heading = count
	if page.Words != "" {
		page.Heading = v.words.T("search.found", count, page.Words)
	}
	page.Counted = v.words.T("list.counted", v.words.Number(int64(len(got.Messages))), count)
	if len(page.Set) > 0 {
		page.Empty = v.empty("empty.filtered", "search")
		page.Empty.Href, page.Empty.Link = page.Clear, v.words.T("filter.clear")
	} else {
		page.Empty = v.empty("empty.search", "search")
	}
	if page.Words != "" {
		page.Empty.Heading = v.words.T("empty.search.about", page.Words)
	}
	at := listing{sort: sortings[0]}
	for _, m := range got.Messages {
		h := hit{item: v.item(m, at, false), About: v.words.Short(m.Received, v.now)}
		h.Pick = false
		if folder, ok := folderOf(m, folders); ok {
			h.About += " · " + v.folderPath(folder, folders)
		}
		found := got.Hits[m.ID]
		h.Sender, h.Title = pieces(h.From, nil), pieces(h.Subject, found.Label)
		if m.State == mailbox.Received {
			h.Sender = pieces(h.From, found.Sender)
		}
		if m.Label == "" {
			h.Title = pieces(h.Subject, nil)
		}
		v.excerpt(&h, found.In)
		page.Hits = append(page.Hits, h)
	}
	next := got.Next
	if next == (post.UUID{}) && got.More {
		next = got.Messages[len(got.Messages)-1].ID
	}
	if next != (post.UUID{}) {
		page.More = address("/soeg", withValue(set, "foer", next.String()))
	}
	return nil
}

// excerpt shows where in a letter the words were found.
func (v *visit) excerpt(h *hit, in search.Excerpt) {
	switch in.Place {
	case search.Document:
		h.In, h.Icon = v.words.T("search.in", in.Name), "file"
	case search.Note:
		h.In, h.Icon = v.words.T("search.in.note"), "edit"
	}
	if in.Text != "" {
		h.Excerpt = pieces(in.Text, in.Marks)
	}
}

// folderPath is a folder with those it lies in: Børn › Institution.
func (v *visit) folderPath(f mailbox.Folder, all []mailbox.Folder) string {
	path := v.folderName(f)
	for range mailbox.MaxFolderDepth {
		i := slices.IndexFunc(all, func(o mailbox.Folder) bool { return o.UUID == f.Parent })
		if f.Parent == (post.UUID{}) || i < 0 {
			break
		}
		f = all[i]
		path = f.Name + " › " + path
	}
	return path
}

// allFolders are those of every mailbox and the reader's own, as one list.
func (v *visit) allFolders(all []mailbox.Folder) []branch {
	var list []branch
	for _, f := range all {
		if f.ID <= mailbox.Deleted {
			list = append(list, branch{folderLink: folderLink{ID: f.UUID.String(), Name: v.folderName(f)}})
		}
	}
	return append(list, v.tree(all, func(f mailbox.Folder) bool { return f.ID > mailbox.Deleted })...)
}

// searchDates reads the days between which letters came.
func (p *Portal) searchDates(v *visit, asked url.Values, q *mailbox.Query, page *searchPage, keep func(key, value, text string)) error {
	read := func(name string) web.Date {
		return web.Date{Day: strings.TrimSpace(asked.Get(name + "-dag")), Month: strings.TrimSpace(asked.Get(name + "-maaned")), Year: strings.TrimSpace(asked.Get(name + "-aar"))}
	}
	page.From, page.To = read("fra"), read("til")
	for _, side := range []struct {
		name, text string
		date       web.Date
	}{{"fra", "filter.from", page.From}, {"til", "filter.to", page.To}} {
		if side.date.Empty() {
			continue
		}
		day, ok := side.date.Time()
		if !ok {
			page.Problems.Add(side.name, v.words.T("problem.date"))
			continue
		}
		if side.name == "fra" {
			q.From = day
		} else {
			q.To = day.AddDate(0, 0, 1) // the whole of its last day
		}
		keep(side.name+"-dag", side.date.Day, v.words.T(side.text, v.words.Short(day, v.now)))
		page.Set[len(page.Set)-1].Value = side.name
	}
	for _, name := range []string{"fra", "til"} {
		for _, part := range []string{"dag", "maaned", "aar"} {
			keepPart(asked, name+"-"+part, keep, page)
		}
	}
	return nil
}

// keepPart keeps a part of a date in the address, without a filter of its own.
func keepPart(asked url.Values, key string, keep func(key, value, text string), page *searchPage) {
	if value := strings.TrimSpace(asked.Get(key)); value != "" {
		keep(key, value, "")
		page.Set = page.Set[:len(page.Set)-1]
	}
}

// searchSenders offers the senders of the newest letters, and the one that was
// chosen.
func (p *Portal) searchSenders(r *http.Request, v *visit, asked url.Values, q *mailbox.Query, page *searchPage, keep func(key, value, text string)) error {
	chosen, _ := strconv.ParseInt(asked.Get("afsender"), 10, 64)
	recent, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, mailbox.Query{Limit: 200})
	if err != nil {
		return err
	}
	page.Senders = []web.Option{{Value: "", Text: v.words.T("filter.anybody")}}
	known := map[post.PartyID]bool{}
	add := func(m mailbox.Message) {
		if m.State != mailbox.Received || known[m.Sender] {
			return
		}
		known[m.Sender] = true
		page.Senders = append(page.Senders, web.Option{Value: strconv.FormatInt(int64(m.Sender), 10), Text: m.SenderName, Selected: int64(m.Sender) == chosen})
	}
	for _, m := range recent.Messages {
		add(m)
	}
	if asked.Get("afsender") == "" {
		return nil
	}
	q.Sender = post.PartyID(chosen)
	if !known[q.Sender] { // somebody who last wrote long ago: by the letter that says so
		of, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, mailbox.Query{Sender: q.Sender, Limit: 1})
		if err != nil {
			return err
		}
		if q.Sender == 0 || len(of.Messages) == 0 {
			return errs.NotFound("page.unknown")
		}
		add(of.Messages[0])
	}
	slices.SortStableFunc(page.Senders[1:], func(a, b web.Option) int { return compareDanish(a.Text, b.Text) })
	for _, o := range page.Senders {
		if o.Selected {
			keep("afsender", o.Value, o.Text)
		}
	}
	return nil
}

// withValue is an address's values with one more, or without it where value is "".
func withValue(q url.Values, key, value string) url.Values {
	with := url.Values{}
	for k, all := range q {
		with[k] = all
	}
	if value == "" {
		with.Del(key)
	} else {
		with.Set(key, value)
	}
	return with
}

// suggestion is what somebody may be about to type.
type suggestion struct {
	Text  string `json:"text"`
	About string `json:"about"`
}

// suggest proposes how what is typed in the search field may go on.
func (p *Portal) suggest(w http.ResponseWriter, r *http.Request, v *visit) error {
	typed := strings.TrimSpace(r.URL.Query().Get("q"))
	all := []suggestion{}
	if typed != "" && len(typed) <= maxSearched {
		found, err := p.config.Mailboxes.Suggest(r.Context(), v.actor, v.box.UUID, typed)
		if err != nil {
			return err
		}
		for _, kind := range []struct {
			texts []string
			about string
		}{{found.Senders, v.words.T("suggest.sender")}, {found.Titles, v.words.T("suggest.title")}, {found.Words, ""}} {
			for _, text := range kind.texts[:min(4, len(kind.texts))] {
				all = append(all, suggestion{text, kind.about})
			}
		}
	}
	return answer(w, http.StatusOK, all)
}
