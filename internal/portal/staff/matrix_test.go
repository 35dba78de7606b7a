package staff_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/support"
	"digitalpost/internal/testkit"
)

// Who may do what at the counter, over HTTP: every page, asked for by everybody. A page
// is in pageRows with those it is for, or in openRows with the reason, or the test
// fails.

// pageRow is a page, and who gets it: in a case of their own, where it is in a case.
type pageRow struct {
	pattern string
	who     string
	form    string // what a form sends, with {version} and so on as in patterns
	file    bool   // and a file with it
	exempt  bool   // it is about a citizen who is exempt
}

// The application in a path is one of the first municipality, made by Rasmus, brought
// with a power of attorney and signed: it takes four eyes.
var pageRows = []pageRow{
	{pattern: "POST /sag", who: "tove rasmus helle pernille", form: "{names}&grund=guidance&begrundelse=Skranken"},
	{pattern: "GET /venter", who: "tove rasmus helle"},
	{pattern: "POST /venter/{application}", who: "tove"},

	{pattern: "GET /sag/{case}", who: "tove rasmus helle pernille"},
	{pattern: "POST /sag/{case}/luk", who: "tove rasmus helle pernille"},
	{pattern: "GET /sag/{case}/adgang/{right}/fjern", who: "tove rasmus helle"},
	{pattern: "POST /sag/{case}/adgang/{right}/fjern", who: "tove rasmus helle", form: "version=1"},
	{pattern: "GET /sag/{case}/tilmeld", who: "tove rasmus helle", exempt: true},
	{pattern: "POST /sag/{case}/tilmeld", who: "tove rasmus", exempt: true},
	{pattern: "GET /sag/{case}/adgang", who: "tove rasmus helle"},
	{pattern: "POST /sag/{case}/adgang", who: "tove rasmus helle", form: "{helper}&slags=laes&aldrig=1&hvem=selv"},
	{pattern: "GET /sag/{case}/fritagelse", who: "tove rasmus helle"},
	{pattern: "POST /sag/{case}/fritagelse", who: "tove rasmus", form: "grund=language&breve=0&hvem=selv"},
	{pattern: "GET /sag/{case}/ansoegning/{application}", who: "tove rasmus"},
	{pattern: "GET /sag/{case}/ansoegning/{application}/underskrevet", who: "tove rasmus"},
	{pattern: "POST /sag/{case}/ansoegning/{application}/underskrevet", who: "tove rasmus", file: true},
	{pattern: "GET /sag/{case}/ansoegning/{application}/{file}", who: "tove rasmus"},
	{pattern: "POST /sag/{case}/ansoegning/{application}/afgoer", who: "tove", form: "svar=godkend&version={version}"},

	{pattern: "GET /udpeget", who: "pernille"},
	{pattern: "GET /udpeget/{request}", who: "pernille"},
	{pattern: "GET /udpeget/{request}/dokument/{file}", who: "pernille"},
	{pattern: "POST /udpeget/{request}/afgoer", who: "pernille", form: "svar=godkend&version=1&hvorfor=I+orden"},
	{pattern: "POST /udpeget/{request}/ophoer", who: "pernille", form: "version=2&hvorfor=Slut"},
	{pattern: "GET /dataudtraek", who: "pernille"},
	{pattern: "GET /dataudtraek/{request}", who: "pernille"},
	{pattern: "GET /dataudtraek/{request}/dokument/{file}", who: "pernille"},
	{pattern: "POST /dataudtraek/{request}/afgoer", who: "pernille", form: "svar=godkend&version=1&hvorfor=I+orden"},

	{pattern: "GET /henvendelser", who: "emil"},
	{pattern: "GET /henvendelser/{number}", who: "emil"},
	{pattern: "POST /henvendelser/{number}/tag", who: "emil"},
	{pattern: "POST /henvendelser/{number}/svar", who: "emil", form: "hvordan=phone&svar=Vi+har+talt+sammen&version=2"},
}

// openRows are pages for everybody.
var openRows = map[string]string{"GET /{$}": "the start page: who is not logged in is told how", "GET /tilstede": "whether a session is there", "/": "what is not there"}

func TestEveryPageIsInTheMatrix(t *testing.T) {
	for _, pattern := range start(t, testkit.SQLite(t)).portal.Patterns() {
		in := slices.ContainsFunc(pageRows, func(r pageRow) bool { return r.pattern == pattern })
		if _, open := openRows[pattern]; in == open {
			t.Errorf("%s must be in pageRows with those it is for, or in openRows with the reason: one of the two", pattern)
		}
	}
}

const secret = "Hemmeligheden"

// matrix is the counter with everything that the pages are about. What a page has
// changed is made anew for the next that asks.
type matrix struct {
	*stack
	lone  registry.Party // who is exempt
	cases map[string]post.UUID
	made  map[string]string // what stands in paths, by pattern and name
	born  int
}

func (m *matrix) person() registry.Party {
	m.born++
	return m.Person(fmt.Sprint("Hjælper", m.born), 40, nil)
}

func (m *matrix) anew() {
	m.born++
	m.lone = m.inhabitant(fmt.Sprint("Ludvig", m.born), func(r *registry.Record) { r.RegistrationStatus = registry.ExemptOther })
	m.cases, m.made = map[string]post.UUID{}, map[string]string{}
}

func (m *matrix) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// in is a case of somebody's about a citizen.
func (m *matrix) in(who *clerk, about registry.Party) post.UUID {
	m.t.Helper()
	key := who.name + about.Name
	if id, there := m.cases[key]; there {
		return id
	}
	c, err := m.Staff.OpenCase(m.t.Context(), who.actor, m.named(about), staff.ForGuidance, secret)
	m.must(err)
	m.cases[key] = c.ID
	return c.ID
}

var placed = regexp.MustCompile(`\{[\w$]+\}`)

// fill puts what is there into a pattern, or a form. The case is one of owner's.
func (m *matrix) fill(row pageRow, text string, owner *clerk) string {
	m.t.Helper()
	about := m.karen
	if row.exempt {
		about = m.lone
	}
	return placed.ReplaceAllStringFunc(text, func(name string) string {
		switch name {
		case "{case}":
			return m.in(owner, about).String()
		case "{names}":
			return m.names(about).Encode()
		case "{helper}":
			return m.names(m.person()).Encode()
		case "{file}":
			if strings.Contains(row.pattern, "{request}") {
				return "0"
			}
			return "blanket-da.pdf"
		}
		if _, there := m.made[name]; !there {
			m.make(row, name)
		}
		return m.made[name]
	})
}

// make makes what a page is about.
func (m *matrix) make(row pageRow, name string) {
	m.t.Helper()
	ctx := m.t.Context()
	switch {
	case name == "{right}":
		m.made[name] = m.Give(rights.Right{Mailbox: m.karen.ID, Holder: m.person().ID, Relation: access.Reader}).ID.String()
	case name == "{application}":
		id := m.in(m.rasmus, m.karen)
		a, err := m.Staff.ApplyAccess(ctx, m.rasmus.actor, id, staff.ForAnother{Helper: m.named(m.person()), Bearer: secret})
		m.must(err)
		m.must(m.Staff.Attach(ctx, m.rasmus.actor, id, a.ID, "blanket.pdf", bytes.NewReader(scan)))
		a, err = m.Staff.Application(ctx, m.rasmus.actor, id, a.ID)
		m.must(err)
		m.made[name], m.made["{version}"] = a.ID.String(), fmt.Sprint(a.Version)
	case name == "{number}":
		taken := strings.HasSuffix(row.pattern, "/svar")
		r, err := m.Support.Submit(ctx, support.Inquiry{Kind: support.Question, Name: secret, Phone: "70 20 00 00", Subject: secret, Text: secret})
		m.must(err)
		if taken {
			m.must(m.Support.Take(ctx, m.support.actor, r.Number))
		}
		m.made[name] = r.Number
	case name == "{request}" && strings.Contains(row.pattern, "/udpeget"):
		u, err := m.Appointments.Take(appointment.LiquidatorCertificate, "bevis.pdf", bytes.NewReader(scan))
		m.must(err)
		cvr, err := post.ParseCVR(m.Number(m.Company("Selskabet ApS")))
		m.must(err)
		lawyer := m.person()
		a, err := m.Appointments.Apply(ctx, post.Actor{Party: lawyer.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial},
			appointment.Wanted{Relation: access.Liquidator, CVR: cvr, Text: secret, Files: []*appointment.Upload{u}})
		m.must(err)
		if strings.HasSuffix(row.pattern, "/ophoer") {
			_, err = m.Appointments.Decide(ctx, m.manager.actor, a.ID, 0, appointment.Decision{Approve: true, Reason: "I orden"})
			m.must(err)
		}
		m.made[name] = a.ID.String()
	case name == "{request}":
		company, boss := m.Company("Selskabet ApS"), m.person()
		m.Member(company, boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
		u, err := m.Extracts.Take("plan.pdf", bytes.NewReader(scan))
		m.must(err)
		signs := post.Actor{Party: boss.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial}
		boxes, err := m.Mailboxes.List(ctx, signs)
		m.must(err)
		i := slices.IndexFunc(boxes, func(b mailbox.Mailbox) bool { return b.Owner.ID == company.ID })
		e, err := m.Extracts.Ask(ctx, signs, boxes[i].UUID, secret, []*agency.Upload{u})
		m.must(err)
		m.made[name] = e.ID.String()
	default:
		m.t.Fatalf("nothing fills %s of %s", name, row.pattern)
	}
}

// state is all that the counter's pages can change. That somebody was refused is no
// change of it.
func (m *matrix) state() string {
	m.t.Helper()
	var all [12]int64
	m.Update(func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT (SELECT COUNT(*) FROM staff_case), (SELECT COUNT(closed) FROM staff_case), (SELECT COUNT(*) FROM staff_application), (SELECT COALESCE(SUM(version), 0) FROM staff_application),
			(SELECT COUNT(*) FROM privilege), (SELECT COALESCE(SUM(version), 0) FROM privilege), (SELECT COALESCE(SUM(version), 0) FROM appointment), (SELECT COALESCE(SUM(version), 0) FROM extract),
			(SELECT COALESCE(SUM(version), 0) FROM inquiry), (SELECT SUM(version) FROM party), (SELECT COUNT(*) FROM event WHERE name <> $1), (SELECT COUNT(*) FROM message)`, string(audit.AccessRefused)).
			Scan(&all[0], &all[1], &all[2], &all[3], &all[4], &all[5], &all[6], &all[7], &all[8], &all[9], &all[10], &all[11])
	})
	return fmt.Sprint(all)
}

func (m *matrix) everybody() []*clerk {
	over := &clerk{name: "a session that is over", cookie: &http.Cookie{Name: "session", Value: session.NewSecret()}}
	return []*clerk{m.tove, m.rasmus, m.helle, m.manager, m.support, m.employee, m.citizen, m.nobody, over}
}

// Every page of the counter, for everybody: who is refused is shown nothing and changes
// nothing, and the same holds for everybody in another's case (SYS-11, ACC-10, ACC-11,
// REG-01, REG-02, ORG-04 to ORG-06, MBX-20).
func TestMatrixOfPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := &matrix{stack: start(t, d)}
		for _, row := range pageRows {
			m.anew()
			_, pattern, _ := strings.Cut(row.pattern, " ")
			for _, who := range m.everybody() {
				owner := who
				if who.roles&(access.CitizenService|access.SystemManager) == 0 {
					owner = m.tove
				}
				may := owner == who || !strings.Contains(pattern, "{case}")
				m.try(row, pattern, who, owner, may && slices.Contains(strings.Fields(row.who), who.name))
				if owner == who && owner != m.rasmus && strings.Contains(pattern, "{case}") {
					m.try(row, pattern, who, m.rasmus, false)
				}
			}
		}
		for pattern := range openRows {
			_, path, _ := strings.Cut(pattern, " ")
			for _, who := range []*clerk{m.support, m.employee, m.citizen, m.nobody} {
				got := m.get(who, strings.TrimSuffix(path, "{$}"))
				got.lacks(t, m.karen.Name, secret)
				if who == m.employee && strings.TrimSuffix(path, "{$}") == "/" {
					got.has(t, "Du har ingen rolle i Borgerservice", "Log ud") // a way on
				}
			}
		}
	})
}

// try asks for a page, in a case of owner's.
func (m *matrix) try(row pageRow, pattern string, who, owner *clerk, may bool) {
	m.t.Helper()
	method, _, _ := strings.Cut(row.pattern, " ")
	path, form := m.fill(row, pattern, owner), m.fill(row, row.form, owner)
	var file []byte
	if row.file {
		file = scan
	}
	before := m.state()
	got := m.ask(who, method, path, form, file)
	changed := m.state() != before
	refused := got.status == http.StatusForbidden || got.status == http.StatusNotFound
	at := fmt.Sprintf("%s by %s in a case of %s", row.pattern, who.name, owner.name)
	switch {
	case got.status >= http.StatusInternalServerError || got.status == http.StatusUnprocessableEntity:
		m.t.Errorf("%s: %d\n%s", at, got.status, got.text)
	case who.actor.Party == 0:
		if got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/?") {
			m.t.Errorf("%s: %d %s, and not to log in", at, got.status, got.header.Get("Location"))
		}
	case may && method == http.MethodGet && got.status != http.StatusOK, may && method != http.MethodGet && (got.status != http.StatusSeeOther || !changed):
		m.t.Errorf("%s: the answer is %d, and something has changed: %v\n%s", at, got.status, changed, got.text)
	case !may && method == http.MethodGet && !refused:
		m.t.Errorf("%s: the answer is %d\n%s", at, got.status, got.text)
	}
	if !may {
		if changed {
			m.t.Errorf("%s is refused and has changed something", at)
		}
		for _, shown := range []string{m.karen.Name, m.lone.Name, secret, m.Number(m.karen)[6:]} {
			if strings.Contains(got.text, shown) {
				m.t.Errorf("%s is refused and shows something:\n%s", at, got.text)
			}
		}
	}
	if changed {
		m.anew()
	}
}
