// Package web is the ground of all pages: how they are drawn, in which language,
// what stands around them, what browsers load for them, and what every answer
// carries to keep it from being misused. It knows nothing about post.
package web

import (
	"bytes"
	"context"
	"crypto/cipher"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"digitalpost/internal/errs"
	"digitalpost/internal/session"
)

// Config is how a site is set up.
type Config struct {
	Log *slog.Logger
	Now func() time.Time
	// Support is whom people reach when they need help.
	Support Support
	// Proxies are believed about whom they ask for (X-Forwarded-For, -Proto).
	Proxies []netip.Prefix
	// Documents is the origin whose frames a page may show, "" for none.
	Documents string
	// LogIn is the origin of the identity provider: logging out leads there.
	LogIn string
	// Key seals what one page tells the next; 32 bytes that all processes share.
	// Without one, processes do not understand each other's.
	Key []byte
	// Brand is the look: "" is the citizens', "virk" the companies'.
	Brand string
	// Bare is set for a host that has no start page, mailbox and help of its own.
	Bare bool
}

// Support is how people reach help.
type Support struct {
	Phone               string
	Hours, HoursEnglish string
}

// In is the same in a language alone.
func (s Support) In(lang Lang) Support {
	if lang == English && s.HoursEnglish != "" {
		s.Hours = s.HoursEnglish
	}
	return s
}

// Site draws the pages of one host.
type Site struct {
	config Config
	pages  *Pages
	policy string
	cross  *http.CrossOriginProtection
	flash  cipher.AEAD
	logins *Limiter
}

//go:embed templates/*.html templates/parts/*.html
var templates embed.FS

// New makes a site.
func New(c Config) (*Site, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	own, err := fs.Sub(templates, "templates")
	if err != nil {
		return nil, err
	}
	s := &Site{config: c, policy: policy(c), cross: http.NewCrossOriginProtection(), logins: NewLimiter(300, time.Second/5, c.Now)}
	if s.flash, err = newFlashSeal(c.Key); err != nil {
		return nil, err
	}
	if s.pages, err = NewPages(own); err != nil {
		return nil, err
	}
	s.cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, errs.New(errs.KindForbidden, "request.cross.origin", "the request comes from another site"))
	}))
	return s, nil
}

// policy is the Content-Security-Policy of every page: nothing inline, nothing
// from others. The authorization server adds to form-action, which it finds by
// the words "form-action 'self'".
func policy(c Config) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "worker-src 'self'", "style-src 'self'", "font-src 'self'", "connect-src 'self'",
		"img-src 'self'", strings.TrimSpace("frame-src " + or(c.Documents, "'none'")), strings.TrimSpace("form-action 'self' " + c.LogIn),
		"frame-ancestors 'none'", "base-uri 'none'",
	}, "; ")
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// Front is the site's front: for Serve, and for other handlers of the same
// listener.
func (s *Site) Front() Front {
	return Front{Log: s.config.Log, Proxies: s.config.Proxies, Now: s.config.Now, Broken: func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, errs.New(errs.KindInternal, "panic", ""))
	}}
}

// Serve makes a host of routes: with the front, the headers of pages, the choice
// of language, and no request from another site that changes anything.
func (s *Site) Serve(routes http.Handler) http.Handler {
	protected := s.cross.Handler(routes)
	return s.Front().Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", s.policy)
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()")
		if requestOf(r.Context()).https {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if s.chooseLanguage(w, r) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		protected.ServeHTTP(w, r)
	}))
}

// chooseLanguage answers a link that ends in ?sprog=en or da: it keeps the choice
// and leads back to the page without it.
func (s *Site) chooseLanguage(w http.ResponseWriter, r *http.Request) bool {
	query := r.URL.Query()
	chosen := query.Get(langCookie)
	if r.Method != http.MethodGet || chosen != string(Danish) && chosen != string(English) {
		return false
	}
	s.KeepLanguage(w, r, Lang(chosen))
	query.Del(langCookie)
	// A path that begins with two slashes would be another host.
	back := url.URL{Path: "/" + strings.TrimLeft(r.URL.Path, "/\\"), RawQuery: query.Encode()}
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
	return true
}

// KeepLanguage remembers the reader's choice for a year. It returns the language
// that holds from then on: the one before where the choice is none.
func (s *Site) KeepLanguage(w http.ResponseWriter, r *http.Request, chosen Lang) Lang {
	if chosen != Danish && chosen != English {
		return LangOf(r)
	}
	http.SetCookie(w, &http.Cookie{Name: langCookie, Value: string(chosen), Path: "/", MaxAge: 365 * 24 * 3600,
		Secure: requestOf(r.Context()).https, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return chosen
}

// Handle serves a handler; its error becomes a page.
func (s *Site) Handle(fn func(http.ResponseWriter, *http.Request) error) http.Handler {
	return Plain(fn, s.fail)
}

// Plain serves a handler; fail answers for its error, which goes into the log.
func Plain(fn func(http.ResponseWriter, *http.Request) error, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noteRoute(r)
		err := fn(w, r)
		if refused := refusal(w); refused != nil {
			err = refused // whatever the handler made of it
		}
		if err == nil {
			return
		}
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			panic(http.ErrAbortHandler) // the reader has gone: nothing failed, and nobody hears an answer
		}
		requestOf(r.Context()).failure = err
		if answered, ok := w.(*recorder); ok && answered.status != 0 {
			panic(http.ErrAbortHandler) // half an answer must not look like a whole one
		}
		fail(w, r, err)
		if refused := refusal(w); refused != nil {
			fail(w, r, refused) // which page says nothing of whose post it was
		}
	})
}

// View is how a page stands in the frame.
type View struct {
	Title string // without the name of the site
	// Failed is set for a form that comes back with mistakes: the title says so.
	Failed bool
	// Person is the name at the top, "" where the page does not know it.
	Person string
	// Organisation tells that the name is no person's: its mark is square.
	Organisation bool
	// Boxes are the mailboxes that the reader can switch to, with the current one.
	Boxes []BoxGroup
	// Every is where all mailboxes are listed, and All how many they are, where Boxes
	// are only the first of them.
	Every string
	All   string
	// Elsewhere are other portals where the reader has something: Value is the address.
	Elsewhere []Option
	// Rules is set where the reader makes rules that file new letters.
	Rules bool
	// Extracts is set where the reader may ask for an extract of a company's post.
	Extracts bool
	// Accesses is set where the menu leads to who has access to one's own post.
	Accesses bool
	// Mailbox is set for pages in the mailbox's frame of columns, which have their
	// own main element and no footer.
	Mailbox bool
	// Wide is set for pages that are more than text, Form for forms, which are
	// narrower.
	Wide, Form bool
	// Tab is the current one of the phone's tabs (inbox, deadlines, write, menu);
	// "none" hides them.
	Tab string
	// Search is what was searched for.
	Search string
	// Scripts are files of assets beside the one that every page has.
	Scripts []string
}

// BoxGroup is a heading in the switcher with the mailboxes under it (ACC-12).
type BoxGroup struct {
	Heading string
	Boxes   []Box
}

// Box is a mailbox in the switcher.
type Box struct {
	Href, Name, About string
	Letters           string // in its mark
	Round             bool   // a person's mark is round, an organisation's square
	Current           bool
	Unread            int64
}

// Behalf says whose mailbox the reader is in, and by which right, and where their own
// post is. Every page says it, also one that says what is wrong.
type Behalf struct {
	Name, Right, Home string
	// Ask is whom to ask for more than the right covers.
	Ask string
	// NoWrite, NoTrustees and NoLog are set where the right does not cover writing, or
	// seeing the Digital Post recipients or the log: nothing leads there.
	NoWrite, NoTrustees, NoLog bool
}

// OnBehalf notes that a request is about another's mailbox, before anything of it is
// drawn.
func OnBehalf(r *http.Request, b Behalf) { requestOf(r.Context()).behalf = &b }

// Desk is what stands at the top of the pages of a portal at which employees work:
// for whom, as what, and where its areas are. Such a portal is Bare.
type Desk struct {
	Person, Place string
	Areas         []Option // Value is the address
}

// AtDesk notes who works, before anything is drawn: every page says it.
func AtDesk(r *http.Request, d Desk) { requestOf(r.Context()).desk = &d }

// frame is what the frame's template sees.
type frame struct {
	View
	Content           template.HTML
	Behalf            *Behalf
	Desk              *Desk
	NoTrustees, NoLog bool // where the menu leads to none
	Signed            bool
	Bare              bool
	Brand             string
	Marked            string
	Under             string // the mount's prefix, "" for pages at the top
	Settings          Settings
	Flash             *Flash
	Ends              int // seconds until log-out, 0 where nobody is logged in
	Other             Lang
	OtherURL          string
	Support           Support
}

// Show writes a page of another package in the site's frame. content is in a
// language of its own choice.
func (s *Site) Show(w http.ResponseWriter, r *http.Request, status int, title string, content *template.Template, data any) error {
	var text bytes.Buffer
	if err := content.Execute(&text, data); err != nil {
		return fmt.Errorf("draw a page: %w", err)
	}
	return s.write(w, r, status, View{Title: title}, template.HTML(text.String()))
}

// Render writes a page of the set.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, pages *Pages, name string, v View, data any) error {
	var text bytes.Buffer
	if err := pages.sets[voiceOf(r)].ExecuteTemplate(&text, name, data); err != nil {
		return fmt.Errorf("draw a page: %w", err)
	}
	return s.write(w, r, status, v, template.HTML(text.String()))
}

func (s *Site) write(w http.ResponseWriter, r *http.Request, status int, v View, content template.HTML) error {
	lang := LangOf(r)
	other := map[Lang]Lang{Danish: English, English: Danish}[lang]
	query := r.URL.Query()
	query.Set(langCookie, string(other))
	f := frame{View: v, Content: content, Behalf: requestOf(r.Context()).behalf, Desk: requestOf(r.Context()).desk, Bare: s.config.Bare, Brand: s.config.Brand, Marked: Initials(v.Person), Under: requestOf(r.Context()).mount.under(), Other: other, OtherURL: "?" + query.Encode(), Support: s.config.Support.In(lang),
		Settings: SettingsOf(r), Flash: s.takeFlash(w, r)}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		f.OtherURL = "/?" + url.Values{langCookie: {string(other)}}.Encode()
	}
	if f.Behalf != nil {
		f.NoTrustees, f.NoLog = f.Behalf.NoTrustees, f.Behalf.NoLog
	}
	if ends := session.Ends(r); !ends.IsZero() {
		f.Signed = true
		f.Ends = max(1, int(ends.Sub(s.config.Now())/time.Second))
	}
	var page bytes.Buffer
	if err := s.pages.sets[voiceOf(r)].ExecuteTemplate(&page, "frame", f); err != nil {
		return fmt.Errorf("draw the frame: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(lang))
	h.Set("Vary", "Accept-Encoding")
	body := requestOf(r.Context()).mount.prefixed(page.Bytes())
	if acceptsGzip(r) {
		packed, err := pack(body)
		if err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
		body = packed
	}
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}
