package print_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/doctext"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/pdfdoc"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// house is a print house, and what it was handed.
type house struct {
	ids     []post.UUID
	parcels [][]byte
	away    bool
}

func (h *house) Print(_ context.Context, id post.UUID, parcel []byte) error {
	if h.away {
		return errors.New("the print house is closed")
	}
	h.ids, h.parcels = append(h.ids, id), append(h.parcels, parcel)
	return nil
}

// last is what the last parcel holds: its manifest, and of each file its bytes.
func (h *house) last(t *testing.T) (m print.Manifest, files map[string][]byte) {
	t.Helper()
	raw := h.parcels[len(h.parcels)-1]
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	return m, files
}

// mill is a world with a print house and a citizen who lives somewhere.
type mill struct {
	*world.World
	t       *testing.T
	house   *house
	city    registry.Party
	citizen registry.Party
}

func start(t *testing.T, d *db.DB) *mill {
	m := &mill{World: world.New(t, d), t: t, house: &house{}}
	m.Print.Use(m.house)
	m.city = m.Authority("Ålhavn Kommune")
	m.citizen = m.Person("Åse", 81, func(r *registry.Record) {
		r.LastName = "Ærø"
		r.Address = json.RawMessage(`{"addressLabel":"Østre Gade","houseNumber":"4","zipCode":"9999","city":"Ålhavn","country":"DK"}`)
	})
	return m
}

func (m *mill) send(l print.Letter) error {
	return m.DB.Update(m.t.Context(), func(tx *db.Tx) error { return m.Print.Send(tx, l) })
}

func (m *mill) waiting(of registry.Party) (n int) {
	m.Update(func(tx *db.Tx) (err error) { n, err = m.Print.Waiting(tx, of.ID); return err })
	return n
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// What is printed, of each kind of letter (REG-02, SYS-11).
func TestPrint(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		for name, story := range map[string]func(*mill){"a letter of our own": own, "a letter of a mailbox": ofMailbox, "a letter that is gone": gone, "a print house that is away": away} {
			t.Run(name, func(t *testing.T) {
				outer := m.t
				defer func() { m.t, m.T = outer, outer }()
				m.t, m.T = t, t
				story(m)
			})
		}
	})
}

func own(m *mill) {
	text := []pdfdoc.Block{pdfdoc.Heading{Level: 1, Text: "Din sag"}, pdfdoc.Text("Kære Åse. Blåbærgrød og ærter."), pdfdoc.Lang{Lang: "en", Blocks: []pdfdoc.Block{pdfdoc.Text("Dear Åse.")}}}
	before := m.Events(m.citizen.ID, audit.PhysicalLetterSent)
	if err := m.send(print.Letter{To: m.citizen.ID, Title: "Din sag", From: m.city.Name, Lang: "da", Blocks: text}); err != nil {
		m.t.Fatal(err)
	}
	if n := m.waiting(m.citizen); n != 1 {
		m.t.Errorf("%d letters wait", n)
	}
	m.Work()
	manifest, files := m.house.last(m.t)
	if manifest.Name != "Åse Ærø" || !slices.Equal(manifest.Address, []string{"Østre Gade 4", "9999 Ålhavn"}) || manifest.Title != "Din sag" || !slices.Equal(manifest.Files, []string{"01-brev.pdf"}) {
		m.t.Errorf("%+v", manifest)
	}
	said := doctext.Text("application/pdf", files["01-brev.pdf"])
	holds(m.t, said, "Åse Ærø", "Østre Gade 4", "9999 Ålhavn", "Blåbærgrød og ærter.", "Dear Åse.", "Ålhavn Kommune")
	if number := m.Number(m.citizen); strings.Contains(said, number[6:]) {
		m.t.Errorf("a number is printed:\n%s", said)
	}
	if m.waiting(m.citizen) != 0 || m.Events(m.citizen.ID, audit.PhysicalLetterSent) != before+1 {
		m.t.Error("it is not on record that it was sent")
	}
	// Another name and address, as the counter writes them, stand in the register's place.
	if err := m.send(print.Letter{To: m.citizen.ID, Title: "Din sag", Name: "Birthe Bæk", Address: []string{"Vej 1", "1000 By"}, Blocks: text}); err != nil {
		m.t.Fatal(err)
	}
	m.Work()
	manifest, files = m.house.last(m.t)
	said = doctext.Text("application/pdf", files["01-brev.pdf"])
	holds(m.t, said, "Birthe Bæk", "Vej 1", "1000 By")
	if manifest.Name != "Birthe Bæk" || strings.Contains(said, "Østre Gade") {
		m.t.Errorf("%+v\n%s", manifest, said)
	}
	homeless := m.Person("Bo", 50, nil)
	if err := m.send(print.Letter{To: homeless.ID, Title: "Din sag", Blocks: text}); errs.CodeOf(err) != print.CodeNoAddress {
		m.t.Error(err)
	}
	if m.waiting(homeless) != 0 {
		m.t.Error("a letter to nowhere waits")
	}
}

// deliver delivers a letter and is its message.
func (m *mill) deliver(change func(*memo.Message)) (id post.UUID) {
	m.t.Helper()
	memoID := m.Deliver(m.city, m.citizen, change)
	m.Update(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT id FROM message WHERE mailbox = $1 AND memo = $2", m.citizen.ID, memoID).Scan(&id)
	})
	return id
}

func dot(t *testing.T) []byte {
	picture := image.NewRGBA(image.Rect(0, 0, 20, 10))
	picture.Set(3, 3, color.Black)
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A letter of a mailbox has a cover with its address, and of each document the format
// that prints best; what only machines read is left out.
func ofMailbox(m *mill) {
	pdf := pdfdoc.Document{Title: "Brev", Blocks: []pdfdoc.Block{pdfdoc.Text("Selve brevet")}}.Bytes()
	id := m.deliver(func(letter *memo.Message) {
		letter.Header.Label = "Afgørelse om børnetilskud"
		letter.Body.MainDocument = memo.Document{Label: "Brevet", Files: []*memo.File{
			{EncodingFormat: "text/html", Filename: "brev.html", Language: "da", Content: []byte("<!doctype html><html lang=\"da\"><head><title>x</title></head><body><p>Skærmens brev</p></body></html>")},
			{EncodingFormat: "application/pdf", Filename: "brev.pdf", Language: "da", Content: pdf}}}
		letter.Body.AdditionalDocument = []memo.Document{
			{Label: "Vejledning", Files: []*memo.File{{EncodingFormat: "text/plain", Filename: "vejledning.txt", Language: "da", Content: []byte("Sådan gør du: ring på døren.")}}},
			{Label: "Kort", Files: []*memo.File{{EncodingFormat: "image/png", Filename: "kort.png", Language: "da", Content: dot(m.t)}}}}
		letter.Body.TechnicalDocument = []memo.Document{{Label: "Data", Files: []*memo.File{{EncodingFormat: "application/xml", Filename: "data.xml", Language: "da", Content: []byte("<maskine/>")}}}}
	})
	if err := m.send(print.Letter{To: m.citizen.ID, Title: "Afgørelse om børnetilskud", Message: id, Unopened: true}); err != nil {
		m.t.Fatal(err)
	}
	m.Work()
	manifest, files := m.house.last(m.t)
	if want := []string{"01-forside.pdf", "02-brev.pdf", "03-vejledning.pdf", "04-kort.pdf"}; !slices.Equal(manifest.Files, want) || len(files) != len(want)+1 {
		m.t.Fatalf("%q", manifest.Files)
	}
	holds(m.t, doctext.Text("application/pdf", files["01-forside.pdf"]), "Åse Ærø", "Østre Gade 4", "Afgørelse om børnetilskud", "Fra Ålhavn Kommune", "lå ulæst i din digitale postkasse", "lay unread in your digital mailbox")
	if !bytes.Equal(files["02-brev.pdf"], pdf) {
		m.t.Error("the letter's own PDF is another")
	}
	holds(m.t, doctext.Text("application/pdf", files["03-vejledning.pdf"]), "Sådan gør du: ring på døren.", "Ålhavn Kommune")
	holds(m.t, string(files["04-kort.pdf"]), "/S /Figure", "/Subtype /Image")
	if m.Events(m.citizen.ID, audit.UnopenedMailSentAsPhysicalPost) != 1 {
		m.t.Error("it is not on record that it was sent")
	}
	// Printing reads nothing for the citizen: the letter is as unread as before.
	box, err := m.Mailboxes.Enter(m.t.Context(), world.Actor(m.citizen))
	if err != nil {
		m.t.Fatal(err)
	}
	if page, err := m.Mailboxes.Messages(m.t.Context(), world.Actor(m.citizen), box.UUID, mailbox.Query{Limit: 50}); err != nil || slices.ContainsFunc(page.Messages, func(one mailbox.Message) bool { return one.ID == id && one.Read }) {
		m.t.Error("printing has read it", err)
	}
}

// A letter that the citizen destroys before it is printed is not, and does not wait.
func gone(m *mill) {
	ctx := m.t.Context()
	me := world.Actor(m.citizen)
	id := m.deliver(nil)
	if err := m.send(print.Letter{To: m.citizen.ID, Title: "Tid hos tandlægen", Message: id, Unopened: true}); err != nil {
		m.t.Fatal(err)
	}
	box, err := m.Mailboxes.Enter(ctx, me)
	if err != nil {
		m.t.Fatal(err)
	}
	for range 2 { // into Deleted mail, and then for good
		if err := m.Mailboxes.Delete(ctx, me, box.UUID, id, 0); err != nil {
			m.t.Fatal(err)
		}
	}
	before, told := len(m.house.parcels), m.Events(m.citizen.ID, audit.UnopenedMailNotAsPhysicalPost)
	m.Work()
	if len(m.house.parcels) != before || m.waiting(m.citizen) != 0 || m.Events(m.citizen.ID, audit.UnopenedMailNotAsPhysicalPost) != told+1 {
		m.t.Error("a letter that is gone:", len(m.house.parcels)-before, m.waiting(m.citizen))
	}
}

// What the print house did not take waits, and goes once.
func away(m *mill) {
	m.house.away = true
	before := len(m.house.parcels)
	if err := m.send(print.Letter{To: m.citizen.ID, Title: "Din sag", Blocks: []pdfdoc.Block{pdfdoc.Text("Hej")}}); err != nil {
		m.t.Fatal(err)
	}
	m.Work()
	if m.waiting(m.citizen) != 1 || len(m.house.parcels) != before {
		m.t.Error("it does not wait")
	}
	m.house.away = false
	for range 3 {
		m.Clock.Advance(time.Hour)
		m.Work()
	}
	if m.waiting(m.citizen) != 0 || len(m.house.parcels) != before+1 {
		m.t.Error("it was printed so often:", len(m.house.parcels)-before)
	}
	if manifest, _ := m.house.last(m.t); manifest.ID != m.house.ids[before] {
		m.t.Error("the parcel has another id than what it was handed over by")
	}
}

// Over HTTP a parcel carries its id and the token; anything but a yes is tried again.
func TestHTTP(t *testing.T) {
	id, status := post.NewUUID(), http.StatusAccepted
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.Header.Get("Idempotency-Key") != id.String() || r.Header.Get("Authorization") != "Bearer hemmelig" || r.Header.Get("Content-Type") != "application/zip" || string(body) != "zip" {
			t.Errorf("%s %v %q", r.Method, r.Header, body)
		}
		w.WriteHeader(status)
	}))
	house := print.HTTP{URL: server.URL, Token: "hemmelig", Client: server.Client()}
	if err := house.Print(t.Context(), id, []byte("zip")); err != nil {
		t.Error(err)
	}
	for _, status = range []int{http.StatusFound, http.StatusConflict, http.StatusInternalServerError} {
		if err := house.Print(t.Context(), id, []byte("zip")); err == nil || strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("%d is %v", status, err)
		}
	}
	server.Close()
	if err := house.Print(t.Context(), id, []byte("zip")); errs.KindOf(err) != errs.KindUnavailable {
		t.Error(err)
	}
}
