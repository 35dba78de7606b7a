package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

// office is a registry on an empty database.
type office struct {
	*registry.Registry
	t     testing.TB
	db    *db.DB
	clock *testkit.Clock
}

func newOffice(t testing.TB, d *db.DB) *office {
	t.Helper()
	o := &office{t: t, db: d, clock: testkit.NewClock()}
	d.Now = o.clock.Now
	ring, err := keys.Open(t.Context(), d, t.TempDir()+"/master.key")
	if err != nil {
		t.Fatal(err)
	}
	o.Registry = registry.New(d, ring)
	return o
}

func (o *office) load(lines ...string) {
	o.t.Helper()
	o.clock.Advance(time.Second)
	if _, err := o.Import(o.t.Context(), post.NewUUID().String(), strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		o.t.Fatal(err)
	}
}

// person is a line; more are further fields.
func person(cpr, born, more string) string {
	return fmt.Sprintf(`{"type":"person","cpr":%q,"firstName":"Signe","lastName":"Holm","birthDate":%q%s}`, cpr, born, more)
}

const (
	adult = "0107701234"
	child = "0107154234"
)

func (o *office) person(cpr string) registry.Party {
	o.t.Helper()
	number, err := post.ParseCPR(cpr)
	if err != nil {
		o.t.Fatal(err)
	}
	var p registry.Party
	if err := o.db.Read(o.t.Context(), func(tx *db.Tx) (err error) { p, err = o.PersonByCPR(tx, number); return err }); err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *office) organisation(number string) (found registry.Party) {
	o.t.Helper()
	cvr, err := post.ParseCVR(number)
	if err != nil {
		o.t.Fatal(err)
	}
	err = o.db.Read(context.Background(), func(tx *db.Tx) (err error) { found, err = o.OrganisationByCVR(tx, cvr); return err })
	if err != nil {
		o.t.Fatal(err)
	}
	return found
}

func (o *office) count() (n int) {
	o.t.Helper()
	page := o.contacts(registry.ContactQuery{Since: time.Unix(1, 0), Size: 1})
	return page.Total
}

func (o *office) contacts(q registry.ContactQuery) (page registry.ContactPage) {
	o.t.Helper()
	err := o.db.Update(o.t.Context(), func(tx *db.Tx) (err error) { page, err = o.Contacts(tx, post.Actor{System: 1}, q); return err })
	if err != nil {
		o.t.Fatal(err)
	}
	return page
}

func (o *office) events(id post.PartyID, name audit.Name) (n int) {
	o.t.Helper()
	err := o.db.Read(o.t.Context(), func(tx *db.Tx) error {
		all, err := audit.Find(tx, audit.Query{Mailbox: id, Limit: 100})
		for _, e := range all {
			if e.Name == name {
				n++
			}
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return n
}

// many is a register of n persons.
func many(n int) string {
	var s strings.Builder
	for i := range n {
		s.WriteString(person(fmt.Sprintf("%02d0770%04d", 1+i%28, 1000+i), fmt.Sprintf("1970-07-%02d", 1+i%28), "") + "\n")
	}
	return s.String()
}

// cutOff ends a register with an error, without the means to put it back.
type cutOff struct {
	r io.Reader
	error
}

func (c cutOff) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err == io.EOF {
		err = c.error
	}
	return n, err
}

// An import that was cut off goes on where it was; one that is done does nothing.
func TestImportGoesOn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		all := many(2500)
		half := all[:len(all)/2] // in the middle of a line
		lost := errors.New("the network is gone")
		result, err := o.Import(t.Context(), "cpr", cutOff{strings.NewReader(half), lost})
		if !errors.Is(err, lost) || result.Lines < 1200 || o.count() < 1000 {
			t.Fatal(result, err, o.count())
		}
		done := o.count()
		result, err = o.Import(t.Context(), "cpr", cutOff{strings.NewReader(all), io.EOF})
		if err != nil || result.Lines != 2500 || result.Skipped != int64(done) || o.count() != 2500 {
			t.Fatal(result, err, o.count())
		}
		result, err = o.Import(t.Context(), "cpr", strings.NewReader(all))
		if err != nil || result != (registry.Result{Lines: 2500, Skipped: 2500}) {
			t.Fatal(result, err)
		}
	})
}

// A line that is wrong is named; those before it are stored, and when it is mended
// it is read.
func TestImportOfAWrongLine(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		good, bad := many(3), `{"type":"person","cpr":"0107701234","birthDate":"ukendt"}`
		_, err := o.Import(t.Context(), "cpr", strings.NewReader(good+bad+"\n"))
		wrong, told := errors.AsType[*registry.RecordError](err)
		if !told || wrong.Line != 4 || o.count() != 3 || strings.Contains(err.Error(), "0107701234") {
			t.Fatal(err, o.count())
		}
		result, err := o.Import(t.Context(), "cpr", strings.NewReader(good+person(adult, "1970-07-01", "")+"\n"))
		if err != nil || result.Skipped != 3 || o.count() != 4 {
			t.Fatal(result, err, o.count())
		}
	})
}

// A register that has changed since is read from its beginning.
func TestImportOfAChangedRegister(t *testing.T) {
	o := newOffice(t, testkit.SQLite(t))
	first, second := person(adult, "1970-07-01", ""), person(adult, "1970-07-01", `,"status":"DEAD"`)+"\n"+person("0207701234", "1970-07-02", "")
	for _, register := range []string{first, second} {
		if _, err := o.Import(t.Context(), "cpr", strings.NewReader(register)); err != nil {
			t.Fatal(err)
		}
	}
	if o.person(adult).Status != registry.Dead || o.count() != 2 {
		t.Error("the change was passed over")
	}
	stream := func(s string) io.Reader { return cutOff{strings.NewReader(s), io.EOF} }
	if _, err := o.Import(t.Context(), "cpr", stream(first)); errs.KindOf(err) != errs.KindConflict { // shorter than before
		t.Fatal(err)
	}
	if result, err := o.Import(t.Context(), "cpr", stream(first)); err != nil || result.Skipped != 0 {
		t.Fatal(result, err)
	}
}

func TestImportRefuses(t *testing.T) {
	o := newOffice(t, testkit.SQLite(t))
	for name, line := range map[string]string{
		"no JSON":                       "CPR;navn",
		"an unknown type":               `{"type":"hund"}`,
		"no CPR number":                 person("0000000000", "1970-07-01", ""),
		"no birth date":                 person(adult, "", ""),
		"an organisation's status":      person(adult, "1970-07-01", `,"status":"CLOSED"`),
		"an unknown registration":       person(adult, "1970-07-01", `,"registrationStatus":"MAYBE"`),
		"a status date that is none":    person(adult, "1970-07-01", `,"status":"DEAD","statusDate":"i går"`),
		"no CVR number":                 `{"type":"organisation","cvr":"12345678","name":"x"}`,
		"an authority without a kind":   `{"type":"authority","cvr":"10000009","name":"x"}`,
		"a company that is a state":     `{"type":"organisation","cvr":"10000009","name":"x","authorityType":"STATE"}`,
		"a dead company":                `{"type":"organisation","cvr":"10000009","name":"x","status":"DEAD"}`,
		"a contact point of nobody":     fmt.Sprintf(`{"type":"contactPoint","id":%q,"organisation":"10000009","name":"x"}`, post.NewUUID()),
		"a contact point without an id": `{"type":"contactPoint","organisation":"10000009","name":"x"}`,
		"a line without end":            `{"type":"person","name":"` + strings.Repeat("x", 2<<20),
	} {
		if _, err := o.Import(t.Context(), name, strings.NewReader(line)); err == nil {
			t.Errorf("%s was imported", name)
		}
	}
	if n := o.count(); n != 0 {
		t.Errorf("%d parties", n)
	}
}

// What a register says of a person later: only what changed counts as a change,
// and each time that follows from it begins and ends with it.
func TestUpdatesOfAPerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		say := func(more string) registry.Party {
			o.load(person(adult, "1970-07-01", more))
			return o.person(adult)
		}
		p := say("")
		if p.Registration != registry.Automatic || p.Registered.IsZero() || p.Version != 1 {
			t.Fatalf("%+v", p)
		}
		begun := p.Registered
		if p = say(""); p.Version != 1 || !p.Updated.Equal(begun) {
			t.Errorf("said again: %+v", p)
		}
		p = say(`,"registrationStatus":"EXEMPT_OTHER_REASON"`) // REG-02
		if p.PublicRegistration(o.clock.Now()) != registry.Exempt || p.ExemptFrom.IsZero() || !p.Registered.IsZero() || o.events(p.ID, audit.DigitalPostExempted) != 1 {
			t.Errorf("exempt: %+v", p)
		}
		from := p.ExemptFrom
		if p = say(`,"registrationStatus":"EXEMPT_LEFT_THE_COUNTRY","status":"EMIGRATED"`); !p.ExemptFrom.Equal(from) {
			t.Errorf("exempt for another reason: %+v", p)
		}
		if p = say(`,"address":{"city":"Ålhavn"}`); p.Registration != registry.ExemptLeft || p.Status != registry.Emigrated {
			t.Errorf("what is left out changes nothing: %+v", p)
		}
		p = say(`,"registrationStatus":"AUTOMATIC_REGISTRATION"`)
		if p.PublicRegistration(o.clock.Now()) != registry.Registered || !p.ExemptFrom.IsZero() || !p.ExemptTo.IsZero() || !p.Registered.After(from) || o.events(p.ID, audit.DigitalPostRegistered) != 1 {
			t.Errorf("withdrawn: %+v", p)
		}
		if p = say(`,"registrationStatus":"EXEMPT_OTHER_REASON"`); !p.ExemptFrom.After(from) {
			t.Errorf("exempt again: %+v", p)
		}
		p = say(`,"status":"DEAD","statusDate":"2026-11-20"`)
		if p.Refusal(o.clock.Now(), true) != registry.CodeClosed || !p.StatusSince.Equal(post.StartOfDay(2026, 11, 20)) || o.events(p.ID, audit.ContactCPRUpdated) != 2 {
			t.Errorf("dead: %+v", p)
		}
	})
}

// A register that still says "waiting" does not undo a registration that began
// with a log-in (facts 3.6).
func TestRegisterDoesNotUndoAConfirmation(t *testing.T) {
	o := newOffice(t, testkit.SQLite(t))
	line := person(adult, "1970-07-01", `,"registrationStatus":"UNCONFIRMED_REGISTRATION"`)
	o.load(line)
	p := o.person(adult)
	for range 2 {
		if err := o.db.Update(context.Background(), func(tx *db.Tx) error { return o.Confirm(tx, post.Actor{Party: p.ID}, p.ID) }); err != nil {
			t.Fatal(err)
		}
	}
	o.load(line)
	if p = o.person(adult); p.Registration != registry.Automatic || o.events(p.ID, audit.DigitalPostRegistered) != 1 {
		t.Errorf("%+v", p)
	}
}

// A company that the register says is new waits, and an authority does not. A log-in
// ends it, and the register does not begin it anew (facts 5.2).
func TestNewCompaniesWait(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		since := o.clock.Now().AddDate(0, 0, -3).Format(time.DateOnly)
		company := `{"type":"organisation","cvr":"10000009","name":"Ny ApS","status":"ACTIVE","statusDate":"` + since + `"}`
		o.load(company,
			`{"type":"organisation","cvr":"10000017","name":"Gammel ApS","status":"ACTIVE","statusDate":"2020-01-01"}`,
			`{"type":"organisation","cvr":"10000025","name":"Ukendt alder ApS"}`,
			`{"type":"authority","cvr":"10000033","name":"Ny Styrelse","authorityType":"STATE","status":"ACTIVE","statusDate":"`+since+`"}`)
		for cvr, want := range map[string]registry.Registration{"10000009": registry.Unconfirmed, "10000017": registry.Automatic, "10000025": registry.Automatic, "10000033": registry.Automatic} {
			if got := o.organisation(cvr).Registration; got != want {
				t.Errorf("%s: %s", cvr, got)
			}
		}
		p := o.organisation("10000009")
		if p.Refusal(o.clock.Now(), false) != registry.CodeNotRegistered || p.Refusal(o.clock.Now().AddDate(0, 0, 9), false) != "" {
			t.Error("the waiting period is not 12 days from the registration")
		}
		by := post.Actor{Party: 7, Organisation: p.ID}
		if err := o.db.Update(context.Background(), func(tx *db.Tx) error { return o.Confirm(tx, by, p.ID) }); err != nil {
			t.Fatal(err)
		}
		o.load(company)
		if p = o.organisation("10000009"); p.Registration != registry.Automatic || p.Refusal(o.clock.Now(), false) != "" || o.events(p.ID, audit.DigitalPostRegistered) != 1 {
			t.Errorf("after a log-in: %+v", p)
		}
	})
}

func TestEmployed(t *testing.T) { // SYS-09
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		const company = `{"type":"organisation","cvr":"10000009","name":"Firma ApS"`
		member := func(more string) string {
			return `{"type":"member","organisation":"10000009","cpr":"` + adult + `"` + more + `}`
		}
		o.load(person(adult, "1970-07-01", ""), company+"}")
		for _, step := range []struct {
			line string
			want bool
		}{
			{member(`,"signs":true`), false},
			{member(`,"number":"1","employed":true`), true},
			{member(`,"number":"1"`), false},
			{member(`,"number":"1","employed":true,"signs":true`), true},
			{company + `,"status":"CLOSED"}`, false},
			{company + `,"status":"ACTIVE"}`, true},
			{person(adult, "1970-07-01", `,"status":"DEAD"`), false},
		} {
			o.load(step.line)
			var got bool
			err := o.db.Read(t.Context(), func(tx *db.Tx) (err error) {
				got, err = o.Employed(tx, o.organisation("10000009").ID, o.person(adult).ID)
				return err
			})
			if err != nil || got != step.want {
				t.Errorf("%s: %v %v", strings.ReplaceAll(step.line, adult, "…"), got, err)
			}
		}
	})
}

// In one go: a party named twice, and contact points of an organisation that
// another may not take.
func TestSaveTogether(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		o.load(person(adult, "1970-07-01", ""), person(child, "2015-07-01", ""), person(adult[:6]+"-"+adult[6:], "1970-07-01", `,"status":"MISSING"`))
		if p := o.person(adult); o.count() != 2 || p.Status != registry.Missing || p.Version != 1 {
			t.Errorf("%d parties, %+v", o.count(), p)
		}
		if p := o.person(child); p.Registration != registry.Awaiting { // SND-05
			t.Errorf("%+v", p)
		}
		group := post.NewUUID()
		o.load(`{"type":"authority","cvr":"10000009","name":"Ålhavn Kommune","authorityType":"MUNICIPALITY"}`,
			fmt.Sprintf(`{"type":"contactGroup","id":%q,"organisation":"10000009","name":"Borger","targets":["CITIZEN"]}`, group),
			fmt.Sprintf(`{"type":"contactPoint","id":%q,"organisation":"10000009","group":%q,"name":"Pas"}`, post.NewUUID(), group))
	})
}

// Every line is a change each time.
func BenchmarkImport(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			o := newOffice(b, open(b))
			lines, n := many(9000), 0
			for b.Loop() {
				n++
				o.load(strings.ReplaceAll(lines, "Holm", fmt.Sprint("Holm ", n)))
			}
			b.ReportMetric(9000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
