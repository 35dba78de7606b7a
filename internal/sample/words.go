package sample

import (
	"fmt"
	"strings"
	"time"
)

var (
	weekdays = [...]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"}
	months   = [...]string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"}
)

// date is "27. november 2026".
func date(day time.Time) string {
	return fmt.Sprintf("%d. %s %d", day.Day(), months[day.Month()-1], day.Year())
}

// weekday is "fredag den 27. november 2026".
func weekday(day time.Time) string { return weekdays[day.Weekday()] + " den " + date(day) }

// clock is "9.05" or "13.15".
func clock(moment time.Time) string { return fmt.Sprintf("%d.%02d", moment.Hour(), moment.Minute()) }

// kroner is an amount of øre: "1.284,50 kr.".
func kroner(oere int) string {
	if oere < 0 {
		return "-" + kroner(-oere)
	}
	whole := fmt.Sprint(oere / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return fmt.Sprintf("%s,%02d kr.", whole, oere%100)
}

// filename makes a name of a file from a title.
func filename(title, extension string) string {
	return strings.ReplaceAll(title, " ", "-") + "." + extension
}
