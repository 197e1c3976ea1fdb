package source_test

import (
	"net/netip"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/source"
)

func TestOnlyTrustedProxiesNameTheCaller(t *testing.T) {
	proxies := append(source.Proxies{netip.MustParsePrefix("10.0.0.0/8")}, source.Loopback...)
	for _, test := range []struct {
		peer, want string
		forwarded  []string
	}{
		{"192.0.2.1", "192.0.2.1", []string{"198.51.100.1"}},
		{"127.0.0.1", "127.0.0.1", nil},
		{"127.0.0.1", "198.51.100.1", []string{"198.51.100.1"}},
		{"10.1.2.3", "198.51.100.1", []string{"203.0.113.9, 198.51.100.1", "10.0.0.7"}},
		{"10.1.2.3", "10.1.2.3", []string{"nonsense"}},
		{"10.1.2.3", "10.9.9.9", []string{"10.9.9.9, 10.0.0.1"}},
	} {
		if got := proxies.Caller(netip.MustParseAddr(test.peer), test.forwarded); got.String() != test.want {
			t.Errorf("%s %q: got %s, want %s", test.peer, test.forwarded, got, test.want)
		}
	}
}
