package post

import (
	"errors"
	"time"
)

// CPR is a Danish person's number, ten digits. It prints masked: the whole
// number is had only from Reveal, which is easy to find in a review.
type CPR struct{ digits string }

// CVR is a Danish organisation's number, eight digits that fit modulus 11.
type CVR struct{ digits string }

// ErrNumber says that a text is no number of the kind asked for.
var ErrNumber = errors.New("not a valid number")

// ParseCPR reads ten digits, with or without a hyphen after the sixth. Modulus
// 11 is not asked for: since 2007 there are numbers that do not fit it.
func ParseCPR(s string) (CPR, error) {
	if len(s) == 11 && s[6] == '-' {
		s = s[:6] + s[7:]
	}
	if len(s) != 10 || !digits(s) {
		return CPR{}, ErrNumber
	}
	c := CPR{s}
	if c.BirthDate().IsZero() {
		return CPR{}, ErrNumber
	}
	return c, nil
}

// ParseCVR reads eight digits that fit modulus 11.
func ParseCVR(s string) (CVR, error) {
	if len(s) != 8 || !digits(s) {
		return CVR{}, ErrNumber
	}
	sum := 0
	for i, w := range [8]int{2, 7, 6, 5, 4, 3, 2, 1} {
		sum += w * int(s[i]-'0')
	}
	if sum%11 != 0 || s == "00000000" {
		return CVR{}, ErrNumber
	}
	return CVR{s}, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Reveal is the number itself, for the places that must carry it: a MeMo, an
// API answer to one with the right to it, the registry's encrypted column.
func (c CPR) Reveal() string { return c.digits }

// String masks the whole number: the date alone tells an age.
func (c CPR) String() string {
	if c.digits == "" {
		return ""
	}
	return "xxxxxx-xxxx"
}

// GoString keeps %#v from printing the number.
func (c CPR) GoString() string { return "post.CPR(" + c.String() + ")" }

// IsZero tells whether there is a number.
func (c CPR) IsZero() bool { return c.digits == "" }

// BirthDate is the date the number tells, the zero time where it tells none.
// The seventh digit gives the century. Days above 60 are replacement numbers.
func (c CPR) BirthDate() time.Time {
	n := func(i int) int { return int(c.digits[i]-'0')*10 + int(c.digits[i+1]-'0') }
	day, month, year := n(0), n(2), n(4)
	if day > 60 {
		day -= 60
	}
	switch seventh := c.digits[6]; {
	case seventh <= '3':
		year += 1900
	case seventh == '4' || seventh == '9':
		if year <= 36 {
			year += 2000
		} else {
			year += 1900
		}
	default:
		if year <= 57 {
			year += 2000
		} else {
			year += 1800
		}
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return time.Time{}
	}
	return t
}

// Reveal is the number itself.
func (c CVR) Reveal() string { return c.digits }

// String masks the last six digits: 40xxxxxx. A CVR number is public, but it
// tells who somebody does business with.
func (c CVR) String() string {
	if c.digits == "" {
		return ""
	}
	return c.digits[:2] + "xxxxxx"
}

// GoString keeps %#v from printing the number.
func (c CVR) GoString() string { return "post.CVR(" + c.String() + ")" }

// IsZero tells whether there is a number.
func (c CVR) IsZero() bool { return c.digits == "" }
