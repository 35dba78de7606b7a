package population_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/population"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

func generate(t testing.TB, o population.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := population.Generate(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func records(t testing.TB, lines []byte) []registry.Record {
	t.Helper()
	var all []registry.Record
	in := bufio.NewScanner(bytes.NewReader(lines))
	for in.Scan() {
		var r registry.Record
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func ofType(all []registry.Record, kind string) []registry.Record {
	return slices.DeleteFunc(slices.Clone(all), func(r registry.Record) bool { return r.Type != kind })
}

func TestSameOptionsGiveTheSameNation(t *testing.T) {
	o := population.Options{Persons: 500, Organisations: 100, Seed: 7}
	first := generate(t, o)
	if !bytes.Equal(first, generate(t, o)) {
		t.Error("two runs differ")
	}
	o.Seed++
	if bytes.Equal(first, generate(t, o)) {
		t.Error("another seed gives the same nation")
	}
	// Whoever changes what is generated changes every stored nation: people lose
	// the numbers that scripts know. Do it knowingly.
	sum := sha256.Sum256(first)
	if got, want := hex.EncodeToString(sum[:8]), "5aac407852b36797"; got != want {
		t.Errorf("the nation has changed: its hash is %s, was %s", got, want)
	}
}

func TestPersonsDoNotDependOnOrganisations(t *testing.T) {
	few := ofType(records(t, generate(t, population.Options{Persons: 50, Seed: 1})), "person")
	many := ofType(records(t, generate(t, population.Options{Persons: 50, Organisations: 500, Seed: 1})), "person")
	for i := range few {
		if few[i].CPR != many[i].CPR {
			t.Fatal("a person has another number")
		}
	}
}

// fits tells whether digits fit modulus 11 with these weights.
func fits(digits string, weights ...int) bool {
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return sum%11 == 0
}

func TestNumbersAreNobodys(t *testing.T) {
	o := population.Options{Persons: 20_000, Organisations: 5_000, Seed: 3}
	all := records(t, generate(t, o))
	for _, m := range population.Cast() {
		all = append(all, m.Record)
	}
	seen := map[string]bool{}
	for _, r := range all {
		switch r.Type {
		case "person":
			cpr, err := post.ParseCPR(r.CPR)
			if err != nil {
				t.Fatal(err)
			}
			born := cpr.BirthDate()
			if got := born.Format(time.DateOnly); got != r.BirthDate {
				t.Errorf("the number tells %s, the record %s", got, r.BirthDate)
			}
			if born.YearDay() == 1 {
				t.Error("somebody is born on 1 January, when real numbers fail modulus 11 too")
			}
			if fits(r.CPR, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1) {
				t.Error("a CPR number fits modulus 11: it may be a real person's")
			}
			if seen[r.CPR] {
				t.Error("two have one number")
			}
			seen[r.CPR] = true
		case "organisation", "authority":
			if _, err := post.ParseCVR(r.CVR); err != nil {
				t.Fatal(err)
			}
			if r.CVR < "50000000" {
				t.Error("a CVR number is among those given out")
			}
			if seen[r.CVR] {
				t.Error("two have one number")
			}
			seen[r.CVR] = true
		}
	}
}

func TestPeopleArePlausible(t *testing.T) {
	const n = 20_000
	people := ofType(records(t, generate(t, population.Options{Persons: n, Seed: 3})), "person")
	if len(people) != n {
		t.Fatalf("%d persons", len(people))
	}
	count := map[string]int{}
	lastNames := map[string]int{}
	for _, p := range people {
		born, err := time.Parse(time.DateOnly, p.BirthDate)
		if err != nil {
			t.Fatal(err)
		}
		age := population.Reference.Year() - born.Year()
		if born.AddDate(age, 0, 0).After(population.Reference) {
			age--
		}
		child := age < registry.AgeOfPost
		if age < 0 || age > 101 {
			t.Errorf("an age of %d", age)
		}
		if child != (p.RegistrationStatus == registry.Awaiting) {
			t.Errorf("at %d years: %s", age, p.RegistrationStatus) // REG-01
		}
		if p.FirstName == "" || p.LastName == "" || !bytes.Contains(p.Address, []byte(`"zipCode"`)) {
			t.Error("somebody has no name or home")
		}
		if p.StatusDate != "" && (p.StatusDate < p.BirthDate || p.StatusDate > population.Reference.Format(time.DateOnly)) {
			t.Error("a status from before the birth or after the reference day")
		}
		lastNames[p.LastName]++
		for what, is := range map[string]bool{
			"children": child, "adults": age >= 18, "over 65": age >= 65, "over 90": age >= 90,
			"women": (p.CPR[9]-'0')%2 == 0, "dead": p.Status == registry.Dead, "emigrated": p.Status == registry.Emigrated,
			"exempt": p.RegistrationStatus == registry.ExemptOther, "protected": p.Protected, "in their twenties": age >= 20 && age < 30,
		} {
			if is {
				count[what]++
			}
		}
	}
	for _, c := range []struct {
		what       string
		least, max float64 // of all, in per cent
	}{
		{"children", 13, 19}, {"adults", 77, 84}, {"over 65", 18, 26}, {"over 90", 0.7, 2.5}, {"in their twenties", 11, 15},
		{"women", 48, 53}, {"dead", 0.6, 1.6}, {"emigrated", 0.5, 1.5}, {"exempt", 3, 5.5}, {"protected", 1.5, 2.5},
	} {
		if share := 100 * float64(count[c.what]) / n; share < c.least || share > c.max {
			t.Errorf("%s: %.1f %%, expected %.1f to %.1f", c.what, share, c.least, c.max)
		}
	}
	if most := lastNames["Nielsen"]; most < n/50 || most > n/10 {
		t.Errorf("%d of %d are called Nielsen", most, n)
	}
}

func TestAuthorities(t *testing.T) { // SYS-13
	all := records(t, generate(t, population.Options{}))
	kinds := map[registry.Authority]int{}
	names := map[string]bool{}
	for _, a := range ofType(all, "authority") {
		kinds[a.AuthorityType]++
		if names[a.Name] {
			t.Errorf("%s is there twice", a.Name)
		}
		names[a.Name] = true
		if !a.MandatoryPostAllowed {
			t.Errorf("%s may not send mandatory post", a.Name)
		}
		points := 0
		for _, p := range ofType(all, "contactPoint") {
			if p.Organisation == a.CVR {
				points++
			}
		}
		if points < 2 || points > 5 {
			t.Errorf("%s has %d contact points", a.Name, points)
		}
		if legal := a.Name == "Danmarks Domstole" || a.Name == "Rigspolitiet"; legal && !a.LegalNotificationAllowed {
			t.Errorf("%s may not serve legal documents", a.Name)
		}
	}
	if kinds[registry.Municipality] != 98 || kinds[registry.Region] != 5 || kinds[registry.State] < 15 {
		t.Errorf("authorities: %v", kinds)
	}
	for _, m := range population.Cast() {
		if names[m.Record.Name] {
			t.Errorf("%s of the cast is in the nation too", m.Record.Name)
		}
	}
}

func TestCast(t *testing.T) {
	standing := map[string]int{}
	for _, m := range population.Cast() {
		if m.Record.Type == "person" {
			standing[m.Status]++
			cpr, err := post.ParseCPR(m.Record.CPR)
			if err != nil {
				t.Fatal(err)
			}
			born := cpr.BirthDate()
			if born.AddDate(m.Age, 0, 0).After(population.Reference) || !born.AddDate(m.Age+1, 0, 0).After(population.Reference) {
				t.Errorf("%s is not %d", m.Record.FirstName, m.Age)
			}
		}
	}
	if standing[population.StatusRegistered] < 5 || standing[population.StatusExempt] < 1 || standing[population.StatusDead] < 1 || standing[population.StatusChild] < 1 {
		t.Errorf("the cast: %v", standing)
	}
}

func TestRegistryReadsTheNation(t *testing.T) {
	d := testkit.SQLite(t)
	ring, err := keys.Open(t.Context(), d, t.TempDir()+"/master.key")
	if err != nil {
		t.Fatal(err)
	}
	reg := registry.New(d, ring)
	o := population.Options{Persons: 300, Organisations: 50, Seed: 1}
	var cast bytes.Buffer
	if err := population.WriteCast(&cast); err != nil {
		t.Fatal(err)
	}
	for source, lines := range map[string]io.Reader{"cast": &cast, "nation": bytes.NewReader(generate(t, o))} {
		if _, err := reg.Import(t.Context(), source, lines); err != nil {
			t.Fatal(err)
		}
	}
	receives := map[string]bool{}
	for cpr := range population.CPRs(o) {
		receives[cpr] = true
	}
	people := ofType(records(t, generate(t, o)), "person")
	for _, m := range population.Cast() {
		if m.Record.Type == "person" {
			people = append(people, m.Record)
			receives[m.Record.CPR] = m.Status == population.StatusRegistered
		}
	}
	err = d.Read(t.Context(), func(tx *db.Tx) error {
		for _, record := range people {
			cpr, err := post.ParseCPR(record.CPR)
			if err != nil {
				return err
			}
			p, err := reg.PersonByCPR(tx, cpr)
			if err != nil {
				return err
			}
			if refusal := p.Refusal(population.Reference, false); (refusal == "") != receives[record.CPR] {
				t.Errorf("%s: the registry says %q", p.Name, refusal)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(generate(t, o)), `"memoSizeThresholdMB":10`) {
		t.Error("contact points have no limits")
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if err := population.Generate(io.Discard, population.Options{Persons: 10_000, Organisations: 1_000, Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
