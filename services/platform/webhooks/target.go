package webhooks

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// errPrivateTarget rejects an address that is not public.
var errPrivateTarget = errors.New("the target's address is not public, and private targets are not allowed")

// special lists address blocks that are not part of the public internet or that map to other
// addresses, apart from those that netip recognizes (IANA special-purpose address registries, RFC
// 6890).
var special = func() (blocks []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
		"3fff::/20", "5f00::/16", "fec0::/10",
	} {
		blocks = append(blocks, netip.MustParsePrefix(text))
	}
	return blocks
}()

// nat64 addresses contain an IPv4 address in their last four bytes (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// public reports whether an address belongs to the public internet.
func public(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	if nat64.Contains(address) {
		whole := address.As16()
		return public(netip.AddrFrom4([4]byte(whole[12:])))
	}
	for _, block := range special {
		if block.Contains(address) {
			return false
		}
	}
	return address.IsGlobalUnicast() && !address.IsPrivate()
}

// refusePrivate is the Control function of a net.Dialer. It checks the resolved address that is
// about to be connected to, so that DNS changes cannot bypass the check.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the target's address: %w", err)
	}
	if !public(target.Addr()) {
		return errPrivateTarget
	}
	return nil
}

// checkURL rejects URLs that cannot be targets. Host names are resolved and checked when something
// is sent.
func checkURL(text string, allowPrivate bool) error {
	invalid := func(description string) error {
		return fault.InvalidField("webhook_endpoint.url", reason.InvalidURL, "%s", description)
	}
	target, err := url.Parse(text)
	switch {
	case err != nil || target.Host == "" || target.Hostname() == "":
		return invalid("must be an absolute URL such as https://example.com/hook")
	case target.Scheme != "https" && (target.Scheme != "http" || !allowPrivate):
		return invalid("must begin with https://")
	case target.User != nil:
		return invalid("must not contain a user name or password; receivers check the signature instead")
	case target.Fragment != "":
		return invalid("must not have a fragment")
	}
	if literal, err := netip.ParseAddr(target.Hostname()); err == nil && !allowPrivate && !public(literal) {
		return invalid(errPrivateTarget.Error())
	}
	return nil
}

// dialer returns the dialer for connections to targets.
func dialer(allowPrivate bool) *net.Dialer {
	if allowPrivate {
		return &net.Dialer{}
	}
	return &net.Dialer{Control: refusePrivate}
}
