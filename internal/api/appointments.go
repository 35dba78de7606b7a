package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/appointment"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Who acts for a company or a person that cannot act any more applies for it with an
// AccessRequest too. It begins as a DRAFT with the names of its documentations; the bytes
// of each follow, and then it is put in (SUBMITTED). A system manager of the agency
// approves or rejects it, and can end (REVOKED) what was approved; the privilege's source
// is APPOINTED. The interface has several names for the type: of a former owner, of a rights
// administrator where the last one is gone, and of all others by whether they act in the
// name of their employer.

const (
	specialRequest     = "SPECIAL_PRIVILEGE_REQUEST"
	appointedRequest   = "APPOINTED_DELEGATION_REQUEST"
	formerOwnerRequest = "LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY_PRIVILEGE_REQUEST"
	lastAdminRequest   = "USER_ADMIN_LOST_PRIVILEGE_REQUEST"
)

// heir is the qualification of an heir, for whom the interface has no privilege.
const heir = "HEIR"

// documentation is the API's Documentation.
type documentation struct {
	ID        post.UUID        `json:"id"`
	Version   int64            `json:"version" doc:"Of its bytes."`
	Type      appointment.Kind `json:"documentationType"`
	Filename  string           `json:"filename"`
	MediaType string           `json:"mediaType,omitempty" doc:"As its bytes say."`
	Size      int64            `json:"size" doc:"In bytes; 0 until they have come."`
}

// documentationCommand is the API's Documentation, as far as one says what one wants.
type documentationCommand struct {
	ID       post.UUID        `json:"id" doc:"Of one that is there; left out of a new one."`
	Type     appointment.Kind `json:"documentationType"`
	Filename string           `json:"filename" doc:"It ends in pdf, jpg, jpeg or png, as the file is."`
}

func documentationID(of post.UUID, place int) post.UUID {
	return partID(of, "documentation/"+strconv.Itoa(place))
}

// appointedTypes are the types of request that an application can be.
var appointedTypes = []string{specialRequest, appointedRequest, formerOwnerRequest, lastAdminRequest}

func appointedType(relation access.Relation, employer bool) string {
	switch {
	case relation == access.FormerOwner:
		return formerOwnerRequest
	case relation == access.Administrator:
		return lastAdminRequest
	case employer:
		return appointedRequest
	}
	return specialRequest
}

// appointedStates are the states of an application by those of the interface.
var appointedStates = map[requestState][]appointment.State{
	draftRequest: {appointment.Draft}, "SUBMITTED": {appointment.Submitted}, "APPROVED": {appointment.Approved},
	"REJECTED": {appointment.Rejected}, "REVOKED": {appointment.Withdrawn, appointment.Ended},
}

func stateOf(s appointment.State) requestState {
	for state, all := range appointedStates {
		if slices.Contains(all, s) {
			return state
		}
	}
	return ""
}

func (c *call) applicationOf(a appointment.Application) accessRequest {
	who := citizen(a.Applicant.UUID, a.Applicant.Name)
	if a.Organisation.ID != 0 {
		who.IdentityType, who.OrganisationIdentityID, who.OrganisationName = "EMPLOYEE", a.Organisation.UUID, a.Organisation.Name
	}
	about := organisation(a.About)
	switch {
	case a.About.Kind == post.Organisation:
	case a.By(c.actor) && a.State != appointment.Approved:
		about = unknownCitizen(a.Called)
	case a.By(c.actor):
		about = citizen(a.About.UUID, a.Called)
	default:
		about = citizen(a.About.UUID, a.About.Name)
	}
	own := privilegesOf(a.Relation) // the last is its own, as others have those before it
	out := accessRequest{ID: a.ID, Version: a.Version, CreatedDateTime: momentOf(a.Made), LastUpdated: cmp.Or(momentOf(a.Decided), momentOf(a.Made)),
		RequestType: appointedType(a.Relation, a.Organisation.ID != 0), RequestState: stateOf(a.State), Requester: who, AccessTo: about, Target: requestTarget{who, "PENDING"},
		Privileges: []Privilege{own[len(own)-1]}, PrivilegeEndDate: dateOf(a.LastDay()), PrivilegeEndDateTime: momentOf(a.Ends), Note: a.Text}
	if a.Relation == access.Heir {
		out.Qualification = heir
	}
	if a.State != appointment.Draft {
		out.SubmissionDateTime = momentOf(a.Made)
	}
	decided := momentOf(a.Decided)
	switch a.State {
	case appointment.Approved:
		out.Target.TargetState, out.ApprovalDateTime, out.ProcessorNote = "GRANTED", decided, a.Reason
	case appointment.Rejected:
		out.RejectionDateTime, out.RejectionReason = decided, a.Reason
	case appointment.Withdrawn, appointment.Ended:
		out.RevocationDateTime, out.RevocationReason = decided, a.Reason
	}
	for _, f := range a.Files {
		out.Documentations = append(out.Documentations, documentation{documentationID(a.ID, f.Place), f.Version, f.Kind, f.Name, f.Type, f.Size})
	}
	return out
}

func appointedPrivilegeOf(h appointment.Held, grantee post.UUID) directPrivilege {
	own := privilegesOf(h.Application.Relation)
	return directPrivilege{ID: h.Right.ID, Version: h.Right.Version, CreatedDate: momentOf(h.Created), LastUpdated: momentOf(h.Updated), Type: own[len(own)-1], Source: h.Origin,
		GranteeID: grantee, IssuerID: h.Issuer.UUID, ScopeID: h.About.UUID, ActiveTo: dateOf(h.Right.LastDay()), ActiveToDateTime: momentOf(h.To)}
}

// applications are those that the caller may see.
func (c *call) applications(state requestState) (all []accessRequest, err error) {
	var states []appointment.State
	for one, some := range appointedStates {
		if state == "" || state == one {
			states = append(states, some...)
		}
	}
	found, err := c.api.Appointments.Seen(c.r.Context(), c.actor, states...)
	for _, a := range found {
		all = append(all, c.applicationOf(a))
	}
	return all, err
}

// appointedRelation is what a command applies for.
func (a accessRequestCommand) appointedRelation() (access.Relation, error) {
	byType := map[string]access.Relation{formerOwnerRequest: access.FormerOwner, lastAdminRequest: access.Administrator}
	if relation, one := byType[a.RequestType]; one && len(a.Privileges) == 0 {
		return relation, nil
	}
	relations := map[Privilege]access.Relation{curator: access.Curator, liquidator: access.Liquidator, executor: access.EstateAdministrator, formerOwner: access.FormerOwner,
		userAdministrator: access.Administrator}
	if len(a.Privileges) == 1 && relations[a.Privileges[0]] != 0 {
		relation := relations[a.Privileges[0]]
		if relation == access.EstateAdministrator && a.Qualification == heir {
			relation = access.Heir
		}
		return relation, nil
	}
	return 0, badRequest(CodeJSON, "privileges", "the value is one of CURATOR, LIQUIDATOR, EXECUTOR_OF_ESTATE, LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY and ORGANISATION_USER_ADMINISTRATOR")
}

// whose reads whose post is applied for into what is wanted.
func (c *call) whose(p requestParticipantCommand, w *appointment.Wanted) error {
	w.FirstName, w.LastName = p.FirstName, p.LastName
	if id := cmp.Or(p.OrganisationID, p.IdentityID); id != (post.UUID{}) && p.ExternalID == "" {
		return c.api.DB.Read(c.r.Context(), func(tx *db.Tx) error {
			o, err := c.api.Registry.Organisation(tx, id)
			if err == nil {
				w.CVR, err = c.api.Registry.CVR(o.Party)
			}
			return err
		})
	}
	var err error
	if p.ExternalIDType == "CVR" || p.ExternalIDType == "" && len(p.ExternalID) == 8 {
		w.CVR, err = post.ParseCVR(p.ExternalID)
	} else {
		w.CPR, err = post.ParseCPR(p.ExternalID)
	}
	if err != nil {
		return badRequest(CodeJSON, "externalId", "the field is not a CPR or a CVR number")
	}
	return nil
}

func papers(of appointment.Application, commands []documentationCommand) []appointment.Paper {
	all := make([]appointment.Paper, len(commands))
	for i, d := range commands {
		all[i] = appointment.Paper{Place: -1, Kind: d.Type, Name: d.Filename}
		for _, f := range of.Files {
			if d.ID == documentationID(of.ID, f.Place) {
				all[i].Place = f.Place
			}
		}
	}
	return all
}

func (c *call) createApplication(command accessRequestCommand) error {
	to, err := c.target(command)
	if err != nil {
		return err
	}
	if to != nil {
		own, err := c.isEmployer(*to)
		if err != nil {
			return err
		}
		if own {
			to = nil
		}
	}
	if command.AccessTo == nil || to != nil {
		return badRequest(CodeJSON, "accessTo", "accessTo names whose post it is, and target the caller, their employer, or nobody: one applies oneself")
	}
	w := appointment.Wanted{Text: command.Note}
	if w.Relation, err = command.appointedRelation(); err != nil {
		return err
	}
	if want := appointedType(w.Relation, c.actor.Organisation != 0); command.RequestType != want {
		return badRequest(CodeJSON, "requestType", "what is applied for, with this log-in, is a %s", want)
	}
	if err := c.whose(*command.AccessTo, &w); err != nil {
		return err
	}
	if command.RequestState != "" && command.RequestState != draftRequest {
		return badRequest(CodeJSON, "requestState", "it begins as a DRAFT: the documentations follow, and then it is SUBMITTED (UpdateAccessRequest)")
	}
	made, err := c.api.Appointments.Begin(c.r.Context(), c.actor, w, papers(appointment.Application{}, command.Documentations))
	return c.application(made, err)
}

// isEmployer tells that a command names the organisation in whose name the caller acts.
func (c *call) isEmployer(p requestParticipantCommand) (bool, error) {
	if c.actor.Organisation == 0 {
		return false, nil
	}
	var employer registry.Party
	err := c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		employer, err = c.api.Registry.Party(tx, c.actor.Organisation)
		return err
	})
	if err != nil || p.id() == employer.UUID {
		return err == nil, err
	}
	number, err := c.api.Registry.CVR(employer)
	return p.ExternalID != "" && p.ExternalID == number.Reveal(), err
}

// application answers with one.
func (c *call) application(a appointment.Application, err error) error {
	if err == nil {
		c.one(a.Version, c.applicationOf(a))
	}
	return err
}

// ofAgency is the request in the path where it is an application. One that the caller
// may not see is not there, as one of other people is not.
func (c *call) ofAgency(name string) (one appointment.Application, there bool, err error) {
	id, err := c.id(name)
	if err != nil {
		return one, false, err
	}
	one, err = c.api.Appointments.Get(c.r.Context(), c.actor, id)
	if err != nil && errs.KindOf(err) == errs.KindNotFound {
		return one, false, nil
	}
	return one, err == nil, err
}

// updateApplication changes a draft, puts it in or takes it back, all by its applicant;
// decides on one, or ends what was given, both by a system manager.
func (c *call) updateApplication(a appointment.Application, version int64, command accessRequestCommand) error {
	ctx, all := c.r.Context(), c.api.Appointments
	var err error
	switch state := command.RequestState; {
	case a.State == appointment.Draft && state != "" && state != draftRequest && state != "SUBMITTED":
		return badRequest(CodeJSON, "requestState", "of a draft the field is DRAFT or SUBMITTED; DELETE removes it")
	case a.State == appointment.Draft:
		edit := appointment.Edit{Submit: state == "SUBMITTED"}
		if command.Note != "" {
			edit.Text = &command.Note
		}
		if command.Documentations != nil {
			named := papers(a, command.Documentations)
			edit.Papers = &named
		}
		a, err = all.Edit(ctx, c.actor, a.ID, version, edit)
	case state == "REVOKED" && a.State == appointment.Submitted && a.By(c.actor):
		if err = all.Withdraw(ctx, c.actor, a.ID, version); err == nil {
			a, err = all.Get(ctx, c.actor, a.ID)
		}
	case state == "REVOKED":
		a, err = all.End(ctx, c.actor, a.ID, version, reason(command.RevocationReason, command.RevocationComments))
	case state == "APPROVED" || state == "REJECTED":
		d := appointment.Decision{Approve: state == "APPROVED", Reason: reason(command.RejectionReason, command.RejectionComments, command.ProcessorNote)}
		var day time.Time
		if day, err = command.lastDay(); err == nil {
			d.LastDay = day
			a, err = all.Decide(ctx, c.actor, a.ID, version, d)
		}
	default:
		return badRequest(CodeJSON, "requestState", "the field is APPROVED, REJECTED or REVOKED")
	}
	return c.application(a, err)
}

// reason puts together what the interface has in several fields.
func reason(parts ...string) string {
	return strings.TrimSpace(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), "\n"))
}

// theDocumentation is the one in the path.
func (c *call) theDocumentation() (a appointment.Application, place int, err error) {
	a, there, err := c.ofAgency("accessRequestId")
	if err == nil && !there {
		err = errs.NotFound(access.CodeNotFound)
	}
	if err != nil {
		return a, 0, err
	}
	id, err := c.id("id")
	for _, f := range a.Files {
		if documentationID(a.ID, f.Place) == id {
			return a, f.Place, err
		}
	}
	return a, 0, cmp.Or(err, error(errs.NotFound(access.CodeNotFound)))
}

func (c *call) documentationContent() error {
	a, place, err := c.theDocumentation()
	if err != nil {
		return err
	}
	f, content, err := c.api.Appointments.Content(c.r.Context(), c.actor, a.ID, place)
	if err != nil {
		return err
	}
	defer content.Close()
	h := c.w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", disposition(f.Name))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", `"`+documentationID(a.ID, place).String()+"."+strconv.FormatInt(f.Version, 10)+`"`)
	http.ServeContent(newSteady(c.w), c.r, "", time.Time{}, content)
	return nil
}

func (c *call) updateDocumentationContent() error {
	version, err := c.ifMatch()
	if err != nil {
		return err
	}
	a, place, err := c.theDocumentation()
	if err != nil {
		return err
	}
	body, _, err := c.fileBody()
	if err != nil {
		return err
	}
	a, err = c.api.Appointments.Attach(c.r.Context(), c.actor, a.ID, place, version, body)
	return c.application(a, err)
}
