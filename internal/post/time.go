package post

import (
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
