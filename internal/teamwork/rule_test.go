package teamwork_test

import (
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/testkit"
	"digitalpost/memo"
)

func (o *office) folder(name string) post.UUID {
	o.t.Helper()
	f, err := o.Mailboxes.CreateFolder(o.t.Context(), o.admin, o.box, name, post.UUID{})
	if err != nil {
		o.t.Fatal(err)
	}
	return f.UUID
}

func (o *office) rule(w teamwork.Wanted) teamwork.Rule {
	o.t.Helper()
	r, err := o.Team.AddRule(o.t.Context(), o.admin, o.box, w)
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

func (o *office) where(id post.UUID) mailbox.Folder {
	o.t.Helper()
	l, err := o.Mailboxes.Read(o.t.Context(), o.carl, o.box, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return l.Folder
}

func from(point post.UUID) func(*memo.Message) {
	return func(m *memo.Message) {
		m.Header.Sender.ContactPoint = &memo.ContactPoint{ContactPointID: point.String(), Label: "Moms"}
	}
}

// Rules file new letters as they are delivered: by sender, by contact point, the
// first that fits deciding, and never to who may not read them (ORG-01).
func TestRulesFileNewLetters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		o.send(o.tax, nil)
		vat, all := o.folder("Moms"), o.folder("Skat")
		point := post.NewUUID()
		byPoint := o.rule(teamwork.Wanted{Point: point, Folder: vat, Who: o.carlP.UUID, Status: teamwork.InProgress})
		o.rule(teamwork.Wanted{Sender: o.tax.UUID, Folder: all})

		id := o.send(o.tax, from(point))
		w := o.letter(o.dorte, id).Work
		if o.where(id).UUID != vat || w.Assignee.Person != o.carlP.ID || w.AssignedBy != "" || w.Status != teamwork.InProgress {
			t.Errorf("%+v in %q", w, o.where(id).Name)
		}
		if id := o.send(o.tax, nil); o.where(id).UUID != all || o.letter(o.dorte, id).Assignee.Person != 0 {
			t.Error("the second rule")
		}
		if id := o.send(o.town, nil); o.where(id).ID != mailbox.Inbox {
			t.Error("no rule fits, and yet it is filed")
		}
		// In the other order the sender's rule takes both.
		if err := o.Team.MoveRule(t.Context(), o.admin, o.box, byPoint.ID, false); err != nil {
			t.Fatal(err)
		}
		if id := o.send(o.tax, from(point)); o.where(id).UUID != all {
			t.Error("the order of rules")
		}
		if err := o.Team.MoveRule(t.Context(), o.admin, o.box, byPoint.ID, true); err != nil {
			t.Fatal(err)
		}
		// An assignee who has gone gets nothing; a folder that has gone is the inbox.
		o.Update(func(tx *db.Tx) error {
			_, err := o.Rights.End(tx, post.Program, access.Administrator, o.right.ID, 0)
			return err
		})
		o.carl = o.dorte
		if _, err := o.Mailboxes.DeleteFolder(t.Context(), o.admin, o.box, vat, 0); err != nil {
			t.Fatal(err)
		}
		id = o.send(o.tax, from(point))
		if w := o.letter(o.dorte, id); o.where(id).ID != mailbox.Inbox || w.Assignee.Person != 0 || w.Status != teamwork.InProgress {
			t.Errorf("%+v in %q", w.Work, o.where(id).Name)
		}
		rules, err := o.Team.Rules(t.Context(), o.admin, o.box)
		if err != nil || len(rules) != 2 || !rules[0].Lost || !rules[0].NoFolder || rules[1].Sender.Name != "Skattestyrelsen" {
			t.Errorf("%+v %v", rules, err)
		}
		if o.events(audit.MessageFiled) != 4 {
			t.Errorf("%d events of filing", o.events(audit.MessageFiled))
		}
		for _, r := range rules {
			if err := o.Team.RemoveRule(t.Context(), o.admin, o.box, r.ID, r.Version); err != nil {
				t.Fatal(err)
			}
		}
		if id := o.send(o.tax, nil); o.where(id).ID != mailbox.Inbox {
			t.Error("a rule files after it was removed")
		}
	})
}

// Who administers the post makes rules, and no other (ORG-01).
func TestWhoMakesRules(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		o.send(o.tax, nil)
		w := teamwork.Wanted{Sender: o.tax.UUID, Status: teamwork.Done}
		if _, err := o.Team.AddRule(t.Context(), o.carl, o.box, w); errs.KindOf(err) != errs.KindForbidden {
			t.Error("an employee who only writes makes a rule", err)
		}
		for code, wrong := range map[string]teamwork.Wanted{
			teamwork.CodeRuleEmpty:   {Status: teamwork.Done},
			teamwork.CodeRuleNothing: {Sender: o.tax.UUID},
			teamwork.CodeStatus:      {Sender: o.tax.UUID, Status: "LATER"},
			teamwork.CodeSender:      {Sender: post.NewUUID(), Status: teamwork.Done},
			teamwork.CodeColleague:   {Sender: o.tax.UUID, Who: o.tax.UUID},
			"folder.unknown":         {Sender: o.tax.UUID, Folder: post.NewUUID()},
		} {
			if _, err := o.Team.AddRule(t.Context(), o.admin, o.box, wrong); errs.CodeOf(err) != code {
				t.Errorf("%+v: %v, want %s", wrong, err, code)
			}
		}
		r := o.rule(w)
		if _, err := o.Team.ChangeRule(t.Context(), o.admin, o.box, r.ID, r.Version, teamwork.Wanted{Sender: o.town.UUID, Status: teamwork.Done}); err != nil {
			t.Fatal(err)
		}
		if err := o.Team.RemoveRule(t.Context(), o.admin, o.box, r.ID, r.Version); errs.KindOf(err) != errs.KindConflict {
			t.Error("a stale version", err)
		}
	})
}

// A rule is used on the letters in the inbox by a job, which leaves alone what
// somebody has dealt with, and a court summons; the preview said how many (ORG-01).
func TestApplyToWhatIsThere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		point := post.NewUUID()
		first, second, other := o.send(o.tax, from(point)), o.send(o.tax, from(point)), o.send(o.tax, nil)
		summons := o.send(o.tax, func(m *memo.Message) {
			from(point)(m)
			m.Header.LegalNotification = true
		})
		if _, err := o.Team.Assign(t.Context(), o.carl, o.box, first, 0, teamwork.Myself(o.dorte)); err != nil {
			t.Fatal(err)
		}
		w := teamwork.Wanted{Sender: o.tax.UUID, Point: point, Folder: o.folder("Moms"), Who: o.carlP.UUID}
		if n, more, err := o.Team.Preview(t.Context(), o.admin, o.box, w); n != 3 || more || err != nil {
			t.Error("preview", n, more, err)
		}
		if n, _, err := o.Team.Preview(t.Context(), o.admin, o.box, teamwork.Wanted{Sender: o.tax.UUID, Status: teamwork.Done}); n != 4 || err != nil {
			t.Error("preview", n, err)
		}
		r := o.rule(w)
		for range 2 { // the second time it finds nothing more to do
			if err := o.Team.Apply(t.Context(), o.admin, o.box, r.ID); err != nil {
				t.Fatal(err)
			}
			o.Work()
			if o.where(first).UUID != w.Folder || o.where(second).UUID != w.Folder || o.where(other).ID != mailbox.Inbox || o.where(summons).ID != mailbox.Inbox {
				t.Error("not filed as the rule says")
			}
		}
		if a, b := o.letter(o.carl, first), o.letter(o.carl, second); a.Assignee.Person != o.dorteP.ID || b.Assignee.Person != o.carlP.ID {
			t.Errorf("%+v %+v", a.Work, b.Work)
		}
		r, err := o.Team.Rule(t.Context(), o.admin, o.box, r.ID)
		if err != nil || r.Run.Finished.IsZero() || r.Run.Looked != 2 || r.Run.Filed != 0 {
			t.Errorf("%+v %v", r.Run, err)
		}
		// Who asked has lost the right before the job came to it.
		third := o.send(o.town, nil)
		r = o.rule(teamwork.Wanted{Sender: o.town.UUID, Status: teamwork.Done})
		if err := o.Team.Apply(t.Context(), o.admin, o.box, r.ID); err != nil {
			t.Fatal(err)
		}
		o.Update(func(tx *db.Tx) error {
			all, err := o.Rights.Of(tx, o.admin.Party, o.company.ID)
			if err == nil {
				_, err = o.Rights.End(tx, post.Program, access.Administrator, all[0].ID, 0)
			}
			return err
		})
		o.Work()
		if o.letter(o.carl, third).Status != teamwork.Fresh {
			t.Error("a job used a right that has ended")
		}
	})
}
