package rights

import (
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Held is what somebody holds to a mailbox, as access wants to know it.
type Held struct {
	Grants []access.Grant
	// Administered tells that the organisation has a rights administrator. It is
	// found out for a signatory only, to whom it matters.
	Administered bool
	// Unused are the grants that were not used yet today.
	Unused map[post.UUID]bool
}

// Grants is what an actor holds to a mailbox in the name in which they act. The
// right to one's own mailbox needs no grant.
func (r *Rights) Grants(tx *db.Tx, actor post.Actor, mailbox post.PartyID) (Held, error) {
	if actor.Party == 0 || actor.Party == mailbox && actor.Organisation == 0 {
		return Held{}, nil
	}
	if able, err := r.able(tx, actor); err != nil || !able {
		return Held{}, err
	}
	all, err := r.stored(tx, actor, "mailbox IN ($3, 0)", mailbox)
	if err != nil {
		return Held{}, err
	}
	held := Held{Unused: map[post.UUID]bool{}}
	today := post.StartOfDay(post.Today(tx.Now).Date())
	for _, one := range all {
		held.Grants = append(held.Grants, one.grant())
		if one.Used.Before(today) {
			held.Unused[one.ID] = true
		}
	}
	signs, err := r.signs(tx, actor, mailbox)
	if err != nil || !signs {
		return held, err
	}
	held.Grants = append(held.Grants, signatory(actor))
	held.Administered, err = r.Administered(tx, mailbox)
	return held, err
}

// Facts are what access decides on where an owner's mailbox is not opened: their
// rights are given and ended whether it has post or not.
func (r *Rights) Facts(tx *db.Tx, actor post.Actor, owner registry.Party) (access.Facts, error) {
	held, err := r.Grants(tx, actor, owner.ID)
	return access.Facts{Mailbox: owner.ID, Status: StatusOf(owner, tx.Now), Administered: held.Administered, Grants: held.Grants}, err
}

// StatusOf is what access knows of a mailbox's owner.
func StatusOf(owner registry.Party, now time.Time) access.Status {
	switch owner.Refusal(now, false) {
	case registry.CodeClosed:
		if owner.Kind == post.Person {
			return access.StatusDead
		}
		return access.StatusCeased
	case registry.CodeExempt:
		return access.StatusExempt
	}
	return access.StatusActive
}

// All is what an actor holds in the name in which they act, by mailbox.
func (r *Rights) All(tx *db.Tx, actor post.Actor) (map[post.PartyID][]access.Grant, error) {
	all := map[post.PartyID][]access.Grant{}
	if able, err := r.able(tx, actor); actor.Party == 0 || err != nil || !able {
		return all, err
	}
	stored, err := r.stored(tx, actor, "mailbox <> 0")
	if err != nil {
		return nil, err
	}
	for _, one := range stored {
		all[one.Mailbox] = append(all[one.Mailbox], one.grant())
	}
	of, err := r.registry.MemberOf(tx, actor.Party)
	for _, m := range of {
		if m.Signs && (actor.Organisation == 0 || actor.Organisation == m.Organisation) {
			all[m.Organisation] = append(all[m.Organisation], signatory(actor))
		}
	}
	return all, err
}

// stored are the rights of an actor and of the groups they are in, of the mailboxes
// that where says; its parameters begin at 3.
func (r *Rights) stored(tx *db.Tx, actor post.Actor, where string, args ...any) ([]Right, error) {
	args = append([]any{actor.Party, actor.Organisation}, args...)
	all, err := r.collect(tx, "holder = $1 AND organisation = $2 AND "+where, args...)
	if err != nil || actor.Organisation == 0 {
		return all, err
	}
	rows, err := tx.Query(`SELECT p.id, p.mailbox, p.relation, p.begins, p.ends, p.given_by, p.created, p.version FROM identity_grantee e
		JOIN identity_privilege p ON p.identity_group = e.identity_group WHERE e.person = $1 AND e.organisation = $2 AND p.`+where+" ORDER BY p.created, p.id", args...)
	groups, err := db.Collect(rows, err, func(rows *db.Rows) (Right, error) {
		one := Right{Holder: actor.Party, Organisation: actor.Organisation, Origin: SelfService, Used: tx.Now}
		var relation string
		err := rows.Scan(&one.ID, &one.Mailbox, &relation, db.Time(&one.From), db.Time(&one.To), &one.GivenBy, db.Time(&one.Created), &one.Version)
		if err == nil {
			one.Relation, err = access.ParseRelation(relation)
		}
		return one, err
	})
	return append(all, groups...), err
}

// able tells that an actor is alive, and still employed where they act for an
// employer: a session or token may outlive both.
func (r *Rights) able(tx *db.Tx, actor post.Actor) (bool, error) {
	if actor.Organisation != 0 {
		return r.registry.Employed(tx, actor.Organisation, actor.Party)
	}
	person, err := r.registry.Party(tx, actor.Party)
	if errs.KindOf(err) == errs.KindNotFound && err != nil {
		return false, nil
	}
	return err == nil && person.Status != registry.Dead, err
}

// signs tells that an actor signs for the mailbox's organisation alone: with their
// private log-in, or with that organisation's (ORG-03).
func (r *Rights) signs(tx *db.Tx, actor post.Actor, mailbox post.PartyID) (bool, error) {
	if actor.Organisation != 0 && actor.Organisation != mailbox {
		return false, nil
	}
	m, err := r.registry.Member(tx, mailbox, actor.Party)
	if notMember(err) {
		return false, nil
	}
	return m.Signs, err
}

func signatory(actor post.Actor) access.Grant {
	return access.Grant{Relation: access.Signatory, Holder: actor.Party, Organisation: actor.Organisation, Approved: true}
}

// Administered tells whether an organisation has a rights administrator: one whose
// right is in force and who still works there. Until then the signatory is.
func (r *Rights) Administered(tx *db.Tx, organisation post.PartyID) (bool, error) {
	all, err := r.Administrators(tx, organisation)
	return len(all) > 0, err
}

// Governed tells whether anybody gives rights to an organisation's post: a rights
// administrator, or until one is named who signs for it alone.
func (r *Rights) Governed(tx *db.Tx, organisation post.PartyID) (bool, error) {
	governed, err := r.Administered(tx, organisation)
	if err != nil || governed {
		return governed, err
	}
	return r.registry.Signed(tx, organisation)
}

// Administrators are an organisation's rights administrators, by a right of their own
// or a group's: whose right is in force and who still work there. One who is so twice
// is there twice.
func (r *Rights) Administrators(tx *db.Tx, organisation post.PartyID) ([]Right, error) {
	all, err := r.collect(tx, "mailbox = $1 AND relation = $2", organisation, access.Administrator.String())
	if err != nil {
		return nil, err
	}
	groups, err := r.administering(tx, organisation)
	if err != nil {
		return nil, err
	}
	var active []Right
	for _, one := range append(all, groups...) {
		works, err := r.registry.Employed(tx, one.Organisation, one.Holder)
		if err != nil {
			return nil, err
		}
		if works && one.inForce(tx.Now) {
			active = append(active, one)
		}
	}
	return active, nil
}

func (r Right) inForce(now time.Time) bool { return !now.Before(r.From) && !r.Over(now) }
