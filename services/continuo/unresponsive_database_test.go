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

// unresponsiveLimit is the time within which a client gets a response while the database does not
// respond. The gateway's limit is 15 seconds.
const unresponsiveLimit = 18 * time.Second

// TestUnresponsiveDatabase stops the traffic to PostgreSQL but keeps its connections open, as a
// failing network would. The service must soon report that it is not ready, and clients must get a
// response in bounded time. Everything must recover when the traffic resumes.
func TestUnresponsiveDatabase(t *testing.T) {
	t.Parallel()
	in := prepare(t, forms[2])
	direct := in.setting("CONTINUO_RECURRING_BILLING_DATABASE_URL")
	proxy := newProxy(t, direct)
	in.operator(t, "migrate", "up")
	in.env = append(in.env, "CONTINUO_RECURRING_BILLING_DATABASE_URL="+proxy.url)
	in.start(t)
	tr := newTraffic(t)
	drive(t, tr, in, 200*time.Millisecond)

	proxy.pause()
	paused := time.Now()
	var group sync.WaitGroup
	for _, kind := range changeKinds {
		if c := kind("unresponsive-" + kind("").resourceType); c.service == "recurring-billing" {
			group.Go(func() {
				outcome := tr.send(in.http, c)
				if outcome.took > unresponsiveLimit || outcome.status != http.StatusServiceUnavailable && outcome.status != http.StatusGatewayTimeout {
					t.Errorf("%s %s: status %d after %v: %s", c.method, c.path, outcome.status, outcome.took, outcome.answer)
				}
				checkRevealsNoInternals(t, outcome.answer)
			})
		}
	}
	in.awaitOneDown(t)
	if took := time.Since(paused); took > promptLimit {
		t.Errorf("/readyz reported it after %v", took)
	}
	in.checkServing(t, "customer-recurrence", "subscription")
	group.Wait()

	proxy.resume()
	in.awaitAllServing(t)
	drive(t, tr, in, 200*time.Millisecond)
	tr.check(t, in)
}

// proxy forwards connections to a database.
type proxy struct {
	// url is the URL of the database through the proxy.
	url string
	mu  sync.Mutex
	// flowing is closed while the proxy forwards.
	flowing chan struct{}
}

// newProxy starts a proxy for the database at a URL.
func newProxy(t *testing.T, database string) *proxy {
	t.Helper()
	parsed, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	address := parsed.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	parsed.Host = listener.Addr().String()
	p := &proxy{url: parsed.String(), flowing: make(chan struct{})}
	close(p.flowing)
	t.Cleanup(func() { _ = listener.Close() }) // no more connections
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.forward(client, address)
		}
	}()
	return p
}

func (p *proxy) forward(client net.Conn, address string) {
	defer func() { _ = client.Close() }() // may already be closed
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(server, p.gated(client)) // ends when either side closes
		_ = server.Close()
	}()
	_, _ = io.Copy(client, p.gated(server))
}

// gated returns a reader of a connection that blocks while the proxy is paused.
func (p *proxy) gated(from io.Reader) io.Reader {
	return readerFunc(func(buffer []byte) (int, error) {
		n, err := from.Read(buffer)
		p.mu.Lock()
		flowing := p.flowing
		p.mu.Unlock()
		<-flowing
		return n, err
	})
}

func (p *proxy) pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flowing = make(chan struct{})
}

func (p *proxy) resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.flowing)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
