// Package session owns log-ins: sessions in browsers, and grants of tokens to
// the programs (view clients) that people let read their post.
//
// It owns session, view_client, token_grant, token and signing_key.
//
// Secrets (cookies, codes, tokens) are 256 random bits and are stored as their
// SHA-256 only. Every request looks its secret up, so that what ended anywhere
// has ended everywhere, at once. An employee's log-in, in a browser or a program,
// is worth something as long as the register has them as an employee. A person's
// rights are not here: they are looked up when they are used, and one that is gone
// does not live on in a token.
package session

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Limits are how long things last. A zero field means its default.
type Limits struct {
	Idle     time.Duration // a browser session without activity; 15 minutes
	Absolute time.Duration // a browser session in all; 8 hours
	Code     time.Duration // an authorization code; 60 seconds
	Access   time.Duration // an access token; 15 minutes
	Refresh  time.Duration // a refresh token that is not used; 30 days
	Grant    time.Duration // a grant in all: then the person logs in again; 180 days
}

func (l Limits) withDefaults() Limits {
	set := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	set(&l.Idle, 15*time.Minute)
	set(&l.Absolute, 8*time.Hour)
	set(&l.Code, time.Minute)
	set(&l.Access, 15*time.Minute)
	set(&l.Refresh, 30*24*time.Hour)
	set(&l.Grant, 180*24*time.Hour)
	return l
}

// Sessions is the capability.
type Sessions struct {
	keys   *keys.Ring
	people *registry.Registry
	limits Limits
}

// New makes the capability.
func New(ring *keys.Ring, people *registry.Registry, limits Limits) *Sessions {
	return &Sessions{ring, people, limits.withDefaults()}
}

// Limits are the limits in force.
func (s *Sessions) Limits() Limits { return s.limits }

// Session is a person's log-in in one browser on one platform.
type Session struct {
	// ID names the session in lists and logs. It is not a secret.
	ID post.UUID
	// Party is who logged in.
	Party post.PartyID
	// Organisation is the employer they logged in for, 0 on their own behalf.
	Organisation post.PartyID
	Platform     post.Platform
	Device       post.Device
	Assurance    post.Assurance
	LoggedIn     time.Time
	// Seen is the last activity, to within a thirtieth of the idle limit.
	Seen time.Time
	// IDToken is the provider's, for its log-out. It is sent in an address and
	// so is empty where it tells a CPR number.
	IDToken string
}

// Actor is who asks in this session.
func (s Session) Actor() post.Actor {
	return post.Actor{Party: s.Party, Organisation: s.Organisation, Platform: s.Platform, Device: s.Device, Assurance: s.Assurance, Session: s.ID.String()}
}

// The errors of a session that cannot be used.
var (
	ErrNone    = errs.New(errs.KindUnauthenticated, "session.none", "not logged in")
	ErrExpired = errs.New(errs.KindUnauthenticated, "session.expired", "the session ran out of time")
	ErrLeft    = errs.New(errs.KindUnauthenticated, "session.left", "the employment has ended, or the organisation")
)

// NewSecret makes a secret that cannot be guessed: 256 bits in 43 letters.
func NewSecret() string {
	b := make([]byte, 32)
	rand.Read(b) //nolint:errcheck // it never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func hash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Start begins a session. The caller fills in who logged in, where and how; the
// secret goes into the browser's cookie. The secret is always new, so that one
// planted before the log-in is worth nothing after it.
func (s *Sessions) Start(tx *db.Tx, n Session) (Session, string, error) {
	n.ID, n.LoggedIn, n.Seen = tx.NewID(), tx.Now, tx.Now
	secret := NewSecret()
	_, err := tx.Exec(`INSERT INTO session (token_hash, id, party, organisation, platform, device, assurance, logged_in, seen, id_token)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		hash(secret), n.ID, n.Party, n.Organisation, n.Platform, n.Device, n.Assurance, n.LoggedIn, n.Seen, n.IDToken)
	if err != nil {
		return n, "", fmt.Errorf("start session: %w", err)
	}
	return n, secret, audit.Append(tx, audit.Event{
		Name: audit.LogIn, Mailbox: on(n.Party, n.Organisation), Actor: n.Actor(), Props: []audit.Prop{audit.Number(audit.Assurance, int(n.Assurance))},
	})
}

const sessionColumns = "id, party, organisation, platform, device, assurance, logged_in, seen, id_token"

func scanSession(row interface{ Scan(...any) error }) (n Session, err error) {
	err = row.Scan(&n.ID, &n.Party, &n.Organisation, &n.Platform, &n.Device, &n.Assurance, db.Time(&n.LoggedIn), db.Time(&n.Seen), &n.IDToken)
	return n, err
}

// on is in whose log a log-in stands: an employee's in the organisation's.
func on(party, organisation post.PartyID) post.PartyID {
	if organisation != 0 {
		return organisation
	}
	return party
}

// employed tells whether an employee's log-in still stands; a private one does.
func (s *Sessions) employed(tx *db.Tx, party, organisation post.PartyID) (bool, error) {
	if organisation == 0 {
		return true, nil
	}
	yes, err := s.people.Employed(tx, organisation, party)
	if err != nil {
		return false, fmt.Errorf("look up an employment: %w", err)
	}
	return yes, nil
}

// Find is the session of a cookie's secret. ErrNone says that there is none,
// ErrExpired that it ran out of time, ErrLeft that it was an employee's who is one
// no more.
func (s *Sessions) Find(tx *db.Tx, secret string) (Session, error) {
	n, err := scanSession(tx.QueryRow("SELECT "+sessionColumns+" FROM session WHERE token_hash = $1", hash(secret)))
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Session{}, ErrNone
	case err != nil:
		return Session{}, fmt.Errorf("find session: %w", err)
	case !tx.Now.Before(s.Ends(n)):
		return Session{}, ErrExpired
	}
	employed, err := s.employed(tx, n.Party, n.Organisation)
	if err == nil && !employed {
		err = ErrLeft
	}
	if err != nil {
		return Session{}, err
	}
	return n, nil
}

// Ends is when the session ends if nothing more happens.
func (s *Sessions) Ends(n Session) time.Time {
	idle, absolute := n.Seen.Add(s.limits.Idle), n.LoggedIn.Add(s.limits.Absolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// Stale tells whether activity now is worth a Touch: a page view costs no write
// more often than thirty times in the idle limit.
func (s *Sessions) Stale(n Session, now time.Time) bool {
	return now.Sub(n.Seen) >= s.limits.Idle/30
}

// Touch notes activity. It does not revive what ended meanwhile.
func (s *Sessions) Touch(tx *db.Tx, secret string) error {
	_, err := tx.Exec("UPDATE session SET seen = $1 WHERE token_hash = $2 AND seen > $3 AND logged_in > $4",
		tx.Now, hash(secret), tx.Now.Add(-s.limits.Idle), tx.Now.Add(-s.limits.Absolute))
	if err != nil {
		return fmt.Errorf("note activity: %w", err)
	}
	return nil
}

// End ends the session of a cookie's secret, if there is one, and returns what
// it was.
func (s *Sessions) End(tx *db.Tx, secret string) (Session, error) {
	n, err := scanSession(tx.QueryRow("SELECT "+sessionColumns+" FROM session WHERE token_hash = $1", hash(secret)))
	if errors.Is(err, db.ErrNoRows) {
		return Session{}, ErrNone
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	if _, err := tx.Exec("DELETE FROM session WHERE token_hash = $1", hash(secret)); err != nil {
		return Session{}, fmt.Errorf("end session: %w", err)
	}
	return n, audit.Append(tx, audit.Event{Name: audit.LogOut, Mailbox: on(n.Party, n.Organisation), Actor: n.Actor()})
}

// Of lists a person's sessions that have not ended, the newest first: their own, and
// those as an employee.
func (s *Sessions) Of(tx *db.Tx, party post.PartyID) ([]Session, error) {
	rows, err := tx.Query("SELECT "+sessionColumns+" FROM session WHERE party = $1 AND seen > $2 AND logged_in > $3 ORDER BY logged_in DESC, id DESC",
		party, tx.Now.Add(-s.limits.Idle), tx.Now.Add(-s.limits.Absolute))
	all, err := db.Collect(rows, err, func(r *db.Rows) (Session, error) { return scanSession(r) })
	return slices.DeleteFunc(all, func(n Session) bool {
		employed, failed := s.employed(tx, n.Party, n.Organisation)
		if err == nil {
			err = failed
		}
		return !employed
	}), err
}

// EndAll ends everything a person is logged in to: browsers and programs. by is
// who asks for it, the person or staff.
func (s *Sessions) EndAll(tx *db.Tx, by post.Actor, party post.PartyID) error {
	if _, err := tx.Exec("DELETE FROM session WHERE party = $1", party); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	if _, err := tx.Exec("DELETE FROM token_grant WHERE party = $1", party); err != nil {
		return fmt.Errorf("end grants: %w", err)
	}
	return audit.Append(tx, audit.Event{Name: audit.SessionEnded, Mailbox: party, Actor: by})
}

// Clean removes what has run out. It is a periodic job; nothing depends on when
// it runs.
func (s *Sessions) Clean(tx *db.Tx) error {
	if _, err := tx.Exec("DELETE FROM session WHERE seen <= $1 OR logged_in <= $2", tx.Now.Add(-s.limits.Idle), tx.Now.Add(-s.limits.Absolute)); err != nil {
		return fmt.Errorf("remove old sessions: %w", err)
	}
	if _, err := tx.Exec("DELETE FROM token WHERE expires <= $1", tx.Now); err != nil {
		return fmt.Errorf("remove old tokens: %w", err)
	}
	_, err := tx.Exec("DELETE FROM token_grant WHERE NOT EXISTS (SELECT 1 FROM token WHERE grant_id = token_grant.id)")
	if err != nil {
		return fmt.Errorf("remove old grants: %w", err)
	}
	return nil
}
