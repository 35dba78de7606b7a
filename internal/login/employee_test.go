package login_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/login"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

const (
	snedkeri, kommune, ophoert, ukendt = "10000009", "10000017", "10000025", "10000033"
	bo                                 = "0803801234"
)

// work is who works where.
var work = []string{
	`{"type":"person","cpr":"` + bo + `","firstName":"Bo","lastName":"Test","birthDate":"1980-03-08","registrationStatus":"UNCONFIRMED_REGISTRATION"}`,
	`{"type":"organisation","cpr":"","cvr":"` + snedkeri + `","name":"Snedkeri","registrationStatus":"UNCONFIRMED_REGISTRATION"}`,
	`{"type":"authority","cvr":"` + kommune + `","name":"Kommune","authorityType":"MUNICIPALITY"}`,
	`{"type":"organisation","cvr":"` + ophoert + `","name":"Ophørt","status":"CLOSED"}`,
	`{"type":"member","organisation":"` + snedkeri + `","cpr":"` + bo + `","number":"1001","employed":true}`,
	`{"type":"member","organisation":"` + snedkeri + `","cpr":"` + anna + `","signs":true}`,
	`{"type":"member","organisation":"` + ophoert + `","cpr":"` + bo + `","number":"1001","employed":true}`,
}

// employee are a broker's claims of an employee.
func employee(p *portal, cvr, number, cpr string) {
	p.provider.claims["identity_type"] = "professional"
	p.provider.info = map[string]any{"sub": p.provider.claims["sub"], "nemlogin.cvr": cvr, "nemlogin.org_name": "Et navn"}
	if number != "" {
		p.provider.info["nemlogin.nemid.rid"] = number
	}
	if cpr != "" {
		p.provider.info["nemlogin.cpr"] = cpr
	}
}

var brokers = login.Claims{CVR: "nemlogin.cvr", Number: "nemlogin.nemid.rid", EmployeeCPR: "nemlogin.cpr"}

func newWork(t *testing.T, d *db.DB, takes login.Kind) *portal {
	p := newPortal(t, d, brokers, takes)
	p.register(work...)
	return p
}

func (p *portal) register(lines ...string) {
	p.t.Helper()
	if _, err := p.people.Import(p.t.Context(), "work", strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		p.t.Fatal(err)
	}
}

// whose is the session that the browser has.
func (p *portal) whose() (n session.Session, err error) {
	err = p.db.Read(p.t.Context(), func(tx *db.Tx) error { n, err = p.sessions.Find(tx, p.cookie()); return err })
	return n, err
}

func (p *portal) party(number string) (found registry.Party) {
	p.t.Helper()
	err := p.db.Read(p.t.Context(), func(tx *db.Tx) (err error) {
		if cvr, wrong := post.ParseCVR(number); wrong == nil {
			found, err = p.people.OrganisationByCVR(tx, cvr)
			return err
		}
		cpr, err := post.ParseCPR(number)
		if err == nil {
			found, err = p.people.PersonByCPR(tx, cpr)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

func TestEmployeeLogsIn(t *testing.T) { // SYS-09
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		p := newWork(t, d, login.Either)
		for name, claims := range map[string][2]string{"by number": {"1001", ""}, "by CPR number": {"", bo}, "by both": {"1001", bo}} {
			state := p.begin(p.browser, "/log-ind?retur=/post")
			employee(p, snedkeri, claims[0], claims[1])
			if status, to, body := p.finish(p.browser, state); status != http.StatusSeeOther || to != "/post" {
				t.Fatal(name, status, to, body)
			}
			n, err := p.whose()
			if err != nil || n.Party != p.party(bo).ID || n.Organisation != p.party(snedkeri).ID {
				t.Fatal(name, n, err)
			}
		}
		// The log-in stands in the company's log, and ends the company's waiting period
		// (facts 5.2) but not the person's.
		if got := p.party(snedkeri).Registration; got != registry.Automatic {
			t.Error("the company is", got)
		}
		if got := p.party(bo).Registration; got != registry.Unconfirmed {
			t.Error("the person is", got)
		}
		if n := p.count(p.party(snedkeri).ID, audit.LogIn); n != 3 {
			t.Error("the company's log has", n)
		}
		if n := p.count(p.party(bo).ID, audit.LogIn); n != 0 {
			t.Error("the person's own log has", n)
		}
	})
}

func (p *portal) count(mailbox post.PartyID, name audit.Name) (n int) {
	p.t.Helper()
	err := p.db.Read(p.t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", mailbox, name).Scan(&n)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// A private log-in is the log-in of the company one signs for alone, too (ORG-03).
func TestPrivateLogInEndsTheWaitingPeriodOfOnesCompany(t *testing.T) {
	p := newWork(t, testkit.SQLite(t), login.Either)
	if status, _, body := p.finish(p.browser, p.begin(p.browser, "/log-ind")); status != http.StatusSeeOther {
		t.Fatal(status, body)
	}
	if n, err := p.whose(); err != nil || n.Party != p.party(anna).ID || n.Organisation != 0 {
		t.Error(n, err)
	}
	if got := p.party(snedkeri).Registration; got != registry.Automatic {
		t.Error("the company is", got)
	}
}

func TestEmployeesWhoAreNotLetIn(t *testing.T) { // SYS-09
	p := newWork(t, testkit.SQLite(t), login.Either)
	for _, test := range []struct{ name, cvr, number, cpr, title string }{
		{"an unknown company", ukendt, "1001", bo, "Vi kan ikke finde virksomheden"},
		{"a company that has ceased", ophoert, "1001", bo, "Virksomheden er ophørt"},
		{"an unknown employee", snedkeri, "1009", "", "Du står ikke som medarbejder"},
		{"another's number", snedkeri, "1001", anna, "Du står ikke som medarbejder"},
		{"one who signs and does not work there", snedkeri, "", anna, "Du står ikke som medarbejder"},
		{"nobody's CPR number", snedkeri, "", unknown, "Du står ikke som medarbejder"},
		{"the employee of another", kommune, "1001", bo, "Du står ikke som medarbejder"},
		{"no CVR number", "", "1001", bo, refused},
		{"neither number", snedkeri, "", "", refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := p.begin(p.browser, "/log-ind")
			employee(p, test.cvr, test.number, test.cpr)
			if status, _, body := p.finish(p.browser, state); body != test.title || status != http.StatusForbidden {
				t.Errorf("answer %d %q, want %q", status, body, test.title)
			}
			if p.loggedIn(p.browser) {
				t.Error("logged in")
			}
		})
	}
}

// What the provider says of the kind counts, and where it says nothing of it, a
// CVR number does.
func TestKindOfIdentity(t *testing.T) {
	for _, test := range []struct {
		name  string
		takes login.Kind
		lie   func(p *portal)
		title string
	}{
		{"an employee where citizens read their post", login.Private, func(p *portal) { employee(p, snedkeri, "1001", bo) }, "Log ind med dit private MitID"},
		{"a private person at the counter", login.Professional, func(*portal) {}, "Log ind med MitID Erhverv"},
		{"nowhere", 0, func(*portal) {}, "Log ind med MitID Erhverv"},
		{"a private person with a CVR number", login.Either, func(p *portal) {
			employee(p, snedkeri, "1001", bo)
			p.provider.claims["identity_type"] = "private"
			p.provider.info["cpr"] = anna
		}, refused},
		{"an employee whose kind is not told, read as a person", login.Private, func(p *portal) {
			p.provider.claims["cpr"] = bo // an ID token that is half an employee's
			employee(p, snedkeri, "1001", bo)
			delete(p.provider.claims, "identity_type")
		}, "Log ind med dit private MitID"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newWork(t, testkit.SQLite(t), test.takes)
			state := p.begin(p.browser, "/log-ind")
			test.lie(p)
			if _, _, body := p.finish(p.browser, state); body != test.title {
				t.Errorf("answer %q, want %q", body, test.title)
			}
			if p.loggedIn(p.browser) {
				t.Error("logged in")
			}
		})
	}
}

// The register ends an employment, and with it the log-in, at once.
func TestEmploymentEnds(t *testing.T) { // SYS-09
	const (
		employed = `{"type":"member","organisation":"` + snedkeri + `","cpr":"` + bo + `","number":"1001","employed":true}`
		company  = `{"type":"organisation","cvr":"` + snedkeri + `","name":"Snedkeri","status":"ACTIVE"}`
		person   = `{"type":"person","cpr":"` + bo + `","firstName":"Bo","lastName":"Test","birthDate":"1980-03-08","status":"ALIVE"}`
	)
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		p := newWork(t, d, login.Either)
		for name, end := range map[string]string{
			"the employee leaves": strings.Replace(employed, "true", "false", 1),
			"the company ceases":  strings.Replace(company, "ACTIVE", "CLOSED", 1),
			"the employee dies":   strings.Replace(person, "ALIVE", "DEAD", 1),
		} {
			p.register(employed, company, person)
			state := p.begin(p.browser, "/log-ind")
			employee(p, snedkeri, "1001", "")
			if status, _, body := p.finish(p.browser, state); status != http.StatusSeeOther || !p.loggedIn(p.browser) {
				t.Fatal(status, body)
			}
			p.register(end)
			if p.loggedIn(p.browser) {
				t.Error(name, "and stays logged in")
			}
			if _, err := p.whose(); !errors.Is(err, session.ErrLeft) {
				t.Error(name, err)
			}
			state = p.begin(p.browser, "/log-ind")
			employee(p, snedkeri, "1001", "")
			if status, _, _ := p.finish(p.browser, state); status != http.StatusForbidden {
				t.Error(name, "and logs in again")
			}
		}
	})
}

// Whatever a provider tells, who is read as a private person was not told with a CVR
// number, and an employee was told with one that fits (SYS-09).
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{"identity_type":"private","cpr":"0702701234"}`, `{"identity_type":"professional","cvr":"10000009","rid":"1001"}`, `{"cvr":"10000009","cpr":"0702701234"}`,
		`{"identity_type":"private","cvr":"10000009","cpr":"0702701234"}`, `{"identity_type":["professional"],"cvr":10000009}`, `{"cpr":{"cpr":"0702701234"}}`, `{"identity_type":"","cvr":"1"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var claims map[string]any
		if json.Unmarshal(raw, &claims) != nil {
			return
		}
		kind, cpr, cvr, number, err := login.ReadClaims(claims)
		told, _ := claims["cvr"].(string)
		switch {
		case err != nil:
		case kind == login.Private && (told != "" || cpr.IsZero() || !cvr.IsZero() || number != ""):
			t.Errorf("%s is read as a private person", raw)
		case kind == login.Professional && (told != cvr.Reveal() || cvr.IsZero() || number == "" && cpr.IsZero()):
			t.Errorf("%s is read as an employee", raw)
		case kind != login.Private && kind != login.Professional:
			t.Errorf("%s is read as %v", raw, kind)
		}
	})
}
