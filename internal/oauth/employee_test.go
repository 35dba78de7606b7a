package oauth_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"digitalpost/internal/db"
	"digitalpost/internal/portal/testid"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

// atWork is Anna as an employee of the company.
func atWork(t *testing.T) testid.Identity {
	cvr, err := post.ParseCVR(company)
	if err != nil {
		t.Fatal(err)
	}
	return testid.Identity{CVR: cvr, Number: "1001"}
}

func (s *stack) organisation() (id post.PartyID) {
	s.update(func(tx *db.Tx) error {
		p, err := s.people.OrganisationByCVR(tx, atWork(s.t).CVR)
		id = p.ID
		return err
	})
	return id
}

// A client gets a token of an employee in the same way as of a person. To the client
// they are two: another subject, and other consents (SYS-09).
func TestEmployeeLetsAClientIn(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		token, err := testid.FetchToken(t.Context(), s.dir, atWork(t), "demo")
		if err != nil {
			t.Fatal(err)
		}
		home := s.fetch(anna)
		actor := s.actor(token.AccessToken)
		if actor.Organisation != s.organisation() || s.actor(home.AccessToken).Organisation != 0 || actor.Party != s.actor(home.AccessToken).Party {
			t.Fatal("who it is:", actor)
		}
		me, atHome := s.as(token.AccessToken, "GET", "/oauth/userinfo").json, s.as(home.AccessToken, "GET", "/oauth/userinfo").json
		if me["cvr"] != company || me["org_name"] != "Holm & Ørum" || me["name"] != "Anna Test" || atHome["cvr"] != nil || me["sub"] == atHome["sub"] {
			t.Error("userinfo at work", me, "at home", atHome)
		}
		raw, _ := token.Extra("id_token").(string)
		ctx := oidc.ClientContext(context.Background(), s.api.Client())
		provider, err := oidc.NewProvider(ctx, s.api.URL+"/apis/v1/oauth")
		if err != nil {
			t.Fatal(err)
		}
		if id, err := provider.Verifier(&oidc.Config{ClientID: "demo"}).Verify(ctx, raw); err != nil || id.Subject != me["sub"] {
			t.Error("the ID token:", id, err)
		}
		for name, access := range map[string]string{"at work": token.AccessToken, "at home": home.AccessToken} {
			if all := s.as(access, "GET", "/consents").json["content"].([]any); len(all) != 1 {
				t.Errorf("%s there are %d consents", name, len(all))
			}
		}
		if a := s.refresh(token.RefreshToken); a.status != http.StatusOK {
			t.Fatal(a.status, a.text)
		}
	})
}

// actor is who asks with a token.
func (s *stack) actor(access string) (actor post.Actor) {
	s.t.Helper()
	s.update(func(tx *db.Tx) (err error) { actor, _, err = s.sessions.Bearer(tx, access); return err })
	return actor
}

// When the employment ends, so do the client's tokens.
func TestClientOfOneWhoLeft(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		token, err := testid.FetchToken(t.Context(), s.dir, atWork(t), "demo")
		if err != nil {
			t.Fatal(err)
		}
		line := `{"type":"member","organisation":"` + company + `","cpr":"` + anna + `","number":"1001"}`
		if _, err := s.people.Import(t.Context(), "later", strings.NewReader(line)); err != nil {
			t.Fatal(err)
		}
		if a := s.as(token.AccessToken, "GET", "/oauth/userinfo"); a.status != http.StatusUnauthorized {
			t.Error("userinfo:", a.status, a.text)
		}
		if a := s.refresh(token.RefreshToken); a.status != http.StatusBadRequest || a.json["error"] != "invalid_grant" {
			t.Error("a new token:", a.status, a.text)
		}
		if _, err := testid.FetchToken(t.Context(), s.dir, atWork(t), "demo"); err == nil {
			t.Error("logged in again")
		}
	})
}

// The page that asks says for whom, and a yes given at home counts for nothing at
// work.
func TestEmployeeIsAskedForTheCompany(t *testing.T) {
	each(t, func(t *testing.T, s *stack) {
		secret, company := "", s.organisation()
		s.update(func(tx *db.Tx) error {
			person, err := s.people.PersonByCPR(tx, number(t, anna))
			if err != nil {
				return err
			}
			_, secret, err = s.sessions.Start(tx, session.Session{Party: person.ID, Organisation: company, Assurance: post.AssuranceSubstantial})
			return err
		})
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(s.api.URL)
		if err != nil {
			t.Fatal(err)
		}
		jar.SetCookies(at, []*http.Cookie{{Name: "__Host-session", Value: secret, Path: "/", Secure: true}})
		b := &http.Client{Transport: s.api.Client().Transport, Jar: jar}
		if a := s.authorize(b, wants()); !strings.Contains(a.text, "Digital Post for Holm &amp; Ørum") {
			t.Error(a.text)
		}
		s.fetch(anna) // says yes at home
		var yes bool
		s.update(func(tx *db.Tx) error {
			person, err := s.people.PersonByCPR(tx, number(t, anna))
			if err != nil {
				return err
			}
			yes, err = s.sessions.Allowed(tx, person.ID, company, "demo", []string{session.ScopeRead})
			return err
		})
		if yes {
			t.Error("the yes at home counts at work")
		}
	})
}
