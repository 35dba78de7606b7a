package citizen

import (
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/errs"
)

// ownPage is a page for somebody who is logged in.
type ownPage func(http.ResponseWriter, *http.Request, *visit) error

// routes is where each area of the portal enters its pages.
type routes struct {
	portal *Portal
	mux    *http.ServeMux
	parts  map[string]ownPage
}

// open enters a page for everybody.
func (on routes) open(pattern string, fn func(http.ResponseWriter, *http.Request) error) {
	on.portal.patterns = append(on.portal.patterns, pattern)
	on.mux.Handle(pattern, on.portal.site.Handle(fn))
}

// own enters a page for who is logged in; others are sent to log in first.
func (on routes) own(pattern string, fn ownPage) {
	on.open(pattern, func(w http.ResponseWriter, r *http.Request) error { return on.portal.visited(w, r, fn) })
}

// errMayNot says that the right by which somebody is in a mailbox does not cover what
// they ask for.
var errMayNot = errs.New(errs.KindForbidden, "access.not.covered", "the right does not cover it")

// needs is a page that only who may do something in the mailbox can use: a form whose
// answer would be refused is not shown.
func needs(what access.Action, fn ownPage) ownPage {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if !v.may(what) {
			return errMayNot
		}
		return fn(w, r, v)
	}
}

// either enters a page for everybody that knows who is logged in; the visit is nil
// for who is not.
func (on routes) either(pattern string, fn ownPage) {
	on.open(pattern, func(w http.ResponseWriter, r *http.Request) error {
		v, err := on.portal.visitor(r)
		if err != nil {
			return err
		}
		return fn(w, r, v)
	})
}

// letter enters a page about one letter, /post/{message}/PART. The letter's id is
// the path value "message".
func (on routes) letter(method, part string, fn ownPage) {
	key := method + " " + part
	if _, known := on.parts[key]; known {
		panic("two pages for " + key)
	}
	on.parts[key] = fn
	on.portal.patterns = append(on.portal.patterns, method+" /post/{message}/"+part)
	if pattern := method + " /post/{message}/{part}"; !on.has(pattern) {
		on.own(pattern, on.part)
		on.parts[pattern] = nil
	}
}

func (on routes) has(pattern string) bool {
	_, ok := on.parts[pattern]
	return ok
}

// part finds a letter's page. ServeMux cannot: it takes /post/{message}/alle.zip
// for the same address as /post/mappe/{folder}.
func (on routes) part(w http.ResponseWriter, r *http.Request, v *visit) error {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	fn := on.parts[method+" "+r.PathValue("part")]
	if fn == nil {
		return errs.NotFound("page.unknown")
	}
	return fn(w, r, v)
}
