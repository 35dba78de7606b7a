package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"digitalpost/internal/keys"
	"digitalpost/internal/login"
	"digitalpost/internal/oauth"
	"digitalpost/internal/portal/citizen"
	"digitalpost/internal/portal/rights"
	"digitalpost/internal/portal/staff"
	"digitalpost/internal/post"
	"digitalpost/internal/session"
	"digitalpost/internal/web"
)

// sites are the hosts that people visit with a browser.
type sites struct {
	mux     *http.ServeMux // of the web listener, by host
	web     http.Handler
	citizen *citizen.Portal
	counter *staff.Portal   // of citizen service and the agency
	company *citizen.Portal // the same for companies and associations

	// authorization adds what view clients and their people need to the API's host.
	authorization func(mux *http.ServeMux)
	api           *web.Site // draws the pages there
}

func newSites(ctx context.Context, c Config, core *Core, log *slog.Logger, l login.Config) (*sites, error) {
	proxies, err := prefixes(c.Web.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("web.trusted-proxies: %w", err)
	}
	logins, err := login.New(l, core.DB, core.Keys, core.Sessions, core.Registry)
	if err != nil {
		return nil, err
	}
	look := web.Config{Log: log, Support: web.Support{Phone: c.Support.Phone, Hours: c.Support.Hours, HoursEnglish: c.Support.HoursEnglish}, Proxies: proxies, LogIn: originOf(l.Issuer)}
	s := &sites{mux: http.NewServeMux()}
	portal := func(platform post.Platform, base string) (*citizen.Portal, error) {
		p, err := citizen.New(citizen.Config{
			Web: look, DB: core.DB, Activity: core.Activity, Mailboxes: core.Mailboxes, Login: logins, Support: core.Support,
			Calendars: core.Calendars, Compose: core.Compose, Registry: core.Registry, Trustees: core.Trustees, Team: core.Team, Appointments: core.Appointments, Extracts: core.Extracts, Accesses: core.Accesses,
			Browser: &session.Browser{Sessions: core.Sessions, DB: core.DB, Platform: platform, Secure: strings.HasPrefix(base, "https:")},
			Base:    base, Documents: c.Web.Documents, Rights: originOf(c.Web.Rights), Key: core.Keys.Secret(keys.DocumentLink),
		})
		if err == nil {
			s.mux.Handle(hostOf(base)+"/", p.Handler())
			s.mux.Handle(hostOf(c.Web.Documents)+p.DocumentsPath(), p.DocumentsHandler())
		}
		return p, err
	}
	if s.citizen, err = portal(post.PlatformBorger, c.Web.Borger); err != nil {
		return nil, err
	}
	if s.company, err = portal(post.PlatformVirk, c.Web.Virk); err != nil {
		return nil, err
	}
	s.counter, err = staff.New(staff.Config{
		Web: look, DB: core.DB, Staff: core.Staff, Support: core.Support, Appointments: core.Appointments, Extracts: core.Extracts, Login: logins, Base: c.Web.Borgerservice, Key: core.Keys.Secret(keys.DocumentLink),
		Browser: &session.Browser{Sessions: core.Sessions, DB: core.DB, Platform: post.PlatformStaff, Secure: strings.HasPrefix(c.Web.Borgerservice, "https:")},
	})
	if err != nil {
		return nil, err
	}
	s.mux.Handle(hostOf(c.Web.Borgerservice)+"/", s.counter.Handler())
	if err := s.addRights(c, core, look, logins); err != nil {
		return nil, err
	}
	s.web = s.mux
	return s, s.addAuthorization(ctx, c, core, look, logins)
}

// addRights makes the portal where companies give rights.
func (s *sites) addRights(c Config, core *Core, look web.Config, logins *login.Login) error {
	base := originOf(c.Web.Rights)
	p, err := rights.New(rights.Config{Web: look, DB: core.DB, Companies: core.Companies, Appointments: core.Appointments, Login: logins, Base: base, Post: originOf(c.Web.Virk), Key: core.Keys.Secret(keys.DocumentLink),
		Browser: &session.Browser{Sessions: core.Sessions, DB: core.DB, Platform: post.PlatformRights, Secure: strings.HasPrefix(base, "https:")}})
	if err == nil {
		s.mux.Handle(hostOf(base)+"/", p.Handler())
	}
	return err
}

// addAuthorization makes the authorization server for view clients, on the API's
// host: people log in there, and say what a client may do.
func (s *sites) addAuthorization(ctx context.Context, c Config, core *Core, look web.Config, logins *login.Login) error {
	proxies, err := prefixes(c.API.TrustedProxies)
	if err != nil {
		return fmt.Errorf("api.trusted-proxies: %w", err)
	}
	look.Bare, look.Proxies = true, proxies
	site, err := web.New(look)
	if err != nil {
		return err
	}
	s.api = site
	server, err := oauth.New(ctx, c.API.URL+"/oauth", core.DB, core.Sessions, core.Registry, site)
	if err != nil {
		return err
	}
	u, err := url.Parse(c.API.URL)
	if err != nil {
		return fmt.Errorf("api.url: %w", err)
	}
	browser := &session.Browser{Sessions: core.Sessions, DB: core.DB, Secure: true}
	pages := http.NewServeMux()
	server.Routes(pages, u.Path)
	logins.Routes(pages, &login.Portal{Browser: browser, Base: originOf(c.API.URL), Takes: login.Either}, site)
	s.authorization = func(mux *http.ServeMux) {
		// The programs of view clients call here for many people from one address,
		// so only what is refused is counted.
		served := site.Serve(site.LimitFailures(web.NewLimiter(300, time.Second/5, core.DB.Now), browser.Load(pages)))
		for _, path := range []string{u.Path + "/oauth/", u.Path + "/consents", u.Path + "/consents/", "/log-ind", "/log-ind/", "/log-ud"} {
			mux.Handle(path, served)
		}
		mux.Handle("/assets/", web.Assets())
	}
	return nil
}

// stop lets go of open pages.
func (s *sites) stop() {
	s.citizen.LetGo()
	s.company.LetGo()
}

// originOf is an address without its path.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// hostOf is an address's host without its port: patterns of http.ServeMux have
// none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
