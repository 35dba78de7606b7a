package outbound

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
)

// MailQueue is the queue of the jobs that send e-mails. They wait for the relay
// more than they work.
const MailQueue = "mails"

const (
	mailKind   jobs.Kind = "outbound.mail"
	forgetKind jobs.Kind = "outbound.mail.forget"
)

const (
	// mailTries is how long an e-mail is tried that the relay does not take.
	mailTries = 3 * 24 * time.Hour
	// mailKept is how long an e-mail that was sent is remembered. Servers give up
	// after 5 days at most (RFC 5321, 4.5.4.1), and some are late to say so.
	mailKept = 14 * 24 * time.Hour
)

// Reasons why an e-mail did not arrive.
const (
	whyUnknown = "email.address.unknown"
	whyFull    = "email.mailbox.full"
	whyLarge   = "email.too.large.for.recipient"
	whyRefused = "email.refused"
	whyLate    = "email.not.taken.in.time"
	whyGone    = "email.letter.gone"
	whyOurs    = "email.not.rendered"
	whyEnded   = "email.right.ended"
)

// mailing is the argument of a job that sends an e-mail.
type mailing struct {
	ID post.UUID `json:"id"`
}

// sendMail tries to send an e-mail. That it is being sent is on record before,
// and the outcome after: a program that was killed in between leaves an e-mail
// that may have gone out. It is sent again, with the same Message-ID, once the
// killed one is certainly dead.
func (o *Outbound) sendMail(ctx context.Context, id post.UUID) error {
	m, busy, err := o.beginMail(ctx, id)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil || busy > 0 {
		return errors.Join(err, snooze(busy))
	}
	if m.State != MailWaiting {
		return nil
	}
	cause := o.handMail(ctx, m)
	var again time.Duration
	err = o.db.Update(context.WithoutCancel(ctx), func(tx *db.Tx) (err error) {
		again, err = o.recordMail(tx, m, cause, ctx.Err() != nil)
		return err
	})
	if err == nil && ctx.Err() != nil && cause != nil {
		return ctx.Err()
	}
	return errors.Join(err, snooze(again))
}

func snooze(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return jobs.Snooze(wait)
}

// beginMail records that an e-mail is being sent. busy is how long to leave it
// alone: another process may be at it.
func (o *Outbound) beginMail(ctx context.Context, id post.UUID) (m Mail, busy time.Duration, err error) {
	err = o.db.Update(ctx, func(tx *db.Tx) error {
		busy = 0
		if m, err = o.mailByID(tx, id); err != nil || m.State != MailWaiting {
			return err
		}
		if free := m.sending.Add(sendTime + time.Minute); !m.sending.IsZero() && tx.Now.Before(free) {
			busy = free.Sub(tx.Now)
			return nil
		}
		may, err := o.stillMay(tx, m)
		if err != nil {
			return err
		}
		if !may {
			m.State = MailFailed
			return o.mailFailed(tx, m, whyEnded, audit.EMailFailed)
		}
		m.attempts++
		_, err = tx.Exec("UPDATE email SET sending = $1, attempts = $2 WHERE id = $3", tx.Now, m.attempts, id)
		return err
	})
	return m, busy, err
}

// stillMay tells whether who asked for an e-mail may have it sent now: it may have
// waited, and their right ended meanwhile (ACC-10).
func (o *Outbound) stillMay(tx *db.Tx, m Mail) (bool, error) {
	if m.By.Party == 0 {
		return true, nil
	}
	letter, err := o.letters.LookOutgoing(tx, m.Mailbox, m.Message)
	if errs.KindOf(err) == errs.KindNotFound {
		return true, nil // handMail says that it is gone
	}
	if err != nil {
		return false, err
	}
	view, err := o.letters.ViewOf(tx, m.Mailbox)
	if err != nil {
		return false, err
	}
	return view.May(m.By, access.MessageForwardEmail, &letter.Message)
}

// handMail renders an e-mail and hands it to the relay.
func (o *Outbound) handMail(ctx context.Context, m Mail) error {
	if o.mail == nil {
		return errRelay{stage: connecting}
	}
	letter, err := o.letters.Outgoing(ctx, m.Mailbox, m.Message)
	if err != nil {
		return errOurs{err}
	}
	defer letter.Close()
	return o.mail.send(ctx, o.ReturnAddress(m.ID), m.note.To, func(w io.Writer) error {
		return m.write(w, o.mail, letter)
	})
}

// recordMail records the outcome and returns when to try again, 0 for never.
// stopped tells that the program ends, which is nobody's failure.
func (o *Outbound) recordMail(tx *db.Tx, m Mail, cause error, stopped bool) (again time.Duration, err error) {
	now, err := o.mailByID(tx, m.ID)
	if err != nil || now.State != MailWaiting { // it came back before we knew that it was sent
		return 0, err
	}
	relay, fromRelay := errors.AsType[errRelay](cause)
	switch {
	case cause == nil:
		if _, err := tx.Exec("UPDATE email SET state = $1, sending = NULL, reason = '', ended = $2 WHERE id = $3", string(MailSent), tx.Now, m.ID); err != nil {
			return 0, err
		}
		if err := o.progress.MailSent(tx, m); err != nil {
			return 0, err
		}
		return 0, audit.Append(tx, m.event(audit.EMailSent, audit.Number(audit.Attempt, m.attempts)))
	case stopped:
		_, err := tx.Exec("UPDATE email SET sending = NULL WHERE id = $1", m.ID)
		return 0, err
	case fromRelay && relay.lasting():
		return 0, o.mailFailed(tx, m, relay.why(), audit.EMailFailed)
	case errs.KindOf(cause) == errs.KindNotFound:
		return 0, o.mailFailed(tx, m, whyGone, audit.EMailFailed)
	case tx.Now.Sub(m.Created) >= mailTries && fromRelay:
		return 0, o.mailFailed(tx, m, whyLate, audit.EMailFailed)
	case tx.Now.Sub(m.Created) >= mailTries:
		return 0, o.mailFailed(tx, m, whyOurs, audit.EMailFailed)
	}
	code := "email.not.rendered"
	if fromRelay {
		code = fmt.Sprintf("email.relay.%s.%d", relay.stage, relay.code)
	}
	tx.OnCommit(func() { o.log.Warn("an e-mail has to wait", "email", m.ID, "attempt", m.attempts, "reason", code) })
	_, err = tx.Exec("UPDATE email SET sending = NULL, reason = $1 WHERE id = $2", code, m.ID)
	return backOff(m.attempts), err
}

// why is the reason of a lasting failure.
func (e errRelay) why() string {
	if e.enhanced != "" {
		return whyReturned(e.enhanced)
	}
	switch {
	case e.code == 552 && e.stage == recipient:
		return whyFull
	case e.code == 552:
		return whyLarge
	case e.stage == recipient && (e.code == 550 || e.code == 551 || e.code == 553):
		return whyUnknown
	}
	return whyRefused
}

// whyReturned is the reason that an enhanced status code gives (RFC 3463).
func whyReturned(status string) string {
	_, detail, _ := strings.Cut(status, ".")
	switch detail {
	case "1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4":
		return whyUnknown
	case "2.2":
		return whyFull
	case "2.3", "3.4":
		return whyLarge
	case "4.1", "4.7":
		return whyLate
	}
	return whyRefused
}

func (m Mail) event(name audit.Name, more ...audit.Prop) audit.Event {
	return audit.Event{Name: name, Mailbox: m.Mailbox, Message: m.Message, Actor: post.Program, Props: more}
}

// mailFailed ends an e-mail that does not arrive, and tells its mailbox.
func (o *Outbound) mailFailed(tx *db.Tx, m Mail, why string, name audit.Name) error {
	if _, err := tx.Exec("UPDATE email SET state = $1, sending = NULL, reason = $2, ended = $3 WHERE id = $4", string(MailFailed), why, tx.Now, m.ID); err != nil {
		return err
	}
	if err := audit.Append(tx, m.event(name, audit.Prop{Key: audit.ErrorCode, Value: why})); err != nil {
		return err
	}
	if err := o.progress.MailFailed(tx, m, why); err != nil {
		return err
	}
	return o.announce(tx, m.notice(why, o.mail))
}

// failure is what people read of a reason: what happened and what to do, in
// Danish and English.
type failure struct{ what, do, whatEN, doEN string }

var failures = map[string]failure{
	whyUnknown: {"Modtagerens mailserver kender ikke adressen.", "Se efter, om adressen er skrevet rigtigt, og videresend brevet igen.",
		"The recipient’s mail server does not know the address.", "Check whether the address is right, and forward the letter again."},
	whyFull: {"Modtagerens indbakke er fuld.", "Vent et par dage og videresend brevet igen, eller brug en anden adresse.",
		"The recipient’s inbox is full.", "Wait a few days and forward the letter again, or use another address."},
	whyLarge: {"E-mailen fylder for meget for modtagerens mailserver.", "Download dokumenterne, og giv modtageren dem på en anden måde.",
		"The e-mail is too large for the recipient’s mail server.", "Download the documents and give them to the recipient in another way."},
	whyRefused: {"Modtagerens mailserver ville ikke tage imod e-mailen.", "Spørg modtageren hvorfor, eller videresend brevet til en Digital Post-modtager i stedet.",
		"The recipient’s mail server would not take the e-mail.", "Ask the recipient why, or forward the letter to a Digital Post recipient instead."},
	whyLate: {"Vi har prøvet i flere dage, men e-mailen kunne ikke afleveres.", "Se efter, om adressen er skrevet rigtigt, og videresend brevet igen.",
		"We have tried for several days, but the e-mail could not be delivered.", "Check whether the address is right, and forward the letter again."},
	whyGone: {"Brevet blev slettet for altid, før e-mailen var sendt.", "Du behøver ikke gøre noget.",
		"The letter was deleted for good before the e-mail was sent.", "You need not do anything."},
	whyEnded: {"Den, der bad om at få brevet sendt, har ikke længere adgang til det.", "Du behøver ikke gøre noget.",
		"Whoever asked for the letter to be sent no longer has access to it.", "You need not do anything."},
	whyOurs: {"Fejlen er vores.", "Videresend brevet igen, eller ring til os.",
		"The fault is ours.", "Forward the letter again, or call us."},
}

// notice is the message that tells of a failed e-mail. It is the mailbox's own
// post: the address and the title may stand in it.
func (m Mail) notice(why string, r *Relay) Announcement {
	f, ok := failures[why]
	if !ok {
		f = failures[whyRefused]
	}
	safe, safeEN := "Brevet ligger stadig i din Digital Post.", "The letter is still in your Digital Post."
	link := ""
	if why == whyGone {
		safe, safeEN = "Der er ikke sendt noget.", "Nothing was sent."
	} else if r != nil {
		link = r.Link(m.Message)
	}
	var b strings.Builder
	language := func(lang, heading, asked, what, safe, do, open string) {
		fmt.Fprintf(&b, `<div lang="%s"><h1>%s</h1><p>%s</p><p>%s</p><p>%s %s</p>`, lang, html.EscapeString(heading), asked,
			html.EscapeString(what), html.EscapeString(safe), html.EscapeString(do))
		if link != "" {
			fmt.Fprintf(&b, `<p><a href="%s">%s</a></p>`, html.EscapeString(link), html.EscapeString(open))
		}
		b.WriteString("</div>")
	}
	title, to := html.EscapeString(m.Title), "<strong>"+html.EscapeString(m.note.To)+"</strong>"
	by, byEN := "", ""
	if m.Asker != "" {
		by, byEN = " af "+html.EscapeString(m.Asker), " by "+html.EscapeString(m.Asker)
	}
	language("da", "E-mailen kom ikke frem",
		fmt.Sprintf("Brevet »%s« blev den %s videresendt%s til %s.", title, post.DateText(m.Created, false), by, to), f.what, safe, f.do, "Åbn brevet")
	b.WriteString("<hr>")
	language("en", "The e-mail did not arrive",
		fmt.Sprintf("The letter “%s” was forwarded on %s%s to %s.", title, post.DateText(m.Created, true), byEN, to), f.whatEN, safeEN, f.doEN, "Open the letter")
	return Announcement{To: m.Mailbox, Label: "Din e-mail kom ikke frem", HTML: b.String(), Of: m.Message}
}

// Announcement is a message that Digital Post writes to a mailbox: that something
// which left it did not arrive.
type Announcement struct {
	To          post.PartyID
	Label, HTML string
	Of          post.UUID // a message of the mailbox that it tells about, nil for none
}

// Announcer delivers messages of our own, in the caller's transaction. It is
// Forbidden where the mailbox can receive nothing any more.
type Announcer func(tx *db.Tx, a Announcement) error

// announce tells a mailbox. Where nobody is left to be told, or the operator has
// not said who Digital Post is, what happened is on record all the same.
func (o *Outbound) announce(tx *db.Tx, a Announcement) error {
	var err error = errs.New(errs.KindUnavailable, "announcer.missing", "nothing announces")
	if o.announcer != nil {
		err = o.announcer(tx, a)
	}
	switch errs.KindOf(err) {
	case errs.KindForbidden:
		return nil
	case errs.KindUnavailable:
		tx.OnCommit(func() { o.log.Error("a failure could not be told in its mailbox", "mailbox", a.To, "err", err) })
		return nil
	}
	return err
}

// forgetMails removes e-mails that can no longer come back.
func (o *Outbound) forgetMails(ctx context.Context) error {
	return o.db.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM email WHERE ended < $1", tx.Now.Add(-mailKept))
		return err
	})
}
