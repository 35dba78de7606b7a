package company

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// A list of rights is a table with a line for each right: CSV in UTF-8 with
// semicolons, as Danish spreadsheets read and write it. What is read may also have
// commas or tabs, and the letters of Windows. Columns are found by their headings;
// those with names of people and units are there to read, and are passed over.

// MaxList is how many bytes a list has at most.
const MaxList = 4 << 20

// Headings of a list.
const (
	headNumber   = "Medarbejdernummer"
	headName     = "Navn"
	headEmployer = "Arbejdsgivers CVR-nummer"
	headCVR      = "Enhedens CVR-nummer"
	headUnit     = "Enhed"
	headRight    = "Rettighed"
	headFrom     = "Første dag"
	headTo       = "Sidste dag"
)

var headings = []string{headNumber, headName, headEmployer, headCVR, headUnit, headRight, headFrom, headTo}

// Codes of what is wrong with a list or a line of it.
const (
	CodeList    = "list.unreadable" // not a table
	CodeHeading = "list.heading"    // a column is missing
	CodeEmpty   = "list.empty"      // no line
	CodeNumber  = "list.number"     // no employee's number
	CodeCVR     = "list.cvr"        // no CVR number
	CodeRight   = "list.right"      // no right's name
	CodeDate    = "list.date"       // no date
)

// row is a line of a list as it was read.
type row struct {
	at           int
	number       string
	cvr          post.CVR
	employer     post.CVR // zero: the organisation one has logged in for, or else the unit
	relation     access.Relation
	from, to     time.Time
	code, wanted string // what is wrong, and what stood there
}

// Export writes the rights of employees to units, of their own and not by groups. It
// is an event of each unit.
func (c *Companies) Export(ctx context.Context, actor post.Actor, units []post.UUID, out io.Writer) error {
	var lines [][]string
	err := c.work(ctx, actor, func(s *side) error {
		lines = nil
		all, err := s.manage(units)
		if err != nil {
			return err
		}
		registry.SortDanish(all, func(u Unit) string { return u.Name })
		for _, u := range all {
			if err := s.export(u, &lines); err != nil {
				return err
			}
			err := audit.Append(s.tx, audit.Event{Name: audit.PrivilegeGroupSearches, Mailbox: u.ID, Actor: s.actor, Via: u.Via.String(), Props: []audit.Prop{audit.Number(audit.Count, len(lines))}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, "\ufeff"); err != nil { // by which Excel knows that it is UTF-8
		return err
	}
	w := csv.NewWriter(out)
	w.Comma, w.UseCRLF = ';', true
	if err := w.Write(headings); err != nil {
		return err
	}
	for _, cells := range lines {
		for i := range cells {
			cells[i] = post.Cell(cells[i])
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (s *side) export(u Unit, lines *[][]string) error {
	all, err := s.people(u.ID)
	if err != nil {
		return err
	}
	numbers := map[post.PartyID]string{}
	for _, p := range all {
		if _, known := numbers[p.Employer.ID]; known {
			continue
		}
		cvr, err := s.registry.CVR(p.Employer)
		if err != nil {
			return err
		}
		numbers[p.Employer.ID] = cvr.Reveal()
	}
	for _, p := range all {
		for _, h := range p.Rights {
			if h.Group == (post.UUID{}) {
				*lines = append(*lines, []string{p.Number, p.Name, numbers[p.Employer.ID], u.CVR.Reveal(), u.Name, Names[h.Relation][0], dayText(h.From), dateText(h.LastDay())})
			}
		}
	}
	return nil
}

// dayText is the Danish day of a moment as a list has it, dateText a date.
func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return dateText(post.Today(t))
}

func dateText(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// readList reads a table. What is wrong with the whole of it is an error.
func readList(raw []byte) ([]row, error) {
	text := bytes.TrimPrefix(raw, []byte("\ufeff"))
	if !utf8.Valid(text) {
		plain, err := charmap.Windows1252.NewDecoder().Bytes(text)
		if err != nil {
			return nil, errs.Invalid(CodeList, "list", "the letters are of no known kind")
		}
		text = plain
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(text), -1, true
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errs.Invalid(CodeEmpty, "list", "the list is empty")
	}
	if err != nil {
		return nil, errs.Invalid(CodeList, "list", "this is no table of comma-separated values")
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.TrimSpace(h))] = i
	}
	for _, needed := range []string{headNumber, headCVR, headRight} {
		if _, there := at[strings.ToLower(needed)]; !there {
			return nil, errs.Invalid(CodeHeading, "list", "the column %q is missing", needed)
		}
	}
	var rows []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errs.Invalid(CodeList, "list", "this is no table of comma-separated values")
		}
		n, _ := r.FieldPos(0)
		cell := func(name string) string {
			i, there := at[strings.ToLower(name)]
			if !there || i >= len(cells) {
				return ""
			}
			return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(cells[i]), "'"))
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if len(rows) == MaxLines {
			return nil, errs.New(errs.KindTooLarge, CodeTooMany, "a list has at most %d lines", MaxLines)
		}
		rows = append(rows, readRow(n, cell))
	}
	if len(rows) == 0 {
		return nil, errs.Invalid(CodeEmpty, "list", "the list is empty")
	}
	return rows, nil
}

// separator is what parts the headings.
func separator(text []byte) rune {
	line, _, _ := bufio.ScanLines(text, true)
	first := text[:min(line, len(text))]
	best, most := ';', 0
	for _, c := range ";\t," {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func readRow(at int, cell func(string) string) row {
	r := row{at: at, number: cell(headNumber)}
	wrong := func(code, text string) {
		if r.code == "" {
			r.code, r.wanted = code, intake.Short(text)
		}
	}
	var err error
	if r.number == "" || len(r.number) > 100 {
		wrong(CodeNumber, r.number)
	}
	if r.cvr, err = post.ParseCVR(spaceless(cell(headCVR))); err != nil {
		wrong(CodeCVR, cell(headCVR))
	}
	if text := cell(headEmployer); text != "" {
		if r.employer, err = post.ParseCVR(spaceless(text)); err != nil {
			wrong(CodeCVR, text)
		}
	}
	if r.relation = relationNamed(cell(headRight)); r.relation == 0 {
		wrong(CodeRight, cell(headRight))
	}
	for name, day := range map[string]*time.Time{headFrom: &r.from, headTo: &r.to} {
		if *day, err = readDay(cell(name)); err != nil {
			wrong(CodeDate, cell(name))
		}
	}
	return r
}

func spaceless(s string) string { return strings.ReplaceAll(s, " ", "") }

func relationNamed(text string) access.Relation {
	for relation, names := range Names {
		if strings.EqualFold(text, names[0]) || strings.EqualFold(text, names[1]) || strings.EqualFold(text, relation.String()) {
			return relation
		}
	}
	return 0
}

func readDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var day time.Time
	var err error
	for _, layout := range []string{time.DateOnly, "2.1.2006", "2-1-2006", "2/1/2006"} {
		if day, err = time.Parse(layout, text); err == nil && (day.Year() < 2000 || day.Year() > 2200) {
			err = errors.New("no year that a right has")
		}
		if err == nil {
			return day, nil
		}
	}
	return time.Time{}, err
}

// Import reads a list and keeps it to be shown before anything is done. Rights that
// it does not name stay, or where whole is true are ended: for the units in it, the
// list is all there is (but for groups, and for who has them of another employer than
// the list names).
func (c *Companies) Import(ctx context.Context, actor post.Actor, raw []byte, whole bool) (post.UUID, error) {
	if len(raw) > MaxList {
		return post.UUID{}, errs.New(errs.KindTooLarge, CodeTooMany, "a list has at most %d bytes", MaxList)
	}
	rows, err := readList(raw)
	if err != nil {
		return post.UUID{}, err
	}
	var id post.UUID
	err = c.work(ctx, actor, func(s *side) error {
		d, err := s.resolve(rows)
		if err == nil && whole {
			err = s.others(&d)
		}
		if err != nil {
			return err
		}
		id, err = s.keep(d)
		return err
	})
	return id, err
}

// resolve finds the units and employees that a list names.
func (s *side) resolve(rows []row) (draft, error) {
	var d draft
	managed, err := s.managed()
	if err != nil {
		return d, err
	}
	if len(managed) == 0 {
		return d, errs.NotFound(access.CodeNotFound)
	}
	units := make(map[string]Unit, len(managed))
	for _, u := range managed {
		units[u.CVR.Reveal()] = u
	}
	var own string
	if s.actor.Organisation != 0 {
		p, err := s.registry.Party(s.tx, s.actor.Organisation)
		if err != nil {
			return d, err
		}
		cvr, err := s.registry.CVR(p)
		if err != nil {
			return d, err
		}
		own = cvr.Reveal()
	}
	employerOf := func(r row) string {
		switch {
		case !r.employer.IsZero():
			return r.employer.Reveal()
		case own != "":
			return own
		}
		return r.cvr.Reveal()
	}
	numbers := map[string]map[string]bool{} // employees' numbers, by employer
	for _, r := range rows {
		if r.code == "" {
			if numbers[employerOf(r)] == nil {
				numbers[employerOf(r)] = map[string]bool{}
			}
			numbers[employerOf(r)][r.number] = true
		}
	}
	employees := map[string]map[string]registry.Member{}
	for cvr, of := range numbers {
		employer, known := units[cvr].ID, true
		if cvr == own {
			employer = s.actor.Organisation
		} else if employer == 0 {
			known = false
		}
		if known {
			if employees[cvr], err = s.registry.MembersByNumber(s.tx, employer, slices.Sorted(maps.Keys(of))); err != nil {
				return d, err
			}
		}
	}
	for _, r := range rows {
		unit, knows := units[r.cvr.Reveal()]
		m, there := employees[employerOf(r)][r.number]
		switch {
		case r.code != "":
			d.Problems = append(d.Problems, Problem{r.at, r.code, r.wanted})
		case !knows:
			d.Problems = append(d.Problems, Problem{r.at, CodeUnit, r.cvr.Reveal()})
		case employees[employerOf(r)] == nil:
			d.Problems = append(d.Problems, Problem{r.at, CodeEmployer, employerOf(r)})
		case !there:
			d.Problems = append(d.Problems, Problem{r.at, CodeNobody, r.number})
		default:
			d.Lines = append(d.Lines, line{At: r.at, Unit: unit.ID, Employer: m.Organisation, Person: m.Person, Relation: r.relation.String(), From: dayOf(r.from), To: dayOf(r.to)})
		}
	}
	return d, nil
}

// others adds the end of what the units of a list have and it does not name.
func (s *side) others(d *draft) error {
	named, units, employers := map[key]bool{}, map[post.PartyID]bool{}, map[post.PartyID]bool{}
	for _, l := range d.Lines {
		named[l.key()], units[l.Unit], employers[l.Employer] = true, true, true
	}
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		held, err := s.rights.To(s.tx, unit)
		if err != nil {
			return err
		}
		for _, r := range held {
			l := line{Unit: unit, Employer: r.Organisation, Person: r.Holder, Relation: r.Relation.String(), Take: true}
			if r.Relation&employees != 0 && employers[r.Organisation] && !named[l.key()] {
				d.Lines = append(d.Lines, l)
			}
		}
	}
	return nil
}
