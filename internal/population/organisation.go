package population

import (
	"iter"
	"math/rand/v2"
	"strings"

	"digitalpost/internal/registry"
)

// What an organisation is; Record.Kind and what localserve shows.
const (
	KindAuthority   = "authority"
	KindCompany     = "company"
	KindAssociation = "association"
)

var (
	trades = words(`Snedkeri Tømrer VVS El Murer Maler Regnskab Rådgivning Transport Bageri Auto Design Ejendomme Byg Teknik Service
		Handel Gartneri Fiskeri Smedje Apotek Tandklinik Kiropraktik Rengøring Data Software Landbrug Catering Cykler Optik`)
	clubs = words(`Roklub Boldklub Idrætsforening Gymnastikforening Håndboldklub Sejlklub Badmintonklub Skakklub Svømmeklub Rideklub
		Borgerforening Beboerforening Grundejerforening Haveforening Spejdergruppe Husflidsforening Lokalråd Kunstforening Jagtforening
		Lokalhistorie`)
)

// organisations yields the companies and associations of a nation.
func organisations(o Options) iter.Seq[registry.Record] {
	return func(yield func(registry.Record) bool) {
		r := o.stream(organisationStream)
		numbers := scattered(r.IntN(companies))
		for range o.Organisations {
			if !yield(organisation(r, numbers.number())) {
				return
			}
		}
	}
}

func organisation(r *rand.Rand, number string) registry.Record {
	at := place(r)
	o := registry.Record{Type: "organisation", CVR: number, Kind: KindCompany, Status: registry.Active, RegistrationStatus: registry.Automatic}
	switch n := r.IntN(20); {
	case n < 5:
		o.Kind = KindAssociation
		o.Name = at.City + " " + clubs.pick(r)
	case n < 12:
		o.Name = otherLast.pick(r) + " & " + patronymics.pick(r) + " " + trades.pick(r) + " " + form(r)
	case n < 16:
		o.Name = at.City + " " + trades.pick(r) + " " + form(r)
	default: // owned by one person, and called so
		first, last := name(r, 1950+r.IntN(55), sex(r.IntN(2)))
		o.Name = first + " " + last
		if trade := trades.pick(r); r.IntN(2) == 0 {
			o.Name = genitive(last) + " " + trade
		}
	}
	if r.Float64() < 0.03 {
		o.Status = registry.Closed
		o.StatusDate = since(r, 5*365, "")
	}
	o.Address = at.raw()
	return o
}

func genitive(name string) string {
	if strings.HasSuffix(name, "s") || strings.HasSuffix(name, "z") {
		return name + "'"
	}
	return name + "s"
}

func form(r *rand.Rand) string { return [...]string{"ApS", "ApS", "ApS", "A/S", "I/S"}[r.IntN(5)] }
