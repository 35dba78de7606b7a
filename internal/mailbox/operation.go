package mailbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
)

// Selection says what an operation is about: some messages, or a whole folder.
type Selection struct {
	Messages []Picked // at most MaxPicked
	// Folder is the folder all of whose messages are meant, as far as they had come
	// when Until, the newest that its chooser had seen, was there; where Until is
	// nil, all that lie there now.
	Folder post.UUID
	Until  post.UUID
	// Seen is the mailbox's modseq that its chooser had seen: of the folder, what
	// came later is not meant. 0 sets no bound.
	Seen int64
}

// Picked is one message of a selection. Version is the one that the chooser knew,
// 0 for any.
type Picked struct {
	ID      post.UUID
	Version int64
}

// MaxPicked is how many messages can be picked one by one.
const MaxPicked = 1000

// Task is what an operation does to each message; what is not set stays as it is.
type Task struct {
	Read    *bool
	Flag    *bool
	Folder  *post.UUID // move there (MBX-08)
	Delete  bool       // move to the trash (MBX-06)
	Restore bool       // out of the trash, to where it came from
	Destroy bool       // for good, out of the trash
}

// Operation is something done to many messages, or to a folder. Where it is much
// it goes on in the background.
type Operation struct {
	ID      post.UUID
	Task    Task
	Total   int64 // messages that it is about
	Done    int64
	Skipped int64 // of Done, those that were gone or that the asker has no right to
	// Finished is zero while it goes on.
	Finished time.Time
	// Undoable tells that Undo can take it back, and Undoes that it takes another back
	// itself.
	Undoable bool
	Undoes   bool
	// Results tell about each message that was picked, in order; only in the answer
	// of Apply.
	Results []Result
}

// Result is what became of one message.
type Result struct {
	Message post.UUID
	Version int64 // the new one
	Err     error // nil where it was done
}

// Bounds of an operation.
const (
	chunk     = 200 // messages changed in one transaction of the background
	atOnce    = 300 // as many messages are changed before the answer
	undoLasts = 24 * time.Hour
)

// OperationQueue is the queue of operations on many messages.
const OperationQueue = "operation"

const (
	operationJob jobs.Kind = "mailbox.operation"
	cleanJob     jobs.Kind = "mailbox.clean"
)

// maxRunning is how many operations of a mailbox go on in the background at once.
const maxRunning = 20

// CodeOperationsMany says that so many go on already.
const CodeOperationsMany = "operation.too.many"

// CodeOperationUnknown says that there is no such operation, or no more.
const CodeOperationUnknown = "operation.unknown"

// Register has the runner do the work that this package leaves for later.
func (m *Mailboxes) Register(r *jobs.Runner) {
	jobs.Handle(r, operationJob, m.operate)
	jobs.Handle(r, cleanJob, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return m.clean(ctx) })
	r.Every(cleanJob, jobs.Interval(time.Hour))
	jobs.Handle(r, retainJob, m.retain)
	r.Every(retainJob, retainAt)
	jobs.Handle(r, indexJob, m.index)
	r.Every(indexJob, jobs.Interval(5*time.Second))
}

// task is an operation as it is stored.
type task struct {
	Task
	Actor post.Actor
	// Folders are gone through one after the other, as far as Until. With Drops they
	// were deleted themselves.
	Folders []FolderID
	Drops   bool
	Until   post.UUID
	Seen    int64
	// Undo is an operation that is taken back instead.
	Undo post.UUID
	// At is the place in Folders, and After the last message dealt with there, or of
	// Undo.
	At    int
	After post.UUID
}

// Apply does something to many messages (MBX-18). Messages that were picked are
// dealt with when it returns, each as far as the asker may; a folder with many
// messages is dealt with in the background.
func (m *Mailboxes) Apply(ctx context.Context, actor post.Actor, mailbox post.UUID, s Selection, t Task) (Operation, error) {
	if len(s.Messages) > MaxPicked {
		return Operation{}, errs.Invalid("selection.too.large", "messages", "at most %d messages can be picked", MaxPicked)
	}
	var op Operation
	err := m.update(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		work := task{Task: t, Actor: actor, Until: s.Until, Seen: s.Seen}
		if s.Folder == (post.UUID{}) {
			op, err = m.applyPicked(tx, v, work, s.Messages)
			return err
		}
		if work.Folders, err = m.piles(tx, v, s.Folder); err != nil {
			return err
		}
		op, err = m.begin(tx, v, work)
		return err
	})
	return op, err
}

// piles are the folders whose messages count as lying in a folder: it, and for the
// trash also those that were deleted and whose messages are still on their way.
func (m *Mailboxes) piles(tx *db.Tx, v view, folder post.UUID) ([]FolderID, error) {
	rows, err := folderRows(tx, v.id)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(f folderRow) bool { return f.UUID == folder && f.deleted.IsZero() })
	if i < 0 {
		return nil, errNotFound
	}
	all := []FolderID{rows[i].ID}
	for _, f := range rows {
		if rows[i].ID == Deleted && !f.deleted.IsZero() {
			all = append(all, f.ID)
		}
	}
	return all, nil
}

// Unserved tells how many court summonses of a selection would be served if it
// was moved, deleted or opened (SND-08).
func (m *Mailboxes) Unserved(ctx context.Context, actor post.Actor, mailbox post.UUID, s Selection) (int64, error) {
	var n int64
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		where, args := v.where(tx.Now, 0, Query{})
		query := "SELECT COUNT(*) FROM message WHERE " + where + " AND type = " + next(&args, LegalNotification) + " AND served IS NULL AND "
		var keys []any
		column := "id"
		for _, p := range s.Messages {
			keys = append(keys, p.ID)
		}
		if s.Folder != (post.UUID{}) {
			column = "folder"
			folders, err := m.piles(tx, v, s.Folder)
			if err != nil {
				return err
			}
			for _, f := range folders {
				keys = append(keys, f)
			}
		}
		return tx.QueryIn(query+column+" IN ($IN)", keys, args, func(rows *db.Rows) error {
			var more int64
			err := rows.Scan(&more)
			n += more
			return err
		})
	})
	return n, err
}

// applyPicked deals with messages one by one.
func (m *Mailboxes) applyPicked(tx *db.Tx, v view, t task, picked []Picked) (Operation, error) {
	op := Operation{ID: post.NewUUID(), Task: t.Task, Total: int64(len(picked)), Undoable: !t.Destroy}
	keys := make([]any, len(picked))
	for i, p := range picked {
		keys[i] = p.ID
	}
	there := make(map[post.UUID]Message, len(picked))
	err := tx.QueryIn("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id IN ($IN)", keys, []any{v.id}, func(rows *db.Rows) error {
		msg, err := scanMessage(rows)
		there[msg.ID] = msg
		return err
	})
	if err != nil {
		return op, err
	}
	w := &working{changes: v.changes(m, tx), op: &op, task: t}
	first := make(map[post.UUID]int, len(picked)) // one picked twice is dealt with once
	for i, p := range picked {
		if before, again := first[p.ID]; again {
			op.Results = append(op.Results, op.Results[before])
			op.Total--
			continue
		}
		first[p.ID] = i
		msg, known := there[p.ID]
		if !known {
			msg = Message{ID: p.ID} // nobody's post: no right reaches it
		}
		r := Result{Message: p.ID}
		_, unseen := w.check(tx.Now, access.MessageList, &msg) // who may not see it learns no version either
		if unseen == nil && p.Version != 0 && p.Version != msg.Version {
			r.Err = errs.ErrStale
		} else if r.Version, r.Err = w.do(msg); fatal(r.Err) {
			return op, r.Err
		}
		op.Results = append(op.Results, r)
		op.Done++
		if r.Err != nil {
			op.Skipped++
		}
	}
	op.Finished = tx.Now
	return op, w.finish(true)
}

// fatal tells an error that is not about one message.
func fatal(err error) bool {
	return err != nil && errs.KindOf(err) == errs.KindInternal || errs.KindOf(err) == errs.KindUnavailable
}

// begin starts an operation on folders, or an undoing.
func (m *Mailboxes) begin(tx *db.Tx, v view, t task) (Operation, error) {
	op := Operation{ID: post.NewUUID(), Task: t.Task}
	op.allows(t)
	var err error
	if t.Undo != (post.UUID{}) {
		err = tx.QueryRow("SELECT COUNT(*) FROM operation_item WHERE mailbox = $1 AND operation = $2", v.id, t.Undo).Scan(&op.Total)
	} else {
		err = m.count(tx, v, func(folder FolderID, total, _ int64) {
			if slices.Contains(t.Folders, folder) {
				op.Total += total
			}
		})
	}
	if err != nil {
		return op, err
	}
	w := &working{changes: v.changes(m, tx), op: &op, task: t}
	for op.Total <= atOnce && op.Finished.IsZero() {
		if err := w.step(chunk); err != nil {
			return op, err
		}
	}
	if op.Finished.IsZero() {
		var running int
		err := tx.QueryRow("SELECT COUNT(*) FROM operation WHERE mailbox = $1 AND finished IS NULL", v.id).Scan(&running)
		if err == nil && running >= maxRunning {
			err = errs.New(errs.KindRateLimited, CodeOperationsMany, "%d operations of this mailbox are going on; wait until some are done", running)
		}
		if err != nil {
			return op, err
		}
	}
	if err := w.finish(true); err != nil || !op.Finished.IsZero() {
		return op, err
	}
	_, err = jobs.Enqueue(tx, jobs.Job{Kind: operationJob, Queue: OperationQueue, Key: op.ID.String(), Args: operationArgs{v.id, op.ID}})
	return op, err
}

type operationArgs struct {
	Mailbox   post.PartyID
	Operation post.UUID
}

// operate goes on with an operation until it is done. The rights of who began it
// are asked anew for every message.
func (m *Mailboxes) operate(ctx context.Context, job jobs.Running, args operationArgs) error {
	for {
		finished := false
		err := m.update(ctx, func(tx *db.Tx) error {
			op, t, err := operation(tx, args.Mailbox, args.Operation)
			if errs.KindOf(err) == errs.KindNotFound {
				finished = true // it was begun by nobody, or cleaned away
				return nil
			}
			if err != nil {
				return err
			}
			v, err := m.find(tx, t.Actor, "id = $1", args.Mailbox)
			if err != nil {
				return err
			}
			w := &working{changes: v.changes(m, tx), op: &op, task: t}
			if op.Finished.IsZero() {
				if err := w.step(chunk); err != nil {
					return err
				}
			}
			finished = !op.Finished.IsZero()
			return w.finish(false)
		})
		if err != nil || finished {
			return err
		}
		select {
		case <-job.Stopping:
			return jobs.Snooze(0)
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
}

// working is an operation under way in a transaction.
type working struct {
	*changes
	op    *Operation
	task  task
	items [][]any
}

// step deals with the next messages, at most n.
func (w *working) step(n int) error {
	if w.task.Undo != (post.UUID{}) {
		return w.undoStep(n)
	}
	for w.task.At < len(w.task.Folders) {
		where, args := w.where(w.tx.Now, 0, Query{}) // what the asker may not see is not even counted
		if where == "FALSE" {
			break
		}
		query := "SELECT " + messageColumns + " FROM message WHERE " + where + " AND folder = " + next(&args, w.task.Folders[w.task.At]) + " AND id > " + next(&args, w.task.After[:])
		if w.task.Until != (post.UUID{}) {
			query += " AND id <= " + next(&args, w.task.Until)
		}
		if w.task.Seen != 0 {
			query += " AND born <= " + next(&args, w.task.Seen)
		}
		rows, err := w.tx.Query(query+" ORDER BY id LIMIT "+next(&args, n), args...)
		all, err := db.Collect(rows, err, func(rows *db.Rows) (Message, error) { return scanMessage(rows) })
		if err != nil {
			return err
		}
		for _, msg := range all {
			w.task.After = msg.ID
			if err := w.tally(w.do(msg)); err != nil {
				return err
			}
		}
		if len(all) == n {
			return nil
		}
		n -= len(all)
		w.task.At, w.task.After = w.task.At+1, post.UUID{}
	}
	w.op.Finished = w.tx.Now
	return nil
}

func (w *working) tally(_ int64, err error) error {
	if fatal(err) {
		return err
	}
	w.op.Done++
	if err != nil {
		w.op.Skipped++
	}
	return nil
}

// do deals with one message and returns its new version. What access refuses is
// an event, as everywhere; the rest goes on.
func (w *working) do(msg Message) (int64, error) {
	return w.change(msg, Change{Read: w.task.Read, Flag: w.task.Flag, Folder: w.task.Folder, delete: w.task.Delete, restore: w.task.Restore})
}

func (w *working) change(msg Message, c Change) (int64, error) {
	d, err := w.check(w.tx.Now, access.MessageList, &msg)
	f := found{msg, d.Via, d.Grant}
	if err == nil && w.task.Destroy {
		err = w.destroy(&f)
	} else if err == nil {
		err = w.apply(&f, c)
	}
	if event, told, refused := audit.Refused(err); refused {
		w.events = append(w.events, event)
		return msg.Version, told
	}
	if err == nil && w.op.Undoable && f.Version != msg.Version {
		w.items = append(w.items, []any{w.id, w.op.ID, msg.ID, msg.Folder, msg.Read, msg.Flag, f.Folder})
	}
	return f.Version, err
}

// finish writes what was done and how far the operation is.
func (w *working) finish(first bool) error {
	w.batch.InsertMany("operation_item (mailbox, operation, message, folder, read, flag, moved)", w.items, "")
	text, err := json.Marshal(w.task)
	if err != nil {
		return fmt.Errorf("write operation: %w", err)
	}
	if first {
		w.batch.Add("INSERT INTO operation (mailbox, id, task, total, done, skipped, created, finished) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			w.id, w.op.ID, string(text), w.op.Total, w.op.Done, w.op.Skipped, w.tx.Now, w.op.Finished)
	} else {
		w.batch.Add("UPDATE operation SET task = $1, total = $2, done = $3, skipped = $4, finished = $5 WHERE mailbox = $6 AND id = $7",
			string(text), max(w.op.Total, w.op.Done), w.op.Done, w.op.Skipped, w.op.Finished, w.id, w.op.ID)
	}
	return w.write()
}

// operation reads an operation.
func operation(tx *db.Tx, mailbox post.PartyID, id post.UUID) (Operation, task, error) {
	op := Operation{ID: id}
	var t task
	var text string
	err := tx.QueryRow("SELECT task, total, done, skipped, finished FROM operation WHERE mailbox = $1 AND id = $2", mailbox, id).
		Scan(&text, &op.Total, &op.Done, &op.Skipped, db.Time(&op.Finished))
	if errors.Is(err, db.ErrNoRows) {
		return op, t, errs.NotFound(CodeOperationUnknown)
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &t)
	}
	op.Task = t.Task
	op.allows(t)
	return op, t, err
}

// allows tells what can become of an operation.
func (o *Operation) allows(t task) {
	o.Undoes = t.Undo != (post.UUID{})
	o.Undoable = !o.Undoes && !t.Destroy
}

// Operation tells how far an operation of the asker's own is.
func (m *Mailboxes) Operation(ctx context.Context, actor post.Actor, mailbox, id post.UUID) (Operation, error) {
	var op Operation
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		op, _, err = own(tx, v, id)
		return err
	})
	return op, err
}

func own(tx *db.Tx, v view, id post.UUID) (Operation, task, error) {
	op, t, err := operation(tx, v.id, id)
	if err == nil && t.Actor.Party != v.actor.Party {
		err = errs.NotFound(CodeOperationUnknown)
	}
	return op, t, err
}

// Undo takes an operation of the asker's own back: messages lie where they lay and
// are marked as they were, but for those that somebody has changed since; folders
// are there again. It is an operation too.
func (m *Mailboxes) Undo(ctx context.Context, actor post.Actor, mailbox, id post.UUID) (Operation, error) {
	var op Operation
	err := m.update(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		before, work, err := own(tx, v, id)
		if err != nil {
			return err
		}
		switch {
		case !before.Undoable:
			return errs.New(errs.KindConflict, "operation.not.undoable", "this cannot be undone")
		case before.Finished.IsZero():
			return errs.New(errs.KindConflict, "operation.not.finished", "it is still going on; wait until it is done")
		}
		if work.Drops {
			if err := m.undelete(tx, actor, mailbox, work.Folders); err != nil {
				return err
			}
		}
		op, err = m.begin(tx, v, task{Actor: actor, Undo: id, Task: before.Task})
		return err
	})
	return op, err
}

// undelete brings back folders that an operation deleted.
func (m *Mailboxes) undelete(tx *db.Tx, actor post.Actor, mailbox post.UUID, folders []FolderID) error {
	e, err := m.editFolders(tx, actor, mailbox, access.FolderManage)
	if err != nil {
		return err
	}
	for _, id := range folders { // a folder before those in it
		f := e.row(id)
		if f.deleted.IsZero() {
			continue
		}
		f.deleted = time.Time{}
		if f.parent != 0 && !e.row(f.parent).deleted.IsZero() {
			f.parent, f.Parent = 0, post.UUID{}
		}
		name := f.Name
		for n := 2; e.place(f, name, f.Parent) != nil && n < 100; n++ {
			name = fmt.Sprintf("%s (%d)", f.Name, n)
		}
		if err := e.store(f); err != nil {
			return err
		}
		e.tell(audit.FolderCreated, f.UUID)
	}
	return e.write()
}

// undoStep puts the next messages of an operation back, at most n.
func (w *working) undoStep(n int) error {
	type item struct {
		was   Message // as far as it is kept
		moved FolderID
	}
	rows, err := w.tx.Query(`SELECT message, folder, read, flag, moved FROM operation_item
		WHERE mailbox = $1 AND operation = $2 AND message > $3 ORDER BY message LIMIT $4`, w.id, w.task.Undo, w.task.After[:], n)
	items, err := db.Collect(rows, err, func(rows *db.Rows) (i item, err error) {
		err = rows.Scan(&i.was.ID, &i.was.Folder, &i.was.Read, &i.was.Flag, &i.moved)
		return i, err
	})
	if err != nil {
		return err
	}
	keys := make([]any, len(items))
	for i := range items {
		keys[i] = items[i].was.ID
	}
	there := map[post.UUID]Message{}
	err = w.tx.QueryIn("SELECT "+messageColumns+" FROM message WHERE mailbox = $1 AND id IN ($IN)", keys, []any{w.id}, func(rows *db.Rows) error {
		msg, err := scanMessage(rows)
		there[msg.ID] = msg
		return err
	})
	if err != nil {
		return err
	}
	for _, i := range items {
		w.task.After = i.was.ID
		msg, known := there[i.was.ID]
		if !known {
			msg.ID = i.was.ID
		}
		var c Change
		if msg.Folder == i.moved && i.moved != i.was.Folder {
			c.back = i.was.Folder
		}
		if w.task.Read != nil && msg.Read == *w.task.Read {
			c.Read = &i.was.Read
		}
		if w.task.Flag != nil && msg.Flag == *w.task.Flag {
			c.Flag = &i.was.Flag
		}
		if err := w.tally(w.change(msg, c)); err != nil {
			return err
		}
	}
	if len(items) < n {
		w.op.Finished = w.tx.Now
	}
	return nil
}

// clean forgets operations that can no longer be undone.
func (m *Mailboxes) clean(ctx context.Context) error {
	for {
		more := false
		err := m.db.Update(ctx, func(tx *db.Tx) error {
			type key struct {
				mailbox post.PartyID
				id      post.UUID
			}
			rows, err := tx.Query("SELECT mailbox, id FROM operation WHERE finished IS NOT NULL AND finished < $1 LIMIT 20", tx.Now.Add(-undoLasts))
			old, err := db.Collect(rows, err, func(rows *db.Rows) (k key, err error) { err = rows.Scan(&k.mailbox, &k.id); return k, err })
			if err != nil {
				return err
			}
			more = len(old) > 0
			for _, k := range old {
				n, err := tx.Exec(`DELETE FROM operation_item WHERE mailbox = $1 AND operation = $2 AND message IN
					(SELECT message FROM operation_item WHERE mailbox = $1 AND operation = $2 LIMIT 1000)`, k.mailbox, k.id)
				if err != nil {
					return err
				}
				if n < 1000 {
					if _, err := tx.Exec("DELETE FROM operation WHERE mailbox = $1 AND id = $2", k.mailbox, k.id); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || !more {
			return err
		}
	}
}
