package staff_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/doctext"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/staff"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/memo"
)

// counter is a municipality with two clerks, another with one, and citizens.
type counter struct {
	*world.World
	here, there       registry.Party
	tove, rasmus      post.Actor // here
	helle             post.Actor // there
	karen, signe, bob registry.Party
	house             *house
}

const town = `{"addressLabel":"Strandvejen","houseNumber":"4","zipCode":"9999","city":"Ålhavn","country":"DK"}`

func start(t *testing.T, d *db.DB) *counter {
	w := &counter{World: world.New(t, d), house: &house{}}
	w.Print.Use(w.house)
	w.here, w.there = w.Authority("Ålhavn Kommune"), w.Authority("Fjordby Kommune")
	w.tove, w.rasmus = w.Clerk("Tove", w.here, access.CitizenService), w.Clerk("Rasmus", w.here, access.CitizenService)
	w.helle = w.Clerk("Helle", w.there, access.CitizenService)
	lives := strings.Replace(town, "{", `{"municipality":"`+w.Number(w.here)+`",`, 1)
	w.karen = w.Person("Karen", 81, func(r *registry.Record) { r.Address = json.RawMessage(lives) })
	w.signe = w.Person("Signe", 44, func(r *registry.Record) { r.Address = json.RawMessage(town) })
	w.bob = w.Person("Bob", 30, nil)
	return w
}

// house is a print house.
type house struct{ parcels [][]byte }

func (h *house) Print(_ context.Context, _ post.UUID, parcel []byte) error {
	h.parcels = append(h.parcels, parcel)
	return nil
}

// printed are the parcels, with the text of their files.
func (w *counter) printed() (all []print.Manifest, texts []string) {
	w.T.Helper()
	for _, raw := range w.house.parcels {
		r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			w.T.Fatal(err)
		}
		var m print.Manifest
		text := ""
		for _, f := range r.File {
			body, err := f.Open()
			if err != nil {
				w.T.Fatal(err)
			}
			content, err := io.ReadAll(body)
			if err != nil {
				w.T.Fatal(err)
			}
			if f.Name == "manifest.json" {
				if err := json.Unmarshal(content, &m); err != nil {
					w.T.Fatal(err)
				}
				continue
			}
			text += doctext.Text("application/pdf", content) + "\n"
		}
		all, texts = append(all, m), append(texts, text)
	}
	return all, texts
}

func (w *counter) names(p registry.Party) staff.Citizen {
	w.T.Helper()
	cpr, err := w.Registry.CPR(p)
	if err != nil {
		w.T.Fatal(err)
	}
	first, last, _ := strings.Cut(p.Name, " ")
	return staff.Citizen{CPR: cpr, FirstName: first, LastName: last}
}

func (w *counter) open(by post.Actor, p registry.Party) post.UUID {
	w.T.Helper()
	c, err := w.Staff.OpenCase(w.T.Context(), by, w.names(p), staff.ForGuidance, "Står ved skranken")
	if err != nil {
		w.T.Fatal(err)
	}
	return c.ID
}

func (w *counter) events(of registry.Party, name audit.Name) int { return w.Events(of.ID, name) }

var scan = []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")

func (w *counter) attach(by post.Actor, id, application post.UUID) {
	w.T.Helper()
	if err := w.Staff.Attach(w.T.Context(), by, id, application, "blanket.pdf", bytes.NewReader(scan)); err != nil {
		w.T.Fatal(err)
	}
}

// reads tells how many letters somebody sees in another's mailbox, -1 for who sees
// nothing.
func (w *counter) reads(who post.Actor, owner registry.Party) int {
	w.T.Helper()
	m, err := w.Mailboxes.Enter(w.T.Context(), world.Actor(owner))
	if err != nil {
		w.T.Fatal(err)
	}
	page, err := w.Mailboxes.Messages(w.T.Context(), who, m.UUID, mailbox.Query{Inbox: true, Limit: 50})
	if err != nil {
		return -1
	}
	return len(page.Messages)
}

func (w *counter) titles(p registry.Party) (all []string) {
	w.T.Helper()
	m, err := w.Mailboxes.Enter(w.T.Context(), world.Actor(p))
	if err != nil {
		w.T.Fatal(err)
	}
	page, err := w.Mailboxes.Messages(w.T.Context(), world.Actor(p), m.UUID, mailbox.Query{Inbox: true, Limit: 50})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, m := range page.Messages {
		all = append(all, m.Label)
	}
	return all
}

func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	if errs.CodeOf(err) != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// SYS-11: nobody looks at a citizen without a reason, on themselves, or by a number
// that is another's; the citizen sees each look and each try.
func TestACaseNeedsAReason(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		ctx, q := t.Context(), w.names(w.karen)
		_, err := w.Staff.OpenCase(ctx, w.tove, q, "", "x")
		refused(t, "no reason", err, staff.CodeReason)
		_, err = w.Staff.OpenCase(ctx, w.tove, q, staff.ForApproval, "x")
		refused(t, "a reason that nobody chooses", err, staff.CodeReason)
		_, err = w.Staff.OpenCase(ctx, w.tove, q, staff.ForAccess, "  ")
		refused(t, "no words", err, staff.CodeText)
		_, err = w.Staff.OpenCase(ctx, w.tove, staff.Citizen{CPR: q.CPR}, staff.ForAccess, "x")
		refused(t, "no name", err, staff.CodeName)
		if w.events(w.karen, audit.ContactRegistryAccessedCitizen) != 0 {
			t.Error("a look without a reason is in the log as one")
		}
		_, err = w.Staff.OpenCase(ctx, w.tove, staff.Citizen{CPR: q.CPR, FirstName: "Karin", LastName: "Prøvesen"}, staff.ForAccess, "x")
		refused(t, "another's name", err, registry.CodeNameMismatch)
		if w.events(w.karen, audit.CPRLookedUp) != 1 { // with a reason
			t.Error("a wrong name is not in the citizen's log")
		}
		me := w.party(w.tove)
		_, err = w.Staff.OpenCase(ctx, w.tove, w.names(me), staff.ForAccess, "x")
		refused(t, "oneself", err, staff.CodeOwn)
		if w.events(me, audit.AccessRefused) != 1 {
			t.Error("that is not in the log")
		}
		id := w.open(w.tove, w.karen)
		if w.events(w.karen, audit.ContactRegistryAccessedCitizen) != 1 {
			t.Error("the look is not in the citizen's log")
		}
		seen, err := w.Staff.See(ctx, w.tove, id)
		if err != nil || seen.Citizen.ID != w.karen.ID || !seen.Lives || seen.Case.Text != "Står ved skranken" {
			t.Errorf("%+v %v", seen, err)
		}
		if cases, err := w.Staff.Cases(ctx, w.tove); err != nil || len(cases) != 1 || cases[0].Name != w.karen.Name {
			t.Error(cases, err)
		}
		for name, other := range map[string]post.Actor{"a colleague": w.rasmus, "another municipality": w.helle} {
			_, err := w.Staff.See(ctx, other, id)
			refused(t, name, err, "case.unknown")
		}
		if err := w.Staff.CloseCase(ctx, w.rasmus, id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Staff.See(ctx, w.tove, id); err != nil {
			t.Error("a colleague closes it:", err)
		}
		w.Clock.Advance(staff.Open)
		_, err = w.Staff.See(ctx, w.tove, id)
		refused(t, "after an hour", err, staff.CodeOver)
		id = w.open(w.tove, w.karen)
		if err := w.Staff.CloseCase(ctx, w.tove, id); err != nil {
			t.Fatal(err)
		}
		_, err = w.Staff.See(ctx, w.tove, id)
		refused(t, "closed", err, staff.CodeOver)
	})
}

func (w *counter) party(a post.Actor) (p registry.Party) {
	w.Update(func(tx *db.Tx) (err error) { p, err = w.Registry.Party(tx, a.Party); return err })
	return p
}

// SYS-11: who guesses names waits, and nobody looks a town up.
func TestLooksAreCounted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		wrong := w.names(w.karen)
		wrong.LastName = "Forkert"
		for range 5 {
			_, err := w.Staff.OpenCase(t.Context(), w.tove, wrong, staff.ForAccess, "x")
			refused(t, "wrong", err, registry.CodeNameMismatch)
		}
		_, err := w.Staff.OpenCase(t.Context(), w.tove, w.names(w.karen), staff.ForAccess, "x")
		refused(t, "after five", err, registry.CodeTooManyTries)
		w.open(w.rasmus, w.karen) // it is hers alone
		w.Clock.Advance(time.Minute)
		w.open(w.tove, w.karen)
		for range 199 {
			w.open(w.tove, w.signe)
		}
		_, err = w.Staff.OpenCase(t.Context(), w.tove, w.names(w.signe), staff.ForAccess, "x")
		refused(t, "after two hundred", err, staff.CodeTooManyLooks)
		w.Clock.Advance(24 * time.Hour)
		w.open(w.tove, w.signe)
	})
}

// SYS-11: a role ends with its row, with the employment, with the employer, and is
// none anywhere but at the counter; a role that does not fit the employer is none.
func TestARoleEnds(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		company := w.Company("Firma")
		for name, who := range map[string]post.Actor{
			"citizen service in a company":      w.Clerk("Per", company, access.CitizenService),
			"system manager in a municipality":  w.Clerk("Ib", w.here, access.SystemManager),
			"support in a municipality":         w.Clerk("Bo", w.here, access.Support),
			"an employee of another's employer": {Party: w.tove.Party, Organisation: w.there.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial},
			"a private log-in":                  {Party: w.tove.Party, Platform: post.PlatformStaff, Assurance: post.AssuranceSubstantial},
			"elsewhere than at the counter":     {Party: w.tove.Party, Organisation: w.here.ID, Platform: post.PlatformVirk, Assurance: post.AssuranceSubstantial},
			"a weak log-in":                     {Party: w.tove.Party, Organisation: w.here.ID, Platform: post.PlatformStaff, Assurance: post.AssuranceLow},
			"a citizen":                         world.Actor(w.karen),
		} {
			_, err := w.Staff.Who(t.Context(), who)
			refused(t, name, err, staff.CodeNoRole)
			_, err = w.Staff.OpenCase(t.Context(), who, w.names(w.karen), staff.ForAccess, "x")
			refused(t, name, err, staff.CodeNoRole)
		}
		support := w.Clerk("Emil", w.Operator, access.Support)
		if e, err := w.Staff.Who(t.Context(), support); err != nil || e.Roles != access.Support {
			t.Error(e.Roles, err)
		}
		_, err := w.Staff.OpenCase(t.Context(), support, w.names(w.karen), staff.ForAccess, "x")
		if errs.KindOf(err) != errs.KindForbidden {
			t.Error("support looks up citizens:", err)
		}
		id := w.open(w.tove, w.karen)
		if e, err := w.Staff.Who(t.Context(), w.tove); err != nil || e.Roles != access.CitizenService || e.Employer.ID != w.here.ID || !strings.HasPrefix(e.Name, "Tove") {
			t.Error(e, err)
		}
		w.Member(w.here, w.party(w.tove), func(r *registry.Record) { r.Employed = false })
		_, err = w.Staff.See(t.Context(), w.tove, id)
		refused(t, "after the employment", err, staff.CodeNoRole)
		id = w.open(w.rasmus, w.karen)
		w.Update(func(tx *db.Tx) error {
			all, err := w.Rights.Of(tx, w.rasmus.Party, w.here.ID)
			if err == nil {
				_, err = w.Rights.End(tx, post.Program, access.Owner, all[0].ID, 0)
			}
			return err
		})
		_, err = w.Staff.See(t.Context(), w.rasmus, id)
		refused(t, "after the role", err, staff.CodeNoRole)
	})
}

// SYS-11: staff never see post, whatever case they have open.
func TestStaffSeeNoPost(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.Deliver(w.here, w.karen, nil)
		w.open(w.tove, w.karen)
		if n := w.reads(w.tove, w.karen); n != -1 {
			t.Errorf("a clerk sees %d letters", n)
		}
		manager := w.Clerk("Pernille", w.Operator, access.SystemManager)
		w.open(manager, w.karen)
		if n := w.reads(manager, w.karen); n != -1 {
			t.Errorf("a system manager sees %d letters", n)
		}
	})
}

func (w *counter) applyAccess(by post.Actor, id post.UUID, bearer string) staff.Application {
	w.T.Helper()
	a, err := w.Staff.ApplyAccess(w.T.Context(), by, id, staff.ForAnother{Helper: w.names(w.signe), Write: true, Bearer: bearer, LastDay: w.Clock.Now().AddDate(1, 0, 0)})
	if err != nil {
		w.T.Fatal(err)
	}
	return a
}

// ACC-11: an access that the owner signed for works once the form is there, both
// sides are told, and either is rid of it at once (ACC-10).
func TestAccessOnBehalf(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		ctx := t.Context()
		w.Deliver(w.here, w.karen, nil)
		id := w.open(w.tove, w.karen)
		a := w.applyAccess(w.tove, id, "")
		if n := w.reads(world.Actor(w.signe), w.karen); n != -1 {
			t.Error("an application opens a mailbox")
		}
		for _, english := range []bool{false, true} {
			form, err := w.Staff.Form(ctx, w.tove, id, a.ID, english)
			if err != nil {
				t.Fatal(err)
			}
			text := doctext.Text("application/pdf", form)
			for _, want := range []string{w.karen.Name, w.signe.Name, w.Number(w.signe)[:6] + "-" + w.Number(w.signe)[6:]} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not on the form: %s", want, text)
				}
			}
			if strings.Contains(text, "Read and write access to Digital Post") != english {
				t.Error("the form is in another language")
			}
		}
		_, err := w.Staff.Decide(ctx, w.tove, id, a.ID, a.Version, true, "")
		refused(t, "not signed", err, staff.CodeNotSigned)
		for name, bad := range map[string]string{"blanket.pdf": "MZ\x90\x00 program", "blanket.exe": string(scan), "blanket.html": "<html>", "blanket.png": string(scan)} {
			err := w.Staff.Attach(ctx, w.tove, id, a.ID, name, strings.NewReader(bad))
			refused(t, name, err, staff.CodeScanType)
		}
		refused(t, "empty", w.Staff.Attach(ctx, w.tove, id, a.ID, "a.pdf", strings.NewReader("")), staff.CodeScanEmpty)
		refused(t, "too large", w.Staff.Attach(ctx, w.tove, id, a.ID, "a.pdf", io.MultiReader(bytes.NewReader(scan), bytes.NewReader(make([]byte, staff.MaxScan)))), staff.CodeScanSize)
		w.attach(w.tove, id, a.ID)
		w.attach(w.tove, id, a.ID) // another takes its place
		name, kind, content, err := w.Staff.Scanned(ctx, w.tove, id, a.ID)
		if err != nil || name != "blanket.pdf" || kind != "application/pdf" {
			t.Fatal(name, kind, err)
		}
		if raw, err := io.ReadAll(content); err != nil || !bytes.Equal(raw, scan) {
			t.Error("the scan is another", err)
		}
		content.Close()
		_, err = w.Staff.Decide(ctx, w.tove, id, a.ID, a.Version, true, "")
		refused(t, "an old version", err, "version.conflict")
		if _, err := w.Staff.Decide(ctx, w.tove, id, a.ID, 0, true, ""); err != nil {
			t.Fatal(err)
		}
		_, err = w.Staff.Decide(ctx, w.tove, id, a.ID, 0, true, "")
		refused(t, "twice", err, staff.CodeDecided)
		if n := w.reads(world.Actor(w.signe), w.karen); n < 1 {
			t.Error("the access does not work")
		}
		if got := w.titles(w.karen); !slices.Contains(got, "Du har givet Signe Prøvesen adgang til din Digital Post") {
			t.Error(got)
		}
		if got := w.titles(w.signe); !slices.Contains(got, "Du har fået adgang til Digital Post fra Karen Prøvesen") {
			t.Error(got)
		}
		if w.events(w.karen, audit.PrivilegesGrantedOnBehalfOf) != 1 || w.events(w.karen, audit.AccessRequestApproved) != 1 || w.events(w.signe, audit.ReadAccessCreated) != 1 {
			t.Error("it is not in both logs")
		}
		seen, err := w.Staff.See(ctx, w.tove, id)
		if err != nil || len(seen.Given) != 1 || seen.Given[0].Name != w.signe.Name || seen.Given[0].Origin != rights.Manual || seen.Applications[0].State != staff.Approved {
			t.Fatalf("%+v %v", seen, err)
		}
		_, err = w.Staff.ApplyAccess(ctx, w.tove, id, staff.ForAnother{Helper: w.names(w.signe)})
		refused(t, "a second one", err, staff.CodeThere)

		// from the helper's side (ACC-10: either side)
		of := w.open(w.rasmus, w.signe)
		theirs, err := w.Staff.See(ctx, w.rasmus, of)
		if err != nil || len(theirs.Held) != 1 || theirs.Held[0].Name != w.karen.Name {
			t.Fatalf("%+v %v", theirs, err)
		}
		other := w.open(w.rasmus, w.bob)
		refused(t, "in a case about another", w.Staff.RemoveAccess(ctx, w.rasmus, other, theirs.Held[0].ID, 0), "privilege.unknown")
		if err := w.Staff.RemoveAccess(ctx, w.rasmus, of, theirs.Held[0].ID, theirs.Held[0].Version); err != nil {
			t.Fatal(err)
		}
		if n := w.reads(world.Actor(w.signe), w.karen); n != -1 {
			t.Error("it works after it was removed")
		}
		if got := w.titles(w.karen); !slices.Contains(got, "Signe Prøvesen har ikke længere adgang til din Digital Post") {
			t.Error(got)
		}
		if w.events(w.karen, audit.PrivilegesRevokedOnBehalfOf) != 1 || w.events(w.signe, audit.ReadAccessDeleted) != 1 {
			t.Error("it is not in both logs")
		}
	})
}

// ACC-11: with a power of attorney another employee of the same municipality decides,
// and never one for themselves.
func TestFourEyes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		ctx := t.Context()
		id := w.open(w.tove, w.karen)
		a := w.applyAccess(w.tove, id, "Bob Prøvesen")
		if waits, err := w.Staff.Waits(ctx, w.rasmus); err != nil || len(waits) != 0 {
			t.Error("an unsigned form waits for a colleague", waits, err)
		}
		w.attach(w.tove, id, a.ID)
		_, err := w.Staff.Decide(ctx, w.tove, id, a.ID, 0, true, "")
		refused(t, "the one who applied", err, staff.CodeFourEyes)
		_, err = w.Staff.Review(ctx, w.tove, a.ID)
		refused(t, "the one who applied", err, staff.CodeFourEyes)
		_, err = w.Staff.Review(ctx, w.helle, a.ID)
		refused(t, "another municipality", err, "application.unknown")
		of := w.open(w.helle, w.karen)
		_, err = w.Staff.Decide(ctx, w.helle, of, a.ID, 0, true, "")
		refused(t, "another municipality", err, "application.unknown")
		if n := w.reads(world.Actor(w.signe), w.karen); n != -1 {
			t.Fatal("the access works before a colleague approved")
		}
		waits, err := w.Staff.Waits(ctx, w.rasmus)
		if err != nil || len(waits) != 1 || waits[0].Mine || !strings.HasPrefix(waits[0].By, "Tove") {
			t.Fatal(waits, err)
		}
		before := w.events(w.karen, audit.ContactRegistryAccessedCitizen)
		review, err := w.Staff.Review(ctx, w.rasmus, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if w.events(w.karen, audit.ContactRegistryAccessedCitizen) != before+1 {
			t.Error("the colleague's look is not in the log")
		}
		if _, err := w.Staff.Decide(ctx, w.rasmus, review.ID, a.ID, 0, true, ""); err != nil {
			t.Fatal(err)
		}
		if n := w.reads(world.Actor(w.signe), w.karen); n < 0 {
			t.Error("the access does not work")
		}

		// an employee is not given an access by a colleague who cannot know, nor by themselves
		mine := w.open(w.tove, w.karen)
		_, err = w.Staff.ApplyAccess(ctx, w.tove, mine, staff.ForAnother{Helper: w.names(w.party(w.tove))})
		refused(t, "for oneself", err, staff.CodeSelf)
		for_, err := w.Staff.ApplyAccess(ctx, w.tove, mine, staff.ForAnother{Helper: w.names(w.party(w.rasmus)), Bearer: "Rasmus"})
		if err != nil {
			t.Fatal(err)
		}
		w.attach(w.tove, mine, for_.ID)
		review, err = w.Staff.Review(ctx, w.rasmus, for_.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Staff.Decide(ctx, w.rasmus, review.ID, for_.ID, 0, true, "")
		refused(t, "for oneself", err, staff.CodeSelf)
		if _, err := w.Staff.Decide(ctx, w.tove, mine, for_.ID, 0, false, "Borgeren har fortrudt"); err != nil {
			t.Error("the one who applied cannot take it back:", err)
		}
	})
}

// ACC-11: who is told about an access that cannot be.
func TestAccessThatCannotBe(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		id := w.open(w.tove, w.karen)
		child, dead := w.Person("Villads", 12, nil), w.Person("Ingrid", 90, func(r *registry.Record) { r.Status = registry.Dead })
		for name, helper := range map[string]registry.Party{"a child": child, "a dead": dead, "the citizen": w.karen} {
			_, err := w.Staff.ApplyAccess(t.Context(), w.tove, id, staff.ForAnother{Helper: w.names(helper)})
			refused(t, name, err, staff.CodeHelper)
		}
		_, err := w.Staff.ApplyAccess(t.Context(), w.tove, id, staff.ForAnother{Helper: w.names(w.signe), LastDay: w.Clock.Now().AddDate(0, 0, -1)})
		refused(t, "a day that is over", err, staff.CodeLastDay)
		wrong := w.names(w.signe)
		wrong.FirstName = "Signa"
		_, err = w.Staff.ApplyAccess(t.Context(), w.tove, id, staff.ForAnother{Helper: wrong})
		refused(t, "another's name", err, registry.CodeNameMismatch)
		if w.events(w.signe, audit.CPRLookedUp) != 1 {
			t.Error("the try is not in the helper's log")
		}
	})
}

// REG-02: an exemption is applied for, approved, printed, and withdrawn; the post
// stays; unread letters go on paper, and nobody reads them.
func TestExemption(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		ctx := t.Context()
		w.Deliver(w.here, w.karen, nil) // before what is asked for
		w.Clock.Advance(80 * 24 * time.Hour)
		w.Deliver(w.here, w.karen, func(m *memo.Message) { m.Header.Label = "Ny læge" })
		w.Deliver(w.here, w.karen, func(m *memo.Message) {
			m.Header.Label, m.Header.LegalNotification = "Indkaldelse", true
		})
		id := w.open(w.tove, w.karen)
		since := w.Clock.Now().AddDate(0, -2, 0)
		_, err := w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "lazy"})
		refused(t, "no such ground", err, staff.CodeGround)
		_, err = w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "other"})
		refused(t, "another ground without words", err, staff.CodeGroundText)
		_, err = w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "disability", Since: w.Clock.Now().AddDate(-1, 0, 0)})
		refused(t, "too long ago", err, staff.CodeSince)
		a, err := w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "disability", Since: since})
		if err != nil {
			t.Fatal(err)
		}
		form, err := w.Staff.Form(ctx, w.tove, id, a.ID, false)
		if err != nil || !strings.Contains(doctext.Text("application/pdf", form), "funktionsnedsættelse") {
			t.Error(err)
		}
		_, err = w.Staff.Decision(ctx, w.tove, id, a.ID, false)
		refused(t, "no decision yet", err, "application.decision.none")
		w.attach(w.tove, id, a.ID)
		if _, err := w.Staff.Decide(ctx, w.tove, id, a.ID, 0, true, ""); err != nil {
			t.Fatal(err)
		}
		p := w.again(w.karen)
		if p.Registration != registry.ExemptOther || p.ByProxy || p.Refusal(w.Clock.Now(), false) != registry.CodeExempt {
			t.Errorf("%+v", p)
		}
		if w.events(w.karen, audit.DigitalPostExempted) != 1 || w.events(w.karen, audit.UnopenedMailAsPhysicalPost) != 1 || w.events(w.karen, audit.UnopenedMailNotAsPhysicalPost) != 1 {
			t.Error("it is not in the log")
		}
		w.Work()
		parcels, texts := w.printed()
		if len(parcels) != 2 || parcels[0].Title != "Du er fritaget for Digital Post" || parcels[1].Title != "Ny læge" ||
			!slices.Equal(parcels[1].Address, []string{"Strandvejen 4", "9999 Ålhavn"}) || parcels[1].Name != w.karen.Name {
			t.Fatalf("%+v", parcels)
		}
		if !strings.Contains(texts[1], "Der er tid hos tandlægen") || !strings.Contains(texts[0], "private virksomheder") { // REG-03
			t.Errorf("%q", texts)
		}
		if w.events(w.karen, audit.UnopenedMailSentAsPhysicalPost) != 1 || w.events(w.karen, audit.PhysicalLetterSent) != 1 {
			t.Error("it is not in the log")
		}
		w.Work()
		if len(w.house.parcels) != 2 {
			t.Error("letters are printed twice")
		}
		if n := w.reads(world.Actor(w.karen), w.karen); n != 3 { // her post stays
			t.Errorf("%d letters", n)
		}
		decision, err := w.Staff.Decision(ctx, w.tove, id, a.ID, true)
		if err != nil || !strings.Contains(doctext.Text("application/pdf", decision), "You are exempt from Digital Post") {
			t.Error(err)
		}
		_, err = w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "disability"})
		refused(t, "twice", err, registry.CodeIsExempt)

		if err := w.Staff.Register(ctx, w.tove, id); err != nil {
			t.Fatal(err)
		}
		if p := w.again(w.karen); p.Registration != registry.Automatic || p.Refusal(w.Clock.Now(), false) != "" || !p.ExemptFrom.IsZero() {
			t.Errorf("%+v", p)
		}
		if got := w.titles(w.karen); !slices.Contains(got, "Du får nu Digital Post") {
			t.Error(got)
		}
		seen, err := w.Staff.See(ctx, w.tove, id)
		if err != nil || seen.Applications[0].State != staff.Ended {
			t.Error(seen.Applications, err)
		}
		refused(t, "twice", w.Staff.Register(ctx, w.tove, id), registry.CodeIsRegistered)
	})
}

func (w *counter) again(p registry.Party) (now registry.Party) {
	w.Update(func(tx *db.Tx) (err error) { now, err = w.Registry.Party(tx, p.ID); return err })
	return now
}

// REG-02: a relative with a power of attorney; another employee decides, and a
// refusal has a reason that the citizen is told.
func TestExemptionByProxy(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		ctx := t.Context()
		id := w.open(w.tove, w.karen)
		a, err := w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "language", Bearer: "Signe Prøvesen"})
		if err != nil {
			t.Fatal(err)
		}
		w.attach(w.tove, id, a.ID)
		_, err = w.Staff.Decide(ctx, w.tove, id, a.ID, 0, true, "")
		refused(t, "the one who applied", err, staff.CodeFourEyes)
		review, err := w.Staff.Review(ctx, w.rasmus, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Staff.Decide(ctx, w.rasmus, review.ID, a.ID, 0, false, "")
		refused(t, "no reason", err, staff.CodeWhy)
		if _, err := w.Staff.Decide(ctx, w.rasmus, review.ID, a.ID, 0, false, "Der mangler en underskrift."); err != nil {
			t.Fatal(err)
		}
		if p := w.again(w.karen); p.Registration == registry.ExemptOther {
			t.Error("a refusal exempts")
		}
		if got := w.titles(w.karen); !slices.Contains(got, "Din ansøgning om fritagelse er afslået") {
			t.Error(got)
		}
		if w.events(w.karen, audit.ExemptionRejected) != 1 {
			t.Error("it is not in the log")
		}
		a, err = w.Staff.ApplyExemption(ctx, w.tove, id, staff.ForExempt{Ground: "language", Bearer: "Signe Prøvesen"})
		if err != nil {
			t.Fatal(err)
		}
		w.attach(w.tove, id, a.ID)
		if review, err = w.Staff.Review(ctx, w.rasmus, a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Staff.Decide(ctx, w.rasmus, review.ID, a.ID, 0, true, ""); err != nil {
			t.Fatal(err)
		}
		if p := w.again(w.karen); p.Registration != registry.ExemptOther || !p.ByProxy {
			t.Errorf("%+v", p)
		}
	})
}

// REG-02: the municipality in which somebody lives decides; where the register does
// not tell, any.
func TestResidence(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		id := w.open(w.helle, w.karen)
		_, err := w.Staff.ApplyExemption(t.Context(), w.helle, id, staff.ForExempt{Ground: "language"})
		refused(t, "another municipality", err, staff.CodeResidence)
		refused(t, "another municipality", w.Staff.Register(t.Context(), w.helle, id), staff.CodeResidence)
		of := w.open(w.helle, w.signe)
		if _, err := w.Staff.ApplyExemption(t.Context(), w.helle, of, staff.ForExempt{Ground: "homeless"}); err != nil {
			t.Error("where the register does not tell:", err)
		}
		w.applyAccess(w.helle, id, "") // every municipality helps with an access
	})
}

// REG-01: who may register without having to, and who may not.
func TestVoluntaryRegistration(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		for _, test := range []struct {
			name    string
			person  registry.Party
			becomes registry.Registration
			code    string
		}{
			{"lives abroad", w.Person("Uffe", 50, func(r *registry.Record) { r.Status, r.RegistrationStatus = registry.Emigrated, registry.ExemptLeft }), registry.Voluntary, ""},
			{"may, says the register", w.Person("Vera", 50, func(r *registry.Record) {
				r.RegistrationStatus, r.Voluntary = registry.BeforeUnconfirmed, false
				r.RegistrationStatus = registry.ExemptOther
				r.Voluntary = true
			}), registry.Voluntary, ""},
			{"has just come", w.Person("Yrsa", 50, func(r *registry.Record) { r.RegistrationStatus = registry.Unconfirmed }), registry.Automatic, ""},
			{"a child", w.Person("Villads", 12, func(r *registry.Record) { r.Voluntary = true }), registry.Awaiting, registry.CodeMayNotRegister},
			{"is registered", w.bob, registry.Automatic, registry.CodeIsRegistered},
			{"is dead", w.Person("Ingrid", 90, func(r *registry.Record) { r.Status = registry.Dead; r.RegistrationStatus = registry.ExemptOther }), registry.ExemptOther, registry.CodeMayNotRegister},
		} {
			id := w.open(w.tove, test.person)
			refused(t, test.name, w.Staff.Register(t.Context(), w.tove, id), test.code)
			if p := w.again(test.person); p.Registration != test.becomes {
				t.Errorf("%s: %s", test.name, p.Registration)
			}
		}
	})
}

// ACC-11: who does not get their post digitally is told on paper.
func TestThoseWithoutDigitalPostGetPaper(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		holger := w.Person("Holger", 79, func(r *registry.Record) {
			r.RegistrationStatus = registry.ExemptOther
			r.Address = json.RawMessage(town)
		})
		id := w.open(w.tove, holger)
		a, err := w.Staff.ApplyAccess(t.Context(), w.tove, id, staff.ForAnother{Helper: w.names(w.signe)})
		if err != nil {
			t.Fatal(err)
		}
		w.attach(w.tove, id, a.ID)
		if _, err := w.Staff.Decide(t.Context(), w.tove, id, a.ID, 0, true, ""); err != nil {
			t.Fatal(err)
		}
		w.Work()
		parcels, texts := w.printed()
		if len(parcels) != 1 || parcels[0].Name != "Holger Prøvesen" || !strings.Contains(texts[0], "Adgangen udløber aldrig") {
			t.Fatalf("%+v %q", parcels, texts)
		}
		if w.events(holger, audit.PhysicalLetterSent) != 1 {
			t.Error("it is not in the log")
		}
		if seen, err := w.Staff.See(t.Context(), w.tove, id); err != nil || !seen.Given[0].To.IsZero() {
			t.Error(seen.Given, err)
		}
	})
}

// REG-02: a municipality's program that asks about a citizen leaves a trace with them,
// also where the answer is no: that somebody is exempt already is an answer too.
func TestAskingByProgramLeavesATrace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		ctx := t.Context()
		cpr, err := w.Registry.CPR(w.karen)
		if err != nil {
			t.Fatal(err)
		}
		q := staff.ExemptCommand{CPR: cpr}
		made, err := w.Staff.ExemptByProgram(ctx, w.tove, q)
		if err != nil || made.State != staff.Approved {
			t.Fatal(made, err)
		}
		seen := w.events(w.karen, audit.ContactRegistryAccessedCitizen)
		_, err = w.Staff.ExemptByProgram(ctx, w.rasmus, q)
		refused(t, "exempt already", err, registry.CodeIsExempt)
		if n := w.events(w.karen, audit.ContactRegistryAccessedCitizen); n != seen+1 {
			t.Errorf("somebody was told that the citizen is exempt, and the log has %d looks, before %d", n, seen)
		}
		_, err = w.Staff.ExemptByProgram(ctx, w.helle, q)
		refused(t, "another municipality", err, staff.CodeResidence)
		_, err = w.Staff.ChangeByProgram(ctx, w.rasmus, made.ID, 0, q)
		refused(t, "in force", err, staff.CodeProcessed)
		if n := w.events(w.karen, audit.ContactRegistryAccessedCitizen); n != seen+3 {
			t.Errorf("the log has %d looks, before %d", n, seen)
		}
	})
}
