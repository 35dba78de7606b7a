package population_test

import (
	"strings"
	"testing"

	"digitalpost/internal/access"
	"digitalpost/internal/population"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// The cast has somebody for each way to a company's post (SYS-09, ORG-01, ORG-03,
// ORG-08, SYS-11).
func TestCastAtWork(t *testing.T) {
	organisations := map[string]registry.Record{}
	for _, m := range population.Cast() {
		if m.Record.Type != "person" {
			organisations[m.Record.CVR] = m.Record
		}
	}
	may := map[string]map[access.Relation]int{}
	signs, works := map[string]int{}, map[string]int{}
	numbers := map[string]bool{}
	for _, e := range population.CastEmployees() {
		if organisations[e.Record.Organisation].Name != e.Organisation {
			t.Errorf("%s works in %s, which is not in the cast", e.Name, e.Organisation)
		}
		if may[e.Organisation] == nil {
			may[e.Organisation] = map[access.Relation]int{}
		}
		if e.Record.Signs {
			signs[e.Organisation]++
		}
		if e.Record.Employed {
			works[e.Organisation]++
			key := e.Record.Organisation + "/" + e.Record.Number
			if numbers[key] || e.Record.Number == "" || !strings.HasSuffix(e.Record.Email, ".example") {
				t.Errorf("%s has the number %q and the e-mail address %s", e.Name, e.Record.Number, e.Record.Email)
			}
			numbers[key] = true
		} else if len(e.May) > 0 {
			t.Errorf("%s has rights and no log-in for %s", e.Name, e.Organisation)
		}
		for _, m := range e.May {
			if _, known := organisations[m.CVR]; !known && m.CVR != "" {
				t.Errorf("%s has a right to nobody's mailbox", e.Name)
			}
			may[e.Organisation][m.Relation]++
		}
	}
	if has := may[population.Energy]; has[access.Administrator] == 0 || has[access.EmployeeWrite] == 0 || has[access.EmployeeAdvanced] == 0 || has[access.EmployeeBasic] == 0 || works[population.Energy] < 5 {
		t.Error("the large company:", has)
	}
	if works[population.OnePerson] != 0 || signs[population.OnePerson] != 1 {
		t.Error("the one-person company")
	}
	if signs[population.Carpenters] != 1 || may[population.Carpenters][access.Administrator] != 0 || works[population.Carpenters] < 2 {
		t.Error("the company whose signatory is administrator")
	}
	if signs[population.RowingClub] == 0 || organisations[nameless(organisations, population.RowingClub)].Kind != population.KindAssociation {
		t.Error("the association")
	}
	if may[population.HomeCounter][access.CitizenService] < 2 || may[population.Operator][access.SystemManager] == 0 || may[population.Operator][access.Support] == 0 {
		t.Error("staff")
	}
	if organisations[nameless(organisations, population.NewCompany)].RegistrationStatus != registry.Unconfirmed || organisations[nameless(organisations, population.Ceased)].Status != registry.Closed {
		t.Error("a new company, and one that has ceased")
	}
}

func nameless(all map[string]registry.Record, name string) string {
	for cvr, r := range all {
		if r.Name == name {
			return cvr
		}
	}
	return ""
}

// Companies have somebody who signs for them, most of them, and employees; nobody
// is employed who is a child or dead.
func TestNationAtWork(t *testing.T) {
	o := population.Options{Persons: 20_000, Organisations: 2_000, Seed: 3}
	all := records(t, generate(t, o))
	persons, open := map[string]registry.Record{}, map[string]bool{}
	employees, signs := map[string]int{}, map[string]int{}
	for _, r := range all {
		switch r.Type {
		case "person":
			persons[r.CPR] = r
		case "organisation":
			open[r.CVR] = r.Status == registry.Active
		case "member":
			p, known := persons[r.CPR]
			if !known || p.Status != registry.Alive || p.RegistrationStatus == registry.Awaiting || !open[r.Organisation] {
				t.Fatalf("%+v works at %s", p, r.Organisation)
			}
			if r.Employed {
				employees[r.Organisation]++
			}
			if r.Signs {
				signs[r.Organisation]++
			}
			if !r.Employed && !r.Signs {
				t.Error("somebody is a member for nothing")
			}
		}
	}
	most, jobs := 0, 0
	for _, n := range employees {
		most, jobs = max(most, n), jobs+n
	}
	if companies := len(open); len(signs) < companies*80/100 || len(signs) > companies*95/100 {
		t.Errorf("%d of %d have a lone signatory", len(signs), companies)
	}
	if jobs < o.Persons*30/100 || jobs > o.Persons*60/100 || most < 100 {
		t.Errorf("%d jobs, at most %d in one company", jobs, most)
	}
}

// For measuring: one company with very many employees, and a concern with very many
// companies that one signs for. The rest of the nation stays as it is.
func TestLargeCompanies(t *testing.T) {
	o := population.Options{Persons: 4_000, Organisations: 100, Seed: 3}
	plain := records(t, generate(t, o))
	o.Employees, o.Units = 2_000, 900
	all := records(t, generate(t, o))
	large, concern := population.LargeCompany(o), population.Concern(o)
	if len(concern) != 900 {
		t.Fatal(len(concern), "units")
	}
	seen := map[string]bool{large: true}
	for _, cvr := range concern {
		if _, err := post.ParseCVR(cvr); err != nil || seen[cvr] {
			t.Fatal(cvr, err)
		}
		seen[cvr] = true
	}
	employees, numbers, signs := 0, map[string]bool{}, map[string]bool{}
	var others []registry.Record
	for _, r := range all {
		switch {
		case r.Type == "member" && r.Organisation == large:
			employees++
			numbers[r.Number] = true
		case r.Type == "member" && seen[r.Organisation]:
			if r.Signs {
				signs[r.Organisation] = true
			}
		case r.Type == "organisation" && seen[r.CVR]:
		default:
			others = append(others, r)
		}
	}
	if employees != 2_000 || len(numbers) != 2_000 || len(signs) != 900 {
		t.Error(employees, "employees,", len(numbers), "numbers,", len(signs), "units with a signatory")
	}
	if len(others) != len(plain) {
		t.Error("the rest of the nation is another one")
	}
}
