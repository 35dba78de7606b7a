package citizen

import (
	"context"
	"net/http"
	"strings"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// under is where the mailboxes of others lie: every page of one's own post lies
// there too, under the mailbox's id, so that the address tells whose post a page
// shows, and two pages of a browser never mix two mailboxes (ACC-12).
const under = "/postkasse/"

// alone are the first parts of the addresses that belong to the reader, whichever
// mailbox they are in, and to no mailbox: they lie at the top only.
var alone = map[string]bool{
	"assets": true, "favicon.ico": true, "log-ind": true, "log-ud": true, "tilstede": true, // the browser's, and the session's
	"postkasse": true, "postkasser": true, // mailboxes, to switch to
	"indstillinger": true, "hjaelp": true, "kontakt": true, "velkommen": true, "kalender": true, // one's own
}

// isAlone tells addresses that lie at the top only.
func isAlone(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	first, _, _ = strings.Cut(first, "?")
	first, _, _ = strings.Cut(first, "#")
	return alone[first]
}

type boxKey struct{}

// named is the mailbox that a page's address names, the zero id for one's own.
func named(r *http.Request) post.UUID {
	id, _ := r.Context().Value(boxKey{}).(post.UUID)
	return id
}

// another serves the pages of the mailbox that an address names.
func (p *Portal) another(w http.ResponseWriter, r *http.Request, pages http.Handler) {
	box, err := post.ParseUUID(r.PathValue("mailbox"))
	if err != nil {
		p.site.Handle(func(http.ResponseWriter, *http.Request) error { return errs.NotFound("page.unknown") }).ServeHTTP(w, r)
		return
	}
	m := &web.Mount{Prefix: under + box.String(), Alone: isAlone}
	m.Serve(w, r.WithContext(context.WithValue(r.Context(), boxKey{}, box)), pages)
}
