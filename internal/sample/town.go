package sample

import (
	"html"
	"strings"
	"time"

	"digitalpost/memo"
)

func (d desk) passport() Letter {
	until := d.on(90)
	content := strings.Join([]string{
		"Kære " + d.to.Name,
		"Dit nye pas er kommet, og du kan hente det i Borgerservice på Strandvænget 4. Du behøver ikke bestille tid. Tag et nummer ved indgangen, og vælg »Hent pas eller kørekort«. Der er sjældent mere end ti minutters ventetid.",
		"Du skal selv hente passet og skrive under, når du får det. Har du stadig dit gamle pas, skal du tage det med. Vi klipper et hjørne af det, og så må du beholde det. Gyldige visa i det gamle pas kan stadig bruges.",
		"Du kan hente passet:\n\n  mandag til onsdag  kl. 9-15\n  torsdag            kl. 9-17\n  fredag             kl. 9-13",
		"Vi gemmer passet til " + weekday(until) + ". Er det ikke hentet inden da, bliver det destrueret, og du skal søge om et nyt.",
		"Kan du ikke selv komme, for eksempel på grund af sygdom, så besvar denne besked. Så finder vi en løsning sammen.",
		"På kortet, som er vedlagt, kan du se, hvor vi ligger: midt i byen, ned til fjorden, ved siden af parken. Der er parkering bag rådhuset og plads til cykler foran indgangen.",
		"Venlig hilsen",
		"Borgerservice\nÅlhavn Kommune",
	}, "\n\n") + "\n"
	return Letter{
		SenderName: alhavn.name, SenderLabel: alhavn.name, Title: "Dit pas er klar til at blive hentet", Reply: true, DaysAgo: 3,
		Documents: []Document{
			{Kind: Main, Label: "Brev", Filename: "Dit-pas-er-klar.txt", MediaType: "text/plain", Content: []byte(content)},
			{Kind: Additional, Label: "Kort over Borgerservice", Filename: "Kort-over-Borgerservice.png", MediaType: "image/png", Content: townMap()},
		},
	}
}

func (d desk) inspection() Letter {
	title := "Tid til syn af din bil"
	written, due := d.ago(6), d.on(37)
	letter := sheet{
		from: faerdsel, unit: "Syn af køretøjer", to: d.to, date: written, title: title,
		reference: []string{"Køretøj: personbil", "Indkaldelse til", "periodisk syn"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Din bil skal synes igen. Det er to år siden sidst, og et syn hvert andet år er med til at holde bilerne på vejene sikre."),
			facts{{"Køretøj", "Personbil, stationcar"}, {"Senest synet", weekday(due)}, {"Sted", "En synshal, du selv vælger"}},
			heading("Det skal du gøre"),
			list{"Bestil tid i en synshal. Du finder dem på " + faerdsel.web + ".", "Tag registreringsattesten med, eller hav den klar på din telefon.", "Er bilen ikke godkendt første gang, har du en måned til at få den repareret og synet igen."},
			heading("Tjek selv først"),
			text("De fleste fejl er små og kan ses hjemmefra: en lygte, der ikke lyser, dæk med under 1,6 mm mønster, eller viskere, der tværer. Ret dem, før du kører til syn, så slipper du for at komme igen."),
			heading("Hvis bilen ikke bliver synet"),
			text("Er bilen ikke synet senest " + weekday(due) + ", kan politiet tage nummerpladerne, og du kan få en afgift. Skal bilen ikke køre mere, kan du i stedet aflevere nummerpladerne."),
			text("Er bilen allerede synet eller solgt, skal du ikke gøre noget."),
		},
		signature: []string{"Syn af køretøjer", faerdsel.name},
	}
	return Letter{
		SenderName: faerdsel.name, SenderLabel: faerdsel.name, Title: title, DaysAgo: 6, Read: true,
		Actions:   []memo.Action{link(memo.Selvbetjening, "Find en synshal og bestil tid", "https://"+faerdsel.web+"/synshaller", due)},
		Documents: []Document{enclose(Main, "Indkaldelse til syn", letter)},
	}
}

// transport is the HTML letter. Its looks stand in style attributes: a style sheet
// is not shown in letters.
func (d desk) transport() Letter {
	title := "Svar på ansøgning om kørsel til behandling"
	content := strings.NewReplacer(
		"{title}", html.EscapeString(title), "{region}", region.name, "{web}", region.web, "{date}", date(d.ago(9)),
		"{name}", html.EscapeString(d.to.Name), "{street}", html.EscapeString(d.to.Street), "{town}", html.EscapeString(d.to.Town),
		"<h2>", `<h2 style="font-size: 18px; color: #00628b; margin-top: 28px; margin-bottom: 6px">`,
		"<th>", `<th scope="col" style="text-align: left; color: #545a50; padding: 8px 10px; border-bottom: 2px solid #00628b">`,
		"<td>", `<td style="text-align: left; padding: 8px 10px; border-bottom: 1px solid #d7dcd2">`,
	).Replace(transportHTML)
	return Letter{
		SenderName: region.name, SenderLabel: region.name, Title: title, Reply: true, DaysAgo: 9, Read: true,
		Actions:   []memo.Action{link(memo.Selvbetjening, "Bestil kørsel", "https://"+region.web+"/koersel", time.Time{})},
		Documents: []Document{{Kind: Main, Label: "Svar på ansøgning", Filename: "Svar-på-ansøgning.html", MediaType: "text/html", Content: []byte(content)}},
	}
}

const transportHTML = `<!DOCTYPE html>
<html lang="da">
<head>
<meta charset="utf-8">
<title>{title}</title>
</head>
<body>
<div style="font-family: Arial, Helvetica, sans-serif; font-size: 16px; line-height: 1.5; color: #1a1a1a; max-width: 640px">
<p style="border-top: 6px solid #00628b; padding-top: 16px; color: #545a50"><strong style="color: #00628b; font-size: 20px">{region}</strong><br>Kørselskontoret<br>{date}</p>
<p>{name}<br>{street}<br>{town}</p>
<h1 style="font-size: 26px; line-height: 1.25; margin-top: 28px; margin-bottom: 12px">Du får kørsel til din behandling</h1>
<p>Kære {name}</p>
<p style="background-color: #eef5f8; border-left: 4px solid #00628b; padding: 14px 16px">Vi har sagt ja til din ansøgning. Du kan blive kørt til og fra genoptræning på Fjordbyens Hospital de næste tre måneder.</p>
<h2>Sådan bestiller du kørsel</h2>
<p>Bestil senest kl. 12 dagen før, du skal af sted. Det gør du på <a href="https://{web}/koersel">{web}/koersel</a>. Du skal oplyse, hvornår du skal være på hospitalet, og hvornår du regner med at være færdig.</p>
<table style="border-collapse: collapse; width: 100%; margin-top: 12px">
<tr><th>Det gælder</th><th>For dig</th></tr>
<tr><td>Kørsel</td><td>Fra hjemmet til indgang 3 og tilbage</td></tr>
<tr><td>Ledsager</td><td>En person må køre med</td></tr>
<tr><td>Ventetid</td><td>Op til 60 minutter efter behandlingen</td></tr>
<tr><td>Pris</td><td>Gratis</td></tr>
</table>
<h2>Når du bliver hentet</h2>
<p>Vær klar en halv time før den tid, du har fået. Bilen kan have andre med, og turen kan derfor vare lidt længere, end du er vant til. Chaufføren hjælper dig ud og ind.</p>
<h2>Hvis du selv kører</h2>
<p>Vil du hellere køre selv eller tage bussen, kan du få penge for turen. Gem billetterne, og søg inden seks måneder.</p>
<h2>Spørgsmål</h2>
<p>Besvar denne besked, så hører du fra os inden for to arbejdsdage.</p>
<p>Venlig hilsen</p>
<p><strong>Kørselskontoret</strong><br>{region}</p>
</div>
</body>
</html>
`

func (d desk) library() Letter {
	title := "Velkommen til biblioteket: dit lånerkort er klar"
	written := d.ago(12)
	letter := sheet{
		from: alhavn, unit: "Ålhavn Bibliotek", to: d.to, date: written, title: title,
		reference: []string{"Ålhavn Bibliotek", "Havnepladsen 2"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Du har søgt om at blive låner, og nu er du det. Du behøver ikke et kort af plastik: dit sundhedskort er dit lånerkort, eller du kan bruge bibliotekets app."),
			facts{{"Bibliotek", "Havnepladsen 2, 9999 Ålhavn"}, {"Med personale", "Mandag til fredag kl. 10-18, lørdag kl. 10-14"}, {"Uden personale", "Alle dage kl. 7-22"}},
			heading("Det kan du låne"),
			list{"bøger, lydbøger, film, spil og noder i en måned ad gangen", "e-bøger og film på nettet, så mange du vil", "symaskiner, fiskestænger og værktøj fra Låneriet i kælderen"},
			heading("Bestil hjemmefra"),
			text("Har vi ikke bogen, skaffer vi den fra et andet bibliotek. Du får besked, når den er kommet, og kan hente den, når det passer dig. Det er gratis at bestille."),
			heading("Kom til åbent hus"),
			text("Den første lørdag i måneden er der morgenkaffe kl. 10 og højtlæsning for de mindste kl. 10.30. Du møder andre nye lånere, og vi viser rundt, også i magasinet, som ellers er lukket."),
			text("Vi glæder os til at se dig."),
		},
		signature: []string{"Ålhavn Bibliotek", "Ålhavn Kommune"},
	}
	return Letter{
		SenderName: alhavn.name, SenderLabel: alhavn.name, Title: title, DaysAgo: 12, Read: true,
		Actions:   []memo.Action{link(memo.Information, "Se, hvad biblioteket kan", "https://bibliotek."+alhavn.web, time.Time{})},
		Documents: []Document{enclose(Main, "Velkommen som låner", letter)},
	}
}

func (d desk) carport() Letter {
	title := "Kvittering for din ansøgning om byggetilladelse til carport"
	written := d.ago(18)
	answer := d.on(38)
	letter := sheet{
		from: alhavn, unit: "Byg og Miljø", to: d.to, date: written, title: title,
		reference: []string{"Sagsnr. " + d.file("013907"), "Sagsbehandler:", "Gæa Sølvsten"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Vi har modtaget din ansøgning om at bygge en carport. Tak for en fyldig ansøgning: vi har det, vi skal bruge, og går i gang."),
			facts{{"Ejendom", d.to.Street + ", " + d.to.Town}, {"Byggeri", "Carport på 28 m², højde 2,5 m"}, {"Modtaget", date(written)}, {"Svar senest", weekday(answer)}},
			heading("Hvad sker der nu?"),
			list{"Vi ser, om carporten følger lokalplan 114 og bygningsreglementet.", "Ligger carporten tættere på skel end 2,5 meter, spørger vi din nabo. Naboen har to uger til at svare.", "Du får vores afgørelse her i Digital Post."},
			text("Du må ikke begynde at bygge, før du har fået tilladelsen. Du må gerne forberede grunden, fælde buske og købe materialer."),
			heading("Det koster ikke noget"),
			text("Ålhavn Kommune tager ikke gebyr for at behandle ansøgninger om carporte, garager og skure."),
			heading("Har du ændringer?"),
			text("Besvar denne besked, og skriv sagsnummeret. Du kan vedhæfte nye tegninger. Ændrer byggeriet sig meget, kan vores svar komme til at tage længere tid; det skriver vi i så fald til dig."),
		},
		signature: []string{"Gæa Sølvsten", "Byg og Miljø", "Ålhavn Kommune"},
	}
	return Letter{
		SenderName: alhavn.name, SenderLabel: alhavn.name, Title: title, Reply: true, DaysAgo: 18, Read: true,
		Documents: []Document{enclose(Main, "Kvittering", letter)},
	}
}
