package testid

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"

	"digitalpost/internal/post"
)

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// view is what the page shows.
type view struct {
	People  []Person
	Request string // the portal's request, handed on through the form
	Levels  []string
	Error   string
	Styles  []string
}

// Number is the whole number, which the page hands on.
func (p Person) Number() string { return p.CPR.Reveal() }

// Handler serves the host Host, and answers requests of this machine alone.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /jwks.json", p.jwks)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	mux.HandleFunc("GET /end-session", p.endSession)
	mux.HandleFunc("GET /authorize", p.pick)
	mux.Handle("POST /authorize", http.NewCrossOriginProtection().Handler(http.HandlerFunc(p.picked)))
	return local(mux)
}

// pick shows the persons to pick from.
func (p *Provider) pick(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, r.URL.Query(), "")
}

// picked takes the choice: a person's button, or the number that was typed.
func (p *Provider) picked(w http.ResponseWriter, r *http.Request) {
	form, err := url.ParseQuery(r.PostFormValue("request"))
	if err != nil {
		http.Error(w, errRequest.Error(), http.StatusBadRequest)
		return
	}
	request, err := p.request(form)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.PostFormValue("answer") == "no" {
		http.Redirect(w, r, request.back(p, url.Values{"error": {"access_denied"}}), http.StatusSeeOther)
		return
	}
	number := r.PostFormValue("person")
	if number == "" {
		number = r.PostFormValue("cpr")
	}
	cpr, err := post.ParseCPR(number)
	if err != nil {
		p.show(w, r, form, "CPR-nummeret skal have 10 cifre")
		return
	}
	http.Redirect(w, r, p.choose(request, cpr, r.PostFormValue("level")), http.StatusSeeOther)
}

func (p *Provider) show(w http.ResponseWriter, r *http.Request, form url.Values, problem string) {
	if _, err := p.request(form); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	people, err := p.People(r.Context())
	if err != nil {
		http.Error(w, "personerne kan ikke hentes lige nu", http.StatusServiceUnavailable)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// No form-action: the choice leads on through the portal to a view client.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	if problem != "" {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	page.Execute(w, view{people, form.Encode(), levels, problem, p.Styles}) //nolint:errcheck // the client is gone
}
