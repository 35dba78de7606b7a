// Package doctext reads the text of documents, so that they can be searched: PDF,
// HTML, plain text, RTF, and the formats of Word, Excel, PowerPoint and
// LibreOffice.
//
// The bytes are foreign. Whatever they are, Text returns: it has limits for what
// it reads, unpacks, writes and does, and stops at them with what it has by then.
// What cannot be read has no text; that is no error to anybody.
package doctext

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	encoding "golang.org/x/text/encoding/unicode"
)

// Limits in bytes.
const (
	MaxContent  = 32 << 20 // of a document; larger ones are not read
	MaxText     = 1 << 20  // of a document's text; what comes later is left out
	maxUnpacked = 32 << 20 // of all that is unpacked of a document
)

// kinds are the media types that are read, by the name before any parameter.
var kinds = map[string]func(*out, []byte){
	"application/pdf":       pdf,
	"text/html":             hypertext,
	"application/xhtml+xml": hypertext,
	"text/plain":            plain,
	"text/csv":              plain,
	"text/markdown":         plain,
	"text/calendar":         plain,
	"text/xml":              hypertext,
	"application/xml":       hypertext,
	"application/rtf":       rtf,
	"text/rtf":              rtf,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   office,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         office,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": office,
	"application/vnd.oasis.opendocument.text":                                   office,
	"application/vnd.oasis.opendocument.spreadsheet":                            office,
	"application/vnd.oasis.opendocument.presentation":                           office,
}

// Readable tells whether documents of a media type are read.
func Readable(mediaType string) bool { return kinds[base(mediaType)] != nil }

func base(mediaType string) string {
	name, _, _ := strings.Cut(mediaType, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// Text is the text of a document, words apart and lines kept as far as one can
// tell. It is valid UTF-8 of at most MaxText bytes, "" where there is none.
func Text(mediaType string, content []byte) string {
	read := kinds[base(mediaType)]
	switch { // what a document is shows better than what it is called
	case bytes.HasPrefix(content, []byte("%PDF-")):
		read = pdf
	case bytes.HasPrefix(content, []byte(`{\rtf`)):
		read = rtf
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		read = office
	}
	if read == nil || len(content) > MaxContent {
		return ""
	}
	o := &out{}
	read(o, content)
	return o.String()
}

// out collects text. When it is full it takes no more.
type out struct {
	text strings.Builder
	last rune // 0 at the beginning
}

func (o *out) full() bool { return o.text.Len() >= MaxText-2*utf8.UTFMax }

// write adds text, with each run of white space as one space or line end.
func (o *out) write(s string) {
	for _, r := range s {
		o.rune(r)
	}
}

func (o *out) rune(r rune) {
	switch {
	case o.full() || r == utf8.RuneError:
	case r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == '\u2028' || r == '\u2029':
		o.line()
	case unicode.IsSpace(r):
		o.space()
	case unicode.IsControl(r):
	case r >= 'ﬀ' && r <= 'ﬄ': // letters that are printed as one
		o.write([]string{"ff", "fi", "fl", "ffi", "ffl"}[r-'ﬀ'])
	default:
		o.text.WriteRune(r)
		o.last = r
	}
}

// space parts two words, line two lines.
func (o *out) space() {
	if o.last != 0 && o.last != ' ' && o.last != '\n' && !o.full() {
		o.text.WriteByte(' ')
		o.last = ' '
	}
}

func (o *out) line() {
	if o.last != 0 && o.last != '\n' && !o.full() {
		o.text.WriteByte('\n')
		o.last = '\n'
	}
}

func (o *out) String() string { return strings.TrimSpace(o.text.String()) }

// plain reads text in UTF-8 or UTF-16, or else in the characters of Windows.
func plain(o *out, content []byte) {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		content = decoded(encoding.UTF16(encoding.LittleEndian, encoding.UseBOM).NewDecoder().Reader(bytes.NewReader(content)))
	case utf8.Valid(content):
		content = bytes.TrimPrefix(content, []byte("\ufeff"))
	default:
		content = decoded(charmap.Windows1252.NewDecoder().Reader(bytes.NewReader(content)))
	}
	o.write(string(content))
}

func decoded(r io.Reader) []byte {
	b, _ := io.ReadAll(io.LimitReader(r, 4*MaxText)) //nolint:errcheck // as far as it can be read
	return b
}

// without are elements whose content is no text to a reader.
var without = map[string]bool{"script": true, "style": true, "head": true, "template": true, "svg": true, "math": true, "noscript": true}

// inline are the elements that do not part words.
var inline = map[string]bool{"a": true, "abbr": true, "b": true, "bdi": true, "bdo": true, "big": true, "cite": true, "code": true, "em": true, "font": true,
	"i": true, "ins": true, "kbd": true, "mark": true, "q": true, "s": true, "small": true, "span": true, "strike": true, "strong": true, "sub": true, "sup": true,
	"tt": true, "u": true, "var": true, "wbr": true}

func hypertext(o *out, content []byte) {
	r, err := charset.NewReader(bytes.NewReader(content), "text/html")
	if err != nil {
		return
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(4 * MaxText)
	skipping := "" // the element whose end is waited for
	for !o.full() {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if skipping == "" {
				o.write(string(z.Text()))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			switch {
			case string(name) == "body":
				skipping = ""
			case skipping == "" && without[string(name)]:
				skipping = string(name)
			}
			if !inline[string(name)] {
				o.line()
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if skipping == string(name) {
				skipping = ""
			}
			if !inline[string(name)] {
				o.line()
			}
		case html.SelfClosingTagToken:
			if name, _ := z.TagName(); !inline[string(name)] {
				o.line()
			}
		}
	}
}
