package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"sort"

	"digitalpost/internal/post"
)

// A segment is the index of a run of messages of one mailbox, in the order of
// their ids; inside it a message is a number from 0. It is written once, in
// blocks that are sealed each by itself:
//
//	block 0        what the other blocks begin with
//	block 1…       words in order, each with the numbers of its messages
//	block idBlocks…  the messages' ids
//
// A word's entry leaves out what it has in common with the word before, and its
// messages are distances, or bits where that is shorter.

const (
	blockSize   = 8 << 10 // about, in bytes: what is read for a word
	idsInBlock  = 512
	maxMessages = 1 << 16 // in a segment
	idBlocks    = 1 << 23 // the number of the first block of ids
	numberShift = 24      // of a segment's number in that of a block
)

var errDamaged = errors.New("a search index is damaged")

// head is what block 0 says.
type head struct {
	words []string    // what each block of words begins with
	ids   []post.UUID // what each block of ids begins with
}

func (h head) encode() []byte {
	out := binary.AppendUvarint(nil, uint64(len(h.words)))
	for _, w := range h.words {
		out = append(binary.AppendUvarint(out, uint64(len(w))), w...)
	}
	for _, id := range h.ids {
		out = append(out, id[:]...)
	}
	return out
}

func decodeHead(b []byte) (head, error) {
	r := reader{b: b}
	h := head{words: make([]string, r.count(1))}
	for i := range h.words {
		h.words[i] = string(r.bytes())
	}
	h.ids = decodeIDs(r.b)
	return h, r.err
}

func decodeIDs(b []byte) []post.UUID {
	ids := make([]post.UUID, len(b)/16)
	for i := range ids {
		copy(ids[i][:], b[16*i:])
	}
	return ids
}

// blocks are the numbers of the blocks, first to last, that can hold words that
// begin with a stem; none where first > last.
func (h head) blocks(stem string) (first, last int) {
	first = max(1, sort.Search(len(h.words), func(i int) bool { return h.words[i] >= stem }))
	last = sort.Search(len(h.words), func(i int) bool { return h.words[i] >= stem && !hasPrefix(h.words[i], stem) })
	return first, last
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

// reader reads numbers and byte strings, and keeps the first error.
type reader struct {
	b   []byte
	err error
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.b, r.err = nil, errDamaged
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count is a number of things that have at least so many bytes each.
func (r *reader) count(least int) int {
	v := r.uvarint()
	if v > uint64(len(r.b)/least) {
		r.b, r.err = nil, errDamaged
		return 0
	}
	return int(v)
}

func (r *reader) bytes() []byte {
	n := r.count(1)
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// entry is a word with where it is; both lie in the block.
type entry struct {
	word     []byte
	postings []byte
	dense    bool
}

// entries reads a block of words.
func entries(block []byte) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		r := reader{b: block}
		var word []byte
		for len(r.b) > 0 {
			shared := r.uvarint()
			if shared > uint64(len(word)) {
				r.err = errDamaged
			}
			if r.err == nil {
				word = append(word[:shared], r.bytes()...)
			}
			form := r.uvarint()
			size := form >> 1
			if r.err != nil || size > uint64(len(r.b)) {
				yield(entry{}, errDamaged)
				return
			}
			if !yield(entry{word, r.b[:size], form&1 == 1}, nil) {
				return
			}
			r.b = r.b[size:]
		}
	}
}

// set is a set of the messages of a segment.
type set []uint64

func newSet(messages int) set { return make(set, (messages+63)/64) }

func (s set) add(i int) {
	if i>>6 < len(s) {
		s[i>>6] |= 1 << (i & 63)
	}
}

func (s set) and(other set) {
	for i := range s {
		s[i] &= other[i]
	}
}

// each yields the members, upwards or downwards.
func (s set) each(up bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := range s {
			i := n
			if !up {
				i = len(s) - 1 - n
			}
			for word := s[i]; word != 0; {
				bit := bits.TrailingZeros64(word)
				if !up {
					bit = 63 - bits.LeadingZeros64(word)
				}
				if !yield(i<<6 | bit) {
					return
				}
				word &^= 1 << bit
			}
		}
	}
}

// addTo adds an entry's messages to a set.
func (e entry) addTo(s set) error {
	if e.dense {
		for i, b := range e.postings {
			if i>>3 < len(s) {
				s[i>>3] |= uint64(b) << (8 * (i & 7))
			}
		}
		return nil
	}
	r := reader{b: e.postings}
	at := uint64(0)
	for len(r.b) > 0 {
		at += r.uvarint()
		if at >= maxMessages {
			return errDamaged
		}
		s.add(int(at))
	}
	return r.err
}

// list appends an entry's messages to a list, in order.
func (e entry) list(out []uint16) ([]uint16, error) {
	if e.dense {
		for i, b := range e.postings {
			for ; b != 0; b &= b - 1 {
				out = append(out, uint16(i<<3|bits.TrailingZeros8(b)))
			}
		}
		return out, nil
	}
	r := reader{b: e.postings}
	at := uint64(0)
	for len(r.b) > 0 {
		at += r.uvarint()
		if at >= maxMessages {
			return out, errDamaged
		}
		out = append(out, uint16(at))
	}
	return out, r.err
}

// encodePostings writes ascending numbers in the shorter of the two forms.
func encodePostings(messages []uint16) (out []byte, dense bool) {
	last := 0
	for _, m := range messages {
		out = binary.AppendUvarint(out, uint64(int(m)-last))
		last = int(m)
	}
	if size := last/8 + 1; size < len(out) {
		bitmap := make([]byte, size)
		for _, m := range messages {
			bitmap[m>>3] |= 1 << (m & 7)
		}
		return bitmap, true
	}
	return out, false
}

// source is what a segment is made of: messages in the order of their ids, and
// their words in order, each with the numbers of its messages. The numbers are
// good until the next word.
type source struct {
	ids   []post.UUID
	words iter.Seq2[string, []uint16]
}

func compareIDs(a, b post.UUID) int { return bytes.Compare(a[:], b[:]) }

// newSource is the index of messages that are in no segment yet.
func newSource(docs map[post.UUID]Doc) source {
	s := source{ids: slices.SortedFunc(maps.Keys(docs), compareIDs)}
	words := map[string][]uint16{}
	for i, id := range s.ids {
		number := uint16(i)
		for _, part := range docs[id].Parts {
			for _, text := range []string{part.Name, part.Text} {
				for t := range tokens(text) {
					in := words[string(t.word)]
					if len(in) == 0 || in[len(in)-1] != number {
						words[string(t.word)] = append(in, number)
					}
				}
			}
		}
	}
	s.words = func(yield func(string, []uint16) bool) {
		for _, w := range slices.Sorted(maps.Keys(words)) {
			if !yield(w, words[w]) {
				return
			}
		}
	}
	return s
}

// merge makes one segment of several sources without the messages that keep
// refuses. A message that several have is the last one's. emit gets the blocks
// with their numbers; the result is the ids that are left, in order.
func merge(sources []source, keep func(post.UUID) bool, emit func(number int64, block []byte)) []post.UUID {
	from := map[post.UUID]int{} // the source whose message it is
	for i, s := range sources {
		for _, id := range s.ids {
			if keep(id) {
				from[id] = i
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(from), compareIDs)
	number := make(map[post.UUID]int, len(ids))
	for i, id := range ids {
		number[id] = i
	}
	renumber := make([][]int, len(sources))
	for i, s := range sources {
		renumber[i] = make([]int, len(s.ids))
		for j, id := range s.ids {
			renumber[i][j] = -1
			if at, ok := number[id]; ok && from[id] == i {
				renumber[i][j] = at
			}
		}
	}
	w := writer{emit: emit}
	var messages []uint16
	for word, parts := range together(sources) {
		messages = messages[:0]
		for i, part := range parts {
			for _, m := range part {
				if int(m) < len(renumber[i]) && renumber[i][m] >= 0 {
					messages = append(messages, uint16(renumber[i][m]))
				}
			}
		}
		slices.Sort(messages)
		if len(messages) > 0 {
			w.add(word, messages)
		}
	}
	w.end(ids)
	return ids
}

// together yields every word of several sources in order, with what each source
// says of it.
func together(sources []source) iter.Seq2[string, [][]uint16] {
	return func(yield func(string, [][]uint16) bool) {
		type place struct {
			word string
			in   []uint16
			more bool
			next func() (string, []uint16, bool)
		}
		places := make([]place, len(sources))
		for i, s := range sources {
			next, stop := iter.Pull2(s.words)
			defer stop()
			places[i].next = next
			places[i].word, places[i].in, places[i].more = next()
		}
		parts := make([][]uint16, len(sources))
		for {
			first, any := "", false
			for _, p := range places {
				if p.more && (!any || p.word < first) {
					first, any = p.word, true
				}
			}
			if !any {
				return
			}
			for i, p := range places {
				parts[i] = nil
				if p.more && p.word == first {
					parts[i] = p.in
				}
			}
			if !yield(first, parts) {
				return
			}
			for i := range places {
				if p := &places[i]; p.more && p.word == first {
					p.word, p.in, p.more = p.next()
				}
			}
		}
	}
}

// writer makes the blocks of a segment.
type writer struct {
	emit  func(number int64, block []byte)
	head  head
	block []byte
	last  string
}

func (w *writer) add(word string, messages []uint16) {
	shared := 0
	if len(w.block) == 0 {
		w.head.words = append(w.head.words, word)
	} else {
		for shared < len(word) && shared < len(w.last) && word[shared] == w.last[shared] {
			shared++
		}
	}
	postings, dense := encodePostings(messages)
	form := uint64(len(postings)) << 1
	if dense {
		form |= 1
	}
	w.block = binary.AppendUvarint(w.block, uint64(shared))
	w.block = append(binary.AppendUvarint(w.block, uint64(len(word)-shared)), word[shared:]...)
	w.block = append(binary.AppendUvarint(w.block, form), postings...)
	w.last = word
	if len(w.block) >= blockSize {
		w.flush()
	}
}

func (w *writer) flush() {
	if len(w.block) > 0 {
		w.emit(int64(len(w.head.words)), w.block)
		w.block = nil
	}
}

func (w *writer) end(ids []post.UUID) {
	w.flush()
	for n := int64(0); len(ids) > 0; n++ {
		page := ids[:min(idsInBlock, len(ids))]
		w.head.ids = append(w.head.ids, page[0])
		block := make([]byte, 0, 16*len(page))
		for _, id := range page {
			block = append(block, id[:]...)
		}
		w.emit(idBlocks+n, block)
		ids = ids[len(page):]
	}
	w.emit(0, w.head.encode())
}
