package search

import (
	"fmt"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Check calls found for what of the index is not as it must be. Whose messages
// those are, CheckBox compares.
func Check(tx *db.Tx, found func(problem string)) error {
	for _, inv := range []struct{ query, problem string }{
		{"SELECT COUNT(*) FROM search_segment a JOIN search_segment b ON b.mailbox = a.mailbox AND b.number <> a.number AND b.first <= a.last AND b.last >= a.first",
			"segments of the search index overlap"},
		{"SELECT COUNT(*) FROM search_segment s WHERE NOT EXISTS (SELECT 1 FROM search_block b WHERE b.mailbox = s.mailbox AND b.number = s.number * 16777216)",
			"segments of the search index have no head"},
	} {
		var n int
		if err := tx.QueryRow(inv.query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			found(fmt.Sprintf("%d %s", n, inv.problem))
		}
	}
	return nil
}

// EachText calls each with all messages whose text is stored.
func EachText(tx *db.Tx, each func(mailbox post.PartyID, message post.UUID)) error {
	rows, err := tx.Query("SELECT mailbox, message FROM search_text")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var mailbox post.PartyID
		var message post.UUID
		if err := rows.Scan(&mailbox, &message); err != nil {
			return err
		}
		each(mailbox, message)
	}
	return rows.Err()
}

// CheckBox compares the index of a mailbox with the messages that are in it: every
// one up to the mark is in the index once, and everything in the index is a
// message or waits to be taken out.
func CheckBox(tx *db.Tx, box Box, messages map[post.UUID]bool, found func(problem string)) error {
	segments, err := segmentsOf(tx, box.ID)
	if err != nil {
		return err
	}
	rows, err := tx.Query("SELECT message FROM search_pending WHERE mailbox = $1", box.ID)
	waiting, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	if err != nil {
		return err
	}
	pending := map[post.UUID]bool{}
	for _, id := range waiting {
		pending[id] = true
	}
	indexed := map[post.UUID]bool{}
	for _, s := range segments {
		var failed error
		src, err := box.source(tx, s, &failed)
		if err != nil {
			found(fmt.Sprintf("a segment of the search index of mailbox %d cannot be read", box.ID))
			continue
		}
		for range src.words { // to its end
		}
		if failed != nil {
			found(fmt.Sprintf("a segment of the search index of mailbox %d cannot be read", box.ID))
		}
		for _, id := range src.ids {
			if indexed[id] {
				found(id.String() + ": is in the search index twice")
			}
			indexed[id] = true
			if !messages[id] && !pending[id] {
				found(id.String() + ": is in the search index and no message")
			}
		}
	}
	mark := markOf(segments)
	for id := range messages {
		if !indexed[id] && !pending[id] && compareIDs(id, mark) <= 0 {
			found(id.String() + ": is not in the search index")
		}
	}
	return nil
}
