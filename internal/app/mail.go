package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
	"digitalpost/internal/print"
	"digitalpost/internal/smtpin"
)

// relay is where e-mails are handed to; nil where none is configured.
func (c Config) relay() (*outbound.Relay, error) {
	if c.Mail.Relay == "" {
		return nil, nil
	}
	password := ""
	if c.Mail.Password != "" {
		raw, err := os.ReadFile(c.Mail.Password)
		if err != nil {
			return nil, fmt.Errorf("read mail.password: %w", err)
		}
		password = strings.TrimSpace(string(raw))
	}
	return outbound.NewRelay(outbound.MailConfig{
		Relay: c.Mail.Relay, From: c.Mail.From, TLS: outbound.MailTLS(c.Mail.TLS), User: c.Mail.User, Password: password,
		MaxSize: c.Mail.MaxSize, BounceDomain: c.Mail.BounceDomain,
		Link: func(message post.UUID) string { return c.Web.Borger + "/post/" + message.String() },
	})
}

// printHouse is who prints letters on paper.
func (c Config) printHouse() (print.House, error) {
	if u, err := url.Parse(c.Print.URL); err != nil || u.Scheme != "https" {
		return nil, fmt.Errorf("print.url: %q is no https address", c.Print.URL)
	}
	token := ""
	if c.Print.Token != "" {
		raw, err := os.ReadFile(c.Print.Token)
		if err != nil {
			return nil, fmt.Errorf("read print.token: %w", err)
		}
		token = strings.TrimSpace(string(raw))
	}
	return print.HTTP{URL: c.Print.URL, Token: token, Client: &http.Client{Timeout: 2 * time.Minute}}, nil
}

// addReturns takes e-mails that come back.
func (s *server) addReturns(l net.Listener) error {
	if s.config.Mail.Relay == "" {
		return errors.New("mail.bounce-listen: nothing can come back without mail.relay")
	}
	c := smtpin.Config{DB: s.core.DB, Outbound: s.core.Outbound, Log: s.log, Domain: s.config.Mail.BounceDomain}
	if s.config.Mail.BounceCertificate != "" {
		pair, err := tls.LoadX509KeyPair(s.config.Mail.BounceCertificate, s.config.Mail.BounceKey)
		if err != nil {
			return fmt.Errorf("mail.bounce-certificate: %w", err)
		}
		c.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	in := smtpin.New(c)
	s.listeners = append(s.listeners, listener{"mail.bounce", func() error { return in.Serve(l) }, in.Shutdown})
	return nil
}
