package api_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/api"
	"digitalpost/internal/appointment"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

var certificate = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n")

// applies begins an application about a company's post.
func applies(c caller, kind, privilege string, firm registry.Party, more string) answer {
	c.s.T.Helper()
	return c.call("POST", "/access-requests/", fmt.Appendf(nil, `{"requestType":%q,"requestState":"DRAFT","accessTo":{"externalIdType":"CVR","externalId":%q},"privileges":[%q]%s}`,
		kind, c.s.Number(firm), privilege, more), jsonType)
}

const oneCertificate = `,"documentations":[{"documentationType":"LIQUIDATOR_CERTIFICATE","filename":"attest.pdf"}]`

// contentOf is the path of the bytes of a request's document.
func contentOf(request map[string]any, i int) string {
	return "/access-requests/" + request["id"].(string) + "/documentations/" + request["documentations"].([]any)[i].(map[string]any)["id"].(string) + "/content"
}

// freshDocumentation is a document of a draft of anna's.
func (s *stack) freshDocumentation(r api.Operation) (path string, body []byte, headers []string) {
	s.T.Helper()
	anna := s.person(s.anna)
	for _, draft := range anna.call("GET", "/access-requests/?requestState=DRAFT", nil).list(s.T, "accessRequests") { // only a few can be begun
		anna.call("DELETE", "/access-requests/"+draft["id"].(string), nil, "If-Match: 1").is(s.T, 204, "")
	}
	made := applies(anna, "SPECIAL_PRIVILEGE_REQUEST", "LIQUIDATOR", s.Company("Slut ApS"), oneCertificate)
	made.is(s.T, 201, "")
	path = contentOf(made.object(s.T), 0)
	if r.Method == "PUT" {
		return path, certificate, []string{bytesType, "If-Match: 1"}
	}
	anna.call("PUT", path, certificate, bytesType, "If-Match: 1").is(s.T, 200, "")
	return path, nil, nil
}

// manager is an employee of the agency, who decides.
func (s *stack) manager() caller {
	s.T.Helper()
	p := s.Person("Sara", 40, nil)
	s.Member(s.Operator, p, nil)
	s.Give(rights.Right{Holder: p.ID, Organisation: s.Operator.ID, Relation: access.SystemManager})
	return s.atWork(post.Actor{Party: p.ID, Organisation: s.Operator.ID})
}

// A liquidator applies by the API, with the document; a system manager approves with a
// reason and a last day, and ends the right (ORG-04).
func TestApplication(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm := s.Company("Bageriet ApS")
		s.Deliver(s.town, firm, nil)
		lone := s.Person("Lone", 50, nil)
		me, other, manager, clerk := s.person(lone), s.person(s.Person("Gry", 30, nil)), s.manager(), s.clerk()
		me.mailbox()
		other.mailbox()
		reads := func(want bool) {
			t.Helper()
			found := false
			for _, m := range me.call("GET", "/mailboxes/", nil).list(t, "mailboxes") {
				if m["ownerName"] == firm.Name {
					found = true
					if way := m["access"].(map[string]any); fmt.Sprint(way["privileges"]) != "[MESSAGE_BASIC LIQUIDATOR]" {
						t.Error(way)
					}
				}
			}
			if found != want {
				t.Errorf("reads: %v", found)
			}
		}
		applies(me, "SPECIAL_PRIVILEGE_REQUEST", "MESSAGE_BASIC", firm, "").is(t, 400, api.CodeJSON)
		applies(me, "APPOINTED_DELEGATION_REQUEST", "LIQUIDATOR", firm, "").is(t, 400, api.CodeJSON) // Lone acts for herself
		applies(me, "SPECIAL_PRIVILEGE_REQUEST", "LIQUIDATOR", lone, "").is(t, 400, api.CodeJSON)
		applies(me, "SPECIAL_PRIVILEGE_REQUEST", "LIQUIDATOR", firm, `,"requestState":"SUBMITTED"`+oneCertificate).is(t, 400, api.CodeJSON)
		applies(me, "SPECIAL_PRIVILEGE_REQUEST", "LIQUIDATOR", firm, `,"documentations":[{"documentationType":"BUSINESS_CARD","filename":"kort.pdf"}]`).is(t, 422, agency.CodeFiles)
		made := applies(me, "SPECIAL_PRIVILEGE_REQUEST", "LIQUIDATOR", firm, `,"note":"Generalforsamlingen har udpeget mig","target":{"requestParticipant":{"citizenIdentityId":"`+lone.UUID.String()+`"}}`+oneCertificate)
		made.is(t, 201, "")
		r := made.object(t)
		one, content := "/access-requests/"+r["id"].(string), contentOf(r, 0)
		if to := r["accessTo"].(map[string]any); r["requestState"] != "DRAFT" || r["requestType"] != "SPECIAL_PRIVILEGE_REQUEST" || fmt.Sprint(r["privileges"]) != "[LIQUIDATOR]" ||
			to["organisationIdentityId"] != firm.UUID.String() || to["organisationNameResolved"] != firm.Name || r["submissionDateTime"] != nil {
			t.Error(r)
		}
		// Of a draft nobody else learns anything: it is answered as one that is not there.
		for _, c := range []caller{other, manager, clerk} {
			missing := c.call("GET", "/access-requests/"+post.NewUUID().String(), nil)
			for _, a := range []answer{c.call("GET", one, nil), c.call("PUT", one, []byte(`{"requestState":"APPROVED","processorNote":"Ja"}`), jsonType, "If-Match: 1"), c.call("DELETE", one, nil, "If-Match: 1")} {
				if a.status != 404 || a.object(t)["code"] != missing.object(t)["code"] {
					t.Errorf("%s, want %s", a.body, missing.body)
				}
			}
			c.call("GET", content, nil).is(t, 404, "not.found")
			c.call("PUT", content, certificate, bytesType, "If-Match: 1").is(t, 404, "not.found")
			if all := c.call("GET", "/access-requests/", nil).list(t, "accessRequests"); len(all) != 0 {
				t.Error(all)
			}
		}
		put := func(c caller, version, body string) answer {
			return c.call("PUT", one, []byte(body), jsonType, "If-Match: "+version)
		}
		put(me, "1", `{"requestState":"SUBMITTED"}`).is(t, 422, agency.CodeFiles)
		me.call("GET", content, nil).is(t, 404, agency.CodeUnknown)
		me.call("PUT", content, []byte("hej"), bytesType, "If-Match: 1").is(t, 422, agency.CodeFileType)
		me.call("PUT", content, certificate, "Content-Type: application/pdf", "If-Match: 1").is(t, 415, api.CodeContentType)
		me.call("PUT", content, certificate, bytesType, "If-Match: 3").is(t, 409, api.CodeVersion)
		form := "--x\r\nContent-Disposition: form-data; name=\"multipartFile\"; filename=\"a.pdf\"\r\n\r\n" + string(certificate) + "\r\n--x--\r\n"
		filled := me.call("PUT", content, []byte(form), "Content-Type: multipart/form-data; boundary=x", "If-Match: 1")
		filled.is(t, 200, "")
		if doc := filled.object(t)["documentations"].([]any)[0].(map[string]any); doc["mediaType"] != "application/pdf" || doc["size"] != float64(len(certificate)) || doc["version"] != 2.0 {
			t.Error(doc)
		}
		s.person(lone, session.ScopeRead).call("PUT", one, []byte(`{"requestState":"SUBMITTED"}`), jsonType, "If-Match: 1").is(t, 403, "access.read.only.token")
		put(me, "1", `{"requestState":"APPROVED","processorNote":"Ja"}`).is(t, 400, api.CodeJSON) // one's own draft is nobody's to decide on
		sent := put(me, "1", `{"requestState":"SUBMITTED","note":"Se attesten"}`)
		sent.is(t, 200, "")
		if r := sent.object(t); r["requestState"] != "SUBMITTED" || r["note"] != "Se attesten" || r["submissionDateTime"] == nil || r["version"] != 2.0 {
			t.Error(r)
		}
		reads(false)

		for _, c := range []caller{other, clerk} {
			c.call("GET", one, nil).is(t, 404, "")
			c.call("GET", content, nil).is(t, 404, "not.found")
			put(c, "2", `{"requestState":"APPROVED","processorNote":"Ja"}`).is(t, 404, "")
		}
		listed := manager.call("GET", "/access-requests/?requestState=SUBMITTED", nil).list(t, "accessRequests")
		if len(listed) != 1 || listed[0]["requester"].(map[string]any)["firstNameResolved"] != "Lone" {
			t.Error(listed)
		}
		for _, c := range []caller{me, manager} {
			got := c.call("GET", content, nil)
			if got.is(t, 200, ""); !bytes.Equal(got.body, certificate) || got.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%v", got.header)
			}
		}
		put(me, "2", `{"requestState":"APPROVED","processorNote":"Ja"}`).is(t, 404, "") // not who applies
		put(manager, "2", `{"requestState":"APPROVED"}`).is(t, 422, agency.CodeReason)
		put(manager, "1", `{"requestState":"APPROVED","processorNote":"Ja"}`).is(t, 409, api.CodeVersion)
		put(manager, "2", `{"requestState":"DRAFT"}`).is(t, 400, api.CodeJSON)
		put(manager, "2", `{"requestState":"APPROVED","processorNote":"Ja","privilegeEndDate":"2000-01-01"}`).is(t, 422, appointment.CodeLastDay)
		for _, first := range []string{`"privilegeEndDate":"0001-01-01"`, `"privilegeEndDateTime":"0001-01-01T00:00:00Z"`} { // what programs have for no date: not "for ever"
			put(manager, "2", `{"requestState":"APPROVED","processorNote":"Ja",`+first+`}`).is(t, 400, api.CodeJSON)
		}
		done := put(manager, "2", `{"requestState":"APPROVED","processorNote":"Attesten er i orden","privilegeEndDate":"2099-12-31"}`)
		done.is(t, 200, "")
		if r := done.object(t); r["requestState"] != "APPROVED" || r["processorNote"] != "Attesten er i orden" || r["privilegeEndDate"] != "2099-12-31" || r["target"].(map[string]any)["targetState"] != "GRANTED" {
			t.Error(r)
		}
		reads(true)
		privileges := func(c caller) []map[string]any {
			t.Helper()
			return c.call("GET", "/privileges/direct/grantee/"+lone.UUID.String()+"?type=LIQUIDATOR&scope="+firm.UUID.String(), nil).list(t, "directPrivileges")
		}
		for _, c := range []caller{me, manager} {
			if all := privileges(c); len(all) != 1 || all[0]["source"] != "APPOINTED" || all[0]["activeTo"] != "2099-12-31" || all[0]["granteeId"] != lone.UUID.String() {
				t.Error(all)
			}
		}
		if all := append(privileges(other), privileges(clerk)...); len(all) != 0 {
			t.Error("others see", all)
		}
		for _, c := range []caller{other, manager, clerk} { // what anybody asks before they apply
			if o := c.call("GET", "/organisation-lookup/"+s.Number(firm), nil); o.object(t)["activeLiquidator"] != true || o.object(t)["activeCurator"] != false {
				t.Errorf("%s", o.body)
			}
		}
		me.call("DELETE", one, nil, "If-Match: 3").is(t, 409, agency.CodeDecided)
		put(manager, "3", `{"requestState":"REVOKED"}`).is(t, 422, agency.CodeReason)
		ended := put(manager, "3", `{"requestState":"REVOKED","revocationReason":"Boet er sluttet"}`)
		ended.is(t, 200, "")
		reads(false)
		if all := privileges(me); len(all) != 0 {
			t.Error("ended, and listed", all)
		}
		if r := me.call("GET", one, nil).object(t); r["requestState"] != "REVOKED" || r["revocationReason"] != "Boet er sluttet" || r["revocationDateTime"] == nil {
			t.Error(r)
		}

		// One that is rejected tells why; one that is taken back is gone from the agency's list.
		again := func() {
			t.Helper()
			made := applies(me, "SPECIAL_PRIVILEGE_REQUEST", "LIQUIDATOR", firm, oneCertificate)
			made.is(t, 201, "")
			one = "/access-requests/" + made.object(t)["id"].(string)
			me.call("PUT", contentOf(made.object(t), 0), certificate, bytesType, "If-Match: 1").is(t, 200, "")
			put(me, "1", `{"requestState":"SUBMITTED"}`).is(t, 200, "")
		}
		again()
		put(manager, "2", `{"requestState":"REJECTED","rejectionReason":"Attesten er udløbet","rejectionComments":"Den er fra 2019"}`).is(t, 200, "")
		if r := me.call("GET", one, nil).object(t); r["requestState"] != "REJECTED" || r["rejectionReason"] != "Attesten er udløbet\nDen er fra 2019" {
			t.Error(r)
		}
		again()
		if r := put(me, "2", `{"requestState":"REVOKED"}`); r.object(t)["requestState"] != "REVOKED" {
			t.Errorf("%s", r.body)
		}
		again()
		me.call("DELETE", one, nil, "If-Match: 2").is(t, 204, "")
		reads(false)
		for state, want := range map[string]int{"DRAFT": 0, "SUBMITTED": 0, "APPROVED": 0, "REJECTED": 1, "REVOKED": 3} {
			for who, c := range map[string]caller{"the applicant": me, "the agency": manager} {
				if all := c.call("GET", "/access-requests/?requestState="+state, nil).list(t, "accessRequests"); len(all) != want {
					t.Errorf("%s of %s: %d, want %d", state, who, len(all), want)
				}
			}
		}
	})
}

// An heir says so by the qualification, and is not told the name of who has died before
// it is approved; who acts in the name of an employer, and a former owner, apply by types
// of their own (ORG-04, ORG-05).
func TestKindsOfApplications(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		late, son := s.Person("Aage Hemmelig", 85, func(r *registry.Record) { r.LastName = "Prøvesen" }), s.Person("Søren", 50, nil)
		s.Deliver(s.town, late, nil)
		s.Status(late, registry.Dead)
		me := s.person(son)
		me.mailbox()
		person := fmt.Sprintf(`{"externalIdType":"CPR","externalId":%q,"firstNameProvided":"Aage","lastNameProvided":%%q}`, s.Number(late))
		estate := func(last, more string) answer {
			return me.call("POST", "/access-requests/", fmt.Appendf(nil, `{"requestType":"SPECIAL_PRIVILEGE_REQUEST","accessTo":`+person+`,"privileges":["EXECUTOR_OF_ESTATE"]%s}`, last, more), jsonType)
		}
		estate("Forkert", "").is(t, 422, "name.number.mismatch")
		made := estate("Prøvesen", `,"qualification":"HEIR","documentations":[{"documentationType":"PROBATE_CERTIFICATE","filename":"attest.pdf"},{"documentationType":"POWER_OF_ATTORNEY","filename":"fuldmagt.pdf"}]`)
		made.is(t, 201, "")
		r := made.object(t)
		if to := r["accessTo"].(map[string]any); r["qualification"] != "HEIR" || to["name"] != "Aage Prøvesen" || to["identityId"] != nil || to["firstNameResolved"] != nil {
			t.Error(r)
		}
		one := "/access-requests/" + r["id"].(string)
		me.call("PUT", contentOf(r, 0), certificate, bytesType, "If-Match: 1").is(t, 200, "")
		// A document that the next version does not name is removed, and another may come.
		first := r["documentations"].([]any)[0].(map[string]any)["id"].(string)
		edited := me.call("PUT", one, fmt.Appendf(nil, `{"documentations":[{"id":%q,"documentationType":"PROBATE_CERTIFICATE","filename":"attest.pdf"},{"documentationType":"POWER_OF_ATTORNEY","filename":"ny.pdf"}]}`, first), jsonType, "If-Match: 1")
		edited.is(t, 200, "")
		docs := edited.object(t)["documentations"].([]any)
		if len(docs) != 2 || docs[0].(map[string]any)["id"] != first || docs[0].(map[string]any)["size"] == 0.0 || docs[1].(map[string]any)["filename"] != "ny.pdf" {
			t.Error(docs)
		}
		me.call("PUT", contentOf(edited.object(t), 1), certificate, bytesType, "If-Match: 1").is(t, 200, "")
		me.call("PUT", one, []byte(`{"requestState":"SUBMITTED"}`), jsonType, "If-Match: 2").is(t, 200, "")
		manager := s.manager()
		if to := manager.call("GET", one, nil).object(t)["accessTo"].(map[string]any); to["name"] != late.Name || to["citizenIdentityId"] != late.UUID.String() {
			t.Error("the agency sees", to)
		}
		manager.call("PUT", one, []byte(`{"requestState":"APPROVED","processorNote":"I orden"}`), jsonType, "If-Match: 3").is(t, 200, "")
		if to := me.call("GET", one, nil).object(t)["accessTo"].(map[string]any); to["name"] != late.Name {
			t.Error(to)
		}
		seen := false
		for _, m := range me.call("GET", "/mailboxes/", nil).list(t, "mailboxes") {
			seen = seen || m["ownerName"] == late.Name
		}
		if !seen {
			t.Error("the heir does not see the mailbox")
		}

		// In the name of the employer, who is the target, or the one who works there.
		firm, office := s.Company("Konkurs ApS"), s.Company("Advokaterne I/S")
		lawyer := s.Person("Ida", 40, nil)
		s.Member(office, lawyer, nil)
		atWork, ownPost := s.employee(lawyer, office), s.person(lawyer)
		ownPost.mailbox()
		applies(atWork, "SPECIAL_PRIVILEGE_REQUEST", "CURATOR", firm, "").is(t, 400, api.CodeJSON)
		appointed := applies(atWork, "APPOINTED_DELEGATION_REQUEST", "CURATOR", firm, fmt.Sprintf(`,"target":{"requestParticipant":{"organisationIdentityId":%q}}`, office.UUID))
		appointed.is(t, 201, "")
		if by := appointed.object(t)["requester"].(map[string]any); by["identityTypeResolved"] != "EMPLOYEE" || by["organisationNameResolved"] != office.Name || by["citizenIdentityId"] != lawyer.UUID.String() {
			t.Error(by)
		}
		one = "/access-requests/" + appointed.object(t)["id"].(string)
		ownPost.call("GET", one, nil).is(t, 404, "") // at home she is another
		atWork.call("GET", one, nil).is(t, 200, "")
		atWork.call("DELETE", one, nil, "If-Match: 1").is(t, 204, "")
		atWork.call("GET", one, nil).is(t, 404, "")

		// An organisation that nobody gives rights in gets an administrator (ORG-01).
		lost := func(of registry.Party) answer {
			return atWork.call("POST", "/access-requests/", fmt.Appendf(nil, `{"requestType":"USER_ADMIN_LOST_PRIVILEGE_REQUEST","accessTo":{"organisationIdentityId":%q},"privileges":["ORGANISATION_USER_ADMINISTRATOR"]}`, of.UUID), jsonType)
		}
		lost(firm).is(t, 422, appointment.CodeEmployee)
		if o := lost(office); o.object(t)["requestType"] != "USER_ADMIN_LOST_PRIVILEGE_REQUEST" || fmt.Sprint(o.object(t)["privileges"]) != "[ORGANISATION_USER_ADMINISTRATOR]" {
			t.Errorf("%s", o.body)
		}

		former := func() answer {
			return me.call("POST", "/access-requests/", fmt.Appendf(nil, `{"requestType":"LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY_PRIVILEGE_REQUEST","accessTo":{"organisationIdentityId":%q},"privileges":[]}`, firm.UUID), jsonType)
		}
		former().is(t, 422, appointment.CodeCompany) // it has not ceased
		s.Status(firm, registry.Closed)
		if o := former(); o.object(t)["requestType"] != "LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY_PRIVILEGE_REQUEST" || fmt.Sprint(o.object(t)["privileges"]) != "[LEGAL_OWNER_OF_INACTIVE_OR_CLOSED_COMPANY]" {
			t.Errorf("%s", o.body)
		}
	})
}
