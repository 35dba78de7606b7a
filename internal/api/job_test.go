package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// The whole job: a letter is sent, lies in the mailbox before the answer is back,
// and its business receipt is fetched (SND-01).
func TestLetterReachesItsRecipient(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		id, letter := s.Letter(s.town, s.anna, nil)

		sent := town.send(id, letter)
		sent.is(t, 201, "")
		technical := sent.object(t)
		if technical["receiptStatus"] != "RECEIVED" || technical["messageUUID"] != id.String() || technical["errorCode"] != nil || technical["transmissionId"] == nil {
			t.Errorf("technical receipt %s", sent.body)
		}
		m := s.person(s.anna).messages("")[0]
		if m["label"] != "Tid hos tandlægen" || m["read"] != false || m["sender"].(map[string]any)["label"] != "Prøvekøbing Kommune" { // SND-02
			t.Errorf("message %v", m)
		}

		list := town.call("GET", "/receipts/", nil)
		list.is(t, 200, "")
		ids := list.object(t)["content"].([]any)
		if len(ids) != 1 || list.object(t)["totalElements"] != 1.0 || list.object(t)["totalPages"] != 1.0 {
			t.Fatalf("receipts %s", list.body)
		}
		path := "/receipts/" + ids[0].(string)
		bulk := town.call("GET", "/receipts-bulk/", nil).list(t, "receipts")
		if len(bulk) != 1 || bulk[0]["id"] != ids[0] || bulk[0]["receiptStatus"] != "COMPLETED" {
			t.Errorf("bulk %v", bulk)
		}
		for range 2 { // it stays while it is asked to, and HEAD takes nothing
			business := town.call("GET", path+"?delete=false", nil)
			business.is(t, 200, "")
			r := business.object(t)
			if r["receiptStatus"] != "COMPLETED" || r["messageUUID"] != id.String() || r["transmissionId"] != technical["transmissionId"] {
				t.Errorf("business receipt %s", business.body)
			}
			if code, there := r["errorCode"]; code != nil || !there { // anything but null is read as negative
				t.Errorf("errorCode of a positive receipt: %s", business.body)
			}
			town.call("HEAD", path, nil).is(t, 200, "")
		}
		town.call("GET", path, nil).is(t, 200, "")
		town.call("GET", path, nil).is(t, 404, "receipt.not.found")
		town.call("DELETE", path, nil).is(t, 404, "receipt.not.found")
	})
}

func TestRefusalsAreToldByTheBusinessReceipt(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		child := s.Person("Bo", 14, nil)
		for _, test := range []struct {
			name, status, code string
			to                 func(*memo.Message)
		}{
			{"a child", "NOT_ALLOWED", "recipient.is.not.registered", func(m *memo.Message) { m.Header.Recipient.RecipientID = s.Number(child) }}, // SND-05
			{"nobody", "NOT_ALLOWED", "recipient.is.unknown", func(m *memo.Message) { m.Header.Recipient.RecipientID = "0203041239" }},
			{"a label of spaces", "INVALID", "empty.label.not.allowed", func(m *memo.Message) { m.Header.Label = " " }},
		} {
			t.Run(test.name, func(t *testing.T) {
				id, letter := s.Letter(s.town, s.anna, test.to)
				town.send(id, letter).is(t, 201, "")
				for _, r := range town.call("GET", "/receipts-bulk/", nil).list(t, "receipts") {
					if r["messageUUID"] == id.String() && (r["receiptStatus"] != test.status || r["errorCode"] != test.code || r["errorMessage"] == nil) {
						t.Errorf("%v", r)
					}
				}
			})
		}
		if n := len(town.call("GET", "/receipts-bulk/?size=2", nil).list(t, "receipts")); n != 2 {
			t.Errorf("a page of two has %d", n)
		}
	})
}

func TestTheSameLetterTwice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town, anna := s.system(s.sender), s.person(s.anna)
		id, letter := s.Letter(s.town, s.anna, nil)

		answers := make([]answer, 8) // at the same instant
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				answers[i], _ = town.try(t.Context(), "POST", "/memos/?memo-message-uuid="+id.String(), letter, xmlType)
			})
		}
		all.Wait()
		for _, a := range answers {
			a.is(t, 201, "")
			if string(a.body) != string(answers[0].body) {
				t.Errorf("answers differ:\n%s\n%s", a.body, answers[0].body)
			}
		}
		if again := town.send(id, letter); string(again.body) != string(answers[0].body) {
			t.Errorf("later: %s", again.body)
		}
		if n := len(anna.messages("")); n != 1 {
			t.Errorf("%d messages", n)
		}
		if n := len(town.call("GET", "/receipts-bulk/", nil).list(t, "receipts")); n != 1 {
			t.Errorf("%d receipts", n)
		}
		_, other := s.Letter(s.town, s.anna, func(m *memo.Message) { m.Header.MessageUUID, m.Header.Label = id, "Noget andet" })
		town.send(id, other).is(t, 400, intake.CodeUUIDUsed)
		if n := len(anna.messages("")); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestLetterWaitsForItsDate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		wait := func(m *memo.Message) {
			m.Header.DoNotDeliverUntilDate = time.Date(2026, time.November, 24, 0, 0, 0, 0, time.UTC)
		}
		kept, first := s.Letter(s.town, s.anna, wait)
		recalled, second := s.Letter(s.town, s.anna, wait)
		town.send(kept, first).is(t, 201, "")
		town.send(recalled, second).is(t, 201, "")
		if n := len(town.call("GET", "/receipts/", nil).object(t)["content"].([]any)); n != 0 {
			t.Errorf("%d receipts before the date", n)
		}
		stranger := s.system(s.Sender(s.Authority("Andenby Kommune")))
		stranger.call("DELETE", "/memos/"+recalled.String(), nil).is(t, 404, "memo.not.found")
		town.call("DELETE", "/memos/"+recalled.String(), nil).is(t, 204, "")
		town.call("DELETE", "/memos/"+recalled.String(), nil).is(t, 404, "memo.not.found")

		s.Clock.Set(post.StartOfDay(2026, time.November, 24))
		s.Work()
		all := s.person(s.anna).messages("")
		if len(all) != 1 {
			t.Fatalf("%d messages on the date", len(all))
		}
		town.call("DELETE", "/memos/"+kept.String(), nil).is(t, 404, "memo.not.found")
	})
}

func TestContainer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.system(s.sender)
		container := func(n int) []byte {
			var out strings.Builder
			w, err := memo.NewContainerWriter(&out)
			if err != nil {
				t.Fatal(err)
			}
			for range n {
				id, letter := s.Letter(s.town, s.anna, nil)
				entry, err := w.Create(id, int64(len(letter)))
				if err == nil {
					_, err = entry.Write(letter)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return []byte(out.String())
		}
		town.call("POST", "/memos/", container(2), "Content-Type: application/x-lzma").is(t, 201, "")

		form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.tar.lzma\"\r\nContent-Type: application/x-lzma\r\n\r\n" + string(container(1)) + "\r\n--x--\r\n"
		town.call("POST", "/memos/", []byte(form), "Content-Type: multipart/form-data; boundary=x").is(t, 201, "")
		s.Work()
		if n := len(s.person(s.anna).messages("")); n != 3 {
			t.Errorf("%d messages", n)
		}
		if n := len(town.call("GET", "/receipts-bulk/", nil).list(t, "receipts")); n != 3 {
			t.Errorf("%d receipts", n)
		}
		for name, test := range map[string]struct {
			body, contentType, code string
			status                  int
		}{
			"a form cut off":          {form[:len(form)-9], "multipart/form-data; boundary=x", "", 400},
			"a form without its file": {"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n", "multipart/form-data; boundary=x", "part.missing", 400},
			"a part of another type":  {strings.Replace(form, "x-lzma", "zip", 1), "multipart/form-data; boundary=x", "content.type.not.supported", http.StatusUnsupportedMediaType},
			"no form":                 {"hello", "multipart/form-data; boundary=x", "multipart.not.valid", 400},
		} {
			t.Run(name, func(t *testing.T) {
				town.call("POST", "/memos/", []byte(test.body), "Content-Type: "+test.contentType).is(t, test.status, test.code)
			})
		}
		// What cannot be read is told by a receipt.
		town.call("POST", "/memos/", []byte("no container"), "Content-Type: application/x-lzma").is(t, 201, "")
		s.Work()
		found := false
		for _, r := range town.call("GET", "/receipts-bulk/", nil).list(t, "receipts") {
			found = found || r["errorCode"] == memo.CodeContainerInvalid && r["receiptStatus"] == "INVALID"
		}
		if !found {
			t.Error("no receipt tells that the container is none")
		}
	})
}

func TestRecipientSystemFetches(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		court := s.Authority("Retten i Prøvekøbing")
		inbox := s.system(s.Recipient(court))
		town := s.system(s.sender)
		var ids []post.UUID
		for range 3 {
			id, letter := s.Letter(s.town, court, nil)
			town.send(id, letter).is(t, 201, "")
			ids = append(ids, id)
		}
		page := inbox.call("GET", "/memos/?page=0&size=2", nil).object(t)
		if fmt.Sprint(page["content"]) != fmt.Sprint([]any{ids[0].String(), ids[1].String()}) || page["totalElements"] != 3.0 || page["totalPages"] != 2.0 ||
			page["next"].(map[string]any)["page"] != 1.0 {
			t.Errorf("%v", page)
		}
		path := "/memos/" + ids[0].String()
		inbox.call("HEAD", path, nil).is(t, 200, "")
		xml := inbox.call("GET", path, nil)
		xml.is(t, 200, "")
		m, err := memo.Read(strings.NewReader(string(xml.body)), memo.ReadOptions{})
		if err != nil || m.Header.MessageUUID != ids[0] || m.Version != memo.V11 || xml.header.Get("Content-Type") != "application/xml" {
			t.Errorf("%v %v %v", m, err, xml.header)
		}
		receipt := func(status, id string) []byte {
			return fmt.Appendf(nil, `{"transmissionId":%q,"messageUUID":%q,"errorCode":null,"timeStamp":"2026-11-22T12:00:00Z","receiptStatus":%q}`, post.NewUUID(), id, status)
		}
		inbox.call("POST", path+"/receipt", []byte(`{"receiptStatus":`), jsonType).is(t, 400, "json.not.valid")
		inbox.call("POST", path+"/receipt", receipt("RECEIVED", ids[0].String()), jsonType).is(t, 422, "receipt.status.not.valid")
		inbox.call("POST", path+"/receipt", receipt("COMPLETED", ids[1].String()), jsonType).is(t, 422, "receipt.message.not.valid")
		inbox.call("POST", path+"/receipt", receipt("COMPLETED", ids[0].String()), jsonType).is(t, 200, "")
		inbox.call("GET", path, nil).is(t, 404, "memo.not.found")
		inbox.call("DELETE", "/memos/"+ids[1].String(), nil).is(t, 204, "")
		if left := inbox.call("GET", "/memos/", nil).object(t)["content"].([]any); len(left) != 1 || left[0] != ids[2].String() {
			t.Errorf("left %v", left)
		}
	})
}
