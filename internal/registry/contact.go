package registry

import (
	"encoding/base64"
	"encoding/binary"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// MaxContacts is the largest page of contacts, and the most that are looked up
// at once.
const MaxContacts = 1000

// ContactQuery says which parties a system looks up: those named, or where none
// is named those changed at or after Since.
type ContactQuery struct {
	IDs     []post.UUID
	Numbers []Number
	Since   time.Time
	// Page counts from 0. Next, from the page before, is used instead of it and
	// reads on where that ended, whatever has changed meanwhile.
	Page int
	Next string
	Size int // 1 to MaxContacts
}

// Empty tells whether the query chooses nothing.
func (q ContactQuery) Empty() bool { return !q.named() && q.Since.IsZero() && q.Next == "" }

func (q ContactQuery) named() bool { return len(q.IDs)+len(q.Numbers) > 0 }

// ContactPage is what was found.
type ContactPage struct {
	Parties []Party
	Page    int
	// Total is exact up to 10,000, and beyond at least that.
	Total int
	Next  string // "" on the last page
}

// Contacts looks up parties for a system. Every party that was asked for by name
// has an event of it, so that a person can see who did; a query by time has one
// event in all.
func (r *Registry) Contacts(tx *db.Tx, actor post.Actor, q ContactQuery) (ContactPage, error) {
	if q.named() {
		return r.namedContacts(tx, actor, q)
	}
	page, err := r.changedContacts(tx, q)
	if err != nil {
		return page, err
	}
	return page, audit.Append(tx, audit.Event{Name: audit.ContactSearches, Actor: actor,
		Props: []audit.Prop{audit.Number(audit.Count, len(page.Parties))}})
}

func (r *Registry) namedContacts(tx *db.Tx, actor post.Actor, q ContactQuery) (ContactPage, error) {
	byNumber, err := r.ByNumbers(tx, q.Numbers)
	if err != nil {
		return ContactPage{}, err
	}
	var page ContactPage
	seen := map[post.PartyID]bool{}
	take := func(p Party) {
		if !seen[p.ID] {
			seen[p.ID] = true
			page.Parties = append(page.Parties, p)
		}
	}
	for _, n := range q.Numbers {
		if p, ok := byNumber[n]; ok {
			take(p)
		}
	}
	ids := make([]any, len(q.IDs))
	for i, id := range q.IDs {
		ids[i] = id
	}
	err = tx.QueryIn("SELECT "+partyColumns+fromParty+" WHERE p.uuid IN ($IN)", ids, nil, func(rows *db.Rows) error {
		p, err := scanParty(rows)
		take(p)
		return err
	})
	if err != nil {
		return page, err
	}
	page.Total = len(page.Parties)
	var events []audit.Event
	for _, p := range page.Parties {
		name := audit.CPRLookedUp
		if p.Kind == post.Organisation {
			name = audit.CVRLookedUp
		}
		events = append(events, audit.Event{Name: name, Mailbox: p.ID, Actor: actor})
	}
	if asked := len(q.IDs) + len(q.Numbers); asked > 1 || page.Total == 0 {
		events = append(events, audit.Event{Name: audit.ContactSearches, Actor: actor, Props: []audit.Prop{audit.Number(audit.Count, page.Total)}})
	}
	return page, audit.Append(tx, events...)
}

const (
	countedContacts = 10_000
	deepestContact  = 100_000
)

func (r *Registry) changedContacts(tx *db.Tx, q ContactQuery) (ContactPage, error) {
	page := ContactPage{Page: q.Page}
	since, after := q.Since.UnixMicro(), int64(0)
	offset := q.Page * q.Size
	if q.Next != "" {
		place, err := base64.RawURLEncoding.DecodeString(q.Next)
		if err != nil || len(place) != 20 {
			return page, errs.Invalid("next.not.valid", "next", "the value is not one of an answer's")
		}
		since, after = int64(binary.BigEndian.Uint64(place)), int64(binary.BigEndian.Uint64(place[8:]))
		page.Page, offset = int(binary.BigEndian.Uint32(place[16:])), 0
	}
	if offset > deepestContact {
		return page, errs.Invalid("page.number.not.valid", "page", "pages end %d contacts into the list; read on with next", deepestContact)
	}
	const where = " WHERE (p.updated > $1 OR p.updated = $1 AND p.id > $2)"
	rows, err := tx.Query("SELECT "+partyColumns+fromParty+where+" ORDER BY p.updated, p.id LIMIT $3 OFFSET $4", since, after, q.Size+1, offset)
	page.Parties, err = db.Collect(rows, err, func(rows *db.Rows) (Party, error) { return scanParty(rows) })
	if err != nil {
		return page, err
	}
	if len(page.Parties) > q.Size {
		page.Parties = page.Parties[:q.Size]
		last := page.Parties[q.Size-1]
		place := binary.BigEndian.AppendUint64(nil, uint64(last.Updated.UnixMicro()))
		place = binary.BigEndian.AppendUint64(place, uint64(last.ID))
		place = binary.BigEndian.AppendUint32(place, uint32(page.Page+1))
		page.Next = base64.RawURLEncoding.EncodeToString(place)
	}
	// The total is of the query without the place in it.
	limit := max(countedContacts, (page.Page+1)*q.Size+1)
	err = tx.QueryRow("SELECT COUNT(*) FROM (SELECT 1 FROM party p WHERE p.updated >= $1 LIMIT $2) AS changed", q.Since.UnixMicro(), limit).Scan(&page.Total)
	return page, err
}
