package memo

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// The parts of XML that are not elements: instructions, comments, CDATA
// sections, and the characters of texts.

// instruction passes over a processing instruction, or reads the XML declaration.
func (t *tokenizer) instruction() error {
	end, err := t.until(2, []byte("?>"), "a processing instruction")
	if err != nil {
		return err
	}
	body := t.buf[t.pos+2 : end]
	target := body[:nameLength(body)]
	_, _, ok := splitName(target)
	switch {
	case !ok || len(target) < len(body) && !isSpace(body[len(target)]):
		return t.refuse("a processing instruction has no proper name")
	case string(target) == "xml":
		if at := t.offset(); at != 0 && !(at == 3 && t.start == 0 && t.buf[0] == 0xEF) {
			return t.refuse("the XML declaration is not at the start")
		}
		if err := t.xmlDeclaration(body[len(target):]); err != nil {
			return err
		}
	case bytes.EqualFold(target, []byte("xml")):
		return t.refuse("a processing instruction is named %s", shown(target))
	}
	if err := t.checkCharacters(body); err != nil {
		return err
	}
	t.pos = end + 2
	return nil
}

// xmlDeclaration reads version, encoding and standalone, in this order.
func (t *tokenizer) xmlDeclaration(rest []byte) error {
	for i, name := range []string{"version", "encoding", "standalone"} {
		trimmed := bytes.TrimLeft(rest, " \t\r\n")
		after, ok := bytes.CutPrefix(trimmed, []byte(name))
		if !ok {
			if i == 0 {
				return t.refuse("the XML declaration has no version")
			}
			continue
		}
		after, ok = bytes.CutPrefix(trim(after), []byte("="))
		after = trim(after)
		if !ok || len(trimmed) == len(rest) || len(after) == 0 || after[0] != '"' && after[0] != '\'' {
			return t.refuse("the XML declaration is not well-formed")
		}
		length := bytes.IndexByte(after[1:], after[0])
		if length < 0 {
			return t.refuse("the XML declaration is not well-formed")
		}
		value := after[1 : 1+length]
		rest = after[length+2:]
		switch {
		case name == "version" && string(value) != "1.0":
			return t.refuse("the letter is in another version of XML than 1.0")
		case name == "encoding" && !bytes.EqualFold(value, []byte("UTF-8")):
			return t.refuse("the letter is not in UTF-8, the only encoding that is accepted")
		}
	}
	if len(trim(rest)) > 0 {
		return t.refuse("the XML declaration is not well-formed")
	}
	return nil
}

// declaration passes over a comment, or reads a CDATA section; true where it
// was one with something in it.
func (t *tokenizer) declaration() (bool, error) {
	if err := t.need(4); err != nil {
		return false, err
	}
	if string(t.buf[t.pos:t.pos+4]) == "<!--" {
		return false, t.comment()
	}
	const cdata = "<![CDATA["
	if t.buf[t.pos+2] != '[' {
		return false, t.refuse("document types and entities of its own are not accepted in a letter")
	}
	if err := t.need(len(cdata)); err != nil {
		return false, err
	}
	if string(t.buf[t.pos:t.pos+len(cdata)]) != cdata {
		return false, t.bad("there is an unknown kind of markup")
	}
	if len(t.open) == 0 {
		return false, t.refuse("there is text outside the root element")
	}
	end, err := t.until(len(cdata), []byte("]]>"), "a CDATA section")
	if err != nil {
		return false, err
	}
	raw := t.buf[t.pos+len(cdata) : end]
	if err := t.checkCharacters(raw); err != nil {
		return false, err
	}
	t.text = raw
	if bytes.IndexByte(raw, '\r') >= 0 {
		t.scratch = appendLines(t.scratch[:0], raw)
		t.text = t.scratch
	}
	t.pos = end + 3
	return len(raw) > 0, nil
}

func (t *tokenizer) comment() error {
	end, err := t.until(4, []byte("--"), "a comment")
	if err != nil {
		return err
	}
	body := end - t.pos
	if err := t.need(body + 3); err != nil {
		return err
	}
	if t.buf[t.pos+body+2] != '>' {
		return t.bad("there is a -- inside a comment")
	}
	if err := t.checkCharacters(t.buf[t.pos+4 : t.pos+body]); err != nil {
		return err
	}
	t.pos += body + 3
	return nil
}

// plain has the bytes that stand for themselves in a text, whatever is beside
// them.
var plain = func() (table [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		table[c] = c != '&' && c != '<' && c != '>' // > for the sake of ]]>
	}
	table['\t'], table['\n'] = true, true
	return table
}()

// isPlain tells whether a raw text is its own meaning.
func isPlain(raw []byte) bool {
	for i, c := range raw {
		if !plain[c] {
			return c >= utf8.RuneSelf && isPlainUTF8(raw[i:])
		}
	}
	return true
}

func isPlainUTF8(raw []byte) bool {
	for _, c := range raw {
		if !plain[c] && c < utf8.RuneSelf {
			return false
		}
	}
	return utf8.Valid(raw) && !hasNonCharacter(raw)
}

// hasNonCharacter finds U+FFFE and U+FFFF, which UTF-8 can hold and XML cannot.
func hasNonCharacter(b []byte) bool {
	for {
		i := bytes.IndexByte(b, 0xEF)
		if i < 0 || len(b) < i+3 {
			return false
		}
		if b[i+1] == 0xBF && b[i+2] >= 0xBE {
			return true
		}
		b = b[i+1:]
	}
}

// checkCharacters refuses bytes that are no characters of XML.
func (t *tokenizer) checkCharacters(raw []byte) error {
	for _, c := range raw {
		if c < ' ' && !isSpace(c) {
			return t.refuse("there is a control character that XML does not allow")
		}
	}
	if !utf8.Valid(raw) {
		return t.refuse("there are bytes that are not UTF-8")
	}
	if hasNonCharacter(raw) {
		return t.refuse("there is a character that XML does not allow")
	}
	return nil
}

// decode is the meaning of a raw text or attribute value: references resolved,
// line ends unified. What is its own meaning is handed back as it is.
func (t *tokenizer) decode(raw []byte, inText bool) ([]byte, error) {
	if isPlain(raw) {
		return raw, nil
	}
	if err := t.checkCharacters(raw); err != nil {
		return nil, err
	}
	if inText {
		t.scratch = t.scratch[:0] // values of one tag's attributes share it
		if bytes.Contains(raw, []byte("]]>")) {
			return nil, t.bad("there is a ]]> outside a CDATA section")
		}
	}
	at := len(t.scratch)
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			break
		}
		t.scratch = appendLines(t.scratch, raw[:i])
		raw = raw[i:]
		semicolon := bytes.IndexByte(raw[:min(len(raw), maxName)], ';')
		if semicolon < 0 {
			return nil, t.bad("there is a & that starts no reference")
		}
		char, ok := reference(raw[1:semicolon])
		if !ok {
			return nil, t.refuse("there is a reference to something that is not known")
		}
		t.scratch = utf8.AppendRune(t.scratch, char)
		raw = raw[semicolon+1:]
	}
	t.scratch = appendLines(t.scratch, raw)
	value := t.scratch[at:len(t.scratch):len(t.scratch)]
	return value, nil
}

// appendLines appends a raw text with its line ends unified to \n, as XML has it.
func appendLines(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\r')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(append(dst, raw[:i]...), '\n')
		raw = bytes.TrimPrefix(raw[i+1:], []byte{'\n'})
	}
}

// reference is the character that a reference such as amp or #230 stands for.
func reference(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := name, 10
	if len(digits) == 0 || digits[0] != '#' {
		return 0, false
	}
	digits = digits[1:]
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 || digits[0] == '+' || digits[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(digits), base, 32)
	if err != nil || !isChar(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// isChar tells whether XML 1.0 has the character.
func isChar(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' ||
		' ' <= c && c <= 0xD7FF || 0xE000 <= c && c <= 0xFFFD || 0x10000 <= c && c <= 0x10FFFF
}
