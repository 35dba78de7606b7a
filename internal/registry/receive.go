package registry

import (
	"time"

	"digitalpost/internal/post"
)

// AgeOfPost is the age, in years, at which a person receives public post
// (SND-05, REG-01).
const AgeOfPost = 15

// WaitingPeriod is how long a new company cannot receive, counted in days from its
// registration; its first log-in ends it before (facts 5.2).
const WaitingPeriod = 12

// Codes of why a party cannot receive a letter; a receipt carries them.
const (
	CodeUnknown       = "recipient.is.unknown"
	CodeClosed        = "recipient.is.closed"         // dead, or a company that ceased
	CodeExempt        = "recipient.is.exempt"         // gets paper: SND-06
	CodeNotRegistered = "recipient.is.not.registered" // a child, or in the waiting period
)

// EffectiveRegistration is the registration at a moment: a child who has turned
// 15 is registered from that day, whether or not anything has run since, and not
// before, whatever a register says (SND-05, REG-01).
func (p Party) EffectiveRegistration(now time.Time) Registration {
	child := p.Kind == post.Person && p.Age(now) < AgeOfPost
	switch p.Registration {
	case Automatic, Unconfirmed:
		if child {
			return Awaiting
		}
		if p.Registration == Unconfirmed && p.Kind == post.Organisation && waited(p.StatusSince, p.Created, now) {
			return Automatic
		}
	case Awaiting, BeforeUnconfirmed:
		if p.Kind == post.Person && !child {
			return Automatic
		}
	case ExemptLeft, ExemptOther:
		if !p.ExemptTo.IsZero() && !now.Before(p.ExemptTo) {
			return Automatic
		}
	}
	return p.Registration
}

// waited tells that the waiting period of an organisation is over that was
// registered at a moment, or where the register does not tell it became known to us
// then.
func waited(registered, known, now time.Time) bool {
	if registered.IsZero() {
		registered = known
	}
	return !post.Today(now).Before(post.Today(registered).AddDate(0, 0, WaitingPeriod))
}

// PublicRegistration is what a sender may know.
func (p Party) PublicRegistration(now time.Time) PublicRegistration {
	switch p.Refusal(now, false) {
	case "":
		return Registered
	case CodeExempt:
		return Exempt
	case CodeClosed:
		return ClosedParty
	}
	return NotRegistered
}

// Refusal is why a party cannot receive a public letter now, "" where it can. A
// mandatory letter reaches exempt recipients too.
func (p Party) Refusal(now time.Time, mandatory bool) string {
	switch p.Status {
	case Dead, Closed:
		return CodeClosed
	}
	switch p.EffectiveRegistration(now) {
	case Automatic, Voluntary:
		return ""
	case ExemptLeft, ExemptOther:
		if mandatory {
			return ""
		}
		return CodeExempt
	}
	return CodeNotRegistered
}

// Age is a person's age in whole years on the Danish date of a moment.
func (p Party) Age(now time.Time) int { return age(p.Born, now) }

// age counts birthdays; who is born on 29 February has theirs on 1 March in other
// years.
func age(born, now time.Time) int {
	today := now.In(post.Denmark)
	years := today.Year() - born.Year()
	if today.Month() < born.Month() || today.Month() == born.Month() && today.Day() < born.Day() {
		years--
	}
	return years
}
