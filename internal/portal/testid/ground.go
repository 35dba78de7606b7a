package testid

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Host is the name of the test log-in.
const Host = "id.localhost"

// Ground is what the test log-in stands on: a listener of this machine alone.
// Only Stand makes one. The program's serve command never calls it, and has no
// setting that would, so that nobody can log in without proof there.
type Ground struct{ address netip.AddrPort }

// ErrGround says that a listener can be reached from other machines.
var ErrGround = errors.New("the test log-in runs only where nobody but this machine can reach it: listen on 127.0.0.1")

// Stand makes a Ground of localserve's web listener. It refuses one that other
// machines can reach.
func Stand(web net.Listener) (Ground, error) {
	address, ok := web.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsLoopback() {
		return Ground{}, ErrGround
	}
	return Ground{address.AddrPort()}, nil
}

// Issuer is the test log-in's address.
func (g Ground) Issuer() string {
	return "http://" + net.JoinHostPort(Host, strconv.Itoa(int(g.address.Port())))
}

// Client is an HTTP client for this machine: names that end in .localhost lead
// to it, as they do in browsers, whatever the machine's resolver says
// (RFC 6761, 6.3). It goes nowhere else.
func (g Ground) Client() *http.Client { return localClient(nil) }

func localClient(transport *http.Transport) *http.Client {
	if transport == nil {
		transport = &http.Transport{}
	}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if ip := net.ParseIP(host); host != "localhost" && !strings.HasSuffix(host, ".localhost") && !ip.IsLoopback() {
			return nil, ErrGround
		} else if ip == nil {
			host = "127.0.0.1"
		}
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort(host, port))
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}
