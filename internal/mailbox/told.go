package mailbox

import (
	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Told is what somebody may know of a message that something is told about, such as
// an event.
type Told struct {
	// Shown tells that they may see it. Of what is there and is not shown nothing may
	// be told.
	Shown bool
	// Message is the message, or what a draft has become; the zero value where it was
	// deleted for good.
	Message Message
}

// Told looks for messages that are in the mailbox or were. What never was is not in
// the answer.
func (o *Opened) Told(ids []post.UUID) (map[post.UUID]Told, error) {
	all := make(map[post.UUID]Told, len(ids))
	if err := o.told(anys(ids), func(m Message, shown bool) { all[m.ID] = Told{shown, m} }); err != nil {
		return nil, err
	}
	var gone, became []any
	for _, id := range ids {
		if _, there := all[id]; !there {
			gone = append(gone, id)
		}
	}
	if gone == nil {
		return all, nil
	}
	where, args := o.seen()
	drafts := map[post.UUID][]post.UUID{}
	err := o.c.tx.QueryIn("SELECT message, became, "+where+" FROM tombstone WHERE mailbox = $1 AND message IN ($IN)", gone, args, func(rows *db.Rows) error {
		var id, now post.UUID
		var t Told
		err := rows.Scan(&id, &now, &t.Shown)
		all[id] = t
		if now != (post.UUID{}) {
			drafts[now] = append(drafts[now], id)
			became = append(became, now)
		}
		return err
	})
	if err != nil || became == nil {
		return all, err
	}
	return all, o.told(became, func(m Message, shown bool) {
		for _, draft := range drafts[m.ID] {
			all[draft] = Told{shown, m}
		}
	})
}

// seen is an expression that tells whether a row may be shown; the first of its
// arguments is the mailbox.
func (o *Opened) seen() (string, []any) {
	where, args := o.c.where(o.c.tx.Now, 0, Query{})
	if args == nil {
		args = []any{o.c.id}
	}
	return "(CASE WHEN " + where + " THEN TRUE ELSE FALSE END)", args
}

func (o *Opened) told(ids []any, each func(Message, bool)) error {
	where, args := o.seen()
	return o.c.tx.QueryIn("SELECT "+messageColumns+", "+where+" FROM message WHERE mailbox = $1 AND id IN ($IN)", ids, args, func(rows *db.Rows) error {
		var shown bool
		m, err := scanMessage(withOne{rows, &shown})
		each(m, shown)
		return err
	})
}

// withOne scans one column more.
type withOne struct {
	rows *db.Rows
	last any
}

func (w withOne) Scan(dest ...any) error { return w.rows.Scan(append(dest, w.last)...) }

// EveryFolder is all folders that the mailbox has or had, to whom it shows post; their
// counts are not filled in.
func (o *Opened) EveryFolder() ([]Folder, error) {
	if access.Visible(o.Actor, o.c.facts, o.c.tx.Now) == nil {
		return nil, nil
	}
	rows, err := folderRows(o.c.tx, o.c.id)
	all := make([]Folder, len(rows))
	for i, f := range rows {
		all[i] = f.Folder
	}
	return all, err
}
