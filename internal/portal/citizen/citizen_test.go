package citizen_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

func english(r *http.Request) { r.AddCookie(&http.Cookie{Name: "sprog", Value: "en"}) }

// file is a file of a letter.
func file(mediaType, name, content string) *memo.File {
	return &memo.File{EncodingFormat: mediaType, Filename: name, Language: "da", Content: []byte(content)}
}

// with gives a letter these files as its documents, the first as its main one.
func with(files ...*memo.File) func(*memo.Message) {
	return func(m *memo.Message) {
		m.Body.MainDocument = memo.Document{Label: "Brev", Files: files[:1]}
		for _, f := range files[1:] {
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, memo.Document{Files: []*memo.File{f}})
		}
	}
}

const pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// MBX-01, SND-02, MBX-15: the list says who writes and what about, a click opens
// the letter, and it is read from then on.
func TestLetterIsListedOpenedAndRead(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, func(m *memo.Message) {
		m.Header.Reply, m.Header.ReplyByDateTime = true, s.Clock.Now().AddDate(0, 0, 5)
		m.Header.Sender.ContactPoint = &memo.ContactPoint{ContactPointID: post.NewUUID().String(), Label: "Pladsanvisningen"}
	})
	who := s.login(anna)
	list := s.get(who, "/post")
	list.has(t, "<title>Indbakke (1 ulæst) – Digital Post</title>", "Ålhavn Kommune", "Tid hos tandlægen", "Svar senest 27. nov.", ">I dag<",
		`href="/post/`+id.String()+`"`, "is-unread", "1 af 1 besked", "Goddag, Anna", "Du har en ulæst besked og en frist forude.", "om 5 dage")
	letter := s.get(who, "/post/"+id.String())
	letter.has(t, "<title>Tid hos tandlægen – Digital Post</title>", "Pladsanvisningen · til dig", "i dag kl. 12.00",
		"Svar på beskeden", "Senest fredag den 27. november, om 5 dage", `href="/post/`+id.String()+`/besvar" data-key="r"`) // MBX-04
	letter.lacks(t, "is-unread", `aria-disabled="true"`)
	s.get(who, "/post").lacks(t, "is-unread", "ulæst)")

	in := s.get(who, "/post/"+id.String(), english)
	in.has(t, `<html lang="en">`, "Back to Inbox", "Reply to the message", "By Friday 27 November, in 5 days", "today at 12:00")
}

// MBX-04: the letter says when its sender takes no answer.
func TestNoReply(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	letter := s.get(who, "/post/"+s.send(anna, nil).String())
	letter.has(t, "Afsenderen tager ikke imod svar på denne besked.", `aria-disabled="true" aria-describedby="why"`, `href="/ny?q=%C3%85lhavn&#43;Kommune">skrive en ny besked til Ålhavn Kommune</a>`)
	letter.lacks(t, "/besvar")

	// Until its date it can be answered, then the letter says that it could.
	by := s.send(anna, func(m *memo.Message) {
		m.Header.Reply, m.Header.ReplyByDateTime = true, s.Clock.Now().Add(5*time.Minute)
	}).String()
	s.get(who, "/post/"+by).has(t, "/post/"+by+"/besvar")
	s.Clock.Advance(6 * time.Minute)
	late := s.get(who, "/post/"+by)
	late.has(t, "Afsenderen tog imod svar på denne besked til og med søndag den 22. november.", `aria-disabled="true"`)
	late.lacks(t, "/besvar")
}

// SND-03: what is to be done is said with its date, and where its link leads.
func TestActions(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	now := s.Clock.Now()
	id := s.send(anna, func(m *memo.Message) {
		m.Body.MainDocument.Actions = []memo.Action{
			{Label: "Betal 100 kr.", ActionCode: memo.Betaling, EndDateTime: now.AddDate(0, 0, 9), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.dk/x?y=1"}},
			{Label: "Besøg", ActionCode: memo.Aftale, Reservation: &memo.Reservation{Description: "Besøg hos os", ReservationUUID: post.NewUUID(), Abstract: "Tag sko med",
				Location: "Ærøvej 8", StartDateTime: now.AddDate(0, 0, 3), EndDateTime: now.AddDate(0, 0, 3).Add(45 * time.Minute)}},
		}
	})
	who := s.login(anna)
	s.get(who, "/post/"+id.String()).has(t, "Det skal du gøre", "Betal 100 kr.", "Senest tirsdag den 1. december, om 9 dage", "Gå til betaling", "Åbner betal.example.dk",
		`/gaa-til?dokument=0&amp;handling=0" data-dialog`, "Aftale: Besøg", "Onsdag den 25. november kl. 12.00–12.45, Ærøvej 8", "Tag sko med")
	s.get(who, "/post").has(t, "Aftale 25. nov. kl. 12.00")
	s.get(who, "/post/"+id.String()+"/gaa-til?dokument=0&handling=0").has(t, "Du forlader Digital Post og går til Ålhavn Kommune.", `<strong class="dp-host">betal.example.dk</strong>`,
		`href="https://betal.example.dk/x?y=1" rel="noopener noreferrer external"`, "Gå videre", "Bliv her")
}

// Where a link leads is said so that it cannot be taken for another place.
func TestWhereALinkLeads(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	for address, want := range map[string]string{
		"https://www.borger.dk@betal.example.dk/": "Åbner betal.example.dk", // what stands before @ is no place
		"https://ældre.example.dk/":               "Åbner ældre.example.dk",
		"https://b\u043erger.dk/":                 "Åbner xn--brger-jye.dk", // a Cyrillic o
		"https://borger.dk\u2044x.example/":       "Åbner borger.xn--",      // a sign that looks like a slash
		"https://borger\u202e.dk/":                "",                       // writing that turns
	} {
		id := s.send(anna, func(m *memo.Message) {
			m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal", ActionCode: memo.Betaling, EntryPoint: &memo.EntryPoint{URL: address}}}
		})
		a := s.get(s.login(anna), "/post/"+id.String())
		if want == "" {
			if strings.Contains(a.text, "Åbner") {
				t.Errorf("%q is a link", address)
			}
			continue
		}
		a.has(t, want)
		if strings.Contains(a.text, "@betal") {
			t.Errorf("%q keeps a name before its host", address)
		}
	}
}

// A deadline that has passed says so, in words.
func TestOverdue(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, func(m *memo.Message) {
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal 100 kr.", ActionCode: memo.Betaling, EndDateTime: s.Clock.Now().AddDate(0, 0, 9),
			EntryPoint: &memo.EntryPoint{URL: "https://betal.example.dk"}}}
	})
	s.Clock.Advance(12 * 24 * time.Hour)
	who := s.login(anna)
	s.get(who, "/post").has(t, "dp-due--late", "Frist 1. dec. er overskredet", "ingen frister forude")
	s.get(who, "/post/"+id.String()).has(t, "Fristen var tirsdag den 1. december, for 3 dage siden", "dp-date--late")
}

// Everybody else is sent to log in or told that there is no such page; nothing
// tells a stranger that a letter exists.
func TestWhoIsLetIn(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	id := s.send(anna, nil).String()
	s.send(bo, nil)
	folder := regexp.MustCompile(`/post/mappe/[0-9a-f-]+`).FindString(s.get(s.login(anna), "/post").text)
	for _, path := range []string{"/post", "/soeg?q=a", "/post/" + id, "/post/" + id + "/dokument/0/0", "/post/" + id + "/alle.zip", folder} {
		nobody := s.get(nil, path)
		if to := nobody.header.Get("Location"); nobody.status != http.StatusSeeOther || to != "/log-ind?"+(url.Values{"retur": {path}}).Encode() {
			t.Errorf("%s for nobody: %d %s", path, nobody.status, to)
		}
		nobody.lacks(t, "tandlægen")
	}
	stranger := s.login(bo)
	for _, path := range []string{"/post/" + id, "/post/" + id + "/dokument/0/0", "/post/" + id + "/alle.zip", folder} {
		a := s.get(stranger, path)
		if a.status != http.StatusNotFound {
			t.Errorf("%s for a stranger: %d", path, a.status)
		}
		a.has(t, "Vi kan ikke finde siden")
		a.lacks(t, "tandlægen")
	}
	for _, path := range []string{"/findes-ikke", "/post/" + post.NewUUID().String(), "/post/x", "/post/mappe/x", "/post/a/b", "/post?foer=x", "/post/" + id + "/dokument/9/9", "/post/" + id + "/dokument/x/0"} {
		if a := s.get(s.login(anna), path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	if a := s.get(nil, "/post/haendelser"); a.status != http.StatusUnauthorized {
		t.Errorf("events for nobody: %d", a.status)
	}
	if a := s.get(nil, "/tilstede"); a.status != http.StatusUnauthorized {
		t.Errorf("present for nobody: %d", a.status)
	}
}

// SND-05: a child may log in, and has no mailbox yet.
func TestNoMailbox(t *testing.T) {
	s := newStack(t)
	a := s.get(s.login(s.Person("Ella", 9, nil)), "/post")
	if a.status != http.StatusForbidden {
		t.Error(a.status)
	}
	a.has(t, "Du har ikke Digital Post endnu", `action="/log-ud"`)
}

func TestFrontPage(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	s.get(nil, "/").has(t, "Log ind med MitID", "70 20 00 00", `href="/log-ind"`)
	s.get(nil, "/?udloebet=1&retur=%2Fpost%2Fx").has(t, "Du blev logget ud", `href="/log-ind?retur=%2Fpost%2Fx"`)
	s.get(nil, "/?retur=https://ond.example").has(t, `href="/log-ind"`)
	if a := s.get(s.login(anna), "/"); a.header.Get("Location") != "/post" {
		t.Error(a.status, a.header)
	}
	for _, path := range []string{"/", "/hjaelp", "/menu"} {
		for lang, change := range map[string][]func(*http.Request){"da": nil, "en": {english}} {
			if a := s.get(nil, path, change...); a.status != http.StatusOK || !strings.Contains(a.text, `<html lang="`+lang+`">`) {
				t.Errorf("%s in %s: %d", path, lang, a.status)
			}
		}
	}
}

// A session that ran out leads to the start page, which says so.
func TestSessionRunsOut(t *testing.T) {
	s := newStack(t)
	who := s.login(s.Person("Anna", 40, nil))
	s.get(who, "/post")
	if a := s.get(who, "/tilstede"); a.text != "900" {
		t.Error("seconds left:", a.text)
	}
	s.Clock.Advance(16 * time.Minute)
	if a := s.get(who, "/post"); a.header.Get("Location") != "/?retur=%2Fpost&udloebet=1" {
		t.Error(a.status, a.header.Get("Location"))
	}
}

// Asking how long is left is no activity when a page does it by itself.
func TestPageAlonePostponesNothing(t *testing.T) {
	s := newStack(t)
	who := s.login(s.Person("Anna", 40, nil))
	s.Clock.Advance(10 * time.Minute)
	byItself := func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") }
	if a := s.get(who, "/tilstede", byItself); a.text != "300" {
		t.Error("a page asked:", a.text)
	}
	if a := s.get(who, "/tilstede"); a.text != "900" {
		t.Error("a person asked:", a.text)
	}
}

// Many letters come a page at a time, each once (MBX-16: also the oldest).
func TestShowMore(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	for i := range 53 {
		s.Clock.Advance(time.Second)
		s.send(anna, func(m *memo.Message) { m.Header.Label = fmt.Sprintf("Brev nummer %d.", i) })
	}
	who := s.login(anna)
	first := s.get(who, "/post")
	first.has(t, "Brev nummer 52.", "50 af 53 beskeder", "Vis flere")
	more := regexp.MustCompile(`href="(/post\?foer=[^"]+)"`).FindStringSubmatch(first.text)
	if more == nil {
		t.Fatal("no way to more letters")
	}
	second := s.get(who, more[1])
	second.has(t, "Brev nummer 2.", "Brev nummer 0.", "Til begyndelsen")
	second.lacks(t, "Brev nummer 3.", "Vis flere")
	s.get(who, "/soeg?q=NUMMER+52").has(t, "1 besked om »NUMMER 52«", "Brev <mark>nummer</mark> <mark>52</mark>.")
	s.get(who, "/soeg?q=findes+ikke").has(t, "Ingen beskeder om »findes ikke«")
}

// An empty folder says so.
func TestEmpty(t *testing.T) {
	s := newStack(t)
	who := s.login(s.Person("Anna", 40, nil))
	page := s.get(who, "/post")
	page.has(t, "Du har læst og sorteret det hele", "Når en myndighed skriver til dig")
	for i, want := range []string{"Du har ingen kladder", "Du har ikke sendt noget endnu", "Der er ikke noget i Slettet post"} {
		s.get(who, regexp.MustCompile(`/post/mappe/[0-9a-f-]+" ?[^>]*>`).FindAllString(page.text, -1)[i][:len("/post/mappe/")+36]).has(t, want)
	}
	s.get(who, "/post/vigtige").has(t, "Du har ingen vigtige beskeder", `href="/post/vigtige" aria-current="page"`)
}

// MBX-13: one document, in its own name and type, also in ranges; bytes that are
// not what they say are bytes.
func TestDownload(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, with(file("application/pdf", "Æble 100% gåde.pdf", pdf), file("application/pdf", "falsk.pdf", "Kære Anna"), file("text/html", "side.html", "<p>Hej</p>")))
	who := s.login(anna)
	a := s.get(who, "/post/"+id.String()+"/dokument/0/0")
	if a.status != http.StatusOK || a.text != pdf || a.header.Get("Content-Type") != "application/pdf" || a.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", a.status, a.header)
	}
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="_ble 100_ g_de.pdf"; filename*=UTF-8''%C3%86ble%20100%25%20g%C3%A5de.pdf` {
		t.Error(got)
	}
	part := s.get(who, "/post/"+id.String()+"/dokument/0/0", func(r *http.Request) { r.Header.Set("Range", "bytes=0-3") })
	if part.status != http.StatusPartialContent || part.text != "%PDF" {
		t.Error(part.status, part.text)
	}
	for path, want := range map[string]string{"0/0?vis": "inline", "1/0?vis": "attachment", "2/0?vis": "attachment", "1/0": "attachment"} {
		a := s.get(who, "/post/"+id.String()+"/dokument/"+path)
		how, _, _ := strings.Cut(a.header.Get("Content-Disposition"), ";")
		if how != want {
			t.Errorf("%s is served %s", path, how)
		}
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "form-action 'none'") || strings.Contains(policy, "sandbox") != (want == "attachment") {
			t.Errorf("%s is served with %q", path, policy)
		}
		if strings.HasPrefix(path, "1/") && a.header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%s is served as %s", path, a.header.Get("Content-Type"))
		}
	}
	s.get(who, "/post/"+id.String()).has(t, "data-pdf=", "js/pdf.js", "Download alle (3)", fmt.Sprintf("PDF, %d bytes", len(pdf)))
	s.get(who, "/post/"+id.String()+"?dokument=1.0").has(t, "Vi kan ikke vise falsk her. Download den i stedet.")
}

// MBX-13: all documents at once, in names that are safe to unpack, each once.
func TestDownloadAll(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, with(file("text/plain", "brev.txt", "Et"), file("text/plain", "BREV.txt", "To"), file("text/plain", "bilag.txt", "Tre"), file("text/plain", "brev.txt", "Fire")))
	a := s.get(s.login(anna), "/post/"+id.String()+"/alle.zip")
	if a.header.Get("Content-Type") != "application/zip" || !strings.Contains(a.header.Get("Content-Disposition"), "Tid hos tandl_gen.zip") {
		t.Error(a.header)
	}
	z, err := zip.NewReader(strings.NewReader(a.text), int64(len(a.text)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		if _, err := content.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Name+"="+content.String())
	}
	if text := strings.Join(got, " "); text != "brev.txt=Et BREV (2).txt=To bilag.txt=Tre brev (3).txt=Fire" {
		t.Error(text)
	}
}

// The page of an error holds the number that the log knows, and the log holds no
// path, name or letter.
func TestRequestID(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, nil).String()
	who := s.login(anna)
	s.get(who, "/post/"+id)
	a := s.get(who, "/post/"+post.NewUUID().String())
	number := a.header.Get("X-Request-Id")
	if number == "" {
		t.Fatal("no X-Request-Id")
	}
	a.has(t, number)
	log := s.log.String()
	if !strings.Contains(log, "request="+number) || !strings.Contains(log, `route="GET /post/{message}"`) || !strings.Contains(log, "status=404") {
		t.Error(log)
	}
	for _, private := range []string{id, "tandlægen", "Anna", "Prøvesen", who.Value, s.Number(anna)} {
		if strings.Contains(log, private) {
			t.Errorf("%q is in the log", private)
		}
	}
}

// Nothing on a page runs but our own files, and no other site may use it.
func TestPolicy(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, with(file("text/html", "side.html", "<p>Hej</p>"))).String()
	who := s.login(anna)
	for _, path := range []string{"/", "/post", "/post/" + id, "/hjaelp", "/menu", "/findes-ikke"} {
		a := s.get(who, path)
		policy := a.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-src " + documents, "form-action 'self' http://id.localhost", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s lacks %s: %s", path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, a.header)
		}
		if found := regexp.MustCompile(`(?i)<script>|<style| style=| on[a-z]+=|javascript:|(src|href)="https?://`).FindString(strings.ReplaceAll(a.text, documents, "")); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
	out := call(s.pages, http.MethodPost, base+"/log-ud", func(r *http.Request) {
		r.AddCookie(who)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if out.status != http.StatusForbidden {
		t.Error("another site logs people out:", out.status)
	}
}

// Guessing at log-in ends soon, for the address that guesses.
func TestLogInIsLimited(t *testing.T) {
	s := newStack(t)
	var last answer
	for range 310 { // more than an office behind one address
		last = s.get(nil, "/log-ind/findes-ikke")
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Error(last.status, last.header)
	}
	last.has(t, "Det gik for hurtigt", "Vent 1 sekund, og")
	s.Clock.Advance(2 * time.Second)
	if a := s.get(nil, "/log-ind/findes-ikke"); a.status != http.StatusNotFound {
		t.Error("after waiting:", a.status)
	}
}

// MBX-20: who logs out is out, with all open addresses.
func TestLogOut(t *testing.T) {
	s := newStack(t)
	who := s.login(s.Person("Anna", 40, nil))
	if a := s.get(who, "/post"); a.status != http.StatusOK {
		t.Fatal(a.status)
	}
	call(s.pages, http.MethodPost, base+"/log-ud", func(r *http.Request) { r.AddCookie(who) })
	if a := s.get(who, "/post"); a.status != http.StatusSeeOther {
		t.Error(a.status)
	}
	s.get(nil, "/log-ud").has(t, "Du er logget ud", "dp-top")
}

// A dead person's mailbox is nobody's.
func TestDeadPerson(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, nil).String()
	who := s.login(anna)
	number := s.Number(anna)
	s.Update(func(tx *db.Tx) error {
		return s.Registry.Save(tx, []registry.Record{{Type: "person", CPR: number, FirstName: "Anna", LastName: "Prøvesen", BirthDate: anna.Born.Format(time.DateOnly), Status: registry.Dead}})
	})
	if a := s.get(who, "/post/"+id); a.status == http.StatusOK {
		t.Error(a.status)
	}
}

// A form of many fields fills no memory: they are read as far as a letter goes.
func TestTypedHasAnEnd(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	box, err := s.Mailboxes.Enter(t.Context(), world.Actor(anna))
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Compose.Create(t.Context(), world.Actor(anna), box.UUID, compose.Edit{})
	if err != nil {
		t.Fatal(err)
	}
	for fields, want := range map[int]int{3: http.StatusOK, 10: http.StatusRequestEntityTooLarge} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for i := range fields {
			if err := form.WriteField(fmt.Sprint("felt", i), strings.Repeat("x", 399_000)); err != nil {
				t.Fatal(err)
			}
		}
		form.Close()
		a := call(s.pages, "POST", base+"/ny/"+d.Message.ID.String()+"/gem", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
			r.Header.Set("Content-Type", form.FormDataContentType())
			r.AddCookie(who)
		})
		if a.status != want {
			t.Errorf("%d fields: %d", fields, a.status)
		}
	}
}
