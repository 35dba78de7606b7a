package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// Migrations are numbered and only go forward. A file is named after the package
// that owns its tables: 0003_audit.sql. Where the databases must differ there is
// a pair, 0003_audit.sqlite.sql and 0003_audit.postgres.sql; otherwise the text
// is SQLite's, and these words are exchanged for PostgreSQL.
//
//go:embed migrations/*.sql
var migrations embed.FS

var forPostgres = strings.NewReplacer(
	"BLOB", "BYTEA",
	") WITHOUT ROWID", ")",
)

var migrationName = regexp.MustCompile(`^(\d{4})_([a-z]+)(?:\.(sqlite|postgres))?\.sql$`)

// newest stands for the schema that this program needs.
const newest = math.MaxInt64

func migrate(ctx context.Context, pool *sql.DB, dialect string, to int64) error {
	steps, err := migrationSteps(dialect)
	if err != nil {
		return err
	}
	goose.SetLogger(goose.NopLogger())
	kind := goose.DialectSQLite3
	if dialect == "postgres" {
		kind = goose.DialectPostgres
	}
	p, err := goose.NewProvider(kind, pool, nil, goose.WithGoMigrations(steps...), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if last := steps[len(steps)-1].Version; has > last {
		return fmt.Errorf("the database has schema %d, this program knows only %d: use a newer program", has, last)
	}
	if _, err := p.UpTo(ctx, min(to, steps[len(steps)-1].Version)); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

func migrationSteps(dialect string) ([]*goose.Migration, error) {
	entries, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	var steps []*goose.Migration
	for _, entry := range entries {
		name := migrationName.FindStringSubmatch(entry.Name())
		if name == nil {
			return nil, fmt.Errorf("migration %s: not a migration's name", entry.Name())
		}
		if name[3] != "" && name[3] != dialect {
			continue
		}
		raw, err := migrations.ReadFile("migrations/" + entry.Name())
		if err != nil {
			return nil, err
		}
		text := string(raw)
		run := func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, text)
			return err
		}
		if dialect == "postgres" {
			if name[3] == "" {
				text = forPostgres.Replace(text)
			}
			run = func(ctx context.Context, tx *sql.Tx) error { return simple(ctx, tx, text) }
		}
		version, _ := strconv.ParseInt(name[1], 10, 64)
		steps = append(steps, goose.NewGoMigration(version, &goose.GoFunc{RunTx: run}, nil))
	}
	return steps, nil
}
