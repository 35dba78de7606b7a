package app

import (
	"context"
	"net"
	"strings"
)

// localDialer connects names under localhost to the loopback address (RFC 6761
// section 6.3): not every machine's resolver knows them.
type localDialer struct{ net.Dialer }

func (d *localDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err == nil && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return d.DialContext(ctx, network, address)
}
