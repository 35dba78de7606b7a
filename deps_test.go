package digitalpost_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the house (docs/architecture.md): a package imports packages of
// lower floors, and of its own floor only what beside says.
var floors = map[string]int{
	"memo": 0, // public and pure

	"internal/post": 0, "internal/errs": 0,

	"internal/db": 1, "internal/keys": 1, "internal/blob": 1, "internal/audit": 1, "internal/jobs": 1, "internal/access": 1,
	"internal/htmldoc": 1, "internal/doctext": 1, "internal/pdfdoc": 1, "internal/search": 1,

	"internal/trustee": 2, "internal/teamwork": 2, "internal/appointment": 2, "internal/registry": 2, "internal/mailbox": 2, "internal/intake": 2, "internal/outbound": 2, "internal/session": 2, "internal/rights": 2,
	"internal/activity": 2, "internal/delegation": 2, "internal/calendar": 2, "internal/compose": 2, "internal/support": 2, "internal/population": 2, "internal/sample": 2,
	"internal/print": 2, "internal/agency": 2, "internal/extract": 2, "internal/company": 2, "internal/staff": 2,

	"internal/web": 3, "internal/api": 3, "internal/login": 3, "internal/oauth": 3, "internal/smtpin": 3,
	"internal/portal/activitylog": 3, "internal/portal/citizen": 3, "internal/portal/testid": 3, "internal/portal/outside": 3, "internal/portal/rights": 3, "internal/portal/staff": 3,

	"internal/app": 4, "internal/bench": 4,
	"cmd/digitalpost": 5,
}

// beside are the imports on one floor, each with the reason for it.
var beside = map[string][]string{
	"internal/keys":   {"internal/db"},                  // its table
	"internal/blob":   {"internal/db"},                  // its table
	"internal/audit":  {"internal/db"},                  // its table
	"internal/jobs":   {"internal/db"},                  // its table
	"internal/search": {"internal/db", "internal/keys"}, // its tables, sealed

	"internal/rights":      {"internal/registry"},                                                            // who signs for a company, who is employed
	"internal/mailbox":     {"internal/registry", "internal/rights"},                                         // who owns a mailbox, alive or dead; who has a right to it
	"internal/outbound":    {"internal/registry", "internal/mailbox"},                                        // which system, where; the letters that go out
	"internal/intake":      {"internal/registry", "internal/mailbox", "internal/outbound"},                   // the walk of a letter
	"internal/activity":    {"internal/registry", "internal/mailbox"},                                        // names; the letters that the reader may see
	"internal/calendar":    {"internal/mailbox"},                                                             // the dates of letters
	"internal/support":     {"internal/registry", "internal/rights", "internal/intake", "internal/outbound"}, // who writes, who answers; the letter to who runs Digital Post, and the answers
	"internal/print":       {"internal/registry", "internal/mailbox"},                                        // where to; the letters that are printed
	"internal/session":     {"internal/registry"},                                                            // who logs in
	"internal/trustee":     {"internal/registry", "internal/mailbox", "internal/intake"},                     // who, whose mailbox, the messages to both
	"internal/agency":      {"internal/registry", "internal/rights", "internal/intake"},                      // who decides, the letters to both
	"internal/appointment": {"internal/registry", "internal/rights", "internal/intake", "internal/agency"},   // who, the right, what the letters say, who decides
	"internal/extract":     {"internal/mailbox", "internal/intake", "internal/agency"},                       // whose letters, what the letters about it say, who decides
	"internal/teamwork":    {"internal/registry", "internal/rights", "internal/mailbox"},                     // whose letters, who may read them
	"internal/population":  {"internal/registry"},                                                            // the lines it reads
	"internal/company":     {"internal/registry", "internal/rights", "internal/intake", "internal/activity"}, // who works where, who may what, the letters to both sides, what its log says

	"internal/delegation": {"internal/registry", "internal/rights", "internal/mailbox", "internal/intake"}, // who, the rights it gives, whose mailbox, the messages to both

	"internal/compose": {"internal/registry", "internal/mailbox", "internal/trustee", "internal/outbound", "internal/intake"}, // to whom, from where, how it gets there

	"internal/staff": {"internal/registry", "internal/rights", "internal/mailbox", "internal/intake", "internal/print", "internal/agency"}, // who, what they may, the messages to both sides, in either way; what a document is

	"internal/api":                {"internal/web"}, // what all listeners share: request ids, limits
	"internal/login":              {"internal/web"}, // pages
	"internal/oauth":              {"internal/web", "internal/login"},
	"internal/portal/citizen":     {"internal/web", "internal/login", "internal/portal/activitylog"},
	"internal/portal/activitylog": {"internal/web"},
	"internal/portal/staff":       {"internal/web", "internal/login"},
	"internal/portal/rights":      {"internal/web", "internal/login", "internal/portal/activitylog"},
	"internal/portal/testid":      {"internal/web"},
	"internal/portal/outside":     {"internal/web"},

	"internal/bench": {"internal/app"}, // where a localserve is
}

// forbidden imports, each with the reason.
var forbidden = map[string]string{
	"database/sql":                 "only internal/db knows drivers",
	"github.com/jackc/pgx/v5":      "only internal/db knows drivers",
	"modernc.org/sqlite":           "only internal/db knows drivers",
	"digitalpost/internal/testkit": "testkit is for tests only",
	"testing":                      "testing is for tests only",
}

func TestImportsGoDownOnly(t *testing.T) {
	for file, imports := range sources(t) {
		pkg := path.Dir(file)
		floor, known := floors[pkg]
		if strings.HasPrefix(pkg, "internal/testkit") {
			continue
		}
		if !known {
			t.Errorf("%s: package %s is on no floor; give it one in deps_test.go", file, pkg)
			continue
		}
		for _, imported := range imports {
			if reason, no := forbidden[imported]; no && !(pkg == "internal/db" && !strings.HasPrefix(imported, "digitalpost") && imported != "testing") {
				t.Errorf("%s imports %s: %s", file, imported, reason)
			}
			inner, ours := strings.CutPrefix(imported, "digitalpost/")
			if !ours {
				continue
			}
			other, known := floors[inner]
			switch {
			case !known:
				t.Errorf("%s imports %s, which is on no floor", file, imported)
			case pkg == "memo":
				t.Errorf("%s imports %s: memo is public and pure", file, imported)
			case other > floor, other == floor && inner != pkg && !slices.Contains(beside[pkg], inner):
				t.Errorf("%s (floor %d) imports %s (floor %d)", file, floor, imported, other)
			}
		}
	}
}

// Only localserve has the test log-in and the world outside; what fetches a token from one elsewhere is
// its client.
func TestTestLoginIsForLocalserveAlone(t *testing.T) {
	served := regexp.MustCompile(`testid\.(New|Stand)\(|outside\.New\(|\bLocal:\s*true`)
	for file := range sources(t) {
		if found := served.FindString(read(t, file)); found != "" && file != "internal/app/local.go" {
			t.Errorf("%s says %q: the test log-in is localserve's alone", file, found)
		}
	}
	if !served.MatchString(read(t, "internal/app/local.go")) {
		t.Error("this test no longer finds the test log-in where it is")
	}
}

func TestClockIsInjected(t *testing.T) {
	for file := range sources(t) {
		if floors[path.Dir(file)] > 2 || strings.HasPrefix(file, "internal/testkit") {
			continue
		}
		for line, text := range strings.Split(read(t, file), "\n") {
			if strings.Contains(text, "time.Now()") {
				t.Errorf("%s:%d: time.Now() below the edges; use tx.Now or the database's clock", file, line+1)
			}
		}
	}
}

var (
	createTable   = regexp.MustCompile(`CREATE TABLE (\w+)`)
	migrationName = regexp.MustCompile(`^\d{4}_([a-z]+)`)
	// statement is where SQL names a table.
	statement = regexp.MustCompile(`(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)`)
)

// A table is named in the SQL of the package whose migration made it, and nowhere
// else.
func TestTablesHaveOneOwner(t *testing.T) {
	owners := map[string]string{}
	migrations, err := filepath.Glob("internal/db/migrations/*.sql")
	if err != nil || len(migrations) == 0 {
		t.Fatal("no migrations", err)
	}
	for _, m := range migrations {
		owner := migrationName.FindStringSubmatch(filepath.Base(m))[1]
		for _, table := range createTable.FindAllStringSubmatch(read(t, m), -1) {
			owners[table[1]] = "internal/" + owner
		}
	}
	for file := range sources(t) {
		for _, found := range statement.FindAllStringSubmatch(read(t, file), -1) {
			owner, table := owners[found[1]]
			if pkg := path.Dir(file); table && pkg != owner && !strings.HasPrefix(pkg, owner+"/") {
				t.Errorf("%s says %q, but %s belongs to %s", file, found[0], found[1], owner)
			}
		}
	}
}

// sources are the Go files of the project with their imports.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "node_modules" || name == "var" || name == "testdata" || name != "." && strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || filepath.Dir(file) == "." {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := []string{}
		for _, spec := range parsed.Imports {
			value, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, value)
		}
		all[filepath.ToSlash(file)] = imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
