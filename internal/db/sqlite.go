package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	_ "modernc.org/sqlite" // the driver that migrations use
)

// sqliteEngine is one SQLite file in WAL mode: a goroutine that owns the only
// writing connection, and as many readers as there are cores (more make the
// driver slower, not faster).
type sqliteEngine struct {
	path    string
	readers chan *sqliteConn
	queue   chan *update
	// done is closed when the writer has ended.
	done chan struct{}

	// closing guards queue: senders hold it shared, close holds it alone.
	closing sync.RWMutex
	closed  bool
}

// update is a caller's closure on its way through the writer.
type update struct {
	ctx    context.Context
	db     *DB
	fn     func(*Tx) error
	tx     *Tx
	result chan error
}

// maxGroup bounds how many updates share a commit, so that the first of them
// does not wait for long.
const maxGroup = 256

func openSQLite(_ context.Context, path string) (*sqliteEngine, error) {
	e := &sqliteEngine{path: path, queue: make(chan *update, maxGroup), done: make(chan struct{})}
	if err := own(path); err != nil {
		return nil, err
	}
	writer, err := openSQLiteConn(path)
	if err != nil {
		return nil, err
	}
	e.readers = make(chan *sqliteConn, runtime.NumCPU())
	for range cap(e.readers) {
		reader, err := openSQLiteConn(path)
		if err == nil {
			_, err = reader.exec("PRAGMA query_only = ON", nil)
		}
		if err != nil {
			return nil, errors.Join(err, writer.close())
		}
		e.readers <- reader
	}
	go e.write(writer)
	return e, nil
}

// own makes the file, where it is missing, readable by its owner alone, whoever
// may read its folder. SQLite gives the files beside it the same mode.
func own(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return f.Close()
}

func (e *sqliteEngine) read(ctx context.Context, d *DB, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var c *sqliteConn
	select {
	case c = <-e.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	if c == nil {
		return errClosed
	}
	defer func() { e.readers <- c }()
	if _, err := c.exec("BEGIN", nil); err != nil {
		return classify(err)
	}
	defer c.exec("ROLLBACK", nil) //nolint:errcheck // nothing was written
	return fn(d.begin(c))
}

func (e *sqliteEngine) update(ctx context.Context, d *DB, _ Isolation, fn func(*Tx) error) error {
	u := &update{ctx: ctx, db: d, fn: fn, result: make(chan error, 1)}
	e.closing.RLock()
	if e.closed {
		e.closing.RUnlock()
		return errClosed
	}
	e.queue <- u
	e.closing.RUnlock()
	if err := <-u.result; err != nil {
		return err
	}
	u.tx.committed()
	return nil
}

// write is the writer. A group begins with the first update that waits and ends
// when nobody waits any more: a caller alone is committed at once, and what
// arrives during a commit makes the next group.
func (e *sqliteEngine) write(c *sqliteConn) {
	defer close(e.done)
	defer c.close()
	for first := range e.queue {
		e.group(c, []*update{first})
	}
}

// group runs updates in one transaction, those given and those that wait, each in
// a savepoint of its own, so that one that fails takes nothing of its neighbours
// with it.
func (e *sqliteEngine) group(c *sqliteConn, updates []*update) {
	if _, err := c.exec("BEGIN IMMEDIATE", nil); err != nil {
		answer(updates, err)
		return
	}
	var done []*update
	for i := 0; ; i++ {
		if i == len(updates) {
			u := e.next(i)
			if u == nil {
				break
			}
			updates = append(updates, u)
		}
		u := updates[i]
		lost, err := e.one(c, u)
		if lost {
			e.without(c, u, err, append(done, updates[i+1:]...))
			return
		}
		if err != nil {
			u.result <- classify(err)
			continue
		}
		done = append(done, u)
	}
	if len(done) == 0 {
		c.exec("ROLLBACK", nil) //nolint:errcheck // nothing to keep
		return
	}
	for i, u := range done {
		if err := protect((*Tx).prepareCommit, u.tx); err != nil {
			e.without(c, u, err, slices.Delete(done, i, i+1))
			return
		}
	}
	_, err := c.exec("COMMIT", nil)
	if err != nil {
		c.exec("ROLLBACK", nil) //nolint:errcheck // it may be rolled back already
	}
	answer(done, err)
}

// without undoes a transaction that one update has spoiled, and runs the others
// again.
func (e *sqliteEngine) without(c *sqliteConn, spoiler *update, err error, others []*update) {
	c.exec("ROLLBACK", nil) //nolint:errcheck // it may be rolled back already
	answer([]*update{spoiler}, err)
	if len(others) > 0 {
		e.group(c, others)
	}
}

func answer(updates []*update, err error) {
	for _, u := range updates {
		u.result <- classify(err)
	}
}

// next is an update that waits, nil where none does or the group is full.
func (e *sqliteEngine) next(n int) *update {
	if n >= maxGroup {
		return nil
	}
	select {
	case u, ok := <-e.queue:
		if ok {
			return u
		}
	default:
	}
	return nil
}

// one runs an update. lost tells that SQLite undid the whole transaction, as it
// does when the disk is full at a bad moment.
func (e *sqliteEngine) one(c *sqliteConn, u *update) (lost bool, err error) {
	if err := u.ctx.Err(); err != nil {
		return false, err
	}
	if _, err := c.exec("SAVEPOINT one", nil); err != nil {
		return true, err
	}
	u.tx = u.db.begin(c)
	err = protect(u.fn, u.tx)
	if err != nil {
		if _, undo := c.exec("ROLLBACK TO one", nil); undo != nil {
			return true, err
		}
	}
	if _, end := c.exec("RELEASE one", nil); end != nil {
		return true, errors.Join(err, unavailable(end))
	}
	return false, err
}

// protect turns a panic of one caller's closure into that caller's error.
func protect(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

func (e *sqliteEngine) close() error {
	e.closing.Lock()
	if e.closed {
		e.closing.Unlock()
		return nil
	}
	e.closed = true
	close(e.queue)
	e.closing.Unlock()
	<-e.done
	for range cap(e.readers) {
		(<-e.readers).close()
	}
	close(e.readers)
	return nil
}

// migrate works through database/sql, which the library of migrations speaks.
func (e *sqliteEngine) migrate(ctx context.Context, to int64) error {
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: e.path}).EscapedPath(),
		RawQuery: url.Values{"_pragma": {"busy_timeout(10000)", "synchronous(FULL)"}}.Encode()}).String())
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, pool, "sqlite", to), pool.Close())
}
