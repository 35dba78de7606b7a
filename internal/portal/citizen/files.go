package citizen

import (
	"archive/zip"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/web"
)

// showing is how a file can be shown.
type showing string

const (
	nothing showing = "" // as a download only
	asPDF   showing = "pdf"
	asHTML  showing = "html"
	asText  showing = "text"
	asImage showing = "image"
)

// maxShown is the largest document that is made into a page, in bytes; PDF and
// images are not made into pages.
const maxShown = 4 << 20

// mediaType is what a file is served as: what the sender says, where its bytes
// are that.
func mediaType(f mailbox.File) string {
	t, params, err := mime.ParseMediaType(f.EncodingFormat)
	if err != nil || !f.Matches || f.Dangerous {
		return "application/octet-stream"
	}
	return mime.FormatMediaType(t, params)
}

// showable decides by what the bytes are; a file whose bytes are not what it
// says is never shown.
func showable(f mailbox.File) showing {
	t, _, _ := mime.ParseMediaType(mediaType(f))
	switch t {
	case "application/pdf":
		return asPDF
	case "text/html", "application/xhtml+xml":
		if f.Size <= maxShown {
			return asHTML
		}
	case "text/plain":
		if f.Size <= maxShown {
			return asText
		}
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp":
		return asImage
	}
	return nothing
}

func fileIcon(f mailbox.File) string {
	switch ext := strings.ToLower(path.Ext(f.Filename)); {
	case showable(f) == asPDF:
		return "file-pdf"
	case showable(f) == asImage:
		return "file-image"
	case strings.HasPrefix(ext, ".doc"), ext == ".odt":
		return "file-word"
	case strings.HasPrefix(ext, ".xls"), ext == ".ods":
		return "file-excel"
	}
	return "file"
}

// filePlace names a file inside its letter: document and file, from 0.
func filePlace(f mailbox.File) string { return fmt.Sprintf("%d.%d", f.Document, f.Place) }

func downloadHref(message post.UUID, f mailbox.File) string {
	return fmt.Sprintf("/post/%s/dokument/%d/%d", message, f.Document, f.Place)
}

// download streams a file, whole or in ranges (MBX-13). With ?vis a PDF or an
// image is shown by the browser itself.
func (p *Portal) download(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, ok, err := p.served(w, r, v)
	if err != nil || !ok {
		return err
	}
	document, err := strconv.Atoi(r.PathValue("document"))
	place, err2 := strconv.Atoi(r.PathValue("file"))
	if err != nil || err2 != nil {
		return errs.NotFound("page.unknown")
	}
	f, content, err := p.config.Mailboxes.Content(r.Context(), v.actor, v.box.UUID, l.Message.ID, document, place)
	if err != nil {
		return err
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", mediaType(f))
	how, policy := "attachment", "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
	if kind := showable(f); r.URL.Query().Has("vis") && (kind == asPDF || kind == asImage) {
		how = "inline"
	} else {
		policy += "; sandbox" // for a browser that shows what it should keep; those that show PDF do so outside of sandboxes alone
	}
	h.Set("Content-Disposition", web.Disposition(how, f.Filename))
	h.Set("Content-Security-Policy", policy)
	h.Set("ETag", fmt.Sprintf(`"%x"`, f.SHA256))
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}

// downloadAll streams all documents of a letter (MBX-13).
func (p *Portal) downloadAll(w http.ResponseWriter, r *http.Request, v *visit) error {
	l, ok, err := p.served(w, r, v)
	if err != nil || !ok {
		return err
	}
	files := l.Files()
	names := zipNames(files)
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", web.Disposition("attachment", l.Message.Label+".zip"))
	out := zip.NewWriter(w)
	for i, f := range files {
		if err := p.zipFile(r, v, out, names[i], l, f); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("end the archive: %w", err)
	}
	return nil
}

// zipFile copies a file of a letter into an archive.
func (p *Portal) zipFile(r *http.Request, v *visit, out *zip.Writer, name string, l mailbox.Letter, f mailbox.File) error {
	// What a letter carries is mostly compressed already.
	to, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: l.Message.Received})
	if err != nil {
		return fmt.Errorf("begin a file of the archive: %w", err)
	}
	_, content, err := p.config.Mailboxes.Content(r.Context(), v.actor, v.box.UUID, l.Message.ID, f.Document, f.Place)
	if err != nil {
		return err
	}
	defer content.Close()
	if _, err = io.Copy(to, content); err != nil {
		return fmt.Errorf("copy a file into the archive: %w", err)
	}
	return nil
}

// zipNames are names that are safe to unpack, each once, also where letter case
// does not count.
func zipNames(files []mailbox.File) []string {
	taken := map[string]bool{}
	names := make([]string, len(files))
	for i, f := range files {
		name := post.SafeName(f.Filename)
		names[i] = unusedName(taken, name, path.Ext(name))
	}
	return names
}

// unusedName is a name that is not taken, and takes it: where it is, a number is
// put before its ending.
func unusedName(taken map[string]bool, name, ext string) string {
	stem := strings.TrimSuffix(name, ext)
	for n := 2; taken[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s (%d)%s", stem, n, ext)
	}
	taken[strings.ToLower(name)] = true
	return name
}
