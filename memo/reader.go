package memo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// DefaultMaxSize is the size in bytes of the largest letter, 99.5 MB. It is held
// against the XML with the base64 in it: the order on sizes does not say whether
// XML or files are meant, and senders in the field keep their XML below it.
const DefaultMaxSize = 99_500_000

// ReadOptions says how to read a letter. The zero value discards the contents.
type ReadOptions struct {
	// Sink is asked for each file where its content should go. The file's
	// EncodingFormat, Filename and Language are known by then if the letter has its
	// elements in order; Content is for the sink to set. It gets pieces of some
	// 48 KB. The writer is closed in any case, also when the rest of the letter
	// turns out to be wrong: a caller keeps the contents only when Read ends
	// without error. A nil Sink, or a nil writer from it, discards.
	Sink func(DocumentKind, *File) (io.WriteCloser, error)
	// MaxSize is how many bytes the letter may have, 0 for DefaultMaxSize.
	MaxSize int64
	// Rules, where set, are applied as [Validate] would, so that one error tells
	// all that is wrong.
	Rules *Rules
}

// Read reads a letter from r to its end.
//
// What is wrong with the letter comes as *[Problems], and beside it the message
// as far as it could be read, so that a receipt can name it. Any other error is
// r's or the sink's, wrapped.
//
// The letter must be UTF-8 without a document type. Any prefixes will do, and so
// will a byte order mark, comments, CDATA, capitals in a UUID and small letters
// in an idType. Elements must be the schema's, in the schema's order. Memory use
// is bounded whatever comes: at most 64 KiB of text in a piece, 8 MiB and 50,000
// elements outside the contents.
func Read(r io.Reader, opt ReadOptions) (*Message, error) {
	rd := readers.Get().(*reader)
	defer rd.release()
	rd.sink = opt.Sink
	if opt.MaxSize == 0 {
		opt.MaxSize = DefaultMaxSize
	}
	rd.tok.reset(r, opt.MaxSize)
	m := new(Message)
	err := rd.read(m)
	if err == nil {
		if opt.Rules != nil {
			rd.validate(m, *opt.Rules)
		}
		return m, rd.findings.err()
	}
	if cause, ok := errors.AsType[*malformed](err); ok {
		return m, &Problems{List: []Problem{{"/", CodeInvalid, cause.Error()}}, Malformed: true, cause: cause}
	}
	if errors.Is(err, errTooLarge) {
		detail := fmt.Sprintf("the letter has more than %d bytes", opt.MaxSize)
		return m, &Problems{List: []Problem{{"/", CodeTooLarge, detail}}, Malformed: true}
	}
	return m, fmt.Errorf("read MeMo: %w", err)
}

// reader is everything that reading needs; it is used again for other letters.
type reader struct {
	findings
	tok     tokenizer
	content content
	sink    func(DocumentKind, *File) (io.WriteCloser, error)
	version Version
	kind    DocumentKind    // of the document being read
	texts   strings.Builder // the letter's texts, many in one allocation
	joined  []byte          // a text in several pieces
}

var readers = sync.Pool{New: func() any {
	r := &reader{content: newContent()}
	r.tok.buf = make([]byte, bufferSize)
	r.tok.outside = sha256.New()
	return r
}}

// release gives the reader back without anything of the letter it read.
func (r *reader) release() {
	if r.content.sink != nil {
		r.content.sink.Close()
	}
	r.content.sink, r.sink, r.tok.r = nil, nil, nil
	r.findings = findings{path: r.path[:0]}
	r.texts = strings.Builder{}
	r.version, r.kind = 0, ""
	readers.Put(r)
}

func (r *reader) read(m *Message) error {
	if err := r.tok.prolog(); err != nil {
		return err
	}
	tok, err := r.tok.next()
	if err != nil {
		return err
	}
	if tok != startElement || string(r.tok.local) != "Message" || r.tok.space != nsMemo {
		return r.tok.refuse("the root element is not Message in the namespace %s", namespaces[nsMemo].uri)
	}
	r.push("Message", 0)
	r.readVersion(m)
	if err := r.readClass(reflect.ValueOf(m).Elem(), messageClass); err != nil {
		return err
	}
	r.pop()
	if _, err := r.tok.next(); err != nil { // only the end can come
		return err
	}
	r.tok.outside.Write(r.tok.buf[r.tok.mark:r.tok.pos])
	r.tok.outside.Sum(m.Digest[:0])
	return nil
}

// readVersion reads the root's attributes. memoSchVersion tells nothing that
// memoVersion does not.
func (r *reader) readVersion(m *Message) {
	found := false
	kept := r.tok.attributes[:0]
	for _, a := range r.tok.attributes {
		switch {
		case a.space == nsNone && string(a.local) == "memoVersion":
			found = true
			m.Version = parseVersion(string(trim(a.value)))
		case a.space == nsNone && string(a.local) == "memoSchVersion":
		default:
			kept = append(kept, a)
		}
	}
	r.tok.attributes = kept
	switch {
	case !found:
		r.add("@memoVersion", CodeInvalid, "the attribute is missing")
	case m.Version == 0:
		r.add("@memoVersion", CodeInvalid, "the version is not 1.0, 1.1 or 1.2")
	}
	// Without a version the letter is read by the newest schema, for the sake of
	// its other problems.
	if r.version = m.Version; r.version == 0 {
		r.version = V12
	}
}

// checkAttributes finds fault with attributes: the schema has none but the
// root's. Those of XML and XML Schema itself are passed over.
func (r *reader) checkAttributes() {
	for _, a := range r.tok.attributes {
		if a.space != nsXSI && a.space != nsXML {
			r.add("@"+shown(a.name), CodeInvalid, "the schema has no such attribute")
		}
	}
}

// readClass reads the children of the element just started, into the struct v.
func (r *reader) readClass(v reflect.Value, c *class) error {
	r.checkAttributes()
	var seen uint32
	next := 0 // the field that should come, or a later one
	for {
		tok, err := r.tok.next()
		switch {
		case err != nil:
			return err
		case tok == endElement:
			r.checkMissing(c, seen)
			return nil
		case tok == text:
			r.add("", CodeInvalid, "there is text between the child elements")
			continue
		}
		i := c.find(r.tok.space, r.tok.local, next, r.version)
		if i < 0 || !c.fields[i].existsIn(r.version) {
			if err := r.skipUnknown(i >= 0); err != nil {
				return err
			}
			continue
		}
		f := &c.fields[i]
		if seen&(1<<i) != 0 && !f.many {
			r.add(f.name, CodeInvalid, "the element is there more than once")
			if err := r.skip(); err != nil {
				return err
			}
			continue
		}
		if i < next {
			r.add(f.name, CodeInvalid, "the element comes too late: the schema has it before %s", c.fields[next].name)
		}
		seen |= 1 << i
		next = max(next, i)
		place := 0
		if f.many {
			place = v.Field(f.index).Len() + 1
		}
		r.push(f.name, place)
		if err := r.readField(v, f); err != nil {
			return err
		}
		r.pop()
	}
}

func (r *reader) checkMissing(c *class, seen uint32) {
	missing := c.required &^ seen
	if missing == 0 {
		return
	}
	for i := range c.fields {
		if missing&(1<<i) != 0 && c.fields[i].requiredIn(r.version) {
			r.add(c.fields[i].name, CodeInvalid, "the element is missing")
		}
	}
}

// skipUnknown notes the element just started as a problem and passes over it.
func (r *reader) skipUnknown(later bool) error {
	name := shown(r.tok.local)
	switch {
	case later:
		r.add(name, CodeInvalid, "the element is not in MeMo %s", r.version)
	case r.tok.space == nsNone:
		r.add(name, CodeInvalid, "the schema has no such element here: it is in no namespace")
	case r.tok.space == nsOther:
		r.add(name, CodeInvalid, "the schema has no such element here: it is in a namespace that MeMo does not use")
	default:
		r.add(name, CodeInvalid, "the schema has no such element here (in the namespace %s)", namespaces[r.tok.space].uri)
	}
	return r.skip()
}

// skip passes over the element just started.
func (r *reader) skip() error {
	for depth := 1; depth > 0; {
		tok, err := r.tok.next()
		switch {
		case err != nil:
			return err
		case tok == startElement:
			depth++
		case tok == endElement:
			depth--
		}
	}
	return nil
}

// readField reads the element just started into its place in the struct.
func (r *reader) readField(parent reflect.Value, f *field) error {
	v := f.value(parent)
	switch f.kind {
	case kindClass:
		if k := DocumentKind(f.name); k == MainDocument || k == AdditionalDocument || k == TechnicalDocument {
			r.kind = k
		}
		if err := r.readClass(v, f.class); err != nil {
			return err
		}
		if data, ok := v.Addr().Interface().(*ContentData); ok {
			restoreZeros(data)
		}
		return nil
	case kindContent:
		r.checkAttributes()
		return r.readContent(parent.Addr().Interface().(*File))
	}
	r.checkAttributes()
	b, err := r.readText()
	if err != nil {
		return err
	}
	ok, expected := true, ""
	switch p := v.Addr().Interface().(type) {
	case *string:
		if f.kind == kindLanguage {
			b = trim(b)
		}
		*p = r.keep(b)
	case *MessageType:
		*p = MessageType(r.keep(trim(b)))
	case *IDType:
		*p = IDType(strings.ToUpper(r.keep(trim(b))))
	case *ActionCode:
		*p = ActionCode(r.keep(trim(b)))
	case *bool:
		*p, ok = parseBool(b)
		expected = "true or false"
	case *int64:
		*p, ok = parseNumber(b)
		expected = "a number"
	case *uuid.UUID:
		*p, ok = parseUUID(b)
		expected = "a UUID"
	case *time.Time:
		if f.kind == kindDate {
			*p, ok = parseDate(b)
			expected = "a date such as 2026-11-22"
		} else {
			*p, ok = parseTime(b)
			expected = "a time such as 2026-11-22T12:00:00Z, with Z at its end"
		}
	}
	if !ok {
		r.add("", CodeInvalid, "the value is not %s", expected)
	}
	return nil
}

func restoreZeros(data *ContentData) {
	if data.CPRdata != nil {
		data.CPRdata.CPRNumber = restoreZero(data.CPRdata.CPRNumber, 10)
	}
	if data.CVRdata != nil {
		data.CVRdata.CVRNumber = restoreZero(data.CVRdata.CVRNumber, 8)
	}
}

// readText is the text of the element just started, up to and with its end tag.
func (r *reader) readText() ([]byte, error) {
	if b, ok := r.tok.leaf(); ok {
		return b, nil
	}
	r.joined = r.joined[:0]
	r.tok.spaces = true
	defer func() { r.tok.spaces = false }()
	for {
		tok, err := r.tok.next()
		switch {
		case err != nil:
			return nil, err
		case tok == endElement:
			return r.joined, nil
		case tok == text:
			if len(r.joined)+len(r.tok.text) > bufferSize {
				return nil, r.tok.refuse("a text is longer than %d bytes", bufferSize)
			}
			r.joined = append(r.joined, r.tok.text...)
		case tok == startElement:
			if err := r.skipUnknown(false); err != nil {
				return nil, err
			}
		}
	}
}

// keep makes a string of a text. Many share one allocation: a letter is kept
// or forgotten as a whole.
func (r *reader) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if r.texts.Cap()-r.texts.Len() < len(b) {
		r.texts = strings.Builder{}
		r.texts.Grow(max(1024, len(b)))
	}
	at := r.texts.Len()
	r.texts.Write(b)
	return r.texts.String()[at:]
}
