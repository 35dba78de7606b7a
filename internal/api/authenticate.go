package api

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
)

// authenticate finds out who calls. Failures are counted by address: a caller
// who fails too often is told to wait, and one who does not fail is never
// stopped by others at the same address.
func (c *call) authenticate() error {
	c.address = c.api.clientAddress(c.r)
	var err error
	switch {
	case c.route.who == anyone:
		return nil
	case c.asViewer():
		err = c.authenticateViewer()
	default:
		err = c.authenticateSystem()
	}
	if errs.KindOf(err) != errs.KindUnauthenticated && errs.CodeOf(err) != registry.CodeSystemAddress {
		return err
	}
	if !c.api.failures.add(c.address) {
		return errs.New(errs.KindRateLimited, CodeTooManyFailed, "too many failed authentications from this address")
	}
	if c.claimed != (post.UUID{}) {
		return errors.Join(err, c.logRefusal(err))
	}
	return err
}

// asViewer tells that a view client calls: also an operation that is open to
// systems, unless a system shows its id and key.
func (c *call) asViewer() bool {
	_, _, system := c.r.BasicAuth()
	return c.route.who&viewer != 0 && (c.route.who == viewer || !system)
}

// challenge is what a caller who is not let in should show (RFC 7617, RFC 6750).
func (c *call) challenge() string {
	if c.route != nil && c.asViewer() {
		return `Bearer realm="Digital Post", error="invalid_token"`
	}
	return `Basic realm="Digital Post"`
}

// authenticateViewer takes a person's token. It is looked up at each call: what
// was revoked is refused at once.
func (c *call) authenticateViewer() error {
	token, ok := authorization(c.r, "Bearer")
	if !ok {
		return errs.New(errs.KindUnauthenticated, CodeCredentials, "the call has no bearer token")
	}
	err := c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		c.actor, c.scopes, err = c.api.Sessions.Bearer(tx, token)
		return err
	})
	if err != nil {
		return err
	}
	if !slices.Contains(c.scopes, session.ScopeRead) && !slices.Contains(c.scopes, session.ScopeWrite) {
		return errs.New(errs.KindForbidden, "token.scope.missing", "the token has neither of the scopes READ and WRITE")
	}
	return nil
}

// authorization is what the header has after its scheme. Real clients write the
// scheme in either letter case (facts 3.2).
func authorization(r *http.Request, scheme string) (string, bool) {
	h := r.Header.Get("Authorization")
	if len(h) <= len(scheme) || h[len(scheme)] != ' ' || !strings.EqualFold(h[:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(h[len(scheme)+1:]), true
}

// authenticateSystem takes a system's id, key and client certificate. Sending
// goes past the registry for some seconds after a success: the transaction that
// delivers looks whether the system is still as it was.
func (c *call) authenticateSystem() error {
	peer := c.api.peerOf(c.r)
	sending := c.route.name == "SendMemo" && isLetter(c.r.Header.Get("Content-Type"))
	if sending {
		if s, ok := c.api.known.get(c.knownKey(peer)); ok {
			c.system = s
			return nil
		}
	}
	credentials, err := c.credentials(peer)
	if err != nil {
		return err
	}
	c.claimed = credentials.System
	err = c.api.DB.Read(c.r.Context(), func(tx *db.Tx) (err error) {
		c.system, err = c.api.Registry.Authenticate(tx, credentials)
		return err
	})
	if err != nil {
		return err
	}
	if !(c.system.Sends && c.route.who&sender != 0 || c.system.Receives && c.route.who&recipient != 0) {
		return errs.New(errs.KindForbidden, CodeCallerKind, "the system is not registered for this: it must be a %s system", c.route.who)
	}
	if sending {
		c.api.known.put(c.knownKey(peer), c.system)
	}
	return nil
}

func (c callers) String() string {
	switch c {
	case sender:
		return "sender"
	case recipient:
		return "recipient"
	}
	return "sender or recipient"
}

func (c *call) credentials(p *peer) (registry.Credentials, error) {
	refuse := func(code, detail string) (registry.Credentials, error) {
		return registry.Credentials{}, errs.New(errs.KindUnauthenticated, code, "%s", detail)
	}
	id, key, ok := c.r.BasicAuth()
	if !ok {
		return refuse(CodeCredentials, "the call has no header Authorization: Basic base64(systemId:apiKey)")
	}
	system, err := post.ParseUUID(id)
	switch {
	case err != nil:
		return refuse(registry.CodeSystemUnknown, "the system id is not a UUID")
	case !p.shown:
		return refuse(CodeCertificate, "the call has no client certificate")
	case p.certificate == nil:
		return refuse(registry.CodeSystemCertificate, "the client certificate was not issued by an accepted issuer for client authentication, or is not valid now")
	}
	return registry.Credentials{System: system, Key: key, Certificate: p.certificate, Address: c.address}, nil
}

// logRefusal writes down that a system did not prove who it is.
func (c *call) logRefusal(why error) error {
	ctx := context.WithoutCancel(c.r.Context())
	return c.api.DB.Update(ctx, func(tx *db.Tx) error { return c.api.Registry.Refused(tx, c.claimed, why) })
}

// peer is what is known of a connection's other end.
type peer struct {
	once        sync.Once
	shown       bool              // a certificate was shown
	certificate *x509.Certificate // it was issued by an accepted issuer
	fingerprint [sha256.Size]byte // of the certificate
}

type peerKey struct{}

// peerOf looks at the client certificate once for each connection.
func (a *API) peerOf(r *http.Request) *peer {
	p, ok := r.Context().Value(peerKey{}).(*peer)
	if !ok {
		p = new(peer)
	}
	p.once.Do(func() { a.inspect(p, r) })
	if p.certificate != nil && a.DB.Now().After(p.certificate.NotAfter) { // the connection has outlived it
		return &peer{shown: true}
	}
	return p
}

func (a *API) inspect(p *peer, r *http.Request) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return
	}
	p.shown = true
	leaf := r.TLS.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range r.TLS.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: a.config.ClientCAs, Intermediates: between, CurrentTime: a.DB.Now(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err == nil {
		p.certificate, p.fingerprint = leaf, sha256.Sum256(leaf.Raw)
	}
}

// knownKey is all that a success depends on.
type knownKey struct {
	authorization [sha256.Size]byte
	certificate   [sha256.Size]byte
	address       string
}

func (c *call) knownKey(p *peer) knownKey {
	return knownKey{sha256.Sum256([]byte(c.r.Header.Get("Authorization"))), p.fingerprint, string(c.address.AsSlice())}
}

// known remembers for a short time the systems that proved who they are. It is
// for sending only, where the system is looked at again.
type known struct {
	now     func() time.Time
	mu      sync.Mutex
	systems map[knownKey]knownSystem
}

type knownSystem struct {
	registry.System
	until time.Time
}

const (
	knownFor  = 5 * time.Second
	mostKnown = 4096
)

func newKnown(now func() time.Time) *known {
	return &known{now: now, systems: map[knownKey]knownSystem{}}
}

func (k *known) get(key knownKey) (registry.System, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.systems[key]
	return s.System, ok && k.now().Before(s.until)
}

func (k *known) put(key knownKey, s registry.System) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.systems) >= mostKnown {
		clear(k.systems)
	}
	k.systems[key] = knownSystem{s, k.now().Add(knownFor)}
}

func (k *known) forget(key knownKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.systems, key)
}
