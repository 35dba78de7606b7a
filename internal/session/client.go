package session

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Scopes of a token (API 1.68: Scopes). The API writes them in capitals, OpenID
// Connect wants its own small: both are read, small ones are answered.
const (
	ScopeOpenID = "openid"     // an ID token, and userinfo
	ScopeRead   = "read"       // read the post
	ScopeWrite  = "write"      // change and send
	ScopeNative = "native"     // an app on a device
	ScopeCPR    = "cpr_number" // userinfo tells the CPR number
)

// Scopes are all there are.
var Scopes = []string{ScopeOpenID, ScopeRead, ScopeWrite, ScopeNative, ScopeCPR}

// Client is a program that people may let read their post.
type Client struct {
	ID   string
	Name string // as people know it
	// Platform is the platform the client is, which decides what post it sees.
	Platform post.Platform
	// SecretHash is what SecretFits compares with; nil for a public client.
	SecretHash []byte
	// RedirectURIs are compared to the letter. Only a loopback address
	// (http://127.0.0.1/…) may come with any port (RFC 8252, 7.3).
	RedirectURIs []string
	Scopes       []string
	// AutoApprove are scopes that a person is not asked about, for the state's
	// own clients.
	AutoApprove []string
	// Closed stops the client and all its tokens at once.
	Closed bool
}

// Public tells whether the client can keep no secret.
func (c Client) Public() bool { return c.SecretHash == nil }

// HashSecret is what is stored of a client's secret, which must come from
// NewSecret: 256 random bits need no slow hash.
func HashSecret(secret string) []byte { return hash(secret) }

// SecretFits compares in constant time.
func SecretFits(stored []byte, secret string) bool {
	return subtle.ConstantTimeCompare(stored, hash(secret)) == 1
}

// Proven tells whether a client's answer at a redirect address proves who it is:
// a client with a secret, or one that owns an https address. Another may only
// pretend to be the client a person said yes to (RFC 8252, 8.6).
func (c Client) Proven(redirect *url.URL) bool {
	return !c.Public() || redirect.Scheme == "https"
}

// ErrClient says that there is no such client, or that it is closed.
var ErrClient = errs.NotFound("client.unknown")

// SaveClient adds a client or changes it.
func (s *Sessions) SaveClient(tx *db.Tx, c Client) error {
	if err := c.validate(); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO view_client (id, name, platform, secret_hash, redirect_uris, scopes, auto_approve, closed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, platform = excluded.platform, secret_hash = excluded.secret_hash,
		redirect_uris = excluded.redirect_uris, scopes = excluded.scopes, auto_approve = excluded.auto_approve, closed = excluded.closed`,
		c.ID, c.Name, c.Platform, c.SecretHash, words(c.RedirectURIs), words(c.Scopes), words(c.AutoApprove), c.Closed)
	if err != nil {
		return fmt.Errorf("save client: %w", err)
	}
	return nil
}

var clientID = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9._-]{0,63}$`)

func (c Client) validate() error {
	if !clientID.MatchString(c.ID) || c.Name == "" || len(c.RedirectURIs) == 0 {
		return errs.Invalid("client.incomplete", "", "a client has an id of letters, digits, dots and hyphens, a name and a redirect address")
	}
	for _, uri := range c.RedirectURIs {
		u, err := url.Parse(uri)
		if err != nil || strings.ContainsAny(uri, " #*") || u.Host == "" || !(u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())) {
			return errs.Invalid("client.redirect", "redirectUris", "%q is neither https nor http on a loopback address", uri)
		}
	}
	for _, scope := range slices.Concat(c.Scopes, c.AutoApprove) {
		if !slices.Contains(Scopes, scope) {
			return errs.Invalid("client.scope", "scopes", "%q is no scope", scope)
		}
	}
	return nil
}

func loopback(host string) bool { return net.ParseIP(host).IsLoopback() }

const clientColumns = "id, name, platform, secret_hash, redirect_uris, scopes, auto_approve, closed"

func scanClient(row interface{ Scan(...any) error }) (c Client, err error) {
	var redirects, scopes, auto string
	err = row.Scan(&c.ID, &c.Name, &c.Platform, &c.SecretHash, &redirects, &scopes, &auto, &c.Closed)
	c.RedirectURIs, c.Scopes, c.AutoApprove = strings.Fields(redirects), strings.Fields(scopes), strings.Fields(auto)
	return c, err
}

// Client is the open client with an id.
func (s *Sessions) Client(tx *db.Tx, id string) (Client, error) {
	c, err := scanClient(tx.QueryRow("SELECT "+clientColumns+" FROM view_client WHERE id = $1", id))
	if errors.Is(err, db.ErrNoRows) || err == nil && c.Closed {
		return Client{}, ErrClient
	}
	if err != nil {
		return Client{}, fmt.Errorf("find client: %w", err)
	}
	return c, nil
}

// Clients lists all clients, closed ones too.
func (s *Sessions) Clients(tx *db.Tx) ([]Client, error) {
	rows, err := tx.Query("SELECT " + clientColumns + " FROM view_client ORDER BY name, id")
	return db.Collect(rows, err, func(r *db.Rows) (Client, error) { return scanClient(r) })
}

func words(list []string) string { return strings.Join(list, " ") }
