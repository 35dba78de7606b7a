package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"sync"
)

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, 5)
	if err != nil {
		panic(err) // the level is one
	}
	return w
}}

// pack compresses a page. A page shows what the reader looked for beside what
// others wrote, so its length could tell on the way whether the one stands in the
// other (BREACH). A name of random length in the header of the gzip, which browsers
// skip, hides it (the countermeasure is known as Heal the BREACH).
func pack(page []byte) ([]byte, error) {
	var out bytes.Buffer
	w, _ := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	var length [1]byte
	rand.Read(length[:])
	w.Name = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[:length[0]%100+1]
	if _, err := w.Write(page); err != nil {
		return nil, fmt.Errorf("compress a page: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress a page: %w", err)
	}
	return out.Bytes(), nil
}
