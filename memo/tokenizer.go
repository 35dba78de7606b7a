package memo

import (
	"bytes"
	"io"
	"unicode/utf8"
)

const (
	maxDepth      = 64  // elements inside one another; MeMo itself has 7
	maxAttributes = 64  // of one element, namespace declarations included
	maxName       = 256 // bytes of a name with its prefix
	maxElements   = 50_000
)

// token is what next found.
type token uint8

const (
	startElement token = iota // space, local and attributes tell of it
	endElement                // of the innermost open element
	text                      // in tokenizer.text; white space between elements is left out
	endOfInput
)

// tokenizer splits XML into tokens: UTF-8, namespaces, no document type, within
// limits. It keeps only what is open. Byte slices it hands out last until the
// next call.
type tokenizer struct {
	source

	space      namespace // of the element started
	local      []byte    // its name without the prefix
	attributes []attribute
	text       []byte

	open     []openElement
	names    []byte // the names of the open elements as written, and the prefixes they bind
	bindings []binding
	closing  bool // the element just started was <empty/>
	spaces   bool // white space counts: the element is one with text
	rooted   bool // the root element has been seen
	elements int
	scratch  []byte // texts that are not in the buffer as they are
}

type openElement struct {
	name, nameEnd int // where its name is in names
	bindings      int // how many there were outside it
}

// binding is what a prefix stands for, inside an open element.
type binding struct {
	prefix []byte
	space  namespace
}

type attribute struct {
	name          []byte // as written
	prefix, local []byte
	space         namespace
	value         []byte
}

func (t *tokenizer) reset(r io.Reader, max int64) {
	t.source.reset(r, max)
	t.open, t.names, t.bindings = t.open[:0], t.names[:0], t.bindings[:0]
	t.attributes, t.local, t.text = t.attributes[:0], nil, nil
	t.closing, t.spaces, t.rooted, t.elements = false, false, false, 0
}

// prolog takes the byte order mark, if there is one, and finds other encodings by
// their first bytes.
func (t *tokenizer) prolog() error {
	for t.end < 4 {
		if err := t.more(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	head := t.buf[:t.end]
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		t.pos = 3
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")),
		bytes.HasPrefix(head, []byte("\x00<")), bytes.HasPrefix(head, []byte("<\x00")):
		return t.bad("the letter is in UTF-16; only UTF-8 is accepted")
	}
	return nil
}

// next is the next token. Comments and processing instructions are passed over.
func (t *tokenizer) next() (token, error) {
	if t.closing {
		t.closing = false
		t.close()
		return endElement, nil
	}
	for {
		if err := t.checkOutside(); err != nil {
			return 0, err
		}
		if t.pos == t.end {
			if err := t.more(); err == io.EOF {
				return endOfInput, t.atEnd()
			} else if err != nil {
				return 0, err
			}
		}
		if t.buf[t.pos] != '<' {
			if found, err := t.characters(); found || err != nil {
				return text, err
			}
			continue
		}
		if err := t.need(2); err != nil {
			return 0, err
		}
		switch t.buf[t.pos+1] {
		case '/':
			return endElement, t.endTag()
		case '?':
			if err := t.instruction(); err != nil {
				return 0, err
			}
		case '!':
			if found, err := t.declaration(); found || err != nil {
				return text, err
			}
		default:
			return startElement, t.startTag()
		}
	}
}

func (t *tokenizer) atEnd() error {
	if len(t.open) > 0 {
		return t.bad("the letter ends inside the element %s", t.openName())
	}
	if !t.rooted {
		return t.refuse("there is no element in the letter")
	}
	return nil
}

// characters reads the text up to the next tag; false where it is white space
// only. Text at the very end of the input comes without a tag after it.
func (t *tokenizer) characters() (bool, error) {
	end, err := t.textEnd()
	if err != nil {
		return false, err
	}
	raw := t.buf[t.pos:end]
	if !t.spaces && len(trim(raw)) == 0 {
		t.pos = end
		return false, nil
	}
	if len(t.open) == 0 {
		return false, t.refuse("there is text outside the root element")
	}
	t.text, err = t.decode(raw, true)
	t.pos = end
	return true, err
}

// textEnd is the index of the next '<', or the end of the input.
func (t *tokenizer) textEnd() (int, error) {
	for from := 0; ; {
		if i := bytes.IndexByte(t.buf[t.pos+from:t.end], '<'); i >= 0 {
			return t.pos + from + i, nil
		}
		from = t.end - t.pos
		if err := t.more(); err == io.EOF {
			return t.end, nil
		} else if err != nil {
			return 0, err
		}
	}
}

// leaf is the whole text of the element just started, if it stands in the
// buffer as it is and is followed by its end tag: the short way through nearly
// all of a letter. It answers false, and has done nothing, where next must be
// asked instead.
func (t *tokenizer) leaf() ([]byte, bool) {
	if t.closing {
		return nil, false
	}
	rest := t.buf[t.pos:t.end]
	i := bytes.IndexByte(rest, '<')
	if i < 0 || !isPlain(rest[:i]) || !t.closesHere(t.pos+i) {
		return nil, false
	}
	return rest[:i], true
}

// closesHere takes the end tag of the innermost open element, if it stands at
// the index in buf as it is usually written; everything before it is used up.
func (t *tokenizer) closesHere(at int) bool {
	name := t.openName()
	tag := t.buf[at:t.end]
	n := len(name) + 3
	if len(tag) < n || tag[1] != '/' || !bytes.Equal(tag[2:n-1], name) || tag[n-1] != '>' {
		return false
	}
	t.pos = at + n
	t.close()
	return true
}

// startTag reads a start tag: its name, its attributes, what it binds.
func (t *tokenizer) startTag() error {
	end, err := t.tagEnd()
	if err != nil {
		return err
	}
	tag := t.buf[t.pos+1 : end]
	t.closing = len(tag) > 0 && tag[len(tag)-1] == '/'
	if t.closing {
		tag = tag[:len(tag)-1]
	}
	name := tag[:nameLength(tag)]
	prefix, local, ok := splitName(name)
	switch {
	case !ok:
		return t.refuse("a tag has no proper name")
	case len(t.open) == 0 && t.rooted:
		return t.refuse("there is a second root element")
	case len(t.open) == maxDepth:
		return t.refuse("more than %d elements inside one another", maxDepth)
	case t.elements == maxElements:
		return t.refuse("more than %d elements", maxElements)
	}
	t.rooted = true
	t.elements++
	t.open = append(t.open, openElement{len(t.names), len(t.names) + len(name), len(t.bindings)})
	t.names = append(t.names, name...)

	t.attributes = t.attributes[:0]
	if rest := tag[len(name):]; len(rest) > 0 {
		if err := t.readAttributes(rest); err != nil {
			return err
		}
	}
	t.local = local
	if t.space, ok = t.lookup(prefix); !ok {
		return t.refuse("the prefix %s is not declared", shown(prefix))
	}
	t.pos = end + 1
	return nil
}

// tagEnd is the index of the '>' that ends the tag at pos.
func (t *tokenizer) tagEnd() (int, error) {
	tag := t.buf[t.pos+1 : t.end]
	if n := nameLength(tag); n < len(tag) && tag[n] == '>' { // nearly always
		return t.pos + 1 + n, nil
	}
	var quote byte
	for i := 1; ; {
		for ; t.pos+i < t.end; i++ {
			switch c := t.buf[t.pos+i]; {
			case c == '<':
				return 0, t.bad("there is a < inside a tag")
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '>':
				return t.pos + i, nil
			case c == '"' || c == '\'':
				quote = c
			}
		}
		if err := t.more(); err == io.EOF {
			return 0, t.bad("the letter ends in the middle of a tag")
		} else if err != nil {
			return 0, err
		}
	}
}

func (t *tokenizer) endTag() error {
	if len(t.open) == 0 {
		return t.bad("there is an end tag outside the root element")
	}
	if t.closesHere(t.pos) {
		return nil
	}
	end, err := t.tagEnd()
	if err != nil {
		return err
	}
	if name := bytes.TrimRight(t.buf[t.pos+2:end], " \t\r\n"); !bytes.Equal(name, t.openName()) {
		return t.bad("the element %s is closed by another end tag", t.openName())
	}
	t.pos = end + 1
	t.close()
	return nil
}

// openName is the name, as written, of the innermost open element.
func (t *tokenizer) openName() []byte {
	last := t.open[len(t.open)-1]
	return t.names[last.name:last.nameEnd]
}

// close forgets the innermost open element and what it bound.
func (t *tokenizer) close() {
	last := t.open[len(t.open)-1]
	t.open = t.open[:len(t.open)-1]
	t.names = t.names[:last.name]
	t.bindings = t.bindings[:last.bindings]
}

// readAttributes reads the part of a start tag after its name.
func (t *tokenizer) readAttributes(rest []byte) error {
	t.scratch = t.scratch[:0]
	for {
		spaced := len(rest) > 0 && isSpace(rest[0])
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) == 0 {
			break
		}
		name := rest[:nameLength(rest)]
		prefix, local, ok := splitName(name)
		if !ok {
			return t.refuse("an attribute has no proper name")
		}
		if !spaced {
			return t.refuse("there is no white space before an attribute")
		}
		rest = bytes.TrimLeft(rest[len(name):], " \t\r\n")
		if len(rest) == 0 || rest[0] != '=' {
			return t.bad("an attribute has no value")
		}
		rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return t.bad("an attribute's value is not in quotes")
		}
		length := bytes.IndexByte(rest[1:], rest[0]) // tagEnd saw the closing quote
		value, err := t.decode(rest[1:1+length], false)
		if err != nil {
			return err
		}
		rest = rest[length+2:]
		if len(t.attributes) == maxAttributes {
			return t.refuse("an element has more than %d attributes", maxAttributes)
		}
		for i := range t.attributes {
			if bytes.Equal(t.attributes[i].name, name) {
				return t.refuse("an element has the attribute %s twice", shown(name))
			}
		}
		t.attributes = append(t.attributes, attribute{name: name, prefix: prefix, local: local, value: value})
	}
	return t.bind()
}

// bind takes the namespace declarations out of the attributes and finds the
// namespaces of the others.
func (t *tokenizer) bind() error {
	kept := t.attributes[:0]
	for _, a := range t.attributes {
		var prefix []byte
		switch {
		case len(a.prefix) == 0 && string(a.local) == "xmlns":
		case string(a.prefix) == "xmlns":
			prefix = a.local
			if len(a.value) == 0 || string(prefix) == "xmlns" || string(prefix) == "xml" && namespaceOf(a.value) != nsXML {
				return t.refuse("the prefix %s is bound to a namespace that it cannot have", shown(prefix))
			}
		default:
			kept = append(kept, a)
			continue
		}
		at := len(t.names)
		t.names = append(t.names, prefix...)
		t.bindings = append(t.bindings, binding{t.names[at:len(t.names):len(t.names)], namespaceOf(a.value)})
	}
	t.attributes = kept
	for i := range t.attributes {
		a := &t.attributes[i]
		if len(a.prefix) == 0 {
			continue
		}
		var ok bool
		if a.space, ok = t.lookup(a.prefix); !ok {
			return t.refuse("the prefix %s is not declared", shown(a.prefix))
		}
	}
	return nil
}

// lookup is what a prefix stands for here.
func (t *tokenizer) lookup(prefix []byte) (namespace, bool) {
	for i := len(t.bindings) - 1; i >= 0; i-- {
		if bytes.Equal(t.bindings[i].prefix, prefix) {
			return t.bindings[i].space, true
		}
	}
	if len(prefix) == 0 {
		return nsNone, true
	}
	return nsXML, string(prefix) == "xml"
}

// isName tells the bytes that a name may have. Letters beyond ASCII are taken
// as they come: no element of MeMo has any.
func isName(c byte) bool { return nameBytes[c] }

var nameBytes = func() (table [256]bool) {
	for i := range table {
		c := byte(i)
		table[i] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
	}
	return table
}()

func nameLength(b []byte) int {
	for i, c := range b {
		if !nameBytes[c] {
			return i
		}
	}
	return len(b)
}

// splitName splits a name into prefix and local part and tells whether it is
// one by XML's and its namespaces' rules.
func splitName(name []byte) (prefix, local []byte, ok bool) {
	if len(name) == 0 || len(name) > maxName {
		return nil, nil, false
	}
	local = name
	if i := bytes.IndexByte(name, ':'); i >= 0 {
		prefix, local = name[:i], name[i+1:]
		if !isNameStart(prefix) || bytes.IndexByte(local, ':') >= 0 {
			return nil, nil, false
		}
	}
	return prefix, local, isNameStart(local) && utf8.Valid(name)
}

func isNameStart(b []byte) bool {
	return len(b) > 0 && !('0' <= b[0] && b[0] <= '9') && b[0] != '-' && b[0] != '.' && b[0] != ':'
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// shown is a name as it may stand in a problem: not long.
func shown(name []byte) string {
	if len(name) > 64 {
		return string(bytes.ToValidUTF8(name[:64], nil)) + "…"
	}
	return string(name)
}
