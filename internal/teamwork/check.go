package teamwork

import (
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
	return nil
}
