// Package outside is the world outside Digital Post, as a localserve has it: what
// leaves the house arrives here, and people and scripts can look at it. It is a
// test world, in localserve only; nothing goes any further.
//
// Each way out of the house is a channel with a file of its own: mail.go is
// e-mail, print.go letters on paper. A channel takes what leaves, keeps it in a folder, and shows it.
package outside

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/web"
)

// Host is the name of the page.
const Host = "udenfor.localhost"

// Config is what a world stands on.
type Config struct {
	Dir string // where what arrives is kept
	// Returns is the address to which e-mails come back (package smtpin).
	Returns string
	Web     web.Config
	Log     *slog.Logger
}

// World is the world outside.
type World struct {
	config   Config
	site     *web.Site
	pages    *web.Pages
	mail     *mail
	channels []channel
}

// channel is a way out of the house.
type channel interface {
	kind() string // its name in addresses and texts
	// items lists what arrived, the newest first.
	items(most int) ([]item, error)
	routes(mux *http.ServeMux)
}

// item is a thing that arrived, as the list shows it.
type item struct {
	Kind, ID  string
	To, Title string
	At        time.Time
}

// Href is the address of the page that shows it.
func (i item) Href() string { return "/" + i.Kind + "/" + i.ID }

const (
	kept   = 500 // of each channel; older ones are removed
	listed = 100
)

//go:embed templates/*.html
var templates embed.FS

// New makes a world.
func New(c Config) (*World, error) {
	c.Web.Bare = true
	w := &World{config: c}
	var err error
	if w.site, err = web.New(c.Web); err != nil {
		return nil, err
	}
	own, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	if w.pages, err = web.NewPages(own, texts); err != nil {
		return nil, err
	}
	if w.mail, err = newMail(w); err != nil {
		return nil, err
	}
	paper, err := newPaper(w)
	if err != nil {
		return nil, err
	}
	w.channels = []channel{w.mail, paper}
	return w, nil
}

// Mail is the server that takes e-mails, as any relay does.
func (w *World) Mail() *MailServer { return w.mail.server }

// Handler serves the host Host.
func (w *World) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", w.site.Handle(w.list))
	for _, c := range w.channels {
		mux.Handle("GET /"+c.kind(), w.site.Handle(w.list))
		c.routes(mux)
	}
	mux.Handle("GET /assets/", web.Assets())
	return w.site.Serve(mux)
}

// tab is one of the choices above the list.
type tab struct {
	Kind, Href string
	Current    bool
}

// list shows all that arrived, or one channel of it.
func (w *World) list(out http.ResponseWriter, r *http.Request) error {
	words := w.pages.In(r)
	chosen := strings.TrimPrefix(r.URL.Path, "/")
	tabs := []tab{{"all", "/", true}}
	var all []item
	for _, c := range w.channels {
		items, err := c.items(listed)
		if err != nil {
			return err
		}
		one := tab{c.kind(), "/" + c.kind(), c.kind() == chosen}
		if one.Current {
			tabs[0].Current = false
			all = nil
		}
		if tabs[0].Current || one.Current {
			all = append(all, items...)
		}
		tabs = append(tabs, one)
	}
	slices.SortStableFunc(all, func(a, b item) int { return b.At.Compare(a.At) })
	rows := make([]row, min(len(all), listed))
	for i := range rows {
		rows[i] = row{all[i], words.Moment(all[i].At, time.Now())}
	}
	return w.site.Render(out, r, http.StatusOK, w.pages, "outside", web.View{Title: words.T("outside")}, struct {
		Tabs []tab
		Rows []row
	}{tabs, rows})
}

// row is an item with when it arrived.
type row struct {
	item
	When string
}

// folder keeps what arrived: files whose names are their ids, which ascend with
// time.
type folder struct {
	dir, ending string
}

func newFolder(dir, ending string) (folder, error) {
	return folder{dir, ending}, os.MkdirAll(dir, 0o700)
}

// ids lists what is there, the newest first.
func (f folder) ids() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range slices.Backward(entries) {
		if id, ok := cutEnding(e.Name(), f.ending); ok {
			all = append(all, id)
		}
	}
	return all, nil
}

func cutEnding(name, ending string) (string, bool) {
	if filepath.Ext(name) != ending {
		return "", false
	}
	return name[:len(name)-len(ending)], true
}

func (f folder) path(id string) string { return filepath.Join(f.dir, id+f.ending) }

// trim removes the oldest.
func (f folder) trim() error {
	ids, err := f.ids()
	if err != nil {
		return err
	}
	for _, id := range ids[min(kept, len(ids)):] {
		if err := os.Remove(f.path(id)); err != nil {
			return err
		}
	}
	return nil
}
