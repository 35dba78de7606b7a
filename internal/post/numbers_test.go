package post_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/post"
)

func TestCPR(t *testing.T) {
	for _, c := range []struct{ name, text, born string }{
		{"the last century", "0107701234", "1970-07-01"},
		{"with a hyphen", "010770-1234", "1970-07-01"},
		{"fails modulus 11, which is allowed", "0107701235", "1970-07-01"},
		{"a seventh digit of 4 before 37", "0107044234", "2004-07-01"},
		{"a seventh digit of 4 after 36", "0107704234", "1970-07-01"},
		{"a seventh digit of 9 before 37", "0107129234", "2012-07-01"},
		{"a seventh digit of 5 to 8 before 58", "0107106234", "2010-07-01"},
		{"a seventh digit of 5 to 8 after 57", "0107906234", "1890-07-01"},
		{"a leap day", "2902004234", "2000-02-29"},
		{"a replacement number, with 60 added to the day", "6107701234", "1970-07-01"},
		{"a day that does not exist", "3102701234", ""},
		{"a leap day in another year", "2902714234", ""},
		{"a month that does not exist", "0113701234", ""},
		{"nine digits", "010770123", ""},
		{"a letter", "01077O1234", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cpr, err := post.ParseCPR(c.text)
			if (err == nil) != (c.born != "") {
				t.Fatal(err)
			}
			if err == nil && cpr.BirthDate().Format(time.DateOnly) != c.born {
				t.Fatal(cpr.BirthDate())
			}
		})
	}
}

func TestCVR(t *testing.T) {
	for text, good := range map[string]bool{
		"10000009": true, "99000007": true, "10000008": false, "1000000": false, "100000090": false, "1000000x": false, "00000000": false, "": false,
	} {
		if _, err := post.ParseCVR(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A number gets out by Reveal alone.
func TestNumbersPrintMasked(t *testing.T) {
	cpr, err := post.ParseCPR("0107701234")
	if err != nil {
		t.Fatal(err)
	}
	cvr, err := post.ParseCVR("10000009")
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal([]any{cpr, cvr})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("who", "cpr", cpr, "cvr", cvr)
	type record struct {
		CPR post.CPR
		CVR *post.CVR
	}
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v %v", cpr, cvr), "%+v": fmt.Sprintf("%+v", record{cpr, &cvr}), "%#v": fmt.Sprintf("%#v", record{cpr, &cvr}),
		"%s": fmt.Sprintf("%s %s", cpr, cvr), "%q": fmt.Sprintf("%q %q", cpr, cvr), "JSON": string(encoded), "log": log.String(),
	} {
		if strings.Contains(text, "0107701") || strings.Contains(text, "1234") || strings.Contains(text, "000009") {
			t.Errorf("%s shows a number: %s", name, text)
		}
	}
}

// A Danish day begins at midnight in Denmark, also where the clock changes on it.
func TestStartOfDay(t *testing.T) {
	for day, want := range map[string]string{
		"2026-03-29": "2026-03-28T23:00:00Z", "2026-03-30": "2026-03-29T22:00:00Z",
		"2026-10-25": "2026-10-24T22:00:00Z", "2026-10-26": "2026-10-25T23:00:00Z",
	} {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		start := post.StartOfDay(d.Date())
		if got := start.UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s begins at %s", day, got)
		}
		if !post.Today(start).Equal(d) || !post.Today(start.Add(-time.Second)).Equal(d.AddDate(0, 0, -1)) {
			t.Errorf("%s is not the date of its first moment", day)
		}
	}
}
