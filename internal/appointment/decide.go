package appointment

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// All are the applications that a system manager sees: the open ones, or those in
// which a right was given and not ended, or all others; the oldest first.
func (c *Appointments) All(ctx context.Context, actor post.Actor, state State) (all []Application, err error) {
	err = c.desk.Look(ctx, func(tx *db.Tx) (err error) {
		if err = c.desk.Lists(tx, actor); err == nil {
			all, err = c.rows(tx, "state = $1 AND state <> $2", state, Draft)
		}
		return err
	})
	return all, err
}

// Seen are the applications in some states that somebody sees, the newest first: their
// own, and a system manager everybody's. Their documents are left out.
func (c *Appointments) Seen(ctx context.Context, actor post.Actor, states ...State) (all []Application, err error) {
	err = c.desk.DB.Read(ctx, func(tx *db.Tx) error {
		manages, err := c.manages(tx, actor)
		if err != nil {
			return err
		}
		for _, state := range states {
			where, args := "state = $1 AND applicant = $2 AND organisation = $3", []any{state, actor.Party, actor.Organisation}
			if manages && state != Draft {
				where, args = "state = $1", args[:1]
			}
			some, err := c.rows(tx, where, args...)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Application) int { return cmp.Or(b.Made.Compare(a.Made), bytes.Compare(b.ID[:], a.ID[:])) })
	return all, err
}

// manages tells whether somebody sees everybody's applications. It is for who has not
// asked for those of others: no refusal is written down.
func (c *Appointments) manages(tx *db.Tx, actor post.Actor) (bool, error) {
	err := c.desk.Lists(tx, actor)
	if err != nil && (errs.KindOf(err) == errs.KindForbidden || errs.KindOf(err) == errs.KindNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Held is a right in force that an application gave.
type Held struct {
	rights.Right
	Application
	Issuer registry.Party
}

// Held are those that a person, or an employee, has: their own, and for a system manager
// anybody's. It is empty for others.
func (c *Appointments) Held(ctx context.Context, actor post.Actor, grantee post.UUID) (all []Held, err error) {
	err = c.desk.DB.Read(ctx, func(tx *db.Tx) error {
		var who registry.Member
		found, err := c.desk.Registry.PartyByUUID(tx, grantee)
		if who.Person = found.ID; err != nil && errs.KindOf(err) == errs.KindNotFound {
			who, err = c.desk.Registry.MemberByID(tx, grantee)
		}
		if err != nil {
			if errs.KindOf(err) == errs.KindNotFound {
				err = nil
			}
			return err
		}
		given, err := c.rows(tx, "state = $1 AND applicant = $2 AND organisation = $3", Approved, who.Person, who.Organisation)
		if err != nil || len(given) == 0 {
			return err
		}
		manages, err := c.manages(tx, actor)
		if err != nil {
			return err
		}
		for _, a := range given {
			if !manages && !a.By(actor) || a.Relation == access.Administrator { // who is an administrator is among the employees
				continue
			}
			right, err := c.desk.Rights.Get(tx, a.right)
			if errors.Is(err, rights.ErrUnknown) || err == nil && right.Over(tx.Now) {
				continue
			}
			if err != nil {
				return err
			}
			issuer, err := c.desk.Registry.Party(tx, right.GivenBy)
			if err != nil {
				return err
			}
			all = append(all, Held{right, a, issuer})
		}
		return nil
	})
	return all, err
}

// sees tells whether somebody may see an application: who made it, and a system manager
// what was put in.
func (c *Appointments) sees(tx *db.Tx, actor post.Actor, a Application) error {
	switch {
	case a.By(actor):
		return nil
	case a.State == Draft:
		return agency.ErrUnknown
	}
	_, err := c.desk.Sees(tx, actor, a.About)
	return err
}

// Get is one application, for its applicant and for a system manager.
func (c *Appointments) Get(ctx context.Context, actor post.Actor, id post.UUID) (a Application, err error) {
	err = c.desk.Look(ctx, func(tx *db.Tx) (err error) {
		if a, err = c.one(tx, id); err == nil {
			err = c.sees(tx, actor, a)
		}
		return err
	})
	return a, err
}

// Content is a document of an application, for a system manager and for who put it
// in. Close it.
func (c *Appointments) Content(ctx context.Context, actor post.Actor, id post.UUID, place int) (file File, content *blob.Reader, err error) {
	err = c.desk.Look(ctx, func(tx *db.Tx) error {
		a, err := c.one(tx, id)
		if err == nil {
			err = c.sees(tx, actor, a)
		}
		if err == nil {
			file, content, err = c.desk.Open(tx, a.Request, place)
		}
		return err
	})
	return file, content, err
}

// Decision is what a system manager decides.
type Decision struct {
	Approve bool
	Reason  string    // which the applicant is told
	LastDay time.Time // of the right, a Danish day; the zero time for no end
}

// Decide approves or rejects an application; version is the one that was seen, 0 for
// any. The right is in force when it returns.
func (c *Appointments) Decide(ctx context.Context, actor post.Actor, id post.UUID, version int64, d Decision) (Application, error) {
	return c.manage(ctx, actor, id, d.Reason, func(tx *db.Tx, a *Application, via access.Relation) error {
		if err := a.Meets(version, Submitted); err != nil {
			return err
		}
		a.State = Rejected
		name := audit.AccessRequestRejected
		if d.Approve {
			a.Called = a.About.Name
			if err := c.give(tx, actor, via, a, d.LastDay); err != nil {
				return err
			}
			name = audit.AccessRequestApproved
		}
		if err := c.save(tx, actor, a); err != nil {
			return err
		}
		if err := c.tell(tx, actor, via, name, *a); err != nil {
			return err
		}
		if err := c.desk.Intake.Write(tx, decided(*a), a.Applicant.ID); err != nil || !d.Approve {
			return err
		}
		return c.desk.Intake.Write(tx, appointed(*a), a.About.ID)
	})
}

// give puts the right in force.
func (c *Appointments) give(tx *db.Tx, actor post.Actor, via access.Relation, a *Application, last time.Time) error {
	a.State = Approved
	if a.Ends = post.DayAfter(last); !a.Ends.IsZero() && !tx.Now.Before(a.Ends) {
		return errs.Invalid(CodeLastDay, "privilegeEndDate", "the last day is over")
	}
	one := rights.Right{Mailbox: a.About.ID, Holder: a.Applicant.ID, Organisation: a.Organisation.ID, Relation: a.Relation, Origin: rights.Appointed, To: a.Ends}
	if a.Relation == access.Administrator { // an employee there, whatever they applied as
		one.Organisation = a.About.ID
		if err := c.vacant(tx, a.About, a.Applicant.ID); err != nil {
			return err
		}
		for _, more := range rights.WithAdministrator {
			with := one
			with.Relation = more
			if _, err := c.desk.Rights.Give(tx, actor, via, with); err != nil && errs.CodeOf(err) != rights.CodeExists {
				return err
			}
		}
	}
	right, err := c.desk.Rights.Give(tx, actor, via, one)
	a.right = right.ID
	return err
}

// take ends the right that an application gave. With that of an administrator goes all
// that they have got to the post since they were appointed, by themselves or with a group:
// else the agency would end what it gave, and leave them what they made of it.
func (c *Appointments) take(tx *db.Tx, actor post.Actor, via access.Relation, a *Application) error {
	given := []post.UUID{a.right}
	if a.Relation == access.Administrator {
		held, err := c.desk.Rights.Of(tx, a.Applicant.ID, a.About.ID)
		if err != nil {
			return err
		}
		for _, r := range held {
			if r.Mailbox == a.About.ID && !r.Created.Before(a.Decided) && r.ID != a.right {
				given = append(given, r.ID)
			}
		}
		if err := c.part(tx, actor, via, a); err != nil {
			return err
		}
	}
	for _, id := range given {
		if _, err := c.desk.Rights.End(tx, actor, via, id, 0); err != nil && !errors.Is(err, rights.ErrUnknown) {
			return err
		}
	}
	return nil
}

// part takes an administrator out of the groups that have got a right to the post, or
// them as a member, since they were appointed.
func (c *Appointments) part(tx *db.Tx, actor post.Actor, via access.Relation, a *Application) error {
	groups, err := c.desk.Rights.GroupsOf(tx, a.About.ID, a.Applicant.ID)
	if err != nil {
		return err
	}
	since := func(t time.Time) bool { return !t.Before(a.Decided) }
	for _, g := range groups {
		held, err := c.desk.Rights.GroupRights(tx, g.ID)
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(r rights.GroupRight) bool { return r.Mailbox != a.About.ID })
		if len(held) == 0 {
			continue
		}
		members, err := c.desk.Rights.GroupMembers(tx, g.ID)
		if err != nil {
			return err
		}
		joined := slices.ContainsFunc(members, func(m rights.GroupMember) bool { return m.Person == a.Applicant.ID && since(m.Created) })
		if !joined && !slices.ContainsFunc(held, func(r rights.GroupRight) bool { return since(r.Created) }) {
			continue
		}
		if err := c.desk.Rights.Part(tx, actor, via, g.ID, a.Applicant.ID); err != nil {
			return err
		}
	}
	return nil
}

// End ends the right that an application gave, at once.
func (c *Appointments) End(ctx context.Context, actor post.Actor, id post.UUID, version int64, reason string) (Application, error) {
	return c.manage(ctx, actor, id, reason, func(tx *db.Tx, a *Application, via access.Relation) error {
		if err := a.Meets(version, Approved); err != nil {
			return err
		}
		if err := c.take(tx, actor, via, a); err != nil {
			return err
		}
		a.State, a.right = Ended, post.UUID{}
		if err := c.save(tx, actor, a); err != nil {
			return err
		}
		if err := c.tell(tx, actor, via, audit.AccessRequestRevoked, *a); err != nil {
			return err
		}
		return c.desk.Intake.Write(tx, ended(*a), a.Applicant.ID, a.About.ID)
	})
}

// manage runs fn on an application for who decides on it.
func (c *Appointments) manage(ctx context.Context, actor post.Actor, id post.UUID, reason string, fn func(tx *db.Tx, a *Application, via access.Relation) error) (Application, error) {
	reason, err := agency.Reason(reason)
	if err != nil {
		return Application{}, err
	}
	var a Application
	err = c.desk.Work(ctx, func(tx *db.Tx) (err error) {
		if a, err = c.one(tx, id); err == nil && a.State == Draft {
			err = agency.ErrUnknown
		}
		if err != nil {
			return err
		}
		via, err := c.desk.Decides(tx, actor, a.Request)
		if err != nil {
			return err
		}
		a.Reason = reason
		return fn(tx, &a, via)
	})
	return a, err
}
