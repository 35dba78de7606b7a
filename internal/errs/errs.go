// Package errs has the one error type that crosses package borders.
//
// A capability returns *Error with a Kind from the closed list below and a
// stable dotted Code. An edge maps the Kind to its protocol in one table and
// the Code to a text a person reads. Any other error is Internal: it is logged
// and never shown.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what the caller can do about an error.
type Kind uint8

// The closed list of kinds. Internal is the zero value: what nobody classified
// is ours to mend.
const (
	KindInternal        Kind = iota
	KindInvalid              // the request is wrong; sending it again as it is will not help
	KindNotFound             // it is not there, or the caller may not know that it is
	KindForbidden            // the caller may know it is there, but may not do this
	KindUnauthenticated      // we do not know who calls
	KindConflict             // somebody else changed it meanwhile: read again, then retry
	KindTooLarge             // more bytes than allowed
	KindRateLimited          // too many tries: wait
	KindUnavailable          // nothing wrong with the request: retry later
)

var kindNames = [...]string{"internal", "invalid", "not found", "forbidden", "unauthenticated", "conflict", "too large", "rate limited", "unavailable"}

func (k Kind) String() string { return kindNames[k] }

// Error is an error with a meaning beyond its package.
type Error struct {
	Kind Kind
	// Code is stable, dotted and lower-case ("recipient.is.closed"). Receipts
	// and APIs carry it, and it is the key of the text a person reads.
	Code string
	// Detail is a sentence for a developer. It holds no personal data: it may
	// be logged and sent in an API answer.
	Detail string
	// Fields names what was wrong in the request, where several things were.
	Fields []Field
	// Wait is how long to wait before another try, 0 where nothing is said. Only
	// RateLimited has it.
	Wait time.Duration
	// Err is the cause. It is logged and never shown.
	Err error
}

// Field is one thing wrong with a request.
type Field struct {
	Path   string // where: a JSON field or an element path such as /Message/MessageHeader/label
	Code   string // what, stable and dotted
	Detail string // a sentence for a developer, without personal data
}

func (e *Error) Error() string {
	s := e.Code
	if s == "" {
		s = e.Kind.String()
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind; detail is a sentence in the manner of fmt.Sprintf.
func New(kind Kind, code, detail string, args ...any) *Error {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Wrap gives a cause a kind and a code.
func Wrap(err error, kind Kind, code string) *Error {
	return &Error{Kind: kind, Code: code, Err: err}
}

// KindOf is the kind of the first *Error in err's chain, and KindInternal
// where there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// CodeOf is the code of the first *Error in err's chain, or "".
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// CodeStale is the code of ErrStale.
const CodeStale = "version.conflict"

// ErrStale says that the thing has another version than the one that the asker saw:
// nothing was changed.
var ErrStale = New(KindConflict, CodeStale, "somebody changed this meanwhile")

// NotFound says that something is not there, or must not be known to be.
func NotFound(code string) *Error { return New(KindNotFound, code, "") }

// Invalid says that one field of a request is wrong.
func Invalid(code, path, detail string, args ...any) *Error {
	e := New(KindInvalid, code, detail, args...)
	if path != "" {
		e.Fields = []Field{{Path: path, Code: code, Detail: e.Detail}}
	}
	return e
}
