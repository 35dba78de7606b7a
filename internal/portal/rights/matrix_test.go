package rights_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

// Who may do what at the rights portal, over HTTP: every page, asked for by everybody. A
// page is in pageRows with those it is for, or in openRows with the reason, or the test
// fails.

// pageRow is a page, and who gets it.
type pageRow struct {
	pattern string
	who     string
	form    string // what a form sends, with {version} and so on as in patterns
	field   string // and a file in it
	csv     string // what is in the file, a proof on paper where it is empty
}

// The unit in a path is the firm, the employee, the request and the member of the group
// are Bo, the draft is Anna's and the application Vera's.
var pageRows = []pageRow{
	{pattern: "GET /enhed/{unit}", who: "anna"},
	{pattern: "GET /enhed/{unit}/medarbejder/{employee}", who: "anna"},
	{pattern: "POST /enhed/{unit}/medarbejder/{employee}", who: "anna", form: "ret-employee.write=1&aldrig=1"},
	{pattern: "GET /enhed/{unit}/medarbejder/{employee}/fjern", who: "anna", form: "ret=employee.basic"},
	{pattern: "POST /enhed/{unit}/medarbejder/{employee}/fjern", who: "anna", form: "ret=employee.basic"},
	{pattern: "GET /enhed/{unit}/medarbejder/{employee}/flere", who: "anna"},
	{pattern: "POST /enhed/{unit}/medarbejder/{employee}/flere", who: "anna", form: "goer=giv&alle=1&aldrig=1&ret-employee.write=1"},

	{pattern: "GET /enhed/{unit}/grupper", who: "anna"},
	{pattern: "POST /enhed/{unit}/grupper", who: "anna", form: "navn={fresh}"},
	{pattern: "GET /enhed/{unit}/gruppe/{group}", who: "anna"},
	{pattern: "POST /enhed/{unit}/gruppe/{group}", who: "anna", form: "navn={fresh}&version=2"},
	{pattern: "POST /enhed/{unit}/gruppe/{group}/ind", who: "anna", form: "medarbejder={fellow}"},
	{pattern: "POST /enhed/{unit}/gruppe/{group}/ud", who: "anna", form: "medlem={member}"},
	{pattern: "GET /enhed/{unit}/gruppe/{group}/slet", who: "anna"},
	{pattern: "POST /enhed/{unit}/gruppe/{group}/slet", who: "anna", form: "version=2"},
	{pattern: "GET /enhed/{unit}/gruppe/{group}/flere", who: "anna"},
	{pattern: "POST /enhed/{unit}/gruppe/{group}/flere", who: "anna", form: "goer=giv&alle=1&aldrig=1&ret-employee.write=1"},

	{pattern: "GET /enhed/{unit}/anmodninger", who: "anna"},
	{pattern: "GET /enhed/{unit}/anmodning/{request}", who: "anna"},
	{pattern: "POST /enhed/{unit}/anmodning/{request}", who: "anna", form: "svar=godkend&version=1"},

	{pattern: "GET /enhed/{unit}/liste", who: "anna"},
	{pattern: "GET /enhed/{unit}/rettigheder.csv", who: "anna"},
	{pattern: "POST /enhed/{unit}/liste", who: "anna", field: "fil", csv: "Medarbejdernummer;Enhedens CVR-nummer;Rettighed\n1002;{cvr};Udvidet læseadgang\n"},
	{pattern: "GET /enhed/{unit}/aendring/{draft}", who: "anna"},
	{pattern: "POST /enhed/{unit}/aendring/{draft}", who: "anna", form: "aftryk={digest}"},
	{pattern: "GET /enhed/{unit}/log", who: "anna"},

	{pattern: "GET /mine", who: "anna bo elsa vera"},
	{pattern: "GET /mine/bed", who: "anna bo elsa vera"},
	{pattern: "POST /mine/bed", who: "anna bo elsa vera", form: "ret-employee.write=1&aldrig=1"},
	{pattern: "POST /mine/anmodning/{request}", who: "bo", form: "version=1"},
	{pattern: "GET /mine/administrator", who: "vera"},
	{pattern: "POST /mine/administrator", who: "vera", field: "fuldmagt"},
	{pattern: "POST /mine/ansoegning/{application}", who: "vera", form: "version=1"},
}

// openRows are pages for everybody who is logged in, and for everybody.
var openRows = map[string]string{
	"GET /{$}": "the start page", "/": "what is not there",
	"GET /enheder":         "the units that one administers oneself: others are led on, or told that there is none",
	"GET /rettigheder.csv": "the list of the units that one administers oneself, which may be none",
}

func TestEveryPageIsInTheMatrix(t *testing.T) {
	for _, pattern := range start(t, testkit.SQLite(t)).portal.Patterns() {
		in := slices.ContainsFunc(pageRows, func(r pageRow) bool { return r.pattern == pattern })
		if _, open := openRows[pattern]; in == open {
			t.Errorf("%s must be in pageRows with those it is for, or in openRows with the reason: one of the two", pattern)
		}
	}
}

// matrix is the portal with everything that the pages are about. What a page has changed
// is made anew for the next that asks: Bo is another, who has left nothing behind.
type matrix struct {
	*stack
	made map[string]string // what stands in paths and forms, by name
	born int
}

func (m *matrix) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

const secretNote = "Fortroligt ønske"

func (m *matrix) anew() {
	m.born++
	m.made = map[string]string{}
	for _, who := range []*worker{m.bo, m.vera} { // who has left has lost all they had, and asked for
		m.Member(m.party(who.actor.Organisation), who.person, func(r *registry.Record) { r.Employed, r.Number = false, "" })
	}
	m.bo = m.employee("Bo", m.firm, fmt.Sprint(2000+m.born))
	m.vera = m.employee("Vera", m.club, fmt.Sprint(2000+m.born))
	m.Give(rights.Right{Mailbox: m.firm.ID, Holder: m.bo.person.ID, Organisation: m.firm.ID, Relation: access.EmployeeBasic})
}

func (m *matrix) party(id post.PartyID) registry.Party {
	return map[post.PartyID]registry.Party{m.firm.ID: m.firm, m.club.ID: m.club}[id]
}

var placed = regexp.MustCompile(`\{\w+\}`)

// fill puts what is there into a pattern, a form or a list.
func (m *matrix) fill(text string) string {
	m.t.Helper()
	return placed.ReplaceAllStringFunc(text, func(name string) string {
		if _, there := m.made[name]; !there {
			m.make(name)
		}
		return m.made[name]
	})
}

// make makes what a page is about.
func (m *matrix) make(name string) {
	m.t.Helper()
	ctx := m.t.Context()
	switch name {
	case "{unit}":
		m.made[name] = m.firm.UUID.String()
	case "{cvr}":
		m.made[name] = m.Number(m.firm)
	case "{employee}":
		m.made[name] = m.member(m.bo).UUID.String()
	case "{fellow}":
		m.made[name] = m.member(m.anna).UUID.String()
	case "{fresh}":
		m.made[name] = fmt.Sprint("Gruppe ", m.born)
	case "{group}", "{member}":
		g, err := m.Companies.MakeGroup(ctx, m.anna.actor, m.firm.UUID, fmt.Sprint("Posthold ", m.born))
		m.must(err)
		in, err := m.Companies.JoinOne(ctx, m.anna.actor, g.ID, m.member(m.bo).UUID)
		m.must(err)
		m.made["{group}"], m.made["{member}"] = g.ID.String(), in.ID.String()
	case "{request}":
		r, err := m.Companies.Ask(ctx, m.bo.actor, m.firm.UUID, company.Wish{Relations: []access.Relation{access.EmployeeAdvanced}, Note: secretNote})
		m.must(err)
		m.made[name] = r.ID.String()
	case "{draft}", "{digest}":
		id, err := m.Companies.Prepare(ctx, m.anna.actor, company.Change{Units: []post.UUID{m.firm.UUID}, Employee: m.member(m.bo).UUID, Give: []access.Relation{access.EmployeeAdvanced}})
		m.must(err)
		plan, err := m.Companies.Draft(ctx, m.anna.actor, id)
		m.must(err)
		m.made["{draft}"], m.made["{digest}"] = id.String(), plan.Digest
	case "{application}":
		got := m.ask(m.vera, http.MethodPost, "/mine/administrator", nil, "fuldmagt", proof)
		mine, err := m.Appointments.Mine(ctx, m.vera.actor)
		if err != nil || len(mine) != 1 {
			m.t.Fatal(got.status, mine, err)
		}
		m.made[name] = mine[0].ID.String()
	default:
		m.t.Fatalf("nothing fills %s", name)
	}
}

// state is all that the portal's pages can change. That somebody was refused is no change
// of it.
func (m *matrix) state() string {
	m.t.Helper()
	var all [9]int64
	m.Update(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT (SELECT COUNT(*) FROM privilege), (SELECT COALESCE(SUM(version), 0) FROM privilege), (SELECT COUNT(*) FROM identity_group), (SELECT COALESCE(SUM(version), 0) FROM identity_group),
			(SELECT COUNT(*) FROM identity_grantee), (SELECT COUNT(*) FROM rights_draft), (SELECT COALESCE(SUM(version), 0) FROM rights_request), (SELECT COALESCE(SUM(version), 0) FROM appointment),
			(SELECT COUNT(*) FROM event WHERE name <> $1)`, string(audit.AccessRefused)).
			Scan(&all[0], &all[1], &all[2], &all[3], &all[4], &all[5], &all[6], &all[7], &all[8])
	})
	return fmt.Sprint(all)
}

// Every page of the rights portal, for everybody: who is refused is shown nothing and
// changes nothing (SYS-10, ORG-01, ORG-03). Who signs for the company alone is refused
// once it has an administrator.
func TestMatrixOfPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := &matrix{stack: start(t, d)}
		stranger := m.logIn("stranger", m.Person("Gry", 30, nil), 0)
		over := &worker{name: "a session that is over", cookie: &http.Cookie{Name: "session", Value: session.NewSecret()}}
		m.anew()
		for _, row := range pageRows {
			for i := range 8 {
				who := []*worker{m.anna, m.bo, m.boss, m.elsa, m.vera, stranger, m.nobody, over}[i]
				m.try(row, who, slices.Contains(strings.Fields(row.who), who.name))
			}
		}
		for pattern := range openRows {
			_, path, _ := strings.Cut(pattern, " ")
			for _, who := range []*worker{m.elsa, m.vera, stranger, m.nobody} {
				m.get(who, strings.TrimSuffix(path, "{$}")).lacks(t, m.firm.Name, "Bodil")
			}
		}
	})
}

// try asks for a page.
func (m *matrix) try(row pageRow, who *worker, may bool) {
	m.t.Helper()
	method, pattern, _ := strings.Cut(row.pattern, " ")
	path := m.fill(pattern)
	form, err := url.ParseQuery(m.fill(row.form))
	m.must(err)
	if method == http.MethodGet && row.form != "" {
		path, form = path+"?"+form.Encode(), nil
	}
	file := proof
	if row.csv != "" {
		file = []byte(m.fill(row.csv))
	}
	before := m.state()
	got := m.ask(who, method, path, form, row.field, file)
	changed := m.state() != before
	refused := got.status == http.StatusForbidden || got.status == http.StatusNotFound
	at := row.pattern + " by " + who.name
	switch {
	case got.status >= http.StatusInternalServerError || got.status == http.StatusUnprocessableEntity:
		m.t.Errorf("%s: %d\n%s", at, got.status, got.text)
	case who.actor.Party == 0:
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/log-ind?") && !strings.HasPrefix(got.header.Get("Location"), "/?") {
			m.t.Errorf("%s: %d %s, and not to log in", at, got.status, got.header.Get("Location"))
		}
	case may && method == http.MethodGet && got.status != http.StatusOK, may && method != http.MethodGet && (got.status != http.StatusSeeOther || !changed):
		m.t.Errorf("%s: the answer is %d, and something has changed: %v\n%s", at, got.status, changed, got.text)
	case !may && !refused:
		m.t.Errorf("%s: the answer is %d\n%s", at, got.status, got.text)
	}
	if !may {
		if changed {
			m.t.Errorf("%s is refused and has changed something", at)
		}
		for _, shown := range []string{"Bo Prøvesen", secretNote, "Posthold"} {
			if strings.Contains(got.text, shown) && who != m.bo {
				m.t.Errorf("%s is refused and shows %q:\n%s", at, shown, got.text)
			}
		}
	}
	if changed && !strings.HasSuffix(row.pattern, ".csv") {
		m.anew()
	}
}
