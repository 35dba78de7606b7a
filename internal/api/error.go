package api

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// errorMessage is the API's ErrorMessage.
type errorMessage struct {
	Code        string               `json:"code" doc:"Stable, dotted, for programs."`
	Message     string               `json:"message" doc:"A sentence for a developer."`
	FieldErrors []fieldErrorResource `json:"fieldErrors"`
	// Version is the current one where the error is that another was given.
	Version int64 `json:"version,omitempty" doc:"The current version, where the given one is not it."`
}

// fieldErrorResource is the API's FieldErrorResource. RejectedValue is given only
// for what cannot tell about a person: see rejected.
type fieldErrorResource struct {
	Resource      string `json:"resource,omitempty"`
	Field         string `json:"field,omitempty"`
	Code          string `json:"code"`
	Message       string `json:"message"`
	RejectedValue string `json:"rejectedValue,omitempty"`
}

// statuses is the one table from kinds of errors to statuses of HTTP. The API
// documents no status for bodies that are too large and for too many failures;
// RFC 9110 and RFC 6585 have them.
var statuses = map[errs.Kind]int{
	errs.KindInvalid:         http.StatusBadRequest,
	errs.KindUnauthenticated: http.StatusUnauthorized,
	errs.KindForbidden:       http.StatusForbidden,
	errs.KindNotFound:        http.StatusNotFound,
	errs.KindConflict:        http.StatusConflict,
	errs.KindTooLarge:        http.StatusRequestEntityTooLarge,
	errs.KindRateLimited:     http.StatusTooManyRequests,
	errs.KindUnavailable:     http.StatusServiceUnavailable,
	errs.KindInternal:        http.StatusInternalServerError,
}

// Codes of this package.
const (
	CodePathUnknown    = "path.unknown"
	CodeMethod         = "method.not.allowed"
	CodeCredentials    = "credentials.missing"
	CodeCertificate    = "client.certificate.missing"
	CodeCallerKind     = "caller.not.allowed" // such as a recipient system that sends
	CodeTooManyFailed  = "authentication.too.many.failures"
	CodeLength         = "content.length.missing"
	CodeContentType    = "content.type.not.supported"
	CodeBodyIncomplete = "body.incomplete"
	CodeBodyStalled    = "body.stalled"
	CodeBodyTooLarge   = "body.too.large"
	CodeJSON           = "json.not.valid"
	CodeParameter      = "parameter.not.valid"
	CodeIfMatch        = "if.match.missing"
	CodeFieldFixed     = "field.not.changeable"
	CodeSortField      = "sort.field.not.allowed"
	CodeVersion        = "version.conflict"
	CodeOperation      = "operation.not.valid"
	CodeBulk           = "bulk.not.valid"
	CodeBulkTime       = "bulk.time.over"
	CodeBulkSize       = "bulk.answer.too.large"
	CodeSystemChanged  = "system.changed"
	CodeAborted        = "call.aborted"
	codeInternal       = "internal.error"
)

// precise are the codes for which HTTP has a status that no kind tells.
var precise = map[string]int{
	CodeMethod:      http.StatusMethodNotAllowed,
	CodeLength:      http.StatusLengthRequired,
	CodeContentType: http.StatusUnsupportedMediaType,
	CodeBodyStalled: http.StatusRequestTimeout,
}

// malformed marks an error about the form of a request: it is 400 also where
// the API has 422 for what a well-formed body asks.
type malformed struct{ error }

func (m malformed) Unwrap() error { return m.error }

func badRequest(code, path, detail string, args ...any) error {
	return malformed{errs.Invalid(code, path, detail, args...)}
}

// retryAfter is how many seconds a caller should wait who is told to come back.
const retryAfter = 5

// fail writes the answer to an error. What is ours to mend is logged, and never
// shown.
func (c *call) fail(err error) {
	e, known := errors.AsType[*errs.Error](err)
	switch {
	case known:
	case c.r.Context().Err() != nil: // the caller has left; hardly anybody reads this
		e = errs.New(errs.KindUnavailable, CodeAborted, "the call was ended by the caller")
	default:
		e = &errs.Error{Kind: errs.KindInternal}
	}
	status := c.status(err, e)
	h := c.w.Header()
	message := errorMessage{Code: e.Code, Message: e.Detail, FieldErrors: make([]fieldErrorResource, 0, len(e.Fields))}
	switch status {
	case http.StatusInternalServerError:
		id := post.NewUUID()
		c.api.log.Error("API call failed", slog.String("operation", c.operation()), slog.String("id", id.String()), slog.Any("error", err))
		message.Code, message.Message = codeInternal, "Something failed on our side. Our log knows it as "+id.String()+"."
	case http.StatusServiceUnavailable:
		if e.Err != nil { // such as a full disk
			c.api.log.Warn("API call could not be done now", slog.String("operation", c.operation()), slog.Any("error", err))
		}
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	case http.StatusTooManyRequests:
		wait := e.Wait
		if wait == 0 {
			wait = failureEvery
		}
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", c.challenge())
	}
	if status != http.StatusInternalServerError {
		for _, f := range e.Fields {
			message.FieldErrors = append(message.FieldErrors,
				fieldErrorResource{Resource: c.resource(), Field: f.Path, Code: f.Code, Message: f.Detail, RejectedValue: c.rejected(f.Path)})
		}
	}
	if message.Message == "" {
		message.Message = http.StatusText(status)
	}
	h.Del("ETag")
	if e.Code == CodeVersion {
		message.Version = c.current()
	}
	if c.body == nil || c.body.done {
		c.json(status, message)
		return
	}
	h.Set("Connection", "close")
	c.body.control.SetWriteDeadline(time.Now().Add(sendTime)) //nolint:errcheck // as in upload
	c.json(status, message)
	c.body.linger()
}

func (c *call) status(err error, e *errs.Error) int {
	if s, ok := precise[e.Code]; ok {
		return s
	}
	if e.Kind == errs.KindInvalid && c.route != nil && slices.Contains(c.route.refuses, http.StatusUnprocessableEntity) {
		if _, form := errors.AsType[malformed](err); !form {
			return http.StatusUnprocessableEntity
		}
	}
	return statuses[e.Kind]
}

// resource is the noun of the path, such as memos.
func (c *call) resource() string {
	if c.route == nil {
		return ""
	}
	return c.route.noun()
}

// harmless are the parameters whose values say nothing about anybody.
var harmless = map[string]bool{"page": true, "size": true, "sortFields": true, "policy": true, "delete": true, "read": true, "flag": true,
	"lastUpdated": true, "dateFrom": true, "dateTo": true, "receivedDateFrom": true, "receivedDateTo": true, "isBulkLookup": true}

// rejected is the value that a parameter had, where that may be told.
func (c *call) rejected(field string) string {
	if !harmless[field] {
		return ""
	}
	v := c.query().Get(field)
	return v[:min(len(v), 100)]
}
