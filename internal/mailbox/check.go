package mailbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/memo"
)

// invariants are queries that find what must not be; each gives an id.
var invariants = []db.Invariant{
	{`SELECT m.id FROM message m LEFT JOIN folder f ON f.mailbox = m.mailbox AND f.id = m.folder WHERE f.id IS NULL`,
		"message lies in no folder of its mailbox"},
	{`SELECT m.id FROM message m LEFT JOIN letter l ON l.message = m.id AND l.mailbox = m.mailbox WHERE l.message IS NULL`,
		"message has no letter"},
	{`SELECT l.message FROM letter l LEFT JOIN message m ON m.id = l.message AND m.mailbox = l.mailbox WHERE m.id IS NULL`,
		"letter belongs to no message"},
	{`SELECT m.id FROM message m JOIN mailbox b ON b.id = m.mailbox WHERE m.modseq > b.modseq OR m.born > m.modseq`,
		"message is newer than its mailbox"},
	{`SELECT d.message FROM deadline d LEFT JOIN message m ON m.id = d.message AND m.mailbox = d.mailbox WHERE m.id IS NULL`,
		"deadline belongs to no message"},
	{`SELECT a.message FROM action_status a LEFT JOIN message m ON m.id = a.message AND m.mailbox = a.mailbox WHERE m.id IS NULL`,
		"action status belongs to no message"},
	{`SELECT t.message FROM tombstone t JOIN message m ON m.id = t.message AND m.mailbox = t.mailbox`,
		"message lies in the mailbox and is gone"},
	{`SELECT f.uuid FROM folder f LEFT JOIN folder p ON p.mailbox = f.mailbox AND p.id = f.parent
		WHERE f.deleted IS NULL AND f.parent IS NOT NULL AND (p.id IS NULL OR p.deleted IS NOT NULL)`,
		"folder lies in a folder that is not there"},
	{`SELECT n.message FROM note n LEFT JOIN message m ON m.id = n.message AND m.mailbox = n.mailbox WHERE m.id IS NULL`,
		"note belongs to no message"},
	{`SELECT b.uuid FROM mailbox b WHERE (SELECT COUNT(*) FROM folder f WHERE f.mailbox = b.id AND f.id <= 4) <> 4`,
		"mailbox lacks one of its four folders"},
	{`SELECT b.uuid FROM mailbox b JOIN folder_count c ON c.mailbox = b.id
		LEFT JOIN (SELECT mailbox, folder, source, COUNT(*) AS total, SUM(CASE WHEN read THEN 0 ELSE 1 END) AS unread,
			SUM(CASE WHEN hidden = 0 THEN 0 ELSE 1 END) AS hidden, SUM(CASE WHEN read OR hidden = 0 THEN 0 ELSE 1 END) AS hidden_unread
			FROM message GROUP BY mailbox, folder, source) m ON m.mailbox = c.mailbox AND m.folder = c.folder AND m.source = c.source
		WHERE c.total <> COALESCE(m.total, 0) OR c.unread <> COALESCE(m.unread, 0)
			OR c.hidden <> COALESCE(m.hidden, 0) OR c.hidden_unread <> COALESCE(m.hidden_unread, 0)`,
		"mailbox counts its messages wrongly"},
	{`SELECT m.id FROM message m LEFT JOIN hidden_sender h ON h.mailbox = m.mailbox AND h.sender = m.sender
		WHERE m.hidden IN (2, 3) AND h.sender IS NULL OR m.hidden NOT IN (2, 3) AND h.sender IS NOT NULL`,
		"message of a hidden sender is not hidden, or the other way round"},
	{`SELECT b.uuid FROM mailbox b JOIN message m ON m.mailbox = b.id
		LEFT JOIN folder_count c ON c.mailbox = m.mailbox AND c.folder = m.folder AND c.source = m.source WHERE c.mailbox IS NULL`,
		"mailbox does not count a folder"},
}

// Check calls found for everything that is not as it must be. With documents it
// also reads every file of every letter and compares it with its hash.
func (m *Mailboxes) Check(ctx context.Context, documents bool, found func(problem string)) error {
	err := m.db.Read(ctx, func(tx *db.Tx) error { return tx.Check(invariants, found) })
	if err == nil {
		err = m.checkIndex(ctx, found)
	}
	if err != nil || !documents {
		return err
	}
	return m.checkLetters(ctx, found)
}

// checkIndex compares the search index with the messages, mailbox by mailbox.
func (m *Mailboxes) checkIndex(ctx context.Context, found func(problem string)) error {
	var boxes []row
	err := m.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query("SELECT " + mailboxColumns + " FROM mailbox ORDER BY id")
		if boxes, err = db.Collect(rows, err, func(rows *db.Rows) (row, error) { return scanMailbox(rows) }); err != nil {
			return err
		}
		if err := search.Check(tx, found); err != nil {
			return err
		}
		texts := map[post.UUID]post.PartyID{}
		if err := search.EachText(tx, func(mailbox post.PartyID, message post.UUID) { texts[message] = mailbox }); err != nil {
			return err
		}
		all, err := tx.Query("SELECT mailbox, id FROM message")
		if err != nil {
			return err
		}
		defer all.Close()
		for all.Next() {
			var mailbox post.PartyID
			var id post.UUID
			if err := all.Scan(&mailbox, &id); err != nil {
				return err
			}
			if texts[id] == mailbox {
				delete(texts, id)
			}
		}
		for id := range texts {
			found(id.String() + ": text to be found belongs to no message")
		}
		return all.Err()
	})
	for _, r := range boxes {
		if err != nil {
			return err
		}
		err = m.db.Read(ctx, func(tx *db.Tx) error {
			c, err := r.cipher(m.keys)
			if err != nil {
				return nil // checkLetter tells
			}
			rows, err := tx.Query("SELECT id FROM message WHERE mailbox = $1", r.id)
			ids, err := db.Collect(rows, err, scanID)
			if err != nil {
				return err
			}
			messages := make(map[post.UUID]bool, len(ids))
			for _, id := range ids {
				messages[id] = true
			}
			return search.CheckBox(tx, search.Box{ID: r.id, Cipher: c}, messages, found)
		})
	}
	return err
}

func scanID(rows *db.Rows) (post.UUID, error) {
	var id post.UUID
	err := rows.Scan(&id)
	return id, err
}

// Fate is what has become of a message: that it lies in its mailbox, and as what,
// or that it was there once. It is for checks.
func (m *Mailboxes) Fate(tx *db.Tx, mailbox post.PartyID, message post.UUID) (state State, gone bool, err error) {
	err = tx.QueryRow("SELECT state FROM message WHERE mailbox = $1 AND id = $2", mailbox, message).Scan(&state)
	if !errors.Is(err, db.ErrNoRows) {
		return state, false, err
	}
	var n int
	err = tx.QueryRow("SELECT COUNT(*) FROM tombstone WHERE mailbox = $1 AND message = $2", mailbox, message).Scan(&n)
	return "", n > 0, err
}

// Drafts are the drafts of all mailboxes. It is for checks.
func (m *Mailboxes) Drafts(tx *db.Tx, each func(mailbox post.PartyID, message post.UUID) error) error {
	rows, err := tx.Query("SELECT mailbox, id FROM message WHERE state = $1", Draft)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var mailbox post.PartyID
		var id post.UUID
		if err := rows.Scan(&mailbox, &id); err != nil {
			return err
		}
		if err := each(mailbox, id); err != nil {
			return err
		}
	}
	return rows.Err()
}

// checkLetters reads letter after letter with all its files, a few in a
// transaction.
func (m *Mailboxes) checkLetters(ctx context.Context, found func(problem string)) error {
	type sealed struct {
		id     post.UUID
		letter []byte
		box    row
	}
	last, n := post.UUID{}, 1
	for n > 0 {
		err := m.db.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(`SELECT l.message, l.sealed, b.id, b.uuid, b.sealed FROM letter l JOIN mailbox b ON b.id = l.mailbox
				WHERE l.message > $1 ORDER BY l.message LIMIT 20`, last[:])
			page, err := db.Collect(rows, err, func(rows *db.Rows) (s sealed, err error) {
				err = rows.Scan(&s.id, &s.letter, &s.box.id, &s.box.uuid, &s.box.sealed)
				return s, err
			})
			n = len(page)
			for _, s := range page {
				last = s.id
				for _, problem := range m.checkLetter(tx, s.box, s.id, s.letter) {
					found(s.id.String() + ": " + problem)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *Mailboxes) checkLetter(tx *db.Tx, box row, id post.UUID, sealed []byte) (problems []string) {
	c, err := box.cipher(m.keys)
	if err != nil {
		return []string{"the mailbox's key cannot be read"}
	}
	plain, err := c.Open(sealed, id[:])
	if err != nil {
		return []string{"the letter cannot be opened"}
	}
	letter, err := Decode(plain)
	if err != nil {
		return []string{"the letter cannot be read"}
	}
	for f := range allFiles(letter) {
		stored := f.Content.(Stored)
		reader, err := m.blobs.Open(tx, stored.Blob, stored.Key)
		if err != nil {
			problems = append(problems, "a file cannot be opened")
			continue
		}
		if problem := verify(f, reader); problem != "" {
			problems = append(problems, problem)
		}
		reader.Close()
	}
	return problems
}

func verify(f *memo.File, r io.Reader) string {
	sum := sha256.New()
	if n, err := io.Copy(sum, r); err != nil || n != f.Size {
		return "a file cannot be read to its end"
	}
	if [32]byte(sum.Sum(nil)) != f.SHA256 {
		return "a file is not as it was received"
	}
	return ""
}
