// Package support takes what people write to support (MBX-20): a question,
// feedback, or a request with documents, from who is logged in and who is not. It
// records the inquiry, sealed, and delivers it as a letter to the organisation that
// runs Digital Post, so that it also reaches that organisation's own system. Who is
// logged in has a copy in their mailbox.
//
// Employees of that organisation with the role of support answer it: as a letter to
// who was logged in, by e-mail to who gave an address, or on the telephone (answer.go).
//
// It owns the table inquiry. Nothing of a mailbox is read here; the letters are
// delivered like all that Digital Post itself writes.
package support

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/memo"
)

// Kind is what somebody wants of support.
type Kind string

// The kinds of the contact form.
const (
	Question Kind = "question"
	Feedback Kind = "feedback"
	Request  Kind = "request" // something is to be done, often with documents
)

// Limits of an inquiry.
const (
	MaxSubject = 200        // characters
	MaxText    = 10_000     // characters
	MaxName    = 200        // characters
	MaxFiles   = 5          // documents
	MaxBytes   = 10_000_000 // of all documents together
)

// Codes of mistakes in an inquiry: of the fields of an Invalid error of
// CodeInvalid, or of what Attach returns.
const (
	CodeInvalid = "inquiry.invalid"

	CodeKind    = "inquiry.kind"
	CodeName    = "inquiry.name"
	CodeReach   = "inquiry.reach" // neither e-mail nor phone
	CodeEMail   = "inquiry.email"
	CodePhone   = "inquiry.phone"
	CodeSubject = "inquiry.subject"
	CodeText    = "inquiry.text"
	CodeFiles   = "inquiry.files" // more than MaxFiles
	CodeSize    = "inquiry.size"  // more than MaxBytes
	CodeType    = "inquiry.type"  // a type of file that letters do not carry
	CodeEmpty   = "inquiry.empty" // a file without bytes
)

// Inquiry is what somebody writes to support.
type Inquiry struct {
	Kind Kind
	// Party is who is logged in, 0 for nobody. Without one, Name and one of EMail and
	// Phone say whom to answer.
	Party       post.PartyID
	Name        string
	EMail       string
	Phone       string
	Subject     string
	Text        string
	Attachments []*Attachment
}

// Attachment is a document that was uploaded and belongs to no inquiry yet.
type Attachment struct {
	Name   string
	Size   int64
	sum    [32]byte
	head   []byte
	drafts []*blob.Draft // for support, and for the writer's copy
}

// Receipt is what the writer is told.
type Receipt struct {
	Number  string // 7F3K-29QD
	Created time.Time
	Copied  bool // a copy lies in the writer's mailbox
}

// Config is what a Desk works with.
type Config struct {
	DB       *db.DB
	Keys     *keys.Ring
	Blobs    *blob.Store
	Registry *registry.Registry
	Intake   *intake.Intake
	Rights   *rights.Rights
	Outbound *outbound.Outbound // e-mails to who was not logged in
	// Operator is the organisation that runs Digital Post; zero where the program is
	// not told, and nothing can be written then.
	Operator post.CVR
}

// Desk is where inquiries come in.
type Desk struct{ config Config }

// New makes a desk.
func New(c Config) *Desk { return &Desk{c} }

// headSize is as much of a file as tells what it is.
const headSize = 1024

// Attach takes in a document that goes with an inquiry, at most limit bytes of it.
// It is kept until Submit or Drop. The error is Invalid with CodeSize, CodeType or
// CodeEmpty; what is left of body then is for the caller to read or not.
func (d *Desk) Attach(name string, body io.Reader, limit int64) (*Attachment, error) {
	a := &Attachment{Name: name}
	writers := []*blob.Writer{d.config.Blobs.Create(), d.config.Blobs.Create()}
	sum := sha256.New()
	if err := a.copy(writers, sum, body, limit); err != nil {
		for _, w := range writers {
			w.Discard()
		}
		return nil, err
	}
	sum.Sum(a.sum[:0])
	for i, w := range writers {
		draft, err := w.Close()
		if err != nil {
			for _, rest := range writers[i+1:] {
				rest.Discard()
			}
			d.Drop(a)
			return nil, fmt.Errorf("take in a document: %w", err)
		}
		a.drafts = append(a.drafts, draft)
	}
	return a, nil
}

func (a *Attachment) copy(writers []*blob.Writer, sum hash.Hash, body io.Reader, limit int64) error {
	n, err := io.Copy(io.MultiWriter(writers[0], writers[1], sum, (*head)(a)), io.LimitReader(body, limit+1))
	a.Size = n
	if err != nil {
		return fmt.Errorf("take in a document: %w", err)
	}
	switch sniffed := memo.Sniff(a.Name, a.head); {
	case n > limit:
		return errs.New(errs.KindInvalid, CodeSize, "the documents are larger than %d bytes", MaxBytes)
	case n == 0:
		return errs.New(errs.KindInvalid, CodeEmpty, "a document is empty")
	case mediaType(a.Name) == "" || sniffed.Dangerous || !sniffed.Matches:
		return errs.New(errs.KindInvalid, CodeType, "letters carry no files of this type")
	}
	return nil
}

// head keeps the first bytes of a file.
type head Attachment

func (h *head) Write(p []byte) (int, error) {
	h.head = append(h.head, p[:min(len(p), headSize-len(h.head))]...)
	return len(p), nil
}

// mediaType is what a file of that name is, "" for what letters do not carry. A
// page could be made to look like ours, so HTML is none of them here.
func mediaType(name string) string {
	for _, t := range memo.DefaultFileTypes {
		if t.Extension == memo.Extension(name) && t.MediaTypes[0] != "text/html" {
			return t.MediaTypes[0]
		}
	}
	return ""
}

// Drop forgets documents of an inquiry that is not sent.
func (d *Desk) Drop(all ...*Attachment) {
	for _, a := range all {
		d.config.Blobs.Drop(a.drafts...)
	}
}

var phone = regexp.MustCompile(`^(\+|00)?[0-9]{8,15}$`)

// Check finds the mistakes in an inquiry: they are the fields of one Invalid error
// of CodeInvalid.
func (q *Inquiry) Check() error {
	var all []errs.Field
	wrong := func(code, detail string) { all = append(all, errs.Field{Path: code, Code: code, Detail: detail}) }
	if q.Kind != Question && q.Kind != Feedback && q.Kind != Request {
		wrong(CodeKind, "no such kind of inquiry")
	}
	if q.Party == 0 {
		if !within(q.Name, MaxName) {
			wrong(CodeName, "a name is missing")
		}
		if q.EMail == "" && q.Phone == "" {
			wrong(CodeReach, "neither an e-mail address nor a telephone number")
		}
	}
	if address, err := mail.ParseAddress(q.EMail); q.EMail != "" && (err != nil || address.Address != q.EMail || len(q.EMail) > 254) {
		wrong(CodeEMail, "no e-mail address")
	}
	if q.Phone != "" && !phone.MatchString(strings.NewReplacer(" ", "", "-", "").Replace(q.Phone)) {
		wrong(CodePhone, "no telephone number")
	}
	if !within(q.Subject, MaxSubject) {
		wrong(CodeSubject, "a subject is missing, or it is too long")
	}
	if !within(q.Text, MaxText) {
		wrong(CodeText, "the text is missing, or it is too long")
	}
	var size int64
	for _, a := range q.Attachments {
		size += a.Size
	}
	if len(q.Attachments) > MaxFiles {
		wrong(CodeFiles, "too many documents")
	}
	if size > MaxBytes {
		wrong(CodeSize, "the documents are too large")
	}
	if len(all) == 0 {
		return nil
	}
	return &errs.Error{Kind: errs.KindInvalid, Code: CodeInvalid, Fields: all}
}

func within(text string, most int) bool {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	return n > 0 && n <= most && utf8.ValidString(text)
}

// sealed is what a row keeps to itself.
type sealed struct {
	Name    string   `cbor:"1,keyasint"`
	EMail   string   `cbor:"2,keyasint,omitempty"`
	Phone   string   `cbor:"3,keyasint,omitempty"`
	Subject string   `cbor:"4,keyasint"`
	Text    string   `cbor:"5,keyasint"`
	Files   []string `cbor:"6,keyasint,omitempty"`
}

// Submit records an inquiry and delivers it, in one transaction. The documents are
// the inquiry's from then on, whatever the error. The error is as Check says, or
// Unavailable with intake.CodeNoOperator.
func (d *Desk) Submit(ctx context.Context, q Inquiry) (Receipt, error) {
	defer d.Drop(q.Attachments...) // what no transaction was given
	if err := q.Check(); err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{Number: newNumber()}
	err := d.config.DB.Update(ctx, func(tx *db.Tx) error {
		receipt.Created, receipt.Copied = tx.Now, false
		w, err := d.writer(tx, &q)
		if err != nil {
			return err
		}
		operator, err := d.operator(tx)
		if err != nil {
			return err
		}
		message, err := d.config.Intake.Announce(tx, intake.Announcement{To: operator.ID, Label: label(q.Kind) + " " + receipt.Number + ": " + q.Subject,
			HTML: letter(q, w, receipt), Documents: documents(q.Attachments, 0)})
		if err != nil {
			return err
		}
		if receipt.Copied = w.mailbox; w.mailbox {
			_, err := d.config.Intake.Announce(tx, intake.Announcement{To: q.Party, Label: "Kopi af din henvendelse " + receipt.Number + ": " + q.Subject,
				HTML: copied(q, receipt), Documents: documents(q.Attachments, 1)})
			if err != nil {
				return err
			}
		}
		return d.record(tx, q, w, receipt, message)
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("take an inquiry: %w", err)
	}
	return receipt, nil
}

// writer is who wrote, as support is to know them.
type writer struct {
	name    string
	cpr     string // "" where nobody was logged in
	mailbox bool   // can have a copy
}

func (d *Desk) writer(tx *db.Tx, q *Inquiry) (writer, error) {
	if q.Party == 0 {
		return writer{name: strings.TrimSpace(q.Name)}, nil
	}
	p, err := d.config.Registry.Party(tx, q.Party)
	if err != nil {
		return writer{}, err
	}
	number, err := d.config.Registry.Number(p)
	if err != nil {
		return writer{}, err
	}
	return writer{p.Name, number.Digits, p.Refusal(tx.Now, true) == ""}, nil
}

func (d *Desk) operator(tx *db.Tx) (registry.Party, error) {
	none := errs.New(errs.KindUnavailable, intake.CodeNoOperator, "no organisation is known to run Digital Post; set operator.cvr")
	if d.config.Operator.IsZero() {
		return registry.Party{}, none
	}
	p, err := d.config.Registry.OrganisationByCVR(tx, d.config.Operator)
	if errs.KindOf(err) == errs.KindNotFound {
		return p, none
	}
	return p, err
}

func (d *Desk) record(tx *db.Tx, q Inquiry, w writer, r Receipt, message post.UUID) error {
	s := sealed{Name: w.name, EMail: q.EMail, Phone: q.Phone, Subject: q.Subject, Text: q.Text}
	for _, a := range q.Attachments {
		s.Files = append(s.Files, a.Name)
	}
	plain, err := cbor.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode an inquiry: %w", err)
	}
	var party any
	if q.Party != 0 {
		party = q.Party
	}
	id := tx.NewID()
	_, err = tx.Exec("INSERT INTO inquiry (id, number, kind, party, message, copied, created, sealed, state, taken_by, changed, version, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'OPEN', 0, $7, 1, NULL)",
		id, r.Number, string(q.Kind), party, message, r.Copied, tx.Now, d.config.Keys.Seal(keys.SupportSeal, plain, id[:]))
	return err
}

// Receipt is the receipt of an inquiry by its number. The error is NotFound where
// there is none.
func (d *Desk) Receipt(ctx context.Context, number string) (Receipt, error) {
	r := Receipt{Number: number}
	err := d.config.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow("SELECT created, copied FROM inquiry WHERE number = $1", number).Scan(db.Time(&r.Created), &r.Copied)
	})
	if errors.Is(err, db.ErrNoRows) {
		return Receipt{}, errs.NotFound("inquiry.unknown")
	}
	return r, err
}

// documents are the attachments as a letter carries them; each letter has its own
// bytes.
func documents(all []*Attachment, which int) []memo.Document {
	var docs []memo.Document
	for _, a := range all {
		docs = append(docs, memo.Document{Label: a.Name, Files: []*memo.File{{EncodingFormat: mediaType(a.Name), Filename: a.Name, Language: "da",
			Content: a.drafts[which], Size: a.Size, SHA256: a.sum, Sniffed: memo.Sniff(a.Name, a.head)}}})
	}
	return docs
}

// crockford has no letters that are taken for others when read out loud.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newNumber is a number that a person can say on the phone, of 40 random bits.
func newNumber() string {
	var raw [5]byte
	rand.Read(raw[:])
	text := crockford.EncodeToString(raw[:])
	return text[:4] + "-" + text[4:]
}
