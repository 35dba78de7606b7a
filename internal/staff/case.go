package staff

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Open is how long a case is open at most.
const Open = 60 * time.Minute

// MaxReason is the number of characters that the text of a reason may have.
const MaxReason = 500

// Reason is why an employee looks at a citizen.
type Reason string

// The reasons. An employee chooses one of Reasons; the others come of what is done.
const (
	ForAccess       Reason = "access"       // give somebody an access, or remove one
	ForExemption    Reason = "exemption"    // exempt, or end that
	ForRegistration Reason = "registration" // register who may but need not
	ForGuidance     Reason = "guidance"     // show the citizen how it stands

	ForApproval Reason = "approval" // decide on what a colleague has applied for
	ByProgram   Reason = "program"  // the municipality's own program asks for an exemption
)

// Reasons are those that an employee chooses from.
var Reasons = []Reason{ForAccess, ForExemption, ForRegistration, ForGuidance}

// Case is a look at a citizen.
type Case struct {
	ID      post.UUID
	Citizen post.PartyID
	Reason  Reason
	Text    string
	Opened  time.Time
	Ends    time.Time
	Closed  time.Time // the zero time while it is open
}

// over tells that nothing more is seen by it.
func (c Case) over(now time.Time) bool { return !c.Closed.IsZero() || !now.Before(c.Ends) }

// Codes of why a case cannot be opened or used.
const (
	CodeReason       = "case.reason" // none is given
	CodeText         = "case.text"   // nothing says why, or it is too long
	CodeName         = "case.name"
	CodeOwn          = "case.own"  // an employee on themselves
	CodeOver         = "case.over" // its time is out, or it was closed
	CodeTooManyLooks = "case.too.many.looks"
)

var (
	errOwn  = errs.New(errs.KindForbidden, CodeOwn, "nobody works on a case about themselves")
	errOver = errs.New(errs.KindForbidden, CodeOver, "the case is over; open a new one")
	errCase = errs.NotFound("case.unknown")
)

// Citizen names who a case is about: by number and name, since a number alone is
// easily typed wrong.
type Citizen struct {
	CPR                 post.CPR
	FirstName, LastName string
}

func (q *Citizen) check() error {
	q.FirstName, q.LastName = tidy(q.FirstName), tidy(q.LastName)
	if q.CPR.IsZero() || q.FirstName == "" || q.LastName == "" {
		return errs.Invalid(CodeName, "cprNumber", "CPR number, first name and last name are needed")
	}
	return nil
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// OpenCase opens a case on a citizen. The errors are Invalid for what is missing,
// and with registry.CodeNameMismatch for a number and a name that do not belong
// together; Forbidden for oneself, and without a role; RateLimited for who looks too
// often, or gets it wrong too often (registry.CodeTooManyTries). What an employee tried the citizen sees.
func (c *Counter) OpenCase(ctx context.Context, actor post.Actor, q Citizen, reason Reason, text string) (Case, error) {
	text = strings.TrimSpace(text)
	switch {
	case !slices.Contains(Reasons, reason):
		return Case{}, errs.Invalid(CodeReason, "reason", "no such reason")
	case text == "" || utf8.RuneCountInString(text) > MaxReason || !utf8.ValidString(text):
		return Case{}, errs.Invalid(CodeText, "text", "a reason in words is needed, of at most %d characters", MaxReason)
	}
	if err := q.check(); err != nil {
		return Case{}, err
	}
	var made Case
	err := c.update(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		if err != nil {
			return err
		}
		if _, err := d.check(access.MailboxLookup, d.Employer); err != nil { // before anybody is looked up
			return err
		}
		if err := d.mayLook(); err != nil {
			return err
		}
		citizen, err := d.find(q)
		if err != nil {
			return err
		}
		if citizen.ID == actor.Party {
			return d.refuse(citizen.ID, access.MailboxLookup.String(), CodeOwn, errOwn)
		}
		made, err = d.open(citizen, reason, text)
		return err
	})
	return made, err
}

// find looks a person up by number and name. Wrong names are held back.
func (d *desk) find(q Citizen) (registry.Party, error) {
	return d.config.Registry.LookupAnyone(d.tx, d.actor, q.CPR, q.FirstName, q.LastName)
}

// open writes a case down, and tells the citizen.
func (d *desk) open(citizen registry.Party, reason Reason, text string) (Case, error) {
	via, err := d.check(access.MailboxLookup, citizen)
	if err != nil {
		return Case{}, err
	}
	made := Case{ID: d.tx.NewID(), Citizen: citizen.ID, Reason: reason, Text: text, Opened: d.tx.Now, Ends: d.tx.Now.Add(Open)}
	_, err = d.tx.Exec("INSERT INTO staff_case (id, citizen, employee, organisation, reason, sealed, opened, ends, closed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)",
		made.ID, citizen.ID, d.actor.Party, d.actor.Organisation, string(reason), d.seal([]byte(text), made.ID), made.Opened, made.Ends)
	if err != nil {
		return made, err
	}
	return made, audit.Append(d.tx, audit.Event{Name: audit.ContactRegistryAccessedCitizen, Mailbox: citizen.ID, Actor: d.actor, Via: via.String(),
		Props: []audit.Prop{{Key: audit.Reason, Value: "case." + string(reason)}}})
}

// looksADay is how many cases an employee opens in 24 hours at most.
const looksADay = 200

func (d *desk) mayLook() error {
	rows, err := d.tx.Query("SELECT opened FROM staff_case WHERE employee = $1 AND organisation = $2 AND opened > $3 ORDER BY opened LIMIT $4",
		d.actor.Party, d.actor.Organisation, d.tx.Now.Add(-24*time.Hour), looksADay)
	opened, err := db.Collect(rows, err, func(rows *db.Rows) (t time.Time, err error) { err = rows.Scan(db.Time(&t)); return t, err })
	if err != nil || len(opened) < looksADay {
		return err
	}
	e := errs.New(errs.KindRateLimited, CodeTooManyLooks, "at most %d cases are opened in 24 hours", looksADay)
	e.Wait = opened[0].Add(24 * time.Hour).Sub(d.tx.Now)
	return e
}

const caseColumns = "id, citizen, reason, sealed, opened, ends, closed"

func (c *Counter) scanCase(rows interface{ Scan(...any) error }) (Case, error) {
	var one Case
	var sealed []byte
	err := rows.Scan(&one.ID, &one.Citizen, &one.Reason, &sealed, db.Time(&one.Opened), db.Time(&one.Ends), db.Time(&one.Closed))
	if err != nil {
		return one, err
	}
	text, err := c.unseal(sealed, one.ID)
	one.Text = string(text)
	return one, err
}

// Listed is a case with who it is about.
type Listed struct {
	Case
	Name string
}

// Cases are the asker's open ones, the newest first.
func (c *Counter) Cases(ctx context.Context, actor post.Actor) ([]Listed, error) {
	var all []Listed
	err := c.read(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		if err != nil {
			return err
		}
		rows, err := tx.Query("SELECT "+caseColumns+" FROM staff_case WHERE employee = $1 AND organisation = $2 AND closed IS NULL AND ends > $3 ORDER BY opened DESC, id DESC",
			actor.Party, actor.Organisation, tx.Now)
		cases, err := db.Collect(rows, err, func(rows *db.Rows) (Case, error) { return c.scanCase(rows) })
		if err != nil {
			return err
		}
		for _, one := range cases {
			p, err := c.config.Registry.Party(tx, one.Citizen)
			if err != nil {
				return err
			}
			if d.may(access.MailboxLookup, p).Allowed {
				all = append(all, Listed{one, p.Name})
			}
		}
		return nil
	})
	return all, err
}

// CloseCase ends a case before its time.
func (c *Counter) CloseCase(ctx context.Context, actor post.Actor, id post.UUID) error {
	return c.update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE staff_case SET closed = $1 WHERE id = $2 AND employee = $3 AND organisation = $4 AND closed IS NULL", tx.Now, id, actor.Party, actor.Organisation)
		return err
	})
}

// sight is a citizen in an open case: what everything an employee does for a citizen
// begins with.
type sight struct {
	*desk
	Case    Case
	citizen registry.Party
	via     access.Relation
}

// see runs fn in an open case of the asker's, where they may do an action.
func (d *desk) see(id post.UUID, action access.Action) (*sight, error) {
	one, err := d.scanCase(d.tx.QueryRow("SELECT "+caseColumns+" FROM staff_case WHERE id = $1 AND employee = $2 AND organisation = $3", id, d.actor.Party, d.actor.Organisation))
	if errors.Is(err, db.ErrNoRows) {
		return nil, d.refuse(0, action.String(), "case.unknown", errCase)
	}
	if err != nil {
		return nil, err
	}
	if one.over(d.tx.Now) {
		return nil, d.refuse(one.Citizen, action.String(), CodeOver, errOver)
	}
	s := &sight{desk: d, Case: one}
	if s.citizen, err = d.config.Registry.Party(d.tx, one.Citizen); err != nil {
		return nil, err
	}
	s.via, err = d.check(action, s.citizen)
	return s, err
}

// look runs fn on a snapshot in an open case, work in a transaction.
func (c *Counter) look(ctx context.Context, actor post.Actor, id post.UUID, action access.Action, fn func(s *sight) error) error {
	return c.read(ctx, func(tx *db.Tx) error { return c.inCase(tx, actor, id, action, fn) })
}

func (c *Counter) work(ctx context.Context, actor post.Actor, id post.UUID, action access.Action, fn func(s *sight) error) error {
	return c.update(ctx, func(tx *db.Tx) error { return c.inCase(tx, actor, id, action, fn) })
}

func (c *Counter) inCase(tx *db.Tx, actor post.Actor, id post.UUID, action access.Action, fn func(s *sight) error) error {
	d, err := c.desk(tx, actor)
	if err != nil {
		return err
	}
	s, err := d.see(id, action)
	if err != nil {
		return err
	}
	return fn(s)
}
