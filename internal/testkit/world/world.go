// Package world is for tests only: the engine and the capabilities on a test's
// database, with people, organisations, systems with certificates, letters and
// tokens to try them with.
package world

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/company"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/extract"
	"digitalpost/internal/intake"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/support"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/testkit"
	"digitalpost/internal/trustee"
	"digitalpost/memo"
)

// World is everything below the edges, running.
type World struct {
	T            testing.TB
	Clock        *testkit.Clock
	DB           *db.DB
	Keys         *keys.Ring
	Blobs        *blob.Store
	Jobs         *jobs.Runner
	Registry     *registry.Registry
	Rights       *rights.Rights
	Mailboxes    *mailbox.Mailboxes
	Outbound     *outbound.Outbound
	Intake       *intake.Intake
	Compose      *compose.Composer
	Sessions     *session.Sessions
	Trustees     *trustee.Trustees
	Accesses     *delegation.Delegations
	Support      *support.Desk
	Team         *teamwork.Team
	Print        *print.Printer
	Staff        *staff.Counter
	Appointments *appointment.Appointments
	Extracts     *extract.Extracts
	Companies    *company.Companies
	CA           *CA
	Operator     registry.Party // who runs Digital Post

	born    int             // how many parties were made
	numbers map[string]bool // CPR numbers that were given
	senders map[post.PartyID]registry.System
}

// New starts a world on a database. It ends with the test. Jobs run when Work is
// called. change may alter how things leave the house.
func New(t testing.TB, d *db.DB, change ...func(*outbound.Config)) *World {
	t.Helper()
	w := &World{T: t, Clock: testkit.NewClock(), DB: d, numbers: map[string]bool{}}
	d.Now = w.Clock.Now
	dir := t.TempDir()
	var err error
	if w.Keys, err = keys.Open(t.Context(), d, filepath.Join(dir, "master.key")); err != nil {
		t.Fatal(err)
	}
	if w.Blobs, err = blob.Open(d, blob.Config{Dir: filepath.Join(dir, "blobs")}); err != nil {
		t.Fatal(err)
	}
	silent := slog.New(slog.DiscardHandler)
	w.Jobs = jobs.NewRunner(d, silent, jobs.Options{Queues: map[string]int{jobs.Default: 1, mailbox.OperationQueue: 1, intake.DateQueue: 1, intake.BulkQueue: 1, outbound.ReceiptQueue: 1, outbound.LetterQueue: 1, outbound.MailQueue: 1, print.Queue: 1, extract.Queue: 1}})
	w.Registry = registry.New(d, w.Keys)
	w.Rights = rights.New(w.Registry)
	w.Mailboxes = mailbox.New(d, w.Keys, w.Blobs, w.Registry, w.Rights)
	w.Mailboxes.Register(w.Jobs)
	w.Team = teamwork.New(d, w.Registry, w.Rights, w.Mailboxes)
	w.Team.Register(w.Jobs)
	out := outbound.Config{DB: d, Keys: w.Keys, Systems: w.Registry, Letters: w.Mailboxes, Log: silent, AllowInternal: true}
	for _, fn := range change {
		fn(&out)
	}
	w.Outbound = outbound.New(out)
	w.Outbound.Register(w.Jobs)
	w.Operator = w.Authority("Styrelsen for Digital Post")
	operator, err := w.Registry.CVR(w.Operator)
	if err != nil {
		t.Fatal(err)
	}
	w.Intake = intake.New(intake.Config{DB: d, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Mailboxes: w.Mailboxes, Outbound: w.Outbound, Jobs: w.Jobs, Operator: operator})
	w.Trustees = trustee.New(w.Mailboxes, w.Registry, w.Intake)
	w.Accesses = delegation.New(delegation.Config{DB: d, Keys: w.Keys, Registry: w.Registry, Rights: w.Rights, Mailboxes: w.Mailboxes, Intake: w.Intake, Site: "https://borger.test"})
	w.Accesses.Register(w.Jobs)
	w.Companies = company.New(d, w.Keys, w.Registry, w.Rights, w.Intake)
	w.Companies.Register(w.Jobs)
	w.Support = support.New(support.Config{DB: d, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Intake: w.Intake, Rights: w.Rights, Outbound: w.Outbound, Operator: operator})
	w.Compose = compose.New(compose.Config{DB: d, Blobs: w.Blobs, Registry: w.Registry, Mailboxes: w.Mailboxes, Outbound: w.Outbound, Intake: w.Intake,
		Trustees: w.Trustees, Jobs: w.Jobs})
	w.Sessions = session.New(w.Keys, w.Registry, session.Limits{})
	w.Print = print.New(print.Config{DB: d, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Mailboxes: w.Mailboxes})
	w.Print.Register(w.Jobs)
	w.Staff = staff.New(staff.Config{DB: d, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Rights: w.Rights, Mailboxes: w.Mailboxes, Intake: w.Intake, Print: w.Print, Operator: operator})
	desk := agency.Desk{DB: d, Keys: w.Keys, Blobs: w.Blobs, Registry: w.Registry, Rights: w.Rights, Intake: w.Intake, Operator: operator}
	w.Appointments = appointment.New(desk)
	w.Appointments.Register(w.Jobs)
	w.Extracts = extract.New(desk, w.Mailboxes, extract.Limits{Letters: 3}) // so that a few letters are several parts
	w.Extracts.Register(w.Jobs)
	w.CA = newCA(t, w.Clock.Now())
	w.Intake.Start()
	t.Cleanup(func() {
		w.Intake.Stop()
		w.check()
		if err := w.Blobs.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// Actor is a person who logged in at borger.dk.
func Actor(p registry.Party) post.Actor {
	return post.Actor{Party: p.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
}

// Work runs all jobs that are due.
func (w *World) Work() {
	w.T.Helper()
	if _, err := w.Jobs.RunDue(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
}

// Update runs fn in a transaction that must succeed.
func (w *World) Update(fn func(tx *db.Tx) error) {
	w.T.Helper()
	if err := w.DB.Update(w.T.Context(), fn); err != nil {
		w.T.Fatal(err)
	}
}

// Events is how many events of a name the log of a mailbox has.
func (w *World) Events(mailbox post.PartyID, name audit.Name) (n int) {
	w.T.Helper()
	w.Update(func(tx *db.Tx) error {
		all, err := audit.Find(tx, audit.Query{Mailbox: mailbox, Limit: 10_000})
		n = 0
		for _, e := range all {
			if e.Name == name {
				n++
			}
		}
		return err
	})
	return n
}

// Person registers a person of an age; change may alter the record first.
func (w *World) Person(name string, age int, change func(*registry.Record)) registry.Party {
	w.T.Helper()
	w.born++
	birthday := w.Clock.Now().AddDate(-age, -1, 0)
	rec := registry.Record{Type: "person", CPR: w.cpr(birthday), FirstName: name, LastName: "Prøvesen", BirthDate: birthday.Format(time.DateOnly)}
	if age < registry.AgeOfPost {
		rec.RegistrationStatus = registry.Awaiting
	}
	if change != nil {
		change(&rec)
	}
	return w.save(rec)
}

// cpr is a number that no person can have: not of 1 January, and not fitting
// modulus 11.
func (w *World) cpr(birthday time.Time) string {
	for serial := w.born * 7; ; serial++ {
		century := "1"
		if birthday.Year() >= 2000 {
			century = "4"
		}
		number := fmt.Sprintf("%s%s%03d", birthday.Format("020106"), century, serial%1000)
		sum := 0
		for i, weight := range [10]int{4, 3, 2, 7, 6, 5, 4, 3, 2, 1} {
			sum += weight * int(number[i]-'0')
		}
		if cpr, err := post.ParseCPR(number); err == nil && sum%11 != 0 && cpr.BirthDate().Format("020106") == birthday.Format("020106") && !w.numbers[number] {
			w.numbers[number] = true
			return number
		}
	}
}

// Authority registers a municipality that may do all that a sender can.
func (w *World) Authority(name string) registry.Party {
	w.T.Helper()
	return w.save(registry.Record{Type: "authority", CVR: w.cvr(), Name: name, AuthorityType: registry.Municipality,
		MandatoryPostAllowed: true, LegalNotificationAllowed: true})
}

// Company registers a company.
func (w *World) Company(name string) registry.Party {
	w.T.Helper()
	return w.save(registry.Record{Type: "organisation", CVR: w.cvr(), Name: name, Kind: "ApS"})
}

// Member makes a person a member of an organisation; change may alter the record
// of an employee first.
func (w *World) Member(organisation, person registry.Party, change func(*registry.Record)) {
	w.T.Helper()
	w.born++
	rec := registry.Record{Type: "member", Organisation: w.Number(organisation), CPR: w.Number(person), Number: fmt.Sprintf("M%05d", w.born), Employed: true}
	if change != nil {
		change(&rec)
	}
	w.Update(func(tx *db.Tx) error { return w.Registry.Save(tx, []registry.Record{rec}) })
}

// Status has a register tell what has become of a party: that a person is dead, or
// alive after all, that a company has ceased.
func (w *World) Status(p registry.Party, status registry.Status) {
	w.T.Helper()
	rec := registry.Record{Type: "organisation", CVR: w.Number(p), Name: p.Name, Kind: "ApS", Status: status}
	if p.Kind == post.Person {
		first, last, _ := strings.Cut(p.Name, " ")
		rec = registry.Record{Type: "person", CPR: w.Number(p), FirstName: first, LastName: last, BirthDate: p.Born.Format(time.DateOnly), Status: status}
	}
	w.Update(func(tx *db.Tx) error { return w.Registry.Save(tx, []registry.Record{rec}) })
}

// Employee is a person who logged in at virk.dk for the organisation they work for.
func Employee(p, organisation registry.Party) post.Actor {
	a := Actor(p)
	a.Organisation, a.Platform = organisation.ID, post.PlatformVirk
	return a
}

// Clerk has a person work at the counter of an organisation, in a role, and is that
// person logged in there.
func (w *World) Clerk(name string, organisation registry.Party, role access.Relation) post.Actor {
	w.T.Helper()
	p := w.Person(name, 40, nil)
	w.Member(organisation, p, nil)
	w.Give(rights.Right{Holder: p.ID, Organisation: organisation.ID, Relation: role})
	a := Employee(p, organisation)
	a.Platform = post.PlatformStaff
	return a
}

// Give gives somebody a right to a mailbox.
func (w *World) Give(one rights.Right) rights.Right {
	w.T.Helper()
	w.Update(func(tx *db.Tx) (err error) {
		one, err = w.Rights.Give(tx, post.Program, access.Owner, one)
		return err
	})
	return one
}

func (w *World) cvr() string {
	for {
		w.born++
		number := fmt.Sprintf("%08d", 99_000_000+w.born*13)
		if _, err := post.ParseCVR(number); err == nil {
			return number
		}
	}
}

func (w *World) save(rec registry.Record) registry.Party {
	w.T.Helper()
	var p registry.Party
	w.Update(func(tx *db.Tx) (err error) {
		if err := w.Registry.Save(tx, []registry.Record{rec}); err != nil {
			return err
		}
		if rec.Type == "person" {
			cpr, _ := post.ParseCPR(rec.CPR)
			p, err = w.Registry.PersonByCPR(tx, cpr)
		} else {
			cvr, _ := post.ParseCVR(rec.CVR)
			p, err = w.Registry.OrganisationByCVR(tx, cvr)
		}
		return err
	})
	return p
}

// Number is a party's whole CPR or CVR number.
func (w *World) Number(p registry.Party) string {
	w.T.Helper()
	if p.Kind == post.Organisation {
		cvr, err := w.Registry.CVR(p)
		if err != nil {
			w.T.Fatal(err)
		}
		return cvr.Reveal()
	}
	cpr, err := w.Registry.CPR(p)
	if err != nil {
		w.T.Fatal(err)
	}
	return cpr.Reveal()
}

// Letter writes a letter with one small text as its document, as MeMo 1.2;
// change may alter it first. A file's Content is its []byte.
func (w *World) Letter(from, to registry.Party, change func(*memo.Message)) (post.UUID, []byte) {
	w.T.Helper()
	text := []byte("Kære borger. Der er tid hos tandlægen.")
	m := &memo.Message{Header: memo.Header{MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(), Label: "Tid hos tandlægen",
		Sender:    memo.Sender{SenderID: w.Number(from), IDType: memo.CVR, Label: from.Name},
		Recipient: memo.Recipient{RecipientID: w.Number(to), IDType: memo.CPR}},
		Body: &memo.Body{CreatedDateTime: w.Clock.Now(), MainDocument: memo.Document{Label: "Brevet",
			Files: []*memo.File{{EncodingFormat: "text/plain", Filename: "brev.txt", Language: "da", Content: text}}}}}
	if to.Kind == post.Organisation {
		m.Header.Recipient.IDType = memo.CVR
	}
	if change != nil {
		change(m)
	}
	var out bytes.Buffer
	err := memo.Write(&out, m, memo.V12, func(f *memo.File) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(f.Content.([]byte))), nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return m.Header.MessageUUID, out.Bytes()
}

// Deliver sends a letter of an authority the way all go, and returns its messageUUID.
func (w *World) Deliver(from, to registry.Party, change func(*memo.Message)) post.UUID {
	w.T.Helper()
	if w.senders == nil {
		w.senders = map[post.PartyID]registry.System{}
	}
	system, there := w.senders[from.ID]
	if !there {
		system = w.Sender(from).System
		w.senders[from.ID] = system
	}
	id, text := w.Letter(from, to, change)
	receipt, err := w.Intake.Accept(w.T.Context(), intake.Submission{System: system, MessageUUID: id, Body: bytes.NewReader(text), Length: int64(len(text))})
	if err != nil {
		w.T.Fatal(err, receipt)
	}
	return id
}

// Token gives a person's token for the state's app, with scopes; none are all.
func (w *World) Token(p registry.Party, scopes ...string) string {
	w.T.Helper()
	if len(scopes) == 0 {
		scopes = session.Scopes
	}
	access := session.NewSecret()
	w.Update(func(tx *db.Tx) error {
		err := w.Sessions.SaveClient(tx, session.Client{ID: "app", Name: "App'en", Platform: post.PlatformApp,
			RedirectURIs: []string{"http://127.0.0.1/back"}, Scopes: session.Scopes})
		if err != nil {
			return err
		}
		code := session.NewSecret()
		_, err = w.Sessions.Allow(tx, session.Grant{Party: p.ID, Client: "app", Platform: post.PlatformApp, Assurance: post.AssuranceSubstantial,
			Scopes: scopes, LoggedIn: tx.Now}, code, "")
		if err != nil {
			return err
		}
		used, err := w.Sessions.Token(tx, session.Code, code)
		if err != nil {
			return err
		}
		return w.Sessions.Exchange(tx, used, code, access, session.NewSecret())
	})
	return access
}
