package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/testkit"
)

// hostileTexts stand where a parameter, a header or an id should.
var hostileTexts = []string{"x", "-1", "0", "99999999999999999999", "1e9", "true,false", "'; DROP TABLE message; --", "%00", "æøå", "*", "!", "|", ":", ",,,", "a:b:c", "2026-13-45",
	"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "00000000-0000-0000-0000-000000000000", strings.Repeat("a", 5000), "\u202e", `"`, "W/\"1\"", "../../..", "null", "[]", "a\x00b"}

// hostileBodies are bodies that no operation asks for.
var hostileBodies = []string{"", "{", "null", "[]", "{}", `"x"`, "1", "true", `{"":null}`, strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 20_000), "\xff\xfe", `{"folderId":1,"id":[],"messages":{},"requests":"x","name":{},"statusCode":[],"actions":1}`,
	`{"name":"\u0000","parentFolderId":"00000000-0000-0000-0000-000000000000","folderType":null}`, `{"read":null,"flag":null,"folderId":null,"note":null,"label":null,"recipient":null,"legallyNotified":null}`,
	`{"messages":[null],"read":true}`, `{"messages":[{}],"requests":[null,{},{"path":"/mailboxes","method":"\n"},{"path":"/mailboxes/%zz","method":"GET"},{"path":"/mailboxes?\u0000","method":"GET"},{"path":"/mailboxes/..//../memos/","method":"GET"}],"read":true}`,
	`{"inFolderId":"00000000-0000-0000-0000-000000000000","delete":true}`, `{"note":"` + strings.Repeat("\U0001F4A9", 5000) + `","statusCode":"COMPLETED"}`, `{"access":{"introductionCompleted":null},"ownerName":""}`, `{"actions":[{"id":"00000000-0000-0000-0000-000000000000","actionStatus":null}]}`}

// Whatever is asked of an operation for view clients has a documented answer (see
// holds) that is no fault of ours.
func TestBadInputEverywhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		_, court := s.everybody()
		anna := s.person(s.anna)
		paths := theContract().document["paths"].(map[string]any)
		for _, r := range api.Operations() {
			if !strings.HasPrefix(r.Path, "/mailboxes") && !strings.HasPrefix(r.Path, "/organisations") && !strings.HasPrefix(r.Path, "/contact-") && r.Path != "/bulk" {
				continue
			}
			path, body, headers := s.fresh(r, court)
			ask := func(what, path string, body []byte, headers ...string) {
				t.Helper()
				if a := anna.ask(r, path, body, headers...); a.status >= 500 {
					t.Errorf("%s, %.60s: %d %s\n%s", r.Name, what, a.status, a.body, s.log)
				}
			}
			operation := paths[r.Path].(map[string]any)[strings.ToLower(r.Method)].(map[string]any)
			parameters, _ := operation["parameters"].([]any)
			plain, _, _ := strings.Cut(path, "?")
			for _, p := range parameters {
				p := p.(map[string]any)
				name := p["name"].(string)
				for _, text := range hostileTexts {
					switch p["in"] {
					case "query":
						ask(name+"="+text, plain+"?"+url.Values{name: {text}}.Encode(), body, headers...)
					case "path":
						ask(name+"/"+text, replaceAt(r.Path, path, name, url.PathEscape(text)), body, headers...)
					case "header":
						if !strings.ContainsAny(text, "\x00\u202eæ") {
							ask(name+": "+text, path, body, append(headers, name+": "+text)...)
						}
					}
				}
			}
			if operation["requestBody"] != nil {
				for _, text := range hostileBodies {
					ask("body "+text, path, []byte(text), headers...)
				}
			}
			s.Clock.Advance(time.Second)
		}
		if strings.Contains(s.log.String(), "panicked") {
			t.Errorf("%s", s.log)
		}
	})
}

// replaceAt puts another text in the place of a path's parameter.
func replaceAt(template, path, name, text string) string {
	names, words := strings.Split(template, "/"), strings.Split(path, "/")
	for i := range names {
		if names[i] == fmt.Sprintf("{%s}", name) && i < len(words) {
			words[i] = text
		}
	}
	return strings.Join(words, "/")
}
