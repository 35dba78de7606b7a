package staff

import (
	"context"
	"errors"
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
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Kind is what an application is about.
type Kind string

const (
	ForOther  Kind = "access"    // an access for somebody else (ACC-11)
	Exemption Kind = "exemption" // REG-02
)

// State is how an application stands.
type State string

const (
	Opened   State = "OPEN"     // the form is not signed yet, or nobody has decided
	Approved State = "APPROVED" // in force
	Declined State = "DECLINED"
	Ended    State = "ENDED" // an exemption that was withdrawn
)

// Ground is why somebody can be exempt (facts 5.3).
type Ground string

// Grounds are all that the order lists.
var Grounds = []Ground{"disability", "no_computer", "no_connection", "language", "homeless", "no_eid", "other"}

// Application is what a citizen applies for at the counter.
type Application struct {
	ID        post.UUID
	Kind      Kind
	State     State
	Citizen   post.PartyID
	Name      string // the citizen's
	Other     post.PartyID
	OtherName string
	Proxy     bool // brought by somebody else with a power of attorney
	Made      time.Time
	MadeBy    post.PartyID
	MadeName  string // the employee's
	Decided   time.Time
	Version   int64
	// Signed tells that the signed form is attached, and Scan what the file is called.
	Signed bool
	Scan   string
	// Mine tells that the asker applied, and so cannot decide where FourEyes.
	Mine bool
	details

	organisation post.PartyID
	decidedBy    post.PartyID
	scan         post.UUID
	scanKey      [32]byte
	scanType     string
}

// details is what of an application is sealed.
type details struct {
	Write bool      `cbor:"1,keyasint,omitempty"` // read and write access
	Until time.Time `cbor:"2,keyasint,omitempty"` // the first moment without the access

	Ground Ground `cbor:"3,keyasint,omitempty"`
	Text   string `cbor:"4,keyasint,omitempty"` // what there is to say about the ground
	// Since is from when on unread letters are sent on paper, the zero time for none.
	Since time.Time `cbor:"5,keyasint,omitempty"`
	// ToName and ToAddress are where paper goes; empty ones are the register's.
	ToName    string   `cbor:"6,keyasint,omitempty"`
	ToAddress []string `cbor:"7,keyasint,omitempty"`

	Bearer string `cbor:"8,keyasint,omitempty"` // who brings the form with a power of attorney
	Reason string `cbor:"9,keyasint,omitempty"` // why it was declined
	// Program tells that the municipality's own program applied: the form is in there.
	Program bool `cbor:"10,keyasint,omitempty"`
}

// FourEyes tells that another employee than the one who applied has to decide.
func (a Application) FourEyes() bool { return a.Proxy }

// relation is the access that is applied for.
func (a Application) relation() access.Relation {
	if a.Write {
		return access.Writer
	}
	return access.Reader
}

// Codes of mistakes in an application, and of why it cannot be decided on.
const (
	CodeHelper     = "application.helper"       // the one who is to have access: not the citizen, alive, of age
	CodeLastDay    = "application.last.day"     // is over
	CodeThere      = "application.access.there" // they have an access already
	CodeGround     = "application.ground"
	CodeGroundText = "application.ground.text" // what the ground other is, or too long
	CodeBearer     = "application.bearer"      // who brings the power of attorney
	CodeSince      = "application.since"       // longer ago than Oldest, or to come
	CodeNotSigned  = "application.not.signed"
	CodeFourEyes   = "application.four.eyes"
	CodeDecided    = "application.decided"
	CodeWhy        = "application.why" // a refusal without a reason
	CodeScanType   = "application.scan.type"
	CodeScanSize   = "application.scan.size"
	CodeScanEmpty  = "application.scan.empty"
	maxText        = 1000
	maxName        = 200
)

// MaxScan is the largest signed form, in bytes.
const MaxScan = 10_000_000

// Oldest is how many months back unread letters are sent on paper at most.
const Oldest = 6

var errApplication = errs.NotFound("application.unknown")

// ForAnother is an application for an access.
type ForAnother struct {
	Helper  Citizen
	Write   bool
	LastDay time.Time // the last Danish day, the zero time for »Adgangen skal aldrig udløbe«
	// Bearer is who brings the form with a power of attorney, "" where the owner is
	// here.
	Bearer string
}

// ApplyAccess makes an application for an access to the post of a case's citizen. It
// gives nobody anything before it is decided on.
func (c *Counter) ApplyAccess(ctx context.Context, actor post.Actor, id post.UUID, f ForAnother) (Application, error) {
	f.Bearer = tidy(f.Bearer)
	if err := f.Helper.check(); err != nil {
		return Application{}, err
	}
	if utf8.RuneCountInString(f.Bearer) > maxName {
		return Application{}, errs.Invalid(CodeBearer, "bearer", "a name has at most %d characters", maxName)
	}
	var made Application
	err := c.work(ctx, actor, id, access.AccessManageOnBehalf, func(s *sight) error {
		to := post.DayAfter(f.LastDay)
		if !to.IsZero() && !s.tx.Now.Before(to) {
			return errs.Invalid(CodeLastDay, "lastDay", "the last day is over")
		}
		helper, err := s.find(f.Helper)
		if err != nil {
			return err
		}
		if err := s.mayHelp(helper); err != nil {
			return err
		}
		made = Application{Kind: ForOther, Other: helper.ID, OtherName: helper.Name, Proxy: f.Bearer != "", details: details{Write: f.Write, Until: to, Bearer: f.Bearer}}
		return s.apply(&made, audit.AccessRequestSubmitted)
	})
	return made, err
}

// mayHelp tells whether somebody can be given an access to the citizen's post.
func (s *sight) mayHelp(helper registry.Party) error {
	switch {
	case helper.ID == s.actor.Party:
		return s.refuse(s.citizen.ID, access.AccessManageOnBehalf.String(), CodeSelf, errSelf)
	case helper.ID == s.citizen.ID, helper.Refusal(s.tx.Now, true) == registry.CodeClosed, helper.Age(s.tx.Now) < registry.AgeOfPost,
		s.citizen.Refusal(s.tx.Now, true) == registry.CodeClosed:
		return errs.Invalid(CodeHelper, "helper", "this person cannot be given an access")
	}
	all, err := s.config.Rights.To(s.tx, s.citizen.ID)
	for _, r := range all {
		if r.Holder == helper.ID && r.Organisation == 0 && r.Relation&(access.Reader|access.Writer) != 0 && !r.Over(s.tx.Now) {
			return errs.New(errs.KindConflict, CodeThere, "they have an access already; remove it first")
		}
	}
	return err
}

// ForExempt is an application for an exemption.
type ForExempt struct {
	Ground Ground
	Text   string
	Since  time.Time // unread letters from this Danish day on go on paper, the zero time for none
	Bearer string    // as in ForAnother
	// ToName and ToAddress are where paper goes; empty ones are the register's.
	ToName    string
	ToAddress []string
}

func (f *ForExempt) check() error {
	f.Text, f.Bearer = strings.TrimSpace(f.Text), tidy(f.Bearer)
	switch {
	case !slices.Contains(Grounds, f.Ground):
		return errs.Invalid(CodeGround, "ground", "there is no such ground")
	case utf8.RuneCountInString(f.Text) > maxText || f.Ground == "other" && f.Text == "":
		return errs.Invalid(CodeGroundText, "text", "what the ground is, in at most %d characters", maxText)
	case utf8.RuneCountInString(f.Bearer) > maxName:
		return errs.Invalid(CodeBearer, "bearer", "a name has at most %d characters", maxName)
	}
	return nil
}

// ApplyExemption makes an application for an exemption of a case's citizen.
func (c *Counter) ApplyExemption(ctx context.Context, actor post.Actor, id post.UUID, f ForExempt) (Application, error) {
	if err := f.check(); err != nil {
		return Application{}, err
	}
	var made Application
	err := c.work(ctx, actor, id, access.ExemptionManage, func(s *sight) (err error) {
		made, err = s.applyExemption(f)
		return err
	})
	return made, err
}

func (s *sight) applyExemption(f ForExempt) (Application, error) {
	if err := s.decides(); err != nil {
		return Application{}, s.refuse(s.citizen.ID, access.ExemptionManage.String(), CodeResidence, err)
	}
	if !f.Since.IsZero() && (f.Since.After(s.tx.Now) || f.Since.Before(s.tx.Now.AddDate(0, -Oldest, -1))) {
		return Application{}, errs.Invalid(CodeSince, "since", "unread letters of at most %d months are sent", Oldest)
	}
	switch s.citizen.EffectiveRegistration(s.tx.Now) {
	case registry.ExemptLeft, registry.ExemptOther:
		return Application{}, errs.New(errs.KindConflict, registry.CodeIsExempt, "the person is exempt already")
	}
	made := Application{Kind: Exemption, Proxy: f.Bearer != "", details: details{Ground: f.Ground, Text: f.Text, Since: f.Since, Bearer: f.Bearer, ToName: f.ToName, ToAddress: f.ToAddress}}
	return made, s.apply(&made, audit.ExemptionRequested)
}

// apply writes an application down.
func (s *sight) apply(a *Application, name audit.Name) error {
	a.ID, a.State, a.Citizen, a.Name, a.Made, a.MadeBy, a.Version, a.Mine = s.tx.NewID(), Opened, s.citizen.ID, s.citizen.Name, s.tx.Now, s.actor.Party, 1, true
	a.organisation = s.actor.Organisation
	plain, err := cbor.Marshal(a.details)
	if err != nil {
		return err
	}
	_, err = s.tx.Exec(`INSERT INTO staff_application (id, kind, state, citizen, organisation, other, proxy, sealed, scan, scan_sealed, made_by, made, decided_by, decided, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, $9, $10, 0, NULL, 1)`,
		a.ID, a.Kind, a.State, a.Citizen, a.organisation, a.Other, a.Proxy, s.seal(plain, a.ID), a.MadeBy, a.Made)
	if err != nil {
		return err
	}
	return s.tell(name, *a)
}

// tell writes an event about an application into the citizen's log.
func (s *sight) tell(name audit.Name, a Application) error {
	props := []audit.Prop{audit.ID(audit.Access, a.ID)}
	if a.Kind == ForOther {
		props = append(props, audit.Number(audit.Party, a.Citizen), audit.Prop{Key: audit.Change, Value: a.relation().String()})
	}
	return audit.Append(s.tx, audit.Event{Name: name, Mailbox: a.Citizen, Actor: s.actor, Via: s.via.String(), Props: props})
}

const applicationColumns = "id, kind, state, citizen, organisation, other, proxy, sealed, scan, scan_sealed, made_by, made, decided_by, decided, version"

// scanned is what of a signed form is sealed.
type scanned struct {
	Key  [32]byte `cbor:"1,keyasint"`
	Name string   `cbor:"2,keyasint"`
	Type string   `cbor:"3,keyasint"`
}

func (d *desk) scanApplication(rows interface{ Scan(...any) error }) (Application, error) {
	var a Application
	var sealed, scanSealed []byte
	err := rows.Scan(&a.ID, &a.Kind, &a.State, &a.Citizen, &a.organisation, &a.Other, &a.Proxy, &sealed, db.Null(&a.scan), db.Null(&scanSealed),
		&a.MadeBy, db.Time(&a.Made), &a.decidedBy, db.Time(&a.Decided), &a.Version)
	if err != nil {
		return a, err
	}
	plain, err := d.unseal(sealed, a.ID)
	if err == nil {
		err = cbor.Unmarshal(plain, &a.details)
	}
	if err == nil && a.scan != (post.UUID{}) {
		var s scanned
		if plain, err = d.unseal(scanSealed, a.ID); err == nil {
			err = cbor.Unmarshal(plain, &s)
		}
		a.Signed, a.Scan, a.scanKey, a.scanType = true, s.Name, s.Key, s.Type
	}
	a.Signed = a.Signed || a.Program
	a.Mine = a.MadeBy == d.actor.Party
	return a, err
}

// named fills in the names of an application.
func (d *desk) named(a *Application) error {
	ids := []post.PartyID{a.Citizen, a.MadeBy}
	if a.Other != 0 {
		ids = append(ids, a.Other)
	}
	parties, err := d.config.Registry.Parties(d.tx, ids)
	a.Name, a.MadeName, a.OtherName = parties[a.Citizen].Name, parties[a.MadeBy].Name, parties[a.Other].Name
	return err
}

// applications are the citizen's at this municipality.
func (s *sight) applications() ([]Application, error) {
	rows, err := s.tx.Query("SELECT "+applicationColumns+" FROM staff_application WHERE citizen = $1 AND organisation = $2 ORDER BY made DESC, id DESC", s.citizen.ID, s.actor.Organisation)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Application, error) { return s.scanApplication(rows) })
	for i := range all {
		if err == nil {
			err = s.named(&all[i])
		}
	}
	return all, err
}

func (s *sight) application(id post.UUID) (Application, error) {
	a, err := s.scanApplication(s.tx.QueryRow("SELECT "+applicationColumns+" FROM staff_application WHERE id = $1 AND citizen = $2 AND organisation = $3"+s.tx.ForUpdate(), id, s.citizen.ID, s.actor.Organisation))
	if errors.Is(err, db.ErrNoRows) {
		return a, errApplication
	}
	if err != nil {
		return a, err
	}
	return a, s.named(&a)
}

// Application is one of the citizen's of a case.
func (c *Counter) Application(ctx context.Context, actor post.Actor, id, application post.UUID) (Application, error) {
	var a Application
	err := c.look(ctx, actor, id, access.MailboxLookup, func(s *sight) (err error) {
		a, err = s.application(application)
		return err
	})
	return a, err
}

// Attach adds the signed form to an application, in the place of one that is there:
// a PDF or a picture. It takes all of body that is not too large.
func (c *Counter) Attach(ctx context.Context, actor post.Actor, id, application post.UUID, name string, body io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(body, MaxScan+1))
	if err != nil {
		return err
	}
	kind := agency.Media(name, raw)
	switch {
	case len(raw) == 0:
		return errs.Invalid(CodeScanEmpty, "file", "the file is empty")
	case len(raw) > MaxScan:
		return errs.Invalid(CodeScanSize, "file", "a signed form has at most %d bytes", MaxScan)
	case kind == "":
		return errs.Invalid(CodeScanType, "file", "a signed form is a PDF, JPEG or PNG file")
	}
	w := c.config.Blobs.Create()
	if _, err := w.Write(raw); err != nil {
		w.Discard()
		return err
	}
	stored, err := w.Close()
	if err != nil {
		return err
	}
	defer c.config.Blobs.Drop(stored) // where no transaction was given it
	return c.work(ctx, actor, id, access.MailboxLookup, func(s *sight) error {
		a, err := s.application(application)
		if err == nil && a.State != Opened {
			err = errs.New(errs.KindConflict, CodeDecided, "the application was decided on")
		}
		if err == nil {
			_, err = s.check(a.action(), s.citizen)
		}
		if err != nil {
			return err
		}
		if a.scan != (post.UUID{}) {
			if err := c.config.Blobs.Delete(s.tx, a.scan); err != nil {
				return err
			}
		}
		plain, err := cbor.Marshal(scanned{stored.Key, post.SafeName(name), kind})
		if err != nil {
			return err
		}
		var b db.Batch
		c.config.Blobs.Insert(s.tx, &b, []*blob.Draft{stored})
		b.Add("UPDATE staff_application SET scan = $1, scan_sealed = $2, version = version + 1 WHERE id = $3", stored.ID, s.seal(plain, a.ID), a.ID)
		return s.tx.Run(&b)
	})
}

// action is what deciding on an application is to access.
func (a Application) action() access.Action {
	if a.Kind == Exemption {
		return access.ExemptionManage
	}
	return access.AccessManageOnBehalf
}

// Scanned is the signed form of an application. Close it.
func (c *Counter) Scanned(ctx context.Context, actor post.Actor, id, application post.UUID) (name, mediaType string, content *blob.Reader, err error) {
	err = c.look(ctx, actor, id, access.MailboxLookup, func(s *sight) error {
		a, err := s.application(application)
		if err == nil && a.scan == (post.UUID{}) {
			err = errApplication
		}
		if err == nil {
			_, err = s.check(a.action(), s.citizen)
		}
		if err != nil {
			return err
		}
		name, mediaType = a.Scan, a.scanType
		content, err = c.config.Blobs.Open(s.tx, a.scan, a.scanKey)
		return err
	})
	return name, mediaType, content, err
}

// Decide approves or declines an application. Approving it puts it in force: it is a
// Conflict with CodeNotSigned before the signed form is attached, and Forbidden with
// CodeFourEyes for the one who applied where another employee has to decide. Declining
// needs a reason, which the citizen is told. version is the one that the asker saw.
func (c *Counter) Decide(ctx context.Context, actor post.Actor, id, application post.UUID, version int64, approve bool, reason string) (Application, error) {
	reason = strings.TrimSpace(reason)
	if !approve && (reason == "" || utf8.RuneCountInString(reason) > maxText) {
		return Application{}, errs.Invalid(CodeWhy, "reason", "a refusal has a reason, of at most %d characters", maxText)
	}
	var a Application
	err := c.work(ctx, actor, id, access.MailboxLookup, func(s *sight) error {
		var err error
		if a, err = s.application(application); err != nil {
			return err
		}
		if s.via, err = s.check(a.action(), s.citizen); err != nil {
			return err
		}
		switch {
		case version != 0 && version != a.Version:
			return errs.ErrStale
		case a.State != Opened:
			return errs.New(errs.KindConflict, CodeDecided, "the application was decided on")
		case a.Other == actor.Party:
			return s.refuse(a.Citizen, a.action().String(), CodeSelf, errSelf)
		case !approve:
			a.Reason = reason
			return s.decline(&a)
		}
		return s.approve(&a)
	})
	return a, err
}

func (s *sight) approve(a *Application) error {
	switch {
	case !a.Signed:
		return errs.New(errs.KindConflict, CodeNotSigned, "the signed form is not attached")
	case a.FourEyes() && a.MadeBy == s.actor.Party:
		return s.refuse(a.Citizen, a.action().String(), CodeFourEyes, errs.New(errs.KindForbidden, CodeFourEyes, "another employee than the one who applied decides"))
	}
	if a.Kind == Exemption {
		return s.exempt(a)
	}
	helper, err := s.config.Registry.Party(s.tx, a.Other)
	if err == nil {
		err = s.mayHelp(helper)
	}
	if err != nil {
		return err
	}
	right, err := s.config.Rights.Give(s.tx, s.actor, s.via, rights.Right{Mailbox: s.citizen.ID, Holder: a.Other, Relation: a.relation(), Origin: rights.Manual, To: a.Until})
	if err != nil {
		return err
	}
	if err := s.decided(a, Approved, audit.AccessRequestApproved); err != nil {
		return err
	}
	if err := s.tellHolder(audit.ReadAccessCreated, a.Other, right.ID, s.via); err != nil {
		return err
	}
	if err := s.writeAlone(s.citizen, givenTo(s.Employer, helper, *a)); err != nil {
		return err
	}
	return s.writeAlone(helper, givenOf(s.Employer, s.citizen, *a))
}

func (s *sight) decline(a *Application) error {
	name := audit.AccessRequestRejected
	if a.Kind == Exemption {
		name = audit.ExemptionRejected
	}
	if err := s.decided(a, Declined, name); err != nil {
		return err
	}
	return s.write(s.citizen, declined(s.Employer, *a))
}

// decided writes down what became of an application.
func (s *sight) decided(a *Application, to State, name audit.Name) error {
	a.State, a.Decided, a.decidedBy, a.Version = to, s.tx.Now, s.actor.Party, a.Version+1
	plain, err := cbor.Marshal(a.details)
	if err != nil {
		return err
	}
	_, err = s.tx.Exec("UPDATE staff_application SET state = $1, decided = $2, decided_by = $3, version = $4, sealed = $5 WHERE id = $6",
		a.State, a.Decided, a.decidedBy, a.Version, s.seal(plain, a.ID), a.ID)
	if err != nil || name == "" {
		return err
	}
	return s.tell(name, *a)
}

// exempt has the citizen get paper, and what lies unread be printed.
func (s *sight) exempt(a *Application) error {
	if err := s.decides(); err != nil {
		return s.refuse(s.citizen.ID, access.ExemptionManage.String(), CodeResidence, err)
	}
	if err := s.config.Registry.Exempt(s.tx, s.actor, s.via, s.citizen.ID, a.Proxy); err != nil {
		return err
	}
	if err := s.decided(a, Approved, ""); err != nil { // the registry told the log
		return err
	}
	title, blocks := s.decision(*a, false)
	err := s.config.Print.Send(s.tx, print.Letter{To: s.citizen.ID, Title: title, Name: a.ToName, Address: a.ToAddress, From: s.Employer.Name, Lang: "da", Blocks: blocks})
	switch {
	case errs.CodeOf(err) == print.CodeNoAddress: // the citizen is handed the decision, and there is nowhere to send letters
		return nil
	case err != nil || a.Since.IsZero():
		return err
	}
	return s.printUnread(a)
}

// printUnread sends the unread letters on paper. A court summons that is not served
// stays where it is: reading it serves it (SND-08), and its sender serves it in
// another way.
func (s *sight) printUnread(a *Application) error {
	letters, err := s.config.Mailboxes.Unread(s.tx, s.citizen.ID, a.Since)
	for _, l := range letters {
		if err != nil {
			return err
		}
		name := audit.UnopenedMailAsPhysicalPost
		if l.Unserved() {
			name = audit.UnopenedMailNotAsPhysicalPost
		} else {
			err = s.config.Print.Send(s.tx, print.Letter{To: s.citizen.ID, Title: l.Label, Name: a.ToName, Address: a.ToAddress, Message: l.ID, Unopened: true})
		}
		if err == nil {
			err = audit.Append(s.tx, audit.Event{Name: name, Mailbox: s.citizen.ID, Actor: s.actor, Via: s.via.String(), Message: l.ID})
		}
	}
	return err
}

// Waiting is an application that another employee has to decide on. It says nothing
// of the citizen: deciding opens a case.
type Waiting struct {
	ID   post.UUID
	Kind Kind
	Made time.Time
	By   string // who applied
	Mine bool   // the asker did, and cannot decide
}

// Waits are the signed applications at the asker's municipality that another
// employee than the one who applied has to decide on, the oldest first.
func (c *Counter) Waits(ctx context.Context, actor post.Actor) ([]Waiting, error) {
	var all []Waiting
	err := c.read(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		if err != nil {
			return err
		}
		if _, err := d.check(access.AccessManageOnBehalf, d.Employer); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT "+applicationColumns+" FROM staff_application WHERE organisation = $1 AND state = $2 AND proxy = TRUE ORDER BY made, id", actor.Organisation, Opened)
		found, err := db.Collect(rows, err, func(rows *db.Rows) (Application, error) { return d.scanApplication(rows) })
		if err != nil {
			return err
		}
		for _, a := range found {
			if !a.Signed {
				continue
			}
			if err := d.named(&a); err != nil {
				return err
			}
			all = append(all, Waiting{a.ID, a.Kind, a.Made, a.MadeName, a.Mine})
		}
		return nil
	})
	return all, err
}

// Review opens a case on the citizen of an application that waits for another
// employee: the look has a reason.
func (c *Counter) Review(ctx context.Context, actor post.Actor, application post.UUID) (Case, error) {
	var made Case
	err := c.update(ctx, func(tx *db.Tx) error {
		d, err := c.desk(tx, actor)
		if err != nil {
			return err
		}
		a, err := d.scanApplication(tx.QueryRow("SELECT "+applicationColumns+" FROM staff_application WHERE id = $1 AND organisation = $2 AND state = $3 AND proxy = TRUE", application, actor.Organisation, Opened))
		if errors.Is(err, db.ErrNoRows) || err == nil && !a.Signed {
			return errApplication
		}
		if err != nil {
			return err
		}
		citizen, err := c.config.Registry.Party(tx, a.Citizen)
		if err != nil {
			return err
		}
		if _, err := d.check(a.action(), citizen); err != nil {
			return err
		}
		if a.Mine {
			return d.refuse(a.Citizen, a.action().String(), CodeFourEyes, errs.New(errs.KindForbidden, CodeFourEyes, "another employee than the one who applied decides"))
		}
		if citizen.ID == actor.Party {
			return d.refuse(citizen.ID, a.action().String(), CodeOwn, errOwn)
		}
		made, err = d.open(citizen, ForApproval, a.ID.String())
		return err
	})
	return made, err
}
