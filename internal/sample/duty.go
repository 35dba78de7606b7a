package sample

import (
	"time"

	"digitalpost/memo"
)

// The letters of this file ask for something: a signature, a confirmation that is
// late by now, and a court summons.

func (d desk) agreement() Letter {
	title := "Underskriv aftalen om pasning i februar"
	due := d.on(6)
	letter := sheet{
		from: alhavn, unit: "Børn og Skole", to: d.to, date: d.ago(4), title: "Aftale om pasning i februar",
		reference: []string{"Sagsnr. " + d.file("015220"), "Sagsbehandler:", "Øyvind Ærø"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Du har søgt om, at Ellen kan blive passet i dagplejen i februar, indtil hun begynder i vuggestuen. Det kan vi godt tilbyde, og her er aftalen."),
			facts{{"Dagplejer", "Sørine Mølgaard, Havnegade 3"}, {"Periode", "Hele februar"}, {"Tid", "Mandag til fredag kl. 7.00-16.30"}, {"Underskriv senest", weekday(due)}},
			heading("Det siger I ja til"),
			list{"I betaler for februar, som om det var en fast plads.", "I giver besked samme morgen, hvis Ellen er syg.", "I henter og bringer selv."},
			text("Aftalen gælder, når du har skrevet under. Det gør du med MitID ved at vælge »Gå til underskrivning« ved dette brev. Har du spørgsmål, så besvar brevet først."),
		},
		signature: []string{"Øyvind Ærø", "Børn og Skole", alhavn.name},
	}
	return Letter{
		SenderName: alhavn.name, SenderLabel: alhavn.name, Title: title, Reply: true, DaysAgo: 4, Read: true,
		Actions:   []memo.Action{link(memo.Underskriv, "Underskriv aftalen", "https://underskrift."+alhavn.web+"/aftale/"+d.file("015220"), due)},
		Documents: []Document{enclose(Main, "Aftale om pasning", letter)},
	}
}

func (d desk) confirmation() Letter {
	title := "Bekræft, hvem der bor på adressen"
	written, due := d.ago(16), d.ago(2)
	letter := sheet{
		from: udbetaling, unit: "Børne- og ungeydelse", to: d.to, date: written, title: title,
		reference: []string{"Sagsnr. BY-" + d.file("118204")},
		body: []block{
			text("Kære " + d.to.Name),
			text("Du er flyttet, og vi skal vide, om Ellen bor hos dig, for at kunne udbetale børneydelsen det rigtige sted."),
			facts{{"Adresse", d.to.Street + ", " + d.to.Town}, {"Bekræft senest", weekday(due)}},
			text("Bekræft det ved at vælge »Gå til bekræftelse« ved dette brev. Det tager et minut. Hører vi ikke fra dig, holder vi den næste udbetaling tilbage, indtil vi ved det."),
		},
		signature: []string{"Børne- og ungeydelse", udbetaling.name},
	}
	return Letter{
		SenderName: udbetaling.name, SenderLabel: udbetaling.name, Title: title, DaysAgo: 16, Read: true,
		Actions:   []memo.Action{link(memo.Bekraeft, "Bekræft, at Ellen bor hos dig", "https://"+udbetaling.web+"/bekraeft/"+d.file("118204"), due)},
		Documents: []Document{enclose(Main, "Bekræft adressen", letter)},
	}
}

func (d desk) summons() Letter {
	title := "Indkaldelse som vidne"
	day := d.on(33)
	start := at(day, 9, 30)
	letter := sheet{
		from: court, to: d.to, date: d.ago(7), title: "Indkaldelse som vidne i en borgerlig sag",
		reference: []string{"Sagsnr. BS-" + d.file("40211"), "Retssal 2"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Du indkaldes som vidne i en sag om en påkørsel på Havnegade. Du så den, og rettens parter vil gerne høre, hvad du så."),
			facts{{"Dag", weekday(day)}, {"Tid", "Kl. " + clock(start)}, {"Sted", court.street + ", retssal 2"}, {"Varighed", "Omkring en time"}},
			heading("Det har du pligt til"),
			text("Alle har pligt til at vidne, når retten indkalder dem. Kan du ikke komme, skal du ringe til os med det samme. Bliver du væk uden grund, kan retten give dig en bøde."),
			heading("Sådan foregår det"),
			list{"Kom et kvarter før, og sig til i skranken.", "Du skal fortælle, hvad du så, og svare på spørgsmål.", "Du har ret til at få rejse og tabt arbejdsløn dækket."},
		},
		signature: []string{"Retssekretær Bøje Kruse", court.name},
	}
	return Letter{
		SenderName: court.name, SenderLabel: court.name, Title: title, DaysAgo: 7, Summons: true,
		Actions: []memo.Action{
			appointment("Vidne i retten", "Afgiv forklaring som vidne", "Kom et kvarter før, og sig til i skranken.", court.street+", retssal 2, "+court.town, court.name, start, time.Hour),
		},
		Documents: []Document{enclose(Main, "Indkaldelse", letter)},
	}
}
