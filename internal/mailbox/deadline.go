package mailbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// ReplyCode stands for an answer among the codes of dated actions.
const ReplyCode memo.ActionCode = "REPLY"

// OwnCode stands for a date that the readers of a company's mailbox have set
// themselves, among the codes of dated actions.
const OwnCode memo.ActionCode = "OWN"

// Places among a letter's documents of what is no document's: the awaited answer,
// and a date of the readers' own.
const (
	theReply = -1
	theirOwn = -2
)

// Deadline is a date that a letter gives its reader.
type Deadline struct {
	Message Message
	At      time.Time       // by when, or the beginning of an appointment
	Code    memo.ActionCode // ReplyCode where an answer is waited for
	// Document and Place tell which action of the letter it is; Action is that,
	// nil for an answer and a date of the readers' own.
	Document, Place int
	Action          *memo.Action
	Done            time.Time // zero while it is open
}

// dueAt is when a dated action is due, or begins; the zero time where it has no
// date.
func dueAt(a memo.Action) time.Time {
	if a.Reservation != nil {
		return a.Reservation.StartDateTime
	}
	return a.EndDateTime
}

const insertDeadline = "deadline (mailbox, at, message, document, action, code)"

// deadlineRows are the dates of a letter, none for most.
func deadlineRows(mailbox post.PartyID, message post.UUID, letter *memo.Message) [][]any {
	var rows [][]any
	if h := &letter.Header; h.Reply && !h.ReplyByDateTime.IsZero() {
		rows = append(rows, []any{mailbox, h.ReplyByDateTime, message, theReply, 0, ReplyCode})
	}
	document := 0
	for _, doc := range letter.Documents() {
		for place, a := range doc.Actions {
			if when := dueAt(a); !when.IsZero() {
				rows = append(rows, []any{mailbox, when, message, document, place, a.ActionCode})
			}
		}
		document++
	}
	return rows
}

// firstDue is the letter's earliest dated action that is not done: an appointment
// counts from its beginning, everything else until its end.
func firstDue(letter *memo.Message, done map[actionPlace]ActionStatus) (code string, due time.Time) {
	document := 0
	for _, doc := range letter.Documents() {
		for place, a := range doc.Actions {
			when := dueAt(a)
			if !when.IsZero() && (due.IsZero() || when.Before(due)) && !done[actionPlace{document, place}].Code.done() {
				code, due = string(a.ActionCode), when
			}
		}
		document++
	}
	return code, due
}

// DeadlineQuery chooses deadlines. The zero value is all that are open, also
// those that have passed; never of letters in the trash, nor of a court summons
// that has not been served: its dates are part of what opening it tells (SND-08).
type DeadlineQuery struct {
	From, To time.Time         // at or after, before; zero is unbounded
	Done     bool              // those that are done, instead of the open ones
	Codes    []memo.ActionCode // of these kinds alone; none is all
	Without  []memo.ActionCode // but not of these
	Latest   bool              // latest first
	Limit    int               // at most MaxPage; 0 is 50
}

// Deadlines lists the dates by which something is to be done, soonest first
// ("Frister"), and how many there are.
func (m *Mailboxes) Deadlines(ctx context.Context, actor post.Actor, mailbox post.UUID, q DeadlineQuery) ([]Deadline, int64, error) {
	var all []Deadline
	var total int64
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		if all, total, err = v.deadlines(tx, q); err != nil {
			return err
		}
		letters := map[post.UUID]*memo.Message{}
		for i := range all {
			d := &all[i]
			if d.Document < 0 {
				continue
			}
			if letters[d.Message.ID] == nil {
				if letters[d.Message.ID], err = v.letter(tx, m.keys, d.Message.ID); err != nil {
					return err
				}
			}
			d.Action = actionAt(letters[d.Message.ID], d.Document, d.Place)
		}
		return nil
	})
	return all, total, err
}

func (v view) deadlines(tx *db.Tx, q DeadlineQuery) (all []Deadline, total int64, err error) {
	where, args := v.where(tx.Now, 0, Query{})
	if where == "FALSE" {
		return nil, 0, nil
	}
	add := func(condition string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(" AND "+condition, len(args))
	}
	add("folder <> $%d", Deleted)
	add("(served IS NOT NULL OR type <> $%d)", LegalNotification)
	for _, code := range q.Without {
		add("code <> $%d", code)
	}
	if len(q.Codes) > 0 {
		in := make([]string, len(q.Codes))
		for i, code := range q.Codes {
			in[i] = next(&args, code)
		}
		where += " AND code IN (" + strings.Join(in, ", ") + ")"
	}
	if !q.From.IsZero() {
		add("at >= $%d", q.From)
	}
	if !q.To.IsZero() {
		add("at < $%d", q.To)
	}
	// The columns of the two tables have different names but for these.
	from := " FROM (SELECT mailbox AS owner, at, message AS letter, document, action, code, done AS finished FROM deadline WHERE mailbox = $1) AS dates " +
		"JOIN message ON mailbox = owner AND id = letter WHERE finished IS " + map[bool]string{true: "NOT ", false: ""}[q.Done] + "NULL AND " + where
	if err := tx.QueryRow("SELECT COUNT(*)"+from, args...).Scan(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	order := "at"
	if q.Latest {
		order = "at DESC"
	}
	rows, err := tx.Query(fmt.Sprintf("SELECT at, document, action, code, finished, %s%s ORDER BY %s, id, document, action LIMIT %d", messageColumns, from, order, min(limit, MaxPage)), args...)
	all, err = db.Collect(rows, err, func(rows *db.Rows) (d Deadline, err error) {
		d.Message, err = scanMessage(prefixed{rows, []any{db.Time(&d.At), &d.Document, &d.Place, &d.Code, db.Time(&d.Done)}})
		return d, err
	})
	return all, total, err
}

func actionAt(letter *memo.Message, document, place int) *memo.Action {
	i := 0
	for _, doc := range letter.Documents() {
		if i == document && place >= 0 && place < len(doc.Actions) {
			return &doc.Actions[place]
		}
		i++
	}
	return nil
}

// ActionCode is the API's ActionStatusCode.
type ActionCode string

const (
	ActionReceived  ActionCode = "RECEIVED" // nothing was done yet
	ActionStarted   ActionCode = "STARTED"
	ActionCompleted ActionCode = "COMPLETED"
	ActionFailed    ActionCode = "FAILED_WITH_ERROR"
	ActionCancelled ActionCode = "CANCELLED"
)

// done tells that nothing more is to be done.
func (c ActionCode) done() bool { return c == ActionCompleted || c == ActionCancelled }

// ActionStatus is what has become of an action of a letter, kept by its reader or
// their program.
type ActionStatus struct {
	Code    ActionCode
	Note    string // the reader's words
	Created time.Time
	Updated time.Time
	Version int64
}

// actionPlace is an action's document and its place there.
type actionPlace struct{ document, place int }

// MaxActionNote is the longest note on an action, in characters.
const MaxActionNote = 1000

// SetAction records what has become of an action of a letter. document and place
// tell which it is; document -1 is the answer that the sender waits for. Those of a
// court summons are there once it is served. Where version is not the newest of that status it changes nothing and returns a
// Conflict; 0 takes any.
func (m *Mailboxes) SetAction(ctx context.Context, actor post.Actor, mailbox, message post.UUID, document, place int, version int64, code ActionCode, note string) (Letter, error) {
	switch code {
	case ActionReceived, ActionStarted, ActionCompleted, ActionFailed, ActionCancelled:
	default:
		return Letter{}, errs.Invalid("action.status.not.valid", "statusCode", "there is no such status")
	}
	if len([]rune(note)) > MaxActionNote {
		return Letter{}, errs.Invalid("action.note.too.long", "note", "a note has at most %d characters", MaxActionNote)
	}
	var l Letter
	err := m.update(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageMark)
		if err != nil {
			return err
		}
		if f.Unserved() {
			return errNotFound // what it asks for is not told yet (SND-08)
		}
		letter, err := v.letter(tx, m.keys, f.ID)
		if err != nil {
			return err
		}
		at := actionPlace{document, place}
		if actionAt(letter, document, place) == nil && !(document == theReply && place == 0 && f.Reply) {
			return errNotFound
		}
		c := v.changes(m, tx)
		if err := c.setAction(&f, letter, at, version, code, note); err != nil {
			return err
		}
		if err := c.write(); err != nil {
			return err
		}
		l, err = m.letter(tx, c.view, f)
		return err
	})
	return l, err
}

// actions are the stored statuses of a letter's actions.
func (m *Mailboxes) actions(tx *db.Tx, v view, message post.UUID) (map[actionPlace]ActionStatus, error) {
	rows, err := tx.Query("SELECT document, action, code, note, created, updated, version FROM action_status WHERE mailbox = $1 AND message = $2", v.id, message)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all map[actionPlace]ActionStatus
	for rows.Next() {
		var at actionPlace
		var s ActionStatus
		var sealed []byte
		if err := rows.Scan(&at.document, &at.place, &s.Code, &sealed, db.Time(&s.Created), db.Time(&s.Updated), &s.Version); err != nil {
			return nil, err
		}
		if sealed != nil {
			c, err := v.cipher(m.keys)
			if err != nil {
				return nil, err
			}
			plain, err := c.Open(sealed, actionBound(message, at))
			if err != nil {
				return nil, err
			}
			s.Note = string(plain)
		}
		if all == nil {
			all = map[actionPlace]ActionStatus{}
		}
		all[at] = s
	}
	return all, rows.Err()
}

// actionBound binds a sealed note to its action.
func actionBound(message post.UUID, at actionPlace) []byte {
	return fmt.Appendf(nil, "action %s %d %d", message, at.document, at.place)
}

func (c *changes) setAction(f *found, letter *memo.Message, at actionPlace, version int64, code ActionCode, note string) error {
	statuses, err := c.m.actions(c.tx, c.view, f.ID)
	if err != nil {
		return err
	}
	old, there := statuses[at]
	switch {
	case version != 0 && version != max(old.Version, 1):
		return errs.ErrStale
	case there && old.Code == code && old.Note == note, !there && code == ActionReceived && note == "":
		return nil
	}
	var sealed []byte
	if note != "" {
		cipher, err := c.cipher(c.m.keys)
		if err != nil {
			return err
		}
		sealed = cipher.Seal([]byte(note), actionBound(f.ID, at))
	}
	c.batch.Add(`INSERT INTO action_status (mailbox, message, document, action, code, note, created, updated, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 2)
		ON CONFLICT (mailbox, message, document, action) DO UPDATE SET code = excluded.code, note = excluded.note, updated = excluded.updated, version = action_status.version + 1`,
		c.id, f.ID, at.document, at.place, code, sealed, c.tx.Now)
	if statuses == nil {
		statuses = map[actionPlace]ActionStatus{}
	}
	statuses[at] = ActionStatus{Code: code}
	before := f.Message
	c.settle(f, letter, at, code, statuses)
	c.event(f, audit.MessageUpdated)
	return c.save(before, f)
}

// settle brings what the list shows of a letter's dates in line with the statuses
// of its actions.
func (c *changes) settle(f *found, letter *memo.Message, at actionPlace, code ActionCode, statuses map[actionPlace]ActionStatus) {
	var done any
	if code.done() {
		done = c.tx.Now
	}
	c.batch.Add("UPDATE deadline SET done = $1 WHERE mailbox = $2 AND message = $3 AND document = $4 AND action = $5", done, c.id, f.ID, at.document, at.place)
	f.DueCode, f.Due = firstDue(letter, statuses)
	open := false
	document := 0
	for _, doc := range letter.Documents() {
		for place, a := range doc.Actions {
			asks := a.ActionCode != memo.Information && a.ActionCode != memo.Aftale
			open = open || asks && !statuses[actionPlace{document, place}].Code.done()
		}
		document++
	}
	if f.Reply && !f.ReplyBy.IsZero() {
		open = open || f.Answered.IsZero() && !statuses[actionPlace{theReply, 0}].Code.done()
	}
	switch {
	case open:
		f.Done = time.Time{}
	case f.Done.IsZero():
		f.Done = c.tx.Now
	}
}
