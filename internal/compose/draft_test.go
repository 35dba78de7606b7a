package compose_test

import (
	"strings"
	"sync"
	"testing"

	"digitalpost/internal/audit"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// Two clients save at once: one of them is told, with what the other wrote, and
// nothing is lost.
func TestTwoClientsSave(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		var all sync.WaitGroup
		var saved [2]compose.Draft
		var failed [2]error
		for i, text := range []string{"fra telefonen", "fra computeren"} {
			all.Go(func() {
				saved[i], failed[i] = w.save(draft.Message.ID, compose.Known{Edition: draft.Edition}, compose.Edit{Text: &text})
			})
		}
		all.Wait()
		won := 0
		if failed[0] != nil {
			won = 1
		}
		if failed[won] != nil {
			t.Fatal(failed)
		}
		wants(t, failed[1-won], errs.KindConflict, compose.CodeEdition)
		if saved[1-won].Text != saved[won].Text || saved[1-won].Edition != draft.Edition+1 {
			t.Errorf("the other is not shown what is new: %+v", saved[1-won])
		}
		if now := w.draft(draft.Message.ID); now.Text != saved[won].Text {
			t.Errorf("%+v", now)
		}
	})
}

// Two clients send at once: it is sent once, and both are told the same.
func TestTwoClientsSend(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		w.attach(draft.Message.ID, "a.txt", strings.Repeat("x", 20_000))
		var all sync.WaitGroup
		var sent [3]mailbox.Message
		for i := range sent {
			all.Go(func() {
				var err error
				if sent[i], err = w.trySend(draft.Message.ID); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if sent[0].ID != sent[1].ID || sent[1].ID != sent[2].ID || len(w.waiting()) != 1 || len(w.list(w.authority, mailbox.Query{Inbox: true, Limit: 5})) != 1 {
			t.Errorf("%v", sent)
		}
	})
}

// A discarded draft lies in the trash; writing on it says so. Moved back, it is
// the draft it was. Deleted for good, nothing is left.
func TestDiscard(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		me, box := actor(w.citizen), w.box.UUID
		draft := w.ready()
		id := draft.Message.ID
		w.attach(id, "a.txt", "x")
		err := w.Compose.Discard(t.Context(), me, box, id, draft.Message.Version)
		wants(t, err, errs.KindConflict, "version.conflict")
		if err := w.Compose.Discard(t.Context(), me, box, id, 0); err != nil {
			t.Fatal(err)
		}
		if w.events(audit.DraftDeleted) != 1 {
			t.Error("it is not told")
		}
		lost, err := w.save(id, compose.Known{}, compose.Edit{Text: new("videre")})
		wants(t, err, errs.KindConflict, compose.CodeDiscarded)
		if lost.Subject != draft.Subject {
			t.Errorf("%+v", lost)
		}
		_, err = w.trySend(id)
		wants(t, err, errs.KindConflict, compose.CodeDiscarded)
		_, err = w.tryAttach(id, "b.txt", "x")
		wants(t, err, errs.KindConflict, compose.CodeDiscarded)
		err = w.Compose.Discard(t.Context(), me, box, id, 0)
		wants(t, err, errs.KindConflict, compose.CodeDiscarded)
		if _, err := w.Mailboxes.Patch(t.Context(), me, box, id, 0, mailbox.Change{Folder: new(w.folder(mailbox.Drafts))}); err != nil {
			t.Fatal(err)
		}
		if back := w.draft(id); back.Text != draft.Text || len(back.Attachments) != 1 || len(back.Problems) > 0 {
			t.Errorf("%+v", back)
		}
		if _, _, err := w.Compose.Attach(t.Context(), me, box, id, compose.NewFile{Name: "halv.txt", Size: 5}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Mailboxes.Delete(t.Context(), me, box, id, 0); err != nil {
				t.Fatal(err)
			}
		}
		_, err = w.Compose.Draft(t.Context(), me, box, id)
		wants(t, err, errs.KindNotFound, "not.found")
		for _, table := range []string{"draft", "upload", "upload_part", "blob"} {
			w.Update(func(tx *db.Tx) error {
				var n int
				err := tx.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&n)
				if n != 0 {
					t.Errorf("%d rows are left in %s", n, table)
				}
				return err
			})
		}
	})
}

// What one writes is nobody else's, and a sent letter is no draft.
func TestWhoWrites(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		id := draft.Message.ID
		bo := actor(w.Person("Bo", 30, nil))
		reads := actor(w.citizen)
		reads.ReadOnly = true
		for _, c := range []struct {
			who  post.Actor
			kind errs.Kind
			code string
		}{{bo, errs.KindNotFound, "not.found"}, {reads, errs.KindForbidden, "access.read.only.token"}} {
			for name, err := range map[string]error{
				"create":   second(w.Compose.Create(t.Context(), c.who, w.box.UUID, compose.Edit{})),
				"save":     second(w.Compose.Save(t.Context(), c.who, w.box.UUID, id, compose.Known{}, compose.Edit{Text: new("x")})),
				"send":     second(w.Compose.Send(t.Context(), c.who, w.box.UUID, id, compose.Known{})),
				"discard":  w.Compose.Discard(t.Context(), c.who, w.box.UUID, id, 0),
				"reply":    second(w.Compose.Reply(t.Context(), c.who, w.box.UUID, id)),
				"forward":  second(w.Compose.Forward(t.Context(), c.who, w.box.UUID, id, compose.Edit{})),
				"limits":   second(w.Compose.Limits(t.Context(), c.who, w.box.UUID, compose.To{})),
				"document": third(w.Compose.AddDocument(t.Context(), c.who, w.box.UUID, id, "x")),
				"attach":   third(w.Compose.Attach(t.Context(), c.who, w.box.UUID, id, compose.NewFile{Name: "a.txt", Size: 1})),
				"write":    third(w.Compose.Write(t.Context(), c.who, w.box.UUID, id, id, compose.Chunk{Body: strings.NewReader("x")})),
			} {
				if errs.KindOf(err) != c.kind {
					t.Errorf("%s: %v, want %s", name, err, c.kind)
				}
			}
		}
		if _, err := w.Compose.Draft(t.Context(), reads, w.box.UUID, id); err != nil {
			t.Error(err)
		}
		_, err := w.Compose.Draft(t.Context(), bo, w.box.UUID, id)
		wants(t, err, errs.KindNotFound, "not.found")
		sent := w.send(id)
		for _, gone := range []post.UUID{id, sent.ID} {
			_, err = w.save(gone, compose.Known{}, compose.Edit{Text: new("x")})
			wants(t, err, errs.KindConflict, mailbox.CodeNoDraft)
			_, err = w.Compose.Draft(t.Context(), actor(w.citizen), w.box.UUID, gone)
			wants(t, err, errs.KindConflict, mailbox.CodeNoDraft)
		}
		_, err = w.trySend(sent.ID)
		wants(t, err, errs.KindConflict, mailbox.CodeNoDraft)
		_, err = w.Compose.Status(t.Context(), bo, w.box.UUID, sent.ID)
		wants(t, err, errs.KindNotFound, "not.found")
		letter := w.get(nil)
		_, err = w.save(letter.ID, compose.Known{}, compose.Edit{Text: new("x")})
		wants(t, err, errs.KindConflict, mailbox.CodeNoDraft)
		_, err = w.Compose.Reply(t.Context(), actor(w.citizen), w.box.UUID, sent.ID)
		wants(t, err, errs.KindConflict, compose.CodeNotReceived)
	})
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// What is typed is held to its limits, and cleaned of what letters cannot have.
func TestTypedRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		long := strings.Repeat("ø", 600)
		for code, e := range map[string]compose.Edit{
			compose.CodeSubjectTooLong: {Subject: &long},
			compose.CodeTextTooLong:    {Text: new(strings.Repeat("ord ", 30_000))},
			compose.CodeCommentTooLong: {Comment: &long},
			compose.CodeAnswerTooLong:  {Answers: &[]compose.Answer{{"?", long}}},
			compose.CodeFixed:          {Comment: new("ikke videresendt")},
			compose.CodeRecipientsMany: {To: &compose.To{EMails: make([]string, 30)}},
		} {
			_, err := w.save(draft.Message.ID, compose.Known{}, e)
			wants(t, err, errs.KindInvalid, code)
		}
		after, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{Subject: new("a\x00b\u202Ec"), Text: new("d\x01\x1fe")})
		if err != nil || after.Subject != "abc" || after.Text != "<p>de</p>" {
			t.Errorf("%+v %v", after, err)
		}
		w.send(draft.Message.ID)
		if got := w.waiting(); len(got) != 1 || memo.Validate(got[0], memo.Rules{}) != nil {
			t.Error(memo.Validate(got[0], memo.Rules{}))
		}
	})
}
