package pdfdoc

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// face is one of the two fonts: 0 is regular, 1 is bold.
type face int

const (
	regular face = iota
	bold
)

// widths are those of the letters of code page 1252, in thousandths of the size.
var widths = sync.OnceValue(func() (all [2][256]float64) {
	f := fpdf.New("P", "pt", "A4", "")
	for i, style := range []string{"", "B"} {
		f.SetFont("Helvetica", style, 1000)
		for c := 32; c < 256; c++ {
			all[i][c] = f.GetStringWidth(string([]byte{byte(c)}))
		}
	}
	return all
})

// western is a text in the letters of code page 1252. What it lacks is written as
// the letter without its accent, or else as a question mark.
func western(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch c, ok := charmap.Windows1252.EncodeRune(r); {
		case r == '\n':
			b.WriteByte('\n')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case ok && r >= 32 && r != 127:
			b.WriteByte(c)
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r):
		default:
			b.WriteString(nearest(r))
		}
	}
	return b.String()
}

var near = map[rune]string{'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ı': "i", 'ħ': "h", 'Ħ': "H", '−': "-", '‑': "-", '→': "->", '☐': "[ ]", '☑': "[x]"}

func nearest(r rune) string {
	if s, ok := near[r]; ok {
		return s
	}
	base, _ := utf8.DecodeRuneInString(norm.NFKD.String(string(r)))
	if c, ok := charmap.Windows1252.EncodeRune(base); ok && base >= 32 && base != 127 {
		return string([]byte{c})
	}
	return "?"
}

// width is how wide a western text is in points.
func (f face) width(text string, size float64) float64 {
	sum := 0.0
	for i := range len(text) {
		sum += widths()[f][text[i]]
	}
	return sum * size / 1000
}

// wrap breaks a western text into lines of a width. A word that is wider is broken.
func (f face) wrap(text string, size, most float64) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			longer := word
			if line != "" {
				longer = line + " " + word
			}
			if f.width(longer, size) <= most {
				line = longer
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for f.width(word, size) > most {
				n := len(word) - 1
				for n > 1 && f.width(word[:n], size) > most {
					n--
				}
				lines = append(lines, word[:n])
				word = word[n:]
			}
			line = word
		}
		lines = append(lines, line)
	}
	return lines
}
