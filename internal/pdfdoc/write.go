package pdfdoc

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"strings"
	"time"
	"unicode/utf16"
)

// Points on A4.
const (
	pageWidth, pageHeight = 595.28, 841.89
	left, right           = 62.0, 62.0
	top, bottom           = 62.0, 66.0
	bodyWidth             = pageWidth - left - right
	bodySize, bodyLead    = 10.5, 15.0
	windowTop             = 119.0
	afterWindow           = 232.0
)

// element is a node of the structure: what a part of the text is.
type element struct {
	tag   string
	extra string // more of its dictionary
	kids  []any  // *element, or place
	up    *element
	num   int // of its object
}

// place is a piece of a page that belongs to an element.
type place struct{ page, id int }

type page struct {
	content bytes.Buffer
	marks   []*element // by id of the piece
	images  []int      // objects
}

// writer lays blocks out, top to bottom.
type writer struct {
	doc   Document
	pages []*page
	y     float64 // from the top, of the next line's top
	root  *element
	at    *element // where new elements go
	open  *element // whose piece is being written

	objects []string // by number, from 1
	faces   [2]int
}

func newWriter(d Document) *writer {
	w := &writer{doc: d, root: &element{tag: "Document"}}
	w.at = w.root
	w.faces[regular] = w.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	w.faces[bold] = w.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>")
	w.newPage()
	return w
}

func (w *writer) page() *page { return w.pages[len(w.pages)-1] }

func (w *writer) newPage() {
	w.pages = append(w.pages, &page{})
	w.y = top
}

// element begins a part inside the one at hand and runs fn for what is in it.
func (w *writer) element(tag, extra string, fn func(e *element)) {
	e := &element{tag: tag, extra: extra, up: w.at}
	w.at.kids = append(w.at.kids, e)
	w.at = e
	fn(e)
	w.close()
	w.at = e.up
}

// mark has what is written next belong to an element.
func (w *writer) mark(e *element) {
	if w.open == e {
		return
	}
	w.close()
	p := w.page()
	id := len(p.marks)
	p.marks = append(p.marks, e)
	e.kids = append(e.kids, place{len(w.pages) - 1, id})
	fmt.Fprintf(&p.content, "/%s <</MCID %d>> BDC\n", e.tag, id)
	w.open = e
}

func (w *writer) close() {
	if w.open != nil {
		w.page().content.WriteString("EMC\n")
		w.open = nil
	}
}

// room begins a new page where there is none left of a height.
func (w *writer) room(height float64) {
	if w.y+height > pageHeight-bottom && w.y > top {
		w.close()
		w.newPage()
	}
}

// show writes a western text with its top at y.
func (w *writer) show(x, y float64, f face, size float64, text string) {
	fmt.Fprintf(&w.page().content, "BT /F%d %.2f Tf %.2f %.2f Td (%s) Tj ET\n", f, size, x, pageHeight-y-size, escape(text))
}

func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, "\n", " ").Replace(text)
}

// lines writes a text as a piece of e, over as many pages as it takes.
func (w *writer) lines(e *element, x, width float64, f face, size, lead float64, text string) {
	for _, line := range f.wrap(western(text), size, width) {
		w.room(lead)
		w.mark(e)
		w.show(x, w.y, f, size, line)
		w.y += lead
	}
}

// artifact draws what means nothing: lines, boxes, page numbers.
func (w *writer) artifact(format string, args ...any) {
	w.close()
	p := &w.page().content
	p.WriteString("/Artifact BMC\n")
	fmt.Fprintf(p, format, args...)
	p.WriteString("\nEMC\n")
}

func (h Heading) draw(w *writer) {
	size := map[int]float64{1: 18, 2: 13, 3: 11}[h.Level]
	if size == 0 {
		size = 11
	}
	if w.y > top {
		w.y += size * 0.5
	}
	w.room(size*1.3 + 3*bodyLead)
	w.element(fmt.Sprintf("H%d", max(1, min(h.Level, 3))), "", func(e *element) {
		w.lines(e, left, bodyWidth, bold, size, size*1.3, h.Text)
	})
	w.y += size * 0.35
}

func (t Text) draw(w *writer) {
	w.element("P", "", func(e *element) { w.lines(e, left, bodyWidth, regular, bodySize, bodyLead, string(t)) })
	w.y += 7
}

func (l List) draw(w *writer) {
	w.element("L", "", func(*element) {
		for _, item := range l {
			w.element("LI", "", func(*element) {
				w.room(bodyLead)
				w.element("Lbl", "", func(e *element) {
					w.mark(e)
					w.show(left+4, w.y, regular, bodySize, western("•"))
				})
				w.element("LBody", "", func(e *element) { w.lines(e, left+16, bodyWidth-16, regular, bodySize, bodyLead, item) })
			})
			w.y += 2
		}
	})
	w.y += 6
}

const factName, factPad = 158.0, 5.0

func (f Facts) draw(w *writer) {
	w.element("Table", "", func(*element) {
		for _, fact := range f {
			names, values := bold.wrap(western(fact[0]), bodySize, factName-10), regular.wrap(western(fact[1]), bodySize, bodyWidth-factName)
			height := float64(max(len(names), len(values)))*bodyLead + 2*factPad
			w.room(height)
			w.artifact("0.82 0.84 0.80 RG 0.6 w %.2f %.2f m %.2f %.2f l S", left, pageHeight-w.y, left+bodyWidth, pageHeight-w.y)
			y := w.y + factPad
			w.element("TR", "", func(*element) {
				cell := func(tag, extra string, x float64, f face, lines []string) {
					w.element(tag, extra, func(e *element) {
						for i, line := range lines {
							w.mark(e)
							w.show(x, y+float64(i)*bodyLead, f, bodySize, line)
						}
					})
				}
				cell("TH", "/A << /O /Table /Scope /Row >>", left, bold, names)
				cell("TD", "", left+factName, regular, values)
			})
			w.y += height
		}
	})
	w.artifact("0.82 0.84 0.80 RG 0.6 w %.2f %.2f m %.2f %.2f l S", left, pageHeight-w.y, left+bodyWidth, pageHeight-w.y)
	w.y += 12
}

func (v Window) draw(w *writer) {
	w.y = windowTop
	w.element("P", "", func(e *element) { w.lines(e, left, 226, regular, bodySize, 14, strings.Join(v, "\n")) })
	w.y = afterWindow
}

func (s Signature) draw(w *writer) {
	w.room(62)
	w.y += 34
	gap := 18.0
	width := (bodyWidth - gap*float64(len(s)-1)) / float64(len(s))
	for i, below := range s {
		x := left + float64(i)*(width+gap)
		w.artifact("0.2 0.2 0.2 RG 0.8 w %.2f %.2f m %.2f %.2f l S", x, pageHeight-w.y, x+width, pageHeight-w.y)
		w.element("P", "", func(e *element) {
			w.mark(e)
			w.show(x, w.y+4, regular, 9, western(below))
		})
	}
	w.y += 26
}

func (p Picture) draw(w *writer) {
	b := p.Image.Bounds()
	if b.Empty() {
		return
	}
	width, height := bodyWidth, bodyWidth*float64(b.Dy())/float64(b.Dx())
	if most := pageHeight - top - bottom; height > most {
		width, height = width*most/height, most
	}
	w.room(height)
	num := w.picture(p.Image)
	w.element("Figure", "/Alt "+textString(p.About), func(e *element) {
		w.mark(e)
		page := w.page()
		fmt.Fprintf(&page.content, "q %.2f 0 0 %.2f %.2f %.2f cm /I%d Do Q\n", width, height, left, pageHeight-w.y-height, len(page.images))
		page.images = append(page.images, num)
	})
	w.y += height + 10
}

// picture stores an image as rows of red, green and blue on white.
func (w *writer) picture(img image.Image) int {
	b := img.Bounds()
	rgb := make([]byte, 0, 3*b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := img.At(x, y).RGBA()
			white := 0xffff - a
			rgb = append(rgb, byte((r+white)>>8), byte((g+white)>>8), byte((bl+white)>>8))
		}
	}
	return w.stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8", b.Dx(), b.Dy()), rgb)
}

func (l Lang) draw(w *writer) {
	w.element("Sect", "/Lang "+textString(l.Lang), func(*element) {
		for _, b := range l.Blocks {
			b.draw(w)
		}
	})
}

func (Break) draw(w *writer) {
	w.close()
	w.newPage()
}

// object adds an object and gives its number.
func (w *writer) object(body string) int {
	w.objects = append(w.objects, body)
	return len(w.objects)
}

func (w *writer) stream(dict string, content []byte) int {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write(content) //nolint:errcheck // memory takes all
	z.Close()        //nolint:errcheck
	return w.object(fmt.Sprintf("<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", dict, packed.Len(), packed.String()))
}

// textString is a text that is not on a page, in UTF-16.
func textString(text string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String() + ">"
}

// finish writes the file.
func (w *writer) finish() []byte {
	w.close()
	for i, p := range w.pages {
		number := ""
		if w.doc.Page != "" {
			number = fmt.Sprintf(w.doc.Page, i+1, len(w.pages))
		}
		p.content.WriteString("/Artifact BMC\n0.33 0.35 0.31 rg\n")
		foot := western(w.doc.Foot)
		fmt.Fprintf(&p.content, "BT /F0 8 Tf %.2f 34 Td (%s) Tj ET\n", left, escape(foot))
		number = western(number)
		fmt.Fprintf(&p.content, "BT /F0 8 Tf %.2f 34 Td (%s) Tj ET\nEMC\n", pageWidth-right-regular.width(number, 8), escape(number))
	}
	first := len(w.objects) + 1 // of the pages, two objects each
	tree := first + 2*len(w.pages)
	for i, p := range w.pages {
		images := ""
		for n, num := range p.images {
			images += fmt.Sprintf("/I%d %d 0 R ", n, num)
		}
		w.object(fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.2f %.2f] /Resources << /Font << /F0 %d 0 R /F1 %d 0 R >> /XObject << %s>> >> /Contents %d 0 R /StructParents %d /Tabs /S >>",
			tree, pageWidth, pageHeight, w.faces[regular], w.faces[bold], images, first+2*i+1, i))
		w.stream("", p.content.Bytes())
	}
	kids := ""
	for i := range w.pages {
		kids += fmt.Sprintf("%d 0 R ", first+2*i)
	}
	w.object(fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids, len(w.pages)))
	structure := w.structure(first)
	info := w.object(fmt.Sprintf("<< /Title %s /Author %s /Producer (Digital Post) /CreationDate (%s) >>", textString(w.doc.Title), textString(w.doc.Author), date(w.doc.Made)))
	catalog := w.object(fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /Lang (%s) /MarkInfo << /Marked true >> /StructTreeRoot %d 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
		tree, map[bool]string{true: "en-GB", false: "da-DK"}[w.doc.Lang == "en"], structure))

	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(w.objects))
	for i, body := range w.objects {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(w.objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(w.objects)+1, catalog, info, start)
	return out.Bytes()
}

// structure writes the tree of elements and, for each page, whose its pieces are.
func (w *writer) structure(firstPage int) int {
	root := w.object("")
	var number func(e *element)
	number = func(e *element) {
		e.num = w.object("")
		for _, kid := range e.kids {
			if child, ok := kid.(*element); ok {
				number(child)
			}
		}
	}
	number(w.root)
	var write func(e *element, parent int)
	write = func(e *element, parent int) {
		kids := ""
		for _, kid := range e.kids {
			switch k := kid.(type) {
			case *element:
				kids += fmt.Sprintf("%d 0 R ", k.num)
				write(k, e.num)
			case place:
				kids += fmt.Sprintf("<< /Type /MCR /Pg %d 0 R /MCID %d >> ", firstPage+2*k.page, k.id)
			}
		}
		w.objects[e.num-1] = fmt.Sprintf("<< /Type /StructElem /S /%s /P %d 0 R /K [%s] %s >>", e.tag, parent, kids, e.extra)
	}
	write(w.root, root)
	nums := ""
	for i, p := range w.pages {
		marks := ""
		for _, e := range p.marks {
			marks += fmt.Sprintf("%d 0 R ", e.num)
		}
		nums += fmt.Sprintf("%d [%s] ", i, marks)
	}
	w.objects[root-1] = fmt.Sprintf("<< /Type /StructTreeRoot /K [%d 0 R] /ParentTree << /Nums [%s] >> /ParentTreeNextKey %d >>", w.root.num, nums, len(w.pages))
	return root
}

func date(t time.Time) string { return t.UTC().Format("D:20060102150405Z") }
