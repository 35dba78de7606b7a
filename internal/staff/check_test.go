package staff_test

import (
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

// What is in force without a signed form or the second pair of eyes is found.
func TestCheck(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.applyAccess(w.tove, w.open(w.tove, w.karen), "Ole Prøvesen")
		w.Finds(w.Staff.Check, map[string]string{
			"UPDATE staff_application SET state = 'APPROVED'":                       "in force without a signed form",
			"UPDATE staff_application SET state = 'APPROVED', decided_by = made_by": "one pair of eyes",
			"UPDATE staff_application SET other = citizen":                          "for its owner",
			"UPDATE staff_case SET citizen = employee":                              "case about themselves",
		})
	})
}
