package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Query chooses messages of a mailbox. The zero value is all of them, newest
// first.
type Query struct {
	Folder post.UUID // nil is every folder
	// Inbox asks for the inbox without its id; Folder is nil then.
	Inbox  bool
	Unread bool
	Opened bool // those that were read; not together with Unread
	Flag   bool
	Due    bool      // with something to do that is not yet past
	Kept   bool      // not in the trash
	From   time.Time // received at or after
	To     time.Time // received before
	Sender post.PartyID
	// Documents asks for messages with documents beside the letter itself.
	Documents bool
	// Words are looked for in all there is of a message (search.Parse); the last may
	// be the beginning of one. What is found is counted to MaxCounted, and in another
	// order than SortReceived no more than that is shown.
	Words string
	// And are conditions of capabilities that keep something beside messages, and Past
	// tells where nothing meets them: a list in the order of arrival passes over that.
	And  []Condition
	Past Past
	// Hits asks also where in each message the words are.
	Hits bool
	Sort Sort
	Up   bool // oldest first, A to Z
	// Then orders what Sort leaves equal.
	Then []Order
	// Ahead asks also for the next deadlines of all folders but the trash.
	Ahead bool
	// Before is the message after which the page begins, in the order of Sort and
	// then of arrival; other orders take Offset. With SortRead, BeforeRead tells how
	// it was marked when its chooser saw it.
	Before     post.UUID
	BeforeRead bool
	Offset     int64
	Limit      int // at most MaxPage; 0 is 50
}

// Condition chooses messages by what another capability keeps beside them: SQL on
// its own tables, in which message.mailbox and message.id are the message. arg adds
// a parameter and names it. What the asker may list stays a condition of its own.
type Condition func(arg func(value any) string) string

// Past tells of stretches of a mailbox in which no message meets the conditions: those
// with something before a message (nil: all), the newest first, at most limit; with up
// those with something after it, the oldest first. It need not tell all.
type Past func(tx *db.Tx, from post.UUID, up bool, limit int) ([]Stretch, error)

// Stretch is the messages from one to another, both among them.
type Stretch struct{ Oldest, Newest post.UUID }

// Order is one of several things by which a list is sorted.
type Order struct {
	Sort Sort
	Up   bool
}

// Sort is what a list is sorted by.
type Sort string

const (
	SortReceived Sort = "" // the order in which messages lie on disk
	SortLabel    Sort = "label"
	SortSender   Sort = "sender_name"
	SortSize     Sort = "size"
	SortReplyBy  Sort = "reply_by"
	SortDue      Sort = "due"
	SortRead     Sort = "read"
	SortFlag     Sort = "flag"
)

// MaxPage is the largest page of messages.
const MaxPage = 1000

// Page is a part of a list.
type Page struct {
	Mailbox  Mailbox
	Folders  []Folder
	Messages []Message
	// More tells that there are messages after these.
	More bool
	// Total is how many the query chooses in all, -1 where that was not counted.
	Total int64
	// AtLeast tells that a search, or a query with conditions of other capabilities,
	// chooses more than Total.
	AtLeast bool
	// Next is the Before of the next page of a search, nil where there is none.
	Next post.UUID
	// Hits tell of each message where the words are, where the query asked.
	Hits map[post.UUID]Hit
	// Ahead are the next deadlines, soonest first, where the query asked for them,
	// and AheadTotal how many there are. Their Action is not filled in.
	Ahead      []Deadline
	AheadTotal int64
}

// ahead is how many dated messages a page carries.
const ahead = 10

// Messages lists messages together with the mailbox and its folders, on one
// snapshot (MBX-01).
func (m *Mailboxes) Messages(ctx context.Context, actor post.Actor, mailbox post.UUID, q Query) (Page, error) {
	var page Page
	err := m.read(ctx, func(tx *db.Tx) error {
		v, d, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		page.Mailbox = v.mailbox(d, tx.Now)
		if page.Folders, err = m.folders(tx, v); err != nil {
			return err
		}
		folder, err := q.folder(page.Folders)
		if err != nil {
			return err
		}
		if q.Words != "" {
			err = m.search(tx, v, folder, q, &page)
		} else {
			err = v.list(tx, folder, q, &page)
		}
		if err != nil {
			return err
		}
		if err := v.noted(tx, page.Messages); err != nil || !q.Ahead {
			return err
		}
		return v.ahead(tx, &page)
	})
	return page, err
}

// noted marks the messages that the asker has a note on (MBX-10).
func (v view) noted(tx *db.Tx, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	at := make(map[post.UUID]int, len(messages))
	ids := make([]any, len(messages))
	for i, m := range messages {
		at[m.ID], ids[i] = i, m.ID
	}
	return tx.QueryIn("SELECT message FROM note WHERE mailbox = $1 AND writer = $2 AND message IN ($IN)", ids, []any{v.id, v.actor.Party}, func(rows *db.Rows) error {
		var id post.UUID
		err := rows.Scan(&id)
		messages[at[id]].Noted = true
		return err
	})
}

// list fills a page with the messages that a query without words chooses.
func (v view) list(tx *db.Tx, folder FolderID, q Query, page *Page) (err error) {
	where, args := v.where(tx.Now, folder, q)
	if page.Messages, page.More, err = list(tx, where, args, q); err != nil {
		return err
	}
	if len(q.And) > 0 && where != "FALSE" {
		return bounded(tx, where, args, q, page)
	}
	page.Total, err = v.total(tx, page.Folders, folder, where, args, q)
	return err
}

// bounded counts to MaxCounted, and not what is far away.
func bounded(tx *db.Tx, where string, args []any, q Query, page *Page) error {
	spans, whole, err := q.spans(tx, post.UUID{}, false)
	if !whole {
		spans = spans[:len(spans)-1]
	}
	for _, s := range spans {
		if err != nil || page.Total > MaxCounted {
			break
		}
		args := slices.Clone(args)
		var n int64
		err = tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE "+where+s.and(&args)+" LIMIT "+next(&args, MaxCounted+1-page.Total)+") AS bounded", args...).Scan(&n)
		page.Total += n
	}
	page.AtLeast, page.Total = !whole || page.Total > MaxCounted, min(page.Total, MaxCounted)
	return err
}

// span is what lies between two stretches that are passed over, without their ends;
// nil is no end.
type span struct{ after, before post.UUID }

// mostSpans is how many stretches one list passes over.
const mostSpans = 100

// spans are the parts of the mailbox in which messages may meet the conditions, in the
// order of the list from a message on. Whole tells that nothing is passed over in the
// last of them because there is nothing to pass over.
func (q Query) spans(tx *db.Tx, from post.UUID, up bool) (all []span, whole bool, err error) {
	if q.Past == nil {
		return []span{{}}, true, nil
	}
	past, err := q.Past(tx, from, up, mostSpans)
	var s span
	for _, p := range past {
		if up {
			s.before = p.Oldest
			all, s = append(all, s), span{after: p.Newest}
		} else {
			s.after = p.Newest
			all, s = append(all, s), span{before: p.Oldest}
		}
	}
	return append(all, s), len(past) < mostSpans, err
}

func (s span) and(args *[]any) string {
	and := ""
	if s.after != (post.UUID{}) {
		and += " AND id > " + next(args, s.after)
	}
	if s.before != (post.UUID{}) {
		and += " AND id < " + next(args, s.before)
	}
	return and
}

// ahead fills in the dates that have not passed.
func (v view) ahead(tx *db.Tx, page *Page) error {
	var err error
	page.Ahead, page.AheadTotal, err = v.deadlines(tx, DeadlineQuery{From: tx.Now, Limit: ahead})
	return err
}

func (q Query) folder(folders []Folder) (FolderID, error) {
	if q.Inbox {
		return Inbox, nil
	}
	if q.Folder == (post.UUID{}) {
		return 0, nil
	}
	for _, f := range folders {
		if f.UUID == q.Folder {
			return f.ID, nil
		}
	}
	return 0, errNotFound
}

// filtered tells that the query chooses fewer than all messages of its folder.
func (q Query) filtered() bool {
	return len(q.And) > 0 || q.Unread || q.Opened || q.Flag || q.Due || q.Kept || q.Sender != 0 || q.Documents || !q.From.IsZero() || !q.To.IsZero()
}

// where is the condition that holds for every message the asker may list and
// the query chooses, whatever its words. Nothing is visible where access gives no window.
func (v view) where(now time.Time, folder FolderID, q Query) (string, []any) {
	and := []string{"mailbox = $1"}
	args := []any{v.id}
	add := func(condition string, arg any) {
		args = append(args, arg)
		and = append(and, fmt.Sprintf(condition, len(args)))
	}
	var or []string
	for _, w := range access.Visible(v.actor, v.facts, now) {
		text, more := windowSQL(w, len(args)+1)
		or = append(or, text)
		args = append(args, more...)
	}
	if or == nil {
		return "FALSE", nil
	}
	and = append(and, "("+strings.Join(or, " OR ")+")")
	switch folder {
	case 0:
	case Deleted:
		add("(folder = $%d OR folder IN (SELECT id FROM folder WHERE mailbox = $1 AND deleted IS NOT NULL))", folder)
	default:
		add("folder = $%d", folder)
	}
	if q.Kept {
		add("folder <> $%d AND folder NOT IN (SELECT id FROM folder WHERE mailbox = $1 AND deleted IS NOT NULL)", Deleted)
	}
	if q.Unread {
		and = append(and, "read = FALSE")
	}
	if q.Opened {
		and = append(and, "read = TRUE")
	}
	if q.Flag {
		and = append(and, "id IN (SELECT id FROM message WHERE mailbox = $1 AND flag = TRUE)") // by its index
	}
	if q.Due {
		add("id IN (SELECT message FROM deadline WHERE mailbox = $1 AND at >= $%d AND done IS NULL)", now)
		add("(served IS NOT NULL OR type <> $%d)", LegalNotification) // its dates are part of what opening it tells (SND-08)
	}
	if !q.From.IsZero() {
		add("id >= $%d", at(q.From))
	}
	if !q.To.IsZero() {
		add("id < $%d", at(q.To))
	}
	if q.Sender != 0 {
		add("sender = $%d", q.Sender)
	}
	if q.Documents {
		and = append(and, "documents > 1")
	}
	for _, condition := range q.And {
		and = append(and, "("+condition(func(value any) string { return next(&args, value) })+")")
	}
	return strings.Join(and, " AND "), args
}

// folded is a column in small letters. Databases differ in whether LOWER knows
// letters beyond ASCII; the Danish ones are told.
func folded(column string) string {
	return "REPLACE(REPLACE(REPLACE(LOWER(" + column + "), 'Æ', 'æ'), 'Ø', 'ø'), 'Å', 'å')"
}

// next adds a parameter and names it.
func next(args *[]any, value any) string {
	*args = append(*args, value)
	return fmt.Sprintf("$%d", len(*args))
}

// windowSQL is the condition of one window; its parameters begin at number n.
func windowSQL(w access.Window, n int) (string, []any) {
	args := []any{w.Source}
	and := fmt.Sprintf("source = $%d", n)
	if w.Senders != nil {
		marks := make([]string, len(w.Senders))
		for i, s := range w.Senders {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", n+i+1)
		}
		and += " AND sender IN (" + strings.Join(marks, ",") + ")"
	}
	if !w.Hidden {
		and += " AND hidden = 0"
	}
	return "(" + and + ")", args
}

func list(tx *db.Tx, where string, args []any, q Query) ([]Message, bool, error) {
	if where == "FALSE" {
		return nil, false, nil
	}
	limit := q.limit()
	order, err := q.order()
	if err != nil {
		return nil, false, err
	}
	args = append([]any{}, args...)
	if up, ok := q.ties(); ok && q.Before != (post.UUID{}) {
		where += " AND " + q.beyond(up, &args)
	}
	spans := []span{{}}
	if q.Sort == SortReceived && len(q.Then) == 0 && q.Offset == 0 {
		if spans, _, err = q.spans(tx, q.Before, q.Up); err != nil {
			return nil, false, err
		}
	}
	var all []Message
	for _, s := range spans {
		args := slices.Clone(args)
		and := s.and(&args)
		args = append(args, limit+1-len(all), max(q.Offset, 0))
		rows, err := tx.Query(fmt.Sprintf("SELECT %s FROM message WHERE %s ORDER BY %s LIMIT $%d OFFSET $%d",
			messageColumns, where+and, order, len(args)-1, len(args)), args...)
		some, err := db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
		if err != nil {
			return nil, false, err
		}
		if all = append(all, some...); len(all) > limit {
			return all[:limit], true, nil
		}
	}
	return all, false, nil
}

// ties tells in which direction messages that Sort leaves equal lie; false where
// something else than their arrival decides.
func (q Query) ties() (up, ok bool) {
	switch {
	case len(q.Then) == 0:
		return q.Up, true
	case len(q.Then) == 1 && q.Then[0].Sort == SortReceived:
		return q.Then[0].Up, true
	}
	return false, false
}

// beyond is the condition for what comes after q.Before.
func (q Query) beyond(tiesUp bool, args *[]any) string {
	than := map[bool]string{true: " > ", false: " < "}
	id := next(args, q.Before)
	later := "id" + than[tiesUp] + id
	if q.Sort == SortReceived {
		return "id" + than[q.Up] + id
	}
	by := column(q.Sort)
	value := "(SELECT " + by + " FROM message WHERE mailbox = $1 AND id = " + id + ")"
	if q.Sort == SortRead {
		value = next(args, q.BeforeRead)
	}
	beyond := by + than[q.Up] + value + " OR " + by + " = " + value + " AND " + later
	if q.Sort == SortReplyBy || q.Sort == SortDue { // what has no date comes last
		beyond += " OR " + by + " IS NULL AND (" + value + " IS NOT NULL OR " + later + ")"
	}
	return "(" + beyond + ")"
}

// column is what messages are compared by.
func column(s Sort) string {
	if s == SortLabel || s == SortSender {
		return folded(string(s))
	}
	return string(s)
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return 50
	}
	return min(q.Limit, MaxPage)
}

// order is the ORDER BY of a query. What a message does not have comes last.
func (q Query) order() (string, error) {
	var all []string
	for _, o := range append([]Order{{q.Sort, q.Up}}, q.Then...) {
		switch o.Sort {
		case SortReceived:
			return strings.Join(append(all, "id"+direction(o.Up)), ", "), nil // leaves nothing equal
		case SortLabel, SortSender, SortSize, SortReplyBy, SortDue, SortRead, SortFlag:
		default:
			return "", errs.Invalid("sort.field.not.allowed", "sortFields", "messages cannot be sorted by this")
		}
		all = append(all, column(o.Sort)+direction(o.Up)+" NULLS LAST")
	}
	return strings.Join(append(all, "id"+direction(q.Up)), ", "), nil
}

func direction(up bool) string {
	if up {
		return " ASC"
	}
	return " DESC"
}

// total takes the kept numbers where the query is a whole folder, or all.
func (v view) total(tx *db.Tx, folders []Folder, folder FolderID, where string, args []any, q Query) (int64, error) {
	if where == "FALSE" {
		return 0, nil
	}
	var n int64
	if q.filtered() {
		err := tx.QueryRow("SELECT COUNT(*) FROM message WHERE "+where, args...).Scan(&n)
		return n, err
	}
	for _, f := range folders {
		if folder == 0 || f.ID == folder {
			n += f.Total
		}
	}
	return n, nil
}

// Unread are the unread letters from authorities that a mailbox got at or after a
// moment and that were not thrown away, the oldest first. It is for a newly exempt
// person's letters on paper (REG-02): whoever asks has asked access, and reads
// nothing but what is needed to send them.
func (m *Mailboxes) Unread(tx *db.Tx, mailbox post.PartyID, since time.Time) ([]Message, error) {
	rows, err := tx.Query("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND source = $2 AND state = $3 AND read = FALSE AND received >= $4 AND folder <> $5 ORDER BY received, id",
		mailbox, post.SourcePublic, Received, since, Deleted)
	return db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
}
