package login

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"

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
	cpr     post.CPR
	level   post.Assurance
	idToken string // "" where it tells the CPR number
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
	if who.cpr, err = l.config.Claims.cpr(claims); err == nil {
		return who, nil
	}
	told, err := json.Marshal(claims)
	if err != nil {
		return who, because(ErrRefused, fmt.Errorf("read the ID token: %w", err))
	}
	claims, err = o.userinfo(ctx, token, idToken.Subject)
	if err != nil {
		return who, err
	}
	if who.cpr, err = l.config.Claims.cpr(claims); err != nil {
		return who, because(ErrRefused, err)
	}
	// Under whatever name: brokers tell the number in more claims than one.
	if number := who.cpr.Reveal(); !bytes.Contains(told, []byte(number)) && !bytes.Contains(told, []byte(number[:6]+"-"+number[6:])) {
		who.idToken = raw
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
