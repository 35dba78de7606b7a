package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// vocabulary is how many words the letters of Fill are made of.
const vocabulary = 20_000

// word is the nth of the words, the most frequent first. They look like words, so
// that word forms and beginnings are looked for as in real ones.
func word(n int) string {
	first := []string{"b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "kr", "bl", "sp", "sk", "tr"}
	middle := []string{"a", "e", "i", "o", "u", "y", "æ", "ø", "å", "ei"}
	var b strings.Builder
	for n += 200; n > 0; n /= len(first) * len(middle) {
		b.WriteString(first[n%len(first)])
		b.WriteString(middle[n/len(first)%len(middle)])
	}
	return b.String() + "l"
}

// words are some words as chance has it: few come often, most seldom.
func words(random *rand.Zipf, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = word(int(random.Uint64()))
	}
	return strings.Join(all, " ")
}

func zipf(seed uint64) *rand.Zipf {
	return rand.NewZipf(rand.New(rand.NewPCG(seed, 7)), 1.1, 4, vocabulary-1)
}

// tag is what stands in the title of every letter of Fill to a person, and of no
// other's.
func (t *Target) tag(p *Person) string {
	for i, one := range t.People {
		if one == p {
			return fmt.Sprintf("nr%06d", i)
		}
	}
	return ""
}

// Fill sends letters with a text of some words each, as fast as can be, evenly to
// people.
func (t *Target) Fill(ctx context.Context, system app.LocalSystem, people []*Person, letters, connections int) (Result, error) {
	config, err := t.tls(&system)
	if err != nil {
		return Result{}, err
	}
	tags := make([]string, len(people))
	for i, p := range people {
		tags[i] = t.tag(p)
	}
	var sent atomic.Int64
	calls := make([]Call, connections)
	for i := range calls {
		w, err := newWire(t.API, config)
		if err != nil {
			return Result{}, err
		}
		defer w.close()
		random := zipf(uint64(i))
		var body bytes.Buffer
		calls[i] = func() error {
			n := int(sent.Add(1)-1) % len(people)
			id := post.NewUUID()
			m := newLetter(system, id, people[n].CPR)
			m.Header.Label = tags[n] + " " + words(random, 4)
			text := []byte(words(random, 40))
			m.Body.MainDocument = memo.Document{Files: []*memo.File{{EncodingFormat: "text/plain", Filename: "brev.txt", Language: "da", Content: text, Size: int64(len(text))}}}
			body.Reset()
			err := memo.Write(&body, m, memo.V12, func(f *memo.File) (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(f.Content.([]byte))), nil
			})
			if err != nil {
				return err
			}
			head, err := t.head(system, id, int64(body.Len()))
			if err != nil {
				return err
			}
			status, answer, err := w.do(append(head, body.Bytes()...))
			if err != nil {
				return err
			}
			return expect(status, http.StatusCreated, answer)
		}
	}
	load := Load{Connections: connections, Duration: 365 * 24 * time.Hour, Requests: letters}
	return Run(ctx, fmt.Sprintf("letters of a text to %d people, %d connections", len(people), connections), load, calls, &t.Server), nil
}
