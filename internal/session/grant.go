package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Grant is what a person lets a client do from one device. Its tokens are a
// family: they end together.
type Grant struct {
	ID           post.UUID
	Party        post.PartyID
	Organisation post.PartyID // the employer they logged in for, 0 on their own behalf
	Client       string
	Platform     post.Platform // the client's
	Device       post.Device   // where the person allowed it
	Assurance    post.Assurance
	Scopes       []string
	DeviceID     string // the client's name for the device, "" where it gives none
	DeviceName   string // as the person knows it
	LoggedIn     time.Time
	Created      time.Time
	Used         time.Time // the last exchange for tokens
}

// Actor is who asks with a token of the grant.
func (g Grant) Actor() post.Actor {
	return post.Actor{
		Party: g.Party, Organisation: g.Organisation, Platform: g.Platform, Device: g.Device, Assurance: g.Assurance,
		Session: g.ID.String(), ReadOnly: !slices.Contains(g.Scopes, ScopeWrite),
	}
}

// Kind is what a token is good for.
type Kind string

const (
	Code    Kind = "code"    // exchanged once for an access and a refresh token
	Access  Kind = "access"  // goes with each request to the API
	Refresh Kind = "refresh" // exchanged once for the next pair
)

// Token is a token of a grant.
type Token struct {
	Grant   Grant
	Kind    Kind
	Request string // what the client asked with, for the exchange of a code
	Expires time.Time
}

// The errors of a token that cannot be used.
var (
	ErrToken = errs.New(errs.KindUnauthenticated, "token.unknown", "the token is unknown, revoked or too old")
	// ErrReused says that a code or a refresh token came a second time. One of
	// the two who had it stole it, so the grant has ended (RFC 6819, 5.2.2.3).
	ErrReused = errs.New(errs.KindUnauthenticated, "token.reused", "the token was used before: the grant has ended")
)

// Allow records what a person said yes to and gives it a code.
func (s *Sessions) Allow(tx *db.Tx, g Grant, code, request string) (Grant, error) {
	g.ID, g.Created = tx.NewID(), tx.Now
	_, err := tx.Exec(`INSERT INTO token_grant (id, party, organisation, client, platform, device, assurance, scopes, device_id, device_name, logged_in, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		g.ID, g.Party, g.Organisation, g.Client, g.Platform, g.Device, g.Assurance, words(g.Scopes), g.DeviceID, g.DeviceName, g.LoggedIn, g.Created)
	if err == nil {
		err = s.add(tx, g.ID, Code, code, request, tx.Now.Add(s.limits.Code))
	}
	if err != nil {
		return g, fmt.Errorf("record a grant: %w", err)
	}
	return g, audit.Append(tx, event(audit.AppAccessCreated, g.Actor(), g))
}

func (s *Sessions) add(tx *db.Tx, grant post.UUID, kind Kind, secret, request string, expires time.Time) error {
	_, err := tx.Exec("INSERT INTO token (hash, grant_id, kind, request, expires) VALUES ($1, $2, $3, $4, $5)",
		hash(secret), grant, kind, request, expires)
	return err
}

const grantColumns = "g.id, g.party, g.organisation, g.client, g.platform, g.device, g.assurance, g.scopes, g.device_id, g.device_name, g.logged_in, g.created, g.used"

func (g *Grant) columns(scopes *string) []any {
	return []any{&g.ID, &g.Party, &g.Organisation, &g.Client, &g.Platform, &g.Device, &g.Assurance, scopes, &g.DeviceID, &g.DeviceName,
		db.Time(&g.LoggedIn), db.Time(&g.Created), db.Time(&g.Used)}
}

// Token is the token of a secret. A code or refresh token that was used before
// ends its grant and gives ErrReused: commit that. With ErrReused the token is
// returned as well.
func (s *Sessions) Token(tx *db.Tx, kind Kind, secret string) (Token, error) {
	t, used, err := s.find(tx, kind, secret)
	if err != nil {
		return Token{}, err
	}
	if !used.IsZero() {
		if err := s.end(tx, t.Grant.Actor(), t.Grant, audit.TokenReused); err != nil {
			return Token{}, err
		}
		return t, ErrReused
	}
	employed, err := s.employed(tx, t.Grant.Party, t.Grant.Organisation)
	if err != nil {
		return Token{}, err
	}
	if !employed || !tx.Now.Before(t.Expires) {
		return Token{}, ErrToken
	}
	return t, nil
}

func (s *Sessions) find(tx *db.Tx, kind Kind, secret string) (Token, time.Time, error) {
	var t Token
	var used time.Time
	var scopes, allowed string
	err := tx.QueryRow("SELECT "+grantColumns+`, c.platform, c.scopes, t.kind, t.request, t.expires, t.used
		FROM token t JOIN token_grant g ON g.id = t.grant_id JOIN view_client c ON c.id = g.client
		WHERE t.hash = $1 AND t.kind = $2 AND c.closed = FALSE`, hash(secret), kind).
		Scan(append(t.Grant.columns(&scopes), &t.Grant.Platform, &allowed, &t.Kind, &t.Request, db.Time(&t.Expires), db.Time(&used))...)
	if errors.Is(err, db.ErrNoRows) {
		return t, used, ErrToken
	}
	if err != nil {
		return t, used, fmt.Errorf("find token: %w", err)
	}
	// What the client may no longer have has ended in its tokens too.
	still := strings.Fields(allowed)
	t.Grant.Scopes = slices.DeleteFunc(strings.Fields(scopes), func(scope string) bool { return !slices.Contains(still, scope) })
	return t, used, nil
}

// Exchange uses a code or a refresh token up and gives the grant its next pair
// of tokens. A device that is allowed anew loses its former grant.
func (s *Sessions) Exchange(tx *db.Tx, used Token, secret, access, refresh string) error {
	g := used.Grant
	n, err := tx.Exec("UPDATE token SET used = $1 WHERE hash = $2 AND used IS NULL", tx.Now, hash(secret))
	if err != nil {
		return fmt.Errorf("use a token up: %w", err)
	}
	if n != 1 {
		return ErrReused
	}
	if used.Kind == Code && g.DeviceID != "" {
		if _, err := tx.Exec("DELETE FROM token_grant WHERE party = $1 AND organisation = $2 AND client = $3 AND device_id = $4 AND id <> $5",
			g.Party, g.Organisation, g.Client, g.DeviceID, g.ID); err != nil {
			return fmt.Errorf("end the device's former grant: %w", err)
		}
	}
	if _, err := tx.Exec("UPDATE token_grant SET used = $1 WHERE id = $2", tx.Now, g.ID); err != nil {
		return fmt.Errorf("note the use of a grant: %w", err)
	}
	end := g.Created.Add(s.limits.Grant)
	if err := s.add(tx, g.ID, Access, access, "", earlier(end, tx.Now.Add(s.limits.Access))); err != nil {
		return fmt.Errorf("add an access token: %w", err)
	}
	if err := s.add(tx, g.ID, Refresh, refresh, "", earlier(end, tx.Now.Add(s.limits.Refresh))); err != nil {
		return fmt.Errorf("add a refresh token: %w", err)
	}
	if used.Kind == Code {
		return audit.Append(tx, event(audit.TokenIssued, g.Actor(), g))
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Bearer is who asks with an access token, and its scopes. It is looked up on
// each request: what was revoked is refused at once.
func (s *Sessions) Bearer(tx *db.Tx, access string) (post.Actor, []string, error) {
	t, err := s.Token(tx, Access, access)
	if err != nil {
		return post.Actor{}, nil, err
	}
	return t.Grant.Actor(), t.Grant.Scopes, nil
}

// Allowed tells whether a person has let a client have all these scopes and has
// not ended it, in the name of an organisation or, where it is 0, their own.
func (s *Sessions) Allowed(tx *db.Tx, party, organisation post.PartyID, client string, scopes []string) (bool, error) {
	grants, err := s.Grants(tx, party, organisation)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(grants, func(g Grant) bool {
		return g.Client == client && !slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(g.Scopes, scope) })
	}), nil
}

// Grants lists what a person lets clients do in the name of an organisation or,
// where it is 0, their own, the newest first. One whose code was never exchanged is
// not there, nor one whose refresh token ran out.
func (s *Sessions) Grants(tx *db.Tx, party, organisation post.PartyID) ([]Grant, error) {
	rows, err := tx.Query("SELECT "+grantColumns+` FROM token_grant g
		WHERE g.party = $1 AND g.organisation = $2 AND g.used > $3 AND g.created > $4 ORDER BY g.created DESC, g.id DESC`,
		party, organisation, tx.Now.Add(-s.limits.Refresh), tx.Now.Add(-s.limits.Grant))
	return db.Collect(rows, err, func(r *db.Rows) (Grant, error) {
		var g Grant
		var scopes string
		err := r.Scan(g.columns(&scopes)...)
		g.Scopes = strings.Fields(scopes)
		return g, err
	})
}

// Withdraw ends a grant and all its tokens because its client asks for it.
func (s *Sessions) Withdraw(tx *db.Tx, g Grant) error {
	return s.end(tx, g.Actor(), g, audit.TokenRevoked)
}

// Revoke ends a grant and all its tokens because the person asks for it. A grant of
// another person, or in another name, is not found.
func (s *Sessions) Revoke(tx *db.Tx, by post.Actor, id post.UUID) error {
	var g Grant
	var scopes string
	err := tx.QueryRow("SELECT "+grantColumns+" FROM token_grant g WHERE g.id = $1 AND g.party = $2 AND g.organisation = $3", id, by.Party, by.Organisation).Scan(g.columns(&scopes)...)
	if errors.Is(err, db.ErrNoRows) {
		return errs.NotFound("consent.unknown")
	}
	if err != nil {
		return fmt.Errorf("find grant: %w", err)
	}
	return s.end(tx, by, g, audit.ConsentRevoked)
}

func (s *Sessions) end(tx *db.Tx, by post.Actor, g Grant, why audit.Name) error {
	if _, err := tx.Exec("DELETE FROM token_grant WHERE id = $1", g.ID); err != nil {
		return fmt.Errorf("end a grant: %w", err)
	}
	return audit.Append(tx, event(why, by, g))
}

func event(name audit.Name, by post.Actor, g Grant) audit.Event {
	return audit.Event{Name: name, Mailbox: on(g.Party, g.Organisation), Actor: by, Props: []audit.Prop{{Key: audit.Client, Value: g.Client}}}
}
