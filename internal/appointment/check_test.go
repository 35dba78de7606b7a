package appointment_test

import (
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/appointment"
	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// Applications without documents, or decided by who made them, are found.
func TestCheck(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		firm, lawyer := a.Company("Bageriet ApS"), a.Person("Lone", 50, nil)
		_, err := a.Appointments.Apply(t.Context(), world.Actor(lawyer), appointment.Wanted{Relation: access.Liquidator, CVR: a.company(firm),
			Files: []*appointment.Upload{a.document(appointment.LiquidatorCertificate)}})
		if err != nil {
			t.Fatal(err)
		}
		a.Finds(a.Appointments.Check, map[string]string{
			"DELETE FROM appointment_file":                                      "application without a document",
			"DELETE FROM appointment":                                           "document of no application",
			"UPDATE appointment SET state = 'APPROVED'":                         "application has a right that was not approved, or has none",
			"UPDATE appointment SET state = 'REJECTED', decided_by = applicant": "applicant decided on their own application",
			"UPDATE appointment SET sealed = id":                                "application cannot be read",
			"DELETE FROM blob WHERE id IN (SELECT file FROM appointment_file)":  "a document cannot be opened",
		})
	})
}
