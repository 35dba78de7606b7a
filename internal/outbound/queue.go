package outbound

import (
	"context"
	"errors"
	"strconv"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Queues of the jobs that push. They wait for the network more than they work:
// give each some tens of workers.
const (
	ReceiptQueue = "receipts"
	LetterQueue  = "letters"
)

// nextSystem finds, for each queue, the first system after $1 that something
// waits for: one step in an index, however many rows there are.
var nextSystem = map[string]string{
	ReceiptQueue: "SELECT system FROM receipt WHERE system > $1 ORDER BY system LIMIT 1",
	LetterQueue:  "SELECT system FROM waiting_letter WHERE system > $1 AND handed IS NULL ORDER BY system LIMIT 1",
}

const sweepKind jobs.Kind = "outbound.sweep"

// sweepEvery is how late a push may be that nobody was woken for.
const sweepEvery = 30 * time.Second

// Register tells a runner how to do this package's jobs.
func (o *Outbound) Register(r *jobs.Runner) {
	jobs.Handle(r, sendingKind(ReceiptQueue), func(ctx context.Context, _ jobs.Running, s sending) error { return o.sendReceipts(ctx, s.System) })
	jobs.Handle(r, sendingKind(LetterQueue), func(ctx context.Context, _ jobs.Running, s sending) error { return o.sendLetters(ctx, s.System) })
	jobs.Handle(r, sweepKind, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return o.sweep(ctx) })
	r.Every(sweepKind, jobs.Interval(sweepEvery))
	jobs.Handle(r, watchKind, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return o.watch(ctx) })
	r.Every(watchKind, jobs.Interval(watchEvery))
	jobs.Handle(r, mailKind, func(ctx context.Context, _ jobs.Running, m mailing) error { return o.sendMail(ctx, m.ID) })
	jobs.Handle(r, forgetKind, func(ctx context.Context, _ jobs.Running, _ struct{}) error { return o.forgetMails(ctx) })
	r.Every(forgetKind, jobs.Interval(time.Hour))
}

// sending is the argument of a job that posts what waits for a system.
type sending struct {
	System post.SystemID `json:"system"`
}

func sendingKind(queue string) jobs.Kind { return jobs.Kind("outbound." + queue) }

func sendingKey(queue string, system post.SystemID) string {
	return queue + ":" + strconv.FormatInt(int64(system), 10)
}

func sendingJob(queue string, system post.SystemID) jobs.Job {
	return jobs.Job{Kind: sendingKind(queue), Queue: queue, Key: sendingKey(queue, system), Args: sending{system}}
}

// wakeEvery is how often one process enqueues a system's job at most.
const wakeEvery = time.Second

// wake has the sending job of a system run once tx is committed. Enqueuing locks
// the job's row until then, on PostgreSQL: if every delivery did it, a busy
// sender's deliveries would stand in line for that row and no worker would find
// it free. So a process that woke the job a moment ago takes it for awake until
// the job looks for work; what slips through is found by sweep.
func (o *Outbound) wake(tx *db.Tx, queue string, system post.SystemID) error {
	key := sendingKey(queue, system)
	if last, ok := o.woken.Load(key); ok {
		if since := tx.Now.Sub(last.(time.Time)); 0 <= since && since < wakeEvery {
			return nil
		}
	}
	tx.OnCommit(func() { o.woken.Store(key, tx.Now) }) // before the job is started
	_, err := jobs.Enqueue(tx, sendingJob(queue, system))
	return err
}

// asleep is called before a job looks for work: what comes after the look has to
// wake it again.
func (o *Outbound) asleep(queue string, system post.SystemID) {
	o.woken.Delete(sendingKey(queue, system))
}

// sweep wakes the jobs of all systems that things wait for.
func (o *Outbound) sweep(ctx context.Context) error {
	var found []jobs.Job
	err := o.db.Read(ctx, func(tx *db.Tx) error {
		found = nil
		for queue := range nextSystem {
			systems, err := waitingFor(tx, queue)
			if err != nil {
				return err
			}
			for _, id := range systems {
				s, err := o.systems.System(tx, id)
				if errs.KindOf(err) == errs.KindNotFound {
					continue
				}
				if err != nil {
					return err
				}
				if pushes(s, queue, tx.Now) {
					found = append(found, sendingJob(queue, id))
				}
			}
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		return err
	}
	return o.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		for _, job := range found {
			if _, err := jobs.Enqueue(tx, job); err != nil {
				return err
			}
		}
		return nil
	})
}

// waitingFor is the systems that something waits for in a queue.
func waitingFor(tx *db.Tx, queue string) ([]post.SystemID, error) {
	var all []post.SystemID
	for last := post.SystemID(0); ; all = append(all, last) {
		err := tx.QueryRow(nextSystem[queue], last).Scan(&last)
		if errors.Is(err, db.ErrNoRows) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// pushes tells whether a system has what waits in a queue posted to it.
func pushes(s registry.System, queue string, now time.Time) bool {
	if queue == ReceiptQueue {
		return s.ReceiptEndpoint != "" && s.ActiveAt(now)
	}
	return s.Protocol == registry.RESTPush && s.ActiveAt(now)
}

// Resume has what waits for a system posted at once, however long the wait after
// earlier failures: its endpoint was mended, or it was switched on again.
func (o *Outbound) Resume(tx *db.Tx, system post.SystemID) error {
	for queue := range nextSystem {
		if err := succeeded(tx, system, queue); err != nil {
			return err
		}
		if _, err := jobs.Cancel(tx, sendingKind(queue), sendingKey(queue, system)); err != nil {
			return err
		}
		if _, err := jobs.Enqueue(tx, sendingJob(queue, system)); err != nil {
			return err
		}
	}
	return nil
}
