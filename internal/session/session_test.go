package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
)

const anna, bo post.PartyID = 7, 8

// fixture is the capability on one database, with a clock that obeys.
type fixture struct {
	*session.Sessions
	t     *testing.T
	db    *db.DB
	clock *testkit.Clock
}

func each(t *testing.T, test func(f fixture)) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		clock := testkit.NewClock()
		d.Now = clock.Now
		ring, err := keys.Open(t.Context(), d, filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		test(fixture{session.New(ring, registry.New(d, ring), session.Limits{}), t, d, clock})
	})
}

func (f fixture) update(fn func(tx *db.Tx) error) {
	f.t.Helper()
	if err := f.db.Update(context.Background(), fn); err != nil {
		f.t.Fatal(err)
	}
}

// start logs somebody in on borger and returns the cookie's secret.
func (f fixture) start(party post.PartyID) string {
	f.t.Helper()
	var secret string
	f.update(func(tx *db.Tx) (err error) {
		_, secret, err = f.Start(tx, session.Session{Party: party, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial})
		return err
	})
	return secret
}

// find is the error a secret gives.
func (f fixture) find(secret string) error {
	return f.db.Read(context.Background(), func(tx *db.Tx) error {
		_, err := f.Find(tx, secret)
		return err
	})
}

func (f fixture) events() []audit.Name {
	f.t.Helper()
	var names []audit.Name
	f.update(func(tx *db.Tx) error {
		for {
			n, err := audit.Index(tx, 100)
			if err != nil || n == 0 {
				return err
			}
		}
	})
	err := f.db.Read(context.Background(), func(tx *db.Tx) error {
		records, err := audit.Find(tx, audit.Query{Mailbox: anna, Limit: 100})
		for _, r := range records {
			names = append(names, r.Name)
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return names
}

func TestIdleSessionExpires(t *testing.T) {
	each(t, func(f fixture) {
		secret := f.start(anna)
		f.clock.Advance(14 * time.Minute)
		if err := f.find(secret); err != nil {
			t.Fatal("after 14 minutes:", err)
		}
		f.update(func(tx *db.Tx) error { return f.Touch(tx, secret) })
		f.clock.Advance(14 * time.Minute)
		if err := f.find(secret); err != nil {
			t.Fatal("14 minutes after the last activity:", err)
		}
		f.clock.Advance(time.Minute)
		if err := f.find(secret); !errors.Is(err, session.ErrExpired) {
			t.Fatal("after 15 idle minutes:", err)
		}
		f.update(func(tx *db.Tx) error { return f.Touch(tx, secret) })
		if err := f.find(secret); !errors.Is(err, session.ErrExpired) {
			t.Fatal("late activity revived it:", err)
		}
	})
}

func TestBusySessionExpiresAfterEightHours(t *testing.T) {
	each(t, func(f fixture) {
		secret := f.start(anna)
		for range 47 {
			f.clock.Advance(10 * time.Minute)
			f.update(func(tx *db.Tx) error { return f.Touch(tx, secret) })
		}
		if err := f.find(secret); err != nil {
			t.Fatal("before 8 hours:", err)
		}
		f.clock.Advance(10 * time.Minute)
		if err := f.find(secret); !errors.Is(err, session.ErrExpired) {
			t.Fatal("after 8 hours:", err)
		}
	})
}

func TestEndedSessionIsRefusedAtOnce(t *testing.T) { // MBX-20
	each(t, func(f fixture) {
		one, two, other := f.start(anna), f.start(anna), f.start(bo)
		f.update(func(tx *db.Tx) error { _, err := f.End(tx, one); return err })
		if err := f.find(one); !errors.Is(err, session.ErrNone) {
			t.Fatal("ended:", err)
		}
		if err := f.find(two); err != nil {
			t.Fatal("the other browser:", err)
		}
		f.update(func(tx *db.Tx) error {
			list, err := f.Of(tx, anna)
			if len(list) != 1 {
				t.Error("sessions listed:", len(list))
			}
			return err
		})
		f.update(func(tx *db.Tx) error { return f.EndAll(tx, post.Actor{Party: anna}, anna) })
		if err := f.find(two); !errors.Is(err, session.ErrNone) {
			t.Fatal("ended with all:", err)
		}
		if err := f.find(other); err != nil {
			t.Fatal("another person:", err)
		}
		if got := f.events(); !slices.Contains(got, audit.LogOut) || !slices.Contains(got, audit.SessionEnded) {
			t.Error("events:", got)
		}
	})
}

func TestSecretsAreStoredHashed(t *testing.T) {
	each(t, func(f fixture) {
		secret := f.start(anna)
		var n int
		f.update(func(tx *db.Tx) error {
			return tx.QueryRow("SELECT COUNT(*) FROM session WHERE token_hash = $1", []byte(secret)).Scan(&n)
		})
		if n != 0 {
			t.Error("the cookie itself is in the database")
		}
	})
}

func TestCleanRemovesWhatRanOutOnly(t *testing.T) {
	each(t, func(f fixture) {
		old := f.start(anna)
		f.clock.Advance(15 * time.Minute)
		fresh := f.start(anna)
		f.update(f.Clean)
		if err := f.find(old); !errors.Is(err, session.ErrNone) {
			t.Error("old:", err)
		}
		if err := f.find(fresh); err != nil {
			t.Error("fresh:", err)
		}
	})
}

// visit asks a host for its page with a cookie and returns who it was taken for.
func visit(b *session.Browser, cookie *http.Cookie, accept string) (post.Actor, error) {
	var actor post.Actor
	var err error
	h := b.Load(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		actor = session.Actor(r)
		_, err = session.Of(r)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept", accept)
	if cookie != nil {
		r.AddCookie(cookie)
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
	return actor, err
}

func cookieOf(b *session.Browser, secret string) *http.Cookie {
	w := httptest.NewRecorder()
	b.Set(w, secret)
	return w.Result().Cookies()[0]
}

func TestBrowserSession(t *testing.T) {
	each(t, func(f fixture) {
		borger := &session.Browser{Sessions: f.Sessions, DB: f.db, Platform: post.PlatformBorger}
		virk := &session.Browser{Sessions: f.Sessions, DB: f.db, Platform: post.PlatformVirk}
		secret := f.start(anna)
		cookie := cookieOf(borger, secret)

		if actor, err := visit(borger, cookie, ""); err != nil || actor.Party != anna || actor.Platform != post.PlatformBorger {
			t.Fatal("on its own host:", actor, err)
		}
		if actor, err := visit(virk, cookie, ""); !errors.Is(err, session.ErrNone) || actor != (post.Actor{}) {
			t.Fatal("carried to another portal:", actor, err)
		}
		if _, err := visit(borger, nil, ""); !errors.Is(err, session.ErrNone) {
			t.Fatal("without a cookie:", err)
		}

		f.clock.Advance(14 * time.Minute)
		visit(borger, cookie, "text/html")
		f.clock.Advance(14 * time.Minute)
		if _, err := visit(borger, cookie, "text/event-stream"); err != nil {
			t.Fatal("a page view is activity:", err)
		}
		f.clock.Advance(time.Minute)
		if _, err := visit(borger, cookie, ""); !errors.Is(err, session.ErrExpired) {
			t.Fatal("an open page's own request is no activity:", err)
		}
	})
}

func TestCookieAttributes(t *testing.T) {
	for _, secure := range []bool{true, false} {
		c := cookieOf(&session.Browser{Secure: secure}, "secret")
		if (c.Name == "__Host-session") != secure || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("secure %v: %v", secure, c)
		}
	}
}

func TestClientRedirectAddresses(t *testing.T) {
	each(t, func(f fixture) {
		for uri, ok := range map[string]bool{
			"https://app.example.dk/back":    true,
			"http://127.0.0.1/back":          true,
			"http://[::1]/back":              true,
			"http://app.example.dk/back":     false,
			"http://localhost/back":          false, // may be answered by another machine (RFC 8252, 8.3)
			"https://app.example.dk/#back":   false,
			"https://*.example.dk/back":      false,
			"javascript:alert(1)":            false,
			"https:///back":                  false,
			"dk.example.app:/back":           false, // another app may take the scheme
			"https://app.example.dk/a b":     false,
			"//app.example.dk/back":          false,
			"https://app.example.dk/back?a=": true,
		} {
			c := session.Client{ID: "app", Name: "App", RedirectURIs: []string{uri}, Scopes: []string{session.ScopeRead}}
			err := f.db.Update(context.Background(), func(tx *db.Tx) error { return f.SaveClient(tx, c) })
			if (err == nil) != ok || err != nil && errs.KindOf(err) != errs.KindInvalid {
				t.Errorf("%s: %v", uri, err)
			}
		}
	})
}
