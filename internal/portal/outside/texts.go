package outside

import "digitalpost/internal/web"

var texts = web.Texts{
	"outside":         {"Verden udenfor", "The world outside"},
	"outside.test":    {"En prøveverden på denne computer", "A test world on this computer"},
	"outside.test.p":  {"Her ligger det, som er sendt ud af Digital Post. Ingen har fået det i virkeligheden, og alle personer er opdigtede.", "Here is what was sent out of Digital Post. Nobody really got it, and all persons are made up."},
	"outside.how":     {"En e-mail til afvist@… bliver afvist med det samme. En e-mail til retur@… bliver modtaget og kommer så tilbage.", "An e-mail to afvist@… is refused at once. An e-mail to retur@… is taken and then comes back."},
	"outside.kinds":   {"Vælg, hvad du vil se", "Choose what to see"},
	"kind.all":        {"Alt", "All"},
	"kind.e-mail":     {"E-mail", "E-mail"},
	"kind.print":      {"Papir", "Paper"},
	"print.address":   {"Kuvert", "Envelope"},
	"print.files":     {"Det, der er printet", "What was printed"},
	"print.untitled":  {"Brev", "Letter"},
	"outside.empty":   {"Der er ikke sendt noget endnu", "Nothing was sent yet"},
	"outside.empty.p": {"Videresend et brev til en e-mailadresse, eller fritag en borger i Borgerservice, så ligger det her.", "Forward a letter to an e-mail address, or exempt a citizen at the counter, and it will be here."},
	"outside.back":    {"Til listen", "Back to the list"},
	"mail.to":         {"Til", "To"},
	"mail.from":       {"Fra", "From"},
	"mail.at":         {"Modtaget", "Received"},
	"mail.return":     {"Kommer tilbage til", "Comes back to"},
	"mail.text":       {"Tekst", "Text"},
	"mail.files":      {"Vedhæftede filer", "Attached files"},
	"mail.no.files":   {"Ingen", "None"},
	"mail.source":     {"Hele e-mailen, som den kom", "The whole e-mail as it came"},
	"mail.download":   {"Download %s", "Download %s"},
	"mail.untitled":   {"(uden emne)", "(no subject)"},
}
