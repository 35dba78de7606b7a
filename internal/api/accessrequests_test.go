package api_test

import (
	"fmt"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
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
	return fmt.Sprintf(`{"externalIdType":"CPR_NUMBER","externalId":%q,"firstNameProvided":%q,"lastNameProvided":%q}`, s.Number(p), first, last)
}

// wish asks a person for access.
func wish(s *stack, of registry.Party, privilege, lastDay string) []byte {
	return fmt.Appendf(nil, `{"requestType":"DELEGATION_REQUEST","accessTo":%s,"privileges":[%q],"privilegeEndDate":%q}`, participant(s, of), privilege, lastDay)
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
		helper.call("POST", "/access-requests/", []byte(`{"requestType":"PRIVILEGE_REQUEST","accessTo":{},"privileges":["MESSAGE_BASIC"]}`), jsonType).is(t, 400, api.CodeJSON)
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
