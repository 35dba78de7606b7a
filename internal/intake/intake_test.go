package intake_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
)

// world is the part of the program that intake needs, with one authority, its
// system and one citizen.
type world struct {
	db        *db.DB
	registry  *registry.Registry
	mailboxes *mailbox.Mailboxes
	outbound  *outbound.Outbound
	intake    *intake.Intake
	runner    *jobs.Runner
	clock     *testkit.Clock
	system    registry.System
	citizen   registry.Party

	dir  string // of keys and documents, which processes share
	blob *blob.Store
}

const (
	authorityCVR = "10000009"
	citizenCPR   = "2211771212"
)

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{db: d, clock: testkit.NewClock(), dir: t.TempDir()}
	w.start(t)
	people := fmt.Sprintf(`{"type":"authority","cvr":%q,"name":"Ålhavn Kommune","authorityType":"MUNICIPALITY"}
{"type":"person","cpr":%q,"firstName":"Signe","lastName":"Holm","birthDate":"1977-11-22"}
`, authorityCVR, citizenCPR)
	if _, err := w.registry.Import(ctx, "test", strings.NewReader(people)); err != nil {
		t.Fatal(err)
	}
	err := d.Update(ctx, func(tx *db.Tx) error {
		cvr, err := post.ParseCVR(authorityCVR)
		if err != nil {
			return err
		}
		owner, err := w.registry.OrganisationByCVR(tx, cvr)
		if err != nil {
			return err
		}
		w.system, _, err = w.registry.CreateSystem(tx, registry.System{Organisation: owner.ID, Name: "ESDH", Sends: true, Protocol: registry.RESTPull, MemoVersion: "1.2"})
		if err != nil {
			return err
		}
		cpr, err := post.ParseCPR(citizenCPR)
		if err != nil {
			return err
		}
		w.citizen, err = w.registry.PersonByCPR(tx, cpr)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// start makes the capabilities of a process, and ends them with the test.
func (w *world) start(t testing.TB) {
	t.Helper()
	w.db.Now = w.clock.Now
	ring, err := keys.Open(t.Context(), w.db, w.dir+"/master.key")
	if err != nil {
		t.Fatal(err)
	}
	if w.blob, err = blob.Open(w.db, blob.Config{Dir: w.dir}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	w.runner = jobs.NewRunner(w.db, log, jobs.Options{Queues: map[string]int{intake.DateQueue: 4, intake.BulkQueue: 2}})
	w.registry = registry.New(w.db, ring)
	w.mailboxes = mailbox.New(w.db, ring, w.blob, w.registry, rights.New(w.registry))
	w.outbound = outbound.New(outbound.Config{DB: w.db, Systems: w.registry, Letters: w.mailboxes, Log: log})
	w.intake = intake.New(intake.Config{DB: w.db, Keys: ring, Blobs: w.blob, Registry: w.registry, Mailboxes: w.mailboxes, Outbound: w.outbound, Jobs: w.runner})
	w.intake.Start()
	t.Cleanup(func() {
		w.intake.Stop()
		found := func(problem string) { t.Error(problem) }
		if err := errors.Join(w.mailboxes.Check(context.Background(), true, found), w.intake.Check(context.Background(), found)); err != nil {
			t.Error(err)
		}
		w.blob.Close()
	})
}

// second is another process on the same data.
func (w *world) second(t testing.TB) *world {
	t.Helper()
	other := *w
	other.db = testkit.Second(t, w.db)
	other.start(t)
	return &other
}

// breakDisk has no document written any more, until a new process begins.
func (w *world) breakDisk() { w.blob.Close() }

func (w *world) mendDisk(t testing.TB) { w.intake.Stop(); w.start(t) }

// replaceCVR gives a letter another sender.
func replaceCVR(xml string) string { return strings.Replace(xml, authorityCVR, "12345674", 1) }

func letterXML(uuid post.UUID, recipient, extra string, content []byte) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<memo:Message xmlns:memo="https://DigitalPost.dk/MeMo-1" memoVersion="1.2"><memo:MessageHeader>
<memo:messageType>DIGITALPOST</memo:messageType><memo:messageUUID>%s</memo:messageUUID><memo:label>Pladsanvisning</memo:label>%s
<memo:Sender><memo:senderID>%s</memo:senderID><memo:idType>CVR</memo:idType><memo:label>Ålhavn Kommune</memo:label></memo:Sender>
<memo:Recipient><memo:recipientID>%s</memo:recipientID><memo:idType>CPR</memo:idType></memo:Recipient></memo:MessageHeader>
<memo:MessageBody><memo:createdDateTime>2026-11-22T12:00:00Z</memo:createdDateTime><memo:MainDocument><memo:File>
<memo:encodingFormat>text/plain</memo:encodingFormat><memo:filename>brev.txt</memo:filename><memo:language>da</memo:language>
<memo:content>%s</memo:content></memo:File></memo:MainDocument></memo:MessageBody></memo:Message>`,
		uuid, extra, authorityCVR, recipient, base64.StdEncoding.EncodeToString(content))
}

func (w *world) send(t testing.TB, xml string) (outbound.Receipt, error) {
	return w.intake.Accept(t.Context(), intake.Submission{System: w.system, Body: strings.NewReader(xml), Length: int64(len(xml))})
}

func (w *world) citizenActor() post.Actor {
	return post.Actor{Party: w.citizen.ID, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
}

// SND-01, SND-02, MBX-01: the letter lies in the mailbox when the answer is there.
func TestLetterReachesItsRecipient(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		content := bytes.Repeat([]byte("Kære Signe. "), 3000)
		receipt, err := w.send(t, letterXML(post.NewUUID(), citizenCPR, "<memo:reply>true</memo:reply>", content))
		if err != nil {
			t.Fatal(err)
		}
		if receipt.Status != outbound.Received {
			t.Fatalf("receipt %+v", receipt)
		}
		boxes, err := w.mailboxes.List(t.Context(), w.citizenActor())
		if err != nil || len(boxes) != 1 {
			t.Fatal(boxes, err)
		}
		page, err := w.mailboxes.Messages(t.Context(), w.citizenActor(), boxes[0].UUID, mailbox.Query{Inbox: true})
		if err != nil || len(page.Messages) != 1 || page.Total != 1 || page.Folders[0].Unread != 1 {
			t.Fatalf("%+v %v", page, err)
		}
		m := page.Messages[0]
		if m.Label != "Pladsanvisning" || m.SenderName != "Ålhavn Kommune" || !m.Reply || m.Read {
			t.Fatalf("%+v", m)
		}
		letter, err := w.mailboxes.Open(t.Context(), w.citizenActor(), boxes[0].UUID, m.ID)
		if err != nil || !letter.Message.Read {
			t.Fatal(letter.Message, err)
		}
		file, r, err := w.mailboxes.Content(t.Context(), w.citizenActor(), boxes[0].UUID, m.ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var got bytes.Buffer
		if _, err := got.ReadFrom(r); err != nil || !bytes.Equal(got.Bytes(), content) || file.Filename != "brev.txt" {
			t.Fatal(file.Filename, got.Len(), err)
		}
		var receipts []outbound.Receipt
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			page, err := w.outbound.ReceiptsInBulk(tx, w.system.ID, 0, 10)
			receipts = page.Content
			return err
		})
		if err != nil || len(receipts) != 1 || receipts[0].Status != outbound.Completed || receipts[0].Code != "" {
			t.Fatalf("%+v %v", receipts, err)
		}
	})
}

func BenchmarkAccept(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, open(b))
			content := bytes.Repeat([]byte("0123456789abcdef"), 1280)
			b.ResetTimer()
			var all sync.WaitGroup
			work := make(chan struct{}, 64)
			for range 64 {
				all.Go(func() {
					for range work {
						if _, err := w.send(b, letterXML(post.NewUUID(), citizenCPR, "", content)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			for b.Loop() {
				work <- struct{}{}
			}
			close(work)
			all.Wait()
		})
	}
}
