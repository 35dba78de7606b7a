// Package rights keeps who has a right to whose mailbox: the rights in force, and
// nothing else. Access is decided by what it says in the transaction that asks, so
// a right that was ended has ended everywhere at once, also in sessions and tokens.
//
// It owns privilege, privilege_sender, identity_group, identity_grantee and
// identity_privilege. What is only offered or asked for is no right and lies with
// the capability that owns the request. Two things are not stored but read from
// the registry each time: who signs for a company alone, and whether an employee
// is still employed; they end with the register.
//
// Whoever gives, changes or ends a right has asked access before, in the same
// transaction. Each is an event in the mailbox's log.
package rights

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Rights is the capability.
type Rights struct {
	registry *registry.Registry
	changed  []func(tx *db.Tx, mailbox post.PartyID) error
	ended    []func(tx *db.Tx, one Right) error
	deserted []func(tx *db.Tx, organisation post.PartyID) error
}

// New makes the capability on a migrated database.
func New(people *registry.Registry) *Rights {
	r := &Rights{registry: people}
	people.OnLeft(r.left)
	people.OnClose(r.close)
	return r
}

// left ends all that somebody held as an employee of an organisation: should they be
// employed there again, nothing comes back by itself.
func (r *Rights) left(tx *db.Tx, organisation, person post.PartyID) error {
	governed := map[post.PartyID]bool{} // by them
	all, err := r.Of(tx, person, organisation)
	for _, one := range all {
		if err == nil {
			_, err = r.End(tx, post.Program, 0, one.ID, 0)
		}
		governed[one.Mailbox] = governed[one.Mailbox] || one.Relation == access.Administrator && one.inForce(tx.Now)
	}
	if err != nil {
		return err
	}
	groups, err := r.GroupsOf(tx, organisation, person)
	for _, g := range groups {
		var held []GroupRight
		if err == nil {
			held, err = r.GroupRights(tx, g.ID)
		}
		for _, one := range held {
			governed[one.Mailbox] = governed[one.Mailbox] || one.Relation == access.Administrator && Right{From: one.From, To: one.To}.inForce(tx.Now)
		}
		if err == nil {
			err = r.Part(tx, post.Program, 0, g.ID, person)
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(governed)) { // in the same order whoever leaves
		if err == nil && governed[unit] {
			err = r.desert(tx, unit)
		}
	}
	return err
}

// desert tells where an organisation has no rights administrator any more.
func (r *Rights) desert(tx *db.Tx, organisation post.PartyID) error {
	administered, err := r.Administered(tx, organisation)
	if err != nil || administered {
		return err
	}
	for _, fn := range r.deserted {
		if err := fn(tx, organisation); err != nil {
			return fmt.Errorf("tell of the last administrator: %w", err)
		}
	}
	return nil
}

// OnChange has fn called in each transaction that gives, changes or ends a right
// to a mailbox. It is said before anything runs.
func (r *Rights) OnChange(fn func(tx *db.Tx, mailbox post.PartyID) error) {
	r.changed = append(r.changed, fn)
}

// OnEnd has fn called in each transaction that ends a right, with the right that was.
// It is said before anything runs.
func (r *Rights) OnEnd(fn func(tx *db.Tx, one Right) error) { r.ended = append(r.ended, fn) }

// OnDeserted has fn called in each transaction in which the last rights administrator
// of an organisation leaves it or dies. It is said before anything runs.
func (r *Rights) OnDeserted(fn func(tx *db.Tx, organisation post.PartyID) error) {
	r.deserted = append(r.deserted, fn)
}

// Origin is where a right comes from: the API's source of a privilege.
type Origin string

const (
	SelfService Origin = "SELF_SERVICE" // given by the owner, or a company's administrator
	Manual      Origin = "MANUAL"       // created by staff on the owner's behalf (ACC-11)
	Appointed   Origin = "APPOINTED"    // staff have approved an application (ORG-01, ORG-04, ORG-05)
	Migrated    Origin = "MIGRATED"     // from the former solution (REG-06)
)

// Right is one right of one person to one mailbox.
type Right struct {
	ID      post.UUID
	Mailbox post.PartyID // 0 for a role of staff, which is the same at every mailbox
	Holder  post.PartyID
	// Organisation is in whose name it is used, 0 as a private person (ORG-03).
	Organisation post.PartyID
	Relation     access.Relation
	Source       post.Source    // of a PrivateReader (ACC-09)
	Senders      []post.PartyID // of a SenderReader (ACC-15), ascending
	Origin       Origin
	From         time.Time // the zero time is at once
	To           time.Time // the first moment without it; the zero time is never (ACC-01)
	GivenBy      post.PartyID
	Used         time.Time // when it was last used, to the day; the zero time for never
	Created      time.Time
	Updated      time.Time
	Version      int64
}

// Over tells that the last day has ended.
func (r Right) Over(now time.Time) bool { return !r.To.IsZero() && !now.Before(r.To) }

// LastDay is the last Danish day, as midnight UTC of that date; the zero time for
// never.
func (r Right) LastDay() time.Time { return post.LastDay(r.To) }

func (r Right) grant() access.Grant {
	return access.Grant{Key: r.ID, Relation: r.Relation, Holder: r.Holder, Organisation: r.Organisation, Approved: true,
		From: r.From, To: r.To, Source: r.Source, Senders: r.Senders}
}

const columns = "id, mailbox, holder, organisation, relation, source, origin, begins, ends, given_by, used, created, updated, version"

func scan(rows interface{ Scan(...any) error }) (Right, error) {
	var r Right
	var relation string
	err := rows.Scan(&r.ID, &r.Mailbox, &r.Holder, &r.Organisation, &relation, &r.Source, &r.Origin, db.Time(&r.From), db.Time(&r.To),
		&r.GivenBy, db.Time(&r.Used), db.Time(&r.Created), db.Time(&r.Updated), &r.Version)
	if err == nil {
		r.Relation, err = access.ParseRelation(relation)
	}
	return r, err
}

func (r *Rights) collect(tx *db.Tx, where string, args ...any) ([]Right, error) {
	rows, err := tx.Query("SELECT "+columns+" FROM privilege WHERE "+where+" ORDER BY created, id", args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Right, error) { return scan(rows) })
	if err != nil {
		return nil, err
	}
	at := map[post.UUID]int{}
	var ids []any
	for i, one := range all {
		if one.Relation == access.SenderReader {
			at[one.ID] = i
			ids = append(ids, one.ID)
		}
	}
	return all, tx.QueryIn("SELECT privilege, sender FROM privilege_sender WHERE privilege IN ($IN) ORDER BY sender", ids, nil, func(rows *db.Rows) error {
		var id post.UUID
		var sender post.PartyID
		err := rows.Scan(&id, &sender)
		all[at[id]].Senders = append(all[at[id]].Senders, sender)
		return err
	})
}

// ErrUnknown says that there is no such right, or no more.
var ErrUnknown = errs.NotFound("privilege.unknown")

// Get is a right by its id, also one whose last day is over.
func (r *Rights) Get(tx *db.Tx, id post.UUID) (Right, error) {
	all, err := r.collect(tx, "id = $1", id)
	if err == nil && len(all) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return Right{}, err
	}
	return all[0], nil
}

// To are the rights to a mailbox, the oldest first; also those whose last day is
// over. Groups' rights are not among them.
func (r *Rights) To(tx *db.Tx, mailbox post.PartyID) ([]Right, error) {
	return r.collect(tx, "mailbox = $1", mailbox)
}

// Of are the rights of a person in the name of an organisation, 0 for those they
// have as a private person; also those whose last day is over, and roles of staff.
// Groups' rights are not among them.
func (r *Rights) Of(tx *db.Tx, holder, organisation post.PartyID) ([]Right, error) {
	return r.collect(tx, "holder = $1 AND organisation = $2", holder, organisation)
}

// Codes of why a right cannot be given.
const (
	CodeExists   = "privilege.exists"    // they have it already
	CodeOver     = "privilege.over"      // its last day would be over already
	CodeOwnself  = "privilege.own"       // to one's own mailbox
	CodeRelation = "privilege.not.given" // a relation that nobody gives
	CodeEmployee = "privilege.employee"  // an employee's, to somebody who does not work there
)

// given are the relations that are stored. The others follow from who somebody is.
const given = access.EmployeeWrite | access.EmployeeAdvanced | access.EmployeeBasic | access.Administrator | access.FormerOwner | access.Liquidator |
	access.Curator | access.EstateAdministrator | access.Heir | access.Writer | access.Reader | access.PrivateReader | access.SenderReader |
	access.CitizenService | access.SystemManager | access.Support

// staffRoles are at every mailbox.
const staffRoles = access.CitizenService | access.SystemManager | access.Support

// ofEmployees are the relations that only an employer's log-in uses (SYS-09).
const ofEmployees = grouped | staffRoles

func (one Right) problem(now time.Time) error {
	switch {
	case bits.OnesCount32(uint32(one.Relation)) != 1 || one.Relation&given == 0 || one.Holder == 0 || (one.Mailbox == 0) != (one.Relation&staffRoles != 0):
		return errs.Invalid(CodeRelation, "privilegeType", "this right is not given to anybody")
	case one.Relation&ofEmployees != 0 && one.Organisation == 0:
		return errNotEmployed
	case one.Holder == one.Mailbox:
		return errs.Invalid(CodeOwnself, "grantee", "nobody needs a right to their own mailbox")
	case one.Over(now):
		return errs.Invalid(CodeOver, "privilegeEndDate", "the last day is over already")
	case one.Relation == access.SenderReader && len(one.Senders) == 0:
		return errs.Invalid(CodeRelation, "senders", "a right to chosen senders' post names them")
	}
	return nil
}

var errNotEmployed = errs.Invalid(CodeEmployee, "grantee", "they are no employee of the organisation in whose name they would use the right")

// WithAdministrator are the rights that a new rights administrator also gets (facts 5.2,
// from 13 November 2025).
var WithAdministrator = []access.Relation{access.EmployeeBasic, access.EmployeeAdvanced}

// Give puts a right in force. by gives it, by the right via to do so. One that is
// there already and whose last day is over makes room for it; one that is in force is
// a Conflict: it is changed. What is used in the name of an organisation goes to its
// employees only.
func (r *Rights) Give(tx *db.Tx, by post.Actor, via access.Relation, one Right) (Right, error) {
	return r.Giving(tx, by).Give(via, one)
}

// Giving gives many rights in a transaction: who works where is looked up once.
type Giving struct {
	*Rights
	tx    *db.Tx
	by    post.Actor
	works map[Holder]bool
}

// Giving begins to give.
func (r *Rights) Giving(tx *db.Tx, by post.Actor) *Giving {
	return &Giving{r, tx, by, map[Holder]bool{}}
}

// Give puts a right in force, as Rights.Give does.
func (r *Giving) Give(via access.Relation, one Right) (Right, error) {
	tx, by, holder := r.tx, r.by, Holder{one.Holder, one.Organisation}
	if err := one.problem(tx.Now); err != nil {
		return one, err
	}
	if !r.works[holder] {
		if err := r.mustWork(tx, one.Organisation, one.Holder); err != nil {
			return one, err
		}
		r.works[holder] = true
	}
	if one.Relation&(access.Reader|access.Writer) != 0 { // one of either kind is over, maybe
		if _, err := r.makeRoom(tx, by, via, one); err != nil {
			return one, err
		}
	}
	one.ID, one.GivenBy, one.Created, one.Updated, one.Version, one.Used = tx.NewID(), by.Party, tx.Now, tx.Now, 1, time.Time{}
	if one.Origin == "" {
		one.Origin = SelfService
	}
	there, err := r.insert(tx, one)
	if err == nil && there {
		if there, err = r.makeRoom(tx, by, via, one); err == nil && !there {
			there, err = r.insert(tx, one)
		}
	}
	if err == nil && there {
		err = errs.New(errs.KindConflict, CodeExists, "they have this right already")
	}
	if err == nil {
		err = r.senders(tx, &one)
	}
	if err != nil {
		return one, err
	}
	return one, r.tell(tx, event(by, via, one, audit.PrivilegesGranted, audit.PrivilegesGrantedOnBehalfOf))
}

// insert stores a right; there tells that there is one like it.
func (r *Rights) insert(tx *db.Tx, one Right) (there bool, err error) {
	n, err := tx.Exec("INSERT INTO privilege ("+columns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
		one.ID, one.Mailbox, one.Holder, one.Organisation, one.Relation.String(), one.Source, one.Origin, one.From, one.To, one.GivenBy, nil, one.Created, one.Updated, one.Version)
	return n == 0, err
}

// mustWork refuses who is no employee of an organisation; 0 is in nobody's name.
func (r *Rights) mustWork(tx *db.Tx, organisation, person post.PartyID) error {
	if organisation == 0 {
		return nil
	}
	works, err := r.registry.Employed(tx, organisation, person)
	if err == nil && !works {
		err = errNotEmployed
	}
	return err
}

// makeRoom ends a right whose last day is over where another takes its place. Reading,
// and reading and writing, are one access between people. full tells that there was none.
func (r *Rights) makeRoom(tx *db.Tx, by post.Actor, via access.Relation, one Right) (full bool, err error) {
	relations := []any{one.Relation.String()}
	if one.Relation&(access.Reader|access.Writer) != 0 {
		relations = []any{access.Reader.String(), access.Writer.String()}
	}
	var over []post.UUID
	err = tx.QueryIn("SELECT id FROM privilege WHERE mailbox = $1 AND holder = $2 AND organisation = $3 AND source = $4 AND ends <= $5 AND relation IN ($IN)", relations,
		[]any{one.Mailbox, one.Holder, one.Organisation, one.Source, tx.Now}, func(rows *db.Rows) error {
			var id post.UUID
			err := rows.Scan(&id)
			over = append(over, id)
			return err
		})
	for _, id := range over {
		if err == nil {
			_, err = r.End(tx, by, via, id, 0)
		}
	}
	return len(over) == 0, err
}

// senders stores whose post the right reaches.
func (r *Rights) senders(tx *db.Tx, one *Right) error {
	slices.Sort(one.Senders)
	one.Senders = slices.Compact(one.Senders)
	if _, err := tx.Exec("DELETE FROM privilege_sender WHERE privilege = $1", one.ID); err != nil {
		return err
	}
	var b db.Batch
	for _, s := range one.Senders {
		b.Add("INSERT INTO privilege_sender (privilege, sender) VALUES ($1, $2)", one.ID, s)
	}
	return tx.Run(&b)
}

// Change alters a right: its relation, days and senders. version is the one that
// the asker knows, 0 for any.
func (r *Rights) Change(tx *db.Tx, by post.Actor, via access.Relation, id post.UUID, version int64, change func(*Right)) (Right, error) {
	old, err := r.Get(tx, id)
	if err == nil && version != 0 && version != old.Version {
		err = errs.ErrStale
	}
	if err != nil {
		return old, err
	}
	one := old
	change(&one)
	one.ID, one.Mailbox, one.Holder, one.Organisation, one.Source = old.ID, old.Mailbox, old.Holder, old.Organisation, old.Source
	if err := one.problem(tx.Now); err != nil {
		return old, err
	}
	one.Updated, one.Version = tx.Now, old.Version+1
	_, err = tx.Exec("UPDATE privilege SET relation = $1, origin = $2, begins = $3, ends = $4, updated = $5, version = $6 WHERE id = $7",
		one.Relation.String(), one.Origin, one.From, one.To, one.Updated, one.Version, one.ID)
	if db.IsDuplicate(err) {
		return old, errs.New(errs.KindConflict, CodeExists, "they have this right already")
	}
	if err == nil {
		err = r.senders(tx, &one)
	}
	if err != nil {
		return one, err
	}
	return one, r.tell(tx, event(by, via, one, audit.PrivilegesChanged, audit.PrivilegesChanged))
}

// End ends a right at once: when the transaction is committed nobody is shown
// anything by it any more. version is the one that the asker knows, 0 for any.
func (r *Rights) End(tx *db.Tx, by post.Actor, via access.Relation, id post.UUID, version int64) (Right, error) {
	one, err := r.Get(tx, id)
	if err == nil && version != 0 && version != one.Version {
		err = errs.ErrStale
	}
	if err != nil {
		return one, err
	}
	if _, err := tx.Exec("DELETE FROM privilege_sender WHERE privilege = $1", id); err != nil {
		return one, err
	}
	if _, err := tx.Exec("DELETE FROM privilege WHERE id = $1", id); err != nil {
		return one, err
	}
	for _, fn := range r.ended {
		if err := fn(tx, one); err != nil {
			return one, fmt.Errorf("tell of an ended right: %w", err)
		}
	}
	return one, r.tell(tx, event(by, via, one, audit.PrivilegesRevoked, audit.PrivilegesRevokedOnBehalfOf))
}

// close ends all rights to the post of an organisation that has ceased (facts 5.2), in
// the transaction in which the register says so: those of people and of groups. What
// was appointed stays, as it is there for that; the others do not come back where the
// register was wrong, but are given anew. Who has died has left their employers.
func (r *Rights) close(tx *db.Tx, p registry.Party) error {
	if p.Kind == post.Person {
		of, err := r.registry.MemberOf(tx, p.ID)
		for _, m := range of {
			if err == nil {
				err = r.left(tx, m.Organisation, p.ID)
			}
		}
		return err
	}
	if p.Kind != post.Organisation {
		return nil
	}
	all, err := r.To(tx, p.ID)
	for _, one := range all {
		if err == nil && (one.Origin != Appointed || one.Relation&grouped != 0) {
			_, err = r.End(tx, post.Program, 0, one.ID, 0)
		}
	}
	if err != nil {
		return err
	}
	groups, err := r.GroupRightsTo(tx, p.ID)
	for _, one := range groups {
		if err == nil {
			_, err = r.EndGroup(tx, post.Program, 0, one.ID, 0)
		}
	}
	return err
}

func event(by post.Actor, via access.Relation, one Right, name, onBehalf audit.Name) audit.Event {
	if via == access.CitizenService {
		name = onBehalf
	}
	return audit.Event{Name: name, Mailbox: one.Mailbox, Actor: by, Via: via.String(), Props: []audit.Prop{
		audit.ID(audit.Access, one.ID), audit.Number(audit.Party, one.Holder), {Key: audit.Change, Value: one.Relation.String()}}}
}

// tell writes the event and has those who follow the mailbox look again.
func (r *Rights) tell(tx *db.Tx, e audit.Event) error {
	if err := audit.Append(tx, e); err != nil || e.Mailbox == 0 {
		return err
	}
	return r.touched(tx, e.Mailbox)
}

func (r *Rights) touched(tx *db.Tx, mailbox post.PartyID) error {
	for _, fn := range r.changed {
		if err := fn(tx, mailbox); err != nil {
			return fmt.Errorf("tell of a changed right: %w", err)
		}
	}
	return nil
}

// Use notes that a right was used today, and tells whether it was for the first time.
func (r *Rights) Use(tx *db.Tx, id post.UUID) (first bool, err error) {
	n, err := tx.Exec("UPDATE privilege SET used = $1 WHERE id = $2 AND (used IS NULL OR used < $3)", tx.Now, id, post.StartOfDay(post.Today(tx.Now).Date()))
	return n > 0, err
}

// notMember tells the error of somebody who is nothing to an organisation.
func notMember(err error) bool { return errors.Is(err, registry.ErrNoMember) }
