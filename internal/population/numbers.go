package population

import (
	"fmt"
	"time"
)

// sex is the parity of a CPR number's last digit.
type sex int

const (
	female sex = 0
	male   sex = 1
)

// registrar gives out CPR numbers, each once. For every day and sex it walks the
// serials in scattered order, so it needs to remember only how far it came.
type registrar struct {
	walked map[day]int
}

type day struct {
	year, of int
	sex      sex
}

func newRegistrar() *registrar { return &registrar{map[day]int{}} }

// serials are the last four digits that a year of birth can have: the seventh
// digit tells the century. Only one run of them is used.
func serials(year int) (first, count int) {
	if year < 2000 {
		return 0, 4000
	}
	return 4000, 6000
}

// number is the next free number of a day, false when none is left. There are at
// least 1,800 for each day and sex.
func (r *registrar) number(born time.Time, s sex) (string, bool) {
	const stride = 1237 // a prime, so that the walk visits every serial
	first, count := serials(born.Year())
	half := count / 2
	d := day{born.Year(), born.YearDay(), s}
	for walked := r.walked[d]; walked < half; walked++ {
		place := (walked*stride + d.of*31) % half
		number := cprNumber(born, first+2*place+int(s))
		if fitsModulus11(number) || castNumbers[number] {
			continue
		}
		r.walked[d] = walked + 1
		return number, true
	}
	return "", false
}

func cprNumber(born time.Time, serial int) string {
	return fmt.Sprintf("%s%04d", born.Format("020106"), serial)
}

// fitsModulus11 tells whether ten digits could be a CPR number of before 2007.
// Those that do not were given to nobody, except for 1 January of some years.
func fitsModulus11(number string) bool {
	sum := 0
	for i, weight := range [10]int{4, 3, 2, 7, 6, 5, 4, 3, 2, 1} {
		sum += weight * int(number[i]-'0')
	}
	return sum%11 == 0
}

// CVR numbers are given out in order and have not come to 50000000 yet. The
// nation's companies have numbers from there on; its authorities, the concern and the
// cast have the last ones, the same in every nation.
const (
	firstCompany   = 5_000_000 // without the check digit
	companies      = 4_800_000
	firstAuthority = 9_800_000
	firstOfConcern = 9_840_000
	firstLarge     = 9_895_000
	firstOfCast    = 9_900_000
)

// cvr completes seven digits with the one that makes them fit modulus 11. There
// are some that no digit fits.
func cvr(seven int) (string, bool) {
	digits := fmt.Sprintf("%07d", seven)
	sum := 0
	for i, weight := range [7]int{2, 7, 6, 5, 4, 3, 2} {
		sum += weight * int(digits[i]-'0')
	}
	check := (11 - sum%11) % 11
	return fmt.Sprintf("%s%d", digits, check), check < 10
}

// cvrs gives out CVR numbers from seven digits on.
type cvrs struct {
	next func() int
}

func (c cvrs) number() string {
	for {
		if number, ok := cvr(c.next()); ok {
			return number
		}
	}
}

// inSteps walks through numbers for a fixed list, a step apart so that they look
// different.
func inSteps(first, step int) cvrs {
	at := first - step
	return cvrs{func() int { at += step; return at }}
}

// scattered walks once through all numbers that companies have.
func scattered(start int) cvrs {
	const stride = 1_299_709 // a prime that does not divide the count
	at := start % companies
	return cvrs{func() int { at = (at + stride) % companies; return firstCompany + at }}
}
