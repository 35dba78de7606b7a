package db

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// scanNull adapts sql.Null to a plain destination.
type scanNull[T any] struct{ dest *T }

// Scan implements sql.Scanner.
func (s *scanNull[T]) Scan(src any) error {
	var n sql.Null[T]
	if err := n.Scan(src); err != nil {
		return err
	}
	*s.dest = n.V
	return nil
}

// chunk is the largest number of rows in one statement. Sizes are powers of two
// so that few statements have to be prepared.
const chunk = 32

// InsertMany adds INSERT statements for rows to the batch, many rows each. into
// is the table with its columns, "event (id, name)"; end follows the values and
// is usually empty or an ON CONFLICT clause.
func (b *Batch) InsertMany(into string, rows [][]any, end string) {
	for len(rows) > 0 {
		n := chunk
		for n > len(rows) {
			n /= 2
		}
		args := make([]any, 0, n*len(rows[0]))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		b.Add(insertText(into, n, len(rows[0]), end), args...)
		rows = rows[n:]
	}
}

func insertText(into string, rows, columns int, end string) string {
	key := textKey{into, rows, columns, end}
	if text, ok := texts.Load(key); ok {
		return text.(string)
	}
	var s strings.Builder
	s.WriteString("INSERT INTO " + into + " VALUES ")
	for r := range rows {
		if r > 0 {
			s.WriteByte(',')
		}
		s.WriteByte('(')
		for c := range columns {
			if c > 0 {
				s.WriteByte(',')
			}
			s.WriteString("$" + strconv.Itoa(r*columns+c+1))
		}
		s.WriteByte(')')
	}
	s.WriteString(" " + end)
	texts.Store(key, s.String())
	return s.String()
}

// Keys are values as QueryIn and QueryEach take them.
func Keys[T any](all []T) []any {
	keys := make([]any, len(all))
	for i, one := range all {
		keys[i] = one
	}
	return keys
}

// QueryIn runs query once for each group of keys. "$IN" in query stands for the
// list of keys; other parameters are numbered $1… and given in args. each is
// called for every row.
func (tx *Tx) QueryIn(query string, keys []any, args []any, each func(*Rows) error) error {
	for len(keys) > 0 {
		n := chunk
		for n/2 >= len(keys) {
			n /= 2
		}
		all := append([]any{}, args...)
		for i := range n { // a short list is filled up with its last key
			all = append(all, keys[min(i, len(keys)-1)])
		}
		rows, err := tx.Query(inText(query, len(args), n), all...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := each(rows); err != nil {
				rows.Close()
				return err
			}
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
		keys = keys[min(n, len(keys)):]
	}
	return nil
}

// QueryEach runs query for each of the keys, for which $KEY stands in it, such as
// "WHERE mailbox = $1 AND id = $KEY"; other parameters are numbered $1… and given
// in args. It looks up one row after the other in a unique key, where QueryIn leaves
// the way to the database: PostgreSQL, which knows how many rows a mailbox has on
// average, would read all of a large one.
func (tx *Tx) QueryEach(query string, keys []any, args []any, each func(*Rows) error) error {
	if len(keys) == 0 {
		return nil
	}
	return classify(tx.conn.queryEach(query, values(slices.Clone(keys)), values(slices.Clone(args)), each))
}

// drain calls each for every row.
func drain(rows *Rows, each func(*Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func inText(query string, args, keys int) string {
	key := textKey{query, keys, args, "$IN"}
	if text, ok := texts.Load(key); ok {
		return text.(string)
	}
	var list strings.Builder
	for i := range keys {
		if i > 0 {
			list.WriteByte(',')
		}
		fmt.Fprintf(&list, "$%d", args+i+1)
	}
	text := strings.Replace(query, "$IN", list.String(), 1)
	texts.Store(key, text)
	return text
}

// textKey identifies a statement text that was made for a number of rows.
type textKey struct {
	text          string
	rows, columns int
	end           string
}

// texts remembers the statements made, by textKey.
var texts sync.Map
