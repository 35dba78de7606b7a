package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"digitalpost/internal/agency"
	"digitalpost/internal/errs"
)

// mostFields is how many fields without a document a form has at most: they are kept in
// memory, and so large a body has room for millions.
const mostFields = 50

// Papers reads a form with documents that the agency decides on, as the browser sends
// it, and returns its other fields, of each at most long bytes. Fields that isPaper
// tells have a document each, which take takes in; what is wrong with one stands among
// the problems.
func Papers(r *http.Request, w *Words, long int64, problems *Problems, isPaper func(field string) bool, take func(field, name string, body io.Reader) error) (url.Values, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, errs.New(errs.KindInvalid, "form.unreadable", "not a form with files")
	}
	fields := url.Values{}
	read := 0
	for {
		part, end := parts.NextPart()
		if errors.Is(end, io.EOF) {
			return fields, nil
		}
		if end != nil {
			return nil, errs.Wrap(end, errs.KindInvalid, "form.unreadable")
		}
		field := part.FormName()
		switch {
		case !isPaper(field):
			if read++; read > mostFields {
				return nil, errs.New(errs.KindInvalid, "form.unreadable", "a form with more than %d fields", mostFields)
			}
			text, err := io.ReadAll(io.LimitReader(part, long))
			if err != nil {
				return nil, errs.Wrap(err, errs.KindInvalid, "form.unreadable")
			}
			fields.Add(field, string(text))
		case part.FileName() != "":
			err := take(field, part.FileName(), part)
			switch errs.CodeOf(err) {
			case agency.CodeFileSize:
				problems.Add(field, w.T("file.size"))
			case agency.CodeFileType:
				problems.Add(field, w.T("file.type"))
			default:
				if err != nil {
					return nil, err
				}
			}
		}
		io.Copy(io.Discard, part) //nolint:errcheck // the next part says so
	}
}
