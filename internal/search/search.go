// Package search is a full-text index for each mailbox by itself, which nobody
// can read without the mailbox's key: words, counts and texts are sealed with it,
// so that the database knows no more of a letter after indexing than before.
//
// The engines' own full-text machinery would need words it can compare. So the
// index is ours, one code for both databases: segments of sorted words in sealed
// blocks of some kilobytes (segment.go), which are merged as they grow (build.go)
// and read newest first (find.go), no more of them than a page needs.
//
// Indexing comes after delivery. A message's text is stored a moment after it
// arrived; it goes into a segment when enough others have come. Until then, and
// while it is changed, whoever searches reads the text itself: Unindexed says which.
// What is gone for good leaves the text at once and the segments within minutes.
//
// It owns the search_ tables and knows nothing of rights: what it finds are
// candidates, of which the mailbox shows what may be seen.
package search

import (
	"encoding/binary"
	"fmt"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// Box is a mailbox with the cipher of its key.
type Box struct {
	ID     post.PartyID
	Cipher *keys.Cipher
}

func (b Box) bound(what byte, number int64) []byte {
	bound := append([]byte("search"), what)
	bound = binary.BigEndian.AppendUint64(bound, uint64(b.ID))
	return binary.BigEndian.AppendUint64(bound, uint64(number))
}

func (b Box) boundText(message post.UUID) []byte { return append([]byte("searchtext"), message[:]...) }

// Text is a sealed Doc.
type Text struct {
	Message post.UUID
	mailbox post.PartyID
	sealed  []byte
}

// Seal packs and seals what can be found of a message.
func (b Box) Seal(message post.UUID, d Doc) (Text, error) {
	packed, err := d.encode()
	if err != nil {
		return Text{}, err
	}
	return Text{message, b.ID, b.Cipher.Seal(packed, b.boundText(message))}, nil
}

// Texts reads what can be found of messages. Those whose text is not stored yet
// are missing from the result.
func (b Box) Texts(tx *db.Tx, messages []post.UUID) (map[post.UUID]Doc, error) {
	docs := make(map[post.UUID]Doc, len(messages))
	err := tx.QueryEach("SELECT message, sealed FROM search_text WHERE mailbox = $1 AND message = $KEY", db.Keys(messages), []any{b.ID}, func(rows *db.Rows) error {
		var id post.UUID
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		packed, err := b.Cipher.Open(sealed, b.boundText(id))
		if err != nil {
			return err
		}
		docs[id], err = decodeDoc(packed)
		return err
	})
	return docs, err
}

// Stored is which of the messages have their text stored.
func Stored(tx *db.Tx, messages []post.UUID) (map[post.UUID]bool, error) {
	there := make(map[post.UUID]bool, len(messages))
	err := tx.QueryIn("SELECT message FROM search_text WHERE message IN ($IN)", db.Keys(messages), nil, func(rows *db.Rows) error {
		var id post.UUID
		err := rows.Scan(&id)
		there[id] = true
		return err
	})
	return there, err
}

// Remove takes messages that are gone for good out of the index: their text now,
// their words from the segments within minutes. It adds what it writes to the
// batch that destroys them, behind the statements that delete their letters: an
// indexer holds those while it stores a text.
func Remove(tx *db.Tx, b *db.Batch, mailbox post.PartyID, messages ...post.UUID) {
	stale(tx, b, mailbox, true, messages)
}

// Changed has messages read anew, whose text is another from now on. It adds what
// it writes to a batch, behind the statements that change their letters.
func Changed(tx *db.Tx, b *db.Batch, mailbox post.PartyID, messages ...post.UUID) {
	stale(tx, b, mailbox, false, messages)
}

func stale(tx *db.Tx, b *db.Batch, mailbox post.PartyID, gone bool, messages []post.UUID) {
	rows := make([][]any, len(messages))
	for i, id := range messages {
		b.Add("DELETE FROM search_text WHERE message = $1 AND mailbox = $2", id, mailbox)
		if gone {
			b.Add("DELETE FROM search_pending WHERE gone = FALSE AND mailbox = $1 AND message = $2", mailbox, id)
		}
		rows[i] = []any{gone, mailbox, id, tx.Now, post.NewUUID()}
	}
	b.InsertMany("search_pending (gone, mailbox, message, since, stamp)", rows,
		"ON CONFLICT (gone, mailbox, message) DO UPDATE SET since = excluded.since, stamp = excluded.stamp")
}

// Put stores texts of messages whose letters the caller has locked. It leaves
// out those that have changed since they were read.
func Put(tx *db.Tx, texts []Text) error {
	ids := make([]post.UUID, len(texts))
	for i, t := range texts {
		ids[i] = t.Message
	}
	changed := map[post.UUID]bool{}
	err := tx.QueryIn("SELECT message FROM search_pending WHERE gone = FALSE AND message IN ($IN)", db.Keys(ids), nil, func(rows *db.Rows) error {
		var id post.UUID
		err := rows.Scan(&id)
		changed[id] = true
		return err
	})
	if err != nil {
		return err
	}
	return put(tx, texts, func(t Text) bool { return !changed[t.Message] })
}

func put(tx *db.Tx, texts []Text, keep func(Text) bool) error {
	var rows [][]any
	for _, t := range texts {
		if keep(t) {
			rows = append(rows, []any{t.Message, t.mailbox, t.sealed})
		}
	}
	var b db.Batch
	b.InsertMany("search_text (message, mailbox, sealed)", rows, "ON CONFLICT DO NOTHING")
	return tx.Run(&b)
}

// PutChanged stores the new texts of pending messages whose letters the caller has
// locked, and says which of them have not changed again since they were read.
func PutChanged(tx *db.Tx, pending []Pending, texts []Text) ([]Pending, error) {
	still := map[post.UUID]bool{}
	var same []Pending
	for _, p := range pending {
		var n int
		err := tx.QueryRow("SELECT COUNT(*) FROM search_pending WHERE gone = $1 AND mailbox = $2 AND message = $3 AND stamp = $4", p.Gone, p.Mailbox, p.Message, p.stamp).Scan(&n)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			still[p.Message] = !p.Gone
			same = append(same, p)
		}
	}
	return same, put(tx, texts, func(t Text) bool { return still[t.Message] })
}

// Unindexed says which messages of a mailbox Find does not find: those after the
// mark, and those that have changed. The nil mark is before all.
func Unindexed(tx *db.Tx, mailbox post.PartyID) (mark post.UUID, changed []post.UUID, err error) {
	segments, err := segmentsOf(tx, mailbox)
	if err != nil {
		return mark, nil, err
	}
	rows, err := tx.Query("SELECT message FROM search_pending WHERE gone = FALSE AND mailbox = $1 ORDER BY message", mailbox)
	changed, err = db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	return markOf(segments), changed, err
}

func markOf(segments []segment) post.UUID {
	if len(segments) == 0 {
		return post.UUID{}
	}
	return segments[len(segments)-1].last
}

// Progress is how far indexing has come in the messages of all mailboxes.
type Progress struct {
	Seen post.UUID // their text is stored
	Sure post.UUID // nothing can turn up late, and what was to be put in segments is
}

// Lock reads the progress and keeps other indexers out until the transaction ends.
func Lock(tx *db.Tx) (Progress, error) {
	var p Progress
	err := tx.QueryRow("SELECT seen, sure FROM search_progress WHERE id = 1"+tx.ForUpdate()).Scan(&p.Seen, &p.Sure)
	return p, err
}

// Save stores a progress, in the transaction of Lock.
func (p Progress) Save(tx *db.Tx) error {
	_, err := tx.Exec("UPDATE search_progress SET seen = $1, sure = $2 WHERE id = 1", p.Seen, p.Sure)
	return err
}

// Pending is a message whose place in the index is to be looked at again.
type Pending struct {
	Mailbox post.PartyID
	Message post.UUID
	Gone    bool
	Since   time.Time
	stamp   post.UUID
}

// Next is up to limit pending messages of one mailbox, the first after a mailbox
// that has any: all that are gone, and those that have not changed since a time.
func Next(tx *db.Tx, after post.PartyID, quiet time.Time, limit int) ([]Pending, error) {
	rows, err := tx.Query(`SELECT mailbox, message, gone, since, stamp FROM search_pending WHERE mailbox = (
			SELECT MIN(mailbox) FROM search_pending WHERE mailbox > $1 AND (gone = TRUE OR since < $2)
		) AND (gone = TRUE OR since < $2) LIMIT $3`, after, quiet, limit)
	return db.Collect(rows, err, func(rows *db.Rows) (p Pending, err error) {
		err = rows.Scan(&p.Mailbox, &p.Message, &p.Gone, db.Time(&p.Since), &p.stamp)
		return p, err
	})
}

// segment is a row of search_segment.
type segment struct {
	number      int64
	first, last post.UUID
	messages    int
}

func (s segment) block(n int64) int64 { return s.number<<numberShift | n }

// segmentsOf is a mailbox's segments, those of the oldest messages first.
func segmentsOf(tx *db.Tx, mailbox post.PartyID) ([]segment, error) {
	rows, err := tx.Query("SELECT number, first, last, messages FROM search_segment WHERE mailbox = $1 ORDER BY last", mailbox)
	return db.Collect(rows, err, func(rows *db.Rows) (s segment, err error) {
		err = rows.Scan(&s.number, &s.first, &s.last, &s.messages)
		return s, err
	})
}

// blocks reads blocks by their numbers.
func (b Box) blocks(tx *db.Tx, numbers []int64) (map[int64][]byte, error) {
	blocks := make(map[int64][]byte, len(numbers))
	wanted := make([]any, len(numbers))
	for i, n := range numbers {
		wanted[i] = n
	}
	err := tx.QueryEach("SELECT number, sealed FROM search_block WHERE mailbox = $1 AND number = $KEY", wanted, []any{b.ID}, func(rows *db.Rows) error {
		number, plain, err := b.scanBlock(rows)
		blocks[number] = plain
		return err
	})
	if err == nil && len(blocks) < len(numbers) {
		seen := map[int64]bool{}
		for _, n := range numbers {
			seen[n] = true
		}
		if len(blocks) < len(seen) {
			err = fmt.Errorf("blocks of the index are missing: %w", errDamaged)
		}
	}
	return blocks, err
}

func (b Box) scanBlock(rows *db.Rows) (int64, []byte, error) {
	var number int64
	var sealed []byte
	if err := rows.Scan(&number, &sealed); err != nil {
		return 0, nil, err
	}
	plain, err := b.Cipher.Open(sealed, b.bound('b', number))
	return number, plain, err
}
