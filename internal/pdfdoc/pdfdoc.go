// Package pdfdoc writes PDF files of texts: forms to sign, decisions, letters on
// paper. They are tagged (PDF 1.7, 14.8): headings, paragraphs, lists, tables and
// pictures are told apart, in the order in which one reads, with their language, so
// that screen readers can read them. The fonts are those that every reader has; a
// letter that they lack is written as its nearest.
package pdfdoc

import (
	"image"
	"time"
)

// Document is what becomes a file.
type Document struct {
	Title  string
	Author string
	Lang   string // "da" or "en"
	// Page is the text of the page's number with a place for each of two numbers:
	// "Side %d af %d".
	Page string
	// Foot stands at the bottom of every page beside its number, "" for nothing.
	Foot   string
	Made   time.Time
	Blocks []Block
}

// Block is a part of a document.
type Block interface{ draw(w *writer) }

type (
	// Heading is a line above others, of level 1 to 3.
	Heading struct {
		Level int
		Text  string
	}
	// Text is a paragraph; its line ends are kept.
	Text string
	// List has a bullet before each of its texts.
	List []string
	// Facts is a table of names and values.
	Facts [][2]string
	// Window is who a letter is for, where an envelope has its window. It is the
	// first block of a letter.
	Window []string
	// Signature is room for somebody to sign: what stands below each of the lines.
	Signature []string
	// Picture fills the width, or the height of a page. About says what it shows.
	Picture struct {
		Image image.Image
		About string
	}
	// Lang is a part in another language than the document's.
	Lang struct {
		Lang   string
		Blocks []Block
	}
	// Break begins a new page.
	Break struct{}
)

// Bytes is the file. The same document always gives the same bytes.
func (d Document) Bytes() []byte {
	w := newWriter(d)
	for _, b := range d.Blocks {
		b.draw(w)
	}
	return w.finish()
}
