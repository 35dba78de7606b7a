package sample

import (
	"fmt"
	"time"

	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Company are letters that any company or association could have, newest first.
func Company(today time.Time, to Recipient) []Letter {
	d := desk{post.Today(today), to}
	return []Letter{d.vat(), d.waste(), d.shutOff()}
}

func (d desk) vat() Letter {
	due := d.on(12)
	title := "Husk at indberette moms"
	letter := sheet{
		from: skat, unit: "Moms", to: d.to, date: d.ago(1), title: title,
		reference: []string{"Momsangivelse", "Kvartal: " + quarter(d.today)},
		body: []block{
			text("Til " + d.to.Name),
			text("Vi mangler jeres momsangivelse for det seneste kvartal. I skal også indberette, selv om I ikke har haft salg eller køb."),
			facts{{"Indberet og betal senest", weekday(due)}, {"Periode", quarter(d.today)}},
			heading("Sådan gør I"),
			list{"Log ind i TastSelv Erhverv.", "Vælg »Moms« og derefter »Indberet«.", "Betal beløbet samme dag. Betalingsoplysningerne står på kvitteringen."},
			heading("Hvis I ikke når det"),
			text("Indberetter I ikke til tiden, fastsætter vi momsen foreløbigt, og I skal betale et gebyr. I kan altid indberette det rigtige beløb bagefter."),
		},
		signature: []string{"Skattestyrelsen", "Moms"},
	}
	return Letter{
		SenderName: skat.name, SenderLabel: skat.name, Title: title, DaysAgo: 1,
		Actions:   []memo.Action{link(memo.Selvbetjening, "Indberet moms i TastSelv Erhverv", "https://"+skat.web+"/tastselv/moms", due)},
		Documents: []Document{enclose(Main, "Påmindelse om moms", letter)},
	}
}

// quarter is the last whole one before a day.
func quarter(day time.Time) string {
	n, year := (int(day.Month())-1)/3, day.Year()
	if n == 0 {
		n, year = 4, year-1
	}
	return fmt.Sprintf("%d. kvartal %d", n, year)
}

func (d desk) waste() Letter {
	title := "Ordning for erhvervsaffald fra 1. januar"
	answer := d.on(20)
	letter := sheet{
		from: alhavn, unit: "Erhverv og affald", to: d.to, date: d.ago(6), title: title,
		reference: []string{"Sagsnr. " + d.file("118204"), "Sagsbehandler:", "Lone Kjær"},
		body: []block{
			text("Til " + d.to.Name),
			text("I dag er I tilmeldt kommunens ordning for affald på " + d.to.Street + ". Fra 1. januar skal alle virksomheder og foreninger sortere i ti fraktioner."),
			heading("Det skal I gøre"),
			text("Skriv til os, hvor mange beholdere I har brug for, og hvem vi kan kontakte. Svarer I ikke, fortsætter I med de beholdere, I har, og vi sender beholdere til de nye fraktioner."),
			facts{{"Svar senest", weekday(answer)}, {"Pris", "Står i vedtægten på " + alhavn.web}},
			heading("Har I selv en aftale?"),
			text("Har I en aftale med en godkendt indsamler, kan I blive fritaget for ordningen. Send os en kopi af aftalen."),
		},
		signature: []string{"Lone Kjær", "Erhverv og affald", alhavn.name},
	}
	return Letter{
		SenderName: alhavn.name, SenderLabel: alhavn.name, Title: title, Reply: true, ReplyBy: at(answer, 23, 59), DaysAgo: 6,
		Documents: []Document{enclose(Main, "Erhvervsaffald", letter)},
	}
}

func (d desk) shutOff() Letter {
	title := "Vi lukker for vandet på jeres vej"
	day := d.on(-3)
	letter := sheet{
		from: vand, unit: "Drift", to: d.to, date: d.ago(11), title: title,
		reference: []string{"Ledningsarbejde", d.to.Street},
		body: []block{
			text("Til " + d.to.Name),
			text("Vi udskifter en hovedledning og lukker derfor for vandet."),
			facts{{"Hvornår", weekday(day) + " kl. 8 til 13"}, {"Hvor", d.to.Street}},
			text("Tap vand til det, I skal bruge, inden vi lukker. Når der er åbnet igen, lader I den kolde hane løbe, til vandet er klart."),
		},
		signature: []string{"Driftsvagten", vand.name},
	}
	return Letter{
		SenderName: vand.name, SenderLabel: vand.name, Title: title, DaysAgo: 11,
		Documents: []Document{enclose(Main, "Lukning for vandet", letter)},
	}
}
