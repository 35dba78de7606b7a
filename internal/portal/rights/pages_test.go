package rights_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/appointment"
	"digitalpost/internal/company"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// What an administrator gives works at once and is gone at once; what is missing in a
// form is said where it is missing; the last administrator stays (ORG-01).
func TestEmployees(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	s.Deliver(s.Operator, s.firm, nil)
	s.get(s.anna, "/enheder").is(t, http.StatusSeeOther) // to the only one
	s.get(s.anna, s.at("")).is(t, http.StatusOK, "Medarbejdere i Hemmeligt Firma ApS", "Anna Prøvesen", "Bo Prøvesen", "Bodil Prøvesen", "1-3 af 3 medarbejdere")
	found := s.get(s.anna, s.at("?q=1002"))
	found.is(t, http.StatusOK, "Bo Prøvesen")
	found.lacks(t, "Bodil Prøvesen")
	s.get(s.anna, s.at("?ret=administrator")).lacks(t, "Bo Prøvesen")
	s.get(s.anna, s.at("?q=ingen+hedder+det")).is(t, http.StatusOK, "Vi fandt ingen")

	bo := s.at("/medarbejder/" + s.member(s.bo).UUID.String())
	s.get(s.anna, bo).is(t, http.StatusOK, "Bo Prøvesen", `name="ret-employee.basic"`)
	reads := func() bool {
		t.Helper()
		boxes, err := s.Mailboxes.List(t.Context(), world.Employee(s.bo.person, s.firm))
		if err != nil {
			t.Fatal(err)
		}
		if len(boxes) != 1 {
			return false
		}
		_, err = s.Mailboxes.Messages(t.Context(), world.Employee(s.bo.person, s.firm), boxes[0].UUID, mailbox.Query{})
		return err == nil
	}
	for form, want := range map[string]string{
		"aldrig=1": "Vælg mindst én adgang", "ret-employee.basic=1": "Skriv en sidste dag",
		"ret-employee.basic=1&til-dag=31&til-maaned=2&til-aar=2099": "Datoen findes ikke", "ret-employee.basic=1&til-dag=1&til-maaned=1&til-aar=2001": "Sidste dag skal ligge i fremtiden",
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		s.post(s.anna, bo, values).is(t, http.StatusUnprocessableEntity, "fejl i formularen", want)
	}
	if reads() {
		t.Fatal("a form with mistakes gives")
	}
	s.post(s.anna, bo, url.Values{"ret-employee.basic": {"1"}, "aldrig": {"1"}}).is(t, http.StatusSeeOther)
	if !reads() {
		t.Error("what is given does not work")
	}
	s.get(s.anna, bo+"/fjern?ret=employee.basic").is(t, http.StatusOK, "Bo Prøvesen", `value="employee.basic"`)
	s.get(s.anna, bo+"/fjern?ret=employee.write").is(t, http.StatusNotFound) // which they do not have
	s.post(s.anna, bo+"/fjern", url.Values{"ret": {"employee.basic"}}).is(t, http.StatusSeeOther)
	if reads() {
		t.Error("what is taken works")
	}
	anna := s.at("/medarbejder/" + s.member(s.anna).UUID.String())
	s.post(s.anna, anna+"/fjern", url.Values{"ret": {"administrator"}}).is(t, http.StatusUnprocessableEntity, "mindst én rettighedsadministrator uden slutdato")
	if !s.has(s.anna, access.Administrator) {
		t.Error("the last administrator is gone")
	}
	log := s.get(s.anna, s.at("/log"))
	log.is(t, http.StatusOK, "Gav Bo Prøvesen læseadgang", "Fjernede Bo Prøvesens læseadgang")
	log.lacks(t, "%!", "{p}", "log.")
	// Who gives up the role is led away from what is not theirs any more.
	s.post(s.anna, bo, url.Values{"ret-administrator": {"1"}, "aldrig": {"1"}}).is(t, http.StatusSeeOther)
	if !s.has(s.bo, access.EmployeeAdvanced) {
		t.Error("a new administrator does not read")
	}
	if got := s.post(s.anna, anna+"/fjern", url.Values{"ret": {"administrator"}}); got.status != http.StatusSeeOther || got.header.Get("Location") != "/enheder" {
		t.Error(got.status, got.header)
	}
	s.get(s.anna, s.at("")).is(t, http.StatusNotFound)
}

// A list says by line what is wrong with it, and changes nothing until it is right and
// was looked at as it is then (ORG-01).
func TestLists(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	read := func(list string, form url.Values) answer {
		t.Helper()
		return s.ask(s.anna, http.MethodPost, s.at("/liste"), form, "fil", []byte(list))
	}
	for list, want := range map[string]string{
		"":                         "Filen har ingen linjer",
		"Medarbejdernummer;Navn\n": "Filen mangler en af kolonnerne",
		"Medarbejdernummer;Enhedens CVR-nummer;Rettighed\n": "Filen har ingen linjer",
		"Medarbejdernummer;Enhedens CVR-nummer;Rettighed\n" + strings.Repeat("1002;"+s.Number(s.firm)+";Læseadgang\n", company.MaxLines+1): "højst have 20.000 linjer",
	} {
		read(list, nil).is(t, http.StatusUnprocessableEntity, want)
	}
	s.post(s.anna, s.at("/liste"), url.Values{}).is(t, http.StatusUnprocessableEntity, "Vælg en fil")

	cvr, others := s.Number(s.firm), s.Number(s.other)
	made := read("Medarbejdernummer;Enhedens CVR-nummer;Rettighed;Sidste dag\n"+
		"1002;"+cvr+";Ejer;\n9999;"+cvr+";Læseadgang;\n1002;"+others+";Læseadgang;\n1002;"+cvr+";Læseadgang;31-02-2099\n1002;"+cvr+";Læseadgang;\n", nil)
	made.is(t, http.StatusSeeOther)
	wrong := s.get(s.anna, made.header.Get("Location"))
	wrong.is(t, http.StatusOK, "Der er fejl i listen", "Linje 2", "Rettigheden skal være", "Ejer", "Linje 3", "Ingen ansat har medarbejdernummeret", "Linje 4", "ikke en enhed, du administrerer", "Linje 5", "Datoen findes ikke")
	wrong.lacks(t, "Linje 6", "Gennemfør ændringerne", s.other.Name)
	s.post(s.anna, made.header.Get("Location"), url.Values{"aftryk": {"x"}}).is(t, http.StatusUnprocessableEntity)
	if s.has(s.bo, access.EmployeeBasic) {
		t.Fatal("a list with mistakes gives")
	}

	made = read("Medarbejdernummer,Enhedens CVR-nummer,Rettighed\n1002,"+cvr+",Læseadgang\n", url.Values{"hele": {"1"}})
	s.get(s.bo, made.header.Get("Location")).is(t, http.StatusNotFound)
	draft := s.get(s.anna, made.header.Get("Location"))
	draft.is(t, http.StatusOK, "1 adgang bliver givet", "1 adgang bliver fjernet", "Bo Prøvesen", "Anna Prøvesen", "Rettighedsadministrator", "Gennemfør ændringerne")
	seen := regexp.MustCompile(`name="aftryk" value="(\w+)"`).FindStringSubmatch(draft.text)
	if seen == nil {
		t.Fatal(draft.text)
	}
	s.post(s.anna, made.header.Get("Location"), url.Values{"aftryk": seen[1:]}).is(t, http.StatusUnprocessableEntity, "mindst én rettighedsadministrator uden slutdato")

	made = read("Medarbejdernummer;Enhedens CVR-nummer;Rettighed\n1002;"+cvr+";Læse- og skriveadgang\n", nil)
	draft = s.get(s.anna, made.header.Get("Location"))
	seen = regexp.MustCompile(`name="aftryk" value="(\w+)"`).FindStringSubmatch(draft.text)
	s.Give(rights.Right{Mailbox: s.firm.ID, Holder: s.bo.person.ID, Organisation: s.firm.ID, Relation: access.EmployeeWrite, To: s.Clock.Now().AddDate(0, 1, 0)})
	s.post(s.anna, made.header.Get("Location"), url.Values{"aftryk": seen[1:]}).is(t, http.StatusUnprocessableEntity, "En anden har ændret noget imens")
	again := s.get(s.anna, made.header.Get("Location"))
	again.is(t, http.StatusOK, "får andre dage")
	seen = regexp.MustCompile(`name="aftryk" value="(\w+)"`).FindStringSubmatch(again.text)
	s.post(s.anna, made.header.Get("Location"), url.Values{"aftryk": seen[1:]}).is(t, http.StatusSeeOther)
	s.get(s.anna, made.header.Get("Location")).is(t, http.StatusNotFound) // it is done
	out := s.get(s.anna, s.at("/rettigheder.csv"))
	out.is(t, http.StatusOK, "1002;Bo Prøvesen;"+cvr+";"+cvr+";Hemmeligt Firma ApS;Læse- og skriveadgang;;")
	if got := out.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || !strings.Contains(got, ".csv") {
		t.Error(got)
	}
}

// An employee asks, an administrator answers, and nobody answers themselves (ORG-01).
func TestRequests(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	s.get(s.bo, "/enheder").is(t, http.StatusSeeOther) // to what they have
	s.get(s.bo, "/mine").is(t, http.StatusOK, "Mine adgange", "Hemmeligt Firma ApS")
	for form, want := range map[string]string{
		"aldrig=1": "Vælg mindst én adgang", "ret-employee.basic=1&aldrig=1&cvr=123": "CVR-nummeret skal have 8 cifre",
		"ret-employee.basic=1&aldrig=1&cvr=" + s.Number(s.other):                       "Ingen i din virksomhed administrerer",
		"ret-employee.basic=1&aldrig=1&note=" + strings.Repeat("x", company.MaxNote+1): "højst have 1.000 tegn",
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		s.post(s.bo, "/mine/bed", values).is(t, http.StatusUnprocessableEntity, want)
	}
	wish := url.Values{"ret-employee.basic": {"1"}, "aldrig": {"1"}, "note": {"Jeg passer posten <b>"}}
	s.post(s.bo, "/mine/bed", wish).is(t, http.StatusSeeOther)
	s.post(s.bo, "/mine/bed", wish).is(t, http.StatusUnprocessableEntity, "venter på svar")
	s.get(s.anna, s.at("")).is(t, http.StatusOK, "Se anmodningerne")
	page := regexp.MustCompile(s.at("/anmodning/") + `[\w-]+`).FindString(s.get(s.anna, s.at("/anmodninger")).text)
	s.get(s.anna, page).is(t, http.StatusOK, "Bo Prøvesen beder om adgang", "Jeg passer posten &lt;b&gt;")
	s.post(s.anna, page, url.Values{"svar": {"måske"}}).is(t, http.StatusBadRequest)
	s.post(s.anna, page, url.Values{"svar": {"afvis"}, "version": {"1"}, "svar-tekst": {strings.Repeat("x", company.MaxNote+1)}}).is(t, http.StatusUnprocessableEntity, "højst have 1.000 tegn")
	s.post(s.anna, page, url.Values{"svar": {"godkend"}, "version": {"9"}}).is(t, http.StatusConflict)
	s.post(s.anna, page, url.Values{"svar": {"godkend"}, "version": {"1"}}).is(t, http.StatusSeeOther)
	if !s.has(s.bo, access.EmployeeBasic) {
		t.Error("approved, it does not work")
	}
	s.get(s.bo, "/mine").is(t, http.StatusOK, "Læseadgang", "Godkendt")
	// Another's, under one's own unit.
	theirs := "/enhed/" + s.other.UUID.String() + page[len(s.at("")):]
	s.get(s.elsa, theirs).is(t, http.StatusNotFound)
	// One's own.
	s.post(s.anna, "/mine/bed", url.Values{"ret-employee.write": {"1"}, "aldrig": {"1"}}).is(t, http.StatusSeeOther)
	var own string
	for _, found := range regexp.MustCompile(s.at("/anmodning/")+`[\w-]+`).FindAllString(s.get(s.anna, s.at("/anmodninger")).text, -1) {
		if found != page {
			own = found
		}
	}
	s.get(s.anna, own).is(t, http.StatusOK, "Du kan ikke svare på din egen anmodning")
	s.post(s.anna, own, url.Values{"svar": {"godkend"}, "version": {"1"}}).is(t, http.StatusForbidden)
}

// Who signs for a company alone is its administrator until another is named, with their
// private log-in, and is told so (ORG-01, ORG-03).
func TestSignatory(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	s.get(s.boss, s.at("")).is(t, http.StatusForbidden)
	s.get(s.boss, "/enheder").is(t, http.StatusOK, "Du administrerer ingen rettigheder")
	s.Member(s.firm, s.anna.person, func(r *registry.Record) { r.Employed, r.Number = false, "" })
	if got := s.get(s.boss, "/enheder"); got.status != http.StatusSeeOther || got.header.Get("Location") != s.at("") {
		t.Error(got.status, got.header)
	}
	s.post(s.boss, s.at("/medarbejder/"+s.member(s.bo).UUID.String()), url.Values{"ret-administrator": {"1"}, "aldrig": {"1"}}).is(t, http.StatusSeeOther)
	s.get(s.boss, s.at("")).is(t, http.StatusForbidden)
	s.get(s.bo, s.at("")).is(t, http.StatusOK)
}

// Where nobody gives rights an employee is told, and applies with a power of attorney;
// mistakes come back with what was written (ORG-01).
func TestVacant(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	s.get(s.bo, "/mine").lacks(t, "/mine/administrator")
	s.get(s.vera, "/mine").is(t, http.StatusOK, "Ålhavn Badminton har ingen rettighedsadministrator", "/mine/administrator")
	s.get(s.vera, "/mine/administrator").is(t, http.StatusOK, "Fuldmagt")
	apply := func(field string, file []byte, why string) answer {
		return s.ask(s.vera, http.MethodPost, "/mine/administrator", url.Values{"begrundelse": {why}}, field, file)
	}
	apply("andet", proof, "Bestyrelsen er enig").is(t, http.StatusUnprocessableEntity, "Vedhæft fuldmagten", "Bestyrelsen er enig")
	apply("fuldmagt", []byte("MZ"), "").is(t, http.StatusUnprocessableEntity, "Filen kan ikke bruges")
	apply("fuldmagt", append(proof[:len(proof):len(proof)], make([]byte, 10<<20)...), "").is(t, http.StatusUnprocessableEntity, "Filen er for stor")
	apply("fuldmagt", proof, strings.Repeat("x", 2001)).is(t, http.StatusUnprocessableEntity, "Skriv højst 2.000 tegn")
	apply("fuldmagt", proof, "").is(t, http.StatusSeeOther)
	apply("fuldmagt", proof, "").is(t, http.StatusUnprocessableEntity, "Du har allerede en ansøgning")
	mine := s.get(s.vera, "/mine")
	mine.is(t, http.StatusOK, "Mangler afgørelse", "Træk tilbage")
	mine.lacks(t, "/mine/administrator") // one is enough
	s.post(s.vera, regexp.MustCompile(`/mine/ansoegning/[\w-]+`).FindString(mine.text), url.Values{"version": {"1"}}).is(t, http.StatusSeeOther)
	s.get(s.vera, "/mine").is(t, http.StatusOK, "Trukket tilbage", "/mine/administrator")

	apply("fuldmagt", proof, "").is(t, http.StatusSeeOther)
	manager := s.Clerk("Pernille", s.Operator, access.SystemManager)
	open, err := s.Appointments.All(t.Context(), manager, appointment.Submitted)
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	if _, err := s.Appointments.Decide(t.Context(), manager, open[0].ID, 0, appointment.Decision{Approve: true, Reason: "Fuldmagten er i orden"}); err != nil {
		t.Fatal(err)
	}
	club := fmt.Sprint("/enhed/", s.club.UUID)
	s.get(s.vera, club).is(t, http.StatusOK, "Medarbejdere i Ålhavn Badminton")
	log := s.get(s.vera, club+"/log")
	log.is(t, http.StatusOK, "Styrelsen for Digital Post", "Godkendte din anmodning om rettighedsadministration", "Gav dig rettighedsadministration")
	log.lacks(t, "%!", "{p}")
	s.get(s.vera, "/mine/administrator").is(t, http.StatusNotFound)
	s.get(s.vera, "/mine").is(t, http.StatusOK, "Godkendt", "Fuldmagten er i orden")
}

// Nothing of a group is for who does not administer it, and the last administrator stays
// also in a group (ORG-01).
func TestGroups(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	s.post(s.anna, s.at("/grupper"), url.Values{"navn": {" "}}).is(t, http.StatusUnprocessableEntity)
	s.post(s.anna, s.at("/grupper"), url.Values{"navn": {"Posthold"}}).is(t, http.StatusSeeOther)
	s.post(s.anna, s.at("/grupper"), url.Values{"navn": {"posthold"}}).is(t, http.StatusUnprocessableEntity) // the same name
	page := regexp.MustCompile(s.at("/gruppe/") + `[\w-]+`).FindString(s.get(s.anna, s.at("/grupper")).text)
	s.get(s.anna, page+"?q=bo").is(t, http.StatusOK, "Posthold", "Bo Prøvesen")
	s.get(s.elsa, "/enhed/"+s.other.UUID.String()+page[len(s.at("")):]).is(t, http.StatusNotFound)
	s.post(s.anna, page+"/ind", url.Values{"medarbejder": {s.member(s.elsa).UUID.String()}}).is(t, http.StatusUnprocessableEntity) // who works elsewhere
	s.post(s.anna, page+"/ind", url.Values{"medarbejder": {s.member(s.bo).UUID.String()}}).is(t, http.StatusSeeOther)
	made := s.post(s.anna, page+"/flere", url.Values{"goer": {"giv"}, "enhed": {s.firm.UUID.String()}, "aldrig": {"1"}, "ret-administrator": {"1"}})
	made.is(t, http.StatusSeeOther)
	seen := regexp.MustCompile(`name="aftryk" value="(\w+)"`).FindStringSubmatch(s.get(s.anna, made.header.Get("Location")).text)
	s.post(s.anna, made.header.Get("Location"), url.Values{"aftryk": seen[1:]}).is(t, http.StatusSeeOther)
	s.get(s.bo, s.at("")).is(t, http.StatusOK)
	s.post(s.anna, s.at("/medarbejder/"+s.member(s.anna).UUID.String()+"/fjern"), url.Values{"ret": {"administrator"}}).is(t, http.StatusSeeOther)
	group := s.get(s.bo, page)
	member := regexp.MustCompile(`name="medlem" value="([\w-]+)"`).FindStringSubmatch(group.text)
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(s.get(s.bo, page+"/slet").text)
	if member == nil || version == nil {
		t.Fatal(group.text)
	}
	s.post(s.bo, page+"/ud", url.Values{"medlem": member[1:]}).is(t, http.StatusUnprocessableEntity, "mindst én rettighedsadministrator uden slutdato")
	s.post(s.bo, page+"/slet", url.Values{"version": version[1:]}).is(t, http.StatusUnprocessableEntity, "mindst én rettighedsadministrator uden slutdato")
	s.get(s.anna, page).is(t, http.StatusNotFound)
	var id post.UUID
	s.get(s.bo, s.at("/gruppe/"+id.String())).is(t, http.StatusNotFound)
}
