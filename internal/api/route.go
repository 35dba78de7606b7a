package api

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// callers are kinds of callers, one bit each. The zero value lets anyone call.
type callers uint8

const (
	sender    callers = 1 << iota // a system that sends
	recipient                     // a system that receives
	viewer                        // a view client with a person's token

	anyone callers = 0
)

// route is one operation of the API, declared once: the mux, the OpenAPI document,
// its page and the tests are made from it. A parameter that is not declared is
// not read, and a body is read into no other type than the declared one.
type route struct {
	name   string // the API's name of the operation
	method string
	path   string // below Base
	who    callers
	says   string      // what it does, for client developers
	takes  []parameter // beside those in the path
	body   content
	gives  answer
	also   []int // further statuses of success, with the same body
	// refuses are statuses beyond those that follow from the rest (see statuses).
	// 422 in it lets a well-formed body that asks for what cannot be be 422.
	refuses []int
	handle  func(*call) error
}

// content is what a body holds: JSON of a Go type, or bytes of media types. The
// zero value is none.
type content struct {
	json  reflect.Type
	media []string
}

// of is a JSON body of a type.
func of[T any]() content { return content{reflect.TypeFor[T](), []string{"application/json"}} }

// raw is a body of other media types.
func raw(media ...string) content { return content{media: media} }

func (c content) none() bool { return c.media == nil }

// answer is what a success gives.
type answer struct {
	status int
	content
}

func ok[T any]() answer      { return answer{http.StatusOK, of[T]()} }
func created[T any]() answer { return answer{http.StatusCreated, of[T]()} }
func bytesOf(media ...string) answer {
	return answer{http.StatusOK, raw(media...)}
}

// empty is a success without a body.
func empty(status int) answer { return answer{status: status} }

// noun is the last word of the path that is no parameter.
func (r *route) noun() string {
	words := strings.Split(strings.Trim(r.path, "/"), "/")
	for i := len(words) - 1; i > 0; i-- {
		if !strings.HasPrefix(words[i], "{") {
			return words[i]
		}
	}
	return words[0]
}

// places are the names of the parameters in the path.
func (r *route) places() []string {
	var all []string
	for word := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(word, "{"); ok {
			all = append(all, strings.TrimSuffix(name, "}"))
		}
	}
	return all
}

// parameter is the declared one of a name.
func (r *route) parameter(name string) (parameter, bool) {
	i := slices.IndexFunc(r.takes, func(p parameter) bool { return p.name == name })
	if i < 0 {
		return parameter{}, false
	}
	return r.takes[i], true
}

// changes tells an operation that needs the right to write.
func (r *route) changes() bool { return r.method != http.MethodGet }

// tagged tells that the answer carries an entity tag, which If-None-Match is held
// against.
func (r *route) tagged() bool {
	return r.method == http.MethodGet && r.who&viewer != 0 && !slices.Contains(r.gives.media, typeEvents)
}

// alone tells an operation that is no part of a bulk: one of another kind of
// caller, and one whose body or answer is no JSON.
func (r *route) alone() bool {
	bytes := func(c content) bool { return c.json == nil && !c.none() }
	return r.who&viewer == 0 || r.name == "Bulk" || bytes(r.body) || bytes(r.gives.content)
}

// ranges tells an answer of bytes, which can be had in parts.
func (r *route) ranges() bool { return slices.Contains(r.gives.media, anyType) }

// anyType stands for the media type that a file says it has.
const anyType = "*/*"

// refusals are the statuses of errors that the operation can have.
func (r *route) refusals() []int {
	all := slices.Clone(r.refuses)
	if r.who != anyone {
		all = append(all, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests)
	}
	if len(r.places()) > 0 {
		all = append(all, http.StatusNotFound)
	}
	if len(r.takes) > 0 || !r.body.none() {
		all = append(all, http.StatusBadRequest)
	}
	if !r.body.none() {
		all = append(all, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
	}
	if _, versioned := r.parameter(ifMatch.name); versioned {
		all = append(all, http.StatusConflict)
	}
	if r.ranges() {
		all = append(all, http.StatusRequestedRangeNotSatisfiable)
	}
	if r.tagged() {
		all = append(all, http.StatusNotModified)
	}
	all = append(all, http.StatusInternalServerError, http.StatusServiceUnavailable)
	slices.Sort(all)
	return slices.Compact(all)
}
