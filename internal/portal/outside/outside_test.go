package outside_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/portal/outside"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/smtpin"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// stack is a world with a world outside, as a localserve has them.
type stack struct {
	*world.World
	anna  registry.Party
	page  *httptest.Server
	other *outside.World
	stop  func() // waits for what is sent back
}

func start(t *testing.T, d *db.DB) *stack {
	t.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	out, back := listen(), listen()
	relay, err := outbound.NewRelay(outbound.MailConfig{Relay: out.Addr().String(), From: "no-reply@post.localhost", BounceDomain: "retur.post.localhost", TLS: outbound.MailOpen})
	if err != nil {
		t.Fatal(err)
	}
	s := &stack{World: world.New(t, d, func(c *outbound.Config) { c.Mail = relay })}
	silent := slog.New(slog.DiscardHandler)
	in := smtpin.New(smtpin.Config{DB: d, Outbound: s.Outbound, Log: silent, Domain: "retur.post.localhost"})
	go in.Serve(back) //nolint:errcheck // it ends with the test
	s.other, err = outside.New(outside.Config{Dir: t.TempDir(), Returns: back.Addr().String(), Log: silent, Web: web.Config{Log: silent}})
	if err != nil {
		t.Fatal(err)
	}
	go s.other.Mail().Serve(out) //nolint:errcheck // it ends with the test
	s.page = httptest.NewServer(s.other.Handler())
	s.stop = func() {
		if err := s.other.Mail().Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := in.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(s.page.Close)
	s.anna = s.Person("Anna", 40, nil)
	return s
}

func (s *stack) actor() post.Actor {
	return post.Actor{Party: s.anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
}

func (s *stack) inbox() []mailbox.Message {
	s.T.Helper()
	box, err := s.Mailboxes.Enter(s.T.Context(), s.actor())
	if err != nil {
		s.T.Fatal(err)
	}
	page, err := s.Mailboxes.Messages(s.T.Context(), s.actor(), box.UUID, mailbox.Query{Inbox: true})
	if err != nil {
		s.T.Fatal(err)
	}
	return page.Messages
}

func (s *stack) get(path string) (*http.Response, []byte) {
	s.T.Helper()
	r, err := http.Get(s.page.URL + path)
	if err != nil {
		s.T.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.T.Fatal(err)
	}
	return r, body
}

// arrived is an e-mail as scripts see it.
type arrived struct {
	ID, To, Subject, Text, ReturnPath string
	Attachments                       []struct {
		Name, Type, URL string
		Size            int
	}
}

// MBX-05: what is sent out can be looked at; afvist is refused, retur comes back,
// and both are told in the mailbox.
func TestEMailsArriveOutside(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		s := start(t, d)
		town := s.Authority("Prøvekøbing Kommune")
		content := bytes.Repeat([]byte("%PDF-1.7 \x00\xff\r\n"), 10_000)
		id, xml := s.Letter(town, s.anna, func(m *memo.Message) {
			m.Body.MainDocument.Files = []*memo.File{{EncodingFormat: "application/pdf", Filename: "Afgørelse æøå.pdf", Language: "da", Content: content}}
		})
		if _, err := s.Intake.Accept(t.Context(), intake.Submission{System: s.Sender(town).System, MessageUUID: id, Body: bytes.NewReader(xml), Length: -1}); err != nil {
			t.Fatal(err)
		}
		box, err := s.Mailboxes.Enter(t.Context(), s.actor())
		if err != nil {
			t.Fatal(err)
		}
		draft, err := s.Compose.Forward(t.Context(), s.actor(), box.UUID, s.inbox()[0].ID, compose.Edit{Comment: new("Se <her>"),
			To: &compose.To{EMails: []string{"bent@example.org", "afvist@example.org", "retur@example.org"}}})
		if err != nil || len(draft.Problems) > 0 {
			t.Fatalf("%+v, %v", draft.Problems, err)
		}
		sent, err := s.Compose.Send(t.Context(), s.actor(), box.UUID, draft.Message.ID, compose.Known{})
		if err != nil {
			t.Fatal(err)
		}
		s.Work()
		s.stop()

		_, raw := s.get("/e-mail.json")
		var all []arrived
		if err := json.Unmarshal(raw, &all); err != nil || len(all) != 2 {
			t.Fatalf("%d e-mails, want 2: %v %s", len(all), err, raw)
		}
		first := all[slices.IndexFunc(all, func(m arrived) bool { return m.To == "bent@example.org" })]
		if !strings.Contains(first.Text, "Se <her>") || !strings.Contains(first.Text, "Fra: Prøvekøbing Kommune") || !strings.Contains(first.Text, "Titel: Tid hos tandlægen") || len(first.Attachments) != 1 || first.Attachments[0].Size != len(content) {
			t.Errorf("%+v", first)
		}
		r, body := s.get(first.Attachments[0].URL)
		if sha256.Sum256(body) != sha256.Sum256(content) || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("the attachment is not the document: %d bytes, %v", len(body), r.Header)
		}
		for path, want := range map[string]string{
			"/": "VS: Tid hos tandlægen", "/e-mail": "bent@example.org",
			"/e-mail/" + first.ID: "Se &lt;her&gt;", "/e-mail/" + first.ID + "/kilde": "Auto-Submitted: auto-generated",
		} {
			if r, body := s.get(path); r.StatusCode != 200 || !bytes.Contains(body, []byte(want)) {
				t.Errorf("%s: %d, without %q", path, r.StatusCode, want)
			}
		}
		for _, path := range []string{"/e-mail/" + post.NewUUID().String(), "/e-mail/..%2f..%2fetc", "/e-mail/" + first.ID + "/bilag/9", "/sms"} {
			if r, _ := s.get(path); r.StatusCode != 404 {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
		outcomes, err := s.Compose.Status(t.Context(), s.actor(), box.UUID, sent.ID)
		if err != nil || len(outcomes) != 3 || outcomes[0].State != compose.Mailed || outcomes[1].State != compose.Failed || outcomes[2].State != compose.Failed {
			t.Errorf("%+v, %v", outcomes, err)
		}
		if told := s.inbox(); len(told) != 3 || told[0].Label != "Din e-mail kom ikke frem" || told[1].Label != told[0].Label {
			t.Errorf("%d messages, want the letter and two failures", len(told))
		}
	})
}
