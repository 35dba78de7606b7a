package citizen

import (
	"net/http"
	"strconv"

	"digitalpost/internal/compose"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// Files are attached in pieces by the page's script, so that one that a connection
// broke off goes on where it was: begin, put bytes at an offset, ask how far it is.

// mostPiece is how many bytes one request may bring.
const mostPiece = 4 << 20

// beginFile announces a file.
func (p *Portal) beginFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	draft, err := web.ID(r, "draft")
	if err != nil {
		return err
	}
	size, err := strconv.ParseInt(r.PostFormValue("stoerrelse"), 10, 64)
	if err != nil || size < 0 {
		return errs.Invalid("file.size.not.valid", "stoerrelse", "a size is a number of bytes")
	}
	d, f, err := p.config.Compose.Attach(r.Context(), v.actor, v.box.UUID, draft, compose.NewFile{Name: post.SafeName(r.PostFormValue("navn")), Size: size})
	if err != nil {
		if d.Limits.Files == 0 {
			if now, failed := p.config.Compose.Draft(r.Context(), v.actor, v.box.UUID, draft); failed == nil {
				d = now
			}
		}
		if text := v.fileProblem(err, d.Limits); text != "" {
			return answer(w, http.StatusUnprocessableEntity, map[string]any{"text": text})
		}
		return err
	}
	return answer(w, http.StatusCreated, map[string]any{"id": f.ID, "received": f.Received})
}

// fileState tells how far a file is.
func (p *Portal) fileState(w http.ResponseWriter, r *http.Request, v *visit) error {
	draft, file, err := fileOf(r)
	if err != nil {
		return err
	}
	d, err := p.config.Compose.Draft(r.Context(), v.actor, v.box.UUID, draft)
	if err != nil {
		return err
	}
	f := d.File(file)
	if f.ID != file {
		return errs.NotFound(compose.CodeFileUnknown)
	}
	return answer(w, http.StatusOK, map[string]any{"received": f.Received, "whole": f.Whole})
}

// takeBytes takes a piece of a file.
func (p *Portal) takeBytes(w http.ResponseWriter, r *http.Request, v *visit) error {
	draft, file, err := fileOf(r)
	if err != nil {
		return err
	}
	from, wrong := strconv.ParseInt(r.URL.Query().Get("fra"), 10, 64)
	total, wrong2 := strconv.ParseInt(r.URL.Query().Get("af"), 10, 64)
	if wrong != nil || wrong2 != nil || from < 0 || total < 0 {
		return errs.Invalid("file.offset.not.valid", "fra", "offset and size are numbers of bytes")
	}
	web.AllowBody(w, r, mostPiece)
	d, f, err := p.config.Compose.Write(r.Context(), v.actor, v.box.UUID, draft, file, compose.Chunk{Offset: from, Total: total, Body: r.Body})
	switch {
	case errs.CodeOf(err) == compose.CodeFileOffset:
		return answer(w, http.StatusConflict, map[string]any{"received": f.Received, "whole": f.Whole})
	case err != nil:
		if text := v.fileProblem(err, d.Limits); text != "" {
			return answer(w, http.StatusUnprocessableEntity, map[string]any{"text": text})
		}
		return err
	}
	return answer(w, http.StatusOK, map[string]any{"received": f.Received, "whole": f.Whole})
}

func fileOf(r *http.Request) (draft, file post.UUID, err error) {
	if draft, err = web.ID(r, "draft"); err != nil {
		return draft, file, err
	}
	file, err = web.ID(r, "file")
	return draft, file, err
}
