package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"digitalpost/internal/session"
)

// document is an OpenAPI 3.1 document, as far as ours needs it.
type document struct {
	OpenAPI      string                          `json:"openapi"`
	Info         documentInfo                    `json:"info"`
	Servers      []documentServer                `json:"servers"`
	ExternalDocs documentLink                    `json:"externalDocs"`
	Tags         []documentTag                   `json:"tags"`
	Paths        map[string]map[string]operation `json:"paths"`
	Components   components                      `json:"components"`
}

type documentInfo struct {
	Title       string          `json:"title"`
	Version     string          `json:"version"`
	Description string          `json:"description"`
	License     documentLicense `json:"license"`
}

type documentLicense struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

type documentServer struct {
	URL string `json:"url"`
}

type documentLink struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

type documentTag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type operation struct {
	ID          string                      `json:"operationId"`
	Tags        []string                    `json:"tags"`
	Summary     string                      `json:"summary"`
	Description string                      `json:"description,omitempty"`
	Security    []map[string][]string       `json:"security"`
	Parameters  []documentParameter         `json:"parameters,omitempty"`
	Body        *documentBody               `json:"requestBody,omitempty"`
	Responses   map[string]documentResponse `json:"responses"`
}

type documentParameter struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Required    bool   `json:"required,omitempty"`
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type documentBody struct {
	Required bool                     `json:"required"`
	Content  map[string]documentMedia `json:"content"`
}

type documentMedia struct {
	Schema *schema `json:"schema,omitempty"`
}

type documentResponse struct {
	Ref         string                    `json:"$ref,omitempty"`
	Description string                    `json:"description,omitempty"`
	Headers     map[string]documentHeader `json:"headers,omitempty"`
	Content     map[string]documentMedia  `json:"content,omitempty"`
}

type documentHeader struct {
	Description string `json:"description"`
	Schema      schema `json:"schema"`
}

type components struct {
	Schemas   properties                  `json:"schemas"`
	Responses map[string]documentResponse `json:"responses"`
	Security  map[string]any              `json:"securitySchemes"`
}

// Version is that of the core API which this one follows.
const Version = "1.68.0"

// about says what holds for all operations.
var about = strings.Join([]string{
	"The interface of Digital Post for other programs: systems that send and receive letters for organisations, and view clients that show people their post. It follows the core API " + Version + ".",
	"**Who calls.** A system shows its client certificate and sends its id and key (Basic). A view client sends a person's token (Bearer), which it has by OAuth with PKCE; an operation that changes something needs the scope `write`.",
	"**Errors** are an ErrorMessage with a stable `code` for programs, a sentence for developers, and what was wrong with which field. What one may not know of is 404.",
	"**Times** are UTC with milliseconds. What has no value is left out. Pages count from 0. Parameters and fields that are not known are passed over. Each GET answers HEAD too. A path may end with a slash or not.",
	"**Versions.** A thing that can change has a `version`. A change says in `If-Match` which version it is based on; where that is not the newest, the answer is 409 and tells the current one.",
	"**Keeping answers.** Answers to view clients carry an `ETag`; with `If-None-Match` the answer is 304 where nothing has changed. `Cache-Control` is `no-store`: a client that keeps people's post does so itself, with care.",
}, "\n\n")

// groups are the tags of operations: the first that fits.
var groups = []struct {
	documentTag
	who  callers
	part string // of the path
}{
	{documentTag{"Authorities", "Whom one can write to: for view clients, and for systems that send."}, sender | viewer, ""},
	{documentTag{"Sending", "For systems that send: letters, receipts, and who can receive."}, sender, ""},
	{documentTag{"Receiving", "For systems that receive an organisation's letters."}, recipient, ""},
	{documentTag{"Messages", "For view clients: messages, their documents and files."}, viewer, "messages/{messageId}"},
	{documentTag{"Mailboxes", "For view clients: mailboxes, folders and lists of messages."}, viewer, ""},
	{documentTag{"Tools", "For everybody."}, anyone, ""},
}

func (r *route) group() documentTag {
	for _, g := range groups {
		if r.who&g.who == g.who && strings.Contains(r.path, g.part) {
			return g.documentTag
		}
	}
	return groups[len(groups)-1].documentTag
}

// OpenAPI is the interface's document in OpenAPI 3.1, made from the table of
// routes and the Go types of what is sent and answered.
func OpenAPI() ([]byte, error) {
	return json.MarshalIndent(describe(), "", " ")
}

func describe() document {
	d := document{OpenAPI: "3.1.0",
		Info:         documentInfo{"Digital Post", Version, about, documentLicense{"MIT", "MIT"}},
		Servers:      []documentServer{{Base}},
		ExternalDocs: documentLink{docs, "The same, for people to read."},
		Paths:        map[string]map[string]operation{}}
	answers, requests := &schemas{}, &schemas{request: true}
	problem := answers.of(of[errorMessage]().json)
	d.Components.Responses = map[string]documentResponse{}
	for _, g := range groups {
		d.Tags = append(d.Tags, g.documentTag)
	}
	for _, r := range routes() {
		o := operation{ID: r.name, Tags: []string{r.group().Name}, Security: r.security(), Responses: map[string]documentResponse{}}
		o.Summary, o.Description = summary(r.says)
		for _, name := range r.places() {
			o.Parameters = append(o.Parameters, documentParameter{name, "path", true, places[name], schema{Type: "string", Format: "uuid"}})
		}
		for _, p := range r.parameters() {
			o.Parameters = append(o.Parameters, documentParameter{p.name, p.in, p.required, p.says, p.schema})
		}
		if !r.body.none() {
			o.Body = &documentBody{r.changes(), media(r.body, requests)}
		}
		success := documentResponse{Description: http.StatusText(r.gives.status)}
		if !r.gives.none() {
			success.Content = media(r.gives.content, answers)
		}
		if r.hasTag() {
			success.Headers = map[string]documentHeader{"ETag": tagHeader}
		}
		o.Responses[fmt.Sprint(r.gives.status)] = success
		for _, status := range r.also {
			success.Description = http.StatusText(status)
			o.Responses[fmt.Sprint(status)] = success
		}
		for _, status := range r.refusals() {
			name := strings.ReplaceAll(http.StatusText(status), " ", "")
			o.Responses[fmt.Sprint(status)] = documentResponse{Ref: "#/components/responses/" + name}
			d.Components.Responses[name] = refusal(status, problem)
		}
		if d.Paths[r.path] == nil {
			d.Paths[r.path] = map[string]operation{}
		}
		d.Paths[r.path][strings.ToLower(r.method)] = o
	}
	d.Components.Schemas = slices.Concat(answers.byName, requests.byName)
	slices.SortFunc(d.Components.Schemas, func(a, b property) int { return strings.Compare(a.name, b.name) })
	d.Components.Security = map[string]any{
		"certificate": map[string]string{"type": "mutualTLS", "description": "The system's client certificate."},
		"key":         map[string]string{"type": "http", "scheme": "basic", "description": "The system's id and its key."},
		"token": map[string]any{"type": "oauth2", "description": "A person's token.", "flows": map[string]any{"authorizationCode": map[string]any{
			"authorizationUrl": Base + "/oauth/authorize", "tokenUrl": Base + "/oauth/token", "refreshUrl": Base + "/oauth/token", "scopes": scopes}}},
	}
	return d
}

// scopes are those of tokens.
var scopes = map[string]string{session.ScopeRead: "Read the post.", session.ScopeWrite: "Change and send.", session.ScopeCPR: "Tell the person's CPR number."}

// security is what a caller has to show: all of one of these.
func (r *route) security() []map[string][]string {
	switch {
	case r.who == anyone:
		return []map[string][]string{}
	case r.who&viewer == 0:
		return []map[string][]string{{"certificate": {}, "key": {}}}
	case r.changes():
		return []map[string][]string{{"token": {session.ScopeWrite}}}
	}
	all := []map[string][]string{{"token": {session.ScopeRead}}, {"token": {session.ScopeWrite}}}
	if r.who != viewer {
		all = append(all, map[string][]string{"certificate": {}, "key": {}})
	}
	return all
}

// parameters are those that the operation takes, with what follows from it.
func (r *route) parameters() []parameter {
	all := slices.Clone(r.takes)
	if r.tagged() {
		all = append(all, ifNoneMatch)
	}
	if r.ranges() {
		all = append(all, parameter{name: "Range", in: "header", says: "A part of the bytes, such as `bytes=0-999`.", schema: schema{Type: "string"}})
	}
	return all
}

// hasTag tells that a success carries an entity tag: also that of a change, for
// the next one.
func (r *route) hasTag() bool {
	_, versioned := r.parameter(ifMatch.name)
	return r.tagged() || versioned && !r.gives.none()
}

var tagHeader = documentHeader{"The entity tag of the answer, for If-None-Match; of a thing with a version also for If-Match.", schema{Type: "string"}}

// summary is the first sentence, and the whole where there are more.
func summary(says string) (string, string) {
	first, more, _ := strings.Cut(says, ". ")
	if more == "" {
		return strings.TrimSuffix(says, "."), ""
	}
	return first, says
}

func media(c content, s *schemas) map[string]documentMedia {
	all := map[string]documentMedia{}
	for _, name := range c.media {
		m := documentMedia{}
		if c.json != nil {
			m.Schema = new(s.of(c.json))
		}
		all[name] = m
	}
	return all
}

// meanings say what statuses mean here, where their name does not.
var meanings = map[int]string{
	http.StatusBadRequest:          "A parameter, a header or the body has a wrong form.",
	http.StatusUnauthorized:        "The caller is not known.",
	http.StatusForbidden:           "The caller is known and may not do this.",
	http.StatusNotFound:            "It is not there, or the caller may not know of it.",
	http.StatusConflict:            "It was changed meanwhile, or cannot be done as it is now. Where another version is needed, `version` and the header ETag tell the current one.",
	http.StatusUnprocessableEntity: "The request is well formed and asks for what cannot be.",
	http.StatusNotModified:         "The answer is still the one with the given tag.",
	http.StatusServiceUnavailable:  "It cannot be done now. Try again, after the seconds in Retry-After.",
	http.StatusTooManyRequests:     "Too many tries. Wait for the seconds in Retry-After.",
	http.StatusInternalServerError: "Something failed on our side.",
}

func refusal(status int, problem schema) documentResponse {
	says := meanings[status]
	if says == "" {
		says = http.StatusText(status) + "."
	}
	r := documentResponse{Description: says}
	if status == http.StatusConflict || status == http.StatusNotModified {
		r.Headers = map[string]documentHeader{"ETag": tagHeader}
	}
	if status != http.StatusNotModified && status != http.StatusRequestedRangeNotSatisfiable {
		r.Content = map[string]documentMedia{"application/json": {&problem}}
	}
	return r
}
