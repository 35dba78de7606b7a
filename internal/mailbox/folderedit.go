package mailbox

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Bounds of a mailbox's own folders.
const (
	MaxFolderName  = 100  // characters
	MaxFolders     = 1000 // of a mailbox
	MaxFolderDepth = 10   // a folder in a folder in a folder
)

// Codes of why a folder cannot be as it is wished.
const (
	CodeFolderName   = "folder.name.not.valid"
	CodeFolderTaken  = "folder.name.taken"
	CodeFolderParent = "folder.parent.not.valid"
	CodeFolderFixed  = "folder.not.changeable" // one of the four of every mailbox
	CodeTooMany      = "folder.too.many"
)

// CreateFolder makes a folder, in parent or, where that is nil, at the top
// (MBX-07).
func (m *Mailboxes) CreateFolder(ctx context.Context, actor post.Actor, mailbox post.UUID, name string, parent post.UUID) (Folder, error) {
	var made Folder
	err := m.update(ctx, func(tx *db.Tx) error {
		e, err := m.editFolders(tx, actor, mailbox, access.FolderManage)
		if err != nil {
			return err
		}
		if e.live() >= MaxFolders {
			return errs.New(errs.KindConflict, CodeTooMany, "a mailbox has at most %d folders", MaxFolders)
		}
		f := &folderRow{Folder: Folder{ID: e.all[len(e.all)-1].ID + 1, UUID: post.NewUUID(), Parent: parent, Type: "USER_DEFINED", Created: tx.Now}}
		if err := e.place(f, name, parent); err != nil {
			return err
		}
		if err := e.changes.raise(); err != nil {
			return err
		}
		f.Born, f.Modseq, f.Version, f.Updated = e.modseq, e.modseq, 1, tx.Now
		e.batch.InsertMany("folder (mailbox, "+folderColumns+")", [][]any{{e.id, f.ID, f.UUID, f.over(), f.Type, f.Name, f.Born, f.Modseq, nil, f.Version, f.Created, f.Updated}}, "")
		e.tell(audit.FolderCreated, f.UUID)
		made = f.Folder
		return e.write()
	})
	return made, err
}

// FolderChange is what is to change of a folder; nil leaves a thing as it is.
type FolderChange struct {
	Name   *string
	Parent *post.UUID // the nil UUID is the top
}

// UpdateFolder renames a folder or puts it elsewhere. Where version is not the
// newest it changes nothing and returns a Conflict; 0 takes any version.
func (m *Mailboxes) UpdateFolder(ctx context.Context, actor post.Actor, mailbox, folder post.UUID, version int64, c FolderChange) (Folder, error) {
	var changed Folder
	err := m.update(ctx, func(tx *db.Tx) error {
		e, err := m.editFolders(tx, actor, mailbox, access.FolderManage)
		if err != nil {
			return err
		}
		f, err := e.find(folder, version)
		if err != nil {
			return err
		}
		before := f.Folder
		name, parent := f.Name, f.Parent
		if c.Name != nil {
			name = *c.Name
		}
		if c.Parent != nil {
			parent = *c.Parent
		}
		if err := e.place(f, name, parent); err != nil {
			return err
		}
		if before == f.Folder {
			changed, err = m.counted(tx, e.view, f.Folder)
			return err
		}
		if before.Parent != f.Parent {
			e.tell(audit.FolderMoved, f.UUID)
		}
		if before.Name != f.Name {
			e.tell(audit.FolderUpdated, f.UUID)
		}
		if err := e.store(f); err != nil {
			return err
		}
		if err := e.write(); err != nil {
			return err
		}
		changed, err = m.counted(tx, e.view, f.Folder)
		return err
	})
	return changed, err
}

// counted fills in how much lies in a folder.
func (m *Mailboxes) counted(tx *db.Tx, v view, f Folder) (Folder, error) {
	all, err := m.folders(tx, v)
	for _, one := range all {
		if one.ID == f.ID {
			f = one
		}
	}
	return f, err
}

// DeleteFolder deletes a folder with those in it. All that lies in them goes to
// the trash; where that is much it goes on after this returns, and counts as
// lying there at once. The operation can be undone.
func (m *Mailboxes) DeleteFolder(ctx context.Context, actor post.Actor, mailbox, folder post.UUID, version int64) (Operation, error) {
	var op Operation
	err := m.update(ctx, func(tx *db.Tx) error {
		e, err := m.editFolders(tx, actor, mailbox, access.FolderDelete)
		if err != nil {
			return err
		}
		f, err := e.find(folder, version)
		if err != nil {
			return err
		}
		task := task{Task: Task{Delete: true}, Actor: actor, Drops: true}
		for _, inner := range e.below(f.ID) {
			row := e.row(inner)
			row.deleted = tx.Now
			if err := e.store(row); err != nil {
				return err
			}
			e.tell(audit.FolderDeleted, row.UUID)
			task.Folders = append(task.Folders, inner)
		}
		if err := e.write(); err != nil {
			return err
		}
		op, err = m.begin(tx, e.view, task)
		return err
	})
	return op, err
}

// folderEdit is a change of a mailbox's folders under way.
type folderEdit struct {
	*changes
	via access.Relation
	all []folderRow
}

func (m *Mailboxes) editFolders(tx *db.Tx, actor post.Actor, mailbox post.UUID, action access.Action) (*folderEdit, error) {
	v, err := m.open(tx, actor, mailbox)
	if err != nil {
		return nil, err
	}
	d, err := v.check(tx.Now, action, nil)
	if err != nil {
		return nil, err
	}
	all, err := folderRows(tx, v.id)
	return &folderEdit{v.changes(m, tx), d.Via, all}, err
}

func (e *folderEdit) tell(name audit.Name, folder post.UUID) {
	e.events = append(e.events, audit.Event{Name: name, Mailbox: e.id, Actor: e.actor, Via: e.via.String(), Props: []audit.Prop{audit.ID(audit.Folder, folder)}})
}

// live is how many folders there are.
func (e *folderEdit) live() int {
	n := 0
	for _, f := range e.all {
		if f.deleted.IsZero() {
			n++
		}
	}
	return n
}

// row is a folder by its key.
func (e *folderEdit) row(id FolderID) *folderRow {
	i := slices.IndexFunc(e.all, func(f folderRow) bool { return f.ID == id })
	return &e.all[i]
}

// find is a folder of the owner's own that may be changed.
func (e *folderEdit) find(id post.UUID, version int64) (*folderRow, error) {
	for i := range e.all {
		f := &e.all[i]
		switch {
		case f.UUID != id || !f.deleted.IsZero():
		case f.ID <= Deleted:
			return nil, errs.New(errs.KindForbidden, CodeFolderFixed, "this folder belongs to every mailbox and stays as it is")
		case version != 0 && version != f.Version:
			return nil, errs.ErrStale
		default:
			return f, nil
		}
	}
	return nil, errNotFound
}

// below is a folder and all that are in it, in no order.
func (e *folderEdit) below(id FolderID) []FolderID {
	all := []FolderID{id}
	for i := 0; i < len(all); i++ {
		for _, f := range e.all {
			if f.parent == all[i] && f.deleted.IsZero() {
				all = append(all, f.ID)
			}
		}
	}
	return all
}

// place gives a folder its name and its place in the tree.
func (e *folderEdit) place(f *folderRow, name string, parent post.UUID) error {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > MaxFolderName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return errs.Invalid(CodeFolderName, "name", "a folder's name has 1 to %d characters", MaxFolderName)
	}
	over, depth := FolderID(0), 1
	if parent != (post.UUID{}) {
		i := slices.IndexFunc(e.all, func(o folderRow) bool { return o.UUID == parent && o.deleted.IsZero() && o.ID > Deleted })
		if i < 0 {
			return errs.Invalid(CodeFolderParent, "parentFolderId", "there is no such folder to put it in")
		}
		over = e.all[i].ID
		for up := over; up != 0; up = e.row(up).parent {
			depth++
			if up == f.ID {
				return errs.Invalid(CodeFolderParent, "parentFolderId", "a folder cannot lie in itself")
			}
		}
	}
	if depth+e.height(f.ID) > MaxFolderDepth {
		return errs.Invalid(CodeFolderParent, "parentFolderId", "folders lie at most %d deep in each other", MaxFolderDepth)
	}
	for _, o := range e.all {
		if o.ID != f.ID && o.parent == over && o.deleted.IsZero() && o.ID > Deleted && strings.EqualFold(o.Name, name) {
			return errs.New(errs.KindConflict, CodeFolderTaken, "there is a folder of this name already")
		}
	}
	f.Name, f.parent, f.Parent = name, over, parent
	return nil
}

// height is how many levels of folders lie in a folder.
func (e *folderEdit) height(id FolderID) int {
	most := 0
	for _, f := range e.all {
		if f.parent == id && f.deleted.IsZero() {
			most = max(most, 1+e.height(f.ID))
		}
	}
	return most
}

// over is the key of the folder that a folder lies in, nil at the top.
func (f *folderRow) over() any {
	if f.parent == 0 {
		return nil
	}
	return f.parent
}

// store has a folder stored with a new version.
func (e *folderEdit) store(f *folderRow) error {
	if err := e.raise(); err != nil {
		return err
	}
	f.Version, f.Updated, f.Modseq = f.Version+1, e.tx.Now, e.modseq
	e.batch.Add("UPDATE folder SET name = $1, parent = $2, modseq = $3, deleted = $4, version = $5, updated = $6 WHERE mailbox = $7 AND id = $8",
		f.Name, f.over(), f.Modseq, f.deleted, f.Version, f.Updated, e.id, f.ID)
	return nil
}
