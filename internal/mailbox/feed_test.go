package mailbox_test

import (
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// client keeps a copy of a mailbox by its changes alone.
type client struct {
	*town
	modseq   int64
	messages map[post.UUID]mailbox.Message
	folders  map[post.UUID]string
}

func (w *town) client() *client {
	return &client{town: w, messages: map[post.UUID]mailbox.Message{}, folders: map[post.UUID]string{}}
}

// sync asks until there is no more.
func (c *client) sync(limit int) {
	c.T.Helper()
	for more := true; more; {
		got, err := c.Mailboxes.Changes(c.T.Context(), actor(c.citizen), c.box.UUID, c.modseq, limit)
		if err != nil {
			c.T.Fatal(err)
		}
		for _, m := range got.Created {
			if _, there := c.messages[m.ID]; there {
				c.T.Errorf("%s was created twice", m.ID)
			}
			c.messages[m.ID] = m
		}
		for _, m := range got.Updated {
			if _, there := c.messages[m.ID]; !there {
				c.T.Errorf("%s was updated and never created", m.ID)
			}
			c.messages[m.ID] = m
		}
		for _, id := range got.Destroyed {
			delete(c.messages, id)
		}
		for _, f := range got.FoldersCreated {
			c.folders[f.UUID] = f.Name
		}
		for _, f := range got.FoldersUpdated {
			c.folders[f.UUID] = f.Name
		}
		for _, id := range got.FoldersDestroyed {
			delete(c.folders, id)
		}
		if got.More && got.Modseq <= c.modseq {
			c.T.Fatal("the feed does not move on")
		}
		c.modseq, more = got.Modseq, got.More
	}
}

// same compares the copy with the mailbox.
func (c *client) same() {
	c.T.Helper()
	want := map[post.UUID]mailbox.Message{}
	for _, m := range c.list(mailbox.Query{Limit: mailbox.MaxPage}).Messages {
		want[m.ID] = m
	}
	if !maps.Equal(c.messages, want) {
		c.T.Fatalf("the copy has %d messages, the mailbox %d, or they differ", len(c.messages), len(want))
	}
	folders, err := c.Mailboxes.Folders(c.T.Context(), actor(c.citizen), c.box.UUID)
	if err != nil {
		c.T.Fatal(err)
	}
	names := map[post.UUID]string{}
	for _, f := range folders {
		names[f.UUID] = f.Name
	}
	if !maps.Equal(c.folders, names) {
		c.T.Fatalf("the copy has folders %v, the mailbox %v", c.folders, names)
	}
}

// MBX-15: whatever is done in whatever order, a client that follows the changes
// has what the mailbox has; MBX-06, MBX-07, MBX-08: and no letter is lost by
// anything but by being deleted for good. Check runs at the end.
func TestFeedFollowsWhateverHappens(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		random := rand.New(rand.NewPCG(2026, 3))
		often, seldom := w.client(), w.client()
		alive := map[post.UUID]bool{}
		var ids []post.UUID
		var folders []mailbox.Folder
		var undoable []mailbox.Operation
		some := func() (s mailbox.Selection) {
			for range 1 + random.IntN(5) {
				if id := ids[random.IntN(len(ids))]; alive[id] {
					s.Messages = append(s.Messages, mailbox.Picked{ID: id})
				}
			}
			return s
		}
		folder := func() *post.UUID {
			if len(folders) == 0 {
				return new(w.folder(mailbox.Inbox).UUID)
			}
			return &folders[random.IntN(len(folders))].UUID
		}
		trashed := func() mailbox.Selection {
			return mailbox.Selection{Folder: w.folder(mailbox.Deleted).UUID}
		}
		for step := range 250 {
			w.Clock.Advance(time.Duration(random.IntN(40)) * time.Second)
			switch what := random.IntN(16); {
			case len(ids) == 0 || what < 5:
				m := w.send(nil)
				ids, alive[m.ID] = append(ids, m.ID), true
			case what < 7:
				w.apply(some(), mailbox.Task{Read: new(random.IntN(2) == 0), Flag: new(random.IntN(2) == 0)})
			case what < 9:
				if s := some(); len(s.Messages) > 0 {
					op, err := w.Mailboxes.Apply(t.Context(), actor(w.citizen), w.box.UUID, s, mailbox.Task{Folder: folder()})
					if err == nil {
						undoable = append(undoable, op)
					}
				}
			case what < 10:
				undoable = append(undoable, w.apply(some(), mailbox.Task{Delete: true}))
			case what < 11:
				w.apply(trashed(), mailbox.Task{Restore: true})
			case what < 12:
				parent := post.UUID{}
				if len(folders) > 0 && random.IntN(2) == 0 {
					parent = folders[random.IntN(len(folders))].UUID
				}
				if f, err := w.Mailboxes.CreateFolder(t.Context(), actor(w.citizen), w.box.UUID, "Mappe "+string(rune('A'+random.IntN(26))), parent); err == nil {
					folders = append(folders, f)
				}
			case what < 13 && len(folders) > 0:
				c := mailbox.FolderChange{Name: new("Mappe " + string(rune('a'+random.IntN(26))))}
				if random.IntN(2) == 0 {
					c = mailbox.FolderChange{Parent: folder()}
				}
				w.Mailboxes.UpdateFolder(t.Context(), actor(w.citizen), w.box.UUID, *folder(), 0, c) //nolint:errcheck // names may be taken
			case what < 14 && len(folders) > 0:
				if op, err := w.Mailboxes.DeleteFolder(t.Context(), actor(w.citizen), w.box.UUID, *folder(), 0); err == nil {
					undoable = append(undoable, op)
				}
			case what < 15 && len(undoable) > 0:
				w.undo(undoable[len(undoable)-1])
				undoable = undoable[:len(undoable)-1]
			default:
				if random.IntN(4) == 0 {
					for _, m := range w.list(mailbox.Query{Folder: w.folder(mailbox.Deleted).UUID, Limit: mailbox.MaxPage}).Messages {
						delete(alive, m.ID)
					}
					w.apply(trashed(), mailbox.Task{Destroy: true})
				}
			}
			if step%3 == 0 {
				often.sync(1 + random.IntN(4))
				often.same()
			}
			if step%50 == 49 {
				seldom.sync(10)
				seldom.same()
				w.check(t)
			}
		}
		late := w.client()
		late.sync(0)
		late.same()
		if len(late.messages) != len(alive) {
			t.Errorf("%d messages are there, %d should be", len(late.messages), len(alive))
		}
		for _, wrong := range []int64{-1, late.modseq + 1} {
			if _, err := w.Mailboxes.Changes(t.Context(), actor(w.citizen), w.box.UUID, wrong, 0); errs.CodeOf(err) != mailbox.CodeModseq {
				t.Error(wrong, err)
			}
		}
		stranger := w.Person("Bent", 50, nil)
		w.enter(stranger)
		if _, err := w.Mailboxes.Changes(t.Context(), actor(stranger), w.box.UUID, 0, 0); errs.KindOf(err) != errs.KindNotFound {
			t.Error(err)
		}
	})
}

// A client that was away while many letters came finds where it left off.
func TestFeedFromFarBack(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		c := w.client()
		for i := range 5 {
			if i == 2 {
				c.sync(0)
			}
			for _, xml := range w.letters(60) {
				if err := w.accept(xml); err != nil {
					t.Fatal(err)
				}
			}
			w.Clock.Advance(100 * 24 * time.Hour)
			w.apply(mailbox.Selection{Messages: []mailbox.Picked{{ID: w.list(mailbox.Query{Limit: 1}).Messages[0].ID}}}, mailbox.Task{Read: new(true)})
		}
		c.sync(50)
		c.same()
	})
}

// SND-03: dates are kept as deadlines, and what is done is done on every client.
func TestDeadlines(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		day := func(n int) time.Time { return w.Clock.Now().AddDate(0, 0, n).Truncate(time.Second) }
		w.send(nil)
		bill := w.send(func(m *memo.Message) {
			m.Header.Reply, m.Header.ReplyByDateTime = true, day(20)
			m.Body.MainDocument.Actions = []memo.Action{
				{Label: "Betal", ActionCode: memo.Betaling, EndDateTime: day(10), EntryPoint: &memo.EntryPoint{URL: "https://betal.example.dk"}},
				{Label: "Underskriv", ActionCode: memo.Underskriv, EndDateTime: day(5), EntryPoint: &memo.EntryPoint{URL: "https://underskriv.example.dk"}}}
		})
		w.send(func(m *memo.Message) {
			m.Body.MainDocument.Actions = []memo.Action{{Label: "Samtale", ActionCode: memo.Aftale, Reservation: &memo.Reservation{Description: "Samtale",
				ReservationUUID: post.NewUUID(), Abstract: "Om plads", Location: "Rådhuset", StartDateTime: day(1), EndDateTime: day(1).Add(time.Hour)}}}
		})
		deadlines := func(q mailbox.DeadlineQuery) (labels []string) {
			all, total, err := w.Mailboxes.Deadlines(t.Context(), actor(w.citizen), w.box.UUID, q)
			if err != nil || total != int64(len(all)) {
				t.Fatal(total, err)
			}
			for _, d := range all {
				if d.Action == nil {
					labels = append(labels, string(d.Code))
				} else {
					labels = append(labels, d.Action.Label)
				}
			}
			return labels
		}
		is := func(got []string, want ...string) {
			t.Helper()
			if len(got) != len(want) {
				t.Fatal(got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatal(got, want)
				}
			}
		}
		is(deadlines(mailbox.DeadlineQuery{}), "Samtale", "Underskriv", "Betal", "REPLY")
		if page := w.list(mailbox.Query{Ahead: true}); page.AheadTotal != 4 || page.Ahead[0].Code != memo.Aftale {
			t.Error(page.AheadTotal)
		}
		set := func(document, place int, version int64, code mailbox.ActionCode) (mailbox.Letter, error) {
			return w.Mailboxes.SetAction(t.Context(), actor(w.citizen), w.box.UUID, bill.ID, document, place, version, code, "ringet til dem")
		}
		l, err := set(0, 1, 1, mailbox.ActionCompleted)
		if err != nil || l.Action(0, 1).Code != mailbox.ActionCompleted || l.Action(0, 1).Note != "ringet til dem" || l.Message.DueCode != string(memo.Betaling) || !l.Message.Done.IsZero() {
			t.Fatal(l.Message, err)
		}
		if _, err := set(0, 1, 1, mailbox.ActionReceived); errs.KindOf(err) != errs.KindConflict {
			t.Error("a stale version was taken:", err)
		}
		is(deadlines(mailbox.DeadlineQuery{}), "Samtale", "Betal", "REPLY")
		is(deadlines(mailbox.DeadlineQuery{Done: true}), "Underskriv")
		w.Clock.Advance(12 * 24 * time.Hour)
		is(deadlines(mailbox.DeadlineQuery{To: w.Clock.Now()}), "Samtale", "Betal")
		is(deadlines(mailbox.DeadlineQuery{From: w.Clock.Now()}), "REPLY")
		for _, at := range [][2]int{{0, 0}, {-1, 0}} {
			if l, err = set(at[0], at[1], 0, mailbox.ActionCompleted); err != nil {
				t.Fatal(err)
			}
		}
		if l.Message.Done.IsZero() || l.Message.DueCode != "" {
			t.Error(l.Message)
		}
		if l, err = set(0, 0, 0, mailbox.ActionReceived); err != nil || !l.Message.Done.IsZero() || l.Message.DueCode != string(memo.Betaling) {
			t.Error(l.Message, err)
		}
		for _, wrong := range [][2]int{{0, 2}, {1, 0}, {-1, 1}, {-2, 0}, {0, -1}} {
			if _, err := set(wrong[0], wrong[1], 0, mailbox.ActionCompleted); errs.KindOf(err) != errs.KindNotFound {
				t.Error(wrong, err)
			}
		}
		if _, err := set(0, 0, 0, "LOST"); errs.KindOf(err) != errs.KindInvalid {
			t.Error(err)
		}
		w.apply(picked(bill), mailbox.Task{Delete: true})
		is(deadlines(mailbox.DeadlineQuery{}), "Samtale")
		w.apply(picked(bill), mailbox.Task{Destroy: true})
	})
}
