package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// What one person offers another, or asks them for, is the API's AccessRequest of
// the type DELEGATION_REQUEST: accessTo is whose post it is about, target who gets
// the access, and requester whichever of the two has sent it. The other of the two
// approves or rejects it; from then on there is a DirectPrivilege (privileges.go).
//
// What an employee asks of an organisation is one of the type PRIVILEGE_REQUEST:
// accessTo is the organisation, requester and target are the employee, and a rights
// administrator of the organisation answers. Of who is appointed: see appointments.go.

const (
	delegationRequest = "DELEGATION_REQUEST"
	privilegeRequest  = "PRIVILEGE_REQUEST"
)

// accessRequest is the API's AccessRequest.
type accessRequest struct {
	ID                   post.UUID          `json:"id"`
	Version              int64              `json:"version"`
	CreatedDateTime      moment             `json:"createdDateTime"`
	LastUpdated          moment             `json:"lastUpdated"`
	RequestType          string             `json:"requestType" enum:"DELEGATION_REQUEST PRIVILEGE_REQUEST SPECIAL_PRIVILEGE_REQUEST APPOINTED_DELEGATION_REQUEST LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY_PRIVILEGE_REQUEST USER_ADMIN_LOST_PRIVILEGE_REQUEST"`
	RequestState         requestState       `json:"requestState"`
	Requester            requestParticipant `json:"requester" doc:"Who has sent it."`
	AccessTo             requestParticipant `json:"accessTo" doc:"Whose post it is about."`
	Target               requestTarget      `json:"target" doc:"Who gets the access."`
	Privileges           []Privilege        `json:"privileges"`
	PrivilegeEndDate     string             `json:"privilegeEndDate,omitempty" format:"date" doc:"The last Danish day; left out where it never ends."`
	PrivilegeEndDateTime moment             `json:"privilegeEndDateTime,omitempty" doc:"The first moment without it."`
	AnswerBy             moment             `json:"answerBy,omitempty" doc:"Ours: the first moment at which it is too late to answer; left out of a request of an employee, which waits for as long as it takes."`
	PrivilegeID          post.UUID          `json:"privilegeId,omitzero" doc:"Ours: the privilege that it became."`
	Senders              []post.UUID        `json:"senders,omitempty" doc:"Ours: the organisations whose post it is about; left out where it is about all."`
	Note                 string             `json:"note,omitempty" doc:"Why, in the words of an employee who asks, or of who applies."`
	Qualification        string             `json:"qualification,omitempty" enum:"HEIR" doc:"Of who applies for EXECUTOR_OF_ESTATE as an heir with powers from all heirs."`
	Documentations       []documentation    `json:"documentations,omitempty" doc:"Of who applies; lists leave them out."`
	ProcessorNote        string             `json:"processorNote,omitempty" doc:"What the rights administrator has answered, or the reason why an application is approved."`
	SubmissionDateTime   moment             `json:"submissionDateTime,omitempty" doc:"Of an application."`
	ApprovalDateTime     moment             `json:"approvalDateTime,omitempty" doc:"Not of a DELEGATION_REQUEST."`
	RejectionDateTime    moment             `json:"rejectionDateTime,omitempty" doc:"Not of a DELEGATION_REQUEST."`
	RejectionReason      string             `json:"rejectionReason,omitempty" doc:"Of an application."`
	RevocationDateTime   moment             `json:"revocationDateTime,omitempty" doc:"Not of a DELEGATION_REQUEST."`
	RevocationReason     string             `json:"revocationReason,omitempty" doc:"Of an application that was approved."`
}

// requestState is the API's RequestStateType, with EXPIRED beside it.
type requestState string

const draftRequest requestState = "DRAFT"

// requestParticipant is the API's RequestParticipant.
type requestParticipant struct {
	IdentityID             post.UUID `json:"identityId,omitzero" doc:"Left out of one who was asked and has not approved."`
	IdentityType           string    `json:"identityTypeResolved" enum:"CITIZEN EMPLOYEE COMPANY"`
	CitizenIdentityID      post.UUID `json:"citizenIdentityId,omitzero" doc:"identityId of a person."`
	EmployeeIdentityID     post.UUID `json:"employeeIdentityId,omitzero" doc:"identityId of a person at work."`
	OrganisationIdentityID post.UUID `json:"organisationIdentityId,omitzero" doc:"identityId of an organisation."`
	FirstNameProvided      string    `json:"firstNameProvided,omitempty" doc:"As who asks wrote it."`
	LastNameProvided       string    `json:"lastNameProvided,omitempty" doc:"As who asks wrote it."`
	FirstName              string    `json:"firstNameResolved,omitempty"`
	LastName               string    `json:"lastNameResolved,omitempty"`
	OrganisationName       string    `json:"organisationNameResolved,omitempty"`
	Name                   string    `json:"name" doc:"Ours: the whole name, in whichever way it is known."`
}

// citizen is a person who is known.
func citizen(id post.UUID, name string) requestParticipant {
	first, last := namesOf(name)
	return requestParticipant{IdentityID: id, IdentityType: "CITIZEN", CitizenIdentityID: id, FirstName: first, LastName: last, Name: name}
}

// unknownCitizen is a person of whom only that is told what somebody wrote.
func unknownCitizen(name string) requestParticipant {
	first, last := namesOf(name)
	return requestParticipant{IdentityType: "CITIZEN", FirstNameProvided: first, LastNameProvided: last, Name: name}
}

func employee(id post.UUID, name string) requestParticipant {
	first, last := namesOf(name)
	return requestParticipant{IdentityID: id, IdentityType: "EMPLOYEE", EmployeeIdentityID: id, FirstName: first, LastName: last, Name: name}
}

func organisation(p registry.Party) requestParticipant {
	return requestParticipant{IdentityID: p.UUID, IdentityType: "COMPANY", OrganisationIdentityID: p.UUID, OrganisationName: p.Name, Name: p.Name}
}

// namesOf parts a name before its last word, as the API has it in two fields.
func namesOf(name string) (first, last string) {
	i := strings.LastIndexByte(name, ' ')
	return name[:max(i, 0)], name[i+1:]
}

// requestTarget is the API's Target.
type requestTarget struct {
	RequestParticipant requestParticipant `json:"requestParticipant"`
	TargetState        string             `json:"targetState" enum:"PENDING ACTIVATION_CODE_SENT GRANTED" doc:"ACTIVATION_CODE_SENT: it is approved with the code that the owner tells."`
}

type accessRequestSearchResult struct {
	searchResult
	AccessRequests []accessRequest `json:"accessRequests"`
}

func (c *call) accessRequestOf(a delegation.Access, own registry.Party) accessRequest {
	me := citizen(own.UUID, own.Name)
	other := citizen(a.Party.UUID, a.Name)
	if a.Asker == a.Mailbox && a.Status != delegation.Active {
		other = unknownCitizen(a.Name)
	}
	out := accessRequest{ID: a.ID, Version: a.Version, CreatedDateTime: momentOf(a.Created), LastUpdated: momentOf(a.Updated), RequestType: delegationRequest, RequestState: requestState(a.Status),
		Requester: other, AccessTo: me, Target: requestTarget{other, "PENDING"}, Privileges: privilegesOf(a.Relation),
		PrivilegeEndDate: dateOf(a.LastDay()), PrivilegeEndDateTime: momentOf(a.Expires), AnswerBy: momentOf(a.Answer), PrivilegeID: a.Right}
	if a.Mine() {
		out.AccessTo, out.Target.RequestParticipant = other, me
	}
	if a.Asker == a.Mailbox {
		out.Requester = me
	}
	switch {
	case a.Status == delegation.Active:
		out.Target.TargetState = "GRANTED"
	case a.Code:
		out.Target.TargetState = "ACTIVATION_CODE_SENT"
	}
	for _, s := range a.Senders {
		out.Senders = append(out.Senders, s.UUID)
	}
	return out
}

func privilegeRequestOf(r company.Request) accessRequest {
	who := employee(r.Employee.UUID, r.Employee.Name)
	out := accessRequest{ID: r.ID, Version: r.Version, CreatedDateTime: momentOf(r.Created), LastUpdated: momentOf(r.Updated), RequestType: privilegeRequest, RequestState: requestState(r.State),
		Requester: who, AccessTo: organisation(r.Unit), Target: requestTarget{who, "PENDING"}, Privileges: []Privilege{},
		PrivilegeEndDate: dateOf(r.LastDay()), PrivilegeEndDateTime: momentOf(r.To), Note: r.Note, ProcessorNote: r.Reply}
	for _, relation := range r.Relations {
		out.Privileges = append(out.Privileges, rolePrivileges[relation])
	}
	switch r.State {
	case company.Approved:
		out.Target.TargetState, out.ApprovalDateTime = "GRANTED", momentOf(r.Answered)
	case company.Rejected:
		out.RejectionDateTime = momentOf(r.Answered)
	case company.Revoked:
		out.RevocationDateTime = momentOf(r.Answered)
	}
	return out
}

// ownParty is the caller's own mailbox and who they are.
func (c *call) ownParty() (post.UUID, registry.Party, error) {
	boxes, err := c.ownMailboxes()
	if err == nil && (len(boxes) == 0 || boxes[0].Via != access.Owner) {
		err = errs.NotFound(access.CodeNotFound)
	}
	if err != nil {
		return post.UUID{}, registry.Party{}, err
	}
	return boxes[0].UUID, boxes[0].Owner, nil
}

func (c *call) queryAccessRequests() error {
	page, err := c.wholePage()
	if err != nil {
		return err
	}
	all, err := c.delegationRequests()
	if err != nil {
		return err
	}
	asked, err := c.api.Companies.AllRequests(c.r.Context(), c.actor)
	if err != nil {
		return err
	}
	for _, r := range asked {
		all = append(all, privilegeRequestOf(r))
	}
	state := requestState(c.query().Get("requestState"))
	applied, err := c.applications(state)
	if err != nil {
		return err
	}
	all = append(all, applied...)
	slices.SortStableFunc(all, func(a, b accessRequest) int { return cmp.Compare(b.CreatedDateTime, a.CreatedDateTime) })
	if state != "" {
		all = slices.DeleteFunc(all, func(r accessRequest) bool { return r.RequestState != state })
	}
	part, counts := cutPage(all, page, func(one accessRequest) string { return one.ID.String() })
	c.json(http.StatusOK, accessRequestSearchResult{counts, append([]accessRequest{}, part...)})
	return nil
}

// delegationRequests are the caller's own, with other people. An employee has none.
func (c *call) delegationRequests() ([]accessRequest, error) {
	if c.actor.Organisation != 0 {
		return nil, nil
	}
	box, me, err := c.ownParty()
	if err != nil {
		return nil, err
	}
	found, err := c.api.Accesses.Requests(c.r.Context(), c.actor, box)
	var all []accessRequest
	for _, a := range found {
		all = append(all, c.accessRequestOf(a, me))
	}
	return all, err
}

// accessRequestCommand is the API's AccessRequest, as far as one says what one wants.
type accessRequestCommand struct {
	RequestType        string                     `json:"requestType" enum:"DELEGATION_REQUEST PRIVILEGE_REQUEST SPECIAL_PRIVILEGE_REQUEST APPOINTED_DELEGATION_REQUEST LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY_PRIVILEGE_REQUEST USER_ADMIN_LOST_PRIVILEGE_REQUEST" required:""`
	AccessTo           *requestParticipantCommand `json:"accessTo" doc:"Whose post one asks for; the caller, or left out, where one offers access to one's own."`
	Target             *requestTargetCommand      `json:"target" doc:"Whom one offers access; the caller, or left out, where one asks for it oneself."`
	Privileges         []Privilege                `json:"privileges" doc:"MESSAGE_BASIC reads, MESSAGE_WRITE reads and writes. An employee can ask for ORGANISATION_ADMINISTRATOR and ORGANISATION_USER_ADMINISTRATOR too. One applies for CURATOR, LIQUIDATOR, EXECUTOR_OF_ESTATE, LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY or, where no rights administrator is left, ORGANISATION_USER_ADMINISTRATOR." required:""`
	PrivilegeEndDate   string                     `json:"privilegeEndDate" format:"date" doc:"The last Danish day; left out: it never ends."`
	PrivilegeEndTime   string                     `json:"privilegeEndDateTime" format:"date-time" doc:"The first moment without it, instead of privilegeEndDate. It ends with a Danish day: with that in which the moment before lies."`
	Senders            []post.UUID                `json:"senders" doc:"Ours: offers the post of these organisations only; then a code is needed too."`
	ActivationCode     string                     `json:"activationCode" doc:"Ours: the code, which the owner tells the other in person."`
	Note               string                     `json:"note" doc:"Of an employee and of who applies: why."`
	Qualification      string                     `json:"qualification" enum:"HEIR" doc:"Of who applies for EXECUTOR_OF_ESTATE as an heir with powers from all heirs."`
	Documentations     []documentationCommand     `json:"documentations" doc:"Of who applies: the names of the documents. In UpdateAccessRequest those that are not among them are removed."`
	RequestState       requestState               `json:"requestState" doc:"The answer of the one who was asked, APPROVED or REJECTED; SUBMITTED puts an application in, REVOKED takes it back or ends what it gave (UpdateAccessRequest)."`
	ProcessorNote      string                     `json:"processorNote" doc:"Of a rights administrator: what they say to their answer; of a system manager: why they approve (UpdateAccessRequest)."`
	RejectionReason    string                     `json:"rejectionReason" doc:"Of a system manager: why they reject."`
	RejectionComments  string                     `json:"rejectionComments"`
	RevocationReason   string                     `json:"revocationReason" doc:"Of a system manager: why they end what was approved."`
	RevocationComments string                     `json:"revocationComments"`
}

func (a accessRequestCommand) lastDay() (time.Time, error) {
	return lastDay("privilegeEndDate", a.PrivilegeEndDate, "privilegeEndDateTime", a.PrivilegeEndTime)
}

// requestParticipantCommand names the other person: by CPR number and name, or by the
// privilege or request that there is with them. An organisation is named by its CVR
// number or its id.
type requestParticipantCommand struct {
	ExternalID     string    `json:"externalId" doc:"The CPR number, or an organisation's CVR number."`
	ExternalIDType string    `json:"externalIdType" enum:"CPR CVR"`
	IdentityID     post.UUID `json:"identityId" doc:"Of an organisation, and of the caller, instead of the number."`
	CitizenID      post.UUID `json:"citizenIdentityId" doc:"As identityId."`
	EmployeeID     post.UUID `json:"employeeIdentityId" doc:"As identityId."`
	OrganisationID post.UUID `json:"organisationIdentityId" doc:"As identityId."`
	FirstName      string    `json:"firstNameProvided"`
	LastName       string    `json:"lastNameProvided"`
	With           post.UUID `json:"with" doc:"Ours: a privilege or an access request that there is or was with them, instead of number and name: to renew it, or to ask for more."`
}

func (p requestParticipantCommand) id() post.UUID {
	return cmp.Or(p.IdentityID, p.CitizenID, p.EmployeeID, p.OrganisationID)
}

// isMe tells that a command names who calls, as a person or as an employee.
func (c *call) isMe(p requestParticipantCommand) (bool, error) {
	var me registry.Party
	var atWork registry.Member
	err := c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		if me, err = c.api.Registry.Party(tx, c.actor.Party); err == nil && c.actor.Organisation != 0 {
			atWork, err = c.api.Registry.Member(tx, c.actor.Organisation, c.actor.Party)
		}
		return err
	})
	if id := p.id(); err != nil || id != (post.UUID{}) && (id == me.UUID || id == atWork.UUID) {
		return err == nil, err
	}
	number, err := c.api.Registry.CPR(me)
	return p.ExternalID != "" && p.ExternalID == number.Reveal(), err
}

// target is who is to get the access where it is somebody else than who calls, nil
// where they themselves are to.
func (c *call) target(command accessRequestCommand) (*requestParticipantCommand, error) {
	if command.Target == nil {
		return nil, nil
	}
	if me, err := c.isMe(command.Target.RequestParticipant); err != nil || me {
		return nil, err
	}
	return &command.Target.RequestParticipant, nil
}

type requestTargetCommand struct {
	RequestParticipant requestParticipantCommand `json:"requestParticipant"`
}

func (c *call) createAccessRequest() error {
	var command accessRequestCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	switch command.RequestType {
	case privilegeRequest:
		return c.createPrivilegeRequest(command)
	case delegationRequest:
		return c.createDelegationRequest(command)
	case specialRequest, appointedRequest, formerOwnerRequest, lastAdminRequest:
		return c.createApplication(command)
	}
	return badRequest(CodeJSON, "requestType", "the field is one of %s", strings.Join(append([]string{delegationRequest, privilegeRequest}, appointedTypes...), ", "))
}

func (c *call) createDelegationRequest(command accessRequestCommand) error {
	to, err := c.target(command)
	if err != nil {
		return err
	}
	who, gives := command.AccessTo, to != nil
	if gives {
		mine := command.AccessTo == nil
		if !mine {
			if mine, err = c.isMe(*command.AccessTo); err != nil {
				return err
			}
		}
		if who = to; !mine {
			who = nil // of two others
		}
	}
	if who == nil {
		return badRequest(CodeJSON, "accessTo", "one of accessTo and target names the other person, and the other the caller or nobody")
	}
	t := delegation.Terms{FirstName: who.FirstName, LastName: who.LastName, With: who.With, Senders: command.Senders, Code: command.ActivationCode}
	for _, p := range command.Privileges {
		switch {
		case p == MessageWrite:
			t.Relation = access.Writer
		case p == MessageBasic && t.Relation == 0:
			t.Relation = access.Reader
		case p != MessageBasic:
			return badRequest(CodeJSON, "privileges", "the values are MESSAGE_BASIC and MESSAGE_WRITE")
		}
	}
	if len(command.Senders) > 0 && t.Relation == access.Reader {
		t.Relation = access.SenderReader
	}
	if who.ExternalID != "" {
		if t.CPR, err = post.ParseCPR(who.ExternalID); err != nil {
			return badRequest(CodeJSON, "externalId", "the field is not a CPR number")
		}
	}
	if t.LastDay, err = command.lastDay(); err != nil {
		return err
	}
	box, me, err := c.ownParty()
	if err != nil {
		return err
	}
	ask := c.api.Accesses.Ask
	if gives {
		ask = c.api.Accesses.Give
	}
	one, err := ask(c.r.Context(), c.actor, box, t)
	if err != nil {
		return err
	}
	c.one(one.Version, c.accessRequestOf(one, me))
	return nil
}

// createPrivilegeRequest asks for rights in an organisation for the employee who calls.
func (c *call) createPrivilegeRequest(command accessRequestCommand) error {
	to, err := c.target(command)
	if err != nil {
		return err
	}
	if command.AccessTo == nil || to != nil {
		return badRequest(CodeJSON, "accessTo", "accessTo names the organisation, and target the caller or nobody: one asks for oneself")
	}
	w := company.Wish{Note: command.Note}
	for _, p := range command.Privileges {
		relation, err := roleOf(p)
		if err != nil {
			return err
		}
		w.Relations = append(w.Relations, relation)
	}
	if w.To, err = command.lastDay(); err != nil {
		return err
	}
	var one company.Request
	if id := command.AccessTo.id(); id != (post.UUID{}) {
		one, err = c.api.Companies.Ask(c.r.Context(), c.actor, id, w)
	} else {
		cvr, wrong := post.ParseCVR(command.AccessTo.ExternalID)
		if wrong != nil {
			return badRequest(CodeJSON, "externalId", "the field is not a CVR number")
		}
		one, err = c.api.Companies.AskNumber(c.r.Context(), c.actor, cvr, w)
	}
	if err != nil {
		return err
	}
	c.one(one.Version, privilegeRequestOf(one))
	return nil
}

// ofCompany is the request in the path where it is an employee's. One that the caller
// may not see is not there, as one of other people is not.
func (c *call) ofCompany() (one company.Request, there bool, err error) {
	id, err := c.id("id")
	if err != nil {
		return one, false, err
	}
	one, err = c.api.Companies.Request(c.r.Context(), c.actor, id)
	if err != nil && errs.KindOf(err) == errs.KindNotFound {
		return one, false, nil
	}
	return one, err == nil, err
}

// theRequest is the one in the path, between people.
func (c *call) theRequest() (delegation.Access, post.UUID, registry.Party, error) {
	id, err := c.id("id")
	if err != nil {
		return delegation.Access{}, id, registry.Party{}, err
	}
	box, me, err := c.ownParty()
	if err != nil {
		return delegation.Access{}, box, me, err
	}
	one, err := c.api.Accesses.Get(c.r.Context(), c.actor, box, id)
	if err == nil && !one.Request {
		err = errs.NotFound(access.CodeNotFound)
	}
	return one, box, me, err
}

func (c *call) fetchAccessRequest() error {
	if asked, there, err := c.ofCompany(); err != nil || there {
		if there {
			c.one(asked.Version, privilegeRequestOf(asked))
		}
		return err
	}
	if applied, there, err := c.ofAgency("id"); err != nil || there {
		return c.application(applied, err)
	}
	one, _, me, err := c.theRequest()
	if err != nil {
		return err
	}
	c.one(one.Version, c.accessRequestOf(one, me))
	return nil
}

func (c *call) updateAccessRequest() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	var command accessRequestCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	if applied, there, err := c.ofAgency("id"); err != nil || there {
		if there {
			err = c.updateApplication(applied, version, command)
		}
		return err
	}
	answer := delegation.Status(command.RequestState)
	if answer != delegation.Active && answer != delegation.Declined {
		return badRequest(CodeJSON, "requestState", "the field is APPROVED or REJECTED")
	}
	if asked, there, err := c.ofCompany(); err != nil || there {
		if there {
			asked, err = c.api.Companies.Answer(c.r.Context(), c.actor, asked.ID, version, answer == delegation.Active, command.ProcessorNote)
		}
		if err == nil {
			c.one(asked.Version, privilegeRequestOf(asked))
		}
		return err
	}
	one, box, me, err := c.theRequest()
	if err == nil {
		one, err = c.api.Accesses.Answer(c.r.Context(), c.actor, box, one.ID, version, answer == delegation.Active)
	}
	if err != nil {
		return err
	}
	c.one(one.Version, c.accessRequestOf(one, me))
	return nil
}

func (c *call) deleteAccessRequest() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	if asked, there, err := c.ofCompany(); err != nil || there {
		if there {
			_, err = c.api.Companies.Withdraw(c.r.Context(), c.actor, asked.ID, version)
		}
		return c.noContent(err)
	}
	if applied, there, err := c.ofAgency("id"); err != nil || there {
		if there {
			err = c.api.Appointments.Withdraw(c.r.Context(), c.actor, applied.ID, version)
		}
		return c.noContent(err)
	}
	one, box, _, err := c.theRequest()
	if err == nil {
		_, err = c.api.Accesses.Remove(c.r.Context(), c.actor, box, one.ID, version)
	}
	return c.noContent(err)
}

// targetActivation is the API's TargetActivation.
type targetActivation struct {
	Code string `json:"code" required:"" doc:"As the owner has told it. Five wrong codes end an offer."`
}

func (c *call) activateAccessRequest() error {
	var command targetActivation
	if err := c.readJSON(&command); err != nil {
		return err
	}
	box, me, err := c.ownParty()
	if err != nil {
		return err
	}
	one, err := c.api.Accesses.Activate(c.r.Context(), c.actor, box, post.UUID{}, command.Code)
	if err != nil {
		return err
	}
	c.one(one.Version, c.accessRequestOf(one, me))
	return nil
}

// citizenLookupResult is the API's CitizenLookupResult. It tells no name beyond what
// the caller wrote.
type citizenLookupResult struct {
	IdentityID post.UUID `json:"identityId"`
	Name       string    `json:"name" doc:"As the caller wrote it."`
	Closed     bool      `json:"closed"`
}

func (c *call) lookupCitizen() error {
	q := c.query()
	cpr, err := post.ParseCPR(q.Get("cprNumber"))
	if err != nil {
		return badRequest(CodeParameter, "cprNumber", "the parameter is a CPR number")
	}
	box, _, err := c.ownParty()
	if err != nil {
		return err
	}
	first, last := q.Get("firstNameProvided"), q.Get("lastNameProvided")
	who, err := c.api.Accesses.LookUp(c.r.Context(), c.actor, box, cpr, first, last)
	if err != nil {
		return err
	}
	c.json(http.StatusOK, citizenLookupResult{IdentityID: who.UUID, Name: first + " " + last})
	return nil
}
