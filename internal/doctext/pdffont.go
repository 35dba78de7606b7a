package doctext

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// pdfFont tells what the codes of a font say, and how wide they are.
type pdfFont struct {
	wide    bool // codes have two bytes
	text    map[int]string
	ranges  []pdfRange
	plain   *[256]string // of a font with one-byte codes, where text says nothing
	widths  map[int]float64
	width   float64 // of the others, in thousandths
	maxCode int
}

// pdfRange are many codes whose characters follow each other.
type pdfRange struct {
	first, last int
	text        rune
}

const maxCodes = 1 << 17 // that one font may define

// font reads a font of the resources.
func (f *pdfFile) font(v any) *pdfFont {
	ref, isRef := v.(pdfRef)
	if isRef {
		if known, there := f.fonts[ref]; there {
			return known
		}
	}
	d := f.dict(v)
	f.fuel -= 300
	font := &pdfFont{text: map[int]string{}, widths: map[int]float64{}, width: 500}
	if isRef {
		f.fonts[ref] = font
	}
	if f.name(d["Subtype"]) == "Type0" {
		font.wide = true
		font.width = 1000
		if all := f.array(d["DescendantFonts"]); len(all) > 0 {
			f.wideWidths(font, f.dict(all[0]))
		}
	} else {
		font.plain = f.encoding(d)
		first := f.int(d["FirstChar"])
		for i, w := range f.array(d["Widths"]) {
			if i > 255 {
				break
			}
			font.widths[first+i] = f.number(w)
		}
		if f.name(d["Subtype"]) == "Type3" { // in units of its own
			clear(font.widths)
		}
	}
	if s, ok := f.get(d["ToUnicode"]).(pdfStream); ok {
		f.toUnicode(font, f.unpack(s))
	}
	return font
}

func (f *pdfFile) wideWidths(font *pdfFont, d pdfDict) {
	if w, ok := f.get(d["DW"]).(float64); ok {
		font.width = w
	}
	all := f.array(d["W"])
	for i := 0; i+1 < len(all) && len(font.widths) < maxCodes && f.fuel > 0; {
		first := f.int(all[i])
		if list, ok := f.get(all[i+1]).(pdfArray); ok {
			for j, w := range list {
				font.widths[first+j] = f.number(w)
				f.fuel -= kept
			}
			i += 2
			continue
		}
		if i+2 >= len(all) {
			return
		}
		last, w := f.int(all[i+1]), f.number(all[i+2])
		for code := first; code <= last && len(font.widths) < maxCodes; code++ {
			font.widths[code] = w
			f.fuel -= kept
		}
		i += 3
	}
}

// toUnicode reads a table of what codes say.
func (f *pdfFile) toUnicode(font *pdfFont, table []byte) {
	p := &pdfParser{f: f, b: table}
	var last []any // the objects before a word
	for len(font.text) < maxCodes && f.fuel > 0 {
		v := p.object(0)
		switch word := v.(type) {
		case pdfEnd:
			return
		case pdfWord:
			switch word {
			case "endbfchar":
				for i := 0; i+1 < len(last); i += 2 {
					from, ok1 := last[i].(pdfString)
					to, ok2 := last[i+1].(pdfString)
					if ok1 && ok2 {
						f.fuel -= kept
						font.says(code(from), utf16Text(to), len(from))
					}
				}
			case "endbfrange":
				for i := 0; i+2 < len(last); i += 3 {
					f.bfrange(font, last[i], last[i+1], last[i+2])
				}
			}
			last = nil
		case pdfClose:
		default:
			if len(last) < maxMembers {
				last = append(last, v)
			}
		}
	}
}

func (f *pdfFile) bfrange(font *pdfFont, from, until, to any) {
	a, ok1 := from.(pdfString)
	b, ok2 := until.(pdfString)
	if !ok1 || !ok2 {
		return
	}
	first, last := code(a), code(b)
	switch to := to.(type) {
	case pdfString:
		text := []rune(utf16Text(to[:min(len(to), 32)]))
		if last-first >= 256 && len(text) == 1 && len(font.ranges) < 16 {
			font.ranges = append(font.ranges, pdfRange{first, last, text[0]})
			return
		}
		for c := first; c <= last && len(text) > 0 && len(font.text) < maxCodes; c++ {
			font.says(c, string(text), len(a))
			text[len(text)-1]++
			f.fuel -= kept
		}
	case pdfArray:
		for i, v := range to {
			if s, ok := v.(pdfString); ok && first+i <= last {
				f.fuel -= kept
				font.says(first+i, utf16Text(s), len(a))
			}
		}
	}
}

func (font *pdfFont) says(c int, text string, bytes int) {
	if len(text) <= 32 {
		font.text[c] = text
	}
	if bytes == 1 && font.wide && c > font.maxCode {
		font.maxCode = c
	}
}

func code(s pdfString) (c int) {
	for _, b := range s[:min(len(s), 4)] {
		c = c<<8 | int(b)
	}
	return c
}

func utf16Text(s pdfString) string {
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = uint16(s[2*i])<<8 | uint16(s[2*i+1])
	}
	if len(s) == 1 {
		units = []uint16{uint16(s[0])}
	}
	return string(utf16.Decode(units))
}

// encoding is what the codes of a simple font say.
func (f *pdfFile) encoding(d pdfDict) *[256]string {
	var table [256]string
	base := f.name(d["Encoding"])
	e := f.dict(d["Encoding"])
	if e != nil {
		base = f.name(e["BaseEncoding"])
	}
	characters := charmap.Windows1252 // much like the standard, for letters
	if base == "MacRomanEncoding" {
		characters = charmap.Macintosh
	}
	for i := range table {
		if r := characters.DecodeByte(byte(i)); i >= ' ' && r != '\ufffd' {
			table[i] = string(r)
		}
	}
	at := 0
	for _, v := range f.array(e["Differences"]) {
		switch v := f.get(v).(type) {
		case float64:
			at = int(v)
		case pdfName:
			if at >= 0 && at < 256 {
				table[at] = glyph(string(v))
			}
			at++
		}
	}
	return &table
}

// glyph is what a glyph's name says.
func glyph(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if s, ok := glyphs[name]; ok {
		return s
	}
	if len([]rune(name)) == 1 {
		return name
	}
	for _, prefix := range []string{"uni", "u"} {
		if digits, ok := strings.CutPrefix(name, prefix); ok && len(digits) >= 4 && len(digits) <= 6 {
			if v, err := strconv.ParseUint(digits, 16, 32); err == nil {
				return string(appendRune(nil, rune(v)))
			}
		}
	}
	if accent := strings.IndexAny(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"); accent == 0 && len(name) > 1 {
		if mark, ok := accents[name[1:]]; ok {
			return name[:1] + mark
		}
	}
	return ""
}

// accents are the marks that follow a letter in names such as eacute.
var accents = map[string]string{"acute": "\u0301", "grave": "\u0300", "circumflex": "\u0302", "dieresis": "\u0308", "tilde": "\u0303", "caron": "\u030c", "cedilla": "\u0327", "ring": "\u030a"}

var glyphs = map[string]string{
	"space": " ", "nbspace": " ", "exclam": "!", "quotedbl": `"`, "numbersign": "#", "dollar": "$", "percent": "%", "ampersand": "&", "quotesingle": "'",
	"parenleft": "(", "parenright": ")", "asterisk": "*", "plus": "+", "comma": ",", "hyphen": "-", "minus": "-", "period": ".", "slash": "/",
	"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
	"colon": ":", "semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?", "at": "@",
	"bracketleft": "[", "backslash": `\`, "bracketright": "]", "asciicircum": "^", "underscore": "_", "grave": "`", "braceleft": "{", "bar": "|",
	"braceright": "}", "asciitilde": "~", "section": "§", "degree": "°", "guillemotleft": "«", "guillemotright": "»", "bullet": "•", "endash": "–", "emdash": "—",
	"quoteleft": "‘", "quoteright": "’", "quotedblleft": "“", "quotedblright": "”", "quotedblbase": "„", "ellipsis": "…", "Euro": "€", "sterling": "£",
	"ae": "æ", "AE": "Æ", "oslash": "ø", "Oslash": "Ø", "aring": "å", "Aring": "Å", "germandbls": "ß", "eth": "ð", "Eth": "Ð", "thorn": "þ", "Thorn": "Þ",
	"eacute": "é", "Eacute": "É", "adieresis": "ä", "Adieresis": "Ä", "odieresis": "ö", "Odieresis": "Ö", "udieresis": "ü", "Udieresis": "Ü",
	"fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl", "f_f": "ff", "f_i": "fi", "f_l": "fl", "dotlessi": "ı",
}

// each yields what the codes of a string say, with their widths in thousandths.
func (font *pdfFont) each(s pdfString, yield func(text string, width float64, space bool) bool) {
	for i := 0; i < len(s); {
		c, n := int(s[i]), 1
		if font.wide && (font.maxCode == 0 || c > font.maxCode) {
			if i+1 >= len(s) {
				return
			}
			c, n = c<<8|int(s[i+1]), 2
		}
		i += n
		text, ok := font.text[c]
		for _, r := range font.ranges {
			if !ok && c >= r.first && c <= r.last {
				text, ok = string(appendRune(nil, r.text+rune(c-r.first))), true
			}
		}
		if !ok && font.plain != nil && c < 256 {
			text = font.plain[c]
		}
		w, ok := font.widths[c]
		if !ok {
			w = font.width
		}
		if !yield(text, w, n == 1 && c == ' ') {
			return
		}
	}
}
