package citizen_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// asks has a letter ask for something by a date.
func asks(label string, code memo.ActionCode, until time.Time) func(*memo.Message) {
	return func(m *memo.Message) {
		m.Header.Label = "Brev: " + label
		m.Body.MainDocument.Actions = []memo.Action{{Label: label, ActionCode: code, EndDateTime: until, EntryPoint: &memo.EntryPoint{URL: "https://www.example.dk"}}}
	}
}

// SND-03: the page says what was missed, what is next, and what comes later, soonest
// first, with one main button; what has been is nobody's fault.
func TestDeadlines(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	now := s.Clock.Now()
	s.send(anna, asks("Betal i går", memo.Betaling, now.AddDate(0, 0, 1)))
	s.send(anna, asks("Læs i går", memo.Information, now.AddDate(0, 0, 1)))
	s.send(anna, func(m *memo.Message) {
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Mødet er holdt", ActionCode: memo.Aftale, Reservation: &memo.Reservation{Description: "x", Abstract: "x", ReservationUUID: post.NewUUID(),
			Location: "Her", StartDateTime: now.AddDate(0, 0, 1), EndDateTime: now.AddDate(0, 0, 1).Add(time.Hour)}}}
	})
	s.send(anna, asks("Skriv under senere", memo.Underskriv, now.AddDate(0, 0, 30)))
	reply := s.send(anna, func(m *memo.Message) { m.Header.Reply, m.Header.ReplyByDateTime = true, now.AddDate(0, 0, 5) })
	s.Clock.Advance(48 * time.Hour)
	who := s.login(anna)
	page := s.get(who, "/frister")
	page.has(t, "<title>Frister – Digital Post</title>", `aria-current="page" data-key="g f"`, "Fristen var mandag den 23. november, i går · Ålhavn Kommune", "Senest fredag den 27. november, om 3 dage · Ålhavn Kommune",
		"Svar på: Tid hos tandlægen", `button-primary" href="/post/`+reply.String()+`/besvar"`, "Abonnér i din kalender")
	page.lacks(t, "Læs i går", "Mødet er holdt")
	at := 0
	for _, text := range []string{"Overskredet", "Betal i går", "Næste 7 dage", "Svar på: Tid", "Senere", "Skriv under senere"} {
		next := strings.Index(page.text[at:], text)
		if next < 0 {
			t.Fatalf("%q is missing, or too early", text)
		}
		at += next
	}
	if n := strings.Count(page.text[strings.Index(page.text, "<main"):], "button-primary"); n != 1 {
		t.Errorf("%d main buttons", n)
	}
	sign := s.get(who, "/frister?vis=underskrift")
	sign.has(t, "Skriv under senere", `href="/frister?vis=underskrift" aria-current="true"`)
	sign.lacks(t, "Betal i går", "Svar på:")
	s.get(who, "/frister?vis=aftale").has(t, "Du har ingen frister forude")
	s.get(who, "/frister?klarede").has(t, "Du har ikke markeret noget som klaret")
	if a := s.get(who, "/frister?vis=x"); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
	s.get(who, "/frister", english).has(t, "The deadline was Monday 23 November, yesterday", "Next 7 days")
}

var feedAddress = regexp.MustCompile(`value="(` + base + `/kalender/[^"]+\.ics)"`)

// SND-03: a link for a calendar is made, shown once, read without a log-in, and ends
// when its owner says so.
func TestCalendarLink(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	id := s.send(anna, asks("Betal 100 kr.", memo.Betaling, s.Clock.Now().AddDate(0, 0, 9)))
	s.send(anna, summons(s.Clock.Now()))
	who := s.login(anna)
	made := s.submit(who, "/kalender", url.Values{"navn": {"Annas ur"}})
	found := feedAddress.FindStringSubmatch(made.text)
	if made.status != http.StatusOK || found == nil {
		t.Fatal(made.status, made.text)
	}
	path := strings.TrimPrefix(found[1], base)
	made.has(t, "Kopiér det nu.", "Annas ur", "Ikke hentet endnu")
	s.get(who, "/kalender").lacks(t, path)

	feed := s.get(nil, path)
	if feed.status != http.StatusOK || feed.header.Get("Content-Type") != "text/calendar; charset=utf-8" || feed.header.Get("Cache-Control") != "no-store" || feed.header.Get("Set-Cookie") != "" {
		t.Error(feed.status, feed.header)
	}
	feed.has(t, "BEGIN:VCALENDAR", "DTSTART;VALUE=DATE:20261201", "SUMMARY:Betal senest: Brev: Betal 100 kr.", "UID:"+id.String()+"-1-0@digitalpost", "Ålhavn Kommune", "URL:"+base+"/post/"+id.String())
	feed.lacks(t, "retsmøde", "vidne", "example.dk")
	if l := s.state(anna, id); l.Message.Read {
		t.Error("reading the calendar marked the letter")
	}
	page := s.get(who, "/kalender")
	page.has(t, "Sidst hentet i dag kl. 12.00")
	stop := regexp.MustCompile(`/kalender/[0-9a-f-]+/stop`).FindString(page.text)
	s.get(who, stop).has(t, "Vil du stoppe linket?", "button-warning")

	other := s.login(bo)
	s.get(other, "/kalender").lacks(t, "Annas ur")
	if a := s.submit(other, stop, nil); a.status != http.StatusNotFound {
		t.Error("another ended it:", a.status)
	}
	if a := s.submit(who, stop, nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); a.status != http.StatusForbidden {
		t.Error("another site ended it:", a.status)
	}
	s.then(who, s.do(who, stop, nil)).has(t, "Linket er stoppet.")
	if a := s.get(nil, path); a.status != http.StatusNotFound {
		t.Error("it goes on:", a.status)
	}
	if log := s.log.String(); strings.Contains(log, strings.TrimSuffix(strings.TrimPrefix(path, "/kalender/"), ".ics")) {
		t.Error("the log holds the secret of a link")
	}
	if a := s.submit(who, "/kalender", url.Values{"navn": {strings.Repeat("æ", 61)}}); a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
}

// Who guesses at links is held back, and a program that reads one again and again.
func TestCalendarLinkIsLimited(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	path := strings.TrimPrefix(feedAddress.FindStringSubmatch(s.submit(who, "/kalender", nil).text)[1], base)
	var last answer
	for range 31 {
		last = s.get(nil, path)
	}
	if last.status != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Error(last.status, last.header)
	}
	s.Clock.Advance(2 * time.Minute)
	if a := s.get(nil, path); a.status != http.StatusOK {
		t.Error("after waiting:", a.status)
	}
	for range 40 {
		last = s.get(nil, "/kalender/gaet.ics")
	}
	if last.status != http.StatusTooManyRequests {
		t.Error("guessing:", last.status)
	}
}

// A dead person's calendar shows nothing, from the moment on.
func TestCalendarLinkOfTheDead(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	s.send(anna, asks("Betal 100 kr.", memo.Betaling, s.Clock.Now().AddDate(0, 0, 9)))
	path := strings.TrimPrefix(feedAddress.FindStringSubmatch(s.submit(s.login(anna), "/kalender", nil).text)[1], base)
	s.get(nil, path).has(t, "Betal senest")
	number := s.Number(anna)
	s.Update(func(tx *db.Tx) error {
		return s.Registry.Save(tx, []registry.Record{{Type: "person", CPR: number, FirstName: "Anna", LastName: "Prøvesen", BirthDate: anna.Born.Format(time.DateOnly), Status: registry.Dead}})
	})
	a := s.get(nil, path)
	if a.status != http.StatusNotFound {
		t.Error(a.status)
	}
	a.lacks(t, "Betal")
}
