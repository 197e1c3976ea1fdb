package continuo_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

// answeredAtLast is within what a caller is answered while the database says nothing; the gateway's bound is 15 seconds.
const answeredAtLast = 18 * time.Second

// TestDatabaseThatFallsSilentHoldsNobody lets PostgreSQL fall silent with its connections open, as behind a failing
// network: the service is soon known not to be ready, callers are answered in a bounded time, and all goes on when it speaks
// again.
func TestDatabaseThatFallsSilentHoldsNobody(t *testing.T) {
	t.Parallel()
	in := prepare(t, forms[2])
	direct := in.setting("CONTINUO_RECURRING_BILLING_DATABASE_URL")
	between := newWire(t, direct)
	in.operator(t, "migrate", "up")
	in.env = append(in.env, "CONTINUO_RECURRING_BILLING_DATABASE_URL="+between.url)
	in.start(t)
	tr := newTraffic(t)
	drive(t, tr, in, 200*time.Millisecond)

	between.silence()
	fell := time.Now()
	var group sync.WaitGroup
	for _, kind := range changeKinds {
		if c := kind("silent-" + kind("").resourceType); c.service == "recurring-billing" {
			group.Go(func() {
				outcome := tr.send(in.http, c)
				if outcome.took > answeredAtLast || outcome.status != http.StatusServiceUnavailable && outcome.status != http.StatusGatewayTimeout {
					t.Errorf("%s %s: status %d after %v: %s", c.method, c.path, outcome.status, outcome.took, outcome.answer)
				}
				checkTellsNoInternals(t, outcome.answer)
			})
		}
	}
	in.awaitReady(t, http.StatusServiceUnavailable)
	if took := time.Since(fell); took > promptly {
		t.Errorf("/readyz told after %v", took)
	}
	in.checkServing(t, "customer-recurrence", "subscription")
	group.Wait()

	between.speak()
	in.awaitReady(t, http.StatusOK)
	drive(t, tr, in, 200*time.Millisecond)
	tr.check(t, in)
}

// wire carries bytes between Continuo and a database.
type wire struct {
	// url is the database's, by way of the wire.
	url string
	mu  sync.Mutex
	// carries is closed while bytes are carried.
	carries chan struct{}
}

// newWire is a wire to the database that a URL names.
func newWire(t *testing.T, database string) *wire {
	t.Helper()
	parsed, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	far := parsed.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	parsed.Host = listener.Addr().String()
	w := &wire{url: parsed.String(), carries: make(chan struct{})}
	close(w.carries)
	t.Cleanup(func() { _ = listener.Close() }) // nobody connects any more
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(near, far)
		}
	}()
	return w
}

func (w *wire) carry(near net.Conn, address string) {
	defer func() { _ = near.Close() }() // either end may have closed it
	far, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	go func() {
		_, _ = io.Copy(far, w.heard(near)) // ends with either end
		_ = far.Close()
	}()
	_, _ = io.Copy(near, w.heard(far))
}

// heard is what comes from a connection while the wire carries it.
func (w *wire) heard(from io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		n, err := from.Read(p)
		w.mu.Lock()
		carries := w.carries
		w.mu.Unlock()
		<-carries
		return n, err
	})
}

func (w *wire) silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carries = make(chan struct{})
}

func (w *wire) speak() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.carries)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
