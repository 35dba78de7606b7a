package company_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/company"
	"digitalpost/internal/db"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
)

func (f *firm) export(by post.Actor, units ...post.UUID) [][]string {
	f.T.Helper()
	var out bytes.Buffer
	if err := f.Companies.Export(f.T.Context(), by, units, &out); err != nil {
		f.T.Fatal(err)
	}
	text, marked := strings.CutPrefix(out.String(), "\ufeff")
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || !marked {
		f.T.Fatal(err)
	}
	return rows
}

func (f *firm) list(lines ...string) []byte {
	head := "Medarbejdernummer;Enhedens CVR-nummer;Rettighed;Første dag;Sidste dag\r\n"
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(l, "CVR", f.Number(f.company))
	}
	return []byte(head + strings.Join(lines, "\r\n"))
}

func (f *firm) imported(by post.Actor, raw []byte, whole bool) (post.UUID, company.Plan) {
	f.T.Helper()
	id, err := f.Companies.Import(f.T.Context(), by, raw, whole)
	if err != nil {
		f.T.Fatal(err)
	}
	plan, err := f.Companies.Draft(f.T.Context(), by, id)
	if err != nil {
		f.T.Fatal(err)
	}
	return id, plan
}

// A list is shown before it is done, with an error for each line, and done whole or
// not at all (ORG-01).
func TestList(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		ctx := t.Context()
		f.must(f.signs(), f.anna, give(access.Administrator))
		by := f.at(f.anna)

		_, plan := f.imported(by, f.list("1002;CVR;Læseadgang;;", "", "1099;CVR;Læseadgang;;", "1003;12345678;Læseadgang;;", "1003;CVR;Ejer;;", "1003;CVR;læse- og skriveadgang;;31.12.20x6",
			"1003;CVR;Læseadgang;;2020-01-01", "1002;CVR;MESSAGE;;", "1002;CVR;employee.basic;;"), false)
		var problems []string
		for _, p := range plan.Problems {
			problems = append(problems, string(rune('0'+p.Line))+" "+p.Code)
		}
		if want := []string{"4 " + company.CodeNobody, "5 " + company.CodeCVR, "6 " + company.CodeRight, "7 " + company.CodeDate, "8 " + company.CodeDays, "9 " + company.CodeRight, ": " + company.CodeTwice}; !slices.Equal(problems, want) {
			t.Errorf("%q", problems)
		}
		id, plan := f.imported(by, f.list("1002;CVR;Læseadgang;;", "1099;CVR;Læseadgang;;"), false)
		_, err := f.Companies.Apply(ctx, by, id, plan.Digest)
		code(t, "with a wrong line", err, company.CodeProblems)
		if f.sees(f.bo, f.company) {
			t.Fatal("half of the list was done")
		}

		last := post.Today(f.Clock.Now()).AddDate(0, 1, 0)
		id, plan = f.imported(by, f.list("1002;CVR;Læseadgang;;", "1003;CVR;Læse- og skriveadgang;;"+last.Format("02.01.2006"), "1001;CVR;Rettighedsadministrator;;"), false)
		if plan.Count(company.Give) != 2 || plan.Same != 1 || plan.Steps[0].Name != "Bo Prøvesen" || !plan.Steps[1].LastDay().Equal(last) || f.sees(f.bo, f.company) {
			t.Fatalf("%+v", plan)
		}
		_, err = f.Companies.Draft(ctx, f.at(f.bo), id)
		code(t, "another's draft", err, company.ErrNoDraft.Code)
		f.must(by, f.bo, give(access.EmployeeBasic)) // somebody does a part of it meanwhile
		_, err = f.Companies.Apply(ctx, by, id, plan.Digest)
		code(t, "what was shown is no longer so", err, company.CodeStale)
		if plan, err = f.Companies.Draft(ctx, by, id); err != nil || plan.Count(company.Give) != 1 {
			t.Fatal(err, plan)
		}
		if _, err = f.Companies.Apply(ctx, by, id, plan.Digest); err != nil {
			t.Fatal(err)
		}
		if !f.sees(f.cecile, f.company) {
			t.Error("it was not done")
		}
		_, err = f.Companies.Apply(ctx, by, id, plan.Digest)
		code(t, "twice", err, company.ErrNoDraft.Code)

		// What is written out says the same when it is read.
		rows := f.export(by, f.company.UUID)
		if len(rows) != 1+5 || rows[0][0] != "Medarbejdernummer" || rows[5][1] != "Cecilie Prøvesen" || rows[5][7] != last.Format(time.DateOnly) {
			t.Fatalf("%q", rows)
		}
		var out bytes.Buffer
		if err := f.Companies.Export(ctx, by, []post.UUID{f.company.UUID}, &out); err != nil {
			t.Fatal(err)
		}
		if _, plan = f.imported(by, out.Bytes(), true); len(plan.Steps) != 0 || plan.Same != 5 || len(plan.Problems) != 0 {
			t.Errorf("%+v", plan)
		}
		// The whole list: what is not in it ends.
		id, plan = f.imported(by, f.list("1001;CVR;Rettighedsadministrator;;"), true)
		if plan.Count(company.End) != 4 || plan.Same != 1 {
			t.Errorf("%+v", plan)
		}
		if _, err = f.Companies.Apply(ctx, by, id, plan.Digest); err != nil || f.sees(f.bo, f.company) {
			t.Error(err)
		}
		id, plan = f.imported(by, f.list("1002;CVR;Læseadgang;;"), true)
		_, err = f.Companies.Apply(ctx, by, id, plan.Digest)
		code(t, "the list leaves out the last administrator", err, company.CodeLast)
		f.Clock.Advance(25 * time.Hour)
		_, err = f.Companies.Draft(ctx, by, id)
		code(t, "a day later", err, company.ErrNoDraft.Code)
	})
}

// A list in the letters of Windows is read, and one that is no list is refused.
func TestListOfAnotherKind(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		cvr := f.Number(f.company)
		windows := []byte("Medarbejdernummer,Enhedens CVR-nummer,Rettighed,Sidste dag\n1002," + cvr + ",L\xe6seadgang,1/12/2027\n")
		if _, plan := f.imported(f.signs(), windows, false); len(plan.Problems) != 0 || plan.Count(company.Give) != 1 {
			t.Errorf("%+v", plan)
		}
		for text, want := range map[string]string{
			"":                                     company.CodeEmpty,
			"Medarbejdernummer;Rettighed\n1;2\n":   company.CodeHeading,
			string(f.list()):                       company.CodeEmpty,
			string(f.list("\n\n;;;\n")):            company.CodeEmpty,
			strings.Repeat("x", company.MaxList+1): company.CodeTooMany,
		} {
			_, err := f.Companies.Import(t.Context(), f.signs(), []byte(text), false)
			code(t, text[:min(len(text), 40)], err, want)
		}
		_, err := f.Companies.Import(t.Context(), f.at(f.bo), f.list("1002;CVR;Læseadgang;;"), false)
		code(t, "who administers nothing", err, access.CodeNotFound)
	})
}

// A name that looks like a formula is none in the spreadsheet that opens the list.
func TestExportIsNoFormula(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, d *db.DB) {
		f := start(t, d)
		evil := f.Person("=HYPERLINK(1)", 30, nil)
		f.Member(f.company, evil, func(r *registry.Record) { r.Number = "@2" })
		f.Give(rights.Right{Mailbox: f.company.ID, Holder: evil.ID, Organisation: f.company.ID, Relation: access.EmployeeBasic})
		rows := f.export(f.signs(), f.company.UUID)
		if len(rows) != 2 || rows[1][0] != "'@2" || !strings.HasPrefix(rows[1][1], "'=") {
			t.Fatalf("%q", rows)
		}
		var out bytes.Buffer
		if err := f.Companies.Export(t.Context(), f.signs(), []post.UUID{f.company.UUID}, &out); err != nil {
			t.Fatal(err)
		}
		if _, plan := f.imported(f.signs(), out.Bytes(), false); plan.Same != 1 || len(plan.Problems) != 0 {
			t.Errorf("%+v", plan)
		}
	})
}
