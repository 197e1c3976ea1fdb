package continuo_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// By default a small overload runs against small limits. The full one, which deploy/overload.md
// describes, has the limits that programs have by default.
var (
	overloadSpan    = flag.Duration("overload.span", 2*time.Second, "how long TestOverload sends too much")
	overloadClients = flag.Int("overload.clients", 60, "how many connections TestOverload sends it on")
	overloadLimits  = flag.String("overload.limits", "CONTINUO_MAX_CONNECTIONS_PER_SOURCE=40,CONTINUO_MAX_CALLS=16,CONTINUO_MAX_CALLS_PER_TENANT=8,"+
		"CONTINUO_MAX_STREAMS=8,CONTINUO_MAX_STREAMS_PER_TENANT=4,CONTINUO_MAX_STREAMS_PER_KEY=4,CONTINUO_LOG_LEVEL=info", "settings of TestOverload, separated by commas")
)

// The keys of two tenants. The demo data is of the tenant default.
const greedyKey, modestKey = "key-of-the-greedy-one", "key-of-the-modest-one"

// TestOverload has one tenant send far more than the limits allow, on more connections than one address
// may have: changes through vendor and native APIs, lists, watches of the whole history, and large
// bodies. Every answer must be a success, 429 or 503, those of another tenant must be successes, and
// memory and the log must stay bounded. At the end the next call must succeed.
func TestOverload(t *testing.T) {
	t.Parallel()
	in := prepare(t, forms[0])
	in.start(t)
	in.stop(t) // has stored the demo data
	keys := filepath.Join(t.TempDir(), "keys")
	text := fmt.Sprintf("default greedy %x\nother modest %x\n", sha256.Sum256([]byte(greedyKey)), sha256.Sum256([]byte(modestKey)))
	if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in.env = append(in.env, "CONTINUO_DEMO=false", "CONTINUO_AUTH=keys:"+keys, "CONTINUO_TRUSTED_PROXIES=192.0.2.0/24")
	in.env = append(in.env, strings.Split(*overloadLimits, ",")...)
	in.start(t)

	modest := newCaller(t, in, "127.0.0.2", modestKey)
	alone := modest.during(t, func() { time.Sleep(500 * time.Millisecond) })
	flood := &flood{}
	meanwhile := modest.during(t, func() { flood.run(t, in) })
	if status, answer := newCaller(t, in, "127.0.0.3", greedyKey).send("GET", "/recurring-billing/v1/items", ""); status != http.StatusOK {
		t.Errorf("after the overload: got %d %s", status, answer)
	}
	flood.check(t)
	t.Logf("the other tenant: %d calls, p99 %v; alone %d calls, p99 %v", len(meanwhile), percentile(meanwhile), len(alone), percentile(alone))
	if p99 := percentile(meanwhile); p99 > promptLimit {
		t.Errorf("the other tenant: p99 %v", p99)
	}
	memory, log := peakMemory(t, in.processes[0]), in.processes[0].output.String()
	t.Logf("peak memory %d MiB, %d lines of log", memory>>20, strings.Count(log, "\n"))
	if memory > maxMemory {
		t.Errorf("got peak memory of %d MiB", memory>>20)
	}
	if refusals := strings.Count(log, "reason=RATE_LIMITED"); refusals > 0 {
		t.Errorf("the log has %d lines for refusals", refusals)
	}
}

// percentile returns the 99th percentile of some times.
func percentile(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[(len(times)-1)*99/100]
}

// caller sends requests with a key from an address.
type caller struct {
	client *http.Client
	origin string
	key    string
}

func newCaller(t *testing.T, in *installation, address, key string) *caller {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext, MaxConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{&http.Client{Transport: transport, Timeout: 20 * time.Second}, in.http, key}
}

// send returns the status and the answer, or 0 if the connection was refused.
func (c *caller) send(method, path, body string) (status int, answer string) {
	request, err := http.NewRequest(method, c.origin+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }() // was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// during calls while do runs, and returns how long each call took. All must succeed.
func (c *caller) during(t *testing.T, do func()) (took []time.Duration) {
	t.Helper()
	var done atomic.Bool
	go func() {
		defer done.Store(true)
		do()
	}()
	for i := 0; !done.Load(); i++ {
		started := time.Now()
		method, path, body := http.MethodGet, "/recurring-billing/v1/items", ""
		if i%2 == 1 {
			method, path, body = http.MethodPost, "/subscription/v1/groups", fmt.Sprintf(`{"displayName":"modest %d"}`, started.UnixNano())
		}
		if status, answer := c.send(method, path, body); status != http.StatusOK {
			t.Errorf("the other tenant: %s %s: got %d %s", method, path, status, answer)
		}
		took = append(took, time.Since(started))
	}
	return took
}

// flood is an overload and what came of it.
type flood struct {
	mu       sync.Mutex
	statuses map[int]int
	admitted []time.Duration
	wrong    []string
}

// run sends requests on all connections for a while.
func (f *flood) run(t *testing.T, in *installation) {
	t.Helper()
	f.statuses = map[int]int{}
	ctx, stop := context.WithTimeout(t.Context(), *overloadSpan)
	defer stop()
	var group sync.WaitGroup
	for i := range *overloadClients {
		one := newCaller(t, in, "127.0.0.1", greedyKey)
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if i%6 == 5 {
					f.watch(ctx, one)
					continue
				}
				f.send(one, i, n)
			}
		})
	}
	group.Wait()
}

// send sends a change, a list or a large body.
func (f *flood) send(one *caller, i, n int) {
	mark := fmt.Sprintf("mark-%d-%d", i, n)
	method, path, body := http.MethodGet, "/recurring-billing/v1/recurringLines", ""
	switch (i + n) % 8 {
	case 0:
	case 1:
		method, path = http.MethodPut, "/api/customerrecurring/1"
		body = `{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"` + mark + `","Ignored":"` + strings.Repeat("x", 100_000) + `"}`
	default:
		c := changeKinds[(i+n)%len(changeKinds)](mark)
		method, path, body = c.method, c.path, c.body
	}
	started := time.Now()
	status, answer := one.send(method, path, body)
	f.add(status, method+" "+path+": "+answer, time.Since(started))
	if status == 0 {
		time.Sleep(10 * time.Millisecond) // as who connects again would
	}
}

// watch reads some of the history by a stream.
func (f *flood) watch(ctx context.Context, one *caller) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, one.origin+"/recurring-billing/v1/changes:watch", http.NoBody)
	if err != nil {
		f.add(-1, err.Error(), 0)
		return
	}
	request.Header.Set("Authorization", "Bearer "+one.key)
	started := time.Now()
	response, err := one.client.Do(request)
	if err != nil {
		time.Sleep(10 * time.Millisecond)
		return
	}
	defer func() { _ = response.Body.Close() }() // ends the stream
	line, _ := bufio.NewReader(io.LimitReader(response.Body, 64<<10)).ReadString('\n')
	f.add(response.StatusCode, "a watch: "+line, time.Since(started))
	if response.StatusCode == http.StatusOK {
		_, _ = io.CopyN(io.Discard, response.Body, 256<<10)
	}
}

// add notes an answer.
func (f *flood) add(status int, answer string, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.statuses[status]++
	switch {
	case status >= 200 && status < 300:
		f.admitted = append(f.admitted, took)
	case status != 0 && status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable:
		f.wrong = append(f.wrong, fmt.Sprint(status, " ", answer))
	}
}

// check checks what came of the overload.
func (f *flood) check(t *testing.T) {
	t.Helper()
	t.Logf("the overload: answers %v, p99 of those admitted %v", f.statuses, percentile(f.admitted))
	for _, answer := range f.wrong[:min(len(f.wrong), 5)] {
		t.Errorf("got %s", answer)
	}
	if f.statuses[http.StatusTooManyRequests] == 0 || f.statuses[0] == 0 {
		t.Errorf("got answers %v, want some 429, and connections that were closed", f.statuses)
	}
	if p99 := percentile(f.admitted); len(f.admitted) == 0 || p99 > promptLimit {
		t.Errorf("%d calls were admitted, p99 %v", len(f.admitted), p99)
	}
}
