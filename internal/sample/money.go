package sample

import (
	"fmt"
	"time"

	"digitalpost/memo"
)

func (d desk) tax() Letter {
	year := d.today.Year() + 1
	title := fmt.Sprintf("Din forskudsopgørelse for %d er klar", year)
	letter := sheet{
		from: skat, to: d.to, date: d.today, title: title,
		reference: []string{"Forskudsopgørelse", fmt.Sprintf("Indkomståret %d", year)},
		body: []block{
			text("Kære " + d.to.Name),
			text(fmt.Sprintf("Din forskudsopgørelse viser, hvad vi regner med, at du tjener i %d, og hvad du skal betale i skat. Vi har brugt tallene fra din seneste årsopgørelse og fra din arbejdsgiver.", year)),
			table{head: []string{fmt.Sprintf("Beløb for %d", year), "Kr."}, rows: [][]string{
				{"Løn efter arbejdsmarkedsbidrag", "386.400"}, {"Renteudgifter", "-41.200"}, {"Fradrag for befordring", "-14.960"}, {"Beskæftigelsesfradrag", "-55.600"},
			}, sum: []string{"Skattepligtig indkomst", "274.640"}},
			facts{{"Trækprocent", "37 %"}, {"Fradrag", "13.613 kr. om måneden"}},
			heading("Kontrollér tallene"),
			text("Passer tallene, skal du ikke gøre noget. Din arbejdsgiver får selv dit nye skattekort. Passer de ikke, retter du dem i TastSelv. Så undgår du restskat."),
			text("Du skal især rette, hvis du:"),
			list{"får en anden løn eller et nyt job", "har købt bolig eller lagt dit lån om", "har fået længere eller kortere til arbejde", "begynder at betale til en pension"},
			text(fmt.Sprintf("Du kan rette din forskudsopgørelse hele %d. Jo før du gør det, jo mere jævnt fordeler skatten sig over året.", year)),
		},
		signature: []string{"Skattestyrelsen"},
	}
	return Letter{
		SenderName: skat.name, SenderLabel: skat.name, Title: title,
		Actions:   []memo.Action{link(memo.Selvbetjening, "Se og ret tallene i TastSelv", "https://"+skat.web+"/tastselv/forskud", time.Time{})},
		Documents: []Document{enclose(Main, fmt.Sprintf("Forskudsopgørelse %d", year), letter)},
	}
}

func (d desk) housing() Letter {
	title := "Afgørelse om boligstøtte"
	written := d.ago(5)
	moved := time.Date(written.Year(), written.Month()-1, 1, 0, 0, 0, 0, time.UTC)
	letter := sheet{
		from: udbetaling, unit: "Boligstøtte", to: d.to, date: written, title: "Din boligstøtte stopper, fordi du er flyttet",
		reference: []string{"Sagsnr. BS-" + d.file("207731"), "Sagsbehandler:", "Søren Kjærgård"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Du er flyttet fra din lejebolig til et hus, du selv ejer. Derfor kan du ikke længere få boligstøtte. Tillykke med den nye bolig."),
			heading("Vores afgørelse"),
			text("Din boligstøtte stopper den " + date(moved) + ". Du har fået støtten til og med måneden før, og du skal ikke betale noget tilbage."),
			table{head: []string{"Opgørelse", "Beløb"}, rows: [][]string{{"Støtte, du havde ret til i år", "9.954,00 kr."}, {"Støtte, vi har udbetalt i år", "9.954,00 kr."}}, sum: []string{"Du skal betale tilbage", "0,00 kr."}},
			heading("Derfor har vi afgjort det sådan"),
			text("Man kan kun få boligstøtte til en bolig, man lejer. Det står i lov om individuel boligstøtte. Vi har fået at vide fra folkeregisteret, at du har skiftet adresse, og fra tingbogen, at du ejer boligen."),
			heading("Hvis du er uenig"),
			text("Du kan klage inden fire uger. I den vedlagte vejledning står, hvordan du gør. Du kan også besvare denne besked, hvis du har spørgsmål, eller hvis noget af det, vi har lagt til grund, er forkert."),
		},
		signature: []string{"Søren Kjærgård", "Boligstøtte", "Udbetaling Danmark"},
	}
	complaint := sheet{
		from: udbetaling, unit: "Boligstøtte", to: d.to, date: written, title: "Sådan klager du",
		reference: []string{"Klagevejledning"},
		body: []block{
			text("Du kan klage over vores afgørelse til Ankestyrelsen. Det koster ikke noget."),
			heading("Frist"),
			text("Vi skal have din klage senest fire uger efter, at du har fået afgørelsen. Det er nok, at du skriver, hvad du er uenig i."),
			heading("Sådan gør du"),
			list{"Skriv til os her i Digital Post, og vælg »Klage over en afgørelse«.", "Skriv dit sagsnummer, og fortæl, hvorfor du er uenig.", "Vedhæft gerne det, der viser, at du har ret."},
			heading("Hvad sker der så?"),
			text("Først ser vi på sagen igen. Ændrer vi afgørelsen, får du besked inden fire uger. Fastholder vi den, sender vi din klage og sagens papirer til Ankestyrelsen og skriver det til dig."),
			heading("Hjælp"),
			text("Du kan få hjælp til at klage hos Borgerservice i din kommune. Du må også gerne lade en anden klage for dig; så skal vi have en fuldmagt."),
		},
	}
	return Letter{
		SenderName: udbetaling.name, SenderLabel: udbetaling.name, Title: title, Reply: true, DaysAgo: 5, Read: true,
		Documents: []Document{enclose(Main, "Afgørelse", letter), enclose(Additional, "Klagevejledning", complaint)},
	}
}

func (d desk) water() Letter {
	title := "Årsafregning for vand og spildevand"
	written, due := d.ago(15), d.on(9)
	// Øre.
	const water, sewage, fixed, fees, paid = 182_070, 284_880, 118_992, 53_508, 511_000
	const owed = water + sewage + fixed + fees - paid
	letter := sheet{
		from: vand, to: d.to, date: written, title: title,
		reference: []string{"Kundenr. 40 118 27", "Måler 7215 5083", d.to.Street},
		body: []block{
			text("Kære " + d.to.Name),
			text("Her er din årsafregning. Du har brugt 84 m³ vand det seneste år. Det er 6 m³ mere end året før og lidt mindre end en gennemsnitlig husstand med tre personer."),
			table{head: []string{"", "Mængde", "Beløb"}, rows: [][]string{
				{"Vand", "84 m³", kroner(water)}, {"Spildevand", "84 m³", kroner(sewage)}, {"Fast bidrag", "12 måneder", kroner(fixed)}, {"Afgift af ledningsført vand", "", kroner(fees)},
				{"Betalt i løbet af året", "", kroner(-paid)},
			}, sum: []string{"Du skal betale", "", kroner(owed)}},
			facts{{"Betal senest", weekday(due)}, {"Beløb", kroner(owed)}, {"Betales til", vand.name}},
			heading("Sådan betaler du"),
			text("Betaler du over Betalingsservice, sker det af sig selv. Ellers vælger du »Gå til betaling« ved dette brev i Digital Post."),
			heading("Hold øje med dit forbrug"),
			text("Et toilet, der løber, kan bruge 100 m³ om året. Aflæs måleren om aftenen og igen om morgenen. Har den flyttet sig, uden at nogen har brugt vand, er der en utæthed. Ring til en vvs'er, og skriv til os. Du kan i nogle tilfælde få en del af afgiften tilbage."),
		},
		signature: []string{"Kundeservice", vand.name},
	}
	return Letter{
		SenderName: vand.name, SenderLabel: vand.name, Title: title, Reply: true, DaysAgo: 15, Read: true,
		Actions: []memo.Action{
			link(memo.Betaling, "Betal "+kroner(owed), "https://"+vand.web+"/betal/4011827", due),
		},
		Documents: []Document{enclose(Main, "Årsafregning", letter)},
	}
}
