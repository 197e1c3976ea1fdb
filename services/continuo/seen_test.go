package continuo_test

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/continuo-billing/continuo/services/continuo"
	"github.com/continuo-billing/continuo/services/platform/admin"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// seen is a server in this process with an admin address, whose spans go to a receiver.
type seen struct {
	origin, admin, billing string
	logs                   *lockedBuffer
	spans                  *receiver
	stop                   func()
}

func startSeen(t *testing.T) *seen {
	t.Helper()
	s := &seen{logs: &lockedBuffer{}, spans: startReceiver(t)}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.spans.url)
	server, err := admin.Start(t.Context(), admin.Config{Program: "continuo", Address: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.admin, s.stop = "http://"+server.Address(), server.Stop
	t.Cleanup(server.Stop)
	s.origin = runInProcess(t, database.SQLite, clock.System{}, func(config *continuo.Config) {
		config.Shared.Logger = tracedLogger(t, s.logs)
		config.Shared.Admission = admission.Settings{Limits: admission.Limits{BodyBytes: 8 << 10}}
		config.Ready, s.billing = server.Ready, config.RecurringBilling.Address
	})
	return s
}

// send makes a request and returns its status.
func (s *seen) send(t *testing.T, method, url, body string, headers ...string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// scrape returns the series of /metrics without their values, sorted.
func (s *seen) scrape(t *testing.T) []string {
	t.Helper()
	response, err := http.Get(s.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	var series []string
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			series = append(series, strings.TrimSuffix(line[:strings.LastIndex(line, " ")], " "))
		}
	}
	slices.Sort(series)
	return series
}

// call calls a method over gRPC, which need not exist.
func (s *seen) call(t *testing.T, method string) codes.Code {
	t.Helper()
	connection, err := grpc.NewClient(s.billing, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }() // the call has ended
	return status.Code(connection.Invoke(t.Context(), method, &emptypb.Empty{}, &emptypb.Empty{}))
}

// TestSeenFromOutside checks what an operator sees of a server: its metrics are those that
// deploy/metrics.md lists, callers cannot invent series, and a caller's trace goes through the
// gateway and the service to the store.
func TestSeenFromOutside(t *testing.T) {
	s := startSeen(t)
	const traceID, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	if got := s.send(t, "GET", s.origin+linePath, "", "traceparent", "00-"+traceID+"-"+parent+"-01"); got != http.StatusOK {
		t.Fatalf("got status %d", got)
	}
	if got := s.send(t, "PUT", s.origin+linePath, `{"ItemCode":"`+strings.Repeat("x", 8<<10)+`"}`); got != http.StatusTooManyRequests {
		t.Errorf("a body beyond the budget got status %d", got)
	}
	checkMetrics(t, s)
	checkBounds(t, s)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/readyz/subscription": 200, "/debug/pprof/cmdline": 200, "/x": 404} {
		if got := s.send(t, "GET", s.admin+path, ""); got != want {
			t.Errorf("GET %s: got status %d, want %d", path, got, want)
		}
	}
	s.stop()
	s.spans.checkChain(t, traceID, parent, "GET /api/customerrecurring/{id}", "sedona.v1.CustomerRecurringService/GetCustomerRecurring",
		"sedona.v1.CustomerRecurringService/GetCustomerRecurring", "store read")
	if !regexp.MustCompile(`msg=request .*trace_id=` + traceID).MatchString(s.logs.String()) {
		t.Errorf("the access log does not have the trace id:\n%s", s.logs)
	}
}

// checkMetrics compares the metrics with the documented ones.
func checkMetrics(t *testing.T, s *seen) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "deploy", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, series := range s.scrape(t) {
		name, _, _ := strings.Cut(series, "{")
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); base != name && !strings.HasPrefix(name, "go_") {
				name = base
			}
		}
		found[name] = true
	}
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (?:histogram|gauge|counter) \\|").FindAllStringSubmatch(string(page), -1) {
		documented[row[1]] = true
		if !found[row[1]] {
			t.Errorf("%s is documented, and not served", row[1])
		}
	}
	for name := range found {
		if !documented[name] && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			t.Errorf("%s is served, and not documented", name)
		}
	}
	if len(documented) < 15 || !found["go_goroutines"] || !found["process_start_time_seconds"] {
		t.Errorf("found %d documented metrics, and served are %v", len(documented), found)
	}
}

// checkBounds checks that paths, methods and hosts that callers invent make no new series.
func checkBounds(t *testing.T, s *seen) {
	t.Helper()
	invent := func(word string) {
		for _, path := range []string{"/" + word, "/recurring-billing/v1/" + word, "/api/customerrecurring/" + word, "/recurring-billing/v1/items/" + word} {
			s.send(t, "GET", s.origin+path, "")
			s.send(t, strings.ToUpper(word), s.origin+path, "")
		}
		for _, method := range []string{"/" + word + "/" + word, "/continuo.recurringbilling.v1.ItemService/" + word} {
			if got := s.call(t, method); got != codes.Unimplemented {
				t.Errorf("%s: got %v", method, got)
			}
		}
	}
	invent("first")
	before := s.scrape(t)
	for _, word := range []string{"second", "third", "fourth"} {
		invent(word)
	}
	for _, series := range s.scrape(t) {
		if _, known := slices.BinarySearch(before, series); !known {
			t.Errorf("callers made the series %s", series)
		}
	}
	if !slices.ContainsFunc(before, func(series string) bool {
		return strings.HasPrefix(series, "http_server_request_duration_seconds_count{") && strings.Contains(series, `http_route="other"`)
	}) {
		t.Errorf("unknown paths are not measured: %q", before)
	}
}
