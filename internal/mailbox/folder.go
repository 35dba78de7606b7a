package mailbox

import (
	"context"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// FolderID is a folder's key inside its mailbox.
type FolderID int64

// The folders that every mailbox has.
const (
	Inbox   FolderID = 1
	Drafts  FolderID = 2
	SentBox FolderID = 3
	Deleted FolderID = 4
)

// FolderType is the API's.
type FolderType string

var systemFolders = []struct {
	id   FolderID
	kind FolderType
}{{Inbox, "INBOX"}, {Drafts, "DRAFTS"}, {SentBox, "SENT"}, {Deleted, "DELETED"}}

// Folder is a folder with what lies in it, as far as the asker may know.
type Folder struct {
	ID      FolderID
	UUID    post.UUID
	Parent  post.UUID // nil at the top
	Type    FolderType
	Name    string // "" for the four that every mailbox has
	Born    int64  // the mailbox's modseq when it was made
	Modseq  int64  // the mailbox's modseq of its last change
	Version int64
	Created time.Time
	Updated time.Time
	Total   int64
	Unread  int64
}

// Folders is a mailbox's folders with their counts, the four of every mailbox
// first.
func (m *Mailboxes) Folders(ctx context.Context, actor post.Actor, mailbox post.UUID) ([]Folder, error) {
	var all []Folder
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		all, err = m.folders(tx, v)
		return err
	})
	return all, err
}

const folderColumns = "id, uuid, parent, type, name, born, modseq, deleted, version, created, updated"

// folderRow is a folder as it is stored.
type folderRow struct {
	Folder
	parent  FolderID // 0 at the top
	deleted time.Time
}

// folderRows are all folders of a mailbox, with those that were deleted.
func folderRows(tx *db.Tx, mailbox post.PartyID) ([]folderRow, error) {
	rows, err := tx.Query("SELECT "+folderColumns+" FROM folder WHERE mailbox = $1 ORDER BY id", mailbox)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (f folderRow, err error) {
		err = rows.Scan(&f.ID, &f.UUID, db.Null(&f.parent), &f.Type, &f.Name, &f.Born, &f.Modseq, db.Time(&f.deleted), &f.Version, db.Time(&f.Created), db.Time(&f.Updated))
		return f, err
	})
	uuids := make(map[FolderID]post.UUID, len(all))
	for _, f := range all {
		uuids[f.ID] = f.UUID
	}
	for i := range all {
		all[i].Parent = uuids[all[i].parent]
	}
	return all, err
}

// folders is the folders of a mailbox that the asker may see. What still lies in
// a folder that was deleted counts as lying in the trash.
//
// What somebody calls a folder tells of the letters in it. Who is shown a part by
// sender is shown the folders in which some of that lies, and those around them; who
// is shown no post, such as one who only gives rights, the four of every mailbox.
func (m *Mailboxes) folders(tx *db.Tx, v view) ([]Folder, error) {
	rows, err := folderRows(tx, v.id)
	if err != nil {
		return nil, err
	}
	all := make([]Folder, 0, len(rows))
	place := make(map[FolderID]int, len(rows))
	for _, f := range rows {
		if f.deleted.IsZero() {
			place[f.ID] = len(all)
			all = append(all, f.Folder)
		}
	}
	err = m.count(tx, v, func(folder FolderID, total, unread int64) {
		i, there := place[folder]
		if !there {
			i = place[Deleted]
		}
		all[i].Total += total
		all[i].Unread += unread
	})
	if err != nil || !v.partly(tx.Now) {
		return all, err
	}
	shown := map[post.UUID]bool{}
	for range all { // a folder may come before the one it lies in
		for _, f := range all {
			if f.ID <= Deleted || f.Total > 0 || shown[f.UUID] {
				shown[f.UUID], shown[f.Parent] = true, true
			}
		}
	}
	return slices.DeleteFunc(all, func(f Folder) bool { return !shown[f.UUID] }), nil
}

// partly tells that the asker is shown at most some senders' post.
func (v view) partly(now time.Time) bool {
	return !slices.ContainsFunc(access.Visible(v.actor, v.facts, now), func(w access.Window) bool { return w.Senders == nil })
}

// count tells how many messages each folder shows to the asker. Where a window
// is the whole of a source the kept numbers serve; else the messages are counted.
func (m *Mailboxes) count(tx *db.Tx, v view, each func(folder FolderID, total, unread int64)) error {
	for _, w := range access.Visible(v.actor, v.facts, tx.Now) {
		query, args := "SELECT folder, total, unread, hidden, hidden_unread FROM folder_count WHERE mailbox = $1 AND source = $2", []any{v.id, w.Source}
		if w.Senders != nil {
			where, more := windowSQL(w, 2)
			query = "SELECT folder, COUNT(*), SUM(CASE WHEN read THEN 0 ELSE 1 END), 0, 0 FROM message WHERE mailbox = $1 AND " + where + " GROUP BY folder"
			args = append([]any{v.id}, more...)
		}
		rows, err := tx.Query(query, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var folder FolderID
			var n count
			if err := rows.Scan(&folder, &n.total, &n.unread, &n.hidden, &n.hiddenUnread); err != nil {
				rows.Close()
				return err
			}
			total, unread := n.to(w)
			each(folder, total, unread)
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}
