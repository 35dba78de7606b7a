// Package appointment gives those their access who act for a company or a person that
// cannot act any more (ORG-04, ORG-05): a liquidator, a curator, an estate
// administrator, an heir with powers from all heirs, the former owner of a company
// that has ceased.
//
// They apply with documents; a system manager of the agency that runs Digital Post
// decides with a reason. Only then is there a right, of origin APPOINTED, to public
// and private post; it ends on its last day, or when a system manager ends it. Nobody
// decides on their own application. Every step is an event in the log of the mailbox,
// and a letter to the applicant; the mailbox gets one where anybody can read it.
//
// It owns appointment and appointment_file. Documents and words are sealed with a key
// that is not the mailbox's: an application is nobody's access yet.
package appointment

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Config is what the capability works with.
type Config struct {
	DB       *db.DB
	Keys     *keys.Ring
	Blobs    *blob.Store
	Registry *registry.Registry
	Rights   *rights.Rights
	Intake   *intake.Intake
	// Operator is the organisation that runs Digital Post, whose system managers decide.
	Operator post.CVR
}

// Appointments is the capability.
type Appointments struct {
	config Config
	desk   agency.Desk
}

// New makes the capability on a migrated database.
func New(c Config) *Appointments {
	return &Appointments{c, agency.Desk{Blobs: c.Blobs, Registry: c.Registry, Rights: c.Rights, Operator: c.Operator}}
}

// State is how far an application is.
type State string

const (
	Submitted State = "SUBMITTED"
	Approved  State = "APPROVED"
	Rejected  State = "REJECTED"
	Withdrawn State = "WITHDRAWN" // by the applicant, before anybody decided
	Ended     State = "ENDED"     // approved, and then ended by a system manager
)

// Kind is what a document proves: the API's DocumentationType.
type Kind string

const (
	CuratorCertificate    Kind = "CURATOR_CERTIFICATE"
	LiquidatorCertificate Kind = "LIQUIDATOR_CERTIFICATE"
	ProbateCertificate    Kind = "PROBATE_CERTIFICATE"
	PowerOfAttorney       Kind = "POWER_OF_ATTORNEY"
	CVRExtract            Kind = "CVR_EXTRACT"
	Other                 Kind = "OTHER"
)

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
	}
	return nil
}

// Relations are what can be applied for, in order.
var Relations = []access.Relation{access.Liquidator, access.Curator, access.FormerOwner, access.EstateAdministrator, access.Heir}

// AboutPerson and AboutCompany tell whose post a relation can be to.
func AboutPerson(r access.Relation) bool {
	return r&(access.Curator|access.EstateAdministrator|access.Heir) != 0
}

// AboutCompany is the other of AboutPerson; a curator can be either's.
func AboutCompany(r access.Relation) bool {
	return r&(access.Liquidator|access.Curator|access.FormerOwner) != 0
}

// Codes of what is wrong.
const (
	CodeRelation = "appointment.relation"
	CodeWhom     = "appointment.whom"    // neither a number of a person nor of a company, or the wrong one of them
	CodeCompany  = "appointment.company" // no organisation has the number, or it has not ceased
	CodeText     = "appointment.text"    // too long
	CodeReason   = "appointment.reason"  // a decision without one, or too long
	CodeFiles    = "appointment.files"   // a document is missing, or there are too many
	CodeFileType = agency.CodeFileType
	CodeFileSize = agency.CodeFileSize
	CodeThere    = "appointment.there" // there is an open application for the same
	CodeDecided  = "appointment.decided"
	CodeOwn      = "appointment.own" // one's own application
	CodeLastDay  = "appointment.last.day"
	CodeUnknown  = "appointment.unknown"

	MaxText  = 2000 // characters
	MaxFiles = 10
	MaxFile  = agency.MaxFile
)

// File is a document of an application.
type File struct {
	Kind  Kind
	Name  string
	Type  string // media type
	Size  int64
	Place int

	key  [32]byte
	blob post.UUID
}

// Application is what somebody has applied for.
type Application struct {
	ID           post.UUID
	Relation     access.Relation
	State        State
	Applicant    registry.Party
	Organisation registry.Party // in whose name, the zero Party for a private person
	About        registry.Party // whose post
	Called       string         // its name as the applicant may know it: of a person, as they wrote it until it is approved
	Text         string         // what the applicant wrote
	Reason       string         // of the decision, and of the end
	Files        []File
	Made         time.Time
	Decided      time.Time // the zero time while it is open
	Ends         time.Time // the first moment without the right, the zero time for never
	Version      int64

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

// stored is what is kept of a document, sealed.
type stored struct {
	Key  [32]byte `cbor:"1,keyasint"`
	Name string   `cbor:"2,keyasint"`
	Type string   `cbor:"3,keyasint"`
	Kind Kind     `cbor:"4,keyasint"`
	Size int64    `cbor:"5,keyasint"`
}

// Upload is a document that was taken in and belongs to no application yet.
type Upload struct {
	Kind Kind
	*agency.Upload
}

// Take takes in a document: a PDF or a picture. Apply or Drop it.
func (c *Appointments) Take(kind Kind, name string, body io.Reader) (*Upload, error) {
	u, err := c.desk.Take(name, body)
	return &Upload{kind, u}, err
}

// Drop lets go of documents that no application has taken.
func (c *Appointments) Drop(all ...*Upload) {
	for _, u := range all {
		c.desk.Drop(u.Upload)
	}
}

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
	case utf8.RuneCountInString(w.Text) > MaxText:
		return errs.Invalid(CodeText, "note", "a text has at most %d characters", MaxText)
	case len(w.Files) > MaxFiles:
		return errs.Invalid(CodeFiles, "documentations", "at most %d documents go with an application", MaxFiles)
	}
	for _, k := range needs {
		if !slices.ContainsFunc(w.Files, func(u *Upload) bool { return u.Kind == k }) {
			return errs.Invalid(CodeFiles, "documentations", "the document %s is missing", k)
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
	var refused error // is told once the try is counted
	err := c.config.DB.Update(ctx, func(tx *db.Tx) error {
		refused = nil
		about, err := c.about(tx, actor, w)
		if errors.Is(err, registry.ErrNameMismatch) {
			refused = err
			return nil
		}
		if err != nil {
			return err
		}
		if about.ID == actor.Party {
			return errs.Invalid(CodeWhom, "accessTo", "nobody applies for their own post")
		}
		var n int
		err = tx.QueryRow("SELECT COUNT(*) FROM appointment WHERE applicant = $1 AND organisation = $2 AND mailbox = $3 AND relation = $4 AND state = $5",
			actor.Party, actor.Organisation, about.ID, w.Relation.String(), Submitted).Scan(&n)
		if err == nil && n > 0 {
			err = errs.New(errs.KindConflict, CodeThere, "there is an open application for the same")
		}
		if err != nil {
			return err
		}
		a = Application{ID: tx.NewID(), Relation: w.Relation, State: Submitted, About: about, Text: strings.TrimSpace(w.Text), Made: tx.Now, Version: 1}
		if a.Applicant, err = c.config.Registry.Party(tx, actor.Party); err != nil {
			return err
		}
		if a.Called = about.Name; about.Kind == post.Person {
			a.Called = strings.Join(strings.Fields(w.FirstName+" "+w.LastName), " ")
		}
		sealed, err := c.seal(a.ID, said{Text: a.Text, Called: a.Called})
		if err != nil {
			return err
		}
		var b db.Batch
		b.Add("INSERT INTO appointment (id, relation, state, applicant, organisation, mailbox, sealed, made, decided_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1)",
			a.ID, w.Relation.String(), a.State, actor.Party, actor.Organisation, about.ID, sealed, tx.Now)
		for i, u := range w.Files {
			sealed, err := c.seal(a.ID, stored{u.Kept.Key, u.Name, u.Type, u.Kind, u.Size})
			if err != nil {
				return err
			}
			c.config.Blobs.Insert(tx, &b, []*blob.Draft{u.Kept})
			b.Add("INSERT INTO appointment_file (appointment, place, file, sealed) VALUES ($1, $2, $3, $4)", a.ID, i, u.Kept.ID, sealed)
		}
		if err := tx.Run(&b); err != nil {
			return err
		}
		if err := c.tell(tx, actor, 0, audit.AccessRequestSubmitted, a); err != nil {
			return err
		}
		return c.write(tx, actor.Party, received(a))
	})
	if err == nil {
		err = refused
	}
	return a, err
}

// about finds whose post it is. Whether somebody has died is not told: staff see it.
func (c *Appointments) about(tx *db.Tx, actor post.Actor, w Wanted) (registry.Party, error) {
	if !w.CPR.IsZero() {
		return c.config.Registry.LookupAnyone(tx, actor, w.CPR, w.FirstName, w.LastName)
	}
	p, err := c.config.Registry.OrganisationByCVR(tx, w.CVR)
	if errs.KindOf(err) == errs.KindNotFound && err != nil || err == nil && w.Relation == access.FormerOwner && rights.StatusOf(p, tx.Now) != access.StatusCeased {
		return p, errs.Invalid(CodeCompany, "accessTo", "no organisation has this number, or it has not ceased")
	}
	return p, err
}

func (c *Appointments) seal(id post.UUID, v any) ([]byte, error) {
	plain, err := cbor.Marshal(v)
	return c.config.Keys.Seal(keys.AppointmentSeal, plain, id[:]), err
}

func (c *Appointments) unseal(id post.UUID, sealed []byte, v any) error {
	plain, err := c.config.Keys.Open(keys.AppointmentSeal, sealed, id[:])
	if err == nil {
		err = cbor.Unmarshal(plain, v)
	}
	if err != nil {
		return fmt.Errorf("read an application: %w", err)
	}
	return nil
}

// rows reads applications, the oldest first, without their documents.
func (c *Appointments) rows(tx *db.Tx, where string, args ...any) ([]Application, error) {
	type row struct {
		Application
		relation string
		sealed   []byte
	}
	rows, err := tx.Query("SELECT id, relation, state, applicant, organisation, mailbox, privilege, sealed, made, decided, version FROM appointment WHERE "+where+" ORDER BY made, id", args...)
	found, err := db.Collect(rows, err, func(rows *db.Rows) (r row, err error) {
		err = rows.Scan(&r.ID, &r.relation, &r.State, &r.Applicant.ID, &r.Organisation.ID, &r.About.ID, &r.right, &r.sealed, db.Time(&r.Made), db.Time(&r.Decided), &r.Version)
		return r, err
	})
	if err != nil {
		return nil, err
	}
	var ids []post.PartyID
	for _, r := range found {
		ids = append(ids, r.Applicant.ID, r.Organisation.ID, r.About.ID)
	}
	parties, err := c.config.Registry.Parties(tx, ids)
	all := make([]Application, len(found))
	for i, r := range found {
		if err != nil {
			return nil, err
		}
		var s said
		if err = c.unseal(r.ID, r.sealed, &s); err != nil {
			return nil, err
		}
		r.Text, r.Reason, r.Ends, r.Called = s.Text, s.Reason, s.Ends, s.Called
		r.Applicant, r.Organisation, r.About = parties[r.Applicant.ID], parties[r.Organisation.ID], parties[r.About.ID]
		r.Relation, err = access.ParseRelation(r.relation)
		all[i] = r.Application
	}
	return all, err
}

// errUnknown is also the answer about another's application.
var errUnknown = errs.NotFound(CodeUnknown)

func (c *Appointments) one(tx *db.Tx, id post.UUID) (Application, error) {
	all, err := c.rows(tx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = errUnknown
	}
	if err != nil {
		return Application{}, err
	}
	a := all[0]
	rows, err := tx.Query("SELECT place, file, sealed FROM appointment_file WHERE appointment = $1 ORDER BY place", id)
	a.Files, err = db.Collect(rows, err, func(rows *db.Rows) (f File, err error) {
		var sealed []byte
		if err = rows.Scan(&f.Place, &f.blob, &sealed); err == nil {
			var s stored
			err = c.unseal(id, sealed, &s)
			f.key, f.Name, f.Type, f.Kind, f.Size = s.Key, s.Name, s.Type, s.Kind, s.Size
		}
		return f, err
	})
	return a, err
}

// Mine are the applications of who is logged in, in the name in which they are.
func (c *Appointments) Mine(ctx context.Context, actor post.Actor) ([]Application, error) {
	var all []Application
	err := c.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = c.rows(tx, "applicant = $1 AND organisation = $2", actor.Party, actor.Organisation)
		return err
	})
	return all, err
}

// Withdraw takes an open application of one's own back.
func (c *Appointments) Withdraw(ctx context.Context, actor post.Actor, id post.UUID, version int64) error {
	return c.config.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := c.one(tx, id)
		if err == nil && (a.Applicant.ID != actor.Party || a.Organisation.ID != actor.Organisation || actor.ReadOnly) {
			err = errUnknown
		}
		if err == nil {
			err = a.meets(version, Submitted)
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

func (a Application) meets(version int64, in State) error {
	if version != 0 && version != a.Version {
		return errs.ErrStale
	}
	if a.State != in {
		return errs.New(errs.KindConflict, CodeDecided, "the application is not open any more")
	}
	return nil
}

func (c *Appointments) save(tx *db.Tx, by post.Actor, a *Application) error {
	sealed, err := c.seal(a.ID, said{a.Text, a.Reason, a.Ends, a.Called})
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

func (c *Appointments) manages(tx *db.Tx, actor post.Actor, about registry.Party) (access.Relation, error) {
	return c.desk.Decides(tx, actor, access.AppointmentDecide, about)
}

// All are the applications that a system manager sees: the open ones, or those in
// which a right was given and not ended, or all others; the oldest first.
func (c *Appointments) All(ctx context.Context, actor post.Actor, state State) ([]Application, error) {
	var all []Application
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, func(tx *db.Tx) error {
		agency, err := c.config.Registry.Party(tx, actor.Organisation)
		if err == nil {
			_, err = c.manages(tx, actor, agency)
		}
		if err == nil {
			all, err = c.rows(tx, "state = $1", state)
		}
		return err
	}))
	return all, err
}

// Get is one application, for a system manager.
func (c *Appointments) Get(ctx context.Context, actor post.Actor, id post.UUID) (Application, error) {
	var a Application
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if a, err = c.one(tx, id); err == nil {
			_, err = c.manages(tx, actor, a.About)
		}
		return err
	}))
	return a, err
}

// Content is a document of an application, for a system manager and for who put it
// in. Close it.
func (c *Appointments) Content(ctx context.Context, actor post.Actor, id post.UUID, place int) (File, *blob.Reader, error) {
	var file File
	var reader *blob.Reader
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Read(ctx, func(tx *db.Tx) error {
		a, err := c.one(tx, id)
		if err == nil && (a.Applicant.ID != actor.Party || a.Organisation.ID != actor.Organisation) {
			_, err = c.manages(tx, actor, a.About)
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(a.Files, func(f File) bool { return f.Place == place })
		if i < 0 {
			return errUnknown
		}
		file = a.Files[i]
		reader, err = c.config.Blobs.Open(tx, file.blob, file.key)
		return err
	}))
	return file, reader, err
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
		if err := a.meets(version, Submitted); err != nil {
			return err
		}
		a.State, a.Reason = Rejected, strings.TrimSpace(d.Reason)
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
		if err := c.write(tx, a.Applicant.ID, decided(*a)); err != nil || !d.Approve {
			return err
		}
		return c.write(tx, a.About.ID, appointed(*a))
	})
}

// give puts the right in force.
func (c *Appointments) give(tx *db.Tx, actor post.Actor, via access.Relation, a *Application, last time.Time) error {
	a.State = Approved
	if a.Ends = post.DayAfter(last); !a.Ends.IsZero() && !tx.Now.Before(a.Ends) {
		return errs.Invalid(CodeLastDay, "privilegeEndDate", "the last day is over")
	}
	before, err := c.config.Rights.To(tx, a.About.ID)
	if err != nil {
		return err
	}
	for _, r := range before { // one whose last day is over makes room
		if r.Holder == a.Applicant.ID && r.Organisation == a.Organisation.ID && r.Relation == a.Relation && r.Over(tx.Now) {
			if _, err := c.config.Rights.End(tx, actor, via, r.ID, 0); err != nil {
				return err
			}
		}
	}
	right, err := c.config.Rights.Give(tx, actor, via, rights.Right{Mailbox: a.About.ID, Holder: a.Applicant.ID, Organisation: a.Organisation.ID,
		Relation: a.Relation, Origin: rights.Appointed, To: a.Ends})
	a.right = right.ID
	return err
}

// End ends the right that an application gave, at once.
func (c *Appointments) End(ctx context.Context, actor post.Actor, id post.UUID, version int64, reason string) (Application, error) {
	return c.manage(ctx, actor, id, reason, func(tx *db.Tx, a *Application, via access.Relation) error {
		if err := a.meets(version, Approved); err != nil {
			return err
		}
		_, err := c.config.Rights.End(tx, actor, via, a.right, 0)
		if err != nil && !errors.Is(err, rights.ErrUnknown) {
			return err
		}
		a.State, a.Reason, a.right = Ended, strings.TrimSpace(reason), post.UUID{}
		if err := c.save(tx, actor, a); err != nil {
			return err
		}
		if err := c.tell(tx, actor, via, audit.AccessRequestRevoked, *a); err != nil {
			return err
		}
		if err := c.write(tx, a.Applicant.ID, ended(*a)); err != nil {
			return err
		}
		return c.write(tx, a.About.ID, ended(*a))
	})
}

func (c *Appointments) manage(ctx context.Context, actor post.Actor, id post.UUID, reason string, fn func(tx *db.Tx, a *Application, via access.Relation) error) (Application, error) {
	if n := utf8.RuneCountInString(strings.TrimSpace(reason)); n == 0 || n > MaxText {
		return Application{}, errs.Invalid(CodeReason, "reason", "a decision has a reason of at most %d characters", MaxText)
	}
	var a Application
	err := audit.Remember(ctx, c.config.DB, c.config.DB.Update(ctx, func(tx *db.Tx) error {
		var err error
		if a, err = c.one(tx, id); err != nil {
			return err
		}
		via, err := c.manages(tx, actor, a.About)
		if err != nil {
			return err
		}
		if a.Applicant.ID == actor.Party {
			return errs.New(errs.KindForbidden, CodeOwn, "nobody decides on their own application")
		}
		return fn(tx, &a, via)
	}))
	return a, err
}

// tell appends an event to the log of the mailbox; via is 0 for the applicant's doing.
func (c *Appointments) tell(tx *db.Tx, by post.Actor, via access.Relation, name audit.Name, a Application) error {
	e := audit.Event{Name: name, Mailbox: a.About.ID, Actor: by, Props: []audit.Prop{
		audit.ID(audit.Access, a.ID), audit.Number(audit.Party, a.Applicant.ID), {Key: audit.Change, Value: a.Relation.String()}}}
	if via != 0 {
		e.Via = via.String()
	}
	return audit.Append(tx, e)
}

// write sends a letter. Who can receive nothing any more gets none.
func (c *Appointments) write(tx *db.Tx, to post.PartyID, l intake.Bilingual) error {
	_, err := c.config.Intake.Announce(tx, intake.Announcement{To: to, Label: l.Title, HTML: l.HTML()})
	if errs.KindOf(err) == errs.KindForbidden {
		return nil
	}
	return err
}

// Names are what a relation is called, in the middle of a sentence.
func Names(r access.Relation) (da, en string) {
	switch r {
	case access.Liquidator:
		return "likvidator", "liquidator"
	case access.Curator:
		return "kurator", "curator"
	case access.EstateAdministrator:
		return "bobestyrer", "estate administrator"
	case access.Heir:
		return "arving med skiftefuldmagt", "heir with powers from all heirs"
	}
	return "tidligere ejer", "former owner"
}

func strong(text string) string { return "<strong>" + html.EscapeString(text) + "</strong>" }

func (a Application) until() (da, en string) {
	day := a.LastDay()
	if day.IsZero() {
		return "Adgangen gælder, til den bliver fjernet.", "The access holds until it is removed."
	}
	return "Adgangen gælder til og med den " + post.DateText(day, false) + ".", "The access holds until the end of " + post.DateText(day, true) + "."
}

func received(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	return intake.Bilingual{
		Title: "Vi har modtaget din ansøgning om udpeget adgang",
		Text: []string{fmt.Sprintf("Du har søgt om adgang til post for %s som %s.", strong(a.Called), da),
			"Vi ser på dine dokumenter og skriver til dig, når der er truffet en afgørelse. Du har ikke adgang til posten endnu."},
		TitleEnglish: "We have received your application for appointed access",
		TextEnglish: []string{fmt.Sprintf("You have applied for access to mail for %s as %s.", strong(a.Called), en),
			"We look at your documents and write to you when a decision is made. You have no access to the mail yet."},
	}
}

func decided(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	if a.State == Rejected {
		return intake.Bilingual{
			Title: "Din ansøgning om udpeget adgang er afvist",
			Text: []string{fmt.Sprintf("Du har ikke fået adgang til post for %s som %s.", strong(a.Called), da), "Begrundelse: " + html.EscapeString(a.Reason),
				"Du kan søge igen med andre dokumenter."},
			TitleEnglish: "Your application for appointed access is rejected",
			TextEnglish: []string{fmt.Sprintf("You have not been given access to mail for %s as %s.", strong(a.Called), en), "Reason: " + html.EscapeString(a.Reason),
				"You can apply again with other documents."},
		}
	}
	until, untilEN := a.until()
	return intake.Bilingual{
		Title: "Du har fået udpeget adgang",
		Text: []string{fmt.Sprintf("Du har nu læseadgang til post for %s som %s. %s", strong(a.Called), da, until), "Begrundelse: " + html.EscapeString(a.Reason),
			"Du skifter til postkassen ved at trykke på dit navn."},
		TitleEnglish: "You have been given appointed access",
		TextEnglish: []string{fmt.Sprintf("You now have read access to mail for %s as %s. %s", strong(a.Called), en, untilEN), "Reason: " + html.EscapeString(a.Reason),
			"You switch to the mailbox by pressing your name."},
	}
}

func appointed(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	until, untilEN := a.until()
	return intake.Bilingual{
		Title:        "En udpeget har fået adgang til posten",
		Text:         []string{fmt.Sprintf("%s har fået læseadgang til post for %s som %s. %s", strong(a.Applicant.Name), strong(a.About.Name), da, until)},
		TitleEnglish: "Somebody appointed has been given access to the mail",
		TextEnglish:  []string{fmt.Sprintf("%s has been given read access to mail for %s as %s. %s", strong(a.Applicant.Name), strong(a.About.Name), en, untilEN)},
	}
}

func ended(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	return intake.Bilingual{
		Title:        "En udpeget adgang er ophørt",
		Text:         []string{fmt.Sprintf("%s har ikke længere adgang til post for %s som %s.", strong(a.Applicant.Name), strong(a.About.Name), da), "Begrundelse: " + html.EscapeString(a.Reason)},
		TitleEnglish: "An appointed access has ended",
		TextEnglish:  []string{fmt.Sprintf("%s no longer has access to mail for %s as %s.", strong(a.Applicant.Name), strong(a.About.Name), en), "Reason: " + html.EscapeString(a.Reason)},
	}
}
