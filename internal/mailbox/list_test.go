package mailbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

func labels(messages []mailbox.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Label)
	}
	return strings.Join(all, " ")
}

// labelled sends letters with these titles, the first the oldest.
func (w *town) labelled(titles ...string) {
	w.T.Helper()
	for _, title := range titles {
		w.send(func(m *memo.Message) { m.Header.Label = title })
	}
}

// MBX-01: newest first, page after page, also while new letters arrive.
func TestPages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.labelled("a", "b", "c", "d", "e")
		first := w.list(mailbox.Query{Inbox: true, Limit: 2})
		if labels(first.Messages) != "e d" || !first.More || first.Total != 5 {
			t.Fatalf("%q %v %d", labels(first.Messages), first.More, first.Total)
		}
		w.labelled("f") // must not move the next page
		second := w.list(mailbox.Query{Inbox: true, Limit: 2, Before: first.Messages[1].ID})
		third := w.list(mailbox.Query{Inbox: true, Limit: 2, Before: second.Messages[1].ID})
		if labels(second.Messages) != "c b" || !second.More || labels(third.Messages) != "a" || third.More {
			t.Errorf("%q %q", labels(second.Messages), labels(third.Messages))
		}
		up := w.list(mailbox.Query{Up: true, Limit: 3})
		next := w.list(mailbox.Query{Up: true, Limit: 3, Before: up.Messages[2].ID})
		if labels(up.Messages) != "a b c" || labels(next.Messages) != "d e f" || next.More {
			t.Errorf("oldest first: %q %q", labels(up.Messages), labels(next.Messages))
		}
		if offset := w.list(mailbox.Query{Sort: mailbox.SortLabel, Up: true, Limit: 2, Offset: 4}); labels(offset.Messages) != "e f" || offset.More {
			t.Errorf("by offset: %q", labels(offset.Messages))
		}
		if all := w.list(mailbox.Query{Limit: -1, Offset: -1}); labels(all.Messages) != "f e d c b a" {
			t.Errorf("nonsense: %q", labels(all.Messages))
		}
	})
}

func TestSort(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		soon, late := w.Clock.Now().AddDate(0, 0, 3), w.Clock.Now().AddDate(0, 1, 0)
		reply := func(at time.Time) func(*memo.Message) {
			return func(m *memo.Message) { m.Header.Reply, m.Header.ReplyByDateTime = true, at }
		}
		for _, c := range []struct {
			label  string
			change func(*memo.Message)
		}{
			{"Banan", reply(late)},
			{"abe", reply(soon)},
			{"Ål", func(m *memo.Message) { m.Body.MainDocument.Files[0].Content = []byte(strings.Repeat("lang ", 50)) }},
			{"citron", func(m *memo.Message) {
				m.Body.MainDocument.Actions = []memo.Action{{Label: "Betal", ActionCode: memo.Betaling, EndDateTime: soon, EntryPoint: &memo.EntryPoint{URL: "https://borger.dk/betal"}}}
			}},
		} {
			w.send(func(m *memo.Message) { m.Header.Label = c.label; c.change(m) })
		}
		w.patch(w.list(mailbox.Query{}).Messages[3].ID, mailbox.Change{Flag: new(true), Read: new(true)}) // Banan
		for _, c := range []struct {
			by   mailbox.Sort
			up   bool
			want string
		}{
			{mailbox.SortReceived, false, "citron Ål abe Banan"},
			{mailbox.SortLabel, true, "abe Banan citron Ål"},
			{mailbox.SortLabel, false, "Ål citron Banan abe"},
			{mailbox.SortReplyBy, true, "abe Banan Ål citron"}, // those without come last, whichever way
			{mailbox.SortReplyBy, false, "Banan abe citron Ål"},
			{mailbox.SortDue, true, "citron Banan abe Ål"},
			{mailbox.SortSize, false, "Ål citron abe Banan"},
			{mailbox.SortFlag, false, "Banan citron Ål abe"},
			{mailbox.SortRead, true, "abe Ål citron Banan"},
			{mailbox.SortSender, true, "Banan abe Ål citron"},
		} {
			if got := labels(w.list(mailbox.Query{Sort: c.by, Up: c.up}).Messages); got != c.want {
				t.Errorf("by %q, up %v: %q, want %q", c.by, c.up, got, c.want)
			}
		}
		byFlag := mailbox.Query{Sort: mailbox.SortFlag, Then: []mailbox.Order{{mailbox.SortSize, false}, {mailbox.SortLabel, true}}}
		if got := labels(w.list(byFlag).Messages); got != "Banan Ål abe citron" {
			t.Errorf("by flag, size and label: %q", got)
		}
		_, err := w.Mailboxes.Messages(t.Context(), actor(w.citizen), w.box.UUID, mailbox.Query{Sort: "id; DROP TABLE message"})
		if errs.KindOf(err) != errs.KindInvalid {
			t.Errorf("an unknown order: %v", err)
		}
	})
}

// MBX-16: old post is found.
func TestFilters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		begin := w.Clock.Now()
		w.labelled("Årsopgørelse", "100 % rabat", "ÆBLER og pærer", "a_b")
		all := w.list(mailbox.Query{Up: true}).Messages
		w.patch(all[0].ID, mailbox.Change{Read: new(true)})
		w.patch(all[1].ID, mailbox.Change{Flag: new(true)})
		trash := w.folder(mailbox.Deleted).UUID
		w.patch(all[3].ID, mailbox.Change{Folder: &trash})
		for name, c := range map[string]struct {
			query mailbox.Query
			want  string
		}{
			"unread":                      {mailbox.Query{Unread: true}, "a_b ÆBLER og pærer 100 % rabat"},
			"read":                        {mailbox.Query{Opened: true}, "Årsopgørelse"},
			"flagged":                     {mailbox.Query{Flag: true}, "100 % rabat"},
			"dated":                       {mailbox.Query{Due: true}, ""},
			"the inbox":                   {mailbox.Query{Inbox: true}, "ÆBLER og pærer 100 % rabat Årsopgørelse"},
			"the trash":                   {mailbox.Query{Folder: trash}, "a_b"},
			"since":                       {mailbox.Query{From: begin.Add(3 * time.Second)}, "a_b ÆBLER og pærer"},
			"until":                       {mailbox.Query{To: begin.Add(2 * time.Second)}, "Årsopgørelse"},
			"Danish letters, small":       {mailbox.Query{Words: "årsopgørelse"}, "Årsopgørelse"},
			"Danish letters, capital":     {mailbox.Query{Words: "æbler PÆRER"}, "ÆBLER og pærer"},
			"the sender's name":           {mailbox.Query{Words: "ÅLHAVN kommune rabat"}, "100 % rabat"},
			"a percent sign is one":       {mailbox.Query{Words: "0%"}, ""},
			"an underline is one":         {mailbox.Query{Words: "a_b"}, "a_b"},
			"a backslash is one":          {mailbox.Query{Words: `\`}, ""},
			"a quotation mark is no harm": {mailbox.Query{Words: `'" OR 1=1 --`}, ""},
			"two together":                {mailbox.Query{Unread: true, Inbox: true, Words: "og"}, "ÆBLER og pærer"},
		} {
			page := w.list(c.query)
			if got := labels(page.Messages); got != c.want || int(page.Total) != len(page.Messages) {
				t.Errorf("%s: %q of %d, want %q", name, got, page.Total, c.want)
			}
		}
	})
}

// The numbers beside the folders are those of the messages in them, whatever is
// read and moved.
func TestCounts(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for range 3 {
			w.send(nil)
		}
		all := w.list(mailbox.Query{}).Messages
		trash := w.folder(mailbox.Deleted).UUID
		w.patch(all[0].ID, mailbox.Change{Folder: &trash})
		w.patch(all[1].ID, mailbox.Change{Read: new(true)})
		w.patch(all[1].ID, mailbox.Change{Read: new(true)}) // again: nothing
		var got []string
		folders, err := w.Mailboxes.Folders(t.Context(), actor(w.citizen), w.box.UUID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folders {
			got = append(got, fmt.Sprintf("%s %d/%d", f.Type, f.Unread, f.Total))
		}
		if want := []string{"INBOX 1/2", "DRAFTS 0/0", "SENT 0/0", "DELETED 1/1"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if page := w.list(mailbox.Query{}); page.Total != 3 {
			t.Errorf("%d in all", page.Total)
		}
	})
}

func TestLetters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		a, b := w.send(nil), w.send(summons)
		all, err := w.Mailboxes.Letters(t.Context(), actor(w.citizen), w.box.UUID, []post.UUID{a.ID, post.NewUUID(), b.ID})
		if err != nil || len(all) != 2 || all[a.ID].Header.MessageUUID != a.MemoUUID {
			t.Fatal(all, err)
		}
		if w.read(b.ID).Message != b {
			t.Error("listing served a court summons")
		}
	})
}

// MBX-01: in every order, page after page gives each message once, in the order of
// one long page.
func TestPagesInEveryOrder(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for i, title := range []string{"b", "a", "Å", "a", "c", "b"} {
			w.send(func(m *memo.Message) {
				m.Header.Label = title
				if i%2 == 0 {
					m.Header.Reply, m.Header.ReplyByDateTime = true, w.Clock.Now().AddDate(0, 0, 10-i/3)
				}
			})
		}
		w.patch(w.list(mailbox.Query{Limit: 1}).Messages[0].ID, mailbox.Change{Read: new(true), Flag: new(true)})
		for _, sort := range []mailbox.Sort{mailbox.SortReceived, mailbox.SortLabel, mailbox.SortSender, mailbox.SortSize, mailbox.SortRead, mailbox.SortFlag, mailbox.SortReplyBy, mailbox.SortDue} {
			for _, up := range []bool{false, true} {
				for _, then := range [][]mailbox.Order{nil, {{Sort: mailbox.SortReceived, Up: !up}}} {
					q := mailbox.Query{Sort: sort, Up: up, Then: then}
					whole := w.list(q).Messages
					q.Limit = 2
					var paged []mailbox.Message
					for {
						page := w.list(q)
						paged = append(paged, page.Messages...)
						if !page.More || len(paged) > 6 {
							break
						}
						last := paged[len(paged)-1]
						q.Before, q.BeforeRead = last.ID, last.Read
					}
					if !slices.EqualFunc(whole, paged, func(a, b mailbox.Message) bool { return a.ID == b.ID }) {
						t.Errorf("%s up %v then %v: %s, in pages %s", sort, up, then, labels(whole), labels(paged))
					}
				}
			}
		}
	})
}

// MBX-12, MBX-10: what is important is listed from all folders but the trash, and
// a list tells on which letters its reader has a note.
func TestImportantAndNoted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.labelled("a", "b", "c")
		all := w.list(mailbox.Query{}).Messages
		w.patch(all[0].ID, mailbox.Change{Flag: new(true), Note: new("husk")})
		w.patch(all[1].ID, mailbox.Change{Flag: new(true), Folder: new(w.folder(mailbox.Deleted).UUID)})
		page := w.list(mailbox.Query{Flag: true, Kept: true})
		if labels(page.Messages) != "c" || page.Total != 1 || !page.Messages[0].Noted {
			t.Errorf("%q %d", labels(page.Messages), page.Total)
		}
		changes, err := w.Mailboxes.Changes(t.Context(), actor(w.citizen), w.box.UUID, page.Mailbox.Modseq-2, 0)
		if err != nil || len(changes.Updated) == 0 || !changes.Updated[0].Noted {
			t.Errorf("%+v %v", changes.Updated, err)
		}
		other := w.list(mailbox.Query{Inbox: true})
		if labels(other.Messages) != "c a" || other.Messages[1].Noted {
			t.Errorf("%q", labels(other.Messages))
		}
	})
}

// SND-08: whoever moves or deletes several is told how many court summonses are
// served by it; what came after the chooser looked is not meant (MBX-18).
func TestUnservedAndSeen(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		s := w.send(summons)
		l := w.send(nil)
		seen := w.list(mailbox.Query{}).Mailbox.Modseq
		w.send(nil)
		inbox := w.folder(mailbox.Inbox).UUID
		for want, selection := range map[int64]mailbox.Selection{
			1: {Folder: inbox}, 0: {Messages: []mailbox.Picked{{ID: l.ID}}},
		} {
			if n, err := w.Mailboxes.Unserved(t.Context(), actor(w.citizen), w.box.UUID, selection); err != nil || n != want {
				t.Errorf("%+v: %d %v", selection, n, err)
			}
		}
		if n, err := w.Mailboxes.Unserved(t.Context(), actor(w.citizen), w.box.UUID, mailbox.Selection{Messages: []mailbox.Picked{{ID: s.ID}, {ID: l.ID}}}); err != nil || n != 1 {
			t.Error(n, err)
		}
		if _, err := w.Mailboxes.Apply(t.Context(), actor(w.citizen), w.box.UUID, mailbox.Selection{Folder: inbox, Seen: seen}, mailbox.Task{Delete: true}); err != nil {
			t.Fatal(err)
		}
		if n := len(w.list(mailbox.Query{Inbox: true}).Messages); n != 1 {
			t.Errorf("%d left in the inbox", n)
		}
		if n, _ := w.Mailboxes.Unserved(t.Context(), actor(w.citizen), w.box.UUID, mailbox.Selection{Messages: []mailbox.Picked{{ID: s.ID}}}); n != 0 {
			t.Error("still unserved")
		}
	})
}
