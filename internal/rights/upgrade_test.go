package rights_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/keys"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/internal/testkit"
)

// schemaOfRights is the schema in which testdata/before.sql was written down.
const schemaOfRights = 16

// whoReads are all who may read something, worked out by the program as it is: by
// log-in, mailbox and right, and what they may besides reading.
func whoReads(t *testing.T, d *db.DB) []string {
	t.Helper()
	ring, err := keys.Open(t.Context(), d, filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(d, blob.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	people := registry.New(d, ring)
	boxes := mailbox.New(d, ring, blobs, people, rights.New(people))
	all := []string{}
	for _, person := range []post.PartyID{1, 2, 3, 4, 5} {
		for _, organisation := range []post.PartyID{0, 11, 12} {
			for _, at := range []post.Platform{post.PlatformBorger, post.PlatformMit} {
				list, err := boxes.List(t.Context(), post.Actor{Party: person, Organisation: organisation, Platform: at, Assurance: post.AssuranceHigh})
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range list {
					var may []string
					for _, a := range []access.Action{access.MessageRead, access.MessageWrite, access.MessageDestroy, access.AccessManage} {
						if b.May(a) {
							may = append(may, a.String())
						}
					}
					if may == nil {
						may = []string{"nothing"}
					}
					all = append(all, fmt.Sprintf("%d for %d at %s: %s of %d until %s, may %s", person, organisation, at, b.Via, b.ID, until(b.Until), strings.Join(may, " ")))
				}
			}
		}
	}
	return all
}

func until(t time.Time) string {
	if t.IsZero() {
		return "ever"
	}
	return t.Format(time.DateOnly)
}

// upgraded brings rights of an older program to the schema of this one.
func upgraded(t *testing.T, d *db.DB) {
	t.Helper()
	text, err := os.ReadFile("testdata/before.sql")
	if err != nil {
		t.Fatal(err)
	}
	d.Now = testkit.NewClock().Now
	if err := d.MigrateTo(t.Context(), schemaOfRights); err != nil {
		t.Fatal(err)
	}
	statements := string(text)
	if d.Postgres() {
		statements = regexp.MustCompile(`X'([0-9A-F]*)'`).ReplaceAllString(statements, `'\x$1'`)
	}
	change(t, d, strings.Split(statements, ";\n")...)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		for _, statement := range statements {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.Exec(statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func golden(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/after.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// No migration changes who may read what: rights written by an older program are the
// same set afterwards, and so is what they allow. Whoever means to change that changes
// testdata/after.txt, for all to see.
func TestNoMigrationChangesARight(t *testing.T) {
	want := golden(t)
	testkit.EachEmptyDB(t, func(t *testing.T, d *db.DB) {
		upgraded(t, d)
		if got := whoReads(t, d); !slices.Equal(got, want) {
			t.Errorf("after the upgrade:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// What a careless migration could do is noticed by the test above.
func TestACarelessMigrationIsNoticed(t *testing.T) {
	want := golden(t)
	for _, careless := range []string{
		"UPDATE privilege SET ends = NULL", "UPDATE privilege SET begins = NULL", "DELETE FROM privilege WHERE mailbox = 1", "UPDATE privilege SET relation = 'writer' WHERE relation = 'reader' AND holder = 4",
		"DELETE FROM identity_grantee", "DELETE FROM identity_privilege", "UPDATE member SET employed = TRUE", "UPDATE member SET signs = FALSE", "UPDATE party SET status = 'ALIVE' WHERE status = 'DEAD'",
		"DELETE FROM privilege_sender", "UPDATE privilege SET organisation = 0", "UPDATE privilege SET source = 'eboks' WHERE source = 'mit'",
	} {
		t.Run(careless, func(t *testing.T) {
			d := testkit.EmptySQLite(t)
			upgraded(t, d)
			change(t, d, careless)
			if slices.Equal(whoReads(t, d), want) {
				t.Error("it changes nothing that the test sees")
			}
		})
	}
}
