package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

func TestContacts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		s.Clock.Advance(time.Minute)
		since := s.Clock.Now().UTC().Format(time.RFC3339)
		exempt := s.Person("Ejnar", 80, func(r *registry.Record) { r.RegistrationStatus = registry.ExemptOther })
		dead := s.Person("Dagny", 90, func(r *registry.Record) { r.Status, r.StatusDate = registry.Dead, "2026-10-01" })
		child := s.Person("Bo", 14, nil)
		company := s.Company("Prøve ApS")

		for _, test := range []struct {
			name, query, kind, number, status, public string
		}{
			{"registered", "cprNumber=" + s.Number(s.anna), "CITIZEN", s.Number(s.anna), "AUTOMATIC_REGISTRATION", "REGISTERED"},
			{"exempt", "cprNumber=" + s.Number(exempt), "CITIZEN", s.Number(exempt), "EXEMPT_OTHER_REASON", "EXEMPT"}, // SND-06
			{"dead", "id=" + dead.UUID.String(), "CITIZEN", s.Number(dead), "AUTOMATIC_REGISTRATION", "CLOSED"},
			{"a child", "cprNumber=" + s.Number(child), "CITIZEN", s.Number(child), "CREATED_AWAITING_REGISTRATION", "UNKNOWN"},
			{"a company", "cvrNumber=" + s.Number(company), "COMPANY", s.Number(company), "AUTOMATIC_REGISTRATION", "REGISTERED"},
		} {
			t.Run(test.name, func(t *testing.T) {
				a := town.call("GET", "/contacts/?"+test.query, nil)
				a.is(t, 200, "")
				all := a.list(t, "contacts")
				if len(all) != 1 {
					t.Fatalf("%s", a.body)
				}
				c := all[0]
				sub := c["mailboxSubscription"].(map[string]any)
				if c["type"] != test.kind || fmt.Sprint(c["cprNumber"], c["cvrNumber"]) != fmt.Sprint(either(test.kind, test.number)...) ||
					sub["registrationStatus"] != test.status || sub["publicRegistrationStatus"] != test.public {
					t.Errorf("%s", a.body)
				}
				town.call("GET", "/contacts/"+c["id"].(string), nil).is(t, 200, "")
			})
		}

		t.Run("nobody", func(t *testing.T) {
			a := town.call("GET", "/contacts/?cprNumber=0203041239", nil)
			a.is(t, 200, "")
			if a.object(t)["totalElements"] != 0.0 {
				t.Errorf("%s", a.body)
			}
			town.call("GET", "/contacts/"+s.sender.UUID.String(), nil).is(t, 404, "contact.not.found")
		})
		t.Run("many at once", func(t *testing.T) {
			for _, body := range []string{
				fmt.Sprintf(`[%q,%q,%q,%q]`, s.Number(s.anna), s.Number(company), dead.UUID, s.Number(s.anna)),
				fmt.Sprintf(`{"cprNumber":[%q],"cvrNumber":[%q],"id":[%q]}`, s.Number(s.anna), s.Number(company), dead.UUID),
			} {
				a := town.call("GET", "/contacts/?isBulkLookup=true", []byte(body), jsonType)
				a.is(t, 200, "")
				if n := len(a.list(t, "contacts")); n != 3 {
					t.Errorf("%d contacts for %s", n, body)
				}
			}
		})
		t.Run("what has changed, page by page", func(t *testing.T) {
			var names []string
			next, n := "", 0
			for {
				a := town.call("GET", "/contacts/?lastUpdated="+since+"&size=3&next="+next, nil)
				a.is(t, 200, "")
				o := a.object(t)
				for _, c := range a.list(t, "contacts") {
					names = append(names, c["id"].(string))
				}
				if o["totalElements"] != 4.0 || o["totalPages"] != 2.0 || o["currentPage"] != float64(n) {
					t.Errorf("%s", a.body)
				}
				n++
				if o["next"] == nil {
					break
				}
				next = o["next"].(string)
			}
			want := fmt.Sprint([]string{exempt.UUID.String(), dead.UUID.String(), child.UUID.String(), company.UUID.String()})
			if fmt.Sprint(names) != want {
				t.Errorf("%v, want %v", names, want)
			}
		})
		t.Run("what is wrong", func(t *testing.T) {
			for query, code := range map[string]string{
				"":                      "contact.query.empty",
				"?cprNumber=12":         api.CodeParameter,
				"?cvrNumber=12345678":   api.CodeParameter,
				"?lastUpdated=tomorrow": api.CodeParameter,
				"?size=0&id=x":          api.CodeParameter,
				"?isBulkLookup=true":    api.CodeJSON,
				"?next=x":               "next.not.valid",
			} {
				a := town.call("GET", "/contacts/"+query, nil)
				a.is(t, 400, code)
				if strings.Contains(string(a.body), `"12"`) {
					t.Errorf("a number is repeated: %s", a.body)
				}
			}
		})
		t.Run("is in anna's log", func(t *testing.T) {
			var n int
			s.Update(func(tx *db.Tx) error {
				return tx.QueryRow("SELECT COUNT(*) FROM event WHERE name = $1 AND mailbox = $2 AND system = $3", string(audit.CPRLookedUp), s.anna.ID, s.sender.ID).Scan(&n)
			})
			if n != 4 { // by number, by id, and twice among many
				t.Errorf("%d look-ups of anna", n)
			}
		})
	})
}

func either(kind, number string) []any {
	if kind == "CITIZEN" {
		return []any{number, nil}
	}
	return []any{nil, number}
}

func TestValidations(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	anyone := s.caller(nil, "")
	html := "Content-Type: text/html; charset=utf-8"
	for _, test := range []struct{ query, body, code string }{
		{"", "<p>Kære borger</p>", "html.approved"},
		{"?policy=LENIENT&fileName=a.html", `<img src="https://example.org/a.png">`, "html.approved"},
		{"?policy=STRICT", `<img src="https://example.org/a.png">`, "html.rejected"},
		{"", "\n<p onclick='x'>a</p>", "html.rejected"},
	} {
		a := anyone.call("POST", "/validations/"+test.query, []byte(test.body), html)
		a.is(t, 201, test.code)
		errors := a.list(t, "fieldErrors")
		if (test.code == "html.rejected") != (len(errors) == 1) {
			t.Errorf("%s", a.body)
		}
	}
	anyone.call("POST", "/validations/?policy=NONE", []byte("<p>"), html).is(t, 400, api.CodeParameter)
	anyone.call("POST", "/validations/", []byte("<p>"), jsonType).is(t, 415, api.CodeContentType)
	anyone.call("POST", "/validations/", make([]byte, 11<<20), html).is(t, 413, api.CodeBodyTooLarge)
}
