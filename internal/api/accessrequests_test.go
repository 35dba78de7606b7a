package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// freshAccess is about somebody who asks anna for access, or gives it to her.
func (s *stack) freshAccess(r api.Operation) (path string, body []byte, headers []string) {
	s.T.Helper()
	path = r.Path
	anna := s.person(s.anna)
	anna.mailbox()
	s.Update(func(tx *db.Tx) error { // nobody has asked too many yet
		_, err := tx.Exec("DELETE FROM lookup_try")
		return err
	})
	switch r.Name {
	case "CreateAccessRequest":
		return path, wish(s, s.Person("Carl", 30, nil), "MESSAGE_BASIC", ""), []string{jsonType}
	case "LookupCitizen":
		to := s.Person("Eva", 30, nil)
		return path + "?cprNumber=" + s.Number(to) + "&firstNameProvided=Eva&lastNameProvided=Pr%C3%B8vesen", nil, nil
	case "QueryAccessRequests":
		s.person(s.Person("Dan", 30, nil)).call("POST", path, wish(s, s.anna, "MESSAGE_BASIC", ""), jsonType).is(s.T, 201, "")
	case "FetchAccessRequest", "UpdateAccessRequest", "DeleteAccessRequest":
		from, to := s.Person("Dan", 30, nil), s.anna
		if r.Name == "DeleteAccessRequest" { // it is anna's own
			from, to = to, from
		}
		asked := s.person(from).call("POST", "/access-requests/", wish(s, to, "MESSAGE_BASIC", ""), jsonType)
		asked.is(s.T, 201, "")
		path, headers = strings.Replace(path, "{id}", asked.object(s.T)["id"].(string), 1), []string{"If-Match: 1"}
		if r.Name == "UpdateAccessRequest" {
			body, headers = []byte(`{"requestState":"APPROVED"}`), append(headers, jsonType)
		}
	case "ActivateAccessRequest":
		owner := s.Person("Fie", 30, nil)
		s.Deliver(s.town, owner, nil)
		fie := s.person(owner)
		fie.mailbox()
		fie.call("POST", path[:len("/access-requests/")], fmt.Appendf(nil, `{"requestType":"DELEGATION_REQUEST","target":{"requestParticipant":%s},"privileges":["MESSAGE_BASIC"],"senders":[%q],"activationCode":"rødged17"}`,
			participant(s, s.anna), s.town.UUID), jsonType).is(s.T, 201, "")
		return path, []byte(`{"code":"rødged17"}`), []string{jsonType}
	case "FetchAccessRequestDocumentationContent", "UpdateAccessRequestDocumentationContent":
		return s.freshDocumentation(r)
	case "OrganisationLookup":
		path = strings.Replace(path, "{cvrNumber}", s.Number(s.town), 1)
	case "QueryDirectPrivileges":
		path = strings.Replace(path, "{identityId}", s.anna.UUID.String(), 1)
	case "DeleteDirectPrivilege":
		owner := s.Person("Gro", 30, nil)
		s.person(owner).mailbox()
		right := s.Give(rights.Right{Mailbox: owner.ID, Holder: s.anna.ID, Relation: access.Reader})
		return strings.Replace(path, "{id}", right.ID.String(), 1), nil, []string{"If-Match: 1"}
	}
	return path, body, headers
}

// participant names a person of the world.
func participant(s *stack, p registry.Party) string {
	first, last, _ := strings.Cut(p.Name, " ")
	return fmt.Sprintf(`{"externalIdType":"CPR","externalId":%q,"firstNameProvided":%q,"lastNameProvided":%q}`, s.Number(p), first, last)
}

// wish asks a person for access.
func wish(s *stack, of registry.Party, privilege, lastDay string) []byte {
	return fmt.Appendf(nil, `{"requestType":"DELEGATION_REQUEST","accessTo":%s,"privileges":[%q],"privilegeEndDate":%q}`, participant(s, of), privilege, lastDay)
}

// A client of the interface names all three sides, says the end by either field, reads
// names where the interface has them, and follows next to the end of each list
// (ACC-02, ACC-03, SYS-01).
func TestAccessRequestsAsTheInterfaceHasThem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		bent, eva := s.Person("Bent", 50, nil), s.Person("Eva", 30, nil)
		anna := s.person(s.anna)
		anna.mailbox()
		s.person(bent).mailbox()
		me := fmt.Sprintf(`{"citizenIdentityId":%q}`, s.anna.UUID)
		request := func(accessTo, target, more string) answer {
			return anna.call("POST", "/access-requests/", fmt.Appendf(nil, `{"requestType":"DELEGATION_REQUEST","requestState":"SUBMITTED","requester":%s,"accessTo":%s,"target":{"requestParticipant":%s},"privileges":["MESSAGE_BASIC"]%s}`,
				me, accessTo, target, more), jsonType)
		}
		side := func(o map[string]any, name string) map[string]any {
			p := o[name].(map[string]any)
			if name == "target" {
				p = p["requestParticipant"].(map[string]any)
			}
			return p
		}
		offered := request(participant(s, s.anna), participant(s, bent), `,"privilegeEndDateTime":"2099-12-31T23:00:00Z"`)
		offered.is(t, 201, "")
		o := offered.object(t)
		if o["privilegeEndDate"] != "2099-12-31" || side(o, "accessTo")["citizenIdentityId"] != s.anna.UUID.String() || side(o, "requester")["lastNameResolved"] != "Prøvesen" {
			t.Error(o)
		}
		if p := side(o, "target"); p["firstNameProvided"] != "Bent" || p["firstNameResolved"] != nil || p["citizenIdentityId"] != nil || p["identityTypeResolved"] != "CITIZEN" {
			t.Error("who has not answered is told of", p)
		}
		s.Clock.Advance(time.Second)
		asked := request(participant(s, eva), me, `,"privilegeEndDateTime":"2099-06-30T12:00:00+02:00"`)
		asked.is(t, 201, "")
		if o := asked.object(t); o["privilegeEndDate"] != "2099-06-30" || side(o, "accessTo")["firstNameProvided"] != "Eva" || side(o, "target")["identityId"] != s.anna.UUID.String() {
			t.Error(o)
		}
		request(participant(s, eva), participant(s, bent), "").is(t, 400, api.CodeJSON) // two others
		request(me, me, "").is(t, 422, "access.whom")
		request(me, participant(s, bent), `,"privilegeEndDateTime":"31-12-2099"`).is(t, 400, api.CodeJSON)

		var seen []any
		for next := "page=0"; next != ""; {
			page := anna.call("GET", "/access-requests/?size=1&"+next, nil)
			page.is(t, 200, "")
			seen = append(seen, page.list(t, "accessRequests")[0]["id"])
			if next = ""; page.object(t)["next"] != nil {
				next = "next=" + page.object(t)["next"].(string)
				// What the page ended with is gone before the next one is read.
				anna.call("DELETE", "/access-requests/"+seen[0].(string), nil, "If-Match: 1").is(t, 204, "")
			}
		}
		if len(seen) != 2 || seen[0] != asked.object(t)["id"] || seen[1] != o["id"] {
			t.Error(seen)
		}
		anna.call("GET", "/access-requests/?next=x", nil).is(t, 400, api.CodeParameter)
	})
}

// A person is shown around once, which either of two operations notes; what they may is
// not changed there (ACC-12).
func TestUpdateAccess(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna, bent := s.person(s.anna), s.Person("Bent", 50, nil)
		box := anna.mailbox()
		s.give(bent, access.Reader)
		all := anna.call("GET", box+"/accesses/", nil).list(t, "accesses")
		own, his := box+"/accesses/"+all[0]["id"].(string), box+"/accesses/"+all[1]["id"].(string)
		done := []byte(`{"introductionCompleted":true,"privileges":["MESSAGE_WRITE"]}`)
		anna.call("PUT", own, done, jsonType, "If-Match: 7").is(t, 409, api.CodeVersion)
		if a := anna.call("PUT", own, done, jsonType, "If-Match: 1"); a.object(t)["introductionCompleted"] != true {
			t.Errorf("%s", a.body)
		}
		if m := anna.call("GET", box, nil).object(t); m["access"].(map[string]any)["introductionCompleted"] != true {
			t.Error(m)
		}
		anna.call("PUT", own, []byte(`{"introductionCompleted":false}`), jsonType, "If-Match: 1").is(t, 422, api.CodeFieldFixed)
		anna.call("PUT", his, done, jsonType, "If-Match: 1").is(t, 422, api.CodeFieldFixed)
		anna.call("PUT", box+"/accesses/"+post.NewUUID().String(), done, jsonType, "If-Match: 1").is(t, 404, "not.found")
		if got := anna.call("GET", his, nil).object(t); fmt.Sprint(got["privileges"]) != "[MESSAGE_BASIC]" {
			t.Error("a privilege was given", got)
		}
		s.person(s.Person("Mogens", 30, nil)).call("PUT", own, done, jsonType, "If-Match: 1").is(t, 404, "not.found")
		// The interface has a body in a deletion of a privilege, of which nothing is needed.
		right := "/privileges/direct/" + all[1]["id"].(string)
		anna.call("DELETE", right, fmt.Appendf(nil, `{"issuerId":%q}`, s.anna.UUID), jsonType, "If-Match: 1").is(t, 204, "")
		anna.call("GET", his, nil).is(t, 404, "not.found")
	})
}

// ACC-02, ACC-03, ACC-10 by the API.
func TestAccessRequests(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		bent := s.Person("Bent", 50, nil)
		anna, helper, stranger := s.person(s.anna), s.person(bent), s.person(s.Person("Mogens", 30, nil))
		annas := anna.mailbox()
		helper.mailbox()
		box := strings.TrimPrefix(annas, "/mailboxes/")
		reads := func(want int) {
			t.Helper()
			if got := helper.call("GET", annas+"/messages/", nil).status; got != want {
				t.Errorf("the helper's reading: %d, want %d", got, want)
			}
			n := 0
			for _, m := range helper.call("GET", "/mailboxes/", nil).list(t, "mailboxes") {
				if m["id"] == box {
					n++
				}
			}
			if (n > 0) != (want == 200) {
				t.Errorf("the helper's list has it: %d", n)
			}
		}
		helper.call("POST", "/access-requests/", []byte(`{"requestType":"CONNECTION_AGREEMENT_REQUEST","accessTo":{},"privileges":["MESSAGE_BASIC"]}`), jsonType).is(t, 400, api.CodeJSON)
		helper.call("POST", "/access-requests/", []byte(`{"requestType":"DELEGATION_REQUEST","privileges":["MESSAGE_BASIC"]}`), jsonType).is(t, 400, api.CodeJSON)
		helper.call("POST", "/access-requests/", wish(s, s.anna, "CURATOR", ""), jsonType).is(t, 400, api.CodeJSON)
		helper.call("POST", "/access-requests/", wish(s, bent, "MESSAGE_BASIC", ""), jsonType).is(t, 422, delegation.CodeYourself)

		asked := helper.call("POST", "/access-requests/", wish(s, s.anna, "MESSAGE_WRITE", "2099-12-31"), jsonType)
		asked.is(t, 201, "")
		r := asked.object(t)
		one := "/access-requests/" + r["id"].(string)
		if r["requestState"] != "SUBMITTED" || r["privilegeEndDate"] != "2099-12-31" || r["requester"].(map[string]any)["identityId"] != bent.UUID.String() {
			t.Errorf("%v", r)
		}
		if other := r["accessTo"].(map[string]any); other["identityId"] != nil || other["name"] != "Anna Prøvesen" {
			t.Errorf("who asks learns %v", other)
		}
		reads(404)
		answer := func(c caller, state, version string) answer {
			return c.call("PUT", one, []byte(`{"requestState":"`+state+`"}`), jsonType, "If-Match: "+version)
		}
		answer(helper, "APPROVED", "1").is(t, 403, delegation.CodeNotYours)
		answer(stranger, "APPROVED", "1").is(t, 404, "access.unknown")
		answer(anna, "REVOKED", "1").is(t, 400, api.CodeJSON)
		answer(anna, "APPROVED", "7").is(t, 409, "version.conflict")
		anna.call("DELETE", one, nil, "If-Match: 1").is(t, 403, delegation.CodeNotYours)
		reads(404)
		answer(anna, "APPROVED", "1").is(t, 200, "")
		reads(200)
		answer(anna, "REJECTED", "2").is(t, 409, delegation.CodeAnswered)
		helper.call("DELETE", one, nil, "If-Match: 2").is(t, 409, delegation.CodeAnswered)

		// Both see it, each in the same words.
		all := anna.call("GET", "/privileges/direct/grantee/"+bent.UUID.String(), nil).list(t, "directPrivileges")
		theirs := helper.call("GET", "/privileges/direct/grantee/"+bent.UUID.String()+"?scope="+s.anna.UUID.String(), nil).list(t, "directPrivileges")
		if len(all) != 1 || len(theirs) != 1 || all[0]["id"] != theirs[0]["id"] || all[0]["type"] != "MESSAGE_WRITE" || all[0]["granteeId"] != bent.UUID.String() || all[0]["scopeId"] != s.anna.UUID.String() {
			t.Errorf("%v %v", all, theirs)
		}
		if n := stranger.call("GET", "/privileges/direct/grantee/"+bent.UUID.String(), nil).list(t, "directPrivileges"); len(n) != 0 {
			t.Errorf("a stranger sees %v", n)
		}
		if n := anna.call("GET", annas+"/accesses/", nil).list(t, "accesses"); len(n) != 2 || n[1]["identityId"] != bent.UUID.String() {
			t.Errorf("%v", n)
		}
		if n := helper.call("GET", annas+"/accesses/", nil).list(t, "accesses"); len(n) != 1 || fmt.Sprint(n[0]["privileges"]) != "[MESSAGE_BASIC MESSAGE_WRITE]" {
			t.Errorf("the helper sees %v", n)
		}
		privilege := "/privileges/direct/" + all[0]["id"].(string)
		anna.call("GET", annas+"/accesses/"+all[0]["id"].(string), nil).is(t, 200, "")
		stranger.call("DELETE", privilege, nil, "If-Match: 1").is(t, 404, "access.unknown")
		anna.call("DELETE", one, nil, "If-Match: 2").is(t, 409, delegation.CodeAnswered)
		reads(200)
		s.delivered(nil)
		next := helper.follow(annas)
		if e := next(); !strings.Contains(e, `"unreadMessages"`) {
			t.Errorf("the helper's stream: %q", e)
		}
		message := annas + "/messages/" + anna.messages("")[0]["id"].(string)
		paths := []string{annas, message, message + "/documents/", annas + "/messages/?query=tand", annas + "/folders/", annas + "/changes?since=0", annas + "/deadlines/", annas + "/accesses/"}
		for _, path := range paths {
			helper.call("GET", path, nil).is(t, 200, "")
		}
		anna.call("DELETE", privilege, nil, "If-Match: 1").is(t, 204, "")
		reads(404)
		if e := next(); e != "" {
			t.Errorf("the helper's stream goes on: %q", e)
		}
		for _, path := range paths {
			helper.call("GET", path, nil).is(t, 404, "not.found")
		}
		answer(anna, "APPROVED", "2").is(t, 409, delegation.CodeAnswered)
		reads(404)

		// What is taken back stays so, and shows so.
		again := helper.call("POST", "/access-requests/", wish(s, s.anna, "MESSAGE_BASIC", ""), jsonType)
		again.is(t, 201, "")
		one = "/access-requests/" + again.object(t)["id"].(string)
		helper.call("DELETE", one, nil, "If-Match: 1").is(t, 204, "")
		answer(anna, "APPROVED", "2").is(t, 409, delegation.CodeAnswered)
		if got := anna.call("GET", "/access-requests/?requestState=REVOKED", nil).list(t, "accessRequests"); len(got) != 1 {
			t.Errorf("%v", got)
		}
		reads(404)
	})
}

// A look-up tells no more than the caller wrote, and costs time when it is wrong.
func TestCitizenLookup(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		eva := s.Person("Eva Maria", 30, nil)
		anna := s.person(s.anna)
		anna.mailbox()
		look := func(first, cpr string) answer {
			return anna.call("GET", "/citizen-lookup/?cprNumber="+cpr+"&firstNameProvided="+first+"&lastNameProvided=Pr%C3%B8vesen", nil)
		}
		found := look("Eva", s.Number(eva))
		found.is(t, 200, "")
		if r := found.object(t); r["name"] != "Eva Prøvesen" || r["identityId"] != eva.UUID.String() {
			t.Errorf("%v", r)
		}
		look("Eva", "12").is(t, 400, api.CodeParameter)
		for range 5 {
			look("Ida", s.Number(eva)).is(t, 422, registry.CodeNameMismatch)
		}
		look("Eva", s.Number(eva)).is(t, 429, registry.CodeTooManyTries)
	})
}

// employee is a program with the token of an employee.
func (s *stack) employee(p, organisation registry.Party, scopes ...string) caller {
	s.T.Helper()
	if s.clients == nil {
		s.clients = map[string]bool{}
	}
	if len(scopes) == 0 {
		scopes = session.Scopes
	}
	actor := world.Employee(p, organisation)
	actor.Platform = post.PlatformApp
	return s.caller(nil, "Bearer "+s.tokenOf(actor, scopes))
}

// ORG-01: an employee asks for rights by the API, a rights administrator answers, the
// employee takes back what nobody has answered. Nothing can be read before.
func TestPrivilegeRequests(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm, box, _ := s.firm()
		bo, ida, sten := s.Person("Bo", 30, nil), s.Person("Ida", 30, nil), s.Person("Sten", 30, nil)
		for _, p := range []registry.Party{bo, ida} {
			s.Member(firm, p, nil)
		}
		foreign := s.Company("En anden ApS")
		s.Member(foreign, sten, nil)
		anna, clerk, colleague, outsider := s.person(s.anna), s.employee(bo, firm), s.employee(ida, firm), s.employee(sten, foreign)
		wants := func(accessTo, privileges string) []byte {
			return fmt.Appendf(nil, `{"requestType":"PRIVILEGE_REQUEST","accessTo":%s,"privileges":[%s],"privilegeEndDate":"2099-12-31","note":"Jeg vikarierer."}`, accessTo, privileges)
		}
		byNumber, byID := fmt.Sprintf(`{"externalIdType":"CVR","externalId":%q}`, s.Number(firm)), fmt.Sprintf(`{"identityId":%q}`, firm.UUID)
		ask := func(c caller, body []byte) answer { return c.call("POST", "/access-requests/", body, jsonType) }
		ask(clerk, wants(byNumber, `"CURATOR"`)).is(t, 400, api.CodeJSON)
		ask(clerk, wants(`{"externalId":"12"}`, `"MESSAGE_BASIC"`)).is(t, 400, api.CodeJSON)
		ask(clerk, []byte(`{"requestType":"PRIVILEGE_REQUEST","privileges":["MESSAGE_BASIC"]}`)).is(t, 400, api.CodeJSON)
		ask(outsider, wants(byID, `"MESSAGE_BASIC"`)).is(t, 422, company.CodeNoUnit)
		ask(s.person(bo), wants(byID, `"MESSAGE_BASIC"`)).is(t, 404, "member.unknown") // at home Bo is nobody's employee
		readOnly := s.employee(bo, firm, session.ScopeRead)
		ask(readOnly, wants(byID, `"MESSAGE_BASIC"`)).is(t, 403, "access.read.only.token")

		asked := ask(clerk, wants(byNumber, `"MESSAGE_BASIC","ORGANISATION_ADMINISTRATOR"`))
		asked.is(t, 201, "")
		r := asked.object(t)
		if r["requestType"] != "PRIVILEGE_REQUEST" || r["requestState"] != "SUBMITTED" || r["accessTo"].(map[string]any)["identityId"] != firm.UUID.String() || r["note"] != "Jeg vikarierer." ||
			r["privilegeEndDate"] != "2099-12-31" || fmt.Sprint(r["privileges"]) != "[MESSAGE_BASIC ORGANISATION_ADMINISTRATOR]" || r["target"].(map[string]any)["targetState"] != "PENDING" || r["answerBy"] != nil {
			t.Error(r)
		}
		one := "/access-requests/" + r["id"].(string)
		ask(clerk, wants(byID, `"MESSAGE_BASIC"`)).is(t, 409, company.CodeAsked)
		clerk.call("GET", box+"/messages/", nil).is(t, 404, "not.found")
		lists := func(c caller, want int) {
			t.Helper()
			if all := c.call("GET", "/access-requests/", nil).list(t, "accessRequests"); len(all) != want {
				t.Errorf("%d are listed, want %d: %v", len(all), want, all)
			}
		}
		lists(clerk, 1)
		lists(anna, 1)
		lists(colleague, 0)
		lists(outsider, 0)
		for _, c := range []caller{clerk, anna} {
			if got := c.call("GET", one, nil).object(t); got["id"] != r["id"] {
				t.Error(got)
			}
		}
		answers := func(c caller, state, version string) answer {
			return c.call("PUT", one, []byte(`{"requestState":"`+state+`","processorNote":"Velkommen."}`), jsonType, "If-Match: "+version)
		}
		// To others it is as one that is not there.
		for _, c := range []caller{colleague, outsider} {
			missing := c.call("GET", "/access-requests/"+firm.UUID.String(), nil)
			for _, a := range []answer{c.call("GET", one, nil), answers(c, "APPROVED", "1"), c.call("DELETE", one, nil, "If-Match: 1")} {
				if a.status != 404 || a.object(t)["code"] != missing.object(t)["code"] {
					t.Errorf("%s, want %s", a.body, missing.body)
				}
			}
		}
		if a := answers(clerk, "APPROVED", "1"); a.status != 403 && a.status != 404 {
			t.Errorf("the asker answers: %s", a.body)
		}
		readOnly.call("DELETE", one, nil, "If-Match: 1").is(t, 403, "access.read.only.token")
		answers(anna, "APPROVED", "7").is(t, 409, "version.conflict")
		anna.call("DELETE", one, nil, "If-Match: 1").is(t, 403, "rights.request.not.yours")
		clerk.call("GET", box+"/messages/", nil).is(t, 404, "not.found")
		given := answers(anna, "APPROVED", "1")
		given.is(t, 200, "")
		if r := given.object(t); r["requestState"] != "APPROVED" || r["processorNote"] != "Velkommen." || r["approvalDateTime"] == nil || r["target"].(map[string]any)["targetState"] != "GRANTED" {
			t.Error(r)
		}
		clerk.call("GET", box+"/messages/", nil).is(t, 200, "")
		answers(anna, "REJECTED", "2").is(t, 409, company.CodeAnswered)
		clerk.call("DELETE", one, nil, "If-Match: 2").is(t, 409, company.CodeAnswered)

		// A refusal gives nothing, and neither does what was taken back.
		one = "/access-requests/" + ask(colleague, wants(byID, `"MESSAGE_WRITE"`)).object(t)["id"].(string)
		answers(anna, "REJECTED", "1").is(t, 200, "")
		again := ask(colleague, wants(byID, `"MESSAGE_WRITE"`))
		again.is(t, 201, "")
		one = "/access-requests/" + again.object(t)["id"].(string)
		colleague.call("DELETE", one, nil, "If-Match: 1").is(t, 204, "")
		answers(anna, "APPROVED", "2").is(t, 409, company.CodeAnswered)
		colleague.call("GET", box+"/messages/", nil).is(t, 404, "not.found")
		lists(colleague, 2)
		lists(anna, 3)
		for state, want := range map[string]int{"APPROVED": 1, "REJECTED": 1, "REVOKED": 1, "SUBMITTED": 0} {
			if all := anna.call("GET", "/access-requests/?requestState="+state, nil).list(t, "accessRequests"); len(all) != want {
				t.Errorf("%s: %v", state, all)
			}
		}
	})
}
