package web

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Problem is a mistake in a form: the id of the field it is in, and what to do
// about it in words.
type Problem struct{ Field, Text string }

// Problems are all mistakes in a form, in the order of its fields. The part
// "problems" is their summary.
type Problems []Problem

// Add notes a mistake.
func (p *Problems) Add(field, text string) { *p = append(*p, Problem{field, text}) }

// Of is the text of the mistake in a field, "" for none.
func (p Problems) Of(field string) string {
	for _, problem := range p {
		if problem.Field == field {
			return problem.Text
		}
	}
	return ""
}

// Count is how many there are.
func (p Problems) Count() int64 { return int64(len(p)) }

// Option is one choice of a select, or one of several cards.
type Option struct {
	Value, Text, About string
	Selected           bool
}

// Hidden is a field of a form that nobody sees.
type Hidden struct{ Name, Value string }

// Confirm is a page that asks before something is done. It is also shown as a
// dialog (data-dialog on the link that leads to it).
type Confirm struct {
	Heading string
	Text    []string // paragraphs
	Action  string   // where the answer yes is sent
	Hidden  []Hidden
	Yes, No string
	Back    string // where the answer no leads
	// Danger is set where something is lost for good: the button is red, and the
	// reader begins on the answer no.
	Danger bool
	// Swap names the parts that a script takes over from the answer; "" loads the
	// whole page.
	Swap string
	// Said is set where a script only says what was done (data-said): the page it
	// stands on follows by itself.
	Said bool
}

// Empty is what stands in the place of a list of nothing: what it means, and where
// to go from there. It is what the part "empty" takes.
type Empty struct{ Heading, Text, Icon, Href, Link string }

// Date is what was written into a date's three fields.
type Date struct{ Day, Month, Year string }

// DateForm reads the fields that the part "date" makes under a name.
func DateForm(r *http.Request, name string) Date {
	get := func(part string) string { return strings.TrimSpace(r.PostFormValue(name + "-" + part)) }
	return Date{get("dag"), get("maaned"), get("aar")}
}

// DateOf is a day in the three fields; the zero time is an empty one.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	t = t.In(post.Denmark)
	return Date{strconv.Itoa(t.Day()), strconv.Itoa(int(t.Month())), strconv.Itoa(t.Year())}
}

// Empty tells whether nothing was written.
func (d Date) Empty() bool { return d == Date{} }

// Time is the beginning of the day in Denmark; false where there is no such day.
func (d Date) Time() (time.Time, bool) {
	day, err1 := strconv.Atoi(d.Day)
	month, err2 := strconv.Atoi(d.Month)
	year, err3 := strconv.Atoi(d.Year)
	if err1 != nil || err2 != nil || err3 != nil || year < 1900 || year > 9999 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, post.Denmark)
	if t.Day() != day || int(t.Month()) != month {
		return time.Time{}, false
	}
	return t, true
}

// ID is an id in the path. What is no id is no page.
func ID(r *http.Request, name string) (post.UUID, error) {
	u, err := post.ParseUUID(r.PathValue(name))
	if err != nil {
		return u, errs.NotFound("page.unknown")
	}
	return u, nil
}

// SeenVersion is the version that the reader's page showed; what is no number is one
// that never was, so that nothing is done.
func SeenVersion(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil || n < 1 {
		return math.MaxInt64
	}
	return n
}
