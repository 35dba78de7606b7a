package mailbox

import (
	"errors"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Service is that a court summons was served (SND-08): by being opened, moved or
// deleted, or because somebody said so.
type Service struct {
	Mailbox post.PartyID
	Message post.UUID
	Sender  post.PartyID
	Letter  memo.Header
	At      time.Time
	// By is who was served, and Via the right by which they were, for the owner.
	By  post.Actor
	Via access.Relation
}

// OnServe has fn called in the transaction in which a court summons is served, so
// that its sender hears of it. It is said before anything runs.
func (m *Mailboxes) OnServe(fn func(tx *db.Tx, s Service) error) { m.onServe = append(m.onServe, fn) }

// serve has a court summons count as served.
func (c *changes) serve(f *found) error {
	letter, err := c.letter(c.tx, c.m.keys, f.ID)
	if err != nil {
		return err
	}
	f.Served = c.tx.Now
	c.event(f, audit.MessageLegallyNotified)
	c.batch.Add("INSERT INTO service (mailbox, message, party, via) VALUES ($1, $2, $3, $4)", c.id, f.ID, c.actor.Party, f.via.String())
	c.served = append(c.served, Service{Mailbox: c.id, Message: f.ID, Sender: f.Sender, Letter: letter.Header, At: c.tx.Now, By: c.actor, Via: f.via})
	return nil
}

func (c *changes) tellServed() error {
	for _, s := range c.served {
		for _, fn := range c.m.onServe {
			if err := fn(c.tx, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// service is who was served a court summons, and by which right.
func (m *Mailboxes) service(tx *db.Tx, v view, f found) (name, via string, err error) {
	if f.Served.IsZero() {
		return "", "", nil
	}
	var party post.PartyID
	err = tx.QueryRow("SELECT party, via FROM service WHERE mailbox = $1 AND message = $2", v.id, f.ID).Scan(&party, &via)
	if errors.Is(err, db.ErrNoRows) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	person, err := m.registry.Party(tx, party)
	return person.Name, via, err
}
