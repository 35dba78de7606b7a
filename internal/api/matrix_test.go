package api_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/testkit"
)

// What each operation asks of access, and by how much it must be held to it: the
// matrix of internal/access over HTTP, on a real server. An operation is in rows, or in
// noMailbox with the reason, or the test fails.

// matrixRow is one way to call an operation.
type matrixRow struct {
	operation string
	variant   string // where an operation is called in several ways
	// asks are the questions to access, in their order: the first that is refused is
	// the answer.
	asks []ask
	// thing makes what the call is about, as the values of the places in path and body:
	// {messageId}, and {If-Match} for the version. nil is the mailbox alone.
	thing func(*place) map[string]string
	body  string
	// shows tells whether an answer shows something of the letter. It must where
	// message.list is allowed, and must not where it is not.
	shows func(place *place, body string) bool
	// inner finds the answer to the one thing asked for in an answer about several.
	inner *regexp.Regexp
	// skips is a call about letters of which those that are refused are left alone, and
	// counted.
	skips bool
	// quiet is a call that names no mailbox: what may not be seen is not there, and
	// nobody has asked for it, so that no refusal is written down.
	quiet bool
	// instead is a code that an allowed call may be answered with, for reasons that have
	// nothing to do with rights.
	instead string
}

func (r matrixRow) String() string { return strings.TrimSpace(r.operation + " " + r.variant) }

// ask is a question to access: about the letter where the action is about messages,
// or about a letter of the mailbox's own where own is set, such as a draft.
type ask struct {
	action access.Action
	own    bool
}

func asks(actions ...access.Action) []ask {
	var all []ask
	for _, a := range actions {
		all = append(all, ask{action: a})
	}
	return all
}

func own(actions ...access.Action) []ask {
	all := asks(actions...)
	for i := range all {
		all[i].own = true
	}
	return all
}

var (
	see      = asks(access.MailboxSee)
	lists    = asks(access.MessageList)
	marks    = asks(access.MessageList, access.MessageMark)
	writing  = own(access.MailboxSee, access.MessageWrite)
	shared   = asks(access.MailboxSee, access.CommentSee)
	comments = asks(access.MailboxSee, access.CommentWrite)
	rules    = slices.Concat(see, own(access.FilingSee))                       // of all letters: none in particular
	files    = slices.Concat(see, own(access.FilingManage))                    // as rules
	parts    = own(access.MailboxSee, access.MessageRead, access.MessageWrite) // of a draft
)

// forwards is what is asked about forwarding a letter: what is sent is a letter of the
// mailbox's own.
func forwards(way access.Action) []ask {
	return slices.Concat(asks(access.MailboxSee, way), own(way))
}

var (
	ofBulk      = regexp.MustCompile(`"status":(\d+).*?"body":(\{.*\})`)
	ofOperation = regexp.MustCompile(`"error":()(\{.*?\})`)
)

// theLetter is shown by its id.
func theLetter(p *place, body string) bool { return strings.Contains(body, p.first.String()) }

var matrixRows = []matrixRow{
	{operation: "QueryMailboxes", asks: see, quiet: true, shows: func(p *place, body string) bool { return strings.Contains(body, p.box.String()) }},
	{operation: "ExistsUnread", asks: see, quiet: true},
	{operation: "FetchMailbox", asks: see},
	{operation: "UpdateMailbox", asks: see, thing: (*place).state, body: `{}`},
	{operation: "GetSenderInformation", asks: see, shows: func(p *place, body string) bool { return strings.Contains(body, p.senderNumber) }},
	{operation: "QueryAccess", asks: see},
	{operation: "FetchAccess", asks: see, thing: (*place).access},
	{operation: "UpdateAccess", asks: see, thing: (*place).access, body: `{}`},

	{operation: "QueryFolders", asks: see},
	{operation: "GetFolderMessageSummary", asks: see},
	{operation: "FetchFolder", asks: see, thing: (*place).trash}, // others are shown with what lies in them
	{operation: "CreateFolder", asks: asks(access.FolderManage), thing: (*place).name, body: `{"name":"{name}"}`},
	{operation: "UpdateFolder", asks: asks(access.FolderManage), thing: (*place).folder, body: `{"name":"{name}"}`},
	{operation: "DeleteFolder", asks: asks(access.FolderDelete), thing: (*place).folder},

	{operation: "QueryMessages", asks: see, shows: theLetter},
	{operation: "QueryMessages", variant: "search", asks: see, shows: theLetter},
	{operation: "FetchMessage", asks: lists, thing: (*place).letterThing},
	{operation: "FetchThread", asks: lists, thing: (*place).letterThing},
	{operation: "QueryDeadlines", asks: see, shows: theLetter},
	{operation: "PatchMessage", variant: "read", asks: marks, thing: (*place).letterThing, body: `{"read":true}`},
	{operation: "PatchMessage", variant: "flag", asks: asks(access.MessageList, access.MessageFlag), thing: (*place).letterThing, body: `{"flag":true}`},
	{operation: "PatchMessage", variant: "move", asks: asks(access.MessageList, access.MessageMove), thing: (*place).letterThing, body: `{"folderId":"{folder}"}`},
	{operation: "PatchMessage", variant: "trash", asks: asks(access.MessageList, access.MessageDelete), thing: (*place).letterThing, body: `{"folderId":"{trash}"}`},
	{operation: "PatchMessage", variant: "note", asks: asks(access.MessageList, access.NoteWrite), thing: (*place).letterThing, body: `{"note":"Husk"}`},
	{operation: "PatchMessage", variant: "serve", asks: asks(access.MessageList, access.MessageServe), thing: (*place).letterThing, body: `{"legallyNotified":true}`},
	{operation: "PatchMessage", variant: "draft", asks: own(access.MessageList, access.MessageWrite), thing: (*place).whole, body: `{"label":"Ny titel"}`},
	{operation: "UpdateMessage", asks: asks(access.MessageList, access.MessageFlag), thing: (*place).letterThing, body: `{"flag":true}`},
	{operation: "DeleteMessage", asks: asks(access.MessageList, access.MessageDelete), thing: (*place).letterThing},
	{operation: "DeleteMessage", variant: "for good", asks: asks(access.MessageList, access.MessageDestroy), thing: (*place).trashed},

	{operation: "ListDocuments", asks: lists, thing: (*place).letterThing},
	{operation: "FetchDocument", asks: lists, thing: (*place).letterThing},
	{operation: "UpdateDocument", asks: marks, thing: (*place).letterThing, body: `{"actions":[{"id":"{actionId}","actionStatus":{"statusCode":"COMPLETED"}}]}`},
	{operation: "FetchActionStatus", asks: lists, thing: (*place).letterThing},
	{operation: "UpdateActionStatus", asks: marks, thing: (*place).letterThing, body: `{"statusCode":"COMPLETED"}`},
	{operation: "ListFiles", asks: lists, thing: (*place).letterThing},
	{operation: "FetchFile", asks: lists, thing: (*place).letterThing},
	{operation: "FetchFileContent", asks: asks(access.MessageList, access.MessageRead), thing: (*place).letterThing},

	{operation: "CreateMessage", asks: writing, body: `{"label":"Hej"}`},
	{operation: "ReplyToMessage", asks: slices.Concat(asks(access.MailboxSee, access.MessageWrite), own(access.MessageWrite)), thing: (*place).letterThing},
	{operation: "ForwardMessage", variant: "authority", asks: forwards(access.MessageForwardAuthority), thing: (*place).letterThing,
		body: `{"recipientId":"{town}","recipientIdType":"CVR"}`},
	{operation: "ForwardMessage", variant: "recipient", asks: forwards(access.MessageForwardRecipient), thing: (*place).letterFor,
		body: `{"recipientId":"{recipient}","recipientIdType":"CPR"}`},
	{operation: "ForwardMessage", variant: "e-mail", asks: forwards(access.MessageForwardEmail), thing: (*place).letterThing,
		body: `{"recipientId":"eva@eksempel.dk","recipientIdType":"EMAIL"}`, instead: outbound.CodeNoEMail},
	{operation: "SendMessage", asks: writing, thing: (*place).whole},
	{operation: "SendMessageWithVersionCheck", asks: writing, thing: (*place).whole},
	{operation: "CreateDocument", asks: parts, thing: (*place).draft, body: `{"documentType":"ADDITIONAL","label":"Bilag"}`},
	{operation: "DeleteDocument", asks: writing, thing: (*place).draft},
	{operation: "CreateFile", asks: parts, thing: (*place).draft, body: `{"encodingFormat":"text/plain","filename":"andet.txt"}`},
	{operation: "UpdateFile", asks: parts, thing: (*place).draft, body: `{"encodingFormat":"text/plain","filename":"andet.txt"}`},
	{operation: "DeleteFile", asks: parts, thing: (*place).draft},
	{operation: "UpdateFileContent", asks: parts, thing: (*place).draft, body: "hej"},

	{operation: "CreateOperation", variant: "flag", asks: asks(access.MailboxSee, access.MessageList, access.MessageFlag), thing: (*place).letterThing,
		body: `{"messages":[{"id":"{messageId}"}],"flag":true}`, inner: ofOperation},
	{operation: "CreateOperation", variant: "destroy", asks: asks(access.MailboxSee, access.MessageList, access.MessageDestroy), thing: (*place).trashed,
		body: `{"messages":[{"id":"{messageId}"}],"destroy":true}`, inner: ofOperation},
	{operation: "CreateOperation", variant: "folder", asks: see, thing: (*place).folder, body: `{"inFolderId":"{id}","delete":true}`},
	{operation: "FetchOperation", asks: see, thing: (*place).done},
	{operation: "UndoOperation", asks: asks(access.MailboxSee, access.MessageList, access.MessageFlag), thing: (*place).done, skips: true},
	{operation: "Bulk", variant: "read", asks: marks, thing: (*place).letterThing, inner: ofBulk,
		body: `{"requests":[{"id":1,"method":"PATCH","path":"/mailboxes/{mailboxId}/messages/{messageId}","headers":[{"key":"If-Match","value":1}],"body":{"read":true}}]}`},
	{operation: "QueryChanges", asks: see, shows: theLetter},
	{operation: "FollowMailbox", asks: see},

	{operation: "ListTrustees", asks: asks(access.MailboxSee, access.TrusteeSee)},
	{operation: "CreateTrustee", asks: asks(access.MailboxSee, access.TrusteeManage), thing: (*place).somebody, body: `{"firstName":"{first}","lastName":"{last}","cprNumber":"{cpr}"}`},
	{operation: "FetchTrustee", asks: asks(access.MailboxSee, access.TrusteeSee), thing: (*place).recipient},
	{operation: "AnswerTrustee", asks: asks(access.MailboxSee, access.TrusteeManage), thing: (*place).asked, body: `{"status":"APPROVED"}`},
	{operation: "DeleteTrustee", asks: asks(access.MailboxSee, access.TrusteeManage), thing: (*place).recipient},

	{operation: "FetchAssignment", asks: shared, thing: (*place).letterThing},
	{operation: "UpdateAssignment", asks: asks(access.MailboxSee, access.MessageAssign), thing: (*place).letterThing, body: `{"status":"DONE"}`},
	{operation: "ListColleagues", asks: shared, thing: (*place).letterThing},
	{operation: "ListReaders", asks: shared, thing: (*place).letterThing},
	{operation: "ListComments", asks: shared, thing: (*place).letterThing},
	{operation: "CreateComment", asks: comments, thing: (*place).letterThing, body: `{"text":"Ring til dem"}`},
	{operation: "DeleteComment", asks: comments, thing: (*place).nothing, instead: teamwork.CodeUnknown},
	{operation: "ListFilingRules", asks: rules},
	{operation: "CreateFilingRule", asks: files, thing: (*place).nothing, body: `{"senderId":"{id}","status":"DONE"}`, instead: teamwork.CodeSender},
	{operation: "FetchFilingRule", asks: rules, thing: (*place).nothing, instead: teamwork.CodeRuleUnknown},
	{operation: "UpdateFilingRule", asks: files, thing: (*place).nothing, body: `{"senderId":"{id}","status":"DONE"}`, instead: teamwork.CodeRuleUnknown},
	{operation: "DeleteFilingRule", asks: files, thing: (*place).nothing, instead: teamwork.CodeRuleUnknown},
	{operation: "ApplyFilingRule", asks: files, thing: (*place).nothing, instead: teamwork.CodeRuleUnknown},
}

// nothing is a letter, and an id that nothing has.
func (p *place) nothing() map[string]string {
	thing := p.letterThing()
	thing["id"] = post.NewUUID().String()
	return thing
}

// noMailbox are the operations that are about no mailbox, and why access is not asked.
var noMailbox = map[string]string{
	"QueryTrustees":                           "a list of the caller's own; ListTrustees names a mailbox",
	"QueryEvents":                             "the mailbox is found among those that the caller may see; activity's tests tell who reads what of its log",
	"QueryAccessRequests":                     "the caller's own side; everybody_test.go calls it as others",
	"CreateAccessRequest":                     "the caller's own side",
	"ActivateAccessRequest":                   "the caller's own side",
	"FetchAccessRequest":                      "the caller's own side: another's is not found, see everybody_test.go",
	"UpdateAccessRequest":                     "the caller's own side",
	"DeleteAccessRequest":                     "the caller's own side",
	"FetchAccessRequestDocumentationContent":  "of the applicant, and of a system manager: appointments_test.go and everybody_test.go",
	"UpdateAccessRequestDocumentationContent": "of the applicant: appointments_test.go and everybody_test.go",
	"QueryDirectPrivileges":                   "the caller's own side",
	"DeleteDirectPrivilege":                   "the caller's own side",
	"ListPrivilegeTypes":                      "the caller's own side",
	"CreateDirectPrivilege":                   "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"CreateAndRevokeDirectPrivilegesInBulk":   "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"QueryIdentityGroups":                     "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"CreateIdentityGroup":                     "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"FetchIdentityGroup":                      "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"UpdateIdentityGroup":                     "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"DeleteIdentityGroup":                     "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"CreateGrantee":                           "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"UpdateGrantee":                           "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"OrganisationLookup":                      "tells what the business register tells everybody, and of no post",
	"DeleteGrantee":                           "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"CreateIdentityPrivilege":                 "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"UpdateIdentityPrivilege":                 "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"DeleteIdentityPrivilege":                 "of rights administrators: the mailbox is not opened; company_test.go and everybody_test.go",
	"CreateExemption":                         "of staff: see exemptions_test.go",
	"FetchExemption":                          "of staff",
	"UpdateExemption":                         "of staff",
	"DeleteExemption":                         "of staff",
	"LookupCitizen":                           "tells of a party by name and number, and of no post",
	"Validate":                                "tells of a text that the caller sends, and of nothing kept",
	"QueryOrganisations":                      "the public directory",
	"FetchOrganisation":                       "the public directory",
	"FetchLogo":                               "the public directory",
	"QueryContactGroups":                      "the public directory",
	"FetchContactGroup":                       "the public directory",
	"QueryContactPoints":                      "the public directory",
	"FetchContactPoint":                       "the public directory",
	"QueryAllContactGroups":                   "the public directory",
	"QueryAllContactPoints":                   "the public directory",
	"SendMemo":                                "for systems: see everybody_test.go",
	"ListAvailableReceipts":                   "for systems",
	"FetchReceipt":                            "for systems",
	"DeleteReceipt":                           "for systems",
	"BulkFetchReceipts":                       "for systems",
	"QueryContacts":                           "for systems",
	"FetchContact":                            "for systems",
	"ListAvailableMemos":                      "for systems",
	"FetchMemo":                               "for systems",
	"DeleteMemo":                              "for systems",
	"CreateReceipt":                           "for systems",
	"QuerySystems":                            "for systems",
	"FetchMailSystem":                         "for systems",
}

func TestEveryOperationIsInTheMatrix(t *testing.T) {
	known := map[string]bool{}
	for _, o := range api.Operations() {
		known[o.Name] = true
		in := slices.ContainsFunc(matrixRows, func(r matrixRow) bool { return r.operation == o.Name })
		if _, reason := noMailbox[o.Name]; in == reason {
			t.Errorf("%s must be in matrixRows with what it asks of access, or in noMailbox with the reason: one of the two", o.Name)
		}
	}
	for _, r := range matrixRows {
		if !known[r.operation] {
			t.Errorf("there is no operation %s any more", r)
		}
	}
	for name := range noMailbox {
		if !known[name] {
			t.Errorf("there is no operation %s any more", name)
		}
	}
}

// setting is what differs from the plain case, where a right is in force, its owner
// is alive and the letter is an authority's.
type setting struct {
	letter string        // "", mit, eboks, hidden, other sender, summons
	status access.Status // of the owner; closed is dead for a person, ceased for a company
	right  string        // "", tomorrow, ended, removed, elsewhere
}

// login is with what token the call is made.
type login struct {
	at       post.Platform // "" is where the relation belongs
	readOnly bool
	weak     bool
}

const closed = access.StatusDead

var letterKinds = []string{"", "mit", "eboks", "hidden", "other sender", "summons"}

var circumstances = []struct {
	setting
	logins []login
}{
	{setting{}, []login{{}, {readOnly: true}, {weak: true}, {at: post.PlatformBorger}, {at: post.PlatformVirk}, {at: post.PlatformMit}, {at: post.PlatformStaff}, {at: post.PlatformRights}}},
	{setting{status: closed}, []login{{}, {readOnly: true}, {at: post.PlatformMit}}},
	{setting{status: access.StatusExempt}, []login{{}}},
	{setting{right: "tomorrow"}, []login{{}}},
	{setting{right: "ended"}, []login{{}}},
	{setting{right: "removed"}, []login{{}}},
	{setting{right: "elsewhere"}, []login{{}}},
	{setting{right: "ended", status: closed}, []login{{}}},
	{setting{letter: "mit"}, []login{{at: post.PlatformMit}, {at: post.PlatformMit, readOnly: true}, {at: post.PlatformApp}, {at: post.PlatformEboks}}},
	{setting{letter: "eboks"}, []login{{at: post.PlatformEboks}, {at: post.PlatformMit}}},
	{setting{letter: "hidden"}, []login{{}}},
	{setting{letter: "other sender"}, []login{{}}},
	{setting{letter: "summons"}, []login{{}, {readOnly: true}}},
	{setting{letter: "summons", status: closed}, []login{{}, {readOnly: true}}},
}

// standIns are the rows that differ in what they ask at last: one of each kind.
func standIns() []matrixRow {
	var some []matrixRow
	seen := map[string]bool{}
	for _, r := range matrixRows {
		key := fmt.Sprint(r.asks[len(r.asks)-1], r.shows == nil)
		if !seen[key] {
			seen[key] = true
			some = append(some, r)
		}
	}
	return some
}

// Every operation about a mailbox, asked for by everybody, answers what access says
// (SYS-01, ACC-05 to ACC-10, ACC-15, ORG-01 to ORG-05): all operations in the plain
// case and after the owner's death or the company's end, one of each kind where one
// thing differs. What is decided does not depend on the database, so that on PostgreSQL
// a fourth of the calls is made, of every operation and by everybody; all in scripts/soak.
func TestMatrixOverHTTP(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		s.everyone()
		golden := map[string]map[access.Relation]string{}
		calls, rows, relations := 0, map[string]bool{}, map[access.Relation]bool{}
		if d.Postgres() && os.Getenv("DIGITALPOST_SOAK_MATRIX") == "" {
			s.every = 4
		}
		for _, c := range circumstances {
			calls += s.hold(t, c.setting, c.logins, c.letter == "" && c.right == "" && c.status != access.StatusExempt, func(l login, relation access.Relation, company bool, row matrixRow, got string) {
				rows[row.String()], relations[relation] = true, true
				home := c.status
				if company && relation == access.Curator || relation == 0 && company {
					return // as a person's
				}
				atEnd := relation&(access.FormerOwner|access.EstateAdministrator|access.Heir) != 0
				if l == (login{}) && c.letter == "" && c.right == "" && home != access.StatusExempt && atEnd == (home == closed) {
					if golden[row.String()] == nil {
						golden[row.String()] = map[access.Relation]string{}
					}
					golden[row.String()][relation] = got
				}
			})
		}
		t.Logf("%d calls", calls)
		if len(rows) != len(matrixRows) || len(relations) != len(relationsInOrder) {
			t.Errorf("%d rows were called, by %d relations", len(rows), len(relations))
		}
		if s.every == 1 {
			compareGolden(t, golden)
		}
	})
}

// TestWholeMatrix holds the product of everything to access: part of scripts/soak.
func TestWholeMatrix(t *testing.T) {
	if os.Getenv("DIGITALPOST_SOAK_MATRIX") == "" {
		t.Skip("DIGITALPOST_SOAK_MATRIX is not set: scripts/soak sets it")
	}
	every, err := strconv.Atoi(os.Getenv("DIGITALPOST_SOAK_MATRIX"))
	if err != nil || every < 1 {
		t.Fatal("DIGITALPOST_SOAK_MATRIX is 1 for all settings, 2 for every second, and so on")
	}
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		s.everyone()
		var logins []login
		for _, at := range []post.Platform{"", post.PlatformApp, post.PlatformBorger, post.PlatformVirk, post.PlatformMit, post.PlatformEboks, post.PlatformStaff, post.PlatformRights} {
			logins = append(logins, login{at: at}, login{at: at, readOnly: true})
		}
		logins = append(logins, login{weak: true})
		calls, settings := 0, 0
		for _, letter := range letterKinds {
			for _, status := range []access.Status{access.StatusActive, access.StatusExempt, closed} {
				for _, right := range []string{"", "tomorrow", "ended", "removed", "elsewhere"} {
					if settings++; settings%every == 0 {
						calls += s.hold(t, setting{letter, status, right}, logins, false, nil)
					}
				}
			}
		}
		t.Logf("%d calls", calls)
	})
}

// hold makes calls in a setting with every log-in, by everybody, and compares the
// answers with what access says: one of each kind, and with the plain log-in all of
// them where whole is set. Of those it makes one in so many as the matrix says, drawn
// alike each time, and returns how many it made.
func (s *stack) hold(t *testing.T, set setting, logins []login, whole bool, each func(login, access.Relation, bool, matrixRow, string)) int {
	t.Helper()
	set.status = cmp.Or(set.status, access.StatusActive)
	calls := 0
	for _, company := range []bool{false, true} {
		p := s.place(set, company)
		for _, l := range logins {
			p.wake() // a company's employees log in before it ends
			for _, h := range p.holders {
				h.enter(l)
			}
			p.settle()
			for _, h := range p.holders {
				rows := standIns()
				if whole && l == (login{}) {
					rows = matrixRows
				}
				for _, row := range rows {
					if s.turn.IntN(s.every) != 0 { // not every nth: the rows may be a multiple of it
						continue
					}
					if row.variant == "serve" && set.letter != "summons" && set.letter != "" {
						continue // private senders send no court summons, and access says nothing of them
					}
					got, wrong := p.try(h, row)
					if calls++; wrong != "" {
						t.Errorf("%+v, %+v, company %v, %s: %s: %s", set, l, company, h.relationName(), row, wrong)
					}
					if each != nil {
						each(l, h.relation, company, row, got)
					}
				}
			}
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return calls
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// try makes one call, and tells what is wrong with the answer: "" for nothing.
func (p *place) try(h *holder, row matrixRow) (cell, wrong string) {
	d, asked := p.decide(h, row)
	thing := p.thing(row, h)
	before := p.watch()
	if p.loggedOut(h) {
		h.caller.address = fmt.Sprintf("2001:db8:%x::1", calls.Add(1)&0xffff) // nobody fails too often
		got := p.ask(h.caller, row, thing, p.box)
		if after := p.watch(); got.status != 401 || after.refusals != 0 || after.modseq != before.modseq {
			return "", fmt.Sprintf("their work has ended, and the answer is %d %s", got.status, got.body)
		}
		return "", ""
	}
	got := p.ask(h.caller, row, thing, p.box)
	after := p.watch()
	refusals := after.refusals
	status, body := got.status, string(got.body)
	if row.inner != nil && status == 200 {
		if found := row.inner.FindStringSubmatch(body); found != nil {
			status, body = 0, found[2]
			if found[1] != "" {
				fmt.Sscan(found[1], &status) //nolint:errcheck // digits
			}
		}
	}
	code := codeOf(body)
	if row.skips && strings.Contains(body, `"skipped":1`) {
		status, code = statusOf(d), errCode(d.Err())
	}
	if status == 0 { // an operation tells of each message by its code
		status = map[bool]int{true: 404, false: 403}[code == access.CodeNotFound]
	}
	told := "-"
	switch {
	case d.Allowed && (status < 300 || code != "" && (code == row.instead || code == compose.CodeUnserved && p.letter == "summons")):
		told = "yes"
		if row.shows != nil && !row.quiet {
			list := p.check(h, ask{action: access.MessageList})
			if shown := row.shows(p, body); shown != list.Allowed {
				return told, fmt.Sprintf("shows the letter: %v; access says %v of listing it\n%s", shown, list.Reason, body)
			}
		}
		if row.quiet && row.shows != nil && !row.shows(p, body) {
			return told, "the list lacks it\n" + body
		}
		if got.status < 300 && (p.changes(row) || p.letter == "summons") {
			delete(p.things, p.key(row, h))
		}
		if refusals != 0 {
			return told, fmt.Sprintf("allowed, and %d refusals are written down", refusals)
		}
		return told, ""
	case d.Allowed:
		return told, fmt.Sprintf("access allows it (%s), the answer is %d %s", d.Via, got.status, got.body)
	}
	if !row.quiet && errCode(d.Err()) != access.CodeNotFound {
		told = "no"
	}
	switch {
	case row.quiet && row.shows != nil:
		if row.shows(p, body) {
			return told, "the list has it\n" + body
		}
	case told == "no" && (status != 403 || code != errCode(d.Err()) && len(got.body) > 0):
		return told, fmt.Sprintf("access refuses it (%s), the answer is %d %s", d.Reason, got.status, got.body)
	case told == "-" && status != 404:
		return told, fmt.Sprintf("access knows nothing of it (%s), the answer is %d %s", d.Reason, got.status, got.body)
	case told == "-" && row.inner == nil && !row.skips && anyID.ReplaceAllString(string(got.body), "ID") != p.missing(row, thing):
		return told, fmt.Sprintf("the answer differs from that about a mailbox that does not exist:\n%s\n%s", got.body, p.missing(row, thing))
	case told == "-" && code != access.CodeNotFound && len(got.body) > 0:
		return told, fmt.Sprintf("the answer is %s", got.body)
	}
	if before.modseq != after.modseq {
		return told, "refused, and something changed"
	}
	switch {
	case row.quiet && (refusals == 0 || h.relation == access.Owner || after.mailbox != p.owner.ID): // who has no mailbox of their own may not make one
		return told, ""
	case row.quiet || refusals != 1:
		return told, fmt.Sprintf("%d refusals are written down", refusals)
	}
	if after.action != asked.String() || after.reason != d.Reason.String() || after.mailbox != p.owner.ID || after.party != h.party.ID {
		return told, fmt.Sprintf("the refusal written down is %+v, want %s, %s of mailbox %d by %d", after, asked, d.Reason, p.owner.ID, h.party.ID)
	}
	return told, ""
}

// loggedOut tells that the log-in ended with the company in whose name it was, or with
// the employee.
func (p *place) loggedOut(h *holder) bool {
	return p.status == closed && (h.actor.Organisation == p.owner.ID || h.actor.Organisation != 0 && h.party.ID == p.owner.ID)
}

// statusOf is how a refusal is answered, and 200 what is allowed.
func statusOf(d access.Decision) int {
	switch {
	case d.Allowed:
		return 200
	case errCode(d.Err()) == access.CodeNotFound:
		return 404
	}
	return 403
}

// decide is what access says of a call.
func (p *place) decide(h *holder, row matrixRow) (access.Decision, access.Action) {
	var d access.Decision
	for _, a := range row.asks {
		if d = p.check(h, a); !d.Allowed {
			return d, a.action
		}
	}
	return d, 0
}

func (p *place) check(h *holder, a ask) access.Decision {
	res := access.Resource{Mailbox: p.owner.ID}
	switch {
	case a.action.OnMailbox():
	case a.own:
		res.Source, res.Sender = post.SourcePublic, p.owner.ID
	default:
		res.Source, res.Sender, res.Hidden, res.Unserved = p.source(), p.sender, p.letter == "hidden", p.letter == "summons"
	}
	facts := access.Facts{Mailbox: p.owner.ID, Status: p.statusNow(), Administered: p.administered, Grants: h.grants}
	return access.Check(h.actor, a.action, res, facts, p.s.Clock.Now())
}

// changes tells that a call leaves something behind.
func (p *place) changes(row matrixRow) bool { return p.s.operation(row).Method != "GET" }

func (s *stack) operation(row matrixRow) api.Operation {
	return operations()[row.operation]
}

// operations are all by their name.
var operations = sync.OnceValue(func() map[string]api.Operation {
	all := map[string]api.Operation{}
	for _, o := range api.Operations() {
		all[o.Name] = o
	}
	return all
})

// ask makes the call.
func (p *place) ask(c caller, row matrixRow, thing map[string]string, box post.UUID) answer {
	p.s.T.Helper()
	o := p.s.operation(row)
	places := []string{"{mailboxId}", box.String(), "{town}", p.town}
	for name, value := range thing {
		places = append(places, "{"+name+"}", value)
	}
	with := strings.NewReplacer(places...)
	path := with.Replace(o.Path)
	switch {
	case row.operation == "ExistsUnread":
		path += "?ownerId=" + p.number
		if box != p.box {
			path = o.Path + "?ownerId=" + p.s.Number(p.s.nobody())
		}
	case row.operation == "QueryMessages" && row.variant == "":
		path += "?size=1000"
	case row.variant == "search":
		path += "?any=" + theWord
	}
	var body []byte
	var headers []string
	if o.Method != "GET" {
		headers = append(headers, "If-Match: "+cmp.Or(thing["If-Match"], "1"))
	}
	switch {
	case row.operation == "UpdateFileContent":
		body, headers = []byte(row.body), append(headers, "Content-Type: application/octet-stream")
	case row.body != "":
		body, headers = []byte(with.Replace(row.body)), append(headers, jsonType)
	}
	return c.ask(o, path, body, headers...)
}

// missing is the answer about a mailbox that does not exist.
func (p *place) missing(row matrixRow, thing map[string]string) string {
	p.s.T.Helper()
	key := row.String()
	if _, known := p.s.absent[key]; !known {
		p.s.absent[key] = anyID.ReplaceAllString(string(p.ask(p.s.stranger, row, thing, post.NewUUID()).body), "ID")
	}
	return p.s.absent[key]
}

var update = flag.Bool("update", false, "write testdata/http-matrix.txt anew")

// compareGolden holds the answers to the page that people have read.
func compareGolden(t *testing.T, cells map[string]map[access.Relation]string) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`WHO IS ANSWERED WHAT BY THE API

Made from the answers of a real server; a test holds it to access, which decides
(internal/access/testdata/matrix.txt). As there: each relation in a mailbox in which
it can be in force, a public letter, a full token, staff at the counter, N on mit.dk
and all others in the app. "no" is 403, "-" is 404 as if nothing were there; where a
list is asked for (*), "yes" shows what the relation may list and no more.

`)
	header := fmt.Sprintf("%-34s", "")
	for i := range relationsInOrder {
		header += fmt.Sprintf("%-4c", 'A'+i)
	}
	b.WriteString(strings.TrimRight(header, " ") + "\n")
	for _, row := range matrixRows {
		name := row.String()
		if row.shows != nil {
			name += " *"
		}
		line := fmt.Sprintf("%-34s", name)
		for _, r := range relationsInOrder {
			line += fmt.Sprintf("%-4s", cells[row.String()][r])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString("\n")
	for i, r := range relationsInOrder {
		name := "stranger"
		if r != 0 {
			name = r.String()
		}
		fmt.Fprintf(&b, "%c  %s\n", 'A'+i, name)
	}
	const file = "testdata/http-matrix.txt"
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs; if it is meant, run: go test ./internal/api -run TestMatrixOverHTTP -update, and have it read\n%s", file, b.Bytes())
	}
}

var relationsInOrder = func() []access.Relation {
	var all []access.Relation
	for r := access.Owner; r <= access.Support; r <<= 1 {
		all = append(all, r)
	}
	return append(all, 0)
}()

var aDay = 24 * time.Hour
