// Package agency is what those capabilities share in which somebody applies with
// documents and a system manager of the agency that runs Digital Post decides: the
// documents that are taken, and who decides.
//
// It owns no table. What is applied for, and what becomes of it, is the capability's.
package agency

import (
	"bytes"
	"io"
	"strings"

	"digitalpost/internal/access"
	"digitalpost/internal/audit"
	"digitalpost/internal/blob"
	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/rights"
	"digitalpost/memo"
)

// Codes of what is wrong with a document.
const (
	CodeFileType = "document.type"
	CodeFileSize = "document.size"

	MaxFile = 10 << 20 // bytes
)

// Desk is the agency's, with what it works with.
type Desk struct {
	Blobs    *blob.Store
	Registry *registry.Registry
	Rights   *rights.Rights
	// Operator is the organisation that runs Digital Post, whose system managers decide.
	Operator post.CVR
}

// Upload is a document that was taken in and belongs to no application yet.
type Upload struct {
	Name string
	Type string // media type
	Size int64
	Kept *blob.Draft
}

// Take takes in a document: a PDF or a picture. It is given to an application, or
// dropped.
func (d Desk) Take(name string, body io.Reader) (*Upload, error) {
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
	return &Upload{post.SafeName(name), media, int64(len(raw)), kept}, err
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

// Drop lets go of documents that no application has taken.
func (d Desk) Drop(all ...*Upload) {
	for _, u := range all {
		d.Blobs.Drop(u.Kept)
	}
}

// Decides asks access whether somebody decides on what is applied for about a party's
// post. The role of system manager is that of employees of the agency, and of no
// others. A refusal is written down where the work runs inside audit.Remember.
func (d Desk) Decides(tx *db.Tx, actor post.Actor, action access.Action, about registry.Party) (access.Relation, error) {
	var grants []access.Grant
	operator, err := d.Registry.OrganisationByCVR(tx, d.Operator)
	if err != nil && errs.KindOf(err) != errs.KindNotFound {
		return 0, err
	}
	if err == nil && operator.ID == actor.Organisation {
		held, err := d.Rights.Grants(tx, actor, about.ID)
		if err != nil {
			return 0, err
		}
		grants = held.Grants
	}
	facts := access.Facts{Mailbox: about.ID, Status: rights.StatusOf(about, tx.Now), Grants: grants}
	decision := access.Check(actor, action, access.Resource{Mailbox: about.ID}, facts, tx.Now)
	if decision.Allowed {
		return decision.Via, nil
	}
	return decision.Via, audit.Refuse(decision.Err(), actor, about.ID, post.UUID{}, action.String(), decision.Reason.String())
}
