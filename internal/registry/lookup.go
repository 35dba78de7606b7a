package registry

import (
	"time"

	"digitalpost/internal/audit"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// Codes of why somebody has to wait before they name another person.
const (
	CodeTooManyTries = "lookup.too.many.tries"    // names and numbers did not belong together
	CodeTooManyAsked = "lookup.too.many.requests" // many people were asked for something
)

// How strangers are kept from trying names: so many wrong tries are free; each
// further one doubles the wait before the next. After a day without one all is
// forgotten. What is right in between changes nothing.
const (
	freeTries = 5
	firstWait = time.Minute
	longest   = 24 * time.Hour
)

// asksADay is how many people one may ask for something in 24 hours, whatever for:
// each request is a letter to somebody who does not know of it, also one that is
// taken back and made again.
const asksADay = 20

// Lookup is the person whom somebody names by number and name. A person whose name
// and number do not belong together, who is a child or dead, or whom nobody knows
// is one answer: ErrNameMismatch. Each such try is counted, and after some one has
// to wait: the error is RateLimited and says how long. ErrNameMismatch is kept
// (db.Keep): where the caller gives it on, the try counts.
//
// Whoever is looked up by number can see it in their log, whatever came of it.
func (r *Registry) Lookup(tx *db.Tx, by post.Actor, cpr post.CPR, first, last string) (Party, error) {
	return r.lookup(tx, by, cpr, first, last, func(p Party) bool { return p.Refusal(tx.Now, true) == "" })
}

// LookupAnyone is Lookup for staff, who also help children, and those who wind up what
// the dead have left.
func (r *Registry) LookupAnyone(tx *db.Tx, by post.Actor, cpr post.CPR, first, last string) (Party, error) {
	return r.lookup(tx, by, cpr, first, last, func(Party) bool { return true })
}

func (r *Registry) lookup(tx *db.Tx, by post.Actor, cpr post.CPR, first, last string, known func(Party) bool) (Party, error) {
	if err := begin(tx, by); err != nil {
		return Party{}, err
	}
	var failed int
	var tried time.Time
	err := tx.QueryRow("SELECT failed, last FROM lookup_try WHERE asker = $1"+tx.ForUpdate(), by.Party).Scan(&failed, db.Time(&tried))
	if err != nil {
		return Party{}, err
	}
	if wait := tried.Add(pause(failed)).Sub(tx.Now); wait > 0 {
		return Party{}, waiting(CodeTooManyTries, wait, "too many names and numbers that do not belong together")
	}
	p, same, err := r.MatchName(tx, cpr, first, last)
	if err != nil {
		return Party{}, err
	}
	// Where nobody has the number the event is of nobody.
	event := audit.Event{Name: audit.CPRLookedUp, Mailbox: p.ID, Actor: by}
	if same && known(p) {
		return p, audit.Append(tx, event)
	}
	event.Props = []audit.Prop{{Key: audit.Reason, Value: CodeNameMismatch}}
	_, err = tx.Exec("UPDATE lookup_try SET failed = CASE WHEN last < $1 THEN 1 ELSE failed + 1 END, last = $2 WHERE asker = $3",
		tx.Now.Add(-longest), tx.Now, by.Party)
	if err == nil {
		err = audit.Append(tx, event)
	}
	if err == nil {
		err = db.Keep(ErrNameMismatch)
	}
	return Party{}, err
}

// begin makes the asker's row; it is locked by who reads it, so that tries at the
// same moment count one after the other.
func begin(tx *db.Tx, by post.Actor) error {
	_, err := tx.Exec("INSERT INTO lookup_try (asker, failed, last, asked, since) VALUES ($1, 0, $2, 0, $2) ON CONFLICT (asker) DO NOTHING", by.Party, tx.Now)
	return err
}

func waiting(code string, wait time.Duration, detail string, args ...any) error {
	e := errs.New(errs.KindRateLimited, code, detail, args...)
	e.Wait = wait
	return e
}

// pause is how long one waits after so many wrong tries.
func pause(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(firstWait<<min(failed-freeTries, 20), longest)
}

// MayAsk refuses whoever has asked too many people for something lately. It is said
// before anybody is looked up, so that it tells nothing.
func (r *Registry) MayAsk(tx *db.Tx, by post.Actor) error {
	if err := begin(tx, by); err != nil {
		return err
	}
	var asked int
	var since time.Time
	err := tx.QueryRow("SELECT asked, since FROM lookup_try WHERE asker = $1"+tx.ForUpdate(), by.Party).Scan(&asked, db.Time(&since))
	if err != nil {
		return err
	}
	if wait := since.Add(24 * time.Hour).Sub(tx.Now); asked >= asksADay && wait > 0 {
		return waiting(CodeTooManyAsked, wait, "at most %d are asked in 24 hours", asksADay)
	}
	return nil
}

// Asked counts one whom somebody has asked.
func (r *Registry) Asked(tx *db.Tx, by post.Actor) error {
	_, err := tx.Exec("UPDATE lookup_try SET asked = CASE WHEN since <= $1 THEN 1 ELSE asked + 1 END, since = CASE WHEN since <= $1 THEN $2 ELSE since END WHERE asker = $3",
		tx.Now.Add(-24*time.Hour), tx.Now, by.Party)
	return err
}
