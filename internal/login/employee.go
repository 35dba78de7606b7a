package login

import (
	"errors"
	"fmt"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// employee is who logged in with MitID Erhverv
// (SYS-09). The provider says that somebody is an employee, the register that they
// still are: both must. It ends the organisation's waiting period, and not the
// person's.
func (l *Login) employee(tx *db.Tx, who identity) (found, error) {
	company, err := l.people.OrganisationByCVR(tx, who.cvr)
	if errs.KindOf(err) == errs.KindNotFound {
		return found{}, ErrCompany
	}
	if err != nil {
		return found{}, fmt.Errorf("find the organisation: %w", err)
	}
	if company.Status == registry.Closed {
		return found{}, ErrClosed
	}
	m, err := l.member(tx, company.ID, who)
	if errors.Is(err, registry.ErrNoMember) || err == nil && !m.Employed {
		return found{}, ErrEmployee
	}
	if err != nil {
		return found{}, fmt.Errorf("find the employee: %w", err)
	}
	person, err := l.people.Party(tx, m.Person)
	if err != nil {
		return found{}, fmt.Errorf("find the employee: %w", err)
	}
	if person.Status == registry.Dead {
		return found{}, ErrEmployee
	}
	return found{person: person, organisation: company.ID, here: []post.PartyID{company.ID}}, nil
}

// member is who the provider says it is in an organisation: by their number there,
// by their CPR number, or by both, which must be one person's.
func (l *Login) member(tx *db.Tx, organisation post.PartyID, who identity) (registry.Member, error) {
	if who.number != "" {
		m, err := l.people.MemberByNumber(tx, organisation, who.number)
		if err != nil || who.cpr.IsZero() {
			return m, err
		}
		person, err := l.people.PersonByCPR(tx, who.cpr)
		if errs.KindOf(err) == errs.KindNotFound || err == nil && person.ID != m.Person {
			return m, registry.ErrNoMember
		}
		return m, err
	}
	person, err := l.people.PersonByCPR(tx, who.cpr)
	if errs.KindOf(err) == errs.KindNotFound {
		return registry.Member{}, registry.ErrNoMember
	}
	if err != nil {
		return registry.Member{}, err
	}
	return l.people.Member(tx, organisation, person.ID)
}
