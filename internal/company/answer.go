package company

import (
	"context"
	"strings"
	"unicode/utf8"

	"digitalpost/internal/audit"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Answer approves or declines a request. version is the one that the asker knows, 0
// for any. An approval gives the rights at once; the employee is told either way.
func (c *Companies) Answer(ctx context.Context, actor post.Actor, id post.UUID, version int64, approve bool, reply string) (Request, error) {
	if utf8.RuneCountInString(reply) > MaxNote {
		return Request{}, errs.Invalid(CodeNote, "note", "a reply has at most %d characters", MaxNote)
	}
	var one Request
	err := c.work(ctx, actor, func(s *side) error {
		all, err := s.requests("id = $1", id)
		if err == nil && len(all) == 0 {
			err = ErrNoRequest
		}
		if err != nil {
			return err
		}
		one = all[0]
		u, err := s.mayAt(one.Unit, s.manages)
		if err != nil {
			return err
		}
		if err := s.waits(one, version); err != nil {
			return err
		}
		if one.Employee.Person == s.actor.Party {
			return errs.New(errs.KindForbidden, CodeOwn, "nobody answers their own request")
		}
		event := audit.AccessRequestRejected
		one.State, one.Reply = Rejected, strings.TrimSpace(reply)
		if approve {
			event, one.State = audit.AccessRequestApproved, Approved
			if err := s.approve(one); err != nil {
				return err
			}
		}
		if err := s.answered(&one); err != nil {
			return err
		}
		if err := s.tellRequest(event, one, u.Via); err != nil {
			return err
		}
		return s.announceAnswer(one)
	})
	return one, err
}

// waits tells that a request waits for its answer, as its reader knows it.
func (s *side) waits(one Request, version int64) error {
	switch {
	case version != 0 && version != one.Version:
		return errs.ErrStale
	case one.State != Submitted:
		return errs.New(errs.KindConflict, CodeAnswered, "it was answered, or taken back")
	}
	return nil
}

// approve gives what was asked for.
func (s *side) approve(one Request) error {
	var lines []line
	for _, relation := range one.Relations {
		lines = append(lines, line{Unit: one.Unit.ID, Employer: one.Employer.ID, Person: one.Employee.Person, Relation: relation.String(), To: dayOf(one.LastDay())})
	}
	plan, err := s.plan(lines)
	if err != nil {
		return err
	}
	return s.carry(plan)
}

func (s *side) answered(one *Request) error {
	sealed, err := s.seal(*one)
	if err != nil {
		return err
	}
	one.Updated, one.Answered, one.Version = s.tx.Now, s.tx.Now, one.Version+1
	by, err := s.registry.Party(s.tx, s.actor.Party)
	if err != nil {
		return err
	}
	one.AnsweredBy = by.Name
	_, err = s.tx.Exec("UPDATE rights_request SET state = $1, said = $2, answered_by = $3, answered = $4, updated = $4, version = $5 WHERE id = $6",
		one.State, sealed, s.actor.Party, s.tx.Now, one.Version, one.ID)
	return err
}
