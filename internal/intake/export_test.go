package intake

import (
	"context"
	"strings"

	"digitalpost/internal/db"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/memo"
)

// Waiting reads a held letter as its job does; what it returns delivers that, as
// the job then does.
func (in *Intake) Waiting(ctx context.Context, message post.UUID, sender post.PartyID) (deliver func() error, err error) {
	l, err := in.held(ctx, heldArgs{message, sender})
	return func() error { return in.submit(ctx, in.single, l) }, err
}

// Group delivers letters in one transaction. Before it, the same is done in a
// transaction that fails with lost, as one that loses a conflict is run again.
func (in *Intake) Group(ctx context.Context, system registry.System, lost error, letters ...string) (receipts []outbound.Receipt, answers []error, err error) {
	var group []*letter
	for _, xml := range letters {
		l, err := in.parse(Submission{System: system, Body: strings.NewReader(xml), Length: -1})
		if err != nil {
			return nil, nil, err
		}
		group = append(group, l)
	}
	err = in.db.UpdateAt(ctx, db.ReadCommitted, func(tx *db.Tx) error {
		if err := in.deliver(tx, group); err != nil {
			return err
		}
		return lost
	})
	if err != lost {
		return nil, nil, err
	}
	in.deliverAll(group)
	for _, l := range group {
		receipts, answers = append(receipts, l.receipt), append(answers, <-l.result)
	}
	return receipts, answers, nil
}

// Killed delivers a container as its job does, and stops where a killed program
// may: with letters delivered and nothing recorded, or with all recorded and the
// container not finished.
func (in *Intake) Killed(ctx context.Context, id post.UUID, recorded bool) error {
	c, body, err := in.openContainer(ctx, id)
	if err != nil {
		return err
	}
	defer body.Close()
	if recorded {
		_, err := in.deliverEntries(ctx, c, body)
		return err
	}
	entries, err := memo.NewContainerReader(body, memo.ContainerLimits{})
	if err != nil {
		return err
	}
	group, _, err := in.nextEntries(c, entries, 0)
	for _, e := range group {
		if e.letter != nil {
			in.submit(ctx, in.bulk, e.letter) //nolint:errcheck // nobody is there to hear it
		}
	}
	return err
}
