package mailbox_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// written sends a letter with a title, a text and other documents, each a name and
// its content.
func (w *town) written(title, text string, documents ...[2]string) mailbox.Message {
	w.T.Helper()
	return w.send(func(m *memo.Message) {
		m.Header.Label = title
		m.Body.MainDocument.Label = ""
		f := m.Body.MainDocument.Files[0]
		f.EncodingFormat, f.Filename, f.Content = "text/html", "brev.html", []byte("<p>"+text)
		for _, d := range documents {
			kind := "text/plain"
			if strings.HasSuffix(d[0], ".docx") {
				kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
			}
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, memo.Document{Files: []*memo.File{{EncodingFormat: kind, Filename: d[0], Language: "da", Content: []byte(d[1])}}})
		}
	})
}

func docx(t testing.TB, text string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	part, err := z.Create("word/document.xml")
	if err == nil {
		_, err = fmt.Fprintf(part, `<w:document xmlns:w="w"><w:p><w:t>%s</w:t></w:p></w:document>`, text)
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// index indexes everything; with all of it also what has come just now.
func (w *town) index() {
	w.T.Helper()
	w.Clock.Advance(5 * time.Minute)
	if err := w.Mailboxes.Index(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
}

// fill sends so many letters that all before them are put in the index.
func (w *town) fill(n int) {
	w.T.Helper()
	for _, xml := range w.letters(n) {
		if err := w.accept(xml); err != nil {
			w.T.Fatal(err)
		}
	}
}

// MBX-16: words are found in the title, the sender's name, the letter, names of
// files, and documents, in all their forms, at once when a letter has arrived and
// when it is indexed. The databases agree: this is what both must find.
func TestSearch(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.written("Tilbud om en plads", "Vi glæder os til at se jer i børnehaven.")
		w.written("Årsopgørelse", "Du skal betale <b>restskat</b>.", [2]string{"Udregning.docx", docx(t, "Fradraget for Århus er nedsat")})
		w.written("Besked", "Pladserne er fordelt.", [2]string{"kvittering_2026.txt", "intet"})
		w.labelled("Kort")
		cases := map[string]string{
			"pladsen ": "Besked Tilbud om en plads", "plads": "Besked Tilbud om en plads", "PLADSER ": "Besked Tilbud om en plads",
			"børnehave ": "Tilbud om en plads", "aarhus": "Årsopgørelse", "fradrag ": "Årsopgørelse", "udregn": "Årsopgørelse", "kvittering 2026": "Besked",
			"ålhavn restskat": "Årsopgørelse", "kommuner": "Kort Besked Årsopgørelse Tilbud om en plads", "tandlæge": "Kort", "restskat plads ": "", "plad": "Besked Tilbud om en plads",
			"restska ": "", "": "Kort Besked Årsopgørelse Tilbud om en plads", "?": "", "html": "Besked Årsopgørelse Tilbud om en plads",
		}
		try := func(when string, limit int) {
			t.Helper()
			for words, want := range cases {
				page := w.list(mailbox.Query{Words: words, To: w.Clock.Now().AddDate(1, 0, 0), Folder: w.folder(mailbox.Inbox).UUID, Limit: limit})
				got := slices.DeleteFunc(page.Messages, func(m mailbox.Message) bool { return m.Label == "Tid hos tandlægen" })
				if labels(got) != want {
					t.Errorf("%s: %q finds %q, want %q", when, words, labels(got), want)
				}
			}
		}
		try("at once", 50)
		w.index()
		try("when the text is stored", 50)
		w.fill(40)
		w.index()
		try("when it is indexed", 200)
	})
}

// Of what is found everything else that a query asks for is asked too, and pages
// follow each other.
func TestSearchFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		other := w.Authority("Skattestyrelsen")
		begin := w.Clock.Now()
		var ids []post.UUID
		for i := range 5 {
			ids = append(ids, w.written(fmt.Sprintf("Skat%d", i), "Om skat.").ID)
		}
		ids = append(ids, w.written("Bilag", "Om skat", [2]string{"a.txt", "b"}).ID)
		w.patch(ids[1], mailbox.Change{Flag: new(true), Read: new(true)})
		trash := w.folder(mailbox.Deleted).UUID
		w.patch(ids[0], mailbox.Change{Folder: &trash})
		try := func(when string) {
			t.Helper()
			for name, c := range map[string]struct {
				query mailbox.Query
				want  string
			}{
				"all":        {mailbox.Query{}, "Bilag Skat4 Skat3 Skat2 Skat1 Skat0"},
				"unread":     {mailbox.Query{Unread: true}, "Bilag Skat4 Skat3 Skat2 Skat0"},
				"flagged":    {mailbox.Query{Flag: true}, "Skat1"},
				"the inbox":  {mailbox.Query{Inbox: true}, "Bilag Skat4 Skat3 Skat2 Skat1"},
				"the trash":  {mailbox.Query{Folder: trash}, "Skat0"},
				"due":        {mailbox.Query{Due: true}, ""},
				"since":      {mailbox.Query{From: begin.Add(5 * time.Second)}, "Bilag Skat4"},
				"until":      {mailbox.Query{To: begin.Add(3 * time.Second)}, "Skat1 Skat0"},
				"documents":  {mailbox.Query{Documents: true}, "Bilag"},
				"sender":     {mailbox.Query{Sender: w.authority.ID, Flag: true}, "Skat1"},
				"another":    {mailbox.Query{Sender: other.ID}, ""},
				"upwards":    {mailbox.Query{Up: true}, "Skat0 Skat1 Skat2 Skat3 Skat4 Bilag"},
				"by title":   {mailbox.Query{Sort: mailbox.SortLabel, Up: true}, "Bilag Skat0 Skat1 Skat2 Skat3 Skat4"},
				"by offset":  {mailbox.Query{Offset: 4, To: begin.Add(time.Hour)}, "Skat1 Skat0"},
				"by both":    {mailbox.Query{Sort: mailbox.SortLabel, Offset: 5}, "Bilag"},
				"by an id":   {mailbox.Query{Before: ids[2]}, "Skat1 Skat0"},
				"and up":     {mailbox.Query{Before: ids[2], Up: true}, "Skat3 Skat4 Bilag"},
				"a dated id": {mailbox.Query{Before: ids[2], From: begin.Add(2 * time.Second)}, "Skat1"},
			} {
				c.query.Words = "skat"
				page := w.list(c.query)
				if got := labels(page.Messages); got != c.want || page.More || page.Next != (post.UUID{}) {
					t.Errorf("%s, %s: %q of %d, want %q", when, name, got, page.Total, c.want)
				}
				if c.query.Offset == 0 && c.query.Before == (post.UUID{}) && int(page.Total) != len(page.Messages) {
					t.Errorf("%s, %s: %d counted", when, name, page.Total)
				}
			}
			var all []string
			for q := (mailbox.Query{Words: "skat", Limit: 4}); ; {
				page := w.list(q)
				if page.Total != 6 || page.AtLeast {
					t.Errorf("%s: %d in all", when, page.Total)
				}
				all = append(all, labels(page.Messages))
				if q.Before = page.Next; !page.More {
					break
				}
			}
			if got := strings.Join(all, "|"); got != "Bilag Skat4 Skat3 Skat2|Skat1 Skat0" {
				t.Errorf("%s: pages %q", when, got)
			}
		}
		try("at once")
		w.fill(40)
		w.index()
		try("indexed")
	})
}

// Words that are found are shown where they are.
func TestSearchHits(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.written("Brev om pladsen", "Kære borger. Der er en ledig plads i børnehaven &lt;nu&gt;.", [2]string{"Regning.txt", strings.Repeat("fyld ", 200) + "Beløbet er\n 1.250 kr."})
		w.patch(m.ID, mailbox.Change{Note: new("ring til lægen")})
		show := func(text string, spans []search.Span) string {
			var out strings.Builder
			last := 0
			for _, s := range spans {
				out.WriteString(text[last:s.Start] + "[" + text[s.Start:s.End] + "]")
				last = s.End
			}
			return out.String() + text[last:]
		}
		try := func(when string) {
			t.Helper()
			for words, want := range map[string]string{
				"plads børnehave": "Brev om [pladsen]|1|brev.html|Kære borger. Der er en ledig [plads] i [børnehaven] <nu>.",
				"beløb 1250":      "",
				"beløb 1.250 ":    "Brev om pladsen|2|Regning.txt|… fyld fyld fyld fyld fyld fyld fyld fyld fyld fyld fyld [Beløbet] er [1].[250] kr.",
				"regning ":        "Brev om pladsen|2|[Regning].txt|",
				"læge":            "Brev om pladsen|3||ring til [lægen]",
				"brev om":         "[Brev] [om] pladsen|1|[brev].html|",
			} {
				page := w.list(mailbox.Query{Words: words, Hits: true, To: m.Received.Add(time.Second)})
				got := ""
				for _, msg := range page.Messages {
					h := page.Hits[msg.ID]
					place := map[search.Place]string{search.Letter: "1", search.Document: "2", search.Note: "3"}[h.In.Place]
					got += show(msg.Label, h.Label) + "|" + place + "|" + show(h.In.Name, h.In.Names) + "|" + show(h.In.Text, h.In.Marks)
				}
				if got != want {
					t.Errorf("%s: %q shows\n%s, want\n%s", when, words, got, want)
				}
			}
		}
		try("at once")
		w.fill(40)
		w.index()
		try("indexed")
	})
}

// Nobody finds what they may not see: another citizen's letters, another's notes,
// letters that are gone for good, and what a court summons says before it is
// served; not in lists, counts or suggestions (MBX-16, MBX-10, SND-08).
func TestSearchShowsNothingElse(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		stranger := w.Person("Holger", 50, nil)
		box := w.enter(stranger)
		theirs := func(words string) string {
			t.Helper()
			page, err := w.Mailboxes.Messages(t.Context(), actor(stranger), box.UUID, mailbox.Query{Words: words, Hits: true})
			if err != nil {
				t.Fatal(err)
			}
			s, err := w.Mailboxes.Suggest(t.Context(), actor(stranger), box.UUID, words)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%s %d %v", labels(page.Messages), page.Total, s)
		}
		nothing := fmt.Sprintf(" 0 %v", mailbox.Suggestions{})
		mine := func(words string) string {
			t.Helper()
			page := w.list(mailbox.Query{Words: words, Hits: true})
			for id, h := range page.Hits {
				if strings.Contains(h.In.Text, "hemmeligt") {
					t.Errorf("%s shows %q", id, h.In.Text)
				}
			}
			return fmt.Sprintf("%s %d", labels(page.Messages), page.Total)
		}
		keep, gone := w.written("Bevares", "Ordet er kaninhop."), w.written("Forgår", "Ordet er kaninhop.")
		court := w.send(func(m *memo.Message) {
			summons(m)
			m.Header.Label = "Stævning"
			m.Body.MainDocument.Files[0].Content = []byte("hemmeligt kaninhop")
			m.Body.AdditionalDocument = []memo.Document{{Label: "Bilag om kaninhop", Files: []*memo.File{{EncodingFormat: "text/plain", Filename: "kaninhop.txt", Language: "da", Content: []byte("x")}}}}
		})
		w.patch(keep.ID, mailbox.Change{Note: new("se kaninfoder")})
		w.Update(func(tx *db.Tx) error { // somebody else's note: nobody reads it, it could not even be opened
			_, err := tx.Exec("INSERT INTO note (mailbox, message, writer, sealed, updated) VALUES ($1, $2, $3, $4, $5)", w.citizen.ID, keep.ID, stranger.ID, []byte("x"), tx.Now)
			return err
		})
		for _, when := range []string{"at once", "indexed"} {
			if got := mine("kaninhop"); got != "Forgår Bevares 2" {
				t.Errorf("%s: %s", when, got)
			}
			if got := mine("stævning"); got != "Stævning 1" {
				t.Errorf("%s: %s", when, got)
			}
			if got := mine("kaninfoder hop"); got != " 0" {
				t.Errorf("%s: %s", when, got)
			}
			if got := mine("kaninfoder kaninhop"); got != "Bevares 1" {
				t.Errorf("%s: note and letter: %s", when, got)
			}
			for _, words := range []string{"kaninhop", "kaninfoder", "ålhavn"} {
				if got := theirs(words); got != nothing {
					t.Errorf("%s: a stranger finds %s", when, got)
				}
			}
			if _, err := w.Mailboxes.Messages(t.Context(), actor(stranger), w.box.UUID, mailbox.Query{Words: "kaninhop"}); err == nil {
				t.Errorf("%s: a stranger searches", when)
			}
			if _, err := w.Mailboxes.Suggest(t.Context(), actor(stranger), w.box.UUID, "kan"); err == nil {
				t.Errorf("%s: a stranger is given suggestions", when)
			}
			w.fill(40)
			w.index()
		}
		if s, err := w.Mailboxes.Suggest(t.Context(), actor(w.citizen), w.box.UUID, "stæv"); err != nil || !slices.Equal(s.Titles, []string{"Stævning"}) && s.Titles != nil || !slices.Equal(s.Words, []string{"stævning"}) {
			t.Errorf("%+v %v", s, err)
		}
		if s, err := w.Mailboxes.Suggest(t.Context(), actor(w.citizen), w.box.UUID, "ål"); err != nil || !slices.Equal(s.Senders, []string{"Ålhavn Kommune"}) {
			t.Errorf("%+v %v", s, err)
		}
		for range 2 { // to the trash, and out of it
			if err := w.Mailboxes.Delete(t.Context(), actor(w.citizen), w.box.UUID, gone.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		if got := mine("kaninhop"); got != "Bevares 1" {
			t.Errorf("destroyed: %s", got)
		}
		if _, err := w.Mailboxes.Open(t.Context(), actor(w.citizen), w.box.UUID, court.ID); err != nil {
			t.Fatal(err)
		}
		if page := w.list(mailbox.Query{Words: "kaninhop"}); labels(page.Messages) != "Stævning Bevares" {
			t.Errorf("served: %s", labels(page.Messages))
		}
		w.index()
		if got := w.indexed("kaninhop"); !slices.Equal(got, []post.UUID{court.ID, keep.ID}) {
			t.Errorf("the index still has %v", got)
		}
	})
}

// searchBox is the citizen's mailbox as its index sees it.
func (w *town) searchBox() search.Box {
	w.T.Helper()
	box := search.Box{ID: w.citizen.ID}
	err := w.DB.Read(w.T.Context(), func(tx *db.Tx) error {
		var sealed []byte
		if err := tx.QueryRow("SELECT sealed FROM mailbox WHERE id = $1", w.citizen.ID).Scan(&sealed); err != nil {
			return err
		}
		key, err := w.Keys.Open(keys.MailboxSeal, sealed, w.box.UUID[:])
		if err == nil {
			box.Cipher = keys.NewCipher(key)
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return box
}

// indexed is what is in the citizen's index itself.
func (w *town) indexed(words string) []post.UUID {
	w.T.Helper()
	var all []post.UUID
	box := w.searchBox()
	err := w.DB.Read(w.T.Context(), func(tx *db.Tx) error {
		h, err := search.Find(tx, box, search.Query{Words: search.Parse(words)})
		if err == nil {
			all, err = h.Next(1000)
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// A draft is found by what it says now.
func TestSearchDrafts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		save := func(id post.UUID, title string) post.UUID {
			t.Helper()
			err := w.Mailboxes.Work(t.Context(), actor(w.citizen), w.box.UUID, func(tx *db.Tx, o *mailbox.Opened) error {
				msg, err := o.SaveDraft(mailbox.DraftLetter{ID: id, RecipientName: "Skattestyrelsen",
					Letter: &memo.Message{Header: memo.Header{MessageUUID: post.NewUUID(), Label: title}, Body: &memo.Body{}}})
				id = msg.ID
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		find := func(words, want string) {
			t.Helper()
			if got := labels(w.list(mailbox.Query{Words: words}).Messages); got != want {
				t.Errorf("%q finds %q, want %q", words, got, want)
			}
		}
		id := save(post.UUID{}, "Klage")
		find("klage", "Klage")
		find("skattestyrelsen", "Klage")
		w.fill(40)
		w.index()
		find("klagen", "Klage")
		save(id, "Ansøgning")
		find("klage", "")
		find("ansøgning", "Ansøgning")
		w.index()
		find("klage", "")
		find("ansøgning", "Ansøgning")
		if got := w.indexed("klage"); got != nil {
			t.Errorf("the index still has %v", got)
		}
		if got := w.indexed("ansøgning"); len(got) != 1 {
			t.Error("the index has it not")
		}
	})
}

// What searching finds is what reading every letter finds, whatever came, went and
// was indexed meanwhile (MBX-16).
func TestSearchFindsWhatReadingFinds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		random := rand.New(rand.NewPCG(16, 2026))
		vocabulary := strings.Fields("plads pladsen regning regninger kommune kommunens skat skatter møde mødet årsopgørelse æble øre 2026 x1 x2 x3 x4 x5")
		some := func(n int) string {
			var all []string
			for range n {
				all = append(all, vocabulary[min(random.IntN(len(vocabulary)), random.IntN(len(vocabulary)))])
			}
			return strings.Join(all, " ")
		}
		type letter struct{ title, text, file, note string }
		model := map[post.UUID]letter{}
		var ids []post.UUID
		for range 150 {
			switch n := random.IntN(10); {
			case n < 6 || len(ids) == 0:
				l := letter{some(2), some(1 + random.IntN(8)), some(1) + ".txt", ""}
				m := w.written(l.title, l.text, [2]string{l.file, "intet"})
				model[m.ID], ids = l, append(ids, m.ID)
			case n == 6:
				w.index()
			case n == 7:
				id := ids[random.IntN(len(ids))]
				if l, there := model[id]; there {
					l.note = some(2)
					w.patch(id, mailbox.Change{Note: &l.note})
					model[id] = l
				}
			default:
				id := ids[random.IntN(len(ids))]
				if _, there := model[id]; there {
					for range 2 {
						if err := w.Mailboxes.Delete(t.Context(), actor(w.citizen), w.box.UUID, id, 0); err != nil {
							t.Fatal(err)
						}
					}
					delete(model, id)
				}
			}
			typed := some(1 + random.IntN(2))
			if random.IntN(2) == 0 {
				typed = strings.ToValidUTF8(typed[:1+random.IntN(len(typed))], "")
			}
			words := search.Parse(typed)
			var want []post.UUID
			for i := len(ids) - 1; i >= 0; i-- {
				if l, there := model[ids[i]]; there && words.All(l.title+" | "+l.text+" | "+l.file+" | "+l.note+" | Ålhavn Kommune brev.html") {
					want = append(want, ids[i])
				}
			}
			page := w.list(mailbox.Query{Words: typed, Limit: 1000})
			var got []post.UUID
			for _, m := range page.Messages {
				got = append(got, m.ID)
			}
			if len(words) > 0 && (!slices.Equal(got, want) || int(page.Total) != len(want)) {
				missing := slices.DeleteFunc(want, func(id post.UUID) bool { return slices.Contains(got, id) })
				t.Fatalf("%q: %d found, %d counted; not found are %v, as %+v", typed, len(got), page.Total, missing, model[append(missing, post.UUID{})[0]])
			}
		}
	})
}
