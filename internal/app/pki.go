package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// pki makes the certificates of a localserve, in a folder of its own. They are
// made at run time and trusted by nobody else.
type pki struct {
	dir  string
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

// certificateLife is how long the certificates of a localserve are good.
const certificateLife = 2 * 365 * 24 * time.Hour

// openPKI reads the root, or makes it.
func openPKI(dir string, now time.Time) (*pki, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p := &pki{dir: dir}
	cert, key, err := readPair(p.path("ca"))
	if err == nil {
		p.root, p.key = cert, key
		return p, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:  pkix.Name{CommonName: "Digital Post localserve root", Organization: []string{"Test only"}},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, IsCA: true, BasicConstraintsValid: true,
	}
	if p.root, err = p.write("ca", template, template, p.key, now); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *pki) path(name string) string        { return filepath.Join(p.dir, name) }
func (p *pki) certificate(name string) string { return p.path(name) + ".pem" }
func (p *pki) privateKey(name string) string  { return p.path(name) + ".key" }

// server makes the server's certificate where it is missing.
func (p *pki) server(now time.Time) error {
	return p.issue("server", &x509.Certificate{
		Subject:  pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost", "*.localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, now)
}

// system makes a client certificate in the manner of OCES3, for an organisation,
// where it is missing.
func (p *pki) system(name, cvr, organisation string, now time.Time) error {
	return p.issue(name, &x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{organisation}, ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: "NTRDK-" + cvr},
		}},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, now)
}

func (p *pki) issue(name string, template *x509.Certificate, now time.Time) error {
	if cert, _, err := readPair(p.path(name)); err == nil && now.Before(cert.NotAfter) {
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	_, err = p.write(name, template, p.root, key, now)
	return err
}

func (p *pki) write(name string, template, parent *x509.Certificate, key *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = now.Add(-time.Hour), now.Add(certificateLife)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, p.key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := writeFile(p.privateKey(name), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return nil, err
	}
	if err := writeFile(p.certificate(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func readPair(path string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	raw, err := os.ReadFile(path + ".pem")
	if err != nil {
		return nil, nil, err
	}
	rawKey, err := os.ReadFile(path + ".key")
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(raw)
	keyBlock, _ := pem.Decode(rawKey)
	if block == nil || keyBlock == nil {
		return nil, nil, fmt.Errorf("%s: not PEM", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("%s: not an ECDSA key", path)
	}
	return cert, private, nil
}

// writeFile writes a file whole or not at all.
func writeFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
