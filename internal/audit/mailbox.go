package audit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// A mailbox's log is read from event_mailbox up to the place that Index has
// "seen", and from the events themselves after it.
//
// With several processes, an event may become visible after one with a higher
// id: its transaction took longer, or another machine's clock was ahead. So
// Index passes every event twice, at once and again when it is settled, and what
// came late is found then. "sure" is how far the second pass has come.
const settled = 10 * time.Minute

var endOfIDs = post.UUID(bytes.Repeat([]byte{0xff}, 16))

// Doer is who did something, as far as a mailbox's log tells them apart. 0 is
// nobody: a system, the program, or one who was refused.
type Doer int64

// Person is a person, on their own behalf or an employer's.
func Person(id post.PartyID) Doer { return Doer(id) }

// StaffOf is whoever of an organisation's staff did it at the counter.
func StaffOf(organisation post.PartyID) Doer { return -Doer(organisation) }

// Party is the person, or the organisation whose staff it was.
func (d Doer) Party() (id post.PartyID, staff bool) {
	if d < 0 {
		return post.PartyID(-d), true
	}
	return post.PartyID(d), false
}

// Doer is who did it. A person who was refused is told to nobody but themselves.
func (e *Event) Doer() Doer {
	switch {
	case e.Actor.Platform == post.PlatformStaff:
		return StaffOf(e.Actor.Organisation)
	case e.Name == AccessRefused && e.Actor.Party != e.Mailbox:
		return 0
	}
	return Person(e.Actor.Party)
}

// Query chooses events of a mailbox; what is left out chooses all.
type Query struct {
	Mailbox post.PartyID
	// Before is the event after which a page begins.
	Before   post.UUID
	From, To time.Time // at or after, before
	Kinds    []Kind
	By       Doer
	Message  post.UUID
	Platform post.Platform
	Limit    int
}

// Find returns the newest events that a query chooses, newest first.
func Find(tx *db.Tx, q Query) ([]Record, error) {
	if q.Before == (post.UUID{}) {
		q.Before = endOfIDs
	}
	if end := db.IDAt(q.To); !q.To.IsZero() && bytes.Compare(end[:], q.Before[:]) < 0 {
		q.Before = end
	}
	var from post.UUID
	if !q.From.IsZero() {
		from = db.IDAt(q.From)
	}
	seen, _, err := cursors(tx)
	if err != nil {
		return nil, err
	}
	found, err := q.tail(tx, seen, from)
	if err != nil || len(found) == q.Limit {
		return found, err
	}
	indexed, err := q.indexed(tx, seen, from, q.Limit-len(found))
	return slices.Concat(found, indexed), err
}

// tail reads what the index has not come to, from the newest on in parts: a limit
// leaves no database in doubt that the order of ids is the way to go.
func (q Query) tail(tx *db.Tx, seen, from post.UUID) ([]Record, error) {
	low := seen
	if bytes.Compare(from[:], seen[:]) > 0 {
		low = before(from)
	}
	var found []Record
	size := max(q.Limit, 100)
	for high := q.Before; ; {
		part, err := collect(tx, "SELECT "+columns+" FROM event WHERE id > $1 AND id < $2 AND mailbox = $3 ORDER BY id DESC LIMIT $4", low[:], high, q.Mailbox, size)
		if err != nil {
			return nil, err
		}
		for _, r := range part {
			if len(found) < q.Limit && q.chooses(&r.Event) {
				found = append(found, r)
			}
		}
		if len(found) == q.Limit || len(part) < size {
			return found, nil
		}
		high = part[len(part)-1].ID
	}
}

// before is the id before another.
func before(id post.UUID) post.UUID {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			break
		}
	}
	return id
}

func (q Query) chooses(e *Event) bool {
	return (q.Kinds == nil || slices.Contains(q.Kinds, e.Name.Kind())) && (q.By == 0 || q.By == e.Doer()) &&
		(q.Message == post.UUID{} || q.Message == e.Message) && (q.Platform == "" || q.Platform == e.Actor.Platform)
}

// indexed reads by the index. Each kind is a range of its own, so that the newest
// few are found without reading the others.
func (q Query) indexed(tx *db.Tx, seen, from post.UUID, limit int) ([]Record, error) {
	args := []any{q.Mailbox, seen[:], q.Before, from[:], limit}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	and := ""
	if q.Platform != "" {
		and = " AND platform = " + arg(string(q.Platform))
	}
	kinds := q.Kinds
	switch {
	case q.Message != (post.UUID{}): // few: all else is looked at as it comes, and by no other index
		and += " AND message = " + arg(q.Message)
		if q.By != 0 {
			and += " AND doer + 0 = " + arg(int64(q.By))
		}
		if kinds != nil {
			var in []string
			for _, k := range kinds {
				in = append(in, arg(int64(k)))
			}
			and, kinds = and+" AND kind + 0 IN ("+strings.Join(append(in, "-1"), ", ")+")", nil
		}
	case q.By != 0:
		and += " AND doer = " + arg(int64(q.By))
		if kinds == nil {
			kinds = append([]Kind{KindTechnical}, Kinds...)
		}
	}
	var ranges []string
	ranged := func(kind string) {
		ranges = append(ranges, fmt.Sprintf(`SELECT event FROM (SELECT event FROM event_mailbox WHERE mailbox = $1 AND event <= $2 AND event < $3 AND event >= $4%s%s
			ORDER BY event DESC LIMIT $5) AS r%d`, and, kind, len(ranges)))
	}
	for _, k := range kinds {
		switch {
		case k != KindArrived:
			ranged(" AND kind = " + arg(int64(k)))
		case q.By == 0 && q.Platform == "":
			ranged(" AND kind IS NULL")
		}
	}
	if kinds == nil {
		ranged("")
	}
	if ranges == nil {
		return nil, nil
	}
	found, err := collect(tx, "SELECT "+columns+" FROM event WHERE id IN (SELECT event FROM ("+strings.Join(ranges, " UNION ALL ")+
		") AS u ORDER BY event DESC LIMIT $5) ORDER BY id DESC", args...)
	if err != nil || q.Message == (post.UUID{}) {
		return found, err
	}
	came, ok, err := q.arrival(tx, seen, from)
	if ok && len(found) < limit && q.chooses(&came.Event) {
		found = append(found, came)
	}
	return found, err
}

// near is how many arrivals are looked through for a message's.
const near = 1000

// arrival is the event of the message's arrival, which its index has not. It was
// written in the transaction that made the message, and so lies close behind it.
func (q Query) arrival(tx *db.Tx, seen, from post.UUID) (Record, bool, error) {
	all, err := collect(tx, "SELECT "+columns+` FROM event WHERE id IN (SELECT event FROM event_mailbox
		WHERE mailbox = $1 AND event > $2 AND event <= $3 AND event < $4 AND event >= $5 AND kind IS NULL ORDER BY event LIMIT $6)`,
		q.Mailbox, q.Message, seen[:], q.Before, from[:], near)
	i := slices.IndexFunc(all, func(r Record) bool { return r.Message == q.Message })
	if err != nil || i < 0 {
		return Record{}, false, err
	}
	return all[i], true, nil
}

// OfMessages are the events of many messages of a mailbox, which are given in the
// order in which they came: of each the newest, newest first, at most limit. One look
// tells what Find would be asked for each.
func OfMessages(tx *db.Tx, mailbox post.PartyID, messages []post.UUID, limit int) (map[post.UUID][]Record, error) {
	all := make(map[post.UUID][]Record, len(messages))
	if len(messages) == 0 {
		return all, nil
	}
	for _, id := range messages {
		all[id] = nil
	}
	add := func(rows *db.Rows) error {
		r, err := scan(rows)
		if known, of := all[r.Message]; of && err == nil && len(known) < limit {
			all[r.Message] = append(known, r)
		}
		return err
	}
	each := func(query string, args ...any) error {
		rows, err := tx.Query("SELECT "+columns+" FROM event WHERE "+query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := add(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	seen, _, err := cursors(tx)
	if err != nil {
		return nil, err
	}
	first, last := messages[0], messages[len(messages)-1]
	// What the index has not come to, what it has of the messages, and their arrivals.
	if err := each("id > $1 AND mailbox = $2 ORDER BY id DESC", seen[:], mailbox); err != nil {
		return nil, err
	}
	err = tx.QueryIn("SELECT "+columns+" FROM event WHERE id IN (SELECT event FROM event_mailbox WHERE mailbox = $1 AND event <= $2 AND message IN ($IN)) ORDER BY id DESC",
		db.Keys(messages), []any{mailbox, seen[:]}, add)
	if err != nil {
		return nil, err
	}
	const arrived = "id IN (SELECT event FROM event_mailbox WHERE mailbox = $1 AND event > $2 AND event <= $3 AND kind IS NULL"
	if err := each(arrived+" AND event < $4)", mailbox, first, seen[:], last); err != nil {
		return nil, err
	}
	if err := each(arrived+" ORDER BY event LIMIT $4)", mailbox, last, seen[:], near); err != nil {
		return nil, err
	}
	for _, events := range all {
		slices.SortFunc(events, func(a, b Record) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	}
	return all, nil
}

func collect(tx *db.Tx, query string, args ...any) ([]Record, error) {
	rows, err := tx.Query(query, args...)
	return db.Collect(rows, err, scan)
}

// Doers are who has done something in a mailbox, at most limit.
func Doers(tx *db.Tx, mailbox post.PartyID, limit int) ([]Doer, error) {
	seen, _, err := cursors(tx)
	if err != nil {
		return nil, err
	}
	// From one to the next, without reading what each has done.
	rows, err := tx.Query(`WITH RECURSIVE each(doer) AS (
			SELECT (SELECT doer FROM event_mailbox WHERE mailbox = $1 AND doer IS NOT NULL ORDER BY doer LIMIT 1)
			UNION ALL SELECT (SELECT doer FROM event_mailbox WHERE mailbox = $1 AND doer IS NOT NULL AND doer > each.doer ORDER BY doer LIMIT 1) FROM each WHERE each.doer IS NOT NULL)
		SELECT doer FROM each WHERE doer IS NOT NULL LIMIT $2`, mailbox, limit)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (d Doer, err error) { err = rows.Scan((*int64)(&d)); return d, err })
	if err != nil {
		return nil, err
	}
	const recent = 10_000
	tail, err := collect(tx, "SELECT "+columns+" FROM event WHERE id > $1 AND mailbox = $2 ORDER BY id DESC LIMIT $3", seen[:], mailbox, recent)
	for _, r := range tail {
		if d := r.Doer(); d != 0 {
			all = append(all, d)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), limit)], err
}

// entry is an event's row of event_mailbox.
type entry struct {
	mailbox  post.PartyID
	event    post.UUID
	kind     Kind
	doer     Doer
	message  post.UUID
	platform post.Platform
}

func entryOf(id post.UUID, e *Event) entry {
	if e.Name.Kind() == KindArrived {
		return entry{mailbox: e.Mailbox, event: id, kind: KindArrived}
	}
	return entry{e.Mailbox, id, e.Name.Kind(), e.Doer(), e.Message, e.Actor.Platform}
}

const entryColumns = "mailbox, event, kind, doer, message, platform"

// row is the entry as it is stored: what there is none of is NULL.
func (e entry) row() []any {
	row := []any{int64(e.mailbox), e.event, nil, nil, nil, nil}
	if e.kind != KindArrived {
		row[2] = int64(e.kind)
	}
	if e.doer != 0 {
		row[3] = int64(e.doer)
	}
	if e.message != (post.UUID{}) {
		row[4] = e.message
	}
	if e.platform != "" {
		row[5] = string(e.platform)
	}
	return row
}

// Index takes events into the logs of their mailboxes, at most limit in each of
// its two passes. It returns how many it passed: 0 when there is no more to do.
// It is called in the background, again and again; until then reading a log costs
// more, and that is all.
func Index(tx *db.Tx, limit int) (int, error) {
	seen, sure, err := cursors(tx)
	if err != nil {
		return 0, err
	}
	first, err := pass(tx, &seen, endOfIDs, limit)
	if err != nil {
		return 0, err
	}
	until := db.IDAt(tx.Now.Add(-settled))
	if bytes.Compare(sure[:], until[:]) > 0 {
		sure = until // the clock was put back: ids start again from there
	}
	second, err := pass(tx, &sure, until, limit)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec("UPDATE event_index SET seen = $1, sure = $2", seen[:], sure[:]); err != nil {
		return 0, err
	}
	return first + second, nil
}

// pass indexes events after the cursor and before until, and moves the cursor on.
func pass(tx *db.Tx, cursor *post.UUID, until post.UUID, limit int) (int, error) {
	rows, err := tx.Query("SELECT id, name, mailbox, party, organisation, platform, message FROM event WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3", cursor[:], until, limit)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	var entries []entry
	for rows.Next() {
		var e Event
		if err := rows.Scan(cursor, &e.Name, &e.Mailbox, &e.Actor.Party, &e.Actor.Organisation, &e.Actor.Platform, &e.Message); err != nil {
			return 0, err
		}
		n++
		if e.Mailbox != 0 {
			entries = append(entries, entryOf(*cursor, &e))
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	// In the order of the table, each of its pages is visited once.
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.mailbox, b.mailbox) })
	stored := make([][]any, len(entries))
	for i, e := range entries {
		stored[i] = e.row()
	}
	var b db.Batch
	b.InsertMany("event_mailbox ("+entryColumns+")", stored, "ON CONFLICT DO NOTHING")
	return n, tx.Run(&b)
}

func cursors(tx *db.Tx) (seen, sure post.UUID, err error) {
	err = tx.QueryRow("SELECT seen, sure FROM event_index").Scan(&seen, &sure)
	return seen, sure, err
}

// checkIndex tells whether the log of any mailbox lacks an event, or has it as
// another.
func checkIndex(tx *db.Tx, found func(problem string)) error {
	var missing int
	err := tx.QueryRow(`SELECT COUNT(*) FROM event, event_index
		WHERE event.mailbox <> 0 AND event.id <= event_index.sure AND NOT EXISTS (
			SELECT 1 FROM event_mailbox WHERE event_mailbox.mailbox = event.mailbox AND event_mailbox.event = event.id)`).Scan(&missing)
	if err == nil && missing > 0 {
		found(fmt.Sprintf("%d events are missing from the logs of their mailboxes", missing))
	}
	if err != nil {
		return err
	}
	rows, err := tx.Query(`SELECT m.mailbox, m.event, COALESCE(m.kind, $1), COALESCE(m.doer, 0), m.message, COALESCE(m.platform, ''), e.name, e.mailbox, e.party, e.organisation, e.platform, e.message
		FROM event_mailbox m JOIN event e ON e.id = m.event`, int64(KindArrived))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var is entry
		var e Event
		if err := rows.Scan(&is.mailbox, &is.event, &is.kind, &is.doer, &is.message, &is.platform,
			&e.Name, &e.Mailbox, &e.Actor.Party, &e.Actor.Organisation, &e.Actor.Platform, &e.Message); err != nil {
			return err
		}
		if is != entryOf(is.event, &e) {
			found("event " + is.event.String() + " is another in the log of its mailbox")
		}
	}
	return rows.Err()
}
