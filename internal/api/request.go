package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"digitalpost/internal/errs"
)

// maxJSON is the size in bytes of the largest JSON body.
const maxJSON = 1 << 20

// readJSON reads a body. Fields that are not known are passed over.
func (c *call) readJSON(into any) error {
	if t := reflect.TypeOf(into).Elem(); t != c.route.body.json {
		return fmt.Errorf("%s reads a %s and documents a %s", c.route.name, t, c.route.body.json)
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, maxJSON))
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errs.New(errs.KindTooLarge, CodeBodyTooLarge, "the body has more than %d bytes", large.Limit)
	}
	if err != nil {
		return malformed{err}
	}
	err = json.Unmarshal(raw, into)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return badRequest(CodeJSON, wrong.Field, "the field has a value of another type")
	}
	return badRequest(CodeJSON, "", "the body is not JSON, or a value in it has another form")
}

// moment is a time in an answer, "" where there is none. It is a text because a
// list has many, and the same time often.
type moment string

// momentOf writes UTC with milliseconds.
func momentOf(t time.Time) moment {
	if t.IsZero() {
		return ""
	}
	return moment(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}
