package api

import (
	"net/http"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// What one person offers another, or asks them for, is the API's AccessRequest of
// the type DELEGATION_REQUEST: accessTo is whose post it is about, target who gets
// the access, and requester whichever of the two has sent it. The other of the two
// approves or rejects it; from then on there is a DirectPrivilege (privileges.go).

const delegationRequest = "DELEGATION_REQUEST"

// accessRequest is the API's AccessRequest.
type accessRequest struct {
	ID                   post.UUID          `json:"id"`
	Version              int64              `json:"version"`
	CreatedDateTime      moment             `json:"createdDateTime"`
	LastUpdated          moment             `json:"lastUpdated"`
	RequestType          string             `json:"requestType" enum:"DELEGATION_REQUEST"`
	RequestState         delegation.Status  `json:"requestState"`
	Requester            requestParticipant `json:"requester" doc:"Who has sent it."`
	AccessTo             requestParticipant `json:"accessTo" doc:"Whose post it is about."`
	Target               requestTarget      `json:"target" doc:"Who gets the access."`
	Privileges           []Privilege        `json:"privileges"`
	PrivilegeEndDate     string             `json:"privilegeEndDate,omitempty" format:"date" doc:"The last Danish day; left out where it never ends."`
	PrivilegeEndDateTime moment             `json:"privilegeEndDateTime,omitempty" doc:"The first moment without it."`
	AnswerBy             moment             `json:"answerBy" doc:"Ours: the first moment at which it is too late to answer."`
	PrivilegeID          post.UUID          `json:"privilegeId,omitzero" doc:"Ours: the privilege that it became."`
	Senders              []post.UUID        `json:"senders,omitempty" doc:"Ours: the organisations whose post it is about; left out where it is about all."`
}

// requestParticipant is the API's RequestParticipant.
type requestParticipant struct {
	IdentityID post.UUID `json:"identityId,omitzero" doc:"Left out of one who was asked and has not approved."`
	Name       string    `json:"name" doc:"Ours: of one who was asked, before they have approved, as who asks wrote it."`
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
	me := requestParticipant{own.UUID, own.Name}
	other := requestParticipant{a.Party.UUID, a.Name}
	if a.Asker == a.Mailbox && a.Status != delegation.Active {
		other.IdentityID = post.UUID{}
	}
	out := accessRequest{ID: a.ID, Version: a.Version, CreatedDateTime: momentOf(a.Created), LastUpdated: momentOf(a.Updated), RequestType: delegationRequest, RequestState: a.Status,
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
	page, size, err := c.paging()
	if err != nil {
		return err
	}
	box, me, err := c.ownParty()
	if err != nil {
		return err
	}
	found, err := c.api.Accesses.Requests(c.r.Context(), c.actor, box)
	if err != nil {
		return err
	}
	if state := delegation.Status(c.query().Get("requestState")); state != "" {
		found = slices.DeleteFunc(found, func(a delegation.Access) bool { return a.Status != state })
	}
	part, counts := cutPage(found, page, size)
	result := accessRequestSearchResult{counts, make([]accessRequest, len(part))}
	for i, a := range part {
		result.AccessRequests[i] = c.accessRequestOf(a, me)
	}
	c.json(http.StatusOK, result)
	return nil
}

// accessRequestCommand is the API's AccessRequest, as far as one says what one wants.
type accessRequestCommand struct {
	RequestType      string                     `json:"requestType" enum:"DELEGATION_REQUEST" required:""`
	AccessTo         *requestParticipantCommand `json:"accessTo" doc:"Whose post one asks for; left out where one offers access to one's own."`
	Target           *requestTargetCommand      `json:"target" doc:"Whom one offers access; left out where one asks for it oneself."`
	Privileges       []Privilege                `json:"privileges" doc:"MESSAGE_BASIC reads, MESSAGE_WRITE reads and writes." required:""`
	PrivilegeEndDate string                     `json:"privilegeEndDate" format:"date" doc:"The last Danish day; left out: it never ends."`
	Senders          []post.UUID                `json:"senders" doc:"Ours: offers the post of these organisations only; then a code is needed too."`
	ActivationCode   string                     `json:"activationCode" doc:"Ours: the code, which the owner tells the other in person."`
	RequestState     string                     `json:"requestState" enum:"APPROVED REJECTED" doc:"The answer of the one who was asked (UpdateAccessRequest)."`
}

// requestParticipantCommand names the other person: by CPR number and name, or by the
// privilege or request that there is with them.
type requestParticipantCommand struct {
	ExternalID     string    `json:"externalId" doc:"The CPR number."`
	ExternalIDType string    `json:"externalIdType" enum:"CPR_NUMBER"`
	FirstName      string    `json:"firstNameProvided"`
	LastName       string    `json:"lastNameProvided"`
	With           post.UUID `json:"with" doc:"Ours: a privilege or an access request that there is or was with them, instead of number and name: to renew it, or to ask for more."`
}

type requestTargetCommand struct {
	RequestParticipant requestParticipantCommand `json:"requestParticipant"`
}

func (c *call) createAccessRequest() error {
	var command accessRequestCommand
	if err := c.readJSON(&command); err != nil {
		return err
	}
	who, gives := command.AccessTo, false
	switch {
	case command.RequestType != delegationRequest:
		return badRequest(CodeJSON, "requestType", "the field is DELEGATION_REQUEST")
	case (command.AccessTo == nil) == (command.Target == nil):
		return badRequest(CodeJSON, "accessTo", "either accessTo or target names the other person")
	case command.Target != nil:
		who, gives = &command.Target.RequestParticipant, true
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
	var err error
	if who.ExternalID != "" {
		if t.CPR, err = post.ParseCPR(who.ExternalID); err != nil {
			return badRequest(CodeJSON, "externalId", "the field is not a CPR number")
		}
	}
	if command.PrivilegeEndDate != "" {
		if t.LastDay, err = time.Parse(time.DateOnly, command.PrivilegeEndDate); err != nil {
			return badRequest(CodeJSON, "privilegeEndDate", "the field is not a date")
		}
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

// theRequest is the one in the path.
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
	answer := delegation.Status(command.RequestState)
	if answer != delegation.Active && answer != delegation.Declined {
		return badRequest(CodeJSON, "requestState", "the field is APPROVED or REJECTED")
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
