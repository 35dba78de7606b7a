package activity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/activity"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/trustee"
	"digitalpost/memo"
)

// family is Signe's mailbox, whose post Jonas reads and answers, and Oda reads.
type family struct {
	*world.World
	log                            *activity.Log
	authority, municipality        registry.Party
	signe, jonas, oda, niels, inga registry.Party
	box                            mailbox.Mailbox
}

func person(name string) func(*registry.Record) {
	first, last, _ := strings.Cut(name, " ")
	return func(r *registry.Record) { r.FirstName, r.LastName = first, last }
}

func start(t testing.TB, d *db.DB) *family {
	w := world.New(t, d)
	f := &family{World: w, log: activity.New(w.Mailboxes, w.Registry), authority: w.Authority("Ålhavn Kommune"), municipality: w.Authority("Aarhus Kommune"),
		signe: w.Person("Signe", 40, person("Signe Holm")), jonas: w.Person("Jonas", 42, person("Jonas Holm")), oda: w.Person("Oda", 70, person("Oda Præst")),
		niels: w.Person("Niels", 50, person("Niels Ørbæk")), inga: w.Person("Inga", 30, person("Inga Sø"))}
	var err error
	if f.box, err = w.Mailboxes.Enter(t.Context(), world.Actor(f.signe)); err != nil {
		t.Fatal(err)
	}
	f.step()
	w.Give(rights.Right{Mailbox: f.signe.ID, Holder: f.jonas.ID, Relation: access.Writer})
	f.step()
	w.Give(rights.Right{Mailbox: f.signe.ID, Holder: f.oda.ID, Relation: access.Reader})
	return f
}

// step lets a minute go by: what is done at once has one time.
func (f *family) step() { f.Clock.Advance(time.Minute) }

// letter delivers one from the authority.
func (f *family) letter(subject string) mailbox.Message {
	f.T.Helper()
	f.step()
	f.Deliver(f.authority, f.signe, func(m *memo.Message) { m.Header.Label = subject })
	all, err := f.Mailboxes.Messages(f.T.Context(), world.Actor(f.signe), f.box.UUID, mailbox.Query{Limit: 1})
	f.must(err)
	f.step()
	return all.Messages[0]
}

func (f *family) must(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}

func (f *family) actor(p registry.Party, platform post.Platform, device post.Device) post.Actor {
	a := world.Actor(p)
	a.Platform, a.Device = platform, device
	return a
}

func (f *family) page(actor post.Actor, q activity.Query) activity.Page {
	f.T.Helper()
	page, err := f.log.Page(f.T.Context(), actor, f.box.UUID, q)
	f.must(err)
	return page
}

// told is the log as one reads it, the newest first.
func told(all []activity.Entry) []string {
	var lines []string
	for _, e := range all {
		words := []string{string(e.Who.Kind)}
		if e.Who.Name != "" {
			words[0] += ":" + e.Who.Name
		}
		if e.OnBehalf {
			words = append(words, "for the owner")
		}
		words = append(words, string(e.Name))
		for _, l := range e.Letters {
			if l.Gone {
				l.Subject = "-"
			}
			words = append(words, "«"+l.Subject+"»")
		}
		if e.Count > len(e.Letters) {
			words = append(words, fmt.Sprint(e.Count))
		}
		if e.Folder != nil {
			words = append(words, "to "+e.Folder.Name)
		}
		if e.Other.Name != "" {
			words = append(words, "of "+string(e.Other.Kind)+":"+e.Other.Name)
		}
		if e.Attempt != "" {
			words = append(words, "tried "+e.Attempt)
		}
		if e.Platform != "" {
			words = append(words, "at "+string(e.Platform))
		}
		if e.Device != "" {
			words = append(words, "with "+string(e.Device))
		}
		if e.Via != 0 {
			words = append(words, "by "+e.Via.String())
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return lines
}

func (f *family) reads(actor post.Actor, q activity.Query, want ...string) {
	f.T.Helper()
	got := told(f.page(actor, q).Entries)
	if !slices.Equal(got, want) {
		f.T.Errorf("told\n  %s\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// ACC-16: who did what, to which letter, where, with what, on whose behalf and by which
// right. ACC-05: one with read access sees it too, as far as it is theirs to know.
func TestTheLogTellsWhoDidWhat(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		signe := f.actor(f.signe, post.PlatformBorger, post.DeviceComputer)
		jonas := f.actor(f.jonas, post.PlatformApp, post.DevicePhone)
		oda := f.actor(f.oda, post.PlatformBorger, post.DeviceTablet)
		ctx := t.Context()

		one, two := f.letter("Tilbud om plads"), f.letter("Skolestart")
		_, err := f.Mailboxes.Open(ctx, signe, f.box.UUID, one.ID)
		f.must(err)
		f.step()
		_, err = f.Mailboxes.Open(ctx, jonas, f.box.UUID, one.ID) // which is read already
		f.must(err)
		_, err = f.Mailboxes.Open(ctx, jonas, f.box.UUID, one.ID) // and is still open
		f.must(err)
		f.step()
		_, content, err := f.Mailboxes.Content(ctx, oda, f.box.UUID, two.ID, 0, 0) // without opening the letter
		f.must(err)
		content.Close()
		f.step()
		folder, err := f.Mailboxes.CreateFolder(ctx, jonas, f.box.UUID, "Børn", post.UUID{})
		f.must(err)
		f.step()
		_, err = f.Mailboxes.Apply(ctx, jonas, f.box.UUID, mailbox.Selection{Messages: []mailbox.Picked{{ID: one.ID}, {ID: two.ID}}}, mailbox.Task{Folder: &folder.UUID})
		f.must(err)
		f.step()
		if err := f.Mailboxes.Delete(ctx, jonas, f.box.UUID, two.ID, 0); err != nil {
			t.Fatal(err)
		}
		f.step()
		f.must(f.Mailboxes.Delete(ctx, signe, f.box.UUID, two.ID, 0))
		f.step()

		f.reads(signe, activity.Query{},
			"you:Signe Holm MESSAGE_DESTROYED «-» at borger with computer by owner",
			"person:Jonas Holm for the owner MESSAGE_DELETED «-» to  at app with phone by writer",
			"person:Jonas Holm for the owner MAILBOX_READ_BY_PARTY_REPRESENTATIVE at app with phone by writer",
			"person:Jonas Holm for the owner MESSAGE_MOVED «-» «Tilbud om plads» to Børn at app with phone by writer",
			"person:Jonas Holm for the owner FOLDER_CREATED to Børn at app with phone by writer",
			"person:Oda Præst for the owner DOCUMENT_DOWNLOADED «-» at borger with tablet by reader",
			"person:Jonas Holm for the owner MESSAGE_READ «Tilbud om plads» at app with phone by writer",
			"you:Signe Holm MESSAGE_READ «Tilbud om plads» at borger with computer by owner",
			"sender:Ålhavn Kommune MEMO_AVAILABLE_TO_RECIPIENT «-»",
			"sender:Ålhavn Kommune MEMO_AVAILABLE_TO_RECIPIENT «Tilbud om plads»",
			"program PRIVILEGES_GRANTED of person:Oda Præst",
			"program PRIVILEGES_GRANTED of person:Jonas Holm",
		)
		f.reads(oda, activity.Query{}, // not who else was given a right
			"person:Signe Holm MESSAGE_DESTROYED «-» at borger with computer by owner",
			"person:Jonas Holm for the owner MESSAGE_DELETED «-» to  at app with phone by writer",
			"person:Jonas Holm for the owner MAILBOX_READ_BY_PARTY_REPRESENTATIVE at app with phone by writer",
			"person:Jonas Holm for the owner MESSAGE_MOVED «-» «Tilbud om plads» to Børn at app with phone by writer",
			"person:Jonas Holm for the owner FOLDER_CREATED to Børn at app with phone by writer",
			"you:Oda Præst for the owner DOCUMENT_DOWNLOADED «-» at borger with tablet by reader",
			"person:Jonas Holm for the owner MESSAGE_READ «Tilbud om plads» at app with phone by writer",
			"person:Signe Holm MESSAGE_READ «Tilbud om plads» at borger with computer by owner",
			"sender:Ålhavn Kommune MEMO_AVAILABLE_TO_RECIPIENT «-»",
			"sender:Ålhavn Kommune MEMO_AVAILABLE_TO_RECIPIENT «Tilbud om plads»",
			"program PRIVILEGES_GRANTED of you:Oda Præst",
		)
		f.reads(signe, activity.Query{Letter: one.ID, Kinds: []audit.Kind{audit.KindRead}},
			"person:Jonas Holm for the owner MESSAGE_READ «Tilbud om plads» at app with phone by writer",
			"you:Signe Holm MESSAGE_READ «Tilbud om plads» at borger with computer by owner")
		f.reads(signe, activity.Query{By: f.jonas.UUID, Kinds: []audit.Kind{audit.KindRead, audit.KindDeleted}},
			"person:Jonas Holm for the owner MESSAGE_DELETED «-» to  at app with phone by writer",
			"person:Jonas Holm for the owner MAILBOX_READ_BY_PARTY_REPRESENTATIVE at app with phone by writer",
			"person:Jonas Holm for the owner MESSAGE_READ «Tilbud om plads» at app with phone by writer")
		f.reads(signe, activity.Query{By: f.oda.UUID, Platform: post.PlatformApp})
		f.reads(signe, activity.Query{By: post.NewUUID()})
	})
}

// ACC-16: what is the owner's alone to know: log-ins, who looked the number up (RCP-01),
// who was refused, what staff did.
func TestWhatIsTheOwnersAlone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		signe, oda := world.Actor(f.signe), world.Actor(f.oda)
		clerk := post.Actor{Party: f.inga.ID, Organisation: f.municipality.ID, Platform: post.PlatformStaff, Device: post.DeviceComputer, Assurance: post.AssuranceHigh}
		ctx := t.Context()
		letter := f.letter("Tilbud om plads")

		before := f.Clock.Now()
		f.Token(f.signe)
		f.step()
		nielsBox, err := f.Mailboxes.Enter(ctx, world.Actor(f.niels))
		f.must(err)
		cpr, err := f.Registry.CPR(f.signe)
		f.must(err)
		_, err = f.Trustees.Ask(ctx, world.Actor(f.niels), nielsBox.UUID, trustee.Request{FirstName: "Signe", LastName: "Holm", CPR: cpr})
		f.must(err)
		f.step()
		_, err = f.Mailboxes.Open(ctx, world.Actor(f.niels), f.box.UUID, letter.ID)
		if errs.KindOf(err) != errs.KindNotFound {
			t.Fatal(err)
		}
		f.step()
		if err := f.Mailboxes.Delete(ctx, oda, f.box.UUID, letter.ID, 0); err != nil {
			t.Fatal(err)
		}
		f.step()
		if err := f.Mailboxes.Delete(ctx, oda, f.box.UUID, letter.ID, 0); errs.KindOf(err) != errs.KindForbidden { // for good
			t.Fatal(err)
		}
		f.step()
		f.Update(func(tx *db.Tx) error {
			return audit.Append(tx,
				audit.Event{Name: audit.ContactRegistryAccessedCitizen, Mailbox: f.signe.ID, Actor: clerk, Via: access.CitizenService.String(), Props: []audit.Prop{{Key: audit.Reason, Value: "counter"}}},
				audit.Event{Name: audit.AccessRefused, Mailbox: f.signe.ID, Actor: clerk, Props: []audit.Prop{{Key: audit.Reason, Value: "four-eyes"}}},
				audit.Event{Name: audit.DigitalPostExempted, Mailbox: f.signe.ID, Actor: clerk, Via: access.CitizenService.String()})
		})
		f.step()

		own := []string{
			"staff:Aarhus Kommune DIGITAL_POST_EXEMPTED at staff with computer by staff.citizen.service",
			"staff:Aarhus Kommune ACCESS_REFUSED at staff with computer",
			"staff:Aarhus Kommune CONTACT_REGISTRY_ACCESSED_CITIZEN at staff with computer by staff.citizen.service",
			"stranger ACCESS_REFUSED «Tilbud om plads» tried message.destroy at borger",
			"person:Oda Præst for the owner MESSAGE_DELETED «Tilbud om plads» to  at borger by reader",
			"stranger ACCESS_REFUSED «Tilbud om plads» at borger",
			"sender:Styrelsen for Digital Post MEMO_AVAILABLE_TO_RECIPIENT «Niels Ørbæk vil kunne videresende post til dig»",
			"person:Niels Ørbæk TRUSTEE_REQUESTED at borger",
			"person:Niels Ørbæk CPR_LOOKED_UP at borger",
			"you:Signe Holm TOKEN_ISSUED at app by owner",
			"you:Signe Holm APP_ACCESS_CREATED at app by owner",
		}
		got := told(f.page(signe, activity.Query{From: before}).Entries)
		for i, line := range got { // what the letter about the request is called is not ours to say
			if strings.Contains(line, "Styrelsen") {
				own[6] = got[i]
			}
		}
		for i := range own {
			own[i] = strings.Replace(own[i], " by owner", "", 1)
			if i < len(got) {
				got[i] = strings.Replace(got[i], " by owner", "", 1)
			}
		}
		if !slices.Equal(sorted(got), sorted(own)) {
			t.Errorf("told\n  %s\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(own, "\n  "))
		}
		for _, line := range told(f.page(oda, activity.Query{From: before}).Entries) {
			for _, secret := range []string{"TOKEN", "APP_ACCESS", "CPR", "REFUSED", "CONTACT_REGISTRY"} {
				if strings.Contains(line, secret) {
					t.Error("a helper is told of", line)
				}
			}
		}
		for _, line := range told(f.page(signe, activity.Query{}).Entries) {
			if strings.Contains(line, "Inga") {
				t.Error("staff are named:", line)
			}
		}
		people := func(actor post.Actor) (names []string) {
			for _, w := range f.page(actor, activity.Query{From: before, People: true}).People {
				names = append(names, string(w.Kind)+":"+w.Name)
			}
			return names
		}
		if got, want := people(signe), []string{"you:Signe Holm", "person:Niels Ørbæk", "person:Oda Præst", "staff:Aarhus Kommune"}; !slices.Equal(got, want) {
			t.Error(got)
		}
		if got, want := people(oda), []string{"you:Oda Præst", "person:Niels Ørbæk", "person:Signe Holm", "staff:Aarhus Kommune"}; !slices.Equal(got, want) {
			t.Error(got)
		}
		if q := (activity.Query{By: f.municipality.UUID, Staff: true}); len(f.page(signe, q).Entries) != 3 || len(f.page(oda, q).Entries) != 1 {
			t.Error("what staff did:", told(f.page(signe, q).Entries), told(f.page(oda, q).Entries))
		}
		f.reads(signe, activity.Query{By: f.municipality.UUID})
	})
}

func sorted(lines []string) []string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return lines
}

// ACC-16, MBX-09 and hiding: an event about a letter is told to who may see the letter.
func TestEventsAreToldAsTheirLettersAre(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		signe, jonas := world.Actor(f.signe), world.Actor(f.jonas)
		ctx := t.Context()
		open, hidden, private := f.letter("Åben"), f.letter("Skjult"), f.letter("Privat")
		for _, m := range []mailbox.Message{open, hidden, private} {
			_, err := f.Mailboxes.Open(ctx, jonas, f.box.UUID, m.ID)
			f.must(err)
		}
		f.step()
		yes, no := true, false
		_, err := f.Mailboxes.Patch(ctx, signe, f.box.UUID, hidden.ID, 0, mailbox.Change{Hide: &yes})
		f.must(err)
		f.Update(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE message SET source = 'mit' WHERE id = $1", private.ID)
			return err
		})
		about := func(actor post.Actor, q activity.Query) string {
			seen := map[string]bool{}
			for _, e := range f.page(actor, q).Entries {
				for _, l := range e.Letters {
					seen[l.Subject] = true
				}
			}
			var all []string
			for s := range seen {
				all = append(all, s)
			}
			return strings.Join(sorted(all), " ")
		}
		at := func(a post.Actor, p post.Platform) post.Actor { a.Platform = p; return a }
		for _, test := range []struct {
			who  post.Actor
			want string
		}{{signe, "Skjult Åben"}, {jonas, "Åben"}, {at(signe, post.PlatformMit), "Privat"}} {
			if got := about(test.who, activity.Query{}); got != test.want {
				t.Errorf("%s: told of %q, not %q", test.who.Platform, got, test.want)
			}
			for subject, id := range map[string]post.UUID{"Åben": open.ID, "Skjult": hidden.ID, "Privat": private.ID} {
				page, err := f.log.Page(ctx, test.who, f.box.UUID, activity.Query{Letter: id})
				if shown := strings.Contains(test.want, subject); shown != (err == nil) || !shown && (errs.KindOf(err) != errs.KindNotFound || errs.CodeOf(err) != access.CodeNotFound) {
					t.Errorf("the history of %s: %v", subject, err)
				} else if shown && (page.Letter.Subject != subject || len(page.Entries) < 2) {
					t.Errorf("the history of %s: %v", subject, told(page.Entries))
				}
			}
		}
		// That Inga reads private post is the owner's to know.
		f.Give(rights.Right{Mailbox: f.signe.ID, Holder: f.inga.ID, Relation: access.PrivateReader, Source: post.SourceMit})
		_, err = f.Mailboxes.Get(ctx, at(world.Actor(f.inga), post.PlatformMit), f.box.UUID)
		f.must(err)
		for who, want := range map[string]bool{"owner": true, "helper": false} {
			lines := strings.Join(told(f.page(map[string]post.Actor{"owner": signe, "helper": jonas}[who], activity.Query{}).Entries), "\n")
			if strings.Contains(lines, "Inga") != want {
				t.Errorf("%s is told:\n%s", who, lines)
			}
		}
		// Also once it is gone, and when it is shown again the helper is not told that it was hidden.
		f.step()
		_, err = f.Mailboxes.Patch(ctx, signe, f.box.UUID, open.ID, 0, mailbox.Change{Hide: &yes})
		f.must(err)
		_, err = f.Mailboxes.Patch(ctx, signe, f.box.UUID, open.ID, 0, mailbox.Change{Hide: &no})
		f.must(err)
		for range 2 {
			f.must(f.Mailboxes.Delete(ctx, signe, f.box.UUID, hidden.ID, 0))
		}
		lines := strings.Join(told(f.page(jonas, activity.Query{}).Entries), "\n")
		if strings.Contains(lines, "HIDDEN") || strings.Contains(lines, "«-»") {
			t.Error("a helper is told of what is hidden:", lines)
		}
		if lines := strings.Join(told(f.page(signe, activity.Query{}).Entries), "\n"); strings.Count(lines, "MESSAGE_HIDDEN") != 3 || !strings.Contains(lines, "MESSAGE_DESTROYED «-»") {
			t.Error("the owner is not told:", lines)
		}
	})
}

// ACC-05, ACC-15: who may read the log; others are refused as everywhere.
func TestWhoMayReadTheLog(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		f.letter("Tilbud om plads")
		f.Give(rights.Right{Mailbox: f.signe.ID, Holder: f.inga.ID, Relation: access.SenderReader, Senders: []post.PartyID{f.authority.ID}})
		for who, kind := range map[post.PartyID]errs.Kind{f.signe.ID: 0, f.jonas.ID: 0, f.oda.ID: 0, f.inga.ID: errs.KindForbidden, f.niels.ID: errs.KindNotFound} {
			actor := post.Actor{Party: who, Platform: post.PlatformBorger, Assurance: post.AssuranceSubstantial}
			_, err := f.log.Page(t.Context(), actor, f.box.UUID, activity.Query{})
			exported := f.log.Export(t.Context(), actor, f.box.UUID, activity.Query{}, "csv", func(activity.Page) error { return nil })
			if kind == 0 && (err != nil || exported != nil) || kind != 0 && (errs.KindOf(err) != kind || errs.KindOf(exported) != kind) {
				t.Errorf("%d: %v %v", who, err, exported)
			}
		}
		refused := 0
		for _, e := range f.page(world.Actor(f.signe), activity.Query{}).Entries {
			if e.Name == audit.AccessRefused {
				refused++
			}
		}
		if refused != 4 {
			t.Errorf("%d refusals are told", refused)
		}
	})
}

// ORG-01, SYS-10: a company's administrator sees who has got which right, and nothing of its letters.
func TestACompanysAdministratorSeesNoLetters(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		company := f.Company("Holm & Ørum Snedkeri ApS")
		boss, admin, hand := world.Actor(f.signe), world.Employee(f.jonas, company), world.Employee(f.oda, company)
		boss.Platform = post.PlatformVirk
		f.Member(company, f.signe, func(r *registry.Record) { r.Employed, r.Signs = false, true })
		f.Member(company, f.jonas, nil)
		f.Member(company, f.oda, nil)
		f.step()
		f.Give(rights.Right{Mailbox: company.ID, Holder: f.jonas.ID, Organisation: company.ID, Relation: access.Administrator})
		f.step()
		f.Give(rights.Right{Mailbox: company.ID, Holder: f.oda.ID, Organisation: company.ID, Relation: access.EmployeeAdvanced})
		f.Deliver(f.authority, company, func(m *memo.Message) { m.Header.Label = "Moms" })
		boxes, err := f.Mailboxes.List(t.Context(), hand)
		f.must(err)
		f.box = boxes[0]
		page, err := f.Mailboxes.Messages(t.Context(), hand, f.box.UUID, mailbox.Query{})
		f.must(err)
		_, err = f.Mailboxes.Open(t.Context(), hand, f.box.UUID, page.Messages[0].ID)
		f.must(err)
		for name, test := range map[string]struct {
			actor           post.Actor
			letters, rights bool
		}{"signatory": {boss, true, true}, "administrator": {admin, false, true}, "advanced": {hand, true, true}} {
			lines := strings.Join(told(f.page(test.actor, activity.Query{}).Entries), "\n")
			if strings.Contains(lines, "Moms") != test.letters || strings.Contains(lines, "MESSAGE_READ") != test.letters || strings.Contains(lines, "PRIVILEGES_GRANTED") != test.rights {
				t.Errorf("%s: %s", name, lines)
			}
			if strings.Contains(lines, "for the owner") {
				t.Errorf("%s: the company's own act for it: %s", name, lines)
			}
		}
	})
}

// The log is read on from where a page ended, and an export has all of it and is in it.
func TestPagesAndExport(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		signe, oda := world.Actor(f.signe), world.Actor(f.oda)
		m := f.letter("Tilbud om plads")
		_, err := f.Mailboxes.Get(t.Context(), oda, f.box.UUID)
		f.must(err)
		f.Update(func(tx *db.Tx) error { // much that is not for helpers, and a little that is
			var all []audit.Event
			for n := range 1200 {
				e := audit.Event{Name: audit.LogIn, Mailbox: f.signe.ID, Actor: signe}
				if n%200 == 0 {
					e = audit.Event{Name: audit.FlagChanged, Mailbox: f.signe.ID, Actor: oda, Message: m.ID, Via: access.Reader.String()}
				}
				all = append(all, e)
			}
			return audit.Append(tx, all...)
		})
		for _, name := range []string{"owner", "helper"} {
			actor := map[string]post.Actor{"owner": signe, "helper": oda}[name]
			want := map[string]int{"owner": 1200 + 4, "helper": 6 + 3}[name]
			q, seen := activity.Query{Limit: 100, Apart: true, Count: 50}, 0
			for {
				page := f.page(actor, q)
				if seen == 0 && page.Total != min(want, 50) {
					t.Errorf("%s: counted %d", name, page.Total)
				}
				seen += len(page.Entries)
				if page.Next == (post.UUID{}) {
					break
				}
				q.Before = page.Next
			}
			if seen != want {
				t.Errorf("%s: %d entries", name, seen)
			}
			if page := f.page(actor, activity.Query{Limit: 100, Apart: true, Offset: want - 2}); len(page.Entries) != 2 || page.Next != (post.UUID{}) {
				t.Errorf("%s: the end has %d", name, len(page.Entries))
			}
			seen = 0
			err := f.log.Export(t.Context(), actor, f.box.UUID, activity.Query{}, "csv", func(p activity.Page) error { seen += len(p.Entries); return nil })
			if extra := map[string]int{"owner": 1, "helper": 0}[name]; err != nil || seen != want+extra {
				t.Errorf("%s: exported %d: %v", name, seen, err)
			}
		}
		exports := f.page(signe, activity.Query{Name: audit.LogExported})
		if len(exports.Entries) != 2 || exports.Entries[0].Change != "csv" {
			t.Error(told(exports.Entries))
		}
		// Removed, it ends at once: also in the middle of an export.
		ended := f.log.Export(t.Context(), oda, f.box.UUID, activity.Query{Kinds: []audit.Kind{audit.KindSorted}}, "json", func(activity.Page) error {
			f.Update(func(tx *db.Tx) error {
				all, err := f.Rights.To(tx, f.signe.ID)
				for _, one := range all {
					if err == nil {
						_, err = f.Rights.End(tx, post.Program, access.Owner, one.ID, 0)
					}
				}
				return err
			})
			_, err := f.log.Page(context.Background(), oda, f.box.UUID, activity.Query{})
			return err
		})
		if errs.KindOf(ended) != errs.KindNotFound {
			t.Error(ended)
		}
	})
}
