package api_test

import (
	"fmt"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

// office is a company for which anna signs alone, with an employee.
func (s *stack) office() (firm registry.Party, employee registry.Member) {
	s.T.Helper()
	firm = s.Company("Kontoret ApS")
	s.Member(firm, s.anna, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	return firm, s.worker(firm)
}

func (s *stack) worker(firm registry.Party) (employee registry.Member) {
	s.T.Helper()
	clerk := s.Person("Bo", 30, nil)
	s.Member(firm, clerk, nil)
	s.Update(func(tx *db.Tx) (err error) { employee, err = s.Registry.Member(tx, firm.ID, clerk.ID); return err })
	return employee
}

func privilege(grantee registry.Member, scope registry.Party, kind, lastDay string) []byte {
	return fmt.Appendf(nil, `{"granteeId":%q,"scopeId":%q,"type":%q,"activeTo":%q}`, grantee.UUID, scope.UUID, kind, lastDay)
}

// freshCompany is about an employee, or a group, of a company for which anna signs.
func (s *stack) freshCompany(r api.Operation) (path string, body []byte, headers []string) {
	s.T.Helper()
	firm, bo := s.office()
	anna := s.person(s.anna)
	switch r.Name {
	case "CreateDirectPrivilege":
		return r.Path, privilege(bo, firm, "MESSAGE_BASIC", ""), []string{jsonType}
	case "CreateAndRevokeDirectPrivilegesInBulk":
		return r.Path, fmt.Appendf(nil, `{"privilegesToAdd":[%s]}`, privilege(bo, firm, "MESSAGE_BASIC", "")), []string{jsonType}
	case "CreateIdentityGroup":
		return r.Path, fmt.Appendf(nil, `{"name":"Posthold","ownerId":%q}`, firm.UUID), []string{jsonType}
	}
	group := anna.call("POST", "/identity-groups/", fmt.Appendf(nil, `{"name":"Posthold","ownerId":%q}`, firm.UUID), jsonType).object(s.T)["id"].(string)
	in, has := "/identity-groups/"+group+"/grantees/", "/identity-groups/"+group+"/privileges/"
	joins := fmt.Appendf(nil, `{"identityId":%q}`, bo.UUID)
	gives := fmt.Appendf(nil, `{"scopeId":%q,"type":"MESSAGE_WRITE"}`, firm.UUID)
	path, headers = strings.NewReplacer("{identityGroupId}", group, "/{id}", "/"+group).Replace(r.Path), []string{"If-Match: 1"}
	switch r.Name {
	case "UpdateIdentityGroup":
		body, headers = []byte(`{"name":"Ny"}`), append(headers, jsonType)
	case "CreateGrantee":
		return path, joins, []string{jsonType}
	case "CreateIdentityPrivilege":
		return path, gives, []string{jsonType}
	case "DeleteGrantee", "UpdateGrantee":
		if r.Name == "UpdateGrantee" {
			body, headers = joins, append(headers, jsonType)
		}
		path = in + anna.call("POST", in, joins, jsonType).object(s.T)["id"].(string)
	case "UpdateIdentityPrivilege", "DeleteIdentityPrivilege":
		path = has + anna.call("POST", has, gives, jsonType).object(s.T)["id"].(string)
		if r.Name == "UpdateIdentityPrivilege" {
			body, headers = fmt.Appendf(nil, `{"scopeId":%q,"type":"MESSAGE_WRITE","activeTo":"2099-12-31"}`, firm.UUID), append(headers, jsonType)
		}
	case "QueryIdentityGroups":
		path = r.Path
	}
	return path, body, headers
}

// An organisation's administrator gives, ends and lists privileges by the API: one, up
// to 100 at once and all or none (ORG-01).
func TestCompanyPrivileges(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm, bo := s.office()
		anna := s.person(s.anna)
		anna.mailbox()
		made := anna.call("POST", "/privileges/direct/", privilege(bo, firm, "MESSAGE_BASIC", "2099-12-31"), jsonType)
		made.is(t, 201, "")
		one := made.object(t)
		if one["type"] != "MESSAGE_BASIC" || one["scopeId"] != firm.UUID.String() || one["granteeId"] != bo.UUID.String() || one["activeTo"] != "2099-12-31" {
			t.Error(one)
		}
		anna.call("POST", "/privileges/direct/", privilege(bo, firm, "MESSAGE_BASIC", ""), jsonType).is(t, 409, "privilege.exists")
		listed := func() int {
			t.Helper()
			return len(anna.call("GET", "/privileges/direct/grantee/"+bo.UUID.String(), nil).object(t)["directPrivileges"].([]any))
		}
		if listed() != 1 {
			t.Error(listed())
		}
		bulk := func(add []string, remove string) answer {
			return anna.call("POST", "/privileges/direct/bulk", fmt.Appendf(nil, `{"privilegesToAdd":[%s],"privilegesToRemove":[%s]}`, strings.Join(add, ","), remove), jsonType)
		}
		write := string(privilege(bo, firm, "MESSAGE_WRITE", ""))
		foreign := s.Company("En anden ApS")
		bulk([]string{write, string(privilege(bo, foreign, "MESSAGE_WRITE", ""))}, "").is(t, 404, access.CodeNotFound)
		if listed() != 1 {
			t.Error("half of it was done")
		}
		bulk(make101(write), "").is(t, 400, api.CodeJSON)
		bulk([]string{write}, fmt.Sprintf(`{"id":%q,"version":1}`, one["id"])).is(t, 200, "")
		if listed() != 1 {
			t.Error(listed())
		}
		s.person(s.Person("Mogens", 40, nil)).call("POST", "/privileges/direct/", privilege(bo, firm, "MESSAGE_BASIC", ""), jsonType).is(t, 404, access.CodeNotFound)
		id := anna.call("GET", "/privileges/direct/grantee/"+bo.UUID.String(), nil).object(t)["directPrivileges"].([]any)[0].(map[string]any)["id"].(string)
		anna.call("DELETE", "/privileges/direct/"+id, nil, "If-Match: 1").is(t, 204, "")
		if listed() != 0 {
			t.Error(listed())
		}
	})
}

// An administrator whose token may read only sees the rights, groups and requests of their
// organisation, and changes none (ORG-01, SYS-01).
func TestAdministratorReadsOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm, bo := s.office()
		anna, reads := s.person(s.anna), s.person(s.anna, session.ScopeRead)
		anna.mailbox()
		group := anna.call("POST", "/identity-groups/", fmt.Appendf(nil, `{"name":"Bogholderi","ownerId":%q}`, firm.UUID), jsonType)
		group.is(t, 201, "")
		one := "/identity-groups/" + group.object(t)["id"].(string)
		anna.call("POST", "/privileges/direct/", privilege(bo, firm, "MESSAGE_BASIC", ""), jsonType).is(t, 201, "")
		var person registry.Party
		s.Update(func(tx *db.Tx) (err error) { person, err = s.Registry.Party(tx, bo.Person); return err })
		s.employee(person, firm).call("POST", "/access-requests/", fmt.Appendf(nil, `{"requestType":"PRIVILEGE_REQUEST","accessTo":{"organisationIdentityId":%q},"target":{"requestParticipant":{"employeeIdentityId":%q}},"privileges":["MESSAGE_WRITE"]}`,
			firm.UUID, bo.UUID), jsonType).is(t, 201, "")
		for path, name := range map[string]string{"/identity-groups/": "identityGroups", "/access-requests/": "accessRequests", "/privileges/direct/grantee/" + bo.UUID.String(): "directPrivileges"} {
			if all := reads.call("GET", path, nil).list(t, name); len(all) != 1 {
				t.Errorf("%s: %v", path, all)
			}
		}
		reads.call("GET", one, nil).is(t, 200, "")
		reads.call("PUT", one, []byte(`{"name":"Regnskab"}`), jsonType, "If-Match: 1").is(t, 403, "access.read.only.token")
		reads.call("DELETE", one, nil, "If-Match: 1").is(t, 403, "access.read.only.token")
		reads.call("POST", "/privileges/direct/", privilege(bo, firm, "MESSAGE_WRITE", ""), jsonType).is(t, 403, "access.read.only.token")
		request := reads.call("GET", "/access-requests/", nil).list(t, "accessRequests")[0]["id"].(string)
		reads.call("PUT", "/access-requests/"+request, []byte(`{"requestState":"APPROVED"}`), jsonType, "If-Match: 1").is(t, 403, "access.read.only.token")
	})
}

func make101(one string) (all []string) {
	for range 101 {
		all = append(all, one)
	}
	return all
}

// A grantee is one employee: what is put is held to what there is.
func TestGranteeStays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm, bo := s.office()
		other := s.worker(firm)
		anna := s.person(s.anna)
		group := anna.call("POST", "/identity-groups/", fmt.Appendf(nil, `{"name":"Posthold","ownerId":%q}`, firm.UUID), jsonType).object(t)["id"].(string)
		in := "/identity-groups/" + group + "/grantees/"
		is := func(m registry.Member) []byte { return fmt.Appendf(nil, `{"identityId":%q}`, m.UUID) }
		one := in + anna.call("POST", in, is(bo), jsonType).object(t)["id"].(string)
		put := func(path string, m registry.Member, version string) answer {
			return anna.call("PUT", path, is(m), jsonType, "If-Match: "+version)
		}
		put(one, bo, "1").is(t, 200, "")
		put(one, bo, "2").is(t, 409, "version.conflict")
		put(one, other, "1").is(t, 400, api.CodeJSON)
		put(in+group, bo, "1").is(t, 404, "")
	})
}

// ORG-02: that somebody signs for a company alone is listed as the register says it,
// and nobody ends it here; what can be given is told for each organisation.
func TestLegalOwner(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm, bo := s.office()
		anna, clerk, stranger := s.person(s.anna), s.Person("Bo", 30, nil), s.person(s.Person("Mogens", 40, nil))
		anna.mailbox()
		stranger.mailbox()
		owns := func(c caller, grantee fmt.Stringer) []map[string]any {
			t.Helper()
			return c.call("GET", "/privileges/direct/grantee/"+grantee.String()+"?type=LEGAL_OWNER", nil).list(t, "directPrivileges")
		}
		mine := owns(anna, s.anna.UUID)
		if len(mine) != 1 || mine[0]["scopeId"] != firm.UUID.String() || mine[0]["granteeId"] != s.anna.UUID.String() || mine[0]["source"] != "UNKNOWN" {
			t.Fatal(mine)
		}
		var member registry.Member
		s.Update(func(tx *db.Tx) (err error) { member, err = s.Registry.Member(tx, firm.ID, s.anna.ID); return err })
		if known := owns(anna, member.UUID); len(known) != 1 || known[0]["granteeId"] != member.UUID.String() {
			t.Error("an administrator sees", known)
		}
		for _, id := range []fmt.Stringer{s.anna.UUID, member.UUID} {
			if seen := owns(stranger, id); len(seen) != 0 {
				t.Error("a stranger sees", seen)
			}
		}
		anna.call("DELETE", "/privileges/direct/"+mine[0]["id"].(string), nil, "If-Match: 1").is(t, 404, "")
		anna.call("POST", "/privileges/direct/", privilege(bo, firm, "LEGAL_OWNER", ""), jsonType).is(t, 400, api.CodeJSON)
		if still := owns(anna, s.anna.UUID); len(still) != 1 {
			t.Error(still)
		}

		types := func(c caller, scope string) string {
			t.Helper()
			a := c.call("GET", "/privilege-types/"+scope, nil)
			a.is(t, 200, "")
			return strings.TrimSpace(string(a.body))
		}
		const all = `["MESSAGE_BASIC","ORGANISATION_ADMINISTRATOR","MESSAGE_WRITE","ORGANISATION_USER_ADMINISTRATOR"]`
		at := "?scopeIdentityId=" + firm.UUID.String()
		s.Member(firm, clerk, nil)
		works := s.employee(clerk, firm)
		for _, c := range []struct{ got, want string }{{types(anna, at), all}, {types(anna, ""), `["MESSAGE_BASIC","MESSAGE_WRITE"]`}, {types(stranger, at), `[]`}, {types(works, at), `[]`}, {types(works, ""), `[]`}} {
			if c.got != c.want {
				t.Errorf("%s, want %s", c.got, c.want)
			}
		}
		s.Give(rights.Right{Mailbox: firm.ID, Holder: clerk.ID, Organisation: firm.ID, Relation: access.Administrator})
		if types(works, "") != all || types(works, at) != all {
			t.Error("an administrator can give", types(works, ""))
		}
		// What the register takes back is over.
		s.Member(firm, s.anna, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", false })
		if left := owns(anna, s.anna.UUID); len(left) != 0 {
			t.Error(left)
		}
	})
}

// ORG-04: before one asks for rights one is told whether the organisation is there, and
// whether somebody is appointed.
func TestOrganisationLookup(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm := s.Company("Kontoret ApS")
		carl := s.Person("Carl", 50, nil)
		look := func() map[string]any {
			t.Helper()
			return s.person(carl).call("GET", "/organisation-lookup/"+s.Number(firm), nil).object(t)
		}
		if o := look(); o["organisationId"] != firm.UUID.String() || o["organisationName"] != "Kontoret ApS" || o["status"] != "ACTIVE" || o["activeCurator"] != false || o["activeLiquidator"] != false {
			t.Error(o)
		}
		s.Give(rights.Right{Mailbox: firm.ID, Holder: carl.ID, Relation: access.Liquidator, Origin: rights.Appointed, To: s.Clock.Now().Add(aDay)})
		if o := look(); o["activeLiquidator"] != true || o["activeCurator"] != false {
			t.Error(o)
		}
		s.Clock.Advance(aDay)
		if o := look(); o["activeLiquidator"] != false {
			t.Error(o)
		}
		s.Status(firm, registry.Closed)
		if o := look(); o["status"] != "CLOSED" {
			t.Error(o)
		}
		s.person(carl).call("GET", "/organisation-lookup/12", nil).is(t, 400, api.CodeParameter)
		s.person(carl).call("GET", "/organisation-lookup/25313763", nil).is(t, 404, "")
	})
}
