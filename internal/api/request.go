package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// id is an id in the path. What is no UUID is the id of nothing.
func (c *call) id(name string) (post.UUID, error) {
	id, err := post.ParseUUID(c.r.PathValue(name))
	if err != nil {
		return id, errs.NotFound("not.found")
	}
	return id, nil
}

// paging reads page and size. Pages count from 0.
func (c *call) paging(standard, most int) (page, size int, err error) {
	if page, err = c.number("page", 0, 0, 1<<30); err != nil {
		return 0, 0, err
	}
	size, err = c.number("size", standard, 1, most)
	return page, size, err
}

func (c *call) number(name string, standard, least, most int) (int, error) {
	text := c.query().Get(name)
	if text == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badRequest(CodeParameter, name, "the parameter is a whole number from %d to %d", least, most)
	}
	return n, nil
}

func (c *call) flag(name string, standard bool) (bool, error) {
	switch c.query().Get(name) {
	case "":
		return standard, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badRequest(CodeParameter, name, "the parameter is true or false")
}

// time reads a moment, RFC 3339 with or without a zone, or a Danish date. The
// zero time is none.
func (c *call) time(name string) (time.Time, error) {
	text := c.query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+")); err == nil { // a bare + is a space in an address
		return t, nil
	}
	if t, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, post.Denmark); err == nil {
		return t, nil
	}
	return time.Time{}, badRequest(CodeParameter, name, "the parameter is a time such as 2026-11-22T12:00:00Z or a date")
}

// maxJSON is the size in bytes of the largest JSON body.
const maxJSON = 256 << 10

// readJSON reads a body. Fields that are not known are passed over.
func (c *call) readJSON(into any) error {
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

// ifMatch is the version that the caller has read. The API takes the bare number
// of the field version; an entity tag of RFC 9110 does as well.
func (c *call) ifMatch() (int64, error) {
	text := c.r.Header.Get("If-Match")
	if text == "" {
		return 0, badRequest(CodeIfMatch, "If-Match", "the header is required: it is the version that was read")
	}
	text = strings.Trim(strings.TrimPrefix(strings.TrimSpace(text), "W/"), `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || version < 1 {
		return 0, badRequest(CodeParameter, "If-Match", "the header is the version that was read, a number")
	}
	return version, nil
}

// one writes a single resource with its version as the entity tag.
func (c *call) one(version int64, v any) {
	tag := `"` + strconv.FormatInt(version, 10) + `"`
	c.w.Header().Set("ETag", tag)
	if c.r.Method != http.MethodPatch && c.r.Header.Get("If-None-Match") == tag {
		c.w.WriteHeader(http.StatusNotModified)
		return
	}
	c.json(http.StatusOK, v)
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
