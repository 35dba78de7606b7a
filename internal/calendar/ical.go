package calendar

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/post"
)

// File is a calendar as programs read it (iCalendar, RFC 5545).
type File struct {
	// Name and Refresh are for a calendar that one subscribes to; "" and 0 for dates
	// that are added once.
	Name    string
	Refresh time.Duration // how often it is worth reading again
	Events  []Event
}

// Event is one date.
type Event struct {
	UID   string    // the same each time the date is written
	Stamp time.Time // when what is written here was so first
	Start time.Time
	End   time.Time // the zero time where no end is known
	// Day has the event take the whole day of Start in Denmark, and leave its owner
	// free then: a deadline.
	Day         bool
	Summary     string
	Description string
	Location    string
	URL         string
}

// Write writes the file. Times are in UTC, which every program shows in its own
// zone, so that no rules of summer time have to come along.
func (f File) Write(w io.Writer) error {
	out := &lines{w: bufio.NewWriter(w)}
	out.put("BEGIN", "VCALENDAR")
	out.put("VERSION", "2.0")
	out.put("PRODID", "-//Digital Post//Digital Post//DA")
	out.put("CALSCALE", "GREGORIAN")
	if f.Name != "" {
		out.put("METHOD", "PUBLISH")
		out.text("NAME", f.Name) // RFC 7986
		out.text("X-WR-CALNAME", f.Name)
	}
	if f.Refresh > 0 {
		out.put("REFRESH-INTERVAL;VALUE=DURATION", duration(f.Refresh)) // RFC 7986
		out.put("X-PUBLISHED-TTL", duration(f.Refresh))
	}
	for _, e := range f.Events {
		e.write(out)
	}
	out.put("END", "VCALENDAR")
	return out.w.Flush()
}

const instant = "20060102T150405Z"

func (e Event) write(out *lines) {
	out.put("BEGIN", "VEVENT")
	out.text("UID", e.UID)
	out.put("DTSTAMP", e.Stamp.UTC().Format(instant))
	if e.Day {
		day := post.Today(e.Start)
		out.put("DTSTART;VALUE=DATE", day.Format("20060102"))
		out.put("DTEND;VALUE=DATE", day.AddDate(0, 0, 1).Format("20060102"))
		out.put("TRANSP", "TRANSPARENT")
	} else {
		out.put("DTSTART", e.Start.UTC().Format(instant))
		if e.End.After(e.Start) {
			out.put("DTEND", e.End.UTC().Format(instant))
		}
	}
	out.text("SUMMARY", e.Summary)
	if e.Description != "" {
		out.text("DESCRIPTION", e.Description)
	}
	if e.Location != "" {
		out.text("LOCATION", e.Location)
	}
	if e.URL != "" {
		out.put("URL", e.URL)
	}
	out.put("END", "VEVENT")
}

// duration is a time of whole hours, such as PT4H.
func duration(d time.Duration) string {
	return "PT" + strconv.Itoa(max(1, int(d/time.Hour))) + "H"
}

// lines writes content lines (RFC 5545, 3.1).
type lines struct{ w *bufio.Writer }

// longest is how many bytes a line may have, without its end.
const longest = 75

// put writes a line as it is, folded: what does not fit goes on in the next one,
// after a space. No letter is cut in two. Errors are told by the writer's Flush.
func (l *lines) put(name, value string) {
	line := name + ":" + value
	room := longest
	for len(line) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		l.w.WriteString(line[:cut]) //nolint:errcheck // see above
		l.w.WriteString("\r\n ")    //nolint:errcheck // see above
		line, room = line[cut:], longest-1
	}
	l.w.WriteString(line)   //nolint:errcheck // see above
	l.w.WriteString("\r\n") //nolint:errcheck // see above
}

var escaper = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// text writes a value that people read (RFC 5545, 3.3.11): what has a meaning in
// the format is escaped, and what is no text is left out.
func (l *lines) text(name, value string) {
	value = strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\r\n", "\n")
	value = strings.Map(func(r rune) rune {
		if r == '\n' || r >= ' ' && r != 0x7f {
			return r
		}
		if r == '\r' {
			return '\n'
		}
		return ' '
	}, value)
	l.put(name, escaper.Replace(value))
}
