package jobs

import (
	"errors"
	"time"
)

// Snooze is what a handler returns to be called again after a wait. It counts as
// no attempt.
func Snooze(wait time.Duration) error { return &snooze{wait} }

type snooze struct{ wait time.Duration }

func (s *snooze) Error() string { return "snooze " + s.wait.String() }

// Cancelled is what a handler returns when trying again cannot help and nobody
// has to look at it. The job is gone; err says why, for the log.
func Cancelled(err error) error { return &cancelledError{err} }

type cancelledError struct{ err error }

func (c *cancelledError) Error() string { return c.err.Error() }
func (c *cancelledError) Unwrap() error { return c.err }

// errNoHandler means that a newer program enqueued the job.
var errNoHandler = errors.New("no handler for this kind of job")
