package htmldoc

import (
	"bytes"
	"html"
	"net/url"
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Simple is what somebody wrote in a text field with simple formatting, in one
// form whatever browser they wrote it in: paragraphs, lists, bold, italic, links
// and line breaks, and nothing else. It is written anew from what was understood,
// so nothing of the input is in it but texts and the addresses of links. What is
// simple stays as it is.
func Simple(fragment []byte) []byte {
	body := &xhtml.Node{Type: xhtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := xhtml.ParseFragment(bytes.NewReader(fragment), body)
	if err != nil { // it is nested too deeply: the words are kept
		return FromText(string(wordsOf(fragment)))
	}
	var s simple
	for _, n := range nodes {
		s.block(n, 0)
	}
	s.endParagraph()
	return s.out.Bytes()
}

// wordsOf is the text of HTML that cannot be parsed.
func wordsOf(fragment []byte) []byte {
	var out bytes.Buffer
	z := xhtml.NewTokenizer(bytes.NewReader(fragment))
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			return out.Bytes()
		case xhtml.TextToken:
			out.WriteString(z.Token().Data)
		}
	}
}

// deepest is how many lists may lie in one another.
const deepest = 8

// simple writes blocks. A paragraph is gathered in line until it ends, so that
// none is empty.
type simple struct {
	out  bytes.Buffer
	line bytes.Buffer // the inside of the paragraph that is being written
	// bold, italic and link say what the text is at present; wrote is what of it
	// stands open in line.
	look  look
	open  look
	space bool // a space waits: it is written before the next word
	item  bool // the paragraph is the inside of a list's item: it has no tags of its own
}

// look is how a text looks.
type look struct {
	bold, italic bool
	link         string
}

// block writes a node that may hold blocks.
func (s *simple) block(n *xhtml.Node, depth int) {
	switch n.Type {
	case xhtml.TextNode:
		s.text(n.Data)
		return
	case xhtml.ElementNode:
	default:
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Title, atom.Template, atom.Svg, atom.Math, atom.Head, atom.Iframe, atom.Object, atom.Noscript,
		atom.Textarea, atom.Select, atom.Button, atom.Noembed, atom.Noframes, atom.Xmp, atom.Plaintext, atom.Audio, atom.Video, atom.Canvas:
		return
	case atom.Br:
		s.close()
		if s.line.Len() > 0 {
			s.line.WriteString("<br>")
		}
		s.space = false
	case atom.Ul, atom.Ol:
		s.list(n, depth)
	case atom.B, atom.Strong, atom.I, atom.Em, atom.A:
		before := s.look
		switch n.DataAtom {
		case atom.B, atom.Strong:
			s.look.bold = true
		case atom.I, atom.Em:
			s.look.italic = true
		default:
			if to := href(n); to != "" {
				s.look.link = to
			}
		}
		s.children(n, depth)
		s.look = before
	default:
		if isBlock(n.DataAtom) {
			s.endParagraph()
			s.children(n, depth)
			s.endParagraph()
			return
		}
		s.children(n, depth)
	}
}

func (s *simple) children(n *xhtml.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.block(c, depth)
	}
}

// isBlock tells the elements that begin a line of their own.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Aside, atom.Nav, atom.Blockquote, atom.Pre,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Thead, atom.Tbody, atom.Tfoot,
		atom.Tr, atom.Td, atom.Th, atom.Caption, atom.Hr, atom.Form, atom.Fieldset, atom.Figure, atom.Figcaption, atom.Address, atom.Center:
		return true
	}
	return false
}

// list writes a list where it has items.
func (s *simple) list(n *xhtml.Node, depth int) {
	if depth >= deepest {
		s.endParagraph()
		s.children(n, depth)
		s.endParagraph()
		return
	}
	s.endParagraph()
	outside, look := s.out, s.look
	s.out = bytes.Buffer{}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if item := s.one(c, depth+1); len(item) > 0 {
			s.out.WriteString("<li>")
			s.out.Write(item)
			s.out.WriteString("</li>")
		}
	}
	items := s.out.Bytes()
	s.out, s.look = outside, look
	if len(items) > 0 {
		name := n.DataAtom.String()
		s.out.WriteString("<" + name + ">")
		s.out.Write(items)
		s.out.WriteString("</" + name + ">")
	}
}

// one is the inside of an item of a list.
func (s *simple) one(n *xhtml.Node, depth int) []byte {
	in := simple{look: s.look, item: true}
	if n.Type == xhtml.ElementNode && n.DataAtom == atom.Li {
		in.children(n, depth)
	} else {
		in.block(n, depth)
	}
	in.endParagraph()
	return in.out.Bytes()
}

// text writes words; white space is one space, and none at the ends of a line.
func (s *simple) text(text string) {
	for _, r := range text {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == 0xA0:
			s.space = true
		case r < ' ' || r == 0x7F || r == 0xFFFD || r >= 0x80 && r < 0xA0 || turnsWriting(r):
		default:
			if s.space && s.line.Len() > 0 && !bytes.HasSuffix(s.line.Bytes(), []byte("<br>")) {
				if s.open != s.look {
					s.close()
				}
				s.line.WriteByte(' ')
			}
			s.space = false
			s.wear()
			s.line.WriteString(html.EscapeString(string(r)))
		}
	}
}

// turnsWriting tells the characters that turn the direction of writing, and
// others by which a text is not what it looks like.
func turnsWriting(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0xFEFF || r == 0xFFFE || r == 0xFFFF
}

// wear makes the line look as the text does.
func (s *simple) wear() {
	if s.open == s.look {
		return
	}
	s.close()
	if s.look.link != "" {
		s.line.WriteString(`<a href="` + html.EscapeString(s.look.link) + `">`)
	}
	if s.look.bold {
		s.line.WriteString("<b>")
	}
	if s.look.italic {
		s.line.WriteString("<i>")
	}
	s.open = s.look
}

// close closes what stands open.
func (s *simple) close() {
	if s.open.italic {
		s.line.WriteString("</i>")
	}
	if s.open.bold {
		s.line.WriteString("</b>")
	}
	if s.open.link != "" {
		s.line.WriteString("</a>")
	}
	s.open = look{}
}

// endParagraph writes the paragraph, where it has any words.
func (s *simple) endParagraph() {
	s.close()
	s.space = false
	line := s.line.Bytes()
	for bytes.HasSuffix(line, []byte("<br>")) {
		line = line[:len(line)-len("<br>")]
	}
	if len(line) > 0 {
		switch {
		case !s.item:
			s.out.WriteString("<p>")
			s.out.Write(line)
			s.out.WriteString("</p>")
		default:
			if s.out.Len() > 0 && !bytes.HasSuffix(s.out.Bytes(), []byte("</ul>")) && !bytes.HasSuffix(s.out.Bytes(), []byte("</ol>")) {
				s.out.WriteString("<br>")
			}
			s.out.Write(line)
		}
	}
	s.line.Reset()
}

// href is where a link leads, "" where that is not for a letter.
func href(n *xhtml.Node) string {
	for _, a := range n.Attr {
		if a.Key != "href" {
			continue
		}
		text := strings.TrimSpace(a.Val)
		u, err := url.Parse(text)
		if err != nil || len(text) > 2000 {
			return ""
		}
		switch strings.ToLower(u.Scheme) {
		case "http", "https":
			if u.Host != "" && u.User == nil {
				return u.String()
			}
		case "mailto", "tel":
			if u.Opaque != "" {
				return u.String()
			}
		}
		return ""
	}
	return ""
}

// FromText is a plain text in the form of Simple: an empty line parts paragraphs.
func FromText(text string) []byte {
	var s simple
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		if strings.TrimSpace(line) == "" {
			s.endParagraph()
			continue
		}
		if s.line.Len() > 0 {
			s.line.WriteString("<br>")
			s.space = false
		}
		s.text(line)
	}
	s.endParagraph()
	return s.out.Bytes()
}

// Text is a simple text without its formatting: what Simple wrote, for programs
// that show plain text. A link's address stands behind its words.
func Text(fragment []byte) string {
	body := &xhtml.Node{Type: xhtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := xhtml.ParseFragment(bytes.NewReader(fragment), body)
	if err != nil {
		return string(wordsOf(fragment))
	}
	var b strings.Builder
	for _, n := range nodes {
		plain(&b, n, "")
	}
	return strings.TrimSpace(b.String())
}

func plain(b *strings.Builder, n *xhtml.Node, indent string) {
	switch {
	case n.Type == xhtml.TextNode:
		b.WriteString(n.Data)
	case n.DataAtom == atom.Br:
		b.WriteString("\n" + indent)
	case n.DataAtom == atom.Ul || n.DataAtom == atom.Ol:
		number := 0
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			mark := "- "
			if n.DataAtom == atom.Ol {
				number++
				mark = strconv.Itoa(number) + ". "
			}
			if indent != "" || number > 1 || c.PrevSibling != nil {
				b.WriteString("\n")
			}
			b.WriteString(indent + mark)
			plainChildren(b, c, indent+"  ")
		}
		if indent == "" {
			b.WriteString("\n\n")
		}
	case n.DataAtom == atom.P:
		plainChildren(b, n, indent)
		b.WriteString("\n\n")
	case n.DataAtom == atom.A:
		before := b.Len()
		plainChildren(b, n, indent)
		if to := href(n); to != "" && strings.TrimPrefix(to, "mailto:") != b.String()[before:] {
			b.WriteString(" (" + to + ")")
		}
	default:
		plainChildren(b, n, indent)
	}
}

func plainChildren(b *strings.Builder, n *xhtml.Node, indent string) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		plain(b, c, indent)
	}
}
