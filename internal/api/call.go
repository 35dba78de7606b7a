package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
)

// call is one request on its way.
type call struct {
	api     *API
	w       http.ResponseWriter
	r       *http.Request
	path    *path
	route   *route  // nil where there is no such operation
	body    *upload // nil where the request has none
	address netip.Addr

	claimed post.UUID       // the system that the caller says to be, where it showed a certificate
	system  registry.System // who calls, where a system does
	actor   post.Actor      // who asks, where a view client does
	scopes  []string        // of its token

	values url.Values
}

// register builds the mux from the table.
func (a *API) register() {
	byPath := map[string]*path{}
	for _, r := range routes() {
		p := byPath[r.path]
		if p == nil {
			p = &path{api: a, routes: map[string]*route{}}
			byPath[r.path] = p
			// With and without a slash at the end: callers write both.
			bare := Base + strings.TrimSuffix(r.path, "/")
			a.mux.Handle(bare, p)
			a.mux.Handle(bare+"/{$}", p)
		}
		p.routes[r.method] = r
		if r.method == http.MethodGet {
			p.routes[http.MethodHead] = r
		}
	}
	for _, p := range byPath {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			if p.routes[method] != nil {
				p.allow = append(p.allow, method)
			}
		}
	}
	a.mux.Handle("/", &path{api: a})
	a.mux.Handle(Base+"/openapi.json", documentHandler())
	if a.Site != nil {
		pages := a.Site.Serve(a.Site.Handle(a.showDocs))
		a.mux.Handle(docs, pages)
		a.mux.Handle(docs+"/{page}", pages)
		a.mux.Handle(Base+"/{$}", http.RedirectHandler(docs, http.StatusSeeOther))
	}
}

// path answers one path with all its methods; one without methods is no path of
// the API.
type path struct {
	api    *API
	routes map[string]*route
	allow  []string
}

func (p *path) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{api: p.api, w: w, r: r, path: p, route: p.routes[r.Method]}
	defer c.survive()
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.ContentLength != 0 {
		c.body = p.api.newUpload(w, r)
		r.Body = c.body
	}
	answer := c.still()
	c.w = answer
	err := p.serve(c)
	if answer.refused != nil {
		err = answer.refused // whatever the operation made of it
	}
	if err != nil {
		c.fail(err)
	}
}

func (p *path) serve(c *call) error {
	switch {
	case p.routes == nil:
		return errs.New(errs.KindNotFound, CodePathUnknown, "the API has no such path, or it is not built yet")
	case c.route == nil:
		c.w.Header().Set("Allow", strings.Join(p.allow, ", "))
		return errs.New(errs.KindInvalid, CodeMethod, "the path has other methods: %s", strings.Join(p.allow, ", "))
	}
	if whole, inside := c.r.Context().Value(insideKey{}).(*call); inside {
		if c.route.alone() {
			return errs.New(errs.KindInvalid, CodeBulk, "this operation has to be called by itself")
		}
		c.address, c.actor, c.scopes = whole.address, whole.actor, whole.scopes
		return c.route.handle(c)
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	return c.route.handle(c)
}

// survive turns a panic into an answer, so that a mistake of ours closes no
// connection without a word.
func (c *call) survive() {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // it is compared so by net/http
		panic(v)
	}
	c.api.log.Error("API call panicked", slog.String("operation", c.operation()), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	c.fail(errors.New("panic"))
}

// operation is what is done, for the log.
func (c *call) operation() string {
	if c.route == nil {
		return c.r.Method
	}
	return c.route.name
}

// query is the parameters of the address that the operation declares.
func (c *call) query() url.Values {
	if c.values == nil {
		c.values = url.Values{}
		for name, given := range c.r.URL.Query() {
			if _, declared := c.route.parameter(name); declared {
				c.values[name] = given
			}
		}
	}
	return c.values
}

// head tells that only the head of the answer is wanted.
func (c *call) head() bool { return c.r.Method == http.MethodHead }
