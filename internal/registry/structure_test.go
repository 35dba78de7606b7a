package registry_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/population"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
	"digitalpost/internal/testkit/world"
)

// nation has the cast and all authorities of the nation.
func nation(t testing.TB, d *db.DB) *office {
	t.Helper()
	o := newOffice(t, d)
	for source, write := range map[string]func(io.Writer) error{
		"cast":   population.WriteCast,
		"nation": func(w io.Writer) error { return population.Generate(w, population.Options{}) },
	} {
		var lines bytes.Buffer
		if err := write(&lines); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Import(t.Context(), source, &lines); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// update runs fn in a transaction that must succeed.
func (o *office) update(fn func(tx *db.Tx) error) {
	o.t.Helper()
	if err := o.db.Update(o.t.Context(), fn); err != nil {
		o.t.Fatal(err)
	}
}

func find(t testing.TB, o *office, text string) (names []string) {
	t.Helper()
	o.update(func(tx *db.Tx) error {
		all, err := o.FindAuthorities(tx, text, 5)
		for _, f := range all {
			names = append(names, f.Name)
		}
		return err
	})
	return names
}

func authority(t testing.TB, o *office, name string) registry.Party {
	t.Helper()
	var p registry.Party
	o.update(func(tx *db.Tx) error {
		all, err := o.FindAuthorities(tx, name, 1)
		if err == nil && len(all) == 1 && all[0].Name == name {
			p = all[0].Party
		}
		return err
	})
	if p.ID == 0 {
		t.Fatalf("%s is not found", name)
	}
	return p
}

// MBX-03, SYS-13: the authority is found by what one types, the best first.
func TestFindAuthorities(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := nation(t, d)
		for typed, want := range map[string]string{
			"skat":             "Skattestyrelsen", // by name, before those with a term
			"ÅLHAVN kom":       "Ålhavn Kommune",
			"aalhavn kommune":  "Ålhavn Kommune",
			"alhavn komm":      "Ålhavn Kommune",
			"kommune ålhavn":   "Ålhavn Kommune", // words in another order
			"  ålhavn,kommune": "Ålhavn Kommune",
			"Ærø":              "Ærø Kommune",
			"aeroe":            "Ærø Kommune",
			"københavns":       "Københavns Kommune",
			"KOEBENHAVNS":      "Københavns Kommune",
			"lyngby-taarbæk":   "Lyngby-Taarbæk Kommune",
			"østkyst":          "Region Østkyst", // a later word of the name
			"udk":              "Udbetaling Danmark",
			"bilsyn":           "Færdselsstyrelsen",
			"digital post":     "Styrelsen for Digital Post",
			"sygehus":          "Region Østkyst", // a search term
			"hjælp og sup":     "Styrelsen for Digital Post",
			"barselsdag":       "Udbetaling Danmark",
		} {
			if got := find(t, o, typed); len(got) == 0 || got[0] != want {
				t.Errorf("%q finds %v, want %s first", typed, got, want)
			}
		}
		for _, typed := range []string{"", " ", "-", "xyz", "ålhavn region", "partshøring", "holm & ørum"} {
			if got := find(t, o, typed); len(got) > 0 {
				t.Errorf("%q finds %v", typed, got)
			}
		}
		if got := fmt.Sprint(find(t, o, "kommune")); got != "[Albertslund Kommune Allerød Kommune Assens Kommune Ballerup Kommune Billund Kommune]" {
			t.Errorf("in another order: %s", got) // Aabenraa is at the end, as Å
		}
	})
}

// What an authority is found by changes in the same moment as it does.
func TestFoundAsItIsNow(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := newOffice(t, d)
		point := post.NewUUID()
		const town = `{"type":"authority","cvr":"10000009","name":%q,"authorityType":"MUNICIPALITY","aliases":[%q],"status":%q}`
		const place = `{"type":"contactPoint","id":%q,"organisation":"10000009","name":%q,"visible":%v,"searchTerms":[{"term":%q}]}`
		check := func(found, not string) {
			t.Helper()
			for text := range strings.FieldsSeq(found) {
				if len(find(t, o, text)) != 1 {
					t.Errorf("%q finds nothing", text)
				}
			}
			for text := range strings.FieldsSeq(not) {
				if got := find(t, o, text); len(got) > 0 {
					t.Errorf("%q finds %v", text, got)
				}
			}
		}
		o.load(fmt.Sprintf(town, "Gamleby", "Kilden", "ACTIVE"), fmt.Sprintf(place, point, "Have", true, "rose"))
		check("gamleby kilden have rose", "nyby")
		o.load(fmt.Sprintf(town, "Nyby", "Bækken", "ACTIVE"), fmt.Sprintf(place, point, "Park", true, "tulipan"))
		check("nyby bækken park tulipan", "gamleby kilden have rose")
		o.load(fmt.Sprintf(place, point, "Park", false, "tulipan"))
		check("nyby", "park tulipan")
		o.load(fmt.Sprintf(town, "Nyby", "Bækken", "CLOSED"))
		check("", "nyby bækken")

		o.update(func(tx *db.Tx) error {
			p, err := o.ContactPoint(tx, point)
			if err == nil && (p.Version != 3 || p.Name != "Park" || p.Visible) {
				t.Errorf("%+v", p)
			}
			return err
		})
	})
}

// MBX-03: the structure that people and companies choose in, with limits (facts
// 2.1) and questions.
func TestStructure(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		o := nation(t, d)
		town := authority(t, o, "Ålhavn Kommune")
		read := func(p registry.Party, target registry.Target) (all []registry.ContactGroup) {
			o.update(func(tx *db.Tx) (err error) { all, err = o.Structure(tx, p.ID, target); return err })
			return all
		}
		groups := read(town, registry.ToCitizens)
		var names []string
		for _, p := range groups[0].Points {
			names = append(names, p.Name)
		}
		if len(groups) != 1 || groups[0].Name != "Borger" || strings.Join(names, ", ") != "Borgerservice, Byggesag, Dagtilbud og skole, Sundhed og ældre" {
			t.Fatalf("%v %v", groups, names)
		}
		ordinary, building, school := groups[0].Points[0], groups[0].Points[1], groups[0].Points[2]
		if got := ordinary.Limit(registry.ToCitizens); got != registry.StandardLimit(registry.ToCitizens) || got != (registry.Limit{Bytes: 10_000_000, Files: 10}) {
			t.Errorf("usual limit: %v", got)
		}
		if got := building.Limit(registry.ToCitizens); got != (registry.Limit{Bytes: 60_000_000, Files: 10}) {
			t.Errorf("limit: %v", got)
		}
		if got := building.Limit(registry.ToCompanies); got.Bytes != 40_000_000 {
			t.Errorf("limit for companies: %v", got)
		}
		if len(building.Questions) != 2 || !building.Questions[0].Required || building.Questions[1].Required || school.Questions[0].Description == "" || building.Codes[0].Code != "02.34.00" {
			t.Errorf("questions: %+v", building)
		}
		if got := read(town, registry.ToCompanies); len(got) != 1 || got[0].Name != "Virksomhed" || len(got[0].Points) != 1 {
			t.Errorf("for companies: %v", got)
		}
		if got := read(authority(t, o, population.Operator), registry.ToAuthorities); len(got) != 1 { // for everybody
			t.Errorf("support: %v", got)
		}
		for kind, want := range map[registry.Authority]int{registry.State: 5, registry.Region: 7, registry.Municipality: 101, registry.Other: 5} {
			o.update(func(tx *db.Tx) error {
				all, err := o.Authorities(tx, kind)
				if kind != registry.State && len(all) != want || len(all) < want {
					t.Errorf("%d authorities are %s, want %d", len(all), kind, want)
				}
				return err
			})
		}
	})
}

// A letter goes to the contact point's system, else the default, else one is told
// before one writes.
func TestAddressee(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		w := world.New(t, d)
		town, other, company, anna := w.Authority("Ålhavn Kommune"), w.Authority("Fjordby Kommune"), w.Company("Holm ApS"), w.Person("Anna", 40, nil)
		own, plain, off, foreign := post.NewUUID(), post.NewUUID(), post.NewUUID(), post.NewUUID()
		var lines strings.Builder
		point := func(id post.UUID, of registry.Party, active bool) {
			fmt.Fprintf(&lines, `{"type":"contactPoint","id":%q,"organisation":%q,"name":"x","active":%v,"memoSizeThresholdMB":20,"allowedNumberOfAttachments":3}`+"\n", id, w.Number(of), active)
		}
		point(own, town, true)
		point(plain, town, true)
		point(off, town, false)
		point(foreign, other, true)
		if _, err := w.Registry.Import(t.Context(), "points", strings.NewReader(lines.String())); err != nil {
			t.Fatal(err)
		}
		standard := w.Recipient(town)
		special := w.System(town, registry.System{Receives: true})
		sends, others := w.Sender(town), w.Recipient(company)
		w.Update(func(tx *db.Tx) error {
			for system, code := range map[post.SystemID]string{sends.ID: "contact.point.system.not.allowed", others.ID: "contact.point.system.not.allowed"} {
				if err := w.Registry.Connect(tx, post.Program, own, system); errs.CodeOf(err) != code {
					t.Errorf("connect: %v", err)
				}
			}
			return w.Registry.Connect(tx, post.Program, own, special.ID)
		})
		to := func(p registry.Party, point post.UUID) (a registry.Addressee, err error) {
			err = w.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
				a, err = w.Registry.Addressee(tx, anna.Target(), p.UUID, point)
				return err
			})
			return a, err
		}
		check := func(name string, p registry.Party, point post.UUID, system post.SystemID, code string) {
			t.Helper()
			if a, err := to(p, point); errs.CodeOf(err) != code || a.System.ID != system {
				t.Errorf("%s: system %d, %v; want %d, %q", name, a.System.ID, err, system, code)
			}
		}
		nowhere := post.UUID{}
		check("the authority as a whole", town, nowhere, standard.ID, "")
		check("a point without a system", town, plain, standard.ID, "")
		check("a point with one", town, own, special.ID, "")
		check("a point that takes nothing", town, off, 0, registry.CodePointUnknown)
		check("another authority's point", town, foreign, 0, registry.CodePointUnknown)
		check("no such point", town, post.NewUUID(), 0, registry.CodePointUnknown)
		check("an authority without a system", other, foreign, 0, registry.CodeUnreachable)
		check("a company", company, nowhere, 0, registry.CodeNotAuthority) // facts 2.6
		check("a person", anna, nowhere, 0, registry.CodeNotAuthority)
		if a, err := to(town, own); err != nil || a.Limit != (registry.Limit{Bytes: 20_000_000, Files: 3}) {
			t.Errorf("%v %v", a.Limit, err)
		}
		w.Update(func(tx *db.Tx) error { return w.Registry.SwitchOff(tx, special.ID) })
		check("a point whose system is off", town, own, standard.ID, "")
		w.Update(func(tx *db.Tx) error { return w.Registry.SwitchOff(tx, standard.ID) })
		check("all are off", town, own, 0, registry.CodeUnreachable)
	})
}

func BenchmarkFindAuthorities(b *testing.B) {
	o := nation(b, testkit.SQLite(b))
	for _, text := range []string{"ålhavn", "kommune", "kommune å", "b", "klage", "borgerservice i"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				err := o.db.Read(b.Context(), func(tx *db.Tx) error {
					_, err := o.FindAuthorities(tx, text, 10)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
