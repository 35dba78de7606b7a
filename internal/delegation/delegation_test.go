package delegation_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// family is a world with somebody whose post it is and somebody who helps.
type family struct {
	*world.World
	birthe, jonas registry.Party
	town, bank    registry.Party
}

func start(t *testing.T, d *db.DB) *family {
	w := &family{World: world.New(t, d)}
	w.birthe = w.Person("Birthe Marie", 85, func(r *registry.Record) { r.LastName = "Åkjær" })
	w.jonas = w.Person("Jonas", 50, func(r *registry.Record) { r.LastName = "Holm" })
	w.town, w.bank = w.Authority("Ålhavn Kommune"), w.Authority("Skattestyrelsen")
	w.box(w.birthe)
	w.box(w.jonas)
	return w
}

var actor = world.Actor

func (w *family) box(p registry.Party) post.UUID {
	w.T.Helper()
	m, err := w.Mailboxes.Enter(w.T.Context(), actor(p))
	if err != nil {
		w.T.Fatal(err)
	}
	return m.UUID
}

func (w *family) cpr(p registry.Party) post.CPR {
	w.T.Helper()
	cpr, err := w.Registry.CPR(p)
	if err != nil {
		w.T.Fatal(err)
	}
	return cpr
}

// to are terms for jonas, of those that birthe offers, and of birthe those that
// jonas asks for.
func (w *family) to(p registry.Party, relation access.Relation) delegation.Terms {
	t := delegation.Terms{FirstName: "Birthe", LastName: "Åkjær", CPR: w.cpr(p), Relation: relation}
	if p.ID == w.jonas.ID {
		t.FirstName, t.LastName = "Jonas", "Holm"
	}
	return t
}

func (w *family) give(t delegation.Terms) delegation.Access {
	w.T.Helper()
	a, err := w.Accesses.Give(w.T.Context(), actor(w.birthe), w.box(w.birthe), t)
	if err != nil {
		w.T.Fatal(err)
	}
	return a
}

func (w *family) wish(t delegation.Terms) delegation.Access {
	w.T.Helper()
	a, err := w.Accesses.Ask(w.T.Context(), actor(w.jonas), w.box(w.jonas), t)
	if err != nil {
		w.T.Fatal(err)
	}
	return a
}

func (w *family) answer(p registry.Party, id post.UUID, approve bool) error {
	_, err := w.Accesses.Answer(w.T.Context(), actor(p), w.box(p), id, 0, approve)
	return err
}

func (w *family) remove(p registry.Party, id post.UUID) error {
	_, err := w.Accesses.Remove(w.T.Context(), actor(p), w.box(p), id, 0)
	return err
}

func (w *family) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w *family) refused(err error, code string) {
	w.T.Helper()
	if errs.CodeOf(err) != code {
		w.T.Errorf("%v, want %s", err, code)
	}
}

// may tells what jonas may do in birthe's mailbox: "" nothing, else the relation;
// every way in must agree.
func (w *family) may() string {
	w.T.Helper()
	box := w.box(w.birthe)
	boxes, err := w.Mailboxes.List(w.T.Context(), actor(w.jonas))
	w.must(err)
	via := ""
	for _, b := range boxes {
		if b.UUID == box {
			via = b.Via.String()
		}
	}
	_, err = w.Mailboxes.Get(w.T.Context(), actor(w.jonas), box)
	_, listed := w.Mailboxes.Messages(w.T.Context(), actor(w.jonas), box, mailbox.Query{Inbox: true, Limit: 5})
	_, searched := w.Mailboxes.Messages(w.T.Context(), actor(w.jonas), box, mailbox.Query{Words: "tandlægen", Limit: 5})
	for _, e := range []error{err, listed, searched} {
		if (e == nil) != (via != "") {
			w.T.Errorf("the list of mailboxes says %q, and then: %v", via, e)
		}
	}
	return via
}

func (w *family) wants(relation string) {
	w.T.Helper()
	if got := w.may(); got != relation {
		w.T.Errorf("may %q, want %q", got, relation)
	}
}

func (w *family) lists(p registry.Party) delegation.Lists {
	w.T.Helper()
	l, err := w.Accesses.List(w.T.Context(), actor(p), w.box(p))
	w.must(err)
	return l
}

// right is the one there is.
func (w *family) right() delegation.Access {
	w.T.Helper()
	for _, a := range w.lists(w.birthe).Others {
		if !a.Request {
			return a
		}
	}
	w.T.Fatal("there is no right")
	return delegation.Access{}
}

// letters are what Digital Post wrote to somebody: titles, and texts, newest first.
func (w *family) letters(p registry.Party) (titles []string, texts string) {
	w.T.Helper()
	page, err := w.Mailboxes.Messages(w.T.Context(), actor(p), w.box(p), mailbox.Query{Inbox: true, Limit: 50})
	w.must(err)
	for _, m := range page.Messages {
		if m.SenderName != w.Operator.Name {
			continue
		}
		_, content, err := w.Mailboxes.Content(w.T.Context(), actor(p), w.box(p), m.ID, 0, 0)
		w.must(err)
		text, err := io.ReadAll(content)
		w.must(err)
		content.Close()
		titles, texts = append(titles, m.Label), texts+string(text)
	}
	return titles, texts
}

func (w *family) events(of registry.Party, name audit.Name) (n int) {
	w.Update(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", of.ID, string(name)).Scan(&n)
	})
	return n
}

func day(w *family, in int) time.Time { return post.Today(w.Clock.Now()).AddDate(0, 0, in) }

// An offer gives nothing before the receiver has approved it, and then what it says
// (ACC-01, ACC-02). Both get a message, with a link.
func TestGive(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		a := w.give(w.to(w.jonas, access.Writer))
		w.wants("")
		if w.answer(w.birthe, a.ID, true) == nil {
			t.Error("the owner approved for the receiver")
		}
		w.wants("")
		own, theirs := w.lists(w.birthe).Others, w.lists(w.jonas).Mine
		if len(own) != 1 || own[0].Status != delegation.Asked || own[0].Awaits() || own[0].Name != "Jonas Holm" {
			t.Errorf("%+v", own)
		}
		if len(theirs) != 1 || !theirs[0].Awaits() || theirs[0].Name != w.birthe.Name {
			t.Errorf("%+v", theirs)
		}
		if n, err := w.Accesses.Waiting(t.Context(), actor(w.jonas), w.box(w.jonas)); n != 1 || err != nil {
			t.Error(n, err)
		}
		w.must(w.answer(w.jonas, a.ID, true))
		w.wants("writer")
		for _, p := range []registry.Party{w.birthe, w.jonas} {
			titles, texts := w.letters(p)
			if len(titles) != 2 || !strings.Contains(texts, `href="https://borger.test/adgang"`) {
				t.Errorf("%q %s", titles, texts)
			}
			if w.events(p, audit.AccessRequestSubmitted) != 1 || w.events(p, audit.AccessRequestApproved) != 1 {
				t.Error("events of", p.Name)
			}
		}
		if own = w.lists(w.birthe).Others; len(own) != 1 || own[0].Status != delegation.Active || own[0].Request || own[0].Relation != access.Writer {
			t.Errorf("%+v", own)
		}
		w.refused(w.answer(w.jonas, a.ID, true), delegation.CodeAnswered)
	})
}

// What is asked for gives nothing before the owner has approved it (ACC-03), and
// the one who asks learns nothing of the owner before that.
func TestAsk(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		terms := w.to(w.birthe, access.Reader)
		terms.LastDay = day(w, 30)
		a := w.wish(terms)
		w.wants("")
		if w.answer(w.jonas, a.ID, true) == nil {
			t.Error("who asked has approved")
		}
		if mine := w.lists(w.jonas).Mine; len(mine) != 1 || mine[0].Name != "Birthe Åkjær" || mine[0].Status != delegation.Asked || mine[0].Awaits() {
			t.Errorf("the asker sees %+v", mine)
		}
		_, texts := w.letters(w.jonas)
		if strings.Contains(texts, "Marie") {
			t.Error("the letter tells the asker the registered name")
		}
		if others := w.lists(w.birthe).Others; len(others) != 1 || !others[0].Awaits() || others[0].Name != w.jonas.Name || !others[0].LastDay().Equal(terms.LastDay) {
			t.Errorf("the owner sees %+v", others)
		}
		w.must(w.answer(w.birthe, a.ID, true))
		w.wants("reader")
		if mine := w.lists(w.jonas).Mine; mine[0].Name != w.birthe.Name || !mine[0].LastDay().Equal(terms.LastDay) {
			t.Errorf("%+v", mine)
		}
	})
}

// What was declined, taken back, or not answered in time gives nothing, whatever is
// said to it afterwards.
func TestNoIsNo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		a := w.wish(w.to(w.birthe, access.Reader))
		w.must(w.answer(w.birthe, a.ID, false))
		w.refused(w.answer(w.birthe, a.ID, true), delegation.CodeAnswered)
		w.wants("")
		if mine := w.lists(w.jonas).Mine; len(mine) != 1 || mine[0].Status != delegation.Declined || mine[0].Name != "Birthe Åkjær" {
			t.Errorf("%+v", mine)
		}
		_, texts := w.letters(w.jonas)
		if strings.Contains(texts, "Marie") {
			t.Error("the letter tells the asker the registered name")
		}

		b := w.wish(w.to(w.birthe, access.Reader)) // asked again
		w.must(w.remove(w.jonas, b.ID))
		w.refused(w.answer(w.birthe, b.ID, true), delegation.CodeAnswered)
		w.wants("")
		if all := w.lists(w.birthe).Others; len(all) != 0 {
			t.Errorf("%+v", all)
		}

		c := w.give(w.to(w.jonas, access.Reader))
		w.Clock.Set(c.Answer)
		w.refused(w.answer(w.jonas, c.ID, true), delegation.CodeAnswered)
		w.wants("")
		e := w.give(w.to(w.jonas, access.Reader)) // in its place
		w.refused(w.answer(w.jonas, c.ID, true), delegation.ErrUnknown.Code)
		w.must(w.answer(w.jonas, e.ID, true))
		w.wants("reader")
	})
}

// An access ends with the last microsecond of its day, Danish time, also on the day
// the clock changes, whether or not any job has run (ACC-01); and does not come
// back when it is approved once more.
func TestEnd(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		w.Clock.Set(time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC))
		terms := w.to(w.jonas, access.Reader)
		terms.LastDay = time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC) // 25 hours long
		a := w.give(terms)
		w.must(w.answer(w.jonas, a.ID, true))
		end := time.Date(2026, 10, 25, 23, 0, 0, 0, time.UTC)
		w.Clock.Set(end.Add(-time.Microsecond))
		w.wants("reader")
		w.Clock.Set(end)
		w.wants("")
		w.refused(w.answer(w.jonas, a.ID, true), delegation.CodeAnswered)
		w.wants("")
		right := w.right()
		if right.Status != delegation.Expired {
			t.Errorf("%+v", right)
		}
		_, err := w.Accesses.Change(t.Context(), actor(w.birthe), w.box(w.birthe), right.ID, 0, delegation.Change{Forever: true})
		w.refused(err, delegation.CodeAnswered)
		w.wants("")

		// Renewed by both: by whom it was with, without name and number.
		again, err := w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), delegation.Terms{With: right.ID, Relation: access.Reader})
		w.must(err)
		w.wants("")
		w.must(w.answer(w.birthe, again.ID, true))
		w.wants("reader")
		if all := w.lists(w.birthe).Others; len(all) != 1 || all[0].ID != right.ID || all[0].Status != delegation.Active {
			t.Errorf("%+v", all)
		}
	})
}

// Either side ends it at once (ACC-10), and nothing that was said before brings it
// back.
func TestRemove(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		for _, who := range []registry.Party{w.birthe, w.jonas} {
			a := w.give(w.to(w.jonas, access.Writer))
			w.must(w.answer(w.jonas, a.ID, true))
			right := w.right()
			w.wants("writer")
			w.must(w.remove(who, right.ID))
			w.wants("")
			w.refused(w.answer(w.jonas, a.ID, true), delegation.CodeAnswered)
			w.refused(w.remove(who, right.ID), delegation.ErrUnknown.Code)
			_, err := w.Accesses.Change(t.Context(), actor(w.birthe), w.box(w.birthe), right.ID, 0, delegation.Change{Forever: true})
			w.refused(err, delegation.ErrUnknown.Code)
			_, err = w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), delegation.Terms{With: right.ID, Relation: access.Reader})
			w.refused(err, delegation.ErrUnknown.Code)
			w.wants("")
			if l := w.lists(w.birthe); len(l.Others) != 0 {
				t.Errorf("%+v", l)
			}
		}
		if titles, _ := w.letters(w.jonas); !strings.Contains(strings.Join(titles, "\n"), "post er fjernet") {
			t.Errorf("%q", titles)
		}
		if titles, _ := w.letters(w.birthe); titles[0] != "Jonas Holm har ikke længere adgang til din post" {
			t.Errorf("%q", titles)
		}
	})
}

// The owner gives less or more of what they gave; the helper does not, and asks anew
// for more. A stranger changes nothing, and learns nothing.
func TestChange(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		a := w.give(w.to(w.jonas, access.Writer))
		w.must(w.answer(w.jonas, a.ID, true))
		right := w.right()
		change := func(p registry.Party, version int64, c delegation.Change) error {
			_, err := w.Accesses.Change(t.Context(), actor(p), w.box(p), right.ID, version, c)
			return err
		}
		w.must(change(w.birthe, right.Version, delegation.Change{Relation: access.Reader, LastDay: day(w, 40)}))
		w.wants("reader")
		w.refused(change(w.birthe, right.Version, delegation.Change{Forever: true}), errs.ErrStale.Code)
		w.refused(change(w.jonas, 0, delegation.Change{Relation: access.Writer}), delegation.CodeNotYours)
		w.refused(change(w.birthe, 0, delegation.Change{LastDay: day(w, -1)}), delegation.CodeLastDay)
		w.refused(change(w.birthe, 0, delegation.Change{Relation: access.Heir}), delegation.CodeRelation)
		stranger := w.Person("Mogens", 40, nil)
		w.refused(change(stranger, 0, delegation.Change{Relation: access.Writer}), delegation.ErrUnknown.Code)
		w.refused(w.remove(stranger, right.ID), delegation.ErrUnknown.Code)
		w.wants("reader")

		more, err := w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), delegation.Terms{With: right.ID, Relation: access.Writer})
		w.must(err)
		w.wants("reader")
		_, err = w.Accesses.Get(t.Context(), actor(stranger), w.box(stranger), more.ID)
		w.refused(err, delegation.ErrUnknown.Code)
		w.must(w.answer(w.birthe, more.ID, true))
		w.wants("writer")
		if now := w.right(); now.ID != right.ID || !now.Expires.IsZero() {
			t.Errorf("%+v", now)
		}
		if titles, _ := w.letters(w.jonas); !strings.Contains(strings.Join(titles, "\n"), "har ændret din adgang") {
			t.Errorf("%q", titles)
		}
	})
}

// Whom the name and number do not find is one answer, and costs time after a while,
// whatever one wants of them; a helper and a token that may only read ask for
// nothing.
func TestWhom(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		child, dead := w.Person("Barn", 12, nil), w.Person("Død", 80, func(r *registry.Record) { r.Status = registry.Dead })
		nobody, _ := post.ParseCPR("0101701234")
		ask := func(first, last string, cpr post.CPR) error {
			_, err := w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), delegation.Terms{FirstName: first, LastName: last, CPR: cpr, Relation: access.Reader})
			return err
		}
		for i, err := range []error{ask("Bodil", "Åkjær", w.cpr(w.birthe)), ask("Barn", "Prøvesen", w.cpr(child)), ask("Død", "Prøvesen", w.cpr(dead)), ask("Bodil", "Åkjær", nobody)} {
			if err == nil || err.Error() != registry.ErrNameMismatch.Error() {
				t.Errorf("%d: %v", i, err)
			}
		}
		if w.events(w.birthe, audit.CPRLookedUp) != 1 {
			t.Error("birthe cannot see that she was looked up")
		}
		w.refused(ask("Jonas", "Holm", w.cpr(w.jonas)), delegation.CodeYourself)
		w.refused(ask("Bodil", "Åkjær", nobody), registry.CodeNameMismatch)
		w.refused(ask("Birthe", "Åkjær", w.cpr(w.birthe)), registry.CodeTooManyTries)
		w.Clock.Advance(time.Minute)
		w.must(ask("Birthe", "Åkjær", w.cpr(w.birthe)))
		w.refused(ask("Birthe", "Åkjær", w.cpr(w.birthe)), delegation.CodePending)
		_, err := w.Accesses.Give(t.Context(), actor(w.birthe), w.box(w.birthe), w.to(w.jonas, access.Reader))
		w.refused(err, delegation.CodePending) // she answers instead

		readOnly := actor(w.birthe)
		readOnly.ReadOnly = true
		id := w.lists(w.birthe).Others[0].ID
		if _, err := w.Accesses.Answer(t.Context(), readOnly, w.box(w.birthe), id, 0, true); errs.KindOf(err) != errs.KindForbidden {
			t.Error(err)
		}
		w.wants("")
		w.must(w.answer(w.birthe, id, true))
		// A helper sees and manages nobody's accesses.
		if _, err := w.Accesses.List(t.Context(), actor(w.jonas), w.box(w.birthe)); errs.KindOf(err) != errs.KindForbidden {
			t.Error(err)
		}
		if _, err := w.Accesses.Give(t.Context(), actor(w.jonas), w.box(w.birthe), w.to(w.jonas, access.Writer)); errs.KindOf(err) != errs.KindForbidden {
			t.Error(err)
		}
		w.wants("reader")
	})
}

// Death ends what there is, and what is under way, on either side; where the
// register was wrong nothing comes back (REG-04).
func TestDeath(t *testing.T) {
	for _, dies := range []string{"owner", "helper"} {
		testkit.EachDB(t, func(t *testing.T, d *db.DB) {
			w := start(t, d)
			first := w.give(w.to(w.jonas, access.Reader))
			w.must(w.answer(w.jonas, first.ID, true))
			wished, err := w.Accesses.Ask(t.Context(), actor(w.jonas), w.box(w.jonas), delegation.Terms{With: w.right().ID, Relation: access.Writer})
			w.must(err)
			w.wants("reader")
			who := w.birthe
			if dies == "helper" {
				who = w.jonas
			}
			for _, status := range []registry.Status{registry.Dead, registry.Alive} {
				first, last, _ := strings.Cut(who.Name, " ")
				w.Update(func(tx *db.Tx) error {
					return w.Registry.Save(tx, []registry.Record{{Type: "person", CPR: w.Number(who), FirstName: first, LastName: last, BirthDate: who.Born.Format(time.DateOnly), Status: status}})
				})
				if status == registry.Dead {
					boxes, err := w.Mailboxes.List(t.Context(), actor(w.jonas))
					w.must(err)
					for _, b := range boxes {
						if b.ID == w.birthe.ID {
							t.Errorf("the %s is dead, and the mailbox is listed", dies)
						}
					}
				}
			}
			w.wants("")
			if l := w.lists(w.birthe); len(l.Others) != 0 {
				t.Errorf("%+v", l)
			}
			w.refused(w.answer(w.birthe, wished.ID, true), delegation.ErrUnknown.Code)
			w.wants("")
		})
	}
}

// Of two who answer and take back at once, one comes first: either there is a right
// and the request was approved, or there is none.
func TestAtOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		for range 10 {
			a := w.give(w.to(w.jonas, access.Reader))
			jonas, birthe := w.box(w.jonas), w.box(w.birthe)
			approved, removed := make(chan error), make(chan error)
			go func() {
				_, err := w.Accesses.Answer(t.Context(), actor(w.jonas), jonas, a.ID, 0, true)
				approved <- err
			}()
			go func() {
				_, err := w.Accesses.Remove(t.Context(), actor(w.birthe), birthe, a.ID, 0)
				removed <- err
			}()
			yes, no := <-approved, <-removed
			if (yes == nil) != (w.may() != "") {
				t.Fatalf("approved: %v, removed: %v, may %q", yes, no, w.may())
			}
			if yes == nil {
				w.must(w.remove(w.birthe, w.right().ID))
			}
			for _, p := range []registry.Party{w.birthe, w.jonas} { // what is left of the request
				l := w.lists(p)
				for _, a := range append(l.Others, l.Mine...) {
					w.must(w.remove(p, a.ID))
				}
			}
			w.Clock.Advance(25 * time.Hour) // as many as one likes
		}
	})
}

// What an owner has offered and nobody has answered yet does not overrule what they
// say later: an access that is removed, by themselves or at the counter, or changed
// does not come back by an old offer (ACC-02, ACC-10).
func TestOldOffersDoNotOverruleTheLastWord(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		reads := func(what string, want access.Relation) {
			t.Helper()
			var have access.Relation
			w.Update(func(tx *db.Tx) error {
				held, err := w.Rights.Grants(tx, actor(w.jonas), w.birthe.ID)
				have = 0
				for _, g := range held.Grants {
					have |= g.Relation
				}
				return err
			})
			if have != want {
				t.Errorf("%s: jonas has %s, want %s", what, have, want)
			}
		}
		inForce := func() delegation.Access {
			t.Helper()
			offer := w.give(w.to(w.jonas, access.Reader))
			got, err := w.Accesses.Answer(t.Context(), actor(w.jonas), w.box(w.jonas), offer.ID, 0, true)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		late := func(what string, offer delegation.Access) {
			t.Helper()
			if _, err := w.Accesses.Answer(t.Context(), actor(w.jonas), w.box(w.jonas), offer.ID, 0, true); errs.CodeOf(err) != delegation.CodeAnswered {
				t.Errorf("%s: an old offer is approved: %v", what, err)
			}
		}

		right := inForce().Right
		more := w.give(w.to(w.jonas, access.Writer))
		if _, err := w.Accesses.Remove(t.Context(), actor(w.birthe), w.box(w.birthe), right, 0); err != nil {
			t.Fatal(err)
		}
		late("removed by the owner", more)
		reads("removed by the owner", 0)

		right = inForce().Right
		more = w.give(w.to(w.jonas, access.Writer))
		w.Update(func(tx *db.Tx) error { // as the counter does
			_, err := w.Rights.End(tx, post.Program, access.CitizenService, right, 0)
			return err
		})
		late("removed at the counter", more)
		reads("removed at the counter", 0)

		right = inForce().Right
		more = w.give(w.to(w.jonas, access.Writer))
		if _, err := w.Accesses.Change(t.Context(), actor(w.birthe), w.box(w.birthe), right, 0, delegation.Change{LastDay: post.Today(w.Clock.Now())}); err != nil {
			t.Fatal(err)
		}
		late("changed by the owner", more)
		reads("changed by the owner", access.Reader)
	})
}

// Helpers are not told of each other (ACC-03): the letters about who offers, asks for
// and has access are their reader's alone, and no helper's to delete.
func TestLettersAboutAccessAreTheReadersAlone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		karen := w.Person("Karen", 60, nil)
		w.box(karen)
		w.Give(rights.Right{Mailbox: w.birthe.ID, Holder: karen.ID, Relation: access.Writer})
		w.Give(rights.Right{Mailbox: w.jonas.ID, Holder: karen.ID, Relation: access.Reader})
		wish := w.wish(w.to(w.birthe, access.Reader))
		if _, err := w.Accesses.Answer(t.Context(), actor(w.birthe), w.box(w.birthe), wish.ID, 0, true); err != nil {
			t.Fatal(err)
		}
		for _, p := range []registry.Party{w.birthe, w.jonas} {
			own, err := w.Mailboxes.Messages(t.Context(), actor(p), w.box(p), mailbox.Query{Limit: 50})
			if err != nil || len(own.Messages) != 2 {
				t.Errorf("%s has %d letters: %v", p.Name, len(own.Messages), err)
			}
			others, err := w.Mailboxes.Messages(t.Context(), actor(karen), w.box(p), mailbox.Query{Limit: 50})
			if err != nil || len(others.Messages) != 0 || others.Folders[0].Total != 0 {
				t.Errorf("a helper is told of another: %d letters: %v", len(others.Messages), err)
			}
		}
	})
}
