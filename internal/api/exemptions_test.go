package api_test

import (
	"fmt"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

// clerk is an employee of the town's citizen service, with a token of its program.
func (s *stack) clerk() caller {
	s.T.Helper()
	return s.atWork(s.Clerk("Tove", s.town, access.CitizenService))
}

func (s *stack) atWork(who post.Actor, scopes ...string) caller {
	s.T.Helper()
	if len(scopes) == 0 {
		scopes = session.Scopes
	}
	token := session.NewSecret()
	s.Update(func(tx *db.Tx) error {
		err := s.Sessions.SaveClient(tx, session.Client{ID: "counter", Name: "Kommunens program", Platform: post.PlatformStaff, RedirectURIs: []string{"http://127.0.0.1/back"}, Scopes: session.Scopes})
		if err != nil {
			return err
		}
		code := session.NewSecret()
		_, err = s.Sessions.Allow(tx, session.Grant{Party: who.Party, Organisation: who.Organisation, Client: "counter", Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial, Scopes: scopes, LoggedIn: tx.Now}, code, "")
		if err != nil {
			return err
		}
		used, err := s.Sessions.Token(tx, session.Code, code)
		if err != nil {
			return err
		}
		return s.Sessions.Exchange(tx, used, code, token, session.NewSecret())
	})
	return s.caller(nil, "Bearer "+token)
}

func (s *stack) exemption(of registry.Party, more string) []byte {
	return fmt.Appendf(nil, `{"cprNumber":%q,"recipient":{"name":"Uffe","address1Text":"Havnevej 1","address2Text":"9999 Ålhavn"}%s}`, s.Number(of), more)
}

func (s *stack) freshExemption(r api.Operation) (path string, body []byte, headers []string) {
	s.T.Helper()
	who := s.Person("Uffe", 80, nil)
	if r.Name == "CreateExemption" {
		return r.Path, s.exemption(who, ""), []string{jsonType}
	}
	made := s.clerk().call("POST", "/exemptions/", s.exemption(who, `,"exemptByProxy":true`), jsonType)
	made.is(s.T, 201, "")
	path, headers = strings.Replace(r.Path, "{id}", made.object(s.T)["id"].(string), 1), []string{fmt.Sprintf("If-Match: %v", made.object(s.T)["version"])}
	if r.Name == "UpdateExemption" {
		body, headers = s.exemption(who, `,"exemptByProxy":true,"forwardToAddress":true`), append(headers, jsonType)
	}
	return path, body, headers
}

// REG-02, API 1.68: a municipality's program exempts; the person sees it; with a power
// of attorney it waits for another employee; nobody else does it.
func TestExemptions(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		tove := s.clerk()
		uffe := s.Person("Uffe", 80, nil)
		made := tove.call("POST", "/exemptions/", s.exemption(uffe, ""), jsonType)
		made.is(t, 201, "")
		one := made.object(t)
		if one["exemptionStatus"] != "PROCESSED" || one["organisation"] != s.Number(s.town) || one["cprNumber"] != s.Number(uffe) || one["recipient"].(map[string]any)["address1Text"] != "Havnevej 1" {
			t.Errorf("%v", one)
		}
		events := 0
		s.Update(func(tx *db.Tx) error {
			p, err := s.Registry.Party(tx, uffe.ID)
			if err == nil && p.Registration != registry.ExemptOther {
				t.Error(p.Registration)
			}
			if err != nil {
				return err
			}
			return tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", uffe.ID, string(audit.ContactRegistryAccessedCitizen)).Scan(&events)
		})
		if events != 1 {
			t.Error("the person does not see it")
		}
		tove.call("POST", "/exemptions/", s.exemption(uffe, ""), jsonType).is(t, 409, registry.CodeIsExempt)
		id := "/exemptions/" + one["id"].(string)
		other := s.atWork(s.Clerk("Helle", s.Authority("Fjordby Kommune"), access.CitizenService))
		other.call("GET", id, nil).is(t, 404, "exemption.unknown")
		other.call("DELETE", id, nil, "If-Match: 2").is(t, 404, "exemption.unknown")
		s.person(s.anna).call("GET", id, nil).is(t, 403, "staff.no.role")
		s.atWork(s.Clerk("Emil", s.Operator, access.Support)).call("POST", "/exemptions/", s.exemption(s.anna, ""), jsonType).is(t, 403, "access.not.covered")
		tove.call("PUT", id, s.exemption(uffe, ""), jsonType, fmt.Sprintf("If-Match: %v", one["version"])).is(t, 422, "exemption.processed")
		tove.call("DELETE", id, nil, "If-Match: 77").is(t, 409, "version.conflict")
		tove.call("DELETE", id, nil, fmt.Sprintf("If-Match: %v", one["version"])).is(t, 204, "")
		tove.call("GET", id, nil).is(t, 404, "exemption.unknown")

		waits := tove.call("POST", "/exemptions/", s.exemption(s.anna, `,"exemptByProxy":true`), jsonType)
		waits.is(t, 201, "")
		if got := waits.object(t); got["exemptionStatus"] != "CREATED" {
			t.Errorf("%v", got)
		}
		s.Update(func(tx *db.Tx) error {
			p, err := s.Registry.Party(tx, s.anna.ID)
			if err == nil && p.Registration == registry.ExemptOther {
				t.Error("one employee exempts by a power of attorney")
			}
			return err
		})
		for body, code := range map[string]string{
			`{"cprNumber":"1"}`: "json.not.valid", `{"cvrNumber":"12345678","cprNumber":"` + s.Number(uffe) + `"}`: "json.not.valid",
			`{"cprNumber":"` + s.Number(uffe) + `","date":"2020-01-01T00:00:00Z"}`: "json.not.valid", `{"cprNumber":"0101701234"}`: "recipient.is.unknown",
		} {
			if a := tove.call("POST", "/exemptions/", []byte(body), jsonType); a.status != 400 && a.status != 422 || a.object(t)["code"] != code {
				t.Errorf("%s: %d %s", body, a.status, a.body)
			}
		}
		tove.call("POST", "/exemptions/", s.exemption(uffe, `,"organisation":"`+s.Number(s.Operator)+`"`), jsonType).is(t, 403, "exemption.organisation")
	})
}
