package api

import (
	"net/http"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
)

// An organisation's groups are the API's IdentityGroups: their grantees are its
// employees, their privileges reach units that the caller administers.

// rolePrivileges are the API's names of what an employee has of an organisation, one
// for each right: privilegesOf says what each covers.
var rolePrivileges = map[access.Relation]Privilege{
	access.EmployeeBasic: MessageBasic, access.EmployeeWrite: MessageWrite,
	access.EmployeeAdvanced: organisationAdministrator, access.Administrator: userAdministrator,
}

const organisationAdministrator Privilege = "ORGANISATION_ADMINISTRATOR"

// roleOf is the right that a privilege names.
func roleOf(p Privilege) (access.Relation, error) {
	for relation, name := range rolePrivileges {
		if name == p {
			return relation, nil
		}
	}
	return 0, badRequest(CodeJSON, "type", "the values are MESSAGE_BASIC, MESSAGE_WRITE, ORGANISATION_ADMINISTRATOR and ORGANISATION_USER_ADMINISTRATOR")
}

// identityGroup is the API's IdentityGroup.
type identityGroup struct {
	ID          post.UUID           `json:"id"`
	Version     int64               `json:"version"`
	Name        string              `json:"name"`
	Type        string              `json:"type" enum:"MANUAL"`
	CreatedDate moment              `json:"createdDate"`
	LastUpdated moment              `json:"lastUpdated"`
	OwnerID     post.UUID           `json:"ownerId" doc:"The organisation whose employees are in it."`
	Grantees    []grantee           `json:"grantees"`
	Privileges  []identityPrivilege `json:"privileges"`
}

// grantee is the API's Grantee.
type grantee struct {
	ID              post.UUID `json:"id"`
	Version         int64     `json:"version"`
	IdentityGroupID post.UUID `json:"identityGroupId"`
	IdentityID      post.UUID `json:"identityId" doc:"The employee."`
	IssuerID        post.UUID `json:"issuerId" doc:"The group's organisation: which administrator it was, the log tells."`
	CreatedDate     moment    `json:"createdDate"`
}

// identityPrivilege is the API's IdentityPrivilege.
type identityPrivilege struct {
	ID               post.UUID     `json:"id"`
	Version          int64         `json:"version"`
	IdentityGroupID  post.UUID     `json:"identityGroupId"`
	ScopeID          post.UUID     `json:"scopeId" doc:"The organisation whose post it reaches."`
	Type             Privilege     `json:"type"`
	Source           rights.Origin `json:"source"`
	CreatedDate      moment        `json:"createdDate"`
	ActiveTo         string        `json:"activeTo,omitempty" format:"date" doc:"The last Danish day; left out where it never ends."`
	ActiveToDateTime moment        `json:"activeToDateTime,omitempty" doc:"The first moment without it."`
}

type identityGroupSearchResult struct {
	searchResult
	IdentityGroups []identityGroup `json:"identityGroups"`
}

func identityGroupOf(g company.Group) identityGroup {
	out := identityGroup{ID: g.ID, Version: g.Version, Name: g.Name, Type: "MANUAL", CreatedDate: momentOf(g.Created), LastUpdated: momentOf(g.Updated), OwnerID: g.Owner.UUID,
		Grantees: []grantee{}, Privileges: []identityPrivilege{}}
	for _, m := range g.Members {
		out.Grantees = append(out.Grantees, granteeOf(g, m))
	}
	for _, r := range g.Rights {
		out.Privileges = append(out.Privileges, identityPrivilegeOf(r))
	}
	return out
}

func granteeOf(g company.Group, m company.GroupMember) grantee {
	return grantee{m.ID, m.Version, g.ID, m.Employee.UUID, g.Owner.UUID, momentOf(m.Created)}
}

func identityPrivilegeOf(r company.GroupRight) identityPrivilege {
	return identityPrivilege{r.ID, r.Version, r.Group, r.Unit.UUID, rolePrivileges[r.Relation], rights.SelfService, momentOf(r.Created),
		dateOf(rights.Right{To: r.To}.LastDay()), momentOf(r.To)}
}

func (c *call) queryIdentityGroups() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	units, err := c.api.Companies.Units(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	var all []rights.Group
	for _, u := range units {
		if c.actor.Organisation != 0 && u.ID != c.actor.Organisation {
			continue // an employee's groups are their employer's
		}
		_, groups, err := c.api.Companies.Groups(c.r.Context(), c.actor, u.UUID)
		if err != nil {
			return err
		}
		all = append(all, groups...)
	}
	part, counts := cutPage(all, page, func(one rights.Group) string { return one.ID.String() })
	result := identityGroupSearchResult{counts, []identityGroup{}}
	for _, g := range part {
		whole, err := c.api.Companies.Group(c.r.Context(), c.actor, g.ID)
		if err != nil {
			return err
		}
		result.IdentityGroups = append(result.IdentityGroups, identityGroupOf(whole))
	}
	c.json(http.StatusOK, result)
	return nil
}

// identityGroupCommand is the API's IdentityGroup, as far as one says what one wants.
type identityGroupCommand struct {
	Name    string    `json:"name" required:""`
	OwnerID post.UUID `json:"ownerId" doc:"The organisation; the caller's employer where it is left out."`
}

func (c *call) createIdentityGroup() error {
	var command identityGroupCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	if command.OwnerID == (post.UUID{}) {
		units, err := c.api.Companies.Units(c.r.Context(), c.actor)
		if err != nil {
			return err
		}
		for _, u := range units {
			if u.ID == c.actor.Organisation {
				command.OwnerID = u.UUID
			}
		}
	}
	g, err := c.api.Companies.MakeGroup(c.r.Context(), c.actor, command.OwnerID, command.Name)
	if err != nil {
		return err
	}
	return c.groupAs(g.ID)
}

// groupAs answers with a group as it is now.
func (c *call) groupAs(id post.UUID) error {
	g, err := c.api.Companies.Group(c.r.Context(), c.actor, id)
	if err == nil {
		c.one(g.Version, identityGroupOf(g))
	}
	return err
}

func (c *call) fetchIdentityGroup() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	return c.groupAs(id)
}

func (c *call) updateIdentityGroup() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var command identityGroupCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	if _, err := c.api.Companies.RenameGroup(c.r.Context(), c.actor, id, version, command.Name); err != nil {
		return err
	}
	return c.groupAs(id)
}

func (c *call) deleteIdentityGroup() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	return c.noContent(c.api.Companies.DropGroup(c.r.Context(), c.actor, id, version))
}

type granteeCommand struct {
	IdentityID post.UUID `json:"identityId" required:"" doc:"The employee."`
}

func (c *call) createGrantee() error {
	group, err := c.id("identityGroupId")
	if err != nil {
		return err
	}
	var command granteeCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	m, err := c.api.Companies.JoinOne(c.r.Context(), c.actor, group, command.IdentityID)
	if err != nil {
		return err
	}
	g, err := c.api.Companies.Group(c.r.Context(), c.actor, group)
	if err != nil {
		return err
	}
	c.one(m.Version, granteeOf(g, m))
	return nil
}

// updateGrantee tells whether a grantee is as the caller knows it. A grantee is one
// employee in one group, and nothing of it changes: another employee is another one.
func (c *call) updateGrantee() error {
	group, err := c.id("identityGroupId")
	if err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var command granteeCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	g, err := c.api.Companies.Group(c.r.Context(), c.actor, group)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(g.Members, func(m company.GroupMember) bool { return m.ID == id })
	switch {
	case i < 0:
		return company.ErrNobody
	case version != g.Members[i].Version:
		return errs.ErrStale
	case command.IdentityID != g.Members[i].Employee.UUID:
		return badRequest(CodeJSON, "identityId", "who a grantee is does not change; another employee is another grantee")
	}
	c.one(g.Members[i].Version, granteeOf(g, g.Members[i]))
	return nil
}

func (c *call) deleteGrantee() error {
	group, err := c.id("identityGroupId")
	if err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	if _, err := c.ifMatch(); err != nil { // a membership does not change
		return err
	}
	return c.noContent(c.api.Companies.Part(c.r.Context(), c.actor, group, id))
}

// identityPrivilegeCommand is the API's IdentityPrivilege, as far as one says what
// one wants.
type identityPrivilegeCommand struct {
	ScopeID post.UUID `json:"scopeId" required:"" doc:"The organisation whose post it reaches."`
	Type    Privilege `json:"type" required:""`
	ending
}

// ending is when a privilege ends, in the two ways in which the API says it: as
// activeTo, or as activeToDateTime.
type ending struct {
	ActiveTo         string `json:"activeTo" format:"date" doc:"The last Danish day; left out: it never ends."`
	ActiveToDateTime string `json:"activeToDateTime" format:"date-time" doc:"The first moment without it, instead of activeTo. It ends with a Danish day: with that in which the moment before lies."`
}

func (e ending) lastDay() (time.Time, error) {
	return lastDay("activeTo", e.ActiveTo, "activeToDateTime", e.ActiveToDateTime)
}

// lastDay is the last Danish day that a date or the first moment after says, the zero
// time for none.
func lastDay(dateField, date, afterField, after string) (time.Time, error) {
	if date != "" {
		return dayOf(dateField, date)
	}
	if after == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, after)
	if err != nil || post.LastDay(at).Year() < 1900 {
		return time.Time{}, badRequest(CodeJSON, afterField, "the field is not a time such as 2026-11-22T12:00:00Z")
	}
	return post.LastDay(at), nil
}

// dayOf reads a day. One long past is a mistake of the caller, whose "no date" may be the
// first day of all: to us that one is the zero time, and a right without an end.
func dayOf(field, date string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.Year() < 1900 {
		return time.Time{}, badRequest(CodeJSON, field, "the field is not a date")
	}
	return day, nil
}

func (c *call) createIdentityPrivilege() error {
	group, err := c.id("identityGroupId")
	if err != nil {
		return err
	}
	var command identityPrivilegeCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	relation, err := roleOf(command.Type)
	if err != nil {
		return err
	}
	to, err := command.lastDay()
	if err != nil {
		return err
	}
	change := company.Change{Group: group, Units: []post.UUID{command.ScopeID}, Give: []access.Relation{relation}, To: to}
	plan, err := c.api.Companies.Set(c.r.Context(), c.actor, change)
	if err == nil && plan.Count(company.Give) == 0 {
		err = errs.New(errs.KindConflict, rights.CodeExists, "the group has this right already")
	}
	if err != nil {
		return err
	}
	return c.groupPrivilege(group, func(r company.GroupRight) bool { return r.Unit.UUID == command.ScopeID && r.Relation == relation })
}

// groupPrivilege answers with a privilege of a group as it is now.
func (c *call) groupPrivilege(group post.UUID, which func(company.GroupRight) bool) error {
	r, err := c.groupRight(group, which)
	if err == nil {
		c.one(r.Version, identityPrivilegeOf(r))
	}
	return err
}

func (c *call) groupRight(group post.UUID, which func(company.GroupRight) bool) (company.GroupRight, error) {
	g, err := c.api.Companies.Group(c.r.Context(), c.actor, group)
	if err != nil {
		return company.GroupRight{}, err
	}
	i := slices.IndexFunc(g.Rights, which)
	if i < 0 {
		return company.GroupRight{}, rights.ErrUnknown
	}
	return g.Rights[i], nil
}

// theGroupRight is the privilege in the path, in the version that the caller knows.
func (c *call) theGroupRight() (post.UUID, company.GroupRight, error) {
	group, err := c.id("identityGroupId")
	if err != nil {
		return group, company.GroupRight{}, err
	}
	id, err := c.id("id")
	if err != nil {
		return group, company.GroupRight{}, err
	}
	version, err := c.ifMatch()
	if err != nil {
		return group, company.GroupRight{}, err
	}
	r, err := c.groupRight(group, func(r company.GroupRight) bool { return r.ID == id })
	if err == nil && version != r.Version {
		err = errs.ErrStale
	}
	return group, r, err
}

func (c *call) updateIdentityPrivilege() error {
	var command identityPrivilegeCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	to, err := command.lastDay()
	if err != nil {
		return err
	}
	group, r, err := c.theGroupRight()
	if err != nil {
		return err
	}
	if relation, err := roleOf(command.Type); err != nil || relation != r.Relation || command.ScopeID != r.Unit.UUID {
		return badRequest(CodeJSON, "type", "type and scopeId stay as they are")
	}
	if _, err := c.api.Companies.Set(c.r.Context(), c.actor, company.Change{Group: group, Units: []post.UUID{r.Unit.UUID}, Give: []access.Relation{r.Relation}, To: to}); err != nil {
		return err
	}
	return c.groupPrivilege(group, func(one company.GroupRight) bool { return one.ID == r.ID })
}

func (c *call) deleteIdentityPrivilege() error {
	group, r, err := c.theGroupRight()
	if err == nil {
		_, err = c.api.Companies.Set(c.r.Context(), c.actor, company.Change{Group: group, Units: []post.UUID{r.Unit.UUID}, Take: []access.Relation{r.Relation}})
	}
	return c.noContent(err)
}

// directPrivilegeCommand is the API's DirectPrivilegeCommand.
type directPrivilegeCommand struct {
	GranteeID post.UUID `json:"granteeId" required:"" doc:"The employee."`
	ScopeID   post.UUID `json:"scopeId" required:"" doc:"The organisation whose post it reaches."`
	Type      Privilege `json:"type" required:""`
	ending
}

func (d directPrivilegeCommand) grant() (company.Grant, error) {
	relation, err := roleOf(d.Type)
	if err != nil {
		return company.Grant{}, err
	}
	to, err := d.lastDay()
	return company.Grant{Unit: d.ScopeID, Employee: d.GranteeID, Relation: relation, To: to}, err
}

func companyPrivilegeOf(d company.Direct) directPrivilege {
	p := directPrivilege{ID: d.ID, Version: d.Version, CreatedDate: momentOf(d.Created), LastUpdated: momentOf(d.Updated), Type: rolePrivileges[d.Relation], Source: d.Origin,
		GranteeID: d.Grantee.UUID, IssuerID: d.Issuer.UUID, ScopeID: d.Scope.UUID, ActiveTo: dateOf(d.LastDay()), ActiveToDateTime: momentOf(d.To)}
	if d.Relation == access.Signatory {
		p.Type, p.Source = legalOwner, ofRegister
	}
	return p
}

func (c *call) createDirectPrivilege() error {
	var command directPrivilegeCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	grant, err := command.grant()
	if err != nil {
		return err
	}
	made, err := c.api.Companies.Bulk(c.r.Context(), c.actor, []company.Grant{grant}, nil)
	if err != nil {
		return err
	}
	c.one(made[0].Version, companyPrivilegeOf(made[0]))
	return nil
}

// bulkDirectPrivileges is the API's BulkDirectPrivileges.
type bulkDirectPrivileges struct {
	Add    []directPrivilegeCommand `json:"privilegesToAdd"`
	Remove []directRevocation       `json:"privilegesToRemove"`
}

type directRevocation struct {
	ID      post.UUID `json:"id" required:""`
	Version int64     `json:"version" doc:"The one that the caller knows; left out: any."`
}

// mostPrivileges is how many privileges a bulk gives, and how many it ends.
const mostPrivileges = 100

func (c *call) bulkDirectPrivileges() error {
	var command bulkDirectPrivileges
	if err := c.readJSON(&command); err != nil {
		return err
	}
	if len(command.Add) > mostPrivileges || len(command.Remove) > mostPrivileges {
		return badRequest(CodeJSON, "privilegesToAdd", "at most 100 are given and 100 are ended")
	}
	var give []company.Grant
	for _, one := range command.Add {
		grant, err := one.grant()
		if err != nil {
			return err
		}
		give = append(give, grant)
	}
	var end []company.Removal
	for _, one := range command.Remove {
		end = append(end, company.Removal{ID: one.ID, Version: one.Version})
	}
	made, err := c.api.Companies.Bulk(c.r.Context(), c.actor, give, end)
	if err != nil {
		return err
	}
	all := []directPrivilege{}
	for _, d := range made {
		all = append(all, companyPrivilegeOf(d))
	}
	c.json(http.StatusOK, all)
	return nil
}
