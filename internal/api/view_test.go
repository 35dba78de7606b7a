package api_test

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

func TestMailboxAndFolders(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		if a := anna.call("GET", "/mailboxes/messages/unread/exists/", nil); a.object(t)["unreadRegularMessagesExist"] != false {
			t.Errorf("%s", a.body)
		}
		s.delivered(nil)
		box := anna.call("GET", anna.mailbox(), nil)
		box.is(t, 200, "")
		m := box.object(t)
		if m["ownerName"] != "Anna Prøvesen" || m["ownerType"] != "CITIZEN" || m["ownerExternalId"] != s.Number(s.anna) || m["exempt"] != false ||
			m["access"].(map[string]any)["accessType"] != "OWNER" || m["statusType"] != "ACTIVE" {
			t.Errorf("%s", box.body)
		}
		if tag := box.header.Get("ETag"); anna.call("GET", anna.mailbox(), nil, "If-None-Match: "+tag).status != 304 {
			t.Error("the same version is sent again")
		}
		// A CPR number is for clients with the scope for it.
		if plain := s.person(s.anna, session.ScopeRead).call("GET", anna.mailbox(), nil); plain.object(t)["ownerExternalId"] != nil {
			t.Errorf("%s", plain.body)
		}

		var names []string
		folders := anna.call("GET", anna.mailbox()+"/folders/", nil).list(t, "folders")
		for _, f := range folders {
			names = append(names, fmt.Sprint(f["folderType"], " ", f["name"]))
		}
		if want := "INBOX Indbakke, DRAFTS Kladder, SENT Sendt post, DELETED Slettet post"; strings.Join(names, ", ") != want {
			t.Errorf("%v", names)
		}
		sorted := anna.call("GET", anna.mailbox()+"/folders/?sortFields=name:desc&size=1", nil).object(t)
		if first := sorted["folders"].([]any)[0].(map[string]any); first["name"] != "Slettet post" || sorted["totalPages"] != 4.0 {
			t.Errorf("%v", sorted)
		}
		anna.call("GET", anna.mailbox()+"/folders/"+folders[0]["id"].(string), nil).is(t, 200, "")
		anna.call("GET", anna.mailbox()+"/folders/"+post.NewUUID().String(), nil).is(t, 404, "not.found")
		summary := anna.call("GET", anna.mailbox()+"/folders/summary/", nil).list(t, "folderMessageSummaryList")
		if c := summary[0]["messageCount"].(map[string]any); c["unreadMessages"] != 1.0 || c["totalMessages"] != 1.0 || c["label"] != "Indbakke" {
			t.Errorf("%v", summary)
		}
		if a := anna.call("GET", "/mailboxes/messages/unread/exists/?ownerIdType=CPR&ownerId="+s.Number(s.anna), nil); a.object(t)["unreadRegularMessagesExist"] != true {
			t.Errorf("%s", a.body)
		}
		anna.call("GET", "/mailboxes/messages/unread/exists/?ownerIdType=CVR&ownerId="+s.Number(s.town), nil).is(t, 404, "not.found")
		// A child has no mailbox.
		child := s.person(s.Person("Bo", 14, nil)).call("GET", "/mailboxes/", nil)
		if child.is(t, 200, ""); len(child.list(t, "mailboxes")) != 0 {
			t.Errorf("%s", child.body)
		}
	})
}

func TestListOfMessages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		for i := range 5 {
			s.delivered(func(m *memo.Message) { m.Header.Label = fmt.Sprintf("Brev %c", 'C'-i%3) })
			s.Clock.Advance(time.Minute)
		}
		labels := func(query string) string {
			t.Helper()
			var all []string
			for _, m := range anna.messages(query) {
				all = append(all, strings.TrimPrefix(m["label"].(string), "Brev "))
			}
			return strings.Join(all, "")
		}
		start := s.Clock.Now().UTC()
		at := func(minutes int) string { return start.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339) }
		inbox := anna.call("GET", anna.mailbox()+"/folders/", nil).list(t, "folders")[0]["id"].(string)
		for query, want := range map[string]string{
			"":                                       "BCABC", // newest first (MBX-01)
			"?sortFields=receivedDateTime:ASC":       "CBACB",
			"?sortFields=label:asc":                  "ABBCC",
			"?sortFields=label:desc,read:asc&size=3": "CCB",
			"?sortFields=read,label:asc":             "ABBCC",
			"?read=true":                             "",
			"?searchParameters=read:false,dateFrom:" + at(-2): "BC",
			"?due=true":                              "",
			"?size=2&page=1":                         "AB",
			"?size=2&page=7":                         "",
			"?any=brev&size=2":                       "BC",
			"?any=*a*":                               "A", // only the title's own word
			"?any=bre":                               "",
			"?any=bre*&size=2":                       "BC",
			"?any=breve%26a":                         "A", // another form of the word, and one more
			"?searchParameters=label:A,read:false":   "A",
			"?documents=true":                        "",
			"?flag=true":                             "",
			"?read=false":                            "BCABC",
			"?folderId=" + inbox:                     "BCABC",
			"?dateFrom=" + at(-2):                    "BC",
			"?receivedDateTo=" + at(-4):              "BC",
			"?dateFrom=2026-11-22&dateTo=2026-11-22": "BCABC",
			"?dateTo=2026-11-21":                     "",
		} {
			if got := labels(query); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		for _, sort := range []string{"", "label:asc", "receivedDateTime:asc", "read:desc", "label:desc,receivedDateTime:asc", "flag,label"} { // next reads the whole list, without gaps or doubles
			whole, parts, next := labels("?sortFields="+sort), "", ""
			for page := 0; ; page++ {
				a := anna.call("GET", anna.mailbox()+"/messages/?size=2&sortFields="+sort+"&next="+next, nil)
				o := a.object(t)
				if o["totalElements"] != 5.0 || o["totalPages"] != 3.0 || o["currentPage"] != float64(page) {
					t.Errorf("%s", a.body)
				}
				for _, m := range a.list(t, "messages") {
					parts += strings.TrimPrefix(m["label"].(string), "Brev ")
				}
				if o["next"] == nil {
					break
				}
				next = o["next"].(string)
			}
			if parts != whole {
				t.Errorf("sorted by %q: %s by next, %s at once", sort, parts, whole)
			}
		}
		for query, code := range map[string]string{
			"?size=1001": api.CodeParameter, "?page=-1": api.CodeParameter, "?sortFields=note": api.CodeSortField, "?sortFields=label:up": api.CodeParameter,
			"?next=x": api.CodeParameter, "?next=1.x": api.CodeParameter, "?dateFrom=x": api.CodeParameter, "?folderId=x": api.CodeParameter,
			"?searchParameters=cpr:1": api.CodeParameter, "?any=a|b": api.CodeParameter, "?any=!a": api.CodeParameter, "?read=x": api.CodeParameter, "?flag=false": api.CodeParameter, "?page=1000000&size=1000": api.CodeParameter,
		} {
			anna.call("GET", anna.mailbox()+"/messages/"+query, nil).is(t, 400, code)
		}
		anna.call("GET", anna.mailbox()+"/messages/?folderId="+post.NewUUID().String(), nil).is(t, 404, "not.found")

		// A list has each message whole, unless the client names the fields it wants.
		if m := anna.messages("?size=1")[0]; m["documents"] == nil || m["sender"].(map[string]any)["senderId"] != s.Number(s.town) || m["recipient"] == nil {
			t.Errorf("%v", m)
		}
		if m := anna.messages("?size=1&fields=id,label,read,sender.label")[0]; m["documents"] != nil || m["sender"].(map[string]any)["label"] != "Prøvekøbing Kommune" {
			t.Errorf("%v", m)
		}
	})
}

func TestMessage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		s.delivered(func(m *memo.Message) {
			m.Header.Reply, m.Header.ReplyByDateTime = true, s.Clock.Now().AddDate(0, 1, 0) // MBX-04
			m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal", ActionCode: memo.Betaling, EndDateTime: s.Clock.Now().AddDate(0, 0, 7), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.org"}}}
			m.Body.TechnicalDocument = []memo.Document{{Files: []*memo.File{{EncodingFormat: "text/xml", Filename: "data.xml", Language: "da", Content: []byte("<a/>")}}}}
		})
		path := anna.mailbox() + "/messages/" + anna.messages("")[0]["id"].(string)
		first := anna.call("GET", path, nil)
		first.is(t, 200, "")
		m := first.object(t)
		documents := m["documents"].([]any)
		main := documents[0].(map[string]any)
		action := main["actions"].([]any)[0].(map[string]any)
		if m["reply"] != true || m["replyByDateTime"] == nil || m["messageType"] != "REGULAR" || m["messageState"] != "RECEIVED" || m["read"] != false ||
			len(documents) != 1 || main["documentType"] != "MAIN" || action["actionCode"] != "BETALING" || action["entryPointUrl"] != "https://betal.example.org" { // technical documents are not shown
			t.Errorf("%s", first.body)
		}
		again := anna.call("GET", path, nil)
		if !bytes.Equal(first.body, again.body) || !strings.HasPrefix(again.header.Get("ETag"), `"1.`) {
			t.Errorf("reading changed it: %s", again.body)
		}
		if anna.call("GET", path, nil, "If-None-Match: "+again.header.Get("ETag")).status != 304 {
			t.Error("the same version is sent again")
		}

		patch := func(version, body string) answer {
			t.Helper()
			return anna.call("PATCH", path, []byte(body), "If-Match: "+version, jsonType)
		}
		read := patch("1", `{"read":true}`)
		read.is(t, 200, "")
		if o := read.object(t); o["read"] != true || o["version"] != 2.0 || !strings.HasPrefix(read.header.Get("ETag"), `"2.`) {
			t.Errorf("%s", read.body)
		}
		stale := patch("1", `{"flag":true}`)
		stale.is(t, 409, api.CodeVersion) // and tells the version to go on from
		if stale.object(t)["version"] != 2.0 || stale.header.Get("ETag") != read.header.Get("ETag") {
			t.Errorf("%s %s", stale.body, stale.header)
		}
		patch(read.header.Get("ETag"), `{"flag":true,"note":"Husk kvittering","folderId":null,"unknown":1}`).is(t, 200, "") // MBX-10, MBX-12
		deleted := anna.call("GET", anna.mailbox()+"/folders/", nil).list(t, "folders")[3]["id"].(string)
		moved := patch("3", fmt.Sprintf(`{"folderId":%q,"read":false}`, deleted)) // MBX-08, MBX-11
		if o := moved.object(t); o["folderId"] != deleted || o["read"] != false || o["flag"] != true || o["note"] != "Husk kvittering" {
			t.Errorf("%s", moved.body)
		}
		for _, test := range []struct {
			version, body string
			status        int
			code          string
		}{
			{"4", `{"read":`, 400, api.CodeJSON},
			{"4", `{"read":"yes"}`, 400, api.CodeJSON},
			{"4", `{"folderId":"x"}`, 400, api.CodeJSON},
			{"", `{"read":true}`, 400, api.CodeIfMatch},
			{"x", `{"read":true}`, 400, api.CodeParameter},
			{"4", `{"label":"x"}`, 422, api.CodeFieldFixed},
			{"4", `{"folderId":"` + post.NewUUID().String() + `"}`, 422, "folder.unknown"},
			{"4", `{"note":"` + strings.Repeat("a", 4001) + `"}`, 422, "note.too.long"},
			{"4", `{"note":"` + strings.Repeat("a", 1<<20) + `"}`, 413, api.CodeBodyTooLarge},
		} {
			patch(test.version, test.body).is(t, test.status, test.code)
		}
		s.person(s.anna, session.ScopeRead).call("PATCH", path, []byte(`{"read":true}`), "If-Match: 4", jsonType).is(t, 403, "access.read.only.token")
	})
}

// hostile are odd names that senders may give, and what of them reaches a browser.
// Worse ones are refused with the letter; disposition_test.go has them.
var hostile = []struct{ name, saved string }{
	{"brev.txt", "brev.txt"},
	{"Årsopgørelse 2026 (1).txt", "Årsopgørelse 2026 (1).txt"},
	{"a;b=c'd%20e.txt", "a;b=c'd%20e.txt"},
	{"...skjult.txt", "skjult.txt"},
	{strings.Repeat("æ", 200) + ".txt", strings.Repeat("æ", 200) + ".txt"},
}

func TestFileContent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		anna := s.person(s.anna)
		long := bytes.Repeat([]byte("0123456789"), 20_000)
		file := func(name, format string, content []byte) memo.Document {
			return memo.Document{Files: []*memo.File{{EncodingFormat: format, Filename: name, Language: "da", Content: content}}}
		}
		s.delivered(func(m *memo.Message) {
			m.Body.MainDocument = file("lang.txt", "text/plain", long)
			m.Body.AdditionalDocument = []memo.Document{file("ikke.pdf", "application/pdf", []byte("this is no PDF")), file("side.html", "text/html", []byte("<html><script>alert(1)</script></html>"))}
			for _, h := range hostile {
				m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, file(h.name, "text/plain", []byte("x")))
			}
		})
		message := anna.mailbox() + "/messages/" + anna.messages("")[0]["id"].(string)
		documents := anna.call("GET", message+"/documents/", nil).list(t, "documents")
		path := func(document int) string {
			t.Helper()
			doc := message + "/documents/" + documents[document]["id"].(string)
			anna.call("GET", doc, nil).is(t, 200, "")
			files := anna.call("GET", doc+"/files/", nil).list(t, "files")
			one := doc + "/files/" + files[0]["id"].(string)
			anna.call("GET", one, nil).is(t, 200, "")
			return one + "/content"
		}
		whole := anna.call("GET", path(0), nil)
		whole.is(t, 200, "")
		if !bytes.Equal(whole.body, long) {
			t.Errorf("%d bytes", len(whole.body))
		}
		for name, want := range map[string]string{"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
			"Cache-Control": "private, no-store", "Accept-Ranges": "bytes"} {
			if got := whole.header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		part := anna.call("GET", path(0), nil, "Range: bytes=99995-100004")
		if part.is(t, 206, ""); string(part.body) != "5678901234" || part.header.Get("Content-Range") != "bytes 99995-100004/200000" {
			t.Errorf("%s %s", part.body, part.header)
		}
		anna.call("GET", path(0), nil, "Range: bytes=300000-").is(t, 416, "")
		if head := anna.call("HEAD", path(0), nil); head.status != 200 || head.header.Get("Content-Length") != "200000" {
			t.Errorf("%v", head.header)
		}
		if anna.call("GET", path(0), nil, "If-None-Match: "+whole.header.Get("ETag")).status != 304 {
			t.Error("the same bytes are sent again")
		}
		if got := anna.call("GET", path(1), nil).header.Get("Content-Type"); got != "application/octet-stream" { // its bytes do not fit
			t.Error(got)
		}
		for i, h := range hostile {
			disposition := anna.call("GET", path(3+i), nil).header.Get("Content-Disposition")
			kind, params, err := mime.ParseMediaType(disposition)
			if err != nil || kind != "attachment" || params["filename"] != h.saved {
				t.Errorf("%q is saved as %q (%v)", h.name, disposition, err)
			}
		}
		nothing := post.NewUUID().String()
		for _, missing := range []string{message + "/documents/" + nothing, message + "/documents/" + nothing + "/files/", strings.Replace(path(0), documents[0]["id"].(string), documents[1]["id"].(string), 1)} {
			anna.call("GET", missing, nil).is(t, 404, "not.found")
		}
	})
}
