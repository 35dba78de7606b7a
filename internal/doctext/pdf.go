package doctext

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A PDF file is read without its table of contents, as programs do that mend
// broken files: every "7 0 obj" in it is found, the last of each number counts.
// That takes one pass, knows no loops, and finds what an incremental update
// changed. Every step after it costs fuel, of which there is a fixed amount.
//
// Not read: encrypted files, LZW, and fonts that say nothing about their characters.

const (
	fuel       = 40_000_000 // steps: characters of tokens, and shown characters
	kept       = 40         // fuel for what is kept in a table, for its memory
	maxObjects = 300_000
	maxMembers = 200_000 // of an array or a dictionary
	maxPacked  = 8 << 20 // bytes in other filters than Flate
	maxPages   = 3000
	maxNested  = 40 // objects in each other
	maxForms   = 12 // drawings in each other
)

// Objects of a PDF. A number is a float64, true and false are names.
type (
	pdfName   string
	pdfString []byte
	pdfArray  []any
	pdfDict   map[pdfName]any
	pdfRef    int
	// pdfWord is an operator, or a word of the file's own such as endobj.
	pdfWord   string
	pdfStream struct {
		dict pdfDict
		raw  []byte
	}
)

// pdfFile is a file being read.
type pdfFile struct {
	o        *out
	data     []byte
	fuel     int
	unpacked int
	places   map[pdfRef]pdfPlace
	known    map[pdfRef]any
	fonts    map[pdfRef]*pdfFont
	depth    int // of objects that are needed to read objects
	root     any // the catalogue, as the last trailer says
	locked   bool
}

// pdfPlace is where an object is: in the file, or in what was unpacked of it.
type pdfPlace struct {
	in []byte
	at int
}

// pdf reads PDF.
func pdf(o *out, content []byte) {
	f := &pdfFile{o: o, data: content, fuel: fuel, places: map[pdfRef]pdfPlace{}, known: map[pdfRef]any{}, fonts: map[pdfRef]*pdfFont{}}
	f.find()
	if f.locked {
		return
	}
	for _, page := range f.pages() {
		if f.fuel <= 0 || o.full() {
			return
		}
		f.page(page)
		o.line()
	}
}

// find finds the objects and the trailers.
func (f *pdfFile) find() {
	type packed struct {
		ref pdfRef
		at  int
	}
	var streams []packed
	for at := 0; ; {
		i := bytes.Index(f.data[at:], []byte("obj"))
		if i < 0 || len(f.places) > maxObjects {
			break
		}
		i += at
		at = i + 3
		ref, ok := numberBefore(f.data, i)
		if !ok {
			continue
		}
		f.places[ref] = pdfPlace{f.data, at}
		head := f.data[at:min(len(f.data), at+400)]
		if end := bytes.Index(head, []byte("endobj")); end >= 0 {
			head = head[:end]
		}
		switch {
		case bytes.Contains(head, []byte("/ObjStm")):
			streams = append(streams, packed{ref, at})
		case bytes.Contains(head, []byte("/XRef")):
			p := &pdfParser{f: f, b: f.data, at: at}
			if d, ok := p.object(0).(pdfDict); ok {
				f.trailer(d)
			}
		}
	}
	for at := 0; ; {
		i := bytes.Index(f.data[at:], []byte("trailer"))
		if i < 0 {
			break
		}
		at += i + len("trailer")
		p := &pdfParser{f: f, b: f.data, at: at}
		if d, ok := p.object(0).(pdfDict); ok {
			f.trailer(d)
		}
	}
	if f.locked {
		return
	}
	for _, s := range streams {
		if place := f.places[s.ref]; place.at != s.at || f.fuel <= 0 {
			continue // there is a later one
		}
		stream, ok := f.get(s.ref).(pdfStream)
		if !ok {
			continue
		}
		body := f.unpack(stream)
		n, first := f.int(stream.dict["N"]), f.int(stream.dict["First"])
		p := &pdfParser{f: f, b: body}
		for range min(n, maxObjects) {
			number, ok1 := p.object(0).(float64)
			offset, ok2 := p.object(0).(float64)
			if !ok1 || !ok2 || f.fuel <= 0 {
				break
			}
			ref, at := pdfRef(number), first+int(offset)
			if old, there := f.places[ref]; at < 0 || at >= len(body) || there && !f.before(old, s.at) {
				continue
			}
			f.places[ref] = pdfPlace{body, at}
		}
	}
}

// before tells whether a place in the file itself is before another.
func (f *pdfFile) before(p pdfPlace, at int) bool { return len(p.in) != len(f.data) || p.at < at }

// numberBefore reads "7 0 " backwards from a place.
func numberBefore(b []byte, i int) (pdfRef, bool) {
	digits := func() (int, bool) {
		end := i
		for i > 0 && isSpace(b[i-1]) && end-i < 8 {
			i--
		}
		end = i
		for i > 0 && b[i-1] >= '0' && b[i-1] <= '9' && end-i < 9 {
			i--
		}
		n, err := strconv.Atoi(string(b[i:end]))
		return n, err == nil
	}
	if _, ok := digits(); !ok {
		return 0, false
	}
	if i == 0 || !isSpace(b[i-1]) {
		return 0, false
	}
	n, ok := digits()
	return pdfRef(n), ok
}

func (f *pdfFile) trailer(d pdfDict) {
	if d["Root"] != nil {
		f.root = d["Root"]
	}
	if d["Encrypt"] != nil {
		f.locked = true
	}
}

// get follows references.
func (f *pdfFile) get(v any) any {
	for range 8 {
		ref, ok := v.(pdfRef)
		if !ok {
			return v
		}
		known, there := f.known[ref]
		if !there {
			place, found := f.places[ref]
			if !found || f.fuel <= 0 || f.depth > maxNested {
				return nil
			}
			p := &pdfParser{f: f, b: place.in, at: place.at}
			f.known[ref] = nil // it may refer to itself
			f.depth++
			known = p.whole()
			f.depth--
			f.known[ref] = known
		}
		v = known
	}
	return nil
}

func (f *pdfFile) dict(v any) pdfDict {
	switch v := f.get(v).(type) {
	case pdfDict:
		return v
	case pdfStream:
		return v.dict
	}
	return nil
}

// array is to be gone through.
func (f *pdfFile) array(v any) pdfArray {
	a, _ := f.get(v).(pdfArray)
	f.fuel -= len(a)
	return a
}

func (f *pdfFile) name(v any) pdfName { n, _ := f.get(v).(pdfName); return n }
func (f *pdfFile) int(v any) int      { return int(f.number(v)) }

func (f *pdfFile) number(v any) float64 {
	n, _ := f.get(v).(float64)
	if math.IsNaN(n) || math.Abs(n) > 1e9 {
		return 0
	}
	return n
}

// pdfPage is a page with what it inherits.
type pdfPage struct{ dict, resources pdfDict }

// pages are the pages in order; where the file does not say, in the order of their
// numbers.
func (f *pdfFile) pages() []pdfPage {
	var all []pdfPage
	seen := map[pdfRef]bool{}
	var walk func(v any, resources pdfDict, depth int)
	walk = func(v any, resources pdfDict, depth int) {
		ref, isRef := v.(pdfRef)
		if depth > maxNested || len(all) >= maxPages || isRef && seen[ref] {
			return
		}
		if isRef {
			seen[ref] = true
		}
		d := f.dict(v)
		if r := f.dict(d["Resources"]); r != nil {
			resources = r
		}
		if kids := f.array(d["Kids"]); kids != nil {
			for _, kid := range kids {
				walk(kid, resources, depth+1)
			}
		} else if d["Contents"] != nil {
			all = append(all, pdfPage{d, resources})
		}
	}
	walk(f.dict(f.root)["Pages"], nil, 0)
	if len(all) > 0 {
		return all
	}
	var refs []pdfRef
	for ref := range f.places {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	for _, ref := range refs {
		if d := f.dict(ref); len(all) < maxPages && f.name(d["Type"]) == "Page" {
			all = append(all, pdfPage{d, f.dict(d["Resources"])})
		}
	}
	return all
}

func (f *pdfFile) page(p pdfPage) {
	var content []byte
	switch c := f.get(p.dict["Contents"]).(type) {
	case pdfStream:
		content = f.unpack(c)
	case pdfArray:
		for _, part := range c {
			if f.fuel <= 0 || len(content) > maxUnpacked {
				break
			}
			if s, ok := f.get(part).(pdfStream); ok {
				content = append(append(content, f.unpack(s)...), '\n')
				f.fuel -= len(content) / 64
			}
		}
	}
	d := &pdfDrawing{f: f, ctm: identity}
	d.run(content, p.resources, 0)
}

// pdfParser reads objects.
type pdfParser struct {
	f  *pdfFile
	b  []byte
	at int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// skip goes to the next token.
func (p *pdfParser) skip() {
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case isSpace(c):
			p.at++
		case c == '%':
			for p.at < len(p.b) && p.b[p.at] != '\n' && p.b[p.at] != '\r' {
				p.at++
				p.f.fuel--
			}
		default:
			return
		}
		p.f.fuel--
	}
}

// pdfEnd is what object gives at the end, pdfClose behind the last of an array or
// dictionary.
type (
	pdfEnd   struct{}
	pdfClose byte
)

// object reads one object or word.
func (p *pdfParser) object(depth int) any {
	p.skip()
	if p.at >= len(p.b) || p.f.fuel <= 0 || depth > maxNested {
		return pdfEnd{}
	}
	begin := p.at
	defer func() { p.f.fuel -= p.at - begin + 1 }()
	c := p.b[p.at]
	switch {
	case c == '/':
		p.at++
		return p.readName()
	case c == '(':
		return p.readString()
	case c == '<' && p.at+1 < len(p.b) && p.b[p.at+1] == '<':
		p.at += 2
		d := pdfDict{}
		for {
			key := p.object(depth + 1)
			name, ok := key.(pdfName)
			if !ok {
				if _, word := key.(pdfWord); word {
					continue
				}
				return d
			}
			value := p.object(depth + 1)
			switch value.(type) {
			case pdfEnd, pdfClose:
				return d
			}
			if p.f.fuel -= kept; len(d) < maxMembers {
				d[name] = p.maybeRef(value)
			}
		}
	case c == '<':
		return p.readHex()
	case c == '>':
		p.at++
		if p.at < len(p.b) && p.b[p.at] == '>' {
			p.at++
		}
		return pdfClose('>')
	case c == '[':
		p.at++
		a := pdfArray{}
		for {
			v := p.object(depth + 1)
			switch v := v.(type) {
			case pdfEnd, pdfClose:
				return a
			case pdfWord:
				if n := len(a); v == "R" && n >= 2 {
					if ref, ok := a[n-2].(float64); ok {
						a = append(a[:n-2], pdfRef(ref))
					}
				}
				continue
			}
			if p.f.fuel -= kept / 4; len(a) < maxMembers {
				a = append(a, v)
			}
		}
	case c == ']':
		p.at++
		return pdfClose(']')
	case c == '{' || c == '}' || c == ')':
		p.at++
		return pdfWord(c)
	}
	for p.at < len(p.b) && !isSpace(p.b[p.at]) && !isDelimiter(p.b[p.at]) {
		p.at++
	}
	text := string(p.b[begin:p.at])
	if c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
		return float64(0) // such as 0.-5, which some write
	}
	switch text {
	case "true", "false":
		return pdfName(text)
	case "null":
		return nil
	}
	return pdfWord(text)
}

// maybeRef looks whether a number in a dictionary begins "7 0 R".
func (p *pdfParser) maybeRef(v any) any {
	n, ok := v.(float64)
	if !ok || n < 0 || n != math.Trunc(n) {
		return v
	}
	i := p.at
	space := func() bool {
		from := i
		for i < len(p.b) && isSpace(p.b[i]) && i-from < 8 {
			i++
		}
		return i > from
	}
	if !space() {
		return v
	}
	from := i
	for i < len(p.b) && p.b[i] >= '0' && p.b[i] <= '9' && i-from < 6 {
		i++
	}
	if i == from || !space() || i >= len(p.b) || p.b[i] != 'R' {
		return v
	}
	p.at = i + 1
	return pdfRef(n)
}

func (p *pdfParser) readName() pdfName {
	var out []byte
	for p.at < len(p.b) && !isSpace(p.b[p.at]) && !isDelimiter(p.b[p.at]) {
		c := p.b[p.at]
		p.at++
		if c == '#' && p.at+2 <= len(p.b) {
			if v, err := strconv.ParseUint(string(p.b[p.at:p.at+2]), 16, 8); err == nil {
				c = byte(v)
				p.at += 2
			}
		}
		out = append(out, c)
	}
	return pdfName(out)
}

func (p *pdfParser) readString() pdfString {
	p.at++
	out := pdfString{}
	for depth := 1; p.at < len(p.b); {
		c := p.b[p.at]
		p.at++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return out
			}
		case '\\':
			if p.at >= len(p.b) {
				return out
			}
			c = p.b[p.at]
			p.at++
			switch c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case '\r':
				if p.at < len(p.b) && p.b[p.at] == '\n' {
					p.at++
				}
				continue
			case '\n':
				continue
			default:
				if c >= '0' && c <= '7' {
					v := int(c - '0')
					for n := 0; n < 2 && p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '7'; n++ {
						v = v<<3 | int(p.b[p.at]-'0')
						p.at++
					}
					c = byte(v)
				}
			}
		}
		out = append(out, c)
	}
	return out
}

func (p *pdfParser) readHex() pdfString {
	p.at++
	out := pdfString{}
	half, has := byte(0), false
	for p.at < len(p.b) {
		c := p.b[p.at]
		p.at++
		var v byte
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		case c == '>':
			if has {
				out = append(out, half<<4)
			}
			return out
		default:
			continue
		}
		if has {
			out = append(out, half<<4|v)
		}
		half, has = v, !has
	}
	return out
}

// whole reads the object at its place, with its stream.
func (p *pdfParser) whole() any {
	v := p.maybeRef(p.object(0))
	d, ok := v.(pdfDict)
	if !ok {
		return v
	}
	p.skip()
	if !bytes.HasPrefix(p.b[p.at:], []byte("stream")) {
		return d
	}
	p.at += len("stream")
	if p.at < len(p.b) && p.b[p.at] == '\r' {
		p.at++
	}
	if p.at < len(p.b) && p.b[p.at] == '\n' {
		p.at++
	}
	rest := p.b[p.at:]
	end := []byte("endstream")
	if n := p.f.int(d["Length"]); n > 0 && n <= len(rest) && bytes.HasPrefix(bytes.TrimLeft(rest[n:min(len(rest), n+16)], "\r\n \t"), end) {
		return pdfStream{d, rest[:n]}
	}
	n := bytes.Index(rest, end)
	if n < 0 {
		n = len(rest)
	}
	p.f.fuel -= n / 16
	return pdfStream{d, rest[:n]}
}

// appendRune appends a character if it is one.
func appendRune(b []byte, r rune) []byte {
	if r == 0 || !utf8.ValidRune(r) {
		return b
	}
	return utf8.AppendRune(b, r)
}
