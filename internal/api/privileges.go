package api

import (
	"net/http"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
)

// A right in force is the API's DirectPrivilege. One between people comes of a
// request that was approved (accessrequests.go) and is changed by its owner; it has
// one privilege, of which MESSAGE_WRITE covers what MESSAGE_BASIC does.

// Privilege is the API's name of what a right lets one do.
type Privilege string

// The privileges between people, and those of organisations and of who is appointed.
const (
	MessageBasic Privilege = "MESSAGE_BASIC"
	MessageWrite Privilege = "MESSAGE_WRITE"

	messageEmployee   Privilege = "MESSAGE_EMPLOYEE"
	userAdministrator Privilege = "ORGANISATION_USER_ADMINISTRATOR"
	legalOwner        Privilege = "LEGAL_OWNER"
	formerOwner       Privilege = "LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY"
	curator           Privilege = "CURATOR"
	liquidator        Privilege = "LIQUIDATOR"
	executor          Privilege = "EXECUTOR_OF_ESTATE"
)

// privilegeOf is the privilege of a relation between people.
func privilegeOf(r access.Relation) Privilege {
	if r == access.Writer {
		return MessageWrite
	}
	return MessageBasic
}

// privilegesOf are all that a relation covers, as accesses and requests list them;
// none for the owner, who needs none.
func privilegesOf(r access.Relation) []Privilege {
	switch r {
	case access.Owner:
		return nil
	case access.Writer:
		return []Privilege{MessageBasic, MessageWrite}
	case access.Signatory:
		return []Privilege{MessageBasic, MessageWrite, legalOwner}
	case access.EmployeeWrite:
		return []Privilege{MessageBasic, MessageWrite, messageEmployee}
	case access.EmployeeAdvanced, access.EmployeeBasic:
		return []Privilege{MessageBasic, messageEmployee}
	case access.Administrator:
		return []Privilege{userAdministrator}
	case access.FormerOwner:
		return []Privilege{MessageBasic, formerOwner}
	case access.Curator:
		return []Privilege{MessageBasic, curator}
	case access.Liquidator:
		return []Privilege{MessageBasic, liquidator}
	case access.EstateAdministrator, access.Heir:
		return []Privilege{MessageBasic, executor}
	}
	return []Privilege{MessageBasic}
}

// directPrivilege is the API's DirectPrivilege.
type directPrivilege struct {
	ID               post.UUID     `json:"id"`
	Version          int64         `json:"version"`
	CreatedDate      moment        `json:"createdDate,omitempty" doc:"Left out of LEGAL_OWNER, which the business register says."`
	LastUpdated      moment        `json:"lastUpdated,omitempty" doc:"Left out of LEGAL_OWNER."`
	Type             Privilege     `json:"type"`
	Source           rights.Origin `json:"source" doc:"UNKNOWN of LEGAL_OWNER: the business register says it, and it is neither given nor ended here."`
	GranteeID        post.UUID     `json:"granteeId" doc:"Who has the privilege."`
	IssuerID         post.UUID     `json:"issuerId" doc:"Who gave it."`
	ScopeID          post.UUID     `json:"scopeId" doc:"Whose mailbox it is to."`
	ActiveTo         string        `json:"activeTo,omitempty" format:"date" doc:"The last Danish day; left out where it never ends."`
	ActiveToDateTime moment        `json:"activeToDateTime,omitempty" doc:"The first moment without it."`
	Senders          []post.UUID   `json:"senders,omitempty" doc:"Ours: the organisations whose post it covers; left out where it covers all."`
}

type directPrivilegeSearchResult struct {
	searchResult
	DirectPrivileges []directPrivilege `json:"directPrivileges"`
}

// dateOf is a day, "" for none.
func dateOf(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

func directPrivilegeOf(a delegation.Access, me post.UUID) directPrivilege {
	p := directPrivilege{ID: a.ID, Version: a.Version, CreatedDate: momentOf(a.Created), LastUpdated: momentOf(a.Updated), Type: privilegeOf(a.Relation),
		Source: rights.SelfService, GranteeID: a.Party.UUID, ScopeID: me, ActiveTo: dateOf(a.LastDay()), ActiveToDateTime: momentOf(a.Expires)}
	if a.Mine() {
		p.GranteeID, p.ScopeID = p.ScopeID, p.GranteeID
	}
	p.IssuerID = p.ScopeID
	if a.ByStaff {
		p.Source = rights.Manual
	}
	for _, s := range a.Senders {
		p.Senders = append(p.Senders, s.UUID)
	}
	return p
}

// queryDirectPrivileges lists the rights of a person: one's own to others' post, or
// another's to one's own.
func (c *call) queryDirectPrivileges() error {
	grantee, err := c.id("identityId")
	if err != nil {
		return err
	}
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	scope, err := c.uuid("scope")
	if err != nil {
		return err
	}
	issuer, err := c.uuid("issuer")
	if err != nil {
		return err
	}
	wanted := Privilege(c.query().Get("type"))
	found, err := c.directPrivileges(grantee)
	if err != nil {
		return err
	}
	var all []directPrivilege
	for _, p := range found {
		if p.GranteeID == grantee && (scope == post.UUID{} || p.ScopeID == scope) && (issuer == post.UUID{} || p.IssuerID == issuer) && (wanted == "" || p.Type == wanted) {
			all = append(all, p)
		}
	}
	part, counts := cutPage(all, page, func(one directPrivilege) string { return one.ID.String() })
	c.json(http.StatusOK, directPrivilegeSearchResult{counts, append([]directPrivilege{}, part...)})
	return nil
}

// directPrivileges are those between people of which the caller is a side, those of an
// employee whose rights they administer, and those that somebody was appointed to.
func (c *call) directPrivileges(grantee post.UUID) ([]directPrivilege, error) {
	var all []directPrivilege
	if c.actor.Organisation == 0 {
		box, own, err := c.ownParty()
		if err != nil {
			return nil, err
		}
		held, err := c.api.Accesses.InForce(c.r.Context(), c.actor, box)
		if err != nil {
			return nil, err
		}
		for _, a := range held {
			all = append(all, directPrivilegeOf(a, own.UUID))
		}
	}
	held, err := c.api.Companies.DirectOf(c.r.Context(), c.actor, grantee)
	if err != nil {
		return nil, err
	}
	for _, d := range held {
		all = append(all, companyPrivilegeOf(d))
	}
	appointed, err := c.api.Appointments.Held(c.r.Context(), c.actor, grantee)
	for _, h := range appointed {
		all = append(all, appointedPrivilegeOf(h, grantee))
	}
	return all, err
}

// deleteDirectPrivilege ends a right at once, by either side.
func (c *call) deleteDirectPrivilege() error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	if c.actor.Organisation != 0 {
		_, err := c.api.Companies.Bulk(c.r.Context(), c.actor, nil, []company.Removal{{ID: id, Version: version}})
		return c.noContent(err)
	}
	box, _, err := c.ownParty()
	if err != nil {
		return err
	}
	held, err := c.api.Accesses.Get(c.r.Context(), c.actor, box, id)
	if errs.KindOf(err) == errs.KindNotFound && err != nil { // an employee's, of a company for which the caller signs
		_, wrong := c.api.Companies.Bulk(c.r.Context(), c.actor, nil, []company.Removal{{ID: id, Version: version}})
		if wrong == nil || errs.KindOf(wrong) != errs.KindNotFound {
			err = wrong // else it is as one between people that is not there
		}
		return c.noContent(err)
	}
	if err == nil && held.Request {
		err = errs.NotFound(access.CodeNotFound)
	}
	if err == nil {
		_, err = c.api.Accesses.Remove(c.r.Context(), c.actor, box, id, version)
	}
	return c.noContent(err)
}

// listPrivilegeTypes tells what the caller can give others to a mailbox: their own, or
// that of an organisation whose rights they administer.
func (c *call) listPrivilegeTypes() error {
	scope, err := c.uuid("scopeIdentityId")
	if err != nil {
		return err
	}
	types := []Privilege{}
	if c.actor.Organisation == 0 {
		_, own, err := c.ownParty()
		if err != nil {
			return err
		}
		if (scope == post.UUID{}) || scope == own.UUID {
			c.json(http.StatusOK, append(types, MessageBasic, MessageWrite))
			return nil
		}
	}
	units, err := c.api.Companies.Units(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(units, func(u company.Unit) bool {
		return u.UUID == scope || scope == post.UUID{} && u.ID == c.actor.Organisation
	}) {
		for _, relation := range company.Relations {
			types = append(types, rolePrivileges[relation])
		}
	}
	c.json(http.StatusOK, types)
	return nil
}

// ofRegister is the source of what the business register says: the API has no name of
// its own for it.
const ofRegister rights.Origin = "UNKNOWN"

// organisationLookup is the API's OrganisationLookup.
type organisationLookup struct {
	OrganisationID   post.UUID `json:"organisationId"`
	OrganisationName string    `json:"organisationName"`
	ActiveCurator    bool      `json:"activeCurator" doc:"Somebody has access to its post as its curator."`
	ActiveExecutor   bool      `json:"activeExecutor" doc:"Somebody has access to its post as executor of an estate."`
	ActiveLiquidator bool      `json:"activeLiquidator" doc:"Somebody has access to its post as its liquidator."`
	Status           string    `json:"status" enum:"ACTIVE CLOSED" doc:"ACTIVE, or CLOSED where it has ceased."`
}

func (c *call) lookUpOrganisation() error {
	cvr, err := post.ParseCVR(c.r.PathValue("cvrNumber"))
	if err != nil {
		return badRequest(CodeParameter, "cvrNumber", "the parameter is a CVR number")
	}
	o, err := c.api.Companies.LookUp(c.r.Context(), c.actor, cvr)
	if err != nil {
		return err
	}
	c.json(http.StatusOK, organisationLookup{o.UUID, o.Name, o.Curator, o.Executor, o.Liquidator, string(o.Status)})
	return nil
}

// uuid reads a declared parameter, the zero id where it is not given.
func (c *call) uuid(name string) (post.UUID, error) {
	text := c.query().Get(name)
	if text == "" {
		return post.UUID{}, nil
	}
	id, err := post.ParseUUID(text)
	if err != nil {
		err = badRequest(CodeParameter, name, "the parameter is a UUID")
	}
	return id, err
}
