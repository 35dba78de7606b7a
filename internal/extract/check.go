package extract

import (
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

var invariants = []db.Invariant{
	{"SELECT p.extract FROM extract_part p LEFT JOIN extract e ON e.id = p.extract WHERE e.id IS NULL", "part belongs to no data extract"},
	{"SELECT f.extract FROM extract_file f LEFT JOIN extract e ON e.id = f.extract WHERE e.id IS NULL", "document belongs to no data extract"},
	{"SELECT p.extract FROM extract_part p JOIN extract e ON e.id = p.extract WHERE p.file IS NOT NULL AND e.state NOT IN ('APPROVED', 'READY')", "data extract is over and has bytes"},
	{"SELECT extract FROM extract_part WHERE (file IS NULL) <> (sealed IS NULL)", "part of a data extract has a key without bytes, or bytes without a key"},
	{"SELECT e.id FROM extract e WHERE e.parts <> (SELECT COUNT(*) FROM extract_part p WHERE p.extract = e.id)", "data extract counts its parts wrongly"},
	{"SELECT e.id FROM extract e WHERE e.state IN ('SUBMITTED', 'APPROVED', 'READY') AND EXISTS (SELECT 1 FROM extract o WHERE o.mailbox = e.mailbox AND o.id > e.id AND o.state IN ('SUBMITTED', 'APPROVED', 'READY'))", "mailbox has two open data extracts"},
}

// Check calls found for every data extract that is not as it must be, or whose bytes
// cannot be opened.
func (c *Extracts) Check(tx *db.Tx, found func(problem string)) error {
	if err := tx.Check(invariants, found); err != nil {
		return err
	}
	rows, err := tx.Query("SELECT id FROM extract")
	ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	if err != nil {
		return err
	}
	for _, id := range ids {
		e, err := c.one(tx, id)
		if err != nil {
			found(id.String() + ": data extract cannot be read")
			continue
		}
		c.desk.CheckFiles(tx, e.Request, found)
		for _, p := range e.Parts {
			if !p.There {
				continue
			}
			content, err := c.desk.Blobs.Open(tx, p.blob, p.key)
			if err != nil {
				found(id.String() + ": part of a data extract cannot be opened: " + err.Error())
				continue
			}
			content.Close()
		}
	}
	return nil
}
