package teamwork_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// office is a company with two employees who read and write, one who administers
// the post, and two authorities that write to it.
type office struct {
	*world.World
	t                  *testing.T
	company            registry.Party
	carl, dorte, admin post.Actor
	carlP, dorteP      registry.Party
	right              rights.Right // Carl's
	tax, town          registry.Party
	box                post.UUID
}

func newOffice(t *testing.T, d *db.DB) *office {
	o := &office{World: world.New(t, d), t: t}
	o.company = o.Company("Bageriet Havnegade")
	o.tax, o.town = o.Authority("Skattestyrelsen"), o.Authority("Ålhavn Kommune")
	employ := func(name string, relation access.Relation) (registry.Party, post.Actor, rights.Right) {
		p := o.Person(name, 40, nil)
		o.Member(o.company, p, nil)
		right := o.Give(rights.Right{Mailbox: o.company.ID, Holder: p.ID, Organisation: o.company.ID, Relation: relation})
		return p, world.Employee(p, o.company), right
	}
	o.carlP, o.carl, o.right = employ("Carl", access.EmployeeWrite)
	o.dorteP, o.dorte, _ = employ("Dorte", access.EmployeeBasic)
	_, o.admin, _ = employ("Erna", access.EmployeeAdvanced)
	return o
}

// send delivers a letter and returns its id in the mailbox.
func (o *office) send(from registry.Party, change func(*memo.Message)) post.UUID {
	o.t.Helper()
	o.Deliver(from, o.company, change)
	if o.box == (post.UUID{}) {
		boxes, err := o.Mailboxes.List(o.t.Context(), o.carl)
		if err != nil || len(boxes) != 1 {
			o.t.Fatal(boxes, err)
		}
		o.box = boxes[0].UUID
	}
	return o.list(o.carl, mailbox.Query{Limit: 1}, teamwork.Filter{})[0].ID
}

func (o *office) list(who post.Actor, q mailbox.Query, f teamwork.Filter) []mailbox.Message {
	o.t.Helper()
	page, err := o.Team.Messages(o.t.Context(), who, o.box, q, f)
	if err != nil {
		o.t.Fatal(err)
	}
	if f.Any() && page.Total != int64(len(page.Messages)) {
		o.t.Errorf("%d messages, total %d", len(page.Messages), page.Total)
	}
	return page.Messages
}

func (o *office) letter(who post.Actor, id post.UUID) teamwork.Letter {
	o.t.Helper()
	l, err := o.Team.Letter(o.t.Context(), who, o.box, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return l
}

func has(all []mailbox.Message, id post.UUID) bool {
	for _, m := range all {
		if m.ID == id {
			return true
		}
	}
	return false
}

// elsewhere delivers a letter in another process.
func (o *office) elsewhere() post.UUID {
	o.t.Helper()
	d := testkit.Second(o.t, o.DB)
	d.Now = o.Clock.Now
	file, err := mailbox.NewFile(o.Blobs, "brev.txt", "text/plain", "da", []byte("Kære bager"))
	if err != nil {
		o.t.Fatal(err)
	}
	letter := mailbox.Delivery{Recipient: o.company.ID, Sender: o.tax.ID, Letter: &memo.Message{
		Header: memo.Header{MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(), Label: "Sent"}, Body: &memo.Body{MainDocument: memo.Document{Files: []*memo.File{file}}}}}
	err = d.Update(o.t.Context(), func(tx *db.Tx) error {
		var b db.Batch
		if err := o.Mailboxes.Deliver(tx, &b, []*mailbox.Delivery{&letter}); err != nil {
			return err
		}
		return tx.Run(&b)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return letter.Message
}

// What somebody has not opened is found whatever they have opened before, in whatever
// order, beside letters that come late, are destroyed or lie elsewhere: lists pass over
// long stretches of opened letters, and over nothing else (SYS-04).
func TestUnopenedAmongMany(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		var all []post.UUID // the oldest first
		opened := map[post.UUID]bool{}
		arrive := func() {
			o.Clock.Advance(time.Minute)
			all = append(all, o.send(o.tax, nil))
		}
		open := func(i int) {
			t.Helper()
			opened[all[i]] = true
			if _, err := o.Mailboxes.Open(t.Context(), o.carl, o.box, all[i]); err != nil {
				t.Fatal(err)
			}
		}
		same := func(when string) {
			t.Helper()
			for _, up := range []bool{false, true} {
				var want, got []post.UUID
				for _, id := range all {
					if !opened[id] {
						want = append(want, id)
					}
				}
				if !up {
					slices.Reverse(want)
				}
				q := mailbox.Query{Inbox: true, Limit: 7, Up: up}
				for more := true; more; {
					page, err := o.Team.Messages(t.Context(), o.carl, o.box, q, teamwork.Filter{Unopened: true})
					if err != nil || page.Total != int64(len(want)) || page.AtLeast {
						t.Fatal(when, page.Total, "of", len(want), page.AtLeast, err)
					}
					for _, m := range page.Messages {
						got = append(got, m.ID)
						q.Before = m.ID
					}
					more = page.More
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, up %v: %d of %d", when, up, len(got), len(want))
				}
			}
		}
		for range 130 {
			arrive()
		}
		for i := range 40 {
			open(i)
		}
		same("opened from the oldest on")
		for i := 120; i > 80; i-- {
			open(i)
		}
		same("opened from the newest on")
		for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(40) {
			if i != 17 {
				open(41 + i)
			}
		}
		same("all but two and the newest")
		open(40)
		same("all but one and the newest")

		arrive()
		open(len(all) - 1) // at once: one that is on its way may still come to lie before it
		o.Clock.Advance(-5 * time.Second)
		before := all[len(all)-1]
		late := o.elsewhere()
		all = append(all[:len(all)-1], late, before)
		same("one came late")
		for range 40 {
			arrive()
			open(len(all) - 1)
		}
		o.Clock.Advance(time.Hour)
		for i := 121; i < len(all); i++ {
			if all[i] != late && !opened[all[i]] {
				open(i)
			}
		}
		same("all but two")
		if l := o.list(o.dorte, mailbox.Query{Limit: 200}, teamwork.Filter{Unopened: true}); len(l) != len(all) {
			t.Errorf("a colleague has %d unopened of %d", len(l), len(all))
		}
	})
}

// Who has opened what is kept for each colleague by themselves, and costs no row
// before (SYS-04). A person's own mailbox has none of it.
func TestOpenings(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		id := o.send(o.tax, nil)
		unopened := teamwork.Filter{Unopened: true}
		if !has(o.list(o.carl, mailbox.Query{}, unopened), id) || !has(o.list(o.dorte, mailbox.Query{}, unopened), id) {
			t.Error("a new letter is not new to both")
		}
		o.Clock.Advance(time.Hour)
		if _, err := o.Mailboxes.Open(t.Context(), o.carl, o.box, id); err != nil {
			t.Fatal(err)
		}
		first := o.Clock.Now()
		if has(o.list(o.carl, mailbox.Query{}, unopened), id) || !has(o.list(o.dorte, mailbox.Query{}, unopened), id) {
			t.Error("Carl has opened it, Dorte not")
		}
		o.Clock.Advance(time.Hour)
		for range 2 { // it is read already: her opening is noted all the same, once
			if _, err := o.Mailboxes.Visit(t.Context(), o.dorte, o.box, id); err != nil {
				t.Fatal(err)
			}
		}
		l := o.letter(o.dorte, id)
		if len(l.Readers) != 2 || l.Readers[0].Name != "Carl Prøvesen" || !l.Readers[0].Opened.Equal(first) || l.Readers[1].Party != o.dorteP.ID || !l.Opened {
			t.Errorf("readers %+v", l.Readers)
		}
		if n := o.events(audit.MessageRead); n != 2 {
			t.Errorf("%d events of reading, want one for each", n)
		}

		private := o.Person("Birthe", 60, nil)
		o.Deliver(o.tax, private, nil)
		me := world.Actor(private)
		box, err := o.Mailboxes.Enter(t.Context(), me)
		if err != nil {
			t.Fatal(err)
		}
		page, err := o.Mailboxes.Messages(t.Context(), me, box.UUID, mailbox.Query{})
		if err != nil || len(page.Messages) != 1 {
			t.Fatal(page, err)
		}
		if _, err := o.Mailboxes.Open(t.Context(), me, box.UUID, page.Messages[0].ID); err != nil {
			t.Fatal(err)
		}
		if l, err := o.Team.Letter(t.Context(), me, box.UUID, page.Messages[0].ID); err == nil {
			t.Errorf("a person's letter has %+v", l)
		}
		if _, err := o.Team.Messages(t.Context(), me, box.UUID, mailbox.Query{}, unopened); err == nil {
			t.Error("a person's mailbox is filtered as a company's")
		}
		if _, err := o.Team.Rules(t.Context(), me, box.UUID); err == nil {
			t.Error("a person's mailbox has rules")
		}
	})
}

func (o *office) events(name audit.Name) (n int) {
	o.t.Helper()
	err := o.DB.Read(o.t.Context(), func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", o.company.ID, name).Scan(&n)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// A letter is assigned to a colleague who may read it, and to nobody else; the
// assignment ends with the right and does not come back with it (ORG-01).
func TestAssign(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		id, other := o.send(o.tax, nil), o.send(o.town, nil)
		w, err := o.Team.Assign(t.Context(), o.dorte, o.box, id, 0, teamwork.Myself(o.carl))
		if err != nil || w.Name != "Carl Prøvesen" || w.AssignedBy != "Dorte Prøvesen" {
			t.Fatal(w, err)
		}
		if _, err := o.Team.Assign(t.Context(), o.carl, o.box, id, 1, rights.Holder{}); errs.KindOf(err) != errs.KindConflict {
			t.Error("a stale version", err)
		}
		mine, nobodys := o.list(o.carl, mailbox.Query{}, teamwork.Filter{Mine: true}), o.list(o.carl, mailbox.Query{}, teamwork.Filter{Unassigned: true})
		if len(mine) != 1 || mine[0].ID != id || has(nobodys, id) || !has(nobodys, other) || len(o.list(o.dorte, mailbox.Query{}, teamwork.Filter{Mine: true})) != 0 {
			t.Errorf("mine %v, nobody's %v", mine, nobodys)
		}
		// Somebody who works there and may read nothing, somebody from elsewhere.
		idle, stranger := o.Person("Frede", 30, nil), o.Person("Gry", 30, nil)
		o.Member(o.company, idle, nil)
		for _, who := range []rights.Holder{{Person: idle.ID, Organisation: o.company.ID}, {Person: stranger.ID}, {Person: o.carlP.ID}} {
			if _, err := o.Team.Assign(t.Context(), o.dorte, o.box, id, 0, who); errs.CodeOf(err) != teamwork.CodeColleague {
				t.Errorf("assigned to %+v: %v", who, err)
			}
		}
		found, err := o.Team.Colleagues(t.Context(), o.dorte, o.box, id, "")
		if err != nil || len(found) != 3 || found[0].Name != "Carl Prøvesen" {
			t.Errorf("colleagues %+v %v", found, err)
		}
		if found, err = o.Team.Colleagues(t.Context(), o.dorte, o.box, id, "dor"); err != nil || len(found) != 1 || found[0].Person != o.dorteP.ID {
			t.Errorf("colleagues %+v %v", found, err)
		}

		o.Update(func(tx *db.Tx) error {
			_, err := o.Rights.End(tx, post.Program, access.Administrator, o.right.ID, 0)
			return err
		})
		if w := o.letter(o.dorte, id); !w.Lost || w.Name != "Carl Prøvesen" { // at once
			t.Errorf("after the right: %+v", w.Work)
		}
		o.Work()
		if !has(o.list(o.dorte, mailbox.Query{}, teamwork.Filter{Unassigned: true}), id) {
			t.Error("whose assignee has gone is not unassigned")
		}
		o.Give(rights.Right{Mailbox: o.company.ID, Holder: o.carlP.ID, Organisation: o.company.ID, Relation: access.EmployeeBasic})
		if w := o.letter(o.dorte, id); !w.Lost || len(o.list(o.carl, mailbox.Query{}, teamwork.Filter{Mine: true})) != 0 {
			t.Errorf("it came back with the right: %+v", w.Work)
		}
		// An employment that the register ends does so too.
		if _, err := o.Team.Assign(t.Context(), o.dorte, o.box, other, 0, teamwork.Myself(o.carl)); err != nil {
			t.Fatal(err)
		}
		o.Member(o.company, o.carlP, func(r *registry.Record) { r.Employed = false })
		if w := o.letter(o.dorte, other); !w.Lost {
			t.Errorf("after the employment: %+v", w.Work)
		}
		if w, err := o.Team.Assign(t.Context(), o.dorte, o.box, other, 0, rights.Holder{}); err != nil || w.Assignee.Person != 0 || w.Lost {
			t.Error(w, err)
		}
		if n := o.events(audit.MessageAssigned); n != 2 {
			t.Errorf("%d events of assigning", n)
		}
	})
}

// Status and the company's own date are seen by all, in lists and among the
// deadlines; comments stay in the company and go with the letter (ORG-01, SND-03).
func TestStatusDateAndComments(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		id, other := o.send(o.tax, nil), o.send(o.tax, nil)
		if _, err := o.Team.SetStatus(t.Context(), o.carl, o.box, id, 0, teamwork.InProgress); err != nil {
			t.Fatal(err)
		}
		for status, want := range map[teamwork.Status]post.UUID{teamwork.Fresh: other, teamwork.InProgress: id} {
			if all := o.list(o.dorte, mailbox.Query{Inbox: true}, teamwork.Filter{Status: status}); len(all) != 1 || all[0].ID != want {
				t.Errorf("%s: %v", status, all)
			}
		}
		if all := o.list(o.dorte, mailbox.Query{}, teamwork.Filter{Status: teamwork.Done}); len(all) != 0 {
			t.Error(all)
		}
		day := post.Today(o.Clock.Now()).AddDate(0, 0, 5)
		if w, err := o.Team.SetDue(t.Context(), o.carl, o.box, id, 0, day); err != nil || !post.Today(w.Due).Equal(day) {
			t.Fatal(w, err)
		}
		due := func(done bool) int64 {
			_, n, err := o.Mailboxes.Deadlines(t.Context(), o.dorte, o.box, mailbox.DeadlineQuery{Done: done, Codes: []memo.ActionCode{mailbox.OwnCode}})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if due(false) != 1 {
			t.Error("the date is not among the deadlines")
		}
		if _, err := o.Team.SetStatus(t.Context(), o.dorte, o.box, id, 0, teamwork.Done); err != nil || due(false) != 0 || due(true) != 1 {
			t.Error("what is done is still to be done", err)
		}
		if _, err := o.Team.SetDue(t.Context(), o.carl, o.box, id, 0, day.AddDate(30, 0, 0)); errs.CodeOf(err) != teamwork.CodeDue {
			t.Error(err)
		}
		if _, err := o.Team.SetDue(t.Context(), o.carl, o.box, id, 0, time.Time{}); err != nil || due(true) != 0 {
			t.Error(err)
		}

		before := o.letter(o.dorte, id)
		said, err := o.Team.Comment(t.Context(), o.carl, o.box, id, " Ring til dem i morgen.\r\n")
		if err != nil || said.Text != "Ring til dem i morgen." {
			t.Fatal(said, err)
		}
		l := o.letter(o.dorte, id)
		if len(l.Said) != 1 || l.Said[0].Text != said.Text || l.Said[0].Name != "Carl Prøvesen" || l.Said[0].Mine || l.Comments != 1 || l.Version == before.Version {
			t.Errorf("%+v", l)
		}
		if err := o.Team.Uncomment(t.Context(), o.dorte, o.box, id, said.ID); errs.KindOf(err) != errs.KindForbidden {
			t.Error("she removes his words", err)
		}
		for _, text := range []string{"", " \n"} {
			if _, err := o.Team.Comment(t.Context(), o.carl, o.box, id, text); errs.CodeOf(err) != teamwork.CodeComment {
				t.Error(err)
			}
		}
		// A curator reads the post, and nothing that colleagues say of it.
		curator := o.Person("Kurt", 50, nil)
		o.Give(rights.Right{Mailbox: o.company.ID, Holder: curator.ID, Relation: access.Curator, Origin: rights.Appointed})
		if _, err := o.Team.Letter(t.Context(), world.Actor(curator), o.box, id); errs.KindOf(err) != errs.KindForbidden {
			t.Error("the curator reads comments", err)
		}
		if works, err := o.Team.Works(t.Context(), world.Actor(curator), o.box, o.list(o.carl, mailbox.Query{}, teamwork.Filter{})); err != nil || len(works) != 0 {
			t.Error("the curator sees", works, err)
		}
		if _, err := o.Team.Messages(t.Context(), world.Actor(curator), o.box, mailbox.Query{}, teamwork.Filter{Status: teamwork.Done}); err == nil {
			t.Error("the curator filters by status")
		}
		if err := o.Team.Uncomment(t.Context(), o.carl, o.box, id, said.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Team.Comment(t.Context(), o.carl, o.box, id, "Igen"); err != nil {
			t.Fatal(err)
		}
		for range 2 { // to the trash, then for good
			if err := o.Mailboxes.Delete(t.Context(), o.admin, o.box, id, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, table := range []string{"comment", "shared_letter", "opening"} {
			var n int
			err := o.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.QueryRow("SELECT COUNT(*) FROM "+table+" WHERE message = $1", id).Scan(&n)
			})
			if err != nil || n != 0 {
				t.Errorf("%d rows of %s are left: %v", n, table, err)
			}
		}
	})
}
