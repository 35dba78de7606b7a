package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// kills is how often the server is killed for each engine: three times in an
// ordinary test, more in a soak.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("DIGITALPOST_SOAK_KILLS")); err == nil {
		return n
	}
	return 3
}

// What was accepted is there once, whenever the power goes.
func TestKilledUnderLoad(t *testing.T) {
	engines(t, func(t *testing.T, args ...string) {
		dir := filepath.Join(t.TempDir(), "data")
		args = append(args, "--population", "0")
		load := newLoad()
		s := start(t, dir, args...)
		for range kills() {
			ended := load.until(t, s, 50+rand.IntN(400))
			s.kill(t)
			ended()
			s = start(t, dir, args...)
			load.again(t, s)
		}
		load.verify(t, s)
		s.stop(t)
		checkClean(t, dir)
	})
}
