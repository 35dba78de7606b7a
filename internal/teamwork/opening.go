package teamwork

import (
	"bytes"
	"errors"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
)

// openings keeps who has opened what: a row for each opening, and beside it in how long
// stretches somebody has opened all letters. Once opened, a letter stays so until it is
// destroyed, and no new one comes to lie among those that are settled: a stretch never
// stops being one, and deliveries have nothing to do with it.
type openings struct{ mailboxes *mailbox.Mailboxes }

// Opened implements mailbox.Openings.
func (openings) Opened(tx *db.Tx, box post.PartyID, message post.UUID, who post.Actor) (bool, error) {
	return opened(tx, box, message, who.Party)
}

func opened(tx *db.Tx, box post.PartyID, message post.UUID, person post.PartyID) (bool, error) {
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM opening WHERE mailbox = $1 AND message = $2 AND person = $3", box, message, person).Scan(&n)
	return n > 0, err
}

// Note implements mailbox.Openings.
func (o openings) Note(tx *db.Tx, b *db.Batch, box post.PartyID, message post.UUID, who post.Actor) error {
	b.Add("INSERT INTO opening (mailbox, message, person, opened) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", box, message, who.Party, tx.Now)
	if !mailbox.Settled(message, tx.Now) {
		return nil // whoever opens one beside it later looks at it too
	}
	r := run{mailbox.Stretch{Oldest: message, Newest: message}, 1}
	for _, newer := range []bool{false, true} {
		if err := o.grow(tx, b, box, who.Party, newer, &r); err != nil {
			return err
		}
	}
	b.Add("INSERT INTO opened_run (mailbox, person, oldest, newest, letters) VALUES ($1, $2, $3, $4, $5)", box, who.Party, r.Oldest, r.Newest, r.letters)
	return nil
}

// run is a stretch of letters that somebody has all opened.
type run struct {
	mailbox.Stretch
	letters int64
}

// nearby is how many letters that were opened while they were new are taken into a
// run at once.
const nearby = 20

// grow has a run take in what is opened beside it, on one side.
func (o openings) grow(tx *db.Tx, b *db.Batch, box, person post.PartyID, newer bool, r *run) error {
	end := &r.Oldest
	if newer {
		end = &r.Newest
	}
	for range nearby {
		next, err := o.mailboxes.Beside(tx, box, *end, newer)
		if err != nil || next == (post.UUID{}) || !mailbox.Settled(next, tx.Now) {
			return err
		}
		known, err := runAt(tx, box, person, next)
		if err != nil {
			return err
		}
		if known.letters > 0 {
			b.Add("DELETE FROM opened_run WHERE mailbox = $1 AND person = $2 AND newest = $3", box, person, known.Newest)
			*end = known.Oldest
			if newer {
				*end = known.Newest
			}
			r.letters += known.letters
			return nil
		}
		if yes, err := opened(tx, box, next, person); err != nil || !yes {
			return err
		}
		*end = next
		r.letters++
	}
	return nil
}

// runAt is the run in which a letter is, the zero run for none.
func runAt(tx *db.Tx, box, person post.PartyID, letter post.UUID) (run, error) {
	var r run
	err := tx.QueryRow("SELECT oldest, newest, letters FROM opened_run WHERE mailbox = $1 AND person = $2 AND newest >= $3 ORDER BY newest LIMIT 1", box, person, letter).
		Scan(&r.Oldest, &r.Newest, &r.letters)
	if errors.Is(err, db.ErrNoRows) {
		return run{}, nil
	}
	if err == nil && bytes.Compare(letter[:], r.Oldest[:]) < 0 {
		return run{}, err
	}
	return r, err
}

// past are the long runs of somebody, as lists pass over them.
func past(person, box post.PartyID) mailbox.Past {
	return func(tx *db.Tx, from post.UUID, up bool, limit int) ([]mailbox.Stretch, error) {
		query := "SELECT oldest, newest FROM opened_run WHERE mailbox = $1 AND person = $2 AND letters >= 32"
		args := []any{box, person, limit}
		if from != (post.UUID{}) {
			query += map[bool]string{true: " AND newest > $4", false: " AND oldest < $4"}[up]
			args = append(args, from)
		}
		query += map[bool]string{true: " ORDER BY newest LIMIT $3", false: " ORDER BY newest DESC LIMIT $3"}[up]
		rows, err := tx.Query(query, args...)
		return db.Collect(rows, err, func(rows *db.Rows) (s mailbox.Stretch, err error) {
			err = rows.Scan(&s.Oldest, &s.Newest)
			return s, err
		})
	}
}
