package support

import (
	"html"
	"strings"

	"digitalpost/internal/post"
)

// label is what a letter to support is called by its kind.
func label(k Kind) string {
	switch k {
	case Feedback:
		return "Ris eller ros"
	case Request:
		return "Anmodning"
	}
	return "Spørgsmål"
}

// letter is what support reads. A writer's CPR number is in it where support has
// to know for certain who they are.
func letter(q Inquiry, w writer, r Receipt) string {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			b.WriteString("<p><strong>" + name + ":</strong> " + html.EscapeString(value) + "</p>")
		}
	}
	b.WriteString("<h1>" + html.EscapeString(q.Subject) + "</h1>")
	row("Nummer", r.Number)
	row("Slags", label(q.Kind))
	row("Modtaget", r.Created.In(post.Denmark).Format("02-01-2006 15.04"))
	row("Fra", w.name)
	if w.cpr == "" {
		row("Logget ind", "nej: navnet er, hvad personen selv har skrevet")
	} else {
		row("Logget ind", "ja, med MitID")
		if q.Kind != Feedback {
			row("CPR-nummer", w.cpr[:6]+"-"+w.cpr[6:])
		}
	}
	row("E-mail", q.EMail)
	row("Telefon", q.Phone)
	b.WriteString("<h2>Teksten</h2>" + paragraphs(q.Text))
	return b.String()
}

// copied is what the writer keeps.
func copied(q Inquiry, r Receipt) string {
	return "<p>Vi har modtaget din henvendelse. Dens nummer er <strong>" + r.Number + "</strong>. Sig det, hvis du ringer til os.</p>" +
		"<p>Du skrev:</p><h2>" + html.EscapeString(q.Subject) + "</h2>" + paragraphs(q.Text)
}

// paragraphs is a text as HTML: an empty line parts paragraphs, others are lines.
func paragraphs(text string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(part), "\n", "<br>") + "</p>")
		}
	}
	return b.String()
}
