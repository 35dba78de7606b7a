package outside

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "github.com/emersion/go-message/charset" // reads all charsets
	gomail "github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
	"github.com/google/uuid"

	"digitalpost/internal/errs"
	"digitalpost/internal/web"
)

// mail is the channel of e-mails.
type mail struct {
	*World
	folder folder
	server *MailServer
}

func newMail(w *World) (*mail, error) {
	m := &mail{World: w}
	var err error
	if m.folder, err = newFolder(filepath.Join(w.config.Dir, "mail"), ".eml"); err != nil {
		return nil, err
	}
	m.server = &MailServer{mail: m, smtp: smtp.NewServer(m)}
	m.server.smtp.Domain, m.server.smtp.MaxMessageBytes, m.server.smtp.EnableDSN = Host, 100<<20, true
	return m, nil
}

// MailServer takes e-mails for the whole world outside. It knows two recipients
// by their local part: it refuses afvist, and it takes what is for retur and sends
// it back (RFC 3464).
type MailServer struct {
	mail    *mail
	smtp    *smtp.Server
	returns sync.WaitGroup
}

// Serve answers a listener until Shutdown.
func (s *MailServer) Serve(l net.Listener) error { return s.smtp.Serve(l) }

// Shutdown takes no more e-mails and waits for those under way, until ctx ends.
func (s *MailServer) Shutdown(ctx context.Context) error {
	err := s.smtp.Shutdown(ctx)
	s.smtp.Close() //nolint:errcheck // it says only that it is closed
	s.returns.Wait()
	return err
}

// NewSession implements smtp.Backend.
func (m *mail) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{mail: m}, nil }

type mailSession struct {
	mail *mail
	from string
	to   []string
}

func (s *mailSession) Reset()        { s.from, s.to = "", nil }
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if local(to) == "afvist" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
	}
	s.to = append(s.to, to)
	return nil
}

func local(address string) string {
	name, _, _ := strings.Cut(strings.ToLower(address), "@")
	return name
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for _, to := range s.to {
		if err := s.mail.keep(s.from, to, raw); err != nil {
			s.mail.config.Log.Error("an e-mail was not kept", "err", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
		}
		if local(to) == "retur" && s.from != "" {
			from := s.from
			s.mail.server.returns.Go(func() { s.mail.sendBack(from, to) })
		}
	}
	return nil
}

// keep writes an e-mail down, with its envelope as mail servers write it.
func (m *mail) keep(from, to string, raw []byte) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	whole := append(fmt.Appendf(nil, "Return-Path: <%s>\r\nDelivered-To: %s\r\n", from, to), raw...)
	path := m.folder.path(id.String())
	if err := os.WriteFile(path+".part", whole, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	return m.folder.trim()
}

// sendBack says that an e-mail could not be delivered after all.
func (m *mail) sendBack(returnPath, to string) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Mail Delivery System <MAILER-DAEMON@%[1]s>\r\nTo: %[2]s\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: %[4]s\r\n"+
		"Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe mailbox is full.\r\n\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; %[1]s\r\n\r\nFinal-Recipient: rfc822; %[3]s\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n--b--\r\n",
		Host, returnPath, to, time.Now().Format(time.RFC1123Z))
	err := func() error {
		c, err := smtp.Dial(m.config.Returns)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.SendMail("", []string{returnPath}, &b); err != nil {
			return err
		}
		return c.Quit()
	}()
	if err != nil {
		m.config.Log.Warn("an e-mail could not be sent back", "err", err)
	}
}

func (m *mail) kind() string { return "e-mail" }

func (m *mail) routes(mux *http.ServeMux) {
	mux.Handle("GET /e-mail.json", m.site.Handle(m.json))
	mux.Handle("GET /e-mail/{id}", m.site.Handle(m.page))
	mux.Handle("GET /e-mail/{id}/kilde", m.site.Handle(m.source))
	mux.Handle("GET /e-mail/{id}/bilag/{place}", m.site.Handle(m.download))
}

func (m *mail) items(most int) ([]item, error) {
	ids, err := m.folder.ids()
	if err != nil {
		return nil, err
	}
	var all []item
	for _, id := range ids[:min(most, len(ids))] {
		letter, err := m.open(id)
		if err != nil {
			return nil, err
		}
		all = append(all, item{m.kind(), id, letter.To, letter.Subject, letter.At})
		letter.Close()
	}
	return all, nil
}

// received is an e-mail that arrived, open for reading.
type received struct {
	ID      string    `json:"id"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Return  string    `json:"returnPath"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
	Files   []file    `json:"attachments"`

	raw    *os.File
	reader *gomail.Reader
}

// file is an attachment.
type file struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
	URL  string `json:"url"`
}

// Close closes the e-mail.
func (l *received) Close() { l.raw.Close() }

var errNoMail = errs.NotFound("mail.not.found")

// open opens an e-mail and reads its head.
func (m *mail) open(id string) (*received, error) {
	stamp, err := uuid.Parse(id)
	if err != nil || stamp.String() != id {
		return nil, errNoMail
	}
	raw, err := os.Open(m.folder.path(id))
	if os.IsNotExist(err) {
		return nil, errNoMail
	}
	if err != nil {
		return nil, err
	}
	seconds, nanos := stamp.Time().UnixTime()
	l := &received{ID: id, At: time.Unix(seconds, nanos), Files: []file{}, raw: raw}
	if l.reader, err = gomail.CreateReader(raw); err != nil {
		l.Subject, l.reader = "", nil // no e-mail that can be read: its source is there
		return l, nil
	}
	h := l.reader.Header
	l.Subject, _ = h.Subject()
	if from, err := h.AddressList("From"); err == nil && len(from) == 1 {
		l.From = from[0].Name + " · " + from[0].Address
	}
	l.To = h.Get("Delivered-To")
	l.Return = strings.Trim(h.Get("Return-Path"), "<>")
	return l, nil
}

// read reads the texts and names the attachments; found is called for each of
// those.
func (l *received) read(found func(place int, f file, content io.Reader) error) error {
	if l.reader == nil {
		return nil
	}
	for place := 0; ; {
		part, err := l.reader.NextPart()
		if err != nil {
			return nil //nolint:nilerr // the end, or what cannot be read
		}
		switch h := part.Header.(type) {
		case *gomail.InlineHeader:
			if kind, _, _ := h.ContentType(); kind == "text/plain" && l.Text == "" {
				text, err := io.ReadAll(io.LimitReader(part.Body, 1<<20))
				if err != nil {
					return err
				}
				l.Text = string(text)
			}
		case *gomail.AttachmentHeader:
			f := file{URL: "/e-mail/" + l.ID + "/bilag/" + strconv.Itoa(place)}
			f.Name, _ = h.Filename()
			f.Type, _, _ = h.ContentType()
			if err := found(place, f, part.Body); err != nil {
				return err
			}
			place++
		}
	}
}

// whole opens an e-mail and reads all of it but the attachments' bytes.
func (m *mail) whole(id string) (*received, error) {
	l, err := m.open(id)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l, l.read(func(_ int, f file, content io.Reader) error {
		var err error
		if f.Size, err = io.Copy(io.Discard, content); err != nil {
			return err
		}
		l.Files = append(l.Files, f)
		return nil
	})
}

// page shows an e-mail.
func (m *mail) page(out http.ResponseWriter, r *http.Request) error {
	l, err := m.whole(r.PathValue("id"))
	if err != nil {
		return err
	}
	words := m.pages.In(r)
	type doc struct {
		Href, Icon, Name, About string
		Current                 bool
	}
	docs := make([]doc, len(l.Files))
	for i, f := range l.Files {
		docs[i] = doc{Href: f.URL, Icon: "attach-file", Name: f.Name, About: f.Type + " · " + words.Size(f.Size)}
	}
	title := l.Subject
	if title == "" {
		title = words.T("mail.untitled")
	}
	return m.site.Render(out, r, http.StatusOK, m.pages, "outside.mail", web.View{Title: title}, struct {
		*received
		When string
		Docs []doc
	}{l, words.Moment(l.At, time.Now()), docs})
}

// source is the e-mail as it came.
func (m *mail) source(out http.ResponseWriter, r *http.Request) error {
	l, err := m.open(r.PathValue("id"))
	if err != nil {
		return err
	}
	defer l.Close()
	out.Header().Set("Content-Type", "message/rfc822")
	out.Header().Set("Content-Disposition", web.Disposition("attachment", l.ID+".eml"))
	http.ServeContent(out, r, "", l.At, l.raw)
	return nil
}

// download is an attachment: never shown here, for it may be anything.
func (m *mail) download(out http.ResponseWriter, r *http.Request) error {
	l, err := m.open(r.PathValue("id"))
	if err != nil {
		return err
	}
	defer l.Close()
	sent := false
	err = l.read(func(place int, f file, content io.Reader) error {
		if strconv.Itoa(place) != r.PathValue("place") {
			return nil
		}
		sent = true
		h := out.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", web.Disposition("attachment", f.Name))
		_, err := io.Copy(out, content)
		return err
	})
	if err == nil && !sent {
		return errNoMail
	}
	return err
}

// json is all e-mails for a script, the newest first.
func (m *mail) json(out http.ResponseWriter, _ *http.Request) error {
	ids, err := m.folder.ids()
	if err != nil {
		return err
	}
	all := []*received{}
	for _, id := range ids[:min(listed, len(ids))] {
		l, err := m.whole(id)
		if err != nil {
			return err
		}
		all = append(all, l)
	}
	out.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(out).Encode(all)
}
