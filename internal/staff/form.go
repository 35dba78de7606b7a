package staff

import (
	"context"
	"fmt"
	"strings"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
	"digitalpost/internal/pdfdoc"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// grounds is what each ground is called on a form, in Danish and English.
var grounds = map[Ground][2]string{
	"disability":    {"Kognitiv eller fysisk funktionsnedsættelse", "Cognitive or physical disability"},
	"no_computer":   {"Har ikke en computer, en tablet eller en telefon at læse posten på, hvor man bor eller opholder sig", "Has no computer, tablet or phone to read mail on where they live or stay"},
	"no_connection": {"Kan ikke få en internetforbindelse, der er hurtig nok, hvor man bor eller opholder sig", "Cannot get a fast enough internet connection where they live or stay"},
	"language":      {"Sproglige vanskeligheder", "Language difficulties"},
	"homeless":      {"Hjemløs eller lever socialt udsat", "Homeless or socially vulnerable"},
	"no_eid":        {"Kan ikke få et MitID", "Cannot get a MitID"},
	"other":         {"Andre grunde, der gør det umuligt at modtage Digital Post", "Other reasons that make it impossible to receive Digital Post"},
}

// Text is what a ground is called.
func (g Ground) Text(english bool) string {
	if english {
		return grounds[g][1]
	}
	return grounds[g][0]
}

// said chooses between the two languages of forms.
type said bool // English

func (en said) say(da, english string) string {
	if en {
		return english
	}
	return da
}

func (en said) lang() string { return en.say("da", "en") }

// Form is the case form (sagsbehandlingsblanket) of an application, filled in, to be
// printed and signed: a tagged PDF.
func (c *Counter) Form(ctx context.Context, actor post.Actor, id, application post.UUID, english bool) ([]byte, error) {
	var doc pdfdoc.Document
	err := c.look(ctx, actor, id, access.MailboxLookup, func(s *sight) error {
		a, err := s.application(application)
		if err == nil {
			_, err = s.check(a.action(), s.citizen)
		}
		if err != nil {
			return err
		}
		doc, err = s.form(a, said(english))
		return err
	})
	if err != nil {
		return nil, err
	}
	return doc.Bytes(), nil
}

func (s *sight) form(a Application, en said) (pdfdoc.Document, error) {
	title := en.say("Læseadgang til Digital Post", "Read access to Digital Post")
	switch {
	case a.Kind == Exemption:
		title = en.say("Fritagelse for Digital Post", "Exemption from Digital Post")
	case a.Write:
		title = en.say("Læse- og skriveadgang til Digital Post", "Read and write access to Digital Post")
	}
	doc := pdfdoc.Document{Title: title, Author: s.Employer.Name, Lang: en.lang(), Page: en.say("Side %d af %d", "Page %d of %d"), Made: s.tx.Now,
		Foot: s.Employer.Name + " · " + en.say("Sagsbehandlingsblanket", "Case form") + " " + short(a.ID)}
	citizen, err := s.person(s.citizen, en)
	if err != nil {
		return doc, err
	}
	add := func(blocks ...pdfdoc.Block) { doc.Blocks = append(doc.Blocks, blocks...) }
	add(pdfdoc.Heading{Level: 1, Text: title})
	if a.Kind == Exemption {
		add(pdfdoc.Heading{Level: 2, Text: en.say("Hvem søger", "Who applies")}, citizen)
		err = s.exemptionForm(a, en, add)
	} else {
		add(pdfdoc.Heading{Level: 2, Text: en.say("Postkassens ejer", "Owner of the mailbox")}, citizen)
		err = s.accessForm(a, en, add)
	}
	if err != nil {
		return doc, err
	}
	if a.Proxy {
		add(pdfdoc.Heading{Level: 2, Text: en.say("Fuldmagt", "Power of attorney")},
			pdfdoc.Text(fmt.Sprintf(en.say("Jeg kan ikke selv møde op. Jeg giver %s fuldmagt til at aflevere denne blanket for mig. Den, der har fuldmagt, skal vise legitimation.",
				"I cannot come myself. I authorise %s to hand in this form for me. The one with the power of attorney has to show identification."), a.Bearer)),
			pdfdoc.Signature{en.say("Dato", "Date"), en.say("Ejerens underskrift", "The owner’s signature")},
			pdfdoc.Signature{en.say("Dato", "Date"), en.say("Underskrift af den, der har fuldmagt", "Signature of the one with the power of attorney")})
	}
	add(pdfdoc.Text(en.say("Blanketten bliver gemt i kommunens sag og kan ses af de medarbejdere, der behandler den.",
		"The form is kept in the municipality’s case and can be seen by the employees who work on it.")))
	return doc, nil
}

// short is as much of an id as people need.
func short(id post.UUID) string { return strings.ToUpper(id.String()[24:]) }

// person is who somebody is, on a form.
func (s *sight) person(p registry.Party, en said) (pdfdoc.Facts, error) {
	number, err := s.config.Registry.Number(p)
	if err != nil {
		return nil, err
	}
	digits := number.Digits
	if len(digits) == 10 {
		digits = digits[:6] + "-" + digits[6:]
	}
	return pdfdoc.Facts{{en.say("Navn", "Name"), p.Name}, {en.say("CPR-nummer", "CPR number"), digits}}, nil
}

func (s *sight) accessForm(a Application, en said, add func(...pdfdoc.Block)) error {
	helper, err := s.config.Registry.Party(s.tx, a.Other)
	if err != nil {
		return err
	}
	facts, err := s.person(helper, en)
	if err != nil {
		return err
	}
	ends, endsEN := until(a.Until)
	may := []string{en.say("læse al post fra offentlige myndigheder, også den, der er kommet, før adgangen begyndte", "read all mail from public authorities, also what came before the access began"),
		en.say("oprette mapper og flytte post", "make folders and move mail"), en.say("videresende post", "forward mail"),
		en.say("læse indkaldelser til retten og blive forkyndt på ejerens vegne", "read court summonses and be served on the owner’s behalf")}
	if a.Write {
		may = append(may, en.say("skrive og besvare post på ejerens vegne", "write and answer on the owner’s behalf"), en.say("rette kontaktoplysninger", "edit contact details"))
	}
	add(pdfdoc.Heading{Level: 2, Text: en.say("Hvem får adgang", "Who gets access")}, facts,
		pdfdoc.Heading{Level: 2, Text: en.say("Adgangen", "The access")},
		pdfdoc.Text(en.say(ends, endsEN)+" "+en.say("Den, der får adgang, må:", "Who gets the access may:")), pdfdoc.List(may),
		pdfdoc.Text(en.say("Adgangen gælder ikke post fra private virksomheder, og den erstatter ikke en fuldmagt. Begge kan altid fjerne den igen.",
			"The access does not cover mail from private companies, and it does not replace a power of attorney. Both can remove it at any time.")))
	if a.Proxy {
		return nil // both sign below
	}
	add(pdfdoc.Text(en.say("Jeg vil give adgangen:", "I want to give the access:")), pdfdoc.Signature{en.say("Dato", "Date"), en.say("Ejerens underskrift", "The owner’s signature")})
	return nil
}

func (s *sight) exemptionForm(a Application, en said, add func(...pdfdoc.Block)) error {
	facts := pdfdoc.Facts{{en.say("Grund", "Ground"), a.Ground.Text(bool(en))}}
	if a.Text != "" {
		facts = append(facts, [2]string{en.say("Uddybning", "Details"), a.Text})
	}
	letters := en.say("Nej", "No")
	if !a.Since.IsZero() {
		letters = fmt.Sprintf(en.say("Ja, dem, der er modtaget fra %s", "Yes, those received from %s"), post.DateText(a.Since, bool(en)))
	}
	to, err := s.paperTo(a)
	if err != nil {
		return err
	}
	if len(to) > 0 {
		facts = append(facts, [2]string{en.say("Papirpost sendes til", "Paper mail goes to"), strings.Join(to, "\n")})
	}
	facts = append(facts, [2]string{en.say("Ulæste breve på papir", "Unread letters on paper"), letters})
	add(pdfdoc.Heading{Level: 2, Text: en.say("Ansøgningen", "The application")}, facts, pdfdoc.Text(keeps(en)))
	if a.Proxy {
		return nil
	}
	add(pdfdoc.Text(en.say("Jeg søger om at blive fritaget og erklærer, at oplysningerne er rigtige:", "I apply to be exempt and declare that this is correct:")),
		pdfdoc.Signature{en.say("Dato", "Date"), en.say("Underskrift", "Signature")})
	return nil
}

// paperTo is the address that paper goes to, nothing where nobody knows one.
func (s *sight) paperTo(a Application) ([]string, error) {
	if len(a.ToAddress) > 0 {
		name := a.ToName
		if name == "" {
			name = s.citizen.Name
		}
		return append([]string{name}, a.ToAddress...), nil
	}
	address, err := s.config.Registry.Address(s.tx, s.citizen.ID)
	return address.Lines(), err
}

// keeps says what an exemption means (REG-02, REG-03).
func keeps(en said) string {
	return en.say("Den, der er fritaget, får breve fra det offentlige på papir. Den post, der ligger i den digitale postkasse, bliver liggende og kan stadig læses. "+
		"Fritagelsen gælder ikke post fra private virksomheder: spørg hver af dem. Den gælder, til man selv vil have Digital Post igen.",
		"Who is exempt gets letters from the public sector on paper. The mail in the digital mailbox stays there and can still be read. "+
			"The exemption does not cover mail from private companies: ask each of them. It holds until one wants Digital Post again.")
}

// Decision is the municipality's decision on an exemption, to be printed: a tagged
// PDF.
func (c *Counter) Decision(ctx context.Context, actor post.Actor, id, application post.UUID, english bool) ([]byte, error) {
	var doc pdfdoc.Document
	err := c.look(ctx, actor, id, access.ExemptionManage, func(s *sight) error {
		a, err := s.application(application)
		if err == nil && (a.Kind != Exemption || a.State == Opened) {
			err = errs.NotFound("application.decision.none")
		}
		if err != nil {
			return err
		}
		title, blocks := s.decision(a, said(english))
		to, err := s.paperTo(a)
		if err != nil {
			return err
		}
		if len(a.ToAddress) == 0 {
			to = append([]string{s.citizen.Name}, to...)
		}
		doc = pdfdoc.Document{Title: title, Author: s.Employer.Name, Lang: said(english).lang(), Foot: s.Employer.Name, Page: "%d / %d", Made: s.tx.Now,
			Blocks: append([]pdfdoc.Block{pdfdoc.Window(to)}, blocks...)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return doc.Bytes(), nil
}

// complaint says how to complain: of a decision that is not in the citizen's favour.
func complaint(en said) string {
	return en.say("Er du ikke enig, så skriv eller ring til kommunen. Du kan søge igen, hvis noget ændrer sig.", "If you do not agree, write or call the municipality. You can apply again if something changes.")
}

func (s *sight) decision(a Application, en said) (title string, blocks []pdfdoc.Block) {
	title = en.say("Du er fritaget for Digital Post", "You are exempt from Digital Post")
	day := func(t time.Time) string { return post.DateText(t, bool(en)) }
	switch a.State {
	case Declined:
		title = en.say("Din ansøgning om fritagelse er afslået", "Your application for an exemption was declined")
		return title, []pdfdoc.Block{pdfdoc.Heading{Level: 1, Text: title},
			pdfdoc.Facts{{en.say("Afgjort", "Decided"), day(a.Decided)}, {en.say("Af", "By"), s.Employer.Name}, {en.say("Grund i ansøgningen", "Ground of the application"), a.Ground.Text(bool(en))}, {en.say("Derfor", "Why"), a.Reason}},
			pdfdoc.Text(en.say("Du får stadig post fra det offentlige i din digitale postkasse.", "You still get mail from the public sector in your digital mailbox.")), pdfdoc.Text(complaint(en))}
	case Ended:
		title = en.say("Din fritagelse for Digital Post er ophævet", "Your exemption from Digital Post has ended")
	}
	blocks = []pdfdoc.Block{pdfdoc.Heading{Level: 1, Text: title},
		pdfdoc.Facts{{en.say("Afgjort", "Decided"), day(a.Decided)}, {en.say("Af", "By"), s.Employer.Name}, {en.say("Grund", "Ground"), a.Ground.Text(bool(en))}}}
	if a.State == Ended {
		return title, append(blocks, pdfdoc.Text(en.say("Du får nu post fra det offentlige i din digitale postkasse.", "You now get mail from the public sector in your digital mailbox.")))
	}
	blocks = append(blocks, pdfdoc.Text(en.say("Du får fra nu af breve fra det offentlige på papir. Den post, der ligger i din digitale postkasse, bliver liggende, og du kan stadig læse den med MitID.",
		"From now on you get letters from the public sector on paper. The mail in your digital mailbox stays there, and you can still read it with MitID.")))
	if !a.Since.IsZero() {
		blocks = append(blocks, pdfdoc.Text(fmt.Sprintf(en.say("De breve, som du har fået siden %s og ikke har læst, sender vi til dig på papir.", "We send you on paper the letters that you have got since %s and have not read."), day(a.Since))))
	}
	return title, append(blocks,
		pdfdoc.Text(en.say("Fritagelsen gælder ikke post fra private virksomheder: spørg hver af dem, for eksempel din bank, om du kan få post på papir.", "The exemption does not cover mail from private companies: ask each of them, such as your bank, whether you can get paper.")),
		pdfdoc.Text(en.say("Fritagelsen har ingen udløbsdato. Vil du have Digital Post igen, så gå i Borgerservice.", "The exemption has no end. If you want Digital Post again, go to Citizen Service.")))
}

// declined tells a citizen of a refusal.
func declined(by registry.Party, a Application) letter {
	if a.Kind == Exemption {
		return letter{"Din ansøgning om fritagelse er afslået", []string{fmt.Sprintf("%s har afslået din ansøgning om at blive fritaget for Digital Post. Derfor: %s", by.Name, a.Reason), complaint(false)},
			"Your application for an exemption was declined", []string{fmt.Sprintf("%s has declined your application for an exemption from Digital Post. Why: %s", by.Name, a.Reason), complaint(true)}}
	}
	return letter{"Din ansøgning om at give adgang er afslået", []string{fmt.Sprintf("%s har afslået at oprette en adgang til din Digital Post for %s. Derfor: %s", by.Name, a.OtherName, a.Reason), "Ingen har fået adgang."},
		"Your application to give access was declined", []string{fmt.Sprintf("%s has declined to create an access to your Digital Post for %s. Why: %s", by.Name, a.OtherName, a.Reason), "Nobody was given access."}}
}
