package registry

import (
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Confirm ends a party's waiting period: they have logged in (facts 3.6). It
// also writes down a registration that came with age, so that the stored one
// stays true (REG-01).
func (r *Registry) Confirm(tx *db.Tx, by post.Actor, id post.PartyID) error {
	p, err := r.Party(tx, id)
	if err != nil {
		return err
	}
	now := p.EffectiveRegistration(tx.Now)
	if now == Unconfirmed {
		now = Automatic
	}
	if now == p.Registration {
		return nil
	}
	if _, err := tx.Exec("UPDATE party SET registration = $1, registered = $2, updated = $2, version = version + 1 WHERE id = $3", now, tx.Now, id); err != nil {
		return err
	}
	return audit.Append(tx, audit.Event{Name: audit.DigitalPostRegistered, Mailbox: id, Actor: by})
}
