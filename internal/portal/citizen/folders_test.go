package citizen_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"digitalpost/internal/post"
)

// MBX-07: folders are made, renamed, put in one another and deleted; each says so,
// and what is deleted can be taken back with all that lay in it.
func TestFolders(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/mapper").has(t, "Du har ingen mapper endnu", "Ny mappe")
	s.then(who, s.do(who, "/mapper/ny", url.Values{"navn": {" Bolig  og bil "}})).has(t, "Mappen Bolig og bil er oprettet.")
	top := s.folderID(who, "Bolig og bil")
	s.get(who, "/mapper/ny?i="+top).has(t, `value="`+top+`" selected`)
	s.do(who, "/mapper/ny", url.Values{"navn": {"Lån"}, "i": {top}})
	inner := s.folderID(who, "Lån")

	renamed := s.then(who, s.do(who, "/mapper/"+top+"/omdoeb", url.Values{"navn": {"Bolig"}, "tilbage": {"/post"}}))
	renamed.has(t, "Mappen hedder nu Bolig.", "<title>Indbakke")
	s.takeBack(who, renamed).has(t, "Mappen hedder nu Bolig og bil.")
	moved := s.then(who, s.do(who, "/mapper/"+inner+"/flyt", url.Values{"i": {""}}))
	moved.has(t, "Mappen Lån er flyttet.")
	s.takeBack(who, moved)

	ids := s.letters(who, 2, func(int) { s.send(anna, nil) })
	s.do(who, "/post/handling", url.Values{"handling": {"flyt"}, "besked": ids[:1], "mappe": {top}})
	s.do(who, "/post/handling", url.Values{"handling": {"flyt"}, "besked": ids[1:], "mappe": {inner}})
	s.get(who, "/mapper/"+top+"/slet").has(t, "Vil du slette mappen Bolig og bil?", "Dens 2 beskeder flyttes til Slettet post, og du kan flytte dem tilbage.",
		"Den har 1 undermappe, som også bliver slettet.", "Slet mappe", "Behold mappen")
	gone := s.then(who, s.do(who, "/mapper/"+top+"/slet", url.Values{"tilbage": {"/post/mappe/" + top}}))
	gone.has(t, "Mappen Bolig og bil er slettet.", "Du har ingen mapper endnu")
	s.get(who, "/post/mappe/"+s.folderID(who, "Slettet post")).has(t, ids[0], ids[1])
	if a := s.get(who, "/post/mappe/"+top); a.status != http.StatusNotFound {
		t.Error(a.status)
	}
	s.takeBack(who, gone).has(t, "Fortrudt", "Bolig og bil", "Lån")
	s.get(who, "/post/mappe/"+inner).has(t, ids[1])
	s.get(who, "/post").has(t, "Bolig og bil", "folder-open") // the tree in the column
}

// What is wrong with a folder is said with what to do, and what was typed stays.
func TestFolderMistakes(t *testing.T) {
	s := newStack(t)
	anna := s.Person("Anna", 40, nil)
	who := s.login(anna)
	s.get(who, "/post")
	s.do(who, "/mapper/ny", url.Values{"navn": {"Skat"}})
	skat := s.folderID(who, "Skat")
	s.do(who, "/mapper/ny", url.Values{"navn": {"2027"}, "i": {skat}})
	inner := s.folderID(who, "2027")
	for _, c := range []struct {
		path   string
		fields url.Values
		says   string
	}{
		{"/mapper/ny", url.Values{"navn": {" "}}, "Skriv et navn på højst 100 tegn"},
		{"/mapper/ny", url.Values{"navn": {"skat"}}, "Du har allerede en mappe med det navn her."},
		{"/mapper/" + skat + "/omdoeb", url.Values{"navn": {""}}, "Skriv et navn"},
		{"/mapper/" + skat + "/flyt", url.Values{"i": {inner}}, "Mappen kan ikke ligge der."},
	} {
		a := s.do(who, c.path, c.fields)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", c.path, a.status)
		}
		a.has(t, c.says, "<title>Fejl: ", "Der er 1 fejl i formularen")
	}
	s.get(who, "/mapper/"+skat+"/flyt").lacks(t, `value="`+inner+`"`) // it does not offer what cannot be
	for _, path := range []string{"/mapper/" + skat + "/findes-ikke", "/mapper/x/slet", "/mapper/" + post.NewUUID().String() + "/slet", "/mapper/" + s.folderID(who, "Slettet post") + "/slet"} {
		if a := s.get(who, path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
		if a := s.do(who, path, url.Values{}); a.status != http.StatusNotFound {
			t.Errorf("%s sent: %d", path, a.status)
		}
	}
}

// Another person's folders are not there.
func TestForeignFolders(t *testing.T) {
	s := newStack(t)
	anna, bo := s.Person("Anna", 40, nil), s.Person("Bo", 40, nil)
	mine, theirs := s.login(anna), s.login(bo)
	s.get(mine, "/post")
	s.get(theirs, "/post")
	s.do(mine, "/mapper/ny", url.Values{"navn": {"Hemmelig"}})
	id := s.folderID(mine, "Hemmelig")
	for _, what := range []string{"omdoeb", "flyt", "slet"} {
		for _, a := range []answer{s.get(theirs, "/mapper/"+id+"/"+what), s.do(theirs, "/mapper/"+id+"/"+what, url.Values{"navn": {"x"}})} {
			if a.status != http.StatusNotFound || strings.Contains(a.text, "Hemmelig") {
				t.Errorf("%s: %d", what, a.status)
			}
		}
	}
	if a := s.do(theirs, "/mapper/ny", url.Values{"navn": {"x"}, "i": {id}}); a.status != http.StatusUnprocessableEntity {
		t.Error("in another's folder:", a.status)
	}
	cross := s.submit(mine, "/mapper/"+id+"/slet", url.Values{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if cross.status != http.StatusForbidden {
		t.Error("another site deletes folders:", cross.status)
	}
	s.get(mine, "/mapper").has(t, "Hemmelig")
}
