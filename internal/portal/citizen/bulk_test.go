package citizen_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"digitalpost/internal/post"
	"digitalpost/memo"
)

// do sends a form, as a browser without script does.
func (s *stack) do(who *http.Cookie, path string, fields url.Values, change ...func(*http.Request)) answer {
	return s.submit(who, path, fields, append(change, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") })...)
}

func (s *stack) submit(who *http.Cookie, path string, fields url.Values, change ...func(*http.Request)) answer {
	body := fields.Encode()
	r, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	return call(s.pages, http.MethodPost, base+path, append([]func(*http.Request){func(to *http.Request) {
		to.Body, to.ContentLength = r.Body, r.ContentLength
		to.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		to.AddCookie(who)
	}}, change...)...)
}

// then follows an answer to the page it leads to, with what that page says.
func (s *stack) then(who *http.Cookie, a answer) answer {
	s.t.Helper()
	if a.status != http.StatusSeeOther {
		s.t.Fatalf("%d leads nowhere:\n%s", a.status, a.text)
	}
	return s.get(who, a.header.Get("Location"), func(r *http.Request) {
		for _, c := range (&http.Response{Header: a.header}).Cookies() {
			r.AddCookie(c)
		}
	})
}

// takeBack presses the button "Fortryd" of a page.
func (s *stack) takeBack(who *http.Cookie, page answer) answer {
	s.t.Helper()
	form := regexp.MustCompile(`(?s)<section class="dp-toast"[^>]*><p>[^<]+</p><form method="post" action="([^"]+)">(.*?)</form>`).FindStringSubmatch(page.text)
	if form == nil {
		s.t.Fatal("nothing to take back:\n", page.text)
	}
	fields := url.Values{}
	for _, f := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(form[2], -1) {
		fields.Set(f[1], html.UnescapeString(f[2]))
	}
	return s.then(who, s.do(who, html.UnescapeString(form[1]), fields))
}

func script(r *http.Request) { r.Header.Set("Accept", "application/json, text/html;q=0.9") }

// letters sends n letters and returns their ids, the first the newest.
func (s *stack) letters(who *http.Cookie, n int, send func(i int)) []string {
	s.t.Helper()
	for i := range n {
		send(i)
	}
	var ids []string
	for _, found := range regexp.MustCompile(`<li class="dp-item[^>]* data-id="([^"]+)"`).FindAllStringSubmatch(s.get(who, "/post").text, -1) {
		ids = append(ids, found[1])
	}
	return ids
}

// fixed is the id of one of the folders that every mailbox has, by its name.
func (s *stack) folderID(who *http.Cookie, name string) string {
	s.t.Helper()
	page := s.get(who, "/mapper").text
	if name == "Indbakke" {
		return regexp.MustCompile(`href="/post"[^>]* data-takes="([^"]+)"`).FindStringSubmatch(page)[1]
	}
	found := regexp.MustCompile(`href="/post/mappe/([0-9a-f-]+)"[^>]*>(?:<svg.*?</svg>)?<span[^>]*>` + name + `<`).FindStringSubmatch(page)
	if found == nil {
		s.t.Fatalf("no folder %s:\n%s", name, page)
	}
	return found[1]
}

// MBX-08, MBX-11, MBX-12, MBX-06, MBX-18: each thing that is done to several letters
// says what it did, and can be taken back.
func TestSeveralAtOnce(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post") // makes the mailbox
	s.then(who, s.do(who, "/mapper/ny", url.Values{"navn": {"Børn"}})).has(t, "Mappen Børn er oprettet.")
	ids := s.letters(who, 3, func(int) { s.send(anna, nil) })
	inbox, children := s.folderID(who, "Indbakke"), s.folderID(who, "Børn")
	for _, c := range []struct {
		what        string
		more        url.Values
		says, after string
		undone      string
	}{
		{"laest", nil, "2 beskeder markeret som læst.", "<title>Indbakke (1 ulæst)", "Fortrudt."},
		{"vigtig", nil, "2 beskeder markeret som vigtige.", "Vigtig</span>", "Fortrudt."},
		{"flyt", url.Values{"mappe": {children}}, "2 beskeder flyttet til Børn.", "1 af 1 besked", "Fortrudt. 2 beskeder ligger igen, hvor de lå før."},
		{"slet", nil, "2 beskeder flyttet til Slettet post.", "1 af 1 besked", "Fortrudt. 2 beskeder ligger igen, hvor de lå før."},
	} {
		form := url.Values{"handling": {c.what}, "besked": ids[:2], "tilbage": {"/post"}, "fra": {inbox}}
		for key, value := range c.more {
			form[key] = value
		}
		page := s.then(who, s.do(who, "/post/handling", form))
		page.has(t, c.says, c.after, "Fortryd")
		s.takeBack(who, page).has(t, c.undone, "3 af 3 beskeder", "<title>Indbakke (3 ulæste)")
	}
	// One letter: the words name the folder it is back in.
	one := url.Values{"handling": {"flyt"}, "besked": ids[:1], "mappe": {children}, "fra": {inbox}}
	page := s.then(who, s.do(who, "/post/handling", one))
	page.has(t, "1 besked flyttet til Børn.")
	s.takeBack(who, page).has(t, "Fortrudt. Beskeden ligger i Indbakke igen.")
}

// MBX-08: moving asks where to, and can make the folder; what is wrong is said
// with what to do, and nothing typed is lost.
func TestMoveAsks(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	ids := s.letters(who, 1, func(int) { s.send(anna, nil) })
	form := url.Values{"handling": {"flyt"}, "besked": ids, "fra": {s.folderID(who, "Indbakke")}}
	ask := s.do(who, "/post/handling", form)
	ask.has(t, "Flyt 1 besked", "Ny mappe", `name="besked" value="`+ids[0]+`"`)
	ask.lacks(t, "Indbakke</label>") // it lies there
	form.Set("spurgt", "1")
	if a := s.do(who, "/post/handling", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text, "Vælg en mappe") {
		t.Error(a.status, a.text)
	}
	form.Set("mappe", "ny")
	form.Set("navn", strings.Repeat("x", 101))
	a := s.do(who, "/post/handling", form)
	if a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
	a.has(t, "Skriv et navn på højst 100 tegn", "<title>Fejl: ", strings.Repeat("x", 101))
	form.Set("navn", "Skat")
	s.then(who, s.do(who, "/post/handling", form)).has(t, "1 besked flyttet til Skat.")
	s.get(who, "/post/mappe/"+s.folderID(who, "Skat")).has(t, ids[0])
	form.Set("mappe", post.NewUUID().String())
	if a := s.do(who, "/post/handling", form); a.status != http.StatusBadRequest {
		t.Error("to a folder that is not there:", a.status)
	}
}

// MBX-06: what lies in the trash is deleted for good after a question that says
// what goes; restoring puts it back where it lay.
func TestTrash(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	ids := s.letters(who, 3, func(int) { s.send(anna, with(file("text/plain", "a.txt", "a"), file("text/plain", "b.txt", "b"))) })
	trash := "/post/mappe/" + s.folderID(who, "Slettet post")
	s.do(who, "/post/handling", url.Values{"handling": {"slet"}, "besked": ids})
	s.get(who, trash).has(t, "Tøm Slettet post", "Gendan", "Slet for altid", "Beskederne bliver her, til du selv sletter dem.")
	s.then(who, s.do(who, "/post/handling", url.Values{"handling": {"gendan"}, "besked": ids[:1], "tilbage": {"/post"}})).has(t, "1 besked ligger igen, hvor den lå før.", ids[0])

	form := url.Values{"handling": {"slet-for-altid"}, "besked": {ids[1]}, "tilbage": {trash}}
	s.do(who, "/post/handling", form).has(t, "Vil du slette beskeden for altid?", "»Tid hos tandlægen« fra Ålhavn Kommune bliver slettet sammen med 2 dokumenter. Hverken du eller vi kan hente den tilbage.", "Slet besked", "Behold beskeden", "button-warning")
	s.get(who, trash).has(t, ids[1]) // it only asked
	form.Set("bekraeft", "1")
	gone := s.then(who, s.do(who, "/post/handling", form))
	gone.has(t, "1 besked er slettet for altid.")
	gone.lacks(t, ids[1], "/fortryd")
	if a := s.get(who, "/post/"+ids[1]); a.status != http.StatusNotFound {
		t.Error("it can still be opened:", a.status)
	}
	// What does not lie in the trash is not deleted for good.
	form = url.Values{"handling": {"slet-for-altid"}, "besked": {ids[0]}, "bekraeft": {"1"}}
	if a := s.do(who, "/post/handling", form); a.status != http.StatusConflict {
		t.Error(a.status)
	}

	ask := s.get(who, "/post/toem")
	ask.has(t, "Vil du slette 1 beskeder for altid?")
	fields := url.Values{}
	for _, f := range regexp.MustCompile(`type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(ask.text, -1) {
		fields.Set(f[1], html.UnescapeString(f[2]))
	}
	s.do(who, "/post/handling", url.Values{"handling": {"slet"}, "besked": ids[:1]}) // comes into it meanwhile
	s.then(who, s.do(who, "/post/handling", fields)).has(t, "er slettet for altid")
}

// MBX-18: all of a folder, as far as its reader has seen; what takes a while is
// followed on a page of its own, and can be taken back.
func TestWholeFolder(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	s.letters(who, 60, func(int) { s.send(anna, nil) })
	page := s.get(who, "/post?valgt=alle")
	page.has(t, "60 valgt", `name="alle" value="1"`, "Vælg alle 60 beskeder i Indbakke", "checked")
	s.get(who, "/post?valgt=side").has(t, "50 valgt", `name="alle" value=""`, "checked")
	late := s.send(anna, nil) // its reader has not seen it
	form := url.Values{"handling": {"slet"}, "alle": {"1"}, "fra": {s.folderID(who, "Indbakke")}, "set": {modseqOf(t, page.text)}, "tilbage": {"/post"}}
	after := s.then(who, s.do(who, "/post/handling", form))
	after.has(t, "60 beskeder flyttet til Slettet post.", "1 af 1 besked", late.String())

	// More than is done at once goes on in the background.
	s.letters(who, 310, func(int) { s.send(anna, nil) })
	form.Set("set", modseqOf(t, s.get(who, "/post").text))
	going := s.do(who, "/post/handling", form)
	at := going.header.Get("Location")
	if !strings.HasPrefix(at, "/post/handling/") {
		t.Fatal(going.status, at)
	}
	s.get(who, at).has(t, "Vi er i gang", "0 af 311 beskeder", "<progress", "Se, hvor langt vi er")
	if a := s.get(s.login(s.Person("Bo", 40, nil)), at); a.status != http.StatusNotFound {
		t.Error("a stranger follows it:", a.status)
	}
	s.Work()
	done := s.get(who, at)
	done.has(t, "311 beskeder flyttet til Slettet post.", "Fortryd")
	undo := regexp.MustCompile(`action="(/post/handling/[^"]+/fortryd)"`).FindStringSubmatch(done.text)[1]
	undoing := s.do(who, undo, url.Values{"tilbage": {"/post"}})
	s.Work()
	s.then(who, undoing).has(t, "Fortrudt. 311 beskeder ligger igen, hvor de lå før.")
	if a := s.do(who, undo, url.Values{}); a.status == http.StatusOK {
		t.Error("it is taken back twice")
	}
}

// SND-08: a court summons is served by moving or deleting it; that is said before.
func TestSummonsAmongSeveral(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	ids := s.letters(who, 2, func(i int) { s.send(anna, func(m *memo.Message) { m.Header.LegalNotification = i == 0 }) })
	form := url.Values{"handling": {"slet"}, "besked": ids, "tilbage": {"/post"}}
	ask := s.do(who, "/post/handling", form)
	ask.has(t, "1 af beskederne er en forkyndelse", "er den forkyndt for dig", `name="forkynd" value="1"`)
	s.get(who, "/post").has(t, "2 af 2 beskeder")
	form.Set("forkynd", "1")
	s.then(who, s.do(who, "/post/handling", form)).has(t, "2 beskeder flyttet til Slettet post.")
	mark := url.Values{"handling": {"laest"}, "besked": ids}
	s.then(who, s.do(who, "/post/handling", mark)).has(t, "2 beskeder markeret som læst.") // that serves nothing
}

// SND-08: whoever has said yes to it has the summons printed, and is served by that
// also where nothing of it can be read as text.
func TestPrintedSummonsIsServed(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	var id post.UUID
	s.letters(who, 1, func(int) {
		id = s.send(anna, func(m *memo.Message) {
			summons(s.Clock.Now())(m)
			m.Body.MainDocument.Files = []*memo.File{file("image/png", "billede.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("x", 100))}
		})
	})
	form := url.Values{"handling": {"udskriv"}, "besked": {id.String()}, "tilbage": {"/post"}}
	s.do(who, "/post/handling", form).lacks(t, "retsmøde", "Tinghusvej", "billede.png")
	if l := s.state(anna, id); !l.Message.Unserved() {
		t.Error("asking served it")
	}
	form.Set("forkynd", "1")
	printed := s.do(who, "/post/handling", form)
	printed.has(t, "retsmøde", "billede.png")
	printed.lacks(t, "Din note") // there is none
	if l := s.state(anna, id); l.Message.Unserved() {
		t.Error("it was printed and is not served")
	}
}

// A stranger's letters, another site's forms and forms without letters change
// nothing, and are answered in words.
func TestWhoMayDoIt(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	mine, theirs := s.login(anna), s.login(bo)
	s.get(mine, "/post")
	ids := s.letters(mine, 1, func(int) { s.send(anna, nil) })
	s.send(bo, nil)
	for _, what := range []string{"laest", "vigtig", "slet", "gendan", "slet-for-altid", "download", "udskriv", "flyt"} {
		form := url.Values{"handling": {what}, "besked": ids, "bekraeft": {"1"}, "mappe": {s.folderID(theirs, "Indbakke")}}
		a := s.do(theirs, "/post/handling", form)
		if a.status != http.StatusNotFound {
			t.Errorf("%s by a stranger: %d", what, a.status)
		}
		a.lacks(t, "tandlægen")
	}
	whole := url.Values{"handling": {"slet"}, "alle": {"1"}, "fra": {s.folderID(mine, "Indbakke")}, "set": {"9"}}
	if a := s.do(theirs, "/post/handling", whole); a.status != http.StatusNotFound {
		t.Error("all of a stranger's folder:", a.status)
	}
	s.get(mine, "/post").has(t, "is-unread", "1 af 1 besked")
	cross := s.submit(mine, "/post/handling", url.Values{"handling": {"slet"}, "besked": ids}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if cross.status != http.StatusForbidden {
		t.Error("another site deletes letters:", cross.status)
	}
	none := s.do(mine, "/post/handling", url.Values{"handling": {"slet"}, "tilbage": {"/post/vigtige"}})
	if none.status != http.StatusUnprocessableEntity {
		t.Error(none.status)
	}
	none.has(t, "Du har ikke valgt nogen beskeder", "Sæt flueben", `href="/post/vigtige"`)
	for _, wrong := range []url.Values{{"handling": {"findes-ikke"}, "besked": ids}, {"handling": {"slet"}, "besked": {"x"}}, {"handling": {"slet"}, "alle": {"1"}}} {
		if a := s.do(mine, "/post/handling", wrong); a.status != http.StatusNotFound {
			t.Errorf("%v: %d", wrong, a.status)
		}
	}
	// It leads nowhere but to this portal.
	for _, to := range []string{"//ond.example", "https://ond.example/", `/\ond.example`} {
		a := s.do(mine, "/post/handling", url.Values{"handling": {"laest"}, "besked": ids, "tilbage": {to}})
		if got := a.header.Get("Location"); got != "/post" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	// More than can be picked.
	if a := s.do(mine, "/post/handling", url.Values{"handling": {"laest"}, "besked": strings.Fields(strings.Repeat(ids[0]+" ", 1001))}); a.status != http.StatusBadRequest {
		t.Error(a.status)
	}
}

// A script is told what was done, and says it itself.
func TestToldToScript(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	ids := s.letters(who, 1, func(int) { s.send(anna, nil) })
	a := s.do(who, "/post/handling", url.Values{"handling": {"slet"}, "besked": ids, "tilbage": {"/post"}}, script)
	var said struct {
		Text string
		Undo struct {
			Action string
			Fields map[string]string
		}
	}
	if err := json.Unmarshal([]byte(a.text), &said); err != nil || said.Text != "1 besked flyttet til Slettet post." || said.Undo.Fields["tilbage"] != "/post" {
		t.Fatal(err, a.text)
	}
	if a := s.do(who, said.Undo.Action, url.Values{}, script); a.status != http.StatusOK || !strings.Contains(a.text, "Fortrudt") {
		t.Error(a.status, a.text)
	}
}

// MBX-13, MBX-14: the documents of several letters in one archive, each letter in
// a folder of its own; several letters ready for paper.
func TestDownloadAndPrintSeveral(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	ids := s.letters(who, 2, func(i int) {
		s.send(anna, with(file("text/plain", "brev.txt", fmt.Sprint("Kære Anna ", i)), file("application/pdf", "bilag.pdf", pdf)))
	})
	a := s.do(who, "/post/handling", url.Values{"handling": {"download"}, "besked": ids})
	z, err := zip.NewReader(strings.NewReader(a.text), int64(len(a.text)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	const folder = "2026-11-22 Ålhavn Kommune - Tid hos tandlægen"
	if got := strings.Join(names, "|"); got != folder+"/brev.txt|"+folder+"/bilag.pdf|"+folder+" (2)/brev.txt|"+folder+" (2)/bilag.pdf" {
		t.Error(got)
	}
	if a.header.Get("Content-Type") != "application/zip" {
		t.Error(a.header)
	}
	page := s.do(who, "/post/handling", url.Values{"handling": {"udskriv"}, "besked": ids})
	page.has(t, "Tid hos tandlægen", "Kære Anna 0", "Kære Anna 1", "bilag.pdf", "Udskriv 2 beskeder")
	s.get(who, "/post").has(t, "2 ulæste") // neither opens a letter
	for range maxPrinted {
		ids = append(ids, ids[0])
	}
	if a := s.do(who, "/post/handling", url.Values{"handling": {"udskriv"}, "besked": ids}); a.status != http.StatusUnprocessableEntity {
		t.Error(a.status)
	}
}

const maxPrinted = 100

// MBX-16: search filters stand in the address, each can be taken away, a date that
// does not exist is said, and nobody finds another's letters.
func TestSearchFilters(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	ids := s.letters(who, 2, func(i int) {
		s.send(anna, func(m *memo.Message) { m.Header.Label = fmt.Sprintf("Vuggestue %d", i) })
	})
	s.do(who, "/post/handling", url.Values{"handling": {"vigtig"}, "besked": ids[:1]})
	s.get(who, "/soeg?q=vuggestue").has(t, "2 beskeder om »vuggestue«", "<mark>Vuggestue</mark> 0", "<mark>Vuggestue</mark> 1")
	flagged := s.get(who, "/soeg?q=vuggestue&vigtige=1&fra-dag=1&fra-maaned=1&fra-aar=2026")
	flagged.has(t, "1 besked om »vuggestue«", ids[0], "Fra 1. jan.", `href="/soeg?fra-aar=2026&amp;fra-dag=1&amp;fra-maaned=1&amp;q=vuggestue"`, `href="/soeg?q=vuggestue&amp;vigtige=1"`, "Ryd alle")
	flagged.lacks(t, ids[1])
	s.get(who, "/soeg?q=vuggestue&til-dag=1&til-maaned=1&til-aar=2026").has(t, "Prøv færre ord, eller ryd filtrene.")
	s.get(who, "/soeg?q=vuggestue&mappe="+s.folderID(who, "Slettet post")).has(t, "Ingen beskeder om »vuggestue«", "I Slettet post")
	s.get(who, fmt.Sprint("/soeg?afsender=", s.authority.ID)).has(t, ids[0], ids[1], "Ålhavn Kommune")
	wrong := s.get(who, "/soeg?q=vuggestue&fra-dag=31&fra-maaned=2&fra-aar=2026")
	if wrong.status != http.StatusUnprocessableEntity {
		t.Error(wrong.status)
	}
	wrong.has(t, "Datoen findes ikke", `value="31"`)
	s.get(who, "/soeg/forslag?q=vugge").has(t, "Vuggestue")
	s.send(bo, nil)
	stranger := s.login(bo)
	s.get(stranger, "/soeg?q=vuggestue").lacks(t, ids[0], ids[1])
	s.get(stranger, "/soeg/forslag?q=vugge").lacks(t, "Vuggestue")
	for _, path := range []string{"/soeg?mappe=" + s.folderID(who, "Slettet post"), "/soeg?q=a&foer=x", "/soeg?afsender=12345"} {
		if a := s.get(stranger, path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	// What was found follows what is read elsewhere.
	since := modseqOf(t, s.get(who, "/soeg?q=vuggestue").text)
	s.get(who, "/post/"+ids[0])
	changes := s.get(who, "/post/aendringer?siden="+since+"&liste=soeg")
	changes.has(t, ids[0])
	changes.lacks(t, `"folders"`)
}
