package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"digitalpost/internal/app"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Accepted is a letter that the server said it has.
type Accepted struct {
	ID post.UUID
	To *Person
}

// Letters measures the intake of single letters with a document of size bytes.
func (t *Target) Letters(ctx context.Context, load Load, system app.LocalSystem, size int) (Result, []Accepted, error) {
	config, err := t.tls(&system)
	if err != nil {
		return Result{}, nil, err
	}
	request, err := t.prepare(system, size)
	if err != nil {
		return Result{}, nil, err
	}
	accepted := make([][]Accepted, load.Connections)
	calls := make([]Call, load.Connections)
	for i := range calls {
		w, err := newWire(t.API, config)
		if err != nil {
			return Result{}, nil, err
		}
		defer w.close()
		mine := request.clone()
		calls[i] = func() error {
			a := Accepted{post.NewUUID(), t.People[rand.IntN(len(t.People))]}
			status, body, err := w.do(mine.with(a))
			if err != nil {
				return err
			}
			if err := expect(status, http.StatusCreated, body); err != nil {
				return err
			}
			accepted[i] = append(accepted[i], a)
			return nil
		}
	}
	result := Run(ctx, fmt.Sprintf("letters of %d bytes, %d connections", size, load.Connections), load, calls, &t.Server)
	return result, slices.Concat(accepted...), nil
}

// prepared is a whole request. From one to the next only the letter's id and its
// recipient change, and those have a fixed length.
type prepared struct {
	bytes     []byte
	ids       []int // where the letter's id stands
	recipient int   // where the CPR number stands
}

// What stands there until the first letter.
var (
	markID        = post.UUID{6: 0x40, 8: 0x80} // of version 4, as a letter's must be
	markRecipient = "9999999999"
)

func (t *Target) prepare(system app.LocalSystem, size int) (prepared, error) {
	var body bytes.Buffer
	if err := writeLetter(&body, newLetter(system, markID, markRecipient, size)); err != nil {
		return prepared{}, err
	}
	head, err := t.head(system, markID, int64(body.Len()))
	if err != nil {
		return prepared{}, err
	}
	p := prepared{bytes: append(head, body.Bytes()...)}
	id := []byte(markID.String())
	for at := 0; ; {
		i := bytes.Index(p.bytes[at:], id)
		if i < 0 {
			break
		}
		p.ids = append(p.ids, at+i)
		at += i + len(id)
	}
	p.recipient = bytes.Index(p.bytes, []byte(">"+markRecipient+"<")) + 1
	return p, nil
}

func (p prepared) clone() prepared {
	p.bytes = slices.Clone(p.bytes)
	return p
}

// with is the request for a letter. It is good until the next.
func (p prepared) with(a Accepted) []byte {
	id := a.ID.String()
	for _, at := range p.ids {
		copy(p.bytes[at:], id)
	}
	copy(p.bytes[p.recipient:], a.To.CPR)
	return p.bytes
}

// head is the head of the request that sends a letter.
func (t *Target) head(system app.LocalSystem, id post.UUID, length int64) ([]byte, error) {
	api, err := url.Parse(t.API)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "POST %s/memos/?memo-message-uuid=%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n",
		api.Path, id, api.Host, basic(system), length), nil
}

func basic(s app.LocalSystem) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.ID+":"+s.APIKey))
}

// title is how a letter is found again in a mailbox.
const title = "Måling "

// newLetter is a letter with documents of so many bytes each.
func newLetter(system app.LocalSystem, id post.UUID, number string, sizes ...int) *memo.Message {
	kind := memo.CPR
	if len(number) == 8 {
		kind = memo.CVR
	}
	m := &memo.Message{Header: memo.Header{
		MessageType: memo.DigitalPost, MessageUUID: id, Label: title + id.String(),
		Sender:    memo.Sender{SenderID: system.CVR, IDType: memo.CVR, Label: system.Name},
		Recipient: memo.Recipient{RecipientID: number, IDType: kind},
	}, Body: &memo.Body{CreatedDateTime: time.Now().UTC().Truncate(time.Second)}}
	for i, size := range sizes {
		d := memo.Document{Files: []*memo.File{{EncodingFormat: "application/pdf", Filename: fmt.Sprintf("brev-%d.pdf", i+1), Language: "da", Size: int64(size)}}}
		if i == 0 {
			m.Body.MainDocument = d
		} else {
			m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, d)
		}
	}
	return m
}

func writeLetter(w io.Writer, m *memo.Message) error {
	return memo.Write(w, m, memo.V12, func(f *memo.File) (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(&scan{}, f.Size)), nil
	})
}

// scan is a document without end that begins as PDF and goes on as chance will
// have it, so that it can be compressed no better than a scanned page.
type scan struct{ read int64 }

var scanned = func() []byte {
	b := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{1}).Read(b) //nolint:errcheck // never fails
	copy(b, "%PDF-1.7\n")
	return b
}()

func (s *scan) Read(p []byte) (int, error) {
	n := copy(p, scanned[s.read%int64(len(scanned)):])
	s.read += int64(n)
	return n, nil
}
