package citizen_test

import (
	"archive/zip"
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/extract"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Who signs for a company asks for an extract with a document, sees how it stands, and
// fetches each part once; a look ahead of the browser's does not fetch (ORG-06).
func TestExtractPages(t *testing.T) {
	s := newStack(t)
	s.at(post.PlatformVirk)
	firm, boss := s.Company("Bageriet ApS"), s.Person("Bodil", 50, nil)
	s.Member(firm, boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	for range 4 {
		s.Deliver(s.authority, firm, nil)
	}
	who := s.session(post.Actor{Party: boss.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial})
	under := "/postkasse/" + s.box(firm).String() + "/dataudtraek"
	s.get(who, under).has(t, "Der er ikke bedt om noget dataudtræk", under+"/ny")
	send := func(why, name, content string) answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		form.WriteField("begrundelse", why) //nolint:errcheck // into a Buffer
		part, _ := form.CreateFormFile("fil", name)
		part.Write([]byte(content)) //nolint:errcheck // as above
		form.Close()                //nolint:errcheck // as above
		r := httptest.NewRequest(http.MethodPost, base+under+"/ny", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.AddCookie(who)
		w := httptest.NewRecorder()
		s.pages.ServeHTTP(w, r)
		return answer{w.Code, w.Result().Header, w.Body.String()}
	}
	bad := send(" ", "plan.exe", "MZ")
	bad.has(t, "Skriv, hvad udtrækket skal bruges til", "Filen kan ikke bruges")
	if made := send("Fusion", "plan.pdf", "%PDF-1.7\n%%EOF\n"); made.status != http.StatusSeeOther {
		t.Fatal(made.status, made.text)
	}
	s.get(who, under).has(t, "Mangler afgørelse", "Træk anmodningen tilbage")
	send("Fusion", "plan.pdf", "%PDF-1.7\n%%EOF\n").has(t, "Der er allerede en åben anmodning")
	manager := s.Clerk("Sara", s.Operator, access.SystemManager)
	open, err := s.Extracts.All(t.Context(), manager, extract.Submitted)
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	if _, err := s.Extracts.Decide(t.Context(), manager, open[0].ID, 0, true, "I orden"); err != nil {
		t.Fatal(err)
	}
	s.Work()
	at := under + "/" + open[0].ID.String() + "/del/0"
	s.get(who, under).has(t, "Klar til at hente", `href="`+at+`"`, "3 breve")
	ask := func(method string, head map[string]string) answer {
		r := httptest.NewRequest(method, base+at, nil)
		for k, v := range head {
			r.Header.Set(k, v)
		}
		r.AddCookie(who)
		w := httptest.NewRecorder()
		s.pages.ServeHTTP(w, r)
		return answer{w.Code, w.Result().Header, w.Body.String()}
	}
	for name, a := range map[string]answer{"HEAD": ask(http.MethodHead, nil), "prefetch": ask(http.MethodGet, map[string]string{"Sec-Purpose": "prefetch"}),
		"another site": ask(http.MethodGet, map[string]string{"Sec-Fetch-Site": "cross-site"}), "a range of what was not begun": ask(http.MethodGet, map[string]string{"Range": "bytes=10-"})} {
		if a.status < 400 {
			t.Error(name, a.status)
		}
	}
	whole := ask(http.MethodGet, nil)
	if whole.status != http.StatusOK || whole.header.Get("Content-Type") != "application/zip" {
		t.Fatal(whole.status, whole.header)
	}
	if z, err := zip.NewReader(strings.NewReader(whole.text), int64(len(whole.text))); err != nil || len(z.File) < 9 {
		t.Error(err)
	}
	if again := ask(http.MethodGet, nil); again.status != http.StatusConflict {
		t.Error("fetched twice", again.status)
	}
	s.get(who, under).has(t, "Hentet, og slettet her")
}
