package smtpin_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/smtpin"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

const postfix = "From: MAILER-DAEMON@mx.example.org (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\nTo: x@bounce.post.example\r\nAuto-Submitted: auto-replied\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"A/mx.example.org\"\r\n\r\nThis is a MIME-encapsulated message.\r\n\r\n" +
	"--A/mx.example.org\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry to have to inform you.\r\nAction: delivered\r\n\r\n" +
	"--A/mx.example.org\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\nArrival-Date: Sun, 22 Nov 2026 12:00:00 +0100 (CET)\r\n\r\n" +
	"Final-Recipient: rfc822; bent@example.org\r\nOriginal-Recipient: rfc822;bent@example.org\r\nAction: %s\r\nStatus: %s\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n  Status: 2.0.0\r\n\r\n" +
	"--A/mx.example.org\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Anna\r\n\r\n--A/mx.example.org--\r\n"

const exchange = "From: postmaster@outlook.example\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: text/plain\r\n\r\nDisclaimer\r\n--o\r\n" +
	"Content-Type: multipart/report; report-type=\"delivery-status\"; boundary=\"i\"\r\n\r\n--i\r\nContent-Type: text/html; charset=unknown-8bit\r\n\r\n<p>Nej</p>\r\n--i\r\n" +
	"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nReporting-MTA: dns;x\r\n\r\nFinal-recipient: RFC822; bent@example.org\r\naction:  FAILED\r\nSTATUS:5.2.2 (full)\r\n--i--\r\n--o--\r\n"

func TestRead(t *testing.T) {
	failed := func(action, status string) string { return fmt.Sprintf(postfix, action, status) }
	for name, test := range map[string]struct {
		mail string
		want smtpin.Report
	}{
		"a postfix":                   {failed("failed", "5.1.1"), smtpin.Report{Failed: true, Status: "5.1.1"}},
		"given up in time":            {failed("failed (in the end)", "4.4.7"), smtpin.Report{Failed: true, Status: "4.4.7"}},
		"no status":                   {failed("failed", ""), smtpin.Report{Failed: true}},
		"a strange status":            {failed("failed", "5.1.1234\x00æ"), smtpin.Report{Failed: true}},
		"an exchange":                 {exchange, smtpin.Report{Failed: true, Status: "5.2.2"}},
		"a delay":                     {failed("delayed", "4.4.1"), smtpin.Report{}},
		"delivered":                   {failed("delivered", "2.0.0"), smtpin.Report{}},
		"a holiday":                   {"From: bent@example.org\r\nAuto-Submitted: auto-replied\r\nSubject: Ferie\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n", smtpin.Report{}},
		"nothing":                     {"", smtpin.Report{}},
		"no head":                     {"\x00\xff", smtpin.Report{}},
		"no boundary":                 {"Content-Type: multipart/report\r\n\r\n--\r\n", smtpin.Report{}},
		"a report that does not end":  {"Content-Type: message/delivery-status\r\n\r\n" + strings.Repeat("x", 2<<20), smtpin.Report{}},
		"a head that does not end":    {"Subject: " + strings.Repeat("x", 2<<20), smtpin.Report{}},
		"parts that do not end":       {"Content-Type: multipart/report; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 10_000), smtpin.Report{}},
		"parts in parts without end":  {strings.Repeat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 10_000), smtpin.Report{}},
		"a report of two, one failed": {strings.Replace(failed("delivered", "2.0.0"), "--A/mx.example.org\r\nContent-Type: text/rfc", "\r\nAction: failed\r\nStatus: 5.7.1\r\n--A/mx.example.org\r\nContent-Type: text/rfc", 1), smtpin.Report{Failed: true, Status: "5.7.1"}},
	} {
		if got := smtpin.Read(strings.NewReader(test.mail)); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(postfix, "failed", "5.1.1")))
	f.Add([]byte(exchange))
	f.Add([]byte("Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := smtpin.Read(bytes.NewReader(raw))
		if got.Status != "" && (!got.Failed || len(got.Status) > 9 || strings.Count(got.Status, ".") != 2) {
			t.Errorf("%+v", got)
		}
	})
}

// back is a world with a server for what comes back.
type back struct {
	*world.World
	address string
	anna    registry.Party
}

func start(t *testing.T, d *db.DB) *back {
	t.Helper()
	b := &back{}
	r, err := outbound.NewRelay(outbound.MailConfig{Relay: "127.0.0.1:1", From: "no-reply@post.example", BounceDomain: "bounce.post.example", TLS: outbound.MailOpen})
	if err != nil {
		t.Fatal(err)
	}
	b.World = world.New(t, d, func(c *outbound.Config) { c.Mail = r })
	b.anna = b.Person("Anna", 40, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = l.Addr().String()
	server := smtpin.New(smtpin.Config{DB: d, Outbound: b.Outbound, Log: slog.New(slog.DiscardHandler), Domain: "bounce.post.example"})
	go server.Serve(l) //nolint:errcheck // it ends with the test
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// forwarded has a letter forwarded, and returns its return address.
func (b *back) forwarded() string {
	b.T.Helper()
	town := b.Authority("Prøvekøbing Kommune")
	id, xml := b.Letter(town, b.anna, nil)
	if _, err := b.Intake.Accept(b.T.Context(), intake.Submission{System: b.Sender(town).System, MessageUUID: id, Body: bytes.NewReader(xml), Length: -1}); err != nil {
		b.T.Fatal(err)
	}
	to, err := outbound.ParseAddress("bent@example.org")
	if err != nil {
		b.T.Fatal(err)
	}
	var mail post.UUID
	letter := b.inbox()[0].ID
	b.Update(func(tx *db.Tx) error {
		mail, err = b.Outbound.EMail(tx, outbound.EMail{Mailbox: b.anna.ID, Message: letter, Actor: b.actor(), To: to})
		return err
	})
	return b.Outbound.ReturnAddress(mail)
}

func (b *back) actor() post.Actor {
	return post.Actor{Party: b.anna.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
}

func (b *back) inbox() []mailbox.Message {
	b.T.Helper()
	box, err := b.Mailboxes.Enter(b.T.Context(), b.actor())
	if err != nil {
		b.T.Fatal(err)
	}
	page, err := b.Mailboxes.Messages(b.T.Context(), b.actor(), box.UUID, mailbox.Query{})
	if err != nil {
		b.T.Fatal(err)
	}
	return page.Messages
}

func (b *back) send(to, mail string) error {
	b.T.Helper()
	c, err := smtp.Dial(b.address)
	if err != nil {
		b.T.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail("", []string{to}, strings.NewReader(mail)); err != nil {
		return err
	}
	return c.Quit()
}

// MBX-05: a mail server further on says that it gave up: one message in the mailbox.
func TestReturnedEMailBecomesAMessage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		b := start(t, d)
		address := b.forwarded()
		for _, mail := range []string{fmt.Sprintf(postfix, "delayed", "4.4.1"), "Subject: Ferie\r\n\r\nJeg er væk.\r\n"} {
			if err := b.send(address, mail); err != nil {
				t.Error(err)
			}
		}
		if n := len(b.inbox()); n != 1 {
			t.Fatalf("%d messages after a delay and a holiday", n)
		}
		for range 2 {
			if err := b.send(strings.ToUpper(address), fmt.Sprintf(postfix, "failed", "5.1.1")); err != nil {
				t.Error(err)
			}
		}
		if all := b.inbox(); len(all) != 2 || all[0].Label != "Din e-mail kom ikke frem" {
			t.Errorf("%+v", all)
		}
	})
}

func TestStrangersAreRefused(t *testing.T) {
	b := start(t, testkit.SQLite(t))
	for _, to := range []string{"postmaster@bounce.post.example", "r.aaaa@bounce.post.example", strings.Replace(b.forwarded(), "@", "@x.", 1)} {
		err := b.send(to, exchange)
		if refused, ok := err.(*smtp.SMTPError); !ok || refused.Code != 550 { //nolint:errorlint // as the client returns it
			t.Errorf("%s: %v", to, err)
		}
	}
	if len(b.inbox()) != 1 {
		t.Error("a stranger's e-mail became a message")
	}
}

// Whoever sends without end is cut off, and the next caller is served.
func TestEndlessContentIsCutOff(t *testing.T) {
	b := start(t, testkit.SQLite(t))
	address := b.forwarded()
	line := strings.Repeat("x", 1000) + "\r\n"
	if err := b.send(address, "Subject: x\r\n\r\n"+strings.Repeat(line, 60<<10)); err == nil {
		t.Error("60 MB are taken")
	}
	if err := b.send(address, exchange); err != nil || len(b.inbox()) != 2 {
		t.Error(err)
	}
}
