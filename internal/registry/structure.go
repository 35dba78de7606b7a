package registry

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Target is the kind of writers that a part of a contact structure is for: the
// API's Targets.
type Target string

const (
	ToCitizens    Target = "CITIZEN"
	ToCompanies   Target = "COMPANY"
	ToAuthorities Target = "AUTHORITY"
)

// Target is the kind of writer that a party is.
func (p Party) Target() Target {
	switch {
	case p.Kind == post.Person:
		return ToCitizens
	case p.Authority != "":
		return ToAuthorities
	}
	return ToCompanies
}

// ContactGroup is a group of contact points, for people to find their way by: the
// API's ContactGroup.
type ContactGroup struct {
	ID           post.UUID
	Organisation post.PartyID
	Parent       post.UUID // the group around it, nil for none
	Name         string
	Description  string
	Targets      []Target // none is everybody
	Created      time.Time
	Updated      time.Time
	Version      int64
	// Points are those that a writer may choose. Only Structure fills it.
	Points []ContactPoint
}

// ContactPoint is a place in an authority that one writes to: the API's
// ContactPoint.
type ContactPoint struct {
	ID           post.UUID
	Organisation post.PartyID
	Group        post.UUID
	System       post.SystemID // its own recipient system, 0 for the organisation's
	Name         string
	Description  string
	Targets      []Target // none is everybody
	PointDetails
	Created time.Time
	Updated time.Time
	Version int64
}

// PointDetails is what a register says of a contact point beside the fields of
// every Record, named as in the API's ContactPoint.
type PointDetails struct {
	SizeLimit   float64 `json:"memoSizeThresholdMB"`             // of a whole letter, in millions of bytes
	FileLimit   int     `json:"allowedNumberOfAttachments"`      // beside the text itself
	Active      bool    `json:"active"`                          // takes letters
	Visible     bool    `json:"visible"`                         // is shown to those who choose
	Codes       []Code  `json:"contactPointCodes,omitempty"`     // KLE and others
	Questions   []Ask   `json:"recommendedAttributes,omitempty"` // at most MaxAsks
	SearchTerms []Term  `json:"searchTerms,omitempty"`
}

// StandardDetails is what holds where a register says nothing (facts 2.1).
func StandardDetails() PointDetails {
	return PointDetails{SizeLimit: standardMB, FileLimit: MaxFiles, Active: true, Visible: true}
}

// Code is the API's ContactPointCode: a place in a classification.
type Code struct {
	Type string `json:"type"` // KLE, FORM, GLN, SOR, CUSTOM
	Code string `json:"code"`
	Name string `json:"name,omitempty"`
}

// Ask is the API's RecommendedAttribute: what the writer is asked to tell. The
// answer goes into the letter as a ContactInfo of its contact point. The API has
// the name alone; description and required are ours.
type Ask struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Required    bool   `json:"required,omitempty"`
}

// Term is the API's SearchTerm.
type Term struct {
	Term string `json:"term"`
}

// MaxAsks is how many answers a letter carries (MeMo class ContactPoint).
const MaxAsks = 2

// For tells whether the point is for a kind of writers.
func (p ContactPoint) For(t Target) bool { return isFor(p.Targets, t) }

func isFor(targets []Target, t Target) bool { return len(targets) == 0 || slices.Contains(targets, t) }

// Limit is how much one may write.
type Limit struct {
	Bytes int64 // of the whole letter as MeMo
	Files int   // beside the text itself
}

const (
	megabyte   = 1_000_000
	standardMB = 10
	// MaxFiles is how many documents a letter has beside its main document.
	MaxFiles = 10
)

// mostMB is how far an authority may open a contact point (facts 2.1).
var mostMB = map[Target]float64{ToCitizens: 60, ToCompanies: 40, ToAuthorities: 99.5}

// StandardLimit is how much one may write to an authority, or to a contact point
// that says nothing else.
func StandardLimit(t Target) Limit {
	if t == ToAuthorities {
		return Limit{int64(mostMB[t] * megabyte), MaxFiles}
	}
	return Limit{standardMB * megabyte, MaxFiles}
}

// Limit is how much a kind of writer may send to this point.
func (d PointDetails) Limit(t Target) Limit {
	return Limit{int64(min(max(d.SizeLimit, 0), mostMB[t]) * megabyte), min(max(d.FileLimit, 0), MaxFiles)}
}

const (
	groupColumns = "g.id, g.organisation, g.parent, g.name, g.description, g.targets, g.created, g.updated, g.version"
	pointColumns = "c.id, c.organisation, c.contact_group, c.system, c.name, c.details, c.created, c.updated, c.version"
)

func scanGroup(rows interface{ Scan(...any) error }) (ContactGroup, error) {
	var g ContactGroup
	var targets string
	err := rows.Scan(&g.ID, &g.Organisation, db.Null(&g.Parent), &g.Name, &g.Description, &targets, db.Time(&g.Created), db.Time(&g.Updated), &g.Version)
	if err == nil {
		err = json.Unmarshal([]byte(targets), &g.Targets)
	}
	return g, err
}

func scanPoint(rows interface{ Scan(...any) error }) (ContactPoint, error) {
	var p ContactPoint
	var details string
	err := rows.Scan(&p.ID, &p.Organisation, db.Null(&p.Group), db.Null(&p.System), &p.Name, &details, db.Time(&p.Created), db.Time(&p.Updated), &p.Version)
	if err == nil {
		err = p.read(details)
	}
	return p, err
}

// read takes what a register said.
func (p *ContactPoint) read(details string) error {
	said := struct {
		Description string   `json:"description"`
		Targets     []Target `json:"targets"`
		PointDetails
	}{PointDetails: StandardDetails()}
	err := json.Unmarshal([]byte(details), &said)
	p.Description, p.Targets, p.PointDetails = said.Description, said.Targets, said.PointDetails
	p.Questions = p.Questions[:min(len(p.Questions), MaxAsks)]
	return err
}

// Structure is the groups of an authority that a kind of writer chooses among, each
// with its points, in Danish order. Points of no group come first, in a group
// without a name. It is empty where one writes to the authority as a whole
// (MBX-03).
func (r *Registry) Structure(tx *db.Tx, organisation post.PartyID, t Target) ([]ContactGroup, error) {
	rows, err := tx.Query("SELECT "+pointColumns+" FROM contact_point c WHERE c.organisation = $1 AND c.open = TRUE", organisation)
	points, err := db.Collect(rows, err, func(rows *db.Rows) (ContactPoint, error) { return scanPoint(rows) })
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query("SELECT "+groupColumns+" FROM contact_group g WHERE g.organisation = $1", organisation)
	groups, err := db.Collect(rows, err, func(rows *db.Rows) (ContactGroup, error) { return scanGroup(rows) })
	if err != nil {
		return nil, err
	}
	SortDanish(groups, func(g ContactGroup) string { return g.Name })
	SortDanish(points, func(p ContactPoint) string { return p.Name })
	place := map[post.UUID]int{}
	all := append([]ContactGroup{{Organisation: organisation}}, groups...)
	for i, g := range all {
		place[g.ID] = i
	}
	for _, p := range points {
		if i := place[p.Group]; p.For(t) && isFor(all[i].Targets, t) {
			all[i].Points = append(all[i].Points, p)
		}
	}
	return slices.DeleteFunc(all, func(g ContactGroup) bool { return len(g.Points) == 0 }), nil
}

// Codes of what is wrong with whom one wants to write to.
const (
	CodePointUnknown = "contact.point.unknown"
	CodeNotAuthority = "recipient.is.no.authority" // facts 2.6: people and companies write to authorities only
	CodeUnreachable  = "recipient.has.no.system"   // nothing there would take the letter
)

// ErrUnreachable says, before one writes, that no recipient system would take the
// letter.
var ErrUnreachable = errs.Invalid(CodeUnreachable, "recipient", "this authority cannot receive digital post here")

var errPointUnknown = errs.NotFound(CodePointUnknown)

// ContactPoint is the point with an id.
func (r *Registry) ContactPoint(tx *db.Tx, id post.UUID) (ContactPoint, error) {
	p, err := scanPoint(tx.QueryRow("SELECT "+pointColumns+" FROM contact_point c WHERE c.id = $1", id))
	if errors.Is(err, db.ErrNoRows) {
		return p, errPointUnknown
	}
	return p, err
}

// ContactGroup is the group with an id.
func (r *Registry) ContactGroup(tx *db.Tx, id post.UUID) (ContactGroup, error) {
	g, err := scanGroup(tx.QueryRow("SELECT "+groupColumns+" FROM contact_group g WHERE g.id = $1", id))
	if errors.Is(err, db.ErrNoRows) {
		return g, errs.NotFound("contact.group.unknown")
	}
	return g, err
}

// Addressee is where a letter goes that somebody writes.
type Addressee struct {
	Authority Party
	Point     ContactPoint // with a nil id where the letter is to the authority as a whole
	System    System       // that takes the letter
	Limit     Limit
}

// Addressee finds where a letter goes that a kind of writer addresses to an
// authority, and to a contact point of it where one is given, or says what is in
// the way: CodeNotAuthority, CodePointUnknown, or ErrUnreachable. A point that is
// not shown may be written to by who knows it, as in an answer.
func (r *Registry) Addressee(tx *db.Tx, t Target, organisation, point post.UUID) (Addressee, error) {
	var a Addressee
	var err error
	if a.Authority, err = r.PartyByUUID(tx, organisation); err != nil {
		return a, err
	}
	if a.Authority.Authority == "" || a.Authority.Status != Active {
		return a, errs.Invalid(CodeNotAuthority, "recipient", "one writes to authorities only")
	}
	a.Limit = StandardLimit(t)
	if point != (post.UUID{}) {
		if a.Point, err = r.activePoint(tx, a.Authority.ID, point); err != nil {
			return a, err
		}
		a.Limit = a.Point.Limit(t)
	}
	a.System, err = r.RecipientSystemFor(tx, a.Authority.ID, point)
	return a, err
}

// activePoint is a point of an organisation that takes letters.
func (r *Registry) activePoint(tx *db.Tx, organisation post.PartyID, id post.UUID) (ContactPoint, error) {
	p, err := r.ContactPoint(tx, id)
	if err == nil && (p.Organisation != organisation || !p.Active) {
		return ContactPoint{}, errPointUnknown
	}
	return p, err
}

// RecipientSystemFor is the system that takes a letter to a contact point of an
// organisation, or to the organisation as a whole where the point is nil: the
// point's own system, else the organisation's default, of those that are active
// now. Where there is none the error is ErrUnreachable.
func (r *Registry) RecipientSystemFor(tx *db.Tx, organisation post.PartyID, point post.UUID) (System, error) {
	var own post.SystemID
	if point != (post.UUID{}) {
		p, err := r.activePoint(tx, organisation, point)
		if err != nil {
			return System{}, err
		}
		own = p.System
	}
	rows, err := tx.Query("SELECT "+systemColumns+" FROM mail_system WHERE organisation = $1 AND receives = TRUE AND (by_default = TRUE OR id = $2)", organisation, own)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (System, error) { return scanSystem(rows) })
	if err != nil {
		return System{}, err
	}
	all = slices.DeleteFunc(all, func(s System) bool { return !s.ActiveAt(tx.Now) })
	if len(all) == 0 {
		return System{}, ErrUnreachable
	}
	return slices.MinFunc(all, func(a, b System) int {
		switch own {
		case a.ID:
			return -1
		case b.ID:
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	}), nil
}

// Connect has a contact point's letters go to a recipient system of its
// organisation; 0 is the organisation's default again.
func (r *Registry) Connect(tx *db.Tx, actor post.Actor, point post.UUID, system post.SystemID) error {
	p, err := r.ContactPoint(tx, point)
	if err != nil {
		return err
	}
	var stored any
	if system != 0 {
		s, err := r.System(tx, system)
		if err != nil {
			return err
		}
		if s.Organisation != p.Organisation || !s.Receives {
			return errs.Invalid("contact.point.system.not.allowed", "systemId", "the system is no recipient system of the organisation")
		}
		stored = system
	}
	if _, err := tx.Exec("UPDATE contact_point SET system = $1, updated = $2, version = version + 1 WHERE id = $3", stored, tx.Now, point); err != nil {
		return err
	}
	return audit.Append(tx, audit.Event{Name: audit.ContactPointChanged, Mailbox: p.Organisation, Actor: actor,
		Props: []audit.Prop{audit.ID(audit.ContactPoint, point), {Key: audit.Change, Value: "system"}}})
}
