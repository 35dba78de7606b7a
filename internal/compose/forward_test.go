package compose_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/trustee"
	"digitalpost/memo"
)

// trusted makes somebody a Digital Post recipient of the citizen.
func (w *town) trusted(name string) (registry.Party, trustee.Trustee) {
	w.T.Helper()
	p := w.Person(name, 50, nil)
	cpr, err := w.Registry.CPR(p)
	if err != nil {
		w.T.Fatal(err)
	}
	one, err := w.Trustees.Ask(w.T.Context(), actor(w.citizen), w.box.UUID, trustee.Request{FirstName: name, LastName: "Prøvesen", CPR: cpr})
	if err == nil {
		_, err = w.Trustees.Answer(w.T.Context(), actor(p), w.enter(p).UUID, one.ID, 0, true)
	}
	if err != nil {
		w.T.Fatal(err)
	}
	return p, one
}

// MBX-05, RCP-04: a letter is forwarded to Digital Post recipients, each of whom
// gets it as a message from the forwarder; only while they are that.
func TestForwardToRecipients(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		niels, _ := w.trusted("Niels")
		else_, relation := w.trusted("Else")
		stranger := w.Person("Bo", 30, nil)
		letter := w.get(func(m *memo.Message) { m.Header.Reply = true })
		me, box := actor(w.citizen), w.box.UUID
		draft, err := w.Compose.Forward(t.Context(), me, box, letter.ID, compose.Edit{To: &compose.To{Recipients: []post.UUID{niels.UUID, else_.UUID}}, Comment: new("Til jer")})
		if err != nil || len(draft.Problems) > 0 || draft.Message.RecipientName != "Niels Prøvesen, Else Prøvesen" {
			t.Fatalf("%+v %v", draft, err)
		}
		before := len(w.list(niels, mailbox.Query{Inbox: true, Limit: 50}))
		sent := w.send(draft.Message.ID)
		seen := map[post.UUID]bool{}
		for _, p := range []registry.Party{niels, else_} {
			in := w.list(p, mailbox.Query{Inbox: true, Limit: 50})
			if len(in) != before+1 || in[0].Sender != w.citizen.ID || in[0].SenderName != "Signe Prøvesen" || in[0].Reply {
				t.Fatalf("%+v", in)
			}
			l := w.read(p, in[0].ID)
			f := l.Memo.Header.ForwardData
			if f == nil || f.OriginalSender != "Ålhavn Kommune" || f.Comment != "Til jer" || l.Memo.Header.Recipient.RecipientID != w.Number(p) || seen[in[0].MemoUUID] {
				t.Errorf("%+v", l.Memo.Header)
			}
			seen[in[0].MemoUUID] = true
			if w.content(p, in[0].ID, 0, 0) != w.content(w.citizen, letter.ID, 0, 0) {
				t.Error("another letter came")
			}
		}
		if s := w.status(sent.ID); len(s) != 2 || s[0].State != compose.Delivered || s[1].Name != "Else Prøvesen" || s[0].System {
			t.Errorf("%+v", s)
		}
		if w.events(audit.MessageForwardedToTrusted) != 2 {
			t.Error("it is not told")
		}
		// Ended between writing and sending.
		draft, err = w.Compose.Forward(t.Context(), me, box, letter.ID, compose.Edit{To: &compose.To{Recipients: []post.UUID{else_.UUID}}})
		if err != nil || len(draft.Problems) > 0 {
			t.Fatal(draft.Problems, err)
		}
		if _, err := w.Trustees.Remove(t.Context(), actor(else_), w.enter(else_).UUID, relation.ID, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := w.trySend(draft.Message.ID); errs.KindOf(err) != errs.KindInvalid {
			t.Error(err)
		}
		gone := w.draft(draft.Message.ID)
		draft, err = w.Compose.Forward(t.Context(), me, box, letter.ID, compose.Edit{To: &compose.To{Recipients: []post.UUID{stranger.UUID}}})
		if err != nil || !slices.Equal(codes(draft), codes(gone)) || draft.Recipients[0].Name != "" {
			t.Errorf("a stranger is told apart: %v %v", codes(draft), err)
		}
	})
}

// RCP-05: who ends it while a letter is on its way to them, and has their answer,
// does not get the letter. On SQLite one writes at a time anyway.
func TestForwardToOneWhoEndsIt(t *testing.T) {
	w := newTown(t, testkit.Postgres(t))
	bo, relation := w.trusted("Bo")
	letter := w.get(nil)
	draft, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, compose.Edit{To: &compose.To{Recipients: []post.UUID{bo.UUID}}})
	if err != nil || len(draft.Problems) > 0 {
		t.Fatal(draft.Problems, err)
	}
	before := len(w.list(bo, mailbox.Query{Inbox: true, Limit: 50}))
	theirs := w.enter(bo).UUID
	waiting := func(n int) { // for a lock
		for found := 0; found < n && t.Context().Err() == nil; {
			w.Update(func(tx *db.Tx) error {
				return tx.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&found)
			})
		}
	}
	ended, sent := make(chan error), make(chan error)
	err = w.Mailboxes.Work(t.Context(), actor(bo), theirs, func(*db.Tx, *mailbox.Opened) error { // holds their mailbox
		go func() {
			_, err := w.Trustees.Remove(t.Context(), actor(bo), theirs, relation.ID, 0)
			ended <- err
		}()
		waiting(1)
		go func() { _, err := w.trySend(draft.Message.ID); sent <- err }()
		waiting(2)
		return nil
	})
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
	wants(t, <-sent, errs.KindInvalid, "trustee.unknown")
	if n := len(w.list(bo, mailbox.Query{Inbox: true, Limit: 50})); n != before {
		t.Errorf("%d letters came", n-before)
	}
	if w.draft(draft.Message.ID).Message.State != mailbox.Draft {
		t.Error("the draft is gone")
	}
}

// inbox is a mail server that refuses who is called so.
type inbox struct {
	mu  sync.Mutex
	got []string
}

func (i *inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{inbox: i}, nil }

type session struct {
	inbox *inbox
	to    string
}

func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.to = to; strings.HasPrefix(to, "ukendt") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	s.inbox.got = append(s.inbox.got, s.to+"\n"+string(raw))
	return err
}

func (i *inbox) relay(t *testing.T) func(*outbound.Config) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(i)
	server.Domain = "relay.example"
	go server.Serve(l) //nolint:errcheck // it ends with the test
	t.Cleanup(func() { server.Close() })
	return func(c *outbound.Config) {
		relay, err := outbound.NewRelay(outbound.MailConfig{Relay: l.Addr().String(), From: "post@digitalpost.example", BounceDomain: "retur.digitalpost.example", TLS: outbound.MailOpen})
		if err != nil {
			t.Fatal(err)
		}
		c.Mail = relay
	}
}

// MBX-05: to several e-mail addresses; what becomes of each is seen, and a failure
// comes back as a message.
func TestForwardByEMail(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var mail inbox
		w := newTown(t, d, mail.relay(t))
		letter := w.get(nil)
		me, box := actor(w.citizen), w.box.UUID
		draft, err := w.Compose.Forward(t.Context(), me, box, letter.ID, compose.Edit{To: &compose.To{EMails: []string{"anna@eksempel.dk", "ukendt@eksempel.dk", "intet"}}})
		if err != nil || !slices.Equal(codes(draft), []string{outbound.CodeAddressNoAt}) {
			t.Fatal(codes(draft), err)
		}
		if _, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{Comment: new("Kære Anna"), To: &compose.To{EMails: []string{" anna@eksempel.dk", "ukendt@eksempel.dk"}}}); err != nil {
			t.Fatal(err)
		}
		sent := w.send(draft.Message.ID)
		if s := w.status(sent.ID); len(s) != 2 || s[0].State != compose.Waiting || s[0].Name != "anna@eksempel.dk" || s[0].Way != compose.ToEMail {
			t.Fatalf("%+v", s)
		}
		w.Work()
		if s := w.status(sent.ID); s[0].State != compose.Mailed || s[0].Handed.IsZero() || s[1].State != compose.Failed || s[1].Code != "email.address.unknown" {
			t.Errorf("%+v", s)
		}
		mail.mu.Lock()
		defer mail.mu.Unlock()
		if len(mail.got) != 1 || !strings.HasPrefix(mail.got[0], "anna@eksempel.dk\n") || !strings.Contains(mail.got[0], "brev.txt") {
			t.Errorf("%v", mail.got)
		}
		if in := w.list(w.citizen, mailbox.Query{Inbox: true, Limit: 10}); len(in) != 2 || in[0].Sender != w.Operator.ID {
			t.Errorf("%+v", in)
		}
		if w.read(w.citizen, letter.ID).Message.Forwarded.IsZero() || w.events(audit.MessageForwardedToEmail) != 2 {
			t.Error("it is not told")
		}
		// The letter that was forwarded may go: what was sent is a copy.
		draft, err = w.Compose.Forward(t.Context(), me, box, letter.ID, compose.Edit{To: &compose.To{EMails: []string{"bo@eksempel.dk"}}})
		if err != nil {
			t.Fatal(err)
		}
		last := w.send(draft.Message.ID)
		for range 2 {
			if err := w.Mailboxes.Delete(t.Context(), me, box, letter.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		mail.mu.Unlock()
		w.Work()
		mail.mu.Lock()
		if s := w.status(last.ID); s[0].State != compose.Mailed {
			t.Errorf("%+v", s)
		}
		w.Clock.Advance(30 * 24 * time.Hour) // long after the e-mails are forgotten
		w.Work()
		if s := w.status(sent.ID); s[0].State != compose.Mailed || s[1].State != compose.Failed {
			t.Errorf("%+v", s)
		}
	})
}

// Where no relay is known nothing is forwarded by e-mail; it is said before.
func TestForwardWithoutRelay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		letter := w.get(nil)
		draft, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, compose.Edit{To: &compose.To{EMails: []string{"anna@eksempel.dk"}}})
		if err != nil || !slices.Equal(codes(draft), []string{outbound.CodeNoEMail}) {
			t.Fatal(codes(draft), err)
		}
		_, err = w.trySend(draft.Message.ID)
		wants(t, err, errs.KindInvalid, outbound.CodeNoEMail)
	})
}

// ACC-07, MeMo 1.2: who writes for another is named, who writes for themselves is
// not.
func TestRepresentative(t *testing.T) {
	w := newTown(t, testkit.SQLite(t))
	bo := w.Person("Bo", 30, nil)
	for via, named := range map[access.Relation]bool{access.Owner: false, access.Writer: true, access.EmployeeWrite: true} {
		r, err := w.Compose.Representative(via, bo)
		if err != nil || (r != nil) != named {
			t.Errorf("%s: %+v %v", via, r, err)
		}
		if named && (r.RepresentativeID != w.Number(bo) || r.IDType != memo.CPR || r.Label != "Bo Prøvesen") {
			t.Errorf("%+v", r)
		}
	}
}

// Facts 2.1: what one forwards to an authority is held to its limits, whoever wrote
// it. Digital Post recipients take what a letter may be.
func TestForwardLimits(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		small := w.point("Lille", `,"memoSizeThresholdMB":0.001,"allowedNumberOfAttachments":1`)
		niels, _ := w.trusted("Niels")
		letter := w.get(func(m *memo.Message) {
			for range 2 {
				m.Body.AdditionalDocument = append(m.Body.AdditionalDocument, memo.Document{Files: []*memo.File{{EncodingFormat: "text/plain",
					Filename: "bilag.txt", Language: "da", Content: []byte(strings.Repeat("x", 600))}}})
			}
		})
		for want, to := range map[string]compose.To{
			memo.CodeTooLarge + " " + memo.CodeTooManyAttachments: {Authority: w.authority.UUID, Point: small},
			"": {Recipients: []post.UUID{niels.UUID}},
		} {
			draft, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, compose.Edit{To: &to})
			if got := strings.Join(codes(draft), " "); err != nil || got != want {
				t.Errorf("%q, want %q: %v", got, want, err)
			}
		}
	})
}

// What fails last undoes all of it: with too many e-mails on one day the letter is
// still a draft, and nothing of it was sent.
func TestFailsAtTheEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var mail inbox
		w := newTown(t, d, mail.relay(t))
		letter := w.get(nil)
		var to compose.To
		for i := range compose.MaxRecipients {
			to.EMails = append(to.EMails, "a"+strings.Repeat("b", i)+"@eksempel.dk")
		}
		sent := 0
		for {
			draft, err := w.Compose.Forward(t.Context(), actor(w.citizen), w.box.UUID, letter.ID, compose.Edit{To: &to})
			if err != nil {
				t.Fatal(err)
			}
			if sent == 0 { // the last of this one's are too many
				one := draft
				if _, err := w.save(one.Message.ID, compose.Known{}, compose.Edit{To: &compose.To{EMails: to.EMails[:1]}}); err != nil {
					t.Fatal(err)
				}
			}
			before := w.draft(draft.Message.ID)
			_, err = w.trySend(draft.Message.ID)
			if err == nil {
				sent++
				continue
			}
			wants(t, err, errs.KindRateLimited, outbound.CodeEMailTooMany)
			if after := w.draft(draft.Message.ID); after.Message != before.Message || after.Edition != before.Edition {
				t.Errorf("%+v", after)
			}
			break
		}
		if all := w.list(w.citizen, mailbox.Query{Folder: w.folder(mailbox.SentBox), Limit: 100}); len(all) != sent {
			t.Errorf("%d are sent, want %d", len(all), sent)
		}
		w.Work()
		mail.mu.Lock()
		defer mail.mu.Unlock()
		if want := 1 + (sent-1)*compose.MaxRecipients; len(mail.got) != want {
			t.Errorf("%d e-mails, want %d", len(mail.got), want)
		}
	})
}

// ACC-04: what the owner makes of a letter that they hide from helpers says what the
// letter says: a draft, what was sent and the copy of what was forwarded are hidden
// with it.
func TestWhatIsMadeOfAHiddenLetterIsHidden(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var mail inbox
		w := newTown(t, d, mail.relay(t))
		bo, _ := w.trusted("Bo")
		jonas := w.Person("Jonas", 50, nil)
		w.enter(jonas)
		w.Give(rights.Right{Mailbox: w.citizen.ID, Holder: jonas.ID, Relation: access.Writer})
		w.get(nil)
		hidden := w.get(func(m *memo.Message) { m.Header.Label, m.Header.Reply = "Svar på blodprøve", true })
		me, box := actor(w.citizen), w.box.UUID
		hide := func(id post.UUID, is bool) {
			t.Helper()
			if _, err := w.Mailboxes.Patch(t.Context(), me, box, id, 0, mailbox.Change{Hide: &is}); err != nil {
				t.Fatal(err)
			}
		}
		sees := func(what string) {
			t.Helper()
			page, err := w.Mailboxes.Messages(t.Context(), actor(jonas), box, mailbox.Query{Limit: 50})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.Messages {
				if strings.Contains(m.Label, "blodprøve") {
					t.Errorf("%s: a helper is shown %q, %s", what, m.Label, m.State)
				}
			}
			changes, err := w.Mailboxes.Changes(t.Context(), actor(jonas), box, 0, 0)
			if err != nil || len(changes.Created) != len(page.Messages) {
				t.Errorf("%s: %d are listed, %d followed: %v", what, len(page.Messages), len(changes.Created), err)
			}
		}
		late, err := w.Compose.Forward(t.Context(), me, box, hidden.ID, compose.Edit{To: &compose.To{Recipients: []post.UUID{bo.UUID}}})
		if err != nil {
			t.Fatal(err)
		}
		helpers, err := w.Compose.Reply(t.Context(), actor(jonas), box, hidden.ID)
		if err != nil {
			t.Fatal(err)
		}
		hide(hidden.ID, true)
		hide(helpers.Message.ID, true)
		if sent := w.send(late.Message.ID); sent.Hidden == 0 {
			t.Error("what was forwarded after it was hidden is not hidden")
		}
		sees("begun before, sent after")
		draft, err := w.Compose.Forward(t.Context(), me, box, hidden.ID, compose.Edit{To: &compose.To{Recipients: []post.UUID{bo.UUID}}})
		if err != nil {
			t.Fatal(err)
		}
		sees("a draft that forwards")
		w.send(draft.Message.ID)
		sees("forwarded")
		if draft, err = w.Compose.Reply(t.Context(), me, box, hidden.ID); err != nil {
			t.Fatal(err)
		}
		sees("a draft that answers")
		if _, err := w.save(draft.Message.ID, compose.Known{}, compose.Edit{Text: new("<p>Tak.</p>")}); err != nil {
			t.Fatal(err)
		}
		w.send(draft.Message.ID)
		sees("answered")
		draft, err = w.Compose.Forward(t.Context(), me, box, hidden.ID, compose.Edit{To: &compose.To{EMails: []string{"ukendt@hotel.example"}}})
		if err != nil {
			t.Fatal(err)
		}
		before := len(w.list(w.citizen, mailbox.Query{Inbox: true, Limit: 50}))
		w.send(draft.Message.ID)
		w.Work()
		in := w.list(w.citizen, mailbox.Query{Inbox: true, Limit: 50})
		if len(in) != before+1 || in[0].Hidden == 0 {
			t.Errorf("that an e-mail did not arrive is told with the title of a hidden letter: %+v", in[0])
		}
		sees("came back")
	})
}

// ACC-10: an e-mail that waits while the right of who asked for it ends does not leave
// the house.
func TestEMailDoesNotOutliveTheRight(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		var mail inbox
		w := newTown(t, d, mail.relay(t))
		jonas := w.Person("Jonas", 50, nil)
		w.enter(jonas)
		right := w.Give(rights.Right{Mailbox: w.citizen.ID, Holder: jonas.ID, Relation: access.Reader})
		letter := w.get(nil)
		forward := func(who registry.Party, to string) mailbox.Message {
			t.Helper()
			sent, err := w.Compose.ForwardNow(t.Context(), actor(who), w.box.UUID, letter.ID, compose.Edit{To: &compose.To{EMails: []string{to}}})
			if err != nil {
				t.Fatal(err)
			}
			return sent
		}
		forward(jonas, "jonas.foer@eksempel.dk")
		w.Work()
		late := forward(jonas, "jonas.efter@eksempel.dk")
		own := forward(w.citizen, "signe@eksempel.dk")
		w.Update(func(tx *db.Tx) error {
			_, err := w.Rights.End(tx, actor(w.citizen), access.Owner, right.ID, 0)
			return err
		})
		w.Work()
		mail.mu.Lock()
		defer mail.mu.Unlock()
		var to []string
		for _, one := range mail.got {
			address, _, _ := strings.Cut(one, "\n")
			to = append(to, address)
		}
		slices.Sort(to)
		if !slices.Equal(to, []string{"jonas.foer@eksempel.dk", "signe@eksempel.dk"}) {
			t.Errorf("sent to %q", to)
		}
		if s := w.status(late.ID); s[0].State != compose.Failed || s[0].Code != "email.right.ended" {
			t.Errorf("%+v", s)
		}
		if s := w.status(own.ID); s[0].State != compose.Mailed {
			t.Errorf("%+v", s)
		}
	})
}
