package mailbox

import (
	"context"
	"sync"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Glance is the state of a mailbox that an open page shows.
type Glance struct {
	Modseq int64
	Unread int64 // in the inbox
	Total  int64 // in the inbox
}

// watchers are the open pages of this process, by mailbox.
type watchers struct {
	mu   sync.Mutex
	open map[post.PartyID]map[chan struct{}]bool
}

func (w *watchers) wake(mailbox post.PartyID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open[mailbox] {
		select {
		case c <- struct{}{}:
		default: // it is awake already
		}
	}
}

func (w *watchers) add(mailbox post.PartyID) (chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[post.PartyID]map[chan struct{}]bool{}
	}
	if w.open[mailbox] == nil {
		w.open[mailbox] = map[chan struct{}]bool{}
	}
	w.open[mailbox][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open[mailbox], c)
		if len(w.open[mailbox]) == 0 {
			delete(w.open, mailbox)
		}
	}
}

// otherProcesses is how often a watcher looks for what another process did.
const otherProcesses = 2 * time.Second

// Watch calls each with the state of a mailbox now and after every change, until
// ctx ends, each fails, or the asker may no longer see the mailbox: rights are
// asked anew before every call. alive is asked as often; an error ends the watch.
func (m *Mailboxes) Watch(ctx context.Context, actor post.Actor, mailbox post.UUID, alive func() error, each func(Glance) error) error {
	last := Glance{Modseq: -1}
	box, err := m.Get(ctx, actor, mailbox)
	if err != nil {
		return err
	}
	woken, done := m.watchers.add(box.ID)
	defer done()
	tick := time.NewTicker(otherProcesses)
	defer tick.Stop()
	for {
		if err := alive(); err != nil {
			return err
		}
		g, err := m.glance(ctx, actor, mailbox)
		if err != nil {
			return err
		}
		if g.Modseq != last.Modseq {
			if err := each(g); err != nil {
				return err
			}
			last = g
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-woken:
		case <-tick.C:
		}
	}
}

func (m *Mailboxes) glance(ctx context.Context, actor post.Actor, mailbox post.UUID) (Glance, error) {
	var g Glance
	err := m.read(ctx, func(tx *db.Tx) error {
		v, _, err := m.see(tx, actor, mailbox)
		if err != nil {
			return err
		}
		g = Glance{Modseq: v.modseq}
		return m.count(tx, v, func(folder FolderID, total, unread int64) {
			if folder == Inbox {
				g.Total += total
				g.Unread += unread
			}
		})
	})
	return g, err
}
