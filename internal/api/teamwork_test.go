package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// together tells the operations on a company's shared work.
func together(path string) bool {
	for _, part := range []string{"/assignment", "/colleagues/", "/readers/", "/comments/", "/filing-rules/"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// firm is a company that Anna signs for, with one letter.
func (s *stack) firm() (firm registry.Party, box, message string) {
	s.T.Helper()
	firm = s.Company("Bageriet Havnegade")
	s.Member(firm, s.anna, func(r *registry.Record) { r.Signs = true })
	s.Deliver(s.town, firm, nil)
	all, err := s.Mailboxes.List(s.T.Context(), world.Actor(s.anna))
	for _, b := range all {
		if b.ID == firm.ID {
			box = "/mailboxes/" + b.UUID.String()
		}
	}
	if box == "" {
		s.T.Fatal("the company's mailbox is not listed", err)
	}
	message = s.person(s.anna).call("GET", box+"/messages/", nil).list(s.T, "messages")[0]["id"].(string)
	return firm, box, message
}

// freshTogether is about a letter of a company that Anna signs for.
func (s *stack) freshTogether(r api.Operation) (path string, body []byte, headers []string) {
	_, box, message := s.firm()
	anna, id := s.person(s.anna), ""
	rule := fmt.Appendf(nil, `{"senderId":%q,"status":"DONE"}`, s.town.UUID)
	switch r.Name {
	case "UpdateAssignment":
		body = []byte(`{"status":"DONE"}`)
	case "CreateComment":
		body = []byte(`{"text":"Ring til dem"}`)
	case "CreateFilingRule":
		body = rule
	case "DeleteComment":
		id = anna.call("POST", box+"/messages/"+message+"/comments/", []byte(`{"text":"Ring til dem"}`), jsonType).object(s.T)["id"].(string)
	case "FetchFilingRule", "UpdateFilingRule", "DeleteFilingRule", "ApplyFilingRule":
		id = anna.call("POST", box+"/filing-rules/", rule, jsonType).object(s.T)["id"].(string)
		if r.Name == "UpdateFilingRule" {
			body = rule
		}
	}
	if body != nil {
		headers = append(headers, jsonType)
	}
	if r.Method != "GET" && r.Method != "POST" {
		headers = append(headers, "If-Match: 1")
	}
	return strings.NewReplacer("/mailboxes/{mailboxId}", box, "{messageId}", message, "{id}", id).Replace(r.Path), body, headers
}

// A client works with a company's letter as its pages do (SYS-04, ORG-01).
func TestTogether(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		firm, box, message := s.firm()
		bent := s.Person("Bent", 50, nil)
		s.Member(firm, bent, nil)
		s.Give(rights.Right{Mailbox: firm.ID, Holder: bent.ID, Organisation: firm.ID, Relation: access.EmployeeBasic})
		anna, letter := s.person(s.anna), box+"/messages/"+message
		found := anna.call("GET", letter+"/colleagues/?name=bent", nil).list(t, "colleagues")
		if len(found) != 1 || found[0]["id"] != bent.UUID.String() {
			t.Fatal(found)
		}
		was := anna.call("GET", letter+"/assignment", nil)
		was.is(t, 200, "")
		if o := was.object(t); o["status"] != "NEW" || o["version"] != 1.0 || o["assigneeName"] != nil {
			t.Error(o)
		}
		due, before := post.Today(s.Clock.Now()).AddDate(0, 0, 4).Format("2006-01-02"), post.Today(s.Clock.Now()).AddDate(0, 0, 3).Format("2006-01-02")
		change := fmt.Appendf(nil, `{"assigneeId":%q,"status":"IN_PROGRESS","dueDate":%q}`, bent.UUID, due)
		o := anna.call("PUT", letter+"/assignment", change, jsonType, "If-Match: 1").object(t)
		if o["assigneeName"] != bent.Name || o["status"] != "IN_PROGRESS" || o["dueDate"] != due || o["version"] != 2.0 {
			t.Error(o)
		}
		anna.call("PUT", letter+"/assignment", []byte(`{"status":"DONE"}`), jsonType, "If-Match: 1").is(t, 409, "version.conflict")
		anna.call("PUT", letter+"/assignment", fmt.Appendf(nil, `{"assigneeId":%q}`, s.town.UUID), jsonType, "If-Match: 2").is(t, 422, "assignee.may.not.read")
		anna.call("PUT", letter+"/assignment", []byte(`{"assigneeId":"","dueDate":""}`), jsonType, "If-Match: 2").is(t, 200, "")

		anna.call("POST", letter+"/comments/", []byte(`{"text":""}`), jsonType).is(t, 422, "comment.invalid")
		anna.call("POST", letter+"/comments/", []byte(`{"text":"Ring til dem"}`), jsonType).is(t, 201, "")
		if said := anna.call("GET", letter+"/comments/", nil).list(t, "comments"); len(said) != 1 || said[0]["text"] != "Ring til dem" || said[0]["own"] != true {
			t.Error(said)
		}
		rule := anna.call("POST", box+"/filing-rules/", fmt.Appendf(nil, `{"senderId":%q,"assigneeId":%q}`, s.town.UUID, bent.UUID), jsonType)
		rule.is(t, 201, "")
		s.Deliver(s.town, firm, nil)
		newest := anna.call("GET", box+"/messages/?size=1", nil).list(t, "messages")[0]["id"].(string)
		if o := anna.call("GET", box+"/messages/"+newest+"/assignment", nil).object(t); o["assigneeName"] != bent.Name {
			t.Error("not filed", o)
		}
		// Lists are chosen by it, and all conditions hold together (SYS-04).
		letters := func(query string) []string {
			t.Helper()
			got := anna.call("GET", box+"/messages/?fields=id&"+query, nil)
			got.is(t, 200, "")
			var ids []string
			for _, m := range got.list(t, "messages") {
				ids = append(ids, m["id"].(string))
			}
			return ids
		}
		anna.call("PUT", letter+"/assignment", fmt.Appendf(nil, `{"assigneeId":%q,"status":"DONE","dueDate":%q}`, s.anna.UUID, due), jsonType, "If-Match: 4").is(t, 200, "")
		for query, want := range map[string][]string{
			"assignee=me": {message}, "assignee=" + bent.UUID.String(): {newest}, "assignee=" + s.anna.UUID.String(): {message}, "assignee=" + post.NewUUID().String(): nil,
			"assignee=none": nil, "assignmentStatus=NEW": {newest}, "assignmentStatus=DONE": {message}, "assignmentStatus=IN_PROGRESS": nil,
			"dueDateTo=" + due: {message}, "dueDateFrom=" + due: {message}, "dueDateTo=" + before: nil, "assignee=me&dueDateFrom=" + before: {message}, "opened=false": {newest, message}, "assignee=me&assignmentStatus=NEW": nil,
			"searchParameters=assignee:" + bent.UUID.String() + ",opened:false": {newest},
		} {
			if got := letters(query); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", query, got, want)
			}
		}
		if o := anna.call("GET", letter+"/assignment", nil).object(t); o["assigneeId"] != s.anna.UUID.String() {
			t.Error(o)
		}
		anna.call("GET", box+"/messages/?assignee=x", nil).is(t, 400, api.CodeParameter)
		anna.call("GET", box+"/messages/?assignmentStatus=GONE", nil).is(t, 400, api.CodeParameter)
		anna.call("GET", box+"/messages/?opened=true", nil).is(t, 400, api.CodeParameter)
		// Whoever may read only reads all that, and changes nothing of it (SYS-01).
		reads := s.person(s.anna, session.ScopeRead)
		for _, path := range []string{letter + "/assignment", letter + "/comments/", letter + "/readers/", letter + "/colleagues/", box + "/filing-rules/", box + "/messages/?assignee=me"} {
			reads.call("GET", path, nil).is(t, 200, "")
		}
		reads.call("PUT", letter+"/assignment", []byte(`{"status":"NEW"}`), jsonType, "If-Match: 5").is(t, 403, "access.read.only.token")
		reads.call("POST", letter+"/comments/", []byte(`{"text":"Hej"}`), jsonType).is(t, 403, "access.read.only.token")
		// In a person's own mailbox there is nothing of it.
		s.delivered(nil)
		own := anna.messages("?size=1")[0]["id"].(string)
		anna.call("GET", anna.mailbox()+"/messages/"+own+"/assignment", nil).is(t, 403, "")
		anna.call("GET", anna.mailbox()+"/filing-rules/", nil).is(t, 403, "")
		anna.call("GET", anna.mailbox()+"/messages/?assignee=me", nil).is(t, 403, "")
	})
}
