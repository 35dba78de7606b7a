package api

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"bytes"
)

//go:embed docs.html
var docsHTML string

var docsPage = template.Must(template.New("docs").Funcs(template.FuncMap{"prose": prose, "code": code}).Parse(docsHTML))

// documentHandler serves the document, which never changes while the program runs.
func documentHandler() http.Handler {
	document, err := OpenAPI()
	if err != nil {
		panic(err) // it is part of the program
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-cache")
		h.Set("Access-Control-Allow-Origin", "*") // tools in browsers read it; it is public
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", tagOf(0, document))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(document))
	})
}

// docGroup is a chapter of the page.
type docGroup struct {
	documentTag
	Operations []docOperation
}

type docOperation struct {
	Method, Path string
	operation
	Who       string
	Body      []docContent
	Success   []docContent
	Statuses  []int
	Refusals  []docRefusal
	Parameter []documentParameter
}

// docContent is a media type with the type of its JSON, where it has one.
type docContent struct {
	Media string
	Type  docType
}

// docType is how a schema reads.
type docType struct {
	Many bool
	Name string // of a schema on this page
	Text string // of what has none
}

type docRefusal struct {
	Status int
	Says   string
}

type docSchema struct {
	Name   string
	Fields []docField
}

type docField struct {
	Name     string
	Type     docType
	Values   []string
	Needed   bool
	Nullable bool
	Says     string
}

// docs shows the same as the document, for people.
func (a *API) docs(w http.ResponseWriter, r *http.Request) error {
	d := describe()
	var page struct {
		About    string
		Document string
		Groups   []docGroup
		Schemas  []docSchema
	}
	page.About, page.Document = about, Base+"/openapi.json"
	for _, g := range groups {
		chapter := docGroup{documentTag: g.documentTag}
		for _, one := range routes() {
			if one.group() == g.documentTag {
				chapter.Operations = append(chapter.Operations, docOf(one, d.Paths[one.path][strings.ToLower(one.method)]))
			}
		}
		page.Groups = append(page.Groups, chapter)
	}
	for _, s := range d.Components.Schemas {
		shown := docSchema{Name: s.name}
		for _, p := range s.Properties {
			t, null := typeOf(p.schema)
			shown.Fields = append(shown.Fields, docField{p.name, t, p.Enum, slices.Contains(s.Required, p.name), null, p.Description})
		}
		page.Schemas = append(page.Schemas, shown)
	}
	return a.Site.Show(w, r, http.StatusOK, "API", docsPage, page)
}

func docOf(r *route, o operation) docOperation {
	out := docOperation{Method: r.method, Path: Base + r.path, operation: o, Statuses: append([]int{r.gives.status}, r.also...)}
	switch {
	case r.who == anyone:
		out.Who = "Anybody"
	case r.who&viewer == 0:
		out.Who = "A " + r.who.String() + " system, by certificate and key"
	case r.changes():
		out.Who = "A view client, by a person's token with the scope write"
	default:
		out.Who = "A view client, by a person's token"
	}
	if o.Description == "" {
		out.Description = o.Summary + "."
	}
	if o.Body != nil {
		out.Body = contentsOf(o.Body.Content)
	}
	out.Success = contentsOf(o.Responses[fmt.Sprint(r.gives.status)].Content)
	for _, status := range r.refusals() {
		out.Refusals = append(out.Refusals, docRefusal{status, refusal(status, schema{}).Description})
	}
	return out
}

func contentsOf(all map[string]documentMedia) []docContent {
	var out []docContent
	for _, name := range keysOf(all) {
		c := docContent{Media: name}
		if s := all[name].Schema; s != nil {
			c.Type, _ = typeOf(*s)
		}
		out = append(out, c)
	}
	return out
}

func typeOf(s schema) (t docType, null bool) {
	switch {
	case s.Ref != "":
		return docType{Name: s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]}, false
	case s.AnyOf != nil:
		t, _ = typeOf(s.AnyOf[0])
		return t, true
	case s.Items != nil:
		t, _ = typeOf(*s.Items)
		t.Many = true
		return t, false
	}
	name := fmt.Sprint(s.Type)
	if several, ok := s.Type.([]string); ok {
		name, null = several[0], true
	}
	if s.Type == nil {
		name = "any JSON"
	}
	if s.Format != "" && s.Format != "int32" && s.Format != "int64" {
		name = s.Format
	}
	return docType{Text: name}, null
}

var marks = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*")

// prose shows the marks of the document's texts: code and strong words, and
// paragraphs.
func prose(text string) template.HTML {
	text = template.HTMLEscapeString(text)
	text = marks.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, "`") {
			return breakable("<code>" + strings.Trim(s, "`") + "</code>")
		}
		return "<strong>" + strings.Trim(s, "*") + "</strong>"
	})
	return template.HTML(strings.ReplaceAll(text, "\n\n", "</p><p>"))
}

// code is a path or a name, which may break where a phone's screen ends.
func code(text string) template.HTML {
	return template.HTML("<code>" + breakable(template.HTMLEscapeString(text)) + "</code>")
}

func breakable(html string) string {
	return strings.NewReplacer("</", "</", "/", "/<wbr>", ",", ",<wbr>", ":", ":<wbr>").Replace(html)
}
