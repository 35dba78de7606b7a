package citizen

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/calendar"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// replyCode stands for an answer among the codes of dated actions.
const replyCode = mailbox.ReplyCode

// dated is what a letter asks to be done, and by when.
type dated struct {
	code memo.ActionCode
	when time.Time
}

// next is the first thing that a letter asks for and that is not past; where all
// is past, the last. The zero value is for a letter that asks for nothing.
func next(m mailbox.Message, now time.Time) dated {
	var found dated
	consider := func(d dated) {
		switch {
		case d.when.IsZero():
		case found.when.IsZero(), found.when.Before(now) && d.when.After(found.when), !d.when.Before(now) && d.when.Before(found.when):
			found = d
		}
	}
	consider(dated{memo.ActionCode(m.DueCode), m.Due})
	if m.Reply && m.Answered.IsZero() {
		consider(dated{replyCode, m.ReplyBy})
	}
	return found
}

// due is the pill with a letter's deadline.
type due struct {
	Text string
	Late bool
}

// due is nil for a letter without a deadline, and for an appointment that has
// been: nobody is late for it any more.
func (v *visit) due(m mailbox.Message) *due { return v.pill(next(m, v.now)) }

func (v *visit) pill(d dated) *due {
	switch {
	case d.when.IsZero():
		return nil
	case d.when.Before(v.now):
		if passes(d.code) {
			return nil
		}
		return &due{v.words.T("due.late", v.words.Short(d.when, v.now)), true}
	case d.code == memo.Aftale:
		return &due{v.words.T("due.appointment", v.words.Short(d.when, v.now), v.words.Clock(d.when)), false}
	}
	return &due{v.words.T(dueKey(d.code), v.words.Short(d.when, v.now)), false}
}

// passes tells what nobody is late for: an appointment that has been, something
// that could be read until then.
func passes(code memo.ActionCode) bool { return code == memo.Aftale || code == memo.Information }

func dueKey(code memo.ActionCode) string {
	switch code {
	case replyCode:
		return "due.reply"
	case memo.Betaling:
		return "due.pay"
	case memo.Underskriv:
		return "due.sign"
	case memo.Bekraeft:
		return "due.confirm"
	case memo.Tilmelding:
		return "due.enrol"
	case memo.Forberedelse:
		return "due.prepare"
	}
	return "due.by"
}

// thing is one thing that a letter asks for.
type thing struct {
	message mailbox.Message
	// document and place tell which action it is; action is that, nil for an answer.
	document, place int
	action          *memo.Action
	at              time.Time // by when, or when it begins; the zero time where it has no date
	done            time.Time // the zero time while it is open
	of              string    // the document that asks for it, "" for the letter
}

func (t thing) code() memo.ActionCode {
	if t.action == nil {
		return replyCode
	}
	return t.action.ActionCode
}

// query names an action in an address.
func (t thing) query() string { return fmt.Sprintf("?dokument=%d&handling=%d", t.document, t.place) }

// things are what a letter asks for, in its order: first an answer by a date.
func things(l mailbox.Letter) []thing {
	m := l.Message
	var all []thing
	add := func(t thing) {
		t.message = m
		if s := l.Action(t.document, t.place); s.Code == mailbox.ActionCompleted || s.Code == mailbox.ActionCancelled {
			t.done = s.Updated
		}
		all = append(all, t)
	}
	if m.Reply && !m.ReplyBy.IsZero() {
		add(thing{document: -1, at: m.ReplyBy, done: m.Answered})
	}
	document := -1
	for kind, doc := range l.Memo.Documents() {
		document++
		of := doc.Label
		if kind == memo.MainDocument {
			of = ""
		}
		for place := range doc.Actions {
			a := &doc.Actions[place]
			t := thing{document: document, place: place, action: a, at: a.EndDateTime, of: of}
			if a.Reservation != nil {
				t.at = a.Reservation.StartDateTime
			}
			add(t)
		}
	}
	return all
}

// todo is a thing to do, with its date on a sheet of a calendar.
type todo struct {
	Day, Month string // "" where there is no date
	Soon, Late bool
	Past       bool   // over, without anybody being late
	Done       string // "Klaret 20. nov.", "" while it is open
	Title      string
	Href       string // to the letter, "" on the letter's own page
	About      string
	More       []string // what the sender adds
	Link       *link
	Mark       *marking
}

// link is what is done about it.
type link struct {
	Href, Text, Icon string
	To               string // where it leads in words, "" inside Digital Post
	Primary, Dialog  bool
}

// marking is the form that marks it done, or not done after all.
type marking struct {
	Action          string
	Document, Place int
	Done            bool   // it is done already
	Back            string // the page it stands on
	Name            string // of the thing, for who hears the button by itself
}

// sheet fills in a date: soon within 7 days, late after.
func (v *visit) sheet(t *todo, when time.Time, passing bool) {
	if when.IsZero() {
		return
	}
	t.Day, t.Month = v.words.Day(when)
	t.Late = when.Before(v.now) && !passing
	t.Past = when.Before(v.now) && passing
	t.Soon = !when.Before(v.now) && post.Today(when).Before(post.Today(v.now).AddDate(0, 0, 8))
}

// todo is a thing as pages show it (SND-03). back is the page that it stands on.
func (v *visit) todo(x thing, back string) todo {
	base := "/post/" + x.message.ID.String()
	t := todo{Title: v.words.T("todo.answer")}
	if x.action != nil {
		t.Title = x.action.Label
	}
	v.sheet(&t, x.at, passes(x.code()))
	switch {
	case x.action != nil && x.action.Reservation != nil:
		v.appointment(&t, x)
	case !x.at.IsZero():
		key, off := "todo.by", v.words.InDays(x.at, v.now)
		if t.Late || t.Past {
			key, off = "todo.late", v.ago(x.at)
		}
		t.About = v.words.T(key, v.words.Long(x.at, v.now), off)
	}
	if x.of != "" {
		t.More = append(t.More, v.words.T("todo.of", x.of))
	}
	if !x.done.IsZero() {
		t.Soon, t.Late, t.Past = false, false, false
		t.Done = v.words.T("done.at", v.words.Short(x.done, v.now))
	} else {
		t.Link = v.link(x, base)
	}
	// There is nothing to be done about what is only to be read, and an answer that
	// was sent stays sent.
	if x.code() != memo.Information && (x.action != nil || x.message.Answered.IsZero()) && !t.Past && v.may(access.MessageMark) {
		t.Mark = &marking{base + "/klaret", x.document, x.place, t.Done != "", back, t.Title}
	}
	return t
}

func (v *visit) appointment(t *todo, x thing) {
	r := x.action.Reservation
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
		if text = strings.TrimSpace(text); text != "" && !strings.EqualFold(text, x.action.Label) {
			t.More = append(t.More, text)
		}
	}
	t.Title = v.words.T("todo.appointment", x.action.Label)
}

// link is what leads to doing a thing: to the answer, to the calendar, or by a page
// that says so out of Digital Post. It is nil where nothing does, any more.
func (v *visit) link(x thing, base string) *link {
	switch {
	case x.action == nil:
		if x.at.Before(v.now) {
			return nil
		}
		if !v.may(access.MessageWrite) {
			return nil
		}
		return &link{Href: base + "/besvar", Text: v.words.T("reply"), Icon: "reply"}
	case x.action.Reservation != nil:
		if x.at.Before(v.now) {
			return nil
		}
		return &link{Href: base + "/aftale.ics" + x.query(), Text: v.words.T("link.calendar"), Icon: "calendar-month"}
	}
	to, host := leads(x.action)
	if to == "" {
		return nil
	}
	return &link{Href: base + "/gaa-til" + x.query(), Text: v.words.T(linkKey(x.code())), Icon: linkIcon(x.code()), To: v.words.T("todo.leads", host), Dialog: true}
}

// leads is where the link of an action leads: its address, and its host in letters
// that can be trusted. Both are "" where it has none that may be followed.
func leads(a *memo.Action) (address, host string) {
	if a == nil || a.EntryPoint == nil {
		return "", ""
	}
	u, err := url.Parse(a.EntryPoint.URL)
	if err != nil || !strings.EqualFold(u.Scheme, "https") {
		return "", ""
	}
	if host = plainHost(u.Hostname()); host == "" {
		return "", ""
	}
	u.User = nil
	return u.String(), host
}

func linkIcon(code memo.ActionCode) string {
	switch code {
	case memo.Betaling:
		return "payments"
	case memo.Underskriv:
		return "edit"
	case memo.Information, memo.Forberedelse:
		return "info"
	}
	return "open-in-new"
}

// ago is how long a day has passed.
func (v *visit) ago(t time.Time) string {
	switch days := int64(post.Today(v.now).Sub(post.Today(t)) / (24 * time.Hour)); days {
	case 0:
		return v.words.T("ago.today")
	case 1:
		return v.words.T("ago.yesterday")
	default:
		return v.words.T("ago.days", v.words.Number(days))
	}
}

// next is a deadline ahead, for the pane beside the list.
func (v *visit) next(d mailbox.Deadline) todo {
	m := d.Message
	t := todo{Title: m.Label, Href: "/post/" + m.ID.String(), About: m.SenderName + " · " + v.pill(dated{d.Code, d.At}).Text + ", " + v.words.InDays(d.At, v.now)}
	v.sheet(&t, d.At, passes(d.Code))
	return t
}

// event is a date as a calendar takes it. Whoever sees the calendar reads it too, so
// it says no more than what kind of thing it is, the letter's title and its sender;
// the letter is a link away. An appointment is told with its place.
func event(words *web.Words, url string, d mailbox.Deadline) calendar.Event {
	m := d.Message
	e := calendar.Event{
		UID: fmt.Sprintf("%s-%d-%d@digitalpost", m.ID, d.Document+1, d.Place), Stamp: m.Received, Start: d.At, Day: d.Code != memo.Aftale,
		Summary: words.T(eventKey(d.Code), m.Label), URL: url,
	}
	e.Description = words.T("event.about", m.SenderName, e.URL)
	if d.Action != nil && d.Action.Reservation != nil {
		e.End, e.Location = d.Action.Reservation.EndDateTime, strings.TrimSpace(d.Action.Reservation.Location)
	}
	return e
}

func eventKey(code memo.ActionCode) string {
	switch code {
	case replyCode:
		return "event.reply"
	case memo.Betaling:
		return "event.pay"
	case memo.Underskriv:
		return "event.sign"
	case memo.Bekraeft:
		return "event.confirm"
	case memo.Tilmelding:
		return "event.enrol"
	case memo.Aftale:
		return "event.appointment"
	}
	return "event.by"
}
