package registry

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// rank is what of an authority a word is from; the lower is the better find.
type rank int

const (
	byName  rank = iota // the beginning of its name
	byWord              // a later word of its name
	byAlias             // another name
	byPoint             // the name of a contact point
	byTerm              // a search term of a contact point
)

// authorityWord is a row of authority_word.
type authorityWord struct {
	text []byte
	rank rank
}

// wordsOf are the places at which a name is found: each of its words, to the end
// of the name. first is the rank of its beginning, later that of its other words.
func wordsOf(name string, first, later rank) []authorityWord {
	var all []authorityWord
	for text, r := fold(name), first; text != ""; r = later {
		all = append(all, authorityWord{[]byte(text), r})
		_, text, _ = strings.Cut(text, " ")
	}
	return all
}

// Found is an authority that was found.
type Found struct {
	Party
	// Point is the contact point by whose name or search term it was found, nil
	// where it was by a name of its own.
	Point post.UUID
}

// MaxFound is the most authorities that one search gives.
const MaxFound = 100

// FindAuthorities finds the authorities that somebody types the beginning of: of a
// name, of a word in it, of another name, of a contact point or a search term of
// one, the best first and at most limit (MBX-03). Of several words each has to be
// found. Small and capital letters, accents, and å, aa and a are alike.
//
// It reads an index of plain words that is written in the transaction that changes
// an authority or a point, so it is right in all processes at once.
func (r *Registry) FindAuthorities(tx *db.Tx, text string, limit int) ([]Found, error) {
	whole := fold(text)
	words := strings.Fields(whole)
	if len(words) == 0 {
		return nil, nil
	}
	found, err := wordHits(tx, whole)
	if err != nil {
		return nil, err
	}
	if len(words) > 1 {
		apart, err := allWords(tx, words)
		if err != nil {
			return nil, err
		}
		for id, h := range apart {
			if _, there := found[id]; !there {
				found[id] = h
			}
		}
	}
	hits := make([]hit, 0, len(found))
	for _, h := range found {
		hits = append(hits, h)
	}
	SortDanish(hits, func(h hit) string { return h.name })
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.rank, b.rank) })
	return r.found(tx, hits[:min(len(hits), limit, MaxFound)])
}

// hit is an authority with its best word.
type hit struct {
	id    post.PartyID
	name  string
	rank  rank
	point post.UUID
}

// wordHits is the authorities with a word that begins so.
func wordHits(tx *db.Tx, prefix string) (map[post.PartyID]hit, error) {
	from, to := prefixRange(prefix)
	rows, err := tx.Query(`SELECT w.organisation, p.name, w.rank, w.point FROM authority_word w JOIN party p ON p.id = w.organisation
		WHERE w.text >= $1 AND w.text < $2 AND p.status = $3 ORDER BY w.rank, w.text`, from, to, Active)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (h hit, err error) {
		err = rows.Scan(&h.id, &h.name, &h.rank, db.Null(&h.point))
		return h, err
	})
	best := map[post.PartyID]hit{}
	for _, h := range all {
		if _, there := best[h.id]; !there {
			best[h.id] = h
		}
	}
	return best, err
}

// prefixRange is the range of texts that begin so.
func prefixRange(prefix string) (from, to []byte) {
	from = []byte(prefix)
	return from, append(bytes.Clone(from), 0xff) // no text in UTF-8 has this byte
}

// allWords is the authorities that have each of the words, each ranked by its
// worst.
func allWords(tx *db.Tx, words []string) (map[post.PartyID]hit, error) {
	var all map[post.PartyID]hit
	for i, w := range words {
		hits, err := wordHits(tx, w)
		if err != nil {
			return nil, err
		}
		for id, h := range hits {
			before, there := all[id]
			switch {
			case i == 0:
				h.rank = max(h.rank, byWord)
			case !there:
				delete(hits, id)
				continue
			case before.rank > h.rank:
				h = before
			}
			hits[id] = h
		}
		all = hits
	}
	return all, nil
}

func (r *Registry) found(tx *db.Tx, hits []hit) ([]Found, error) {
	ids := make([]post.PartyID, len(hits))
	for i, h := range hits {
		ids[i] = h.id
	}
	parties, err := r.Parties(tx, ids)
	all := make([]Found, len(hits))
	for i, h := range hits {
		all[i] = Found{parties[h.id], h.point}
	}
	return all, err
}

// Authorities are all authorities of a kind, in Danish order (MBX-03).
func (r *Registry) Authorities(tx *db.Tx, kind Authority) ([]Party, error) {
	rows, err := tx.Query("SELECT "+partyColumns+fromParty+" WHERE p.authority = $1 AND p.status = $2", kind, Active)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Party, error) { return scanParty(rows) })
	SortDanish(all, func(p Party) string { return p.Name })
	return all, err
}
