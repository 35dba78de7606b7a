package mailbox_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// manyFiles is a letter whose main document has two forms, with an attachment, and
// a technical document that no reader is shown (facts 2.1).
func manyFiles(m *memo.Message) {
	file := func(name, text string) *memo.File {
		return &memo.File{EncodingFormat: "text/plain", Filename: name, Language: "da", Content: []byte(text)}
	}
	m.Body.MainDocument.Files = []*memo.File{file("kort.txt", "kort"), file("lang.txt", strings.Repeat("0123456789", 30_000))}
	m.Body.AdditionalDocument = []memo.Document{{Label: "Bilag", Files: []*memo.File{file("bilag.txt", "bilag")}}}
	m.Body.TechnicalDocument = []memo.Document{{Label: "Data", Files: []*memo.File{{EncodingFormat: "text/xml", Filename: "data.xml", Language: "da", Content: []byte("<data/>")}}}}
}

// MBX-13: every file that is shown, whole and in parts.
func TestContent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(manyFiles)
		files := w.read(m.ID).Files()
		if len(files) != 3 || m.Documents != 2 {
			t.Fatalf("%d files, %d documents", len(files), m.Documents)
		}
		for i, want := range []string{"kort", strings.Repeat("0123456789", 30_000), "bilag"} {
			f, r, err := w.Mailboxes.Content(t.Context(), actor(w.citizen), w.box.UUID, m.ID, files[i].Document, files[i].Place)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != want || f.Filename != files[i].Filename || f.Size != int64(len(want)) {
				t.Errorf("%s: %d bytes, %v", f.Filename, len(got), err)
			}
			from := int64(len(want)) - 3 // a range, as a PDF viewer asks for
			if _, err := r.Seek(from, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || string(got) != want[from:] {
				t.Errorf("%s from %d: %q %v", f.Filename, from, got, err)
			}
			r.Close()
		}
		for _, no := range [][2]int{{2, 0}, {0, 2}, {-1, 0}, {0, -1}, {9, 9}} { // 2 is the technical document
			if _, _, err := w.Mailboxes.Content(t.Context(), actor(w.citizen), w.box.UUID, m.ID, no[0], no[1]); errs.KindOf(err) != errs.KindNotFound {
				t.Errorf("file %v: %v", no, err)
			}
		}
	})
}

// A recipient system gets the letter as it was sent, also its technical documents,
// in the version it wants.
func TestWriteMemo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(manyFiles)
		for _, version := range []string{"1.1", "1.2"} {
			var xml bytes.Buffer
			if err := w.Mailboxes.WriteMemo(t.Context(), &xml, w.citizen.ID, m.ID, version); err != nil {
				t.Fatal(err)
			}
			var texts []string
			got, err := memo.Read(&xml, memo.ReadOptions{Sink: func(_ memo.DocumentKind, f *memo.File) (io.WriteCloser, error) {
				return &text{to: &texts}, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"kort", strings.Repeat("0123456789", 30_000), "bilag", "<data/>"}
			if got.Header.MessageUUID != m.MemoUUID || got.Header.Label != m.Label || got.Version.String() != version || strings.Join(texts, "|") != strings.Join(want, "|") {
				t.Errorf("%s: version %v, %s, %v", version, got.Version, got.Header.MessageUUID, lengths(texts))
			}
		}
	})
}

func lengths(texts []string) (all []int) {
	for _, t := range texts {
		all = append(all, len(t))
	}
	return all
}

// text collects what is written to it.
type text struct {
	bytes.Buffer
	to *[]string
}

func (t *text) Close() error { *t.to = append(*t.to, t.String()); return nil }
