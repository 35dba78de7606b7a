package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

// userinfo tells a client with an access token who the person is (OpenID Connect
// Core, 5.3), and of an employee for which organisation. The CPR number is told to
// clients with the scope for it alone.
func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) error {
	claims := map[string]string{}
	err := s.db.Read(r.Context(), func(tx *db.Tx) error {
		actor, scopes, err := s.sessions.Bearer(tx, bearer(r))
		if err != nil {
			return err
		}
		if !slices.Contains(scopes, session.ScopeOpenID) {
			return errs.New(errs.KindForbidden, "token.scope", "the token lacks the scope openid")
		}
		who, err := identify(tx, s.people, actor.Party, actor.Organisation)
		if err != nil {
			return err
		}
		claims["sub"], claims["name"] = who.subject.String(), who.person.Name
		if actor.Organisation != 0 {
			cvr, err := s.people.CVR(who.organisation)
			if err != nil {
				return err
			}
			claims["cvr"], claims["org_name"] = cvr.Reveal(), who.organisation.Name
		}
		if !slices.Contains(scopes, session.ScopeCPR) {
			return nil
		}
		cpr, err := s.people.CPR(who.person)
		claims["cpr"] = cpr.Reveal()
		return err
	})
	if err != nil {
		return challenge(w, err)
	}
	return answer(w, claims)
}

// bearer is the access token of a request (RFC 6750, 2.1), "" where there is
// none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// challenge says on a refused token why (RFC 6750, 3).
func challenge(w http.ResponseWriter, err error) error {
	switch errs.KindOf(err) {
	case errs.KindUnauthenticated:
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case errs.KindForbidden:
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
	}
	return err
}

// consent is one entry of the list that /consents gives: a client on a device.
type consent struct {
	ID         post.UUID `json:"id"`
	ClientID   string    `json:"clientId"`
	ClientName string    `json:"clientName"`
	DeviceID   string    `json:"deviceId,omitempty"`
	DeviceName string    `json:"deviceName,omitempty"`
	Scopes     []string  `json:"scopes"`
	Created    time.Time `json:"createdDateTime"`
	Used       time.Time `json:"lastUsedDateTime"`
}

// reader is who asks about consents. A client that may not read the post may not
// read either which others may.
func (s *Server) reader(tx *db.Tx, r *http.Request) (post.Actor, error) {
	actor, scopes, err := s.sessions.Bearer(tx, bearer(r))
	if err == nil && !slices.Contains(scopes, session.ScopeRead) && !slices.Contains(scopes, session.ScopeWrite) {
		err = errs.New(errs.KindForbidden, "token.scope", "the token has neither of the scopes read and write")
	}
	return actor, err
}

// consents lists what the person lets clients do (API 1.68: GetRefreshTokens),
// as a PagingResult of one page.
func (s *Server) consents(w http.ResponseWriter, r *http.Request) error {
	var list []consent
	err := s.db.Read(r.Context(), func(tx *db.Tx) error {
		actor, err := s.reader(tx, r)
		if err != nil {
			return err
		}
		list, err = s.list(tx, actor)
		return err
	})
	if err != nil {
		return challenge(w, err)
	}
	return answer(w, page(list))
}

// revokeConsent ends one of them (API 1.68: RevokeRefreshToken) and answers with
// those that are left. A client that may only read ends its own alone.
func (s *Server) revokeConsent(w http.ResponseWriter, r *http.Request) error {
	id, err := post.ParseUUID(r.PathValue("id"))
	if err != nil {
		return errs.NotFound("consent.unknown")
	}
	var list []consent
	err = s.db.Update(r.Context(), func(tx *db.Tx) error {
		actor, err := s.reader(tx, r)
		if err != nil {
			return err
		}
		if actor.ReadOnly && actor.Session != id.String() {
			return errs.New(errs.KindForbidden, "token.scope", "the token lacks the scope write")
		}
		if err := s.sessions.Revoke(tx, actor, id); err != nil {
			return err
		}
		list, err = s.list(tx, actor)
		return err
	})
	if err != nil {
		return challenge(w, err)
	}
	return answer(w, page(list))
}

func (s *Server) list(tx *db.Tx, actor post.Actor) ([]consent, error) {
	list := []consent{}
	grants, err := s.sessions.Grants(tx, actor.Party, actor.Organisation)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		c, err := s.sessions.Client(tx, g.Client)
		if errors.Is(err, session.ErrClient) {
			continue // closed: the grant is worth nothing
		}
		if err != nil {
			return nil, err
		}
		list = append(list, consent{g.ID, c.ID, c.Name, g.DeviceID, g.DeviceName, g.Scopes, g.Created, g.Used})
	}
	return list, nil
}

// page is the API's PagingResult.
func page(list []consent) any {
	return map[string]any{
		"content": list, "number": 0, "size": len(list), "previous": nil, "next": nil, "totalElements": len(list), "totalPages": 1,
	}
}

// logout ends the person's session in this browser for a client that can show
// an ID token of theirs (OpenID Connect RP-Initiated Logout 1.0), and sends the
// browser back to one of the client's addresses.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) error {
	hint, err := s.hint(r.FormValue("id_token_hint"))
	if err != nil {
		return errs.Wrap(err, errs.KindInvalid, "oauth.hint")
	}
	back := "/log-ud"
	err = s.db.Update(r.Context(), func(tx *db.Tx) error {
		if to := r.FormValue("post_logout_redirect_uri"); to != "" {
			c, err := s.sessions.Client(tx, hint.Audience[0])
			if err != nil || !slices.Contains(c.RedirectURIs, to) {
				return errs.Invalid("oauth.redirect", "post_logout_redirect_uri", "the address is none of the client's")
			}
			back = withState(to, r.FormValue("state"))
		}
		person, err := session.Of(r)
		if errs.KindOf(err) == errs.KindUnauthenticated {
			return nil
		}
		if err != nil {
			return err
		}
		who, err := identify(tx, s.people, person.Party, person.Organisation)
		if err != nil {
			return err
		}
		if who.subject.String() != hint.Subject {
			return errs.New(errs.KindForbidden, "oauth.hint", "the ID token is another person's")
		}
		_, err = s.sessions.End(tx, session.Secret(r))
		return err
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

// hint reads an ID token of ours, an old one too.
func (s *Server) hint(token string) (jwt.Claims, error) {
	var claims jwt.Claims
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return claims, err
	}
	if err := parsed.Claims(s.jwks(), &claims); err != nil {
		return claims, err
	}
	if claims.Issuer != s.issuer || len(claims.Audience) != 1 {
		return claims, errors.New("the ID token is not ours")
	}
	return claims, nil
}

func withState(to, state string) string {
	u, err := url.Parse(to)
	if err != nil || state == "" {
		return to
	}
	query := u.Query()
	query.Set("state", state)
	u.RawQuery = query.Encode()
	return u.String()
}

// answer writes JSON that nobody may keep.
func answer(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(v)
}
