package app

import (
	"context"
	"errors"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/population"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// rights gives the demo people what they may do at work, and two of the concern's
// office what they may do in all its companies. A start that was cut off does it
// again.
func (l *local) rights(ctx context.Context) error {
	return l.core.DB.Update(ctx, func(tx *db.Tx) error {
		for _, e := range population.CastEmployees() {
			employer, err := l.organisation(tx, e.Record.Organisation)
			if err != nil {
				return err
			}
			m, err := l.core.Registry.MemberByNumber(tx, employer.ID, e.Record.Number)
			if errors.Is(err, registry.ErrNoMember) {
				continue // signs, and works elsewhere
			}
			if err != nil {
				return err
			}
			for _, may := range e.May {
				if err := l.give(tx, m, may.Relation, may.CVR); err != nil {
					return err
				}
			}
		}
		return l.concern(tx, population.Concern(l.nationOptions()))
	})
}

// concern makes the second employee of the office administrator of all companies of
// the concern, and has the third read and write for all.
func (l *local) concern(tx *db.Tx, units []string) error {
	if len(units) == 0 {
		return nil
	}
	office, err := l.organisation(tx, units[0])
	if err != nil {
		return err
	}
	for _, unit := range units {
		for number, relations := range map[string][]access.Relation{
			"1002": {access.Administrator, access.EmployeeAdvanced, access.EmployeeBasic}, "1003": {access.EmployeeWrite},
		} {
			m, err := l.core.Registry.MemberByNumber(tx, office.ID, number)
			if errors.Is(err, registry.ErrNoMember) {
				continue // a nation of so few
			}
			for _, r := range relations {
				if err == nil {
					err = l.give(tx, m, r, unit)
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// give gives an employee a right to an organisation's mailbox, "" for a role of
// staff.
func (l *local) give(tx *db.Tx, m registry.Member, relation access.Relation, cvr string) error {
	one := rights.Right{Holder: m.Person, Organisation: m.Organisation, Relation: relation}
	if cvr != "" {
		to, err := l.organisation(tx, cvr)
		if err != nil {
			return err
		}
		one.Mailbox = to.ID
	}
	_, err := l.core.Rights.Give(tx, post.Program, 0, one)
	if errs.CodeOf(err) == rights.CodeExists {
		return nil
	}
	return err
}
