package agency

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// State is how far a request is. A capability has more of its own.
type State string

const (
	Submitted State = "SUBMITTED"
	Approved  State = "APPROVED"
	Rejected  State = "REJECTED"
	Withdrawn State = "WITHDRAWN" // by the applicant
)

// Codes of what is wrong with a request, or with a decision.
const (
	CodeText    = "application.text"   // missing where it is needed, or too long
	CodeReason  = "application.reason" // a decision without one, or too long
	CodeFiles   = "application.files"  // a document is missing, or there are too many
	CodeThere   = "application.there"  // there is an open one for the same
	CodeDecided = "application.decided"
	CodeOwn     = "application.own" // one's own
	CodeUnknown = "application.unknown"

	MaxText  = 2000 // characters
	MaxFiles = 10
)

// ErrUnknown is also the answer about another's request.
var ErrUnknown = errs.NotFound(CodeUnknown)

// Request is what somebody applies for, and what was decided.
type Request struct {
	ID           post.UUID
	State        State
	Applicant    registry.Party
	Organisation registry.Party // in whose name, the zero Party for a private person
	About        registry.Party // whose post
	Text         string         // what the applicant wrote
	Reason       string         // of the decision
	Files        []File
	Made         time.Time
	Decided      time.Time // the zero time while nobody has decided
	Version      int64
}

// By tells whether somebody has made it, as who they are logged in.
func (r Request) By(actor post.Actor) bool {
	return r.Applicant.ID == actor.Party && r.Organisation.ID == actor.Organisation
}

// Meets tells whether it is still as it was seen, and in one of some states; version 0
// is any.
func (r Request) Meets(version int64, states ...State) error {
	if version != 0 && version != r.Version {
		return errs.ErrStale
	}
	if !slices.Contains(states, r.State) {
		return errs.New(errs.KindConflict, CodeDecided, "the request is not open any more")
	}
	return nil
}

// Reason is the reason of a decision as it is kept.
func Reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxText {
		return "", errs.Invalid(CodeReason, "reason", "a decision has a reason of at most %d characters", MaxText)
	}
	return text, nil
}

// Names fills in who the parties of requests are.
func (d Desk) Names(tx *db.Tx, all ...*Request) error {
	var ids []post.PartyID
	for _, r := range all {
		ids = append(ids, r.Applicant.ID, r.Organisation.ID, r.About.ID)
	}
	parties, err := d.Registry.Parties(tx, ids)
	for _, r := range all {
		r.Applicant, r.Organisation, r.About = parties[r.Applicant.ID], parties[r.Organisation.ID], parties[r.About.ID]
	}
	return err
}
