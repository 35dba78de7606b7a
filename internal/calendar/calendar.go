// Package calendar lets a person's own calendar program show the dates of their
// letters: by a link that they make, that the program reads again and again
// without a log-in, and that they can end. It also writes the files in which
// calendars take dates (ical.go).
//
// It owns calendar_link. A link is a secret: only its hash is stored, so that it is
// shown once, when it is made. What a link shows is asked for anew at each reading,
// as its owner and with their rights at that moment; it ends when they end it, and
// shows nothing from the moment on at which they may not read their own mailbox.
package calendar

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// Bounds of links.
const (
	MaxLinks = 10 // of a person
	MaxName  = 60 // characters
)

// Codes of why a link is not made or not read.
const (
	CodeTooMany = "calendar.too.many"
	CodeName    = "calendar.name.not.valid"
	CodeUnknown = "calendar.link.unknown"
)

// behind is how long ago a date may lie to be in a feed still, so that a calendar
// keeps what was in it a moment ago.
const behind = 90 * 24 * time.Hour

// Calendars is the capability.
type Calendars struct {
	db        *db.DB
	mailboxes *mailbox.Mailboxes
}

// New makes the capability on a migrated database.
func New(d *db.DB, mailboxes *mailbox.Mailboxes) *Calendars { return &Calendars{d, mailboxes} }

// Link is a link by which one calendar program reads.
type Link struct {
	ID      post.UUID
	Party   post.PartyID
	Name    string // what its owner calls it, "" for nothing
	English bool   // the language it speaks; else Danish
	Created time.Time
	Fetched time.Time // when it was last read, the zero time for never

	assurance post.Assurance
}

// actor is who reads by a link: its owner, as they were when they made it, with
// everything taken away that reading dates does not need.
//
// No log-in stands behind a reading. What does is that the link was made by its
// owner at a log-in that opens their mailbox (Make asks access for it), and that it
// cannot be guessed. So it stands in for that log-in, as a view client's token
// does: with the assurance that was proved then, on the platform where it was
// made, never more. And it may leak, since it lies in a calendar program's
// settings, with no password. So it is read-only: access refuses it every change
// and everything that would serve a court summons (SND-08). And this actor never
// leaves the package: it asks for Deadlines and nothing else, so that a link shows
// senders, titles and dates, and no letter can be opened by it.
func (l Link) actor() post.Actor {
	return post.Actor{Party: l.Party, Platform: post.PlatformBorger, Device: post.DeviceProgram, Assurance: l.assurance, Session: l.ID.String(), ReadOnly: true}
}

// Make makes a link for the asker's own mailbox, and returns the secret that stands
// in it, which is nowhere else.
func (c *Calendars) Make(ctx context.Context, actor post.Actor, box post.UUID, name string, english bool) (Link, string, error) {
	if name = strings.TrimSpace(name); utf8.RuneCountInString(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) {
		return Link{}, "", errs.Invalid(CodeName, "name", "a name has at most %d characters", MaxName)
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	var l Link
	err := c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.CalendarManage)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow("SELECT COUNT(*) FROM calendar_link WHERE party = $1", actor.Party).Scan(&n); err != nil {
			return err
		}
		if n >= MaxLinks {
			return errs.New(errs.KindConflict, CodeTooMany, "at most %d links can be made", MaxLinks)
		}
		l = Link{ID: tx.NewID(), Party: actor.Party, Name: name, English: english, Created: tx.Now, assurance: actor.Assurance}
		o.Tell(audit.CalendarLinkCreated, via, post.UUID{}, audit.ID(audit.Access, l.ID))
		_, err = tx.Exec("INSERT INTO calendar_link (token_hash, "+columns+") VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
			hash(token), l.ID, l.Party, l.Name, l.English, l.assurance, l.Created)
		return err
	})
	return l, token, err
}

const columns = "id, party, name, english, assurance, created, fetched"

func scan(rows interface{ Scan(...any) error }) (Link, error) {
	var l Link
	err := rows.Scan(&l.ID, &l.Party, &l.Name, &l.English, &l.assurance, db.Time(&l.Created), db.Time(&l.Fetched))
	return l, err
}

func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Links lists the asker's links, the newest first.
func (c *Calendars) Links(ctx context.Context, actor post.Actor, box post.UUID) ([]Link, error) {
	var all []Link
	err := c.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		if _, err := o.May(access.CalendarManage); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT "+columns+" FROM calendar_link WHERE party = $1 ORDER BY id DESC", actor.Party)
		all, err = db.Collect(rows, err, func(rows *db.Rows) (Link, error) { return scan(rows) })
		return err
	})
	return all, err
}

// End ends a link of the asker's own at once.
func (c *Calendars) End(ctx context.Context, actor post.Actor, box, id post.UUID) error {
	return c.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error {
		via, err := o.May(access.CalendarManage)
		if err != nil {
			return err
		}
		n, err := tx.Exec("DELETE FROM calendar_link WHERE id = $1 AND party = $2", id, actor.Party)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound(CodeUnknown)
		}
		o.Tell(audit.CalendarLinkEnded, via, post.UUID{}, audit.ID(audit.Access, id))
		return nil
	})
}

// Feed is what a link shows.
type Feed struct {
	Link  Link
	Owner string // the name
	// Dates are what is open of the last three months and ahead, soonest first. A
	// court summons that was not served is not among them.
	Dates []mailbox.Deadline
}

// Fetch is what the link with a secret shows now. It is NotFound for a secret that
// nobody has, for a link that was ended, and for an owner who may not read: is
// dead, or has no mailbox.
func (c *Calendars) Fetch(ctx context.Context, token string) (Feed, error) {
	var f Feed
	err := c.db.Read(ctx, func(tx *db.Tx) (err error) {
		f.Link, err = scan(tx.QueryRow("SELECT "+columns+" FROM calendar_link WHERE token_hash = $1", hash(token)))
		if errors.Is(err, db.ErrNoRows) {
			return errs.NotFound(CodeUnknown)
		}
		return err
	})
	if err != nil {
		return f, err
	}
	boxes, err := c.mailboxes.List(ctx, f.Link.actor())
	if err != nil {
		return f, fmt.Errorf("find the mailbox of a link: %w", err)
	}
	if len(boxes) == 0 {
		return f, errs.NotFound(CodeUnknown)
	}
	f.Owner = boxes[0].Owner.Name
	now := c.db.Now()
	f.Dates, _, err = c.mailboxes.Deadlines(ctx, f.Link.actor(), boxes[0].UUID, mailbox.DeadlineQuery{From: now.Add(-behind), Limit: mailbox.MaxPage})
	if errs.KindOf(err) == errs.KindForbidden {
		err = errs.NotFound(CodeUnknown)
	}
	if err != nil {
		return f, err
	}
	return f, c.note(ctx, f.Link)
}

// note remembers that a link was read. Programs read every few minutes; the log
// tells of the first time on each day.
func (c *Calendars) note(ctx context.Context, l Link) error {
	return c.db.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE calendar_link SET fetched = $1 WHERE id = $2 AND party = $3", tx.Now, l.ID, l.Party); err != nil {
			return err
		}
		if !l.Fetched.IsZero() && !post.Today(l.Fetched).Before(post.Today(tx.Now)) {
			return nil
		}
		return audit.Append(tx, audit.Event{Name: audit.CalendarFetched, Mailbox: l.Party, Actor: l.actor(), Via: access.Owner.String(),
			Props: []audit.Prop{audit.ID(audit.Access, l.ID)}})
	})
}
