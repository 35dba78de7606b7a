package teamwork_test

import (
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/rights"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// BenchmarkLists lists a company's inbox of 860,000 letters by each filter. Half of
// the letters are done, a tenth is assigned, one employee has opened all of the
// newest half, and 300 employees have rights.
func BenchmarkLists(b *testing.B) {
	const letters, employees = 860_000, 300
	w := world.New(b, testkit.SQLite(b))
	company, town := w.Company("Storkoncernen"), w.Authority("Ålhavn Kommune")
	carl := w.Person("Carl", 40, nil)
	w.Member(company, carl, nil)
	w.Give(rights.Right{Mailbox: company.ID, Holder: carl.ID, Organisation: company.ID, Relation: access.EmployeeAdvanced})
	w.Deliver(town, company, nil)
	actor := world.Employee(carl, company)
	boxes, err := w.Mailboxes.List(b.Context(), actor)
	if err != nil || len(boxes) != 1 {
		b.Fatal(boxes, err)
	}
	box := boxes[0].UUID
	for at := 0; at < letters; at += 2000 {
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
					batch.Add("INSERT INTO shared_letter (mailbox, message, assignee, organisation, assigned_by, assigned, status, comments, updated, version) VALUES ($1, $2, $3, $1, 0, $4, $5, 0, $4, 2)",
						company.ID, id, assignee, tx.Now, status)
				}
				if n > letters/2 {
					batch.Add("INSERT INTO opening (mailbox, message, person, opened) VALUES ($1, $2, $3, $4)", company.ID, id, carl.ID, tx.Now)
				}
			}
			batch.Add("UPDATE folder_count SET total = total + 2000, unread = unread + 2000 WHERE mailbox = $1 AND folder = 1", company.ID)
			return tx.Run(&batch)
		})
	}
	for range employees {
		p := w.Person("Ansat", 30, nil)
		w.Member(company, p, nil)
		w.Give(rights.Right{Mailbox: company.ID, Holder: p.ID, Organisation: company.ID, Relation: access.EmployeeBasic})
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
	b.Run("colleagues", func(b *testing.B) {
		for b.Loop() {
			if all, err := w.Team.Colleagues(b.Context(), actor, box, post.UUID{}, "carl"); err != nil || len(all) != 1 {
				b.Fatal(len(all), err)
			}
		}
	})
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
