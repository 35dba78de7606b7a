package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Mount is a place at which a site's pages lie a second time: /postkasse/{mailbox}
// before the addresses that they have anyhow. Inside, pages know nothing of it:
// they are asked for, lead on and answer with the addresses that they always have.
// What leaves for the browser gets the prefix in one of these ways, and no other:
// attributes of pages and parts of pages (Render, Part), the header Location, and
// At for an address in JSON or in anything else. Scripts find it in
// document.body.dataset.under.
type Mount struct {
	// Prefix begins with a slash and ends without one.
	Prefix string
	// Alone tells the paths that lie at the top only, such as those of assets and of
	// the reader's settings. They get no prefix.
	Alone func(path string) bool
}

// Serve serves a request for a page under the mount with the handler of the pages.
// What lies at the top only is there.
func (m *Mount) Serve(w http.ResponseWriter, r *http.Request, pages http.Handler) {
	path := "/" + strings.TrimLeft(strings.TrimPrefix(r.URL.Path, m.Prefix), "/\\")
	if m.Alone(path) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		http.Redirect(w, r, (&url.URL{Path: path, RawQuery: r.URL.RawQuery}).String(), http.StatusSeeOther)
		return
	}
	requestOf(r.Context()).mount = m
	inner := r.WithContext(r.Context())
	inner.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
	pages.ServeHTTP(w, inner)
}

// Unmount is for the page that says that there is nothing at the mount: it leads to
// the pages at the top.
func Unmount(r *http.Request) { requestOf(r.Context()).mount, requestOf(r.Context()).behalf = nil, nil }

// At is the address that a browser has for a page of this site, from its own path.
func At(r *http.Request, path string) string { return requestOf(r.Context()).mount.at(path) }

// at leaves alone what is no path of this site, what lies at the top only, and what
// has a prefix already.
func (m *Mount) at(path string) string {
	if m == nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || m.Alone(path) {
		return path
	}
	return m.Prefix + path
}

// under is the prefix, "" for pages at the top.
func (m *Mount) under() string {
	if m == nil {
		return ""
	}
	return m.Prefix
}

// addresses are the attributes that hold addresses of pages. In a page that a
// template wrote a quote within a text is escaped, so that nothing else looks like
// them.
var addresses = regexp.MustCompile(` (?:href|action|formaction|src|data-(?:live|suggest|follow|back|here|pdf))="(/[^"]*)"`)

// prefixed is a page, or a part of one, with the mount's prefix before its addresses.
func (m *Mount) prefixed(page []byte) []byte {
	if m == nil {
		return page
	}
	out := make([]byte, 0, len(page)+len(page)/8)
	at := 0
	for _, found := range addresses.FindAllSubmatchIndex(page, -1) {
		out = append(out, page[at:found[2]]...)
		out = append(out, m.at(string(page[found[2]:found[3]]))...)
		at = found[3]
	}
	return append(out, page[at:]...)
}
