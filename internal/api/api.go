// Package api is the REST interface /apis/v1/… for other programs: systems that
// send and receive letters for organisations, and view clients that show people
// their post. It follows the core API 1.68: paths, names, statuses, paging and
// the shape of errors.
//
// It says who asks and never whether that is allowed: it authenticates, reads
// requests, calls a capability and writes answers. routes.go is the table of
// contents, from which the OpenAPI document and its page are made. It holds no SQL
// and no rules.
//
// Where the API leaves open what to do, the choices stand beside the code that
// made them; the larger ones are these. Times are UTC with milliseconds, and
// what has no value is left out. Pages count from 0. Parameters and fields that
// we do not know are passed over. A form error is 400; a well-formed body that
// asks for what cannot be is 422 where the API lists 422, and 400 elsewhere. A
// body without a length is 411, one too large 413, one that stalls 408.
package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"digitalpost/internal/activity"
	"digitalpost/internal/appointment"
	"digitalpost/internal/company"
	"digitalpost/internal/compose"
	"digitalpost/internal/db"
	"digitalpost/internal/delegation"
	"digitalpost/internal/intake"
	"digitalpost/internal/mailbox"
	"digitalpost/internal/outbound"
	"digitalpost/internal/registry"
	"digitalpost/internal/session"
	"digitalpost/internal/staff"
	"digitalpost/internal/teamwork"
	"digitalpost/internal/trustee"
	"digitalpost/internal/web"
	"digitalpost/memo"
)

// Base is where the interface lies.
const Base = "/apis/v1"

// Config is what an operator decides. The zero value of each field but ClientCAs
// is usable.
type Config struct {
	// ClientCAs are the issuers whose client certificates are accepted: in
	// production those of OCES3. Nil accepts none.
	ClientCAs *x509.CertPool
	// TrustedProxies are the addresses whose X-Forwarded-For is believed. Client
	// certificates must reach this program, so a proxy passes TLS through.
	TrustedProxies []netip.Prefix
	// MaxLetter is the size in bytes of the largest single letter, 0 for
	// memo.DefaultMaxSize; MaxContainer that of a container, 0 for 2 GiB.
	MaxLetter, MaxContainer int64
	// Stall is how long a body may pause, 0 for 30 seconds; MinRate the least
	// bytes a second over all after that time, 0 for 64 KiB.
	Stall   time.Duration
	MinRate int64
}

func (c Config) withDefaults() Config {
	if c.ClientCAs == nil {
		c.ClientCAs = x509.NewCertPool()
	}
	if c.MaxLetter == 0 {
		c.MaxLetter = memo.DefaultMaxSize
	}
	if c.MaxContainer == 0 {
		c.MaxContainer = 2 << 30
	}
	if c.Stall == 0 {
		c.Stall = 30 * time.Second
	}
	if c.MinRate == 0 {
		c.MinRate = 64 << 10
	}
	return c
}

// Deps are the capabilities that the interface shows.
type Deps struct {
	DB           *db.DB
	Registry     *registry.Registry
	Intake       *intake.Intake
	Outbound     *outbound.Outbound
	Mailboxes    *mailbox.Mailboxes
	Compose      *compose.Composer
	Sessions     *session.Sessions
	Trustees     *trustee.Trustees
	Team         *teamwork.Team
	Accesses     *delegation.Delegations
	Activity     *activity.Log
	Staff        *staff.Counter
	Companies    *company.Companies
	Appointments *appointment.Appointments
	Site         *web.Site    // draws the page of documentation; nil is none
	Log          *slog.Logger // nil is slog.Default
}

// API is the edge.
type API struct {
	Deps
	config   Config
	log      *slog.Logger
	mux      *http.ServeMux
	failures *failures
	known    *known
	looking  chan struct{}   // see validate
	open     context.Context // of event streams
	letGo    context.CancelFunc
}

// New makes the edge. Mount its Handler at Base, on a server that Prepare was
// called for.
func New(d Deps, c Config) *API {
	a := &API{Deps: d, config: c.withDefaults(), log: d.Log, mux: http.NewServeMux(), failures: newFailures(d.DB.Now), known: newKnown(d.DB.Now),
		looking: make(chan struct{}, lookedAt)}
	if a.log == nil {
		a.log = slog.Default()
	}
	a.open, a.letGo = context.WithCancel(context.Background())
	for field, value := range reflect.ValueOf(d).Fields() { // a mistake in the wiring shows at the start, not at a call
		if value.IsNil() && field.Name != "Site" && field.Name != "Log" {
			panic("api: Deps has no " + field.Name)
		}
	}
	a.register()
	return a
}

// LetGo ends the event streams, so that a server can stop; clients come back by
// themselves.
func (a *API) LetGo() { a.letGo() }

// Handler answers all paths under Base.
func (a *API) Handler() http.Handler { return a.mux }

// ConnContext is for http.Server: it gives each connection a place for what was
// found out about its client certificate. Without it each request finds out
// anew.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, new(peer))
}

// Prepare sets what a server of this interface needs: limits on slow and large
// heads, and the asking for client certificates. The caller sets the address,
// the handler and its own certificate.
func Prepare(s *http.Server) {
	s.ConnContext = ConnContext
	s.ReadHeaderTimeout = 10 * time.Second
	s.WriteTimeout = 5 * sendTime // uploads and long answers set their own
	s.IdleTimeout = 2 * time.Minute
	s.MaxHeaderBytes = 64 << 10
	if s.TLSConfig == nil {
		s.TLSConfig = new(tls.Config)
	}
	s.TLSConfig.MinVersion = tls.VersionTLS12
	s.TLSConfig.ClientAuth = tls.RequestClientCert // verified by us, so that the answer can say what is wrong
}

// Operation is one operation of the API, as its documents and tests need it.
type Operation struct {
	Name   string // the API's
	Method string
	Path   string // below Base
}

// Operations are all that are built, in the order of the table.
func Operations() []Operation {
	var all []Operation
	for _, r := range routes() {
		all = append(all, Operation{r.name, r.method, r.path})
	}
	return all
}
