package compose

import (
	"context"
	"encoding/binary"
	"errors"
	"html"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
)

// State is how far a sent letter has come.
type State string

const (
	// Delivered is in the recipient's mailbox. Where Outcome.System is set, it waits
	// for the recipient's system.
	Delivered State = "DELIVERED"
	Handed    State = "HANDED"  // the recipient's system got it
	Taken     State = "TAKEN"   // and took it: its receipt says so
	Refused   State = "REFUSED" // and did not: its receipt says so. The letter lies in the recipient's mailbox
	Waiting   State = "WAITING" // an e-mail that the relay has not taken yet
	Mailed    State = "SENT"    // the relay took it; it may still come back
	Failed    State = "FAILED"  // it could not be sent, or came back
)

// Outcome is what became of a sent letter with one recipient.
type Outcome struct {
	Recipient
	State  State
	System bool      // a recipient system gets the letter
	Sent   time.Time // when it was sent
	Handed time.Time // when the system, or the mail relay, got it
	Ended  time.Time // when the system took or refused it, or the e-mail failed
	Code   string    // why, of what was refused or failed

	delivered, email post.UUID
}

func (o *Outcome) settle() {
	mail := o.Way == ToEMail
	switch {
	case mail && o.Code != "":
		o.State = Failed
	case mail && !o.Handed.IsZero():
		o.State = Mailed
	case mail:
		o.State = Waiting
	case o.Code != "":
		o.State = Refused
	case !o.Ended.IsZero():
		o.State = Taken
	case !o.Handed.IsZero():
		o.State = Handed
	default:
		o.State = Delivered
	}
}

// sentBound is what a sealed name belongs to.
func sentBound(message post.UUID, place int) []byte {
	return binary.BigEndian.AppendUint64(append([]byte("sent"), message[:]...), uint64(place))
}

func (c *Composer) insert(tx *db.Tx, o *mailbox.Opened, message post.UUID, place int, out Outcome) error {
	sealed, err := o.Seal([]byte(out.Name+"\x00"+out.Category), sentBound(message, place))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO sent (mailbox, message, place, way, sealed, recipient, delivered, email, system, handed, ended, code)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, '')`,
		o.Mailbox.ID, message, place, string(out.Way), sealed, party(out.Party), out.delivered, out.email, out.System)
	return err
}

// Status is what became of a sent letter, for each of its recipients.
func (c *Composer) Status(ctx context.Context, actor post.Actor, box, message post.UUID) ([]Outcome, error) {
	var all []Outcome
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		l, err := o.Message(message, access.MessageList)
		if err != nil {
			return err
		}
		all, err = c.outcomes(tx, o, l.Message)
		return err
	})
	return all, err
}

func (c *Composer) outcomes(tx *db.Tx, o *mailbox.Opened, m mailbox.Message) ([]Outcome, error) {
	rows, err := tx.Query("SELECT way, sealed, system, handed, ended, code FROM sent WHERE mailbox = $1 AND message = $2 ORDER BY place", o.Mailbox.ID, m.ID)
	place := 0
	return db.Collect(rows, err, func(rows *db.Rows) (Outcome, error) {
		out := Outcome{Sent: m.Received}
		var sealed []byte
		if err := rows.Scan(&out.Way, &sealed, &out.System, db.Time(&out.Handed), db.Time(&out.Ended), &out.Code); err != nil {
			return out, err
		}
		plain, err := o.Unseal(sealed, sentBound(m.ID, place))
		if err != nil {
			return out, err
		}
		place++
		for i, b := range plain {
			if b == 0 {
				out.Name, out.Category = string(plain[:i]), string(plain[i+1:])
				break
			}
		}
		out.settle()
		return out, nil
	})
}

// row is a sent letter by what happened to it elsewhere.
type row struct {
	mailbox post.PartyID
	message post.UUID
	place   int
}

func find(tx *db.Tx, where string, args ...any) (row, bool, error) {
	var r row
	err := tx.QueryRow("SELECT mailbox, message, place FROM sent WHERE "+where, args...).Scan(&r.mailbox, &r.message, &r.place)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// set writes what became of it, once; the sender's open pages are told.
func (c *Composer) set(tx *db.Tx, r row, what string, args ...any) (bool, error) {
	n, err := tx.Exec("UPDATE sent SET "+what+" AND mailbox = $3 AND message = $4 AND place = $5", append(args, r.mailbox, r.message, r.place)...)
	if err != nil || n == 0 {
		return false, err
	}
	return true, c.mailboxes.Touch(tx, r.mailbox, r.message)
}

// LetterHanded notes that a recipient system got a letter.
func (c *Composer) LetterHanded(tx *db.Tx, l outbound.Letter) error {
	r, ours, err := find(tx, "recipient = $1 AND delivered = $2", l.Mailbox, l.Message)
	if err != nil || !ours {
		return err
	}
	_, err = c.set(tx, r, "handed = $1, code = $2 WHERE handed IS NULL", tx.Now, "")
	return err
}

// LetterEnded notes that a recipient system took a letter, or refused it with a
// code. A refusal is told in the sender's mailbox too.
func (c *Composer) LetterEnded(tx *db.Tx, l outbound.Letter, code string) error {
	r, ours, err := find(tx, "recipient = $1 AND delivered = $2", l.Mailbox, l.Message)
	if err != nil || !ours {
		return err
	}
	changed, err := c.set(tx, r, "handed = COALESCE(handed, $1), ended = $1, code = $2 WHERE ended IS NULL", tx.Now, code)
	if err != nil || !changed || code == "" {
		return err
	}
	return c.tellRefused(tx, r)
}

// MailSent notes that the relay took an e-mail.
func (c *Composer) MailSent(tx *db.Tx, m outbound.Mail) error {
	r, ours, err := find(tx, "email = $1", m.ID)
	if err != nil || !ours {
		return err
	}
	_, err = c.set(tx, r, "handed = $1, code = $2 WHERE handed IS NULL AND ended IS NULL", tx.Now, "")
	return err
}

// MailFailed notes that an e-mail could not be sent, or came back; outbound has
// told it in the mailbox.
func (c *Composer) MailFailed(tx *db.Tx, m outbound.Mail, code string) error {
	r, ours, err := find(tx, "email = $1", m.ID)
	if err != nil || !ours {
		return err
	}
	_, err = c.set(tx, r, "ended = $1, code = $2 WHERE ended IS NULL", tx.Now, code)
	return err
}

// tellRefused writes to the sender that a letter was refused.
func (c *Composer) tellRefused(tx *db.Tx, r row) error {
	l, err := c.mailboxes.LookOutgoing(tx, r.mailbox, r.message)
	if errs.KindOf(err) == errs.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	to, title := html.EscapeString(l.Message.RecipientName), html.EscapeString(l.Message.Label)
	_, err = c.intake.Announce(tx, intake.Announcement{To: r.mailbox, Of: r.message, Label: cut("Din besked til "+l.Message.RecipientName+" blev ikke taget imod", MaxSubject),
		HTML: "<p>Din besked »" + title + "« kom frem til " + to + ", men deres system kunne ikke tage imod den. Derfor ved vi ikke, om nogen læser den.</p>" +
			"<p>Beskeden er ikke gået tabt: den ligger stadig i Sendt post. Kontakt " + to + " på en anden måde, hvis det haster, eller skriv til dem igen.</p>" +
			"<p lang=\"en\">Your message “" + title + "” reached " + to + ", but their system could not accept it, so we do not know whether anyone reads it. " +
			"Nothing is lost: the message is still in Sent. Contact them another way if it is urgent, or write to them again.</p>"})
	if errs.KindOf(err) == errs.KindForbidden || errs.CodeOf(err) == intake.CodeNoOperator {
		return nil // nobody is there to be told; the status says it
	}
	return err
}
