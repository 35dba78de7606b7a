package population

import (
	"iter"
	"math/rand/v2"
	"time"

	"digitalpost/internal/registry"
)

// ages says how many of a thousand persons there are in each five years of age,
// as in Denmark in the 2020s: 0-4, 5-9, ... 95-99, and 100.
var ages = [...]int{52, 52, 57, 58, 62, 68, 69, 60, 56, 60, 66, 69, 67, 59, 53, 50, 41, 23, 11, 4, 1}

var allAges = func() (total int) {
	for _, n := range ages {
		total += n
	}
	return total
}()

// persons yields the persons of a nation.
func persons(o Options) iter.Seq[registry.Record] {
	return func(yield func(registry.Record) bool) {
		r := o.stream(personStream)
		numbers := newRegistrar()
		for range o.Persons {
			if !yield(person(r, numbers)) {
				return
			}
		}
	}
}

func person(r *rand.Rand, numbers *registrar) registry.Record {
	var born time.Time
	var years int
	var cpr string
	s := sex(r.IntN(2))
	for found := false; !found; {
		years = age(r)
		if years > 85 { // more women grow old
			s = sex(r.IntN(3) / 2)
		}
		born = birthDate(r, years)
		if born.Month() != time.January || born.Day() != 1 {
			cpr, found = numbers.number(born, s)
		}
	}
	p := registry.Record{Type: "person", CPR: cpr, BirthDate: born.Format(time.DateOnly), Protected: r.Float64() < 0.02}
	p.FirstName, p.LastName = name(r, born.Year(), s)
	p.Address = home(r).raw()
	fate(r, &p, years)
	return p
}

func age(r *rand.Rand) int {
	at := r.IntN(allAges)
	band := 0
	for at >= ages[band] {
		at -= ages[band]
		band++
	}
	if band == len(ages)-1 {
		return 100
	}
	return band*5 + r.IntN(5)
}

// birthDate is a day on which somebody of an age on the day of Reference can be
// born.
func birthDate(r *rand.Rand, years int) time.Time {
	youngest := Reference.AddDate(-years, 0, 0)
	days := int(youngest.Sub(Reference.AddDate(-years-1, 0, 0)).Hours() / 24)
	return youngest.AddDate(0, 0, -r.IntN(days))
}

// fate decides whether a person has died or moved abroad, and how they stand with
// Digital Post: of all about 1 % have died in the last two years and 1 % have
// moved abroad; of the adults about 5 % are exempt, most of them old (SND-06).
func fate(r *rand.Rand, p *registry.Record, years int) {
	p.Status, p.RegistrationStatus = registry.Alive, registry.Automatic
	if years < registry.AgeOfPost {
		p.RegistrationStatus = registry.Awaiting
	}
	chance := r.Float64()
	if chance < deathRate(years) {
		p.Status = registry.Dead
		p.StatusDate = since(r, 2*365, p.BirthDate)
		return
	}
	adult := years >= 18
	switch chance = r.Float64(); {
	case adult && years < 70 && chance < 0.017:
		p.Status = registry.Emigrated
		p.StatusDate = since(r, 5*365, p.BirthDate)
		p.Voluntary = true
		switch r.IntN(3) {
		case 0:
			p.RegistrationStatus = registry.ExemptLeft
		case 1:
			p.RegistrationStatus = registry.Voluntary
		}
	case adult && chance > 1-exemptRate(years):
		p.RegistrationStatus = registry.ExemptOther
		p.Voluntary = true
	}
}

// since is a date in the last days before Reference, not before a birth.
func since(r *rand.Rand, days int, born string) string {
	return max(born, Reference.AddDate(0, 0, -1-r.IntN(days)).Format(time.DateOnly))
}

func deathRate(years int) float64 {
	switch {
	case years < 50:
		return 0.001
	case years < 70:
		return 0.008
	case years < 85:
		return 0.035
	default:
		return 0.12
	}
}

func exemptRate(years int) float64 {
	switch {
	case years < 65:
		return 0.022
	case years < 80:
		return 0.07
	default:
		return 0.24
	}
}
