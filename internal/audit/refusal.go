package audit

import (
	"context"
	"errors"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// refusal is an answer of no with its event. The transaction that found it is undone,
// so that the event is written by itself.
type refusal struct {
	error
	event Event
}

func (r *refusal) Unwrap() error { return r.error }

// Refuse is the error of an action that somebody may not do, for a reason, with the
// event that Remember writes. err is what they are told; message is the zero id where
// it is not about one.
func Refuse(err error, actor post.Actor, mailbox post.PartyID, message post.UUID, action, reason string) error {
	return &refusal{err, Event{Name: AccessRefused, Mailbox: mailbox, Actor: actor, Message: message,
		Props: []Prop{{Key: Action, Value: action}, {Key: Reason, Value: reason}}}}
}

// Refused is the event of an error that Refuse made, and what the asker is told.
func Refused(err error) (e Event, told error, refused bool) {
	r, refused := errors.AsType[*refusal](err)
	if !refused {
		return Event{}, err, false
	}
	return r.event, r.error, true
}

// Remember writes the event of a refusal that undid its transaction, and gives what
// the asker is told. Any other error, and nil, it gives back.
func Remember(ctx context.Context, d *db.DB, err error) error {
	e, told, refused := Refused(err)
	if !refused {
		return err
	}
	write := d.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error { return Append(tx, e) })
	return errors.Join(told, write)
}
