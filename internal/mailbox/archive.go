package mailbox

import (
	"slices"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// This file is the door for those who take all of a mailbox's post out of the house.
// Whoever asks knows that they may.

// Archive lists the public post of a mailbox that came after one message and not after
// another, the oldest first, at most limit. Private post stays on its platform, and a
// draft is no post yet. What lies in the trash is post until it is deleted for good.
func (m *Mailboxes) Archive(tx *db.Tx, mailbox post.PartyID, after, until post.UUID, limit int) ([]Message, error) {
	rows, err := tx.Query("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id > $2 AND id <= $3 AND source = $4 AND state <> $5 ORDER BY id LIMIT $6",
		mailbox, after[:], until[:], post.SourcePublic, Draft, limit)
	return db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
}

// FolderPaths are the folders of a mailbox with those they lie in, "Regninger/2026";
// name says what the four of every mailbox are called. What lies in a folder that was
// deleted lies in the trash.
func (m *Mailboxes) FolderPaths(tx *db.Tx, mailbox post.PartyID, name func(FolderID) string) (map[FolderID]string, error) {
	rows, err := folderRows(tx, mailbox)
	if err != nil {
		return nil, err
	}
	byID := map[FolderID]folderRow{}
	for _, f := range rows {
		byID[f.ID] = f
	}
	paths := map[FolderID]string{}
	for _, f := range rows {
		var parts []string
		for at := f; at.ID != 0 && len(parts) <= len(rows); at = byID[at.parent] {
			if !at.deleted.IsZero() {
				at = byID[Deleted]
				parts = nil
			}
			if at.ID <= Deleted {
				parts = append(parts, name(at.ID))
				break
			}
			parts = append(parts, strings.ReplaceAll(at.Name, "/", "∕"))
		}
		slices.Reverse(parts)
		paths[f.ID] = strings.Join(parts, "/")
	}
	return paths, nil
}
