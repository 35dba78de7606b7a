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

// Codes of what is wrong with a request, beside registry.CodeNameMismatch.
const (
	CodeWhom         = "trustee.whom"         // neither a person nor an organisation is named
	CodeYourself     = "trustee.yourself"     //
	CodeThere        = "trustee.there"        // is a recipient already, or was asked
	CodeLastDay      = "trustee.last.day"     // is not in the future
	CodeEmail        = "trustee.email"        // is no address
	CodeCompany      = "trustee.organisation" // no active organisation has the number
	CodeTooManyTries = "trustee.too.many.tries"
	CodeTooManyAsked = "trustee.too.many.requests"
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
	var refused error // is told once the try is counted
	err := t.work(ctx, actor, box, func(s *side) error {
		refused = nil
		var expires time.Time
		if !r.LastDay.IsZero() {
			y, m, d := r.LastDay.Date()
			expires = post.StartOfDay(y, m, d+1).UTC()
			if !s.tx.Now.Before(expires) {
				return errs.Invalid(CodeLastDay, "expires", "the last day is over")
			}
		}
		if err := s.mayAsk(); err != nil { // before anybody is looked up, so that it tells nothing
			return err
		}
		who, err := s.whom(r)
		if errs.CodeOf(err) == registry.CodeNameMismatch {
			refused = err
			return nil
		}
		if err != nil {
			return err
		}
		made, err = s.ask(r, who, expires)
		return err
	})
	if err == nil {
		err = refused
	}
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
	if err := s.mayTry(); err != nil {
		return registry.Party{}, err
	}
	p, same, err := s.registry.MatchName(s.tx, r.CPR, r.FirstName, r.LastName)
	if err != nil {
		return p, err
	}
	// Whoever is looked up by number can see it in their log, whatever came of it.
	// Where nobody has the number the event is of nobody.
	event := audit.Event{Name: audit.CPRLookedUp, Mailbox: p.ID, Actor: s.Actor}
	if !same || p.Refusal(s.tx.Now, true) != "" {
		event.Props = []audit.Prop{{Key: audit.Reason, Value: registry.CodeNameMismatch}}
		if err := s.failed(); err != nil {
			return p, err
		}
		return p, join(audit.Append(s.tx, event), registry.ErrNameMismatch)
	}
	return p, audit.Append(s.tx, event)
}

// join is the first error, or else the other.
func join(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// How strangers are kept from trying names: so many wrong tries are free; each
// further one doubles the wait before the next. After a day without one all is
// forgotten. What is right in between changes nothing.
const (
	freeTries = 5
	firstWait = time.Minute
	longest   = 24 * time.Hour
)

// asksADay is how many one may ask in 24 hours: each request is a letter to somebody
// who does not know of it, also one that is taken back and made again.
const asksADay = 20

// mayAsk refuses whoever has asked too many lately. It makes their row.
func (s *side) mayAsk() error {
	_, err := s.tx.Exec("INSERT INTO trustee_try (asker, failed, last, asked, since) VALUES ($1, 0, $2, 0, $2) ON CONFLICT (asker) DO NOTHING", s.Actor.Party, s.tx.Now)
	if err != nil {
		return err
	}
	var asked int
	var since time.Time
	err = s.tx.QueryRow("SELECT asked, since FROM trustee_try WHERE asker = $1"+s.tx.ForUpdate(), s.Actor.Party).Scan(&asked, db.Time(&since))
	if err != nil {
		return err
	}
	if wait := since.Add(24 * time.Hour).Sub(s.tx.Now); asked >= asksADay && wait > 0 {
		e := errs.New(errs.KindRateLimited, CodeTooManyAsked, "at most %d are asked in 24 hours", asksADay)
		e.Wait = wait
		return e
	}
	return nil
}

// asked counts a request.
func (s *side) asked() error {
	_, err := s.tx.Exec("UPDATE trustee_try SET asked = CASE WHEN since <= $1 THEN 1 ELSE asked + 1 END, since = CASE WHEN since <= $1 THEN $2 ELSE since END WHERE asker = $3",
		s.tx.Now.Add(-24*time.Hour), s.tx.Now, s.Actor.Party)
	return err
}

// mayTry tells whether the asker may name a person now. The row is made and locked,
// so that tries at the same moment count one after the other.
func (s *side) mayTry() error {
	var failed int
	var last time.Time
	err := s.tx.QueryRow("SELECT failed, last FROM trustee_try WHERE asker = $1"+s.tx.ForUpdate(), s.Actor.Party).Scan(&failed, db.Time(&last))
	if err != nil {
		return err
	}
	if wait := last.Add(pause(failed)).Sub(s.tx.Now); wait > 0 {
		e := errs.New(errs.KindRateLimited, CodeTooManyTries, "too many names and numbers that do not belong together")
		e.Wait = wait
		return e
	}
	return nil
}

// pause is how long one waits after so many wrong tries.
func pause(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(firstWait<<min(failed-freeTries, 20), longest)
}

func (s *side) failed() error {
	_, err := s.tx.Exec("UPDATE trustee_try SET failed = CASE WHEN last < $1 THEN 1 ELSE failed + 1 END, last = $2 WHERE asker = $3",
		s.tx.Now.Add(-longest), s.tx.Now, s.Actor.Party)
	return err
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
	if err := s.asked(); err != nil {
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
