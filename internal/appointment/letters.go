package appointment

import (
	"fmt"
	"html"

	"digitalpost/internal/access"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
)

// Names are what a relation is called, in the middle of a sentence.
func Names(r access.Relation) (da, en string) {
	switch r {
	case access.Liquidator:
		return "likvidator", "liquidator"
	case access.Curator:
		return "kurator", "curator"
	case access.EstateAdministrator:
		return "bobestyrer", "estate administrator"
	case access.Heir:
		return "arving med skiftefuldmagt", "heir with powers from all heirs"
	case access.Administrator:
		return "rettighedsadministrator", "rights administrator"
	}
	return "tidligere ejer", "former owner"
}

func (a Application) until() (da, en string) {
	day := a.LastDay()
	if day.IsZero() {
		return "Adgangen gælder, til den bliver fjernet.", "The access holds until it is removed."
	}
	return "Adgangen gælder til og med den " + post.DateText(day, false) + ".", "The access holds until the end of " + post.DateText(day, true) + "."
}

// announced tells an organisation that somebody wants to give rights to its post.
func announced(a Application) intake.Bilingual {
	who, whose, short := intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), intake.Short(a.Applicant.Name)
	return intake.Bilingual{
		Title: short + " har søgt om at blive rettighedsadministrator",
		Text: []string{fmt.Sprintf("%s har søgt om at blive rettighedsadministrator for %s, som ikke har nogen. Styrelsen ser på dokumenterne, før den træffer en afgørelse.", who, whose),
			"Kender I ikke til ansøgningen, så skriv til supporten."},
		TitleEnglish: short + " has applied to become rights administrator",
		TextEnglish: []string{fmt.Sprintf("%s has applied to become rights administrator of %s, which has none. The agency looks at the documents before a decision is made.", who, whose),
			"If you do not know of the application, write to the support."},
	}
}

func received(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	if a.Relation == access.Administrator {
		return intake.Bilingual{
			Title: "Vi har modtaget din ansøgning om at blive rettighedsadministrator",
			Text: []string{fmt.Sprintf("Du har søgt om at blive rettighedsadministrator for %s.", intake.Strong(a.Called)),
				"Vi ser på dine dokumenter og skriver til dig, når der er truffet en afgørelse. Du kan ikke give adgang endnu."},
			TitleEnglish: "We have received your application to become rights administrator",
			TextEnglish: []string{fmt.Sprintf("You have applied to become rights administrator of %s.", intake.Strong(a.Called)),
				"We look at your documents and write to you when a decision is made. You cannot give access yet."},
		}
	}
	return intake.Bilingual{
		Title: "Vi har modtaget din ansøgning om udpeget adgang",
		Text: []string{fmt.Sprintf("Du har søgt om adgang til post for %s som %s.", intake.Strong(a.Called), da),
			"Vi ser på dine dokumenter og skriver til dig, når der er truffet en afgørelse. Du har ikke adgang til posten endnu."},
		TitleEnglish: "We have received your application for appointed access",
		TextEnglish: []string{fmt.Sprintf("You have applied for access to mail for %s as %s.", intake.Strong(a.Called), en),
			"We look at your documents and write to you when a decision is made. You have no access to the mail yet."},
	}
}

func decided(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	switch {
	case a.Relation == access.Administrator && a.State == Rejected:
		return intake.Bilingual{
			Title: "Din ansøgning om at blive rettighedsadministrator er afvist",
			Text: []string{fmt.Sprintf("Du er ikke blevet rettighedsadministrator for %s.", intake.Strong(a.Called)), "Begrundelse: " + html.EscapeString(a.Reason),
				"Du kan søge igen med andre dokumenter."},
			TitleEnglish: "Your application to become rights administrator is declined",
			TextEnglish: []string{fmt.Sprintf("You have not become rights administrator of %s.", intake.Strong(a.Called)), "Reason: " + html.EscapeString(a.Reason),
				"You can apply again with other documents."},
		}
	case a.Relation == access.Administrator:
		until, untilEN := a.until()
		return intake.Bilingual{
			Title: "Du er nu rettighedsadministrator",
			Text: []string{fmt.Sprintf("Du er nu rettighedsadministrator for %s og har læseadgang og udvidet læseadgang til posten. %s", intake.Strong(a.Called), until),
				"Begrundelse: " + html.EscapeString(a.Reason), "Log ind i Rettighedsportalen med MitID Erhverv for at give andre adgang."},
			TitleEnglish: "You are now rights administrator",
			TextEnglish: []string{fmt.Sprintf("You are now rights administrator of %s and have read access and advanced read access to the mail. %s", intake.Strong(a.Called), untilEN),
				"Reason: " + html.EscapeString(a.Reason), "Log in to the rights portal with MitID Erhverv to give others access."},
		}
	case a.State == Rejected:
		return intake.Bilingual{
			Title: "Din ansøgning om udpeget adgang er afvist",
			Text: []string{fmt.Sprintf("Du har ikke fået adgang til post for %s som %s.", intake.Strong(a.Called), da), "Begrundelse: " + html.EscapeString(a.Reason),
				"Du kan søge igen med andre dokumenter."},
			TitleEnglish: "Your application for appointed access is declined",
			TextEnglish: []string{fmt.Sprintf("You have not been given access to mail for %s as %s.", intake.Strong(a.Called), en), "Reason: " + html.EscapeString(a.Reason),
				"You can apply again with other documents."},
		}
	}
	until, untilEN := a.until()
	return intake.Bilingual{
		Title: "Du har fået udpeget adgang",
		Text: []string{fmt.Sprintf("Du har nu læseadgang til post for %s som %s. %s", intake.Strong(a.Called), da, until), "Begrundelse: " + html.EscapeString(a.Reason),
			"Du skifter til postkassen ved at trykke på dit navn."},
		TitleEnglish: "You have been given appointed access",
		TextEnglish: []string{fmt.Sprintf("You now have read access to mail for %s as %s. %s", intake.Strong(a.Called), en, untilEN), "Reason: " + html.EscapeString(a.Reason),
			"You switch to the mailbox by pressing your name."},
	}
}

func appointed(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	until, untilEN := a.until()
	if a.Relation == access.Administrator {
		short := intake.Short(a.Applicant.Name)
		return intake.Bilingual{
			Title:        short + " er nu rettighedsadministrator",
			Text:         []string{fmt.Sprintf("%s er blevet rettighedsadministrator for %s efter ansøgning. %s", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), until)},
			TitleEnglish: short + " is now rights administrator",
			TextEnglish:  []string{fmt.Sprintf("%s has become rights administrator of %s on application. %s", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), untilEN)},
		}
	}
	return intake.Bilingual{
		Title:        "En udpeget har fået adgang til posten",
		Text:         []string{fmt.Sprintf("%s har fået læseadgang til post for %s som %s. %s", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), da, until)},
		TitleEnglish: "Somebody appointed has been given access to the mail",
		TextEnglish:  []string{fmt.Sprintf("%s has been given read access to mail for %s as %s. %s", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), en, untilEN)},
	}
}

func ended(a Application) intake.Bilingual {
	da, en := Names(a.Relation)
	if a.Relation == access.Administrator {
		short := intake.Short(a.Applicant.Name)
		return intake.Bilingual{
			Title:        short + " er ikke længere rettighedsadministrator",
			Text:         []string{fmt.Sprintf("%s er ikke længere rettighedsadministrator for %s. Den adgang til posten, som fulgte med eller er kommet til siden, er også ophørt.", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name)), "Begrundelse: " + html.EscapeString(a.Reason)},
			TitleEnglish: short + " is no longer rights administrator",
			TextEnglish:  []string{fmt.Sprintf("%s is no longer rights administrator of %s. The access to the mail that came with it, or since, has also ended.", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name)), "Reason: " + html.EscapeString(a.Reason)},
		}
	}
	return intake.Bilingual{
		Title:        "En udpeget adgang er ophørt",
		Text:         []string{fmt.Sprintf("%s har ikke længere adgang til post for %s som %s.", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), da), "Begrundelse: " + html.EscapeString(a.Reason)},
		TitleEnglish: "An appointed access has ended",
		TextEnglish:  []string{fmt.Sprintf("%s no longer has access to mail for %s as %s.", intake.Strong(a.Applicant.Name), intake.Strong(a.About.Name), en), "Reason: " + html.EscapeString(a.Reason)},
	}
}
