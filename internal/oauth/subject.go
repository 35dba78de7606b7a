package oauth

import (
	"fmt"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// who somebody is to a client: a person, or the same person as an employee, which
// are two.
type who struct {
	person registry.Party
	// organisation is an employee's, the zero party for who acts on their own behalf.
	organisation registry.Party
	// subject is the outside id, the same for every client; it is no CPR number.
	subject post.UUID
}

func identify(tx *db.Tx, people *registry.Registry, party, organisation post.PartyID) (w who, err error) {
	if w.person, err = people.Party(tx, party); err != nil {
		return w, err
	}
	w.subject = w.person.UUID
	if organisation == 0 {
		return w, nil
	}
	if w.organisation, err = people.Party(tx, organisation); err != nil {
		return w, err
	}
	m, err := people.Member(tx, organisation, party)
	if err != nil {
		return w, fmt.Errorf("find the employee: %w", err)
	}
	w.subject = m.UUID
	return w, nil
}
