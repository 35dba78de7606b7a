package outbound

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"digitalpost/internal/errs"
)

// errInternalAddress says that an endpoint leads inside. Its text is the reason
// that operators read.
var errInternalAddress = errors.New("the endpoint leads to an address that is not public")

// special are the networks among the globally routed ones that are not the
// public Internet (IANA special-purpose address registries).
var special = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared by carriers' translation (CGNAT)
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, and the clouds' metadata services
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments, Teredo among them
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4, which wraps any IPv4 address
	"3fff::/20",       // documentation
)

// global is what is routed in IPv6 at all. Loopback, unique local, link-local,
// multicast, IPv4-mapped and NAT64 addresses lie outside.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}

// public tells whether an address is on the public Internet.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// refuseInternal is a net.Dialer's Control: it sees the address that is about to
// be dialled, after names were resolved, so that a name which changes its
// meaning between two look-ups gains nothing.
func refuseInternal(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !public(a.Addr()) {
		return errInternalAddress
	}
	return nil
}

// CodeEndpoint says that an address cannot be an endpoint.
const CodeEndpoint = "system.endpoint.not.valid"

// CheckEndpoint tells whether a text can be a system's endpoint: an https URL
// with a host and without a password. In localserve http to the machine itself
// will do. What its name resolves to is checked at each call.
func (o *Outbound) CheckEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" {
		return errs.Invalid(CodeEndpoint, "endpoint", "an endpoint is an https URL with a host and without a user")
	}
	host := u.Hostname()
	a, err := netip.ParseAddr(host)
	literal := err == nil
	local := literal && a.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && o.allowInternal && local):
		return errs.Invalid(CodeEndpoint, "endpoint", "an endpoint is an https URL")
	case literal && !o.allowInternal && !public(a):
		return errs.Invalid(CodeEndpoint, "endpoint", "%s", errInternalAddress)
	}
	return nil
}

// newDialer makes connections to public addresses only, or to any.
func newDialer(allowInternal bool) *net.Dialer {
	d := &net.Dialer{Timeout: dialTime}
	if !allowInternal {
		d.Control = refuseInternal
	}
	return d
}
