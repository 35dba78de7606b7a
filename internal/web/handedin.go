package web

import (
	"context"
	"net/http"
	"strconv"

	"digitalpost/internal/agency"
	"digitalpost/internal/blob"
	"digitalpost/internal/errs"
	"digitalpost/internal/post"
)

// HandedIn sends a document of a request that the agency decides on: of the request
// that the path has under name, the one at the place that it has under "file".
func HandedIn(w http.ResponseWriter, r *http.Request, name string, actor post.Actor, open func(context.Context, post.Actor, post.UUID, int) (agency.File, *blob.Reader, error)) error {
	which, err := ID(r, name)
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(r.PathValue("file"))
	if err != nil {
		return errs.NotFound("page.unknown")
	}
	file, content, err := open(r.Context(), actor, which, place)
	if err != nil {
		return err
	}
	defer content.Close()
	Download(w, r, file.Name, file.Type, content)
	return nil
}
