package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/freeport"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// serve runs a gateway on a loopback port and returns its address and a function that stops it and
// waits for Serve.
func serve(t *testing.T, config Config) (origin string, stop func() error) {
	t.Helper()
	gateway, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- gateway.Serve(ctx, listener) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() { _ = stop() })
	return "http://" + listener.Addr().String(), stop
}

func configFor(backend *recordingBackend) Config {
	return Config{
		CustomerRecurrence: backend.connection, Subscription: backend.connection, RecurringBilling: backend.connection,
		Logger: slog.New(slog.DiscardHandler),
	}
}

func TestNewNeedsConnectionsAndALogger(t *testing.T) {
	if _, err := New(t.Context(), Config{}); err == nil {
		t.Error("New must fail without connections and a logger")
	}
}

// TestServiceOutageRecovers checks that requests to a stopped service result in 503 at once, and
// work again after it restarts.
func TestServiceOutageRecovers(t *testing.T) {
	address, err := freeport.Address()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	backend := &recordingBackend{health: health.NewServer()}
	server := backend.serve(listener)
	backend.connection, err = grpc.NewClient(address, append(DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = backend.connection.Close() })
	origin, _ := serve(t, configFor(backend))
	if got := sedonaPut.send(t, origin); got.status != http.StatusNoContent {
		t.Fatalf("got %d %s", got.status, got.text)
	}

	server.Stop()
	for _, asked := range []request{sedonaPut, dynamicsPut, crmcomPost, nativeGet} {
		started := time.Now()
		got := asked.send(t, origin)
		if got.status != http.StatusServiceUnavailable || time.Since(started) > 2*time.Second {
			t.Errorf("%s: got %d after %v", asked.path, got.status, time.Since(started))
		}
		got.checkWellFormed(t)
		if strings.Contains(got.text, address) || strings.Contains(got.text, "dial") {
			t.Errorf("%s: the response contains the address of the service: %s", asked.path, got.text)
		}
	}

	listener, err = net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server = backend.serve(listener)
	t.Cleanup(server.Stop)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if got := sedonaPut.send(t, origin); got.status == http.StatusNoContent {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the gateway did not reconnect to the service")
		}
	}
}

func TestSlowServiceTimesOut(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	config.CallTimeout = 50 * time.Millisecond
	server := startGatewayWith(t, config, everyRoute)
	release := make(chan struct{})
	defer close(release)
	backend.mu.Lock()
	backend.answer = func(call) (proto.Message, error) {
		<-release
		return nil, io.ErrUnexpectedEOF
	}
	backend.mu.Unlock()
	if got := crmcomPost.send(t, server.URL); got.status != http.StatusGatewayTimeout || !strings.Contains(got.text, `"SERVICE_UNAVAILABLE"`) {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

// TestStreamExceedsCallTimeout checks that a stream may exceed the time limit of a call, and ends
// with the gateway.
func TestStreamExceedsCallTimeout(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	config.CallTimeout, config.BodyTimeout = 50*time.Millisecond, 100*time.Millisecond
	origin, stop := serve(t, config)
	watch := request{"GET", "/recurring-billing/v1/changes:watch", "", ""}
	backend.mu.Lock()
	backend.answer = func(received call) (proto.Message, error) {
		time.Sleep(4 * config.CallTimeout)
		return newMessage(received.request.ProtoReflect().Descriptor().ParentFile().Messages().ByName("WatchChangesResponse")), nil
	}
	backend.mu.Unlock()
	if got := watch.send(t, origin); got.status != http.StatusOK || !strings.HasPrefix(got.text, `{"result":`) {
		t.Errorf("got %d %s", got.status, got.text)
	}

	reached, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	backend.mu.Lock()
	backend.answer = func(call) (proto.Message, error) {
		close(reached)
		<-release
		return nil, io.ErrUnexpectedEOF
	}
	backend.mu.Unlock()
	ended := make(chan received, 1)
	go func() { ended <- watch.send(t, origin) }()
	<-reached
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := <-ended; got.status != http.StatusServiceUnavailable || !strings.Contains(got.text, "DRAINING") {
		t.Errorf("the stream ended with %d %s", got.status, got.text)
	}
}

// TestCallTimeoutStartsAfterBody checks that the time limit of a call starts after the request has
// arrived.
func TestCallTimeoutStartsAfterBody(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	config.BodyTimeout = 100 * time.Millisecond
	origin, _ := serve(t, config)
	backend.mu.Lock()
	backend.answer = func(received call) (proto.Message, error) {
		time.Sleep(4 * config.BodyTimeout)
		return newMessage(received.request.ProtoReflect().Descriptor().ParentFile().Messages().ByName("UpdateSubscriptionResponse")), nil
	}
	backend.mu.Unlock()
	if got := crmcomPost.send(t, origin); got.status != http.StatusOK {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

func TestReadyzReportsEachService(t *testing.T) {
	healthy, ill := startBackend(t), startBackend(t)
	ill.health.SetServingStatus("", healthpb.HealthCheckResponse_NOT_SERVING)
	gone, err := grpc.NewClient("127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = gone.Close() })
	for _, test := range []struct {
		name   string
		config Config
		status int
		states map[string]string
	}{
		{"all serve", configFor(healthy), 200, map[string]string{"customer-recurrence": "serving", "subscription": "serving", "recurring-billing": "serving"}},
		{"none", Config{CustomerRecurrence: gone, Subscription: ill.connection, RecurringBilling: gone, Logger: slog.New(slog.DiscardHandler)},
			503, map[string]string{"customer-recurrence": "unreachable", "subscription": "not serving", "recurring-billing": "unreachable"}},
		{"one cannot, one is gone", Config{CustomerRecurrence: healthy.connection, Subscription: ill.connection, RecurringBilling: gone, Logger: slog.New(slog.DiscardHandler)},
			200, map[string]string{"customer-recurrence": "serving", "subscription": "not serving", "recurring-billing": "unreachable"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := startGatewayWith(t, test.config, everyRoute)
			got := request{"GET", "/readyz", "", ""}.send(t, server.URL)
			var ready struct{ Services map[string]string }
			if err := json.Unmarshal([]byte(got.text), &ready); err != nil {
				t.Fatal(err)
			}
			if got.status != test.status || fmt.Sprint(ready.Services) != fmt.Sprint(test.states) {
				t.Errorf("got %d %s", got.status, got.text)
			}
			for service, state := range test.states {
				want := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[state == stateServing]
				if got := (request{"GET", "/readyz/" + service, "", ""}).send(t, server.URL); got.status != want || !strings.Contains(got.text, state) {
					t.Errorf("%s: got %d %s", service, got.status, got.text)
				}
			}
			if got := (request{"GET", "/readyz/other", "", ""}).send(t, server.URL); got.status != http.StatusNotFound {
				t.Errorf("unknown service: got %d %s", got.status, got.text)
			}
			if got := (request{"GET", "/healthz", "", ""}).send(t, server.URL); got.status != http.StatusOK {
				t.Errorf("got healthz %d", got.status)
			}
		})
	}
}

// TestSlowBodyTimesOut checks that a slow body ends its request but not the server.
func TestSlowBodyTimesOut(t *testing.T) {
	config := configFor(startBackend(t))
	config.BodyTimeout = 200 * time.Millisecond
	origin, _ := serve(t, config)
	connection, err := net.Dial("tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // the test is over
	if _, err := io.WriteString(connection, "PUT /api/customerrecurring/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	if err := connection.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusRequestTimeout || !answer.Close || !bytes.HasPrefix(text, []byte(`{"Message":`)) {
		t.Errorf("got %d %s, closed %v: %v", answer.StatusCode, text, answer.Close, err)
	}
}

func TestServeFinishesRunningRequests(t *testing.T) {
	backend := startBackend(t)
	origin, stop := serve(t, configFor(backend))
	reached, release := make(chan struct{}), make(chan struct{})
	backend.mu.Lock()
	backend.answer = func(received call) (proto.Message, error) {
		close(reached)
		<-release
		return newMessage(received.request.ProtoReflect().Descriptor().ParentFile().Messages().ByName("UpdateCustomerRecurringResponse")), nil
	}
	backend.mu.Unlock()
	answered := make(chan received, 1)
	go func() { answered <- sedonaPut.send(t, origin) }()
	<-reached
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped before the request was answered: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(release)
	if got := <-answered; got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.text)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestAccessLogHasNoSecrets(t *testing.T) {
	var log lockedBuffer
	logger, err := telemetry.NewLogger(&log, "json", "debug")
	if err != nil {
		t.Fatal(err)
	}
	config := configFor(startBackend(t))
	config.Logger = logger
	server := startGatewayWith(t, config, everyRoute)
	asked := crmcomPost
	asked.path += "?secretquery"
	asked.body = `{"token":"secrettoken"}`
	asked.send(t, server.URL, "Authorization", "Bearer secretkey", "X-Request-Id", "req-7")
	request{"GET", "/api/unknownpath", "", ""}.send(t, server.URL)
	text := log.String()
	if strings.Contains(text, "secret") {
		t.Errorf("the log contains a secret: %s", text)
	}
	for _, part := range []string{`"route":"/subscriptions/update"`, `"method":"POST"`, `"status":200`, `"request_id":"req-7"`, `"status":404`, `"path":"/api/unknownpath"`} {
		if !strings.Contains(text, part) {
			t.Errorf("%s is missing in the log: %s", part, text)
		}
	}
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
