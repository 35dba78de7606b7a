// Package smtpin takes e-mails that come back: letters that were forwarded to an
// e-mail address, and that some mail server further on could not deliver. It is
// the mail server of mail.bounce-domain, and takes nothing but what is sent to
// the return address of an e-mail of ours (package outbound), which nobody can
// make up.
//
// A notification that an e-mail was given up (RFC 3464) becomes a message in the
// mailbox it came from. Everything else that reaches a return address, such as
// "I am on holiday", is taken and forgotten.
package smtpin

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"digitalpost/internal/db"
	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
)

// Config is what a server stands on.
type Config struct {
	DB       *db.DB
	Outbound *outbound.Outbound
	Log      *slog.Logger
	Domain   string      // by which the server calls itself
	TLS      *tls.Config // for STARTTLS; nil offers none
}

// Bounds of what one caller, and all of them together, can take of us.
const (
	maxCallers    = 100
	maxBytes      = 50 << 20 // some servers send the whole e-mail back
	maxLine       = 64 << 10
	maxRecipients = 5
	patience      = 5 * time.Minute // for a command with its content
	recordTime    = 30 * time.Second
)

// Server takes returned e-mails.
type Server struct {
	config Config
	smtp   *smtp.Server
}

// New makes a server; Serve starts it.
func New(c Config) *Server {
	s := &Server{config: c}
	s.smtp = smtp.NewServer(s)
	s.smtp.Domain, s.smtp.TLSConfig = c.Domain, c.TLS
	s.smtp.MaxMessageBytes, s.smtp.MaxLineLength, s.smtp.MaxRecipients = maxBytes, maxLine, maxRecipients
	s.smtp.ReadTimeout, s.smtp.WriteTimeout = patience, patience
	s.smtp.ErrorLog = slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug)
	return s
}

// Serve answers a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	return s.smtp.Serve(netutil.LimitListener(l, maxCallers))
}

// Shutdown takes no more callers and waits for those that are there, until ctx
// ends.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.smtp.Shutdown(ctx)
	s.smtp.Close() //nolint:errcheck // it says only that it is closed
	return err
}

// NewSession implements smtp.Backend.
func (s *Server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }

// session is one caller's, who hands in one e-mail after the other.
type session struct {
	server *Server
	ids    []post.UUID // of the e-mails that come back
}

func (s *session) Reset()        { s.ids = nil }
func (s *session) Logout() error { return nil }

// Mail takes any sender: what comes back has none.
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	id, err := s.server.config.Outbound.ParseReturn(to)
	if err != nil {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address here"}
	}
	s.ids = append(s.ids, id)
	return nil
}

func (s *session) Data(r io.Reader) error {
	report := Read(r)
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err // too large, or the caller is gone
	}
	if !report.Failed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	err := s.server.config.DB.Update(ctx, func(tx *db.Tx) error {
		for _, id := range s.ids {
			if err := s.server.config.Outbound.Returned(tx, id, report.Status); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.server.config.Log.Error("a returned e-mail could not be recorded", "err", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	}
	return nil
}
