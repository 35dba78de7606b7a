package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// everybody is who calls: the one whose thing it is, and all others.
var everybody = []string{"anna", "other.person", "read.only", "expired", "anonymous", "sender", "other.sender", "recipient", "other.recipient", "wrong.cert", "revoked.key"}

// Every operation called as everybody: a table for people to read. A route
// without a row fails the test.
const expected = `
SendMemo                 401 401 401 401 401 201 403 403 403 401 401
ListAvailableReceipts    401 401 401 401 401 200 200 403 403 401 401
FetchReceipt             401 401 401 401 401 200 404 403 403 401 401
DeleteReceipt            401 401 401 401 401 204 404 403 403 401 401
BulkFetchReceipts        401 401 401 401 401 200 200 403 403 401 401
QueryContacts            401 401 401 401 401 200 200 403 403 401 401
FetchContact             401 401 401 401 401 200 200 403 403 401 401
Validate                 201 201 201 201 201 201 201 201 201 201 201
ListAvailableMemos       401 401 401 401 401 403 403 200 200 401 401
FetchMemo                401 401 401 401 401 403 403 200 404 401 401
DeleteMemo               401 401 401 401 401 404 404 204 404 401 401
CreateReceipt            401 401 401 401 401 403 403 200 404 401 401
QueryMailboxes           200 200 200 401 401 401 401 401 401 401 401
ExistsUnread             200 404 200 401 401 401 401 401 401 401 401
FetchMailbox             200 404 200 401 401 401 401 401 401 401 401
UpdateMailbox            200 404 200 401 401 401 401 401 401 401 401
GetSenderInformation     200 404 200 401 401 401 401 401 401 401 401
QueryAccess              200 404 200 401 401 401 401 401 401 401 401
FetchAccess              200 404 200 401 401 401 401 401 401 401 401
UpdateAccess             200 404 200 401 401 401 401 401 401 401 401
QueryFolders             200 404 200 401 401 401 401 401 401 401 401
GetFolderMessageSummary  200 404 200 401 401 401 401 401 401 401 401
FetchFolder              200 404 200 401 401 401 401 401 401 401 401
CreateFolder             201 404 403 401 401 401 401 401 401 401 401
UpdateFolder             200 404 403 401 401 401 401 401 401 401 401
DeleteFolder             204 404 403 401 401 401 401 401 401 401 401
QueryMessages            200 404 200 401 401 401 401 401 401 401 401
FetchMessage             200 404 200 401 401 401 401 401 401 401 401
FetchThread              200 404 200 401 401 401 401 401 401 401 401
QueryDeadlines           200 404 200 401 401 401 401 401 401 401 401
PatchMessage             200 404 403 401 401 401 401 401 401 401 401
UpdateMessage            200 404 403 401 401 401 401 401 401 401 401
DeleteMessage            204 404 403 401 401 401 401 401 401 401 401
ListDocuments            200 404 200 401 401 401 401 401 401 401 401
FetchDocument            200 404 200 401 401 401 401 401 401 401 401
UpdateDocument           200 404 403 401 401 401 401 401 401 401 401
FetchActionStatus        200 404 200 401 401 401 401 401 401 401 401
UpdateActionStatus       200 404 403 401 401 401 401 401 401 401 401
ListFiles                200 404 200 401 401 401 401 401 401 401 401
FetchFile                200 404 200 401 401 401 401 401 401 401 401
FetchFileContent         200 404 200 401 401 401 401 401 401 401 401
CreateMessage            201 404 403 401 401 401 401 401 401 401 401
ReplyToMessage           200 404 403 401 401 401 401 401 401 401 401
ForwardMessage           200 404 403 401 401 401 401 401 401 401 401
SendMessage              200 404 403 401 401 401 401 401 401 401 401
SendMessageWithVersionCheck 200 404 403 401 401 401 401 401 401 401 401
CreateDocument           201 404 403 401 401 401 401 401 401 401 401
DeleteDocument           204 404 403 401 401 401 401 401 401 401 401
CreateFile               201 404 403 401 401 401 401 401 401 401 401
UpdateFile               200 404 403 401 401 401 401 401 401 401 401
DeleteFile               204 404 403 401 401 401 401 401 401 401 401
UpdateFileContent        200 404 403 401 401 401 401 401 401 401 401
CreateOperation          200 404 200 401 401 401 401 401 401 401 401
FetchOperation           200 404 200 401 401 401 401 401 401 401 401
UndoOperation            200 404 200 401 401 401 401 401 401 401 401
Bulk                     200 200 200 401 401 401 401 401 401 401 401
QueryChanges             200 404 200 401 401 401 401 401 401 401 401
FollowMailbox            200 404 200 401 401 401 401 401 401 401 401
QueryOrganisations       200 200 200 401 401 200 200 403 403 401 401
FetchOrganisation        200 200 200 401 401 200 200 403 403 401 401
FetchLogo                200 200 200 401 401 200 200 403 403 401 401
QueryContactGroups       200 200 200 401 401 200 200 403 403 401 401
FetchContactGroup        200 200 200 401 401 200 200 403 403 401 401
QueryContactPoints       200 200 200 401 401 200 200 403 403 401 401
FetchContactPoint        200 200 200 401 401 200 200 403 403 401 401
QueryAllContactGroups    200 200 200 401 401 200 200 403 403 401 401
QueryAllContactPoints    200 200 200 401 401 200 200 403 403 401 401
QueryTrustees            200 200 200 401 401 401 401 401 401 401 401
ListTrustees             200 404 200 401 401 401 401 401 401 401 401
CreateTrustee            201 404 403 401 401 401 401 401 401 401 401
FetchTrustee             200 404 200 401 401 401 401 401 401 401 401
AnswerTrustee            200 404 403 401 401 401 401 401 401 401 401
DeleteTrustee            204 404 403 401 401 401 401 401 401 401 401
FetchAssignment          200 404 200 401 401 401 401 401 401 401 401
UpdateAssignment         200 404 403 401 401 401 401 401 401 401 401
ListColleagues           200 404 200 401 401 401 401 401 401 401 401
ListReaders              200 404 200 401 401 401 401 401 401 401 401
ListComments             200 404 200 401 401 401 401 401 401 401 401
CreateComment            201 404 403 401 401 401 401 401 401 401 401
DeleteComment            204 404 403 401 401 401 401 401 401 401 401
ListFilingRules          200 404 200 401 401 401 401 401 401 401 401
CreateFilingRule         201 404 403 401 401 401 401 401 401 401 401
FetchFilingRule          200 404 200 401 401 401 401 401 401 401 401
UpdateFilingRule         200 404 403 401 401 401 401 401 401 401 401
DeleteFilingRule         204 404 403 401 401 401 401 401 401 401 401
ApplyFilingRule          204 404 403 401 401 401 401 401 401 401 401
QueryAccessRequests      200 200 200 401 401 401 401 401 401 401 401
CreateAccessRequest      201 201 403 401 401 401 401 401 401 401 401
ActivateAccessRequest    200 422 403 401 401 401 401 401 401 401 401
FetchAccessRequest       200 404 200 401 401 401 401 401 401 401 401
UpdateAccessRequest      200 404 403 401 401 401 401 401 401 401 401
FetchAccessRequestDocumentationContent 200 404 200 401 401 401 401 401 401 401 401
UpdateAccessRequestDocumentationContent 200 404 403 401 401 401 401 401 401 401 401
DeleteAccessRequest      204 404 403 401 401 401 401 401 401 401 401
LookupCitizen            200 200 200 401 401 401 401 401 401 401 401
OrganisationLookup       200 200 200 401 401 401 401 401 401 401 401
QueryDirectPrivileges    200 200 200 401 401 401 401 401 401 401 401
DeleteDirectPrivilege    204 404 403 401 401 401 401 401 401 401 401
CreateDirectPrivilege 201 404 403 401 401 401 401 401 401 401 401
CreateAndRevokeDirectPrivilegesInBulk 200 404 403 401 401 401 401 401 401 401 401
ListPrivilegeTypes       200 200 200 401 401 401 401 401 401 401 401
QueryIdentityGroups      200 200 200 401 401 401 401 401 401 401 401
CreateIdentityGroup      201 404 403 401 401 401 401 401 401 401 401
FetchIdentityGroup       200 404 200 401 401 401 401 401 401 401 401
UpdateIdentityGroup      200 404 403 401 401 401 401 401 401 401 401
DeleteIdentityGroup      204 404 403 401 401 401 401 401 401 401 401
CreateGrantee            201 404 403 401 401 401 401 401 401 401 401
UpdateGrantee            200 404 200 401 401 401 401 401 401 401 401
DeleteGrantee            204 404 403 401 401 401 401 401 401 401 401
CreateIdentityPrivilege  201 404 403 401 401 401 401 401 401 401 401
UpdateIdentityPrivilege  200 404 403 401 401 401 401 401 401 401 401
DeleteIdentityPrivilege  204 404 403 401 401 401 401 401 401 401 401
CreateExemption          403 403 403 401 401 401 401 401 401 401 401
FetchExemption           403 403 403 401 401 401 401 401 401 401 401
UpdateExemption          403 403 403 401 401 401 401 401 401 401 401
DeleteExemption          403 403 403 401 401 401 401 401 401 401 401
QueryEvents              200 200 200 401 401 401 401 401 401 401 401
QuerySystems             401 401 401 401 401 200 404 404 404 401 401
FetchMailSystem          401 401 401 401 401 200 404 404 404 401 401
`

func TestEveryRouteAsEverybody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		callers, court := s.everybody()
		var got strings.Builder
		for _, r := range api.Operations() {
			fmt.Fprintf(&got, "%s", r.Name)
			path, body, headers := s.fresh(r, court)
			for _, who := range everybody {
				status := callers[who].ask(r, path, body, headers...).status
				fmt.Fprintf(&got, " %d", status)
				if status < 300 && r.Method != "GET" { // what is left may be gone, or another version
					path, body, headers = s.fresh(r, court)
				}
			}
			got.WriteByte('\n')
			s.Clock.Advance(3 * time.Second) // so that nobody has failed too often
		}
		if squeeze(got.String()) != squeeze(expected) {
			for i, line := range strings.Split(squeeze(got.String()), "\n") {
				if want := strings.Split(squeeze(expected), "\n"); i >= len(want) || want[i] != line {
					t.Errorf("%s\nwant %s", line, want[min(i, len(want)-1)])
				}
			}
		}
	})
}

func squeeze(table string) string {
	var lines []string
	for line := range strings.Lines(table) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}

// everybody makes the callers, and the organisation that receives.
func (s *stack) everybody() (map[string]caller, registry.Party) {
	court := s.Authority("Retten i Prøvekøbing")
	other := s.Authority("Andenby Kommune")
	revoked := s.Sender(s.town)
	s.Update(func(tx *db.Tx) error { _, err := s.Registry.RenewKey(tx, revoked.ID); return err })
	otherSender := s.Sender(other)
	expired := s.Token(s.anna)
	s.Clock.Advance(16 * time.Minute)
	return map[string]caller{
		"clerk": s.clerk(), "anna": s.person(s.anna), "other.person": s.person(s.Person("Bent", 50, nil)), "read.only": s.person(s.anna, session.ScopeRead),
		"expired": s.caller(nil, "Bearer "+expired), "anonymous": s.caller(nil, ""),
		"sender": s.system(s.sender), "other.sender": s.system(otherSender),
		"recipient": s.system(s.Recipient(court)), "other.recipient": s.system(s.Recipient(other)),
		"wrong.cert":  s.caller(&otherSender.Certificate, basic(s.sender.UUID, s.sender.Key)),
		"revoked.key": s.system(revoked),
	}, court
}

// fresh makes the thing that a route is about, anew each time, and returns the
// request that its owner would make.
func (s *stack) fresh(r api.Operation, court registry.Party) (path string, body []byte, headers []string) {
	s.T.Helper()
	path = r.Path
	if r.Name == "CreateDirectPrivilege" || r.Name == "CreateAndRevokeDirectPrivilegesInBulk" {
		return s.freshCompany(r)
	}
	switch noun, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); noun {
	case "identity-groups":
		return s.freshCompany(r)
	case "organisations", "contact-groups", "contact-points":
		return s.freshStructure(r), nil, nil
	case "access-requests", "citizen-lookup", "organisation-lookup", "privileges", "privilege-types":
		return s.freshAccess(r)
	case "exemptions":
		return s.freshExemption(r)
	case "validations":
		return path, []byte("<p>a</p>"), []string{"Content-Type: text/html"}
	case "contacts":
		if strings.Contains(path, "{id}") {
			return "/contacts/" + s.anna.UUID.String(), nil, nil
		}
		return path + "?cprNumber=" + s.Number(s.anna), nil, nil
	case "memos":
		to := court
		if r.Name == "SendMemo" {
			to = s.anna
		}
		id, letter := s.Letter(s.town, to, nil)
		if r.Name == "SendMemo" {
			return path + "?memo-message-uuid=" + id.String(), letter, []string{xmlType}
		}
		s.system(s.sender).send(id, letter).is(s.T, 201, "")
		if r.Name == "CreateReceipt" {
			body, headers = []byte(`{"receiptStatus":"COMPLETED"}`), []string{jsonType}
		}
		return strings.Replace(path, "{id}", id.String(), 1), body, headers
	case "receipts", "receipts-bulk":
		s.delivered(nil)
		ids := s.system(s.sender).call("GET", "/receipts/", nil).object(s.T)["content"].([]any)
		return strings.Replace(path, "{id}", ids[0].(string), 1), nil, nil
	}
	if together(path) {
		return s.freshTogether(r)
	}
	if strings.Contains(path, "trustees") {
		return s.freshTrustee(r)
	}
	return s.freshView(r)
}

// freshStructure is about the town's contact structure.
func (s *stack) freshStructure(r api.Operation) string {
	group, point := s.structure()
	s.Update(func(tx *db.Tx) error { return s.Registry.SetLogo(tx, s.town.ID, logo) })
	id := s.town.UUID
	switch r.Name {
	case "FetchContactGroup":
		id = group
	case "FetchContactPoint":
		id = point
	case "FetchMailSystem":
		id = s.sender.UUID
	}
	return strings.NewReplacer("{organisationId}", s.town.UUID.String(), "{id}", id.String()).Replace(r.Path)
}

func (s *stack) freshView(r api.Operation) (path string, body []byte, headers []string) {
	switch r.Name {
	case "QueryMailboxes":
		return r.Path, nil, nil
	case "ExistsUnread":
		return r.Path + "?ownerIdType=CPR&ownerId=" + s.Number(s.anna), nil, nil
	}
	id, letter := s.Letter(s.town, s.anna, func(m *memo.Message) {
		m.Header.MessageUUID, m.Header.Reply = post.NewUUID(), true
		m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal", ActionCode: memo.Betaling, EndDateTime: s.Clock.Now().AddDate(0, 0, 7), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.org"}}}
	})
	s.system(s.sender).send(id, letter).is(s.T, 201, "")
	anna := s.person(s.anna)
	box := anna.mailbox()
	if drafts[r.Name] {
		return s.freshDraft(r, anna, box)
	}
	message := anna.messages("?size=1")[0]
	document := message["documents"].([]any)[0].(map[string]any)
	file := document["files"].([]any)[0].(map[string]any)
	action := document["actions"].([]any)[0].(map[string]any)
	thing, operation := message["folderId"].(string), ""
	folder := func() []byte { return fmt.Appendf(nil, `{"name":"Mappe %s"}`, post.NewUUID()) }
	flag := fmt.Appendf(nil, `{"messages":[{"id":%q}],"flag":true}`, message["id"])
	switch r.Name {
	case "ForwardMessage":
		s.reachable()
		body = s.toTown()
	case "ReplyToMessage":
		s.reachable()
	case "CreateMessage":
		body = []byte(`{"label":"Hej"}`)
	case "PatchMessage", "UpdateMessage":
		body = []byte(`{"flag":true}`)
	case "UpdateDocument":
		body = fmt.Appendf(nil, `{"actions":[{"id":%q,"actionStatus":{"statusCode":"COMPLETED"}}]}`, action["id"])
	case "UpdateActionStatus":
		body = []byte(`{"statusCode":"COMPLETED"}`)
	case "UpdateMailbox":
		body = []byte(`{"access":{"introductionCompleted":true}}`)
	case "CreateFolder":
		body = folder()
	case "UpdateFolder", "DeleteFolder":
		thing = anna.call("POST", box+"/folders/", folder(), jsonType).object(s.T)["id"].(string)
		if r.Name == "UpdateFolder" {
			body = folder()
		}
	case "FetchAccess", "UpdateAccess":
		if r.Name == "UpdateAccess" {
			body = []byte(`{"introductionCompleted":true}`)
		}
		thing = anna.call("GET", box, nil).object(s.T)["access"].(map[string]any)["id"].(string)
	case "CreateOperation":
		body = flag
	case "Bulk":
		body = fmt.Appendf(nil, `{"requests":[{"id":1,"method":"PATCH","path":"/api%s/messages/%s","headers":[{"key":"If-Match","value":1}],"body":{"read":true}}]}`, box, message["id"])
	case "FetchOperation", "UndoOperation":
		operation = anna.call("POST", box+"/operations/", flag, jsonType).object(s.T)["id"].(string)
	}
	if body != nil {
		headers = append(headers, jsonType)
	}
	if r.Method != "GET" && r.Method != "POST" {
		version := "1"
		if r.Name == "UpdateMailbox" {
			version = anna.call("GET", box, nil).header.Get("ETag")
		}
		headers = append(headers, "If-Match: "+version)
	}
	return strings.NewReplacer("/mailboxes/{mailboxId}", box, "{messageId}", message["id"].(string), "{documentId}", document["id"].(string),
		"{fileId}", file["id"].(string), "{actionId}", action["id"].(string), "{operationId}", operation, "{id}", thing).Replace(r.Path), body, headers
}

// drafts are the operations about a draft.
var drafts = map[string]bool{"SendMessage": true, "SendMessageWithVersionCheck": true, "CreateDocument": true, "DeleteDocument": true,
	"CreateFile": true, "UpdateFile": true, "DeleteFile": true, "UpdateFileContent": true}

// freshDraft is about a letter to the town that can be sent.
func (s *stack) freshDraft(r api.Operation, anna caller, box string) (path string, body []byte, headers []string) {
	message, document, file := s.letter(anna)
	switch r.Name {
	case "SendMessage", "SendMessageWithVersionCheck":
		anna.call("DELETE", box+"/messages/"+message+"/documents/"+document+"/files/"+file, nil, "If-Match: 1").is(s.T, 204, "")
	case "CreateDocument":
		body, headers = []byte(`{"documentType":"ADDITIONAL","label":"Bilag"}`), []string{jsonType}
	case "CreateFile", "UpdateFile":
		body, headers = []byte(`{"encodingFormat":"text/plain","filename":"andet.txt"}`), []string{jsonType}
	case "UpdateFileContent":
		body, headers = []byte("hej"), []string{"Content-Type: application/octet-stream"}
	}
	if r.Method != "POST" {
		version := "1"
		if r.Name == "SendMessageWithVersionCheck" {
			version = anna.call("GET", box+"/messages/"+message, nil).header.Get("ETag")
		}
		headers = append(headers, "If-Match: "+version)
	}
	return strings.NewReplacer("/mailboxes/{mailboxId}", box, "{messageId}", message, "{documentId}", document, "{fileId}", file).Replace(r.Path), body, headers
}

// toTown names the town as a recipient.
func (s *stack) toTown() []byte {
	return fmt.Appendf(nil, `{"recipientId":%q,"recipientIdType":"CVR"}`, s.Number(s.town))
}

// reachable gives the town a system that receives.
func (s *stack) reachable() {
	if s.receiver.ID == 0 {
		s.receiver = s.Recipient(s.town)
	}
}

// letter is a draft to the town with a text, and an attachment whose file has not
// been sent.
func (s *stack) letter(anna caller) (message, document, file string) {
	s.T.Helper()
	s.reachable()
	make := func(path, body string) map[string]any {
		s.T.Helper()
		a := anna.call("POST", anna.mailbox()+"/messages/"+path, []byte(body), jsonType)
		a.is(s.T, 201, "")
		return a.object(s.T)
	}
	m := make("", fmt.Sprintf(`{"label":"Cykelsti","recipient":%s}`, s.toTown()))
	message = m["id"].(string)
	main := make(message+"/documents/", `{"documentType":"MAIN"}`)
	text := make(message+"/documents/"+main["id"].(string)+"/files/", `{"encodingFormat":"text/html","filename":"brev.html"}`)
	anna.call("PUT", anna.mailbox()+"/messages/"+message+"/documents/"+main["id"].(string)+"/files/"+text["id"].(string)+"/content", []byte("<p>Kære <b>kommune</b></p>"),
		"Content-Type: application/octet-stream", "If-Match: 1").is(s.T, 200, "")
	document = make(message+"/documents/", `{"documentType":"ADDITIONAL","label":"Kort"}`)["id"].(string)
	path := message + "/documents/" + document + "/files/"
	file = make(path, `{"encodingFormat":"text/plain","filename":"kort.txt"}`)["id"].(string)
	return message, document, file
}
