package extract_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/extract"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

var pdf = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n")

// house is a company with letters, somebody who signs for it, and the agency.
type house struct {
	*world.World
	t       *testing.T
	firm    registry.Party
	town    registry.Party
	boss    post.Actor
	manager post.Actor
	box     post.UUID
}

func newHouse(t *testing.T, d *db.DB, letters int) *house {
	h := &house{World: world.New(t, d), t: t}
	h.firm, h.town = h.Company("Bageriet ApS"), h.Authority("Ålhavn Kommune")
	boss := h.Person("Bodil", 50, nil)
	h.Member(h.firm, boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
	h.boss = post.Actor{Party: boss.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial}
	h.manager = h.Clerk("Sara", h.Operator, access.SystemManager)
	for range letters {
		h.Deliver(h.town, h.firm, nil)
	}
	boxes, err := h.Mailboxes.List(t.Context(), h.boss)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boxes {
		if b.ID == h.firm.ID {
			h.box = b.UUID
		}
	}
	return h
}

func (h *house) document() []*agency.Upload {
	h.t.Helper()
	u, err := h.Extracts.Take("fusionsplan.pdf", bytes.NewReader(pdf))
	if err != nil {
		h.t.Fatal(err)
	}
	return []*agency.Upload{u}
}

func (h *house) ask(who post.Actor) extract.Extract {
	h.t.Helper()
	e, err := h.Extracts.Ask(h.t.Context(), who, h.box, "Fusion med Mølleren A/S", h.document())
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

func (h *house) approve(e extract.Extract) {
	h.t.Helper()
	if _, err := h.Extracts.Decide(h.t.Context(), h.manager, e.ID, e.Version, true, "Fusionsplanen er i orden"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) get(id post.UUID) extract.Extract {
	h.t.Helper()
	e, err := h.Extracts.Get(h.t.Context(), h.manager, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

func (h *house) fetch(who post.Actor, id post.UUID, place int) ([]byte, error) {
	h.t.Helper()
	d, err := h.Extracts.Fetch(h.t.Context(), who, h.box, id, place, -1)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var b bytes.Buffer
	err = d.Copy(&b)
	return b.Bytes(), err
}

func (h *house) check() {
	h.t.Helper()
	h.Update(func(tx *db.Tx) error { return h.Extracts.Check(tx, func(problem string) { h.t.Error(problem) }) })
	if err := h.Blobs.Check(h.t.Context(), func(id post.UUID, problem string) { h.t.Error(id, problem) }); err != nil {
		h.t.Error(err)
	}
}

// messages are the letters of the mailbox by id.
func (h *house) messages() map[string]mailbox.Message {
	h.t.Helper()
	page, err := h.Mailboxes.Messages(h.t.Context(), h.boss, h.box, mailbox.Query{Limit: 1000})
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[string]mailbox.Message{}
	for _, m := range page.Messages {
		all[m.ID.String()] = m
	}
	return all
}

// restored is what a part holds: of each letter its row of the index. Every file must be
// there with its hash, and every MeMo be one.
func (h *house) restored(raw []byte) map[string]map[string]string {
	h.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		h.t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			h.t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			h.t.Fatal(f.Name, err)
		}
	}
	text, bom := strings.CutPrefix(string(files["indeks.csv"]), "\ufeff")
	if !bom {
		h.t.Error("no byte order mark")
	}
	in := csv.NewReader(strings.NewReader(text))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, row := range rows[1:] {
		one := map[string]string{}
		for i, cell := range row {
			one[rows[0][i]] = cell
		}
		all[one["id"]] = one
		if one["memo"] != "" {
			if m, err := memo.Read(bytes.NewReader(files[one["memo"]]), memo.ReadOptions{}); err != nil || m.Header.MessageUUID.String() != one["messageUUID"] {
				h.t.Error(one["memo"], err)
			}
		}
		hashes := strings.Split(one["sha256"], " | ")
		for i, name := range strings.Split(one["dokumenter"], " | ") {
			if name == "" {
				continue
			}
			sum := sha256.Sum256(files[name])
			if hex.EncodeToString(sum[:]) != hashes[i] {
				h.t.Error(name, "has another hash")
			}
			if !strings.Contains(string(files["indeks.html"]), name) {
				h.t.Error(name, "is in no link")
			}
		}
		if !strings.Contains(string(files["kvitteringer.csv"]), one["id"]) {
			h.t.Error("no receipt of", one["id"])
		}
	}
	return all
}

// An extract is asked for with documents, decided on with a reason, written, fetched
// once by who asked and by nobody else, and gone; it has every letter (ORG-06).
func TestExtract(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 4)
		h.Deliver(h.town, h.firm, func(m *memo.Message) { m.Header.Label = `=HYPERLINK("http://x")` })
		if _, err := h.Extracts.Ask(t.Context(), h.boss, h.box, " ", h.document()); errs.CodeOf(err) != agency.CodeText {
			t.Error("without a reason", err)
		}
		if _, err := h.Extracts.Ask(t.Context(), h.boss, h.box, "Fusion", nil); errs.CodeOf(err) != agency.CodeFiles {
			t.Error("without a document", err)
		}
		stranger := world.Actor(h.Person("Gry", 30, nil))
		if _, err := h.Extracts.Ask(t.Context(), stranger, h.box, "Fusion", h.document()); errs.KindOf(err) != errs.KindNotFound {
			t.Error("a stranger asks", err)
		}
		e := h.ask(h.boss)
		if _, err := h.Extracts.Ask(t.Context(), h.boss, h.box, "Fusion", h.document()); errs.CodeOf(err) != agency.CodeThere {
			t.Error("asked for twice", err)
		}
		if _, err := h.fetch(h.boss, e.ID, 0); err == nil {
			t.Error("fetched before it was decided")
		}
		for _, who := range []post.Actor{h.boss, stranger, h.Clerk("Tage", h.town, access.SystemManager)} {
			if _, err := h.Extracts.Decide(t.Context(), who, e.ID, 0, true, "Ja"); err == nil {
				t.Errorf("%+v decides", who)
			}
			if _, r, err := h.Extracts.Content(t.Context(), who, e.ID, 0); err == nil {
				r.Close()
				t.Errorf("%+v reads the document", who)
			}
		}
		_, r, err := h.Extracts.Content(t.Context(), h.manager, e.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(r); !bytes.Equal(got, pdf) {
			t.Error("another document")
		}
		r.Close()
		letters := h.messages()
		h.approve(e)
		if _, err := h.Extracts.Decide(t.Context(), h.manager, e.ID, 0, true, "Ja"); errs.CodeOf(err) != agency.CodeDecided {
			t.Error("decided twice", err)
		}
		h.Work()
		h.check()
		if e = h.get(e.ID); e.State != extract.Ready || len(e.Parts) < 2 || e.Letters != int64(len(letters)) {
			t.Fatalf("%s, %d parts, %d letters of %d", e.State, len(e.Parts), e.Letters, len(letters))
		}
		colleague := h.Person("Carl", 40, nil)
		h.Member(h.firm, colleague, nil)
		h.Give(rights.Right{Mailbox: h.firm.ID, Holder: colleague.ID, Organisation: h.firm.ID, Relation: access.EmployeeAdvanced})
		for _, who := range []post.Actor{stranger, h.manager, world.Employee(colleague, h.firm)} {
			if _, err := h.fetch(who, e.ID, 0); errs.KindOf(err) != errs.KindNotFound && errs.KindOf(err) != errs.KindForbidden {
				t.Errorf("%+v fetches: %v", who, err)
			}
		}
		got := map[string]bool{}
		for i := range e.Parts {
			raw, err := h.fetch(h.boss, e.ID, i)
			if err != nil {
				t.Fatal(err)
			}
			for id, row := range h.restored(raw) {
				got[id] = true
				if letters[id].Label != "" && strings.HasPrefix(letters[id].Label, "=") != strings.HasPrefix(row["emne"], "'=") {
					t.Error("a formula", row["emne"])
				}
				if row["memo"] == "" {
					t.Error("no MeMo", row)
				}
			}
			if _, err := h.fetch(h.boss, e.ID, i); errs.CodeOf(err) != extract.CodeFetched {
				t.Error("fetched twice", err)
			}
		}
		for id := range letters {
			if !got[id] {
				t.Error("missing", id)
			}
		}
		if e = h.get(e.ID); e.State != extract.Fetched || e.Parts[0].There {
			t.Error(e.State)
		}
		h.check()
		h.ask(h.boss) // and again, when the first is over
	})
}

// broken takes so many bytes and no more.
type broken struct {
	bytes.Buffer
	left int
}

var errBroken = errors.New("the line broke")

func (b *broken) Write(p []byte) (int, error) {
	n, err := b.Buffer.Write(p[:min(len(p), b.left)])
	if b.left -= n; n < len(p) {
		err = errBroken
	}
	return n, err
}

// Over a slow line a part takes hours, and is not destroyed meanwhile (ORG-06).
func TestSlowLine(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 1)
		h.Deliver(h.town, h.firm, func(m *memo.Message) { m.Body.MainDocument.Files[0].Content = make([]byte, 2<<20) })
		e := h.ask(h.boss)
		h.approve(e)
		h.Work()
		begun, err := h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer begun.Close()
		var out bytes.Buffer
		hours := 0
		err = begun.Copy(writing(func(p []byte) (int, error) {
			if out.Len() >= hours*300_000 {
				hours++
				h.Clock.Advance(extract.Resume / 2)
				h.Work() // which destroys what nobody fetches any more
			}
			return out.Write(p)
		}))
		if err != nil {
			t.Fatal(err)
		}
		h.restored(out.Bytes())
		if p := h.get(e.ID).Parts[0]; p.There || hours < 6 {
			t.Error("it is whole and there, after", hours, "half hours")
		}
	})
}

type writing func([]byte) (int, error)

func (w writing) Write(p []byte) (int, error) { return w(p) }

// A download that broke off goes on where it was, or begins anew, for an hour, for the
// same person (ORG-06); what nobody fetches is destroyed after a week.
func TestResumeAndExpire(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 3)
		e := h.ask(h.boss)
		h.approve(e)
		h.Work()
		begun, err := h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		out := &broken{left: 500}
		if err := begun.Copy(out); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		begun.Close()
		if p := h.get(e.ID).Parts[0]; p.Sent != 500 || !p.There {
			t.Fatalf("%+v", p)
		}
		// Not every program can go on: it may be begun anew, and what has left before
		// still counts.
		again, err := h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, -1)
		if err != nil {
			t.Fatal("begun anew:", err)
		}
		if err := again.Copy(&broken{left: 100}); !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		again.Close()
		h.Clock.Advance(extract.Resume - time.Second)
		rest, err := h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, 500)
		if err != nil {
			t.Fatal(err)
		}
		if err := rest.Copy(&out.Buffer); err != nil {
			t.Fatal(err)
		}
		rest.Close()
		h.restored(out.Bytes())
		if p := h.get(e.ID).Parts[0]; p.There {
			t.Error("it is whole and there")
		}
		if _, err := h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, 500); errs.CodeOf(err) != extract.CodeFetched {
			t.Error("gone on with when it is whole", err)
		}
		// A second: begun, and its hour over; the other parts and a third: a week.
		if err := h.Extracts.Withdraw(t.Context(), h.boss, h.box, e.ID, 0); err != nil && errs.CodeOf(err) != agency.CodeDecided {
			t.Fatal(err)
		}
		h.check()
		e = h.ask(h.boss)
		h.approve(e)
		h.Work()
		begun, err = h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		begun.Close()
		h.Clock.Advance(extract.Resume)
		for _, from := range []int64{0, -1} {
			if _, err := h.Extracts.Fetch(t.Context(), h.boss, h.box, e.ID, 0, from); errs.CodeOf(err) != extract.CodeFetched {
				t.Error("after the hour", err)
			}
		}
		h.Work()
		if p := h.get(e.ID).Parts[0]; p.There {
			t.Error("there after the hour")
		}
		h.Clock.Advance(extract.Kept)
		h.Work()
		if e = h.get(e.ID); e.State != extract.Expired {
			t.Error(e.State)
		}
		h.check()
	})
}

// Whose right ended between the approval and the fetch fetches nothing, and what is
// being sent stops; the liquidator of a company that has ceased asks anew (ORG-06).
func TestRightEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 3)
		clerk := h.Person("Dorte", 40, nil)
		h.Member(h.firm, clerk, nil)
		right := h.Give(rights.Right{Mailbox: h.firm.ID, Holder: clerk.ID, Organisation: h.firm.ID, Relation: access.EmployeeBasic})
		dorte := world.Employee(clerk, h.firm)
		e := h.ask(dorte)
		h.approve(e)
		h.Work()
		begun, err := h.Extracts.Fetch(t.Context(), dorte, h.box, e.ID, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer begun.Close()
		h.Update(func(tx *db.Tx) error {
			_, err := h.Rights.End(tx, post.Program, access.Owner, right.ID, 0)
			return err
		})
		var out bytes.Buffer
		if err := begun.Copy(&out); err == nil || out.Len() > 0 {
			t.Error("sent after the right has ended", out.Len())
		}
		if _, err := h.Extracts.Fetch(t.Context(), dorte, h.box, e.ID, 0, 0); err == nil {
			t.Error("fetched after the right has ended")
		}
		// She cannot fetch it: it makes room for another's.
		e = h.ask(h.boss)
		h.approve(e)
		h.Work()
		lawyer := h.Person("Lone", 50, nil)
		h.Give(rights.Right{Mailbox: h.firm.ID, Holder: lawyer.ID, Relation: access.Liquidator, Origin: rights.Appointed})
		if _, err := h.Extracts.Ask(t.Context(), world.Actor(lawyer), h.box, "Likvidation", h.document()); errs.CodeOf(err) != agency.CodeThere {
			t.Error("beside an open one", err)
		}
		h.Status(h.firm, registry.Closed)
		if _, err := h.fetch(h.boss, e.ID, 0); err == nil {
			t.Error("who signed for a company that has ceased fetches")
		}
		old := e.ID
		e = h.ask(world.Actor(lawyer))
		if h.get(old).State != extract.Expired {
			t.Error(h.get(old).State)
		}
		h.approve(e)
		h.Work()
		if _, err := h.fetch(world.Actor(lawyer), e.ID, 0); err != nil {
			t.Error("the liquidator", err)
		}
		h.check()
	})
}

// A job that is killed in the middle goes on with the part it was at; a letter that is
// deleted for good meanwhile is left out, and all others are there (ORG-06).
func TestKilledAndDeleted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, 8)
		letters := h.messages()
		e := h.ask(h.boss)
		h.approve(e)
		written := 0
		var gone string
		h.Extracts.Before(func(m mailbox.Message) {
			written++
			switch written {
			case 5: // in the second part
				panic("killed")
			case 6: // the second part anew, then one of its letters goes while it is written
				gone = m.ID.String()
				for range 2 { // to the trash, and for good
					if err := h.Mailboxes.Delete(t.Context(), h.boss, h.box, m.ID, 0); err != nil {
						t.Error(err)
					}
				}
			}
		})
		func() {
			defer func() { recover() }()
			h.Work()
		}()
		if e = h.get(e.ID); e.State != extract.Approved || len(e.Parts) != 1 {
			t.Fatal(e.State, len(e.Parts))
		}
		h.Clock.Advance(time.Hour) // the lease of the dead one runs out
		h.Work()
		e = h.get(e.ID)
		if e.State != extract.Ready {
			t.Fatal(e.State)
		}
		got := map[string]bool{}
		for i := range e.Parts {
			raw, err := h.fetch(h.boss, e.ID, i)
			if err != nil {
				t.Fatal(err)
			}
			for id := range h.restored(raw) {
				if got[id] {
					t.Error("twice", id)
				}
				got[id] = true
			}
		}
		for id := range letters {
			if got[id] == (id == gone) {
				t.Errorf("%s: %v, deleted is %s", id, got[id], gone)
			}
		}
		h.check()
	})
}
