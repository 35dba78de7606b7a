package registry_test

import (
	"crypto/x509"
	"net/netip"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// Who is let in as a system, and what the others are told (facts 3.2).
func TestAuthenticate(t *testing.T) {
	w := world.New(t, testkit.SQLite(t))
	town, other, vendor := w.Authority("Ålhavn Kommune"), w.Authority("Prøvekøbing Kommune"), w.Company("Leverandør A/S")
	sent := w.Sender(town)
	foreign, delegated := w.Sender(other).Certificate.Leaf, w.Sender(vendor).Certificate.Leaf
	own, second := sent.Certificate.Leaf, w.Sender(town).Certificate.Leaf
	nameless := w.CA.Issue(t, world.Certificate{}).Leaf
	byVendor := w.System(town, registry.System{Sends: true, DelegatedCVR: w.Number(vendor)})
	near := w.System(town, registry.System{Sends: true, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/27"), netip.MustParsePrefix("2001:db8::1/128")}})
	pinned, renewed, ended := w.Sender(town), w.Sender(town), w.Sender(town)
	var newKey string
	w.Update(func(tx *db.Tx) (err error) {
		if err := w.Registry.SetCertificate(tx, pinned.ID, pinned.Certificate.Leaf); err != nil {
			return err
		}
		if err := w.Registry.SetCertificate(tx, renewed.ID, foreign); err != nil {
			return err
		}
		if newKey, err = w.Registry.RenewKey(tx, renewed.ID); err != nil {
			return err
		}
		return w.Registry.SwitchOff(tx, ended.ID)
	})
	address := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	for _, c := range []struct {
		name    string
		system  world.System
		key     string
		cert    *x509.Certificate
		address netip.Addr
		code    string // "" is let in
	}{
		{"key and own certificate", sent, sent.Key, own, netip.Addr{}, ""},
		{"another certificate of the organisation", sent, sent.Key, second, netip.Addr{}, ""},
		{"no key", sent, "", own, netip.Addr{}, registry.CodeSystemKey},
		{"a wrong key", sent, sent.Key + "x", own, netip.Addr{}, registry.CodeSystemKey},
		{"another system's key", sent, pinned.Key, own, netip.Addr{}, registry.CodeSystemKey},
		{"the key alone", sent, sent.Key, nil, netip.Addr{}, registry.CodeSystemCertificate},
		{"another organisation's certificate", sent, sent.Key, foreign, netip.Addr{}, registry.CodeSystemCertificate},
		{"a certificate of no organisation", sent, sent.Key, nameless, netip.Addr{}, registry.CodeSystemCertificate},
		{"a vendor's certificate", byVendor, byVendor.Key, delegated, netip.Addr{}, ""},
		{"the vendor's, for a system that named none", sent, sent.Key, delegated, netip.Addr{}, registry.CodeSystemCertificate},
		{"not the vendor's", byVendor, byVendor.Key, foreign, netip.Addr{}, registry.CodeSystemCertificate},
		{"the uploaded certificate", pinned, pinned.Key, pinned.Certificate.Leaf, netip.Addr{}, ""},
		{"the organisation's, where one is uploaded", pinned, pinned.Key, own, netip.Addr{}, registry.CodeSystemCertificate},
		{"the old key", renewed, renewed.Key, own, netip.Addr{}, registry.CodeSystemKey},
		{"the new key, which ended the uploaded certificate", renewed, newKey, own, netip.Addr{}, ""},
		{"the certificate that was ended", renewed, newKey, foreign, netip.Addr{}, registry.CodeSystemCertificate},
		{"an allowed address", near, near.Key, own, address("192.0.2.31"), ""},
		{"an allowed address, as IPv6 writes it", near, near.Key, own, address("::ffff:192.0.2.1"), ""},
		{"the one allowed IPv6 address", near, near.Key, own, address("2001:db8::1"), ""},
		{"the address beside it", near, near.Key, own, address("192.0.2.32"), registry.CodeSystemAddress},
		{"no address", near, near.Key, own, netip.Addr{}, registry.CodeSystemAddress},
		{"a system that has ended", ended, ended.Key, own, netip.Addr{}, registry.CodeSystemInactive},
		{"no such system", world.System{}, sent.Key, own, netip.Addr{}, registry.CodeSystemUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
				s, err := w.Registry.Authenticate(tx, registry.Credentials{System: c.system.UUID, Key: c.key, Certificate: c.cert, Address: c.address})
				if (err == nil) != (s.ID != 0) {
					t.Errorf("a system and an error: %d", s.ID)
				}
				return err
			})
			if errs.CodeOf(err) != c.code || (err == nil) != (c.code == "") {
				t.Errorf("%v, want %q", err, c.code)
			}
		})
	}
}

func TestActivePeriod(t *testing.T) {
	now := testkit.NewClock().Now()
	for name, c := range map[string]struct {
		from, to time.Time
		want     bool
	}{
		"always":           {time.Time{}, time.Time{}, true},
		"from now":         {now, time.Time{}, true},
		"from a bit later": {now.Add(time.Microsecond), time.Time{}, false},
		"until now":        {time.Time{}, now, false},
		"until later":      {time.Time{}, now.Add(time.Microsecond), true},
	} {
		if got := (registry.System{ActiveFrom: c.from, ActiveTo: c.to}).ActiveAt(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCertificateCVR(t *testing.T) {
	w := world.New(t, testkit.SQLite(t))
	if got := registry.CertificateCVR(w.CA.Issue(t, world.Certificate{CVR: "10000009"}).Leaf); got != "10000009" {
		t.Errorf("%q", got)
	}
	for name, c := range map[string]*x509.Certificate{"empty": {}, "a common name only": {Subject: w.CA.Issue(t, world.Certificate{}).Leaf.Issuer}} {
		if got := registry.CertificateCVR(c); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
