package search

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// Place says what of a message a part is.
type Place uint8

const (
	Title     Place = iota + 1
	Sender          // a name
	Recipient       // a name, of what the mailbox's owner wrote
	Letter          // the text of the main document
	Document        // another document
	Note            // what somebody noted; it is theirs alone and never stored in an index
)

// Part is a text of a message, with the name of the document it is from.
type Part struct {
	Place Place  `cbor:"1,keyasint"`
	Name  string `cbor:"2,keyasint,omitempty"`
	Text  string `cbor:"3,keyasint,omitempty"`
}

// Doc is what can be found of a message.
type Doc struct{ Parts []Part }

// Packers and unpackers are large: they are used again.
var (
	packers = sync.Pool{New: func() any {
		w, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			panic(err) // there is such a level
		}
		return w
	}}
	unpackers = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// encode packs a document to be sealed.
func (d Doc) encode() ([]byte, error) {
	plain, err := cbor.Marshal(d.Parts)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(&packed)
	_, err = w.Write(plain)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func decodeDoc(packed []byte) (Doc, error) {
	var d Doc
	r := unpackers.Get().(io.ReadCloser)
	defer unpackers.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		return d, err
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return d, err
	}
	return d, cbor.Unmarshal(plain, &d.Parts)
}

// Found tells whether all words are somewhere in a document.
func (w Words) Found(d Doc) bool {
	var has uint32
	for _, p := range d.Parts {
		has = w.in(p.Text, w.in(p.Name, has))
	}
	return has == w.all()
}

// Excerpt is where in a message words are found, to be shown with the places
// marked. Its texts are plain text.
type Excerpt struct {
	Place Place
	Name  string // of the document
	Names []Span // the words in Name
	Text  string // the surroundings of the words, "" where only Name has them
	Marks []Span // the words in Text
}

// excerpt sizes, in characters.
const (
	excerptBefore = 60
	excerptLength = 220
)

// Excerpt chooses from a document's letter, documents and note the part that says
// most of the words, and shows where. It is false where none has any.
func (w Words) Excerpt(d Doc) (Excerpt, bool) {
	best, most := Part{}, 0
	for _, p := range d.Parts {
		if p.Place <= Recipient {
			continue
		}
		if n := bits.OnesCount32(w.in(p.Text, w.in(p.Name, 0))); n > most {
			best, most = p, n
		}
	}
	if most == 0 {
		return Excerpt{}, false
	}
	e := Excerpt{Place: best.Place, Name: best.Name, Names: w.Marks(best.Name)}
	e.Text, e.Marks = w.around(best.Text)
	return e, true
}

// around cuts out of a text the stretch that says most of the words, on one line.
func (w Words) around(text string) (string, []Span) {
	marks := w.Marks(text)
	if len(marks) == 0 {
		return "", nil
	}
	first, most := 0, 0
	for i := range marks { // the most different words within reach
		seen := map[string]bool{}
		for _, m := range marks[i:] {
			if m.End-marks[i].Start > excerptLength-excerptBefore {
				break
			}
			seen[strings.ToLower(text[m.Start:m.End])] = true
		}
		if len(seen) > most {
			first, most = i, len(seen)
		}
		if i == 200 {
			break
		}
	}
	start := back(text, marks[first].Start, excerptBefore)
	end := forth(text, start, excerptLength)
	end = max(end, marks[first].End)
	var out strings.Builder
	if start > 0 {
		out.WriteString("… ")
	}
	var moved []Span
	open := -1
	marks = slices.DeleteFunc(marks, func(m Span) bool { return m.Start < start || m.End > end })
	for i := start; i < end; {
		r, size := utf8.DecodeRuneInString(text[i:])
		if len(marks) > 0 && i == marks[0].Start {
			open = out.Len()
		}
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if s := out.String(); !strings.HasSuffix(s, " ") {
				out.WriteByte(' ')
			}
		case r != utf8.RuneError:
			out.WriteRune(r)
		}
		i += size
		if open >= 0 && i >= marks[0].End {
			moved = append(moved, Span{open, out.Len()})
			marks, open = marks[1:], -1
		}
	}
	if end < len(text) {
		out.WriteString(" …")
	}
	return out.String(), moved
}

// back is the beginning of a word at most so many characters before a place.
func back(text string, at, characters int) int {
	i := at
	for ; i > 0 && characters > 0; characters-- {
		_, size := utf8.DecodeLastRuneInString(text[:i])
		i -= size
	}
	if i == 0 {
		return 0
	}
	for j, r := range text[i:at] {
		if unicode.IsSpace(r) {
			return i + j + utf8.RuneLen(r)
		}
	}
	return i
}

// forth is the end of a word at most so many characters behind a place.
func forth(text string, at, characters int) int {
	last := at
	n := 0
	for i, r := range text[at:] {
		if unicode.IsSpace(r) {
			last = at + i
		}
		if n++; n > characters {
			if last > at {
				return last
			}
			return at + i
		}
	}
	return len(text)
}
