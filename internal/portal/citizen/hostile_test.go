package citizen_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"digitalpost/internal/compose"
	"digitalpost/internal/testkit/world"
)

// Whatever stands in an address or a form, the answer says what is wrong with it: it
// is never ours to mend.
func TestHostileInput(t *testing.T) {
	s := newStack(t)
	s.Recipient(s.authority)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	id := s.send(anna, nil)
	box := s.state(anna, id).Mailbox.UUID
	d, err := s.Compose.Create(t.Context(), world.Actor(anna), box, compose.Edit{To: &compose.To{Authority: s.authority.UUID}})
	if err != nil {
		t.Fatal(err)
	}
	letter, draft, folder := "/post/"+id.String(), "/ny/"+d.Message.ID.String(), s.folderID(who, "Slettet post")
	junk := []string{"", "x", "0", "-1", "99999999999999999999", "\x00", "\xff\xfe", "%00", "<script>", "' OR 1=1 --", "../..", strings.Repeat("æ", 5000),
		"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", id.String(), "2026-02-31"}
	names := []string{"q", "foer", "sorter", "liste", "valgt", "ulaest", "mappe", "afsender", "fra-dag", "fra-maaned", "fra-aar", "til-aar", "siden", "sidste", "aaben", "set", "alle", "fra",
		"besked", "handling", "tilbage", "navn", "i", "m", "kategori", "kladde", "videresend", "type", "til", "email", "modtager", "hvem", "cpr", "cvr", "udloeb-aar", "dokument", "zoom", "visning",
		"note", "klaret", "svar", "version", "stoerrelse", "emne", "tekst", "slags", "farver", "sprog", "vis", "retur", "udgave", "fjern", "send"}
	pages := []string{"/", "/post", "/post/vigtige", "/post/mappe/" + folder, "/post/aendringer", "/soeg", "/soeg/forslag", "/mapper/ny", "/mapper/" + folder + "/slet", "/mapper/" + folder + "/omdoeb",
		"/frister", "/kalender", "/modtagere/ny", "/ny", draft, letter, letter + "/udskriv", letter + "/gaa-til", letter + "/aftale.ics", letter + "/tilstand", letter + "/note", letter + "/videresend",
		letter + "/besvar", letter + "/klaret", letter + "/dokument/x/99", "/post/handling", "/post/visning", "/post/toem", "/indstillinger", "/kontakt", draft + "/gem", draft + "/filer"}
	seen := map[int]int{}
	wrong := func(method, path, value string, a answer) {
		seen[a.status]++
		if a.status >= 500 {
			t.Errorf("%s %s with %.40q: %d", method, path, value, a.status)
		}
	}
	for _, path := range pages {
		for _, value := range junk {
			fields := url.Values{}
			for _, name := range names {
				fields.Set(name, value)
			}
			wrong("GET", path, value, s.get(who, path+"?"+fields.Encode()))
			fields.Del("q")
			wrong("POST", path, value, s.do(who, path, fields))
		}
		for _, name := range names { // one by one, with the rest as it should be
			wrong("GET", path, name, s.get(who, path+"?"+url.Values{name: {junk[5]}}.Encode()))
		}
	}
	for _, body := range []string{"", "--x\r\n", "--x\r\nContent-Disposition: form-data; name=\"fil\"; filename=\"\xff/../a.pdf\"\r\n\r\n%PDF", "--x\r\nContent-Disposition: form-data; name=\"emne\"\r\n\r\n\x00\xff\r\n--x--\r\n"} {
		for _, path := range []string{draft, letter + "/besvar", draft + "/gem", "/kontakt"} {
			r := httptest.NewRequest(http.MethodPost, base+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.AddCookie(who)
			w := httptest.NewRecorder()
			s.pages.ServeHTTP(w, r)
			wrong("POST", path, body, answer{status: w.Code})
		}
	}
	if seen[http.StatusOK] == 0 || seen[http.StatusNotFound] == 0 || seen[http.StatusUnprocessableEntity] == 0 {
		t.Error("nothing was looked at:", seen)
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		t.Error(log)
	}
}
