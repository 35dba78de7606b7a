package rights

import (
	"cmp"
	"slices"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Holder is a person in the name in which they hold something.
type Holder struct {
	Person       post.PartyID
	Organisation post.PartyID // 0 as a private person
}

// Holders are all who hold something to a mailbox by a row of their own, a group or
// by signing for it: each once. What it lets them do, and whether it is in force,
// Grants tells.
func (r *Rights) Holders(tx *db.Tx, mailbox post.PartyID) ([]Holder, error) {
	rows, err := tx.Query(`SELECT holder, organisation FROM privilege WHERE mailbox = $1
		UNION SELECT e.person, e.organisation FROM identity_privilege p JOIN identity_grantee e ON e.identity_group = p.identity_group WHERE p.mailbox = $1`, mailbox)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (h Holder, err error) { err = rows.Scan(&h.Person, &h.Organisation); return h, err })
	if err != nil {
		return nil, err
	}
	signers, err := r.registry.Signers(tx, mailbox)
	for _, m := range signers {
		all = append(all, Holder{m.Person, 0})
		if m.Employed {
			all = append(all, Holder{m.Person, mailbox})
		}
	}
	slices.SortFunc(all, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Organisation, b.Organisation))
	})
	return slices.Compact(all), err
}

// Asking is an actor as whom the program asks what a holder may do.
func (h Holder) Asking(at post.Platform) post.Actor {
	return post.Actor{Party: h.Person, Organisation: h.Organisation, Platform: at, Assurance: post.AssuranceSubstantial}
}
