package citizen

import "digitalpost/internal/web"

// Mailboxes to switch to, and by which right one is in another's.
var boxesTexts = web.Texts{
	"boxes.own":           {"Din post", "Your mail"},
	"boxes.own.about":     {"Din egen post", "Your own mail"},
	"boxes.people":        {"Post, du har adgang til", "Mail you have access to"},
	"boxes.organisations": {"Virksomheder og foreninger", "Companies and associations"},
	"boxes.all":           {"Vis alle %s postkasser", "Show all %s mailboxes"},
	"boxes.h":             {"Skift postkasse", "Switch mailbox"},
	"boxes.lead":          {"Vælg, hvis post du vil læse.", "Choose whose mail you want to read."},
	"boxes.find":          {"Find en postkasse", "Find a mailbox"},
	"boxes.find.hint":     {"Skriv navnet på en person, virksomhed eller forening", "Write the name of a person, company or association"},
	"boxes.clear":         {"Vis alle postkasser", "Show all mailboxes"},
	"boxes.none":          {"Ingen postkasse med det navn", "No mailbox with that name"},
	"boxes.none.p":        {"Prøv med en del af navnet. Du ser kun de postkasser, du har adgang til.", "Try a part of the name. You only see the mailboxes you have access to."},
	"boxes.count.one":     {"%s postkasse", "%s mailbox"},
	"boxes.count.many":    {"%s postkasser", "%s mailboxes"},

	"boxes.cvr": {"CVR %s · %s", "CVR %s · %s"},

	"right.owner":                {"Din egen post", "Your own mail"},
	"right.signatory":            {"MitID Privat til Erhverv", "MitID Privat til Erhverv"},
	"right.employee.write":       {"Læse- og skriveadgang", "Read and write access"},
	"right.employee.advanced":    {"Udvidet læseadgang", "Advanced read access"},
	"right.employee.basic":       {"Læseadgang", "Read access"},
	"right.administrator":        {"Rettighedsadministrator", "Rights administrator"},
	"right.owner.former":         {"Ophørt virksomhed: du er tidligere ejer", "Ceased company: you are its former owner"},
	"right.liquidator":           {"Under likvidation: du er likvidator", "In liquidation: you are the liquidator"},
	"right.curator":              {"Konkursbo: du er kurator", "Bankruptcy: you are the trustee in bankruptcy"},
	"right.estate.administrator": {"Dødsbo: du er bobestyrer", "Estate: you are its administrator"},
	"right.heir":                 {"Dødsbo: du er arving med fuldmagt", "Estate: you are an heir with a power of attorney"},
	"right.writer":               {"Læse- og skriveadgang", "Read and write access"},
	"right.reader":               {"Læseadgang", "Read access"},
	"right.reader.private":       {"Læseadgang til privat post", "Read access to private mail"},
	"right.reader.sender":        {"Læseadgang til udvalgte afsendere", "Read access to chosen senders"},
	"right.ask":                  {"virksomhedens rettighedsadministrator", "the company's rights administrator"},
	"right.until":                {"%s til %s", "%s until %s"},
	"right.forever":              {"%s uden udløb", "%s with no expiry"},
	"right.over":                 {"%s udløb %s", "%s expired %s"},
}
