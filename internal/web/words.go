package web

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/post"
)

// Lang is a language that pages speak.
type Lang string

// Danish comes first; English is one press away.
const (
	Danish  Lang = "da"
	English Lang = "en"
)

// langCookie remembers the reader's choice. It holds nothing else.
const langCookie = "sprog"

// LangOf is the language a reader has chosen, Danish where none was.
func LangOf(r *http.Request) Lang {
	if c, err := r.Cookie(langCookie); err == nil && c.Value == string(English) {
		return English
	}
	return Danish
}

// Texts are what people read, by a stable key, in Danish and in English. A text
// may have verbs of package fmt. A text that depends on a number has two keys,
// ending in ".one" and ".many". A text that would be wrong in another's mailbox has a
// second key there, ending in ".theirs" after all else: "Du har ingen kladder" is
// "Der er ingen kladder".
type Texts map[string][2]string

// Words speaks one language.
type Words struct {
	Lang  Lang
	texts map[string]string
}

// voice is in which language pages speak, and whether in another's mailbox.
type voice struct {
	lang   Lang
	theirs bool
}

// voiceOf is how a page speaks to who asks for it.
func voiceOf(r *http.Request) voice { return voice{LangOf(r), requestOf(r.Context()).behalf != nil} }

func newWords(in voice, tables ...Texts) *Words {
	w := &Words{in.lang, map[string]string{}}
	for _, table := range tables {
		for key, both := range maps.All(table) {
			w.texts[key] = both[0]
			if in.lang == English {
				w.texts[key] = both[1]
			}
		}
	}
	if in.theirs {
		for key, text := range maps.Clone(w.texts) {
			if own, found := strings.CutSuffix(key, ".theirs"); found {
				w.texts[own] = text
			}
		}
	}
	return w
}

// T is the text of a key; the tests of each package hold that it is there.
func (w *Words) T(key string, args ...any) string {
	text, ok := w.texts[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// N is the text of a number of things, as "1 dokument" or "3 dokumenter".
func (w *Words) N(key string, n int64) string {
	if n == 1 {
		return w.T(key+".one", w.Number(n))
	}
	return w.T(key+".many", w.Number(n))
}

// Genitive is a name with the ending that says whose: Birthe Åkjærs, Jens'.
func (w *Words) Genitive(name string) string {
	if w.Lang == English {
		return name + "'s"
	}
	return post.Genitive(name)
}

// Number writes a whole number with the language's separator.
func (w *Words) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	separator := "."
	if w.Lang == English {
		separator = ","
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + separator + digits[i:]
	}
	return digits
}

// Size writes a number of bytes as people know it: 184 KB, 1,2 MB.
func (w *Words) Size(bytes int64) string {
	switch {
	case bytes < 1000:
		return w.N("size.bytes", bytes)
	case bytes < 1_000_000:
		return strconv.FormatInt((bytes+500)/1000, 10) + " KB"
	}
	text := strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64)
	if w.Lang == Danish {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + " MB"
}

var (
	shortMonths = map[Lang][]string{
		Danish:  {"jan.", "feb.", "mar.", "apr.", "maj", "jun.", "jul.", "aug.", "sep.", "okt.", "nov.", "dec."},
		English: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	}
	weekdays = map[Lang][]string{
		Danish:  {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
		English: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
)

// Clock is the time of day in Denmark: 8.05, in English 08:05.
func (w *Words) Clock(t time.Time) string {
	if w.Lang == English {
		return t.In(post.Denmark).Format("15:04")
	}
	local := t.In(post.Denmark)
	return strconv.Itoa(local.Hour()) + local.Format(".04")
}

// Short is a date in a list: 27. nov., with the year where it is not this one.
func (w *Words) Short(t, now time.Time) string {
	day, month := w.Day(t)
	text := day + ". " + month
	if w.Lang == English {
		text = day + " " + month
	}
	return text + w.year(t, now)
}

// Day is the day of the month and the month's short name, for a small sheet of a
// calendar.
func (w *Words) Day(t time.Time) (day, month string) {
	t = t.In(post.Denmark)
	return strconv.Itoa(t.Day()), shortMonths[w.Lang][t.Month()-1]
}

// Long is a date in a sentence: fredag den 27. november.
func (w *Words) Long(t, now time.Time) string {
	local := t.In(post.Denmark)
	month, weekday := w.month(local), weekdays[w.Lang][local.Weekday()]
	if w.Lang == English {
		return weekday + " " + strconv.Itoa(local.Day()) + " " + month + w.year(t, now)
	}
	return weekday + " den " + strconv.Itoa(local.Day()) + ". " + month + w.year(t, now)
}

// Date is a date with its year: 31. december 2027.
func (w *Words) Date(t time.Time) string {
	local := t.In(post.Denmark)
	day := strconv.Itoa(local.Day())
	if w.Lang != English {
		day += "."
	}
	return day + " " + w.month(local) + " " + strconv.Itoa(local.Year())
}

// Moment is a date and a time in a sentence: fredag den 27. november kl. 10.42.
func (w *Words) Moment(t, now time.Time) string {
	if post.Today(t).Equal(post.Today(now)) {
		return w.T("date.today.at", w.Clock(t))
	}
	return w.T("date.at", w.Long(t, now), w.Clock(t))
}

// Stamp is when a letter came, in a list: the time of day where it came today.
func (w *Words) Stamp(t, now time.Time) string {
	if post.Today(t).Equal(post.Today(now)) {
		return w.Clock(t)
	}
	return w.Short(t, now)
}

// Group is the heading under which a list puts a date: today, yesterday, earlier
// in this month, the month.
func (w *Words) Group(t, now time.Time) string {
	day, today := post.Today(t), post.Today(now)
	switch {
	case !day.Before(today):
		return w.T("date.today")
	case day.Equal(today.AddDate(0, 0, -1)):
		return w.T("date.yesterday")
	case day.Year() == today.Year() && day.Month() == today.Month():
		return w.T("date.earlier", w.month(day))
	}
	month := []rune(w.month(day) + w.year(t, now))
	return strings.ToUpper(string(month[:1])) + string(month[1:])
}

// InDays is how far off a date is: i dag, i morgen, om 7 dage.
func (w *Words) InDays(t, now time.Time) string {
	days := int64(post.Today(t).Sub(post.Today(now)) / (24 * time.Hour))
	switch {
	case days < 0:
		return w.T("date.past")
	case days == 0:
		return strings.ToLower(w.T("date.today"))
	case days == 1:
		return w.T("date.tomorrow")
	}
	return w.T("date.in.days", w.Number(days))
}

func (w *Words) month(t time.Time) string { return post.MonthName(t.Month(), w.Lang == English) }

func (w *Words) year(t, now time.Time) string {
	if year := t.In(post.Denmark).Year(); year != now.In(post.Denmark).Year() {
		return " " + strconv.Itoa(year)
	}
	return ""
}
