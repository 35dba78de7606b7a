package login

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed loggedout.html
var files embed.FS

var loggedOut = template.Must(template.ParseFS(files, "loggedout.html"))

// Pages is the site around what a person sees (package web).
type Pages interface {
	// Handle serves a handler; its error becomes a page.
	Handle(fn func(http.ResponseWriter, *http.Request) error) http.Handler
	// Show writes a page.
	Show(w http.ResponseWriter, r *http.Request, status int, title string, content *template.Template, data any) error
}

// Routes adds log-in and log-out to a portal's routes, which must stand inside
// its Browser.Load.
func (l *Login) Routes(mux *http.ServeMux, p *Portal, pages Pages) {
	handle := func(pattern string, fn func(*Portal, http.ResponseWriter, *http.Request) error) {
		mux.Handle(pattern, pages.Handle(func(w http.ResponseWriter, r *http.Request) error { return fn(p, w, r) }))
	}
	handle("GET /log-ind", l.start)
	handle("GET /log-ind/svar", l.answer)
	handle("POST /log-ud", l.end)
	handle("GET /log-ud", func(_ *Portal, w http.ResponseWriter, r *http.Request) error {
		return pages.Show(w, r, http.StatusOK, "Du er logget ud", loggedOut, nil)
	})
}
