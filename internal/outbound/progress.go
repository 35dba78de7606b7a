package outbound

import (
	"regexp"

	"digitalpost/internal/db"
)

// Progress is told, in the transaction that records it, how far things have come
// that leave the house. It passes over what it does not know.
type Progress interface {
	// LetterHanded tells that a recipient system got a letter.
	LetterHanded(tx *db.Tx, l Letter) error
	// LetterEnded tells that the system took it or, with a code, refused it.
	LetterEnded(tx *db.Tx, l Letter, code string) error
	// MailSent tells that the relay took an e-mail.
	MailSent(tx *db.Tx, m Mail) error
	// MailFailed tells that it could not be sent, or came back.
	MailFailed(tx *db.Tx, m Mail, code string) error
}

// SetProgress says who is told; it is said before anything runs.
func (o *Outbound) SetProgress(p Progress) { o.progress = p }

// untold is where nobody is to be told.
type untold struct{}

func (untold) LetterHanded(*db.Tx, Letter) error        { return nil }
func (untold) LetterEnded(*db.Tx, Letter, string) error { return nil }
func (untold) MailSent(*db.Tx, Mail) error              { return nil }
func (untold) MailFailed(*db.Tx, Mail, string) error    { return nil }

// CodeRefused is the code of a refusal that gives none we can show.
const CodeRefused = "letter.refused"

var dotted = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

// refusalCode is a recipient system's code where it is one: what else it wrote is
// for its own people.
func refusalCode(code string) string {
	if len(code) > 100 || !dotted.MatchString(code) {
		return CodeRefused
	}
	return code
}
