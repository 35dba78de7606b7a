package mailbox_test

import (
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

// SND-03: deadlines of some kinds alone, without some, and the latest first.
func TestDeadlinesByKind(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		now := w.Clock.Now()
		link := &memo.EntryPoint{URL: "https://example.dk"}
		w.send(func(m *memo.Message) {
			m.Header.Reply, m.Header.ReplyByDateTime = true, now.AddDate(0, 0, 5)
			m.Body.MainDocument.Actions = []memo.Action{
				{Label: "Betal", ActionCode: memo.Betaling, EndDateTime: now.AddDate(0, 0, 9), EntryPoint: link},
				{Label: "Skriv under", ActionCode: memo.Underskriv, EndDateTime: now.AddDate(0, 0, 2), EntryPoint: link},
			}
		})
		for name, c := range map[string]struct {
			q    mailbox.DeadlineQuery
			want []memo.ActionCode
		}{
			"all":            {mailbox.DeadlineQuery{}, []memo.ActionCode{memo.Underskriv, mailbox.ReplyCode, memo.Betaling}},
			"latest first":   {mailbox.DeadlineQuery{Latest: true}, []memo.ActionCode{memo.Betaling, mailbox.ReplyCode, memo.Underskriv}},
			"two kinds":      {mailbox.DeadlineQuery{Codes: []memo.ActionCode{memo.Betaling, memo.Underskriv}}, []memo.ActionCode{memo.Underskriv, memo.Betaling}},
			"without a kind": {mailbox.DeadlineQuery{Without: []memo.ActionCode{memo.Betaling}}, []memo.ActionCode{memo.Underskriv, mailbox.ReplyCode}},
		} {
			all, n, err := w.Mailboxes.Deadlines(t.Context(), actor(w.citizen), w.box.UUID, c.q)
			if err != nil || int(n) != len(c.want) || len(all) != len(c.want) {
				t.Errorf("%s: %d %v %v", name, n, all, err)
				continue
			}
			for i, d := range all {
				if d.Code != c.want[i] {
					t.Errorf("%s: %s at %d", name, d.Code, i)
				}
			}
		}
	})
}

// MBX-15: a visit marks a letter read, as opening it does.
func TestVisit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.send(nil)
		if l, err := w.Mailboxes.Visit(t.Context(), actor(w.citizen), w.box.UUID, m.ID); err != nil || !l.Message.Read {
			t.Errorf("%+v %v", l.Message, err)
		}
	})
}
