package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"digitalpost/internal/session"
)

// Flash is what the next page says once, after a form was sent and answered with
// 303: "2 beskeder flyttet til Børn. Fortryd".
type Flash struct {
	Text string
	// Undo is the form behind the button "Fortryd", nil where there is none.
	Undo *Undo
	// Under is the mount under whose pages it is said: another mailbox's pages do not.
	Under string
}

// Undo is a form that takes back what was done: where it is sent, and its hidden
// fields.
type Undo struct {
	Action string            `json:"action"`
	Fields map[string]string `json:"fields"`
}

// The message waits in a cookie, sealed for this session, so that no address and
// no log holds a name of a folder.
const (
	flashCookie  = "besked"
	flashSeconds = 60
	flashMax     = 3600 // browsers keep cookies up to 4096 bytes
)

// newFlashSeal makes the cipher of messages from the site's key.
func newFlashSeal(key []byte) (cipher.AEAD, error) {
	if len(key) == 0 {
		key = make([]byte, 32)
		rand.Read(key)
	}
	own, err := hkdf.Key(sha256.New, key, nil, "flash", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of messages: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, fmt.Errorf("make the cipher of messages: %w", err)
	}
	return cipher.NewGCM(block)
}

// Flash gives the next page something to say. Call it before the redirect. A
// message that is too long for a cookie loses its undo, then its end.
func (s *Site) Flash(w http.ResponseWriter, r *http.Request, f Flash) error {
	if f.Undo != nil && !strings.HasPrefix(f.Undo.Action, "/") {
		return fmt.Errorf("undo leads to %q", f.Undo.Action)
	}
	f.Under = requestOf(r.Context()).mount.under()
	for {
		plain, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("write a message: %w", err)
		}
		nonce := make([]byte, s.flash.NonceSize())
		rand.Read(nonce)
		value := base64.RawURLEncoding.EncodeToString(s.flash.Seal(nonce, nonce, plain, flashFor(r)))
		if len(value) <= flashMax {
			http.SetCookie(w, s.flashCookie(r, value, flashSeconds))
			return nil
		}
		if f.Undo == nil {
			f.Text = string([]rune(f.Text)[:200]) + "…"
		}
		f.Undo = nil
	}
}

// Leave ends what a form has asked for: the next page says it.
func (s *Site) Leave(w http.ResponseWriter, r *http.Request, next string, f Flash) error {
	if err := s.Flash(w, r, f); err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// takeFlash is the message for this page, nil for none. It is said once.
func (s *Site) takeFlash(w http.ResponseWriter, r *http.Request) *Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil || session.ByPage(r) {
		return nil // what a page asks by itself nobody reads
	}
	f := s.openFlash(r, c.Value)
	if f != nil && f.Under != requestOf(r.Context()).mount.under() {
		return nil // it waits for a page of its own mailbox
	}
	http.SetCookie(w, s.flashCookie(r, "", -1))
	return f
}

// openFlash is the message in a cookie, nil for one of another session, or nobody's.
func (s *Site) openFlash(r *http.Request, value string) *Flash {
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(sealed) < s.flash.NonceSize() {
		return nil
	}
	plain, err := s.flash.Open(nil, sealed[:s.flash.NonceSize()], sealed[s.flash.NonceSize():], flashFor(r))
	if err != nil {
		return nil
	}
	var f Flash
	if err := json.Unmarshal(plain, &f); err != nil {
		return nil
	}
	return &f
}

// flashFor ties a message to the session that it is said in.
func flashFor(r *http.Request) []byte {
	n, err := session.Of(r)
	if err != nil {
		return nil
	}
	return n.ID[:]
}

func (s *Site) flashCookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: age, Secure: requestOf(r.Context()).https, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
