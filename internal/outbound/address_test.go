package outbound

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"digitalpost/internal/errs"
	"digitalpost/internal/post"
	"digitalpost/internal/registry"
	"digitalpost/internal/testkit"
)

func TestPublicAddresses(t *testing.T) {
	tests := []struct {
		name, address string
		want          bool
	}{
		{"public v4", "8.8.8.8", true},
		{"public v4 beside private", "172.32.0.1", true},
		{"public v4 beside CGNAT", "100.128.0.1", true},
		{"public v6", "2606:4700:4700::1111", true},
		{"this network", "0.0.0.0", false},
		{"this network, more", "0.1.2.3", false},
		{"private 10", "10.0.0.1", false},
		{"private 172", "172.31.255.255", false},
		{"private 192", "192.168.1.1", false},
		{"CGNAT", "100.64.0.1", false},
		{"loopback", "127.0.0.1", false},
		{"loopback, another", "127.8.8.8", false},
		{"link-local and metadata", "169.254.169.254", false},
		{"protocol assignments", "192.0.0.8", false},
		{"documentation", "192.0.2.1", false},
		{"6to4 relay", "192.88.99.1", false},
		{"benchmarks", "198.19.0.1", false},
		{"multicast", "224.0.0.1", false},
		{"reserved", "240.0.0.1", false},
		{"broadcast", "255.255.255.255", false},
		{"unspecified v6", "::", false},
		{"loopback v6", "::1", false},
		{"link-local v6", "fe80::1", false},
		{"link-local v6 with zone", "fe80::1%eth0", false},
		{"public v6 with zone", "2606:4700::1%eth0", false},
		{"unique local", "fd00::1", false},
		{"site-local", "fec0::1", false},
		{"multicast v6", "ff02::1", false},
		{"v4-mapped loopback", "::ffff:127.0.0.1", false},
		{"v4-mapped public", "::ffff:8.8.8.8", false},
		{"v4-compatible", "::8.8.8.8", false},
		{"NAT64", "64:ff9b::a00:1", false},
		{"NAT64 local", "64:ff9b:1::1", false},
		{"6to4 of private", "2002:a00:1::1", false},
		{"Teredo", "2001:0:1::1", false},
		{"documentation v6", "2001:db8::1", false},
		{"documentation v6, new", "3fff::1", false},
		{"discard", "100::1", false},
		{"segment routing", "5f00::1", false},
	}
	for _, test := range tests {
		a := netip.MustParseAddr(test.address)
		if got := public(a); got != test.want {
			t.Errorf("%s: public(%s) = %v", test.name, a, got)
		}
		if err := refuseInternal("tcp", netip.AddrPortFrom(a, 443).String(), nil); (err == nil) != test.want {
			t.Errorf("%s: dialling %s: %v", test.name, a, err)
		}
	}
	if public(netip.Addr{}) || refuseInternal("unix", "/run/secret", nil) == nil {
		t.Error("what is no address was taken for a public one")
	}
}

func TestCheckEndpoint(t *testing.T) {
	outside, inside := New(Config{}), New(Config{AllowInternal: true})
	tests := []struct {
		endpoint          string
		serve, localserve bool
	}{
		{"https://post.kommune.dk/receipts?x=1", true, true},
		{"https://post.kommune.dk:8443/", true, true},
		{"https://8.8.8.8/", true, true},
		{"http://post.kommune.dk/", false, false},
		{"http://localhost:9000/", false, true},
		{"http://modtager.localhost:9000/", false, true},
		{"http://127.0.0.1:9000/", false, true},
		{"http://[::1]:9000/", false, true},
		{"http://10.0.0.1/", false, false},
		{"https://127.0.0.1/", false, true},
		{"https://[::ffff:10.0.0.1]/", false, true},
		{"https://user:secret@post.kommune.dk/", false, false},
		{"https:post.kommune.dk", false, false},
		{"https:///x", false, false},
		{"ftp://post.kommune.dk/", false, false},
		{"file:///etc/passwd", false, false},
		{"post@kommune.dk", false, false},
		{"", false, false},
	}
	for _, test := range tests {
		if err := outside.CheckEndpoint(test.endpoint); (err == nil) != test.serve {
			t.Errorf("serve: %q: %v", test.endpoint, err)
		} else if err != nil {
			wantKind(t, err, errs.KindInvalid)
		}
		if err := inside.CheckEndpoint(test.endpoint); (err == nil) != test.localserve {
			t.Errorf("localserve: %q: %v", test.endpoint, err)
		}
	}
}

// A name that resolves to an internal address is refused when it is dialled.
func TestInternalEndpointIsNotCalled(t *testing.T) {
	d := testkit.SQLite(t)
	w := start(t, d)
	called := false
	server := w.endpoint(func(http.ResponseWriter, *http.Request) { called = true })
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.Outbound = New(Config{DB: d, Systems: w, Letters: w, Roots: w.roots})
	for i, test := range []struct {
		name, host, reason string
	}{
		{"by name", "localhost", "endpoint.address.internal"},
		{"by address", "127.0.0.1", CodeEndpoint},
	} {
		t.Run(test.name, func(t *testing.T) {
			id := post.SystemID(i + 1)
			w.add(id, registry.System{ReceiptEndpoint: "https://" + test.host + ":" + u.Port()})
			w.receipts(id, 1)
			if err := w.sendReceipts(t.Context(), id); err == nil {
				t.Error("the run ended as if all were sent")
			}
			if len(w.waiting(id)) != 1 {
				t.Error("the receipt is gone")
			}
			if all := w.failures(); len(all) != i+1 || all[i].Reason != test.reason {
				t.Errorf("failures %+v, want %s", all, test.reason)
			}
		})
	}
	if called {
		t.Error("the internal endpoint was called")
	}
}
