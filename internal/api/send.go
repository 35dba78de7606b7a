package api

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"digitalpost/internal/errs"
	"digitalpost/internal/intake"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// Content types: those of POST /memos/ (facts 3.3), and others.
const (
	typeXML       = "application/xml"
	typeTextXML   = "text/xml"
	typeContainer = "application/x-lzma"
	typeForm      = "multipart/form-data"
	typeHTML      = "text/html"
	typePNG       = "image/png"
	typeEvents    = "text/event-stream"
)

// isLetter tells a single letter from a container by the content type alone.
func isLetter(contentType string) bool {
	if contentType == typeXML || contentType == typeTextXML { // nearly always
		return true
	}
	t := mediaType(contentType)
	return t == typeXML || t == typeTextXML
}

// mediaType is a content type without its parameters, "" where it is none.
func mediaType(contentType string) string {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return t
}

// sendMemo takes a letter or a container of letters. The answer is the technical
// receipt (facts 3.4).
func (c *call) sendMemo() error {
	if c.r.ContentLength < 0 {
		return errs.New(errs.KindInvalid, CodeLength, "the call has no header Content-Length")
	}
	contentType := c.r.Header.Get("Content-Type")
	if isLetter(contentType) {
		return c.sendLetter()
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != typeContainer && kind != typeForm {
		return errs.New(errs.KindInvalid, CodeContentType, "a letter is %s or %s; a container is %s, or %s with it as the part file",
			typeXML, typeTextXML, typeContainer, typeForm)
	}
	if c.r.ContentLength > c.api.config.MaxContainer {
		return errs.New(errs.KindTooLarge, CodeBodyTooLarge, "a container has at most %d bytes", c.api.config.MaxContainer)
	}
	body := io.Reader(c.r.Body)
	if kind == typeForm {
		part, err := filePart(body, params["boundary"])
		if err != nil {
			return err
		}
		body = part
	}
	receipt, err := c.api.Intake.AcceptContainer(c.r.Context(), c.system, body)
	return c.received(receipt, err)
}

func (c *call) sendLetter() error {
	id, err := post.ParseUUID(c.query().Get("memo-message-uuid"))
	if err != nil {
		return errs.Invalid(CodeParameter, "memo-message-uuid", "the parameter is required and is the letter's messageUUID")
	}
	if c.r.ContentLength > c.api.config.MaxLetter {
		return errs.New(errs.KindTooLarge, CodeBodyTooLarge, "a letter has at most %d bytes", c.api.config.MaxLetter)
	}
	receipt, err := c.api.Intake.Accept(c.r.Context(), intake.Submission{System: c.system, MessageUUID: id, Body: c.r.Body, Length: c.r.ContentLength})
	if errs.CodeOf(err) == registry.CodeSystemInactive {
		// The system was changed after it proved who it is. The next call says
		// what it may now.
		c.api.known.forget(c.knownKey(c.api.peerOf(c.r)))
		return errs.New(errs.KindUnavailable, CodeSystemChanged, "the system was changed a moment ago; send again")
	}
	return c.received(receipt, err)
}

func (c *call) received(receipt outbound.Receipt, err error) error {
	if err != nil {
		return err
	}
	c.json(http.StatusCreated, receipt)
	return nil
}

// filePart is the part named file of a form, which is a container.
func filePart(body io.Reader, boundary string) (io.Reader, error) {
	if boundary == "" {
		return nil, badRequest(CodeContentType, "", "a multipart body has a boundary")
	}
	form := multipart.NewReader(body, boundary)
	for {
		part, err := form.NextRawPart()
		if err == io.EOF {
			return nil, badRequest("part.missing", "file", "the form has no part named file")
		}
		if err != nil {
			if errs.KindOf(err) != errs.KindInternal {
				return nil, err
			}
			return nil, badRequest("multipart.not.valid", "", "the body is not a multipart form")
		}
		if part.FormName() != "file" {
			continue
		}
		if mediaType(part.Header.Get("Content-Type")) != typeContainer {
			return nil, errs.New(errs.KindInvalid, CodeContentType, "the part file is %s", typeContainer)
		}
		return wholePart{part, form}, nil
	}
}

// wholePart reads a part and makes sure that the form goes on properly after it:
// a body that was cut off there would look whole.
type wholePart struct {
	part *multipart.Part
	form *multipart.Reader
}

func (w wholePart) Read(p []byte) (int, error) {
	n, err := w.part.Read(p)
	if err == io.EOF {
		if _, next := w.form.NextRawPart(); next != io.EOF {
			return n, errs.New(errs.KindInvalid, "multipart.not.valid", "the form does not end after its file")
		}
	}
	return n, err
}
