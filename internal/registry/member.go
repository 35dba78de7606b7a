package registry

import (
	"errors"
	"slices"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Member is a person of an organisation: one who works there and has an employee's
// log-in (MitID Erhverv, SYS-09), one who signs for it alone ("tegningsberettiget",
// ORG-02, ORG-03), or both. What it entitles to ends when the register says so.
type Member struct {
	Organisation post.PartyID
	Person       post.PartyID
	UUID         post.UUID // names the employee outside
	Employed     bool
	Signs        bool
	Number       string // the employee's number in the organisation (RID), "" for who does not work there
	Title        string
	Department   string
	Email        string
	Name         string // the person's
	Version      int64
}

const memberColumns = "m.organisation, m.person, m.uuid, m.employed, m.signs, m.number, m.title, m.department, m.email, m.version, p.name"

const fromMember = " FROM member m JOIN party p ON p.id = m.person"

func scanMember(rows interface{ Scan(...any) error }) (Member, error) {
	var m Member
	err := rows.Scan(&m.Organisation, &m.Person, &m.UUID, &m.Employed, &m.Signs, &m.Number, &m.Title, &m.Department, &m.Email, &m.Version, &m.Name)
	return m, err
}

// ErrNoMember says that the person has nothing to do with the organisation.
var ErrNoMember = errs.NotFound("member.unknown")

// Member is what a person is to an organisation. Who is no member, or has left,
// gives ErrNoMember.
func (r *Registry) Member(tx *db.Tx, organisation, person post.PartyID) (Member, error) {
	return oneMember(tx, "m.organisation = $1 AND m.person = $2", organisation, person)
}

// MemberByNumber is the employee of an organisation with a number.
func (r *Registry) MemberByNumber(tx *db.Tx, organisation post.PartyID, number string) (Member, error) {
	return oneMember(tx, "m.organisation = $1 AND m.number = $2 AND m.number <> ''", organisation, number)
}

// MemberByUUID is the member of an organisation with an outside id.
func (r *Registry) MemberByUUID(tx *db.Tx, organisation post.PartyID, id post.UUID) (Member, error) {
	return oneMember(tx, "m.organisation = $1 AND m.uuid = $2", organisation, id)
}

func oneMember(tx *db.Tx, where string, args ...any) (Member, error) {
	m, err := scanMember(tx.QueryRow("SELECT "+memberColumns+fromMember+" WHERE "+where+" AND (m.employed = TRUE OR m.signs = TRUE)", args...))
	if errors.Is(err, db.ErrNoRows) {
		return m, ErrNoMember
	}
	return m, err
}

// Members are all who work in an organisation or sign for it, in Danish order.
func (r *Registry) Members(tx *db.Tx, organisation post.PartyID) ([]Member, error) {
	rows, err := tx.Query("SELECT "+memberColumns+fromMember+" WHERE m.organisation = $1 AND (m.employed = TRUE OR m.signs = TRUE)", organisation)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Member, error) { return scanMember(rows) })
	SortDanish(all, func(m Member) string { return m.Name })
	return all, err
}

// Employees are all who work in an organisation, in no order.
func (r *Registry) Employees(tx *db.Tx, organisation post.PartyID) ([]Member, error) {
	rows, err := tx.Query("SELECT "+memberColumns+fromMember+" WHERE m.organisation = $1 AND m.employed = TRUE", organisation)
	return db.Collect(rows, err, func(rows *db.Rows) (Member, error) { return scanMember(rows) })
}

// Signers are those who sign for an organisation alone, some of whom work there too.
func (r *Registry) Signers(tx *db.Tx, organisation post.PartyID) ([]Member, error) {
	rows, err := tx.Query("SELECT "+memberColumns+fromMember+" WHERE m.organisation = $1 AND m.signs = TRUE", organisation)
	return db.Collect(rows, err, func(rows *db.Rows) (Member, error) { return scanMember(rows) })
}

// MemberByID is who an employee's id names, also one who has left: Employed and Signs
// are false then.
func (r *Registry) MemberByID(tx *db.Tx, id post.UUID) (Member, error) {
	m, err := scanMember(tx.QueryRow("SELECT "+memberColumns+fromMember+" WHERE m.uuid = $1", id))
	if errors.Is(err, db.ErrNoRows) {
		return m, ErrNoMember
	}
	return m, err
}

// MembersAmong are what these people are to an organisation, also those who have
// left, by person.
func (r *Registry) MembersAmong(tx *db.Tx, organisation post.PartyID, people []post.PartyID) (map[post.PartyID]Member, error) {
	all := make(map[post.PartyID]Member, len(people))
	err := tx.QueryIn("SELECT "+memberColumns+fromMember+" WHERE m.organisation = $1 AND m.person IN ($IN)", db.Keys(people), []any{organisation}, func(rows *db.Rows) error {
		m, err := scanMember(rows)
		all[m.Person] = m
		return err
	})
	return all, err
}

// MembersByNumber are the employees of an organisation with these numbers.
func (r *Registry) MembersByNumber(tx *db.Tx, organisation post.PartyID, numbers []string) (map[string]Member, error) {
	all := make(map[string]Member, len(numbers))
	err := tx.QueryIn("SELECT "+memberColumns+fromMember+" WHERE m.organisation = $1 AND m.employed = TRUE AND m.number IN ($IN)", db.Keys(numbers), []any{organisation}, func(rows *db.Rows) error {
		m, err := scanMember(rows)
		all[m.Number] = m
		return err
	})
	return all, err
}

// MemberOf are the organisations that a person works in or signs for.
func (r *Registry) MemberOf(tx *db.Tx, person post.PartyID) ([]Member, error) {
	rows, err := tx.Query("SELECT "+memberColumns+fromMember+" WHERE m.person = $1 AND (m.employed = TRUE OR m.signs = TRUE) ORDER BY m.organisation", person)
	return db.Collect(rows, err, func(rows *db.Rows) (Member, error) { return scanMember(rows) })
}

// OnLeft has fn called in each transaction in which somebody stops working in an
// organisation. It is said before anything runs.
func (r *Registry) OnLeft(fn func(tx *db.Tx, organisation, person post.PartyID) error) {
	r.left = append(r.left, fn)
}

// members saves who works where, after the parties they are of.
func (s *saving) members(records []*Record) error {
	var numbers []Number
	for _, rec := range records {
		numbers = append(numbers, Number{post.Organisation, rec.Organisation}, rec.person())
	}
	parties, err := s.registry.ByNumbers(s.tx, numbers)
	if err != nil {
		return err
	}
	before := map[[2]post.PartyID]Member{}
	owners := make([]any, 0, len(records))
	for _, rec := range records {
		owners = append(owners, parties[Number{post.Organisation, rec.Organisation}].ID)
	}
	slices.SortFunc(owners, func(a, b any) int { return int(a.(post.PartyID) - b.(post.PartyID)) })
	err = s.tx.QueryIn("SELECT "+memberColumns+fromMember+" WHERE m.organisation IN ($IN)", slices.Compact(owners), nil, func(rows *db.Rows) error {
		m, err := scanMember(rows)
		before[[2]post.PartyID{m.Organisation, m.Person}] = m
		return err
	})
	if err != nil {
		return err
	}
	latest := map[[2]post.PartyID]*Record{}
	var order [][2]post.PartyID
	for _, rec := range records {
		organisation, there := parties[Number{post.Organisation, rec.Organisation}]
		person, known := parties[rec.person()]
		if !there || !known {
			return &RecordError{rec.line, "the register knows no such organisation or person"}
		}
		key := [2]post.PartyID{organisation.ID, person.ID}
		if latest[key] == nil {
			order = append(order, key)
		}
		latest[key] = rec
	}
	var made [][]any
	var left [][2]post.PartyID
	var b db.Batch
	for _, key := range order {
		rec, old := latest[key], before[key]
		now := old
		now.Organisation, now.Person = key[0], key[1]
		now.Employed, now.Signs, now.Number, now.Title, now.Department, now.Email = rec.Employed, rec.Signs, rec.Number, rec.Title, rec.Department, rec.Email
		if now == old {
			continue
		}
		if old.Person == 0 {
			made = append(made, []any{now.Organisation, now.Person, post.NewUUID(), now.Employed, now.Signs, now.Number, now.Title, now.Department, now.Email, s.tx.Now, 1})
			continue
		}
		b.Add("UPDATE member SET employed = $1, signs = $2, number = $3, title = $4, department = $5, email = $6, updated = $7, version = version + 1 WHERE organisation = $8 AND person = $9",
			now.Employed, now.Signs, now.Number, now.Title, now.Department, now.Email, s.tx.Now, now.Organisation, now.Person)
		if old.Employed && !now.Employed {
			left = append(left, key)
		}
		if old.Employed != now.Employed || old.Signs != now.Signs {
			audit.Add(s.tx, &b, audit.Event{Name: audit.ContactCVRUpdated, Mailbox: now.Organisation, Props: []audit.Prop{audit.Number(audit.Party, now.Person)}})
		}
	}
	b.InsertMany("member (organisation, person, uuid, employed, signs, number, title, department, email, updated, version)", made, "")
	if err := s.tx.Run(&b); err != nil {
		return err
	}
	for _, key := range left {
		for _, fn := range s.registry.left {
			if err := fn(s.tx, key[0], key[1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// person is whom a record of a member is about.
func (r *Record) person() Number { return Number{post.Person, digits(r.CPR)} }
