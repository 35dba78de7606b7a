package intake

import (
	"context"

	"digitalpost/internal/db"
)

// invariants are queries that find what must not be; each gives an id.
var invariants = []db.Invariant{
	{`SELECT h.message_uuid FROM held_letter h LEFT JOIN submission s ON s.message_uuid = h.message_uuid AND s.sender = h.sender
		WHERE s.message_uuid IS NULL`, "held letter was never handed in"},
}

// Check calls found for everything that is not as it must be.
func (in *Intake) Check(ctx context.Context, found func(problem string)) error {
	return in.db.Read(ctx, func(tx *db.Tx) error { return tx.Check(invariants, found) })
}
