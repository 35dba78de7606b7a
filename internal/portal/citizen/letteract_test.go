package citizen_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/compose"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// state is how a letter is now, without opening it.
func (s *stack) state(p registry.Party, message post.UUID) mailbox.Letter {
	s.t.Helper()
	actor := world.Actor(p)
	boxes, err := s.Mailboxes.List(s.t.Context(), actor)
	if err != nil || len(boxes) == 0 {
		s.t.Fatal(boxes, err)
	}
	l, err := s.Mailboxes.Read(s.t.Context(), actor, boxes[0].UUID, message)
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// summons is a court summons with an appointment.
func summons(now time.Time) func(*memo.Message) {
	return func(m *memo.Message) {
		m.Header.LegalNotification, m.Header.Label = true, "Indkaldelse som vidne"
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Hemmeligt retsmøde", ActionCode: memo.Aftale, Reservation: &memo.Reservation{Description: "Vidne", Abstract: "Kom i god tid",
			ReservationUUID: post.NewUUID(), Location: "Tinghusvej 1", StartDateTime: now.AddDate(0, 0, 3), EndDateTime: now.AddDate(0, 0, 3).Add(time.Hour)}}}
	}
}

// SND-08: nothing serves a court summons but its reader saying so: not its page, not
// an address of what is in it. Then the letter says when, and for whom.
func TestSummonsAsksFirst(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, summons(s.Clock.Now()))
	who, path := s.login(anna), "/post/"+id.String()
	s.get(who, "/post").has(t, "Forkyndelse", "Du har en ulæst besked og ingen frister forude.")
	page := s.get(who, path)
	page.has(t, "Brevet er en forkyndelse", "Når du åbner det, er det forkyndt for dig.", "Ålhavn Kommune får besked om, at brevet er forkyndt, og hvornår.",
		"Åbn og modtag forkyndelsen", "Ikke nu", `action="`+path+`/forkyndelse"`)
	page.lacks(t, "retsmøde", "Tinghusvej", "/dokument/")
	for _, part := range []string{"/dokument/0/0", "/alle.zip", "/udskriv", "/gaa-til?dokument=0&handling=0", "/aftale.ics?dokument=0&handling=0"} {
		a := s.get(who, path+part)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != path {
			t.Errorf("%s: %d %s", part, a.status, a.header.Get("Location"))
		}
		a.lacks(t, "retsmøde")
	}
	for _, view := range []string{"?visning=fuld", "?visning=side", "?dokument=0.0"} {
		s.get(who, path+view).has(t, "Åbn og modtag forkyndelsen")
	}
	s.get(who, "/frister").lacks(t, "retsmøde", "vidne\"")
	s.get(who, path+"/slet").has(t, "Når du sletter det, er det forkyndt for dig.")
	if l := s.state(anna, id); !l.Message.Unserved() || l.Message.Read {
		t.Errorf("looking served it: %+v", l.Message)
	}
	if a := s.submit(who, path+"/forkyndelse", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != path {
		t.Error(a.status, a.header)
	}
	s.get(who, path).has(t, "Forkyndt i dag kl. 12.00 for Anna Prøvesen", "Hemmeligt retsmøde", "Tinghusvej 1")
	s.get(who, "/frister").has(t, "Hemmeligt retsmøde")
}

// MBX-10: a note stands on the letter in its banner, can be changed and taken back;
// what is too long comes back whole, with what to do.
func TestNote(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, nil)
	who, path := s.login(anna), "/post/"+id.String()
	s.get(who, path).lacks(t, "dp-note")
	a := s.submit(who, path+"/note", url.Values{"note": {" Ring til farmor\r\n<b>i morgen</b> "}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != path {
		t.Fatal(a.status, a.header)
	}
	s.get(who, path).has(t, "dp-note", "Ring til farmor\n&lt;b&gt;i morgen&lt;/b&gt;", "Kun du kan se noten", "Redigér note")
	if note := s.state(anna, id).Note; note != "Ring til farmor\n<b>i morgen</b>" {
		t.Errorf("%q", note)
	}
	long := strings.Repeat("æ", mailbox.MaxNote+1)
	a = s.submit(who, path+"/note", url.Values{"note": {long}})
	if a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
	a.has(t, "<title>Fejl: Redigér note", "Noten har 4.001 tegn, og der er plads til 4.000. Kort den af", long, `aria-invalid="true"`)
	if a := s.submit(who, path+"/note", url.Values{"note": {long[2:]}}); a.status != http.StatusSeeOther {
		t.Error("a note of 4,000 characters:", a.status)
	}
	s.submit(who, path+"/note", url.Values{"note": {"x"}, "slet": {"1"}})
	if note := s.state(anna, id).Note; note != "" {
		t.Errorf("%q", note)
	}
}

// SND-03: a thing is marked done and not done after all, and the list knows.
func TestSettle(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	now := s.Clock.Now()
	id := s.send(anna, func(m *memo.Message) {
		m.Header.Reply, m.Header.ReplyByDateTime = true, now.AddDate(0, 0, 5)
		m.Body.MainDocument.Actions = []memo.Action{
			{Label: "Betal 100 kr.", ActionCode: memo.Betaling, EndDateTime: now.AddDate(0, 0, 9), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.dk"}},
			{Label: "Læs mere", ActionCode: memo.Information, EntryPoint: &memo.EntryPoint{URL: "https://www.example.dk"}},
		}
	})
	who, path := s.login(anna), "/post/"+id.String()
	page := s.get(who, path)
	page.has(t, "Markér som klaret")
	if n := strings.Count(page.text, "Markér som klaret"); n != 2 { // there is nothing to be done about what is only to be read
		t.Errorf("%d buttons", n)
	}
	pay := url.Values{"dokument": {"0"}, "handling": {"0"}, "klaret": {"1"}, "tilbage": {"/frister"}}
	if a := s.submit(who, path+"/klaret", pay); a.status != http.StatusSeeOther || a.header.Get("Location") != "/frister" {
		t.Fatal(a.status, a.header)
	}
	s.get(who, path).has(t, "Klaret 22. nov.", "Ikke klaret alligevel")
	s.get(who, "/frister").lacks(t, "Betal 100 kr.")
	s.get(who, "/frister?klarede").has(t, "Betal 100 kr.", "Klaret 22. nov.")
	s.submit(who, path+"/klaret", url.Values{"dokument": {"-1"}, "handling": {"0"}, "klaret": {"1"}})
	s.get(who, "/post").has(t, "Klaret 22. nov.")
	pay.Set("klaret", "0")
	s.submit(who, path+"/klaret", pay)
	s.get(who, "/frister").has(t, "Betal 100 kr.")
	for _, bad := range []url.Values{{}, {"dokument": {"0"}, "handling": {"9"}, "klaret": {"1"}}, {"dokument": {"x"}, "handling": {"0"}, "klaret": {"1"}}, {"dokument": {"0"}, "handling": {"0"}, "klaret": {"2"}},
		{"dokument": {"-1"}, "handling": {"1"}, "klaret": {"1"}}} {
		if a := s.submit(who, path+"/klaret", bad); a.status != http.StatusNotFound {
			t.Errorf("%v: %d", bad, a.status)
		}
	}
	pay.Set("tilbage", "https://ond.example/post/")
	if a := s.submit(who, path+"/klaret", pay); a.header.Get("Location") != path {
		t.Error("led away:", a.header.Get("Location"))
	}
}

// SND-03: an appointment as a file for a calendar.
func TestAppointmentFile(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	start := s.Clock.Now().AddDate(0, 0, 3)
	id := s.send(anna, func(m *memo.Message) {
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Besøg", ActionCode: memo.Aftale, Reservation: &memo.Reservation{Description: "Besøg hos os", ReservationUUID: post.NewUUID(), Abstract: "Tag sko med",
			Location: "Ærøvej 8, 9999 Ålhavn", StartDateTime: start, EndDateTime: start.Add(45 * time.Minute)}}}
	})
	who, path := s.login(anna), "/post/"+id.String()
	a := s.get(who, path+"/aftale.ics?dokument=0&handling=0")
	if a.header.Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.Contains(a.header.Get("Content-Disposition"), "attachment") {
		t.Error(a.header)
	}
	a.has(t, "BEGIN:VCALENDAR\r\n", fmt.Sprintf("UID:%s-1-0@digitalpost\r\n", id), "DTSTART:"+start.UTC().Format("20060102T150405Z"), `LOCATION:Ærøvej 8\, 9999 Ålhavn`, "SUMMARY:Aftale: Tid hos tandlægen", "URL:"+base+path)
	for _, bad := range []string{"", "?dokument=0&handling=1", "?dokument=x&handling=0", "?dokument=-1&handling=0"} {
		for _, part := range []string{"/aftale.ics", "/gaa-til"} {
			if a := s.get(who, path+part+bad); a.status != http.StatusNotFound {
				t.Errorf("%s%s: %d", part, bad, a.status)
			}
		}
	}
	if a := s.get(who, path+"/gaa-til?dokument=0&handling=0"); a.status != http.StatusNotFound {
		t.Error("an appointment leads nowhere:", a.status)
	}
	s.Clock.Advance(4 * 24 * time.Hour)
	after := s.get(s.login(anna), path)
	after.has(t, "is-past")
	after.lacks(t, "Føj til kalender", "Markér som klaret", "overskredet")
}

// MBX-02: documents are zoomed, shown alone on the screen and two side by side, all
// without script.
func TestZoomAndFullScreen(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, with(file("text/html", "brev.html", "<p>Kære Anna</p>"), file("application/pdf", "bilag.pdf", pdf)))
	who, path := s.login(anna), "/post/"+id.String()
	s.get(who, path).has(t, "?dokument=0.0&amp;zoom=125", "?dokument=0.0&amp;zoom=75", "visning=fuld", `data-key="+"`)
	if at := s.frame(who, path+"?zoom=150"); !strings.HasSuffix(at, "?zoom=150") {
		t.Error(at)
	} else {
		s.document(at).has(t, "main{zoom:150%}", "Kære Anna")
	}
	for _, bad := range []string{"7", "151", "x", "-100"} {
		if at := s.frame(who, path+"?zoom="+bad); strings.Contains(at, "zoom") {
			t.Errorf("zoom %s: %s", bad, at)
		}
	}
	full := s.get(who, path+"?visning=fuld&dokument=1.0&zoom=300&sorter=titel")
	full.has(t, "dp-full", "Luk fuldskærm", `href="`+path+`?dokument=1.0&amp;sorter=titel"`, `data-percent="300"`, "vis#zoom=300")
	full.lacks(t, "dp-listcol", `data-zoom="1"`)
	side := s.get(who, path+"?visning=side&dokument=1.0")
	side.has(t, "dp-full__show--two", "dp-frame", `data-pdf="`+path+`/dokument/1/0"`)
}

// MBX-14: the letter is printed with its head and the documents that were chosen;
// hostile HTML is harmless on that page too.
func TestPrint(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, with(file("text/html", "brev.html", strings.Replace(hostile, "<h1>", `<h1 style="color: red; position: fixed" class="dp-toast">`, 1)),
		file("text/plain", "note.txt", "Blåbær <b>koster</b>"), file("application/pdf", "bilag.pdf", pdf)))
	who, path := s.login(anna), "/post/"+id.String()+"/udskriv"
	a := s.get(who, path)
	a.has(t, "Tid hos tandlægen", "<dd>Ålhavn Kommune</dd>", "<dd>Anna Prøvesen</dd>", "Kære Anna", `style="color: red"`, "<pre>Blåbær &lt;b&gt;koster&lt;/b&gt;</pre>", `data-all`)
	a.lacks(t, "alert(", "onload", "ond.example", "<iframe", `class="dp-toast">Kære`, "position: fixed")
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || !strings.HasSuffix(policy, "; style-src-attr 'unsafe-inline'") {
		t.Error(policy)
	}
	some := s.get(who, path+"?dokument=&dokument=1.0")
	some.has(t, "Blåbær")
	some.lacks(t, "Kære Anna", "data-pdf")
	s.get(who, path+"?dokument=").lacks(t, "Blåbær", "Kære Anna")
}

// MBX-04, SND-04: a letter and its answer stand together, in the order of time; the
// answer says whom it went to and how far it has come, and a draft is written on.
func TestConversation(t *testing.T) {
	s := newStack(t)
	s.Recipient(s.authority)
	anna := s.Person("Anna", 40, nil)
	one := s.send(anna, func(m *memo.Message) { m.Header.Reply, m.Header.Label = true, "Vi mangler et bilag" })
	who := s.login(anna)
	s.get(who, "/post/"+one.String()).lacks(t, "dp-thread")
	actor, box := world.Actor(anna), s.state(anna, one).Mailbox.UUID
	draft, err := s.Compose.Reply(t.Context(), actor, box, one)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.get(who, "/post/"+draft.Message.ID.String()); a.header.Get("Location") != "/ny/"+draft.Message.ID.String() {
		t.Error("a draft leads to", a.header.Get("Location"))
	}
	if _, err := s.Compose.Save(t.Context(), actor, box, draft.Message.ID, compose.Known{}, compose.Edit{Text: new("Her er det")}); err != nil {
		t.Fatal(err)
	}
	sent, err := s.Compose.Send(t.Context(), actor, box, draft.Message.ID, compose.Known{})
	if err != nil {
		t.Fatal(err)
	}
	page := s.get(who, "/post/"+one.String())
	page.has(t, "1 anden besked i samtalen", "Ålhavn Kommune skrev", "Du skrev", "denne besked", `href="/post/`+sent.ID.String()+`">SV: Vi mangler et bilag`, "Du svarede i dag kl. 12.00")
	if strings.Index(page.text, "Ålhavn Kommune skrev") > strings.Index(page.text, "Du skrev") {
		t.Error("the answer stands before the letter")
	}
	own := s.get(who, "/post/"+sent.ID.String())
	own.has(t, "<strong>Dig</strong>", "til Ålhavn Kommune", "Leveret i Ålhavn Kommunes postkasse i dag kl. 12.00. Deres system har ikke hentet den endnu")
	own.lacks(t, "/besvar")
}

// MBX-15: an open letter is told what was done to it elsewhere.
func TestLetterHearsOfChanges(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	id := s.send(anna, nil)
	who, path := s.login(anna), "/post/"+id.String()
	known := regexp.MustCompile(`data-known="([^"]+)"`)
	ask := func(page answer) answer {
		t.Helper()
		return s.get(who, path+"/tilstand?"+strings.ReplaceAll(known.FindStringSubmatch(page.text)[1], "&amp;", "&"), func(r *http.Request) { r.Header.Set("Accept", "text/event-stream") })
	}
	do := func(fields url.Values) {
		t.Helper()
		fields.Set("besked", id.String())
		if a := s.submit(who, "/post/handling", fields); a.status != http.StatusSeeOther {
			t.Fatal(fields, a.status, a.text)
		}
	}
	page := s.get(who, path)
	ask(page).has(t, `"said":""`, `"away":false`)
	do(url.Values{"handling": {"vigtig"}})
	ask(page).has(t, "Beskeden er markeret som vigtig et andet sted.", `"away":false`)
	page = s.get(who, path)
	do(url.Values{"handling": {"ulaest"}})
	ask(page).has(t, "Beskeden er markeret som ulæst et andet sted.", `"away":true`)
	page = s.get(who, path)
	do(url.Values{"handling": {"slet"}})
	ask(page).has(t, "Beskeden er flyttet til Slettet post et andet sted.", `"away":true`)
	page = s.get(who, path)
	page.has(t, "Beskeden ligger i Slettet post.", "Gendan")
	s.get(who, path+"/slet").has(t, "Vil du slette beskeden for altid?", "Hverken du eller vi kan hente den tilbage.", "button-warning")
	do(url.Values{"handling": {"slet-for-altid"}, "bekraeft": {"1"}})
	ask(page).has(t, "Beskeden er slettet for altid et andet sted.", `"gone":true`)
}

// Nobody does anything with another's letter, and nothing tells that it is there; no
// other site sends a form for its reader.
func TestOnlyOnesOwnLetter(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	id := s.send(anna, func(m *memo.Message) {
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal 100 kr.", ActionCode: memo.Betaling, EndDateTime: s.Clock.Now().AddDate(0, 0, 9), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.dk"}}}
	})
	s.send(bo, nil)
	path, stranger := "/post/"+id.String(), s.login(bo)
	for _, part := range []string{"", "/flyt", "/slet", "/note", "/udskriv", "/gaa-til?dokument=0&handling=0", "/aftale.ics?dokument=0&handling=0", "?visning=fuld"} {
		a := s.get(stranger, path+part)
		if a.status != http.StatusNotFound {
			t.Errorf("%s for a stranger: %d", part, a.status)
		}
		a.lacks(t, "tandlægen", "Betal")
		if a := s.get(nil, path+part); a.status != http.StatusSeeOther {
			t.Errorf("%s for nobody: %d", part, a.status)
		}
	}
	s.get(stranger, path+"/tilstand?version=1").has(t, `"gone":true`)
	settled := url.Values{"dokument": {"0"}, "handling": {"0"}, "klaret": {"1"}}
	for part, fields := range map[string]url.Values{"/note": {"note": {"hov"}}, "/klaret": settled, "/forkyndelse": nil} {
		if a := s.submit(stranger, path+part, fields); a.status != http.StatusNotFound {
			t.Errorf("%s by a stranger: %d", part, a.status)
		}
		if a := s.submit(s.login(anna), path+part, fields, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); a.status != http.StatusForbidden {
			t.Errorf("%s from another site: %d", part, a.status)
		}
	}
	if l := s.state(anna, id); l.Note != "" || l.Action(0, 0).Code != mailbox.ActionReceived || l.Message.Read {
		t.Errorf("%+v", l)
	}
}
