package post

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the Danish time zone, also on a machine without it
)

// Denmark is the time zone that days, deadlines and opening hours mean.
var Denmark = mustLoad("Europe/Copenhagen")

func mustLoad(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zone is built into the program
	}
	return zone
}

// StartOfDay is the first moment of a Danish day. Days start at 00:00; the clock
// changes at 02:00 and 03:00, so that moment always exists once.
func StartOfDay(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, Denmark)
}

// Today is the Danish date of a moment, as midnight UTC of that date.
func Today(now time.Time) time.Time {
	y, m, d := now.In(Denmark).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// DayAfter is the first moment after a last Danish day, which is given as midnight UTC
// of its date; the zero time, which stands for never, stays.
func DayAfter(last time.Time) time.Time {
	if last.IsZero() {
		return last
	}
	y, m, d := last.Date()
	return StartOfDay(y, m, d+1).UTC()
}

// LastDay is the last Danish day before a first moment without, as midnight UTC of its
// date; the zero time, which stands for never, stays.
func LastDay(end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return Today(end.Add(-time.Nanosecond))
}

var months = [2][]string{
	strings.Fields("januar februar marts april maj juni juli august september oktober november december"),
	strings.Fields("January February March April May June July August September October November December"),
}

// MonthName is what a month is called in Danish or English.
func MonthName(m time.Month, english bool) string {
	if english {
		return months[1][m-1]
	}
	return months[0][m-1]
}

// DateText is the Danish date of a moment as people write it: 27. november 2026,
// in English 27 November 2026.
func DateText(t time.Time, english bool) string {
	y, m, d := t.In(Denmark).Date()
	if english {
		return fmt.Sprintf("%d %s %d", d, MonthName(m, true), y)
	}
	return fmt.Sprintf("%d. %s %d", d, MonthName(m, false), y)
}

// Genitive is a name with the Danish ending that says whose: Birthe Åkjærs, Jens', Fjordlys A/S'.
func Genitive(name string) string {
	if name != "" && strings.ContainsRune("sxzSXZ", rune(name[len(name)-1])) {
		return name + "'"
	}
	return name + "s"
}
