package mailbox

import (
	"context"
	"errors"
	"io"
	"syscall"
	"time"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/doctext"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/memo"
)

// Letters are indexed after they have been delivered, so that intake pays nothing
// for it: the job goes through all letters in the order of their ids, twice. At
// once it stores what can be found of each; when it is certain that no letter with
// an earlier id can turn up any more, it puts those of a mailbox that has enough
// of them into its index. What is not indexed, Messages reads itself.

const indexJob jobs.Kind = "mailbox.index"

const (
	// settled is how long a letter's transaction lasts at most, and the clocks of
	// processes differ.
	settled = 2 * time.Minute
	// quiet is how long a message, such as a draft, is left alone after a change.
	quiet = 2 * time.Minute
	// readAtOnce is how many letters are read together, and openAtOnce and bytesAtOnce
	// after how many open files, and bytes in them, no more letters are.
	readAtOnce  = 64
	openAtOnce  = 100
	bytesAtOnce = 16 << 20
	// pendingAtOnce is how many messages that changed or are gone are dealt with
	// together.
	pendingAtOnce = 1000
	// worthIndexing is how many letters wait in a mailbox before they are put in its
	// index; as many are read for a search.
	worthIndexing = 32
	// indexRest is how long the job rests, for each second that it worked: it leaves
	// the machine to those who wait for an answer.
	indexRest = 2
)

// index runs in the background until all is indexed that can be.
func (m *Mailboxes) index(ctx context.Context, job jobs.Running, _ struct{}) error {
	return m.indexAll(ctx, func(began time.Time) error {
		rest := time.NewTimer(indexRest * m.db.Now().Sub(began))
		defer rest.Stop()
		select {
		case <-rest.C:
			return nil
		case <-job.Stopping:
			return jobs.Snooze(0)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// Index indexes all that can be indexed now, without rest: for programs that have
// filled a database.
func (m *Mailboxes) Index(ctx context.Context) error {
	return m.indexAll(ctx, func(time.Time) error { return nil })
}

func (m *Mailboxes) indexAll(ctx context.Context, rest func(began time.Time) error) error {
	last := post.PartyID(0)
	for _, step := range []func(context.Context) (bool, error){m.storeTexts, m.addSettled,
		func(ctx context.Context) (more bool, err error) {
			last, more, err = m.settlePending(ctx, last)
			return more, err
		}} {
		for more := true; more; {
			began := m.db.Now()
			var err error
			if more, err = step(ctx); err != nil {
				return err
			}
			if err := rest(began); err != nil {
				return err
			}
		}
	}
	return nil
}

// sealedLetter is a letter as it is stored, with its mailbox.
type sealedLetter struct {
	id        post.UUID
	sealed    []byte
	recipient string // the name on what the owner wrote
	box       row
}

const sealedLetters = `SELECT l.message, l.sealed, m.recipient_name, b.id, b.uuid, b.sealed FROM letter l
	JOIN mailbox b ON b.id = l.mailbox JOIN message m ON m.mailbox = l.mailbox AND m.id = l.message WHERE `

func scanSealedLetter(rows *db.Rows) (s sealedLetter, err error) {
	err = rows.Scan(&s.id, &s.sealed, &s.recipient, &s.box.id, &s.box.uuid, &s.box.sealed)
	return s, err
}

func lettersAfter(tx *db.Tx, after post.UUID, until post.UUID, limit int) ([]sealedLetter, error) {
	rows, err := tx.Query(sealedLetters+"l.message > $1 AND l.message < $2 ORDER BY l.message LIMIT $3", after[:], until, limit)
	return db.Collect(rows, err, scanSealedLetter)
}

// storeTexts stores what can be found of the next letters.
func (m *Mailboxes) storeTexts(ctx context.Context) (more bool, err error) {
	var before search.Progress
	var letters []sealedLetter
	var found []*findable
	err = m.db.Read(ctx, func(tx *db.Tx) error {
		if before, err = search.Lock(tx); err != nil {
			return err
		}
		if letters, err = lettersAfter(tx, before.Seen, endOfIDs, readAtOnce); err != nil {
			return err
		}
		found, err = m.findables(tx, letters)
		return err
	})
	if err != nil || len(letters) == 0 {
		return false, err
	}
	letters = letters[:len(found)]
	texts, err := m.texts(letters, found)
	if err != nil {
		return false, err
	}
	return true, m.storing(ctx, before, texts, func(p *search.Progress) { p.Seen = letters[len(letters)-1].id })
}

var endOfIDs = post.UUID{0xff}

// storing stores texts of letters that are still there, and the progress.
func (m *Mailboxes) storing(ctx context.Context, before search.Progress, texts []search.Text, progress func(*search.Progress)) error {
	return m.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		now, err := search.Lock(tx)
		if err != nil || now != before { // another process was at it
			return err
		}
		there, err := lockLetters(tx, texts)
		if err != nil {
			return err
		}
		if err := search.Put(tx, there); err != nil {
			return err
		}
		progress(&now)
		return now.Save(tx)
	})
}

// lockLetters keeps the letters of texts as they are until the transaction ends,
// and leaves out those that are gone.
func lockLetters(tx *db.Tx, texts []search.Text) ([]search.Text, error) {
	ids := make([]any, len(texts))
	for i, t := range texts {
		ids[i] = t.Message
	}
	there := map[post.UUID]bool{}
	err := tx.QueryIn("SELECT message FROM letter WHERE message IN ($IN) ORDER BY message"+tx.ForUpdate(), ids, nil, func(rows *db.Rows) error {
		var id post.UUID
		err := rows.Scan(&id)
		there[id] = true
		return err
	})
	var all []search.Text
	for _, t := range texts {
		if there[t.Message] {
			all = append(all, t)
		}
	}
	return all, err
}

// addSettled puts letters that are settled into the indexes of their mailboxes.
func (m *Mailboxes) addSettled(ctx context.Context) (more bool, err error) {
	const batch = 5000 // letters of many mailboxes: each is looked into once for all of them
	type place struct {
		id  post.UUID
		box post.PartyID
	}
	var before search.Progress
	var letters []place
	var late []sealedLetter
	var found []*findable
	boxes := map[post.PartyID]row{}
	err = m.db.Read(ctx, func(tx *db.Tx) error {
		if before, err = search.Lock(tx); err != nil {
			return err
		}
		until := db.IDAt(tx.Now.Add(-settled))
		rows, err := tx.Query("SELECT message, mailbox FROM letter WHERE message > $1 AND message < $2 AND message <= $3 ORDER BY message LIMIT $4",
			before.Sure[:], until, before.Seen[:], batch)
		letters, err = db.Collect(rows, err, func(rows *db.Rows) (p place, err error) { err = rows.Scan(&p.id, &p.box); return p, err })
		if err != nil || len(letters) == 0 {
			return err
		}
		var ids []post.UUID
		var owners []any
		for _, l := range letters {
			ids = append(ids, l.id)
			if _, known := boxes[l.box]; !known {
				boxes[l.box] = row{}
				owners = append(owners, l.box)
			}
		}
		err = tx.QueryIn("SELECT "+mailboxColumns+" FROM mailbox WHERE id IN ($IN)", owners, nil, func(rows *db.Rows) error {
			r, err := scanMailbox(rows)
			boxes[r.id] = r
			return err
		})
		if err != nil {
			return err
		}
		stored, err := search.Stored(tx, ids)
		if err != nil {
			return err
		}
		var missing []any
		for _, id := range ids {
			if !stored[id] {
				missing = append(missing, id)
			}
		}
		err = tx.QueryIn(sealedLetters+"l.message IN ($IN)", missing, nil, func(rows *db.Rows) error {
			s, err := scanSealedLetter(rows)
			late = append(late, s)
			return err
		})
		if err != nil {
			return err
		}
		found, err = m.findables(tx, late)
		return err
	})
	if err != nil || len(letters) == 0 {
		return false, err
	}
	texts, err := m.texts(late[:len(found)], found)
	if err != nil {
		return false, err
	}
	if err := m.storing(ctx, before, texts, func(*search.Progress) {}); err != nil || len(found) < len(late) {
		return true, err
	}
	last := letters[len(letters)-1].id
	for _, box := range boxes {
		if err := m.add(ctx, box, last); err != nil {
			return false, err
		}
	}
	return true, m.storing(ctx, before, nil, func(p *search.Progress) { p.Sure = last })
}

// add puts the messages of a mailbox up to one into its index, where they are
// enough.
func (m *Mailboxes) add(ctx context.Context, r row, until post.UUID) error {
	c, err := r.cipher(m.keys)
	if err != nil {
		return err
	}
	box := search.Box{ID: r.id, Cipher: c}
	for {
		var docs map[post.UUID]search.Doc
		err = m.db.Read(ctx, func(tx *db.Tx) error {
			mark, _, err := search.Unindexed(tx, r.id)
			if err != nil {
				return err
			}
			rows, err := tx.Query("SELECT id FROM message WHERE mailbox = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4", r.id, mark[:], until, search.MostAdded)
			ids, err := db.Collect(rows, err, scanID)
			if err != nil || len(ids) < worthIndexing {
				return err
			}
			docs, err = box.Texts(tx, ids)
			return err
		})
		if err != nil || len(docs) == 0 {
			return err
		}
		if err := search.Add(ctx, m.db, box, docs); err != nil {
			return err
		}
	}
}

// settlePending deals with the messages of the next mailbox that changed or are
// gone.
func (m *Mailboxes) settlePending(ctx context.Context, after post.PartyID) (last post.PartyID, more bool, err error) {
	var pending []search.Pending
	var letters []sealedLetter
	var found []*findable
	var box search.Box
	err = m.db.Read(ctx, func(tx *db.Tx) error {
		pending, err = search.Next(tx, after, tx.Now.Add(-quiet), pendingAtOnce)
		if err != nil || len(pending) == 0 {
			return err
		}
		r, err := scanMailbox(tx.QueryRow("SELECT "+mailboxColumns+" FROM mailbox WHERE id = $1", pending[0].Mailbox))
		if err != nil {
			return err
		}
		c, err := r.cipher(m.keys)
		if err != nil {
			return err
		}
		box = search.Box{ID: r.id, Cipher: c}
		var changed []any
		for _, p := range pending {
			if !p.Gone {
				changed = append(changed, p.Message)
			}
		}
		err = tx.QueryIn(sealedLetters+"l.message IN ($IN)", changed, nil, func(rows *db.Rows) error {
			s, err := scanSealedLetter(rows)
			letters = append(letters, s)
			return err
		})
		if err != nil {
			return err
		}
		found, err = m.findables(tx, letters)
		return err
	})
	if err != nil || len(pending) == 0 {
		return 0, false, err
	}
	docs := map[post.UUID]search.Doc{}
	for i, l := range letters[:len(found)] { // the others go on waiting
		docs[l.id] = found[i].read(maxRead)
	}
	var texts []search.Text
	for id, doc := range docs {
		text, err := box.Seal(id, doc)
		if err != nil {
			return 0, false, err
		}
		texts = append(texts, text)
	}
	err = m.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		if _, err := search.Lock(tx); err != nil {
			return err
		}
		there, err := lockLetters(tx, texts)
		if err != nil {
			return err
		}
		pending, err = search.PutChanged(tx, pending, there)
		return err
	})
	if err != nil {
		return 0, false, err
	}
	last = box.ID
	if len(pending) == pendingAtOnce && len(docs) == 0 {
		last-- // there may be more that are gone
	}
	return last, true, search.Settle(ctx, m.db, box, pending, docs)
}

// findable is what can be found of a letter, with its files still to be read.
type findable struct {
	doc   search.Doc
	files []findableFile
}

// findableFile is a file that belongs to a part.
type findableFile struct {
	part   int
	kind   string
	reader *blob.Reader
}

// Of a letter so many documents are read, if they are not larger together.
const (
	maxDocuments = 100
	maxRead      = 256 << 20
)

// findables opens what is needed to read what can be found of letters: of the
// first of them, where they have many files.
func (m *Mailboxes) findables(tx *db.Tx, letters []sealedLetter) (all []*findable, err error) {
	defer func() {
		if err != nil {
			for _, f := range all {
				f.close()
			}
		}
	}()
	files, bytes := 0, int64(0)
	for _, l := range letters {
		if files >= openAtOnce || bytes >= bytesAtOnce {
			break
		}
		c, err := l.box.cipher(m.keys)
		if err != nil {
			return all, err
		}
		plain, err := c.Open(l.sealed, l.id[:])
		if err != nil {
			return all, err
		}
		letter, err := Decode(plain)
		if err != nil {
			return all, err
		}
		f, err := m.findable(tx, letter, l.recipient)
		if all = append(all, f); err != nil {
			return all, err
		}
		files += len(f.files)
		bytes += f.size()
	}
	return all, nil
}

func (m *Mailboxes) texts(letters []sealedLetter, found []*findable) ([]search.Text, error) {
	texts := make([]search.Text, len(letters))
	for i, l := range letters {
		c, err := l.box.cipher(m.keys)
		if err != nil {
			return nil, err
		}
		if texts[i], err = (search.Box{ID: l.box.id, Cipher: c}).Seal(l.id, found[i].read(maxRead)); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// findable is the title, the names and the documents of a letter. Of a document
// that is there in several formats one is read. A file that cannot be read has no
// text, which is for Check to tell, unless that is for want of room to open it.
func (m *Mailboxes) findable(tx *db.Tx, letter *memo.Message, recipient string) (*findable, error) {
	h := &letter.Header
	f := &findable{doc: search.Doc{Parts: []search.Part{{Place: search.Title, Text: h.Label}, {Place: search.Sender, Text: h.Sender.Label}}}}
	if recipient != "" {
		f.doc.Parts = append(f.doc.Parts, search.Part{Place: search.Recipient, Text: recipient})
	}
	documents := 0
	for kind, doc := range letter.Documents() {
		if kind == memo.TechnicalDocument || documents == maxDocuments {
			continue
		}
		documents++
		place := search.Document
		if kind == memo.MainDocument {
			place = search.Letter
		}
		part := len(f.doc.Parts)
		f.doc.Parts = append(f.doc.Parts, search.Part{Place: place, Name: doc.Label})
		read := false
		for _, file := range doc.Files {
			if f.doc.Parts[part].Name == "" {
				f.doc.Parts[part].Name = file.Filename
			} else if file.Filename != doc.Label {
				f.doc.Parts = append(f.doc.Parts, search.Part{Place: place, Name: file.Filename})
			}
			stored, ok := file.Content.(Stored)
			if read || !ok || file.Size > doctext.MaxContent || !doctext.Readable(file.EncodingFormat) {
				continue
			}
			reader, err := m.blobs.Open(tx, stored.Blob, stored.Key)
			switch {
			case err == nil:
				f.files = append(f.files, findableFile{part, file.EncodingFormat, reader})
				read = true
			case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
				return f, err
			}
		}
	}
	return f, nil
}

func (f *findable) close() {
	for _, file := range f.files {
		file.reader.Close()
	}
}

// size is how many bytes the files have.
func (f *findable) size() (n int64) {
	for _, file := range f.files {
		n += file.reader.Size()
	}
	return n
}

// read reads the files, as long as they have no more than so many bytes together.
func (f *findable) read(most int64) search.Doc {
	for _, file := range f.files {
		if most -= file.reader.Size(); most >= 0 {
			content := make([]byte, file.reader.Size())
			if _, err := io.ReadFull(file.reader, content); err == nil {
				f.doc.Parts[file.part].Text = doctext.Text(file.kind, content)
			}
		}
		file.reader.Close()
	}
	return f.doc
}
