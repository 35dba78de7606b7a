package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"digitalpost/internal/post"
)

// Disposition is a Content-Disposition with a file's name (RFC 6266): in ASCII for
// old programs, in UTF-8 for all others (RFC 8187).
func Disposition(how, name string) string {
	name = post.SafeName(name)
	ascii := strings.Map(func(r rune) rune {
		if r > '~' || r == '%' || r == ';' {
			return '_'
		}
		return r
	}, name)
	var full strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			full.WriteByte(c)
		} else {
			fmt.Fprintf(&full, "%%%02X", c)
		}
	}
	return how + `; filename="` + ascii + `"; filename*=UTF-8''` + full.String()
}

// Download sends a file that somebody has handed in, whole or in ranges. It is never
// shown on this origin.
func Download(w http.ResponseWriter, r *http.Request, name, mediaType string, content io.ReadSeeker) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", Disposition("attachment", name))
	http.ServeContent(w, r, "", time.Time{}, content)
}
