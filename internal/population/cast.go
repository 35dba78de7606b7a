package population

import (
	"fmt"
	"io"
	"time"

	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Member is one of the cast: the people and organisations that a demonstration
// plays with. They are in every localserve, also in one with no other people.
type Member struct {
	Record registry.Record
	Age    int    // a person's, in years, on the day of Reference
	Status string // a person's: registered, exempt, dead or child
	// Street, with the house number, and Town, with the post code, are what stands
	// on a letter to a person or a company.
	Street, Town string
}

// How a member of the cast stands with Digital Post.
const (
	StatusRegistered = "registered"
	StatusExempt     = "exempt"
	StatusDead       = "dead"
	StatusChild      = "child"
)

// Cast is the cast, the same always: persons first, then organisations. Contact
// groups and points are not in it; WriteCast has them.
func Cast() []Member {
	var members []Member
	for _, p := range castPersons {
		members = append(members, p.member())
	}
	for _, a := range castAuthorities() {
		members = append(members, Member{Record: a.Record})
	}
	return append(members, castOrganisations()...)
}

// WriteCast writes the cast as the lines that registry.Import reads.
func WriteCast(w io.Writer) error {
	out := newWriter(w)
	for _, a := range castAuthorities() {
		a.write(out)
	}
	for _, m := range Cast() {
		if m.Record.Type != "authority" {
			out.line(m.Record)
		}
	}
	for _, e := range CastEmployees() {
		out.line(e.Record)
	}
	if err := out.flush(); err != nil {
		return fmt.Errorf("write cast: %w", err)
	}
	return nil
}

type castPerson struct {
	first, last string
	age         int
	month       time.Month
	day         int
	sex         sex
	status      string
	home        address
}

var castPersons = []castPerson{
	{"Signe", "Åkjær Holm", 37, time.March, 14, female, StatusRegistered, inAlhavn("Bøgelunden", "12", "", "")},
	{"Birthe", "Åkjær", 85, time.June, 2, female, StatusRegistered, inAlhavn("Lindegården", "4", "st", "tv")},
	{"Niels", "Ørbæk", 52, time.September, 23, male, StatusRegistered, inAlhavn("Mågevej", "31", "", "")},
	{"Amina", "Yusuf", 24, time.February, 8, female, StatusRegistered, inAlhavn("Havnegade", "7", "4", "mf")},
	{"Jonas", "Lund", 41, time.October, 17, male, StatusRegistered, inAlhavn("Skovbrynet", "18", "", "")},
	{"Karen Margrethe", "Dam", 67, time.May, 29, female, StatusRegistered, inAlhavn("Kirkestræde", "3", "1", "tv")},
	{"Holger", "Bruun", 79, time.April, 11, male, StatusExempt, inAlhavn("Lindegården", "9", "st", "th")},
	{"Ingrid", "Sand", 91, time.August, 20, female, StatusDead, inAlhavn("Klitvej", "22", "", "")},
	{"Villads", "Holm", 12, time.July, 6, male, StatusChild, inAlhavn("Bøgelunden", "12", "", "")},

	{"Lise", "Vestergaard", 44, time.May, 12, female, StatusRegistered, inAlhavn("Pottergade", "5", "", "")},
	{"Claus", "Hald", 57, time.December, 3, male, StatusRegistered, inAlhavn("Strandvænget", "21", "", "")},
	{"Camilla", "Ravn", 39, time.January, 22, female, StatusRegistered, inAlhavn("Havnegade", "15", "2", "th")},
	{"Jakob", "Thorsen", 50, time.June, 17, male, StatusRegistered, inAlhavn("Skovbrynet", "33", "", "")},
	{"Morten", "Bak", 48, time.September, 9, male, StatusRegistered, inAlhavn("Mågevej", "8", "", "")},
	{"Freja", "Lind", 26, time.April, 27, female, StatusRegistered, inAlhavn("Havnegade", "7", "1", "tv")},
	{"Nadia", "Khan", 34, time.November, 30, female, StatusRegistered, inAlhavn("Kirkestræde", "11", "3", "mf")},
	{"Henrik", "Storm", 61, time.February, 19, male, StatusRegistered, inAlhavn("Tinghusvej", "14", "", "")},
	{"Bodil", "Dahl", 56, time.July, 23, female, StatusRegistered, inAlhavn("Havnekajen", "9", "", "")},
	{"Liv", "Toft", 31, time.August, 5, female, StatusRegistered, inAlhavn("Bøgelunden", "40", "", "")},
	{"Tove", "Kjeldsen", 58, time.October, 2, female, StatusRegistered, inAlhavn("Rosenvej", "3", "", "")},
	{"Rasmus", "Friis", 33, time.March, 6, male, StatusRegistered, inAlhavn("Rosenvej", "17", "", "")},
	{"Dorthe", "Winther", 53, time.May, 4, female, StatusRegistered, inAlhavn("Kirkestræde", "20", "", "")},
	{"Helle", "Juhl", 47, time.December, 14, female, StatusRegistered, inAlhavn("Klitvej", "2", "", "")},
	{"Pernille", "Skov", 46, time.June, 28, female, StatusRegistered, inAlhavn("Havnegade", "22", "4", "tv")},
	{"Emil", "Bang", 29, time.January, 9, male, StatusRegistered, inAlhavn("Mågevej", "45", "", "")},
}

func inAlhavn(street, house, floor, door string) address {
	return address{Street: street, House: house, Floor: floor, Door: door, ZipCode: "9999", City: "Ålhavn", Country: "DK"}
}

func (p castPerson) born() time.Time {
	born := time.Date(Reference.Year()-p.age, p.month, p.day, 0, 0, 0, 0, time.UTC)
	if born.AddDate(p.age, 0, 0).After(Reference) {
		born = born.AddDate(-1, 0, 0)
	}
	return born
}

// number is the first number of the person's day and sex, from the place of
// their age on, that nobody has.
func (p castPerson) number() string {
	born := p.born()
	first, _ := serials(born.Year())
	for serial := first + 2*p.age + int(p.sex); ; serial += 2 {
		if number := cprNumber(born, serial); !fitsModulus11(number) {
			return number
		}
	}
}

func (p castPerson) member() Member {
	m := Member{Age: p.age, Status: p.status, Street: p.home.Street + " " + p.home.House, Town: p.home.ZipCode + " " + p.home.City, Record: registry.Record{
		Type: "person", CPR: p.number(), Name: p.first + " " + p.last, FirstName: p.first, LastName: p.last, BirthDate: p.born().Format(time.DateOnly),
		Status: registry.Alive, RegistrationStatus: registry.Automatic, Address: p.home.raw(),
	}}
	switch p.status {
	case StatusExempt:
		m.Record.RegistrationStatus = registry.ExemptOther
		m.Record.Voluntary = true
	case StatusDead:
		m.Record.Status = registry.Dead
		m.Record.StatusDate = Reference.AddDate(0, -2, 0).Format(time.DateOnly)
	case StatusChild:
		m.Record.RegistrationStatus = registry.Awaiting
	}
	return m
}

// castNumbers are given to nobody else.
var castNumbers = func() map[string]bool {
	taken := map[string]bool{}
	for _, p := range castPersons {
		taken[p.number()] = true
	}
	return taken
}()

// Operator is the name of the authority in the cast that runs Digital Post.
const Operator = "Styrelsen for Digital Post"

// WithoutSystem is the name of the authority in the cast that nobody can write to:
// no system of it receives letters.
const WithoutSystem = "Ålhavn Museum"

// OwnSystem is the name of the contact point in the cast that has a recipient
// system of its own.
const OwnSystem = "Fjordbyens Hospital"

// OwnSystemPoint is that contact point, with its authority's number.
func OwnSystemPoint() (cvr string, id post.UUID) {
	for _, a := range castAuthorities() {
		for _, g := range a.groups {
			for _, p := range g.points {
				if p.name == OwnSystem {
					return a.CVR, p.id(a.CVR, g)
				}
			}
		}
	}
	panic("the cast has no contact point " + OwnSystem)
}

func castAuthorities() []authority {
	numbers := inSteps(firstOfCast, 271)
	agency := func(name string, kind registry.Authority, street string, house int, groups []group) authority {
		made := newAuthority(numbers.number(), name, kind, office(street, house, "9999", "Ålhavn"), groups)
		made.Aliases = castAliases[name]
		return made
	}
	court := func(a authority) authority {
		a.LegalNotificationAllowed = true
		return a
	}
	hospital := point{name: OwnSystem, description: "Indkaldelser, undersøgelser og ambulatorier", code: "29.30.06",
		terms: words("hospital undersøgelse indkaldelse sygehus"), asks: []registry.Ask{{Name: "Afdeling", Description: "Den står øverst i din indkaldelse"}}}
	region := regionalGroups()
	region[0].points = append([]point{hospital}, region[0].points...)
	return []authority{
		agency("Ålhavn Kommune", registry.Municipality, "Strandvænget", 4, alhavnGroups()),
		agency("Skattestyrelsen", registry.State, "Skattegade", 5, agencyGroups("skat", "skat", "forskudsopgørelse", "årsopgørelse")),
		agency("Region Østkyst", registry.Region, "Regionsgården", 1, region),
		agency("Ålhavn Vand og Forsyning", registry.Other, "Vandværksvej", 20, agencyGroups("vand og spildevand", "vand", "spildevand", "regning")),
		agency("Udbetaling Danmark", registry.State, "Pensionsgade", 8, agencyGroups("ydelser", "boligstøtte", "barselsdagpenge", "folkepension", "børnepenge")),
		agency("Færdselsstyrelsen", registry.State, "Synsvej", 2, agencyGroups("køretøjer", "syn", "kørekort", "køretøj")),
		agency(Operator, registry.State, "Havnegade", 3, []group{{"Borger og virksomhed", "Skriv til os om Digital Post", nil, []point{
			{name: "Hjælp og support", description: "Vi hjælper med Digital Post: log ind, læse, skrive og give adgang", terms: words("hjælp support fejl adgang")},
		}}}),
		court(agency("Retten i Ålhavn", registry.State, "Tinghusvej", 1, agencyGroups("din retssag", "retssag", "skifteret", "tinglysning"))),
		agency("Fjordby Kommune", registry.Municipality, "Rådhuspladsen", 2, municipalGroups()),
		agency("Æblerup Kommune", registry.Municipality, "Frugthaven", 1, municipalGroups()),
		agency("Region Vestfjord", registry.Region, "Regionsgården", 7, regionalGroups()),
		agency("Ålhavn Havn", registry.Other, "Havnekajen", 1, agencyGroups("havnen", "havn", "bådplads", "færge")),
		agency(WithoutSystem, registry.Other, "Kystvejen", 40, nil),
	}
}

// castAliases are other names that people search by.
var castAliases = map[string][]string{
	"Ålhavn Kommune":           {"Rådhuset i Ålhavn", "Borgerservice i Ålhavn"},
	"Skattestyrelsen":          {"SKAT", "Skatteforvaltningen"},
	"Region Østkyst":           {"Sygehusene på Østkysten"},
	"Ålhavn Vand og Forsyning": {"Vandværket", "Forsyningen"},
	"Udbetaling Danmark":       {"UDK", "Pensionsstyrelsen"},
	"Færdselsstyrelsen":        {"Bilsyn"},
	Operator:                   {"Digital Post", "Supporten"},
	"Retten i Ålhavn":          {"Byretten i Ålhavn", "Domstolen"},
}

// alhavnGroups are a municipality's with all that a contact point can have:
// questions with an explanation, one that must be answered, room for large
// drawings, and a point that only answers go to.
func alhavnGroups() []group {
	groups := municipalGroups()
	for g := range groups {
		for i := range groups[g].points {
			switch p := &groups[g].points[i]; p.name {
			case "Dagtilbud og skole":
				p.asks = []registry.Ask{{Name: "Barnets navn", Description: "Skriv ikke CPR-nummeret. Det kan vi selv slå op.", Required: true}}
			case "Byggesag":
				p.megabytes = 60
				p.asks = []registry.Ask{
					{Name: "Ejendommens adresse", Description: "Vej, husnummer og by", Required: true},
					{Name: "Sagsnummer", Description: "Det står i vores seneste brev, hvis du har fået et"},
				}
			case "Erhverv og foreninger":
				p.megabytes = 40
			}
		}
	}
	groups[0].points = append(groups[0].points, point{name: "Svar på partshøring", description: "Til svar på breve fra os", hidden: true})
	return groups
}

func castOrganisations() []Member {
	numbers := inSteps(firstOfCast+50_000, 271)
	organisation := func(name, kind, street, house string) Member {
		at := inAlhavn(street, house, "", "")
		return Member{Street: street + " " + house, Town: at.ZipCode + " " + at.City, Record: registry.Record{Type: "organisation", CVR: numbers.number(), Name: name, Kind: kind,
			Status: registry.Active, RegistrationStatus: registry.Automatic, Address: at.raw()}}
	}
	all := []Member{
		organisation(Carpenters, KindCompany, "Værkstedsvej", "6"),
		organisation(RowingClub, KindAssociation, "Bådhavnen", "1"),
		organisation(OnePerson, KindCompany, "Pottergade", "5"),
		organisation(Energy, KindCompany, "Vandværksvej", "31"),
		organisation(EnergyGrid, KindCompany, "Vandværksvej", "33"),
		organisation(Lawyers, KindCompany, "Tinghusvej", "16"),
		organisation(Bankrupt, KindCompany, "Havnekajen", "17"),
		organisation(NewCompany, KindCompany, "Kystvejen", "12"),
		organisation(Ceased, KindCompany, "Skovbrynet", "18"),
		organisation(Badminton, KindAssociation, "Stadionvej", "2"),
	}
	for i := range all {
		switch rec := &all[i].Record; rec.Name {
		case NewCompany:
			rec.RegistrationStatus = registry.Unconfirmed // from the day on which it becomes known
		case Ceased:
			rec.Status, rec.StatusDate = registry.Closed, Reference.AddDate(0, -2, 0).Format(time.DateOnly)
		}
	}
	return all
}
