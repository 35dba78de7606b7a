package trustee

import (
	"fmt"

	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// send puts a letter into a mailbox.
func (s *side) send(to post.PartyID, l intake.Bilingual) error { return s.letters.Write(s.tx, l, to) }

// until says how long it holds.
func (t Trustee) until() (da, en string) {
	day := t.LastDay()
	if day.IsZero() {
		return "Der er ingen udløbsdato.", "There is no expiry date."
	}
	return "Det gælder til og med den " + post.DateText(day, false) + ".", "It holds until the end of " + post.DateText(day, true) + "."
}

const (
	where   = "Du finder det i menuen under »Digital Post-modtagere«."
	whereEN = "You find it in the menu under “Digital Post recipients”."
	ends    = "Både du og den anden kan altid fjerne det igen."
	endsEN  = "Both of you can remove it again at any time."
)

// announceRequest tells both sides of a request (RCP-02).
func (s *side) announceRequest(t Trustee) error {
	da, en := t.until()
	owner, name := s.Mailbox.Owner, intake.Strong(t.Name)
	err := s.send(owner.ID, intake.Bilingual{
		Title: "Du har bedt om at få en Digital Post-modtager", Text: []string{
			fmt.Sprintf("Du har bedt %s om at blive din Digital Post-modtager. %s", name, da),
			"Du kan videresende post, når anmodningen er godkendt. Så får I begge en kvittering. " + where},
		TitleEnglish: "You have asked for a Digital Post recipient", TextEnglish: []string{
			fmt.Sprintf("You have asked %s to become your Digital Post recipient. %s", name, en),
			"You can forward mail once the request is approved. Then you both get a receipt. " + whereEN}})
	if err != nil {
		return err
	}
	from := intake.Strong(owner.Name)
	forEmail, forEmailEN := "", ""
	if t.Email != "" {
		forEmail = fmt.Sprintf(" Anmodningen er til %s.", intake.Strong(t.Email))
		forEmailEN = fmt.Sprintf(" The request is for %s.", intake.Strong(t.Email))
	}
	return s.send(t.recipient, intake.Bilingual{
		Title: intake.Short(owner.Name) + " vil oprette dig som Digital Post-modtager", Text: []string{
			fmt.Sprintf("%s vil kunne videresende sin Digital Post til dig.%s %s", from, forEmail, da),
			"Der sker kun noget, hvis du godkender. Kender du ikke afsenderen, så afvis. " + where},
		TitleEnglish: intake.Short(owner.Name) + " wants to add you as a Digital Post recipient", TextEnglish: []string{
			fmt.Sprintf("%s wants to be able to forward Digital Post to you.%s %s", from, forEmailEN, en),
			"Nothing happens unless you approve. If you do not know the sender, decline. " + whereEN}})
}

// announceApproval gives both sides their receipt (RCP-02). The recipient acts.
func (s *side) announceApproval(t Trustee) error {
	da, en := t.until()
	recipient, owner := s.Mailbox.Owner, t.Party
	err := s.send(owner.ID, receipt(recipient, "er nu din Digital Post-modtager", "is now your Digital Post recipient", []string{
		"Du kan videresende din post til " + intake.Strong(recipient.Name) + ". " + da, ends + " " + where}, []string{
		"You can forward your mail to " + intake.Strong(recipient.Name) + ". " + en, endsEN + " " + whereEN}))
	if err != nil {
		return err
	}
	return s.send(recipient.ID, receipt(owner, "har dig nu som Digital Post-modtager", "now has you as a Digital Post recipient", []string{
		"Du har godkendt, at " + intake.Strong(owner.Name) + " kan videresende post til dig. " + da, ends + " " + where}, []string{
		"You have approved that " + intake.Strong(owner.Name) + " can forward mail to you. " + en, endsEN + " " + whereEN}))
}

func receipt(of registry.Party, says, saysEN string, da, en []string) intake.Bilingual {
	return intake.Bilingual{Title: "Kvittering: " + intake.Short(of.Name) + " " + says, Text: da, TitleEnglish: "Receipt: " + intake.Short(of.Name) + " " + saysEN, TextEnglish: en}
}
