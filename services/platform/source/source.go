// Package source carries the network address of the caller, for limits per source and for logs.
package source

import (
	"context"
	"net/netip"
)

type addressKey struct{}

// With returns a context that carries the address that a call comes from. Behind trusted proxies it is
// the address that they name, not theirs.
func With(ctx context.Context, address netip.Addr) context.Context {
	return &withAddress{ctx, address.Unmap()}
}

// withAddress is a context with an address, in one piece of memory.
type withAddress struct {
	context.Context
	address netip.Addr
}

// Value returns a pointer to the address, and the values of the context below.
func (c *withAddress) Value(key any) any {
	if _, ok := key.(addressKey); ok {
		return &c.address
	}
	return c.Context.Value(key)
}

// From returns the address that a call comes from. It is not valid if the context has none, as in
// background work, or if the caller is in this process.
func From(ctx context.Context) netip.Addr {
	if address, ok := ctx.Value(addressKey{}).(*netip.Addr); ok {
		return *address
	}
	return netip.Addr{}
}

// Network returns the part of an address that one caller usually controls, which limits count
// together: an IPv4 address, or the /64 network of an IPv6 address. It is "" for an invalid address.
func Network(address netip.Addr) string {
	const network6 = 64
	address = address.Unmap()
	switch {
	case !address.IsValid():
		return ""
	case address.Is4():
		return address.String()
	}
	return netip.PrefixFrom(address.WithZone(""), network6).Masked().String()
}
