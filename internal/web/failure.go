package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"digitalpost/internal/errs"
)

// failures is how a kind of error looks on a page: its status, and the key of
// its texts (".h" the heading, ".p" what is safe and what to do).
var failures = map[errs.Kind]struct {
	status int
	text   string
}{
	errs.KindInternal:        {http.StatusInternalServerError, "error.ours"},
	errs.KindInvalid:         {http.StatusBadRequest, "error.invalid"},
	errs.KindNotFound:        {http.StatusNotFound, "error.missing"},
	errs.KindForbidden:       {http.StatusForbidden, "error.forbidden"},
	errs.KindUnauthenticated: {http.StatusUnauthorized, "error.unknown"},
	errs.KindConflict:        {http.StatusConflict, "error.conflict"},
	errs.KindTooLarge:        {http.StatusRequestEntityTooLarge, "error.large"},
	errs.KindRateLimited:     {http.StatusTooManyRequests, "error.fast"},
	errs.KindUnavailable:     {http.StatusServiceUnavailable, "error.ours"},
}

// noMailbox is the code of a person who is logged in and has no mailbox: a child,
// or somebody in the waiting period. They read more than the kind tells, and can
// only log out again.
const noMailbox = "recipient.is.not.registered"

// failurePage is what the error page shows.
type failurePage struct {
	Heading, Text string
	LogOut        bool // all that can be done is to log out
	Ours          bool // the fault is ours: say so, and how to reach us
	ID            string
	When          string
	Again         string // where "try again" leads, "" where it would not help
	Support       Support
}

// fail answers a request with the page of an error, and leaves the error to the
// log.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	requestOf(r.Context()).failure = err
	kind := errs.KindOf(err)
	how := failures[kind]
	key := how.text
	outside := errs.CodeOf(err) == noMailbox
	if outside {
		key = "error.no.mailbox"
	}
	if s.config.Bare && !strings.Contains(r.Header.Get("Accept"), "text/html") {
		failProgram(w, how.status, err)
		return
	}
	words := s.pages.In(r)
	page := failurePage{
		Heading: words.T(key + ".h"), Text: words.T(key + ".p"), LogOut: outside, Ours: how.status >= 500,
		ID: RequestID(r.Context()), When: words.Moment(s.config.Now(), s.config.Now()), Support: s.config.Support.In(words.Lang),
	}
	if b := requestOf(r.Context()).behalf; b != nil && kind == errs.KindForbidden {
		page.Text = words.T("error.forbidden.ask", b.Ask)
	}
	if kind == errs.KindRateLimited {
		seconds, err := strconv.ParseInt(w.Header().Get("Retry-After"), 10, 64)
		if err != nil {
			seconds = 60
		}
		page.Text = words.N("error.fast.p", seconds)
	}
	if r.Method == http.MethodGet && (page.Ours || kind == errs.KindConflict) {
		page.Again = r.URL.RequestURI()
	}
	if err := s.Render(w, r, how.status, s.pages, "error", View{Title: page.Heading}, page); err != nil && refusal(w) == nil {
		http.Error(w, page.Heading+"\n"+page.ID, how.status)
	}
}

// failProgram answers a program on a host that it shares with people: the API's
// ErrorMessage. What is ours to mend is not told.
func failProgram(w http.ResponseWriter, status int, err error) {
	message := struct {
		Code        string   `json:"code"`
		Message     string   `json:"message"`
		FieldErrors []string `json:"fieldErrors"`
	}{"internal.error", http.StatusText(status), []string{}}
	if known, ok := errors.AsType[*errs.Error](err); ok && known.Kind != errs.KindInternal && known.Code != "" {
		message.Code = known.Code
		if known.Detail != "" {
			message.Message = known.Detail
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(message) //nolint:errcheck // the client is gone
}
