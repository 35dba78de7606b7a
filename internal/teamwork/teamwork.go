// Package teamwork makes a company's mailbox shared work (SYS-04, ORG-01, ORG-08):
// who has opened which letter and when, to whom it is assigned, how far it is, by
// when it is to be done, what colleagues say of it, and rules that file new letters.
//
// It owns opening, opened_run, shared_letter, comment, filing_rule and filing_run. All of it is
// an organisation's: access opens it to those who sign for the company or work
// there (the relation company), and to nobody else, so that a person's mailbox has
// none. What is said of a private letter is seen on its platform only, as the letter
// is. Nothing of it leaves the company; it goes when the letter is destroyed. A
// letter that nobody has touched costs nothing.
package teamwork

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Team is the capability.
type Team struct {
	db        *db.DB
	registry  *registry.Registry
	rights    *rights.Rights
	mailboxes *mailbox.Mailboxes
}

// New makes the capability on a migrated database, and has letters of companies be
// shared work.
func New(d *db.DB, people *registry.Registry, held *rights.Rights, boxes *mailbox.Mailboxes) *Team {
	t := &Team{d, people, held, boxes}
	boxes.Share(openings{boxes}, t.file)
	boxes.OnDestroy(t.forget)
	held.OnChange(t.recheck)
	return t
}

// Register has the runner do the work that this package leaves for later.
func (t *Team) Register(r *jobs.Runner) {
	jobs.Handle(r, endJob, t.endLost)
	jobs.Handle(r, endAllJob, t.endAll)
	r.Every(endAllJob, jobs.DailyAt("03:40", post.Denmark))
	jobs.Handle(r, runJob, t.run)
}

// Status is how far a letter is.
type Status string

const (
	Fresh      Status = "NEW"
	InProgress Status = "IN_PROGRESS"
	Done       Status = "DONE"
)

// Statuses are all, in order.
var Statuses = []Status{Fresh, InProgress, Done}

// Codes of what is wrong.
const (
	CodeStatus    = "status.not.valid"
	CodeComment   = "comment.invalid" // empty, or longer than MaxComment
	CodeComments  = "comment.too.many"
	CodeColleague = "assignee.may.not.read" // nobody of that name, or who may not read the letter
	CodeNotYours  = "comment.not.yours"
	CodeDue       = "due.invalid"
	CodeUnknown   = "comment.unknown"
	MaxComment    = 4000 // characters
	maxComments   = 1000 // of a letter
	maxColleagues = 50   // that are looked through for one answer
	farthest      = 10   // years ahead that a date can be
)

// Work is how a company works with a letter. The zero value, with status NEW, is of
// one that nobody has touched.
type Work struct {
	Assignee   rights.Holder // Person is 0 for nobody
	Name       string        // of the assignee
	Who        post.UUID     // the assignee's id outside
	Lost       bool          // the assignee may not read the letter any more: the assignment has ended
	Assigned   time.Time
	AssignedBy string // "" for a rule
	Status     Status
	Due        time.Time // the company's own date, the last second of a Danish day; the zero time for none
	Comments   int64
	Opened     bool // the asker has opened it
	Version    int64

	by post.PartyID
}

// Comment is what somebody of the company says of a letter.
type Comment struct {
	ID      post.UUID
	Writer  post.PartyID
	Name    string
	Text    string
	Created time.Time
	Mine    bool // the asker wrote it
}

// Reader is who has opened a letter.
type Reader struct {
	Party  post.PartyID
	Name   string
	Opened time.Time // for the first time
}

// Letter is all that a company keeps beside a letter.
type Letter struct {
	Work
	Said    []Comment // the oldest first
	Readers []Reader  // the first first
}

// team is what a desk needs of Team.
type team struct {
	registry *registry.Registry
	rights   *rights.Rights
}

// desk is a company's mailbox at which somebody works in a transaction.
type desk struct {
	team
	*mailbox.Opened
	tx *db.Tx
}

func (t *Team) work(ctx context.Context, actor post.Actor, box post.UUID, fn func(d *desk) error) error {
	return t.mailboxes.Work(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error { return fn(&desk{team{t.registry, t.rights}, o, tx}) })
}

func (t *Team) look(ctx context.Context, actor post.Actor, box post.UUID, fn func(d *desk) error) error {
	return t.mailboxes.Look(ctx, actor, box, func(tx *db.Tx, o *mailbox.Opened) error { return fn(&desk{team{t.registry, t.rights}, o, tx}) })
}

// Letter shows what a company keeps beside a letter.
func (t *Team) Letter(ctx context.Context, actor post.Actor, box, message post.UUID) (Letter, error) {
	var l Letter
	err := t.look(ctx, actor, box, func(d *desk) error {
		m, _, err := d.Ask(message, access.CommentSee)
		if err != nil {
			return err
		}
		works, err := d.works([]mailbox.Message{m})
		if err != nil {
			return err
		}
		l.Work = works[message]
		if l.Said, err = d.said(message); err != nil {
			return err
		}
		l.Readers, err = d.readers(message)
		return err
	})
	return l, err
}

// Works tells how the company works with the letters of a list, as far as the asker
// may know it; those nobody has touched are among them.
func (t *Team) Works(ctx context.Context, actor post.Actor, box post.UUID, messages []mailbox.Message) (map[post.UUID]Work, error) {
	var all map[post.UUID]Work
	err := t.look(ctx, actor, box, func(d *desk) error {
		var seen []mailbox.Message
		for _, m := range messages {
			if d.Allowed(&m, access.CommentSee) {
				seen = append(seen, m)
			}
		}
		var err error
		all, err = d.works(seen)
		return err
	})
	return all, err
}

const workColumns = "assignee, organisation, assigned_by, assigned, ended, status, due, comments, version"

func scanWork(rows interface{ Scan(...any) error }, first ...any) (Work, error) {
	var w Work
	var ended time.Time
	err := rows.Scan(append(first, &w.Assignee.Person, &w.Assignee.Organisation, &w.by, db.Time(&w.Assigned), db.Time(&ended), &w.Status, db.Time(&w.Due), &w.Comments, &w.Version)...)
	w.Lost = !ended.IsZero()
	return w, err
}

// works reads how letters stand. Whether an assignee may still read one is found out
// now, so that nothing is shown as somebody's who has gone.
func (d *desk) works(messages []mailbox.Message) (map[post.UUID]Work, error) {
	all := make(map[post.UUID]Work, len(messages))
	ids := make([]any, len(messages))
	at := make(map[post.UUID]*mailbox.Message, len(messages))
	for i := range messages {
		ids[i], at[messages[i].ID] = messages[i].ID, &messages[i]
		all[messages[i].ID] = Work{Status: Fresh}
	}
	err := d.tx.QueryIn("SELECT message, "+workColumns+" FROM shared_letter WHERE mailbox = $1 AND message IN ($IN)", ids, []any{d.Mailbox.ID}, func(rows *db.Rows) error {
		var id post.UUID
		w, err := scanWork(rows, &id)
		all[id] = w
		return err
	})
	if err != nil {
		return nil, err
	}
	err = d.tx.QueryIn("SELECT message FROM opening WHERE mailbox = $1 AND person = $2 AND message IN ($IN)", ids, []any{d.Mailbox.ID, d.Actor.Party}, func(rows *db.Rows) error {
		var id post.UUID
		err := rows.Scan(&id)
		w := all[id]
		w.Opened = true
		all[id] = w
		return err
	})
	if err != nil {
		return nil, err
	}
	var people []post.PartyID
	for _, w := range all {
		people = append(people, w.Assignee.Person, w.by)
	}
	parties, err := d.registry.Parties(d.tx, people)
	if err != nil {
		return nil, err
	}
	type question struct {
		who    rights.Holder
		source post.Source
	}
	known := map[question]bool{}
	for id, w := range all {
		w.called(parties)
		if w.Assignee.Person != 0 && !w.Lost {
			q := question{w.Assignee, at[id].Source}
			may, asked := known[q]
			if !asked {
				if may, err = d.mayRead(w.Assignee, at[id]); err != nil {
					return nil, err
				}
				known[q] = may
			}
			w.Lost = !may
		}
		all[id] = w
	}
	return all, nil
}

// called tells the names of those that are known by number.
func (w *Work) called(parties map[post.PartyID]registry.Party) {
	w.Name, w.Who, w.AssignedBy = parties[w.Assignee.Person].Name, parties[w.Assignee.Person].UUID, parties[w.by].Name
}

// mayRead tells whether somebody may read a letter where the asker reads it.
func (d *desk) mayRead(who rights.Holder, m *mailbox.Message) (bool, error) {
	return d.View().May(who.Asking(d.Actor.Platform), access.MessageAssign, m)
}

func (d *desk) names(people []post.PartyID) (map[post.PartyID]string, error) {
	parties, err := d.registry.Parties(d.tx, people)
	names := make(map[post.PartyID]string, len(parties))
	for id, p := range parties {
		names[id] = p.Name
	}
	return names, err
}

func (d *desk) readers(message post.UUID) ([]Reader, error) {
	rows, err := d.tx.Query("SELECT person, opened FROM opening WHERE mailbox = $1 AND message = $2 ORDER BY opened, person", d.Mailbox.ID, message)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (r Reader, err error) {
		err = rows.Scan(&r.Party, db.Time(&r.Opened))
		return r, err
	})
	if err != nil {
		return nil, err
	}
	people := make([]post.PartyID, len(all))
	for i, r := range all {
		people[i] = r.Party
	}
	names, err := d.names(people)
	for i := range all {
		all[i].Name = names[all[i].Party]
	}
	return all, err
}

// forget removes what was kept beside letters that are destroyed.
func (t *Team) forget(tx *db.Tx, box post.PartyID, messages []post.UUID) error {
	var b db.Batch
	for _, id := range messages {
		for _, statement := range []string{"DELETE FROM opening WHERE mailbox = $1 AND message = $2", "DELETE FROM shared_letter WHERE mailbox = $1 AND message = $2",
			"DELETE FROM comment WHERE mailbox = $1 AND message = $2"} {
			b.Add(statement, box, id)
		}
	}
	return tx.Run(&b)
}

// change does something about a letter and has those who follow it see it.
func (t *Team) change(ctx context.Context, actor post.Actor, box, message post.UUID, version int64, action access.Action, fn func(d *desk, m mailbox.Message, via access.Relation, w *Work) (changed bool, err error)) (Work, error) {
	var w Work
	err := t.work(ctx, actor, box, func(d *desk) error {
		m, via, err := d.Ask(message, action)
		if err != nil {
			return err
		}
		if w, err = d.stored(message); err != nil {
			return err
		}
		if version != 0 && version != max(w.Version, 1) {
			return errs.ErrStale
		}
		changed, err := fn(d, m, via, &w)
		if err != nil || !changed {
			return err
		}
		if err := d.store(message, &w); err != nil {
			return err
		}
		if err := d.Follow(m); err != nil {
			return err
		}
		parties, err := d.registry.Parties(d.tx, []post.PartyID{w.Assignee.Person, w.by})
		w.called(parties)
		return err
	})
	return w, err
}

func (d *desk) stored(message post.UUID) (Work, error) { return stored(d.tx, d.Mailbox.ID, message) }

func stored(tx *db.Tx, box post.PartyID, message post.UUID) (Work, error) {
	rows, err := tx.Query("SELECT "+workColumns+" FROM shared_letter WHERE mailbox = $1 AND message = $2", box, message)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Work, error) { return scanWork(rows) })
	if err != nil || len(all) == 0 {
		return Work{Status: Fresh}, err
	}
	return all[0], nil
}

const saveWork = `INSERT INTO shared_letter (mailbox, message, assignee, organisation, assigned_by, assigned, ended, status, due, comments, updated, version)
	VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, $9, $10, 2) ON CONFLICT (mailbox, message) DO UPDATE SET assignee = excluded.assignee, organisation = excluded.organisation,
	assigned_by = excluded.assigned_by, assigned = excluded.assigned, ended = CASE WHEN shared_letter.assigned = excluded.assigned THEN shared_letter.ended END, status = excluded.status, due = excluded.due, comments = excluded.comments,
	updated = excluded.updated, version = shared_letter.version + 1`

func (w Work) row(box post.PartyID, message post.UUID, now time.Time) []any {
	return []any{box, message, w.Assignee.Person, w.Assignee.Organisation, w.by, w.Assigned, w.Status, w.Due, w.Comments, now}
}

func (d *desk) store(message post.UUID, w *Work) error {
	_, err := d.tx.Exec(saveWork, w.row(d.Mailbox.ID, message, d.tx.Now)...)
	w.Version = max(w.Version, 1) + 1
	return err
}

// Change is what is to be different about a letter; nil leaves a thing as it is.
type Change struct {
	Assignee *rights.Holder // the zero Holder is nobody
	Status   *Status
	Due      *time.Time // a Danish day; the zero time removes the date
}

// Assign gives a letter to a colleague who may read it, or with the zero Holder to
// nobody. version is the one of Work that the asker saw, 0 for any.
func (t *Team) Assign(ctx context.Context, actor post.Actor, box, message post.UUID, version int64, to rights.Holder) (Work, error) {
	return t.Change(ctx, actor, box, message, version, Change{Assignee: &to})
}

// SetStatus tells how far a letter is.
func (t *Team) SetStatus(ctx context.Context, actor post.Actor, box, message post.UUID, version int64, to Status) (Work, error) {
	return t.Change(ctx, actor, box, message, version, Change{Status: &to})
}

// SetDue gives a letter the company's own date, a Danish day; the zero time removes
// it. It stands among the mailbox's deadlines.
func (t *Team) SetDue(ctx context.Context, actor post.Actor, box, message post.UUID, version int64, day time.Time) (Work, error) {
	return t.Change(ctx, actor, box, message, version, Change{Due: &day})
}

// Change alters how the company works with a letter, all of it or nothing.
func (t *Team) Change(ctx context.Context, actor post.Actor, box, message post.UUID, version int64, c Change) (Work, error) {
	if c.Status != nil && !slices.Contains(Statuses, *c.Status) {
		return Work{}, errs.Invalid(CodeStatus, "status", "there is no such status")
	}
	return t.change(ctx, actor, box, message, version, access.MessageAssign, func(d *desk, m mailbox.Message, via access.Relation, w *Work) (bool, error) {
		before := *w
		if c.Assignee != nil && (w.Assignee != *c.Assignee || w.Lost) {
			if err := d.assign(m, via, w, *c.Assignee); err != nil {
				return false, err
			}
		}
		if c.Due != nil {
			var err error
			if w.Due, err = lastSecond(*c.Due, d.tx.Now); err != nil {
				return false, err
			}
			if !w.Due.Equal(before.Due) {
				d.Tell(audit.MessageDueSet, via, message)
			}
		}
		if c.Status != nil && w.Status != *c.Status {
			w.Status = *c.Status
			d.Tell(audit.MessageStatusSet, via, message, audit.Prop{Key: audit.Change, Value: string(w.Status)})
		}
		if !w.Due.Equal(before.Due) || !w.Due.IsZero() && w.Status != before.Status {
			d.SetDue(message, w.Due, w.Status == Done)
		}
		return *w != before, nil
	})
}

func (d *desk) assign(m mailbox.Message, via access.Relation, w *Work, to rights.Holder) error {
	name, who := audit.MessageAssigned, to.Person
	if to.Person == 0 {
		name, who = audit.MessageUnassigned, w.Assignee.Person
	} else if may, err := d.mayRead(to, &m); err != nil || !may {
		if err == nil {
			err = errColleague
		}
		return err
	}
	w.Assignee, w.by, w.Assigned, w.Lost = to, d.Actor.Party, d.tx.Now, false
	d.Tell(name, via, m.ID, audit.Number(audit.Party, who))
	return nil
}

// lastSecond is the last second of a Danish day, the zero time for none.
func lastSecond(day, now time.Time) (time.Time, error) {
	if day.IsZero() {
		return time.Time{}, nil
	}
	y, m, date := day.Date()
	at := post.StartOfDay(y, m, date+1).Add(-time.Second).UTC()
	if at.Before(now.AddDate(-1, 0, 0)) || at.After(now.AddDate(farthest, 0, 0)) {
		return at, errs.Invalid(CodeDue, "due", "the date is more than a year past or %d years ahead", farthest)
	}
	return at, nil
}

// Comment says something of a letter to colleagues.
func (t *Team) Comment(ctx context.Context, actor post.Actor, box, message post.UUID, text string) (Comment, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if text == "" || utf8.RuneCountInString(text) > MaxComment {
		return Comment{}, errs.Invalid(CodeComment, "text", "a comment has from 1 to %d characters", MaxComment)
	}
	var c Comment
	_, err := t.change(ctx, actor, box, message, 0, access.CommentWrite, func(d *desk, _ mailbox.Message, via access.Relation, w *Work) (bool, error) {
		if w.Comments >= maxComments {
			return false, errs.New(errs.KindConflict, CodeComments, "a letter has at most %d comments", maxComments)
		}
		c = Comment{ID: d.tx.NewID(), Writer: actor.Party, Text: text, Created: d.tx.Now, Mine: true}
		sealed, err := d.Seal([]byte(text), bound(message, c.ID))
		if err != nil {
			return false, err
		}
		if _, err := d.tx.Exec("INSERT INTO comment (mailbox, message, id, writer, sealed, created) VALUES ($1, $2, $3, $4, $5, $6)",
			d.Mailbox.ID, message, c.ID, c.Writer, sealed, c.Created); err != nil {
			return false, err
		}
		names, err := d.names([]post.PartyID{c.Writer})
		c.Name = names[c.Writer]
		w.Comments++
		d.Tell(audit.CommentWritten, via, message)
		return true, err
	})
	return c, err
}

// Uncomment removes a comment of the asker's own.
func (t *Team) Uncomment(ctx context.Context, actor post.Actor, box, message, comment post.UUID) error {
	_, err := t.change(ctx, actor, box, message, 0, access.CommentWrite, func(d *desk, _ mailbox.Message, via access.Relation, w *Work) (bool, error) {
		all, err := d.said(message)
		if err != nil {
			return false, err
		}
		for _, c := range all {
			if c.ID != comment {
				continue
			}
			if !c.Mine {
				return false, errs.New(errs.KindForbidden, CodeNotYours, "who wrote a comment removes it")
			}
			w.Comments--
			d.Tell(audit.CommentRemoved, via, message)
			_, err := d.tx.Exec("DELETE FROM comment WHERE mailbox = $1 AND message = $2 AND id = $3", d.Mailbox.ID, message, comment)
			return true, err
		}
		return false, errs.NotFound(CodeUnknown)
	})
	return err
}

func bound(message, comment post.UUID) []byte {
	return fmt.Appendf(nil, "comment %s %s", message, comment)
}

func (d *desk) said(message post.UUID) ([]Comment, error) {
	type row struct {
		Comment
		sealed []byte
	}
	rows, err := d.tx.Query("SELECT id, writer, sealed, created FROM comment WHERE mailbox = $1 AND message = $2 ORDER BY id", d.Mailbox.ID, message)
	found, err := db.Collect(rows, err, func(rows *db.Rows) (r row, err error) {
		err = rows.Scan(&r.ID, &r.Writer, &r.sealed, db.Time(&r.Created))
		return r, err
	})
	if err != nil {
		return nil, err
	}
	people := make([]post.PartyID, len(found))
	for i, r := range found {
		people[i] = r.Writer
	}
	names, err := d.names(people)
	all := make([]Comment, len(found))
	for i, r := range found {
		if err != nil {
			return nil, err
		}
		var plain []byte
		plain, err = d.Unseal(r.sealed, bound(message, r.ID))
		r.Text, r.Name, r.Mine = string(plain), names[r.Writer], r.Writer == d.Actor.Party
		all[i] = r.Comment
	}
	return all, err
}
