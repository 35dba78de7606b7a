package teamwork_test

import (
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

// Shared work that has outlived its letter, and wrong counts, are found.
func TestCheck(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		id := o.send(o.tax, nil)
		if _, err := o.Team.Comment(t.Context(), o.carl, o.box, id, "Ring til dem"); err != nil {
			t.Fatal(err)
		}
		o.Finds(o.Team.Check, map[string]string{
			"UPDATE shared_letter SET comments = 2":     "counts its comments wrongly",
			"UPDATE shared_letter SET organisation = 1": "assigned to nobody",
			"DELETE FROM shared_letter":                 "comment on a letter that nobody works with",
			"DELETE FROM message":                       "outlived its letter",
		})
	})
}
