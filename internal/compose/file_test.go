package compose_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// MBX-03: an upload goes on where it was when the connection broke.
func TestUploadGoesOn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.ready().Message.ID
		whole := strings.Repeat("0123456789abcdef", 200_000) // 3.2 MB: several pieces
		total := int64(len(whole))
		draft, f, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "tegning.txt", Size: total})
		if err != nil || f.Whole || f.Received != 0 || !slices.Equal(codes(draft), []string{compose.CodeFileIncomplete}) {
			t.Fatalf("%+v %v %v", f, codes(draft), err)
		}
		// The connection breaks within the second piece: what came is kept.
		broken := io.MultiReader(strings.NewReader(whole[:1_500_000]), failing{})
		if _, _, err = w.Compose.Write(t.Context(), actor(w.citizen), w.box.UUID, id, f.ID, compose.Chunk{Total: total, Body: broken}); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		f = w.draft(id).File(f.ID)
		if f.Received != 1_500_000 || f.Whole {
			t.Fatalf("%+v", f)
		}
		_, at, err := w.write(id, f.ID, 1_000_000, total, whole[1_000_000:])
		wants(t, err, errs.KindConflict, compose.CodeFileOffset)
		if at.Received != 1_500_000 {
			t.Errorf("%+v", at)
		}
		if _, err = w.trySend(id); errs.CodeOf(err) != compose.CodeFileIncomplete {
			t.Error(err)
		}
		if _, f, err = w.write(id, f.ID, f.Received, total, whole[1_500_000:2_000_000]); err != nil || f.Whole || f.Received != 2_000_000 {
			t.Fatalf("%+v %v", f, err)
		}
		if draft, f, err = w.write(id, f.ID, 2_000_000, total, whole[2_000_000:]); err != nil || !f.Whole || len(draft.Problems) > 0 {
			t.Fatalf("%+v %v %v", f, err, draft.Problems)
		}
		if _, f, err = w.write(id, f.ID, total, total, ""); err != nil || !f.Whole { // its answer was lost
			t.Errorf("%+v %v", f, err)
		}
		if w.content(w.citizen, id, f.Document, f.Place) != whole {
			t.Error("the file is another")
		}
		w.send(id)
		if got := w.waiting(); text(got[0].Body.AdditionalDocument[0].Files[0]) != whole {
			t.Error("another file was sent")
		}
		w.pieces(0)
	})
}

var errBroken = errors.New("the connection broke")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

// pieces holds how many pieces of files are stored.
func (w *town) pieces(want int) {
	w.T.Helper()
	var n int
	w.Update(func(tx *db.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM upload_part").Scan(&n) })
	if n != want {
		w.T.Errorf("%d pieces are stored, want %d", n, want)
	}
}

// A file that was sent from its first byte again is the one that came last; one of
// unknown size ends where it ends.
func TestUploadAnew(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.ready().Message.ID
		_, f, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "a.txt", Size: -1})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"første", "anden udgave"} {
			_, f, err = w.write(id, f.ID, 0, -1, text)
			if err != nil || !f.Whole || f.Size != int64(len(text)) || w.content(w.citizen, id, 1, 0) != text {
				t.Fatalf("%+v %v", f, err)
			}
		}
		if f.Version != 3 {
			t.Error(f.Version)
		}
		_, _, err = w.Compose.Write(t.Context(), actor(w.citizen), w.box.UUID, id, f.ID, compose.Chunk{Total: -1, Version: 1, Body: strings.NewReader("x")})
		wants(t, err, errs.KindConflict, compose.CodeEdition)
		// What is begun anew and never finished leaves the file as it was.
		if _, _, err = w.write(id, f.ID, 0, 100, "halv"); err != nil {
			t.Fatal(err)
		}
		w.sweep()
		if w.content(w.citizen, id, 1, 0) != "anden udgave" || len(w.draft(id).Problems) > 0 {
			t.Error("the file is gone")
		}
		w.pieces(0)
	})
}

// sweep lets a day pass.
func (w *town) sweep() {
	w.T.Helper()
	w.Work() // what comes round by itself has its next time now
	w.Clock.Advance(25 * time.Hour)
	w.Work()
}

// What nobody finishes is cleared away after a day.
func TestUnfinishedIsCleared(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.ready().Message.ID
		_, f, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "a.txt", Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.write(id, f.ID, 0, 10, "halv"); err != nil {
			t.Fatal(err)
		}
		w.pieces(1)
		w.Work()
		w.pieces(1)
		w.sweep()
		w.pieces(0)
		if draft := w.draft(id); len(draft.Attachments) != 0 || len(draft.Problems) != 0 {
			t.Errorf("%+v", draft)
		}
		_, _, err = w.write(id, f.ID, 4, 10, "hjælp!")
		wants(t, err, errs.KindNotFound, compose.CodeFileUnknown)
		w.attach(id, "b.txt", "igen")
		w.send(id)
	})
}

// Facts 2.1 to 2.3: what cannot be sent is refused before it has come, or as soon
// as it is known.
func TestFilesRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.ready().Message.ID
		for _, c := range []struct {
			name, text string
			kind       errs.Kind
			code       string
		}{
			{"tom.txt", "", errs.KindInvalid, memo.CodeFileEmpty},
			{"spil.exe", "MZ", errs.KindInvalid, memo.CodeFileContent},
			{"arkiv.zip", "PK", errs.KindInvalid, memo.CodeFileExtension},
			{"uden", "x", errs.KindInvalid, memo.CodeFileExtension},
			{"brev.pdf", "\x7fELF" + strings.Repeat("x", 100), errs.KindInvalid, memo.CodeFileContent},
		} {
			_, err := w.tryAttach(id, c.name, c.text)
			wants(t, err, c.kind, c.code)
			if draft := w.draft(id); len(draft.Attachments) != 0 || len(draft.Problems) != 0 {
				t.Errorf("%s: %+v", c.name, draft.Attachments)
			}
		}
		_, f, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "a.txt", Size: 3})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.write(id, f.ID, 0, 3, "mere end tre")
		wants(t, err, errs.KindInvalid, compose.CodeFileSize)
		_, _, err = w.write(id, post.NewUUID(), 0, 3, "tre")
		wants(t, err, errs.KindNotFound, compose.CodeFileUnknown)
		_, _, err = w.Compose.Attach(t.Context(), actor(w.Person("Bo", 30, nil)), w.box.UUID, id, compose.NewFile{Name: "a.txt", Size: 3})
		wants(t, err, errs.KindNotFound, "not.found")
		if draft := w.attach(id, `C:\mappe\et`+"\u00A0"+`"kort".txt`, "x"); draft.Attachments[1].Files[0].Name != `et _kort_.txt` {
			t.Errorf("%+v", draft.Attachments)
		}
	})
}

// Facts 2.1: a contact point's limits hold, and a new recipient's are looked at
// again. What was attached is never lost by it.
func TestLimits(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		small := w.point("Lille", `,"memoSizeThresholdMB":0.001,"allowedNumberOfAttachments":2`)
		draft := w.ready()
		id := draft.Message.ID
		if draft.Limits.Bytes != 10_000_000 || draft.Limits.Files != 10 {
			t.Errorf("%+v", draft.Limits)
		}
		_, _, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "stor.pdf", Size: 10_000_001})
		wants(t, err, errs.KindTooLarge, memo.CodeTooLarge)
		for range 3 {
			w.attach(id, "a.txt", strings.Repeat("x", 500))
		}
		draft, err = w.save(id, compose.Known{}, compose.Edit{To: &compose.To{Authority: w.authority.UUID, Point: small}})
		if err != nil || !slices.Equal(codes(draft), []string{memo.CodeTooLarge, memo.CodeTooManyAttachments}) || len(draft.Attachments) != 3 {
			t.Fatalf("%v %v", codes(draft), err)
		}
		if _, err := w.trySend(id); errs.CodeOf(err) != memo.CodeTooManyAttachments {
			t.Error(err)
		}
		draft, err = w.Compose.RemoveDocument(t.Context(), actor(w.citizen), w.box.UUID, id, draft.Attachments[0].ID, 0)
		if err != nil || !slices.Equal(codes(draft), nil) {
			t.Fatalf("%v %v", codes(draft), err)
		}
		_, err = w.tryAttach(id, "b.txt", "x")
		wants(t, err, errs.KindInvalid, memo.CodeTooManyAttachments)
		draft, err = w.Compose.RemoveFile(t.Context(), actor(w.citizen), w.box.UUID, id, draft.Attachments[0].Files[0].ID, 0)
		if err != nil || len(draft.Attachments) != 1 {
			t.Fatalf("%+v %v", draft.Attachments, err)
		}
		// A size that nobody told is counted as it comes.
		_, f, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "c.txt", Size: -1})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.write(id, f.ID, 0, -1, strings.Repeat("x", 600))
		wants(t, err, errs.KindTooLarge, memo.CodeTooLarge)
	})
}

// What files lie in a draft is one thing, and what is typed another: nobody who
// types is disturbed by a file.
func TestFilesAndTypingDoNotMeet(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		w.attach(draft.Message.ID, "a.txt", "x")
		after, err := w.save(draft.Message.ID, compose.Known{Edition: draft.Edition}, compose.Edit{Text: new("Nyt")})
		if err != nil || len(after.Attachments) != 1 || after.Text != "<p>Nyt</p>" {
			t.Fatalf("%+v %v", after, err)
		}
		_, err = w.save(draft.Message.ID, compose.Known{Version: draft.Message.Version}, compose.Edit{Text: new("Andet")})
		wants(t, err, errs.KindConflict, compose.CodeEdition)
	})
}

// Documents by themselves, as clients of the API make them.
func TestDocuments(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.ready().Message.ID
		me, box := actor(w.citizen), w.box.UUID
		_, doc, err := w.Compose.AddDocument(t.Context(), me, box, id, "Brev")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"brev.txt", "brev.html"} {
			_, f, err := w.Compose.Attach(t.Context(), me, box, id, compose.NewFile{Name: name, Size: 4, Document: doc.ID})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := w.write(id, f.ID, 0, 4, "hej!"); err != nil {
				t.Fatal(err)
			}
		}
		draft, err := w.Compose.RenameDocument(t.Context(), me, box, id, doc.ID, doc.Version, "Nyt navn")
		if err != nil || len(draft.Attachments) != 1 || draft.Attachments[0].Label != "Nyt navn" || len(draft.Attachments[0].Files) != 2 {
			t.Fatalf("%+v %v", draft.Attachments, err)
		}
		_, err = w.Compose.RenameDocument(t.Context(), me, box, id, doc.ID, doc.Version, "x")
		wants(t, err, errs.KindConflict, compose.CodeEdition)
		f := draft.Attachments[0].Files[0]
		draft, err = w.Compose.RenameFile(t.Context(), me, box, id, f.ID, f.Version, "andet.txt", "en")
		if err != nil || draft.File(f.ID).Name != "andet.txt" {
			t.Fatalf("%+v %v", draft.Attachments, err)
		}
		_, err = w.Compose.RenameFile(t.Context(), me, box, id, f.ID, 0, "andet.pdf", "")
		wants(t, err, errs.KindInvalid, memo.CodeFileExtension)
		if _, _, err := w.Compose.AddDocument(t.Context(), me, box, id, "Bliver aldrig fyldt"); err != nil {
			t.Fatal(err)
		}
		sent := w.send(id)
		got := w.fetch(sent.MemoUUID).Body.AdditionalDocument
		if len(got) != 1 || got[0].Label != "Nyt navn" || got[0].Files[0].Filename != "andet.txt" || got[0].Files[0].Language != "en" || text(got[0].Files[1]) != "hej!" {
			t.Errorf("%+v", got)
		}
	})
}

// What one draft takes up has an end, however its files are announced: documents
// that stay empty count, and so do a document's files of unknown size.
func TestDraftsHaveAnEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		draft := w.ready()
		id, me, box := draft.Message.ID, actor(w.citizen), w.box.UUID
		var doc compose.Document
		for range draft.Limits.Files {
			var err error
			if _, doc, err = w.Compose.AddDocument(t.Context(), me, box, id, "Bilag"); err != nil {
				t.Fatal(err)
			}
		}
		wants(t, third(w.Compose.AddDocument(t.Context(), me, box, id, "Et for meget")), errs.KindInvalid, memo.CodeTooManyAttachments)
		for i := range compose.MaxForms + 1 {
			_, _, err := w.Compose.Attach(t.Context(), me, box, id, compose.NewFile{Name: "brev.txt", Size: -1, Document: doc.ID})
			if i < compose.MaxForms && err != nil {
				t.Fatal(err)
			}
			if i == compose.MaxForms {
				wants(t, err, errs.KindInvalid, memo.CodeTooManyAttachments)
			}
		}
		w.Update(func(tx *db.Tx) error { // as many as there may be, in no time
			for range compose.MaxDrafts - 1 {
				if _, err := tx.Exec("INSERT INTO draft (mailbox, message, sealed) VALUES ($1, $2, $3)", w.citizen.ID, post.NewUUID(), []byte("x")); err != nil {
					return err
				}
			}
			return nil
		})
		wants(t, second(w.Compose.Create(t.Context(), me, box, compose.Edit{})), errs.KindConflict, compose.CodeDraftsMany)
		w.Update(func(tx *db.Tx) error {
			_, err := tx.Exec("DELETE FROM draft WHERE mailbox = $1 AND message <> $2", w.citizen.ID, id)
			return err
		})
		w.create(compose.Edit{})
	})
}

// A file does not come in crumbs: each piece takes more room than its bytes.
func TestPiecesHaveAnEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		id := w.ready().Message.ID
		_, f, err := w.Compose.Attach(t.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: "a.txt", Size: 5000})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.write(id, f.ID, 0, 5000, "x"); err != nil {
			t.Fatal(err)
		}
		w.Update(func(tx *db.Tx) error { // as if all but the last had come too, in no time
			for i := range compose.MaxPieces - 2 {
				if _, err := tx.Exec("INSERT INTO upload_part (upload, position, blob, sealed) VALUES ($1, $2, $3, $4)", f.ID, -1-i, post.NewUUID(), []byte("x")); err != nil {
					return err
				}
			}
			return nil
		})
		if _, _, err := w.write(id, f.ID, 1, 5000, "x"); err != nil {
			t.Fatal(err)
		}
		wants(t, third(w.write(id, f.ID, 2, 5000, "x")), errs.KindInvalid, compose.CodeFilePieces)
		w.Update(func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM upload_part WHERE position < 0"); return err })
		draft, _, err := w.write(id, f.ID, 0, 5000, strings.Repeat("x", 5000))
		if err != nil || !draft.File(f.ID).Whole {
			t.Errorf("from the beginning again: %v", err)
		}
		w.pieces(0)
	})
}
