package appointment_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/agency"
	"digitalpost/internal/appointment"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

var pdf = []byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n")

type office struct {
	*world.World
	t       *testing.T
	manager post.Actor
}

func newOffice(t *testing.T, d *db.DB) *office {
	a := &office{World: world.New(t, d), t: t}
	a.manager = a.staff("Sara", a.Operator)
	return a
}

func (a *office) staff(name string, employer registry.Party) post.Actor {
	p := a.Person(name, 40, nil)
	a.Member(employer, p, nil)
	a.Give(rights.Right{Holder: p.ID, Organisation: employer.ID, Relation: access.SystemManager})
	return post.Actor{Party: p.ID, Organisation: employer.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial}
}

func (a *office) document(kind appointment.Kind) *appointment.Upload {
	a.t.Helper()
	u, err := a.Appointments.Take(kind, "skifteretsattest.pdf", bytes.NewReader(pdf))
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

func (a *office) company(p registry.Party) post.CVR {
	cvr, _ := post.ParseCVR(a.Number(p))
	return cvr
}

func (a *office) person(p registry.Party) post.CPR {
	cpr, _ := post.ParseCPR(a.Number(p))
	return cpr
}

// reads tells whether somebody can open the letters of a mailbox.
func (a *office) reads(who post.Actor, owner registry.Party) bool {
	a.t.Helper()
	boxes, err := a.Mailboxes.List(a.t.Context(), who)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, b := range boxes {
		if b.ID == owner.ID {
			page, err := a.Mailboxes.Messages(a.t.Context(), who, b.UUID, mailbox.Query{})
			return err == nil && len(page.Messages) > 0
		}
	}
	return false
}

// letters are the titles of what somebody has got, the newest first.
func (a *office) letters(p registry.Party) []string {
	a.t.Helper()
	return a.titles(world.Actor(p), p)
}

func (a *office) titles(reader post.Actor, owner registry.Party) (titles []string) {
	a.t.Helper()
	if reader.Organisation == 0 {
		if _, err := a.Mailboxes.Enter(a.t.Context(), reader); err != nil {
			a.t.Fatal(err)
		}
	}
	boxes, err := a.Mailboxes.List(a.t.Context(), reader)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, b := range boxes {
		if b.ID != owner.ID {
			continue
		}
		page, err := a.Mailboxes.Messages(a.t.Context(), reader, b.UUID, mailbox.Query{})
		if err != nil {
			a.t.Fatal(err)
		}
		for _, m := range page.Messages {
			titles = append(titles, m.Label)
		}
	}
	return titles
}

// A liquidator applies with documents, a system manager decides with a reason, and the
// access begins and ends as decided (ORG-04).
func TestLiquidator(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		firm, town, lawyer := a.Company("Bageriet ApS"), a.Authority("Ålhavn Kommune"), a.Person("Lone", 50, nil)
		a.Deliver(town, firm, nil)
		me := world.Actor(lawyer)
		want := appointment.Wanted{Relation: access.Liquidator, CVR: a.company(firm), Text: "Udpeget af generalforsamlingen"}
		if _, err := a.Appointments.Apply(t.Context(), me, want); errs.CodeOf(err) != agency.CodeFiles {
			t.Error("without its document", err)
		}
		want.Files = []*appointment.Upload{a.document(appointment.LiquidatorCertificate)}
		made, err := a.Appointments.Apply(t.Context(), me, want)
		if err != nil {
			t.Fatal(err)
		}
		if a.reads(me, firm) {
			t.Error("an application is an access")
		}
		again := want
		again.Files = []*appointment.Upload{a.document(appointment.LiquidatorCertificate)}
		if _, err := a.Appointments.Apply(t.Context(), me, again); errs.CodeOf(err) != agency.CodeThere {
			t.Error("applied for twice", err)
		}
		a.Appointments.Drop(again.Files...)

		open, err := a.Appointments.All(t.Context(), a.manager, appointment.Submitted)
		if err != nil || len(open) != 1 || open[0].Text != want.Text || open[0].Applicant.ID != lawyer.ID || open[0].About.ID != firm.ID {
			t.Fatalf("%+v %v", open, err)
		}
		one, err := a.Appointments.Get(t.Context(), a.manager, made.ID)
		if err != nil || len(one.Files) != 1 || one.Files[0].Name != "skifteretsattest.pdf" {
			t.Fatalf("%+v %v", one, err)
		}
		for _, who := range []post.Actor{a.manager, me} {
			_, r, err := a.Appointments.Content(t.Context(), who, made.ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := io.ReadAll(r); !bytes.Equal(got, pdf) {
				t.Error("another document")
			}
			r.Close()
		}
		// Nobody else sees or decides: another person, a clerk who calls themselves system
		// manager elsewhere, the applicant.
		other := world.Actor(a.Person("Gry", 30, nil))
		elsewhere := a.staff("Tage", town)
		for _, who := range []post.Actor{other, elsewhere, me} {
			if _, err := a.Appointments.Get(t.Context(), who, made.ID); (err == nil) != (who == me) {
				t.Errorf("%+v sees the application: %v", who, err)
			}
			if _, err := a.Appointments.Decide(t.Context(), who, made.ID, 0, appointment.Decision{Approve: true, Reason: "Ja"}); err == nil {
				t.Errorf("%+v decides", who)
			}
			if who != me {
				if _, r, err := a.Appointments.Content(t.Context(), who, made.ID, 0); err == nil {
					r.Close()
					t.Errorf("%+v reads the document", who)
				}
			}
		}
		if _, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Approve: true}); errs.CodeOf(err) != agency.CodeReason {
			t.Error("decided without a reason", err)
		}
		last := post.Today(a.Clock.Now()).AddDate(0, 0, 30)
		done, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, made.Version, appointment.Decision{Approve: true, Reason: "Beviset er i orden", LastDay: last})
		if err != nil || done.State != appointment.Approved || !done.LastDay().Equal(last) {
			t.Fatalf("%+v %v", done, err)
		}
		if !a.reads(me, firm) {
			t.Error("the access does not begin")
		}
		if _, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Reason: "Nej"}); errs.CodeOf(err) != agency.CodeDecided {
			t.Error("decided twice", err)
		}
		if got := a.letters(lawyer); len(got) != 2 || got[0] != "Du har fået udpeget adgang" {
			t.Errorf("the applicant got %q", got)
		}
		a.Clock.Set(done.Ends)
		if a.reads(me, firm) {
			t.Error("it holds after its last day")
		}
		// Renewed by another application, then ended.
		want.Files = []*appointment.Upload{a.document(appointment.LiquidatorCertificate)}
		if made, err = a.Appointments.Apply(t.Context(), me, want); err != nil {
			t.Fatal(err)
		}
		if made, err = a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Approve: true, Reason: "Forlænget"}); err != nil || !a.reads(me, firm) {
			t.Fatal(err)
		}
		if _, err := a.Appointments.End(t.Context(), a.manager, made.ID, made.Version, "Likvidationen er slut"); err != nil || a.reads(me, firm) {
			t.Error("it does not end", err)
		}
	})
}

// An estate administrator and an heir read a dead person's post, and nobody's that
// lives; the number and the name must belong together (ORG-05).
func TestEstate(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		town, heir := a.Authority("Ålhavn Kommune"), a.Person("Else", 60, nil)
		dead, alive := a.Person("Aksel", 85, nil), a.Person("Bodil", 85, nil)
		a.Deliver(town, dead, nil)
		a.Deliver(town, alive, nil)
		a.Status(dead, registry.Dead)
		me := world.Actor(heir)
		want := func(about registry.Party, first string) appointment.Wanted {
			return appointment.Wanted{Relation: access.Heir, CPR: a.person(about), FirstName: first, LastName: "Prøvesen",
				Files: []*appointment.Upload{a.document(appointment.ProbateCertificate), a.document(appointment.PowerOfAttorney)}}
		}
		wrong := want(dead, "Aage")
		if _, err := a.Appointments.Apply(t.Context(), me, wrong); !errors.Is(err, registry.ErrNameMismatch) {
			t.Error("the wrong name", err)
		}
		short := want(dead, "Aksel")
		short.Files = short.Files[:1]
		if _, err := a.Appointments.Apply(t.Context(), me, short); errs.CodeOf(err) != agency.CodeFiles {
			t.Error("without the powers of all heirs", err)
		}
		for _, about := range []registry.Party{dead, alive} {
			made, err := a.Appointments.Apply(t.Context(), me, want(about, map[bool]string{true: "Aksel", false: "Bodil"}[about.ID == dead.ID]))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Approve: true, Reason: "Skifteretsattest og fuldmagter"}); err != nil {
				t.Fatal(err)
			}
		}
		if !a.reads(me, dead) || a.reads(me, alive) {
			t.Errorf("the dead one's: %v, the living one's: %v", a.reads(me, dead), a.reads(me, alive))
		}
	})
}

// What is no PDF or picture is not taken (ORG-04); an application can be taken back,
// and be rejected with a reason that the applicant reads.
func TestRejectAndWithdraw(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		firm, me := a.Company("Bageriet ApS"), a.Person("Lone", 50, nil)
		for name, raw := range map[string][]byte{"a.exe": pdf, "a.pdf": []byte("MZ hej"), "b.pdf": nil} {
			if _, err := a.Appointments.Take(appointment.Other, name, bytes.NewReader(raw)); errs.CodeOf(err) != agency.CodeFileType {
				t.Error(name, err)
			}
		}
		if _, err := a.Appointments.Take(appointment.Other, "a.pdf", io.MultiReader(bytes.NewReader(pdf), bytes.NewReader(make([]byte, agency.MaxFile)))); errs.CodeOf(err) != agency.CodeFileSize {
			t.Error(err)
		}
		former := appointment.Wanted{Relation: access.FormerOwner, CVR: a.company(firm), Files: []*appointment.Upload{a.document(appointment.CVRExtract)}}
		if _, err := a.Appointments.Apply(t.Context(), world.Actor(me), former); errs.CodeOf(err) != appointment.CodeCompany {
			t.Error("the former owner of a company that has not ceased", err)
		}
		strange := []*appointment.Upload{a.document(appointment.CuratorCertificate), a.document("Godkendt af skifteretten")}
		if _, err := a.Appointments.Apply(t.Context(), world.Actor(me), appointment.Wanted{Relation: access.Curator, CVR: a.company(firm), Files: strange}); errs.CodeOf(err) != agency.CodeFiles {
			t.Error("a document is called what its applicant wants", err)
		}
		a.Appointments.Drop(strange...)
		apply := func() appointment.Application {
			made, err := a.Appointments.Apply(t.Context(), world.Actor(me), appointment.Wanted{Relation: access.Curator, CVR: a.company(firm), Files: []*appointment.Upload{a.document(appointment.CuratorCertificate)}})
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		made := apply()
		if err := a.Appointments.Withdraw(t.Context(), a.manager, made.ID, 0); errs.KindOf(err) != errs.KindNotFound {
			t.Error("taken back by another", err)
		}
		if err := a.Appointments.Withdraw(t.Context(), world.Actor(me), made.ID, made.Version); err != nil {
			t.Fatal(err)
		}
		made = apply()
		if _, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Reason: "Dokumentet er udløbet"}); err != nil {
			t.Fatal(err)
		}
		mine, err := a.Appointments.Mine(t.Context(), world.Actor(me))
		if err != nil || len(mine) != 2 || mine[0].State != appointment.Withdrawn || mine[1].State != appointment.Rejected || mine[1].Reason != "Dokumentet er udløbet" {
			t.Errorf("%+v %v", mine, err)
		}
		if got := a.letters(me); got[0] != "Din ansøgning om udpeget adgang er afvist" {
			t.Errorf("%q", got)
		}
	})
}

// Who applies for a person's post learns nothing of them beyond what they wrote, before
// it is approved: not the names that they did not know.
func TestApplicantsLearnNoNames(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		late := a.Person("Birthe Hemmelig", 85, func(r *registry.Record) { r.LastName = "Åkjær" })
		me := world.Actor(a.Person("Lone", 50, nil))
		apply := func() appointment.Application {
			t.Helper()
			w := appointment.Wanted{Relation: access.Curator, CPR: a.person(late), FirstName: "Birthe", LastName: "Åkjær"}
			for _, k := range appointment.Needs(access.Curator) {
				w.Files = append(w.Files, a.document(k))
			}
			made, err := a.Appointments.Apply(t.Context(), me, w)
			if err != nil {
				t.Fatal(err)
			}
			return made
		}
		called := func(want string) {
			t.Helper()
			mine, err := a.Appointments.Mine(t.Context(), me)
			if err != nil || mine[len(mine)-1].Called != want {
				t.Errorf("%+v %v, want %q", mine, err, want)
			}
		}
		told := func(want bool) {
			t.Helper()
			box, err := a.Mailboxes.Enter(t.Context(), me)
			if err != nil {
				t.Fatal(err)
			}
			found, err := a.Mailboxes.Messages(t.Context(), me, box.UUID, mailbox.Query{Words: "Hemmelig"})
			if err != nil || (found.Total > 0) != want {
				t.Errorf("%d letters name them, want %v: %v", found.Total, want, err)
			}
		}
		made := apply()
		called("Birthe Åkjær")
		told(false)
		if _, err := a.Appointments.Decide(t.Context(), a.manager, made.ID, 0, appointment.Decision{Reason: "Dokumentet er udløbet."}); err != nil {
			t.Fatal(err)
		}
		called("Birthe Åkjær")
		told(false)
		if _, err := a.Appointments.Decide(t.Context(), a.manager, apply().ID, 0, appointment.Decision{Approve: true, Reason: "Dekretet er i orden."}); err != nil {
			t.Fatal(err)
		}
		called("Birthe Hemmelig Åkjær")
		told(true)
	})
}

// An organisation that nobody signs for alone and whose last rights administrator has
// left gets a new one: an employee applies with a power of attorney, a system manager
// decides, and the post there tells of it (ORG-01).
func TestAdministrator(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		club, town := a.Company("Ålhavn Badminton"), a.Authority("Ålhavn Kommune")
		anna, bo, reads, outsider := a.Person("Anna", 40, nil), a.Person("Bo", 41, nil), a.Person("Rita", 42, nil), a.Person("Ole", 43, nil)
		a.Deliver(town, club, nil)
		for _, p := range []registry.Party{anna, bo, reads} {
			a.Member(club, p, nil)
		}
		a.Give(rights.Right{Mailbox: club.ID, Holder: reads.ID, Organisation: club.ID, Relation: access.EmployeeBasic})
		a.Give(rights.Right{Mailbox: club.ID, Holder: anna.ID, Organisation: club.ID, Relation: access.Administrator})
		at := func(p registry.Party) post.Actor {
			actor := world.Employee(p, club)
			actor.Platform, actor.Device = post.PlatformRights, post.DevicePhone
			return actor
		}
		vacant := func(p registry.Party) bool {
			t.Helper()
			yes, err := a.Appointments.Vacant(t.Context(), at(p))
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		apply := func(by post.Actor, of registry.Party) (appointment.Application, error) {
			w := appointment.Wanted{Relation: access.Administrator, CVR: a.company(of), Files: []*appointment.Upload{a.document(appointment.PowerOfAttorney)}}
			made, err := a.Appointments.Apply(t.Context(), by, w)
			if err != nil {
				a.Appointments.Drop(w.Files...)
			}
			return made, err
		}
		manages := func(p registry.Party) bool {
			t.Helper()
			units, err := a.Companies.Units(t.Context(), at(p))
			if err != nil {
				t.Fatal(err)
			}
			return len(units) == 1
		}
		if _, err := apply(at(bo), club); errs.CodeOf(err) != appointment.CodeGoverned || vacant(bo) {
			t.Error("there is an administrator", err)
		}
		a.Member(club, anna, func(r *registry.Record) { r.Employed, r.Number = false, "" })
		if !vacant(bo) {
			t.Error("Anna has left, and nobody may apply")
		}
		for _, who := range []post.Actor{world.Actor(outsider), world.Actor(anna), world.Employee(outsider, club)} {
			if _, err := apply(who, club); errs.CodeOf(err) != appointment.CodeEmployee {
				t.Errorf("%+v is no employee: %v", who, err)
			}
		}
		made, err := apply(at(bo), club)
		if err != nil {
			t.Fatal(err)
		}
		if manages(bo) {
			t.Error("an application gives rights")
		}
		decide := appointment.Decision{Approve: true, Reason: "Fuldmagten er i orden"}
		if made, err = a.Appointments.Decide(t.Context(), a.manager, made.ID, made.Version, decide); err != nil {
			t.Fatal(err)
		}
		if !manages(bo) || !a.reads(world.Employee(bo, club), club) {
			t.Errorf("administers: %v, reads: %v", manages(bo), a.reads(world.Employee(bo, club), club))
		}
		if _, err := apply(at(reads), club); errs.CodeOf(err) != appointment.CodeGoverned {
			t.Error("there is one again", err)
		}
		if got := a.letters(bo); got[0] != "Du er nu rettighedsadministrator" || got[1] != "Vi har modtaget din ansøgning om at blive rettighedsadministrator" {
			t.Errorf("the applicant got %q", got)
		}
		reader := world.Employee(reads, club)
		got := a.titles(reader, club)
		for i, want := range []string{"Bo Prøvesen er nu rettighedsadministrator", "Bo Prøvesen har søgt om at blive rettighedsadministrator", "Virksomheden har ingen rettighedsadministrator"} {
			if len(got) < 3 || got[i] != want {
				t.Errorf("the mailbox got %q, want %q", got, want)
			}
		}
		log, err := a.Companies.Log(t.Context(), at(bo), club.UUID, post.UUID{}, 20)
		applied := func(e activity.Entry) bool { return e.Name == audit.AccessRequestSubmitted }
		if i := slices.IndexFunc(log, applied); i < 0 || log[i].Other.Party.ID != bo.ID || log[i].Device != "" {
			t.Errorf("who applies, and not with which device, is told: %+v", log)
		}
		if err != nil || len(log) < 5 {
			t.Errorf("the log has %+v %v", log, err)
		}
		// Ended, it takes what came with it or since, by their own hand or with a group, and
		// nothing else.
		a.Give(rights.Right{Mailbox: club.ID, Holder: bo.ID, Organisation: club.ID, Relation: access.EmployeeWrite})
		if err := a.DB.Update(t.Context(), func(tx *db.Tx) error {
			g, err := a.Rights.MakeGroup(tx, at(bo), access.Administrator, club.ID, "Formænd")
			if err == nil {
				_, err = a.Rights.Join(tx, at(bo), access.Administrator, g.ID, bo.ID)
			}
			if err == nil {
				_, err = a.Rights.GiveGroup(tx, at(bo), access.Administrator, rights.GroupRight{Group: g.ID, Mailbox: club.ID, Relation: access.Administrator})
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Appointments.End(t.Context(), a.manager, made.ID, made.Version, "Fuldmagten var falsk"); err != nil {
			t.Fatal(err)
		}
		if manages(bo) || a.reads(world.Employee(bo, club), club) || !a.reads(reader, club) {
			t.Error("ended, it works on")
		}
		// Two apply, with either log-in; the second is too late. So is one where somebody
		// signs alone meanwhile, and one whose applicant has left.
		first, err := apply(at(bo), club)
		if err != nil {
			t.Fatal(err)
		}
		second, err := apply(world.Actor(reads), club)
		if err != nil {
			t.Fatal(err)
		}
		if first, err = a.Appointments.Decide(t.Context(), a.manager, first.ID, 0, decide); err != nil {
			t.Fatal(err)
		}
		refused := func(why, code string) {
			t.Helper()
			if _, err := a.Appointments.Decide(t.Context(), a.manager, second.ID, 0, decide); errs.CodeOf(err) != code {
				t.Error(why, err)
			}
		}
		refused("there is one", appointment.CodeGoverned)
		if _, err := a.Appointments.End(t.Context(), a.manager, first.ID, 0, "Forkert"); err != nil {
			t.Fatal(err)
		}
		a.Member(club, outsider, func(r *registry.Record) { r.Employed, r.Number, r.Signs = false, "", true })
		refused("somebody signs alone", appointment.CodeGoverned)
		a.Status(outsider, registry.Dead)
		a.Member(club, reads, func(r *registry.Record) { r.Employed, r.Number = false, "" })
		refused("they have left", appointment.CodeEmployee)
	})
}

// Who has left an employer does not apply in its name any more, and nobody applies
// without end: each application has documents, and letters to others (ORG-04).
func TestApplicantsAreKeptWithinBounds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		a := newOffice(t, d)
		firm, office, lawyer := a.Company("Bageriet ApS"), a.Company("Advokaterne P/S"), a.Person("Lone", 50, nil)
		a.Member(office, lawyer, nil)
		apply := func(by post.Actor) (appointment.Application, error) {
			w := appointment.Wanted{Relation: access.Liquidator, CVR: a.company(firm), Files: []*appointment.Upload{a.document(appointment.LiquidatorCertificate)}}
			made, err := a.Appointments.Apply(t.Context(), by, w)
			if err != nil {
				a.Appointments.Drop(w.Files...)
			}
			return made, err
		}
		at := world.Employee(lawyer, office)
		begun, err := a.Appointments.Begin(t.Context(), at, appointment.Wanted{Relation: access.Curator, CVR: a.company(firm)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		a.Member(office, lawyer, func(r *registry.Record) { r.Employed, r.Number = false, "" })
		if _, err := apply(at); errs.CodeOf(err) != appointment.CodeEmployee {
			t.Error("who has left applies for their employer", err)
		}
		text := "Vi er udpeget"
		if _, err := a.Appointments.Edit(t.Context(), at, begun.ID, 0, appointment.Edit{Text: &text}); errs.CodeOf(err) != appointment.CodeEmployee {
			t.Error("who has left goes on for their employer", err)
		}
		made := 1 // the draft
		for me := world.Actor(lawyer); made <= 20; made++ {
			var one appointment.Application
			if one, err = apply(me); err != nil {
				break
			}
			if err := a.Appointments.Withdraw(t.Context(), me, one.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		if errs.CodeOf(err) != registry.CodeTooManyAsked || made != 20 {
			t.Errorf("%d applications in a day: %v", made, err)
		}
	})
}
