package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ory/fosite"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/session"
)

// authorize is where a client sends the browser of a person whose post it wants
// to read (RFC 6749, 4.1.1; OpenID Connect Core, 3.1.2). Who is not logged in is
// sent to log in and comes back; then the person is asked, unless they were
// before and it is certain that the same client asks again.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodPost {
		// Another site's POST comes without the session's cookie.
		if err := r.ParseForm(); err != nil {
			return errs.Wrap(err, errs.KindInvalid, "oauth.request")
		}
		http.Redirect(w, r, r.URL.Path+"?"+r.Form.Encode(), http.StatusSeeOther)
		return nil
	}
	a, err := s.asked(r, r.URL.Query())
	if err != nil {
		return s.deny(w, r, a, err)
	}
	person, err := session.Of(r)
	if err != nil && errs.KindOf(err) != errs.KindUnauthenticated {
		return err
	}
	if err != nil || a.wantsLogIn(person, s.db.Now()) {
		if a.prompts("none") {
			return s.deny(w, r, a, fosite.ErrLoginRequired)
		}
		http.Redirect(w, r, "/log-ind?"+url.Values{"retur": {r.URL.Path + "?" + a.withoutLogIn()}}.Encode(), http.StatusSeeOther)
		return nil
	}
	mayPass, err := s.settled(r.Context(), a, person)
	if err != nil {
		return err
	}
	switch {
	case mayPass && !a.prompts("consent"):
		return s.approve(w, r, a, person)
	case a.prompts("none"):
		return s.deny(w, r, a, fosite.ErrConsentRequired)
	}
	return s.ask(w, r, a, person)
}

// decide takes the answer that a person gives on the page of ask.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return errs.Wrap(err, errs.KindForbidden, "oauth.foreign")
	}
	person, err := session.Of(r)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(r.PostFormValue("anmodning"))
	if err != nil {
		return errs.Wrap(err, errs.KindInvalid, "oauth.request")
	}
	a, err := s.asked(r, form)
	if err != nil {
		return s.deny(w, r, a, err)
	}
	if r.PostFormValue("svar") != "ja" {
		return s.deny(w, r, a, fosite.ErrAccessDenied)
	}
	return s.approve(w, r, a, person)
}

// request is what a client asks for, found to be in order.
type request struct {
	fosite.AuthorizeRequester
	client session.Client
	form   url.Values
}

// asked reads and judges what a client asks for.
func (s *Server) asked(r *http.Request, form url.Values) (request, error) {
	// The API writes scopes in capitals.
	form.Set("scope", strings.ToLower(form.Get("scope")))
	a := request{form: form}
	var refusal error
	err := s.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		k := &work{tx: tx}
		a.AuthorizeRequester, refusal = s.protocol.NewAuthorizeRequest(withWork(r.Context(), k), queryOf(r.Context(), form))
		if k.err != nil || refusal != nil {
			return k.err
		}
		a.client, err = s.sessions.Client(tx, a.GetClient().GetID())
		return err
	})
	if err != nil {
		return a, err
	}
	if refusal == nil && len(a.GetRequestedScopes()) == 0 {
		// Who asks for nothing could be let in without the person's yes.
		refusal = fosite.ErrInvalidScope.WithHint("The request names no scope.")
	}
	return a, refusal
}

func (a request) prompts(word string) bool {
	return slices.Contains(strings.Fields(a.form.Get("prompt")), word)
}

// wantsLogIn tells whether the client wants the person to log in anew.
func (a request) wantsLogIn(person session.Session, now time.Time) bool {
	if a.prompts("login") {
		return true
	}
	age, err := strconv.ParseInt(a.form.Get("max_age"), 10, 32)
	return err == nil && now.Sub(person.LoggedIn) > time.Duration(age)*time.Second
}

// withoutLogIn is the request as it comes back from the log-in it wanted: a
// max_age of nothing means a new log-in, which has been then.
func (a request) withoutLogIn() string {
	form := url.Values{}
	for name, values := range a.form {
		form[name] = values
	}
	if a.prompts("login") {
		form.Set("prompt", strings.Join(slices.DeleteFunc(strings.Fields(form.Get("prompt")), func(s string) bool { return s == "login" }), " "))
	}
	if form.Get("max_age") == "0" {
		form.Del("max_age")
	}
	return form.Encode()
}

// settled tells whether the person need not be asked: the client is the state's
// own, or they said yes before, and it is certainly this client that asks.
func (s *Server) settled(ctx context.Context, a request, person session.Session) (yes bool, err error) {
	if !a.client.Proven(a.GetRedirectURI()) {
		return false, nil
	}
	own := !slices.ContainsFunc(a.GetRequestedScopes(), func(scope string) bool { return !slices.Contains(a.client.AutoApprove, scope) })
	if own {
		return true, nil
	}
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		yes, err = s.sessions.Allowed(tx, person.Party, person.Organisation, a.client.ID, a.GetRequestedScopes())
		return err
	})
	return yes, err
}

// approve sends the browser back to the client with a code.
func (s *Server) approve(w http.ResponseWriter, r *http.Request, a request, person session.Session) error {
	g := session.Grant{
		Party: person.Party, Organisation: person.Organisation, Client: a.client.ID, Platform: a.client.Platform,
		Device: person.Device, Assurance: person.Assurance, LoggedIn: person.LoggedIn,
		DeviceID: label(a.form.Get("deviceId")), DeviceName: label(a.form.Get("deviceName")),
	}
	var response fosite.AuthorizeResponder
	err := s.work(r.Context(), func(ctx context.Context) error {
		who, err := identify(workOf(ctx).tx, s.people, person.Party, person.Organisation)
		if err != nil {
			return err
		}
		// The library grants and answers on the request itself; a transaction
		// that is run again needs a fresh one.
		fresh, err := s.protocol.NewAuthorizeRequest(ctx, queryOf(ctx, a.form))
		if err != nil {
			return err
		}
		for _, scope := range fresh.GetRequestedScopes() {
			fresh.GrantScope(scope)
		}
		response, err = s.protocol.NewAuthorizeResponse(ctx, fresh, newSession(who.subject, g, s.keys[0].ID))
		return err
	})
	if err != nil {
		return s.deny(w, r, a, err)
	}
	response.AddParameter("iss", s.issuer) // RFC 9207
	s.protocol.WriteAuthorizeResponse(r.Context(), w, a, response)
	return nil
}

// queryOf is the request for authorization alone, as a GET.
func queryOf(ctx context.Context, form url.Values) *http.Request {
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{RawQuery: form.Encode()}, Header: http.Header{}}
	return r.WithContext(ctx)
}

// deny tells the client why not, by way of the browser. Where the client or its
// address is not known to be right, the person is told instead: a browser is
// never sent to an address that somebody made up.
func (s *Server) deny(w http.ResponseWriter, r *http.Request, a request, err error) error {
	refusal, ok := errors.AsType[*fosite.RFC6749Error](err)
	if !ok {
		return err
	}
	if a.AuthorizeRequester == nil || !a.IsRedirectURIValid() {
		return &errs.Error{Kind: errs.KindInvalid, Code: "oauth.request", Detail: refusal.GetDescription()}
	}
	s.protocol.WriteAuthorizeError(r.Context(), w, a, refusal)
	return nil
}

// label is a client's name for a device, fit to be shown.
func label(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	if runes := []rune(s); len(runes) > 100 {
		s = string(runes[:100])
	}
	return s
}
