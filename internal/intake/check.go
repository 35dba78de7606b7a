package intake

import (
	"context"
	"fmt"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// invariants are queries that find what must not be; each gives an id.
var invariants = []struct{ query, problem string }{
	{`SELECT h.message_uuid FROM held_letter h LEFT JOIN submission s ON s.message_uuid = h.message_uuid AND s.sender = h.sender
		WHERE s.message_uuid IS NULL`, "held letter was never handed in"},
}

// Check calls found for everything that is not as it must be.
func (in *Intake) Check(ctx context.Context, found func(problem string)) error {
	return in.db.Read(ctx, func(tx *db.Tx) error {
		for _, inv := range invariants {
			rows, err := tx.Query(inv.query)
			ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
			if err != nil {
				return fmt.Errorf("check %q: %w", inv.problem, err)
			}
			for _, id := range ids {
				found(id.String() + ": " + inv.problem)
			}
		}
		return nil
	})
}
