package company

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/keys"
	"digitalpost/internal/post"
)

// Codes of why a draft is not made.
const (
	CodeStale    = "rights.draft.stale"    // something has changed since it was shown
	CodeProblems = "rights.draft.problems" // it has lines that are wrong
)

// draft is a change that waits to be made.
type draft struct {
	Lines    []line    `cbor:"1,keyasint,omitempty"`
	Problems []Problem `cbor:"2,keyasint,omitempty"`
}

// draftLife is how long a draft waits.
const draftLife = 24 * time.Hour

// Prepare keeps a change to be shown before it is made.
func (c *Companies) Prepare(ctx context.Context, actor post.Actor, change Change) (post.UUID, error) {
	var id post.UUID
	err := c.work(ctx, actor, func(s *side) error {
		lines, err := s.lines(change)
		if err != nil {
			return err
		}
		if _, err := s.plan(lines); err != nil {
			return err
		}
		id, err = s.keep(draft{Lines: lines})
		return err
	})
	return id, err
}

// keep stores a draft, and forgets those whose time is over.
func (s *side) keep(d draft) (post.UUID, error) {
	if _, err := s.tx.Exec("DELETE FROM rights_draft WHERE created <= $1", s.tx.Now.Add(-draftLife)); err != nil {
		return post.UUID{}, err
	}
	plain, err := cbor.Marshal(d)
	if err != nil {
		return post.UUID{}, err
	}
	id := s.tx.NewID()
	_, err = s.tx.Exec("INSERT INTO rights_draft (id, person, organisation, sealed, created) VALUES ($1, $2, $3, $4, $5)",
		id, s.actor.Party, s.actor.Organisation, s.keys.Seal(keys.CompanySeal, plain, id[:]), s.tx.Now)
	return id, err
}

// ErrNoDraft says that there is no such draft of the one who asks: it was made, or its
// time is over.
var ErrNoDraft = errs.NotFound("rights.draft.unknown")

// drafted is the plan of a draft, as things are now.
func (s *side) drafted(id post.UUID) (Plan, error) {
	var sealed []byte
	err := s.tx.QueryRow("SELECT sealed FROM rights_draft WHERE id = $1 AND person = $2 AND organisation = $3 AND created > $4",
		id, s.actor.Party, s.actor.Organisation, s.tx.Now.Add(-draftLife)).Scan(&sealed)
	if errors.Is(err, db.ErrNoRows) {
		err = ErrNoDraft
	}
	if err != nil {
		return Plan{}, err
	}
	plain, err := s.keys.Open(keys.CompanySeal, sealed, id[:])
	if err != nil {
		return Plan{}, err
	}
	var d draft
	if err := cbor.Unmarshal(plain, &d); err != nil {
		return Plan{}, err
	}
	plan, err := s.plan(d.Lines)
	plan.Problems = append(d.Problems, plan.Problems...)
	slices.SortStableFunc(plan.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return plan, err
}

// Draft is what a draft comes to, as things are now.
func (c *Companies) Draft(ctx context.Context, actor post.Actor, id post.UUID) (Plan, error) {
	var plan Plan
	err := c.look(ctx, actor, func(s *side) (err error) {
		plan, err = s.drafted(id)
		return err
	})
	return plan, err
}

// Apply makes what a draft comes to, all of it or nothing, where it is still what its
// reader saw: digest is that plan's. One with problems is not made.
func (c *Companies) Apply(ctx context.Context, actor post.Actor, id post.UUID, digest string) (Plan, error) {
	var plan Plan
	err := c.work(ctx, actor, func(s *side) (err error) {
		if plan, err = s.drafted(id); err != nil {
			return err
		}
		switch {
		case len(plan.Problems) > 0:
			return errs.New(errs.KindConflict, CodeProblems, "%d lines are wrong", len(plan.Problems))
		case plan.Digest != digest:
			return errs.New(errs.KindConflict, CodeStale, "something has changed since it was shown")
		}
		if err := s.carry(plan); err != nil {
			return err
		}
		_, err = s.tx.Exec("DELETE FROM rights_draft WHERE id = $1", id)
		return err
	})
	return plan, err
}
