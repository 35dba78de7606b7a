package doctext

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// maxParts bounds how many files of an office document are looked at.
const maxParts = 2000

// office reads an Office Open XML or OpenDocument file: a ZIP archive of XML.
func office(o *out, content []byte) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil || len(archive.File) > maxParts {
		return
	}
	budget := &io.LimitedReader{N: maxUnpacked}
	parts := slices.DeleteFunc(slices.Clone(archive.File), func(f *zip.File) bool { return rank(f.Name) == 0 })
	slices.SortStableFunc(parts, func(a, b *zip.File) int {
		if d := rank(a.Name) - rank(b.Name); d != 0 {
			return d
		}
		if d := len(a.Name) - len(b.Name); d != 0 { // slide2 before slide10
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, f := range parts {
		if o.full() || budget.N <= 0 {
			return
		}
		r, err := f.Open()
		if err != nil {
			continue
		}
		budget.R = r
		markup(o, budget)
		r.Close()
		o.line()
	}
}

// rank tells which parts of an office document have text, and their order; 0 has
// none.
func rank(name string) int {
	dir, file := path.Split(name)
	switch {
	case name == "word/document.xml" || name == "content.xml":
		return 1
	case dir == "word/" && (strings.HasPrefix(file, "header") || strings.HasPrefix(file, "footer") || strings.HasPrefix(file, "footnotes") ||
		strings.HasPrefix(file, "endnotes") || strings.HasPrefix(file, "comments")) && strings.HasSuffix(file, ".xml"):
		return 2
	case name == "xl/sharedStrings.xml":
		return 3
	case (dir == "xl/worksheets/" || dir == "ppt/slides/") && strings.HasSuffix(file, ".xml"):
		return 4
	case dir == "ppt/notesSlides/" && strings.HasSuffix(file, ".xml"):
		return 5
	}
	return 0
}

// markup reads the text of one part. Formats are told apart by their elements:
// in OOXML text is in t and a cell's value in v; in OpenDocument it is in
// paragraphs and headings.
func markup(o *out, r io.Reader) {
	d := xml.NewDecoder(r)
	d.Strict = false
	var cell string // the type of the cell: s is the number of a shared string
	text, value, paragraphs := false, false, 0
	for !o.full() {
		token, err := d.RawToken()
		if err != nil {
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			odf := t.Name.Space == "text"
			switch name := t.Name.Local; {
			case odf && (name == "p" || name == "h"):
				paragraphs++
			case odf && name == "tab", odf && name == "s", !odf && name == "tab":
				o.space()
			case odf && name == "line-break", name == "br", name == "cr":
				o.line()
			case !odf && name == "t":
				text = true
			case name == "c":
				cell = attribute(t, "t")
			case name == "v":
				value = cell != "s"
			}
		case xml.EndElement:
			odf := t.Name.Space == "text"
			switch name := t.Name.Local; {
			case odf && (name == "p" || name == "h"):
				paragraphs = max(0, paragraphs-1)
				o.line()
			case !odf && name == "t":
				text = false
			case name == "v":
				value = false
				o.space()
			case name == "p", name == "row", name == "si", name == "is", name == "tr", name == "table-row":
				o.line()
			case name == "c", name == "tc", name == "table-cell":
				o.space()
			}
		case xml.CharData:
			if text || value || paragraphs > 0 {
				o.write(string(t))
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// silent are RTF destinations that hold no text of the document.
var silent = map[string]bool{"fonttbl": true, "colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "listtable": true,
	"listoverridetable": true, "rsidtbl": true, "generator": true, "themedata": true, "datastore": true, "latentstyles": true, "xmlnstbl": true, "fldinst": true}

// rtf reads Rich Text Format.
func rtf(o *out, content []byte) {
	type group struct {
		silent bool
		skip   int // characters behind \u that say the same to older programs
	}
	now := group{skip: 1}
	var outer []group
	pending, high := 0, rune(0)
	put := func(r rune) {
		switch {
		case pending > 0:
			pending--
		case !now.silent:
			o.rune(r)
		}
	}
	for i := 0; i < len(content) && !o.full(); {
		c := content[i]
		i++
		switch c {
		case '{':
			if len(outer) < 1000 {
				outer = append(outer, now)
			}
			pending = 0
		case '}':
			if len(outer) > 0 {
				now, outer = outer[len(outer)-1], outer[:len(outer)-1]
			}
			pending = 0
		case '\r', '\n':
		case '\\':
			if i >= len(content) {
				return
			}
			word, number, has, n := control(content[i:])
			if word == "" { // a symbol
				c = content[i]
				i++
				switch c {
				case '\'':
					if i+2 <= len(content) {
						if v, err := strconv.ParseUint(string(content[i:i+2]), 16, 8); err == nil {
							put(charmap.Windows1252.DecodeByte(byte(v)))
						}
						i += 2
					}
				case '*':
					now.silent = true
				case '~':
					put(' ')
				case '\\', '{', '}':
					put(rune(c))
				}
				continue
			}
			i += n
			switch {
			case silent[word]:
				now.silent = true
			case now.silent:
				if word == "bin" && has && number > 0 {
					i += min(number, len(content)-i)
				}
			case word == "par" || word == "line" || word == "row" || word == "sect" || word == "page":
				o.line()
			case word == "tab" || word == "cell":
				o.space()
			case word == "uc" && has:
				now.skip = max(0, min(number, 10))
			case word == "u" && has:
				r := rune(uint16(number))
				switch {
				case utf16.IsSurrogate(r) && high == 0:
					high = r
				case high != 0:
					o.rune(utf16.DecodeRune(high, r))
					high = 0
				default:
					o.rune(r)
				}
				pending = now.skip
			case word == "bin" && has && number > 0:
				i += min(number, len(content)-i)
			}
		default:
			put(charmap.Windows1252.DecodeByte(c))
		}
	}
}

// control reads a control word with its number, and how long it is.
func control(b []byte) (word string, number int, has bool, n int) {
	for n < len(b) && n < 32 && (b[n] >= 'a' && b[n] <= 'z' || b[n] >= 'A' && b[n] <= 'Z') {
		n++
	}
	word = string(b[:n])
	if word == "" {
		return "", 0, false, 0
	}
	at := n
	if n < len(b) && b[n] == '-' {
		n++
	}
	for n < len(b) && n < at+11 && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	number, err := strconv.Atoi(string(b[at:n]))
	has = err == nil
	if n < len(b) && b[n] == ' ' {
		n++
	}
	return word, number, has, n
}
