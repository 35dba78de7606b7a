package post

import (
	"testing"
	"time"
)

// ACC-01: the last day counts in full, also where the clock is changed on it.
func TestLastDays(t *testing.T) {
	for _, day := range []time.Time{
		time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
		time.Date(2027, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2027, 10, 31, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 28, 0, 0, 0, 0, time.UTC),
	} {
		end := DayAfter(day)
		if got := LastDay(end); !got.Equal(day) {
			t.Errorf("%s ends at %s, which is said to be the end of %s", day, end, got)
		}
		if at := end.In(Denmark); at.Hour() != 0 || at.Day() != day.AddDate(0, 0, 1).Day() {
			t.Errorf("%s ends at %s", day, at)
		}
	}
	if !DayAfter(time.Time{}).IsZero() || !LastDay(time.Time{}).IsZero() {
		t.Error("never is a day")
	}
}
