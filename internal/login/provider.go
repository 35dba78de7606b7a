package login

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"digitalpost/internal/post"
)

// provider is an identity provider that has told what it offers.
type provider struct {
	*oidc.Provider
	config     Config
	endSession string
}

// reach reads what the provider offers, unless that was done before.
func (l *Login) reach(ctx context.Context) (*provider, error) {
	if known := l.provider.Load(); known != nil {
		return known, nil
	}
	// The provider's keys are fetched with this context for as long as we run.
	forever := oidc.ClientContext(context.WithoutCancel(ctx), l.config.HTTP)
	found, err := oidc.NewProvider(forever, l.config.Issuer)
	if err != nil {
		return nil, because(ErrProvider, fmt.Errorf("read what the provider offers: %w", err))
	}
	var offers struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&offers); err != nil {
		return nil, because(ErrProvider, fmt.Errorf("read what the provider offers: %w", err))
	}
	reached := &provider{found, l.config, offers.EndSession}
	l.provider.Store(reached)
	return reached, nil
}

func (o *provider) oauth(p *Portal) *oauth2.Config {
	return &oauth2.Config{
		ClientID: o.config.ClientID, ClientSecret: o.config.ClientSecret, Endpoint: o.Endpoint(),
		RedirectURL: p.Base + "/log-ind/svar", Scopes: o.config.Scopes,
	}
}

// identity is who the provider says it is.
type identity struct {
	kind   Kind
	cpr    post.CPR // an employee's may be missing
	cvr    post.CVR // of an employee's organisation
	number string   // an employee's in the organisation, may be missing
	level  post.Assurance
	token  string // the ID token
	told   []byte // its claims
}

// idToken is the ID token for the provider's log-out, "" where it tells the CPR
// number, under whatever name: brokers tell it in more claims than one.
func (who identity) idToken(cpr post.CPR) string {
	number := cpr.Reveal()
	if bytes.Contains(who.told, []byte(number)) || bytes.Contains(who.told, []byte(number[:6]+"-"+number[6:])) {
		return ""
	}
	return who.token
}

// identify exchanges the code for the ID token and judges it: signature, issuer,
// audience, age, nonce, and the level of assurance.
func (l *Login) identify(ctx context.Context, p *Portal, a attempt, code string) (identity, error) {
	var who identity
	o, err := l.reach(ctx)
	if err != nil {
		return who, err
	}
	ctx = oidc.ClientContext(ctx, l.config.HTTP)
	token, err := o.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return who, because(ErrRefused, fmt.Errorf("exchange the code: %s", refused.ErrorCode))
	}
	if err != nil {
		return who, because(ErrProvider, fmt.Errorf("exchange the code: %w", err))
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := o.Verifier(&oidc.Config{ClientID: l.config.ClientID, Now: l.db.Now}).Verify(ctx, raw)
	if err != nil {
		return who, because(ErrRefused, fmt.Errorf("verify the ID token: %w", err))
	}
	if subtle.ConstantTimeCompare([]byte(idToken.Nonce), []byte(a.Nonce)) != 1 {
		return who, because(ErrRefused, errors.New("the ID token was made for another log-in"))
	}
	claims := map[string]any{}
	if err := idToken.Claims(&claims); err != nil {
		return who, because(ErrRefused, fmt.Errorf("read the ID token: %w", err))
	}
	if azp, ok := claims["azp"]; ok && azp != l.config.ClientID {
		return who, because(ErrRefused, errors.New("the ID token was made for another client"))
	}
	if who.level = l.config.Claims.level(claims); who.level < post.AssuranceSubstantial { // SYS-08
		return who, ErrLevel
	}
	who.token = raw
	if who.told, err = json.Marshal(claims); err != nil {
		return who, because(ErrRefused, fmt.Errorf("read the ID token: %w", err))
	}
	// A token without a kind may be half an employee's: the rest is in userinfo.
	if claim(claims, l.config.Claims.Kind) != "" && l.config.Claims.read(claims, &who) == nil {
		return who, nil
	}
	more := map[string]any{}
	if o.UserInfoEndpoint() != "" {
		if more, err = o.userinfo(ctx, token, idToken.Subject); err != nil {
			return who, err
		}
	}
	maps.Copy(more, claims) // what is signed counts
	if err := l.config.Claims.read(more, &who); err != nil {
		return who, because(ErrRefused, err)
	}
	return who, nil
}

// userinfo are the claims about a subject that are not in the ID token.
func (o *provider) userinfo(ctx context.Context, token *oauth2.Token, subject string) (map[string]any, error) {
	info, err := o.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, because(ErrProvider, errors.New("userinfo does not answer")) // its answer may be personal
	}
	if info.Subject != subject { // OpenID Connect Core, 5.3.2
		return nil, because(ErrRefused, errors.New("userinfo is another person's"))
	}
	claims := map[string]any{}
	if err := info.Claims(&claims); err != nil {
		return nil, because(ErrRefused, errors.New("userinfo cannot be read"))
	}
	return claims, nil
}
