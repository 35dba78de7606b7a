package citizen

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html/charset"

	"digitalpost/internal/db"
	"digitalpost/internal/errs"
	"digitalpost/internal/htmldoc"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// ticketLasts is how long the address of a document can be used.
const ticketLasts = 5 * time.Minute

// ticket lets one session fetch one file from the documents' origin, which has no
// cookies. It says who asks, not that they may: that is asked anew.
type ticket struct {
	Session  post.UUID
	Party    post.PartyID
	Mailbox  post.UUID
	Message  post.UUID
	Document uint16
	File     uint16
	Expires  int64 // Unix seconds
}

// mac binds a ticket to the portal's key.
func mac(key, plain []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("digitalpost document\n"))
	h.Write(plain)
	return h.Sum(nil)
}

// seal writes a ticket as a part of an address.
func (t ticket) seal(key []byte) string {
	var plain bytes.Buffer
	binary.Write(&plain, binary.BigEndian, t) //nolint:errcheck // every field has a fixed size, and a Buffer never fails
	return base64.RawURLEncoding.EncodeToString(append(plain.Bytes(), mac(key, plain.Bytes())...))
}

var errTicket = errs.NotFound("document.address.not.valid")

// unseal reads a ticket. It is NotFound where the portal did not write it, or
// where its time is over.
func unseal(key []byte, text string, now time.Time) (ticket, error) {
	var t ticket
	raw, err := base64.RawURLEncoding.DecodeString(text)
	size := binary.Size(t)
	if err != nil || len(raw) != size+sha256.Size || !hmac.Equal(mac(key, raw[:size]), raw[size:]) {
		return t, errTicket
	}
	if err := binary.Read(bytes.NewReader(raw[:size]), binary.BigEndian, &t); err != nil || now.Unix() >= t.Expires {
		return ticket{}, errTicket
	}
	return t, nil
}

// frameURL is the address under which a file is shown to this session.
func (p *Portal) frameURL(v *visit, message post.UUID, f mailbox.File, zoom int) string {
	t := ticket{v.session.ID, v.session.Party, v.box.UUID, message, uint16(f.Document), uint16(f.Place), v.now.Add(ticketLasts).Unix()}
	at := p.config.Documents + p.DocumentsPath() + string(v.words.Lang) + "/" + t.seal(p.config.Key)
	if zoom != 100 {
		at += "?zoom=" + strconv.Itoa(zoom)
	}
	return at
}

// DocumentsPath is where on the documents' origin those of this portal lie. It ends
// in a slash.
func (p *Portal) DocumentsPath() string { return "/" + string(p.config.Browser.Platform) + "/" }

// DocumentsHandler serves the documents' origin below DocumentsPath: another host
// than every portal.
func (p *Portal) DocumentsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+p.DocumentsPath()+"{lang}/{ticket}", p.bare(p.framed))
	mux.Handle("GET "+p.DocumentsPath()+"{lang}/{ticket}/fil", p.bare(p.raw))
	return p.site.Front().Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors "+p.config.Base)
		if strings.HasPrefix(p.config.Documents, "https:") {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		mux.ServeHTTP(w, r)
	}))
}

// bare serves without pages of the site: an error is a sentence.
func (p *Portal) bare(fn func(http.ResponseWriter, *http.Request) error) http.Handler {
	return web.Plain(fn, func(w http.ResponseWriter, r *http.Request, err error) {
		status, key := http.StatusNotFound, "document.gone"
		if errs.KindOf(err) == errs.KindInternal || errs.KindOf(err) == errs.KindUnavailable {
			status, key = http.StatusServiceUnavailable, "document.failed"
		}
		words := p.pages.Words(web.Lang(r.PathValue("lang")))
		p.paper(w, words, status, "", 100, template.HTML("<p>"+template.HTMLEscapeString(words.T(key))+"</p>"))
	})
}

// asked finds the file of a ticket. The session must be alive and the right to
// read in force now: both may have ended since the page was drawn.
func (p *Portal) asked(r *http.Request) (mailbox.File, *mailbox.Content, error) {
	t, err := unseal(p.config.Key, r.PathValue("ticket"), p.config.DB.Now())
	if err != nil {
		return mailbox.File{}, nil, err
	}
	var alive *session.Session
	err = p.config.DB.Read(r.Context(), func(tx *db.Tx) error {
		alive = nil
		all, err := p.config.Browser.Sessions.Of(tx, t.Party)
		for _, n := range all {
			if n.ID == t.Session && n.Platform == p.config.Browser.Platform {
				alive = &n
			}
		}
		return err
	})
	if err != nil {
		return mailbox.File{}, nil, fmt.Errorf("find the session of a document: %w", err)
	}
	if alive == nil {
		return mailbox.File{}, nil, errTicket
	}
	return p.config.Mailboxes.Content(r.Context(), alive.Actor(), t.Mailbox, t.Message, int(t.Document), int(t.File))
}

// framed shows a document as a page: HTML cleaned, text as it is, an image as
// large as the frame.
func (p *Portal) framed(w http.ResponseWriter, r *http.Request) error {
	f, content, err := p.asked(r)
	if err != nil {
		return err
	}
	defer content.Close()
	web.Ask(w, content.Still)
	words := p.pages.Words(web.Lang(r.PathValue("lang")))
	kind, zoom := showable(f), looksOf(r).zoom
	if kind == asImage {
		source := p.config.Documents + r.URL.EscapedPath() + "/fil"
		wide := ""
		if zoom != 100 { // of the frame's width: zooming the page would only fit the image in anew
			wide = fmt.Sprintf(` style="max-width:none;width:%d%%"`, zoom)
		}
		p.paper(w, words, http.StatusOK, f.Language, 100, template.HTML(`<img src="`+template.HTMLEscapeString(source)+`" alt="`+template.HTMLEscapeString(f.Filename)+`"`+wide+`>`))
		return nil
	}
	if kind != asHTML && kind != asText {
		return errTicket
	}
	raw, err := io.ReadAll(io.LimitReader(content, maxShown))
	if err != nil {
		return fmt.Errorf("read a document: %w", err)
	}
	shown := template.HTML(htmldoc.Clean(raw))
	if kind == asText {
		shown = template.HTML("<pre>" + template.HTMLEscapeString(inUTF8(raw)) + "</pre>")
	}
	p.paper(w, words, http.StatusOK, f.Language, zoom, shown)
	return nil
}

// inUTF8 reads text in the encoding that its bytes suggest.
func inUTF8(raw []byte) string {
	r, err := charset.NewReader(bytes.NewReader(raw), "text/plain")
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(text)
}

// raw is the bytes of an image, for the page that shows it.
func (p *Portal) raw(w http.ResponseWriter, r *http.Request) error {
	f, content, err := p.asked(r)
	if err != nil {
		return err
	}
	defer content.Close()
	web.Ask(w, content.Still)
	if showable(f) != asImage {
		return errTicket
	}
	h := w.Header()
	h.Set("Content-Type", mediaType(f))
	h.Set("Content-Disposition", web.Disposition("inline", f.Filename))
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // the sandbox that shows it has no origin
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}

// paper is the page around a document: white, like what comes on paper. Its
// policy lets nothing run and loads nothing but an image from this origin.
func (p *Portal) paper(w http.ResponseWriter, words *web.Words, status int, lang string, zoom int, content template.HTML) {
	if lang == "" {
		lang = string(words.Lang)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src data: "+p.config.Documents+"; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "+
		"sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors "+p.config.Base)
	w.WriteHeader(status)
	fmt.Fprintf(w, paperHTML, template.HTMLEscapeString(lang), template.HTMLEscapeString(words.T("document")), zoom, content)
}

const paperHTML = `<!doctype html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>%s</title>
<style>main{zoom:%d%%}html{background:#fff;color:#1a1a1a;color-scheme:light}body{margin:0;padding:clamp(20px,6vw,48px);font:16px/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
img{max-width:100%%;height:auto}table{max-width:100%%}pre{white-space:pre-wrap;font:inherit;margin:0}a{color:#004d99}</style></head>
<body><main>%s</main></body></html>
`
