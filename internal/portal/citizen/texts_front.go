package citizen

import "digitalpost/internal/web"

// frontTexts are the words of what everybody sees (ux guide, section 10).
var frontTexts = web.Texts{
	"boxes.own":       {"Din post", "Your mail"},
	"boxes.own.about": {"Din egen post", "Your own mail"},

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

	"help.title":      {"Hjælp", "Help"},
	"help.lead":       {"Digital Post er breve fra kommunen, regionen og staten. De gælder, som var de kommet på papir.", "Digital Post is letters from your municipality, your region and the state. They count as if they had come on paper."},
	"help.read.h":     {"Læs et brev", "Read a letter"},
	"help.read.p":     {"Tryk på en titel i indbakken. Brevet er læst, når du har åbnet det, også i andre apps og på andre sider, du bruger.", "Press a title in the inbox. The letter is read once you have opened it, also in other apps and sites that you use."},
	"help.due.h":      {"Frister", "Deadlines"},
	"help.due.p":      {"Beder et brev dig om at gøre noget, står det øverst på brevet under »Det skal du gøre«. Fristen står også i listen.", "If a letter asks you to do something, it is at the top of the letter under \"What you need to do\". The deadline is in the list too."},
	"help.download.h": {"Gem et dokument", "Save a document"},
	"help.download.p": {"Tryk på »Download« ved dokumentet, eller hent dem alle på én gang. De bliver også liggende her.", "Press \"Download\" beside the document, or fetch all at once. They also stay here."},
	"help.safe.h":     {"Er du i tvivl om et brev?", "In doubt about a letter?"},
	"help.safe.p":     {"Links i et brev viser altid, hvilken adresse de åbner. Vi beder dig aldrig om din adgangskode, og vi sender aldrig et link til log-in.", "Links in a letter always show which address they open. We never ask for your password, and we never send a link to log in."},
	"help.mitid.h":    {"Problemer med MitID?", "Problems with MitID?"},
	"help.mitid.p":    {"Borgerservice i din kommune hjælper med MitID. Har du svært ved at bruge digital post, kan du blive fritaget og få brevene på papir.", "Citizen Service in your municipality helps with MitID. If digital post is difficult for you, you can be exempted and get letters on paper."},
	"help.contact.h":  {"Kontakt os", "Contact us"},
	"help.contact.p":  {"Ring til os på %s.", "Call us on %s."},
	"help.hours":      {"Vi tager telefonen: %s.", "We answer the telephone: %s."},
}
