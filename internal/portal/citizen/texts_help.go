package citizen

import "digitalpost/internal/web"

// helpTexts are the words of the help page, but for the answers, which are in
// templates, and of the contact form.
var helpTexts = web.Texts{
	"help.title":        {"Hjælp", "Help"},
	"help.lead":         {"Find svar her, eller skriv eller ring til os.", "Find answers here, or write to us or call us."},
	"help.open":         {"Vis alle svar", "Show all answers"},
	"help.shut":         {"Skjul svarene", "Hide the answers"},
	"help.contents":     {"Emner", "Topics"},
	"help.contact.h":    {"Kontakt os", "Contact us"},
	"help.contact.p":    {"Ring til os på %s.", "Call us on %s."},
	"help.hours":        {"Vi tager telefonen: %s.", "We answer the telephone: %s."},
	"help.contact.more": {"Du kan også få hjælp hos Borgerservice i din kommune. Husk at bestille tid.", "You can also get help at Citizen Service in your municipality. Remember to book an appointment."},

	"contact.h":              {"Skriv til os", "Write to us"},
	"contact.lead":           {"Spørg, giv ris eller ros, eller send en anmodning med dokumenter.", "Ask, give feedback, or send a request with documents."},
	"contact.kind":           {"Hvad drejer det sig om?", "What is it about?"},
	"contact.question":       {"Et spørgsmål", "A question"},
	"contact.question.about": {"Hjælp til at bruge Digital Post", "Help with using Digital Post"},
	"contact.feedback":       {"Ris eller ros", "Feedback"},
	"contact.feedback.about": {"Noget, der virker godt, eller som vi skal gøre bedre", "Something that works well, or that we should do better"},
	"contact.request":        {"En anmodning", "A request"},
	"contact.request.about":  {"Noget, vi skal gøre for dig, ofte med dokumenter, fx efter et dødsfald", "Something we are to do for you, often with documents, for example after a death"},
	"contact.name":           {"Navn", "Name"},
	"contact.email":          {"E-mail", "E-mail"},
	"contact.email.open":     {"Skriv e-mail eller telefon, så vi kan svare", "Write an e-mail address or a telephone number, so that we can answer"},
	"contact.phone":          {"Telefon", "Telephone"},
	"contact.subject":        {"Emne", "Subject"},
	"contact.text":           {"Besked", "Message"},
	"contact.text.hint":      {"Skriv ikke CPR-nummer, adgangskode eller oplysninger om helbred", "Do not write a CPR number, a password or information about health"},
	"contact.files":          {"Vælg filer", "Choose files"},
	"contact.files.hint":     {"Højst 5 filer og 10 MB i alt. PDF, billeder og Office-filer.", "At most 5 files and 10 MB in all. PDF, pictures and Office files."},
	"contact.signed":         {"Vi får dit navn med, og ved et spørgsmål eller en anmodning også dit CPR-nummer. Du får en kopi i din postkasse.", "We get your name, and with a question or a request also your CPR number. You get a copy in your mailbox."},
	"contact.open":           {"Er du logget ind, når du skriver, ved vi, hvem du er, og du får en kopi i din postkasse.", "If you are logged in when you write, we know who you are, and you get a copy in your mailbox."},

	"contact.wrong.kind":    {"Vælg, hvad det drejer sig om", "Choose what it is about"},
	"contact.wrong.name":    {"Skriv dit navn", "Write your name"},
	"contact.wrong.reach":   {"Skriv e-mail eller telefon", "Write an e-mail address or a telephone number"},
	"contact.wrong.email":   {"E-mailadressen er ikke skrevet rigtigt", "The e-mail address is not written correctly"},
	"contact.wrong.phone":   {"Telefonnummeret skal have 8 cifre", "The telephone number must have 8 digits"},
	"contact.wrong.subject": {"Skriv et emne", "Write a subject"},
	"contact.wrong.text":    {"Skriv en besked på højst 10.000 tegn", "Write a message of at most 10,000 characters"},
	"contact.wrong.files":   {"Vælg højst 5 filer", "Choose at most 5 files"},
	"contact.wrong.size":    {"Filerne fylder for meget. Der er plads til 10 MB.", "The files are too large. There is room for 10 MB."},
	"contact.wrong.type":    {"Filtypen kan ikke sendes. Gem filen som PDF, og prøv igen.", "This file type cannot be sent. Save it as PDF and try again."},
	"contact.wrong.empty":   {"Filen er tom", "The file is empty"},
	"contact.wrong.robot":   {"Feltet »Website« skal være tomt", "The field \"Website\" has to be empty"},
	"contact.wrong.again":   {"Vælg filerne igen: de er ikke gemt", "Choose the files again: they are not kept"},

	"contact.sent.h":    {"Tak. Vi har modtaget din henvendelse.", "Thank you. We have received your message."},
	"contact.sent.n":    {"Dens nummer er %s. Sig det, hvis du ringer til os.", "Its number is %s. Give it if you call us."},
	"contact.sent.copy": {"Du har fået en kopi i din indbakke.", "There is a copy in your inbox."},
	"contact.sent.help": {"Tilbage til Hjælp", "Back to Help"},
}
