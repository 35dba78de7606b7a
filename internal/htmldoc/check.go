package htmldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// Policy is how much Check asks for.
type Policy string

const (
	// Lenient refuses what would run: scripts, event handlers, addresses that run
	// code, plug-ins, frames. What else is not shown is left out without harm.
	Lenient Policy = "LENIENT"
	// Strict refuses also what loads anything from elsewhere, and every element
	// that is not shown, so that the reader sees all that was sent.
	Strict Policy = "STRICT"
)

// Codes of findings.
const (
	CodeScript   = "html.script.not.allowed"
	CodeHandler  = "html.event.handler.not.allowed"
	CodeAddress  = "html.address.not.allowed"
	CodeElement  = "html.element.not.allowed"
	CodeExternal = "html.external.content.not.allowed"
	CodeNotHTML  = "html.not.valid" // it cannot be read as HTML
)

// Finding is one thing that a document may not have.
type Finding struct {
	Line    int    // from 1
	Element string // "img", or "img src" for an attribute
	Code    string
	Detail  string // a sentence for a developer; it holds nothing of the document but names of HTML
}

const (
	// maxFindings is how many findings are told of one document.
	maxFindings = 100
	// maxToken is the longest tag or text in bytes. Images inside a document make
	// long tags.
	maxToken = 8 << 20
)

// running are the elements that run something or bring in another document.
var running = map[string]bool{"script": true, "object": true, "embed": true, "applet": true, "iframe": true, "frame": true, "frameset": true, "base": true, "portal": true}

// Check reads a document to its end and lists what the policy refuses, at most
// 100 findings. An error is the reader's.
func Check(r io.Reader, p Policy) ([]Finding, error) {
	c := &checker{policy: p, line: 1}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	for {
		kind := z.Next()
		raw := z.Raw()
		lines := bytes.Count(raw, []byte("\n"))
		switch kind {
		case html.ErrorToken:
			if err := z.Err(); errors.Is(err, html.ErrBufferExceeded) {
				c.add("", CodeNotHTML, "a tag or a text is too long")
			} else if err != io.EOF {
				return nil, err
			}
			return c.findings, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			c.tag(z.Token())
		case html.TextToken:
			if c.inStyle {
				c.css("style", string(raw))
			}
		case html.EndTagToken:
			c.inStyle = false
		}
		c.line += lines
	}
}

type checker struct {
	policy   Policy
	line     int
	inStyle  bool
	findings []Finding
}

func (c *checker) add(element, code, detail string, args ...any) {
	if len(c.findings) < maxFindings {
		c.findings = append(c.findings, Finding{c.line, element, code, fmt.Sprintf(detail, args...)})
	}
}

func (c *checker) tag(t html.Token) {
	name := t.Data
	c.inStyle = name == "style"
	switch {
	case running[name]:
		c.add(name, CodeScript, "the element runs something or brings in another document")
	case c.policy == Strict && !isShown(name):
		c.add(printable(name), CodeElement, "the element is not shown")
	}
	for _, a := range t.Attr {
		c.attribute(printable(name), a)
	}
}

func (c *checker) attribute(element string, a html.Attribute) {
	name, value := strings.ToLower(a.Key), strings.ToLower(strings.Map(dropSpace, a.Val))
	at := element + " " + printable(name)
	switch {
	case strings.HasPrefix(name, "on"):
		c.add(at, CodeHandler, "the attribute runs a script")
	case runs(value) && name != "alt" && name != "title":
		c.add(at, CodeAddress, "the address runs code")
	case element == "meta" && name == "http-equiv" && value == "refresh":
		c.add(at, CodeAddress, "the document leads elsewhere by itself")
	case name == "style":
		c.css(at, a.Val)
	case c.policy == Strict && loads(element, name) && value != "" && !strings.HasPrefix(value, "data:") && !strings.HasPrefix(value, "#"):
		c.add(at, CodeExternal, "the attribute loads something from elsewhere")
	}
}

// css looks at a style sheet or a style attribute.
func (c *checker) css(at, text string) {
	text = strings.ToLower(strings.Map(dropSpace, text))
	switch {
	case strings.Contains(text, "expression(") || strings.Contains(text, "javascript:") || strings.Contains(text, "-moz-binding") || strings.Contains(text, "behavior:url"):
		c.add(at, CodeScript, "the style runs a script")
	case c.policy == Strict && (strings.Contains(text, "@import") || loadsFrom(text)):
		c.add(at, CodeExternal, "the style loads something from elsewhere")
	}
}

func loadsFrom(css string) bool {
	for rest, found := css, true; found; {
		if _, rest, found = strings.Cut(rest, "url("); found && !strings.HasPrefix(strings.TrimLeft(rest, `"'`), "data:") {
			return true
		}
	}
	return false
}

// dropSpace removes what browsers pass over inside an address.
func dropSpace(r rune) rune {
	if r <= ' ' || r == 0x7F || r == 0xA0 {
		return -1
	}
	return r
}

func runs(value string) bool {
	return strings.HasPrefix(value, "javascript:") || strings.HasPrefix(value, "vbscript:") || strings.HasPrefix(value, "data:text/html") ||
		strings.HasPrefix(value, "data:image/svg") || strings.HasPrefix(value, "data:application/")
}

// loads tells the attributes that a browser fetches without being asked.
func loads(element, name string) bool {
	switch name {
	case "src", "srcset", "background", "poster", "data", "dynsrc", "lowsrc", "code", "codebase", "archive", "manifest":
		return true
	case "href", "xlink:href":
		return element == "link" || element == "image" || element == "use"
	}
	return false
}

// printable keeps a name of HTML short and harmless in an answer.
func printable(name string) string {
	for i := range len(name) {
		if c := name[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == ':' || c == '_') {
			return "?"
		}
	}
	return name[:min(len(name), 40)]
}
