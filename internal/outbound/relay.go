package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/netip"
	"net/textproto"
	"regexp"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"digitalpost/internal/post"
)

// MailConfig is how e-mails leave the house.
type MailConfig struct {
	Relay string // the server that takes our e-mails, host:port
	From  string // what recipients see: an address that nobody reads
	// BounceDomain is where e-mails come back to: a domain whose mail reaches
	// package smtpin and has no other use.
	BounceDomain string
	TLS          MailTLS
	User         string // "" for a relay that knows us by our address
	Password     string
	Roots        *x509.CertPool // whose certificates the relay may have; nil is the machine's own list
	MaxSize      int64          // largest e-mail in bytes, as it is sent; 0 is 25 MiB
	// Link is the address of a message in the portal of a mailbox's owner.
	Link func(message post.UUID) string
}

// MailTLS is how the connection to the relay is protected.
type MailTLS string

const (
	MailStartTLS MailTLS = "starttls" // the zero value means this too
	MailTLSOnly  MailTLS = "tls"      // from the first byte (port 465)
	MailOpen     MailTLS = "none"     // for a relay on this machine alone
)

// Relay is where e-mails are handed to.
type Relay struct {
	MailConfig
	host string
	port int
}

// sendTime is how long the relay may take for one e-mail.
const sendTime = 5 * time.Minute

// NewRelay makes a relay. It does not call it.
func NewRelay(c MailConfig) (*Relay, error) {
	host, text, err := net.SplitHostPort(c.Relay)
	if err != nil {
		return nil, fmt.Errorf("mail.relay: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return nil, fmt.Errorf("mail.relay: %q is no port", text)
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	if c.BounceDomain == "" {
		return nil, errors.New("mail.bounce-domain: e-mails need a domain to come back to")
	}
	a, err := netip.ParseAddr(host)
	if c.TLS == MailOpen && host != "localhost" && (err != nil || !a.IsLoopback()) {
		return nil, errors.New("mail.tls: only a relay on this machine can be called without encryption")
	}
	if c.MaxSize == 0 {
		c.MaxSize = 25 << 20
	}
	if c.Link == nil {
		c.Link = func(post.UUID) string { return "" }
	}
	return &Relay{MailConfig: c, host: host, port: port}, nil
}

// client dials once; connected is told the connection.
func (r *Relay) client(connected func(net.Conn)) (*gomail.Client, error) {
	config := &tls.Config{ServerName: r.host, MinVersion: tls.VersionTLS12, RootCAs: r.Roots}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{Timeout: dialTime}
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		connected(conn)
		if r.TLS == MailTLSOnly {
			return tls.Client(conn, config), nil
		}
		return conn, nil
	}
	options := []gomail.Option{gomail.WithPort(r.port), gomail.WithHELO(r.BounceDomain), gomail.WithTimeout(sendTime),
		gomail.WithTLSConfig(config), gomail.WithDialContextFunc(dial), gomail.WithoutSMTPUTF8()}
	switch r.TLS {
	case MailTLSOnly:
		options = append(options, gomail.WithSSL())
	case MailOpen:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if r.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(r.User), gomail.WithPassword(r.Password))
	}
	return gomail.NewClient(r.host, options...)
}

// stage is how far a delivery came.
type stage string

const (
	connecting  stage = "connect"   // greeting, encryption, authentication
	sender      stage = "sender"    // MAIL FROM
	recipient   stage = "recipient" // RCPT TO
	contents    stage = "content"   // DATA
	interrupted stage = "end"       // the content was sent; no answer came
)

// errRelay is why the relay did not take an e-mail. Its text has nothing of the
// relay's own words: those may repeat the address.
type errRelay struct {
	stage    stage
	code     int    // of the answer, 0 for none
	enhanced string // 5.1.1, "" for none
}

func (e errRelay) Error() string {
	return fmt.Sprintf("the relay did not take the e-mail: %s, answer %d %s", e.stage, e.code, e.enhanced)
}

// lasting tells that trying again cannot help: the answer is about this recipient
// or this e-mail. A relay that does not want us is ours to mend, and the e-mail
// waits.
func (e errRelay) lasting() bool {
	return e.code >= 500 && (e.stage == recipient || e.stage == contents || e.stage == interrupted)
}

var enhancedStatus = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)

func relayError(s stage, err error) error {
	e := errRelay{stage: s}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		e.code, e.enhanced = answer.Code, enhancedStatus.FindString(answer.Msg)
	}
	return e
}

// send hands one e-mail to the relay; write writes it. An error of write is
// returned as errOurs, all others are errRelay.
func (r *Relay) send(ctx context.Context, from, to string, write func(io.Writer) error) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	client, err := r.client(func(conn net.Conn) {
		context.AfterFunc(ctx, func() { conn.Close() }) // whatever it waits for, and at the end in any case
	})
	if err != nil {
		return errOurs{err}
	}
	c, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return relayError(connecting, err)
	}
	c.SetDSNMailReturnOption("HDRS") // a return shows the head, not the letter (RFC 3461)
	c.SetDSNRcptNotifyOption("FAILURE")
	if err := c.Mail("<" + from + ">"); err != nil {
		return relayError(sender, err)
	}
	if err := c.Rcpt("<" + to + ">"); err != nil {
		return relayError(recipient, err)
	}
	data, err := c.Data()
	if err != nil {
		return relayError(contents, err)
	}
	out := &call{w: data}
	if err := write(out); err != nil {
		if out.ended {
			return relayError(contents, err)
		}
		return errOurs{err} // the connection is closed in the middle: the relay has taken nothing
	}
	if err := data.Close(); err != nil {
		return relayError(interrupted, err)
	}
	_ = c.Quit()
	return nil
}
