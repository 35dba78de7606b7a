package testkit

import (
	"sync"
	"time"

	"digitalpost/internal/post"
)

// Clock is a clock that stands still until a test moves it. Its Now goes into
// db.DB.Now. It may be used from many goroutines.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows noon in Copenhagen on 22 November 2026, a
// Sunday.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, time.November, 22, 12, 0, 0, 0, post.Denmark)}
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on; a negative d moves it back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set sets the clock.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}
