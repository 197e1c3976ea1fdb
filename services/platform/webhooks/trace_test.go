package webhooks

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// TestMessagesCarryTheirTrace checks that receivers get a traceparent if, and only if, the process
// sends traces.
func TestMessagesCarryTheirTrace(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	message := func() string {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/hook?secret=1", nil)
		traced(request)(http.StatusOK)
		return request.Header.Get("Traceparent")
	}
	if got := message(); got != "" {
		t.Errorf("without traces, got the header %q", got)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
	stop, err := telemetry.StartTraces(t.Context(), "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if got := message(); len(got) != len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") {
		t.Errorf("with traces, got the header %q", got)
	}
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
}
