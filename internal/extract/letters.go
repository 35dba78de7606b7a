package extract

import (
	"fmt"
	"html"

	"digitalpost/internal/intake"
	"digitalpost/internal/post"
)

func asked(e Extract) intake.Bilingual {
	who, whose := intake.Strong(e.Applicant.Name), intake.Strong(e.About.Name)
	return intake.Bilingual{
		Title: "Anmodning om dataudtræk er modtaget",
		Text: []string{fmt.Sprintf("%s har bedt om et dataudtræk af post for %s.", who, whose),
			"Vi ser på dokumenterne og skriver, når der er truffet en afgørelse. Ingen har fået noget udleveret endnu."},
		TitleEnglish: "Request for a data extract received",
		TextEnglish: []string{fmt.Sprintf("%s has asked for a data extract of mail for %s.", who, whose),
			"We look at the documents and write when a decision is made. Nobody has been given anything yet."},
	}
}

func decided(e Extract) intake.Bilingual {
	who, whose, why := intake.Strong(e.Applicant.Name), intake.Strong(e.About.Name), html.EscapeString(e.Reason)
	if e.State == Rejected {
		return intake.Bilingual{
			Title:        "Anmodning om dataudtræk er afvist",
			Text:         []string{fmt.Sprintf("%s får ikke et dataudtræk af post for %s.", who, whose), "Begrundelse: " + why, "Der kan bedes om et igen med andre dokumenter."},
			TitleEnglish: "Request for a data extract declined",
			TextEnglish:  []string{fmt.Sprintf("%s does not get a data extract of mail for %s.", who, whose), "Reason: " + why, "One can ask again with other documents."},
		}
	}
	return intake.Bilingual{
		Title: "Anmodning om dataudtræk er godkendt",
		Text: []string{fmt.Sprintf("%s kan hente et dataudtræk af post for %s, når det er klar.", who, whose), "Begrundelse: " + why,
			"Vi skriver, når det er klar. Kun den, der bad om det, kan hente det."},
		TitleEnglish: "Request for a data extract approved",
		TextEnglish: []string{fmt.Sprintf("%s can fetch a data extract of mail for %s when it is ready.", who, whose), "Reason: " + why,
			"We write when it is ready. Only the one who asked can fetch it."},
	}
}

func ready(e Extract) intake.Bilingual {
	who, whose := intake.Strong(e.Applicant.Name), intake.Strong(e.About.Name)
	return intake.Bilingual{
		Title: "Dataudtrækket er klar",
		Text: []string{fmt.Sprintf("Dataudtrækket af post for %s er klar. %s kan hente det én gang, under Dataudtræk i virksomhedens postkasse.", whose, who),
			fmt.Sprintf("Det, der ikke er hentet inden den %s, bliver slettet.", post.DateText(post.Today(e.Ends), false))},
		TitleEnglish: "The data extract is ready",
		TextEnglish: []string{fmt.Sprintf("The data extract of mail for %s is ready. %s can fetch it once, under Data extract in the company's mailbox.", whose, who),
			fmt.Sprintf("What is not fetched before %s is deleted.", post.DateText(post.Today(e.Ends), true))},
	}
}
