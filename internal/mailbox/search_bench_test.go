package mailbox_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/search"
	"digitalpost/internal/testkit"
)

// BenchmarkSearch measures searches in one mailbox, as a page makes them: 50
// messages with the places of the words, and the count. It prints the times of each
// kind of search; ns/op is that of one search of each kind.
//
//	go test ./internal/mailbox -run xxx -bench 'Search/.*/1000$' -benchtime 200x
//	go test ./internal/mailbox -run xxx -bench Search/sqlite/1000000 -benchtime 200x -timeout 1h
func BenchmarkSearch(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			for _, letters := range []int{1000, 100_000, 1_000_000} {
				b.Run(fmt.Sprint(letters), func(b *testing.B) {
					w := found(b, open(b)) // whose letters lack what is not searched
					began := time.Now()
					begin := w.Clock.Now()
					book := w.shelve(letters)
					fmt.Printf("%s: %d letters filled and indexed in %v\n", name, letters, time.Since(began).Round(time.Second))
					w.measure(b, book, begin)
				})
			}
		})
	}
}

// bookWords are words as frequent as in a language: the nth appears in proportion to 1/n.
type bookWords struct {
	random *rand.Rand
	zipf   *rand.Zipf
}

var syllables = strings.Fields("ka le mo ri sø på de tå bli gen for an ud ved kon ste hol my fra ne vis lær hus bør pla sag tid hav lyd")

func (w bookWords) word(n uint64) string {
	var out strings.Builder
	for v := n*2654435761%1_000_003 + 29; v > 0; v /= 29 {
		out.WriteString(syllables[v%29])
	}
	return out.String() + []string{"", "en", "er", "et"}[w.random.IntN(4)]
}

func (w bookWords) text(n int) string {
	var out strings.Builder
	for range n {
		out.WriteString(w.word(w.zipf.Uint64()))
		out.WriteByte(' ')
	}
	return out.String()
}

// shelve puts letters into the citizen's mailbox and its index, one every ten
// minutes until now. Every third says kommune, each has numbers of its own.
func (w *town) shelve(letters int) bookWords {
	w.T.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	book := bookWords{random, rand.NewZipf(random, 1.1, 8, 60_000)}
	var senders []string
	for i := range 200 {
		senders = append(senders, book.word(uint64(i+50))+" kommune")
	}
	begin := w.Clock.Now().Add(-time.Duration(letters+20) * 10 * time.Minute)
	box := w.searchBox()
	for at := 0; at < letters; at += search.MostAdded {
		docs := map[post.UUID]search.Doc{}
		var rows [][]any
		var texts []search.Text
		for i := at; i < min(letters, at+search.MostAdded); i++ {
			received := begin.Add(time.Duration(i) * 10 * time.Minute)
			id := db.IDAt(received)
			sender := senders[min(random.IntN(200), random.IntN(200))]
			title := book.text(4)
			text := book.text(40+random.IntN(60)) + fmt.Sprintf("sag %d-%06d beløb %d", 2000+i%27, i, random.IntN(100_000))
			if i%3 == 0 {
				text += " kommune"
			}
			docs[id] = search.Doc{Parts: []search.Part{{Place: search.Title, Text: title}, {Place: search.Sender, Text: sender}, {Place: search.Letter, Name: "Brev.pdf", Text: text}}}
			sealed, err := box.Seal(id, docs[id])
			if err != nil {
				w.T.Fatal(err)
			}
			texts = append(texts, sealed)
			folder := mailbox.Inbox
			if i%50 == 0 {
				folder = mailbox.Deleted
			}
			rows = append(rows, []any{w.citizen.ID, id, folder, 0, post.SourcePublic, mailbox.Received, mailbox.Regular, id, received, title, w.authority.ID, sender, "",
				"", i < letters-100, i%997 == 0, false, nil, "", nil, 1 + i%2, 1000, nil, nil, nil, nil, nil, 1, 1, 1, received})
		}
		w.Update(func(tx *db.Tx) error {
			var batch db.Batch
			batch.InsertMany(`message (mailbox, id, folder, origin, source, state, type, memo, received, label, sender, sender_name, sender_kind,
				recipient_name, read, flag, reply, reply_by, due_code, due, documents, size, served, answered, forwarded, done, thread, born, modseq, version, updated)`, rows, "")
			if err := tx.Run(&batch); err != nil {
				return err
			}
			return search.Put(tx, texts)
		})
		if err := search.Add(w.T.Context(), w.DB, box, docs); err != nil {
			w.T.Fatal(err)
		}
	}
	w.Update(func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO folder_count (mailbox, folder, source, total, unread) SELECT mailbox, folder, source, COUNT(*), COUNT(CASE WHEN read THEN NULL ELSE 1 END)
			FROM message WHERE mailbox = $1 GROUP BY mailbox, folder, source ON CONFLICT (mailbox, folder, source) DO UPDATE SET total = excluded.total, unread = excluded.unread`, w.citizen.ID)
		return err
	})
	return book
}

// measure searches in many ways, and prints how long each took.
func (w *town) measure(b *testing.B, book bookWords, begin time.Time) {
	number := func() string { return fmt.Sprintf("%06d", book.random.IntN(1_000_000)) }
	kinds := []struct {
		name  string
		query func() mailbox.Query
	}{
		{"a frequent word", func() mailbox.Query { return mailbox.Query{Words: "kommune "} }},
		{"a word", func() mailbox.Query { return mailbox.Query{Words: book.word(book.random.Uint64N(2000)) + " "} }},
		{"a rare word", func() mailbox.Query { return mailbox.Query{Words: book.word(20_000+book.random.Uint64N(40_000)) + " "} }},
		{"a number", func() mailbox.Query { return mailbox.Query{Words: number() + " "} }},
		{"two words", func() mailbox.Query { return mailbox.Query{Words: book.text(2)} }},
		{"frequent and number", func() mailbox.Query { return mailbox.Query{Words: "kommune " + number()} }},
		{"one letter", func() mailbox.Query { return mailbox.Query{Words: "k"} }},
		{"two letters", func() mailbox.Query { return mailbox.Query{Words: book.word(book.random.Uint64N(9000))[:2]} }},
		{"as typed", func() mailbox.Query {
			word := book.word(book.random.Uint64N(9000))
			return mailbox.Query{Words: strings.ToValidUTF8(word[:min(len(word), 3+book.random.IntN(4))], "")}
		}},
		{"no such word", func() mailbox.Query { return mailbox.Query{Words: "xylofonist"} }},
		{"unread", func() mailbox.Query { return mailbox.Query{Words: book.text(1), Unread: true} }},
		{"flagged", func() mailbox.Query { return mailbox.Query{Words: "kommune ", Flag: true} }},
		{"in the trash", func() mailbox.Query { return mailbox.Query{Words: "kommune ", Folder: w.folder(mailbox.Deleted).UUID} }},
		{"a month long ago", func() mailbox.Query {
			to := begin.AddDate(0, -book.random.IntN(200), 0)
			return mailbox.Query{Words: book.text(1), From: to.AddDate(0, -1, 0), To: to}
		}},
		{"by title", func() mailbox.Query { return mailbox.Query{Words: book.text(1), Sort: mailbox.SortLabel} }},
	}
	times := make([][]time.Duration, len(kinds))
	var all, work []time.Duration
	for b.Loop() {
		for i, k := range kinds {
			q := k.query()
			q.Limit, q.Hits = 50, true
			began, used := time.Now(), cpu(b)
			w.list(q)
			took := time.Since(began)
			work = append(work, cpu(b)-used)
			times[i], all = append(times[i], took), append(all, took)
		}
	}
	at := func(all []time.Duration, part float64) string {
		slices.Sort(all)
		return fmt.Sprintf("%7.1f", float64(all[int(part*float64(len(all)-1))].Microseconds())/1000)
	}
	for i, k := range kinds {
		fmt.Printf("%-20s p50 %s  p99 %s  max %s ms\n", k.name, at(times[i], 0.5), at(times[i], 0.99), at(times[i], 1))
	}
	fmt.Printf("%-20s p50 %s  p99 %s  max %s ms\n", "all", at(all, 0.5), at(all, 0.99), at(all, 1))
	fmt.Printf("%-20s p50 %s  p99 %s  max %s ms\n", "all, CPU used", at(work, 0.5), at(work, 0.99), at(work, 1))
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[int(0.99*float64(len(all)-1))].Microseconds()), "p99-µs")
}

// cpu is what this process has used of the processors: without PostgreSQL, and
// without waiting for others on the machine.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
