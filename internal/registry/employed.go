package registry

import (
	"errors"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Employed tells whether a person works in an organisation now: the register says
// so, the organisation has not ceased, and the person is alive. It is asked on each
// request of an employee, so it is one look-up.
func (r *Registry) Employed(tx *db.Tx, organisation, person post.PartyID) (bool, error) {
	var works bool
	err := tx.QueryRow(`SELECT TRUE FROM member m JOIN party o ON o.id = m.organisation JOIN party p ON p.id = m.person
		WHERE m.organisation = $1 AND m.person = $2 AND m.employed = TRUE AND o.status <> $3 AND p.status <> $4`, organisation, person, Closed, Dead).Scan(&works)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return works, err
}

// Signed tells whether somebody who is alive signs for an organisation alone.
func (r *Registry) Signed(tx *db.Tx, organisation post.PartyID) (bool, error) {
	var n int
	err := tx.QueryRow("SELECT COUNT(*) FROM member m JOIN party p ON p.id = m.person WHERE m.organisation = $1 AND m.signs = TRUE AND p.status <> $2", organisation, Dead).Scan(&n)
	return n > 0, err
}
