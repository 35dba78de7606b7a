package web

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"digitalpost/internal/errs"
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
	full, wait := l.after(key, now)
	if wait > 0 {
		return wait, false
	}
	if len(l.full) >= maxKeys {
		l.forget(now)
	}
	l.full[key] = full
	return 0, true
}

// wait is how long the key has to wait, without counting; 0 where it may act now.
func (l *Limiter) wait(key string) time.Duration {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	_, wait := l.after(key, now)
	return wait
}

// after is when the key's bucket would be full again after acting now, and how
// long it has to wait before that.
func (l *Limiter) after(key string, now time.Time) (full time.Time, wait time.Duration) {
	full = l.full[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.every)
	return full, max(0, full.Sub(now)-time.Duration(l.burst)*l.every)
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

// maxBody is as much of a request's body as a page reads, in bytes, if it does not
// allow more: whoever asks for a field of a form reads all of it, and files in it go
// to the disk.
const maxBody = 1 << 20

// AllowBody lets a page that takes files read more of a request's body than others.
func AllowBody(w http.ResponseWriter, r *http.Request, most int64) {
	body := r.Body
	if q := requestOf(r.Context()); q.body != nil {
		body = q.body
	}
	r.Body = http.MaxBytesReader(w, body, most)
}

// Caller is who asks, as limits count them: one caller has a whole network of
// addresses of IPv6 (RFC 6177).
func Caller(r *http.Request) string {
	client := Client(r)
	if client.Is6() {
		if network, err := client.Prefix(64); err == nil {
			return network.String()
		}
	}
	return client.String()
}

// Limit refuses an address that asks more often than the limiter allows.
func (s *Site) Limit(l *Limiter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait, ok := l.Allow(Caller(r)); !ok {
			s.tooMany(w, r, wait)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// LimitLogIn refuses an address that asks for log-in again and again. Many people of
// one office have one address, so that their pages are not counted.
func (s *Site) LimitLogIn(next http.Handler) http.Handler {
	held := s.Limit(s.logins, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/log-ind") {
			held.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// LimitFailures refuses an address that was refused more often than the limiter
// allows. Who does nothing wrong is not counted.
func (s *Site) LimitFailures(l *Limiter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := Caller(r)
		if wait := l.wait(key); wait > 0 {
			s.tooMany(w, r, wait)
			return
		}
		answer := &recorder{ResponseWriter: w, request: requestOf(r.Context())}
		next.ServeHTTP(answer, r)
		if answer.status >= 400 && answer.status < 500 {
			l.Allow(key)
		}
	})
}

func (s *Site) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	s.fail(w, r, TooMany(w, wait))
}

// TooMany is the error of who has to wait. The page of the error says how long.
func TooMany(w http.ResponseWriter, wait time.Duration) error {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	return errs.New(errs.KindRateLimited, "caller.too.many", "too many calls")
}
