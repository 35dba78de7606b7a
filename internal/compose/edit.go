package compose

import (
	"slices"
	"strings"
	"unicode/utf8"

	"digitalpost/internal/errs"
	"digitalpost/internal/htmldoc"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// check looks at what is typed, and cleans it.
func check(e *Edit) error {
	if e.Subject != nil {
		e.Subject = new(oneLine(*e.Subject))
	}
	if e.Text != nil {
		if len(*e.Text) > 4*MaxText {
			return errs.Invalid(CodeTextTooLong, "text", "a text has at most %d bytes", MaxText)
		}
		e.Text = new(string(htmldoc.Simple([]byte(*e.Text))))
	}
	if e.Code != nil {
		e.Code = new(oneLine(*e.Code))
	}
	if e.Comment != nil {
		e.Comment = new(strings.TrimSpace(lines(*e.Comment)))
	}
	switch {
	case e.Subject != nil && utf8.RuneCountInString(*e.Subject) > MaxSubject:
		return errs.Invalid(CodeSubjectTooLong, "subject", "a subject has at most %d characters", MaxSubject)
	case e.Text != nil && len(*e.Text) > MaxText:
		return errs.Invalid(CodeTextTooLong, "text", "a text has at most %d bytes", MaxText)
	case e.Comment != nil && utf8.RuneCountInString(*e.Comment) > MaxComment:
		return errs.Invalid(CodeCommentTooLong, "comment", "a comment has at most %d characters", MaxComment)
	case e.Code != nil && utf8.RuneCountInString(*e.Code) > MaxSubject:
		return errs.Invalid("message.code.too.long", "messageCode", "the code has at most %d characters", MaxSubject)
	}
	if e.Answers != nil {
		answers := slices.Clone(*e.Answers)
		if len(answers) > 20 {
			return errs.Invalid(CodeAnswerTooLong, "answers", "there are too many answers")
		}
		for i, a := range answers {
			answers[i].Text = oneLine(a.Text)
			if utf8.RuneCountInString(answers[i].Text) > MaxAnswer || utf8.RuneCountInString(a.Question) > MaxAnswer {
				return errs.Invalid(CodeAnswerTooLong, "answers", "an answer has at most %d characters", MaxAnswer)
			}
		}
		e.Answers = &answers
	}
	if e.To != nil {
		return e.To.check()
	}
	return nil
}

func (t *To) check() error {
	groups := 0
	for _, given := range []bool{t.Authority != (post.UUID{}), len(t.Recipients) > 0, len(t.EMails) > 0} {
		if given {
			groups++
		}
	}
	switch {
	case groups > 1, t.Authority == (post.UUID{}) && t.Point != (post.UUID{}):
		return errs.Invalid(CodeRecipientMix, "to", "a letter is to an authority, or to Digital Post recipients, or to e-mail addresses")
	case len(t.Recipients)+len(t.EMails) > MaxRecipients:
		return errs.Invalid(CodeRecipientsMany, "to", "a letter has at most %d recipients", MaxRecipients)
	}
	return nil
}

// oneLine is a text without what a single line cannot have.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(plainText(text), func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }), " ")
}

func lines(text string) string { return plainText(strings.ReplaceAll(text, "\r\n", "\n")) }

// plainText is a text without characters that XML does not allow, or that hide
// what it says.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r < ' ' || r >= 0x7F && r < 0xA0 || r == 0xFFFD || r == 0xFFFE || r == 0xFFFF || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, text)
}

// apply changes what is typed. p has the text's files, where it changes.
func (d *draft) apply(e *Edit, p *pages) error {
	if d.Kind == KindForward && (e.Text != nil && *e.Text != "") {
		return errs.Invalid(CodeFixed, "text", "a letter that is forwarded keeps its text; a comment goes with it")
	}
	if d.Kind != KindForward && e.Comment != nil && *e.Comment != "" {
		return errs.Invalid(CodeFixed, "comment", "only a letter that is forwarded has a comment")
	}
	if e.To != nil {
		switch {
		case d.Kind == KindReply && !sameTo(*e.To, d.To):
			return errs.Invalid(CodeFixed, "to", "an answer goes to whom it answers")
		case d.Kind == KindNew && (len(e.To.Recipients) > 0 || len(e.To.EMails) > 0):
			return errs.Invalid(registry.CodeNotAuthority, "to", "one writes to authorities; to others one forwards")
		}
		d.To = *e.To
	}
	set(&d.Subject, e.Subject)
	set(&d.Answers, e.Answers)
	set(&d.Comment, e.Comment)
	set(&d.Code, e.Code)
	if e.Text != nil && d.Kind != KindForward && (*e.Text != d.Text || len(d.Memo.Body.MainDocument.Files) == 0) {
		d.Text = *e.Text
		d.Memo.Body.MainDocument.Files = p.use()
		for i := range d.Main.Files {
			d.Main.Files[i].Version++
		}
	}
	return nil
}

func sameTo(a, b To) bool {
	return a.Authority == b.Authority && a.Point == b.Point && slices.Equal(a.Recipients, b.Recipients) && slices.Equal(a.EMails, b.EMails)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
