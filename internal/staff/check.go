package staff

import (
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

var invariants = []db.Invariant{
	{`SELECT id FROM staff_application WHERE state = 'APPROVED' AND proxy = TRUE AND decided_by = made_by`,
		"one pair of eyes approved what takes four"},
	{`SELECT id FROM staff_application WHERE kind = 'access' AND (other = 0 OR other = citizen OR decided_by = other)`,
		"access for nobody, for its owner, or approved by who gets it"},
	{`SELECT id FROM staff_case WHERE citizen = employee`, "employee with a case about themselves"},
}

// Check calls found for every application and case that is not as it must be: what is
// in force is signed, and the signed form can be opened.
func (c *Counter) Check(tx *db.Tx, found func(problem string)) error {
	if err := tx.Check(invariants, found); err != nil {
		return err
	}
	rows, err := tx.Query("SELECT " + applicationColumns + " FROM staff_application")
	d := &desk{Counter: c, tx: tx}
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Application, error) { return d.scanApplication(rows) })
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State == Approved && !a.Signed {
			found(a.ID.String() + ": application is in force without a signed form")
		}
		if a.scan == (post.UUID{}) {
			continue
		}
		content, err := c.config.Blobs.Open(tx, a.scan, a.scanKey)
		if err != nil {
			found(a.ID.String() + ": a signed form cannot be opened")
			continue
		}
		content.Close()
	}
	return nil
}
