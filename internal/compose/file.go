package compose

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/blob"
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

// piece is how many bytes are stored at a time: what has come when a connection
// breaks is kept but for less than a piece.
const piece = 1 << 20

// Chunk is bytes of a file.
type Chunk struct {
	// Offset is where they belong: at File.Received, or at 0 to begin again.
	Offset int64
	// Total is how many bytes the whole file has; -1 says that it ends where Body
	// does.
	Total int64
	Body  io.Reader
	// Version is the file's that the client knew, 0 for any.
	Version int64
}

// Write takes bytes of a file. What has come is kept, also when Body fails or the
// program is killed; Write goes on there. Where Chunk.Offset is somewhere else the
// error is a Conflict with code CodeFileOffset, and the file that is returned says
// where. A file is part of the letter when it is whole: a Write of nothing at its
// end makes sure of it.
func (c *Composer) Write(ctx context.Context, actor post.Actor, box, message, file post.UUID, chunk Chunk) (Draft, File, error) {
	w := &writing{c: c, actor: actor, box: box, message: message, file: file, chunk: chunk}
	f, err := w.take(ctx)
	if err != nil {
		return w.draft, f, notSent(err)
	}
	if !w.whole {
		return w.draft, f, nil
	}
	out, err := w.finish(ctx)
	return out, out.File(file), notSent(err)
}

// writing is a Write under way.
type writing struct {
	c                  *Composer
	actor              post.Actor
	box, message, file post.UUID
	chunk              Chunk

	draft Draft
	whole bool // all bytes are stored
}

// take stores what comes.
func (w *writing) take(ctx context.Context) (File, error) {
	at, first := w.chunk.Offset, true
	var broken error
	for broken == nil {
		part := w.c.blobs.Create()
		n, err := io.CopyN(part, w.chunk.Body, piece)
		broken = err
		stored, err := part.Close()
		if err != nil {
			return File{}, err
		}
		ended := broken == io.EOF //nolint:errorlint // CopyN returns it bare
		if n == 0 && !first && !ended {
			w.c.blobs.Drop(stored)
			break
		}
		f, err := w.keep(ctx, stored, at, first, ended)
		if err != nil {
			w.c.blobs.Drop(stored)
			return f, err
		}
		if n == 0 {
			w.c.blobs.Drop(stored)
		}
		at += n
		first = false
		if ended {
			return f, nil
		}
	}
	return w.draft.File(w.file), fmt.Errorf("read a file's bytes: %w", broken)
}

// keep stores a piece. It tells where the file is then.
func (w *writing) keep(ctx context.Context, part *blob.Draft, at int64, first, ended bool) (File, error) {
	c := w.c
	var out Draft
	ctx = context.WithoutCancel(ctx) // a connection that breaks takes nothing with it
	err := c.mailboxes.Work(ctx, w.actor, w.box, func(tx *db.Tx, o *mailbox.Opened) error {
		w.whole = false
		d, err := c.load(tx, o, w.message, 0)
		if err != nil {
			return err
		}
		i, j, _, err := d.findFile(w.file)
		if err != nil {
			return err
		}
		f := &d.Documents[i].Files[j]
		received, coming := d.received[w.file]
		show := func(why error) error {
			out, err = c.show(tx, o, d)
			return errors.Join(why, err)
		}
		if first {
			if err := firstOf(d.meets(Known{}), known(w.chunk.Version, f.Version)); err != nil {
				return show(err)
			}
		}
		switch {
		case first && f.Whole && !coming && w.chunk.Total == f.Size && at == f.Size: // its last answer was lost
			return show(nil)
		case first && at == 0 && (received > 0 || !coming):
			if err := c.restart(tx, o, d, w.file); err != nil {
				return err
			}
			received = 0
		case !coming || at != received:
			return show(errs.New(errs.KindConflict, CodeFileOffset, "the file goes on at byte %d", received))
		}
		total := w.chunk.Total
		if total < 0 && ended {
			total = at + part.Size
		}
		switch {
		case total >= 0 && at+part.Size > total:
			return errs.Invalid(CodeFileSize, "file", "more bytes came than the file has")
		case total == 0:
			return errs.Invalid(memo.CodeFileEmpty, "file", "the file is empty")
		}
		if err := c.fits(tx, o, d, w.file, max(total, at+part.Size)); err != nil {
			return err
		}
		if part.Size > 0 {
			if err := c.storePart(tx, o, w.file, part, at); err != nil {
				return err
			}
		}
		d.received[w.file] = received + part.Size
		w.whole = total >= 0 && at+part.Size == total
		if total >= 0 && f.Size != total {
			f.Size = total
			if err := c.saveContent(tx, o, d); err != nil {
				return err
			}
		}
		return show(nil)
	})
	w.draft = out
	return out.File(w.file), err
}

// firstOf is the first error there is.
func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// restart has a file come from its first byte.
func (c *Composer) restart(tx *db.Tx, o *mailbox.Opened, d *draft, file post.UUID) error {
	if err := c.forgetUpload(tx, file); err != nil {
		return err
	}
	d.received[file] = 0
	_, err := tx.Exec("INSERT INTO upload (id, mailbox, message, received, touched) VALUES ($1, $2, $3, 0, $4)", file, o.Mailbox.ID, d.Message.ID, tx.Now)
	return err
}

// MaxPieces is how many pieces a file may come in: a connection breaks now and then,
// and each piece takes more room than its bytes.
const MaxPieces = 2000

func (c *Composer) storePart(tx *db.Tx, o *mailbox.Opened, file post.UUID, part *blob.Draft, at int64) error {
	var pieces int
	if err := tx.QueryRow("SELECT COUNT(*) FROM upload_part WHERE upload = $1", file).Scan(&pieces); err != nil {
		return err
	}
	if pieces >= MaxPieces {
		return errs.Invalid(CodeFilePieces, "file", "the file came in more than %d pieces; begin again with larger ones", MaxPieces)
	}
	sealed, err := o.Seal(part.Key[:], part.ID[:])
	if err != nil {
		return err
	}
	var b db.Batch
	c.blobs.Insert(tx, &b, []*blob.Draft{part})
	b.Add("INSERT INTO upload_part (upload, position, blob, sealed) VALUES ($1, $2, $3, $4)", file, at, part.ID, sealed)
	b.Add("UPDATE upload SET received = $1, touched = $2 WHERE id = $3", at+part.Size, tx.Now, file)
	return tx.Run(&b)
}

// finish makes one file of the pieces and puts it into the letter.
func (w *writing) finish(ctx context.Context) (Draft, error) {
	c := w.c
	file, err := w.join(ctx)
	if err != nil {
		return w.draft, err
	}
	stored := file.Content.(*blob.Draft)
	wrong := ruled(file)
	out, err := c.change(ctx, w.actor, w.box, w.message, func(tx *db.Tx, _ *mailbox.Opened, d *draft) error {
		if err := d.meets(Known{}); err != nil {
			return err
		}
		i, j, whole, err := d.findFile(w.file)
		if err != nil {
			return err
		}
		if d.received[w.file] != file.Size {
			return errs.New(errs.KindConflict, CodeFileOffset, "somebody else sent this file anew")
		}
		if wrong != nil {
			return c.removeFile(tx, d, w.file)
		}
		f, body := &d.Documents[i].Files[j], &d.Memo.Body.AdditionalDocument[i]
		copied := *file
		if f.Whole {
			body.Files[whole] = &copied
		} else {
			body.Files = slices.Insert(body.Files, whole, &copied)
		}
		f.Whole, f.Size, f.Version = true, file.Size, f.Version+1
		delete(d.received, w.file)
		return c.forgetUpload(tx, w.file)
	}, nil)
	if err != nil || wrong != nil {
		c.blobs.Drop(stored)
	}
	if err == nil {
		err = wrong
	}
	return out, err
}

// join reads the pieces of a file into one.
func (w *writing) join(ctx context.Context) (*memo.File, error) {
	c := w.c
	var readers []*blob.Reader
	defer func() {
		for _, r := range readers {
			r.Close()
		}
	}()
	var file memo.File
	err := c.mailboxes.Look(ctx, w.actor, w.box, func(tx *db.Tx, o *mailbox.Opened) error {
		d, err := c.load(tx, o, w.message, 0)
		if err != nil {
			return err
		}
		i, j, _, err := d.findFile(w.file)
		if err != nil {
			return err
		}
		f := d.Documents[i].Files[j]
		file = memo.File{EncodingFormat: f.Type, Filename: f.Name, Language: f.Language}
		readers, err = c.parts(tx, o, w.file)
		return err
	})
	if err != nil {
		return nil, err
	}
	from := make([]io.Reader, len(readers))
	for i, r := range readers {
		from[i] = r
	}
	return copyFile(c.blobs, &file, io.MultiReader(from...))
}

func (c *Composer) parts(tx *db.Tx, o *mailbox.Opened, file post.UUID) (readers []*blob.Reader, err error) {
	type part struct {
		blob   post.UUID
		sealed []byte
	}
	rows, err := tx.Query("SELECT blob, sealed FROM upload_part WHERE upload = $1 ORDER BY position", file)
	all, err := db.Collect(rows, err, func(rows *db.Rows) (p part, err error) { err = rows.Scan(&p.blob, &p.sealed); return p, err })
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		key, err := o.Unseal(p.sealed, p.blob[:])
		if err != nil {
			return readers, err
		}
		r, err := c.blobs.Open(tx, p.blob, [32]byte(key))
		if err != nil {
			return readers, err
		}
		readers = append(readers, r)
	}
	return readers, nil
}

// sniffed is how many bytes of a file are looked at.
const sniffed = 4096

// copyFile stores a file's bytes anew: what is known of them is found out on the
// way.
func copyFile(blobs *blob.Store, f *memo.File, from io.Reader) (*memo.File, error) {
	w := blobs.Create()
	look := &looked{sum: sha256.New()}
	if _, err := io.Copy(io.MultiWriter(w, look), from); err != nil {
		w.Discard()
		return nil, fmt.Errorf("copy a file: %w", err)
	}
	stored, err := w.Close()
	if err != nil {
		return nil, err
	}
	out := *f
	out.Content, out.Size, out.SHA256, out.Sniffed = stored, stored.Size, [32]byte(look.sum.Sum(nil)), memo.Sniff(f.Filename, look.head)
	return &out, nil
}

// looked gathers what is known of bytes that pass.
type looked struct {
	sum  hash.Hash
	head []byte
}

func (l *looked) Write(p []byte) (int, error) {
	l.sum.Write(p)
	if room := sniffed - len(l.head); room > 0 {
		l.head = append(l.head, p[:min(len(p), room)]...)
	}
	return len(p), nil
}

// forgetUpload removes what has come of a file.
func (c *Composer) forgetUpload(tx *db.Tx, file post.UUID) error {
	rows, err := tx.Query("SELECT blob FROM upload_part WHERE upload = $1", file)
	blobs, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
	if err != nil {
		return err
	}
	for _, id := range blobs {
		if err := c.blobs.Delete(tx, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("DELETE FROM upload_part WHERE upload = $1", file); err != nil {
		return err
	}
	_, err = tx.Exec("DELETE FROM upload WHERE id = $1", file)
	return err
}

// sweep removes what has come of files that nobody finished within a day. The
// draft forgets them when it is next read.
func (c *Composer) sweep(ctx context.Context) error {
	for {
		var n int
		err := c.db.Update(ctx, func(tx *db.Tx) error {
			rows, err := tx.Query("SELECT id FROM upload WHERE touched < $1 ORDER BY touched LIMIT 50", tx.Now.Add(-uploadKept))
			ids, err := db.Collect(rows, err, func(rows *db.Rows) (id post.UUID, err error) { err = rows.Scan(&id); return id, err })
			n = len(ids)
			for _, id := range ids {
				err = errors.Join(err, c.forgetUpload(tx, id))
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
