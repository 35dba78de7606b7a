package audit

import (
	"bytes"
	"fmt"
	"slices"
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

// ForMailbox returns the newest events of a mailbox, newest first, that are older
// than before (nil: from the newest), at most limit.
func ForMailbox(tx *db.Tx, mailbox post.PartyID, before post.UUID, limit int) ([]Record, error) {
	if before == (post.UUID{}) {
		before = endOfIDs
	}
	seen, _, err := cursors(tx)
	if err != nil {
		return nil, err
	}
	tail, err := collect(tx, "SELECT "+columns+` FROM event
		WHERE id > $1 AND id < $2 AND mailbox = $3 ORDER BY id DESC LIMIT $4`, seen[:], before, mailbox, limit)
	if err != nil || len(tail) == limit {
		return tail, err
	}
	indexed, err := collect(tx, "SELECT "+columns+` FROM event WHERE id IN (
			SELECT event FROM event_mailbox WHERE mailbox = $1 AND event <= $2 AND event < $3 ORDER BY event DESC LIMIT $4
		) ORDER BY id DESC`, mailbox, seen[:], before, limit-len(tail))
	return slices.Concat(tail, indexed), err
}

func collect(tx *db.Tx, query string, args ...any) ([]Record, error) {
	rows, err := tx.Query(query, args...)
	return db.Collect(rows, err, scan)
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
	rows, err := tx.Query("SELECT id, mailbox FROM event WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3", cursor[:], until, limit)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	var entries [][]any
	for rows.Next() {
		var mailbox post.PartyID
		if err := rows.Scan(cursor, &mailbox); err != nil {
			return 0, err
		}
		n++
		if mailbox != 0 {
			entries = append(entries, []any{int64(mailbox), *cursor})
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	// In the order of the table, each of its pages is visited once.
	slices.SortFunc(entries, func(a, b []any) int { return int(a[0].(int64) - b[0].(int64)) })
	var b db.Batch
	b.InsertMany("event_mailbox (mailbox, event)", entries, "ON CONFLICT DO NOTHING")
	return n, tx.Run(&b)
}

func cursors(tx *db.Tx) (seen, sure post.UUID, err error) {
	err = tx.QueryRow("SELECT seen, sure FROM event_index").Scan(&seen, &sure)
	return seen, sure, err
}

func checkIndex(tx *db.Tx, found func(problem string)) error {
	var missing int
	err := tx.QueryRow(`SELECT COUNT(*) FROM event, event_index
		WHERE event.mailbox <> 0 AND event.id <= event_index.sure AND NOT EXISTS (
			SELECT 1 FROM event_mailbox WHERE event_mailbox.mailbox = event.mailbox AND event_mailbox.event = event.id)`).Scan(&missing)
	if err == nil && missing > 0 {
		found(fmt.Sprintf("%d events are missing from the logs of their mailboxes", missing))
	}
	return err
}
