package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/errs"
)

//go:embed docs.html
var docsHTML string

var docsPages = template.Must(template.New("docs").Funcs(template.FuncMap{"prose": prose, "code": code, "docs": func() string { return docs }}).Parse(docsHTML))

// docs is where the pages lie.
const docs = Base + "/docs"

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

// docsStart is what the first page shows.
type docsStart struct {
	About    string
	Document string
	Groups   []docsGroup
	Refusals []docsRefusal
}

// docsGroup is a page of operations.
type docsGroup struct {
	documentTag
	Slug       string
	Operations []docsOperation
}

type docsOperation struct {
	operation
	Method, Path string
	Who          string
	Body         []docsContent
	Statuses     []int
	Success      []docsContent
	Refusals     []int
}

// docsContent is a media type with the type of its JSON, where it has one.
type docsContent struct {
	Media string
	Type  docsType
}

// docsType is how a schema reads.
type docsType struct {
	Many bool
	Name string // of a type that has a place of its own
	Text string // of what has none
}

type docsRefusal struct {
	Status int
	Says   string
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name     string
	Type     docsType
	Values   []string
	Needed   bool
	Nullable bool
	Says     string
}

// showDocs shows the same as the document, for people: a first page, one for each
// group of operations, and one of all types.
func (a *API) showDocs(w http.ResponseWriter, r *http.Request) error {
	d := describe()
	title, page, data := "API", "start", any(nil)
	switch name := r.PathValue("page"); name {
	case "":
		data = startOf(d)
	case "types":
		title, page, data = "Types – API", name, typesOf(d)
	default:
		all := groupsOf(d)
		i := slices.IndexFunc(all, func(g docsGroup) bool { return g.Slug == name })
		if i < 0 {
			return errs.NotFound("page.unknown")
		}
		title, page, data = all[i].Name+" – API", "group", all[i]
	}
	return a.Site.Show(w, r, http.StatusOK, title, docsPages.Lookup(page), data)
}

func startOf(d document) docsStart {
	s := docsStart{About: about, Document: Base + "/openapi.json", Groups: groupsOf(d)}
	known := map[int]bool{}
	for _, r := range routes() {
		for _, status := range r.refusals() {
			known[status] = true
		}
	}
	for status := range 600 {
		if known[status] {
			s.Refusals = append(s.Refusals, docsRefusal{status, refusal(status, schema{}).Description})
		}
	}
	return s
}

func groupsOf(d document) []docsGroup {
	var all []docsGroup
	for _, g := range d.Tags {
		page := docsGroup{documentTag: g, Slug: strings.ToLower(strings.ReplaceAll(g.Name, " ", "-"))}
		for _, r := range routes() {
			if r.group() == g {
				page.Operations = append(page.Operations, docsOf(r, d.Paths[r.path][strings.ToLower(r.method)]))
			}
		}
		all = append(all, page)
	}
	return all
}

func docsOf(r *route, o operation) docsOperation {
	out := docsOperation{Method: r.method, Path: Base + r.path, operation: o, Statuses: append([]int{r.gives.status}, r.also...), Refusals: r.refusals()}
	var who []string
	if systems := r.who &^ viewer; systems != 0 {
		who = append(who, "a "+systems.String()+" system, by certificate and key")
	}
	switch {
	case r.who == anyone:
		who = append(who, "anybody")
	case r.who&viewer != 0 && r.changes():
		who = append(who, "a view client, by a person's token with the scope write")
	case r.who&viewer != 0:
		who = append(who, "a view client, by a person's token")
	}
	out.Who = "For " + strings.Join(who, "; or ")
	if o.Description == "" {
		out.Description = o.Summary + "."
	}
	if o.Body != nil {
		out.Body = contentsOf(o.Body.Content)
	}
	out.Success = contentsOf(o.Responses[fmt.Sprint(r.gives.status)].Content)
	return out
}

func contentsOf(all map[string]documentMedia) []docsContent {
	var out []docsContent
	for _, name := range keysOf(all) {
		c := docsContent{Media: name}
		if s := all[name].Schema; s != nil {
			c.Type, _ = typeOf(*s)
		}
		out = append(out, c)
	}
	return out
}

func typesOf(d document) []docsSchema {
	var all []docsSchema
	for _, s := range d.Components.Schemas {
		shown := docsSchema{Name: s.name}
		for _, p := range s.Properties {
			t, null := typeOf(p.schema)
			shown.Fields = append(shown.Fields, docsField{p.name, t, p.Enum, slices.Contains(s.Required, p.name), null, p.Description})
		}
		all = append(all, shown)
	}
	return all
}

// typeOf tells how a schema reads, and whether null may stand in its place.
func typeOf(s schema) (t docsType, null bool) {
	switch {
	case s.Ref != "":
		return docsType{Name: s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]}, false
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
	return docsType{Text: name}, null
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
