package population

import "digitalpost/internal/registry"

// nationalAuthorities are the municipalities, the regions and some agencies.
// They are the same in every nation. Those of the cast are not among them.
func nationalAuthorities() []authority {
	numbers := inSteps(firstAuthority, 271)
	var all []authority
	for _, m := range municipalities {
		all = append(all, newAuthority(numbers.number(), m.name, registry.Municipality, office("Rådhuspladsen", 1, m.zipCode, m.city), municipalGroups()))
	}
	for _, r := range regions {
		all = append(all, newAuthority(numbers.number(), r.name, registry.Region, office("Regionsgården", 1, r.zipCode, r.city), regionalGroups()))
	}
	for _, a := range agencies {
		made := newAuthority(numbers.number(), a.name, a.kind, office(a.street, a.house, a.zipCode, a.city), agencyGroups(a.subject, a.terms...))
		made.LegalNotificationAllowed = a.legal
		all = append(all, made)
	}
	return all
}

type seat struct{ name, zipCode, city string }

var regions = []seat{
	{"Region Hovedstaden", "3400", "Hillerød"}, {"Region Sjælland", "4180", "Sorø"}, {"Region Syddanmark", "7100", "Vejle"},
	{"Region Midtjylland", "8800", "Viborg"}, {"Region Nordjylland", "9220", "Aalborg Øst"},
}

// agencies have invented addresses. legal are those that serve documents of the
// courts, which count as received when they are opened.
var agencies = []struct {
	name          string
	kind          registry.Authority
	legal         bool
	street        string
	house         int
	zipCode, city string
	subject       string
	terms         []string
}{
	{"Danmarks Domstole", registry.State, true, "Tinggade", 4, "1360", "København K", "retssager og tinglysning", words("retssag tinglysning forkyndelse")},
	{"Rigspolitiet", registry.State, true, "Vagtgade", 10, "1620", "København V", "sager hos politiet", words("politi anmeldelse straffeattest")},
	{"Anklagemyndigheden", registry.State, true, "Tinggade", 12, "1360", "København K", "straffesager", words("straffesag bøde")},
	{"Familieretshuset", registry.State, false, "Storegade", 3, "9000", "Aalborg", "skilsmisse og samvær", words("skilsmisse samvær bidrag")},
	{"Ankestyrelsen", registry.State, false, "Storegade", 7, "9000", "Aalborg", "klagesager", words("klage ankesag")},
	{"Gældsstyrelsen", registry.State, false, "Havnegade", 21, "8000", "Aarhus C", "gæld til det offentlige", words("gæld afdrag")},
	{"Motorstyrelsen", registry.State, false, "Havnegade", 25, "6700", "Esbjerg", "registreringsafgift", words("registreringsafgift nummerplader")},
	{"Toldstyrelsen", registry.State, false, "Toldbodgade", 2, "2300", "København S", "told og moms på varer", words("told pakke moms")},
	{"Vurderingsstyrelsen", registry.State, false, "Grundgade", 5, "2630", "Taastrup", "ejendomsvurdering", words("ejendomsvurdering grundværdi")},
	{"Digitaliseringsstyrelsen", registry.State, false, "Havnegade", 34, "1360", "København K", "digitale løsninger", words("MitID fritagelse")},
	{"Erhvervsstyrelsen", registry.State, false, "Handelsgade", 17, "2100", "København Ø", "virksomheder og regnskaber", words("virksomhed regnskab CVR")},
	{"Sundhedsstyrelsen", registry.State, false, "Sundhedsgade", 11, "2300", "København S", "sundhed og forebyggelse", words("vaccination autorisation")},
	{"Lægemiddelstyrelsen", registry.State, false, "Apotekergade", 1, "2300", "København S", "medicin", words("medicin bivirkning")},
	{"Styrelsen for Patientsikkerhed", registry.State, false, "Sundhedsgade", 13, "2300", "København S", "patientsikkerhed", words("autorisation tilsyn")},
	{"Arbejdstilsynet", registry.State, false, "Værkstedsgade", 8, "6700", "Esbjerg", "arbejdsmiljø", words("arbejdsmiljø arbejdsulykke")},
	{"Arbejdsmarkedets Erhvervssikring", registry.Other, false, "Pensionsgade", 6, "3400", "Hillerød", "arbejdsskader", words("arbejdsskade erstatning")},
	{"Miljøstyrelsen", registry.State, false, "Toldbodgade", 29, "5000", "Odense C", "natur og miljø", words("miljø jagttegn natur")},
	{"Landbrugsstyrelsen", registry.State, false, "Engvej", 17, "6270", "Tønder", "tilskud til landbrug", words("landbrug tilskud")},
	{"Søfartsstyrelsen", registry.State, false, "Havnegade", 9, "4220", "Korsør", "skibe og søfolk", words("søfart skib bevis")},
	{"Uddannelses- og Forskningsstyrelsen", registry.State, false, "Studiegade", 2, "2300", "København S", "SU og uddannelse", words("SU studielån uddannelse")},
	{"Udlændingestyrelsen", registry.State, false, "Rejsegade", 15, "4700", "Næstved", "ophold i Danmark", words("opholdstilladelse visum")},
	{"ATP", registry.Other, false, "Pensionsgade", 8, "3400", "Hillerød", "pension fra ATP", words("pension ATP")},
}

var municipalities = []seat{
	{"Aabenraa Kommune", "6200", "Aabenraa"}, {"Aalborg Kommune", "9000", "Aalborg"}, {"Aarhus Kommune", "8000", "Aarhus C"},
	{"Albertslund Kommune", "2620", "Albertslund"}, {"Allerød Kommune", "3450", "Allerød"}, {"Assens Kommune", "5610", "Assens"},
	{"Ballerup Kommune", "2750", "Ballerup"}, {"Billund Kommune", "7200", "Grindsted"}, {"Bornholms Regionskommune", "3700", "Rønne"},
	{"Brøndby Kommune", "2605", "Brøndby"}, {"Brønderslev Kommune", "9700", "Brønderslev"}, {"Dragør Kommune", "2791", "Dragør"},
	{"Egedal Kommune", "3650", "Ølstykke"}, {"Esbjerg Kommune", "6700", "Esbjerg"}, {"Fanø Kommune", "6720", "Fanø"},
	{"Favrskov Kommune", "8382", "Hinnerup"}, {"Faxe Kommune", "4690", "Haslev"}, {"Fredensborg Kommune", "2980", "Kokkedal"},
	{"Fredericia Kommune", "7000", "Fredericia"}, {"Frederiksberg Kommune", "2000", "Frederiksberg"}, {"Frederikshavn Kommune", "9900", "Frederikshavn"},
	{"Frederikssund Kommune", "3600", "Frederikssund"}, {"Furesø Kommune", "3500", "Værløse"}, {"Faaborg-Midtfyn Kommune", "5750", "Ringe"},
	{"Gentofte Kommune", "2920", "Charlottenlund"}, {"Gladsaxe Kommune", "2860", "Søborg"}, {"Glostrup Kommune", "2600", "Glostrup"},
	{"Greve Kommune", "2670", "Greve"}, {"Gribskov Kommune", "3200", "Helsinge"}, {"Guldborgsund Kommune", "4800", "Nykøbing F"},
	{"Haderslev Kommune", "6100", "Haderslev"}, {"Halsnæs Kommune", "3300", "Frederiksværk"}, {"Hedensted Kommune", "8722", "Hedensted"},
	{"Helsingør Kommune", "3000", "Helsingør"}, {"Herlev Kommune", "2730", "Herlev"}, {"Herning Kommune", "7400", "Herning"},
	{"Hillerød Kommune", "3400", "Hillerød"}, {"Hjørring Kommune", "9800", "Hjørring"}, {"Holbæk Kommune", "4300", "Holbæk"},
	{"Holstebro Kommune", "7500", "Holstebro"}, {"Horsens Kommune", "8700", "Horsens"}, {"Hvidovre Kommune", "2650", "Hvidovre"},
	{"Høje-Taastrup Kommune", "2630", "Taastrup"}, {"Hørsholm Kommune", "2970", "Hørsholm"}, {"Ikast-Brande Kommune", "7430", "Ikast"},
	{"Ishøj Kommune", "2635", "Ishøj"}, {"Jammerbugt Kommune", "9440", "Aabybro"}, {"Kalundborg Kommune", "4400", "Kalundborg"},
	{"Kerteminde Kommune", "5300", "Kerteminde"}, {"Kolding Kommune", "6000", "Kolding"}, {"Københavns Kommune", "1550", "København V"},
	{"Køge Kommune", "4600", "Køge"}, {"Langeland Kommune", "5900", "Rudkøbing"}, {"Lejre Kommune", "4330", "Hvalsø"},
	{"Lemvig Kommune", "7620", "Lemvig"}, {"Lolland Kommune", "4930", "Maribo"}, {"Lyngby-Taarbæk Kommune", "2800", "Kongens Lyngby"},
	{"Læsø Kommune", "9940", "Læsø"}, {"Mariagerfjord Kommune", "9500", "Hobro"}, {"Middelfart Kommune", "5500", "Middelfart"},
	{"Morsø Kommune", "7900", "Nykøbing M"}, {"Norddjurs Kommune", "8500", "Grenaa"}, {"Nordfyns Kommune", "5400", "Bogense"},
	{"Nyborg Kommune", "5800", "Nyborg"}, {"Næstved Kommune", "4700", "Næstved"}, {"Odder Kommune", "8300", "Odder"},
	{"Odense Kommune", "5000", "Odense C"}, {"Odsherred Kommune", "4573", "Højby"}, {"Randers Kommune", "8900", "Randers C"},
	{"Rebild Kommune", "9530", "Støvring"}, {"Ringkøbing-Skjern Kommune", "6950", "Ringkøbing"}, {"Ringsted Kommune", "4100", "Ringsted"},
	{"Roskilde Kommune", "4000", "Roskilde"}, {"Rudersdal Kommune", "2840", "Holte"}, {"Rødovre Kommune", "2610", "Rødovre"},
	{"Samsø Kommune", "8305", "Samsø"}, {"Silkeborg Kommune", "8600", "Silkeborg"}, {"Skanderborg Kommune", "8660", "Skanderborg"},
	{"Skive Kommune", "7800", "Skive"}, {"Slagelse Kommune", "4200", "Slagelse"}, {"Solrød Kommune", "2680", "Solrød Strand"},
	{"Sorø Kommune", "4180", "Sorø"}, {"Stevns Kommune", "4660", "Store Heddinge"}, {"Struer Kommune", "7600", "Struer"},
	{"Svendborg Kommune", "5700", "Svendborg"}, {"Syddjurs Kommune", "8410", "Rønde"}, {"Sønderborg Kommune", "6400", "Sønderborg"},
	{"Thisted Kommune", "7700", "Thisted"}, {"Tønder Kommune", "6270", "Tønder"}, {"Tårnby Kommune", "2770", "Kastrup"},
	{"Vallensbæk Kommune", "2665", "Vallensbæk Strand"}, {"Varde Kommune", "6800", "Varde"}, {"Vejen Kommune", "6600", "Vejen"},
	{"Vejle Kommune", "7100", "Vejle"}, {"Vesthimmerlands Kommune", "9600", "Aars"}, {"Viborg Kommune", "8800", "Viborg"},
	{"Vordingborg Kommune", "4760", "Vordingborg"}, {"Ærø Kommune", "5970", "Ærøskøbing"},
}
