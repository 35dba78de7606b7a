package db

import (
	"fmt"

	"github.com/google/uuid"
)

// Invariant is a query that finds what must not be, an id in each row, and the words
// for it. The query names tables of one package.
type Invariant = struct{ Query, Problem string }

// Check calls found for all that invariants find.
func (tx *Tx) Check(invariants []Invariant, found func(problem string)) error {
	for _, inv := range invariants {
		rows, err := tx.Query(inv.Query)
		ids, err := Collect(rows, err, func(rows *Rows) (id uuid.UUID, err error) { err = rows.Scan(&id); return id, err })
		if err != nil {
			return fmt.Errorf("check %q: %w", inv.Problem, err)
		}
		for _, id := range ids {
			found(id.String() + ": " + inv.Problem)
		}
	}
	return nil
}
