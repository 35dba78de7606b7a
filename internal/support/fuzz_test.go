package support

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var ours = regexp.MustCompile(`</?(h1|h2|p|strong|br)>`)

// Whatever somebody writes, a letter to support holds no markup but ours.
func FuzzLetter(f *testing.F) {
	f.Add("Hjælp", "<script>alert(1)</script>\n\nlinje\r\nlinje", "Else", "else@example.com")
	f.Add("\"><img src=x>", "&lt;", "\x00", "<a@b>")
	f.Fuzz(func(t *testing.T, subject, text, name, email string) {
		q := Inquiry{Kind: Question, Name: name, EMail: email, Subject: subject, Text: text}
		_ = q.Check()
		r := Receipt{Number: newNumber(), Created: time.Unix(0, 0)}
		for _, page := range []string{letter(q, writer{name: name}, r), copied(q, r)} {
			if rest := ours.ReplaceAllString(page, ""); strings.ContainsAny(rest, "<>") {
				t.Error(rest)
			}
		}
	})
}
