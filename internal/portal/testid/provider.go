// Package testid is the test log-in of localserve: a small OpenID provider where
// one picks a demo person or an employee (private MitID, MitID Erhverv), or types a
// number, and is believed. It proves nothing about anybody and so runs only on a
// Ground.
//
// To the rest of the program it is an identity provider like any other, so what
// works with it works with a real one.
package testid

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// ClientID is our name at the test log-in.
const ClientID = "digitalpost"

// Config is what the test log-in is told.
type Config struct {
	// People are the persons to pick from, in the order shown.
	People func(ctx context.Context) ([]Person, error)
	// Organisations are those with employees to pick from; nil is none.
	Organisations func(ctx context.Context) ([]Organisation, error)
	// Portals are the addresses of the hosts that people log in to.
	Portals []string
	// Styles are the addresses of the page's style sheets, on this host.
	Styles []string
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time
}

// Provider is the test log-in.
type Provider struct {
	Config
	issuer string
	key    *ecdsa.PrivateKey
	signer jose.Signer
	secret [32]byte // makes subjects of numbers

	mu     sync.Mutex
	logins map[string]login // by code, then by access token; each good once
}

// login is one that somebody said yes to.
type login struct {
	who       Identity
	level     string
	redirect  string
	challenge string
	nonce     string
	expires   time.Time
}

// New makes the provider. Codes and its key live as long as the process.
func New(g Ground, c Config) (*Provider, error) {
	if !g.address.Addr().IsLoopback() {
		return nil, ErrGround
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "test"}}, nil)
	if err != nil {
		return nil, err
	}
	p := &Provider{Config: c, issuer: g.Issuer(), key: key, signer: signer, logins: map[string]login{}}
	rand.Read(p.secret[:]) //nolint:errcheck // it never fails
	return p, nil
}

// subject is an identity's name among programs, which tells nothing of the
// numbers. A person and the same person at work are two.
func (p *Provider) subject(who Identity) string {
	h := hmac.New(sha256.New, p.secret[:])
	for _, part := range []string{who.CPR.Reveal(), who.CVR.Reveal(), who.Number} {
		h.Write([]byte(part + "/"))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// put keeps a login under a fresh secret for a minute.
func (p *Provider) put(l login) string {
	secret := rand.Text()
	l.expires = p.Now().Add(time.Minute)
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, old := range p.logins {
		if !p.Now().Before(old.expires) {
			delete(p.logins, key)
		}
	}
	p.logins[secret] = l
	return secret
}

// take returns what was put, once.
func (p *Provider) take(secret string) (login, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.logins[secret]
	delete(p.logins, secret)
	return l, ok && p.Now().Before(l.expires)
}

// request is what a portal asks for.
type request struct {
	state, nonce, challenge, redirect string
	kinds                             []string // of identities; none are all
}

// wants tells whether the portal asks for a kind of identity.
func (r request) wants(kind string) bool { return len(r.kinds) == 0 || slices.Contains(r.kinds, kind) }

var errRequest = errors.New("det er ikke en gyldig forespørgsel om log-in")

func (p *Provider) request(form url.Values) (request, error) {
	r := request{form.Get("state"), form.Get("nonce"), form.Get("code_challenge"), form.Get("redirect_uri"), strings.Fields(form.Get(AskParameter))}
	known := slices.ContainsFunc(p.Portals, func(base string) bool { return r.redirect == base+"/log-ind/svar" })
	switch {
	case !known, form.Get("client_id") != ClientID, form.Get("response_type") != "code",
		!slices.Contains(strings.Fields(form.Get("scope")), "openid"), r.challenge == "", form.Get("code_challenge_method") != "S256":
		return r, errRequest
	}
	return r, nil
}

// back is the portal's address with an answer.
func (r request) back(p *Provider, answer url.Values) string {
	answer.Set("state", r.state)
	answer.Set("iss", p.issuer)
	return r.redirect + "?" + answer.Encode()
}

// levels are the NSIS levels one can log in at.
var levels = []string{"Substantial", "High", "Low"}

// choose logs somebody in and returns where the browser goes.
func (p *Provider) choose(r request, who Identity, level string) string {
	if !slices.Contains(levels, level) {
		level = levels[0]
	}
	return r.back(p, url.Values{"code": {p.put(login{who: who, level: level, redirect: r.redirect, challenge: r.challenge, nonce: r.nonce})}})
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token",
		"userinfo_endpoint": p.issuer + "/userinfo", "jwks_uri": p.issuer + "/jwks.json", "end_session_endpoint": p.issuer + "/end-session",
		"scopes_supported": []string{"openid"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"none"}, "authorization_response_iss_parameter_supported": true,
	})
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "test", Algorithm: "ES256", Use: "sig"}}})
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	l, ok := p.take(r.PostFormValue("code"))
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	id, _, _ := r.BasicAuth()
	if id == "" {
		id = r.PostFormValue("client_id")
	}
	if !ok || id != ClientID || r.PostFormValue("grant_type") != "authorization_code" ||
		r.PostFormValue("redirect_uri") != l.redirect || base64.RawURLEncoding.EncodeToString(proof[:]) != l.challenge {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		answer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	now := p.Now()
	idToken, err := jwt.Signed(p.signer).Claims(jwt.Claims{
		Issuer: p.issuer, Subject: p.subject(l.who), Audience: jwt.Audience{ClientID},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Claims(map[string]any{"nonce": l.nonce, "loa": l.level, "identity_type": l.who.kind(), "auth_time": now.Unix()}).Serialize()
	if err != nil {
		http.Error(w, "the ID token could not be signed", http.StatusInternalServerError)
		return
	}
	answer(w, map[string]any{"access_token": p.put(l), "token_type": "Bearer", "expires_in": 60, "id_token": idToken})
}

// userinfo tells the numbers, once. The ID token does not have them, so that it may
// be shown again at log-out.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	l, ok := p.take(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	claims := l.who.claims()
	claims["sub"] = p.subject(l.who)
	answer(w, claims)
}

// endSession has nothing to end: nobody stays logged in here.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) {
	to := r.FormValue("post_logout_redirect_uri")
	if !slices.ContainsFunc(p.Portals, func(base string) bool { return to == base+"/log-ud" }) {
		http.Error(w, errRequest.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// local lets requests of this machine through, for this host.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, err := net.SplitHostPort(r.RemoteAddr)
		host, _, _ := strings.Cut(r.Host, ":")
		if err != nil || !net.ParseIP(from).IsLoopback() || host != Host {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // the client is gone
}
