package session

import (
	"context"
	"net/http"
	"strings"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Browser keeps the sessions of one host in its cookie. The cookie belongs to
// that host alone, and a session is worth something on its platform only, so
// that portals keep apart as in life.
type Browser struct {
	Sessions *Sessions
	DB       *db.DB
	Platform post.Platform
	// Secure is set where people come by https.
	Secure bool
}

// cookie is the name: browsers keep a __Host- cookie from being planted by
// another host or over http (RFC 6265bis, 4.1.3.2).
func (b *Browser) cookie() string {
	if b.Secure {
		return "__Host-session"
	}
	return "session"
}

// state is what Load puts into a request.
type state struct {
	session Session
	secret  string
	ends    time.Time
	err     error
}

type stateKey struct{}

// Load reads the session of each request and notes activity. A session that
// ended on the server has ended here.
func (b *Browser) Load(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), stateKey{}, b.load(r))))
	})
}

func (b *Browser) load(r *http.Request) state {
	c, err := r.Cookie(b.cookie())
	if err != nil {
		return state{err: ErrNone}
	}
	st := state{secret: c.Value}
	stale := false
	st.err = b.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		st.session, err = b.Sessions.Find(tx, c.Value)
		stale = b.Sessions.Stale(st.session, tx.Now)
		return err
	})
	if st.err == nil && st.session.Platform != b.Platform {
		st.err = ErrNone
	}
	if st.err == nil && stale && !ByPage(r) {
		st.err = b.DB.Update(r.Context(), func(tx *db.Tx) error {
			st.session.Seen = tx.Now
			return b.Sessions.Touch(tx, c.Value)
		})
	}
	if st.err != nil {
		return state{err: st.err}
	}
	st.ends = b.Sessions.Ends(st.session)
	return st
}

// ByPage tells a request that an open page makes by itself from one that a
// person makes: it does not count as activity, or nobody would ever be idle.
func ByPage(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "text/event-stream")
}

// Set gives the browser the secret of a new session.
func (b *Browser) Set(w http.ResponseWriter, secret string) {
	http.SetCookie(w, &http.Cookie{Name: b.cookie(), Value: secret, Path: "/", Secure: b.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Clear removes the cookie.
func (b *Browser) Clear(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: b.cookie(), Path: "/", MaxAge: -1, Secure: b.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Of is the session of a request that went through Load. The error is ErrNone
// or ErrExpired, or the database's own.
func Of(r *http.Request) (Session, error) {
	st, ok := r.Context().Value(stateKey{}).(state)
	if !ok {
		return Session{}, ErrNone
	}
	return st.session, st.err
}

// Actor is who asks: nobody where there is no session.
func Actor(r *http.Request) post.Actor {
	n, err := Of(r)
	if err != nil {
		return post.Actor{}
	}
	return n.Actor()
}

// Ends is when the session of a request ends if nothing more happens, for the
// warning on the page. It is the zero time where there is no session.
func Ends(r *http.Request) time.Time {
	st, _ := r.Context().Value(stateKey{}).(state)
	return st.ends
}

// Secret is the secret of a request's session, "" where there is none. It is for
// ending the session.
func Secret(r *http.Request) string {
	st, _ := r.Context().Value(stateKey{}).(state)
	return st.secret
}
