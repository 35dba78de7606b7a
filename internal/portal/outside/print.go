package outside

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"digitalpost/internal/errs"
	"digitalpost/internal/print"
	"digitalpost/internal/web"
)

// paper is the channel of letters on paper: it stands for the print house.
type paper struct {
	*World
	folder folder
}

func newPaper(w *World) (*paper, error) {
	f, err := newFolder(filepath.Join(w.config.Dir, "print"), ".zip")
	return &paper{w, f}, err
}

func (p *paper) kind() string { return "print" }

func (p *paper) routes(mux *http.ServeMux) {
	mux.Handle("POST /print", p.site.Handle(p.take))
	mux.Handle("GET /print.json", p.site.Handle(p.json))
	mux.Handle("GET /print/{id}", p.site.Handle(p.page))
	mux.Handle("GET /print/{id}/{place}", p.site.Handle(p.file))
}

// maxParcel is the largest parcel, in bytes.
const maxParcel = 200 << 20

// take is what a print house does: it takes a parcel, and knows one that comes twice.
func (p *paper) take(w http.ResponseWriter, r *http.Request) error {
	id, err := uuid.Parse(r.Header.Get("Idempotency-Key"))
	if err != nil {
		return errs.Invalid("print.id", "Idempotency-Key", "a parcel has an id")
	}
	web.AllowBody(w, r, maxParcel)
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if _, _, err := read(raw); err != nil {
		return errs.Invalid("print.parcel", "body", "a parcel is a ZIP with a manifest")
	}
	path := p.folder.path(id.String())
	if err := os.WriteFile(path+".part", raw, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	return p.folder.trim()
}

// read opens a parcel.
func read(raw []byte) (print.Manifest, *zip.Reader, error) {
	var m print.Manifest
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return m, nil, err
	}
	f, err := z.Open("manifest.json")
	if err != nil {
		return m, nil, err
	}
	defer f.Close()
	return m, z, json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&m)
}

var errNoPaper = errs.NotFound("print.not.found")

func (p *paper) open(id string) (print.Manifest, *zip.Reader, error) {
	if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
		return print.Manifest{}, nil, errNoPaper
	}
	raw, err := os.ReadFile(p.folder.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return print.Manifest{}, nil, errNoPaper
	}
	if err != nil {
		return print.Manifest{}, nil, err
	}
	return read(raw)
}

func (p *paper) items(most int) ([]item, error) {
	ids, err := p.folder.ids()
	if err != nil {
		return nil, err
	}
	var all []item
	for _, id := range ids[:min(most, len(ids))] {
		m, _, err := p.open(id)
		if err != nil {
			return nil, err
		}
		all = append(all, item{p.kind(), id, m.Name, m.Title, m.Created})
	}
	return all, nil
}

// page shows an envelope and what is in it.
func (p *paper) page(out http.ResponseWriter, r *http.Request) error {
	m, _, err := p.open(r.PathValue("id"))
	if err != nil {
		return err
	}
	words := p.pages.In(r)
	type doc struct {
		Href, Icon, Name, About string
		Current                 bool
	}
	docs := make([]doc, len(m.Files))
	for i, name := range m.Files {
		docs[i] = doc{Href: "/print/" + r.PathValue("id") + "/" + strconv.Itoa(i), Icon: "print", Name: name}
	}
	return p.site.Render(out, r, http.StatusOK, p.pages, "outside.print", web.View{Title: m.Title}, struct {
		print.Manifest
		When string
		Docs []doc
	}{m, words.Moment(m.Created, time.Now()), docs})
}

// file is one of the files. A PDF is shown, and nothing else.
func (p *paper) file(out http.ResponseWriter, r *http.Request) error {
	m, z, err := p.open(r.PathValue("id"))
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(r.PathValue("place"))
	if err != nil || place < 0 || place >= len(m.Files) {
		return errNoPaper
	}
	f, err := z.Open(m.Files[place])
	if err != nil {
		return errNoPaper
	}
	defer f.Close()
	kind, how := "application/octet-stream", "attachment"
	if strings.HasSuffix(strings.ToLower(m.Files[place]), ".pdf") {
		kind, how = "application/pdf", "inline"
	}
	out.Header().Set("Content-Type", kind)
	out.Header().Set("Content-Disposition", web.Disposition(how, m.Files[place]))
	_, err = io.Copy(out, f)
	return err
}

// json is all letters for a script, the newest first.
func (p *paper) json(out http.ResponseWriter, _ *http.Request) error {
	ids, err := p.folder.ids()
	if err != nil {
		return err
	}
	all := []print.Manifest{}
	for _, id := range ids[:min(listed, len(ids))] {
		m, _, err := p.open(id)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	out.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(out).Encode(all)
}
