package mailbox

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
)

// Hit is where in a message the words of a query are, for people to see: spans
// are in bytes, and all texts are plain text.
type Hit struct {
	Label     []search.Span // in the message's title
	Sender    []search.Span // in the sender's name
	Recipient []search.Span // in the name of whom it is to
	// In is the document or the asker's own note that says most of the words; its
	// Place is 0 where only title and names have them.
	In search.Excerpt
}

// Bounds of a search.
const (
	// MaxCounted is as far as what a search finds is counted.
	MaxCounted = 1000
	// maxLooked is how many messages that have the words are looked at for one page:
	// filters may leave few of them. The next page goes on behind them.
	maxLooked = 5000
	// fewMessages is how many messages a filter is asked about at once, rather than
	// for what has the words.
	fewMessages = 5000
	// maxUnindexed is how many messages that are not indexed yet are read for a
	// search, the newest; of documents whose text is not even stored, maxUnread
	// bytes.
	maxUnindexed = 2000
	maxUnread    = 2 << 20
	// lookedTogether is how many messages that have the words are looked at together.
	lookedTogether = 256
)

// search fills a page with the messages that have the words of the query (MBX-16).
// What the index finds are candidates: a message counts only when the condition
// that says what the asker may list, and the query chooses, holds for its row.
func (m *Mailboxes) search(tx *db.Tx, v view, folder FolderID, q Query, page *Page) error {
	s, err := m.searching(tx, v, folder, q)
	if err != nil || s == nil {
		return err
	}
	if _, err := q.order(); err != nil {
		return err
	}
	limit := q.limit()
	if q.Sort != SortReceived {
		return s.sorted(page, limit)
	}
	c, err := s.candidates(true)
	if err != nil {
		return err
	}
	skip := int(max(q.Offset, 0))
	found, err := s.collect(c, skip+limit+1)
	if err != nil {
		return err
	}
	n := len(found)
	page.More = len(found) > skip+limit || c.cut
	page.Messages = found[min(skip, len(found)):min(skip+limit, len(found))]
	if c.cut && len(found) <= skip+limit {
		page.Next = c.last
	} else if page.More {
		page.Next = page.Messages[len(page.Messages)-1].ID
	}
	if err := s.excerpts(page); err != nil {
		return err
	}
	if q.Before != (post.UUID{}) {
		if c, err = s.candidates(false); err != nil {
			return err
		}
		n = 0
	}
	for n <= MaxCounted {
		ids, err := c.next(lookedTogether)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		more, err := s.visible(ids)
		if err != nil {
			return err
		}
		n += len(more)
	}
	page.count(n, c)
	return nil
}

// count sets the total: as far as it was counted.
func (p *Page) count(n int, c *candidates) {
	p.Total, p.AtLeast = int64(min(n, MaxCounted)), n > MaxCounted || c.cut
}

// sorted fills a page in an order other than that of arrival, from the newest
// messages that were found.
func (s *searching) sorted(page *Page, limit int) error {
	c, err := s.candidates(false)
	if err != nil {
		return err
	}
	found, err := s.collect(c, MaxCounted+1)
	if err != nil {
		return err
	}
	page.count(len(found), c)
	ids := make([]any, MaxCounted) // always as many, so that the statement is always the same
	for i := range ids {
		if i < len(found) {
			ids[i] = found[i].ID
		}
	}
	order, err := s.q.order()
	if err != nil {
		return err
	}
	args := append([]any{s.v.id}, ids...)
	marks := make([]string, len(ids))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	where := "mailbox = $1 AND id IN (" + strings.Join(marks, ",") + ")"
	if up, ok := s.q.ties(); ok && s.q.Before != (post.UUID{}) {
		where += " AND " + s.q.beyond(up, &args)
	}
	most, skip := next(&args, limit+1), next(&args, max(s.q.Offset, 0))
	rows, err := s.tx.Query("SELECT "+messageColumns+" FROM message WHERE "+where+" ORDER BY "+order+" LIMIT "+most+" OFFSET "+skip, args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
	if err != nil {
		return err
	}
	page.More = len(all) > limit
	page.Messages = all[:min(limit, len(all))]
	return s.excerpts(page)
}

// searching is a search under way.
type searching struct {
	m     *Mailboxes
	tx    *db.Tx
	v     view
	q     Query
	box   search.Box
	words search.Words
	where string
	args  []any
	notes map[post.UUID]string // the asker's own that have any of the words
	noted map[post.UUID]uint32 // which of the words those have
	// allowed are all messages that the condition holds for, nil where those are
	// asked about that have the words.
	allowed map[post.UUID]bool
	// docs are of messages that are not indexed.
	docs      map[post.UUID]search.Doc
	unindexed []post.UUID // those of docs that have the words, in order
	changed   []post.UUID
}

// searching begins a search. It is nil where nothing can be found.
func (m *Mailboxes) searching(tx *db.Tx, v view, folder FolderID, q Query) (*searching, error) {
	s := &searching{m: m, tx: tx, v: v, q: q, words: search.Parse(q.Words)}
	if s.where, s.args = v.where(tx.Now, folder, q); s.where == "FALSE" || len(s.words) == 0 {
		return nil, nil
	}
	c, err := v.cipher(m.keys)
	if err != nil {
		return nil, err
	}
	s.box = search.Box{ID: v.id, Cipher: c}
	if err := s.readNotes(); err != nil {
		return nil, err
	}
	if err := s.readUnindexed(); err != nil {
		return nil, err
	}
	return s, s.allow(folder)
}

// readNotes finds words in the asker's own notes (MBX-10).
func (s *searching) readNotes() error {
	s.notes, s.noted = map[post.UUID]string{}, map[post.UUID]uint32{}
	rows, err := s.tx.Query("SELECT message, sealed FROM note WHERE mailbox = $1 AND writer = $2", s.v.id, s.v.actor.Party)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id post.UUID
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		text, err := s.box.Cipher.Open(sealed, noteBound(id, s.v.actor.Party))
		if err != nil {
			return err
		}
		if has := s.words.Has(string(text)); has != 0 {
			s.notes[id], s.noted[id] = string(text), has
		}
	}
	return rows.Err()
}

// readUnindexed looks for the words in messages that are not indexed yet.
func (s *searching) readUnindexed() error {
	mark, changed, err := search.Unindexed(s.tx, s.v.id)
	if err != nil {
		return err
	}
	s.changed = changed
	args := append(slices.Clone(s.args), mark[:])
	rows, err := s.tx.Query(fmt.Sprintf("SELECT id FROM message WHERE %s AND id > $%d ORDER BY id DESC LIMIT %d", s.where, len(args), maxUnindexed), args...)
	ids, err := db.Collect(rows, err, scanID)
	if err != nil {
		return err
	}
	ids = append(ids, slices.DeleteFunc(slices.Clone(changed), func(id post.UUID) bool { return slices.Contains(ids, id) })...)
	if s.docs, err = s.texts(ids, maxUnread); err != nil {
		return err
	}
	for id, doc := range s.docs {
		if s.words.Found(s.withNote(id, doc)) {
			s.unindexed = append(s.unindexed, id)
		}
	}
	slices.SortFunc(s.unindexed, func(a, b post.UUID) int { return bytes.Compare(a[:], b[:]) })
	if !s.q.Up {
		slices.Reverse(s.unindexed)
	}
	return nil
}

// texts is what can be found of messages: as it is stored, or read from the
// letters, with at most so many bytes of documents.
func (s *searching) texts(ids []post.UUID, most int64) (map[post.UUID]search.Doc, error) {
	docs, err := s.box.Texts(s.tx, ids)
	if err != nil || len(docs) == len(ids) {
		return docs, err
	}
	var missing []any
	for _, id := range ids {
		if _, there := docs[id]; !there {
			missing = append(missing, id)
		}
	}
	var letters []sealedLetter
	err = s.tx.QueryIn(sealedLetters+"l.mailbox = $1 AND l.message IN ($IN)", missing, []any{s.v.id}, func(rows *db.Rows) error {
		l, err := scanSealedLetter(rows)
		letters = append(letters, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(letters, func(a, b sealedLetter) int { return bytes.Compare(b.id[:], a.id[:]) })
	for _, l := range letters { // one by one: none is left open when another fails
		found, err := s.m.findables(s.tx, []sealedLetter{l})
		if err != nil {
			return nil, err
		}
		size := found[0].size()
		docs[l.id] = found[0].read(most)
		most = max(0, most-size)
	}
	return docs, nil
}

func (s *searching) withNote(id post.UUID, doc search.Doc) search.Doc {
	if note, ok := s.notes[id]; ok {
		doc.Parts = append(slices.Clone(doc.Parts), search.Part{Place: search.Note, Text: note})
	}
	return doc
}

// allow asks which messages the filters leave, where that is little to ask, or an
// index finds them: otherwise words that many messages have could hide a few chosen
// ones.
func (s *searching) allow(folder FolderID) error {
	if !s.q.Flag && !s.q.Due {
		if folder == 0 && !s.q.Unread && !s.q.Opened && s.q.Sender == 0 && !s.q.Documents {
			return nil
		}
		var n int64
		err := s.m.count(s.tx, s.v, func(f FolderID, total, _ int64) {
			if folder == 0 || folder == Deleted || f == folder {
				n += total
			}
		})
		if err != nil || n > fewMessages {
			return err
		}
	}
	rows, err := s.tx.Query("SELECT id FROM message WHERE "+s.where, s.args...)
	ids, err := db.Collect(rows, err, scanID)
	s.allowed = make(map[post.UUID]bool, len(ids))
	for _, id := range ids {
		s.allowed[id] = true
	}
	s.where, s.args = "mailbox = $1", []any{s.v.id} // the rest has been asked
	return err
}

// candidates are messages that have the words, in order.
type candidates struct {
	hits      *search.Hits
	unindexed []post.UUID
	ahead     []post.UUID // read from hits, not given out yet
	ended     bool        // hits are
	up        bool
	looked    int
	last      post.UUID
	cut       bool // it ended because enough were looked at
}

// candidates begins with the first message, or where the query's page begins.
func (s *searching) candidates(paged bool) (*candidates, error) {
	q := search.Query{Words: s.words, Up: s.q.Up && s.q.Sort == SortReceived, Noted: s.noted, Except: s.changed}
	if !s.q.From.IsZero() {
		q.After = at(s.q.From)
	}
	if !s.q.To.IsZero() {
		q.Before = at(s.q.To)
	}
	if from := s.q.Before; paged && from != (post.UUID{}) {
		if s.q.Up && bytes.Compare(from[:], q.After[:]) > 0 {
			q.After = from
		}
		if !s.q.Up && (q.Before == (post.UUID{}) || bytes.Compare(from[:], q.Before[:]) < 0) {
			q.Before = from
		}
	}
	hits, err := search.Find(s.tx, s.box, q)
	if err != nil {
		return nil, err
	}
	unindexed := slices.DeleteFunc(slices.Clone(s.unindexed), func(id post.UUID) bool { return !q.Within(id) })
	if s.q.Up && !q.Up {
		slices.Reverse(unindexed)
	}
	return &candidates{hits: hits, unindexed: unindexed, up: q.Up}, nil
}

// next is the next candidates, none at the end.
func (c *candidates) next(n int) ([]post.UUID, error) {
	if c.looked >= maxLooked {
		c.cut = true
		return nil, nil
	}
	var out []post.UUID
	for len(out) < n {
		if len(c.ahead) == 0 && !c.ended {
			var err error
			if c.ahead, err = c.hits.Next(n); err != nil {
				return nil, err
			}
			c.ended = len(c.ahead) == 0
		}
		from := &c.ahead
		switch {
		case len(c.ahead) == 0 && len(c.unindexed) == 0:
			c.looked += len(out)
			return out, nil
		case len(c.ahead) == 0, len(c.unindexed) > 0 && (bytes.Compare(c.unindexed[0][:], c.ahead[0][:]) < 0) == c.up:
			from = &c.unindexed
		}
		out = append(out, (*from)[0])
		*from = (*from)[1:]
	}
	c.looked += len(out)
	c.last = out[len(out)-1]
	return out, nil
}

// collect is the next n messages that the asker may list and the query chooses.
func (s *searching) collect(c *candidates, n int) ([]Message, error) {
	var found []Message
	for len(found) < n {
		ids, err := c.next(min(lookedTogether, max(n-len(found), 32)))
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			break
		}
		visible, err := s.visible(ids)
		if err != nil {
			return nil, err
		}
		if over := len(found) + len(visible) - n; over > 0 { // they are looked at again
			c.ahead = append(slices.Clone(visible[len(visible)-over:]), c.ahead...)
			c.looked -= over
			visible = visible[:len(visible)-over]
		}
		messages, err := s.messages(visible)
		if err != nil {
			return nil, err
		}
		found = append(found, messages...)
	}
	return found, nil
}

// messages reads messages in the order of their ids here.
func (s *searching) messages(ids []post.UUID) ([]Message, error) {
	at := make(map[post.UUID]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	all := make([]Message, len(ids))
	err := s.tx.QueryEach("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id = $KEY", db.Keys(ids), []any{s.v.id}, func(r *db.Rows) error {
		msg, err := scanMessage(r)
		all[at[msg.ID]] = msg
		return err
	})
	return all, err
}

// visible is those of the messages that the condition holds for, in order. Of a
// court summons that has not been served nobody learns what it says (SND-08): it
// is found by its title, whom it is from and to, and the asker's note.
func (s *searching) visible(ids []post.UUID) ([]post.UUID, error) {
	wanted := ids
	if s.allowed != nil {
		wanted = slices.DeleteFunc(slices.Clone(ids), func(id post.UUID) bool { return !s.allowed[id] })
	}
	there := make(map[post.UUID]bool, len(wanted))
	var secret []post.UUID
	err := s.tx.QueryEach("SELECT id, type, served FROM message WHERE "+s.where+" AND id = $KEY", db.Keys(wanted), s.args, func(r *db.Rows) error {
		var msg Message
		err := r.Scan(&msg.ID, &msg.Type, db.Time(&msg.Served))
		if there[msg.ID] = true; msg.Unserved() {
			secret = append(secret, msg.ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(secret) > 0 {
		docs, err := s.texts(secret, 0)
		if err != nil {
			return nil, err
		}
		for _, id := range secret {
			there[id] = s.words.Found(s.withNote(id, outside(docs[id])))
		}
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(id post.UUID) bool { return !there[id] }), nil
}

// outside is what can be seen of a message without opening it.
func outside(doc search.Doc) search.Doc {
	var out search.Doc
	for _, p := range doc.Parts {
		if p.Place == search.Letter || p.Place == search.Document {
			p.Name, p.Text = "", ""
		}
		out.Parts = append(out.Parts, p)
	}
	return out
}

// excerpts tells where the words are in the messages of a page.
func (s *searching) excerpts(page *Page) error {
	if !s.q.Hits {
		return nil
	}
	var ids []post.UUID
	docs := maps.Clone(s.docs)
	for _, msg := range page.Messages {
		if _, there := docs[msg.ID]; !there {
			ids = append(ids, msg.ID)
		}
	}
	stored, err := s.texts(ids, maxUnread)
	if err != nil {
		return err
	}
	maps.Copy(docs, stored)
	page.Hits = make(map[post.UUID]Hit, len(page.Messages))
	for _, msg := range page.Messages {
		doc := docs[msg.ID]
		if msg.Unserved() {
			doc = outside(doc)
		}
		h := Hit{Label: s.words.Marks(msg.Label), Sender: s.words.Marks(msg.SenderName), Recipient: s.words.Marks(msg.RecipientName)}
		h.In, _ = s.words.Excerpt(s.withNote(msg.ID, doc))
		page.Hits[msg.ID] = h
	}
	return nil
}

// Suggestions are what somebody may be about to type (MBX-16).
type Suggestions struct {
	Senders []string // names
	Titles  []string
	Words   []string // that the last word may become, in small letters
}

const (
	suggestFrom = 100 // how many messages are looked at
	suggestions = 5   // of each kind, at most
)

// Suggest proposes how what somebody has typed may go on, from the newest messages
// that have the words and that they may see.
func (m *Mailboxes) Suggest(ctx context.Context, actor post.Actor, mailbox post.UUID, typed string) (Suggestions, error) {
	var out Suggestions
	err := m.read(ctx, func(tx *db.Tx) error {
		out = Suggestions{}
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		s, err := m.searching(tx, v, 0, Query{Words: typed})
		if err != nil || s == nil {
			return err
		}
		c, err := s.candidates(true)
		if err != nil {
			return err
		}
		found, err := s.collect(c, suggestFrom)
		if err != nil {
			return err
		}
		for _, msg := range found {
			for _, name := range []string{msg.SenderName, msg.RecipientName} {
				if s.words.All(name) {
					propose(&out.Senders, name)
				}
			}
			if s.words.All(msg.Label) {
				propose(&out.Titles, msg.Label)
			}
			for _, text := range []string{msg.SenderName, msg.RecipientName, msg.Label} {
				for _, word := range s.words.Continue(text) {
					propose(&out.Words, word)
				}
			}
		}
		return nil
	})
	return out, err
}

func propose(all *[]string, text string) {
	if len(*all) < suggestions && !slices.Contains(*all, text) {
		*all = append(*all, text)
	}
}
