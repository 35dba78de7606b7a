// Package htmldoc knows what of HTML a letter may show. Check tells a sender what
// is wrong with a document before it is sent; Clean makes a document fit to be
// shown. Both follow the same lists. The official text about HTML in letters is
// not public (facts 2.4), so a document is taken as hostile.
//
// It is pure: bytes in, bytes or findings out.
package htmldoc

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// shown are the elements that a reader sees.
var shown = strings.Fields(`a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt
	em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section
	small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr`)

// around are the elements of a whole document, which a page drops without harm.
var around = strings.Fields(`html head body title meta`)

// styles are the properties that a style attribute may set: none of them loads
// anything or takes text out of its place.
var styles = strings.Fields(`background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse
	border-color border-left border-left-color border-left-style border-left-width border-radius border-right border-right-color
	border-right-style border-right-width border-spacing border-style border-top border-top-color border-top-style border-top-width border-width
	caption-side clear color float font font-family font-size font-style font-variant font-weight height line-height list-style-type
	max-height max-width min-height min-width padding padding-bottom padding-left padding-right padding-top text-align text-decoration
	text-transform vertical-align white-space width`)

// moving are those that may not be less than nothing: text would cover other text.
var moving = strings.Fields(`letter-spacing margin margin-bottom margin-left margin-right margin-top text-indent word-spacing`)

var (
	link      = regexp.MustCompile(`(?i)^\s*(#|https?://|mailto:|tel:)`)
	dataImage = regexp.MustCompile(`(?i)^\s*data:image/(png|jpe?g|gif|webp|bmp);base64,`)
	measure   = regexp.MustCompile(`^\s*[0-9]{1,5}(\.[0-9]{1,3})?(%|px|em|pt)?\s*$`)
	lengths   = regexp.MustCompile(`(?i)^((auto|normal|[0-9]{0,5}(\.[0-9]{1,4})?(%|px|em|rem|ex|ch|pt|pc|cm|mm|in)?)(\s+|$)){1,4}$`)
	word      = regexp.MustCompile(`^[a-zA-Z0-9#., _-]{1,100}$`)
)

var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(shown...)
	p.AllowNoAttrs().OnElements(shown...)
	p.AllowAttrs("href").Matching(link).OnElements("a")
	p.AllowRelativeURLs(true) // only #fragment is left of them
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowDataURIImages()
	p.AllowAttrs("src").Matching(dataImage).OnElements("img")
	p.AllowAttrs("alt", "title", "summary", "abbr").Globally()
	p.AllowAttrs("id", "name", "headers", "scope", "dir", "lang", "align", "valign", "color", "bgcolor", "face", "size", "type", "start", "value").Matching(word).Globally()
	p.AllowAttrs("width", "height", "border", "cellpadding", "cellspacing", "colspan", "rowspan", "span").Matching(measure).Globally()
	p.AllowStyles(styles...).Globally()
	p.AllowStyles(moving...).Matching(lengths).Globally()
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.SkipElementsContent("title", "template", "svg", "math", "select", "textarea", "button")
	return p
})

// Clean makes a document fit to be shown inside a page: what it returns is a
// fragment in UTF-8 that holds nothing but shown elements, loads nothing and runs
// nothing. It is to be shown in a sandbox all the same.
func Clean(document []byte) []byte {
	text := document
	if r, err := charset.NewReader(bytes.NewReader(document), "text/html"); err == nil {
		if decoded, err := io.ReadAll(r); err == nil {
			text = decoded
		}
	}
	return policy().SanitizeBytes(dropLongStyles(text))
}

// longestStyle is the length in bytes of the longest style attribute that is
// looked at. The library's time for one grows with the square of its length: half
// a megabyte of braces takes it 20 seconds.
const longestStyle = 2000

// dropLongStyles leaves a document as it is but for style attributes that are
// too long.
func dropLongStyles(document []byte) []byte {
	if len(document) <= longestStyle {
		return document
	}
	out := make([]byte, 0, len(document))
	z := html.NewTokenizer(bytes.NewReader(document))
	for {
		kind := z.Next()
		before := len(out)
		out = append(out, z.Raw()...)
		if kind == html.ErrorToken {
			return out
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken || len(out)-before <= longestStyle {
			continue
		}
		t := z.Token()
		n := len(t.Attr)
		t.Attr = slices.DeleteFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "style" && len(a.Val) > longestStyle })
		if len(t.Attr) < n {
			out = append(out[:before], t.String()...)
		}
	}
}

func isShown(element string) bool {
	return slices.Contains(shown, element) || slices.Contains(around, element)
}
