package calendar_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"digitalpost/internal/calendar"
	"digitalpost/internal/post"
)

func write(t testing.TB, f calendar.File) string {
	t.Helper()
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func at(text string) time.Time {
	when, err := time.ParseInLocation("2006-01-02 15:04", text, post.Denmark)
	if err != nil {
		panic(err)
	}
	return when
}

// SND-03: the file of an appointment and of a deadline, as RFC 5545 has them.
func TestFile(t *testing.T) {
	got := write(t, calendar.File{Name: "Digital Post", Refresh: 4 * time.Hour, Events: []calendar.Event{
		{UID: "1@x", Stamp: at("2026-07-01 08:00"), Start: at("2026-12-03 13:15"), End: at("2026-12-03 14:00"), Summary: `Undersøgelse; "MR", 3\4`,
			Description: "Linje 1\r\nLinje 2", Location: "Hospitalsvej 1, 9999 Ålhavn", URL: "https://borger.example.dk/post/1"},
		{UID: "2@x", Stamp: at("2026-07-01 08:00"), Start: at("2026-11-27 23:59"), Day: true, Summary: "Svar senest: x" + strings.Repeat("æ", 40)},
		{UID: "3@x", Stamp: at("2026-07-01 08:00"), Start: at("2026-07-03 13:15"), End: at("2026-07-03 13:15"), Summary: "Uden slut"},
	}})
	want := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Digital Post//Digital Post//DA
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME:Digital Post
X-WR-CALNAME:Digital Post
REFRESH-INTERVAL;VALUE=DURATION:PT4H
X-PUBLISHED-TTL:PT4H
BEGIN:VEVENT
UID:1@x
DTSTAMP:20260701T060000Z
DTSTART:20261203T121500Z
DTEND:20261203T130000Z
SUMMARY:Undersøgelse\; "MR"\, 3\\4
DESCRIPTION:Linje 1\nLinje 2
LOCATION:Hospitalsvej 1\, 9999 Ålhavn
URL:https://borger.example.dk/post/1
END:VEVENT
BEGIN:VEVENT
UID:2@x
DTSTAMP:20260701T060000Z
DTSTART;VALUE=DATE:20261127
DTEND;VALUE=DATE:20261128
TRANSP:TRANSPARENT
SUMMARY:Svar senest: xææææææææææææææææææææææææææ
 ææææææææææææææ
END:VEVENT
BEGIN:VEVENT
UID:3@x
DTSTAMP:20260701T060000Z
DTSTART:20260703T111500Z
SUMMARY:Uden slut
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever a sender writes into a letter stays inside its property.
func FuzzFile(f *testing.F) {
	for _, s := range []string{"", "Møde", "a\r\nEND:VEVENT\r\nBEGIN:VEVENT", `\n;,`, strings.Repeat("å", 200), "\x00\xff\u2028", "x\rATTENDEE:y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := write(t, calendar.File{Events: []calendar.Event{{UID: "1", Start: at("2026-12-03 13:15"), Summary: s, Description: s + "!", Location: s + "!"}}})
		if !utf8.ValidString(got) || !strings.HasSuffix(got, "END:VCALENDAR\r\n") || strings.Contains(strings.ReplaceAll(got, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(got, "\r\n", ""), "\r") {
			t.Errorf("%q", got)
		}
		lines := strings.Split(strings.TrimSuffix(got, "\r\n"), "\r\n")
		for _, line := range lines {
			if len(line) > 75 {
				t.Errorf("%d bytes in %q", len(line), line)
			}
		}
		whole := strings.Split(strings.TrimSuffix(strings.ReplaceAll(got, "\r\n ", ""), "\r\n"), "\r\n")
		if len(whole) != 13 {
			t.Errorf("%d properties: %q", len(whole), whole)
		}
		var back string
		for _, line := range whole {
			if text, ok := strings.CutPrefix(line, "SUMMARY:"); ok {
				back = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(text)
			}
		}
		clean := func(s string) string { // control characters apart
			return strings.Map(func(r rune) rune {
				if r < ' ' || r == 0x7f {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s, "\uFFFD"))
		}
		if strings.ReplaceAll(clean(back), " ", "") != strings.ReplaceAll(clean(s), " ", "") {
			t.Errorf("%q became %q", s, back)
		}
	})
}
