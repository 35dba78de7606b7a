package search

import (
	"iter"
	"slices"
	"sort"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Query is what is looked for in a mailbox's segments.
type Query struct {
	Words Words
	// After and Before limit the messages, both without the id itself; nil is no
	// limit.
	After, Before post.UUID
	Up            bool // the oldest first
	// Noted are messages with a note of the asker's, each with the words in it
	// (Words.Has).
	Noted map[post.UUID]uint32
	// Except are not found, since they are looked at otherwise.
	Except []post.UUID
}

// Has tells which of the words a text has, for Query.Noted.
func (w Words) Has(text string) uint32 { return w.in(text, 0) }

// Within tells that a message lies inside the limits.
func (q Query) Within(id post.UUID) bool {
	return (q.After == post.UUID{} || compareIDs(q.After, id) < 0) && (q.Before == post.UUID{} || compareIDs(id, q.Before) < 0)
}

// Hits are the messages that have all words, in order. They are read from the
// index as they are asked for.
type Hits struct {
	tx     *db.Tx
	box    Box
	query  Query
	left   []segment // not looked at yet
	ready  []evaluated
	group  int               // how many messages are looked at together next
	forms  []map[string]bool // of each word: whether a word in the index is a form of it
	except map[post.UUID]bool
}

// evaluated is a segment with the messages that were found in it.
type evaluated struct {
	segment
	head
	numbers []int
}

// firstGroup is how many messages are looked at together at first; it doubles.
const firstGroup = 32 << 10

// Find looks for words in a mailbox's segments.
func Find(tx *db.Tx, box Box, q Query) (*Hits, error) {
	h := &Hits{tx: tx, box: box, query: q, group: firstGroup, except: map[post.UUID]bool{}}
	all, err := segmentsOf(tx, box.ID)
	if err != nil || len(q.Words) == 0 {
		return h, err
	}
	for _, s := range all {
		if s.messages > 0 && (q.After == post.UUID{} || compareIDs(q.After, s.last) < 0) && (q.Before == post.UUID{} || compareIDs(s.first, q.Before) < 0) {
			h.left = append(h.left, s)
		}
	}
	if !q.Up {
		slices.Reverse(h.left)
	}
	for _, id := range q.Except {
		h.except[id] = true
	}
	for range q.Words {
		h.forms = append(h.forms, map[string]bool{})
	}
	return h, nil
}

// Next is the next messages that were found, at most n; none where there are no
// more.
func (h *Hits) Next(n int) ([]post.UUID, error) {
	var out []post.UUID
	for len(out) < n {
		if len(h.ready) == 0 {
			if len(h.left) == 0 {
				break
			}
			if err := h.evaluate(); err != nil {
				return nil, err
			}
			continue
		}
		ids, err := h.take(n - len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	return out, nil
}

// take reads the ids of about n messages that are ready, from as many segments
// as it takes.
func (h *Hits) take(n int) ([]post.UUID, error) {
	var wanted []int64
	var parts []evaluated
	for n > 0 && len(h.ready) > 0 {
		r := &h.ready[0]
		part := *r
		part.numbers = r.numbers[:min(n, len(r.numbers))]
		r.numbers = r.numbers[len(part.numbers):]
		n -= len(part.numbers)
		parts = append(parts, part)
		for _, number := range part.numbers {
			if block := part.block(idBlocks + int64(number/idsInBlock)); len(wanted) == 0 || wanted[len(wanted)-1] != block {
				wanted = append(wanted, block)
			}
		}
		if len(r.numbers) == 0 {
			h.ready = h.ready[1:]
		}
	}
	blocks, err := h.box.blocks(h.tx, wanted)
	if err != nil {
		return nil, err
	}
	var out []post.UUID
	for _, part := range parts {
		for _, number := range part.numbers {
			var id post.UUID
			block := blocks[part.block(idBlocks+int64(number/idsInBlock))]
			at := 16 * (number % idsInBlock)
			if at+16 > len(block) {
				return nil, errDamaged
			}
			copy(id[:], block[at:])
			if h.query.Within(id) && !h.except[id] {
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// evaluate finds the messages of the next group of segments.
func (h *Hits) evaluate() error {
	var group []evaluated
	for messages := 0; messages < h.group && len(h.left) > 0; h.left = h.left[1:] {
		group = append(group, evaluated{segment: h.left[0]})
		messages += h.left[0].messages
	}
	h.group *= 2
	numbers := make([]int64, len(group))
	for i, s := range group {
		numbers[i] = s.block(0)
	}
	blocks, err := h.box.blocks(h.tx, numbers)
	if err != nil {
		return err
	}
	for i := range group {
		if group[i].head, err = decodeHead(blocks[group[i].block(0)]); err != nil {
			return err
		}
	}
	order := h.query.Words.rarest()
	sets := make([]set, len(group))
	for _, words := range [][]int{order[:1], order[1:]} {
		if err := h.intersect(group, sets, words); err != nil {
			return err
		}
	}
	for i, s := range group {
		for number := range sets[i].each(h.query.Up) {
			if number < s.messages {
				s.numbers = append(s.numbers, number)
			}
		}
		if len(s.numbers) > 0 {
			h.ready = append(h.ready, s)
		}
	}
	return nil
}

// rarest are the words' places, the rarest first as far as one can tell by looking
// at them, numbers and then long words: the others are looked for where it is.
func (w Words) rarest() []int {
	order := make([]int, len(w))
	weight := make([]int, len(w))
	for i, a := range w {
		order[i], weight[i] = i, len(a.stem)
		if strings.ContainsAny(a.stem, "0123456789") {
			weight[i] += maxWord
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return weight[b] - weight[a] })
	return order
}

// intersect leaves in the sets of segments only what has the words; a set that is
// nil has everything.
func (h *Hits) intersect(group []evaluated, sets []set, words []int) error {
	var wanted []int64
	for i, s := range group {
		for _, w := range words {
			if sets[i] == nil || sets[i].any() {
				for n := range s.wordBlocks(h.query.Words[w].stem) {
					wanted = append(wanted, n)
				}
			}
		}
	}
	slices.Sort(wanted)
	blocks, err := h.box.blocks(h.tx, slices.Compact(wanted))
	if err != nil {
		return err
	}
	for i, s := range group {
		for _, w := range words {
			if sets[i] != nil && !sets[i].any() {
				continue
			}
			has := newSet(s.messages)
			for n := range s.wordBlocks(h.query.Words[w].stem) {
				if err := h.search(blocks[n], w, has); err != nil {
					return err
				}
			}
			if err := h.noted(s, w, has); err != nil {
				return err
			}
			if sets[i] == nil {
				sets[i] = has
			} else {
				sets[i].and(has)
			}
		}
	}
	return nil
}

// wordBlocks are the numbers of the blocks in which words with a stem are.
func (e evaluated) wordBlocks(stem string) iter.Seq[int64] {
	first, last := e.blocks(stem)
	return func(yield func(int64) bool) {
		for n := first; n <= last; n++ {
			if !yield(e.block(int64(n))) {
				return
			}
		}
	}
}

// search adds to a set the messages in which a block has a form of a word.
func (h *Hits) search(block []byte, word int, has set) error {
	a := h.query.Words[word]
	for e, err := range entries(block) {
		if err != nil {
			return err
		}
		if len(e.word) < len(a.stem) || string(e.word[:len(a.stem)]) != a.stem {
			if string(e.word) > a.stem {
				return nil
			}
			continue
		}
		form, known := h.forms[word][string(e.word)]
		if !known {
			form = a.found(e.word)
			h.forms[word][string(e.word)] = form
		}
		if form {
			if err := e.addTo(has); err != nil {
				return err
			}
		}
	}
	return nil
}

// noted adds the messages whose note has a word.
func (h *Hits) noted(s evaluated, word int, has set) error {
	for id, mask := range h.query.Noted {
		if mask&(1<<word) == 0 || compareIDs(id, s.first) < 0 || compareIDs(id, s.last) > 0 {
			continue
		}
		number, there, err := h.number(s, id)
		if err != nil {
			return err
		}
		if there {
			has.add(number)
		}
	}
	return nil
}

// number is a message's in a segment.
func (h *Hits) number(s evaluated, id post.UUID) (int, bool, error) {
	n := sort.Search(len(s.ids), func(i int) bool { return compareIDs(s.ids[i], id) > 0 }) - 1
	if n < 0 {
		return 0, false, nil
	}
	key := s.block(idBlocks + int64(n))
	blocks, err := h.box.blocks(h.tx, []int64{key})
	if err != nil {
		return 0, false, err
	}
	i, there := slices.BinarySearchFunc(decodeIDs(blocks[key]), id, compareIDs)
	return n*idsInBlock + i, there, nil
}

func (s set) any() bool {
	for _, word := range s {
		if word != 0 {
			return true
		}
	}
	return false
}
