package staff

import (
	"context"
	"fmt"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Sight is what staff see of a citizen.
type Sight struct {
	Case    Case
	Citizen registry.Party
	CPR     post.CPR
	Address registry.Address
	// Lives tells that the employer decides on this citizen's registration: the
	// municipality in which they live.
	Lives bool
	// Registration is the one in force.
	Registration registry.Registration
	MayEnrol     bool
	MayExempt    bool
	// May tells what of the case the employee may do.
	May func(action access.Action) bool
	// Given are others' accesses to the citizen's post, Held the citizen's to others'.
	Given, Held []Access
	// Applications are those at this municipality, the newest first.
	Applications []Application
}

// Access is a right of one person to another's post, as staff see it.
type Access struct {
	rights.Right
	Name string // of the other side
	Over bool
}

// shown are the relations that staff see and remove. Private post is none of theirs
// (REG-03, ACC-09).
const shown = access.Writer | access.Reader | access.SenderReader

// See shows the citizen of an open case.
func (c *Counter) See(ctx context.Context, actor post.Actor, id post.UUID) (Sight, error) {
	var out Sight
	err := c.look(ctx, actor, id, access.MailboxLookup, func(s *sight) error {
		p := s.citizen
		now := p.EffectiveRegistration(s.tx.Now)
		out = Sight{Case: s.Case, Citizen: p, Registration: now, MayEnrol: p.MayEnrol(s.tx)}
		roles := s.desk
		out.May = func(action access.Action) bool { return roles.may(action, p).Allowed }
		out.MayExempt = p.Refusal(s.tx.Now, true) == "" && now != registry.ExemptOther && now != registry.ExemptLeft
		var err error
		if out.CPR, err = c.config.Registry.CPR(p); err != nil {
			return err
		}
		if out.Address, err = c.config.Registry.Address(s.tx, p.ID); err != nil {
			return err
		}
		out.Lives = s.decides() == nil
		if out.Given, out.Held, err = s.accesses(); err != nil {
			return err
		}
		out.Applications, err = s.applications()
		return err
	})
	return out, err
}

// accesses are the rights of either side.
func (s *sight) accesses() (given, held []Access, err error) {
	to, err := s.config.Rights.To(s.tx, s.citizen.ID)
	if err != nil {
		return nil, nil, err
	}
	of, err := s.config.Rights.Of(s.tx, s.citizen.ID, 0)
	if err != nil {
		return nil, nil, err
	}
	name := func(r rights.Right, id post.PartyID, into *[]Access) error {
		if r.Relation&shown == 0 {
			return nil
		}
		p, err := s.config.Registry.Party(s.tx, id)
		*into = append(*into, Access{r, p.Name, r.Over(s.tx.Now)})
		return err
	}
	for _, r := range to {
		if err := name(r, r.Holder, &given); err != nil {
			return nil, nil, err
		}
	}
	for _, r := range of {
		if err := name(r, r.Mailbox, &held); err != nil {
			return nil, nil, err
		}
	}
	return given, held, nil
}

// CodeResidence says that another municipality decides.
const CodeResidence = "staff.other.municipality"

// decides tells, by nil, that the employer decides on the citizen's registration.
func (s *sight) decides() error {
	address, err := s.config.Registry.Address(s.tx, s.citizen.ID)
	if err != nil {
		return err
	}
	if address.Municipality == "" {
		return nil
	}
	number, err := s.config.Registry.Number(s.Employer)
	if err != nil {
		return err
	}
	if number.Digits != address.Municipality {
		return errs.New(errs.KindForbidden, CodeResidence, "the municipality in which the citizen lives decides")
	}
	return nil
}

// CodeSelf says that an employee would decide on an access of their own.
const CodeSelf = "staff.own.access"

var errSelf = errs.New(errs.KindForbidden, CodeSelf, "nobody decides on an access to or of themselves")

// RemoveAccess ends an access to or of the citizen of a case, at once (ACC-10). Both
// sides are told. version is the one that the asker saw, 0 for any.
func (c *Counter) RemoveAccess(ctx context.Context, actor post.Actor, id, right post.UUID, version int64) error {
	return c.work(ctx, actor, id, access.AccessManageOnBehalf, func(s *sight) error {
		one, err := c.config.Rights.Get(s.tx, right)
		if err != nil {
			return err
		}
		if one.Relation&shown == 0 || one.Mailbox != s.citizen.ID && (one.Holder != s.citizen.ID || one.Organisation != 0) {
			return rights.ErrUnknown
		}
		if one.Mailbox == actor.Party || one.Holder == actor.Party {
			return s.refuse(one.Mailbox, access.AccessManageOnBehalf.String(), CodeSelf, errSelf)
		}
		owner, err := c.config.Registry.Party(s.tx, one.Mailbox)
		if err != nil {
			return err
		}
		via, err := s.check(access.AccessManageOnBehalf, owner) // about whose post it is
		if err != nil {
			return err
		}
		holder, err := c.config.Registry.Party(s.tx, one.Holder)
		if err != nil {
			return err
		}
		if _, err := c.config.Rights.End(s.tx, actor, via, right, version); err != nil {
			return err
		}
		if err := s.tellHolder(audit.ReadAccessDeleted, one.Holder, right, via); err != nil {
			return err
		}
		if err := s.writeAlone(owner, removedFrom(s.Employer, holder)); err != nil {
			return err
		}
		return s.writeAlone(holder, removedOf(s.Employer, owner))
	})
}

// tellHolder writes an event into the log of who gets or loses an access: rights
// writes that in the log of whose post it is.
func (s *sight) tellHolder(name audit.Name, holder post.PartyID, right post.UUID, via access.Relation) error {
	return audit.Append(s.tx, audit.Event{Name: name, Mailbox: holder, Actor: s.actor, Via: via.String(), Props: []audit.Prop{audit.ID(audit.Access, right)}})
}

// Register has the citizen of a case receive post digitally who need not (REG-01),
// and ends an exemption (REG-02).
func (c *Counter) Register(ctx context.Context, actor post.Actor, id post.UUID) error {
	return c.work(ctx, actor, id, access.RegistrationManage, func(s *sight) error {
		if err := s.decides(); err != nil {
			return s.refuse(s.citizen.ID, access.RegistrationManage.String(), CodeResidence, err)
		}
		return s.enrol()
	})
}

// enrol registers the citizen, and ends the exemption that was decided on.
func (s *sight) enrol() error {
	before := s.citizen.EffectiveRegistration(s.tx.Now)
	if err := s.config.Registry.Enrol(s.tx, s.actor, s.via, s.citizen.ID); err != nil {
		return err
	}
	if _, err := s.tx.Exec("UPDATE staff_application SET state = $1, version = version + 1 WHERE citizen = $2 AND kind = $3 AND state = $4",
		Ended, s.citizen.ID, Exemption, Approved); err != nil {
		return err
	}
	var err error
	if s.citizen, err = s.config.Registry.Party(s.tx, s.citizen.ID); err != nil {
		return err
	}
	return s.write(s.citizen, registered(s.Employer, before == registry.ExemptOther || before == registry.ExemptLeft))
}

// until is a last day in words.
func until(to time.Time) (da, en string) {
	if to.IsZero() {
		return "Adgangen udløber aldrig.", "The access never expires."
	}
	day := post.LastDay(to)
	return fmt.Sprintf("Adgangen gælder til og med den %s.", post.DateText(day, false)), fmt.Sprintf("The access holds until the end of %s.", post.DateText(day, true))
}
