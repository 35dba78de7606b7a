package mailbox_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// Whatever comes in whatever order, what a model of the mailbox says is what the
// mailbox says: no message is lost or doubled, and the counts are right. Check
// runs at the end.
func TestRandomChanges(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		random := rand.New(rand.NewPCG(2026, 11))
		type state struct {
			read, flag, served, court bool
			folder                    mailbox.FolderID
		}
		model := map[post.UUID]*state{}
		var ids []post.UUID
		folders := map[mailbox.FolderID]post.UUID{mailbox.Inbox: w.folder(mailbox.Inbox).UUID, mailbox.Deleted: w.folder(mailbox.Deleted).UUID}
		for step := range 150 {
			if len(ids) == 0 || random.IntN(5) == 0 {
				court := random.IntN(3) == 0
				m := w.send(func(m *memo.Message) { m.Header.LegalNotification = court })
				ids, model[m.ID] = append(ids, m.ID), &state{folder: mailbox.Inbox, court: court}
				continue
			}
			id := ids[random.IntN(len(ids))]
			s := model[id]
			var c mailbox.Change
			if random.IntN(2) == 0 {
				c.Read = new(random.IntN(2) == 0)
				s.read = *c.Read
			}
			if random.IntN(2) == 0 {
				c.Flag = new(random.IntN(2) == 0)
				s.flag = *c.Flag
			}
			if random.IntN(3) == 0 {
				to := []mailbox.FolderID{mailbox.Inbox, mailbox.Deleted}[random.IntN(2)]
				c.Folder = new(folders[to])
				s.served = s.served || s.court && s.folder != to
				s.folder = to
			}
			if random.IntN(4) == 0 {
				c.Note = new([]string{"", "en note"}[random.IntN(2)])
			}
			w.patch(id, c)
			if random.IntN(6) == 0 {
				if _, err := w.Mailboxes.Open(t.Context(), actor(w.citizen), w.box.UUID, id); err != nil {
					t.Fatal(err)
				}
				s.read, s.served = true, s.served || s.court
			}
			if step%25 == 0 {
				w.check(t)
			}
		}
		page := w.list(mailbox.Query{Limit: mailbox.MaxPage})
		if len(page.Messages) != len(ids) || int(page.Total) != len(ids) {
			t.Fatalf("%d messages, %d counted, %d sent", len(page.Messages), page.Total, len(ids))
		}
		for _, m := range page.Messages {
			if s := model[m.ID]; s == nil || m.Read != s.read || m.Flag != s.flag || m.Folder != s.folder || m.Served.IsZero() == s.served {
				t.Errorf("%+v, want %+v", m, s)
			}
		}
	})
}

// Deliveries and changes at the same time, into many mailboxes at once.
func TestManyAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		first := w.send(nil)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for i := range 15 {
					if _, err := w.Mailboxes.Patch(t.Context(), actor(w.citizen), w.box.UUID, first.ID, 0, mailbox.Change{Flag: new(i%2 == 0), Read: new(i%3 == 0)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		letters := w.letters(30)
		for _, xml := range letters {
			all.Go(func() {
				if err := w.accept(xml); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if page := w.list(mailbox.Query{}); int(page.Total) != len(letters)+1 {
			t.Errorf("%d messages", page.Total)
		}
	})
}
