package continuo_test

import (
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// receiver receives spans by OTLP over HTTP.
type receiver struct {
	url   string
	mu    sync.Mutex
	spans []*trace.Span
}

func startReceiver(t *testing.T) *receiver {
	r := &receiver{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// ServeHTTP keeps the spans.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var sent collector.ExportTraceServiceRequest
	body, err := io.ReadAll(request.Body)
	if err != nil || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "not a request of OTLP", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range sent.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			r.spans = append(r.spans, scope.GetSpans()...)
		}
	}
}

// checkChain checks that a trace has spans of these names, each the parent of the next, the first below
// the span parent.
func (r *receiver) checkChain(t *testing.T, traceID, parent string, names ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var seen []string
	for _, span := range r.spans {
		seen = append(seen, span.GetName()+" of "+hex.EncodeToString(span.GetTraceId()))
	}
	for _, name := range names {
		at := slices.IndexFunc(r.spans, func(span *trace.Span) bool {
			return span.GetName() == name && hex.EncodeToString(span.GetTraceId()) == traceID && hex.EncodeToString(span.GetParentSpanId()) == parent
		})
		if at < 0 {
			t.Fatalf("there is no span %q below %s; received were %q", name, parent, seen)
		}
		parent = hex.EncodeToString(r.spans[at].GetSpanId())
	}
}

// tracedLogger returns a logger as the programs have it.
func tracedLogger(t *testing.T, out io.Writer) *slog.Logger {
	t.Helper()
	logger, err := telemetry.NewLogger(out, "text", "info")
	if err != nil {
		t.Fatal(err)
	}
	return logger
}
