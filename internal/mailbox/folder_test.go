package mailbox_test

import (
	"strings"
	"testing"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

// make makes a folder of the citizen's, in another or at the top.
func (w *town) make(name string, in ...mailbox.Folder) mailbox.Folder {
	w.T.Helper()
	var parent post.UUID
	if len(in) > 0 {
		parent = in[0].UUID
	}
	f, err := w.Mailboxes.CreateFolder(w.T.Context(), actor(w.citizen), w.box.UUID, name, parent)
	if err != nil {
		w.T.Fatal(err)
	}
	return f
}

// tree is the citizen's own folders as "Bolig/Varme", with how much lies there.
func (w *town) tree() map[string]int64 {
	w.T.Helper()
	all, err := w.Mailboxes.Folders(w.T.Context(), actor(w.citizen), w.box.UUID)
	if err != nil {
		w.T.Fatal(err)
	}
	names := map[post.UUID]string{}
	tree := map[string]int64{}
	for range 12 { // a folder may stand before the one it lies in
		for _, f := range all {
			if f.ID <= mailbox.Deleted {
				continue
			}
			names[f.UUID] = strings.TrimPrefix(names[f.Parent]+"/"+f.Name, "/")
		}
	}
	for _, f := range all {
		if f.ID > mailbox.Deleted {
			tree[names[f.UUID]] = f.Total
		}
	}
	return tree
}

func sameTree(a, b map[string]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if n, ok := b[k]; !ok || n != v {
			return false
		}
	}
	return true
}

// MBX-07: folders in a tree are made, renamed, moved and deleted; what lay in a
// deleted one lies in the trash, and all of it comes back.
func TestFolders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		home := w.make("  Bolig  og varme ")
		heat := w.make("Varme", home)
		tax := w.make("Skat")
		if home.Name != "Bolig og varme" || heat.Parent != home.UUID {
			t.Error(home, heat)
		}
		first, second, third := w.send(nil), w.send(summons), w.send(nil)
		w.patch(first.ID, mailbox.Change{Folder: &home.UUID})
		w.patch(second.ID, mailbox.Change{Folder: &heat.UUID})
		w.patch(third.ID, mailbox.Change{Folder: &tax.UUID})

		renamed, err := w.Mailboxes.UpdateFolder(t.Context(), actor(w.citizen), w.box.UUID, heat.UUID, heat.Version, mailbox.FolderChange{Name: new("Fjernvarme")})
		if err != nil || renamed.Name != "Fjernvarme" || renamed.Version != heat.Version+1 || renamed.Total != 1 {
			t.Fatal(renamed, err)
		}
		if _, err := w.Mailboxes.UpdateFolder(t.Context(), actor(w.citizen), w.box.UUID, heat.UUID, heat.Version, mailbox.FolderChange{Name: new("Varme")}); errs.KindOf(err) != errs.KindConflict {
			t.Error("a stale version was taken:", err)
		}
		if _, err := w.Mailboxes.UpdateFolder(t.Context(), actor(w.citizen), w.box.UUID, tax.UUID, 0, mailbox.FolderChange{Parent: &home.UUID}); err != nil {
			t.Fatal(err)
		}
		want := map[string]int64{"Bolig og varme": 1, "Bolig og varme/Fjernvarme": 1, "Bolig og varme/Skat": 1}
		if got := w.tree(); !sameTree(got, want) {
			t.Fatal(got)
		}

		op, err := w.Mailboxes.DeleteFolder(t.Context(), actor(w.citizen), w.box.UUID, home.UUID, 0)
		if err != nil || op.Done != 3 || op.Skipped != 0 || op.Finished.IsZero() {
			t.Fatal(op, err)
		}
		if got := w.tree(); len(got) != 0 || w.folder(mailbox.Deleted).Total != 3 {
			t.Fatal(got, w.folder(mailbox.Deleted))
		}
		if w.events(w.citizen.ID, audit.FolderDeleted) != 3 || w.events(w.citizen.ID, audit.MessageDeleted) != 3 {
			t.Error("the log does not tell of it")
		}
		undone, err := w.Mailboxes.Undo(t.Context(), actor(w.citizen), w.box.UUID, op.ID)
		if err != nil || undone.Done != 3 || undone.Skipped != 0 {
			t.Fatal(undone, err)
		}
		if got := w.tree(); !sameTree(got, want) || w.folder(mailbox.Deleted).Total != 0 {
			t.Fatal(got)
		}
		w.check(t)

		// Without undo each message is moved back by hand: to the inbox, since its
		// folder is no more.
		if _, err := w.Mailboxes.DeleteFolder(t.Context(), actor(w.citizen), w.box.UUID, home.UUID, 0); err != nil {
			t.Fatal(err)
		}
		op, err = w.Mailboxes.Apply(t.Context(), actor(w.citizen), w.box.UUID, mailbox.Selection{Folder: w.folder(mailbox.Deleted).UUID}, mailbox.Task{Restore: true})
		if err != nil || op.Done != 3 || w.folder(mailbox.Inbox).Total != 3 {
			t.Fatal(op, err)
		}
	})
}

func TestFoldersThatCannotBe(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		stranger := w.Person("Bent", 50, nil)
		w.enter(stranger)
		a := w.make("A")
		b := w.make("B", a)
		deep := b
		for n := 3; n <= mailbox.MaxFolderDepth; n++ {
			deep = w.make("x", deep)
		}
		inbox := w.folder(mailbox.Inbox)
		create := func(who post.Actor, name string, parent post.UUID) error {
			_, err := w.Mailboxes.CreateFolder(t.Context(), who, w.box.UUID, name, parent)
			return err
		}
		update := func(f mailbox.Folder, c mailbox.FolderChange) error {
			_, err := w.Mailboxes.UpdateFolder(t.Context(), actor(w.citizen), w.box.UUID, f.UUID, 0, c)
			return err
		}
		remove := func(who post.Actor, f mailbox.Folder) error {
			_, err := w.Mailboxes.DeleteFolder(t.Context(), who, w.box.UUID, f.UUID, 0)
			return err
		}
		reader := actor(w.citizen)
		reader.ReadOnly = true
		for _, c := range []struct {
			name string
			err  error
			kind errs.Kind
			code string
		}{
			{"no name", create(actor(w.citizen), " \t ", post.UUID{}), errs.KindInvalid, mailbox.CodeFolderName},
			{"a long name", create(actor(w.citizen), strings.Repeat("å", mailbox.MaxFolderName+1), post.UUID{}), errs.KindInvalid, mailbox.CodeFolderName},
			{"a control character", create(actor(w.citizen), "a\x00b", post.UUID{}), errs.KindInvalid, mailbox.CodeFolderName},
			{"a name that is taken", create(actor(w.citizen), "a", post.UUID{}), errs.KindConflict, mailbox.CodeFolderTaken},
			{"in no folder", create(actor(w.citizen), "C", post.NewUUID()), errs.KindInvalid, mailbox.CodeFolderParent},
			{"in the inbox", create(actor(w.citizen), "C", inbox.UUID), errs.KindInvalid, mailbox.CodeFolderParent},
			{"too deep", create(actor(w.citizen), "C", deep.UUID), errs.KindInvalid, mailbox.CodeFolderParent},
			{"in itself", update(a, mailbox.FolderChange{Parent: &b.UUID}), errs.KindInvalid, mailbox.CodeFolderParent},
			{"the inbox renamed", update(inbox, mailbox.FolderChange{Name: new("Min")}), errs.KindForbidden, mailbox.CodeFolderFixed},
			{"the inbox deleted", remove(actor(w.citizen), inbox), errs.KindForbidden, mailbox.CodeFolderFixed},
			{"a stranger's", create(actor(stranger), "C", post.UUID{}), errs.KindNotFound, "not.found"},
			{"a stranger deletes", remove(actor(stranger), a), errs.KindNotFound, "not.found"},
			{"a token that only reads", create(reader, "C", post.UUID{}), errs.KindForbidden, ""},
		} {
			if errs.KindOf(c.err) != c.kind || c.code != "" && errs.CodeOf(c.err) != c.code {
				t.Errorf("%s: %v", c.name, c.err)
			}
		}
		if got := w.tree(); len(got) != mailbox.MaxFolderDepth {
			t.Error(got)
		}
	})
}
