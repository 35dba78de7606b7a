package main

import (
	"path/filepath"
	"testing"
)

// A server that is told to stop under load finishes what it has begun: it ends
// without an error, and what it accepted is there.
func TestStoppedUnderLoad(t *testing.T) {
	engines(t, func(t *testing.T, args ...string) {
		dir := filepath.Join(t.TempDir(), "data")
		args = append(args, "--population", "0")
		load := newLoad()
		s := start(t, dir, args...)
		ended := load.until(t, s, 100)
		s.stop(t)
		ended()
		s = start(t, dir, args...)
		load.again(t, s)
		load.verify(t, s)
		s.stop(t)
		checkClean(t, dir)
	})
}
