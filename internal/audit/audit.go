// Package audit is the log of what happened: who did what, when, on which
// platform, on whose behalf and by which right (ACC-16). It is the source of a
// mailbox owner's activity log and of all evidence.
//
// Events are written in the transaction of what they tell of and never changed
// or removed; triggers in the database hold that. They carry ids, codes and
// numbers, never content, names or personal numbers.
//
// Events lie in the order of their ids, so that writing one costs next to
// nothing. What a mailbox's log needs beside that is filled in later, by Index.
package audit

import (
	"fmt"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Event is something that happened.
type Event struct {
	Name Name
	// Mailbox is the mailbox it concerns, and whose owner may see it; 0 where
	// it concerns none.
	Mailbox post.PartyID
	// Actor is who did it. Assurance and ReadOnly are not kept.
	Actor post.Actor
	// Via is the relation to the mailbox by which it was allowed, "" for systems.
	Via string
	// Message is the id of the message in the mailbox, nil where it is none.
	Message post.UUID
	Props   []Prop
}

// Record is an event as it is stored.
type Record struct {
	ID   post.UUID
	Time time.Time
	Event
	Hash Hash
}

// Append writes events that happen now.
func Append(tx *db.Tx, events ...Event) error {
	var b db.Batch
	Add(tx, &b, events...)
	return tx.Run(&b)
}

const columns = "id, time, name, mailbox, party, system, organisation, platform, device, via, message, session, props, hash"
const columnCount = 14

// Add is Append on a hot path: the events are written with the batch. A mistake
// in one makes the batch fail.
func Add(tx *db.Tx, b *db.Batch, events ...Event) {
	rows := make([][]any, len(events))
	cells := make([]any, 0, len(events)*columnCount)
	for i := range events {
		e := &events[i]
		r := row{id: tx.NewID(), time: tx.Now.UnixMicro(), event: e}
		var err error
		if r.props, err = encode(e.Props); err != nil {
			b.Fail(fmt.Errorf("event %s: %w", e.Name, err))
			return
		}
		if !e.Name.Known() {
			b.Fail(fmt.Errorf("event %q is not on the list", e.Name))
			return
		}
		hash := r.hash()
		cells = append(cells, r.id, r.time, string(e.Name), int64(e.Mailbox), int64(e.Actor.Party), int64(e.Actor.System),
			int64(e.Actor.Organisation), string(e.Actor.Platform), string(e.Actor.Device), e.Via, e.Message, e.Actor.Session, r.props, hash[:])
		rows[i] = cells[i*columnCount : (i+1)*columnCount]
	}
	b.InsertMany("event ("+columns+")", rows, "")
}

// scan reads a row of columns.
func scan(rows *db.Rows) (Record, error) {
	r, hash, err := scanRow(rows)
	if err != nil {
		return Record{}, err
	}
	return Record{ID: r.id, Time: time.UnixMicro(r.time).UTC(), Event: *r.event, Hash: hash}, nil
}

func scanRow(rows *db.Rows) (row, Hash, error) {
	var hash []byte
	e := &Event{}
	r := row{event: e}
	err := rows.Scan(&r.id, &r.time, &e.Name, &e.Mailbox, &e.Actor.Party, &e.Actor.System, &e.Actor.Organisation,
		&e.Actor.Platform, &e.Actor.Device, &e.Via, &e.Message, &e.Actor.Session, &r.props, &hash)
	if err != nil {
		return row{}, Hash{}, fmt.Errorf("read event: %w", err)
	}
	e.Props = decode(r.props)
	return r, Hash(hash), nil
}
