package teamwork_test

import (
	"fmt"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// BenchmarkLists lists a company's inbox of 860,000 letters by each filter. Half of
// the letters are done, a tenth is assigned, one employee has opened all of the
// newest half, another all but each hundredth, and 5,000 employees have rights.
//
//	go test ./internal/teamwork -run xxx -bench Lists -benchtime 10x -timeout 1h
func BenchmarkLists(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { lists(b, testkit.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { lists(b, testkit.Postgres(b)) })
}

func lists(b *testing.B, d *db.DB) {
	const letters, employees = 860_000, 5000
	w := world.New(b, d)
	company, town := w.Company("Storkoncernen"), w.Authority("Ålhavn Kommune")
	carl := w.Person("Carl", 40, nil)
	w.Member(company, carl, nil)
	w.Give(rights.Right{Mailbox: company.ID, Holder: carl.ID, Organisation: company.ID, Relation: access.EmployeeAdvanced})
	w.Deliver(town, company, nil)
	dora := w.Person("Dora", 40, nil)
	w.Member(company, dora, nil)
	w.Give(rights.Right{Mailbox: company.ID, Holder: dora.ID, Organisation: company.ID, Relation: access.EmployeeBasic})
	actor, reads := world.Employee(carl, company), world.Employee(dora, company)
	boxes, err := w.Mailboxes.List(b.Context(), actor)
	if err != nil || len(boxes) != 1 {
		b.Fatal(boxes, err)
	}
	box := boxes[0].UUID
	const run = "INSERT INTO opened_run (mailbox, person, oldest, newest, letters) VALUES ($1, $2, $3, $4, $5)"
	var half, hundred, last post.UUID // where a stretch of opened letters begins
	for at := 0; at < letters; at += 2000 {
		w.Clock.Advance(time.Minute)
		w.Update(func(tx *db.Tx) error {
			var batch db.Batch
			for i := range 2000 {
				id, n := tx.NewID(), at+i
				batch.Add(`INSERT INTO message (mailbox, id, folder, origin, source, state, type, memo, received, label, sender, sender_name, sender_kind, recipient_name, read, flag, reply,
					reply_by, due_code, due, documents, size, served, answered, forwarded, done, thread, hidden, hidden_at, born, modseq, version, updated)
					SELECT mailbox, $1, folder, origin, source, state, type, $1, $2, label, sender, sender_name, sender_kind, recipient_name, read, flag, reply,
					reply_by, due_code, due, documents, size, served, answered, forwarded, done, thread, hidden, hidden_at, 2, 2, 1, updated FROM message WHERE mailbox = $3 LIMIT 1`, id, tx.Now, company.ID)
				status, assignee := teamwork.Fresh, post.PartyID(0)
				if n%2 == 0 {
					status = teamwork.Done
				}
				if n%10 == 0 {
					assignee = company.ID // somebody else
				}
				if n%1000 == 7 {
					assignee = carl.ID
				}
				if status != teamwork.Fresh || assignee != 0 {
					batch.Add("INSERT INTO shared_letter (mailbox, message, assignee, organisation, assigned_by, assigned, status, comments, updated, version) VALUES ($1, $2, $3, $6, 0, $4, $5, 0, $4, 2)",
						company.ID, id, assignee, tx.Now, status, map[bool]post.PartyID{true: company.ID}[assignee != 0])
				}
				const open = "INSERT INTO opening (mailbox, message, person, opened) VALUES ($1, $2, $3, $4)"
				if n > letters/2 {
					batch.Add(open, company.ID, id, carl.ID, tx.Now)
				}
				switch n {
				case letters/2 + 1:
					half = id
				case letters - 1:
					batch.Add(run, company.ID, carl.ID, half, id, letters/2-1)
				}
				switch n % 100 {
				case 0:
					if n > 0 {
						batch.Add(run, company.ID, dora.ID, hundred, last, 99)
					}
				case 1:
					hundred = id
					fallthrough
				default:
					batch.Add(open, company.ID, id, dora.ID, tx.Now)
				}
				last = id
			}
			batch.Add("UPDATE folder_count SET total = total + 2000, unread = unread + 2000 WHERE mailbox = $1 AND folder = 1", company.ID)
			return tx.Run(&batch)
		})
	}
	for from := 0; from < employees; from += 500 {
		var records []registry.Record
		for i := from; i < from+500; i++ {
			birthday := w.Clock.Now().AddDate(-20-i%40, 0, -i%300)
			cpr := fmt.Sprintf("%s2%03d", birthday.Format("020106"), i%1000)
			records = append(records,
				registry.Record{Type: "person", CPR: cpr, FirstName: fmt.Sprintf("Medarbejder%05d", i*7919%employees), LastName: "Ærø", BirthDate: birthday.Format(time.DateOnly)},
				registry.Record{Type: "member", Organisation: w.Number(company), CPR: cpr, Number: fmt.Sprint(10_000 + i), Employed: true, Department: fmt.Sprintf("Afdeling %d", i%40)})
		}
		w.Update(func(tx *db.Tx) error { return w.Registry.Save(tx, records) })
	}
	w.Update(func(tx *db.Tx) error {
		members, err := w.Registry.Members(tx, company.ID)
		for _, m := range members {
			if err == nil && m.Person != carl.ID && m.Person != dora.ID {
				_, err = w.Rights.Give(tx, post.Program, 0, rights.Right{Mailbox: company.ID, Holder: m.Person, Organisation: company.ID, Relation: access.EmployeeBasic})
			}
		}
		return err
	})
	if d.Postgres() {
		w.Update(func(tx *db.Tx) error { _, err := tx.Exec("ANALYZE"); return err })
	}
	for name, f := range map[string]teamwork.Filter{"all": {}, "mine": {Mine: true}, "unassigned": {Unassigned: true}, "unopened": {Unopened: true},
		"new": {Status: teamwork.Fresh}, "in progress": {Status: teamwork.InProgress}, "done": {Status: teamwork.Done}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				page, err := w.Team.Messages(b.Context(), actor, box, mailbox.Query{Inbox: true}, f)
				if err != nil || name != "in progress" && len(page.Messages) != 50 {
					b.Fatal(len(page.Messages), err)
				}
				if _, err := w.Team.Works(b.Context(), actor, box, page.Messages); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("unopened but each hundredth opened", func(b *testing.B) {
		for b.Loop() {
			page, err := w.Team.Messages(b.Context(), reads, box, mailbox.Query{Inbox: true}, teamwork.Filter{Unopened: true})
			if err != nil || len(page.Messages) != 50 {
				b.Fatal(len(page.Messages), err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for range b.N {
			b.StopTimer()
			w.Clock.Advance(time.Minute)
			w.Deliver(town, company, nil)
			page, err := w.Mailboxes.Messages(b.Context(), reads, box, mailbox.Query{Limit: 1})
			if err != nil {
				b.Fatal(err)
			}
			w.Clock.Advance(time.Minute)
			b.StartTimer()
			if _, err := w.Mailboxes.Open(b.Context(), reads, box, page.Messages[0].ID); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, text := range map[string]string{"colleagues": "carl", "all colleagues": "", "colleagues that are not there": "xyz"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.Team.Colleagues(b.Context(), actor, box, post.UUID{}, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("deliver with 100 rules", func(b *testing.B) {
		for range 100 {
			if _, err := w.Team.AddRule(b.Context(), actor, box, teamwork.Wanted{Sender: carl.UUID, Status: teamwork.Done}); err != nil {
				b.Fatal(err)
			}
		}
		for b.Loop() {
			w.Clock.Advance(time.Second)
			w.Deliver(town, company, nil)
		}
	})
}
