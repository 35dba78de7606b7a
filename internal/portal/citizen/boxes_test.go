package citizen_test

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// eachStack runs test on both databases.
func eachStack(t *testing.T, test func(t *testing.T, s *stack)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, d *db.DB) { test(t, newStackOn(t, d, base, documents)) })
}

// pagesOf is the address of a mailbox's pages.
func (s *stack) pagesOf(owner registry.Party) string { return "/postkasse/" + s.box(owner).String() }

// give lets somebody read another's post, and write where it says so.
func (s *stack) give(owner, helper registry.Party, relation access.Relation, end time.Time, senders ...registry.Party) rights.Right {
	s.t.Helper()
	one := rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: relation, To: end}
	for _, p := range senders {
		one.Senders = append(one.Senders, p.ID)
	}
	return s.Give(one)
}

// drop is the panel under one's name.
func drop(page answer) string { return switcher.FindString(page.text) }

// ACC-12: mailboxes are switched under one's name: one's own, others', companies' and
// associations', with what is unread, by which right, and until when. In another's
// every page says whose it is.
func TestSwitchMailbox(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		carl, anna, bent, dora := s.Person("Carl", 45, nil), s.Person("Anna", 80, nil), s.Person("Bent", 60, nil), s.Person("Dora", 70, nil)
		club := s.Company("Ålhavn Roklub")
		s.Member(club, carl, func(r *registry.Record) { r.Employed, r.Signs, r.Number = false, true, "" })
		for _, p := range []registry.Party{anna, bent, dora, club} {
			s.Deliver(s.authority, p, nil)
		}
		now := s.Clock.Now()
		s.give(anna, carl, access.Writer, post.StartOfDay(now.Year()+2, 1, 1))
		s.give(bent, carl, access.Reader, time.Time{})
		s.give(dora, carl, access.Reader, post.StartOfDay(now.AddDate(0, 0, 2).Date()))
		s.Clock.Advance(72 * time.Hour)
		who := s.login(carl)
		page := s.get(who, "/post")
		panel := drop(page)
		for _, part := range []string{"Din egen post", "Post, du har adgang til", fmt.Sprintf("Læse- og skriveadgang til 31. dec. %d", now.Year()+1), "Læseadgang uden udløb", "Virksomheder og foreninger",
			"CVR " + s.Number(club) + " · MitID Privat til Erhverv", `href="` + s.pagesOf(anna) + `/post"`, "Læseadgang udløb", `<span class="dp-count">1<span class="sr-only"> ulæste</span>`} {
			if !strings.Contains(panel, part) {
				t.Errorf("%q is missing in %s", part, panel)
			}
		}
		if strings.Contains(panel, s.box(dora).String()) || !strings.Contains(panel, `<span class="dp-box is-off">`) {
			t.Error("an expired right leads on:", panel)
		}
		if strings.Contains(page.text, "dp-behalf") || strings.Contains(panel, `action="/postkasser"`) {
			t.Error("one's own post looks like another's, or has a search among few")
		}

		theirs := s.get(who, s.pagesOf(anna)+"/post")
		theirs.has(t, `Du læser <strong>Anna Prøvesens</strong> post · Læse- og skriveadgang til 31. december `, `href="`+base+`/post">Gå til din egen post`,
			"Anna Prøvesens post – Digital Post</title>", "Skriv ny besked", "Anna Prøvesens post</h2>", `data-under="`+s.pagesOf(anna)+`"`)
		theirs.lacks(t, "Carl Prøvesen</span><span", "Goddag")
		for _, path := range []string{"/frister", "/mapper", "/soeg?q=tand", "/modtagere", "/ny", "/menu", "/post/findes-ikke"} {
			s.get(who, s.pagesOf(anna)+path).has(t, "Du læser <strong>Anna Prøvesens</strong> post", "– Anna Prøvesens post – Digital Post</title>")
		}
		s.get(who, s.pagesOf(club)+"/post").has(t, "Du læser <strong>Ålhavn Roklubs</strong> post · MitID Privat til Erhverv")
		if a := s.get(who, s.pagesOf(carl)+"/frister?vis=svar"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/frister?vis=svar" {
			t.Error("one's own mailbox lies elsewhere:", a.status, a.header.Get("Location"))
		}
		if a := s.get(nil, s.pagesOf(anna)+"/post?sorter=titel"); !strings.HasPrefix(a.header.Get("Location"), "/log-ind?retur="+url.QueryEscape(s.pagesOf(anna)+"/post?sorter=titel")) {
			t.Error("who logs in comes back to", a.header.Get("Location"))
		}
	})
}

// ACC-12: a mailbox that is not there, nobody's business or no more is not found: the
// page says the same of each, and leads to one's own post.
func TestMailboxIsNotFound(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		carl, anna, bent := s.Person("Carl", 45, nil), s.Person("Anna", 80, nil), s.Person("Bent", 60, nil)
		letter := s.send(anna, nil)
		s.send(bent, nil)
		s.give(bent, carl, access.Reader, post.StartOfDay(s.Clock.Now().AddDate(0, 0, 1).Date()))
		who := s.login(carl)
		if a := s.get(who, s.pagesOf(bent)+"/post"); a.status != http.StatusOK {
			t.Fatal(a.status)
		}
		s.Clock.Advance(48 * time.Hour)
		who = s.login(carl)
		number := regexp.MustCompile(`Nummer på siden: [^<]*|"\?[^"]*sprog=en"`)
		var said string
		for name, path := range map[string]string{"unknown": "/postkasse/" + post.NewUUID().String(), "another's": s.pagesOf(anna), "expired": s.pagesOf(bent)} {
			for _, page := range []string{"/post", "/post/" + letter.String(), "/frister", "/modtagere", "/ny", "/post/aendringer?liste=mapper&siden=0", "/post/haendelser", "/post/" + letter.String() + "/alle.zip", "/menu"} {
				a := s.get(who, path+page)
				text := number.ReplaceAllString(a.text, "")
				if said == "" {
					said = text
				}
				if a.status != http.StatusNotFound || text != said {
					t.Errorf("%s, %s: %d %.900s", name, page, a.status, text)
				}
			}
			a := s.get(who, path+"/post")
			a.has(t, "Vi kan ikke finde siden", "Brevet kan være slettet, eller din adgang kan være udløbet.", `href="/post"`)
			a.lacks(t, "/postkasse/"+"0", "data-under", "Anna", "Bent")
		}
		if a := s.get(who, strings.Replace(s.pagesOf(anna), s.box(anna).String(), strings.ToUpper(s.box(anna).String()), 1)+"/post"); a.status != http.StatusNotFound {
			t.Errorf("an id in capitals is answered with %d, to %q", a.status, a.header.Get("Location"))
		}
		if a := s.get(who, "/postkasse/ikke-en-id/post"); a.status != http.StatusNotFound {
			t.Error(a.status)
		}
	})
}

// ACC-06, ACC-08: what a right does not cover is refused also by hand, with whom to
// ask, and nothing is done.
func TestRightDoesNotCover(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		s.Recipient(s.authority)
		anna, bent, carl := s.Person("Anna", 80, nil), s.Person("Bent", 60, nil), s.Person("Carl", 45, nil)
		owner := s.login(anna)
		s.post(owner, "/mapper/ny", url.Values{"navn": {"Bolig"}})
		folder := s.folderID(owner, "Bolig")
		letter := s.send(anna, func(m *memo.Message) { m.Header.Reply = true }).String()
		gone := s.send(anna, nil).String()
		s.do(owner, "/post/handling", url.Values{"handling": {"slet"}, "besked": {gone}})
		s.give(anna, bent, access.Reader, time.Time{})
		s.give(anna, carl, access.Writer, time.Time{})
		form := func(pairs ...string) url.Values {
			v := url.Values{}
			for i := 0; i < len(pairs); i += 2 {
				v.Add(pairs[i], pairs[i+1])
			}
			return v
		}
		never := map[string]url.Values{ // ACC-08
			"/post/handling":              form("handling", "slet-for-altid", "besked", gone, "bekraeft", "1"),
			"/post/toem":                  nil,
			"/mapper/" + folder + "/slet": form("tilbage", "/mapper"),
			"/modtagere/ny":               form("hvem", "person", "fornavn", "Dora", "efternavn", "Prøvesen", "cpr", s.Number(s.Person("Dora", 50, nil)), "ingen", "1"),
		}
		reader := map[string]url.Values{ // ACC-06
			"/ny":                         form("m", s.authority.UUID.String()),
			"/post/" + letter + "/besvar": form("emne", "Svar", "tekst", "Hej"),
		}
		for name, who := range map[string]*http.Cookie{"reader": s.login(bent), "writer": s.login(carl)} {
			tries := []map[string]url.Values{never}
			if name == "reader" {
				tries = append(tries, reader)
			}
			for _, forms := range tries {
				for path, fields := range forms {
					answers := []answer{s.get(who, s.pagesOf(anna)+path)}
					if path == "/post/handling" {
						answers = nil
					}
					if fields != nil {
						answers = append(answers, s.do(who, s.pagesOf(anna)+path, fields))
					}
					for _, a := range answers {
						if a.status != http.StatusForbidden {
							t.Errorf("%s, %s: %d %s", name, path, a.status, a.header.Get("Location"))
							continue
						}
						a.has(t, "Din adgang giver ikke ret til det her. Spørg Anna Prøvesen.", "Du læser <strong>Anna Prøvesens</strong> post")
					}
				}
			}
			page := s.get(who, s.pagesOf(anna)+"/post/"+letter)
			if name == "reader" {
				page.has(t, "Du har kun læseadgang til Anna Prøvesens post.", `aria-disabled="true" aria-describedby="why"`)
				page.lacks(t, "/besvar", "Skriv ny besked", "/ny\"")
			} else {
				page.has(t, s.pagesOf(anna)+"/post/"+letter+"/besvar", "Skriv ny besked")
			}
			trash := s.get(who, s.pagesOf(anna)+"/post/mappe/"+s.folderID(owner, "Slettet post"))
			trash.lacks(t, "slet-for-altid", "/post/toem")
			trash.has(t, `value="gendan"`)
			s.get(who, s.pagesOf(anna)+"/mapper").lacks(t, folder+"/slet")
			s.get(who, s.pagesOf(anna)+"/modtagere").lacks(t, "/modtagere/ny")
		}
		for _, one := range []string{letter, gone} {
			if a := s.get(owner, "/post/"+one); a.status != http.StatusOK {
				t.Error("a letter is gone:", a.status)
			}
		}
	})
}

// ACC-05: with read access one sorts, marks, flags and forwards, in the owner's
// mailbox, and the owner sees it.
func TestReaderMay(t *testing.T) {
	s := newStack(t)
	anna, bent := s.Person("Anna", 80, nil), s.Person("Bent", 60, nil)
	letter := s.send(anna, nil).String()
	s.give(anna, bent, access.Reader, time.Time{})
	who, owner := s.login(bent), s.login(anna)
	a := s.do(who, s.pagesOf(anna)+"/mapper/ny", url.Values{"navn": {"Pension"}})
	if a.header.Get("Location") != s.pagesOf(anna)+"/mapper" {
		t.Fatal(a.status, a.header)
	}
	s.then(who, a).has(t, "Mappen Pension er oprettet.")
	folder := s.folderID(owner, "Pension")
	moved := s.then(who, s.do(who, s.pagesOf(anna)+"/post/handling", url.Values{"handling": {"flyt"}, "besked": {letter}, "mappe": {folder}}))
	moved.has(t, "1 besked flyttet til Pension.", `action="`+s.pagesOf(anna)+`/post/handling/`)
	s.do(who, s.pagesOf(anna)+"/post/handling", url.Values{"handling": {"vigtig"}, "besked": {letter}})
	s.get(owner, "/post/mappe/"+folder).has(t, letter, "is-important")
	s.takeBack(who, moved)
	s.get(owner, "/post").has(t, letter)
	if s.get(owner, "/post").lacks(t, "Du læser"); s.get(who, "/post").status != http.StatusOK {
		t.Error("one's own post is away")
	}
}

// Two mailboxes in one browser never mix: a letter is found in its own only, and what
// a form did is said, with its undo, by that mailbox's pages only (ACC-12).
func TestTwoMailboxesDoNotMix(t *testing.T) {
	s := newStack(t)
	anna, bent, carl := s.Person("Anna", 80, nil), s.Person("Bent", 60, nil), s.Person("Carl", 45, nil)
	mine, annas, bents := s.send(carl, nil).String(), s.send(anna, nil).String(), s.send(bent, nil).String()
	s.give(anna, carl, access.Writer, time.Time{})
	s.give(bent, carl, access.Reader, time.Time{})
	who := s.login(carl)
	for at, own := range map[string]string{"": mine, s.pagesOf(anna): annas, s.pagesOf(bent): bents} {
		for _, one := range []string{mine, annas, bents} {
			for _, part := range []string{"", "/udskriv", "/tilstand?version=1", "/videresend", "/dokument/0/0"} {
				if a := s.get(who, at+"/post/"+one+part); (a.status == http.StatusOK) != (one == own) {
					if part != "/tilstand?version=1" || !strings.Contains(a.text, `"gone":true`) {
						t.Errorf("%s at %q: %d", part, at, a.status)
					}
				}
			}
			if a := s.do(who, at+"/post/handling", url.Values{"handling": {"vigtig"}, "besked": {one}}); one != own && a.status != http.StatusNotFound {
				t.Errorf("a letter is marked from another's mailbox: %d", a.status)
			}
		}
	}
	done := s.do(who, s.pagesOf(anna)+"/post/handling", url.Values{"handling": {"slet"}, "besked": {annas}})
	kept := done.header.Values("Set-Cookie")
	says := func(path string) answer {
		return s.get(who, path, func(r *http.Request) {
			for _, c := range kept {
				value, _, _ := strings.Cut(c, ";")
				r.Header.Add("Cookie", value)
			}
		})
	}
	for _, path := range []string{"/post", s.pagesOf(bent) + "/post"} {
		says(path).lacks(t, "flyttet til Slettet post", "fortryd")
	}
	says(s.pagesOf(anna)+"/post").has(t, "fortryd")
}

// Taking a right away works at once, also on what is open: the stream says so and
// ends, and neither lists nor documents are answered any more (ACC-10).
func TestRemovedRightEndsOpenPages(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		anna, carl := s.Person("Anna", 80, nil), s.Person("Carl", 45, nil)
		letter := s.send(anna, with(file("text/html", "brev.html", "<p>Kære Anna</p>"))).String()
		right := s.give(anna, carl, access.Writer, time.Time{})
		who, at := s.login(carl), s.pagesOf(anna)
		next := s.followAt(who, at+"/post/haendelser")
		if e := next(); !strings.HasPrefix(e, "event: post") {
			t.Fatal(e)
		}
		frame := s.frame(who, at+"/post/"+letter)
		if a := s.document(frame); a.status != http.StatusOK || !strings.Contains(a.text, "Kære Anna") {
			t.Fatal(a.status)
		}
		s.Update(func(tx *db.Tx) error {
			_, err := s.Rights.End(tx, world.Actor(anna), access.Owner, right.ID, 0)
			return err
		})
		for e := next(); e != "event: fjernet data: {} "; e = next() {
			if e == "" {
				t.Fatal("the stream ended without a word")
			}
		}
		if e := next(); e != "" {
			t.Error("after the end:", e)
		}
		for _, path := range []string{"/post", "/post/aendringer?liste=indbakke&siden=0", "/post/" + letter, "/post/" + letter + "/tilstand", "/post/" + letter + "/dokument/0/0", "/post/haendelser"} {
			if a := s.get(who, at+path); a.status != http.StatusNotFound || strings.Contains(a.text, "Anna") {
				t.Errorf("%s is still answered: %d", path, a.status)
			}
		}
		if a := s.document(frame); a.status != http.StatusNotFound || strings.Contains(a.text, "Kære Anna") {
			t.Error("the document is still shown:", a.status)
		}
		if strings.Contains(drop(s.get(who, "/post")), "Anna") {
			t.Error("the switcher still has it")
		}
	})
}

// SND-08, ACC-05: a court summons is served on the owner by a helper who opens it,
// who is told so before, and whose name the letter has afterwards.
func TestSummonsOnBehalf(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		anna, bent, dora := s.Person("Anna", 80, nil), s.Person("Bent", 60, nil), s.Person("Dora", 50, nil)
		letter := s.send(anna, summons(s.Clock.Now())).String()
		s.give(anna, bent, access.Reader, time.Time{})
		s.give(anna, dora, access.SenderReader, time.Time{}, s.authority)
		who, at := s.login(bent), s.pagesOf(anna)
		for range 2 {
			a := s.get(who, at+"/post/"+letter)
			a.has(t, "Når du åbner det, er det forkyndt for Anna Prøvesen.", "Åbn og modtag forkyndelsen på vegne af Anna Prøvesen", `action="`+at+`/post/`+letter+`/forkyndelse"`)
			a.lacks(t, "forkyndt for dig", "/alle.zip")
		}
		s.get(who, at+"/post/"+letter+"/slet").has(t, "Når du sletter det, er det forkyndt for Anna Prøvesen.")
		// Who reads chosen senders' post only is not served for its owner (ACC-15).
		other := s.login(dora)
		closed := s.get(other, at+"/post/"+letter)
		closed.has(t, "Din adgang giver ikke ret til at åbne det. Spørg Anna Prøvesen.")
		closed.lacks(t, "/forkyndelse")
		if a := s.do(other, at+"/post/"+letter+"/forkyndelse", nil); a.status != http.StatusForbidden {
			t.Error(a.status)
		}
		if l := s.state(anna, parse(t, letter)); !l.Message.Served.IsZero() {
			t.Fatal("it was served by being looked at")
		}
		if a := s.do(who, at+"/post/"+letter+"/forkyndelse", nil); a.header.Get("Location") != at+"/post/"+letter {
			t.Fatal(a.status, a.header)
		}
		s.get(s.login(anna), "/post/"+letter).has(t, "for Anna Prøvesen. Bent Prøvesen åbnede brevet.")
	})
}

// MBX-03, ACC-07, ACC-14: what is written for another says so to its writer, on the
// button, and to the authority, whose system gets the MeMo with the representative.
func TestWrittenOnBehalf(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		system := s.System(s.authority, registry.System{Receives: true, ByDefault: true, MemoVersion: "1.2"})
		anna, carl := s.Person("Anna", 80, nil), s.Person("Carl", 45, nil)
		letter := s.send(anna, func(m *memo.Message) { m.Header.Reply = true }).String()
		s.give(anna, carl, access.Writer, time.Time{})
		who, at := s.login(carl), s.pagesOf(anna)
		s.get(who, at+"/post/"+letter+"/besvar").has(t, "Send på vegne af Anna Prøvesen", "En adgang er ikke en fuldmagt. Myndigheden kan bede om en fuldmagt, når du skriver på en andens vegne.")
		begun := s.typed(who, at+"/post/"+letter+"/besvar", map[string]string{"emne": "Svar fra Anna", "tekst": "Det passer godt.", "gem": "1"})
		if !strings.HasPrefix(begun.header.Get("Location"), at+"/") {
			t.Fatal(begun.status, begun.header)
		}
		drafts := s.get(who, at+"/post/mappe/"+s.folderID(s.login(anna), "Kladder"))
		address := regexp.MustCompile(`href="(` + at + `/ny/[^"]+)"`).FindStringSubmatch(drafts.text)
		if address == nil {
			t.Fatal(drafts.text)
		}
		writing := s.get(who, address[1])
		writing.has(t, "Send på vegne af Anna Prøvesen", "En adgang er ikke en fuldmagt.")
		edition := regexp.MustCompile(`name="udgave" value="(\d+)"`).FindStringSubmatch(writing.text)
		sent := s.typed(who, address[1], map[string]string{"udgave": edition[1], "emne": "Svar fra Anna", "tekst": "Det passer godt.", "send": "1"})
		if !strings.HasPrefix(sent.header.Get("Location"), at+"/post/") {
			t.Fatal(sent.status, sent.text)
		}
		s.then(who, sent).has(t, "Din besked er sendt til Ålhavn Kommune.")
		s.get(s.login(anna), "/post/mappe/"+s.folderID(s.login(anna), "Sendt post")).has(t, "Svar fra Anna")
		s.get(who, "/post/mappe/"+s.folderID(who, "Sendt post")).lacks(t, "Svar fra Anna")

		var waits outbound.Page[post.UUID]
		s.Update(func(tx *db.Tx) (err error) { waits, err = s.Outbound.Memos(tx, system.ID, 0, 10); return err })
		if len(waits.Content) != 1 {
			t.Fatal("the authority's system gets", waits.Content)
		}
		var xml strings.Builder
		if err := s.Outbound.FetchMemo(t.Context(), &xml, system.System, waits.Content[0]); err != nil {
			t.Fatal(err)
		}
		m, err := memo.Read(strings.NewReader(xml.String()), memo.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if rep := m.Header.Sender.Representative; m.Header.Sender.SenderID != s.Number(anna) || rep == nil || rep.RepresentativeID != s.Number(carl) || rep.Label != carl.Name {
			t.Errorf("the letter is from %s, written by %+v", m.Header.Sender.Label, rep)
		}
	})
}

// ACC-15: who may read chosen senders' post sees that, and nothing of any other: not
// in lists, counts, searches, deadlines or letters by their address.
func TestChosenSendersOnly(t *testing.T) {
	eachStack(t, func(t *testing.T, s *stack) {
		anna, carl := s.Person("Anna", 80, nil), s.Person("Carl", 45, nil)
		court := s.Authority("Retten i Ålhavn")
		label := func(text string) func(*memo.Message) {
			return func(m *memo.Message) { m.Header.Label = text; m.Header.Reply = true }
		}
		shown := s.send(anna, label("Tid hos kommunen")).String()
		secret := s.Deliver(court, anna, func(m *memo.Message) {
			label("Noget helt andet")(m)
			until := s.Clock.Now().AddDate(0, 0, 5)
			m.Header.ReplyByDateTime = until
		})
		s.give(anna, carl, access.SenderReader, time.Time{}, s.authority)
		who, at := s.login(carl), s.pagesOf(anna)
		inbox := s.get(who, at+"/post")
		inbox.has(t, "Tid hos kommunen", "1 af 1 besked", "Læseadgang til udvalgte afsendere uden udløb", "1 ulæst")
		inbox.lacks(t, "Skriv ny besked", `value="flyt"`, `value="slet"`, `value="ulaest"`)
		page, err := s.Mailboxes.Messages(t.Context(), world.Actor(anna), s.box(anna), mailbox.Query{Inbox: true, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			if m.MemoUUID == secret {
				if a := s.get(who, at+"/post/"+m.ID.String()); a.status != http.StatusNotFound {
					t.Error("another sender's letter:", a.status)
				}
			}
		}
		for _, path := range []string{"/post", "/post/" + shown, "/frister", "/post/vigtige", "/soeg?q=helt", "/soeg/forslag?q=noget", "/mapper", "/post/aendringer?liste=indbakke&siden=0"} {
			a := s.get(who, at+path)
			if a.status != http.StatusOK {
				t.Error(path, a.status)
			}
			a.lacks(t, "Noget helt andet", "Retten i Ålhavn")
		}
		if strings.Contains(drop(s.get(who, "/post")), ">2<") {
			t.Error("the switcher counts what is not to be seen")
		}
	})
}

// ACC-12: hundreds of mailboxes are found by name, the panel shows the first, and
// nothing is cut off.
func TestHundredsOfMailboxes(t *testing.T) {
	const many = 900
	eachStack(t, func(t *testing.T, s *stack) {
		carl := s.Person("Carl", 45, nil)
		s.many(carl, many)
		who := s.login(carl)
		page := s.get(who, "/post")
		panel := drop(page)
		if n := strings.Count(panel, `class="dp-box"`); n != 8 || !strings.Contains(panel, "Vis alle 901 postkasser") || !strings.Contains(panel, `action="/postkasser"`) {
			t.Errorf("the panel shows %d: %s", n, panel)
		}
		seen := map[string]bool{}
		for next := "/postkasser"; next != ""; {
			a := s.get(who, next)
			for _, found := range regexp.MustCompile(`<a class="dp-box" href="([^"]+)"`).FindAllStringSubmatch(a.text, -1) {
				seen[found[1]] = true
			}
			more := regexp.MustCompile(`href="(/postkasser\?[^"]+)">Vis flere`).FindStringSubmatch(a.text)
			next = ""
			if more != nil {
				next = html.UnescapeString(more[1])
			}
		}
		if len(seen) != many+1 {
			t.Errorf("%d mailboxes are shown, want %d", len(seen), many+1)
		}
		found := s.get(who, "/postkasser?q=selskab+0777")
		found.has(t, "Selskab 0777", "1 af 1 postkasse", "Vis alle postkasser")
		found.lacks(t, "Selskab 0778")
		at := regexp.MustCompile(`href="(/postkasse/[^/]+)/post"><span[^>]*>[^<]*</span><span class="dp-box__name">Selskab 0777`).FindStringSubmatch(found.text)
		// The one that is open stands in the panel, however far down it would be.
		theirs := s.get(who, at[1]+"/post")
		theirs.has(t, "Du læser <strong>Selskab 0777s</strong> post")
		if !strings.Contains(drop(theirs), "Selskab 0777") {
			t.Error("the panel lacks the mailbox that is open")
		}
		s.get(who, "/postkasser?q=findes+ikke").has(t, "Ingen postkasse med det navn")
		if !testing.Verbose() {
			return
		}
		for _, path := range []string{"/post", "/postkasser", "/postkasser?q=0777"} { // for docs/performance.md; nothing depends on it
			took := make([]time.Duration, 31)
			for i := range took {
				begun := time.Now()
				s.get(who, path)
				took[i] = time.Since(begun)
			}
			slices.Sort(took)
			t.Logf("%s of one with %d mailboxes: median %s, 95 %% within %s", path, many+1, took[15], took[29])
		}
	})
}

// many lets somebody read the post of so many companies, none of which has any.
func (s *stack) many(who registry.Party, n int) {
	s.t.Helper()
	var records []registry.Record
	for i := 0; len(records) < n; i++ {
		number := fmt.Sprintf("%08d", 30_000_000+i)
		if _, err := post.ParseCVR(number); err == nil {
			records = append(records, registry.Record{Type: "organisation", CVR: number, Name: fmt.Sprintf("Selskab %04d", len(records)), Kind: "ApS"})
		}
	}
	var owners []registry.Party
	s.Update(func(tx *db.Tx) error {
		if err := s.Registry.Save(tx, records); err != nil {
			return err
		}
		for _, r := range records {
			cvr, _ := post.ParseCVR(r.CVR)
			p, err := s.Registry.OrganisationByCVR(tx, cvr)
			if err != nil {
				return err
			}
			owners = append(owners, p)
			if _, err := s.Rights.Give(tx, post.Program, access.Owner, rights.Right{Mailbox: p.ID, Holder: who.ID, Relation: access.Reader}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, p := range owners {
		if _, err := s.Mailboxes.Enter(s.t.Context(), world.Actor(p)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// typed sends the form in which one writes.
func (s *stack) typed(who *http.Cookie, path string, fields map[string]string) answer {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	return call(s.pages, http.MethodPost, base+path, func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(who)
	})
}

func parse(t *testing.T, id string) post.UUID {
	t.Helper()
	u, err := post.ParseUUID(id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
