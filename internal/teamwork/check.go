package teamwork

import (
	"bytes"
	"errors"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

var invariants = []db.Invariant{
	{`SELECT message FROM shared_letter WHERE assignee = 0 AND organisation <> 0`, "letter is assigned to nobody of an organisation"},
	{`SELECT s.message FROM shared_letter s WHERE s.comments <> (SELECT COUNT(*) FROM comment c WHERE c.mailbox = s.mailbox AND c.message = s.message)`,
		"letter counts its comments wrongly"},
	{`SELECT c.id FROM comment c LEFT JOIN shared_letter s ON s.mailbox = c.mailbox AND s.message = c.message WHERE s.message IS NULL`,
		"comment on a letter that nobody works with"},
	{`SELECT r.rule FROM filing_run r LEFT JOIN filing_rule f ON f.mailbox = r.mailbox AND f.id = r.rule WHERE f.id IS NULL`,
		"a rule that is not there was used"},
	{`SELECT a.newest FROM opened_run a JOIN opened_run b ON b.mailbox = a.mailbox AND b.person = a.person WHERE b.newest > a.newest AND b.oldest <= a.newest OR a.oldest > a.newest`,
		"stretches of opened letters overlap"},
}

// Check calls found for everything of the shared work that is not as it must be, such
// as what has outlived its letter.
func (t *Team) Check(tx *db.Tx, found func(problem string)) error {
	if err := tx.Check(invariants, found); err != nil {
		return err
	}
	type place struct {
		mailbox post.PartyID
		message post.UUID
	}
	rows, err := tx.Query("SELECT mailbox, message FROM shared_letter UNION SELECT mailbox, message FROM opening")
	all, err := db.Collect(rows, err, func(rows *db.Rows) (p place, err error) { err = rows.Scan(&p.mailbox, &p.message); return p, err })
	if err != nil {
		return err
	}
	for _, p := range all {
		state, _, err := t.mailboxes.Fate(tx, p.mailbox, p.message)
		if err != nil {
			return err
		}
		if state == mailbox.State("") {
			found(p.message.String() + ": shared work has outlived its letter")
		}
	}
	return t.checkRuns(tx, found)
}

// checkRuns finds letters that lists pass over though they were not opened.
func (t *Team) checkRuns(tx *db.Tx, found func(problem string)) error {
	type one struct {
		run
		mailbox, person post.PartyID
	}
	rows, err := tx.Query("SELECT mailbox, person, oldest, newest FROM opened_run")
	all, err := db.Collect(rows, err, func(rows *db.Rows) (o one, err error) {
		err = rows.Scan(&o.mailbox, &o.person, &o.Oldest, &o.Newest)
		return o, err
	})
	for _, r := range all {
		for at := r.Oldest; err == nil && at != (post.UUID{}) && bytes.Compare(at[:], r.Newest[:]) <= 0; at, err = t.mailboxes.Beside(tx, r.mailbox, at, true) {
			state, _, mistake := t.mailboxes.Fate(tx, r.mailbox, at)
			yes, err := opened(tx, r.mailbox, at, r.person)
			if err = errors.Join(mistake, err); err != nil {
				return err
			}
			if !yes && state != "" { // an end of it may have been destroyed
				found(at.String() + ": letter lies among those that somebody has opened, and was not opened")
			}
		}
	}
	return err
}
