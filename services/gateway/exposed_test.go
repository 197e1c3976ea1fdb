package gateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// byToken takes a bearer token for the name of a tenant, and refuses "wrong" and none.
type byToken struct{}

func (byToken) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	tenant, given := strings.CutPrefix(authorization, "Bearer ")
	if !given || tenant == "wrong" {
		return auth.Principal{}, fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the credential is not accepted")
	}
	return auth.Principal{Tenant: auth.Tenant(tenant), Actor: "ann"}, nil
}

// ask sends a request and returns its status, its Retry-After and its body.
func ask(t *testing.T, method, url, token, body string) (status int, retryAfter, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Retry-After"), string(read)
}

// raw sends the beginning of a request on a connection of its own.
func raw(t *testing.T, origin, text string) net.Conn {
	t.Helper()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(origin, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	if err := connection.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return connection
}

// firstLine reads the first bytes of an answer.
func firstLine(t *testing.T, connection net.Conn) string {
	t.Helper()
	text := make([]byte, len("HTTP/1.1 200"))
	if _, err := io.ReadFull(connection, text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestStreamsOfATenantLeaveOthersAlone checks that streams beyond a tenant's quota are refused, and
// that its open streams take nothing from the calls, the streams and the readiness of others.
func TestStreamsOfATenantLeaveOthersAlone(t *testing.T) {
	flood, _ := startFlood(t)
	backend := startBackend(t)
	config := configFor(backend)
	config.RecurringBilling, config.Authenticator = flood, byToken{}
	config.Admission.Limits = admission.Limits{StreamsPerTenant: 2}
	origin, _ := serve(t, config)
	watch := func(tenant string) net.Conn {
		return raw(t, origin, "GET /recurring-billing/v1/changes:watch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+tenant+"\r\n\r\n")
	}
	for i, want := range []string{"HTTP/1.1 200", "HTTP/1.1 200", "HTTP/1.1 429"} {
		if got := firstLine(t, watch("greedy")); got != want {
			t.Errorf("stream %d: got %s, want %s", i, got, want)
		}
	}
	if got := firstLine(t, watch("modest")); got != "HTTP/1.1 200" {
		t.Errorf("another tenant's stream: got %s", got)
	}
	if status, _, text := ask(t, "GET", origin+"/readyz", "", ""); status != http.StatusOK {
		t.Errorf("readiness: got %d %s", status, text)
	}
}

// TestCallsBeyondTheBudgetAreRefusedInTheContractsWords holds calls in the service and sends more.
func TestCallsBeyondTheBudgetAreRefusedInTheContractsWords(t *testing.T) {
	backend := startBackend(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	backend.holds(entered, leave)
	config := configFor(backend)
	config.Authenticator, config.Admission.Limits = byToken{}, admission.Limits{Calls: 2, CallsPerTenant: 1}
	origin, _ := serve(t, config)
	var held sync.WaitGroup
	hold := func(tenant string) {
		held.Go(func() { ask(t, "GET", origin+itemGet.path, tenant, "") })
		<-entered
	}
	hold("a")
	for _, path := range []string{itemGet.path, crmcomPost.path} {
		method, body := "GET", ""
		if path == crmcomPost.path {
			method, body = "POST", crmcomPost.body
		}
		status, after, text := ask(t, method, origin+path, "a", body)
		if status != http.StatusTooManyRequests || after == "" || !strings.Contains(text, "as many calls at once") {
			t.Errorf("%s: got %d, Retry-After %q, %s", path, status, after, text)
		}
	}
	hold("b")
	if status, after, text := ask(t, "GET", origin+itemGet.path, "c", ""); status != http.StatusServiceUnavailable || after == "" || !strings.Contains(text, "OVERLOADED") {
		t.Errorf("beyond the total: got %d, Retry-After %q, %s", status, after, text)
	}
	close(leave)
	held.Wait()
	backend.answers(nil, nil)
	backend.answer = nil
	if status, _, text := ask(t, "GET", origin+itemGet.path, "c", ""); status != http.StatusOK {
		t.Errorf("after the calls: got %d %s", status, text)
	}
}

// holds makes calls report that they have come, and wait.
func (b *recordingBackend) holds(entered chan<- struct{}, leave <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = func(received call) (proto.Message, error) {
		entered <- struct{}{}
		<-leave
		return received.request, nil
	}
}

// TestBodiesAreReadOnlyForKnownCallers checks that a body without a credential is refused unread, and
// that unfinished bodies stay within the budget of bytes.
func TestBodiesAreReadOnlyForKnownCallers(t *testing.T) {
	config := configFor(startBackend(t))
	config.Authenticator, config.Admission.Limits = byToken{}, admission.Limits{BodyBytes: 16 << 10}
	origin, _ := serve(t, config)
	head := "POST /recurring-billing/v1/items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\nAuthorization: Bearer %s\r\n\r\n"
	if got := firstLine(t, raw(t, origin, fmt.Sprintf(head, "wrong"))); got != "HTTP/1.1 401" {
		t.Errorf("without a credential: got %s", got)
	}
	if got := firstLine(t, raw(t, origin, strings.Replace(fmt.Sprintf(head, "wrong"), "/recurring-billing/v1/items", "/subscription/v1/accounts", 1))); got != "HTTP/1.1 401" {
		t.Errorf("native call to the service with tokens of its own: got %s", got)
	}
	part := strings.Repeat(" ", 7<<10) // takes 8 KiB, which is the tenant's half
	refused := ""
	for deadline := time.Now().Add(5 * time.Second); refused == "" && time.Now().Before(deadline); {
		raw(t, origin, fmt.Sprintf(head, "a")+part) // the one before was refused if it grew while the call below held its bytes
		time.Sleep(10 * time.Millisecond)
		if status, _, _ := ask(t, "POST", origin+"/recurring-billing/v1/items", "a", `{"description":"x"}`); status != http.StatusOK {
			refused = fmt.Sprint(status)
		}
	}
	if refused != "429" {
		t.Errorf("beyond the tenant's bytes: got %s", refused)
	}
	if status, _, text := ask(t, "POST", origin+"/recurring-billing/v1/items", "b", `{"description":"x"}`); status != http.StatusOK {
		t.Errorf("another tenant: got %d %s", status, text)
	}
}

// TestAccessLogSaysWhoDidWhatFromWhere reads the lines of a call, of an unknown path and of a probe.
func TestAccessLogSaysWhoDidWhatFromWhere(t *testing.T) {
	var lines bytes.Buffer
	config := configFor(startBackend(t))
	config.Authenticator, config.Logger = byToken{}, slog.New(slog.NewTextHandler(&lines, nil))
	gateway, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	send := func(path string) string {
		lines.Reset()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr, r.RequestURI = "127.0.0.1:5", path
		r.Header.Set("Authorization", "Bearer acme")
		r.Header.Set("X-Forwarded-For", "198.51.100.7")
		gateway.Handler().ServeHTTP(&discarded{header: http.Header{}}, r)
		return lines.String()
	}
	for path, want := range map[string][]string{
		itemGet.path: {"source=198.51.100.7", "tenant=acme", "actor=ann", "status=200"},
		"/nowhere":   {"source=198.51.100.7", "path=/nowhere", "status=404"},
	} {
		line := send(path)
		for _, part := range want {
			if !strings.Contains(line, part) {
				t.Errorf("%s: got %s, want %s", path, line, part)
			}
		}
	}
	if line := send("/readyz"); line != "" {
		t.Errorf("a probe is logged: %s", line)
	}
}
