package db

import "runtime"

// AwaitQueue waits until n updates wait for the writer of an SQLite database.
func AwaitQueue(d *DB, n int) {
	for len(d.engine.(*sqliteEngine).queue) < n {
		runtime.Gosched()
	}
}
