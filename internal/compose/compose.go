// Package compose is what people write: new letters, answers, and letters they
// forward (MBX-03, MBX-04, MBX-05). It keeps drafts with their attachments, sends
// them, and knows what became of what was sent.
//
// It owns draft, upload, upload_part and sent. A draft is a message of state DRAFT
// in its mailbox, which every client sees, and a row of ours with what only the
// writing of it needs. What one types has an edition of its own, beside the
// message's version: a file that is attached meanwhile disturbs nobody who types.
//
// Whether somebody may write, and what, is asked of access in the transaction
// that does it, through mailbox. A letter is sent in one transaction: it lies in
// the recipient's mailbox, waits for the recipient's system, and is the sent
// message here, or none of it. What cannot be sent stays a draft.
package compose

import (
	"context"
	"time"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/jobs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/trustee"
)

// Codes of this package; those of memo, registry, mailbox and outbound are used
// as well.
const (
	CodeNoRecipient     = "recipient.missing"
	CodeRecipientMix    = "recipient.kinds.mixed"     // an authority, Digital Post recipients or e-mail addresses: one of them
	CodeRecipientsMany  = "recipient.too.many"        // MaxRecipients
	CodeNoText          = "empty.text.not.allowed"    // a letter without a word
	CodeTextTooLong     = "text.too.long"             // MaxText
	CodeSubjectTooLong  = "label.too.long"            // MaxSubject
	CodeAnswerMissing   = "answer.missing"            // of a question that must be answered
	CodeAnswerTooLong   = "answer.too.long"           // MaxAnswer
	CodeCommentTooLong  = "comment.too.long"          // MaxComment
	CodeReplyNotAllowed = "reply.not.allowed"         // SND-04: the sender takes no answer
	CodeReplyTooLate    = "reply.too.late"            // after replyByDateTime
	CodeNotReceived     = "message.not.received"      // one answers what one got
	CodeNotForwardable  = "message.not.forwardable"   // a draft
	CodeUnserved        = "message.not.served"        // a court summons that nobody has opened (SND-08)
	CodeOriginalGone    = "original.deleted"          // the letter that was to be forwarded
	CodeDiscarded       = "draft.discarded"           // it lies in the trash
	CodeFixed           = "draft.field.fixed"         // whom an answer is to, what a forwarded letter says
	CodeFileIncomplete  = "file.incomplete"           // it has not come whole
	CodeFileOffset      = "file.offset.not.expected"  // it goes on somewhere else
	CodeFileSize        = "file.size.not.as.declared" // more came, or less
	CodeFilePieces      = "file.too.many.pieces"      // MaxPieces
	CodeFileUnknown     = "file.unknown"
	CodeDocumentUnknown = "document.unknown"
	CodeMainDocument    = "document.main.fixed" // there is one main document: the text
	CodeEdition         = "version.conflict"    // somebody typed meanwhile
	CodeDraftsMany      = "draft.too.many"      // MaxDrafts
)

// Limits of what one writes.
const (
	MaxRecipients = 20
	MaxSubject    = 256        // characters (MeMo label)
	MaxText       = 100_000    // bytes of the text with its formatting
	MaxAnswer     = 256        // characters (MeMo ContactInfo)
	MaxComment    = 512        // characters (MeMo ForwardData)
	MaxForms      = 10         // files of a document: its formats and languages
	MaxDrafts     = 1000       // of a mailbox, with those in the trash
	mostBytes     = 74_000_000 // of files: base64 makes of it what every system takes (facts 2.1)
	uploadKept    = 24 * time.Hour
)

// Config is what a Composer stands on.
type Config struct {
	DB        *db.DB
	Blobs     *blob.Store
	Registry  *registry.Registry
	Mailboxes *mailbox.Mailboxes
	Outbound  *outbound.Outbound
	Intake    *intake.Intake
	Trustees  *trustee.Trustees
	Jobs      *jobs.Runner // runs the jobs of this package
}

// Composer is the capability.
type Composer struct {
	db        *db.DB
	blobs     *blob.Store
	registry  *registry.Registry
	mailboxes *mailbox.Mailboxes
	outbound  *outbound.Outbound
	intake    *intake.Intake
	trustees  *trustee.Trustees
}

const sweepKind jobs.Kind = "compose.sweep"

// New makes the capability on a migrated database.
func New(c Config) *Composer {
	out := &Composer{db: c.DB, blobs: c.Blobs, registry: c.Registry, mailboxes: c.Mailboxes, outbound: c.Outbound, intake: c.Intake, trustees: c.Trustees}
	c.Mailboxes.OnDestroy(out.destroyed)
	c.Outbound.SetProgress(out)
	jobs.Handle(c.Jobs, sweepKind, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return out.sweep(ctx) })
	c.Jobs.Every(sweepKind, jobs.Interval(time.Hour))
	return out
}

// destroyed removes what was kept beside messages that are no more.
func (c *Composer) destroyed(tx *db.Tx, box post.PartyID, messages []post.UUID) error {
	for _, id := range messages {
		if err := c.forgetDraft(tx, box, id); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM sent WHERE mailbox = $1 AND message = $2", box, id); err != nil {
			return err
		}
	}
	return nil
}

// forgetDraft removes a draft's row and its unfinished files.
func (c *Composer) forgetDraft(tx *db.Tx, box post.PartyID, message post.UUID) error {
	if _, err := tx.Exec("DELETE FROM draft WHERE mailbox = $1 AND message = $2", box, message); err != nil {
		return err
	}
	rows, err := tx.Query("SELECT id FROM upload WHERE mailbox = $1 AND message = $2", box, message)
	ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := c.forgetUpload(tx, id); err != nil {
			return err
		}
	}
	return nil
}
