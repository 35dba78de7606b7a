package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"digitalpost/internal/api"
	"digitalpost/internal/db"
	"digitalpost/internal/intake"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// The cost of a page of the inbox without the network: with what a list needs,
// and with each letter whole.
func BenchmarkMessages(b *testing.B) {
	w := world.New(b, testkit.SQLite(b))
	a := api.New(api.Deps{DB: w.DB, Registry: w.Registry, Intake: w.Intake, Outbound: w.Outbound, Mailboxes: w.Mailboxes, Sessions: w.Sessions}, api.Config{})
	town, anna := w.Authority("Prøvekøbing Kommune"), w.Person("Anna", 40, nil)
	sender := w.Sender(town)
	for range 1000 {
		id, letter := w.Letter(town, anna, nil)
		if _, err := w.Intake.Accept(context.Background(), intake.Submission{System: sender.System, MessageUUID: id, Body: bytes.NewReader(letter), Length: int64(len(letter))}); err != nil {
			b.Fatal(err)
		}
	}
	boxes, err := w.Mailboxes.List(b.Context(), actorOf(b, w, anna))
	if err != nil {
		b.Fatal(err)
	}
	token := "Bearer " + w.Token(anna)
	for name, fields := range map[string]string{"listed": "&fields=id,label,read,receivedDateTime,sender.label", "whole": ""} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("GET", api.Base+"/mailboxes/"+boxes[0].UUID.String()+"/messages/?size=50"+fields, http.NoBody)
				r.Header.Set("Authorization", token)
				answer := httptest.NewRecorder()
				a.Handler().ServeHTTP(answer, r)
				if answer.Code != 200 {
					b.Fatal(answer.Body)
				}
			}
		})
	}
}

func actorOf(b *testing.B, w *world.World, p registry.Party) post.Actor {
	var actor post.Actor
	token := w.Token(p)
	w.Update(func(tx *db.Tx) (err error) {
		actor, _, err = w.Sessions.Bearer(tx, token)
		return err
	})
	return actor
}

// The cost of taking a letter of 20 KB without the network.
func BenchmarkSendMemo(b *testing.B) {
	w := world.New(b, testkit.SQLite(b))
	a := api.New(api.Deps{DB: w.DB, Registry: w.Registry, Intake: w.Intake, Outbound: w.Outbound, Mailboxes: w.Mailboxes, Sessions: w.Sessions},
		api.Config{ClientCAs: w.CA.Pool})
	town, anna := w.Authority("Prøvekøbing Kommune"), w.Person("Anna", 40, nil)
	sender := w.Sender(town)
	state := &tls.ConnectionState{PeerCertificates: []*x509.Certificate{sender.Certificate.Leaf}}
	first, letter := w.Letter(town, anna, func(m *memo.Message) { m.Body.MainDocument.Files[0].Content = make([]byte, 20<<10) })
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		ctx := api.ConnContext(b.Context(), nil)
		for pb.Next() {
			id := post.NewUUID()
			body := bytes.Replace(letter, []byte(first.String()), []byte(id.String()), 1)
			r := httptest.NewRequestWithContext(ctx, "POST", api.Base+"/memos/?memo-message-uuid="+id.String(), bytes.NewReader(body))
			r.TLS = state
			r.Header.Set("Content-Type", "application/xml")
			r.SetBasicAuth(sender.UUID.String(), sender.Key)
			answer := httptest.NewRecorder()
			a.Handler().ServeHTTP(answer, r)
			if answer.Code != 201 {
				b.Fatal(answer.Body)
			}
		}
	})
}
