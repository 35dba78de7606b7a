package outbound

import (
	"crypto/hmac"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// Codes of why an e-mail is not taken.
const (
	CodeNoEMail      = "email.not.available" // no relay is configured
	CodeEMailTooBig  = "email.too.large"
	CodeEMailTooMany = "email.too.many"
	CodeEMailComment = "email.comment.too.long"
)

// MaxComment is the number of characters that a comment may have (API 1.68,
// ForwardCommand).
const MaxComment = 512

// mailsPerDay bounds what one mailbox sends in 24 hours, so that nobody makes the
// relay a sender of mass mail.
const mailsPerDay = 200

// EMail is a letter to be sent to one e-mail address (MBX-05). Several recipients
// are several e-mails: none of them sees the others.
type EMail struct {
	Mailbox post.PartyID
	Message post.UUID // the letter whose documents go along: received, or the mailbox's own in Sent
	// Actor is who asks. That they may is the caller's to know.
	Actor   post.Actor
	Via     string // the right by which they may, for the log
	To      Address
	Comment string // plain text, "" for none
	Subject string // "" is a wording that gives nothing away
	English bool   // language of what we write around the letter; else Danish
}

// note is what of an e-mail is sealed.
type note struct {
	To      string `cbor:"1,keyasint"`
	Comment string `cbor:"2,keyasint"`
	Subject string `cbor:"3,keyasint"`
	English bool   `cbor:"4,keyasint"`
	Owner   string `cbor:"5,keyasint"` // of the mailbox
	Asker   string `cbor:"6,keyasint"` // who asked, "" for the owner
	Title   string `cbor:"7,keyasint"` // of the letter
	// By is who asked where that was not the owner: they must still have the right when
	// it is sent.
	By post.Actor `cbor:"8,keyasint"`
}

// MailState is what became of an e-mail.
type MailState string

const (
	MailWaiting MailState = "WAITING" // for the relay to take it
	MailSent    MailState = "SENT"    // the relay took it; it may still come back
	MailFailed  MailState = "FAILED"  // a message in the mailbox says so
)

// Mail is an e-mail and what became of it.
type Mail struct {
	ID      post.UUID
	Mailbox post.PartyID
	Message post.UUID
	State   MailState
	Reason  string // of the last failure, a dotted code: email.address.unknown
	Created time.Time
	Ended   time.Time // when it was sent, or had failed
	note
	sending  time.Time
	attempts int
}

// To is whom the e-mail is for.
func (m Mail) To() Address { return Address{m.note.To} }

// CheckEMail tells whether a letter can be sent by e-mail: Unavailable where no
// e-mail leaves this house, TooLarge where its documents do not fit, NotFound
// where it is no more.
func (o *Outbound) CheckEMail(tx *db.Tx, mailbox post.PartyID, message post.UUID) error {
	_, err := o.checkEMail(tx, mailbox, message)
	return err
}

func (o *Outbound) checkEMail(tx *db.Tx, mailbox post.PartyID, message post.UUID) (title string, err error) {
	if o.mail == nil {
		return "", errs.New(errs.KindUnavailable, CodeNoEMail, "no mail relay is configured; set mail.relay")
	}
	letter, err := o.letters.LookOutgoing(tx, mailbox, message)
	if err != nil {
		return "", err
	}
	size := int64(16 << 10) // texts and heads
	for _, f := range letter.Files() {
		size += encodedSize(f.Size)
	}
	if size > o.mail.MaxSize {
		return "", errs.New(errs.KindTooLarge, CodeEMailTooBig, "the e-mail would have %d bytes; at most %d are sent", size, o.mail.MaxSize)
	}
	return oneLine(letter.Message.Label), nil
}

// encodedSize is how many bytes a file takes in an e-mail: base64 in lines of 76,
// and a head.
func encodedSize(bytes int64) int64 { return (bytes+56)/57*78 + 1<<10 }

// EMail has an e-mail sent once tx is committed, and returns its id. The errors
// are those of CheckEMail, RateLimited for a mailbox that sends too many, and
// Invalid for a comment that is too long. What becomes of it is in EMails; a
// failure comes as a message into the mailbox.
func (o *Outbound) EMail(tx *db.Tx, e EMail) (post.UUID, error) {
	title, err := o.checkEMail(tx, e.Mailbox, e.Message)
	if err != nil {
		return post.UUID{}, err
	}
	if _, err := ParseAddress(e.To.text); err != nil {
		return post.UUID{}, err
	}
	if len([]rune(e.Comment)) > MaxComment {
		return post.UUID{}, errs.Invalid(CodeEMailComment, "comment", "a comment has at most %d characters", MaxComment)
	}
	var lately int
	if err := tx.QueryRow("SELECT COUNT(*) FROM email WHERE mailbox = $1 AND created > $2", e.Mailbox, tx.Now.Add(-24*time.Hour)).Scan(&lately); err != nil {
		return post.UUID{}, err
	}
	if lately >= mailsPerDay {
		return post.UUID{}, errs.New(errs.KindRateLimited, CodeEMailTooMany, "a mailbox sends at most %d e-mails in 24 hours", mailsPerDay)
	}
	n := note{To: e.To.text, Comment: lines(e.Comment), Subject: oneLine(e.Subject), English: e.English, Title: title}
	owner, err := o.systems.Party(tx, e.Mailbox)
	if err != nil {
		return post.UUID{}, err
	}
	n.Owner = oneLine(owner.Name)
	if e.Actor.Party != 0 && e.Actor.Party != e.Mailbox {
		asker, err := o.systems.Party(tx, e.Actor.Party)
		if err != nil {
			return post.UUID{}, err
		}
		n.Asker, n.By = oneLine(asker.Name), e.Actor
	}
	plain, err := cbor.Marshal(n)
	if err != nil {
		return post.UUID{}, err
	}
	id := tx.NewID()
	_, err = tx.Exec("INSERT INTO email ("+mailColumns+") VALUES ($1, $2, $3, $4, $5, NULL, 0, '', $6, NULL)",
		id, e.Mailbox, e.Message, o.keys.Seal(keys.EMailSeal, plain, id[:]), string(MailWaiting), tx.Now)
	if err != nil {
		return post.UUID{}, err
	}
	if _, err := jobs.Enqueue(tx, jobs.Job{Kind: mailKind, Queue: MailQueue, Key: id.String(), Args: mailing{id}}); err != nil {
		return post.UUID{}, err
	}
	return id, audit.Append(tx, audit.Event{Name: audit.MessageForwardedToEmail, Mailbox: e.Mailbox, Message: e.Message, Actor: e.Actor, Via: e.Via})
}

const mailColumns = "id, mailbox, message, sealed, state, sending, attempts, reason, created, ended"

func (o *Outbound) scanMail(rows interface{ Scan(...any) error }) (Mail, error) {
	var m Mail
	var sealed []byte
	err := rows.Scan(&m.ID, &m.Mailbox, &m.Message, &sealed, &m.State, db.Time(&m.sending), &m.attempts, &m.Reason, db.Time(&m.Created), db.Time(&m.Ended))
	if err != nil {
		return m, err
	}
	plain, err := o.keys.Open(keys.EMailSeal, sealed, m.ID[:])
	if err != nil {
		return m, fmt.Errorf("read e-mail %s: %w", m.ID, err)
	}
	return m, cbor.Unmarshal(plain, &m.note)
}

// mailByID is one e-mail; db.ErrNoRows where there is none.
func (o *Outbound) mailByID(tx *db.Tx, id post.UUID) (Mail, error) {
	return o.scanMail(tx.QueryRow("SELECT "+mailColumns+" FROM email WHERE id = $1"+tx.ForUpdate(), id))
}

// EMails lists the e-mails of the last days by which a letter was sent, oldest
// first. That the asker may know of them is the caller's to know.
func (o *Outbound) EMails(tx *db.Tx, mailbox post.PartyID, message post.UUID) ([]Mail, error) {
	rows, err := tx.Query("SELECT "+mailColumns+" FROM email WHERE mailbox = $1 AND message = $2 ORDER BY created, id", mailbox, message)
	return db.Collect(rows, err, func(rows *db.Rows) (Mail, error) { return o.scanMail(rows) })
}

// A return address is where a mail server sends an e-mail back to: the e-mail's
// id and a part of its signature, in letters that survive any change of case. So
// nobody can make up one.
const (
	returnPrefix = "r."
	returnMAC    = 12 // bytes of the signature
)

var returnCode = base32.StdEncoding.WithPadding(base32.NoPadding)

// ReturnAddress is the sender on the envelope of an e-mail.
func (o *Outbound) ReturnAddress(id post.UUID) string {
	token := append(id[:], o.keys.Hash(keys.EMailReturn, string(id[:]))[:returnMAC]...)
	return returnPrefix + strings.ToLower(returnCode.EncodeToString(token)) + "@" + o.mail.BounceDomain
}

// CodeReturn says that nobody gave out this return address.
const CodeReturn = "email.return.address.not.valid"

// ParseReturn finds out which e-mail comes back to an address. It is NotFound for
// an address that is not one of ours.
func (o *Outbound) ParseReturn(address string) (post.UUID, error) {
	local, domain, _ := strings.Cut(address, "@")
	raw, err := returnCode.DecodeString(strings.ToUpper(strings.TrimPrefix(strings.ToLower(local), returnPrefix)))
	var id post.UUID
	if err != nil || len(raw) != len(id)+returnMAC || o.mail == nil || !strings.EqualFold(domain, o.mail.BounceDomain) {
		return id, errs.NotFound(CodeReturn)
	}
	copy(id[:], raw)
	if !hmac.Equal(o.keys.Hash(keys.EMailReturn, string(id[:]))[:returnMAC], raw[len(id):]) {
		return post.UUID{}, errs.NotFound(CodeReturn)
	}
	return id, nil
}

// Returned records that an e-mail came back: a mail server further on could not
// deliver it. status is its enhanced status code (RFC 3463), "" where it gave
// none. The first return is told in the mailbox; later ones and those of e-mails
// forgotten long ago change nothing.
func (o *Outbound) Returned(tx *db.Tx, id post.UUID, status string) error {
	m, err := o.mailByID(tx, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && m.State == MailFailed {
		return nil
	}
	if err != nil {
		return err
	}
	return o.mailFailed(tx, m, whyReturned(status), audit.EMailReturned)
}
