package compose

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Document is a document of a draft: the text, or an attachment.
type Document struct {
	ID      post.UUID
	Version int64
	Kind    memo.DocumentKind
	Label   string
	Files   []File
}

// File is a file of a draft. Its bytes are read by mailbox.Content, at Document
// and Place, when it is whole.
type File struct {
	ID       post.UUID
	Version  int64
	Name     string
	Type     string // media type
	Language string
	Size     int64 // bytes: declared, -1 where that is not known; counted once it is whole
	Received int64 // bytes that have come
	Whole    bool
	Document int // place among the letter's documents
	Place    int // place among the document's whole files, -1 before it is whole
}

// NewFile is a file that is to be attached.
type NewFile struct {
	Name string
	Size int64 // bytes, -1 where that is not known
	// Document is the document it is a form of; nil makes one.
	Document post.UUID
	Language string // two letters; "" is Danish
}

// document is a document for clients. The main document's files are whole when it
// has a text.
func (d *draft) document(doc storedDoc, place int, kind memo.DocumentKind) Document {
	out := Document{ID: doc.ID, Version: doc.Version, Kind: kind, Label: doc.Label}
	var whole []*memo.File
	if kind == memo.MainDocument {
		whole = d.Memo.Body.MainDocument.Files
	} else {
		whole = d.Memo.Body.AdditionalDocument[place-1].Files
	}
	at := 0
	for i, f := range doc.Files {
		file := File{ID: f.ID, Version: f.Version, Name: f.Name, Type: f.Type, Language: f.Language, Size: f.Size, Received: d.received[f.ID], Document: place, Place: -1}
		if f.Whole || kind == memo.MainDocument && i < len(whole) {
			file.Whole, file.Place, file.Size = true, at, whole[at].Size
			file.Received = file.Size
			at++
		}
		out.Files = append(out.Files, file)
	}
	return out
}

// findDocument is an attachment's place among them.
func (d *draft) findDocument(id post.UUID) (int, error) {
	if id == d.Main.ID {
		return 0, errs.Invalid(CodeMainDocument, "documentId", "the main document is the text")
	}
	i := slices.IndexFunc(d.Documents, func(doc storedDoc) bool { return doc.ID == id })
	if i < 0 {
		return 0, errs.NotFound(CodeDocumentUnknown)
	}
	return i, nil
}

// findFile is a file of an attachment, with the place of its document, its own
// among its files, and among those that are whole.
func (d *draft) findFile(id post.UUID) (document, file, whole int, err error) {
	for i, doc := range d.Documents {
		whole := 0
		for j, f := range doc.Files {
			if f.ID == id {
				return i, j, whole, nil
			}
			if f.Whole {
				whole++
			}
		}
	}
	return 0, 0, 0, errs.NotFound(CodeFileUnknown)
}

// AddDocument adds an attachment without a file yet. Pages attach files at once.
func (c *Composer) AddDocument(ctx context.Context, actor post.Actor, box, message post.UUID, label string) (Draft, Document, error) {
	var place int
	out, err := c.change(ctx, actor, box, message, func(tx *db.Tx, o *mailbox.Opened, d *draft) error {
		if err := d.meets(Known{}); err != nil {
			return err
		}
		place = d.addDocument(label)
		return c.fits(tx, o, d, post.UUID{}, 0)
	}, nil)
	if err != nil {
		return out, Document{}, err
	}
	return out, out.Attachments[place], nil
}

func (d *draft) addDocument(label string) int {
	d.Documents = append(d.Documents, storedDoc{ID: post.NewUUID(), Version: 1, Label: cut(oneLine(label), MaxSubject)})
	d.Memo.Body.AdditionalDocument = append(d.Memo.Body.AdditionalDocument, memo.Document{})
	return len(d.Documents) - 1
}

// RenameDocument gives a document another title. version is the one that the
// client knew, 0 for any, here and below.
func (c *Composer) RenameDocument(ctx context.Context, actor post.Actor, box, message, document post.UUID, version int64, label string) (Draft, error) {
	return c.change(ctx, actor, box, message, func(_ *db.Tx, _ *mailbox.Opened, d *draft) error {
		doc := &d.Main
		if document != d.Main.ID {
			i, err := d.findDocument(document)
			if err != nil {
				return err
			}
			doc = &d.Documents[i]
		}
		if err := firstOf(d.meets(Known{}), known(version, doc.Version)); err != nil {
			return err
		}
		doc.Label, doc.Version = cut(oneLine(label), MaxSubject), doc.Version+1
		return nil
	}, nil)
}

func known(known, now int64) error {
	if known != 0 && known != now {
		return errs.New(errs.KindConflict, CodeEdition, "somebody changed this meanwhile; read it again")
	}
	return nil
}

// RemoveDocument removes an attachment with its files.
func (c *Composer) RemoveDocument(ctx context.Context, actor post.Actor, box, message, document post.UUID, version int64) (Draft, error) {
	return c.change(ctx, actor, box, message, func(tx *db.Tx, _ *mailbox.Opened, d *draft) error {
		i, err := d.findDocument(document)
		if err != nil {
			return err
		}
		if err := firstOf(d.meets(Known{}), known(version, d.Documents[i].Version)); err != nil {
			return err
		}
		for _, f := range d.Documents[i].Files {
			if err := c.forgetUpload(tx, f.ID); err != nil {
				return err
			}
		}
		d.removeDocument(i)
		return nil
	}, nil)
}

// Attach announces a file: what it is called and how large it is decides whether
// it can be sent, before a byte of it has come. Write takes the bytes. The name is
// made one that every system takes (facts 2.3).
func (c *Composer) Attach(ctx context.Context, actor post.Actor, box, message post.UUID, f NewFile) (Draft, File, error) {
	name := fileName(f.Name)
	file := storedFile{ID: post.NewUUID(), Version: 1, Name: name, Type: mediaType(name), Language: languageOf(f.Language), Size: f.Size}
	if err := checkFile(&file); err != nil {
		return Draft{}, File{}, err
	}
	out, err := c.change(ctx, actor, box, message, func(tx *db.Tx, o *mailbox.Opened, d *draft) error {
		if err := d.meets(Known{}); err != nil {
			return err
		}
		if d.Kind == KindForward {
			return errs.Invalid(CodeFixed, "attachments", "a letter that is forwarded keeps its documents")
		}
		at := -1
		if f.Document != (post.UUID{}) {
			i, err := d.findDocument(f.Document)
			if err != nil {
				return err
			}
			at = i
		} else {
			at = d.addDocument(strings.TrimSuffix(name, "."+memo.Extension(name)))
		}
		d.Documents[at].Files = append(d.Documents[at].Files, file)
		d.received[file.ID] = 0
		if err := c.fits(tx, o, d, post.UUID{}, 0); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO upload (id, mailbox, message, received, touched) VALUES ($1, $2, $3, 0, $4)", file.ID, o.Mailbox.ID, d.Message.ID, tx.Now)
		return err
	}, nil)
	if err != nil {
		return out, File{}, err
	}
	return out, out.File(file.ID), nil
}

// File is a file of a draft; its zero value where the draft has no such file.
func (d Draft) File(id post.UUID) File {
	for _, doc := range append([]Document{d.Main}, d.Attachments...) {
		for _, f := range doc.Files {
			if f.ID == id {
				return f
			}
		}
	}
	return File{}
}

// fits tells whether the attachments are within the recipient's limits, with more
// bytes of the file that is coming.
func (c *Composer) fits(tx *db.Tx, o *mailbox.Opened, d *draft, coming post.UUID, size int64) error {
	r, err := c.resolve(tx, o, &d.content)
	if err != nil {
		return err
	}
	limits := c.limits(o, r)
	if len(d.Documents) > limits.Files {
		return errs.Invalid(memo.CodeTooManyAttachments, "attachments", "at most %d attachments are taken", limits.Files)
	}
	for _, doc := range d.Documents {
		if len(doc.Files) > MaxForms {
			return errs.Invalid(memo.CodeTooManyAttachments, "attachments", "a document has at most %d files", MaxForms)
		}
	}
	if n := d.bytes(coming) + size; n > limits.Bytes {
		return errs.New(errs.KindTooLarge, memo.CodeTooLarge, "the attachments would have %d bytes; at most %d are taken", n, limits.Bytes)
	}
	return nil
}

// fileName is a name without what names may not have.
func fileName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 { // some browsers send the whole path
		name = name[i+1:]
	}
	return post.SafeName(strings.Map(func(r rune) rune {
		if r == 0xA0 || r >= 0x2000 && r <= 0x200F || r == 0x2028 || r == 0x2029 || r == 0x205F || r == 0x2060 || r == 0x3000 || r == 0xFEFF {
			return ' '
		}
		if r >= 0x7F && r < 0xA0 {
			return -1
		}
		return r
	}, name))
}

// mediaType is what a file is by its name; browsers disagree about many.
func mediaType(name string) string {
	extension := memo.Extension(name)
	for _, t := range memo.DefaultFileTypes {
		if t.Extension == extension {
			return t.MediaTypes[0]
		}
	}
	return "application/octet-stream"
}

func languageOf(text string) string {
	if len(text) == 2 && text[0] >= 'a' && text[0] <= 'z' && text[1] >= 'a' && text[1] <= 'z' {
		return text
	}
	return language
}

// checkFile holds a file to the rules of letters before it has come.
func checkFile(f *storedFile) error {
	file := &memo.File{EncodingFormat: f.Type, Filename: f.Name, Language: f.Language, Size: f.Size}
	if f.Size < 0 {
		file.Size = 1
	}
	return ruled(file)
}

// ruled is what is wrong with a file by the rules of letters.
func ruled(file *memo.File) error {
	whole := memo.File{EncodingFormat: "text/plain", Filename: textName, Language: language, Size: 1}
	m := &memo.Message{Header: memo.Header{MessageType: memo.DigitalPost, MessageUUID: post.NewUUID(), Label: "x",
		Sender: memo.Sender{SenderID: "0101010000", IDType: memo.CPR, Label: "x"}, Recipient: memo.Recipient{RecipientID: "0101010000", IDType: memo.CPR}},
		Body: &memo.Body{CreatedDateTime: time.Unix(1, 0), MainDocument: memo.Document{Files: []*memo.File{&whole}},
			AdditionalDocument: []memo.Document{{Files: []*memo.File{file}}}}}
	err := memo.Validate(m, memo.Rules{})
	if p, wrong := errors.AsType[*memo.Problems](err); wrong {
		return errs.Invalid(p.List[0].Code, "file", "%s", p.List[0].Detail)
	}
	return err
}

// RenameFile gives a file another name, of the same type.
func (c *Composer) RenameFile(ctx context.Context, actor post.Actor, box, message, file post.UUID, version int64, name, lang string) (Draft, error) {
	return c.change(ctx, actor, box, message, func(_ *db.Tx, _ *mailbox.Opened, d *draft) error {
		i, j, whole, err := d.findFile(file)
		if err != nil {
			return err
		}
		f := &d.Documents[i].Files[j]
		if err := firstOf(d.meets(Known{}), known(version, f.Version)); err != nil {
			return err
		}
		name := fileName(name)
		if memo.Extension(name) != memo.Extension(f.Name) {
			return errs.Invalid(memo.CodeFileExtension, "filename", "a file stays of its type")
		}
		f.Name, f.Language, f.Version = name, languageOf(lang), f.Version+1
		if err := checkFile(f); err != nil {
			return err
		}
		if f.Whole {
			stored := d.Memo.Body.AdditionalDocument[i].Files[whole]
			stored.Filename, stored.Language = f.Name, f.Language
		}
		return nil
	}, nil)
}

// RemoveFile removes a file, and its document where that has no other.
func (c *Composer) RemoveFile(ctx context.Context, actor post.Actor, box, message, file post.UUID, version int64) (Draft, error) {
	return c.change(ctx, actor, box, message, func(tx *db.Tx, _ *mailbox.Opened, d *draft) error {
		i, j, _, err := d.findFile(file)
		if err != nil {
			return err
		}
		if err := firstOf(d.meets(Known{}), known(version, d.Documents[i].Files[j].Version)); err != nil {
			return err
		}
		return c.removeFile(tx, d, file)
	}, nil)
}

func (c *Composer) removeFile(tx *db.Tx, d *draft, file post.UUID) error {
	i, j, whole, err := d.findFile(file)
	if err != nil {
		return err
	}
	doc, body := &d.Documents[i], &d.Memo.Body.AdditionalDocument[i]
	if doc.Files[j].Whole {
		body.Files = slices.Delete(body.Files, whole, whole+1)
	}
	if doc.Files = slices.Delete(doc.Files, j, j+1); len(doc.Files) == 0 {
		d.removeDocument(i)
	}
	delete(d.received, file)
	return c.forgetUpload(tx, file)
}
