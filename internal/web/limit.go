package web

import (
	"sync"
	"time"
)

// Limiter lets each key do something so many times in a while, evenly refilled
// (a token bucket, kept as the moment at which the bucket is full again). It
// remembers a bounded number of keys, so that a stranger cannot fill the memory.
type Limiter struct {
	burst int
	every time.Duration // one more after this long
	now   func() time.Time

	mu   sync.Mutex
	full map[string]time.Time
}

// maxKeys is how many keys a Limiter remembers.
const maxKeys = 100_000

// NewLimiter lets a key act burst times at once, and once more after each every.
func NewLimiter(burst int, every time.Duration, now func() time.Time) *Limiter {
	return &Limiter{burst: burst, every: every, now: now, full: map[string]time.Time{}}
}

// Allow tells whether the key may act now; if not, how long it has to wait.
func (l *Limiter) Allow(key string) (wait time.Duration, ok bool) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.every)
	if wait := full.Sub(now) - time.Duration(l.burst)*l.every; wait > 0 {
		return wait, false
	}
	if len(l.full) >= maxKeys {
		l.forget(now)
	}
	l.full[key] = full
	return 0, true
}

// forget makes room: what is full again says nothing, and where that is not
// enough any key has to go.
func (l *Limiter) forget(now time.Time) {
	for key, full := range l.full {
		if full.Before(now) {
			delete(l.full, key)
		}
	}
	for key := range l.full {
		if len(l.full) < maxKeys*9/10 {
			return
		}
		delete(l.full, key)
	}
}
