package mailbox_test

import (
	"context"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

func (w *town) apply(s mailbox.Selection, task mailbox.Task) mailbox.Operation {
	w.T.Helper()
	op, err := w.Mailboxes.Apply(w.T.Context(), actor(w.citizen), w.box.UUID, s, task)
	if err != nil {
		w.T.Fatal(err)
	}
	return op
}

func (w *town) undo(op mailbox.Operation) mailbox.Operation {
	w.T.Helper()
	undone, err := w.Mailboxes.Undo(w.T.Context(), actor(w.citizen), w.box.UUID, op.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	return undone
}

func (w *town) progress(op mailbox.Operation) mailbox.Operation {
	w.T.Helper()
	now, err := w.Mailboxes.Operation(w.T.Context(), actor(w.citizen), w.box.UUID, op.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	return now
}

func picked(all ...mailbox.Message) mailbox.Selection {
	var s mailbox.Selection
	for _, m := range all {
		s.Messages = append(s.Messages, mailbox.Picked{ID: m.ID})
	}
	return s
}

// MBX-18, MBX-08, MBX-11, MBX-12, MBX-06: several messages at once, each as far as
// it can be, and all of it taken back.
func TestManyMessages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		box := w.make("Børn")
		a, b, c := w.send(nil), w.send(nil), w.send(summons)
		trash := w.folder(mailbox.Deleted).UUID
		for _, one := range []struct {
			name string
			task mailbox.Task
			is   func(mailbox.Message) bool
		}{
			{"read", mailbox.Task{Read: new(true)}, func(m mailbox.Message) bool { return m.Read }},
			{"flag", mailbox.Task{Flag: new(true)}, func(m mailbox.Message) bool { return m.Flag }},
			{"move", mailbox.Task{Folder: &box.UUID}, func(m mailbox.Message) bool { return m.Folder == box.ID }},
			{"delete", mailbox.Task{Delete: true}, func(m mailbox.Message) bool { return m.Folder == mailbox.Deleted }},
			{"move to the trash", mailbox.Task{Folder: &trash}, func(m mailbox.Message) bool { return m.Folder == mailbox.Deleted }},
		} {
			op := w.apply(picked(a, b, c), one.task)
			if op.Total != 3 || op.Done != 3 || op.Skipped != 0 || op.Finished.IsZero() || !op.Undoable {
				t.Fatal(one.name, op)
			}
			for i, m := range []mailbox.Message{a, b, c} {
				now := w.read(m.ID).Message
				if !one.is(now) || op.Results[i].Version != now.Version || op.Results[i].Message != m.ID {
					t.Errorf("%s: %+v", one.name, now)
				}
			}
			if op := w.undo(op); op.Done != 3 || op.Skipped != 0 {
				t.Fatal(one.name, op)
			}
			for _, m := range []mailbox.Message{a, b, c} {
				if one.is(w.read(m.ID).Message) || w.read(m.ID).Message.Folder != mailbox.Inbox {
					t.Errorf("%s was not undone: %+v", one.name, w.read(m.ID).Message)
				}
			}
		}
		if w.read(c.ID).Message.Served.IsZero() { // SND-08: moved
			t.Error("a summons was moved and not served")
		}

		// What cannot be done does not stop the rest.
		stale := mailbox.Selection{Messages: []mailbox.Picked{{ID: a.ID, Version: 1}, {ID: b.ID}, {ID: post.NewUUID()}}}
		op := w.apply(stale, mailbox.Task{Flag: new(true)})
		if op.Done != 3 || op.Skipped != 2 || errs.KindOf(op.Results[0].Err) != errs.KindConflict || op.Results[1].Err != nil || errs.KindOf(op.Results[2].Err) != errs.KindNotFound {
			t.Fatal(op)
		}
		if w.read(a.ID).Message.Flag || !w.read(b.ID).Message.Flag {
			t.Error("the wrong one was marked")
		}

		// An undo leaves alone what somebody has changed since.
		op = w.apply(picked(a, b), mailbox.Task{Folder: &box.UUID})
		w.patch(a.ID, mailbox.Change{Folder: &trash})
		w.undo(op)
		if w.read(a.ID).Message.Folder != mailbox.Deleted || w.read(b.ID).Message.Folder != mailbox.Inbox {
			t.Error(w.read(a.ID).Message.Folder, w.read(b.ID).Message.Folder)
		}
	})
}

// A folder with many messages is dealt with in the background, in the right order,
// with progress; who comes later is left alone.
func TestWholeFolder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, xml := range w.letters(650) {
			if err := w.accept(xml); err != nil {
				t.Fatal(err)
			}
		}
		inbox := w.folder(mailbox.Inbox)
		newest := w.list(mailbox.Query{Inbox: true, Limit: 1}).Messages[0]
		later := w.send(nil)
		op := w.apply(mailbox.Selection{Folder: inbox.UUID, Until: newest.ID}, mailbox.Task{Delete: true})
		if op.Total != 651 || !op.Finished.IsZero() {
			t.Fatal(op)
		}
		if _, err := w.Mailboxes.Undo(t.Context(), actor(w.citizen), w.box.UUID, op.ID); errs.CodeOf(err) != "operation.not.finished" {
			t.Error(err)
		}
		w.Work()
		if op = w.progress(op); op.Done != 650 || op.Skipped != 0 || op.Finished.IsZero() {
			t.Fatal(op)
		}
		if got := w.list(mailbox.Query{Inbox: true}).Messages; len(got) != 1 || got[0].ID != later.ID {
			t.Fatal(len(got))
		}
		w.check(t)
		undone := w.undo(op)
		w.Work()
		if undone = w.progress(undone); undone.Done != 650 || w.folder(mailbox.Inbox).Total != 651 || w.folder(mailbox.Deleted).Total != 0 {
			t.Fatal(undone)
		}

		// A whole folder, deleted: it counts as being in the trash at once.
		folder := w.make("Meget")
		op = w.apply(mailbox.Selection{Folder: inbox.UUID}, mailbox.Task{Folder: &folder.UUID})
		w.Work()
		op, err := w.Mailboxes.DeleteFolder(t.Context(), actor(w.citizen), w.box.UUID, folder.UUID, 0)
		if err != nil || !op.Finished.IsZero() {
			t.Fatal(op, err)
		}
		trash := w.folder(mailbox.Deleted)
		page := w.list(mailbox.Query{Folder: trash.UUID, Limit: 1000})
		if trash.Total != 651 || len(page.Messages) != 651 || page.Total != 651 || len(w.tree()) != 0 {
			t.Fatal(trash.Total, len(page.Messages), page.Total, w.tree())
		}
		w.Work()
		if got := w.folder(mailbox.Deleted).Total; got != 651 {
			t.Fatal(got)
		}
		op = w.progress(op)
		w.undo(op)
		w.Work()
		if got := w.tree(); got["Meget"] != 651 {
			t.Fatal(got)
		}

		// Emptying the trash is for good.
		w.apply(mailbox.Selection{Folder: folder.UUID}, mailbox.Task{Delete: true})
		w.Work()
		op = w.apply(mailbox.Selection{Folder: w.folder(mailbox.Deleted).UUID}, mailbox.Task{Destroy: true})
		w.Work()
		if op = w.progress(op); op.Done != 651 || op.Undoable || w.list(mailbox.Query{}).Total != 0 {
			t.Fatal(op, w.list(mailbox.Query{}).Total)
		}
		w.check(t)

		// What was done long ago is forgotten.
		w.Clock.Advance(26 * time.Hour)
		w.Work()
		w.Clock.Advance(2 * time.Hour)
		w.Work()
		if _, err := w.Mailboxes.Operation(t.Context(), actor(w.citizen), w.box.UUID, op.ID); errs.KindOf(err) != errs.KindNotFound {
			t.Error(err)
		}
	})
}

// Nobody sees, moves or takes back another's.
func TestOperationsOfOthers(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		stranger := w.Person("Bent", 50, nil)
		own := w.enter(stranger)
		m := w.send(nil)
		op := w.apply(picked(m), mailbox.Task{Delete: true})
		if _, err := w.Mailboxes.Apply(t.Context(), actor(stranger), w.box.UUID, picked(m), mailbox.Task{Restore: true}); errs.KindOf(err) != errs.KindNotFound {
			t.Error(err)
		}
		for _, box := range []post.UUID{w.box.UUID, own.UUID} {
			if _, err := w.Mailboxes.Operation(t.Context(), actor(stranger), box, op.ID); errs.KindOf(err) != errs.KindNotFound {
				t.Error(err)
			}
			if _, err := w.Mailboxes.Undo(t.Context(), actor(stranger), box, op.ID); errs.KindOf(err) != errs.KindNotFound {
				t.Error(err)
			}
		}
		got, err := w.Mailboxes.Apply(t.Context(), actor(stranger), own.UUID, picked(m), mailbox.Task{Restore: true})
		if err != nil || got.Skipped != 1 || errs.KindOf(got.Results[0].Err) != errs.KindNotFound {
			t.Error(got, err)
		}
		if w.read(m.ID).Message.Folder != mailbox.Deleted {
			t.Error("a stranger moved it")
		}
		if w.events(own.ID, audit.AccessRefused) == 0 {
			t.Error("the refusal is no event")
		}
	})
}

// MBX-06: in the trash delete is for good, and what is needed to read the letter
// is gone.
func TestDestroy(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		w.patch(m.ID, mailbox.Change{Note: new("Ring til dem")})
		file := w.read(m.ID).Files()[0]
		op := w.apply(picked(m), mailbox.Task{Destroy: true})
		if errs.CodeOf(op.Results[0].Err) != mailbox.CodeNotDeleted {
			t.Fatal("destroyed without having been deleted:", op)
		}
		remove := func(version int64) error {
			return w.Mailboxes.Delete(t.Context(), actor(w.citizen), w.box.UUID, m.ID, version)
		}
		if err := remove(1); errs.KindOf(err) != errs.KindConflict {
			t.Error(err)
		}
		if err := remove(0); err != nil || w.read(m.ID).Folder.ID != mailbox.Deleted {
			t.Fatal(err)
		}
		if err := remove(w.read(m.ID).Message.Version); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Mailboxes.Read(t.Context(), actor(w.citizen), w.box.UUID, m.ID); errs.KindOf(err) != errs.KindNotFound {
			t.Error(err)
		}
		err := d.Read(context.Background(), func(tx *db.Tx) error {
			if r, err := w.Blobs.Open(tx, file.Blob, file.Key); err == nil {
				r.Close()
				t.Error("the file can still be read")
			}
			for _, query := range []string{"SELECT COUNT(*) FROM letter", "SELECT COUNT(*) FROM note", "SELECT COUNT(*) FROM deadline"} {
				var n int
				if err := tx.QueryRow(query).Scan(&n); err != nil || n != 0 {
					t.Error(query, n, err)
				}
			}
			return nil
		})
		if err != nil || w.events(w.citizen.ID, audit.MessageDestroyed) != 1 {
			t.Error(err)
		}
	})
}

// An operation on a folder does not tell how much lies there that its asker may not
// see (MBX-09), and tries nothing on it.
func TestFolderWithWhatOneMayNotSee(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		mine, hidden := w.send(nil), w.send(nil)
		w.Update(func(tx *db.Tx) error { // no test can deliver private post yet
			if _, err := tx.Exec("UPDATE message SET source = $1 WHERE mailbox = $2 AND id = $3", post.SourceMit, w.citizen.ID, hidden.ID); err != nil {
				return err
			}
			if _, err := tx.Exec("UPDATE folder_count SET total = 1, unread = 1 WHERE mailbox = $1 AND folder = $2", w.citizen.ID, mailbox.Inbox); err != nil {
				return err
			}
			_, err := tx.Exec("INSERT INTO folder_count (mailbox, folder, source, total, unread) VALUES ($1, $2, $3, 1, 1)", w.citizen.ID, mailbox.Inbox, post.SourceMit)
			return err
		})
		op := w.apply(mailbox.Selection{Folder: w.folder(mailbox.Inbox).UUID}, mailbox.Task{Flag: new(true)})
		if op.Total != 1 || op.Done != 1 || op.Skipped != 0 || !w.read(mine.ID).Message.Flag {
			t.Errorf("%+v", op)
		}
		if n := w.events(w.citizen.ID, audit.AccessRefused); n != 0 {
			t.Errorf("%d refusals", n)
		}
		for version := range int64(3) {
			op := w.apply(mailbox.Selection{Messages: []mailbox.Picked{{ID: hidden.ID, Version: version}, {ID: post.NewUUID(), Version: version}}}, mailbox.Task{Flag: new(true)})
			if op.Results[0].Err == nil || errs.CodeOf(op.Results[0].Err) != errs.CodeOf(op.Results[1].Err) {
				t.Errorf("version %d is told apart: %v, of nothing %v", version, op.Results[0].Err, op.Results[1].Err)
			}
		}
	})
}

// One mailbox does not keep all workers busy.
func TestOperationsAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, xml := range w.letters(301) {
			if err := w.accept(xml); err != nil {
				t.Fatal(err)
			}
		}
		all := mailbox.Selection{Folder: w.folder(mailbox.Inbox).UUID}
		for i := range 20 {
			if op := w.apply(all, mailbox.Task{Flag: new(i%2 == 0)}); !op.Finished.IsZero() {
				t.Fatal(op)
			}
		}
		_, err := w.Mailboxes.Apply(t.Context(), actor(w.citizen), w.box.UUID, all, mailbox.Task{Read: new(true)})
		if errs.CodeOf(err) != mailbox.CodeOperationsMany {
			t.Error(err)
		}
		w.Work()
		w.apply(all, mailbox.Task{Read: new(true)})
	})
}
