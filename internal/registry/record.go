package registry

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/post"
)

// Record is one line of a register: a JSON object whose type tells which fields
// it has. It is all that the register says of a party; only a status or
// registrationStatus that is left out stays as it is.
type Record struct {
	Type string `json:"type"` // person, organisation, authority, member, contactGroup, contactPoint

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
	Organisation string    `json:"organisation,omitempty"` // CVR of a member's, a contact group's or point's organisation
	Parent       post.UUID `json:"parent,omitzero"`
	Group        post.UUID `json:"group,omitzero"`
	Description  string    `json:"description,omitempty"`
	Targets      []string  `json:"targets,omitempty"`

	Number     string `json:"number,omitempty"` // a member's, in the organisation
	Title      string `json:"title,omitempty"`
	Department string `json:"department,omitempty"`
	Email      string `json:"email,omitempty"`
	Employed   bool   `json:"employed,omitempty"`
	Signs      bool   `json:"signs,omitempty"` // for the organisation, alone

	line int64  // its number
	raw  []byte // the line, for what is stored as it is
}

// RecordError says what is wrong with a line of a register.
type RecordError struct {
	Line   int64
	Reason string // names no number
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// parseRecord reads a line.
func parseRecord(line int64, text []byte) (Record, error) {
	r := Record{line: line, raw: text}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, &RecordError{line, "not a JSON record"}
	}
	if reason := r.problem(); reason != "" {
		return r, &RecordError{line, reason}
	}
	return r, nil
}

var (
	statuses = map[string][]Status{
		"person":       {"", Alive, Emigrated, Missing, Dead},
		"organisation": {"", Active, Closed},
		"authority":    {"", Active, Closed},
	}
	registrations = []Registration{"", Automatic, Voluntary, BeforeUnconfirmed, Unconfirmed, ExemptLeft, ExemptOther, Awaiting}
	authorities   = []Authority{State, Region, Municipality, Other}
)

// problem is what is wrong with a record, "" for nothing.
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
		if (r.Type == "authority") != slices.Contains(authorities, r.AuthorityType) {
			return fmt.Sprintf("authorityType %q does not fit the type %q", r.AuthorityType, r.Type)
		}
	case "member":
		if _, err := post.ParseCPR(r.CPR); err != nil {
			return "cpr is not a CPR number"
		}
		if r.Organisation == "" || r.Employed && r.Number == "" {
			return "organisation is needed, and number of who is employed"
		}
		return ""
	case "contactGroup", "contactPoint":
		if r.ID == (post.UUID{}) || r.Organisation == "" {
			return "id and organisation are needed"
		}
		return ""
	default:
		return fmt.Sprintf("there is no type %q", r.Type)
	}
	if !slices.Contains(statuses[r.Type], r.Status) {
		return fmt.Sprintf("there is no status %q of type %q", r.Status, r.Type)
	}
	if !slices.Contains(registrations, r.RegistrationStatus) {
		return fmt.Sprintf("there is no registrationStatus %q", r.RegistrationStatus)
	}
	if _, err := time.Parse(time.DateOnly, r.StatusDate); r.StatusDate != "" && err != nil {
		return "statusDate is not a date"
	}
	return ""
}

// number is whom a record of a party is about.
func (r *Record) number() Number {
	if r.Type == "person" {
		return r.person()
	}
	return Number{post.Organisation, r.CVR}
}

// digits is a CPR number as it is stored.
func digits(cpr string) string { return strings.Replace(cpr, "-", "", 1) }

// object is a JSON object as text, {} for none.
func object(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "{}"
	}
	return string(raw)
}

// list is texts as JSON, [] for none.
func list(values []string) string {
	text, _ := json.Marshal(append([]string{}, values...)) //nolint:errcheck // texts are always JSON
	return string(text)
}
