// Package registry knows who there is: persons, organisations, authorities with
// their contact structure, and the systems that send and receive for them. It
// also knows who can receive public post, and why not.
//
// It owns party, person, organisation, member, contact_group, contact_point,
// authority_word, mail_system, registry_import and lookup_try. Numbers are stored encrypted,
// with a keyed hash for look-up; they leave only as post.CPR and post.CVR, which
// print masked.
package registry

import (
	"errors"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// Registry is the capability.
type Registry struct {
	db     *db.DB
	keys   *keys.Ring
	closed []func(tx *db.Tx, p Party) error
	left   []func(tx *db.Tx, organisation, person post.PartyID) error
}

// New makes the capability on a migrated database.
func New(d *db.DB, ring *keys.Ring) *Registry { return &Registry{db: d, keys: ring} }

// OnClose has fn called in each transaction in which the register tells that a
// person has died or an organisation has ceased. It is said before anything runs.
func (r *Registry) OnClose(fn func(tx *db.Tx, p Party) error) { r.closed = append(r.closed, fn) }

// Status is a party's state in the civil or the business register.
type Status string

const (
	Alive     Status = "ALIVE"
	Emigrated Status = "EMIGRATED" // stays registered until they ask to be let out
	Missing   Status = "MISSING"
	Dead      Status = "DEAD"
	Active    Status = "ACTIVE" // an organisation
	Closed    Status = "CLOSED" // an organisation that ceased
)

// Registration is the API's RegistrationStatus.
type Registration string

const (
	Automatic         Registration = "AUTOMATIC_REGISTRATION"
	Voluntary         Registration = "VOLUNTARY_REGISTRATION"
	BeforeUnconfirmed Registration = "BEFORE_UNCONFIRMED_REGISTRATION" // the 21 days before registration
	Unconfirmed       Registration = "UNCONFIRMED_REGISTRATION"        // waiting period; ends by itself or with the first log-in
	ExemptLeft        Registration = "EXEMPT_LEFT_THE_COUNTRY"
	ExemptOther       Registration = "EXEMPT_OTHER_REASON"
	Awaiting          Registration = "CREATED_AWAITING_REGISTRATION" // a child
)

// PublicRegistration is the API's PublicRegistrationStatus: all that a sender
// needs to know.
type PublicRegistration string

const (
	Registered    PublicRegistration = "REGISTERED"
	Exempt        PublicRegistration = "EXEMPT"
	ClosedParty   PublicRegistration = "CLOSED"
	NotRegistered PublicRegistration = "UNKNOWN"
)

// Party is a person or an organisation.
type Party struct {
	ID           post.PartyID
	UUID         post.UUID
	Kind         post.PartyKind
	Name         string
	Status       Status
	StatusSince  time.Time
	Registration Registration
	Registered   time.Time
	ExemptFrom   time.Time
	ExemptTo     time.Time // the first moment after an exemption
	ByProxy      bool
	Voluntary    bool
	Created      time.Time
	Updated      time.Time
	Version      int64

	number []byte // sealed
	// Born is a person's birth date, the zero time for organisations.
	Born time.Time
	// Authority is the kind of public authority, "" for persons and companies.
	Authority Authority
	// MandatoryAllowed and LegalAllowed are an authority's rights to send post
	// that also reaches exempt recipients, and to serve court documents.
	MandatoryAllowed, LegalAllowed bool
}

// Authority is the API's OrganisationAuthorityType (SYS-13).
type Authority string

const (
	State        Authority = "STATE"
	Region       Authority = "REGION"
	Municipality Authority = "MUNICIPALITY"
	Other        Authority = "OTHER"
)

const partyColumns = `p.id, p.uuid, p.kind, p.number_sealed, p.name, p.status, p.status_since, p.registration, p.registered,
	p.exempt_from, p.exempt_to, p.by_proxy, p.voluntary, p.created, p.updated, p.version,
	p.born, p.authority, p.mandatory_allowed, p.legal_allowed`

const fromParty = " FROM party p"

func scanParty(rows interface{ Scan(...any) error }) (Party, error) {
	var p Party
	var born string
	err := rows.Scan(&p.ID, &p.UUID, &p.Kind, &p.number, &p.Name, &p.Status, db.Time(&p.StatusSince), &p.Registration, db.Time(&p.Registered),
		db.Time(&p.ExemptFrom), db.Time(&p.ExemptTo), &p.ByProxy, &p.Voluntary, db.Time(&p.Created), db.Time(&p.Updated), &p.Version,
		&born, &p.Authority, &p.MandatoryAllowed, &p.LegalAllowed)
	if err == nil && born != "" {
		p.Born, err = time.Parse(time.DateOnly, born)
	}
	return p, err
}

// ErrNobody says that no party has the number or id asked for.
var ErrNobody = errs.NotFound("party.unknown")

// Party is the party with an id.
func (r *Registry) Party(tx *db.Tx, id post.PartyID) (Party, error) {
	return r.one(tx, "p.id = $1", id)
}

// PartyByUUID is the party with an outside id.
func (r *Registry) PartyByUUID(tx *db.Tx, id post.UUID) (Party, error) {
	return r.one(tx, "p.uuid = $1", id)
}

// PersonByCPR is the person with a number.
func (r *Registry) PersonByCPR(tx *db.Tx, cpr post.CPR) (Party, error) {
	return r.one(tx, "p.number_hash = $1", r.hash(post.Person, cpr.Reveal()))
}

// OrganisationByCVR is the organisation with a number.
func (r *Registry) OrganisationByCVR(tx *db.Tx, cvr post.CVR) (Party, error) {
	return r.one(tx, "p.number_hash = $1", r.hash(post.Organisation, cvr.Reveal()))
}

func (r *Registry) one(tx *db.Tx, where string, arg any) (Party, error) {
	p, err := scanParty(tx.QueryRow("SELECT "+partyColumns+fromParty+" WHERE "+where, arg))
	if errors.Is(err, db.ErrNoRows) {
		return p, ErrNobody
	}
	return p, err
}

// Number is who a letter is for or from, as MeMo names it.
type Number struct {
	Kind   post.PartyKind
	Digits string // a whole CPR or CVR number
}

// String keeps the number out of logs.
func (n Number) String() string { return string(n.Kind) + " xxxx" }

// ByNumbers looks up many parties at once; those unknown are missing from the
// result.
func (r *Registry) ByNumbers(tx *db.Tx, numbers []Number) (map[Number]Party, error) {
	byHash := make(map[string]Number, len(numbers))
	hashes := make([]any, 0, len(numbers))
	for _, n := range numbers {
		h := r.hash(n.Kind, n.Digits)
		if _, seen := byHash[string(h)]; !seen {
			byHash[string(h)] = n
			hashes = append(hashes, h)
		}
	}
	found := make(map[Number]Party, len(hashes))
	err := tx.QueryIn("SELECT p.number_hash, "+partyColumns+fromParty+" WHERE p.number_hash IN ($IN)", hashes, nil, func(rows *db.Rows) error {
		var hash []byte
		p, err := scanParty(prefixed{rows, &hash})
		found[byHash[string(hash)]] = p
		return err
	})
	return found, err
}

// prefixed scans one column before those of a party.
type prefixed struct {
	rows  *db.Rows
	first any
}

func (p prefixed) Scan(dest ...any) error { return p.rows.Scan(append([]any{p.first}, dest...)...) }

func (r *Registry) hash(kind post.PartyKind, digits string) []byte {
	return r.keys.Hash(keys.CPRHash, string(kind)+digits)
}

// Number is a party's number.
func (r *Registry) Number(p Party) (Number, error) {
	digits, err := r.reveal(p)
	return Number{p.Kind, digits}, err
}

// CPR is a person's number.
func (r *Registry) CPR(p Party) (post.CPR, error) {
	digits, err := r.reveal(p)
	if err != nil {
		return post.CPR{}, err
	}
	return post.ParseCPR(digits)
}

// CVR is an organisation's number.
func (r *Registry) CVR(p Party) (post.CVR, error) {
	digits, err := r.reveal(p)
	if err != nil {
		return post.CVR{}, err
	}
	return post.ParseCVR(digits)
}

func (r *Registry) reveal(p Party) (string, error) {
	digits, err := r.keys.Open(keys.CPRSeal, p.number, p.UUID[:])
	return string(digits), err
}

// Closed tells a person who has died, and an organisation that has ceased.
func (p Party) Closed() bool { return p.Status == Dead || p.Status == Closed }

// Closed are the persons who have died, or the organisations that have ceased, not
// later than a moment, in the order of their ids after one. Those of whom the register
// does not tell since when are not among them.
func (r *Registry) Closed(tx *db.Tx, kind post.PartyKind, by time.Time, after post.PartyID, limit int) ([]post.PartyID, error) {
	rows, err := tx.Query("SELECT id FROM party WHERE kind = $1 AND status IN ($2, $3) AND status_since <= $4 AND id > $5 ORDER BY id LIMIT $6", kind, Dead, Closed, by, after, limit)
	return db.Collect(rows, err, func(rows *db.Rows) (id post.PartyID, err error) { err = rows.Scan(&id); return id, err })
}
