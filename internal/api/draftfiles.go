package api

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/compose"
	"digitalpost/internal/errs"
	"digitalpost/internal/htmldoc"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// draft is the draft in the path.
func (c *call) draft() (box, id post.UUID, d compose.Draft, err error) {
	if box, id, err = c.boxAnd("messageId"); err != nil {
		return box, id, d, err
	}
	d, err = c.api.Compose.Draft(c.r.Context(), c.actor, box, id)
	return box, id, d, err
}

func (c *call) createDocument() error {
	box, id, d, err := c.draft()
	if err != nil {
		return err
	}
	var w documentCommand
	if err := c.readJSON(&w); err != nil {
		return err
	}
	label := ""
	if w.Label != nil {
		label = *w.Label
	}
	switch kind := w.DocumentType; {
	case kind != nil && *kind == "MAIN":
		if len(d.Memo.Body.MainDocument.Files) > 0 {
			return errs.New(errs.KindConflict, compose.CodeMainDocument, "the message has its main document already")
		}
		if d, err = c.api.Compose.RenameDocument(c.r.Context(), c.actor, box, id, d.Main.ID, 0, label); err != nil {
			return err
		}
		c.one(d.Main.Version, draftDocuments(d)[0])
		return nil
	case kind == nil || *kind != "ADDITIONAL":
		return errs.Invalid("document.type.not.allowed", "documentType", "a document is MAIN or ADDITIONAL")
	}
	d, made, err := c.api.Compose.AddDocument(c.r.Context(), c.actor, box, id, label)
	if err != nil {
		return err
	}
	return c.draftDocument(d, made.ID)
}

// draftDocument answers with a document of a draft.
func (c *call) draftDocument(d compose.Draft, id post.UUID) error {
	for _, doc := range draftDocuments(d) {
		if doc.ID == id {
			c.one(doc.Version, doc)
			return nil
		}
	}
	return errs.NotFound(access.CodeNotFound)
}

// renameDocument changes a document of a draft.
func (c *call) renameDocument(box, id, document post.UUID, version int64, w documentCommand, now documentJSON) error {
	if w.DocumentType != nil && *w.DocumentType != now.DocumentType {
		return errs.Invalid(CodeFieldFixed, "documentType", "a document stays of its type")
	}
	label := now.Label
	if w.Label != nil {
		label = *w.Label
	}
	d, err := c.api.Compose.RenameDocument(c.r.Context(), c.actor, box, id, document, version, label)
	if err != nil {
		return err
	}
	return c.draftDocument(d, document)
}

func (c *call) deleteDocument() error {
	box, id, version, err := c.changing("messageId")
	if err != nil {
		return err
	}
	document, err := c.id("documentId")
	if err != nil {
		return err
	}
	_, err = c.api.Compose.RemoveDocument(c.r.Context(), c.actor, box, id, document, version)
	return c.noContent(err)
}

// fileCommand is the API's File, as far as a caller can say what one is.
type fileCommand struct {
	EncodingFormat string `json:"encodingFormat" required:"" doc:"The media type. It must go with the name; of one type there are several spellings, and the usual one is kept."`
	Filename       string `json:"filename" required:"" doc:"Characters that not every system takes are replaced."`
	Language       string `json:"language" doc:"Two letters; da where nothing is said."`
	FileSize       *int64 `json:"fileSize" doc:"In bytes, where it is known: what is too large is then refused at once."`
}

// createFile announces a file of a draft. The main document has two, the same text
// in HTML and as plain text: either may be sent, and the other is made of it.
func (c *call) createFile() error {
	box, id, d, err := c.draft()
	if err != nil {
		return err
	}
	document, err := c.id("documentId")
	if err != nil {
		return err
	}
	var w fileCommand
	if err := c.readJSON(&w); err != nil {
		return err
	}
	if document == d.Main.ID {
		i := slices.IndexFunc(d.Main.Files, func(f compose.File) bool { return f.Type == mediaType(w.EncodingFormat) })
		if i < 0 {
			return errs.Invalid(memo.CodeFileExtension, "encodingFormat", "the text of a letter is text/html or text/plain")
		}
		if d, err = c.api.Compose.RenameDocument(c.r.Context(), c.actor, box, id, document, 0, d.Main.Label); err != nil { // who may not write is told so
			return err
		}
		c.one(d.Main.Files[i].Version, draftFile(d.Main.Files[i]))
		return nil
	}
	size := int64(-1)
	if w.FileSize != nil {
		size = *w.FileSize
	}
	_, f, err := c.api.Compose.Attach(c.r.Context(), c.actor, box, id, compose.NewFile{Name: w.Filename, Size: size, Document: document, Language: w.Language})
	if err != nil {
		return err
	}
	c.one(f.Version, draftFile(f))
	return nil
}

// draftFilePath is a file of a draft that is changed.
func (c *call) draftFilePath() (box, message, file post.UUID, version int64, err error) {
	if box, message, version, err = c.changing("messageId"); err != nil {
		return box, message, file, version, err
	}
	file, err = c.id("fileId")
	return box, message, file, version, err
}

// attached refuses what is not for the files of a draft's text.
func (c *call) attached(box, message, file post.UUID) error {
	d, err := c.api.Compose.Draft(c.r.Context(), c.actor, box, message)
	if err == nil && slices.ContainsFunc(d.Main.Files, func(f compose.File) bool { return f.ID == file }) {
		err = errs.Invalid(compose.CodeMainDocument, "fileId", "the files of the text are called as they are")
	}
	return err
}

func (c *call) updateFile() error {
	box, id, file, version, err := c.draftFilePath()
	if err != nil {
		return err
	}
	var w fileCommand
	if err := c.readJSON(&w); err != nil {
		return err
	}
	if err := c.attached(box, id, file); err != nil {
		return err
	}
	d, err := c.api.Compose.RenameFile(c.r.Context(), c.actor, box, id, file, version, w.Filename, w.Language)
	if err != nil {
		return err
	}
	f := d.File(file)
	c.one(f.Version, draftFile(f))
	return nil
}

func (c *call) deleteFile() error {
	box, id, file, version, err := c.draftFilePath()
	if err != nil {
		return err
	}
	if err := c.attached(box, id, file); err != nil {
		return err
	}
	_, err = c.api.Compose.RemoveFile(c.r.Context(), c.actor, box, id, file, version)
	return c.noContent(err)
}

// fileContentResult is the API's FileContent.
type fileContentResult struct {
	ID           post.UUID `json:"id"`
	Version      int64     `json:"version"`
	FileSize     int64     `json:"fileSize"`
	ReceivedSize int64     `json:"receivedSize" doc:"Bytes that have come: the next piece begins there."`
	Incomplete   bool      `json:"incomplete" doc:"More is to come."`
}

const typeBytes = "application/octet-stream"

// updateFileContent takes a file's bytes: as a form, or bare, and then also in
// pieces (Content-Range), each of which goes on where the one before ended.
func (c *call) updateFileContent() error {
	box, id, file, version, err := c.draftFilePath()
	if err != nil {
		return err
	}
	chunk, err := c.chunk()
	if err != nil {
		return err
	}
	chunk.Version = version
	d, err := c.api.Compose.Draft(c.r.Context(), c.actor, box, id)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(d.Main.Files, func(f compose.File) bool { return f.ID == file }); i >= 0 {
		return c.text(d, i, chunk)
	}
	_, f, err := c.api.Compose.Write(c.r.Context(), c.actor, box, id, file, chunk)
	if err != nil {
		if errs.CodeOf(err) == compose.CodeFileOffset {
			return errs.New(errs.KindConflict, compose.CodeFileOffset, "the file goes on at byte %d", f.Received)
		}
		return err
	}
	c.one(f.Version, fileContentResult{f.ID, f.Version, max(f.Size, 0), f.Received, !f.Whole})
	return nil
}

// text takes the letter's text as a file.
func (c *call) text(d compose.Draft, file int, chunk compose.Chunk) error {
	f := d.Main.Files[file]
	switch {
	case chunk.Version != f.Version:
		return errs.New(errs.KindConflict, CodeVersion, "somebody changed this meanwhile")
	case chunk.Offset != 0:
		return errs.New(errs.KindConflict, compose.CodeFileOffset, "a text comes in one piece")
	}
	raw, err := io.ReadAll(io.LimitReader(chunk.Body, 4*compose.MaxText+1))
	if err != nil {
		return err
	}
	switch {
	case len(raw) > 4*compose.MaxText:
		return errs.New(errs.KindTooLarge, compose.CodeTextTooLong, "a text has at most %d bytes", compose.MaxText)
	case len(raw) == 0:
		return errs.Invalid(memo.CodeFileEmpty, "content", "the file is empty")
	}
	var text []byte
	if f.Type == "text/html" {
		text = htmldoc.Clean(raw) // in whatever encoding it came
	} else {
		text = htmldoc.FromText(string(bytes.ToValidUTF8(raw, []byte("�"))))
	}
	d, err = c.api.Compose.Save(c.r.Context(), c.actor, d.Mailbox.UUID, d.Message.ID, compose.Known{Edition: d.Edition}, compose.Edit{Text: new(string(text))})
	if err != nil {
		return err
	}
	f = d.Main.Files[file]
	c.one(f.Version, fileContentResult{f.ID, f.Version, f.Size, f.Size, false})
	return nil
}

// fileBody is the file in a body: that of a form, or the body itself.
func (c *call) fileBody() (body io.Reader, form bool, err error) {
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")) //nolint:errcheck // "" is refused below
	switch {
	case kind == typeForm:
		body, err = anyPart(c.r.Body, params["boundary"])
		return body, true, err
	case kind != typeBytes:
		return nil, false, errs.New(errs.KindInvalid, CodeContentType, "the body is %s or %s", typeForm, typeBytes)
	case c.body == nil:
		return http.NoBody, false, nil
	}
	return c.r.Body, false, nil
}

// chunk is the bytes of a body, and where they belong.
func (c *call) chunk() (compose.Chunk, error) {
	body, form, err := c.fileBody()
	if err != nil || form {
		return compose.Chunk{Total: -1, Body: body}, err
	}
	text := c.r.Header.Get("Content-Range")
	if text == "" {
		return compose.Chunk{Total: max(c.r.ContentLength, -1), Body: body}, nil
	}
	chunk := compose.Chunk{Body: body}
	var last int64
	wrong := badRequest(CodeParameter, "Content-Range", "the header is such as: bytes 0-999/5000, or bytes */5000 for no more bytes")
	if total, ok := strings.CutPrefix(text, "bytes */"); ok {
		n, err := strconv.ParseInt(total, 10, 64)
		if err != nil || n < 0 || c.r.ContentLength > 0 {
			return chunk, wrong
		}
		chunk.Offset, chunk.Total = n, n
		return chunk, nil
	}
	if _, err := fmt.Sscanf(text, "bytes %d-%d/%d", &chunk.Offset, &last, &chunk.Total); err != nil || chunk.Offset < 0 || last < chunk.Offset || last >= chunk.Total ||
		c.r.ContentLength != last-chunk.Offset+1 || fmt.Sprintf("bytes %d-%d/%d", chunk.Offset, last, chunk.Total) != text {
		return chunk, wrong
	}
	return chunk, nil
}

// anyPart is the part of a form that is a file, whatever it is called.
func anyPart(body io.Reader, boundary string) (io.Reader, error) {
	if boundary == "" {
		return nil, badRequest(CodeContentType, "", "a multipart body has a boundary")
	}
	form := multipart.NewReader(body, boundary)
	for {
		part, err := form.NextRawPart()
		switch {
		case err == io.EOF:
			return nil, badRequest("part.missing", "multipartFile", "the form has no file")
		case err != nil:
			if errs.KindOf(err) != errs.KindInternal {
				return nil, err
			}
			return nil, badRequest("multipart.not.valid", "", "the body is not a multipart form")
		case part.FileName() != "" || part.FormName() == "multipartFile" || part.FormName() == "file":
			return formFile{wholePart{part, form}}, nil
		}
	}
}

// formFile gives errors of a form their kind.
type formFile struct{ wholePart }

func (f formFile) Read(p []byte) (int, error) {
	n, err := f.wholePart.Read(p)
	if err != nil && err != io.EOF && errs.KindOf(err) == errs.KindInternal { //nolint:errorlint // readers return it bare
		err = errs.Wrap(err, errs.KindInvalid, "multipart.not.valid")
	}
	return n, err
}
