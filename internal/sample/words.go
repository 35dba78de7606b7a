package sample

import (
	"fmt"
	"strings"
	"time"

	"digitalpost/internal/post"
)

var weekdays = [...]string{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"}

// date is "27. november 2026".
func date(day time.Time) string {
	return fmt.Sprintf("%d. %s %d", day.Day(), post.MonthName(day.Month(), false), day.Year())
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
