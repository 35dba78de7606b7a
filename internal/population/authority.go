package population

import (
	"github.com/google/uuid"

	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// authority is a public authority with the structure that people find their way
// by when they write to it (MBX-03).
type authority struct {
	registry.Record
	groups []group
}

type group struct {
	name, description string
	targets           []string // CITIZEN, COMPANY, AUTHORITY
	points            []point
}

type point struct {
	name, description string
	code              string         // KLE, the municipalities' classification of subjects, or ""
	terms             []string       // words that people search for
	asks              []registry.Ask // what the writer should tell, at most two
	megabytes         float64        // how much one may send, 0 for the usual
	hidden            bool           // not shown to those who choose
}

// ContactPoint is a line of the register with type contactPoint.
type ContactPoint struct {
	registry.Record
	registry.PointDetails
}

// idSpace is the name space of contact structure ids: a contact point keeps its
// id in every nation.
var idSpace = uuid.MustParse("5f0e6a0c-6f5d-4b0e-9a53-2f1d0c7b8e41")

// structureID is an id made of a name, in the form of a random one, the only form
// that MeMo allows.
func structureID(cvr, name string) post.UUID {
	id := uuid.NewSHA1(idSpace, []byte(cvr+"/"+name))
	id[6] = id[6]&0x0f | 0x40
	return id
}

func newAuthority(cvr, name string, kind registry.Authority, at address, groups []group) authority {
	return authority{groups: groups, Record: registry.Record{
		Type: "authority", CVR: cvr, Name: name, Kind: KindAuthority, AuthorityType: kind,
		Status: registry.Active, RegistrationStatus: registry.Automatic,
		MandatoryPostAllowed: true, Address: at.raw(),
	}}
}

// write writes the authority, then each group with its points.
func (a authority) write(w *writer) {
	w.line(a.Record)
	for _, g := range a.groups {
		id := structureID(a.CVR, g.name)
		w.line(registry.Record{Type: "contactGroup", ID: id, Organisation: a.CVR, Name: g.name, Description: g.description, Targets: g.targets})
		for _, p := range g.points {
			w.line(p.line(a.CVR, g, id))
		}
	}
}

func (p point) id(cvr string, g group) post.UUID { return structureID(cvr, g.name+"/"+p.name) }

func (p point) line(cvr string, g group, of post.UUID) ContactPoint {
	line := ContactPoint{PointDetails: registry.StandardDetails(), Record: registry.Record{
		Type: "contactPoint", ID: p.id(cvr, g), Organisation: cvr, Group: of,
		Name: p.name, Description: p.description, Targets: g.targets,
	}}
	if p.megabytes > 0 {
		line.SizeLimit = p.megabytes
	}
	line.Visible = !p.hidden
	if p.code != "" {
		line.Codes = []registry.Code{{Type: "KLE", Code: p.code}}
	}
	line.Questions = p.asks
	for _, term := range p.terms {
		line.SearchTerms = append(line.SearchTerms, registry.Term{Term: term})
	}
	return line
}

// asks are questions without more words; the letter may go without an answer.
func asks(names ...string) []registry.Ask {
	all := make([]registry.Ask, len(names))
	for i, name := range names {
		all[i].Name = name
	}
	return all
}

var (
	toCitizens  = []string{"CITIZEN"}
	toCompanies = []string{"COMPANY"}
)

func municipalGroups() []group {
	return []group{
		{"Borger", "Skriv til kommunen som borger", toCitizens, []point{
			{name: "Borgerservice", description: "Pas, kørekort, sygesikring, flytning og folkeregister", code: "23.05.00", terms: words("pas kørekort flytning sundhedskort")},
			{name: "Dagtilbud og skole", description: "Vuggestue, børnehave, dagpleje, skole og SFO", code: "28.09.00", terms: words("vuggestue børnehave skole SFO"), asks: asks("Barnets navn")},
			{name: "Byggesag", description: "Byggetilladelse, ombygning og nedrivning", code: "02.34.00", terms: words("byggetilladelse carport ombygning"), asks: asks("Ejendommens adresse", "Sagsnummer")},
			{name: "Sundhed og ældre", description: "Hjemmepleje, hjælpemidler og genoptræning", code: "27.35.00", terms: words("hjemmehjælp hjælpemidler plejebolig")},
		}},
		{"Virksomhed", "Skriv til kommunen som virksomhed eller forening", toCompanies, []point{
			{name: "Erhverv og foreninger", description: "Tilladelser, affald, tilskud og lokaler", code: "24.00.00", terms: words("erhverv forening lokaler affald")},
		}},
	}
}

func regionalGroups() []group {
	return []group{
		{"Patient og borger", "Skriv til regionen som patient eller borger", toCitizens, []point{
			{name: "Patientvejledning", description: "Ventetid, frit valg og klager", code: "29.30.00", terms: words("patientvejleder ventetid klage")},
			{name: "Kørsel til behandling", description: "Kørsel og betaling for befordring", code: "29.30.08", terms: words("kørsel befordring"), asks: asks("Dato for behandling")},
			{name: "Aktindsigt i journal", description: "Kopi af din patientjournal", code: "29.30.12", terms: words("journal aktindsigt")},
		}},
		{"Virksomhed og myndighed", "Skriv til regionen som virksomhed eller myndighed", []string{"COMPANY", "AUTHORITY"}, []point{
			{name: "Regional udvikling", description: "Råstoffer, jordforurening og kollektiv trafik", terms: words("råstoffer jordforurening trafik")},
		}},
	}
}

// agencyGroups are those of an agency that has one subject.
func agencyGroups(subject string, terms ...string) []group {
	return []group{
		{"Borger", "Skriv til os som borger", toCitizens, []point{
			{name: "Spørgsmål om " + subject, description: "Vi svarer på spørgsmål om " + subject, terms: terms, asks: asks("Sagsnummer")},
			{name: "Klage over en afgørelse", description: "Skriv, hvilken afgørelse du vil klage over", terms: words("klage afgørelse"), asks: asks("Sagsnummer")},
		}},
		{"Virksomhed", "Skriv til os som virksomhed", toCompanies, []point{
			{name: "Virksomheders spørgsmål om " + subject, description: "Vi svarer virksomheder og deres rådgivere", terms: terms, asks: asks("Sagsnummer")},
		}},
	}
}
