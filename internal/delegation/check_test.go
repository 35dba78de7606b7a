package delegation_test

import (
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/testkit"
)

// Requests of one, or of half, are found.
func TestCheck(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		if _, err := w.Accesses.Give(t.Context(), actor(w.birthe), w.box(w.birthe), delegation.Terms{CPR: w.cpr(w.jonas), FirstName: "Jonas", LastName: "Holm", Relation: access.Reader}); err != nil {
			t.Fatal(err)
		}
		w.Finds(w.Accesses.Check, map[string]string{
			"UPDATE access_request SET helper = owner":                                        "not between two",
			"UPDATE access_request SET state = 'APPROVED'":                                    "became no right",
			"UPDATE access_request SET relation = 'reader.sender'":                            "names no sender",
			"INSERT INTO access_request_sender (request, sender) SELECT uuid, 1 FROM mailbox": "request that is not there",
		})
	})
}
