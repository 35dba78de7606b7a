package delegation

import (
	"fmt"
	"html"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
)

// send puts a letter into a mailbox, with a link to the page of accesses, which is
// there whatever has become of the one that the letter is about. Who can receive
// nothing any more gets none.
func (d *Delegations) send(tx *db.Tx, to post.PartyID, l intake.Bilingual) error {
	if d.Site != "" {
		at := html.EscapeString(d.Site + "/adgang")
		l.Text = append(l.Text, fmt.Sprintf(`<a href="%s">Se dine adgange til Digital Post</a>`, at))
		l.TextEnglish = append(l.TextEnglish, fmt.Sprintf(`<a href="%s">See your accesses to Digital Post</a>`, at))
	}
	l.Text = append(l.Text, "Du finder dem også i menuen under »Læse- og skriveadgang«.")
	l.TextEnglish = append(l.TextEnglish, "You also find them in the menu under “Read and write access”.")
	_, err := d.Intake.Announce(tx, intake.Announcement{To: to, Label: l.Title, HTML: l.HTML(), Alone: true})
	if errs.KindOf(err) == errs.KindForbidden {
		return nil
	}
	return err
}

// kindOf is what an access is called, in the middle of a sentence.
func kindOf(r access.Relation, source post.Source) (da, en string) {
	switch r {
	case access.Writer:
		return "læse- og skriveadgang", "read and write access"
	case access.SenderReader:
		return "læseadgang til post fra udvalgte afsendere", "read access to mail from chosen senders"
	case access.PrivateReader:
		return "læseadgang til post fra private virksomheder på " + platforms[source], "read access to mail from private companies on " + platforms[source]
	}
	return "læseadgang", "read access"
}

// platforms is what the commercial platforms are called.
var platforms = map[post.Source]string{post.SourceMit: "mit.dk", post.SourceEboks: "e-Boks"}

func (a Access) kind() (da, en string) { return kindOf(a.Relation, a.Source) }

// until says how long it holds.
func (a Access) until() (da, en string) {
	day := a.LastDay()
	if day.IsZero() {
		return "Adgangen udløber aldrig.", "The access never expires."
	}
	return "Adgangen gælder til og med den " + post.DateText(day, false) + ".", "The access holds until the end of " + post.DateText(day, true) + "."
}

const (
	endings    = "Både du og den anden kan altid fjerne adgangen igen."
	endingsEN  = "Both of you can remove the access again at any time."
	stranger   = "Der sker kun noget, hvis du godkender. Kender du ikke den anden, så afvis."
	strangerEN = "Nothing happens unless you approve. If you do not know the other, decline."
)

// announceRequest tells both sides of what was offered (ACC-02, ACC-15) or asked for
// (ACC-03).
func (s *side) announceRequest(a Access) error {
	da, en := a.until()
	kind, kindEN := a.kind()
	me, they := intake.Strong(s.Mailbox.Owner.Name), intake.Strong(a.Name)
	short := intake.Short(s.Mailbox.Owner.Name)
	mine, theirs := intake.Bilingual{}, intake.Bilingual{}
	switch {
	case a.Asker != a.Owner:
		mine = intake.Bilingual{
			Title: "Du har bedt om adgang til en andens Digital Post", Text: []string{
				fmt.Sprintf("Du har bedt om %s til post for %s. %s", kind, they, da), "Adgangen virker, når den anden har godkendt. Så får I begge en besked."},
			TitleEnglish: "You have asked for access to someone’s Digital Post", TextEnglish: []string{
				fmt.Sprintf("You have asked for %s to the mail of %s. %s", kindEN, they, en), "The access works once the other has approved. Then you both get a message."}}
		theirs = intake.Bilingual{
			Title: short + " har bedt om adgang til din Digital Post", Text: []string{
				fmt.Sprintf("%s har bedt om %s til din post. %s", me, kind, da), stranger},
			TitleEnglish: short + " has asked for access to your Digital Post", TextEnglish: []string{
				fmt.Sprintf("%s has asked for %s to your mail. %s", me, kindEN, en), strangerEN}}
	case a.Code:
		mine = intake.Bilingual{
			Title: "Du har givet en anden adgang til noget af din post", Text: []string{
				fmt.Sprintf("Du har givet %s %s. %s", they, kind, da), "Adgangen virker, når den anden har skrevet din kode. Fortæl koden selv, og vent ikke for længe: den kan bruges i 14 dage."},
			TitleEnglish: "You have given someone access to some of your mail", TextEnglish: []string{
				fmt.Sprintf("You have given %s %s. %s", they, kindEN, en), "The access works once the other has entered your code. Tell them the code yourself, and soon: it can be used for 14 days."}}
		theirs = intake.Bilingual{
			Title: short + " vil give dig adgang til noget af sin Digital Post", Text: []string{
				fmt.Sprintf("%s vil give dig %s. %s", me, kind, da), "Du skal bruge en kode, som du får af " + me + " selv. Den kan bruges i 14 dage. Kender du ikke den anden, så afvis."},
			TitleEnglish: short + " wants to give you access to some of their Digital Post", TextEnglish: []string{
				fmt.Sprintf("%s wants to give you %s. %s", me, kindEN, en), "You need a code, which " + me + " tells you in person. It can be used for 14 days. If you do not know the other, decline."}}
	default:
		mine = intake.Bilingual{
			Title: "Du har givet en anden adgang til din Digital Post", Text: []string{
				fmt.Sprintf("Du har givet %s %s til din post. %s", they, kind, da), "Adgangen virker, når den anden har godkendt den. Så får I begge en besked."},
			TitleEnglish: "You have given someone access to your Digital Post", TextEnglish: []string{
				fmt.Sprintf("You have given %s %s to your mail. %s", they, kindEN, en), "The access works once the other has approved it. Then you both get a message."}}
		theirs = intake.Bilingual{
			Title: short + " vil give dig adgang til sin Digital Post", Text: []string{
				fmt.Sprintf("%s vil give dig %s til sin post. %s", me, kind, da), stranger},
			TitleEnglish: short + " wants to give you access to their Digital Post", TextEnglish: []string{
				fmt.Sprintf("%s wants to give you %s to their mail. %s", me, kindEN, en), strangerEN}}
	}
	if err := s.send(s.tx, s.Mailbox.ID, mine); err != nil {
		return err
	}
	return s.send(s.tx, a.other(), theirs)
}

// announceApproval tells both sides that the access works. The one who was asked
// acts.
func (s *side) announceApproval(a Access) error {
	owner, helper := s.Mailbox.Owner.Name, a.Party.Name
	if a.Mine() {
		owner, helper = helper, owner
	}
	return s.announceInForce(a, owner, helper)
}

// announcePrivate tells both sides of access to private post, which its owner has
// given.
func (s *side) announcePrivate(a Access) error {
	return s.announceInForce(a, s.Mailbox.Owner.Name, a.Party.Name)
}

func (s *side) announceInForce(a Access, owner, helper string) error {
	da, en := a.until()
	kind, kindEN := a.kind()
	err := s.send(s.tx, a.Owner, intake.Bilingual{
		Title: intake.Short(helper) + " har nu adgang til din Digital Post", Text: []string{
			fmt.Sprintf("%s har nu %s til din post. %s", intake.Strong(helper), kind, da), endings + " Du kan se i din aktivitetslog, hvad der bliver gjort."},
		TitleEnglish: intake.Short(helper) + " now has access to your Digital Post", TextEnglish: []string{
			fmt.Sprintf("%s now has %s to your mail. %s", intake.Strong(helper), kindEN, en), endingsEN + " You can see in your activity log what is done."}})
	if err != nil {
		return err
	}
	return s.send(s.tx, a.Helper, intake.Bilingual{
		Title: "Du har nu adgang til " + post.Genitive(intake.Short(owner)) + " Digital Post", Text: []string{
			fmt.Sprintf("Du har nu %s til post for %s. %s", kind, intake.Strong(owner), da), "Tryk på dit navn øverst for at skifte postkasse. " + endings},
		TitleEnglish: "You now have access to the Digital Post of " + intake.Short(owner), TextEnglish: []string{
			fmt.Sprintf("You now have %s to the mail of %s. %s", kindEN, intake.Strong(owner), en), "Press your name at the top to switch mailbox. " + endingsEN}})
}

// announceDeclined tells who asked. It names nobody: what the asker wrote is sealed
// for them, and what the register knows is not theirs to know.
func (s *side) announceDeclined(a Access) error {
	kind, kindEN := a.kind()
	what, whatEN := "Din anmodning om "+kind+" er afvist.", "Your request for "+kindEN+" has been declined."
	if a.Asker == a.Owner {
		what, whatEN = "Den "+kind+", du har tilbudt en anden, er afvist.", "The "+kindEN+" that you offered someone has been declined."
	}
	return s.send(s.tx, a.Asker, intake.Bilingual{
		Title: "En adgang er afvist", Text: []string{what, "Der er ikke givet nogen adgang."},
		TitleEnglish: "An access has been declined", TextEnglish: []string{whatEN, "No access has been given."}})
}

// announceSpent tells an owner that a code was wrong too often.
func (s *side) announceSpent(a Access) error {
	return s.send(s.tx, a.Owner, intake.Bilingual{
		Title: "Koden til en adgang er skrevet forkert for mange gange", Text: []string{
			fmt.Sprintf("Den kode, du har valgt til en adgang, er skrevet forkert %d gange. Ingen har fået adgang.", MaxTries),
			"Vil du stadig give adgangen, så opret den på ny med en anden kode."},
		TitleEnglish: "The code of an access was entered wrong too many times", TextEnglish: []string{
			fmt.Sprintf("The code that you chose for an access was entered wrong %d times. Nobody has got access.", MaxTries),
			"If you still want to give the access, create it anew with another code."}})
}

// announceChanged tells the helper what the owner has made of an access.
func (s *side) announceChanged(a Access) error {
	da, en := a.until()
	kind, kindEN := a.kind()
	owner := s.Mailbox.Owner.Name
	return s.send(s.tx, a.Helper, intake.Bilingual{
		Title: intake.Short(owner) + " har ændret din adgang", Text: []string{
			fmt.Sprintf("Din adgang til post for %s er ændret. Du har nu %s. %s", intake.Strong(owner), kind, da)},
		TitleEnglish: intake.Short(owner) + " has changed your access", TextEnglish: []string{
			fmt.Sprintf("Your access to the mail of %s has been changed. You now have %s. %s", intake.Strong(owner), kindEN, en)}})
}

// announceRemoved tells the other side that one has ended an access.
func (s *side) announceRemoved(a Access) error {
	me := s.Mailbox.Owner.Name
	if a.Mine() {
		return s.send(s.tx, a.Owner, intake.Bilingual{
			Title: intake.Short(me) + " har ikke længere adgang til din post", Text: []string{intake.Strong(me) + " har selv fjernet sin adgang til din post."},
			TitleEnglish: intake.Short(me) + " no longer has access to your mail", TextEnglish: []string{intake.Strong(me) + " has removed their own access to your mail."}})
	}
	return s.send(s.tx, a.Helper, intake.Bilingual{
		Title: "Din adgang til " + post.Genitive(intake.Short(me)) + " post er fjernet", Text: []string{intake.Strong(me) + " har fjernet din adgang. Du kan ikke længere læse den post."},
		TitleEnglish: "Your access to the mail of " + intake.Short(me) + " has been removed", TextEnglish: []string{intake.Strong(me) + " has removed your access. You can no longer read that mail."}})
}

// announceEnd tells both sides of the end of a right: in so many days, 0 that it has
// ended.
func (d *Delegations) announceEnd(tx *db.Tx, r rights.Right, days int) error {
	parties, err := d.Registry.Parties(tx, []post.PartyID{r.Mailbox, r.Holder})
	if err != nil {
		return err
	}
	owner, helper := parties[r.Mailbox].Name, parties[r.Holder].Name
	kind, kindEN := kindOf(r.Relation, r.Source)
	day, dayEN := post.DateText(r.LastDay(), false), post.DateText(r.LastDay(), true)
	toOwner := intake.Bilingual{
		Title: intake.Short(helper) + " har snart ikke længere adgang til din post", Text: []string{
			fmt.Sprintf("%s har %s til din post til og med den %s. Skal adgangen gælde længere, så vælg en ny dato.", intake.Strong(helper), kind, day)},
		TitleEnglish: intake.Short(helper) + " will soon no longer have access to your mail", TextEnglish: []string{
			fmt.Sprintf("%s has %s to your mail until the end of %s. If it is to hold longer, choose a new date.", intake.Strong(helper), kindEN, dayEN)}}
	toHelper := intake.Bilingual{
		Title: "Din adgang til " + post.Genitive(intake.Short(owner)) + " post udløber snart", Text: []string{
			fmt.Sprintf("Du har %s til post for %s til og med den %s. Har du brug for adgangen længere, så bed om den på ny.", kind, intake.Strong(owner), day)},
		TitleEnglish: "Your access to the mail of " + intake.Short(owner) + " expires soon", TextEnglish: []string{
			fmt.Sprintf("You have %s to the mail of %s until the end of %s. If you need it longer, ask for it anew.", kindEN, intake.Strong(owner), dayEN)}}
	if days == 0 {
		toOwner = intake.Bilingual{
			Title: intake.Short(helper) + " har ikke længere adgang til din post", Text: []string{
				fmt.Sprintf("Adgangen for %s udløb den %s.", intake.Strong(helper), day)},
			TitleEnglish: intake.Short(helper) + " no longer has access to your mail", TextEnglish: []string{
				fmt.Sprintf("The access of %s expired on %s.", intake.Strong(helper), dayEN)}}
		toHelper = intake.Bilingual{
			Title: "Din adgang til " + post.Genitive(intake.Short(owner)) + " post er udløbet", Text: []string{
				fmt.Sprintf("Din adgang til post for %s udløb den %s. Du kan bede om den på ny.", intake.Strong(owner), day)},
			TitleEnglish: "Your access to the mail of " + intake.Short(owner) + " has expired", TextEnglish: []string{
				fmt.Sprintf("Your access to the mail of %s expired on %s. You can ask for it anew.", intake.Strong(owner), dayEN)}}
	}
	if err := d.send(tx, r.Mailbox, toOwner); err != nil {
		return err
	}
	return d.send(tx, r.Holder, toHelper)
}

// announceReview asks an owner to look through who has access.
func (d *Delegations) announceReview(tx *db.Tx, owner post.PartyID, names []string) error {
	var list string
	for _, name := range names {
		list += "<li>" + html.EscapeString(name) + "</li>"
	}
	return d.send(tx, owner, intake.Bilingual{
		Title: "Har de rigtige adgang til din Digital Post?", Text: []string{
			"Én gang om året minder vi dig om, hvem der har adgang til din post:</p><ul>" + list + "</ul><p>Skal en af dem ikke længere have adgang, så fjern den. Du kan se, hvornår hver adgang sidst er brugt."},
		TitleEnglish: "Do the right people have access to your Digital Post?", TextEnglish: []string{
			"Once a year we remind you who has access to your mail:</p><ul>" + list + "</ul><p>If one of them should no longer have it, remove it. You can see when each access was last used."}})
}
