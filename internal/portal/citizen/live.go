package citizen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/session"
)

// present tells an open page how many seconds are left of the session. A page
// that asks for an event stream asks by itself, which is no activity; a person
// who presses "stay logged in" asks otherwise, which is.
func (p *Portal) present(w http.ResponseWriter, r *http.Request) error {
	if _, err := session.Of(r); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain")
	_, err := w.Write([]byte(strconv.Itoa(int(session.Ends(r).Sub(p.config.DB.Now()) / time.Second))))
	return err
}

// glance is what an open inbox is told.
type glance struct {
	Total  int64  `json:"total"`
	Unread string `json:"unread"` // "3 ulæste", "" for none
	Count  int64  `json:"count"`
}

// heartbeat is how often something is written to a stream, so that nobody on the
// way takes it for dead.
const heartbeat = 20 * time.Second

// errEnded says that the session of a stream is over.
var errEnded = errors.New("the session is over")

// events tells an open inbox of every change (MBX-15), as server-sent events.
func (p *Portal) events(w http.ResponseWriter, r *http.Request) error {
	n, err := session.Of(r)
	if errs.KindOf(err) == errs.KindUnauthenticated && err != nil {
		w.WriteHeader(http.StatusUnauthorized) // the browser does not ask again
		return nil
	}
	if err != nil {
		return err
	}
	boxes, err := p.config.Mailboxes.List(r.Context(), n.Actor())
	if err != nil {
		return err
	}
	if len(boxes) == 0 {
		return errs.NotFound("mailbox.unknown")
	}
	stream, err := begin(w)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.open, cancel)()
	words, secret := p.pages.In(r), session.Secret(r)
	beat := time.Now()
	alive := func() error {
		if time.Since(beat) >= heartbeat {
			beat = time.Now()
			if err := stream("", nil); err != nil {
				return err
			}
		}
		return p.config.DB.Read(ctx, func(tx *db.Tx) error {
			if _, err := p.config.Browser.Sessions.Find(tx, secret); err != nil {
				return errors.Join(errEnded, err)
			}
			return nil
		})
	}
	err = p.config.Mailboxes.Watch(ctx, n.Actor(), boxes[0].UUID, alive, func(g mailbox.Glance) error {
		out := glance{Total: g.Total, Count: g.Unread}
		if g.Unread > 0 {
			out.Unread = words.N("unread", g.Unread)
		}
		return stream("post", out)
	})
	if errors.Is(err, errEnded) {
		return stream("slut", struct{}{})
	}
	if ctx.Err() != nil {
		return nil // the reader has gone, or the server stops
	}
	return err
}

// begin starts a stream of server-sent events; the function it returns writes one
// (HTML, 9.2), or a comment where it has no name.
func begin(w http.ResponseWriter) (func(name string, data any) error, error) {
	control := http.NewResponseController(w)
	// A stream lives longer than a server gives an answer.
	if err := control.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("keep a stream open: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return func(name string, data any) error {
		text := ":\n\n"
		if name != "" {
			encoded, err := json.Marshal(data)
			if err != nil {
				return err
			}
			text = "event: " + name + "\ndata: " + string(encoded) + "\n\n"
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return control.Flush()
	}, nil
}
