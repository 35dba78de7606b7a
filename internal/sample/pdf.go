package sample

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-pdf/fpdf"
)

// sender is what stands on an authority's paper.
type sender struct {
	name   string // at the top
	mark   string // the letters in the coloured square: no authority's real logo
	colour [3]int
	street string
	town   string
	web    string // "aalhavn.example.dk"
	hours  string // when somebody answers
}

// sheet is a letter on paper: the place of everything is fixed but the length of
// the body.
type sheet struct {
	from      sender
	unit      string // the department
	to        Recipient
	date      time.Time
	reference []string // "Sagsnr. 2026-014482"
	title     string
	body      []block
	signature []string // below "Venlig hilsen"; none for an enclosure
}

// block is a part of the body.
type block interface{ draw(p *paper) }

type (
	text    string      // a paragraph
	heading string      // a line above paragraphs
	list    []string    // with bullets
	facts   [][2]string // a box of names and values
	// table has a head, rows, and a last row in bold. The first column is wide,
	// the others stand to the right.
	table struct {
		head []string
		rows [][]string
		sum  []string
	}
)

// Millimetres on A4.
const (
	pageWidth  = 210.0
	left       = 22.0
	bodyWidth  = 122.0
	asideLeft  = 152.0 // who writes: the column beside the body
	asideWidth = 40.0
	windowTop  = 42.0 // the recipient, where an envelope has its window
	titleTop   = 82.0
	bottom     = 24.0
	lineHeight = 5.1
	bodySize   = 10.5 // points
)

const (
	regular = ""
	bold    = "B"
)

// paper is a sheet being drawn. The core fonts are not in the file; every reader
// has them. They have the letters of code page 1252, and the texts no others.
type paper struct {
	*fpdf.Fpdf
	western func(string) string
	colour  [3]int
}

// pdf draws the sheet. It always gives the same bytes.
func (s sheet) pdf() []byte {
	f := fpdf.New("P", "mm", "A4", "")
	p := &paper{f, f.UnicodeTranslatorFromDescriptor(""), s.from.colour}
	f.SetTitle(s.title, true)
	f.SetAuthor(s.from.name, true)
	f.SetLang("da-DK")
	f.SetCreator("Digital Post", true)
	f.SetCreationDate(s.date)
	f.SetModificationDate(s.date)
	f.SetCatalogSort(true)
	f.SetDisplayMode("fullwidth", "continuous")
	f.SetMargins(left, 24, pageWidth-left-bodyWidth)
	f.SetCellMargin(0)
	f.SetAutoPageBreak(true, bottom)
	f.AliasNbPages("")
	f.SetFooterFunc(func() { p.footer(s.from) })
	f.AddPage()
	p.letterhead(s)
	p.window(s.to)
	p.aside(s)
	f.SetXY(left, titleTop)
	p.style(bold, 15)
	p.ink()
	p.MultiCell(bodyWidth, 7, p.western(s.title), "", "L", false)
	p.Ln(3.5)
	for _, b := range s.body {
		b.draw(p)
	}
	p.sign(s.signature)
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		panic(err) // the texts are constants: a test draws them all
	}
	return out.Bytes()
}

func (p *paper) style(style string, size float64) { p.SetFont("Helvetica", style, size) }
func (p *paper) ink()                             { p.SetTextColor(26, 26, 26) }
func (p *paper) quiet()                           { p.SetTextColor(84, 90, 80) }
func (p *paper) coloured()                        { p.SetTextColor(p.colour[0], p.colour[1], p.colour[2]) }

// lines writes short lines below each other from a place on.
func (p *paper) lines(x, y, width, height float64, lines ...string) float64 {
	for _, line := range lines {
		p.SetXY(x, y)
		p.MultiCell(width, height, p.western(line), "", "L", false)
		y = p.GetY()
	}
	return y
}

func (p *paper) letterhead(s sheet) {
	p.SetFillColor(p.colour[0], p.colour[1], p.colour[2])
	p.Rect(0, 0, pageWidth, 2.2, "F")
	p.RoundedRect(left, 14, 13, 13, 2.4, "1234", "F")
	p.SetTextColor(255, 255, 255)
	p.style(bold, 15)
	p.SetXY(left, 14)
	p.CellFormat(13, 13, p.western(s.from.mark), "", 0, "CM", false, 0, "")
	p.coloured()
	p.style(bold, 14)
	p.SetXY(left+17, 14)
	height := 13.0
	if s.unit != "" {
		height = 7.2
	}
	p.CellFormat(140, height, p.western(s.from.name), "", 0, "LM", false, 0, "")
	if s.unit != "" {
		p.quiet()
		p.style(regular, 10)
		p.SetXY(left+17, 21)
		p.CellFormat(140, 5.6, p.western(s.unit), "", 0, "LM", false, 0, "")
	}
}

func (p *paper) window(to Recipient) {
	p.ink()
	p.style(regular, bodySize)
	p.lines(left, windowTop, 80, 5.2, to.Name, to.Street, to.Town)
}

func (p *paper) aside(s sheet) {
	p.ink()
	p.style(bold, 9)
	y := p.lines(asideLeft, windowTop, asideWidth, 4.6, date(s.date))
	p.quiet()
	p.style(regular, 9)
	y = p.lines(asideLeft, y+2.5, asideWidth, 4.6, s.reference...)
	p.lines(asideLeft, y+2.5, asideWidth, 4.6, s.from.name, s.from.street, s.from.town)
}

func (p *paper) footer(from sender) {
	p.SetDrawColor(205, 210, 200)
	p.SetLineWidth(0.2)
	p.Line(left, 279, asideLeft+asideWidth, 279)
	p.quiet()
	p.style(regular, 8)
	p.SetXY(left, 281.5)
	p.CellFormat(140, 4, p.western(from.name+" · "+from.street+" · "+from.town+" · "+from.web), "", 2, "L", false, 0, "https://"+from.web)
	p.CellFormat(140, 4, p.western(from.hours), "", 0, "L", false, 0, "")
	p.SetXY(asideLeft, 281.5)
	p.CellFormat(asideWidth, 4, p.western("Side "+strconv.Itoa(p.PageNo())+" af {nb}"), "", 0, "L", false, 0, "")
}

func (p *paper) sign(lines []string) {
	if len(lines) == 0 {
		return
	}
	p.keep(float64(len(lines)+1)*lineHeight + 5)
	p.Ln(2)
	text("Venlig hilsen").draw(p)
	p.style(bold, bodySize)
	p.MultiCell(bodyWidth, lineHeight, p.western(lines[0]), "", "L", false)
	p.style(regular, bodySize)
	for _, line := range lines[1:] {
		p.MultiCell(bodyWidth, lineHeight, p.western(line), "", "L", false)
	}
}

// keep begins a new page where there is no room of a height left.
func (p *paper) keep(height float64) {
	if p.GetY()+height > 297-bottom {
		p.AddPage()
	}
}

func (t text) draw(p *paper) {
	p.ink()
	p.style(regular, bodySize)
	p.MultiCell(bodyWidth, lineHeight, p.western(string(t)), "", "L", false)
	p.Ln(2.8)
}

func (h heading) draw(p *paper) {
	p.keep(4 * lineHeight)
	p.Ln(1.2)
	p.coloured()
	p.style(bold, 11.5)
	p.MultiCell(bodyWidth, 6, p.western(string(h)), "", "L", false)
	p.Ln(0.6)
}

func (l list) draw(p *paper) {
	p.ink()
	p.style(regular, bodySize)
	for _, item := range l {
		p.SetX(left + 1)
		p.CellFormat(4, lineHeight, p.western("•"), "", 0, "L", false, 0, "")
		p.MultiCell(bodyWidth-5, lineHeight, p.western(item), "", "L", false)
		p.Ln(0.8)
	}
	p.Ln(2)
}

func (f facts) draw(p *paper) {
	const pad, name = 4.0, 34.0
	p.style(regular, bodySize)
	height := 2 * pad
	rows := make([]float64, len(f))
	for i, fact := range f {
		rows[i] = lineHeight * float64(len(p.SplitLines([]byte(p.western(fact[1])), bodyWidth-name-2*pad)))
		height += rows[i]
	}
	p.keep(height + 4)
	y := p.GetY() + 0.5
	p.SetFillColor(243, 245, 241)
	p.RoundedRect(left, y, bodyWidth, height, 1.8, "1234", "F")
	p.SetFillColor(p.colour[0], p.colour[1], p.colour[2])
	p.Rect(left, y, 1.2, height, "F")
	y += pad
	for i, fact := range f {
		p.quiet()
		p.style(regular, bodySize)
		p.SetXY(left+pad+1, y)
		p.CellFormat(name, lineHeight, p.western(fact[0]), "", 0, "L", false, 0, "")
		p.ink()
		p.style(bold, bodySize)
		p.MultiCell(bodyWidth-name-2*pad, lineHeight, p.western(fact[1]), "", "L", false)
		y += rows[i]
	}
	p.SetXY(left, y+pad+4)
}

func (t table) draw(p *paper) {
	const height = 6.6
	p.keep(height * float64(len(t.rows)+2))
	narrow := 27.0
	wide := bodyWidth - narrow*float64(len(t.head)-1)
	row := func(cells []string, border string) {
		for i, cell := range cells {
			width, align := narrow, "RM"
			if i == 0 {
				width, align = wide, "LM"
			}
			p.CellFormat(width, height, p.western(cell), border, 0, align, false, 0, "")
		}
		p.Ln(height)
	}
	p.quiet()
	p.style(bold, 9)
	p.SetDrawColor(p.colour[0], p.colour[1], p.colour[2])
	p.SetLineWidth(0.4)
	row(t.head, "B")
	p.ink()
	p.style(regular, 10)
	p.SetDrawColor(215, 220, 210)
	p.SetLineWidth(0.2)
	for _, cells := range t.rows {
		row(cells, "B")
	}
	if len(t.sum) > 0 {
		p.style(bold, 10)
		row(t.sum, "")
	}
	p.Ln(4)
}
