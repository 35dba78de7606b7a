package world

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/registry"
)

// System is a registered system with what it proves itself by.
type System struct {
	registry.System
	Key         string
	Certificate tls.Certificate
}

// Sender registers a system that sends for an organisation.
func (w *World) Sender(owner registry.Party) System {
	w.T.Helper()
	return w.System(owner, registry.System{Sends: true})
}

// Recipient registers a system that fetches an organisation's letters.
func (w *World) Recipient(owner registry.Party) System {
	w.T.Helper()
	return w.System(owner, registry.System{Receives: true, ByDefault: true})
}

// System registers a system, with a certificate of its organisation.
func (w *World) System(owner registry.Party, s registry.System) System {
	w.T.Helper()
	s.Organisation, s.Name, s.ActiveFrom = owner.ID, "Fagsystem", w.Clock.Now().AddDate(0, -1, 0)
	if s.Protocol == "" {
		s.Protocol = registry.RESTPull
	}
	if s.MemoVersion == "" {
		s.MemoVersion = "1.1"
	}
	out := System{Certificate: w.CA.Issue(w.T, Certificate{CVR: w.Number(owner)})}
	w.Update(func(tx *db.Tx) (err error) {
		out.System, out.Key, err = w.Registry.CreateSystem(tx, s)
		return err
	})
	return out
}

// CA issues client certificates as OCES3 does.
type CA struct {
	Pool *x509.CertPool
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
}

// Certificate says how a certificate differs from a good one.
type Certificate struct {
	CVR       string
	NotBefore time.Time        // zero is a month ago
	NotAfter  time.Time        // zero is in a year
	Usage     x509.ExtKeyUsage // 0 is client authentication
}

// NewCA makes another issuer, which nobody accepts.
func (w *World) NewCA() *CA { return newCA(w.T, w.Clock.Now()) }

func newCA(t testing.TB, now time.Time) *CA {
	t.Helper()
	ca := &CA{Pool: x509.NewCertPool(), now: now}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Prøve-CA"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(5, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	ca.cert, ca.key = sign(t, template, template, nil)
	ca.Pool.AddCert(ca.cert)
	return ca
}

// Issue makes a certificate.
func (ca *CA) Issue(t testing.TB, c Certificate) tls.Certificate {
	t.Helper()
	organizationIdentifier := asn1.ObjectIdentifier{2, 5, 4, 97} // as in OCES3
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: c.NotBefore, NotAfter: c.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		Subject: pkix.Name{CommonName: "Fagsystem", ExtraNames: []pkix.AttributeTypeAndValue{{Type: organizationIdentifier, Value: "NTRDK-" + c.CVR}}}}
	if c.NotBefore.IsZero() {
		template.NotBefore = ca.now.AddDate(0, -1, 0)
	}
	if c.NotAfter.IsZero() {
		template.NotAfter = ca.now.AddDate(1, 0, 0)
	}
	if c.Usage == 0 {
		c.Usage = x509.ExtKeyUsageClientAuth
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{c.Usage}
	cert, key := sign(t, template, ca.cert, ca.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// sign makes a certificate and its key; without an issuer's key it signs itself.
func sign(t testing.TB, template, parent *x509.Certificate, issuer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if issuer == nil {
		issuer = key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, issuer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}
