package source

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// ForwardedFor is the HTTP header and, in lower case, the gRPC metadata key that proxies use to say
// whom a request comes from.
const ForwardedFor = "X-Forwarded-For"

// Proxies are networks of proxies whose word about the caller's address counts.
type Proxies []netip.Prefix

// Loopback are the addresses of this machine.
var Loopback = Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Trust reports whether an address belongs to one of the proxies.
func (p Proxies) Trust(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// Caller returns the address of the caller: the peer's own unless the peer is a trusted proxy or in
// this process. Then it is the last address of the X-Forwarded-For headers that is not itself a trusted
// proxy, or the first one if all are.
func (p Proxies) Caller(peer netip.Addr, forwarded []string) netip.Addr {
	if len(forwarded) == 0 || peer.IsValid() && !p.Trust(peer) {
		return peer
	}
	caller := peer
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if caller = address.Unmap(); !p.Trust(caller) {
			break
		}
	}
	return caller
}

// Of returns the IP address of a network address. It is not valid for connections in this process.
func Of(address net.Addr) netip.Addr {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
