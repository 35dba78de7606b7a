package intake

import (
	"context"
	"sync"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
)

// Queues of the jobs that deliver. A container needs up to 128 MiB of memory
// while it is unpacked: give BulkQueue few workers.
const (
	DateQueue = "date" // letters whose date has come
	BulkQueue = "bulk" // mass mailings
)

// maxTogether is how many letters share a transaction.
const maxTogether = 64

// Start begins to deliver. Two groups are under way at a time: one prepares
// while the other is written.
func (in *Intake) Start() {
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(in.work)
	}
	go func() {
		workers.Wait()
		close(in.stopped)
	}()
}

// Stop waits until the letters under way are delivered. Nothing may be handed in
// after it.
func (in *Intake) Stop() {
	in.stopping.Do(func() { close(in.stop) })
	<-in.stopped
}

// submit puts a letter into a lane and waits for its outcome.
func (in *Intake) submit(ctx context.Context, lane chan *letter, l *letter) error {
	select {
	case lane <- l:
	case <-ctx.Done():
		in.drop(l)
		return ctx.Err()
	case <-in.stop:
		in.drop(l)
		return errs.New(errs.KindUnavailable, CodeBusy, "the program is stopping; try again")
	}
	return <-l.result // its fate is decided, also when the caller has left
}

// work delivers group after group. A group is every letter that waits; single
// letters go before those of mass mailings at every step (facts 2.9).
func (in *Intake) work() {
	for {
		var group []*letter
		select {
		case l := <-in.single:
			group = append(group, l)
		default:
			select {
			case l := <-in.single:
				group = append(group, l)
			case l := <-in.bulk:
				group = append(group, l)
			case <-in.stop:
				return
			}
		}
		in.deliverAll(in.gather(group))
	}
}

func (in *Intake) gather(group []*letter) []*letter {
	for len(group) < maxTogether {
		select {
		case l := <-in.single:
			group = append(group, l)
			continue
		default:
		}
		select {
		case l := <-in.bulk:
			group = append(group, l)
			continue
		default:
		}
		break
	}
	return group
}

// deliverAll delivers a group in one transaction. Where that fails for a reason
// that lies in one of them, each is tried by itself.
func (in *Intake) deliverAll(group []*letter) {
	err := in.commit(group)
	if err != nil && len(group) > 1 && errs.KindOf(err) != errs.KindUnavailable {
		for _, l := range group {
			in.deliverAll([]*letter{l})
		}
		return
	}
	for _, l := range group {
		own := err
		if own == nil {
			own = l.answer
		}
		if own != nil || l.dropped {
			in.drop(l)
		}
		l.result <- own
	}
}

// commit runs deliver, again where another process delivered the same letter at
// the same moment.
func (in *Intake) commit(group []*letter) error {
	const tries = 5
	for try := 1; ; try++ {
		err := in.db.UpdateAt(context.Background(), db.ReadCommitted, func(tx *db.Tx) error { return in.deliver(tx, group) })
		if !db.IsDuplicate(err) || try == tries {
			return err
		}
	}
}
