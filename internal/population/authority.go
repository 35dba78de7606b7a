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
	code              string   // KLE, the municipalities' classification of subjects, or ""
	terms             []string // words that people search for
	asks              []string // what the writer should tell, at most two
}

// ContactPoint is a line of the register with type contactPoint: beside the
// fields of every Record those that are kept as they are, named as in the API's
// ContactPoint.
type ContactPoint struct {
	registry.Record
	SizeLimit       float64             `json:"memoSizeThresholdMB"` // of a whole letter
	AttachmentLimit int                 `json:"allowedNumberOfAttachments"`
	Active          bool                `json:"active"`
	Visible         bool                `json:"visible"`
	Codes           []ContactPointCode  `json:"contactPointCodes,omitempty"`
	Asks            []NamedAttribute    `json:"recommendedAttributes,omitempty"`
	SearchTerms     []ContactSearchTerm `json:"searchTerms,omitempty"`
}

// ContactPointCode is the API's ContactPointCode.
type ContactPointCode struct {
	Type string `json:"type"` // KLE
	Code string `json:"code"`
}

// NamedAttribute is the API's RecommendedAttribute.
type NamedAttribute struct {
	Name string `json:"name"`
}

// ContactSearchTerm is the API's SearchTerm.
type ContactSearchTerm struct {
	Term string `json:"term"`
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

func (p point) line(cvr string, g group, of post.UUID) ContactPoint {
	line := ContactPoint{
		Record: registry.Record{Type: "contactPoint", ID: structureID(cvr, g.name+"/"+p.name), Organisation: cvr, Group: of,
			Name: p.name, Description: p.description, Targets: g.targets},
		SizeLimit: 10, AttachmentLimit: 10, Active: true, Visible: true,
	}
	if p.code != "" {
		line.Codes = []ContactPointCode{{Type: "KLE", Code: p.code}}
	}
	for _, name := range p.asks {
		line.Asks = append(line.Asks, NamedAttribute{name})
	}
	for _, term := range p.terms {
		line.SearchTerms = append(line.SearchTerms, ContactSearchTerm{term})
	}
	return line
}

var (
	toCitizens  = []string{"CITIZEN"}
	toCompanies = []string{"COMPANY"}
)

func municipalGroups() []group {
	return []group{
		{"Borger", "Skriv til kommunen som borger", toCitizens, []point{
			{"Borgerservice", "Pas, kørekort, sygesikring, flytning og folkeregister", "23.05.00", words("pas kørekort flytning sundhedskort"), nil},
			{"Dagtilbud og skole", "Vuggestue, børnehave, dagpleje, skole og SFO", "28.09.00", words("vuggestue børnehave skole SFO"), []string{"Barnets navn"}},
			{"Byggesag", "Byggetilladelse, ombygning og nedrivning", "02.34.00", words("byggetilladelse carport ombygning"), []string{"Ejendommens adresse", "Sagsnummer"}},
			{"Sundhed og ældre", "Hjemmepleje, hjælpemidler og genoptræning", "27.35.00", words("hjemmehjælp hjælpemidler plejebolig"), nil},
		}},
		{"Virksomhed", "Skriv til kommunen som virksomhed eller forening", toCompanies, []point{
			{"Erhverv og foreninger", "Tilladelser, affald, tilskud og lokaler", "24.00.00", words("erhverv forening lokaler affald"), nil},
		}},
	}
}

func regionalGroups() []group {
	return []group{
		{"Patient og borger", "Skriv til regionen som patient eller borger", toCitizens, []point{
			{"Patientvejledning", "Ventetid, frit valg og klager", "29.30.00", words("patientvejleder ventetid klage"), nil},
			{"Kørsel til behandling", "Kørsel og betaling for befordring", "29.30.08", words("kørsel befordring"), []string{"Dato for behandling"}},
			{"Aktindsigt i journal", "Kopi af din patientjournal", "29.30.12", words("journal aktindsigt"), nil},
		}},
		{"Virksomhed og myndighed", "Skriv til regionen som virksomhed eller myndighed", []string{"COMPANY", "AUTHORITY"}, []point{
			{"Regional udvikling", "Råstoffer, jordforurening og kollektiv trafik", "", words("råstoffer jordforurening trafik"), nil},
		}},
	}
}

// agencyGroups are those of an agency that has one subject.
func agencyGroups(subject string, terms ...string) []group {
	return []group{
		{"Borger", "Skriv til os som borger", toCitizens, []point{
			{"Spørgsmål om " + subject, "Vi svarer på spørgsmål om " + subject, "", terms, []string{"Sagsnummer"}},
			{"Klage over en afgørelse", "Skriv, hvilken afgørelse du vil klage over", "", words("klage afgørelse"), []string{"Sagsnummer"}},
		}},
		{"Virksomhed", "Skriv til os som virksomhed", toCompanies, []point{
			{"Virksomheders spørgsmål om " + subject, "Vi svarer virksomheder og deres rådgivere", "", terms, []string{"Sagsnummer"}},
		}},
	}
}
