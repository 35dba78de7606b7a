package mailbox

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Changes are what happened in a mailbox after a modseq, as the asker may see it.
type Changes struct {
	// Modseq is up to where they tell; ask on from there.
	Modseq  int64
	Created []Message // as they are now, not as they came
	Updated []Message
	// Destroyed are messages that are no more.
	Destroyed []post.UUID

	FoldersCreated   []Folder
	FoldersUpdated   []Folder
	FoldersDestroyed []post.UUID

	Folders []Folder // all, with their counts
	// More tells that there is more to ask for.
	More bool
}

// CodeModseq says that the mailbox was never at a modseq.
const CodeModseq = "modseq.not.valid"

// MaxChanges is how many messages one answer tells about, roughly: what changed at
// once is told at once.
const MaxChanges = 1000

// together is how many messages can share a modseq.
const together = MaxPicked

// Changes tells what happened after since, oldest first; 0 is from the beginning.
func (m *Mailboxes) Changes(ctx context.Context, actor post.Actor, mailbox post.UUID, since int64, limit int) (Changes, error) {
	if limit <= 0 || limit > MaxChanges {
		limit = MaxChanges
	}
	var all Changes
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		if since < 0 || since > v.modseq {
			return errs.Invalid(CodeModseq, "since", "the mailbox has not come to this modseq; begin again at 0")
		}
		all, err = m.changesSince(tx, v, since, limit)
		return err
	})
	return all, err
}

func (m *Mailboxes) changesSince(tx *db.Tx, v view, since int64, limit int) (Changes, error) {
	all := Changes{Modseq: v.modseq}
	var err error
	if all.Folders, err = m.folders(tx, v); err != nil {
		return all, err
	}
	where, args := v.where(tx.Now, 0, Query{})
	if where == "FALSE" || since == v.modseq {
		return all, m.folderChanges(tx, v, since, &all)
	}
	f := feed{tx: tx, view: v, since: since, upTo: math.MaxInt64, limit: limit, where: where, args: args}
	if err := f.created(); err != nil {
		return all, err
	}
	if err := f.updated(); err != nil {
		return all, err
	}
	if err := f.destroyed(); err != nil {
		return all, err
	}
	if err := f.hidden(); err != nil {
		return all, err
	}
	f.cut()
	if f.upTo < v.modseq {
		all.Modseq, all.More = f.upTo, true
	}
	for _, e := range f.entries {
		switch {
		case e.at > f.upTo:
		case e.destroyed != (post.UUID{}):
			all.Destroyed = append(all.Destroyed, e.destroyed)
		case e.created:
			all.Created = append(all.Created, e.message)
		default:
			all.Updated = append(all.Updated, e.message)
		}
	}
	if err := v.noted(tx, all.Created); err != nil {
		return all, err
	}
	if err := v.noted(tx, all.Updated); err != nil {
		return all, err
	}
	return all, m.folderChanges(tx, v, since, &all)
}

// feed is the reading of changes under way. What it has read up to a modseq, upTo,
// is complete.
type feed struct {
	tx *db.Tx
	view
	since, upTo int64
	limit       int
	where       string
	args        []any
	entries     []entry
}

type entry struct {
	at        int64 // modseq
	message   Message
	created   bool
	destroyed post.UUID
}

// most is how many rows of a kind are read: beyond the limit so many more that all
// that share a modseq are among them.
func (f *feed) most() int { return f.limit + together + 1 }

// read takes rows in order of modseq.
func (f *feed) read(query string, args []any, created bool) error {
	rows, err := f.tx.Query(query+" LIMIT "+next(&args, f.most()), args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
	if err != nil {
		return err
	}
	for _, msg := range all {
		at := msg.Modseq
		if created {
			at = msg.Born
		}
		f.entries = append(f.entries, entry{at: at, message: msg, created: created})
	}
	if n := len(all); n == f.most() {
		f.upTo = min(f.upTo, f.entries[len(f.entries)-1].at-1)
	}
	return nil
}

// created are messages that came after since. They lie in the order in which they
// came, so that no index on modseq is needed for them.
func (f *feed) created() error {
	from, err := f.bornAfter()
	if err != nil || from == (post.UUID{}) {
		return err
	}
	args := slices.Clone(f.args)
	return f.read("SELECT "+messageColumns+" FROM message WHERE "+f.where+" AND id >= "+next(&args, from)+" AND born > "+next(&args, f.since)+" ORDER BY id", args, true)
}

// skew is how far the clocks of processes that deliver may differ.
const skew = 10 * time.Second

// bornAfter is an id from which on all messages lie that came after since; nil
// where none came.
func (f *feed) bornAfter() (post.UUID, error) {
	// Most who ask were here a moment ago.
	rows, err := f.tx.Query("SELECT id, born FROM message WHERE mailbox = $1 ORDER BY id DESC LIMIT 50", f.id)
	type one struct {
		id   post.UUID
		born int64
	}
	last, err := db.Collect(rows, err, func(rows *db.Rows) (o one, err error) { err = rows.Scan(&o.id, &o.born); return o, err })
	if err != nil || len(last) == 0 {
		return post.UUID{}, err
	}
	newest := last[0]
	before := slices.IndexFunc(last, func(o one) bool { return o.born <= f.since })
	switch {
	case before >= 0:
		return earliest(last[before].id), nil
	case len(last) < 50:
		return earliest(last[len(last)-1].id), nil
	}
	// Those further back are looked up by time, in halves.
	low, high := f.row.created.Add(-skew), timeOf(newest.id)
	for high.Sub(low) > skew {
		middle := low.Add(high.Sub(low) / 2)
		var born int64
		err := f.tx.QueryRow("SELECT born FROM message WHERE mailbox = $1 AND id >= $2 ORDER BY id LIMIT 1", f.id, at(middle)).Scan(&born)
		if err != nil {
			return post.UUID{}, err
		}
		if born > f.since {
			high = middle
		} else {
			low = middle
		}
	}
	return at(low.Add(-skew)), nil
}

// earliest is an id before all that can have been made at the same time as id.
func earliest(id post.UUID) post.UUID { return at(timeOf(id).Add(-skew)) }

// updated are messages that were there at since and changed after it.
func (f *feed) updated() error {
	args := slices.Clone(f.args)
	since := next(&args, f.since)
	return f.read("SELECT "+messageColumns+" FROM message WHERE "+f.where+" AND modseq > "+since+" AND version > 1 AND born <= "+since+" ORDER BY modseq", args, false)
}

func (f *feed) destroyed() error {
	args := slices.Clone(f.args)
	return f.gone("SELECT message, modseq FROM tombstone WHERE "+f.where+" AND modseq > "+next(&args, f.since)+" ORDER BY modseq", args)
}

// gone takes rows of an id and a modseq, in order of modseq.
func (f *feed) gone(query string, args []any) error {
	rows, err := f.tx.Query(query+" LIMIT "+next(&args, f.most()), args...)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (e entry, err error) { err = rows.Scan(&e.destroyed, &e.at); return e, err })
	if len(all) == f.most() {
		f.upTo = min(f.upTo, all[len(all)-1].at-1)
	}
	f.entries = append(f.entries, all...)
	return err
}

// cut ends the feed where the limit is reached, at the end of what shares a modseq.
func (f *feed) cut() {
	slices.SortStableFunc(f.entries, func(a, b entry) int { return cmp.Compare(a.at, b.at) })
	for i, e := range f.entries {
		if i >= f.limit && e.at > f.entries[i-1].at {
			f.upTo = min(f.upTo, f.entries[i-1].at)
			return
		}
	}
}

// folderChanges tells of folders; there are few, so each answer has them all. Those in
// which some of a part lies come and go with the letters, so that who is shown a part
// is told of them each time.
func (m *Mailboxes) folderChanges(tx *db.Tx, v view, since int64, all *Changes) error {
	rows, err := folderRows(tx, v.id)
	if err != nil {
		return err
	}
	shown := map[FolderID]Folder{}
	for _, f := range all.Folders {
		shown[f.ID] = f
	}
	partly := v.partly(tx.Now)
	for _, f := range rows {
		one, seen := shown[f.ID]
		switch {
		case f.Modseq <= since && (!partly || f.ID <= Deleted || !f.deleted.IsZero() || since == v.modseq):
		case !f.deleted.IsZero():
			if f.Born <= since {
				all.FoldersDestroyed = append(all.FoldersDestroyed, f.UUID)
			}
		case !seen:
		case f.Born > since:
			all.FoldersCreated = append(all.FoldersCreated, one)
		default:
			all.FoldersUpdated = append(all.FoldersUpdated, one)
		}
	}
	return nil
}

// hidden are messages that the owner has hidden from the asker since, who saw them
// before: to them they are gone.
func (f *feed) hidden() error {
	for _, w := range access.Visible(f.actor, f.facts, f.tx.Now) {
		if w.Hidden {
			continue
		}
		w.Hidden = true
		where, args := windowSQL(w, 2)
		args = append([]any{f.id}, args...)
		since := next(&args, f.since)
		err := f.gone("SELECT id, hidden_at FROM message WHERE mailbox = $1 AND "+where+" AND hidden <> 0 AND modseq > "+since+" AND version > 1 AND hidden_at > "+since+
			" AND born <= "+since+" ORDER BY hidden_at", args)
		if err != nil {
			return err
		}
	}
	return nil
}
