// Package jobs is background work: enqueued in the transaction that makes it
// necessary, run after that transaction is committed, tried again until it
// succeeds.
//
// A job waits, runs, and is gone when it is done. One that has failed too often
// is dead: it is kept, for somebody to look at and to Retry. What is Unavailable,
// such as a full disk, counts as no failure of the job: it waits a minute.
//
//	Enqueue → waiting ⇄ running → gone
//	              ↑        ↓
//	            Retry ←  dead
//
// A job runs at least once, and now and then twice: a process that dies leaves a
// lease that runs out, and then another takes the job. So handlers are
// idempotent. They run outside any transaction.
package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/post"
)

// Kind names what a job does. Kinds are declared beside their handlers.
type Kind string

// Default is the queue of jobs that name none.
const Default = "default"

// defaultAttempts is how often a job is tried that does not say: for about four
// days.
const defaultAttempts = 25

// Job is work to do.
type Job struct {
	Kind Kind
	// Queue is whose workers run it; "" is Default.
	Queue string
	// Key makes a job unique among the waiting and running ones of its kind; ""
	// is not unique.
	Key string
	// Args is what the handler gets, by way of JSON. It holds ids rather than
	// personal data.
	Args any
	// RunAt is when it runs at the earliest; zero is at once.
	RunAt time.Time
	// MaxAttempts is after how many failures the job is dead; 0 is 25, which is
	// about four days.
	MaxAttempts int
}

// Enqueue has a job run once tx is committed. It tells whether the job was made:
// not where one with its key waits already, whenever that is due. Where one with
// its key runs, that one runs once more when it has ended, since it may have
// looked before tx was committed.
func Enqueue(tx *db.Tx, job Job) (created bool, err error) {
	if job.Kind == "" {
		return false, errors.New("a job without a kind")
	}
	args, err := json.Marshal(job.Args)
	if err != nil {
		return false, fmt.Errorf("arguments of job %s: %w", job.Kind, err)
	}
	if job.Queue == "" {
		job.Queue = Default
	}
	if job.MaxAttempts <= 0 {
		job.MaxAttempts = defaultAttempts
	}
	if job.RunAt.IsZero() {
		job.RunAt = tx.Now
	}
	var key any
	if job.Key != "" {
		key = job.Key
	}
	id := tx.NewID()
	var stored post.UUID
	err = tx.QueryRow(`INSERT INTO job (id, kind, queue, key, args, due, again, attempts, max_attempts, created, error)
		VALUES ($1, $2, $3, $4, $5, $6, FALSE, 0, $7, $8, '')
		ON CONFLICT (kind, key) WHERE key IS NOT NULL AND due IS NOT NULL
		DO UPDATE SET again = TRUE WHERE job.lease IS NOT NULL RETURNING id`,
		id, string(job.Kind), job.Queue, key, string(args), job.RunAt, job.MaxAttempts, tx.Now).Scan(&stored)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("enqueue %s: %w", job.Kind, err)
	}
	if !job.RunAt.After(tx.Now) {
		tx.OnCommit(func() { wake(job.Queue) })
	}
	return stored == id, nil
}

// Cancel removes the waiting job of a kind and key. It tells whether there was
// one; a job that runs already is left alone.
func Cancel(tx *db.Tx, kind Kind, key string) (bool, error) {
	n, err := tx.Exec("DELETE FROM job WHERE kind = $1 AND key = $2 AND due IS NOT NULL AND lease IS NULL", string(kind), key)
	return n > 0, err
}

// DeadJob is a job that has failed too often.
type DeadJob struct {
	ID       post.UUID
	Kind     Kind
	Queue    string
	Key      string
	Args     string // JSON
	Attempts int
	Created  time.Time
	Error    string // of the last attempt
}

// Dead lists dead jobs, the newest first.
func Dead(tx *db.Tx, limit int) ([]DeadJob, error) {
	rows, err := tx.Query(`SELECT id, kind, queue, COALESCE(key, ''), args, attempts, created, error
		FROM job WHERE due IS NULL ORDER BY id DESC LIMIT $1`, limit)
	return db.Collect(rows, err, func(rows *db.Rows) (j DeadJob, err error) {
		err = rows.Scan(&j.ID, &j.Kind, &j.Queue, &j.Key, &j.Args, &j.Attempts, db.Time(&j.Created), &j.Error)
		return j, err
	})
}

// Retry has a dead job run again, with all its attempts before it. It tells
// whether it will: not where it is not dead, or where another with its key has
// taken its place.
func Retry(tx *db.Tx, id post.UUID) (bool, error) {
	n, err := tx.Exec(`UPDATE job SET due = $1, attempts = 0 WHERE id = $2 AND due IS NULL AND NOT EXISTS (
		SELECT 1 FROM job other WHERE other.kind = job.kind AND other.key = job.key AND other.due IS NOT NULL)`, tx.Now, id)
	return n > 0, err
}

// Count is the state of a queue.
type Count struct {
	Queue                  string
	Waiting, Running, Dead int
	// Oldest is since when the first of the waiting jobs is due, or will be; zero
	// where none waits.
	Oldest time.Time
}

// Counts tells the state of each queue that has jobs, for metrics.
func Counts(tx *db.Tx) ([]Count, error) {
	rows, err := tx.Query(`SELECT queue,
			COUNT(CASE WHEN due IS NOT NULL AND lease IS NULL THEN 1 END),
			COUNT(lease),
			COUNT(CASE WHEN due IS NULL THEN 1 END),
			MIN(CASE WHEN lease IS NULL THEN due END)
		FROM job GROUP BY queue ORDER BY queue`)
	return db.Collect(rows, err, func(rows *db.Rows) (c Count, err error) {
		err = rows.Scan(&c.Queue, &c.Waiting, &c.Running, &c.Dead, db.Time(&c.Oldest))
		return c, err
	})
}

// started are the runners at work in this process. A runner also looks by
// itself, so that to wake it only saves time.
var started struct {
	sync.Mutex
	runners map[*Runner]bool
}

func wake(queue string) {
	started.Lock()
	defer started.Unlock()
	for r := range started.runners {
		if q, ok := r.queues[queue]; ok {
			q.wakeUp()
		}
	}
}
