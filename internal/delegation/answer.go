package delegation

import (
	"context"
	"time"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
)

// Codes of why something about an access cannot be done.
const (
	CodeNotYours  = "access.not.yours"  // the other side does this
	CodeAnswered  = "access.answered"   // it was answered, taken back, or its time is out
	CodeWrongCode = "access.code.wrong" //
	CodeSpent     = "access.code.spent" // wrong too often: it has to be offered anew
	CodeNeedsCode = "access.code.needed"
)

// MaxTries is how many wrong codes end an offer.
const MaxTries = 5

// Answer is the answer of the side that did not send a request: the owner's to a
// wish, the receiver's to an offer (ACC-02, ACC-03). version is the one they saw, 0
// for any. From an approval on the access works, and both sides are told. An offer
// with a code is approved by Activate.
func (d *Delegations) Answer(ctx context.Context, actor post.Actor, box, id post.UUID, version int64, approve bool) (Access, error) {
	var one Access
	err := d.work(ctx, actor, box, func(s *side) error {
		var err error
		if one, err = s.answering(id, version); err != nil {
			return err
		}
		if !approve {
			if one, err = s.become(one, Declined, post.UUID{}); err == nil {
				err = s.tell(audit.AccessRequestRejected, one)
			}
			if err == nil {
				err = s.announceDeclined(one)
			}
			return err
		}
		if one.Code {
			return errs.New(errs.KindConflict, CodeNeedsCode, "it is approved with the code that the owner tells")
		}
		one, err = s.approve(one)
		return err
	})
	return one, err
}

// answering is a request that this side is to answer.
func (s *side) answering(id post.UUID, version int64) (Access, error) {
	a, err := s.changing(id, version)
	switch {
	case err != nil:
		return a, err
	case !a.Request || a.Status != Asked:
		return a, errs.New(errs.KindConflict, CodeAnswered, "it was answered or taken back, or its time is out")
	case a.Asker == s.Mailbox.ID:
		return a, errs.New(errs.KindForbidden, CodeNotYours, "the other side answers")
	case a.Party.Refusal(s.tx.Now, true) != "": // dead meanwhile
		return a, errs.New(errs.KindConflict, CodeAnswered, "the other side can have no part in this any more")
	}
	return a, nil
}

// become writes down what became of a request.
func (s *side) become(a Access, status Status, right post.UUID) (Access, error) {
	n, err := s.tx.Exec("UPDATE access_request SET state = $1, privilege = $2, code = NULL, updated = $3, version = version + 1 WHERE id = $4 AND version = $5 AND state = 'SUBMITTED'",
		status, right, s.tx.Now, a.ID, a.Version)
	if err == nil && n == 0 {
		err = errs.ErrStale
	}
	a.Status, a.Right, a.Updated, a.Version = status, right, s.tx.Now, a.Version+1
	return a, err
}

func (s *side) approve(a Access) (Access, error) {
	r, err := s.force(a)
	if err != nil {
		return a, err
	}
	if a, err = s.become(a, Active, r.ID); err != nil {
		return a, err
	}
	a.Name = a.Party.Name
	if err := s.tell(audit.AccessRequestApproved, a); err != nil {
		return a, err
	}
	return a, s.announceApproval(a)
}

// Activate takes up an offer by the code that its owner has told (ACC-15). id is the
// offer, the zero id for whichever of those to the mailbox's owner has the code.
// Each wrong code is counted against the offers it was tried on; MaxTries end one.
func (d *Delegations) Activate(ctx context.Context, actor post.Actor, box, id post.UUID, code string) (Access, error) {
	var one Access
	err := d.work(ctx, actor, box, func(s *side) error {
		var refused error
		if id != (post.UUID{}) {
			a, err := s.answering(id, 0)
			if err != nil {
				return err
			}
			if !a.Code {
				return errs.New(errs.KindConflict, CodeAnswered, "there is no code to this")
			}
		}
		if _, err := s.tx.Exec("UPDATE access_request SET tries = tries WHERE helper = $1 AND state = 'SUBMITTED'", s.Mailbox.ID); err != nil { // locks them
			return err
		}
		open, err := s.requests("helper = $1 AND state = 'SUBMITTED' AND code IS NOT NULL", s.Mailbox.ID)
		if err == nil {
			open, err = s.named(open)
		}
		if err != nil {
			return err
		}
		tried := 0
		for _, a := range open {
			if a.Status != Asked || id != (post.UUID{}) && a.ID != id || a.Party.Refusal(s.tx.Now, true) != "" {
				continue
			}
			if s.fits(a, code) {
				one, err = s.approve(a)
				return err
			}
			tried++
			if err := s.wrong(a); err != nil {
				return err
			}
			if a.tries+1 >= MaxTries {
				refused = errs.Invalid(CodeSpent, "code", "the code was wrong %d times: the owner has to give the access anew", MaxTries)
			}
		}
		if refused == nil {
			refused = errs.Invalid(CodeWrongCode, "code", "this is not the code of an access that is offered")
		}
		return db.Keep(refused) // counted
	})
	return one, err
}

// wrong counts a wrong code. The last one ends the offer, and its owner is told.
func (s *side) wrong(a Access) error {
	answer := a.Answer
	if a.tries+1 >= MaxTries {
		answer = s.tx.Now
	}
	_, err := s.tx.Exec("UPDATE access_request SET tries = tries + 1, answer_by = $1, updated = $2, version = version + 1 WHERE id = $3", answer, s.tx.Now, a.ID)
	if err == nil && a.tries+1 >= MaxTries {
		err = s.announceSpent(a)
	}
	return err
}

// Change is what an owner makes of an access that they gave. What is left out stays.
type Change struct {
	Relation access.Relation // Reader or Writer
	// LastDay is the last Danish day; Forever takes the end away.
	LastDay time.Time
	Forever bool
	Senders []post.UUID // of a SenderReader
}

// Change alters an access in force, by its owner, who may always give less or more
// of their own; the other side is told. version is the one they saw, 0 for any. One
// whose last day is over is not changed: it is given anew, so that it never comes
// back without both saying so.
func (d *Delegations) Change(ctx context.Context, actor post.Actor, box, id post.UUID, version int64, c Change) (Access, error) {
	var senders []post.PartyID
	if len(c.Senders) > 0 {
		var err error
		if senders, err = d.haveWritten(ctx, actor, box, c.Senders); err != nil {
			return Access{}, err
		}
	}
	var one Access
	err := d.work(ctx, actor, box, func(s *side) error {
		old, err := s.changing(id, version)
		switch {
		case err != nil:
			return err
		case old.Owner != s.Mailbox.ID:
			return errs.New(errs.KindForbidden, CodeNotYours, "the owner changes it; others ask anew")
		case old.Request || old.Status != Active:
			return errs.New(errs.KindConflict, CodeAnswered, "only an access in force is changed")
		case c.Relation != 0 && (c.Relation != access.Reader && c.Relation != access.Writer || extentOf(c.Relation, "") != old.extent()),
			senders != nil && old.Relation != access.SenderReader:
			return errs.Invalid(CodeRelation, "Privileges", "this access cannot become that")
		}
		expires, err := ends(c.LastDay, s.tx.Now)
		if err != nil {
			return err
		}
		r, err := s.Rights.Change(s.tx, s.Actor, s.via, id, 0, func(r *rights.Right) {
			if c.Relation != 0 {
				r.Relation = c.Relation
			}
			if c.Forever || !c.LastDay.IsZero() {
				r.To = expires
			}
			if senders != nil {
				r.Senders = senders
			}
		})
		if err == nil {
			err = s.unoffer(s.tx, r)
		}
		if err != nil {
			return err
		}
		changed, err := s.named([]Access{s.right(r)})
		if err != nil {
			return err
		}
		one = changed[0]
		return s.announceChanged(one)
	})
	return one, err
}

// Remove ends an access at once, by either side and at any time (ACC-10), and the
// other side is told. A request is taken back by who sent it; the other answers it.
// What was declined, and what is over, leaves both lists. version is the one they
// saw, 0 for any.
func (d *Delegations) Remove(ctx context.Context, actor post.Actor, box, id post.UUID, version int64) (Access, error) {
	var one Access
	err := d.work(ctx, actor, box, func(s *side) error {
		var err error
		if one, err = s.changing(id, version); err != nil {
			return err
		}
		switch {
		case !one.Request:
			if _, err := s.Rights.End(s.tx, s.Actor, s.via, id, 0); err != nil || one.Status != Active {
				return err
			}
			return s.announceRemoved(one)
		case one.Awaits():
			return errs.New(errs.KindForbidden, CodeNotYours, "who was asked approves or declines")
		case one.Status == Asked:
			if one, err = s.become(one, Revoked, post.UUID{}); err == nil {
				err = s.tell(audit.AccessRequestRevoked, one)
			}
			return err
		case one.Status == Active, one.Status == Revoked:
			return errs.New(errs.KindConflict, CodeAnswered, "it was approved, or taken back: what it became is ended by itself")
		}
		return s.forget(id)
	})
	return one, err
}

// unoffer takes back what an owner has offered beside a right that was changed or has
// ended, by whomever: the last word holds, and what waits must not overrule it. What
// the other side has asked for waits on: it takes the owner's yes.
func (d *Delegations) unoffer(tx *db.Tx, r rights.Right) error {
	if !r.BetweenPeople() {
		return nil
	}
	_, err := tx.Exec(`UPDATE access_request SET state = $1, code = NULL, updated = $2, version = version + 1
		WHERE owner = $3 AND helper = $4 AND asker = $3 AND extent = $5 AND state = 'SUBMITTED'`, Revoked, tx.Now, r.Mailbox, r.Holder, extentOf(r.Relation, r.Source))
	return err
}

// close ends all of a person who has died, in the transaction in which the register
// says so: what they gave, were given, offered and asked for. Nothing of it comes
// back where the register was wrong.
func (d *Delegations) close(tx *db.Tx, p registry.Party) error {
	if p.Kind != post.Person {
		return nil
	}
	to, err := d.Rights.To(tx, p.ID)
	if err != nil {
		return err
	}
	of, err := d.Rights.Of(tx, p.ID, 0)
	if err != nil {
		return err
	}
	for _, r := range append(to, of...) {
		if r.BetweenPeople() {
			if _, err := d.Rights.End(tx, post.Program, 0, r.ID, 0); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec("DELETE FROM access_request_sender WHERE request IN (SELECT id FROM access_request WHERE owner = $1 OR helper = $1)", p.ID); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM access_request WHERE owner = $1 OR helper = $1", p.ID)
	return err
}
