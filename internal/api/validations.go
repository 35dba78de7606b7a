package api

import (
	"fmt"
	"net/http"

	"digitalpost/internal/errs"
	"digitalpost/internal/htmldoc"
)

// Codes of the answer of POST /validations/, which the API gives the shape of an
// error and the status 201 either way (facts 2.4).
const (
	codeApproved = "html.approved"
	codeRejected = "html.rejected"
)

// maxHTML is the size in bytes of the largest document that is looked at.
const maxHTML = 10 << 20

// lookedAt is how many documents are looked at at once. It bounds the memory of a
// call that anyone can make: a document can be one long tag.
const lookedAt = 4

// validate tells a sender whether an HTML document would be shown as it is. The
// field of each finding is its element and attribute.
func (c *call) validate() error {
	policy := htmldoc.Policy(c.query().Get("policy"))
	switch policy {
	case "":
		policy = htmldoc.Lenient
	case htmldoc.Lenient, htmldoc.Strict:
	default:
		return badRequest(CodeParameter, "policy", "the policy is STRICT or LENIENT")
	}
	switch {
	case c.r.ContentLength < 0:
		return errs.New(errs.KindInvalid, CodeLength, "the call has no header Content-Length")
	case c.r.ContentLength > maxHTML:
		return errs.New(errs.KindTooLarge, CodeBodyTooLarge, "a document has at most %d bytes", maxHTML)
	case mediaType(c.r.Header.Get("Content-Type")) != typeHTML:
		return errs.New(errs.KindInvalid, CodeContentType, "a document is text/html")
	}
	select {
	case c.api.looking <- struct{}{}:
		defer func() { <-c.api.looking }()
	default:
		return errs.New(errs.KindUnavailable, "validation.busy", "too many documents are looked at; try again")
	}
	findings, err := htmldoc.Check(c.r.Body, policy)
	if err != nil {
		return err
	}
	answer := errorMessage{Code: codeApproved, Message: "The document is shown as it is.", FieldErrors: []fieldErrorResource{}}
	if len(findings) > 0 {
		answer.Code, answer.Message = codeRejected, fmt.Sprintf("The document has %d things that the policy %s refuses.", len(findings), policy)
	}
	for _, f := range findings {
		answer.FieldErrors = append(answer.FieldErrors,
			fieldErrorResource{Resource: "html", Field: f.Element, Code: f.Code, Message: fmt.Sprintf("line %d: %s", f.Line, f.Detail)})
	}
	c.json(http.StatusCreated, answer)
	return nil
}
