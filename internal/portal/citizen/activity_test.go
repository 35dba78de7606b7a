package citizen_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/memo"
)

// ACC-16, ACC-05: the owner reads who did what in the mailbox, looks through it without
// script, sees what happened with one letter, and takes the log away as a file; one with
// read access reads it under the owner's mailbox, and one without finds nothing.
func TestTheActivityLog(t *testing.T) {
	s := newStack(t)
	anna, bent, carl, dora := s.Person("Anna", 40, nil), s.Person("Bent", 40, nil), s.Person("Carl", 40, nil), s.Person("Dora", 40, nil)
	who, helper, stranger, chosen := s.login(anna), s.login(bent), s.login(carl), s.login(dora)
	id := s.send(anna, func(m *memo.Message) { m.Header.Label = "Plads i <Fjordglimt>" }).String()
	there := "/postkasse/" + s.box(anna).String()
	s.Clock.Advance(time.Minute)
	s.Give(rights.Right{Mailbox: anna.ID, Holder: bent.ID, Relation: access.Reader})
	s.Give(rights.Right{Mailbox: anna.ID, Holder: dora.ID, Relation: access.SenderReader, Senders: []post.PartyID{s.authority.ID}})
	s.get(who, "/post/"+id)
	s.Clock.Advance(time.Minute)
	s.get(helper, there+"/post/"+id)
	s.post(helper, there+"/post/handling", url.Values{"handling": {"vigtig"}, "besked": {id}})
	s.get(stranger, there+"/post/"+id)

	log := s.get(who, "/aktivitet")
	const letter = `<a href="/post/ID">Plads i &lt;Fjordglimt&gt;</a>`
	at := func(prefix string) string {
		return strings.Replace(strings.Replace(letter, "ID", id, 1), "/post", prefix+"/post", 1)
	}
	log.has(t, "<h1", "Aktivitetslog", "Alt, hvad der er sket i din postkasse", "I dag, ", "Åbnede "+at(""), "Sendte dig "+at(""), "<strong>Bent Prøvesen</strong> på dine vegne",
		`<span class="dp-log__by">læseadgang</span>`, "Ændrede mærket »Vigtig« på "+at(""), "En person uden adgang", "Forsøgte at åbne din post og blev afvist", "borger.dk", "Loggede ind med MitID",
		"Gav Bent Prøvesen læseadgang", `name="hvem"`, `>Bent Prøvesen</option>`, `href="/aktivitet.csv"`)
	log.lacks(t, "Carl") // who was refused is not named
	s.get(who, "/post/"+id).has(t, `href="/aktivitet?brev=`+id+`"`, "Vis historik")
	s.get(who, "/menu").has(t, `href="/aktivitet"`)

	mark := func(text, name string) string {
		_, rest, _ := strings.Cut(text, `<option value="`)
		for _, option := range strings.Split(rest, `<option value="`) {
			if value, after, _ := strings.Cut(option, `"`); strings.Contains(after, ">"+name+"<") {
				return value
			}
		}
		t.Fatal("nobody is called", name)
		return ""
	}
	filtered := s.get(who, "/aktivitet?hvem="+mark(log.text, "Bent Prøvesen")+"&hvad=laest&hvornaar=alt&hvor=borger")
	filtered.has(t, "Åbnede "+at(""), `selected>Bent Prøvesen</option>`, `selected>Læst</option>`, `selected>Hele tiden</option>`, `selected>borger.dk</option>`)
	filtered.lacks(t, "Vigtig", "Sendte dig", "Loggede ind")
	s.get(who, "/aktivitet?hvad=slettet").has(t, "Her er ikke noget at vise")
	history := s.get(who, "/aktivitet?brev="+id)
	history.has(t, "<h1", "Historik", "Plads i &lt;Fjordglimt&gt;", "Tilbage til beskeden", "Sendte dig", "Åbnede")
	history.lacks(t, "Loggede ind", "Gav Bent")
	for _, wrong := range []string{"hvem=x", "hvad=alting", "hvornaar=i%20g%C3%A5r", "hvornaar=99999", "brev=1", "foer=x", "brev=" + post.NewUUID().String()} {
		if a := s.get(who, "/aktivitet?"+wrong); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, a.status)
		}
	}

	theirs := s.get(helper, there+"/aktivitet")
	theirs.has(t, "Det, der er sket i postkassen", "på vegne af Anna Prøvesen", "Åbnede "+at(there), ">Du</strong>", "Sendte "+at(there), `action="`+there+`/aktivitet"`, `href="`+there+`/aktivitet.json"`)
	theirs.lacks(t, "Loggede ind", "En person uden adgang", "Dora", ">Log ind</option>", ">Afvist</option>")
	if a := s.get(stranger, there+"/aktivitet"); a.status != http.StatusNotFound {
		t.Error("a stranger:", a.status)
	}
	if a := s.get(chosen, there+"/aktivitet"); a.status != http.StatusForbidden {
		t.Error("one who reads chosen senders' post:", a.status)
	}
	s.get(chosen, there+"/post").lacks(t, there+"/aktivitet")

	file := s.get(who, "/aktivitet.csv?hvad=laest")
	if disposition := file.header.Get("Content-Disposition"); !strings.HasPrefix(disposition, `attachment; filename="aktivitetslog-`) || !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") {
		t.Error(file.header)
	}
	file.has(t, "\ufeffTid;Hvem;", ";Bent Prøvesen;Anna Prøvesen;læseadgang;Åbnede Plads i <Fjordglimt>;")
	file.lacks(t, "LOG_IN")
	var all struct {
		Events []struct{ Event, What string }
	}
	if err := json.Unmarshal([]byte(s.get(who, "/aktivitet.json").text), &all); err != nil || len(all.Events) < 8 || all.Events[0].Event != "LOG_EXPORTED" || all.Events[0].What != "Hentede aktivitetsloggen som fil" {
		t.Errorf("%v %+v", err, all.Events)
	}
	if a := s.get(chosen, there+"/aktivitet.csv"); a.status != http.StatusForbidden || strings.Contains(a.text, ";") && strings.Contains(a.text, "Åbnede") {
		t.Error("a file for one who may not:", a.status)
	}
}
