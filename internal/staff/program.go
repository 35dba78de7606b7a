package staff

import (
	"context"
	"errors"
	"time"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// A municipality's own program works for an employee with a token, without the pages
// (API, /exemptions/). Each call is a case of its own, which the citizen sees. The
// signed form is kept in that program; where a power of attorney was used another
// employee decides all the same, at the counter.

// ByProgramMonths is how many months back unread letters go on paper where the
// program asks for that.
const ByProgramMonths = 3

// Exempted is an exemption as a program sees it.
type Exempted struct {
	Application
	CPR       post.CPR
	ToName    string
	ToAddress []string
	Forward   bool // unread letters go on paper
	By        registry.Party
}

// ExemptCommand is what a program says of an exemption.
type ExemptCommand struct {
	CPR       post.CPR
	ToName    string
	ToAddress []string
	Forward   bool
	Proxy     bool
}

// CodeProcessed says that an exemption is in force already, and is changed no more.
const CodeProcessed = "exemption.processed"

var errExemption = errs.NotFound("exemption.unknown")

// passing opens and closes a case on whom find finds, and then runs fn in it. The case
// is a transaction of its own: that the citizen was looked at stays written down, and
// counts, also where the answer is no, which tells of them too.
func (c *Counter) passing(ctx context.Context, actor post.Actor, find func(d *desk) (registry.Party, error), fn func(s *sight) error) error {
	var one Case
	err := c.update(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		if err != nil {
			return err
		}
		citizen, err := find(d)
		if err != nil {
			return err
		}
		if citizen.ID == actor.Party {
			return d.refuse(citizen.ID, access.ExemptionManage.String(), CodeOwn, errOwn)
		}
		if _, err := d.check(access.ExemptionManage, citizen); err != nil {
			return err
		}
		if one, err = d.open(citizen, ByProgram, "API"); err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE staff_case SET closed = $1 WHERE id = $2", tx.Now, one.ID)
		return err
	})
	if err != nil {
		return err
	}
	return c.update(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		if err != nil {
			return err
		}
		citizen, err := c.config.Registry.Party(tx, one.Citizen)
		if err != nil {
			return err
		}
		via, err := d.check(access.ExemptionManage, citizen)
		if err != nil {
			return err
		}
		return fn(&sight{d, one, citizen, via})
	})
}

// ExemptByProgram exempts a person. With a power of attorney it waits for another
// employee.
func (c *Counter) ExemptByProgram(ctx context.Context, actor post.Actor, q ExemptCommand) (Exempted, error) {
	var out Exempted
	err := c.passing(ctx, actor, func(d *desk) (registry.Party, error) {
		if _, err := d.check(access.ExemptionManage, d.Employer); err != nil { // before anybody is looked up
			return registry.Party{}, err
		}
		if err := d.mayLook(); err != nil {
			return registry.Party{}, err
		}
		citizen, err := c.config.Registry.PersonByCPR(d.tx, q.CPR)
		if errs.KindOf(err) == errs.KindNotFound {
			err = errs.Invalid(registry.CodeUnknown, "cprNumber", "nobody has this number")
		}
		return citizen, err
	}, func(s *sight) error {
		f := ForExempt{Ground: "other", Text: "API", ToName: q.ToName, ToAddress: q.ToAddress}
		if q.Proxy {
			f.Bearer = "API"
		}
		if q.Forward {
			f.Since = s.tx.Now.AddDate(0, -ByProgramMonths, 0)
		}
		a, err := s.applyExemption(f)
		if err != nil {
			return err
		}
		a.Program, a.Signed = true, true
		if a.Proxy {
			err = s.rewrite(&a)
		} else {
			err = s.approve(&a)
		}
		if err != nil {
			return err
		}
		out, err = s.exempted(a)
		return err
	})
	return out, err
}

// rewrite stores what of an open application has changed.
func (s *sight) rewrite(a *Application) error {
	a.Version++
	plain, err := cbor.Marshal(a.details)
	if err != nil {
		return err
	}
	_, err = s.tx.Exec("UPDATE staff_application SET version = $1, sealed = $2 WHERE id = $3", a.Version, s.seal(plain, a.ID), a.ID)
	return err
}

func (s *sight) exempted(a Application) (Exempted, error) {
	out := Exempted{Application: a, ToName: a.ToName, ToAddress: a.ToAddress, Forward: !a.Since.IsZero(), By: s.Employer}
	var err error
	if out.CPR, err = s.config.Registry.CPR(s.citizen); err != nil {
		return out, err
	}
	if out.ToName == "" {
		out.ToName = s.citizen.Name
	}
	if len(out.ToAddress) == 0 {
		address, err := s.config.Registry.Address(s.tx, s.citizen.ID)
		if err != nil {
			return out, err
		}
		out.ToAddress = address.Lines()
	}
	return out, nil
}

// byProgram runs fn for an exemption of the asker's municipality that is open or in
// force.
func (c *Counter) byProgram(ctx context.Context, actor post.Actor, id post.UUID, version int64, fn func(s *sight, a *Application) error) (Exempted, error) {
	find := func(d *desk, lock string) (Application, error) {
		a, err := d.scanApplication(d.tx.QueryRow("SELECT "+applicationColumns+" FROM staff_application WHERE id = $1 AND organisation = $2 AND kind = $3"+lock, id, actor.Organisation, Exemption))
		if errors.Is(err, db.ErrNoRows) || err == nil && a.State != Opened && a.State != Approved {
			err = d.refuse(0, access.ExemptionManage.String(), errExemption.Code, errExemption)
		}
		return a, err
	}
	var out Exempted
	err := c.passing(ctx, actor, func(d *desk) (registry.Party, error) {
		a, err := find(d, "")
		if err != nil {
			return registry.Party{}, err
		}
		return c.config.Registry.Party(d.tx, a.Citizen)
	}, func(s *sight) error {
		a, err := find(s.desk, s.tx.ForUpdate())
		if err != nil {
			return err
		}
		if version != 0 && version != a.Version {
			return errs.ErrStale
		}
		if err := s.named(&a); err != nil {
			return err
		}
		if err := fn(s, &a); err != nil {
			return err
		}
		out, err = s.exempted(a)
		return err
	})
	return out, err
}

// ExemptionByProgram is an exemption that is applied for or in force.
func (c *Counter) ExemptionByProgram(ctx context.Context, actor post.Actor, id post.UUID) (Exempted, error) {
	return c.byProgram(ctx, actor, id, 0, func(*sight, *Application) error { return nil })
}

// ChangeByProgram changes where paper goes and whether unread letters do, as long as
// the exemption is not in force. The person, and who decides, stay.
func (c *Counter) ChangeByProgram(ctx context.Context, actor post.Actor, id post.UUID, version int64, q ExemptCommand) (Exempted, error) {
	return c.byProgram(ctx, actor, id, version, func(s *sight, a *Application) error {
		number, err := s.config.Registry.CPR(s.citizen)
		if err != nil {
			return err
		}
		switch {
		case a.State != Opened:
			return errs.Invalid(CodeProcessed, "exemptionStatus", "the exemption is in force; withdraw it")
		case q.CPR != number:
			return errs.Invalid("exemption.person", "cprNumber", "an exemption stays the same person's")
		case q.Proxy != a.Proxy:
			return errs.Invalid("exemption.proxy", "exemptByProxy", "who brought the form does not change")
		}
		a.ToName, a.ToAddress, a.Since = q.ToName, q.ToAddress, time.Time{}
		if q.Forward {
			a.Since = s.tx.Now.AddDate(0, -ByProgramMonths, 0)
		}
		return s.rewrite(a)
	})
}

// WithdrawByProgram ends an exemption, or takes back one that is not in force.
func (c *Counter) WithdrawByProgram(ctx context.Context, actor post.Actor, id post.UUID, version int64) error {
	_, err := c.byProgram(ctx, actor, id, version, func(s *sight, a *Application) error {
		if a.State == Opened {
			a.Reason = "Trukket tilbage / Withdrawn"
			return s.decided(a, Declined, audit.ExemptionRejected)
		}
		if err := s.decides(); err != nil {
			return s.refuse(a.Citizen, access.ExemptionManage.String(), CodeResidence, err)
		}
		return s.enrol()
	})
	return err
}
