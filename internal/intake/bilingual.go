package intake

import (
	"fmt"
	"html"
	"strings"
)

// Bilingual is an announcement in Danish and, below it, in English: titles, and
// paragraphs of HTML in which everything that is not ours is escaped.
type Bilingual struct {
	Title        string // the message's title too
	Text         []string
	TitleEnglish string
	TextEnglish  []string
}

// HTML is the inside of the letter's body.
func (l Bilingual) HTML() string {
	var b strings.Builder
	write := func(lang, title string, paragraphs []string) {
		fmt.Fprintf(&b, `<div lang="%s"><h1>%s</h1>`, lang, html.EscapeString(title))
		for _, p := range paragraphs {
			b.WriteString("<p>" + p + "</p>")
		}
		b.WriteString("</div>")
	}
	write("da", l.Title, l.Text)
	b.WriteString("<hr>")
	write("en", l.TitleEnglish, l.TextEnglish)
	return b.String()
}

// Strong is a name in a paragraph.
func Strong(text string) string { return "<strong>" + html.EscapeString(text) + "</strong>" }

// Short keeps a name short enough for a title (256 characters).
func Short(name string) string {
	letters := []rune(name)
	if len(letters) > 160 {
		return string(letters[:160]) + "…"
	}
	return name
}
