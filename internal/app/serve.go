package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"digitalpost/internal/api"
	"digitalpost/internal/login"
)

// Stopping is how long requests and jobs under way are waited for.
const stopping = 20 * time.Second

// Serve runs Digital Post until ctx ends, as far as the roles of this process go.
func Serve(ctx context.Context, c Config, log *slog.Logger) error {
	if err := c.safe(); err != nil {
		return err
	}
	doors, err := c.listen()
	if err != nil {
		return err
	}
	secret := ""
	if c.Login.ClientSecret != "" {
		raw, err := os.ReadFile(c.Login.ClientSecret)
		if err != nil {
			return fmt.Errorf("read login.client-secret: %w", err)
		}
		secret = strings.TrimSpace(string(raw))
	}
	core, err := OpenCore(ctx, c, log, false)
	if err != nil {
		return err
	}
	s, err := newServer(ctx, c, core, log, c.Login.login(secret))
	if err != nil {
		return errors.Join(err, core.Close())
	}
	mux := http.NewServeMux()
	s.ops.routes(mux)
	s.add("ops", doors["ops"], &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second})
	if l, ok := doors["web"]; ok {
		err = s.addWeb(l)
	}
	if l, ok := doors["api"]; ok {
		err = errors.Join(err, s.addAPI(l))
	}
	if l, ok := doors["mail.bounce"]; ok {
		err = errors.Join(err, s.addReturns(l))
	}
	if err != nil {
		return errors.Join(err, core.Close())
	}
	return s.run(ctx, func() error { return nil }, func() {})
}

// safe refuses addresses by which people's sessions would travel open. Names under
// localhost are this machine's.
func (c Config) safe() error {
	for _, a := range []struct{ key, address string }{{"web.borger", c.Web.Borger}, {"web.virk", c.Web.Virk}, {"web.rights", c.Web.Rights}, {"web.borgerservice", c.Web.Borgerservice}, {"web.documents", c.Web.Documents}, {"api.url", c.API.URL}} {
		u, err := url.Parse(a.address)
		if err != nil || u.Scheme != "https" && !(u.Scheme == "http" && strings.HasSuffix("."+u.Hostname(), ".localhost")) {
			return fmt.Errorf("%s: %q is no https address", a.key, a.address)
		}
	}
	return nil
}

// listen opens the addresses that the roles of this process need.
func (c Config) listen() (map[string]net.Listener, error) {
	addresses := map[string]string{"ops": c.Ops.Listen}
	if c.does("web") {
		addresses["web"] = c.Web.Listen
	}
	if c.does("intake") {
		addresses["api"] = c.API.Listen
		if c.Mail.BounceListen != "" {
			addresses["mail.bounce"] = c.Mail.BounceListen
		}
	}
	open := map[string]net.Listener{}
	for name, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			for _, other := range open {
				other.Close()
			}
			return nil, fmt.Errorf("listen for %s: %w", name, err)
		}
		open[name] = l
	}
	return open, nil
}

func (c Config) does(role string) bool { return slices.Contains(c.Roles, role) }

// server is the program at work: the core and its listeners.
type server struct {
	config Config
	core   *Core
	log    *slog.Logger
	ops    *ops
	sites  *sites // nil where the process serves neither portals nor API

	listeners []listener
}

type listener struct {
	name     string
	serve    func() error
	shutdown func(context.Context) error // waits for what is under way, as long as its context lasts
}

func newServer(ctx context.Context, c Config, core *Core, log *slog.Logger, l login.Config) (*server, error) {
	s := &server{config: c, core: core, log: log, ops: newOps(core)}
	var err error
	if c.does("web") || c.does("intake") {
		s.sites, err = newSites(ctx, c, core, log, l)
	}
	return s, err
}

func (s *server) add(name string, l net.Listener, h *http.Server) {
	h.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
	h.Handler = s.ops.measure(name, h.Handler)
	serve := func() error { return h.Serve(l) }
	if h.TLSConfig != nil {
		serve = func() error { return h.ServeTLS(l, "", "") }
	}
	s.listeners = append(s.listeners, listener{name, serve, func(patience context.Context) error {
		err := h.Shutdown(patience)
		if err != nil {
			h.Close()
		}
		return err
	}})
}

// addWeb serves the portals.
func (s *server) addWeb(l net.Listener) error {
	h := &http.Server{Handler: s.sites.web, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	if s.config.Web.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(s.config.Web.Certificate, s.config.Web.Key)
		if err != nil {
			return fmt.Errorf("web.certificate: %w", err)
		}
		h.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	s.add("web", l, h)
	return nil
}

// addAPI serves systems and view clients.
func (s *server) addAPI(l net.Listener) error {
	pair, err := tls.LoadX509KeyPair(s.config.API.Certificate, s.config.API.Key)
	if err != nil {
		return fmt.Errorf("api.certificate: %w", err)
	}
	roots, err := certificates(s.config.API.ClientCA)
	if err != nil {
		return fmt.Errorf("api.client-ca: %w", err)
	}
	proxies, err := prefixes(s.config.API.TrustedProxies)
	if err != nil {
		return fmt.Errorf("api.trusted-proxies: %w", err)
	}
	edge := api.New(api.Deps{
		DB: s.core.DB, Registry: s.core.Registry, Intake: s.core.Intake, Outbound: s.core.Outbound,
		Mailboxes: s.core.Mailboxes, Compose: s.core.Compose, Sessions: s.core.Sessions, Trustees: s.core.Trustees, Team: s.core.Team, Accesses: s.core.Accesses, Activity: s.core.Activity, Staff: s.core.Staff, Companies: s.core.Companies, Appointments: s.core.Appointments, Site: s.sites.api, Log: s.log,
	}, api.Config{ClientCAs: roots, TrustedProxies: proxies, MaxContainer: s.config.API.MaxContainer})
	mux := http.NewServeMux()
	mux.Handle("/", edge.Handler())
	s.sites.authorization(mux)
	h := &http.Server{Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	api.Prepare(h)
	h.RegisterOnShutdown(edge.LetGo)
	s.add("api", l, h)
	return nil
}

// run serves until ctx ends or a listener fails, and then stops everything in
// order: no new requests, the jobs, the deliveries, the database. ready is
// called when requests are answered, leaving when they will be no more.
func (s *server) run(ctx context.Context, ready func() error, leaving func()) error {
	if s.config.does("worker") {
		s.core.Work()
	}
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() {
			if err := l.serve(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s: %w", l.name, err)
			}
		}()
	}
	err := ready()
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	leaving()
	if s.sites != nil {
		s.sites.stop()
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopping)
	defer cancel()
	for _, l := range s.listeners {
		if shut := l.shutdown(patience); shut != nil {
			s.log.Warn("requests were cut off", "listener", l.name)
		}
	}
	return errors.Join(err, s.core.Stop(patience))
}

func certificates(file string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if file == "" {
		return pool, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if !pool.AppendCertsFromPEM(raw) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

func prefixes(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p)
			continue
		}
		a, err := netip.ParseAddr(text)
		if err != nil {
			return nil, err
		}
		all = append(all, netip.PrefixFrom(a, a.BitLen()))
	}
	return all, nil
}
