// Package company is what the rights portal can do: a rights administrator sees an
// organisation's employees, gives and ends their rights to its post, one by one, by
// group, for many units at once or by a list; employees ask for rights (ORG-01,
// SYS-10). What a right opens is for package access; the rights in force lie with
// package rights, and who is employed with package registry.
//
// A unit is an organisation whose rights somebody administers: as its rights
// administrator, or by signing for it alone until one is named. The last rights
// administrator without an end date can neither be removed nor given one, by
// whatever way (see guard): an organisation that has administrators keeps one until
// the register ends their employment (last.go).
//
// It owns rights_request, rights_draft and rights_notice. All that it changes is one
// serializable transaction, so that two who remove each other at once do not both
// succeed.
package company

import (
	"context"
	"slices"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Companies is the capability.
type Companies struct {
	db       *db.DB
	keys     *keys.Ring
	registry *registry.Registry
	rights   *rights.Rights
	letters  *intake.Intake
}

// New makes the capability on a migrated database.
func New(d *db.DB, ring *keys.Ring, people *registry.Registry, held *rights.Rights, letters *intake.Intake) *Companies {
	c := &Companies{d, ring, people, held, letters}
	held.OnDeserted(c.deserted)
	return c
}

// Relations are the rights of employees, the widest to read first.
var Relations = []access.Relation{access.EmployeeBasic, access.EmployeeAdvanced, access.EmployeeWrite, access.Administrator}

const employees = access.EmployeeBasic | access.EmployeeAdvanced | access.EmployeeWrite | access.Administrator

// reading are the relations by which post is read in the portal of companies.
const reading = access.Signatory | access.EmployeeBasic | access.EmployeeAdvanced | access.EmployeeWrite

// Unit is an organisation whose rights somebody administers.
type Unit struct {
	registry.Party
	CVR post.CVR
	// Via is the relation by which they do.
	Via access.Relation
	// Administered tells that it has named a rights administrator. Until then the one
	// who signs alone is.
	Administered bool
}

// side is the work of one actor in a transaction.
type side struct {
	*Companies
	tx    *db.Tx
	actor post.Actor
	// manages is what administering a unit is to access: seeing the rights in it, or
	// changing them.
	manages access.Action
	all     map[post.PartyID]Unit // managed's answer
	reads   bool                  // managed has found a right to read
}

func (c *Companies) look(ctx context.Context, actor post.Actor, fn func(*side) error) error {
	return audit.Remember(ctx, c.db, c.db.Read(ctx, func(tx *db.Tx) error { return fn(&side{Companies: c, tx: tx, actor: actor, manages: access.RightsSee}) }))
}

func (c *Companies) work(ctx context.Context, actor post.Actor, fn func(*side) error) error {
	return audit.Remember(ctx, c.db, c.db.Update(ctx, func(tx *db.Tx) error {
		return fn(&side{Companies: c, tx: tx, actor: actor, manages: access.RightsManage})
	}))
}

// may asks access about an action on an organisation. One that is not there is asked
// about like any other.
func (s *side) may(id post.UUID, action access.Action) (Unit, error) {
	owner, err := s.registry.PartyByUUID(s.tx, id)
	if err != nil && errs.KindOf(err) != errs.KindNotFound {
		return Unit{}, err
	}
	return s.mayAt(owner, action)
}

func (s *side) mayAt(owner registry.Party, action access.Action) (Unit, error) {
	facts, err := s.rights.Facts(s.tx, s.actor, owner)
	if err != nil {
		return Unit{}, err
	}
	d := access.Check(s.actor, action, access.Resource{Mailbox: owner.ID}, facts, s.tx.Now)
	if !d.Allowed || owner.Kind != post.Organisation {
		if d.Allowed { // rights of employees are an organisation's
			d = access.Decision{}
		}
		return Unit{}, audit.Refuse(d.Err(), s.actor, owner.ID, post.UUID{}, action.String(), d.Reason.String())
	}
	return s.unit(owner, d.Via)
}

func (s *side) unit(owner registry.Party, via access.Relation) (Unit, error) {
	u := Unit{Party: owner, Via: via}
	var err error
	if u.CVR, err = s.registry.CVR(owner); err != nil {
		return u, err
	}
	u.Administered, err = s.rights.Administered(s.tx, owner.ID)
	return u, err
}

// managed are all units whose rights the actor administers.
func (s *side) managed() (map[post.PartyID]Unit, error) {
	if s.all != nil {
		return s.all, nil
	}
	grants, err := s.rights.All(s.tx, s.actor)
	if err != nil {
		return nil, err
	}
	var ids []post.PartyID
	for id, held := range grants {
		s.reads = s.reads || slices.ContainsFunc(held, func(g access.Grant) bool {
			return g.Relation&reading != 0 && !s.tx.Now.Before(g.From) && (g.To.IsZero() || s.tx.Now.Before(g.To))
		})
		if slices.ContainsFunc(held, func(g access.Grant) bool { return g.Relation&(access.Administrator|access.Signatory) != 0 }) {
			ids = append(ids, id)
		}
	}
	owners, err := s.registry.Parties(s.tx, ids)
	if err != nil {
		return nil, err
	}
	all := map[post.PartyID]Unit{}
	for id, owner := range owners {
		facts := access.Facts{Mailbox: id, Status: rights.StatusOf(owner, s.tx.Now), Grants: grants[id]}
		if slices.ContainsFunc(grants[id], func(g access.Grant) bool { return g.Relation == access.Signatory }) {
			if facts.Administered, err = s.rights.Administered(s.tx, id); err != nil {
				return nil, err
			}
		}
		d := access.Check(s.actor, s.manages, access.Resource{Mailbox: id}, facts, s.tx.Now)
		if !d.Allowed || owner.Kind != post.Organisation {
			continue
		}
		u := Unit{Party: owner, Via: d.Via, Administered: facts.Administered || d.Via == access.Administrator}
		if u.CVR, err = s.registry.CVR(owner); err != nil {
			return nil, err
		}
		all[id] = u
	}
	s.all = all
	return all, nil
}

// Units are all units whose rights an actor administers, in Danish order. It is
// empty for who administers none.
func (c *Companies) Units(ctx context.Context, actor post.Actor) ([]Unit, error) {
	var all []Unit
	err := c.look(ctx, actor, func(s *side) error {
		managed, err := s.managed()
		for _, u := range managed {
			all = append(all, u)
		}
		return err
	})
	slices.SortFunc(all, func(a, b Unit) int { return int(a.ID - b.ID) })
	registry.SortDanish(all, func(u Unit) string { return u.Name })
	return all, err
}

// Unit is one of them.
func (c *Companies) Unit(ctx context.Context, actor post.Actor, unit post.UUID) (Unit, error) {
	var u Unit
	err := c.look(ctx, actor, func(s *side) (err error) {
		u, err = s.may(unit, s.manages)
		return err
	})
	return u, err
}

// Desk is who works in the rights portal, and how much there is for them.
type Desk struct {
	Name     string
	Employer string // "" for who has logged in on their own behalf
	Units    int    // that they administer
	Reads    bool   // they may read the post of a company or association
}

// Desk is the actor's.
func (c *Companies) Desk(ctx context.Context, actor post.Actor) (Desk, error) {
	var d Desk
	err := c.look(ctx, actor, func(s *side) error {
		parties, err := s.registry.Parties(s.tx, []post.PartyID{actor.Party, actor.Organisation})
		if err != nil {
			return err
		}
		d.Name, d.Employer = parties[actor.Party].Name, parties[actor.Organisation].Name
		managed, err := s.managed()
		d.Units, d.Reads = len(managed), s.reads
		return err
	})
	return d, err
}

// employers are the organisations whose employees can be given rights to a unit:
// the unit's own, and those of the organisation in whose name the administrator has
// logged in.
func (s *side) employers(unit post.PartyID) []post.PartyID {
	if s.actor.Organisation != 0 && s.actor.Organisation != unit {
		return []post.PartyID{unit, s.actor.Organisation}
	}
	return []post.PartyID{unit}
}

// Log is a page of what was done with the rights to a unit's post, the newest first:
// what came before an event, nil for the newest.
func (c *Companies) Log(ctx context.Context, actor post.Actor, unit, before post.UUID, limit int) ([]activity.Entry, error) {
	var page []activity.Entry
	err := c.look(ctx, actor, func(s *side) error {
		if _, err := s.may(unit, s.manages); err != nil {
			return err
		}
		u, err := s.may(unit, access.LogRead)
		if err != nil {
			return err
		}
		found, err := audit.Find(s.tx, audit.Query{Mailbox: u.ID, Before: before, Kinds: []audit.Kind{audit.KindRights}, Limit: limit})
		if err != nil {
			return err
		}
		page, err = s.entries(found)
		return err
	})
	return page, err
}
