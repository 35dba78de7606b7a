package registry

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"maps"
	"slices"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Organisation is an organisation as programs look it up. It says nothing that the
// business register does not say to everybody.
type Organisation struct {
	Party
	Logo bool // there is one
}

// OrganisationQuery says which organisations are looked up. The zero value is
// every authority.
type OrganisationQuery struct {
	Name string   // the beginning of a word of a name
	Term string   // that, or of a search term
	CVR  post.CVR // the organisation with this number, of whatever kind
}

// Organisations are those that a program looks up, in Danish order: authorities,
// and a company only by its number. A company is no authority one could write to,
// and there are too many to list.
func (r *Registry) Organisations(tx *db.Tx, q OrganisationQuery) ([]Organisation, error) {
	var all []Party
	if !q.CVR.IsZero() {
		p, err := r.OrganisationByCVR(tx, q.CVR)
		if errs.KindOf(err) == errs.KindNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		all = []Party{p}
	} else {
		rows, err := tx.Query("SELECT "+partyColumns+fromParty+" WHERE p.authority <> '' AND p.status = $1", Active)
		if all, err = db.Collect(rows, err, func(rows *db.Rows) (Party, error) { return scanParty(rows) }); err != nil {
			return nil, err
		}
	}
	for text, worst := range map[string]rank{q.Name: byAlias, q.Term: byTerm} {
		if fold(text) == "" {
			continue
		}
		hits, err := wordHits(tx, fold(text))
		if err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(p Party) bool { h, there := hits[p.ID]; return !there || h.rank > worst })
	}
	SortDanish(all, func(p Party) string { return p.Name })
	return r.withLogos(tx, all)
}

// Organisation is the organisation with an outside id.
func (r *Registry) Organisation(tx *db.Tx, id post.UUID) (Organisation, error) {
	p, err := r.PartyByUUID(tx, id)
	if err == nil && p.Kind != post.Organisation {
		err = ErrNobody
	}
	if err != nil {
		return Organisation{}, err
	}
	all, err := r.withLogos(tx, []Party{p})
	if err != nil {
		return Organisation{}, err
	}
	return all[0], nil
}

func (r *Registry) withLogos(tx *db.Tx, parties []Party) ([]Organisation, error) {
	all := make([]Organisation, len(parties))
	ids := make([]any, len(parties))
	place := make(map[post.PartyID]int, len(parties))
	for i, p := range parties {
		all[i].Party, ids[i], place[p.ID] = p, p.ID, i
	}
	err := tx.QueryIn("SELECT party FROM organisation WHERE logo IS NOT NULL AND party IN ($IN)", ids, nil, func(rows *db.Rows) error {
		var id post.PartyID
		err := rows.Scan(&id)
		all[place[id]].Logo = true
		return err
	})
	return all, err
}

// OrganisationsOf are the organisations with these ids.
func (r *Registry) OrganisationsOf(tx *db.Tx, ids []post.PartyID) ([]Organisation, error) {
	found, err := r.Parties(tx, ids)
	if err != nil {
		return nil, err
	}
	return r.withLogos(tx, slices.Collect(maps.Values(found)))
}

// Parties are those with these ids.
func (r *Registry) Parties(tx *db.Tx, ids []post.PartyID) (map[post.PartyID]Party, error) {
	keys := make([]any, len(ids))
	for i, id := range ids {
		keys[i] = id
	}
	found := make(map[post.PartyID]Party, len(ids))
	err := tx.QueryIn("SELECT "+partyColumns+fromParty+" WHERE p.id IN ($IN)", keys, nil, func(rows *db.Rows) error {
		p, err := scanParty(rows)
		found[p.ID] = p
		return err
	})
	return found, err
}

// GroupQuery says which contact groups are looked up. The zero value is all.
type GroupQuery struct {
	Organisation post.PartyID // 0 is every one
	Name         string       // the beginning of a word of the name
	Root         bool         // only those in no other
}

// ContactGroups are the groups that a program looks up, by name.
func (r *Registry) ContactGroups(tx *db.Tx, q GroupQuery) ([]ContactGroup, error) {
	rows, err := tx.Query("SELECT "+groupColumns+" FROM contact_group g WHERE (g.organisation = $1 OR $1 = 0)", q.Organisation)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (ContactGroup, error) { return scanGroup(rows) })
	name := fold(q.Name)
	all = slices.DeleteFunc(all, func(g ContactGroup) bool {
		return q.Root && g.Parent != (post.UUID{}) || !strings.Contains(" "+fold(g.Name), " "+name)
	})
	SortDanish(all, func(g ContactGroup) string { return g.Name })
	return all, err
}

// PointQuery says which contact points are looked up: of those that one may choose
// to write to. The zero value, with a size, is all.
type PointQuery struct {
	Organisation post.PartyID // 0 is every one
	Group        post.UUID    // nil is every one
	Root         bool         // only those in no group
	Term         string       // the beginning of a word of a search term
	TermOrName   string       // that, or of the name
	Page, Size   int          // from 0
}

// ContactPoints is a page of the points that a program looks up, by name, and how
// many there are.
func (r *Registry) ContactPoints(tx *db.Tx, q PointQuery) (page []ContactPoint, total int, err error) {
	var args []any
	where := "c.open = TRUE"
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where += " AND " + condition
	}
	if q.Organisation != 0 {
		and("c.organisation = ?", q.Organisation)
	}
	if q.Group != (post.UUID{}) {
		and("c.contact_group = ?", q.Group)
	}
	if q.Root {
		and("c.contact_group IS NULL")
	}
	for text, best := range map[string]rank{q.Term: byTerm, q.TermOrName: byPoint} {
		if text := fold(text); text != "" {
			from, to := prefixRange(text)
			and("c.id IN (SELECT w.point FROM authority_word w WHERE w.text >= ? AND w.text < ? AND w.rank >= ?)", from, to, int(best))
		}
	}
	if err := tx.QueryRow("SELECT COUNT(*) FROM contact_point c WHERE "+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	limit := fmt.Sprintf(" ORDER BY c.name, c.id LIMIT %d OFFSET %d", q.Size, q.Page*q.Size)
	rows, err := tx.Query("SELECT "+pointColumns+" FROM contact_point c WHERE "+where+limit, args...)
	page, err = db.Collect(rows, err, func(rows *db.Rows) (ContactPoint, error) { return scanPoint(rows) })
	return page, total, err
}

// MaxLogo is the size in bytes of the largest logo.
const MaxLogo = 200_000

// Logo is an organisation's logo, PNG.
func (r *Registry) Logo(tx *db.Tx, organisation post.PartyID) ([]byte, error) {
	var logo []byte
	err := tx.QueryRow("SELECT logo FROM organisation WHERE party = $1 AND logo IS NOT NULL", organisation).Scan(&logo)
	if errors.Is(err, db.ErrNoRows) {
		return nil, errs.NotFound("logo.not.found")
	}
	return logo, err
}

// SetLogo gives an organisation a logo; nil takes it away.
func (r *Registry) SetLogo(tx *db.Tx, organisation post.PartyID, logo []byte) error {
	if logo != nil {
		if _, err := png.DecodeConfig(bytes.NewReader(logo)); err != nil || len(logo) > MaxLogo {
			return errs.Invalid("logo.not.valid", "logo", "a logo is a PNG image of at most %d bytes", MaxLogo)
		}
	}
	n, err := tx.Exec("UPDATE organisation SET logo = $1 WHERE party = $2", logo, organisation)
	if err == nil && n == 0 {
		err = ErrNobody
	}
	return err
}
