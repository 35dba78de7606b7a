package citizen

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/calendar"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// deadlineRoutes enters what is to be done by when, and the links by which a
// calendar reads it.
func (p *Portal) deadlineRoutes(on routes) {
	on.own("GET /frister", p.deadlines)
	on.own("GET /kalender", p.calendars)
	on.own("POST /kalender", p.makeCalendar)
	on.own("POST /kalender/{link}/stop", p.endCalendar)
	on.own("GET /kalender/{link}/stop", p.endCalendarForm)
	on.mux.Handle("GET /kalender/{file}", p.site.LimitFailures(p.feeds, p.site.Handle(p.feed)))
}

// deadlinesPage is everything that letters ask for, soonest first.
type deadlinesPage struct {
	Side     side
	Done     bool
	Kinds    []web.Option
	Groups   []todoGroup
	More     bool // there are more than are shown
	DoneHref string
	OpenHref string
	Modseq   int64 // as far as it is true
	// Subscribes is set where one's own calendar may read them.
	Subscribes bool
}

type todoGroup struct {
	ID, Heading string
	Todo        []todo
}

// mostDates is how many dates of a kind the page shows.
const mostDates = 200

// kinds are the filters of the page: what the address says, and the actions it
// chooses.
var kinds = []struct {
	value, text string
	codes       []memo.ActionCode
}{
	{"", "deadlines.all", nil},
	{"svar", "deadlines.reply", []memo.ActionCode{replyCode}},
	{"betaling", "deadlines.pay", []memo.ActionCode{memo.Betaling}},
	{"aftale", "deadlines.appointment", []memo.ActionCode{memo.Aftale}},
	{"underskrift", "deadlines.sign", []memo.ActionCode{memo.Underskriv}},
}

// deadlines is the page "Frister" (SND-03): what was to be done and was not, what is
// next, and later; or what is done.
func (p *Portal) deadlines(w http.ResponseWriter, r *http.Request, v *visit) error {
	query := r.URL.Query()
	done, chosen := query.Has("klarede"), query.Get("vis")
	page := deadlinesPage{Subscribes: v.may(access.CalendarManage), Done: done, DoneHref: "/frister?klarede", OpenHref: "/frister"}
	var codes []memo.ActionCode
	known := false
	for _, k := range kinds {
		href := "/frister"
		if k.value != "" {
			href += "?vis=" + k.value
		}
		if done {
			href = strings.Replace(href+"&klarede", "frister&", "frister?", 1)
		}
		page.Kinds = append(page.Kinds, web.Option{Value: href, Text: v.words.T(k.text), Selected: k.value == chosen})
		if k.value == chosen {
			codes, known = k.codes, true
		}
	}
	if !known {
		return errs.NotFound("page.unknown")
	}
	if chosen != "" {
		page.DoneHref, page.OpenHref = "/frister?vis="+chosen+"&klarede", "/frister?vis="+chosen
	}
	box, err := p.config.Mailboxes.Messages(r.Context(), v.actor, v.box.UUID, mailbox.Query{Inbox: true, Limit: 1, Ahead: true})
	if err != nil {
		return err
	}
	page.Modseq, page.Side = box.Mailbox.Modseq, v.sideOfDeadlines(box.Folders, box.AheadTotal)
	back := r.URL.RequestURI()
	get := func(id, key string, q mailbox.DeadlineQuery) error {
		q.Codes, q.Done, q.Limit = codes, done, mostDates
		all, total, err := p.config.Mailboxes.Deadlines(r.Context(), v.actor, v.box.UUID, q)
		if err != nil || len(all) == 0 {
			return err
		}
		page.More = page.More || total > int64(len(all))
		g := todoGroup{ID: id, Heading: v.words.T(key)}
		for _, d := range all {
			g.Todo = append(g.Todo, v.deadline(d, back))
		}
		page.Groups = append(page.Groups, g)
		return nil
	}
	week := post.Today(v.now).AddDate(0, 0, 8)
	week = time.Date(week.Year(), week.Month(), week.Day(), 0, 0, 0, 0, post.Denmark)
	if done {
		err = get("klarede", "deadlines.done", mailbox.DeadlineQuery{Latest: true})
	} else {
		err = get("overskredet", "deadlines.late", mailbox.DeadlineQuery{To: v.now, Without: []memo.ActionCode{memo.Aftale, memo.Information}, Latest: true})
		if err == nil {
			err = get("uge", "deadlines.week", mailbox.DeadlineQuery{From: v.now, To: week})
		}
		if err == nil {
			err = get("senere", "deadlines.later", mailbox.DeadlineQuery{From: week})
		}
	}
	if err != nil {
		return err
	}
	page.primary()
	return p.show(w, r, v, http.StatusOK, "deadlines", web.View{Title: v.words.T("deadlines"), Mailbox: true, Tab: "deadlines", Scripts: []string{"js/list.js", "js/deadlines.js"}}, page)
}

// sideOfDeadlines are the folders as they stand beside the deadlines.
func (v *visit) sideOfDeadlines(all []mailbox.Folder, ahead int64) side {
	s := v.side(all, ahead, func(mailbox.Folder) bool { return false })
	for i := range s.Own {
		s.Own[i].Current = s.Own[i].Href == "/frister"
	}
	return s
}

// primary makes the nearest thing ahead the page's main button.
func (d *deadlinesPage) primary() {
	for _, g := range d.Groups {
		for i := range g.Todo {
			if t := &g.Todo[i]; t.Link != nil && !t.Late {
				t.Link.Primary = true
				return
			}
		}
	}
}

// deadline is a date as the page shows it: with the letter that gives it.
func (v *visit) deadline(d mailbox.Deadline, back string) todo {
	if d.Code == mailbox.OwnCode {
		return v.ownDate(d)
	}
	t := v.todo(thing{message: d.Message, document: d.Document, place: d.Place, action: d.Action, at: d.At, done: d.Done}, back)
	t.Href = "/post/" + d.Message.ID.String()
	t.More = nil
	if d.Action == nil {
		t.Title = v.words.T("deadlines.answer", d.Message.Label)
	}
	t.About += " · " + d.Message.SenderName
	if t.Link != nil {
		t.Link.To = "" // the page that it leads to says so
	}
	return t
}

// calendarsPage is the reader's links for calendars. New is one that was made a
// moment ago: it is shown this once.
type calendarsPage struct {
	New      string
	Name     string
	Links    []calendarLink
	Problems web.Problems
}

type calendarLink struct{ ID, Name, Made, Fetched string }

// calendars lists the links by which the reader's calendar programs read (SND-03).
func (p *Portal) calendars(w http.ResponseWriter, r *http.Request, v *visit) error {
	return p.showCalendars(w, r, v, http.StatusOK, calendarsPage{})
}

func (p *Portal) showCalendars(w http.ResponseWriter, r *http.Request, v *visit, status int, page calendarsPage) error {
	all, err := p.config.Calendars.Links(r.Context(), v.actor, v.box.UUID)
	if err != nil {
		return err
	}
	for _, l := range all {
		out := calendarLink{ID: l.ID.String(), Name: l.Name, Made: v.words.T("calendar.made", v.words.Moment(l.Created, v.now)), Fetched: v.words.T("calendar.never")}
		if out.Name == "" {
			out.Name = v.words.T("calendar.unnamed")
		}
		if !l.Fetched.IsZero() {
			out.Fetched = v.words.T("calendar.fetched", v.words.Moment(l.Fetched, v.now))
		}
		page.Links = append(page.Links, out)
	}
	return p.show(w, r, v, status, "calendars", web.View{Title: v.words.T("calendar.h"), Tab: "deadlines", Failed: page.Problems != nil, Scripts: []string{"js/deadlines.js"}}, page)
}

// makeCalendar makes a link. The answer is the page with it, not a way to that
// page: the secret stands in no address and is kept nowhere.
func (p *Portal) makeCalendar(w http.ResponseWriter, r *http.Request, v *visit) error {
	name := r.PostFormValue("navn")
	_, token, err := p.config.Calendars.Make(r.Context(), v.actor, v.box.UUID, name, v.words.Lang == web.English)
	var problems web.Problems
	switch errs.CodeOf(err) {
	case calendar.CodeName:
		problems.Add("navn", v.words.T("calendar.name.long", calendar.MaxName))
	case calendar.CodeTooMany:
		problems.Add("navn", v.words.T("calendar.many", calendar.MaxLinks))
	default:
		if err != nil {
			return err
		}
	}
	if problems != nil {
		return p.showCalendars(w, r, v, http.StatusUnprocessableEntity, calendarsPage{Name: name, Problems: problems})
	}
	return p.showCalendars(w, r, v, http.StatusOK, calendarsPage{New: p.config.Base + "/kalender/" + token + ".ics"})
}

// endCalendarForm asks before a link is ended: it cannot be had back.
func (p *Portal) endCalendarForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	link, err := web.ID(r, "link")
	if err != nil {
		return err
	}
	ask := web.Confirm{Heading: v.words.T("calendar.end.h"), Text: []string{v.words.T("calendar.end.p")}, Action: "/kalender/" + link.String() + "/stop",
		Yes: v.words.T("calendar.end"), No: v.words.T("calendar.keep"), Back: "/kalender", Danger: true}
	return p.show(w, r, v, http.StatusOK, "confirm", web.View{Title: ask.Heading, Form: true, Tab: "none"}, ask)
}

func (p *Portal) endCalendar(w http.ResponseWriter, r *http.Request, v *visit) error {
	link, err := web.ID(r, "link")
	if err != nil {
		return err
	}
	if err := p.config.Calendars.End(r.Context(), v.actor, v.box.UUID, link); err != nil {
		return err
	}
	return p.done(w, r, "/kalender", v.words.T("calendar.ended"), nil)
}

// refresh is how often it is worth reading a feed again.
const refresh = 4 * time.Hour

// feed is what a calendar program reads by a link, without a log-in. Who guesses is
// held back by their address, and a program that reads without end by its link.
func (p *Portal) feed(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		return errs.NotFound("page.unknown")
	}
	if wait, ok := p.readings.Allow(token); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		return errs.New(errs.KindRateLimited, "calendar.too.often", "the link is read too often")
	}
	f, err := p.config.Calendars.Fetch(r.Context(), token)
	if err != nil {
		return err
	}
	words := p.pages.Words(web.Danish)
	if f.Link.English {
		words = p.pages.Words(web.English)
	}
	out := calendar.File{Name: words.T("site"), Refresh: refresh}
	for _, d := range f.Dates {
		out.Events = append(out.Events, event(words, p.config.Base+"/post/"+d.Message.ID.String(), d))
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", web.Disposition("inline", "digital-post.ics"))
	return out.Write(w)
}
