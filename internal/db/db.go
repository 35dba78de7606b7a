// Package db opens the database and runs transactions. One SQL text serves
// SQLite and PostgreSQL: parameters are $1, $2, …, times are UTC microseconds
// in BIGINT, UUIDs are 16 bytes, and what must differ is a method on Tx.
//
// On SQLite there is one writer and concurrent updates share one commit
// (sqlite.go); on PostgreSQL each update is a serializable transaction that is
// retried on conflict (postgres.go). Either way an Update that returned nil has
// survived a power cut.
//
// This package knows no table but the one the migrations keep.
package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/errs"
)

// ErrNoRows is what Row.Scan returns where a query found nothing.
var ErrNoRows = errors.New("no rows")

// DB is an open database.
type DB struct {
	// Now is the clock of all that happens in the database. It is read once for
	// each transaction; tests set it before use.
	Now func() time.Time

	engine engine
	ids    idSource
}

// engine is one kind of database.
type engine interface {
	read(ctx context.Context, d *DB, fn func(*Tx) error) error
	update(ctx context.Context, d *DB, isolation Isolation, fn func(*Tx) error) error
	migrate(ctx context.Context, to int64) error
	close() error
}

// Isolation is how much an update is kept apart from others on PostgreSQL.
// SQLite has one writer and is always serializable.
type Isolation uint8

const (
	// Serializable is the default: a rule that holds for one update at a time
	// holds for many at once.
	Serializable Isolation = iota
	// ReadCommitted is for hot paths that take the row locks they need
	// themselves: delivery and the claiming of jobs.
	ReadCommitted
)

// Open opens a database: "postgres://…" or the path of an SQLite file, which is
// made when it is missing. Call Migrate before use.
func Open(ctx context.Context, dsn string) (*DB, error) {
	d := &DB{Now: time.Now}
	var err error
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		d.engine, err = openPostgres(ctx, dsn)
	} else {
		d.engine, err = openSQLite(ctx, dsn)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d, nil
}

// NewID makes a time-ordered id outside a transaction, as Tx.NewID does inside.
func (d *DB) NewID() uuid.UUID { return d.ids.next(d.Now()) }

// Close waits for transactions under way and closes the database.
func (d *DB) Close() error { return d.engine.close() }

// Migrate brings the schema up to what this program needs. It refuses a schema
// that is newer than the program.
func (d *DB) Migrate(ctx context.Context) error { return d.engine.migrate(ctx, newest) }

// MigrateTo brings the schema up to a number, so that a test can put in what a
// program of that time would have, and see what becomes of it.
func (d *DB) MigrateTo(ctx context.Context, number int64) error { return d.engine.migrate(ctx, number) }

// Postgres tells whether the database is PostgreSQL, for the operator and for
// sizing; SQL does not ask.
func (d *DB) Postgres() bool { _, ok := d.engine.(*postgres); return ok }

// Read runs fn on one consistent snapshot. fn writes nothing.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return d.engine.read(ctx, d, fn)
}

// Update runs fn in a transaction and commits when it returns nil, or an error of Keep.
// fn may run more than once and so has no effect outside tx but by tx.OnCommit. fn
// never calls Read or Update.
func (d *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return d.UpdateAt(ctx, Serializable, fn)
}

// UpdateAt is Update at a chosen isolation.
func (d *DB) UpdateAt(ctx context.Context, isolation Isolation, fn func(*Tx) error) error {
	var refused error // is told once it is written down
	err := d.engine.update(ctx, d, isolation, func(tx *Tx) error {
		err := fn(tx)
		if refused = nil; errors.As(err, new(kept)) {
			refused, err = err, nil
		}
		return err
	})
	return cmp.Or(err, refused)
}

// Keep makes an error with which Update commits all that was written: a wrong try is
// refused, and counted. It is for who writes nothing that the refusal should undo.
func Keep(err error) error { return kept{err} }

type kept struct{ error }

func (k kept) Unwrap() error { return k.error }

// Tx is a transaction under way. It is used by one goroutine.
type Tx struct {
	// Now is the time of this transaction, UTC, in whole microseconds.
	Now time.Time

	conn         conn
	ids          *idSource
	beforeCommit []func() error
	onCommit     []func()
}

// conn is what an engine's transaction offers.
type conn interface {
	exec(query string, args []any) (int64, error)
	query(query string, args []any) (*Rows, error)
	queryEach(query string, keys, args []any, each func(*Rows) error) error
	run(b *Batch) error
	// skipLocked is the end of a SELECT that claims rows.
	skipLocked() string
	// forUpdate is the end of a SELECT that locks rows.
	forUpdate() string
}

// Exec runs a statement and returns the number of rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	n, err := tx.conn.exec(query, values(args))
	return n, classify(err)
}

// Query runs a query. Close the rows, or read them to their end.
func (tx *Tx) Query(query string, args ...any) (*Rows, error) {
	rows, err := tx.conn.query(query, values(args))
	if err != nil {
		return nil, classify(err)
	}
	return rows, nil
}

// QueryRow runs a query of which only the first row counts.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	rows, err := tx.Query(query, args...)
	return Row{rows, err}
}

// Run executes the statements of a batch in order; on PostgreSQL they travel
// together. It stops at the first that fails.
func (tx *Tx) Run(b *Batch) error {
	if b.err != nil || len(b.statements) == 0 {
		return b.err
	}
	return classify(tx.conn.run(b))
}

// SkipLocked ends a SELECT that claims rows other transactions do not hold.
func (tx *Tx) SkipLocked() string { return tx.conn.skipLocked() }

// ForUpdate ends a SELECT that locks rows until the transaction ends, one after
// the other as they are read, waiting for those that others hold. In a Read it
// is nothing.
func (tx *Tx) ForUpdate() string { return tx.conn.forUpdate() }

// NewID makes a time-ordered id (RFC 9562 version 7) from the transaction's
// time. Ids of one process ascend strictly, also within a microsecond and when
// the clock steps back.
func (tx *Tx) NewID() uuid.UUID { return tx.ids.next(tx.Now) }

// BeforeCommit has fn run when the work is done and before it is committed; an
// error undoes the transaction. Used to join writes outside the database.
func (tx *Tx) BeforeCommit(fn func() error) { tx.beforeCommit = append(tx.beforeCommit, fn) }

// OnCommit has fn run once the transaction is on disk.
func (tx *Tx) OnCommit(fn func()) { tx.onCommit = append(tx.onCommit, fn) }

func (tx *Tx) prepareCommit() error {
	for _, fn := range tx.beforeCommit {
		if err := fn(); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) committed() {
	for _, fn := range tx.onCommit {
		fn()
	}
}

func (d *DB) begin(c conn) *Tx {
	return &Tx{Now: d.Now().UTC().Truncate(time.Microsecond), conn: c, ids: &d.ids}
}

// Batch is a list of statements to run together.
type Batch struct {
	statements []statement
	err        error
}

type statement struct {
	query string
	args  []any
}

// Add appends a statement.
func (b *Batch) Add(query string, args ...any) {
	b.statements = append(b.statements, statement{query, values(args)})
}

// Fail has Run return err, for code that fills a batch and finds that it cannot.
func (b *Batch) Fail(err error) { b.err = errors.Join(b.err, err) }

// rowsScanner is a driver's result set.
type rowsScanner interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
}

// Rows is the result of a query.
type Rows struct {
	rowsScanner
	close func()
}

// Close ends the reading of rows.
func (r *Rows) Close() { r.close() }

// Err is what ended the reading, nil at the natural end.
func (r *Rows) Err() error { return classify(r.rowsScanner.Err()) }

// Row is the first row of a result.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the row into dest. It returns ErrNoRows where there is none.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	err := r.rows.Scan(dest...)
	r.rows.Close()
	return cmp.Or(err, r.rows.Err()) // an error may lie behind the first row
}

// Collect reads all rows, each by scan.
func Collect[T any](rows *Rows, err error, scan func(*Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// values turns Go values into what both databases store: UUIDs become bytes,
// with the nil UUID as NULL; times become microseconds, with the zero time as
// NULL.
func values(args []any) []any {
	for i, a := range args {
		switch v := a.(type) {
		case uuid.UUID:
			if v == uuid.Nil {
				args[i] = nil
			} else {
				args[i] = v[:]
			}
		case time.Time:
			if v.IsZero() {
				args[i] = nil
			} else {
				args[i] = v.UnixMicro()
			}
		}
	}
	return args
}

// Time is a scan target for a time: NULL gives the zero time.
func Time(t *time.Time) any { return &scanTime{t} }

type scanTime struct{ t *time.Time }

// Scan implements sql.Scanner.
func (s *scanTime) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.t = time.Time{}
	case int64:
		*s.t = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("scan %T into a time", src)
	}
	return nil
}

// Null is a scan target that leaves the zero value for NULL.
func Null[T any](dest *T) any { return &scanNull[T]{dest} }

// unavailable says that the database cannot take work now; a retry may help.
func unavailable(err error) error {
	e := errs.Wrap(err, errs.KindUnavailable, "storage.unavailable")
	e.Detail = "the store cannot take this now; try again in a moment"
	return e
}

var errClosed = unavailable(errors.New("the database is closed"))

// classify gives errors of the database their kind; most are ours (Internal).
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return err
	}
	if sqliteUnavailable(err) || postgresUnavailable(err) {
		return unavailable(err)
	}
	return err
}

// IsDuplicate tells whether a statement failed because a unique key exists.
func IsDuplicate(err error) bool { return sqliteDuplicate(err) || postgresDuplicate(err) }
