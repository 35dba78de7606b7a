package activitylog

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/web"
)

// Reader is somebody at a mailbox whose log they ask for.
type Reader struct {
	Log   *activity.Log
	Actor post.Actor
	Box   mailbox.Mailbox
	Words *web.Words
	Now   time.Time
	// At is the address of the log's page, and Letter that of a letter, nil where the
	// portal shows none.
	At     string
	Letter func(post.UUID) string
}

// Page is what the template "log" draws.
type Page struct {
	Heading, Lead string
	Back          *Link
	Action        string
	Filters       []Filter
	LetterID      string // whose history it is, "" for the whole log
	Show          string
	Caption       string
	Columns       []string
	Days          []Day
	Empty         *web.Empty
	Older, Newest *Link
	Files         []Link
}

// Link leads somewhere.
type Link struct{ Href, Text string }

// Filter is one thing that the log is looked through by.
type Filter struct {
	Name, Label string
	Options     []web.Option
}

// Day is what happened on one day.
type Day struct {
	Heading string
	Rows    []Row
}

// Row is something that happened.
type Row struct {
	Time, Stamp   string
	Who           string
	For, Right    string
	Marked        bool // somebody else than the reader or a sender
	Before, After string
	One           *Link // the letter; without an address where it cannot be opened
	Many          string
	Which         string
	Letters       []Link
	Rest          string
	Why           string
	Where         string
}

// perPage is how many entries a page shows.
const perPage = 50

// ask reads the filters of an address. What an address cannot mean is no page.
func (r Reader) ask(values url.Values) (activity.Query, error) {
	unknown := errs.NotFound("page.unknown")
	q := activity.Query{Limit: perPage, People: true, Platform: post.Platform(values.Get("hvor"))}
	id := func(text string) (found post.UUID, err error) {
		if text == "" {
			return found, nil
		}
		if found, err = post.ParseUUID(text); err != nil {
			return post.UUID{}, unknown
		}
		return found, nil
	}
	who, staff := strings.CutPrefix(values.Get("hvem"), "stab-")
	q.Staff = staff
	var err error
	if q.By, err = id(who); err != nil {
		return q, err
	}
	if q.Letter, err = id(values.Get("brev")); err != nil {
		return q, err
	}
	if q.Before, err = id(values.Get("foer")); err != nil {
		return q, err
	}
	if key := values.Get("hvad"); key != "" {
		for _, one := range kinds {
			if one.key == key {
				q.Kinds = []audit.Kind{one.kind}
			}
		}
		if q.Kinds == nil {
			return q, unknown
		}
	}
	switch period := period(values); period {
	case "30":
		q.From = r.Now.AddDate(0, 0, -30)
	case "alt":
	default:
		year, err := strconv.Atoi(period)
		if err != nil || year < 2000 || year > 9000 {
			return q, unknown
		}
		q.From, q.To = post.StartOfDay(year, time.January, 1), post.StartOfDay(year+1, time.January, 1)
	}
	return q, nil
}

// period is which period an address asks for: the last 30 days where it says
// nothing, of one letter all time.
func period(values url.Values) string {
	if p := values.Get("hvornaar"); p != "" {
		return p
	}
	if values.Get("brev") != "" {
		return "alt"
	}
	return "30"
}

// Page reads the log as an address asks for it.
func (r Reader) Page(ctx context.Context, values url.Values) (Page, error) {
	q, err := r.ask(values)
	if err != nil {
		return Page{}, err
	}
	found, err := r.Log.Page(ctx, r.Actor, r.Box.UUID, q)
	if err != nil {
		return Page{}, err
	}
	t := r.Words.T
	s := speak(r.Words, found.Mailbox)
	page := Page{Heading: t("log"), Lead: t("log.lead"), Action: r.At, Show: t("log.show")}
	page.draw(r, s, found.Entries)
	if found.Letter != nil {
		page.Heading, page.Lead, page.LetterID = t("log.letter"), t("log.letter.p", s.letter(*found.Letter)), q.Letter.String()
		if page.Back = (&Link{r.At, t("log.all")}); r.Letter != nil && !found.Letter.Gone {
			page.Back = &Link{r.Letter(found.Letter.ID), t("log.letter.back")}
		}
	} else {
		page.Filters = r.filters(s, found, values, q)
	}
	if found.Next != (post.UUID{}) {
		page.Older = &Link{r.with(values, "foer", found.Next.String()), t("log.older")}
	}
	if q.Before != (post.UUID{}) {
		page.Newest = &Link{r.with(values, "foer", ""), t("log.newest")}
	}
	if page.Empty != nil {
		if page.Empty.Text = t("log.none.p"); page.Older != nil {
			page.Empty.Text = t("log.none.yet")
		}
	}
	for _, f := range []string{"csv", "json"} {
		link := Link{r.with(values, "foer", ""), t("log." + f)}
		path, query, _ := strings.Cut(link.Href, "?")
		link.Href = path + "." + f
		if query != "" {
			link.Href += "?" + query
		}
		page.Files = append(page.Files, link)
	}
	return page, nil
}

// draw puts entries into words.
func (page *Page) draw(r Reader, s speaker, entries []activity.Entry) {
	t := r.Words.T
	page.Caption, page.Columns = t("log.caption"), []string{t("log.time"), t("log.who"), t("log.what"), t("log.where")}
	if page.Days = r.days(s, entries); len(entries) == 0 {
		page.Empty = &web.Empty{Heading: t("log.none"), Icon: "search"}
	}
}

// Of draws what somebody else has read of the log of an owner's mailbox: the rights
// portal, what was done with the access to a company's post. older leads on, "" where
// that is all.
func Of(words *web.Words, now time.Time, owner registry.Party, entries []activity.Entry, older string) Page {
	var page Page
	page.draw(Reader{Words: words, Now: now}, speaker{words: words, owner: owner}, entries)
	if older != "" {
		page.Older = &Link{older, words.T("log.older")}
	}
	return page
}

// with is the address of the log with one value changed; "" takes it out.
func (r Reader) with(values url.Values, key, value string) string {
	q := url.Values{}
	for _, name := range []string{"hvem", "hvad", "hvornaar", "hvor", "brev", "foer"} {
		if v := values.Get(name); v != "" && name != key {
			q.Set(name, v)
		}
	}
	if value != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return r.At
	}
	return r.At + "?" + q.Encode()
}

func (r Reader) filters(s speaker, found activity.Page, values url.Values, q activity.Query) []Filter {
	t := r.Words.T
	option := func(value, text, chosen string) web.Option {
		return web.Option{Value: value, Text: text, Selected: value == chosen}
	}
	who := Filter{"hvem", t("log.who"), []web.Option{option("", t("log.everybody"), values.Get("hvem"))}}
	for _, p := range found.People {
		value := p.Party.UUID.String()
		if p.Kind == activity.Staff {
			value = "stab-" + value
		}
		who.Options = append(who.Options, option(value, s.name(p), values.Get("hvem")))
	}
	what := Filter{"hvad", t("log.what"), []web.Option{option("", t("log.everything"), values.Get("hvad"))}}
	for _, k := range kinds {
		switch {
		case k.kind == audit.KindLogIns && found.Mailbox.Via != access.Owner:
		case (k.kind == audit.KindLookUps || k.kind == audit.KindRefused) && !found.Insider:
		default:
			what.Options = append(what.Options, option(k.key, t("log.kind."+k.key), values.Get("hvad")))
		}
	}
	chosen := period(values)
	when := Filter{"hvornaar", t("log.when"), []web.Option{option("30", t("log.days"), chosen)}}
	year := r.Now.In(post.Denmark).Year()
	when.Options = append(when.Options, option(strconv.Itoa(year), t("log.year"), chosen))
	for y := year - 1; y >= found.Mailbox.Created.In(post.Denmark).Year() && y > year-20; y-- {
		when.Options = append(when.Options, option(strconv.Itoa(y), strconv.Itoa(y), chosen))
	}
	when.Options = append(when.Options, option("alt", t("log.ever"), chosen))
	where := Filter{"hvor", t("log.where"), []web.Option{option("", t("log.everywhere"), string(q.Platform))}}
	for _, p := range platforms {
		where.Options = append(where.Options, option(string(p), s.place(p), string(q.Platform)))
	}
	return []Filter{who, what, when, where}
}

var platforms = []post.Platform{post.PlatformBorger, post.PlatformApp, post.PlatformVirk, post.PlatformMit, post.PlatformEboks, post.PlatformStaff}

func (r Reader) days(s speaker, entries []activity.Entry) []Day {
	var days []Day
	var last time.Time
	for _, e := range entries {
		if day := post.Today(e.Time); days == nil || !day.Equal(last) {
			heading := capital(r.Words.Long(e.Time, r.Now))
			if day.Equal(post.Today(r.Now)) {
				heading = r.Words.T("log.today", r.Words.Long(e.Time, r.Now))
			}
			days, last = append(days, Day{Heading: heading}), day
		}
		at := &days[len(days)-1]
		at.Rows = append(at.Rows, r.row(s, e))
	}
	return days
}

func capital(text string) string {
	letters := []rune(text)
	return strings.ToUpper(string(letters[:1])) + string(letters[1:])
}

func (r Reader) row(s speaker, e activity.Entry) Row {
	row := Row{Time: r.Words.Clock(e.Time), Stamp: e.Time.UTC().Format(time.RFC3339), Who: s.who(e), For: s.onBehalf(e), Right: s.right(e), Why: s.reason(e),
		Marked: e.OnBehalf || e.Who.Kind == activity.Staff || e.Who.Kind == activity.Stranger, Where: s.place(e.Platform)}
	if d := s.device(e.Device); d != "" {
		row.Where += " · " + d
	}
	what := s.what(e)
	before, after, about := strings.Cut(what, "{l}")
	row.Before, row.After = before, after
	switch {
	case !about:
	case e.Count == 0:
		row.Many = s.words.T("log.message")
	case e.Count == 1:
		row.One = r.link(s, e.Letters[0])
	default:
		row.Many, row.Which = s.words.N("log.messages", int64(e.Count)), s.words.T("log.which")
		for _, l := range e.Letters {
			row.Letters = append(row.Letters, *r.link(s, l))
		}
		if n := e.Count - len(e.Letters); n > 0 {
			row.Rest = s.words.N("log.which", int64(n))
		}
	}
	return row
}

func (r Reader) link(s speaker, l activity.Letter) *Link {
	link := &Link{Text: s.letter(l)}
	if !l.Gone && r.Letter != nil {
		link.Href = r.Letter(l.ID)
	}
	return link
}

// Serve answers with the log as a file: form is "csv" or "json".
func (r Reader) Serve(w http.ResponseWriter, req *http.Request, form string) error {
	q, err := r.ask(req.URL.Query())
	if err != nil {
		return err
	}
	q.Before = post.UUID{}
	write := map[string]func(http.ResponseWriter, speaker) file{"csv": csvFile, "json": jsonFile}[form]
	var out file
	err = r.Log.Export(req.Context(), r.Actor, r.Box.UUID, q, form, func(page activity.Page) error {
		if out == nil { // before that an error is a page
			h := w.Header()
			h.Set("Content-Disposition", web.Disposition("attachment", r.Words.T("log.file")+"-"+post.Today(r.Now).Format(time.DateOnly)+"."+form))
			h.Set("Cache-Control", "no-store")
			out = write(w, speak(r.Words, page.Mailbox))
		}
		for _, e := range page.Entries {
			if err := out.entry(e); err != nil {
				return err
			}
		}
		return out.flush()
	})
	if err != nil {
		return err
	}
	return out.end()
}
