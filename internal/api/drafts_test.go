package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"digitalpost/internal/api"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/trustee"
	"digitalpost/memo"
)

const bytesType = "Content-Type: application/octet-stream"

// MBX-03: a view client writes to an authority, whose system gets the letter and
// gives its receipt; the client sees how far it is.
func TestClientWrites(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		message, document, file := s.letter(anna)
		path := anna.mailbox() + "/messages/" + message
		content := path + "/documents/" + document + "/files/" + file + "/content"
		draft := anna.call("GET", path, nil).object(t)
		if problems := draft["problems"].([]any); draft["messageState"] != "DRAFT" || len(problems) != 1 || problems[0].(map[string]any)["code"] != compose.CodeFileIncomplete {
			t.Errorf("%v", draft)
		}
		anna.call("GET", content, nil).is(t, 404, "not.found")
		anna.call("POST", path+"/send", nil).is(t, 422, compose.CodeFileIncomplete)

		// In pieces, of which one is lost.
		put := func(body, contentRange string) answer {
			t.Helper()
			return anna.call("PUT", content, []byte(body), bytesType, "If-Match: 1", "Content-Range: "+contentRange)
		}
		if first := put("et ", "bytes 0-2/10").object(t); first["incomplete"] != true || first["receivedSize"] != 3.0 || first["version"] != 1.0 {
			t.Errorf("%v", first)
		}
		put("kort", "bytes 6-9/10").is(t, 409, compose.CodeFileOffset)
		if f := anna.call("GET", path+"/documents/"+document+"/files/"+file, nil).object(t); f["receivedSize"] != 3.0 || f["incomplete"] != true {
			t.Errorf("%v", f)
		}
		for _, wrong := range []string{"bytes 3-9", "3-9/10", "bytes 3-2/10", "bytes 3-12/10", "bytes 3-8/10", "bytes */-1", "bytes */x"} {
			put("smukt k", wrong).is(t, 400, api.CodeParameter)
		}
		if last := put("smukt k", "bytes 3-9/10").object(t); last["incomplete"] != false || last["fileSize"] != 10.0 || last["version"] != 2.0 {
			t.Errorf("%v", last)
		}
		if got := anna.call("GET", content, nil); string(got.body) != "et smukt k" {
			t.Errorf("%s", got.body)
		}
		anna.call("PUT", content, []byte("x"), bytesType, "If-Match: 1").is(t, 409, api.CodeVersion)

		// As a form.
		form := "--x\r\nContent-Disposition: form-data; name=\"multipartFile\"; filename=\"a\"\r\n\r\net kort\r\n--x--\r\n"
		formType := "Content-Type: multipart/form-data; boundary=x"
		anna.call("PUT", content, []byte(form), formType, "If-Match: 2").is(t, 200, "")
		for body, want := range map[string]struct {
			status int
			code   string
		}{
			form[:len(form)-9]: {422, "multipart.not.valid"},
			"hej":              {400, "multipart.not.valid"},
			"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n": {400, "part.missing"},
		} {
			anna.call("PUT", content, []byte(body), formType, "If-Match: 3").is(t, want.status, want.code)
		}
		anna.call("PUT", content, []byte("{}"), jsonType, "If-Match: 3").is(t, http.StatusUnsupportedMediaType, api.CodeContentType)

		stale := anna.call("PUT", path+"/send", nil, "If-Match: 1")
		stale.is(t, 409, api.CodeVersion)
		now := anna.call("GET", path, nil)
		sent := anna.call("PUT", path+"/send", nil, "If-Match: "+now.header.Get("ETag"))
		sent.is(t, 200, "")
		m := sent.object(t)
		if m["messageState"] != "SENT" || m["folderId"] != anna.folder("SENT") || m["label"] != "Cykelsti" || m["deliveries"].([]any)[0].(map[string]any)["state"] != "DELIVERED" {
			t.Errorf("%s", sent.body)
		}
		if again := anna.call("POST", path+"/send", nil).object(t); again["id"] != m["id"] {
			t.Error("it was sent twice")
		}
		if gone := anna.call("GET", path, nil).object(t); gone["id"] != m["id"] {
			t.Errorf("%v", gone)
		}

		system := s.system(s.receiver)
		ids := system.call("GET", "/memos/", nil).object(t)["content"].([]any)
		if len(ids) != 1 {
			t.Fatal(ids)
		}
		xml := system.call("GET", "/memos/"+ids[0].(string), nil)
		letter, err := memo.Read(bytes.NewReader(xml.body), memo.ReadOptions{Rules: &memo.Rules{}})
		if err != nil || letter.Header.Sender.SenderID != s.Number(s.anna) || len(letter.Body.AdditionalDocument) != 1 || letter.Body.AdditionalDocument[0].Files[0].Size != 7 {
			t.Fatalf("%v %s", err, xml.body)
		}
		state := func() any {
			all := anna.call("GET", anna.mailbox()+"/messages/"+m["id"].(string), nil).object(t)["deliveries"].([]any)
			return all[0].(map[string]any)["state"]
		}
		if state() != "HANDED" {
			t.Error(state())
		}
		system.call("POST", "/memos/"+ids[0].(string)+"/receipt", []byte(`{"receiptStatus":"COMPLETED"}`), jsonType).is(t, 200, "")
		if state() != "TAKEN" {
			t.Error(state())
		}
	})
}

// What is typed is changed by PATCH and PUT, by the message's version.
func TestClientChangesDraft(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		s.reachable()
		anna := s.person(s.anna)
		_, point := s.structure()
		made := anna.call("POST", anna.mailbox()+"/messages/", []byte(`{"messageCode":"K1","folderId":"x"}`), jsonType)
		made.is(t, 201, "")
		path := anna.mailbox() + "/messages/" + made.object(t)["id"].(string)
		patch := func(version, body string) answer {
			t.Helper()
			return anna.call("PATCH", path, []byte(body), jsonType, "If-Match: "+version)
		}
		patch("1", `{"label":"Hej","flag":true}`).is(t, 200, "")
		stale := patch("1", `{"label":"Andet"}`)
		stale.is(t, 409, api.CodeVersion)
		if now := anna.call("GET", path, nil); stale.object(t)["version"] != now.object(t)["version"] || now.object(t)["label"] != "Hej" || now.object(t)["flag"] != true {
			t.Errorf("%s %s", stale.body, now.body)
		}
		version := func() string { return anna.call("GET", path, nil).header.Get("ETag") }
		to := fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CVR","contactPoint":{"contactPointId":%q,"contactInfo":[{"label":"Sagsnummer","value":"7"}]}}`, s.Number(s.town), point)
		changed := anna.call("PUT", path, fmt.Appendf(nil, `{"label":"Hej","recipient":%s}`, to), jsonType, "If-Match: "+version())
		changed.is(t, 200, "")
		if r := changed.object(t)["recipient"].(map[string]any); r["recipientId"] != s.Number(s.town) || r["contactPoint"].(map[string]any)["contactPointId"] != point.String() || r["label"] != s.town.Name {
			t.Errorf("%s", changed.body)
		}
		for body, want := range map[string]struct {
			status int
			code   string
		}{
			`{"label":"` + strings.Repeat("x", 300) + `"}`:                                                    {422, compose.CodeSubjectTooLong},
			`{"recipient":{"recipientId":"1","recipientIdType":"P"}}`:                                         {422, memo.CodeIDType},
			`{"recipient":{"recipientId":"a@b.dk","recipientIdType":"EMAIL"}}`:                                {422, registry.CodeNotAuthority},
			`{"folderId":"` + anna.folder("INBOX") + `"}`:                                                     {422, "folder.not.allowed"},
			`{"recipient":{"recipientId":"1","recipientIdType":"CVR","contactPoint":{"contactPointId":"x"}}}`: {422, memo.CodeContactPointID},
		} {
			patch(version(), body).is(t, want.status, want.code)
		}
		// Whom one cannot write to is a problem of the draft, and no CPR number is looked up by it.
		seen := map[string]bool{}
		for _, number := range []string{s.Number(s.Person("Bo", 30, nil)), "0101010000"} {
			a := patch(version(), fmt.Sprintf(`{"recipient":{"recipientId":%q,"recipientIdType":"CPR"}}`, number))
			a.is(t, 200, "")
			if strings.Contains(string(a.body), "Bo Prøvesen") || strings.Contains(string(a.body), number) {
				t.Errorf("%s", a.body)
			}
			seen[fmt.Sprint(a.object(t)["problems"].([]any)[0])] = true
		}
		if len(seen) != 1 {
			t.Errorf("%v", seen)
		}
		s.delivered(nil)
		received := anna.messages("?size=1")[0]
		anna.call("PATCH", anna.mailbox()+"/messages/"+received["id"].(string), []byte(`{"label":"x"}`), jsonType, "If-Match: 1").is(t, 422, api.CodeFieldFixed)
		anna.call("POST", anna.mailbox()+"/messages/"+received["id"].(string)+"/send", nil).is(t, 409, mailbox.CodeNoDraft)
		anna.call("POST", anna.mailbox()+"/messages/"+received["id"].(string)+"/documents/", []byte(`{"documentType":"ADDITIONAL"}`), jsonType).is(t, 409, mailbox.CodeNoDraft)

		anna.call("DELETE", path, nil, "If-Match: "+version()).is(t, 204, "")
		if f := anna.call("GET", path, nil).object(t)["folderId"]; f != anna.folder("DELETED") {
			t.Error(f)
		}
		anna.call("POST", path+"/send", nil).is(t, 409, compose.CodeDiscarded)
	})
}

// Documents and files of a draft: each refusal has its code.
func TestClientFiles(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		message, document, file := s.letter(anna)
		path := anna.mailbox() + "/messages/" + message + "/documents/"
		main := anna.call("GET", path, nil).list(t, "documents")[0]
		if files := main["files"].([]any); main["documentType"] != "MAIN" || len(files) != 2 {
			t.Fatalf("%v", main)
		}
		html, plain := main["files"].([]any)[0].(map[string]any), main["files"].([]any)[1].(map[string]any)
		text := func(f map[string]any, version, body string) answer {
			t.Helper()
			return anna.call("PUT", path+main["id"].(string)+"/files/"+f["id"].(string)+"/content", []byte(body), bytesType, "If-Match: "+version)
		}
		read := func(f map[string]any) string {
			t.Helper()
			return string(anna.call("GET", path+main["id"].(string)+"/files/"+f["id"].(string)+"/content", nil).body)
		}
		if read(plain) != "Kære kommune\n" || !strings.Contains(read(html), "<p>Kære <b>kommune</b></p>") {
			t.Errorf("%s %s", read(html), read(plain))
		}
		text(plain, "2", "Kære alle\n\nHej <b>").is(t, 200, "")
		if !strings.Contains(read(html), "<p>Kære alle</p><p>Hej &lt;b&gt;</p>") {
			t.Error(read(html))
		}
		text(html, "2", "<p>for sent</p>").is(t, 409, api.CodeVersion)
		text(html, "3", "<meta charset=iso-8859-1><p>K\xe6re</p><script>x</script>").is(t, 200, "")
		if read(plain) != "Kære\n" {
			t.Error(read(plain))
		}
		text(html, "4", "").is(t, 422, memo.CodeFileEmpty)
		text(html, "4", strings.Repeat("x", 500_000)).is(t, 413, compose.CodeTextTooLong)

		for _, c := range []struct {
			method, path, body string
			status             int
			code               string
		}{
			{"POST", path, `{"documentType":"MAIN"}`, 409, compose.CodeMainDocument},
			{"POST", path, `{"documentType":"TECHNICAL"}`, 422, "document.type.not.allowed"},
			{"POST", path, `{}`, 422, "document.type.not.allowed"},
			{"PUT", path + document, `{"label":"Nyt navn"}`, 200, ""},
			{"PUT", path + document, `{"label":"For sent"}`, 409, api.CodeVersion},
			{"PUT", path + main["id"].(string), `{"documentType":"ADDITIONAL"}`, 422, api.CodeFieldFixed},
			{"DELETE", path + main["id"].(string), "", 422, compose.CodeMainDocument},
			{"DELETE", path + post.NewUUID().String(), "", 404, compose.CodeDocumentUnknown},
			{"POST", path + main["id"].(string) + "/files/", `{"encodingFormat":"application/pdf","filename":"a.pdf"}`, 422, memo.CodeFileExtension},
			{"POST", path + document + "/files/", `{"encodingFormat":"application/zip","filename":"a.zip"}`, 422, memo.CodeFileExtension},
			{"POST", path + document + "/files/", `{"encodingFormat":"text/plain","filename":"a.exe"}`, 422, memo.CodeFileContent},
			{"POST", path + document + "/files/", `{"encodingFormat":"text/plain","filename":"a.txt","fileSize":0}`, 422, memo.CodeFileEmpty},
			{"POST", path + document + "/files/", `{"encodingFormat":"text/plain","filename":"a.txt","fileSize":20000000}`, 413, memo.CodeTooLarge},
			{"POST", path + post.NewUUID().String() + "/files/", `{"encodingFormat":"text/plain","filename":"a.txt"}`, 404, compose.CodeDocumentUnknown},
			{"PUT", path + document + "/files/" + file, `{"encodingFormat":"text/plain","filename":"nyt/navn.txt","language":"en"}`, 200, ""},
			{"PUT", path + document + "/files/" + file, `{"encodingFormat":"text/plain","filename":"b.txt"}`, 409, api.CodeVersion},
			{"PUT", path + main["id"].(string) + "/files/" + html["id"].(string), `{"encodingFormat":"text/html","filename":"b.html"}`, 422, compose.CodeMainDocument},
			{"DELETE", path + main["id"].(string) + "/files/" + html["id"].(string), "", 422, compose.CodeMainDocument},
			{"DELETE", path + document + "/files/" + post.NewUUID().String(), "", 404, compose.CodeFileUnknown},
			{"DELETE", path + document + "/files/" + file, "", 409, api.CodeVersion},
			{"DELETE", path + document, "", 409, api.CodeVersion},
		} {
			headers := []string{"If-Match: 1"}
			var body []byte
			if c.body != "" {
				body, headers = []byte(c.body), append(headers, jsonType)
			}
			a := anna.call(c.method, c.path, body, headers...)
			if a.status != c.status || c.code != "" && a.object(t)["code"] != c.code {
				t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, a.status, a.body)
			}
		}
		if f := anna.call("GET", path+document+"/files/"+file, nil).object(t); f["filename"] != "navn.txt" || f["language"] != "en" {
			t.Errorf("%v", f)
		}
	})
}

// MBX-04, MBX-05: answers and forwarding.
func TestClientRepliesAndForwards(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		s.reachable()
		anna := s.person(s.anna)
		s.delivered(nil)
		silent := anna.mailbox() + "/messages/" + anna.messages("?size=1")[0]["id"].(string)
		anna.call("POST", silent+"/reply", nil).is(t, 403, compose.CodeReplyNotAllowed)
		s.delivered(func(m *memo.Message) { m.Header.Reply = true })
		letter := anna.messages("?size=1")[0]
		path := anna.mailbox() + "/messages/" + letter["id"].(string)
		reply := anna.call("POST", path+"/reply", nil)
		reply.is(t, 200, "")
		if m := reply.object(t); m["messageState"] != "DRAFT" || m["recipient"].(map[string]any)["recipientId"] != s.Number(s.town) || len(m["replyData"].([]any)) != 2 {
			t.Errorf("%s", reply.body)
		}
		bo := s.Person("Bo", 30, nil)
		forward := func(body string) answer {
			t.Helper()
			return anna.call("POST", path+"/forward", []byte(body), jsonType)
		}
		drafts := func() int { return len(anna.messages("?folderId=" + anna.folder("DRAFTS"))) }
		before := drafts()
		for body, code := range map[string]string{
			fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CPR"}`, s.Number(bo)):                                            "",
			`{"recipientId":"0101010000","recipientIdType":"CPR"}`:                                                             "",
			`{"recipientId":"anna@eksempel.dk","recipientIdType":"EMAIL"}`:                                                     outbound.CodeNoEMail,
			`{"recipientId":"anna","recipientIdType":"EMAIL"}`:                                                                 outbound.CodeAddressNoAt,
			fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CVR","contactPointId":%q}`, s.Number(s.town), s.anna.UUID):       registry.CodePointUnknown,
			fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CVR","comment":%q}`, s.Number(s.town), strings.Repeat("x", 513)): compose.CodeCommentTooLong,
		} {
			forward(body).is(t, 422, code)
		}
		stranger, unborn := forward(fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CPR"}`, s.Number(bo))), forward(`{"recipientId":"0101010000","recipientIdType":"CPR"}`)
		if !bytes.Equal(stranger.body, unborn.body) {
			t.Errorf("numbers can be looked up: %s %s", stranger.body, unborn.body)
		}
		if drafts() != before {
			t.Error("what cannot be forwarded leaves a draft")
		}
		sent := forward(fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CVR","comment":"Se her"}`, s.Number(s.town)))
		sent.is(t, 200, "")
		if m := sent.object(t); m["messageState"] != "SENT" || m["forwardData"].(map[string]any)["comment"] != "Se her" || m["forward"] != true {
			t.Errorf("%s", sent.body)
		}
		cpr, err := s.Registry.CPR(bo)
		if err != nil {
			t.Fatal(err)
		}
		box := anna.mailbox()[len("/mailboxes/"):]
		id, _ := post.ParseUUID(box)
		me := post.Actor{Party: s.anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
		relation, err := s.Trustees.Ask(t.Context(), me, id, trustee.Request{FirstName: "Bo", LastName: "Prøvesen", CPR: cpr})
		if err != nil {
			t.Fatal(err)
		}
		his := s.person(bo)
		me.Party = bo.ID
		hisBox, err := s.Mailboxes.Enter(t.Context(), me)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Trustees.Answer(t.Context(), me, hisBox.UUID, relation.ID, 0, true); err != nil {
			t.Fatal(err)
		}
		forward(fmt.Sprintf(`{"recipientId":%q,"recipientIdType":"CPR"}`, s.Number(bo))).is(t, 200, "")
		if got := his.messages("?size=1")[0]; got["sender"].(map[string]any)["label"] != s.anna.Name || got["label"] != "VS: "+letter["label"].(string) {
			t.Errorf("%v", got)
		}
	})
}
