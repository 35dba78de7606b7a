package trustee_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
	"digitalpost/internal/trustee"
)

// people is a world with an owner and somebody to forward to.
type people struct {
	*world.World
	signe, niels registry.Party
}

func start(t *testing.T, d *db.DB) *people {
	w := world.New(t, d)
	return &people{w, w.Person("Signe", 37, func(r *registry.Record) { r.LastName = "Åkjær Holm" }), w.Person("Niels Peter", 52, func(r *registry.Record) { r.LastName = "Ørbæk" })}
}

var actor = world.Actor

// box is a person's mailbox.
func (w *people) box(p registry.Party) post.UUID {
	w.T.Helper()
	m, err := w.Mailboxes.Enter(w.T.Context(), actor(p))
	if err != nil {
		w.T.Fatal(err)
	}
	return m.UUID
}

func (w *people) cpr(p registry.Party) post.CPR {
	w.T.Helper()
	cpr, err := w.Registry.CPR(p)
	if err != nil {
		w.T.Fatal(err)
	}
	return cpr
}

// request is one for niels.
func (w *people) request() trustee.Request {
	return trustee.Request{FirstName: "Niels", LastName: "Ørbæk", CPR: w.cpr(w.niels)}
}

func (w *people) ask(r trustee.Request) (trustee.Trustee, error) {
	w.T.Helper()
	return w.Trustees.Ask(w.T.Context(), actor(w.signe), w.box(w.signe), r)
}

func (w *people) asked(r trustee.Request) trustee.Trustee {
	w.T.Helper()
	one, err := w.ask(r)
	if err != nil {
		w.T.Fatal(err)
	}
	return one
}

func (w *people) answer(id post.UUID, approve bool) error {
	w.T.Helper()
	_, err := w.Trustees.Answer(w.T.Context(), actor(w.niels), w.box(w.niels), id, 0, approve)
	return err
}

func (w *people) lists(p registry.Party) trustee.Lists {
	w.T.Helper()
	l, err := w.Trustees.List(w.T.Context(), actor(p), w.box(p))
	if err != nil {
		w.T.Fatal(err)
	}
	return l
}

// active is the code of why signe cannot forward, "" where she can.
func (w *people) active(id post.UUID) string {
	w.T.Helper()
	err := w.DB.Read(w.T.Context(), func(tx *db.Tx) error {
		p, err := w.Trustees.Active(tx, w.signe.ID, id)
		if err == nil && p.ID != w.niels.ID {
			w.T.Errorf("forwards to %s", p.Name)
		}
		_, byParty := w.Trustees.ActiveParty(tx, w.signe.ID, w.niels.ID)
		if errs.CodeOf(byParty) != errs.CodeOf(err) {
			w.T.Errorf("by id %v, by party %v", err, byParty)
		}
		return err
	})
	return errs.CodeOf(err)
}

// letters are what Digital Post wrote to somebody, titles and texts, newest first.
func (w *people) letters(p registry.Party) (titles, texts []string) {
	w.T.Helper()
	page, err := w.Mailboxes.Messages(w.T.Context(), actor(p), w.box(p), mailbox.Query{Inbox: true, Limit: 50})
	if err != nil {
		w.T.Fatal(err)
	}
	for _, m := range page.Messages {
		_, content, err := w.Mailboxes.Content(w.T.Context(), actor(p), w.box(p), m.ID, 0, 0)
		if err != nil {
			w.T.Fatal(err)
		}
		text, err := io.ReadAll(content)
		content.Close()
		if err != nil || m.SenderName != w.Operator.Name {
			w.T.Fatal(m.SenderName, err)
		}
		titles, texts = append(titles, m.Label), append(texts, string(text))
	}
	return titles, texts
}

func (w *people) events(of registry.Party, name audit.Name) (n int) {
	w.Update(func(tx *db.Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM event WHERE mailbox = $1 AND name = $2", of.ID, string(name)).Scan(&n)
	})
	return n
}

// RCP-01, RCP-02, RCP-03, RCP-04: asked, approved, and what both see meanwhile.
func TestApproval(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		one := w.asked(w.request())
		mine, theirs := w.lists(w.signe), w.lists(w.niels)
		if len(mine.Recipients) != 1 || len(mine.Others) != 0 || len(theirs.Recipients) != 0 || len(theirs.Others) != 1 {
			t.Fatalf("%+v %+v", mine, theirs)
		}
		if got := mine.Recipients[0]; got.Status != trustee.Asked || got.Name != "Niels Ørbæk" { // as she wrote it: his other name is his
			t.Errorf("%+v", got)
		}
		if got := theirs.Others[0]; got.ID != one.ID || got.Status != trustee.Asked || got.Name != "Signe Åkjær Holm" {
			t.Errorf("%+v", got)
		}
		if code := w.active(one.ID); code != trustee.CodeNotApproved {
			t.Errorf("forwards before approval: %q", code)
		}
		titles, texts := w.letters(w.signe)
		if len(titles) != 1 || titles[0] != "Du har bedt om at få en Digital Post-modtager" || !strings.Contains(texts[0], "Niels Ørbæk") || strings.Contains(texts[0], "Peter") {
			t.Errorf("%v %v", titles, texts)
		}
		titles, texts = w.letters(w.niels)
		if len(titles) != 1 || titles[0] != "Signe Åkjær Holm vil oprette dig som Digital Post-modtager" || !strings.Contains(texts[0], "ingen udløbsdato") || !strings.Contains(texts[0], "Digital Post recipients") {
			t.Errorf("%v %v", titles, texts)
		}

		if err := w.answer(one.ID, true); err != nil {
			t.Fatal(err)
		}
		if code := w.active(one.ID); code != "" {
			t.Errorf("does not forward after approval: %q", code)
		}
		if got := w.lists(w.signe).Recipients[0]; got.Status != trustee.Approved || got.Name != "Niels Peter Ørbæk" || got.Version != 2 {
			t.Errorf("%+v", got)
		}
		titles, _ = w.letters(w.signe)
		if len(titles) != 2 || titles[0] != "Kvittering: Niels Peter Ørbæk er nu din Digital Post-modtager" {
			t.Errorf("%v", titles)
		}
		titles, _ = w.letters(w.niels)
		if len(titles) != 2 || titles[0] != "Kvittering: Signe Åkjær Holm har dig nu som Digital Post-modtager" {
			t.Errorf("%v", titles)
		}
		if err := w.answer(one.ID, true); err != nil { // twice is once
			t.Error(err)
		}
		if err := w.answer(one.ID, false); errs.CodeOf(err) != "trustee.answered" {
			t.Error(err)
		}
		if titles, _ = w.letters(w.niels); len(titles) != 2 {
			t.Errorf("%v", titles)
		}
		if _, err := w.ask(w.request()); errs.CodeOf(err) != trustee.CodeThere {
			t.Error(err)
		}
		for _, name := range []audit.Name{audit.TrusteeRequested, audit.TrusteeApproved} {
			if w.events(w.signe, name) != 1 || w.events(w.niels, name) != 1 {
				t.Errorf("%s is not in both logs", name)
			}
		}
		w.Update(func(tx *db.Tx) error { // who gets paper cannot be forwarded to
			cpr := w.Number(w.niels)
			return w.Registry.Save(tx, []registry.Record{{Type: "person", CPR: cpr, FirstName: "Niels", LastName: "Ørbæk", BirthDate: w.niels.Born.Format(time.DateOnly), RegistrationStatus: registry.ExemptOther}})
		})
		if code := w.active(one.ID); code != trustee.CodeCannotReceive {
			t.Errorf("%q", code)
		}
	})
}

// RCP-02, RCP-05: declined, asked again, removed by either side, asked again.
func TestDeclineAndRemove(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		one := w.asked(w.request())
		if err := w.answer(one.ID, false); err != nil {
			t.Fatal(err)
		}
		if got := w.lists(w.signe).Recipients[0]; got.Status != trustee.Declined || got.Name != "Niels Ørbæk" || w.active(one.ID) != trustee.CodeNotApproved {
			t.Errorf("%+v", got)
		}
		if titles, _ := w.letters(w.signe); len(titles) != 1 {
			t.Errorf("a receipt of nothing: %v", titles)
		}
		for _, by := range []registry.Party{w.signe, w.niels} {
			again := w.asked(w.request())
			if again.ID == one.ID {
				t.Error("the same request")
			}
			if err := w.answer(again.ID, true); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Trustees.Remove(t.Context(), actor(by), w.box(by), again.ID, 1); errs.KindOf(err) != errs.KindConflict {
				t.Errorf("an old version is removed: %v", err)
			}
			if _, err := w.Trustees.Remove(t.Context(), actor(by), w.box(by), again.ID, 2); err != nil {
				t.Fatal(err)
			}
			if code := w.active(again.ID); code != "trustee.unknown" {
				t.Errorf("forwards after removal: %q", code)
			}
			if l := w.lists(w.niels); len(l.Others) != 0 {
				t.Errorf("%+v", l)
			}
		}
		if w.events(w.niels, audit.TrusteeRemoved) != 2 || w.events(w.signe, audit.TrusteeRemoved) != 2 {
			t.Error("removals are not in both logs")
		}
	})
}

// RCP-01, RCP-04: the last day holds to its end in Denmark, and no longer.
func TestLastDay(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		r := w.request()
		r.LastDay = post.Today(w.Clock.Now()).AddDate(0, 0, -1)
		if _, err := w.ask(r); errs.CodeOf(err) != trustee.CodeLastDay {
			t.Error(err)
		}
		r.LastDay = post.Today(w.Clock.Now()).AddDate(0, 0, 3)
		one := w.asked(r)
		if err := w.answer(one.ID, true); err != nil {
			t.Fatal(err)
		}
		y, m, day := r.LastDay.Date()
		end := post.StartOfDay(y, m, day+1)
		w.Clock.Advance(end.Add(-time.Second).Sub(w.Clock.Now()))
		if got := w.lists(w.signe).Recipients[0]; w.active(one.ID) != "" || !got.LastDay().Equal(r.LastDay) || got.Status != trustee.Approved {
			t.Errorf("ends before its day: %+v", got)
		}
		w.Clock.Advance(time.Second)
		if got := w.lists(w.niels).Others[0]; w.active(one.ID) != trustee.CodeExpired || got.Status != trustee.Expired {
			t.Errorf("does not end with its day: %+v", got)
		}
		again := w.asked(w.request()) // RCP-05
		w.Clock.Advance(24 * time.Hour)
		if got := w.lists(w.signe).Recipients; len(got) != 1 || got[0].ID != again.ID || got[0].Status != trustee.Asked {
			t.Errorf("%+v", got)
		}
		late := w.request()
		late.LastDay = post.Today(w.Clock.Now())
		if _, err := w.Trustees.Remove(t.Context(), actor(w.signe), w.box(w.signe), again.ID, 0); err != nil {
			t.Fatal(err)
		}
		unanswered := w.asked(late)
		w.Clock.Advance(24 * time.Hour)
		if err := w.answer(unanswered.ID, true); errs.CodeOf(err) != "trustee.answered" { // an old request is no back door
			t.Error(err)
		}
	})
}

// RCP-01: an organisation by CVR number and e-mail address.
func TestOrganisation(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		company := w.Company("Holm & Ørum Snedkeri ApS")
		cvr, err := w.Registry.CVR(company)
		if err != nil {
			t.Fatal(err)
		}
		for _, email := range []string{"", "post", "post@", "Holm <post@holm.dk>", "a@b\r\nBcc: c@d"} {
			if _, err := w.ask(trustee.Request{CVR: cvr, Email: email}); errs.CodeOf(err) != trustee.CodeEmail {
				t.Errorf("%q: %v", email, err)
			}
		}
		one := w.asked(trustee.Request{CVR: cvr, Email: " post@holm.dk "})
		if one.Name != company.Name || one.Email != "post@holm.dk" || w.lists(w.signe).Recipients[0].Email != "post@holm.dk" {
			t.Errorf("%+v", one)
		}
		var n int
		w.Update(func(tx *db.Tx) error {
			return tx.QueryRow("SELECT COUNT(*) FROM message WHERE mailbox = $1", company.ID).Scan(&n)
		})
		if n != 1 {
			t.Errorf("the company got %d messages", n)
		}
		nobody, err := post.ParseCVR("10000009")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.ask(trustee.Request{CVR: nobody, Email: "post@holm.dk"}); errs.CodeOf(err) != trustee.CodeCompany {
			t.Error(err)
		}
		if _, err := w.ask(trustee.Request{}); errs.CodeOf(err) != trustee.CodeWhom {
			t.Error(err)
		}
	})
}

// A stranger learns nothing of whoever has a number but that a name does not fit,
// and cannot go on trying.
func TestNoLookUpService(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		child := w.Person("Bo", 12, nil)
		dead := w.Person("Dagny", 90, func(r *registry.Record) { r.Status = registry.Dead })
		hidden := w.Person("Eva", 30, func(r *registry.Record) { r.Protected = true })
		free, err := post.ParseCPR("0203041239")
		if err != nil {
			t.Fatal(err)
		}
		tries := []trustee.Request{
			{FirstName: "Niels", LastName: "Orm", CPR: w.cpr(w.niels)},
			{FirstName: "Niels", LastName: "Ørbæk", CPR: free},
			{FirstName: "Bo", LastName: "Prøvesen", CPR: w.cpr(child)},
			{FirstName: "Dagny", LastName: "Prøvesen", CPR: w.cpr(dead)},
			{FirstName: "Eva", LastName: "Hansen", CPR: w.cpr(hidden)},
		}
		for i, r := range tries {
			if _, err := w.ask(r); err == nil || err.Error() != registry.ErrNameMismatch.Error() {
				t.Errorf("%d: %v", i, err)
			}
		}
		for _, p := range []registry.Party{w.niels, child, dead, hidden} {
			if n := w.events(p, audit.CPRLookedUp); n != 1 {
				t.Errorf("%s has %d events of being looked up", p.Name, n)
			}
		}
		if l := w.lists(w.signe); len(l.Recipients) != 0 {
			t.Errorf("%+v", l)
		}

		wait := func(want time.Duration) {
			t.Helper()
			_, err := w.ask(w.request()) // also what is right waits, so that it tells nothing
			e, ok := err.(*errs.Error)
			if !ok || e.Kind != errs.KindRateLimited || e.Wait != want {
				t.Fatalf("%v, want a wait of %v", err, want)
			}
		}
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			wait(pause)
			w.Clock.Advance(pause - time.Second)
			wait(time.Second)
			w.Clock.Advance(time.Second)
			if _, err := w.ask(tries[0]); errs.CodeOf(err) != registry.CodeNameMismatch {
				t.Fatal(err)
			}
		}
		if n := w.events(w.niels, audit.CPRLookedUp); n != 4 {
			t.Errorf("a try that had to wait looked: %d events", n)
		}
		if _, err := w.Trustees.Ask(t.Context(), actor(hidden), w.box(hidden), w.request()); err != nil { // others do not wait
			t.Error(err)
		}
		w.Clock.Advance(8 * time.Minute)
		if _, err := w.ask(w.request()); err != nil {
			t.Error(err)
		}
		w.Clock.Advance(25 * time.Hour)
		for range 5 {
			if _, err := w.ask(tries[0]); errs.CodeOf(err) != registry.CodeNameMismatch {
				t.Errorf("a day later: %v", err)
			}
		}
	})
}

// Nobody is flooded with letters by requests that are taken back and made again, and
// the limit is no way to find out whether a name fits.
func TestRequestsAreFew(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		cvr, err := w.Registry.CVR(w.Authority("Ålhavn Kommune"))
		if err != nil {
			t.Fatal(err)
		}
		company := trustee.Request{CVR: cvr, Email: "post@example.dk"}
		for i := range 20 {
			r := w.request()
			if i%2 == 1 {
				r = company
			}
			one := w.asked(r)
			if _, err := w.Trustees.Remove(t.Context(), actor(w.signe), w.box(w.signe), one.ID, 0); err != nil {
				t.Fatal(err)
			}
		}
		wrong := w.request()
		wrong.LastName = "Orm"
		for _, r := range []trustee.Request{w.request(), company, wrong} {
			_, err := w.ask(r)
			if e, ok := err.(*errs.Error); !ok || e.Code != registry.CodeTooManyAsked || e.Wait != 24*time.Hour {
				t.Errorf("%v", err)
			}
		}
		if titles, _ := w.letters(w.niels); len(titles) != 10 {
			t.Errorf("%d letters", len(titles))
		}
		if n := w.events(w.niels, audit.CPRLookedUp); n != 10 {
			t.Errorf("looked up %d times", n)
		}
		w.Clock.Advance(24 * time.Hour)
		w.asked(w.request())
	})
}

// Names are matched forgivingly, and no more than that.
func TestMatchName(t *testing.T) {
	w := start(t, testkit.SQLite(t))
	karen := w.Person("Karen Margrethe", 67, func(r *registry.Record) { r.LastName = "Dam" })
	anne := w.Person("Anne-Sophie", 40, func(r *registry.Record) { r.LastName = "Møller-Jensen" })
	jose := w.Person("José", 40, func(r *registry.Record) { r.LastName = "O'Neill" })
	for _, c := range []struct {
		who         registry.Party
		first, last string
		same        bool
	}{
		{w.signe, "Signe", "Åkjær Holm", true},
		{w.signe, "signe", "HOLM", true},
		{w.signe, "  Signe  Åkjær ", "Holm", true},
		{w.signe, "Signe", "Aakjaer Holm", true},
		{w.signe, "Signe", "A\u030akjær Holm", true}, // a ring of its own
		{karen, "Karen", "Dam", true},
		{karen, "Karen Margrethe", "Dam", true},
		{karen, "karen-margrethe", "dam", true},
		{anne, "Anne Sophie", "Moeller Jensen", true},
		{anne, "Anne", "Jensen", true},
		{jose, "Jose", "ONeill", true},
		{w.signe, "Signe", "Åkjær", false}, // no family name of hers
		{w.signe, "Signe", "", false},
		{w.signe, "", "Holm", false},
		{w.signe, "S", "Holm", false},
		{w.signe, "Signe Marie", "Holm", false},
		{w.signe, "Holm", "Signe", false},
		{w.signe, "Signe Holm", "Holm", false},
		{w.signe, "Signe", "Holme", false},
		{karen, "Margrethe", "Dam", false},
		{karen, "Margrethe Karen", "Dam", false},
		{karen, "%", "%", false},
	} {
		err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
			p, same, err := w.Registry.MatchName(tx, w.cpr(c.who), c.first, c.last)
			if same != c.same || p.ID != c.who.ID {
				t.Errorf("%s is %q %q: %v", c.who.Name, c.first, c.last, same)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Nobody else sees or changes it, and only the recipient answers.
func TestRights(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := start(t, d)
		stranger := w.Person("Bent", 50, nil)
		one := w.asked(w.request())
		weak, reads := actor(w.signe), actor(w.signe)
		weak.Assurance, reads.ReadOnly = post.AssuranceLow, true
		for name, c := range map[string]struct {
			who  post.Actor
			box  post.UUID
			kind errs.Kind
		}{
			"a stranger in their own mailbox": {actor(stranger), w.box(stranger), errs.KindNotFound},
			"a stranger in her mailbox":       {actor(stranger), w.box(w.signe), errs.KindNotFound},
			"a weak log-in":                   {weak, w.box(w.signe), errs.KindForbidden},
			"no mailbox":                      {actor(w.signe), post.NewUUID(), errs.KindNotFound},
		} {
			for what, err := range map[string]error{
				"get":     second(w.Trustees.Get(t.Context(), c.who, c.box, one.ID)),
				"approve": second(w.Trustees.Answer(t.Context(), c.who, c.box, one.ID, 0, true)),
				"remove":  second(w.Trustees.Remove(t.Context(), c.who, c.box, one.ID, 0)),
			} {
				if errs.KindOf(err) != c.kind {
					t.Errorf("%s: %s: %v", name, what, err)
				}
			}
		}
		if _, err := w.Trustees.Answer(t.Context(), actor(w.signe), w.box(w.signe), one.ID, 0, true); errs.KindOf(err) != errs.KindForbidden {
			t.Errorf("the owner answers: %v", err)
		}
		if _, err := w.Trustees.Remove(t.Context(), reads, w.box(w.signe), one.ID, 0); errs.KindOf(err) != errs.KindForbidden {
			t.Errorf("a token to read removes: %v", err)
		}
		if l, err := w.Trustees.List(t.Context(), reads, w.box(w.signe)); err != nil || len(l.Recipients) != 1 {
			t.Errorf("a token to read does not read: %v", err)
		}
		if _, err := w.ask(trustee.Request{FirstName: "Signe", LastName: "Holm", CPR: w.cpr(w.signe)}); errs.CodeOf(err) != trustee.CodeYourself {
			t.Error(err)
		}
		err := w.DB.Read(t.Context(), func(tx *db.Tx) error { // another owner's recipient is not one's own
			_, err := w.Trustees.Active(tx, stranger.ID, one.ID)
			return err
		})
		if errs.CodeOf(err) != "trustee.unknown" {
			t.Error(err)
		}
		var stored string
		w.Update(func(tx *db.Tx) error {
			var raw []byte
			err := tx.QueryRow("SELECT said FROM trustee WHERE id = $1", one.ID).Scan(&raw)
			stored = string(raw)
			return err
		})
		if strings.Contains(stored, "Niels") {
			t.Error("a name is stored in the clear")
		}
	})
}

func second(_ trustee.Trustee, err error) error { return err }
