package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

// contract is the OpenAPI document, as a client holds us to it. Every answer in
// the tests of this package is looked at: its status must be documented, and its
// JSON must be of the documented type and have nothing beside.
type contract struct {
	document   map[string]any
	operations []*documented
}

// documented is one operation of the document.
type documented struct {
	id, method string
	path       []string // its parts; one that begins with { is a parameter
	answers    map[int]documentedAnswer
}

type documentedAnswer struct {
	media  map[string]*jsonschema.Schema // nil of bytes
	tagged bool
}

var theContract = sync.OnceValue(func() *contract {
	raw, err := api.OpenAPI()
	if err != nil {
		panic(err)
	}
	c := new(contract)
	if err := json.Unmarshal(raw, &c.document); err != nil {
		panic(err)
	}
	components := c.document["components"].(map[string]any)
	for _, s := range components["schemas"].(map[string]any) {
		if s := s.(map[string]any); s["type"] == "object" && s["additionalProperties"] == nil {
			s["additionalProperties"] = false
		}
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("openapi.json", c.document); err != nil {
		panic(err)
	}
	for path, methods := range c.document["paths"].(map[string]any) {
		for method, o := range methods.(map[string]any) {
			o := o.(map[string]any)
			d := &documented{id: o["operationId"].(string), method: strings.ToUpper(method), answers: map[int]documentedAnswer{},
				path: segments(path)}
			for status, answer := range o["responses"].(map[string]any) {
				at := "#/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(path) + "/" + method + "/responses/" + status
				answer := answer.(map[string]any)
				if ref, ok := answer["$ref"].(string); ok {
					answer, at = components["responses"].(map[string]any)[ref[strings.LastIndexByte(ref, '/')+1:]].(map[string]any), ref
				}
				var n int
				fmt.Sscan(status, &n)
				found := documentedAnswer{media: map[string]*jsonschema.Schema{}}
				headers, _ := answer["headers"].(map[string]any)
				_, found.tagged = headers["ETag"]
				content, _ := answer["content"].(map[string]any)
				for media, m := range content {
					found.media[media] = nil
					if m.(map[string]any)["schema"] != nil {
						found.media[media] = compiler.MustCompile("openapi.json" + at + "/content/" + strings.ReplaceAll(media, "/", "~1") + "/schema")
					}
				}
				d.answers[n] = found
			}
			c.operations = append(c.operations, d)
		}
	}
	return c
})

// segments are what stands between the slashes of a path.
func segments(path string) []string {
	return strings.Split(strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"), "/")
}

// operation is the documented one of a call; nil where the path has none. Of two
// that fit the one with fewer parameters is meant.
func (c *contract) operation(method, path string) *documented {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path, _, _ = strings.Cut(path, "?")
	asked := segments(path)
	var best *documented
	fewest := 0
	for _, d := range c.operations {
		if d.method != method || len(d.path) != len(asked) {
			continue
		}
		parameters, fits := 0, true
		for i, part := range d.path {
			if strings.HasPrefix(part, "{") && asked[i] != "" {
				parameters++
			} else if part != asked[i] {
				fits = false
				break
			}
		}
		if fits && (best == nil || parameters < fewest) {
			best, fewest = d, parameters
		}
	}
	return best
}

// holds tells what of an answer is not as documented.
func (c *contract) holds(method, path string, a answer) error {
	d := c.operation(method, path)
	if d == nil {
		if a.status != 404 && a.status != 405 && path != "/" && path != "/openapi.json" && !strings.HasPrefix(path, "/docs") {
			return fmt.Errorf("there is no such operation, and the answer is %d", a.status)
		}
		return nil
	}
	documented, ok := d.answers[a.status]
	if !ok {
		return fmt.Errorf("%s answers %d, which is not documented", d.id, a.status)
	}
	if documented.tagged && a.status < 300 && a.header.Get("ETag") == "" {
		return fmt.Errorf("%s has no ETag", d.id)
	}
	media, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if len(documented.media) == 0 || method == http.MethodHead || a.status == http.StatusRequestedRangeNotSatisfiable {
		if len(documented.media) == 0 && len(a.body) > 0 && a.status != http.StatusRequestedRangeNotSatisfiable {
			return fmt.Errorf("%s answers %d with a body, which is not documented", d.id, a.status)
		}
		return nil
	}
	form, ok := documented.media[media]
	if _, any := documented.media["*/*"]; !ok && !any {
		return fmt.Errorf("%s answers %s, which is not documented", d.id, media)
	}
	if form == nil {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err != nil {
		return err
	}
	if err := form.Validate(value); err != nil {
		return fmt.Errorf("%s answers %d with something else than documented: %w\n%s", d.id, a.status, err, a.body)
	}
	return nil
}

// Every documented operation is run, and answers as documented (holds looks at
// each answer); every route is documented.
func TestContract(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		callers, court := s.everybody()
		run := map[string]bool{}
		for _, r := range api.Operations() {
			path, body, headers := s.fresh(r, court)
			who := "anna"
			switch {
			case strings.HasPrefix(r.Path, "/receipts"), strings.HasPrefix(r.Path, "/contacts"), r.Name == "SendMemo", strings.Contains(r.Path, "/systems/"):
				who = "sender"
			case strings.HasPrefix(r.Path, "/memos"):
				who = "recipient"
			case strings.HasPrefix(r.Path, "/exemptions"):
				who = "clerk"
			}
			a := callers[who].ask(r, path, body, headers...)
			if a.status >= 300 {
				t.Errorf("%s: %d %s", r.Name, a.status, a.body)
			}
			if one := theContract().operation(r.Method, path); one == nil || one.id != r.Name {
				t.Errorf("%s is not the documented operation of %s %s", r.Name, r.Method, path)
				continue
			}
			run[r.Name] = true
			if tag := a.header.Get("ETag"); r.Method == "GET" && tag != "" && who == "anna" { // what has not changed is not sent again
				if again := callers[who].call("GET", path, nil, "If-None-Match: "+tag); again.status != 304 || len(again.body) > 0 {
					t.Errorf("%s: %d %s", r.Name, again.status, again.body)
				}
				if public := regexp.MustCompile(`^/(organisations|contact-|citizen-lookup|organisation-lookup|privilege-types)`); public.MatchString(path) {
					continue // the same for everybody who asks the same
				}
				if other := callers["other.person"].call("GET", path, nil, "If-None-Match: "+tag); other.status == 304 {
					t.Errorf("%s: a stranger is told that nothing has changed", r.Name)
				}
			}
			s.Clock.Advance(1e9)
		}
		for _, one := range theContract().operations {
			if !run[one.id] {
				t.Errorf("%s is documented and was not run", one.id)
			}
		}
	})
}

// The document is served as it is checked, and its page shows every operation
// and type.
func TestDocumentAndPage(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	anyone := s.caller(nil, "")
	served := anyone.call("GET", "/openapi.json", nil)
	raw, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(served.body, raw) || served.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", served.status, served.header)
	}
	if again := anyone.call("GET", "/openapi.json", nil, "If-None-Match: "+served.header.Get("ETag")); again.status != 304 {
		t.Error(again.status)
	}
	start := anyone.call("GET", "/", nil) // leads there
	if policy := start.header.Get("Content-Security-Policy"); start.status != 200 || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%d %s", start.status, policy)
	}
	links := regexp.MustCompile(`href="` + api.Base + `(/docs[/\w-]*)(#[\w-]+)?"`)
	pages := map[string]string{}
	for ask := []string{"/docs"}; len(ask) > 0; ask = ask[1:] {
		if pages[ask[0]] != "" {
			continue
		}
		a := anyone.call("GET", ask[0], nil)
		if a.is(t, 200, ""); len(a.body) == 0 {
			t.Fatal(ask[0])
		}
		pages[ask[0]] = strings.ReplaceAll(string(a.body), "<wbr>", "")
		for _, link := range links.FindAllStringSubmatch(pages[ask[0]], -1) {
			ask = append(ask, link[1])
		}
	}
	for from, page := range pages {
		for _, link := range links.FindAllStringSubmatch(page, -1) {
			if link[2] != "" && !strings.Contains(pages[link[1]], `id="`+link[2][1:]+`"`) {
				t.Errorf("a link of %s leads to %s%s, which is not there", from, link[1], link[2])
			}
		}
	}
	all := fmt.Sprint(pages)
	for _, r := range api.Operations() {
		if !strings.Contains(all, `id="`+r.Name+`"`) || !strings.Contains(all, api.Base+r.Path) {
			t.Errorf("no page has %s", r.Name)
		}
	}
	for name := range theContract().document["components"].(map[string]any)["schemas"].(map[string]any) {
		if !strings.Contains(pages["/docs/types"], `id="`+name+`"`) {
			t.Errorf("no page has %s", name)
		}
	}
	anyone.call("GET", "/docs/nothing", nil).is(t, 404, "")
}

// The fields that the interface says an answer always has: a client made from it takes an
// answer without one of them for broken (SYS-01).
func TestRequiredFields(t *testing.T) {
	schemas := theContract().document["components"].(map[string]any)["schemas"].(map[string]any)
	for name, fields := range map[string]string{
		"AccessRequest": "requestType requestState requester accessTo target", "RequestTarget": "requestParticipant",
		"DirectPrivilege": "granteeId issuerId scopeId source type", "IdentityGroup": "name", "Grantee": "identityId issuerId", "IdentityPrivilege": "scopeId type source",
	} {
		one, there := schemas[name].(map[string]any)
		if !there {
			t.Errorf("no schema %s", name)
			continue
		}
		for _, field := range strings.Fields(fields) {
			if required, _ := one["required"].([]any); !slices.Contains(required, any(field)) {
				t.Errorf("%s lacks %s: %v", name, field, required)
			}
		}
	}
}
