package support

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// State is how an inquiry stands.
type State string

const (
	Waiting  State = "OPEN"
	Answered State = "ANSWERED"
)

// Way is how an inquiry is answered.
type Way string

const (
	ByLetter Way = "letter" // in the writer's Digital Post
	ByEMail  Way = "email"
	ByPhone  Way = "phone" // the answer is what was said, for the file
)

// Codes of why an inquiry cannot be answered.
const (
	CodeAnswered = "inquiry.answered"
	CodeAnswer   = "inquiry.answer" // it is missing, or too long
	CodeWay      = "inquiry.way"    // the writer cannot be reached in this way
)

var (
	errUnknown = errs.NotFound("inquiry.unknown")
)

// Row is an inquiry in the queue.
type Row struct {
	ID      post.UUID
	Number  string
	Kind    Kind
	State   State
	Subject string
	Created time.Time
	Taken   string // the employee who answers or has answered, "" for nobody yet
	Mine    bool   // that is the asker
}

// Read is an inquiry as who answers reads it. Its documents lie with the letter in
// the mailbox of who runs Digital Post.
type Read struct {
	Row
	Name    string
	EMail   string
	Phone   string
	Text    string
	Files   []string
	Ways    []Way // by which the writer can be answered, the best first
	Way     Way   // by which it was
	Answer  string
	Changed time.Time
	Version int64

	party, taken post.PartyID
}

// reply is what of an answer is sealed.
type reply struct {
	Way  Way    `cbor:"1,keyasint"`
	Text string `cbor:"2,keyasint"`
}

// clerk is an employee of support at work.
type clerk struct {
	*Desk
	tx       *db.Tx
	actor    post.Actor
	operator registry.Party
	via      access.Relation
}

// answering runs fn for an employee of who runs Digital Post with the role of support.
func (d *Desk) answering(ctx context.Context, actor post.Actor, run func(context.Context, func(*db.Tx) error) error, fn func(c *clerk) error) error {
	return audit.Remember(ctx, d.config.DB, run(ctx, func(tx *db.Tx) error {
		operator, err := d.operator(tx)
		if err != nil {
			return err
		}
		facts := access.Facts{Mailbox: operator.ID, Status: rights.StatusOf(operator, tx.Now)}
		if actor.Organisation == operator.ID { // a role at any other employer is none
			held, err := d.config.Rights.Grants(tx, actor, operator.ID)
			if err != nil {
				return err
			}
			facts.Grants = held.Grants
		}
		decision := access.Check(actor, access.SupportAnswer, access.Resource{Mailbox: operator.ID}, facts, tx.Now)
		if !decision.Allowed {
			return audit.Refuse(decision.Err(), actor, operator.ID, post.UUID{}, access.SupportAnswer.String(), decision.Reason.String())
		}
		return fn(&clerk{d, tx, actor, operator, decision.Via})
	}))
}

const rowColumns = "id, number, kind, state, created, taken_by, sealed, party, changed, version, answer"

func (c *clerk) scan(rows interface{ Scan(...any) error }) (Read, error) {
	var r Read
	var plain, answer []byte
	err := rows.Scan(&r.ID, &r.Number, &r.Kind, &r.State, db.Time(&r.Created), &r.taken, &plain, db.Null(&r.party), db.Time(&r.Changed), &r.Version, db.Null(&answer))
	if err != nil {
		return r, err
	}
	if plain, err = c.config.Keys.Open(keys.SupportSeal, plain, r.ID[:]); err != nil {
		return r, fmt.Errorf("read an inquiry: %w", err)
	}
	var s sealed
	if err := cbor.Unmarshal(plain, &s); err != nil {
		return r, err
	}
	r.Subject, r.Name, r.EMail, r.Phone, r.Text, r.Files = s.Subject, s.Name, s.EMail, s.Phone, s.Text, s.Files
	if answer != nil {
		if answer, err = c.config.Keys.Open(keys.SupportSeal, answer, r.ID[:]); err != nil {
			return r, fmt.Errorf("read an answer: %w", err)
		}
		var a reply
		if err := cbor.Unmarshal(answer, &a); err != nil {
			return r, err
		}
		r.Way, r.Answer = a.Way, a.Text
	}
	r.Mine = r.taken == c.actor.Party
	return r, nil
}

// named fills in who has taken it.
func (c *clerk) named(r *Read) error {
	if r.taken == 0 {
		return nil
	}
	p, err := c.config.Registry.Party(c.tx, r.taken)
	r.Taken = p.Name
	return err
}

// MaxQueue is the most inquiries that a queue shows.
const MaxQueue = 200

// Queue are the inquiries in a state, the oldest first that wait, the newest first
// that are answered; mine are only those that the asker has taken. It says nothing of
// the writers.
func (d *Desk) Queue(ctx context.Context, actor post.Actor, state State, mine bool) ([]Row, error) {
	var all []Row
	err := d.answering(ctx, actor, d.config.DB.Read, func(c *clerk) error {
		where, order := "state = $1", "created, id"
		args := []any{state}
		if state == Answered {
			order = "created DESC, id DESC"
		}
		if mine {
			where, args = where+" AND taken_by = $2", append(args, actor.Party)
		}
		rows, err := c.tx.Query(fmt.Sprintf("SELECT %s FROM inquiry WHERE %s ORDER BY %s LIMIT %d", rowColumns, where, order, MaxQueue), args...)
		found, err := db.Collect(rows, err, func(rows *db.Rows) (Read, error) { return c.scan(rows) })
		for i := range found {
			if err == nil {
				err = c.named(&found[i])
			}
			all = append(all, found[i].Row)
		}
		return err
	})
	return all, err
}

func (c *clerk) one(number string) (Read, error) {
	r, err := c.scan(c.tx.QueryRow("SELECT "+rowColumns+" FROM inquiry WHERE number = $1"+c.tx.ForUpdate(), number))
	if errors.Is(err, db.ErrNoRows) {
		return r, errUnknown
	}
	if err == nil {
		err = c.named(&r)
	}
	if err != nil {
		return r, err
	}
	if r.party != 0 {
		p, err := c.config.Registry.Party(c.tx, r.party)
		if err != nil {
			return r, err
		}
		if p.Refusal(c.tx.Now, true) == "" {
			r.Ways = append(r.Ways, ByLetter)
		}
	}
	if r.EMail != "" {
		r.Ways = append(r.Ways, ByEMail)
	}
	if r.Phone != "" {
		r.Ways = append(r.Ways, ByPhone)
	}
	return r, nil
}

// Take has the asker answer an inquiry, and shows it: what somebody wrote is read by
// who has taken it, and the writer who was logged in sees that in their log. It is
// nobody else's from then on, until somebody else takes it.
func (d *Desk) Take(ctx context.Context, actor post.Actor, number string) error {
	return d.answering(ctx, actor, d.config.DB.Update, func(c *clerk) error {
		r, err := c.one(number)
		if err != nil || r.Mine || r.State == Answered {
			return err
		}
		if _, err := c.tx.Exec("UPDATE inquiry SET taken_by = $1, changed = $2, version = version + 1 WHERE id = $3", actor.Party, c.tx.Now, r.ID); err != nil {
			return err
		}
		return c.tell(audit.InquiryTaken, r)
	})
}

func (c *clerk) tell(name audit.Name, r Read) error {
	return audit.Append(c.tx, audit.Event{Name: name, Mailbox: r.party, Actor: c.actor, Via: c.via.String(), Props: []audit.Prop{{Key: audit.Change, Value: r.Number}}})
}

// Inquiry is one that the asker has taken, or that was answered.
func (d *Desk) Inquiry(ctx context.Context, actor post.Actor, number string) (Read, error) {
	var r Read
	err := d.answering(ctx, actor, d.config.DB.Read, func(c *clerk) (err error) {
		if r, err = c.one(number); err == nil && !r.Mine {
			r = Read{Row: r.Row, Version: r.Version} // take it first
		}
		return err
	})
	return r, err
}

// Answer answers an inquiry that the asker has taken. version is the one that they
// saw.
func (d *Desk) Answer(ctx context.Context, actor post.Actor, number string, version int64, way Way, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > MaxText || !utf8.ValidString(text) {
		return errs.Invalid(CodeAnswer, "answer", "an answer has 1 to %d characters", MaxText)
	}
	return d.answering(ctx, actor, d.config.DB.Update, func(c *clerk) error {
		r, err := c.one(number)
		switch {
		case err != nil:
			return err
		case r.State == Answered:
			return errs.New(errs.KindConflict, CodeAnswered, "the inquiry is answered")
		case !r.Mine:
			return errs.New(errs.KindForbidden, "inquiry.not.taken", "who answers takes the inquiry first")
		case version != 0 && version != r.Version:
			return errs.ErrStale
		}
		if err := c.send(r, way, text); err != nil {
			return err
		}
		plain, err := cbor.Marshal(reply{way, text})
		if err != nil {
			return err
		}
		_, err = c.tx.Exec("UPDATE inquiry SET state = $1, changed = $2, version = version + 1, answer = $3 WHERE id = $4",
			Answered, c.tx.Now, c.config.Keys.Seal(keys.SupportSeal, plain, r.ID[:]), r.ID)
		if err != nil {
			return err
		}
		return c.tell(audit.InquiryAnswered, r)
	})
}

// send gets an answer to the writer.
func (c *clerk) send(r Read, way Way, text string) error {
	label := "Svar på din henvendelse " + r.Number + ": " + r.Subject
	page := "<h1>" + html.EscapeString(label) + "</h1>" + paragraphs(text) + "<hr><h2>Du skrev</h2>" + paragraphs(r.Text)
	for _, w := range r.Ways {
		switch {
		case w != way:
		case way == ByLetter:
			_, err := c.config.Intake.Announce(c.tx, intake.Announcement{To: r.party, Label: label, HTML: page})
			return err
		case way == ByEMail:
			return c.email(r, label, page, text)
		case way == ByPhone:
			return nil // somebody has called
		}
	}
	return errs.Invalid(CodeWay, "way", "the writer cannot be reached in this way")
}

// email sends an answer as e-mails leave the house: with a letter of our own mailbox,
// which is the copy for the file.
func (c *clerk) email(r Read, label, page, text string) error {
	to, err := outbound.ParseAddress(r.EMail)
	if err != nil {
		return err
	}
	copied, err := c.config.Intake.Announce(c.tx, intake.Announcement{To: c.operator.ID, Label: label, HTML: page})
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(text) > outbound.MaxComment {
		text = "Svaret på din henvendelse er vedhæftet. / The answer to your inquiry is attached."
	}
	// The house answers, and no employee by name; who did is in the log of the inquiry.
	_, err = c.config.Outbound.EMail(c.tx, outbound.EMail{Mailbox: c.operator.ID, Message: copied, Actor: post.Program, Via: c.via.String(), To: to, Comment: text, Subject: label})
	return err
}
