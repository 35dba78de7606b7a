package company

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// State is what became of a request: the API's RequestStateType.
type State string

// The states.
const (
	Submitted State = "SUBMITTED"
	Approved  State = "APPROVED"
	Rejected  State = "REJECTED"
	Revoked   State = "REVOKED" // the employee took it back
)

// Request is an employee's wish of rights to an organisation's post. It gives
// nothing until a rights administrator approves it.
type Request struct {
	ID         post.UUID
	Unit       registry.Party
	Employee   registry.Member
	Employer   registry.Party
	Relations  []access.Relation
	To         time.Time // the first moment without them; the zero time is never
	Note       string    // why, in the employee's words
	Reply      string    // what the administrator answered
	State      State
	AnsweredBy string // name
	Answered   time.Time
	Created    time.Time
	Updated    time.Time
	Version    int64
}

// LastDay is the last Danish day; the zero time for never.
func (r Request) LastDay() time.Time { return rights.Right{To: r.To}.LastDay() }

// Wish is what an employee asks for.
type Wish struct {
	Relations []access.Relation
	To        time.Time // the last Danish day, as midnight UTC of the date; the zero time is never
	Note      string
}

// MaxNote is how many characters a note or a reply has at most.
const MaxNote = 1000

// maxOpen is how many requests of one employee wait at most.
const maxOpen = 20

// Codes of requests.
const (
	CodeAsked    = "rights.asked"            // they have asked, and wait for the answer
	CodeHas      = "rights.has"              // they have all of it already
	CodeNote     = "rights.note"             // longer than MaxNote
	CodeAnswered = "rights.answered"         // it was answered or taken back
	CodeOwn      = "rights.request.own"      // nobody answers their own request
	CodeOpen     = "rights.too.many.asked"   // maxOpen wait
	CodeNoUnit   = "rights.unit.unreachable" // nobody of the employee's organisation administers it
)

// ErrNoRequest says that there is no such request for the one who asks.
var ErrNoRequest = errs.NotFound("rights.request.unknown")

// errReadOnly refuses what an employee does for themselves, about which access is not
// asked.
var errReadOnly = errs.New(errs.KindForbidden, "access.read.only.token", "The token has no WRITE scope.")

const requestColumns = "id, mailbox, organisation, person, relations, ends, said, state, answered_by, answered, created, updated, version"

// said is what people wrote of a request.
type said struct {
	Note  string `json:"note,omitempty"`
	Reply string `json:"reply,omitempty"`
}

func (s *side) requests(where string, args ...any) ([]Request, error) {
	type row struct {
		Request
		unit, employer, person, by post.PartyID
	}
	rows, err := s.tx.Query("SELECT "+requestColumns+" FROM rights_request WHERE "+where+" ORDER BY CASE WHEN state = 'SUBMITTED' THEN 0 ELSE 1 END, created DESC, id DESC", args...)
	found, err := db.Collect(rows, err, func(rows *db.Rows) (r row, err error) {
		var relations string
		var sealed []byte
		err = rows.Scan(&r.ID, &r.unit, &r.employer, &r.person, &relations, db.Time(&r.To), &sealed, &r.State, &r.by, db.Time(&r.Answered), db.Time(&r.Created), db.Time(&r.Updated), &r.Version)
		if err != nil {
			return r, err
		}
		for _, text := range strings.Fields(relations) {
			relation, err := access.ParseRelation(text)
			if err != nil {
				return r, err
			}
			r.Relations = append(r.Relations, relation)
		}
		plain, err := s.keys.Open(keys.CompanySeal, sealed, r.ID[:])
		if err != nil {
			return r, err
		}
		var wrote said
		err = json.Unmarshal(plain, &wrote)
		r.Note, r.Reply = wrote.Note, wrote.Reply
		return r, err
	})
	if err != nil {
		return nil, err
	}
	ids := map[post.PartyID]bool{}
	people := map[post.PartyID][]post.PartyID{}
	for _, r := range found {
		ids[r.unit], ids[r.employer], ids[r.by] = true, true, true
		people[r.employer] = append(people[r.employer], r.person)
	}
	parties, err := s.registry.Parties(s.tx, slices.Collect(keysOf(ids)))
	if err != nil {
		return nil, err
	}
	members := map[who]registry.Member{}
	for employer, of := range people {
		among, err := s.registry.MembersAmong(s.tx, employer, of)
		if err != nil {
			return nil, err
		}
		for _, m := range among {
			members[who{employer, m.Person}] = m
		}
	}
	all := make([]Request, len(found))
	for i, r := range found {
		r.Unit, r.Employer, r.AnsweredBy, r.Employee = parties[r.unit], parties[r.employer], parties[r.by].Name, members[who{r.employer, r.person}]
		all[i] = r.Request
	}
	return all, nil
}

// open is how many requests about a unit wait.
func (s *side) open(unit post.PartyID) (n int, err error) {
	err = s.tx.QueryRow("SELECT COUNT(*) FROM rights_request WHERE mailbox = $1 AND state = $2", unit, Submitted).Scan(&n)
	return n, err
}

// Requests are those about a unit, the ones that wait first, then the newest, at most
// limit.
func (c *Companies) Requests(ctx context.Context, actor post.Actor, unit post.UUID, limit int) (Unit, []Request, error) {
	var u Unit
	var all []Request
	err := c.look(ctx, actor, func(s *side) (err error) {
		if u, err = s.may(unit, access.RightsManage); err != nil {
			return err
		}
		all, err = s.requests("mailbox = $1 AND id IN (SELECT id FROM rights_request WHERE mailbox = $1 ORDER BY CASE WHEN state = 'SUBMITTED' THEN 0 ELSE 1 END, created DESC, id DESC LIMIT $2)", u.ID, limit)
		return err
	})
	return u, all, err
}

// keptInLists is how long a request that was dealt with is listed.
const keptInLists = 365 * 24 * time.Hour

// AllRequests are an employee's own, and those about all units whose rights the actor
// administers, the newest first: those that wait, and those that were dealt with in
// the last year.
func (c *Companies) AllRequests(ctx context.Context, actor post.Actor) ([]Request, error) {
	var all []Request
	err := c.look(ctx, actor, func(s *side) error {
		seen := map[post.UUID]bool{}
		add := func(where string, args ...any) error {
			found, err := s.requests("("+where+") AND (state = 'SUBMITTED' OR updated > $1)", append([]any{s.tx.Now.Add(-keptInLists)}, args...)...)
			for _, r := range found {
				if !seen[r.ID] {
					seen[r.ID], all = true, append(all, r)
				}
			}
			return err
		}
		_, err := s.employee()
		if err == nil {
			err = add("person = $2 AND organisation = $3", actor.Party, actor.Organisation)
		}
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			return err
		}
		managed, err := s.managed()
		if err != nil {
			return err
		}
		for id := range managed {
			if err := add("mailbox = $2", id); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Request) int { return cmp.Or(b.Created.Compare(a.Created), bytes.Compare(b.ID[:], a.ID[:])) })
	return all, err
}

// Request is one that the actor sent, or may answer.
func (c *Companies) Request(ctx context.Context, actor post.Actor, id post.UUID) (Request, error) {
	var found Request
	err := c.look(ctx, actor, func(s *side) (err error) {
		found, err = s.request(id)
		return err
	})
	return found, err
}

func (s *side) request(id post.UUID) (Request, error) {
	all, err := s.requests("id = $1", id)
	if err == nil && len(all) == 0 {
		err = ErrNoRequest
	}
	if err != nil {
		return Request{}, err
	}
	if one := all[0]; s.sent(one) {
		return one, nil
	}
	if _, err := s.mayAt(all[0].Unit, access.RightsManage); err != nil {
		return Request{}, err
	}
	return all[0], nil
}

// sent tells that a request is the actor's own.
func (s *side) sent(r Request) bool {
	return r.Employee.Person == s.actor.Party && r.Employer.ID == s.actor.Organisation && s.actor.Organisation != 0
}

// Mine is what an employee has, in the name of their organisation, and has asked for.
type Mine struct {
	Employee registry.Member
	Employer registry.Party
	Units    []MyUnit
	Requests []Request
}

// MyUnit is an organisation to whose post an employee has rights.
type MyUnit struct {
	registry.Party
	Rights []Held
}

// Mine is what the actor has. Who has logged in on their own behalf is no employee.
func (c *Companies) Mine(ctx context.Context, actor post.Actor) (Mine, error) {
	var mine Mine
	err := c.look(ctx, actor, func(s *side) (err error) {
		if mine.Employee, err = s.employee(); err != nil {
			return err
		}
		if mine.Employer, err = s.registry.Party(s.tx, s.actor.Organisation); err != nil {
			return err
		}
		if mine.Units, err = s.mine(); err != nil {
			return err
		}
		mine.Requests, err = s.requests("person = $1 AND organisation = $2", s.actor.Party, s.actor.Organisation)
		return err
	})
	return mine, err
}

func (s *side) mine() ([]MyUnit, error) {
	own, err := s.rights.Of(s.tx, s.actor.Party, s.actor.Organisation)
	if err != nil {
		return nil, err
	}
	held := map[post.PartyID][]Held{}
	for _, r := range own {
		if r.Relation&employees != 0 {
			held[r.Mailbox] = append(held[r.Mailbox], ownRight(r))
		}
	}
	groups, err := s.rights.GroupsOf(s.tx, s.actor.Organisation, s.actor.Party)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		has, err := s.rights.GroupRights(s.tx, g.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range has {
			held[r.Mailbox] = append(held[r.Mailbox], Held{r.ID, r.Relation, r.From, r.To, time.Time{}, r.Group, r.Name, r.Version})
		}
	}
	units, err := s.registry.Parties(s.tx, slices.Collect(keysOf(held)))
	if err != nil {
		return nil, err
	}
	var all []MyUnit
	for id, rights := range held {
		all = append(all, MyUnit{units[id], ordered(map[who][]Held{{}: rights})[who{}]})
	}
	slices.SortFunc(all, func(a, b MyUnit) int { return int(a.ID - b.ID) })
	registry.SortDanish(all, func(u MyUnit) string { return u.Name })
	return all, nil
}

// employee is who asks, as an employee. To ask for a right is open to every employee
// and to nobody else: it touches nobody's post, so package access has no action for
// it.
func (s *side) employee() (registry.Member, error) {
	if s.actor.Organisation == 0 || s.actor.Assurance < post.AssuranceSubstantial {
		return registry.Member{}, registry.ErrNoMember
	}
	m, err := s.registry.Member(s.tx, s.actor.Organisation, s.actor.Party)
	if err == nil && !m.Employed {
		err = registry.ErrNoMember
	}
	return m, err
}

// AskNumber is Ask about the organisation with a number.
func (c *Companies) AskNumber(ctx context.Context, actor post.Actor, cvr post.CVR, w Wish) (Request, error) {
	return c.ask(ctx, actor, w, func(s *side) (registry.Party, error) { return s.registry.OrganisationByCVR(s.tx, cvr) })
}

// Ask sends a request about a unit: the actor's own organisation, or one that somebody
// of it administers. It is told to the unit.
func (c *Companies) Ask(ctx context.Context, actor post.Actor, unit post.UUID, w Wish) (Request, error) {
	return c.ask(ctx, actor, w, func(s *side) (registry.Party, error) { return s.registry.PartyByUUID(s.tx, unit) })
}

func (c *Companies) ask(ctx context.Context, actor post.Actor, w Wish, unit func(*side) (registry.Party, error)) (Request, error) {
	if actor.ReadOnly {
		return Request{}, errReadOnly
	}
	if utf8.RuneCountInString(w.Note) > MaxNote {
		return Request{}, errs.Invalid(CodeNote, "note", "a note has at most %d characters", MaxNote)
	}
	var made Request
	err := c.work(ctx, actor, func(s *side) error {
		employee, err := s.employee()
		if err != nil {
			return err
		}
		about, err := unit(s)
		if err != nil && errs.KindOf(err) != errs.KindNotFound {
			return err
		}
		if err := s.reachable(about); err != nil {
			return err
		}
		made, err = s.submit(employee, about, w)
		return err
	})
	return made, err
}

func (s *side) reachable(unit registry.Party) error {
	if unit.ID != 0 && unit.ID == s.actor.Organisation {
		return nil
	}
	administrators, err := s.rights.Administrators(s.tx, unit.ID)
	if err == nil && !slices.ContainsFunc(administrators, func(r rights.Right) bool { return r.Organisation == s.actor.Organisation }) {
		err = errs.Invalid(CodeNoUnit, "accessTo", "nobody of the employee's organisation administers that one")
	}
	return err
}

func (s *side) submit(employee registry.Member, unit registry.Party, w Wish) (Request, error) {
	l := line{To: dayOf(w.To)}
	to := l.ends()
	if !to.IsZero() && !s.tx.Now.Before(to) {
		return Request{}, errs.Invalid(CodeDays, "privilegeEndDate", "the last day is over already")
	}
	has, err := s.held(unit.ID)
	if err != nil {
		return Request{}, err
	}
	r := Request{ID: s.tx.NewID(), Unit: unit, Employee: employee, To: to, Note: strings.TrimSpace(w.Note), State: Submitted, Created: s.tx.Now, Updated: s.tx.Now, Version: 1}
	var names []string
	for _, relation := range Relations {
		if !slices.Contains(w.Relations, relation) {
			continue
		}
		if !slices.ContainsFunc(has[who{employee.Organisation, employee.Person}], func(h Held) bool { return h.Relation == relation && !h.Over(s.tx.Now) }) {
			r.Relations, names = append(r.Relations, relation), append(names, relation.String())
		}
	}
	switch {
	case len(w.Relations) == 0 || slices.ContainsFunc(w.Relations, func(r access.Relation) bool { return !slices.Contains(Relations, r) }):
		return r, errs.Invalid(CodeRelation, "privileges", "no right of employees is asked for")
	case len(r.Relations) == 0:
		return r, errs.New(errs.KindConflict, CodeHas, "they have it already")
	}
	var waiting int
	if err := s.tx.QueryRow("SELECT COUNT(*) FROM rights_request WHERE person = $1 AND state = $2", employee.Person, Submitted).Scan(&waiting); err != nil {
		return r, err
	}
	if waiting >= maxOpen {
		return r, errs.New(errs.KindConflict, CodeOpen, "%d requests wait for an answer", waiting)
	}
	sealed, err := s.seal(r)
	if err != nil {
		return r, err
	}
	n, err := s.tx.Exec("INSERT INTO rights_request ("+requestColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, NULL, $9, $9, 1) ON CONFLICT DO NOTHING",
		r.ID, unit.ID, employee.Organisation, employee.Person, strings.Join(names, " "), r.To, sealed, r.State, r.Created)
	if err == nil && n == 0 {
		err = errs.New(errs.KindConflict, CodeAsked, "they have asked, and wait for the answer")
	}
	if err != nil {
		return r, err
	}
	if r.Employer, err = s.registry.Party(s.tx, employee.Organisation); err != nil {
		return r, err
	}
	if err := s.tellRequest(audit.AccessRequestSubmitted, r, 0); err != nil {
		return r, err
	}
	return r, s.announceRequest(r)
}

func (s *side) seal(r Request) ([]byte, error) {
	plain, err := json.Marshal(said{r.Note, r.Reply})
	return s.keys.Seal(keys.CompanySeal, plain, r.ID[:]), err
}

func (s *side) tellRequest(name audit.Name, r Request, via access.Relation) error {
	return audit.Append(s.tx, audit.Event{Name: name, Mailbox: r.Unit.ID, Actor: s.actor, Via: via.String(), Props: []audit.Prop{
		audit.ID(audit.Access, r.ID), audit.Number(audit.Party, r.Employee.Person)}})
}

// Answer approves or declines a request. version is the one that the asker knows, 0
// for any. An approval gives the rights at once; the employee is told either way.
func (c *Companies) Answer(ctx context.Context, actor post.Actor, id post.UUID, version int64, approve bool, reply string) (Request, error) {
	if utf8.RuneCountInString(reply) > MaxNote {
		return Request{}, errs.Invalid(CodeNote, "note", "a reply has at most %d characters", MaxNote)
	}
	var one Request
	err := c.work(ctx, actor, func(s *side) error {
		all, err := s.requests("id = $1", id)
		if err == nil && len(all) == 0 {
			err = ErrNoRequest
		}
		if err != nil {
			return err
		}
		one = all[0]
		u, err := s.mayAt(one.Unit, access.RightsManage)
		if err != nil {
			return err
		}
		if err := s.waits(one, version); err != nil {
			return err
		}
		if one.Employee.Person == s.actor.Party {
			return errs.New(errs.KindForbidden, CodeOwn, "nobody answers their own request")
		}
		event := audit.AccessRequestRejected
		one.State, one.Reply = Rejected, strings.TrimSpace(reply)
		if approve {
			event, one.State = audit.AccessRequestApproved, Approved
			if err := s.approve(one); err != nil {
				return err
			}
		}
		if err := s.answered(&one); err != nil {
			return err
		}
		if err := s.tellRequest(event, one, u.Via); err != nil {
			return err
		}
		return s.announceAnswer(one)
	})
	return one, err
}

// waits tells that a request waits for its answer, as its reader knows it.
func (s *side) waits(one Request, version int64) error {
	switch {
	case version != 0 && version != one.Version:
		return errs.ErrStale
	case one.State != Submitted:
		return errs.New(errs.KindConflict, CodeAnswered, "it was answered, or taken back")
	}
	return nil
}

// approve gives what was asked for.
func (s *side) approve(one Request) error {
	var lines []line
	for _, relation := range one.Relations {
		lines = append(lines, line{Unit: one.Unit.ID, Employer: one.Employer.ID, Person: one.Employee.Person, Relation: relation.String(), To: dayOf(one.LastDay())})
	}
	plan, err := s.plan(lines)
	if err != nil {
		return err
	}
	return s.carry(plan)
}

func (s *side) answered(one *Request) error {
	sealed, err := s.seal(*one)
	if err != nil {
		return err
	}
	one.Updated, one.Answered, one.Version = s.tx.Now, s.tx.Now, one.Version+1
	by, err := s.registry.Party(s.tx, s.actor.Party)
	if err != nil {
		return err
	}
	one.AnsweredBy = by.Name
	_, err = s.tx.Exec("UPDATE rights_request SET state = $1, said = $2, answered_by = $3, answered = $4, updated = $4, version = $5 WHERE id = $6",
		one.State, sealed, s.actor.Party, s.tx.Now, one.Version, one.ID)
	return err
}

// Withdraw takes back a request that the actor sent.
func (c *Companies) Withdraw(ctx context.Context, actor post.Actor, id post.UUID, version int64) (Request, error) {
	if actor.ReadOnly {
		return Request{}, errReadOnly
	}
	var one Request
	err := c.work(ctx, actor, func(s *side) (err error) {
		if one, err = s.request(id); err != nil {
			return err
		}
		if !s.sent(one) {
			return errs.New(errs.KindForbidden, "rights.request.not.yours", "only who sent it takes it back")
		}
		if err := s.waits(one, version); err != nil {
			return err
		}
		one.State = Revoked
		if err := s.answered(&one); err != nil {
			return err
		}
		return s.tellRequest(audit.AccessRequestWithdrawn, one, 0)
	})
	return one, err
}

// Names of the rights, in Danish and English.
var Names = map[access.Relation][2]string{
	access.EmployeeBasic:    {"Læseadgang", "Read access"},
	access.EmployeeAdvanced: {"Udvidet læseadgang", "Advanced read access"},
	access.EmployeeWrite:    {"Læse- og skriveadgang", "Read and write access"},
	access.Administrator:    {"Rettighedsadministrator", "Rights administrator"},
}

func (r Request) names(language int) string {
	var all []string
	for _, relation := range r.Relations {
		all = append(all, strings.ToLower(Names[relation][language]))
	}
	return html.EscapeString(strings.Join(all, ", "))
}

func strong(text string) string { return "<strong>" + html.EscapeString(text) + "</strong>" }

// announceRequest tells the unit that somebody asks.
func (s *side) announceRequest(r Request) error {
	until, untilEN := "", ""
	if day := r.LastDay(); !day.IsZero() {
		until, untilEN = " til og med den "+post.DateText(day, false), " until the end of "+post.DateText(day, true)
	}
	from := strong(r.Employee.Name) + " (" + html.EscapeString(r.Employer.Name) + ")"
	return s.announce(r.Unit.ID, cut(r.Employee.Name)+" beder om adgang til virksomhedens post", []string{
		fmt.Sprintf("%s beder om: %s%s.", from, r.names(0), until),
		"Der sker kun noget, hvis en rettighedsadministrator godkender. Det gøres i Rettighedsportalen under »Anmodninger«.",
	}, cut(r.Employee.Name)+" asks for access to the company's mail", []string{
		fmt.Sprintf("%s asks for: %s%s.", from, r.names(1), untilEN),
		"Nothing happens unless a rights administrator approves. That is done in the rights portal under “Requests”.",
	})
}

// announceAnswer tells the employee what came of it.
func (s *side) announceAnswer(r Request) error {
	unit := strong(r.Unit.Name)
	title, titleEN := "godkendt", "approved"
	says := fmt.Sprintf("Din anmodning om adgang til posten hos %s er godkendt: %s. Log ind med MitID Erhverv for at læse den.", unit, r.names(0))
	saysEN := fmt.Sprintf("Your request for access to the mail of %s has been approved: %s. Log in with MitID Erhverv to read it.", unit, r.names(1))
	if r.State == Rejected {
		title, titleEN = "afvist", "declined"
		says = fmt.Sprintf("Din anmodning om adgang til posten hos %s er afvist.", unit)
		saysEN = fmt.Sprintf("Your request for access to the mail of %s has been declined.", unit)
	}
	reply, replyEN := []string{says}, []string{saysEN}
	if r.Reply != "" {
		reply = append(reply, "Begrundelse: "+html.EscapeString(r.Reply))
		replyEN = append(replyEN, "Reason: "+html.EscapeString(r.Reply))
	}
	return s.announce(r.Employee.Person, "Din anmodning til "+cut(r.Unit.Name)+" er "+title, reply, "Your request to "+cut(r.Unit.Name)+" has been "+titleEN, replyEN)
}

func (s *side) announce(to post.PartyID, title string, da []string, titled string, en []string) error {
	var b strings.Builder
	write := func(lang, title string, paragraphs []string) {
		fmt.Fprintf(&b, `<div lang="%s"><h1>%s</h1>`, lang, html.EscapeString(title))
		for _, p := range paragraphs {
			b.WriteString("<p>" + p + "</p>")
		}
		b.WriteString("</div>")
	}
	write("da", title, da)
	b.WriteString("<hr>")
	write("en", titled, en)
	_, err := s.letters.Announce(s.tx, intake.Announcement{To: to, Label: title, HTML: b.String()})
	if errs.KindOf(err) == errs.KindForbidden { // they get no digital post; the portal shows it
		return nil
	}
	return err
}

// cut keeps the title of a letter within its limit.
func cut(name string) string {
	letters := []rune(name)
	if len(letters) > 160 {
		return string(letters[:160]) + "…"
	}
	return name
}
