package citizen

import (
	"net/http"

	"digitalpost/internal/access"
	"digitalpost/internal/portal/activitylog"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// activityRoutes enters the log of the mailbox: the whole of it, what happened with
// one letter, and both as files (ACC-16).
func (p *Portal) activityRoutes(on routes) {
	on.own("GET /aktivitet", needs(access.LogRead, p.activity))
	for _, form := range []string{"csv", "json"} {
		on.own("GET /aktivitet."+form, needs(access.LogRead, func(w http.ResponseWriter, r *http.Request, v *visit) error {
			return p.logReader(v).Serve(w, r, form)
		}))
	}
}

func (p *Portal) logReader(v *visit) activitylog.Reader {
	return activitylog.Reader{Log: p.config.Activity, Actor: v.actor, Box: v.box, Words: v.words, Now: v.now, At: "/aktivitet",
		Letter: func(id post.UUID) string { return "/post/" + id.String() }}
}

func (p *Portal) activity(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, err := p.logReader(v).Page(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return p.show(w, r, v, http.StatusOK, "log", web.View{Title: page.Heading, Wide: true, Tab: "menu"}, page)
}
