package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
)

var app = session.Client{ID: "app", Name: "App'en", Platform: post.PlatformApp, RedirectURIs: []string{"http://127.0.0.1/back"}, Scopes: session.Scopes}

// allow lets the app read for anna and returns the code.
func (f fixture) allow(device string) string {
	f.t.Helper()
	code := session.NewSecret()
	f.update(func(tx *db.Tx) error {
		if err := f.SaveClient(tx, app); err != nil {
			return err
		}
		_, err := f.Allow(tx, session.Grant{
			Party: anna, Client: app.ID, Platform: app.Platform, Assurance: post.AssuranceSubstantial,
			Scopes: []string{session.ScopeRead}, DeviceID: device, LoggedIn: tx.Now,
		}, code, "")
		return err
	})
	return code
}

// exchange gives a code or refresh token for the next pair.
func (f fixture) exchange(kind session.Kind, secret string) (access, refresh string, err error) {
	f.t.Helper()
	access, refresh = session.NewSecret(), session.NewSecret()
	f.update(func(tx *db.Tx) error {
		t, e := f.Token(tx, kind, secret)
		if e == nil {
			e = f.Exchange(tx, t, secret, access, refresh)
		}
		err = e
		if errors.Is(e, session.ErrToken) || errors.Is(e, session.ErrReused) {
			return nil // a refusal is committed too
		}
		return e
	})
	return access, refresh, err
}

func (f fixture) bearer(access string) (actor post.Actor, err error) {
	err = f.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		actor, _, err = f.Bearer(tx, access)
		return err
	})
	return actor, err
}

func TestCodeGivesTokensOnce(t *testing.T) {
	each(t, func(f fixture) {
		code := f.allow("")
		access, _, err := f.exchange(session.Code, code)
		if err != nil {
			t.Fatal(err)
		}
		actor, err := f.bearer(access)
		if err != nil || actor.Party != anna || actor.Platform != post.PlatformApp || !actor.ReadOnly {
			t.Fatal(actor, err)
		}
		if _, _, err := f.exchange(session.Code, code); !errors.Is(err, session.ErrReused) {
			t.Fatal("the code a second time:", err)
		}
		if _, err := f.bearer(access); !errors.Is(err, session.ErrToken) {
			t.Fatal("the tokens of a stolen code:", err)
		}
	})
}

func TestCodeLastsAMinute(t *testing.T) {
	each(t, func(f fixture) {
		code := f.allow("")
		f.clock.Advance(time.Minute)
		if _, _, err := f.exchange(session.Code, code); !errors.Is(err, session.ErrToken) {
			t.Fatal(err)
		}
	})
}

func TestReusedRefreshTokenEndsTheFamily(t *testing.T) {
	each(t, func(f fixture) {
		_, first, err := f.exchange(session.Code, f.allow(""))
		if err != nil {
			t.Fatal(err)
		}
		access, second, err := f.exchange(session.Refresh, first)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.exchange(session.Refresh, first); !errors.Is(err, session.ErrReused) {
			t.Fatal("the old refresh token:", err)
		}
		if _, err := f.bearer(access); !errors.Is(err, session.ErrToken) {
			t.Error("the access token of the family:", err)
		}
		if _, _, err := f.exchange(session.Refresh, second); !errors.Is(err, session.ErrToken) {
			t.Error("the refresh token of the family:", err)
		}
		if got := f.events(); !slices.Contains(got, audit.TokenReused) {
			t.Error("events:", got)
		}
	})
}

func TestCodeWorksOnceAlsoForManyAtOnce(t *testing.T) {
	each(t, func(f fixture) {
		code := f.allow("")
		var won atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, _, err := f.exchange(session.Code, code); err == nil {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			t.Error("exchanged", won.Load(), "times")
		}
	})
}

func TestTokensOfTheWrongKindAreRefused(t *testing.T) {
	each(t, func(f fixture) {
		code := f.allow("")
		if _, err := f.bearer(code); !errors.Is(err, session.ErrToken) {
			t.Error("a code as bearer:", err)
		}
		access, refresh, err := f.exchange(session.Code, code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.bearer(refresh); !errors.Is(err, session.ErrToken) {
			t.Error("a refresh token as bearer:", err)
		}
		if _, _, err := f.exchange(session.Refresh, access); !errors.Is(err, session.ErrToken) {
			t.Error("an access token for a refresh:", err)
		}
	})
}

func TestTokensExpire(t *testing.T) {
	each(t, func(f fixture) {
		access, refresh, err := f.exchange(session.Code, f.allow(""))
		if err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(15 * time.Minute)
		if _, err := f.bearer(access); !errors.Is(err, session.ErrToken) {
			t.Error("an access token after 15 minutes:", err)
		}
		for range 6 { // a client in use, until the grant itself is 180 days old
			f.clock.Advance(29 * 24 * time.Hour)
			if _, refresh, err = f.exchange(session.Refresh, refresh); err != nil {
				t.Fatal("a refresh token after 29 days:", err)
			}
		}
		f.clock.Advance(7 * 24 * time.Hour)
		if _, _, err = f.exchange(session.Refresh, refresh); !errors.Is(err, session.ErrToken) {
			t.Error("the grant after 180 days:", err)
		}
		f.update(f.Clean)
		f.update(func(tx *db.Tx) error {
			list, err := f.Grants(tx, anna, 0)
			if len(list) != 0 {
				t.Error("grants left:", list)
			}
			return err
		})
	})
}

func TestRevokedConsentEndsTokensAtOnce(t *testing.T) {
	each(t, func(f fixture) {
		access, _, err := f.exchange(session.Code, f.allow("phone"))
		if err != nil {
			t.Fatal(err)
		}
		allowed := func(scopes ...string) (yes bool) {
			f.update(func(tx *db.Tx) (err error) { yes, err = f.Allowed(tx, anna, 0, app.ID, scopes); return err })
			return yes
		}
		if !allowed(session.ScopeRead) || allowed(session.ScopeRead, session.ScopeWrite) {
			t.Error("what was allowed is not what is remembered")
		}
		var id post.UUID
		f.update(func(tx *db.Tx) error {
			list, err := f.Grants(tx, anna, 0)
			if len(list) == 1 {
				id = list[0].ID
			}
			return err
		})
		err = f.db.Update(t.Context(), func(tx *db.Tx) error { return f.Revoke(tx, post.Actor{Party: bo}, id) })
		if errs.KindOf(err) != errs.KindNotFound {
			t.Fatal("another person's consent:", err)
		}
		f.update(func(tx *db.Tx) error { return f.Revoke(tx, post.Actor{Party: anna}, id) })
		if _, err := f.bearer(access); !errors.Is(err, session.ErrToken) {
			t.Error("its access token:", err)
		}
		if allowed(session.ScopeRead) {
			t.Error("the consent is still remembered")
		}
	})
}

func TestDeviceAllowedAnewLosesItsFormerGrant(t *testing.T) {
	each(t, func(f fixture) {
		old, _, err := f.exchange(session.Code, f.allow("phone"))
		if err != nil {
			t.Fatal(err)
		}
		tablet, _, err := f.exchange(session.Code, f.allow("tablet"))
		if err != nil {
			t.Fatal(err)
		}
		code := f.allow("phone")
		if _, err := f.bearer(old); err != nil {
			t.Error("before the new code is exchanged:", err)
		}
		if _, _, err := f.exchange(session.Code, code); err != nil {
			t.Fatal(err)
		}
		if _, err := f.bearer(old); !errors.Is(err, session.ErrToken) {
			t.Error("the former grant:", err)
		}
		if _, err := f.bearer(tablet); err != nil {
			t.Error("the other device:", err)
		}
	})
}

func TestClosedClientIsRefusedAtOnce(t *testing.T) {
	each(t, func(f fixture) {
		access, refresh, err := f.exchange(session.Code, f.allow(""))
		if err != nil {
			t.Fatal(err)
		}
		closed := app
		closed.Closed = true
		f.update(func(tx *db.Tx) error { return f.SaveClient(tx, closed) })
		if _, err := f.bearer(access); !errors.Is(err, session.ErrToken) {
			t.Error("access:", err)
		}
		if _, _, err := f.exchange(session.Refresh, refresh); !errors.Is(err, session.ErrToken) {
			t.Error("refresh:", err)
		}
	})
}

func TestSigningKeysSurviveSealed(t *testing.T) {
	each(t, func(f fixture) {
		key, err := session.NewSigningKey()
		if err != nil {
			t.Fatal(err)
		}
		f.update(func(tx *db.Tx) error { return f.AddSigningKey(tx, key) })
		f.update(func(tx *db.Tx) error {
			list, err := f.SigningKeys(tx)
			if len(list) != 1 || !list[0].Key.Equal(key) {
				t.Error("the key is not what was kept")
			}
			return err
		})
	})
}

// What a client may no longer have ends in the tokens it holds, at once.
func TestClientThatLosesScopesLosesThemInItsTokens(t *testing.T) {
	each(t, func(f fixture) {
		wide := app
		wide.ID = "wide"
		code := session.NewSecret()
		f.update(func(tx *db.Tx) error {
			if err := f.SaveClient(tx, wide); err != nil {
				return err
			}
			_, err := f.Allow(tx, session.Grant{Party: anna, Client: wide.ID, Platform: wide.Platform, Assurance: post.AssuranceSubstantial,
				Scopes: []string{session.ScopeRead, session.ScopeWrite, session.ScopeCPR}, LoggedIn: tx.Now}, code, "")
			return err
		})
		access, refresh, err := f.exchange(session.Code, code)
		if err != nil {
			t.Fatal(err)
		}
		if actor, err := f.bearer(access); err != nil || actor.ReadOnly || actor.Platform != post.PlatformApp {
			t.Fatal(actor, err)
		}
		wide.Scopes, wide.Platform = []string{session.ScopeOpenID, session.ScopeRead}, post.PlatformMit
		f.update(func(tx *db.Tx) error { return f.SaveClient(tx, wide) })
		renewed, _, err := f.exchange(session.Refresh, refresh)
		if err != nil {
			t.Fatal(err)
		}
		for name, token := range map[string]string{"held": access, "renewed": renewed} {
			var actor post.Actor
			var scopes []string
			f.update(func(tx *db.Tx) (err error) { actor, scopes, err = f.Bearer(tx, token); return err })
			if !slices.Equal(scopes, []string{session.ScopeRead}) || !actor.ReadOnly || actor.Platform != post.PlatformMit {
				t.Errorf("%s: %v %+v", name, scopes, actor)
			}
		}
	})
}
