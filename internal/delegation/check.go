package delegation

import (
	"digitalpost/internal/access"
	"digitalpost/internal/db"
)

var invariants = []db.Invariant{
	{`SELECT s.request FROM access_request_sender s LEFT JOIN access_request r ON r.id = s.request WHERE r.id IS NULL`,
		"senders of a request that is not there"},
	{`SELECT r.id FROM access_request r WHERE r.relation = '` + access.SenderReader.String() + `' AND NOT EXISTS (SELECT 1 FROM access_request_sender s WHERE s.request = r.id)`,
		"request about chosen senders' post names no sender"},
	{`SELECT id FROM access_request WHERE owner = helper OR asker NOT IN (owner, helper)`,
		"request is not between two"},
	{`SELECT id FROM access_request WHERE state = 'APPROVED' AND privilege IS NULL`,
		"approved request became no right"},
}

// Check calls found for every request that is not as it must be.
func (d *Delegations) Check(tx *db.Tx, found func(problem string)) error {
	return tx.Check(invariants, found)
}
