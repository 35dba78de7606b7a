package sample

import (
	"fmt"
	"time"

	"digitalpost/internal/post"
	"digitalpost/memo"
)

func (d desk) nursery() Letter {
	title := "Tilbud om plads i Vuggestuen Fjordglimt"
	answer, visit, payment, start := d.on(5), d.on(8), d.on(24), d.on(43)
	letter := sheet{
		from: alhavn, unit: "Pladsanvisningen", to: d.to, date: d.today, title: title,
		reference: []string{"Sagsnr. " + d.file("014482"), "Sagsbehandler:", "Åse Brøndum"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Vi kan tilbyde jeres barn, Ellen, en plads i Vuggestuen Fjordglimt fra " + weekday(start) + ". Fjordglimt var jeres første ønske."),
			facts{{"Vuggestue", "Fjordglimt, Ærøvej 8"}, {"Første dag", weekday(start)}, {"Pris", "3.964 kr. om måneden i 11 måneder"}, {"Svar senest", weekday(answer)}},
			text("I skal svare, om I tager imod pladsen. Det gør I ved at besvare denne besked og skrive ja eller nej. Hører vi ikke fra jer senest " +
				weekday(answer) + ", går pladsen videre til det næste barn på ventelisten. I beholder jeres plads på listen."),
			heading("Kom og se vuggestuen"),
			text("I er velkomne " + weekday(visit) + " kl. 9.30. Leder Øystein Præst viser rundt, og I kan møde de voksne på stuen. Tag gerne Ellen med."),
			heading("Betaling og tilskud"),
			text("Den første betaling er " + weekday(payment) + ". I kan søge om søskenderabat og om økonomisk fripladstilskud. Taksterne er vedlagt, og I søger på " +
				alhavn.web + "/fripladstilskud."),
			text("Vi glæder os til at tage imod Ellen."),
		},
		signature: []string{"Åse Brøndum", "Pladsanvisningen", "Ålhavn Kommune"},
	}
	practical := sheet{
		from: alhavn, unit: "Vuggestuen Fjordglimt", to: d.to, date: d.today, title: "Praktisk information om Fjordglimt",
		reference: []string{"Vuggestuen Fjordglimt", "Ærøvej 8, 9999 Ålhavn"},
		body: []block{
			text("Fjordglimt er en vuggestue med 44 børn på fire stuer. Vi ligger ned til fjorden og er ude hver dag, også når det regner."),
			heading("Åbningstider"),
			table{head: []string{"Dag", "Åbner", "Lukker"}, rows: [][]string{{"Mandag til torsdag", "6.30", "17.00"}, {"Fredag", "6.30", "16.00"}}},
			heading("De første dage"),
			text("Regn med en uge til indkøring. Den første dag er I her en time sammen. Derefter prøver Ellen at være her lidt længere hver dag, mens I er i nærheden."),
			heading("Det skal I have med"),
			list{"Skiftetøj til både inde og ude, med navn i", "Flyverdragt eller regntøj og støvler", "Sovedyr og sut, hvis Ellen bruger det", "Hjemmesko med bløde såler"},
			heading("Mad"),
			text("Vi laver frokost og mellemmåltider i vores eget køkken. Maden er økologisk, og vi tager hensyn til allergi. Fortæl os om det, inden Ellen begynder."),
			heading("Hvis Ellen er syg"),
			text("Giv besked inden kl. 8.30. Ellen kan komme igen, når hun har været feberfri i et døgn og har kræfter til at lege med."),
		},
	}
	year := start.Year()
	prices := sheet{
		from: alhavn, unit: "Pladsanvisningen", to: d.to, date: d.today, title: fmt.Sprintf("Takster %d for dagtilbud", year),
		reference: []string{"Vedtaget af byrådet"},
		body: []block{
			text(fmt.Sprintf("Her er forældrenes betaling i %d. I betaler i 11 måneder; juli er uden betaling.", year)),
			table{head: []string{"Tilbud", "Om måneden", "Om året"}, rows: [][]string{
				{"Vuggestue, fuld tid", "3.964 kr.", "43.604 kr."}, {"Vuggestue, 30 timer", "2.973 kr.", "32.703 kr."}, {"Dagpleje", "3.120 kr.", "34.320 kr."},
				{"Børnehave med frokost", "2.871 kr.", "31.581 kr."}, {"SFO, morgen og eftermiddag", "1.985 kr.", "21.835 kr."},
			}},
			heading("Søskenderabat"),
			text("Har I flere børn i dagtilbud, betaler I fuld pris for den dyreste plads og halv pris for de andre. I får rabatten uden at søge."),
			heading("Økonomisk fripladstilskud"),
			text("Er husstandens indkomst under grænsen, kan I få en del af betalingen dækket. I søger på " + alhavn.web + "/fripladstilskud, og tilskuddet gælder fra måneden efter."),
		},
	}
	return Letter{
		SenderName: alhavn.name, SenderLabel: alhavn.name, Title: title, Reply: true, ReplyBy: at(answer, 23, 59),
		Actions: []memo.Action{
			appointment("Besøg i vuggestuen", "Besøg i Vuggestuen Fjordglimt", "Leder Øystein Præst viser rundt. Tag gerne Ellen med.",
				"Vuggestuen Fjordglimt, Ærøvej 8, 9999 Ålhavn", alhavn.name, at(visit, 9, 30), 45*time.Minute),
			link(memo.Betaling, "Betal 3.964,00 kr.", "https://"+alhavn.web+"/betaling/"+d.file("014482"), payment),
		},
		Documents: []Document{
			enclose(Main, "Tilbud om plads", letter),
			enclose(Additional, "Praktisk information", practical),
			enclose(Additional, fmt.Sprintf("Takster %d", year), prices),
		},
	}
}

func (d desk) hospital() Letter {
	day := d.on(11)
	start := at(day, 13, 15)
	title := fmt.Sprintf("Indkaldelse til undersøgelse den %d. %s", day.Day(), post.MonthName(day.Month(), false))
	letter := sheet{
		from: hospital, unit: "Røntgenafdelingen", to: d.to, date: d.ago(2), title: "Indkaldelse til undersøgelse",
		reference: []string{"Røntgenafdelingen", "Indgang 3, 1. sal"},
		body: []block{
			text("Kære " + d.to.Name),
			text("Din læge har henvist dig til en ultralydsscanning af højre skulder. Vi har sat tid af til dig her:"),
			facts{{"Dag", weekday(day)}, {"Tid", "Kl. " + clock(start) + ", regn med 45 minutter"}, {"Sted", "Røntgenafdelingen, indgang 3, 1. sal"}, {"Medbring", "Sundhedskort og en liste over din medicin"}},
			heading("Sådan foregår det"),
			text("Du tager trøjen af og sidder på en stol. Lægen kommer lidt gel på skulderen og fører scanneren hen over huden. Det gør ikke ondt. Du kan se billederne undervejs og spørge om alt."),
			heading("Før undersøgelsen"),
			list{"Du må spise, drikke og tage din medicin som du plejer.", "Tag gerne en løs trøje på, som er let at få af.", "Du må gerne have en pårørende med."},
			heading("Svar på undersøgelsen"),
			text("Din læge får svaret inden for otte dage. Du kan også selv læse det på sundhed.dk."),
			heading("Hvis du ikke kan komme"),
			text("Skriv til os ved at besvare denne besked senest dagen før, så en anden kan få tiden. Vi finder en ny tid til dig."),
		},
		signature: []string{"Røntgenafdelingen", "Fjordbyens Hospital"},
	}
	return Letter{
		SenderName: region.name, SenderLabel: hospital.name, Title: title, Reply: true, DaysAgo: 2,
		Actions: []memo.Action{
			appointment("Undersøgelse på Røntgenafdelingen", "Ultralydsscanning af højre skulder", "Medbring sundhedskort og en liste over din medicin.",
				"Fjordbyens Hospital, indgang 3, 1. sal, Hospitalsvej 1, 9999 Ålhavn", hospital.name, start, 45*time.Minute),
			link(memo.Forberedelse, "Læs, hvordan du forbereder dig", "https://"+hospital.web+"/ultralyd", time.Time{}),
		},
		Documents: []Document{enclose(Main, "Indkaldelse", letter)},
	}
}
