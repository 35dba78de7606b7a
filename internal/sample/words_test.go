package sample

import (
	"testing"
	"time"
)

func TestKroner(t *testing.T) {
	for oere, want := range map[int]string{0: "0,00 kr.", 5: "0,05 kr.", 128_450: "1.284,50 kr.", -51_100: "-511,00 kr.", -511_000: "-5.110,00 kr.", 123_456_789: "1.234.567,89 kr."} {
		if got := kroner(oere); got != want {
			t.Errorf("%d: %q, want %q", oere, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	day := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	if got, want := weekday(day), "fredag den 27. november 2026"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := clock(at(day, 9, 5)), "9.05"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	d := desk{today: time.Date(2026, 12, 23, 0, 0, 0, 0, time.UTC)}
	if got, want := date(d.on(1)), "28. december 2026"; got != want { // Christmas, then a weekend
		t.Errorf("%q, want %q", got, want)
	}
}
