package audit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/testkit"
)

// BenchmarkFind looks through a mailbox with a million events: half of them letters
// that arrived, the others readings and movings by 50 people, and a few that are rare.
//
//	go test ./internal/audit -run - -bench Find -benchtime 20x -timeout 30m
func BenchmarkFind(b *testing.B) {
	const events = 1_000_000
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		d := open(b)
		clock := testkit.NewClock()
		d.Now = clock.Now
		begun := clock.Now()
		var messages []post.UUID
		write := func(fn func(tx *db.Tx) error) {
			if err := d.Update(context.Background(), fn); err != nil {
				b.Fatal(err)
			}
		}
		for n := 0; n < events; n += 500 {
			clock.Advance(time.Second)
			write(func(tx *db.Tx) error {
				group := make([]audit.Event, 500)
				for i := range group {
					at := n + i
					switch {
					case at%2 == 0:
						messages = append(messages, tx.NewID())
						group[i] = audit.Event{Name: audit.MemoAvailableToRecipient, Mailbox: anna, Actor: post.Actor{System: 3, Organisation: 31}, Message: messages[len(messages)-1]}
					case at%100_000 == 1:
						group[i] = audit.Event{Name: audit.PrivilegesGranted, Mailbox: anna, Actor: post.Actor{Party: 1001, Platform: post.PlatformVirk}}
					default:
						names := []audit.Name{audit.MessageRead, audit.MessageMoved}
						group[i] = audit.Event{Name: names[at%4/2], Mailbox: anna, Actor: post.Actor{Party: post.PartyID(100 + at%97%50), Platform: post.PlatformVirk}, Message: messages[(at*7919)%len(messages)]}
					}
				}
				return audit.Append(tx, group...)
			})
		}
		clock.Advance(time.Hour)
		for more := 1; more > 0; {
			write(func(tx *db.Tx) (err error) { more, err = audit.Index(tx, 5000); return err })
		}
		if d.Postgres() {
			write(func(tx *db.Tx) error { _, err := tx.Exec("ANALYZE event_mailbox"); return err })
		}
		middle := messages[len(messages)/2]
		for what, q := range map[string]audit.Query{
			"newest":                {},
			"all-kinds":             {Kinds: audit.Kinds},
			"rare-kind":             {Kinds: []audit.Kind{audit.KindRights}},
			"no-such-kind":          {Kinds: []audit.Kind{audit.KindRefused}},
			"person":                {By: audit.Person(117)},
			"rare-person":           {By: audit.Person(1001)},
			"person-and-kind":       {By: audit.Person(117), Kinds: []audit.Kind{audit.KindDeleted, audit.KindSorted}},
			"letter":                {Message: middle},
			"period":                {From: begun.Add(900 * time.Second), To: begun.Add(1000 * time.Second)},
			"platform":              {Platform: post.PlatformVirk},
			"no-such-platform":      {Platform: post.PlatformMit},
			"kind-no-such-platform": {Kinds: []audit.Kind{audit.KindRead}, Platform: post.PlatformMit},
		} {
			q.Mailbox, q.Limit = anna, 200
			b.Run(fmt.Sprintf("%s/%s", name, what), func(b *testing.B) {
				for b.Loop() {
					err := d.Read(context.Background(), func(tx *db.Tx) error { _, err := audit.Find(tx, q); return err })
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(name+"/doers", func(b *testing.B) {
			for b.Loop() {
				err := d.Read(context.Background(), func(tx *db.Tx) error { _, err := audit.Doers(tx, anna, 200); return err })
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
