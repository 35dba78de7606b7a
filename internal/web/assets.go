package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed all:dist
var dist embed.FS

// asset is one file that browsers load.
type asset struct {
	plain, gzip []byte // gzip is nil where it would not be smaller
	mediaType   string
}

// assets are all files, and the name of this edition of them.
type assets struct {
	edition string
	files   map[string]asset
}

// loaded reads what npm run build has made. The edition is a hash over all of
// it, so that an address never changes what it holds and may be kept for ever.
var loaded = sync.OnceValue(func() assets {
	a := assets{files: map[string]asset{}}
	hash := sha256.New()
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".gz") {
			return err
		}
		plain, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		hash.Write([]byte(name))
		hash.Write(plain)
		packed, err := dist.ReadFile(name + ".gz")
		if err != nil {
			packed = nil
		}
		a.files[strings.TrimPrefix(name, "dist/")] = asset{plain, packed, mediaType(name)}
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	a.edition = hex.EncodeToString(hash.Sum(nil)[:6])
	return a
})

func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// AssetBase is the path under which the files of this edition lie, without a
// slash at its end.
func AssetBase() string { return "/assets/" + loaded().edition }

// AssetURL is the path of a file such as "css/app.css".
func AssetURL(name string) string { return AssetBase() + "/" + name }

// Assets serves /assets/EDITION/…. A browser that asks for another edition, while
// servers are being replaced, gets ours and does not keep it.
func Assets() http.Handler {
	all := loaded()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		edition, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/assets/"), "/")
		file, ok := all.files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		if edition != all.edition {
			h.Set("Cache-Control", "no-store")
		}
		h.Set("Content-Type", file.mediaType)
		h.Set("X-Content-Type-Options", "nosniff")
		content := file.plain
		if file.gzip != nil {
			h.Set("Vary", "Accept-Encoding")
			if acceptsGzip(r) {
				h.Set("Content-Encoding", "gzip")
				content = file.gzip
			}
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

// acceptsGzip reads Accept-Encoding as browsers write it (RFC 9110, 12.5.3).
func acceptsGzip(r *http.Request) bool {
	for offer := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return strings.ReplaceAll(weight, " ", "") != "q=0"
		}
	}
	return false
}
