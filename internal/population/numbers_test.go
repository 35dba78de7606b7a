package population

import (
	"testing"
	"time"
)

func TestNumbersOfADay(t *testing.T) {
	for _, born := range []time.Time{
		time.Date(1930, 5, 17, 0, 0, 0, 0, time.UTC), time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
	} {
		r := newRegistrar()
		seen := map[string]bool{}
		for {
			number, ok := r.number(born, female)
			if !ok {
				break
			}
			if seen[number] {
				t.Fatal("a number is given out twice")
			}
			seen[number] = true
		}
		if len(seen) < 1800 {
			t.Errorf("%d: only %d numbers for one day", born.Year(), len(seen))
		}
	}
}

func TestCompaniesHaveEnoughNumbers(t *testing.T) {
	numbers := scattered(4_799_999)
	seen := map[string]bool{}
	for range 200_000 {
		number := numbers.number()
		if seen[number] {
			t.Fatal("a number is given out twice")
		}
		seen[number] = true
	}
}
