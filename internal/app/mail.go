package app

import (
	"fmt"
	"os"
	"strings"

	"digitalpost/internal/outbound"
	"digitalpost/internal/post"
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
