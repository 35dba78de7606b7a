package rights

import (
	"fmt"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

var invariants = []db.Invariant{
	{`SELECT s.privilege FROM privilege_sender s LEFT JOIN privilege p ON p.id = s.privilege AND p.relation = '` + access.SenderReader.String() + `' WHERE p.id IS NULL`,
		"senders of a right that is not there, or reaches all"},
	{`SELECT p.id FROM privilege p WHERE p.relation = '` + access.SenderReader.String() + `' AND NOT EXISTS (SELECT 1 FROM privilege_sender s WHERE s.privilege = p.id)`,
		"right to chosen senders' post names no sender"},
	{`SELECT e.id FROM identity_grantee e LEFT JOIN identity_group g ON g.id = e.identity_group AND g.organisation = e.organisation WHERE g.id IS NULL`,
		"member of no group of the organisation"},
	{`SELECT p.id FROM identity_privilege p LEFT JOIN identity_group g ON g.id = p.identity_group WHERE g.id IS NULL`,
		"right of no group"},
}

// Check calls found for every right that nobody can hold: of somebody or to a mailbox
// that the registry does not know, of somebody who does not work where it says, or
// half of one.
func (r *Rights) Check(tx *db.Tx, found func(problem string)) error {
	if err := tx.Check(invariants, found); err != nil {
		return err
	}
	all, err := r.collect(tx, "TRUE")
	if err != nil {
		return err
	}
	for _, one := range all {
		problem, err := r.nobodys(tx, one.Mailbox, one.Holder, one.Organisation)
		if err != nil {
			return fmt.Errorf("check rights: %w", err)
		}
		if problem != "" {
			found(one.ID.String() + ": right " + problem)
		}
	}
	rows, err := tx.Query("SELECT id, person, organisation FROM identity_grantee")
	type grantee struct {
		id                   post.UUID
		person, organisation post.PartyID
	}
	members, err := db.Collect(rows, err, func(rows *db.Rows) (g grantee, err error) {
		err = rows.Scan(&g.id, &g.person, &g.organisation)
		return g, err
	})
	for _, g := range members {
		if err != nil {
			break
		}
		var problem string
		if problem, err = r.nobodys(tx, 0, g.person, g.organisation); problem != "" {
			found(g.id.String() + ": member of a group " + problem)
		}
	}
	return err
}

// nobodys tells what is wrong with who a right is of and to, "" for nothing. Mailbox 0
// is every one.
func (r *Rights) nobodys(tx *db.Tx, mailbox, holder, organisation post.PartyID) (string, error) {
	known, err := r.registry.Parties(tx, []post.PartyID{mailbox, holder})
	if err != nil {
		return "", err
	}
	switch {
	case known[holder].Kind != post.Person:
		return "of nobody", nil
	case mailbox != 0 && known[mailbox].ID == 0:
		return "to no mailbox", nil
	}
	if organisation == 0 {
		return "", nil
	}
	m, err := r.registry.Member(tx, organisation, holder)
	if notMember(err) || err == nil && !m.Employed {
		return "of somebody who does not work there", nil
	}
	return "", err
}
