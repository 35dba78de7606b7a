package agency

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/memo"
)

// Codes of what is wrong with a document.
const (
	CodeFileType = "document.type"
	CodeFileSize = "document.size"

	MaxFile = 10 << 20 // bytes
)

// Kind is what a document proves, "" where that is not asked.
type Kind string

// Upload is a document that was taken in and belongs to no request yet.
type Upload struct {
	Kind Kind
	Name string
	Type string // media type
	Size int64
	Kept *blob.Draft
}

// File is a document of a request.
type File struct {
	Kind  Kind
	Name  string
	Type  string // media type
	Size  int64
	Place int
	// Version grows with the bytes, which can come later than the rest and be replaced.
	Version int64

	key  [32]byte
	blob post.UUID
}

// stored is what is kept of a document, sealed.
type stored struct {
	Key  [32]byte `cbor:"1,keyasint"`
	Name string   `cbor:"2,keyasint"`
	Type string   `cbor:"3,keyasint"`
	Size int64    `cbor:"4,keyasint"`
	Kind Kind     `cbor:"5,keyasint,omitempty"`

	Version int64 `cbor:"6,keyasint,omitempty"`
}

// Whole tells that the bytes have come.
func (f File) Whole() bool { return f.blob != post.UUID{} }

// Take takes in a document: a PDF or a picture. It is given to a request, or dropped.
func (d Desk) Take(kind Kind, name string, body io.Reader) (*Upload, error) {
	raw, err := io.ReadAll(io.LimitReader(body, MaxFile+1))
	if err != nil {
		return nil, err
	}
	media := Media(name, raw)
	switch {
	case len(raw) > MaxFile:
		return nil, errs.Invalid(CodeFileSize, "file", "a document has at most %d bytes", MaxFile)
	case media == "":
		return nil, errs.Invalid(CodeFileType, "file", "a document is a PDF, JPEG or PNG file")
	}
	w := d.Blobs.Create()
	if _, err := w.Write(raw); err != nil {
		w.Discard()
		return nil, err
	}
	kept, err := w.Close()
	return &Upload{kind, post.SafeName(name), media, int64(len(raw)), kept}, err
}

// Media is the media type of a document on paper, as people hand one in: a PDF or a
// picture of it. It is "" for what is none of these, by its name or by its bytes.
func Media(name string, raw []byte) string {
	media := map[string]string{"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}[strings.TrimPrefix(memo.Extension(name), ".")]
	begins := map[string]string{"application/pdf": "%PDF-", "image/png": "\x89PNG\r\n\x1a\n", "image/jpeg": "\xff\xd8\xff"}[media]
	sniffed := memo.Sniff(name, raw[:min(len(raw), 1024)])
	if len(raw) == 0 || media == "" || sniffed.Dangerous || !sniffed.Matches || !bytes.HasPrefix(raw, []byte(begins)) {
		return ""
	}
	return media
}

// Drop lets go of documents that no request has taken.
func (d Desk) Drop(all ...*Upload) {
	for _, u := range all {
		d.Blobs.Drop(u.Kept)
	}
}

// Store adds a document's bytes to a batch, and returns what the row of it seals.
func (d Desk) Store(tx *db.Tx, b *db.Batch, id post.UUID, u *Upload) (sealed []byte, err error) {
	return d.Fill(tx, b, id, File{Kind: u.Kind, Name: u.Name}, u)
}

// SealFile is what is stored of a document beside its bytes.
func (d Desk) SealFile(id post.UUID, f File) ([]byte, error) {
	return d.Seal(id, stored{f.key, f.Name, f.Type, f.Size, f.Kind, f.Version})
}

// Fill gives a document its bytes, or others than it had.
func (d Desk) Fill(tx *db.Tx, b *db.Batch, id post.UUID, f File, u *Upload) (sealed []byte, err error) {
	if err := d.Remove(tx, f); err != nil {
		return nil, err
	}
	d.Blobs.Insert(tx, b, []*blob.Draft{u.Kept})
	return d.SealFile(id, File{Kind: f.Kind, Name: f.Name, Type: u.Type, Size: u.Size, Version: f.Version + 1, key: u.Kept.Key})
}

// Remove deletes a document's bytes, where they have come.
func (d Desk) Remove(tx *db.Tx, f File) error {
	if !f.Whole() {
		return nil
	}
	return d.Blobs.Delete(tx, f.blob)
}

// Files reads the documents of a request from rows of place, blob and what Store
// sealed.
func (d Desk) Files(id post.UUID, rows *db.Rows, err error) ([]File, error) {
	return db.Collect(rows, err, func(rows *db.Rows) (f File, err error) {
		var sealed []byte
		var s stored
		if err = rows.Scan(&f.Place, &f.blob, &sealed); err == nil {
			err = d.Unseal(id, sealed, &s)
		}
		f.key, f.Name, f.Type, f.Size, f.Kind, f.Version = s.Key, s.Name, s.Type, s.Size, s.Kind, s.Version
		return f, err
	})
}

// Open opens the document at a place of a request. Close it.
func (d Desk) Open(tx *db.Tx, r Request, place int) (File, *blob.Reader, error) {
	i := slices.IndexFunc(r.Files, func(f File) bool { return f.Place == place })
	if i < 0 || !r.Files[i].Whole() {
		return File{}, nil, ErrUnknown
	}
	content, err := d.Blobs.Open(tx, r.Files[i].blob, r.Files[i].key)
	return r.Files[i], content, err
}

// CheckFiles calls found for every document of a request that cannot be opened.
func (d Desk) CheckFiles(tx *db.Tx, r Request, found func(problem string)) {
	for _, f := range r.Files {
		if !f.Whole() {
			continue
		}
		if _, content, err := d.Open(tx, r, f.Place); err != nil {
			found(r.ID.String() + ": a document cannot be opened")
		} else {
			content.Close()
		}
	}
}
