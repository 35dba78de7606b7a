package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/token/jwt"

	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

// protocol sets the library up: code flow with PKCE S256 and nothing else,
// rotating refresh tokens, ID tokens, revocation.
func protocol(issuer string, s *store, key session.SigningKey) fosite.OAuth2Provider {
	limits := s.sessions.Limits()
	config := &fosite.Config{
		AuthorizeCodeLifespan: limits.Code,
		AccessTokenLifespan:   limits.Access,
		RefreshTokenLifespan:  limits.Refresh,
		IDTokenLifespan:       limits.Access,
		IDTokenIssuer:         issuer,
		EnforcePKCE:           true,
		ScopeStrategy:         fosite.ExactScopeStrategy,
		RefreshTokenScopes:    []string{}, // every client gets one
		SanitationWhiteList:   []string{"redirect_uri", "code_challenge", "code_challenge_method", "nonce"},
		ClientSecretsHasher:   secretHasher{},
	}
	privateKey := func(context.Context) (any, error) { return key.Key, nil }
	strategy := &compose.CommonStrategy{
		CoreStrategy:               tokens{},
		OpenIDConnectTokenStrategy: compose.NewOpenIDConnectStrategy(privateKey, config),
		Signer:                     &jwt.DefaultSigner{GetPrivateKey: privateKey},
	}
	return compose.Compose(config, s, strategy,
		compose.OAuth2AuthorizeExplicitFactory,
		compose.OAuth2RefreshTokenGrantFactory,
		compose.OpenIDConnectExplicitFactory,
		compose.OpenIDConnectRefreshFactory,
		compose.OAuth2TokenRevocationFactory,
		compose.OAuth2PKCEFactory,
	)
}

// tokens are random secrets without a meaning. What the library calls their
// signature, under which they are looked up, is the secret itself; package
// session hashes it, and has judged its age when it gives the token out.
type tokens struct{}

func (tokens) AccessTokenSignature(_ context.Context, token string) string   { return token }
func (tokens) RefreshTokenSignature(_ context.Context, token string) string  { return token }
func (tokens) AuthorizeCodeSignature(_ context.Context, token string) string { return token }

func (tokens) GenerateAccessToken(context.Context, fosite.Requester) (string, string, error) {
	secret := session.NewSecret()
	return secret, secret, nil
}
func (t tokens) GenerateRefreshToken(ctx context.Context, r fosite.Requester) (string, string, error) {
	return t.GenerateAccessToken(ctx, r)
}
func (t tokens) GenerateAuthorizeCode(ctx context.Context, r fosite.Requester) (string, string, error) {
	return t.GenerateAccessToken(ctx, r)
}

func (tokens) ValidateAccessToken(context.Context, fosite.Requester, string) error   { return nil }
func (tokens) ValidateRefreshToken(context.Context, fosite.Requester, string) error  { return nil }
func (tokens) ValidateAuthorizeCode(context.Context, fosite.Requester, string) error { return nil }

// secretHasher compares client secrets.
type secretHasher struct{}

func (secretHasher) Compare(_ context.Context, hash, secret []byte) error {
	if !session.SecretFits(hash, string(secret)) {
		return errors.New("the client's secret does not fit")
	}
	return nil
}

func (secretHasher) Hash(_ context.Context, secret []byte) ([]byte, error) {
	return session.HashSecret(string(secret)), nil
}

// protocolSession is a grant as the library carries it around.
type protocolSession struct {
	openid.DefaultSession
	grant session.Grant
}

// newSession says in the library's words who somebody is.
func newSession(subject post.UUID, g session.Grant, keyID string) *protocolSession {
	return &protocolSession{grant: g, DefaultSession: openid.DefaultSession{
		Subject: subject.String(),
		Headers: &jwt.Headers{Extra: map[string]any{"kid": keyID}},
		Claims: &jwt.IDTokenClaims{
			Subject: subject.String(), AuthTime: g.LoggedIn.Truncate(time.Second), RequestedAt: time.Now().UTC(),
			AuthenticationContextClassReference: levels[g.Assurance],
		},
	}}
}

// levels are the words for the NSIS levels in an ID token.
var levels = map[post.Assurance]string{
	post.AssuranceSubstantial: "https://data.gov.dk/concept/core/nsis/Substantial",
	post.AssuranceHigh:        "https://data.gov.dk/concept/core/nsis/High",
}

// Clone implements fosite.Session.
func (p *protocolSession) Clone() fosite.Session {
	return &protocolSession{grant: p.grant, DefaultSession: *p.DefaultSession.Clone().(*openid.DefaultSession)}
}
