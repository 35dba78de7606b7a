package appointment

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Upload is a document that was taken in and belongs to no application yet.
type Upload = agency.Upload

// Take takes in a document: a PDF or a picture. Apply or Drop it.
func (c *Appointments) Take(kind Kind, name string, body io.Reader) (*Upload, error) {
	return c.desk.Take(kind, name, body)
}

// Drop lets go of documents that no application has taken.
func (c *Appointments) Drop(all ...*Upload) { c.desk.Drop(all...) }

// Wanted is what is applied for: the post of an organisation by its CVR number, or of
// a person by CPR number and name.
type Wanted struct {
	Relation            access.Relation
	CVR                 post.CVR
	CPR                 post.CPR
	FirstName, LastName string
	Text                string
	Files               []*Upload
}

func (w Wanted) check() error {
	needs := Needs(w.Relation)
	switch {
	case needs == nil:
		return errs.Invalid(CodeRelation, "requestType", "nobody applies for this")
	case w.CVR.IsZero() == w.CPR.IsZero() || !w.CVR.IsZero() && !AboutCompany(w.Relation) || !w.CPR.IsZero() && !AboutPerson(w.Relation):
		return errs.Invalid(CodeWhom, "accessTo", "the number of whose post is needed, of the kind that fits what is applied for")
	case utf8.RuneCountInString(w.Text) > agency.MaxText:
		return errs.Invalid(agency.CodeText, "note", "a text has at most %d characters", agency.MaxText)
	case len(w.Files) > agency.MaxFiles:
		return errs.Invalid(agency.CodeFiles, "documentations", "at most %d documents go with an application", agency.MaxFiles)
	}
	for _, k := range needs {
		if !slices.ContainsFunc(w.Files, func(u *Upload) bool { return u.Kind == k }) {
			return errs.Invalid(agency.CodeFiles, "documentations", "the document %s is missing", k)
		}
	}
	return nil
}

// Apply puts in an application of who is logged in, as a private person or in the name
// of their employer. A person whose name and number do not belong together is
// registry.ErrNameMismatch, and counted.
func (c *Appointments) Apply(ctx context.Context, actor post.Actor, w Wanted) (Application, error) {
	if err := w.check(); err != nil {
		return Application{}, err
	}
	if actor.Party == 0 || actor.ReadOnly || actor.Assurance < post.AssuranceSubstantial {
		return Application{}, errs.New(errs.KindForbidden, "access.assurance.too.low", "this takes a log-in with MitID")
	}
	var a Application
	err := c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		about, err := c.about(tx, actor, w)
		if err != nil {
			return err
		}
		if about.ID == actor.Party {
			return errs.Invalid(CodeWhom, "accessTo", "nobody applies for their own post")
		}
		if w.Relation == access.Administrator {
			if err := c.vacant(tx, about, actor.Party); err != nil {
				return err
			}
		}
		var n int
		err = tx.QueryRow("SELECT COUNT(*) FROM appointment WHERE applicant = $1 AND organisation = $2 AND mailbox = $3 AND relation = $4 AND state = $5",
			actor.Party, actor.Organisation, about.ID, w.Relation.String(), Submitted).Scan(&n)
		if err == nil && n > 0 {
			err = errs.New(errs.KindConflict, agency.CodeThere, "there is an open application for the same")
		}
		if err != nil {
			return err
		}
		a = Application{Relation: w.Relation, Request: agency.Request{ID: tx.NewID(), State: Submitted, About: about, Text: strings.TrimSpace(w.Text), Made: tx.Now, Version: 1}}
		if a.Applicant, err = c.desk.Registry.Party(tx, actor.Party); err != nil {
			return err
		}
		if a.Called = about.Name; about.Kind == post.Person {
			a.Called = strings.Join(strings.Fields(w.FirstName+" "+w.LastName), " ")
		}
		sealed, err := c.desk.Seal(a.ID, said{Text: a.Text, Called: a.Called})
		if err != nil {
			return err
		}
		var b db.Batch
		b.Add("INSERT INTO appointment (id, relation, state, applicant, organisation, mailbox, sealed, made, decided_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1)",
			a.ID, w.Relation.String(), a.State, actor.Party, actor.Organisation, about.ID, sealed, tx.Now)
		for i, u := range w.Files {
			sealed, err := c.desk.Store(tx, &b, a.ID, u)
			if err != nil {
				return err
			}
			b.Add("INSERT INTO appointment_file (appointment, place, file, sealed) VALUES ($1, $2, $3, $4)", a.ID, i, u.Kept.ID, sealed)
		}
		if err := tx.Run(&b); err != nil {
			return err
		}
		if err := c.tell(tx, actor, 0, audit.AccessRequestSubmitted, a); err != nil {
			return err
		}
		if w.Relation == access.Administrator { // whoever reads the post there can object
			if err := c.desk.Intake.Write(tx, announced(a), about.ID); err != nil {
				return err
			}
		}
		return c.desk.Intake.Write(tx, received(a), actor.Party)
	})
	return a, err
}

// about finds whose post it is. Whether somebody has died is not told: staff see it.
func (c *Appointments) about(tx *db.Tx, actor post.Actor, w Wanted) (registry.Party, error) {
	if !w.CPR.IsZero() {
		return c.desk.Registry.LookupAnyone(tx, actor, w.CPR, w.FirstName, w.LastName)
	}
	p, err := c.desk.Registry.OrganisationByCVR(tx, w.CVR)
	if errs.KindOf(err) == errs.KindNotFound && err != nil || err == nil && w.Relation == access.FormerOwner && rights.StatusOf(p, tx.Now) != access.StatusCeased {
		return p, errs.Invalid(CodeCompany, "accessTo", "no organisation has this number, or it has not ceased")
	}
	return p, err
}

// vacant refuses a rights administrator to an organisation that has somebody who gives
// rights, and one who does not work there.
func (c *Appointments) vacant(tx *db.Tx, about registry.Party, applicant post.PartyID) error {
	works, err := c.desk.Registry.Employed(tx, about.ID, applicant)
	if err == nil && !works {
		err = errs.Invalid(CodeEmployee, "accessTo", "a rights administrator is an employee there")
	}
	if err != nil {
		return err
	}
	governed, err := c.desk.Rights.Governed(tx, about.ID)
	if err == nil && governed {
		err = errs.New(errs.KindConflict, CodeGoverned, "the organisation has a rights administrator, or somebody who signs for it alone")
	}
	return err
}

// Vacant tells whether the organisation in whose name an employee is logged in has
// nobody who gives rights, so that they may apply to do so.
func (c *Appointments) Vacant(ctx context.Context, actor post.Actor) (bool, error) {
	var vacant bool
	err := c.desk.DB.Read(ctx, func(tx *db.Tx) error {
		works, err := c.desk.Registry.Employed(tx, actor.Organisation, actor.Party)
		if err != nil || !works {
			return err
		}
		governed, err := c.desk.Rights.Governed(tx, actor.Organisation)
		vacant = !governed
		return err
	})
	return vacant, err
}

// Mine are the applications of who is logged in, in the name in which they are.
func (c *Appointments) Mine(ctx context.Context, actor post.Actor) ([]Application, error) {
	var all []Application
	err := c.desk.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = c.rows(tx, "applicant = $1 AND organisation = $2", actor.Party, actor.Organisation)
		return err
	})
	return all, err
}

// Withdraw takes an open application of one's own back.
func (c *Appointments) Withdraw(ctx context.Context, actor post.Actor, id post.UUID, version int64) error {
	return c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := c.one(tx, id)
		if err == nil && (!a.By(actor) || actor.ReadOnly) {
			err = agency.ErrUnknown
		}
		if err == nil {
			err = a.Meets(version, Submitted)
		}
		if err != nil {
			return err
		}
		a.State = Withdrawn
		if err := c.save(tx, actor, &a); err != nil {
			return err
		}
		return c.tell(tx, actor, 0, audit.AccessRequestWithdrawn, a)
	})
}
