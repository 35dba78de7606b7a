package search

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Segments are merged into a larger one when together they reach one of these
// sizes, in messages: a message is written anew some four times in all, and a
// mailbox has some twenty segments and one more for each of the last size.
var tiers = []int{256, 2048, 16384}

// MostAdded is the largest number of messages that Add takes at once.
const MostAdded = 2048

// writtenAtOnce is how many blocks are written in one transaction, so that
// nobody waits long behind them.
const writtenAtOnce = 64

// Add puts messages in the index, all of them later than the mark. Their texts
// are stored already; one whose text is gone meanwhile has Add fail, to be called
// again without it. It is called by one indexer at a time.
func Add(ctx context.Context, d *db.DB, box Box, docs map[post.UUID]Doc) error {
	if len(docs) == 0 || len(docs) > MostAdded {
		return fmt.Errorf("%d messages cannot be added to an index", len(docs))
	}
	r := rewrite{box: box, docs: docs}
	err := d.Read(ctx, func(tx *db.Tx) error {
		var err error
		if r.all, err = segmentsOf(tx, box.ID); err != nil {
			return err
		}
		r.old = trailing(r.all, len(docs))
		return r.read(tx, nil)
	})
	if err != nil {
		return err
	}
	return r.write(ctx, d, nil)
}

// trailing chooses the newest segments that are merged with n new messages.
func trailing(all []segment, n int) []segment {
	from, total := len(all), n
	for _, tier := range tiers {
		i, sum := from, total
		for i > 0 && all[i-1].messages < tier && sum+all[i-1].messages <= maxMessages {
			i--
			sum += all[i].messages
		}
		if sum >= tier {
			from, total = i, sum
		}
	}
	return all[from:]
}

// Settle deals with pending messages of a mailbox: those that are gone leave
// their segments, those that changed are found by what docs says of them. What
// changes again meanwhile stays pending. It is called by one indexer at a time.
func Settle(ctx context.Context, d *db.DB, box Box, pending []Pending, docs map[post.UUID]Doc) error {
	var all []segment
	err := d.Read(ctx, func(tx *db.Tx) (err error) { all, err = segmentsOf(tx, box.ID); return err })
	if err != nil {
		return err
	}
	for i, s := range all {
		here := slices.DeleteFunc(slices.Clone(pending), func(p Pending) bool { return owner(all, p.Message) != i })
		if len(here) == 0 {
			continue
		}
		if err := settleIn(ctx, d, box, s, here, docs); err != nil {
			return err
		}
	}
	return d.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		if _, err := Lock(tx); err != nil {
			return err
		}
		now, err := segmentsOf(tx, box.ID)
		if err != nil {
			return err
		}
		return dealtWith(tx, slices.DeleteFunc(slices.Clone(pending), func(p Pending) bool { return owner(now, p.Message) < len(now) || waits(p, docs) }))
	})
}

// owner is the place of the segment that a message belongs in, whether it is
// there or not: len(all) for what comes after the mark.
func owner(all []segment, id post.UUID) int {
	return sort.Search(len(all), func(i int) bool { return compareIDs(all[i].last, id) >= 0 })
}

// waits tells that a message has changed and nobody says what it says now.
func waits(p Pending, docs map[post.UUID]Doc) bool {
	_, known := docs[p.Message]
	return !p.Gone && !known
}

func settleIn(ctx context.Context, d *db.DB, box Box, s segment, here []Pending, docs map[post.UUID]Doc) error {
	r := rewrite{box: box, old: []segment{s}, docs: map[post.UUID]Doc{}}
	gone := map[post.UUID]bool{}
	for _, p := range here {
		if p.Gone {
			gone[p.Message] = true
		} else if doc, ok := docs[p.Message]; ok {
			r.docs[p.Message] = doc
		}
	}
	here = slices.DeleteFunc(here, func(p Pending) bool { return waits(p, docs) })
	if len(here) == 0 {
		return nil
	}
	err := d.Read(ctx, func(tx *db.Tx) (err error) {
		if r.all, err = segmentsOf(tx, box.ID); err != nil {
			return err
		}
		return r.read(tx, gone)
	})
	if err != nil {
		return err
	}
	return r.write(ctx, d, here)
}

// dealtWith ends that messages are pending, unless they have changed again.
func dealtWith(tx *db.Tx, pending []Pending) error {
	var b db.Batch
	for _, p := range pending {
		b.Add("DELETE FROM search_pending WHERE gone = $1 AND mailbox = $2 AND message = $3 AND stamp = $4", p.Gone, p.Mailbox, p.Message, p.stamp)
	}
	return tx.Run(&b)
}

// rewrite makes one segment of old ones, which lie beside each other, and of docs.
type rewrite struct {
	box  Box
	all  []segment // when it began
	old  []segment
	docs map[post.UUID]Doc

	next   segment
	blocks [][]any
}

// errMoved says that another indexer was at work, or a text is gone: the work is
// to be begun again.
var errMoved = errs.New(errs.KindUnavailable, "search.index.moved", "the index changed while it was being written")

// read makes the new segment in memory.
func (r *rewrite) read(tx *db.Tx, gone map[post.UUID]bool) error {
	var sources []source
	var failed error
	for _, s := range r.old {
		if !slices.Contains(r.all, s) {
			return errMoved
		}
		src, err := r.box.source(tx, s, &failed)
		if err != nil {
			return err
		}
		sources = append(sources, src)
	}
	if len(r.docs) > 0 {
		sources = append(sources, newSource(r.docs))
	}
	// Blocks of a segment that was never finished may lie behind the last.
	err := tx.QueryRow("SELECT COALESCE(MAX(number), 0) FROM search_block WHERE mailbox = $1", r.box.ID).Scan(&r.next.number)
	if err != nil {
		return err
	}
	r.next.number = r.next.number>>numberShift + 1
	ids := merge(sources, func(id post.UUID) bool { return !gone[id] }, func(n int64, block []byte) {
		number := r.next.block(n)
		r.blocks = append(r.blocks, []any{r.box.ID, number, r.box.Cipher.Seal(block, r.box.bound('b', number))})
	})
	if failed != nil {
		return failed
	}
	if len(ids) > maxMessages {
		return errors.New("a segment is too large")
	}
	r.next.messages = len(ids)
	if len(ids) > 0 {
		r.next.first, r.next.last = ids[0], ids[len(ids)-1]
	}
	for _, s := range r.old { // it is responsible for what they were, also where a message at the end is gone
		if len(ids) == 0 || compareIDs(s.first, r.next.first) < 0 {
			r.next.first = s.first
		}
		if compareIDs(s.last, r.next.last) > 0 {
			r.next.last = s.last
		}
	}
	return nil
}

// write stores the new segment in the place of the old ones.
func (r *rewrite) write(ctx context.Context, d *db.DB, settled []Pending) error {
	blocks := r.blocks
	for ; len(blocks) > writtenAtOnce; blocks = blocks[writtenAtOnce:] {
		err := d.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error { return putBlocks(tx, blocks[:writtenAtOnce]) })
		if err != nil {
			return err
		}
	}
	return d.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		if _, err := Lock(tx); err != nil {
			return err
		}
		now, err := segmentsOf(tx, r.box.ID)
		if err != nil {
			return err
		}
		if !slices.Equal(now, r.all) {
			return errMoved
		}
		if err := r.current(tx); err != nil {
			return err
		}
		if err := putBlocks(tx, blocks); err != nil {
			return err
		}
		var b db.Batch
		for _, s := range r.old {
			b.Add("DELETE FROM search_segment WHERE mailbox = $1 AND number = $2", r.box.ID, s.number)
		}
		b.Add("INSERT INTO search_segment (mailbox, number, first, last, messages) VALUES ($1, $2, $3, $4, $5)",
			r.box.ID, r.next.number, r.next.first, r.next.last, r.next.messages)
		kept := int64(0) // blocks between those of segments belong to none
		for _, number := range r.numbers(now) {
			b.Add("DELETE FROM search_block WHERE mailbox = $1 AND number >= $2 AND number < $3", r.box.ID, kept<<numberShift, number<<numberShift)
			kept = number + 1
		}
		if err := tx.Run(&b); err != nil {
			return err
		}
		return dealtWith(tx, settled)
	})
}

// numbers are those of the segments that stay, in order, and of the new one.
func (r *rewrite) numbers(now []segment) []int64 {
	all := []int64{r.next.number}
	for _, s := range now {
		if !slices.Contains(r.old, s) {
			all = append(all, s.number)
		}
	}
	slices.Sort(all)
	return all
}

// current tells that the new messages' texts are still what was indexed.
func (r *rewrite) current(tx *db.Tx) error {
	if len(r.docs) == 0 {
		return nil
	}
	ids := make([]post.UUID, 0, len(r.docs))
	for id := range r.docs {
		ids = append(ids, id)
	}
	there, err := Stored(tx, ids)
	if err == nil && len(there) != len(ids) {
		return errMoved
	}
	return err
}

func putBlocks(tx *db.Tx, blocks [][]any) error {
	var b db.Batch
	b.InsertMany("search_block (mailbox, number, sealed)", blocks, "")
	return tx.Run(&b)
}

// source reads a segment. An error that shows only while it is gone through is
// put in failed.
func (b Box) source(tx *db.Tx, s segment, failed *error) (source, error) {
	rows, err := tx.Query("SELECT number, sealed FROM search_block WHERE mailbox = $1 AND number >= $2 AND number < $3 ORDER BY number",
		b.ID, s.block(0), (s.number+1)<<numberShift)
	if err != nil {
		return source{}, err
	}
	defer rows.Close()
	var out source
	var words [][]byte
	for rows.Next() {
		number, plain, err := b.scanBlock(rows)
		if err != nil {
			return out, err
		}
		switch n := number &^ (s.number << numberShift); {
		case n >= idBlocks:
			out.ids = append(out.ids, decodeIDs(plain)...)
		case n > 0:
			words = append(words, plain)
		}
	}
	if err := rows.Err(); err != nil {
		return out, err
	}
	if len(out.ids) != s.messages {
		return out, errDamaged
	}
	out.words = func(yield func(string, []uint16) bool) {
		var list []uint16
		for _, block := range words {
			for e, err := range entries(block) {
				if err == nil {
					list, err = e.list(list[:0])
				}
				if err != nil {
					*failed = err
					return
				}
				if !yield(string(e.word), list) {
					return
				}
			}
		}
	}
	return out, nil
}
