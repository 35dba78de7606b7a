package access

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// allowed is what a relation may do in the plain scene, changed by change.
func allowed(r Relation, change func(*scene)) (actions []Action) {
	s := sceneOf(r)
	if change != nil {
		change(&s)
	}
	for _, a := range everyAction() {
		if s.check(a).Allowed {
			actions = append(actions, a)
		}
	}
	return actions
}

// TestRequirements says again, one by one and apart from the tables, what each
// requirement promises and forbids.
func TestRequirements(t *testing.T) {
	onMit := letter(post.SourceMit, post.PlatformMit)
	onBorger := letter(post.SourceMit, post.PlatformBorger)
	messages := messageActions()
	for _, test := range []struct {
		name   string // begins with the requirement
		who    Relation
		change func(*scene)
		may    []Action
		mayNot []Action
	}{
		{name: "SYS-01 the owner does everything with their own post", who: Owner,
			may: []Action{MessageRead, MessageDestroy, MessageWrite, MessageServe, MessageHide, FolderDelete, TrusteeManage, ContactEdit, AccessManage, LogRead}},
		{name: "ACC-05 read access may", who: Reader,
			may: []Action{MailboxSee, MessageList, MessageRead, FolderManage, MessageMove, MessageMark, MessageFlag,
				MessageForwardEmail, MessageForwardRecipient, MessageServe, LogRead}},
		{name: "ACC-06 read access may not", who: Reader,
			mayNot: []Action{MessageDestroy, FolderDelete, MessageWrite, ContactEdit, AccessManage, MessageForwardAuthority}},
		{name: "ACC-07 read and write access may also", who: Writer,
			may: []Action{MessageWrite, MessageForwardAuthority, ContactEdit}},
		{name: "ACC-08 read and write access may not", who: Writer,
			mayNot: []Action{MessageDestroy, FolderDelete, TrusteeManage, AccessManage}},
		{name: "ACC-09 read access does not cover private post", who: Reader, change: onMit, mayNot: messages},
		{name: "ACC-09 read and write access does not cover private post", who: Writer, change: onMit, mayNot: messages},
		{name: "ACC-09 access to private post is read only", who: PrivateReader, change: onMit,
			may: []Action{MessageRead, MessageMove, MessageFlag, FolderManage}, mayNot: []Action{MessageWrite, MessageDestroy, MessageForwardAuthority, AccessManage, ContactEdit}},
		{name: "ACC-09 access to private post does not cover public post", who: PrivateReader, mayNot: messages},
		{name: "ACC-09 access to one platform's private post does not cover another's", who: PrivateReader, change: letter(post.SourceEboks, post.PlatformEboks), mayNot: everyAction()},
		{name: "ACC-10 helpers give up their access", who: SenderReader, may: []Action{AccessLeave}},
		{name: "ACC-15 access to chosen senders reads and no more", who: SenderReader,
			may: []Action{MessageList, MessageRead}, mayNot: []Action{MessageMove, MessageDelete, MessageServe, MessageForwardEmail, MessageWrite, FolderManage, LogRead}},
		{name: "MBX-09 private post is seen only on its own platform", who: Owner, change: onBorger, mayNot: messages},
		{name: "ORG-01 an employee's right covers private post", who: EmployeeBasic, change: onMit, may: []Action{MessageRead}},
		{name: "ORG-01 an administrator gives rights and does not read", who: Administrator, may: []Action{RightsManage}, mayNot: messages},
		{name: "ORG-02 advanced read access onboards, and does not set the company's notices", who: EmployeeAdvanced,
			may: []Action{PlatformJoin}, mayNot: []Action{ContactEdit, MessageWrite}},
		{name: "ORG-02 the signatory onboards and sets the company's notices", who: Signatory, may: []Action{PlatformJoin, ContactEdit}},
		{name: "ORG-02 basic and write access do neither", who: EmployeeWrite, mayNot: []Action{PlatformJoin, ContactEdit}},
		{name: "ORG-04 a liquidator reads private post", who: Liquidator, change: onMit, may: []Action{MessageRead}, mayNot: []Action{MessageWrite, MessageDestroy}},
		{name: "ORG-04 a liquidator reads after the company has ceased", who: Liquidator, change: status(StatusCeased), may: []Action{MessageRead}},
		{name: "ORG-05 an heir reads the dead person's post", who: Heir, may: []Action{MessageRead}, mayNot: []Action{MessageWrite, MessageDestroy, AccessManage}},
		{name: "ORG-05 an heir reads nothing of the living", who: Heir, change: status(StatusActive), mayNot: everyAction()},
		{name: "REG-04 the access of helpers ends with death", who: Writer, change: status(StatusDead), mayNot: everyAction()},
		{name: "REG-04 nobody logs in as the dead", who: Owner, change: status(StatusDead), mayNot: everyAction()},
		{name: "SND-08 who cannot be served does not open an unserved summons", who: SenderReader,
			change: func(s *scene) { s.res.Unserved = true }, may: []Action{MessageList}, mayNot: []Action{MessageRead}},
		{name: "SYS-11 a citizen service employee reads no post", who: CitizenService,
			may: []Action{AccessManageOnBehalf, ExemptionManage, MailboxLookup}, mayNot: append([]Action{LogRead, MailboxSee}, messages...)},
		{name: "SYS-11 a clerk's right works only at the counter", who: CitizenService,
			change: func(s *scene) { s.actor.Platform = post.PlatformBorger }, mayNot: everyAction()},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := allowed(test.who, test.change)
			for _, a := range test.may {
				if !slices.Contains(got, a) {
					t.Errorf("%s is refused to the %s", a, test.who)
				}
			}
			for _, a := range test.mayNot {
				if slices.Contains(got, a) {
					t.Errorf("%s is open to the %s", a, test.who)
				}
			}
		})
	}
}

// TestTables holds what the tables must be for the words to fit the rules.
func TestTables(t *testing.T) {
	for r, want := range map[Relation]string{
		Owner: "owner", Signatory: "signatory", EmployeeWrite: "employee.write", EmployeeAdvanced: "employee.advanced",
		EmployeeBasic: "employee.basic", Administrator: "administrator", FormerOwner: "owner.former", Liquidator: "liquidator",
		Curator: "curator", EstateAdministrator: "estate.administrator", Heir: "heir", Writer: "writer", Reader: "reader",
		PrivateReader: "reader.private", SenderReader: "reader.sender", CitizenService: "staff.citizen.service",
		SystemManager: "staff.system.manager", Support: "staff.support",
	} {
		if got := r.String(); got != want {
			t.Errorf("the relation %q stands where %q should", got, want)
		}
		if back, err := ParseRelation(want); back != r || err != nil {
			t.Errorf("ParseRelation(%q) = %v, %v", want, back, err)
		}
	}
	for _, name := range []string{"", "stranger", "Owner"} {
		if r, err := ParseRelation(name); err == nil {
			t.Errorf("ParseRelation(%q) = %v, want an error", name, r)
		}
	}
	if len(relations) != 18 || Support != 1<<17 {
		t.Errorf("%d relations, last %v", len(relations), Support)
	}
	seen := map[string]bool{}
	for _, a := range everyAction() {
		r := a.rule()
		if r.name == "" || r.means == "" || r.who == 0 || r.basis == "" || seen[r.name] {
			t.Errorf("the rule of action %d is not whole: %+v", a, r)
		}
		seen[r.name] = true
	}
	for _, r := range everyRelation() {
		if r&staff == 0 && MailboxSee.rule().who&r == 0 {
			t.Errorf("%s has a right to a mailbox that they may not see", r)
		}
	}
	for _, a := range messageActions() {
		if who := a.rule().who; who&^MessageList.rule().who != 0 || who&^MessageRead.rule().who != 0 {
			t.Errorf("%s is open to somebody who may not list or read", a)
		}
	}
	for _, a := range []Action{MessageForwardAuthority, MessageForwardRecipient, MessageForwardEmail} {
		if a.rule().who&^MessageServe.rule().who != 0 {
			t.Errorf("%s lets a summons be read by somebody who cannot be served", a) // SND-08
		}
	}
}

// TestWriteHoldsRead: read and write access is read access and more (ACC-07).
func TestWriteHoldsRead(t *testing.T) {
	pairs := [][2]Relation{{Reader, Writer}, {EmployeeBasic, EmployeeWrite}, {EmployeeBasic, EmployeeAdvanced}, {SenderReader, Reader}}
	for _, c := range append(circumstances, circumstance{title: "plain", change: func(*scene) {}}) {
		for _, pair := range pairs {
			more := allowed(pair[1], c.change)
			for _, a := range allowed(pair[0], c.change) {
				if !slices.Contains(more, a) {
					t.Errorf("%s: %s is open to the %s and refused to the %s", c.title, a, pair[0], pair[1])
				}
			}
		}
	}
}

// TestEveryQuestion asks everything there is to ask about one right, strange
// values among it, and checks what must hold of every answer.
func TestEveryQuestion(t *testing.T) {
	asked, granted := 0, 0
	actors := []post.Actor{}
	for _, at := range append(everyPlatform, "elsewhere") {
		for _, party := range []post.PartyID{0, someone, mailboxID} {
			for _, organisation := range []post.PartyID{0, employer} {
				for _, level := range []post.Assurance{post.AssuranceLow, post.AssuranceSubstantial} {
					for _, readOnly := range []bool{false, true} {
						actors = append(actors, post.Actor{Party: party, Organisation: organisation, Platform: at, Assurance: level, ReadOnly: readOnly})
					}
				}
			}
		}
	}
	sources := []post.Source{"", post.SourcePublic, post.SourceMit, "elsewhere"}
	for _, r := range append(everyRelation(), noRelation, Reader|Writer, 1<<20, 1<<31) {
		for _, st := range []Status{StatusUnknown, StatusActive, StatusDead, StatusCeased, 99} {
			for _, actor := range actors {
				for _, source := range sources {
					for flags := range 4 {
						g := Grant{Relation: r, Holder: someone, Organisation: actor.Organisation, Approved: true, Source: post.SourceMit, Senders: []post.PartyID{sender}}
						res := Resource{Mailbox: mailboxID, Source: source, Sender: sender, Hidden: flags&1 != 0, Unserved: flags&2 != 0}
						facts := Facts{Mailbox: mailboxID, Status: st, Consent: true, Grants: []Grant{g}}
						for a := range Action(len(rules) + 1) {
							d := Check(actor, a, res, facts, noon)
							asked++
							if d.Allowed {
								granted++
							}
							switch {
							case d.Allowed != (d.Reason == Granted), d.Allowed != (d.Err() == nil), (d.Via == 0) != (d.Reason == Stranger):
								t.Fatalf("the answer contradicts itself: %+v", d)
							case !d.Allowed:
							case a.String() == "", st == StatusUnknown || st == 99, actor.Party == 0, actor.Platform == post.PlatformNone,
								actor.Assurance < post.AssuranceSubstantial:
								t.Fatalf("%v by %+v with status %d is allowed: %+v", a, actor, st, d)
							case source == "elsewhere", source == post.SourceMit && actor.Platform != post.PlatformMit: // MBX-09
								t.Fatalf("%v of post of %q is allowed on %q: %+v", a, source, actor.Platform, d)
							case res.Hidden && d.Via&helpers != 0 && a.rule().about == message:
								t.Fatalf("%v of a hidden letter is allowed: %+v", a, d)
							case actor.ReadOnly && a.rule().effect&writes != 0:
								t.Fatalf("%v is allowed to a token without WRITE: %+v", a, d)
							case a.rule().who&d.Via == 0:
								t.Fatalf("%v is allowed via %v, to whom it is not open", a, d.Via)
							}
						}
					}
				}
			}
		}
	}
	if granted == 0 {
		t.Fatalf("of %d questions none was granted", asked)
	}
}

// world makes a random question with several rights, most of them somebody's
// idea of one: not approved, over, another's, for another log-in.
func world(rnd *rand.Rand) (post.Actor, Resource, Facts) {
	pick := func(n int) bool { return rnd.IntN(n) == 0 }
	party := func(ids ...post.PartyID) post.PartyID { return ids[rnd.IntN(len(ids))] }
	sources := []post.Source{post.SourcePublic, post.SourcePublic, post.SourceMit, post.SourceEboks}
	actor := post.Actor{
		Party: party(someone, someone, mailboxID), Organisation: party(0, 0, employer),
		Platform: everyPlatform[rnd.IntN(len(everyPlatform))], Assurance: post.AssuranceHigh, ReadOnly: pick(5),
	}
	res := Resource{Mailbox: mailboxID, Source: sources[rnd.IntN(4)], Sender: party(sender, otherSender), Hidden: pick(4), Unserved: pick(4)}
	facts := Facts{Mailbox: mailboxID, Status: Status(1 + rnd.IntN(4)), Consent: !pick(4), Administered: pick(2)}
	for range rnd.IntN(5) {
		g := Grant{
			Key: post.UUID{15: byte(rnd.IntN(256))}, Relation: 1 << rnd.IntN(len(relations)), Holder: party(someone, someone, mailboxID, 8),
			Organisation: party(0, 0, employer), Approved: !pick(4), Source: sources[1+rnd.IntN(3)],
		}
		for range rnd.IntN(3) {
			g.Senders = append(g.Senders, party(sender, otherSender))
		}
		if pick(4) {
			g.From = noon.Add(time.Duration(rnd.IntN(3)-1) * time.Hour)
		}
		if pick(4) {
			g.To = noon.Add(time.Duration(rnd.IntN(3)-1) * time.Hour)
		}
		facts.Grants = append(facts.Grants, g)
	}
	return actor, res, facts
}

// eachWorld runs a check over many random questions, the same in every run.
func eachWorld(t *testing.T, check func(t *testing.T, rnd *rand.Rand, actor post.Actor, a Action, res Resource, facts Facts)) {
	rnd := rand.New(rand.NewPCG(2026, 11))
	for range 4000 {
		actor, res, facts := world(rnd)
		for _, a := range everyAction() {
			check(t, rnd, actor, a, res, facts)
			if t.Failed() {
				t.Fatalf("%v\nactor %+v\nresource %+v\nfacts %+v", a, actor, res, facts)
			}
		}
	}
}

// No stranger is ever allowed anything, whatever rights others have.
func TestStranger(t *testing.T) {
	eachWorld(t, func(t *testing.T, _ *rand.Rand, actor post.Actor, a Action, res Resource, facts Facts) {
		actor.Party = 9
		d := Check(actor, a, res, facts, noon)
		if d != (Decision{}) || errs.KindOf(d.Err()) != errs.KindNotFound {
			t.Errorf("a stranger gets %+v", d)
		}
		if w := Visible(actor, facts, noon); w != nil {
			t.Errorf("a stranger sees %+v", w)
		}
	})
}

// A right that is not in force changes nothing about what is allowed, by which
// right, or what may be seen (ACC-01, ACC-02, ACC-03).
func TestRightNotInForce(t *testing.T) {
	eachWorld(t, func(t *testing.T, rnd *rand.Rand, actor post.Actor, a Action, res Resource, facts Facts) {
		before := Check(actor, a, res, facts, noon)
		g := Grant{Relation: 1 << rnd.IntN(len(relations)), Holder: actor.Party, Organisation: actor.Organisation, Approved: true, Source: res.Source, Senders: []post.PartyID{res.Sender}}
		switch rnd.IntN(3) {
		case 0:
			g.Approved = false
		case 1:
			g.To = noon
		case 2:
			g.From = noon.Add(time.Microsecond)
		}
		more := facts
		more.Grants = append(slices.Clone(facts.Grants), g)
		after := Check(actor, a, res, more, noon)
		if before.Allowed != after.Allowed || before.Allowed && before != after {
			t.Errorf("%+v makes %+v of %+v", g, after, before)
		}
		if errs.KindOf(before.Err()) != errs.KindOf(after.Err()) {
			t.Errorf("%+v makes another error: %v, was %v", g, after.Err(), before.Err())
		}
		if was, is := Visible(actor, facts, noon), Visible(actor, more, noon); !reflect.DeepEqual(was, is) {
			t.Errorf("%+v makes %+v visible, was %+v", g, is, was)
		}
	})
}

// Taking a right away never gives anything, and the order in which rights are
// loaded decides nothing.
func TestFewerRights(t *testing.T) {
	eachWorld(t, func(t *testing.T, rnd *rand.Rand, actor post.Actor, a Action, res Resource, facts Facts) {
		all := Check(actor, a, res, facts, noon)
		for i := range facts.Grants {
			fewer := facts
			fewer.Grants = slices.Delete(slices.Clone(facts.Grants), i, i+1)
			if d := Check(actor, a, res, fewer, noon); d.Allowed && !all.Allowed {
				t.Errorf("without %+v it is allowed: %+v", facts.Grants[i], d)
			}
		}
		shuffled := facts
		shuffled.Grants = slices.Clone(facts.Grants)
		rnd.Shuffle(len(shuffled.Grants), func(i, j int) {
			shuffled.Grants[i], shuffled.Grants[j] = shuffled.Grants[j], shuffled.Grants[i]
		})
		if d := Check(actor, a, res, shuffled, noon); d.Via != all.Via || d.Reason != all.Reason {
			t.Errorf("in another order %+v, was %+v", d, all)
		}
	})
}

// What a list shows is what Check of message.list allows, message by message.
func TestVisibleIsCheck(t *testing.T) {
	eachWorld(t, func(t *testing.T, _ *rand.Rand, actor post.Actor, a Action, res Resource, facts Facts) {
		if a != MessageList {
			return
		}
		shown := slices.ContainsFunc(Visible(actor, facts, noon), func(w Window) bool {
			return w.Source == res.Source && (w.Hidden || !res.Hidden) && (w.Senders == nil || slices.Contains(w.Senders, res.Sender))
		})
		if d := Check(actor, a, res, facts, noon); d.Allowed != shown {
			t.Errorf("the list shows it: %v; Check says %+v", shown, d)
		}
	})
}

// Where several rights allow it, the log names the first in the order of
// relations, and the grant it stands for (ACC-16).
func TestVia(t *testing.T) {
	s := sceneOf(Reader)
	s.facts.Grants = append(s.facts.Grants, Grant{Key: post.UUID{2}, Relation: Writer, Holder: someone, Approved: true})
	for a, want := range map[Action]Decision{
		MessageRead:    {true, Writer, post.UUID{2}, Granted},
		MessageWrite:   {true, Writer, post.UUID{2}, Granted},
		MessageDestroy: {false, Writer, post.UUID{2}, NotCovered},
	} {
		if got := s.check(a); got != want {
			t.Errorf("%s: %+v, want %+v", a, got, want)
		}
	}
	s.facts.Grants[1].Approved = false
	if got, want := s.check(MessageWrite), (Decision{false, Reader, post.UUID{1}, NotCovered}); got != want {
		t.Errorf("before approval: %+v, want %+v", got, want)
	}
}

// One's own private log-in and an employer's are apart (ORG-03).
func TestLogInForOrganisation(t *testing.T) {
	s := sceneOf(Owner)
	s.actor.Organisation = employer
	if d := s.check(MessageRead); d.Allowed {
		t.Errorf("an employee's log-in opens their own mailbox: %+v", d)
	}
	s = sceneOf(EmployeeBasic)
	s.actor.Organisation = 0
	if d := s.check(MessageRead); d.Allowed {
		t.Errorf("a private log-in uses the employee's right: %+v", d)
	}
}

// A stored row cannot make anybody an owner.
func TestOwnerIsNotStored(t *testing.T) {
	s := sceneOf(Reader)
	s.facts.Grants[0].Relation = Owner
	if d := s.check(MessageRead); d.Allowed {
		t.Errorf("a grant makes an owner: %+v", d)
	}
}

// All refusals that hide something look the same; the others say what is wrong.
func TestErr(t *testing.T) {
	hidden := errs.NotFound(CodeNotFound)
	for reason := range Granted {
		err := Decision{Reason: reason, Via: Reader}.Err()
		switch kind := errs.KindOf(err); {
		case kind == errs.KindNotFound:
			if err.Error() != hidden.Error() {
				t.Errorf("%s tells itself apart: %v", reason, err)
			}
		case kind != errs.KindForbidden || errs.CodeOf(err) != "access."+reason.String():
			t.Errorf("%s: %v", reason, err)
		}
	}
	for _, reason := range []Reason{Stranger, NotApproved, NotBegun, Expired, MailboxClosed, WrongPlatform, OtherPost, Hidden} {
		if kind := errs.KindOf(Decision{Reason: reason}.Err()); kind != errs.KindNotFound {
			t.Errorf("%s is %v, and gives away that something is there", reason, kind)
		}
	}
	if err := (Decision{Allowed: true, Reason: Granted}).Err(); err != nil {
		t.Error(err)
	}
}

func BenchmarkCheck(b *testing.B) {
	s := sceneOf(Reader)
	b.ReportAllocs()
	for b.Loop() {
		s.check(MessageRead)
	}
}
