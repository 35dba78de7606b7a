package search_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/internal/testkit"
)

// shelf is a mailbox as the index sees it, with all that is in it.
type shelf struct {
	t       *testing.T
	d       *db.DB
	box     search.Box
	docs    map[post.UUID]search.Doc
	pending map[post.UUID]bool
	indexed map[post.UUID]bool
}

func newShelf(t *testing.T, d *db.DB, id post.PartyID) *shelf {
	return &shelf{t, d, search.Box{ID: id, Cipher: keys.NewCipher(keys.NewKey())}, map[post.UUID]search.Doc{}, map[post.UUID]bool{}, map[post.UUID]bool{}}
}

func (s *shelf) update(fn func(tx *db.Tx) error) {
	s.t.Helper()
	if err := s.d.UpdateAt(s.t.Context(), db.ReadCommitted, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) batch(fn func(tx *db.Tx, b *db.Batch)) {
	s.t.Helper()
	s.update(func(tx *db.Tx) error {
		var b db.Batch
		fn(tx, &b)
		return tx.Run(&b)
	})
}

// put stores the text of a message.
func (s *shelf) put(id post.UUID, d search.Doc) {
	s.t.Helper()
	text, err := s.box.Seal(id, d)
	if err != nil {
		s.t.Fatal(err)
	}
	s.docs[id] = d
	s.update(func(tx *db.Tx) error {
		pending, err := search.Next(tx, s.box.ID-1, tx.Now.Add(time.Hour), 1000)
		if err != nil || !s.pending[id] {
			return errors.Join(err, search.Put(tx, []search.Text{text}))
		}
		_, err = search.PutChanged(tx, pending, []search.Text{text})
		return err
	})
}

// add indexes what is not indexed yet.
func (s *shelf) add() {
	s.t.Helper()
	docs := map[post.UUID]search.Doc{}
	for id, d := range s.docs {
		if !s.indexed[id] && !s.pending[id] {
			docs[id], s.indexed[id] = d, true
		}
	}
	if len(docs) == 0 {
		return
	}
	if err := search.Add(s.t.Context(), s.d, s.box, docs); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) settle() {
	s.t.Helper()
	var all []search.Pending
	err := s.d.Read(s.t.Context(), func(tx *db.Tx) (err error) {
		all, err = search.Next(tx, s.box.ID-1, tx.Now.Add(time.Hour), 1000)
		return err
	})
	if err == nil && len(all) > 0 {
		err = search.Settle(s.t.Context(), s.d, s.box, all, s.docs)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	for id := range s.pending {
		if _, there := s.docs[id]; there {
			s.indexed[id] = true
		}
	}
	clear(s.pending)
}

// find is what the index finds, a few at a time, and naive what has the words.
func (s *shelf) find(q search.Query) []post.UUID {
	s.t.Helper()
	var all []post.UUID
	err := s.d.Read(s.t.Context(), func(tx *db.Tx) error {
		h, err := search.Find(tx, s.box, q)
		if err != nil {
			return err
		}
		all = nil
		for {
			ids, err := h.Next(7)
			if err != nil || len(ids) == 0 {
				return err
			}
			all = append(all, ids...)
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *shelf) naive(q search.Query) []post.UUID {
	var all []post.UUID
	for _, id := range slices.SortedFunc(maps.Keys(s.docs), func(a, b post.UUID) int { return bytes.Compare(a[:], b[:]) }) {
		has := q.Noted[id]
		for _, p := range s.docs[id].Parts {
			has |= q.Words.Has(p.Name) | q.Words.Has(p.Text)
		}
		if s.indexed[id] && !s.pending[id] && has == 1<<len(q.Words)-1 &&
			(q.After == post.UUID{} || bytes.Compare(q.After[:], id[:]) < 0) && (q.Before == post.UUID{} || bytes.Compare(id[:], q.Before[:]) < 0) {
			all = append(all, id)
		}
	}
	if !q.Up {
		slices.Reverse(all)
	}
	return all
}

var vocabulary = strings.Fields(`plads pladsen pladser kommune kommunen kommunes regning regninger regningen bil biler bilag billet hus huset husene
	skat skatten skatter møde mødet møder læge lægen tandlæge tandlægen å åen år året 2025 2026 4711 æble æbler øre ører Århus Aalborg e-mail afgørelse afgørelser`)

func text(random *rand.Rand, n int) string {
	var all []string
	for range n {
		w := vocabulary[min(random.IntN(len(vocabulary)), random.IntN(len(vocabulary)))] // some are frequent
		if random.IntN(6) == 0 {
			w = fmt.Sprintf("x%d", random.IntN(3000)) // many are rare
		}
		all = append(all, w)
	}
	return strings.Join(all, " ")
}

// What the index finds is what reading every text would find, whatever was added,
// changed and destroyed in whatever order (MBX-16).
func TestIndexFindsWhatReadingFinds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		random := rand.New(rand.NewPCG(2026, 11))
		s, other := newShelf(t, d, 7), newShelf(t, d, 8)
		for range 10 {
			other.put(d.NewID(), search.Doc{Parts: []search.Part{{Place: search.Letter, Text: text(random, 30)}}})
		}
		other.add()
		var ids []post.UUID
		doc := func() search.Doc {
			return search.Doc{Parts: []search.Part{{Place: search.Title, Text: text(random, 3)}, {Place: search.Letter, Name: text(random, 1), Text: text(random, 1+random.IntN(40))}}}
		}
		for range 120 {
			switch n := random.IntN(10); {
			case n < 5 || len(ids) == 0:
				for range 1 + random.IntN(40) {
					id := d.NewID()
					ids = append(ids, id)
					s.put(id, doc())
				}
				if n < 4 {
					s.add()
				}
			case n < 7:
				s.settle()
			default:
				id := ids[random.IntN(len(ids))]
				if _, there := s.docs[id]; !there {
					continue
				}
				if n == 7 {
					s.batch(func(tx *db.Tx, b *db.Batch) { search.Remove(tx, b, s.box.ID, id) })
					delete(s.docs, id)
				} else {
					s.batch(func(tx *db.Tx, b *db.Batch) { search.Changed(tx, b, s.box.ID, id) })
				}
				if s.pending[id] = true; n > 7 {
					s.put(id, doc())
				}
			}
			q := search.Query{Words: search.Parse(text(random, 1+random.IntN(2))), Up: random.IntN(2) == 0, Noted: map[post.UUID]uint32{}}
			if random.IntN(3) == 0 {
				typed := text(random, 1)
				q.Words = search.Parse(typed[:1+random.IntN(len(typed))])
			}
			if random.IntN(4) == 0 {
				q.After, q.Before = ids[random.IntN(len(ids))], ids[random.IntN(len(ids))]
			}
			for range random.IntN(4) {
				q.Noted[ids[random.IntN(len(ids))]] = random.Uint32N(1 << len(q.Words))
			}
			for id := range s.pending {
				q.Except = append(q.Except, id)
			}
			if len(q.Words) == 0 {
				continue
			}
			got, want := s.find(q), s.naive(q)
			if !slices.Equal(got, want) {
				t.Fatalf("%+v: %d found, %d have it", q.Words, len(got), len(want))
			}
		}
		s.settle()
		s.add()
		other.add()
		if err := d.Read(t.Context(), func(tx *db.Tx) error { return search.Check(tx, func(p string) { t.Error(p) }) }); err != nil {
			t.Error(err)
		}
	})
}
