package registry_test

import (
	"testing"
	"time"

	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// SND-05: an age changes with the Danish date, and on 1 March for who is born on 29
// February.
func TestAge(t *testing.T) {
	leap := registry.Party{Kind: post.Person, Born: day(2012, 2, 29)}
	summer := registry.Party{Kind: post.Person, Born: day(2011, 7, 1)}
	for _, c := range []struct {
		name string
		who  registry.Party
		now  time.Time
		want int
	}{
		{"28 February", leap, time.Date(2027, 2, 28, 12, 0, 0, 0, time.UTC), 14},
		{"the last minute of it", leap, time.Date(2027, 2, 28, 22, 59, 0, 0, time.UTC), 14},
		{"1 March in Denmark", leap, time.Date(2027, 2, 28, 23, 0, 0, 0, time.UTC), 15},
		{"29 February", leap, time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), 16},
		{"28 February of a leap year", leap, time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC), 15},
		{"the evening before, in summer", summer, time.Date(2026, 6, 30, 21, 59, 0, 0, time.UTC), 14},
		{"midnight, in summer", summer, time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC), 15},
		{"the day of birth", leap, time.Date(2012, 2, 29, 12, 0, 0, 0, time.UTC), 0},
	} {
		if got := c.who.Age(c.now); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// A new company cannot receive for 12 days from its registration, and can from the
// Danish midnight that ends them (facts 5.2).
func TestWaitingPeriodOfACompany(t *testing.T) {
	registered := time.Date(2026, 10, 20, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		who registry.Party
		now time.Time
		is  registry.Registration
	}{
		"on the last of the days":           {registry.Party{StatusSince: registered}, time.Date(2026, 10, 31, 22, 59, 0, 0, time.UTC), registry.Unconfirmed},
		"after them":                        {registry.Party{StatusSince: registered}, time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC), registry.Automatic},
		"known to us later than registered": {registry.Party{StatusSince: registered, Created: registered.AddDate(0, 0, 9)}, registered.AddDate(0, 0, 12), registry.Automatic},
		"registered nobody knows when":      {registry.Party{Created: registered}, registered.AddDate(0, 0, 11), registry.Unconfirmed},
		"and then":                          {registry.Party{Created: registered}, registered.AddDate(0, 0, 12), registry.Automatic},
	} {
		c.who.Kind, c.who.Status, c.who.Registration = post.Organisation, registry.Active, registry.Unconfirmed
		if got := c.who.EffectiveRegistration(c.now); got != c.is {
			t.Errorf("%s: %s", name, got)
		}
		if refusal := c.who.Refusal(c.now, false); (refusal == registry.CodeNotRegistered) != (c.is == registry.Unconfirmed) {
			t.Errorf("%s: a letter is refused for %q", name, refusal)
		}
	}
}

// Who is what when, and what a letter to them is refused for: SND-05, SND-06,
// REG-01, REG-04.
func TestRegistrationAtAMoment(t *testing.T) {
	now := time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	adult, child, birthday := day(1970, 7, 1), day(2012, 7, 1), day(2011, 11, 22)
	person := func(born time.Time, r registry.Registration, s registry.Status) registry.Party {
		return registry.Party{Kind: post.Person, Born: born, Registration: r, Status: s}
	}
	company := func(r registry.Registration, to time.Time) registry.Party {
		return registry.Party{Kind: post.Organisation, Registration: r, Status: registry.Active, ExemptTo: to}
	}
	for _, c := range []struct {
		name              string
		who               registry.Party
		is                registry.Registration
		public            registry.PublicRegistration
		refusal, mandated string
	}{
		{"adult", person(adult, registry.Automatic, registry.Alive), registry.Automatic, registry.Registered, "", ""},
		{"voluntary abroad", person(adult, registry.Voluntary, registry.Emigrated), registry.Voluntary, registry.Registered, "", ""},
		{"child", person(child, registry.Awaiting, registry.Alive), registry.Awaiting, registry.NotRegistered, registry.CodeNotRegistered, registry.CodeNotRegistered},
		{"child, wrongly registered", person(child, registry.Automatic, registry.Alive), registry.Awaiting, registry.NotRegistered, registry.CodeNotRegistered, registry.CodeNotRegistered},
		{"child in the last 21 days", person(child, registry.BeforeUnconfirmed, registry.Alive), registry.BeforeUnconfirmed, registry.NotRegistered, registry.CodeNotRegistered, registry.CodeNotRegistered},
		{"fifteen today", person(birthday, registry.BeforeUnconfirmed, registry.Alive), registry.Automatic, registry.Registered, "", ""},
		{"exempt", person(adult, registry.ExemptOther, registry.Alive), registry.ExemptOther, registry.Exempt, registry.CodeExempt, ""},
		{"waiting period", person(adult, registry.Unconfirmed, registry.Alive), registry.Unconfirmed, registry.NotRegistered, registry.CodeNotRegistered, registry.CodeNotRegistered},
		{"dead", person(adult, registry.Automatic, registry.Dead), registry.Automatic, registry.ClosedParty, registry.CodeClosed, registry.CodeClosed},
		{"dead and exempt", person(adult, registry.ExemptOther, registry.Dead), registry.ExemptOther, registry.ClosedParty, registry.CodeClosed, registry.CodeClosed},
		{"company", company(registry.Automatic, time.Time{}), registry.Automatic, registry.Registered, "", ""},
		{"company exempt until later", company(registry.ExemptOther, now.Add(time.Second)), registry.ExemptOther, registry.Exempt, registry.CodeExempt, ""},
		{"company exempt until now", company(registry.ExemptOther, now), registry.Automatic, registry.Registered, "", ""},
		{"company before its waiting period", company(registry.BeforeUnconfirmed, time.Time{}), registry.BeforeUnconfirmed, registry.NotRegistered, registry.CodeNotRegistered, registry.CodeNotRegistered},
	} {
		if got := c.who.EffectiveRegistration(now); got != c.is {
			t.Errorf("%s: is %s, want %s", c.name, got, c.is)
		}
		if got := c.who.PublicRegistration(now); got != c.public {
			t.Errorf("%s: public %s, want %s", c.name, got, c.public)
		}
		if got, also := c.who.Refusal(now, false), c.who.Refusal(now, true); got != c.refusal || also != c.mandated {
			t.Errorf("%s: refused %q and %q, want %q and %q", c.name, got, also, c.refusal, c.mandated)
		}
	}
}
