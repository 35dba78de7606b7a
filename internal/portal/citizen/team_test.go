package citizen_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit/world"
)

// employ makes somebody an employee with a right to their company's post, logged in
// where their mailboxes are read.
func (s *stack) employ(company registry.Party, name string, relation access.Relation) (registry.Party, *http.Cookie) {
	s.t.Helper()
	p := s.Person(name, 40, nil)
	s.Member(company, p, nil)
	s.Give(rights.Right{Mailbox: company.ID, Holder: p.ID, Organisation: company.ID, Relation: relation})
	var secret string
	s.Update(func(tx *db.Tx) (err error) {
		_, secret, err = s.Sessions.Start(tx, session.Session{Party: p.ID, Organisation: company.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial})
		return err
	})
	return p, &http.Cookie{Name: "session", Value: secret}
}

// A company's letters are worked with together on its pages: lists are filtered,
// letters assigned, commented, dated and closed, and rules file new ones (SYS-04,
// ORG-01, ORG-08).
func TestTeamPages(t *testing.T) {
	s := newStack(t)
	s.at(post.PlatformVirk)
	company := s.Company("Bageriet Havnegade")
	carl, cookie := s.employ(company, "Carl", access.EmployeeAdvanced)
	_, dorte := s.employ(company, "Dorte", access.EmployeeBasic)
	s.Deliver(s.authority, company, nil)
	boxes, err := s.Mailboxes.List(t.Context(), world.Employee(carl, company))
	if err != nil || len(boxes) != 1 {
		t.Fatal(boxes, err)
	}
	under := "/postkasse/" + boxes[0].UUID.String()
	list := s.get(cookie, under+"/post")
	list.has(t, "Tildelt mig", "Ikke tildelt", "Ulæst for mig", "I gang", "/regler")
	letter := regexp.MustCompile(under + `/post/[0-9a-f-]{36}`).FindString(list.text)
	row := `data-id="` + letter[len(letter)-36:] + `"`
	open := s.get(cookie, letter)
	open.has(t, "Samarbejde", "Ingen endnu", "Åbnet af Carl", "Lav en regel")
	s.get(dorte, under+"/post").has(t, "Ulæst for dig")
	s.get(dorte, under+"/post?samarbejde=ulaest-for-mig").has(t, row)
	s.get(cookie, under+"/post?samarbejde=ulaest-for-mig").lacks(t, row)

	done := func(who *http.Cookie, part string, form url.Values) {
		t.Helper()
		if a := s.post(who, letter+"/"+part, form); a.status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", part, a.status, a.text)
		}
	}
	done(dorte, "tildel", url.Values{"kollega": {"carl"}})
	done(dorte, "status", url.Values{"status": {"IN_PROGRESS"}})
	done(dorte, "kommentar", url.Values{"kommentar": {"Ring til <dem>"}})
	day := s.Clock.Now().AddDate(0, 0, 3).In(post.Denmark)
	done(dorte, "frist", url.Values{"frist-dag": {day.Format("2")}, "frist-maaned": {day.Format("1")}, "frist-aar": {day.Format("2006")}})
	s.get(cookie, letter).has(t, "Carl Prøvesen", "Ring til &lt;dem&gt;", "af Dorte Prøvesen", `aria-pressed="true">I gang`)
	s.get(cookie, under+"/post?samarbejde=mig").has(t, row, "I gang", "1 kommentar")
	s.get(cookie, under+"/post?samarbejde=ingen").lacks(t, row)
	s.get(cookie, under+"/frister").has(t, "Egen frist: Tid hos tandlægen")
	if a := s.post(dorte, letter+"/tildel", url.Values{"kollega": {"Ukendt"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, "Ingen kollega") {
		t.Error(a.status)
	}

	// Dorte makes no rules, and is not led there.
	if a := s.get(dorte, under+"/regler"); a.status != http.StatusForbidden {
		t.Error(a.status, "of the rules")
	}
	s.get(dorte, under+"/post").lacks(t, "/regler")
	s.get(cookie, under+"/regler/ny?navn=ålhavn").has(t, "Ålhavn Kommune")
	form := s.get(cookie, under+"/regler/ny?brev="+letter[len(letter)-36:])
	form.has(t, "Post fra Ålhavn Kommune", "Carl Prøvesen")
	wanted := url.Values{"afsender": {s.authority.UUID.String()}, "kollega": {"Dorte"}, "saet": {"DONE"}}
	counting := url.Values{"handling": {"vis"}}
	for k, v := range wanted {
		counting[k] = v
	}
	s.post(cookie, under+"/regler/ny", counting).has(t, "Reglen passer på 1 brev i indbakken")
	made := s.post(cookie, under+"/regler/ny", wanted)
	rule := strings.TrimPrefix(made.header.Get("Location"), base)
	if made.status != http.StatusSeeOther || !strings.HasPrefix(rule, under+"/regler/") {
		t.Fatal(made.status, rule, made.text)
	}
	s.get(cookie, rule).has(t, "tildeles Dorte Prøvesen", "Reglen passer på 1 brev")
	if a := s.post(cookie, rule+"/anvend", nil); a.status != http.StatusSeeOther {
		t.Error(a.status)
	}
	s.Work()
	s.get(cookie, under+"/regler").has(t, "Anvendt på 0 breve") // somebody has dealt with it
	s.Deliver(s.authority, company, nil)
	s.get(dorte, under+"/post?samarbejde=mig").has(t, "Tid hos tandlægen", "Klaret")
	if a := s.post(cookie, rule+"/fjern", url.Values{"version": {"1"}}); a.status != http.StatusSeeOther {
		t.Error(a.status, a.text)
	}
	s.get(cookie, under+"/regler").lacks(t, "Ålhavn")
}

// A person's mailbox has nothing of it.
func TestNoTeamAtHome(t *testing.T) {
	s := newStack(t)
	p := s.Person("Birthe", 60, nil)
	cookie := s.login(p)
	id := s.send(p, nil)
	s.get(cookie, "/post").lacks(t, "Tildelt mig", "/regler")
	s.get(cookie, "/post/"+id.String()).lacks(t, "Samarbejde", "Åbnet af")
	for _, path := range []string{"/regler", "/regler/ny", "/post?samarbejde=mig", "/post?samarbejde=andet"} {
		if a := s.get(cookie, path); a.status != http.StatusNotFound {
			t.Error(path, a.status)
		}
	}
	if a := s.post(cookie, "/post/"+id.String()+"/kommentar", url.Values{"kommentar": {"Hej"}}); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
		t.Error(a.status)
	}
}
