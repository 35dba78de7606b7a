// Package appointment gives those their access who act for a company or a person that
// cannot act any more (ORG-04, ORG-05): a liquidator, a curator, an estate
// administrator, an heir with powers from all heirs, the former owner of a company
// that has ceased. An organisation that nobody signs for alone and whose last rights
// administrator is gone gets a new one in the same way (ORG-01): an employee applies.
//
// They apply with documents; a system manager of the agency that runs Digital Post
// decides with a reason. Only then is there a right, of origin APPOINTED, to public
// and private post, or to give rights; it ends on its last day, or when a system
// manager ends it. Nobody decides on their own application. Every step is an event in
// the log of the mailbox, and a letter to the applicant; the mailbox gets one where
// anybody can read it.
//
// It owns appointment and appointment_file. Documents and words are sealed with a key
// that is not the mailbox's: an application is nobody's access yet.
package appointment

import (
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// Appointments is the capability.
type Appointments struct{ desk agency.Desk }

// New makes the capability on a migrated database.
func New(d agency.Desk) *Appointments {
	d.Key, d.Action = keys.AppointmentSeal, access.AppointmentDecide
	return &Appointments{d}
}

// State is how far an application is.
type State = agency.State

const (
	Draft     State = "DRAFT" // the documents come one by one; nobody but the applicant sees it
	Submitted       = agency.Submitted
	Approved        = agency.Approved
	Rejected        = agency.Rejected
	Withdrawn       = agency.Withdrawn // before anybody decided
	Ended     State = "ENDED"          // approved, and then ended by a system manager
)

// Kind is what a document proves: the API's DocumentationType.
type Kind = agency.Kind

const (
	CuratorCertificate    Kind = "CURATOR_CERTIFICATE"
	LiquidatorCertificate Kind = "LIQUIDATOR_CERTIFICATE"
	ProbateCertificate    Kind = "PROBATE_CERTIFICATE"
	PowerOfAttorney       Kind = "POWER_OF_ATTORNEY"
	CVRExtract            Kind = "CVR_EXTRACT"
	Other                 Kind = "OTHER"
)

// Kinds are all.
var Kinds = []Kind{CuratorCertificate, LiquidatorCertificate, ProbateCertificate, PowerOfAttorney, CVRExtract, Other}

// Needs are the documents that an application must have, by what is applied for; nil
// where nobody can apply for it.
func Needs(r access.Relation) []Kind {
	switch r {
	case access.Liquidator:
		return []Kind{LiquidatorCertificate}
	case access.Curator:
		return []Kind{CuratorCertificate}
	case access.EstateAdministrator:
		return []Kind{ProbateCertificate}
	case access.Heir:
		return []Kind{ProbateCertificate, PowerOfAttorney}
	case access.FormerOwner:
		return []Kind{CVRExtract}
	case access.Administrator:
		return []Kind{PowerOfAttorney} // signed by those who sign for it together
	}
	return nil
}

// Relations are what can be applied for, in order.
var Relations = []access.Relation{access.Liquidator, access.Curator, access.FormerOwner, access.EstateAdministrator, access.Heir, access.Administrator}

// AboutPerson and AboutCompany tell whose post a relation can be to.
func AboutPerson(r access.Relation) bool {
	return r&(access.Curator|access.EstateAdministrator|access.Heir) != 0
}

// AboutCompany is the other of AboutPerson; a curator can be either's.
func AboutCompany(r access.Relation) bool {
	return r&(access.Liquidator|access.Curator|access.FormerOwner|access.Administrator) != 0
}

// Codes of what is wrong with an application, beside the agency's.
const (
	CodeRelation = "appointment.relation"
	CodeWhom     = "appointment.whom"    // neither a number of a person nor of a company, or the wrong one of them
	CodeCompany  = "appointment.company" // no organisation has the number, or it has not ceased
	CodeLastDay  = "appointment.last.day"
	CodeGoverned = "appointment.governed" // the organisation has somebody who gives rights
	CodeEmployee = "appointment.employee" // who is to give rights works there, and who applies in the name of an employer there
)

// File is a document of an application.
type File = agency.File

// Application is what somebody has applied for. Its Reason is of the decision, and then
// of the end.
type Application struct {
	agency.Request
	Relation access.Relation
	Called   string    // the name of whose post it is as the applicant may know it: of a person, as they wrote it until it is approved
	Ends     time.Time // the first moment without the right, the zero time for never

	right post.UUID
}

// LastDay is the last Danish day of the right, the zero time for never.
func (a Application) LastDay() time.Time { return post.LastDay(a.Ends) }

// said is what both sides wrote, as it is sealed.
type said struct {
	Text   string    `cbor:"1,keyasint"`
	Reason string    `cbor:"2,keyasint"`
	Ends   time.Time `cbor:"3,keyasint"`
	Called string    `cbor:"4,keyasint,omitempty"`
}

// rows reads applications, the oldest first, without their documents.
func (c *Appointments) rows(tx *db.Tx, where string, args ...any) ([]Application, error) {
	rows, err := tx.Query("SELECT id, relation, state, applicant, organisation, mailbox, privilege, sealed, made, decided, version FROM appointment WHERE "+where+" ORDER BY made, id", args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (a Application, err error) {
		var relation string
		var sealed []byte
		var s said
		err = rows.Scan(&a.ID, &relation, &a.State, &a.Applicant.ID, &a.Organisation.ID, &a.About.ID, &a.right, &sealed, db.Time(&a.Made), db.Time(&a.Decided), &a.Version)
		if err == nil {
			err = c.desk.Unseal(a.ID, sealed, &s)
		}
		if err == nil {
			a.Relation, err = access.ParseRelation(relation)
		}
		a.Text, a.Reason, a.Ends, a.Called = s.Text, s.Reason, s.Ends, s.Called
		return a, err
	})
	if err != nil {
		return nil, err
	}
	requests := make([]*agency.Request, len(all))
	for i := range all {
		requests[i] = &all[i].Request
	}
	return all, c.desk.Names(tx, requests...)
}

func (c *Appointments) one(tx *db.Tx, id post.UUID) (Application, error) {
	all, err := c.rows(tx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = agency.ErrUnknown
	}
	if err != nil {
		return Application{}, err
	}
	rows, err := tx.Query("SELECT place, file, sealed FROM appointment_file WHERE appointment = $1 ORDER BY place", id)
	all[0].Files, err = c.desk.Files(id, rows, err)
	return all[0], err
}

func (c *Appointments) save(tx *db.Tx, by post.Actor, a *Application) error {
	sealed, err := c.desk.Seal(a.ID, said{a.Text, a.Reason, a.Ends, a.Called})
	if err != nil {
		return err
	}
	a.Decided, a.Version = tx.Now, a.Version+1
	var right any
	if a.right != (post.UUID{}) {
		right = a.right
	}
	_, err = tx.Exec("UPDATE appointment SET state = $1, privilege = $2, sealed = $3, decided = $4, decided_by = $5, version = $6 WHERE id = $7",
		a.State, right, sealed, a.Decided, by.Party, a.Version, a.ID)
	return err
}

// tell appends an event to the log of the mailbox; via is 0 for the applicant's doing.
func (c *Appointments) tell(tx *db.Tx, by post.Actor, via access.Relation, name audit.Name, a Application) error {
	return c.desk.Tell(tx, by, via, name, a.Request, audit.Prop{Key: audit.Change, Value: a.Relation.String()})
}
