// Package intake takes letters from any edge and delivers them: it validates,
// resolves the recipient, recognises repetitions, delivers, and writes the
// receipt, all in one transaction (SND-01). When Accept has returned, the letter
// lies in the mailbox and its receipt waits for the sender.
//
// It owns submission, held_letter and container. It never decides what a system
// may do beyond what registry says of it, and never reads a mailbox.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// Codes of this package; memo's and registry's are used as well.
const (
	CodeUUIDMismatch   = "memo.message.uuid.mismatch"
	CodeUUIDUsed       = "message.uuid.already.used"
	CodeSender         = "sender.not.allowed"
	CodeMandatory      = "mandatory.not.allowed"
	CodeLegal          = "legal.notification.not.allowed"
	CodeRecipientKind  = "recipient.type.not.allowed" // a company writes to authorities only (facts 2.6)
	CodeNoNemSMS       = "recipient.has.no.nemsms.subscription"
	CodeBodyIncomplete = "body.incomplete"
	CodeBusy           = "intake.busy"
)

// Intake is the capability.
type Intake struct {
	db        *db.DB
	keys      *keys.Ring
	blobs     *blob.Store
	registry  *registry.Registry
	mailboxes *mailbox.Mailboxes
	outbound  *outbound.Outbound
	operator  post.CVR

	single, bulk chan *letter
	room         *semaphore.Weighted // bytes of letters held in memory
	stop         chan struct{}
	stopping     sync.Once
	stopped      chan struct{}
}

// maxRoom is how many bytes of letters are held in memory at once; beyond it
// senders are told to come back.
const maxRoom = 96 << 20

// Config is what an Intake stands on.
type Config struct {
	DB        *db.DB
	Keys      *keys.Ring
	Blobs     *blob.Store
	Registry  *registry.Registry
	Mailboxes *mailbox.Mailboxes
	Outbound  *outbound.Outbound
	Jobs      *jobs.Runner // runs the jobs of this package
	// Operator is the organisation that runs Digital Post: the sender of
	// announcements.
	Operator post.CVR
}

// New makes the capability; Start lets it deliver.
func New(c Config) *Intake {
	in := &Intake{db: c.DB, keys: c.Keys, blobs: c.Blobs, registry: c.Registry, mailboxes: c.Mailboxes, outbound: c.Outbound, operator: c.Operator,
		single: make(chan *letter), bulk: make(chan *letter), room: semaphore.NewWeighted(maxRoom),
		stop: make(chan struct{}), stopped: make(chan struct{})}
	jobs.Handle(c.Jobs, heldJob, in.deliverHeld)
	jobs.Handle(c.Jobs, containerJob, in.deliverContainer)
	in.mailboxes.OnServe(in.served)
	in.outbound.SetAnnouncer(func(tx *db.Tx, a outbound.Announcement) error {
		_, err := in.Announce(tx, Announcement{To: a.To, Label: a.Label, HTML: a.HTML, Of: a.Of})
		return err
	})
	return in
}

// Submission is a letter as an edge hands it in.
type Submission struct {
	System registry.System // authenticated by the edge
	// MessageUUID is what the caller says the letter's messageUUID is; nil says
	// nothing.
	MessageUUID post.UUID
	Body        io.Reader
	// Length is the number of bytes that are to come, -1 where that is unknown.
	Length int64
}

// letter is a submission on its way through a lane.
type letter struct {
	from         origin
	system       registry.System
	transmission post.UUID
	memo         *memo.Message
	problems     *memo.Problems // what is wrong with it, nil for nothing
	result       chan error

	// What deliver decided:
	receipt outbound.Receipt // the answer
	answer  error            // why there is no receipt
	dropped bool             // its files are not kept
}

// origin is where a letter comes from.
type origin uint8

const (
	edge      origin = iota // its system was let in a moment ago
	container               // its mass mailing was accepted before
	hold                    // it was received before, and waited for its date
)

// Accept takes one letter. The answer is the technical receipt: the business
// receipt, which may be negative, is then there too. Errors are about letters
// that left no trace: Invalid for what cannot be read or was sent before with
// other content, Forbidden for a sender that is not the system's, TooLarge,
// Unavailable.
func (in *Intake) Accept(ctx context.Context, s Submission) (outbound.Receipt, error) {
	weight := weightOf(s.Length)
	if err := in.acquire(ctx, weight); err != nil {
		return outbound.Receipt{}, err
	}
	defer in.room.Release(weight)
	l, err := in.parse(s)
	if err != nil {
		return outbound.Receipt{}, err
	}
	if s.MessageUUID != (post.UUID{}) && s.MessageUUID != l.memo.Header.MessageUUID {
		in.drop(l)
		return outbound.Receipt{}, errs.Invalid(CodeUUIDMismatch, "memo-message-uuid", "the letter has another messageUUID")
	}
	if err := in.submit(ctx, in.single, l); err != nil {
		return outbound.Receipt{}, err
	}
	return l.receipt, nil
}

// patience is how long a sender waits for room before it is told to come back.
const patience = 5 * time.Second

func (in *Intake) acquire(ctx context.Context, weight int64) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := in.room.Acquire(ctx, weight); err != nil {
		return errs.New(errs.KindUnavailable, CodeBusy, "too many letters at once; try again")
	}
	return nil
}

// weightOf is about how much memory a letter takes: its files go to disk beyond
// a size.
func weightOf(length int64) int64 {
	const most = 4 << 20
	if length < 0 || length > most {
		return most
	}
	return max(length, 16<<10)
}

// parse reads a letter and writes its files away. A letter that can be named is
// returned also when something is wrong with it: it gets a receipt.
func (in *Intake) parse(s Submission) (*letter, error) {
	files := &uploads{blobs: in.blobs}
	rules := memo.Rules{Today: post.Today(in.db.Now())}
	m, err := memo.Read(s.Body, memo.ReadOptions{Rules: &rules, Sink: files.create})
	problems, wrong := errors.AsType[*memo.Problems](err)
	switch {
	case err == nil:
	case wrong && !problems.Malformed && m.Header.MessageUUID != (post.UUID{}):
		files.discard()
		m.Body = nil
	case wrong:
		files.discard()
		return nil, refuse(problems)
	case errors.Is(err, io.ErrUnexpectedEOF):
		files.discard()
		return nil, errs.New(errs.KindInvalid, CodeBodyIncomplete, "the body ended before its Content-Length")
	default:
		files.discard()
		return nil, fmt.Errorf("read letter: %w", err)
	}
	return &letter{system: s.System, transmission: post.NewUUID(), memo: m, problems: problems, result: make(chan error, 1)}, nil
}

// refuse turns problems into the answer of an edge.
func refuse(p *memo.Problems) *errs.Error {
	kind := errs.KindInvalid
	if p.Has(memo.CodeTooLarge) {
		kind = errs.KindTooLarge
	}
	e := errs.New(kind, p.List[len(p.List)-1].Code, "%s", p.List[len(p.List)-1].Detail)
	for _, problem := range p.List {
		e.Fields = append(e.Fields, errs.Field{Path: problem.Path, Code: problem.Code, Detail: problem.Detail})
	}
	return e
}
