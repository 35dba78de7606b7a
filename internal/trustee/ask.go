package trustee

import (
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Request is whom an owner wants to forward letters to: a person by name and CPR
// number, or an organisation by CVR number and e-mail address (RCP-01).
type Request struct {
	FirstName, LastName string
	CPR                 post.CPR

	CVR   post.CVR
	Email string

	// LastDay is the last Danish day, the zero time for no end. Only its date counts.
	LastDay time.Time
}

// Codes of what is wrong with a request, beside those of registry.Lookup.
const (
	CodeWhom     = "trustee.whom"         // neither a person nor an organisation is named
	CodeYourself = "trustee.yourself"     //
	CodeThere    = "trustee.there"        // is a recipient already, or was asked
	CodeLastDay  = "trustee.last.day"     // is not in the future
	CodeEmail    = "trustee.email"        // is no address
	CodeCompany  = "trustee.organisation" // no active organisation has the number
)

const maxName, maxEmail = 200, 254

// Ask sets up a recipient, who must approve before anything can be forwarded. Both
// sides get a message. One who declined, or whose time is out, can be asked again.
//
// A person whose name and number do not belong together, who is a child or dead,
// or whom nobody knows is one answer: registry.ErrNameMismatch. Each such try is
// counted, and after some one has to wait: the error is RateLimited and says how
// long.
func (t *Trustees) Ask(ctx context.Context, actor post.Actor, box post.UUID, r Request) (Trustee, error) {
	if err := r.check(); err != nil {
		return Trustee{}, err
	}
	var made Trustee
	err := t.work(ctx, actor, box, func(s *side) error {
		expires := post.DayAfter(r.LastDay)
		if !expires.IsZero() && !s.tx.Now.Before(expires) {
			return errs.Invalid(CodeLastDay, "expires", "the last day is over")
		}
		if err := s.registry.MayAsk(s.tx, s.Actor); err != nil { // before anybody is looked up, so that it tells nothing
			return err
		}
		who, err := s.whom(r)
		if err != nil {
			return err
		}
		made, err = s.ask(r, who, expires)
		return err
	})
	return made, err
}

// check is what can be said of a request by itself.
func (r *Request) check() error {
	r.FirstName, r.LastName, r.Email = tidy(r.FirstName), tidy(r.LastName), strings.TrimSpace(r.Email)
	switch {
	case r.CPR.IsZero() == r.CVR.IsZero():
		return errs.Invalid(CodeWhom, "cprNumber", "either a CPR number or a CVR number is needed")
	case !r.CPR.IsZero() && (r.FirstName == "" || r.LastName == ""):
		return errs.Invalid(CodeWhom, "firstName", "first name and last name are needed")
	case utf8.RuneCountInString(r.FirstName) > maxName || utf8.RuneCountInString(r.LastName) > maxName:
		return errs.Invalid(CodeWhom, "firstName", "a name has at most %d characters", maxName)
	case !r.CVR.IsZero() && !validEmail(r.Email):
		return errs.Invalid(CodeEmail, "email", "an e-mail address is needed")
	}
	return nil
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= maxEmail
}

// whom finds who is named.
func (s *side) whom(r Request) (registry.Party, error) {
	if r.CPR.IsZero() {
		p, err := s.registry.OrganisationByCVR(s.tx, r.CVR)
		if errs.KindOf(err) == errs.KindNotFound || err == nil && p.Refusal(s.tx.Now, true) != "" {
			err = errs.Invalid(CodeCompany, "cvrNumber", "no active organisation has this number")
		}
		return p, err
	}
	return s.registry.Lookup(s.tx, s.Actor, r.CPR, r.FirstName, r.LastName)
}

func (s *side) ask(r Request, who registry.Party, expires time.Time) (Trustee, error) {
	if who.ID == s.Mailbox.ID {
		return Trustee{}, errs.Invalid(CodeYourself, "cprNumber", "nobody is their own recipient")
	}
	before, err := s.rows("owner = $1 AND recipient = $2", s.Mailbox.ID, who.ID)
	if err != nil {
		return Trustee{}, err
	}
	if len(before) > 0 {
		if st := before[0].Status; st == Asked || st == Approved {
			return Trustee{}, errs.New(errs.KindConflict, CodeThere, "there is such a recipient already")
		}
		if err := s.delete(before[0].ID); err != nil {
			return Trustee{}, err
		}
	}
	t := Trustee{ID: post.NewUUID(), Owner: s.Mailbox.ID, Mailbox: s.Mailbox.ID, recipient: who.ID, Party: who, Name: who.Name, Email: r.Email, Status: Asked, Expires: expires, Created: s.tx.Now, Version: 1}
	if who.Kind == post.Person {
		t.Name, t.Email = r.FirstName+" "+r.LastName, ""
	}
	plain, err := json.Marshal(said{t.Name, t.Email})
	if err != nil {
		return t, err
	}
	sealed, err := s.Seal(plain, t.ID[:])
	if err != nil {
		return t, err
	}
	_, err = s.tx.Exec("INSERT INTO trustee (id, owner, recipient, said, state, expires, created, updated, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1)",
		t.ID, t.Owner, t.recipient, sealed, t.Status, t.Expires, t.Created)
	if db.IsDuplicate(err) {
		return t, errs.New(errs.KindConflict, CodeThere, "there is such a recipient already")
	}
	if err != nil {
		return t, err
	}
	if err := s.registry.Asked(s.tx, s.Actor); err != nil {
		return t, err
	}
	if err := s.tell(audit.TrusteeRequested, t); err != nil {
		return t, err
	}
	return t, s.announceRequest(t)
}

func (s *side) delete(id post.UUID) error {
	_, err := s.tx.Exec("DELETE FROM trustee WHERE id = $1", id)
	return err
}

// Answer is a recipient's answer to a request; version is the one they saw, 0 for
// any. On approval both sides get a receipt (RCP-02). What was approved is not
// declined later: it is removed.
func (t *Trustees) Answer(ctx context.Context, actor post.Actor, box, id post.UUID, version int64, approve bool) (Trustee, error) {
	var one Trustee
	err := t.work(ctx, actor, box, func(s *side) error {
		var err error
		if one, err = s.changing(id, version); err != nil {
			return err
		}
		if one.recipient != s.Mailbox.ID {
			return errs.New(errs.KindForbidden, "trustee.not.yours.to.answer", "the recipient answers")
		}
		to, event := Declined, audit.TrusteeDeclined
		if approve {
			to, event = Approved, audit.TrusteeApproved
		}
		switch one.Status {
		case to:
			return nil
		case Asked:
		default:
			return errs.New(errs.KindConflict, "trustee.answered", "the request was answered, or its time is out")
		}
		one.Status, one.Version = to, one.Version+1
		if _, err := s.tx.Exec("UPDATE trustee SET state = $1, updated = $2, version = $3 WHERE id = $4", to, s.tx.Now, one.Version, id); err != nil {
			return err
		}
		if err := s.tell(event, one); err != nil || !approve {
			return err
		}
		return s.announceApproval(one)
	})
	return one, err
}

// Remove ends it, by either side and at any time; version is the one they saw, 0
// for any. It can be set up again (RCP-05).
func (t *Trustees) Remove(ctx context.Context, actor post.Actor, box, id post.UUID, version int64) (Trustee, error) {
	var one Trustee
	err := t.work(ctx, actor, box, func(s *side) error {
		var err error
		if one, err = s.changing(id, version); err != nil {
			return err
		}
		if err := s.delete(id); err != nil {
			return err
		}
		return s.tell(audit.TrusteeRemoved, one)
	})
	return one, err
}
