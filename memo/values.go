package memo

import (
	"bytes"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// The functions below turn the text of an element into a value by the rules of
// XML Schema and dt:memo* types. White space around a value is allowed, as XML
// Schema has it for all but texts. They answer false where the text is none.

func trim(b []byte) []byte { return bytes.Trim(b, " \t\r\n") }

func parseBool(b []byte) (value, ok bool) {
	switch string(trim(b)) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

func parseNumber(b []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(trim(b)), 10, 64)
	return n, err == nil && n >= 0
}

// parseUUID reads the usual form of 36 characters, in either letter case.
func parseUUID(b []byte) (uuid.UUID, bool) {
	b = trim(b)
	if len(b) != 36 {
		return uuid.UUID{}, false
	}
	id, err := uuid.ParseBytes(b)
	return id, err == nil
}

// parseTime reads an xs:dateTime that ends in Z, as dt:memoDateTimeType
// demands. Some producers write their local time with a Z; nobody can tell.
func parseTime(b []byte) (time.Time, bool) {
	b = trim(b)
	const shape = "2006-01-02T15:04:05"
	// time.Parse would take a one-digit hour and a decimal comma.
	if len(b) <= len(shape) || b[len(b)-1] != 'Z' || b[13] != ':' || b[len(shape)] != '.' && b[len(shape)] != 'Z' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	return t, err == nil && !t.IsZero()
}

// parseDate reads an xs:date. A time zone after it is allowed and says nothing.
func parseDate(b []byte) (time.Time, bool) {
	b = trim(b)
	if len(b) < len(time.DateOnly) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, string(b[:len(time.DateOnly)]))
	return t, err == nil && !t.IsZero() && isZone(b[len(time.DateOnly):])
}

func isZone(b []byte) bool {
	if len(b) == 0 || string(b) == "Z" {
		return true
	}
	if b[0] != '+' && b[0] != '-' {
		return false
	}
	_, err := time.Parse("15:04", string(b[1:]))
	return err == nil && len(b) == len("+15:04")
}

// restoreZero gives back the leading zero that memo-lib lost in December 2021
// when it treated identity numbers as numbers.
func restoreZero(number string, digits int) string {
	if len(number) != digits-1 || !allDigits(number) {
		return number
	}
	return "0" + number
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
