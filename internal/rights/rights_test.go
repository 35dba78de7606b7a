package rights_test

import (
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// sees tells whether an actor is shown a mailbox in the list of theirs.
func sees(t *testing.T, w *world.World, actor post.Actor, owner registry.Party) bool {
	t.Helper()
	boxes, err := w.Mailboxes.List(t.Context(), actor)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range boxes {
		if b.ID == owner.ID {
			return true
		}
	}
	return false
}

// A right holds from its first to its last day, Danish time, also over a change of
// the clock, and ends at once when it is ended (ACC-01, ACC-10).
func TestRightHoldsAsLongAsItSays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		owner, helper := w.Person("Birthe", 85, nil), w.Person("Jonas", 50, nil)
		enter(t, w, owner)
		actor := world.Actor(helper)
		if sees(t, w, actor, owner) {
			t.Fatal("before the right")
		}
		last := post.Today(w.Clock.Now()).AddDate(0, 0, 2)
		right := w.Give(rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Reader, To: post.StartOfDay(last.AddDate(0, 0, 1).Date()).UTC()})
		if !right.LastDay().Equal(last) {
			t.Errorf("last day %v, want %v", right.LastDay(), last)
		}
		if !sees(t, w, actor, owner) {
			t.Error("not in force")
		}
		w.Clock.Set(right.To.Add(-time.Second))
		if !sees(t, w, actor, owner) {
			t.Error("it ended before the end of its last day")
		}
		w.Clock.Set(right.To)
		if sees(t, w, actor, owner) {
			t.Error("it holds after its last day")
		}
		w.Update(func(tx *db.Tx) (err error) {
			right, err = w.Rights.Change(tx, world.Actor(owner), access.Owner, right.ID, right.Version, func(r *rights.Right) { r.To, r.Relation = time.Time{}, access.Writer })
			return err
		})
		if !sees(t, w, actor, owner) || right.Relation != access.Writer {
			t.Error("renewed", right)
		}
		w.Update(func(tx *db.Tx) error {
			_, err := w.Rights.End(tx, world.Actor(owner), access.Owner, right.ID, right.Version)
			return err
		})
		if sees(t, w, actor, owner) {
			t.Error("it holds after it was ended")
		}
	})
}

func enter(t *testing.T, w *world.World, p registry.Party) {
	t.Helper()
	if _, err := w.Mailboxes.Enter(t.Context(), world.Actor(p)); err != nil {
		t.Fatal(err)
	}
}

// What a company's people may follows from the register: who signs alone, with which
// log-in, and who is still employed (ORG-01, ORG-03).
func TestCompanyFollowsTheRegister(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		company, other := w.Company("Firma ApS"), w.Company("Anden ApS")
		boss, clerk := w.Person("Bodil", 50, nil), w.Person("Carl", 30, nil)
		w.Deliver(w.Operator, company, nil)
		w.Member(company, boss, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
		w.Member(company, clerk, nil)
		w.Give(rights.Right{Mailbox: company.ID, Holder: clerk.ID, Organisation: company.ID, Relation: access.EmployeeBasic})
		for name, c := range map[string]struct {
			actor post.Actor
			sees  bool
		}{
			"the signatory, privately":                    {world.Actor(boss), true},
			"the signatory, with no employee's log-in":    {world.Employee(boss, company), false},
			"the signatory, for another company":          {world.Employee(boss, other), false},
			"the employee":                                {world.Employee(clerk, company), true},
			"the employee, privately":                     {world.Actor(clerk), false},
			"the employee, for a company they are not of": {world.Employee(clerk, other), false},
		} {
			if got := sees(t, w, c.actor, company); got != c.sees {
				t.Errorf("%s: sees it: %v", name, got)
			}
		}
		w.Member(company, clerk, func(r *registry.Record) { r.Employed = false })
		if sees(t, w, world.Employee(clerk, company), company) {
			t.Error("the employee has left and still reads")
		}
		w.Member(company, clerk, nil)
		if sees(t, w, world.Employee(clerk, company), company) {
			t.Error("the employee is back, and so is a right that nobody gave again")
		}
		w.Give(rights.Right{Mailbox: company.ID, Holder: clerk.ID, Organisation: company.ID, Relation: access.EmployeeBasic})
		if !sees(t, w, world.Employee(clerk, company), company) {
			t.Error("the employee does not read")
		}
		w.Status(clerk, registry.Dead)
		if sees(t, w, world.Employee(clerk, company), company) {
			t.Error("the log-in of somebody who is dead still reads")
		}
		w.Member(company, boss, func(r *registry.Record) { r.Employed, r.Signs = false, false })
		if sees(t, w, world.Actor(boss), company) {
			t.Error("the former signatory still reads")
		}
	})
}

// Nobody is given what is not given: a right to one's own mailbox, one whose time is
// over, one twice, a relation that follows from who somebody is.
func TestWhatIsNotGiven(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		owner, helper, firm := w.Person("Birthe", 85, nil), w.Person("Jonas", 50, nil), w.Company("Firma ApS")
		w.Give(rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Reader})
		signs := w.Person("Bodil", 50, nil)
		w.Member(firm, signs, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
		for name, c := range map[string]struct {
			right rights.Right
			code  string
		}{
			"to oneself":     {rights.Right{Mailbox: owner.ID, Holder: owner.ID, Relation: access.Reader}, rights.CodeOwnself},
			"over":           {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Writer, To: w.Clock.Now()}, rights.CodeOver},
			"twice":          {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Reader}, rights.CodeExists},
			"owner":          {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Owner}, rights.CodeRelation},
			"signatory":      {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Signatory}, rights.CodeRelation},
			"two at once":    {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Writer | access.Heir}, rights.CodeRelation},
			"no senders":     {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.SenderReader}, rights.CodeRelation},
			"everywhere":     {rights.Right{Holder: helper.ID, Relation: access.Reader}, rights.CodeRelation},
			"staff at a box": {rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Support}, rights.CodeRelation},
			"not employed":   {rights.Right{Mailbox: firm.ID, Holder: helper.ID, Organisation: firm.ID, Relation: access.EmployeeBasic}, rights.CodeEmployee},
			"signs only":     {rights.Right{Mailbox: firm.ID, Holder: signs.ID, Organisation: firm.ID, Relation: access.Administrator}, rights.CodeEmployee},
			"private log-in": {rights.Right{Mailbox: firm.ID, Holder: helper.ID, Relation: access.EmployeeBasic}, rights.CodeEmployee},
			"private staff":  {rights.Right{Holder: helper.ID, Relation: access.Support}, rights.CodeEmployee},
			"for a stranger": {rights.Right{Mailbox: firm.ID, Holder: helper.ID, Organisation: firm.ID, Relation: access.Liquidator}, rights.CodeEmployee},
		} {
			err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
				_, err := w.Rights.Give(tx, post.Program, access.Owner, c.right)
				return err
			})
			if errs.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		err := w.DB.Update(t.Context(), func(tx *db.Tx) error {
			g, err := w.Rights.MakeGroup(tx, post.Program, access.Administrator, firm.ID, "Bogholderi")
			if err == nil {
				_, err = w.Rights.Join(tx, post.Program, access.Administrator, g.ID, helper.ID)
			}
			return err
		})
		if errs.CodeOf(err) != rights.CodeEmployee {
			t.Error("into a group", err)
		}
	})
}

// A right whose last day is over is in nobody's way: another takes its place, also the
// wider or narrower one that people give each other (ACC-01).
func TestWhatIsOverMakesRoom(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		owner, helper, firm := w.Person("Birthe", 85, nil), w.Person("Jonas", 50, nil), w.Company("Firma ApS")
		w.Member(firm, helper, nil)
		day := w.Clock.Now().Add(24 * time.Hour)
		w.Give(rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Reader, To: day})
		w.Give(rights.Right{Mailbox: firm.ID, Holder: helper.ID, Organisation: firm.ID, Relation: access.EmployeeBasic, To: day})
		kept := w.Give(rights.Right{Mailbox: firm.ID, Holder: helper.ID, Organisation: firm.ID, Relation: access.EmployeeWrite, To: day})
		w.Clock.Set(day)
		w.Give(rights.Right{Mailbox: owner.ID, Holder: helper.ID, Relation: access.Writer})
		w.Give(rights.Right{Mailbox: firm.ID, Holder: helper.ID, Organisation: firm.ID, Relation: access.EmployeeBasic})
		w.Update(func(tx *db.Tx) error {
			all, err := w.Rights.To(tx, owner.ID)
			if len(all) != 1 || all[0].Relation != access.Writer {
				t.Errorf("%+v", all)
			}
			if err == nil {
				all, err = w.Rights.To(tx, firm.ID)
			}
			if len(all) != 2 || all[0].ID != kept.ID || all[1].Relation != access.EmployeeBasic || all[1].Over(tx.Now) {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}
