package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/access"
	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// folder is the id of a folder by its type or name.
func (c caller) folder(name string) string {
	c.s.T.Helper()
	for _, f := range c.call("GET", c.mailbox()+"/folders/", nil).list(c.s.T, "folders") {
		if f["folderType"] == name || f["name"] == name {
			return f["id"].(string)
		}
	}
	return ""
}

// MBX-07: folders are made, renamed, moved and deleted, and what lay in them is
// brought back.
func TestFoldersOfOnesOwn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(nil)
		folders := anna.mailbox() + "/folders/"
		make := func(body string) answer {
			t.Helper()
			return anna.call("POST", folders, []byte(body), jsonType)
		}
		outer := make(`{"name":"Skat"}`)
		outer.is(t, 201, "")
		id := outer.object(t)["id"].(string)
		inner := make(fmt.Sprintf(`{"name":"2026","parentFolderId":%q,"folderType":"USER_DEFINED"}`, id))
		inner.is(t, 201, "")
		if o := inner.object(t); o["parentFolderId"] != id || o["folderType"] != "USER_DEFINED" || !strings.HasPrefix(inner.header.Get("ETag"), `"1.`) {
			t.Errorf("%s", inner.body)
		}
		for body, want := range map[string]struct {
			status int
			code   string
		}{
			`{"name":"skat"}`:                   {409, mailbox.CodeFolderTaken},
			`{"name":""}`:                       {422, mailbox.CodeFolderName},
			`{}`:                                {422, mailbox.CodeFolderName},
			`{"name":"A","folderType":"INBOX"}`: {422, api.CodeFieldFixed},
			`{"name":"A","parentFolderId":"x"}`: {400, api.CodeJSON},
			`{"name":1}`:                        {400, api.CodeJSON},
			`["A"]`:                             {400, api.CodeJSON},
			`{"name":"A","parentFolderId":"` + post.NewUUID().String() + `"}`: {422, mailbox.CodeFolderParent},
		} {
			make(body).is(t, want.status, want.code)
		}

		// Two clients at once: the later is told what is there now.
		update := func(version, body string) answer {
			t.Helper()
			return anna.call("PUT", folders+id, []byte(body), jsonType, "If-Match: "+version)
		}
		update(outer.header.Get("ETag"), `{"name":"Skat og told"}`).is(t, 200, "")
		stale := update("1", `{"name":"Told"}`)
		stale.is(t, 409, api.CodeVersion)
		now := anna.call("GET", folders+id, nil)
		if stale.object(t)["version"] != 2.0 || stale.header.Get("ETag") != now.header.Get("ETag") || now.object(t)["name"] != "Skat og told" {
			t.Errorf("%s %s", stale.body, now.body)
		}
		update("", `{"name":"Told"}`).is(t, 400, api.CodeIfMatch)
		update("2", fmt.Sprintf(`{"name":"Told","parentFolderId":%q}`, inner.object(t)["id"])).is(t, 422, mailbox.CodeFolderParent) // in itself
		anna.call("PUT", folders+anna.folder("INBOX"), []byte(`{"name":"Ind"}`), jsonType, "If-Match: 1").is(t, 403, mailbox.CodeFolderFixed)
		anna.call("DELETE", folders+anna.folder("INBOX"), nil, "If-Match: 1").is(t, 403, mailbox.CodeFolderFixed)

		message := anna.messages("")[0]
		path := anna.mailbox() + "/messages/" + message["id"].(string)
		anna.call("PATCH", path, fmt.Appendf(nil, `{"folderId":%q}`, inner.object(t)["id"]), jsonType, "If-Match: 1").is(t, 200, "")
		anna.call("DELETE", folders+id, nil, "If-Match: 1").is(t, 409, api.CodeVersion)
		gone := anna.call("DELETE", folders+id, nil, "If-Match: 2")
		gone.is(t, 204, "")
		if f := anna.call("GET", path, nil).object(t)["folderId"]; f != anna.folder("DELETED") {
			t.Errorf("its message lies in %v", f)
		}
		anna.call("GET", folders+id, nil).is(t, 404, "not.found")
		operation := strings.TrimPrefix(gone.header.Get("Location"), api.Base)
		if o := anna.call("GET", operation, nil).object(t); o["total"] != 1.0 || o["finishedDateTime"] == nil || o["undoable"] != true {
			t.Errorf("%v", o)
		}
		anna.call("POST", operation+"/undo", nil).is(t, 200, "")
		if f := anna.call("GET", path, nil).object(t)["folderId"]; f != inner.object(t)["id"] {
			t.Errorf("after undo it lies in %v", f)
		}
	})
}

// MBX-06: a message is deleted into the trash, and there for good.
func TestDeleteMessage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(nil)
		message := anna.messages("")[0]
		path := anna.mailbox() + "/messages/" + message["id"].(string)
		file := path + "/documents/" + message["documents"].([]any)[0].(map[string]any)["id"].(string)
		anna.call("DELETE", path, nil).is(t, 400, api.CodeIfMatch)
		anna.call("DELETE", path, nil, "If-Match: 7").is(t, 409, api.CodeVersion)
		anna.call("DELETE", path, nil, "If-Match: 1").is(t, 204, "")
		deleted := anna.call("GET", path, nil)
		if deleted.object(t)["folderId"] != anna.folder("DELETED") {
			t.Errorf("%s", deleted.body)
		}
		anna.call("DELETE", path, nil, "If-Match: 1").is(t, 409, api.CodeVersion)
		anna.call("DELETE", path, nil, "If-Match: "+deleted.header.Get("ETag")).is(t, 204, "")
		anna.call("GET", path, nil).is(t, 404, "not.found")
		anna.call("GET", file, nil).is(t, 404, "not.found")
		anna.call("DELETE", path, nil, "If-Match: 2").is(t, 404, "not.found")
	})
}

// A message is put back as it was read, with what is to be different.
func TestUpdateMessage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(nil)
		path := anna.mailbox() + "/messages/" + anna.messages("")[0]["id"].(string)
		put := func(version string, change func(map[string]any)) answer {
			t.Helper()
			m := anna.call("GET", path, nil).object(t)
			change(m)
			body, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			return anna.call("PUT", path, body, jsonType, "If-Match: "+version)
		}
		if o := put("1", func(m map[string]any) { m["flag"], m["read"], m["note"] = true, true, "Husk" }).object(t); o["flag"] != true || o["read"] != true || o["note"] != "Husk" || o["version"] != 2.0 {
			t.Errorf("%v", o)
		}
		put("1", func(m map[string]any) { m["flag"] = false }).is(t, 409, api.CodeVersion)
		put("2", func(m map[string]any) { m["label"] = "Noget andet" }).is(t, 422, api.CodeFieldFixed)
		put("2", func(m map[string]any) { m["recipient"].(map[string]any)["recipientId"] = "1" }).is(t, 422, api.CodeFieldFixed)
		anna.call("PUT", path, []byte(`{"note":""}`), jsonType, "If-Match: 2").is(t, 200, "")
		if o := anna.call("GET", path, nil).object(t); o["flag"] != true || o["note"] != nil {
			t.Errorf("what was left out has changed: %v", o)
		}
	})
}

// SND-08: a client has a court summons be served, which cannot be taken back.
func TestServedByAClient(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(func(m *memo.Message) {
			m.Header.LegalNotification, m.Header.Reply, m.Header.ReplyByDateTime = true, true, s.Clock.Now().AddDate(0, 1, 0)
			m.Body.MainDocument.Actions = []memo.Action{{Label: "Mød i retten", ActionCode: memo.Bekraeft, EndDateTime: s.Clock.Now().AddDate(0, 1, 0), EntryPoint: &memo.EntryPoint{URL: "https://ret.example.dk"}}}
		})
		message := anna.messages("")[0]
		path := anna.mailbox() + "/messages/" + message["id"].(string)
		for _, shown := range []answer{anna.call("GET", path, nil), anna.call("GET", path+"/documents/", nil), anna.call("GET", anna.mailbox()+"/messages/", nil)} {
			if text := string(shown.body); shown.status != 200 || strings.Contains(text, "Mød i retten") || strings.Contains(text, "ret.example.dk") || strings.Contains(text, "replyByDateTime") {
				t.Errorf("what a summons asks for is told before it is served: %s", text)
			}
		}
		if message["messageType"] != "LEGAL_NOTIFICATION" || message["legallyNotified"] != false {
			t.Fatalf("%v", message)
		}
		patch := func(version, body string) answer {
			return anna.call("PATCH", path, []byte(body), jsonType, "If-Match: "+version)
		}
		served := patch("1", `{"legallyNotified":true}`)
		if o := served.object(t); o["legallyNotified"] != true || o["legallyNotifiedDateTime"] == nil || o["read"] != false {
			t.Errorf("%s", served.body)
		}
		if text := string(served.body); !strings.Contains(text, "Mød i retten") || !strings.Contains(text, "replyByDateTime") {
			t.Errorf("what it asks for once it is served: %s", text)
		}
		patch("2", `{"legallyNotified":false}`).is(t, 422, api.CodeFieldFixed)
	})
}

func TestMailboxAccessesAndSenders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(nil)
		s.Clock.Advance(time.Minute)
		s.delivered(nil)
		box := anna.mailbox()
		put := func(version, body string) answer {
			return anna.call("PUT", box, []byte(body), jsonType, "If-Match: "+version)
		}
		tag := anna.call("GET", box, nil).header.Get("ETag")
		put(tag, `{"access":{"introductionCompleted":true},"ownerName":"Anna Prøvesen"}`).is(t, 200, "")
		if a := anna.call("GET", box, nil).object(t)["access"].(map[string]any); a["introductionCompleted"] != true {
			t.Errorf("%v", a)
		}
		put(tag, `{"ownerName":"Berta"}`).is(t, 422, api.CodeFieldFixed)
		put(tag, `{"access":{"introductionCompleted":false}}`).is(t, 422, api.CodeFieldFixed)
		put("1000", `{}`).is(t, 409, api.CodeVersion)

		accesses := anna.call("GET", box+"/accesses/", nil).list(t, "accesses")
		if len(accesses) != 1 || accesses[0]["accessType"] != "OWNER" {
			t.Errorf("%v", accesses)
		}
		anna.call("GET", box+"/accesses/"+accesses[0]["id"].(string), nil).is(t, 200, "")
		anna.call("GET", box+"/accesses/"+post.NewUUID().String(), nil).is(t, 404, access.CodeNotFound)

		path := box + "/messages/" + anna.messages("")[0]["id"].(string)
		anna.call("PATCH", path, []byte(`{"read":true}`), jsonType, "If-Match: 1").is(t, 200, "")
		senders := anna.call("GET", box+"/sender-information/", nil).list(t, "senderInformationList")
		if len(senders) != 1 || senders[0]["senderId"] != s.Number(s.town) || senders[0]["senderIdType"] != "CVR" {
			t.Fatalf("%v", senders)
		}
		if n := senders[0]["messageCountList"].([]any)[0].(map[string]any); n["label"] != "Prøvekøbing Kommune" || n["totalMessages"] != 2.0 || n["unreadMessages"] != 1.0 || n["latestMessageFrom"] == nil {
			t.Errorf("%v", n)
		}
	})
}

// What has become of an action is kept for all of a person's clients.
func TestActionStatus(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(func(m *memo.Message) {
			pay := func(days int) memo.Action {
				return memo.Action{Label: "Betal", ActionCode: memo.Betaling, EndDateTime: s.Clock.Now().AddDate(0, 0, days), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.org"}}
			}
			m.Body.MainDocument.Actions = []memo.Action{pay(7), pay(14)}
		})
		message := anna.mailbox() + "/messages/" + anna.messages("")[0]["id"].(string)
		document := func() map[string]any {
			return anna.call("GET", message, nil).object(t)["documents"].([]any)[0].(map[string]any)
		}
		actions := func() (all []map[string]any) {
			for _, a := range document()["actions"].([]any) {
				all = append(all, a.(map[string]any))
			}
			return all
		}
		due := func(query string) []map[string]any {
			return anna.call("GET", anna.mailbox()+"/deadlines"+query, nil).list(t, "deadlines")
		}
		whole := message + "/documents/" + document()["id"].(string)
		path := whole + "/actions/" + actions()[0]["id"].(string) + "/status"
		if s := actions()[0]["actionStatus"].(map[string]any); s["statusCode"] != "RECEIVED" || s["version"] != 1.0 {
			t.Errorf("%v", s)
		}
		if d := due(""); len(d) != 2 || d[0]["action"].(map[string]any)["id"] != actions()[0]["id"] || whole[strings.LastIndexByte(whole, '/')+1:] != d[0]["documentId"] {
			t.Errorf("%v", d)
		}
		put := func(path, version, body string) answer {
			t.Helper()
			return anna.call("PUT", path, []byte(body), jsonType, "If-Match: "+version)
		}
		set := put(path, "1", `{"statusCode":"COMPLETED","note":"Betalt i netbank"}`)
		set.is(t, 200, "")
		if o := set.object(t); o["statusCode"] != "COMPLETED" || o["note"] != "Betalt i netbank" || o["version"] != 2.0 {
			t.Errorf("%s", set.body)
		}
		if d := due(""); len(d) != 1 || len(due("?done=true")) != 1 {
			t.Errorf("%v", d)
		}
		stale := put(path, "1", `{"statusCode":"CANCELLED"}`)
		if stale.is(t, 409, api.CodeVersion); stale.object(t)["version"] != 2.0 {
			t.Errorf("%s", stale.body)
		}
		put(path, "2", `{"statusCode":"LOST"}`).is(t, 422, "action.status.not.valid")
		put(path, "2", `{"statusCode":"STARTED","note":"`+strings.Repeat("å", 1001)+`"}`).is(t, 422, "action.note.too.long")
		put(path, "", `{"statusCode":"STARTED"}`).is(t, 400, api.CodeIfMatch)
		put(whole+"/actions/"+post.NewUUID().String()+"/status", "1", `{"statusCode":"STARTED"}`).is(t, 404, access.CodeNotFound)

		// The API's own way: the document as it was read, with what is to be different.
		read := document()
		read["actions"].([]any)[1].(map[string]any)["actionStatus"].(map[string]any)["statusCode"] = "CANCELLED"
		body, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		put(whole, "1", string(body)).is(t, 409, api.CodeVersion)
		put(whole, "2", string(body)).is(t, 200, "")
		if a := actions(); a[1]["actionStatus"].(map[string]any)["statusCode"] != "CANCELLED" || a[0]["actionStatus"].(map[string]any)["version"] != 2.0 || document()["version"] != 3.0 {
			t.Errorf("%v", document())
		}
		put(whole, "3", `{"label":"Noget andet"}`).is(t, 422, api.CodeFieldFixed)
		put(whole, "3", `{"actions":[{"id":"`+post.NewUUID().String()+`"}]}`).is(t, 422, "action.unknown")
		if m := anna.messages("")[0]; m["doneDateTime"] == nil {
			t.Errorf("%v", m)
		}
		for _, query := range []string{"?dateFrom=x", "?dateTo=x", "?done=x", "?size=0"} {
			anna.call("GET", anna.mailbox()+"/deadlines"+query, nil).is(t, 400, api.CodeParameter)
		}
	})
}

// A letter and the letter that answers it are shown together (MeMo ReplyData).
func TestThread(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		var first post.UUID
		s.delivered(func(m *memo.Message) { m.Header.Reply, first = true, m.Header.MessageUUID })
		letter := uuid.MustParse(anna.messages("")[0]["id"].(string))
		// She has answered it: then the thread begins.
		box, err := post.ParseUUID(strings.TrimPrefix(anna.mailbox(), "/mailboxes/"))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Mailboxes.Work(t.Context(), post.Actor{Party: s.anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}, box, func(_ *db.Tx, o *mailbox.Opened) error {
			return o.Mark(letter, true, false, first)
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Clock.Advance(time.Minute)
		s.delivered(func(m *memo.Message) {
			m.Header.ReplyData = []memo.ReplyData{{MessageUUID: m.Header.MessageUUID, ReplyUUID: first}}
		})
		s.delivered(nil)
		all := anna.messages("")
		if all[2]["threadId"] != first.String() || all[1]["threadId"] != first.String() || all[2]["answeredDateTime"] == nil || all[0]["threadId"] != nil {
			t.Fatalf("%v", all)
		}
		thread := anna.call("GET", anna.mailbox()+"/messages/"+all[1]["id"].(string)+"/thread", nil).list(t, "messages")
		if len(thread) != 2 || thread[0]["id"] != all[2]["id"] || thread[1]["id"] != all[1]["id"] {
			t.Errorf("%v", thread)
		}
	})
}

// MBX-18: one call does something to many messages, and tells of each.
func TestOperations(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		for range 3 {
			s.delivered(nil)
			s.Clock.Advance(time.Second)
		}
		operations := anna.mailbox() + "/operations/"
		do := func(body string) answer {
			t.Helper()
			return anna.call("POST", operations, []byte(body), jsonType)
		}
		m := anna.messages("")
		id := func(i int) string { return m[i]["id"].(string) }
		one := do(fmt.Sprintf(`{"messages":[{"id":%q,"version":1},{"id":%q,"version":9},{"id":%q}],"read":true,"delete":true}`, id(0), id(1), post.NewUUID()))
		one.is(t, 200, "")
		results := one.list(t, "messages")
		if o := one.object(t); o["total"] != 3.0 || o["done"] != 3.0 || o["skipped"] != 2.0 || o["undoable"] != true || o["finishedDateTime"] == nil {
			t.Errorf("%s", one.body)
		}
		if results[0]["version"] != 2.0 || results[1]["error"].(map[string]any)["code"] != api.CodeVersion || results[2]["error"].(map[string]any)["code"] != "not.found" {
			t.Errorf("%s", one.body)
		}
		if left := len(anna.messages("?folderId=" + anna.folder("INBOX"))); left != 2 {
			t.Errorf("%d in the inbox", left)
		}
		undo := anna.call("POST", operations+one.object(t)["id"].(string)+"/undo", nil)
		undo.is(t, 200, "")
		if got := anna.messages("?read=false&folderId=" + anna.folder("INBOX")); len(got) != 3 {
			t.Errorf("%d unread in the inbox after undo", len(got))
		}
		anna.call("POST", operations+undo.object(t)["id"].(string)+"/undo", nil).is(t, 409, "operation.not.undoable")
		anna.call("GET", operations+post.NewUUID().String(), nil).is(t, 404, mailbox.CodeOperationUnknown)

		// All of a folder, as far as the person had seen: the newest is left alone.
		all := do(fmt.Sprintf(`{"inFolderId":%q,"untilMessageId":%q,"flag":true}`, anna.folder("INBOX"), id(1)))
		if all.is(t, 200, ""); all.object(t)["done"] != 2.0 || len(anna.messages("?flag=true")) != 2 {
			t.Errorf("%s", all.body)
		}
		for _, body := range []string{`{}`, `{"read":true}`, `{"messages":[],"read":true}`, fmt.Sprintf(`{"messages":[{"id":%q}]}`, id(0)),
			fmt.Sprintf(`{"messages":[{"id":%q}],"delete":true,"restore":true}`, id(0)), fmt.Sprintf(`{"messages":[{"id":%q}],"inFolderId":%q,"read":true}`, id(0), anna.folder("INBOX"))} {
			do(body).is(t, 422, api.CodeOperation)
		}
		do(`{"messages":[{"id":"x"}],"read":true}`).is(t, 400, api.CodeJSON)
	})
}

// facts 4.1: a hundred messages are marked in one call, each with its own outcome.
func TestBulk(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna, bent := s.person(s.anna), s.person(s.Person("Bent", 50, nil))
		for range 3 {
			s.delivered(nil)
			s.Clock.Advance(time.Second)
		}
		box := anna.mailbox()
		m := anna.messages("")
		item := func(i int, version string) string {
			return fmt.Sprintf(`{"id":"%d","method":"PATCH","path":"/api%s/messages/%s","headers":[{"key":"If-Match","value":%s}],"body":{"read":true}}`, i, box, m[i]["id"], version)
		}
		document := m[0]["documents"].([]any)[0].(map[string]any)
		content := fmt.Sprintf("%s/messages/%s/documents/%s/files/%s/content", box, m[0]["id"], document["id"], document["files"].([]any)[0].(map[string]any)["id"])
		body := fmt.Sprintf(`{"time-out":30000,"requests":[%s,%s,%s,
			{"id":4,"method":"GET","path":"%s/folders/summary/"},
			{"id":5,"method":"GET","path":"%s/events"},
			{"id":6,"method":"POST","path":"/bulk","body":{"requests":[]}},
			{"id":7,"method":"GET","path":"/mailboxes/%s"},
			{"id":8,"method":"PATCH","path":"%s/messages/%s","body":{"read":true}},
			{"id":9,"method":"BREW","path":"%s"},
			{"id":10,"method":"DELETE","path":"/receipts/%s"},
			{"id":11,"method":"GET","path":"/receipts/x/mailboxes"},
			{"id":12,"method":"GET","path":"%s"}]}`,
			item(0, "1"), item(1, `"1"`), item(2, "9"), api.Base+box, box, post.NewUUID(), box, m[0]["id"], box, post.NewUUID(), content)
		got := anna.call("POST", "/bulk", []byte(body), jsonType)
		got.is(t, 200, "")
		var all []string
		for _, r := range got.list(t, "responses") {
			all = append(all, fmt.Sprint(r["id"], ":", r["status"]))
		}
		if want := "0:200 1:200 2:409 4:200 5:400 6:400 7:404 8:400 9:405 10:400 11:200 12:400"; strings.Join(all, " ") != want {
			t.Errorf("%s\nwant %s\n%s", all, want, got.body)
		}
		first := got.list(t, "responses")[0]
		if tag := first["headers"].([]any)[0].(map[string]any); tag["key"] != "ETag" || !strings.HasPrefix(tag["value"].(string), `"2.`) || first["body"].(map[string]any)["read"] != true {
			t.Errorf("%v", first)
		}
		if stale := got.list(t, "responses")[2]["body"].(map[string]any); stale["code"] != api.CodeVersion || stale["version"] != 1.0 {
			t.Errorf("%v", stale)
		}
		// Another person's bulk reaches nothing of hers.
		for _, r := range bent.call("POST", "/bulk", []byte(body), jsonType).list(t, "responses")[:4] {
			if r["status"] != 404.0 {
				t.Errorf("%v", r)
			}
		}
		for body, code := range map[string]string{`{"requests":`: api.CodeJSON, `{"requests":{}}`: api.CodeJSON, `{"requests":[` + strings.Repeat(`{},`, 1000) + `{}]}`: api.CodeBulk} {
			anna.call("POST", "/bulk", []byte(body), jsonType).is(t, 400, code)
		}
		if empty := anna.call("POST", "/bulk", []byte(`{}`), jsonType); len(empty.list(t, "responses")) != 0 {
			t.Errorf("%s", empty.body)
		}
	})
}

// A client that has read a mailbox once learns from changes what it has missed.
func TestChanges(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(nil)
		box := anna.mailbox()
		type feed struct {
			Modseq   int64
			Messages struct {
				Created, Updated []map[string]any
				Destroyed        []string
			}
			Folders struct {
				Created, Updated []map[string]any
				Destroyed        []string
			}
			HasMore bool
		}
		since := func(modseq int64) feed {
			t.Helper()
			a := anna.call("GET", fmt.Sprintf("%s/changes?since=%d", box, modseq), nil)
			a.is(t, 200, "")
			var f feed
			if err := json.Unmarshal(a.body, &f); err != nil {
				t.Fatal(err)
			}
			return f
		}
		first := since(0)
		if len(first.Messages.Created) != 1 || len(first.Folders.Created) != 4 || first.HasMore {
			t.Fatalf("%+v", first)
		}
		if version := anna.call("GET", box, nil).object(t)["version"]; version != float64(first.Modseq) {
			t.Errorf("the mailbox's version is %v, its modseq %d", version, first.Modseq)
		}
		if f := since(first.Modseq); len(f.Messages.Created)+len(f.Messages.Updated)+len(f.Folders.Created)+len(f.Folders.Updated) != 0 || f.Modseq != first.Modseq {
			t.Errorf("%+v", f)
		}
		path := box + "/messages/" + first.Messages.Created[0]["id"].(string)
		anna.call("PATCH", path, []byte(`{"flag":true}`), jsonType, "If-Match: 1").is(t, 200, "")
		anna.call("POST", box+"/folders/", []byte(`{"name":"Bil"}`), jsonType).is(t, 201, "")
		next := since(first.Modseq)
		if len(next.Messages.Updated) != 1 || next.Messages.Updated[0]["flag"] != true || next.Messages.Updated[0]["folderId"] != anna.folder("INBOX") ||
			len(next.Folders.Created) != 1 || next.Folders.Created[0]["name"] != "Bil" {
			t.Errorf("%+v", next)
		}
		anna.call("DELETE", path, nil, "If-Match: 2").is(t, 204, "")
		anna.call("DELETE", path, nil, "If-Match: 3").is(t, 204, "")
		if last := since(next.Modseq); len(last.Messages.Destroyed) != 1 || len(last.Messages.Updated) != 0 {
			t.Errorf("%+v", last)
		}
		anna.call("GET", box+"/changes?since=99999", nil).is(t, 400, mailbox.CodeModseq)
		for _, query := range []string{"?since=-1", "?since=x", "?limit=0", "?limit=1001", "?since=99999999999999999999"} {
			anna.call("GET", box+"/changes"+query, nil).is(t, 400, api.CodeParameter)
		}
	})
}

// follow opens the event stream of a mailbox. The function waits for its next
// event, and gives "" where it has ended.
func (c caller) follow(box string, headers ...string) func() string {
	c.s.T.Helper()
	ctx, cancel := context.WithCancel(c.s.T.Context())
	c.s.T.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", c.s.server.URL+api.Base+box+"/events", nil)
	if err != nil {
		c.s.T.Fatal(err)
	}
	r.Header.Set("Authorization", c.authorization)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := c.client.Do(r)
	if err != nil {
		c.s.T.Fatal(err)
	}
	c.s.T.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		c.s.T.Fatal(res.StatusCode, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	return func() string {
		var event []string
		for lines.Scan() {
			switch line := lines.Text(); {
			case line != "" && !strings.HasPrefix(line, ":"):
				event = append(event, line)
			case line == "" && event != nil:
				return strings.Join(event, " ")
			}
		}
		return ""
	}
}

// MBX-15: a client hears of each change, and of what it has missed when it comes
// back. The stream ends when the token does.
func TestEvents(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(nil)
		box := anna.mailbox()
		modseq := func() int64 { return int64(anna.call("GET", box, nil).object(t)["version"].(float64)) }
		event := func(unread, total int) string {
			n := modseq()
			return fmt.Sprintf(`id: %d event: change data: {"modseq":%d,"unreadMessages":%d,"totalMessages":%d}`, n, n, unread, total)
		}
		next := anna.follow(box)
		if e := next(); e != event(1, 1) {
			t.Fatal(e)
		}
		s.delivered(nil)
		if e := next(); e != event(2, 2) {
			t.Fatal(e)
		}
		known := modseq()
		back := anna.follow(box, fmt.Sprintf("Last-Event-ID: %d", known)) // it has missed nothing
		late := anna.follow(box, fmt.Sprintf("Last-Event-ID: %d", known-1))
		if e := late(); e != event(2, 2) {
			t.Fatal(e)
		}
		path := box + "/messages/" + anna.messages("")[0]["id"].(string)
		anna.call("PATCH", path, []byte(`{"read":true}`), jsonType, "If-Match: 1").is(t, 200, "")
		for _, one := range []func() string{next, back, late} {
			if e := one(); e != event(1, 2) {
				t.Fatal(e)
			}
		}
		s.person(s.Person("Bent", 50, nil)).call("GET", box+"/events", nil).is(t, 404, "not.found")
		s.Clock.Advance(16 * time.Minute) // the token has ended
		s.delivered(nil)
		if e := next(); e != "" {
			t.Error(e)
		}
	})
}

// All of a large folder goes on after the answer, and tells how far it is.
func TestLargeOperation(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	anna, town := s.person(s.anna), s.system(s.sender)
	const letters = 310
	for range letters {
		id, letter := s.Letter(s.town, s.anna, func(m *memo.Message) { m.Header.MessageUUID = post.NewUUID() })
		town.send(id, letter).is(t, 201, "")
	}
	begun := anna.call("POST", anna.mailbox()+"/operations/", fmt.Appendf(nil, `{"inFolderId":%q,"read":true}`, anna.folder("INBOX")), jsonType)
	begun.is(t, 202, "")
	path := strings.TrimPrefix(begun.header.Get("Location"), api.Base)
	if o := anna.call("GET", path, nil).object(t); o["total"] != float64(letters) || o["done"] == float64(letters) || o["finishedDateTime"] != nil {
		t.Errorf("%v", o)
	}
	anna.call("POST", path+"/undo", nil).is(t, 409, "operation.not.finished")
	s.Work()
	if o := anna.call("GET", path, nil).object(t); o["done"] != float64(letters) || o["finishedDateTime"] == nil {
		t.Errorf("%v", o)
	}
	if unread := len(anna.messages("?read=false&size=1&fields=id")); unread != 0 {
		t.Errorf("%d unread", unread)
	}
}

// One bulk cannot fill the memory with its answers.
func TestBulkHasAnEnd(t *testing.T) {
	s := start(t, testkit.SQLite(t))
	anna := s.person(s.anna)
	s.delivered(func(m *memo.Message) {
		for i := range 300 { // JSON writes each of these signs with six
			m.Body.MainDocument.Actions = append(m.Body.MainDocument.Actions, memo.Action{Label: fmt.Sprint(i, strings.Repeat("\u2028", 250)), ActionCode: memo.Information, EntryPoint: &memo.EntryPoint{URL: "https://eksempel.dk"}})
		}
	})
	path := "/mailboxes/" + anna.messages("")[0]["mailboxId"].(string) + "/messages/?size=1"
	var calls []string
	for i := range 1000 {
		calls = append(calls, fmt.Sprintf(`{"id":%d,"method":"GET","path":%q}`, i, path))
	}
	a := anna.call("POST", "/bulk", []byte(`{"requests":[`+strings.Join(calls, ",")+`]}`), jsonType)
	all := a.list(t, "responses")
	if len(all) != 1000 || all[0]["status"] != 200.0 || all[999]["status"] != 503.0 || len(a.body) > 40<<20 || !strings.Contains(fmt.Sprint(all[999]["body"]), api.CodeBulkSize) {
		t.Errorf("%d answers of %d bytes, the last %v", len(all), len(a.body), all[len(all)-1])
	}
}
