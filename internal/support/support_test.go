package support_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/support"
	"digitalpost/internal/testkit"
	town "digitalpost/internal/testkit/world"
)

func desk(t *testing.T, w *town.World) *support.Desk {
	t.Helper()
	operator, err := w.Registry.CVR(w.Operator)
	if err != nil {
		t.Fatal(err)
	}
	return support.New(support.Config{DB: w.DB, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Intake: w.Intake, Operator: operator})
}

func attach(t *testing.T, d *support.Desk, name, content string) *support.Attachment {
	t.Helper()
	a, err := d.Attach(name, strings.NewReader(content), support.MaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var (
	xmlContent = regexp.MustCompile(`<(?:\w+:)?content>([^<]*)</`)
	xmlFile    = regexp.MustCompile(`<(?:\w+:)?filename>([^<]*)</`)
)

// read is the newest letter of a party as its own system gets it: its title, what
// it says, and the documents beside.
func read(t *testing.T, w *town.World, p registry.Party) (label, text string, files []string) {
	t.Helper()
	var message post.UUID
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow("SELECT message FROM inquiry ORDER BY created DESC, id DESC LIMIT 1").Scan(&message)
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Kind == post.Person {
		actor := town.Actor(p)
		boxes, err := w.Mailboxes.List(t.Context(), actor)
		if err != nil || len(boxes) != 1 {
			t.Fatal(boxes, err)
		}
		page, err := w.Mailboxes.Messages(t.Context(), actor, boxes[0].UUID, mailbox.Query{Inbox: true, Limit: 1})
		if err != nil || len(page.Messages) != 1 {
			t.Fatal(page.Messages, err)
		}
		message = page.Messages[0].ID
	}
	out, err := w.Mailboxes.Outgoing(t.Context(), p.ID, message)
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	var xml bytes.Buffer
	if err := w.Mailboxes.WriteMemo(t.Context(), &xml, p.ID, message, "1.2"); err != nil {
		t.Fatal(err)
	}
	names := xmlFile.FindAllStringSubmatch(xml.String(), -1)
	for i, m := range xmlContent.FindAllStringSubmatch(xml.String(), -1) {
		raw, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			text = string(raw)
		} else {
			files = append(files, names[i][1]+"="+string(raw))
		}
	}
	return out.Memo.Header.Label, text, files
}

// MBX-20: what a person writes to support lies in the mailbox of who runs Digital
// Post, with its documents, and the writer has a number and a copy.
func TestInquiry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := town.New(t, d)
		anna := w.Person("Anna Østergård", 40, nil)
		number, err := w.Registry.Number(anna)
		if err != nil {
			t.Fatal(err)
		}
		desk := desk(t, w)
		q := support.Inquiry{Kind: support.Request, Party: anna.ID, Subject: "Luk <b>profilen</b>", Text: "Kære support\n\nLuk den.\nTak & hilsen",
			Attachments: []*support.Attachment{attach(t, desk, "skifteretsattest.txt", "attest")}}
		r, err := desk.Submit(t.Context(), q)
		if err != nil || len(r.Number) != 9 || !r.Copied {
			t.Fatal(r, err)
		}
		label, text, files := read(t, w, w.Operator)
		if label != "Anmodning "+r.Number+": Luk <b>profilen</b>" {
			t.Error(label)
		}
		for _, part := range []string{r.Number, "Anna Østergård", number.Digits[:6] + "-" + number.Digits[6:], "Luk &lt;b&gt;profilen&lt;/b&gt;", "<p>Luk den.<br>Tak &amp; hilsen</p>", "ja, med MitID"} {
			if !strings.Contains(text, part) {
				t.Errorf("%q is missing in %s", part, text)
			}
		}
		if len(files) != 1 || files[0] != "skifteretsattest.txt=attest" {
			t.Error(files)
		}
		label, text, files = read(t, w, anna)
		if !strings.HasPrefix(label, "Kopi af din henvendelse "+r.Number) || !strings.Contains(text, "Tak &amp; hilsen") || len(files) != 1 || files[0] != "skifteretsattest.txt=attest" {
			t.Error(label, text, files)
		}
		again, err := desk.Receipt(t.Context(), r.Number)
		if err != nil || again.Number != r.Number || !again.Copied || !again.Created.Equal(r.Created) {
			t.Error(again, err)
		}
		if _, err := desk.Receipt(t.Context(), "0000-0000"); errs.KindOf(err) != errs.KindNotFound {
			t.Error("a receipt of nothing:", err)
		}
		// What was written is not to be read in the database.
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			var row []byte
			if err := tx.QueryRow("SELECT sealed FROM inquiry WHERE number = $1", r.Number).Scan(&row); err != nil {
				return err
			}
			if strings.Contains(string(row), "Luk") || strings.Contains(string(row), "Anna") {
				t.Error("it is stored open")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Feedback does not carry a CPR number to where nobody needs it; who is not logged
// in is answered where they say, has no copy, and support is told that nobody has
// seen who they are. A child has no mailbox and writes all the same.
func TestWhoWrites(t *testing.T) {
	w := town.New(t, testkit.SQLite(t))
	desk := desk(t, w)
	anna, bo := w.Person("Anna", 40, nil), w.Person("Bo", 12, nil)
	number, err := w.Registry.Number(anna)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.Submit(t.Context(), support.Inquiry{Kind: support.Feedback, Party: anna.ID, Subject: "Godt", Text: "Tak"}); err != nil {
		t.Fatal(err)
	}
	if _, text, _ := read(t, w, w.Operator); strings.Contains(text, number.Digits[6:]) || !strings.Contains(text, "Anna") {
		t.Error(text)
	}
	r, err := desk.Submit(t.Context(), support.Inquiry{Kind: support.Question, Name: "Else", Phone: "12 34 56 78", EMail: "else@example.com", Subject: "Hjælp", Text: "Hvordan?"})
	if err != nil || r.Copied {
		t.Fatal(r, err)
	}
	if _, text, _ := read(t, w, w.Operator); !strings.Contains(text, "Else") || !strings.Contains(text, "12 34 56 78") || !strings.Contains(text, "else@example.com") || !strings.Contains(text, "Logget ind:</strong> nej") {
		t.Error(text)
	}
	if r, err := desk.Submit(t.Context(), support.Inquiry{Kind: support.Question, Party: bo.ID, Subject: "Hjælp", Text: "Hvornår?"}); err != nil || r.Copied {
		t.Error(r, err)
	}
}

func TestMistakes(t *testing.T) {
	w := town.New(t, testkit.SQLite(t))
	desk := desk(t, w)
	whole := support.Inquiry{Kind: support.Question, Name: "Else", EMail: "else@example.com", Subject: "Hjælp", Text: "Hvordan?"}
	for code, change := range map[string]func(*support.Inquiry){
		support.CodeKind:    func(q *support.Inquiry) { q.Kind = "x" },
		support.CodeName:    func(q *support.Inquiry) { q.Name = " " },
		support.CodeReach:   func(q *support.Inquiry) { q.EMail = "" },
		support.CodeEMail:   func(q *support.Inquiry) { q.EMail = "Else <else@example.com>" },
		support.CodePhone:   func(q *support.Inquiry) { q.Phone = "1234" },
		support.CodeSubject: func(q *support.Inquiry) { q.Subject = strings.Repeat("æ", support.MaxSubject+1) },
		support.CodeText:    func(q *support.Inquiry) { q.Text = "\xff" },
		support.CodeFiles: func(q *support.Inquiry) {
			for range support.MaxFiles + 1 {
				q.Attachments = append(q.Attachments, attach(t, desk, "a.txt", "a"))
			}
		},
	} {
		q := whole
		change(&q)
		if _, err := desk.Submit(t.Context(), q); !strings.Contains(codes(err), code) || errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := whole.Check(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		file, content string
		limit         int64
		code          string
	}{
		"empty": {"a.txt", "", 10, support.CodeEmpty}, "large": {"a.txt", "12345678901", 10, support.CodeSize}, "program": {"a.exe", "MZ", 10, support.CodeType},
		"page": {"a.html", "<html>", 10, support.CodeType}, "program called pdf": {"a.pdf", "\x7fELFxxxx", 10, support.CodeType}, "nothing": {"a", "x", 10, support.CodeType},
	} {
		if _, err := desk.Attach(c.file, strings.NewReader(c.content), c.limit); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := support.New(support.Config{DB: w.DB, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Intake: w.Intake}).Submit(t.Context(), whole); errs.CodeOf(err) != intake.CodeNoOperator {
		t.Error("nobody runs it:", err)
	}
}

// codes are the codes of what is wrong.
func codes(err error) string {
	all := ""
	if e, ok := errors.AsType[*errs.Error](err); ok {
		for _, f := range e.Fields {
			all += f.Code + " "
		}
	}
	return all
}
