package api_test

import (
	"fmt"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/registry"
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
	case "DeleteGrantee":
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

func make101(one string) (all []string) {
	for range 101 {
		all = append(all, one)
	}
	return all
}
