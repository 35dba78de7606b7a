package staff

import (
	"fmt"
	"html"

	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/pdfdoc"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
)

// letter is what the counter tells somebody, in Danish and English.
type letter struct {
	title  string
	da     []string
	titled string
	en     []string
}

// write tells a party: in their Digital Post, or on paper where they do not get their
// post there. Who is dead is told nothing. Where nobody knows an address, what was
// done is on record and the counter tells the citizen who stands there.
func (s *sight) write(to registry.Party, l letter) error { return s.send(to, l, false) }

// writeAlone writes of who has access to whose post: to whom it is written alone, and
// to no helper of theirs.
func (s *sight) writeAlone(to registry.Party, l letter) error { return s.send(to, l, true) }

func (s *sight) send(to registry.Party, l letter, alone bool) error {
	switch to.Refusal(s.tx.Now, false) {
	case registry.CodeClosed:
		return nil
	case "":
		_, err := s.config.Intake.Announce(s.tx, intake.Announcement{To: to.ID, Label: l.title, HTML: l.html(), Alone: alone})
		return err
	}
	err := s.config.Print.Send(s.tx, print.Letter{To: to.ID, Title: l.title, From: s.Employer.Name, Lang: "da", Blocks: l.blocks()})
	if errs.CodeOf(err) == print.CodeNoAddress {
		return nil
	}
	return err
}

// html is the same as a message. Its texts hold names only, which are escaped.
func (l letter) html() string {
	escaped := func(all []string) (out []string) {
		for _, p := range all {
			out = append(out, html.EscapeString(p))
		}
		return out
	}
	return intake.Bilingual{Title: l.title, Text: escaped(l.da), TitleEnglish: l.titled, TextEnglish: escaped(l.en)}.HTML()
}

func (l letter) blocks() []pdfdoc.Block {
	all := []pdfdoc.Block{pdfdoc.Heading{Level: 1, Text: l.title}}
	for _, p := range l.da {
		all = append(all, pdfdoc.Text(p))
	}
	english := []pdfdoc.Block{pdfdoc.Heading{Level: 2, Text: l.titled}}
	for _, p := range l.en {
		english = append(english, pdfdoc.Text(p))
	}
	return append(all, pdfdoc.Lang{Lang: "en", Blocks: english})
}

const (
	where   = "Du kan altid se og fjerne adgange i Digital Post på borger.dk i menuen under »Læse- og skriveadgang«. Du kan også få hjælp i Borgerservice."
	whereEN = "You can always see and remove accesses in Digital Post at borger.dk, in the menu under “Read and write access”. Citizen Service can help you too."
)

// kinds is what an access is called.
func kinds(write bool) (da, en string) {
	if write {
		return "læse- og skriveadgang", "read and write access"
	}
	return "læseadgang", "read access"
}

func givenTo(by, holder registry.Party, a Application) letter {
	da, en := kinds(a.Write)
	ends, endsEN := until(a.Until)
	return letter{
		"Du har givet " + intake.Short(holder.Name) + " adgang til din Digital Post", []string{
			fmt.Sprintf("%s har oprettet en %s til din Digital Post for %s, fordi du har bedt om det på en underskrevet blanket. %s", by.Name, da, holder.Name, ends),
			"Har du ikke bedt om det, så kontakt Borgerservice med det samme. Så bliver adgangen fjernet.", where},
		"You have given " + intake.Short(holder.Name) + " access to your Digital Post", []string{
			fmt.Sprintf("%s has created a %s to your Digital Post for %s, since you asked for it on a signed form. %s", by.Name, en, holder.Name, endsEN),
			"If you have not asked for it, contact Citizen Service at once. Then the access is removed.", whereEN}}
}

func givenOf(by, owner registry.Party, a Application) letter {
	da, en := kinds(a.Write)
	ends, endsEN := until(a.Until)
	return letter{
		"Du har fået adgang til Digital Post fra " + intake.Short(owner.Name), []string{
			fmt.Sprintf("%s har oprettet en %s for dig til %s Digital Post. %s", by.Name, da, post.Genitive(owner.Name), ends),
			"Log ind på Digital Post med dit eget MitID, tryk på dit navn øverst, og vælg postkassen. Vil du ikke have adgangen, kan du fjerne den.", where},
		"You have been given access to " + intake.Short(owner.Name) + "’s Digital Post", []string{
			fmt.Sprintf("%s has created a %s for you to the Digital Post of %s. %s", by.Name, en, owner.Name, endsEN),
			"Log in to Digital Post with your own MitID, press your name at the top and choose the mailbox. If you do not want the access you can remove it.", whereEN}}
}

func removedFrom(by, holder registry.Party) letter {
	return letter{
		intake.Short(holder.Name) + " har ikke længere adgang til din Digital Post", []string{
			fmt.Sprintf("%s har fjernet den adgang, som %s havde til din Digital Post. Det gælder fra nu af.", by.Name, holder.Name), where},
		intake.Short(holder.Name) + " no longer has access to your Digital Post", []string{
			fmt.Sprintf("%s has removed the access that %s had to your Digital Post. It holds from now on.", by.Name, holder.Name), whereEN}}
}

func removedOf(by, owner registry.Party) letter {
	return letter{
		"Du har ikke længere adgang til Digital Post fra " + intake.Short(owner.Name), []string{
			fmt.Sprintf("%s har fjernet din adgang til %s Digital Post. Det gælder fra nu af.", by.Name, post.Genitive(owner.Name)), where},
		"You no longer have access to " + intake.Short(owner.Name) + "’s Digital Post", []string{
			fmt.Sprintf("%s has removed your access to the Digital Post of %s. It holds from now on.", by.Name, owner.Name), whereEN}}
}

func registered(by registry.Party, wasExempt bool) letter {
	l := letter{"Du får nu Digital Post", []string{fmt.Sprintf("%s har tilmeldt dig Digital Post. Post fra det offentlige kommer fra nu af i din digitale postkasse.", by.Name)},
		"You now get Digital Post", []string{fmt.Sprintf("%s has registered you for Digital Post. Mail from the public sector comes in your digital mailbox from now on.", by.Name)}}
	if wasExempt {
		l.da[0] = fmt.Sprintf("%s har ophævet din fritagelse. Post fra det offentlige kommer fra nu af i din digitale postkasse og ikke på papir.", by.Name)
		l.en[0] = fmt.Sprintf("%s has ended your exemption. Mail from the public sector comes in your digital mailbox from now on, and not on paper.", by.Name)
	}
	l.da = append(l.da, "Log ind med MitID på borger.dk for at læse din post. Du har selv ansvar for at læse den.")
	l.en = append(l.en, "Log in with MitID at borger.dk to read your mail. It is your own responsibility to read it.")
	return l
}
