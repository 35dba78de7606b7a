package testid

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// view is what the page shows.
type view struct {
	People        []Person
	Organisations []Organisation
	// Private and Professional tell what the portal asks for.
	Private, Professional bool
	Request               string // the portal's request, handed on through the form
	Levels                []string
	Styles                []string
	// Error says what is wrong with the form for persons, Wrong with that for
	// employees, who typed Typed.
	Error, Wrong string
	Typed        struct{ CVR, Number, CPR string }
}

// Digits is the whole number, which the page hands on.
func (p Person) Digits() string { return p.CPR.Reveal() }

// Digits is the whole number.
func (o Organisation) Digits() string { return o.CVR.Reveal() }

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

// pick shows whom one can be.
func (p *Provider) pick(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, r.URL.Query(), nil)
}

// picked takes the choice: somebody's button, or the numbers that were typed. The
// value of a button is a CPR number, and for an employee CVR/number.
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
	cpr, cvr, number := r.PostFormValue("cpr"), r.PostFormValue("cvr"), r.PostFormValue("number")
	if button := r.PostFormValue("person"); button != "" {
		cpr = button
	}
	if button := r.PostFormValue("employee"); button != "" {
		cpr = ""
		cvr, number, _ = strings.Cut(button, "/")
	}
	who, err := typed(cpr, cvr, number)
	if r.PostForm.Has("cvr") && cvr == "" {
		err = errCVR // the form for employees, which must not log in the person
	}
	if err != nil {
		p.show(w, r, form, err)
		return
	}
	if who, err = p.complete(r.Context(), who); err != nil {
		unavailable(w)
		return
	}
	http.Redirect(w, r, p.choose(request, who, r.PostFormValue("level")), http.StatusSeeOther)
}

func unavailable(w http.ResponseWriter) {
	http.Error(w, "personerne kan ikke hentes lige nu", http.StatusServiceUnavailable)
}

func (p *Provider) show(w http.ResponseWriter, r *http.Request, form url.Values, problem error) {
	request, err := p.request(form)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	people, err := p.People(r.Context())
	if err != nil {
		unavailable(w)
		return
	}
	organisations, err := p.organisations(r.Context())
	if err != nil {
		unavailable(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// No form-action: the choice leads on through the portal to a view client.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	v := view{People: people, Organisations: organisations, Private: request.wants(AskPrivate), Professional: request.wants(AskProfessional),
		Request: form.Encode(), Levels: levels, Styles: p.Styles}
	if problem != nil {
		if r.PostForm.Has("cvr") {
			v.Wrong = problem.Error()
			v.Typed.CVR, v.Typed.Number, v.Typed.CPR = r.PostFormValue("cvr"), r.PostFormValue("number"), r.PostFormValue("cpr")
		} else {
			v.Error = problem.Error()
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	page.Execute(w, v) //nolint:errcheck // the client is gone
}
