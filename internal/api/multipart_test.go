package api

import (
	"bytes"
	"io"
	"testing"

	"digitalpost/internal/errs"
)

// Whatever comes as a form is either read to its end or refused as the caller's
// mistake.
func FuzzFilePart(f *testing.F) {
	whole := "--x\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: application/x-lzma\r\n\r\nbytes\r\n--x--\r\n"
	f.Add([]byte(whole), "x")
	f.Add([]byte(whole[:60]), "x")
	f.Add([]byte("--x\r\n\r\n--x--"), "x")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		part, err := filePart(bytes.NewReader(body), boundary)
		if err == nil {
			_, err = io.Copy(io.Discard, part)
		}
		if err != nil && err != io.ErrUnexpectedEOF && errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("%v", err)
		}
	})
}
