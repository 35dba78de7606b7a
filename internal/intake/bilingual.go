package intake

import (
	"fmt"
	"html"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
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

// Write sends a letter of whoever runs Digital Post. Who can receive nothing any more
// gets none.
func (in *Intake) Write(tx *db.Tx, l Bilingual, to ...post.PartyID) error {
	for _, one := range to {
		_, err := in.Announce(tx, Announcement{To: one, Label: l.Title, HTML: l.HTML()})
		if err != nil && errs.KindOf(err) != errs.KindForbidden {
			return err
		}
	}
	return nil
}
