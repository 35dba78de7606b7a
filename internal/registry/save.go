package registry

import (
	"encoding/json"
	"strings"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// state is what is stored of a party, but its id and number. What only persons or
// only organisations have is zero for the others.
type state struct {
	name         string
	status       Status
	since        time.Time
	registration Registration
	registered   time.Time
	exemptFrom   time.Time
	exemptTo     time.Time
	byProxy      bool
	voluntary    bool
	address      string // JSON

	firstName, lastName string
	protected           bool
	born                string

	form             string
	authority        Authority
	mandatory, legal bool
	aliases          string // JSON
}

// known is a party as it was stored before.
type known struct {
	id post.PartyID
	state
}

// Save stores records: new parties are made, known ones brought up to date. Where
// several are about the same party, the last counts.
func (r *Registry) Save(tx *db.Tx, records []Record) error {
	var order []Number
	latest := map[Number]*Record{}
	var contacts, members []*Record
	for i := range records {
		rec := &records[i]
		if rec.Type == "member" {
			members = append(members, rec)
			continue
		}
		if rec.Type == "contactGroup" || rec.Type == "contactPoint" {
			contacts = append(contacts, rec)
			continue
		}
		n := rec.number()
		if latest[n] == nil {
			order = append(order, n)
		}
		latest[n] = rec
	}
	s := saving{registry: r, tx: tx}
	if err := s.parties(order, latest); err != nil {
		return err
	}
	if err := s.contacts(contacts); err != nil || len(members) == 0 {
		return err
	}
	return s.members(members)
}

// saving is a Save under way.
type saving struct {
	registry *Registry
	tx       *db.Tx
	batch    db.Batch

	made, persons, organisations, words [][]any
	events                              []audit.Event
	closed                              []post.PartyID // who died or ceased
}

func (s *saving) parties(order []Number, latest map[Number]*Record) error {
	if len(order) == 0 {
		return nil
	}
	hashes := make([]any, len(order))
	for i, n := range order {
		hashes[i] = s.registry.hash(n.Kind, n.Digits)
	}
	before, err := s.known(hashes)
	if err != nil {
		return err
	}
	var last post.PartyID
	if err := s.tx.QueryRow("SELECT COALESCE(MAX(id), 0) FROM party").Scan(&last); err != nil {
		return err
	}
	for i, n := range order {
		hash := hashes[i].([]byte)
		old, there := before[string(hash)]
		now := old.state.become(latest[n], n.Kind, s.tx.Now)
		if there && now == old.state {
			continue // nobody who follows changes need hear of it
		}
		id := old.id
		if there {
			s.change(id, n.Kind, old.state, now)
		} else {
			last++
			id = last
			s.make(id, n, hash, now)
		}
		if n.Kind == post.Person {
			s.persons = append(s.persons, []any{id, now.firstName, now.lastName, now.protected, now.address})
		} else {
			s.organisations = append(s.organisations, []any{id, now.form, now.aliases, now.address})
			s.find(id, old.state, now)
		}
	}
	s.batch.InsertMany(`party (id, uuid, kind, number_hash, number_sealed, name, status, status_since, registration, registered,
		exempt_from, exempt_to, by_proxy, voluntary, born, authority, mandatory_allowed, legal_allowed, created, updated, version)`, s.made, "")
	s.batch.InsertMany("person (party, first_name, last_name, protected, address)", s.persons,
		`ON CONFLICT (party) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name,
		protected = excluded.protected, address = excluded.address`)
	s.batch.InsertMany("organisation (party, form, aliases, address)", s.organisations,
		`ON CONFLICT (party) DO UPDATE SET form = excluded.form, aliases = excluded.aliases, address = excluded.address`)
	s.insertWords(&s.batch)
	audit.Add(s.tx, &s.batch, s.events...)
	if err := s.tx.Run(&s.batch); err != nil {
		return err
	}
	for _, id := range s.closed {
		p, err := s.registry.Party(s.tx, id)
		for _, fn := range s.registry.closed {
			if err == nil {
				err = fn(s.tx, p)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// find has an authority found by its names.
func (s *saving) find(id post.PartyID, old, now state) {
	if old.authority != "" {
		s.batch.Add("DELETE FROM authority_word WHERE organisation = $1 AND point IS NULL", id)
	}
	if now.authority == "" {
		return
	}
	s.word(id, post.UUID{}, wordsOf(now.name, byName, byWord))
	var aliases []string
	if err := json.Unmarshal([]byte(now.aliases), &aliases); err != nil {
		s.batch.Fail(err)
	}
	for _, alias := range aliases {
		s.word(id, post.UUID{}, wordsOf(alias, byAlias, byAlias))
	}
}

func (s *saving) word(id post.PartyID, point post.UUID, words []authorityWord) {
	for _, w := range words {
		s.words = append(s.words, []any{id, point, w.text, int(w.rank)})
	}
}

func (s *saving) insertWords(b *db.Batch) {
	b.InsertMany("authority_word (organisation, point, text, rank)", s.words, "")
	s.words = nil
}

// known is the parties that are stored already, by the hash of their number.
func (s *saving) known(hashes []any) (map[string]known, error) {
	found := make(map[string]known, len(hashes))
	err := s.tx.QueryIn(`SELECT p.number_hash, p.id, p.name, p.status, p.status_since, p.registration, p.registered, p.exempt_from, p.exempt_to,
			p.by_proxy, p.voluntary, COALESCE(n.address, o.address, ''),
			COALESCE(n.first_name, ''), COALESCE(n.last_name, ''), COALESCE(n.protected, FALSE), p.born,
			COALESCE(o.form, ''), p.authority, p.mandatory_allowed, p.legal_allowed, COALESCE(o.aliases, '')
		FROM party p LEFT JOIN person n ON n.party = p.id LEFT JOIN organisation o ON o.party = p.id WHERE p.number_hash IN ($IN)`, hashes, nil, func(rows *db.Rows) error {
		var hash []byte
		var k known
		err := rows.Scan(&hash, &k.id, &k.name, &k.status, db.Time(&k.since), &k.registration, db.Time(&k.registered), db.Time(&k.exemptFrom), db.Time(&k.exemptTo),
			&k.byProxy, &k.voluntary, &k.address, &k.firstName, &k.lastName, &k.protected, &k.born, &k.form, &k.authority, &k.mandatory, &k.legal, &k.aliases)
		found[string(hash)] = k
		return err
	})
	return found, err
}

// make adds a party.
func (s *saving) make(id post.PartyID, n Number, hash []byte, now state) {
	uuid := post.NewUUID()
	sealed := s.registry.keys.Seal(keys.CPRSeal, []byte(n.Digits), uuid[:])
	s.made = append(s.made, []any{id, uuid, n.Kind, hash, sealed, now.name, now.status, now.since, now.registration, now.registered,
		now.exemptFrom, now.exemptTo, now.byProxy, now.voluntary, now.born, now.authority, now.mandatory, now.legal, s.tx.Now, s.tx.Now, 1})
}

// change brings a party up to date. Its log tells what that means for its post.
func (s *saving) change(id post.PartyID, kind post.PartyKind, old, now state) {
	s.batch.Add(`UPDATE party SET name = $1, status = $2, status_since = $3, registration = $4, registered = $5, exempt_from = $6, exempt_to = $7,
		by_proxy = $8, voluntary = $9, born = $10, authority = $11, mandatory_allowed = $12, legal_allowed = $13, updated = $14, version = version + 1 WHERE id = $15`,
		now.name, now.status, now.since, now.registration, now.registered, now.exemptFrom, now.exemptTo, now.byProxy, now.voluntary,
		now.born, now.authority, now.mandatory, now.legal, s.tx.Now, id)
	tell := func(name audit.Name) { s.events = append(s.events, audit.Event{Name: name, Mailbox: id}) }
	switch {
	case now.registration == old.registration:
	case now.registration.exempt():
		tell(audit.DigitalPostExempted)
	case now.registration.begun():
		tell(audit.DigitalPostRegistered)
	}
	switch {
	case now.status == old.status:
	case kind == post.Person:
		tell(audit.ContactCPRUpdated)
	default:
		tell(audit.ContactCVRUpdated)
	}
	if now.status != old.status && (now.status == Dead || now.status == Closed) {
		s.closed = append(s.closed, id)
	}
}

// exempt tells a registration of one who gets paper (SND-06).
func (r Registration) exempt() bool { return r == ExemptLeft || r == ExemptOther }

// begun tells a registration of one who receives post.
func (r Registration) begun() bool { return r == Automatic || r == Voluntary }

// become is the state after a record.
func (old state) become(rec *Record, kind post.PartyKind, now time.Time) state {
	s := state{name: rec.Name, status: rec.Status, registration: rec.RegistrationStatus, voluntary: rec.Voluntary, address: object(rec.Address)}
	if day, err := time.Parse(time.DateOnly, rec.StatusDate); err == nil {
		s.since = post.StartOfDay(day.Date()).UTC()
	}
	if kind == post.Person {
		s.name = strings.TrimSpace(rec.FirstName + " " + rec.LastName)
		s.firstName, s.lastName, s.protected, s.born = rec.FirstName, rec.LastName, rec.Protected, rec.BirthDate
	} else {
		s.form, s.authority, s.mandatory, s.legal = rec.Kind, rec.AuthorityType, rec.MandatoryPostAllowed, rec.LegalNotificationAllowed
		s.aliases = list(rec.Aliases)
	}
	if s.status == "" {
		s.status, s.since = old.status, old.since
	}
	if s.status == "" {
		s.status = Alive
		if kind == post.Organisation {
			s.status = Active
		}
	}
	s.register(old, now)
	return s
}

// register settles the registration and the times that follow from it.
func (s *state) register(old state, now time.Time) {
	switch {
	case s.registration == "" && old.registration == "" && s.child(now):
		s.registration = Awaiting
	case s.registration == "" && old.registration == "" && s.new(now):
		s.registration = Unconfirmed
	case s.registration == "" && old.registration == "":
		s.registration = Automatic
	case s.registration == "":
		s.registration = old.registration
	case old.registration.begun() && !s.registration.begun() && !s.registration.exempt():
		s.registration = old.registration // it began with a log-in or with age, which the register need not know
	}
	switch {
	case s.registration.exempt() && old.registration.exempt():
		s.exemptFrom, s.exemptTo, s.byProxy = old.exemptFrom, old.exemptTo, old.byProxy
	case s.registration.exempt():
		s.exemptFrom = now
	case s.registration.begun() && old.registration.begun():
		s.registered = old.registered
	case s.registration.begun():
		s.registered = now
	}
}

// new tells a company in its waiting period: the register says since when it is
// active. Authorities have none.
func (s *state) new(now time.Time) bool {
	return s.status == Active && s.authority == "" && !s.since.IsZero() && !waited(s.since, now, now)
}

// child tells a person below the age of post. Organisations have no birth date.
func (s *state) child(now time.Time) bool {
	born, err := time.Parse(time.DateOnly, s.born)
	return err == nil && age(born, now) < AgeOfPost
}

// contacts saves contact groups and points, after the organisations they are of.
func (s *saving) contacts(records []*Record) error {
	numbers := make([]Number, len(records))
	ids := make([]any, len(records))
	latest := map[post.UUID]*Record{}
	for i, rec := range records {
		numbers[i], ids[i] = Number{post.Organisation, rec.Organisation}, rec.ID
		latest[rec.ID] = rec
	}
	owners, err := s.registry.ByNumbers(s.tx, numbers)
	if err != nil {
		return err
	}
	before := map[post.UUID]post.PartyID{}
	err = s.tx.QueryIn("SELECT id, organisation FROM contact_point WHERE id IN ($IN)", ids, nil, func(rows *db.Rows) error {
		var id post.UUID
		var owner post.PartyID
		err := rows.Scan(&id, &owner)
		before[id] = owner
		return err
	})
	if err != nil {
		return err
	}
	var b db.Batch
	for i, rec := range records {
		owner, there := owners[numbers[i]]
		if !there {
			return &RecordError{rec.line, "no organisation has the number"}
		}
		if latest[rec.ID] != rec {
			continue
		}
		if rec.Type == "contactGroup" {
			b.Add(`INSERT INTO contact_group (id, organisation, parent, name, description, targets, created, updated, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)
				ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name, description = excluded.description, targets = excluded.targets,
					updated = excluded.updated, version = contact_group.version + 1
				WHERE contact_group.organisation = excluded.organisation AND (contact_group.parent IS DISTINCT FROM excluded.parent OR
					contact_group.name <> excluded.name OR contact_group.description <> excluded.description OR contact_group.targets <> excluded.targets)`,
				rec.ID, owner.ID, rec.Parent, rec.Name, rec.Description, list(rec.Targets), s.tx.Now)
			continue
		}
		if other, there := before[rec.ID]; there && other != owner.ID {
			return &RecordError{rec.line, "another organisation has a contact point with this id"}
		}
		before[rec.ID] = owner.ID
		if err := s.point(&b, rec, owner.ID); err != nil {
			return err
		}
	}
	s.insertWords(&b)
	return s.tx.Run(&b)
}

// point saves a contact point, and what an authority is found by because of it.
func (s *saving) point(b *db.Batch, rec *Record, owner post.PartyID) error {
	var details ContactPoint
	if err := details.read(string(rec.raw)); err != nil {
		return &RecordError{rec.line, "a field of the contact point has a value of another type"}
	}
	open := details.Active && details.Visible
	b.Add(`INSERT INTO contact_point (id, organisation, contact_group, system, name, open, details, created, updated, version) VALUES ($1, $2, $3, NULL, $4, $5, $6, $7, $7, 1)
		ON CONFLICT (id) DO UPDATE SET contact_group = excluded.contact_group, name = excluded.name, open = excluded.open, details = excluded.details,
			updated = excluded.updated, version = contact_point.version + 1
		WHERE contact_point.details <> excluded.details`,
		rec.ID, owner, rec.Group, rec.Name, open, string(rec.raw), s.tx.Now)
	b.Add("DELETE FROM authority_word WHERE organisation = $1 AND point = $2", owner, rec.ID)
	if !open {
		return nil
	}
	s.word(owner, rec.ID, wordsOf(rec.Name, byPoint, byPoint))
	for _, term := range details.SearchTerms {
		s.word(owner, rec.ID, wordsOf(term.Term, byTerm, byTerm))
	}
	return nil
}
