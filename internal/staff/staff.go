// Package staff is the counter (SYS-11): what employees of a municipality's citizen
// service do for a citizen who comes to them. They create and remove accesses
// (ACC-10, ACC-11), decide on exemptions (REG-02) and register who may but need not
// (REG-01). They never see post.
//
// What holds always:
//   - A role is a row of rights at every mailbox, used with an employee's log-in at
//     the counter: it ends with the row, and with the employment in the register.
//     A municipality has citizen service; only the agency that runs Digital Post has
//     system managers and support.
//   - An employee sees something of a citizen only in an open case, with a reason.
//     Opening one takes the citizen's number and name, is an event that the citizen
//     sees in their log, and is good for Open. Nobody opens one on themselves.
//   - An access or an exemption takes effect when its signed form is attached. Where
//     somebody else brings the form with a power of attorney, another employee of the
//     same municipality than the one who applied decides (four eyes). Nobody decides
//     on an access to themselves.
//   - On an exemption and a registration the municipality decides in which the
//     citizen lives, and any one where the register does not tell. With an access
//     every municipality helps: the owner's form decides, not the municipality.
//
// It owns staff_case and staff_application.
package staff

import (
	"context"
	"fmt"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Config is what a Counter works with.
type Config struct {
	DB        *db.DB
	Keys      *keys.Ring
	Blobs     *blob.Store
	Registry  *registry.Registry
	Rights    *rights.Rights
	Mailboxes *mailbox.Mailboxes
	Intake    *intake.Intake
	Print     *print.Printer
	// Operator is the organisation that runs Digital Post.
	Operator post.CVR
}

// Counter is the capability.
type Counter struct{ config Config }

// New makes the capability.
func New(c Config) *Counter { return &Counter{c} }

// Employee is who works at the counter.
type Employee struct {
	Name     string
	Title    string
	Employer registry.Party
	// Roles are those of access.CitizenService, SystemManager and Support that are in
	// force.
	Roles access.Relation
}

// CodeNoRole says that somebody has no role of staff, or no more.
const CodeNoRole = "staff.no.role"

var errNoRole = errs.New(errs.KindForbidden, CodeNoRole, "you have no role at the counter")

// Who is who asks. It is Forbidden with CodeNoRole for one without a role.
func (c *Counter) Who(ctx context.Context, actor post.Actor) (Employee, error) {
	var e Employee
	err := c.read(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		e = d.Employee
		return err
	})
	return e, err
}

// desk is an employee with a role, in a transaction.
type desk struct {
	*Counter
	Employee
	tx     *db.Tx
	actor  post.Actor
	grants []access.Grant
}

// desk finds an employee's roles: those of the rights in force that fit the employer.
func (c *Counter) desk(tx *db.Tx, actor post.Actor) (*desk, error) {
	d := &desk{Counter: c, tx: tx, actor: actor}
	if actor.Organisation == 0 {
		return d, errNoRole
	}
	var err error
	if d.Employer, err = c.config.Registry.Party(tx, actor.Organisation); err != nil {
		return d, err
	}
	held, err := c.config.Rights.Grants(tx, actor, actor.Organisation)
	if err != nil {
		return d, err
	}
	operator, err := c.operator(tx)
	if err != nil {
		return d, err
	}
	for _, g := range held.Grants {
		switch g.Relation {
		case access.CitizenService:
			if d.Employer.Authority != registry.Municipality || d.Employer.Status != registry.Active {
				continue
			}
		case access.SystemManager, access.Support:
			if actor.Organisation != operator {
				continue
			}
		default:
			continue
		}
		d.grants = append(d.grants, g)
	}
	for relation, does := range map[access.Relation]access.Action{
		access.CitizenService: access.AccessManageOnBehalf, access.SystemManager: access.AppointmentDecide, access.Support: access.SupportAnswer} {
		if d.may(does, d.Employer).Allowed {
			d.Roles |= relation
		}
	}
	if d.Roles == 0 {
		return d, errNoRole
	}
	m, err := c.config.Registry.Member(tx, actor.Organisation, actor.Party)
	d.Name, d.Title = m.Name, m.Title
	return d, err
}

// operator is the organisation that runs Digital Post, 0 where the program is not
// told.
func (c *Counter) operator(tx *db.Tx) (post.PartyID, error) {
	if c.config.Operator.IsZero() {
		return 0, nil
	}
	p, err := c.config.Registry.OrganisationByCVR(tx, c.config.Operator)
	if errs.KindOf(err) == errs.KindNotFound {
		return 0, nil
	}
	return p.ID, err
}

// may asks access about a party, of which nothing but who it is is touched.
func (d *desk) may(action access.Action, about registry.Party) access.Decision {
	facts := access.Facts{Mailbox: about.ID, Status: rights.StatusOf(about, d.tx.Now), Grants: d.grants}
	return access.Check(d.actor, action, access.Resource{Mailbox: about.ID}, facts, d.tx.Now)
}

// check is may with a refusal that is written down.
func (d *desk) check(action access.Action, about registry.Party) (access.Relation, error) {
	decision := d.may(action, about)
	if decision.Allowed {
		return decision.Via, nil
	}
	return decision.Via, d.refuse(about.ID, action.String(), decision.Reason.String(), decision.Err())
}

// refuse is an answer of no that is written down.
func (d *desk) refuse(mailbox post.PartyID, action, reason string, err error) error {
	return audit.Refuse(err, d.actor, mailbox, post.UUID{}, action, reason)
}

func (c *Counter) read(ctx context.Context, fn func(tx *db.Tx) error) error {
	return audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, fn))
}

func (c *Counter) update(ctx context.Context, fn func(tx *db.Tx) error) error {
	return audit.Remember(ctx, c.config.DB, c.config.DB.Update(ctx, fn))
}

// seal encrypts what a row keeps to itself, bound to the row.
func (c *Counter) seal(plain []byte, id post.UUID) []byte {
	return c.config.Keys.Seal(keys.StaffSeal, plain, id[:])
}

func (c *Counter) unseal(sealed []byte, id post.UUID) ([]byte, error) {
	plain, err := c.config.Keys.Open(keys.StaffSeal, sealed, id[:])
	if err != nil {
		return nil, fmt.Errorf("read what staff wrote: %w", err)
	}
	return plain, nil
}
