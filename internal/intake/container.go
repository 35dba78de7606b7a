package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/jobs"
	"digitalpost/internal/keys"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// containerJob delivers the letters of a mass mailing.
const containerJob jobs.Kind = "intake.container"

type containerArgs struct{ ID post.UUID }

// together is how many letters of a container are on their way at a time.
const together = 32

// AcceptContainer takes a mass mailing. It is stored before the answer, the
// technical receipt; a business receipt for each letter follows as it is
// delivered.
func (in *Intake) AcceptContainer(ctx context.Context, system registry.System, body io.Reader) (outbound.Receipt, error) {
	w := in.blobs.Create()
	if _, err := io.Copy(w, body); err != nil {
		w.Discard()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return outbound.Receipt{}, errs.New(errs.KindInvalid, CodeBodyIncomplete, "the body ended before its Content-Length")
		}
		return outbound.Receipt{}, fmt.Errorf("store container: %w", err)
	}
	draft, err := w.Close()
	if err != nil {
		return outbound.Receipt{}, err
	}
	receipt := outbound.Receipt{System: system.ID, Transmission: post.NewUUID(), Status: outbound.Received}
	err = in.db.Update(ctx, func(tx *db.Tx) error {
		var b db.Batch
		in.blobs.Insert(tx, &b, []*blob.Draft{draft})
		receipt.At = tx.Now
		b.Add("INSERT INTO container (id, system, body, body_key, received, handled, finished, failure) VALUES ($1, $2, $3, $4, $5, 0, NULL, '')",
			receipt.Transmission, system.ID, draft.ID, in.keys.Seal(keys.HeldSeal, draft.Key[:], receipt.Transmission[:]), tx.Now)
		audit.Add(tx, &b, audit.Event{Name: audit.MemoMassSendReceived, Actor: post.Actor{System: system.ID, Organisation: system.Organisation},
			Props: []audit.Prop{{Key: audit.TransmissionID, Value: receipt.Transmission.String()}}})
		if err := tx.Run(&b); err != nil {
			return err
		}
		_, err := jobs.Enqueue(tx, jobs.Job{Kind: containerJob, Queue: BulkQueue, Key: receipt.Transmission.String(), Args: containerArgs{receipt.Transmission}})
		return err
	})
	if err != nil {
		in.blobs.Drop(draft)
		return outbound.Receipt{}, err
	}
	return receipt, nil
}

// container is a mass mailing under way.
type container struct {
	id      post.UUID
	system  registry.System
	blob    post.UUID
	key     [32]byte
	handled int64
}

// deliverContainer delivers what is left of a container. After a restart it goes
// on where it was; letters delivered meanwhile are recognised as repetitions.
func (in *Intake) deliverContainer(ctx context.Context, _ jobs.Running, args containerArgs) error {
	c, body, err := in.openContainer(ctx, args.ID)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open container: %w", err)
	}
	defer body.Close()
	failure, err := in.deliverEntries(ctx, c, body)
	if err != nil {
		return err
	}
	return in.finishContainer(ctx, c, failure)
}

func (in *Intake) openContainer(ctx context.Context, id post.UUID) (*container, *blob.Reader, error) {
	c := &container{id: id}
	var body *blob.Reader
	err := in.db.Read(ctx, func(tx *db.Tx) error {
		var system post.SystemID
		var sealed []byte
		err := tx.QueryRow("SELECT system, body, body_key, handled FROM container WHERE id = $1 AND finished IS NULL", id).Scan(&system, &c.blob, &sealed, &c.handled)
		if err != nil {
			return err
		}
		key, err := in.keys.Open(keys.HeldSeal, sealed, id[:])
		if err != nil {
			return err
		}
		copy(c.key[:], key)
		if c.system, err = in.registry.System(tx, system); err != nil {
			return err
		}
		body, err = in.blobs.Open(tx, c.blob, c.key)
		return err
	})
	return c, body, err
}

// deliverEntries sends the entries through the bulk lane, some at a time. Where
// the container itself is to blame that it cannot be read to its end, failure
// says how.
func (in *Intake) deliverEntries(ctx context.Context, c *container, body io.Reader) (failure *memo.ContainerError, err error) {
	entries, err := memo.NewContainerReader(body, memo.ContainerLimits{})
	if failure, ok := errors.AsType[*memo.ContainerError](err); ok {
		return failure, nil
	}
	if err != nil {
		return nil, err
	}
	skip := c.handled
	for {
		var group []*letter
		for len(group) < together && err == nil {
			var entry *memo.ContainerEntry
			if entry, err = entries.Next(); err != nil {
				break
			}
			if skip > 0 {
				skip--
				continue
			}
			l, err := in.parseEntry(c, entry)
			if err != nil {
				return nil, err
			}
			group = append(group, l)
		}
		if err := in.deliverGroup(ctx, c, group); err != nil {
			return nil, err
		}
		if failure, ok := errors.AsType[*memo.ContainerError](err); ok {
			return failure, nil
		}
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// parseEntry reads one letter of a container. One that cannot be read gets its
// receipt by the entry's name, which is its messageUUID (facts 1.7).
func (in *Intake) parseEntry(c *container, entry *memo.ContainerEntry) (*letter, error) {
	l, err := in.parse(Submission{System: c.system, Body: entry, Length: -1})
	wrong, told := errors.AsType[*errs.Error](err)
	switch {
	case err == nil:
		l.transmission = c.id
		return l, nil
	case !told || wrong.Kind == errs.KindUnavailable || wrong.Kind == errs.KindInternal:
		return nil, err
	}
	l = &letter{system: c.system, transmission: c.id, memo: &memo.Message{}, result: make(chan error, 1),
		problems: &memo.Problems{List: []memo.Problem{{Path: "/", Code: wrong.Code, Detail: wrong.Detail}}}}
	l.memo.Header.MessageUUID = entry.UUID
	l.unreadable = true
	return l, nil
}

// deliverGroup delivers some letters and remembers that they are handled.
func (in *Intake) deliverGroup(ctx context.Context, c *container, group []*letter) error {
	failed := make([]error, len(group))
	var all sync.WaitGroup
	for i, l := range group {
		all.Go(func() { failed[i] = in.submit(ctx, in.bulk, l) })
	}
	all.Wait()
	for i, err := range failed {
		if err == nil {
			continue
		}
		told, ok := errors.AsType[*errs.Error](err)
		if !ok || told.Kind == errs.KindUnavailable || told.Kind == errs.KindInternal {
			return err
		}
		if err := in.refuseEntry(ctx, c, group[i], told); err != nil {
			return err
		}
	}
	c.handled += int64(len(group))
	return in.db.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE container SET handled = $1 WHERE id = $2", c.handled, c.id)
		return err
	})
}

// refuseEntry writes the receipt of a letter that a single sender would have been
// refused to his face.
func (in *Intake) refuseEntry(ctx context.Context, c *container, l *letter, why *errs.Error) error {
	return in.db.Update(ctx, func(tx *db.Tx) error {
		var b db.Batch
		push := map[post.SystemID]bool{c.system.ID: c.system.ReceiptEndpoint != ""}
		err := in.outbound.AddReceipts(tx, &b, push, outbound.Receipt{ID: tx.NewID(), System: c.system.ID, Transmission: c.id,
			MessageUUID: l.memo.Header.MessageUUID, MessageID: l.memo.Header.MessageID,
			Status: outbound.Invalid, Code: why.Code, Detail: why.Detail, At: tx.Now})
		if err != nil {
			return err
		}
		return tx.Run(&b)
	})
}

func (in *Intake) finishContainer(ctx context.Context, c *container, failure *memo.ContainerError) error {
	code := ""
	if failure != nil {
		code = failure.Code
	}
	return in.db.Update(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE container SET finished = $1, failure = $2 WHERE id = $3", tx.Now, code, c.id); err != nil {
			return err
		}
		if failure != nil {
			if err := in.refuseWhole(tx, c, failure); err != nil {
				return err
			}
		}
		return in.blobs.Delete(tx, c.blob)
	})
}

// refuseWhole tells the sender that the rest of a container could not be read.
func (in *Intake) refuseWhole(tx *db.Tx, c *container, failure *memo.ContainerError) error {
	var b db.Batch
	push := map[post.SystemID]bool{c.system.ID: c.system.ReceiptEndpoint != ""}
	err := in.outbound.AddReceipts(tx, &b, push, outbound.Receipt{ID: tx.NewID(), System: c.system.ID, Transmission: c.id,
		Status: outbound.Invalid, Code: failure.Code, Detail: fmt.Sprintf("after %d letters: %s", c.handled, failure.Detail), At: tx.Now})
	if err != nil {
		return err
	}
	return tx.Run(&b)
}
