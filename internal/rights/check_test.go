package rights_test

import (
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// Rights of nobody, to nothing, or of who has left are found.
func TestCheck(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		owner, helper, company := w.Person("Birthe", 85, nil), w.Person("Jonas", 50, nil), w.Company("Et ApS")
		w.Member(company, helper, nil)
		w.Give(rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.SenderReader, Senders: []post.PartyID{company.ID}})
		w.Give(rights.Right{Mailbox: company.ID, Holder: helper.ID, Organisation: company.ID, Relation: access.EmployeeBasic})
		w.Update(func(tx *db.Tx) error {
			g, err := w.Rights.MakeGroup(tx, post.Program, access.Administrator, company.ID, "Bogholderi")
			if err == nil {
				_, err = w.Rights.GiveGroup(tx, post.Program, access.Administrator, rights.GroupRight{Group: g.ID, Mailbox: company.ID, Relation: access.EmployeeBasic})
			}
			if err == nil {
				_, err = w.Rights.Join(tx, post.Program, access.Administrator, g.ID, helper.ID)
			}
			return err
		})
		w.Finds(w.Rights.Check, map[string]string{
			"DELETE FROM privilege_sender":                                 "names no sender",
			"DELETE FROM privilege WHERE relation = 'reader.sender'":       "senders of a right that is not there",
			"UPDATE privilege SET holder = 999999 WHERE organisation = 0":  "right of nobody",
			"UPDATE privilege SET mailbox = 999999 WHERE organisation = 0": "right to no mailbox",
			"UPDATE member SET employed = FALSE":                           "member of a group of somebody who does not work there",
			"UPDATE identity_grantee SET organisation = 999999":            "member of no group",
			"DELETE FROM identity_group":                                   "right of no group",
		})
	})
}
