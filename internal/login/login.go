// Package login is the door for people: it sends them to the identity provider
// (OpenID Connect, code flow with PKCE), judges the answer and begins or ends
// their session. It knows no passwords and decides nothing about post.
//
// Somebody logs in on their own behalf (private MitID) or as an employee (MitID
// Erhverv); a portal says which it takes. An employee is one whom the register
// has, whatever the provider says.
package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// Login sends people to one identity provider.
type Login struct {
	config   Config
	db       *db.DB
	keys     *keys.Ring
	sessions *session.Sessions
	people   *registry.Registry

	provider atomic.Pointer[provider] // nil until the provider has been reached
}

// New checks the configuration. The provider is asked when the first person
// comes, so that it may start later than we do.
func New(c Config, d *db.DB, ring *keys.Ring, sessions *session.Sessions, people *registry.Registry) (*Login, error) {
	c, err := c.checked()
	if err != nil {
		return nil, err
	}
	return &Login{config: c, db: d, keys: ring, sessions: sessions, people: people}, nil
}

// Portal is a host that people log in to.
type Portal struct {
	Browser *session.Browser
	// Base is the host's address without a path: https://borger.example.dk. The
	// provider must know Base/log-ind/svar and Base/log-ud.
	Base string
	// Takes are the kinds of identity that may log in here.
	Takes Kind
}

// What went wrong with a log-in; each code has a page of its own.
var (
	ErrStale        = errs.New(errs.KindInvalid, "login.stale", "the answer belongs to no log-in that this browser began, or came too late")
	ErrDeclined     = errs.New(errs.KindForbidden, "login.declined", "the person broke the log-in off")
	ErrRefused      = errs.New(errs.KindForbidden, "login.refused", "the provider's answer does not hold")
	ErrLevel        = errs.New(errs.KindForbidden, "login.level", "the level of assurance is below substantial")
	ErrUnknown      = errs.New(errs.KindForbidden, "login.unknown", "the person is not in the register")
	ErrPrivate      = errs.New(errs.KindForbidden, "login.private", "an employee's log-in at a portal for private persons")
	ErrProfessional = errs.New(errs.KindForbidden, "login.professional", "a private log-in at a portal for employees")
	ErrCompany      = errs.New(errs.KindForbidden, "login.company", "the organisation is not in the register")
	ErrClosed       = errs.New(errs.KindForbidden, "login.closed", "the organisation has ceased")
	ErrEmployee     = errs.New(errs.KindForbidden, "login.employee", "the register has no such employee, or no more")

	ErrProvider = errs.New(errs.KindUnavailable, "login.provider", "the identity provider does not answer")
)

func because(e *errs.Error, cause error) error {
	wrapped := *e
	wrapped.Err = cause
	return &wrapped
}

// start sends the browser to the provider. The form value "retur" is the page to
// come back to.
func (l *Login) start(p *Portal, w http.ResponseWriter, r *http.Request) error {
	provider, err := l.reach(r.Context())
	if err != nil {
		return err
	}
	a := newAttempt(r.FormValue("retur"), l.db.Now())
	if err := p.keep(l.keys, w, a); err != nil {
		return fmt.Errorf("keep the attempt: %w", err)
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if l.config.ACRValues != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", l.config.ACRValues))
	}
	if words := l.config.Ask.words(p.Takes); l.config.Ask.Parameter != "" && words != "" {
		options = append(options, oauth2.SetAuthURLParam(l.config.Ask.Parameter, words))
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, provider.oauth(p).AuthCodeURL(a.State, options...), http.StatusSeeOther)
	return nil
}

// answer is where the provider sends the browser back to.
func (l *Login) answer(p *Portal, w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	a, err := p.take(l.keys, w, r)
	if err != nil || !a.answers(r.FormValue("state"), l.db.Now()) {
		return because(ErrStale, err)
	}
	// A provider that names itself must be the one that was asked (RFC 9207).
	if iss := r.FormValue("iss"); iss != "" && iss != l.config.Issuer {
		return because(ErrRefused, errors.New("the answer is another provider's"))
	}
	if code := r.FormValue("error"); code == "access_denied" {
		return ErrDeclined
	} else if code != "" {
		return because(ErrRefused, errors.New("the provider answers with an error"))
	}
	who, err := l.identify(r.Context(), p, a, r.FormValue("code"))
	if err == nil && who.kind&p.Takes == 0 {
		err = map[Kind]error{Private: ErrProfessional, Professional: ErrPrivate}[who.kind]
	}
	if err != nil {
		return l.refused(r, p, err)
	}
	secret, err := l.begin(r, p, who)
	if err != nil {
		return l.refused(r, p, err)
	}
	p.Browser.Set(w, secret)
	http.Redirect(w, r, a.Return, http.StatusSeeOther)
	return nil
}

// refused logs that somebody came back from the provider and was not let in, and
// returns the reason.
func (l *Login) refused(r *http.Request, p *Portal, reason error) error {
	if errs.KindOf(reason) != errs.KindForbidden {
		return reason
	}
	err := l.db.Update(r.Context(), func(tx *db.Tx) error {
		return audit.Append(tx, audit.Event{
			Name: audit.LogInRefused, Actor: post.Actor{Platform: p.Browser.Platform, Device: web.DeviceOf(r)},
			Props: []audit.Prop{{Key: audit.Reason, Value: errs.CodeOf(reason)}},
		})
	})
	if err != nil {
		return err
	}
	return reason
}

// begin starts a session for who logged in, in place of the one the browser had.
func (l *Login) begin(r *http.Request, p *Portal, who identity) (secret string, err error) {
	err = l.db.Update(r.Context(), func(tx *db.Tx) error {
		find := l.person
		if who.kind == Professional {
			find = l.employee
		}
		found, err := find(tx, who)
		if err != nil {
			return err
		}
		cpr, err := l.people.CPR(found.person)
		if err != nil {
			return err
		}
		if _, err := l.sessions.End(tx, session.Secret(r)); err != nil && !errors.Is(err, session.ErrNone) {
			return err
		}
		var begun session.Session
		begun, secret, err = l.sessions.Start(tx, session.Session{
			Party: found.person.ID, Organisation: found.organisation, Platform: p.Browser.Platform, Device: web.DeviceOf(r),
			Assurance: who.level, IDToken: who.idToken(cpr),
		})
		for _, id := range found.here {
			if err == nil {
				err = l.people.Confirm(tx, begun.Actor(), id)
			}
		}
		return err
	})
	return secret, err
}

// found is who logged in, as the register has them.
type found struct {
	person       registry.Party
	organisation post.PartyID // an employee's, 0 for who logs in on their own behalf
	// here are the parties whose waiting period the log-in ends.
	here []post.PartyID
}

// person is who logged in on their own behalf. They log in for the companies too
// that they sign for alone (ORG-03).
func (l *Login) person(tx *db.Tx, who identity) (found, error) {
	person, err := l.people.PersonByCPR(tx, who.cpr)
	if errs.KindOf(err) == errs.KindNotFound {
		return found{}, ErrUnknown
	}
	if err != nil {
		return found{}, fmt.Errorf("find the person: %w", err)
	}
	f := found{person: person, here: []post.PartyID{person.ID}}
	of, err := l.people.MemberOf(tx, person.ID)
	if err != nil {
		return f, fmt.Errorf("find what the person signs for: %w", err)
	}
	for _, m := range of {
		if m.Signs {
			f.here = append(f.here, m.Organisation)
		}
	}
	return f, nil
}

// end logs out here and then at the provider, so that the next person at this
// computer has to log in anew (MBX-20).
func (l *Login) end(p *Portal, pages Pages, w http.ResponseWriter, r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return errs.Wrap(err, errs.KindForbidden, "login.foreign")
	}
	var ended session.Session
	err := l.db.Update(r.Context(), func(tx *db.Tx) (err error) {
		ended, err = l.sessions.End(tx, session.Secret(r))
		return err
	})
	if err != nil && !errors.Is(err, session.ErrNone) {
		return err
	}
	p.Browser.Clear(w)
	w.Header().Set("Cache-Control", "no-store")
	if to := l.afterwards(r.Context(), p, ended); to != "" {
		// Not a redirect: browsers hold a page's form-action against where the
		// answer to its form redirects to.
		w.Header().Set("Refresh", "0; url="+to)
		return p.loggedOut(pages, w, r)
	}
	http.Redirect(w, r, loggedOutPath, http.StatusSeeOther)
	return nil
}

const loggedOutPath = "/log-ud"

// afterwards is where the provider logs a browser out that is logged out here
// (OpenID Connect RP-Initiated Logout 1.0), "" where it is not there or offers
// no log-out.
func (l *Login) afterwards(ctx context.Context, p *Portal, ended session.Session) string {
	provider, err := l.reach(ctx)
	if err != nil || provider.endSession == "" || ended.Party == 0 {
		return ""
	}
	query := url.Values{"client_id": {l.config.ClientID}, "post_logout_redirect_uri": {p.Base + loggedOutPath}}
	if ended.IDToken != "" {
		query.Set("id_token_hint", ended.IDToken)
	}
	return provider.endSession + "?" + query.Encode()
}
