package registry

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// Record is one line of a register: a JSON object whose type tells which fields
// it has.
type Record struct {
	Type string `json:"type"` // person, organisation, authority, contactGroup, contactPoint

	CPR                string          `json:"cpr,omitempty"`
	CVR                string          `json:"cvr,omitempty"`
	Name               string          `json:"name,omitempty"`
	FirstName          string          `json:"firstName,omitempty"`
	LastName           string          `json:"lastName,omitempty"`
	Protected          bool            `json:"protected,omitempty"`
	BirthDate          string          `json:"birthDate,omitempty"`
	Status             Status          `json:"status,omitempty"`
	StatusDate         string          `json:"statusDate,omitempty"`
	RegistrationStatus Registration    `json:"registrationStatus,omitempty"`
	Voluntary          bool            `json:"eligibleForVoluntaryRegistration,omitempty"`
	Address            json.RawMessage `json:"address,omitempty"`

	Kind                     string    `json:"kind,omitempty"`
	AuthorityType            Authority `json:"authorityType,omitempty"`
	MandatoryPostAllowed     bool      `json:"mandatoryPostAllowed,omitempty"`
	LegalNotificationAllowed bool      `json:"legalNotificationAllowed,omitempty"`
	Aliases                  []string  `json:"aliases,omitempty"`

	ID           post.UUID `json:"id,omitzero"`
	Organisation string    `json:"organisation,omitempty"` // CVR of a contact group's or point's organisation
	Parent       post.UUID `json:"parent,omitzero"`
	Group        post.UUID `json:"group,omitzero"`
	Description  string    `json:"description,omitempty"`
	Targets      []string  `json:"targets,omitempty"`

	raw []byte // the line, for what is stored as it is
}

// Result counts what an import did.
type Result struct {
	Lines   int64 // read in all, also by earlier runs
	Skipped int64 // done by earlier runs
}

const (
	importChunk = 500     // lines in a transaction
	maxLine     = 1 << 20 // bytes
)

// ErrRecord says what is wrong with a line.
type ErrRecord struct {
	Line   int64
	Reason string
}

func (e *ErrRecord) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Import reads a register, one Record in a line. source names the register: an
// import of the same source goes on after the last line that was stored, so one
// that was cut off can be run again. A party that is known already is brought up
// to date; nothing is removed.
func (r *Registry) Import(ctx context.Context, source string, in io.Reader) (Result, error) {
	var result Result
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow("SELECT lines FROM registry_import WHERE source = $1", source).Scan(&result.Skipped)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return result, err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	var chunk []Record
	store := func() error {
		if len(chunk) == 0 {
			return nil
		}
		err := r.db.Update(ctx, func(tx *db.Tx) error {
			if err := r.Save(tx, chunk); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO registry_import (source, lines) VALUES ($1, $2)
				ON CONFLICT (source) DO UPDATE SET lines = excluded.lines`, source, result.Lines)
			return err
		})
		chunk = chunk[:0]
		return err
	}
	for lines.Scan() {
		result.Lines++
		if result.Lines <= result.Skipped {
			continue
		}
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) > 0 {
			rec := Record{raw: bytes.Clone(line)}
			if err := json.Unmarshal(line, &rec); err != nil {
				return result, errors.Join(&ErrRecord{result.Lines, "not a JSON record"}, store())
			}
			if reason := rec.problem(); reason != "" {
				return result, errors.Join(&ErrRecord{result.Lines, reason}, store())
			}
			chunk = append(chunk, rec)
		}
		if len(chunk) == importChunk {
			if err := store(); err != nil {
				return result, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return result, fmt.Errorf("read register: %w", err)
	}
	return result, store()
}

// problem is what is wrong with a record, "" for nothing. It names no number.
func (r *Record) problem() string {
	switch r.Type {
	case "person":
		if _, err := post.ParseCPR(r.CPR); err != nil {
			return "cpr is not a CPR number"
		}
		if _, err := time.Parse(time.DateOnly, r.BirthDate); err != nil {
			return "birthDate is not a date"
		}
	case "organisation", "authority":
		if _, err := post.ParseCVR(r.CVR); err != nil {
			return "cvr is not a CVR number"
		}
	case "contactGroup", "contactPoint":
		if r.ID == (post.UUID{}) || r.Organisation == "" {
			return "id and organisation are needed"
		}
		return ""
	default:
		return fmt.Sprintf("there is no type %q", r.Type)
	}
	switch r.Status {
	case "", Alive, Emigrated, Missing, Dead, Active, Closed:
	default:
		return fmt.Sprintf("there is no status %q", r.Status)
	}
	switch r.RegistrationStatus {
	case "", Automatic, Voluntary, BeforeUnconfirmed, Unconfirmed, ExemptLeft, ExemptOther, Awaiting:
	default:
		return fmt.Sprintf("there is no registrationStatus %q", r.RegistrationStatus)
	}
	return ""
}

// Save stores records: new parties are made, known ones brought up to date.
func (r *Registry) Save(tx *db.Tx, records []Record) error {
	var next post.PartyID
	if err := tx.QueryRow("SELECT COALESCE(MAX(id), 0) + 1 FROM party").Scan(&next); err != nil {
		return err
	}
	for i := range records {
		rec := &records[i]
		var err error
		switch rec.Type {
		case "person":
			err = r.savePerson(tx, rec, &next)
		case "organisation", "authority":
			err = r.saveOrganisation(tx, rec, &next)
		case "contactGroup":
			err = r.saveContactGroup(tx, rec)
		case "contactPoint":
			err = r.saveContactPoint(tx, rec)
		}
		if err != nil {
			return fmt.Errorf("save %s: %w", rec.Type, err)
		}
	}
	return nil
}

func (r *Registry) savePerson(tx *db.Tx, rec *Record, next *post.PartyID) error {
	cpr, err := post.ParseCPR(rec.CPR)
	if err != nil {
		return err
	}
	rec.Name = strings.TrimSpace(rec.FirstName + " " + rec.LastName)
	id, err := r.saveParty(tx, post.Person, cpr.Reveal(), rec, next)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO person (party, first_name, last_name, protected, born, address) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (party) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
			protected = excluded.protected, born = excluded.born, address = excluded.address`,
		id, rec.FirstName, rec.LastName, rec.Protected, rec.BirthDate, object(rec.Address))
	return err
}

func (r *Registry) saveOrganisation(tx *db.Tx, rec *Record, next *post.PartyID) error {
	cvr, err := post.ParseCVR(rec.CVR)
	if err != nil {
		return err
	}
	id, err := r.saveParty(tx, post.Organisation, cvr.Reveal(), rec, next)
	if err != nil {
		return err
	}
	aliases, err := json.Marshal(append([]string{}, rec.Aliases...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO organisation (party, form, authority, mandatory_allowed, legal_allowed, aliases, address) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (party) DO UPDATE SET form = excluded.form, authority = excluded.authority, mandatory_allowed = excluded.mandatory_allowed,
			legal_allowed = excluded.legal_allowed, aliases = excluded.aliases, address = excluded.address`,
		id, rec.Kind, rec.AuthorityType, rec.MandatoryPostAllowed, rec.LegalNotificationAllowed, string(aliases), object(rec.Address))
	return err
}

func (r *Registry) saveParty(tx *db.Tx, kind post.PartyKind, number string, rec *Record, next *post.PartyID) (post.PartyID, error) {
	status, registration := rec.Status, rec.RegistrationStatus
	if status == "" {
		status = Alive
		if kind == post.Organisation {
			status = Active
		}
	}
	if registration == "" {
		registration = Automatic
	}
	var since, exempt any
	if day, err := time.Parse(time.DateOnly, rec.StatusDate); err == nil {
		since = post.StartOfDay(day.Date())
	}
	if registration == ExemptLeft || registration == ExemptOther {
		exempt = tx.Now
	}
	hash := r.hash(kind, number)
	var id post.PartyID
	err := tx.QueryRow("SELECT id FROM party WHERE number_hash = $1", hash).Scan(&id)
	switch {
	case err == nil:
		_, err = tx.Exec(`UPDATE party SET name = $1, status = $2, status_since = $3, registration = $4, exempt_from = COALESCE(exempt_from, $5),
			voluntary = $6, updated = $7, version = version + 1 WHERE id = $8`,
			rec.Name, status, since, registration, exempt, rec.Voluntary, tx.Now, id)
		return id, err
	case !errors.Is(err, db.ErrNoRows):
		return 0, err
	}
	id = *next
	*next++
	uuid := post.NewUUID()
	sealed := r.keys.Seal(keys.CPRSeal, []byte(number), uuid[:])
	_, err = tx.Exec(`INSERT INTO party (id, uuid, kind, number_hash, number_sealed, name, status, status_since, registration, registered,
		exempt_from, exempt_to, by_proxy, voluntary, created, updated, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, FALSE, $12, $10, $10, 1)`,
		id, uuid, kind, hash, sealed, rec.Name, status, since, registration, tx.Now, exempt, rec.Voluntary)
	return id, err
}

// object is a JSON object as text, {} for none.
func object(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "{}"
	}
	return string(raw)
}

func (r *Registry) organisation(tx *db.Tx, number string) (post.PartyID, error) {
	cvr, err := post.ParseCVR(number)
	if err != nil {
		return 0, err
	}
	p, err := r.OrganisationByCVR(tx, cvr)
	return p.ID, err
}

func (r *Registry) saveContactGroup(tx *db.Tx, rec *Record) error {
	owner, err := r.organisation(tx, rec.Organisation)
	if err != nil {
		return err
	}
	targets, err := json.Marshal(append([]string{}, rec.Targets...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO contact_group (id, organisation, parent, name, description, targets) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name, description = excluded.description, targets = excluded.targets`,
		rec.ID, owner, rec.Parent, rec.Name, rec.Description, string(targets))
	return err
}

func (r *Registry) saveContactPoint(tx *db.Tx, rec *Record) error {
	owner, err := r.organisation(tx, rec.Organisation)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO contact_point (id, organisation, contact_group, system, name, details) VALUES ($1, $2, $3, NULL, $4, $5)
		ON CONFLICT (id) DO UPDATE SET contact_group = excluded.contact_group, name = excluded.name, details = excluded.details`,
		rec.ID, owner, rec.Group, rec.Name, string(rec.raw))
	return err
}
