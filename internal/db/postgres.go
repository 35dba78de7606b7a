package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"digitalpost/internal/errs"
)

// postgres is a PostgreSQL database, or one that speaks its protocol.
type postgres struct{ pool *pgxpool.Pool }

// attempts bounds how often a transaction that lost a conflict is run again.
const attempts = 12

func openPostgres(ctx context.Context, dsn string) (*postgres, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = 16
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &postgres{pool}, nil
}

func (p *postgres) close() error { p.pool.Close(); return nil }

// migrationLock is a number that stands for the migration among PostgreSQL's
// advisory locks.
const migrationLock = 0x706f7374

// migrate waits for other processes that migrate at the same time: a release
// starts several at once.
func (p *postgres) migrate(ctx context.Context, to int64) error {
	lock, err := pgx.ConnectConfig(ctx, p.pool.Config().ConnConfig)
	if err != nil {
		return unavailable(err)
	}
	defer lock.Close(ctx) // which gives the lock back
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return fmt.Errorf("wait for other migrations: %w", classify(err))
	}
	std := stdlib.OpenDBFromPool(p.pool)
	defer std.Close()
	return migrate(ctx, std, "postgres", to)
}

func (p *postgres) read(ctx context.Context, d *DB, fn func(*Tx) error) error {
	return p.once(ctx, d, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

func (p *postgres) update(ctx context.Context, d *DB, isolation Isolation, fn func(*Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.Serializable}
	if isolation == ReadCommitted {
		options.IsoLevel = pgx.ReadCommitted
	}
	for attempt := 1; ; attempt++ {
		err := p.once(ctx, d, options, fn)
		if err == nil || attempt == attempts || !lostConflict(err) {
			return err
		}
		wait := time.Duration(rand.Int64N(int64(time.Millisecond) << min(attempt, 7)))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *postgres) once(ctx context.Context, d *DB, options pgx.TxOptions, fn func(*Tx) error) error {
	// The work is not cut off half-way by a client that leaves: a commit whose
	// outcome is unknown helps nobody.
	whole := context.WithoutCancel(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return cmp.Or(ctx.Err(), unavailable(err))
	}
	defer conn.Release()
	t, err := conn.BeginTx(whole, options)
	if err != nil {
		return classify(err)
	}
	defer t.Rollback(whole) //nolint:errcheck // after a commit it does nothing
	tx := d.begin(&pgConn{whole, t, options.AccessMode == pgx.ReadOnly})
	if err := protect(fn, tx); err != nil {
		return err
	}
	if options.AccessMode == pgx.ReadOnly {
		return nil
	}
	if err := protect((*Tx).prepareCommit, tx); err != nil {
		return err
	}
	if err := t.Commit(whole); err != nil {
		return classify(err)
	}
	conn.Release()
	tx.committed()
	return nil
}

// pgConn is a transaction under way.
type pgConn struct {
	ctx      context.Context
	tx       pgx.Tx
	readOnly bool
}

func (c *pgConn) exec(query string, args []any) (int64, error) {
	tag, err := c.tx.Exec(c.ctx, query, args...)
	return tag.RowsAffected(), err
}

func (c *pgConn) query(query string, args []any) (*Rows, error) {
	rows, err := c.tx.Query(c.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return &Rows{rows, rows.Close}, nil
}

// queryEach has the database go through the keys; OFFSET 0 keeps it from finding a
// cleverer way.
func (c *pgConn) queryEach(query string, keys, args []any, each func(*Rows) error) error {
	kind, list := "bytea[]", any(nil)
	switch keys[0].(type) {
	case []byte:
		all := make([][]byte, len(keys))
		for i, k := range keys {
			all[i], _ = k.([]byte)
		}
		list = all
	case int64:
		all := make([]int64, len(keys))
		for i, k := range keys {
			all[i], _ = k.(int64)
		}
		kind, list = "bigint[]", all
	default:
		return fmt.Errorf("a %T is no key", keys[0])
	}
	query = fmt.Sprintf("SELECT found.* FROM unnest($%d::%s) AS keys(key), LATERAL (%s OFFSET 0) found",
		len(args)+1, kind, strings.Replace(query, "$KEY", "keys.key", 1))
	rows, err := c.query(query, append(args, list))
	if err != nil {
		return err
	}
	return drain(rows, each)
}

func (c *pgConn) run(b *Batch) error {
	var batch pgx.Batch
	for _, s := range b.statements {
		batch.Queue(s.query, s.args...)
	}
	return c.tx.SendBatch(c.ctx, &batch).Close()
}

func (c *pgConn) skipLocked() string { return " FOR UPDATE SKIP LOCKED" }

func (c *pgConn) forUpdate() string {
	if c.readOnly {
		return ""
	}
	return " FOR UPDATE"
}

func pgCode(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

func lostConflict(err error) bool {
	switch pgCode(err) {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return true
	}
	return false
}

func postgresUnavailable(err error) bool {
	code := pgCode(err)
	if strings.HasPrefix(code, "53") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") || lostConflict(err) {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	return errs.KindOf(err) == errs.KindInternal && pgconn.SafeToRetry(err)
}

func postgresDuplicate(err error) bool { return pgCode(err) == "23505" }

// simple makes pgx send a text of several statements as it is.
func simple(ctx context.Context, tx *sql.Tx, text string) error {
	if _, err := tx.ExecContext(ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
