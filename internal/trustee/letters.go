package trustee

import (
	"fmt"
	"html"
	"strings"

	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// letter is a message of ours, in Danish and in English: paragraphs, in which
// everything that is not ours is escaped.
type letter struct {
	title  string // Danish; the message's title too
	da     []string
	titled string // English
	en     []string
}

func (l letter) html() string {
	var b strings.Builder
	write := func(lang, title string, paragraphs []string) {
		fmt.Fprintf(&b, `<div lang="%s"><h1>%s</h1>`, lang, html.EscapeString(title))
		for _, p := range paragraphs {
			b.WriteString("<p>" + p + "</p>")
		}
		b.WriteString("</div>")
	}
	write("da", l.title, l.da)
	b.WriteString("<hr>")
	write("en", l.titled, l.en)
	return b.String()
}

// send puts a letter into a mailbox. Who can receive nothing any more gets none.
func (s *side) send(to post.PartyID, l letter) error {
	_, err := s.letters.Announce(s.tx, intake.Announcement{To: to, Label: l.title, HTML: l.html()})
	if errs.KindOf(err) == errs.KindForbidden {
		return nil
	}
	return err
}

// strong is a name in a letter.
func strong(text string) string { return "<strong>" + html.EscapeString(text) + "</strong>" }

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
	owner, name := s.Mailbox.Owner, strong(t.Name)
	err := s.send(owner.ID, letter{
		"Du har bedt om at få en Digital Post-modtager", []string{
			fmt.Sprintf("Du har bedt %s om at blive din Digital Post-modtager. %s", name, da),
			"Du kan videresende post, når anmodningen er godkendt. Så får I begge en kvittering. " + where},
		"You have asked for a Digital Post recipient", []string{
			fmt.Sprintf("You have asked %s to become your Digital Post recipient. %s", name, en),
			"You can forward mail once the request is approved. Then you both get a receipt. " + whereEN}})
	if err != nil {
		return err
	}
	from := strong(owner.Name)
	forEmail, forEmailEN := "", ""
	if t.Email != "" {
		forEmail = fmt.Sprintf(" Anmodningen er til %s.", strong(t.Email))
		forEmailEN = fmt.Sprintf(" The request is for %s.", strong(t.Email))
	}
	return s.send(t.recipient, letter{
		cut(owner.Name) + " vil oprette dig som Digital Post-modtager", []string{
			fmt.Sprintf("%s vil kunne videresende sin Digital Post til dig.%s %s", from, forEmail, da),
			"Der sker kun noget, hvis du godkender. Kender du ikke afsenderen, så afvis. " + where},
		cut(owner.Name) + " wants to add you as a Digital Post recipient", []string{
			fmt.Sprintf("%s wants to be able to forward Digital Post to you.%s %s", from, forEmailEN, en),
			"Nothing happens unless you approve. If you do not know the sender, decline. " + whereEN}})
}

// announceApproval gives both sides their receipt (RCP-02). The recipient acts.
func (s *side) announceApproval(t Trustee) error {
	da, en := t.until()
	recipient, owner := s.Mailbox.Owner, t.Party
	err := s.send(owner.ID, receipt(recipient, "er nu din Digital Post-modtager", "is now your Digital Post recipient", []string{
		"Du kan videresende din post til " + strong(recipient.Name) + ". " + da, ends + " " + where}, []string{
		"You can forward your mail to " + strong(recipient.Name) + ". " + en, endsEN + " " + whereEN}))
	if err != nil {
		return err
	}
	return s.send(recipient.ID, receipt(owner, "har dig nu som Digital Post-modtager", "now has you as a Digital Post recipient", []string{
		"Du har godkendt, at " + strong(owner.Name) + " kan videresende post til dig. " + da, ends + " " + where}, []string{
		"You have approved that " + strong(owner.Name) + " can forward mail to you. " + en, endsEN + " " + whereEN}))
}

func receipt(of registry.Party, says, saysEN string, da, en []string) letter {
	return letter{"Kvittering: " + cut(of.Name) + " " + says, da, "Receipt: " + cut(of.Name) + " " + saysEN, en}
}

// cut keeps a name short enough for a title (256 characters).
func cut(name string) string {
	letters := []rune(name)
	if len(letters) > 160 {
		return string(letters[:160]) + "…"
	}
	return name
}
