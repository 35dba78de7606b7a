package appointment

import (
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

var invariants = []db.Invariant{
	{`SELECT a.id FROM appointment a WHERE state <> 'DRAFT' AND NOT EXISTS (SELECT 1 FROM appointment_file f WHERE f.appointment = a.id)`,
		"application without a document"},
	{`SELECT f.appointment FROM appointment_file f LEFT JOIN appointment a ON a.id = f.appointment WHERE a.id IS NULL`,
		"document of no application"},
	{`SELECT f.appointment FROM appointment_file f JOIN appointment a ON a.id = f.appointment WHERE a.state <> 'DRAFT' AND f.file IS NULL`,
		"document without its bytes"},
	{`SELECT id FROM appointment WHERE (state = 'APPROVED') <> (privilege IS NOT NULL)`,
		"application has a right that was not approved, or has none"},
	{`SELECT id FROM appointment WHERE decided_by = applicant AND state IN ('APPROVED', 'REJECTED', 'ENDED')`,
		"applicant decided on their own application"},
}

// Check calls found for every application that is not as it must be, or whose
// documents cannot be opened.
func (c *Appointments) Check(tx *db.Tx, found func(problem string)) error {
	if err := tx.Check(invariants, found); err != nil {
		return err
	}
	rows, err := tx.Query("SELECT id FROM appointment")
	ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	if err != nil {
		return err
	}
	for _, id := range ids {
		a, err := c.one(tx, id)
		if err != nil {
			found(id.String() + ": application cannot be read")
			continue
		}
		c.desk.CheckFiles(tx, a.Request, found)
	}
	return nil
}
