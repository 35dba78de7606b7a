package population

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// address is where somebody lives, with the field names of the API's Address.
type address struct {
	Street  string `json:"addressLabel"`
	House   string `json:"houseNumber"`
	Floor   string `json:"floor,omitempty"`
	Door    string `json:"door,omitempty"`
	ZipCode string `json:"zipCode"`
	City    string `json:"city"`
	Country string `json:"country"`
}

func (a address) raw() json.RawMessage {
	raw, err := json.Marshal(a)
	if err != nil {
		panic(err) // an address is texts only
	}
	return raw
}

type town struct {
	zipCode, city string
	weight        int // thousands of people, about
}

var towns = []town{
	{"1360", "København K", 30}, {"1620", "København V", 35}, {"2000", "Frederiksberg", 105}, {"2100", "København Ø", 80},
	{"2200", "København N", 75}, {"2300", "København S", 110}, {"2400", "København NV", 55}, {"2450", "København SV", 40},
	{"2500", "Valby", 60}, {"2600", "Glostrup", 24}, {"2605", "Brøndby", 22}, {"2610", "Rødovre", 40}, {"2620", "Albertslund", 28},
	{"2630", "Taastrup", 36}, {"2650", "Hvidovre", 53}, {"2660", "Brøndby Strand", 13}, {"2700", "Brønshøj", 40}, {"2730", "Herlev", 29},
	{"2750", "Ballerup", 27}, {"2770", "Kastrup", 30}, {"2791", "Dragør", 14}, {"2800", "Kongens Lyngby", 28}, {"2860", "Søborg", 32},
	{"2900", "Hellerup", 21}, {"2970", "Hørsholm", 24}, {"3000", "Helsingør", 40}, {"3400", "Hillerød", 42}, {"3520", "Farum", 19},
	{"3600", "Frederikssund", 21}, {"3700", "Rønne", 16}, {"4000", "Roskilde", 60}, {"4100", "Ringsted", 28}, {"4180", "Sorø", 13},
	{"4200", "Slagelse", 42}, {"4300", "Holbæk", 37}, {"4400", "Kalundborg", 22}, {"4600", "Køge", 45}, {"4690", "Haslev", 18},
	{"4700", "Næstved", 52}, {"4760", "Vordingborg", 15}, {"4800", "Nykøbing F", 20}, {"4900", "Nakskov", 14}, {"5000", "Odense C", 60},
	{"5200", "Odense V", 25}, {"5230", "Odense M", 30}, {"5500", "Middelfart", 19}, {"5600", "Faaborg", 12}, {"5700", "Svendborg", 33},
	{"5800", "Nyborg", 20}, {"6000", "Kolding", 58}, {"6100", "Haderslev", 26}, {"6200", "Aabenraa", 22}, {"6270", "Tønder", 12},
	{"6400", "Sønderborg", 33}, {"6700", "Esbjerg", 36}, {"6760", "Ribe", 12}, {"7000", "Fredericia", 45}, {"7100", "Vejle", 60},
	{"7190", "Billund", 8}, {"7400", "Herning", 45}, {"7430", "Ikast", 17}, {"7500", "Holstebro", 40}, {"7600", "Struer", 13},
	{"7620", "Lemvig", 10}, {"7700", "Thisted", 18}, {"7800", "Skive", 24}, {"8000", "Aarhus C", 75}, {"8200", "Aarhus N", 50},
	{"8210", "Aarhus V", 40}, {"8240", "Risskov", 25}, {"8260", "Viby J", 33}, {"8270", "Højbjerg", 25}, {"8300", "Odder", 14},
	{"8400", "Ebeltoft", 10}, {"8500", "Grenaa", 17}, {"8600", "Silkeborg", 57}, {"8660", "Skanderborg", 26}, {"8700", "Horsens", 70},
	{"8800", "Viborg", 50}, {"8900", "Randers C", 25}, {"8930", "Randers NØ", 20}, {"9000", "Aalborg", 85}, {"9200", "Aalborg SV", 25},
	{"9220", "Aalborg Øst", 20}, {"9400", "Nørresundby", 25}, {"9500", "Hobro", 16}, {"9560", "Hadsund", 9}, {"9700", "Brønderslev", 17},
	{"9800", "Hjørring", 32}, {"9850", "Hirtshals", 8}, {"9900", "Frederikshavn", 27}, {"9990", "Skagen", 9},
}

var peopleInTowns = func() (total int) {
	for _, t := range towns {
		total += t.weight
	}
	return total
}()

var streets = words(`Skolevej Kirkevej Bakkevej Engvej Møllevej Birkevej Nygade Algade Søndergade Nørregade Østergade Vestergade
	Strandvejen Skovvej Havnegade Stationsvej Rosenvej Lærkevej Kastanievej Elmevej Bøgevej Egevej Poppelvej Tjørnevej Solsortevej
	Markvej Åvej Fjordvej Ringvejen Parkvej Enghavevej Kløvervej Syrenvej Granvej Fasanvej Hybenvej Ahornvej Rådhusgade Torvegade
	Slotsgade Brogade Møllegade Grønnegade Lindevej Åboulevarden Toftevej Ålykke Ørnevej`)

func home(r *rand.Rand) address {
	a := place(r)
	if r.Float64() < 0.4 { // a flat
		a.Floor = "st"
		if floor := r.IntN(6); floor > 0 {
			a.Floor = strconv.Itoa(floor)
		}
		a.Door = [...]string{"tv", "th", "mf"}[r.IntN(3)]
	}
	return a
}

func place(r *rand.Rand) address {
	at := r.IntN(peopleInTowns)
	i := 0
	for at >= towns[i].weight {
		at -= towns[i].weight
		i++
	}
	house := strconv.Itoa(1 + r.IntN(140))
	if r.Float64() < 0.15 {
		house += string(rune('A' + r.IntN(6)))
	}
	return address{Street: streets[r.IntN(len(streets))], House: house, ZipCode: towns[i].zipCode, City: towns[i].city, Country: "DK"}
}

// office is an authority's own address.
func office(street string, house int, zipCode, city string) address {
	return address{Street: street, House: fmt.Sprint(house), ZipCode: zipCode, City: city, Country: "DK"}
}
