package web

import (
	"net/http"
	"strings"
	"testing"
)

// ACC-12: pages under a mount lead on under it, whichever way they do: by what stands
// in them, by a redirect, by a message on the next page. What lies at the top is led
// to as it is.
func TestMount(t *testing.T) {
	s, _ := site(t, nil)
	m := &Mount{Prefix: "/postkasse/7", Alone: func(path string) bool { return strings.HasPrefix(path, "/assets/") || path == "/hjaelp" }}
	mux := http.NewServeMux()
	mux.Handle("/postkasse/7/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.Serve(w, r, mux) }))
	mux.Handle("GET /post", s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if At(r, "/ny") == "/ny" && strings.Contains(At(r, "/post"), "7") {
			t.Error("two addresses of one page differ in where they lie")
		}
		return s.Render(w, r, http.StatusOK, s.pages, "error", View{Title: "x"}, failurePage{Again: r.URL.RequestURI(), Heading: ` href="/tekst"`})
	}))
	mux.Handle("POST /post", s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.Flash(w, r, Flash{Text: "Flyttet", Undo: &Undo{Action: "/post/fortryd"}}); err != nil {
			return err
		}
		http.Redirect(w, r, "/post", http.StatusSeeOther)
		return nil
	}))
	h := s.Serve(mux)
	page := call(h, "GET", "/postkasse/7/post?q=1", nil).Body.String()
	for _, part := range []string{`href="/postkasse/7/post?q=1"`, `data-under="/postkasse/7"`, `href="/assets/`, `href="/hjaelp"`, ` href=&#34;/tekst`} {
		if !strings.Contains(page, part) {
			t.Errorf("%s is missing in\n%s", part, page)
		}
	}
	if at := call(h, "GET", "/post", nil).Body.String(); strings.Contains(at, "/postkasse/") || strings.Contains(at, "data-under") {
		t.Error("a page at the top leads into a mount:", at)
	}
	moved := call(h, "POST", "/postkasse/7/post", nil)
	if to := moved.Header().Get("Location"); to != "/postkasse/7/post" {
		t.Error("redirected to", to)
	}
	says := func(address string) *http.Response {
		w := call(h, "GET", address, func(r *http.Request) { r.AddCookie(moved.Result().Cookies()[0]) })
		if said := strings.Contains(w.Body.String(), `action="/postkasse/7/post/fortryd"`); said != strings.HasPrefix(address, "/postkasse/") {
			t.Error(address, "says it:", said)
		}
		return w.Result()
	}
	if kept := says("/post").Cookies(); len(kept) != 0 {
		t.Error("another mailbox's page has taken the message away:", kept)
	}
	says("/postkasse/7/post")
	if away := call(h, "GET", "/postkasse/7/hjaelp?q=1", nil); away.Header().Get("Location") != "/hjaelp?q=1" {
		t.Error("what lies at the top is at", away.Header())
	}
	if none := call(h, "POST", "/postkasse/7/hjaelp", nil); none.Code != http.StatusNotFound {
		t.Error("a form of the top is taken under the mount:", none.Code)
	}
}
