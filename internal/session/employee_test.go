package session_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

const (
	number   = "0702701234"
	company  = "10000009"
	employed = `{"type":"member","organisation":"` + company + `","cpr":"` + number + `","number":"1001","employed":true}`
	left     = `{"type":"member","organisation":"` + company + `","cpr":"` + number + `","number":"1001"}`
)

// office is the capability with a person who works in a company.
type office struct {
	fixture
	people          *registry.Registry
	person, company post.PartyID
}

func eachOffice(t *testing.T, test func(o office)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		ring, err := keys.Open(t.Context(), d, filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		o := office{people: registry.New(d, ring)}
		o.fixture = fixture{session.New(ring, o.people, session.Limits{}), t, d, clock}
		o.say(`{"type":"person","cpr":"`+number+`","firstName":"Anna","lastName":"Test","birthDate":"1970-02-07"}`,
			`{"type":"organisation","cvr":"`+company+`","name":"Firma ApS"}`, employed)
		o.update(func(tx *db.Tx) error {
			cpr, err := post.ParseCPR(number)
			if err != nil {
				return err
			}
			cvr, err := post.ParseCVR(company)
			if err != nil {
				return err
			}
			person, err := o.people.PersonByCPR(tx, cpr)
			if err != nil {
				return err
			}
			organisation, err := o.people.OrganisationByCVR(tx, cvr)
			o.person, o.company = person.ID, organisation.ID
			return err
		})
		test(o)
	})
}

func (o office) say(lines ...string) {
	o.t.Helper()
	if _, err := o.people.Import(o.t.Context(), "test", strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		o.t.Fatal(err)
	}
}

// logIn begins a session for an employer, or 0 for nobody.
func (o office) logIn(employer post.PartyID) (secret string) {
	o.t.Helper()
	o.update(func(tx *db.Tx) (err error) {
		_, secret, err = o.Start(tx, session.Session{Party: o.person, Organisation: employer, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial})
		return err
	})
	return secret
}

// letIn lets the app in for an employer, or 0 for nobody, and returns its tokens.
func (o office) letIn(employer post.PartyID, device string) (access, refresh string) {
	o.t.Helper()
	code := session.NewSecret()
	o.update(func(tx *db.Tx) error {
		if err := o.SaveClient(tx, app); err != nil {
			return err
		}
		_, err := o.Allow(tx, session.Grant{Party: o.person, Organisation: employer, Client: app.ID, Platform: app.Platform, Assurance: post.AssuranceSubstantial,
			Scopes: []string{session.ScopeRead, session.ScopeWrite}, DeviceID: device, LoggedIn: tx.Now}, code, "")
		return err
	})
	access, refresh, err := o.exchange(session.Code, code)
	if err != nil {
		o.t.Fatal(err)
	}
	return access, refresh
}

// An employee's sessions and tokens end at once when the employment does; those of
// the same person on their own behalf do not (SYS-09).
func TestEmploymentEndsLogIns(t *testing.T) {
	eachOffice(t, func(o office) {
		find := func(secret string) error {
			return o.db.Read(t.Context(), func(tx *db.Tx) error { _, err := o.Find(tx, secret); return err })
		}
		alive := func() (n int) {
			o.update(func(tx *db.Tx) error { all, err := o.Of(tx, o.person); n = len(all); return err })
			return n
		}
		atWork, atHome := o.logIn(o.company), o.logIn(0)
		workAccess, workRefresh := o.letIn(o.company, "")
		homeAccess, homeRefresh := o.letIn(0, "")
		if a, err := o.bearer(workAccess); err != nil || a.Organisation != o.company || a.Party != o.person {
			t.Fatal(a, err)
		}
		if n := alive(); n != 2 {
			t.Fatal(n, "sessions")
		}
		o.say(left)
		if err := find(atWork); !errors.Is(err, session.ErrLeft) {
			t.Error("the session of one who left:", err)
		}
		if _, err := o.bearer(workAccess); !errors.Is(err, session.ErrToken) {
			t.Error("the token of one who left:", err)
		}
		if _, _, err := o.exchange(session.Refresh, workRefresh); !errors.Is(err, session.ErrToken) {
			t.Error("the refresh token of one who left:", err)
		}
		if err := find(atHome); err != nil {
			t.Error("their own session:", err)
		}
		if _, err := o.bearer(homeAccess); err != nil {
			t.Error("their own token:", err)
		}
		if _, _, err := o.exchange(session.Refresh, homeRefresh); err != nil {
			t.Error("their own refresh token:", err)
		}
		if n := alive(); n != 1 {
			t.Error(n, "sessions are left")
		}
	})
}

// What a person lets clients do at work and on their own behalf are two things, also
// on one device; each stands in its own log.
func TestGrantsAtWorkAreApart(t *testing.T) {
	eachOffice(t, func(o office) {
		o.letIn(o.company, "telefon")
		home, _ := o.letIn(0, "telefon")
		var atWork, atHome []session.Grant
		o.update(func(tx *db.Tx) (err error) {
			if atWork, err = o.Grants(tx, o.person, o.company); err == nil {
				atHome, err = o.Grants(tx, o.person, 0)
			}
			return err
		})
		if len(atWork) != 1 || len(atHome) != 1 || atWork[0].ID == atHome[0].ID {
			t.Fatal("one device has lost a grant:", len(atWork), len(atHome))
		}
		actor, err := o.bearer(home)
		if err != nil {
			t.Fatal(err)
		}
		err = o.db.Update(t.Context(), func(tx *db.Tx) error { return o.Revoke(tx, actor, atWork[0].ID) })
		if err == nil {
			t.Error("a private log-in ended what was given at work")
		}
		o.update(func(tx *db.Tx) error {
			for employer, want := range map[post.PartyID]int{0: 1, o.company: 1} {
				log := employer
				if log == 0 {
					log = o.person
				}
				var n int
				if err := tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", log, audit.AppAccessCreated).Scan(&n); err != nil || n != want {
					t.Error(employer, "has", n, err)
				}
			}
			return nil
		})
	})
}
