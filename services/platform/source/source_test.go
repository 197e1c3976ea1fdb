package source_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/source"
)

func TestNetworkIsWhatOneCallerControls(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := source.Network(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if got := source.Network(source.From(context.Background())); got != "" {
		t.Errorf("without an address: got %q", got)
	}
	mapped := netip.MustParseAddr("::ffff:192.0.2.7")
	if got := source.From(source.With(context.Background(), mapped)); got != mapped.Unmap() {
		t.Errorf("got %s", got)
	}
}
