package mailbox

import (
	"context"
	"strconv"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Change is what is to change of a message; nil leaves a thing as it is.
type Change struct {
	Read   *bool      // MBX-11
	Flag   *bool      // MBX-12
	Folder *post.UUID // MBX-08
	Note   *string    // MBX-10, the asker's own; "" removes it
	// Serve has a court summons be served now, without opening it (SND-08).
	Serve bool
	// Hide hides the message from helpers, or shows it to them again.
	Hide *bool

	delete  bool     // to the trash (MBX-06)
	restore bool     // out of the trash, to where it came from
	back    FolderID // where it lay before something that is undone; 0 leaves it
	opens   bool     // shows what is in it, which serves a court summons (SND-08)
	folder  FolderID
}

// MaxNote is the longest note, in characters.
const MaxNote = 4000

// Patch changes a message whose version is known. Where version is not the
// newest it changes nothing and returns a Conflict; 0 takes any version.
func (m *Mailboxes) Patch(ctx context.Context, actor post.Actor, mailbox, message post.UUID, version int64, c Change) (Letter, error) {
	if c.Note != nil && utf8.RuneCountInString(*c.Note) > MaxNote {
		return Letter{}, errs.Invalid("note.too.long", "note", "a note has at most %d characters", MaxNote)
	}
	var l Letter
	err := m.update(ctx, func(tx *db.Tx) error {
		v, f, err := m.message(tx, actor, mailbox, message, access.MessageList)
		if err != nil {
			return err
		}
		if version != 0 && version != f.Version {
			return errs.ErrStale
		}
		all := v.changes(m, tx)
		if err := all.apply(&f, c); err != nil {
			return err
		}
		if err := all.write(); err != nil {
			return err
		}
		l, err = m.letter(tx, all.view, f)
		return err
	})
	return l, err
}

// changes are what a transaction does to messages of one mailbox. They are
// written together and share one modseq.
type changes struct {
	view
	m       *Mailboxes
	tx      *db.Tx
	modseq  int64 // 0 until something changes
	batch   db.Batch
	counts  map[pile]count
	events  []audit.Event
	served  []Service
	folders map[FolderID]shelf // filled when a folder is asked for
}

// pile is messages that are counted together.
type pile struct {
	folder FolderID
	source post.Source
}

// count is how many messages lie somewhere, and how many of them are hidden from
// helpers.
type count struct{ total, unread, hidden, hiddenUnread int64 }

// to is what a window shows of it.
func (n count) to(w access.Window) (total, unread int64) {
	if w.Hidden {
		return n.total, n.unread
	}
	return n.total - n.hidden, n.unread - n.hiddenUnread
}

// shelf is a folder as moving needs it.
type shelf struct {
	uuid    post.UUID
	deleted bool
}

func (v view) changes(m *Mailboxes, tx *db.Tx) *changes {
	return &changes{view: v, m: m, tx: tx, counts: map[pile]count{}}
}

// apply changes a message as far as access allows it; where it refuses a part,
// nothing of it is done.
func (c *changes) apply(f *found, change Change) error {
	if err := c.aim(f, &change); err != nil {
		return err
	}
	for _, action := range change.actions() {
		if _, err := c.check(c.tx.Now, action, &f.Message); err != nil {
			return err
		}
	}
	before := f.Message
	if err := c.alter(f, change); err != nil {
		return err
	}
	if change.Note == nil && before == f.Message {
		return nil
	}
	return c.save(before, f)
}

// actions is what access is asked about for a change.
func (c Change) actions() []access.Action {
	var all []access.Action
	if c.Read != nil {
		all = append(all, access.MessageMark)
	}
	if c.Flag != nil {
		all = append(all, access.MessageFlag)
	}
	switch c.folder {
	case 0:
	case Deleted:
		all = append(all, access.MessageDelete)
	default:
		all = append(all, access.MessageMove)
	}
	if c.Note != nil {
		all = append(all, access.NoteWrite)
	}
	if c.Serve {
		all = append(all, access.MessageServe)
	}
	if c.Hide != nil {
		all = append(all, access.MessageHide)
	}
	return all
}

// aim finds the folder that a change leads to.
func (c *changes) aim(f *found, change *Change) error {
	if change.Folder == nil && !change.delete && !change.restore && change.back == 0 {
		return nil
	}
	if c.folders == nil {
		if err := c.loadFolders(); err != nil {
			return err
		}
	}
	home := map[State]FolderID{Draft: Drafts, Sent: SentBox, Received: Inbox}[f.State]
	switch {
	case change.delete:
		change.folder = Deleted
	case change.back != 0:
		if change.folder = change.back; c.folders[change.back].deleted {
			change.folder = home
		}
	case change.restore && f.Folder != Deleted && !c.folders[f.Folder].deleted:
		change.folder = f.Folder
	case change.restore:
		if change.folder = f.Origin; change.folder == 0 || c.folders[change.folder].deleted || c.folders[change.folder].uuid == (post.UUID{}) {
			change.folder = home
		}
	default:
		for id, s := range c.folders {
			if s.uuid == *change.Folder && !s.deleted {
				change.folder = id
			}
		}
	}
	switch to := change.folder; {
	case to == 0:
		return errs.Invalid("folder.unknown", "folderId", "the mailbox has no such folder")
	case to <= SentBox && to != home, f.State == Draft && to != Deleted && to != home:
		return errs.Invalid("folder.not.allowed", "folderId", "this message cannot be moved there")
	}
	return nil
}

func (c *changes) loadFolders() error {
	c.folders = map[FolderID]shelf{}
	rows, err := c.tx.Query("SELECT id, uuid, deleted FROM folder WHERE mailbox = $1", c.id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id FolderID
		var s shelf
		var deleted int64
		if err := rows.Scan(&id, &s.uuid, db.Null(&deleted)); err != nil {
			return err
		}
		s.deleted = deleted != 0
		c.folders[id] = s
	}
	return rows.Err()
}

// alter changes a message and tells of it.
func (c *changes) alter(f *found, change Change) error {
	if change.Read != nil && *change.Read != f.Read {
		f.Read = *change.Read
		name := audit.MessageUpdated
		if f.Read {
			name = audit.MessageRead
		}
		c.event(f, name)
	}
	if change.Flag != nil && *change.Flag != f.Flag {
		f.Flag = *change.Flag
		c.event(f, audit.FlagChanged)
	}
	if change.Hide != nil && *change.Hide != (f.Hidden&hiddenItself != 0) {
		f.Hidden ^= hiddenItself
		c.event(f, audit.MessageHidden, audit.Prop{Key: audit.Change, Value: strconv.FormatBool(*change.Hide)})
	}
	moves := change.folder != 0 && change.folder != f.Folder
	if moves {
		name := audit.MessageMoved
		f.Origin = 0
		if change.folder == Deleted {
			if name, f.Origin = audit.MessageDeleted, f.Folder; f.State == Draft {
				name = audit.DraftDeleted
			}
		}
		f.Folder = change.folder
		c.event(f, name, audit.ID(audit.Folder, c.folders[f.Folder].uuid))
	}
	if f.Unserved() && (moves || change.opens || change.Serve) { // SND-08: by opening, moving or deleting
		if err := c.serve(f); err != nil {
			return err
		}
	}
	if change.Note != nil {
		return c.writeNote(f.ID, *change.Note)
	}
	return nil
}

func (c *changes) event(f *found, name audit.Name, props ...audit.Prop) {
	c.events = append(c.events, audit.Event{Name: name, Mailbox: c.id, Actor: c.actor, Via: f.via.String(), Message: f.ID, Props: props})
}

// raise gives the changes their modseq.
func (c *changes) raise() error {
	if c.modseq != 0 {
		return nil
	}
	if err := c.tx.QueryRow("UPDATE mailbox SET modseq = modseq + 1 WHERE id = $1 RETURNING modseq", c.id).Scan(&c.modseq); err != nil {
		return err
	}
	c.view.modseq = c.modseq
	c.tx.OnCommit(func() { c.m.watchers.wake(c.id) })
	return nil
}

// save has a changed message stored with a new version, and moves the counts.
func (c *changes) save(before Message, f *found) error {
	if err := c.raise(); err != nil {
		return err
	}
	if before.Hidden == 0 && f.Hidden != 0 {
		f.hiddenAt = c.modseq
	}
	f.Version, f.Updated, f.Modseq = before.Version+1, c.tx.Now, c.modseq
	c.batch.Add(`UPDATE message SET folder = $1, origin = $2, label = $3, recipient_name = $4, read = $5, flag = $6, due_code = $7, due = $8, documents = $9, size = $10,
		served = $11, answered = $12, forwarded = $13, done = $14, thread = $15, hidden = $16, hidden_at = $17, modseq = $18, version = $19, updated = $20 WHERE mailbox = $21 AND id = $22`,
		f.Folder, f.Origin, f.Label, f.RecipientName, f.Read, f.Flag, f.DueCode, f.Due, f.Documents, f.Size,
		f.Served, f.Answered, f.Forwarded, f.Done, f.Thread, f.Hidden, f.hiddenAt, f.Modseq, f.Version, f.Updated, c.id, f.ID)
	if before.Folder != f.Folder || before.Read != f.Read || before.Hidden != f.Hidden {
		c.counted(before, -1)
		c.counted(f.Message, 1)
	}
	return nil
}

// counted adds n messages like this one to the counts.
func (c *changes) counted(m Message, n int64) {
	at := pile{m.Folder, m.Source}
	now := c.counts[at]
	now.add(m, n)
	c.counts[at] = now
}

// add counts n messages like this one.
func (n *count) add(m Message, times int64) {
	n.total += times
	if !m.Read {
		n.unread += times
	}
	if m.Hidden == 0 {
		return
	}
	n.hidden += times
	if !m.Read {
		n.hiddenUnread += times
	}
}

// insertCount and raiseCount add to a count, which may be there.
const (
	insertCount = "folder_count (mailbox, folder, source, total, unread, hidden, hidden_unread)"
	raiseCount  = `ON CONFLICT (mailbox, folder, source) DO UPDATE SET total = folder_count.total + excluded.total, unread = folder_count.unread + excluded.unread,
		hidden = folder_count.hidden + excluded.hidden, hidden_unread = folder_count.hidden_unread + excluded.hidden_unread`
)

// write writes all changes.
func (c *changes) write() error {
	var counts [][]any
	for at, n := range c.counts {
		if n != (count{}) {
			counts = append(counts, []any{c.id, at.folder, at.source, n.total, n.unread, n.hidden, n.hiddenUnread})
		}
	}
	c.batch.InsertMany(insertCount, counts, raiseCount)
	audit.Add(c.tx, &c.batch, c.events...)
	if err := c.tx.Run(&c.batch); err != nil {
		return err
	}
	return c.tellServed()
}

func (c *changes) writeNote(message post.UUID, text string) error {
	if text == "" {
		c.batch.Add("DELETE FROM note WHERE mailbox = $1 AND message = $2 AND writer = $3", c.id, message, c.actor.Party)
		return nil
	}
	cipher, err := c.cipher(c.m.keys)
	if err != nil {
		return err
	}
	c.batch.Add(`INSERT INTO note (mailbox, message, writer, sealed, updated) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (mailbox, message, writer) DO UPDATE SET sealed = excluded.sealed, updated = excluded.updated`,
		c.id, message, c.actor.Party, cipher.Seal([]byte(text), noteBound(message, c.actor.Party)), c.tx.Now)
	return nil
}
