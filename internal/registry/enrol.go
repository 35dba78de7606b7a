package registry

import (
	"encoding/json"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Codes of why a registration cannot be changed.
const (
	CodeIsExempt       = "registration.exempt.already"
	CodeIsRegistered   = "registration.registered.already"
	CodeMayNotRegister = "registration.not.allowed" // a child, a dead person, or one whom the rules do not let
)

// Exempt has a person get paper from now on (REG-02). It has no end until it is
// withdrawn. What lies in the mailbox stays. Whoever does it has asked access.
func (r *Registry) Exempt(tx *db.Tx, by post.Actor, via access.Relation, id post.PartyID, proxy bool) error {
	p, err := r.Party(tx, id)
	switch {
	case err != nil:
		return err
	case p.Kind != post.Person || p.Refusal(tx.Now, false) == CodeClosed:
		return errs.New(errs.KindConflict, CodeMayNotRegister, "the person is not alive")
	case p.EffectiveRegistration(tx.Now).exempt():
		return errs.New(errs.KindConflict, CodeIsExempt, "the person is exempt already")
	}
	_, err = tx.Exec("UPDATE party SET registration = $1, exempt_from = $2, exempt_to = NULL, by_proxy = $3, updated = $2, version = version + 1 WHERE id = $4",
		ExemptOther, tx.Now, proxy, id)
	if err != nil {
		return err
	}
	return audit.Append(tx, audit.Event{Name: audit.DigitalPostExempted, Mailbox: id, Actor: by, Via: via.String()})
}

// MayEnrol tells whether a person who does not receive post digitally may without
// having to (REG-01): one who is exempt, lives abroad, is in the waiting period of
// those who have just come, or whom the register says so of. A child may not.
func (p Party) MayEnrol(tx *db.Tx) bool {
	now := p.EffectiveRegistration(tx.Now)
	return p.Kind == post.Person && p.Refusal(tx.Now, false) != CodeClosed && p.Age(tx.Now) >= AgeOfPost && !now.begun() &&
		(now.exempt() || now == Unconfirmed || p.Voluntary || p.Status == Emigrated)
}

// Enrol has a person receive post digitally from now on, and ends an exemption.
// Whoever does it has asked access.
func (r *Registry) Enrol(tx *db.Tx, by post.Actor, via access.Relation, id post.PartyID) error {
	p, err := r.Party(tx, id)
	switch {
	case err != nil:
		return err
	case p.EffectiveRegistration(tx.Now).begun():
		return errs.New(errs.KindConflict, CodeIsRegistered, "the person is registered already")
	case !p.MayEnrol(tx):
		return errs.New(errs.KindConflict, CodeMayNotRegister, "the person may not be registered")
	}
	now := Automatic
	if p.Voluntary || p.Status == Emigrated {
		now = Voluntary
	}
	_, err = tx.Exec("UPDATE party SET registration = $1, registered = $2, exempt_to = NULL, exempt_from = NULL, by_proxy = FALSE, updated = $2, version = version + 1 WHERE id = $3", now, tx.Now, id)
	if err != nil {
		return err
	}
	return audit.Append(tx, audit.Event{Name: audit.DigitalPostRegistered, Mailbox: id, Actor: by, Via: via.String()})
}

// Address is where a letter on paper goes, with the field names of the API's
// Address.
type Address struct {
	Street  string `json:"addressLabel"`
	House   string `json:"houseNumber"`
	Floor   string `json:"floor"`
	Door    string `json:"door"`
	ZipCode string `json:"zipCode"`
	City    string `json:"city"`
	Country string `json:"country"`
	// Municipality is the CVR number of the municipality in which a person lives, ""
	// where the register does not tell.
	Municipality string `json:"municipality"`
}

// Lines are the address as it stands on an envelope, none where there is no address.
func (a Address) Lines() []string {
	if a.Street == "" || a.City == "" {
		return nil
	}
	street := strings.TrimSpace(a.Street + " " + a.House)
	switch {
	case a.Floor != "" && a.Door != "":
		street += ", " + a.Floor + ". " + a.Door
	case a.Floor != "":
		street += ", " + a.Floor + "."
	}
	lines := []string{street, strings.TrimSpace(a.ZipCode + " " + a.City)}
	if a.Country != "" && a.Country != "DK" && a.Country != "Danmark" {
		lines = append(lines, a.Country)
	}
	return lines
}

// Address is a party's, as the register has it.
func (r *Registry) Address(tx *db.Tx, id post.PartyID) (Address, error) {
	var text string
	err := tx.QueryRow("SELECT COALESCE(n.address, o.address, '{}') FROM party p LEFT JOIN person n ON n.party = p.id LEFT JOIN organisation o ON o.party = p.id WHERE p.id = $1", id).Scan(&text)
	var a Address
	if err != nil {
		return a, err
	}
	if json.Unmarshal([]byte(text), &a) != nil {
		return Address{}, nil // an address of another shape is none that we can write on an envelope
	}
	return a, nil
}
