package outbound_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// relay is a mail server that takes, or does not take, what we send.
type relay struct {
	mu      sync.Mutex
	answers []error // of the next recipients; nil takes
	after   []error // of the next contents
	got     []envelope
	known   int // how often somebody showed the password
}

type envelope struct {
	from, to string
	raw      []byte
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) { return &relaySession{relay: r}, nil }

type relaySession struct {
	relay *relay
	envelope
}

func (s *relaySession) Reset()        { s.envelope = envelope{} }
func (s *relaySession) Logout() error { return nil }
func (s *relaySession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// AuthMechanisms and Auth are for the test of a relay that wants a password.
func (s *relaySession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *relaySession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "digitalpost" || password != "kodeord" {
			return smtp.ErrAuthFailed
		}
		s.relay.mu.Lock()
		defer s.relay.mu.Unlock()
		s.relay.known++
		return nil
	}), nil
}

func take(answers *[]error) error {
	if len(*answers) == 0 {
		return nil
	}
	err := (*answers)[0]
	*answers = (*answers)[1:]
	return err
}

func (s *relaySession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	s.to = to
	return take(&s.relay.answers)
}

func (s *relaySession) Data(in io.Reader) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	s.relay.mu.Lock()
	defer s.relay.mu.Unlock()
	if err := take(&s.relay.after); err != nil {
		return err
	}
	s.raw = raw
	s.relay.got = append(s.relay.got, s.envelope)
	return nil
}

// mails is a world whose e-mails go to a relay of the test's own.
type mails struct {
	*world.World
	relay  *relay
	server *smtp.Server
	town   registry.Party
	system registry.System
	anna   registry.Party
	log    *bytes.Buffer // all that was logged
}

func start(t *testing.T, d *db.DB, change ...func(*mails, *outbound.MailConfig)) *mails {
	t.Helper()
	m := &mails{relay: &relay{}, log: &bytes.Buffer{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.server = smtp.NewServer(m.relay)
	m.server.Domain, m.server.MaxMessageBytes, m.server.ErrorLog = "relay.example", 64<<20, log.New(io.Discard, "", 0)
	t.Cleanup(func() { m.server.Close() })
	c := outbound.MailConfig{Relay: l.Addr().String(), From: "no-reply@post.example", BounceDomain: "bounce.post.example", TLS: outbound.MailOpen,
		Link: func(message post.UUID) string { return "https://borger.example/post/" + message.String() }}
	for _, fn := range change {
		fn(m, &c)
	}
	go m.server.Serve(l) //nolint:errcheck // it ends with the test
	r, err := outbound.NewRelay(c)
	if err != nil {
		t.Fatal(err)
	}
	m.World = world.New(t, d, func(c *outbound.Config) {
		c.Mail, c.Log = r, slog.New(slog.NewTextHandler(m.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	m.town = m.Authority("Prøvekøbing Kommune")
	m.system = m.Sender(m.town).System
	m.anna = m.Person("Anna", 40, nil)
	return m
}

// letter has a letter lie in anna's mailbox.
func (m *mails) letter(change func(*memo.Message)) mailbox.Message {
	m.T.Helper()
	id, xml := m.Letter(m.town, m.anna, change)
	_, err := m.Intake.Accept(m.T.Context(), intake.Submission{System: m.system, MessageUUID: id, Body: bytes.NewReader(xml), Length: int64(len(xml))})
	if err != nil {
		m.T.Fatal(err)
	}
	all := m.inbox()
	if len(all) == 0 || all[0].MemoUUID != id {
		m.T.Fatal("the letter was not delivered")
	}
	return all[0]
}

// inbox is anna's messages, the newest first.
func (m *mails) inbox() []mailbox.Message {
	m.T.Helper()
	box, err := m.Mailboxes.Enter(m.T.Context(), m.actor())
	if err != nil {
		m.T.Fatal(err)
	}
	list, err := m.Mailboxes.Messages(m.T.Context(), m.actor(), box.UUID, mailbox.Query{})
	if err != nil {
		m.T.Fatal(err)
	}
	return list.Messages
}

func (m *mails) actor() post.Actor {
	return post.Actor{Party: m.anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
}

func (m *mails) address(text string) outbound.Address {
	m.T.Helper()
	a, err := outbound.ParseAddress(text)
	if err != nil {
		m.T.Fatal(err)
	}
	return a
}

const secret = "bent.secret@example.org"

func (m *mails) ask(message post.UUID, change func(*outbound.EMail)) (id post.UUID, err error) {
	m.T.Helper()
	e := outbound.EMail{Mailbox: m.anna.ID, Message: message, Actor: m.actor(), Via: "owner", To: m.address(secret), Comment: "Se lige her,\nkære Bent & co."}
	if change != nil {
		change(&e)
	}
	err = m.DB.Update(m.T.Context(), func(tx *db.Tx) (err error) {
		id, err = m.Outbound.EMail(tx, e)
		return err
	})
	return id, err
}

func (m *mails) forward(message post.UUID, change func(*outbound.EMail)) post.UUID {
	m.T.Helper()
	id, err := m.ask(message, change)
	if err != nil {
		m.T.Fatal(err)
	}
	return id
}

func (m *mails) states(message post.UUID) []outbound.Mail {
	m.T.Helper()
	var all []outbound.Mail
	err := m.DB.Read(m.T.Context(), func(tx *db.Tx) (err error) {
		all, err = m.Outbound.EMails(tx, m.anna.ID, message)
		return err
	})
	if err != nil {
		m.T.Fatal(err)
	}
	return all
}

func (m *mails) events(name audit.Name) (n int) {
	m.T.Helper()
	err := m.DB.Read(m.T.Context(), func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE name = $1", string(name)).Scan(&n)
	})
	if err != nil {
		m.T.Fatal(err)
	}
	return n
}

// told is the text of the newest message in anna's mailbox, which must be one that
// Digital Post wrote.
func (m *mails) told() string {
	m.T.Helper()
	newest := m.inbox()[0]
	if newest.SenderName != m.Operator.Name || newest.Label != "Din e-mail kom ikke frem" {
		m.T.Fatalf("the newest message is %q from %q", newest.Label, newest.SenderName)
	}
	o, err := m.Mailboxes.Outgoing(m.T.Context(), m.anna.ID, newest.ID)
	if err != nil {
		m.T.Fatal(err)
	}
	defer o.Close()
	text, err := io.ReadAll(o.Content(o.Files()[0]))
	if err != nil {
		m.T.Fatal(err)
	}
	return string(text)
}

// read takes an e-mail apart: its head, its texts, its attachments by name.
func read(t *testing.T, raw []byte) (head mail.Header, texts []string, files map[string][]byte, types map[string]string) {
	t.Helper()
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	files, types = map[string][]byte{}, map[string]string{}
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			return r.Header, texts, files, types
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part.Body)
		if err != nil {
			t.Fatal(err)
		}
		switch h := part.Header.(type) {
		case *mail.AttachmentHeader:
			name, _ := h.Filename()
			types[name], _, _ = h.ContentType()
			files[name] = body
		case *mail.InlineHeader:
			texts = append(texts, string(body))
		}
	}
}

func attached(name string, content []byte) *memo.File {
	kinds := map[string]string{"pdf": "application/pdf", "txt": "text/plain", "png": "image/png"}
	return &memo.File{EncodingFormat: kinds[memo.Extension(name)], Filename: name, Language: "da", Content: content}
}

func pdf(n int) []byte {
	return append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("\r\n.\n\x00\xff"), n)...)
}

// MBX-05: the e-mail has the documents as they are, and says whose letter it is.
func TestLetterGoesOutByEMail(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		large, small := pdf(300_000), []byte("Kære borger. Blåbærgrød.")
		msg := m.letter(func(l *memo.Message) {
			l.Header.Label = "Afgørelse om plads"
			l.Body.MainDocument.Files = []*memo.File{attached("Afgørelse æøå – 😀.pdf", large)}
			l.Body.AdditionalDocument = []memo.Document{{Label: "Bilag", Files: []*memo.File{attached("bilag.txt", small)}}}
			l.Body.TechnicalDocument = []memo.Document{{Label: "Teknik", Files: []*memo.File{{EncodingFormat: "application/xml", Filename: "data.xml", Language: "da", Content: []byte("<a/>")}}}}
		})
		id := m.forward(msg.ID, nil)
		if len(m.relay.got) != 0 {
			t.Fatal("sent before it was asked for for good")
		}
		m.Work()
		m.Work()
		if len(m.relay.got) != 1 {
			t.Fatalf("%d e-mails, want 1; %s", len(m.relay.got), m.log)
		}
		got := m.relay.got[0]
		if got.to != secret || got.from != m.Outbound.ReturnAddress(id) {
			t.Errorf("envelope: %s to %s", got.from, got.to)
		}
		h, texts, files, types := read(t, got.raw)
		if len(files) != 2 || sha256.Sum256(files["Afgørelse æøå – 😀.pdf"]) != sha256.Sum256(large) || !bytes.Equal(files["bilag.txt"], small) {
			t.Errorf("the documents are not as they were: %d of them", len(files))
		}
		if types["Afgørelse æøå – 😀.pdf"] != "application/pdf" || types["bilag.txt"] != "text/plain" {
			t.Errorf("types: %v", types)
		}
		from, _ := h.AddressList("From")
		if len(from) != 1 || from[0].Name != "Anna Prøvesen via Digital Post" || from[0].Address != "no-reply@post.example" {
			t.Errorf("From: %v", from)
		}
		subject, _ := h.Subject()
		date, _ := h.Date()
		if subject != "Anna Prøvesen har sendt dig et brev" || h.Get("Auto-Submitted") != "auto-generated" || h.Get("Message-Id") != "<"+id.String()+"@post.example>" || !date.Equal(m.Clock.Now()) {
			t.Errorf("head: %q %v", subject, h.Map())
		}
		if len(texts) != 2 {
			t.Fatalf("%d texts", len(texts))
		}
		for _, want := range []string{"Anna Prøvesen", "Prøvekøbing Kommune", "Afgørelse om plads", "22. november 2026", "bilag.txt", "Se lige her,"} {
			if !strings.Contains(texts[0], want) || !strings.Contains(texts[1], want) {
				t.Errorf("the e-mail does not say %q:\n%s\n%s", want, texts[0], texts[1])
			}
		}
		if !strings.Contains(texts[1], "kære Bent &amp; co.") {
			t.Error("the comment is not escaped in HTML")
		}
		if bytes.Contains(got.raw, []byte(m.Number(m.anna))) {
			t.Error("the CPR number went out")
		}
		if s := m.states(msg.ID); len(s) != 1 || s[0].State != outbound.MailSent || s[0].To().Reveal() != secret || s[0].Ended.IsZero() {
			t.Errorf("state: %+v", s)
		}
		if m.events(audit.MessageForwardedToEmail) != 1 || m.events(audit.EMailSent) != 1 {
			t.Error("events are missing")
		}
	})
}

func TestLanguageAndOnBehalf(t *testing.T) {
	m := start(t, testkit.SQLite(t))
	helper := m.Person("Jens", 50, nil)
	m.Give(rights.Right{Mailbox: m.anna.ID, Holder: helper.ID, Relation: access.Reader})
	msg := m.letter(nil)
	m.forward(msg.ID, func(e *outbound.EMail) { e.Actor.Party, e.English, e.Comment = helper.ID, true, "" })
	m.forward(msg.ID, func(e *outbound.EMail) { e.Actor.Party = helper.ID })
	m.Work()
	_, texts, _, _ := read(t, m.relay.got[0].raw)
	if want := "Jens Prøvesen has sent you a letter from Anna Prøvesen’s Digital Post."; !strings.Contains(texts[0], want) || strings.Contains(texts[0], "writes") {
		t.Errorf("got %s", texts[0])
	}
	_, texts, _, _ = read(t, m.relay.got[1].raw)
	if want := "Jens Prøvesen har sendt dig et brev fra Anna Prøvesens Digital Post."; !strings.Contains(texts[0], want) {
		t.Errorf("got %s", texts[0])
	}
}

func refuse(code int, enhanced smtp.EnhancedCode) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "no <" + secret + ">"}
}

// MBX-05: what the relay does not take now it gets later, in one piece and once.
func TestRelayThatIsBusyIsTriedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		msg := m.letter(nil)
		m.relay.answers = []error{refuse(451, smtp.EnhancedCode{4, 7, 1})}
		m.relay.after = []error{refuse(452, smtp.EnhancedCode{4, 3, 1})}
		m.forward(msg.ID, nil)
		for range 3 {
			m.Work()
			m.Clock.Advance(time.Hour)
		}
		if len(m.relay.got) != 1 || len(m.inbox()) != 1 {
			t.Errorf("%d e-mails, %d messages", len(m.relay.got), len(m.inbox()))
		}
		if s := m.states(msg.ID); s[0].State != outbound.MailSent {
			t.Errorf("%+v", s)
		}
		if strings.Contains(m.log.String(), "secret") || !strings.Contains(m.log.String(), "email.relay.recipient.451") {
			t.Errorf("log: %s", m.log)
		}
	})
}

// MBX-05: a failure comes back as a message in the mailbox, once.
func TestRefusedEMailIsToldInTheMailbox(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		for _, test := range []struct {
			answer, after error
			want          string
		}{
			{refuse(550, smtp.EnhancedCode{5, 1, 1}), nil, "kender ikke adressen"},
			{refuse(550, smtp.NoEnhancedCode), nil, "kender ikke adressen"},
			{refuse(552, smtp.EnhancedCode{5, 2, 2}), nil, "indbakke er fuld"},
			{nil, refuse(552, smtp.EnhancedCode{5, 3, 4}), "fylder for meget"},
			{nil, refuse(554, smtp.EnhancedCode{5, 7, 1}), "ville ikke tage imod"},
		} {
			m := start(t, freshLike(t, d))
			msg := m.letter(func(l *memo.Message) { l.Header.Label = "Om <b> & dig" })
			m.relay.answers, m.relay.after = []error{test.answer}, []error{test.after}
			m.forward(msg.ID, nil)
			m.Work()
			m.Clock.Advance(time.Hour)
			m.Work()
			if len(m.inbox()) != 2 || len(m.relay.got) != 0 {
				t.Fatalf("%d messages, %d e-mails", len(m.inbox()), len(m.relay.got))
			}
			text := m.told()
			for _, want := range []string{test.want, secret, "Om &lt;b&gt; &amp; dig", `href="https://borger.example/post/` + msg.ID.String(), "The e-mail did not arrive", "stadig i din Digital Post"} {
				if !strings.Contains(text, want) {
					t.Errorf("the message does not say %q: %s", want, text)
				}
			}
			if m.events(audit.EMailFailed) != 1 || m.states(msg.ID)[0].State != outbound.MailFailed {
				t.Error("the failure is not on record")
			}
			if strings.Contains(m.log.String(), "secret") {
				t.Errorf("log: %s", m.log)
			}
		}
	})
}

// freshLike is another fresh database of the same kind.
func freshLike(t *testing.T, d *db.DB) *db.DB {
	if d.Postgres() {
		return testkit.Postgres(t)
	}
	return testkit.SQLite(t)
}

func TestRelayThatIsAwayForDays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		closed.Close()
		m := start(t, d, func(_ *mails, c *outbound.MailConfig) { c.Relay = closed.Addr().String() })
		msg := m.letter(nil)
		m.forward(msg.ID, nil)
		m.Work()
		m.Clock.Advance(3*24*time.Hour - time.Minute)
		m.Work()
		if s := m.states(msg.ID); s[0].State != outbound.MailWaiting {
			t.Fatalf("%+v", s)
		}
		m.Clock.Advance(time.Hour)
		m.Work()
		if text := m.told(); !strings.Contains(text, "prøvet i flere dage") {
			t.Error(text)
		}
	})
}

// A program that is killed between sending and recording does not lose the e-mail,
// and does not send it again while the other may still be at it.
func TestKilledBetweenSendingAndRecording(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		msg := m.letter(nil)
		id := m.forward(msg.ID, nil)
		if err := m.Outbound.HandMailUnrecorded(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		m.Work()
		if len(m.relay.got) != 1 {
			t.Fatalf("%d e-mails while another process may be sending", len(m.relay.got))
		}
		m.Clock.Advance(time.Hour)
		m.Work()
		m.Clock.Advance(time.Hour)
		m.Work()
		if len(m.relay.got) != 2 {
			t.Fatalf("%d e-mails, want 2", len(m.relay.got))
		}
		first, _, _, _ := read(t, m.relay.got[0].raw)
		second, _, _, _ := read(t, m.relay.got[1].raw)
		if first.Get("Message-Id") != second.Get("Message-Id") || m.relay.got[0].from != m.relay.got[1].from {
			t.Error("the second is another e-mail")
		}
		if s := m.states(msg.ID); s[0].State != outbound.MailSent {
			t.Errorf("%+v", s)
		}
	})
}

// MBX-05: what comes back is told once, whatever comes back with it.
func TestReturnedEMailIsToldOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		msg := m.letter(nil)
		id := m.forward(msg.ID, nil)
		m.Work()
		back, err := m.Outbound.ParseReturn(strings.ToUpper(m.relay.got[0].from))
		if err != nil || back != id {
			t.Fatal(back, err)
		}
		for range 2 {
			m.Update(func(tx *db.Tx) error { return m.Outbound.Returned(tx, back, "5.2.2") })
		}
		if len(m.inbox()) != 2 || !strings.Contains(m.told(), "indbakke er fuld") || m.events(audit.EMailReturned) != 1 {
			t.Errorf("%d messages", len(m.inbox()))
		}
		if s := m.states(msg.ID); s[0].State != outbound.MailFailed || s[0].Reason != "email.mailbox.full" {
			t.Errorf("%+v", s)
		}
		m.Clock.Advance(30 * 24 * time.Hour)
		m.Work()
		m.Work()
		if len(m.states(msg.ID)) != 0 {
			t.Error("an e-mail is remembered for ever")
		}
		m.Update(func(tx *db.Tx) error { return m.Outbound.Returned(tx, back, "5.2.2") })
		if len(m.inbox()) != 2 {
			t.Error("told again after it was forgotten")
		}
	})
}

// A return that overtakes the record of sending counts.
func TestReturnOvertakesTheRecord(t *testing.T) {
	m := start(t, testkit.SQLite(t))
	msg := m.letter(nil)
	id := m.forward(msg.ID, nil)
	m.Update(func(tx *db.Tx) error { return m.Outbound.Returned(tx, id, "5.1.1") })
	m.Work()
	if s := m.states(msg.ID); s[0].State != outbound.MailFailed || len(m.relay.got) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestReturnAddressCannotBeMadeUp(t *testing.T) {
	m := start(t, testkit.SQLite(t))
	good := m.Outbound.ReturnAddress(post.NewUUID())
	if _, err := m.Outbound.ParseReturn(good); err != nil || len(good[:strings.IndexByte(good, '@')]) > 64 {
		t.Fatal(good, err)
	}
	other := "a"
	if good[5] == 'a' {
		other = "b"
	}
	for _, address := range []string{"", "@", "r.@bounce.post.example", good[:5] + other + good[6:], good + ".evil.example", strings.Replace(good, "bounce.", "", 1), strings.Replace(good, "r.", "r.a", 1)} {
		if _, err := m.Outbound.ParseReturn(address); errs.KindOf(err) != errs.KindNotFound {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestDestroyedLetterIsNotSent(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		msg := m.letter(nil)
		m.forward(msg.ID, nil)
		m.destroyed(msg.ID)
		m.Work()
		if len(m.relay.got) != 0 {
			t.Error("sent")
		}
		if text := m.told(); !strings.Contains(text, "slettet for altid") || strings.Contains(text, "href") {
			t.Error(text)
		}
	})
}

// destroyed makes a message be no more, with what is counted of it.
func (m *mails) destroyed(id post.UUID) {
	m.Update(func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM letter WHERE message = $1", id); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM message WHERE id = $1", id); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE folder_count SET total = total - 1, unread = unread - 1 WHERE mailbox = $1 AND folder = 1", m.anna.ID)
		return err
	})
}

func TestWhatIsNotTaken(t *testing.T) {
	m := start(t, testkit.SQLite(t), func(_ *mails, c *outbound.MailConfig) { c.MaxSize = 100_000 })
	msg := m.letter(func(l *memo.Message) { l.Body.MainDocument.Files = []*memo.File{attached("stor.pdf", pdf(15_000))} })
	if _, err := m.ask(msg.ID, nil); errs.KindOf(err) != errs.KindTooLarge || errs.CodeOf(err) != outbound.CodeEMailTooBig {
		t.Errorf("too large: %v", err)
	}
	err := m.DB.Read(t.Context(), func(tx *db.Tx) error { return m.Outbound.CheckEMail(tx, m.anna.ID, msg.ID) })
	if errs.KindOf(err) != errs.KindTooLarge {
		t.Errorf("the check says %v", err)
	}
	small := m.letter(nil)
	if _, err := m.ask(small.ID, func(e *outbound.EMail) { e.Comment = strings.Repeat("æ", outbound.MaxComment+1) }); errs.CodeOf(err) != outbound.CodeEMailComment {
		t.Errorf("long comment: %v", err)
	}
	if _, err := m.ask(small.ID, func(e *outbound.EMail) { e.To = outbound.Address{} }); errs.KindOf(err) != errs.KindInvalid {
		t.Errorf("no address: %v", err)
	}
	if _, err := m.ask(post.NewUUID(), nil); errs.KindOf(err) != errs.KindNotFound {
		t.Errorf("no letter: %v", err)
	}
	if m.events(audit.MessageForwardedToEmail) != 0 {
		t.Error("queued all the same")
	}
	for range 200 {
		m.forward(small.ID, nil)
	}
	if _, err := m.ask(small.ID, nil); errs.KindOf(err) != errs.KindRateLimited {
		t.Errorf("too many: %v", err)
	}
	m.Clock.Advance(25 * time.Hour)
	m.forward(small.ID, nil)

	without := world.New(t, testkit.SQLite(t))
	err = without.DB.Read(t.Context(), func(tx *db.Tx) error { return without.Outbound.CheckEMail(tx, 1, small.ID) })
	if errs.CodeOf(err) != outbound.CodeNoEMail {
		t.Errorf("without a relay: %v", err)
	}
}

// What people write gets no further than its place.
func TestHeadersCannotBeInjected(t *testing.T) {
	m := start(t, testkit.SQLite(t))
	evil := "x\r\nBcc: evil@example.org\r\n\r\nSPAM"
	m.anna = m.Person("Anna\" <evil@example.org>,\r\nBcc: evil@example.org", 40, nil)
	msg := m.letter(func(l *memo.Message) {
		l.Header.Label = "a Bcc: evil@example.org"
		l.Body.MainDocument.Files = []*memo.File{attached("a'; name=b; filename=c.exe;.pdf", pdf(1))}
	})
	m.forward(msg.ID, func(e *outbound.EMail) {
		e.Subject, e.Comment = evil, evil+"\r\n.\r\nMAIL FROM:<evil@example.org>\r\n"
	})
	m.Work()
	if len(m.relay.got) != 1 {
		t.Fatalf("%d e-mails: %s", len(m.relay.got), m.log)
	}
	head, _, _ := bytes.Cut(m.relay.got[0].raw, []byte("\r\n\r\n"))
	if bytes.Contains(head, []byte("\nBcc")) {
		t.Errorf("a line was injected:\n%s", head)
	}
	for _, line := range bytes.Split(m.relay.got[0].raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Error("a line is too long")
		}
	}
	h, _, files, _ := read(t, m.relay.got[0].raw)
	from, err := h.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Address != "no-reply@post.example" || strings.ContainsAny(from[0].Name, "\r\n") || files["a'; name=b; filename=c.exe;.pdf"] == nil {
		t.Errorf("From: %v, %v; %d files", from, err, len(files))
	}
	if subject, _ := h.Subject(); strings.ContainsAny(subject, "\r\n") || !strings.HasPrefix(subject, "x Bcc:") {
		t.Errorf("subject %q", subject)
	}
	if _, err := gomessage.Read(bytes.NewReader(m.relay.got[0].raw)); err != nil {
		t.Error(err)
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"bent@example.org": "bent@example.org", " Bent.O'Hara+post@Example.ORG ": "Bent.O'Hara+post@example.org",
		"anna@blåbærgrød.dk": "anna@xn--blbrgrd-fxak7p.dk", "a@b.co": "a@b.co",
	} {
		a, err := outbound.ParseAddress(text)
		if err != nil || a.Reveal() != want {
			t.Errorf("%q: %q, %v", text, a.Reveal(), err)
		}
		if s := fmt.Sprintf("%v %+v %#v %s", a, a, a, a); strings.Contains(s, "@") {
			t.Errorf("printed: %s", s)
		}
	}
	for text, code := range map[string]string{
		"": outbound.CodeAddressNoAt, "bent": outbound.CodeAddressNoAt, "bjørn@example.org": outbound.CodeAddressNotASCII,
		"@example.org": "", "bent@": "", "bent@localhost": "", "bent@[127.0.0.1]": "", "bent@127.0.0.1": "", "bent@example..org": "", "a b@example.org": "",
		"Bent <bent@example.org>": "", "<bent@example.org>": "", `"bent"@example.org`: "", "bent@example.org, anna@example.org": "", "a@b@example.org": "",
		"bent(x)@example.org": "", "bent@example.org\r\nBcc: x@example.org": "", "bent\x00@example.org": "", ".bent@example.org": "", "bent@-a.dk": "",
		strings.Repeat("a", 65) + "@example.org": "", "a@" + strings.Repeat("a.", 130) + "dk": "", "bent@exam_ple.org": "", "bent@example.org.": "",
	} {
		if code == "" {
			code = outbound.CodeAddress
		}
		if a, err := outbound.ParseAddress(text); errs.CodeOf(err) != code || errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("%q: %q, %v", text, a.Reveal(), err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"bent@example.org", "æ@ø.å", "\"a\"@b.c", "a@[::1]", "a@b.c\r\n", "a@b\x80.c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := outbound.ParseAddress(text)
		if err != nil {
			return
		}
		for _, c := range []byte(a.Reveal()) {
			if c <= ' ' || c > '~' || strings.IndexByte(`<>()[],;:\"`, c) >= 0 {
				t.Fatalf("%q is taken as %q", text, a.Reveal())
			}
		}
		if again, err := outbound.ParseAddress(a.Reveal()); err != nil || again != a {
			t.Fatalf("%q: %v", a.Reveal(), err)
		}
	})
}

// Nothing personal lies open in the database.
func TestEMailIsSealed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		m := start(t, d)
		msg := m.letter(nil)
		m.relay.answers = []error{refuse(451, smtp.EnhancedCode{4, 7, 1})}
		m.forward(msg.ID, nil)
		m.Work()
		err := m.DB.Read(t.Context(), func(tx *db.Tx) error {
			for _, query := range []string{"SELECT kind, args, error FROM job", "SELECT name, props, '' FROM event", "SELECT reason, state, '' FROM email"} {
				rows, err := tx.Query(query)
				_, err = db.Collect(rows, err, func(rows *db.Rows) (any, error) {
					var a, b, c string
					err := rows.Scan(&a, &b, &c)
					if strings.Contains(a+b+c, "secret") || strings.Contains(a+b+c, "Bent") {
						t.Errorf("%s: %s %s %s", query, a, b, c)
					}
					return nil, err
				})
				if err != nil {
					return err
				}
			}
			var sealed []byte
			if err := tx.QueryRow("SELECT sealed FROM email").Scan(&sealed); err != nil {
				return err
			}
			if bytes.Contains(sealed, []byte("secret")) {
				t.Error("the address lies open")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// The relay is called encrypted, with our name, or not at all.
func TestRelayIsCalledEncrypted(t *testing.T) {
	tests := map[string]struct {
		change func(*mails, *outbound.MailConfig)
		sent   bool
	}{
		"as it should be":  {func(*mails, *outbound.MailConfig) {}, true},
		"no STARTTLS":      {func(m *mails, _ *outbound.MailConfig) { m.server.TLSConfig = nil }, false},
		"a stranger":       {func(_ *mails, c *outbound.MailConfig) { c.Roots = x509.NewCertPool() }, false},
		"a wrong password": {func(_ *mails, c *outbound.MailConfig) { c.Password = "forkert" }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			known := httptest.NewTLSServer(nil)
			defer known.Close()
			m := start(t, testkit.SQLite(t), func(m *mails, c *outbound.MailConfig) {
				m.server.TLSConfig = &tls.Config{Certificates: known.TLS.Certificates}
				c.Roots = x509.NewCertPool()
				c.Roots.AddCert(known.Certificate())
				c.TLS, c.User, c.Password = outbound.MailStartTLS, "digitalpost", "kodeord"
				test.change(m, c)
			})
			msg := m.letter(nil)
			m.forward(msg.ID, nil)
			m.Work()
			if sent := len(m.relay.got) == 1; sent != test.sent || sent != (m.relay.known == 1) {
				t.Errorf("%d e-mails, known %d times: %s", len(m.relay.got), m.relay.known, m.log)
			}
			if s := m.states(msg.ID); !test.sent && s[0].State != outbound.MailWaiting {
				t.Errorf("%+v", s) // ours to mend: the e-mail waits
			}
			if strings.Contains(m.log.String(), "forkert") || strings.Contains(m.log.String(), "kodeord") {
				t.Error("the password is in the log")
			}
		})
	}
}

func TestRelayConfig(t *testing.T) {
	good := outbound.MailConfig{Relay: "relay.example:587", From: "no-reply@post.example", BounceDomain: "bounce.post.example"}
	if _, err := outbound.NewRelay(good); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*outbound.MailConfig){
		"no port":          func(c *outbound.MailConfig) { c.Relay = "relay.example" },
		"no from":          func(c *outbound.MailConfig) { c.From = "" },
		"no bounce domain": func(c *outbound.MailConfig) { c.BounceDomain = "" },
		"open to others":   func(c *outbound.MailConfig) { c.TLS = outbound.MailOpen },
	} {
		c := good
		change(&c)
		if _, err := outbound.NewRelay(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
