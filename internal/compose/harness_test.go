package compose_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// town is a municipality with a system that sends and one that receives, and a
// citizen.
type town struct {
	*world.World
	authority registry.Party
	sends     registry.System
	receives  registry.System
	citizen   registry.Party
	box       mailbox.Mailbox
	points    map[string]post.UUID
}

func newTown(t testing.TB, d *db.DB, change ...func(*outbound.Config)) *town {
	t.Helper()
	w := &town{World: world.New(t, d, change...), points: map[string]post.UUID{}}
	w.authority = w.Authority("Ålhavn Kommune")
	w.sends, w.receives = w.Sender(w.authority).System, w.Recipient(w.authority).System
	w.citizen = w.Person("Signe", 40, nil)
	w.box = w.enter(w.citizen)
	t.Cleanup(func() { w.check(t) })
	return w
}

// point makes a contact point of the municipality, with what a register says of it.
func (w *town) point(name, details string) post.UUID {
	w.T.Helper()
	id := post.NewUUID()
	line := `{"type":"contactPoint","id":"` + id.String() + `","organisation":"` + w.Number(w.authority) + `","name":"` + name + `"` + details + "}\n"
	if _, err := w.Registry.Import(w.T.Context(), name, strings.NewReader(line)); err != nil {
		w.T.Fatal(err)
	}
	w.points[name] = id
	return id
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

// get delivers a letter to the citizen.
func (w *town) get(change func(*memo.Message)) mailbox.Message {
	w.T.Helper()
	w.Clock.Advance(time.Second)
	id, xml := w.Letter(w.authority, w.citizen, change)
	if _, err := w.Intake.Accept(w.T.Context(), intake.Submission{System: w.sends, Body: bytes.NewReader(xml), Length: int64(len(xml))}); err != nil {
		w.T.Fatal(err)
	}
	for _, m := range w.list(w.citizen, mailbox.Query{Inbox: true, Limit: 100}) {
		if m.MemoUUID == id {
			return m
		}
	}
	w.T.Fatal("the letter is not there")
	return mailbox.Message{}
}

// list is what somebody sees of their own mailbox.
func (w *town) list(p registry.Party, q mailbox.Query) []mailbox.Message {
	w.T.Helper()
	box := w.enter(p)
	page, err := w.Mailboxes.Messages(w.T.Context(), actor(p), box.UUID, q)
	if err != nil {
		w.T.Fatal(err)
	}
	return page.Messages
}

func (w *town) read(p registry.Party, message post.UUID) mailbox.Letter {
	w.T.Helper()
	l, err := w.Mailboxes.Read(w.T.Context(), actor(p), w.enter(p).UUID, message)
	if err != nil {
		w.T.Fatal(err)
	}
	return l
}

// content is the bytes of a file.
func (w *town) content(p registry.Party, message post.UUID, document, place int) string {
	w.T.Helper()
	_, r, err := w.Mailboxes.Content(w.T.Context(), actor(p), w.enter(p).UUID, message, document, place)
	if err != nil {
		w.T.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		w.T.Fatal(err)
	}
	return string(text)
}

// create begins a letter of the citizen.
func (w *town) create(e compose.Edit) compose.Draft {
	w.T.Helper()
	d, err := w.Compose.Create(w.T.Context(), actor(w.citizen), w.box.UUID, e)
	if err != nil {
		w.T.Fatal(err)
	}
	return d
}

// ready is a letter to the municipality that can be sent.
func (w *town) ready() compose.Draft {
	w.T.Helper()
	return w.create(compose.Edit{Subject: new("Ny cykelsti"), Text: new("<p>Kære kommune</p><ul><li>Byg <b>nu</b></li></ul>"), To: w.toAuthority()})
}

func (w *town) toAuthority() *compose.To { return &compose.To{Authority: w.authority.UUID} }

func (w *town) draft(id post.UUID) compose.Draft {
	w.T.Helper()
	d, err := w.Compose.Draft(w.T.Context(), actor(w.citizen), w.box.UUID, id)
	if err != nil {
		w.T.Fatal(err)
	}
	return d
}

func (w *town) save(id post.UUID, k compose.Known, e compose.Edit) (compose.Draft, error) {
	return w.Compose.Save(w.T.Context(), actor(w.citizen), w.box.UUID, id, k, e)
}

func (w *town) trySend(id post.UUID) (mailbox.Message, error) {
	return w.Compose.Send(w.T.Context(), actor(w.citizen), w.box.UUID, id, compose.Known{})
}

func (w *town) send(id post.UUID) mailbox.Message {
	w.T.Helper()
	m, err := w.trySend(id)
	if err != nil {
		w.T.Fatal(err)
	}
	return m
}

func (w *town) status(message post.UUID) []compose.Outcome {
	w.T.Helper()
	all, err := w.Compose.Status(w.T.Context(), actor(w.citizen), w.box.UUID, message)
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// attach attaches a file with its bytes.
func (w *town) attach(id post.UUID, name, text string) compose.Draft {
	w.T.Helper()
	d, err := w.tryAttach(id, name, text)
	if err != nil {
		w.T.Fatal(err)
	}
	return d
}

func (w *town) tryAttach(id post.UUID, name, text string) (compose.Draft, error) {
	d, f, err := w.Compose.Attach(w.T.Context(), actor(w.citizen), w.box.UUID, id, compose.NewFile{Name: name, Size: int64(len(text))})
	if err != nil {
		return d, err
	}
	d, _, err = w.write(id, f.ID, 0, int64(len(text)), text)
	return d, err
}

func (w *town) write(id, file post.UUID, offset, total int64, text string) (compose.Draft, compose.File, error) {
	return w.Compose.Write(w.T.Context(), actor(w.citizen), w.box.UUID, id, file, compose.Chunk{Offset: offset, Total: total, Body: bytes.NewReader([]byte(text))})
}

// waiting are the letters that wait for the municipality's system, as it gets them.
func (w *town) waiting() []*memo.Message {
	w.T.Helper()
	var ids []post.UUID
	w.Update(func(tx *db.Tx) error {
		page, err := w.Outbound.Memos(tx, w.receives.ID, 0, 100)
		ids = page.Content
		return err
	})
	var all []*memo.Message
	for _, id := range ids {
		all = append(all, w.fetch(id))
	}
	return all
}

func (w *town) xml(id post.UUID) []byte {
	w.T.Helper()
	var out bytes.Buffer
	if err := w.Outbound.FetchMemo(w.T.Context(), &out, w.receives, id); err != nil {
		w.T.Fatal(err)
	}
	return out.Bytes()
}

func (w *town) fetch(id post.UUID) *memo.Message {
	w.T.Helper()
	m, err := memo.Read(bytes.NewReader(w.xml(id)), memo.ReadOptions{Rules: &memo.Rules{}, Sink: func(_ memo.DocumentKind, f *memo.File) (io.WriteCloser, error) {
		b := &kept{}
		f.Content = b
		return b, nil
	}})
	if err != nil {
		w.T.Fatal(err)
	}
	return m
}

type kept struct{ bytes.Buffer }

func (*kept) Close() error { return nil }

// receipt gives the system's receipt for a letter.
func (w *town) receipt(id post.UUID, status outbound.Status, code string) {
	w.T.Helper()
	w.Update(func(tx *db.Tx) error {
		return w.Outbound.BusinessReceipt(tx, w.receives, id, outbound.Receipt{Status: status, Code: code})
	})
}

// events are those in the citizen's log.
func (w *town) events(name audit.Name) int { return w.Events(w.citizen.ID, name) }

func (w *town) check(t testing.TB) {
	t.Helper()
	told := func(problem string) { t.Error(problem) }
	if err := w.Mailboxes.Check(context.Background(), true, told); err != nil {
		t.Error(err)
	}
	if err := w.Compose.Check(context.Background(), told); err != nil {
		t.Error(err)
	}
}

// wants holds an error to its kind and code.
func wants(t testing.TB, err error, kind errs.Kind, code string) {
	t.Helper()
	if errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		t.Errorf("%v (%s %s), want %s %s", err, errs.KindOf(err), errs.CodeOf(err), kind, code)
	}
}

// codes are what stands in the way of sending a draft.
func codes(d compose.Draft) []string {
	var all []string
	for _, p := range d.Problems {
		all = append(all, p.Code)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
