package rights

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Group is a group of an organisation's employees: each of them has every right of
// the group, in the name of that organisation.
type Group struct {
	ID           post.UUID
	Organisation post.PartyID
	Name         string
	People       int // in it
	Mailboxes    int // that it has a right to
	Created      time.Time
	Updated      time.Time
	Version      int64
}

// GroupMember is a person in a group.
type GroupMember struct {
	ID      post.UUID
	Person  post.PartyID
	Created time.Time
	Version int64
}

// GroupRight is one right of a group to one mailbox.
type GroupRight struct {
	ID           post.UUID
	Group        post.UUID
	Name         string       // the group's
	Organisation post.PartyID // the group's
	Mailbox      post.PartyID
	Relation     access.Relation
	From         time.Time // the zero time is at once
	To           time.Time // the first moment without it; the zero time is never
	GivenBy      post.PartyID
	Created      time.Time
	Version      int64
}

// Over tells that the last day has ended.
func (g GroupRight) Over(now time.Time) bool { return Right{To: g.To}.Over(now) }

// MaxGroupName is how many characters a group's name has at most.
const MaxGroupName = 100

// Codes of what is wrong with a group.
const (
	CodeGroupName   = "group.name"   // empty, too long, or taken
	CodeGroupMember = "group.member" // they are in it already
)

// ErrNoGroup says that there is no such group, or no more.
var ErrNoGroup = errs.NotFound("group.unknown")

// grouped are relations that a group can have: those of employees.
const grouped = access.EmployeeWrite | access.EmployeeAdvanced | access.EmployeeBasic | access.Administrator

const groupColumns = `g.id, g.organisation, g.name, g.created, g.updated, g.version,
	(SELECT COUNT(*) FROM identity_grantee e WHERE e.identity_group = g.id),
	(SELECT COUNT(DISTINCT mailbox) FROM identity_privilege p WHERE p.identity_group = g.id)`

func (r *Rights) groups(tx *db.Tx, where string, args ...any) ([]Group, error) {
	rows, err := tx.Query("SELECT "+groupColumns+" FROM identity_group g WHERE "+where+" ORDER BY g.name, g.id", args...)
	return db.Collect(rows, err, func(rows *db.Rows) (g Group, err error) {
		err = rows.Scan(&g.ID, &g.Organisation, &g.Name, db.Time(&g.Created), db.Time(&g.Updated), &g.Version, &g.People, &g.Mailboxes)
		return g, err
	})
}

// Groups are an organisation's groups, by name.
func (r *Rights) Groups(tx *db.Tx, organisation post.PartyID) ([]Group, error) {
	return r.groups(tx, "g.organisation = $1", organisation)
}

// GroupsOf are the groups of an organisation that a person is in.
func (r *Rights) GroupsOf(tx *db.Tx, organisation, person post.PartyID) ([]Group, error) {
	return r.groups(tx, "g.organisation = $1 AND g.id IN (SELECT identity_group FROM identity_grantee WHERE person = $2 AND organisation = $1)", organisation, person)
}

// Group is a group by its id.
func (r *Rights) Group(tx *db.Tx, id post.UUID) (Group, error) {
	all, err := r.groups(tx, "g.id = $1", id)
	if err == nil && len(all) == 0 {
		err = ErrNoGroup
	}
	if err != nil {
		return Group{}, err
	}
	return all[0], nil
}

// GroupMembers are the people in a group, in the order in which they came.
func (r *Rights) GroupMembers(tx *db.Tx, group post.UUID) ([]GroupMember, error) {
	rows, err := tx.Query("SELECT id, person, created, version FROM identity_grantee WHERE identity_group = $1 ORDER BY created, id", group)
	return db.Collect(rows, err, func(rows *db.Rows) (m GroupMember, err error) {
		err = rows.Scan(&m.ID, &m.Person, db.Time(&m.Created), &m.Version)
		return m, err
	})
}

const groupRightColumns = "p.id, p.identity_group, g.name, g.organisation, p.mailbox, p.relation, p.begins, p.ends, p.given_by, p.created, p.version"

func (r *Rights) groupRights(tx *db.Tx, where string, args ...any) ([]GroupRight, error) {
	rows, err := tx.Query("SELECT "+groupRightColumns+" FROM identity_privilege p JOIN identity_group g ON g.id = p.identity_group WHERE "+where+" ORDER BY g.name, p.created, p.id", args...)
	return db.Collect(rows, err, func(rows *db.Rows) (GroupRight, error) {
		var g GroupRight
		var relation string
		err := rows.Scan(&g.ID, &g.Group, &g.Name, &g.Organisation, &g.Mailbox, &relation, db.Time(&g.From), db.Time(&g.To), &g.GivenBy, db.Time(&g.Created), &g.Version)
		if err == nil {
			g.Relation, err = access.ParseRelation(relation)
		}
		return g, err
	})
}

// GroupRights are the rights of a group, also those whose last day is over.
func (r *Rights) GroupRights(tx *db.Tx, group post.UUID) ([]GroupRight, error) {
	return r.groupRights(tx, "p.identity_group = $1", group)
}

// GroupRightsTo are the rights of groups to a mailbox.
func (r *Rights) GroupRightsTo(tx *db.Tx, mailbox post.PartyID) ([]GroupRight, error) {
	return r.groupRights(tx, "p.mailbox = $1", mailbox)
}

// GroupPeopleTo are the people in the groups with a right to a mailbox, by group.
func (r *Rights) GroupPeopleTo(tx *db.Tx, mailbox post.PartyID) (map[post.UUID][]post.PartyID, error) {
	people := map[post.UUID][]post.PartyID{}
	rows, err := tx.Query("SELECT identity_group, person FROM identity_grantee WHERE identity_group IN (SELECT identity_group FROM identity_privilege WHERE mailbox = $1) ORDER BY created, id", mailbox)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var group post.UUID
		var person post.PartyID
		if err := rows.Scan(&group, &person); err != nil {
			return nil, err
		}
		people[group] = append(people[group], person)
	}
	return people, rows.Err()
}

// groupName is a name as it is kept. Two groups of an organisation have not the same.
func (r *Rights) groupName(tx *db.Tx, organisation post.PartyID, group post.UUID, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > MaxGroupName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return name, errs.Invalid(CodeGroupName, "name", "a group has a name of at most %d characters", MaxGroupName)
	}
	all, err := r.Groups(tx, organisation)
	if slices.ContainsFunc(all, func(g Group) bool { return g.ID != group && strings.EqualFold(g.Name, name) }) {
		return name, errs.Invalid(CodeGroupName, "name", "the organisation has a group with this name")
	}
	return name, err
}

// MakeGroup makes a group that has nobody and nothing.
func (r *Rights) MakeGroup(tx *db.Tx, by post.Actor, via access.Relation, organisation post.PartyID, name string) (Group, error) {
	name, err := r.groupName(tx, organisation, post.UUID{}, name)
	if err != nil {
		return Group{}, err
	}
	g := Group{ID: tx.NewID(), Organisation: organisation, Name: name, Created: tx.Now, Updated: tx.Now, Version: 1}
	_, err = tx.Exec("INSERT INTO identity_group (id, organisation, name, created, updated, version) VALUES ($1, $2, $3, $4, $4, 1)", g.ID, organisation, name, tx.Now)
	if err != nil {
		return g, err
	}
	return g, r.tell(tx, groupEvent(audit.GroupCreated, by, via, organisation, g.ID))
}

// RenameGroup gives a group another name. version is the one that the asker knows,
// 0 for any.
func (r *Rights) RenameGroup(tx *db.Tx, by post.Actor, via access.Relation, group post.UUID, version int64, name string) (Group, error) {
	g, err := r.Group(tx, group)
	if err == nil && version != 0 && version != g.Version {
		err = errs.ErrStale
	}
	if err != nil {
		return g, err
	}
	if g.Name, err = r.groupName(tx, g.Organisation, group, name); err != nil {
		return g, err
	}
	if err := r.groupChanged(tx, &g); err != nil {
		return g, err
	}
	return g, r.tell(tx, groupEvent(audit.GroupChanged, by, via, g.Organisation, group))
}

func (r *Rights) groupChanged(tx *db.Tx, g *Group) error {
	g.Updated, g.Version = tx.Now, g.Version+1
	_, err := tx.Exec("UPDATE identity_group SET name = $1, updated = $2, version = $3 WHERE id = $4", g.Name, g.Updated, g.Version, g.ID)
	return err
}

// DropGroup ends a group and all its rights.
func (r *Rights) DropGroup(tx *db.Tx, by post.Actor, via access.Relation, group post.UUID, version int64) error {
	g, err := r.Group(tx, group)
	if err == nil && version != 0 && version != g.Version {
		err = errs.ErrStale
	}
	if err != nil {
		return err
	}
	held, err := r.GroupRights(tx, group)
	if err != nil {
		return err
	}
	for _, one := range held {
		if _, err := r.EndGroup(tx, by, via, one.ID, 0); err != nil {
			return err
		}
	}
	for _, table := range []string{"DELETE FROM identity_grantee WHERE identity_group = $1", "DELETE FROM identity_group WHERE id = $1"} {
		if _, err := tx.Exec(table, group); err != nil {
			return err
		}
	}
	return r.tell(tx, groupEvent(audit.GroupDeleted, by, via, g.Organisation, group))
}

// Join puts a person into a group. They have its rights from now on.
func (r *Rights) Join(tx *db.Tx, by post.Actor, via access.Relation, group post.UUID, person post.PartyID) (GroupMember, error) {
	g, err := r.Group(tx, group)
	if err != nil {
		return GroupMember{}, err
	}
	if err := r.mustWork(tx, g.Organisation, person); err != nil {
		return GroupMember{}, err
	}
	m := GroupMember{ID: tx.NewID(), Person: person, Created: tx.Now, Version: 1}
	n, err := tx.Exec("INSERT INTO identity_grantee (id, identity_group, organisation, person, created, version) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT DO NOTHING",
		m.ID, group, g.Organisation, person, tx.Now)
	if err == nil && n == 0 {
		err = errs.New(errs.KindConflict, CodeGroupMember, "they are in this group already")
	}
	if err != nil {
		return m, err
	}
	return m, r.membership(tx, by, via, &g, person, audit.PrivilegesGranted)
}

// Part takes a person out of a group. They have its rights no more.
func (r *Rights) Part(tx *db.Tx, by post.Actor, via access.Relation, group post.UUID, person post.PartyID) error {
	g, err := r.Group(tx, group)
	if err != nil {
		return err
	}
	n, err := tx.Exec("DELETE FROM identity_grantee WHERE identity_group = $1 AND person = $2", group, person)
	if err != nil || n == 0 {
		return err
	}
	return r.membership(tx, by, via, &g, person, audit.PrivilegesRevoked)
}

// membership tells the group's organisation, and each mailbox that the group has a
// right to, that a person came or went.
func (r *Rights) membership(tx *db.Tx, by post.Actor, via access.Relation, g *Group, person post.PartyID, what audit.Name) error {
	if err := r.groupChanged(tx, g); err != nil {
		return err
	}
	held, err := r.GroupRights(tx, g.ID)
	if err != nil {
		return err
	}
	events := []audit.Event{groupEvent(audit.GroupChanged, by, via, g.Organisation, g.ID, audit.Number(audit.Party, person))}
	for _, one := range held {
		if !one.Over(tx.Now) {
			events = append(events, groupRightEvent(what, by, via, one, audit.Number(audit.Party, person)))
		}
	}
	return r.tellMany(tx, events)
}

// GiveGroup gives a group a right to a mailbox. One that is there already is a
// Conflict: it is changed.
func (r *Rights) GiveGroup(tx *db.Tx, by post.Actor, via access.Relation, one GroupRight) (GroupRight, error) {
	g, err := r.Group(tx, one.Group)
	if err != nil {
		return one, err
	}
	if one.Relation&grouped == 0 || one.Relation&^grouped != 0 || one.Mailbox == 0 {
		return one, errs.Invalid(CodeRelation, "privilegeType", "a group does not have this right")
	}
	if one.Over(tx.Now) {
		return one, errs.Invalid(CodeOver, "privilegeEndDate", "the last day is over already")
	}
	one.ID, one.Name, one.Organisation, one.GivenBy, one.Created, one.Version = tx.NewID(), g.Name, g.Organisation, by.Party, tx.Now, 1
	n, err := tx.Exec("INSERT INTO identity_privilege (id, identity_group, mailbox, relation, begins, ends, given_by, created, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT DO NOTHING",
		one.ID, one.Group, one.Mailbox, one.Relation.String(), one.From, one.To, one.GivenBy, one.Created)
	if err == nil && n == 0 {
		err = errs.New(errs.KindConflict, CodeExists, "the group has this right already")
	}
	if err != nil {
		return one, err
	}
	return one, r.tell(tx, groupRightEvent(audit.PrivilegesGranted, by, via, one))
}

// GroupRight is one right of a group by its id.
func (r *Rights) GroupRight(tx *db.Tx, id post.UUID) (GroupRight, error) {
	all, err := r.groupRights(tx, "p.id = $1", id)
	if err == nil && len(all) == 0 {
		err = ErrUnknown
	}
	if err != nil {
		return GroupRight{}, err
	}
	return all[0], nil
}

// ChangeGroup alters the days of a group's right. version is the one that the asker
// knows, 0 for any.
func (r *Rights) ChangeGroup(tx *db.Tx, by post.Actor, via access.Relation, id post.UUID, version int64, from, to time.Time) (GroupRight, error) {
	one, err := r.GroupRight(tx, id)
	if err == nil && version != 0 && version != one.Version {
		err = errs.ErrStale
	}
	if err != nil {
		return one, err
	}
	if one.From, one.To = from, to; one.Over(tx.Now) {
		return one, errs.Invalid(CodeOver, "privilegeEndDate", "the last day is over already")
	}
	one.Version++
	if _, err := tx.Exec("UPDATE identity_privilege SET begins = $1, ends = $2, version = $3 WHERE id = $4", one.From, one.To, one.Version, id); err != nil {
		return one, err
	}
	return one, r.tell(tx, groupRightEvent(audit.PrivilegesChanged, by, via, one))
}

// EndGroup ends a group's right to a mailbox at once.
func (r *Rights) EndGroup(tx *db.Tx, by post.Actor, via access.Relation, id post.UUID, version int64) (GroupRight, error) {
	one, err := r.GroupRight(tx, id)
	if err == nil && version != 0 && version != one.Version {
		err = errs.ErrStale
	}
	if err != nil {
		return one, err
	}
	if _, err := tx.Exec("DELETE FROM identity_privilege WHERE id = $1", id); err != nil {
		return one, err
	}
	return one, r.tell(tx, groupRightEvent(audit.PrivilegesRevoked, by, via, one))
}

func groupEvent(name audit.Name, by post.Actor, via access.Relation, organisation post.PartyID, group post.UUID, props ...audit.Prop) audit.Event {
	return audit.Event{Name: name, Mailbox: organisation, Actor: by, Via: via.String(), Props: append([]audit.Prop{audit.ID(audit.Group, group)}, props...)}
}

func groupRightEvent(name audit.Name, by post.Actor, via access.Relation, one GroupRight, props ...audit.Prop) audit.Event {
	e := groupEvent(name, by, via, one.Mailbox, one.Group, props...)
	e.Props = append(e.Props, audit.ID(audit.Access, one.ID), audit.Prop{Key: audit.Change, Value: one.Relation.String()})
	return e
}

// tellMany is tell for several events, each mailbox in the same order whoever does
// it.
func (r *Rights) tellMany(tx *db.Tx, events []audit.Event) error {
	slices.SortStableFunc(events, func(a, b audit.Event) int { return int(a.Mailbox - b.Mailbox) })
	if err := audit.Append(tx, events...); err != nil {
		return err
	}
	for i, e := range events {
		if i > 0 && events[i-1].Mailbox == e.Mailbox {
			continue
		}
		if err := r.touched(tx, e.Mailbox); err != nil {
			return err
		}
	}
	return nil
}

// administering are the rights of groups' members to administer an organisation, as
// rights of persons.
func (r *Rights) administering(tx *db.Tx, organisation post.PartyID) ([]Right, error) {
	rows, err := tx.Query(`SELECT p.id, e.person, e.organisation, p.begins, p.ends FROM identity_privilege p JOIN identity_grantee e ON e.identity_group = p.identity_group
		WHERE p.mailbox = $1 AND p.relation = $2`, organisation, access.Administrator.String())
	return db.Collect(rows, err, func(rows *db.Rows) (Right, error) {
		one := Right{Mailbox: organisation, Relation: access.Administrator}
		err := rows.Scan(&one.ID, &one.Holder, &one.Organisation, db.Time(&one.From), db.Time(&one.To))
		return one, err
	})
}
