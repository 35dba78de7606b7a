package access

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/post"
)

var update = flag.Bool("update", false, "write testdata/matrix.txt anew")

// TestMatrix holds the decisions to the page that people have read: every
// action, every relation, and every circumstance that changes an answer.
func TestMatrix(t *testing.T) {
	const file = "testdata/matrix.txt"
	got := matrix()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(gotLines), len(wantLines)) {
			if gotLines[i] != wantLines[i] {
				t.Fatalf("%s line %d\n now: %s\nwant: %s\nIf the change is meant, run: go test ./internal/access -update, and have it read", file, i+1, gotLines[i], wantLines[i])
			}
		}
		t.Fatalf("%s has %d lines, and the decisions make %d", file, len(wantLines), len(gotLines))
	}
}

// The people and things of the cases.
const (
	mailboxID    post.PartyID = 100
	someone      post.PartyID = 7
	employer     post.PartyID = 500
	sender       post.PartyID = 31
	otherSender  post.PartyID = 32
	noRelation   Relation     = 0
	publicLetter              = post.SourcePublic
)

var noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

// scene is one question but for its action.
type scene struct {
	actor post.Actor
	res   Resource
	facts Facts
}

// sceneOf is the plainest scene in which a relation can do anything: an approved
// grant without end, a log-in at level substantial with a full token, on the
// state's platform (staff at the counter), and a public letter.
func sceneOf(r Relation) scene {
	s := scene{
		actor: post.Actor{Party: someone, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial},
		res:   Resource{Mailbox: mailboxID, Source: publicLetter, Sender: sender},
		facts: Facts{Mailbox: mailboxID, Status: StatusActive},
	}
	grant := Grant{Key: post.UUID{1}, Relation: r, Holder: someone, Approved: true}
	if e, _ := r.entry(); len(e.while) > 0 {
		s.facts.Status = e.while[0]
	}
	switch {
	case r == noRelation:
		return s
	case r == Owner:
		s.actor.Party = mailboxID
		return s
	case r&staff != 0:
		s.actor.Platform, s.actor.Organisation, grant.Organisation = post.PlatformStaff, employer, employer
	case r&employees != 0:
		s.actor.Organisation, grant.Organisation = employer, employer
	case r == PrivateReader:
		s.actor.Platform, grant.Source = post.PlatformMit, post.SourceMit
		s.facts.Consent = true
	case r == SenderReader:
		grant.Senders = []post.PartyID{sender}
	}
	s.facts.Grants = []Grant{grant}
	return s
}

func (s scene) check(a Action) Decision {
	res := s.res
	if a.rule().about == mailbox {
		res = Resource{Mailbox: mailboxID} // no post is touched
	}
	return Check(s.actor, a, res, s.facts, noon)
}

func everyAction() (all []Action) {
	for a := range rules {
		if a > 0 {
			all = append(all, Action(a))
		}
	}
	return all
}

func everyRelation() (all []Relation) {
	for i := range relations {
		all = append(all, 1<<i)
	}
	return all
}

// A circumstance changes every scene in one way.
type circumstance struct {
	title  string
	basis  string
	change func(*scene)
}

func grants(change func(*Grant)) func(*scene) {
	return func(s *scene) {
		for i := range s.facts.Grants {
			change(&s.facts.Grants[i])
		}
	}
}

func status(st Status) func(*scene) { return func(s *scene) { s.facts.Status = st } }

func letter(source post.Source, at post.Platform) func(*scene) {
	return func(s *scene) {
		s.res.Source, s.actor.Platform = source, at
		s.facts.Consent = true
	}
}

var circumstances = []circumstance{
	{"The right is asked for or offered, and not yet approved", "ACC-02 ACC-03", grants(func(g *Grant) { g.Approved = false })},
	{"The right begins tomorrow", "ACC-01", grants(func(g *Grant) { g.From = noon.AddDate(0, 0, 1) })},
	{"The right ended at this instant", "ACC-01", grants(func(g *Grant) { g.To = noon })},
	{"The right ends in a second", "ACC-01", grants(func(g *Grant) { g.To = noon.Add(time.Second) })},
	{"The right was had in the name of another organisation than the log-in's", "ORG-03", grants(func(g *Grant) { g.Organisation = 501 })},
	{"The right is another person's", "SYS-01", func(s *scene) { s.actor.Party = 8 }},
	{"The facts are of another mailbox", "SYS-01", func(s *scene) { s.facts.Mailbox = 101 }},

	{"The log-in is below level substantial", "SYS-08", func(s *scene) { s.actor.Assurance = post.AssuranceLow }},
	{"The token has no WRITE scope", "facts 4.3", func(s *scene) { s.actor.ReadOnly = true }},
	{"A system asks, not a person", "SYS-13", func(s *scene) { s.actor.System = 3 }},

	{"The owner is exempt", "REG-02 REG-03", status(StatusExempt)},
	{"The owner is alive and registered, the company active", "ORG-04 ORG-05", status(StatusActive)},
	{"The owner is dead", "REG-04 ORG-05", status(StatusDead)},
	{"The company has ceased", "ORG-04 facts 5.2", status(StatusCeased)},
	{"The status is not known", "", status(StatusUnknown)},

	{"The letter or its sender is hidden from helpers", "issue: helping each other", func(s *scene) { s.res.Hidden = true }},
	{"The letter is from another sender than those chosen", "ACC-15", func(s *scene) { s.res.Sender = otherSender }},
	{"The letter is a court summons, not yet served", "SND-08 facts 2.6", func(s *scene) { s.res.Unserved = true }},
	{"The same, and the token has no WRITE scope", "SND-08", func(s *scene) { s.res.Unserved, s.actor.ReadOnly = true, true }},
	{"The organisation has named a rights administrator", "ORG-01", func(s *scene) { s.facts.Administered = true }},
}

func matrix() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	heading := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		p("\n\n%s\n%s\n", text, strings.Repeat("=", len([]rune(text))))
	}

	p(`WHO MAY DO WHAT WITH A MAILBOX

This page is made by the program from its own decisions, and a test holds the
program to it. Sections 1 and 2 are the rules. Section 3 is the plain case: the
right is approved and in force, the person has logged in at level substantial,
the post is public. Sections 4 to 6 say what differs where something is not plain.

The codes (ACC-05) are rows of the requirements. After "house:" stands what the
house decided where the requirements are silent.

Who has several rights may do what any one of them allows. What an action needs
beside a right (that the sender takes answers, that a recipient has approved) is
not on this page.

A refusal has two forms. "no": the person is told that their right does not go
so far. "-": the answer is as if nothing were there, since the person may not
know that there is.`)

	heading("1  Relations: what one can be to a mailbox")
	for i, r := range everyRelation() {
		e, _ := r.entry()
		p("%s  %-22s %s", column(i), e.name, e.means)
		p("   %-22s post: %s; while: %s   [%s]", "", extentNames[e.post], statuses(e.while), e.basis)
	}
	p("%s  %-22s %s", column(len(relations)), "stranger", "anybody else")

	heading("2  Actions")
	for _, a := range everyAction() {
		r := a.rule()
		basis, house, _ := strings.Cut(r.basis, "; ")
		p("%-26s %s%s", r.name, r.means, effects(r))
		if basis != "" {
			p("%-26s [%s]", "", basis)
		}
		if house != "" {
			p("%-26s house: %s", "", house)
		}
	}

	heading("3  The plain case: public post, and the mailbox itself")
	p("Each relation is to a mailbox in which it can be in force (section 1: while).")
	p("%s is on mit.dk, staff are at the counter, all others on borger.dk.\n", columnOf(PrivateReader))
	table(&b, everyAction(), func(*scene) {})

	heading("4  Private post of mit.dk, on mit.dk   [MBX-09 ACC-09]")
	p("Private senders send no court summons, so message.serve does not arise here.\n")
	table(&b, messageActions(), letter(post.SourceMit, post.PlatformMit))

	heading("5  Whose post, on which platform")
	p("For each relation, and public or private post, what holds on each platform:")
	p("  as 3   as in the plain case (section 3)    as 4   as in section 4")
	p("  none   nothing is open, and every answer is as if nothing were there")
	p("  no post   as 3 where no post is touched; post is as if nothing were there")
	p("Public post on mit.dk and e-Boks is shown after consent [PLT-01]: see 6.%d.\n", len(circumstances)+1)
	platforms(&b)

	heading("6  What else differs from the plain case")
	p("For each circumstance: which relations (A to S) or which actions get another")
	p("answer than in section 3, the answer, and the reason that the log records.")
	p("What is not named stays as it is there. %s is asked about private post, and all", columnOf(PrivateReader))
	p("others about public post.")
	for i, c := range circumstances {
		p("\n6.%d  %s%s", i+1, c.title, bracket(c.basis))
		differences(&b, c.change)
	}
	p("\n6.%d  Public letter on a commercial platform without consent%s", len(circumstances)+1, bracket("PLT-01"))
	differences(&b, func(s *scene) {
		if s.actor.Platform == post.PlatformBorger {
			s.actor.Platform = post.PlatformEboks
		}
		s.facts.Consent = false
	})
	return b.Bytes()
}

func column(i int) string { return string(rune('A' + i)) }

func columnOf(r Relation) string { return column(slices.Index(everyRelation(), r)) }

var extentNames = [...]string{
	noPost: "none", publicPost: "public", privatePost: "private, of one platform",
	sendersPost: "public, from chosen senders", everyPost: "public and private",
}

func statuses(of []Status) string {
	names := [...]string{"unknown", "active", "exempt", "dead", "ceased"}
	var out []string
	for _, s := range of {
		out = append(out, names[s])
	}
	return strings.Join(out, ", ")
}

func effects(r rule) string {
	switch r.effect {
	case writes:
		return " (a change)"
	case serves:
		return " (serves a summons)"
	case writes | serves:
		return " (a change, serves a summons)"
	}
	return ""
}

func bracket(basis string) string {
	if basis == "" {
		return ""
	}
	return "   [" + basis + "]"
}

func messageActions() []Action {
	return slices.DeleteFunc(everyAction(), func(a Action) bool { return a.rule().about != message })
}

func cell(d Decision) string {
	switch {
	case d.Allowed:
		return "yes"
	case reasons[d.Reason].told != "":
		return "no"
	}
	return "-"
}

func table(b *bytes.Buffer, actions []Action, change func(*scene)) {
	all := append(everyRelation(), noRelation)
	header := fmt.Sprintf("%-26s", "")
	for i := range all {
		header += fmt.Sprintf("%-4s", column(i))
	}
	fmt.Fprintln(b, strings.TrimRight(header, " "))
	for n, a := range actions {
		if n > 0 && n%5 == 0 {
			fmt.Fprintln(b)
		}
		line := fmt.Sprintf("%-26s", a)
		for _, r := range all {
			s := sceneOf(r)
			change(&s)
			line += fmt.Sprintf("%-4s", cell(s.check(a)))
		}
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
}

// row is the answers of a scene for some actions, to compare scenes by.
func row(s scene, actions []Action) string {
	var cells []string
	for _, a := range actions {
		cells = append(cells, cell(s.check(a)))
	}
	return strings.Join(cells, " ")
}

var everyPlatform = []post.Platform{post.PlatformBorger, post.PlatformApp, post.PlatformVirk, post.PlatformRights, post.PlatformMit, post.PlatformEboks, post.PlatformStaff, post.PlatformNone}

func platforms(b *bytes.Buffer) {
	header := fmt.Sprintf("%-26s%-9s", "", "post")
	for _, at := range everyPlatform {
		if at == post.PlatformNone {
			at = "unknown"
		}
		header += fmt.Sprintf("%-8s", at)
	}
	fmt.Fprintln(b, strings.TrimRight(header, " "))
	for i, r := range append(everyRelation(), noRelation) {
		for _, source := range []post.Source{post.SourcePublic, post.SourceMit, post.SourceEboks} {
			name := r.String()
			if r == noRelation {
				name = "stranger"
			}
			line := fmt.Sprintf("%s  %-23s%-9s", column(i), name, source)
			for _, at := range everyPlatform {
				line += fmt.Sprintf("%-8s", compare(r, source, at))
			}
			fmt.Fprintln(b, strings.TrimRight(line, " "))
		}
	}
}

// compare names the answers for one relation, post and platform.
func compare(r Relation, source post.Source, at post.Platform) string {
	actions := messageActions()
	if source == post.SourcePublic {
		actions = everyAction()
	}
	here := sceneOf(r)
	letter(source, at)(&here)
	plain, private := sceneOf(r), sceneOf(r)
	letter(post.SourceMit, post.PlatformMit)(&private)
	switch answers := row(here, actions); {
	case !strings.Contains(answers, "yes") && !strings.Contains(answers, "no"):
		return "none"
	case answers == row(plain, actions):
		return "as 3"
	case answers == row(private, actions):
		return "as 4"
	case answers == withoutPost(plain):
		return "no post"
	}
	return "OTHER"
}

// withoutPost are a scene's answers where no post is to be seen.
func withoutPost(s scene) string {
	var cells []string
	for _, a := range everyAction() {
		if a.rule().about == message {
			cells = append(cells, cell(Decision{}))
			continue
		}
		cells = append(cells, cell(s.check(a)))
	}
	return strings.Join(cells, " ")
}

// differences writes what a circumstance changes, by relation where that is the
// shorter text, otherwise by action.
func differences(b *bytes.Buffer, change func(*scene)) {
	var byRelation, byAction grouped
	all := append(everyRelation(), noRelation)
	changes := map[Action]map[Relation]string{}
	had := map[Action]int{}
	for i, r := range all {
		plain, changed := sceneOf(r), sceneOf(r)
		if r == PrivateReader {
			plain.res.Source, changed.res.Source = post.SourceMit, post.SourceMit
		}
		change(&changed)
		var outcomes grouped
		left := 0
		for _, a := range everyAction() {
			before, after := plain.check(a), changed.check(a)
			if before.Allowed {
				had[a]++
			}
			if after.Allowed {
				left++
			}
			if before.Allowed == after.Allowed {
				continue
			}
			outcome := fmt.Sprintf("\"%s\" (%s)", cell(after), after.Reason)
			outcomes.add(outcome, a.String())
			if changes[a] == nil {
				changes[a] = map[Relation]string{}
			}
			changes[a][r] = outcome
		}
		if left == 0 && len(outcomes) == 1 {
			outcomes[0].members = []string{"everything"}
		}
		for _, o := range outcomes {
			byRelation.add(o.key+": "+strings.Join(o.members, ", "), column(i))
		}
	}
	for _, a := range everyAction() {
		var outcomes grouped
		for i, r := range all {
			if o := changes[a][r]; o != "" {
				outcomes.add(o, column(i))
			}
		}
		for _, o := range outcomes {
			to := strings.Join(o.members, " ")
			if len(o.members) == had[a] {
				to = "everybody who had it"
			}
			byAction.add(o.key+" to "+to, a.String())
		}
	}
	switch {
	case len(byRelation) == 0:
		fmt.Fprintln(b, "  nothing differs")
	case len(byRelation) <= len(byAction):
		for _, g := range byRelation {
			fmt.Fprintf(b, "%s", wrap("  "+strings.Join(g.members, " ")+"   "+g.key+"\n"))
		}
	default:
		for _, g := range byAction {
			fmt.Fprintf(b, "%s", wrap("  "+g.key+": "+strings.Join(g.members, ", ")+"\n"))
		}
	}
}

// grouped collects members under keys, in the order in which keys first come.
type grouped []struct {
	key     string
	members []string
}

func (g *grouped) add(key, member string) {
	for i := range *g {
		if (*g)[i].key == key {
			(*g)[i].members = append((*g)[i].members, member)
			return
		}
	}
	*g = append(*g, struct {
		key     string
		members []string
	}{key, []string{member}})
}

// wrap breaks a line at spaces, at 96 characters.
func wrap(line string) string {
	var out strings.Builder
	for len(line) > 96 {
		cut := strings.LastIndex(line[:96], " ")
		out.WriteString(strings.TrimRight(line[:cut], " ") + "\n")
		line = "      " + line[cut+1:]
	}
	out.WriteString(line)
	return out.String()
}
