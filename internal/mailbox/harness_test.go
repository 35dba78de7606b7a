package mailbox_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// town is a municipality that writes to one citizen.
type town struct {
	*world.World
	authority registry.Party
	system    registry.System
	citizen   registry.Party
	box       mailbox.Mailbox
}

func newTown(t testing.TB, d *db.DB) *town {
	t.Helper()
	w := found(t, d)
	t.Cleanup(func() { w.check(t) })
	return w
}

// found makes a town that is not checked at the end.
func found(t testing.TB, d *db.DB) *town {
	t.Helper()
	w := &town{World: world.New(t, d)}
	w.authority = w.Authority("Ålhavn Kommune")
	w.system = w.Sender(w.authority).System
	w.citizen = w.Person("Signe", 40, nil)
	w.box = w.enter(w.citizen)
	return w
}

var actor = world.Actor

func (w *town) enter(p registry.Party) mailbox.Mailbox {
	w.T.Helper()
	box, err := w.Mailboxes.Enter(w.T.Context(), actor(p))
	if err != nil {
		w.T.Fatal(err)
	}
	return box
}

// send delivers a letter to the citizen a second after the last one.
func (w *town) send(change func(*memo.Message)) mailbox.Message {
	w.T.Helper()
	w.Clock.Advance(time.Second)
	id, xml := w.Letter(w.authority, w.citizen, change)
	if err := w.accept(xml); err != nil {
		w.T.Fatal(err)
	}
	page := w.list(mailbox.Query{Limit: 1})
	if len(page.Messages) != 1 || page.Messages[0].MemoUUID != id {
		w.T.Fatalf("the letter is not there: %+v", page.Messages)
	}
	return page.Messages[0]
}

func (w *town) accept(xml []byte) error {
	_, err := w.Intake.Accept(w.T.Context(), intake.Submission{System: w.system, Body: bytes.NewReader(xml), Length: int64(len(xml))})
	return err
}

// letters writes letters to the citizen.
func (w *town) letters(n int) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		_, all[i] = w.Letter(w.authority, w.citizen, nil)
	}
	return all
}

// summons is a court summons with a date.
func summons(m *memo.Message) {
	m.Header.LegalNotification = true
	m.Body.MainDocument.Actions = []memo.Action{{Label: "Svar i sagen", ActionCode: memo.Bekraeft, EndDateTime: m.Body.CreatedDateTime.AddDate(0, 1, 0), EntryPoint: &memo.EntryPoint{URL: "https://ret.example.dk"}}}
}

// list is what the citizen sees.
func (w *town) list(q mailbox.Query) mailbox.Page {
	w.T.Helper()
	page, err := w.Mailboxes.Messages(w.T.Context(), actor(w.citizen), w.box.UUID, q)
	if err != nil {
		w.T.Fatal(err)
	}
	return page
}

// folder is one of the citizen's folders.
func (w *town) folder(id mailbox.FolderID) mailbox.Folder {
	w.T.Helper()
	all, err := w.Mailboxes.Folders(w.T.Context(), actor(w.citizen), w.box.UUID)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, f := range all {
		if f.ID == id {
			return f
		}
	}
	w.T.Fatalf("no folder %d", id)
	return mailbox.Folder{}
}

// read is a message as it is now.
func (w *town) read(message post.UUID) mailbox.Letter {
	w.T.Helper()
	l, err := w.Mailboxes.Read(w.T.Context(), actor(w.citizen), w.box.UUID, message)
	if err != nil {
		w.T.Fatal(err)
	}
	return l
}

func (w *town) patch(message post.UUID, c mailbox.Change) mailbox.Letter {
	w.T.Helper()
	l, err := w.Mailboxes.Patch(w.T.Context(), actor(w.citizen), w.box.UUID, message, 0, c)
	if err != nil {
		w.T.Fatal(err)
	}
	return l
}

// events is how often something is told of in a mailbox's log; 0 is of no
// mailbox.
func (w *town) events(box post.PartyID, name audit.Name) int { return w.Events(box, name) }

func (w *town) check(t testing.TB) {
	t.Helper()
	if err := w.Mailboxes.Check(context.Background(), true, func(problem string) { t.Error(problem) }); err != nil {
		t.Error(err)
	}
}
