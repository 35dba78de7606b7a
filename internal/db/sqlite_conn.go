package db

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"zombiezen.com/go/sqlite"

	"digitalpost/internal/errs"
)

// sqliteConn is a connection with its prepared statements. It is used by one
// goroutine at a time, and so needs none of SQLite's own locks: reading a list
// takes half the time that it takes through database/sql.
type sqliteConn struct {
	conn     *sqlite.Conn
	prepared map[string]*sqlite.Stmt
}

// pragmas are set on every connection. FULL has a commit survive a power cut;
// secure_delete overwrites what is deleted for good.
var pragmas = []string{
	"busy_timeout = 10000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON",
	"wal_autocheckpoint = 6000", "journal_size_limit = 67108864", "cache_size = -32768", "temp_store = MEMORY",
}

func openSQLiteConn(path string) (*sqliteConn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	c := &sqliteConn{conn, map[string]*sqlite.Stmt{}}
	for _, p := range pragmas {
		if _, err := c.exec("PRAGMA "+p, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return c, nil
}

func (c *sqliteConn) close() error { return c.conn.Close() } // with its statements

var parameter = regexp.MustCompile(`\$(\d+)`)

func (c *sqliteConn) prepare(query string, args []any) (*sqlite.Stmt, error) {
	s, ok := c.prepared[query]
	if !ok {
		var err error
		if s, err = c.conn.Prepare(parameter.ReplaceAllString(query, "?$1")); err != nil {
			return nil, fmt.Errorf("prepare %q: %w", query, err)
		}
		c.prepared[query] = s
	}
	if n := s.BindParamCount(); n != len(args) {
		return nil, fmt.Errorf("%q has %d parameters, not %d", query, n, len(args))
	}
	for i, a := range args {
		if err := bind(s, i+1, a); err != nil {
			return nil, fmt.Errorf("parameter $%d of %q: %w", i+1, query, err)
		}
	}
	return s, nil
}

func bind(s *sqlite.Stmt, i int, arg any) error {
	switch v := arg.(type) {
	case nil:
		s.BindNull(i)
	case int64:
		s.BindInt64(i, v)
	case int:
		s.BindInt64(i, int64(v))
	case string:
		s.BindText(i, v)
	case []byte:
		if v == nil {
			s.BindNull(i)
		} else {
			s.BindBytes(i, v)
		}
	case bool:
		s.BindBool(i, v)
	case float64:
		s.BindFloat(i, v)
	default:
		switch v := reflect.ValueOf(arg); v.Kind() {
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			s.BindInt64(i, v.Int())
		case reflect.Uint8, reflect.Uint16, reflect.Uint32:
			s.BindInt64(i, int64(v.Uint()))
		case reflect.String:
			s.BindText(i, v.String())
		case reflect.Bool:
			s.BindBool(i, v.Bool())
		default:
			return fmt.Errorf("a %T cannot be stored", arg)
		}
	}
	return nil
}

func (c *sqliteConn) exec(query string, args []any) (int64, error) {
	s, err := c.prepare(query, args)
	if err != nil {
		return 0, err
	}
	for {
		row, err := s.Step()
		if err != nil {
			return 0, errors.Join(err, s.Reset())
		}
		if !row {
			return int64(c.conn.Changes()), s.Reset()
		}
	}
}

func (c *sqliteConn) query(query string, args []any) (*Rows, error) {
	s, err := c.prepare(query, args)
	if err != nil {
		return nil, err
	}
	rows := &sqliteRows{stmt: s}
	return &Rows{rows, rows.close}, nil
}

func (c *sqliteConn) queryEach(query string, keys, args []any, each func(*Rows) error) error {
	query = strings.Replace(query, "$KEY", fmt.Sprintf("$%d", len(args)+1), 1)
	all := append(args, nil)
	for _, key := range keys {
		all[len(args)] = key
		rows, err := c.query(query, all)
		if err == nil {
			err = drain(rows, each)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteConn) run(b *Batch) error {
	for _, s := range b.statements {
		if _, err := c.exec(s.query, s.args); err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteConn) skipLocked() string { return "" } // there is one writer
func (c *sqliteConn) forUpdate() string  { return "" }

// sqliteRows is the result of a statement that is being stepped.
type sqliteRows struct {
	stmt *sqlite.Stmt
	err  error
	done bool
}

func (r *sqliteRows) Next() bool {
	if r.done {
		return false
	}
	row, err := r.stmt.Step()
	r.err = err
	if !row {
		r.close()
	}
	return row
}

func (r *sqliteRows) Err() error { return r.err }

func (r *sqliteRows) close() {
	if !r.done {
		r.done = true
		if err := r.stmt.Reset(); err != nil && r.err == nil {
			r.err = err
		}
	}
}

func (r *sqliteRows) Scan(dest ...any) error {
	if n := r.stmt.ColumnCount(); n != len(dest) {
		return fmt.Errorf("scan %d columns into %d places", n, len(dest))
	}
	for i, d := range dest {
		if err := r.column(i, d); err != nil {
			return fmt.Errorf("column %q: %w", r.stmt.ColumnName(i), err)
		}
	}
	return nil
}

func (r *sqliteRows) column(i int, dest any) error {
	null := r.stmt.ColumnType(i) == sqlite.TypeNull
	switch d := dest.(type) {
	case *uuid.UUID:
		if null {
			*d = uuid.Nil
		} else if n := r.stmt.ColumnBytes(i, d[:]); n != len(d) {
			return fmt.Errorf("%d bytes are no UUID", n)
		}
		return nil
	case *scanTime:
		*d.t = time.Time{}
		if !null {
			*d.t = time.UnixMicro(r.stmt.ColumnInt64(i)).UTC()
		}
		return nil
	case *[]byte:
		*d = nil
		if !null {
			*d = make([]byte, r.stmt.ColumnLen(i))
			r.stmt.ColumnBytes(i, *d)
		}
		return nil
	case sql.Scanner:
		return d.Scan(r.value(i))
	}
	if null {
		return fmt.Errorf("NULL into a %T", dest)
	}
	switch d := dest.(type) {
	case *string:
		*d = r.stmt.ColumnText(i)
	case *int64:
		*d = r.stmt.ColumnInt64(i)
	case *int:
		*d = r.stmt.ColumnInt(i)
	case *bool:
		*d = r.stmt.ColumnInt64(i) != 0
	case *float64:
		*d = r.stmt.ColumnFloat(i)
	default:
		return r.reflect(i, dest)
	}
	return nil
}

// reflect reads into a type of a package's own.
func (r *sqliteRows) reflect(i int, dest any) error {
	p := reflect.ValueOf(dest)
	if p.Kind() != reflect.Pointer {
		return fmt.Errorf("a %T is no place for a value", dest)
	}
	switch v := p.Elem(); v.Kind() {
	case reflect.String:
		v.SetString(r.stmt.ColumnText(i))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(r.stmt.ColumnInt64(i))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(r.stmt.ColumnInt64(i)))
	case reflect.Bool:
		v.SetBool(r.stmt.ColumnInt64(i) != 0)
	default:
		return fmt.Errorf("a %T is no place for a value", dest)
	}
	return nil
}

// value is a column as database/sql would give it to a Scanner.
func (r *sqliteRows) value(i int) any {
	switch r.stmt.ColumnType(i) {
	case sqlite.TypeInteger:
		return r.stmt.ColumnInt64(i)
	case sqlite.TypeFloat:
		return r.stmt.ColumnFloat(i)
	case sqlite.TypeText:
		return r.stmt.ColumnText(i)
	case sqlite.TypeBlob:
		b := make([]byte, r.stmt.ColumnLen(i))
		r.stmt.ColumnBytes(i, b)
		return b
	}
	return nil
}

func sqliteUnavailable(err error) bool {
	if err == nil || errs.KindOf(err) == errs.KindUnavailable {
		return false // nothing, or a caller's own word
	}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultFull, sqlite.ResultIOErr, sqlite.ResultBusy, sqlite.ResultNoMem, sqlite.ResultCantOpen:
		return true
	}
	return false
}

func sqliteDuplicate(err error) bool {
	if err == nil {
		return false
	}
	switch sqlite.ErrCode(err) {
	case sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintUnique:
		return true
	}
	return false
}
