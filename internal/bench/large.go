package bench

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Upload is what one large letter took.
type Upload struct {
	Bytes int64
	Took  time.Duration
	// Before is how many bytes of memory the server held when the letter came, and
	// Above how many more it held at most; 0 where they cannot be seen. A server
	// that has just been busy holds memory that it does not need, and Above is
	// small for it: see what an idle one does.
	Before, Above int64
}

// Print writes the upload for people.
func (u Upload) Print(w io.Writer) {
	fmt.Fprintf(w, "large letter of %.1f MB: %.2f s, %.0f MB/s; memory of the server %s before, %s more at most\n",
		float64(u.Bytes)/1e6, u.Took.Seconds(), float64(u.Bytes)/1e6/u.Took.Seconds(), megabytes(u.Before), megabytes(u.Above))
}

// largest is the size in bytes of the largest letter that the rules allow, with
// documents.
const (
	largest   = memo.DefaultMaxSize
	documents = 8
)

// Large sends a letter just as large as one may be, made while it is sent.
func (t *Target) Large() (Upload, Accepted, error) {
	a := Accepted{post.NewUUID(), t.Some(1)[0]}
	config, err := t.tls(&t.SenderSystem)
	if err != nil {
		return Upload{}, a, err
	}
	w, err := newWire(t.API, config)
	if err != nil {
		return Upload{}, a, err
	}
	defer w.close()
	letter := newLetter(t.SenderSystem, a.ID, a.To.CPR, largeSizes()...)
	var length counter
	if err := writeLetter(&length, letter); err != nil {
		return Upload{}, a, err
	}
	head, err := t.head(t.SenderSystem, a.ID, int64(length))
	if err != nil {
		return Upload{}, a, err
	}
	if err := w.connect(); err != nil {
		return Upload{}, a, err
	}
	t.Server.begin()
	start := time.Now()
	status, body, err := w.stream(func(out io.Writer) error {
		if _, err := out.Write(head); err != nil {
			return err
		}
		return writeLetter(out, letter)
	})
	if err != nil {
		return Upload{}, a, err
	}
	u := Upload{Bytes: int64(length), Took: time.Since(start)}
	if t.Server.Process != 0 {
		u.Before = t.Server.before.Memory
		u.Above = max(0, t.Server.usage().Peak-u.Before)
	}
	return u, a, expect(status, http.StatusCreated, body)
}

// largeSizes are the sizes of documents that together, in base64, come just
// below the largest letter.
func largeSizes() []int {
	const markup = 8 << 10
	all := make([]int, documents)
	for i := range all {
		all[i] = (largest - markup) / documents / 4 * 3
	}
	return all
}

// counter is how many bytes were written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
