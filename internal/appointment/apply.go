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
	switch {
	case Needs(w.Relation) == nil:
		return errs.Invalid(CodeRelation, "requestType", "nobody applies for this")
	case w.CVR.IsZero() == w.CPR.IsZero() || !w.CVR.IsZero() && !AboutCompany(w.Relation) || !w.CPR.IsZero() && !AboutPerson(w.Relation):
		return errs.Invalid(CodeWhom, "accessTo", "the number of whose post is needed, of the kind that fits what is applied for")
	}
	return checkText(w.Text)
}

func checkText(text string) error {
	if utf8.RuneCountInString(text) > agency.MaxText {
		return errs.Invalid(agency.CodeText, "note", "a text has at most %d characters", agency.MaxText)
	}
	return nil
}

// checkKinds tells whether an application may have such documents: not too many, and
// none of which the agency would not know what it proves.
func checkKinds(kinds []Kind) error {
	if len(kinds) > agency.MaxFiles {
		return errs.Invalid(agency.CodeFiles, "documentations", "at most %d documents go with an application", agency.MaxFiles)
	}
	if slices.ContainsFunc(kinds, func(k Kind) bool { return !slices.Contains(Kinds, k) }) {
		return errs.Invalid(agency.CodeFiles, "documentations", "a document is not one of those that an application can have")
	}
	return nil
}

// checkNeeds tells whether an application has the documents that it needs, beside none
// that it may not have.
func checkNeeds(relation access.Relation, kinds []Kind) error {
	if err := checkKinds(kinds); err != nil {
		return err
	}
	for _, k := range Needs(relation) {
		if !slices.Contains(kinds, k) {
			return errs.Invalid(agency.CodeFiles, "documentations", "the document %s is missing", k)
		}
	}
	return nil
}

// checkApplicant tells whether somebody who is logged in so can apply.
func checkApplicant(actor post.Actor) error {
	switch {
	case actor.Party == 0 || actor.Assurance < post.AssuranceSubstantial:
		return errs.New(errs.KindForbidden, "access.assurance.too.low", "this takes a log-in with MitID")
	case actor.ReadOnly:
		return errs.New(errs.KindForbidden, "access.read.only.token", "the token may read only")
	}
	return nil
}

// Apply puts in an application of who is logged in, as a private person or in the name
// of their employer. A person whose name and number do not belong together is
// registry.ErrNameMismatch, and counted.
func (c *Appointments) Apply(ctx context.Context, actor post.Actor, w Wanted) (Application, error) {
	err := w.check()
	if err == nil {
		kinds := make([]Kind, len(w.Files))
		for i, u := range w.Files {
			kinds[i] = u.Kind
		}
		err = checkNeeds(w.Relation, kinds)
	}
	if err == nil {
		err = checkApplicant(actor)
	}
	if err != nil {
		return Application{}, err
	}
	var a Application
	err = c.desk.DB.Update(ctx, func(tx *db.Tx) (err error) {
		var b db.Batch
		if a, err = c.begin(tx, &b, actor, w, Submitted); err != nil {
			return err
		}
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
		return c.putIn(tx, actor, a)
	})
	return a, err
}

// begin makes an application that has no documents yet.
func (c *Appointments) begin(tx *db.Tx, b *db.Batch, actor post.Actor, w Wanted, state State) (a Application, err error) {
	if err := c.works(tx, actor); err != nil {
		return a, err
	}
	if err := c.desk.Registry.MayAsk(tx, actor); err != nil { // each has documents, and letters to others
		return a, err
	}
	about, err := c.about(tx, actor, w)
	if err != nil {
		return a, err
	}
	if about.ID == actor.Party {
		return a, errs.Invalid(CodeWhom, "accessTo", "nobody applies for their own post")
	}
	if w.Relation == access.Administrator {
		if err := c.vacant(tx, about, actor.Party); err != nil {
			return a, err
		}
	}
	a = Application{Relation: w.Relation, Request: agency.Request{ID: tx.NewID(), State: state, About: about, Text: strings.TrimSpace(w.Text), Made: tx.Now, Version: 1}}
	if a.Applicant, err = c.desk.Registry.Party(tx, actor.Party); err != nil {
		return a, err
	}
	if actor.Organisation != 0 {
		if a.Organisation, err = c.desk.Registry.Party(tx, actor.Organisation); err != nil {
			return a, err
		}
	}
	if a.Called = about.Name; about.Kind == post.Person {
		a.Called = strings.Join(strings.Fields(w.FirstName+" "+w.LastName), " ")
	}
	if err := c.free(tx, a, state, Submitted); err != nil {
		return a, err
	}
	sealed, err := c.desk.Seal(a.ID, said{Text: a.Text, Called: a.Called})
	b.Add("INSERT INTO appointment (id, relation, state, applicant, organisation, mailbox, sealed, made, decided_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1)",
		a.ID, w.Relation.String(), a.State, actor.Party, actor.Organisation, about.ID, sealed, tx.Now)
	if err == nil {
		err = c.desk.Registry.Asked(tx, actor)
	}
	return a, err
}

// works refuses who applies in the name of an employer that they have left: a session or
// token may outlive that, and the agency would believe that the employer applies.
func (c *Appointments) works(tx *db.Tx, actor post.Actor) error {
	if actor.Organisation == 0 {
		return nil
	}
	works, err := c.desk.Registry.Employed(tx, actor.Organisation, actor.Party)
	if err == nil && !works {
		err = errs.New(errs.KindForbidden, CodeEmployee, "they are no employee of the organisation in whose name they apply")
	}
	return err
}

// free refuses what somebody has applied for already, or has begun to.
func (c *Appointments) free(tx *db.Tx, a Application, states ...State) error {
	for _, state := range states {
		var n int
		err := tx.QueryRow("SELECT COUNT(*) FROM appointment WHERE applicant = $1 AND organisation = $2 AND mailbox = $3 AND relation = $4 AND state = $5",
			a.Applicant.ID, a.Organisation.ID, a.About.ID, a.Relation.String(), state).Scan(&n)
		if err == nil && n > 0 {
			err = errs.New(errs.KindConflict, agency.CodeThere, "there is an open application for the same")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putIn tells that an application is the agency's now.
func (c *Appointments) putIn(tx *db.Tx, actor post.Actor, a Application) error {
	if err := c.tell(tx, actor, 0, audit.AccessRequestSubmitted, a); err != nil {
		return err
	}
	if a.Relation == access.Administrator { // whoever reads the post there can object
		if err := c.desk.Intake.Write(tx, announced(a), a.About.ID); err != nil {
			return err
		}
	}
	return c.desk.Intake.Write(tx, received(a), actor.Party)
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

// Withdraw takes an open application of one's own back. A draft of one leaves nothing.
func (c *Appointments) Withdraw(ctx context.Context, actor post.Actor, id post.UUID, version int64) error {
	return c.desk.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := c.one(tx, id)
		if err == nil && (!a.By(actor) || actor.ReadOnly) {
			err = agency.ErrUnknown
		}
		if err == nil {
			err = a.Meets(version, Submitted, Draft)
		}
		if err != nil {
			return err
		}
		if a.State == Draft {
			return c.forget(tx, a)
		}
		a.State = Withdrawn
		if err := c.save(tx, actor, &a); err != nil {
			return err
		}
		return c.tell(tx, actor, 0, audit.AccessRequestWithdrawn, a)
	})
}
