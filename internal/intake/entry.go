package intake

import (
	"context"
	"errors"
	"io"
	"sync"

	"digitalpost/internal/errs"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// So much of a container is on its way at a time.
const (
	maxEntries = 32
	maxBytes   = 16 << 20
)

// entry is one letter of a container: on its way through the lane, or refused.
type entry struct {
	uuid    post.UUID // as the container names it
	letter  *letter   // nil where it could not be read
	refused *errs.Error
}

// deliverEntries sends the entries through the bulk lane, some at a time. Where
// the container itself is to blame that it cannot be read to its end, failure
// says how; what came whole before that is delivered.
func (in *Intake) deliverEntries(ctx context.Context, c *mailing, body io.Reader) (failure *memo.ContainerError, err error) {
	entries, err := memo.NewContainerReader(body, memo.ContainerLimits{})
	for skip := c.handled; err == nil; {
		var group []*entry
		group, skip, err = in.nextEntries(c, entries, skip)
		if err := in.deliverGroup(ctx, c, group); err != nil {
			return nil, err
		}
	}
	if failure, ok := errors.AsType[*memo.ContainerError](err); ok {
		return failure, nil
	}
	if err == io.EOF {
		return nil, nil
	}
	return nil, err
}

// nextEntries reads some entries, after passing over those to skip; left is how
// many more are to be skipped. Entries that were read count also where err says
// what came after them.
func (in *Intake) nextEntries(c *mailing, entries *memo.ContainerReader, skip int64) (group []*entry, left int64, err error) {
	for size := int64(0); len(group) < maxEntries && size < maxBytes; {
		next, err := entries.Next()
		if err != nil {
			return group, skip, err
		}
		if skip > 0 {
			skip--
			continue
		}
		e, err := in.readEntry(c, next)
		if err != nil {
			return group, skip, err
		}
		size += next.Size
		group = append(group, e)
	}
	return group, skip, nil
}

// readEntry reads one letter of a container. One that cannot be read gets its
// receipt by the entry's name, which must be its messageUUID (facts 1.7).
func (in *Intake) readEntry(c *mailing, next *memo.ContainerEntry) (*entry, error) {
	e := &entry{uuid: next.UUID}
	l, err := in.parse(Submission{System: c.system, Body: next, Length: next.Size})
	if err != nil {
		e.refused, err = told(err)
		return e, err
	}
	if l.memo.Header.MessageUUID != next.UUID {
		in.drop(l)
		e.refused = errs.Invalid(CodeUUIDMismatch, "messageUUID", "the letter has another messageUUID than its entry's name")
		return e, nil
	}
	l.from, l.transmission, e.letter = container, c.id, l
	return e, nil
}

// told divides errors into what the sender is told and what is ours to mend.
func told(err error) (*errs.Error, error) {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Kind != errs.KindInternal && e.Kind != errs.KindUnavailable {
		return e, nil
	}
	return nil, err
}

// deliverGroup delivers some letters and records that they are handled.
func (in *Intake) deliverGroup(ctx context.Context, c *mailing, group []*entry) error {
	if len(group) == 0 {
		return nil
	}
	failed := make([]error, len(group))
	var all sync.WaitGroup
	for i, e := range group {
		if e.letter == nil {
			continue
		}
		all.Go(func() {
			if err := in.submit(ctx, in.bulk, e.letter); err != nil {
				e.refused, failed[i] = told(err)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	var refused []outbound.Receipt
	for _, e := range group {
		if e.refused != nil {
			refused = append(refused, e.receipt())
		}
	}
	return in.record(ctx, c, int64(len(group)), refused)
}

// receipt is for a letter that a single sender would have been refused to his
// face.
func (e *entry) receipt() outbound.Receipt {
	r := outbound.Receipt{MessageUUID: e.uuid, Status: outbound.Invalid, Code: e.refused.Code, Detail: e.refused.Detail}
	if e.refused.Kind == errs.KindForbidden {
		r.Status = outbound.NotAllowed
	}
	if e.letter != nil {
		r.MessageID = e.letter.memo.Header.MessageID
	}
	return r
}
