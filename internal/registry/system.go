package registry

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// System is a program of an organisation that sends or receives letters: the
// API's MailSystem.
type System struct {
	ID           post.SystemID
	UUID         post.UUID
	Organisation post.PartyID
	Name         string
	Sends        bool
	Receives     bool
	// ByDefault marks the recipient system for letters that name no contact point.
	ByDefault       bool
	Protocol        Protocol
	Endpoint        string
	ReceiptEndpoint string // where receipts are pushed, "" for pull
	MemoVersion     string // 1.1 or 1.2, of what it receives
	DelegatedCVR    string // a vendor whose certificate may be used with the key
	AllowedIPs      []netip.Prefix
	ActiveFrom      time.Time
	ActiveTo        time.Time
	Version         int64

	keyHash     []byte
	certificate []byte
}

// Protocol is the API's MailSystemServiceProtocol.
type Protocol string

const (
	RESTPull Protocol = "REST_PULL"
	RESTPush Protocol = "REST_PUSH"
)

// Codes of why a system is not let in.
const (
	CodeSystemUnknown     = "system.unknown"
	CodeSystemKey         = "system.api.key.not.valid"
	CodeSystemCertificate = "system.certificate.not.valid"
	CodeSystemAddress     = "system.address.not.allowed"
	CodeSystemInactive    = "system.not.active"
)

const systemColumns = `id, uuid, organisation, name, sends, receives, by_default, protocol, endpoint, receipt_endpoint, memo_version,
	key_hash, certificate, delegated_cvr, allowed_ips, active_from, active_to, version`

func scanSystem(rows interface{ Scan(...any) error }) (System, error) {
	var s System
	var ips string
	err := rows.Scan(&s.ID, &s.UUID, &s.Organisation, &s.Name, &s.Sends, &s.Receives, &s.ByDefault, &s.Protocol, &s.Endpoint, &s.ReceiptEndpoint, &s.MemoVersion,
		&s.keyHash, &s.certificate, &s.DelegatedCVR, &ips, db.Time(&s.ActiveFrom), db.Time(&s.ActiveTo), &s.Version)
	if err == nil {
		err = json.Unmarshal([]byte(ips), &s.AllowedIPs)
	}
	return s, err
}

// System is the system with an id.
func (r *Registry) System(tx *db.Tx, id post.SystemID) (System, error) {
	s, err := scanSystem(tx.QueryRow("SELECT "+systemColumns+" FROM mail_system WHERE id = $1", id))
	if errors.Is(err, db.ErrNoRows) {
		return s, errs.NotFound(CodeSystemUnknown)
	}
	return s, err
}

// SystemByUUID is the system with an outside id.
func (r *Registry) SystemByUUID(tx *db.Tx, id post.UUID) (System, error) {
	s, err := scanSystem(tx.QueryRow("SELECT "+systemColumns+" FROM mail_system WHERE uuid = $1", id))
	if errors.Is(err, db.ErrNoRows) {
		return s, errs.NotFound(CodeSystemUnknown)
	}
	return s, err
}

// SystemsOf lists an organisation's systems, the oldest first.
func (r *Registry) SystemsOf(tx *db.Tx, organisation post.PartyID) ([]System, error) {
	rows, err := tx.Query("SELECT "+systemColumns+" FROM mail_system WHERE organisation = $1 ORDER BY id", organisation)
	return db.Collect(rows, err, func(rows *db.Rows) (System, error) { return scanSystem(rows) })
}

// RecipientSystem is the system that a letter to an organisation waits for: that
// of the contact point it names, else the default, also where that is switched off
// for now; ErrNobody where there is none. point is nil where the letter names none.
func (r *Registry) RecipientSystem(tx *db.Tx, organisation post.PartyID, point post.UUID) (System, error) {
	s, err := scanSystem(tx.QueryRow("SELECT "+systemColumns+` FROM mail_system WHERE organisation = $1 AND receives = TRUE
		ORDER BY CASE WHEN id = (SELECT system FROM contact_point WHERE id = $2 AND organisation = $1) THEN 0 ELSE 1 END, by_default DESC, id LIMIT 1`,
		organisation, point[:]))
	if errors.Is(err, db.ErrNoRows) {
		return s, ErrNobody
	}
	return s, err
}

// Credentials are what a system shows of itself.
type Credentials struct {
	System      post.UUID
	Key         string
	Certificate *x509.Certificate // verified by the edge to a trusted root; nil where none was shown
	Address     netip.Addr
}

// Authenticate finds the system that calls. It takes a valid key, and a
// certificate that is the system's own uploaded one or that belongs to its
// organisation or to the vendor it named; the key alone is never enough. The
// address and the active period must fit too.
func (r *Registry) Authenticate(tx *db.Tx, c Credentials) (System, error) {
	s, err := scanSystem(tx.QueryRow("SELECT "+systemColumns+" FROM mail_system WHERE uuid = $1", c.System))
	if errors.Is(err, db.ErrNoRows) {
		return System{}, errs.New(errs.KindUnauthenticated, CodeSystemUnknown, "no system has this id")
	}
	if err != nil {
		return System{}, err
	}
	if err := r.admit(tx, s, c); err != nil {
		return System{}, err
	}
	return s, nil
}

// Refused writes down that somebody claimed to be a system and did not prove it.
// Where there is no such system there is nothing to write.
func (r *Registry) Refused(tx *db.Tx, claimed post.UUID, why error) error {
	var a post.Actor
	err := tx.QueryRow("SELECT id, organisation FROM mail_system WHERE uuid = $1", claimed).Scan(&a.System, &a.Organisation)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return audit.Append(tx, audit.Event{Name: audit.SystemRefused, Actor: a, Props: []audit.Prop{{Key: audit.Reason, Value: errs.CodeOf(why)}}})
}

func (r *Registry) admit(tx *db.Tx, s System, c Credentials) error {
	key := sha256.Sum256([]byte(c.Key))
	if len(s.keyHash) == 0 || subtle.ConstantTimeCompare(key[:], s.keyHash) != 1 {
		return errs.New(errs.KindUnauthenticated, CodeSystemKey, "the API key is not valid for this system")
	}
	ok, err := r.certificateFits(tx, s, c.Certificate)
	if err != nil {
		return err
	}
	if !ok {
		return errs.New(errs.KindUnauthenticated, CodeSystemCertificate, "the client certificate is not valid for this system")
	}
	if len(s.AllowedIPs) > 0 && !contains(s.AllowedIPs, c.Address) {
		return errs.New(errs.KindForbidden, CodeSystemAddress, "the system may not call from this address")
	}
	if !s.ActiveAt(tx.Now) {
		return errs.New(errs.KindForbidden, CodeSystemInactive, "the system is not active")
	}
	return nil
}

// ActiveAt tells whether the system may integrate at a moment.
func (s System) ActiveAt(now time.Time) bool {
	return !now.Before(s.ActiveFrom) && (s.ActiveTo.IsZero() || now.Before(s.ActiveTo))
}

func (r *Registry) certificateFits(tx *db.Tx, s System, c *x509.Certificate) (bool, error) {
	if c == nil {
		return false, nil
	}
	if len(s.certificate) > 0 {
		sum := sha256.Sum256(c.Raw)
		return subtle.ConstantTimeCompare(sum[:], s.certificate) == 1, nil
	}
	cvr := CertificateCVR(c)
	if cvr == "" {
		return false, nil
	}
	if cvr == s.DelegatedCVR {
		return true, nil
	}
	owner, err := r.Party(tx, s.Organisation)
	if err != nil {
		return false, err
	}
	number, err := r.CVR(owner)
	return err == nil && number.Reveal() == cvr, err
}

// CertificateCVR is the organisation an OCES3 certificate was issued to, from
// its organizationIdentifier ("NTRDK-12345678", ETSI EN 319 412-1); "" where it
// names none.
func CertificateCVR(c *x509.Certificate) string {
	organizationIdentifier := asn1.ObjectIdentifier{2, 5, 4, 97}
	for _, name := range c.Subject.Names {
		if value, ok := name.Value.(string); ok && name.Type.Equal(organizationIdentifier) {
			if cvr, ok := strings.CutPrefix(value, "NTRDK-"); ok {
				return cvr
			}
		}
	}
	return ""
}

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// CreateSystem registers a system and returns it with its API key, which is
// shown this once: only its hash is kept.
func (r *Registry) CreateSystem(tx *db.Tx, s System) (System, string, error) {
	key, hash := newKey()
	s.UUID, s.keyHash, s.Version = post.NewUUID(), hash, 1
	if s.AllowedIPs == nil {
		s.AllowedIPs = []netip.Prefix{}
	}
	ips, err := json.Marshal(s.AllowedIPs)
	if err != nil {
		return s, "", err
	}
	if err := tx.QueryRow("SELECT COALESCE(MAX(id), 0) + 1 FROM mail_system").Scan(&s.ID); err != nil {
		return s, "", err
	}
	_, err = tx.Exec("INSERT INTO mail_system ("+systemColumns+") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)",
		s.ID, s.UUID, s.Organisation, s.Name, s.Sends, s.Receives, s.ByDefault, s.Protocol, s.Endpoint, s.ReceiptEndpoint, s.MemoVersion,
		s.keyHash, s.certificate, s.DelegatedCVR, string(ips), s.ActiveFrom, s.ActiveTo, s.Version)
	return s, key, err
}

func newKey() (key string, hash []byte) {
	raw := make([]byte, 32)
	rand.Read(raw)
	key = base64.RawURLEncoding.EncodeToString(raw)
	sum := sha256.Sum256([]byte(key))
	return key, sum[:]
}

// RenewKey gives a system a new API key and removes its own certificate (facts
// 3.2); the old ones end at once.
func (r *Registry) RenewKey(tx *db.Tx, id post.SystemID) (string, error) {
	key, hash := newKey()
	return key, r.changeSystem(tx, id, "api.key", "key_hash = $2, certificate = NULL", hash)
}

// SetCertificate has a system show this certificate and no other.
func (r *Registry) SetCertificate(tx *db.Tx, id post.SystemID, c *x509.Certificate) error {
	sum := sha256.Sum256(c.Raw)
	return r.changeSystem(tx, id, "certificate", "certificate = $2", sum[:])
}

// SwitchOff ends a recipient system's activity now: nothing could be delivered
// to it for 7 days (facts 3.5).
func (r *Registry) SwitchOff(tx *db.Tx, id post.SystemID) error {
	return r.changeSystem(tx, id, "active.to", "active_to = $2", tx.Now)
}

func (r *Registry) changeSystem(tx *db.Tx, id post.SystemID, what, set string, value any) error {
	n, err := tx.Exec("UPDATE mail_system SET "+set+", version = version + 1 WHERE id = $1", id, value)
	if err != nil {
		return err
	}
	if n == 0 {
		return errs.NotFound(CodeSystemUnknown)
	}
	return audit.Append(tx, audit.Event{Name: audit.SystemChanged, Actor: post.Actor{System: id}, Props: []audit.Prop{{Key: audit.Change, Value: what}}})
}
