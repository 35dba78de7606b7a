package doctext

import (
	"math"
	"strings"
	"unicode"
)

// matrix is a b 0, c d 0, e f 1.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

func (m matrix) times(n matrix) matrix {
	return matrix{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5]}
}

// pdfDrawing is the drawing of a page, as far as it shows text.
type pdfDrawing struct {
	f     *pdfFile
	ctm   matrix
	saved []pdfState
	pdfState
	line, text matrix

	// Where the last text ended, and how large it was.
	x, y, size float64
	any        bool
}

// pdfState is what q saves and Q restores.
type pdfState struct {
	m                                      matrix // the drawing's, when saved
	font                                   *pdfFont
	points, letter, word, stretch, leading float64
	rise                                   float64
}

// run follows the operators of a content.
func (d *pdfDrawing) run(content []byte, resources pdfDict, depth int) {
	if depth == 0 {
		d.stretch = 1
	}
	p := &pdfParser{f: d.f, b: content}
	var args []any
	for d.f.fuel > 0 && !d.f.o.full() {
		switch v := p.object(0).(type) {
		case pdfEnd:
			return
		case pdfWord:
			if v == "ID" {
				d.image(p)
			} else {
				d.do(string(v), args, resources, depth)
			}
			args = args[:0]
		case pdfClose:
		default:
			if len(args) < 64 {
				args = append(args, v)
			}
		}
	}
}

// image skips the bytes of a picture inside the content.
func (d *pdfDrawing) image(p *pdfParser) {
	for i := p.at; i+2 < len(p.b); i++ {
		if isSpace(p.b[i]) && p.b[i+1] == 'E' && p.b[i+2] == 'I' && (i+3 == len(p.b) || isSpace(p.b[i+3])) {
			d.f.fuel -= i - p.at
			p.at = i + 3
			return
		}
	}
	p.at = len(p.b)
}

func (d *pdfDrawing) do(operator string, args []any, resources pdfDict, depth int) {
	number := func(i int) float64 {
		if i >= len(args) {
			return 0
		}
		return d.f.number(args[i])
	}
	text := func(i int) {
		if i < len(args) {
			if s, ok := args[i].(pdfString); ok {
				d.show(s)
			}
		}
	}
	switch operator {
	case "q":
		if len(d.saved) < 200 {
			s := d.pdfState
			s.m = d.ctm
			d.saved = append(d.saved, s)
		}
	case "Q":
		if n := len(d.saved); n > 0 {
			d.pdfState, d.ctm, d.saved = d.saved[n-1], d.saved[n-1].m, d.saved[:n-1]
		}
	case "cm":
		d.ctm = matrix{number(0), number(1), number(2), number(3), number(4), number(5)}.times(d.ctm)
	case "BT":
		d.line, d.text = identity, identity
	case "Tf":
		if len(args) >= 2 {
			name, _ := args[0].(pdfName)
			if v, ok := d.f.dict(resources["Font"])[name]; ok {
				d.font = d.f.font(v)
			}
			d.points = number(1)
		}
	case "Tc":
		d.letter = number(0)
	case "Tw":
		d.word = number(0)
	case "Tz":
		d.stretch = number(0) / 100
	case "TL":
		d.leading = number(0)
	case "Ts":
		d.rise = number(0)
	case "Td":
		d.move(number(0), number(1))
	case "TD":
		d.leading = -number(1)
		d.move(number(0), number(1))
	case "T*":
		d.move(0, -d.leading)
	case "Tm":
		d.line = matrix{number(0), number(1), number(2), number(3), number(4), number(5)}
		d.text = d.line
	case "Tj":
		text(0)
	case "'":
		d.move(0, -d.leading)
		text(0)
	case `"`:
		d.word, d.letter = number(0), number(1)
		d.move(0, -d.leading)
		text(2)
	case "TJ":
		if len(args) == 0 {
			return
		}
		list, _ := args[0].(pdfArray)
		for _, v := range list {
			switch v := v.(type) {
			case pdfString:
				d.show(v)
			case float64:
				d.text = matrix{1, 0, 0, 1, -v / 1000 * d.points * d.stretch, 0}.times(d.text)
			}
		}
	case "Do":
		d.form(args, resources, depth)
	}
}

func (d *pdfDrawing) move(x, y float64) {
	d.line = matrix{1, 0, 0, 1, x, y}.times(d.line)
	d.text = d.line
}

// form draws a drawing inside this one.
func (d *pdfDrawing) form(args []any, resources pdfDict, depth int) {
	if len(args) == 0 || depth >= maxForms {
		return
	}
	name, _ := args[0].(pdfName)
	s, ok := d.f.get(d.f.dict(resources["XObject"])[name]).(pdfStream)
	if !ok || d.f.name(s.dict["Subtype"]) != "Form" {
		return
	}
	d.f.fuel -= 1000
	inner := d.f.dict(s.dict["Resources"])
	if inner == nil {
		inner = resources
	}
	state, ctm, saved := d.pdfState, d.ctm, d.saved
	d.saved = nil
	if m := d.f.array(s.dict["Matrix"]); len(m) == 6 {
		var by matrix
		for i := range by {
			by[i] = d.f.number(m[i])
		}
		d.ctm = by.times(d.ctm)
	}
	d.run(d.f.unpack(s), inner, depth+1)
	d.pdfState, d.ctm, d.saved = state, ctm, saved
}

// show shows a string: what is on another line begins one, and what is apart from
// the text before it is another word.
func (d *pdfDrawing) show(s pdfString) {
	if d.font == nil {
		return
	}
	d.font.each(s, func(text string, width float64, space bool) bool {
		d.f.fuel -= 4
		if d.f.fuel <= 0 {
			return false
		}
		at := matrix{d.points * d.stretch, 0, 0, d.points, 0, d.rise}.times(d.text).times(d.ctm)
		advance := width / 1000 * d.points
		if text != "" {
			d.place(at, text)
		}
		advance += d.letter
		if space {
			advance += d.word
		}
		d.text = matrix{1, 0, 0, 1, advance * d.stretch, 0}.times(d.text)
		if text != "" {
			end := matrix{d.points * d.stretch, 0, 0, d.points, 0, d.rise}.times(d.text).times(d.ctm)
			d.x, d.y = end[4], end[5]
		}
		return true
	})
}

// place writes characters that stand somewhere.
func (d *pdfDrawing) place(at matrix, text string) {
	size := math.Hypot(at[2], at[3])
	if d.any {
		// Along the line, and across it.
		dx, dy := at[4]-d.x, at[5]-d.y
		if length := math.Hypot(at[0], at[1]); length > 0 {
			along := (dx*at[0] + dy*at[1]) / length
			across := (dx*at[1] - dy*at[0]) / length
			larger := max(size, d.size)
			switch {
			case math.Abs(across) > 0.6*larger || along < -2*larger:
				d.f.o.line()
			case along > 0.16*larger || along < -0.5*larger:
				d.f.o.space()
			}
		}
	}
	d.size, d.any = size, true
	if strings.IndexFunc(text, unicode.IsControl) < 0 || len(text) > 1 {
		d.f.o.write(text)
	}
}
