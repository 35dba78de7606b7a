package mailbox

import (
	"context"
	"sync"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Glance is the state of a mailbox that an open page shows.
type Glance struct {
	Modseq int64
	Unread int64 // in the inbox
	Total  int64 // in the inbox
}

// watchers are the open pages and streams of this process. What this process
// does wakes them at once. For what others do one reader looks at all watched
// mailboxes together, so that a stream on which nothing happens costs next to
// nothing.
type watchers struct {
	mu      sync.Mutex
	open    map[post.PartyID]*watched
	by      map[post.PartyID]int // how many somebody holds open
	looking bool
}

// watched is a mailbox with who watches it.
type watched struct {
	modseq int64 // the newest that the reader knows of
	wake   map[chan struct{}]bool
}

func (w *watchers) wake(mailbox post.PartyID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if box := w.open[mailbox]; box != nil {
		box.awake()
	}
}

func (b *watched) awake() {
	for c := range b.wake {
		select {
		case c <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Bounds of what is found out without being told.
const (
	otherProcesses = 500 * time.Millisecond // how often is looked for what another process did
	stillMay       = 5 * time.Second        // how often is asked whether somebody may still watch
)

// maxWatches is how many pages and streams one person holds open in a process: each
// costs something also when nothing happens.
const maxWatches = 1000

// CodeWatchesMany says that the person holds as many open already.
const CodeWatchesMany = "events.too.many"

// watch adds a watcher. The channel tells when to look.
func (m *Mailboxes) watch(box Mailbox, by post.PartyID) (<-chan struct{}, func(), error) {
	c := make(chan struct{}, 1)
	w := &m.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open, w.by = map[post.PartyID]*watched{}, map[post.PartyID]int{}
	}
	if w.by[by] >= maxWatches {
		return nil, nil, errs.New(errs.KindRateLimited, CodeWatchesMany, "at most %d pages and streams are held open at once", maxWatches)
	}
	w.by[by]++
	if w.open[box.ID] == nil {
		w.open[box.ID] = &watched{box.Modseq, map[chan struct{}]bool{}}
	}
	w.open[box.ID].wake[c] = true
	if !w.looking {
		w.looking = true
		go m.lookAround()
	}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.by[by]--; w.by[by] == 0 {
			delete(w.by, by)
		}
		delete(w.open[box.ID].wake, c)
		if len(w.open[box.ID].wake) == 0 {
			delete(w.open, box.ID)
		}
	}, nil
}

// lookAround wakes the watchers of mailboxes that another process has changed,
// as long as there are watchers.
func (m *Mailboxes) lookAround() {
	w := &m.watchers
	tick := time.NewTicker(otherProcesses)
	defer tick.Stop()
	for range tick.C {
		w.mu.Lock()
		keys := make([]any, 0, len(w.open))
		for id := range w.open {
			keys = append(keys, id)
		}
		w.looking = len(keys) > 0
		w.mu.Unlock()
		if len(keys) == 0 {
			return
		}
		now := make(map[post.PartyID]int64, len(keys))
		err := m.db.Read(context.Background(), func(tx *db.Tx) error {
			return tx.QueryIn("SELECT id, modseq FROM mailbox WHERE id IN ($IN)", keys, nil, func(rows *db.Rows) error {
				var id post.PartyID
				var modseq int64
				err := rows.Scan(&id, &modseq)
				now[id] = modseq
				return err
			})
		})
		if err != nil {
			continue // the database is away; each watcher finds out by itself
		}
		w.mu.Lock()
		for id, modseq := range now {
			if box := w.open[id]; box != nil && modseq > box.modseq {
				box.modseq = modseq
				box.awake()
			}
		}
		w.mu.Unlock()
	}
}

// Watch calls each with the state of a mailbox now and after every change, until
// ctx ends, each fails, or the asker may no longer see the mailbox: rights are
// asked anew before every call, and every few seconds. alive is asked as often;
// an error ends the watch.
func (m *Mailboxes) Watch(ctx context.Context, actor post.Actor, mailbox post.UUID, alive func() error, each func(Glance) error) error {
	box, err := m.Get(ctx, actor, mailbox)
	if err != nil {
		return err
	}
	woken, done, err := m.watch(box, actor.Party)
	if err != nil {
		return err
	}
	defer done()
	tick := time.NewTicker(stillMay)
	defer tick.Stop()
	last := int64(-1)
	for {
		if err := alive(); err != nil {
			return err
		}
		if box, err = m.Get(ctx, actor, mailbox); err != nil {
			return err
		}
		if box.Modseq != last {
			g, err := m.glance(ctx, actor, mailbox)
			if err != nil {
				return err
			}
			if err := each(g); err != nil {
				return err
			}
			last = g.Modseq
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
