package admission_test

import (
	"errors"
	"maps"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

func TestCallsAreBoundedByTenantAndInTotal(t *testing.T) {
	refusals := map[string]int{}
	before := admission.Refused
	admission.Refused = func(what, why string) { refusals[what+"/"+why]++ }
	t.Cleanup(func() { admission.Refused = before })
	control := admission.New(admission.Settings{Limits: admission.Limits{Calls: 8, CallsPerTenant: 5, CallsPerSource: 2}})
	take := func(by admission.Caller, want error) func() {
		t.Helper()
		release, err := control.Call(by)
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		return release
	}
	a, b, stranger := admission.Caller{Tenant: "a"}, admission.Caller{Tenant: "b"}, admission.Caller{Source: netip.MustParseAddr("192.0.2.1")}
	var last func()
	for range 5 {
		last = take(a, nil)
	}
	take(a, fault.ResourceExhausted) // the tenant's limit
	take(stranger, nil)
	last()
	take(b, nil)                     // six of eight
	take(a, fault.ResourceExhausted) // a third is its share of what is left, and it has four
	take(b, nil)
	take(stranger, nil)
	take(admission.Caller{Tenant: "c"}, fault.Unavailable)
	want := map[string]int{"calls/tenant": 1, "calls/fair share": 1, "calls/total": 1}
	if !maps.Equal(refusals, want) {
		t.Errorf("got refusals %v, want %v", refusals, want)
	}
}

func TestStreamsAreBoundedByKey(t *testing.T) {
	control := admission.New(admission.Settings{Limits: admission.Limits{Streams: 10, StreamsPerTenant: 3, StreamsPerKey: 2}})
	open := func(tenant, key string) error {
		_, err := control.Stream(admission.Caller{Tenant: tenant, Key: key})
		return err
	}
	for i, step := range []struct {
		tenant, key string
		want        error
	}{{"a", "1", nil}, {"a", "1", nil}, {"a", "1", fault.ResourceExhausted}, {"a", "2", nil}, {"a", "2", fault.ResourceExhausted}, {"b", "1", nil}} {
		if err := open(step.tenant, step.key); !errors.Is(err, step.want) {
			t.Errorf("step %d: got %v, want %v", i, err, step.want)
		}
	}
}

func TestBodiesShareTheBytes(t *testing.T) {
	control := admission.New(admission.Settings{Limits: admission.Limits{BodyBytes: 100}})
	body := control.Body(admission.Caller{Tenant: "a"})
	if err := body.Grow(50); err != nil {
		t.Fatal(err)
	}
	if err := body.Grow(1); !errors.Is(err, fault.ResourceExhausted) {
		t.Errorf("a tenant got more than half: %v", err)
	}
	if err := control.Body(admission.Caller{Source: netip.MustParseAddr("192.0.2.1")}).Grow(26); !errors.Is(err, fault.ResourceExhausted) {
		t.Errorf("a source got more than a quarter: %v", err)
	}
	body.Release()
	if err := control.Body(admission.Caller{Tenant: "a"}).Grow(50); err != nil {
		t.Errorf("after the release: %v", err)
	}
}

// TestConnectionsOfASourceAreBounded checks that a connection beyond the limit is closed at once, and
// that a closed one makes room.
func TestConnectionsOfASourceAreBounded(t *testing.T) {
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := admission.New(admission.Settings{
		Limits: admission.Limits{ConnectionsPerSource: 1}, Proxies: source.Proxies{netip.MustParsePrefix("192.0.2.0/24")},
	}).Listener(inner)
	t.Cleanup(func() { _ = listener.Close() })
	accepted := make(chan net.Conn, 3)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- connection
		}
	}()
	dial := func() net.Conn {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		return connection
	}
	dial()
	first := <-accepted
	second := dial()
	if err := second.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := second.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("the second connection stays open: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	dial()
	select {
	case <-accepted:
	case <-time.After(5 * time.Second):
		t.Error("the closed connection made no room")
	}
}

// A stream can end while its next message is received.
func TestReleasedBodyReservesNothing(t *testing.T) {
	control := admission.New(admission.Settings{Limits: admission.Limits{BodyBytes: 100}}.WithDefaults())
	body := control.Body(admission.Caller{Tenant: "a"})
	var receiving sync.WaitGroup
	receiving.Go(func() {
		for range 100 {
			if err := body.Grow(1); err != nil {
				t.Error(err)
			}
			body.Shrink(0)
		}
	})
	body.Release()
	receiving.Wait()
	if err := body.Grow(1); err != nil || body.Held() != 0 {
		t.Errorf("got %d bytes and %v", body.Held(), err)
	}
	if err := control.Body(admission.Caller{Tenant: "a"}).Grow(50); err != nil {
		t.Errorf("the budget is not whole again: %v", err)
	}
}
