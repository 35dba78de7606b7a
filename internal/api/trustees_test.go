package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

// freshTrustee is about somebody who asks anna to be their recipient.
func (s *stack) freshTrustee(r api.Operation) (path string, body []byte, headers []string) {
	s.T.Helper()
	box := s.person(s.anna).mailbox()
	path = strings.Replace(r.Path, "/mailboxes/{mailboxId}", box, 1)
	switch r.Name {
	case "QueryTrustees":
		to := s.Person("Eva", 30, nil)
		asked := s.person(s.anna).call("POST", box+"/trustees/", named(s, to), jsonType)
		asked.is(s.T, 201, "")
		eva := s.person(to)
		eva.call("PUT", eva.mailbox()+"/trustees/"+asked.object(s.T)["id"].(string), []byte(`{"status":"APPROVED"}`), jsonType, "If-Match: 1").is(s.T, 200, "")
	case "CreateTrustee":
		return path, named(s, s.Person("Carl", 30, nil)), []string{jsonType}
	case "FetchTrustee", "AnswerTrustee", "DeleteTrustee":
		from := s.person(s.Person("Dan", 30, nil))
		asked := from.call("POST", from.mailbox()+"/trustees/", named(s, s.anna), jsonType)
		asked.is(s.T, 201, "")
		path = strings.Replace(path, "{id}", asked.object(s.T)["id"].(string), 1)
		headers = []string{"If-Match: 1"}
	}
	if r.Name == "AnswerTrustee" {
		body, headers = []byte(`{"status":"APPROVED"}`), append(headers, jsonType)
	}
	return path, body, headers
}

// named is a request for a person of the world.
func named(s *stack, p registry.Party) []byte {
	first, last, _ := strings.Cut(p.Name, " ")
	return fmt.Appendf(nil, `{"firstName":%q,"lastName":%q,"cprNumber":%q}`, first, last, s.Number(p))
}

// RCP-01 to RCP-05 by the API.
func TestTrustees(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		bent := s.Person("Bent", 50, nil)
		company := s.Company("Holm ApS")
		anna, other := s.person(s.anna), s.person(bent)
		mine, theirs := anna.mailbox()+"/trustees/", other.mailbox()+"/trustees/"
		create := func(body string) answer {
			t.Helper()
			return anna.call("POST", mine, []byte(body), jsonType)
		}
		a := anna.call("POST", mine, named(s, bent), jsonType)
		a.is(t, 201, "")
		asked := a.object(t)
		if asked["status"] != "ASKED" || asked["direction"] != "OWN" || asked["lastDay"] != nil || strings.Contains(string(a.body), s.Number(bent)) {
			t.Errorf("%s", a.body)
		}
		s.Clock.Advance(time.Second)
		create(fmt.Sprintf(`{"cvrNumber":%q,"email":"post@holm.dk","lastDay":"2099-12-31"}`, s.Number(company))).is(t, 201, "")
		for body, code := range map[string]string{
			string(named(s, bent)): "trustee.there",
		} {
			create(body).is(t, 409, code)
		}
		for body, code := range map[string]string{
			`{}`: "trustee.whom",
			fmt.Sprintf(`{"firstName":"Carl","lastName":"Prøvesen","cprNumber":%q}`, s.Number(bent)):      "name.number.mismatch",
			`{"firstName":"Carl","lastName":"Prøvesen","cprNumber":"0203041239"}`:                         "name.number.mismatch",
			fmt.Sprintf(`{"cvrNumber":%q,"email":"x"}`, s.Number(company)):                                "trustee.email",
			fmt.Sprintf(`{"cvrNumber":%q,"email":"a@holm.dk","lastDay":"2020-01-01"}`, s.Number(company)): "trustee.last.day",
			`{"cvrNumber":"10000009","email":"a@holm.dk"}`:                                                "trustee.organisation",
		} {
			create(body).is(t, 422, code)
		}
		for _, body := range []string{`{"cprNumber":"1"}`, `{"cvrNumber":"1"}`, `{"cvrNumber":"10000009","lastDay":"31.12.2099"}`, `[]`} {
			create(body).is(t, 400, api.CodeJSON)
		}
		all := anna.call("GET", mine, nil).list(t, "trustees")
		if len(all) != 2 || all[0]["lastDay"] != "2099-12-31" || all[0]["email"] != "post@holm.dk" {
			t.Errorf("%v", all)
		}
		if got := other.call("GET", theirs, nil).list(t, "trustees"); len(got) != 1 || got[0]["direction"] != "OTHERS" || got[0]["name"] != s.anna.Name {
			t.Errorf("%v", got)
		}
		forward := func(c caller, want string) {
			t.Helper()
			var names []string
			for _, one := range c.call("GET", "/mailboxes/trustees?sortField=name&sortOrder=DESC", nil).list(t, "trustees") {
				names = append(names, fmt.Sprint(one["idType"], one["id"], one["name"]))
			}
			if got := strings.Join(names, ","); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
		forward(anna, "")
		one := theirs + asked["id"].(string)
		other.call("PUT", one, []byte(`{"status":"MAYBE"}`), jsonType, "If-Match: 1").is(t, 400, api.CodeJSON)
		other.call("PUT", one, []byte(`{"status":"APPROVED"}`), jsonType).is(t, 400, api.CodeIfMatch)
		other.call("PUT", one, []byte(`{"status":"APPROVED"}`), jsonType, "If-Match: 7").is(t, 409, "version.conflict")
		anna.call("PUT", mine+asked["id"].(string), []byte(`{"status":"APPROVED"}`), jsonType, "If-Match: 1").is(t, 403, "trustee.not.yours.to.answer")
		if a := other.call("PUT", one, []byte(`{"status":"APPROVED"}`), jsonType, "If-Match: 1"); a.status != 200 || a.object(t)["version"] != 2.0 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		forward(anna, "CPR"+s.Number(bent)+"Bent Prøvesen")
		forward(s.person(s.anna, session.ScopeRead), "CPR<nil>Bent Prøvesen") // without the scope for numbers
		anna.call("DELETE", mine+asked["id"].(string), nil, "If-Match: 1").is(t, 409, "version.conflict")
		if a := other.call("DELETE", one, nil, "If-Match: 2"); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		forward(anna, "")
		other.call("GET", one, nil).is(t, 404, "trustee.unknown")

		for range 3 { // two before
			create(`{"firstName":"Carl","lastName":"Prøvesen","cprNumber":"0203041239"}`).is(t, 422, "name.number.mismatch")
		}
		slow := create(`{"firstName":"Carl","lastName":"Prøvesen","cprNumber":"0203041239"}`)
		slow.is(t, 429, "lookup.too.many.tries")
		if slow.header.Get("Retry-After") != "60" {
			t.Errorf("%v", slow.header)
		}
	})
}
