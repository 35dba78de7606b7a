package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"
)

func TestClientAddress(t *testing.T) {
	a := &API{config: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}}
	for _, test := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"straight", "192.0.2.1:99", nil, "192.0.2.1"},
		{"straight, IPv4 in IPv6", "[::ffff:192.0.2.1]:99", nil, "192.0.2.1"},
		{"a lie from outside", "192.0.2.1:99", []string{"198.51.100.1"}, "192.0.2.1"},
		{"by a proxy", "10.0.0.1:99", []string{"198.51.100.1"}, "198.51.100.1"},
		{"by two proxies", "[fd00::1]:99", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"a lie before the proxy's word", "10.0.0.1:99", []string{"203.0.113.9", "198.51.100.1"}, "198.51.100.1"},
		{"a proxy that says nothing", "10.0.0.1:99", nil, "10.0.0.1"},
		{"a proxy that says nonsense", "10.0.0.1:99", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: test.remote, Header: http.Header{"X-Forwarded-For": test.forwarded}}
		if got := a.clientAddress(r); got.String() != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// Failures from any number of addresses take bounded memory, and a network of
// IPv6 is one address.
func TestFailuresAreBounded(t *testing.T) {
	now := time.Now()
	f := newFailures(func() time.Time { return now })
	for i := range 3 * mostAddresses {
		f.add(netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	if len(f.paid) > mostAddresses {
		t.Errorf("%d addresses are remembered", len(f.paid))
	}
	for i := range failureBurst {
		if !f.add(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i))) {
			t.Fatalf("failure %d is too many", i)
		}
	}
	if f.add(netip.MustParseAddr("2001:db8::ffff")) {
		t.Error("a whole network may fail without end")
	}
}
