package webhooks

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
)

func TestSendLimitsWaitAndIgnoresBody(t *testing.T) {
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}))
	defer silent.Close()
	defer endless.Close()
	defer close(release)
	for url, want := range map[string]string{silent.URL: "no response within 15s", endless.URL: "", "http://127.0.0.1:1": "the host does not accept connections",
		"http://host.invalid": "the host name cannot be resolved"} {
		s := newSender(Config{Clock: clock.System{}, AllowPrivateTargets: true}, deliveryTimeout)
		if s.client.Timeout != 15*time.Second {
			t.Errorf("got timeout %s", s.client.Timeout)
		}
		s.client.Timeout = 2 * time.Second
		got, err := s.send(t.Context(), &stored{endpoint: endpoint{URL: url}, secret: newSecret()}, "msg_1", []byte("{}"))
		if err != nil || got.reason != want {
			t.Errorf("sending to %s: got %q, %v, want %q", url, got.reason, err, want)
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700:4700::1111": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,
		"127.0.0.1": false, "127.255.0.1": false, "10.0.0.1": false, "172.16.0.1": false, "172.32.0.1": true, "192.168.1.1": false, "169.254.169.254": false,
		"0.0.0.0": false, "0.1.2.3": false, "100.64.0.1": false, "100.128.0.1": true, "192.0.0.8": false, "198.18.0.1": false, "203.0.113.9": false,
		"224.0.0.1": false, "239.1.1.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::127.0.0.1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12::1": false, "fec0::1": false,
		"ff02::1": false, "64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::1": false, "2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "100::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("public(%s): got %v", text, got)
		}
	}
}

func TestWaitDoublesWithJitterUpToSixHours(t *testing.T) {
	longest := firstWait
	for attempts := 1; attempts < 100; attempts++ {
		for range 20 {
			if got := wait(attempts); got > longest || got < longest/2 {
				t.Fatalf("wait after %d failures: got %s, want %s to %s", attempts, got, longest/2, longest)
			}
		}
		longest = min(2*longest, 6*time.Hour)
	}
}
