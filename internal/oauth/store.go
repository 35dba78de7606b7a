package oauth

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/openid"

	"digitalpost/internal/db"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
)

// store is what the protocol library sees of package session. All calls of one
// request happen in one transaction, which travels in the context. Secrets are
// handed on as they are: package session keeps their hashes.
//
// The library stores a token request in many small steps; here all of them are
// one call, sessions.Exchange, made where the last is due. The others have
// nothing left to do.
type store struct {
	sessions *session.Sessions
	people   *registry.Registry
	keyID    string // of the key that signs ID tokens
}

// work is one request to the library.
type work struct {
	tx *db.Tx
	// used is the code or refresh token that the request exchanges or revokes.
	used   session.Token
	secret string
	// reused is set when it had been used before: its grant has ended, and that
	// is kept although the request is refused.
	reused bool
	access string // the new access token
	err    error  // what the database said, which the library would hide
}

type workKey struct{}

func withWork(ctx context.Context, k *work) context.Context {
	return context.WithValue(ctx, workKey{}, k)
}

func workOf(ctx context.Context) *work { return ctx.Value(workKey{}).(*work) }

func (k *work) failed(err error) error {
	if err != nil && k.err == nil {
		k.err = err
	}
	return err
}

// GetClient implements fosite.ClientManager.
func (s *store) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	k := workOf(ctx)
	c, err := s.sessions.Client(k.tx, id)
	if errors.Is(err, session.ErrClient) {
		return nil, fosite.ErrNotFound
	}
	if err != nil {
		return nil, k.failed(err)
	}
	return protocolClient(c), nil
}

func protocolClient(c session.Client) fosite.Client {
	return &fosite.DefaultClient{
		ID: c.ID, Secret: c.SecretHash, RedirectURIs: c.RedirectURIs, Scopes: c.Scopes, Public: c.Public(),
		GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"},
	}
}

// ClientAssertionJWTValid implements fosite.ClientManager. We offer no client
// authentication by assertion.
func (s *store) ClientAssertionJWTValid(context.Context, string) error {
	return fosite.ErrInvalidClient
}

// SetClientAssertionJWT implements fosite.ClientManager.
func (s *store) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return fosite.ErrInvalidClient
}

// CreateAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage.
func (s *store) CreateAuthorizeCodeSession(ctx context.Context, code string, r fosite.Requester) error {
	k := workOf(ctx)
	g := r.GetSession().(*protocolSession).grant
	g.Scopes = r.GetGrantedScopes()
	_, err := s.sessions.Allow(k.tx, g, code, r.GetRequestForm().Encode())
	return k.failed(err)
}

// GetAuthorizeCodeSession implements oauth2.AuthorizeCodeStorage.
func (s *store) GetAuthorizeCodeSession(ctx context.Context, code string, _ fosite.Session) (fosite.Requester, error) {
	return s.token(ctx, session.Code, code, fosite.ErrInvalidatedAuthorizeCode)
}

// GetRefreshTokenSession implements oauth2.RefreshTokenStorage.
func (s *store) GetRefreshTokenSession(ctx context.Context, refresh string, _ fosite.Session) (fosite.Requester, error) {
	return s.token(ctx, session.Refresh, refresh, fosite.ErrInactiveToken)
}

// GetAccessTokenSession implements oauth2.AccessTokenStorage.
func (s *store) GetAccessTokenSession(ctx context.Context, access string, _ fosite.Session) (fosite.Requester, error) {
	return s.token(ctx, session.Access, access, fosite.ErrInactiveToken)
}

// token looks a token up, once for each request: a code is asked for again after
// it was exchanged.
func (s *store) token(ctx context.Context, kind session.Kind, secret string, reused error) (fosite.Requester, error) {
	k := workOf(ctx)
	if k.secret == "" || k.secret != secret {
		t, err := s.sessions.Token(k.tx, kind, secret)
		switch {
		case errors.Is(err, session.ErrToken):
			return nil, fosite.ErrNotFound
		case errors.Is(err, session.ErrReused):
			k.reused = true
		case err != nil:
			return nil, k.failed(err)
		}
		k.used, k.secret = t, secret
	}
	r, err := s.request(k, k.used)
	if err != nil {
		return nil, k.failed(err)
	}
	if k.reused {
		return r, reused
	}
	return r, nil
}

// request is a token as the library wants it.
func (s *store) request(k *work, t session.Token) (*fosite.Request, error) {
	c, err := s.sessions.Client(k.tx, t.Grant.Client)
	if err != nil {
		return nil, err
	}
	who, err := identify(k.tx, s.people, t.Grant.Party, t.Grant.Organisation)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(t.Request)
	if err != nil {
		return nil, err
	}
	return &fosite.Request{
		ID: t.Grant.ID.String(), RequestedAt: t.Grant.Created, Client: protocolClient(c), Form: form,
		RequestedScope: t.Grant.Scopes, GrantedScope: t.Grant.Scopes, Session: newSession(who.subject, t.Grant, s.keyID),
	}, nil
}

// CreateAccessTokenSession implements oauth2.AccessTokenStorage.
func (s *store) CreateAccessTokenSession(ctx context.Context, access string, _ fosite.Requester) error {
	workOf(ctx).access = access
	return nil
}

// CreateRefreshTokenSession implements oauth2.RefreshTokenStorage. It is the
// last step of an exchange.
func (s *store) CreateRefreshTokenSession(ctx context.Context, refresh, _ string, _ fosite.Requester) error {
	k := workOf(ctx)
	return k.failed(s.sessions.Exchange(k.tx, k.used, k.secret, k.access, refresh))
}

// RevokeRefreshToken implements oauth2.TokenRevocationStorage: the grant ends,
// and every token of it.
func (s *store) RevokeRefreshToken(ctx context.Context, _ string) error {
	k := workOf(ctx)
	if k.reused {
		return nil
	}
	return k.failed(s.sessions.Withdraw(k.tx, k.used.Grant))
}

// GetPKCERequestSession implements pkce.PKCERequestStorage.
func (s *store) GetPKCERequestSession(ctx context.Context, code string, n fosite.Session) (fosite.Requester, error) {
	return s.GetAuthorizeCodeSession(ctx, code, n)
}

// GetOpenIDConnectSession implements openid.OpenIDConnectRequestStorage.
func (s *store) GetOpenIDConnectSession(ctx context.Context, code string, r fosite.Requester) (fosite.Requester, error) {
	found, err := s.GetAuthorizeCodeSession(ctx, code, r.GetSession())
	if err == nil && !found.GetGrantedScopes().Has(session.ScopeOpenID) {
		return nil, openid.ErrNoSessionFound
	}
	return found, err
}

// The steps that are part of Exchange, or of what the database does by itself.

func (s *store) InvalidateAuthorizeCodeSession(context.Context, string) error { return nil }
func (s *store) DeleteAccessTokenSession(context.Context, string) error       { return nil }
func (s *store) DeleteRefreshTokenSession(context.Context, string) error      { return nil }
func (s *store) RotateRefreshToken(context.Context, string, string) error     { return nil }
func (s *store) RevokeAccessToken(context.Context, string) error              { return nil }
func (s *store) DeletePKCERequestSession(context.Context, string) error       { return nil }
func (s *store) DeleteOpenIDConnectSession(context.Context, string) error     { return nil }
func (s *store) CreatePKCERequestSession(context.Context, string, fosite.Requester) error {
	return nil
}
func (s *store) CreateOpenIDConnectSession(context.Context, string, fosite.Requester) error {
	return nil
}
