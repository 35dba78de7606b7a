package api

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// parameter is something that an operation reads of the address or the head.
type parameter struct {
	name     string
	in       string // query or header
	says     string
	schema   schema
	required bool
	// standard is the value where none is given, least and most the bounds of a
	// number, allowed the fields of a sorting.
	standard, least, most int
	allowed               []string
}

// text is a parameter without a form of its own.
func text(name, says string) parameter {
	return parameter{name: name, in: "query", says: says, schema: schema{Type: "string"}}
}

func number(name, says string, standard, least, most int) parameter {
	return parameter{name: name, in: "query", says: says, schema: schema{Type: "integer", Default: standard, Minimum: &least, Maximum: &most},
		standard: standard, least: least, most: most}
}

func yes(name, says string) parameter {
	return parameter{name: name, in: "query", says: says, schema: schema{Type: "boolean"}}
}

func choice(name, says string, values ...string) parameter {
	return parameter{name: name, in: "query", says: says, schema: schema{Type: "string", Enum: values}}
}

func identity(name, says string) parameter {
	return parameter{name: name, in: "query", says: says, schema: schema{Type: "string", Format: "uuid"}}
}

// instant is a time or a date: see call.time.
func instant(name, says string) parameter {
	return parameter{name: name, in: "query", says: says + " A time (RFC 3339), or a Danish date such as 2026-11-22.", schema: schema{Type: "string"}}
}

// sorted is sortFields. Each field leaves to the next what it finds equal.
func sorted(fields ...string) parameter {
	return parameter{name: "sortFields", in: "query", allowed: fields, schema: schema{Type: "string"},
		says: "What the list is sorted by: fields, each with `:asc` or `:desc`, with commas between them, such as `" + fields[0] + ":desc`. Fields: " + strings.Join(fields, ", ") + "."}
}

// paged are the parameters of a list in pages.
func paged(standard, most int) []parameter {
	return []parameter{number("page", "Which page, from 0.", 0, 0, 1<<30), number("size", "How many are on a page.", standard, 1, most)}
}

// next is the place where a page begins, as the page before it gave it.
var next = text("next", "`next` of the page before. It reads on where that page ended, also when something has come or gone meanwhile; `page` is not needed then.")

// ifMatch is the version that a change is based on.
var ifMatch = parameter{name: "If-Match", in: "header", required: true, schema: schema{Type: "string"},
	says: "The version that was read: the number in the field `version`, or the entity tag of the answer. A change of an older version is refused with 409, which tells the current one."}

// ifNoneMatch is declared for every operation whose answer has a tag.
var ifNoneMatch = parameter{name: "If-None-Match", in: "header", schema: schema{Type: "string"},
	says: "The entity tag of an answer that the client still has. Where nothing has changed the answer is 304, without a body."}

// places says what the parameters in paths are.
var places = map[string]string{
	"mailboxId":       "The mailbox.",
	"messageId":       "The message.",
	"documentId":      "The document, in its message.",
	"fileId":          "The file, in its document.",
	"organisationId":  "The organisation.",
	"identityId":      "The person.",
	"id":              "The thing itself.",
	"operationId":     "The operation.",
	"accessRequestId": "The access request.",
	"actionId":        "The action, in its document.",
}

// number reads a declared number.
func (c *call) number(name string) (int, error) {
	p, _ := c.route.parameter(name)
	text := c.query().Get(name)
	if text == "" {
		return p.standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < p.least || n > p.most {
		return 0, badRequest(CodeParameter, name, "the parameter is a whole number from %d to %d", p.least, p.most)
	}
	return n, nil
}

// paging reads page and size. Pages count from 0.
func (c *call) paging() (page, size int, err error) {
	if page, err = c.number("page"); err != nil {
		return 0, 0, err
	}
	size, err = c.number("size")
	return page, size, err
}

func (c *call) flag(name string, standard bool) (bool, error) {
	return flagOf(name, c.query().Get(name), standard)
}

func flagOf(name, text string, standard bool) (bool, error) {
	switch text {
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
func (c *call) time(name string) (time.Time, error) { return timeOf(name, c.query().Get(name)) }

func timeOf(name, text string) (time.Time, error) {
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

// sorting is one field of sortFields=field:asc,field:desc.
type sorting struct {
	field string
	down  bool
}

// sortings are what the caller wants a list sorted by, the first first.
func (c *call) sortings() ([]sorting, error) {
	text := c.query().Get("sortFields")
	if text == "" {
		return nil, nil
	}
	p, _ := c.route.parameter("sortFields")
	var all []sorting
	for one := range strings.SplitSeq(text, ",") {
		field, direction, _ := strings.Cut(strings.TrimSpace(one), ":")
		s := sorting{field: field}
		switch {
		case field == "":
			continue
		case direction == "" || strings.EqualFold(direction, "asc"):
		case strings.EqualFold(direction, "desc"):
			s.down = true
		default:
			return nil, badRequest(CodeParameter, "sortFields", "a field is sorted asc or desc, such as label:asc")
		}
		if !slices.Contains(p.allowed, field) {
			return nil, badRequest(CodeSortField, "sortFields", "the list is sorted by %s", strings.Join(p.allowed, ", "))
		}
		all = append(all, s)
	}
	return all, nil
}

// id is an id in the path. What is no UUID is the id of nothing.
func (c *call) id(name string) (post.UUID, error) {
	id, err := post.ParseUUID(c.r.PathValue(name))
	if err != nil {
		return id, errs.NotFound("not.found")
	}
	return id, nil
}

// ifMatch is the version that the caller has read. The API takes the bare number
// of the field version; an entity tag of ours, which begins with it, does as
// well.
func (c *call) ifMatch() (int64, error) {
	text := c.r.Header.Get("If-Match")
	if text == "" {
		return 0, badRequest(CodeIfMatch, "If-Match", "the header is required: it is the version that was read")
	}
	text = strings.Trim(strings.TrimPrefix(strings.TrimSpace(text), "W/"), `"`)
	text, _, _ = strings.Cut(text, ".")
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || version < 1 {
		return 0, badRequest(CodeParameter, "If-Match", "the header is the version that was read, a number")
	}
	return version, nil
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}
