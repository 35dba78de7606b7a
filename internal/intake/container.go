package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

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

// mailing is a container under way.
type mailing struct {
	id      post.UUID
	system  registry.System
	blob    post.UUID
	key     [32]byte
	handled int64 // entries whose outcome is on record
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

func (in *Intake) openContainer(ctx context.Context, id post.UUID) (*mailing, *blob.Reader, error) {
	c := &mailing{id: id}
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

// errElsewhere ends a job whose container another process has taken over.
var errElsewhere = errors.New("the container is being delivered elsewhere")

// record stores that entries are handled, in one transaction with the receipts
// that no lane has written: each entry has one outcome, whatever is cut off.
func (in *Intake) record(ctx context.Context, c *mailing, handled int64, refused []outbound.Receipt) error {
	err := in.db.Update(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE container SET handled = $1 WHERE id = $2 AND handled = $3 AND finished IS NULL", c.handled+handled, c.id, c.handled)
		if err != nil {
			return err
		}
		if n == 0 {
			return errElsewhere
		}
		return in.addRefusals(tx, c, refused)
	})
	if err == nil {
		c.handled += handled
	}
	return err
}

// finishContainer ends a container. failure tells why the rest of it could not be
// read, nil where it was.
func (in *Intake) finishContainer(ctx context.Context, c *mailing, failure *memo.ContainerError) error {
	var code string
	var refused []outbound.Receipt
	if failure != nil {
		code = failure.Code
		refused = []outbound.Receipt{{Status: outbound.Invalid, Code: code, Detail: fmt.Sprintf("after %d letters: %s", c.handled, failure.Detail)}}
	}
	return in.db.Update(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE container SET finished = $1, failure = $2 WHERE id = $3 AND finished IS NULL", tx.Now, code, c.id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errElsewhere
		}
		if err := in.addRefusals(tx, c, refused); err != nil {
			return err
		}
		return in.blobs.Delete(tx, c.blob)
	})
}

// addRefusals writes receipts for entries that no lane has taken, or for a
// container as a whole.
func (in *Intake) addRefusals(tx *db.Tx, c *mailing, refused []outbound.Receipt) error {
	var b db.Batch
	var events []audit.Event
	actor := post.Actor{System: c.system.ID, Organisation: c.system.Organisation}
	for i := range refused {
		r := &refused[i]
		r.ID, r.At, r.System, r.Transmission = tx.NewID(), tx.Now, c.system.ID, c.id
		props := []audit.Prop{audit.ID(audit.TransmissionID, c.id)}
		if r.MessageUUID != (post.UUID{}) {
			props = append(props, audit.ID(audit.MessageUUID, r.MessageUUID))
		}
		events = append(events,
			audit.Event{Name: audit.MemoSendValidationFailed, Actor: actor, Props: append(slices.Clip(props), audit.Prop{Key: audit.ErrorCode, Value: r.Code})},
			audit.Event{Name: audit.BusinessReceiptCreated, Actor: actor, Props: append(slices.Clip(props), audit.Prop{Key: audit.ReceiptStatus, Value: string(r.Status)})})
	}
	if err := in.outbound.AddReceipts(tx, &b, map[post.SystemID]bool{c.system.ID: c.system.ReceiptEndpoint != ""}, refused...); err != nil {
		return err
	}
	audit.Add(tx, &b, events...)
	return tx.Run(&b)
}
