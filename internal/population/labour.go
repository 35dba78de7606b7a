package population

import (
	"fmt"
	"math/rand/v2"
	"time"

	"digitalpost/internal/registry"
)

// labour says who works where and who signs for what, as the persons of a nation
// come by.
type labour struct {
	r         *rand.Rand
	companies []workplace // the early ones are the large ones
	unsigned  int         // the first of companies that nobody signs for yet
	adults    int         // that have come by

	large, units []workplace
	employees    int // of the large company
}

// workplace is an organisation that people work in.
type workplace struct {
	cvr       string
	employees int
	jointly   bool // nobody signs for it alone
}

func newLabour(o Options) *labour {
	l := &labour{r: o.stream(memberStream), employees: o.Employees}
	for _, record := range largeCompany(o.Employees) {
		l.large = append(l.large, workplace{cvr: record.CVR})
	}
	for _, record := range concern(o.Units) {
		l.units = append(l.units, workplace{cvr: record.CVR})
	}
	return l
}

// open makes an organisation known, unless it has ceased.
func (l *labour) open(o registry.Record) {
	if o.Status != registry.Closed {
		l.companies = append(l.companies, workplace{cvr: o.CVR, jointly: l.r.IntN(10) == 0})
	}
}

// of are a person's places, none for children and the dead: the first adults sign
// for the companies, one each, and 55 in a hundred of those of working age have a
// job, most of them in a large company.
func (l *labour) of(person registry.Record) []registry.Record {
	years := ageOn(person)
	if person.Status != registry.Alive || years < 18 {
		return nil
	}
	l.adults++
	all := l.ofTheLarge(person)
	signs := -1
	for ; l.unsigned < len(l.companies) && signs < 0; l.unsigned++ {
		if !l.companies[l.unsigned].jointly {
			signs = l.unsigned
		}
	}
	works := -1
	switch u := l.r.Float64(); {
	case len(l.companies) == 0:
	case signs >= 0 && l.r.IntN(2) == 0:
		works = signs
	case years < 67 && l.r.Float64() < 0.55:
		works = int(u * u * u * float64(len(l.companies)))
	}
	if signs >= 0 {
		all = append(all, l.companies[signs].take(person, works == signs, true))
	}
	if works >= 0 && works != signs {
		all = append(all, l.companies[works].take(person, true, false))
	}
	return all
}

// ofTheLarge are a person's places in the large company and the concern, whose
// people are the nation's first.
func (l *labour) ofTheLarge(person registry.Record) []registry.Record {
	var all []registry.Record
	if len(l.large) > 0 && l.adults <= l.employees {
		all = append(all, l.large[0].take(person, true, l.adults == 1))
	}
	if len(l.units) > 0 && l.adults <= concernEmployees {
		all = append(all, l.units[0].take(person, true, l.adults == 1))
	}
	for i := 1; i < len(l.units) && l.adults == 1; i++ {
		all = append(all, l.units[i].take(person, false, true))
	}
	return all
}

// take is a person's place in an organisation.
func (w *workplace) take(person registry.Record, works, signs bool) registry.Record {
	rec := registry.Record{Type: "member", Organisation: w.cvr, CPR: person.CPR, Employed: works, Signs: signs}
	if works {
		w.employees++
		rec.Number = employeeNumber(w.employees)
		rec.Title, rec.Department = titles[w.employees%len(titles)], departments[w.employees%len(departments)]
		rec.Email = plainLetters(person.FirstName+"."+lastWord(person.LastName)) + rec.Number + "@cvr" + w.cvr + ".example"
	}
	return rec
}

var (
	titles      = words("Sagsbehandler Bogholder Konsulent Montør Leder Koordinator Assistent Sekretær")
	departments = words("Administration Økonomi Drift Salg Kundeservice Indkøb Løn")
)

func ageOn(person registry.Record) int {
	born, err := time.Parse(time.DateOnly, person.BirthDate)
	if err != nil {
		return 0
	}
	years := Reference.Year() - born.Year()
	if born.AddDate(years, 0, 0).After(Reference) {
		years--
	}
	return years
}

// concernEmployees are the people of the concern's first company. The first of them
// signs for every unit.
const concernEmployees = 10

// concern is a group of companies that one office looks after.
func concern(units int) []registry.Record {
	numbers := inSteps(firstOfConcern, 37)
	var all []registry.Record
	for i := range units {
		name := "Kædehuset A/S"
		if i > 0 {
			name = fmt.Sprintf("Kædehuset afdeling %03d ApS", i)
		}
		all = append(all, companyOf(numbers.number(), name))
	}
	return all
}

// largeCompany is the company with many employees, alone in a list; none where it
// has none.
func largeCompany(employees int) []registry.Record {
	if employees == 0 {
		return nil
	}
	return []registry.Record{companyOf(inSteps(firstLarge, 1).number(), "Storværket A/S")}
}

func companyOf(cvr, name string) registry.Record {
	return registry.Record{Type: "organisation", CVR: cvr, Name: name, Kind: KindCompany, Status: registry.Active,
		RegistrationStatus: registry.Automatic, Address: office("Industrivej", 1, "7100", "Vejle").raw()}
}

// Concern is the numbers of the concern's companies, the office first.
func Concern(o Options) []string { return numbersOf(concern(o.Units)) }

// LargeCompany is the number of the company with many employees, "" where there is
// none.
func LargeCompany(o Options) string {
	for _, number := range numbersOf(largeCompany(o.Employees)) {
		return number
	}
	return ""
}

func numbersOf(records []registry.Record) []string {
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = r.CVR
	}
	return all
}
