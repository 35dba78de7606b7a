package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// clientAddress is where a call comes from. X-Forwarded-For is read from its
// end, as far as trusted proxies wrote it.
func (a *API) clientAddress(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := from.Addr().Unmap()
	if len(a.config.TrustedProxies) == 0 || !a.trusted(address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if address = next.Unmap(); !a.trusted(address) {
			break
		}
	}
	return address
}

func (a *API) trusted(address netip.Addr) bool {
	return slices.ContainsFunc(a.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// failures counts failed authentications by address, in bounded memory. An
// address may fail failureBurst times at once and then once every failureEvery.
type failures struct {
	now func() time.Time
	mu  sync.Mutex
	// paid is when all failures of an address will have been worked off.
	paid map[netip.Addr]time.Time
}

const (
	failureBurst  = 20
	failureEvery  = 3 * time.Second
	mostAddresses = 10_000
)

func newFailures(now func() time.Time) *failures {
	return &failures{now: now, paid: map[netip.Addr]time.Time{}}
}

// add counts a failure. It is false where the address has failed too often.
func (f *failures) add(address netip.Addr) bool {
	if address.Is6() { // one caller has a whole network of them
		if p, err := address.Prefix(64); err == nil {
			address = p.Addr()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	paid, found := f.paid[address]
	if paid.Before(now) {
		paid = now
	}
	if paid.Sub(now) >= failureBurst*failureEvery {
		return false
	}
	if !found && len(f.paid) >= mostAddresses {
		f.makeRoom(now)
	}
	f.paid[address] = paid.Add(failureEvery)
	return true
}

// makeRoom forgets addresses that have worked off their failures, or any half of
// them where too few have.
func (f *failures) makeRoom(now time.Time) {
	for address, paid := range f.paid {
		if paid.Before(now) {
			delete(f.paid, address)
		}
	}
	for address := range f.paid {
		if len(f.paid) < mostAddresses/2 {
			return
		}
		delete(f.paid, address)
	}
}
