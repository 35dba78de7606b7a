package citizen

import "digitalpost/internal/web"

// frontTexts are the words of what everybody sees (ux guide, section 10).
var frontTexts = web.Texts{

	"start.title":   {"Log ind", "Log in"},
	"start.h":       {"Din post fra det offentlige", "Your mail from the public sector"},
	"start.lead":    {"Læs breve fra kommunen, regionen og staten. De ligger samlet ét sted.", "Read letters from your municipality, your region and the state. They are all in one place."},
	"start.warning": {"Vi sender aldrig et link til log-in på sms eller e-mail. Skriv selv adressen.", "We never send a link to log in by text message or e-mail. Type the address yourself."},
	"start.expired": {"Du blev logget ud efter en tid uden aktivitet.", "You were logged out after a time without activity."},
	"start.art":     {"Breve i en konvolut", "Letters in an envelope"},
	"start.see.h":   {"Se, hvad du skal gøre", "See what you need to do"},
	"start.see.p":   {"Har et brev en frist, står den i listen og på brevet.", "If a letter has a deadline, it is in the list and on the letter."},
	"start.mitid.h": {"Ingen MitID?", "No MitID?"},
	"start.mitid.p": {"Borgerservice i din kommune hjælper med adgang og fritagelse.", "Citizen Service in your municipality helps with access and exemption."},
	"start.help.h":  {"Brug for hjælp?", "Need help?"},
	"start.help.p":  {"Ring til os på %s, eller læs, hvordan du gør.", "Call us on %s, or read how it works."},
	"start.help.a":  {"Hjælp til Digital Post", "Help with Digital Post"},

	"menu.language": {"English", "Dansk"},

	"welcome.h":      {"Velkommen til Digital Post", "Welcome to Digital Post"},
	"welcome.lead":   {"Her får du breve fra kommunen, regionen og staten. Tre ting er gode at vide.", "Here you get letters from your municipality, your region and the state. Three things are good to know."},
	"welcome.read.h": {"Brevene gælder som på papir", "The letters count as on paper"},
	"welcome.read.p": {"De nyeste står øverst i indbakken. Tryk på en titel for at læse.", "The newest are at the top of the inbox. Press a title to read."},
	"welcome.act.h":  {"Du ser, hvad du skal gøre", "You see what you need to do"},
	"welcome.act.p":  {"Har et brev en frist, står den i listen, på brevet og under Frister. Svar, hvor afsenderen tager imod det.", "If a letter has a deadline, it is in the list, on the letter and under Deadlines. Reply where the sender accepts it."},
	"welcome.keep.h": {"Intet forsvinder af sig selv", "Nothing disappears by itself"},
	"welcome.keep.p": {"Læg brevene i mapper, og find dem igen med søgning. Slettede breve bliver i Slettet post, til du selv tømmer den.", "Put letters in folders, and find them again by searching. Deleted letters stay in Deleted until you empty it yourself."},
	"welcome.go":     {"Gå til din post", "Go to your mail"},
}
