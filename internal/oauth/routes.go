package oauth

import (
	"html/template"
	"net/http"

	"digitalpost/internal/session"
)

// Pages is the site around what a person sees (package web).
type Pages interface {
	// Handle serves a handler; its error becomes a page or an API's answer.
	Handle(fn func(http.ResponseWriter, *http.Request) error) http.Handler
	// Show writes a page.
	Show(w http.ResponseWriter, r *http.Request, status int, title string, content *template.Template, data any) error
}

// maxRequest bounds a request to the server, in bytes.
const maxRequest = 64 << 10

// Routes adds the endpoints under base, "/apis/v1". They must stand inside the
// host's Browser.Load, and the host needs the routes of package login.
func (s *Server) Routes(mux *http.ServeMux, base string) {
	handle := func(method, path string, fn func(http.ResponseWriter, *http.Request) error) {
		mux.Handle(method+" "+base+path, s.pages.Handle(func(w http.ResponseWriter, r *http.Request) error {
			r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
			return fn(w, r)
		}))
	}
	handle("GET", "/oauth/.well-known/openid-configuration", s.discovery)
	handle("GET", "/oauth/jwks.json", func(w http.ResponseWriter, _ *http.Request) error { return answer(w, s.jwks()) })
	handle("GET", "/oauth/authorize", s.authorize)
	handle("POST", "/oauth/authorize", s.authorize)
	handle("POST", "/oauth/godkend", s.decide)
	handle("GET", "/oauth/token", s.token)
	handle("POST", "/oauth/token", s.token)
	handle("POST", "/oauth/revoke", s.revoke)
	handle("GET", "/oauth/userinfo", s.userinfo)
	handle("POST", "/oauth/userinfo", s.userinfo)
	handle("GET", "/oauth/logout", s.logout)
	handle("POST", "/oauth/logout", s.logout)
	handle("GET", "/consents", s.consents)
	handle("DELETE", "/consents/{id}", s.revokeConsent)
}

// discovery says what the server offers (OpenID Connect Discovery 1.0, RFC 8414).
func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, map[string]any{
		"issuer":                                         s.issuer,
		"authorization_endpoint":                         s.issuer + "/authorize",
		"token_endpoint":                                 s.issuer + "/token",
		"revocation_endpoint":                            s.issuer + "/revoke",
		"userinfo_endpoint":                              s.issuer + "/userinfo",
		"jwks_uri":                                       s.issuer + "/jwks.json",
		"end_session_endpoint":                           s.issuer + "/logout",
		"scopes_supported":                               session.Scopes,
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"token_endpoint_auth_methods_supported":          []string{"none", "client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"claims_supported":                               []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "name", "cpr", "cvr", "org_name"},
		"acr_values_supported":                           []string{levels[2], levels[3]},
		"ui_locales_supported":                           []string{"da", "en"},
		"authorization_response_iss_parameter_supported": true,
	})
}
