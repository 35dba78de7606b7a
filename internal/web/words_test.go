package web

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/post"
)

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, post.Denmark)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func TestDates(t *testing.T) {
	danish, english := newWords(voice{Danish, false}, shared), newWords(voice{English, false}, shared)
	now := at("2026-11-22 12:00")
	for name, c := range map[string]struct{ got, want string }{
		"time of day":                {danish.Clock(at("2026-11-22 08:05")), "8.05"},
		"time of day, English":       {english.Clock(at("2026-11-22 08:05")), "08:05"},
		"short":                      {danish.Short(at("2026-11-27 10:00"), now), "27. nov."},
		"short, English":             {english.Short(at("2026-11-27 10:00"), now), "27 Nov"},
		"short, another year":        {danish.Short(at("2027-01-02 10:00"), now), "2. jan. 2027"},
		"May has no point":           {danish.Short(at("2026-05-02 10:00"), now), "2. maj"},
		"long":                       {danish.Long(at("2026-11-27 10:00"), now), "fredag den 27. november"},
		"long, English":              {english.Long(at("2026-11-27 10:00"), now), "Friday 27 November"},
		"long, another year":         {danish.Long(at("2025-11-27 10:00"), now), "torsdag den 27. november 2025"},
		"moment today":               {danish.Moment(at("2026-11-22 10:42"), now), "i dag kl. 10.42"},
		"moment before":              {danish.Moment(at("2026-11-19 14:10"), now), "torsdag den 19. november kl. 14.10"},
		"list, today":                {danish.Stamp(at("2026-11-22 10:42"), now), "10.42"},
		"list, before":               {danish.Stamp(at("2026-11-21 23:59"), now), "21. nov."},
		"a day begins in Denmark":    {danish.Stamp(time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC), now), "0.30"},
		"group today":                {danish.Group(at("2026-11-22 00:00"), now), "I dag"},
		"group yesterday":            {danish.Group(at("2026-11-21 23:59"), now), "I går"},
		"group this month":           {danish.Group(at("2026-11-03 12:00"), now), "Tidligere i november"},
		"group another month":        {danish.Group(at("2026-10-31 12:00"), now), "Oktober"},
		"group another year":         {danish.Group(at("2025-11-03 12:00"), now), "November 2025"},
		"yesterday over a new year":  {danish.Group(at("2025-12-31 12:00"), at("2026-01-01 12:00")), "I går"},
		"today":                      {danish.InDays(at("2026-11-22 23:00"), now), "i dag"},
		"tomorrow":                   {danish.InDays(at("2026-11-23 00:30"), now), "i morgen"},
		"days":                       {danish.InDays(at("2026-11-29 00:30"), now), "om 7 dage"},
		"days over a change of time": {danish.InDays(at("2026-10-26 12:00"), at("2026-10-24 12:00")), "om 2 dage"},
		"past":                       {danish.InDays(at("2026-11-21 12:00"), now), "fristen er overskredet"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	danish, english := newWords(voice{Danish, false}, shared), newWords(voice{English, false}, shared)
	for name, c := range map[string]struct{ got, want string }{
		"none": {danish.N("unread", 0), "0 ulæste"}, "one": {danish.N("unread", 1), "1 ulæst"}, "many": {danish.N("unread", 12345), "12.345 ulæste"},
		"English": {english.N("unread", 1234567), "1,234,567 unread"},
		"byte":    {danish.Size(1), "1 byte"}, "bytes": {danish.Size(999), "999 bytes"}, "kilobytes": {danish.Size(184_300), "184 KB"},
		"megabytes": {danish.Size(1_240_000), "1,2 MB"}, "megabytes, English": {english.Size(1_240_000), "1.2 MB"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ålhavn Kommune": "ÅK", "Skattestyrelsen": "SK", "Signe Åkjær Holm": "SH", "Ålhavn Vand og Forsyning": "ÅF", "øst": "ØS",
		"Bo": "BO", "": "", "…": "", "Center for 3. alder": "C3", "Åse af Ørum": "ÅØ", "Fjordlys Energi A/S": "FE", "Ålhavn Fiskeeksport A/S under konkurs": "ÅF", "Lund Cykler ApS": "LC", "A/S Vejen": "AV",
	} {
		if got := Initials(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Every key that a template or a handler names has its words, and no words are
// left that nothing uses.
func TestTexts(t *testing.T) {
	var all strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html", "templates/parts/*.html", "../portal/*/*.go", "../portal/*/templates/*.html"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if filepath.Base(name) == "texts.go" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "..") {
				all.WriteString("\x00")
			}
			all.Write(raw)
		}
	}
	own, _, _ := strings.Cut(all.String(), "\x00")
	for _, found := range regexp.MustCompile(`(?:\bt |w\.T\(|words\.T\()"([a-z.]+)"|\b(?:n |w\.N\(|words\.N\()"([a-z.]+)"`).FindAllStringSubmatch(own, -1) {
		keys := []string{found[1]}
		if found[2] != "" {
			keys = []string{found[2] + ".one", found[2] + ".many"}
		}
		for _, key := range keys {
			if _, ok := shared[key]; !ok {
				t.Errorf("%q has no words", key)
			}
		}
	}
	for key, both := range shared {
		key := strings.TrimSuffix(key, ".theirs")
		stem := regexp.MustCompile(`\.(one|many|h|p)$`).ReplaceAllString(key, "")
		if !strings.Contains(all.String(), `"`+key+`"`) && !strings.Contains(all.String(), `"`+stem+`"`) {
			t.Errorf("nothing uses %q", key)
		}
		verb := regexp.MustCompile(`%[a-z]`)
		if both[0] == "" || both[1] == "" || !slices.Equal(verb.FindAllString(both[0], -1), verb.FindAllString(both[1], -1)) {
			t.Errorf("%q does not say the same in both languages", key)
		}
	}
	for kind, how := range failures {
		if _, ok := shared[how.text+".h"]; !ok {
			t.Errorf("%s has no words", kind)
		}
	}
}
