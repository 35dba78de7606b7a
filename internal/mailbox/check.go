package mailbox

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// invariants are queries that find what must not be; each gives an id.
var invariants = []struct{ query, problem string }{
	{`SELECT m.id FROM message m LEFT JOIN folder f ON f.mailbox = m.mailbox AND f.id = m.folder WHERE f.id IS NULL`,
		"message lies in no folder of its mailbox"},
	{`SELECT m.id FROM message m LEFT JOIN letter l ON l.message = m.id AND l.mailbox = m.mailbox WHERE l.message IS NULL`,
		"message has no letter"},
	{`SELECT l.message FROM letter l LEFT JOIN message m ON m.id = l.message AND m.mailbox = l.mailbox WHERE m.id IS NULL`,
		"letter belongs to no message"},
	{`SELECT m.id FROM message m JOIN mailbox b ON b.id = m.mailbox WHERE m.modseq > b.modseq`,
		"message is newer than its mailbox"},
	{`SELECT n.message FROM note n LEFT JOIN message m ON m.id = n.message AND m.mailbox = n.mailbox WHERE m.id IS NULL`,
		"note belongs to no message"},
	{`SELECT b.uuid FROM mailbox b WHERE (SELECT COUNT(*) FROM folder f WHERE f.mailbox = b.id AND f.id <= 4) <> 4`,
		"mailbox lacks one of its four folders"},
	{`SELECT b.uuid FROM mailbox b JOIN folder_count c ON c.mailbox = b.id
		LEFT JOIN (SELECT mailbox, folder, source, COUNT(*) AS total, SUM(CASE WHEN read THEN 0 ELSE 1 END) AS unread
			FROM message GROUP BY mailbox, folder, source) m ON m.mailbox = c.mailbox AND m.folder = c.folder AND m.source = c.source
		WHERE c.total <> COALESCE(m.total, 0) OR c.unread <> COALESCE(m.unread, 0)`,
		"mailbox counts its messages wrongly"},
	{`SELECT b.uuid FROM mailbox b JOIN message m ON m.mailbox = b.id
		LEFT JOIN folder_count c ON c.mailbox = m.mailbox AND c.folder = m.folder AND c.source = m.source WHERE c.mailbox IS NULL`,
		"mailbox does not count a folder"},
}

// Check calls found for everything that is not as it must be. With documents it
// also reads every file of every letter and compares it with its hash.
func (m *Mailboxes) Check(ctx context.Context, documents bool, found func(problem string)) error {
	err := m.db.Read(ctx, func(tx *db.Tx) error {
		for _, inv := range invariants {
			rows, err := tx.Query(inv.query)
			ids, err := db.Collect(rows, err, scanID)
			if err != nil {
				return fmt.Errorf("check %q: %w", inv.problem, err)
			}
			for _, id := range ids {
				found(id.String() + ": " + inv.problem)
			}
		}
		return nil
	})
	if err != nil || !documents {
		return err
	}
	return m.checkLetters(ctx, found)
}

func scanID(rows *db.Rows) (post.UUID, error) {
	var id post.UUID
	err := rows.Scan(&id)
	return id, err
}

// checkLetters opens letter after letter, some in a transaction.
func (m *Mailboxes) checkLetters(ctx context.Context, found func(problem string)) error {
	last := post.UUID{}
	for {
		var files []File
		var readers []*blob.Reader
		n := 0
		err := m.db.Read(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query(`SELECT l.message, l.sealed, b.id, b.uuid, b.sealed FROM letter l JOIN mailbox b ON b.id = l.mailbox
				WHERE l.message > $1 ORDER BY l.message LIMIT 100`, last[:])
			type sealed struct {
				id     post.UUID
				letter []byte
				box    row
			}
			page, err := db.Collect(rows, err, func(rows *db.Rows) (s sealed, err error) {
				err = rows.Scan(&s.id, &s.letter, &s.box.id, &s.box.uuid, &s.box.sealed)
				return s, err
			})
			if err != nil {
				return err
			}
			n = len(page)
			for _, s := range page {
				last = s.id
				c, err := s.box.cipher(m.keys)
				if err != nil {
					found(s.box.uuid.String() + ": the mailbox's key cannot be read")
					continue
				}
				plain, err := c.Open(s.letter, s.id[:])
				if err != nil {
					found(s.id.String() + ": the letter cannot be read")
					continue
				}
				letter, err := Decode(plain)
				if err != nil {
					found(s.id.String() + ": the letter cannot be read")
					continue
				}
				for f := range allFiles(letter) {
					stored := f.Content.(Stored)
					reader, err := m.blobs.Open(tx, stored.Blob, stored.Key)
					if err != nil {
						found(s.id.String() + ": a file cannot be opened")
						continue
					}
					files, readers = append(files, File{File: *f, Stored: stored}), append(readers, reader)
				}
			}
			return nil
		})
		for i, r := range readers {
			if problem := verify(files[i], r); problem != "" {
				found(files[i].Blob.String() + ": " + problem)
			}
			r.Close()
		}
		if err != nil || n == 0 {
			return err
		}
	}
}

func verify(f File, r io.Reader) string {
	sum := sha256.New()
	if n, err := io.Copy(sum, r); err != nil || n != f.Size {
		return "a file cannot be read to its end"
	}
	if [32]byte(sum.Sum(nil)) != f.SHA256 {
		return "a file is not as it was received"
	}
	return ""
}
