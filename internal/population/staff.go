package population

import (
	"strconv"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/registry"
)

// Employee is a person of the cast in one of its organisations: who works there and
// logs in with MitID Erhverv, who signs for it alone, or both.
type Employee struct {
	Record       registry.Record // of type member
	Name         string
	Organisation string // its name
	// May is what the employee may do when they are logged in for the organisation.
	// What a signatory may do needs no right.
	May []May
}

// May is a right of an employee.
type May struct {
	Relation access.Relation
	// CVR is the organisation whose mailbox it is a right to, "" for a role of staff,
	// which is at every mailbox.
	CVR string
}

// About says in a line what an employee of the cast may do, for lists of them.
func (e Employee) About() string {
	var all []string
	if e.Record.Title != "" {
		all = append(all, e.Record.Title)
	}
	if e.Record.Signs {
		all = append(all, "tegner alene")
	}
	units := map[access.Relation]bool{}
	for _, m := range e.May {
		if !units[m.Relation] {
			all = append(all, abouts[m.Relation])
		}
		units[m.Relation] = true
	}
	if len(e.May) == 0 && !e.Record.Signs {
		all = append(all, "ingen adgang endnu")
	}
	return strings.Join(all, " · ")
}

var abouts = map[access.Relation]string{
	access.Administrator: "rettighedsadministrator", access.EmployeeWrite: "læse- og skriveadgang",
	access.EmployeeAdvanced: "udvidet læseadgang", access.EmployeeBasic: "læseadgang",
	access.CitizenService: "Borgerservice", access.SystemManager: "systemforvalter", access.Support: "support",
}

// The organisations in the cast that others name.
const (
	Carpenters  = "Holm & Ørum Snedkeri ApS" // its signatory is administrator: no other is named
	RowingClub  = "Ålhavn Roklub"            // an association with two who sign alone
	OnePerson   = "Vestergaard Keramik"      // one owner, with a private MitID and nothing else
	Energy      = "Fjordlys Energi A/S"      // an administrator, readers and writers
	EnergyGrid  = "Fjordlys Net A/S"         // a unit that Energy's employees have rights to
	Lawyers     = "Advokaterne Storm & Bech I/S"
	Bankrupt    = "Ålhavn Fiskeeksport A/S under konkurs" // being wound up
	NewCompany  = "Nordkysten Solceller ApS"              // in its waiting period
	Ceased      = "Lund Cykler ApS"
	Badminton   = "Ålhavn Badmintonklub" // nobody signs for it alone, and it has no administrator
	HomeCounter = "Ålhavn Kommune"       // the first municipality, with citizen service
)

// castEmployee is an employee by name, as it is easy to read.
type castEmployee struct {
	organisation, person string
	title, department    string
	works, signs         bool
	may                  []castRight
}

type castRight struct {
	relation access.Relation
	to       string // an organisation's name; "" is the employer, staffed every mailbox
}

const staffed = "*"

var castEmployees = []castEmployee{
	{Carpenters, "Signe Åkjær Holm", "Direktør", "Kontor", true, true, nil},
	{Carpenters, "Jonas Lund", "Snedkermester", "Værksted", true, false, []castRight{{access.EmployeeWrite, ""}}},
	{Carpenters, "Amina Yusuf", "Bogholder", "Kontor", true, false, []castRight{{access.EmployeeBasic, ""}}},

	{RowingClub, "Niels Ørbæk", "Formand", "Bestyrelse", true, true, nil},
	{RowingClub, "Signe Åkjær Holm", "Næstformand", "Bestyrelse", true, true, nil},
	{RowingClub, "Karen Margrethe Dam", "Kasserer", "Bestyrelse", true, false, []castRight{{access.Administrator, ""}, {access.EmployeeAdvanced, ""}, {access.EmployeeWrite, ""}}},

	{OnePerson, "Lise Vestergaard", "", "", false, true, nil},

	{Energy, "Claus Hald", "Direktør", "Ledelse", true, true, nil},
	{Energy, "Camilla Ravn", "Administrationschef", "Administration", true, false, []castRight{
		{access.Administrator, ""}, {access.EmployeeAdvanced, ""}, {access.EmployeeBasic, ""}, {access.Administrator, EnergyGrid}}},
	{Energy, "Jakob Thorsen", "Postansvarlig", "Administration", true, false, []castRight{{access.EmployeeAdvanced, ""}, {access.EmployeeAdvanced, EnergyGrid}}},
	{Energy, "Morten Bak", "Kundechef", "Kundeservice", true, false, []castRight{{access.EmployeeWrite, ""}, {access.EmployeeWrite, EnergyGrid}}},
	{Energy, "Freja Lind", "Sagsbehandler", "Kundeservice", true, false, []castRight{{access.EmployeeBasic, ""}}},
	{Energy, "Nadia Khan", "Ingeniør", "Drift", true, false, nil},
	{EnergyGrid, "Claus Hald", "", "", false, true, nil},

	{Lawyers, "Henrik Storm", "Advokat", "Konkurs og bo", true, true, nil},
	{Bankrupt, "Bodil Dahl", "Regnskabschef", "Økonomi", true, false, []castRight{{access.Administrator, ""}, {access.EmployeeAdvanced, ""}}},
	{NewCompany, "Liv Toft", "Direktør", "", true, true, nil},
	{Ceased, "Jonas Lund", "Indehaver", "", true, true, nil},

	{Badminton, "Lise Vestergaard", "Formand", "Bestyrelse", true, false, nil},
	{Badminton, "Karen Margrethe Dam", "Kasserer", "Bestyrelse", true, false, []castRight{{access.EmployeeBasic, ""}}},

	{HomeCounter, "Tove Kjeldsen", "Borgerkonsulent", "Borgerservice", true, false, []castRight{{access.CitizenService, staffed}}},
	{HomeCounter, "Rasmus Friis", "Borgerkonsulent", "Borgerservice", true, false, []castRight{{access.CitizenService, staffed}}},
	{HomeCounter, "Dorthe Winther", "Digitaliseringschef", "Stab", true, false, []castRight{{access.Administrator, ""}, {access.EmployeeAdvanced, ""}}},
	{"Fjordby Kommune", "Helle Juhl", "Borgerkonsulent", "Borgerservice", true, false, []castRight{{access.CitizenService, staffed}}},
	{Operator, "Pernille Skov", "Systemforvalter", "Drift", true, false, []castRight{{access.SystemManager, staffed}}},
	{Operator, "Emil Bang", "Supporter", "Support", true, false, []castRight{{access.Support, staffed}}},
}

// CastEmployees are who works in the cast's organisations and who signs for them,
// by organisation in the order of the cast.
func CastEmployees() []Employee {
	organisations, persons := map[string]registry.Record{}, map[string]registry.Record{}
	for _, m := range Cast() {
		if m.Record.Type == "person" {
			persons[m.Record.Name] = m.Record
		} else {
			organisations[m.Record.Name] = m.Record
		}
	}
	of := map[string]int{}
	var all []Employee
	for _, c := range castEmployees {
		organisation, person := organisations[c.organisation], persons[c.person]
		if organisation.CVR == "" || person.CPR == "" {
			panic("the cast has no " + c.organisation + " or no " + c.person)
		}
		of[c.organisation]++
		e := Employee{Name: person.Name, Organisation: organisation.Name, Record: registry.Record{
			Type: "member", Organisation: organisation.CVR, CPR: person.CPR, Employed: c.works, Signs: c.signs, Title: c.title, Department: c.department}}
		if c.works {
			e.Record.Number = employeeNumber(of[c.organisation])
			e.Record.Email = email(person, organisation)
		}
		for _, r := range c.may {
			to := map[string]string{"": organisation.CVR, staffed: ""}
			cvr, own := to[r.to]
			if !own {
				cvr = organisations[r.to].CVR
			}
			e.May = append(e.May, May{r.relation, cvr})
		}
		all = append(all, e)
	}
	return all
}

// employeeNumber is the nth employee's number in an organisation.
func employeeNumber(n int) string { return strconv.Itoa(1000 + n) }

// email is an address at work, at a domain that is nobody's (RFC 2606).
func email(person, organisation registry.Record) string {
	domain, _, _ := strings.Cut(organisation.Name, " ")
	return plainLetters(strings.Fields(person.FirstName)[0]+"."+lastWord(person.LastName)) + "@" + plainLetters(domain) + ".example"
}

func lastWord(s string) string {
	words := strings.Fields(s)
	return words[len(words)-1]
}

// plainLetters is a name in the letters that addresses have.
func plainLetters(s string) string {
	s = strings.NewReplacer("æ", "ae", "ø", "oe", "å", "aa", "ö", "o", "ü", "u", "ı", "i", "é", "e").Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return -1
	}, s)
}
