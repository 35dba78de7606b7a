package memo

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Write writes a letter as MeMo 1.1 or 1.2, valid against the schema: a letter
// that cannot be is refused as *[Problems] before anything is written. Content
// comes from the readers that open gives, and is closed.
//
// What a version does not have is left out: a letter of 1.2 written as 1.1 loses
// its Representative and originalRepresentative.
func Write(w io.Writer, m *Message, v Version, open func(*File) (io.ReadCloser, error)) error {
	if v != V11 && v != V12 {
		return fmt.Errorf("write MeMo: version %s cannot be written", v)
	}
	var f findings
	f.push("Message", 0)
	f.schema(m, v)
	if err := f.err(); err != nil {
		return err
	}
	wr := writers.Get().(*writer)
	defer wr.release()
	wr.w, wr.version, wr.open = w, v, open
	wr.message(m)
	wr.flush()
	if wr.err != nil {
		return fmt.Errorf("write MeMo: %w", wr.err)
	}
	return nil
}

// writer gathers output and remembers the first error.
type writer struct {
	w       io.Writer
	version Version
	open    func(*File) (io.ReadCloser, error)
	out     []byte // not yet written
	raw     []byte // content before it is encoded
	err     error
}

var writers = sync.Pool{New: func() any {
	return &writer{out: make([]byte, 0, bufferSize+4096), raw: make([]byte, outputSize)}
}}

func (w *writer) release() {
	w.w, w.open, w.err = nil, nil, nil
	w.out = w.out[:0]
	writers.Put(w)
}

func (w *writer) flush() {
	if w.err == nil && len(w.out) > 0 {
		_, w.err = w.w.Write(w.out)
	}
	w.out = w.out[:0]
}

// declarations binds the customary prefixes.
var declarations = func() (s string) {
	for ns := nsMemo; ns < nsXML; ns++ {
		s += fmt.Sprintf(` xmlns:%s="%s"`, namespaces[ns].prefix, namespaces[ns].uri)
	}
	return s
}()

func (w *writer) message(m *Message) {
	w.out = append(w.out, `<?xml version="1.0" encoding="UTF-8"?>`+"\n<memo:Message"...)
	w.out = append(w.out, declarations...)
	if w.version == V11 {
		w.out = append(w.out, ` memoVersion="1.1" memoSchVersion="1.1.0">`...)
	} else {
		w.out = append(w.out, ` memoVersion="1.2">`...)
	}
	w.class(reflect.ValueOf(m).Elem(), messageClass)
	w.out = append(w.out, "</memo:Message>\n"...)
}

func (w *writer) class(v reflect.Value, c *class) {
	for i := range c.fields {
		f := &c.fields[i]
		if !f.existsIn(w.version) {
			continue
		}
		value := v.Field(f.index)
		switch {
		case f.kind == kindContent:
			w.tag("<", f)
			w.content(v.Addr().Interface().(*File))
			w.tag("</", f)
		case !f.many:
			w.field(value, f)
		default:
			for j := range value.Len() {
				w.field(value.Index(j), f)
			}
		}
	}
}

func (w *writer) tag(open string, f *field) {
	w.out = append(w.out, open...)
	w.out = append(w.out, namespaces[f.ns].prefix...)
	w.out = append(w.out, ':')
	w.out = append(w.out, f.name...)
	w.out = append(w.out, '>')
}

// field writes one element, or nothing where it is optional and absent.
func (w *writer) field(v reflect.Value, f *field) {
	if f.ref {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if f.kind != kindClass && !f.requiredIn(w.version) && v.IsZero() {
		return
	}
	w.tag("<", f)
	switch p := v.Addr().Interface().(type) {
	case *bool:
		w.out = strconv.AppendBool(w.out, *p)
	case *int64:
		w.out = strconv.AppendInt(w.out, *p, 10)
	case *uuid.UUID:
		w.out = append(w.out, p.String()...)
	case *time.Time:
		format := time.RFC3339Nano
		if f.kind == kindDate {
			format = time.DateOnly
		}
		w.out = p.UTC().AppendFormat(w.out, format)
	default:
		if f.kind == kindClass {
			w.class(v, f.class)
		} else {
			w.text(v.String())
		}
	}
	w.tag("</", f)
	if len(w.out) >= outputSize {
		w.flush()
	}
}

var errNoCharacter = errors.New("a text has a character that XML does not allow")

// text writes a text so that it is read as it was, line ends included.
func (w *writer) text(s string) {
	at := len(w.out)
	w.out = append(w.out, s...)
	if isPlain(w.out[at:]) {
		return
	}
	w.out = w.out[:at]
	for i, c := range s {
		switch {
		case c == '&':
			w.out = append(w.out, "&amp;"...)
		case c == '<':
			w.out = append(w.out, "&lt;"...)
		case c == '>':
			w.out = append(w.out, "&gt;"...)
		case c == '\r':
			w.out = append(w.out, "&#13;"...)
		case !isChar(c) || c == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			w.fail(errNoCharacter)
		default:
			w.out = utf8.AppendRune(w.out, c)
		}
	}
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// content writes a file's content as base64, in one line.
func (w *writer) content(f *File) {
	w.flush()
	if w.err != nil {
		return
	}
	r, err := w.open(f)
	if err != nil {
		w.fail(fmt.Errorf("open a file's content: %w", err))
		return
	}
	defer r.Close()
	for w.err == nil {
		n, err := io.ReadFull(r, w.raw)
		w.out = base64.StdEncoding.AppendEncode(w.out, w.raw[:n])
		w.flush()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return
		} else if err != nil {
			w.fail(fmt.Errorf("read a file's content: %w", err))
		}
	}
}
