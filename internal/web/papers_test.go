package web

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"digitalpost/internal/errs"
)

// A form with documents may be large; what of it is kept in memory is not.
func TestPapersKeepFewFields(t *testing.T) {
	for n, fits := range map[int]bool{mostFields: true, mostFields + 1: false} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for i := range n {
			if err := form.WriteField("felt"+strconv.Itoa(i), "0123456789"); err != nil {
				t.Fatal(err)
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		fields, err := Papers(r, nil, 4, new(Problems), func(string) bool { return false }, func(string, string, io.Reader) error { return nil })
		switch {
		case !fits && errs.KindOf(err) != errs.KindInvalid:
			t.Errorf("%d fields: %v", n, err)
		case fits && (err != nil || len(fields) != n || fields.Get("felt7") != "0123"):
			t.Errorf("%d fields: %v, %d are there", n, err, len(fields))
		}
	}
}
