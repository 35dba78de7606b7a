package citizen

import (
	"time"

	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
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
		if d.code == memo.Aftale {
			return nil
		}
		return &due{v.words.T("due.late", v.words.Short(d.when, v.now)), true}
	case d.code == memo.Aftale:
		return &due{v.words.T("due.appointment", v.words.Short(d.when, v.now), v.words.Clock(d.when)), false}
	}
	return &due{v.words.T(dueKey(d.code), v.words.Short(d.when, v.now)), false}
}

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

// todo is a thing to do, with its date on a sheet of a calendar.
type todo struct {
	Day, Month string // "" where there is no date
	Soon, Late bool
	Title      string
	Href       string // to the letter, "" on the letter's own page
	About      string
	More       []string // what the sender adds
	Link       *link
}

// link leads away from Digital Post.
type link struct{ Href, Text, To string }

// sheet fills in a date: soon within 7 days, late after.
func (v *visit) sheet(t *todo, when time.Time, appointment bool) {
	if when.IsZero() {
		return
	}
	t.Day, t.Month = v.words.Day(when)
	t.Late = when.Before(v.now) && !appointment
	t.Soon = !when.Before(v.now) && post.Today(when).Before(post.Today(v.now).AddDate(0, 0, 8))
}

// next is a deadline ahead, for the pane beside the list.
func (v *visit) next(d mailbox.Deadline) todo {
	m := d.Message
	t := todo{Title: m.Label, Href: "/post/" + m.ID.String(), About: m.SenderName + " · " + v.pill(dated{d.Code, d.At}).Text + ", " + v.words.InDays(d.At, v.now)}
	v.sheet(&t, d.At, d.Code == memo.Aftale)
	return t
}
